/*
 * Slowdown functions for the verifier, from what the documents say of them: docs/contention.md and
 * problem.h. Relative speeds in place of losses, pieces between their corners, and bisection, so
 * that a slip in src/contention/slowdown.c does not come back here.
 */
#include <assert.h>
#include <math.h>

#include "verify.h"

/* The value at x of the line through two points; at the first where they are one. */
static double on_line(double x, double x0, double y0, double x1, double y1)
{
    return x1 > x0 ? y0 + (y1 - y0) * ((x - x0) / (x1 - x0)) : y0;
}

static double within(double value, double least, double most)
{
    return fmin(fmax(value, least), most);
}

/* ---- tables ---- */

/* The last point that is not beyond x, within all but the last point; 0 when all are beyond. */
static int point_before(const double *axis, int count, double x)
{
    int low = 0, high = count - 1;
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if (axis[middle] <= x)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Along one row: 1 at external 0, held behind its last point. */
static double along_row(const hax_slowdown *s, int row, double external_gbps)
{
    const double *value = &s->slowdown[(size_t) row * (size_t) s->external_count];
    const double *axis = s->external_gbps;
    if (external_gbps <= axis[0])
        return on_line(external_gbps, 0, 1, axis[0], value[0]);
    if (s->external_count == 1)
        return value[0];
    int j = point_before(axis, s->external_count, external_gbps);
    double x = fmin(external_gbps, axis[s->external_count - 1]);
    return on_line(x, axis[j], value[j], axis[j + 1], value[j + 1]);
}

static double of_table(const hax_slowdown *s, double own_gbps, double external_gbps)
{
    if (s->own_count == 1)
        return along_row(s, 0, external_gbps);
    double x = within(own_gbps, s->own_gbps[0], s->own_gbps[s->own_count - 1]);
    int i = point_before(s->own_gbps, s->own_count, x);
    return on_line(x, s->own_gbps[i], along_row(s, i, external_gbps), s->own_gbps[i + 1],
                   along_row(s, i + 1, external_gbps));
}

/* ---- PCCS ---- */

/* Relative speed in per cent of the minor region: down to 100 - MRMC at the peak, then flat. */
static double minor_speed(const hax_pccs *p, double external_gbps)
{
    return external_gbps >= p->peak_gbps
               ? 100 - p->mrmc_percent
               : on_line(external_gbps, 0, 100, p->peak_gbps, 100 - p->mrmc_percent);
}

/* 100 up to an external demand, falling at the rate up to CBP, flat from there. */
static double falling_speed(const hax_pccs *p, double from_gbps, double external_gbps)
{
    double fallen_gbps = fmax(fmin(external_gbps, p->cbp_gbps) - from_gbps, 0);
    return 100 - p->rate_percent_per_gbps * fallen_gbps;
}

/* Where the fall begins: the total reaches TBWDC. Over the last tenth of the normal region it moves
 * to external 0, where the intensive region has it. */
static double fall_from(const hax_pccs *p, double own_gbps)
{
    double joint_gbps = p->intensive_gbps - (p->intensive_gbps - p->normal_gbps) / 10;
    double normal_gbps = fmax(p->tbwdc_gbps - own_gbps, 0);
    if (own_gbps >= p->intensive_gbps)
        return 0;
    if (own_gbps <= joint_gbps)
        return normal_gbps;
    return normal_gbps * on_line(own_gbps, joint_gbps, 1, p->intensive_gbps, 0);
}

/* Beyond the minor region: never faster than there. */
static double hungry_speed(const hax_pccs *p, double own_gbps, double external_gbps)
{
    return fmin(minor_speed(p, external_gbps),
                falling_speed(p, fall_from(p, own_gbps), external_gbps));
}

/* Over its last tenth the minor region goes over to what lies behind it. */
static double of_pccs(const hax_pccs *p, double own_gbps, double external_gbps)
{
    double joint_gbps = p->normal_gbps - p->normal_gbps / 10, speed;
    if (own_gbps > p->normal_gbps)
        speed = hungry_speed(p, own_gbps, external_gbps);
    else if (own_gbps <= joint_gbps)
        speed = minor_speed(p, external_gbps);
    else
        speed = on_line(own_gbps, joint_gbps, minor_speed(p, external_gbps), p->normal_gbps,
                        hungry_speed(p, p->normal_gbps, external_gbps));
    return 100 / fmax(speed, 0.1);
}

double hax_verify_slowdown(const hax_slowdown *s, double own_gbps, double external_gbps)
{
    double value = 1;
    if (external_gbps > 0 && s->kind == HAX_SLOWDOWN_LINEAR)
        value = 1 + s->per_gbps * external_gbps;
    if (external_gbps > 0 && s->kind == HAX_SLOWDOWN_TABLE)
        value = of_table(s, own_gbps, external_gbps);
    if (external_gbps > 0 && s->kind == HAX_SLOWDOWN_PCCS)
        value = of_pccs(&s->pccs, own_gbps, external_gbps);
    assert(!isnan(value));
    return within(value, 1, 1000);
}
