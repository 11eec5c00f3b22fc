/*
 * Logs of trtexec, whole or in pieces, of one run or of several: options, placement, messages,
 * results, tables of --dumpProfile. Line by line; what is not known is counted and left out.
 */
#include "trtexec_log.h"

#include <math.h>
#include <string.h>

enum { PART, OPTION, VALUE };

static const hax_import_column option_columns[] = {
    [PART] = { "part", false },
    [OPTION] = { "option", false },
    [VALUE] = { "value", false },
    { NULL, false },
};

bool hax_trtexec_log_recognises(hax_slice text)
{
    static const char *const marks[] = {
        "&&&& RUNNING TensorRT",
        "&&&& PASSED TensorRT",
        "&&&& FAILED TensorRT",
        "=== Profile (",
        "=== Model Options ===",
        "=== Performance summary ===",
        "[TRT] ",
        "GPU Compute",
        "Host Latency",
        "[DlaLayer] ",
        "[GpuLayer] ",
        "Layers running on ",
        "Layers Running on ",
        "Avg. Time (ms)",
        "   Avg.(ms)   ",
    };
    for (size_t m = 0; m < sizeof marks / sizeof *marks; m++)
        if (hax_slice_has(text, marks[m]))
            return true;
    return false;
}

/* ---- the prefix of a line ------------------------------------------------------------------ */

/* "[MM/DD/YYYY-HH:MM:SS] " */
static bool take_date(hax_slice *text)
{
    static const char pattern[] = "[00/00/0000-00:00:00]";
    for (size_t i = 0; i < sizeof pattern - 1; i++) {
        char c = i < text->length ? text->at[i] : '\0';
        bool digit = c >= '0' && c <= '9';
        if (pattern[i] == '0' ? !digit : c != pattern[i])
            return false;
    }
    *text = hax_slice_from(*text, sizeof pattern - 1);
    hax_slice_take(text, " ");
    return true;
}

/* "[I] " */
static bool take_severity(hax_slice *text, char *severity)
{
    if (text->length < 3 || text->at[0] != '[' || text->at[2] != ']' || text->at[1] == '\0' ||
        !strchr("FEWIV", text->at[1]))
        return false;
    *severity = text->at[1];
    *text = hax_slice_from(*text, 3);
    hax_slice_take(text, " ");
    return true;
}

/* "[TensorRT] INFO: ", the Python interface of 7.x. */
static bool take_words(hax_slice *text, char *severity)
{
    static const char *const words[] = { "INFO", "WARNING", "ERROR", "VERBOSE", "INTERNAL_ERROR" };
    hax_slice rest = *text;
    if (!hax_slice_take(&rest, "[TensorRT] "))
        return false;
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        hax_slice behind = rest;
        if (!hax_slice_take(&behind, words[w]) || !hax_slice_take(&behind, ": "))
            continue;
        *severity = w == 4 ? 'F' : words[w][0];
        *text = behind;
        return true;
    }
    return false;
}

static bool take_origin(hax_slice *text)
{
    return hax_slice_take(text, "[TRT] ") ||
           (hax_slice_is(*text, "[TRT]") && hax_slice_take(text, "[TRT]"));
}

/* ---- what others put before it: containers, CI, terminals ----------------------------------- */

/* Escapes of terminals, "ESC [ 36 m". */
static void skip_colour(hax_slice *text)
{
    while (hax_slice_starts(*text, "\x1b[")) {
        size_t length = 2;
        while (length < text->length && (text->at[length] < '@' || text->at[length] > '~'))
            length++;
        *text = hax_slice_from(*text, length + (length < text->length));
    }
}

/* The same at the end of a line. */
static hax_slice cut_colour(hax_slice text)
{
    for (ptrdiff_t at; (at = hax_slice_find_last(text, "\x1b[")) != SLICE_NONE;) {
        hax_slice rest = hax_slice_from(text, (size_t) at);
        skip_colour(&rest);
        if (hax_slice_trim(rest).length > 0)
            break;
        text = hax_slice_to(text, (size_t) at);
    }
    return text;
}

/* Does trtexec's own part of a line begin here? `anywhere`: only what is found nowhere else. */
static bool is_own(hax_slice text, bool anywhere)
{
    static const char *const banners[] = { "&&&& RUNNING TensorRT", "&&&& PASSED TensorRT",
                                           "&&&& FAILED TensorRT" };
    char severity;
    hax_slice rest = text;
    for (size_t b = 0; b < sizeof banners / sizeof *banners; b++)
        if (hax_slice_starts(text, banners[b]))
            return true;
    if (take_date(&rest))
        return true;
    return !anywhere &&
           (take_severity(&rest, &severity) || take_origin(&rest) || take_words(&rest, &severity));
}

