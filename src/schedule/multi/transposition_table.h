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
#ifndef HAX_SCHEDULE_MULTI_TRANSPOSITION_TABLE_H
#define HAX_SCHEDULE_MULTI_TRANSPOSITION_TABLE_H

#include "state.h"

typedef struct hax_transposition_table {
    const hax_instance_set *instances;
    bool by_end; /* states are compared by when what is in progress will end */
    size_t entry_bytes;
    uint64_t bucket_count; /* a power of two */
    char *entries;
    uint64_t turn; /* who has to go next */
} hax_transposition_table;

/* Free with hax_transposition_free in any case. */
hax_status hax_transposition_make(const hax_instance_set *instances, size_t bytes_most,
                                  bool hopeful, hax_transposition_table *table, hax_error *err);
void hax_transposition_free(hax_transposition_table *table);

/* Has a state been seen that makes this one needless? If not, it has been now. */
bool hax_transposition_seen(hax_transposition_table *table, const hax_round_state *state);

#endif
