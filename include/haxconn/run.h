/*
 * The whole way: profile, plan, execute the plan and every honest baseline in turns,
 * compare the outputs, and say what was predicted, what was measured and what follows.
 *
 * Processes and threads: hax_run forks worker processes as hax_deployment_open does
 * (haxconn/deploy.h says what that means), and has ended them when it returns; on a simulated
 * platform it forks none. It may be called from several threads at once, but what measures at once
 * on one machine measures the others: with a store's path they take turns (hax_profile_config). The
 * watch is called on the calling thread. Results are immutable: any thread may read them.
 */
#ifndef HAXCONN_RUN_H
#define HAXCONN_RUN_H

#include "haxconn/api.h"
#include "haxconn/array.h"
#include "haxconn/config.h"
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
    const char *name; /* "haxconn", a baseline's, "core-each"; on a GPU "equal-parts", "streams",
                         "priority-streams" */
    int same_as;      /* an earlier row with the same plan, whose rounds count for both; -1 */
    bool plain;       /* whole networks, as they are deployed today */
    bool reference;   /* on units that the plan may not use (emulated platform) */
    const hax_schedule *schedule; /* against hax_result.problem, or .reference_problem; NULL where
                                     no schedule can say what happens, */
    const char *unpredicted;      /* and why: what is predicted is not a number then */
    double predicted_ms;          /* from group times measured alone in the same rounds */
    hax_summary measured;         /* of the rounds, ms */
    double predicted_value;       /* the objective, as hax_schedule.value */
    hax_summary measured_value;   /* of the rounds */
    double error_percent;         /* (measured.median - predicted) / predicted * 100 */
    bool compared;                /* its outputs were compared with the single-unit run */
    double largest_difference;    /* relative to the largest value of the single-unit output */
} hax_row;

/* A job of a row beside what was predicted of it. Times are milliseconds, starts from the start of
 * the round. A part of a group that was not predicted apart has no length there: units of a kind
 * hand nothing over in a job of its own, so that what entering costs is predicted of the group. */
typedef struct hax_timed_job {
    int instance;
    int group;
    hax_part part;
    int unit;                  /* of hax_result.profile's platform, */
    int from_unit;             /* of HAX_PART_IN: too; else -1 */
    double predicted_start_ms; /* not a number where the row has no schedule, */
    double predicted_ms;       /* likewise */
    double alone_ms;           /* of a group: what it takes alone; else 0 */
    double contention_ms;      /* of predicted_ms */
    bool enters;       /* a hand-over, or its network was not the last on the unit: the first of its
                          network, behind a change of unit, or behind another network */
    bool beside;       /* in more than half of the rounds a job of another instance ran beside it */
    hax_summary start; /* over the rounds */
    hax_summary took;
    int first_group; /* whose time it is, with all up to its own: earlier than `group` where a
                        device took no times in between; -1: it is in that of a later one */
} hax_timed_job;

/* Groups of an instance that follow each other on one unit, hand-overs at both ends included. */
typedef struct hax_timed_piece {
    int instance;
    int first_group, last_group;
    int unit;                  /* of hax_result.profile's platform */
    double predicted_start_ms; /* not a number where the row has no schedule, */
    double predicted_ms;       /* likewise */
    hax_summary start;
    hax_summary took; /* from its first start to its last end, waits in between included */
} hax_timed_piece;

/* Where an instance's round went, in milliseconds: all five add up to the round. docs/verdicts.md
 * says which is which. What was measured may come out below what it takes alone: then contention or
 * entering are negative. */
typedef struct hax_causes {
    double alone_ms;
    double contention_ms;
    double entering_ms; /* hand-overs, and what groups take longer that come from elsewhere */
    double waiting_ms;  /* between its jobs, and before the first */
    double barrier_ms;  /* after its last job, until the last instance has ended */
} hax_causes;

