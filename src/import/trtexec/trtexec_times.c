/*
 * trtexec --exportTimes: a flat record of numbers for each inference, tens of thousands of them,
 * so that they are read one by one and not as a tree. Names of keys tell the version. Versions
 * 7.1 and 7.2 write the columns of enqueue under the names of input and the other way round; up
 * to 8.4 inferences of the warm-up are in the file.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "statistics.h"
#include "trtexec.h"

/* ---- what a record holds ------------------------------------------------------------------- */

enum {
    START_ENQUEUE,
    END_ENQUEUE,
    START_IN,
    END_IN,
    START_COMPUTE,
    END_COMPUTE,
    START_OUT,
    END_OUT,
    IN,
    COMPUTE,
    OUT,
    LATENCY,
    END_TO_END,
    KEY_COUNT
};

static const struct {
    const char *word; /* in the file */
    int key;
} words[] = {
    { "startEnqMs", START_ENQUEUE },
    { "endEnqMs", END_ENQUEUE },
    { "startInMs", START_IN },
    { "endInMs", END_IN },
    { "startH2dMs", START_IN },
    { "endH2dMs", END_IN },
    { "startComputeMs", START_COMPUTE },
    { "endComputeMs", END_COMPUTE },
    { "startOutMs", START_OUT },
    { "endOutMs", END_OUT },
    { "startD2hMs", START_OUT },
    { "endD2hMs", END_OUT },
    { "inMs", IN },
    { "h2dMs", IN },
    { "computeMs", COMPUTE },
    { "outMs", OUT },
    { "d2hMs", OUT },
    { "latencyMs", LATENCY },
    { "endToEndMs", END_TO_END },
};

/* The columns are the keys. */
static const hax_import_column record_columns[] = {
    [START_ENQUEUE] = { "start_enqueue_ms", true },
    [END_ENQUEUE] = { "end_enqueue_ms", true },
    [START_IN] = { "start_in_ms", true },
    [END_IN] = { "end_in_ms", true },
    [START_COMPUTE] = { "start_compute_ms", true },
    [END_COMPUTE] = { "end_compute_ms", true },
    [START_OUT] = { "start_out_ms", true },
    [END_OUT] = { "end_out_ms", true },
    [IN] = { "in_ms", true },
    [COMPUTE] = { "compute_ms", true },
    [OUT] = { "out_ms", true },
    [LATENCY] = { "latency_ms", true },
    [END_TO_END] = { "end_to_end_ms", true },
    [KEY_COUNT] = { NULL, false },
};

static const hax_import_column statistic_columns[] = {
    { "quantity", false }, { "min_ms", true }, { "p25_ms", true }, { "median_ms", true },
    { "mean_ms", true },   { "p75_ms", true }, { "p95_ms", true }, { "p99_ms", true },
    { "max_ms", true },    { "spread", true }, { NULL, false },
};

bool hax_trtexec_times_recognises(hax_slice text)
{
    hax_slice head = hax_slice_to(text, text.length < 65536 ? text.length : 65536);
    return hax_slice_has(head, "\"computeMs\"") && hax_slice_has(head, "\"latencyMs\"");
}

/* Where the reader stands. */
typedef struct times {
    hax_import_builder *builder;
    hax_slice rest;
    const char *counted; /* up to here lines are counted */
    int line;
    bool begun, open; /* a document; behind its "[" */
    int first_line;
    int statistics, records;   /* sections */
    unsigned seen;             /* keys of any record */
    bool host_to_device_words; /* "h2dMs": 8.0 and later */
    int unknown;
} times;

static int line_of(times *times)
{
    for (; times->counted < times->rest.at; times->counted++)
        times->line += *times->counted == '\n';
    return times->line;
}

/* ---- what all records tell ----------------------------------------------------------------- */

static hax_import_value *record(const times *times, int index)
{
    hax_builder_select(times->builder, times->records);
    return hax_builder_row_at(times->builder, index);
}

static int record_count(const times *times)
{
    hax_builder_select(times->builder, times->records);
    return hax_builder_row_count(times->builder);
}

/* Which columns of enqueue and input are whose. */
typedef enum column_order {
    COLUMNS_RIGHT,
    COLUMNS_SWAPPED, /* each under the other's names */
    COLUMNS_UNKNOWN, /* something is wrong with them, and nothing says what */
} column_order;

/* Is `length` the time between two moments, as far as six digits tell? */
static bool lies_between(double begin, double end, double length)
{
    static const double digits = 1e-5;
    return fabs(end - begin - length) <= digits * fmax(fabs(begin), fabs(end));
}

/* inMs is right in all versions: the columns that it is the difference of are the input's. Where
 * records do not tell them apart, an input that begins after the computation cannot be right. */
