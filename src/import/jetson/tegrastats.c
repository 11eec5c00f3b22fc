/*
 * tegrastats of JetPack 4 to 7: a line for each interval, fields found by name, because their order
 * and number change with the version, the board, and who runs it: without root there is no clock
 * of the memory, or no EMC_FREQ at all.
 */
#include <math.h>
#include <stdlib.h>

#include "haxconn/jetson.h"
#include "import.h"
#include "statistics.h"

enum {
    LINE,
    TIME,
    RAM_MB,
    EMC_PERCENT,
    EMC_MHZ,
    EMC_GBPS,
    GPU_PERCENT,
    GPU_MHZ,
    DLA0_PERCENT,
    DLA0_MHZ,
    DLA1_PERCENT,
    DLA1_MHZ,
    COLUMN_COUNT
};

static const hax_import_column sample_columns[] = {
    [LINE] = { "line", true },
    [TIME] = { "time", false },
    [RAM_MB] = { "ram_mb", true },
    [EMC_PERCENT] = { "emc_percent", true },
    [EMC_MHZ] = { "emc_mhz", true },
    [EMC_GBPS] = { "emc_gbps", true },
    [GPU_PERCENT] = { "gpu_percent", true },
    [GPU_MHZ] = { "gpu_mhz", true },
    [DLA0_PERCENT] = { "dla0_percent", true },
    [DLA0_MHZ] = { "dla0_mhz", true },
    [DLA1_PERCENT] = { "dla1_percent", true },
    [DLA1_MHZ] = { "dla1_mhz", true },
    [COLUMN_COUNT] = { NULL, false },
};

static const hax_import_column statistic_columns[] = {
    { "quantity", false }, { "samples", true }, { "min", true }, { "median", true },
    { "mean", true },      { "p95", true },     { "max", true }, { NULL, false },
};

/* Where the reader stands. */
typedef struct stats {
    hax_import_builder *builder;
    int statistics, samples; /* sections */
    int jetpack;             /* 4 to 7 by the marks of the lines, 0: none yet */
    int others, first_other; /* lines that are no samples */
    int words;               /* of the last sample */
    hax_slice key, value;    /* its last two */
} stats;

/* Takes the next word; brackets hold no blanks. */
static bool take_word(hax_slice *line, hax_slice *word)
{
    hax_slice_skip_blanks(line);
    size_t length = 0;
    while (length < line->length && line->at[length] != ' ' && line->at[length] != '\t')
        length++;
    *word = hax_slice_to(*line, length);
    *line = hax_slice_from(*line, length);
    return length > 0;
}

/* The line from its "RAM 12/34MB" on, which loggers put things before. */
static bool find_sample(hax_slice line, hax_slice *before, hax_slice *sample)
{
    for (size_t at = 0; at + 4 < line.length; at++) {
        hax_slice rest = hax_slice_from(line, at);
        bool begins = at == 0 || rest.at[-1] == ' ' || rest.at[-1] == ':' || rest.at[-1] == '\t';
        if (!begins || !hax_slice_starts(rest, "RAM ") || rest.at[4] < '0' || rest.at[4] > '9')
            continue;
        *before = hax_slice_to(line, at);
        *sample = rest;
        return true;
    }
    return false;
}

bool hax_tegrastats_recognises(hax_slice text)
{
    hax_slice line, before, sample;
    hax_slice_lines lines =
        hax_slice_lines_of(hax_slice_to(text, text.length < 65536 ? text.length : 65536));
    for (int l = 0; l < 50 && hax_slice_next_line(&lines, &line); l++)
        if (find_sample(line, &before, &sample) &&
            (hax_slice_has(sample, "GR3D") || hax_slice_has(sample, "EMC") ||
             hax_slice_has(sample, "CPU [")))
            return true;
    return false;
}

/* ---- a field --------------------------------------------------------------------------------- */

