/*
 * What groups demand of the memory, from files. On the GPU: bytes that a profiler counted of the
 * kernels of each group; without these the load of the memory while the network ran, shared among
 * its groups by the bytes that they must move. On the DLA, whose traffic nobody counts: the GPU's
 * by the ratio of the loads that tegrastats saw beside either (hax_demand_by_ratio), or its own
 * load.
 */
#include <math.h>
#include <string.h>

#include "imported.h"

/* How far the shares of groups in a load can be off. */
static const double shared_sigma = 0.25;

/* tegrastats prints whole percents. */
static const double percent_sigma = 0.29;

/* The load of the memory while a network ran on one side. */
typedef struct load {
    const char *file;
    double percent, mhz, gbps; /* medians; gbps NAN: the board was not named */
    double sigma;              /* relative */
} load;

/* ---- counters ----------------------------------------------------------------------------------
 */

static void take_counters(hax_imported *imported)
{
    for (int i = 0; i < imported->import_count; i++) {
        const hax_import_section *demands = hax_import_find(imported->imports[i], "demands", 0);
        const hax_import_section *kernels = hax_import_find(imported->imports[i], "kernels", 0);
        if (!demands || !kernels || demands->row_count != imported->grouping->count)
            continue;
        for (int g = 0; g < imported->grouping->count; g++) {
            double gbps = hax_imported_number(demands, g, "gbps");
            bool cache = strcmp(hax_imported_words(demands, g, "source"), "cache misses") == 0;
            if (!(gbps > 0))
                continue;
            imported->groups[g].demand[IMPORTED_GPU] = (hax_imported_demand){
                .gbps = gbps,
                .spread = hax_imported_number(demands, g, "spread"),
                .demand = cache ? HAX_DEMAND_CACHE : HAX_DEMAND_COUNTERS,
                .source = cache ? "misses of the second-level cache, Nsight Compute"
                                : "bytes of DRAM, Nsight Compute",
            };
        }
        hax_imported_name_source(imported, "demands on the GPU from",
                                 hax_import_fact_text(kernels, "file"));
        return;
    }
}

/* ---- loads
 * --------------------------------------------------------------------------------------- */

static int row_of(const hax_import_section *section, const char *quantity)
{
    for (int r = 0; r < section->row_count; r++)
        if (strcmp(hax_imported_words(section, r, "quantity"), quantity) == 0)
            return r;
    return -1;
}

static double statistic(const hax_import_section *section, const char *quantity, const char *column)
{
    int row = row_of(section, quantity);
    return row < 0 ? NAN : hax_imported_number(section, row, column);
}

static bool read_load(const hax_import *import, const hax_import_section *import_section, load *lp)
{
    double samples = statistic(import_section, "emc_percent", "samples");
    double least = statistic(import_section, "emc_percent", "min"),
           most = statistic(import_section, "emc_percent", "p95");
    *lp = (load){ .file = import->file,
                  .percent = statistic(import_section, "emc_percent", "median"),
                  .mhz = statistic(import_section, "emc_mhz", "median"),
                  .gbps = statistic(import_section, "emc_gbps", "median") };
    /* from the least to the 95th percentile are some 3.3 sigma of a sample */
    lp->sigma = hypot(percent_sigma, (most - least) / 3.3 / sqrt(samples)) / lp->percent;
    return lp->percent > 0 && lp->mhz > 0;
}

/* The load beside a side: of the file that was said to have been taken there. */
static bool find_load(hax_imported *imported, const char *side, load *lp)
{
    for (int i = 0; i < imported->import_count; i++) {
        const hax_import_section *statistics =
            hax_import_find(imported->imports[i], "tegrastats", 0);
        const char *beside = statistics ? hax_import_fact_text(statistics, "ran_on") : NULL;
        if (!beside || strcmp(beside, side) != 0)
            continue;
        if (read_load(imported->imports[i], statistics, lp))
            return true;
        hax_imported_name_source(imported, "no load of the memory (without root, or idle) in",
                                 imported->imports[i]->file);
    }
    return false;
}

/* The groups' shares of a load: what they must move, brought to what was moved. */
static void share_load(hax_imported *imported, hax_imported_side side, const load *from)
{
    double bytes = 0, ms = 0;
    for (int g = 0; g < imported->grouping->count; g++) {
        if (imported->groups[g].run[side].ms.count == 0)
            continue;
        bytes += hax_imported_bytes(imported, g, side);
        ms += imported->groups[g].run[side].ms.median;
    }
    if (!(from->gbps > 0) || !(bytes > 0))
        return;
    for (int g = 0; g < imported->grouping->count; g++) {
        double here = imported->groups[g].run[side].ms.median;
        if (!(here > 0))
            continue;
        imported->groups[g].demand[side] = (hax_imported_demand){
            .gbps = from->gbps * (hax_imported_bytes(imported, g, side) / here) / (bytes / ms),
            .spread = 2 * hypot(shared_sigma, from->sigma),
            .demand = HAX_DEMAND_LOAD,
            .source = "the memory's load beside the network, shared by counted bytes",
        };
    }
    hax_imported_name_source(imported,
                             side == IMPORTED_GPU ? "demands on the GPU from the load in"
                                                  : "demands on the DLA from the load in",
                             from->file);
}

static bool any_demand(const hax_imported *imported, hax_imported_side side)
{
    for (int g = 0; g < imported->grouping->count; g++)
        if (imported->groups[g].demand[side].source)
            return true;
    return false;
}

/* The percentages are of what the memory can do at its clock. */
static void take_ratio(hax_imported *imported, const load *gpu, const load *dla)
{
    for (int g = 0; g < imported->grouping->count; g++) {
        const hax_imported_demand *from = &imported->groups[g].demand[IMPORTED_GPU];
        double gbps =
            hax_demand_by_ratio(from->gbps, gpu->percent * gpu->mhz, dla->percent * dla->mhz);
        if (!from->source || !(gbps > 0))
            continue;
        imported->groups[g].demand[IMPORTED_DLA] = (hax_imported_demand){
            .gbps = gbps,
            .spread = 2 * hypot(from->spread / 2, hypot(gpu->sigma, dla->sigma)),
            .demand = HAX_DEMAND_RATIO,
            .source = "the GPU's, by the ratio of the memory's loads beside either",
        };
    }
    static const char what[] = "demands on the DLA by the ratio of loads in";
    hax_imported_name_source(imported, what, gpu->file);
    hax_imported_name_source(imported, what, dla->file);
}

void hax_imported_take_demands(hax_imported *imported)
{
    load gpu, dla;
    take_counters(imported);
    bool has_gpu = find_load(imported, "gpu", &gpu), has_dla = find_load(imported, "dla", &dla);
    if (has_gpu && !any_demand(imported, IMPORTED_GPU))
        share_load(imported, IMPORTED_GPU, &gpu);
    if (has_gpu && has_dla && any_demand(imported, IMPORTED_GPU))
        take_ratio(imported, &gpu, &dla);
    else if (has_dla)
        share_load(imported, IMPORTED_DLA, &dla);
}
