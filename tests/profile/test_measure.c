/* Measuring on the virtual clock: times by the law, and what the store makes unnecessary. */
#include "fixture.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "passes.h"

/* Passes of one network in the lab: three alone, and two pairs crossed both ways. */
enum { LAB_PASSES = 7 };

typedef struct follower {
    hax_watch watch;
    int passes;       /* reported before each */
    int cancel_after; /* passes; 0: never */
    int tell;         /* file to write to at every report, -1 */
    hax_cancel cancel;
    double last_done;
} follower;

static void follow(void *context, const hax_progress *progress)
{
    follower *at = context;
    if (strcmp(progress->stage, "measuring") != 0)
        return;
    assert_true(progress->done >= at->last_done && progress->done <= 1);
    at->last_done = progress->done;
    if (progress->done < 1)
        at->passes++;
    if (at->passes == at->cancel_after)
        hax_cancel_request(&at->cancel);
    if (at->tell >= 0 && write(at->tell, "x", 1) != 1)
        abort();
}

static void follower_make(follower *result, lab *lab)
{
    *result = (follower){ .watch = hax_watch_default(), .tell = -1 };
    result->watch.report = follow;
    result->watch.context = result;
    result->watch.cancel = &result->cancel;
    hax_cancel_clear(&result->cancel);
    lab->config.watch = &result->watch;
}

/* Measures, and makes sure that so many passes were run: the rest was in the store. */
static const hax_profile *measure_passes(lab *lab, int passes)
{
    follower seen;
    follower_make(&seen, lab);
    const hax_profile *profile = lab_measure(lab);
    lab->config.watch = NULL;
    assert_int_equal(seen.passes, passes);
    return profile;
}

/* The same where only the number matters. */
static void expect_passes(lab *lab, int passes)
{
    hax_profile_destroy(measure_passes(lab, passes));
}

/* A lab that keeps its samples in a folder of its own. */
static void stored_lab_make(lab *rig, folder *folder)
{
    *folder = folder_make();
    lab_make(rig);
    rig->config.store_path = folder->store;
}

static void stored_lab_free(lab *rig, const folder *folder)
{
    lab_free(rig);
    folder_free(folder);
}

static void expect_ms(const hax_summary *summary, int count, double ms)
{
    assert_int_equal(summary->count, count);
    assert_float_equal(summary->min, ms, 2e-6); /* stamps are whole nanoseconds */
    assert_float_equal(summary->p25, ms, 2e-6);
    assert_float_equal(summary->max, ms, 2e-6);
}

static void times_follow_the_law(void **state)
{
    (void) state;
    lab rig;
    lab_make(&rig);
    const hax_profile *profile = lab_measure(&rig);
    assert_int_equal(profile->network_count, 1);
    const hax_network_profile *network = &profile->networks[0];
    assert_string_equal(network->name, "chain");
    assert_int_equal(network->group_count, 3);
    for (int u = 0; u < 3; u++) {
        double whole_ms = 0;
        /* u1 crosses with both classes of the other kind */
        int crossings = u == 1 ? 8 : 4;
        for (int g = 0; g < 3; g++) {
            const hax_group *group = &network->groups[g];
            const hax_group_cost *cost = &network->cost[g][u];
            double bytes =
                (double) (group->weight_bytes + group->input_bytes + group->output_bytes);
            double ms = lab_ms(&rig, u, (double) group->macs, bytes);
            assert_true(cost->allowed);
            expect_ms(&cost->run, 4, ms);
            assert_float_equal(cost->bytes, bytes, 0);
            assert_float_equal(cost->gbps, bytes / ms * 1e-6, 1e-6);
            if (g < 2)
                expect_ms(&cost->out, crossings, lab_ms(&rig, u, 0, (double) group->output_bytes));
            else
                assert_int_equal(cost->out.count, 0);
            if (g > 0)
                expect_ms(&cost->in, crossings, lab_ms(&rig, u, 0, (double) group->input_bytes));
            else
                assert_int_equal(cost->in.count, 0);
            whole_ms += ms;
        }
        expect_ms(&network->whole[u], 4, whole_ms);
    }
    hax_profile_destroy(profile);
    lab_free(&rig);
}

static void reference_units_are_not_crossed(void **state)
{
    (void) state;
    lab rig;
    lab_make(&rig);
    rig.platform.units[2].reference = true;
    rig.config.rounds = 1;
    const hax_profile *profile = measure_passes(&rig, LAB_PASSES - 2);
    /* what its kind costs is told all the same */
    assert_true(profile->networks[0].cost[0][2].out.count > 0);
    assert_true(profile->networks[0].cost[1][2].in.count > 0);
    hax_profile_destroy(profile);
    lab_free(&rig);
}

