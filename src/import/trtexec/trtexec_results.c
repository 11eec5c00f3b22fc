/* Results in a log of trtexec: latencies, throughput, averages of runs, in the words of 7.x
 * (figures below a heading) and of 8.0 and later (one line for each quantity). */
#include <math.h>
#include <string.h>

#include "trtexec_log.h"

enum {
    QUANTITY,
    MIN_MS,
    MAX_MS,
    MEAN_MS,
    MEDIAN_MS,
    P90_MS,
    P95_MS,
    P99_MS,
    PERCENTILE,
    PERCENTILE_MS,
};

const hax_import_column hax_trtexec_result_columns[] = {
    [QUANTITY] = { "quantity", false },
    [MIN_MS] = { "min_ms", true },
    [MAX_MS] = { "max_ms", true },
    [MEAN_MS] = { "mean_ms", true },
    [MEDIAN_MS] = { "median_ms", true },
    [P90_MS] = { "p90_ms", true },
    [P95_MS] = { "p95_ms", true },
    [P99_MS] = { "p99_ms", true },
    [PERCENTILE] = { "percentile", true },
    [PERCENTILE_MS] = { "percentile_ms", true },
    { NULL, false },
};

enum { RUNS, GPU_MS, HOST_MS, END_TO_END_MS, ENQUEUE_MS };

const hax_import_column hax_trtexec_trace_columns[] = {
    [RUNS] = { "runs", true },
    [GPU_MS] = { "gpu_ms", true },
    [HOST_MS] = { "host_ms", true },
    [END_TO_END_MS] = { "end_to_end_ms", true },
    [ENQUEUE_MS] = { "enqueue_ms", true },
    { NULL, false },
};

/* The row of a quantity, made where it is not there yet. */
static hax_import_value *row_of(hax_trtexec_log *log, const char *quantity)
{
    hax_import_builder *builder = log->builder;
    hax_builder_select(builder, log->results);
    for (int r = 0; r < hax_builder_row_count(builder); r++) {
        hax_import_value *row = hax_builder_row_at(builder, r);
        if (row[QUANTITY].text && strcmp(row[QUANTITY].text, quantity) == 0)
            return row;
    }
    hax_import_value *row = hax_builder_row(builder);
    row[QUANTITY] = hax_builder_words(builder, hax_slice_of(quantity));
    return row;
}

bool hax_trtexec_has_result(const hax_trtexec_log *log)
{
    hax_builder_select(log->builder, log->results);
    return hax_builder_row_count(log->builder) > 0;
}

static void set_percentile(hax_import_value *row, double percent, double ms)
{
    if (percent == 90 || percent == 95 || percent == 99) {
        row[percent == 90 ? P90_MS : percent == 95 ? P95_MS : P99_MS].number = ms;
        return;
    }
    row[PERCENTILE].number = percent;
    row[PERCENTILE_MS].number = ms;
}

static hax_status cut_off(hax_trtexec_log *log, const hax_log_line *line, hax_error *err)
{
    return hax_builder_fail(log->builder, line->number, err, "figures that cannot be read: '%.*s'",
                            SLICE_ARGS(line->text));
}

/* ---- 8.0 and later ------------------------------------------------------------------------ */

static const struct {
    const char *head, *quantity;
} quantities[] = {
    { "GPU Compute Time: min", "gpu compute" },
    { "Latency: min", "host latency" },
    { "Host Latency: min", "host latency" },
    { "End-to-End Host Latency: min", "end to end" },
    { "Enqueue Time: min", "enqueue" },
    { "H2D Latency: min", "h2d" },
    { "D2H Latency: min", "d2h" },
};

/* "max = 3.2 ms", "percentile(99%) = 3.1 ms" */
static bool take_figure(hax_slice *rest, hax_import_value *row)
{
    static const struct {
        const char *word;
        int column;
    } words[] = { { "min = ", MIN_MS },
                  { "max = ", MAX_MS },
                  { "mean = ", MEAN_MS },
                  { "median = ", MEDIAN_MS } };
    double percent, ms;
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        if (hax_slice_take(rest, words[w].word))
            return hax_slice_take_number(rest, &row[words[w].column].number) &&
                   hax_slice_take(rest, " ms");
    if (!hax_slice_take(rest, "percentile(") || !hax_slice_take_number(rest, &percent) ||
        !hax_slice_take(rest, "%) = ") || !hax_slice_take_number(rest, &ms) ||
        !hax_slice_take(rest, " ms"))
        return false;
    set_percentile(row, percent, ms);
    return true;
}