static column_order find_order(const times *times)
{
    int right = 0, swapped = 0;
    bool late = false;
    for (int r = 0; r < record_count(times) && !times->host_to_device_words; r++) {
        const hax_import_value *row = record(times, r);
        double in = row[IN].number;
        bool of_in = lies_between(row[START_IN].number, row[END_IN].number, in);
        bool of_enqueue = lies_between(row[START_ENQUEUE].number, row[END_ENQUEUE].number, in);
        right += of_in && !of_enqueue;
        swapped += of_enqueue && !of_in;
        late |= row[START_IN].number > row[START_COMPUTE].number;
    }
    if (right != swapped)
        return right > swapped ? COLUMNS_RIGHT : COLUMNS_SWAPPED;
    return late ? COLUMNS_UNKNOWN : COLUMNS_RIGHT;
}

static void swap_numbers(hax_import_value *a, hax_import_value *b)
{
    double kept = a->number;
    a->number = b->number;
    b->number = kept;
}

static void put_back(const times *times)
{
    for (int r = 0; r < record_count(times); r++) {
        hax_import_value *row = record(times, r);
        swap_numbers(&row[START_ENQUEUE], &row[START_IN]);
        swap_numbers(&row[END_ENQUEUE], &row[END_IN]);
    }
    hax_builder_note(
        times->builder, HAX_IMPORT_REMARK, times->first_line,
        "TensorRT 7.1 and 7.2 write enqueue under the names of input and input under those "
        "of enqueue (inMs says which is which): put back");
}

static void drop_mixed(const times *times)
{
    static const int wrong[] = { START_ENQUEUE, END_ENQUEUE, START_IN, END_IN, IN,
                                 LATENCY,       END_TO_END };
    for (int r = 0; r < record_count(times); r++)
        for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++)
            record(times, r)[wrong[w]].number = NAN;
    hax_builder_note(times->builder, HAX_IMPORT_LEFT_OUT, times->first_line,
                     "enqueue, input, latency and end to end: the input seems to begin after the "
                     "computation, and no columns agree with inMs; compute and output are right");
}

/* Records before the end of the warm-up, which stand at the front. */
static int count_warm_up(const times *times)
{
    int count = 0, all = record_count(times);
    while (count < all &&
           record(times, count)[START_COMPUTE].number < times->builder->options.warm_up_ms)
        count++;
    return count;
}

static int skip_warm_up(const times *times)
{
    int warm = count_warm_up(times), all = record_count(times);
    double limit = times->builder->options.warm_up_ms;
    if (warm == 0)
        return 0;
    if (warm == all) {
        hax_builder_note(times->builder, HAX_IMPORT_WARNING, times->first_line,
                         "all records lie within the warm-up of %g ms; the figures are of them all",
                         limit);
        return 0;
    }
    hax_builder_note(
        times->builder, HAX_IMPORT_REMARK, times->first_line,
        "the first %d records begin within the warm-up of %g ms, which up to 8.4 is in the "
        "file; the figures are without them (--warm-up says how long it was)",
        warm, limit);
    return warm;
}

static void add_statistic(const times *times, int key, int skip, double *values)
{
    static const char *const names[] = { "in", "compute", "out", "latency", "end to end" };
    size_t count = 0;
    double sum = 0;
    for (int r = skip; r < record_count(times); r++) {
        double value = record(times, r)[key].number;
        if (!isfinite(value))
            continue;
        values[count++] = value;
        sum += value;
    }
    if (count == 0)
        return;
    hax_summary s = hax_summarise(values, count);
    const double figures[] = { s.min, s.p25, s.median, sum / (double) count, s.p75, s.p95,
                               s.p99, s.max, s.spread };
    hax_builder_select(times->builder, times->statistics);
    hax_import_value *row = hax_builder_row(times->builder);
    row[0] = hax_builder_words(times->builder, hax_slice_of(names[key - IN]));
    for (size_t f = 0; f < sizeof figures / sizeof *figures; f++)
        row[f + 1].number = figures[f];
}

static hax_status add_statistics(const times *times, int skip, hax_error *err)
{
    int count = record_count(times);
    double *values = calloc((size_t) count, sizeof *values);
    if (!values)
        return hax_fail_memory(err, "an import");
    for (int key = IN; key <= END_TO_END; key++)
        add_statistic(times, key, skip, values);
    free(values);
    hax_builder_select(times->builder, times->statistics);
    hax_builder_fact(times->builder, "records", count);
    hax_builder_fact(times->builder, "warm_up_records", skip);
    return HAX_OK;
}

static void say_version(const times *times, bool mixed)
{
    hax_trtexec_versions range = TRTEXEC_ALL_VERSIONS;
    bool end_to_end = times->seen >> END_TO_END & 1;
    if (!times->host_to_device_words)
        hax_trtexec_narrow(&range, mixed ? 70100 : TRTEXEC_FIRST, 70299);
    else
        hax_trtexec_narrow(&range, end_to_end ? 80000 : 80400, end_to_end ? 80299 : TRTEXEC_LAST);
    hax_trtexec_version_text text = hax_trtexec_version_say(range);
    hax_builder_select(times->builder, times->statistics);
    hax_builder_fact_slice(times->builder, "written_by", hax_slice_of(text.text));
    hax_builder_is(times->builder, "trtexec --exportTimes", text.text);
}

