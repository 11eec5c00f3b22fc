/* What a profile owes to the store: how many runs, how old they are, and that it says so. */
#include "fixture.h"

#include <sqlite3.h>
#include <time.h>

enum { DAY_S = 86400, HOUR_S = 3600, LAB_PASSES = 7 /* of one network (test_measure.c) */ };

/* ---- words ---------------------------------------------------------------------------------- */

static void ages_are_said_in_whole_units(void **state)
{
    (void) state;
    const int64_t now_s = 1800000000;
    static const struct {
        int runs, total_runs;
        int64_t oldest_age_s, newest_age_s;
        const char *words;
    } cases[] = {
        { 0, 9, 0, 0, "" },
        { 9, 9, 119, 0, "from the profile store, measured less than two minutes ago; " },
        { 9, 9, 120, 120, "from the profile store, measured 2 minutes ago; " },
        { 9, 9, 2 * HOUR_S - 1, 130, "from the profile store, measured 2 minutes to 119 minutes " },
        { 4, 9, 2 * DAY_S - 1, 2 * HOUR_S,
          "partly from the profile store (4 of 9 runs), measured 2 hours " },
        { 4, 9, 400 * DAY_S, 2 * DAY_S,
          "partly from the profile store (4 of 9 runs), measured 2 days to "
          "400 days ago; --fresh measures again" },
        { 9, 9, 0, 0, "from the profile store, measured less than two minutes ago; --fresh " },
        { 9, 9, -1, -DAY_S, "from the profile store, measured at a time that the clock has not " },
        { 9, 9, DAY_S, -1, "from the profile store, measured at a time that the clock has not " },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char words[200];
        const hax_profile profile = { .stored = { .runs = cases[c].runs,
                                                  .total_runs = cases[c].total_runs,
                                                  .oldest_s = now_s - cases[c].oldest_age_s,
                                                  .newest_s = now_s - cases[c].newest_age_s,
                                                  .answered_s = now_s } };
        assert_int_equal(hax_profile_stored_words(&profile, words, sizeof words),
                         cases[c].runs > 0);
        if (strncmp(words, cases[c].words, strlen(cases[c].words)) != 0)
            fail_msg("'%s' and not '%s'", words, cases[c].words);
        assert_true(cases[c].runs == 0 || strstr(words, "--fresh measures again"));
    }
}

static void words_are_cut_to_their_room(void **state)
{
    (void) state;
    char words[8];
    const hax_profile profile = { .stored = { 3, 3, INT64_C(0), INT64_C(0), INT64_C(0) } };
    assert_true(hax_profile_stored_words(&profile, words, sizeof words));
    assert_string_equal(words, "from th");
}

/* ---- measured ------------------------------------------------------------------------------- */

/* Runs numbered up to `last` become so many seconds old. */
static void age_runs(const char *store, int last, int64_t age_s)
{
    char sql[200];
    sqlite3 *db;
    assert_int_equal(sqlite3_open(store, &db), SQLITE_OK);
    snprintf(sql, sizeof sql, "UPDATE pass SET time = %lld WHERE id <= %d",
             (long long) time(NULL) - (long long) age_s, last);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_changes(db), last);
    sqlite3_close(db);
}

static hax_profile_stored measure(const lab *rig)
{
    const hax_profile *profile = lab_measure(rig);
    hax_profile_stored stored = profile->stored;
    hax_profile_destroy(profile);
    return stored;
}

/* The clock may go on while a test runs, or stand. */
static void expect_age(const hax_profile_stored *stored, int64_t time_s, int64_t age_s)
{
    assert_true(stored->answered_s - time_s >= age_s);
    assert_true(stored->answered_s - time_s < age_s + HOUR_S);
}

