/* A profile and a network: entries matched, then told as sections of an import of their own. */
#include "match.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "match_kernels.h"
#include "text.h"

enum { ENTRIES_MAX = 100000 };

/* Beyond, log and profile are not of one engine. */
static const double SCALE_LEAST = 0.5, SCALE_MOST = 1.5;

/* ---- making -------------------------------------------------------------------------------- */

static double number_at(const hax_import_section *section, int row, const char *column)
{
    int c = hax_import_column_index(section, column);
    return c < 0 ? NAN : section->cells[row * section->column_count + c].number;
}

/* Of one inference. Tables round the average to 0.01 ms, the sum has it finer. */
static double time_of(const hax_import_section *profile, int row)
{
    double count = hax_import_fact_number(profile, "count");
    double time = number_at(profile, row, "time_ms");
    return count > 0 && isfinite(time) ? time / count : number_at(profile, row, "average_ms");
}

static hax_status make(hax_match *match, const hax_import_section *profile,
                       const hax_import *const *beside, int beside_count, hax_error *err)
{
    int name = hax_import_column_index(profile, "name");
    HAX_TRY(hax_match_names_make(match->arena, match->model, &match->names, err));
    match->entries =
        hax_arena_alloc(match->arena, (size_t) profile->row_count, sizeof *match->entries);
    if (!match->entries)
        return hax_fail_memory(err, "the entries of a profile");
    match->entry_count = profile->row_count;
    for (int r = 0; r < profile->row_count; r++) {
        match->entries[r].name = profile->cells[r * profile->column_count + name].text;
        match->entries[r].time_ms = time_of(profile, r);
        hax_match_parse_name(match, &match->entries[r]);
    }
    HAX_TRY(hax_match_fill_ranges(match, err));
    hax_match_find_units(match, beside, beside_count);
    return match->failed ? hax_fail_memory(err, "the entries of a profile") : HAX_OK;
}

/* A profiled run takes longer than the engine does; the log of one that is not profiled says how
 * long that is. */
static double engine_mean(const hax_import *const *beside, int count)
{
    double mean = NAN;
    for (int i = 0; i < count; i++) {
        double found = hax_builder_compute_mean(beside[i]);
        if (!isfinite(found))
            continue;
        if (isfinite(mean))
            return NAN;
        mean = found;
    }
    return mean;
}

static void destroy(hax_match *match)
{
    for (int e = 0; e < match->entry_count; e++)
        free(match->entries[e].layers);
    hax_arena_destroy(match->arena);
}

/* ---- sums ---------------------------------------------------------------------------------- */

typedef struct sums {
    double total_ms, matched_ms, partly_ms, dla_ms, reformat_ms, copy_ms, unknown_unit_ms;
    int matched, partly, recovered, unknown_unit;
} sums;

static double finite(double time_ms)
{
    return isfinite(time_ms) ? time_ms : 0;
}

static sums add_up(const hax_match *match)
{
    sums result = { 0 };
    for (int e = 0; e < match->entry_count; e++) {
        const hax_match_entry *entry = &match->entries[e];
        double time = finite(entry->time_ms);
        bool matched = entry->role != MATCH_NOTHING && entry->unknown == 0;
        bool partly = entry->role != MATCH_NOTHING && entry->unknown > 0;
        result.total_ms += time;
        result.matched += matched;
        result.partly += partly;
        result.matched_ms += matched ? time : 0;
        result.partly_ms += partly ? time : 0;
        result.recovered += entry->recovered;
        result.dla_ms += entry->books_dla ? time : 0;
        result.reformat_ms += entry->role == MATCH_REFORMAT && !entry->books_dla ? time : 0;
        result.copy_ms += entry->role == MATCH_COPY && !entry->books_dla ? time : 0;
        result.unknown_unit += entry->unit == MATCH_UNKNOWN_UNIT;
        result.unknown_unit_ms += entry->unit == MATCH_UNKNOWN_UNIT ? time : 0;
    }
    return result;
}

static double percent(double part, double whole)
{
    return whole > 0 ? 100 * part / whole : NAN;
}

