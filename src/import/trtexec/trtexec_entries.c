/* What a layer took, as profiles and tables say it, and what all entries together tell. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "trtexec.h"

static const hax_import_column columns[] = {
    [TRTEXEC_NAME] = { "name", false },
    [TRTEXEC_TIME_MS] = { "time_ms", true },
    [TRTEXEC_AVERAGE_MS] = { "average_ms", true },
    [TRTEXEC_MEDIAN_MS] = { "median_ms", true },
    [TRTEXEC_PERCENT] = { "percent", true },
    { NULL, false },
};

/* ---- versions ---------------------------------------------------------------------------- */

void hax_trtexec_narrow(hax_trtexec_versions *range, int first, int last)
{
    range->first = first > range->first ? first : range->first;
    range->last = last < range->last ? last : range->last;
}

hax_trtexec_version_text hax_trtexec_version_say(hax_trtexec_versions range)
{
    hax_trtexec_version_text trtexec_version_text = { "" };
    int first = range.first / 100, last = range.last / 100;
    if (range.first > range.last)
        snprintf(trtexec_version_text.text, sizeof trtexec_version_text.text,
                 "TensorRT, marks of several versions");
    else if (range.first == range.last)
        snprintf(trtexec_version_text.text, sizeof trtexec_version_text.text, "TensorRT %d.%d.%d",
                 first / 100, first % 100, range.first % 100);
    else if (range.last == TRTEXEC_LAST && range.first > TRTEXEC_FIRST)
        snprintf(trtexec_version_text.text, sizeof trtexec_version_text.text,
                 "TensorRT %d.%d or later", first / 100, first % 100);
    else if (range.last < TRTEXEC_LAST)
        snprintf(trtexec_version_text.text, sizeof trtexec_version_text.text,
                 "TensorRT %d.%d to %d.%d", first / 100, first % 100, last / 100, last % 100);
    return trtexec_version_text;
}

static void narrow_by_name(hax_trtexec_versions *range, const char *name)
{
    static const struct {
        const char *mark;
        int first, last;
    } marks[] = {
        { " input reformatter ", TRTEXEC_FIRST, 70299 },
        { " output reformatter ", TRTEXEC_FIRST, 70299 },
        { "Reformatting CopyNode for ", 80000, TRTEXEC_LAST },
        { "{ForeignNode[", 80000, TRTEXEC_LAST },
        { " from nvm", TRTEXEC_FIRST, 80499 },
        { " to nvm", TRTEXEC_FIRST, 80499 },
    };
    for (size_t m = 0; m < sizeof marks / sizeof *marks; m++)
        if (strstr(name, marks[m].mark))
            hax_trtexec_narrow(range, marks[m].first, marks[m].last);
}

/* ---- entries ----------------------------------------------------------------------------- */

void hax_trtexec_entries_begin(hax_import_builder *builder, hax_trtexec_entries *entries, int line)
{
    *entries = (hax_trtexec_entries){ .begun = true, .line = line, .count = NAN };
    entries->section = hax_builder_section(builder, "profile", line, columns);
}

void hax_trtexec_entry_clear(hax_import_value *row, hax_import_value name)
{
    row[TRTEXEC_NAME] = name;
    for (int c = TRTEXEC_TIME_MS; c < TRTEXEC_COLUMNS; c++)
        row[c] = hax_builder_number(NAN);
}

void hax_trtexec_entries_add(hax_import_builder *builder, hax_trtexec_entries *entries, int line,
                             const hax_import_value *row)
{
    if (!entries->begun)
        hax_trtexec_entries_begin(builder, entries, line);
    hax_builder_select(builder, entries->section);
    memcpy(hax_builder_row(builder), row, TRTEXEC_COLUMNS * sizeof *row);
}

/* What can be said of all entries together. */
typedef struct totals {
    double time_ms, average_ms, percent;
    int zero, not_finite, negative, unequal, medians;
    hax_trtexec_versions range;
} totals;

