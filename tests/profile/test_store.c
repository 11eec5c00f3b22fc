/* The profile store: what is committed stays, whatever happens to processes and disks. */
#define _GNU_SOURCE
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "lock_holder.h"
#include "measuring_lock.h"
#include "store.h"

static const hax_fingerprint machine = { "cpu",     2,        "kernel",
                                         "library", "clocks", 0xfedcba9876543210u };
static const hax_store_key key = { &machine, 0x9000000000000001u, 0xa000000000000002u, "a alone" };

static hax_store *open_store(const char *path)
{
    hax_store *store = NULL;
    hax_error err = { 0 };
    hax_status status = hax_store_open(path, &store, &err);
    if (status != HAX_OK)
        print_error("%s\n", err.message);
    assert_int_equal(status, HAX_OK);
    return store;
}

static hax_status add(hax_store *store, const hax_store_key *store_key, double time_ms,
                      hax_error *err)
{
    const hax_stored_sample samples[] = {
        { .first = 0, .last = 9, .part = HAX_PART_RUN, .time_ms = time_ms },
        { .first = 0, .last = 9, .part = HAX_PART_OUT, .time_ms = time_ms / 10 },
        { .first = 10, .last = 12, .part = HAX_PART_IN, .time_ms = time_ms / 4 },
        { .first = 0, .last = 12, .whole = true, .time_ms = 2 * time_ms },
    };
    return hax_store_add(store, store_key, 3, 0, samples, 4, err);
}

typedef struct sum {
    double run_ms, out_ms, in_ms, whole_ms;
} sum;

static hax_status add_up(void *context, const hax_stored_sample *sample, hax_error *err)
{
    (void) err;
    sum *to = context;
    if (sample->whole)
        to->whole_ms += sample->time_ms;
    else if (sample->part == HAX_PART_RUN)
        to->run_ms += sample->time_ms;
    else if (sample->part == HAX_PART_OUT)
        to->out_ms += sample->time_ms;
    else
        to->in_ms += sample->time_ms;
    assert_int_equal(sample->first, sample->part == HAX_PART_IN ? 10 : 0);
    assert_int_equal(sample->last, sample->whole || sample->part == HAX_PART_IN ? 12 : 9);
    return HAX_OK;
}

static int count_runs(hax_store *store, const hax_store_key *store_key)
{
    sum ignored = { 0 };
    int runs = -1;
    hax_error err;
    assert_int_equal(hax_store_read(store, store_key, add_up, &ignored, &runs, &err), HAX_OK);
    return runs;
}

static void keys_of_checked_kernels(void **state)
{
    (void) state;
    folder at = folder_make();
    static const uint64_t keys[] = { 7, 0xfedcba9876543210u, 0 }, more[] = { 7, 8 };
    hax_fingerprint other = machine;
    other.hash++;
    hax_error err;
    uint64_t *got = NULL;
    int count = -1;
    hax_store *store = open_store(at.store);
    assert_int_equal(hax_store_checked(store, &machine, &got, &count, &err), HAX_OK);
    assert_int_equal(count, 0);
    free(got);
    assert_int_equal(hax_store_add_checked(store, &machine, keys, 3, &err), HAX_OK);
    assert_int_equal(hax_store_add_checked(store, &machine, more, 2, &err), HAX_OK);
    assert_int_equal(hax_store_add_checked(store, &other, more, 1, &err), HAX_OK);
    hax_store_close(store);
    store = open_store(at.store);
    assert_int_equal(hax_store_checked(store, &machine, &got, &count, &err), HAX_OK);
    assert_int_equal(count, 4);
    uint64_t all = 0;
    for (int k = 0; k < count; k++)
        all ^= got[k];
    assert_true(all == (7 ^ 0xfedcba9876543210u ^ 8));
    free(got);
    assert_int_equal(hax_store_checked(store, &other, &got, &count, &err), HAX_OK);
    assert_int_equal(count, 1);
    free(got);
    hax_store_close(store);
    folder_free(&at);
}

