/*
 * What launches of Nsight Compute took and moved: time, bytes to and from DRAM, and what these were
 * read from. On integrated GPUs the dram__ metrics are n/a; then misses of the second-level cache
 * stand for them, and it is said.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "ncu.h"

/* ---- which metrics --------------------------------------------------------------------------- */

/* Metrics that a figure is made of. Those of a section have a display name there. */
typedef enum part {
    TIME_SUM,
    TIME_AVG,
    TIME_MAX,
    TIME_SHOWN,
    DRAM_BYTES,
    DRAM_READ,
    DRAM_WRITE,
    DRAM_READ_2019, /* as the first versions spelt it */
    DRAM_WRITE_2019,
    DRAM_SECTORS,
    DRAM_SECTORS_READ,
    DRAM_SECTORS_WRITE,
    DRAM_RATE,
    DRAM_READ_RATE,
    DRAM_WRITE_RATE,
    DRAM_SHOWN,
    MISSES,
    MISSES_READ,
    MISSES_WRITE,
    MISSES_TEX,
    MISSES_RATE,
    MISSES_TEX_RATE,
    SHARE,
    SHARE_GPU,
    SHARE_SHOWN,
    SHARE_SHOWN_OLD,
    PART_COUNT,
    NO_PART = -1,
} part;

static const struct {
    const char *name;
    const char *section; /* what its section begins with; "": any */
    hax_ncu_quantity quantity;
} parts[PART_COUNT] = {
    [TIME_SUM] = { "gpu__time_duration.sum", "", NCU_TIME },
    [TIME_AVG] = { "gpu__time_duration.avg", "", NCU_TIME },
    [TIME_MAX] = { "gpu__time_duration.max", "", NCU_TIME },
    [TIME_SHOWN] = { "Duration", "", NCU_TIME },
    [DRAM_BYTES] = { "dram__bytes.sum", "", NCU_AMOUNT },
    [DRAM_READ] = { "dram__bytes_read.sum", "", NCU_AMOUNT },
    [DRAM_WRITE] = { "dram__bytes_write.sum", "", NCU_AMOUNT },
    [DRAM_READ_2019] = { "dram__read_bytes.sum", "", NCU_AMOUNT },
    [DRAM_WRITE_2019] = { "dram__write_bytes.sum", "", NCU_AMOUNT },
    [DRAM_SECTORS] = { "dram__sectors.sum", "", NCU_AMOUNT },
    [DRAM_SECTORS_READ] = { "dram__sectors_read.sum", "", NCU_AMOUNT },
    [DRAM_SECTORS_WRITE] = { "dram__sectors_write.sum", "", NCU_AMOUNT },
    [DRAM_RATE] = { "dram__bytes.sum.per_second", "", NCU_RATE },
    [DRAM_READ_RATE] = { "dram__bytes_read.sum.per_second", "", NCU_RATE },
    [DRAM_WRITE_RATE] = { "dram__bytes_write.sum.per_second", "", NCU_RATE },
    [DRAM_SHOWN] = { "Memory Throughput", "Memory Workload Analysis", NCU_RATE },
    [MISSES] = { "lts__t_sectors_lookup_miss.sum", "", NCU_AMOUNT },
    [MISSES_READ] = { "lts__t_sectors_op_read_lookup_miss.sum", "", NCU_AMOUNT },
    [MISSES_WRITE] = { "lts__t_sectors_op_write_lookup_miss.sum", "", NCU_AMOUNT },
    [MISSES_TEX] = { "lts__t_sectors_srcunit_tex_lookup_miss.sum", "", NCU_AMOUNT },
    [MISSES_RATE] = { "lts__t_sectors_lookup_miss.sum.per_second", "", NCU_RATE },
    [MISSES_TEX_RATE] = { "lts__t_sectors_srcunit_tex_lookup_miss.sum.per_second", "", NCU_RATE },
    [SHARE] = { "dram__throughput.avg.pct_of_peak_sustained_elapsed", "", NCU_PERCENT },
    [SHARE_GPU] = { "gpu__dram_throughput.avg.pct_of_peak_sustained_elapsed", "", NCU_PERCENT },
    [SHARE_SHOWN] = { "DRAM Throughput", "", NCU_PERCENT },
    [SHARE_SHOWN_OLD] = { "SOL FB", "", NCU_PERCENT },
};

