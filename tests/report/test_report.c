/* The reports: numbers, tables, charts, and the answers of the commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "haxconn/document.h"
#include "number.h"
#include "table.h"

static void numbers_have_three_digits(void **state)
{
    (void) state;
    assert_string_equal(hax_number_of(0).text, "0");
    assert_string_equal(hax_number_of(0.01234).text, "0.0123");
    assert_string_equal(hax_number_of(1.234).text, "1.23");
    assert_string_equal(hax_number_of(9.996).text, "10.0");
    assert_string_equal(hax_number_of(99.96).text, "100");
    assert_string_equal(hax_number_of(-12.34).text, "-12.3");
    assert_string_equal(hax_number_of(12345).text, "12345");
    assert_string_equal(hax_number_of(NAN).text, "-");
    assert_string_equal(hax_number_percent(3.14).text, "+3.1 %");
    assert_string_equal(hax_number_percent(-25.2).text, "-25 %");
    assert_string_equal(hax_number_percent(0.01).text, "0 %");
    assert_string_equal(hax_number_percent(NAN).text, "-");
    assert_string_equal(hax_number_bytes(0).text, "0 B");
    assert_string_equal(hax_number_bytes(999).text, "999 B");
    assert_string_equal(hax_number_bytes(999.9).text, "1.00 kB");
    assert_string_equal(hax_number_bytes(602112).text, "602 kB");
    assert_string_equal(hax_number_bytes(1.5e9).text, "1.50 GB");
}

static void words_are_wrapped(void **state)
{
    (void) state;
    hax_text text = { 0 };
    hax_text_append(&text, "note: ");
    hax_text_wrap(&text, "one two three four", 6, 2, 14);
    assert_string_equal(hax_text_get(&text), "note: one two\n  three four\n");
    hax_text_free(&text);
    hax_text_wrap(&text, "", 0, 0, 10);
    assert_string_equal(hax_text_get(&text), "\n");
    hax_text_free(&text);
}

static void tables_are_aligned(void **state)
{
    (void) state;
    static const char *const heads[] = { "name", "ms", "why", NULL };
    hax_table table;
    hax_text text = { 0 };
    hax_table_open(&table, "lrl", heads);
    hax_table_cell(&table, "a\xc3\xa4");
    hax_table_cell(&table, "%.1f", 1.5);
    hax_table_cell(&table, "a reason that is too long to fit");
    hax_table_line(&table, "between");
    hax_table_cell(&table, "%s", "");
    hax_table_cell(&table, "%.1f", 100.5);
    hax_table_cell(&table, "%s", "");
    hax_table_close(&table, 1, 30, &text);
    assert_string_equal(hax_text_get(&text), " name     ms  why\n"
                                             " a\xc3\xa4      1.5  a reason that...\n"
                                             " between\n"
                                             "       100.5\n");
    hax_text_free(&text);
}

static void check_width(const char *text, int width)
{
    while (*text) {
        char line[1024];
        size_t length = strcspn(text, "\n");
        assert_true(length < sizeof line);
        memcpy(line, text, length);
        line[length] = '\0';
        if (hax_text_columns(line) > width)
            fail_msg("%d columns are more than %d: %s", hax_text_columns(line), width, line);
        text += length + (text[length] == '\n');
    }
}

static void chart_in_ascii(void **state)
{
    (void) state;
    hax_report_style style = hax_report_style_default();
    style.width = 47;
    char *text = NULL;
    assert_int_equal(hax_report_gantt(&problem, &schedule, &style, &text, NULL), HAX_OK);
    const char *expected = "fast |A0=========|B0------------|B1------------\n"
                           "slow ............<<<|A1======..................\n";
    assert_int_equal(strncmp(text, expected, strlen(expected)), 0);
    assert_non_null(strstr(text, "14.0 ms\n"));
    assert_non_null(strstr(text, "A= net"));
    check_width(text, 47);
    free(text);
}

static void chart_fits_every_width(void **state)
{
    (void) state;
    for (int width = 30; width <= 200; width++) {
        for (int look = 0; look < 2; look++) {
            hax_report_style style = hax_report_style_default();
            style.width = width;
            style.utf8 = look != 0;
            char *text = NULL;
            assert_int_equal(hax_report_gantt(&problem, &schedule, &style, &text, NULL), HAX_OK);
            check_width(text, width);
            free(text);
        }
    }
}

static void colour_only_when_asked(void **state)
{
    (void) state;
    hax_report_style style = hax_report_style_default();
    style.width = 60;
    style.utf8 = true;
    char *text = NULL;
    assert_int_equal(hax_report_gantt(&problem, &schedule, &style, &text, NULL), HAX_OK);
    assert_null(strchr(text, '\x1b'));
    free(text);
    style.colour = true;
    assert_int_equal(hax_report_gantt(&problem, &schedule, &style, &text, NULL), HAX_OK);
    assert_non_null(strstr(text, "\x1b[30;46m"));
    free(text);
}

static void empty_schedule_has_no_chart(void **state)
{
    (void) state;
    hax_report_style style = hax_report_style_default();
    style.width = 60;
    char *text = NULL;
    assert_int_equal(hax_report_gantt(&problem, &serial, &style, &text, NULL), HAX_OK);
    assert_non_null(strstr(text, "no chart"));
    free(text);
}

static void assignment_joins_groups(void **state)
{
    (void) state;
    char *text = NULL;
    assert_int_equal(hax_report_assignment(&problem, &schedule, &text, NULL), HAX_OK);
    assert_string_equal(text, "net: 0-9 on fast (4.00 ms alone), 10-24 on slow (3.00 ms alone); "
                              "ends at 8.00 ms\n"
                              "other: 0-5 on fast (10.0 ms alone); ends at 14.0 ms\n");
    free(text);
}

static void schedule_report_says_all(void **state)
{
    (void) state;
    hax_report_style style = hax_report_style_default();
    style.width = 80;
    const hax_schedule *const baselines[] = { &serial };
    char *text = NULL;
    assert_int_equal(hax_report_schedule(&problem, &schedule, 1, baselines, 0, "split: 30 %",
                                         &style, &text, NULL),
                     HAX_OK);
    static const char *const parts[] = { "14.0 ms, proven optimal over all schedules",
                                         "gap 0 %",
                                         "2021 nodes",
                                         "serial",
                                         "+43 %",
                                         "verdict: split: 30 %" };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(text, parts[i]))
            fail_msg("'%s' is missing in:\n%s", parts[i], text);
    assert_null(strstr(text, "Do not split"));
    assert_null(strstr(text, "gain:")); /* the verdict has said it */
    assert_null(strstr(text, "processors away"));
    check_width(text, 80);
    free(text);
}

