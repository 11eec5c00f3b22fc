/* Workers that die, hang, refuse or compute wrongly while frames come; and that no frame allocates.
 */
#define _GNU_SOURCE
#include "rig.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "faulty.h"

static const hax_stream_limits endless = { HAX_NO_LIMIT, INFINITY };
static fault_kind next_fault;

static void no_child_is_left(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* Once frames have gone through, something goes wrong. */
static void provoke(void *context, const hax_frame *frame)
{
    rig *rig = context;
    if (frame->network != 1 || frame->number != 20)
        return;
    if (next_fault == FAULT_HANG)
        rig->watch.hang_s = 0.3;
    fault_plan_set(CALL_RUN, next_fault);
}

static hax_status run_until(fault_kind fault, rig *rig, const hax_stream_result **result,
                            hax_error *err)
{
    fault_plan_clear();
    next_fault = fault;
    rig_make(rig, "portable", "faulty", 1);
    rig->config.frame_ended = provoke;
    rig->config.check_outputs = true;
    rig_open(rig);
    return hax_stream_run(rig->stream, &endless, result, err);
}

/* What came before is told; the stream can only be closed. */
static void a_lost_worker_ends_it(fault_kind fault, const char *words)
{
    rig rig;
    hax_error err = { 0 };
    const hax_stream_result *result = NULL;
    assert_int_equal(run_until(fault, &rig, &result, &err), HAX_WORKER_LOST);
    assert_non_null(strstr(err.message, words));
    assert_true(result->networks[1].ended >= 21);
    assert_true(result->networks[0].unfinished + result->networks[1].unfinished >= 1);
    hax_stream_result_destroy(result);
    assert_int_equal(hax_stream_change(rig.stream, rig.schedule, NULL, NULL, &err),
                     HAX_WORKER_LOST);
    rig_close(&rig);
    no_child_is_left();
}

static void a_worker_that_dies_is_named(void **state)
{
    (void) state;
    a_lost_worker_ends_it(FAULT_DIE, "the worker process of kind 'second' was killed by signal 6");
}

static void a_unit_that_hangs_is_named(void **state)
{
    (void) state;
    a_lost_worker_ends_it(FAULT_HANG, "unit 'u1' hangs: ");
}

static void a_worker_that_is_stopped_is_named(void **state)
{
    (void) state;
    a_lost_worker_ends_it(FAULT_STOP, "the worker process of kind 'second' was stopped");
}

/* kill -9 from outside */
static void kill_worker(void *context, const hax_frame *frame)
{
    pid_t pids[8];
    (void) context;
    if (frame->network == 1 && frame->number == 20 && children(getpid(), pids, 8) > 0)
        kill(pids[0], SIGKILL);
}

static void a_worker_that_is_killed_is_named(void **state)
{
    (void) state;
    rig rig;
    hax_error err = { 0 };
    const hax_stream_result *result = NULL;
    rig_make(&rig, "portable", "portable", 1);
    rig.config.frame_ended = kill_worker;
    rig_open(&rig);
    assert_int_equal(hax_stream_run(rig.stream, &endless, &result, &err), HAX_WORKER_LOST);
    assert_non_null(strstr(err.message, "was killed by signal 9"));
    hax_stream_result_destroy(result);
    rig_close(&rig);
    no_child_is_left();
}

/* ---- restarts -------------------------------------------------------------------------------- */

static int warned, kills;
static char last_warning[HAX_ERROR_MESSAGE_MAX + 400];
static int64_t lost_told;

static void note_warning(void *context, const char *message)
{
    (void) context;
    warned++;
    snprintf(last_warning, sizeof last_warning, "%s", message);
}

/* kill -9 behind a frame of "b", and, when that has been noticed, behind one of "a", which needs
 * both kinds of units. */
static void kill_twice(void *context, const hax_frame *frame)
{
    pid_t pids[8];
    (void) context;
    lost_told += frame->lost;
    if (frame->dropped || frame->lost)
        return;
    bool first = kills == 0 && frame->network == 1 && frame->number >= 20;
    bool second = kills == 1 && warned == 1 && frame->network == 0 && frame->number >= 40;
    if ((first || second) && children(getpid(), pids, 8) == 2)
        kill(pids[kills++], SIGKILL);
}

static void restart_killed(int in_flight)
{
    rig rig;
    hax_error err = { 0 };
    const hax_stream_result *result = NULL;
    rig_make(&rig, "portable", "portable", 1);
    rig.config.frame_ended = kill_twice;
    rig.config.check_outputs = true;
    rig.config.restart = true;
    rig.config.in_flight = in_flight;
    rig.watch.warn = note_warning;
    warned = kills = 0;
    lost_told = 0;
    rig_open(&rig);
    must(hax_stream_run(rig.stream, &(hax_stream_limits){ 100, INFINITY }, &result, &err), &err);
    assert_int_equal(result->restarts, 2);
    assert_int_equal(warned, 2);
    assert_non_null(strstr(last_warning, "was killed by signal 9 (Killed)"));
    assert_non_null(strstr(last_warning, "; all workers are started anew, frame "));
    int64_t lost = 0;
    for (int n = 0; n < NETWORKS; n++) {
        const hax_stream_network *network = &result->networks[n];
        assert_int_equal(network->released, 100);
        assert_int_equal(network->ended + network->lost, 100);
        assert_int_equal(network->compared, network->ended);
        lost += network->lost;
    }
    assert_true(lost >= 2 && lost <= 4 * in_flight && lost == lost_told);
    assert_true(result->outputs_equal); /* also of the new workers */
    hax_stream_result_destroy(result);
    rig_close(&rig);
    no_child_is_left();
}

static void a_killed_worker_is_restarted(void **state)
{
    (void) state;
    restart_killed(1);
    restart_killed(3);
}

/* A frame that was submitted is lost, and the next one is right. */
static void a_submitted_frame_is_lost_with_its_worker(void **state)
{
    (void) state;
    rig rig;
    hax_error err = { 0 };
    hax_frame frame;
    int64_t number;
    fault_plan_clear();
    rig_make(&rig, "portable", "faulty", 1);
    rig.sources[1].release = HAX_SUBMITTED;
    rig.config.restart = true;
    rig_open(&rig);
    fault_plan_set(CALL_RUN, FAULT_DIE);
    must(hax_stream_submit(rig.stream, 1, 0, NULL, &number, &err), &err);
    while (atomic_load(&fault_plan_get()->hits) == 0)
        usleep(1000);
    fault_plan_clear();
    must(hax_stream_wait(rig.stream, 1, number, &frame, &err), &err);
    assert_true(frame.lost && !frame.dropped && frame.output_count == 0);
    must(hax_stream_submit(rig.stream, 1, 0, NULL, &number, &err), &err);
    must(hax_stream_wait(rig.stream, 1, number, &frame, &err), &err);
    assert_true(!frame.lost && frame.output_count == 2);
    rig_close(&rig);
    no_child_is_left();
}

/* A worker that dies at every frame is given up. */
static void restarts_in_vain_end_it(void **state)
{
    (void) state;
    rig rig;
    hax_error err = { 0 };
    const hax_stream_result *result = NULL;
    fault_plan_clear();
    next_fault = FAULT_DIE;
    rig_make(&rig, "portable", "faulty", 1);
    rig.config.frame_ended = provoke;
    rig.config.restart = true;
    rig.sources[0].release = HAX_SUBMITTED; /* "b" alone, whose every frame kills */
    rig_open(&rig);
    assert_int_equal(hax_stream_run(rig.stream, &endless, &result, &err), HAX_WORKER_LOST);
    assert_non_null(strstr(err.message, "was killed by signal 6"));
    assert_int_equal(result->networks[1].ended, 21);
    assert_int_equal(result->networks[1].lost, 3);
    assert_int_equal(result->networks[1].unfinished, 1);
    assert_int_equal(result->restarts, 3);
    hax_stream_result_destroy(result);
    fault_plan_clear();
    rig_close(&rig);
    no_child_is_left();
}

static void a_group_that_fails_ends_it(void **state)
{
    (void) state;
    rig rig;
    hax_error err = { 0 };
    const hax_stream_result *result = NULL;
    hax_status status = run_until(FAULT_REFUSE, &rig, &result, &err);
    assert_int_not_equal(status, HAX_OK);
    assert_int_not_equal(status, HAX_WORKER_LOST);
    assert_null(result);
    assert_true(err.message[0] != '\0');
    rig_close(&rig);
    no_child_is_left();
}

static void stop_behind_fifty(void *context, const hax_frame *frame)
{
    rig *rig = context;
    provoke(context, frame);
    if (frame->network == 1 && frame->number == 50)
        hax_cancel_request(&rig->cancel);
}

/* Every result is compared: that a later one is wrong is seen. */
static void a_wrong_result_is_seen(void **state)
{
    (void) state;
    rig rig;
    hax_error err = { 0 };
    const hax_stream_result *result = NULL;
    fault_plan_clear();
    next_fault = FAULT_WRONG;
    rig_make(&rig, "portable", "faulty", 1);
    rig.config.frame_ended = stop_behind_fifty;
    rig.config.check_outputs = true;
    rig_open(&rig);
    must(hax_stream_run(rig.stream, &(hax_stream_limits){ 10, INFINITY }, &result, &err), &err);
    assert_true(result->outputs_equal);
    hax_stream_result_destroy(result);
    result = NULL;
    assert_int_equal(
        hax_stream_run(rig.stream, &(hax_stream_limits){ 40, INFINITY }, &result, &err),
        HAX_MISMATCH);
    assert_true(result->outputs_checked && !result->outputs_equal);
    assert_true(result->networks[1].largest_difference > result->output_tolerance);
    assert_non_null(strstr(err.message, "differ from those of a single unit"));
    hax_stream_result_destroy(result);
    fault_plan_clear();
    rig_close(&rig);
    no_child_is_left();
}

/* ---- memory ---------------------------------------------------------------------------------- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static long allocations;

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    allocations++;
    return __real_realloc(old, size);
}

static long allocations_of(rig *rig, int64_t frames)
{
    hax_error err = { 0 };
    const hax_stream_result *result = NULL;
    long before = allocations;
    must(hax_stream_run(rig->stream, &(hax_stream_limits){ frames, INFINITY }, &result, &err),
         &err);
    assert_int_equal(result->networks[0].ended + result->networks[1].ended, 2 * frames);
    hax_stream_result_destroy(result);
    return allocations - before;
}

static void no_frame_allocates(const char *driver, int in_flight)
{
    rig rig;
    rig_make(&rig, driver, driver, 1);
    rig.config.check_outputs = true;
    rig.config.in_flight = in_flight;
    rig_open(&rig);
    allocations_of(&rig, 10);
    long few = allocations_of(&rig, 10), many = allocations_of(&rig, 2000);
    assert_true(few > 0); /* the result: they are counted at all */
    assert_int_equal(few, many);
    rig_close(&rig);
}

static void frames_on_workers_allocate_nothing(void **state)
{
    (void) state;
    no_frame_allocates("portable", 1);
    no_frame_allocates("portable", 3);
    no_frame_allocates("null", 1);
}

static void frames_on_a_virtual_clock_allocate_nothing(void **state)
{
    (void) state;
    no_frame_allocates("synthetic", 1);
    no_frame_allocates("synthetic", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_that_dies_is_named),
        cmocka_unit_test(a_unit_that_hangs_is_named),
        cmocka_unit_test(a_worker_that_is_stopped_is_named),
        cmocka_unit_test(a_worker_that_is_killed_is_named),
        cmocka_unit_test(a_killed_worker_is_restarted),
        cmocka_unit_test(a_submitted_frame_is_lost_with_its_worker),
        cmocka_unit_test(restarts_in_vain_end_it),
        cmocka_unit_test(a_group_that_fails_ends_it),
        cmocka_unit_test(a_wrong_result_is_seen),
        cmocka_unit_test(frames_on_workers_allocate_nothing),
        cmocka_unit_test(frames_on_a_virtual_clock_allocate_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