/* "12%", "12%@2133", "@2133", "@[1300,1300]" (the highest of them), "off". */
static bool parse_load(hax_slice word, double *percent, double *mhz)
{
    double number;
    if (hax_slice_is(word, "off")) {
        *percent = *mhz = 0;
        return true;
    }
    if (hax_slice_take_number(&word, percent) && !hax_slice_take(&word, "%"))
        return false;
    if (word.length == 0)
        return !isnan(*percent);
    if (!hax_slice_take(&word, "@"))
        return false;
    bool list = hax_slice_take(&word, "[");
    do {
        if (!hax_slice_take_number(&word, &number) || !isfinite(number) || number < 0)
            return false;
        *mhz = isnan(*mhz) ? number : fmax(*mhz, number);
    } while (list && hax_slice_take(&word, ","));
    return (!list || hax_slice_take(&word, "]")) && word.length == 0;
}

static hax_status read_load(const stats *stats, int line, hax_slice key, hax_slice word,
                            double *percent, double *mhz, hax_error *err)
{
    *percent = *mhz = NAN;
    if (!parse_load(word, percent, mhz) || *percent < 0 || *percent > 100)
        return hax_builder_fail(stats->builder, line, err,
                                "'%.*s %.*s' is no load such as 12%%@2133", SLICE_ARGS(key),
                                SLICE_ARGS(word));
    return HAX_OK;
}

static hax_status read_ram(const stats *stats, int line, hax_slice word, double *mb, hax_error *err)
{
    hax_slice used = word;
    double all;
    if (!hax_slice_take_number(&used, mb) || !hax_slice_take(&used, "/") ||
        !hax_slice_take_number(&used, &all) || !hax_slice_is(used, "MB") || *mb > all)
        return hax_builder_fail(stats->builder, line, err,
                                "'RAM %.*s' is no part of the memory such as 1/4MB",
                                SLICE_ARGS(word));
    return HAX_OK;
}

static const struct {
    const char *key;
    int percent; /* column, the clock's is the next */
} loads[] = {
    { "EMC_FREQ", EMC_PERCENT }, { "EMC", EMC_PERCENT },          { "GR3D_FREQ", GPU_PERCENT },
    { "GR3D", GPU_PERCENT },     { "NVDLA0", DLA0_PERCENT },      { "NVDLA0_FREQ", DLA0_PERCENT },
    { "NVDLA1", DLA1_PERCENT },  { "NVDLA1_FREQ", DLA1_PERCENT },
};

enum { LOAD_COUNT = sizeof loads / sizeof *loads };

/* Which JetPack writes so: the highest mark counts. */
static void see_version(stats *stats, hax_slice word)
{
    int jetpack = 4;
    if (hax_slice_is(word, "NVENC0") || hax_slice_is(word, "NVDEC0") ||
        hax_slice_is(word, "NVJPG0") || hax_slice_starts(word, "@["))
        jetpack = 7;
    else if (hax_slice_starts(word, "cpu@") || hax_slice_is(word, "NVDLA0"))
        jetpack = 6;
    else if (hax_slice_ends(word, "mW"))
        jetpack = 5;
    if (jetpack > stats->jetpack)
        stats->jetpack = jetpack;
}

/* A load and its clock stand in columns side by side. */
static hax_status read_field(stats *stats, int line, hax_slice key, hax_slice *rest,
                             hax_import_value *row, hax_error *err)
{
    hax_slice word;
    if (hax_slice_is(key, "RAM"))
        return take_word(rest, &word) ? read_ram(stats, line, word, &row[RAM_MB].number, err)
                                      : HAX_OK;
    for (int l = 0; l < LOAD_COUNT; l++) {
        if (!hax_slice_is(key, loads[l].key))
            continue;
        hax_import_value *pair = &row[loads[l].percent];
        if (!isnan(pair[0].number) || !isnan(pair[1].number))
            return hax_builder_fail(stats->builder, line, err, "%.*s stands twice",
                                    SLICE_ARGS(key));
        if (!take_word(rest, &word))
            return hax_builder_fail(stats->builder, line, err, "the line ends behind %.*s",
                                    SLICE_ARGS(key));
        see_version(stats, word);
        return read_load(stats, line, key, word, &pair[0].number, &pair[1].number, err);
    }
    return HAX_OK;
}

/* ---- the end of a line ----------------------------------------------------------------------- */

