/*
 * Limits hold at the sizes that are documented: planning ends soon after it is told to, with a plan
 * and a bound, whatever it is at. Work is counted and not seconds: the clock goes on only when
 * somebody looks at it, and between two looks what searches do most may not be done too often.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "chains.h"
#include "clock.h"
#include "curve.h"
#include "greedy_schedule.h"
#include "haxconn/schedule.h"
#include "haxconn/verify.h"
#include "instrumented.h"
#include "lower_bound.h"
#include "pair_bounds.h"
#include "pair_coarse.h"
#include "random_problem.h"
#include "round_state.h"
#include "search.h"

/* ---- a clock that is looked at --------------------------------------------------------------- */

/* The linker sends calls from one file to another here (--wrap). */
uint64_t __wrap_hax_clock_ns(void);
double __real_hax_slowdown_value(const hax_slowdown *slowdown, double own, double external);
double __wrap_hax_slowdown_value(const hax_slowdown *slowdown, double own, double external);
double __real_hax_lower_bound_value(const hax_lower_bound *lower, const hax_round_state *state);
double __wrap_hax_lower_bound_value(const hax_lower_bound *lower, const hax_round_state *state);
bool __real_hax_round_state_advance(const hax_instance_set *instances, hax_round_state *state,
                                    hax_state_finished *finished);
bool __wrap_hax_round_state_advance(const hax_instance_set *instances, hax_round_state *state,
                                    hax_state_finished *finished);
double __real_hax_curve_value(const hax_curve_pool *pool, hax_curve curve, double x);
double __wrap_hax_curve_value(const hax_curve_pool *pool, hax_curve curve, double x);
double __real_hax_pair_bounds_value(const hax_pair_bounds *pair_bounds,
                                    const hax_pair_objective *objective,
                                    const hax_position_bounds *zero,
                                    const hax_position_bounds *one);
double __wrap_hax_pair_bounds_value(const hax_pair_bounds *pair_bounds,
                                    const hax_pair_objective *objective,
                                    const hax_position_bounds *zero,
                                    const hax_position_bounds *one);
hax_status __real_hax_schedule_verify(const hax_problem *problem, const hax_schedule *schedule,
                                      hax_error *err);
hax_status __wrap_hax_schedule_verify(const hax_problem *problem, const hax_schedule *schedule,
                                      hax_error *err);

double __real_hax_greedy_out_ms(const hax_greedy_schedule *greedy, int s, int from, int to);
double __wrap_hax_greedy_out_ms(const hax_greedy_schedule *greedy, int s, int from, int to);
double __real_hax_greedy_in_ms(const hax_greedy_schedule *greedy, int s, int from, int to);
double __wrap_hax_greedy_in_ms(const hax_greedy_schedule *greedy, int s, int from, int to);
json_t *__real_json_object_get(const json_t *object, const char *key);
json_t *__wrap_json_object_get(const json_t *object, const char *key);
json_t *__real_json_array_get(const json_t *array, size_t index);
json_t *__wrap_json_array_get(const json_t *array, size_t index);
int __real_strcmp(const char *a, const char *b);
int __wrap_strcmp(const char *a, const char *b);

static struct {
    uint64_t looks, stop_at_look; /* 0: never */
    uint64_t work, work_most;     /* since the last look, and the most of that */
    uint64_t behind_stop;         /* work since it was told to stop */
    uint64_t lookups;             /* in trees of documents and among names */
    hax_cancel stop;
} watched;

/* Baselines have a little time behind a stop: there it is the looks that count. */
static void count_before_look(uint64_t steps)
{
    watched.work += steps;
    if (watched.work > watched.work_most)
        watched.work_most = watched.work;
}

static void count_work(uint64_t steps)
{
    count_before_look(steps);
    if (hax_cancel_requested(&watched.stop))
        watched.behind_stop += steps;
}

uint64_t __wrap_hax_clock_ns(void)
{
    static const uint64_t step_ns = 1000000;
    watched.work = 0;
    watched.looks++;
    if (watched.stop_at_look && watched.looks >= watched.stop_at_look)
        hax_cancel_request(&watched.stop);
    return watched.looks * step_ns;
}

double __wrap_hax_slowdown_value(const hax_slowdown *slowdown, double own, double external)
{
    count_work(1);
    return __real_hax_slowdown_value(slowdown, own, external);
}

double __wrap_hax_lower_bound_value(const hax_lower_bound *lower, const hax_round_state *state)
{
    count_work(2 * (uint64_t) lower->instances->count);
    return __real_hax_lower_bound_value(lower, state);
}

