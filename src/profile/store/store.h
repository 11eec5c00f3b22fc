/*
 * The profile store: an SQLite file that keeps every sample ever taken, by machine, model,
 * and pass (what was measured on which configuration), and what rounds have taught beside them.
 *
 * A pass and its samples are one transaction: whoever is killed loses at most the pass in
 * hand, and several processes may add at once. Connections must not be carried across a
 * fork: close the store before, open it again after.
 *
 * Every failure names the file:
 *   HAX_BAD_INPUT  damaged, not a profile store, or written by a newer version
 *   HAX_IO         cannot be opened or written (read-only folder, full disk, locked for
 *                  long); what was committed before stays
 */
#ifndef HAX_PROFILE_STORE_STORE_H
#define HAX_PROFILE_STORE_STORE_H

#include "error.h"
#include "haxconn/platform.h"
#include "haxconn/schedule.h"

enum { HAX_STORE_VERSION = 3 };

typedef struct hax_store hax_store;

/* A pass as it is looked up. */
typedef struct hax_store_key {
    const hax_fingerprint *machine;
    uint64_t model;
    uint64_t pass;
    const char *what; /* for people who look into the file */
} hax_store_key;

typedef struct hax_stored_sample {
    int first, last; /* the group's layers; of a whole network all of them; of a kernel its cell */
    bool whole;
    hax_part part;
    bool presser; /* the time is that of who pressed (samples.h) */
    double time_ms;
    int64_t kept_s; /* when its run was kept, in seconds since 1970; hax_store_add takes now */
} hax_stored_sample;

/* Opens or makes the file, and its folder. */
hax_status hax_store_open(const char *path, hax_store **store, hax_error *err);
void hax_store_close(hax_store *store); /* NULL is allowed */

/* The number of the newest pass in the store, 0 when it is empty. */
hax_status hax_store_newest(hax_store *store, int64_t *newest, hax_error *err);

/* Adds one run of a pass, in round `round` of its call. In the same transaction the runs of
 * this key up to number `replaced` (0: none) are removed. */
hax_status hax_store_add(hax_store *store, const hax_store_key *key, int round, int64_t replaced,
                         const hax_stored_sample *samples, int count, hax_error *err);

/* Calls `visit` with every sample of a key, oldest first, and counts the runs. A failure of
 * `visit` ends the reading and is returned. */
typedef hax_status (*hax_store_visit)(void *context, const hax_stored_sample *sample,
                                      hax_error *err);
hax_status hax_store_read(hax_store *store, const hax_store_key *key, hax_store_visit visit,
                          void *context, int *runs, hax_error *err);

/* What rounds have taught of a context: one number for each group. */
typedef struct hax_stored_lesson {
    int first, last;      /* the group's layers */
    double value, spread; /* milliseconds or a factor, as the context has it; not negative */
    double known;         /* what the value stood in the place of */
} hax_stored_lesson;

/* Writes the lessons of a context (key->pass) in the place of all that it had. */
hax_status hax_store_learn(hax_store *store, const hax_store_key *key,
                           const hax_stored_lesson *lessons, int count, hax_error *err);

/* Calls `visit` with each lesson of a context. */
typedef hax_status (*hax_store_visit_lesson)(void *context, const hax_stored_lesson *lesson,
                                             hax_error *err);
hax_status hax_store_lessons(hax_store *store, const hax_store_key *key,
                             hax_store_visit_lesson visit, void *context, hax_error *err);

/* Keys of kernels that were found right on a machine (session.h), free with free; and more of them.
 * They only save time: who cannot read or write them checks again. */
hax_status hax_store_checked(hax_store *store, const hax_fingerprint *machine, uint64_t **keys,
                             int *count, hax_error *err);
hax_status hax_store_add_checked(hax_store *store, const hax_fingerprint *machine,
                                 const uint64_t *keys, int count, hax_error *err);

#endif
