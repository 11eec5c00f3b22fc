/*
 * Which steps of a group may run at once: those that touch none of what the other one writes. Small
 * images fill few multiprocessors, and branches of a network side by side fill more. Arithmetic
 * only: nothing here needs a GPU.
 */
#ifndef HAX_DRIVER_CUDA_STREAM_PLAN_H
#define HAX_DRIVER_CUDA_STREAM_PLAN_H

#include "error.h"
#include "layout.h"

enum { HAX_CUDA_STREAMS = 4 };

typedef struct hax_cuda_stream_wait {
    int step, awaited; /* `step` waits for `awaited`, of another stream */
} hax_cuda_stream_wait;

typedef struct hax_cuda_stream_plan {
    int *stream; /* [step] */
    int streams; /* how many are used; more than one need not wait for each other before the end */
    bool *awaited; /* [step]: another stream waits for it */
    int wait_count;
    hax_cuda_stream_wait *waits; /* in the order of their steps */
} hax_cuda_stream_plan;

/* Steps of one stream run in their order; conflict(context, a, b) with a < b: b must come after a.
 */
hax_status hax_cuda_stream_plan_make(int count, bool (*conflict)(const void *context, int a, int b),
                                     const void *context, hax_cuda_stream_plan *plan,
                                     hax_error *err);
void hax_cuda_stream_plan_free(hax_cuda_stream_plan *plan);

/* Have two places in one memory no element in common, as far as that is easily seen? Offsets are
 * elements. */
bool hax_cuda_places_are_apart(const hax_cuda_place *a, int64_t a_offset, const hax_cuda_place *b,
                               int64_t b_offset);

#endif
