/*
 * Functions of the work that is left of a job: piecewise linear, possibly infinite in places.
 *
 * A curve is a sorted list of straight segments over [0, ms]; where no segment is, it is
 * infinite (no schedule worth having goes through there). All curves of a search lie in one
 * pool and are built at its end.
 */
#ifndef SCHEDULE_CURVE_H
#define SCHEDULE_CURVE_H

#include <stdbool.h>

typedef struct segment {
    double from, to;       /* left of the job, from <= to */
    double at_from, at_to; /* values there */
} segment;

/* Segments first to first + count - 1 of the pool. Count 0: infinite everywhere. */
typedef struct curve {
    int first, count;
} curve;

typedef struct curve_pool {
    segment *segments;
    int count, room;
    bool out_of_memory;
} curve_pool;

/* A straight map from what is left of one job to another curve's argument: x = offset + scale
 * * left, at a cost of cost + slope * left. */
typedef struct curve_map {
    double from, to; /* values of `left` it is for */
    double offset, scale;
    double cost, slope;
} curve_map;

void curve_pool_free(curve_pool *pool);

/* Value at x, INFINITY outside the segments. */
double curve_value(const curve_pool *pool, curve of, double x);

/* A straight curve. */
curve curve_line(curve_pool *pool, double from, double to, double at_from, double at_to);

/* Appends the mapped part of `of` to a curve under construction: the last of the pool, empty or
 * left of map->from. */
void curve_append(curve_pool *pool, curve *made, curve of, const curve_map *map);

/* The lower of two curves at every point. */
curve curve_lower(curve_pool *pool, curve a, curve b);

/*
 * The least of value(y) + slope (x - y) over all y <= x, for x in [0, ms], with `at_zero` as one
 * more value at 0 (INFINITY: none): what can be had by letting the job run alone for a while first.
 */
curve curve_after_wait(curve_pool *pool, curve of, double ms, double slope, double at_zero);

/* Drops segments of the pool's last curve that lie wholly above the value `flat`, or wholly above
 * the line at_zero + slope * x. */
void curve_trim(curve_pool *pool, curve *last, double flat, double at_zero, double slope);

#endif
