#include "demand.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "identity.h"
#include "pressure.h"
#include "statistics.h"

/* Slowdowns closer than this say the same of a group: the counted demand decides between them. */
static const double indifferent = 0.01;

/* Axis values of a table rise by at least so much, or a step is left out as noise. */
static const double axis_step = 1.03;

const char *hax_demand_source_name(hax_demand_source source)
{
    static const char *const names[] = { "counted",     "counters",   "black box", "cache misses",
                                         "memory load", "load ratio", "neighbours" };
    return names[source];
}

/* ---- ratios of series -------------------------------------------------------------------- */

/* Median of a / b, run by run where both have the same runs (what drifts in between cancels), else
 * of the medians. 0: one has no samples. */
static hax_status median_ratio(const hax_samples *samples, const hax_sample *a, const hax_sample *b,
                               double *ratio, hax_error *err)
{
    const hax_series *x = hax_samples_find(samples, a), *y = hax_samples_find(samples, b);
    *ratio = 0;
    if (x->count == 0 || y->count == 0)
        return HAX_OK;
    if (x->count != y->count) {
        hax_summary of_x, of_y;
        HAX_TRY(hax_samples_summarise(samples, a, &of_x, err));
        HAX_TRY(hax_samples_summarise(samples, b, &of_y, err));
        *ratio = of_y.median > 0 ? of_x.median / of_y.median : 0;
        return HAX_OK;
    }
    double *ratios = malloc((size_t) x->count * sizeof *ratios);
    if (!ratios)
        return hax_fail_memory(err, "ratios of times");
    int count = 0;
    for (int i = 0; i < x->count; i++)
        if (y->ms[i] > 0)
            ratios[count++] = x->ms[i] / y->ms[i];
    if (count > 0)
        *ratio = hax_summarise(ratios, (size_t) count).median;
    free(ratios);
    return HAX_OK;
}

/* Median bandwidth of a series of milliseconds per megabyte; 0: none. */
static hax_status median_gbps(const hax_samples *samples, const hax_sample *sample, double *gbps,
                              hax_error *err)
{
    hax_summary ms;
    HAX_TRY(hax_samples_summarise(samples, sample, &ms, err));
    *gbps = ms.median > 0 ? 1 / ms.median : 0;
    return HAX_OK;
}

/* ---- the slowdown function of a unit --------------------------------------------------------- */

static hax_sample cell_of(int unit, int own, int external, bool presser)
{
    return (hax_sample){ .network = HAX_NO_NETWORK,
                         .group = hax_pressure_cell(own, external),
                         .unit = unit,
                         .other_kind = -1,
                         .presser = presser };
}

/* Steps whose bandwidths rise, of kernels or of pressers: step[count] and gbps[count]. */
static hax_status read_axis(const hax_samples *samples, int unit, bool presser, int *step,
                            double *gbps, int *count, hax_error *err)
{
    *count = 0;
    for (int s = 0; s < PRESSURE_STEPS; s++) {
        hax_sample sample = cell_of(unit, presser ? -1 : s, presser ? s : -1, presser);
        double here;
        HAX_TRY(median_gbps(samples, &sample, &here, err));
        if (!(here > 0) || (*count > 0 && here < gbps[*count - 1] * axis_step))
            continue;
        step[*count] = s;
        gbps[(*count)++] = here;
        assert(*count <= PRESSURE_STEPS);
        assert(*count == 1 || gbps[*count - 1] > gbps[*count - 2]); /* tables have rising axes */
    }
    return HAX_OK;
}

/* The table of a unit; counts below 2 when it was not pressed. */
static hax_status read_table(const hax_samples *samples, int unit, hax_pressure_table *table,
                             double *own, double *external, double *achieved, hax_error *err)
{
    int own_step[PRESSURE_STEPS], external_step[PRESSURE_STEPS];
    HAX_TRY(read_axis(samples, unit, false, own_step, own, &table->own_count, err));
    HAX_TRY(read_axis(samples, unit, true, external_step, external, &table->external_count, err));
    for (int i = 0; i < table->own_count; i++) {
        for (int j = 0; j < table->external_count; j++) {
            hax_sample pressed = cell_of(unit, own_step[i], external_step[j], false);
            hax_sample alone = cell_of(unit, own_step[i], -1, false);
            double slowdown;
            HAX_TRY(median_ratio(samples, &pressed, &alone, &slowdown, err));
            achieved[i * table->external_count + j] = own[i] / fmax(slowdown, 1);
        }
    }
    table->own_gbps = own;
    table->external_gbps = external;
    table->achieved_gbps = achieved;
    return HAX_OK;
}

