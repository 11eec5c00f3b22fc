/* Partitions of a GPU that are worth a thought: every way to share all its SMs. */
#ifndef HAX_PARTITION_CANDIDATES_H
#define HAX_PARTITION_CANDIDATES_H

#include "error.h"
#include "gpu.h"

/* Sizes of parts, the one with what is over of the GPU first, the others falling. One part: the
 * whole GPU. */
typedef struct hax_part_sizes {
    int count;
    int sms[HAX_GPU_PARTS];
} hax_part_sizes;

/*
 * The whole GPU, and all its partitions into 2 to `part_max` parts: whole groups each, and one
 * part also what is over, as the driver forms them (gpu.h). SMs that no part has would only cost
 * time, so none are left over. The largest parts are listed first. Free *list with free.
 */
hax_status hax_partition_candidates(const hax_gpu *gpu, int part_max, hax_part_sizes **list,
                                    int *count, hax_error *err);

/* "100+32" */
void hax_part_sizes_text(const hax_part_sizes *sizes, char *text, size_t size);

/* The size that can be formed next to `sms`, at least one group and less than the whole. */
int hax_partition_size_near(const hax_gpu *gpu, int sms);

#endif
