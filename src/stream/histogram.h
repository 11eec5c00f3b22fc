/*
 * Times counted in classes of 0.8 % width, so that percentiles of any number of frames take a fixed
 * memory: 128 classes for each doubling. The largest is kept as it is.
 */
#ifndef HAX_STREAM_HISTOGRAM_H
#define HAX_STREAM_HISTOGRAM_H

#include <stdint.h>

enum {
    HAX_HISTOGRAM_HALVES = 7, /* bits of a time that tell classes apart */
    HAX_HISTOGRAM_CLASSES = (64 - HAX_HISTOGRAM_HALVES + 1) << HAX_HISTOGRAM_HALVES,
};

typedef struct hax_histogram {
    int64_t count;
    int64_t largest_ns;
    int64_t counts[HAX_HISTOGRAM_CLASSES];
} hax_histogram;

void hax_histogram_add(hax_histogram *histogram, int64_t ns);

/* The smallest time that so many of a hundred do not exceed, as the largest of its class; exact
 * where it is the largest of all. NAN where nothing was counted. */
double hax_histogram_percentile_ms(const hax_histogram *histogram, double percent);

#endif
