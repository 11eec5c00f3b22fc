/*
 * How far a schedule can be trusted when times are not what they were measured to be: the range
 * of each unit's speed over which it stays optimal, its worst regret, and a choice by regret.
 *
 * A schedule is its assignment, its orders and its waits; waits of a length of their own keep that
 * length. It is evaluated by hax_schedule_evaluate on a problem of hax_problem_scale and held
 * against hax_solve of the same problem. All functions are thread-safe.
 */
#ifndef HAXCONN_SENSITIVITY_H
#define HAXCONN_SENSITIVITY_H

#include <stdbool.h>
#include <stdint.h>

#include "haxconn/api.h"
#include "haxconn/config.h"
#include "haxconn/limits.h"
#include "haxconn/problem.h"
#include "haxconn/progress.h"
#include "haxconn/schedule.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A regret up to this counts as optimal. */
#define HAX_REGRET_TOLERANCE 1e-6

/* Factors of a unit's times are tried from 1 / this to this, by doubling and then halving, so that
 * a gap between two of them goes unseen; ends are found to within the tolerance, relative. */
#define HAX_SPEED_FACTOR_MAX 4.0
#define HAX_SPEED_TOLERANCE 0.005

typedef struct hax_speed_range {
    double low, high; /* the last factors seen at which the schedule is optimal; 1 between them */
    bool low_open;    /* optimal down to 1 / HAX_SPEED_FACTOR_MAX: no end was found */
    bool high_open;
} hax_speed_range;

typedef struct hax_sensitivity_options {
    size_t size;   /* set by the initialiser; see config.h */
    double spread; /* relative, in [0, 1): every unit's times move by a factor of 1 +- this */
    const double *unit_spreads; /* [unit], in place of the one above; may be NULL */
    bool measured; /* groups that say how far their time was seen to go (hax_cost.low_ms, high_ms)
                      move as far as that instead, with their OUT and IN */
    uint64_t node_limit;      /* of one search of more than two instances; default: 50000 */
    double time_limit_s;      /* of the whole question; default: INFINITY */
    const hax_cancel *cancel; /* may be NULL */
} hax_sensitivity_options;

static inline hax_sensitivity_options hax_sensitivity_options_default(void)
{
    hax_sensitivity_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.node_limit = 50000;
    options.time_limit_s = INFINITY;
    return options;
}

/* How far times move at the corners: what all of a unit's times together are multiplied with. */
typedef struct hax_time_moves {
    double low[HAX_MAX_UNITS], high[HAX_MAX_UNITS]; /* [unit], around 1 */
    double largest; /* relative: the farthest that any unit moves from 1 */
    bool measured;  /* as far as was measured, at least for some groups */
} hax_time_moves;

/*
 * Corners: the problem as it is, and with up to four units every combination of its units at their
 * lowest and at their highest; with more, all units together and each alone. Regret at a corner is
 * by how much the schedule is worse than the optimum there, relative to the latter; for throughput
 * the optimum over the schedule, less 1; for lateness relative to the optimum's round.
 */
typedef struct hax_sensitivity {
    size_t size;                          /* set by the initialiser; see config.h */
    bool optimal;                         /* at factor 1; if not, all ranges are [1, 1] */
    hax_speed_range units[HAX_MAX_UNITS]; /* [unit], the others' times as they are */
    hax_time_moves moves;
    double regret;               /* the worst over the corners */
    double worst[HAX_MAX_UNITS]; /* [unit]: 1, low or high of `moves`: where it is that */
    bool limited;                /* a search ended at its limit: "optimal" is "none better found" */
    bool unfinished;             /* for reports: the question was given up, nothing else is known */
} hax_sensitivity;

static inline hax_sensitivity hax_sensitivity_default(void)
{
    hax_sensitivity answer;
    memset(&answer, 0, sizeof answer);
    answer.size = sizeof answer;
    return answer;
}

/* HAX_INTERRUPTED when cancelled, HAX_LIMIT when the time was over, HAX_BAD_INPUT when the schedule
 * is none of this problem or the spread is out of range; else as hax_solve. `options` may be NULL:
 * no spread. */
HAX_API hax_status hax_schedule_sensitivity(const hax_problem *problem,
                                            const hax_schedule *schedule,
                                            const hax_sensitivity_options *options,
                                            hax_sensitivity *sensitivity, hax_error *err);

typedef struct hax_robust {
    size_t size; /* set by the initialiser; see config.h */
    hax_time_moves moves;
    int candidate_count;   /* schedules that were compared */
    double regret;         /* the worst of the chosen one */
    double nominal_regret; /* the worst of candidates[0] */
    double value;          /* of the chosen one where all times are as measured */
    double nominal_value;
    bool limited; /* as above */
    bool unfinished;
} hax_robust;

static inline hax_robust hax_robust_default(void)
{
    hax_robust answer;
    memset(&answer, 0, sizeof answer);
    answer.size = sizeof answer;
    return answer;
}

/*
 * The schedule with the least worst regret over the corners, among candidates[0] (the optimum), the
 * other candidates and the optima of all corners. *schedule is NULL where candidates[0] is as good
 * as any, else called "robust" and freed with hax_schedule_destroy. Fails as
 * hax_schedule_sensitivity.
 */
HAX_API hax_status hax_schedule_robust(const hax_problem *problem, int candidate_count,
                                       const hax_schedule *const *candidates,
                                       const hax_sensitivity_options *options,
                                       const hax_schedule **schedule, hax_robust *robust,
                                       hax_error *err);

/* A schedule document with the members "sensitivity" and "robust" added, where they are not NULL;
 * free with free. */
HAX_API hax_status hax_sensitivity_text(const hax_problem *problem, const char *document,
                                        const hax_sensitivity *sensitivity,
                                        const hax_robust *robust, char **json, hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
