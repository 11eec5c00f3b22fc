/* What is wrong with a problem that only many of its parts together show: instances that wait for
 * each other in a circle, groups of one name, instances that can be done in no time where the
 * objective divides by it. All in time that grows with the document's size. */
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "problem.h"

/* ---- circles ----------------------------------------------------------------------------- */

typedef struct walk {
    const hax_problem *problem;
    int *next;    /* [instance] which of its `after` is looked at next; -1: not yet reached */
    int *path;    /* instances from the first to the one that is walked from */
    int *on_path; /* [instance] */
} walk;

/* From one instance on, along `after`; the instance at which a circle closes, -1. */
static int walk_from(walk *walk, int first)
{
    int depth = 0;
    walk->path[depth++] = first;
    walk->next[first] = 0;
    walk->on_path[first] = 1;
    while (depth > 0) {
        int i = walk->path[depth - 1];
        const hax_instance_spec *instance_spec = &walk->problem->instances[i];
        if (walk->next[i] == instance_spec->after_count) {
            walk->on_path[i] = 0;
            depth--;
            continue;
        }
        int to = instance_spec->after[walk->next[i]++];
        if (walk->on_path[to])
            return to;
        if (walk->next[to] >= 0)
            continue;
        walk->next[to] = 0;
        walk->on_path[to] = 1;
        walk->path[depth++] = to;
    }
    return -1;
}

hax_status hax_problem_find_circle(const hax_problem *problem, int *instance, hax_error *err)
{
    size_t count = (size_t) problem->instance_count;
    int *memory = calloc(3 * count, sizeof *memory);
    if (!memory)
        return hax_fail_memory(err, "the order of instances");
    walk context = { problem, memory, memory + count, memory + 2 * count };
    for (size_t i = 0; i < count; i++)
        context.next[i] = -1;
    *instance = -1;
    for (int i = 0; i < problem->instance_count && *instance < 0; i++)
        if (context.next[i] < 0)
            *instance = walk_from(&context, i);
    free(memory);
    return HAX_OK;
}

/* ---- names ---------------------------------------------------------------------------------- */

typedef struct named {
    const char *name;
    int group;
} named;

static int by_name(const void *a, const void *b)
{
    const named *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order != 0 ? order : (x->group > y->group) - (x->group < y->group);
}

hax_status hax_problem_find_double(const hax_instance_spec *instance, int *group, hax_error *err)
{
    size_t count = (size_t) instance->group_count;
    named *context = malloc(count * sizeof *context);
    if (!context)
        return hax_fail_memory(err, "the names of groups");
    for (size_t g = 0; g < count; g++)
        context[g] = (named){ instance->groups[g].name, (int) g };
    qsort(context, count, sizeof *context, by_name);
    *group = -1;
    for (size_t g = 1; g < count; g++)
        if (strcmp(context[g].name, context[g - 1].name) == 0 &&
            (*group < 0 || context[g].group < *group))
            *group = context[g].group;
    free(context);
    return HAX_OK;
}

/* ---- no time ----------------------------------------------------------------------------------
 */

/* 1 / T of anything shorter is no number. */
static const double no_time_ms = 1e-300;

/* Fewest hand-overs with which an instance can have come to a unit in no time; -1: it cannot. */
typedef struct moves {
    int to[HAX_MAX_UNITS];
} moves;

static bool no_time(double ms)
{
    return ms < no_time_ms;
}

/* May group g follow the one before it on another unit, at no cost? */
static bool moves_freely(const hax_problem *problem, int i, int g, int from, int to)
{
    const hax_group_spec *groups = problem->instances[i].groups;
    return !groups[g].joined && no_time(hax_out_between(problem, i, g - 1, from, to).ms) &&
           no_time(hax_in_between(problem, i, g, from, to).ms);
}

static moves no_moves(void)
{
    moves result;
    for (int u = 0; u < HAX_MAX_UNITS; u++)
        result.to[u] = -1;
    return result;
}

/* From one group to the next. */
static moves one_group_on(const hax_problem *problem, int i, int g, const moves *before)
{
    moves result = no_moves();
    for (int to = 0; to < problem->unit_count; to++) {
        const hax_cost *cost = hax_cost_of(problem, i, g, to);
        if (!cost->allowed || !no_time(cost->time_ms))
            continue;
        for (int from = 0; from < problem->unit_count; from++) {
            bool moved = from != to;
            if (before->to[from] < 0 || (moved && !moves_freely(problem, i, g, from, to)))
                continue;
            int count = before->to[from] + moved;
            if (result.to[to] < 0 || count < result.to[to])
                result.to[to] = count;
        }
    }
    return result;
}

/* Can an instance by itself be done in no time? Limits on pieces are left out. */
static bool may_take_no_time(const hax_problem *problem, int i)
{
    moves now = no_moves();
    for (int u = 0; u < problem->unit_count; u++) {
        const hax_cost *cost = hax_cost_of(problem, i, 0, u);
        if (cost->allowed && no_time(cost->time_ms))
            now.to[u] = 0;
    }
    for (int g = 1; g < problem->instances[i].group_count; g++)
        now = one_group_on(problem, i, g, &now);
    for (int u = 0; u < problem->unit_count; u++)
        if (now.to[u] >= 0 &&
            (problem->max_transitions < 0 || now.to[u] <= problem->max_transitions))
            return true;
    return false;
}

/* Nothing that it waits for takes any time either: one instance more is known of with each pass. */
hax_status hax_problem_find_timeless(const hax_problem *problem, int *instance, hax_error *err)
{
    const int count = problem->instance_count;
    bool *timed = calloc((size_t) count, sizeof *timed);
    if (!timed)
        return hax_fail_memory(err, "the instances that take no time");
    for (int i = 0; i < count; i++)
        timed[i] = !may_take_no_time(problem, i);
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < count; i++) {
            for (int a = 0; a < problem->instances[i].after_count && !timed[i]; a++)
                again |= timed[i] = timed[problem->instances[i].after[a]];
        }
    }
    *instance = -1;
    for (int i = 0; i < count && *instance < 0; i++)
        if (!timed[i])
            *instance = i;
    free(timed);
    return HAX_OK;
}
