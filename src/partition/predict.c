/* Rounds on a partition, predicted (predict.h). */
#include "predict.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "arena.h"

/* ---- whole networks ------------------------------------------------------------------------- */

/* best[set]: the shortest round of a set of networks on the parts so far; one more part gets any
 * subset of it. Sets fall, so that those that are read still stand for the parts before. */
static void add_part(const double *load_ms, int set_count, double *best)
{
    for (int set = set_count - 1; set >= 0; set--) {
        double shortest = fmin(best[set], load_ms[set]);
        for (int here = (set - 1) & set; here > 0; here = (here - 1) & set)
            shortest = fmin(shortest, fmax(best[set ^ here], load_ms[here]));
        best[set] = shortest;
    }
}

static hax_status best_assignment(const hax_curves *curves, int instance_count,
                                  const hax_part_sizes *sizes, double *round_ms, hax_error *err)
{
    int set_count = 1 << instance_count;
    double *best = calloc(2 * (size_t) set_count, sizeof *best);
    if (!best)
        return hax_fail_memory(err, "partitions of a GPU");
    double *load_ms = best + set_count;
    for (int set = 1; set < set_count; set++)
        best[set] = INFINITY;
    for (int p = 0; p < sizes->count; p++) {
        for (int set = 1; set < set_count; set++) {
            load_ms[set] = 0;
            for (int i = 0; i < instance_count; i++)
                if (set >> i & 1)
                    load_ms[set] +=
                        hax_curves_beside_ms(curves, i, sizes->sms[p], sizes->count - 1);
        }
        add_part(load_ms, set_count, best);
    }
    *round_ms = best[set_count - 1];
    free(best);
    return HAX_OK;
}

/* The instance that takes longest on the first part, of those not in `taken`. */
static int longest_left(const hax_curves *curves, int instance_count, int sms, const bool *taken)
{
    int longest = -1;
    for (int i = 0; i < instance_count; i++)
        if (!taken[i] && (longest < 0 || hax_curves_whole_ms(curves, i, sms) >
                                             hax_curves_whole_ms(curves, longest, sms)))
            longest = i;
    return longest;
}

static hax_status longest_first(const hax_curves *curves, int instance_count,
                                const hax_part_sizes *sizes, double *round_ms, hax_error *err)
{
    double end_ms[HAX_GPU_PARTS] = { 0 };
    bool *taken = calloc((size_t) instance_count, sizeof *taken);
    if (!taken)
        return hax_fail_memory(err, "partitions of a GPU");
    *round_ms = 0;
    for (int n = 0; n < instance_count; n++) {
        int next = longest_left(curves, instance_count, sizes->sms[0], taken), best = 0;
        double best_ms = INFINITY;
        for (int p = 0; p < sizes->count; p++) {
            double ms =
                end_ms[p] + hax_curves_beside_ms(curves, next, sizes->sms[p], sizes->count - 1);
            if (ms < best_ms) {
                best_ms = ms;
                best = p;
            }
        }
        taken[next] = true;
        end_ms[best] = best_ms;
        *round_ms = fmax(*round_ms, best_ms);
    }
    free(taken);
    return HAX_OK;
}

hax_status hax_partition_whole_ms(const hax_curves *curves, int instance_count,
                                  const hax_part_sizes *sizes, double *round_ms, hax_error *err)
{
    assert(instance_count >= 1 && sizes->count >= 1);
    if (instance_count <= HAX_PREDICT_EXACT)
        return best_assignment(curves, instance_count, sizes, round_ms, err);
    return longest_first(curves, instance_count, sizes, round_ms, err);
}

/* ---- a bound -------------------------------------------------------------------------------- */

double hax_partition_bound_ms(const hax_curves *curves, const hax_problem *frame,
                              const hax_gpu *gpu, const hax_part_sizes *sizes)
{
    double longest_ms = 0, work = 0;
    for (int i = 0; i < frame->instance_count; i++) {
        double path_ms = 0;
        for (int g = 0; g < frame->instances[i].group_count; g++) {
            double fastest_ms = hax_curves_group_ms(curves, i, g, gpu->sms);
            double least = gpu->sms * fastest_ms;
            for (int p = 0; p < sizes->count; p++) {
                double ms = hax_curves_group_ms(curves, i, g, sizes->sms[p]);
                fastest_ms = fmin(fastest_ms, ms);
                least = fmin(least, sizes->sms[p] * ms);
            }
            path_ms += fastest_ms;
            work += least;
        }
        longest_ms = fmax(longest_ms, path_ms);
    }
    return fmax(longest_ms, work / gpu->sms);
}

/* ---- the problem ---------------------------------------------------------------------------- */

typedef struct parts {
    int count; /* the first is the whole GPU */
    hax_gpu_part list[HAX_MAX_UNITS];
} parts;

