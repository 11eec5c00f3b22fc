#include "transposition_table.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WAYS = 8 };

typedef struct entry_actor {
    int position; /* the item, or -1 - the node */
    int then;
    double end; /* left of the item, or when it ends if all goes on as it is; 0: none */
} entry_actor;

typedef struct entry {
    double now_ms, past;
    uint64_t hash; /* 0: empty */
    entry_actor actors[];
} entry;

hax_status hax_transposition_make(const hax_instance_set *instances, size_t bytes_most,
                                  bool hopeful, hax_transposition_table *table, hax_error *err)
{
    *table = (hax_transposition_table){ .instances = instances,
                                        .by_end = hopeful || instances->alone,
                                        .bucket_count = 1 };
    table->entry_bytes = sizeof(entry) + (size_t) instances->count * sizeof(entry_actor);
    while (2 * table->bucket_count * WAYS * table->entry_bytes <= bytes_most)
        table->bucket_count *= 2;
    assert((table->bucket_count & (table->bucket_count - 1)) == 0);
    table->entries = calloc(table->bucket_count * WAYS, table->entry_bytes);
    return table->entries ? HAX_OK : hax_fail_memory(err, "a search");
}

void hax_transposition_free(hax_transposition_table *table)
{
    free(table->entries);
    *table = (hax_transposition_table){ 0 };
}

/* What is in progress demands so much in all. */
static double demanded(const hax_instance_set *instances, const hax_round_state *state)
{
    double total = 0;
    for (int i = 0; i < instances->count; i++)
        if (state->actors[i].item >= 0)
            total += instances->automata[i].items[state->actors[i].item].gbps;
    return total;
}

static void list_actors(const hax_transposition_table *table, const hax_round_state *state,
                        entry_actor *result)
{
    double total =
        table->by_end && !table->instances->alone ? demanded(table->instances, state) : 0;
    for (int i = 0; i < table->instances->count; i++) {
        const hax_instance_state *a = &state->actors[i];
        assert(a->item >= 0 || a->node >= 0);
        if (a->item < 0) {
            result[i] = (entry_actor){ -1 - a->node, a->then, 0 };
            continue;
        }
        const hax_chain_item *work = &table->instances->automata[i].items[a->item];
        double slow = table->by_end ? hax_instance_set_slowdown(table->instances, work->unit,
                                                                work->own_gbps, total - work->gbps)
                                    : 1;
        result[i] = (entry_actor){ a->item, a->then,
                                   a->left_ms * slow + (table->by_end ? state->now_ms : 0) };
    }
}

static uint64_t mixed(uint64_t hash, uint64_t more)
{
    hash = (hash ^ more) * 0x9e3779b97f4a7c15U;
    return hash ^ (hash >> 29);
}

static uint64_t hash_of(const hax_transposition_table *table, const entry_actor *actors)
{
    uint64_t hash = 1;
    for (int i = 0; i < table->instances->count; i++) {
        hash =
            mixed(hash, (uint64_t) (uint32_t) actors[i].position << 32 | (uint32_t) actors[i].then);
        if (!table->by_end) {
            uint64_t bits;
            memcpy(&bits, &actors[i].end, sizeof bits);
            hash = mixed(hash, bits);
        }
    }
    return hash ? hash : 1;
}

/* Is what has been seen at least as good as the state? */
static bool covers(const hax_transposition_table *table, const entry *seen,
                   const hax_round_state *state, const entry_actor *actors, uint64_t hash)
{
    if (seen->hash != hash || seen->now_ms > state->now_ms || seen->past > state->past)
        return false;
    for (int i = 0; i < table->instances->count; i++) {
        const entry_actor *was = &seen->actors[i], *is = &actors[i];
        if (was->position != is->position || was->then != is->then ||
            (table->by_end ? was->end > is->end : was->end != is->end))
            return false;
    }
    return true;
}

bool hax_transposition_seen(hax_transposition_table *table, const hax_round_state *state)
{
    entry_actor actors[HAX_INSTANCES_MAX];
    assert(state->unfinished > 0 && !isnan(state->bound));
    list_actors(table, state, actors);
    uint64_t hash = hash_of(table, actors);
    char *bucket = table->entries + (hash & (table->bucket_count - 1)) * WAYS * table->entry_bytes;
    entry *free_entry = NULL;
    for (int w = 0; w < WAYS; w++) {
        entry *seen = (entry *) (void *) (bucket + (size_t) w * table->entry_bytes);
        if (covers(table, seen, state, actors, hash))
            return true;
        if (seen->hash == 0 && !free_entry)
            free_entry = seen;
    }
    if (!free_entry)
        free_entry = (entry *) (void *) (bucket + (table->turn++ % WAYS) * table->entry_bytes);
    assert(hash != 0 && state->now_ms >= 0);
    free_entry->hash = hash;
    free_entry->now_ms = state->now_ms;
    free_entry->past = state->past;
    memcpy(free_entry->actors, actors, (size_t) table->instances->count * sizeof *actors);
    return false;
}
