/* Plans on the virtual clock: times follow from the law by hand. */
#include "fixture.h"

#include <math.h>

static double ms(int64_t ns)
{
    return (double) ns * 1e-6;
}

static hax_session *open_session(trio *platform, const hax_session_instance *instances, int count)
{
    hax_session_config config = { .platform = &platform->platform,
                                  .instance_count = count,
                                  .instances = instances,
                                  .traffic = true };
    hax_session *session = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_session_open(&config, &session, &err), HAX_OK);
    return session;
}

static void a_cancelled_session_runs_nothing(void **state)
{
    (void) state;
    const int cpus[] = { 0, 1 };
    trio platform;
    chain net = chain_make();
    hax_cancel cancel = HAX_CANCEL_INIT;
    hax_watch watch = hax_watch_default();
    hax_session *session = NULL;
    hax_error err = { 0 };
    trio_make(&platform, "synthetic", cpus);
    watch.cancel = &cancel;
    const hax_session_instance instance = { "chain", net.model, net.grouping };
    const hax_session_config config = {
        .platform = &platform.platform, .instance_count = 1, .instances = &instance, .watch = &watch
    };
    assert_int_equal(hax_session_open(&config, &session, &err), HAX_OK);
    const hax_plan_job job = { .after = -1 };
    hax_stamp stamp = { .start_ns = -7, .end_ns = -7 };
    hax_cancel_request(&cancel);
    assert_int_equal(hax_session_execute(session, &(hax_plan){ 1, &job }, &stamp, &err),
                     HAX_INTERRUPTED);
    assert_string_equal(err.message, "interrupted");
    assert_true(stamp.start_ns == -7 && stamp.end_ns == -7);
    hax_session_close(session);
    chain_free(&net);
}

/* Costs that are asked for while the plan runs: then it is cancelled. */
static hax_virtual_cost cancel_while_it_runs(const void *context, const hax_plan_job *job)
{
    (void) job;
    hax_cancel_request(*(hax_cancel *const *) context);
    return (hax_virtual_cost){ .alone_ms = 1 };
}

static double no_slowdown(const void *context, int unit, double own_gbps, double external_gbps)
{
    (void) context, (void) unit, (void) own_gbps, (void) external_gbps;
    return 1;
}

static void a_plan_cancelled_on_its_way_is_none(void **state)
{
    (void) state;
    const int cpus[] = { 0, 1 };
    trio platform;
    chain net = chain_make();
    hax_cancel cancel = HAX_CANCEL_INIT, *cancelled = &cancel;
    hax_watch watch = hax_watch_default();
    hax_session *session = NULL;
    hax_error err = { 0 };
    trio_make(&platform, "synthetic", cpus);
    watch.cancel = &cancel;
    const hax_session_instance instance = { "chain", net.model, net.grouping };
    const hax_session_clock clock = { cancel_while_it_runs, no_slowdown, &cancelled };
    const hax_session_config config = { .platform = &platform.platform,
                                        .instance_count = 1,
                                        .instances = &instance,
                                        .clock = &clock,
                                        .watch = &watch };
    assert_int_equal(hax_session_open(&config, &session, &err), HAX_OK);
    const hax_plan_job job = { .after = -1 };
    hax_stamp stamp;
    assert_int_equal(hax_session_execute(session, &(hax_plan){ 1, &job }, &stamp, &err),
                     HAX_INTERRUPTED);
    assert_string_equal(err.message, "interrupted");
    hax_session_close(session);
    chain_free(&net);
}

static void groups_follow_each_other_by_the_law(void **state)
{
    (void) state;
    const int cpus[] = { 0, 1 };
    trio platform;
    chain net = chain_make();
    trio_make(&platform, "synthetic", cpus);
    platform.kinds[0].law = (hax_law){ .overhead_ms = 1, .gmac_per_s = 1e-3 };
    platform.kinds[1].law = (hax_law){ .overhead_ms = 2, .gmac_per_s = 1e-3 };
    hax_session_instance instance = { "chain", net.model, net.grouping };
    hax_session *session = open_session(&platform, &instance, 1);
    const hax_plan_job jobs[] = {
        { .unit = 0, .group = 0, .after = -1 },
        { .unit = 0, .group = 0, .part = HAX_PART_OUT, .to_unit = 1, .after = -1 },
        { .unit = 1, .group = 1, .part = HAX_PART_IN, .from_unit = 0, .after = -1 },
        { .unit = 1, .group = 1, .after = -1 },
        { .unit = 1, .group = 2, .after = -1, .delay_ms = 3 },
    };
    hax_stamp stamps[5];
    hax_plan plan = { 5, jobs };
    hax_error err;
    assert_int_equal(hax_session_execute(session, &plan, stamps, &err), HAX_OK);
    const hax_group *groups = net.grouping->groups;
    double first_ms = 1 + (double) groups[0].macs * 1e-3;
    assert_float_equal(ms(stamps[0].end_ns), first_ms, 1e-5);
    assert_float_equal(ms(stamps[1].end_ns), first_ms + 1, 1e-5);
    assert_float_equal(ms(stamps[2].end_ns), first_ms + 3, 1e-5);
    assert_float_equal(ms(stamps[3].end_ns), first_ms + 5, 1e-5);
    double start_ms = fmax(first_ms + 5, 3);
    assert_float_equal(ms(stamps[4].start_ns), start_ms, 1e-5);
    assert_float_equal(ms(stamps[4].end_ns), start_ms + 2 + (double) groups[2].macs * 1e-3, 1e-5);
    assert_float_equal(hax_stamp_ms(&stamps[2]), 2, 1e-5);
    assert_float_equal(hax_stamps_round_ms(stamps, 5), ms(stamps[4].end_ns), 0);
    assert_float_equal(hax_stamps_round_ms(stamps, 3), ms(stamps[2].end_ns), 0);
    hax_session_close(session);
    chain_free(&net);
}

