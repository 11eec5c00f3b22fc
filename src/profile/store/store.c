#include "store.h"

#include <assert.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "file.h"
#include "haxconn/profile.h"
#include "measuring_lock.h"
#include "stored.h"

enum {
    APPLICATION_ID = 0x48617843, /* "HaxC": tells a store from other people's databases */
    BUSY_MS = 10000,
    PATH_BYTES = 4096,
};

/* sample.part is hax_part, WHOLE_PART for a whole network, and these for the pressers */
enum { WHOLE_PART = 3, PRESSER_PART = 4, WHOLE_PRESSER_PART = 5 };

static int part_of(const hax_stored_sample *sample)
{
    if (sample->presser)
        return sample->whole ? WHOLE_PRESSER_PART : PRESSER_PART;
    return sample->whole ? WHOLE_PART : (int) sample->part;
}

struct hax_store {
    sqlite3 *db;
    char path[PATH_BYTES];
};

/* Step n brings a store of version n to version n + 1. */
static const char *const migrations[HAX_STORE_VERSION] = {
    "CREATE TABLE machine ("
    " id INTEGER PRIMARY KEY, hash INTEGER NOT NULL UNIQUE, cpu TEXT NOT NULL,"
    " cores INTEGER NOT NULL, kernel TEXT NOT NULL, libraries TEXT NOT NULL,"
    " clocks TEXT NOT NULL);"
    "CREATE TABLE pass (" /* AUTOINCREMENT: a number is never used again */
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " machine INTEGER NOT NULL REFERENCES machine (id) ON DELETE CASCADE,"
    " model INTEGER NOT NULL, key INTEGER NOT NULL, what TEXT NOT NULL,"
    " round INTEGER NOT NULL, time INTEGER NOT NULL);"
    "CREATE INDEX pass_of ON pass (machine, model, key);"
    "CREATE TABLE sample ("
    " pass INTEGER NOT NULL REFERENCES pass (id) ON DELETE CASCADE,"
    " first INTEGER NOT NULL, last INTEGER NOT NULL, part INTEGER NOT NULL,"
    " time_ms REAL NOT NULL CHECK (time_ms >= 0),"
    " PRIMARY KEY (pass, part, first)) WITHOUT ROWID;",
    "CREATE TABLE checked ("
    " machine INTEGER NOT NULL REFERENCES machine (id) ON DELETE CASCADE,"
    " key INTEGER NOT NULL, PRIMARY KEY (machine, key)) WITHOUT ROWID;",
    "CREATE TABLE lesson ("
    " machine INTEGER NOT NULL REFERENCES machine (id) ON DELETE CASCADE,"
    " model INTEGER NOT NULL, key INTEGER NOT NULL, what TEXT NOT NULL, time INTEGER NOT NULL,"
    " first INTEGER NOT NULL, last INTEGER NOT NULL, known REAL NOT NULL, value REAL NOT NULL,"
    " spread REAL NOT NULL, PRIMARY KEY (machine, model, key, first)) WITHOUT ROWID;",
};

/* ---- failures ------------------------------------------------------------------------ */

static hax_status fail(const hax_store *store, hax_error *err)
{
    int code = sqlite3_errcode(store->db);
    const char *said = sqlite3_errmsg(store->db);
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_MISMATCH:
        return hax_fail(err, HAX_BAD_INPUT,
                        "'%s' is damaged or no profile store (%s): move it away or delete it, and "
                        "the measurements are made again",
                        store->path, said);
    case SQLITE_FULL:
        return hax_fail(err, HAX_IO,
                        "the disk of profile store '%s' is full: make room (what is in the store "
                        "stays)",
                        store->path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
        return hax_fail(err, HAX_IO,
                        "cannot write profile store '%s' (%s): check the rights of the file and "
                        "its folder, or name another one",
                        store->path, said);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return hax_fail(err, HAX_IO,
                        "profile store '%s' was locked by another process for more than %d s",
                        store->path, BUSY_MS / 1000);
    case SQLITE_NOMEM: return hax_fail_memory(err, "the profile store");
    default: return hax_fail(err, HAX_IO, "profile store '%s': %s", store->path, said);
    }
}

