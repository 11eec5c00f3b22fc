/* The platform of a GPU: the whole and parts of it as units over runs of its SMs. */
#define _GNU_SOURCE
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "gpu.h"
#include "gpu_platform.h"
#include "platform.h"

enum { PARTITIONS_MAX = HAX_GPU_PARTS, PARTS_MAX = HAX_MAX_UNITS - 1 };

typedef struct wanted {
    const char *precision;
    int partition_count;
    char partitions[PARTITIONS_MAX][64];
} wanted;

/* ---- options --------------------------------------------------------------------------- */

static hax_status read_word(const char *word, size_t length, wanted *wanted, hax_error *err)
{
    static const char *const precisions[] = { "f32", "tf32", "f16" };
    for (int p = 0; p < 3; p++)
        if (strlen(precisions[p]) == length && strncmp(precisions[p], word, length) == 0) {
            wanted->precision = precisions[p];
            return HAX_OK;
        }
    if (length == 0 || *word < '0' || *word > '9')
        return hax_fail(err, HAX_BAD_INPUT,
                        "platform gpu: '%.*s' is neither a precision (f32, tf32, f16) nor a "
                        "partition, as 100+32",
                        (int) (length < 60 ? length : 60), word);
    if (wanted->partition_count == PARTITIONS_MAX || length >= sizeof wanted->partitions[0])
        return hax_fail(err, HAX_BAD_INPUT, "platform gpu: at most %d partitions of %zu characters",
                        PARTITIONS_MAX, sizeof wanted->partitions[0] - 1);
    snprintf(wanted->partitions[wanted->partition_count++], sizeof wanted->partitions[0], "%.*s",
             (int) length, word);
    return HAX_OK;
}

static hax_status read_options(const char *options, wanted *result, hax_error *err)
{
    *result = (wanted){ .precision = "f32" };
    while (*options != '\0') {
        options++; /* the comma */
        size_t length = strcspn(options, ",");
        HAX_TRY(read_word(options, length, result, err));
        options += length;
    }
    return HAX_OK;
}

/* ---- units --------------------------------------------------------------------------------- */

/* The whole is a unit anyway. */
static int add_part(const hax_gpu *gpu, hax_gpu_part *parts, int count, const hax_gpu_part *part)
{
    if (part->count == gpu->sms)
        return count;
    for (int p = 0; p < count; p++)
        if (parts[p].first == part->first && parts[p].count == part->count)
            return count;
    parts[count] = *part;
    return count + 1;
}

/* Parts of all partitions asked for; without any the halves, where there can be some. */
static hax_status find_parts(const hax_gpu *gpu, const wanted *from, hax_gpu_part *parts,
                             int *count, hax_error *err)
{
    hax_gpu_partition partition;
    *count = 0;
    for (int n = 0; n < from->partition_count; n++) {
        HAX_TRY(hax_gpu_partition_parse(gpu, from->partitions[n], &partition, err));
        for (int p = 0; p < partition.count; p++) {
            if (*count == PARTS_MAX)
                return hax_fail(err, HAX_BAD_INPUT,
                                "platform gpu: more than %d different parts in all partitions",
                                PARTS_MAX);
            *count = add_part(gpu, parts, *count, &partition.parts[p]);
        }
    }
    if (from->partition_count == 0 && hax_gpu_partition_halves(gpu, &partition))
        for (int p = 0; p < partition.count; p++)
            *count = add_part(gpu, parts, *count, &partition.parts[p]);
    return HAX_OK;
}

static void add_units(hax_platform_builder *maker, const hax_gpu *gpu, int kind, int count,
                      const hax_gpu_part *parts)
{
    int ends[HAX_GPU_RUNS], runs = hax_gpu_runs(gpu, count, parts, ends);
    int first = maker->platform->resource_count;
    uint32_t all = 0;
    for (int r = 0; r < runs; r++) {
        const char *name =
            hax_platform_builder_text(maker, "sm%d-%d", r > 0 ? ends[r - 1] : 0, ends[r] - 1);
        all |= 1U << hax_platform_builder_resource(maker, name);
    }
    hax_platform_builder_unit(
        maker, &(hax_unit){ .name = "gpu",
                            .kind = kind,
                            .resources = all,
                            .threads = 1,
                            .sms = gpu->sms,
                            .why = hax_platform_builder_text(
                                maker, "all %d SMs on one network at a time", gpu->sms) });
    for (int p = 0; p < count; p++) {
        uint32_t resources = hax_gpu_runs_within(runs, ends, &parts[p]) << first;
        int last = parts[p].first + parts[p].count - 1;
        hax_platform_builder_unit(
            maker,
            &(hax_unit){ .name = hax_platform_builder_text(maker, "sm%d-%d", parts[p].first, last),
                         .kind = kind,
                         .resources = resources,
                         .threads = 1,
                         .first_sm = parts[p].first,
                         .sms = parts[p].count,
                         .why = hax_platform_builder_text(maker,
                                                          "a part of %d SMs, whatever runs on the "
                                                          "others",
                                                          parts[p].count) });
    }
}

static void describe(hax_platform_builder *maker, const hax_gpu *gpu)
{
    char sizes[160];
    hax_gpu_sizes_text(gpu, sizes, sizeof sizes);
    maker->platform->description = hax_platform_builder_text(
        maker, "%s: %d SMs, %.0f GB, compute capability %d.%d, CUDA %s, %s%s%s; parts of %s",
        gpu->name, gpu->sms, (double) gpu->bytes * 1e-9, gpu->capability / 10, gpu->capability % 10,
        gpu->driver, gpu->libraries[0] ? gpu->libraries : "no libraries for kernels",
        gpu->missing[0] ? "; MISSING: " : "", gpu->missing, sizes);
}

static hax_status look(const void *context, hax_text *answer, hax_error *err)
{
    hax_gpu gpu;
    HAX_TRY(hax_cuda_look_at(*(const int *) context, &gpu, err));
    hax_text_append_bytes(answer, (const char *) &gpu, sizeof gpu);
    return HAX_OK;
}

hax_status hax_platform_ask_gpu(int device, hax_gpu *gpu, hax_error *err)
{
    hax_text answer = { 0 };
    HAX_TRY(hax_ask_in_child("looking at the GPU", look, &device, &answer, err));
    assert(answer.length == sizeof *gpu);
    memcpy(gpu, answer.data, sizeof *gpu);
    hax_text_free(&answer);
    return HAX_OK;
}

hax_status hax_platform_gpu(hax_platform_builder *maker, const char *options, hax_error *err)
{
    wanted from;
    hax_gpu gpu;
    hax_gpu_part parts[PARTS_MAX + 1];
    int count;
    HAX_TRY(read_options(options, &from, err));
    HAX_TRY(hax_platform_ask_gpu(0, &gpu, err));
    HAX_TRY(find_parts(&gpu, &from, parts, &count, err));
    int kind = hax_platform_builder_kind(
        maker, &(hax_kind){ .name = hax_platform_builder_text(maker, "gpu-%s", from.precision),
                            .driver = "cuda",
                            .precision = from.precision,
                            .device = gpu.device });
    add_units(maker, &gpu, kind, count, parts);
    describe(maker, &gpu);
    return HAX_OK;
}