bool __wrap_hax_round_state_advance(const hax_instance_set *instances, hax_round_state *state,
                                    hax_state_finished *finished)
{
    count_work((uint64_t) instances->count);
    return __real_hax_round_state_advance(instances, state, finished);
}

double __wrap_hax_curve_value(const hax_curve_pool *pool, hax_curve curve, double x)
{
    count_work(1);
    return __real_hax_curve_value(pool, curve, x);
}

double __wrap_hax_pair_bounds_value(const hax_pair_bounds *pair_bounds,
                                    const hax_pair_objective *objective,
                                    const hax_position_bounds *zero, const hax_position_bounds *one)
{
    count_work(1);
    return __real_hax_pair_bounds_value(pair_bounds, objective, zero, one);
}

double __wrap_hax_greedy_out_ms(const hax_greedy_schedule *greedy, int s, int from, int to)
{
    count_before_look(1);
    return __real_hax_greedy_out_ms(greedy, s, from, to);
}

double __wrap_hax_greedy_in_ms(const hax_greedy_schedule *greedy, int s, int from, int to)
{
    count_before_look(1);
    return __real_hax_greedy_in_ms(greedy, s, from, to);
}

json_t *__wrap_json_object_get(const json_t *object, const char *key)
{
    watched.lookups++;
    return __real_json_object_get(object, key);
}

json_t *__wrap_json_array_get(const json_t *array, size_t index)
{
    watched.lookups++;
    return __real_json_array_get(array, index);
}

int __wrap_strcmp(const char *a, const char *b)
{
    watched.lookups++;
    return __real_strcmp(a, b);
}

/* The verifier looks at no clock: its own tests say how long it takes. */
hax_status __wrap_hax_schedule_verify(const hax_problem *problem, const hax_schedule *schedule,
                                      hax_error *err)
{
    enum { JOBS_MOST = 10000 };
    return schedule->job_count <= JOBS_MOST ? __real_hax_schedule_verify(problem, schedule, err)
                                            : HAX_OK;
}

static void watch_from_here(uint64_t stop_at_look)
{
    memset(&watched, 0, sizeof watched);
    watched.stop_at_look = stop_at_look;
}

/* ---- the edges of all limits ----------------------------------------------------------------- */

