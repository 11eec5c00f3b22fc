#include "merge.h"

#include <stdlib.h>
#include <string.h>

enum { WAYS = 8 };

typedef struct entry_actor {
    int place; /* the item, or -1 - the node */
    int then;
    double end; /* left of the item, or when it ends if all goes on as it is; 0: none */
} entry_actor;

typedef struct entry {
    double now_ms, past;
    uint64_t hash; /* 0: empty */
    entry_actor at[];
} entry;

hax_status merge_make(const fleet *of, size_t bytes_most, bool hopeful, merge_table *made,
                      hax_error *err)
{
    *made = (merge_table){ .fleet = of, .by_end = hopeful || of->alone, .bucket_count = 1 };
    made->entry_bytes = sizeof(entry) + (size_t) of->count * sizeof(entry_actor);
    while (2 * made->bucket_count * WAYS * made->entry_bytes <= bytes_most)
        made->bucket_count *= 2;
    made->entries = calloc(made->bucket_count * WAYS, made->entry_bytes);
    return made->entries ? HAX_OK : hax_fail_memory(err, "a search");
}

void merge_free(merge_table *of)
{
    free(of->entries);
    *of = (merge_table){ 0 };
}

/* What is in progress demands so much in all. */
static double demanded(const fleet *of, const state *at)
{
    double total = 0;
    for (int i = 0; i < of->count; i++)
        if (at->at[i].item >= 0)
            total += of->of[i].items[at->at[i].item].gbps;
    return total;
}

static void list_actors(const merge_table *of, const state *at, entry_actor *made)
{
    double total = of->by_end && !of->fleet->alone ? demanded(of->fleet, at) : 0;
    for (int i = 0; i < of->fleet->count; i++) {
        const actor *a = &at->at[i];
        if (a->item < 0) {
            made[i] = (entry_actor){ -1 - a->node, a->then, 0 };
            continue;
        }
        const item *work = &of->fleet->of[i].items[a->item];
        double slow =
            of->by_end ? fleet_slowdown(of->fleet, work->unit, work->own_gbps, total - work->gbps)
                       : 1;
        made[i] =
            (entry_actor){ a->item, a->then, a->left_ms * slow + (of->by_end ? at->now_ms : 0) };
    }
}

static uint64_t mixed(uint64_t hash, uint64_t more)
{
    hash = (hash ^ more) * 0x9e3779b97f4a7c15U;
    return hash ^ (hash >> 29);
}

static uint64_t hash_of(const merge_table *of, const entry_actor *actors)
{
    uint64_t hash = 1;
    for (int i = 0; i < of->fleet->count; i++) {
        hash = mixed(hash, (uint64_t) (uint32_t) actors[i].place << 32 | (uint32_t) actors[i].then);
        if (!of->by_end) {
            uint64_t bits;
            memcpy(&bits, &actors[i].end, sizeof bits);
            hash = mixed(hash, bits);
        }
    }
    return hash ? hash : 1;
}

/* Is what has been seen at least as good as the state? */
static bool covers(const merge_table *of, const entry *seen, const state *at,
                   const entry_actor *actors, uint64_t hash)
{
    if (seen->hash != hash || seen->now_ms > at->now_ms || seen->past > at->past)
        return false;
    for (int i = 0; i < of->fleet->count; i++) {
        const entry_actor *was = &seen->at[i], *is = &actors[i];
        if (was->place != is->place || was->then != is->then ||
            (of->by_end ? was->end > is->end : was->end != is->end))
            return false;
    }
    return true;
}

bool merge_seen(merge_table *of, const state *at)
{
    entry_actor actors[FLEET_MAX];
    list_actors(of, at, actors);
    uint64_t hash = hash_of(of, actors);
    char *bucket = of->entries + (hash & (of->bucket_count - 1)) * WAYS * of->entry_bytes;
    entry *free_entry = NULL;
    for (int w = 0; w < WAYS; w++) {
        entry *seen = (entry *) (void *) (bucket + (size_t) w * of->entry_bytes);
        if (covers(of, seen, at, actors, hash))
            return true;
        if (seen->hash == 0 && !free_entry)
            free_entry = seen;
    }
    if (!free_entry)
        free_entry = (entry *) (void *) (bucket + (of->turn++ % WAYS) * of->entry_bytes);
    free_entry->hash = hash;
    free_entry->now_ms = at->now_ms;
    free_entry->past = at->past;
    memcpy(free_entry->at, actors, (size_t) of->fleet->count * sizeof *actors);
    return false;
}
