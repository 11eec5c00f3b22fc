#include "free_time.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "random.h"

/* ---- nodes ------------------------------------------------------------------------------------
 */

/* Whatever rounding says of its end, a length that fits is not longer. */
static double longest_of(const hax_free_time *free_time, int node)
{
    const hax_free_gap *gap = &free_time->gaps[node];
    double longest_ms = gap->end_ms - gap->start_ms;
    if (isfinite(longest_ms))
        longest_ms += 4 * DBL_EPSILON * gap->end_ms;
    if (gap->left >= 0)
        longest_ms = fmax(longest_ms, free_time->gaps[gap->left].longest_ms);
    if (gap->right >= 0)
        longest_ms = fmax(longest_ms, free_time->gaps[gap->right].longest_ms);
    return longest_ms;
}

static void renew(hax_free_time *free_time, int node)
{
    free_time->gaps[node].longest_ms = longest_of(free_time, node);
}

/* Room for so many more. */
static bool make_room(hax_free_time *free_time, int more)
{
    enum { FIRST_ROOM = 64 };
    if (free_time->capacity - free_time->count >= more)
        return true;
    const int capacity = free_time->capacity ? 2 * free_time->capacity : FIRST_ROOM;
    hax_free_gap *grown = realloc(free_time->gaps, (size_t) capacity * sizeof *grown);
    if (!grown)
        return false;
    free_time->gaps = grown;
    free_time->capacity = capacity;
    return true;
}

static int add_gap(hax_free_time *free_time, double start_ms, double end_ms)
{
    const int node = free_time->count++;
    hax_random random = { free_time->random };
    assert(free_time->count <= free_time->capacity && start_ms <= end_ms);
    free_time->gaps[node] = (hax_free_gap){ .start_ms = start_ms,
                                            .end_ms = end_ms,
                                            .priority = hax_random_next(&random),
                                            .left = -1,
                                            .right = -1 };
    free_time->random = random.state;
    renew(free_time, node);
    return node;
}

bool hax_free_time_open(hax_free_time *free_time)
{
    *free_time = (hax_free_time){ .root = -1, .random = 1 };
    if (!make_room(free_time, 1))
        return false;
    free_time->root = add_gap(free_time, 0, INFINITY);
    return true;
}

void hax_free_time_close(hax_free_time *free_time)
{
    free(free_time->gaps);
    *free_time = (hax_free_time){ .root = -1 };
}

/* ---- trees ------------------------------------------------------------------------------------
 */

/* Those that start before a time, and the others. */
static void split(hax_free_time *free_time, int node, double time_ms, int *before, int *behind)
{
    if (node < 0) {
        *before = *behind = -1;
        return;
    }
    hax_free_gap *gap = &free_time->gaps[node];
    free_time->steps++;
    if (gap->start_ms < time_ms) {
        split(free_time, gap->right, time_ms, &gap->right, behind);
        *before = node;
    } else {
        split(free_time, gap->left, time_ms, before, &gap->left);
        *behind = node;
    }
    renew(free_time, node);
}

static int join(hax_free_time *free_time, int before, int behind)
{
    if (before < 0 || behind < 0)
        return before < 0 ? behind : before;
    hax_free_gap *first = &free_time->gaps[before], *second = &free_time->gaps[behind];
    free_time->steps++;
    if (first->priority > second->priority) {
        first->right = join(free_time, first->right, behind);
        renew(free_time, before);
        return before;
    }
    second->left = join(free_time, before, second->left);
    renew(free_time, behind);
    return behind;
}

/* Ends the last gap by a time; the end that it had, or the time where that was sooner. */
static double cut_last(hax_free_time *free_time, int node, double time_ms)
{
    if (node < 0)
        return time_ms;
    hax_free_gap *gap = &free_time->gaps[node];
    free_time->steps++;
    double end_ms = gap->end_ms;
    if (gap->right >= 0)
        end_ms = cut_last(free_time, gap->right, time_ms);
    else
        gap->end_ms = fmin(gap->end_ms, time_ms);
    renew(free_time, node);
    return fmax(end_ms, time_ms);
}

static double last_end(const hax_free_time *free_time, int node)
{
    while (free_time->gaps[node].right >= 0)
        node = free_time->gaps[node].right;
    return free_time->gaps[node].end_ms;
}

static double first_start(const hax_free_time *free_time, int node)
{
    while (free_time->gaps[node].left >= 0)
        node = free_time->gaps[node].left;
    return free_time->gaps[node].start_ms;
}

/* ---- what is asked ----------------------------------------------------------------------------
 */

static bool find(hax_free_time *free_time, int node, double from_ms, double length_ms,
                 double *start_ms)
{
    if (node < 0 || free_time->gaps[node].longest_ms < length_ms)
        return false;
    const hax_free_gap *gap = &free_time->gaps[node];
    free_time->steps++;
    /* those on the left end before this one starts */
    if (gap->start_ms >= from_ms && find(free_time, gap->left, from_ms, length_ms, start_ms))
        return true;
    *start_ms = fmax(gap->start_ms, from_ms);
    return gap->end_ms >= *start_ms + length_ms ||
           find(free_time, gap->right, from_ms, length_ms, start_ms);
}

double hax_free_time_first(hax_free_time *free_time, double from_ms, double length_ms)
{
    double start_ms = from_ms;
    const bool found = find(free_time, free_time->root, from_ms, length_ms, &start_ms);
    assert(found && start_ms >= from_ms); /* the last gap has no end */
    (void) found;
    return start_ms;
}

bool hax_free_time_take(hax_free_time *free_time, double start_ms, double end_ms)
{
    int before, within, behind;
    assert(start_ms <= end_ms && isfinite(end_ms));
    if (start_ms == end_ms)
        return true;
    if (!make_room(free_time, 2))
        return false;
    split(free_time, free_time->root, start_ms, &before, &behind);
    split(free_time, behind, end_ms, &within, &behind);
    double free_until_ms = cut_last(free_time, before, start_ms);
    if (within >= 0) { /* these go, but for the moment before and what is left behind */
        free_until_ms = fmax(free_until_ms, last_end(free_time, within));
        if (first_start(free_time, within) == start_ms)
            before = join(free_time, before, add_gap(free_time, start_ms, start_ms));
    }
    if (free_until_ms >= end_ms)
        before = join(free_time, before, add_gap(free_time, end_ms, free_until_ms));
    free_time->root = join(free_time, before, behind);
    return true;
}
