/*
 * Units of this machine's processors, found with hwloc.
 *
 * Cores of different kinds (performance and efficiency, big and little) make one unit per
 * kind. Cores that are all alike are split in two halves between caches, three clusters with a
 * cache each in three units. Beside them stands the union of
 * all, one network at a time over every core, which is how most people deploy today. One core can
 * be left out of all of them, for whatever else the machine has to do.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "platforms.h"

enum { CPUS_MAX = 1024 };

hax_status hax_topology_load(hwloc_topology_t *topology, hax_error *err)
{
    if (hwloc_topology_init(topology) != 0)
        return hax_fail(err, HAX_FAILURE, "hwloc cannot start");
    if (hwloc_topology_load(*topology) != 0) {
        hwloc_topology_destroy(*topology);
        return hax_fail(err, HAX_FAILURE, "hwloc cannot read this machine's topology");
    }
    return HAX_OK;
}

/* One processor of every core that the calling thread may use: a second hyperthread adds little to
 * dense arithmetic and disturbs the first. Workers are forked from that thread and inherit its
 * binding; those of other threads of the process (a caller's, a sanitizer's) do not count. `spare`,
 * where it is no -1, is left out. */
static int usable_cpus(hwloc_topology_t topology, hwloc_const_cpuset_t within, int spare, int *cpus)
{
    int count = 0, cores = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE);
    hwloc_bitmap_t bound = hwloc_bitmap_alloc();
    hwloc_const_cpuset_t allowed = hwloc_topology_get_allowed_cpuset(topology);
    hwloc_bitmap_copy(bound, allowed);
    if (hwloc_topology_is_thissystem(topology) &&
        hwloc_get_cpubind(topology, bound, HWLOC_CPUBIND_THREAD) == 0)
        hwloc_bitmap_and(bound, bound, allowed);
    for (int c = 0; c < cores && count < CPUS_MAX; c++) {
        hwloc_obj_t core = hwloc_get_obj_by_type(topology, HWLOC_OBJ_CORE, (unsigned) c);
        hwloc_bitmap_t mine = hwloc_bitmap_alloc();
        hwloc_bitmap_and(mine, core->cpuset, bound);
        if (within)
            hwloc_bitmap_and(mine, mine, within);
        if (!hwloc_bitmap_iszero(mine) && hwloc_bitmap_first(mine) != spare)
            cpus[count++] = hwloc_bitmap_first(mine);
        hwloc_bitmap_free(mine);
    }
    hwloc_bitmap_free(bound);
    return count;
}

/* Best library that is here. */
static hax_status best_driver(hax_driver_probe *probe, const char **driver, hax_error *err)
{
    memset(probe, 0, sizeof *probe);
    hax_status status = hax_driver_ask("onednn", probe, err);
    *driver = status == HAX_OK && probe->available ? "onednn" : "portable";
    return status == HAX_NO_MEMORY ? status : HAX_OK;
}

/* ---- host -------------------------------------------------------------------------------- */

typedef struct cluster {
    const char *name;
    int kind;
    int cpus[CPUS_MAX];
    int count;
    const char *why;
} cluster;

static uint32_t add_cluster(hax_platform_builder *maker, const cluster *cluster)
{
    uint32_t resources = 1U << hax_platform_builder_resource(maker, cluster->name);
    hax_platform_builder_unit(maker, &(hax_unit){ .name = cluster->name,
                                                  .kind = cluster->kind,
                                                  .resources = resources,
                                                  .cpu_count = cluster->count,
                                                  .cpus = cluster->cpus,
                                                  .threads = cluster->count,
                                                  .why = cluster->why });
    return resources;
}

/* All cores at once; its threads belong to the kind of the first cluster. */
static void add_union(hax_platform_builder *maker, const cluster *first, const int *cpus, int count,
                      uint32_t resources)
{
    bool pair = count == 2;
    hax_platform_builder_unit(maker, &(hax_unit){ .name = pair ? "both" : "all",
                                                  .kind = first->kind,
                                                  .resources = resources,
                                                  .cpu_count = count,
                                                  .cpus = cpus,
                                                  .threads = count,
                                                  .why = "all cores on one network at a time" });
}

/* Where like cores are split: part p is cpus[first[p]] to cpus[first[p + 1] - 1]. */
enum { PARTS_MAX = 3 };