/* What the jobs of a row took. */
typedef struct hax_timeline {
    int job_count;
    const hax_timed_job *jobs; /* in an order in which they could be started */
    int piece_count;
    const hax_timed_piece *pieces; /* instance after instance, in their order */
    const hax_causes *predicted;   /* [instance]; NULL where the row has no schedule */
    const hax_causes *measured;    /* [instance]: mean of the rounds between the quartiles, scaled
                                      so that it adds up to the median round */
} hax_timeline;

/* What of the profile was corrected by what jobs took in their rounds (docs/refine.md). */
typedef enum hax_correction_kind {
    HAX_CORRECTED_ALONE,      /* a group that goes on on its unit, beside nobody */
    HAX_CORRECTED_CONTENTION, /* what it takes longer beside the others of the workload */
    HAX_CORRECTED_ENTERING,   /* what it takes longer where the group before ran elsewhere */
    HAX_CORRECTED_OUT,        /* the hand-over behind it, on the unit that is left */
} hax_correction_kind;

/* "alone", "contention", "entering", "out". */
HAX_API const char *hax_correction_name(hax_correction_kind kind);

typedef struct hax_correction {
    hax_correction_kind kind;
    int instance; /* the first of its network: it counts for all */
    int group;
    int unit;       /* of hax_result.profile's platform; it counts for its whole class */
    int from_unit;  /* of entering: likewise; else -1 */
    double known;   /* by the profile, ms; of contention a factor, 1 */
    double learned; /* in the place of that */
    double spread;  /* of what was learned, in the same unit: half-width of the notch */
    int rows;       /* deployments that it was seen in; 0: it is from the profile store */
} hax_correction;

/* What the plan computed. */
typedef struct hax_output {
    int network;          /* index in hax_run_config */
    const char *instance; /* as the problem names it */
    const char *name;     /* of the tensor */
    hax_shape shape;
    const float *values; /* plain, in C's order */
} hax_output;

typedef struct hax_result {
    const hax_schedule *plan;             /* as it was solved: value, bound, proof, search */
    const hax_profile *profile;           /* taken in the same rounds as the rows */
    const hax_problem *problem;           /* of that profile, corrected by what the rounds before
                                             the last plan joined have taught (corrections, below);
                                             rows are predicted with it */
    const hax_problem *reference_problem; /* with the reference units; NULL when there are none */
    int row_count;
    const hax_row *rows; /* rows[0] is haxconn */
    unsigned unfinished; /* baselines that have no row: hax_baseline_set_unfinished */
    int rounds;
    bool outputs_checked;    /* false where units compute nothing (simulated, null) */
    bool outputs_equal;      /* every row within output_tolerance of the single-unit run */
    double output_tolerance; /* of the largest value: 1e-3; 1e-2 with units of 11-bit precisions */
    double gain_percent;     /* 100 * (1 - haxconn / best plain row), the median over the rounds */
    double noise_percent; /* the spread of that, and how far the medians of the rows are from it */
    int disturbed;        /* of `rounds`: the host took processors away in them */
    hax_outcome outcome;
    const char *verdict;       /* one line */
    int output_count;          /* 0 where units compute nothing, or outputs are not to be kept */
    const hax_output *outputs; /* of the plan's first round */
    int note_count;
    const char *const *notes;      /* slow fallbacks of libraries and other warnings */
    const hax_timeline *timelines; /* [row_count]: those of the rows */
    int answer; /* the row to deploy: the best as it was measured, plain ones included, of those
                   that have a schedule and whose outputs are right; of those that the rounds
                   cannot tell apart the one with the fewest changes of unit */
    int plans;  /* that were made: 1, and one more for each time that a better one was found in
                   what the rounds had taught */
    int correction_count; /* of the problem, which rows are predicted with */
    const hax_correction *corrections;
} hax_result;

/* Numbers for an input of an instance: of the input's shape, but for ones in front. */
typedef struct hax_feed {
    int network;       /* index in the configuration's networks */
    const char *input; /* its name; NULL: the network's only input */
    const hax_array *array;
} hax_feed;

