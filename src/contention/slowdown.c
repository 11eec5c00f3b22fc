/*
 * Slowdown functions.
 *
 * PCCS (Xu et al., MICRO 2021) gives relative speed in three regions of the own demand whose
 * pieces do not join. Here they are joined and made monotone:
 * - every own demand has a curve over the external demand: flat at 100, then falling at
 *   `rate`, then flat from the external demand CBP on;
 * - normal region: the fall begins where own + external reaches TBWDC; intensive region:
 *   at external 0. Between the end of the normal region and the intensive one the
 *   beginning moves from one to the other linearly over the last tenth of the normal
 *   region, so that nothing jumps;
 * - minor region: 100 - MRMC * external / peak, at most what the normal curve of the same own
 *   demand would give where that is less harmful; the two are blended over the last tenth
 *   of the minor region.
 * A final maximum over smaller own demands is not needed: each blend is between curves of
 * which the second lies below the first or is cut to it.
 */
#include <assert.h>
#include <math.h>

#include "haxconn/contention.h"

static const double speed_floor = 0.1; /* per cent: a slowdown of 1000 */

/* fmin and fmax of numbers, which compilers call the library for: searches spend their time here.
 */
static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double clamp(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

/* Loss in per cent of a curve that begins to fall at external demand `begin`. */
static double falling_loss(const hax_pccs *p, double begin, double external)
{
    double until = smaller(external, p->cbp_gbps);
    return until > begin ? p->rate_percent_per_gbps * (until - begin) : 0;
}

static double minor_loss(const hax_pccs *p, double external)
{
    double share = p->peak_gbps > 0 ? smaller(external / p->peak_gbps, 1) : 1;
    return p->mrmc_percent * share;
}

/* External demand at which a kernel of this own demand begins to lose. */
static double fall_begins(const hax_pccs *p, double own)
{
    double width = 0.1 * (p->intensive_gbps - p->normal_gbps);
    double begin = larger(p->tbwdc_gbps - own, 0);
    if (own >= p->intensive_gbps)
        return 0;
    if (width > 0 && own > p->intensive_gbps - width)
        begin *= (p->intensive_gbps - own) / width;
    return begin;
}

static double pccs_loss(const hax_pccs *p, double own, double external)
{
    double minor = minor_loss(p, external);
    double normal = falling_loss(p, fall_begins(p, own), external);
    if (own <= p->normal_gbps)
        return minor;
    /* never less than what a smaller demand loses */
    return larger(minor, normal);
}

/* Joins the minor region to the rest over the last tenth of it. */
static double joined_loss(const hax_pccs *p, double own, double external)
{
    double width = 0.1 * p->normal_gbps;
    if (own > p->normal_gbps || width <= 0)
        return pccs_loss(p, own, external);
    double minor = minor_loss(p, external);
    if (own <= p->normal_gbps - width)
        return minor;
    double share = (own - (p->normal_gbps - width)) / width;
    double end = larger(minor, falling_loss(p, fall_begins(p, p->normal_gbps), external));
    return minor + share * (end - minor);
}

static double pccs_value(const hax_pccs *p, double own, double external)
{
    double speed = 100 - joined_loss(p, own, external);
    return 100 / larger(speed, speed_floor);
}

/* The interval of a rising axis around x, and how far x is into it; held at the edges. */
static int locate(const double *axis, int count, double x, double *share)
{
    *share = 0;
    if (count == 1 || x <= axis[0])
        return 0;
    if (x >= axis[count - 1]) {
        *share = 1;
        return count - 2;
    }
    int i = 0, end = count - 2; /* tables may have thousands of points */
    while (i < end) {
        int middle = (i + end) / 2;
        if (x > axis[middle + 1])
            i = middle + 1;
        else
            end = middle;
    }
    *share = (x - axis[i]) / (axis[i + 1] - axis[i]);
    return i;
}

static double at_external(const hax_slowdown *s, int row, double external)
{
    const double *values = s->slowdown + (size_t) row * (size_t) s->external_count;
    double share;
    if (external < s->external_gbps[0]) /* from 1 at external 0 */
        return 1 + (values[0] - 1) * external / s->external_gbps[0];
    int j = locate(s->external_gbps, s->external_count, external, &share);
    double next = s->external_count > 1 ? values[j + 1] : values[j];
    return values[j] + share * (next - values[j]);
}

static double table_value(const hax_slowdown *s, double own, double external)
{
    double share;
    int i = locate(s->own_gbps, s->own_count, own, &share);
    double low = at_external(s, i, external);
    double high = s->own_count > 1 ? at_external(s, i + 1, external) : low;
    return low + share * (high - low);
}

double hax_demand_by_ratio(double demand_a_gbps, double emc_a_percent, double emc_b_percent)
{
    if (!(demand_a_gbps > 0) || !(emc_a_percent > 0) || !(emc_b_percent > 0))
        return 0;
    return emc_b_percent / emc_a_percent * demand_a_gbps;
}

double hax_slowdown_value(const hax_slowdown *slowdown, double own_gbps, double external_gbps)
{
    if (external_gbps <= 0)
        return 1;
    double value = 1;
    switch (slowdown->kind) {
    case HAX_SLOWDOWN_NONE: break;
    case HAX_SLOWDOWN_LINEAR: value = 1 + slowdown->per_gbps * external_gbps; break;
    case HAX_SLOWDOWN_TABLE: value = table_value(slowdown, own_gbps, external_gbps); break;
    case HAX_SLOWDOWN_PCCS: value = pccs_value(&slowdown->pccs, own_gbps, external_gbps); break;
    }
    return clamp(value, 1, 1000);
}