/* A limit ended them: one with a schedule, one without. */
static void schedule_report_says_what_was_cut(void **state)
{
    (void) state;
    hax_report_style style = hax_report_style_default();
    style.width = 80;
    hax_schedule cut = serial;
    const hax_schedule *const baselines[] = { &cut };
    int count;
    const hax_baseline *baseline = hax_baselines(&count);
    unsigned unfinished = 0;
    char *text = NULL;
    cut.cut_short = true;
    for (int b = 0; b < count; b++)
        unfinished |= strcmp(baseline[b].name, "h2h") == 0 ? 1U << b : 0;
    assert_int_equal(hax_report_schedule(&problem, &schedule, 1, baselines, unfinished, NULL,
                                         &style, &text, NULL),
                     HAX_OK);
    assert_non_null(strstr(text, "serial (cut short)"));
    assert_non_null(strstr(text, "not finished"));
    assert_non_null(strstr(text, "before it had a schedule"));
    assert_null(strstr(text, "mensa"));
    free(text);
}

/* By the verdict that the schedule room words, for a plan that keeps networks whole. */
static void do_not_split_is_explained_where_it_is_said(void **state)
{
    (void) state;
    hax_schedule whole = serial, slower = serial, hardly = serial;
    slower.value = whole.value * 1.25;
    hardly.value = whole.value * 1.0004;
    const struct {
        const hax_schedule *rival;
        hax_proof proof;
        const char *words;
        bool explained;
    } cases[] = {
        { &serial, HAX_PROOF_ALL, "do not split: serial is the best there is", true },
        { &serial, HAX_PROOF_NO, "do not split: nothing better than serial was found", true },
        { &slower, HAX_PROOF_ALL, "as planned: 20.0 % shorter than serial", false },
        { &hardly, HAX_PROOF_ALL, "tie: 0.0 % over serial is within the noise of 0.1 %", false },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        hax_report_style style = hax_report_style_default();
        style.width = 80;
        char *verdict = NULL, *text = NULL;
        whole.proof = cases[c].proof;
        assert_int_equal(hax_verdict(&problem, &whole, 1, &cases[c].rival, 0, &verdict, NULL),
                         HAX_OK);
        assert_int_equal(hax_report_schedule(&problem, &whole, 1, &cases[c].rival, 0, verdict,
                                             &style, &text, NULL),
                         HAX_OK);
        assert_non_null(strstr(text, cases[c].words));
        assert_int_equal(strstr(text, "\"Do not split\" means") != NULL, cases[c].explained);
        free(verdict);
        free(text);
    }
}

