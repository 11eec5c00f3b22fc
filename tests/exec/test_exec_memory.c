/* Sessions without memory: with workers that compute, with traffic, with a device that takes
 * batches, and on a virtual clock. */
#define _GNU_SOURCE
#include "batches.h"
#include "batching.h"
#include "each_allocation.h"
#include "failing_malloc.h"
#include "fixture.h"
#include "interleave.h"
#include "processes.h"
#include "traffic.h"

typedef struct exec_inputs {
    const char *first, *second; /* drivers */
    bool traffic, simulated;
} exec_inputs;

/* The network's groups on the one unit, on the other, and again on the one. */
static const hax_plan_job jobs[] = {
    { .unit = 0, .group = 0, .after = -1 },
    { .unit = 1, .group = 1, .after = -1 },
    { .unit = 0, .group = 2, .after = -1 },
};
static const hax_plan plan = { 3, jobs };

static hax_status press(hax_session *session, hax_error *err)
{
    hax_stamp stamps[3];
    hax_press pressed = hax_press_begin(1);
    pressed.traffic[2].work = 10; /* alone */
    return hax_session_press(session, NULL, &pressed, stamps, err);
}

static hax_status run_all(const exec_inputs *inputs, hax_session *session, hax_error *err)
{
    static const float values[4 * 8 * 8];
    hax_stamp stamps[3];
    const float *outputs;
    size_t count;
    hax_session_set_input(session, 0, 0, values);
    HAX_TRY(hax_session_feed(session, err));
    HAX_TRY(hax_session_execute(session, &plan, stamps, err));
    if (!inputs->simulated)
        HAX_TRY(hax_session_output(session, 0, 0, &outputs, &count, err));
    return inputs->traffic ? press(session, err) : HAX_OK;
}

static hax_status whole_life(const void *context, bool *kept, hax_error *err)
{
    const exec_inputs *inputs = context;
    int cpus[2];
    trio platform;
    hax_session *session = (void *) &hax_untouched;
    hax_failing_malloc_suspend();
    usable_cpus(cpus);
    trio_make(&platform, inputs->first, cpus);
    platform.kinds[1].driver = inputs->second;
    chain net = chain_make();
    hax_failing_malloc_resume();
    const hax_session_instance instance = { "a", net.model, net.grouping };
    const hax_session_config config = { .platform = &platform.platform,
                                        .instance_count = 1,
                                        .instances = &instance,
                                        .traffic = inputs->traffic };
    hax_status status = hax_session_open(&config, &session, err);
    *kept = (void *) session == &hax_untouched;
    if (status == HAX_OK) {
        status = run_all(inputs, session, err);
        hax_session_close(session);
        *kept = true;
    }
    hax_failing_malloc_suspend();
    chain_free(&net);
    hax_failing_malloc_resume();
    return status;
}

static int try_with(const exec_inputs *inputs)
{
    const hax_allocation_case one = { .name = inputs->first,
                                      .call = whole_life,
                                      .places_most = inputs->traffic && !inputs->simulated ? 6 : 20,
                                      .unsteady = true };
    return hax_each_allocation(1, &one, inputs);
}

static void workers_without_memory(void **state)
{
    (void) state;
    assert_int_equal(try_with(&(exec_inputs){ .first = "portable", .second = "portable" }), 0);
}

static void traffic_without_memory(void **state)
{
    (void) state;
    const exec_inputs inputs = { .first = "portable", .second = "portable", .traffic = true };
    assert_int_equal(try_with(&inputs), 0);
}

static void devices_without_memory(void **state)
{
    (void) state;
    assert_true(batching_share_counts());
    assert_int_equal(try_with(&(exec_inputs){ .first = "batching", .second = "portable" }), 0);
}

static void virtual_clocks_without_memory(void **state)
{
    (void) state;
    const exec_inputs inputs = {
        .first = "synthetic", .second = "synthetic", .traffic = true, .simulated = true
    };
    assert_int_equal(try_with(&inputs), 0);
}

/* ---- what needs no session ---------------------------------------------------------------------
 */

static hax_status execute_item(void *context, int item, int round, hax_error *err)
{
    (void) context;
    (void) item;
    (void) round;
    (void) err;
    return HAX_OK;
}

static hax_status take_turns(const void *context, bool *kept, hax_error *err)
{
    (void) context;
    const hax_interleave_config config = { .stage = "measuring", .item_count = 3, .rounds = 2 };
    const hax_interleave_calls calls = { .execute = execute_item };
    hax_interleave_counts counts;
    *kept = true;
    return hax_interleave(&config, &calls, &counts, err);
}

HAX_ALLOCATION_CALL(open_traffic, exec_inputs, hax_traffic_source, hax_traffic_close,
                    hax_traffic_open(1 << 20, &result, err))

/* In this process: a worker that fails is ended before it has written what it executed. */
static hax_status open_batches(const void *context, bool *kept, hax_error *err)
{
    (void) context;
    hax_session session = { .job_max = 4 };
    const hax_driver driver = { .name = "none" };
    hax_batches *batches = (void *) &hax_untouched;
    hax_status status = hax_batches_open(&session, &driver, NULL, NULL, &batches, err);
    *kept = (void *) batches == &hax_untouched;
    if (status == HAX_OK)
        hax_batches_close(batches);
    return status;
}

static void parts_without_memory(void **state)
{
    (void) state;
    static const hax_allocation_case cases[] = {
        { .name = "take_turns", .call = take_turns },
        { .name = "open_traffic", .call = open_traffic },
        { .name = "open_batches", .call = open_batches },
    };
    assert_int_equal(hax_each_allocation(3, cases, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_without_memory),   cmocka_unit_test(virtual_clocks_without_memory),
        cmocka_unit_test(workers_without_memory), cmocka_unit_test(devices_without_memory),
        cmocka_unit_test(traffic_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