/* Where bytes can come from, the best first; of a pair both are needed. */
static const struct {
    part first, second;
    bool cache; /* misses of the second-level cache, not DRAM itself */
    bool half;  /* one direction only */
    const char *name;
} sources[] = {
    { DRAM_BYTES, NO_PART, false, false, "dram__bytes" },
    { DRAM_READ, DRAM_WRITE, false, false, "dram__bytes_read + write" },
    { DRAM_READ_2019, DRAM_WRITE_2019, false, false, "dram__read_bytes + write" },
    { DRAM_SECTORS, NO_PART, false, false, "dram__sectors" },
    { DRAM_SECTORS_READ, DRAM_SECTORS_WRITE, false, false, "dram__sectors_read + write" },
    { DRAM_RATE, NO_PART, false, false, "dram__bytes per second" },
    { DRAM_READ_RATE, DRAM_WRITE_RATE, false, false, "dram__bytes_read + write per second" },
    { DRAM_SHOWN, NO_PART, false, false, "Memory Throughput" },
    { MISSES, NO_PART, true, false, "L2 misses" },
    { MISSES_READ, MISSES_WRITE, true, false, "L2 misses, read + write" },
    { MISSES_TEX, NO_PART, true, false, "L2 misses of tex" },
    { MISSES_RATE, NO_PART, true, false, "L2 misses per second" },
    { MISSES_TEX_RATE, NO_PART, true, false, "L2 misses of tex per second" },
    { DRAM_READ, NO_PART, false, true, "dram__bytes_read alone" },
    { DRAM_READ_2019, NO_PART, false, true, "dram__read_bytes alone" },
    { DRAM_SECTORS_READ, NO_PART, false, true, "dram__sectors_read alone" },
    { DRAM_READ_RATE, NO_PART, false, true, "dram__bytes_read per second alone" },
};

enum { SOURCE_COUNT = sizeof sources / sizeof *sources };

/* What a key is used for. */
typedef struct use {
    part is;
    double scale;
    int values, missing; /* launches with a number, and without */
} use;

typedef struct teller {
    hax_ncu_report *report;
    hax_ncu_decimal mark;
    use *uses; /* [key] */
    int from[SOURCE_COUNT], none, no_time;
    double all_ms;         /* of the page's launches that have a time */
    int timed;             /* how many have */
    double time_ms, bytes; /* of those that have both */
    int both;
} teller;

static part part_of(const hax_ncu_key *key)
{
    for (int p = 0; p < PART_COUNT; p++)
        if (hax_slice_is(key->name, parts[p].name) &&
            hax_slice_starts(key->section, parts[p].section))
            return (part) p;
    return NO_PART;
}

/* The part that a key gives, if its unit measures that; else one unit is as unknown as another. */
static void find_use(const teller *teller, int k)
{
    const hax_ncu_key *key = &teller->report->keys[k];
    use *result = &teller->uses[k];
    *result = (use){ .is = part_of(key) };
    if (result->is != NO_PART &&
        hax_ncu_unit(key->unit, &result->scale) != parts[result->is].quantity)
        result->is = NO_PART;
}

/* ---- values ---------------------------------------------------------------------------------- */

static hax_status fail_number(const teller *teller, const hax_ncu_metric *metric, hax_error *err)
{
    const hax_ncu_key *key = &teller->report->keys[metric->key];
    hax_slice value = hax_slice_trim(metric->value);
    hax_ncu_decimal tells;
    if (hax_ncu_look(metric->value, &tells) == NCU_AMBIGUOUS)
        return hax_builder_fail(
            teller->report->builder, metric->line, err,
            "'%.*s' of %.*s: the mark may be decimal or separate thousands, and no "
            "number of the file tells the locale; run ncu with LC_ALL=C",
            SLICE_ARGS(value), SLICE_ARGS(key->name));
    return hax_builder_fail(teller->report->builder, metric->line, err,
                            "'%.*s' of %.*s is no number", SLICE_ARGS(value),
                            SLICE_ARGS(key->name));
}

