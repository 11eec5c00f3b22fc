/* The fit of a kind's numbers to measured groups. */
#ifndef ESTIMATE_FIT_H
#define ESTIMATE_FIT_H

#include "work.h"

typedef struct fit_sample {
    work of;
    double fixed_ms;    /* known beside it: what falls back to another unit */
    double measured_ms; /* > 0 */
    bool left_out;
} fit_sample;

/* Where a number usually is, and what it cannot be under. */
typedef struct fit_prior {
    double usual[WORK_TERMS]; /* ms for each unit of work */
    double sigma[WORK_TERMS]; /* of its logarithm */
    double least[WORK_TERMS];
} fit_prior;

/* Fits terms[] to the samples that are not left out: the least sum of squared logarithms of
 * modelled over measured times (each with a deviation of FIT_SIGMA) and of terms over usual ones
 * (each with its own). All terms are positive. Always ends; without samples the usual ones. */
void fit_terms(const fit_sample *samples, int count, const fit_prior *prior,
               double terms[WORK_TERMS]);

/* modelled / measured */
double fit_ratio(const fit_sample *sample, const double terms[WORK_TERMS]);

#endif