static hax_status read_peaks(const hax_samples *samples, int unit,
                             hax_unit_contention *unit_contention, hax_error *err)
{
    for (int k = 0; k < HAX_TRAFFIC_KINDS; k++) {
        hax_sample sample = cell_of(unit, 0, 0, false);
        double external_gbps;
        sample.group = hax_pressure_peak_cell((hax_traffic_kind) k, false);
        HAX_TRY(median_gbps(samples, &sample, &unit_contention->peak_gbps[k], err));
        sample.group = hax_pressure_peak_cell((hax_traffic_kind) k, true);
        HAX_TRY(median_gbps(samples, &sample, &unit_contention->together_gbps[k], err));
        sample.presser = true;
        HAX_TRY(median_gbps(samples, &sample, &external_gbps, err));
        unit_contention->together_gbps[k] += external_gbps;
    }
    return HAX_OK;
}

/* To a millionth, so that a document of 15 digits carries it exactly. */
static void round_all(double *values, int count)
{
    for (int i = 0; i < count; i++)
        values[i] = round(values[i] * 1e6) / 1e6;
}

static hax_status fit_unit(hax_owned_profile *profile, const hax_samples *samples, int unit,
                           int from, hax_traffic_kind traffic, hax_error *err)
{
    double own[PRESSURE_STEPS], external[PRESSURE_STEPS];
    double achieved[PRESSURE_STEPS * PRESSURE_STEPS];
    hax_pressure_table table = { 0 };
    hax_unit_contention unit_contention = { .traffic = traffic };
    HAX_TRY(read_table(samples, from, &table, own, external, achieved, err));
    if (table.own_count < 2 || table.external_count < 2)
        return HAX_OK;
    HAX_TRY(read_peaks(samples, from, &unit_contention, err));
    round_all(own, table.own_count);
    round_all(external, table.external_count);
    round_all(achieved, table.own_count * table.external_count);
    round_all(unit_contention.peak_gbps, HAX_TRAFFIC_KINDS);
    round_all(unit_contention.together_gbps, HAX_TRAFFIC_KINDS);
    return hax_profile_set_contention(profile, unit, &unit_contention, &table, err);
}

/* The class whose measurements stand for the unit: its own, or for a reference one that of a
 * planned unit over the same resources. */
static int measured_class(const hax_platform *platform, int unit)
{
    if (hax_class_planned(platform, unit))
        return hax_class_of(platform, unit);
    for (int u = 0; u < platform->unit_count; u++)
        if (!platform->units[u].reference &&
            platform->units[u].resources == platform->units[unit].resources)
            return hax_class_of(platform, u);
    return -1;
}

hax_status hax_demand_contention(hax_owned_profile *profile, const hax_samples *samples,
                                 hax_traffic_kind traffic, hax_error *err)
{
    const hax_platform *platform = profile->profile.platform;
    for (int u = 0; u < platform->unit_count; u++) {
        int from = measured_class(platform, u);
        if (from >= 0)
            HAX_TRY(fit_unit(profile, samples, u, from, traffic, err));
    }
    return HAX_OK;
}

/* ---- the demand of a group ---------------------------------------------------------------------
 */

/* How far a demand is from explaining what was seen: the root mean square of relative errors. */
typedef struct seen {
    const hax_slowdown *function;
    bool own; /* the demand looked for is the own one, else the external */
    int count;
    double other_gbps[HAX_PRESSED]; /* the demand that is known */
    double slowdown[HAX_PRESSED];
} seen;

static double error_of(const seen *seen, double gbps)
{
    double sum = 0;
    for (int i = 0; i < seen->count; i++) {
        double own = seen->own ? gbps : seen->other_gbps[i];
        double external = seen->own ? seen->other_gbps[i] : gbps;
        double error = hax_slowdown_value(seen->function, own, external) / seen->slowdown[i] - 1;
        sum += error * error;
    }
    return sqrt(sum / seen->count);
}

