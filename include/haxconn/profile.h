/*
 * Profiles: what every group of every network costs on every unit of a platform,
 * measured by taking turns, kept in a store, written and read as a document.
 *
 * Processes and threads: hax_profile_measure forks worker processes as hax_deployment_open does
 * (haxconn/deploy.h says what that means), and has ended them when it returns; on a simulated
 * platform it forks none. It may be called from several threads at once: with the same store they
 * take turns, without one they disturb each other's measurements. Who waits for another process
 * says for which (hax_watch), and goes on waiting. The other functions only compute. Profiles are
 * immutable: any thread may read them.
 */
#ifndef HAXCONN_PROFILE_H
#define HAXCONN_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haxconn/api.h"
#include "haxconn/config.h"
#include "haxconn/contention.h"
#include "haxconn/import.h"
#include "haxconn/model.h"
#include "haxconn/platform.h"
#include "haxconn/problem.h"
#include "haxconn/progress.h"
#include "haxconn/statistics.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where the demand of a group comes from. */
typedef enum hax_demand_source {
    HAX_DEMAND_COUNTED,   /* bytes that must move at least once, over the time */
    HAX_DEMAND_COUNTERS,  /* bytes of DRAM that were counted while it ran */
    HAX_DEMAND_BLACK_BOX, /* read off slowdowns: its own under known pressure, and a known
                             kernel's beside it */
    HAX_DEMAND_CACHE,     /* misses of the last cache that were counted while it ran */
    HAX_DEMAND_LOAD,  /* the load of the memory while its network ran, shared by counted bytes */
    HAX_DEMAND_RATIO, /* another unit's, by the ratio of such loads */
    HAX_DEMAND_NEIGHBOURS, /* no bandwidth: its network was run beside others (contention.h) */
} hax_demand_source;

HAX_API const char *hax_demand_source_name(hax_demand_source source);

/* A group whose network was on another unit of its unit's kind before. */
typedef struct hax_group_entered {
    int from_unit;
    hax_summary run; /* its time then: what it takes longer than alone is what entering costs */
} hax_group_entered;

/* Costs of one group on one unit; summaries of milliseconds. */
typedef struct hax_group_cost {
    bool allowed; /* the unit can run the group */
    hax_summary run;
    hax_summary out;    /* after it, towards another kind; count 0: nothing to do */
    hax_summary in;     /* before it, from another kind (the most expensive) */
    double bytes;       /* counted: weights once, tensors read and written once */
    double gbps;        /* its demand, as the others feel it */
    double own_gbps;    /* where it stands on its unit's slowdown function; 0: at gbps */
    double gbps_spread; /* relative, as in hax_summary; 0: not known */
    hax_demand_source demand;
    const char *run_source; /* of what was imported, or of a platform with a data sheet: */
    const char *out_source; /* "published: ...", "modelled", "fit to engines"; else NULL: as */
    const char *in_source;  /* hax_profile.source says */
    const char *gbps_source;
    int entered_count;
    const hax_group_entered *entered; /* [entered_count], as far as it was measured */
} hax_group_cost;

typedef struct hax_network_profile {
    const char *name;
    uint64_t model_hash;
    int group_count;
    const hax_group *groups;
    const hax_group_cost *const *cost; /* [group][unit] */
    const hax_summary *whole; /* [unit] all groups in one go; count 0: not measured (it cannot
                                 run them all). May be NULL: of no unit. */
} hax_network_profile;

/* What of a profile hax_profile_measure did not measure but found in the store; zeros where nothing
 * was, and in profiles that come from elsewhere or were joined. Times in seconds since 1970, UTC.
 */
typedef struct hax_profile_stored {
    int runs;         /* of passes, from the store */
    int total_runs;   /* these and those that were measured now */
    int64_t oldest_s; /* when the first and the last of them were kept */
    int64_t newest_s;
    int64_t answered_s; /* when the profile was put together */
} hax_profile_stored;

