/* What people deploy today: whole networks, on the same evaluator. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "baselines/allowance.h"
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
                              const int *order, hax_schedule **schedule, hax_error *err)
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
    allowance allowed;
    double *alone_ms; /* [instance][unit], INFINITY where it may not run whole */
    int *units;       /* [instance] */
    int *order;
    bool *placed;      /* [instance] in the order being made */
    double *finish_ms; /* [instance] as mapped, its least alone where it is not yet */
    double *least_ms;  /* [instance] alone on its best unit */
    double *load_ms;   /* [instance + 1][resource] of those before */
    int *by_speed;     /* [instance][rank]: units that run it whole, the fastest first; -1 */
    int evaluated, evaluated_max, begun;
    hax_schedule *best;
    bool cut;           /* no time is left for what there is still to try */
    hax_status failure; /* anything but infeasible */
    hax_error *err;
} contest;

static double alone_ms(const contest *at, int instance, int unit)
{
    return at->alone_ms[instance * at->problem->unit_count + unit];
}

/* Has enough been tried? Only asked where there is more to try. */
static bool enough(contest *at)
{
    at->cut = at->cut || (at->best && allowance_is_over(&at->allowed));
    return at->cut || at->evaluated >= at->evaluated_max;
}

static void try_one(contest *at)
{
    hax_schedule *made = NULL;
    hax_error err;
    at->evaluated++;
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

/* ---- orders ---- */

static bool comes_after(const contest *at, int i, int other)
{
    for (int a = 0; a < at->problem->instances[i].after_count; a++)
        if (at->problem->instances[i].after[a] == other)
            return true;
    return false;
}

/* Have all that must come before an instance been placed? */
static bool may_follow(const contest *at, int i)
{
    for (int a = 0; a < at->problem->instances[i].after_count; a++)
        if (!at->placed[at->problem->instances[i].after[a]])
            return false;
    return true;
}

/* Two neighbours that have nothing to do with each other: one of their orders is enough. */
static bool same_either_way(const contest *at, int first, int second)
{
    return first > second && !comes_after(at, second, first) &&
           !share_resource(at->problem, at->units[first], at->units[second]);
}

static void try_orders(contest *at, int count)
{
    int instances = at->problem->instance_count;
    if (count == instances) {
        try_one(at);
        return;
    }
    for (int i = 0; i < instances && at->failure == HAX_OK; i++) {
        if (at->placed[i] || !may_follow(at, i) ||
            (count > 0 && same_either_way(at, at->order[count - 1], i)))
            continue;
        if (enough(at))
            return;
        at->placed[i] = true;
        at->order[count] = i;
        try_orders(at, count + 1);
        at->placed[i] = false;
    }
}

/* What is good to come first when all else is equal; smaller first. */
static double urgency(const contest *at, int i)
{
    const hax_instance_spec *spec = &at->problem->instances[i];
    double ms = alone_ms(at, i, at->units[i]);
    switch (at->problem->objective) {
    case HAX_DEADLINE: return spec->deadline_ms;
    case HAX_SUM: return ms / spec->weight;
    default: return ms;
    }
}

static void try_urgent_order(contest *at)
{
    int instances = at->problem->instance_count;
    for (int count = 0; count < instances; count++) {
        int next = -1;
        for (int i = 0; i < instances; i++)
            if (!at->placed[i] && may_follow(at, i) &&
                (next < 0 || urgency(at, i) < urgency(at, next)))
                next = i;
        at->placed[next] = true;
        at->order[count] = next;
    }
    memset(at->placed, 0, (size_t) instances * sizeof *at->placed);
    try_one(at);
}

static void try_mapping(contest *at)
{
    try_urgent_order(at);
    if (at->problem->instance_count <= ORDERED_MAX)
        try_orders(at, 0);
}

/* ---- mappings ---- */

/* Loads and ends with an instance on its unit, those before it mapped. */
static void map(contest *at, int instance, int unit)
{
    int resources = at->problem->resource_count;
    const double *before = &at->load_ms[instance * resources];
    double ms = alone_ms(at, instance, unit);
    at->units[instance] = unit;
    at->finish_ms[instance] = ms;
    for (int r = 0; r < resources; r++)
        at->load_ms[(instance + 1) * resources + r] =
            before[r] + (at->problem->units[unit].resources >> r & 1 ? ms : 0);
}

/* No schedule of the first `count` instances on their units has a better objective. */
static double bound(const contest *at, int count)
{
    const hax_problem *problem = at->problem;
    const double *load_ms = &at->load_ms[count * problem->resource_count];
    double value = hax_objective_value(problem, at->finish_ms);
    for (int r = 0; problem->objective == HAX_LATENCY && r < problem->resource_count; r++)
        value = fmax(value, load_ms[r]);
    return value;
}

static bool hopeless(const contest *at, int count)
{
    return at->best &&
           !hax_objective_better(at->problem->objective, bound(at, count), at->best->value);
}

/* The units that can run an instance whole, the fastest first, of equal ones the first. */
static void rank_units(contest *at, int instance)
{
    const int units = at->problem->unit_count;
    int *list = at->by_speed + instance * units, count = 0;
    for (int u = 0; u < units; u++) {
        double ms = alone_ms(at, instance, u);
        if (isinf(ms))
            continue;
        int r = count++;
        for (; r > 0 && alone_ms(at, instance, list[r - 1]) > ms; r--)
            list[r] = list[r - 1];
        list[r] = u;
    }
    for (int r = count; r < units; r++)
        list[r] = -1;
}

static void try_mappings(contest *at, int instance)
{
    at->begun++;
    if (hopeless(at, instance) || at->begun > BEGUN_MAX || enough(at))
        return;
    if (instance == at->problem->instance_count) {
        try_mapping(at);
        return;
    }
    for (int rank = 0; rank < at->problem->unit_count && at->failure == HAX_OK; rank++) {
        int unit = at->by_speed[instance * at->problem->unit_count + rank];
        if (unit < 0)
            break;
        map(at, instance, unit);
        try_mappings(at, instance + 1);
    }
    at->finish_ms[instance] = at->least_ms[instance];
}

/* ---- the baselines ---- */

static void fill_alone(contest *at)
{
    const hax_problem *problem = at->problem;
    for (int i = 0; i < problem->instance_count; i++)
        for (int u = 0; u < problem->unit_count; u++)
            for (int g = 0; g < problem->instances[i].group_count; g++) {
                const hax_cost *cost = cost_of(problem, i, g, u);
                at->alone_ms[i * problem->unit_count + u] +=
                    cost->allowed ? cost->time_ms : INFINITY;
            }
    for (int i = 0; i < problem->instance_count; i++) {
        double ms = INFINITY;
        for (int u = 0; u < problem->unit_count; u++)
            ms = fmin(ms, alone_ms(at, i, u));
        at->least_ms[i] = at->finish_ms[i] = ms;
        rank_units(at, i);
    }
}

static void close_contest(contest *at)
{
    free(at->alone_ms);
    free(at->units);
    free(at->order);
    free(at->placed);
    free(at->finish_ms);
    free(at->least_ms);
    free(at->load_ms);
    free(at->by_speed);
}

static hax_status begin(contest *at, const hax_problem *problem, const char *name,
                        const hax_baseline_limits *limits, hax_error *err)
{
    size_t count = (size_t) problem->instance_count;
    *at = (contest){
        .problem = problem, .name = name, .allowed = allowance_from(limits), .err = err
    };
    at->alone_ms = calloc(count * (size_t) problem->unit_count, sizeof *at->alone_ms);
    at->units = calloc(count, sizeof *at->units);
    at->order = calloc(count, sizeof *at->order);
    at->placed = calloc(count, sizeof *at->placed);
    at->finish_ms = calloc(count, sizeof *at->finish_ms);
    at->least_ms = calloc(count, sizeof *at->least_ms);
    at->load_ms = calloc((count + 1) * (size_t) problem->resource_count, sizeof *at->load_ms);
    at->by_speed = calloc(count * (size_t) problem->unit_count, sizeof *at->by_speed);
    if (!at->alone_ms || !at->units || !at->order || !at->placed || !at->finish_ms ||
        !at->least_ms || !at->load_ms || !at->by_speed) {
        close_contest(at);
        hax_fail_memory(err, "a baseline");
        return HAX_NO_MEMORY; /* in so many words, for the analyser */
    }
    fill_alone(at);
    at->evaluated_max =
        (int) fmin(EVALUATED_MAX, fmax(EVALUATED_GROUPS_MAX / (1.0 + count_groups(problem)), 1));
    return HAX_OK;
}

static hax_status end(contest *at, const char *why, hax_schedule **schedule)
{
    close_contest(at);
    if (at->failure != HAX_OK) {
        hax_schedule_destroy(at->best);
        return at->failure;
    }
    if (!at->best)
        return hax_fail(at->err, HAX_INFEASIBLE, "%s", why);
    at->best->cut_short = at->cut;
    *schedule = at->best;
    return HAX_OK;
}

static void all_on(contest *at, int unit)
{
    for (int i = 0; i < at->problem->instance_count; i++) {
        at->units[i] = unit;
        if (isinf(alone_ms(at, i, unit)))
            return;
    }
    try_mapping(at);
}

/* The unit on which all instances one after the other end first, -1: none can run all. */
static int shortest_in_turn(const contest *at)
{
    double best_ms = INFINITY;
    int best = -1;
    for (int u = 0; u < at->problem->unit_count; u++) {
        double sum_ms = 0;
        for (int i = 0; i < at->problem->instance_count; i++)
            sum_ms += alone_ms(at, i, u);
        if (sum_ms < best_ms) {
            best_ms = sum_ms;
            best = u;
        }
    }
    return best;
}

hax_status hax_baseline_serial(const hax_problem *problem, const hax_baseline_limits *limits,
                               hax_schedule **schedule, hax_error *err)
{
    contest at;
    HAX_TRY(begin(&at, problem, "serial", limits, err));
    if (at.evaluated_max < problem->unit_count) {
        int unit = shortest_in_turn(&at);
        if (unit >= 0)
            all_on(&at, unit);
    }
    for (int u = 0; u < problem->unit_count && at.failure == HAX_OK && !enough(&at); u++)
        all_on(&at, u);
    return end(&at, "no unit can run all instances", schedule);
}

hax_status hax_baseline_per_network(const hax_problem *problem, const hax_baseline_limits *limits,
                                    hax_schedule **schedule, hax_error *err)
{
    contest at;
    HAX_TRY(begin(&at, problem, "per-network", limits, err));
    bool possible = true;
    for (int i = 0; i < problem->instance_count; i++)
        possible = possible && !isinf(at.least_ms[i]);
    if (possible)
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

hax_status hax_baseline_all_cores(const hax_problem *problem, const hax_baseline_limits *limits,
                                  hax_schedule **schedule, hax_error *err)
{
    contest at;
    int unit = widest_unit(problem);
    if (unit < 0)
        return hax_fail(err, HAX_INFEASIBLE, "no unit holds the resources of all others");
    HAX_TRY(begin(&at, problem, "all-cores", limits, err));
    all_on(&at, unit);
    return end(&at, "the unit of all resources cannot run all instances", schedule);
}
