/* Networks measured beside networks, on parts of a GPU that a virtual clock stands in for. */
#include "fixture.h"

#include <math.h>

#include "handover.h"
#include "haxconn/contention.h"
#include "haxconn/problem.h"
#include "neighbours.h"

/* Three parts that nothing joins, of three sizes; what slows them is known. */
typedef struct parts {
    lab lab;
    hax_profile_network networks[3];
} parts;

static const char *const resources[] = { "r0", "r1", "r2" };

static void parts_make(parts *parts, int networks)
{
    static const char *const names[] = { "first", "second", "third" };
    lab *lab = &parts->lab;
    lab_make(lab);
    lab->platform.kinds[0].law =
        (hax_law){ .overhead_ms = 1, .gbps = 0.001, .slowdown_per_gbps = 20 };
    for (int u = 0; u < 3; u++) {
        lab->platform.units[u] = (hax_unit){ .name = names[u],
                                             .resources = 1U << u,
                                             .threads = 1,
                                             .class_id = u,
                                             .sms = 8 * (u + 1),
                                             .why = "a test" };
        parts->networks[u] = (hax_profile_network){ names[u], lab->net.model, lab->net.grouping };
    }
    lab->platform.platform.resource_count = 3;
    lab->platform.platform.resources = resources;
    lab->config.networks = parts->networks;
    lab->config.network_count = networks;
    lab->config.contention = true;
    lab->config.rounds = 20;
}

static double most_gbps(const parts *parts)
{
    double most = 0;
    for (int g = 0; g < parts->lab.net.grouping->count; g++) {
        const hax_group *group = &parts->lab.net.grouping->groups[g];
        double bytes = (double) (group->weight_bytes + group->input_bytes + group->output_bytes);
        most = fmax(most, bytes / lab_ms(&parts->lab, 0, 0, bytes) * 1e-6);
    }
    return most;
}

/* The same network beside itself loses what its demand is by the law, between none and the most. */
static void a_loss_is_what_neighbours_cost(void **state)
{
    (void) state;
    parts parts;
    parts_make(&parts, 2);
    const hax_profile *profile = lab_measure(&parts.lab);
    const double most = 20 * most_gbps(&parts);
    for (int u = 0; u < 3; u++) {
        const hax_unit_contention *contention = &profile->contention[u];
        assert_non_null(contention->beside);
        assert_null(contention->fit);
        assert_int_equal(contention->neighbours, 2);
        for (int n = 0; n < 2; n++) {
            const hax_group_cost *cost = &profile->networks[n].cost[0][u];
            assert_int_equal(cost->demand, HAX_DEMAND_NEIGHBOURS);
            assert_float_equal(cost->gbps, 1, 0);
            assert_true(cost->own_gbps > 0.3 * most && cost->own_gbps < most);
            assert_float_equal(hax_slowdown_value(contention->beside, cost->own_gbps, 1),
                               1 + cost->own_gbps, 1e-9);
            assert_float_equal(hax_slowdown_value(contention->beside, cost->own_gbps, 5),
                               1 + contention->crowd * cost->own_gbps, 1e-9);
        }
    }
    hax_profile_destroy(profile);
    lab_free(&parts.lab);
}

/* Two neighbours cost twice as much by the law, be they of other networks or of the same. */
static void check_crowd(int networks)
{
    parts parts;
    parts_make(&parts, networks);
    const hax_profile *profile = lab_measure(&parts.lab);
    for (int u = 0; u < 3; u++) {
        const hax_unit_contention *contention = &profile->contention[u];
        assert_int_equal(contention->neighbours, 2);
        assert_float_equal(contention->crowd, 2, 0.1);
        double own = profile->networks[0].cost[0][u].own_gbps;
        assert_float_equal(hax_slowdown_value(contention->beside, own, 1), 1 + own, 1e-9);
        assert_float_equal(hax_slowdown_value(contention->beside, own, 2),
                           1 + contention->crowd * own, 1e-9);
    }
    hax_profile_destroy(profile);
    lab_free(&parts.lab);
}

static void a_crowd_costs_more_than_one(void **state)
{
    (void) state;
    for (int networks = 1; networks <= 3; networks++)
        check_crowd(networks);
}

