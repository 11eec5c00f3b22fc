/*
 * Memory traffic made by a unit of TensorRT (driver.h, traffic_open and what follows it): an engine
 * of one layer, which reads a tensor that no cache holds and writes one, over and over. So it is
 * the same on the GPU and on a DLA, for which nobody else can make any. It reads and writes,
 * whatever kind of traffic is asked for.
 */
#ifndef HAX_DRIVER_TENSORRT_TRAFFIC_H
#define HAX_DRIVER_TENSORRT_TRAFFIC_H

#include "device.h"

hax_status hax_trt_traffic_open(hax_device *device, const hax_unit *unit,
                                hax_device_traffic **traffic, hax_error *err);
void hax_trt_traffic_close(hax_device_traffic *traffic);
hax_status hax_trt_traffic_begin(hax_device_traffic *traffic, hax_traffic_kind kind, int work,
                                 double *block_bytes, hax_error *err);
uint64_t hax_trt_traffic_blocks(const hax_device_traffic *traffic);
hax_status hax_trt_traffic_end(hax_device_traffic *traffic, hax_error *err);

#endif