static void say_sums(hax_import_builder *builder, const hax_match *match, const sums *sum, int line)
{
    hax_builder_section(builder, "match", line, NULL);
    hax_builder_fact_slice(builder, "network", hax_slice_of(hax_model_name(match->model)));
    hax_builder_fact(builder, "entries", match->entry_count);
    hax_builder_fact(builder, "matched_entries", sum->matched);
    hax_builder_fact(builder, "total_ms", sum->total_ms);
    hax_builder_fact(builder, "matched_ms", sum->matched_ms);
    hax_builder_fact(builder, "matched_percent", percent(sum->matched_ms, sum->total_ms));
    if (sum->partly > 0)
        hax_builder_fact(builder, "partly_matched_ms", sum->partly_ms);
    hax_builder_fact(builder, "reformat_ms", sum->reformat_ms);
    hax_builder_fact(builder, "copy_ms", sum->copy_ms);
    double scale = match->engine_ms / sum->total_ms;
    if (scale > SCALE_LEAST && scale < SCALE_MOST) {
        hax_builder_fact(builder, "engine_ms", match->engine_ms);
        hax_builder_fact(builder, "scale", scale);
    }
    if (match->booked) {
        hax_builder_fact(builder, "dla_ms", sum->dla_ms);
        hax_builder_fact_slice(builder, "dla_time_is", hax_slice_of(match->booked));
    }
}

static void note_sums(hax_import_builder *builder, const hax_match *match, const sums *sum)
{
    double missing = sum->total_ms - sum->matched_ms;
    if (match->entry_count > sum->matched)
        hax_builder_note(builder, HAX_IMPORT_WARNING, 0,
                         "%d of %d %s not matched or in part only: %.3g ms, %.1f %% of the time",
                         match->entry_count - sum->matched,
                         IMPORT_COUNT(match->entry_count, "entry", "entries"), missing,
                         percent(missing, sum->total_ms));
    if (sum->recovered > 0)
        hax_builder_note(
            builder, HAX_IMPORT_REMARK, 0,
            "%d %s not named: between the first and the last of a ForeignNode, from the "
            "network's graph",
            IMPORT_COUNT(sum->recovered, "layer is", "layers are"));
    if (match->conflicts > 0)
        hax_builder_note(builder, HAX_IMPORT_WARNING, 0, "%d %s in more than one entry",
                         IMPORT_COUNT(match->conflicts, "layer is", "layers are"));
    if (sum->unknown_unit > 0)
        hax_builder_note(
            builder, HAX_IMPORT_WARNING, 0,
            "%d ForeignNode %s (%.3g ms) may be the DLA or the GPU: give the log or the "
            "layer information of the same engine as well",
            IMPORT_COUNT(sum->unknown_unit, "entry", "entries"), sum->unknown_unit_ms);
}

/* ---- entries ------------------------------------------------------------------------------- */

enum { ROLE, UNIT, MS, PERCENT, LAYERS, RECOVERED, DLA_TIME, NAME };

static const hax_import_column entry_columns[] = {
    [ROLE] = { "role", false },
    [UNIT] = { "unit", false },
    [MS] = { "ms", true },
    [PERCENT] = { "percent", true },
    [LAYERS] = { "layers", false },
    [RECOVERED] = { "recovered", true },
    [DLA_TIME] = { "time_of", false },
    [NAME] = { "name", false },
    { NULL, false },
};

static const char *role_name(hax_match_role role)
{
    static const char *const names[] = { "not matched", "layers", "reformat", "copy", "helper" };
    return names[role];
}

static const char *unit_name(hax_match_unit unit)
{
    static const char *const names[] = { "?", "GPU", "DLA" };
    return names[unit];
}

/* "0-9, 12" in the numbers that cuts have. */
static void append_layers(const hax_match *match, const hax_match_entry *entry, hax_text *text)
{
    int start = -1, end = -1;
    for (int i = 0; i <= entry->layer_count; i++) {
        int layer = i < entry->layer_count
                        ? hax_model_node(match->model, entry->layers[i]).compute_index
                        : -1;
        if (layer >= 0 && end >= 0 && layer == end + 1) {
            end = layer;
            continue;
        }
        if (layer < 0 && i < entry->layer_count)
            continue;
        if (end >= 0)
            hax_text_printf(text, end > start ? "%s%d-%d" : "%s%d", text->length ? ", " : "", start,
                            end);
        start = end = layer;
    }
}

