#include "hull.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "mixture.h"
#include "order.h"

bool hull_make(hull *made, int width, int compared)
{
    *made = (hull){ .width = width, .compared = compared };
    made->at = malloc((size_t) HULL_MOST * (size_t) width * sizeof *made->at);
    return made->at != NULL;
}

void hull_free(hull *of)
{
    free(of->at);
    *of = (hull){ 0 };
}

void hull_copy(hull *to, const hull *from)
{
    to->count = from->count;
    to->full = from->full;
    memcpy(to->at, from->at, (size_t) (from->count * from->width) * sizeof *to->at);
}

/* Room for one more point; NULL: there is none. */
static double *add_point(hull *of)
{
    if (of->count == HULL_MOST) {
        of->full = true;
        return NULL;
    }
    return hull_point(of, of->count++);
}

static void drop_point(hull *of, int p)
{
    if (p != --of->count)
        memcpy(hull_point(of, p), hull_point(of, of->count), (size_t) of->width * sizeof *of->at);
}

/* ---- parts and moves ------------------------------------------------------------------------ */

static void add_crossing(hull *of, int in, int out, double share)
{
    double *made = add_point(of);
    const double *from = hull_point(of, in), *to = hull_point(of, out);
    for (int c = 0; made && c < of->width; c++)
        made[c] = from[c] + share * (to[c] - from[c]);
}

/* The crossings of all pairs of points inside and outside lie in the hull, and the corners of the
 * part are among them and the points inside. */
void hull_cut(hull *of, int x, int y)
{
    double beyond[HULL_MOST]; /* > 0: outside */
    int count = of->count, outside = 0;
    for (int p = 0; p < count; p++) {
        const double *at = hull_point(of, p);
        beyond[p] = at[x] - at[y];
        if (fabs(beyond[p]) <= hull_slack(at[y]))
            beyond[p] = 0;
        outside += beyond[p] > 0;
    }
    for (int in = 0; outside > 0 && outside < count && in < count; in++)
        for (int out = 0; beyond[in] < 0 && out < count; out++)
            if (beyond[out] > 0)
                add_crossing(of, in, out, beyond[in] / (beyond[in] - beyond[out]));
    for (int p = count - 1; outside > 0 && p >= 0; p--)
        if (beyond[p] > 0)
            drop_point(of, p);
}

void hull_pass(hull *of, int x)
{
    for (int p = 0; p < of->count; p++)
        hull_point(of, p)[0] = hull_point(of, p)[x];
}

void hull_extrude(hull *of, int x)
{
    int count = of->count;
    for (int p = 0; p < count; p++) {
        const double *from = hull_point(of, p);
        double *made = from[x] > from[0] ? add_point(of) : NULL;
        if (!made)
            continue;
        memcpy(made, from, (size_t) of->width * sizeof *made);
        made[0] = from[x];
    }
}

/* ---- comparing ---------------------------------------------------------------------------------
 */

static bool point_covers(const double *a, const double *w, int compared)
{
    for (int c = 0; c < compared; c++)
        if (a[c] > w[c] + hull_slack(w[c]))
            return false;
    return true;
}

void hull_ideal(const double *points, int count, const hull *like, double *least)
{
    memcpy(least, points, (size_t) like->compared * sizeof *least);
    for (int p = 1; p < count; p++)
        for (int c = 0; c < like->compared; c++)
            least[c] = smaller(least[c], points[p * like->width + c]);
}

static bool any_covers(const double *a, int count, const double *w, const hull *like)
{
    double ideal[1 + FLEET_MAX];
    for (int p = 0; p < count; p++)
        if (point_covers(a + p * like->width, w, like->compared))
            return true;
    if (count == 1)
        return false;
    hull_ideal(a, count, like, ideal);
    return hull_may_cover(ideal, w, like->compared) && mixture_covers(a, count, w, like);
}

bool hull_covers(const double *a, int a_count, const hull *b)
{
    for (int p = 0; p < b->count; p++)
        if (!any_covers(a, a_count, hull_point(b, p), b))
            return false;
    return true;
}

/* ---- leaving out ----------------------------------------------------------------------------- */

static void swap_points(hull *of, int p, int q)
{
    double *a = hull_point(of, p), *b = hull_point(of, q);
    for (int c = 0; p != q && c < of->width; c++) {
        double kept = a[c];
        a[c] = b[c];
        b[c] = kept;
    }
}

/* Puts one in the place of the two that are closest. */
static void join_closest(hull *of)
{
    double least = INFINITY;
    int into = 0, other = 1;
    for (int p = 0; p < of->count; p++) {
        for (int q = p + 1; q < of->count; q++) {
            double apart = 0;
            for (int c = 0; c < of->compared; c++)
                apart += fabs(hull_point(of, p)[c] - hull_point(of, q)[c]);
            if (apart >= least)
                continue;
            least = apart;
            into = p;
            other = q;
        }
    }
    double *a = hull_point(of, into);
    const double *b = hull_point(of, other);
    for (int c = 0; c < of->width; c++)
        a[c] = c < of->compared ? smaller(a[c], b[c]) : (a[c] + b[c]) / 2;
    drop_point(of, other);
}

void hull_reduce(hull *of, int most)
{
    for (int p = of->count - 1; p >= 0 && of->count > 1; p--) {
        swap_points(of, p, of->count - 1);
        if (any_covers(of->at, of->count - 1, hull_point(of, of->count - 1), of))
            of->count--;
    }
    while (of->count > most)
        join_closest(of);
}
