/*
 * What kernels that a profiler counted say of a network's groups: bytes of the counters over the
 * times of the profile, since the profiler runs at clocks of its own and counts the same bytes.
 */
#include <math.h>

#include "match_kernels.h"

/* What counters of one launch repeat to, and misses of a cache stand for; taken, not measured. */
static const double counter_sigma = 0.05, cache_sigma = 0.25, half_sigma = 0.5;

/* ---- entries --------------------------------------------------------------------------------- */

static const hax_import_column entry_columns[] = {
    { "kernels", true }, { "ms", true },    { "ncu_ms", true }, { "bytes", true },
    { "gbps", true },    { "name", false }, { NULL, false },
};

static void add_entries(hax_import_builder *builder, const hax_match *match,
                        const hax_match_kernels *found)
{
    for (int e = 0; e < match->entry_count; e++) {
        const hax_match_traffic *traffic = &found->of_entry[e];
        double ms = match->entries[e].time_ms;
        if (traffic->kernels == 0)
            continue;
        hax_import_value *row = hax_builder_row(builder);
        row[0].number = (double) traffic->kernels / found->passes;
        row[1].number = ms;
        row[2].number = traffic->time_ms;
        row[3].number = traffic->bytes;
        row[4].number = ms > 0 ? traffic->bytes / ms * 1e-6 : NAN;
        row[5] = hax_builder_words(builder, hax_slice_of(match->entries[e].name));
    }
}

static const hax_import_column lost_columns[] = {
    { "id", true },     { "ms", true },    { "percent", true },
    { "range", false }, { "name", false }, { NULL, false },
};

/* The kernels that no entry has, of whole inferences and behind them. */
static void add_lost(hax_import_builder *builder, const hax_match_kernels *found, double total_ms)
{
    hax_builder_section(builder, "kernels_not_mapped", 0, lost_columns);
    for (int k = 0; k < found->count; k++) {
        const hax_match_kernel *kernel = &found->kernels[k];
        if (kernel->entry >= 0)
            continue;
        hax_import_value *row = hax_builder_row(builder);
        row[0].number = kernel->id;
        row[1].number = kernel->time_ms;
        row[2].number = total_ms > 0 ? 100 * kernel->time_ms / total_ms : NAN;
        if (kernel->range)
            row[3] = hax_builder_words(builder, hax_slice_of(kernel->range));
        row[4] = hax_builder_words(builder, hax_slice_of(kernel->name));
    }
}

/* ---- groups ---------------------------------------------------------------------------------- */

typedef struct group_traffic {
    double counted_ms, bytes; /* of entries whose bytes are known */
    double all_ms;            /* of all entries on the GPU */
    int kernels;
    bool cache, half;
} group_traffic;

enum { FIRST, LAST, GBPS, SPREAD, KERNELS, COVERED, SOURCE };

static const hax_import_column demand_columns[] = {
    [FIRST] = { "first", true },     [LAST] = { "last", true },
    [GBPS] = { "gbps", true },       [SPREAD] = { "spread", true },
    [KERNELS] = { "kernels", true }, [COVERED] = { "covered_percent", true },
    [SOURCE] = { "source", false },  { NULL, false },
};

static group_traffic traffic_of(const hax_match *match, const hax_match_kernels *found,
                                const hax_grouping *grouping, int group)
{
    group_traffic result = { 0 };
    for (int e = 0; e < match->entry_count; e++) {
        const hax_match_entry *entry = &match->entries[e];
        const hax_match_traffic *traffic = &found->of_entry[e];
        int first, last;
        if (entry->unit == MATCH_DLA || !(entry->time_ms > 0) || !isfinite(entry->time_ms) ||
            !hax_match_groups_of(match, grouping, entry, &first, &last) || first != group)
            continue;
        result.all_ms += entry->time_ms;
        if (traffic->kernels == 0 || !isfinite(traffic->bytes) || last != group)
            continue;
        result.counted_ms += entry->time_ms;
        result.bytes += traffic->bytes;
        result.kernels += traffic->kernels;
        result.cache |= traffic->cache;
        result.half |= traffic->half;
    }
    return result;
}

