/*
 * The problem without contention as a formula over booleans (which unit) and reals (starts), made
 * small by Z3. It knows nothing of the library's own search: a second opinion.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "arena.h"
#include "clock.h"
#include "haxconn/z3.h"
#include "smt.h"
#include "timeline.h"

typedef struct model {
    smt smt;
    hax_arena *arena;
    const hax_problem *problem;
    Z3_ast ***on;   /* [instance][group][unit]; NULL where it may not run */
    Z3_ast **start; /* [instance][group] of its first part */
    Z3_ast **end;   /* [instance][group] of its last part */
    int *offset;    /* [instance] */
} model;

/* ---- variables ------------------------------------------------------------------------------ */

static bool allocate(model *at)
{
    const hax_problem *problem = at->problem;
    size_t count = (size_t) problem->instance_count;
    at->on = hax_arena_alloc(at->arena, count, sizeof *at->on);
    at->start = hax_arena_alloc(at->arena, count, sizeof *at->start);
    at->end = hax_arena_alloc(at->arena, count, sizeof *at->end);
    for (int i = 0; at->on && at->start && at->end && i < problem->instance_count; i++) {
        size_t groups = (size_t) problem->instances[i].group_count;
        at->on[i] = hax_arena_alloc(at->arena, groups, sizeof **at->on);
        at->start[i] = hax_arena_alloc(at->arena, groups, sizeof **at->start);
        at->end[i] = hax_arena_alloc(at->arena, groups, sizeof **at->end);
        if (!at->on[i] || !at->start[i] || !at->end[i])
            return false;
        for (size_t g = 0; g < groups; g++)
            if (!(at->on[i][g] =
                      hax_arena_alloc(at->arena, (size_t) problem->unit_count, sizeof ***at->on)))
                return false;
    }
    return at->on && at->start && at->end;
}

/* Exactly one unit. */
static void add_units(model *at, int i, int g)
{
    smt *z = &at->smt;
    Z3_ast any = Z3_mk_false(z->context);
    for (int u = 0; u < at->problem->unit_count; u++) {
        char name[64];
        if (!cost_of(at->problem, i, g, u)->allowed)
            continue;
        snprintf(name, sizeof name, "on_%d_%d_%d", i, g, u);
        at->on[i][g][u] = smt_bool(z, name);
        for (int v = 0; v < u; v++)
            if (at->on[i][g][v])
                smt_assert(z, smt_not(z, smt_and(z, at->on[i][g][u], at->on[i][g][v])));
        any = smt_or(z, any, at->on[i][g][u]);
    }
    smt_assert(z, any);
}

/* No cut before it: where the group before it is. */
static void join(model *at, int i, int g)
{
    smt *z = &at->smt;
    for (int u = 0; u < at->problem->unit_count; u++) {
        Z3_ast here = at->on[i][g][u], before = at->on[i][g - 1][u];
        if (here)
            smt_assert(z, before ? smt_or(z, smt_not(z, here), before) : smt_not(z, here));
    }
}

/* The group is on `unit` and group `other` is not. */
static Z3_ast apart(model *at, int i, int g, int unit, int other)
{
    smt *z = &at->smt;
    Z3_ast there = at->on[i][other][unit];
    return there ? smt_and(z, at->on[i][g][unit], smt_not(z, there)) : at->on[i][g][unit];
}

/* Time of the group with IN and OUT where the unit changes. */
static Z3_ast duration(model *at, int i, int g)
{
    smt *z = &at->smt;
    Z3_ast ms = smt_number(z, 0), zero = smt_number(z, 0);
    for (int u = 0; u < at->problem->unit_count; u++) {
        const hax_cost *cost = cost_of(at->problem, i, g, u);
        if (!cost->allowed)
            continue;
        ms = smt_add(z, ms, smt_if(z, at->on[i][g][u], smt_number(z, cost->time_ms), zero));
        if (g > 0 && cost->in_ms > 0)
            ms = smt_add(z, ms,
                         smt_if(z, apart(at, i, g, u, g - 1), smt_number(z, cost->in_ms), zero));
        if (g + 1 < at->problem->instances[i].group_count && cost->out_ms > 0)
            ms = smt_add(z, ms,
                         smt_if(z, apart(at, i, g, u, g + 1), smt_number(z, cost->out_ms), zero));
    }
    return ms;
}

