/*
 * Batches (driver.h): the groups' graphs of a round as children of one graph, with a kernel behind
 * each that takes the time. Parts hand over to each other inside it, 1.4 us instead of 10 by way of
 * the host. What is to begin at a given time begins with a kernel that waits for it: the launch is
 * over by then.
 */
#ifndef HAX_DRIVER_CUDA_BATCH_H
#define HAX_DRIVER_CUDA_BATCH_H

#include "driver.h"

hax_status hax_cuda_compile(hax_device *device, const hax_batch_job *jobs, int count,
                            hax_batch **batch, hax_error *err);
void hax_cuda_release(hax_batch *batch);
hax_status hax_cuda_submit(hax_batch *batch, int64_t start_ns, hax_error *err);
hax_status hax_cuda_ended(hax_batch *batch, int job, bool *ended, hax_job_times *times,
                          hax_error *err);

#endif
