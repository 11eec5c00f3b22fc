/* The baselines one by one, on problems small enough to know what they do, and all of them on
 * random problems of several instances. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "h2h.h"
#include "haxconn/schedule.h"
#include "instrumented.h"
#include "property.h"

/* ---- problems by hand -------------------------------------------------------------------- */

enum { UNITS = 2, GROUPS = 4, INSTANCES = 8 };

/* Two units of a resource each, chains of groups; cost 0 stands for "may not run". */
typedef struct plain {
    hax_unit_spec units[UNITS];
    hax_instance_spec instances[INSTANCES];
    hax_group_spec groups[INSTANCES][GROUPS];
    hax_cost costs[INSTANCES][GROUPS][UNITS];
    hax_problem problem;
} plain;

static void open_plain(plain *plain)
{
    static const char *const resources[] = { "r0", "r1" };
    memset(plain, 0, sizeof *plain);
    plain->units[0] = (hax_unit_spec){ .name = "fast", .resources = 1, .max_pieces = -1 };
    plain->units[1] = (hax_unit_spec){ .name = "slow", .resources = 2, .max_pieces = -1 };
    plain->problem = (hax_problem){ .resource_count = 2,
                                    .resources = resources,
                                    .unit_count = UNITS,
                                    .units = plain->units,
                                    .instances = plain->instances,
                                    .max_transitions = -1 };
}

/* An instance of `count` groups: times on the one unit and on the other, OUT and IN of all. */
static void add_instance(plain *plain, const char *name, int count, const double (*ms)[UNITS],
                         double out_ms, double in_ms)
{
    int i = plain->problem.instance_count++;
    for (int g = 0; g < count; g++) {
        for (int u = 0; u < UNITS; u++)
            plain->costs[i][g][u] = (hax_cost){ .allowed = ms[g][u] > 0,
                                                .time_ms = ms[g][u],
                                                .out_ms = g + 1 < count ? out_ms : 0,
                                                .in_ms = g > 0 ? in_ms : 0 };
        plain->groups[i][g] = (hax_group_spec){ "g", plain->costs[i][g], false };
    }
    plain->instances[i] = (hax_instance_spec){ .name = name,
                                               .group_count = count,
                                               .groups = plain->groups[i],
                                               .weight = 1,
                                               .deadline_ms = INFINITY };
}

static double value_of(const plain *plain, const char *name)
{
    const hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    hax_status status = hax_baseline_find(name)->make(&plain->problem, NULL, &schedule, &err);
    if (status != HAX_OK || hax_schedule_verify(&plain->problem, schedule, &err) != HAX_OK)
        fail_msg("%s: %s", name, err.message);
    double value = schedule->value;
    hax_schedule_destroy(schedule);
    return value;
}

static void expect(const plain *plain, const char *name, double value)
{
    double seen = value_of(plain, name);
    if (fabs(seen - value) > 1e-9)
        fail_msg("%s: %.12g, expected %.12g", name, seen, value);
}

static void mensa_joins_what_does_not_pay(void **state)
{
    (void) state;
    static const double ms[][UNITS] = { { 1, 5 }, { 10, 9.5 }, { 1, 5 } };
    plain of;
    open_plain(&of);
    add_instance(&of, "a", 3, ms, 0.05, 0.05);
    expect(&of, "mensa", 11.7); /* 1 + 9.5 + 1, moved there and back */
    open_plain(&of);
    add_instance(&of, "a", 3, ms, 0.2, 0.2);
    expect(&of, "mensa", 12); /* moving would cost 0.8 and gain 0.5 */
}

static void mensa_does_not_look_at_others(void **state)
{
    (void) state;
    static const double ms[][UNITS] = { { 4, 5 } };
    plain of;
    open_plain(&of);
    add_instance(&of, "a", 1, ms, 0, 0);
    add_instance(&of, "b", 1, ms, 0, 0);
    expect(&of, "mensa", 8);
    expect(&of, "earliest-finish", 5);
    expect(&of, "h2h", 5);
    expect(&of, "per-network", 5);
    expect(&of, "serial", 8);
}