static hax_status take_quantity(hax_trtexec_log *log, const hax_log_line *line, bool *taken,
                                hax_error *err)
{
    for (size_t q = 0; q < sizeof quantities / sizeof *quantities; q++) {
        if (!hax_slice_starts(line->text, quantities[q].head))
            continue;
        hax_slice rest = hax_slice_from(line->text, strlen(quantities[q].head) - strlen("min"));
        hax_import_value *row = row_of(log, quantities[q].quantity);
        do {
            if (!take_figure(&rest, row))
                return cut_off(log, line, err);
        } while (hax_slice_take(&rest, ", "));
        if (hax_slice_trim(rest).length > 0)
            return cut_off(log, line, err);
        *taken = true;
    }
    return HAX_OK;
}

/* ---- 7.x ---------------------------------------------------------------------------------- */

static bool is_part(const hax_log_line *line, hax_log_part *part)
{
    hax_slice text = hax_slice_trim(line->text);
    if (hax_slice_is(text, "Host Latency") || hax_slice_is(text, "Host latency"))
        *part = PART_HOST;
    else if (hax_slice_is(text, "Enqueue Time"))
        *part = PART_ENQUEUE;
    else if (hax_slice_is(text, "GPU Compute"))
        *part = PART_GPU;
    else
        return false;
    return true;
}

/* "12.3 ms" and, for a percentile, " at 99%" */
static bool take_time(hax_slice *rest, bool percentile, double *ms, double *percent)
{
    *percent = NAN;
    return hax_slice_take_number(rest, ms) && hax_slice_take(rest, " ms") &&
           (!percentile || (hax_slice_take(rest, " at ") && hax_slice_take_number(rest, percent) &&
                            hax_slice_take(rest, "%")));
}

static void set_time(hax_import_value *row, int column, double ms, double percent)
{
    if (column == PERCENTILE)
        set_percentile(row, percent, ms);
    else
        row[column].number = ms;
}

/* A line below a heading: "mean: 2.06 ms (end to end 2.07 ms)". */
static hax_status take_below(hax_trtexec_log *log, const hax_log_line *line, bool *taken,
                             hax_error *err)
{
    static const struct {
        const char *word;
        int column;
    } words[] = { { "min: ", MIN_MS },
                  { "max: ", MAX_MS },
                  { "mean: ", MEAN_MS },
                  { "median: ", MEDIAN_MS },
                  { "percentile: ", PERCENTILE } };
    static const char *const names[] = { "", "host latency", "enqueue", "gpu compute" };
    for (size_t w = 0; w < sizeof words / sizeof *words && log->part != PART_NONE; w++) {
        hax_slice rest = hax_slice_trim(line->text);
        double ms, percent;
        bool percentile = words[w].column == PERCENTILE;
        if (!hax_slice_take(&rest, words[w].word))
            continue;
        if (!take_time(&rest, percentile, &ms, &percent))
            return cut_off(log, line, err);
        set_time(row_of(log, names[log->part]), words[w].column, ms, percent);
        if (hax_slice_take(&rest, " (end to end ")) {
            if (!take_time(&rest, percentile, &ms, &percent) || !hax_slice_take(&rest, ")"))
                return cut_off(log, line, err);
            set_time(row_of(log, "end to end"), words[w].column, ms, percent);
        }
        if (rest.length > 0)
            return cut_off(log, line, err);
        *taken = true;
    }
    return HAX_OK;
}

/* ---- all versions ------------------------------------------------------------------------- */

/* Facts that are one number in a line. A head that is not followed by a number is an
 * explanation, as the verbose logs have them. */
static bool take_single(hax_trtexec_log *log, const hax_log_line *line)
{
    static const struct {
        const char *head, *unit, *fact;
    } singles[] = {
        { "Throughput: ", " qps", "throughput_qps" },
        { "throughput: ", " qps", "throughput_qps" },
        { "Total Host Walltime: ", " s", "walltime_s" },
        { "walltime: ", " s", "walltime_s" },
        { "Total GPU Compute Time: ", " s", "total_compute_s" },
        { "total compute time: ", " s", "total_compute_s" },
    };
    for (size_t s = 0; s < sizeof singles / sizeof *singles; s++) {
        hax_slice rest = hax_slice_trim(line->text);
        double number;
        if (!hax_slice_take(&rest, singles[s].head) || !hax_slice_take_number(&rest, &number) ||
            !hax_slice_is(rest, singles[s].unit))
            continue;
        hax_builder_select(log->builder, log->results);
        hax_builder_fact(log->builder, singles[s].fact, number);
        return true;
    }
    return false;
}