typedef struct hax_profile {
    const hax_platform *platform; /* its own copy: units, resources, fingerprint */
    int network_count;
    const hax_network_profile *networks;
    const hax_unit_contention *contention; /* [unit]; NULL: not measured */
    const char *source;                    /* "measured", or where it was imported from */
    hax_profile_stored stored;
} hax_profile;

typedef struct hax_profile_network {
    const char *name;
    const hax_model *model;
    const hax_grouping *grouping;
} hax_profile_network;

typedef struct hax_profile_config {
    size_t size; /* set by the initialiser; see config.h */
    const hax_platform *platform;
    int network_count;
    const hax_profile_network *networks;
    int rounds;     /* at least so many samples of each, at least 1; HAX_AUTOMATIC: 14 */
    double seconds; /* spread over at least so long; default: 20; nothing waits in simulation */
    const char *store_path;   /* SQLite file that keeps the samples; NULL: none */
    bool contention;          /* also what pressure does to networks, and they to it */
    hax_traffic_kind traffic; /* that presses: reading by default */
    bool fresh;               /* do not use what the store holds (it is replaced) */
    const hax_watch *watch;   /* may be NULL */
} hax_profile_config;

static inline hax_profile_config hax_profile_config_default(void)
{
    hax_profile_config config;
    memset(&config, 0, sizeof config);
    config.size = sizeof config;
    config.rounds = HAX_AUTOMATIC;
    config.seconds = 20;
    return config;
}

/*
 * Can samples be kept in this file? Makes it, with its folder and the locks beside it, where it is
 * not there. HAX_IO: it cannot be written; HAX_BAD_INPUT: it is damaged or no store.
 */
HAX_API hax_status hax_profile_store_check(const char *path, hax_error *err);

/*
 * On a platform with a data sheet nothing is measured: times are those of the sheet, or of the
 * model that is calibrated on it (estimate.h); each stands at all its quantiles, its spread is
 * twice the deviation that it may have, and its source says which it is.
 *
 * Else: measures what the store does not hold yet. Every sample is committed as it is taken, so
 * an interrupted call loses at most the current one; two processes may profile at once
 * (their rounds take turns). Free with hax_profile_destroy.
 * Forks workers, but for simulated platforms (see above).
 *   HAX_USAGE        no network, or rounds or seconds out of range
 *   HAX_UNAVAILABLE  a library or a processor is missing; with a data sheet, no network is named
 *   HAX_WORKER_LOST  a worker died or hangs
 *   HAX_INTERRUPTED  cancelled
 *   HAX_IO           the store
 *   with a data sheet also as hax_calibration_make
 */
HAX_API hax_status hax_profile_measure(const hax_profile_config *config,
                                       const hax_profile **profile, hax_error *err);

/*
 * The profile of one network from other tools' files, on a platform that has a unit called gpu...
 * and one called dla...; other units get nothing. What is taken:
 *   GPU     "groups" of a match of an engine without a DLA, else those of HaX-CoNN's layer_results
 *   DLA     the pieces of a "fit" (hax_import_fit); a piece of several groups is shared by what
 *           they take on the GPU; what lies before the first cut is the rest of the whole, if that
 *           is known
 *   OUT     costs of engines with a marked layer ("transitions"), none negative
 *   IN      reformats before and behind a DLA's piece in matches; where none was seen, their mean
 *   demands on the GPU: "demands" of a match, else the load in a tegrastats that ran beside it
 *           (hax_import_options.ran_on), shared by counted bytes; on the DLA: the GPU's by the
 * ratio of loads (hax_demand_by_ratio), else its own load; where there is neither, counted bytes
 * Cuts of the files may be one layer off those of the grouping: counting differs. Every time stands
 * at all its quantiles; its spread is how far it can be off. `source` of the profile names the
 * files, that of each cost says where its numbers come from. Free with hax_profile_destroy.
 *   HAX_BAD_INPUT  no such unit, no times of the GPU, or cuts that do not fit
 */
HAX_API hax_status hax_profile_from_imports(int import_count, const hax_import *const *imports,
                                            const hax_profile_network *network,
                                            const hax_platform *platform,
                                            const hax_profile **profile, hax_error *err);

