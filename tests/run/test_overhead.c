/* Where the networks, their companion and the search run. Units compute nothing here: it is places
 * that are checked, not times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "driver.h"
#include "haxconn/experiment.h"
#include "skip.h"

/* Two units of a resource each on the first processor, whatever that is called here. */
static const hax_platform *crowded(int cpu)
{
    static const char form[] =
        "{\"schema\": \"haxconn/platform\", \"version\": 1, \"name\": \"crowded\","
        " \"description\": \"two units on one processor\", \"emulated\": false,"
        " \"simulated\": false, \"resources\": [\"a\", \"b\"],"
        " \"kinds\": [{\"name\": \"null\", \"driver\": \"null\", \"isa\": \"\","
        "              \"precision\": \"f32\"}],"
        " \"units\": ["
        "  {\"name\": \"first\", \"kind\": \"null\", \"uses\": [\"a\"], \"cpus\": [%d],"
        "   \"threads\": 1, \"reference\": false, \"why\": \"\"},"
        "  {\"name\": \"second\", \"kind\": \"null\", \"uses\": [\"b\"], \"cpus\": [%d],"
        "   \"threads\": 1, \"reference\": false, \"why\": \"\"}]}";
    char text[sizeof form + 20];
    const hax_platform *platform = NULL;
    hax_error err = { 0 };
    snprintf(text, sizeof text, form, cpu, cpu);
    if (hax_platform_parse(text, strlen(text), "crowded", &platform, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return platform;
}

typedef struct bench {
    const hax_platform *platform;
    hax_model *models[2];
    const hax_grouping *groupings[2];
    hax_profile_network networks[2];
    int first_cpu, last_cpu;
} bench;

static void open_bench(bench *measured)
{
    static const char *const names[] = { "mobilenet", "alexnet" };
    const hax_platform *host = NULL;
    assert_int_equal(hax_platform_load("host", &host, NULL), HAX_OK);
    const hax_unit *unit = &host->units[host->unit_count - 1];
    measured->first_cpu = unit->cpus[0];
    measured->last_cpu = unit->cpus[unit->cpu_count - 1];
    hax_platform_destroy(host);
    measured->platform = crowded(measured->first_cpu);
    for (int n = 0; n < 2; n++) {
        assert_int_equal(hax_model_load(names[n], NULL, &measured->models[n], NULL), HAX_OK);
        assert_int_equal(hax_grouping_make(measured->models[n], "2", &measured->groupings[n], NULL),
                         HAX_OK);
        measured->networks[n] =
            (hax_profile_network){ names[n], measured->models[n], measured->groupings[n] };
    }
}

static void close_bench(bench *measured)
{
    for (int n = 0; n < 2; n++) {
        hax_grouping_destroy(measured->groupings[n]);
        hax_model_destroy(measured->models[n]);
    }
    hax_platform_destroy(measured->platform);
}

static const hax_overhead *measure(const bench *measured, int count,
                                   const hax_profile_network *companion)
{
    hax_overhead_config config = hax_overhead_config_default();
    config.platform = measured->platform;
    config.network_count = count;
    config.networks = measured->networks;
    config.companion = companion;
    config.rounds = 2;
    const hax_overhead *overhead = NULL;
    hax_error err = { 0 };
    if (hax_overhead_measure(&config, &overhead, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return overhead;
}

static void the_companion_has_a_unit_and_the_search_a_processor(void **state)
{
    (void) state;
    bench measured;
    open_bench(&measured);
    if (measured.first_cpu == measured.last_cpu) {
        close_bench(&measured);
        SKIP("one processor only");
    }
    const hax_overhead *beside = measure(&measured, 2, &measured.networks[1]);
    assert_int_equal(beside->unit, 0);
    assert_int_equal(beside->beside, 1);
    assert_string_equal(beside->companion, "alexnet");
    assert_int_equal(beside->cpu, measured.last_cpu);
    assert_int_equal(beside->row_count, 2); /* alexnet beside itself, too */
    assert_int_equal(beside->rows[1].idle.count, 2);
    assert_int_equal(beside->rows[1].solving.count, 2);
    hax_overhead_destroy(beside);

    const hax_overhead *alone = measure(&measured, 1, NULL);
    assert_int_equal(alone->beside, -1);
    assert_null(alone->companion);
    hax_overhead_destroy(alone);
    close_bench(&measured);
}

/* The units of 'host' take all processors together, two of them on two cores do. */
static void without_a_processor_left_the_network_is_alone(void **state)
{
    (void) state;
    bench measured;
    open_bench(&measured);
    hax_platform_destroy(measured.platform);
    assert_int_equal(hax_platform_load("null", &measured.platform, NULL), HAX_OK);
    const int both[] = { 0, 1 };
    int cpu;
    assert_int_equal(hax_unit_spare_cpu(measured.platform, both, 2, &cpu, NULL), HAX_OK);
    if (cpu >= 0 || measured.first_cpu == measured.last_cpu) {
        close_bench(&measured);
        SKIP("not two processors");
    }
    const hax_overhead *overhead = measure(&measured, 1, &measured.networks[1]);
    assert_int_equal(overhead->beside, -1);
    assert_string_equal(overhead->companion, "alexnet");
    assert_int_not_equal(overhead->cpu, measured.platform->units[overhead->unit].cpus[0]);
    hax_overhead_destroy(overhead);
    close_bench(&measured);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_companion_has_a_unit_and_the_search_a_processor),
        cmocka_unit_test(without_a_processor_left_the_network_is_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