/* "Warmup completed 80 queries over 200 ms", "Timing trace has 1440 queries over 3 s" */
static bool take_queries(hax_trtexec_log *log, const hax_log_line *line)
{
    hax_slice rest = hax_slice_trim(line->text);
    bool warm_up = hax_slice_take(&rest, "Warmup completed ");
    double queries, duration;
    if (!warm_up && !hax_slice_take(&rest, "Timing trace has "))
        return false;
    if (!hax_slice_take_number(&rest, &queries) || !hax_slice_take(&rest, " queries over ") ||
        !hax_slice_take_number(&rest, &duration) || !hax_slice_is(rest, warm_up ? " ms" : " s"))
        return false;
    hax_builder_select(log->builder, log->results);
    hax_builder_fact(log->builder, warm_up ? "warm_up_queries" : "timed_queries", queries);
    hax_builder_fact(log->builder, warm_up ? "warm_up_ms" : "timed_s", duration);
    return true;
}

/* "Average on 10 runs - GPU latency: a ms - Host latency: b ms (end to end c ms, enqueue d ms)" */
static bool take_average(hax_trtexec_log *log, const hax_log_line *line)
{
    hax_slice rest = hax_slice_trim(line->text);
    double runs, gpu, host, end_to_end = NAN, enqueue = NAN;
    if (!hax_slice_take(&rest, "Average on ") || !hax_slice_take_number(&rest, &runs) ||
        !hax_slice_take(&rest, " runs - GPU latency: ") || !hax_slice_take_number(&rest, &gpu) ||
        !hax_slice_take(&rest, " ms - Host latency: ") || !hax_slice_take_number(&rest, &host) ||
        !hax_slice_take(&rest, " ms"))
        return false;
    if (hax_slice_take(&rest, " (")) {
        if (hax_slice_take(&rest, "end to end ") &&
            (!hax_slice_take_number(&rest, &end_to_end) || !hax_slice_take(&rest, " ms")))
            return false;
        hax_slice_take(&rest, ", ");
        if (hax_slice_take(&rest, "enqueue ") && !hax_slice_take_number(&rest, &enqueue))
            return false;
    }
    hax_builder_select(log->builder, log->trace);
    hax_import_value *row = hax_builder_row(log->builder);
    row[RUNS].number = runs;
    row[GPU_MS].number = gpu;
    row[HOST_MS].number = host;
    row[END_TO_END_MS].number = end_to_end;
    row[ENQUEUE_MS].number = enqueue;
    return true;
}

static bool take_omission(hax_trtexec_log *log, const hax_log_line *line)
{
    hax_slice rest = hax_slice_trim(line->text);
    double count;
    if (!hax_slice_take(&rest, "... Omitting ") || !hax_slice_take_number(&rest, &count))
        return false;
    hax_builder_note(log->builder, HAX_IMPORT_LEFT_OUT, line->number,
                     "%.0f averages of runs, which trtexec itself does not print", count);
    return true;
}

/* Versions give themselves away by their words. */
static void narrow(hax_trtexec_log *log, const hax_log_line *line)
{
    if (log->part != PART_NONE)
        hax_trtexec_narrow(&log->version, TRTEXEC_FIRST, 70299);
    if (hax_slice_starts(line->text, "=== Performance summary ==="))
        hax_trtexec_narrow(&log->version, 80000, TRTEXEC_LAST);
    if (hax_slice_starts(line->text, "End-to-End Host Latency: min"))
        hax_trtexec_narrow(&log->version, 80000, 80299);
    hax_slice rest = line->text, before;
    if (hax_slice_take_until(&rest, "percentile(", &before) && hax_slice_has(rest, "percentile("))
        hax_trtexec_narrow(&log->version, 80500, TRTEXEC_LAST);
}

hax_status hax_trtexec_take_result(hax_trtexec_log *log, const hax_log_line *line, bool *taken,
                                   hax_error *err)
{
    if (is_part(line, &log->part)) {
        *taken = true;
        narrow(log, line);
        return HAX_OK;
    }
    HAX_TRY(take_quantity(log, line, taken, err));
    if (!*taken)
        *taken = take_single(log, line) || take_queries(log, line) || take_average(log, line) ||
                 take_omission(log, line);
    if (!*taken)
        HAX_TRY(take_below(log, line, taken, err));
    if (*taken)
        narrow(log, line);
    else if (hax_slice_starts(line->text, "=== "))
        log->part = PART_NONE;
    return HAX_OK;
}
