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
    import_builder *to;
    int statistics, samples; /* sections */
    int jetpack;             /* 4 to 7 by the marks of the lines, 0: none yet */
    int others, first_other; /* lines that are no samples */
    int words;               /* of the last sample */
} stats;

/* Takes the next word; brackets hold no blanks. */
static bool take_word(slice *line, slice *word)
{
    slice_skip_blanks(line);
    size_t length = 0;
    while (length < line->length && line->at[length] != ' ' && line->at[length] != '\t')
        length++;
    *word = slice_to(*line, length);
    *line = slice_from(*line, length);
    return length > 0;
}

/* The line from its "RAM 12/34MB" on, which loggers put things before. */
static bool find_sample(slice line, slice *before, slice *sample)
{
    for (size_t at = 0; at + 4 < line.length; at++) {
        slice rest = slice_from(line, at);
        bool begins = at == 0 || rest.at[-1] == ' ' || rest.at[-1] == ':' || rest.at[-1] == '\t';
        if (!begins || !slice_starts(rest, "RAM ") || rest.at[4] < '0' || rest.at[4] > '9')
            continue;
        *before = slice_to(line, at);
        *sample = rest;
        return true;
    }
    return false;
}

bool tegrastats_recognises(slice text)
{
    slice line, before, sample;
    slice_lines lines = slice_lines_of(slice_to(text, text.length < 65536 ? text.length : 65536));
    for (int l = 0; l < 50 && slice_next_line(&lines, &line); l++)
        if (find_sample(line, &before, &sample) &&
            (slice_has(sample, "GR3D") || slice_has(sample, "EMC") || slice_has(sample, "CPU [")))
            return true;
    return false;
}

/* ---- a field -----------------------------------------------------------------------------------
 */

/* "12%", "12%@2133", "@2133", "@[1300,1300]" (the highest of them), "off". */
static bool parse_load(slice word, double *percent, double *mhz)
{
    double number;
    if (slice_is(word, "off")) {
        *percent = *mhz = 0;
        return true;
    }
    if (slice_take_number(&word, percent) && !slice_take(&word, "%"))
        return false;
    if (word.length == 0)
        return !isnan(*percent);
    if (!slice_take(&word, "@"))
        return false;
    bool list = slice_take(&word, "[");
    do {
        if (!slice_take_number(&word, &number) || !isfinite(number) || number < 0)
            return false;
        *mhz = isnan(*mhz) ? number : fmax(*mhz, number);
    } while (list && slice_take(&word, ","));
    return (!list || slice_take(&word, "]")) && word.length == 0;
}

static hax_status read_load(const stats *at, int line, slice key, slice word, double *percent,
                            double *mhz, hax_error *err)
{
    *percent = *mhz = NAN;
    if (!parse_load(word, percent, mhz) || *percent < 0 || *percent > 100)
        return import_fail(at->to, line, err, "'%.*s %.*s' is no load such as 12%%@2133",
                           SLICE_ARGS(key), SLICE_ARGS(word));
    return HAX_OK;
}