static void demands_of_others_slow_down(void **state)
{
    (void) state;
    const int cpus[] = { 0, 1 };
    trio platform;
    chain net = chain_make();
    trio_make(&platform, "synthetic", cpus);
    /* all of a job is transfer, so its demand is the bandwidth: 1 GB/s */
    platform.kinds[0].law = (hax_law){ .gbps = 1, .slowdown_per_gbps = 1 };
    platform.kinds[1].law = (hax_law){ .gbps = 1 };
    hax_session_instance instances[2] = { { "a", net.model, net.grouping },
                                          { "b", net.model, net.grouping } };
    hax_session *session = open_session(&platform, instances, 2);
    const hax_plan_job jobs[] = { { .unit = 0, .instance = 0, .after = -1 },
                                  { .unit = 1, .instance = 1, .after = -1 } };
    hax_stamp stamps[2];
    hax_plan plan = { 2, jobs };
    hax_error err;
    assert_int_equal(hax_session_execute(session, &plan, stamps, &err), HAX_OK);
    /* b ends after t; a has done half by then and is alone from there: 1.5 t */
    double t = ms(stamps[1].end_ns);
    assert_true(t > 0);
    assert_float_equal(ms(stamps[0].end_ns), 1.5 * t, 1e-5);
    hax_session_close(session);
    chain_free(&net);
}

static void traffic_presses_and_is_pressed(void **state)
{
    (void) state;
    const int cpus[] = { 0, 1 };
    trio platform;
    chain net = chain_make();
    trio_make(&platform, "synthetic", cpus);
    platform.kinds[0].law = (hax_law){ .overhead_ms = 10, .gbps = 1, .slowdown_per_gbps = 0.5 };
    platform.kinds[1].law = (hax_law){ .gbps = 4, .slowdown_per_gbps = 1 };
    hax_session_instance instance = { "a", net.model, net.grouping };
    hax_session *session = open_session(&platform, &instance, 1);
    const hax_plan_job job = { .after = -1 };
    hax_stamp alone, pressed;
    hax_plan plan = { 1, &job };
    hax_press press = hax_press_begin(5);
    hax_error err;
    assert_int_equal(hax_session_execute(session, &plan, &alone, &err), HAX_OK);
    /* 4 GB/s beside it: three times as long, and it starts when the traffic has settled */
    press.traffic[1] = (hax_traffic){ .work = 0 };
    assert_int_equal(hax_session_press(session, &plan, &press, &pressed, &err), HAX_OK);
    assert_float_equal(ms(pressed.start_ns), 5, 1e-6);
    assert_float_equal(ms(pressed.end_ns - pressed.start_ns), 3 * ms(alone.end_ns), 1e-5);
    /* the traffic alone reaches 4 GB/s, beside the job 4 / (1 + its demand) */
    const hax_group *group = &net.grouping->groups[0];
    double bytes = (double) (group->weight_bytes + group->input_bytes + group->output_bytes);
    double demand_gbps = bytes / (ms(alone.end_ns) * 1e6);
    double before = hax_session_moved(session, 1, 5000000);
    double beside = hax_session_moved(session, 1, pressed.end_ns) - before;
    assert_float_equal(before, 4 * 5e6, 1);
    assert_float_equal(beside, 4 / (1 + demand_gbps) * (double) (pressed.end_ns - 5000000), 10);
    /* half the demand by computing as long as moving */
    press.traffic[1].work = HAX_TRAFFIC_CHUNK / 4;
    assert_int_equal(hax_session_press(session, NULL, &press, NULL, &err), HAX_OK);
    assert_float_equal(hax_session_moved(session, 1, 5000000), 2 * 5e6, 1);
    hax_session_close(session);
    chain_free(&net);
}

