/* Summary of repeated measurements, as it stands in every document. */
#ifndef HAXCONN_STATISTICS_H
#define HAXCONN_STATISTICS_H

/* All in the unit of the samples (milliseconds unless said otherwise). */
typedef struct hax_summary {
    int count; /* samples behind it, 0: nothing measured */
    double min;
    double p25;
    double median; /* what is planned with and judged by */
    double p75;
    double p95;
    double p99;
    double max;
    double spread; /* (p75 - p25) / median / sqrt(count) * 1.57: half-width of the notch
                      around a median (McGill, Tukey, Larsen 1978), relative; two
                      medians closer than their spreads are a tie */
} hax_summary;

#endif
