/* Problems whose answer is known, and schedules that must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"
#include "file.h"
#include "haxconn/schedule.h"

static const hax_problem *load(const char *name)
{
    char path[512], *text;
    size_t length;
    const hax_problem *problem = NULL;
    hax_error err;
    snprintf(path, sizeof path, "%s/%s", HAX_EXAMPLES, name);
    assert_int_equal(hax_file_read(path, 1 << 20, &text, &length, &err), HAX_OK);
    assert_int_equal(hax_problem_parse(text, length, path, &problem, &err), HAX_OK);
    free(text);
    return problem;
}

static const hax_schedule *solve(const hax_problem *problem)
{
    const hax_schedule *schedule = NULL;
    hax_error err;
    assert_int_equal(hax_solve(problem, NULL, &schedule, &err), HAX_OK);
    assert_int_equal(schedule->proof, HAX_PROOF_ALL);
    return schedule;
}

static double value_of(const hax_problem *problem, int count, const hax_job *jobs)
{
    const hax_schedule *schedule = NULL;
    hax_error err;
    assert_int_equal(hax_schedule_evaluate(problem, "x", count, jobs, &schedule, &err), HAX_OK);
    double value = schedule->value;
    hax_schedule_destroy(schedule);
    return value;
}

static void waiting_pays(void **state)
{
    (void) state;
    const hax_problem *problem = load("waiting.json");
    hax_job jobs[] = { { .unit = 0, .instance = 0, .group = 0, .after = -1 },
                       { .unit = 0, .instance = 0, .group = 1, .after = -1 },
                       { .unit = 1, .instance = 1, .group = 0, .after = -1 } };
    assert_float_equal(value_of(problem, 3, jobs), 26, 1e-9);
    jobs[2].after = 0;
    assert_float_equal(value_of(problem, 3, jobs), 22, 1e-9);
    jobs[2].after = -1;
    jobs[2].delay_ms = 9;
    assert_float_equal(value_of(problem, 3, jobs), 21, 1e-9);
    const hax_schedule *schedule = solve(problem);
    assert_float_equal(schedule->value, 21, 1e-9);
    assert_float_equal(schedule->bound, 21, 1e-9);
    hax_overlaps overlaps;
    hax_error err;
    assert_int_equal(hax_schedule_overlaps(problem, schedule, 10, &overlaps, &err), HAX_OK);
    assert_int_equal(overlaps.count, 1);
    assert_float_equal(overlaps.most_expensive[0].together_ms, 2, 1e-9);
    assert_float_equal(overlaps.most_expensive[0].lost_ms, 1, 1e-9);
    free(overlaps.most_expensive);
    hax_schedule_destroy(schedule);
    assert_int_equal(hax_baseline_contention_blind(problem, NULL, &schedule, &err), HAX_OK);
    assert_float_equal(schedule->value, 26, 1e-9);
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
}

static void the_published_instance_takes_2_50(void **state)
{
    (void) state;
    const hax_problem *problem = load("published.json");
    const hax_schedule *schedule = solve(problem), *serial = NULL;
    hax_error err;
    assert_float_equal(schedule->value, 2.50, 1e-4);
    assert_int_equal(hax_baseline_serial(problem, NULL, &serial, &err), HAX_OK);
    assert_float_equal(serial->value, 3.51, 1e-4);
    hax_schedule_destroy(serial);
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
}

/* A copy of a schedule with one job changed must be refused. */
static void refuse(const hax_problem *problem, const hax_schedule *schedule, int index, hax_job job)
{
    hax_schedule changed = *schedule;
    hax_job *jobs = malloc((size_t) schedule->job_count * sizeof *jobs);
    hax_error err;
    memcpy(jobs, schedule->jobs, (size_t) schedule->job_count * sizeof *jobs);
    jobs[index] = job;
    changed.jobs = jobs;
    assert_int_equal(hax_schedule_verify(problem, &changed, &err), HAX_MISMATCH);
    free(jobs);
}