static void shared_resources_exclude(void **state)
{
    (void) state;
    const int cpus[] = { 0, 1 };
    trio platform;
    chain net = chain_make();
    trio_make(&platform, "synthetic", cpus);
    platform.kinds[0].law = platform.kinds[1].law = (hax_law){ .overhead_ms = 5 };
    hax_session_instance instances[2] = { { "a", net.model, net.grouping },
                                          { "b", net.model, net.grouping } };
    hax_session *session = open_session(&platform, instances, 2);
    const hax_plan_job jobs[] = { { .unit = 2, .instance = 0, .after = -1 },
                                  { .unit = 1, .instance = 1, .after = -1 },
                                  { .unit = 0, .instance = 0, .group = 1, .after = 0 } };
    hax_stamp stamps[3];
    hax_plan plan = { 3, jobs };
    hax_error err;
    assert_int_equal(hax_session_execute(session, &plan, stamps, &err), HAX_OK);
    assert_float_equal(ms(stamps[1].start_ns), 5, 1e-9);
    assert_float_equal(ms(stamps[2].start_ns), 5, 1e-9);
    hax_session_close(session);
    chain_free(&net);
}

static void bad_plans_are_refused(void **state)
{
    (void) state;
    const int cpus[] = { 0, 1 };
    trio platform;
    chain net = chain_make();
    trio_make(&platform, "synthetic", cpus);
    hax_session_instance instance = { "chain", net.model, net.grouping };
    hax_session *session = open_session(&platform, &instance, 1);
    const hax_plan_job bad[] = {
        { .unit = 3, .after = -1 },
        { .instance = 1, .after = -1 },
        { .group = 3, .after = -1 },
        { .after = 0 },
        { .after = -1, .delay_ms = -1 },
        { .after = -1, .delay_ms = INFINITY },
        { .after = -1, .delay_ms = 1e300 }, /* more nanoseconds than can be counted */
        { .part = HAX_PART_IN, .group = 1, .from_unit = 7, .after = -1 },
        /* nothing crosses there */
        { .part = HAX_PART_IN, .group = 0, .after = -1 },
        { .part = HAX_PART_OUT, .group = 2, .after = -1 },
    };
    hax_stamp stamp;
    hax_error err;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(hax_session_execute(session, &(hax_plan){ 1, &bad[i] }, &stamp, &err),
                         HAX_BAD_INPUT);
    assert_int_equal(hax_session_execute(session, &(hax_plan){ 0, bad }, &stamp, &err),
                     HAX_BAD_INPUT);
    hax_press press = hax_press_begin(1e300);
    press.traffic[0].work = 0;
    assert_int_equal(hax_session_press(session, NULL, &press, NULL, &err), HAX_USAGE);
    hax_session_close(session);
    chain_free(&net);
}

static void instances_wait_for_those_they_come_after(void **state)
{
    (void) state;
    static const int first[] = { 0 };
    const int cpus[] = { 0, 1 };
    trio platform;
    chain net = chain_make();
    trio_make(&platform, "synthetic", cpus);
    platform.kinds[0].law = (hax_law){ .overhead_ms = 2 };
    platform.kinds[1].law = (hax_law){ .overhead_ms = 3 };
    hax_session_instance instances[2] = {
        { "a", net.model, net.grouping, NULL, 0, NULL },
        { "b", net.model, net.grouping, NULL, 1, first },
    };
    hax_session *session = open_session(&platform, instances, 2);
    const hax_plan_job jobs[] = { { .unit = 0, .instance = 0, .group = 0, .after = -1 },
                                  { .unit = 0, .instance = 0, .group = 1, .after = -1 },
                                  { .unit = 1, .instance = 1, .group = 0, .after = -1 } };
    hax_stamp stamps[3];
    hax_plan plan = { 3, jobs };
    hax_error err;
    assert_int_equal(hax_session_execute(session, &plan, stamps, &err), HAX_OK);
    assert_float_equal(ms(stamps[2].start_ns), 4, 1e-6);
    /* alone it waits for nobody */
    plan = (hax_plan){ 1, &jobs[2] };
    assert_int_equal(hax_session_execute(session, &plan, stamps, &err), HAX_OK);
    assert_float_equal(ms(stamps[0].start_ns), 0, 1e-6);
    hax_session_close(session);
    chain_free(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cancelled_session_runs_nothing),
        cmocka_unit_test(a_plan_cancelled_on_its_way_is_none),
        cmocka_unit_test(groups_follow_each_other_by_the_law),
        cmocka_unit_test(demands_of_others_slow_down),
        cmocka_unit_test(traffic_presses_and_is_pressed),
        cmocka_unit_test(shared_resources_exclude),
        cmocka_unit_test(instances_wait_for_those_they_come_after),
        cmocka_unit_test(bad_plans_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
