/* What people deploy today, on the same evaluator. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "timeline.h"

static hax_status check_whole(const hax_problem *problem, const int *units, hax_error *err)
{
    for (int i = 0; i < problem->instance_count; i++) {
        if (units[i] < 0 || units[i] >= problem->unit_count)
            return hax_fail(err, HAX_BAD_INPUT, "instance '%s': no such unit",
                            problem->instances[i].name);
        for (int g = 0; g < problem->instances[i].group_count; g++)
            if (!cost_of(problem, i, g, units[i])->allowed)
                return hax_fail(err, HAX_INFEASIBLE, "unit '%s' cannot run all of instance '%s'",
                                problem->units[units[i]].name, problem->instances[i].name);
    }
    return HAX_OK;
}

/* Instances in turns, group by group, so that those on one resource follow the given order whole
 * after whole: an instance's jobs stand together in the list. */
hax_status hax_schedule_whole(const hax_problem *problem, const char *name, const int *units,
                              const int *order, hax_schedule **schedule, hax_error *err)
{
    int groups = 0, count = 0;
    HAX_TRY(check_whole(problem, units, err));
    for (int i = 0; i < problem->instance_count; i++)
        groups += problem->instances[i].group_count;
    hax_job *jobs = calloc((size_t) groups, sizeof *jobs);
    if (!jobs)
        return hax_fail_memory(err, "a schedule");
    for (int o = 0; o < problem->instance_count; o++) {
        int i = order ? order[o] : o;
        for (int g = 0; g < problem->instances[i].group_count; g++)
            jobs[count++] = (hax_job){ .unit = units[i], .instance = i, .group = g, .after = -1 };
    }
    hax_status status = hax_schedule_evaluate(problem, name, count, jobs, schedule, err);
    free(jobs);
    /* the only way in which whole networks in some order can be refused */
    return status == HAX_BAD_INPUT ? HAX_INFEASIBLE : status;
}

/* ---- the best of many ------------------------------------------------------------------- */

enum { ORDERED_MAX = 6 }; /* beyond so many instances only the given order is tried */

typedef struct contest {
    const hax_problem *problem;
    const char *name;
    int *units;
    int *order;
    hax_schedule *best;
    hax_status failure; /* anything but infeasible */
    hax_error *err;
} contest;

static void try_one(contest *at)
{
    hax_schedule *made = NULL;
    hax_error err;
    hax_status status =
        hax_schedule_whole(at->problem, at->name, at->units, at->order, &made, &err);
    if (status == HAX_INFEASIBLE)
        return;
    if (status != HAX_OK) {
        at->failure = status;
        if (at->err)
            *at->err = err;
        return;
    }
    if (at->best && !hax_objective_better(at->problem->objective, made->value, at->best->value)) {
        hax_schedule_destroy(made);
        return;
    }
    hax_schedule_destroy(at->best);
    at->best = made;
}

static void swap(int *a, int *b)
{
    int kept = *a;
    *a = *b;
    *b = kept;
}

static void try_orders(contest *at, int from)
{
    int count = at->problem->instance_count;
    if (from >= count - 1 || count > ORDERED_MAX) {
        try_one(at);
        return;
    }
    for (int i = from; i < count && at->failure == HAX_OK; i++) {
        swap(&at->order[from], &at->order[i]);
        try_orders(at, from + 1);
        swap(&at->order[from], &at->order[i]);
    }
}

static void try_mappings(contest *at, int instance)
{
    if (instance == at->problem->instance_count) {
        try_orders(at, 0);
        return;
    }
    for (int u = 0; u < at->problem->unit_count && at->failure == HAX_OK; u++) {
        at->units[instance] = u;
        try_mappings(at, instance + 1);
    }
}

static hax_status begin(contest *at, const hax_problem *problem, const char *name, hax_error *err)
{
    *at = (contest){ .problem = problem, .name = name, .err = err };
    at->units = calloc((size_t) problem->instance_count, sizeof *at->units);
    at->order = calloc((size_t) problem->instance_count, sizeof *at->order);
    if (!at->units || !at->order) {
        free(at->units);
        free(at->order);
        at->units = at->order = NULL;
        return hax_fail_memory(err, "a baseline");
    }
    for (int i = 0; i < problem->instance_count; i++)
        at->order[i] = i;
    return HAX_OK;
}