/* A store of the version before has no such keys, and all its samples. */
static void older_stores_are_brought_up(void **state)
{
    (void) state;
    folder at = folder_make();
    hax_error err;
    uint64_t *got = NULL;
    int count = -1;
    sqlite3 *db;
    hax_store *store = open_store(at.store);
    assert_int_equal(add(store, &key, 1, &err), HAX_OK);
    hax_store_close(store);
    assert_int_equal(sqlite3_open(at.store, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "DROP TABLE checked; DROP TABLE lesson; PRAGMA user_version = 1",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    store = open_store(at.store);
    assert_int_equal(count_runs(store, &key), 1);
    assert_int_equal(hax_store_checked(store, &machine, &got, &count, &err), HAX_OK);
    assert_int_equal(count, 0);
    free(got);
    hax_store_close(store);
    folder_free(&at);
}

static hax_status gather_lesson(void *context, const hax_stored_lesson *lesson, hax_error *err)
{
    hax_stored_lesson *got = context;
    (void) err;
    assert_true(got[0].first < 2);
    got[1 + got[0].first++] = *lesson;
    return HAX_OK;
}

/* Those of a context are written over as a whole; others, and what a wrong hand wrote, are not
 * taken for them. */
static void lessons_are_kept_by_context(void **state)
{
    (void) state;
    folder at = folder_make();
    hax_error err = { 0 };
    sqlite3 *db;
    hax_store *store = open_store(at.store);
    hax_store_key other = key;
    other.pass++;
    const hax_stored_lesson lessons[] = { { 0, 3, 1.5, 0.25, 1 }, { 4, 9, 0, 0, 2 } };
    hax_stored_lesson got[3] = { { 0 } };
    assert_int_equal(hax_store_learn(store, &key, lessons, 2, &err), HAX_OK);
    assert_int_equal(hax_store_learn(store, &other, lessons, 1, &err), HAX_OK);
    assert_int_equal(hax_store_lessons(store, &key, gather_lesson, got, &err), HAX_OK);
    assert_int_equal(got[0].first, 2);
    assert_memory_equal(got + 1, lessons, sizeof lessons);
    assert_int_equal(hax_store_learn(store, &key, lessons + 1, 1, &err), HAX_OK);
    got[0].first = 0;
    assert_int_equal(hax_store_lessons(store, &key, gather_lesson, got, &err), HAX_OK);
    assert_int_equal(got[0].first, 1);
    assert_int_equal(got[1].first, 4);
    hax_store_close(store);
    assert_int_equal(sqlite3_open(at.store, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE lesson SET value = -1", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    store = open_store(at.store);
    assert_int_equal(hax_store_lessons(store, &key, gather_lesson, got, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "holds a lesson of layers 4-9"));
    hax_store_close(store);
    folder_free(&at);
}

static void samples_survive_reopening(void **state)
{
    (void) state;
    folder at = folder_make();
    hax_error err;
    hax_store *store = open_store(at.store);
    assert_int_equal(count_runs(store, &key), 0);
    assert_int_equal(add(store, &key, 1, &err), HAX_OK);
    assert_int_equal(add(store, &key, 2, &err), HAX_OK);
    hax_store_close(store);
    store = open_store(at.store);
    sum got = { 0 };
    int runs;
    assert_int_equal(hax_store_read(store, &key, add_up, &got, &runs, &err), HAX_OK);
    assert_int_equal(runs, 2);
    assert_float_equal(got.run_ms, 3, 1e-12);
    assert_float_equal(got.out_ms, 0.3, 1e-12);
    assert_float_equal(got.in_ms, 0.75, 1e-12);
    assert_float_equal(got.whole_ms, 6, 1e-12);
    hax_store_close(store);
    folder_free(&at);
}

static void keys_are_kept_apart(void **state)
{
    (void) state;
    folder at = folder_make();
    hax_error err;
    hax_store *store = open_store(at.store);
    hax_fingerprint other_machine = machine;
    other_machine.hash++;
    hax_store_key others[3] = { key, key, key };
    others[0].machine = &other_machine;
    others[1].model++;
    others[2].pass++;
    assert_int_equal(add(store, &key, 1, &err), HAX_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(count_runs(store, &others[i]), 0);
    hax_store_close(store);
    folder_free(&at);
}

static void only_older_runs_are_replaced(void **state)
{
    (void) state;
    folder at = folder_make();
    hax_error err;
    int64_t newest;
    const hax_stored_sample sample = { .first = 0, .last = 9, .time_ms = 1 };
    hax_store_key other = key;
    other.pass++;
    hax_store *store = open_store(at.store);
    assert_int_equal(hax_store_newest(store, &newest, &err), HAX_OK);
    assert_int_equal(newest, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(add(store, &key, 1, &err), HAX_OK);
    assert_int_equal(add(store, &other, 1, &err), HAX_OK);
    assert_int_equal(hax_store_newest(store, &newest, &err), HAX_OK);
    assert_int_equal(add(store, &key, 1, &err), HAX_OK); /* by another process meanwhile */
    assert_int_equal(hax_store_add(store, &key, 0, newest, &sample, 1, &err), HAX_OK);
    assert_int_equal(count_runs(store, &key), 2);
    assert_int_equal(count_runs(store, &other), 1);
    hax_store_close(store);
    folder_free(&at);
}

static hax_status refuse(void *context, const hax_stored_sample *sample, hax_error *err)
{
    (void) sample;
    ++*(int *) context;
    return hax_fail(err, HAX_BAD_INPUT, "no");
}

static void a_failing_visitor_ends_the_reading(void **state)
{
    (void) state;
    folder at = folder_make();
    hax_error err;
    int calls = 0, runs = 77;
    hax_store *store = open_store(at.store);
    assert_int_equal(add(store, &key, 1, &err), HAX_OK);
    assert_int_equal(hax_store_read(store, &key, refuse, &calls, &runs, &err), HAX_BAD_INPUT);
    assert_int_equal(calls, 1);
    assert_int_equal(runs, 77);
    hax_store_close(store);
    folder_free(&at);
}

static void two_connections_see_each_other(void **state)
{
    (void) state;
    folder at = folder_make();
    hax_error err;
    hax_store *one = open_store(at.store), *two = open_store(at.store);
    for (int i = 0; i < 10; i++)
        assert_int_equal(add(i % 2 ? one : two, &key, 1, &err), HAX_OK);
    assert_int_equal(count_runs(one, &key), 10);
    assert_int_equal(count_runs(two, &key), 10);
    hax_store_close(one);
    hax_store_close(two);
    folder_free(&at);
}

/* ---- processes ------------------------------------------------------------------------- */

/* Adds `count` runs (for ever: -1), telling each through the pipe; in a process of its own. */
_Noreturn static void add_in_child(const char *path, int count, int tell)
{
    hax_store *store;
    hax_error err = { 0 };
    if (hax_store_open(path, &store, &err) != HAX_OK) {
        print_error("%s\n", err.message);
        _exit(1);
    }
    for (int i = 0; i != count; i++)
        if (add(store, &key, 1, &err) != HAX_OK || (tell >= 0 && write(tell, "x", 1) != 1))
            _exit(2);
    hax_store_close(store);
    _exit(0);
}

/* Both make the file, too: several times, for that is where they can meet. */
static void two_processes_add_at_once(void **state)
{
    (void) state;
    enum { EACH = 25, TIMES = 12 };
    for (int i = 0; i < TIMES; i++) {
        folder at = folder_make();
        pid_t pids[2];
        for (int p = 0; p < 2; p++) {
            pids[p] = fork();
            if (pids[p] == 0)
                add_in_child(at.store, EACH, -1);
        }
        for (int p = 0; p < 2; p++) {
            int how;
            assert_int_equal(waitpid(pids[p], &how, 0), pids[p]);
            assert_int_equal(how, 0);
        }
        hax_store *store = open_store(at.store);
        assert_int_equal(count_runs(store, &key), 2 * EACH);
        hax_store_close(store);
        folder_free(&at);
    }
}

static void a_killed_process_loses_at_most_one_run(void **state)
{
    (void) state;
    for (int killed_after = 1; killed_after <= 60; killed_after += 29) {
        folder at = folder_make();
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t pid = fork();
        if (pid == 0)
            add_in_child(at.store, -1, ends[1]);
        close(ends[1]);
        char byte;
        int told = 0;
        while (told < killed_after && read(ends[0], &byte, 1) == 1)
            told++;
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        while (read(ends[0], &byte, 1) == 1)
            told++;
        close(ends[0]);
        hax_store *store = open_store(at.store);
        int runs = count_runs(store, &key);
        assert_true(runs == told || runs == told + 1);
        hax_error err;
        assert_int_equal(add(store, &key, 1, &err), HAX_OK);
        hax_store_close(store);
        folder_free(&at);
    }
}

/* ---- bad files ------------------------------------------------------------------------- */

static void write_file(const char *path, const char *text, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    fclose(file);
}

static void refused(const char *path, hax_status expected, const char *said)
{
    hax_store *store = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_store_open(path, &store, &err), expected);
    assert_null(store);
    assert_non_null(strstr(err.message, path));
    if (!strstr(err.message, said))
        fail_msg("'%s' does not say '%s'", err.message, said);
}

static void foreign_files_are_refused_and_left_alone(void **state)
{
    (void) state;
    folder at = folder_make();
    char text[5000];
    memset(text, 'a', sizeof text);
    write_file(at.store, text, sizeof text);
    refused(at.store, HAX_BAD_INPUT, "move it away or delete it");
    struct stat found;
    assert_int_equal(stat(at.store, &found), 0);
    assert_int_equal(found.st_size, sizeof text);
    remove(at.store);

    sqlite3 *db;
    assert_int_equal(sqlite3_open(at.store, &db), SQLITE_OK);
    sqlite3_exec(db, "CREATE TABLE mine (x)", NULL, NULL, NULL);
    sqlite3_close(db);
    refused(at.store, HAX_BAD_INPUT, "another program");
    folder_free(&at);
}

static void damaged_files_are_refused(void **state)
{
    (void) state;
    folder at = folder_make();
    hax_store *store = open_store(at.store);
    hax_error err = { 0 };
    for (int i = 0; i < 200; i++)
        assert_int_equal(add(store, &key, 1, &err), HAX_OK);
    hax_store_close(store);
    char noise[4096];
    memset(noise, 0x5a, sizeof noise);
    FILE *file = fopen(at.store, "r+b");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    for (long page = 4096; page + 4096 <= size; page += 4096) {
        fseek(file, page, SEEK_SET);
        fwrite(noise, 1, sizeof noise, file);
    }
    fclose(file);
    hax_status status = hax_store_open(at.store, &store, &err);
    if (status == HAX_OK) {
        sum ignored;
        int runs;
        status = hax_store_read(store, &key, add_up, &ignored, &runs, &err);
        hax_store_close(store);
    }
    assert_int_equal(status, HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, at.store));
    assert_non_null(strstr(err.message, "move it away or delete it"));
    folder_free(&at);
}

static void newer_versions_are_refused(void **state)
{
    (void) state;
    folder at = folder_make();
    hax_store_close(open_store(at.store));
    sqlite3 *db;
    assert_int_equal(sqlite3_open(at.store, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 9", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    refused(at.store, HAX_BAD_INPUT, "version 9");
    folder_free(&at);
}

/* A text in a column of numbers is kept by SQLite, and read as 0. */
static void samples_that_are_no_numbers_are_refused(void **state)
{
    (void) state;
    static const char of_first[] = "WHERE part = 0 AND first = (SELECT min(first) FROM sample)";
    static const struct {
        const char *table, *change, *where;
    } changes[] = { { "sample", "time_ms = 'abc'", of_first },
                    { "sample", "time_ms = 9e999", of_first },
                    { "sample", "time_ms = -1", of_first },
                    { "sample", "first = 'one'", of_first },
                    { "sample", "last = 1.5", of_first },
                    { "sample", "part = 'x'", of_first },
                    { "pass", "time = 'noon'", "" },
                    { "pass", "time = 1.5", "" },
                    { "pass", "time = -1", "" },
                    { "pass", "time = 253402300800", "" } };
    for (size_t c = 0; c < sizeof changes / sizeof *changes; c++) {
        folder at = folder_make();
        hax_store *store = open_store(at.store);
        char sql[200];
        sqlite3 *db;
        sum ignored;
        int runs;
        hax_error err = { 0 };
        assert_int_equal(add(store, &key, 1, &err), HAX_OK);
        assert_int_equal(sqlite3_open(at.store, &db), SQLITE_OK);
        snprintf(sql, sizeof sql, "PRAGMA ignore_check_constraints = 1; UPDATE %s SET %s %s",
                 changes[c].table, changes[c].change, changes[c].where);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_changes(db), 1);
        sqlite3_close(db);
        assert_int_equal(hax_store_read(store, &key, add_up, &ignored, &runs, &err), HAX_BAD_INPUT);
        assert_non_null(strstr(err.message, at.store));
        assert_non_null(strstr(err.message, "move it away or delete it"));
        hax_store_close(store);
        folder_free(&at);
    }
}

/* ---- disks that refuse ------------------------------------------------------------------- */

/* Runs `what` in a child without the rights of root; it exits with 0 when all is as it
 * should be. */
static void as_nobody(void (*what)(const folder *folder), const folder *folder)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(9);
        what(folder);
        _exit(0);
    }
    int how;
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_int_equal(how, 0);
}

static void open_without_rights(const folder *folder)
{
    hax_store *store;
    hax_error err = { 0 };
    if (hax_store_open(folder->store, &store, &err) != HAX_IO ||
        !strstr(err.message, folder->store))
        _exit(1);
}

static void read_only_folders_are_told(void **state)
{
    (void) state;
    folder at = folder_make();
    assert_int_equal(chmod(at.path, 0555), 0);
    as_nobody(open_without_rights, &at);
    assert_int_equal(chmod(at.path, 0700), 0);
    hax_store_close(open_store(at.store));
    assert_int_equal(chmod(at.store, 0444), 0);
    assert_int_equal(chmod(at.path, 0555), 0);
    as_nobody(open_without_rights, &at);
    chmod(at.path, 0700);
    folder_free(&at);
}

static void fill_the_disk(const folder *folder)
{
    const struct rlimit limit = { 256 * 1024, 256 * 1024 };
    hax_store *store;
    hax_error err = { 0 };
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0 ||
        hax_store_open(folder->store, &store, &err) != HAX_OK)
        _exit(1);
    int added = 0;
    hax_status status;
    while ((status = add(store, &key, 1, &err)) == HAX_OK && added < 100000)
        added++;
    if (status != HAX_IO || !strstr(err.message, folder->store))
        _exit(2);
    if (count_runs(store, &key) != added)
        _exit(3);
    hax_store_close(store);
    if (added < 10)
        _exit(4);
}

static void a_full_disk_loses_nothing(void **state)
{
    (void) state;
    folder at = folder_make();
    pid_t pid = fork();
    if (pid == 0) {
        fill_the_disk(&at);
        _exit(0);
    }
    int how;
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_int_equal(how, 0);
    hax_store *store = open_store(at.store);
    assert_true(count_runs(store, &key) >= 10);
    hax_store_close(store);
    folder_free(&at);
}

/* Where a store may be put by anybody, so may links of the names of its locks. */
static void planted_locks_are_not_followed(void **state)
{
    (void) state;
    static const char *const locks[] = { "queue", "round" };
    for (int l = 0; l < 2; l++) {
        folder at = folder_make();
        hax_turns turns = { -1, -1 };
        hax_error err = { 0 };
        char link[200], target[200];
        snprintf(link, sizeof link, "%s.%s", at.store, locks[l]);
        snprintf(target, sizeof target, "%s/made", at.path);
        assert_int_equal(symlink(target, link), 0);
        assert_int_equal(hax_turns_open(at.store, &turns, &err), HAX_IO);
        assert_non_null(strstr(err.message, link));
        assert_non_null(strstr(err.message, "symbolic link"));
        assert_int_equal(access(target, F_OK), -1);
        assert_int_equal(hax_profile_store_check(at.store, &err), HAX_IO);
        remove(link);
        assert_int_equal(hax_profile_store_check(at.store, &err), HAX_OK);
        folder_free(&at);
    }
}

/* ---- turns ------------------------------------------------------------------------------- */

static void the_dead_give_their_turn_up(void **state)
{
    (void) state;
    folder at = folder_make();
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        hax_turns turns;
        if (hax_turns_open(at.store, &turns, NULL) != HAX_OK ||
            hax_turns_begin(&turns, NULL, NULL) != HAX_OK || write(ends[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    char byte;
    assert_int_equal(read(ends[0], &byte, 1), 1);
    hax_turns turns;
    hax_error err;
    hax_cancel cancel = HAX_CANCEL_INIT;
    hax_cancel_request(&cancel);
    hax_watch watch = hax_watch_default();
    watch.cancel = &cancel;
    assert_int_equal(hax_turns_open(at.store, &turns, &err), HAX_OK);
    assert_int_equal(hax_turns_begin(&turns, &watch, &err), HAX_INTERRUPTED);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(hax_turns_begin(&turns, NULL, &err), HAX_OK);
    hax_turns_end(&turns);
    hax_turns_close(&turns);
    close(ends[0]);
    close(ends[1]);
    folder_free(&at);
}

/* What a waiting process was told; the first warning ends the waiting. */
typedef struct told {
    char stage[400], warning[400];
    hax_cancel cancel;
} told;

static void keep_stage(void *context, const hax_progress *progress)
{
    told *to = context;
    snprintf(to->stage, sizeof to->stage, "%s", progress->stage);
}

static void keep_warning(void *context, const char *message)
{
    told *to = context;
    snprintf(to->warning, sizeof to->warning, "%s", message);
    hax_cancel_request(&to->cancel);
}

static void a_stopped_holder_is_named(void **state)
{
    (void) state;
    folder at = folder_make();
    hax_error err;
    hax_turns turns;
    int how;
    pid_t pid = fork();
    if (pid == 0) {
        if (hax_turns_open(at.store, &turns, NULL) != HAX_OK ||
            hax_turns_begin(&turns, NULL, NULL) != HAX_OK)
            _exit(1);
        raise(SIGSTOP);
        hax_turns_end(&turns);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &how, WUNTRACED), pid);
    assert_true(WIFSTOPPED(how));
    told heard = { .stage = "" };
    hax_watch watch = hax_watch_default();
    watch.report = keep_stage;
    watch.warn = keep_warning;
    watch.context = &heard;
    watch.cancel = &heard.cancel;
    assert_int_equal(hax_turns_open(at.store, &turns, &err), HAX_OK);
    assert_int_equal(hax_turns_begin(&turns, &watch, &err), HAX_INTERRUPTED);
    char who[60], advice[60];
    snprintf(who, sizeof who, "waiting for process %d (", (int) pid);
    snprintf(advice, sizeof advice, "kill -CONT %d", (int) pid);
    assert_int_equal(strncmp(heard.stage, who, strlen(who)), 0);
    assert_non_null(strstr(heard.stage, "test_store), which has been measuring since 2"));
    assert_non_null(strstr(heard.stage, "is stopped"));
    assert_non_null(strstr(heard.warning, advice));
    kill(pid, SIGCONT); /* and everybody's turn comes */
    assert_int_equal(hax_turns_begin(&turns, NULL, &err), HAX_OK);
    hax_turns_end(&turns);
    hax_turns_close(&turns);
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_int_equal(how, 0);
    folder_free(&at);
}

/* What stands in a lock file may be anybody's, or nothing yet: then nobody is named. */
static void holders_that_cannot_be_read_are_not_named(void **state)
{
    (void) state;
    static const char *const texts[] = { "", "x", "12", "-3 5 a", "0 5 a" };
    char path[] = "/tmp/haxconn-holder-XXXXXX";
    int file = mkstemp(path);
    hax_holder holder;
    assert_true(file >= 0);
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        assert_int_equal(ftruncate(file, 0), 0);
        assert_true(pwrite(file, texts[t], strlen(texts[t]), 0) >= 0);
        assert_false(hax_holder_read(file, &holder));
    }
    static const char odd[] = "999999999 5 a\33[31mb\nc";
    assert_true(pwrite(file, odd, strlen(odd), 0) > 0);
    assert_true(hax_holder_read(file, &holder));
    assert_string_equal(holder.command, "a?[31mb");
    assert_false(holder.stopped);
    hax_holder_write(file);
    assert_true(hax_holder_read(file, &holder));
    assert_int_equal(holder.pid, getpid());
    close(file);
    unlink(path);
}

/* Takes `rounds` turns and writes its letter twice in each. */
_Noreturn static void take_turns(const folder *folder, int to, const char *letter, int rounds)
{
    hax_turns turns;
    if (hax_turns_open(folder->store, &turns, NULL) != HAX_OK)
        _exit(1);
    for (int r = 0; r < rounds; r++) {
        if (hax_turns_begin(&turns, NULL, NULL) != HAX_OK || write(to, letter, 1) != 1)
            _exit(2);
        nanosleep(&(struct timespec){ 0, 3000000 }, NULL);
        if (write(to, letter, 1) != 1)
            _exit(3);
        hax_turns_end(&turns);
    }
    _exit(0);
}

static void turns_exclude_each_other(void **state)
{
    (void) state;
    enum { ROUNDS = 10 };
    folder at = folder_make();
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pids[2];
    for (int p = 0; p < 2; p++) {
        pids[p] = fork();
        if (pids[p] == 0)
            take_turns(&at, ends[1], p ? "b" : "a", ROUNDS);
    }
    close(ends[1]);
    char pair[2];
    int seen = 0;
    while (read(ends[0], &pair[0], 1) == 1 && read(ends[0], &pair[1], 1) == 1) {
        assert_int_equal(pair[0], pair[1]);
        seen++;
    }
    assert_int_equal(seen, 2 * ROUNDS);
    for (int p = 0; p < 2; p++) {
        int how;
        assert_int_equal(waitpid(pids[p], &how, 0), pids[p]);
        assert_int_equal(how, 0);
    }
    close(ends[0]);
    folder_free(&at);
}

/* Who only takes turns opens no store: on a fresh machine the folder is not there yet. */
static void turns_make_the_folder_of_the_store(void **state)
{
    (void) state;
    folder at = folder_make();
    char path[256], lock[300];
    hax_error err;
    hax_turns turns;
    snprintf(path, sizeof path, "%s/deep/profiles.sqlite", at.path);
    if (hax_turns_open(path, &turns, &err) != HAX_OK)
        fail_msg("%s", err.message);
    hax_turns_close(&turns);
    snprintf(lock, sizeof lock, "%s.queue", path);
    assert_int_equal(remove(lock), 0);
    snprintf(lock, sizeof lock, "%s.round", path);
    assert_int_equal(remove(lock), 0);
    snprintf(path, sizeof path, "%s/deep", at.path);
    assert_int_equal(rmdir(path), 0);
    folder_free(&at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lessons_are_kept_by_context),
        cmocka_unit_test(samples_survive_reopening),
        cmocka_unit_test(keys_of_checked_kernels),
        cmocka_unit_test(older_stores_are_brought_up),
        cmocka_unit_test(keys_are_kept_apart),
        cmocka_unit_test(only_older_runs_are_replaced),
        cmocka_unit_test(a_failing_visitor_ends_the_reading),
        cmocka_unit_test(two_connections_see_each_other),
        cmocka_unit_test(two_processes_add_at_once),
        cmocka_unit_test(a_killed_process_loses_at_most_one_run),
        cmocka_unit_test(foreign_files_are_refused_and_left_alone),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(samples_that_are_no_numbers_are_refused),
        cmocka_unit_test(planted_locks_are_not_followed),
        cmocka_unit_test(newer_versions_are_refused),
        cmocka_unit_test(read_only_folders_are_told),
        cmocka_unit_test(a_full_disk_loses_nothing),
        cmocka_unit_test(the_dead_give_their_turn_up),
        cmocka_unit_test(a_stopped_holder_is_named),
        cmocka_unit_test(holders_that_cannot_be_read_are_not_named),
        cmocka_unit_test(turns_exclude_each_other),
        cmocka_unit_test(turns_make_the_folder_of_the_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