static const hax_problem *make_problem(const chains_shape *chains_shape, uint64_t seed)
{
    const hax_problem *problem = NULL;
    hax_error err;
    if (chains_make(chains_shape, seed, &problem, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return problem;
}

/* Evaluations of whole schedules, of which some follow each other without a look, take so much. */
static uint64_t work_allowed(const chains_shape *chains_shape)
{
    enum { OF_SEARCH = 100000 };
    const uint64_t jobs = 3 * (uint64_t) chains_shape->instances * (uint64_t) chains_shape->groups;
    return OF_SEARCH + jobs;
}

/* What a report asks for behind the search: in memory and steps that grow with the jobs. */
static void check_overlaps(const hax_problem *problem, const hax_schedule *plan)
{
    enum { LISTED = 1000 };
    hax_overlaps overlaps;
    hax_error err;
    watch_from_here(0);
    assert_int_equal(hax_schedule_overlaps(problem, plan, LISTED, &overlaps, &err), HAX_OK);
    assert_true(overlaps.count <= LISTED);
    double lost_ms = overlaps.left_out_ms;
    for (int o = 0; o < overlaps.count; o++)
        lost_ms += overlaps.most_expensive[o].lost_ms;
    assert_true(fabs(lost_ms - plan->lost.contention_ms) <= 1e-6 * (1 + lost_ms));
    assert_true(watched.work <= 2 * (uint64_t) (problem->unit_count * plan->job_count));
    free(overlaps.most_expensive);
}

static void check_stop(const chains_shape *chains_shape, uint64_t looks)
{
    const hax_problem *problem = make_problem(chains_shape, 1);
    const hax_schedule *plan = NULL;
    hax_error err = { 0 };
    hax_solve_options options = hax_solve_options_default();
    options.time_limit_s = 1e6;
    options.cancel = &watched.stop;
    watch_from_here(looks);
    hax_status status = hax_solve(problem, &options, &plan, &err);
    if ((status != HAX_OK && status != HAX_LIMIT) || !plan)
        fail_msg("%d x %d x %d: %s", chains_shape->instances, chains_shape->groups,
                 chains_shape->units, err.message);
    if (watched.work_most > work_allowed(chains_shape) ||
        watched.behind_stop > 2 * work_allowed(chains_shape))
        fail_msg("%d x %d x %d, stopped at look %llu: %llu steps between two looks, %llu behind "
                 "the stop",
                 chains_shape->instances, chains_shape->groups, chains_shape->units,
                 (unsigned long long) looks, (unsigned long long) watched.work_most,
                 (unsigned long long) watched.behind_stop);
    assert_true(isfinite(plan->bound));
    check_overlaps(problem, plan);
    hax_schedule_destroy(plan);
    hax_problem_destroy(problem);
}

static void planning_stops_at_the_edge_of_every_limit(void **state_)
{
    static const chains_shape shapes[] = {
        { 64, 2, 16, HEAVY, true, HAX_LATENCY, 32 },
        { 64, 2, 16, NONE, true, HAX_THROUGHPUT, 32 },
        { 64, 2, 16, XAVIER, false, HAX_SUM, 16 },
        { 16, 2, 8, NONE, true, HAX_LATENCY, 0 },
        { 40, 2, 5, NONE, true, HAX_LATENCY, 0 },
        { 12, 3, 12, HEAVY, true, HAX_LATENCY, 0 },
        { 4, 30, 4, HEAVY, true, HAX_LATENCY, 0 },
        { 2, 1000, 2, HEAVY, true, HAX_LATENCY, 0 },
        { 2, 300, 2, HEAVY, true, HAX_THROUGHPUT, 0 },
        { 1, 2000, 16, NONE, true, HAX_LATENCY, 32 },
        { 1, 100000, 1, NONE, true, HAX_LATENCY, 1 },
        { 3, 1000, 2, HEAVY, true, HAX_LATENCY, 2 },
        { 64, TEST_COUNT(100000 / 64), 16, HEAVY, true, HAX_LATENCY, 32 },
    };
    static const uint64_t looks[] = { 1, 200 };
    (void) state_;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (size_t l = 0; l < sizeof looks / sizeof *looks; l++)
            check_stop(&shapes[s], looks[l]);
}

/* ---- documents ------------------------------------------------------------------------------- */

/* Lookups of reading a problem, and of reading a schedule of it and verifying all that it says. */
typedef struct document_work {
    uint64_t problem, schedule, verify;
} document_work;

static char *schedule_document(const hax_problem *problem)
{
    const hax_schedule *plan = NULL, *plain = NULL;
    char *text = NULL;
    hax_error err;
    assert_int_equal(hax_baseline_earliest_finish(problem, NULL, &plan, &err), HAX_OK);
    assert_int_equal(hax_baseline_serial(problem, NULL, &plain, &err), HAX_OK);
    hax_schedule_set_bound(problem, hax_schedule_edit(plan),
                           problem->objective == HAX_THROUGHPUT ? 1e6 : 0);
    const hax_schedule *const baselines[] = { plain };
    assert_int_equal(hax_schedule_text(problem, plan, 1, baselines, 0, NULL, &text, &err), HAX_OK);
    hax_schedule_destroy(plan);
    hax_schedule_destroy(plain);
    return text;
}

static document_work count_lookups(const chains_shape *chains_shape)
{
    const hax_problem *result = make_problem(chains_shape, 1), *problem = NULL;
    const hax_schedule *plan = NULL;
    hax_verification checked = hax_verification_default();
    document_work work;
    char *text = NULL;
    hax_error err;
    assert_int_equal(hax_problem_text(result, &text, &err), HAX_OK);
    watch_from_here(0);
    assert_int_equal(hax_problem_parse(text, strlen(text), "problem", &problem, &err), HAX_OK);
    work.problem = watched.lookups;
    free(text);
    text = schedule_document(problem);
    watch_from_here(0);
    assert_int_equal(hax_schedule_parse(problem, text, strlen(text), "plan", &plan, &err), HAX_OK);
    work.schedule = watched.lookups;
    watch_from_here(0);
    if (hax_schedule_verify_document(problem, text, strlen(text), "plan", &checked, &err) != HAX_OK)
        fail_msg("%s", err.message);
    work.verify = watched.lookups;
    free(checked.unchecked);
    hax_schedule_destroy(plan);
    hax_problem_destroy(problem);
    hax_problem_destroy(result);
    free(text);
    return work;
}

/* A little more for what is sorted: hardly more than twice as much for twice as many groups. */
static void check_growth(const chains_shape *chains_shape, const char *what, uint64_t once,
                         uint64_t twice)
{
    static const double most = 2.3;
    if ((double) twice > most * (double) once)
        fail_msg("%d x %d x %d, %s: %llu lookups, %llu with twice the groups",
                 chains_shape->instances, chains_shape->groups, chains_shape->units, what,
                 (unsigned long long) once, (unsigned long long) twice);
}

static void documents_are_read_in_one_go(void **state_)
{
    static const chains_shape shapes[] = {
        { 64, 8, 16, HEAVY, true, HAX_LATENCY, 32 },
        { 64, 8, 16, NONE, true, HAX_THROUGHPUT, 32 },
        { 1, 2000, 16, NONE, true, HAX_LATENCY, 32 },
        { 2, 3000, 2, HEAVY, true, HAX_LATENCY, 0 },
    };
    (void) state_;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        chains_shape larger = shapes[s];
        larger.groups *= 2;
        const document_work once = count_lookups(&shapes[s]), twice = count_lookups(&larger);
        check_growth(&shapes[s], "a problem", once.problem, twice.problem);
        check_growth(&shapes[s], "a schedule", once.schedule, twice.schedule);
        check_growth(&shapes[s], "what it claims", once.verify, twice.verify);
    }
}

/* By the clock, as --time does: a millisecond for each look. */
static void the_time_is_kept(void **state_)
{
    static const chains_shape shapes[] = {
        { 64, 2, 16, HEAVY, true, HAX_LATENCY, 32 },
        { 16, 2, 8, NONE, true, HAX_LATENCY, 0 },
        { 2, 500, 2, HEAVY, true, HAX_LATENCY, 0 },
    };
    static const double time_s = 0.2, most_s = 0.25;
    (void) state_;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        const hax_problem *problem = make_problem(&shapes[s], 2);
        const hax_schedule *plan = NULL;
        hax_error err = { 0 };
        hax_solve_options options = hax_solve_options_default();
        options.time_limit_s = time_s;
        watch_from_here(0);
        hax_status status = hax_solve(problem, &options, &plan, &err);
        assert_true(status == HAX_OK || status == HAX_LIMIT);
        assert_non_null(plan);
        assert_true(plan->seconds <= most_s);
        hax_schedule_destroy(plan);
        hax_problem_destroy(problem);
    }
}

