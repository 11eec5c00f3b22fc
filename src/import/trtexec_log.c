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

bool trtexec_log_recognises(slice text)
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
        if (slice_has(text, marks[m]))
            return true;
    return false;
}

/* ---- the prefix of a line ------------------------------------------------------------------ */

/* "[MM/DD/YYYY-HH:MM:SS] " */
static bool take_date(slice *text)
{
    static const char pattern[] = "[00/00/0000-00:00:00]";
    for (size_t i = 0; i < sizeof pattern - 1; i++) {
        char c = i < text->length ? text->at[i] : '\0';
        bool digit = c >= '0' && c <= '9';
        if (pattern[i] == '0' ? !digit : c != pattern[i])
            return false;
    }
    *text = slice_from(*text, sizeof pattern - 1);
    slice_take(text, " ");
    return true;
}

/* "[I] " */
static bool take_severity(slice *text, char *severity)
{
    if (text->length < 3 || text->at[0] != '[' || text->at[2] != ']' || text->at[1] == '\0' ||
        !strchr("FEWIV", text->at[1]))
        return false;
    *severity = text->at[1];
    *text = slice_from(*text, 3);
    slice_take(text, " ");
    return true;
}

static bool take_origin(slice *text)
{
    return slice_take(text, "[TRT] ") || (slice_is(*text, "[TRT]") && slice_take(text, "[TRT]"));
}

/* trtexec prints date, severity, [TRT]; the Python interface date, [TRT], severity. */
static log_line strip(slice raw, int number)
{
    log_line line = { .text = raw, .number = number };
    slice rest = raw;
    slice_skip_blanks(&rest);
    bool date = take_date(&rest), origin = take_origin(&rest);
    bool severity = take_severity(&rest, &line.severity);
    origin |= take_origin(&rest);
    line.prefixed = date || origin || severity;
    if (line.prefixed)
        line.text = rest;
    return line;
}

/* ---- runs ----------------------------------------------------------------------------------- */

static void begin_run(trtexec_log *log, int line)
{
    import_builder *to = log->to;
    trtexec_log fresh = { .to = to,
                          .version = TRTEXEC_ALL_VERSIONS,
                          .taken = log->taken,
                          .other = log->other,
                          .unknown = log->unknown };
    fresh.run = import_section(to, "run", line, NULL);
    fresh.options = import_section(to, "options", 0, option_columns);
    fresh.placement = import_section(to, "placement", 0, trtexec_placement_columns);
    fresh.messages = import_section(to, "messages", 0, trtexec_message_columns);
    fresh.results = import_section(to, "results", 0, trtexec_result_columns);
    fresh.trace = import_section(to, "trace", 0, trtexec_trace_columns);
    *log = fresh;
}

/* What the whole run says; all that the log does not say is left out. */
static void say_run(trtexec_log *log)
{
    import_builder *to = log->to;
    trtexec_version_text version = trtexec_version_say(
        log->exact ? (trtexec_versions){ log->exact, log->exact } : log->version);
    import_select(to, log->run);
    if (log->command.length > 0)
        import_fact_slice(to, "command", log->command);
    if (version.text[0])
        import_fact_slice(to, "written_by", slice_of(version.text));
    import_fact_slice(to, "end",
                      slice_of(log->failed   ? "failed"
                               : log->passed ? "passed"
                               : log->begun  ? "cut off"
                                             : "not said"));
    if (log->dla_pieces + log->gpu_pieces > 0) {
        import_fact(to, "placed_on_dla", log->dla_pieces);
        import_fact(to, "placed_on_gpu", log->gpu_pieces);
    }
    if (log->fallbacks > 0)
        import_fact(to, "fallbacks_to_gpu", log->fallbacks);
    if (log->errors > 0)
        import_fact(to, "errors", log->errors);
    import_is(to, "log of trtexec", version.text);
}

