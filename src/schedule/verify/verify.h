/*
 * The inside of the verifier. It knows public headers and the base room only: not one line, and
 * no table of names, is shared with the search or the evaluator, whose faults it is to find.
 */
#ifndef HAX_SCHEDULE_VERIFY_VERIFY_H
#define HAX_SCHEDULE_VERIFY_VERIFY_H

#include "error.h"
#include "haxconn/verify.h"

/* Beyond this, relative to the round, a time is another one. Evaluator and verifier add the same
 * numbers in another order, which makes 1e-10 in the longest schedules; documents written by
 * others have some six digits. */
#define HAX_VERIFY_TOLERANCE 1e-6

/* How a document calls things. */
extern const char *const hax_verify_parts[3];  /* by hax_part */
extern const char *const hax_verify_proofs[3]; /* by hax_proof */
extern const char *const hax_verify_goals[4];  /* by hax_objective */

/* ---- refusals ------------------------------------------------------------------------------- */

typedef struct hax_verifier {
    const hax_problem *problem;
    const char *whose; /* NULL: the schedule's; else the baseline's name, for messages */
    hax_refusal refusal;
    hax_error *err;
} hax_verifier;

/* HAX_MISMATCH of a kind. */
hax_status hax_verify_refuse(hax_verifier *verifier, hax_refusal kind, const char *format, ...)
    HAX_PRINTF(3, 4);

/* "instance 'a', group 3, run on 'gpu'" in front of what is wrong with a job. */
hax_status hax_verify_refuse_job(hax_verifier *verifier, hax_refusal kind, const hax_job *job,
                                 const char *format, ...) HAX_PRINTF(4, 5);

/* ---- slowdown ------------------------------------------------------------------------------- */

/* s(own, external) as the documents define it. */
double hax_verify_slowdown(const hax_slowdown *slowdown, double own_gbps, double external_gbps);

/* ---- plans ---------------------------------------------------------------------------------- */

/* What one job loses beside another. */
typedef struct hax_verify_overlap {
    int job, other;
    double together_ms, lost_ms;
} hax_verify_overlap;

/* Jobs in an order, and what comes of running them. */
typedef struct hax_verify_plan {
    const hax_problem *problem;
    int job_count;
    hax_job *jobs;    /* those of one unit in its order; start, end and slowdown are claims */
    int *offset;      /* [instance + 1]: its first group among those of all */
    int *index;       /* [3 * (offset + group) + part]: the job, -1: none */
    int *list;        /* [job_count]: all jobs so that each comes behind what it waits for */
    double *start_ms; /* [job], replayed */
    double *end_ms;
    double *finish_ms; /* [instance] */
    double round_ms;
    double value;
    hax_losses lost;
    bool wants_overlaps;
    int overlap_count, overlap_capacity;
    hax_verify_overlap *overlaps;
} hax_verify_plan;

/* Room for so many jobs; hax_verify_plan_close frees it, also after a failure. */
hax_status hax_verify_plan_open(hax_verify_plan *plan, const hax_problem *problem, int capacity,
                                hax_error *err);
void hax_verify_plan_close(hax_verify_plan *plan);

/* All groups of a problem. */
int hax_verify_group_count(const hax_problem *problem);

static inline int *hax_verify_job(const hax_verify_plan *plan, int instance, int group,
                                  hax_part part)
{
    return &plan->index[3 * (plan->offset[instance] + group) + (int) part];
}

/* The unit of a group: its run stands in the plan. */
static inline int hax_verify_unit(const hax_verify_plan *plan, int instance, int group)
{
    return plan->jobs[*hax_verify_job(plan, instance, group, HAX_PART_RUN)].unit;
}

/* The job of the same instance right before, -1: it is the first. */
int hax_verify_job_before(const hax_verify_plan *plan, int job);

/* The last job of an instance. */
int hax_verify_last_job(const hax_verify_plan *plan, int instance);

/* Finds every job, and holds the plan against the rules: permissions, parts, cuts, limits. */
hax_status hax_verify_rules(hax_verifier *verifier, hax_verify_plan *plan);

/* Fills the list: by claimed start, behind all that a job has to wait for. */
hax_status hax_verify_order(hax_verifier *verifier, hax_verify_plan *plan);

