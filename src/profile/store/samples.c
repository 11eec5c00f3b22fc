#include "samples.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pressure.h"
#include "statistics.h"

struct hax_samples {
    int network_count;
    int unit_count;
    int kind_count;
    int *first_row; /* [network]: row of its whole, its groups follow; then of cells, and the end */
    hax_series *series; /* [row][unit][slot]: see slot_of */
    size_t series_count;
};

static size_t slots(const hax_samples *samples)
{
    return 1 + 2 * (size_t) samples->kind_count + 2 * (HAX_BESIDE_ALL + 1);
}

/* RUN, then OUT and IN by kind, then by level of pressure the time and that of the pressers. */
static size_t slot_of(const hax_samples *samples, const hax_sample *sample)
{
    if (sample->level > 0 || sample->presser)
        return 1 + 2 * (size_t) samples->kind_count + 2 * (size_t) sample->level + sample->presser;
    if (sample->part == HAX_PART_RUN)
        return 0;
    return 1 + 2 * (size_t) sample->other_kind + (sample->part == HAX_PART_IN);
}

hax_status hax_samples_create(const hax_platform *platform, int network_count,
                              const hax_profile_network *networks, hax_samples **out,
                              hax_error *err)
{
    hax_samples *samples = calloc(1, sizeof *samples);
    if (!samples)
        return hax_fail_memory(err, "a profile");
    samples->network_count = network_count;
    samples->unit_count = platform->unit_count;
    samples->kind_count = platform->kind_count;
    samples->first_row = calloc((size_t) network_count + 2, sizeof *samples->first_row);
    int rows = 0;
    for (int n = 0; samples->first_row && n < network_count; n++) {
        samples->first_row[n] = rows;
        rows += 1 + networks[n].grouping->count;
    }
    if (samples->first_row)
        samples->first_row[network_count] = rows;
    rows += 1 + PRESSURE_CELLS;
    if (samples->first_row)
        samples->first_row[network_count + 1] = rows;
    samples->series_count = (size_t) rows * (size_t) samples->unit_count * slots(samples);
    samples->series = calloc(samples->series_count + 1, sizeof *samples->series);
    if (!samples->first_row || !samples->series) {
        samples->series_count = 0;
        hax_samples_destroy(samples);
        return hax_fail_memory(err, "a profile");
    }
    *out = samples;
    return HAX_OK;
}

void hax_samples_destroy(hax_samples *samples)
{
    if (!samples)
        return;
    for (size_t i = 0; i < samples->series_count; i++)
        free(samples->series[i].ms);
    free(samples->series);
    free(samples->first_row);
    free(samples);
}

static hax_series *find(const hax_samples *samples, const hax_sample *sample)
{
    assert(sample->network >= HAX_NO_NETWORK && sample->network < samples->network_count);
    assert(sample->level >= 0 && sample->level <= HAX_BESIDE_ALL);
    assert(sample->unit >= 0 && sample->unit < samples->unit_count);
    assert((sample->part == HAX_PART_RUN) == (sample->other_kind == -1));
    int network = sample->network == HAX_NO_NETWORK ? samples->network_count : sample->network;
    int row_number = samples->first_row[network] + 1 + sample->group;
    assert(samples->first_row[network] <= row_number &&
           row_number < samples->first_row[network + 1]);
    assert(slot_of(samples, sample) < slots(samples));
    size_t row = (size_t) row_number;
    size_t at = (row * (size_t) samples->unit_count + (size_t) sample->unit) * slots(samples) +
                slot_of(samples, sample);
    assert(at < samples->series_count);
    return &samples->series[at];
}

const hax_series *hax_samples_find(const hax_samples *samples, const hax_sample *sample)
{
    return find(samples, sample);
}

void hax_samples_mark(hax_samples *samples)
{
    for (size_t s = 0; s < samples->series_count; s++)
        samples->series[s].marked = samples->series[s].count;
}

void hax_samples_forget(hax_samples *samples)
{
    for (size_t s = 0; s < samples->series_count; s++) {
        assert(samples->series[s].marked <= samples->series[s].count);
        samples->series[s].count = samples->series[s].marked;
    }
}

hax_status hax_samples_add(hax_samples *samples, const hax_sample *sample, hax_error *err)
{
    hax_series *series = find(samples, sample);
    if (series->count == series->capacity) {
        int capacity = series->capacity ? 2 * series->capacity : 16;
        double *grown = realloc(series->ms, (size_t) capacity * sizeof *grown);
        if (!grown)
            return hax_fail_memory(err, "a sample");
        series->ms = grown;
        series->capacity = capacity;
    }
    series->ms[series->count++] = sample->time_ms;
    return HAX_OK;
}

/* To a billionth, so that a document of 15 digits carries it exactly. */
static void round_summary(hax_summary *summary)
{
    double *const values[] = { &summary->min, &summary->p25, &summary->median, &summary->p75,
                               &summary->p95, &summary->p99, &summary->max,    &summary->spread };
    for (size_t v = 0; v < sizeof values / sizeof *values; v++)
        *values[v] = round(*values[v] * 1e9) / 1e9;
}

hax_status hax_samples_summarise(const hax_samples *samples, const hax_sample *sample,
                                 hax_summary *summary, hax_error *err)
{
    const hax_series *series = find(samples, sample);
    if (series->count == 0) {
        *summary = (hax_summary){ 0 };
        return HAX_OK;
    }
    size_t count = (size_t) series->count;
    double *sorted = malloc(count * sizeof *sorted);
    if (!sorted)
        return hax_fail_memory(err, "a summary");
    memcpy(sorted, series->ms, count * sizeof *sorted);
    *summary = hax_summarise(sorted, count);
    assert(summary->min <= summary->median && summary->median <= summary->max);
    round_summary(summary);
    free(sorted);
    return HAX_OK;
}
