/* Random tiny problems, each from its number. */
#ifndef TESTS_SCHEDULE_RANDOM_PROBLEM_H
#define TESTS_SCHEDULE_RANDOM_PROBLEM_H

#include "haxconn/problem.h"

typedef struct random_options {
    bool contention;
    int group_max; /* per instance */
    int unit_max;
    int instance_count; /* 0: two, seldom one */
    bool extremes;      /* what seldom comes of itself: groups of 0 ms, ties, units that are alike,
                           times from 1e-6 to 1e6 ms, slowdowns that jump, deadlines that are met,
                           missed or met just so, tight limits and few choices */
} random_options;

/* The problem of a number; the same number and options give the same one. Free with
 * hax_problem_destroy. */
const hax_problem *random_problem(unsigned long number, const random_options *options);

#endif
