/*
 * How much longer a unit's work takes while others use the memory, as a function: s(own, external)
 * >= 1. What a problem plans with, a data sheet says and a fit gives (contention.h).
 */
#ifndef HAXCONN_SLOWDOWN_H
#define HAXCONN_SLOWDOWN_H

#include "haxconn/api.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum hax_slowdown_kind {
    HAX_SLOWDOWN_NONE,   /* always 1 */
    HAX_SLOWDOWN_LINEAR, /* 1 + per_gbps * external */
    HAX_SLOWDOWN_TABLE,  /* bilinear between measured points, held at the edges */
    HAX_SLOWDOWN_PCCS,   /* three regions, six numbers */
} hax_slowdown_kind;

/* PCCS (Xu et al., MICRO 2021) in the form of HaX-CoNN (PPoPP 2024); see
 * hax_slowdown_value for the joined, monotone version that is evaluated. */
typedef struct hax_pccs {
    double normal_gbps;           /* own demand up to here: minor region */
    double intensive_gbps;        /* own demand beyond: intensive region */
    double mrmc_percent;          /* loss of the minor region at the largest pressure */
    double tbwdc_gbps;            /* total demand at which the normal region begins to fall */
    double cbp_gbps;              /* external demand beyond which more does no harm */
    double rate_percent_per_gbps; /* slope of the fall */
    double peak_gbps;             /* external demand at which mrmc_percent is reached */
} hax_pccs;

typedef struct hax_slowdown {
    hax_slowdown_kind kind;
    double per_gbps; /* LINEAR */
    hax_pccs pccs;   /* PCCS */
    /* TABLE: slowdown[i * external_count + j] at own_gbps[i], external_gbps[j];
     * both axes rise strictly. External 0 is 1 whether listed or not. */
    int own_count;
    int external_count;
    const double *own_gbps;
    const double *external_gbps;
    const double *slowdown;
} hax_slowdown;

/* s(own, external); 1 for external <= 0; continuous, never falls in either
 * argument, at most 1000. Thread-safe. */
HAX_API double hax_slowdown_value(const hax_slowdown *slowdown, double own_gbps,
                                  double external_gbps);

#ifdef __cplusplus
}
#endif

#endif
