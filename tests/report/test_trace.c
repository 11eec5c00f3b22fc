/* Trace events: rounds, jobs, arrows and counters add up to what the documents say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

/* Two networks on two units; the first one changes its unit behind a hand-over. What was measured
 * of "a 0" ends, by its medians, behind the begin of "b 0", which is on the same unit. */
#define JOB(instance, group, part, unit, start, took, started, lasted)                            \
    "{\"instance\": \"" instance "\", \"group\": " #group ", \"part\": \"" part                   \
    "\", \"unit\": \"" unit "\", \"start_ms\": {\"predicted\": " #start ", \"median\": " #started \
    "}, \"ms\": {\"predicted\": " #took ", \"median\": " #lasted "}}"
#define JOBS                                                            \
    JOB("a", 0, "run", "big", 0, 2, 0, 2.5)                             \
    "," JOB("a", 0, "out", "big", 2, 0.5, 2.5,                          \
            0.5) "," JOB("b", 0, "run", "big", 2.5, 3, 2.25,            \
                         3) "," JOB("a", 1, "in", "small", 2.5, 0.5, 3, \
                                    0.5) "," JOB("a", 1, "run", "small", 3, 1, 3.5, 1)
static const char result[] =
    "{\"schema\": \"haxconn/result\", \"platform\": {\"simulated\": false}, \"rows\": ["
    "{\"name\": \"haxconn\", \"reference\": false, \"predicted_ms\": 5.5, "
    "\"measured_ms\": {\"median\": 5.75}, \"jobs\": [" JOBS "]},"
    "{\"name\": \"same\", \"reference\": false, \"predicted_ms\": 5.5, "
    "\"measured_ms\": {\"median\": 5.75}, \"same_as\": \"haxconn\"}],"
    "\"problem\": {\"instances\": [{\"name\": \"a\", \"groups\": [{\"name\": \"0-3\", \"on\": "
    "{\"big\": {\"time_ms\": 1.5, \"gbps\": 4, \"out_gbps\": 16}}}]}]}}";

static json_t *trace_of(int count, const char *const *documents)
{
    hax_error err = { 0 };
    char *text = NULL;
    if (hax_report_trace(count, documents, &text, &err) != HAX_OK)
        fail_msg("%s", err.message);
    json_t *tree = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(tree);
    free(text);
    return tree;
}

static const char *word(const json_t *event, const char *key)
{
    const char *value = json_string_value(json_object_get(event, key));
    return value ? value : "";
}

static double number(const json_t *event, const char *key)
{
    return json_number_value(json_object_get(event, key));
}

/* The n-th event of a phase and name in a process; NULL: there are not so many. */
static json_t *event_of(json_t *trace, int process, const char *phase, const char *name, int n)
{
    size_t index;
    json_t *event;
    json_array_foreach(json_object_get(trace, "traceEvents"), index, event)
    {
        bool is = strcmp(word(event, "ph"), phase) == 0 && number(event, "pid") == process &&
                  (!name || strcmp(word(event, "name"), name) == 0);
        if (is && n-- == 0)
            return event;
    }
    return NULL;
}

static const char *process_name(json_t *trace, int process)
{
    json_t *event = event_of(trace, process, "M", "process_name", 0);
    return event ? word(json_object_get(event, "args"), "name") : NULL;
}

/* Three groups of which a device took one time: measured they are one span, predicted three. */
static void groups_without_times_are_one_span(void **state)
{
    (void) state;
    static const char untimed[] =
        "{\"schema\": \"haxconn/result\", \"platform\": {\"simulated\": false}, \"rows\": ["
        "{\"name\": \"haxconn\", \"reference\": false, \"predicted_ms\": 6, "
        "\"measured_ms\": {\"median\": 7}, \"jobs\": ["
        "{\"first_group\": null, \"instance\": \"a\", \"group\": 0, \"part\": \"run\", \"unit\": "
        "\"big\", \"start_ms\": {\"predicted\": 0, \"median\": 0}, \"ms\": {\"predicted\": 2, "
        "\"median\": 0}}, {\"first_group\": null, \"instance\": \"a\", \"group\": 1, \"part\": "
        "\"run\", \"unit\": \"big\", \"start_ms\": {\"predicted\": 2, \"median\": 0}, \"ms\": "
        "{\"predicted\": 2, \"median\": 0}}, {\"first_group\": 0, \"instance\": \"a\", \"group\": "
        "2, "
        "\"part\": \"run\", \"unit\": \"big\", \"start_ms\": {\"predicted\": 4, \"median\": 0}, "
        "\"ms\": {\"predicted\": 2, \"median\": 7}}]}]}";
    json_t *trace = trace_of(1, (const char *const[]){ untimed });
    for (int process = 1; process <= 2; process++) {
        const bool measured = strstr(process_name(trace, process), "measured");
        json_t *one = event_of(trace, process, "X", "a groups 0-2", 0);
        assert_int_equal(one != NULL, measured);
        if (measured)
            assert_float_equal(number(one, "dur"), 7000, 1e-6);
        for (int g = 0; g < 3; g++) {
            char name[16];
            snprintf(name, sizeof name, "a group %d", g);
            assert_int_equal(event_of(trace, process, "X", name, 0) != NULL, !measured);
        }
    }
    json_decref(trace);
}