static void find_end(stats *stats, hax_slice sample)
{
    hax_slice word;
    stats->key = stats->value = hax_slice_to(sample, 0);
    while (take_word(&sample, &word)) {
        stats->key = stats->value;
        stats->value = word;
    }
}

static bool is_figure(char c)
{
    return (c >= '0' && c <= '9') || c == '.';
}

/* The same words but for their numbers, of which each has one where the other has: "600/300" and
 * "1100/350", but not "600/". */
static bool is_alike(hax_slice a, hax_slice b)
{
    while (a.length > 0 && b.length > 0) {
        if (is_figure(a.at[0]) != is_figure(b.at[0]) || (!is_figure(a.at[0]) && a.at[0] != b.at[0]))
            return false;
        bool figures = is_figure(a.at[0]);
        do
            a = hax_slice_from(a, 1);
        while (figures && a.length > 0 && is_figure(a.at[0]));
        do
            b = hax_slice_from(b, 1);
        while (figures && b.length > 0 && is_figure(b.at[0]));
    }
    return a.length == 0 && b.length == 0;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static hax_status read_sample(stats *stats, int number, hax_slice before, hax_slice sample,
                              hax_error *err)
{
    hax_import_builder *builder = stats->builder;
    hax_slice word, rest = sample;
    hax_builder_select(builder, stats->samples);
    hax_import_value *row = hax_builder_row(builder);
    row[LINE].number = number;
    row[TIME] = hax_builder_words(builder, hax_slice_trim(before));
    stats->words = 0;
    while (take_word(&rest, &word)) {
        stats->words++;
        see_version(stats, word);
        HAX_TRY(read_field(stats, number, word, &rest, row, err));
    }
    find_end(stats, sample);
    if (builder->options.emc_bits > 0)
        row[EMC_GBPS].number = hax_jetson_emc_gbps(row[EMC_PERCENT].number, row[EMC_MHZ].number,
                                                   builder->options.emc_bits);
    return HAX_OK;
}

static bool unclosed(hax_slice sample)
{
    ptrdiff_t open = hax_slice_find_last(sample, "["), close = hax_slice_find_last(sample, "]");
    return open > close;
}

static hax_status read_line(stats *stats, const hax_slice_lines *lines, hax_slice line,
                            hax_slice text, hax_error *err)
{
    hax_slice before, sample;
    if (!find_sample(line, &before, &sample)) {
        bool empty = hax_slice_trim(line).length == 0;
        if (!empty && stats->others++ == 0)
            stats->first_other = lines->line;
        return HAX_OK;
    }
    int words = stats->words;
    hax_slice key = stats->key, value = stats->value;
    bool last = lines->rest.length == 0 && text.at[text.length - 1] != '\n';
    if (unclosed(sample))
        return hax_builder_fail(stats->builder, lines->line, err, "the line ends within brackets");
    HAX_TRY(read_sample(stats, lines->line, before, sample, err));
    /* engines that do not work are left out, so a line may be shorter; it is whole where it ends as
     * the one before, by a word with a name in it ("tj@51C") or by a name and its figures */
    bool named = value.length > 0 && !is_figure(value.at[0]);
    bool whole = is_alike(stats->value, value) && (named || is_alike(stats->key, key));
    if (last && stats->words < words && !whole)
        return hax_builder_fail(stats->builder, lines->line, err,
                                "the file ends within a line (%d words, %d in the one before)",
                                stats->words, words);
    return HAX_OK;
}

/* ---- what all samples tell ------------------------------------------------------------------- */

static int sample_count(const stats *stats)
{
    hax_builder_select(stats->builder, stats->samples);
    return hax_builder_row_count(stats->builder);
}

static int collect(const stats *stats, int column, double *values)
{
    int count = 0, all = sample_count(stats);
    for (int r = all > 1 ? 1 : 0; r < all; r++) {
        double value = hax_builder_row_at(stats->builder, r)[column].number;
        if (isfinite(value))
            values[count++] = value;
    }
    return count;
}

static void add_statistic(const stats *stats, int column, double *values)
{
    int count = collect(stats, column, values);
    double sum = 0;
    for (int v = 0; v < count; v++)
        sum += values[v];
    if (count == 0)
        return;
    hax_summary s = hax_summarise(values, (size_t) count);
    hax_builder_select(stats->builder, stats->statistics);
    hax_import_value *row = hax_builder_row(stats->builder);
    const double figures[] = { count, s.min, s.median, sum / count, s.p95, s.max };
    row[0] = hax_builder_words(stats->builder, hax_slice_of(sample_columns[column].name));
    for (size_t f = 0; f < sizeof figures / sizeof *figures; f++)
        row[f + 1].number = figures[f];
}

static int count_known(const stats *stats, int column)
{
    int known = 0, all = sample_count(stats);
    for (int r = 0; r < all; r++)
        known += !isnan(hax_builder_row_at(stats->builder, r)[column].number);
    return known;
}

static void note_all(const stats *stats)
{
    hax_import_builder *builder = stats->builder;
    int all = sample_count(stats);
    if (stats->others > 0)
        hax_builder_note(builder, HAX_IMPORT_LEFT_OUT, stats->first_other,
                         "%d %s without RAM, the first here",
                         IMPORT_COUNT(stats->others, "line", "lines"));
    if (all > 1)
        hax_builder_note(builder, HAX_IMPORT_REMARK, 0, "the first sample is not in the figures");
    if (count_known(stats, EMC_PERCENT) == 0 && count_known(stats, EMC_MHZ) > 0)
        hax_builder_note(
            builder, HAX_IMPORT_WARNING, 0,
            "EMC_FREQ has a clock and no load, as on Thor: how much memory traffic there "
            "was is not said");
    else if (count_known(stats, EMC_PERCENT) == 0)
        hax_builder_note(builder, HAX_IMPORT_WARNING, 0,
                         "no EMC_FREQ, so no memory traffic: run tegrastats as root");
    else if (count_known(stats, EMC_MHZ) == 0)
        hax_builder_note(
            builder, HAX_IMPORT_WARNING, 0,
            "EMC_FREQ without its clock, and without root it is 0 always: run tegrastats "
            "as root");
    else if (builder->options.emc_bits <= 0)
        hax_builder_note(builder, HAX_IMPORT_REMARK, 0,
                         "GB/s need the width of the memory bus: --board names the board");
}

static hax_status finish(stats *stats, hax_error *err)
{
    static const char *const versions[] = { "JetPack 4 or earlier", "JetPack 5", "JetPack 6",
                                            "JetPack 7" };
    int all = sample_count(stats);
    if (stats->builder->failed)
        return HAX_OK;
    if (all == 0)
        return hax_builder_fail(stats->builder, 0, err, "no line of tegrastats (RAM 1/4MB ...)");
    double *values = calloc((size_t) all, sizeof *values);
    if (!values)
        return hax_fail_memory(err, "an import");
    for (int column = RAM_MB; column < COLUMN_COUNT; column++)
        add_statistic(stats, column, values);
    free(values);
    note_all(stats);
    int with_clock = count_known(stats, EMC_MHZ);
    hax_builder_select(stats->builder, stats->statistics);
    hax_builder_fact(stats->builder, "samples", all);
    hax_builder_fact(stats->builder, "with_emc_clock", with_clock);
    if (stats->builder->options.emc_bits > 0)
        hax_builder_fact(stats->builder, "emc_bits", stats->builder->options.emc_bits);
    if (stats->builder->options.ran_on)
        hax_builder_fact_slice(stats->builder, "ran_on",
                               hax_slice_of(stats->builder->options.ran_on));
    hax_builder_is(stats->builder, "tegrastats", versions[stats->jetpack - 4]);
    return HAX_OK;
}

hax_status hax_tegrastats_read(hax_import_builder *builder, hax_slice text, hax_error *err)
{
    hax_slice line;
    hax_slice_lines lines = hax_slice_lines_of(text);
    stats context = { .builder = builder, .jetpack = 4 };
    context.statistics = hax_builder_section(builder, "tegrastats", 1, statistic_columns);
    context.samples = hax_builder_section(builder, "samples", 0, sample_columns);
    while (hax_slice_next_line(&lines, &line))
        HAX_TRY(read_line(&context, &lines, line, text, err));
    return finish(&context, err);
}
