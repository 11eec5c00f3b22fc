/*
 * Schedules: evaluated, searched, proven and verified.
 *
 * All functions are thread-safe: they keep no state, and problems and schedules are
 * immutable once made.
 */
#ifndef HAXCONN_SCHEDULE_H
#define HAXCONN_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haxconn/api.h"
#include "haxconn/config.h"
#include "haxconn/problem.h"
#include "haxconn/progress.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Two times closer than this are the same time, everywhere; above 1 ms it is relative. */
#define HAX_TIME_TOLERANCE_MS 1e-9

typedef enum hax_part {
    HAX_PART_RUN,
    HAX_PART_OUT, /* after a group, on the unit that is left */
    HAX_PART_IN,  /* before a group, on the unit that is entered */
} hax_part;

HAX_API const char *hax_part_name(hax_part part);

typedef struct hax_job {
    int unit;
    int instance;
    int group;
    hax_part part;
    int after;       /* index into hax_schedule.jobs of the job it was made to wait for, -1 */
    int from_unit;   /* of HAX_PART_IN: where the group before ran; else -1. Filled by evaluation */
    double delay_ms; /* how long after that one's end it may start; with after == -1, how long
                        after the start of the round (0: no wait) */
    double start_ms; /* from the start of the round; filled by evaluation */
    double end_ms;
    double slowdown; /* (end - start) / time alone; 1 when the job takes no time */
} hax_job;

typedef enum hax_proof {
    HAX_PROOF_NO,
    HAX_PROOF_EVENT_WAITS, /* optimal among schedules that wait only for ends of jobs */
    HAX_PROOF_ALL,         /* optimal among all schedules */
} hax_proof;

HAX_API const char *hax_proof_name(hax_proof proof);

typedef struct hax_losses {
    double contention_ms;  /* sum over jobs of (duration - time alone) */
    double transitions_ms; /* sum over OUT and IN jobs of time alone */
    double idle_ms;        /* sum over units in use of the time before the end of the round in which
                              none of the unit's resources was busy */
} hax_losses;

typedef struct hax_schedule {
    char name[32]; /* "haxconn", or the baseline's */
    int job_count;
    const hax_job *jobs; /* by start time; jobs of one unit in their order */
    int instance_count;
    const int *const *assignment; /* [instance][group]: unit */
    const double *finish_ms;      /* [instance] */
    double value;                 /* the objective: ms, or 1/ms for throughput (larger is better) */
    double bound;                 /* proven for all schedules; -inf/inf when none was computed */
    double gap;                   /* hax_objective_gap; 0: proven optimal over all schedules */
    hax_proof proof;              /* HAX_PROOF_ALL where the gap is 0, and only there */
    hax_losses lost;
    uint64_t nodes; /* states of the search */
    double seconds;
    bool cut_short; /* a baseline that a limit ended before it was done: what it had by then */
    double tie;     /* of hax_solve_fewest: how much worse it may be than the best; else 0 */
    bool fewest;    /* of hax_solve_fewest, proven: no schedule within `tie` of the best has fewer
                       changes of unit, in the class that the best was proven for */
} hax_schedule;

/* Frees a schedule that any function here has made. NULL is allowed. */
HAX_API void hax_schedule_destroy(const hax_schedule *schedule);

/* From the start of the round to its last end. */
HAX_API double hax_schedule_round_ms(const hax_schedule *schedule);

/*
 * The fluid evaluation: jobs are taken in the given per-unit
 * order and start as early as order, precedence and waits allow; between two events
 * every running job progresses at 1 / slowdown. `jobs` needs unit, instance, group,
 * part, after and delay_ms; the rest is filled in the result.
 * HAX_BAD_INPUT when the jobs are no valid schedule of the problem, with the reason.
 */
HAX_API hax_status hax_schedule_evaluate(const hax_problem *problem, const char *name,
                                         int job_count, const hax_job *jobs,
                                         const hax_schedule **schedule, hax_error *err);

/* true when a is a better objective value than b by more than the tolerance. */
HAX_API bool hax_objective_better(hax_objective objective, double a, double b);

/* How far a value may be from the optimum, given a bound on it: |value - bound| / |value|, and for
 * HAX_DEADLINE, whose values pass through zero, relative to the larger of the two. 0 where they are
 * equal, INFINITY where nothing is known. */
HAX_API double hax_objective_gap(hax_objective objective, double value, double bound);

/* How far a schedule may be from the optimum, in words: "2.5 %"; "3.84 ms" for HAX_DEADLINE;
 * "an unknown distance" where it has no bound. */