static void add_entry(hax_import_builder *builder, const hax_match *match,
                      const hax_match_entry *entry, double total_ms)
{
    hax_text layers = { 0 };
    append_layers(match, entry, &layers);
    hax_import_value *row = hax_builder_row(builder);
    row[ROLE] = hax_builder_words(builder, hax_slice_of(role_name(entry->role)));
    row[UNIT] = hax_builder_words(builder, hax_slice_of(unit_name(entry->unit)));
    row[MS].number = entry->time_ms;
    row[PERCENT].number = percent(entry->time_ms, total_ms);
    row[RECOVERED].number = entry->recovered;
    row[LAYERS] = hax_builder_words(builder, hax_slice_of(hax_text_get(&layers)));
    builder->failed |= layers.failed;
    if (entry->books_dla)
        row[DLA_TIME] = hax_builder_words(builder, hax_slice_of("DLA"));
    row[NAME] = hax_builder_words(builder, hax_slice_of(entry->name));
    hax_text_free(&layers);
}

static void add_entries(hax_import_builder *builder, const hax_match *match, const sums *sum)
{
    hax_builder_section(builder, "matched_entries", 0, entry_columns);
    for (int e = 0; e < match->entry_count; e++)
        if (match->entries[e].role != MATCH_NOTHING)
            add_entry(builder, match, &match->entries[e], sum->total_ms);
}

static const hax_import_column unmatched_columns[] = {
    { "ms", true },    { "percent", true }, { "unknown_part", false },
    { "name", false }, { NULL, false },
};

static void add_unmatched(hax_import_builder *builder, const hax_match *match, const sums *sum)
{
    hax_builder_section(builder, "not_matched", 0, unmatched_columns);
    for (int e = 0; e < match->entry_count; e++) {
        const hax_match_entry *entry = &match->entries[e];
        if (entry->unknown == 0)
            continue;
        hax_import_value *row = hax_builder_row(builder);
        row[0].number = entry->time_ms;
        row[1].number = percent(entry->time_ms, sum->total_ms);
        row[2] = hax_builder_words(builder, entry->first_unknown);
        row[3] = hax_builder_words(builder, hax_slice_of(entry->name));
    }
}

static const hax_import_column missing_columns[] = {
    { "layer", true }, { "type", false }, { "name", false }, { NULL, false }
};

static void add_missing(hax_import_builder *builder, const hax_match *match)
{
    int count = 0;
    hax_builder_section(builder, "layers_in_no_entry", 0, missing_columns);
    for (int l = 0; l < hax_model_layer_count(match->model); l++) {
        const hax_node layer = hax_model_node(match->model, l);
        if (layer.compute_index < 0 || match->owner[l] >= 0)
            continue;
        hax_import_value *row = hax_builder_row(builder);
        row[0].number = layer.compute_index;
        row[1] = hax_builder_words(builder, hax_slice_of(hax_op_name(layer.op)));
        row[2] = hax_builder_words(builder, hax_slice_of(layer.name));
        count++;
    }
    if (count > 0)
        hax_builder_note(
            builder, HAX_IMPORT_REMARK, 0,
            "%d %s in no entry; TensorRT makes concatenations in place and folds layers "
            "without naming them",
            IMPORT_COUNT(count, "layer is", "layers are"));
}

/* ---- groups -------------------------------------------------------------------------------- */

enum { GROUP_FIRST, GROUP_LAST, GPU_LAYERS_MS, REFORMAT_MS, COPY_MS, DLA_MS, SHARED_MS };

static const hax_import_column group_columns[] = {
    [GROUP_FIRST] = { "first", true },    [GROUP_LAST] = { "last", true },
    [GPU_LAYERS_MS] = { "gpu_ms", true }, [REFORMAT_MS] = { "reformat_ms", true },
    [COPY_MS] = { "copy_ms", true },      [DLA_MS] = { "dla_ms", true },
    [SHARED_MS] = { "shared_ms", true },  { NULL, false },
};

static int group_of(const hax_match *match, const hax_grouping *grouping, int layer)
{
    int index = hax_model_node(match->model, layer).compute_index;
    for (int g = 0; g < grouping->count; g++)
        if (index >= grouping->groups[g].first && index <= grouping->groups[g].last)
            return g;
    return -1;
}

bool hax_match_groups_of(const hax_match *match, const hax_grouping *grouping,
                         const hax_match_entry *entry, int *first, int *last)
{
    *first = *last = -1;
    for (int i = 0; i < entry->layer_count; i++) {
        int group = group_of(match, grouping, entry->layers[i]);
        if (group < 0)
            continue;
        if (*first < 0 || group < *first)
            *first = group;
        if (group > *last)
            *last = group;
    }
    return *first >= 0;
}