/* ---- one over -------------------------------------------------------------------------------- */

static void refuse(const hax_problem *problem, const char *text)
{
    const hax_problem *copy = NULL;
    const hax_schedule *plan = NULL;
    hax_error err = { 0 };
    hax_status status = hax_problem_copy(problem, &copy, &err);
    if (status == HAX_OK) /* what is no limit of problems is one of planning */
        status = hax_solve(copy, NULL, &plan, &err);
    hax_problem_destroy(copy);
    assert_int_equal(status, HAX_BAD_INPUT);
    assert_null(plan);
    if (!strstr(err.message, text))
        fail_msg("'%s' does not say '%s'", err.message, text);
}

static void one_over_a_limit_is_refused(void **state_)
{
    enum { OVER = HAX_MAX_INSTANCES + 1 };
    static const chains_shape shape = { 64, 1, 16, NONE, false, HAX_LATENCY, 32 };
    static hax_instance_spec instances[OVER];
    static hax_unit_spec units[HAX_MAX_UNITS + 1];
    static const char *resources[HAX_MAX_RESOURCES + 1];
    (void) state_;
    const hax_problem *problem = make_problem(&shape, 1);
    hax_problem over = *problem;
    memcpy(instances, problem->instances, HAX_MAX_INSTANCES * sizeof *instances);
    instances[OVER - 1] = instances[0];
    instances[OVER - 1].name = "one-more";
    over.instances = instances;
    over.instance_count = OVER;
    refuse(&over, "65 instances: at most 64");
    over = *problem;
    memcpy(units, problem->units, HAX_MAX_UNITS * sizeof *units);
    units[HAX_MAX_UNITS] = units[0];
    units[HAX_MAX_UNITS].name = "one-more";
    over.units = units;
    over.unit_count++;
    refuse(&over, "17 units: 1 to 16");
    over = *problem;
    memcpy(resources, problem->resources, HAX_MAX_RESOURCES * sizeof *resources);
    resources[HAX_MAX_RESOURCES] = "one-more";
    over.resources = resources;
    over.resource_count++;
    refuse(&over, "33 resources: 1 to 32");
    hax_problem_destroy(problem);
}

