/* The fit of a kind's numbers to measured groups. */
#ifndef HAX_ESTIMATE_FIT_H
#define HAX_ESTIMATE_FIT_H

#include "work.h"

typedef struct hax_fit_sample {
    hax_kernel_work work;
    double fixed_ms;    /* known beside it: what falls back to another unit */
    double measured_ms; /* > 0 */
    bool left_out;
} hax_fit_sample;

/* Where a number usually is, and what it cannot be under. */
typedef struct hax_fit_prior {
    double usual[WORK_TERMS]; /* ms for each unit of work */
    double sigma[WORK_TERMS]; /* of its logarithm */
    double least[WORK_TERMS];
} hax_fit_prior;

/* Fits terms[] to the samples that are not left out: the least sum of squared logarithms of
 * modelled over measured times (each with a deviation of `sample_sigma`) and of terms over usual
 * ones (each with its own). All terms are positive. Always ends; without samples the usual ones. */
void hax_fit_terms(const hax_fit_sample *samples, int count, const hax_fit_prior *prior,
                   double terms[WORK_TERMS]);

/* modelled / measured */
double hax_fit_ratio(const hax_fit_sample *sample, const double terms[WORK_TERMS]);

#endif