/* The same figures mean the same, whatever the objective: docs/verdicts.md. */
static void evaluated_verdicts_are_those_of_the_table(void **state)
{
    (void) state;
    static const struct {
        hax_objective objective;
        double value, rival, noise;
        const char *words;
    } cases[] = {
        { HAX_LATENCY, 10, 20, 0, "split: 50.0 % shorter than serial" },
        { HAX_LATENCY, 20, 16, 0, "worse: 25.0 % longer than serial" },
        { HAX_LATENCY, 20, 20, 0, "tie: 0.0 % over serial is within the noise of 0.1 %" },
        { HAX_LATENCY, 20, 19.9, 0.01, "tie: -0.5 % over serial is within the noise of 1.0 %" },
        { HAX_THROUGHPUT, 3, 2, 0, "split: 50.0 % more throughput than serial" },
        { HAX_THROUGHPUT, 1, 2, 0, "worse: 50.0 % less throughput than serial" },
        { HAX_DEADLINE, 1, 3, 0,
          "split: the largest lateness is 1 ms, 2 ms less than with serial" },
        { HAX_DEADLINE, 3, 1, 0,
          "worse: the largest lateness is 3 ms, 2 ms more than with serial" },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        hax_problem other = problem;
        hax_schedule split = schedule, rival = serial;
        const hax_schedule *const rivals[] = { &rival };
        char *verdict = NULL;
        other.objective = cases[c].objective;
        split.value = cases[c].value;
        rival.value = cases[c].rival;
        assert_int_equal(hax_verdict(&other, &split, 1, rivals, cases[c].noise, &verdict, NULL),
                         HAX_OK);
        if (strncmp(verdict, cases[c].words, strlen(cases[c].words)) != 0)
            fail_msg("%zu: %s", c, verdict);
        free(verdict);
    }
}

static void platform_report_lists_units(void **state)
{
    (void) state;
    hax_report_style style = hax_report_style_default();
    style.width = 100;
    char *text = NULL;
    assert_int_equal(hax_report_platform(&platform, &style, &text, NULL), HAX_OK);
    assert_int_equal(strncmp(text, "EMULATED: ", 10), 0);
    assert_non_null(strstr(text, "core0+core1"));
    assert_non_null(strstr(text, "to compare"));
    assert_non_null(strstr(text, "Some CPU, 2 cores"));
    check_width(text, 100);
    free(text);
}

static hax_row rows[] = {
    { .name = "haxconn",
      .schedule = &schedule,
      .predicted_ms = 14,
      .measured = measured,
      .error_percent = 1.4,
      .compared = true,
      .largest_difference = 3e-7 },
    { .name = "serial",
      .schedule = &serial,
      .predicted_ms = 20,
      .measured = measured_serial,
      .error_percent = 1,
      .compared = true,
      .largest_difference = 0 },
    { .name = "all-cores",
      .reference = true,
      .schedule = &serial,
      .predicted_ms = 12,
      .measured = measured,
      .error_percent = 18,
      .compared = true,
      .largest_difference = 1e-7 },
};