/* The parts that a launch has; NAN: not. */
static hax_status read_parts(teller *teller, const hax_ncu_launch *launch,
                             double values[PART_COUNT], hax_error *err)
{
    hax_ncu_decimal tells;
    for (int p = 0; p < PART_COUNT; p++)
        values[p] = NAN;
    for (int m = 0; m < launch->metric_count; m++) {
        const hax_ncu_metric *metric = &teller->report->metrics[launch->first_metric + m];
        use *use_of_metric = &teller->uses[metric->key];
        if (hax_ncu_not_available(metric->value)) {
            use_of_metric->missing++;
            continue;
        }
        use_of_metric->values++;
        if (use_of_metric->is == NO_PART)
            continue;
        hax_ncu_form form = hax_ncu_look(metric->value, &tells);
        if (form == NCU_NO_NUMBER || (form == NCU_AMBIGUOUS && teller->mark == NCU_DECIMAL_UNKNOWN))
            return fail_number(teller, metric, err);
        double value = hax_ncu_number(metric->value, teller->mark) * use_of_metric->scale;
        if (!isfinite(value) || value < 0)
            return fail_number(teller, metric, err);
        if (isnan(values[use_of_metric->is]))
            values[use_of_metric->is] = value;
    }
    return HAX_OK;
}

static double first_of(const double *values, part first, part last)
{
    for (int p = (int) first; p <= (int) last; p++)
        if (!isnan(values[p]))
            return values[p];
    return NAN;
}

/* Bytes of a launch and the source they come from, -1: none. */
static double bytes_of(const double *values, double time_ms, int *source)
{
    for (int s = 0; s < SOURCE_COUNT; s++) {
        double value = values[sources[s].first];
        if (sources[s].second != NO_PART)
            value += values[sources[s].second];
        if (parts[sources[s].first].quantity == NCU_RATE)
            value *= time_ms * 1e6;
        if (isnan(value))
            continue;
        *source = s;
        return value;
    }
    *source = -1;
    return NAN;
}

/* ---- launches -------------------------------------------------------------------------------- */

enum { ID, TIME_MS, BYTES, GBPS, DRAM_PERCENT, SOURCE, RANGE, KERNEL };

static const hax_import_column launch_columns[] = {
    [ID] = { "id", true },
    [TIME_MS] = { "time_ms", true },
    [BYTES] = { "bytes", true },
    [GBPS] = { "gbps", true },
    [DRAM_PERCENT] = { "dram_percent", true },
    [SOURCE] = { "source", false },
    [RANGE] = { "range", false },
    [KERNEL] = { "kernel", false },
    { NULL, false },
};

static hax_status add_launch(teller *teller, int index, const hax_ncu_launch *launch,
                             hax_error *err)
{
    double values[PART_COUNT], id = index;
    int source;
    hax_import_builder *builder = teller->report->builder;
    HAX_TRY(read_parts(teller, launch, values, err));
    double time_ms = first_of(values, TIME_SUM, TIME_SHOWN);
    double bytes = bytes_of(values, time_ms, &source);
    if (launch->id.length > 0)
        hax_slice_number(launch->id, &id);
    hax_import_value *row = hax_builder_row(builder);
    row[ID].number = id;
    row[TIME_MS].number = time_ms;
    row[BYTES].number = bytes;
    row[GBPS].number = time_ms > 0 ? bytes / time_ms * 1e-6 : NAN;
    row[DRAM_PERCENT].number = first_of(values, SHARE, SHARE_SHOWN_OLD);
    if (source >= 0)
        row[SOURCE] = hax_builder_words(builder, hax_slice_of(sources[source].name));
    if (launch->range.length > 0)
        row[RANGE] = hax_builder_words(builder, launch->range);
    row[KERNEL] = hax_builder_words(builder, launch->kernel);
    teller->no_time += isnan(time_ms);
    teller->all_ms += isnan(time_ms) ? 0 : time_ms;
    teller->timed += !isnan(time_ms);
    teller->none += source < 0;
    if (source >= 0)
        teller->from[source]++;
    if (!isnan(time_ms) && !isnan(bytes)) {
        teller->time_ms += time_ms;
        teller->bytes += bytes;
        teller->both++;
    }
    return HAX_OK;
}

static int by_text(const void *a, const void *b)
{
    const hax_slice *x = a, *y = b;
    for (size_t i = 0; i < x->length && i < y->length; i++)
        if (x->at[i] != y->at[i])
            return (unsigned char) x->at[i] < (unsigned char) y->at[i] ? -1 : 1;
    return (x->length > y->length) - (x->length < y->length);
}

