/* Runs and deployments without memory: simulated ones in this process, and one with workers. */
#define _GNU_SOURCE
#include "../profile/fixture.h"

#include "../exec/processes.h"
#include "each_allocation.h"
#include "haxconn/deploy.h"
#include "haxconn/run.h"
#include "outputs.h"

typedef struct run_inputs {
    lab lab;
    trio workers; /* with units that compute */
    const hax_platform *board;
    hax_run_config simulated, on_board, computed;
    hax_profile_network twice[2];
    hax_feed feed;
    hax_array *array;
    const hax_result *result, *kept;
    const hax_profile *profile;
    const hax_problem *problem;
    const hax_schedule *schedule;
    hax_deployment_config deployment;
    hax_session_instance instance;
    hax_session *session;
    folder folder;
} run_inputs;

#define CALL(name, type, destroy, ...) \
    HAX_ALLOCATION_CALL(name, run_inputs, type, destroy, __VA_ARGS__)

CALL(simulated, const hax_result, hax_result_destroy, hax_run(&inputs->simulated, &result, err))
CALL(on_board, const hax_result, hax_result_destroy, hax_run(&inputs->on_board, &result, err))
CALL(computed, const hax_result, hax_result_destroy, hax_run(&inputs->computed, &result, err))
/* Of a session that has just executed a plan. */
static hax_status keep_outputs(const void *context, bool *kept, hax_error *err)
{
    const run_inputs *inputs = context;
    hax_arena *arena = hax_arena_create();
    hax_run_outputs outputs = { 0 };
    const hax_output *list = (void *) &hax_untouched;
    int count = 0;
    double largest;
    *kept = true;
    if (!arena)
        return hax_fail_memory(err, "a test");
    hax_status status =
        hax_run_outputs_fetch(inputs->session, 1, (const int[]){ 0 }, &outputs, err);
    *kept = outputs.values == NULL || status == HAX_OK;
    if (status == HAX_OK)
        status =
            hax_run_outputs_compare(inputs->session, (const int[]){ 0 }, &outputs, &largest, err);
    if (status == HAX_OK)
        status = hax_run_outputs_list(&outputs, &inputs->instance, arena, &list, &count, err);
    hax_run_outputs_free(&outputs);
    hax_arena_destroy(arena);
    return status;
}

CALL(write_result, char, free, hax_result_text(inputs->result, &result, err))
CALL(write_kept, char, free, hax_result_text(inputs->kept, &result, err))

static hax_status save_outputs(const void *context, bool *kept, hax_error *err)
{
    const run_inputs *inputs = context;
    *kept = true;
    return hax_result_save_outputs(inputs->kept, inputs->folder.path, err);
}

static hax_status deploy(const void *context, bool *kept, hax_error *err)
{
    const run_inputs *inputs = context;
    hax_deployment *deployment = (void *) &hax_untouched;
    hax_output output;
    hax_status status = hax_deployment_open(&inputs->deployment, &deployment, err);
    *kept = (void *) deployment == &hax_untouched || status == HAX_OK;
    if (status != HAX_OK)
        return status;
    status = hax_deployment_set_input(deployment, &inputs->feed, err);
    if (status == HAX_OK)
        status = hax_deployment_run(deployment, NULL, err);
    if (status == HAX_OK)
        status = hax_deployment_output(deployment, 0, 0, &output, err);
    hax_deployment_close(deployment);
    return status;
}

static const hax_allocation_case cases[] = {
    { .name = "simulated", .call = simulated, .places_most = 100 },
    { .name = "on_board", .call = on_board, .places_most = 60 },
    { .name = "computed", .call = computed, .places_most = 8, .unsteady = true },
    { .name = "write_result", .call = write_result },
    { .name = "write_kept", .call = write_kept },
    { .name = "save_outputs", .call = save_outputs },
    { .name = "deploy", .call = deploy, .places_most = 25, .unsteady = true },
    { .name = "keep_outputs", .call = keep_outputs },
};

