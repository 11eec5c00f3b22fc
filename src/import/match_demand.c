/*
 * What kernels that a profiler counted say of a network's groups: bytes of the counters over the
 * times of the profile, since the profiler runs at clocks of its own and counts the same bytes.
 */
#include <math.h>

#include "match_kernels.h"

/* What counters of one launch repeat to, and misses of a cache stand for; taken, not measured. */
static const double counter_sigma = 0.05, cache_sigma = 0.25, half_sigma = 0.5;

/* ---- entries -----------------------------------------------------------------------------------
 */

static const hax_import_column entry_columns[] = {
    { "kernels", true }, { "ms", true },    { "ncu_ms", true }, { "bytes", true },
    { "gbps", true },    { "name", false }, { NULL, false },
};

static void add_entries(import_builder *to, const match *all, const match_kernels *found)
{
    for (int e = 0; e < all->entry_count; e++) {
        const match_traffic *of = &found->of_entry[e];
        double ms = all->entries[e].time_ms;
        if (of->kernels == 0)
            continue;
        hax_import_value *row = import_row(to);
        row[0].number = (double) of->kernels / found->passes;
        row[1].number = ms;
        row[2].number = of->time_ms;
        row[3].number = of->bytes;
        row[4].number = ms > 0 ? of->bytes / ms * 1e-6 : NAN;
        row[5] = import_words(to, slice_of(all->entries[e].name));
    }
}

static const hax_import_column lost_columns[] = {
    { "id", true },     { "ms", true },    { "percent", true },
    { "range", false }, { "name", false }, { NULL, false },
};

/* The kernels that no entry has, of whole inferences and behind them. */
static void add_lost(import_builder *to, const match_kernels *found, double total_ms)
{
    import_section(to, "kernels_not_mapped", 0, lost_columns);
    for (int k = 0; k < found->count; k++) {
        const match_kernel *kernel = &found->kernels[k];
        if (kernel->entry >= 0)
            continue;
        hax_import_value *row = import_row(to);
        row[0].number = kernel->id;
        row[1].number = kernel->time_ms;
        row[2].number = total_ms > 0 ? 100 * kernel->time_ms / total_ms : NAN;
        if (kernel->range)
            row[3] = import_words(to, slice_of(kernel->range));
        row[4] = import_words(to, slice_of(kernel->name));
    }
}

/* ---- groups -------------------------------------------------------------------------------------
 */

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

static group_traffic traffic_of(const match *all, const match_kernels *found,
                                const hax_grouping *grouping, int group)
{
    group_traffic made = { 0 };
    for (int e = 0; e < all->entry_count; e++) {
        const match_entry *entry = &all->entries[e];
        const match_traffic *of = &found->of_entry[e];
        int first, last;
        if (entry->unit == MATCH_DLA || !(entry->time_ms > 0) || !isfinite(entry->time_ms) ||
            !match_groups_of(all, grouping, entry, &first, &last) || first != group)
            continue;
        made.all_ms += entry->time_ms;
        if (of->kernels == 0 || !isfinite(of->bytes) || last != group)
            continue;
        made.counted_ms += entry->time_ms;
        made.bytes += of->bytes;
        made.kernels += of->kernels;
        made.cache |= of->cache;
        made.half |= of->half;
    }
    return made;
}

static void add_demands(import_builder *to, const match *all, const match_kernels *found,
                        const hax_grouping *grouping)
{
    int unknown = 0;
    import_section(to, "demands", 0, demand_columns);
    for (int g = 0; g < grouping->count; g++) {
        group_traffic of = traffic_of(all, found, grouping, g);
        double covered = of.all_ms > 0 ? of.counted_ms / of.all_ms : 0;
        double sigma = hypot(of.half    ? half_sigma
                             : of.cache ? cache_sigma
                                        : counter_sigma,
                             hypot(found->misfit, 1 - covered));
        hax_import_value *row = import_row(to);
        row[FIRST].number = grouping->groups[g].first;
        row[LAST].number = grouping->groups[g].last;
        row[KERNELS].number = (double) of.kernels / found->passes;
        row[COVERED].number = 100 * covered;
        unknown += covered < 0.5;
        if (covered < 0.5) /* the rest could be anything */
            continue;
        row[GBPS].number = of.bytes / of.counted_ms * 1e-6;
        row[SPREAD].number = 2 * sigma;
        row[SOURCE] = import_words(to, slice_of(of.cache ? "cache misses" : "counters"));
    }
    if (unknown > 0)
        import_note(to, HAX_IMPORT_WARNING, 0,
                    "%d %s bytes of less than half of the time: no demand",
                    IMPORT_COUNT(unknown, "group has", "groups have"));
}

/* ---- the whole
 * ------------------------------------------------------------------------------------ */

static void note_kernels(import_builder *to, const match_kernels *found, int lost, double lost_ms,
                         double total_ms)
{
    if (found->refused) {
        import_note(
            to, HAX_IMPORT_WARNING, 0,
            "the %d kernels of %.200s are not mapped: %s; run ncu with --nvtx "
            "--print-nvtx-rename kernel and trtexec with --nvtxMode=verbose, or on the same "
            "engine with the launches of whole inferences",
            found->count, found->file, found->refused);
        return;
    }
    if (lost > 0)
        import_note(to, HAX_IMPORT_WARNING, 0,
                    "%d of %d kernels belong to no entry: %.3g ms, %.1f %% of their time", lost,
                    found->count, lost_ms, total_ms > 0 ? 100 * lost_ms / total_ms : 0);
    if (found->used < found->count)
        import_note(to, HAX_IMPORT_REMARK, 0,
                    "the last %d kernels are of an inference that is not whole",
                    found->count - found->used);
    if (!found->by_range)
        import_note(to, HAX_IMPORT_REMARK, 0,
                    "kernels are mapped by their order and times, which agree to %.1f %%; ranges "
                    "(ncu --nvtx) say it surely",
                    100 * found->misfit);
}

void match_tell_kernels(import_builder *to, const match *all, const match_kernels *found,
                        const hax_grouping *grouping)
{
    double total_ms = 0, lost_ms = 0;
    int lost = 0;
    for (int k = 0; k < found->count; k++) {
        double ms = isfinite(found->kernels[k].time_ms) ? found->kernels[k].time_ms : 0;
        total_ms += ms;
        lost += found->kernels[k].entry < 0;
        lost_ms += found->kernels[k].entry < 0 ? ms : 0;
    }
    note_kernels(to, found, lost, lost_ms, total_ms);
    if (found->refused)
        return;
    import_section(to, "kernels", 0, entry_columns);
    import_fact_slice(to, "file", slice_of(found->file));
    import_fact_slice(to, "mapped_by",
                      slice_of(found->by_range ? "NVTX ranges" : "order and times"));
    import_fact(to, "launches", found->count);
    import_fact(to, "inferences", found->passes);
    import_fact(to, "mapped_percent", total_ms > 0 ? 100 - 100 * lost_ms / total_ms : NAN);
    if (!found->by_range)
        import_fact(to, "misfit_percent", 100 * found->misfit);
    add_entries(to, all, found);
    add_lost(to, found, total_ms);
    if (grouping)
        add_demands(to, all, found, grouping);
}