static void herald_balances_loads(void **state)
{
    (void) state;
    static const double ms[][UNITS] = { { 4, 5 }, { 4, 5 } };
    plain of;
    open_plain(&of);
    add_instance(&of, "a", 2, ms, 0, 0);
    add_instance(&of, "b", 2, ms, 0, 0);
    /* fast 4, slow 5 (8 on fast is over 1.5 times 0), fast 8, slow 10 (12 is over 1.5 times 5) */
    expect(&of, "herald-like", 10);
}

static void earliest_finish_fills_gaps(void **state)
{
    (void) state;
    /* long first by rank: its middle runs on slow, which leaves a gap on fast for "small" */
    static const double big[][UNITS] = { { 2, 0 }, { 0, 6 }, { 2, 0 } };
    static const double small[][UNITS] = { { 3, 0 } };
    plain of;
    open_plain(&of);
    add_instance(&of, "big", 3, big, 0, 0);
    add_instance(&of, "small", 1, small, 0, 0);
    expect(&of, "earliest-finish", 10);
}

static void h2h_moves_groups_to_their_neighbours(void **state)
{
    (void) state;
    /* step 1 counts moving every tensor and spreads the two; step 4 sees what moves */
    static const double ms[][UNITS] = { { 3, 4 }, { 3, 4 }, { 3, 4 } };
    plain of;
    open_plain(&of);
    add_instance(&of, "a", 3, ms, 1, 1);
    add_instance(&of, "b", 3, ms, 1, 1);
    const hax_schedule *before = NULL, *after = NULL;
    assert_int_equal(hax_h2h_schedule(&of.problem, H2H_MAPPED, NULL, &before, NULL), HAX_OK);
    assert_int_equal(hax_h2h_schedule(&of.problem, H2H_REMAPPED, NULL, &after, NULL), HAX_OK);
    assert_true(after->value <= before->value + 1e-9);
    hax_schedule_destroy(before);
    hax_schedule_destroy(after);
}

/* Smith: by time over weight, also with more instances than orders are tried of. */
static void serial_orders_by_weight(void **state)
{
    (void) state;
    static const double ms[][UNITS] = { { 8, 9 }, { 1, 9 }, { 6, 9 }, { 2, 9 },
                                        { 5, 9 }, { 3, 9 }, { 7, 9 } };
    static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g" };
    for (int count = 3; count <= 7; count += 4) {
        plain of;
        open_plain(&of);
        of.problem.objective = HAX_SUM;
        for (int i = 0; i < count; i++)
            add_instance(&of, names[i], 1, &ms[i], 0, 0);
        /* of 8 1 6: 1 + 7 + 15; of 8 1 6 2 5 3 7: 1 + 3 + 6 + 11 + 17 + 24 + 32 */
        expect(&of, "serial", count == 3 ? 23 : 94);
    }
}

static void joined_groups_stay_together(void **state)
{
    (void) state;
    static const double ms[][UNITS] = { { 1, 5 }, { 5, 1 }, { 1, 5 } };
    static const char *const names[] = { "mensa", "herald-like", "h2h", "earliest-finish",
                                         "per-network" };
    plain of;
    open_plain(&of);
    add_instance(&of, "a", 3, ms, 0, 0);
    expect(&of, "mensa", 3);
    of.groups[0][1].joined = of.groups[0][2].joined = true;
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        expect(&of, names[n], 7);
}

/* ---- random problems ------------------------------------------------------------------------ */

enum { COPIES = 2, PROBLEMS = 600 };