typedef struct partition {
    int count;
    int first[PARTS_MAX + 1];
} partition;

/* Clusters of at least two cores that share more among themselves than with others (a package, a
 * cache): how many cores are in front of each, for the highest level of the topology that has any.
 * Returns their number, 1 where all cores share alike. */
static int find_clusters(hwloc_topology_t topology, const int *cpus, int count, int *first)
{
    int levels = hwloc_get_type_depth(topology, HWLOC_OBJ_CORE);
    for (int level = 1; level < levels; level++) {
        int clusters = 0;
        hwloc_obj_t last = NULL;
        for (int c = 0; c < count; c++) {
            hwloc_obj_t cpu = hwloc_get_pu_obj_by_os_index(topology, (unsigned) cpus[c]);
            hwloc_obj_t over = hwloc_get_ancestor_obj_by_depth(topology, level, cpu);
            if (c == 0 || over != last)
                first[clusters++] = c;
            last = over;
        }
        if (clusters > 1 && clusters < count)
            return clusters;
    }
    first[0] = 0;
    return 1;
}

/* Three clusters are three parts, as no two halves leave the middle one whole; else there are two,
 * as even as clusters allow. */
static partition split_cores(hwloc_topology_t topology, const int *cpus, int count)
{
    int first[CPUS_MAX], clusters = find_clusters(topology, cpus, count, first);
    if (count < 2)
        return (partition){ 1, { 0, count } };
    if (clusters == 3)
        return (partition){ 3, { 0, first[1], first[2], count } };
    int half = count / 2;
    if (clusters > 1) {
        half = first[1];
        for (int k = 2; k < clusters; k++)
            if (abs(2 * first[k] - count) < abs(2 * half - count))
                half = first[k];
    }
    return (partition){ 2, { 0, half, count } };
}

static void add_like_cores(hax_platform_builder *maker, hwloc_topology_t topology,
                           const char *driver, const int *cpus, int count)
{
    int kind = hax_platform_builder_kind(maker, &(hax_kind){ .name = "cpu", .driver = driver });
    const partition parts = split_cores(topology, cpus, count);
    uint32_t resources = 0;
    cluster part;
    for (int p = 0; p < parts.count; p++) {
        int begin = parts.first[p], end = parts.first[p + 1];
        part = (cluster){ .kind = kind, .count = end - begin };
        memcpy(part.cpus, cpus + begin, (size_t) part.count * sizeof *cpus);
        part.name = part.count == 1
                        ? hax_platform_builder_text(maker, "core%d", begin)
                        : hax_platform_builder_text(maker, "cores%d-%d", begin, end - 1);
        part.why = part.count == 1    ? "one core"
                   : parts.count == 2 ? "half of the cores, which are all alike"
                                      : "cores with a cache of their own, one cluster of three";
        resources |= add_cluster(maker, &part);
    }
    if (parts.count > 1)
        add_union(maker, &part, cpus, count, resources);
}

/* Processors of one kind of core; 0 is the weakest. */
static int cpus_of_kind(hwloc_topology_t topology, int kind, int spare, int *cpus)
{
    int count = 0, efficiency;
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    if (hwloc_cpukinds_get_info(topology, (unsigned) kind, set, &efficiency, NULL, NULL, 0) == 0)
        count = usable_cpus(topology, set, spare, cpus);
    hwloc_bitmap_free(set);
    return count;
}

/* Kinds of cores of which this process may use at least one. */
static int usable_kinds(hwloc_topology_t topology, int spare)
{
    int cpus[CPUS_MAX], usable = 0, kinds = hwloc_cpukinds_get_nr(topology, 0);
    for (int k = 0; k < kinds; k++)
        usable += cpus_of_kind(topology, k, spare, cpus) > 0;
    return usable;
}

/* The last processor of the weakest kind of core: what is missed the least. */
static int least_cpu(hwloc_topology_t topology)
{
    int cpus[CPUS_MAX], count = 0, kinds = hwloc_cpukinds_get_nr(topology, 0);
    for (int k = 0; k < kinds && count == 0; k++)
        count = cpus_of_kind(topology, k, -1, cpus);
    if (count == 0)
        count = usable_cpus(topology, NULL, -1, cpus);
    return count > 0 ? cpus[count - 1] : -1;
}