/* A job of 'a' and one of 'b', of which nothing is predicted apart. */
static const hax_causes causes[] = { { 8, 1, 0.5, 0, 4.7 }, { 9, 2, 0.2, 3, 0 } };
static const hax_timed_job timed_jobs[] = {
    { .from_unit = -1, .predicted_ms = 7, .took = { .count = 1, .median = 8 } },
    { .instance = 1, .unit = 1, .from_unit = -1, .predicted_ms = 7, .took = { .median = 9 } },
};
static const hax_timed_piece timed_pieces[] = {
    { .predicted_ms = 7, .took = { .count = 1, .p25 = 7.5, .median = 8, .p75 = 9 } },
    { .instance = 1, .unit = 1, .predicted_start_ms = NAN, .predicted_ms = NAN },
};
static const hax_timeline timelines[] = { { 2, timed_jobs, 2, timed_pieces, causes, causes },
                                          { 2, timed_jobs, 2, timed_pieces, NULL, causes },
                                          { 2, timed_jobs, 2, timed_pieces, causes, causes } };

static hax_result result_of(const hax_profile *profile, hax_outcome outcome)
{
    static const char *const notes[] = { "pool1 falls back to a slow kernel" };
    return (hax_result){
        .profile = (hax_profile *) (uintptr_t) profile,
        .problem = (hax_problem *) (uintptr_t) &problem,
        .row_count = 3,
        .rows = rows,
        .rounds = 14,
        .outputs_checked = true,
        .outputs_equal = true,
        .gain_percent = 29.7,
        .noise_percent = 1.4,
        .outcome = outcome,
        .verdict = "split: 30 % shorter than serial",
        .note_count = 1,
        .notes = notes,
        .timelines = timelines,
    };
}

static void result_report_says_all(void **state)
{
    (void) state;
    const hax_profile profile = { .platform = &platform, .source = "measured" };
    hax_result result = result_of(&profile, HAX_OUTCOME_SPLIT);
    hax_report_style style = hax_report_style_default();
    style.width = 80;
    style.utf8 = true;
    char *text = NULL;
    assert_int_equal(hax_report_result(&result, &style, &text, NULL), HAX_OK);
    static const char *const parts[] = {
        "EMULATED",
        "best  haxconn",
        "14.2",
        "for reference",
        "all-cores",
        "outputs: equal",
        "3.0e-07",
        "note: pool1",
        "verdict: split: 30 % shorter",
        "each line adds up to it",
        "0.50",
        "\nmeasured ",
        "by medians",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(text, parts[i]))
            fail_msg("'%s' is missing in:\n%s", parts[i], text);
    assert_null(strstr(text, "Do not split"));
    check_width(text, 80);
    free(text);
}

/* Groups that a device took no times between are one block, and do not look as the last of them. */
static void chart_joins_groups_with_one_time(void **state)
{
    (void) state;
    const hax_profile profile = { .platform = &platform, .source = "measured" };
    const hax_timed_job executed[] = {
        { .instance = 1, .group = 0, .part = HAX_PART_RUN, .alone_ms = 5, .first_group = -1 },
        { .instance = 1,
          .group = 1,
          .part = HAX_PART_RUN,
          .alone_ms = 5,
          .took = { .median = 10 },
          .first_group = 0 },
    };
    const hax_timeline timeline = { .job_count = 2, .jobs = executed };
    hax_result result = result_of(&profile, HAX_OUTCOME_SPLIT);
    hax_report_style style = hax_report_style_default();
    char *text = NULL;
    style.width = 60;
    result.timelines = &timeline;
    assert_int_equal(hax_report_gantt_executed(&result, 0, &style, &text, NULL), HAX_OK);
    if (!strstr(text, "measured |B0-1---"))
        fail_msg("%s", text);
    assert_null(strstr(text, "measured |B1"));
    free(text);
}