static hax_status end(contest *at, const char *why, hax_schedule **schedule)
{
    free(at->units);
    free(at->order);
    if (at->failure != HAX_OK) {
        hax_schedule_destroy(at->best);
        return at->failure;
    }
    if (!at->best)
        return hax_fail(at->err, HAX_INFEASIBLE, "%s", why);
    *schedule = at->best;
    return HAX_OK;
}

static void all_on(contest *at, int unit)
{
    for (int i = 0; i < at->problem->instance_count; i++)
        at->units[i] = unit;
    try_orders(at, 0);
}

hax_status hax_baseline_serial(const hax_problem *problem, hax_schedule **schedule, hax_error *err)
{
    contest at;
    HAX_TRY(begin(&at, problem, "serial", err));
    for (int u = 0; u < problem->unit_count && at.failure == HAX_OK; u++)
        all_on(&at, u);
    return end(&at, "no unit can run all instances", schedule);
}

hax_status hax_baseline_per_network(const hax_problem *problem, hax_schedule **schedule,
                                    hax_error *err)
{
    contest at;
    double mappings = pow(problem->unit_count, problem->instance_count);
    if (mappings > 1e6)
        return hax_fail(err, HAX_BAD_INPUT, "%g mappings of networks to units are too many to try",
                        mappings);
    HAX_TRY(begin(&at, problem, "per-network", err));
    try_mappings(&at, 0);
    return end(&at, "no mapping of whole instances to units is possible", schedule);
}

/* The unit that holds all resources that any other holds, -1 if there is none. */
static int widest_unit(const hax_problem *problem)
{
    for (int u = 0; u < problem->unit_count; u++) {
        bool widest = problem->unit_count > 1;
        for (int v = 0; v < problem->unit_count; v++)
            if (problem->units[v].resources & ~problem->units[u].resources)
                widest = false;
        if (widest)
            return u;
    }
    return -1;
}

hax_status hax_baseline_all_cores(const hax_problem *problem, hax_schedule **schedule,
                                  hax_error *err)
{
    contest at;
    int unit = widest_unit(problem);
    if (unit < 0)
        return hax_fail(err, HAX_INFEASIBLE, "no unit holds the resources of all others");
    HAX_TRY(begin(&at, problem, "all-cores", err));
    all_on(&at, unit);
    return end(&at, "the unit of all resources cannot run all instances", schedule);
}

/* The same problem as if nothing slowed anything down. */
static hax_status without_contention(const hax_problem *problem, hax_problem **blind,
                                     hax_error *err)
{
    hax_problem stripped = *problem;
    hax_unit_spec units[HAX_MAX_UNITS];
    for (int u = 0; u < problem->unit_count; u++) {
        units[u] = problem->units[u];
        units[u].slowdown = (hax_slowdown){ .kind = HAX_SLOWDOWN_NONE };
    }
    stripped.units = units;
    return hax_problem_copy(&stripped, blind, err);
}

hax_status hax_baseline_contention_blind(const hax_problem *problem, hax_schedule **schedule,
                                         hax_error *err)
{
    hax_problem *blind;
    hax_schedule *made = NULL;
    if (!has_contention(problem))
        return hax_fail(err, HAX_INFEASIBLE, "no unit of this problem slows another down");
    HAX_TRY(without_contention(problem, &blind, err));
    /* of many instances the search may never end by itself; its best so far will do */
    const hax_solve_options options = { .node_limit = blind->instance_count > 2 ? 50000 : 0 };
    hax_status status = hax_solve(blind, &options, &made, err);
    if (status == HAX_OK || (status == HAX_LIMIT && made))
        status = hax_schedule_evaluate(problem, "contention-blind", made->job_count, made->jobs,
                                       schedule, err);
    hax_schedule_destroy(made);
    hax_problem_destroy(blind);
    return status;
}