static void changed_schedules_are_refused(void **state)
{
    (void) state;
    const hax_problem *problem = load("published.json");
    const hax_schedule *schedule = solve(problem);
    hax_error err;
    assert_int_equal(hax_schedule_verify(problem, schedule, &err), HAX_OK);
    for (int j = 0; j < schedule->job_count; j++) {
        hax_job job = schedule->jobs[j];
        job.start_ms += 0.01;
        refuse(problem, schedule, j, job);
        job = schedule->jobs[j];
        job.end_ms -= 0.001;
        refuse(problem, schedule, j, job);
        job = schedule->jobs[j];
        job.unit = 1 - job.unit;
        refuse(problem, schedule, j, job);
        job = schedule->jobs[j];
        job.slowdown += 0.01;
        if (job.end_ms - job.start_ms > 1e-3)
            refuse(problem, schedule, j, job);
        job = schedule->jobs[j];
        job.part = job.part == HAX_PART_RUN ? HAX_PART_OUT : HAX_PART_RUN;
        refuse(problem, schedule, j, job);
    }
    hax_schedule wrong = *schedule;
    wrong.value -= 0.1;
    assert_int_equal(hax_schedule_verify(problem, &wrong, &err), HAX_MISMATCH);
    wrong = *schedule;
    wrong.job_count--;
    assert_int_equal(hax_schedule_verify(problem, &wrong, &err), HAX_MISMATCH);
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
}

static void documents_come_back_the_same(void **state)
{
    (void) state;
    static const char *const names[] = { "waiting.json", "published.json" };
    for (int n = 0; n < 2; n++) {
        const hax_problem *problem = load(names[n]), *again = NULL;
        const hax_schedule *schedule = solve(problem), *read = NULL;
        char *text, *second;
        hax_error err;
        assert_int_equal(hax_problem_text(problem, &text, &err), HAX_OK);
        assert_int_equal(hax_problem_parse(text, strlen(text), "again", &again, &err), HAX_OK);
        assert_int_equal(hax_problem_text(again, &second, &err), HAX_OK);
        assert_string_equal(text, second);
        free(text);
        free(second);
        assert_int_equal(hax_schedule_text(problem, schedule, 0, NULL, 0, "none", &text, &err),
                         HAX_OK);
        assert_int_equal(hax_schedule_parse(problem, text, strlen(text), "again", &read, &err),
                         HAX_OK);
        assert_int_equal(hax_schedule_verify(problem, read, &err), HAX_OK);
        assert_float_equal(read->value, schedule->value, 1e-9);
        free(text);
        hax_schedule_destroy(read);
        hax_schedule_destroy(schedule);
        hax_problem_destroy(again);
        hax_problem_destroy(problem);
    }
}

typedef struct refusal {
    const char *from, *to; /* in the text of the waiting example */
    const char *message;   /* part of the error */
} refusal;

static char *replaced(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    size_t size = strlen(text) + strlen(to) + 1;
    char *made = malloc(size);
    snprintf(made, size, "%.*s%s%s", (int) (at - text), text, to, at + strlen(from));
    return made;
}

/* What the library made knows its owner; of a problem built by hand nothing is freed. */
static void a_problem_by_hand_stays(void **state)
{
    (void) state;
    const hax_problem *problem = load("waiting.json"), *copy = NULL;
    hax_problem by_hand = *problem;
    by_hand.owner = NULL;
    hax_problem_destroy(&by_hand);
    assert_int_equal(by_hand.instance_count, problem->instance_count);
    assert_int_equal(hax_problem_copy(&by_hand, &copy, NULL), HAX_OK);
    assert_non_null(copy->owner);
    assert_ptr_not_equal(copy->owner, problem->owner);
    hax_problem_destroy(problem);
    assert_string_equal(copy->instances[0].name, "A");
    hax_problem_destroy(copy);
}