/* The demand that explains what was seen; among those that do equally well the one next to
 * `counted`. */
static double explain(const seen *seen, double largest, double counted)
{
    enum { POINTS = 400 };
    double best = INFINITY, low = largest, high = 0;
    for (int i = 0; i <= POINTS; i++)
        best = fmin(best, error_of(seen, largest * i / POINTS));
    for (int i = 0; i <= POINTS; i++) {
        double here = largest * i / POINTS;
        if (error_of(seen, here) > best + indifferent)
            continue;
        low = fmin(low, here);
        high = fmax(high, here);
    }
    return fmin(fmax(counted, low), high);
}

static double largest_own(const hax_contention_fit *fit)
{
    const hax_slowdown *function = hax_contention_fit_slowdown(fit);
    return function->kind == HAX_SLOWDOWN_TABLE ? function->own_gbps[function->own_count - 1]
                                                : 2 * fit->pccs.slowdown.pccs.intensive_gbps;
}

/* How the group was slowed at each level of pressure. */
static hax_status see_group(const hax_samples *samples, const hax_sample *sample, seen *seen,
                            hax_error *err)
{
    for (int level = 1; level <= HAX_PRESSED; level++) {
        hax_sample alone = *sample, pressed = *sample, lead = *sample;
        pressed.level = lead.level = level;
        lead.group = HAX_WHOLE;
        lead.presser = true;
        HAX_TRY(median_gbps(samples, &lead, &seen->other_gbps[seen->count], err));
        HAX_TRY(median_ratio(samples, &pressed, &alone, &seen->slowdown[seen->count], err));
        seen->slowdown[seen->count] = fmax(seen->slowdown[seen->count], 1);
        if (seen->other_gbps[seen->count] > 0)
            seen->count++;
    }
    return HAX_OK;
}

/* How the pressers at their most were slowed beside the group. */
static hax_status see_pressers(const hax_samples *samples, const hax_sample *sample, seen *seen,
                               hax_error *err)
{
    hax_sample beside = *sample, lead = *sample;
    beside.level = lead.level = HAX_PRESSED;
    beside.presser = lead.presser = true;
    lead.group = HAX_WHOLE;
    HAX_TRY(median_gbps(samples, &lead, &seen->other_gbps[0], err));
    HAX_TRY(median_ratio(samples, &beside, &lead, &seen->slowdown[0], err));
    seen->slowdown[0] = fmax(seen->slowdown[0], 1);
    seen->count = seen->other_gbps[0] > 0;
    return HAX_OK;
}

hax_status hax_demand_measured(const hax_profile *profile, const hax_samples *samples,
                               const hax_sample *sample, hax_group_cost *cost, hax_error *err)
{
    const hax_contention_fit *fit =
        profile->contention ? profile->contention[sample->unit].fit : NULL;
    int pressers[HAX_MAX_UNITS];
    if (!fit || hax_pressure_by(profile->platform, sample->unit, pressers) == 0)
        return HAX_OK;
    const hax_contention_fit *others = profile->contention[pressers[0]].fit;
    const double least_gbps = 1e-3; /* 0 would mean: as it demands */
    hax_sample group = *sample;
    group.part = HAX_PART_RUN;
    group.other_kind = -1;
    seen own = { .function = hax_contention_fit_slowdown(fit), .own = true }, exerted = { 0 };
    HAX_TRY(see_group(samples, &group, &own, err));
    if (others) {
        exerted.function = hax_contention_fit_slowdown(others);
        HAX_TRY(see_pressers(samples, &group, &exerted, err));
    }
    if (own.count == 0 || exerted.count == 0)
        return HAX_OK;
    double counted = cost->gbps;
    double most = others->table.external_gbps[others->table.external_count - 1];
    double own_gbps[] = { fmax(explain(&own, largest_own(fit), counted), least_gbps) };
    double gbps[] = { explain(&exerted, most, counted) };
    round_all(own_gbps, 1);
    round_all(gbps, 1);
    cost->own_gbps = own_gbps[0];
    cost->gbps = gbps[0];
    cost->demand = HAX_DEMAND_BLACK_BOX;
    return HAX_OK;
}