typedef struct hax_run_config {
    size_t size; /* set by the initialiser; see config.h */
    const hax_platform *platform;
    int network_count; /* instances of one round */
    const hax_profile_network *networks;
    const char *const *names; /* of the instances, and rules: as in hax_problem_options */
    int rule_count;
    const hax_rule *rules;
    bool all_baselines; /* execute every baseline, and not the plain deployments only */
    hax_objective objective;
    int max_transitions;    /* per instance; default: HAX_NO_LIMIT */
    int rounds;             /* at least so many, at least 1; HAX_AUTOMATIC: 14; where rounds are
                               simulated 200 draws, or 1 if nothing is drawn */
    double seconds;         /* the rows' rounds spread over at least so long; default: 20; nothing
                               waits in simulation */
    const char *store_path; /* as in hax_profile_config */
    bool fresh;
    bool ignore_contention;       /* neither measured nor planned and predicted with */
    double solve_time_limit_s;    /* default: INFINITY */
    double baseline_time_limit_s; /* for all baselines together, beside what the plan leaves of its
                                     own; default: INFINITY */
    const hax_schedule *schedule; /* execute this one instead of solving; NULL: solve. A schedule
                                     of a problem of the same instances and units. */
    int feed_count;               /* inputs that are given; others are random, by seed */
    const hax_feed *feeds;
    uint64_t input_seed; /* also of the times that are drawn for a platform with a data sheet */
    bool keep_outputs;
    const hax_watch *watch;
    int refine; /* how often at most the rounds may correct the problem and a new plan joins them;
                   0: never; default: 3. Not where a schedule is given or rounds are drawn */
} hax_run_config;

enum { HAX_REFINE_MOST = 8 };

static inline hax_run_config hax_run_config_default(void)
{
    hax_run_config config;
    memset(&config, 0, sizeof config);
    config.size = sizeof config;
    config.max_transitions = HAX_NO_LIMIT;
    config.rounds = HAX_AUTOMATIC;
    config.seconds = 20;
    config.solve_time_limit_s = INFINITY;
    config.baseline_time_limit_s = INFINITY;
    config.refine = 3;
    return config;
}

/*
 * Forks workers, but for simulated platforms (see above).
 *
 * On a platform with a data sheet the rounds are simulated: every round draws the time of each
 * group on each unit anew from its spread (a factor of its own and one of its network on the unit,
 * half the variance each), all rows of a round meet the same draw, and a virtual clock that shares
 * no code with the evaluator walks the plans.
 *
 *   HAX_OK        *result is filled
 *   HAX_BAD_INPUT also: a feed for no input, for one that is fed already, or of another shape
 *   HAX_MISMATCH  outputs differ: *result is filled all the same, its outcome is
 *                 HAX_OUTCOME_NOT_CLAIMED
 *   HAX_INFEASIBLE  also: deadlines that cannot be kept (hax_deadlines_check). A plan that misses
 *                   one without that proof is executed
 *   else          as hax_profile_measure and hax_solve
 * Free with hax_result_destroy.
 */
HAX_API hax_status hax_run(const hax_run_config *config, const hax_result **result, hax_error *err);

HAX_API void hax_result_destroy(const hax_result *result);

/*
 * Writes each output of the result as FOLDER/INSTANCE.NAME.npy (letters, digits and "._-#" of the
 * names, "_" for others); where two would be one file, or the name is longer than 200 bytes, it is
 * cut there, and a hash of both names stands behind. Makes the folder. One that cannot be written
 * does not keep the others from it: HAX_IO names the first. Outputs are there with
 * hax_run_config.keep_outputs; HAX_UNAVAILABLE when there are none.
 */
HAX_API hax_status hax_result_save_outputs(const hax_result *result, const char *folder,
                                           hax_error *err);

/* The "haxconn/result" document; free with free. */
HAX_API hax_status hax_result_text(const hax_result *result, char **json, hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