static void bad_problems_are_refused_with_the_place(void **state)
{
    (void) state;
    static const refusal refusals[] = {
        { "\"time_ms\": 10,", "\"time_ms\": -1,", "instances[0].groups[0].on.u1.time_ms" },
        { "\"uses\": [\"r1\"]", "\"uses\": [\"r9\"]", "units[0].uses[0]: unknown resource 'r9'" },
        { "{ \"u2\": {", "{ \"u7\": {", "instances[1].groups[0].on.u7: unknown unit" },
        { "\"name\": \"u2\"", "\"name\": \"u1\"", "two units are called 'u1'" },
        { "\"name\": \"B\"", "\"name\": \"A\"", "two instances are called 'A'" },
        { "\"name\": \"B\"", "\"name\": \"B\", \"after\": [\"B\"]", "after itself" },
        { "\"name\": \"B\"", "\"name\": \"B\", \"after\": [\"C\"]", "unknown instance 'C'" },
        { "{ \"u2\": { \"time_ms\": 12, \"gbps\": 50 } }", "{}", "no unit may run" },
        { "\"latency\"", "\"speed\"", "objective: unknown objective 'speed'" },
        { "\"latency\"", "\"deadline\"", "instances[0]: 'A' has no deadline_ms" },
        { "[[1], [2]]", "[[2], [1]]", "units[0].slowdown.slowdown[1][0]" },
        { "[50],", "[0],", "units[0].slowdown.slowdown[1][0]: 2 at an external demand of 0" },
        { "\"kind\": \"none\"", "\"kind\": \"pccs\", \"normal_gbps\": 9, \"intensive_gbps\": 8",
          "units[1].slowdown.intensive_gbps" },
        { "\"second\"", "\"first\"", "instances[0].groups[1]: two groups are called 'first'" },
        { "\"first\",", "\"first\", \"joined\": true,", "instances[0].groups[0]: is joined" },
        { "\"name\": \"A\"", "\"name\": \"A\", \"after\": [\"A\"]", "instances[0]: 'A' comes" },
        { "\"time_ms\": 12,", "\"time_ms\": 12, \"low_ms\": 9,",
          "instances[1].groups[0].on.u2.low_ms: is known since version 2" },
        { "\"version\": 1", "\"version\": 9", "newer" },
        { "\"objective\"", "\"objektive\"", "unknown key 'objektive'" },
    };
    char path[512], *text;
    size_t length;
    hax_error err;
    snprintf(path, sizeof path, "%s/waiting.json", HAX_EXAMPLES);
    assert_int_equal(hax_file_read(path, 1 << 20, &text, &length, &err), HAX_OK);
    for (size_t r = 0; r < sizeof refusals / sizeof *refusals; r++) {
        const hax_problem *problem = NULL;
        char *bad = replaced(text, refusals[r].from, refusals[r].to);
        assert_int_equal(hax_problem_parse(bad, strlen(bad), "bad.json", &problem, &err),
                         HAX_BAD_INPUT);
        if (!strstr(err.message, refusals[r].message))
            fail_msg("expected '%s' in '%s'", refusals[r].message, err.message);
        assert_string_equal(err.file, "bad.json");
        free(bad);
    }
    free(text);
}