#define MUST(call)                        \
    do {                                  \
        hax_error err_ = { 0 };           \
        hax_error *err = &err_;           \
        if ((call) != HAX_OK)             \
            fail_msg("%s", err->message); \
    } while (0)

static hax_run_config config_of(run_inputs *inputs, const hax_platform *platform)
{
    hax_run_config config = hax_run_config_default();
    config.platform = platform;
    config.network_count = 2;
    config.networks = inputs->twice;
    config.rounds = 2;
    config.seconds = 0;
    config.all_baselines = true;
    return config;
}

static void compute(run_inputs *inputs)
{
    int cpus[2];
    usable_cpus(cpus);
    trio_make(&inputs->workers, "portable", cpus);
    inputs->computed = config_of(inputs, &inputs->workers.platform);
    inputs->computed.network_count = 1;
    inputs->computed.rounds = 1;
    inputs->computed.all_baselines = false;
    inputs->computed.ignore_contention = true;
    inputs->computed.keep_outputs = true;
    inputs->computed.feed_count = 1;
    inputs->computed.feeds = &inputs->feed;
    MUST(hax_run(&inputs->computed, &inputs->kept, err));
    inputs->deployment = hax_deployment_config_default();
    inputs->deployment.platform = &inputs->workers.platform;
    inputs->deployment.network_count = 1;
    inputs->deployment.networks = inputs->twice;
    inputs->deployment.problem = inputs->problem;
    inputs->deployment.schedule = inputs->schedule;
}

static void open_session(run_inputs *inputs)
{
    static const hax_plan_job jobs[] = { { .group = 0, .after = -1 },
                                         { .group = 1, .after = -1 },
                                         { .group = 2, .after = -1 } };
    static const hax_plan plan = { 3, jobs };
    const hax_profile_network *network = inputs->twice;
    hax_stamp stamps[3];
    inputs->instance = (hax_session_instance){ network->name, network->model, network->grouping };
    const hax_session_config config = { .platform = &inputs->workers.platform,
                                        .instance_count = 1,
                                        .instances = &inputs->instance };
    MUST(hax_session_open(&config, &inputs->session, err));
    MUST(hax_session_execute(inputs->session, &plan, stamps, err));
}

static int set_up(void **state)
{
    static run_inputs filled;
    run_inputs *inputs = *state = &filled;
    const hax_shape shape = { 4, { 1, 4, 8, 8 } };
    inputs->folder = folder_make();
    lab_make(&inputs->lab);
    inputs->twice[0] = inputs->lab.networks[0];
    inputs->twice[1] = inputs->lab.networks[0];
    MUST(hax_array_make(&shape, &inputs->array, err));
    inputs->feed = (hax_feed){ .network = 0, .input = "data", .array = inputs->array };
    inputs->simulated = config_of(inputs, &inputs->lab.platform.platform);
    MUST(hax_run(&inputs->simulated, &inputs->result, err));
    MUST(hax_platform_load("xavier-agx", &inputs->board, err));
    inputs->on_board = config_of(inputs, inputs->board);
    inputs->profile = lab_measure(&inputs->lab);
    MUST(hax_profile_problem(inputs->profile, 1, (const int[]){ 0 }, NULL, &inputs->problem, err));
    MUST(hax_solve(inputs->problem, NULL, &inputs->schedule, err));
    compute(inputs);
    open_session(inputs);
    return 0;
}

static int tear_down(void **state)
{
    run_inputs *inputs = *state;
    hax_session_close(inputs->session);
    hax_schedule_destroy(inputs->schedule);
    hax_problem_destroy(inputs->problem);
    hax_profile_destroy(inputs->profile);
    hax_result_destroy(inputs->kept);
    hax_result_destroy(inputs->result);
    hax_array_destroy(inputs->array);
    hax_platform_destroy(inputs->board);
    lab_free(&inputs->lab);
    folder_free(&inputs->folder);
    return 0;
}

static void calls_without_memory_say_so(void **state)
{
    assert_int_equal(hax_each_allocation(sizeof cases / sizeof *cases, cases, *state), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_without_memory_say_so, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
