/*
 * The whole way: profile, plan, execute the plan and every honest baseline in turns,
 * compare the outputs, and say what was predicted, what was measured and what follows.
 *
 * Processes and threads: hax_run, hax_contention_check_run and hax_overhead_measure fork worker
 * processes as hax_deployment_open does (haxconn/deploy.h says what that means), and have ended
 * them when they return; on a simulated platform they fork none. They may be called from several
 * threads at once, but what measures at once on one machine measures the others: with a store's
 * path they take turns (hax_profile_config). The watch is called on the calling thread. Results are
 * immutable: any thread may read them.
 */
#ifndef HAXCONN_RUN_H
#define HAXCONN_RUN_H

#include "haxconn/api.h"
#include "haxconn/array.h"
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
    const char *name; /* "haxconn", "core-each", or a baseline's */
    int same_as;      /* an earlier row with the same plan, whose rounds count for both; -1 */
    bool plain;       /* whole networks, as they are deployed today */
    bool reference;   /* on units that the plan may not use (emulated platform) */
    const hax_schedule *schedule; /* against hax_result.problem, or .reference_problem */
    double predicted_ms;          /* from group times measured alone in the same rounds */
    hax_summary measured;         /* of the rounds, ms */
    double predicted_value;       /* the objective, as hax_schedule.value */
    hax_summary measured_value;   /* of the rounds */
    double error_percent;         /* (measured.median - predicted) / predicted * 100 */
    bool compared;                /* its outputs were compared with the single-unit run */
    double largest_difference;    /* relative to the largest value of the single-unit output */
} hax_row;

/* What the plan computed. */
typedef struct hax_output {
    int network;          /* index in hax_run_config */
    const char *instance; /* as the problem names it */
    const char *name;     /* of the tensor */
    hax_shape shape;
    const float *values; /* plain, in C's order */
} hax_output;

typedef struct hax_result {
    hax_schedule *plan;             /* as it was solved: value, bound, proof, search */
    hax_profile *profile;           /* taken in the same rounds as the rows */
    hax_problem *problem;           /* of that profile; rows are predicted with it */
    hax_problem *reference_problem; /* with the reference units; NULL when there are none */
    int row_count;
    const hax_row *rows; /* rows[0] is haxconn */
    unsigned unfinished; /* baselines that have no row: as in hax_baselines_made */
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
    const char *const *notes; /* slow fallbacks of libraries and other warnings */
} hax_result;

/* Numbers for an input of an instance: of the input's shape, but for ones in front. */
typedef struct hax_feed {
    int network;       /* index in the configuration's networks */
    const char *input; /* its name; NULL: the network's only input */
    const hax_array *array;
} hax_feed;

typedef struct hax_run_config {
    const hax_platform *platform;
    int network_count; /* instances of one round */
    const hax_profile_network *networks;
    const char *const *names; /* of the instances, and rules: as in hax_problem_options */
    int rule_count;
    const hax_rule *rules;
    bool all_baselines; /* execute every baseline, and not the plain deployments only */
    hax_objective objective;
    int max_transitions;    /* -1: no limit */
    int rounds;             /* at least; 0: 14 */
    double seconds;         /* the rows' rounds spread over at least so long; < 0: 20 */
    const char *store_path; /* as in hax_profile_config */
    bool fresh;
    bool ignore_contention;       /* neither measured nor planned and predicted with */
    double solve_time_limit_s;    /* 0: none */
    double baseline_time_limit_s; /* for all baselines together, beside what the plan leaves of its
                                     own, 0: none */
    const hax_schedule *schedule; /* execute this one instead of solving; NULL: solve. A schedule
                                     of a problem of the same instances and units. */
    int feed_count;               /* inputs that are given; others are random, by seed */
    const hax_feed *feeds;
    uint64_t input_seed; /* also of the times that are drawn for a platform with a data sheet */
    bool keep_outputs;
    const hax_watch *watch;
} hax_run_config;

/*
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
HAX_API hax_status hax_run(const hax_run_config *config, hax_result **result, hax_error *err);

HAX_API void hax_result_destroy(hax_result *result);

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

/* ---- the contention model held against what happens ---------------------------------------- */

typedef struct hax_check_config {
    const hax_platform *platform;
    int network_count;
    const hax_profile_network *networks;
    int rounds;             /* samples of everything; 0: 40 */
    const char *store_path; /* taking turns with other processes, as in hax_profile_config; nothing
                               is read from the store or kept in it */
    const hax_watch *watch;
} hax_check_config;

