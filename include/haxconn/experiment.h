/*
 * Experiments beside the way of a run: the contention model held against what happens, what
 * planning costs beside execution, memory pressed by hand, the published characterisation of
 * convolutions.
 *
 * Processes and threads: hax_contention_check_measure, hax_overhead_measure, hax_press_measure and
 * hax_convolutions_measure fork worker processes as hax_deployment_open does (haxconn/deploy.h says
 * what that means), and have ended them when they return; on a simulated platform they fork none.
 * They may be called from several threads at once, but what measures at once on one machine
 * measures the others: with a store's path they take turns (hax_profile_config). The watch is
 * called on the calling thread. Results are immutable: any thread may read them.
 */
#ifndef HAXCONN_EXPERIMENT_H
#define HAXCONN_EXPERIMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "haxconn/api.h"
#include "haxconn/config.h"
#include "haxconn/contention.h"
#include "haxconn/limits.h"
#include "haxconn/platform.h"
#include "haxconn/profile.h"
#include "haxconn/progress.h"
#include "haxconn/statistics.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the contention model held against what happens ---------------------------------------- */

typedef struct hax_contention_check_config {
    size_t size; /* set by the initialiser; see config.h */
    const hax_platform *platform;
    int network_count;
    const hax_profile_network *networks;
    int rounds;             /* samples of everything, at least 1; HAX_AUTOMATIC: 40, 1 in
                               simulation */
    const char *store_path; /* taking turns with other processes, as in hax_profile_config; nothing
                               is read from the store or kept in it */
    const hax_watch *watch;
} hax_contention_check_config;

static inline hax_contention_check_config hax_contention_check_config_default(void)
{
    hax_contention_check_config config;
    memset(&config, 0, sizeof config);
    config.size = sizeof config;
    config.rounds = HAX_AUTOMATIC;
    return config;
}

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
    double predicted_ms;   /* by the evaluator, from times alone in the same rounds */
    double uncontended_ms; /* the same as if nothing slowed anything down */
    double measured_ms;
} hax_checked_round;