static void begin(times *times, int line)
{
    times->begun = true;
    times->seen = 0;
    times->unknown = 0;
    times->host_to_device_words = false;
    times->first_line = line;
    times->statistics = hax_builder_section(times->builder, "times", line, statistic_columns);
    times->records = hax_builder_section(times->builder, "records", 0, record_columns);
}

static hax_status end(times *times, hax_error *err)
{
    if (!times->begun || times->builder->failed)
        return HAX_OK;
    times->begun = false;
    if (record_count(times) == 0)
        return hax_builder_fail(times->builder, times->first_line, err, "no records of inferences");
    const column_order order = find_order(times);
    say_version(times, order != COLUMNS_RIGHT);
    if (order == COLUMNS_SWAPPED)
        put_back(times);
    else if (order == COLUMNS_UNKNOWN)
        drop_mixed(times);
    if (times->unknown > 0)
        hax_builder_note(times->builder, HAX_IMPORT_LEFT_OUT, times->first_line,
                         "%d %s under keys that no known version writes",
                         IMPORT_COUNT(times->unknown, "value", "values"));
    return add_statistics(times, skip_warm_up(times), err);
}

/* ---- reading ------------------------------------------------------------------------------- */

static void set(times *times, hax_import_value *row, hax_slice key, double number)
{
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        if (!hax_slice_is(key, words[w].word))
            continue;
        row[words[w].key].number = number;
        times->seen |= 1u << words[w].key;
        times->host_to_device_words |= hax_slice_has(key, "H2d") || hax_slice_has(key, "h2d");
        return;
    }
    times->unknown++;
}

/* `"key" : number` */
static bool take_pair(times *times, hax_import_value *row)
{
    hax_slice key, rest = times->rest;
    double number = NAN;
    hax_slice_skip_blanks(&rest);
    if (!hax_slice_take(&rest, "\"") || !hax_slice_take_until(&rest, "\"", &key))
        return false;
    hax_slice_skip_blanks(&rest);
    if (!hax_slice_take(&rest, ":"))
        return false;
    hax_slice_skip_blanks(&rest);
    if (!hax_slice_take_number(&rest, &number) && !hax_slice_take(&rest, "null"))
        return false;
    set(times, row, key, number);
    times->rest = rest;
    hax_slice_skip_blanks(&times->rest);
    return true;
}

static hax_status take_record(times *times, hax_error *err)
{
    int line = line_of(times);
    if (!times->begun)
        begin(times, line);
    hax_import_value row[KEY_COUNT];
    for (int k = 0; k < KEY_COUNT; k++)
        row[k] = hax_builder_number(NAN);
    hax_slice_take(&times->rest, "{");
    bool good = take_pair(times, row);
    while (good && hax_slice_take(&times->rest, ","))
        good = take_pair(times, row);
    if (!good || !hax_slice_take(&times->rest, "}"))
        return hax_builder_fail(times->builder, line_of(times), err, "%s within a record",
                                hax_slice_has(times->rest, "}") ? "no key with a number"
                                                                : "the file ends");
    if (isnan(row[COMPUTE].number))
        return hax_builder_fail(times->builder, line, err, "a record without computeMs");
    hax_builder_select(times->builder, times->records);
    memcpy(hax_builder_row(times->builder), row, sizeof row);
    return HAX_OK;
}

static hax_status take_bracket(times *times, hax_error *err)
{
    bool opens = hax_slice_starts(times->rest, "[");
    int line = line_of(times);
    if (opens == times->open)
        return hax_builder_fail(times->builder, line, err, "%s",
                                opens ? "a second '[' before the first has ended"
                                      : "a ']' that nothing has begun");
    times->rest = hax_slice_from(times->rest, 1);
    times->open = opens;
    HAX_TRY(end(times, err));
    if (opens)
        begin(times, line);
    return HAX_OK;
}

hax_status hax_trtexec_times_read(hax_import_builder *builder, hax_slice text, hax_error *err)
{
    times context = { .builder = builder, .rest = text, .counted = text.at, .line = 1 };
    for (hax_slice_skip_blanks(&context.rest); context.rest.length > 0;
         hax_slice_skip_blanks(&context.rest)) {
        char next = context.rest.at[0];
        if (next == '{')
            HAX_TRY(take_record(&context, err));
        else if (next == '[' || next == ']')
            HAX_TRY(take_bracket(&context, err));
        else if (!hax_slice_take(&context.rest, ","))
            return hax_builder_fail(
                builder, line_of(&context), err, "expected a record, found '%.*s'",
                context.rest.length < 40 ? (int) context.rest.length : 40, context.rest.at);
    }
    if (context.open)
        return hax_builder_fail(builder, line_of(&context), err,
                                "the file ends within the records of line %d: no closing bracket",
                                context.first_line);
    HAX_TRY(end(&context, err));
    if (builder->section_count == 0 && !builder->failed)
        return hax_builder_fail(builder, 0, err, "no record of an inference");
    return HAX_OK;
}