static void one_group_over_the_limit_is_refused(void **state_)
{
    static const chains_shape shape = { 1, 1, 1, NONE, false, HAX_LATENCY, 1 };
    hax_group_spec *groups = calloc(HAX_MAX_GROUPS + 1, sizeof *groups);
    (void) state_;
    assert_non_null(groups);
    const hax_problem *problem = make_problem(&shape, 1);
    hax_instance_spec instance = problem->instances[0];
    for (int g = 0; g <= HAX_MAX_GROUPS; g++)
        groups[g] = problem->instances[0].groups[0];
    hax_problem over = *problem;
    instance.groups = groups;
    instance.group_count = HAX_MAX_GROUPS + 1;
    over.instances = &instance;
    refuse(&over, "has 100001 groups, at most 100000");
    hax_problem_destroy(problem);
    free(groups);
}

/* ---- decisions ------------------------------------------------------------------------------- */

typedef struct counter {
    int count, most;
} counter;

static bool count_decision(void *context, hax_round_state *decided)
{
    counter *of = context;
    (void) decided;
    return ++of->count < of->most;
}

static int decisions(const chains_shape *chains_shape, int most, bool *complete)
{
    const hax_problem *problem = make_problem(chains_shape, 1);
    hax_instance_set instances;
    hax_error err;
    counter seen = { 0, most };
    assert_int_equal(hax_instance_set_make(problem, false, NULL, &instances, &err), HAX_OK);
    hax_round_state *start = calloc(1, hax_round_state_size(&instances));
    assert_non_null(start);
    hax_round_state_begin(&instances, start);
    *complete = hax_round_state_decide(&instances, start, count_decision, &seen);
    free(start);
    hax_instance_set_free(&instances);
    hax_problem_destroy(problem);
    return seen.count;
}

static void a_state_has_a_limited_number_of_followers(void **state_)
{
    static const chains_shape few = { 3, 2, 2, NONE, true, HAX_LATENCY, 0 };
    static const chains_shape many = { 64, 2, 16, NONE, true, HAX_LATENCY, 32 };
    bool complete;
    (void) state_;
    /* nobody; one of three on one of two; two of three on both */
    assert_int_equal(decisions(&few, 1000, &complete), 1 + 3 * 2 + 3 * 2);
    assert_true(complete);
    assert_int_equal(decisions(&few, 5, &complete), 5);
    assert_false(complete);
    assert_in_range(decisions(&many, 1 << 20, &complete), 64, 64 * 18);
    assert_false(complete);
    assert_int_equal(decisions(&many, 1, &complete), 1);
}

/* ---- two instances --------------------------------------------------------------------------- */

static double stopped_bound(const hax_problem *problem, uint64_t nodes, double *value)
{
    hax_search_result search_result = { 0 };
    hax_solve_options options = hax_solve_options_default();
    options.node_limit = nodes;
    hax_error err;
    assert_int_equal(hax_pair_search(problem, &options, INFINITY, false, &search_result, &err),
                     HAX_OK);
    *value = search_result.complete ? search_result.value : INFINITY;
    free(search_result.placements);
    return search_result.bound;
}

/* A table that is stopped proves no more than is true, and more than there was before it. */
static void a_stopped_table_proves_what_it_has(void **state_)
{
    static const uint64_t parts[] = { 2, 4, 8 };
    int rises = 0;
    (void) state_;
    for (uint64_t seed = 0; seed < 12; seed++) {
        const chains_shape shape = {
            2, 12, 2, seed % 3 == 0 ? XAVIER : HEAVY, true, seed % 4 == 3 ? HAX_SUM : HAX_LATENCY, 0
        };
        const hax_problem *problem = make_problem(&shape, seed);
        hax_search_result whole = { 0 };
        hax_error err;
        double value;
        assert_int_equal(hax_pair_search(problem, NULL, INFINITY, false, &whole, &err), HAX_OK);
        const double root = stopped_bound(problem, 1, &value);
        for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
            double bound = stopped_bound(problem, whole.nodes - whole.nodes / parts[p], &value);
            assert_true(bound <= whole.value * (1 + 1e-9));
            assert_true(bound >= root);
            rises += bound > root * (1 + 1e-6);
        }
        free(whole.placements);
        hax_problem_destroy(problem);
    }
    assert_true(rises >= 24);
}