static void result_report_claims_no_gain(void **state)
{
    (void) state;
    const hax_profile profile = { .platform = &platform, .source = "measured" };
    hax_result result = result_of(&profile, HAX_OUTCOME_DO_NOT_SPLIT);
    result.outputs_equal = false;
    result.disturbed = 3;
    hax_report_style style = hax_report_style_default();
    style.width = 80;
    char *text = NULL;
    assert_int_equal(hax_report_result(&result, &style, &text, NULL), HAX_OK);
    assert_non_null(strstr(text, "outputs: DIFFERENT"));
    assert_non_null(strstr(text, "note: in 3 of 14 rounds the host"));
    assert_non_null(strstr(text, "\"Do not split\" means"));
    free(text);
}

/* In both tables a dash, and the reason below; no guess, and no "nan". */
static void rows_without_a_prediction_say_so(void **state)
{
    (void) state;
    const hax_profile profile = { .platform = &platform, .source = "measured" };
    hax_result result = result_of(&profile, HAX_OUTCOME_SPLIT);
    hax_row unpredicted[] = { rows[0], rows[1] };
    for (int r = 0; r < 2; r++)
        unpredicted[r].measured_value = measured;
    unpredicted[1].name = "streams";
    unpredicted[1].schedule = NULL;
    unpredicted[1].unpredicted = "there is no model of it";
    unpredicted[1].predicted_ms = unpredicted[1].predicted_value = NAN;
    unpredicted[1].error_percent = NAN;
    result.rows = unpredicted;
    result.row_count = 2;
    hax_report_style style = hax_report_style_default();
    style.width = 80;
    for (int table = 0; table < 2; table++) {
        char *text = NULL;
        assert_int_equal(
            (table ? hax_report_comparison : hax_report_result)(&result, &style, &text, NULL),
            HAX_OK);
        const char *line = strstr(text, "streams  ");
        assert_non_null(line);
        char cells[2][20] = { "", "" };
        assert_int_equal(sscanf(line, "streams %19s %19s", cells[0], cells[1]), 2);
        assert_string_equal(cells[0], "-");
        assert_true(cells[1][0] >= '0' && cells[1][0] <= '9');
        assert_null(strstr(text, "nan"));
        assert_non_null(strstr(text, "Not predicted: streams: there is no model of it."));
        free(text);
    }
}

static void profile_report_has_every_unit(void **state)
{
    (void) state;
    static const hax_group groups[] = { { .first = 0, .last = 9 }, { .first = 10, .last = 24 } };
    const hax_group_cost cost = { .allowed = true, .run = measured };
    const hax_group_cost first[] = { cost, cost, cost };
    const hax_group_cost second[] = { cost, { .allowed = false }, cost };
    const hax_group_cost *const costs[] = { first, second };
    const hax_network_profile network = {
        .name = "net", .group_count = 2, .groups = groups, .cost = costs
    };
    const hax_profile profile = {
        .platform = &platform, .network_count = 1, .networks = &network, .source = "measured"
    };
    hax_report_style style = hax_report_style_default();
    style.width = 80;
    char *text = NULL;
    assert_int_equal(hax_report_profile(&profile, &style, &text, NULL), HAX_OK);
    assert_non_null(strstr(text, "cannot"));
    assert_non_null(strstr(text, "28.4"));
    assert_non_null(strstr(text, "10-24"));
    check_width(text, 80);
    free(text);
}

static void stamp_is_read_back(void **state)
{
    (void) state;
    char *text = NULL;
    hax_error err;
    assert_int_equal(hax_document_stamp("{\"schema\": \"x\"}", "haxconn run a", &text, &err),
                     HAX_OK);
    json_t *tree = json_loads(text, 0, NULL);
    json_t *tool = json_object_get(tree, "tool");
    assert_string_equal(json_string_value(json_object_get(tool, "command")), "haxconn run a");
    assert_string_equal(json_string_value(json_object_get(tool, "version")), HAX_VERSION);
    json_decref(tree);
    free(text);
    assert_int_equal(hax_document_stamp("[1]", "haxconn", &text, &err), HAX_BAD_INPUT);
    assert_int_equal(hax_document_stamp("{}", "\xff", &text, &err), HAX_BAD_INPUT);
}