/* Names that say layers give numbers, others none; the name is written as it was read. */
static void layers_of_groups_are_numbers(void **state)
{
    (void) state;
    static const struct {
        const char *name;
        int first, count;
    } cases[] = { { "10-24", 10, 15 }, { "5", 5, 1 },  { "0-0", 0, 1 },  { "stem", 0, 0 },
                  { "24-10", 0, 0 },   { "1-", 0, 0 }, { "-1", 0, 0 },   { "1-2-3", 0, 0 },
                  { "1 -2", 0, 0 },    { "", 0, 0 },   { "+1-2", 0, 0 }, { "123456789", 0, 0 } };
    const hax_problem *plain = load("waiting.json");
    char *text = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_problem_text(plain, &text, &err), HAX_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[40];
        char *again = NULL;
        const hax_problem *problem = NULL;
        snprintf(name, sizeof name, "\"%s\"", cases[i].name);
        char *named = replaced(text, "\"only\"", name);
        if (hax_problem_parse(named, strlen(named), "x.json", &problem, &err) != HAX_OK)
            fail_msg("%s: %s", name, err.message);
        const hax_group_spec *group = &problem->instances[1].groups[0];
        assert_int_equal(group->layer_count, cases[i].count);
        assert_int_equal(group->layer_count ? group->first_layer : 0, cases[i].first);
        assert_int_equal(hax_problem_text(problem, &again, &err), HAX_OK);
        assert_string_equal(again, named);
        free(again);
        free(named);
        hax_problem_destroy(problem);
    }
    free(text);
    hax_problem_destroy(plain);
}

/* Version 2 may say how far times move; what does not is written as version 1. */
static void limits_of_times_are_read_and_written(void **state)
{
    (void) state;
    const hax_problem *plain = load("waiting.json"), *problem = NULL;
    char *text = NULL, *again = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_problem_text(plain, &text, &err), HAX_OK);
    assert_non_null(strstr(text, "\"version\": 1,"));
    char *newer = replaced(text, "\"version\": 1", "\"version\": 2");
    free(text);
    static const refusal refusals[] = {
        { "\"time_ms\": 12.0", "\"time_ms\": 12, \"low_ms\": 9", "'high_ms' is missing" },
        { "\"time_ms\": 12.0", "\"time_ms\": 12, \"low_ms\": 13, \"high_ms\": 14",
          "instances[1].groups[0].on.u2.low_ms: 13 is outside [0, 12]" },
        { "\"time_ms\": 12.0", "\"time_ms\": 12, \"low_ms\": 9, \"high_ms\": 11",
          "instances[1].groups[0].on.u2.high_ms: 11 is outside" },
    };
    for (size_t r = 0; r < sizeof refusals / sizeof *refusals; r++) {
        char *bad = replaced(newer, refusals[r].from, refusals[r].to);
        assert_int_equal(hax_problem_parse(bad, strlen(bad), "bad.json", &problem, &err),
                         HAX_BAD_INPUT);
        if (!strstr(err.message, refusals[r].message))
            fail_msg("expected '%s' in '%s'", refusals[r].message, err.message);
        free(bad);
    }
    text =
        replaced(newer, "\"time_ms\": 12.0", "\"time_ms\": 12, \"low_ms\": 9, \"high_ms\": 15.5");
    assert_int_equal(hax_problem_parse(text, strlen(text), "x.json", &problem, &err), HAX_OK);
    assert_float_equal(problem->instances[1].groups[0].on[1].high_ms, 15.5, 0);
    assert_int_equal(hax_problem_text(problem, &again, &err), HAX_OK);
    assert_non_null(strstr(again, "\"version\": 2,"));
    assert_non_null(strstr(again, "\"low_ms\": 9.0"));
    hax_problem_destroy(problem);
    hax_problem_destroy(plain);
    free(newer);
    free(text);
    free(again);
}

/* 1/T of an instance that can end at 0 ms is infinite. Whether it can depends on its units, on what
 * hand-overs between them cost or may not be, and on what it comes after. */
/* One network of two groups, the first on u only, the second on v only; OUT 5 ms, IN 7 ms. What a
 * change of unit costs by the kinds of both and by what is known of entering. */
