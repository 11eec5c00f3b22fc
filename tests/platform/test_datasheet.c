/* Data sheets in platform documents: what they say, and what is refused with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haxconn/platform.h"

/* A sheet with all that it can have; %s: what a test puts in place of parts of it. */
static const char head[] = "{\"schema\": \"haxconn/platform\", \"version\": 2, \"name\": \"tiny\","
                           "\"simulated\": true, \"resources\": [\"g\", \"d\"],"
                           "\"kinds\": [{\"name\": \"gpu\", \"driver\": \"synthetic\"},"
                           "            {\"name\": \"dla\", \"driver\": \"synthetic\"}],"
                           "\"units\": [{\"name\": \"gpu\", \"kind\": \"gpu\", \"uses\": [\"g\"]},"
                           "            {\"name\": \"dla\", \"kind\": \"dla\", \"uses\": [\"d\"]}],"
                           "\"datasheet\": {";
static const char machine[] =
    "\"board\": \"xavier-agx\","
    "\"memory_gbps\": {\"value\": 100, \"source\": \"a book\", \"uncertain\": \"old\"},"
    "\"in_ms\": {\"value\": 0.04, \"spread\": 0.5, \"source\": \"a guess\"}";
static const char kinds[] =
    ", \"kinds\": {"
    "  \"gpu\": {\"gmac_per_s\": {\"value\": 1000, \"source\": \"a book\"},"
    "            \"channels\": {\"value\": 8, \"source\": \"a book\"},"
    "            \"slowdown\": {\"source\": \"a paper\", \"function\": {\"kind\": \"pccs\","
    "              \"normal_gbps\": 30, \"intensive_gbps\": 60, \"mrmc_percent\": 4,"
    "              \"tbwdc_gbps\": 80, \"cbp_gbps\": 45, \"rate_percent_per_gbps\": 0.5,"
    "              \"peak_gbps\": 100}}},"
    "  \"dla\": {\"dla\": true, \"gmac_per_s\": {\"value\": 200, \"source\": \"a book\"},"
    "            \"channels\": {\"value\": 16, \"source\": \"a book\"}, \"fallback\": \"gpu\","
    "            \"fallback_percent\": {\"value\": 5, \"source\": \"a choice\"}}}";
static const char measured[] =
    ", \"measurements\": [{\"network\": \"alexnet\", \"cuts\": \"8,15\", \"source\": \"me\","
    "  \"run_ms\": {\"gpu\": [1, 2, 3]}, \"out_ms\": {\"gpu\": [0.1, 0.2]},"
    "  \"whole_ms\": {\"gpu\": 6.5}, \"spread\": {\"gpu\": 0.1}}],"
    "\"standalone\": [{\"network\": \"vgg19\", \"ms\": {\"dla\": 20}, \"source\": \"me\"}],"
    "\"rounds\": [{\"networks\": [\"alexnet\", \"vgg19\"], \"source\": \"me\","
    "  \"results\": [{\"name\": \"best\", \"ms\": 7,"
    "    \"runs\": [{\"from\": \"gpu\", \"cut\": 8, \"to\": \"dla\"}, {\"from\": \"dla\"}]}]}]";

static hax_status parse(const char *a, const char *b, const char *c, const hax_platform **platform,
                        hax_error *err)
{
    char text[8000];
    snprintf(text, sizeof text, "%s%s%s%s}}", head, a, b, c);
    return hax_platform_parse(text, strlen(text), "tiny.json", platform, err);
}

static void everything_is_read(void **state)
{
    (void) state;
    const hax_platform *platform = NULL;
    hax_error err = { 0 };
    assert_int_equal(parse(machine, kinds, measured, &platform, &err), HAX_OK);
    const hax_datasheet *sheet = platform->datasheet;
    assert_non_null(sheet);
    assert_true(sheet->memory_gbps.value == 100);
    assert_string_equal(sheet->memory_gbps.uncertain, "old");
    assert_null(sheet->in_ms.uncertain);
    assert_true(sheet->kinds[0].slows && !sheet->kinds[1].slows);
    assert_true(sheet->kinds[0].slowdown.pccs.cbp_gbps == 45);
    assert_true(sheet->kinds[1].dla && sheet->kinds[1].fallback == 0);
    assert_int_equal(sheet->measured[0].group_count, 3);
    assert_true(sheet->measured[0].run_ms[0][2] == 3 && !sheet->measured[0].run_ms[1]);
    assert_true(sheet->measured[0].out_ms[0][1] == 0.2 && sheet->measured[0].whole_ms[0] == 6.5);
    assert_true(sheet->wholes[0].ms[0] == 0 && sheet->wholes[0].ms[1] == 20);
    const hax_sheet_run *runs = sheet->rounds[0].results[0].runs;
    assert_true(runs[0].from == 0 && runs[0].cut == 8 && runs[0].to == 1);
    assert_true(runs[1].from == 1 && runs[1].cut == 0 && runs[1].to == 1);
    hax_platform_destroy(platform);
}

static void a_sheet_survives_being_written(void **state)
{
    (void) state;
    const hax_platform *platform = NULL, *again = NULL;
    hax_error err = { 0 };
    char *text = NULL, *twice = NULL;
    assert_int_equal(parse(machine, kinds, measured, &platform, &err), HAX_OK);
    assert_int_equal(hax_platform_text(platform, &text, &err), HAX_OK);
    assert_non_null(strstr(text, "\"version\": 2"));
    assert_int_equal(hax_platform_parse(text, strlen(text), "again.json", &again, &err), HAX_OK);
    assert_int_equal(hax_platform_text(again, &twice, &err), HAX_OK);
    assert_string_equal(text, twice);
    free(text);
    free(twice);
    hax_platform_destroy(platform);
    hax_platform_destroy(again);
}