static void add_up(const hax_trtexec_entries *entries, const hax_import_value *row, totals *sum)
{
    double time = row[TRTEXEC_TIME_MS].number, average = row[TRTEXEC_AVERAGE_MS].number;
    narrow_by_name(&sum->range, row[TRTEXEC_NAME].text ? row[TRTEXEC_NAME].text : "");
    sum->medians += !isnan(row[TRTEXEC_MEDIAN_MS].number);
    if (!isfinite(time) || !isfinite(average)) {
        sum->not_finite++;
        return;
    }
    sum->zero += time == 0;
    sum->negative += time < 0 || average < 0;
    double step = entries->average_step + entries->time_step / entries->count;
    sum->unequal += entries->count > 0 &&
                    fabs(time / entries->count - average) > 2e-5 * fabs(average) + step + 1e-9;
    sum->time_ms += time;
    sum->average_ms += average;
    if (isfinite(row[TRTEXEC_PERCENT].number))
        sum->percent += row[TRTEXEC_PERCENT].number;
}

static void note_entries(hax_import_builder *builder, const hax_trtexec_entries *entries,
                         const totals *sum)
{
    if (sum->not_finite > 0)
        hax_builder_note(builder, HAX_IMPORT_WARNING, entries->line,
                         "%d %s with a time that is no finite number; sums are without",
                         IMPORT_COUNT(sum->not_finite, "entry", "entries"));
    if (sum->negative > 0)
        hax_builder_note(builder, HAX_IMPORT_WARNING, entries->line, "%d %s with a negative time",
                         IMPORT_COUNT(sum->negative, "entry", "entries"));
    if (sum->zero > 0)
        hax_builder_note(builder, HAX_IMPORT_REMARK, entries->line,
                         "%d %s took no time (constants, layers that do nothing)",
                         IMPORT_COUNT(sum->zero, "entry", "entries"));
    if (sum->unequal > 0)
        hax_builder_note(builder, HAX_IMPORT_WARNING, entries->line,
                         "%d %s whose averageMs is not timeMs over the count of %.0f",
                         IMPORT_COUNT(sum->unequal, "entry", "entries"), entries->count);
    if (entries->unknown > 0)
        hax_builder_note(builder, HAX_IMPORT_LEFT_OUT, entries->line,
                         "%d %s under keys that no known version writes",
                         IMPORT_COUNT(entries->unknown, "value", "values"));
}

static void note_count(hax_import_builder *builder, const hax_trtexec_entries *entries)
{
    if (isnan(entries->count))
        hax_builder_note(
            builder, HAX_IMPORT_REMARK, entries->line,
            "no count of inferences: a fragment, its averages are taken as they stand");
    else if (entries->count == 1)
        hax_builder_note(builder, HAX_IMPORT_WARNING, entries->line,
                         "one sample: averages and medians are a single inference");
}

hax_status hax_trtexec_entries_end(hax_import_builder *builder, hax_trtexec_entries *entries,
                                   hax_trtexec_versions *range, hax_error *err)
{
    if (!entries->begun)
        return HAX_OK;
    totals sum = { .range = TRTEXEC_ALL_VERSIONS };
    hax_builder_select(builder, entries->section);
    int rows = hax_builder_row_count(builder);
    if (rows == 0 && !builder->failed)
        return hax_builder_fail(builder, entries->line, err, "the profile has no entries");
    for (int r = 0; r < rows; r++)
        add_up(entries, hax_builder_row_at(builder, r), &sum);
    if (sum.medians > 0)
        hax_trtexec_narrow(&sum.range, 80400, TRTEXEC_LAST);
    else
        hax_trtexec_narrow(&sum.range, TRTEXEC_FIRST, 80299);
    hax_builder_fact(builder, "count", entries->count);
    hax_builder_fact(builder, "entries", rows);
    hax_builder_fact(builder, "total_ms", sum.time_ms);
    hax_builder_fact(builder, "average_ms", sum.average_ms);
    hax_builder_fact(builder, "percent", sum.percent);
    note_count(builder, entries);
    note_entries(builder, entries, &sum);
    entries->begun = false;
    *range = sum.range;
    return HAX_OK;
}
