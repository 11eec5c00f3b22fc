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

/*
 * Searches know a limit more than problems do: on the changes of unit of all instances together. In
 * copies that are made for a search (hax_limit_changes) it stands in max_transitions, below
 * HAX_NO_LIMIT, beside the limit of each instance; nothing but searches sees such copies.
 */
enum { HAX_CHANGES_MOST = (1 << 12) - 2 };

static inline int hax_total_changes(const hax_problem *problem)
{
    return problem->max_transitions < -1 ? (-2 - problem->max_transitions) / (HAX_CHANGES_MOST + 2)
                                         : -1;
}

/* Of each instance; -1: none. */
static inline int hax_transition_limit(const hax_problem *problem)
{
    return problem->max_transitions < -1
               ? (-2 - problem->max_transitions) % (HAX_CHANGES_MOST + 2) - 1
               : problem->max_transitions;
}

/* What stands in max_transitions for at most `total` <= HAX_CHANGES_MOST changes. */
static inline int hax_limit_changes(const hax_problem *problem, int total)
{
    const int each = hax_transition_limit(problem);
    const int limit = each >= 0 && each < total ? each : -1; /* else the total says it, too */
    return -2 - (total * (HAX_CHANGES_MOST + 2) + limit + 1);
}

static inline const hax_cost *hax_cost_of(const hax_problem *problem, int instance, int group,
                                          int unit)
{
    return &problem->instances[instance].groups[group].on[unit];
}

/* Are both named, and alike? */
bool hax_kinds_match(const char *a, const char *b);

/* What a cost says of entering from a unit; NULL: nothing. */
const hax_entering *hax_entering_from(const hax_cost *cost, int from);

/* Do two units hand tensors over as they are? A unit does so with itself. (In the header, as the
 * inner loops of searches ask, and most problems name no kinds.) */
static inline bool hax_same_kind(const hax_problem *problem, int a, int b)
{
    return a == b || (problem->units[a].kind &&
                      hax_kinds_match(problem->units[a].kind, problem->units[b].kind));
}

/* A hand-over: how long it takes its unit, and what it demands meanwhile; 0 ms: there is none. */
typedef struct hax_handover {
    double ms, gbps;
} hax_handover;

/* OUT of a group on unit `from`, when the next one runs on `to`. */
static inline hax_handover hax_out_between(const hax_problem *problem, int instance, int group,
                                           int from, int to)
{
    const hax_cost *cost = hax_cost_of(problem, instance, group, from);
    return hax_same_kind(problem, from, to) ? (hax_handover){ 0, 0 }
                                            : (hax_handover){ cost->out_ms, cost->out_gbps };
}

/* IN of a group on unit `to`, when the one before it ran on `from`. */
static inline hax_handover hax_in_between(const hax_problem *problem, int instance, int group,
                                          int from, int to)
{
    const hax_cost *cost = hax_cost_of(problem, instance, group, to);
    const hax_entering *entering = cost->entering_count > 0 ? hax_entering_from(cost, from) : NULL;
    if (entering)
        return (hax_handover){ entering->ms, entering->gbps };
    return hax_same_kind(problem, from, to) ? (hax_handover){ 0, 0 }
                                            : (hax_handover){ cost->in_ms, cost->in_gbps };
}

/* Time alone of a job (an IN's from_unit is set), what it demands, and where it stands on its
 * unit's slowdown function. */
double hax_job_alone_ms(const hax_problem *problem, const hax_job *job);
double hax_job_gbps(const hax_problem *problem, const hax_job *job);
double hax_job_own_gbps(const hax_problem *problem, const hax_job *job);

/* All three at once. */
typedef struct hax_job_work {
    double alone_ms, gbps, own_gbps;
} hax_job_work;

hax_job_work hax_job_work_of(const hax_problem *problem, const hax_job *job);

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