typedef struct hax_gap_text {
    char text[32];
} hax_gap_text;

HAX_API hax_gap_text hax_schedule_gap_text(const hax_problem *problem,
                                           const hax_schedule *schedule);

/* The objective of finish times (hax_schedule.value). */
HAX_API double hax_objective_value(const hax_problem *problem, const double *finish_ms);

/* ---- search -------------------------------------------------------------------- */

/* A better schedule, or a better bound, has been found. */
typedef struct hax_improvement {
    double seconds; /* since the search began */
    uint64_t nodes;
    double value, bound, gap; /* as in hax_schedule */
} hax_improvement;

typedef struct hax_solve_options {
    size_t size;              /* set by the initialiser; see config.h */
    double time_limit_s;      /* default: INFINITY */
    uint64_t node_limit;      /* default: UINT64_MAX, none; the same limit gives the same answer */
    const hax_cancel *cancel; /* may be NULL; requested: stops with the best so far */
    bool ignore_contention;   /* plan as if every slowdown were 1 (the answer is evaluated
                                 with it all the same) */
    /* Called, if set, on the caller's thread at every improvement. */
    void (*improved)(void *context, const hax_improvement *improvement);
    void *context;
} hax_solve_options;

static inline hax_solve_options hax_solve_options_default(void)
{
    hax_solve_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.time_limit_s = INFINITY;
    options.node_limit = UINT64_MAX;
    return options;
}

/*
 * The best schedule. One or two instances: over all schedules, waits of any length included,
 * with a proof. More: latency over all schedules too, where no OUT demands more than its group and
 * no IN that demands something is in the way; all else over event waits; each proven when the
 * search ends by itself; the bound holds for all schedules, and where it meets the value (without
 * contention it does) so does the proof. The search of many instances can be stopped at any
 * moment. The answer has been through hax_schedule_verify; it is never worse than
 * any baseline below. `options` may be NULL.
 *   HAX_OK          proven optimal, in the class that `proof` says
 *   HAX_LIMIT       *schedule is the best so far, bound and gap say how far off; NULL when
 *                   the limit came before any was found
 *   HAX_INFEASIBLE  proven that no schedule keeps the constraints; the error says which
 *   HAX_BAD_INPUT   more than 64 instances
 *   HAX_INTERRUPTED cancelled before any schedule was found
 */
HAX_API hax_status hax_solve(const hax_problem *problem, const hax_solve_options *options,
                             const hax_schedule **schedule, hax_error *err);

/* Changes of unit in a schedule, of all instances together. */
HAX_API int hax_schedule_changes(const hax_problem *problem, const hax_schedule *schedule);

/*
 * The second objective: of the schedules that are worse than `best`, the answer of hax_solve, by at
 * most `tie` (0 <= tie < 1, relative; of HAX_DEADLINE relative to the end of the round where the
 * best keeps all deadlines, which the answer does too, else not at all), one with the fewest
 * changes of unit, and of these the best that was found. Searched for with ever more changes
 * allowed, until there is one; that fewer do not suffice is proven (`fewest` of the answer) where
 * those searches came to their ends, within four times the nodes of the best and 20,000 together.
 * Beside a `best` without a proof only whole networks are looked at. The answer's bound is that of
 * `best`. Time limits and cancel of the options hold for each search. Statuses of hax_solve, but
 * that HAX_LIMIT is none: the answer is then as good as `best`. `options` may be NULL.
 */
HAX_API hax_status hax_solve_fewest(const hax_problem *problem, const hax_solve_options *options,
                                    const hax_schedule *best, double tie,
                                    const hax_schedule **schedule, hax_error *err);

/*
 * Recomputes a schedule from the problem alone, by code that neither makes nor evaluates schedules:
 * rules, a replay of order and waits, all starts, ends, slowdowns and figures. HAX_MISMATCH with
 * the first thing that is wrong. verify.h has the same for documents.
 */
HAX_API hax_status hax_schedule_verify(const hax_problem *problem, const hax_schedule *schedule,
                                       hax_error *err);

/*
 * A schedule that is better than what a search has found, as the answer of that search: evaluated
 * anew, with the name, bound, nodes and seconds of `found`, gap and proof as they follow. Free with
 * hax_schedule_destroy.
 */
HAX_API hax_status hax_schedule_improve(const hax_problem *problem, const hax_schedule *found,
                                        const hax_schedule *better, const hax_schedule **answer,
                                        hax_error *err);