static hax_status end_run(trtexec_log *log, int line, hax_error *err)
{
    HAX_TRY(trtexec_end_table(log, err));
    if (log->taken_in_run == 0)
        return HAX_OK;
    say_run(log);
    if (log->failed)
        import_note(log->to, HAX_IMPORT_WARNING, line, "this run failed");
    else if (log->begun && !log->passed)
        import_note(log->to, HAX_IMPORT_WARNING, line,
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

static void read_banner(trtexec_log *log, slice rest)
{
    double token;
    slice before;
    if (slice_take(&rest, ".trtexec") && slice_take(&rest, " [TensorRT v") &&
        slice_take_number(&rest, &token))
        log->exact = decode_version(token);
    if (slice_take_until(&rest, "# ", &before))
        log->command = slice_trim(rest);
}

/* "&&&& RUNNING TensorRT.trtexec [TensorRT v8401] # COMMAND" and the line that ends it */
static hax_status take_banner(trtexec_log *log, const log_line *line, bool *taken, hax_error *err)
{
    slice rest = slice_trim(line->text);
    if (!slice_take(&rest, "&&&& "))
        return HAX_OK;
    bool begins = slice_take(&rest, "RUNNING TensorRT");
    bool passed = !begins && slice_take(&rest, "PASSED TensorRT");
    bool failed = !begins && !passed && slice_take(&rest, "FAILED TensorRT");
    if (!begins && !passed && !failed)
        return HAX_OK;
    *taken = true;
    if (begins && log->taken_in_run > 0) {
        HAX_TRY(end_run(log, line->number, err));
        begin_run(log, line->number);
    }
    HAX_TRY(trtexec_end_table(log, err));
    log->begun |= begins;
    log->passed |= passed;
    log->failed |= failed;
    read_banner(log, rest);
    return HAX_OK;
}

/* A second summary without a banner between: scripts that append cut it. */
static hax_status split_runs(trtexec_log *log, const log_line *line, hax_error *err)
{
    slice text = slice_trim(line->text);
    bool summary = slice_is(text, "=== Performance summary ===") ||
                   slice_is(text, "Host Latency") || slice_is(text, "Host latency");
    if (!summary || !trtexec_has_result(log))
        return HAX_OK;
    HAX_TRY(end_run(log, line->number, err));
    begin_run(log, line->number);
    return HAX_OK;
}

/* ---- options -------------------------------------------------------------------------------- */

/* "TensorRT version: 8.6.3" */
static bool take_version(trtexec_log *log, slice text)
{
    slice rest = slice_trim(text), part;
    int parts[3] = { 0 };
    if (!slice_take(&rest, "TensorRT version: "))
        return false;
    for (int p = 0; p < 3 && rest.length > 0; p++) {
        double number;
        if (!slice_take_until(&rest, ".", &part)) {
            part = rest;
            rest.length = 0;
        }
        if (!slice_number(part, &number) || !(number >= 0 && number < 100))
            return true;
        parts[p] = (int) number;
    }
    if (parts[0] >= 7)
        log->exact = parts[0] * 10000 + parts[1] * 100 + parts[2];
    return true;
}

/* "=== Build Options ===" */
static bool take_part(trtexec_log *log, slice text)
{
    slice rest = slice_trim(text), name;
    if (!slice_take(&rest, "=== "))
        return false;
    bool ends = slice_take_until(&rest, " ===", &name) && rest.length == 0;
    bool echo = ends && (slice_ends(name, "Options") || slice_is(name, "Device Information"));
    log->option_part = echo ? name : slice_to(text, 0);
    return echo;
}

static bool take_option(trtexec_log *log, const log_line *line)
{
    slice rest = slice_trim(line->text), key;
    if (take_version(log, rest) || take_part(log, rest))
        return true;
    if (rest.length == 0)
        log->option_part = rest;
    if (log->option_part.length == 0 || line->severity == 'W' || line->severity == 'E' ||
        !slice_take_until(&rest, ":", &key))
        return false;
    import_select(log->to, log->options);
    hax_import_value *row = import_row(log->to);
    row[PART] = import_words(log->to, log->option_part);
    row[OPTION] = import_words(log->to, key);
    row[VALUE] = import_words(log->to, slice_trim(rest));
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static hax_status take(trtexec_log *log, const log_line *line, hax_error *err)
{
    static log_taker *const takers[] = { take_banner, trtexec_take_table, trtexec_take_placement,
                                         trtexec_take_result };
    bool taken = false;
    HAX_TRY(split_runs(log, line, err));
    for (size_t t = 0; t < sizeof takers / sizeof *takers && !taken; t++)
        HAX_TRY(takers[t](log, line, &taken, err));
    if (taken) /* the echo of the options has ended */
        log->option_part = slice_to(line->text, 0);
    else
        taken = take_option(log, line);
    if (!taken)
        HAX_TRY(trtexec_take_message(log, line, &taken, err));
    log->taken += taken;
    log->taken_in_run += taken;
    log->other += !taken && slice_trim(line->text).length > 0;
    return HAX_OK;
}

hax_status trtexec_log_read(import_builder *to, slice text, hax_error *err)
{
    trtexec_log log = { .to = to };
    slice_lines lines = slice_lines_of(text);
    slice raw;
    begin_run(&log, 1);
    while (slice_next_line(&lines, &raw)) {
        log_line line = strip(raw, lines.line);
        HAX_TRY(take(&log, &line, err));
    }
    HAX_TRY(end_run(&log, lines.line, err));
    if (log.taken - log.unknown <= 0 && !to->failed)
        return import_fail(to, 0, err, "no line of it is one that trtexec prints");
    if (log.other > 0)
        import_note(to, HAX_IMPORT_LEFT_OUT, 0,
                    "%d %s nothing of options, places, times or failures",
                    IMPORT_COUNT(log.other, "other line that says", "other lines that say"));
    return HAX_OK;
}