/* 48 networks alike on 16 units alike: three on each. Too many mappings to come there in turn. */
static void whole_networks_are_balanced(void **state)
{
    (void) state;
    enum { NETWORKS = 48, LONG = 100 };
    static hax_cost costs[HAX_MAX_UNITS];
    static hax_group_spec groups[LONG];
    static hax_unit_spec units[HAX_MAX_UNITS];
    static hax_instance_spec instances[NETWORKS];
    static const char *resources[HAX_MAX_UNITS];
    for (int u = 0; u < HAX_MAX_UNITS; u++) {
        costs[u] = (hax_cost){ .allowed = true, .time_ms = 1 };
        resources[u] = "r";
        units[u] = (hax_unit_spec){ .name = "u", .resources = 1U << u, .max_pieces = -1 };
    }
    for (int g = 0; g < LONG; g++)
        groups[g] = (hax_group_spec){ "g", costs, false };
    for (int i = 0; i < NETWORKS; i++)
        instances[i] = (hax_instance_spec){
            .name = "n", .group_count = LONG, .groups = groups, .weight = 1, .deadline_ms = INFINITY
        };
    const hax_problem problem = { .resource_count = HAX_MAX_UNITS,
                                  .resources = resources,
                                  .unit_count = HAX_MAX_UNITS,
                                  .units = units,
                                  .instance_count = NETWORKS,
                                  .instances = instances,
                                  .max_transitions = -1 };
    const hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_baseline_find("per-network")->make(&problem, NULL, &schedule, &err),
                     HAX_OK);
    assert_float_equal(schedule->value, NETWORKS / HAX_MAX_UNITS * LONG, 1e-9);
    hax_schedule_destroy(schedule);
}

/* Every instance twice, the copies after some of the others now and then. More than two stay as
 * they are. */
static const hax_problem *widen(const hax_problem *problem, unsigned long number)
{
    static const char *const names[] = { "a", "b", "c", "d" };
    hax_instance_spec instances[2 * COPIES];
    int after[2 * COPIES] = { 0 }, count = problem->instance_count;
    hax_problem wide = *problem;
    const hax_problem *result = NULL;
    for (int i = 0; count <= 2 && i < COPIES * count; i++) {
        instances[i] = problem->instances[i % count];
        instances[i].name = names[i];
        if (i < count || number % 3)
            continue;
        after[i] = (int) (number % (unsigned long) count);
        instances[i].after = &after[i];
        instances[i].after_count = 1;
    }
    if (count <= 2) {
        wide.instances = instances;
        wide.instance_count = COPIES * count;
    }
    return hax_problem_copy(&wide, &result, NULL) == HAX_OK ? result : NULL;
}

/* A property of the widened problem. */
static bool holds_widened(property_holds *holds, const hax_problem *problem, unsigned long number,
                          void *context, property_why *why)
{
    const hax_problem *wide = widen(problem, number);
    bool held = wide ? holds(wide, number, context, why) : property_fails(why, "not widened");
    hax_problem_destroy(wide);
    return held;
}

static bool at_least(const hax_problem *problem, double a, double b)
{
    return fabs(a - b) <= 1e-6 * fmax(1, fabs(a)) ||
           (problem->objective == HAX_THROUGHPUT ? a > b : a < b);
}

/* Valid, not better than the answer, and not beyond its bound. */
static bool baseline_is_worse(const hax_problem *problem, const hax_baseline *baseline,
                              const hax_schedule *answer, int *made_count, property_why *why)
{
    const hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    hax_status status = baseline->make(problem, NULL, &schedule, &err);
    if (status != HAX_OK)
        return status == HAX_INFEASIBLE || status == HAX_LIMIT ||
               property_fails(why, "'%s': %s", baseline->name, err.message);
    bool holds = true;
    ++*made_count;
    if (hax_schedule_verify(problem, schedule, &err) != HAX_OK)
        holds = property_fails(why, "'%s': %s", baseline->name, err.message);
    else if (!baseline->searches && (!answer || !at_least(problem, answer->value, schedule->value)))
        holds = property_fails(why, "'%s' is better than the answer", baseline->name);
    else if (answer && !at_least(problem, answer->bound, schedule->value))
        holds = property_fails(why, "'%s' is better than the bound", baseline->name);
    hax_schedule_destroy(schedule);
    return holds;
}

static bool no_baseline_is_better(const hax_problem *problem, unsigned long number, void *context,
                                  property_why *why)
{
    hax_solve_options few = hax_solve_options_default();
    few.node_limit = 2000;
    const hax_schedule *answer = NULL;
    hax_error err = { 0 };
    int count, *made_count = context;
    const hax_baseline *baseline = hax_baselines(&count);
    hax_status status = hax_solve(problem, &few, &answer, &err);
    bool holds = status == HAX_OK || status == HAX_LIMIT || status == HAX_INFEASIBLE ||
                 property_fails(why, "%s", err.message);
    (void) number;
    for (int b = 0; b < count && holds; b++)
        holds = baseline_is_worse(problem, &baseline[b], answer, &made_count[b], why);
    hax_schedule_destroy(answer);
    return holds;
}

