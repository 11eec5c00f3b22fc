/* What people deploy today: whole networks, on the same evaluator. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"
#include "problem.h"

static hax_status check_whole(const hax_problem *problem, const int *units, hax_error *err)
{
    for (int i = 0; i < problem->instance_count; i++) {
        if (units[i] < 0 || units[i] >= problem->unit_count)
            return hax_fail(err, HAX_BAD_INPUT, "instance '%s': no such unit",
                            problem->instances[i].name);
        for (int g = 0; g < problem->instances[i].group_count; g++)
            if (!hax_cost_of(problem, i, g, units[i])->allowed)
                return hax_fail(err, HAX_INFEASIBLE, "unit '%s' cannot run all of instance '%s'",
                                problem->units[units[i]].name, problem->instances[i].name);
    }
    return HAX_OK;
}

static int count_groups(const hax_problem *problem)
{
    int groups = 0;
    for (int i = 0; i < problem->instance_count; i++)
        groups += problem->instances[i].group_count;
    return groups;
}

/* Instances in turns, group by group, so that those on one resource follow the given order whole
 * after whole: an instance's jobs stand together in the list. */
hax_status hax_schedule_whole(const hax_problem *problem, const char *name, const int *units,
                              const int *order, const hax_schedule **schedule, hax_error *err)
{
    int count = 0;
    HAX_TRY(check_whole(problem, units, err));
    hax_job *jobs = calloc((size_t) count_groups(problem), sizeof *jobs);
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

enum {
    ORDERED_MAX = 5, /* beyond so many instances one order of each mapping is tried */
    /* Schedules, and groups in all of them together, beyond which the best so far is taken: a
     * tenth of a second. */
    EVALUATED_MAX = 4000,
    EVALUATED_GROUPS_MAX = 60000,
    /* Mappings begun beyond which the same: bounds rule out too little for many instances. */
    BEGUN_MAX = 3000000,
};

typedef struct contest {
    const hax_problem *problem;
    const char *name;
    hax_time_budget allowed;
    double *alone_ms; /* [instance][unit], INFINITY where it may not run whole */
    int *units;       /* [instance] */
    int *order;
    bool *placed;      /* [instance] in the order being made */
    double *finish_ms; /* [instance] as mapped, its least alone where it is not yet */
    double *least_ms;  /* [instance] alone on its best unit */
    double *load_ms;   /* [instance + 1][resource] of those before */
    int *by_speed;     /* [instance][rank]: units that run it whole, the fastest first; -1 */
    int evaluated, evaluated_max, begun;
    const hax_schedule *best;
    bool cut;           /* no time is left for what there is still to try */
    hax_status failure; /* anything but infeasible */
    hax_error *err;
} contest;

static double alone_ms(const contest *contest, int instance, int unit)
{
    return contest->alone_ms[instance * contest->problem->unit_count + unit];
}

/* Has enough been tried? Only asked where there is more to try. */
static bool enough(contest *contest)
{
    contest->cut = contest->cut || (contest->best && hax_time_budget_is_over(&contest->allowed));
    return contest->cut || contest->evaluated >= contest->evaluated_max;
}

static void try_one(contest *contest)
{
    const hax_schedule *schedule = NULL;
    hax_error err;
    contest->evaluated++;
    hax_status status = hax_schedule_whole(contest->problem, contest->name, contest->units,
                                           contest->order, &schedule, &err);
    if (status == HAX_INFEASIBLE)
        return;
    if (status != HAX_OK) {
        contest->failure = status;
        if (contest->err)
            *contest->err = err;
        return;
    }
    if (contest->best &&
        !hax_objective_better(contest->problem->objective, schedule->value, contest->best->value)) {
        hax_schedule_destroy(schedule);
        return;
    }
    hax_schedule_destroy(contest->best);
    contest->best = schedule;
}

/* ---- orders ---- */

static bool comes_after(const contest *contest, int i, int other)
{
    for (int a = 0; a < contest->problem->instances[i].after_count; a++)
        if (contest->problem->instances[i].after[a] == other)
            return true;
    return false;
}

/* Have all that must come before an instance been placed? */
static bool may_follow(const contest *contest, int i)
{
    for (int a = 0; a < contest->problem->instances[i].after_count; a++)
        if (!contest->placed[contest->problem->instances[i].after[a]])
            return false;
    return true;
}

/* Two neighbours that have nothing to do with each other: one of their orders is enough. */
static bool same_either_way(const contest *contest, int first, int second)
{
    return first > second && !comes_after(contest, second, first) &&
           !hax_share_resource(contest->problem, contest->units[first], contest->units[second]);
}

static void try_orders(contest *contest, int count)
{
    int instances = contest->problem->instance_count;
    if (count == instances) {
        try_one(contest);
        return;
    }
    for (int i = 0; i < instances && contest->failure == HAX_OK; i++) {
        if (contest->placed[i] || !may_follow(contest, i) ||
            (count > 0 && same_either_way(contest, contest->order[count - 1], i)))
            continue;
        if (enough(contest))
            return;
        contest->placed[i] = true;
        contest->order[count] = i;
        try_orders(contest, count + 1);
        contest->placed[i] = false;
    }
}

/* What is good to come first when all else is equal; smaller first. */
static double urgency(const contest *contest, int i)
{
    const hax_instance_spec *spec = &contest->problem->instances[i];
    double ms = alone_ms(contest, i, contest->units[i]);
    switch (contest->problem->objective) {
    case HAX_DEADLINE: return spec->deadline_ms;
    case HAX_SUM: return ms / spec->weight;
    default: return ms;
    }
}

static void try_urgent_order(contest *contest)
{
    int instances = contest->problem->instance_count;
    for (int count = 0; count < instances; count++) {
        int next = -1;
        for (int i = 0; i < instances; i++)
            if (!contest->placed[i] && may_follow(contest, i) &&
                (next < 0 || urgency(contest, i) < urgency(contest, next)))
                next = i;
        contest->placed[next] = true;
        contest->order[count] = next;
    }
    memset(contest->placed, 0, (size_t) instances * sizeof *contest->placed);
    try_one(contest);
}

static void try_mapping(contest *contest)
{
    try_urgent_order(contest);
    if (contest->problem->instance_count <= ORDERED_MAX)
        try_orders(contest, 0);
}

/* ---- mappings ---- */

/* Loads and ends with an instance on its unit, those before it mapped. */
static void map(contest *contest, int instance, int unit)
{
    int resources = contest->problem->resource_count;
    const double *before = &contest->load_ms[instance * resources];
    double ms = alone_ms(contest, instance, unit);
    contest->units[instance] = unit;
    contest->finish_ms[instance] = ms;
    for (int r = 0; r < resources; r++)
        contest->load_ms[(instance + 1) * resources + r] =
            before[r] + (contest->problem->units[unit].resources >> r & 1 ? ms : 0);
}

/* No schedule of the first `count` instances on their units has a better objective. */
static double bound(const contest *contest, int count)
{
    const hax_problem *problem = contest->problem;
    const double *load_ms = &contest->load_ms[count * problem->resource_count];
    double value = hax_objective_value(problem, contest->finish_ms);
    for (int r = 0; problem->objective == HAX_LATENCY && r < problem->resource_count; r++)
        value = fmax(value, load_ms[r]);
    return value;
}

static bool hopeless(const contest *contest, int count)
{
    return contest->best && !hax_objective_better(contest->problem->objective,
                                                  bound(contest, count), contest->best->value);
}

/* The units that can run an instance whole, the fastest first, of equal ones the first. */
static void rank_units(contest *contest, int instance)
{
    const int units = contest->problem->unit_count;
    int *list = contest->by_speed + instance * units, count = 0;
    for (int u = 0; u < units; u++) {
        double ms = alone_ms(contest, instance, u);
        if (isinf(ms))
            continue;
        int r = count++;
        for (; r > 0 && alone_ms(contest, instance, list[r - 1]) > ms; r--)
            list[r] = list[r - 1];
        list[r] = u;
    }
    for (int r = count; r < units; r++)
        list[r] = -1;
}

static void try_mappings(contest *contest, int instance)
{
    contest->begun++;
    if (hopeless(contest, instance) || contest->begun > BEGUN_MAX || enough(contest))
        return;
    if (instance == contest->problem->instance_count) {
        try_mapping(contest);
        return;
    }
    for (int rank = 0; rank < contest->problem->unit_count && contest->failure == HAX_OK; rank++) {
        int unit = contest->by_speed[instance * contest->problem->unit_count + rank];
        if (unit < 0)
            break;
        map(contest, instance, unit);
        try_mappings(contest, instance + 1);
    }
    contest->finish_ms[instance] = contest->least_ms[instance];
}

/* ---- mappings of many ---- */

/* Maps the longest first, each to the unit of those marked on which it would end first; false: one
 * of them runs on none. (Graham's list schedule by longest processing time, units as unrelated
 * machines.) */
static bool map_balanced(contest *contest, const bool *used)
{
    const hax_problem *problem = contest->problem;
    double load_ms[HAX_MAX_RESOURCES] = { 0 };
    bool all = true;
    for (int count = 0; count < problem->instance_count && all; count++) {
        int next = -1, best = -1;
        double best_ms = INFINITY;
        for (int i = 0; i < problem->instance_count; i++)
            if (!contest->placed[i] && (next < 0 || contest->least_ms[i] > contest->least_ms[next]))
                next = i;
        for (int u = 0; u < problem->unit_count; u++) {
            double end_ms = used[u] ? 0 : INFINITY;
            for (int r = 0; r < problem->resource_count; r++)
                if (problem->units[u].resources >> r & 1)
                    end_ms = fmax(end_ms, load_ms[r]);
            end_ms += alone_ms(contest, next, u);
            if (end_ms < best_ms) {
                best_ms = end_ms;
                best = u;
            }
        }
        all = best >= 0;
        contest->placed[next] = true;
        contest->units[next] = best;
        for (int r = 0; all && r < problem->resource_count; r++)
            if (problem->units[best].resources >> r & 1)
                load_ms[r] = best_ms;
    }
    for (int i = 0; i < problem->instance_count; i++)
        contest->placed[i] = false;
    return all;
}

/* What all instances take one after the other on a unit. */
static double in_turn_ms(const contest *contest, int unit)
{
    double sum_ms = 0;
    for (int i = 0; i < contest->problem->instance_count; i++)
        sum_ms += alone_ms(contest, i, unit);
    return sum_ms;
}

/* Units by what all instances take on them, the fastest first. */
static void rank_all_units(const contest *contest, int *rank)
{
    for (int u = 0; u < contest->problem->unit_count; u++) {
        int r = u;
        for (; r > 0 && in_turn_ms(contest, rank[r - 1]) > in_turn_ms(contest, u); r--)
            rank[r] = rank[r - 1];
        rank[r] = u;
    }
}

/* Is `count` all units, half of them, a quarter, ...? */
static bool is_halved(int unit_count, int count)
{
    while (unit_count > count)
        unit_count /= 2;
    return unit_count == count;
}

/* Balanced over all units, half of them, ... then the numbers between, always the fastest: under
 * contention fewer may be better. The steps of an evaluation are the groups times the units that
 * work at once, and there are as many for all together as a stop may wait for; mappings in turn go
 * on. */
static void try_balanced(contest *contest)
{
    const hax_problem *problem = contest->problem;
    const int units = problem->unit_count, groups = count_groups(problem);
    int rank[HAX_MAX_UNITS], steps_left = 100000 + 3 * groups;
    rank_all_units(contest, rank);
    for (int turn = 0; turn < 2; turn++)
        for (int count = units; count > 0; count--) {
            bool used[HAX_MAX_UNITS] = { false };
            if (is_halved(units, count) != (turn == 0) || steps_left / groups < count)
                continue;
            if (contest->failure != HAX_OK || hax_time_budget_is_over(&contest->allowed))
                return;
            for (int r = 0; r < count; r++)
                used[rank[r]] = true;
            if (!map_balanced(contest, used))
                continue;
            steps_left -= groups * count;
            try_urgent_order(contest);
        }
}

/* ---- the baselines ---- */

static void fill_alone(contest *contest)
{
    const hax_problem *problem = contest->problem;
    for (int i = 0; i < problem->instance_count; i++)
        for (int u = 0; u < problem->unit_count; u++)
            for (int g = 0; g < problem->instances[i].group_count; g++) {
                const hax_cost *cost = hax_cost_of(problem, i, g, u);
                contest->alone_ms[i * problem->unit_count + u] +=
                    cost->allowed ? cost->time_ms : INFINITY;
            }
    for (int i = 0; i < problem->instance_count; i++) {
        double ms = INFINITY;
        for (int u = 0; u < problem->unit_count; u++)
            ms = fmin(ms, alone_ms(contest, i, u));
        contest->least_ms[i] = contest->finish_ms[i] = ms;
        rank_units(contest, i);
    }
}

static void close_contest(contest *contest)
{
    free(contest->alone_ms);
    free(contest->units);
    free(contest->order);
    free(contest->placed);
    free(contest->finish_ms);
    free(contest->least_ms);
    free(contest->load_ms);
    free(contest->by_speed);
}

static hax_status begin(contest *context, const hax_problem *problem, const char *name,
                        const hax_baseline_limits *limits, hax_error *err)
{
    size_t count = (size_t) problem->instance_count;
    *context = (contest){
        .problem = problem, .name = name, .allowed = hax_time_budget_from(limits), .err = err
    };
    context->alone_ms = calloc(count * (size_t) problem->unit_count, sizeof *context->alone_ms);
    context->units = calloc(count, sizeof *context->units);
    context->order = calloc(count, sizeof *context->order);
    context->placed = calloc(count, sizeof *context->placed);
    context->finish_ms = calloc(count, sizeof *context->finish_ms);
    context->least_ms = calloc(count, sizeof *context->least_ms);
    context->load_ms =
        calloc((count + 1) * (size_t) problem->resource_count, sizeof *context->load_ms);
    context->by_speed = calloc(count * (size_t) problem->unit_count, sizeof *context->by_speed);
    if (!context->alone_ms || !context->units || !context->order || !context->placed ||
        !context->finish_ms || !context->least_ms || !context->load_ms || !context->by_speed) {
        close_contest(context);
        hax_fail_memory(err, "a baseline");
        return HAX_NO_MEMORY; /* in so many words, for the analyser */
    }
    fill_alone(context);
    context->evaluated_max =
        (int) fmin(EVALUATED_MAX, fmax(EVALUATED_GROUPS_MAX / (1.0 + count_groups(problem)), 1));
    return HAX_OK;
}

static hax_status end(contest *contest, const char *why, const hax_schedule **schedule)
{
    close_contest(contest);
    if (contest->failure != HAX_OK) {
        hax_schedule_destroy(contest->best);
        return contest->failure;
    }
    if (!contest->best)
        return hax_fail(contest->err, HAX_INFEASIBLE, "%s", why);
    hax_schedule_edit(contest->best)->cut_short = contest->cut;
    *schedule = contest->best;
    return HAX_OK;
}

static void all_on(contest *contest, int unit)
{
    for (int i = 0; i < contest->problem->instance_count; i++) {
        contest->units[i] = unit;
        if (isinf(alone_ms(contest, i, unit)))
            return;
    }
    try_mapping(contest);
}

/* The unit on which all instances one after the other end first, -1: none can run all. */
static int shortest_in_turn(const contest *contest)
{
    int best = 0;
    for (int u = 1; u < contest->problem->unit_count; u++)
        if (in_turn_ms(contest, u) < in_turn_ms(contest, best))
            best = u;
    return isinf(in_turn_ms(contest, best)) ? -1 : best;
}

hax_status hax_baseline_serial(const hax_problem *problem, const hax_baseline_limits *limits,
                               const hax_schedule **schedule, hax_error *err)
{
    contest context;
    HAX_TRY(begin(&context, problem, "serial", limits, err));
    if (context.evaluated_max < problem->unit_count) {
        int unit = shortest_in_turn(&context);
        if (unit >= 0)
            all_on(&context, unit);
    }
    for (int u = 0; u < problem->unit_count && context.failure == HAX_OK && !enough(&context); u++)
        all_on(&context, u);
    return end(&context, "no unit can run all instances", schedule);
}

hax_status hax_baseline_per_network(const hax_problem *problem, const hax_baseline_limits *limits,
                                    const hax_schedule **schedule, hax_error *err)
{
    contest context;
    HAX_TRY(begin(&context, problem, "per-network", limits, err));
    bool possible = true;
    for (int i = 0; i < problem->instance_count; i++)
        possible = possible && !isinf(context.least_ms[i]);
    /* of few, the mappings in turn find the best by themselves */
    if (possible && problem->instance_count > ORDERED_MAX)
        try_balanced(&context);
    if (possible && context.failure == HAX_OK)
        try_mappings(&context, 0);
    return end(&context, "no mapping of whole instances to units is possible", schedule);
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

hax_status hax_baseline_all_cores(const hax_problem *problem, const hax_baseline_limits *limits,
                                  const hax_schedule **schedule, hax_error *err)
{
    contest context;
    int unit = widest_unit(problem);
    if (unit < 0)
        return hax_fail(err, HAX_INFEASIBLE, "no unit holds the resources of all others");
    HAX_TRY(begin(&context, problem, "all-cores", limits, err));
    all_on(&context, unit);
    return end(&context, "the unit of all resources cannot run all instances", schedule);
}
