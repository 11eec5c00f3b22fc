/*
 * Plans that rounds correct: on the virtual clock, whose units cost something to enter that the
 * profile does not know, the loop finds the optimum of the law.
 */
#define _GNU_SOURCE
#include "../profile/fixture.h"

#include <math.h>

#include "haxconn/run.h"
#include "instrumented.h"

/* Five units of one kind, each a class of its own: a to d take turns on one resource, e has the
 * other one. Entering is measured between the first four classes only, so that nothing is known of
 * changes between the two resources. */
enum { CLASSES = 5, NETWORKS = 3 };

typedef struct scene {
    lab lab;
    hax_unit units[CLASSES];
    hax_profile_network networks[NETWORKS];
    hax_run_config config;
    int reports; /* of progress: one for each item of each round, */
    int plans;   /* and one for each time that it is planned */
} scene;

static void count(void *context, const hax_progress *progress)
{
    scene *scene = context;
    scene->reports += strncmp(progress->stage, "running", 7) == 0;
    scene->plans += strcmp(progress->stage, "planning") == 0;
}

static void scene_make(scene *scene, double enter_ms, hax_watch *watch)
{
    static const char *const names[] = { "a", "b", "c", "d", "e" };
    memset(scene, 0, sizeof *scene);
    lab_make(&scene->lab);
    trio *trio = &scene->lab.platform;
    for (int u = 0; u < CLASSES; u++) {
        scene->units[u] = trio->units[0];
        scene->units[u].name = names[u];
        scene->units[u].class_id = u;
        scene->units[u].threads = u + 1; /* configurations of their own */
        scene->units[u].resources = u < CLASSES - 1 ? 1 : 2;
        scene->units[u].cpus = u < CLASSES - 1 ? &trio->cpus[0] : &trio->cpus[1];
    }
    trio->platform.units = scene->units;
    trio->platform.unit_count = CLASSES;
    trio->platform.kind_count = 1;
    trio->kinds[0].law.enter_ms = enter_ms;
    for (int n = 0; n < NETWORKS; n++)
        scene->networks[n] = (hax_profile_network){ n == 0   ? "first"
                                                    : n == 1 ? "second"
                                                             : "third",
                                                    scene->lab.net.model, scene->lab.net.grouping };
    *watch = hax_watch_default();
    watch->report = count;
    watch->context = scene;
    scene->config = hax_run_config_default();
    scene->config.platform = &trio->platform;
    scene->config.network_count = NETWORKS;
    scene->config.networks = scene->networks;
    scene->config.rounds = 2;
    scene->config.seconds = 0;
    scene->config.ignore_contention = true;
    scene->config.watch = watch;
}

static void scene_free(scene *scene)
{
    lab_free(&scene->lab);
}

