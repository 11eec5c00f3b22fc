/*
 * Functions of the work that is left of a job: piecewise linear, possibly infinite in places.
 *
 * A curve is a sorted list of straight segments over [0, ms]; where no segment is, it is
 * infinite (no schedule worth having goes through there). All curves of a search lie in one
 * pool and are built at its end.
 */
#ifndef HAX_SCHEDULE_PAIR_CURVE_H
#define HAX_SCHEDULE_PAIR_CURVE_H

#include <stdbool.h>

typedef struct hax_segment {
    double from, to;       /* left of the job, from <= to */
    double at_from, at_to; /* values there */
} hax_segment;

/* Segments first to first + count - 1 of the pool. Count 0: infinite everywhere. */
typedef struct hax_curve {
    int first, count;
} hax_curve;

typedef struct hax_curve_pool {
    hax_segment *segments;
    int count, capacity;
    bool out_of_memory;
} hax_curve_pool;

/* A straight map from what is left of one job to another curve's argument: x = offset + scale
 * * left, at a cost of cost + slope * left. */
typedef struct hax_curve_map {
    double from, to; /* values of `left` it is for */
    double offset, scale;
    double cost, slope;
} hax_curve_map;

void hax_curve_pool_free(hax_curve_pool *pool);

/* Value at x, INFINITY outside the segments. */
double hax_curve_value(const hax_curve_pool *pool, hax_curve curve, double x);

/* A straight curve. */
hax_curve hax_curve_line(hax_curve_pool *pool, double from, double to, double at_from,
                         double at_to);

/* Appends the mapped part of `target` to a curve under construction: the last of the pool, empty or
 * left of map->from. */
void hax_curve_append(hax_curve_pool *pool, hax_curve *curve, hax_curve target,
                      const hax_curve_map *map);

/* The lower of two curves at every point. */
hax_curve hax_curve_lower(hax_curve_pool *pool, hax_curve a, hax_curve b);

/*
 * The least of value(y) + slope (x - y) over all y <= x, for x in [0, ms], with `at_zero` as one
 * more value at 0 (INFINITY: none): what can be had by letting the job run alone for a while first.
 */
hax_curve hax_curve_after_wait(hax_curve_pool *pool, hax_curve curve, double ms, double slope,
                               double at_zero);

/* Drops segments of the pool's last curve that lie wholly above the value `flat`, or wholly above
 * the line at_zero + slope * x. */
void hax_curve_trim(hax_curve_pool *pool, hax_curve *last, double flat, double at_zero,
                    double slope);

#endif
