#include "histogram.h"

#include <assert.h>
#include <math.h>

enum { BELOW = 1 << HAX_HISTOGRAM_HALVES }; /* times that have a class of their own */

static int class_of(int64_t ns)
{
    int doublings = 0;
    int64_t mantissa = ns;
    while (mantissa >= 2 * BELOW) {
        mantissa >>= 1;
        doublings++;
    }
    return doublings * BELOW + (int) mantissa;
}

/* The largest time of a class. */
static int64_t end_of(int class)
{
    int doublings = class < 2 * BELOW ? 0 : class / BELOW - 1;
    int64_t mantissa = class - doublings * BELOW;
    return ((mantissa + 1) << doublings) - 1;
}

void hax_histogram_add(hax_histogram *histogram, int64_t ns)
{
    int64_t counted_ns = ns > 0 ? ns : 0;
    int class = class_of(counted_ns);
    assert(class >= 0 && class < HAX_HISTOGRAM_CLASSES);
    histogram->counts[class]++;
    histogram->count++;
    if (counted_ns > histogram->largest_ns)
        histogram->largest_ns = counted_ns;
}

double hax_histogram_percentile_ms(const hax_histogram *histogram, double percent)
{
    int64_t rank = (int64_t) ceil(percent / 100 * (double) histogram->count), before = 0;
    if (histogram->count == 0)
        return NAN;
    for (int class = 0; class < HAX_HISTOGRAM_CLASSES; class ++) {
        before += histogram->counts[class];
        if (before < rank || before == 0)
            continue;
        int64_t end_ns = end_of(class);
        return 1e-6 * (double) (end_ns < histogram->largest_ns ? end_ns : histogram->largest_ns);
    }
    return 1e-6 * (double) histogram->largest_ns;
}