static const hax_result *run(scene *scene)
{
    const hax_result *result = NULL;
    hax_error err = { 0 };
    scene->reports = scene->plans = 0;
    if (hax_run(&scene->config, &result, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return result;
}

/* Of the law: every group that comes from another unit pays. */
static double optimum_ms(const hax_problem *profiled, double enter_ms)
{
    const hax_problem *problem = NULL;
    const hax_schedule *best = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_problem_copy(profiled, &problem, &err), HAX_OK);
    hax_entering entering[CLASSES][CLASSES];
    for (int to = 0; to < CLASSES; to++)
        for (int from = 0, e = 0; from < CLASSES; from++)
            if (from != to)
                entering[to][e++] = (hax_entering){ from, enter_ms, 0 };
    for (int i = 0; i < problem->instance_count; i++)
        for (int g = 1; g < problem->instances[i].group_count; g++)
            for (int u = 0; u < CLASSES; u++) {
                hax_cost *cost = hax_own(&problem->instances[i].groups[g].on[u]);
                cost->entering_count = CLASSES - 1;
                cost->entering = entering[u];
            }
    assert_int_equal(hax_solve(problem, NULL, &best, &err), HAX_OK);
    assert_int_equal(best->proof, HAX_PROOF_ALL);
    const double value = best->value;
    hax_schedule_destroy(best);
    hax_problem_destroy(problem);
    return value;
}

/* The network's own order of costs: what it gains by a split is less than 3 ms. */
static const double costs_ms[] = { 2, 0.4, 1.3, 10 };
enum { COSTS = sizeof costs_ms / sizeof *costs_ms };

static void the_loop_finds_the_optimum_of_the_law(void **state)
{
    (void) state;
    int improved = 0;
    for (int c = 0; c < TEST_COUNT(COSTS); c++) {
        scene scene;
        hax_watch watch;
        scene_make(&scene, costs_ms[c], &watch);
        scene.config.refine = 0;
        const hax_result *blind = run(&scene);
        assert_int_equal(blind->plans, 1);
        assert_int_equal(blind->correction_count, 0);
        const double best_ms = optimum_ms(blind->problem, costs_ms[c]);
        assert_true(blind->rows[0].measured.median > best_ms - 1e-5);
        assert_true(blind->rows[0].predicted_ms < best_ms + 1e-5);
        scene.config.refine = 3;
        const hax_result *refined = run(&scene);
        const hax_row *plan = &refined->rows[0], *answer = &refined->rows[refined->answer];
        assert_string_equal(plan->name, "haxconn");
        assert_float_equal(plan->measured.median, best_ms, 1e-5);
        assert_float_equal(plan->predicted_ms, plan->measured.median, 1e-5);
        assert_true(answer->measured.median < plan->measured.median * 1.0101);
        assert_int_equal(refined->plan->proof, HAX_PROOF_ALL);
        improved += blind->rows[0].measured.median > best_ms + 1e-3;
        hax_result_destroy(blind);
        hax_result_destroy(refined);
        scene_free(&scene);
    }
    assert_true(improved >= TEST_COUNT(2));
}

static const hax_row *row_of(const hax_result *result, const char *name)
{
    for (int r = 0; r < result->row_count; r++)
        if (strcmp(result->rows[r].name, name) == 0)
            return &result->rows[r];
    fail_msg("no row '%s'", name);
    return NULL;
}

/* The plan that did not keep its promise stays in the table, and the new one is the first. */
static void the_new_plan_joins_the_rounds(void **state)
{
    (void) state;
    scene scene;
    hax_watch watch;
    scene_make(&scene, 2, &watch);
    const hax_result *result = run(&scene);
    assert_int_equal(result->plans, 2);
    assert_int_equal(result->outcome, HAX_OUTCOME_SPLIT);
    assert_int_equal(result->answer, 0);
    assert_true(result->rows[0].measured.median < row_of(result, "plan-1")->measured.median);
    for (int r = 0; r < result->row_count; r++) {
        assert_int_equal(result->rows[r].measured.count, result->rounds);
        assert_true(result->rows[r].same_as < r);
    }
    /* what was learned: the costs of the law, seen where the first plan changed its unit */
    for (int c = 0; c < result->correction_count; c++) {
        const hax_correction *one = &result->corrections[c];
        assert_int_equal(one->kind, HAX_CORRECTED_ENTERING);
        assert_float_equal(one->known, 0, 0);
        assert_float_equal(one->learned, 2, 1e-5);
        assert_true(one->rows >= 1 && one->from_unit >= 0 && one->group > 0);
    }
    hax_result_destroy(result);
    scene_free(&scene);
}

/* Where entering costs more than any split gains, the plan becomes the plain deployment. */
static void the_plan_may_become_a_plain_one(void **state)
{
    (void) state;
    scene scene;
    hax_watch watch;
    scene_make(&scene, 10, &watch);
    const hax_result *result = run(&scene);
    assert_int_equal(result->outcome, HAX_OUTCOME_DO_NOT_SPLIT);
    assert_true(result->rows[result->answer].measured.median <=
                row_of(result, "per-network")->measured.median);
    assert_float_equal(result->rows[0].measured.median,
                       row_of(result, "per-network")->measured.median, 0);
    assert_true(row_of(result, "plan-1")->measured.median > result->rows[0].measured.median);
    for (int r = 0; r < result->row_count; r++)
        assert_true(result->rows[r].same_as < r);
    hax_result_destroy(result);
    scene_free(&scene);
}

/* Nothing is corrected, planned or executed that would not be without it. */
static void a_right_profile_costs_no_round(void **state)
{
    (void) state;
    int reports[2];
    for (int on = 0; on < 2; on++) {
        scene scene;
        hax_watch watch;
        scene_make(&scene, 0.5, &watch);
        scene.units[4].class_id = 3; /* four classes: all changes are known */
        scene.units[3].class_id = 3;
        scene.config.rounds = 7;
        scene.config.refine = on ? 3 : 0;
        const hax_result *result = run(&scene);
        assert_int_equal(result->plans, 1);
        assert_int_equal(scene.plans, 1);
        assert_int_equal(result->correction_count, 0);
        assert_int_equal(result->rounds, 7);
        assert_float_equal(result->rows[0].error_percent, 0, 1e-3);
        reports[on] = scene.reports;
        hax_result_destroy(result);
        scene_free(&scene);
    }
    assert_true(reports[0] > 0);
    assert_int_equal(reports[1], reports[0] + 1); /* that the first rounds are done */
}

/* The second run plans with what the first has learned, and has nothing to learn itself; fresh ones
 * begin anew. */
static void lessons_are_kept_in_the_store(void **state)
{
    (void) state;
    scene scene;
    hax_watch watch;
    folder at = folder_make();
    scene_make(&scene, 2, &watch);
    scene.config.store_path = at.store;
    const hax_result *first = run(&scene), *second = run(&scene);
    assert_int_equal(first->plans, 2);
    assert_int_equal(second->plans, 1);
    assert_true(second->correction_count >= first->correction_count);
    assert_int_equal(second->corrections[0].rows, 0);
    assert_float_equal(second->rows[0].measured.median, first->rows[0].measured.median, 1e-5);
    scene.config.fresh = true;
    const hax_result *fresh = run(&scene);
    assert_int_equal(fresh->plans, 2);
    scene.config.fresh = false;
    scene.config.refine = 0;
    const hax_result *off = run(&scene);
    assert_int_equal(off->plans, 1);
    assert_int_equal(off->correction_count, 0);
    /* another company is another context */
    scene.config.refine = 3;
    scene.config.network_count = 2;
    const hax_result *fewer = run(&scene);
    for (int c = 0; c < fewer->correction_count; c++)
        assert_true(fewer->corrections[c].rows > 0);
    hax_result_destroy(first);
    hax_result_destroy(second);
    hax_result_destroy(fresh);
    hax_result_destroy(off);
    hax_result_destroy(fewer);
    scene_free(&scene);
    folder_free(&at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loop_finds_the_optimum_of_the_law),
        cmocka_unit_test(the_new_plan_joins_the_rounds),
        cmocka_unit_test(the_plan_may_become_a_plain_one),
        cmocka_unit_test(a_right_profile_costs_no_round),
        cmocka_unit_test(lessons_are_kept_in_the_store),
    };
    return cmocka_run_group_tests_name("refine", tests, NULL, NULL);
}
