/*
 * The whole way: profile, plan, execute the plan and every honest baseline in turns,
 * compare the outputs, and say what was predicted, what was measured and what follows.
 */
#ifndef HAXCONN_RUN_H
#define HAXCONN_RUN_H

#include "haxconn/model.h"
#include "haxconn/platform.h"
#include "haxconn/profile.h"
#include "haxconn/progress.h"
#include "haxconn/schedule.h"
#include "haxconn/statistics.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One way of deploying the networks, executed. */
typedef struct hax_row {
    const char *name; /* "haxconn", "serial", "per-network", "core-each", "all-cores" */
    int same_as;      /* an earlier row with the same plan, whose rounds count for both; -1 */
    bool reference;   /* on units that the plan may not use (emulated platform) */
    const hax_schedule *schedule; /* against hax_result.problem, or .reference_problem */
    double predicted_ms;          /* from group times measured alone in the same rounds */
    hax_summary measured;         /* of the rounds, ms */
    double error_percent;         /* (measured.median - predicted) / predicted * 100 */
    bool compared;                /* its outputs were compared with the single-unit run */
    double largest_difference;    /* relative to the largest value of the single-unit output */
} hax_row;

typedef enum hax_outcome {
    HAX_OUTCOME_SPLIT,        /* the plan beats every other row by more than the spread */
    HAX_OUTCOME_TIE,          /* within the spread of the best other row */
    HAX_OUTCOME_DO_NOT_SPLIT, /* the plan is one of the plain deployments */
    HAX_OUTCOME_WORSE,        /* measured slower than a plain deployment, beyond the spread */
} hax_outcome;

typedef struct hax_result {
    hax_schedule *plan;             /* as it was solved: value, bound, proof, search */
    hax_profile *profile;           /* taken in the same rounds as the rows */
    hax_problem *problem;           /* of that profile; rows are predicted with it */
    hax_problem *reference_problem; /* with the reference units; NULL when there are none */
    int row_count;
    const hax_row *rows; /* rows[0] is haxconn */
    int rounds;
    bool outputs_checked; /* false where units compute nothing (simulated, null) */
    bool outputs_equal;   /* every row within 1e-3 of the single-unit run */
    double gain_percent;  /* 100 * (1 - haxconn / best other planned row), medians */
    double noise_percent; /* the spread of that comparison */
    hax_outcome outcome;
    const char *verdict; /* one line */
    int note_count;
    const char *const *notes; /* slow fallbacks of libraries and other warnings */
} hax_result;

typedef struct hax_run_config {
    const hax_platform *platform;
    int network_count; /* instances of one round */
    const hax_profile_network *networks;
    hax_objective objective;
    int max_transitions;    /* -1: no limit */
    int rounds;             /* at least; 0: 14 */
    double seconds;         /* the rows' rounds spread over at least so long; < 0: 20 */
    const char *store_path; /* as in hax_profile_config */
    bool fresh;
    bool ignore_contention;       /* neither measured nor planned and predicted with */
    double solve_time_limit_s;    /* 0: none */
    const hax_schedule *schedule; /* execute this one instead of solving; NULL: solve. A schedule
                                     of a problem of the same instances and units. */
    const hax_watch *watch;
} hax_run_config;

/*
 *   HAX_OK        *result is filled
 *   HAX_MISMATCH  outputs differ: *result is filled all the same, no gain is claimed
 *   else          as hax_profile_measure and hax_solve
 * Free with hax_result_destroy.
 */
hax_status hax_run(const hax_run_config *config, hax_result **result, hax_error *err);

void hax_result_destroy(hax_result *result);

/* The "haxconn/result" document; free with free. */
hax_status hax_result_text(const hax_result *result, char **json, hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