static void refuse(const char *a, const char *b, const char *c, const char *what)
{
    const hax_platform *platform = NULL;
    hax_error err = { 0 };
    assert_int_equal(parse(a, b, c, &platform, &err), HAX_BAD_INPUT);
    assert_null(platform);
    if (!strstr(err.message, what))
        fail_msg("'%s' does not hold '%s'", err.message, what);
}

/* `text` with `with` in place of `what`. */
static const char *changed(const char *text, const char *what, const char *with)
{
    static char made[4000];
    const char *at = strstr(text, what);
    assert_non_null(at);
    snprintf(made, sizeof made, "%.*s%s%s", (int) (at - text), text, with, at + strlen(what));
    return made;
}

static void what_is_wrong_is_named(void **state)
{
    (void) state;
    refuse(changed(machine, "\"spread\"", "\"spred\""), kinds, measured, "spred");
    refuse(changed(machine, "\"value\": 100", "\"value\": -1"), kinds, measured, "memory_gbps");
    refuse(changed(machine, ", \"source\": \"a guess\"", ""), kinds, measured, "source");
    refuse(changed(machine, "\"board\": \"xavier-agx\",", ""), kinds, measured, "board");
    refuse(machine, changed(kinds, "\"dla\": {\"dla\"", "\"npu\": {\"dla\""), measured, "npu");
    refuse(machine, changed(kinds, "\"fallback\": \"gpu\"", "\"fallback\": \"dla\""), measured,
           "falls back");
    refuse(machine, changed(kinds, "\"kind\": \"pccs\"", "\"kind\": \"linear\""), measured,
           "linear");
    refuse(machine, changed(kinds, "\"cbp_gbps\": 45,", ""), measured, "cbp_gbps");
    refuse(machine, kinds, changed(measured, "[1, 2, 3]", "[1, 2]"), "has 2 times");
    refuse(machine, kinds, changed(measured, "[1, 2, 3]", "[1, 0, 3]"), "run_ms");
    refuse(machine, kinds, changed(measured, "[0.1, 0.2]", "[0.1, 0.2, 0.3]"), "has 3 times");
    refuse(machine, kinds, changed(measured, ", {\"from\": \"dla\"}", ""), "has 1 entries");
    refuse(machine, kinds, changed(measured, "\"cut\": 8, ", ""), "has a cut");
    refuse(machine, kinds, changed(measured, "\"from\": \"dla\"", "\"from\": \"npu\""), "npu");
}

static void a_sheet_is_of_a_machine_elsewhere(void **state)
{
    (void) state;
    char text[8000];
    const hax_platform *platform = NULL;
    hax_error err = { 0 };
    snprintf(text, sizeof text, "%s%s%s%s}}",
             changed(head, "\"simulated\": true", "\"simulated\": false"), machine, kinds,
             measured);
    assert_int_equal(hax_platform_parse(text, strlen(text), "tiny.json", &platform, &err),
                     HAX_BAD_INPUT);
    snprintf(text, sizeof text, "%s%s%s%s}}", changed(head, "\"version\": 2", "\"version\": 1"),
             machine, kinds, measured);
    assert_int_equal(hax_platform_parse(text, strlen(text), "tiny.json", &platform, &err),
                     HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "version 2"));
}

static void rounds_are_found_by_their_networks(void **state)
{
    (void) state;
    const hax_platform *platform = NULL;
    hax_error err = { 0 };
    assert_int_equal(parse(machine, kinds, measured, &platform, &err), HAX_OK);
    const hax_instance_spec other_way[] = { { .name = "vgg19" }, { .name = "alexnet" } };
    const hax_instance_spec twice[] = { { .name = "alexnet" }, { .name = "alexnet" } };
    const hax_problem same = { .instance_count = 2, .instances = other_way };
    const hax_problem fewer = { .instance_count = 1, .instances = other_way };
    const hax_problem others = { .instance_count = 2, .instances = twice };
    assert_ptr_equal(hax_datasheet_round(platform->datasheet, &same),
                     &platform->datasheet->rounds[0]);
    assert_null(hax_datasheet_round(platform->datasheet, &fewer));
    assert_null(hax_datasheet_round(platform->datasheet, &others));
    assert_null(hax_datasheet_round(NULL, &same));
    hax_platform_destroy(platform);
}

static void the_shipped_board_is_found_by_name(void **state)
{
    (void) state;
    const hax_platform *platform = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_platform_load("xavier-agx", &platform, &err), HAX_OK);
    assert_non_null(platform->datasheet);
    assert_true(platform->simulated && !platform->emulated);
    for (int k = 0; k < platform->kind_count; k++)
        assert_true(strlen(platform->datasheet->kinds[k].gmac_per_s.source) > 0);
    for (int m = 0; m < platform->datasheet->measured_count; m++)
        assert_true(strlen(platform->datasheet->measured[m].source) > 0);
    hax_platform_destroy(platform);
    assert_int_equal(hax_platform_load("../xavier-agx", &platform, &err), HAX_BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_read),
        cmocka_unit_test(a_sheet_survives_being_written),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(a_sheet_is_of_a_machine_elsewhere),
        cmocka_unit_test(rounds_are_found_by_their_networks),
        cmocka_unit_test(the_shipped_board_is_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