static void rounds_are_processes(void **state)
{
    (void) state;
    const char *const documents[] = { result };
    json_t *trace = trace_of(1, documents);
    assert_string_equal(process_name(trace, 1), "haxconn predicted");
    assert_string_equal(process_name(trace, 2), "haxconn measured");
    assert_null(process_name(trace, 3)); /* the same plan: its rounds count for both */
    assert_true(number(event_of(trace, 1, "X", "round", 0), "dur") == 5500);
    assert_true(number(event_of(trace, 2, "X", "round", 0), "dur") == 5750);
    json_decref(trace);
}

static void jobs_are_slices(void **state)
{
    (void) state;
    const char *const documents[] = { result };
    json_t *trace = trace_of(1, documents);
    json_t *job = event_of(trace, 1, "X", "a 0-3", 0);
    assert_true(number(job, "ts") == 0 && number(job, "dur") == 2000);
    assert_true(number(json_object_get(job, "args"), "alone_ms") == 1.5);
    assert_true(number(json_object_get(job, "args"), "gbps") == 4);
    job = event_of(trace, 1, "X", "a 0-3 out", 0);
    assert_true(number(job, "ts") == 2000 && number(job, "dur") == 500);
    assert_true(number(json_object_get(job, "args"), "gbps") == 16);
    job = event_of(trace, 1, "X", "b group 0", 0); /* of which the problem knows nothing */
    assert_true(number(job, "ts") == 2500 && number(job, "dur") == 3000);
    assert_null(json_object_get(json_object_get(job, "args"), "gbps"));
    json_decref(trace);
}

/* On a track none begins before another's end: viewers would nest them. */
static void slices_of_a_track_follow_each_other(void **state)
{
    (void) state;
    const char *const documents[] = { result };
    json_t *trace = trace_of(1, documents);
    double end[2][8] = { { 0 } };
    for (int process = 1; process <= 2; process++) {
        json_t *job;
        for (int n = 0; (job = event_of(trace, process, "X", NULL, n)); n++) {
            double *last = &end[process - 1][(int) number(job, "tid")];
            assert_true(number(job, "ts") >= *last && number(job, "dur") >= 0);
            *last = number(job, "ts") + number(job, "dur");
        }
    }
    json_t *cut = event_of(trace, 2, "X", "a 0-3", 0);
    assert_true(number(cut, "dur") == 2250); /* took 2.5 ms, but the next one began */
    json_decref(trace);
}

/* An end that is no whole nanosecond would be rounded to behind the next begin. */
static void times_are_whole_nanoseconds(void **state)
{
    (void) state;
    static const char thirds[] =
        "{\"schema\": \"haxconn/schedule\", \"order\": {\"u\": ["
        "{\"instance\": \"a\", \"group\": 0, \"part\": \"run\", \"start_ms\": 0.33333335, "
        "\"end_ms\": 0.66666669},"
        "{\"instance\": \"a\", \"group\": 1, \"part\": \"run\", \"start_ms\": 0.66666669, "
        "\"end_ms\": 0.9}]}}";
    const char *const documents[] = { thirds };
    json_t *trace = trace_of(1, documents);
    json_t *first = event_of(trace, 1, "X", "a group 0", 0);
    assert_true(number(first, "ts") == 333.333);
    assert_true(number(first, "dur") == 333.334);
    assert_true(number(event_of(trace, 1, "X", "a group 1", 0), "ts") == 666.667);
    assert_true(number(event_of(trace, 1, "X", "a group 1", 0), "dur") == 233.333);
    json_decref(trace);
}