/* The same of problems with zeros, ties, shared resources, limits and all objectives. */
static void no_stopped_table_proves_too_much(void **state_)
{
    enum { PROBLEMS = TEST_COUNT(400) };
    (void) state_;
    for (unsigned long number = 0; number < PROBLEMS; number++) {
        const random_options with = { .contention = number % 2, .group_max = 4, .unit_max = 3 };
        const hax_problem *problem = random_problem(number, &with);
        const bool most = problem->objective == HAX_THROUGHPUT;
        hax_search_result whole = { 0 };
        hax_status status = HAX_INFEASIBLE;
        if (problem->instance_count == 2)
            status = hax_pair_search(problem, NULL, most ? 0 : INFINITY, false, &whole, NULL);
        for (uint64_t nodes = 1; status == HAX_OK && nodes < whole.nodes;
             nodes += 1 + whole.nodes / 8) {
            hax_search_result part = { 0 };
            hax_solve_options options = hax_solve_options_default();
            options.node_limit = nodes;
            assert_int_equal(
                hax_pair_search(problem, &options, most ? 0 : INFINITY, false, &part, NULL),
                HAX_OK);
            const double slack = 1e-9 * fmax(1, fabs(whole.value));
            if (whole.count &&
                (most ? part.bound < whole.value - slack : part.bound > whole.value + slack))
                fail_msg("random problem %lu, %llu of %llu nodes: %.12g, the optimum is %.12g",
                         number, (unsigned long long) nodes, (unsigned long long) whole.nodes,
                         part.bound, whole.value);
            free(part.placements);
        }
        free(whole.placements);
        hax_problem_destroy(problem);
    }
}

static void coarse_tables_come_near_the_optimum(void **state_)
{
    enum { PROBLEMS = 1 };
    static const chains_shape shape = { 2, 230, 2, HEAVY, true, HAX_LATENCY, 0 };
    hax_solve_options options = hax_solve_options_default();
    (void) state_;
    for (uint64_t seed = 0; seed < PROBLEMS; seed++) {
        const hax_problem *problem = make_problem(&shape, seed);
        const hax_schedule *near = NULL;
        hax_search_result whole = { 0 };
        hax_error err;
        assert_int_equal(hax_pair_zoom(problem, &options, false, &near, &err), HAX_OK);
        assert_non_null(near);
        assert_int_equal(hax_schedule_verify(problem, near, &err), HAX_OK);
        assert_int_equal(hax_pair_search(problem, NULL, INFINITY, false, &whole, &err), HAX_OK);
        assert_true(near->value >= whole.value * (1 - 1e-9));
        assert_true(near->value <= whole.value * 1.02);
        free(whole.placements);
        hax_schedule_destroy(near);
        hax_problem_destroy(problem);
    }
}

/* ---- more ------------------------------------------------------------------------------------ */

/* Small changes begin with the best baseline: what time there is makes it better. */
static void little_time_gives_more_than_a_baseline(void **state_)
{
    static const chains_shape shape = { 12, 12, 4, HEAVY, true, HAX_LATENCY, 0 };
    hax_solve_options options = hax_solve_options_default();
    options.time_limit_s = 1;
    hax_baseline_limits limits = hax_baseline_limits_default();
    const hax_problem *problem = make_problem(&shape, 0);
    const hax_schedule *plan = NULL;
    hax_baseline_set *set;
    hax_error err;
    (void) state_;
    watch_from_here(0);
    assert_int_equal(hax_solve(problem, &options, &plan, &err), HAX_LIMIT);
    assert_int_equal(hax_baselines_make(problem, true, &limits, &set, &err), HAX_OK);
    assert_true(hax_baseline_set_count(set) > 0);
    for (int b = 0; b < hax_baseline_set_count(set); b++)
        assert_true(plan->value < 0.9 * hax_baseline_set_schedules(set)[b]->value);
    hax_baseline_set_destroy(set);
    hax_schedule_destroy(plan);
    hax_problem_destroy(problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planning_stops_at_the_edge_of_every_limit),
        cmocka_unit_test(documents_are_read_in_one_go),
        cmocka_unit_test(the_time_is_kept),
        cmocka_unit_test(one_over_a_limit_is_refused),
        cmocka_unit_test(one_group_over_the_limit_is_refused),
        cmocka_unit_test(a_state_has_a_limited_number_of_followers),
        cmocka_unit_test(a_stopped_table_proves_what_it_has),
        cmocka_unit_test(no_stopped_table_proves_too_much),
        cmocka_unit_test(coarse_tables_come_near_the_optimum),
        cmocka_unit_test(little_time_gives_more_than_a_baseline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
