/* From profiles, made by hand, to problems. */
#include "fixture.h"

#include <math.h>

/* Two groups on the lab's three units; u1 cannot run the second. */
typedef struct hand {
    lab rig;
    hax_group groups[2];
    hax_group_cost costs[2][3];
    const hax_group_cost *rows[2];
    hax_summary whole[3];
    hax_network_profile network;
    hax_profile profile;
} hand;

static hax_summary summary(double median)
{
    return (hax_summary){ .count = 14,
                          .min = median / 2,
                          .p25 = median / 2,
                          .median = median,
                          .p75 = median * 3,
                          .p95 = median * 3,
                          .p99 = median * 3,
                          .max = median * 3 };
}

static void hand_make(hand *hand)
{
    memset(hand, 0, sizeof *hand);
    lab_make(&hand->rig);
    hand->groups[0] =
        (hax_group){ .first = 0, .last = 9, .input_bytes = 1000000, .output_bytes = 3000000 };
    hand->groups[1] =
        (hax_group){ .first = 10, .last = 24, .input_bytes = 3000000, .output_bytes = 4000 };
    for (int g = 0; g < 2; g++) {
        hand->rows[g] = hand->costs[g];
        for (int u = 0; u < 3; u++)
            hand->costs[g][u] = (hax_group_cost){ .allowed = !(g == 1 && u == 1),
                                                  .run = summary(1 + g + 10 * u),
                                                  .out = summary(0.5),
                                                  .in = summary(0.25),
                                                  .gbps = 7 + u };
    }
    hand->costs[1][1].run.count = 0;
    hand->costs[0][2].out = (hax_summary){ 0 };
    hand->network = (hax_network_profile){ "net", 1, 2, hand->groups, hand->rows, NULL };
    hand->profile = (hax_profile){ .platform = &hand->rig.platform.platform,
                                   .network_count = 1,
                                   .networks = &hand->network,
                                   .source = "a test" };
}

static const hax_problem *make(const hand *from, int count, const int *instances,
                               const hax_problem_options *options)
{
    const hax_problem *problem = NULL;
    hax_error err = { 0 };
    hax_status status =
        hax_profile_problem(&from->profile, count, instances, options, &problem, &err);
    if (status != HAX_OK)
        print_error("%s\n", err.message);
    assert_int_equal(status, HAX_OK);
    return problem;
}

static void costs_and_units_are_taken_over(void **state)
{
    (void) state;
    hand by;
    hand_make(&by);
    const int instances[] = { 0, 0 };
    const hax_problem *problem = make(&by, 2, instances, NULL);
    assert_int_equal(problem->unit_count, 3);
    assert_int_equal(problem->resource_count, 2);
    assert_string_equal(problem->units[2].name, "both");
    assert_int_equal(problem->units[2].resources, 3);
    assert_int_equal(problem->units[2].slowdown.kind, HAX_SLOWDOWN_NONE);
    assert_int_equal(problem->units[2].max_pieces, -1);
    assert_int_equal(problem->objective, HAX_LATENCY);
    assert_int_equal(problem->max_transitions, -1);
    assert_string_equal(problem->instances[0].name, "net");
    assert_string_equal(problem->instances[1].name, "net-2");
    for (int i = 0; i < 2; i++) {
        const hax_instance_spec *spec = &problem->instances[i];
        assert_int_equal(spec->group_count, 2);
        assert_string_equal(spec->groups[1].name, "10-24");
        assert_true(isinf(spec->deadline_ms) && spec->weight == 1 && spec->after_count == 0);
        const hax_cost *first = &spec->groups[0].on[0], *last = &spec->groups[1].on[0];
        assert_float_equal(first->time_ms, 1, 1e-12);
        assert_float_equal(first->gbps, 7, 1e-12);
        assert_float_equal(first->out_ms, 0.5, 1e-12);
        assert_float_equal(first->out_gbps, 6, 1e-12); /* 3 MB in 0.5 ms */
        assert_float_equal(first->in_ms, 0, 0);        /* nothing before the first group */
        assert_float_equal(last->time_ms, 2, 1e-12);
        assert_float_equal(last->out_ms, 0, 0);
        assert_float_equal(last->in_ms, 0.25, 1e-12);
        assert_float_equal(last->in_gbps, 12, 1e-12);
        assert_false(spec->groups[1].on[1].allowed);
        assert_float_equal(spec->groups[0].on[2].out_ms, 0, 0);
    }
    hax_problem_destroy(problem);
    lab_free(&by.rig);
}

static void reference_units_come_only_when_asked_for(void **state)
{
    (void) state;
    hand by;
    hand_make(&by);
    const int instance = 0;
    by.rig.platform.units[0].reference = true;
    const hax_problem *problem = make(&by, 1, &instance, NULL);
    assert_int_equal(problem->unit_count, 2);
    assert_string_equal(problem->units[0].name, "u1");
    assert_float_equal(problem->instances[0].groups[0].on[0].time_ms, 11, 1e-12);
    assert_float_equal(problem->instances[0].groups[0].on[1].time_ms, 21, 1e-12);
    hax_problem_destroy(problem);
    hax_problem_options options = hax_problem_options_default();
    options.objective = HAX_SUM;
    options.max_transitions = 1;
    options.with_reference_units = true;
    problem = make(&by, 1, &instance, &options);
    assert_int_equal(problem->unit_count, 3);
    assert_int_equal(problem->objective, HAX_SUM);
    assert_int_equal(problem->max_transitions, 1);
    hax_problem_destroy(problem);
    lab_free(&by.rig);
}