static hax_status read_ram(const stats *at, int line, slice word, double *mb, hax_error *err)
{
    slice used = word;
    double all;
    if (!slice_take_number(&used, mb) || !slice_take(&used, "/") ||
        !slice_take_number(&used, &all) || !slice_is(used, "MB") || *mb > all)
        return import_fail(at->to, line, err, "'RAM %.*s' is no part of the memory such as 1/4MB",
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
static void see_version(stats *at, slice word)
{
    int jetpack = 4;
    if (slice_is(word, "NVENC0") || slice_is(word, "NVDEC0") || slice_is(word, "NVJPG0") ||
        slice_starts(word, "@["))
        jetpack = 7;
    else if (slice_starts(word, "cpu@") || slice_is(word, "NVDLA0"))
        jetpack = 6;
    else if (slice_ends(word, "mW"))
        jetpack = 5;
    if (jetpack > at->jetpack)
        at->jetpack = jetpack;
}

/* A load and its clock stand in columns side by side. */
static hax_status read_field(stats *at, int line, slice key, slice *rest, hax_import_value *row,
                             hax_error *err)
{
    slice word;
    if (slice_is(key, "RAM"))
        return take_word(rest, &word) ? read_ram(at, line, word, &row[RAM_MB].number, err) : HAX_OK;
    for (int l = 0; l < LOAD_COUNT; l++) {
        if (!slice_is(key, loads[l].key))
            continue;
        hax_import_value *pair = &row[loads[l].percent];
        if (!isnan(pair[0].number) || !isnan(pair[1].number))
            return import_fail(at->to, line, err, "%.*s stands twice", SLICE_ARGS(key));
        if (!take_word(rest, &word))
            return import_fail(at->to, line, err, "the line ends behind %.*s", SLICE_ARGS(key));
        see_version(at, word);
        return read_load(at, line, key, word, &pair[0].number, &pair[1].number, err);
    }
    return HAX_OK;
}

/* ---- lines -------------------------------------------------------------------------------------
 */

static hax_status read_sample(stats *at, int number, slice before, slice sample, hax_error *err)
{
    import_builder *to = at->to;
    slice word, rest = sample;
    import_select(to, at->samples);
    hax_import_value *row = import_row(to);
    row[LINE].number = number;
    row[TIME] = import_words(to, slice_trim(before));
    at->words = 0;
    while (take_word(&rest, &word)) {
        at->words++;
        see_version(at, word);
        HAX_TRY(read_field(at, number, word, &rest, row, err));
    }
    if (to->options.emc_bits > 0)
        row[EMC_GBPS].number =
            hax_jetson_emc_gbps(row[EMC_PERCENT].number, row[EMC_MHZ].number, to->options.emc_bits);
    return HAX_OK;
}

static bool unclosed(slice sample)
{
    ptrdiff_t open = slice_find_last(sample, "["), close = slice_find_last(sample, "]");
    return open > close;
}

static hax_status read_line(stats *at, const slice_lines *lines, slice line, slice text,
                            hax_error *err)
{
    slice before, sample;
    if (!find_sample(line, &before, &sample)) {
        bool empty = slice_trim(line).length == 0;
        if (!empty && at->others++ == 0)
            at->first_other = lines->line;
        return HAX_OK;
    }
    int words = at->words;
    bool last = lines->rest.length == 0 && text.at[text.length - 1] != '\n';
    if (unclosed(sample))
        return import_fail(at->to, lines->line, err, "the line ends within brackets");
    HAX_TRY(read_sample(at, lines->line, before, sample, err));
    if (last && at->words < words)
        return import_fail(at->to, lines->line, err,
                           "the file ends within a line (%d words, %d in the one before)",
                           at->words, words);
    return HAX_OK;
}

/* ---- what all samples tell ----------------------------------------------------------------------
 */

static int sample_count(const stats *at)
{
    import_select(at->to, at->samples);
    return import_row_count(at->to);
}

static int collect(const stats *at, int column, double *values)
{
    int count = 0, all = sample_count(at);
    for (int r = all > 1 ? 1 : 0; r < all; r++) {
        double value = import_row_at(at->to, r)[column].number;
        if (isfinite(value))
            values[count++] = value;
    }
    return count;
}

static void add_statistic(const stats *at, int column, double *values)
{
    int count = collect(at, column, values);
    double sum = 0;
    for (int v = 0; v < count; v++)
        sum += values[v];
    if (count == 0)
        return;
    hax_summary s = hax_summarise(values, (size_t) count);
    import_select(at->to, at->statistics);
    hax_import_value *row = import_row(at->to);
    const double figures[] = { count, s.min, s.median, sum / count, s.p95, s.max };
    row[0] = import_words(at->to, slice_of(sample_columns[column].name));
    for (size_t f = 0; f < sizeof figures / sizeof *figures; f++)
        row[f + 1].number = figures[f];
}

static int count_known(const stats *at, int column)
{
    int known = 0, all = sample_count(at);
    for (int r = 0; r < all; r++)
        known += !isnan(import_row_at(at->to, r)[column].number);
    return known;
}

static void note_all(const stats *at)
{
    import_builder *to = at->to;
    int all = sample_count(at);
    if (at->others > 0)
        import_note(to, HAX_IMPORT_LEFT_OUT, at->first_other, "%d %s without RAM, the first here",
                    IMPORT_COUNT(at->others, "line", "lines"));
    if (all > 1)
        import_note(to, HAX_IMPORT_REMARK, 0, "the first sample is not in the figures");
    if (count_known(at, EMC_PERCENT) == 0)
        import_note(to, HAX_IMPORT_WARNING, 0,
                    "no EMC_FREQ, so no memory traffic: run tegrastats as root");
    else if (count_known(at, EMC_MHZ) == 0)
        import_note(to, HAX_IMPORT_WARNING, 0,
                    "EMC_FREQ without its clock, and without root it is 0 always: run tegrastats "
                    "as root");
    else if (to->options.emc_bits <= 0)
        import_note(to, HAX_IMPORT_REMARK, 0,
                    "GB/s need the width of the memory bus: --board names the board");
}

static hax_status finish(stats *at, hax_error *err)
{
    static const char *const versions[] = { "JetPack 4 or earlier", "JetPack 5", "JetPack 6",
                                            "JetPack 7" };
    int all = sample_count(at);
    if (at->to->failed)
        return HAX_OK;
    if (all == 0)
        return import_fail(at->to, 0, err, "no line of tegrastats (RAM 1/4MB ...)");
    double *values = calloc((size_t) all, sizeof *values);
    if (!values)
        return hax_fail_memory(err, "an import");
    for (int column = RAM_MB; column < COLUMN_COUNT; column++)
        add_statistic(at, column, values);
    free(values);
    note_all(at);
    int with_clock = count_known(at, EMC_MHZ);
    import_select(at->to, at->statistics);
    import_fact(at->to, "samples", all);
    import_fact(at->to, "with_emc_clock", with_clock);
    if (at->to->options.emc_bits > 0)
        import_fact(at->to, "emc_bits", at->to->options.emc_bits);
    if (at->to->options.ran_on)
        import_fact_slice(at->to, "ran_on", slice_of(at->to->options.ran_on));
    import_is(at->to, "tegrastats", versions[at->jetpack - 4]);
    return HAX_OK;
}

hax_status tegrastats_read(import_builder *to, slice text, hax_error *err)
{
    slice line;
    slice_lines lines = slice_lines_of(text);
    stats at = { .to = to, .jetpack = 4 };
    at.statistics = import_section(to, "tegrastats", 1, statistic_columns);
    at.samples = import_section(to, "samples", 0, sample_columns);
    while (slice_next_line(&lines, &line))
        HAX_TRY(read_line(&at, &lines, line, text, err));
    return finish(&at, err);
}
