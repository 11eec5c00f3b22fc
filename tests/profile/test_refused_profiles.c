/* What goes wrong with stores and profile documents, and what is said then. SQLite fails here when
 * it is told to, with the code that it is told. */
#define _GNU_SOURCE
#include "fixture.h"

#include <jansson.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "measuring_lock.h"
#include "store.h"

static struct {
    long after; /* calls of step and exec until one fails; -1: none does */
    int code;
} failing = { -1, SQLITE_OK };

int __real_sqlite3_errcode(sqlite3 *db);
int __wrap_sqlite3_errcode(sqlite3 *db);
int __real_sqlite3_step(sqlite3_stmt *statement);
int __wrap_sqlite3_step(sqlite3_stmt *statement);
int __real_sqlite3_exec(sqlite3 *db, const char *sql, int (*row)(void *, int, char **, char **),
                        void *context, char **message);
int __wrap_sqlite3_exec(sqlite3 *db, const char *sql, int (*row)(void *, int, char **, char **),
                        void *context, char **message);

int __real_sqlite3_bind_int64(sqlite3_stmt *statement, int index, sqlite3_int64 value);
int __wrap_sqlite3_bind_int64(sqlite3_stmt *statement, int index, sqlite3_int64 value);
int __real_sqlite3_db_readonly(sqlite3 *db, const char *name);
int __wrap_sqlite3_db_readonly(sqlite3 *db, const char *name);
char *__wrap_sqlite3_mprintf(const char *format, ...);

static bool read_only, no_texts;

static bool fails_now(void)
{
    return failing.after >= 0 && failing.after-- == 0;
}

int __wrap_sqlite3_errcode(sqlite3 *db)
{
    return failing.code != SQLITE_OK ? failing.code : __real_sqlite3_errcode(db);
}

int __wrap_sqlite3_step(sqlite3_stmt *statement)
{
    return fails_now() ? SQLITE_ERROR : __real_sqlite3_step(statement);
}

int __wrap_sqlite3_exec(sqlite3 *db, const char *sql, int (*row)(void *, int, char **, char **),
                        void *context, char **message)
{
    return fails_now() ? SQLITE_ERROR : __real_sqlite3_exec(db, sql, row, context, message);
}

int __wrap_sqlite3_bind_int64(sqlite3_stmt *statement, int index, sqlite3_int64 value)
{
    return fails_now() ? SQLITE_ERROR : __real_sqlite3_bind_int64(statement, index, value);
}

int __wrap_sqlite3_db_readonly(sqlite3 *db, const char *name)
{
    return read_only ? 1 : __real_sqlite3_db_readonly(db, name);
}

char *__wrap_sqlite3_mprintf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = no_texts ? NULL : sqlite3_vmprintf(format, arguments);
    va_end(arguments);
    return text;
}

static void expect(const hax_error *err, const char *part)
{
    if (!strstr(err->message, part))
        fail_msg("'%s' does not hold '%s'", err->message, part);
}

/* ---- the store ------------------------------------------------------------------------------ */

static const hax_fingerprint machine = { "cpu", 2, "kernel", "library", "clocks", 7 };
static const hax_store_key key = { &machine, 1, 2, "a alone" };

static hax_status add(hax_store *store, hax_error *err)
{
    const hax_stored_sample sample = { .first = 0, .last = 9, .time_ms = 1 };
    return hax_store_add(store, &key, 0, 0, &sample, 1, err);
}

static hax_status count(void *context, const hax_stored_sample *sample, hax_error *err)
{
    (void) sample, (void) err;
    ++*(int *) context;
    return HAX_OK;
}

static int count_samples(hax_store *store)
{
    int samples = 0, runs;
    hax_error err;
    assert_int_equal(hax_store_read(store, &key, count, &samples, &runs, &err), HAX_OK);
    return samples;
}

/* Whatever call fails, the store says why and holds what it held. */
static void each_failing_call_is_told(void **state)
{
    static const struct {
        int code;
        hax_status status;
        const char *part;
    } codes[] = {
        { SQLITE_FULL, HAX_IO, "is full: make room" },
        { SQLITE_READONLY, HAX_IO, "cannot write profile store" },
        { SQLITE_BUSY, HAX_IO, "was locked by another process for more than 10 s" },
        { SQLITE_NOMEM, HAX_NO_MEMORY, "out of memory" },
        { SQLITE_CORRUPT, HAX_BAD_INPUT, "is damaged or no profile store" },
        { SQLITE_INTERNAL, HAX_IO, "profile store '" },
    };
    folder place = folder_make();
    hax_store *store = NULL;
    hax_error err = { 0 };
    (void) state;
    assert_int_equal(hax_store_open(place.store, &store, &err), HAX_OK);
    assert_int_equal(add(store, &err), HAX_OK);
    for (size_t c = 0; c < sizeof codes / sizeof *codes; c++) {
        bool failed = true;
        for (long after = 0; failed; after++) {
            failing.after = after;
            failing.code = codes[c].code;
            hax_status status = add(store, &err);
            failed = failing.after < 0;
            failing.after = -1;
            failing.code = SQLITE_OK;
            assert_int_equal(status, failed ? codes[c].status : HAX_OK);
            if (failed)
                expect(&err, codes[c].part);
        }
    }
    /* one at the beginning, and one of each code's last turn, in which nothing failed */
    assert_int_equal(count_samples(store), 1 + (int) (sizeof codes / sizeof *codes));
    hax_store_close(store);
    folder_free(&place);
}