static void groups_add_up_to_the_whole(void **state)
{
    (void) state;
    hand by;
    hand_make(&by);
    const int instance = 0;
    by.network.whole = by.whole;
    by.whole[0] = summary(3.3); /* the groups: 1 + 2 */
    by.whole[0].p95 = 6;        /* the groups: 3 + 6 */
    hax_problem_options options = hax_problem_options_default();
    const hax_problem *problem = make(&by, 1, &instance, &options);
    const hax_group_spec *groups = problem->instances[0].groups;
    assert_float_equal(groups[0].on[0].time_ms, 1.1, 1e-12);
    assert_float_equal(groups[1].on[0].time_ms, 2.2, 1e-12);
    assert_float_equal(groups[0].on[0].out_ms, 0.5, 1e-12);
    assert_float_equal(groups[0].on[2].time_ms, 21, 1e-12); /* not measured as a whole */
    for (int g = 0; g < 2; g++) {
        assert_float_equal(groups[g].on[0].low_ms, 0.55 * (g + 1), 1e-12);
        assert_float_equal(groups[g].on[0].high_ms, 2 * (g + 1), 1e-12);
        assert_float_equal(groups[g].on[2].high_ms, 3 * (21 + g), 1e-12);
    }
    hax_problem_destroy(problem);
    lab_free(&by.rig);
}

/* An imported number is all its quantiles; how far it can be off is its spread. */
static void limits_come_from_quantiles_or_the_spread(void **state)
{
    (void) state;
    hand by;
    hand_make(&by);
    const int instance = 0;
    by.costs[0][0].run = (hax_summary){ .count = 1,
                                        .min = 8,
                                        .p25 = 8,
                                        .median = 8,
                                        .p75 = 8,
                                        .p95 = 8,
                                        .p99 = 8,
                                        .max = 8,
                                        .spread = 0.25 };
    by.costs[1][0].run = by.costs[0][0].run;
    by.costs[1][0].run.spread = 0; /* nothing is known of how it moves */
    const hax_problem *problem = make(&by, 1, &instance, NULL);
    const hax_group_spec *groups = problem->instances[0].groups;
    assert_float_equal(groups[0].on[0].low_ms, 6, 1e-12);
    assert_float_equal(groups[0].on[0].high_ms, 10, 1e-12);
    assert_float_equal(groups[1].on[0].low_ms, 0, 0);
    assert_float_equal(groups[1].on[0].high_ms, 0, 0);
    assert_float_equal(groups[0].on[2].low_ms, 10.5, 1e-12);
    assert_float_equal(groups[0].on[2].high_ms, 63, 1e-12);
    hax_problem_destroy(problem);
    lab_free(&by.rig);
}

static void parts_that_move_nothing_demand_nothing(void **state)
{
    (void) state;
    hand by;
    hand_make(&by);
    const int instance = 0;
    by.costs[0][0].out = summary(0.0004);
    const hax_problem *problem = make(&by, 1, &instance, NULL);
    assert_float_equal(problem->instances[0].groups[0].on[0].out_ms, 0.0004, 1e-12);
    assert_float_equal(problem->instances[0].groups[0].on[0].out_gbps, 0, 0);
    hax_problem_destroy(problem);
    lab_free(&by.rig);
}

static void impossible_wishes_are_refused(void **state)
{
    (void) state;
    hand by;
    hand_make(&by);
    const hax_problem *problem = NULL;
    hax_error err;
    int instance = 1;
    assert_int_equal(hax_profile_problem(&by.profile, 1, &instance, NULL, &problem, &err),
                     HAX_USAGE);
    instance = 0;
    by.rig.platform.units[0].reference = by.rig.platform.units[2].reference = true;
    assert_int_equal(hax_profile_problem(&by.profile, 1, &instance, NULL, &problem, &err),
                     HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "layers 10-24"));
    assert_null(problem);
    lab_free(&by.rig);
}

/* The whole way: what the law says, measured, becomes the problem's times. */
static void a_measured_profile_gives_the_times_of_the_law(void **state)
{
    (void) state;
    lab rig;
    lab_make(&rig);
    const hax_profile *profile = lab_measure(&rig);
    const hax_problem *problem = NULL;
    const int instance = 0;
    assert_int_equal(hax_profile_problem(profile, 1, &instance, NULL, &problem, NULL), HAX_OK);
    for (int g = 0; g < 3; g++) {
        const hax_group *group = &rig.net.grouping->groups[g];
        double bytes = (double) (group->weight_bytes + group->input_bytes + group->output_bytes);
        for (int u = 0; u < 3; u++) {
            const hax_cost *cost = &problem->instances[0].groups[g].on[u];
            double ms = lab_ms(&rig, u, (double) group->macs, bytes);
            assert_float_equal(cost->time_ms, ms, 2e-6);
            assert_float_equal(cost->gbps, bytes / ms * 1e-6, 1e-6);
        }
    }
    hax_problem_destroy(problem);
    hax_profile_destroy(profile);
    lab_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(costs_and_units_are_taken_over),
        cmocka_unit_test(reference_units_come_only_when_asked_for),
        cmocka_unit_test(groups_add_up_to_the_whole),
        cmocka_unit_test(limits_come_from_quantiles_or_the_spread),
        cmocka_unit_test(parts_that_move_nothing_demand_nothing),
        cmocka_unit_test(impossible_wishes_are_refused),
        cmocka_unit_test(a_measured_profile_gives_the_times_of_the_law),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
