/*
 * A GPU as it was found, and which partitions of its multiprocessors (SMs) there can be. Plain
 * data and arithmetic: nothing here needs a GPU.
 *
 * CUDA splits the SMs of a GPU in groups of equal size (8 on compute capability 9.0 and later, 2
 * or 4 before, unless libraries that know larger clusters are to run there) and a rest. A part is a
 * run of groups; the last part has the rest. So sizes are multiples of a group's, but for one.
 */
#ifndef HAX_DRIVER_GPU_H
#define HAX_DRIVER_GPU_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

enum { HAX_GPU_PARTS = 8 }; /* of one partition */

typedef struct hax_gpu {
    int device; /* CUDA's number */
    char name[64];
    int sms;
    int group_sms;      /* SMs of a group */
    int group_count;    /* 0: it cannot be partitioned */
    int capability;     /* 90: 9.0 */
    bool integrated;    /* shares the processor's memory */
    size_t bytes;       /* of its memory */
    char driver[32];    /* "13.0": the CUDA version that the driver offers */
    char libraries[96]; /* those found, "cuDNN 9.19, cuBLASLt 13.1, NVRTC 13.0" */
    char missing[256];  /* those that are not, and what that costs */
    char no_parts[160]; /* why it cannot be partitioned */
} hax_gpu;

/* SMs [first, first + count) in the order of CUDA's groups. */
typedef struct hax_gpu_part {
    int first, count;
} hax_gpu_part;

typedef struct hax_gpu_partition {
    int count;
    hax_gpu_part parts[HAX_GPU_PARTS];
} hax_gpu_partition;

/*
 * "100+32": the parts that a user asks for, in their order. Sizes are rounded up to whole groups;
 * one that ends in the rest of the GPU lies last. The parts may leave SMs over.
 *   HAX_BAD_INPUT    it is no list of sizes
 *   HAX_UNAVAILABLE  the GPU cannot be partitioned, or has not so many SMs (with what it has)
 */
hax_status hax_gpu_partition_parse(const hax_gpu *gpu, const char *text,
                                   hax_gpu_partition *partition, hax_error *err);

/* The partition of the GPU in two parts of nearly the same size. */
bool hax_gpu_partition_halves(const hax_gpu *gpu, hax_gpu_partition *partition);

/* Sizes of a first part as a text, "8, 16, 24, ..., 128; the rest of 132 is the other part's". */
void hax_gpu_sizes_text(const hax_gpu *gpu, char *text, size_t size);

/*
 * The coarsest runs of SMs that all parts are made of, as these exclude each other: ends[i] is
 * where run i ends (rooms for HAX_GPU_RUNS). Returns their number; the last ends with the GPU.
 */
enum { HAX_GPU_RUNS = 32 };
int hax_gpu_runs(const hax_gpu *gpu, int part_count, const hax_gpu_part *parts, int *ends);

/* Runs within a part, as a bit mask. */
unsigned hax_gpu_runs_within(int run_count, const int *ends, const hax_gpu_part *part);

/* SMs of a group, where CUDA does not tell: by compute capability. */
int hax_gpu_group_sms(int capability);

/* Looks at a GPU with the module, in a process that may be changed by it (hax_driver_ask,
 * hax_ask_in_child). HAX_UNAVAILABLE says what is missing and what to do. */
hax_status hax_cuda_look_at(int device, hax_gpu *gpu, hax_error *err);

#endif