static void units_of_one_kind_have_no_transitions(void **state)
{
    (void) state;
    lab rig;
    lab_make(&rig);
    rig.platform.units[1].kind = 0;
    rig.config.rounds = 1;
    const hax_profile *profile = measure_passes(&rig, 3);
    assert_int_equal(profile->networks[0].cost[0][1].out.count, 0);
    assert_int_equal(profile->networks[0].cost[1][1].in.count, 0);
    hax_profile_destroy(profile);
    lab_free(&rig);
}

static void a_second_call_measures_nothing(void **state)
{
    (void) state;
    folder at;
    lab rig;
    stored_lab_make(&rig, &at);
    const hax_profile *first = measure_passes(&rig, 4 * LAB_PASSES);
    const hax_profile *second = measure_passes(&rig, 0);
    char *texts[2];
    set_stored(second, &first->stored); /* the one difference there is to be */
    assert_int_equal(hax_profile_text(first, &texts[0], NULL), HAX_OK);
    assert_int_equal(hax_profile_text(second, &texts[1], NULL), HAX_OK);
    assert_string_equal(texts[0], texts[1]);
    free(texts[0]);
    free(texts[1]);
    hax_profile_destroy(first);
    hax_profile_destroy(second);
    stored_lab_free(&rig, &at);
}

static void only_what_is_missing_is_measured(void **state)
{
    (void) state;
    folder at;
    lab rig;
    stored_lab_make(&rig, &at);
    hax_profile_destroy(lab_measure(&rig));
    /* more rounds: the difference */
    rig.config.rounds = 6;
    expect_passes(&rig, 2 * LAB_PASSES);
    /* one more unit that differs: its passes */
    rig.platform.units[2].threads = 4;
    expect_passes(&rig, 6 * 3);
    /* another machine: all */
    rig.platform.platform.fingerprint.hash++;
    expect_passes(&rig, 6 * LAB_PASSES);
    /* other groups: all */
    hax_grouping_destroy(rig.net.grouping);
    assert_int_equal(hax_grouping_make(rig.net.model, "2", &rig.net.grouping, NULL), HAX_OK);
    rig.networks[0].grouping = rig.net.grouping;
    expect_passes(&rig, 6 * LAB_PASSES);
    stored_lab_free(&rig, &at);
}

static void an_interrupted_call_goes_on(void **state)
{
    (void) state;
    folder at;
    lab rig;
    follower seen;
    const hax_profile *profile = NULL;
    hax_error err;
    stored_lab_make(&rig, &at);
    follower_make(&seen, &rig);
    seen.cancel_after = 2 * LAB_PASSES + 3; /* while the third pass of round 2 is asked for */
    assert_int_equal(hax_profile_measure(&rig.config, &profile, &err), HAX_INTERRUPTED);
    assert_null(profile);
    assert_non_null(strstr(err.message, "interrupted; what was measured until then is kept"));
    profile = measure_passes(&rig, 2 * LAB_PASSES); /* two rounds more of passes that have 2 or 3 */
    for (int u = 0; u < 3; u++)
        assert_true(profile->networks[0].whole[u].count >= 4);
    hax_profile_destroy(profile);
    stored_lab_free(&rig, &at);
}

static void nothing_is_kept_without_a_store(void **state)
{
    (void) state;
    lab rig;
    follower seen;
    const hax_profile *profile = NULL;
    hax_error err;
    lab_make(&rig);
    follower_make(&seen, &rig);
    seen.cancel_after = 2;
    assert_int_equal(hax_profile_measure(&rig.config, &profile, &err), HAX_INTERRUPTED);
    assert_string_equal(err.message, "interrupted; nothing is kept without a store");
    assert_null(profile);
    lab_free(&rig);
}

typedef struct warned {
    int count;
    char last[HAX_ERROR_MESSAGE_MAX + 80];
} warned;

static void note_warning(void *context, const char *message)
{
    warned *at = context;
    at->count++;
    snprintf(at->last, sizeof at->last, "%s", message);
}

/* Has the store refuse every sample from now on, as a disk that is full does. */
static void spoil(const char *store)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(store, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "CREATE TRIGGER full BEFORE INSERT ON sample BEGIN"
                                  " SELECT RAISE(ABORT, 'no room'); END",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
}

