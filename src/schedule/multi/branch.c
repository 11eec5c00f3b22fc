#include "branch.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "state.h"

static const size_t table_bytes = (size_t) 64 << 20;

static hax_round_state *slot(const hax_branch *branch, int index)
{
    assert(index >= 0 && index < branch->capacity);
    return (hax_round_state *) (void *) (branch->slots + (size_t) index * branch->size);
}

static int by_promise(const void *a, const void *b)
{
    const hax_branch_child *x = a, *y = b;
    if (x->bound != y->bound)
        return x->bound < y->bound ? -1 : 1;
    if (x->progress != y->progress)
        return x->progress > y->progress ? -1 : 1;
    return (x->slot > y->slot) - (x->slot < y->slot);
}

/* The state a frame is at. */
static const hax_round_state *current(const hax_branch *branch, int depth)
{
    const hax_branch_frame *frame = &branch->frames[depth];
    assert(depth < branch->depth && frame->next > 0 && frame->next <= frame->count);
    return slot(branch, branch->order[frame->first + frame->next - 1].slot);
}

#ifndef NDEBUG
/* No bound of a state on the way is above what it led to, but for what counts as the same. */
static void check_bounds(const hax_branch *branch, double cost)
{
    for (int d = 0; d < branch->depth; d++)
        assert(current(branch, d)->bound <=
               cost + hax_objective_tolerance(branch->instances->problem, cost));
}
#endif

static void take_schedule(hax_branch *branch, const hax_round_state *last)
{
    int count = 0;
#ifndef NDEBUG
    check_bounds(branch, last->past);
#endif
    for (int d = 1; d < branch->depth; d++)
        count = hax_search_append_starts(branch->search, count, current(branch, d - 1)->now_ms,
                                         current(branch, d));
    count = hax_search_append_starts(branch->search, count,
                                     current(branch, branch->depth - 1)->now_ms, last);
    hax_search_accept(branch->search, last->past, count);
}

static void push(hax_branch *branch, const hax_round_state *state)
{
    assert(branch->count <= branch->capacity && !isnan(state->bound));
    if (branch->count == branch->capacity) {
        branch->search->inexact = true;
        return;
    }
    hax_round_state_copy(branch->instances, slot(branch, branch->count), state);
    branch->order[branch->count] =
        (hax_branch_child){ state->bound, state->progress, branch->count };
    branch->count++;
}

static bool consider(void *context, hax_round_state *decided)
{
    hax_branch *branch = context;
    hax_round_state *child = branch->child;
    if (!hax_search_poll(
            branch->search)) /* a frame holds all that follows: the search ends without it */
        return false;
    hax_round_state_copy(branch->instances, child, decided);
    if (!hax_round_state_advance(branch->instances, child, hax_lower_bound_finished))
        return true;
    child->bound = child->past;
    if (child->unfinished)
        child->bound =
            hax_max(hax_lower_bound_value(branch->search->lower_bound, child), decided->bound);
    assert(child->bound >= decided->bound || !child->unfinished);
    if (child->bound >= hax_search_limit(branch->search))
        return true;
    if (child->unfinished)
        push(branch, child);
    else
        take_schedule(branch, child);
    return true;
}

/* A frame of all that follows the state the last frame is at. */
static void open_frame(hax_branch *branch)
{
    const int first = branch->count;
    assert(branch->depth < branch->depth_most);
    hax_round_state_copy(branch->instances, branch->work, current(branch, branch->depth - 1));
    if (!hax_round_state_decide(branch->instances, branch->work, consider, branch))
        branch->search->inexact = true;
    branch->frames[branch->depth++] = (hax_branch_frame){ first, branch->count - first, 0 };
    qsort(branch->order + first, (size_t) (branch->count - first), sizeof *branch->order,
          by_promise);
    assert(branch->count >= first && branch->count <= branch->capacity);
}

static void close_frame(hax_branch *branch)
{
    assert(branch->depth > 0 && branch->frames[branch->depth - 1].first <= branch->count);
    branch->count = branch->frames[--branch->depth].first;
}

bool hax_branch_run(hax_branch *branch, uint64_t nodes)
{
    for (uint64_t until = branch->search->nodes + nodes; branch->depth > 0;) {
        hax_branch_frame *frame = &branch->frames[branch->depth - 1];
        const hax_branch_child *next = &branch->order[frame->first + frame->next];
        if (frame->next == frame->count || next->bound >= hax_search_limit(branch->search)) {
            close_frame(branch);
            continue;
        }
        if (branch->search->nodes >= until || !hax_search_count_node(branch->search))
            return false;
        assert(frame->next == 0 || next[-1].bound <= next->bound); /* the most promising first */
        frame->next++;
        if (!hax_transposition_seen(&branch->seen, slot(branch, next->slot)))
            open_frame(branch);
    }
    return !branch->search->inexact;
}

/* Every event ends at least one item, and no instance goes through more than three for a
 * group. */
hax_status hax_branch_make(hax_search_context *search, hax_branch *branch, hax_error *err)
{
    enum { SLOTS = 1 << 16 };
    *branch = (hax_branch){ .search = search,
                            .instances = search->instances,
                            .size = hax_round_state_size(search->instances) };
    branch->capacity = SLOTS;
    branch->depth_most = 3 * search->group_count + 2;
    branch->slots = malloc(SLOTS * branch->size);
    branch->order = malloc(SLOTS * sizeof *branch->order);
    branch->frames = calloc((size_t) branch->depth_most, sizeof *branch->frames);
    branch->work = malloc(branch->size);
    branch->child = malloc(branch->size);
    if (!branch->slots || !branch->order || !branch->frames || !branch->work || !branch->child)
        return hax_fail_memory(err, "a search");
    HAX_TRY(hax_transposition_make(search->instances, table_bytes, false, &branch->seen, err));
    hax_round_state_begin(search->instances, branch->child);
    branch->child->past = hax_objective_no_past(search->instances->problem);
    branch->child->bound = hax_lower_bound_value(search->lower_bound, branch->child);
    push(branch, branch->child);
    branch->frames[branch->depth++] = (hax_branch_frame){ 0, 1, 0 };
    return HAX_OK;
}

void hax_branch_free(hax_branch *branch)
{
    hax_transposition_free(&branch->seen);
    free(branch->slots);
    free(branch->order);
    free(branch->frames);
    free(branch->work);
    free(branch->child);
    *branch = (hax_branch){ 0 };
}
