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

bool trtexec_times_recognises(slice text)
{
    slice head = slice_to(text, text.length < 65536 ? text.length : 65536);
    return slice_has(head, "\"computeMs\"") && slice_has(head, "\"latencyMs\"");
}

/* Where the reader stands. */
typedef struct times {
    import_builder *to;
    slice rest;
    const char *counted; /* up to here lines are counted */
    int line;
    bool begun, open; /* a document; behind its "[" */
    int first_line;
    int statistics, records;   /* sections */
    unsigned seen;             /* keys of any record */
    bool host_to_device_words; /* "h2dMs": 8.0 and later */
    int unknown;
} times;

static int line_of(times *at)
{
    for (; at->counted < at->rest.at; at->counted++)
        at->line += *at->counted == '\n';
    return at->line;
}

/* ---- what all records tell ----------------------------------------------------------------- */

static hax_import_value *record(const times *at, int index)
{
    import_select(at->to, at->records);
    return import_row_at(at->to, index);
}

static int record_count(const times *at)
{
    import_select(at->to, at->records);
    return import_row_count(at->to);
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
static column_order find_order(const times *at)
{
    int right = 0, swapped = 0;
    bool late = false;
    for (int r = 0; r < record_count(at) && !at->host_to_device_words; r++) {
        const hax_import_value *row = record(at, r);
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

static void put_back(const times *at)
{
    for (int r = 0; r < record_count(at); r++) {
        hax_import_value *row = record(at, r);
        swap_numbers(&row[START_ENQUEUE], &row[START_IN]);
        swap_numbers(&row[END_ENQUEUE], &row[END_IN]);
    }
    import_note(at->to, HAX_IMPORT_REMARK, at->first_line,
                "TensorRT 7.1 and 7.2 write enqueue under the names of input and input under those "
                "of enqueue (inMs says which is which): put back");
}

static void drop_mixed(const times *at)
{
    static const int wrong[] = { START_ENQUEUE, END_ENQUEUE, START_IN, END_IN, IN,
                                 LATENCY,       END_TO_END };
    for (int r = 0; r < record_count(at); r++)
        for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++)
            record(at, r)[wrong[w]].number = NAN;
    import_note(at->to, HAX_IMPORT_LEFT_OUT, at->first_line,
                "enqueue, input, latency and end to end: the input seems to begin after the "
                "computation, and no columns agree with inMs; compute and output are right");
}

/* Records before the end of the warm-up, which stand at the front. */
static int count_warm_up(const times *at)
{
    int count = 0, all = record_count(at);
    while (count < all && record(at, count)[START_COMPUTE].number < at->to->options.warm_up_ms)
        count++;
    return count;
}

static int skip_warm_up(const times *at)
{
    int warm = count_warm_up(at), all = record_count(at);
    double limit = at->to->options.warm_up_ms;
    if (warm == 0)
        return 0;
    if (warm == all) {
        import_note(at->to, HAX_IMPORT_WARNING, at->first_line,
                    "all records lie within the warm-up of %g ms; the figures are of them all",
                    limit);
        return 0;
    }
    import_note(at->to, HAX_IMPORT_REMARK, at->first_line,
                "the first %d records begin within the warm-up of %g ms, which up to 8.4 is in the "
                "file; the figures are without them (--warm-up says how long it was)",
                warm, limit);
    return warm;
}

static void add_statistic(const times *at, int key, int skip, double *values)
{
    static const char *const names[] = { "in", "compute", "out", "latency", "end to end" };
    size_t count = 0;
    double sum = 0;
    for (int r = skip; r < record_count(at); r++) {
        double value = record(at, r)[key].number;
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
    import_select(at->to, at->statistics);
    hax_import_value *row = import_row(at->to);
    row[0] = import_words(at->to, slice_of(names[key - IN]));
    for (size_t f = 0; f < sizeof figures / sizeof *figures; f++)
        row[f + 1].number = figures[f];
}

static hax_status add_statistics(const times *at, int skip, hax_error *err)
{
    int count = record_count(at);
    double *values = calloc((size_t) count, sizeof *values);
    if (!values)
        return hax_fail_memory(err, "an import");
    for (int key = IN; key <= END_TO_END; key++)
        add_statistic(at, key, skip, values);
    free(values);
    import_select(at->to, at->statistics);
    import_fact(at->to, "records", count);
    import_fact(at->to, "warm_up_records", skip);
    return HAX_OK;
}

static void say_version(const times *at, bool mixed)
{
    trtexec_versions range = TRTEXEC_ALL_VERSIONS;
    bool end_to_end = at->seen >> END_TO_END & 1;
    if (!at->host_to_device_words)
        trtexec_narrow(&range, mixed ? 70100 : TRTEXEC_FIRST, 70299);
    else
        trtexec_narrow(&range, end_to_end ? 80000 : 80400, end_to_end ? 80299 : TRTEXEC_LAST);
    trtexec_version_text text = trtexec_version_say(range);
    import_select(at->to, at->statistics);
    import_fact_slice(at->to, "written_by", slice_of(text.text));
    import_is(at->to, "trtexec --exportTimes", text.text);
}

static void begin(times *at, int line)
{
    at->begun = true;
    at->seen = 0;
    at->unknown = 0;
    at->host_to_device_words = false;
    at->first_line = line;
    at->statistics = import_section(at->to, "times", line, statistic_columns);
    at->records = import_section(at->to, "records", 0, record_columns);
}

static hax_status end(times *at, hax_error *err)
{
    if (!at->begun || at->to->failed)
        return HAX_OK;
    at->begun = false;
    if (record_count(at) == 0)
        return import_fail(at->to, at->first_line, err, "no records of inferences");
    const column_order order = find_order(at);
    say_version(at, order != COLUMNS_RIGHT);
    if (order == COLUMNS_SWAPPED)
        put_back(at);
    else if (order == COLUMNS_UNKNOWN)
        drop_mixed(at);
    if (at->unknown > 0)
        import_note(at->to, HAX_IMPORT_LEFT_OUT, at->first_line,
                    "%d %s under keys that no known version writes",
                    IMPORT_COUNT(at->unknown, "value", "values"));
    return add_statistics(at, skip_warm_up(at), err);
}

/* ---- reading ------------------------------------------------------------------------------- */

static void set(times *at, hax_import_value *row, slice key, double number)
{
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        if (!slice_is(key, words[w].word))
            continue;
        row[words[w].key].number = number;
        at->seen |= 1u << words[w].key;
        at->host_to_device_words |= slice_has(key, "H2d") || slice_has(key, "h2d");
        return;
    }
    at->unknown++;
}

/* `"key" : number` */
static bool take_pair(times *at, hax_import_value *row)
{
    slice key, rest = at->rest;
    double number = NAN;
    slice_skip_blanks(&rest);
    if (!slice_take(&rest, "\"") || !slice_take_until(&rest, "\"", &key))
        return false;
    slice_skip_blanks(&rest);
    if (!slice_take(&rest, ":"))
        return false;
    slice_skip_blanks(&rest);
    if (!slice_take_number(&rest, &number) && !slice_take(&rest, "null"))
        return false;
    set(at, row, key, number);
    at->rest = rest;
    slice_skip_blanks(&at->rest);
    return true;
}

static hax_status take_record(times *at, hax_error *err)
{
    int line = line_of(at);
    if (!at->begun)
        begin(at, line);
    hax_import_value row[KEY_COUNT];
    for (int k = 0; k < KEY_COUNT; k++)
        row[k] = import_number(NAN);
    slice_take(&at->rest, "{");
    bool good = take_pair(at, row);
    while (good && slice_take(&at->rest, ","))
        good = take_pair(at, row);
    if (!good || !slice_take(&at->rest, "}"))
        return import_fail(at->to, line_of(at), err, "%s within a record",
                           slice_has(at->rest, "}") ? "no key with a number" : "the file ends");
    if (isnan(row[COMPUTE].number))
        return import_fail(at->to, line, err, "a record without computeMs");
    import_select(at->to, at->records);
    memcpy(import_row(at->to), row, sizeof row);
    return HAX_OK;
}

static hax_status take_bracket(times *at, hax_error *err)
{
    bool opens = slice_starts(at->rest, "[");
    int line = line_of(at);
    if (opens == at->open)
        return import_fail(at->to, line, err, "%s",
                           opens ? "a second '[' before the first has ended"
                                 : "a ']' that nothing has begun");
    at->rest = slice_from(at->rest, 1);
    at->open = opens;
    HAX_TRY(end(at, err));
    if (opens)
        begin(at, line);
    return HAX_OK;
}

hax_status trtexec_times_read(import_builder *to, slice text, hax_error *err)
{
    times at = { .to = to, .rest = text, .counted = text.at, .line = 1 };
    for (slice_skip_blanks(&at.rest); at.rest.length > 0; slice_skip_blanks(&at.rest)) {
        char next = at.rest.at[0];
        if (next == '{')
            HAX_TRY(take_record(&at, err));
        else if (next == '[' || next == ']')
            HAX_TRY(take_bracket(&at, err));
        else if (!slice_take(&at.rest, ","))
            return import_fail(to, line_of(&at), err, "expected a record, found '%.*s'",
                               at.rest.length < 40 ? (int) at.rest.length : 40, at.rest.at);
    }
    if (at.open)
        return import_fail(to, line_of(&at), err,
                           "the file ends within the records of line %d: no closing bracket",
                           at.first_line);
    HAX_TRY(end(&at, err));
    if (to->section_count == 0 && !to->failed)
        return import_fail(to, 0, err, "no record of an inference");
    return HAX_OK;
}