/* What was measured is given, where there is somebody to hear that nothing is kept. */
static void a_store_that_fails_meanwhile_is_a_warning(void **state)
{
    (void) state;
    folder at;
    lab rig;
    warned seen = { 0 };
    hax_error err = { 0 };
    const hax_profile *expected, *profile = NULL;
    hax_watch watch = hax_watch_default();
    watch.warn = note_warning;
    watch.context = &seen;
    stored_lab_make(&rig, &at);
    expected = lab_measure(&rig);
    spoil(at.store);
    rig.config.fresh = true;
    assert_int_equal(hax_profile_measure(&rig.config, &profile, &err), HAX_IO);
    assert_non_null(strstr(err.message, "no room"));
    rig.config.watch = &watch;
    profile = lab_measure(&rig);
    assert_int_equal(seen.count, 1);
    assert_non_null(strstr(seen.last, at.store));
    assert_non_null(strstr(seen.last, "from here on nothing is kept"));
    assert_float_equal(profile->networks[0].cost[0][0].run.median,
                       expected->networks[0].cost[0][0].run.median, 0);
    hax_profile_destroy(profile);
    hax_profile_destroy(expected);
    stored_lab_free(&rig, &at);
}

static void fresh_samples_replace_old_ones(void **state)
{
    (void) state;
    folder at;
    lab rig;
    stored_lab_make(&rig, &at);
    hax_profile_destroy(lab_measure(&rig));
    rig.config.fresh = true;
    rig.config.rounds = 3;
    const hax_profile *profile = measure_passes(&rig, 3 * LAB_PASSES);
    assert_int_equal(profile->networks[0].whole[0].count, 3);
    hax_profile_destroy(profile);
    rig.config.fresh = false;
    profile = measure_passes(&rig, 0);
    assert_int_equal(profile->networks[0].whole[0].count, 3);
    hax_profile_destroy(profile);
    stored_lab_free(&rig, &at);
}

static void two_processes_measure_at_once(void **state)
{
    (void) state;
    folder at;
    lab rig;
    stored_lab_make(&rig, &at);
    int go[2];
    assert_int_equal(pipe(go), 0);
    pid_t pids[2];
    for (int p = 0; p < 2; p++) {
        pids[p] = fork();
        if (pids[p] == 0) {
            char byte;
            const hax_profile *profile = NULL;
            close(go[1]);
            if (read(go[0], &byte, 1) != 0) /* both go when the parent closes its end */
                _exit(1);
            hax_status status = hax_profile_measure(&rig.config, &profile, NULL);
            hax_profile_destroy(profile);
            lab_free(&rig);
            _exit(status == HAX_OK ? 0 : 2);
        }
    }
    close(go[0]);
    close(go[1]);
    for (int p = 0; p < 2; p++) {
        int how;
        assert_int_equal(waitpid(pids[p], &how, 0), pids[p]);
        assert_int_equal(how, 0);
    }
    const hax_profile *profile = measure_passes(&rig, 0);
    int count = profile->networks[0].whole[0].count;
    assert_true(count >= 4 && count <= 8); /* the later one may find what the first has done */
    hax_profile_destroy(profile);
    stored_lab_free(&rig, &at);
}

static void a_killed_call_goes_on(void **state)
{
    (void) state;
    folder at;
    lab rig;
    follower seen;
    stored_lab_make(&rig, &at);
    rig.config.rounds = 1000000;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        const hax_profile *profile;
        follower_make(&seen, &rig);
        seen.tell = ends[1];
        hax_profile_measure(&rig.config, &profile, NULL);
        _exit(1);
    }
    char byte;
    for (int i = 0; i < 2 * LAB_PASSES + 4; i++)
        assert_int_equal(read(ends[0], &byte, 1), 1);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    rig.config.rounds = 2; /* were complete before it was killed */
    expect_passes(&rig, 0);
    close(ends[0]);
    close(ends[1]);
    stored_lab_free(&rig, &at);
}

static void real_workers_are_measured(void **state)
{
    (void) state;
    folder at;
    lab rig;
    const hax_platform *platform = NULL;
    hax_error err = { 0 };
    stored_lab_make(&rig, &at);
    hax_status status = hax_platform_load("null", &platform, &err);
    if (status != HAX_OK)
        print_error("%s\n", err.message);
    assert_int_equal(status, HAX_OK);
    rig.config.platform = platform;
    rig.config.rounds = 3;
    rig.config.seconds = 0.2;
    const hax_profile *profile = lab_measure(&rig);
    const hax_network_profile *network = &profile->networks[0];
    for (int u = 0; u < platform->unit_count; u++) {
        assert_true(network->whole[u].count >= 3);
        for (int g = 0; g < 3; g++)
            assert_true(network->cost[g][u].allowed && network->cost[g][u].run.count >= 3);
    }
    hax_profile_destroy(profile);
    hax_platform_destroy(platform);
    stored_lab_free(&rig, &at);
}