static hax_status by_kind_of_core(hax_platform_builder *maker, hwloc_topology_t topology,
                                  const char *driver, int spare)
{
    int all[CPUS_MAX], all_count = 0, kinds = hwloc_cpukinds_get_nr(topology, 0);
    uint32_t resources = 0;
    cluster part = { 0 };
    for (int k = kinds - 1; k >= 0; k--) { /* hwloc lists the weakest first */
        part.name = kinds == 2 ? (k == 1 ? "big" : "little")
                               : hax_platform_builder_text(maker, "cluster%d", kinds - 1 - k);
        part.count = cpus_of_kind(topology, k, spare, part.cpus);
        if (part.count == 0)
            continue;
        part.kind =
            hax_platform_builder_kind(maker, &(hax_kind){ .name = part.name, .driver = driver });
        part.why = hax_platform_builder_text(
            maker, "%d cores of kind %d of %d, counted from the strongest", part.count, kinds - k,
            kinds);
        resources |= add_cluster(maker, &part);
        for (int c = 0; c < part.count && all_count < CPUS_MAX; c++)
            all[all_count++] = part.cpus[c];
    }
    cluster first = { .kind = 0 };
    if (maker->platform->unit_count > 1)
        add_union(maker, &first, all, all_count, resources);
    return HAX_OK;
}

static void describe_host(hax_platform_builder *maker, const hax_driver_probe *probe, int cores,
                          int spare)
{
    bool library = probe->available;
    const char *left =
        spare < 0 ? "" : hax_platform_builder_text(maker, " (processor %d is left free)", spare);
    maker->platform->description = hax_platform_builder_text(
        maker, "%d core%s of this machine%s, kernels by %s%s%s%s", cores, cores == 1 ? "" : "s",
        left, library ? probe->library : "plain loops (slow: ", library ? " (" : "",
        library ? probe->isa : probe->reason, ")");
}

/* ---- emulated ------------------------------------------------------------------------------ */

static hax_status check_emulation(const hax_driver_probe *probe, int cores, hax_error *err)
{
    if (cores < 2)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "platform 'emulated' needs two cores, this process may use %d", cores);
    if (!probe->available)
        return hax_fail(err, HAX_UNAVAILABLE, "platform 'emulated' needs oneDNN: %s",
                        probe->reason);
    if (strncmp(probe->isa, "avx", 3) != 0)
        return hax_fail(
            err, HAX_UNAVAILABLE,
            "platform 'emulated' needs an x86 processor with more than SSE4.1 (this one "
            "has %s): it caps one core at that, and without its two units would be "
            "alike; try platform 'host'",
            probe->isa);
    return HAX_OK;
}

static void fill_emulated(hax_platform_builder *maker, const hax_driver_probe *probe,
                          const int *cpus)
{
    int fast_core = hax_platform_builder_resource(maker, "core0"),
        slow_core = hax_platform_builder_resource(maker, "core1");
    int full = hax_platform_builder_kind(maker, &(hax_kind){ .name = "full", .driver = "onednn" });
    int capped = hax_platform_builder_kind(
        maker, &(hax_kind){ .name = "sse41", .driver = "onednn", .isa = "sse41" });
    uint32_t first = 1U << fast_core, second = 1U << slow_core;
    hax_platform_builder_unit(maker, &(hax_unit){ "fast", full, first, 1, &cpus[0], 1,
                                                  .why = hax_platform_builder_text(
                                                      maker, "a core with %s", probe->isa) });
    hax_platform_builder_unit(
        maker, &(hax_unit){ "slow", capped, second, 1, &cpus[1], 1,
                            .why = "a core capped at SSE4.1, in place of an accelerator" });
    hax_platform_builder_unit(maker, &(hax_unit){ "slow-uncapped", full, second, 1, &cpus[1], 1,
                                                  .reference = true,
                                                  .why = "the slow unit's core without the cap" });
    hax_platform_builder_unit(
        maker, &(hax_unit){ "both-uncapped", full, first | second, 2, cpus, 2, .reference = true,
                            .why = "both cores without the cap, one network at a time" });
    maker->platform->emulated = true;
    maker->platform->description = hax_platform_builder_text(
        maker, "two like cores, one capped at SSE4.1 in place of another device (%s, %s)",
        probe->library, probe->isa);
}

