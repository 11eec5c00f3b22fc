/* Which partitions of a GPU there can be (gpu.h). */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu.h"

/* CUDA driver API, "Green Contexts": least and multiple of an SM resource. On 8.x a multiple of 2
 * would do above 4; groups of 4 can be joined to any part that matters. */
int hax_gpu_group_sms(int capability)
{
    return capability >= 90 ? 8 : capability >= 80 ? 4 : 2;
}

static hax_status check_divisible(const hax_gpu *gpu, const char *text, hax_error *err)
{
    if (gpu->group_count > 0)
        return HAX_OK;
    return hax_fail(err, HAX_UNAVAILABLE, "partition %.60s: GPU %d (%s) cannot be partitioned: %s",
                    text, gpu->device, gpu->name, gpu->no_parts);
}

static hax_status read_sizes(const hax_gpu *gpu, const char *text, int *asked, int *count,
                             hax_error *err)
{
    const char *at = text;
    for (*count = 0;; at++) {
        char *end;
        long size = strtol(at, &end, 10);
        if (end == at || *at < '0' || *at > '9' || size < 1 || (*end != '+' && *end != '\0'))
            return hax_fail(err, HAX_BAD_INPUT,
                            "partition '%.60s' is no list of numbers of SMs, as 100+32", text);
        if (*count == HAX_GPU_PARTS)
            return hax_fail(err, HAX_BAD_INPUT, "partition %.60s: more than %d parts", text,
                            HAX_GPU_PARTS);
        asked[(*count)++] = size > gpu->sms ? gpu->sms + 1 : (int) size;
        at = end;
        if (*end == '\0')
            return HAX_OK;
    }
}

/* The part that gets the rest of the GPU: one whose size needs it, else none (-1). */
static int find_last(const hax_gpu *gpu, const int *asked, int count)
{
    int rest = gpu->sms - gpu->group_sms * gpu->group_count;
    for (int p = count - 1; p >= 0; p--)
        if (rest > 0 && asked[p] > rest && (asked[p] - rest) % gpu->group_sms == 0)
            return p;
    return -1;
}

static int round_up(int size, int step)
{
    return (size + step - 1) / step * step;
}

hax_status hax_gpu_partition_parse(const hax_gpu *gpu, const char *text,
                                   hax_gpu_partition *partition, hax_error *err)
{
    int asked[HAX_GPU_PARTS], count, used = 0, rest = gpu->sms - gpu->group_sms * gpu->group_count;
    hax_gpu_partition gpu_partition = { 0 };
    HAX_TRY(check_divisible(gpu, text, err));
    HAX_TRY(read_sizes(gpu, text, asked, &count, err));
    int last = find_last(gpu, asked, count);
    for (int p = 0; p < count; p++) {
        if (p == last)
            continue;
        gpu_partition.parts[p] = (hax_gpu_part){ used, round_up(asked[p], gpu->group_sms) };
        used += gpu_partition.parts[p].count;
    }
    int free_sms = gpu->group_sms * gpu->group_count - used;
    int needed = last < 0 ? 0 : asked[last] - rest;
    if (needed > free_sms || free_sms < 0)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "partition %.60s needs %d SMs in groups of %d, GPU %d (%s) has %d: ask "
                        "for less",
                        text, used + (last < 0 ? 0 : asked[last]), gpu->group_sms, gpu->device,
                        gpu->name, last < 0 ? gpu->group_sms * gpu->group_count : gpu->sms);
    if (last >= 0)
        gpu_partition.parts[last] = (hax_gpu_part){ gpu->sms - asked[last], asked[last] };
    gpu_partition.count = count;
    *partition = gpu_partition;
    return HAX_OK;
}

bool hax_gpu_partition_halves(const hax_gpu *gpu, hax_gpu_partition *partition)
{
    int grouped = gpu->group_count * gpu->group_sms;
    int first = (gpu->sms / 2 + gpu->group_sms / 2) / gpu->group_sms * gpu->group_sms;
    first = first < grouped ? first : grouped;
    if (first == 0 || first >= gpu->sms)
        return false;
    *partition = (hax_gpu_partition){ 2, { { 0, first }, { first, gpu->sms - first } } };
    return true;
}

void hax_gpu_sizes_text(const hax_gpu *gpu, char *text, size_t size)
{
    int step = gpu->group_sms, largest = step * (gpu->group_count - 1);
    if (gpu->group_count < 2)
        snprintf(text, size, "none: %s", gpu->no_parts);
    else if (gpu->group_count < 4)
        snprintf(text, size, "%d or %d SMs", step, largest);
    else
        snprintf(text, size, "%d, %d, ..., %d SMs, as CUDA splits this GPU in %d groups of %d%s",
                 step, 2 * step, largest, gpu->group_count, step,
                 gpu->sms > step * gpu->group_count ? "; one part can have what is over" : "");
}

static int compare_ends(const void *a, const void *b)
{
    return *(const int *) a - *(const int *) b;
}

int hax_gpu_runs(const hax_gpu *gpu, int part_count, const hax_gpu_part *parts, int *ends)
{
    int found[2 * HAX_GPU_RUNS + 1], count = 0, kept = 0;
    found[count++] = gpu->sms;
    for (int p = 0; p < part_count && count + 2 <= 2 * HAX_GPU_RUNS; p++) {
        found[count++] = parts[p].first;
        found[count++] = parts[p].first + parts[p].count;
    }
    qsort(found, (size_t) count, sizeof *found, compare_ends);
    for (int i = 0; i < count; i++)
        if (found[i] > 0 && (kept == 0 || found[i] != ends[kept - 1]) && kept < HAX_GPU_RUNS)
            ends[kept++] = found[i];
    assert(kept > 0 && ends[kept - 1] == gpu->sms);
    return kept;
}

unsigned hax_gpu_runs_within(int run_count, const int *ends, const hax_gpu_part *part)
{
    unsigned mask = 0;
    for (int r = 0; r < run_count; r++) {
        int begin = r > 0 ? ends[r - 1] : 0;
        if (begin >= part->first && ends[r] <= part->first + part->count)
            mask |= 1U << r;
    }
    return mask;
}
