/* No bound but one: what has not ended by now ends no sooner. */
#include "brute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "evaluator.h"

enum { INSTANCES = 4, GROUPS_OF_ALL = 12, PARTS = 3 };

/* What one instance is doing. */
typedef struct actor {
    int done;  /* groups */
    int unit;  /* of the last group, -1 */
    bool left; /* OUT paid (or free and chosen): on to a unit of another kind */
    bool busy;
    int on;              /* unit of the work in progress */
    double parts[PARTS]; /* time alone left of IN, RUN, OUT in progress */
    double gbps[PARTS], own_gbps[PARTS];
    int part;
    bool leaving; /* OUT belongs to the work in progress */
    int transitions;
    double finish_ms;
} actor;

typedef struct world {
    double now_ms;
    actor actors[INSTANCES];
    int pieces[HAX_MAX_UNITS];
} world;

typedef struct brute {
    const hax_problem *problem;
    double best;
    int count; /* instances */
} brute;

static bool finished(const brute *brute, const world *world, int i)
{
    return world->actors[i].done == brute->problem->instances[i].group_count;
}

/* What is not finished ends now at the earliest. */
static double value_of(const brute *brute, const world *world)
{
    double value = brute->problem->objective == HAX_DEADLINE ? -INFINITY : 0;
    for (int i = 0; i < brute->count; i++) {
        const hax_instance_spec *spec = &brute->problem->instances[i];
        double end = finished(brute, world, i) ? world->actors[i].finish_ms : world->now_ms;
        if (brute->problem->objective == HAX_LATENCY)
            value = fmax(value, end);
        else if (brute->problem->objective == HAX_THROUGHPUT)
            value += 1 / end;
        else if (brute->problem->objective == HAX_SUM)
            value += spec->weight * end;
        else
            value = fmax(value, end - spec->deadline_ms);
    }
    return value;
}

static bool unit_free(const brute *brute, const world *world, int unit)
{
    for (int i = 0; i < brute->count; i++)
        if (world->actors[i].busy && (brute->problem->units[world->actors[i].on].resources &
                                      brute->problem->units[unit].resources))
            return false;
    return true;
}

static bool may_begin(const brute *brute, const world *world, int i)
{
    const hax_instance_spec *spec = &brute->problem->instances[i];
    for (int a = 0; a < spec->after_count; a++)
        if (!finished(brute, world, spec->after[a]))
            return false;
    return !world->actors[i].busy && !finished(brute, world, i);
}

static double rate(const brute *brute, const world *world, int i)
{
    const actor *mine = &world->actors[i];
    double external = 0;
    for (int o = 0; o < brute->count; o++)
        if (o != i && world->actors[o].busy)
            external += world->actors[o].gbps[world->actors[o].part];
    return 1 / evaluator_slowdown(&brute->problem->units[mine->on].slowdown,
                                  mine->own_gbps[mine->part], external);
}

/* Passes over parts that take no time; ends the work when none is left. */
static void settle(const brute *brute, world *world, int i)
{
    actor *a = &world->actors[i];
    while (a->busy && a->parts[a->part] <= 1e-12) {
        if (++a->part < PARTS)
            continue;
        a->busy = false;
        a->done++;
        a->unit = a->on;
        a->left = a->leaving;
        if (finished(brute, world, i))
            a->finish_ms = world->now_ms;
    }
}

static void to_next_event(const brute *brute, world *world)
{
    double span = INFINITY, rates[INSTANCES] = { 0 };
    for (int i = 0; i < brute->count; i++) {
        if (!world->actors[i].busy)
            continue;
        rates[i] = rate(brute, world, i);
        span = fmin(span, world->actors[i].parts[world->actors[i].part] / rates[i]);
    }
    world->now_ms += span;
    for (int i = 0; i < brute->count; i++) {
        actor *a = &world->actors[i];
        if (!a->busy)
            continue;
        bool ends = a->parts[a->part] / rates[i] <= span + 1e-12;
        a->parts[a->part] = ends ? 0 : a->parts[a->part] - span * rates[i];
    }
    for (int i = 0; i < brute->count; i++)
        settle(brute, world, i);
}

static void explore(brute *brute, const world *world);

