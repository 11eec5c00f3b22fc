/*
 * Runs that go wrong, from the outside of the library: units that compute wrongly, die and hang in
 * every stage of a run and in deployments, plans that turn out worse, and profiles that are no
 * longer true.
 */
#define _GNU_SOURCE
#include "../profile/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faulty.h"
#include "haxconn/deploy.h"
#include "haxconn/run.h"

/* ---- real units, the second kind of which may fail ------------------------------------------- */

typedef struct scene {
    trio platform;
    chain net;
    hax_profile_network networks[2];
    hax_watch watch;
    hax_run_config config;
    /* what is to happen, and when: at the `nth` report of a stage */
    const char *stage;
    int nth;
    fault_kind kind;
} scene;

static void arm(void *context, const hax_progress *progress)
{
    scene *of = context;
    if (!of->stage || strcmp(progress->stage, of->stage) != 0 || of->nth-- != 1)
        return;
    fault_plan_set(strcmp(of->stage, "building kernels") == 0 ? CALL_BUILD : CALL_RUN, of->kind);
    if (of->kind == FAULT_HANG)
        of->watch.hang_s = 1;
}

static void scene_make(scene *scene)
{
    int cpus[2] = { sched_getcpu(), sched_getcpu() };
    memset(scene, 0, sizeof *scene);
    fault_plan_clear();
    trio_make(&scene->platform, "portable", cpus);
    scene->platform.kinds[1].driver = "faulty";
    scene->platform.units[2].cpu_count = 1;
    scene->net = chain_make();
    for (int n = 0; n < 2; n++)
        scene->networks[n] =
            (hax_profile_network){ n ? "b" : "a", scene->net.model, scene->net.grouping };
    /* nothing counts as a hang until a fault is in place, however busy the machine is */
    scene->watch = hax_watch_default();
    scene->watch.report = arm;
    scene->watch.context = scene;
    scene->watch.hang_s = 100;
    scene->config = hax_run_config_default();
    scene->config.platform = &scene->platform.platform;
    scene->config.network_count = 2;
    scene->config.networks = scene->networks;
    scene->config.rounds = 2;
    scene->config.seconds = 0;
    scene->config.ignore_contention = true;
    scene->config.watch = &scene->watch;
}

static void scene_end(scene *scene)
{
    chain_free(&scene->net);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left behind */
    assert_int_equal(errno, ECHILD);
}

static void units_that_compute_wrongly_are_a_mismatch(void **state)
{
    (void) state;
    scene of;
    const hax_result *result = NULL;
    hax_error err = { 0 };
    char *json = NULL;
    scene_make(&of);
    fault_plan_set(CALL_RUN, FAULT_WRONG);
    assert_int_equal(hax_run(&of.config, &result, &err), HAX_MISMATCH);
    assert_int_equal(hax_status_exit_code(HAX_MISMATCH), 5);
    assert_non_null(strstr(err.message, "outputs differ from the single-unit run"));
    assert_non_null(result); /* with all that was measured */
    assert_true(result->outputs_checked && !result->outputs_equal);
    assert_int_equal(result->outcome, HAX_OUTCOME_NOT_CLAIMED);
    assert_string_equal(result->verdict, "not claimed: outputs differ from the single-unit run");
    assert_int_equal(hax_result_text(result, &json, &err), HAX_OK);
    assert_non_null(strstr(json, "\"outcome\": \"not-claimed\""));
    free(json);
    hax_result_destroy(result);
    scene_end(&of);
}

/* The same scene without a fault: what the others change. */
static void units_that_compute_rightly_are_none(void **state)
{
    (void) state;
    scene of;
    const hax_result *result = NULL;
    hax_error err = { 0 };
    scene_make(&of);
    if (hax_run(&of.config, &result, &err) != HAX_OK)
        fail_msg("%s", err.message);
    assert_true(result->outputs_equal);
    hax_result_destroy(result);
    scene_end(&of);
}

/* Every stage of a run: building for the profile and for the rounds, and running in both. */
static const struct {
    const char *stage;
    int nth;
} stages[] = {
    { "building kernels", 1 },
    { "measuring", 1 },
    { "building kernels", 2 },
    { "running the plan and its rivals in turns", 1 },
    { "running the plan and its rivals in turns", 2 },
};

static void fail_in_every_stage(fault_kind kind, const char *said, const char *also)
{
    for (size_t s = 0; s < sizeof stages / sizeof *stages; s++) {
        scene of;
        const hax_result *result = NULL;
        hax_error err = { 0 };
        scene_make(&of);
        of.stage = stages[s].stage;
        of.nth = stages[s].nth;
        of.kind = kind;
        assert_int_equal(hax_run(&of.config, &result, &err), HAX_WORKER_LOST);
        if (!strstr(err.message, said) || !strstr(err.message, also))
            fail_msg("%s %d: %s", of.stage, stages[s].nth, err.message);
        assert_null(result);
        assert_true(atomic_load(&fault_plan_get()->hits) > 0);
        scene_end(&of);
    }
}