static void reading_fails_as_well(void **state)
{
    static const uint64_t keys[] = { 7 };
    folder place = folder_make();
    hax_store *store = NULL;
    hax_error err = { 0 };
    uint64_t *got = NULL;
    int samples = 0, runs, found;
    (void) state;
    assert_int_equal(hax_store_open(place.store, &store, &err), HAX_OK);
    assert_int_equal(add(store, &err), HAX_OK);
    assert_int_equal(hax_store_add_checked(store, &machine, keys, 1, &err), HAX_OK);
    failing.code = SQLITE_INTERNAL;
    failing.after = 0;
    assert_int_equal(hax_store_read(store, &key, count, &samples, &runs, &err), HAX_IO);
    for (int after = 0; after < 2; after++) {
        failing.after = after;
        assert_int_equal(hax_store_checked(store, &machine, &got, &found, &err), HAX_IO);
    }
    failing.code = SQLITE_OK;
    failing.after = -1;
    assert_null(got);
    hax_store_close(store);
    folder_free(&place);
}

static void opening_fails_at_each_call(void **state)
{
    hax_error err = { 0 };
    bool failed = true;
    (void) state;
    for (long after = 0; failed; after++) {
        folder place = folder_make();
        hax_store *store = NULL;
        failing.after = after;
        failing.code = SQLITE_INTERNAL;
        hax_status status = hax_store_open(place.store, &store, &err);
        failed = failing.after < 0;
        failing.after = -1;
        failing.code = SQLITE_OK;
        assert_int_equal(status, failed ? HAX_IO : HAX_OK);
        assert_true(failed == (store == NULL));
        hax_store_close(store);
        folder_free(&place);
    }
}

static void opening_what_is_read_only(void **state)
{
    folder place = folder_make();
    hax_store *store = NULL;
    hax_error err = { 0 };
    (void) state;
    read_only = true;
    assert_int_equal(hax_store_open(place.store, &store, &err), HAX_IO);
    read_only = false;
    expect(&err, "can be read but not written");
    assert_null(store);
    no_texts = true;
    assert_int_equal(hax_store_open(place.store, &store, &err), HAX_NO_MEMORY);
    no_texts = false;
    assert_null(store);
    folder_free(&place);
}