static hax_status place(const hax_gpu *gpu, int partition_count, const hax_part_sizes *partitions,
                        parts *placed, hax_error *err)
{
    *placed = (parts){ 1, { { 0, gpu->sms } } };
    for (int n = 0; n < partition_count; n++) {
        char text[HAX_GPU_PARTS * 8];
        hax_gpu_partition partition;
        if (partitions[n].count < 2)
            continue;
        hax_part_sizes_text(&partitions[n], text, sizeof text);
        HAX_TRY(hax_gpu_partition_parse(gpu, text, &partition, err));
        for (int p = 0; p < partition.count; p++) {
            int same = 0;
            while (same < placed->count && (placed->list[same].first != partition.parts[p].first ||
                                            placed->list[same].count != partition.parts[p].count))
                same++;
            if (same < placed->count)
                continue;
            if (placed->count == HAX_MAX_UNITS)
                return hax_fail(err, HAX_BAD_INPUT,
                                "partition %s: more than %d different parts in all partitions",
                                text, HAX_MAX_UNITS - 1);
            placed->list[placed->count++] = partition.parts[p];
        }
    }
    return HAX_OK;
}

static hax_status fill_units(hax_arena *arena, const hax_gpu *gpu, const parts *placed,
                             const hax_slowdown *slowdown, hax_problem *problem, hax_error *err)
{
    int ends[HAX_GPU_RUNS];
    int runs = hax_gpu_runs(gpu, placed->count, placed->list, ends);
    hax_unit_spec *units = hax_arena_alloc(arena, (size_t) placed->count, sizeof *units);
    const char **resources = hax_arena_alloc(arena, (size_t) runs, sizeof *resources);
    if (!units || !resources)
        return hax_fail_memory(err, "a problem");
    for (int r = 0; r < runs; r++) {
        char name[32];
        snprintf(name, sizeof name, "run%d", r);
        if (!(resources[r] = hax_arena_string(arena, name)))
            return hax_fail_memory(err, "a problem");
    }
    for (int p = 0; p < placed->count; p++) {
        char name[32];
        const hax_gpu_part *part = &placed->list[p];
        snprintf(name, sizeof name, p == 0 ? "gpu" : "sm%d-%d", part->first,
                 part->first + part->count - 1);
        units[p] =
            (hax_unit_spec){ .name = hax_arena_string(arena, name),
                             .resources = hax_gpu_runs_within(runs, ends, part),
                             .slowdown = p > 0 ? *slowdown : (hax_slowdown){ HAX_SLOWDOWN_NONE },
                             .max_pieces = HAX_NO_LIMIT };
        if (!units[p].name)
            return hax_fail_memory(err, "a problem");
    }
    problem->resource_count = runs;
    problem->resources = resources;
    problem->unit_count = placed->count;
    problem->units = units;
    return HAX_OK;
}

static hax_status fill_instance(hax_arena *arena, const hax_curves *curves, const parts *placed,
                                int index, hax_instance_spec *instance, hax_error *err)
{
    size_t groups = (size_t) instance->group_count, units = (size_t) placed->count;
    hax_group_spec *specs = hax_arena_alloc(arena, groups, sizeof *specs);
    hax_cost *costs = hax_arena_alloc(arena, groups * units, sizeof *costs);
    if (!specs || !costs)
        return hax_fail_memory(err, "a problem");
    for (size_t g = 0; g < groups; g++) {
        specs[g] = instance->groups[g];
        specs[g].on = costs + g * units;
        for (size_t u = 0; u < units; u++)
            costs[g * units + u] = (hax_cost){
                .allowed = true,
                .gbps = hax_curves_loss(curves, index) > 0 ? 1 : 0,
                .own_gbps = hax_curves_loss(curves, index),
                .in_ms = g > 0 ? hax_curves_handover_ms(curves, index) : 0,
                .time_ms = hax_curves_group_ms(curves, index, (int) g, placed->list[u].count),
            };
    }
    instance->groups = specs;
    return HAX_OK;
}

static hax_status fill(hax_arena *arena, const hax_curves *curves, const hax_problem *frame,
                       const hax_gpu *gpu, const parts *placed, const hax_problem **problem,
                       hax_error *err)
{
    size_t count = (size_t) frame->instance_count;
    hax_problem built = { .instance_count = frame->instance_count,
                          .objective = frame->objective,
                          .max_transitions = frame->max_transitions };
    hax_instance_spec *instances = hax_arena_alloc(arena, count, sizeof *instances);
    if (!instances)
        return hax_fail_memory(err, "a problem");
    HAX_TRY(fill_units(arena, gpu, placed, hax_curves_slowdown(curves), &built, err));
    for (size_t i = 0; i < count; i++) {
        instances[i] = frame->instances[i];
        HAX_TRY(fill_instance(arena, curves, placed, (int) i, &instances[i], err));
    }
    built.instances = instances;
    return hax_problem_copy(&built, problem, err);
}

hax_status hax_partition_problem(const hax_curves *curves, const hax_problem *frame,
                                 const hax_gpu *gpu, int partition_count,
                                 const hax_part_sizes *partitions, const hax_problem **problem,
                                 hax_error *err)
{
    parts placed;
    HAX_TRY(place(gpu, partition_count, partitions, &placed, err));
    hax_arena *arena = hax_arena_create();
    hax_status status = arena ? fill(arena, curves, frame, gpu, &placed, problem, err)
                              : hax_fail_memory(err, "a problem");
    hax_arena_destroy(arena);
    return status;
}