/* ---- baselines, on the same evaluator -------------------------------------------- */

/* When a baseline is to end before it is done; NULL in its place: never. It will not grow. */
typedef struct hax_baseline_limits {
    double time_limit_s;      /* default: INFINITY */
    const hax_cancel *cancel; /* may be NULL */
} hax_baseline_limits;

static inline hax_baseline_limits hax_baseline_limits_default(void)
{
    hax_baseline_limits limits;
    memset(&limits, 0, sizeof limits);
    limits.time_limit_s = INFINITY;
    return limits;
}

/* A way of scheduling that the plan is held against. Each gives a schedule on the same evaluator
 * or HAX_INFEASIBLE, with the reason, where the problem does not allow it. At a limit it gives what
 * it has, marked as cut short, or HAX_LIMIT where it has none yet. The plain ones always have one:
 * they do not look at limits before. `limits` may be NULL everywhere. */
typedef struct hax_baseline {
    const char *name;
    const char *text; /* how it decides, in a line */
    bool plain;       /* whole networks: what is deployed today */
    bool searches;    /* calls hax_solve */
    hax_status (*make)(const hax_problem *problem, const hax_baseline_limits *limits,
                       const hax_schedule **schedule, hax_error *err);
} hax_baseline;

enum { HAX_BASELINES_MAX = 16 };

/* All of them, in the order of tables; *count is at most HAX_BASELINES_MAX. */
HAX_API const hax_baseline *hax_baselines(int *count);

/* NULL when there is none of that name. */
HAX_API const hax_baseline *hax_baseline_find(const char *name);

/* Baselines of a problem. A handle: what they are is asked of it. */
typedef struct hax_baseline_set hax_baseline_set;

/* All that the problem allows, or the plain ones, within the limits together. Free with
 * hax_baseline_set_destroy. */
HAX_API hax_status hax_baselines_make(const hax_problem *problem, bool plain_only,
                                      const hax_baseline_limits *limits, hax_baseline_set **set,
                                      hax_error *err);
/* NULL is allowed. */
HAX_API void hax_baseline_set_destroy(hax_baseline_set *set);

/* At most HAX_BASELINES_MAX. */
HAX_API int hax_baseline_set_count(const hax_baseline_set *set);
/* [count] in the order of hax_baselines; owned by the set. */
HAX_API const hax_schedule *const *hax_baseline_set_schedules(const hax_baseline_set *set);
/* Those that a limit ended before they had a schedule: bit b for hax_baselines()[b]. */
HAX_API unsigned hax_baseline_set_unfinished(const hax_baseline_set *set);
/* Gives one of them (0 <= index < count) to the caller, who frees it with hax_schedule_destroy;
 * NULL stands in its place then. */
HAX_API const hax_schedule *hax_baseline_set_take(hax_baseline_set *set, int index);

/* All instances one after the other, whole, on the unit where that is best. */
HAX_API hax_status hax_baseline_serial(const hax_problem *problem,
                                       const hax_baseline_limits *limits,
                                       const hax_schedule **schedule, hax_error *err);

/* Every instance whole on one unit; all mappings, and orders on shared resources, that a bound
 * does not rule out, best first (at most some thousands are evaluated), the best kept. */
HAX_API hax_status hax_baseline_per_network(const hax_problem *problem,
                                            const hax_baseline_limits *limits,
                                            const hax_schedule **schedule, hax_error *err);

/* One after the other on the unit that holds the most resources. HAX_INFEASIBLE when no
 * unit holds all that any other holds. */
HAX_API hax_status hax_baseline_all_cores(const hax_problem *problem,
                                          const hax_baseline_limits *limits,
                                          const hax_schedule **schedule, hax_error *err);

/* Mensa (PACT 2021): each network for itself, groups on their best units, joined where a
 * transition costs more than it gains. */
HAX_API hax_status hax_baseline_mensa(const hax_problem *problem, const hax_baseline_limits *limits,
                                      const hax_schedule **schedule, hax_error *err);

/* After Herald (HPCA 2021): groups in turn over the networks to their fastest units, loads kept
 * in balance, idle slots filled. Neither transitions nor contention. */
HAX_API hax_status hax_baseline_herald(const hax_problem *problem,
                                       const hax_baseline_limits *limits,
                                       const hax_schedule **schedule, hax_error *err);

/* H2H (DAC 2022), its four steps; no contention. */
HAX_API hax_status hax_baseline_h2h(const hax_problem *problem, const hax_baseline_limits *limits,
                                    const hax_schedule **schedule, hax_error *err);