/* Nobody is beside a unit that shares with all others. */
static void without_neighbours_nothing_is_lost(void **state)
{
    (void) state;
    parts parts;
    parts_make(&parts, 2);
    assert_int_equal(hax_neighbours_instances(&parts.lab.platform.platform, 2), 3);
    for (int u = 1; u < 3; u++)
        parts.lab.platform.units[u].resources |= 1;
    assert_int_equal(hax_neighbours_instances(&parts.lab.platform.platform, 2), 2);
    const hax_profile *profile = lab_measure(&parts.lab);
    assert_null(profile->contention);
    hax_profile_destroy(profile);
    lab_free(&parts.lab);
}

static void the_problem_has_the_function(void **state)
{
    (void) state;
    parts parts;
    const hax_problem *problem;
    const int instances[] = { 0, 1 };
    parts_make(&parts, 2);
    const hax_profile *profile = lab_measure(&parts.lab);
    assert_int_equal(hax_profile_problem(profile, 2, instances, NULL, &problem, NULL), HAX_OK);
    for (int u = 0; u < 3; u++) {
        const hax_cost *cost = &problem->instances[1].groups[0].on[u];
        assert_int_equal(problem->units[u].slowdown.kind, HAX_SLOWDOWN_TABLE);
        assert_float_equal(cost->gbps, 1, 0);
        assert_float_equal(
            hax_slowdown_value(&problem->units[u].slowdown, cost->own_gbps, cost->gbps),
            1 + cost->own_gbps, 1e-9);
    }
    hax_problem_destroy(problem);
    hax_profile_destroy(profile);
    lab_free(&parts.lab);
}

static void documents_keep_it(void **state)
{
    (void) state;
    parts parts;
    char *text, *again;
    const hax_profile *read;
    parts_make(&parts, 3);
    const hax_profile *profile = lab_measure(&parts.lab);
    assert_int_equal(hax_profile_text(profile, &text, NULL), HAX_OK);
    hax_error err;
    if (hax_profile_parse(text, strlen(text), "test", &read, &err) != HAX_OK)
        fail_msg("%s", err.message);
    assert_int_equal(read->contention[1].neighbours, 2);
    assert_float_equal(read->contention[1].crowd, profile->contention[1].crowd, 0);
    assert_non_null(read->contention[1].beside);
    assert_int_equal(hax_profile_text(read, &again, NULL), HAX_OK);
    assert_string_equal(text, again);
    free(again);
    free(text);
    hax_profile_destroy(read);
    hax_profile_destroy(profile);
    lab_free(&parts.lab);
}

/* What the store holds of neighbours is found again, and not what was measured beside others. */
static void the_store_knows_who_was_beside(void **state)
{
    (void) state;
    parts parts;
    folder folder = folder_make();
    parts_make(&parts, 2);
    parts.lab.config.store_path = folder.store;
    const hax_profile *first = lab_measure(&parts.lab), *second = lab_measure(&parts.lab);
    assert_int_equal(second->stored.runs, second->stored.total_runs);
    for (int u = 0; u < 3; u++)
        assert_float_equal(first->networks[1].cost[0][u].own_gbps,
                           second->networks[1].cost[0][u].own_gbps, 0);
    parts.lab.platform.units[1].sms = 64; /* the others have another neighbour now */
    const hax_profile *third = lab_measure(&parts.lab);
    assert_true(third->stored.runs < third->stored.total_runs);
    hax_profile_destroy(first);
    hax_profile_destroy(second);
    hax_profile_destroy(third);
    lab_free(&parts.lab);
    folder_free(&folder);
}

/* What parts do to traffic is measured where no network is. */
static void without_networks_parts_are_pressed(void **state)
{
    (void) state;
    parts parts;
    parts_make(&parts, 0);
    parts.lab.platform.kinds[0].law =
        (hax_law){ .overhead_ms = 1, .gbps = 40, .slowdown_per_gbps = 0.02 };
    const hax_profile *profile = lab_measure(&parts.lab);
    assert_non_null(profile->contention[0].fit);
    assert_null(profile->contention[0].beside);
    hax_profile_destroy(profile);
    lab_free(&parts.lab);
}

