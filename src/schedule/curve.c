#include "curve.h"

#include <math.h>
#include <stdlib.h>

#include "order.h"

/* Values closer than this (relative) are rounding: neighbours in one line become one segment. */
static const double tiny = 1e-13;

void curve_pool_free(curve_pool *pool)
{
    free(pool->segments);
    *pool = (curve_pool){ 0 };
}

static bool make_room(curve_pool *pool, int more)
{
    enum { FIRST_ROOM = 4096 };
    if (pool->out_of_memory)
        return false;
    if (pool->count + more <= pool->room)
        return true;
    int wanted = pool->room ? pool->room : FIRST_ROOM;
    while (wanted < pool->count + more)
        wanted *= 2;
    void *grown = realloc(pool->segments, (size_t) wanted * sizeof(segment));
    if (!grown) {
        pool->out_of_memory = true;
        return false;
    }
    pool->segments = grown;
    pool->room = wanted;
    return true;
}

static double value_in(const segment *of, double x)
{
    if (x <= of->from)
        return of->at_from;
    if (x >= of->to)
        return of->at_to;
    return of->at_from + (x - of->from) / (of->to - of->from) * (of->at_to - of->at_from);
}

double curve_value(const curve_pool *pool, curve of, double x)
{
    if (of.count == 0)
        return INFINITY;
    const segment *list = pool->segments + of.first;
    double slack = tiny * larger(1, fabs(x)), value = INFINITY;
    int low = 0, high = of.count;
    while (low < high) { /* the first segment that ends at x or behind */
        int middle = (low + high) / 2;
        if (list[middle].to < x - slack)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < of.count && list[low].from <= x + slack; low++)
        value = smaller(value, value_in(&list[low], x));
    return value;
}

/* Adds a segment to the curve at the end of the pool; one that goes on straight is lengthened.
 * The caller has made room. */
static void put(curve_pool *pool, curve *made, double from, double to, double at_from, double at_to)
{
    if (made->count > 0) {
        segment *last = &pool->segments[pool->count - 1];
        double slack = tiny * larger(1, fabs(at_from));
        bool joined = from <= last->to + tiny && fabs(at_from - last->at_to) <= slack;
        if (joined && to <= from)
            return;
        if (joined) {
            double rise = (at_to - last->at_from) * (last->to - last->from);
            double width = to - last->from;
            if (fabs(rise - (last->at_to - last->at_from) * width) <= slack * width) {
                last->to = to;
                last->at_to = at_to;
                return;
            }
        }
    }
    pool->segments[pool->count++] = (segment){ from, to, at_from, at_to };
    made->count++;
}

curve curve_line(curve_pool *pool, double from, double to, double at_from, double at_to)
{
    curve made = { pool->count, 0 };
    if (make_room(pool, 1))
        put(pool, &made, from, to, at_from, at_to);
    return made;
}

/* Puts the part of `of` between arguments low and high; reversed where the map falls. */
static void put_mapped(curve_pool *pool, curve *made, const segment *of, double low, double high,
                       const curve_map *map)
{
    double begin = larger(of->from, low), end = smaller(of->to, high);
    if (begin > end)
        return;
    if (map->scale < 0) {
        double swap = begin;
        begin = end;
        end = swap;
    }
    double from = smaller(larger((begin - map->offset) / map->scale, map->from), map->to);
    double to = smaller(larger((end - map->offset) / map->scale, map->from), map->to);
    put(pool, made, from, to, map->cost + map->slope * from + value_in(of, begin),
        map->cost + map->slope * to + value_in(of, end));
}

void curve_append(curve_pool *pool, curve *made, curve of, const curve_map *map)
{
    double a = map->offset + map->scale * map->from, b = map->offset + map->scale * map->to;
    double low = smaller(a, b), high = larger(a, b);
    if (of.count == 0 || !make_room(pool, of.count))
        return;
    const segment *list = pool->segments + of.first;
    if (map->scale > 0)
        for (int s = 0; s < of.count && list[s].from <= high; s++)
            put_mapped(pool, made, &list[s], low, high, map);
    else
        for (int s = of.count - 1; s >= 0 && list[s].to >= low; s--)
            put_mapped(pool, made, &list[s], low, high, map);
}

/* Where both are: between x and y. */
static void put_lower(curve_pool *pool, curve *made, const segment *a, const segment *b, double x,
                      double y)
{
    double a_x = value_in(a, x), a_y = value_in(a, y);
    double b_x = value_in(b, x), b_y = value_in(b, y);
    double ahead_x = a_x - b_x, ahead_y = a_y - b_y;
    if (ahead_x <= 0 && ahead_y <= 0) {
        put(pool, made, x, y, a_x, a_y);
    } else if (ahead_x >= 0 && ahead_y >= 0) {
        put(pool, made, x, y, b_x, b_y);
    } else {
        double share = ahead_x / (ahead_x - ahead_y);
        double middle = x + share * (y - x), at_middle = a_x + share * (a_y - a_x);
        put(pool, made, x, middle, smaller(a_x, b_x), at_middle);
        put(pool, made, middle, y, at_middle, smaller(a_y, b_y));
    }
}

