#include "beam.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "state.h"
#include "transposition_table.h"

typedef struct beam {
    hax_search_context *search;
    const hax_instance_set *instances;
    int width;
    size_t size;
    hax_heap *buckets; /* [groups + 1]: states that have started as many groups, by bound */
    char *slots;
    int slot_count, slot_capacity;
    int *unused; /* slots */
    int unused_count;
    hax_transposition_table seen;
    hax_round_state *work, *child;
    int parent;
    bool narrow, out_of_memory;
    bool full; /* no room for more states */
} beam;

static hax_round_state *slot(const beam *beam, int index)
{
    assert(index >= 0 && index < beam->slot_count);
    return (hax_round_state *) (void *) (beam->slots + (size_t) index * beam->size);
}

/* ---- slots ---------------------------------------------------------------------------------- */

static bool widen(void **list, int *capacity, size_t size)
{
    int wanted = *capacity ? 2 * *capacity : 256;
    void *grown = realloc(*list, (size_t) wanted * size);
    if (!grown)
        return false;
    *list = grown;
    *capacity = wanted;
    return true;
}

/* States: beyond, a beam ends. Those on the way to where it is stay until it does, so a beam of
 * many groups cannot be wide. */
static const size_t states_most = (size_t) 1 << 30;

/* A slot that is not in use; -1: memory is out. */
static int take_slot(beam *beam)
{
    if (beam->unused_count)
        return beam->unused[--beam->unused_count];
    if (beam->slot_count == beam->slot_capacity) {
        void *slots = beam->slots, *unused = beam->unused;
        int capacity = beam->slot_capacity;
        if (!widen(&slots, &beam->slot_capacity, beam->size))
            return -1;
        beam->slots = slots;
        if (!widen(&unused, &capacity, sizeof *beam->unused))
            return -1;
        beam->unused = unused;
    }
    return beam->slot_count++;
}

static void give_slot(beam *beam, int index)
{
    assert(beam->unused_count < beam->slot_count);
    beam->unused[beam->unused_count++] = index;
}

static void insert(beam *beam, const hax_round_state *state)
{
    beam->full = !beam->unused_count && (size_t) beam->slot_count * beam->size >= states_most;
    if (beam->full)
        return;
    assert(state->progress >= 0 && state->progress <= beam->search->group_count);
    int index = take_slot(beam);
    if (index < 0 ||
        !hax_heap_push(&beam->buckets[state->progress], state->bound, (size_t) index)) {
        beam->out_of_memory = true;
        return;
    }
    hax_round_state_copy(beam->instances, slot(beam, index), state);
    slot(beam, index)->parent = beam->parent;
}

/* ---- one step ----------------------------------------------------------------------------------
 */

#ifndef NDEBUG
/* No bound of a state is above what it led to, but for what counts as the same. */
static bool bound_is_kept(const hax_search_context *search, double bound, double cost)
{
    return bound <= cost + hax_objective_tolerance(search->instances->problem, cost);
}
#endif

/* The way to a last state, read along the parents and turned round. */
static void take_schedule(beam *beam, const hax_round_state *last)
{
    hax_placement *trail = beam->search->trail;
    int count = 0;
    const hax_round_state *after = last;
    for (int p = beam->parent; p >= 0; p = after->parent) {
        assert(bound_is_kept(beam->search, slot(beam, p)->bound, last->past));
        count = hax_search_append_starts(beam->search, count, slot(beam, p)->now_ms, after);
        after = slot(beam, p);
    }
    for (int p = 0; p < count / 2; p++) {
        hax_placement kept = trail[p];
        trail[p] = trail[count - 1 - p];
        trail[count - 1 - p] = kept;
    }
    hax_search_accept(beam->search, last->past, count);
}

static bool consider(void *context, hax_round_state *decided)
{
    beam *candidate = context;
    hax_round_state *child = candidate->child;
    if (candidate->full || candidate->out_of_memory || !hax_search_poll(candidate->search))
        return false;
    hax_round_state_copy(candidate->instances, child, decided);
    if (!hax_round_state_advance(candidate->instances, child, hax_lower_bound_finished))
        return true;
    child->bound =
        child->unfinished
            ? hax_max(hax_lower_bound_value(candidate->search->lower_bound, child), decided->bound)
            : child->past;
    assert(child->bound >= decided->bound || !child->unfinished);
    if (child->bound >= hax_search_limit(candidate->search))
        return true;
    if (child->unfinished)
        insert(candidate, child);
    else
        take_schedule(candidate, child);
    return true;
}

/* Decides at the best states of a bucket and gives back the others; false when it is time to
 * stop. */
static bool decide_bucket(beam *beam, hax_heap *heap)
{
    int decided = 0;
    while (heap->count > 0 && decided < beam->width && !beam->out_of_memory && !beam->full) {
        int index = (int) hax_heap_pop(heap);
        if (slot(beam, index)->bound >= hax_search_limit(beam->search) ||
            hax_transposition_seen(&beam->seen, slot(beam, index))) {
            give_slot(beam, index);
            continue;
        }
        if (!hax_search_count_node(beam->search))
            return false;
        decided++;
        beam->parent = index;
        hax_round_state_copy(beam->instances, beam->work, slot(beam, index));
        if (!hax_round_state_decide(beam->instances, beam->work, consider, beam))
            beam->narrow = true;
    }
    assert(decided <= beam->width);
    beam->narrow = beam->narrow || heap->count > 0;
    while (heap->count > 0)
        give_slot(beam, (int) heap->items[--heap->count].value);
    return !beam->full;
}

/* ---- the whole
 * ------------------------------------------------------------------------------------ */

static hax_status make(beam *beam, hax_error *err)
{
    static const size_t table_most = (size_t) 64 << 20;
    size_t buckets = (size_t) beam->search->group_count + 1;
    size_t bytes =
        (size_t) beam->width * buckets * 2 * beam->size; /* about all that is looked at */
    beam->buckets = calloc(buckets, sizeof *beam->buckets);
    beam->work = malloc(beam->size);
    beam->child = malloc(beam->size);
    if (!beam->buckets || !beam->work || !beam->child)
        return hax_fail_memory(err, "a search");
    return hax_transposition_make(beam->instances, bytes < table_most ? bytes : table_most, true,
                                  &beam->seen, err);
}

hax_status hax_beam_search(hax_search_context *search, int width, bool *narrow, hax_error *err)
{
    beam context = { .search = search,
                     .instances = search->instances,
                     .width = width,
                     .parent = -1,
                     .size = hax_round_state_size(search->instances) };
    hax_status status = make(&context, err);
    if (status == HAX_OK) {
        hax_round_state_begin(search->instances, context.child);
        context.child->past = hax_objective_no_past(search->instances->problem);
        context.child->bound = hax_lower_bound_value(search->lower_bound, context.child);
        insert(&context, context.child);
        for (int b = 0; b <= search->group_count && decide_bucket(&context, &context.buckets[b]);
             b++)
            ;
        if (context.out_of_memory)
            status = hax_fail_memory(err, "a search");
    }
    *narrow = context.narrow;
    for (int b = 0; context.buckets && b <= search->group_count; b++)
        hax_heap_free(&context.buckets[b]);
    hax_transposition_free(&context.seen);
    free(context.buckets);
    free(context.slots);
    free(context.unused);
    free(context.work);
    free(context.child);
    return status;
}
