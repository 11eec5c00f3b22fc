#include "statistics.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

double hax_quantile(const double *sorted, size_t count, double q)
{
    assert(count > 0 && q >= 0 && q <= 1);
    double at = q * (double) (count - 1);
    size_t low = (size_t) at;
    size_t high = low + 1 < count ? low + 1 : low;
    return sorted[low] + (at - (double) low) * (sorted[high] - sorted[low]);
}

hax_summary hax_summarise(double *values, size_t count)
{
    assert(count > 0);
    qsort(values, count, sizeof *values, ascending);
    hax_summary summary = {
        .count = (int) count,
        .min = values[0],
        .p25 = hax_quantile(values, count, 0.25),
        .median = hax_quantile(values, count, 0.50),
        .p75 = hax_quantile(values, count, 0.75),
        .p95 = hax_quantile(values, count, 0.95),
        .p99 = hax_quantile(values, count, 0.99),
        .max = values[count - 1],
    };
    if (summary.median > 0)
        summary.spread = 1.57 * (summary.p75 - summary.p25) / summary.median / sqrt((double) count);
    return summary;
}
