/* The published model: its published optimum, by enumeration and by Z3. */
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

#include "file.h"
#include "haxconn/published.h"
#include "haxconn/schedule.h"
#include "skip.h"

static void the_published_optimum_is_found(void **state)
{
    (void) state;
    hax_published data;
    hax_published_answer answer;
    hax_published_way optima[HAX_PUBLISHED_OPTIMA][2];
    hax_published_artifact(&data);
    hax_published_enumerate(&data, &answer, optima);
    assert_float_equal(answer.objective_ms, 4.4691, 5e-5);
    assert_int_equal(answer.optima, 3);
    bool printed = false; /* the schedule that the artifact prints is one of the three */
    for (int o = 0; o < answer.optima; o++)
        printed = printed || (optima[o][0].unit == 0 && optima[o][1].unit == 1 &&
                              data.networks[0].layer[optima[o][0].change] == 52 &&
                              data.networks[1].layer[optima[o][1].change] == 2);
    assert_true(printed);
}

static void z3_finds_the_same(void **state)
{
    (void) state;
    hax_published data;
    hax_published_answer answer;
    hax_error err = { 0 };
    hax_published_artifact(&data);
    hax_status status = hax_published_z3(&data, &answer, &err);
    if (status == HAX_UNAVAILABLE)
        SKIP("built without Z3");
    if (status != HAX_OK)
        fail_msg("%s", err.message);
    assert_float_equal(answer.objective_ms, 4.4691, 5e-5);
}

static void the_example_holds_the_same_numbers(void **state)
{
    (void) state;
    hax_published built_in, read;
    hax_error err = { 0 };
    char *text;
    size_t length;
    assert_int_equal(hax_file_read(HAX_EXAMPLE, 1 << 20, &text, &length, &err), HAX_OK);
    if (hax_published_parse(text, length, HAX_EXAMPLE, &read, &err) != HAX_OK)
        fail_msg("%s", err.message);
    free(text);
    hax_published_artifact(&built_in);
    assert_memory_equal(read.units, built_in.units, sizeof read.units);
    for (int n = 0; n < 2; n++) {
        const hax_published_network *a = &read.networks[n], *b = &built_in.networks[n];
        assert_string_equal(a->name, b->name);
        assert_int_equal(a->group_count, b->group_count);
        assert_memory_equal(a->layer, b->layer, sizeof a->layer);
        assert_memory_equal(a->ms, b->ms, sizeof a->ms);
        assert_memory_equal(a->gbps, b->gbps, sizeof a->gbps);
        assert_memory_equal(a->handover_ms, b->handover_ms, sizeof a->handover_ms);
        for (int p = 0; p < built_in.piece_count[n]; p++)
            assert_float_equal(read.pieces[n][p].percent_per_gbps,
                               built_in.pieces[n][p].percent_per_gbps, 1e-12);
    }
}

/* On the same numbers, by this library's rules: 3.51 one after the other, 2.50 with one change. */
static void our_rules_give_another_answer(void **state)
{
    (void) state;
    hax_published data;
    const hax_problem *problem;
    const hax_schedule *schedule;
    hax_error err;
    hax_published_artifact(&data);
    assert_int_equal(hax_published_problem(&data, 1, &problem, &err), HAX_OK);
    assert_int_equal(hax_solve(problem, NULL, &schedule, &err), HAX_OK);
    assert_float_equal(schedule->value, 2.50, 1e-4);
    hax_schedule_destroy(schedule);
    assert_int_equal(hax_baseline_serial(problem, NULL, &schedule, &err), HAX_OK);
    assert_float_equal(schedule->value, 3.51, 1e-4);
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
}

static void broken_documents_name_the_place(void **state)
{
    (void) state;
    static const struct {
        const char *from, *to, *says;
    } cases[] = {
        { "\"name\": \"GPU\"", "\"name\": 7", "units[0].name" },
        { "[0.35, 0.15", "[-0.35, 0.15", "ms.GPU[0]" },
        { "[0, 10, 25", "[0, 10, 10", "layers[2]" },
        { "\"handover_ms\": [0.05, ", "\"handover_ms\": [", "has 8 numbers, must have 9" },
        { "\"percent_per_gbps\": 0.35", "\"percent_per_gbps\": 3.5", "would lose" },
        { "haxconn/published", "haxconn/problem", "schema" },
    };
    char *text;
    size_t length;
    hax_error err = { 0 };
    assert_int_equal(hax_file_read(HAX_EXAMPLE, 1 << 20, &text, &length, &err), HAX_OK);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char broken[8192];
        const char *at = strstr(text, cases[c].from);
        hax_published data;
        assert_non_null(at);
        snprintf(broken, sizeof broken, "%.*s%s%s", (int) (at - text), text, cases[c].to,
                 at + strlen(cases[c].from));
        assert_int_equal(hax_published_parse(broken, strlen(broken), "f", &data, &err),
                         HAX_BAD_INPUT);
        if (!strstr(err.message, cases[c].says))
            fail_msg("%s: %s", cases[c].says, err.message);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_optimum_is_found),
        cmocka_unit_test(z3_finds_the_same),
        cmocka_unit_test(the_example_holds_the_same_numbers),
        cmocka_unit_test(our_rules_give_another_answer),
        cmocka_unit_test(broken_documents_name_the_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