static void add_times(model *at, int i, int g)
{
    smt *z = &at->smt;
    char name[64];
    snprintf(name, sizeof name, "start_%d_%d", i, g);
    at->start[i][g] = smt_real(z, name);
    at->end[i][g] = smt_add(z, at->start[i][g], duration(at, i, g));
    Z3_ast from = g > 0 ? at->end[i][g - 1] : smt_number(z, 0);
    smt_assert(z, smt_at_least(z, at->start[i][g], from));
}

static void add_instances(model *at)
{
    for (int i = 0; i < at->problem->instance_count; i++)
        for (int g = 0; g < at->problem->instances[i].group_count; g++)
            add_units(at, i, g);
    for (int i = 0; i < at->problem->instance_count; i++)
        for (int g = 1; g < at->problem->instances[i].group_count; g++)
            if (at->problem->instances[i].groups[g].joined)
                join(at, i, g);
    for (int i = 0; i < at->problem->instance_count; i++)
        for (int g = 0; g < at->problem->instances[i].group_count; g++)
            add_times(at, i, g);
    for (int i = 0; i < at->problem->instance_count; i++) {
        const hax_instance_spec *spec = &at->problem->instances[i];
        for (int a = 0; a < spec->after_count; a++) {
            int before = spec->after[a];
            int last = at->problem->instances[before].group_count - 1;
            smt_assert(&at->smt, smt_at_least(&at->smt, at->start[i][0], at->end[before][last]));
        }
    }
}

/* ---- what may not be ------------------------------------------------------------------------- */

/* The groups are on units that share a resource. */
static Z3_ast collide(model *at, int i, int g, int j, int h)
{
    smt *z = &at->smt;
    Z3_ast any = Z3_mk_false(z->context);
    for (int u = 0; u < at->problem->unit_count; u++)
        for (int v = 0; v < at->problem->unit_count; v++)
            if (at->on[i][g][u] && at->on[j][h][v] && share_resource(at->problem, u, v))
                any = smt_or(z, any, smt_and(z, at->on[i][g][u], at->on[j][h][v]));
    return any;
}

static void keep_apart(model *at, int i, int j)
{
    smt *z = &at->smt;
    for (int g = 0; g < at->problem->instances[i].group_count; g++)
        for (int h = 0; h < at->problem->instances[j].group_count; h++) {
            Z3_ast one = smt_at_least(z, at->start[j][h], at->end[i][g]);
            Z3_ast other = smt_at_least(z, at->start[i][g], at->end[j][h]);
            smt_assert(z, smt_or(z, smt_not(z, collide(at, i, g, j, h)), smt_or(z, one, other)));
        }
}

static Z3_ast one_if(model *at, Z3_ast condition)
{
    return smt_if(&at->smt, condition, smt_number(&at->smt, 1), smt_number(&at->smt, 0));
}

static void keep_limits(model *at)
{
    smt *z = &at->smt;
    const hax_problem *problem = at->problem;
    Z3_ast pieces[HAX_MAX_UNITS];
    for (int u = 0; u < problem->unit_count; u++)
        pieces[u] = smt_number(z, 0);
    for (int i = 0; i < problem->instance_count; i++) {
        Z3_ast transitions = smt_number(z, 0);
        for (int g = 0; g < problem->instances[i].group_count; g++)
            for (int u = 0; u < problem->unit_count; u++) {
                if (!at->on[i][g][u])
                    continue;
                Z3_ast begins = one_if(at, g > 0 ? apart(at, i, g, u, g - 1) : at->on[i][g][u]);
                pieces[u] = smt_add(z, pieces[u], begins);
                if (g > 0)
                    transitions = smt_add(z, transitions, begins);
            }
        if (problem->max_transitions >= 0)
            smt_assert(z, smt_at_least(z, smt_number(z, problem->max_transitions), transitions));
    }
    for (int u = 0; u < problem->unit_count; u++)
        if (problem->units[u].max_pieces >= 0)
            smt_assert(z, smt_at_least(z, smt_number(z, problem->units[u].max_pieces), pieces[u]));
}

/* ---- what is made small -------------------------------------------------------------------------
 */