static double count_kernels(hax_import_builder *builder, const hax_ncu_launch *launches, int count)
{
    hax_slice *names = calloc((size_t) count + 1, sizeof *names);
    int different = count > 0;
    if (!names) {
        builder->failed = true;
        return NAN;
    }
    for (int l = 0; l < count; l++)
        names[l] = launches[l].kernel;
    qsort(names, (size_t) count, sizeof *names, by_text);
    for (int l = 1; l < count; l++)
        different += !hax_slice_equal(names[l], names[l - 1]);
    free(names);
    return different;
}

static hax_status add_page(teller *teller, const hax_ncu_page *page, hax_error *err)
{
    hax_import_builder *builder = teller->report->builder;
    const hax_ncu_launch *launches = teller->report->launches + page->first_launch;
    teller->all_ms = teller->time_ms = teller->bytes = 0;
    teller->both = teller->timed = 0;
    hax_builder_section(builder, "launches", page->line, launch_columns);
    for (int l = 0; l < page->launch_count && !builder->failed; l++)
        HAX_TRY(add_launch(teller, l, &launches[l], err));
    hax_builder_fact_slice(builder, "page", hax_slice_of(page->kind));
    hax_builder_fact(builder, "launches", page->launch_count);
    hax_builder_fact(builder, "kernels", count_kernels(builder, launches, page->launch_count));
    if (page->launch_count > 0 && launches[0].cc.length > 0)
        hax_builder_fact_slice(builder, "compute_capability", launches[0].cc);
    if (teller->timed > 0) /* no times are not 0 ms */
        hax_builder_fact(builder, "time_ms", teller->all_ms);
    if (teller->both > 0) {
        hax_builder_fact(builder, "counted_ms", teller->time_ms);
        hax_builder_fact(builder, "bytes", teller->bytes);
        hax_builder_fact(builder, "gbps",
                         teller->time_ms > 0 ? teller->bytes / teller->time_ms * 1e-6 : NAN);
    }
    return HAX_OK;
}

/* ---- metrics --------------------------------------------------------------------------------- */

static const hax_import_column metric_columns[] = {
    { "launches", true }, { "not_available", true }, { "unit", false },
    { "section", false }, { "name", false },         { NULL, false },
};

static void add_metrics(const teller *teller)
{
    hax_import_builder *builder = teller->report->builder;
    hax_builder_section(builder, "metrics", 0, metric_columns);
    for (int k = 0; k < teller->report->key_count; k++) {
        const hax_ncu_key *key = &teller->report->keys[k];
        hax_import_value *row = hax_builder_row(builder);
        row[0].number = teller->uses[k].values + teller->uses[k].missing;
        row[1].number = teller->uses[k].missing;
        if (key->unit.length > 0)
            row[2] = hax_builder_words(builder, key->unit);
        if (key->section.length > 0)
            row[3] = hax_builder_words(builder, key->section);
        row[4] = hax_builder_words(builder, key->name);
    }
}

/* ---- notes ----------------------------------------------------------------------------------- */

static bool is_dram(const hax_ncu_key *key)
{
    return hax_slice_starts(key->name, "dram__") || hax_slice_starts(key->name, "gpu__dram") ||
           hax_slice_is(key->name, "DRAM Throughput");
}

static void note_dram(const teller *teller)
{
    hax_import_builder *builder = teller->report->builder;
    int cache = 0, half = 0, asked = 0, missing = 0;
    for (int s = 0; s < SOURCE_COUNT; s++) {
        cache += sources[s].cache ? teller->from[s] : 0;
        half += sources[s].half ? teller->from[s] : 0;
    }
    for (int k = 0; k < teller->report->key_count; k++) {
        asked += is_dram(&teller->report->keys[k]);
        missing += is_dram(&teller->report->keys[k]) && teller->uses[k].values == 0;
    }
    if (asked > 0 && missing == asked)
        hax_builder_note(builder, HAX_IMPORT_WARNING, 0,
                         "the DRAM metrics are n/a, as on integrated GPUs (Orin, Thor, GB10)");
    if (cache > 0)
        hax_builder_note(
            builder, HAX_IMPORT_WARNING, 0,
            "%d %s 32 bytes for each miss of the second-level cache, since DRAM itself was "
            "not counted",
            IMPORT_COUNT(cache, "launch has", "launches have"));
    if (half > 0)
        hax_builder_note(builder, HAX_IMPORT_WARNING, 0,
                         "%d %s what was read and not what was written: the demand is larger",
                         IMPORT_COUNT(half, "launch has", "launches have"));
    if (teller->none > 0)
        hax_builder_note(
            builder, HAX_IMPORT_WARNING, 0,
            "%d %s no bytes: collect dram__bytes.sum, or on an integrated GPU "
            "lts__t_sectors_srcunit_tex_lookup_miss.sum; tegrastats' EMC_FREQ has the load "
            "of the memory as a whole",
            IMPORT_COUNT(teller->none, "launch has", "launches have"));
}