/* The fluid evaluation of jobs in the order of the list. */
hax_status hax_verify_replay(hax_verifier *verifier, hax_verify_plan *plan);

/* ---- claims --------------------------------------------------------------------------------- */

typedef struct hax_verify_baseline {
    const char *name;
    bool valued; /* value is not null */
    double value;
    bool cut_short, unfinished;
    int job_count;
    hax_job *jobs;   /* NULL: the document does not say how it runs */
    double round_ms; /* NAN: not known */
    bool waits;      /* for anything but the end of a job */
} hax_verify_baseline;

typedef struct hax_verify_range {
    double low, high;
} hax_verify_range;

typedef struct hax_verify_sensitivity {
    bool claimed, unfinished, optimal, measured;
    double spread, worst_regret; /* INFINITY for null */
    hax_verify_range units[HAX_MAX_UNITS], moves[HAX_MAX_UNITS];
    double worst[HAX_MAX_UNITS];
} hax_verify_sensitivity;

typedef struct hax_verify_robust {
    bool claimed, unfinished, measured;
    double spread, worst_regret, optimum_worst_regret, value, optimum_value;
    hax_verify_range moves[HAX_MAX_UNITS];
} hax_verify_robust;

/* Infinite values are null in documents: of `value` for throughput only. */
typedef struct hax_verify_claims {
    hax_verify_plan plan;
    const char *name;
    const int *const *assignment; /* [instance][group] */
    const double *finish_ms;      /* NULL: not claimed */
    hax_objective objective;
    double value, bound, gap;
    hax_proof proof;
    hax_losses lost;
    bool lists_overlaps;
    int overlap_count;
    hax_verify_overlap *overlaps;
    bool leaves_out; /* overlaps that cost no more than those */
    double left_out_count, left_out_ms;
    int baseline_count;
    hax_verify_baseline *baselines;
    const char *verdict; /* NULL: none */
    hax_verify_sensitivity sensitivity;
    hax_verify_robust robust;
} hax_verify_claims;

/* How far a value of the objective may be off. */
double hax_verify_allowed(const hax_problem *problem, double value, double round_ms);

/* Is a better than b by more than what is allowed? */
bool hax_verify_better(const hax_problem *problem, double a, double b, double allowed);

/* Assignment, times and figures of the schedule itself; the plan is replayed on the way. */
hax_status hax_verify_schedule(hax_verifier *verifier, hax_verify_claims *claims);

/* No schedule is better than this. */
hax_status hax_verify_own_bound(const hax_problem *problem, double *bound, hax_error *err);

/* The best of whole networks, by trying. */
typedef struct hax_verify_whole {
    bool sure;   /* whether one exists is known */
    bool exists; /* at least one is allowed */
    bool known;  /* all were tried: the best is this */
    double value, round_ms;
} hax_verify_whole;

enum { HAX_VERIFY_SERIAL, HAX_VERIFY_PER_NETWORK, HAX_VERIFY_ALL_CORES, HAX_VERIFY_PLAIN };
extern const char *const hax_verify_plain[HAX_VERIFY_PLAIN];

hax_status hax_verify_whole_networks(hax_verifier *verifier,
                                     hax_verify_whole best[HAX_VERIFY_PLAIN]);

/* Baselines: each is replayed where the document says how it runs; counts go to *made. */
hax_status hax_verify_baselines(hax_verifier *verifier, hax_verify_claims *claims,
                                const hax_verify_whole best[HAX_VERIFY_PLAIN],
                                hax_verification *result);

/* *checked: false where it rests on what the document does not hold. */
hax_status hax_verify_verdict(hax_verifier *verifier, const hax_verify_claims *claims,
                              const hax_verify_whole best[HAX_VERIFY_PLAIN], bool *checked);

/* What can be said of "sensitivity" and "robust" without a search. */
hax_status hax_verify_moves(hax_verifier *verifier, const hax_verify_claims *claims);

/* ---- reading -------------------------------------------------------------------------------- */

typedef struct hax_arena hax_arena;

/* `tree` (a json_t) and the arena must outlive the claims; hax_verify_plan_close frees the plan,
 * also after a failure. */
hax_status hax_verify_read(hax_verifier *verifier, void *tree, const char *file, hax_arena *arena,
                           hax_verify_claims *claims);

#endif