static void what_the_store_held_is_counted(void **state)
{
    (void) state;
    folder at = folder_make();
    lab rig;
    lab_make(&rig);
    rig.config.store_path = at.store;
    const int runs = 4 * LAB_PASSES;
    hax_profile_stored stored = measure(&rig);
    assert_int_equal(stored.runs, 0);
    assert_int_equal(stored.total_runs, 0);

    age_runs(at.store, runs, 3 * DAY_S);
    stored = measure(&rig);
    assert_int_equal(stored.runs, runs);
    assert_int_equal(stored.total_runs, runs);
    expect_age(&stored, stored.oldest_s, 3 * DAY_S);
    expect_age(&stored, stored.newest_s, 3 * DAY_S);

    rig.config.rounds = 6; /* two more of each */
    stored = measure(&rig);
    assert_int_equal(stored.runs, runs);
    assert_int_equal(stored.total_runs, 6 * LAB_PASSES);
    age_runs(at.store, runs + LAB_PASSES, 2 * HOUR_S);
    age_runs(at.store, 1, 5 * DAY_S);
    stored = measure(&rig);
    assert_int_equal(stored.runs, 6 * LAB_PASSES);
    expect_age(&stored, stored.oldest_s, 5 * DAY_S);
    expect_age(&stored, stored.newest_s, 0);

    rig.config.fresh = true;
    assert_int_equal(measure(&rig).runs, 0);
    rig.config.fresh = false;
    rig.config.store_path = NULL;
    assert_int_equal(measure(&rig).runs, 0);
    lab_free(&rig);
    folder_free(&at);
}

/* ---- document ------------------------------------------------------------------------------- */

static char *text_of(const hax_profile *profile)
{
    char *text = NULL;
    assert_int_equal(hax_profile_text(profile, &text, NULL), HAX_OK);
    return text;
}

static void documents_keep_it(void **state)
{
    (void) state;
    lab rig;
    lab_make(&rig);
    const hax_profile *profile = lab_measure(&rig), *again = NULL, *joined = NULL;
    char *text = text_of(profile);
    assert_null(strstr(text, "\"stored\""));
    free(text);
    set_stored(profile, &(hax_profile_stored){ 3, 7, 1700000000, 1700000100, 1800000000 });
    text = text_of(profile);
    assert_int_equal(hax_profile_parse(text, strlen(text), "p.json", &again, NULL), HAX_OK);
    assert_memory_equal(&again->stored, &profile->stored, sizeof again->stored);
    /* which runs are left in a profile of two is not known */
    assert_int_equal(hax_profile_join(profile, again, &joined, NULL), HAX_OK);
    assert_int_equal(joined->stored.runs, 0);
    free(text);
    hax_profile_destroy(joined);
    hax_profile_destroy(again);
    hax_profile_destroy(profile);
    lab_free(&rig);
}

static void impossible_ones_are_refused(void **state)
{
    (void) state;
    static const hax_profile_stored cases[] = {
        { 8, 7, 1700000000, 1700000100, 1800000000 }, /* more than there are */
        { 3, 7, 1700000200, 1700000100, 1800000000 }, /* the oldest after the newest */
        { 3, 7, -1, 1700000100, 1800000000 },
        { 3, 7, 1700000000, 1700000100, INT64_C(9000000000000) },
    };
    lab rig;
    lab_make(&rig);
    const hax_profile *profile = lab_measure(&rig);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const hax_profile *again = NULL;
        hax_error err = { 0 };
        set_stored(profile, &cases[c]);
        char *text = text_of(profile);
        assert_int_equal(hax_profile_parse(text, strlen(text), "p.json", &again, &err),
                         HAX_BAD_INPUT);
        assert_non_null(strstr(err.message, "stored"));
        assert_null(again);
        free(text);
    }
    hax_profile_destroy(profile);
    lab_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ages_are_said_in_whole_units),
        cmocka_unit_test(words_are_cut_to_their_room),
        cmocka_unit_test(what_the_store_held_is_counted),
        cmocka_unit_test(documents_keep_it),
        cmocka_unit_test(impossible_ones_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