static hax_status solve_two(const char *version, const char *u_kind, const char *v_kind,
                            const char *entering, double *value, hax_error *err)
{
    char text[1200];
    snprintf(
        text, sizeof text,
        "{\"schema\": \"haxconn/problem\", \"version\": %s, \"resources\": [\"r\", \"s\"], "
        "\"units\": [{\"name\": \"u\", \"uses\": [\"r\"]%s}, {\"name\": \"v\", \"uses\": "
        "[\"s\"]%s}], \"instances\": [{\"name\": \"a\", \"groups\": [{\"name\": \"g\", \"on\": "
        "{\"u\": {\"time_ms\": 1, \"out_ms\": 5}}}, {\"name\": \"h\", \"on\": {\"v\": "
        "{\"time_ms\": 1, \"in_ms\": 7%s}}}]}]}",
        version, u_kind, v_kind, entering);
    const hax_problem *problem = NULL, *again = NULL;
    const hax_schedule *schedule = NULL, *same = NULL;
    char *written = NULL;
    HAX_TRY(hax_problem_parse(text, strlen(text), "two", &problem, err));
    assert_int_equal(hax_solve(problem, NULL, &schedule, err), HAX_OK);
    assert_int_equal(hax_schedule_verify(problem, schedule, err), HAX_OK);
    assert_int_equal(hax_problem_text(problem, &written, err), HAX_OK);
    assert_int_equal(hax_problem_parse(written, strlen(written), "again", &again, err), HAX_OK);
    assert_int_equal(hax_solve(again, NULL, &same, err), HAX_OK);
    assert_true(same->value == schedule->value);
    assert_true((strstr(written, "\"version\": 1,") != NULL) == (*version == '1'));
    *value = schedule->value;
    free(written);
    hax_schedule_destroy(schedule);
    hax_schedule_destroy(same);
    hax_problem_destroy(problem);
    hax_problem_destroy(again);
    return HAX_OK;
}

static void a_change_of_unit_costs_what_its_kinds_say(void **state)
{
    (void) state;
    static const char of_k[] = ", \"kind\": \"k\"", of_l[] = ", \"kind\": \"l\"";
    static const struct {
        const char *version, *u_kind, *v_kind, *entering;
        double value;
        const char *message;
    } cases[] = {
        { "1", "", "", "", 14, NULL },
        { "3", of_k, of_l, "", 14, NULL },
        { "3", of_k, "", "", 14, NULL },
        { "3", of_k, of_k, "", 2, NULL },
        { "3", of_k, of_k, ", \"enter_ms\": {\"u\": 0.5}", 2.5, NULL },
        { "3", of_k, of_l, ", \"enter_ms\": {\"u\": 0.5}, \"enter_gbps\": {\"u\": 3}", 7.5, NULL },
        { "3", "", "", ", \"enter_ms\": {\"u\": 0}", 7, NULL },
        { "2", of_k, "", "", 0, "units[0].kind: is known since version 3" },
        { "2", "", "", ", \"enter_ms\": {\"u\": 0}", 0, "enter_ms: is known since version 3" },
        { "3", ", \"kind\": \"\"", "", "", 0, "units[0].kind: must not be empty" },
        { "3", "", "", ", \"enter_ms\": {\"w\": 1}", 0, "enter_ms.w: unknown unit" },
        { "3", "", "", ", \"enter_ms\": {\"v\": 1}", 0, "enter_ms.v: is the unit that is entered" },
        { "3", "", "", ", \"enter_ms\": {\"u\": -1}", 0, "enter_ms.u" },
        { "3", "", "", ", \"enter_gbps\": {\"u\": 1}", 0, "enter_gbps.u: enter_ms does not name" },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double value = NAN;
        hax_error err = { 0 };
        hax_status status = solve_two(cases[c].version, cases[c].u_kind, cases[c].v_kind,
                                      cases[c].entering, &value, &err);
        if (!cases[c].message && (status != HAX_OK || fabs(value - cases[c].value) > 1e-12))
            fail_msg("case %zu: %g ms, not %g (%s)", c, value, cases[c].value, err.message);
        if (cases[c].message && (status != HAX_BAD_INPUT || !strstr(err.message, cases[c].message)))
            fail_msg("case %zu: expected '%s' in '%s'", c, cases[c].message, err.message);
    }
}

