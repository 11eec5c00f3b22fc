#include "convex_set.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "convex_dominance.h"
#include "instance_set.h"
#include "minmax.h"

bool hax_convex_set_make(hax_convex_set *set, int width, int compared)
{
    assert(compared >= 1 && compared <= width && compared <= 1 + HAX_INSTANCES_MAX);
    *set = (hax_convex_set){ .width = width, .compared = compared };
    set->points = malloc((size_t) HULL_MOST * (size_t) width * sizeof *set->points);
    return set->points != NULL;
}

void hax_convex_set_free(hax_convex_set *set)
{
    free(set->points);
    *set = (hax_convex_set){ 0 };
}

void hax_convex_set_copy(hax_convex_set *to, const hax_convex_set *from)
{
    assert(to->width == from->width && from->count >= 0 && from->count <= HULL_MOST);
    to->count = from->count;
    to->full = from->full;
    memcpy(to->points, from->points, (size_t) (from->count * from->width) * sizeof *to->points);
}

/* Room for one more point; NULL: there is none. */
static double *add_point(hax_convex_set *set)
{
    if (set->count == HULL_MOST) {
        set->full = true;
        return NULL;
    }
    return hax_convex_set_point(set, set->count++);
}

static void drop_point(hax_convex_set *set, int p)
{
    assert(p >= 0 && p < set->count);
    if (p != --set->count)
        memcpy(hax_convex_set_point(set, p), hax_convex_set_point(set, set->count),
               (size_t) set->width * sizeof *set->points);
}

/* ---- parts and moves ------------------------------------------------------------------------ */

static void add_crossing(hax_convex_set *set, int in, int out, double share)
{
    assert(share >= 0 && share <= 1);
    double *made = add_point(set);
    const double *from = hax_convex_set_point(set, in), *to = hax_convex_set_point(set, out);
    for (int c = 0; made && c < set->width; c++)
        made[c] = from[c] + share * (to[c] - from[c]);
}

/* The crossings of all pairs of points inside and outside lie in the hull, and the corners of the
 * part are among them and the points inside. */
void hax_convex_set_cut(hax_convex_set *set, int x, int y)
{
    double beyond[HULL_MOST]; /* > 0: outside */
    int count = set->count, outside = 0;
    assert(x > 0 && x < set->compared && y > 0 && y < set->compared && x != y);
    for (int p = 0; p < count; p++) {
        const double *at = hax_convex_set_point(set, p);
        beyond[p] = at[x] - at[y];
        if (fabs(beyond[p]) <= hax_convex_set_slack(at[y]))
            beyond[p] = 0;
        outside += beyond[p] > 0;
    }
    for (int in = 0; outside > 0 && outside < count && in < count; in++)
        for (int out = 0; beyond[in] < 0 && out < count; out++)
            if (beyond[out] > 0)
                add_crossing(set, in, out, beyond[in] / (beyond[in] - beyond[out]));
    for (int p = count - 1; outside > 0 && p >= 0; p--)
        if (beyond[p] > 0)
            drop_point(set, p);
    assert(set->count >= count - outside); /* what was inside stays */
}

#ifndef NDEBUG
/* Is the end of this coordinate still to come, but for the rounding of many steps? */
static bool is_ahead(const double *point, int x)
{
    return point[x] >= point[0] - 1e-9 * (1 + point[0]);
}
#endif

void hax_convex_set_pass(hax_convex_set *set, int x)
{
    for (int p = 0; p < set->count; p++) {
        double *at = hax_convex_set_point(set, p);
        assert(is_ahead(at, x));
        at[0] = at[x];
    }
}

void hax_convex_set_extrude(hax_convex_set *set, int x)
{
    int count = set->count;
    for (int p = 0; p < count; p++) {
        const double *from = hax_convex_set_point(set, p);
        assert(is_ahead(from, x));
        double *made = from[x] > from[0] ? add_point(set) : NULL;
        if (!made)
            continue;
        memcpy(made, from, (size_t) set->width * sizeof *made);
        made[0] = from[x];
    }
}

/* ---- comparing ---------------------------------------------------------------------------------
 */

static bool point_covers(const double *a, const double *w, int compared)
{
    for (int c = 0; c < compared; c++)
        if (a[c] > w[c] + hax_convex_set_slack(w[c]))
            return false;
    return true;
}

void hax_convex_set_minimum(const double *points, int count, const hax_convex_set *like,
                            double *least)
{
    assert(count > 0);
    memcpy(least, points, (size_t) like->compared * sizeof *least);
    for (int p = 1; p < count; p++)
        for (int c = 0; c < like->compared; c++)
            least[c] = hax_min(least[c], points[p * like->width + c]);
}

static bool any_covers(const double *a, int count, const double *w, const hax_convex_set *like)
{
    double ideal[1 + HAX_INSTANCES_MAX];
    for (int p = 0; p < count; p++)
        if (point_covers(a + p * like->width, w, like->compared))
            return true;
    if (count == 1)
        return false;
    hax_convex_set_minimum(a, count, like, ideal);
    return hax_convex_set_may_cover(ideal, w, like->compared) &&
           hax_convex_dominates(a, count, w, like);
}

bool hax_convex_set_covers(const double *a, int a_count, const hax_convex_set *b)
{
    for (int p = 0; p < b->count; p++)
        if (!any_covers(a, a_count, hax_convex_set_point(b, p), b))
            return false;
    return true;
}

/* ---- leaving out ----------------------------------------------------------------------------- */

static void swap_points(hax_convex_set *set, int p, int q)
{
    double *a = hax_convex_set_point(set, p), *b = hax_convex_set_point(set, q);
    for (int c = 0; p != q && c < set->width; c++) {
        double kept = a[c];
        a[c] = b[c];
        b[c] = kept;
    }
}

/* Puts one in the place of the two that are closest. */
static void join_closest(hax_convex_set *set)
{
    double least = INFINITY;
    int into = 0, other = 1;
    assert(set->count > 1);
    for (int p = 0; p < set->count; p++) {
        for (int q = p + 1; q < set->count; q++) {
            double apart = 0;
            for (int c = 0; c < set->compared; c++)
                apart += fabs(hax_convex_set_point(set, p)[c] - hax_convex_set_point(set, q)[c]);
            if (apart >= least)
                continue;
            least = apart;
            into = p;
            other = q;
        }
    }
    double *a = hax_convex_set_point(set, into);
    const double *b = hax_convex_set_point(set, other);
    for (int c = 0; c < set->width; c++)
        a[c] = c < set->compared ? hax_min(a[c], b[c]) : (a[c] + b[c]) / 2;
    assert(point_covers(a, b, set->compared));
    drop_point(set, other);
}

bool hax_convex_set_reduce(hax_convex_set *set, int most)
{
    assert(most >= 1);
    for (int p = set->count - 1; p >= 0 && set->count > 1; p--) {
        swap_points(set, p, set->count - 1);
        if (any_covers(set->points, set->count - 1, hax_convex_set_point(set, set->count - 1), set))
            set->count--;
    }
    const bool exact = set->count <= most;
    while (set->count > most)
        join_closest(set);
    assert(set->count <= most);
    return exact;
}
