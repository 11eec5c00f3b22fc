/*
 * Contention: from measured pressure tables to slowdown functions.
 *
 * All functions are thread-safe; tables and fits are immutable once made.
 */
#ifndef HAXCONN_CONTENTION_H
#define HAXCONN_CONTENTION_H

#include <stdbool.h>
#include <stddef.h>

#include "haxconn/api.h"
#include "haxconn/slowdown.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What memory traffic does. Bandwidths count a copied byte twice, read and written. */
typedef enum hax_traffic_kind {
    HAX_TRAFFIC_READ,
    HAX_TRAFFIC_WRITE,
    HAX_TRAFFIC_COPY,
    HAX_TRAFFIC_CACHE, /* reads what stays in the last cache that units share */
} hax_traffic_kind;

enum { HAX_TRAFFIC_KINDS = HAX_TRAFFIC_CACHE + 1 };

/*
 * A unit under pressure. Kernels of rising own demand run on the unit while the other units
 * together demand external_gbps[j]; achieved_gbps[i * external_count + j] is the bandwidth
 * that kernel i still reaches. own_gbps[i] is what it reaches alone. Both axes rise
 * strictly and are positive. GB/s, 1e9 bytes per second.
 */
typedef struct hax_pressure_table {
    int own_count;
    int external_count;
    const double *own_gbps;
    const double *external_gbps;
    const double *achieved_gbps;
} hax_pressure_table;

/*
 * Reads a table as the published PCCS program takes it: numbers between blanks, first the
 * count of kernels and their bandwidths alone, then the count of pressures and these, then
 * a row for each kernel. At least two kernels and two pressures. HAX_BAD_INPUT with line
 * and column. Free with hax_pressure_table_destroy.
 */
HAX_API hax_status hax_pressure_table_parse(const char *text, size_t length, const char *file,
                                            const hax_pressure_table **table, hax_error *err);
HAX_API void hax_pressure_table_destroy(const hax_pressure_table *table);

/* Errors of predicted slowdowns against measured ones, |predicted - measured| / measured. */
typedef struct hax_fit_error {
    double median;
    double p95;
    double max;
} hax_fit_error;

/* One of the two forms a slowdown function can take. */
typedef struct hax_fit_form {
    hax_slowdown slowdown;
    const double *residual; /* [own][external]: predicted - measured slowdown */
    hax_fit_error error;    /* over all cells */
    hax_fit_error left_out; /* every kernel predicted by a fit that has not seen it;
                               NAN when there are too few kernels to leave one out */
} hax_fit_form;

typedef struct hax_contention_fit {
    hax_pressure_table table;
    const double *slowdown; /* [own][external]: measured, own / achieved, at least 1 */
    bool minor_region;      /* kernels that hardly notice any pressure exist */
    hax_fit_form pccs;      /* three regions, six numbers */
    hax_fit_form bilinear;  /* the table itself, made monotone */
    hax_slowdown extended;  /* the same beyond its kernels: nothing is lost at own demand 0, and
                               above the hungriest kernel the loss grows in proportion, up to
                               four times its demand */
    int repaired_cells;     /* changed to make the table monotone, by more than 1 % */
    double repaired_most;   /* the largest such change, relative */
    double error_limit;     /* 95th percentile beyond which the three regions are not taken */
    hax_slowdown_kind chosen;
} hax_contention_fit;

#define HAX_FIT_ERROR_LIMIT 0.05

/*
 * Fits both forms and chooses: the three regions while 95 of 100 cells of the table are within
 * `error_limit` (relative; HAX_FIT_ERROR_LIMIT is usual) of them, and the table does not predict
 * kernels that it has not seen better than they do (left_out.p95); else the table. (Not the median:
 * most cells are calm, and the few that are not are what matters.) Always gives a model with the
 * slowdown that was measured, also where no kernel is in a minor region.
 *
 * Source of the six numbers: Xu et al., PCCS, MICRO 2021, as used by HaX-CoNN (PPoPP 2024).
 * Free with hax_contention_fit_destroy.
 */
HAX_API hax_status hax_contention_fit_make(const hax_pressure_table *table, double error_limit,
                                           const hax_contention_fit **fit, hax_error *err);
HAX_API void hax_contention_fit_destroy(const hax_contention_fit *fit);

/* The chosen slowdown function, a table in its extended form; lives as long as the fit. */
HAX_API const hax_slowdown *hax_contention_fit_slowdown(const hax_contention_fit *fit);

/* The document "haxconn/contention-fit": its "slowdown" goes into a unit of a problem as it is.
 * Free with free. */
HAX_API hax_status hax_contention_fit_text(const hax_contention_fit *fit, char **json,
                                           hax_error *err);

/*
 * The published way to a demand that cannot be counted, for imported data: unit B's demand for a
 * group from unit A's, by the ratio of the shares of memory bandwidth seen while each ran a
 * network (HaX-CoNN: demand_DLA = EMC_DLA / EMC_GPU * demand_GPU). It takes the ratio of whole
 * networks for that of every group; a black box (profile.h) does not. GB/s; 0 unless all three are
 * positive.
 */
HAX_API double hax_demand_by_ratio(double demand_a_gbps, double emc_a_percent,
                                   double emc_b_percent);

/* ---- measured on a machine (hax_profile_measure) ------------------------------------------ */

/* How a unit takes pressure. Units of one class share it. */
typedef struct hax_unit_contention {
    hax_traffic_kind traffic;                /* of the table */
    double peak_gbps[HAX_TRAFFIC_KINDS];     /* most that it moves alone, by kind of traffic */
    double together_gbps[HAX_TRAFFIC_KINDS]; /* most that it and the units beside it move at once */
    const hax_contention_fit *fit;           /* NULL: not measured, or no unit can run beside it */
    int neighbours; /* networks that worked at once beside one on the unit, where that was measured
                       and not pressure (parts of a GPU); else 0 */
    double crowd;   /* the loss beside all of them, over that beside one; at least 1 */
    const hax_slowdown *beside; /* the function of that: an own demand is the loss beside one
                                   neighbour, an external one their number; NULL: not measured */
} hax_unit_contention;

/* The slowdown function that jobs on the unit are planned with; NULL: none. */
HAX_API const hax_slowdown *hax_unit_contention_slowdown(const hax_unit_contention *unit);

HAX_API const char *hax_traffic_kind_name(hax_traffic_kind kind);

/* A picture (SVG) of the fitted surface: a line over the pressure for every kernel, with the
 * measured points. Free with free. */
HAX_API hax_status hax_contention_fit_svg(const hax_contention_fit *fit, char **svg,
                                          hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