static void throughput_needs_times(void **state)
{
    (void) state;
    static const char format[] =
        "{\"schema\": \"haxconn/problem\", \"version\": 1, \"resources\": [\"r\", \"s\"], "
        "\"units\": "
        "[{\"name\": \"u\", \"uses\": [\"r\"]}, {\"name\": \"v\", \"uses\": [\"s\"]}], "
        "\"instances\": "
        "[{\"name\": \"timed\", \"groups\": [{\"name\": \"g\", \"on\": {\"u\": {\"time_ms\": "
        "2}}}]}, "
        "{\"name\": \"other\", \"after\": [%s], \"groups\": [{\"name\": \"g\", \"on\": {\"u\": "
        "{\"time_ms\": 0, \"out_ms\": %s}, \"v\": {\"time_ms\": 3}}}, {\"name\": \"h\", \"on\": "
        "{\"u\": {\"time_ms\": 1}, \"v\": {\"time_ms\": 0, \"in_ms\": %s}}}]}], "
        "\"objective\": \"%s\", \"limits\": {\"max_transitions\": %s}}";
    static const struct {
        const char *after, *out_ms, *in_ms, *objective, *transitions;
        bool refused;
    } cases[] = {
        { "", "0", "0", "throughput", "null", true },
        { "", "0", "0", "throughput", "1", true },
        { "", "0", "0", "throughput", "0", false },
        { "", "0.5", "0", "throughput", "null", false },
        { "", "0", "0.5", "throughput", "null", false },
        { "\"timed\"", "0", "0", "throughput", "null", false },
        { "", "0", "0", "sum", "null", false },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char text[1000];
        const hax_problem *problem = NULL;
        const hax_schedule *schedule = NULL;
        hax_error err;
        snprintf(text, sizeof text, format, cases[c].after, cases[c].out_ms, cases[c].in_ms,
                 cases[c].objective, cases[c].transitions);
        hax_status status = hax_problem_parse(text, strlen(text), "x.json", &problem, &err);
        assert_int_equal(status, cases[c].refused ? HAX_BAD_INPUT : HAX_OK);
        if (cases[c].refused) {
            assert_string_equal(err.message, "instances[1]: 'other' can end at 0 ms, and 1/T of "
                                             "that is infinite: the objective 'throughput' needs "
                                             "times above 0");
            continue;
        }
        assert_int_equal(hax_solve(problem, NULL, &schedule, &err), HAX_OK);
        assert_int_equal(schedule->proof, HAX_PROOF_ALL);
        assert_true(isfinite(schedule->value));
        hax_schedule_destroy(schedule);
        hax_problem_destroy(problem);
    }
}

/* A bound that is met is a proof, up to rounding that is relative for throughput and whatever is
 * above 1 ms; a distance to a lateness is told in ms. */
static void a_gap_of_0_is_a_proof(void **state)
{
    (void) state;
    const hax_problem *problem = load("waiting.json");
    const hax_schedule *schedule = NULL;
    hax_error err;
    assert_int_equal(hax_solve(problem, NULL, &schedule, &err), HAX_OK);
    static const struct {
        hax_objective objective;
        double value, bound, gap;
        const char *words;
    } cases[] = {
        { HAX_LATENCY, 20, 20, 0, "0 %" },
        { HAX_LATENCY, 20, 20 - 1e-8, 0, "0 %" },
        { HAX_LATENCY, 20, 19, 0.05, "5 %" },
        { HAX_LATENCY, 20, -INFINITY, INFINITY, "an unknown distance" },
        { HAX_THROUGHPUT, 1e-6, 1e-6 + 1e-9, 1e-3, "0.1 %" },
        { HAX_THROUGHPUT, 1e-6, 1e-6 + 1e-16, 0, "0 %" },
        { HAX_DEADLINE, 0, -4, 1, "4 ms" },
        { HAX_DEADLINE, 0, 0, 0, "0 ms" },
        { HAX_DEADLINE, 1, -3, 4.0 / 3, "4 ms" },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        hax_problem of = *problem;
        of.objective = cases[c].objective;
        hax_schedule_edit(schedule)->value = cases[c].value;
        hax_schedule_set_bound(&of, hax_schedule_edit(schedule), cases[c].bound);
        assert_float_equal(schedule->gap, cases[c].gap, isinf(cases[c].gap) ? 0 : 1e-9);
        assert_int_equal(schedule->proof, cases[c].gap == 0 ? HAX_PROOF_ALL : HAX_PROOF_NO);
        assert_true(cases[c].gap > 0 || schedule->bound == schedule->value);
        assert_string_equal(hax_schedule_gap_text(&of, schedule).text, cases[c].words);
    }
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
}

