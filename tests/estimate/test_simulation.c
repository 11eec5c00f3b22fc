/* Rounds on a board that is not here: the virtual clock held against the evaluator, and draws that
 * repeat by seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "haxconn/schedule.h"
#include "rows.h"
#include "simulation.h"

enum { NETWORKS = 2 };

static const hax_platform *board;
static hax_model *models[NETWORKS];
static const hax_grouping *groupings[NETWORKS];
static const hax_profile *profile;
static const hax_problem *problem;
static const hax_schedule *schedule;
static const int network_of[NETWORKS] = { 0, 1 };

static int set_up(void **state)
{
    (void) state;
    static const char *const names[NETWORKS] = { "googlenet", "resnet50" };
    hax_profile_network networks[NETWORKS];
    assert_int_equal(hax_platform_load("xavier-agx", &board, NULL), HAX_OK);
    for (int n = 0; n < NETWORKS; n++) {
        assert_int_equal(hax_model_load(names[n], NULL, &models[n], NULL), HAX_OK);
        assert_int_equal(hax_grouping_make(models[n], "blocks", &groupings[n], NULL), HAX_OK);
        networks[n] = (hax_profile_network){ names[n], models[n], groupings[n] };
    }
    hax_profile_config config = hax_profile_config_default();
    config.platform = board;
    config.network_count = NETWORKS;
    config.networks = networks;
    assert_int_equal(hax_profile_measure(&config, &profile, NULL), HAX_OK);
    assert_int_equal(hax_profile_problem(profile, NETWORKS, network_of, NULL, &problem, NULL),
                     HAX_OK);
    assert_int_equal(hax_solve(problem, NULL, &schedule, NULL), HAX_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
    hax_profile_destroy(profile);
    for (int n = 0; n < NETWORKS; n++) {
        hax_grouping_destroy(groupings[n]);
        hax_model_destroy(models[n]);
    }
    hax_platform_destroy(board);
    return 0;
}

/* The last end of the schedule's jobs on a session over the simulation. */
static double round_ms(const hax_simulation *simulation)
{
    const hax_session_clock clock = hax_simulation_clock(simulation);
    hax_session_instance instances[NETWORKS];
    for (int n = 0; n < NETWORKS; n++)
        instances[n] = (hax_session_instance){ .name = problem->instances[n].name,
                                               .model = models[n],
                                               .grouping = groupings[n] };
    const hax_session_config config = {
        .platform = board, .instance_count = NETWORKS, .instances = instances, .clock = &clock
    };
    hax_session *session = NULL;
    hax_plan_job *jobs = NULL;
    hax_plan plan = { 0 };
    double last_ms = 0;
    assert_int_equal(hax_session_open(&config, &session, NULL), HAX_OK);
    assert_int_equal(hax_plan_from_schedule(board, problem, schedule, &jobs, &plan.job_count, NULL),
                     HAX_OK);
    plan.jobs = jobs;
    hax_stamp *stamps = calloc((size_t) plan.job_count, sizeof *stamps);
    assert_non_null(stamps);
    assert_int_equal(hax_session_execute(session, &plan, stamps, NULL), HAX_OK);
    for (int j = 0; j < plan.job_count; j++)
        last_ms = fmax(last_ms, (double) stamps[j].end_ns * 1e-6);
    free(stamps);
    free(jobs);
    hax_session_close(session);
    return last_ms;
}

static hax_simulation *simulate(uint64_t seed)
{
    hax_simulation *simulation = NULL;
    assert_int_equal(hax_simulation_open(problem, profile, network_of, seed, &simulation, NULL),
                     HAX_OK);
    return simulation;
}

static void undrawn_rounds_are_as_predicted(void **state)
{
    (void) state;
    hax_simulation *simulation = simulate(0);
    assert_true(fabs(round_ms(simulation) / schedule->value - 1) < 1e-5);
    hax_simulation_close(simulation);
}

static void draws_repeat_by_seed_and_round(void **state)
{
    (void) state;
    hax_simulation *one = simulate(1), *two = simulate(1), *other = simulate(2);
    hax_simulation_draw(one, 0);
    double first_ms = round_ms(one);
    hax_simulation_draw(one, 5);
    hax_simulation_draw(two, 5);
    hax_simulation_draw(other, 5);
    assert_true(round_ms(one) == round_ms(two));
    assert_true(round_ms(one) != round_ms(other));
    assert_true(round_ms(one) != first_ms);
    hax_simulation_draw(one, 0);
    assert_true(round_ms(one) == first_ms);
    hax_simulation_close(one);
    hax_simulation_close(two);
    hax_simulation_close(other);
}

/* Without a clock there is nothing that could be executed. */
static void a_sheet_needs_a_clock(void **state)
{
    (void) state;
    const hax_session_instance instance = { .name = "googlenet",
                                            .model = models[0],
                                            .grouping = groupings[0] };
    const hax_session_config config = { .platform = board,
                                        .instance_count = 1,
                                        .instances = &instance };
    hax_session *session = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_session_open(&config, &session, &err), HAX_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undrawn_rounds_are_as_predicted),
        cmocka_unit_test(draws_repeat_by_seed_and_round),
        cmocka_unit_test(a_sheet_needs_a_clock),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
