/*
 * The GPU's clock (%globaltimer: nanoseconds, in steps of 32 on an H200, of up to 1000 on others)
 * beside the host's. The two are compared by a kernel that answers the host over mapped memory,
 * 2.0 to 2.7 us there and back, so that a time is known to 1 us; they drift by 1.6 us a second, so
 * that this is repeated.
 */
#ifndef HAX_DRIVER_CUDA_TIMES_H
#define HAX_DRIVER_CUDA_TIMES_H

#include "device.h"

/* The host's clock less the GPU's, compared on a unit's idle stream if that is long ago. */
hax_status hax_cuda_clock_ahead(hax_device *device, const hax_cuda_unit *unit, int64_t *ahead_ns,
                                hax_error *err);
void hax_cuda_clock_free(hax_device *device);

/* What a kernel that takes a time costs between two others that fill the unit, in a graph; at least
 * 0. It is more than it takes: the next kernel's blocks come to where the last one's have ended. */
hax_status hax_cuda_stamp_cost(hax_device *device, const hax_cuda_unit *unit, int64_t *cost_ns,
                               hax_error *err);

/* A node of one of the kernels of times.cuh in a graph, for a unit: blocks of one thread;
 * `arguments` as cuLaunchKernel takes them. */
hax_status hax_cuda_times_node(hax_device *device, const hax_cuda_unit *unit, const char *name,
                               unsigned blocks, void **arguments, CUgraph graph,
                               const CUgraphNode *behind, size_t behind_count, CUgraphNode *node,
                               hax_error *err);

#endif
