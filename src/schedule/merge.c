#include "merge.h"

#include <stdlib.h>
#include <string.h>

enum { WAYS = 8 };

typedef struct entry_actor {
    int place; /* the item, or -1 - the node */
    int then;
    double end; /* left of the item; without contention when it ends; 0: nothing in progress */
} entry_actor;

typedef struct entry {
    double now_ms, past;
    uint64_t hash; /* 0: empty */
    entry_actor at[];
} entry;

hax_status merge_make(const fleet *of, size_t bytes_most, merge_table *made, hax_error *err)
{
    *made = (merge_table){ .fleet = of, .bucket_count = 1 };
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

static entry_actor entry_of(const merge_table *of, const state *at, int i)
{
    const actor *a = &at->at[i];
    if (a->item < 0)
        return (entry_actor){ -1 - a->node, a->then, 0 };
    return (entry_actor){ a->item, a->then, a->left_ms + (of->fleet->alone ? at->now_ms : 0) };
}

static uint64_t mixed(uint64_t hash, uint64_t more)
{
    hash = (hash ^ more) * 0x9e3779b97f4a7c15U;
    return hash ^ (hash >> 29);
}

static uint64_t hash_of(const merge_table *of, const state *at)
{
    uint64_t hash = 1;
    for (int i = 0; i < of->fleet->count; i++) {
        const entry_actor a = entry_of(of, at, i);
        hash = mixed(hash, (uint64_t) (uint32_t) a.place << 32 | (uint32_t) a.then);
        if (!of->fleet->alone) {
            uint64_t bits;
            memcpy(&bits, &a.end, sizeof bits);
            hash = mixed(hash, bits);
        }
    }
    return hash ? hash : 1;
}

/* Is what has been seen at least as good as the state? */
static bool covers(const merge_table *of, const entry *seen, const state *at, uint64_t hash)
{
    if (seen->hash != hash || seen->now_ms > at->now_ms || seen->past > at->past)
        return false;
    for (int i = 0; i < of->fleet->count; i++) {
        const entry_actor *was = &seen->at[i], is = entry_of(of, at, i);
        if (was->place != is.place || was->then != is.then ||
            (of->fleet->alone ? was->end > is.end : was->end != is.end))
            return false;
    }
    return true;
}

bool merge_seen(merge_table *of, const state *at)
{
    uint64_t hash = hash_of(of, at);
    char *bucket = of->entries + (hash & (of->bucket_count - 1)) * WAYS * of->entry_bytes;
    entry *free_entry = NULL;
    for (int w = 0; w < WAYS; w++) {
        entry *seen = (entry *) (void *) (bucket + (size_t) w * of->entry_bytes);
        if (covers(of, seen, at, hash))
            return true;
        if (seen->hash == 0 && !free_entry)
            free_entry = seen;
    }
    if (!free_entry)
        free_entry = (entry *) (void *) (bucket + (of->turn++ % WAYS) * of->entry_bytes);
    free_entry->hash = hash;
    free_entry->now_ms = at->now_ms;
    free_entry->past = at->past;
    for (int i = 0; i < of->fleet->count; i++)
        free_entry->at[i] = entry_of(of, at, i);
    return false;
}
