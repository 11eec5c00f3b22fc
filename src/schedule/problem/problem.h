/* What is to be scheduled: documents, checks, rules, workloads; and how long work on it counts what
 * it does. Here: the inside of problems. */
#ifndef HAX_SCHEDULE_PROBLEM_PROBLEM_H
#define HAX_SCHEDULE_PROBLEM_PROBLEM_H

#include "effort.h"
#include "parts.h"
#include "time_budget.h"

#include "arena.h"
#include "haxconn/problem.h"
#include "haxconn/schedule.h"

/* Checks a problem whose pointers are all valid; the error names the object. */
hax_status hax_problem_check(const hax_problem *problem, hax_error *err);

/* An instance that waits for itself, over others or not; -1: there is none. All numbers in after[]
 * are in range. */
hax_status hax_problem_find_circle(const hax_problem *problem, int *instance, hax_error *err);

/* The first group that is called like one before it; -1: there is none. There is one group at
 * least. */
hax_status hax_problem_find_double(const hax_instance_spec *instance, int *group, hax_error *err);

/* An instance that can end at 0 ms, and with it an infinite throughput; -1: there is none. Order
 * and limits on transitions count, limits on pieces do not. There is no circle. */
hax_status hax_problem_find_timeless(const hax_problem *problem, int *instance, hax_error *err);

/* "10-24", or "10" for a single layer: what a group's name says of its layers, if it does. */
bool hax_layers_parse(const char *text, size_t length, int *first_layer, int *layer_count);

/* How the times of units are changed: run, in and out alike. */
typedef struct hax_variation {
    const double *factors; /* [unit] what they are multiplied with */
    const int *limits;     /* [unit] -1, 1: where a group's low_ms, high_ms is known its times are
                              changed as far as that in place of the factor; may be NULL */
} hax_variation;

/* What a group's times on a unit are multiplied with. */
double hax_variation_factor(const hax_variation *variation, const hax_cost *cost, int unit);

/* A varied copy, checked; free with hax_problem_destroy. */
hax_status hax_problem_vary(const hax_problem *source, const hax_variation *variation,
                            const hax_problem **problem, hax_error *err);

static inline const hax_cost *hax_cost_of(const hax_problem *problem, int instance, int group,
                                          int unit)
{
    return &problem->instances[instance].groups[group].on[unit];
}

/* Time alone of a job, what it demands, and where it stands on its unit's slowdown function. */
double hax_job_alone_ms(const hax_problem *problem, const hax_job *job);
double hax_job_gbps(const hax_problem *problem, const hax_job *job);
double hax_job_own_gbps(const hax_problem *problem, const hax_job *job);

static inline double hax_cost_own_gbps(const hax_cost *cost)
{
    return cost->own_gbps > 0 ? cost->own_gbps : cost->gbps;
}

static inline bool hax_share_resource(const hax_problem *problem, int a, int b)
{
    return (problem->units[a].resources & problem->units[b].resources) != 0;
}

/* Does no OUT demand more than its group? Then being further on never gets in anybody's way. */
bool hax_outs_are_harmless(const hax_problem *problem);

/* Values of the objective closer than this to `value` are the same value: what times that are the
 * same (HAX_TIME_TOLERANCE_MS) come to, relative above 1 ms; throughput is relative throughout. */
double hax_objective_tolerance(const hax_problem *problem, double value);

/* The instance that misses its deadline by the most, or meets it by the least; of those that do so
 * alike the first. */
int hax_deadlines_latest(const hax_problem *problem, const hax_schedule *schedule);

/* Does any slowdown function differ from 1? */
bool hax_has_contention(const hax_problem *problem);

#endif
