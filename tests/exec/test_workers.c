/* Real worker processes, with units that do nothing: order, waits, and every way to die. */
#define _GNU_SOURCE
#include "driver.h"
#include "fixture.h"
#include "processes.h"
#include "skip.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct rig_state {
    trio platform;
    chain net;
    int first; /* the instance that the third comes after */
    hax_session_instance instances[3];
    hax_session *session;
    hax_cancel cancel;
    hax_watch watch;
} rig_state;

static void rig_open(rig_state *rig)
{
    int cpus[2];
    usable_cpus(cpus);
    trio_make(&rig->platform, "null", cpus);
    rig->net = chain_make();
    for (int i = 0; i < 2; i++)
        rig->instances[i] =
            (hax_session_instance){ i ? "b" : "a", rig->net.model, rig->net.grouping };
    rig->first = 0;
    rig->instances[2] =
        (hax_session_instance){ "c", rig->net.model, rig->net.grouping, NULL, 1, &rig->first };
    hax_cancel_clear(&rig->cancel);
    rig->watch = hax_watch_default();
    rig->watch.cancel = &rig->cancel;
    hax_session_config config = { .platform = &rig->platform.platform,
                                  .instance_count = 3,
                                  .instances = rig->instances,
                                  .traffic = true,
                                  .watch = &rig->watch };
    hax_error err = { 0 };
    hax_status status = hax_session_open(&config, &rig->session, &err);
    if (status != HAX_OK)
        print_error("%s\n", err.message);
    assert_int_equal(status, HAX_OK);
}

