/*
 * States seen before, in a table of bounded size.
 *
 * What can follow a state depends on where the instances are and how much is left of what they
 * have in progress, and not on the clock. So a state need not be looked at again when one has
 * been in which all that is the same, at no later a time and with no worse a past. Keys are
 * compared in full; entries that find no room are forgotten, which costs time only.
 *
 * Without contention more is proven: of states with the same places it is enough that nothing in
 * progress ends later and the time is no later. Whatever follows the other one can follow
 * this one too, every start at its time or sooner, and a schedule with such waits is no better than
 * one without (all objectives only improve when something ends sooner). With contention that
 * is wrong: what ends sooner may bring a hungrier part sooner upon the others. It is still what
 * mostly happens, and `hopeful` tables act on it: good enough to look for schedules, no proof.
 */
#ifndef SCHEDULE_MERGE_H
#define SCHEDULE_MERGE_H

#include "state.h"

typedef struct merge_table {
    const fleet *fleet;
    bool by_end; /* states are compared by when what is in progress will end */
    size_t entry_bytes;
    uint64_t bucket_count; /* a power of two */
    char *entries;
    uint64_t turn; /* who has to go next */
} merge_table;

/* Free with merge_free in any case. */
hax_status merge_make(const fleet *of, size_t bytes_most, bool hopeful, merge_table *made,
                      hax_error *err);
void merge_free(merge_table *of);

/* Has a state been seen that makes this one needless? If not, it has been now. */
bool merge_seen(merge_table *of, const state *at);

#endif
