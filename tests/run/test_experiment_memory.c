/* Experiments without memory, on a virtual clock. */
#include "../profile/fixture.h"

#include <math.h>

#include "each_allocation.h"
#include "haxconn/experiment.h"

typedef struct experiment_inputs {
    lab lab;
    const hax_platform *synthetic; /* units that slow each other down */
    trio crowded;                  /* two units on one processor: the search has another */
    hax_contention_check_config check_config;
    hax_overhead_config overhead_config;
    hax_press_config press_config;
    hax_profile_config convolutions_config;
    const hax_contention_check *check;
    const hax_overhead *overhead;
    const hax_profile *convolutions;
} experiment_inputs;

#define CALL(name, type, destroy, ...) \
    HAX_ALLOCATION_CALL(name, experiment_inputs, type, destroy, __VA_ARGS__)

CALL(measure_check, const hax_contention_check, hax_contention_check_destroy,
     hax_contention_check_measure(&inputs->check_config, &result, err))
CALL(write_check, char, free, hax_contention_check_text(inputs->check, &result, err))
CALL(measure_overhead, const hax_overhead, hax_overhead_destroy,
     hax_overhead_measure(&inputs->overhead_config, &result, err))
CALL(write_overhead, char, free,
     hax_overhead_text(inputs->overhead, inputs->overhead_config.platform, &result, err))
CALL(measure_convolutions, const hax_profile, hax_profile_destroy,
     hax_convolutions_measure(&inputs->convolutions_config, &result, err))
CALL(write_convolutions, char, free, hax_convolutions_text(inputs->convolutions, &result, err))

static hax_status press(const void *context, bool *kept, hax_error *err)
{
    const experiment_inputs *inputs = context;
    hax_pressed_unit units[HAX_MAX_UNITS];
    char *text = (void *) &hax_untouched;
    hax_status status = hax_press_measure(&inputs->press_config, units, err);
    if (status == HAX_OK)
        status = hax_press_text(&inputs->press_config, units, &text, err);
    *kept = (const void *) text == &hax_untouched;
    if (status == HAX_OK)
        free(text);
    return status;
}

static const hax_allocation_case cases[] = {
    { .name = "measure_check", .call = measure_check, .places_most = 100 },
    { .name = "write_check", .call = write_check },
    { .name = "measure_overhead", .call = measure_overhead, .places_most = 60, .unsteady = true },
    { .name = "write_overhead", .call = write_overhead },
    { .name = "measure_convolutions", .call = measure_convolutions, .places_most = 30 },
    { .name = "write_convolutions", .call = write_convolutions },
    { .name = "press", .call = press },
};

#define MUST(call)                        \
    do {                                  \
        hax_error err_ = { 0 };           \
        hax_error *err = &err_;           \
        if ((call) != HAX_OK)             \
            fail_msg("%s", err->message); \
    } while (0)

static int set_up(void **state)
{
    static experiment_inputs filled;
    experiment_inputs *inputs = *state = &filled;
    lab_make(&inputs->lab);
    inputs->check_config = hax_contention_check_config_default();
    MUST(hax_platform_load("synthetic", &inputs->synthetic, err));
    inputs->check_config.platform = inputs->synthetic;
    inputs->check_config.network_count = 2;
    inputs->check_config.networks = inputs->lab.networks;
    inputs->check_config.rounds = 2;
    MUST(hax_contention_check_measure(&inputs->check_config, &inputs->check, err));
    trio_make(&inputs->crowded, "null", (const int[]){ 0, 0 });
    inputs->overhead_config = hax_overhead_config_default();
    inputs->overhead_config.platform = &inputs->crowded.platform;
    inputs->overhead_config.network_count = 1;
    inputs->overhead_config.networks = inputs->lab.networks;
    inputs->overhead_config.companion = &inputs->lab.networks[1];
    inputs->overhead_config.rounds = 2;
    MUST(hax_overhead_measure(&inputs->overhead_config, &inputs->overhead, err));
    inputs->press_config = hax_press_config_default();
    inputs->press_config.platform = &inputs->lab.platform.platform;
    inputs->press_config.gbps[0] = 1;
    inputs->press_config.gbps[1] = INFINITY;
    inputs->convolutions_config = inputs->lab.config;
    inputs->convolutions_config.network_count = 0;
    inputs->convolutions_config.rounds = 1;
    MUST(hax_convolutions_measure(&inputs->convolutions_config, &inputs->convolutions, err));
    return 0;
}

static int tear_down(void **state)
{
    experiment_inputs *inputs = *state;
    hax_profile_destroy(inputs->convolutions);
    hax_overhead_destroy(inputs->overhead);
    hax_contention_check_destroy(inputs->check);
    hax_platform_destroy(inputs->synthetic);
    lab_free(&inputs->lab);
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