/* Reformats and copies belong to the group before which, or in which, they are made. */
static int column_of(const hax_match_entry *entry, bool shared)
{
    if (shared && entry->role == MATCH_LAYERS)
        return SHARED_MS;
    if (entry->books_dla)
        return DLA_MS;
    return entry->role == MATCH_REFORMAT ? REFORMAT_MS
           : entry->role == MATCH_COPY   ? COPY_MS
                                         : GPU_LAYERS_MS;
}

static void add_groups(hax_import_builder *builder, const hax_match *match,
                       const hax_grouping *grouping)
{
    int shared_entries = 0;
    hax_builder_section(builder, "groups", 0, group_columns);
    for (int g = 0; g < grouping->count; g++) {
        hax_import_value *row = hax_builder_row(builder);
        row[GROUP_FIRST].number = grouping->groups[g].first;
        row[GROUP_LAST].number = grouping->groups[g].last;
        for (int c = GPU_LAYERS_MS; c <= SHARED_MS; c++)
            row[c].number = 0;
    }
    for (int e = 0; e < match->entry_count && !builder->failed; e++) {
        const hax_match_entry *entry = &match->entries[e];
        int first, last;
        if (!hax_match_groups_of(match, grouping, entry, &first, &last))
            continue;
        int column = column_of(entry, first != last);
        shared_entries += column == SHARED_MS;
        hax_builder_row_at(builder, first)[column].number += finite(entry->time_ms);
    }
    if (shared_entries > 0)
        hax_builder_note(
            builder, HAX_IMPORT_WARNING, 0,
            "%d %s layers of several groups; the whole time stands under shared_ms of the "
            "first of them",
            IMPORT_COUNT(shared_entries, "entry has", "entries have"));
}

/* ---- the whole ----------------------------------------------------------------------------- */

static const hax_import_section *last_profile(const hax_import *import, int *count)
{
    const hax_import_section *found = NULL;
    *count = 0;
    for (int s = 0; s < import->section_count; s++) {
        if (strcmp(import->sections[s].name, "profile") != 0)
            continue;
        found = &import->sections[s];
        ++*count;
    }
    return found;
}

static hax_status tell(const hax_match *match, const hax_import *import,
                       const hax_import_section *profile, const hax_grouping *grouping,
                       const hax_match_kernels *kernels, const hax_import **result, hax_error *err)
{
    hax_import_builder builder;
    int profiles;
    HAX_TRY(hax_builder_open(&builder, "match", import->file, err));
    hax_builder_is(&builder, "entries matched with layers", import->version);
    const sums sum = add_up(match);
    last_profile(import, &profiles);
    if (profiles > 1)
        hax_builder_note(&builder, HAX_IMPORT_REMARK, profile->line,
                         "this is the last of %d profiles", profiles);
    say_sums(&builder, match, &sum, profile->line);
    note_sums(&builder, match, &sum);
    add_unmatched(&builder, match, &sum);
    if (grouping)
        add_groups(&builder, match, grouping);
    add_entries(&builder, match, &sum);
    if (kernels)
        hax_match_tell_kernels(&builder, match, kernels, grouping);
    add_missing(&builder, match);
    return hax_builder_finish(&builder, result, err);
}

hax_status hax_import_match(const hax_import *import, int beside_count,
                            const hax_import *const *beside, const hax_model *model,
                            const hax_grouping *grouping, const hax_import **result, hax_error *err)
{
    int profiles;
    const hax_import_section *profile = last_profile(import, &profiles);
    if (!profile)
        return hax_fail_at(err, HAX_BAD_INPUT, import->file, 0, 0,
                           "has no profile whose entries could be matched");
    if (profile->row_count > ENTRIES_MAX)
        return hax_fail_at(err, HAX_BAD_INPUT, import->file, profile->line, 0,
                           "%d entries; at most %d are matched", profile->row_count, ENTRIES_MAX);
    hax_match match = { .arena = hax_arena_create(),
                        .model = model,
                        .engine_ms = engine_mean(beside, beside_count) };
    if (!match.arena)
        return hax_fail_memory(err, "the match of a profile");
    hax_status status = make(&match, profile, beside, beside_count, err);
    hax_match_kernels kernels;
    bool counted = status == HAX_OK && !match.booked &&
                   hax_match_find_kernels(&match, beside, beside_count, &kernels);
    if (status == HAX_OK)
        status = match.failed ? hax_fail_memory(err, "the kernels of a profile")
                              : tell(&match, import, profile, grouping, counted ? &kernels : NULL,
                                     result, err);
    if (counted)
        hax_match_kernels_free(&kernels);
    destroy(&match);
    return status;
}