curve curve_lower(curve_pool *pool, curve a, curve b)
{
    if (a.count == 0 || b.count == 0)
        return a.count ? a : b;
    curve made = { pool->count, 0 };
    if (!make_room(pool, 4 * (a.count + b.count) + 2))
        return made;
    const segment *p = pool->segments + a.first, *q = pool->segments + b.first;
    const segment *p_end = p + a.count, *q_end = q + b.count;
    double x = -INFINITY;
    while (p < p_end || q < q_end) {
        double p_from = p < p_end ? larger(p->from, x) : INFINITY;
        double q_from = q < q_end ? larger(q->from, x) : INFINITY;
        double p_to = p < p_end ? p->to : INFINITY, q_to = q < q_end ? q->to : INFINITY;
        x = smaller(p_from, q_from);
        double y = smaller(p_to, q_to);
        if (p_from > x) { /* q alone */
            y = smaller(q_to, p_from);
            put(pool, &made, x, y, value_in(q, x), value_in(q, y));
        } else if (q_from > x) {
            y = smaller(p_to, q_from);
            put(pool, &made, x, y, value_in(p, x), value_in(p, y));
        } else {
            put_lower(pool, &made, p, q, x, y);
        }
        x = y;
        if (p < p_end && p->to <= y)
            p++;
        if (q < q_end && q->to <= y)
            q++;
    }
    return made;
}

/* A wait that began at `x` with `value`; none while value is INFINITY. */
typedef struct waiting {
    double x, value, slope;
} waiting;

static double waited(const waiting *since, double x)
{
    return since->value + since->slope * (x - since->x);
}

static void put_wait(curve_pool *pool, curve *made, const waiting *since, double from, double to)
{
    if (to > from && !isinf(since->value))
        put(pool, made, from, to, waited(since, from), waited(since, to));
}

/* One segment beside the wait so far; the wait that is best at its end. */
static waiting put_beside(curve_pool *pool, curve *made, const segment *of, waiting since)
{
    double slope = since.slope;
    double before_from = waited(&since, of->from), before_to = waited(&since, of->to);
    double width = of->to - of->from;
    waiting from = { of->from, of->at_from, slope }, to = { of->to, of->at_to, slope };
    if (of->at_to - of->at_from > slope * width) { /* steeper: waiting from its start is better */
        if (of->at_from < before_from)
            since = from;
        if (width <= 0)
            put(pool, made, of->from, of->to, since.value, since.value);
        put_wait(pool, made, &since, of->from, of->to);
        return since;
    }
    if (of->at_from <= before_from) {
        put(pool, made, of->from, of->to, of->at_from, of->at_to);
        return to;
    }
    if (of->at_to >= before_to) {
        put_wait(pool, made, &since, of->from, of->to);
        return since;
    }
    double share =
        (of->at_from - before_from) / ((of->at_from - before_from) + (before_to - of->at_to));
    double middle = of->from + share * width, at_middle = waited(&since, middle);
    put_wait(pool, made, &since, of->from, middle);
    put(pool, made, middle, of->to, at_middle, of->at_to);
    return to;
}

curve curve_after_wait(curve_pool *pool, curve of, double ms, double slope, double at_zero)
{
    curve made = { pool->count, 0 };
    waiting since = { 0, at_zero, slope };
    double done = 0;
    if (!make_room(pool, 3 * of.count + 2))
        return made;
    if (ms <= 0) { /* a job that takes no time: one point, no wait */
        double least = smaller(at_zero, curve_value(pool, of, 0));
        if (!isinf(least))
            put(pool, &made, 0, 0, least, least);
        return made;
    }
    const segment *list = pool->segments + of.first;
    for (int s = 0; s < of.count; s++) {
        put_wait(pool, &made, &since, done, list[s].from);
        since = put_beside(pool, &made, &list[s], since);
        done = list[s].to;
    }
    put_wait(pool, &made, &since, done, ms);
    return made;
}

void curve_trim(curve_pool *pool, curve *last, double flat, double at_zero, double slope)
{
    if (last->count == 0)
        return;
    segment *list = pool->segments + last->first;
    int kept = 0;
    for (int s = 0; s < last->count; s++) {
        const segment *of = &list[s];
        if ((of->at_from >= flat && of->at_to >= flat) ||
            (of->at_from >= at_zero + slope * of->from && of->at_to >= at_zero + slope * of->to))
            continue;
        list[kept++] = *of;
    }
    pool->count -= last->count - kept;
    last->count = kept;
}