/* Each waits for all before it: there are 2^n ways along, and they must not all be walked. */
static void orders_of_many_are_read(void **state)
{
    (void) state;
    enum { COUNT = 60, TEXT_BYTES = 60000 };
    char *text = malloc(TEXT_BYTES);
    size_t used = (size_t) snprintf(text, TEXT_BYTES,
                                    "{\"schema\": \"haxconn/problem\", \"version\": 1, "
                                    "\"resources\": [\"r\"], \"units\": [{\"name\": \"u\", "
                                    "\"uses\": [\"r\"]}], \"instances\": [");
    for (int i = 0; i < COUNT; i++) {
        used += (size_t) snprintf(text + used, TEXT_BYTES - used,
                                  "%s{\"name\": \"i%d\", \"groups\": [{\"name\": \"g\", \"on\": "
                                  "{\"u\": {\"time_ms\": 1}}}], \"after\": [",
                                  i ? ", " : "", i);
        for (int a = 0; a < i; a++)
            used +=
                (size_t) snprintf(text + used, TEXT_BYTES - used, "%s\"i%d\"", a ? ", " : "", a);
        used += (size_t) snprintf(text + used, TEXT_BYTES - used, "]}");
    }
    used += (size_t) snprintf(text + used, TEXT_BYTES - used, "]}");
    const hax_problem *problem = NULL;
    assert_int_equal(hax_problem_parse(text, used, "long.json", &problem, NULL), HAX_OK);
    assert_int_equal(problem->instance_count, COUNT);
    hax_problem_destroy(problem);
    free(text);
}

/* On random parameters: at least 1, never falling, no jumps. */
static void slowdowns_are_continuous_and_monotone(void **state)
{
    (void) state;
    const hax_slowdown pccs = { .kind = HAX_SLOWDOWN_PCCS,
                                .pccs = { 37.6, 65.7, 3.72, 82.8, 46.63, 0.571, 127.4 } };
    const double step = 0.25;
    for (double own = 0; own < 100; own += step) {
        assert_float_equal(hax_slowdown_value(&pccs, own, 0), 1, 0);
        for (double external = 0; external < 140; external += step) {
            double here = hax_slowdown_value(&pccs, own, external);
            double right = hax_slowdown_value(&pccs, own, external + step);
            double above = hax_slowdown_value(&pccs, own + step, external);
            assert_true(here >= 1);
            assert_true(right >= here - 1e-12 && right - here < 0.05);
            assert_true(above >= here - 1e-12 && above - here < 0.05);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiting_pays),
        cmocka_unit_test(the_published_instance_takes_2_50),
        cmocka_unit_test(changed_schedules_are_refused),
        cmocka_unit_test(documents_come_back_the_same),
        cmocka_unit_test(layers_of_groups_are_numbers),
        cmocka_unit_test(a_problem_by_hand_stays),
        cmocka_unit_test(bad_problems_are_refused_with_the_place),
        cmocka_unit_test(limits_of_times_are_read_and_written),
        cmocka_unit_test(a_change_of_unit_costs_what_its_kinds_say),
        cmocka_unit_test(throughput_needs_times),
        cmocka_unit_test(a_gap_of_0_is_a_proof),
        cmocka_unit_test(orders_of_many_are_read),
        cmocka_unit_test(slowdowns_are_continuous_and_monotone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
