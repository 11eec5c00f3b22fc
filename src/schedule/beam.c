#include "beam.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "merge.h"
#include "order.h"

typedef struct beam {
    hunt *hunt;
    const fleet *fleet;
    int width;
    size_t size;
    heap *buckets; /* [groups + 1]: states that have started as many groups, by promise */
    char *slots;
    int slot_count, slot_room;
    int *unused; /* slots */
    int unused_count;
    merge_table seen;
    state *work, *child;
    int parent;
    bool narrow, out_of_memory;
    bool full; /* no room for more states */
} beam;

static state *slot(const beam *at, int index)
{
    return (state *) (void *) (at->slots + (size_t) index * at->size);
}

/* ---- slots ---------------------------------------------------------------------------------- */

static bool widen(void **list, int *room, size_t size)
{
    int wanted = *room ? 2 * *room : 256;
    void *grown = realloc(*list, (size_t) wanted * size);
    if (!grown)
        return false;
    *list = grown;
    *room = wanted;
    return true;
}

/* States: beyond, a beam ends. Those on the way to where it is stay until it does, so a beam of
 * many groups cannot be wide. */
static const size_t states_most = (size_t) 1 << 30;

/* A slot that is not in use; -1: memory is out. */
static int take_slot(beam *at)
{
    if (at->unused_count)
        return at->unused[--at->unused_count];
    if (at->slot_count == at->slot_room) {
        void *slots = at->slots, *unused = at->unused;
        int room = at->slot_room;
        if (!widen(&slots, &at->slot_room, at->size))
            return -1;
        at->slots = slots;
        if (!widen(&unused, &room, sizeof *at->unused))
            return -1;
        at->unused = unused;
    }
    return at->slot_count++;
}

static void give_slot(beam *at, int index)
{
    at->unused[at->unused_count++] = index;
}

static void insert(beam *at, const state *made)
{
    at->full = !at->unused_count && (size_t) at->slot_count * at->size >= states_most;
    if (at->full)
        return;
    int index = take_slot(at);
    if (index < 0 || !heap_push(&at->buckets[made->progress], made->promise, (size_t) index)) {
        at->out_of_memory = true;
        return;
    }
    state_copy(at->fleet, slot(at, index), made);
    slot(at, index)->parent = at->parent;
}

/* ---- one step ----------------------------------------------------------------------------------
 */

/* The way to a last state, read along the parents and turned round. */
static void take_schedule(beam *at, const state *last)
{
    placement *trail = at->hunt->trail;
    int count = 0;
    const state *after = last;
    for (int p = at->parent; p >= 0; p = after->parent) {
        count = hunt_trail(at->hunt, count, slot(at, p)->now_ms, after);
        after = slot(at, p);
    }
    for (int p = 0; p < count / 2; p++) {
        placement kept = trail[p];
        trail[p] = trail[count - 1 - p];
        trail[count - 1 - p] = kept;
    }
    hunt_found(at->hunt, last->past, count);
}

static bool consider(void *context, state *decided)
{
    beam *at = context;
    state *child = at->child;
    if (at->full || at->out_of_memory || !hunt_look(at->hunt))
        return false;
    state_copy(at->fleet, child, decided);
    if (!state_advance(at->fleet, child, outlook_finished))
        return true;
    child->promise = child->unfinished
                         ? larger(outlook_promise(at->hunt->outlook, child), decided->promise)
                         : child->past;
    if (child->promise >= hunt_limit(at->hunt))
        return true;
    if (child->unfinished)
        insert(at, child);
    else
        take_schedule(at, child);
    return true;
}

/* Decides at the best states of a bucket and gives back the others; false when it is time to
 * stop. */
static bool decide_bucket(beam *at, heap *of)
{
    int decided = 0;
    while (of->count > 0 && decided < at->width && !at->out_of_memory && !at->full) {
        int index = (int) heap_pop(of);
        if (slot(at, index)->promise >= hunt_limit(at->hunt) ||
            merge_seen(&at->seen, slot(at, index))) {
            give_slot(at, index);
            continue;
        }
        if (!hunt_go_on(at->hunt))
            return false;
        decided++;
        at->parent = index;
        state_copy(at->fleet, at->work, slot(at, index));
        if (!state_decide(at->fleet, at->work, consider, at))
            at->narrow = true;
    }
    at->narrow = at->narrow || of->count > 0;
    while (of->count > 0)
        give_slot(at, (int) of->items[--of->count].value);
    return !at->full;
}

/* ---- the whole
 * ------------------------------------------------------------------------------------ */

static hax_status make(beam *at, hax_error *err)
{
    static const size_t table_most = (size_t) 64 << 20;
    size_t buckets = (size_t) at->hunt->group_count + 1;
    size_t bytes = (size_t) at->width * buckets * 2 * at->size; /* about all that is looked at */
    at->buckets = calloc(buckets, sizeof *at->buckets);
    at->work = malloc(at->size);
    at->child = malloc(at->size);
    if (!at->buckets || !at->work || !at->child)
        return hax_fail_memory(err, "a search");
    return merge_make(at->fleet, bytes < table_most ? bytes : table_most, true, &at->seen, err);
}

hax_status beam_search(hunt *of, int width, bool *narrow, hax_error *err)
{
    beam at = {
        .hunt = of, .fleet = of->fleet, .width = width, .parent = -1, .size = state_size(of->fleet)
    };
    hax_status status = make(&at, err);
    if (status == HAX_OK) {
        state_begin(of->fleet, at.child);
        at.child->past = outlook_no_past(of->fleet->problem);
        at.child->promise = outlook_promise(of->outlook, at.child);
        insert(&at, at.child);
        for (int b = 0; b <= of->group_count && decide_bucket(&at, &at.buckets[b]); b++)
            ;
        if (at.out_of_memory)
            status = hax_fail_memory(err, "a search");
    }
    *narrow = at.narrow;
    for (int b = 0; at.buckets && b <= of->group_count; b++)
        heap_free(&at.buckets[b]);
    merge_free(&at.seen);
    free(at.buckets);
    free(at.slots);
    free(at.unused);
    free(at.work);
    free(at.child);
    return status;
}
