/*
 * The six numbers of PCCS (Xu et al., MICRO 2021), as the program published with it derives them.
 *
 * With a minor region they are that program's to the last printed digit, its habits included:
 * the balance point is read one pressure behind the one at which the fall ends, and its mean is
 * divided by one more than the number of kernels. Two things differ. Where that program reads
 * beyond the last pressure the last one is taken; and where there is no minor region it
 * returns zeros, while here every kernel belongs to the normal or the intensive region, a fall
 * begins with the loss that a minor region could have at most, and means are means.
 */
#include "regions.h"

#include <math.h>

static const double minor_keeps = 90;      /* per cent, under the largest pressure */
static const double reduction_most = 95;   /* per cent */
static const double reduction_default = 5; /* without a minor region: half of what ends one */
static const double flat_share = 1.0 / 3;  /* of the mean slope: the fall has ended */

typedef struct kernels {
    const hax_pressure_table *table;
    int count;
    int index[1000]; /* rows of the table that are used */
} kernels;

static double speed(const kernels *kernels, int k, int j)
{
    return hax_table_speed(kernels->table, kernels->index[k], j);
}

static double own(const kernels *kernels, int k)
{
    return kernels->table->own_gbps[kernels->index[k]];
}

/* First pressure at which kernel k loses more than `loss`; the last one if none does. */
static int first_loss(const kernels *kernels, int k, double loss)
{
    int j = 0;
    while (j + 1 < kernels->table->external_count && 100 - speed(kernels, k, j) <= loss)
        j++;
    return j;
}

static double slope(const kernels *kernels, int k, int j)
{
    const double *external = kernels->table->external_gbps;
    return (speed(kernels, k, j - 1) - speed(kernels, k, j)) / (external[j] - external[j - 1]);
}

/* First interval (its right end) in which kernel k falls at less than a third of its mean slope so
 * far; the number of pressures if none. */
static int fall_ends(const kernels *kernels, int k)
{
    double sum = 0;
    int count = kernels->table->external_count;
    for (int j = 1; j < count; j++) {
        double now = slope(kernels, k, j);
        if (j > 1 && now < flat_share * sum / (j - 1))
            return j;
        sum += now;
    }
    return count;
}

/* Mean slope of kernel k up to an external demand; over the first interval at least. */
static double mean_slope(const kernels *kernels, int k, double until)
{
    double sum = slope(kernels, k, 1);
    int count = 1;
    for (int j = 2; j < kernels->table->external_count && kernels->table->external_gbps[j] <= until;
         j++) {
        sum += slope(kernels, k, j);
        count++;
    }
    return sum / count;
}

/* The fall of kernels first to last: where it begins (in total demand), ends, and how steep. */
static void fit_fall(const kernels *kernels, int first, int last, double loss, bool published,
                     hax_pccs *p)
{
    int pressures = kernels->table->external_count, count = last - first + 1;
    const double *external = kernels->table->external_gbps;
    double total = 0, balance = 0, rate = 0;
    for (int k = first; k <= last; k++) {
        int end = fall_ends(kernels, k) + (published ? 1 : -1);
        total += own(kernels, k) + external[first_loss(kernels, k, loss)];
        balance += external[end < pressures ? end : pressures - 1];
    }
    p->tbwdc_gbps = total / count;
    p->cbp_gbps = balance / (published ? count + 1 : count);
    for (int k = first; k <= last; k++)
        rate += mean_slope(kernels, k, p->cbp_gbps);
    p->rate_percent_per_gbps = fmax(rate / count, 0);
}

/* Without a minor region the slope may lie before the first pressure: then the whole loss up to the
 * balance point counts. */
static void steepen(const kernels *kernels, int first, int last, hax_pccs *p)
{
    double rate = 0;
    int at = 0;
    while (at + 1 < kernels->table->external_count &&
           kernels->table->external_gbps[at] < p->cbp_gbps)
        at++;
    for (int k = first; k <= last; k++)
        rate += (100 - speed(kernels, k, at)) / kernels->table->external_gbps[at];
    p->rate_percent_per_gbps = fmax(p->rate_percent_per_gbps, rate / (last - first + 1));
}

static hax_pccs fit_kernels(const kernels *kernels, bool *minor_region)
{
    int last_pressure = kernels->table->external_count - 1, normal = -1, intensive = 0;
    hax_pccs p = { .peak_gbps = kernels->table->external_gbps[last_pressure] };
    *minor_region = speed(kernels, 0, last_pressure) >= minor_keeps;
    double reduction = *minor_region
                           ? fmin(fmax(100 - speed(kernels, 0, last_pressure), 0), reduction_most)
                           : reduction_default;
    double loss = 2 * reduction;
    if (*minor_region) {
        normal = 0;
        while (normal + 1 < kernels->count &&
               100 - speed(kernels, normal + 1, last_pressure) <= loss)
            normal++;
        p.normal_gbps = own(kernels, normal);
        p.mrmc_percent = fmax(100 - speed(kernels, normal, last_pressure), 0);
    }
    while (intensive < kernels->count && 100 - speed(kernels, intensive, 0) < loss)
        intensive++;
    p.intensive_gbps =
        intensive < kernels->count ? own(kernels, intensive) : own(kernels, kernels->count - 1);
    int first = normal + 1, last = intensive - 1;
    bool between = first <= last;
    if (between) {
        fit_fall(kernels, first, last, loss, *minor_region, &p);
    } else if (first < kernels->count) { /* everything that notices is intensive */
        fit_fall(kernels, first, kernels->count - 1, loss, false, &p);
        p.tbwdc_gbps = own(kernels, first);
        last = kernels->count - 1;
    } else { /* nothing notices */
        p.intensive_gbps = p.normal_gbps;
        p.tbwdc_gbps = p.normal_gbps + p.peak_gbps;
        p.cbp_gbps = p.peak_gbps;
    }
    if (first < kernels->count && !(*minor_region && between))
        steepen(kernels, first, last, &p);
    p.intensive_gbps = fmax(p.intensive_gbps, p.normal_gbps);
    return p;
}

hax_pccs hax_regions_fit(const hax_pressure_table *table, const bool *used, bool *minor_region)
{
    kernels fitting = { .table = table };
    for (int i = 0; i < table->own_count; i++)
        if (!used || used[i])
            fitting.index[fitting.count++] = i;
    return fit_kernels(&fitting, minor_region);
}