static bool no_baseline_is_better_widened(const hax_problem *problem, unsigned long number,
                                          void *context, property_why *why)
{
    return holds_widened(no_baseline_is_better, problem, number, context, why);
}

static void answers_are_never_worse(void **state)
{
    (void) state;
    int count, made_count[HAX_BASELINES_MAX] = { 0 };
    const hax_baseline *baseline = hax_baselines(&count);
    const property of = { __func__, no_baseline_is_better_widened, made_count, NULL };
    for (int contention = 0; contention < 2; contention++)
        assert_true(property_check(
            &of, PROBLEMS,
            &(random_options){
                .contention = contention, .group_max = 4, .unit_max = 3, .kinds = true }));
    for (int b = 0; b < count; b++) {
        print_message("%s: %d of %d problems\n", baseline[b].name, made_count[b],
                      2 * TEST_COUNT(PROBLEMS));
        assert_true(made_count[b] > TEST_COUNT(20));
    }
}

static double end_of(const hax_schedule *schedule)
{
    double end_ms = 0;
    for (int i = 0; i < schedule->instance_count; i++)
        end_ms = fmax(end_ms, schedule->finish_ms[i]);
    return end_ms;
}

static bool has_contention(const hax_problem *problem)
{
    for (int u = 0; u < problem->unit_count; u++)
        if (problem->units[u].slowdown.kind != HAX_SLOWDOWN_NONE)
            return true;
    return false;
}

/* It knows no contention: the promise is about problems without. */
static bool step_4_is_no_longer(const hax_problem *problem, unsigned long number, void *context,
                                property_why *why)
{
    const hax_schedule *before = NULL, *after = NULL;
    int *shorter = context;
    bool holds = true;
    (void) number;
    if (has_contention(problem))
        return true;
    hax_status status = hax_h2h_schedule(problem, H2H_MAPPED, NULL, &before, NULL);
    if (hax_h2h_schedule(problem, H2H_REMAPPED, NULL, &after, NULL) != status)
        holds = property_fails(why, "one of the two is none");
    else if (status == HAX_OK && end_of(after) > end_of(before) + 1e-9)
        holds = property_fails(why, "%.12g, then %.12g", end_of(before), end_of(after));
    else
        *shorter += status == HAX_OK && end_of(after) < end_of(before) - 1e-9;
    hax_schedule_destroy(before);
    hax_schedule_destroy(after);
    return holds;
}

static bool step_4_is_no_longer_widened(const hax_problem *problem, unsigned long number,
                                        void *context, property_why *why)
{
    return holds_widened(step_4_is_no_longer, problem, number, context, why);
}

static void h2h_never_gets_longer_in_step_4(void **state)
{
    (void) state;
    int shorter = 0;
    const property of = { __func__, step_4_is_no_longer_widened, &shorter, NULL };
    assert_true(property_check(
        &of, PROBLEMS,
        &(random_options){ .contention = false, .group_max = 6, .unit_max = 4, .kinds = true }));
    print_message("shorter in %d of %d problems\n", shorter, TEST_COUNT(PROBLEMS));
    assert_true(shorter > 0);
}

/* ---- limits ------------------------------------------------------------------------------ */

/* Networks of a group each, all alike: there are other orders to try. */
static void open_alike(plain *plain, int count)
{
    static const char *const names[INSTANCES] = { "a", "b", "c", "d" };
    static const double ms[][UNITS] = { { 2, 3 } };
    open_plain(plain);
    for (int i = 0; i < count; i++)
        add_instance(plain, names[i], 1, ms, 0, 0);
}

static bool is_made(const hax_baseline_set *set, const char *name)
{
    for (int b = 0; b < hax_baseline_set_count(set); b++)
        if (strcmp(hax_baseline_set_schedules(set)[b]->name, name) == 0)
            return true;
    return false;
}

