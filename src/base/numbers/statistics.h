/* Summary of repeated measurements. */
#ifndef HAX_BASE_NUMBERS_STATISTICS_H
#define HAX_BASE_NUMBERS_STATISTICS_H

#include <stddef.h>

#include "haxconn/statistics.h"

/*
 * Summary of `count` values (> 0); sorts `values` in place. Quantiles interpolate
 * linearly between order statistics (Hyndman and Fan, type 7).
 */
hax_summary hax_summarise(double *values, size_t count);

/* Quantile q in [0, 1] of `count` > 0 sorted values, type 7. */
double hax_quantile(const double *sorted, size_t count, double q);

#endif
