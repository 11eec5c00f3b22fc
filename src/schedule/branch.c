#include "branch.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "order.h"

static const size_t table_bytes = (size_t) 64 << 20;

static state *slot(const branch *of, int index)
{
    return (state *) (void *) (of->slots + (size_t) index * of->size);
}

static int by_promise(const void *a, const void *b)
{
    const branch_child *x = a, *y = b;
    if (x->promise != y->promise)
        return x->promise < y->promise ? -1 : 1;
    if (x->progress != y->progress)
        return x->progress > y->progress ? -1 : 1;
    return (x->slot > y->slot) - (x->slot < y->slot);
}

/* The state a frame is at. */
static const state *current(const branch *of, int depth)
{
    const branch_frame *frame = &of->frames[depth];
    return slot(of, of->order[frame->first + frame->next - 1].slot);
}

static void take_schedule(branch *of, const state *last)
{
    int count = 0;
    for (int d = 1; d < of->depth; d++)
        count = hunt_trail(of->hunt, count, current(of, d - 1)->now_ms, current(of, d));
    count = hunt_trail(of->hunt, count, current(of, of->depth - 1)->now_ms, last);
    hunt_found(of->hunt, last->past, count);
}

static void push(branch *of, const state *made)
{
    if (of->count == of->room) {
        of->hunt->inexact = true;
        return;
    }
    state_copy(of->fleet, slot(of, of->count), made);
    of->order[of->count] = (branch_child){ made->promise, made->progress, of->count };
    of->count++;
}

static bool consider(void *context, state *decided)
{
    branch *of = context;
    state *child = of->child;
    if (!hunt_look(of->hunt)) /* a frame holds all that follows: the search ends without it */
        return false;
    state_copy(of->fleet, child, decided);
    if (!state_advance(of->fleet, child, outlook_finished))
        return true;
    child->promise = child->past;
    if (child->unfinished)
        child->promise = larger(outlook_promise(of->hunt->outlook, child), decided->promise);
    if (child->promise >= hunt_limit(of->hunt))
        return true;
    if (child->unfinished)
        push(of, child);
    else
        take_schedule(of, child);
    return true;
}

/* A frame of all that follows the state the last frame is at. */
static void open_frame(branch *of)
{
    const int first = of->count;
    assert(of->depth < of->depth_most);
    state_copy(of->fleet, of->work, current(of, of->depth - 1));
    if (!state_decide(of->fleet, of->work, consider, of))
        of->hunt->inexact = true;
    of->frames[of->depth++] = (branch_frame){ first, of->count - first, 0 };
    qsort(of->order + first, (size_t) (of->count - first), sizeof *of->order, by_promise);
}

static void close_frame(branch *of)
{
    of->count = of->frames[--of->depth].first;
}

bool branch_run(branch *of, uint64_t nodes)
{
    for (uint64_t until = of->hunt->nodes + nodes; of->depth > 0;) {
        branch_frame *frame = &of->frames[of->depth - 1];
        const branch_child *next = &of->order[frame->first + frame->next];
        if (frame->next == frame->count || next->promise >= hunt_limit(of->hunt)) {
            close_frame(of);
            continue;
        }
        if (of->hunt->nodes >= until || !hunt_go_on(of->hunt))
            return false;
        frame->next++;
        if (!merge_seen(&of->seen, slot(of, next->slot)))
            open_frame(of);
    }
    return !of->hunt->inexact;
}

/* Every event ends at least one item, and no instance goes through more than three for a
 * group. */
hax_status branch_make(hunt *on, branch *made, hax_error *err)
{
    enum { SLOTS = 1 << 16 };
    *made = (branch){ .hunt = on, .fleet = on->fleet, .size = state_size(on->fleet) };
    made->room = SLOTS;
    made->depth_most = 3 * on->group_count + 2;
    made->slots = malloc(SLOTS * made->size);
    made->order = malloc(SLOTS * sizeof *made->order);
    made->frames = calloc((size_t) made->depth_most, sizeof *made->frames);
    made->work = malloc(made->size);
    made->child = malloc(made->size);
    if (!made->slots || !made->order || !made->frames || !made->work || !made->child)
        return hax_fail_memory(err, "a search");
    HAX_TRY(merge_make(on->fleet, table_bytes, false, &made->seen, err));
    state_begin(on->fleet, made->child);
    made->child->past = outlook_no_past(on->fleet->problem);
    made->child->promise = outlook_promise(on->outlook, made->child);
    push(made, made->child);
    made->frames[made->depth++] = (branch_frame){ 0, 1, 0 };
    return HAX_OK;
}

void branch_free(branch *of)
{
    merge_free(&of->seen);
    free(of->slots);
    free(of->order);
    free(of->frames);
    free(of->work);
    free(of->child);
    *of = (branch){ 0 };
}