/* |predicted - measured| / measured, of the model and of one that knows no contention. */
typedef struct hax_check_error {
    int count;
    double median, p95;
    double uncontended_median, uncontended_p95;
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
 * beside three pressures that the profile does not use; every two of them at once. Forks workers.
 * Free with hax_contention_check_destroy. Statuses of hax_profile_measure; HAX_UNAVAILABLE when no
 * two units work side by side.
 */
HAX_API hax_status hax_contention_check_measure(const hax_contention_check_config *config,
                                                const hax_contention_check **check, hax_error *err);

/* The "haxconn/contention-check" document; free with free. */
HAX_API hax_status hax_contention_check_text(const hax_contention_check *check, char **json,
                                             hax_error *err);

HAX_API void hax_contention_check_destroy(const hax_contention_check *check);

/* ---- planning beside execution ------------------------------------------------------------- */

typedef struct hax_overhead_config {
    size_t size; /* set by the initialiser; see config.h */
    const hax_platform *platform;
    int network_count;
    const hax_profile_network *networks;
    const hax_profile_network *companion; /* runs beside each, on another unit; NULL: nothing */
    int rounds;                           /* samples of each, at least 1; default: 20 */
    const char *store_path; /* taking turns with other processes, as in hax_profile_config */
    const hax_watch *watch;
} hax_overhead_config;

static inline hax_overhead_config hax_overhead_config_default(void)
{
    hax_overhead_config config;
    memset(&config, 0, sizeof config);
    config.size = sizeof config;
    config.rounds = 20;
    return config;
}

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
 * Free with hax_overhead_destroy. Forks workers. Statuses of hax_profile_measure; HAX_UNAVAILABLE
 * where no unit leaves a processor free.
 */
HAX_API hax_status hax_overhead_measure(const hax_overhead_config *config,
                                        const hax_overhead **overhead, hax_error *err);
HAX_API void hax_overhead_destroy(const hax_overhead *overhead);

/* The "haxconn/overhead" document; free with free. */
HAX_API hax_status hax_overhead_text(const hax_overhead *overhead, const hax_platform *platform,
                                     char **json, hax_error *err);

/* ---- pressing ------------------------------------------------------------------------------ */

typedef struct hax_press_config {
    size_t size; /* set by the initialiser; see config.h */
    const hax_platform *platform;
    double gbps[HAX_MAX_UNITS]; /* [unit] demand; 0: none, INFINITY: all it can move */
    hax_traffic_kind traffic;
    double seconds;         /* default: 2 */
    const char *store_path; /* whose measurements take turns with this; NULL: nobody's */
    const hax_watch *watch; /* may be NULL */
} hax_press_config;

static inline hax_press_config hax_press_config_default(void)
{
    hax_press_config config;
    memset(&config, 0, sizeof config);
    config.size = sizeof config;
    config.seconds = 2;
    return config;
}

typedef struct hax_pressed_unit {
    double peak_gbps;    /* most that it moves alone */
    double alone_gbps;   /* what its traffic came to alone, the demand that was made */
    double reached_gbps; /* what it still moved beside the others; all 0 where none was asked for */
} hax_pressed_unit;

/*
 * Makes memory traffic of given demands on several units at once: first finds for each, alone, how
 * much it must compute between chunks of memory, then lets all go on for `seconds`. Forks
 * workers. Statuses of hax_profile_measure; HAX_USAGE when two of the units share a resource or
 * none has a demand; HAX_INTERRUPTED.
 */
HAX_API hax_status hax_press_measure(const hax_press_config *config,
                                     hax_pressed_unit units[HAX_MAX_UNITS], hax_error *err);

/* The "haxconn/pressure" document; free with free. */
HAX_API hax_status hax_press_text(const hax_press_config *config, const hax_pressed_unit *units,
                                  char **json, hax_error *err);

/* ---- convolutions --------------------------------------------------------------------------- */

/* The published characterisation (HaX-CoNN, PPoPP 2024, Fig. 3): one convolution of 64 channels to
 * 64 with a border of 1 and a ReLU, for five sizes of input and kernels of 1 to 5. */
enum { HAX_CONVOLUTION_INPUTS = 5, HAX_CONVOLUTION_KERNELS = 5 };

typedef struct hax_convolution_input {
    int height, width;
} hax_convolution_input;

/* Size of input 0 to 4. */
static inline hax_convolution_input hax_convolution_input_of(int input)
{
    static const hax_convolution_input sizes[HAX_CONVOLUTION_INPUTS] = {
        { 224, 112 }, { 112, 112 }, { 112, 56 }, { 56, 56 }, { 56, 28 },
    };
    return sizes[input];
}

/* Profiles the 25 convolutions with contention; of `config` the networks and `contention` are not
 * looked at. Forks workers. Statuses of hax_profile_measure. Free with hax_profile_destroy. */
HAX_API hax_status hax_convolutions_measure(const hax_profile_config *config,
                                            const hax_profile **profile, hax_error *err);

/* Costs of a convolution of such a profile; `input` and `kernel` from 0 (kernel 0 is of size 1). */
static inline const hax_group_cost *hax_convolution_cost(const hax_profile *profile, int input,
                                                         int kernel, int unit)
{
    return &profile->networks[input * HAX_CONVOLUTION_KERNELS + kernel].cost[0][unit];
}

/* Its demand as a share of the most that the unit reads alone; 0 where that is not known. */
static inline double hax_convolution_share(const hax_profile *profile, int input, int kernel,
                                           int unit)
{
    double peak_gbps =
        profile->contention ? profile->contention[unit].peak_gbps[HAX_TRAFFIC_READ] : 0;
    return peak_gbps > 0 ? hax_convolution_cost(profile, input, kernel, unit)->gbps / peak_gbps : 0;
}

/* The "haxconn/convolutions" document: for each unit "emc", shares under the keys of the published
 * files (conv1 to conv5, kernel1 to kernel5), and "demand". Free with free. */
HAX_API hax_status hax_convolutions_text(const hax_profile *profile, char **json, hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
