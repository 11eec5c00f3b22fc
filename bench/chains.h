/*
 * Random chains: the problems that the search is measured on.
 *
 * Instances of n groups on m units. Unit u is about u + 1 times as slow as the first with a spread
 * of two between groups; hand-overs cost 2 to 10 % of a group. Contention is none, heavy (5 to
 * 60 GB/s where 60 is the peak) or that of the published sample of an AGX Xavier (25 to 70 GB/s,
 * peak 127), by one PCCS function for every unit. Any number of transitions.
 */
#ifndef BENCH_CHAINS_H
#define BENCH_CHAINS_H

#include <stdbool.h>
#include <stdint.h>

#include "haxconn/problem.h"

enum { CHAINS_INSTANCES_MAX = 64, CHAINS_GROUPS_MAX = 100000, CHAINS_UNITS_MAX = HAX_MAX_UNITS };

typedef enum chains_contention { NONE, HEAVY, XAVIER } chains_contention;

typedef struct chains_shape {
    int instances, groups, units; /* 1 to the limits above */
    chains_contention contention;
    bool handover; /* false: hand-overs are free */
    hax_objective objective;
    int resources; /* 0: one for each unit; else so many, of which unit u has every one that is u
                      modulo the number of units */
} chains_shape;

/* The same shape and seed give the same problem. Free with hax_problem_destroy. HAX_BAD_INPUT when
 * a number of the shape is outside its limits. */
hax_status chains_make(const chains_shape *chains_shape, uint64_t seed, const hax_problem **problem,
                       hax_error *err);

#endif
