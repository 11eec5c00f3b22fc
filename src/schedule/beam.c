#include "beam.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"

enum { TURNS = 3 }; /* a bucket decides at so many times `width` states at most */

/* States that have started as many groups. */
typedef struct bucket {
    int *open; /* [width], slots */
    int open_count;
    double worst; /* rank of the worst of them when it is full */
    int worst_at;
} bucket;

typedef struct beam {
    hunt *hunt;
    const fleet *fleet;
    int width;
    size_t size;
    bucket *buckets; /* [groups + 1] */
    int *open_memory;
    char *slots;
    double *ranks; /* [slot] */
    int slot_count, slot_room;
    state *work, *child;
    int parent;
    double parent_ms;
} beam;

static state *slot(const beam *at, int index)
{
    return (state *) (void *) (at->slots + (size_t) index * at->size);
}

/* ---- buckets ------------------------------------------------------------------------------- */

static void find_worst(beam *at, bucket *of)
{
    of->worst = -INFINITY;
    for (int o = 0; o < of->open_count; o++) {
        if (at->ranks[of->open[o]] <= of->worst)
            continue;
        of->worst = at->ranks[of->open[o]];
        of->worst_at = o;
    }
}

static bool same_state(const beam *at, const state *a, const state *b)
{
    if (a->promise != b->promise || a->now_ms != b->now_ms)
        return false;
    for (int i = 0; i < at->fleet->count; i++)
        if (a->at[i].item != b->at[i].item || a->at[i].node != b->at[i].node ||
            a->at[i].then != b->at[i].then || a->at[i].left_ms != b->at[i].left_ms)
            return false;
    return true;
}

static bool is_known(const beam *at, const bucket *of, const state *made)
{
    for (int o = 0; o < of->open_count; o++)
        if (slot(at, of->open[o])->promise == made->promise &&
            same_state(at, slot(at, of->open[o]), made))
            return true;
    return false;
}

static void insert(beam *at, const state *made)
{
    bucket *to = &at->buckets[made->progress];
    bool full = to->open_count == at->width || at->slot_count == at->slot_room;
    double rank = made->promise;
    if ((full && (to->open_count == 0 || rank >= to->worst)) || is_known(at, to, made))
        return;
    int index = full ? to->open[to->worst_at] : at->slot_count++;
    if (!full)
        to->open[to->open_count++] = index;
    state_copy(at->fleet, slot(at, index), made);
    slot(at, index)->parent = at->parent;
    at->ranks[index] = rank;
    find_worst(at, to);
}

/* The best of a bucket, taken out; -1: it is empty. */
static int take_best(beam *at, bucket *of)
{
    int best = 0;
    if (of->open_count == 0)
        return -1;
    for (int o = 1; o < of->open_count; o++)
        if (at->ranks[of->open[o]] < at->ranks[of->open[best]])
            best = o;
    int taken = of->open[best];
    of->open[best] = of->open[--of->open_count];
    find_worst(at, of);
    return taken;
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

static void consider(void *context, state *decided)
{
    beam *at = context;
    state *child = at->child;
    state_copy(at->fleet, child, decided);
    if (!state_advance(at->fleet, child, outlook_finished))
        return;
    child->promise = child->unfinished
                         ? larger(outlook_promise(at->hunt->outlook, child), decided->promise)
                         : child->past;
    if (child->promise >= hunt_limit(at->hunt))
        return;
    if (child->unfinished)
        insert(at, child);
    else
        take_schedule(at, child);
}

static void decide_all(beam *at)
{
    int buckets = at->hunt->group_count + 1;
    for (int b = 0; b < buckets; b++) {
        int turns = TURNS * at->width;
        for (int index; (index = take_best(at, &at->buckets[b])) >= 0;) {
            if (slot(at, index)->promise >= hunt_limit(at->hunt))
                continue;
            if (turns-- == 0)
                break;
            if (!hunt_go_on(at->hunt))
                return;
            at->parent = index;
            state_copy(at->fleet, at->work, slot(at, index));
            state_decide(at->fleet, at->work, consider, at);
        }
    }
}

/* ---- the whole
 * ------------------------------------------------------------------------------------ */

static bool allocate(beam *at)
{
    size_t buckets = (size_t) at->hunt->group_count + 1, width = (size_t) at->width;
    size_t slots = buckets * width * (TURNS + 1) + 1;
    at->slot_room = (int) slots;
    at->buckets = calloc(buckets, sizeof *at->buckets);
    at->open_memory = calloc(buckets * width, sizeof *at->open_memory);
    at->slots = malloc(slots * at->size);
    at->ranks = malloc(slots * sizeof *at->ranks);
    at->work = malloc(at->size);
    at->child = malloc(at->size);
    for (size_t b = 0; at->buckets && b < buckets; b++)
        at->buckets[b].open = at->open_memory + b * width;
    return at->buckets && at->open_memory && at->slots && at->ranks && at->work && at->child;
}

hax_status beam_search(hunt *of, int width, hax_error *err)
{
    beam at = {
        .hunt = of, .fleet = of->fleet, .width = width, .parent = -1, .size = state_size(of->fleet)
    };
    hax_status status = allocate(&at) ? HAX_OK : hax_fail_memory(err, "a search");
    if (status == HAX_OK) {
        state_begin(of->fleet, at.child);
        at.child->past = outlook_no_past(of->fleet->problem);
        at.child->promise = outlook_promise(of->outlook, at.child);
        insert(&at, at.child);
        decide_all(&at);
    }
    free(at.buckets);
    free(at.open_memory);
    free(at.slots);
    free(at.ranks);
    free(at.work);
    free(at.child);
    return status;
}
