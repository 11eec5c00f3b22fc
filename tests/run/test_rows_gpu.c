/* What is done on a GPU without planning stands among the rows of a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "rows.h"

enum { UNITS = 7, NETWORKS_MOST = 3 };

/* A GPU of 132 multiprocessors: whole, in halves, and in quarters that end with what is over. */
static const hax_unit gpu_units[UNITS] = {
    { .name = "gpu", .resources = 0xf, .threads = 1, .sms = 132 },
    { .name = "sm0-63", .resources = 0x3, .threads = 1, .first_sm = 0, .sms = 64 },
    { .name = "sm64-131", .resources = 0xc, .threads = 1, .first_sm = 64, .sms = 68 },
    { .name = "sm0-31", .resources = 0x1, .threads = 1, .first_sm = 0, .sms = 32 },
    { .name = "sm32-63", .resources = 0x2, .threads = 1, .first_sm = 32, .sms = 32 },
    { .name = "sm64-95", .resources = 0x4, .threads = 1, .first_sm = 64, .sms = 32 },
    { .name = "sm96-131", .resources = 0x8, .threads = 1, .first_sm = 96, .sms = 36 },
};
static const hax_kind gpu_kind = { .name = "gpu", .driver = "cuda", .isa = "", .precision = "f16" };

typedef struct rig {
    hax_platform platform;
    hax_unit units[UNITS];
    hax_unit_spec unit_specs[UNITS];
    hax_problem problem;
    hax_instance_spec instances[NETWORKS_MOST];
    hax_group_spec groups[NETWORKS_MOST][2];
    hax_cost costs[NETWORKS_MOST][2][UNITS];
    hax_run_rows rows;
} rig;

static const char *const resources[] = { "r0", "r1", "r2", "r3" };

/* Networks of two groups, which take so long on the whole GPU and more on fewer multiprocessors. */
static void rig_make(rig *rig, int units, const double *ms, int networks)
{
    static const char *const names[] = { "a", "b", "c" };
    memset(rig, 0, sizeof *rig);
    memcpy(rig->units, gpu_units, sizeof gpu_units);
    rig->platform = (hax_platform){ .name = "gpu",
                                    .resource_count = 4,
                                    .resources = resources,
                                    .kind_count = 1,
                                    .kinds = &gpu_kind,
                                    .unit_count = units,
                                    .units = rig->units };
    rig->problem = (hax_problem){ .objective = HAX_LATENCY,
                                  .resource_count = 4,
                                  .resources = resources,
                                  .unit_count = units,
                                  .units = rig->unit_specs,
                                  .instance_count = networks,
                                  .instances = rig->instances,
                                  .max_transitions = HAX_NO_LIMIT };
    for (int u = 0; u < units; u++)
        rig->unit_specs[u] = (hax_unit_spec){ .name = rig->units[u].name,
                                              .resources = rig->units[u].resources,
                                              .max_pieces = -1 };
    for (int n = 0; n < networks; n++) {
        rig->instances[n] = (hax_instance_spec){ .name = names[n],
                                                 .group_count = 2,
                                                 .groups = rig->groups[n],
                                                 .weight = 1,
                                                 .deadline_ms = INFINITY };
        for (int g = 0; g < 2; g++) {
            rig->groups[n][g] = (hax_group_spec){ .name = g ? "1-1" : "0-0",
                                                  .on = rig->costs[n][g],
                                                  .first_layer = g,
                                                  .layer_count = 1 };
            for (int u = 0; u < units; u++)
                rig->costs[n][g][u] =
                    (hax_cost){ .allowed = true,
                                .time_ms = ms[n] / 2 * (2 - rig->units[u].sms / 132.0) };
        }
    }
}

static void make_rows(rig *rig)
{
    const hax_schedule *plan = NULL;
    const hax_baseline_limits limits = { .time_limit_s = INFINITY };
    hax_error err;
    if (hax_baseline_serial(&rig->problem, NULL, &plan, &err) != HAX_OK ||
        hax_run_rows_make(&rig->platform, &rig->problem, NULL, plan, false, &limits, &rig->rows,
                          &err) != HAX_OK)
        fail_msg("%s", err.message);
}

static const hax_run_row *find_row(const rig *rig, const char *name)
{
    for (int r = 0; r < rig->rows.count; r++)
        if (strcmp(rig->rows.rows[r].name, name) == 0)
            return &rig->rows.rows[r];
    return NULL;
}