/* Closes, and makes sure that no child is left. */
static void rig_close(rig_state *rig)
{
    hax_session_close(rig->session);
    chain_free(&rig->net);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static const hax_plan_job crossing[] = {
    { .unit = 0, .instance = 0, .group = 0, .after = -1 },
    { .unit = 1, .instance = 1, .group = 0, .after = -1 },
    { .unit = 0, .instance = 0, .group = 0, .part = HAX_PART_OUT, .to_unit = 1, .after = -1 },
    { .unit = 1, .instance = 0, .group = 1, .part = HAX_PART_IN, .from_unit = 0, .after = -1 },
    { .unit = 1, .instance = 0, .group = 1, .after = -1 },
    { .unit = 0, .instance = 1, .group = 1, .after = -1 },
    { .unit = 2, .instance = 0, .group = 2, .after = -1 },
    { .unit = 1, .instance = 1, .group = 2, .after = 0, .delay_ms = 2 },
};

static void order_precedence_and_waits_are_kept(void **state)
{
    (void) state;
    rig_state rig;
    rig_open(&rig);
    hax_stamp stamp[8];
    hax_plan plan = { 8, crossing };
    hax_error err;
    for (int round = 0; round < 50; round++) {
        assert_int_equal(hax_session_execute(rig.session, &plan, stamp, &err), HAX_OK);
        for (int j = 0; j < 8; j++)
            assert_true(stamp[j].start_ns >= 0 && stamp[j].end_ns >= stamp[j].start_ns);
        assert_true(stamp[2].start_ns >= stamp[0].end_ns);
        assert_true(stamp[3].start_ns >= stamp[2].end_ns && stamp[3].start_ns >= stamp[1].end_ns);
        assert_true(stamp[5].start_ns >= stamp[1].end_ns && stamp[5].start_ns >= stamp[2].end_ns);
        assert_true(stamp[6].start_ns >= stamp[5].end_ns && stamp[6].start_ns >= stamp[4].end_ns);
        assert_true(stamp[7].start_ns >= stamp[6].end_ns);
        assert_true(stamp[7].start_ns >= stamp[0].end_ns + 2000000);
    }
    rig_close(&rig);
}

static void instances_wait_for_those_they_come_after(void **state)
{
    (void) state;
    static const hax_plan_job jobs[] = {
        { .unit = 0, .instance = 0, .group = 0, .after = -1, .delay_ms = 3 },
        { .unit = 0, .instance = 0, .group = 1, .after = -1 },
        { .unit = 1, .instance = 1, .group = 0, .after = -1 },
        { .unit = 1, .instance = 2, .group = 0, .after = -1 },
    };
    rig_state rig;
    hax_stamp stamps[4];
    hax_plan plan = { 4, jobs };
    rig_open(&rig);
    assert_int_equal(hax_session_execute(rig.session, &plan, stamps, NULL), HAX_OK);
    assert_true(stamps[3].start_ns >= stamps[1].end_ns);
    assert_true(stamps[1].end_ns >= 3000000);
    rig_close(&rig);
}

static void traffic_runs_beside_a_plan_and_alone(void **state)
{
    (void) state;
    rig_state rig;
    rig_open(&rig);
    const hax_plan_job job = { .after = -1 };
    hax_plan plan = { 1, &job };
    hax_stamp stamp;
    hax_error err;
    for (int kind = HAX_TRAFFIC_READ; kind <= HAX_TRAFFIC_CACHE; kind++) {
        hax_press press = hax_press_begin(3);
        press.traffic[1] = (hax_traffic){ .kind = (hax_traffic_kind) kind, .work = 10 };
        assert_int_equal(hax_session_press(rig.session, &plan, &press, &stamp, &err), HAX_OK);
        assert_true(stamp.start_ns >= 3000000);
        const int64_t ever_ns = (int64_t) 1 << 60;
        double lead = hax_session_moved(rig.session, 1, 3000000);
        assert_true(lead >= 0 && hax_session_moved(rig.session, 1, ever_ns) >= lead);
        assert_true(hax_session_moved(rig.session, 1, ever_ns) > 0);
        press.traffic[0] = press.traffic[1];
        assert_int_equal(hax_session_press(rig.session, NULL, &press, NULL, &err), HAX_OK);
        assert_true(hax_session_moved(rig.session, 0, ever_ns) > 0);
    }
    rig_close(&rig);
}

static void traffic_from_a_busy_unit_is_refused(void **state)
{
    (void) state;
    rig_state rig;
    rig_open(&rig);
    const hax_plan_job job = { .after = -1 };
    hax_plan plan = { 1, &job };
    hax_stamp stamp;
    hax_error err;
    hax_press press = hax_press_begin(1);
    press.traffic[2].work = 0; /* over the resources of the first */
    assert_int_equal(hax_session_press(rig.session, &plan, &press, &stamp, &err), HAX_USAGE);
    assert_non_null(strstr(err.message, "'both'"));
    press = hax_press_begin(1);
    assert_int_equal(hax_session_press(rig.session, NULL, &press, NULL, &err), HAX_USAGE);
    rig_close(&rig);
}

static void processors_that_are_not_here_are_told(void **state)
{
    (void) state;
    trio platform;
    chain net = chain_make();
    hax_session_instance instance = { "a", net.model, net.grouping };
    hax_session_config config = { .platform = &platform.platform,
                                  .instance_count = 1,
                                  .instances = &instance };
    hax_session *session = NULL;
    hax_error err = { 0 };
    trio_make(&platform, "null", (const int[]){ 0, 99999 });
    assert_int_equal(hax_session_open(&config, &session, &err), HAX_UNAVAILABLE);
    assert_non_null(strstr(err.message, "unit 'u1' of platform 'trio' is on processor 99999"));
    assert_null(session);
    chain_free(&net);
}

static void nothing_is_computed_by_null(void **state)
{
    (void) state;
    rig_state rig;
    rig_open(&rig);
    const float *values;
    size_t count;
    hax_error err;
    assert_int_equal(hax_session_output(rig.session, 0, 1, &values, &count, &err), HAX_UNAVAILABLE);
    rig_close(&rig);
}

static void cancelled_rounds_say_so(void **state)
{
    (void) state;
    rig_state rig;
    rig_open(&rig);
    hax_stamp stamp[8];
    hax_plan plan = { 8, crossing };
    hax_error err;
    hax_cancel_request(&rig.cancel);
    assert_int_equal(hax_session_execute(rig.session, &plan, stamp, &err), HAX_INTERRUPTED);
    rig_close(&rig);
}

static void lose_a_worker(int signal_number, const char *expected)
{
    rig_state rig;
    rig_open(&rig);
    pid_t pids[8];
    int count = children(getpid(), pids, 8);
    if (count < 0) {
        rig_close(&rig);
        SKIP("this kernel does not list children");
    }
    assert_int_equal(count, 2);
    kill(pids[1], signal_number);
    hax_stamp stamp[8];
    hax_plan plan = { 8, crossing };
    hax_error err;
    assert_int_equal(hax_session_execute(rig.session, &plan, stamp, &err), HAX_WORKER_LOST);
    assert_non_null(strstr(err.message, expected));
    assert_int_equal(hax_session_execute(rig.session, &plan, stamp, &err), HAX_WORKER_LOST);
    rig_close(&rig);
}

static void a_killed_worker_is_named(void **state)
{
    (void) state;
    lose_a_worker(SIGKILL, "'second' was killed by signal 9");
}

/* What one session has found right is not looked at again by the next. */
static void kernels_are_checked_once(void **state)
{
    (void) state;
    int cpus[2], count = -1, again = -1;
    trio platform;
    chain net = chain_make();
    hax_driver_probe probe;
    hax_session *first = NULL, *second = NULL;
    hax_error err;
    if (hax_driver_ask("onednn", &probe, NULL) != HAX_OK || !probe.available)
        skip();
    usable_cpus(cpus);
    trio_make(&platform, "onednn", cpus);
    const hax_session_instance instance = { "a", net.model, net.grouping };
    hax_session_config config = { .platform = &platform.platform,
                                  .instance_count = 1,
                                  .instances = &instance };
    assert_int_equal(hax_session_open(&config, &first, &err), HAX_OK);
    config.checked = hax_session_checked(first, &config.checked_count);
    count = config.checked_count;
    assert_true(count >= 3); /* two convolutions and a pool, by either kind */
    assert_int_equal(hax_session_open(&config, &second, &err), HAX_OK);
    hax_session_checked(second, &again);
    assert_int_equal(again, 0);
    hax_session_close(second);
    hax_session_close(first);
    chain_free(&net);
}

static void unknown_drivers_are_refused(void **state)
{
    (void) state;
    rig_state rig;
    const int cpus[] = { 0, 0 };
    trio_make(&rig.platform, "null", cpus);
    rig.platform.kinds[1].driver = "steam";
    rig.net = chain_make();
    rig.instances[0] = (hax_session_instance){ "a", rig.net.model, rig.net.grouping };
    hax_session_config config = { .platform = &rig.platform.platform,
                                  .instance_count = 1,
                                  .instances = rig.instances };
    hax_error err = { 0 };
    rig.session = NULL;
    assert_int_equal(hax_session_open(&config, &rig.session, &err), HAX_UNAVAILABLE);
    assert_non_null(strstr(err.message, "steam"));
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_precedence_and_waits_are_kept),
        cmocka_unit_test(instances_wait_for_those_they_come_after),
        cmocka_unit_test(traffic_runs_beside_a_plan_and_alone),
        cmocka_unit_test(traffic_from_a_busy_unit_is_refused),
        cmocka_unit_test(processors_that_are_not_here_are_told),
        cmocka_unit_test(nothing_is_computed_by_null),
        cmocka_unit_test(cancelled_rounds_say_so),
        cmocka_unit_test(a_killed_worker_is_named),
        cmocka_unit_test(kernels_are_checked_once),
        cmocka_unit_test(unknown_drivers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