static void death_is_reported_in_every_stage(void **state)
{
    (void) state;
    fail_in_every_stage(FAULT_DIE, "the worker process of kind 'second' was killed by signal 6",
                        "u1");
}

static void hangs_are_reported_in_every_stage(void **state)
{
    (void) state;
    fail_in_every_stage(FAULT_HANG, "unit 'u1' hangs", " 1.0 s");
}

static void deployments_report_death_and_hangs(void **state)
{
    (void) state;
    for (int hang = 0; hang < 2; hang++) {
        scene of;
        const hax_profile *profile = NULL;
        const hax_problem *problem = NULL;
        const hax_schedule *schedule = NULL;
        hax_deployment *deployment = NULL;
        hax_error err = { 0 };
        static const int network_of[] = { 0 }, unit[] = { 1 };
        scene_make(&of);
        hax_profile_config measure = hax_profile_config_default();
        measure.platform = of.config.platform;
        measure.network_count = 1;
        measure.networks = of.networks;
        measure.rounds = 1;
        measure.seconds = 0;
        measure.watch = &of.watch;
        hax_problem_options options = hax_problem_options_default();
        options.ignore_contention = true;
        assert_int_equal(hax_profile_measure(&measure, &profile, &err), HAX_OK);
        assert_int_equal(hax_profile_problem(profile, 1, network_of, &options, &problem, &err),
                         HAX_OK);
        assert_int_equal(hax_schedule_whole(problem, "whole", unit, NULL, &schedule, &err), HAX_OK);
        hax_deployment_config config = hax_deployment_config_default();
        config.platform = of.config.platform;
        config.network_count = 1;
        config.networks = of.networks;
        config.problem = problem;
        config.schedule = schedule;
        config.watch = &of.watch;
        assert_int_equal(hax_deployment_open(&config, &deployment, &err), HAX_OK);
        assert_int_equal(hax_deployment_run(deployment, NULL, &err), HAX_OK);
        fault_plan_set(CALL_RUN, hang ? FAULT_HANG : FAULT_DIE);
        of.watch.hang_s = hang ? 0.5 : 100;
        assert_int_equal(hax_deployment_run(deployment, NULL, &err), HAX_WORKER_LOST);
        assert_non_null(strstr(err.message, hang ? "unit 'u1' hangs: a group 0" : "signal 6"));
        assert_int_equal(hax_deployment_run(deployment, NULL, &err), HAX_WORKER_LOST);
        assert_non_null(strstr(err.message, "close it"));
        hax_deployment_close(deployment);
        hax_schedule_destroy(schedule);
        hax_problem_destroy(problem);
        hax_profile_destroy(profile);
        scene_end(&of);
    }
}

/* ---- plans that are not good any more, on the virtual clock ---------------------------------- */

typedef struct clockwork {
    const hax_platform *platform;
    hax_model *models[2];
    const hax_grouping *groupings[2];
    hax_profile_network networks[2];
    hax_run_config config;
} clockwork;

static void clockwork_make(clockwork *clockwork, const char *store)
{
    memset(clockwork, 0, sizeof *clockwork);
    assert_int_equal(hax_platform_load("synthetic", &clockwork->platform, NULL), HAX_OK);
    for (int n = 0; n < 2; n++) {
        const char *name = n ? "alexnet" : "googlenet";
        assert_int_equal(hax_model_load(name, NULL, &clockwork->models[n], NULL), HAX_OK);
        assert_int_equal(
            hax_grouping_make(clockwork->models[n], "blocks", &clockwork->groupings[n], NULL),
            HAX_OK);
        clockwork->networks[n] =
            (hax_profile_network){ name, clockwork->models[n], clockwork->groupings[n] };
    }
    clockwork->config = hax_run_config_default();
    clockwork->config.platform = clockwork->platform;
    clockwork->config.network_count = 1;
    clockwork->config.networks = clockwork->networks;
    clockwork->config.rounds = 2;
    clockwork->config.seconds = 0;
    clockwork->config.store_path = store;
    clockwork->config.ignore_contention = true;
}

static void clockwork_end(clockwork *clockwork)
{
    for (int n = 0; n < 2; n++) {
        hax_grouping_destroy(clockwork->groupings[n]);
        hax_model_destroy(clockwork->models[n]);
    }
    hax_platform_destroy(clockwork->platform);
}