static Z3_ast goal(model *at)
{
    smt *z = &at->smt;
    const hax_problem *problem = at->problem;
    Z3_ast sum = smt_number(z, 0), latest = smt_real(z, "latest");
    for (int i = 0; i < problem->instance_count; i++) {
        const hax_instance_spec *spec = &problem->instances[i];
        Z3_ast end = at->end[i][spec->group_count - 1];
        Z3_ast weighted = Z3_mk_mul(z->context, 2, (Z3_ast[]){ smt_number(z, spec->weight), end });
        sum = smt_add(z, sum, weighted);
        if (problem->objective == HAX_LATENCY)
            smt_assert(z, smt_at_least(z, latest, end));
        else if (!isinf(spec->deadline_ms))
            smt_assert(z,
                       smt_at_least(z, smt_add(z, latest, smt_number(z, spec->deadline_ms)), end));
    }
    return problem->objective == HAX_SUM ? sum : latest;
}

/* ---- the answer
 * ---------------------------------------------------------------------------------- */

static int by_start(const void *a, const void *b)
{
    const placement *x = a, *y = b;
    if (x->start_ms != y->start_ms)
        return x->start_ms < y->start_ms ? -1 : 1;
    return x->instance != y->instance ? x->instance - y->instance : x->group - y->group;
}

static int unit_of(model *at, int i, int g)
{
    for (int u = 0; u < at->problem->unit_count; u++)
        if (at->on[i][g][u] && smt_true(&at->smt, at->on[i][g][u]))
            return u;
    return 0;
}

/* Each as early as order allows: without contention that is never later than Z3's own starts. */
static hax_status read_schedule(model *at, hax_schedule **schedule, hax_error *err)
{
    int groups = 0, count = 0;
    for (int i = 0; i < at->problem->instance_count; i++)
        groups += at->problem->instances[i].group_count;
    placement *placed = hax_arena_alloc(at->arena, (size_t) groups, sizeof *placed);
    hax_job *jobs = hax_arena_alloc(at->arena, (size_t) groups, sizeof *jobs);
    if (!placed || !jobs)
        return hax_fail_memory(err, "Z3's schedule");
    for (int i = 0; i < at->problem->instance_count; i++)
        for (int g = 0; g < at->problem->instances[i].group_count; g++)
            placed[count++] =
                (placement){ i, g, unit_of(at, i, g), smt_value(&at->smt, at->start[i][g]) };
    qsort(placed, (size_t) count, sizeof *placed, by_start);
    for (int p = 0; p < count; p++)
        jobs[p] = (hax_job){ .unit = placed[p].unit,
                             .instance = placed[p].instance,
                             .group = placed[p].group,
                             .after = -1 };
    return hax_schedule_evaluate(at->problem, "z3", count, jobs, schedule, err);
}

static hax_status solve(model *at, hax_schedule **schedule, double *value, hax_error *err)
{
    if (!allocate(at))
        return hax_fail_memory(err, "Z3's formula");
    add_instances(at);
    for (int i = 0; i < at->problem->instance_count; i++)
        for (int j = 0; j < i; j++)
            keep_apart(at, i, j);
    keep_limits(at);
    Z3_ast wanted = goal(at);
    switch (smt_minimise(&at->smt, wanted)) {
    case SMT_NONE: return hax_fail(err, HAX_INFEASIBLE, "Z3: no schedule keeps the constraints");
    case SMT_GAVE_UP: return hax_fail(err, HAX_LIMIT, "Z3 gave up, or its time was over");
    case SMT_SOLVED: break;
    }
    *value = smt_value(&at->smt, wanted);
    return read_schedule(at, schedule, err);
}

hax_status hax_z3_solve(const hax_problem *problem, double time_limit_s, hax_schedule **schedule,
                        double *value, hax_error *err)
{
    model at = { .problem = problem, .arena = hax_arena_create() };
    if (!at.arena)
        return hax_fail_memory(err, "Z3's formula");
    if (problem->objective == HAX_THROUGHPUT) {
        hax_arena_destroy(at.arena);
        return hax_fail(err, HAX_USAGE, "Z3 is given linear objectives only: not throughput");
    }
    smt_open(&at.smt, (unsigned) fmin(ceil(time_limit_s * 1e3), 4e9));
    hax_status status = solve(&at, schedule, value, err);
    smt_close(&at.smt);
    hax_arena_destroy(at.arena);
    return status;
}