static void parts_that_there_are_not(void **state)
{
    folder place = folder_make();
    hax_store *store = NULL;
    hax_error err = { 0 };
    sqlite3 *db = NULL;
    int samples = 0, runs;
    (void) state;
    assert_int_equal(hax_store_open(place.store, &store, &err), HAX_OK);
    assert_int_equal(add(store, &err), HAX_OK);
    hax_store_close(store);
    assert_int_equal(sqlite3_open(place.store, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE sample SET part = 99", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(hax_store_open(place.store, &store, &err), HAX_OK);
    assert_int_equal(hax_store_read(store, &key, count, &samples, &runs, &err), HAX_BAD_INPUT);
    expect(&err, "holds a sample of part 99, which there is not");
    hax_store_close(store);
    folder_free(&place);
}

static void spoil(const char *store, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(store, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void samples_of_something_else(void **state)
{
    static const struct {
        const char *sql, *part;
    } cases[] = {
        { "UPDATE sample SET last = last + 40 WHERE part = 0",
          "which has no such group: measure afresh" },
        { "UPDATE sample SET part = 2 WHERE part = 0", "has no such part of group" },
    };
    (void) state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        folder place = folder_make();
        lab lab;
        const hax_profile *profile = NULL;
        hax_error err = { 0 };
        lab_make(&lab);
        lab.config.store_path = place.store;
        hax_profile_destroy(lab_measure(&lab));
        spoil(place.store, cases[c].sql);
        assert_int_equal(hax_profile_measure(&lab.config, &profile, &err), HAX_BAD_INPUT);
        expect(&err, cases[c].part);
        assert_null(profile);
        lab_free(&lab);
        folder_free(&place);
    }
}

/* ---- documents ------------------------------------------------------------------------------- */

/* The first list of that name anywhere in a document. */
static json_t *find_list(json_t *value, const char *wanted)
{
    const char *name;
    json_t *member, *found = NULL;
    size_t index;
    json_object_foreach(value, name, member)
    {
        if (strcmp(name, wanted) == 0 && json_is_array(member))
            return member;
        if ((found = find_list(member, wanted)))
            return found;
    }
    json_array_foreach(value, index, member)
    {
        if ((found = find_list(member, wanted)))
            return found;
    }
    return NULL;
}

static void pressures_must_rise(void **state)
{
    lab lab;
    const hax_platform *platform = NULL;
    const hax_profile *read = NULL;
    hax_error err = { 0 };
    char *text = NULL;
    (void) state;
    lab_make(&lab);
    assert_int_equal(hax_platform_load("synthetic", &platform, &err), HAX_OK);
    lab.config.platform = platform;
    lab.config.contention = true;
    const hax_profile *profile = lab_measure(&lab);
    assert_int_equal(hax_profile_text(profile, &text, &err), HAX_OK);
    json_t *document = json_loads(text, 0, NULL), *external = find_list(document, "external_gbps");
    free(text);
    assert_non_null(external);
    json_array_set_new(external, 0, json_real(1e6));
    text = json_dumps(document, 0);
    assert_int_equal(hax_profile_parse(text, strlen(text), "p.json", &read, &err), HAX_BAD_INPUT);
    expect(&err, "rise");
    assert_null(read);
    free(text);
    json_decref(document);
    hax_profile_destroy(profile);
    hax_platform_destroy(platform);
    lab_free(&lab);
}

/* ---- paths ---------------------------------------------------------------------------------- */

static void long_paths_are_refused(void **state)
{
    char path[5000] = "/tmp/";
    hax_store *store = NULL;
    hax_turns turns = { -1, -1 };
    hax_error err = { 0 };
    (void) state;
    for (size_t used = strlen(path); used < 4092; used += 2)
        strcpy(path + used, "./"); /* of a length that the lock's ending makes too long */
    strcpy(path + 4091, "s");
    assert_int_equal(hax_turns_open(path, &turns, &err), HAX_BAD_INPUT);
    expect(&err, "the profile store's path is too long");
    memset(path + 5, 'a', 4500);
    assert_int_equal(hax_store_open(path, &store, &err), HAX_BAD_INPUT);
    expect(&err, "the profile store's path has more than 4095 bytes");
}

static void a_lock_that_cannot_be_opened(void **state)
{
    folder place = folder_make();
    char lock[200];
    hax_turns turns = { -1, -1 };
    hax_error err = { 0 };
    (void) state;
    snprintf(lock, sizeof lock, "%s.queue", place.store);
    assert_int_equal(mkdir(lock, 0700), 0);
    assert_int_equal(hax_turns_open(place.store, &turns, &err), HAX_IO);
    expect(&err, "cannot open lock file '");
    folder_free(&place);
}

/* ---- documents ------------------------------------------------------------------------------ */

/* `text` with the first `old` after a key of the contention replaced; freed by the caller. */
static char *changed(const char *text, const char *after, const char *old, const char *with)
{
    const char *contention = strstr(text, "\"traffic\""); /* groups have keys like its own */
    const char *from = contention ? strstr(contention, after) : NULL;
    const char *found = from ? strstr(from, old) : NULL;
    if (!found)
        fail_msg("no '%s' after '%s'", old, after);
    size_t size = strlen(text) + strlen(with) + 1;
    char *result = malloc(size);
    assert_non_null(result);
    snprintf(result, size, "%.*s%s%s", (int) (found - text), text, with, found + strlen(old));
    return result;
}

static void contention_is_checked(void **state)
{
    static const struct {
        const char *after, *old, *with, *part;
    } cases[] = {
        { "\"traffic\"", "\"read\"", "\"jump\"", "unknown traffic 'jump'" },
        { "\"peak_gbps\"", "[", "[1, ", "numbers, expected 3 to" },
        { "\"own_gbps\"", "[", "[0, ", "rows, own_gbps has" },
        { "\"external_gbps\"", "[", "[0, ", "numbers, external_gbps has" },
    };
    lab rig;
    char *text = NULL;
    (void) state;
    lab_make(&rig);
    rig.platform.kinds[0].law =
        (hax_law){ .overhead_ms = 1, .gmac_per_s = 1e-3, .gbps = 40, .slowdown_per_gbps = 0.02 };
    rig.platform.kinds[1].law =
        (hax_law){ .overhead_ms = 0.0001, .gbps = 20, .slowdown_per_gbps = 0.01 };
    rig.config.contention = true;
    const hax_profile *profile = lab_measure(&rig);
    assert_int_equal(hax_profile_text(profile, &text, NULL), HAX_OK);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char *wrong = changed(text, cases[c].after, cases[c].old, cases[c].with);
        const hax_profile *read = NULL;
        hax_error err = { 0 };
        assert_int_equal(hax_profile_parse(wrong, strlen(wrong), "p.json", &read, &err),
                         HAX_BAD_INPUT);
        assert_null(read);
        expect(&err, cases[c].part);
        free(wrong);
    }
    free(text);
    hax_profile_destroy(profile);
    lab_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_failing_call_is_told),    cmocka_unit_test(reading_fails_as_well),
        cmocka_unit_test(samples_of_something_else),    cmocka_unit_test(pressures_must_rise),
        cmocka_unit_test(opening_what_is_read_only),    cmocka_unit_test(parts_that_there_are_not),
        cmocka_unit_test(opening_fails_at_each_call),   cmocka_unit_test(long_paths_are_refused),
        cmocka_unit_test(a_lock_that_cannot_be_opened), cmocka_unit_test(contention_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
