#include "curve.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "state.h"

/* Values closer than this (relative) are rounding: neighbours in one line become one segment. */
static const double tiny = 1e-13;

void hax_curve_pool_free(hax_curve_pool *pool)
{
    free(pool->segments);
    *pool = (hax_curve_pool){ 0 };
}

static bool make_room(hax_curve_pool *pool, int more)
{
    enum { FIRST_ROOM = 4096 };
    if (pool->out_of_memory)
        return false;
    if (pool->count + more <= pool->capacity)
        return true;
    int wanted = pool->capacity ? pool->capacity : FIRST_ROOM;
    while (wanted < pool->count + more)
        wanted *= 2;
    void *grown = realloc(pool->segments, (size_t) wanted * sizeof(hax_segment));
    if (!grown) {
        pool->out_of_memory = true;
        return false;
    }
    pool->segments = grown;
    pool->capacity = wanted;
    return true;
}

static double value_in(const hax_segment *segment, double x)
{
    if (x <= segment->from)
        return segment->at_from;
    if (x >= segment->to)
        return segment->at_to;
    return segment->at_from + (x - segment->from) / (segment->to - segment->from) *
                                  (segment->at_to - segment->at_from);
}

double hax_curve_value(const hax_curve_pool *pool, hax_curve curve, double x)
{
    if (curve.count == 0)
        return INFINITY;
    const hax_segment *list = pool->segments + curve.first;
    double slack = tiny * hax_max(1, fabs(x)), value = INFINITY;
    int low = 0, high = curve.count;
    while (low < high) { /* the first segment that ends at x or behind */
        int middle = (low + high) / 2;
        if (list[middle].to < x - slack)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < curve.count && list[low].from <= x + slack; low++)
        value = hax_min(value, value_in(&list[low], x));
    return value;
}

#ifndef NDEBUG
/* Do breakpoints rise, and are values numbers? */
static bool is_rising(const hax_curve_pool *pool, hax_curve curve)
{
    const hax_segment *list = pool->segments + curve.first;
    for (int s = 0; s < curve.count; s++) {
        const double slack = 10 * tiny * hax_max(1, fabs(list[s].to));
        if (list[s].from > list[s].to + slack || !isfinite(list[s].at_from) ||
            !isfinite(list[s].at_to) || (s > 0 && list[s].from < list[s - 1].to - slack))
            return false;
    }
    return true;
}
#endif

/* Adds a segment to the curve at the end of the pool; one that goes on straight is lengthened.
 * The caller has made room. */