static const hax_result *run(const clockwork *clockwork)
{
    const hax_result *result = NULL;
    hax_error err = { 0 };
    if (hax_run(&clockwork->config, &result, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return result;
}

/* The whole network on the unit that is the worse one for it. */
static void a_given_plan_that_is_worse_is_called_so(void **state)
{
    (void) state;
    clockwork of;
    const hax_schedule *bad = NULL;
    hax_error err;
    clockwork_make(&of, NULL);
    const hax_result *good = run(&of);
    int other = 1 - good->plan->assignment[0][0];
    assert_int_equal(hax_schedule_whole(good->problem, "bad", &other, NULL, &bad, &err), HAX_OK);
    of.config.schedule = bad;
    const hax_result *result = run(&of);
    assert_int_equal(result->outcome, HAX_OUTCOME_WORSE);
    assert_int_equal(strncmp(result->verdict, "worse: ", 7), 0);
    assert_non_null(strstr(result->verdict, " % longer than serial"));
    assert_true(result->rows[0].measured.median > result->rows[1].measured.median);
    assert_int_equal(result->note_count, 0); /* a plan that was given is not stale */
    hax_result_destroy(result);
    hax_schedule_destroy(bad);
    hax_result_destroy(good);
    clockwork_end(&of);
}

typedef struct onlooker {
    char lock[300]; /* file */
    int asked, free;
} onlooker;

static void ask_for_turn(void *context, const hax_progress *progress)
{
    onlooker *self = context;
    if (strcmp(progress->stage, "comparing outputs") != 0)
        return;
    int file = open(self->lock, O_RDWR | O_CLOEXEC);
    assert_true(file >= 0);
    self->asked++;
    self->free += flock(file, LOCK_EX | LOCK_NB) == 0;
    close(file);
}

/* Others that measure on this machine wait. */
static void outputs_are_compared_in_a_turn_of_its_own(void **state)
{
    (void) state;
    folder at = folder_make();
    clockwork of;
    onlooker onlooker = { .asked = 0 };
    const hax_watch watch = { .report = ask_for_turn, .context = &onlooker };
    clockwork_make(&of, at.store);
    snprintf(onlooker.lock, sizeof onlooker.lock, "%s.round", at.store);
    of.config.watch = &watch;
    hax_result_destroy(run(&of));
    assert_int_equal(onlooker.asked, 1);
    assert_int_equal(onlooker.free, 0);
    clockwork_end(&of);
    folder_free(&at);
}

/* As if the machine had been another one when the profile was taken. */
static void change_profile(const char *store)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(store, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "UPDATE sample SET time_ms = 0.3 * time_ms WHERE pass IN "
                                  "(SELECT id FROM pass WHERE what = 'alexnet alone on big')",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_true(sqlite3_changes(db) > 0);
    sqlite3_close(db);
}

static void a_plan_by_a_profile_that_is_no_longer_true_is_noted(void **state)
{
    (void) state;
    folder at = folder_make();
    clockwork of;
    clockwork_make(&of, at.store);
    of.config.network_count = 2;
    const hax_result *before = run(&of);
    assert_int_equal(before->note_count, 0);
    hax_result_destroy(before);
    change_profile(at.store);
    const hax_result *result = run(&of);
    assert_int_equal(result->outcome, HAX_OUTCOME_NOT_CLAIMED);
    assert_non_null(strstr(result->verdict, "speak for core-each now"));
    assert_int_equal(result->note_count, 2);
    assert_non_null(strstr(result->notes[0], "the plan was made with figures from the profile "
                                             "store, measured "));
    assert_non_null(strstr(result->notes[1], "group times have changed since the plan was made"));
    assert_non_null(strstr(result->notes[1], "'core-each' takes"));
    assert_non_null(strstr(result->notes[1], "--fresh"));
    hax_result_destroy(result);
    of.config.fresh = true;
    result = run(&of);
    assert_int_equal(result->note_count, 0);
    hax_result_destroy(result);
    clockwork_end(&of);
    folder_free(&at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_that_compute_wrongly_are_a_mismatch),
        cmocka_unit_test(units_that_compute_rightly_are_none),
        cmocka_unit_test(death_is_reported_in_every_stage),
        cmocka_unit_test(hangs_are_reported_in_every_stage),
        cmocka_unit_test(deployments_report_death_and_hangs),
        cmocka_unit_test(outputs_are_compared_in_a_turn_of_its_own),
        cmocka_unit_test(a_given_plan_that_is_worse_is_called_so),
        cmocka_unit_test(a_plan_by_a_profile_that_is_no_longer_true_is_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