/* ---- going on on another part ------------------------------------------------------------------
 */

static void add_way(hax_samples *samples, const hax_platform *platform, int phase, double ms)
{
    hax_sample sample = hax_handover_sample(platform, 0, phase);
    sample.time_ms = ms;
    assert_int_equal(hax_samples_add(samples, &sample, NULL), HAX_OK);
}

/* On parts that take 10 and 14 ms a network of three groups that changes at both cuts takes 13 and
 * 13: two times two changes cost 2 ms more than its groups. */
static void a_change_costs_what_the_way_takes_longer(void **state)
{
    (void) state;
    parts parts;
    hax_samples *samples;
    hax_group_cost rows[3][3] = { 0 }, *cost[] = { rows[0], rows[1], rows[2] };
    parts_make(&parts, 1);
    const hax_platform *platform = &parts.lab.platform.platform;
    const hax_summary whole[] = { hax_summary_known(10, 0, 5), hax_summary_known(14, 0, 5),
                                  hax_summary_known(20, 0, 5) };
    int units[2];
    assert_true(hax_handover_units(platform, units));
    assert_int_equal(units[0], 0);
    assert_int_equal(units[1], 1);
    for (int g = 0; g < 3; g++)
        for (int u = 0; u < 3; u++)
            cost[g][u].allowed = u < 2 || g < 2;
    cost[2][1].in = hax_summary_known(7, 0, 5); /* from a processor, say */
    assert_int_equal(hax_samples_create(platform, 1, parts.networks, &samples, NULL), HAX_OK);
    assert_int_equal(hax_handover_costs(platform, samples, 0, 3, whole, cost, NULL), HAX_OK);
    assert_int_equal(cost[1][0].in.count, 0); /* nothing was measured */
    add_way(samples, platform, 0, 13);
    add_way(samples, platform, 1, 13);
    assert_int_equal(hax_handover_costs(platform, samples, 0, 3, whole, cost, NULL), HAX_OK);
    for (int u = 0; u < 3; u++) {
        assert_int_equal(cost[0][u].in.count, 0);
        assert_float_equal(cost[1][u].in.median, 0.5, 1e-6);
    }
    assert_float_equal(cost[2][0].in.median, 0.5, 1e-6);
    assert_float_equal(cost[2][1].in.median, 7, 1e-9);
    assert_int_equal(cost[2][2].in.count, 0); /* it cannot run there */
    hax_samples_destroy(samples);
    lab_free(&parts.lab);
}

/* The virtual clock charges nothing for it; what is charged moves nothing. */
static void a_change_demands_no_bandwidth(void **state)
{
    (void) state;
    parts parts;
    const hax_problem *problem;
    const int instance = 0;
    parts_make(&parts, 2);
    const hax_profile *profile = lab_measure(&parts.lab);
    hax_group_cost *cost = &((hax_owned_profile *) hax_own(profile))->cost[0][1][0];
    assert_float_equal(cost->in.median, 0, 1e-9);
    cost->in = hax_summary_known(0.5, 0, 5);
    assert_int_equal(hax_profile_problem(profile, 1, &instance, NULL, &problem, NULL), HAX_OK);
    assert_float_equal(problem->instances[0].groups[1].on[0].in_ms, 0.5, 1e-9);
    assert_float_equal(problem->instances[0].groups[1].on[0].in_gbps, 0, 0);
    hax_problem_destroy(problem);
    hax_profile_destroy(profile);
    lab_free(&parts.lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loss_is_what_neighbours_cost),
        cmocka_unit_test(a_crowd_costs_more_than_one),
        cmocka_unit_test(the_problem_has_the_function),
        cmocka_unit_test(documents_keep_it),
        cmocka_unit_test(the_store_knows_who_was_beside),
        cmocka_unit_test(without_neighbours_nothing_is_lost),
        cmocka_unit_test(without_networks_parts_are_pressed),
        cmocka_unit_test(a_change_costs_what_the_way_takes_longer),
        cmocka_unit_test(a_change_demands_no_bandwidth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