static char *stamp(const char *text)
{
    char *stamped = NULL;
    hax_error err;
    if (hax_document_stamp(text, "haxconn", &stamped, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return stamped;
}

/* All but the member itself stays as it was, to the byte. */
static void a_stamp_changes_its_member_only(void **state)
{
#define TOOL                                                                   \
    "\"tool\": {\n    \"name\": \"haxconn\",\n    \"version\": \"" HAX_VERSION \
    "\",\n    \"command\": \"haxconn\"\n  }"
    static const char *const pairs[][2] = {
        { "{\n  \"a\": 1,\n  \"tool\": \"x\",\n  \"b\": [ 1.50 ]\n}\n",
          "{\n  \"a\": 1,\n  " TOOL ",\n  \"b\": [ 1.50 ]\n}\n" },
        { "{\n  \"a\": 1\n}\n", "{\n  \"a\": 1,\n  " TOOL "\n}\n" },
        { "{}\n", "{\n  " TOOL "\n}\n" },
    };
    (void) state;
    for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
        char *once = stamp(pairs[p][0]);
        char *twice = stamp(once);
        assert_string_equal(once, pairs[p][1]);
        assert_string_equal(twice, once);
        free(once);
        free(twice);
    }
#undef TOOL
}

/* A document of many megabytes is not read as a whole for its name: its reader follows. */
static void a_schema_is_read_without_what_follows(void **state)
{
    static const char *const none[] = { "{}", "{\"a\": 1}", "{\"schema\": 1}", "[]",
                                        "{\"schema\"" };
    char *schema = NULL;
    hax_error err;
    (void) state;
    static const char text[] = "\xef\xbb\xbf{\"version\": 1, \"schema\": \"x/y\", no JSON";
    assert_int_equal(hax_document_schema(text, strlen(text), "f", &schema, &err), HAX_OK);
    assert_string_equal(schema, "x/y");
    free(schema);
    for (size_t n = 0; n < sizeof none / sizeof *none; n++)
        assert_int_equal(hax_document_schema(none[n], strlen(none[n]), "f", &schema, &err),
                         HAX_BAD_INPUT);
}

static void documents_are_written_and_read(void **state)
{
    (void) state;
    char path[] = "report.XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(hax_document_write(path, "{}", 2, NULL), HAX_OK);
    char *text = NULL;
    size_t length = 0;
    assert_int_equal(hax_document_read(path, &text, &length, NULL), HAX_OK);
    assert_string_equal(text, "{}");
    assert_int_equal(length, 2);
    free(text);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(hax_document_read(path, &text, &length, NULL), HAX_BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_three_digits),
        cmocka_unit_test(words_are_wrapped),
        cmocka_unit_test(tables_are_aligned),
        cmocka_unit_test(chart_in_ascii),
        cmocka_unit_test(chart_fits_every_width),
        cmocka_unit_test(colour_only_when_asked),
        cmocka_unit_test(empty_schedule_has_no_chart),
        cmocka_unit_test(assignment_joins_groups),
        cmocka_unit_test(schedule_report_says_all),
        cmocka_unit_test(schedule_report_says_what_was_cut),
        cmocka_unit_test(do_not_split_is_explained_where_it_is_said),
        cmocka_unit_test(evaluated_verdicts_are_those_of_the_table),
        cmocka_unit_test(platform_report_lists_units),
        cmocka_unit_test(result_report_says_all),
        cmocka_unit_test(chart_joins_groups_with_one_time),
        cmocka_unit_test(result_report_claims_no_gain),
        cmocka_unit_test(rows_without_a_prediction_say_so),
        cmocka_unit_test(profile_report_has_every_unit),
        cmocka_unit_test(stamp_is_read_back),
        cmocka_unit_test(a_stamp_changes_its_member_only),
        cmocka_unit_test(a_schema_is_read_without_what_follows),
        cmocka_unit_test(documents_are_written_and_read),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
