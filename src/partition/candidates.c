/* Partitions worth a thought (candidates.h). */
#include "candidates.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct listing {
    const hax_gpu *gpu;
    int part_max;
    hax_part_sizes *list; /* NULL: they are counted only */
    int count;
    hax_part_sizes current;
} listing;

static int sms_over(const hax_gpu *gpu)
{
    return gpu->sms - gpu->group_sms * gpu->group_count;
}

static void take(listing *listing)
{
    if (listing->list)
        listing->list[listing->count] = listing->current;
    listing->count++;
}

/* Shares `groups` among `parts` more parts, none larger than `most`, largest first. */
static void share(listing *listing, int groups, int parts, int most)
{
    hax_part_sizes *current = &listing->current;
    if (parts == 0) {
        if (groups == 0)
            take(listing);
        return;
    }
    for (int g = groups < most ? groups : most; g >= 1 && g * parts >= groups; g--) {
        if (groups - g < parts - 1)
            continue;
        current->sms[current->count++] = g * listing->gpu->group_sms;
        share(listing, groups - g, parts - 1, g);
        current->count--;
    }
}

static void list_all(listing *listing)
{
    const hax_gpu *gpu = listing->gpu;
    int over = sms_over(gpu);
    listing->count = 0;
    listing->current = (hax_part_sizes){ 1, { gpu->sms } };
    take(listing);
    for (int parts = 2; parts <= listing->part_max && gpu->group_count > 0; parts++) {
        listing->current.count = 0;
        if (over == 0) {
            share(listing, gpu->group_count, parts, gpu->group_count);
            continue;
        }
        for (int g = gpu->group_count - (parts - 1); g >= 1; g--) {
            listing->current = (hax_part_sizes){ 1, { over + g * gpu->group_sms } };
            share(listing, gpu->group_count - g, parts - 1, gpu->group_count);
        }
    }
}

hax_status hax_partition_candidates(const hax_gpu *gpu, int part_max, hax_part_sizes **list,
                                    int *count, hax_error *err)
{
    listing listing = { .gpu = gpu };
    assert(part_max >= 1);
    listing.part_max = part_max < HAX_GPU_PARTS ? part_max : HAX_GPU_PARTS;
    list_all(&listing);
    listing.list = calloc((size_t) listing.count, sizeof *listing.list);
    if (!listing.list)
        return hax_fail_memory(err, "partitions of a GPU");
    list_all(&listing);
    *list = listing.list;
    *count = listing.count;
    return HAX_OK;
}

void hax_part_sizes_text(const hax_part_sizes *sizes, char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (int p = 0; p < sizes->count && length < size; p++)
        length += (size_t) snprintf(text + length, size - length, "%s%d", p > 0 ? "+" : "",
                                    sizes->sms[p]);
}

int hax_partition_size_near(const hax_gpu *gpu, int sms)
{
    int step = gpu->group_sms, groups = (sms + step / 2) / step;
    int most = gpu->group_count - (sms_over(gpu) == 0 ? 1 : 0);
    assert(gpu->group_count > 0);
    if (groups > most)
        groups = most;
    return (groups < 1 ? 1 : groups) * step;
}