static void wrong_use_and_lost_stores_are_told(void **state)
{
    (void) state;
    lab rig;
    follower seen;
    const hax_profile *profile = NULL;
    hax_error err;
    lab_make(&rig);
    follower_make(&seen, &rig);
    rig.config.network_count = 0;
    assert_int_equal(hax_profile_measure(&rig.config, &profile, &err), HAX_USAGE);
    rig.config.network_count = 1;
    rig.config.rounds = 0; /* no round is no default */
    assert_int_equal(hax_profile_measure(&rig.config, &profile, &err), HAX_USAGE);
    rig.config.rounds = -2;
    assert_int_equal(hax_profile_measure(&rig.config, &profile, &err), HAX_USAGE);
    rig.config.rounds = 1;
    rig.config.seconds = -1;
    assert_int_equal(hax_profile_measure(&rig.config, &profile, &err), HAX_USAGE);
    rig.config.seconds = 0;
    rig.config.store_path = "/proc/haxconn/none";
    assert_int_equal(hax_profile_measure(&rig.config, &profile, &err), HAX_IO);
    assert_non_null(strstr(err.message, "/proc/haxconn"));
    rig.config.store_path = NULL;
    hax_cancel_request(&seen.cancel);
    assert_int_equal(hax_profile_measure(&rig.config, &profile, &err), HAX_INTERRUPTED);
    assert_null(profile);
    lab_free(&rig);
}

/* As the run room does it: a session of its own, with other instances before the network. */
static void passes_run_on_a_session_of_the_caller(void **state)
{
    (void) state;
    lab rig;
    hax_error err;
    lab_make(&rig);
    hax_session_instance instances[2] = { { "x", rig.net.model, rig.net.grouping },
                                          { "chain", rig.net.model, rig.net.grouping } };
    hax_session_config session_config = { .platform = &rig.platform.platform,
                                          .instance_count = 2,
                                          .instances = instances };
    hax_session *session;
    hax_passes *passes;
    const hax_profile *profile = NULL;
    const int instance_of[] = { 1 };
    assert_int_equal(hax_session_open(&session_config, &session, &err), HAX_OK);
    const hax_passes_config config = { .platform = session_config.platform,
                                       .network_count = 1,
                                       .networks = rig.networks,
                                       .instances = instance_of };
    assert_int_equal(hax_passes_create(&config, &passes, &err), HAX_OK);
    assert_int_equal(hax_passes_count(passes), LAB_PASSES);
    assert_string_equal(hax_passes_describe(passes, 0), "chain alone on u0");
    assert_string_equal(hax_passes_describe(passes, 2), "chain crossing u1 and u0");
    assert_false(hax_passes_crossing(passes, 0));
    assert_true(hax_passes_crossing(passes, 2));
    assert_int_equal(hax_passes_profile(passes, &profile, &err), HAX_FAILURE); /* nothing yet */
    assert_null(profile);
    for (int p = 0; p < LAB_PASSES; p++) {
        assert_int_equal(hax_passes_warm_up(passes, p, session, &err), HAX_OK);
        assert_int_equal(hax_passes_run(passes, p, session, &err), HAX_OK);
        for (int q = 0; q < p; q++)
            assert_true(hax_passes_key(passes, p) != hax_passes_key(passes, q));
    }
    assert_int_equal(hax_passes_profile(passes, &profile, &err), HAX_OK);
    assert_int_equal(profile->networks[0].whole[0].count, 1);
    hax_profile_destroy(profile);

    /* what came of a round that is not to count is dropped */
    hax_passes_mark(passes);
    assert_int_equal(hax_passes_run(passes, 0, session, &err), HAX_OK);
    hax_passes_forget(passes);
    assert_int_equal(hax_passes_profile(passes, &profile, &err), HAX_OK);
    assert_int_equal(profile->networks[0].whole[0].count, 1);
    hax_profile_destroy(profile);
    assert_int_equal(hax_passes_run(passes, 0, session, &err), HAX_OK);
    assert_int_equal(hax_passes_profile(passes, &profile, &err), HAX_OK);
    assert_int_equal(profile->networks[0].whole[0].count, 2);
    hax_profile_destroy(profile);
    hax_passes_destroy(passes);
    hax_session_close(session);
    lab_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_follow_the_law),
        cmocka_unit_test(reference_units_are_not_crossed),
        cmocka_unit_test(units_of_one_kind_have_no_transitions),
        cmocka_unit_test(a_second_call_measures_nothing),
        cmocka_unit_test(only_what_is_missing_is_measured),
        cmocka_unit_test(an_interrupted_call_goes_on),
        cmocka_unit_test(nothing_is_kept_without_a_store),
        cmocka_unit_test(a_store_that_fails_meanwhile_is_a_warning),
        cmocka_unit_test(fresh_samples_replace_old_ones),
        cmocka_unit_test(two_processes_measure_at_once),
        cmocka_unit_test(a_killed_call_goes_on),
        cmocka_unit_test(real_workers_are_measured),
        cmocka_unit_test(wrong_use_and_lost_stores_are_told),
        cmocka_unit_test(passes_run_on_a_session_of_the_caller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