/* The networks of two profiles of one platform as one profile; those of `more` come in the place of
 * others of their name. Holds no reference to either. Free with hax_profile_destroy.
 *   HAX_BAD_INPUT  the platforms differ
 */
HAX_API hax_status hax_profile_join(const hax_profile *profile, const hax_profile *more,
                                    const hax_profile **joined, hax_error *err);

/*
 * A copy of an imported profile in which a unit has the slowdown function of a pressure table that
 * was measured on it, so that demands come to bear. Free with hax_profile_destroy.
 *   HAX_USAGE      no such unit
 *   HAX_BAD_INPUT  more kernels or pressures than the document holds, 64
 */
HAX_API hax_status hax_profile_with_pressure(const hax_profile *profile, const char *unit,
                                             const hax_pressure_table *table,
                                             const hax_profile **pressed, hax_error *err);

HAX_API void hax_profile_destroy(const hax_profile *profile);

/* What entering a unit costs by what was measured, in ms: the difference between the medians, 0
 * where it is less than what both are uncertain by. */
HAX_API double hax_profile_entering_ms(const hax_group_cost *cost,
                                       const hax_group_entered *entered);

/*
 * Says in words that a profile answers from the store, how old its runs are and how to measure
 * anew, as the end of a sentence: "from the profile store, measured 3 days ago; --fresh measures
 * again". Cut where `size` (> 0) bytes do not hold it; 200 do. False, and "", where nothing of it
 * is from the store.
 */
HAX_API bool hax_profile_stored_words(const hax_profile *profile, char *words, size_t size);

/* The "haxconn/profile" document; free with free. */
HAX_API hax_status hax_profile_text(const hax_profile *profile, char **json, hax_error *err);
HAX_API hax_status hax_profile_parse(const char *json, size_t length, const char *file,
                                     const hax_profile **profile, hax_error *err);

/* HAX_BAD_INPUT, with the first difference in words, unless the profile was taken on a
 * machine and platform like `platform`. */
HAX_API hax_status hax_profile_matches(const hax_profile *profile, const hax_platform *platform,
                                       hax_error *err);

typedef struct hax_problem_options {
    size_t size; /* set by the initialiser; see config.h */
    hax_objective objective;
    int max_transitions;       /* per instance; default: HAX_NO_LIMIT */
    bool with_reference_units; /* also the units that are only compared with */
    bool ignore_contention;    /* as if nothing slowed anything down */
    const char *const *names;  /* [instance]: its name; NULL, or NULL for one: as said below */
    int rule_count;            /* as in hax_problem_adjust */
    const hax_rule *rules;
} hax_problem_options;

static inline hax_problem_options hax_problem_options_default(void)
{
    hax_problem_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.max_transitions = HAX_NO_LIMIT;
    return options;
}

/*
 * The scheduling problem of some of a profile's networks: instances[i] is the index of a
 * network. `options` may be NULL (latency, no limit). Free with hax_problem_destroy.
 * Instances of one network are named name, name-2, ...
 *
 * Times are medians, since rounds are judged by theirs. A group's low_ms is its first quartile,
 * its high_ms its 95 % quantile; where a single number was imported, the two ends of its spread.
 *
 * Where a unit has run the network as a whole, its groups' times are scaled by one factor
 * so that they add up to the same quantile of the whole. A quantile of a sum is not the sum
 * of the quantiles: noise that hits one group and not the next cancels in the sum, so the
 * 95 % quantiles of ten groups add up to more than that of the network. With the factor a
 * network that is not split costs what was measured of it, and a part of it its share of that.
 *
 * OUT and IN are the most expensive measured with any other kind, not scaled; those under a
 * microsecond moved nothing and demand no bandwidth. Slowdown functions are those of the
 * profile's contention, where it was measured and is not to be left out.
 *   HAX_BAD_INPUT  a group that no unit of the problem can run
 *   else           as hax_problem_adjust
 */
HAX_API hax_status hax_profile_problem(const hax_profile *profile, int instance_count,
                                       const int *instances, const hax_problem_options *options,
                                       const hax_problem **problem, hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