static void add_demands(hax_import_builder *builder, const hax_match *match,
                        const hax_match_kernels *found, const hax_grouping *grouping)
{
    int unknown = 0;
    hax_builder_section(builder, "demands", 0, demand_columns);
    for (int g = 0; g < grouping->count; g++) {
        group_traffic traffic = traffic_of(match, found, grouping, g);
        double covered = traffic.all_ms > 0 ? traffic.counted_ms / traffic.all_ms : 0;
        double sigma = hypot(traffic.half    ? half_sigma
                             : traffic.cache ? cache_sigma
                                             : counter_sigma,
                             hypot(found->misfit, 1 - covered));
        hax_import_value *row = hax_builder_row(builder);
        row[FIRST].number = grouping->groups[g].first;
        row[LAST].number = grouping->groups[g].last;
        row[KERNELS].number = (double) traffic.kernels / found->passes;
        row[COVERED].number = 100 * covered;
        unknown += covered < 0.5;
        if (covered < 0.5) /* the rest could be anything */
            continue;
        row[GBPS].number = traffic.bytes / traffic.counted_ms * 1e-6;
        row[SPREAD].number = 2 * sigma;
        row[SOURCE] =
            hax_builder_words(builder, hax_slice_of(traffic.cache ? "cache misses" : "counters"));
    }
    if (unknown > 0)
        hax_builder_note(builder, HAX_IMPORT_WARNING, 0,
                         "%d %s bytes of less than half of the time: no demand",
                         IMPORT_COUNT(unknown, "group has", "groups have"));
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void note_kernels(hax_import_builder *builder, const hax_match_kernels *found, int lost,
                         double lost_ms, double total_ms)
{
    if (found->refused) {
        hax_builder_note(
            builder, HAX_IMPORT_WARNING, 0,
            "the %d kernels of %.200s are not mapped: %s; run ncu with --nvtx "
            "--print-nvtx-rename kernel and trtexec with --nvtxMode=verbose, or on the same "
            "engine with the launches of whole inferences",
            found->count, found->file, found->refused);
        return;
    }
    if (lost > 0)
        hax_builder_note(builder, HAX_IMPORT_WARNING, 0,
                         "%d of %d kernels belong to no entry: %.3g ms, %.1f %% of their time",
                         lost, found->count, lost_ms, total_ms > 0 ? 100 * lost_ms / total_ms : 0);
    if (found->used_count < found->count)
        hax_builder_note(builder, HAX_IMPORT_REMARK, 0,
                         "the last %d kernels are of an inference that is not whole",
                         found->count - found->used_count);
    if (!found->by_range)
        hax_builder_note(
            builder, HAX_IMPORT_REMARK, 0,
            "kernels are mapped by their order and times, which agree to %.1f %%; ranges "
            "(ncu --nvtx) say it surely",
            100 * found->misfit);
}

void hax_match_tell_kernels(hax_import_builder *builder, const hax_match *match,
                            const hax_match_kernels *found, const hax_grouping *grouping)
{
    double total_ms = 0, lost_ms = 0;
    int lost = 0;
    for (int k = 0; k < found->count; k++) {
        double ms = isfinite(found->kernels[k].time_ms) ? found->kernels[k].time_ms : 0;
        total_ms += ms;
        lost += found->kernels[k].entry < 0;
        lost_ms += found->kernels[k].entry < 0 ? ms : 0;
    }
    note_kernels(builder, found, lost, lost_ms, total_ms);
    if (found->refused)
        return;
    hax_builder_section(builder, "kernels", 0, entry_columns);
    hax_builder_fact_slice(builder, "file", hax_slice_of(found->file));
    hax_builder_fact_slice(builder, "mapped_by",
                           hax_slice_of(found->by_range ? "NVTX ranges" : "order and times"));
    hax_builder_fact(builder, "launches", found->count);
    hax_builder_fact(builder, "inferences", found->passes);
    hax_builder_fact(builder, "mapped_percent",
                     total_ms > 0 ? 100 - 100 * lost_ms / total_ms : NAN);
    if (!found->by_range)
        hax_builder_fact(builder, "misfit_percent", 100 * found->misfit);
    add_entries(builder, match, found);
    add_lost(builder, found, total_ms);
    if (grouping)
        add_demands(builder, match, found, grouping);
}
