/* The ways of deploying that a round executes: the plan and every honest baseline. */
#ifndef HAX_RUN_ROWS_H
#define HAX_RUN_ROWS_H

#include "exec.h"
#include "haxconn/run.h"

/* Of one plan; those that refining makes come on top. */
enum { ROW_MAX = HAX_BASELINES_MAX + 7 + HAX_REFINE_MOST };

/* A row in the making. Plan and schedule are owned by it. */
typedef struct hax_run_row {
    const char *name;
    bool reference;
    bool plain;                 /* whole networks: what the verdict holds the plan against */
    int plan_number;            /* of our plans, from 1 in the order they were made; 0: another's */
    const hax_schedule *solved; /* of a plan: as its search gave it. Owned by the row */
    int same_as;                /* row with the same plan, -1 */
    const hax_schedule *schedule; /* NULL: none can say what happens, */
    const char *unpredicted;      /* for this reason */
    hax_plan plan;
    hax_plan_job *jobs; /* of plan */
    hax_stamp *stamps;  /* [round][job of the plan] */
    double *round_ms;   /* one per round counted */
    double *value;      /* the objective in them */
    bool compared;
    double largest_difference;
} hax_run_row;

typedef struct hax_run_rows {
    int count;
    hax_run_row rows[ROW_MAX];
    unsigned unfinished; /* baselines that stand in no row: hax_baseline_set_unfinished */
} hax_run_rows;

/*
 * Fills the rows: haxconn first (takes over `plan`), then the baselines (the plain ones, or `all`)
 * and core-each where the platform has them; with a reference problem also what its units
 * do at full speed. `problem` knows the planned units only, `reference` (may be NULL)
 * all of them, in the platform's order. `limits` are those of all baselines together.
 */
hax_status hax_run_rows_make(const hax_platform *platform, const hax_problem *problem,
                             const hax_problem *reference, const hax_schedule *plan,
                             bool all_baselines, const hax_baseline_limits *limits,
                             hax_run_rows *list, hax_error *err);

void hax_run_rows_free(hax_run_rows *list);

/* The row whose rounds a row counts by: itself, or the one with the same plan. */
static inline int hax_run_row_timed(const hax_run_rows *list, int r)
{
    return list->rows[r].same_as >= 0 ? list->rows[r].same_as : r;
}

/* refine/plans.c: adds another plan of ours and takes over both schedules, of which `solved` is as
 * its search gave it. *added is its row, or -1 where an earlier plan is the same. Where a row of
 * another kind is, it counts by that one's rounds. */
hax_status hax_run_rows_add_plan(hax_run_rows *list, const hax_platform *platform,
                                 const hax_problem *problem, const hax_schedule *schedule,
                                 const hax_schedule *solved, int *added, hax_error *err);

/* refine/plans.c: makes a plan rows[0], with the rounds that it counts by, and names all plans:
 * that one "haxconn", others by their numbers. */
void hax_run_rows_promote(hax_run_rows *list, int plan);

/* Adds a row of a schedule, which it takes over. */
hax_status hax_run_rows_add(hax_run_rows *list, const hax_platform *platform,
                            const hax_problem *problem, const char *name, bool reference,
                            const hax_schedule *schedule, hax_error *err);

/* Adds the best mapping of whole networks to units of their own among those in `allowed` (of the
 * problem's), if there is one. */
hax_status hax_run_rows_add_each(const hax_platform *platform, const hax_problem *problem,
                                 const char *name, bool reference, const bool *allowed,
                                 const hax_baseline_limits *limits, hax_run_rows *list,
                                 hax_error *err);

/* rows_gpu.c: adds what is done on a GPU without planning, where the platform has one: each network
 * in a stream of its own on the whole GPU, the same with priorities, and on parts of one size. */
hax_status hax_run_rows_add_gpu(const hax_platform *platform, const hax_problem *problem,
                                const hax_baseline_limits *limits, hax_run_rows *list,
                                hax_error *err);

/* The same jobs on the same units in the same order, waits included? */
bool hax_plan_is_same(const hax_plan *a, const hax_plan *b);

/* The jobs a session executes for a schedule: unit numbers are translated by name, and
 * OUT and IN stand at every change between kinds also where their cost was too small to be
 * in the schedule. *jobs is freed with free. */
hax_status hax_plan_from_schedule(const hax_platform *platform, const hax_problem *problem,
                                  const hax_schedule *schedule, hax_plan_job **jobs, int *job_count,
                                  hax_error *err);

#endif