static const char *quantity_name(hax_ncu_quantity quantity)
{
    static const char *const names[] = { [NCU_OTHER] = "number",
                                         [NCU_TIME] = "time",
                                         [NCU_AMOUNT] = "amount of bytes or sectors",
                                         [NCU_RATE] = "rate of bytes or sectors",
                                         [NCU_PERCENT] = "percentage" };
    return names[quantity];
}

static void note_all(const teller *teller)
{
    hax_import_builder *builder = teller->report->builder;
    int rules = 0, unused = 0;
    for (int p = 0; p < teller->report->page_count; p++)
        rules += teller->report->pages[p].rules;
    for (int k = 0; k < teller->report->key_count; k++) {
        const hax_ncu_key *key = &teller->report->keys[k];
        bool known = part_of(key) != NO_PART;
        unused += !known;
        if (known && teller->uses[k].is == NO_PART && teller->uses[k].values > 0)
            hax_builder_note(builder, HAX_IMPORT_LEFT_OUT, key->line,
                             "%.*s is in '%.*s', which is no %s", SLICE_ARGS(key->name),
                             SLICE_ARGS(key->unit), quantity_name(parts[part_of(key)].quantity));
    }
    note_dram(teller);
    if (teller->no_time > 0)
        hax_builder_note(builder, HAX_IMPORT_WARNING, 0,
                         "%d %s no time: collect gpu__time_duration.sum",
                         IMPORT_COUNT(teller->no_time, "launch has", "launches have"));
    if (teller->mark == NCU_DECIMAL_COMMA)
        hax_builder_note(builder, HAX_IMPORT_REMARK, 0, "numbers have a decimal comma");
    if (unused > 0)
        hax_builder_note(builder, HAX_IMPORT_LEFT_OUT, 0, "%d %s nothing of time or DRAM",
                         IMPORT_COUNT(unused, "metric says", "metrics say"));
    if (rules > 0)
        hax_builder_note(builder, HAX_IMPORT_LEFT_OUT, 0, "%d %s advice",
                         IMPORT_COUNT(rules, "row of", "rows of"));
}

/* The spelling of units changed around 2022. */
static const char *version_of(const hax_ncu_report *report)
{
    for (int k = 0; k < report->key_count; k++) {
        hax_slice unit = report->keys[k].unit;
        if (hax_slice_ends(unit, "second"))
            return "with the older, long units";
        if (hax_slice_is(unit, "ns") || hax_slice_is(unit, "us") || hax_slice_is(unit, "ms") ||
            hax_slice_ends(unit, "byte/s"))
            return "with the newer, short units";
    }
    return "";
}

hax_status hax_ncu_tell(hax_ncu_report *report, hax_ncu_decimal mark, hax_error *err)
{
    teller context = { .report = report,
                       .mark = mark,
                       .uses = calloc((size_t) report->key_count + 1, sizeof *context.uses) };
    char what[64];
    hax_status status = context.uses ? HAX_OK : hax_fail_memory(err, "an import");
    for (int k = 0; k < report->key_count && status == HAX_OK; k++)
        find_use(&context, k);
    for (int p = 0; p < report->page_count && status == HAX_OK; p++)
        status = add_page(&context, &report->pages[p], err);
    if (status == HAX_OK) {
        add_metrics(&context);
        note_all(&context);
        snprintf(what, sizeof what, "Nsight Compute, %s page", report->pages[0].kind);
        hax_builder_is(report->builder, what, version_of(report));
    }
    free(context.uses);
    return status;
}