static hax_status execute(hax_store *store, const char *sql, hax_error *err)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? HAX_OK : fail(store, err);
}

/* Ends a transaction that has failed; the failure that counts is already told. */
static void roll_back(hax_store *store)
{
    if (!sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- statements ---------------------------------------------------------------------- */

/* What stands for each ? of a statement, in order: i int64, d double, t text. */
typedef union argument {
    int64_t i;
    double d;
    const char *t;
} argument;

static hax_status prepare(hax_store *store, const char *sql, const char *types,
                          const argument *arguments, sqlite3_stmt **out, hax_error *err)
{
    sqlite3_stmt *result;
    if (sqlite3_prepare_v2(store->db, sql, -1, &result, NULL) != SQLITE_OK)
        return fail(store, err);
    for (int i = 0; types[i]; i++) {
        int code = types[i] == 'i' ? sqlite3_bind_int64(result, i + 1, arguments[i].i)
                   : types[i] == 'd'
                       ? sqlite3_bind_double(result, i + 1, arguments[i].d)
                       : sqlite3_bind_text(result, i + 1, arguments[i].t, -1, SQLITE_STATIC);
        if (code != SQLITE_OK) {
            hax_status status = fail(store, err);
            sqlite3_finalize(result);
            return status;
        }
    }
    *out = result;
    return HAX_OK;
}

/* Runs a statement without rows. */
static hax_status change(hax_store *store, const char *sql, const char *types,
                         const argument *arguments, hax_error *err)
{
    sqlite3_stmt *result;
    HAX_TRY(prepare(store, sql, types, arguments, &result, err));
    hax_status status = sqlite3_step(result) == SQLITE_DONE ? HAX_OK : fail(store, err);
    sqlite3_finalize(result);
    return status;
}

/* The first column of the first row; 0 where there is none. */
static hax_status ask(hax_store *store, const char *sql, const char *types,
                      const argument *arguments, int64_t *answer, hax_error *err)
{
    sqlite3_stmt *result;
    HAX_TRY(prepare(store, sql, types, arguments, &result, err));
    int code = sqlite3_step(result);
    hax_status status = code == SQLITE_ROW || code == SQLITE_DONE ? HAX_OK : fail(store, err);
    if (status == HAX_OK)
        *answer = code == SQLITE_ROW ? sqlite3_column_int64(result, 0) : 0;
    sqlite3_finalize(result);
    return status;
}

/* ---- opening ------------------------------------------------------------------------- */

static hax_status check_version(hax_store *store, int64_t *version, hax_error *err)
{
    int64_t application, tables;
    /* in this order: another process that makes the file meanwhile does so in one transaction,
     * so whoever has seen its tables sees its mark, too */
    HAX_TRY(ask(store, "SELECT count(*) FROM sqlite_schema", "", NULL, &tables, err));
    HAX_TRY(ask(store, "PRAGMA user_version", "", NULL, version, err));
    HAX_TRY(ask(store, "PRAGMA application_id", "", NULL, &application, err));
    if (application != APPLICATION_ID && (application != 0 || *version != 0 || tables != 0))
        return hax_fail(err, HAX_BAD_INPUT,
                        "'%s' is a database of another program: name another file for the "
                        "profile store",
                        store->path);
    if (*version > HAX_STORE_VERSION)
        return hax_fail(err, HAX_BAD_INPUT,
                        "profile store '%s' has version %lld, this haxconn knows up to %d: use a "
                        "newer haxconn, or name another file",
                        store->path, (long long) *version, HAX_STORE_VERSION);
    return HAX_OK;
}

static hax_status migrate(hax_store *store, hax_error *err)
{
    int64_t version;
    HAX_TRY(check_version(store, &version, err));
    if (version == HAX_STORE_VERSION)
        return HAX_OK;
    HAX_TRY(execute(store, "BEGIN IMMEDIATE", err));
    HAX_TRY(check_version(store, &version, err)); /* another process may have been faster */
    for (int64_t step = version; step < HAX_STORE_VERSION; step++)
        HAX_TRY(execute(store, migrations[step], err));
    char *pragmas = sqlite3_mprintf("PRAGMA application_id = %d; PRAGMA user_version = %d",
                                    APPLICATION_ID, HAX_STORE_VERSION);
    if (!pragmas)
        return hax_fail_memory(err, "the profile store");
    hax_status status = execute(store, pragmas, err);
    sqlite3_free(pragmas);
    HAX_TRY(status);
    return execute(store, "COMMIT", err);
}

/* The busy handler is not asked while a file is turned to WAL, which two processes may want
 * to do at once: so this waits by itself. */
static hax_status use_wal(hax_store *store, hax_error *err)
{
    enum { PAUSE_MS = 20 };
    for (int waited_ms = 0;; waited_ms += PAUSE_MS) {
        int code = sqlite3_exec(store->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if (code == SQLITE_OK)
            return HAX_OK;
        if (code != SQLITE_BUSY || waited_ms > BUSY_MS)
            return fail(store, err);
        nanosleep(&(struct timespec){ 0, PAUSE_MS * 1000000L }, NULL);
    }
}

static hax_status set_up(hax_store *store, hax_error *err)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(store->path, &store->db, flags, NULL) != SQLITE_OK)
        return store->db ? fail(store, err) : hax_fail_memory(err, "the profile store");
    sqlite3_extended_result_codes(store->db, 1);
    sqlite3_busy_timeout(store->db, BUSY_MS);
    if (sqlite3_db_readonly(store->db, "main") == 1)
        return hax_fail(err, HAX_IO,
                        "profile store '%s' can be read but not written: check its rights, or name "
                        "another one",
                        store->path);
    /* before anything is changed: is this file ours? */
    int64_t version;
    HAX_TRY(check_version(store, &version, err));
    HAX_TRY(use_wal(store, err));
    /* NORMAL: a killed process loses nothing, a power cut at most the last runs */
    HAX_TRY(execute(store, "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON", err));
    hax_status status = migrate(store, err);
    roll_back(store);
    return status;
}

hax_status hax_store_open(const char *path, hax_store **out, hax_error *err)
{
    if (strlen(path) >= PATH_BYTES)
        return hax_fail(err, HAX_BAD_INPUT, "the profile store's path has more than %d bytes",
                        PATH_BYTES - 1);
    HAX_TRY(hax_file_make_folder_of(path, err));
    hax_store *store = calloc(1, sizeof *store);
    if (!store)
        return hax_fail_memory(err, "the profile store");
    strcpy(store->path, path);
    hax_status status = set_up(store, err);
    if (status != HAX_OK) {
        hax_store_close(store);
        return status;
    }
    *out = store;
    return HAX_OK;
}

void hax_store_close(hax_store *store)
{
    if (!store)
        return;
    sqlite3_close(store->db);
    free(store);
}

/* ---- adding and reading -------------------------------------------------------------- */

hax_status hax_store_newest(hax_store *store, int64_t *newest, hax_error *err)
{
    return ask(store, "SELECT coalesce(max(id), 0) FROM pass", "", NULL, newest, err);
}

static hax_status add_machine(hax_store *store, const hax_fingerprint *machine, int64_t *id,
                              hax_error *err)
{
    const argument arguments[] = { { .i = (int64_t) machine->hash }, { .t = machine->cpu },
                                   { .i = machine->cores },          { .t = machine->kernel },
                                   { .t = machine->libraries },      { .t = machine->clocks } };
    HAX_TRY(change(store,
                   "INSERT OR IGNORE INTO machine (hash, cpu, cores, kernel, libraries, clocks)"
                   " VALUES (?, ?, ?, ?, ?, ?)",
                   "itittt", arguments, err));
    return ask(store, "SELECT id FROM machine WHERE hash = ?", "i", arguments, id, err);
}

static hax_status add_samples(hax_store *store, int64_t pass, const hax_stored_sample *samples,
                              int count, hax_error *err)
{
    for (int s = 0; s < count; s++) {
        const hax_stored_sample *one = &samples[s];
        const argument arguments[] = { { .i = pass },
                                       { .i = one->first },
                                       { .i = one->last },
                                       { .i = part_of(one) },
                                       { .d = one->time_ms } };
        HAX_TRY(change(store,
                       "INSERT INTO sample (pass, first, last, part, time_ms)"
                       " VALUES (?, ?, ?, ?, ?)",
                       "iiiid", arguments, err));
    }
    return HAX_OK;
}

static hax_status add_run(hax_store *store, const hax_store_key *key, int round, int64_t replaced,
                          const hax_stored_sample *samples, int count, hax_error *err)
{
    int64_t machine;
    HAX_TRY(execute(store, "BEGIN IMMEDIATE", err));
    HAX_TRY(add_machine(store, key->machine, &machine, err));
    const argument arguments[] = { { .i = machine },
                                   { .i = (int64_t) key->model },
                                   { .i = (int64_t) key->pass },
                                   { .t = key->what },
                                   { .i = round },
                                   { .i = (int64_t) time(NULL) } };
    assert(key->machine && key->what && count >= 0);
    const argument old[] = { arguments[0], arguments[1], arguments[2], { .i = replaced } };
    if (replaced > 0)
        HAX_TRY(change(store,
                       "DELETE FROM pass WHERE machine = ? AND model = ? AND key = ? AND id <= ?",
                       "iiii", old, err));
    HAX_TRY(change(store,
                   "INSERT INTO pass (machine, model, key, what, round, time)"
                   " VALUES (?, ?, ?, ?, ?, ?)",
                   "iiitii", arguments, err));
    HAX_TRY(add_samples(store, sqlite3_last_insert_rowid(store->db), samples, count, err));
    return execute(store, "COMMIT", err);
}

hax_status hax_store_add(hax_store *store, const hax_store_key *key, int round, int64_t replaced,
                         const hax_stored_sample *samples, int count, hax_error *err)
{
    hax_status status = add_run(store, key, round, replaced, samples, count, err);
    roll_back(store);
    return status;
}

enum { KEPT = 4, TIME_MS = 5 }; /* columns of hax_store_read's rows */

/* SQLite keeps a text in a column of numbers when it is told to, and gives 0 for it. */
static hax_status check_types(const hax_store *store, sqlite3_stmt *row, hax_error *err)
{
    static const char *const names[] = { "pass", "first", "last", "part", "time", "time_ms" };
    enum { COLUMNS = sizeof names / sizeof *names };
    for (int c = 0; c < COLUMNS; c++) {
        int type = sqlite3_column_type(row, c);
        if (type == SQLITE_INTEGER || (c == TIME_MS && type == SQLITE_FLOAT))
            continue;
        const unsigned char *text = sqlite3_column_text(row, c);
        return hax_fail(err, HAX_BAD_INPUT,
                        "profile store '%s' holds a sample with %s='%.40s', which is no number: "
                        "move it away or delete it",
                        store->path, names[c], text ? (const char *) text : "NULL");
    }
    int64_t kept_s = sqlite3_column_int64(row, KEPT);
    if (kept_s < 0 || kept_s > HAX_STORED_TIME_MAX)
        return hax_fail(err, HAX_BAD_INPUT,
                        "profile store '%s' holds a run of second %lld since 1970, which no clock "
                        "shows: move it away or delete it",
                        store->path, (long long) kept_s);
    double time_ms = sqlite3_column_double(row, TIME_MS);
    if (time_ms >= 0 && isfinite(time_ms))
        return HAX_OK;
    return hax_fail(err, HAX_BAD_INPUT,
                    "profile store '%s' holds a sample of %g ms, which no sample takes: move it "
                    "away or delete it",
                    store->path, time_ms);
}

static hax_status visit_row(const hax_store *store, sqlite3_stmt *row, hax_store_visit visit,
                            void *context, hax_error *err)
{
    HAX_TRY(check_types(store, row, err));
    int64_t part = sqlite3_column_int64(row, 3);
    if (part < 0 || part > WHOLE_PRESSER_PART)
        return hax_fail(err, HAX_BAD_INPUT,
                        "profile store '%s' holds a sample of part %lld, which there is not: move "
                        "it away or delete it",
                        store->path, (long long) part);
    const hax_stored_sample sample = {
        .first = sqlite3_column_int(row, 1),
        .last = sqlite3_column_int(row, 2),
        .whole = part == WHOLE_PART || part == WHOLE_PRESSER_PART,
        .part = part >= WHOLE_PART ? HAX_PART_RUN : (hax_part) part,
        .presser = part >= PRESSER_PART,
        .time_ms = sqlite3_column_double(row, TIME_MS),
        .kept_s = sqlite3_column_int64(row, KEPT),
    };
    assert(sample.time_ms >= 0 && sample.part <= HAX_PART_IN);
    return visit(context, &sample, err);
}

hax_status hax_store_read(hax_store *store, const hax_store_key *key, hax_store_visit visit,
                          void *context, int *runs, hax_error *err)
{
    const argument arguments[] = { { .i = (int64_t) key->machine->hash },
                                   { .i = (int64_t) key->model },
                                   { .i = (int64_t) key->pass } };
    sqlite3_stmt *rows;
    HAX_TRY(prepare(store,
                    "SELECT sample.pass, first, last, part, time, time_ms FROM sample"
                    " JOIN pass ON pass.id = sample.pass JOIN machine ON machine.id = pass.machine"
                    " WHERE machine.hash = ? AND model = ? AND key = ?"
                    " ORDER BY sample.pass, part, first",
                    "iii", arguments, &rows, err));
    int counted = 0, code;
    int64_t last_pass = -1;
    hax_status status = HAX_OK;
    while (status == HAX_OK && (code = sqlite3_step(rows)) != SQLITE_DONE) {
        if (code != SQLITE_ROW) {
            status = fail(store, err);
            break;
        }
        counted += sqlite3_column_int64(rows, 0) != last_pass;
        last_pass = sqlite3_column_int64(rows, 0);
        status = visit_row(store, rows, visit, context, err);
    }
    sqlite3_finalize(rows);
    if (status == HAX_OK)
        *runs = counted;
    return status;
}

/* ---- lessons --------------------------------------------------------------------------------- */

static hax_status learn(hax_store *store, const hax_store_key *key,
                        const hax_stored_lesson *lessons, int count, hax_error *err)
{
    int64_t machine;
    HAX_TRY(execute(store, "BEGIN IMMEDIATE", err));
    HAX_TRY(add_machine(store, key->machine, &machine, err));
    const argument of[] = { { .i = machine },
                            { .i = (int64_t) key->model },
                            { .i = (int64_t) key->pass } };
    HAX_TRY(change(store, "DELETE FROM lesson WHERE machine = ? AND model = ? AND key = ?", "iii",
                   of, err));
    for (int l = 0; l < count; l++) {
        const argument arguments[] = { of[0],
                                       of[1],
                                       of[2],
                                       { .t = key->what },
                                       { .i = (int64_t) time(NULL) },
                                       { .i = lessons[l].first },
                                       { .i = lessons[l].last },
                                       { .d = lessons[l].known },
                                       { .d = lessons[l].value },
                                       { .d = lessons[l].spread } };
        HAX_TRY(change(store,
                       "INSERT INTO lesson (machine, model, key, what, time, first, last, known,"
                       " value, spread) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                       "iiitiiiddd", arguments, err));
    }
    return execute(store, "COMMIT", err);
}

hax_status hax_store_learn(hax_store *store, const hax_store_key *key,
                           const hax_stored_lesson *lessons, int count, hax_error *err)
{
    hax_status status = learn(store, key, lessons, count, err);
    roll_back(store);
    return status;
}

/* SQLite keeps a text in a column of numbers when it is told to. */
static hax_status visit_lesson(const hax_store *store, sqlite3_stmt *row,
                               hax_store_visit_lesson visit, void *context, hax_error *err)
{
    enum { COLUMNS = 5, WHOLE = 2 };
    const hax_stored_lesson lesson = { .first = sqlite3_column_int(row, 0),
                                       .last = sqlite3_column_int(row, 1),
                                       .known = sqlite3_column_double(row, 2),
                                       .value = sqlite3_column_double(row, 3),
                                       .spread = sqlite3_column_double(row, 4) };
    bool numbers = true;
    for (int c = 0; c < COLUMNS; c++) {
        const int type = sqlite3_column_type(row, c);
        numbers = numbers && (type == SQLITE_INTEGER || (c >= WHOLE && type == SQLITE_FLOAT));
    }
    if (numbers && lesson.value >= 0 && isfinite(lesson.value) && lesson.known >= 0 &&
        isfinite(lesson.known) && lesson.spread >= 0 && isfinite(lesson.spread))
        return visit(context, &lesson, err);
    return hax_fail(err, HAX_BAD_INPUT,
                    "profile store '%s' holds a lesson of layers %d-%d that is no number of at "
                    "least 0: move it away or delete it",
                    store->path, lesson.first, lesson.last);
}

hax_status hax_store_lessons(hax_store *store, const hax_store_key *key,
                             hax_store_visit_lesson visit, void *context, hax_error *err)
{
    const argument arguments[] = { { .i = (int64_t) key->machine->hash },
                                   { .i = (int64_t) key->model },
                                   { .i = (int64_t) key->pass } };
    sqlite3_stmt *rows;
    int code = SQLITE_ROW;
    HAX_TRY(prepare(store,
                    "SELECT first, last, known, value, spread FROM lesson"
                    " JOIN machine ON machine.id = lesson.machine"
                    " WHERE machine.hash = ? AND model = ? AND key = ? ORDER BY first",
                    "iii", arguments, &rows, err));
    hax_status status = HAX_OK;
    while (status == HAX_OK && (code = sqlite3_step(rows)) == SQLITE_ROW)
        status = visit_lesson(store, rows, visit, context, err);
    if (status == HAX_OK && code != SQLITE_DONE)
        status = fail(store, err);
    sqlite3_finalize(rows);
    return status;
}

/* ---- kernels found right ---------------------------------------------------------------- */

static hax_status add_checked(hax_store *store, const hax_fingerprint *machine,
                              const uint64_t *keys, int count, hax_error *err)
{
    int64_t id;
    HAX_TRY(execute(store, "BEGIN IMMEDIATE", err));
    HAX_TRY(add_machine(store, machine, &id, err));
    for (int k = 0; k < count; k++) {
        const argument arguments[] = { { .i = id }, { .i = (int64_t) keys[k] } };
        HAX_TRY(change(store, "INSERT OR IGNORE INTO checked (machine, key) VALUES (?, ?)", "ii",
                       arguments, err));
    }
    return execute(store, "COMMIT", err);
}

hax_status hax_store_add_checked(hax_store *store, const hax_fingerprint *machine,
                                 const uint64_t *keys, int count, hax_error *err)
{
    hax_status status = count > 0 ? add_checked(store, machine, keys, count, err) : HAX_OK;
    roll_back(store);
    return status;
}

hax_status hax_store_checked(hax_store *store, const hax_fingerprint *machine, uint64_t **keys,
                             int *count, hax_error *err)
{
    const argument arguments[] = { { .i = (int64_t) machine->hash } };
    sqlite3_stmt *rows;
    int64_t capacity;
    int got = 0, code = SQLITE_ROW;
    HAX_TRY(ask(store, "SELECT count(*) FROM checked", "", NULL, &capacity, err));
    uint64_t *made = calloc((size_t) capacity + 1, sizeof *made);
    if (!made)
        return hax_fail_memory(err, "the keys of kernels");
    hax_status status = prepare(store,
                                "SELECT key FROM checked JOIN machine ON machine.id = machine"
                                " WHERE machine.hash = ?",
                                "i", arguments, &rows, err);
    if (status == HAX_OK) {
        while (got < capacity && (code = sqlite3_step(rows)) == SQLITE_ROW)
            made[got++] = (uint64_t) sqlite3_column_int64(rows, 0);
        if (code != SQLITE_ROW && code != SQLITE_DONE)
            status = fail(store, err);
        sqlite3_finalize(rows);
    }
    if (status != HAX_OK) {
        free(made);
        return status;
    }
    assert(got <= capacity);
    *keys = made;
    *count = got;
    return HAX_OK;
}
hax_status hax_profile_store_check(const char *path, hax_error *err)
{
    hax_store *store = NULL;
    hax_turns turns = { -1, -1 };
    hax_status status = hax_store_open(path, &store, err);
    if (status == HAX_OK)
        status = hax_turns_open(path, &turns, err);
    hax_turns_close(&turns);
    hax_store_close(store);
    return status;
}