static void streams_have_no_prediction(void **state)
{
    (void) state;
    static const double ms[] = { 1, 3, 2 };
    static const int priorities[] = { 0, 2, 1 }; /* the longest first */
    static const char *const names[] = { "streams", "priority-streams" };
    rig rig;
    rig_make(&rig, UNITS, ms, 3);
    make_rows(&rig);
    for (int p = 0; p < 2; p++) {
        const hax_run_row *row = find_row(&rig, names[p]);
        assert_non_null(row);
        assert_null(row->schedule);
        assert_non_null(row->unpredicted);
        assert_true(row->plain && !row->reference && row->same_as == -1);
        assert_int_equal(row->plan.job_count, 6);
        for (int j = 0; j < 6; j++) {
            const hax_plan_job *job = &row->jobs[j];
            assert_int_equal(job->unit, 0);
            assert_int_equal(job->instance, j / 2);
            assert_int_equal(job->group, j % 2);
            assert_int_equal(job->stream, j / 2);
            assert_int_equal(job->priority, p ? priorities[job->instance] : 0);
        }
    }
    hax_run_rows_free(&rig.rows);
}

/* What comes after another one stands behind it, or the plan could not be executed. */
static void streams_keep_rules(void **state)
{
    (void) state;
    static const double ms[] = { 1, 3 };
    static const int second[] = { 1 };
    rig rig;
    rig_make(&rig, UNITS, ms, 2);
    rig.instances[0].after_count = 1;
    rig.instances[0].after = second;
    make_rows(&rig);
    const hax_run_row *row = find_row(&rig, "streams");
    assert_non_null(row);
    assert_int_equal(row->jobs[0].instance, 1);
    assert_int_equal(row->jobs[2].instance, 0);
    hax_run_rows_free(&rig.rows);
    rig_make(&rig, UNITS, ms, 2);
    rig.costs[0][1][0].allowed = false; /* not on the whole GPU */
    make_rows(&rig);
    assert_null(find_row(&rig, "streams"));
    assert_non_null(find_row(&rig, "equal-parts"));
    hax_run_rows_free(&rig.rows);
}

/* Two networks on halves, three on quarters, of which one is larger by what is over. */
static void parts_are_equal(void **state)
{
    (void) state;
    static const double ms[] = { 1, 3, 2 };
    rig rig;
    rig_make(&rig, UNITS, ms, 2);
    make_rows(&rig);
    const hax_run_row *row = find_row(&rig, "equal-parts");
    assert_non_null(row);
    assert_true(row->plain);
    for (int j = 0; j < row->plan.job_count; j++)
        assert_true(row->jobs[j].unit == 1 || row->jobs[j].unit == 2);
    hax_run_rows_free(&rig.rows);
    rig_make(&rig, UNITS, ms, 3);
    make_rows(&rig);
    row = find_row(&rig, "equal-parts");
    assert_non_null(row);
    for (int j = 0; j < row->plan.job_count; j++)
        assert_true(row->jobs[j].unit >= 3);
    hax_run_rows_free(&rig.rows);
    rig_make(&rig, 3, ms, 3); /* the quarters are not there */
    make_rows(&rig);
    assert_null(find_row(&rig, "equal-parts"));
    hax_run_rows_free(&rig.rows);
}

static void other_platforms_have_none(void **state)
{
    (void) state;
    static const double ms[] = { 1, 3 };
    rig rig;
    rig_make(&rig, UNITS, ms, 2);
    for (int u = 0; u < UNITS; u++)
        rig.units[u].sms = 0;
    make_rows(&rig);
    assert_null(find_row(&rig, "streams"));
    assert_null(find_row(&rig, "equal-parts"));
    assert_non_null(find_row(&rig, "core-each"));
    hax_run_rows_free(&rig.rows);
    rig_make(&rig, UNITS, ms, 2);
    rig.platform.simulated = true;
    make_rows(&rig);
    assert_null(find_row(&rig, "streams"));
    hax_run_rows_free(&rig.rows);
    rig_make(&rig, UNITS, ms, 1); /* one network is beside none */
    make_rows(&rig);
    assert_null(find_row(&rig, "streams"));
    hax_run_rows_free(&rig.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_have_no_prediction),
        cmocka_unit_test(streams_keep_rules),
        cmocka_unit_test(parts_are_equal),
        cmocka_unit_test(other_platforms_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