/* A group beside pressure or beside another network: times longer than alone. */
typedef struct hax_checked_group {
    int network, group, unit;
    int beside; /* the other network, on the other unit of a checked round; -1: pressure */
    double external_gbps; /* of the pressure */
    double predicted;
    double measured; /* median over rounds against the same group alone in the round */
} hax_checked_group;

/* Two networks at once, each whole on a unit. */
typedef struct hax_checked_round {
    int networks[2], units[2];
    double predicted_ms; /* by the evaluator, from times alone in the same rounds */
    double blind_ms;     /* the same as if nothing slowed anything down */
    double measured_ms;
} hax_checked_round;

/* |predicted - measured| / measured, of the model and of one that knows no contention. */
typedef struct hax_check_error {
    int count;
    double median, p95;
    double blind_median, blind_p95;
} hax_check_error;

/* What an error is of. A group is memory bound where its slowdown, predicted or measured, is 1.05
 * or more. */
typedef enum hax_checked {
    HAX_CHECKED_PRESSED,       /* groups beside pressure */
    HAX_CHECKED_PRESSED_BOUND, /* the memory-bound ones of them */
    HAX_CHECKED_BESIDE,        /* groups beside another network */
    HAX_CHECKED_BESIDE_BOUND,
    HAX_CHECKED_ROUNDS, /* round times of two networks */
    HAX_CHECKED_COUNT,
} hax_checked;

typedef struct hax_contention_check {
    const hax_profile *profile; /* that the predictions are made from, taken in the same rounds */
    int counted;                /* rounds */
    int disturbed;              /* rounds done again: the host took the processors away */
    int group_count;
    const hax_checked_group *groups;
    int round_count;
    const hax_checked_round *rounds;
    hax_check_error errors[HAX_CHECKED_COUNT];
} hax_contention_check;

/*
 * In every round, in turns: the profile of the networks with contention; each network alone and
 * beside three pressures that the profile does not use; every two of them at once. Free with
 * hax_contention_check_destroy. Statuses of hax_profile_measure; HAX_UNAVAILABLE when no two units
 * work side by side.
 */
HAX_API hax_status hax_contention_check_run(const hax_check_config *config,
                                            hax_contention_check **check, hax_error *err);

/* The "haxconn/contention-check" document; free with free. */
HAX_API hax_status hax_contention_check_text(const hax_contention_check *check, char **json,
                                             hax_error *err);

HAX_API void hax_contention_check_destroy(hax_contention_check *check);

/* ---- planning beside execution ------------------------------------------------------------- */

typedef struct hax_overhead_config {
    const hax_platform *platform;
    int network_count;
    const hax_profile_network *networks;
    const hax_profile_network *companion; /* runs beside each, on another unit; NULL: nothing */
    int rounds;                           /* samples of each; 0: 20 */
    const char *store_path; /* taking turns with other processes, as in hax_profile_config */
    const hax_watch *watch;
} hax_overhead_config;

typedef struct hax_overhead_row {
    const char *network;
    hax_summary idle, solving; /* ms of the network without and with the search */
    hax_summary percent;       /* how much longer, round by round */
} hax_overhead_row;

typedef struct hax_overhead {
    int unit;   /* that the networks ran on */
    int beside; /* that the companion ran on beside each; -1: no processor was left for that */
    const char *companion; /* its name; NULL: none was asked for */
    int cpu;               /* that the search ran on */
    uint64_t searches;
    int rounds;
    int row_count;
    const hax_overhead_row *rows;
    double median_percent; /* of the rows' medians */
} hax_overhead;

/*
 * Runs every network on one unit with and without the exact search in a loop on a processor that no
 * unit uses then, one right after the other; beside the companion on a second unit (the published
 * experiment, there alexnet), unless that would leave no processor. Names are those of `config`.
 * Free with hax_overhead_destroy. Statuses of hax_session_execute; HAX_UNAVAILABLE where no unit
 * leaves a processor free.
 */
HAX_API hax_status hax_overhead_measure(const hax_overhead_config *config, hax_overhead **overhead,
                                        hax_error *err);
HAX_API void hax_overhead_destroy(hax_overhead *overhead);

/* The "haxconn/overhead" document; free with free. */
HAX_API hax_status hax_overhead_text(const hax_overhead *overhead, const hax_platform *platform,
                                     char **json, hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