static void put(hax_curve_pool *pool, hax_curve *curve, double from, double to, double at_from,
                double at_to)
{
    assert(pool->count < pool->capacity && curve->first + curve->count == pool->count);
    if (curve->count > 0) {
        hax_segment *last = &pool->segments[pool->count - 1];
        double slack = tiny * hax_max(1, fabs(at_from));
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
    pool->segments[pool->count++] = (hax_segment){ from, to, at_from, at_to };
    curve->count++;
}

hax_curve hax_curve_line(hax_curve_pool *pool, double from, double to, double at_from, double at_to)
{
    hax_curve curve = { pool->count, 0 };
    if (make_room(pool, 1))
        put(pool, &curve, from, to, at_from, at_to);
    return curve;
}

/* Puts the part of a segment between arguments low and high; reversed where the map falls. */
static void put_mapped(hax_curve_pool *pool, hax_curve *curve, const hax_segment *segment,
                       double low, double high, const hax_curve_map *map)
{
    double begin = hax_max(segment->from, low), end = hax_min(segment->to, high);
    if (begin > end)
        return;
    if (map->scale < 0) {
        double swap = begin;
        begin = end;
        end = swap;
    }
    double from = hax_min(hax_max((begin - map->offset) / map->scale, map->from), map->to);
    double to = hax_min(hax_max((end - map->offset) / map->scale, map->from), map->to);
    put(pool, curve, from, to, map->cost + map->slope * from + value_in(segment, begin),
        map->cost + map->slope * to + value_in(segment, end));
}

void hax_curve_append(hax_curve_pool *pool, hax_curve *curve, hax_curve target,
                      const hax_curve_map *map)
{
    assert(map->from <= map->to && map->scale != 0);
    double a = map->offset + map->scale * map->from, b = map->offset + map->scale * map->to;
    double low = hax_min(a, b), high = hax_max(a, b);
    if (target.count == 0 || !make_room(pool, target.count))
        return;
    const hax_segment *list = pool->segments + target.first;
    if (map->scale > 0)
        for (int s = 0; s < target.count && list[s].from <= high; s++)
            put_mapped(pool, curve, &list[s], low, high, map);
    else
        for (int s = target.count - 1; s >= 0 && list[s].to >= low; s--)
            put_mapped(pool, curve, &list[s], low, high, map);
    assert(is_rising(pool, *curve));
}

/* Where both are: between x and y. */
static void put_lower(hax_curve_pool *pool, hax_curve *curve, const hax_segment *a,
                      const hax_segment *b, double x, double y)
{
    double a_x = value_in(a, x), a_y = value_in(a, y);
    double b_x = value_in(b, x), b_y = value_in(b, y);
    double ahead_x = a_x - b_x, ahead_y = a_y - b_y;
    if (ahead_x <= 0 && ahead_y <= 0) {
        put(pool, curve, x, y, a_x, a_y);
    } else if (ahead_x >= 0 && ahead_y >= 0) {
        put(pool, curve, x, y, b_x, b_y);
    } else {
        double share = ahead_x / (ahead_x - ahead_y);
        assert(share >= 0 && share <= 1);
        double middle = x + share * (y - x), at_middle = a_x + share * (a_y - a_x);
        put(pool, curve, x, middle, hax_min(a_x, b_x), at_middle);
        put(pool, curve, middle, y, at_middle, hax_min(a_y, b_y));
    }
}

hax_curve hax_curve_lower(hax_curve_pool *pool, hax_curve a, hax_curve b)
{
    if (a.count == 0 || b.count == 0)
        return a.count ? a : b;
    hax_curve curve = { pool->count, 0 };
    if (!make_room(pool, 4 * (a.count + b.count) + 2))
        return curve;
    const hax_segment *p = pool->segments + a.first, *q = pool->segments + b.first;
    const hax_segment *p_end = p + a.count, *q_end = q + b.count;
    double x = -INFINITY;
    while (p < p_end || q < q_end) {
        double p_from = p < p_end ? hax_max(p->from, x) : INFINITY;
        double q_from = q < q_end ? hax_max(q->from, x) : INFINITY;
        double p_to = p < p_end ? p->to : INFINITY, q_to = q < q_end ? q->to : INFINITY;
        x = hax_min(p_from, q_from);
        double y = hax_min(p_to, q_to);
        if (p_from > x) { /* q alone */
            y = hax_min(q_to, p_from);
            put(pool, &curve, x, y, value_in(q, x), value_in(q, y));
        } else if (q_from > x) {
            y = hax_min(p_to, q_from);
            put(pool, &curve, x, y, value_in(p, x), value_in(p, y));
        } else {
            put_lower(pool, &curve, p, q, x, y);
        }
        x = y;
        if (p < p_end && p->to <= y)
            p++;
        if (q < q_end && q->to <= y)
            q++;
    }
    assert(is_rising(pool, curve));
    return curve;
}

/* A wait that began at `x` with `value`; none while value is INFINITY. */
typedef struct waiting {
    double x, value, slope;
} waiting;

static double waited(const waiting *since, double x)
{
    return since->value + since->slope * (x - since->x);
}

static void put_wait(hax_curve_pool *pool, hax_curve *curve, const waiting *since, double from,
                     double to)
{
    if (to > from && !isinf(since->value))
        put(pool, curve, from, to, waited(since, from), waited(since, to));
}

/* One segment beside the wait so far; the wait that is best at its end. */
static waiting put_beside(hax_curve_pool *pool, hax_curve *curve, const hax_segment *segment,
                          waiting since)
{
    double slope = since.slope;
    double before_from = waited(&since, segment->from), before_to = waited(&since, segment->to);
    double width = segment->to - segment->from;
    waiting from = { segment->from, segment->at_from, slope },
            to = { segment->to, segment->at_to, slope };
    if (segment->at_to - segment->at_from >
        slope * width) { /* steeper: waiting from its start is better */
        if (segment->at_from < before_from)
            since = from;
        if (width <= 0) { /* a point; the wait may have begun before it */
            const double value = waited(&since, segment->from);
            put(pool, curve, segment->from, segment->to, value, value);
        }
        put_wait(pool, curve, &since, segment->from, segment->to);
        return since;
    }
    if (segment->at_from <= before_from) {
        put(pool, curve, segment->from, segment->to, segment->at_from, segment->at_to);
        return to;
    }
    if (segment->at_to >= before_to) {
        put_wait(pool, curve, &since, segment->from, segment->to);
        return since;
    }
    double share = (segment->at_from - before_from) /
                   ((segment->at_from - before_from) + (before_to - segment->at_to));
    assert(share >= 0 && share <= 1);
    double middle = segment->from + share * width, at_middle = waited(&since, middle);
    put_wait(pool, curve, &since, segment->from, middle);
    put(pool, curve, middle, segment->to, at_middle, segment->at_to);
    return to;
}

hax_curve hax_curve_after_wait(hax_curve_pool *pool, hax_curve curve, double ms, double slope,
                               double at_zero)
{
    hax_curve result = { pool->count, 0 };
    waiting since = { 0, at_zero, slope };
    double done = 0;
    if (!make_room(pool, 3 * curve.count + 2))
        return result;
    if (ms <= 0) { /* a job that takes no time: one point, no wait */
        double least = hax_min(at_zero, hax_curve_value(pool, curve, 0));
        if (!isinf(least))
            put(pool, &result, 0, 0, least, least);
        return result;
    }
    const hax_segment *list = pool->segments + curve.first;
    for (int s = 0; s < curve.count; s++) {
        put_wait(pool, &result, &since, done, list[s].from);
        since = put_beside(pool, &result, &list[s], since);
        done = list[s].to;
    }
    put_wait(pool, &result, &since, done, ms);
    assert(is_rising(pool, result));
    return result;
}

void hax_curve_trim(hax_curve_pool *pool, hax_curve *last, double flat, double at_zero,
                    double slope)
{
    if (last->count == 0)
        return;
    hax_segment *list = pool->segments + last->first;
    int kept = 0;
    for (int s = 0; s < last->count; s++) {
        const hax_segment *segment = &list[s];
        if ((segment->at_from >= flat && segment->at_to >= flat) ||
            (segment->at_from >= at_zero + slope * segment->from &&
             segment->at_to >= at_zero + slope * segment->to))
            continue;
        list[kept++] = *segment;
    }
    assert(last->first + last->count == pool->count); /* else another curve would lose its end */
    pool->count -= last->count - kept;
    last->count = kept;
}