static bool of_one_kind(const hax_problem *problem, int a, int b)
{
    const char *kind = problem->units[a].kind;
    return a == b || (kind && problem->units[b].kind && !strcmp(kind, problem->units[b].kind));
}

/* IN of a group: what its cost says of the unit it comes from, else what the kinds say. */
static void set_in(const brute *brute, actor *a, const hax_cost *cost, int unit)
{
    const bool near = a->unit < 0 || of_one_kind(brute->problem, a->unit, unit);
    a->parts[0] = near ? 0 : cost->in_ms;
    a->gbps[0] = near ? 0 : cost->in_gbps;
    for (int e = 0; e < cost->entering_count; e++)
        if (cost->entering[e].from_unit == a->unit) {
            a->parts[0] = cost->entering[e].ms;
            a->gbps[0] = cost->entering[e].gbps;
        }
}

/* Starts group `done` of instance i on a unit, with or without OUT behind it. */
static void start(brute *brute, const world *context, int i, int unit, bool leave)
{
    world next = *context;
    actor *a = &next.actors[i];
    const hax_instance_spec *spec = &brute->problem->instances[i];
    const hax_cost *cost = &spec->groups[a->done].on[unit];
    bool moves = a->unit >= 0 && a->unit != unit;
    bool last = a->done + 1 == spec->group_count;
    if ((moves && spec->groups[a->done].joined) ||
        (leave && !last && spec->groups[a->done + 1].joined))
        return;
    if (!cost->allowed || (last && leave) ||
        (a->unit >= 0 && of_one_kind(brute->problem, a->unit, unit) == a->left) ||
        !unit_free(brute, context, unit))
        return;
    a->transitions += moves;
    next.pieces[unit] += a->unit != unit;
    if ((brute->problem->max_transitions >= 0 &&
         a->transitions > brute->problem->max_transitions) ||
        (brute->problem->units[unit].max_pieces >= 0 &&
         next.pieces[unit] > brute->problem->units[unit].max_pieces))
        return;
    a->busy = true;
    a->on = unit;
    a->part = 0;
    a->leaving = leave;
    set_in(brute, a, cost, unit);
    a->parts[1] = cost->time_ms;
    a->parts[2] = leave ? cost->out_ms : 0;
    a->gbps[1] = cost->gbps;
    a->gbps[2] = cost->out_gbps;
    for (int part = 0; part < PARTS; part++)
        a->own_gbps[part] = part == 1 && cost->own_gbps > 0 ? cost->own_gbps : a->gbps[part];
    settle(brute, &next, i);
    explore(brute, &next);
}

static bool better(const brute *brute, double a, double b)
{
    return brute->problem->objective == HAX_THROUGHPUT ? a > b : a < b;
}

static void explore(brute *brute, const world *context)
{
    bool all = true, running = false;
    if (!better(brute, value_of(brute, context), brute->best))
        return;
    for (int i = 0; i < brute->count; i++) {
        all = all && finished(brute, context, i);
        running = running || context->actors[i].busy;
    }
    if (all) {
        brute->best = value_of(brute, context);
        return;
    }
    for (int i = 0; i < brute->count; i++)
        for (int u = 0; may_begin(brute, context, i) && u < brute->problem->unit_count; u++)
            for (int leave = 0; leave < 2; leave++)
                start(brute, context, i, u, leave);
    if (!running)
        return; /* a wait with nothing in progress leads nowhere */
    world next = *context;
    to_next_event(brute, &next);
    explore(brute, &next);
}

bool brute_fits(const hax_problem *problem)
{
    int groups = 0;
    for (int i = 0; i < problem->instance_count; i++)
        groups += problem->instances[i].group_count;
    return problem->instance_count <= INSTANCES && groups <= GROUPS_OF_ALL;
}

double brute_best(const hax_problem *problem)
{
    if (!brute_fits(problem)) /* also where assertions are gone: it would write elsewhere */
        abort();
    brute context = { .problem = problem, .count = problem->instance_count };
    world of = { 0 };
    context.best = problem->objective == HAX_THROUGHPUT ? 0 : INFINITY;
    for (int i = 0; i < INSTANCES; i++)
        of.actors[i].unit = -1;
    explore(&context, &of);
    return context.best;
}