/* Cancelled from the start, so that no clock decides what is cut. */
static void cancelled_baselines_say_so(void **state)
{
    (void) state;
    plain of;
    hax_cancel cancel = HAX_CANCEL_INIT;
    hax_cancel_request(&cancel);
    hax_baseline_limits limits = hax_baseline_limits_default();
    limits.cancel = &cancel;
    hax_baseline_set *set;
    int count;
    const hax_baseline *baseline = hax_baselines(&count);
    open_alike(&of, 4);
    assert_int_equal(hax_baselines_make(&of.problem, false, &limits, &set, NULL), HAX_OK);
    for (int b = 0; b < count; b++) {
        bool unfinished = hax_baseline_set_unfinished(set) >> b & 1;
        bool allowed = strcmp(baseline[b].name, "all-cores") != 0 &&
                       strcmp(baseline[b].name, "contention-blind") != 0; /* not on these units */
        assert_int_equal(unfinished, allowed && !baseline[b].plain);
        assert_int_equal(is_made(set, baseline[b].name), allowed && baseline[b].plain);
    }
    for (int b = 0; b < hax_baseline_set_count(set); b++) {
        assert_true(hax_baseline_set_schedules(set)[b]->cut_short);
        assert_int_equal(hax_schedule_verify(&of.problem, hax_baseline_set_schedules(set)[b], NULL),
                         HAX_OK);
    }
    hax_baseline_set_destroy(set);
}

static void baselines_without_limits_are_whole(void **state)
{
    (void) state;
    plain of;
    hax_baseline_set *set;
    open_alike(&of, 4);
    assert_int_equal(hax_baselines_make(&of.problem, true, NULL, &set, NULL), HAX_OK);
    assert_int_equal(hax_baseline_set_count(set), 2);
    hax_baseline_set_destroy(set);
    assert_int_equal(hax_baselines_make(&of.problem, false, NULL, &set, NULL), HAX_OK);
    assert_int_equal(hax_baseline_set_unfinished(set), 0);
    assert_int_equal(hax_baseline_set_count(set), 6);
    for (int b = 0; b < hax_baseline_set_count(set); b++)
        assert_false(hax_baseline_set_schedules(set)[b]->cut_short);
    hax_baseline_set_destroy(set);
}

/* What is not finished and what is cut stands in the document; never with a made-up number. */
static void documents_say_what_was_cut(void **state)
{
    (void) state;
    plain of;
    hax_cancel cancel = HAX_CANCEL_INIT;
    hax_cancel_request(&cancel);
    hax_baseline_limits limits = hax_baseline_limits_default();
    limits.cancel = &cancel;
    hax_baseline_set *set;
    char *text = NULL;
    open_alike(&of, 3);
    assert_int_equal(hax_baselines_make(&of.problem, false, &limits, &set, NULL), HAX_OK);
    assert_int_equal(hax_schedule_text(&of.problem, hax_baseline_set_schedules(set)[0],
                                       hax_baseline_set_count(set), hax_baseline_set_schedules(set),
                                       hax_baseline_set_unfinished(set), NULL, &text, NULL),
                     HAX_OK);
    assert_non_null(strstr(text, "\"cut_short\": true"));
    const char *h2h = strstr(text, "\"h2h\"");
    assert_non_null(h2h);
    const char *value = strstr(h2h, "\"value\": null"), *word = strstr(h2h, "\"unfinished\": true");
    assert_true(value && word && value < word && word < strchr(h2h, '}'));
    free(text);
    hax_baseline_set_destroy(set);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mensa_joins_what_does_not_pay),
        cmocka_unit_test(mensa_does_not_look_at_others),
        cmocka_unit_test(herald_balances_loads),
        cmocka_unit_test(earliest_finish_fills_gaps),
        cmocka_unit_test(h2h_moves_groups_to_their_neighbours),
        cmocka_unit_test(serial_orders_by_weight),
        cmocka_unit_test(joined_groups_stay_together),
        cmocka_unit_test(whole_networks_are_balanced),
        cmocka_unit_test(answers_are_never_worse),
        cmocka_unit_test(h2h_never_gets_longer_in_step_4),
        cmocka_unit_test(cancelled_baselines_say_so),
        cmocka_unit_test(baselines_without_limits_are_whole),
        cmocka_unit_test(documents_say_what_was_cut),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