/* HEFT (IEEE TPDS 13(3), 2002): by upward rank, each group where it ends first; no contention. */
HAX_API hax_status hax_baseline_earliest_finish(const hax_problem *problem,
                                                const hax_baseline_limits *limits,
                                                const hax_schedule **schedule, hax_error *err);

/* The best schedule of the same problem without slowdowns, as it fares with them. HAX_INFEASIBLE
 * when the problem has none; else as hax_solve. */
HAX_API hax_status hax_baseline_contention_blind(const hax_problem *problem,
                                                 const hax_baseline_limits *limits,
                                                 const hax_schedule **schedule, hax_error *err);

/* HAX_INFEASIBLE when a schedule's bound proves that not all deadlines can be kept, with the
 * reason: which instance, alone on its best unit, by how much; or how late the best round is.
 * HAX_LIMIT when the schedule misses one and no bound says that all must. HAX_OK when it keeps
 * them, and for other objectives. */
HAX_API hax_status hax_deadlines_check(const hax_problem *problem, const hax_schedule *schedule,
                                       hax_error *err);

/* ---- where time is lost ---------------------------------------------------------- */

/* What one job loses while another runs beside it. */
typedef struct hax_overlap {
    int job;   /* index into hax_schedule.jobs: the one that is slowed */
    int other; /* the one beside it */
    double together_ms;
    double lost_ms; /* of the first; where several run beside it, by their shares of the demand */
} hax_overlap;

/* Of the overlaps that cost anything. The losses of all add up to hax_losses.contention_ms. */
typedef struct hax_overlaps {
    int count;
    hax_overlap *most_expensive; /* [count], the most expensive first; freed with free */
    long long left_out;          /* how many more there are */
    double left_out_ms;          /* what is lost in those */
} hax_overlaps;

/* The most expensive overlaps, `most` of them at most; INT_MAX: all. */
HAX_API hax_status hax_schedule_overlaps(const hax_problem *problem, const hax_schedule *schedule,
                                         int most, hax_overlaps *overlaps, hax_error *err);

/* The schedule where every instance runs whole on units[instance], in order of `order`
 * where they share a resource; order may be NULL (index order). */
HAX_API hax_status hax_schedule_whole(const hax_problem *problem, const char *name,
                                      const int *units, const int *order,
                                      const hax_schedule **schedule, hax_error *err);

/* ---- documents ------------------------------------------------------------------- */

/* "haxconn/schedule": free with free. `baselines` [count] and `verdict` may be NULL; `unfinished`
 * as hax_baseline_set_unfinished. Of each baseline it says how it runs, of overlaps the most
 * expensive 1000 (docs/verify.md). */
HAX_API hax_status hax_schedule_text(const hax_problem *problem, const hax_schedule *schedule,
                                     int baseline_count, const hax_schedule *const *baselines,
                                     unsigned unfinished, const char *verdict, char **json,
                                     hax_error *err);

/* Reads a schedule document against its problem: jobs by their claimed starts, times, value and
 * proof as they stand, and nothing else. hax_schedule_verify_document (verify.h) tells whether what
 * it claims is true. */
HAX_API hax_status hax_schedule_parse(const hax_problem *problem, const char *json, size_t length,
                                      const char *file, const hax_schedule **schedule,
                                      hax_error *err);

/* What follows from a plan, evaluated or executed, beside the best plain deployment. */
typedef enum hax_outcome {
    HAX_OUTCOME_SPLIT,        /* better by more than the noise, and some network changes its unit */
    HAX_OUTCOME_TIE,          /* as good, as far as the noise lets see */
    HAX_OUTCOME_DO_NOT_SPLIT, /* the plan is a plain deployment itself */
    HAX_OUTCOME_WORSE,        /* worse by more than the noise */
    HAX_OUTCOME_AS_PLANNED,   /* better by more than the noise, and every network stays whole */
    HAX_OUTCOME_NOT_CLAIMED,  /* executed only: the rounds contradict each other or were disturbed,
                                 or outputs differ */
} hax_outcome;

/* One line, "split: 24 % shorter than per-network" or "do not split: ...", as in docs/verdicts.md.
 * A gain of at most `noise` (relative, >= 0; 0.1 % at least) over the best plain baseline is a tie;
 * the other baselines are left out, as they may split too. Free with free. */
HAX_API hax_status hax_verdict(const hax_problem *problem, const hax_schedule *schedule,
                               int baseline_count, const hax_schedule *const *baselines,
                               double noise, char **text, hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