/* Which processor belongs to no unit, -1: none. */
static hax_status choose_spare(hwloc_topology_t topology, int count, hax_host_form form, int *spare,
                               hax_error *err)
{
    *spare = form == HOST_SPARE ? least_cpu(topology) : -1;
    if (form == HOST_SPARE && count < 3)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "platform 'spare' needs three cores, one of which it leaves free; this "
                        "process may use %d",
                        count);
    return HAX_OK;
}

hax_status hax_platform_host(hax_platform_builder *maker, hwloc_topology_t topology,
                             hax_host_form form, hax_error *err)
{
    int cpus[CPUS_MAX], count = usable_cpus(topology, NULL, -1, cpus), spare;
    hax_driver_probe probe;
    const char *driver;
    HAX_TRY(best_driver(&probe, &driver, err));
    if (count < 1)
        return hax_fail(err, HAX_UNAVAILABLE, "hwloc finds no core that this process may use");
    if (form == HOST_EMULATED) {
        HAX_TRY(check_emulation(&probe, count, err));
        fill_emulated(maker, &probe, cpus);
        return HAX_OK;
    }
    HAX_TRY(choose_spare(topology, count, form, &spare, err));
    count = usable_cpus(topology, NULL, spare, cpus);
    describe_host(maker, &probe, count, spare);
    if (usable_kinds(topology, spare) > 1)
        return by_kind_of_core(maker, topology, driver, spare);
    add_like_cores(maker, topology, driver, cpus, count);
    return HAX_OK;
}

/* ---- what units leave free ------------------------------------------------------------------ */

static bool uses_cpu(const hax_unit *unit, int cpu)
{
    for (int c = 0; c < unit->cpu_count; c++)
        if (unit->cpus[c] == cpu)
            return true;
    return false;
}

static hax_status list_cpus(const void *context, hax_text *answer, hax_error *err)
{
    (void) context;
    hwloc_topology_t topology;
    HAX_TRY(hax_topology_load(&topology, err));
    int cpus[CPUS_MAX], count = usable_cpus(topology, NULL, -1, cpus);
    hwloc_topology_destroy(topology);
    hax_text_append_bytes(answer, (const char *) cpus, (size_t) count * sizeof *cpus);
    return HAX_OK;
}

hax_status hax_unit_spare_cpu(const hax_platform *platform, const int *units, int unit_count,
                              int *cpu, hax_error *err)
{
    hax_text listed = { 0 };
    int cpus[CPUS_MAX];
    HAX_TRY(hax_ask_in_child("reading this machine's topology", list_cpus, NULL, &listed, err));
    int count = (int) (listed.length / sizeof *cpus);
    if (count > 0)
        memcpy(cpus, listed.data, (size_t) count * sizeof *cpus);
    hax_text_free(&listed);
    *cpu = -1;
    for (int c = count - 1; c >= 0 && *cpu < 0; c--) {
        bool used = false;
        for (int u = 0; u < unit_count; u++)
            used = used || uses_cpu(&platform->units[units[u]], cpus[c]);
        *cpu = used ? -1 : cpus[c];
    }
    return HAX_OK;
}

/* ---- platforms for testing ------------------------------------------------------------------ */

hax_status hax_platform_null(hax_platform_builder *maker, hwloc_topology_t topology, hax_error *err)
{
    int cpus[CPUS_MAX], count = usable_cpus(topology, NULL, -1, cpus);
    if (count < 1)
        return hax_fail(err, HAX_UNAVAILABLE, "hwloc finds no core that this process may use");
    for (int u = 0; u < 2; u++) {
        const char *name = hax_platform_builder_text(maker, "null%d", u);
        uint32_t resource = 1U << hax_platform_builder_resource(maker, name);
        int kind = hax_platform_builder_kind(maker, &(hax_kind){ .name = name, .driver = "null" });
        hax_platform_builder_unit(
            maker, &(hax_unit){ name, kind, resource, 1, &cpus[u % count], 1,
                                .why = "does nothing, to measure what handing over costs" });
    }
    maker->platform->description = "units that end every job at once";
    return HAX_OK;
}