/* Characters that a prefix ends with where a severity without a date follows. */
static bool ends_prefix(char c)
{
    return strchr(" \t|#:>", c) != NULL;
}

/* Where trtexec's part begins behind something else; SLICE_NONE: nowhere. */
static ptrdiff_t find_own(hax_slice text)
{
    enum { PREFIX_MOST = 200 };
    size_t most = text.length < PREFIX_MOST ? text.length : PREFIX_MOST;
    for (size_t at = 1; at < most; at++) {
        hax_slice rest = hax_slice_from(text, at);
        if (is_own(rest, true) || (ends_prefix(text.at[at - 1]) && is_own(rest, false)))
            return (ptrdiff_t) at;
    }
    return SLICE_NONE;
}

static bool is_figure(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes what looks like the prefix of the line before, which may count or tell the time. */
static bool take_alike(hax_slice *text, hax_slice prefix)
{
    hax_slice rest = *text;
    while (prefix.length > 0) {
        bool figures = is_figure(prefix.at[0]);
        if (rest.length == 0 || figures != is_figure(rest.at[0]) ||
            (!figures && rest.at[0] != prefix.at[0]))
            return false;
        do
            prefix = hax_slice_from(prefix, 1);
        while (figures && prefix.length > 0 && is_figure(prefix.at[0]));
        do
            rest = hax_slice_from(rest, 1);
        while (figures && rest.length > 0 && is_figure(rest.at[0]));
    }
    *text = rest;
    return true;
}

/* Without what others put there. */
static hax_slice strip_foreign(hax_trtexec_log *log, hax_slice raw)
{
    hax_slice text = cut_colour(raw);
    skip_colour(&text);
    if (is_own(text, false))
        return text;
    ptrdiff_t own = find_own(text);
    if (own != SLICE_NONE) {
        log->foreign = hax_slice_to(text, (size_t) own);
        text = hax_slice_from(text, (size_t) own);
    } else if (log->foreign.length > 0) {
        take_alike(&text, log->foreign);
    }
    skip_colour(&text);
    return text;
}

/* trtexec prints date, severity, [TRT]; the Python interface of 8.0 and later date, [TRT],
 * severity. */
static hax_log_line strip(hax_trtexec_log *log, hax_slice raw, int number)
{
    hax_slice own = strip_foreign(log, raw), rest = own;
    hax_log_line line = { .text = own, .number = number };
    hax_slice_skip_blanks(&rest);
    bool date = take_date(&rest);
    skip_colour(&rest);
    bool origin = take_words(&rest, &line.severity) || take_origin(&rest);
    bool severity = take_severity(&rest, &line.severity);
    skip_colour(&rest);
    origin |= take_origin(&rest);
    line.prefixed = date || origin || severity;
    if (line.prefixed)
        line.text = rest;
    return line;
}

/* ---- runs ----------------------------------------------------------------------------------- */

static void begin_run(hax_trtexec_log *log, int line)
{
    hax_import_builder *builder = log->builder;
    hax_trtexec_log fresh = { .builder = builder,
                              .version = TRTEXEC_ALL_VERSIONS,
                              .taken = log->taken,
                              .other = log->other,
                              .unknown = log->unknown,
                              .foreign = log->foreign,
                              .strange = log->strange };
    fresh.run = hax_builder_section(builder, "run", line, NULL);
    fresh.options = hax_builder_section(builder, "options", 0, option_columns);
    fresh.placement = hax_builder_section(builder, "placement", 0, hax_trtexec_placement_columns);
    fresh.messages = hax_builder_section(builder, "messages", 0, hax_trtexec_message_columns);
    fresh.results = hax_builder_section(builder, "results", 0, hax_trtexec_result_columns);
    fresh.trace = hax_builder_section(builder, "trace", 0, hax_trtexec_trace_columns);
    *log = fresh;
}

/* What the whole run says; all that the log does not say is left out. */
static void say_run(hax_trtexec_log *log)
{
    hax_import_builder *builder = log->builder;
    hax_trtexec_version_text version = hax_trtexec_version_say(
        log->exact ? (hax_trtexec_versions){ log->exact, log->exact } : log->version);
    hax_builder_select(builder, log->run);
    if (log->command.length > 0)
        hax_builder_fact_slice(builder, "command", log->command);
    if (version.text[0])
        hax_builder_fact_slice(builder, "written_by", hax_slice_of(version.text));
    hax_builder_fact_slice(builder, "end",
                           hax_slice_of(log->failed   ? "failed"
                                        : log->passed ? "passed"
                                        : log->begun  ? "cut off"
                                                      : "not said"));
    if (log->dla_pieces + log->gpu_pieces > 0) {
        hax_builder_fact(builder, "placed_on_dla", log->dla_pieces);
        hax_builder_fact(builder, "placed_on_gpu", log->gpu_pieces);
    }
    if (log->fallbacks > 0)
        hax_builder_fact(builder, "fallbacks_to_gpu", log->fallbacks);
    if (log->errors > 0)
        hax_builder_fact(builder, "errors", log->errors);
    hax_builder_is(builder, "log of trtexec", version.text);
}

static hax_status end_run(hax_trtexec_log *log, int line, hax_error *err)
{
    HAX_TRY(hax_trtexec_end_table(log, err));
    if (log->taken_in_run == 0)
        return HAX_OK;
    say_run(log);
    if (log->failed)
        hax_builder_note(log->builder, HAX_IMPORT_WARNING, line, "this run failed");
    else if (log->begun && !log->passed)
        hax_builder_note(log->builder, HAX_IMPORT_WARNING, line,
                         "the log is cut off: no line '&&&& PASSED' or '&&&& FAILED'");
    return HAX_OK;
}

/* The token of 8.0 and later, "v8401" or "v100300". */
static int decode_version(double token)
{
    if (!(token >= 1000 && token < 1000000) || token != floor(token))
        return 0;
    int number = (int) token;
    return number < 10000 ? number / 1000 * 10000 + number / 100 % 10 * 100 + number % 100 : number;
}

static void read_banner(hax_trtexec_log *log, hax_slice rest)
{
    double token;
    hax_slice before;
    if (hax_slice_take(&rest, ".trtexec") && hax_slice_take(&rest, " [TensorRT v") &&
        hax_slice_take_number(&rest, &token))
        log->exact = decode_version(token);
    if (hax_slice_take_until(&rest, "# ", &before))
        log->command = hax_slice_trim(rest);
}

/* "&&&& RUNNING TensorRT.trtexec [TensorRT v8401] # COMMAND" and the line that ends it */
static hax_status take_banner(hax_trtexec_log *log, const hax_log_line *line, bool *taken,
                              hax_error *err)
{
    hax_slice rest = hax_slice_trim(line->text);
    if (!hax_slice_take(&rest, "&&&& "))
        return HAX_OK;
    bool begins = hax_slice_take(&rest, "RUNNING TensorRT");
    bool passed = !begins && hax_slice_take(&rest, "PASSED TensorRT");
    bool failed = !begins && !passed && hax_slice_take(&rest, "FAILED TensorRT");
    if (!begins && !passed && !failed)
        return HAX_OK;
    *taken = true;
    if (begins && log->taken_in_run > 0) {
        HAX_TRY(end_run(log, line->number, err));
        begin_run(log, line->number);
    }
    HAX_TRY(hax_trtexec_end_table(log, err));
    log->begun |= begins;
    log->passed |= passed;
    log->failed |= failed;
    read_banner(log, rest);
    return HAX_OK;
}

/* A second summary without a banner between: scripts that append cut it. */
static hax_status split_runs(hax_trtexec_log *log, const hax_log_line *line, hax_error *err)
{
    hax_slice text = hax_slice_trim(line->text);
    bool summary = hax_slice_is(text, "=== Performance summary ===") ||
                   hax_slice_is(text, "Host Latency") || hax_slice_is(text, "Host latency");
    if (!summary || !hax_trtexec_has_result(log))
        return HAX_OK;
    HAX_TRY(end_run(log, line->number, err));
    begin_run(log, line->number);
    return HAX_OK;
}

/* ---- options -------------------------------------------------------------------------------- */

/* "TensorRT version: 8.6.3" */
static bool take_version(hax_trtexec_log *log, hax_slice text)
{
    hax_slice rest = hax_slice_trim(text), part;
    int parts[3] = { 0 };
    if (!hax_slice_take(&rest, "TensorRT version: "))
        return false;
    for (int p = 0; p < 3 && rest.length > 0; p++) {
        double number;
        if (!hax_slice_take_until(&rest, ".", &part)) {
            part = rest;
            rest.length = 0;
        }
        if (!hax_slice_number(part, &number) || !(number >= 0 && number < 100))
            return true;
        parts[p] = (int) number;
    }
    if (parts[0] >= 7)
        log->exact = parts[0] * 10000 + parts[1] * 100 + parts[2];
    return true;
}

/* "=== Build Options ===" */
static bool take_part(hax_trtexec_log *log, hax_slice text)
{
    hax_slice rest = hax_slice_trim(text), name;
    if (!hax_slice_take(&rest, "=== "))
        return false;
    bool ends = hax_slice_take_until(&rest, " ===", &name) && rest.length == 0;
    bool echo =
        ends && (hax_slice_ends(name, "Options") || hax_slice_is(name, "Device Information"));
    log->option_part = echo ? name : hax_slice_to(text, 0);
    return echo;
}

static bool take_option(hax_trtexec_log *log, const hax_log_line *line)
{
    hax_slice rest = hax_slice_trim(line->text), key;
    if (rest.length > 0)
        log->options_prefixed = line->prefixed;
    if (take_version(log, rest) || take_part(log, rest))
        return true;
    /* pages put lines between that have no prefix either */
    if (rest.length == 0 && (line->prefixed || !log->options_prefixed))
        log->option_part = rest;
    if (log->option_part.length == 0 || line->severity == 'W' || line->severity == 'E' ||
        !hax_slice_take_until(&rest, ":", &key))
        return false;
    hax_builder_select(log->builder, log->options);
    hax_import_value *row = hax_builder_row(log->builder);
    row[PART] = hax_builder_words(log->builder, log->option_part);
    row[OPTION] = hax_builder_words(log->builder, key);
    row[VALUE] = hax_builder_words(log->builder, hax_slice_trim(rest));
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* Words that only stand in lines of results, places and tables: who is not understood there says
 * something that is missing then. */
static bool looks_known(hax_slice text)
{
    static const char *const words[] = {
        "percentile(",    "median = ",      "[DlaLayer]",     "[GpuLayer]",     "=== Profile",
        "Median(ms)",     "Avg. Time (ms)", "Running on DLA", "running on DLA", "Running on GPU",
        "running on GPU", "&&&& PASSED",    "&&&& FAILED",    "&&&& RUNNING",
    };
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        if (hax_slice_has(text, words[w]))
            return true;
    return hax_trtexec_is_row(text);
}

enum { STRANGE_SHOWN = 5 };

static void note_strange(hax_trtexec_log *log, const hax_log_line *line)
{
    hax_slice text = hax_slice_trim(line->text);
    if (!looks_known(text) || log->strange++ >= STRANGE_SHOWN)
        return;
    hax_builder_note(log->builder, HAX_IMPORT_WARNING, line->number,
                     "looks like a result, a place or a row of a table, and is not understood: "
                     "'%.*s'",
                     (int) (text.length < 80 ? text.length : 80), text.at);
}

static hax_status take(hax_trtexec_log *log, const hax_log_line *line, hax_error *err)
{
    static hax_log_taker *const takers[] = { take_banner, hax_trtexec_take_table,
                                             hax_trtexec_take_placement, hax_trtexec_take_result };
    bool taken = false;
    HAX_TRY(split_runs(log, line, err));
    for (size_t t = 0; t < sizeof takers / sizeof *takers && !taken; t++)
        HAX_TRY(takers[t](log, line, &taken, err));
    if (taken) /* the echo of the options has ended */
        log->option_part = hax_slice_to(line->text, 0);
    else
        taken = take_option(log, line);
    if (!taken)
        HAX_TRY(hax_trtexec_take_message(log, line, &taken, err));
    if (!taken)
        note_strange(log, line);
    log->taken += taken;
    log->taken_in_run += taken;
    log->other += !taken && hax_slice_trim(line->text).length > 0;
    return HAX_OK;
}

hax_status hax_trtexec_log_read(hax_import_builder *builder, hax_slice text, hax_error *err)
{
    hax_trtexec_log log = { .builder = builder };
    hax_slice_lines lines = hax_slice_lines_of(text);
    hax_slice raw;
    begin_run(&log, 1);
    while (hax_slice_next_line(&lines, &raw)) {
        hax_log_line line = strip(&log, raw, lines.line);
        HAX_TRY(take(&log, &line, err));
    }
    HAX_TRY(end_run(&log, lines.line, err));
    if (log.taken - log.unknown <= 0 && !builder->failed)
        return hax_builder_fail(builder, 0, err, "no line of it is one that trtexec prints");
    if (log.strange > STRANGE_SHOWN)
        hax_builder_note(builder, HAX_IMPORT_WARNING, 0,
                         "%d more lines look like results, places or rows and are not understood",
                         log.strange - STRANGE_SHOWN);
    if (log.other > 0)
        hax_builder_note(builder, HAX_IMPORT_LEFT_OUT, 0,
                         "%d %s nothing of options, places, times or failures",
                         IMPORT_COUNT(log.other, "other line that says", "other lines that say"));
    return HAX_OK;
}