static void changes_of_unit_are_arrows(void **state)
{
    (void) state;
    const char *const documents[] = { result };
    json_t *trace = trace_of(1, documents);
    json_t *from = event_of(trace, 1, "s", "hand-over", 0);
    json_t *to = event_of(trace, 1, "f", "hand-over", 0);
    assert_true(number(from, "ts") == 2250); /* in the middle of OUT */
    assert_true(number(to, "ts") == 2500);   /* where IN begins */
    assert_true(number(from, "id") == number(to, "id"));
    assert_true(number(from, "tid") != number(to, "tid"));
    assert_string_equal(word(to, "bp"), "e");
    assert_null(event_of(trace, 1, "s", "hand-over", 1));
    json_decref(trace);
}

static double counter(json_t *trace, const char *name, const char *key, int n)
{
    json_t *event = event_of(trace, 1, "C", name, n);
    return event ? number(json_object_get(event, "args"), key) : NAN;
}

static void counters_add_up(void **state)
{
    (void) state;
    const char *const documents[] = { result };
    json_t *trace = trace_of(1, documents);
    static const double busy[] = { 1, 1, 2, 2, 1, 0 }; /* from 0, 2, 2.5, 3, 4, 5.5 ms */
    for (int n = 0; n < 6; n++)
        assert_true(counter(trace, "units busy", "units", n) == busy[n]);
    assert_true(isnan(counter(trace, "units busy", "units", 6)));
    assert_true(counter(trace, "GB/s", "demand", 0) == 4);
    assert_true(counter(trace, "GB/s", "demand", 1) == 16);
    assert_true(counter(trace, "GB/s", "demand", 2) == 0);
    json_decref(trace);
}

static void schedule_is_a_round(void **state)
{
    (void) state;
    hax_error err = { 0 };
    char *plan = NULL, *frame = NULL, *machine = NULL;
    assert_int_equal(hax_schedule_text(&problem, &schedule, 0, NULL, 0, NULL, &plan, &err), HAX_OK);
    assert_int_equal(hax_problem_text(&problem, &frame, &err), HAX_OK);
    assert_int_equal(hax_platform_text(&platform, &machine, &err), HAX_OK);
    const char *const documents[] = { plan, machine, frame };
    json_t *trace = trace_of(3, documents);
    assert_true(number(event_of(trace, 1, "X", "round", 0), "dur") == 14000);
    assert_non_null(event_of(trace, 1, "X", "other 0-4", 0));
    assert_null(process_name(trace, 2));
    json_decref(trace);
    trace = trace_of(1, documents);
    assert_non_null(event_of(trace, 1, "X", "other group 0", 0));
    json_decref(trace);
    free(plan);
    free(frame);
    free(machine);
}

static void what_tells_of_no_round_is_refused(void **state)
{
    (void) state;
    static const struct {
        const char *document, *message;
    } wrong[] = {
        { "{\"schema\": \"haxconn/problem\"}", "a trace is of a haxconn/result" },
        { "{\"schema\": \"haxconn/result\"}", "'rows' is missing" },
        { "{\"schema\": \"haxconn/schedule\", \"order\": {\"u\": [{\"instance\": \"a\", "
          "\"group\": 0, \"part\": \"run\", \"start_ms\": 3, \"end_ms\": 2}]}}",
          "order.u[0].end_ms" },
        { "{\"schema\": \"haxconn/schedule\", \"order\": {\"u\": 3}}", "order.u" },
        { "{\"schema\": \"haxconn/schedule\", \"order\": []}", "order" },
        { "{\"schema\"", "" },
    };
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
        const char *const documents[] = { wrong[w].document };
        hax_error err = { 0 };
        char *text = NULL;
        assert_int_equal(hax_report_trace(1, documents, &text, &err), HAX_BAD_INPUT);
        assert_null(text);
        if (!strstr(err.message, wrong[w].message))
            fail_msg("'%s' instead of '%s'", err.message, wrong[w].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_without_times_are_one_span),
        cmocka_unit_test(rounds_are_processes),
        cmocka_unit_test(jobs_are_slices),
        cmocka_unit_test(slices_of_a_track_follow_each_other),
        cmocka_unit_test(times_are_whole_nanoseconds),
        cmocka_unit_test(changes_of_unit_are_arrows),
        cmocka_unit_test(counters_add_up),
        cmocka_unit_test(schedule_is_a_round),
        cmocka_unit_test(what_tells_of_no_round_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
