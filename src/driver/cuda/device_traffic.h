/* Memory traffic made by a unit of a GPU (driver.h, traffic_open and what follows it). */
#ifndef HAX_DRIVER_CUDA_DEVICE_TRAFFIC_H
#define HAX_DRIVER_CUDA_DEVICE_TRAFFIC_H

#include "device.h"

hax_status hax_cuda_traffic_open(hax_device *device, const hax_unit *unit,
                                 hax_device_traffic **traffic, hax_error *err);
void hax_cuda_traffic_close(hax_device_traffic *traffic);
hax_status hax_cuda_traffic_begin(hax_device_traffic *traffic, hax_traffic_kind kind, int work,
                                  double *block_bytes, hax_error *err);
uint64_t hax_cuda_traffic_blocks(const hax_device_traffic *traffic);
hax_status hax_cuda_traffic_end(hax_device_traffic *traffic, hax_error *err);

#endif
