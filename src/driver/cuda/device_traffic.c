/* Memory traffic made by a unit of a GPU (device_traffic.h). */
#define _GNU_SOURCE
#include "device_traffic.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "traffic.h"

/* The machine code of traffic.cu, as nvcc left it. */
__asm__(".section .rodata\n"
        ".balign 64\n"
        ".local hax_cuda_traffic_fatbin\n"
        "hax_cuda_traffic_fatbin:\n"
        ".incbin \"" HAX_CUDA_TRAFFIC_FATBIN "\"\n"
        ".byte 0\n"
        ".previous\n");
extern const unsigned char hax_cuda_traffic_fatbin[];

/* A region that no cache holds, on GPUs with so much memory; and what a step of arithmetic after a
 * chunk of a processor's traffic is in those after one of a GPU's, so that demands rise alike. */
static const size_t region_bytes = (size_t) 2 << 30;
enum { REGION_SHARE = 64, WORK_FACTOR = 6 };

struct hax_device_traffic {
    hax_device *device;
    hax_cuda_unit *unit;
    CUlibrary library;
    CUmodule module;
    CUfunction function;
    CUdeviceptr region;
    size_t region_bytes, cache_bytes;
    CUdeviceptr state;
    hax_cuda_traffic_board *board; /* in the processor's memory */
};

static hax_status load(hax_device_traffic *traffic, hax_error *err)
{
    const hax_cuda_api *api = &traffic->device->api;
    CUkernel kernel;
    if (api->cuLibraryLoadData) {
        HAX_CUDA_TRY(api, cuLibraryLoadData(&traffic->library, hax_cuda_traffic_fatbin, NULL, NULL,
                                            0, NULL, NULL, 0));
        HAX_CUDA_TRY(api, cuLibraryGetKernel(&kernel, traffic->library, "hax_cuda_traffic"));
        traffic->function = (CUfunction) kernel; /* cuLaunchKernel takes either */
        return HAX_OK;
    }
    HAX_CUDA_TRY(api, cuModuleLoadData(&traffic->module, hax_cuda_traffic_fatbin));
    HAX_CUDA_TRY(api, cuModuleGetFunction(&traffic->function, traffic->module, "hax_cuda_traffic"));
    return HAX_OK;
}

static hax_status allocate(hax_device_traffic *traffic, hax_error *err)
{
    const hax_cuda_api *api = &traffic->device->api;
    size_t most = traffic->device->gpu.bytes / REGION_SHARE, pair = 2 * HAX_CUDA_TRAFFIC_CHUNK;
    int cache = 0;
    traffic->region_bytes = (most < region_bytes ? most : region_bytes) / pair * pair;
    HAX_CUDA_TRY(api, cuDeviceGetAttribute(&cache, CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE,
                                           traffic->device->device));
    /* a quarter: several parts make it at once */
    traffic->cache_bytes = (size_t) cache / 4 / pair * pair;
    if (traffic->cache_bytes < pair || traffic->cache_bytes > traffic->region_bytes)
        traffic->cache_bytes = pair;
    assert(traffic->region_bytes >= pair);
    HAX_CUDA_TRY(api, cuMemAlloc(&traffic->region, traffic->region_bytes));
    HAX_CUDA_TRY(api, cuMemsetD8(traffic->region, 1, traffic->region_bytes));
    HAX_CUDA_TRY(api, cuMemAlloc(&traffic->state, sizeof(hax_cuda_traffic_state)));
    void *memory;
    HAX_CUDA_TRY(api, cuMemAllocHost(&memory, sizeof *traffic->board));
    traffic->board = memory;
    HAX_CUDA_TRY(api, cuStreamSynchronize(NULL));
    return HAX_OK;
}

hax_status hax_cuda_traffic_open(hax_device *device, const hax_unit *unit, hax_device_traffic **out,
                                 hax_error *err)
{
    hax_device_traffic *traffic = calloc(1, sizeof *traffic);
    if (!traffic)
        return hax_fail_memory(err, "a source of memory traffic");
    traffic->device = device;
    traffic->unit = hax_cuda_unit_find(device, unit);
    assert(traffic->unit); /* entered */
    hax_status status = load(traffic, err);
    if (status == HAX_OK)
        status = allocate(traffic, err);
    if (status != HAX_OK) {
        hax_cuda_traffic_close(traffic);
        return status;
    }
    *out = traffic;
    return HAX_OK;
}

void hax_cuda_traffic_close(hax_device_traffic *traffic)
{
    if (!traffic)
        return;
    const hax_cuda_api *api = &traffic->device->api;
    if (traffic->region)
        api->cuMemFree(traffic->region);
    if (traffic->state)
        api->cuMemFree(traffic->state);
    if (traffic->board)
        api->cuMemFreeHost(traffic->board);
    if (traffic->library)
        api->cuLibraryUnload(traffic->library);
    if (traffic->module)
        api->cuModuleUnload(traffic->module);
    free(traffic);
}

static int kernel_kind(hax_traffic_kind kind)
{
    switch (kind) {
    case HAX_TRAFFIC_WRITE: return HAX_CUDA_TRAFFIC_WRITE;
    case HAX_TRAFFIC_COPY: return HAX_CUDA_TRAFFIC_COPY;
    case HAX_TRAFFIC_READ:
    case HAX_TRAFFIC_CACHE: break;
    }
    return HAX_CUDA_TRAFFIC_READ;
}

hax_status hax_cuda_traffic_begin(hax_device_traffic *traffic, hax_traffic_kind kind, int work,
                                  double *block_bytes, hax_error *err)
{
    const hax_cuda_api *api = &traffic->device->api;
    bool copy = kind == HAX_TRAFFIC_COPY;
    size_t bytes = kind == HAX_TRAFFIC_CACHE ? traffic->cache_bytes : traffic->region_bytes;
    hax_cuda_traffic_args args = {
        .region = traffic->region,
        .state = traffic->state,
        .board = (uintptr_t) traffic->board, /* one address for both (CUDA, "Unified Addressing") */
        .chunk_count = bytes / (copy ? 2 : 1) / HAX_CUDA_TRAFFIC_CHUNK,
        .kind = kernel_kind(kind),
        .work = WORK_FACTOR * work,
    };
    void *parameters[] = { &args };
    unsigned blocks = (unsigned) (HAX_CUDA_TRAFFIC_BLOCKS * traffic->unit->sms);
    memset(traffic->board, 0, sizeof *traffic->board);
    atomic_thread_fence(memory_order_seq_cst);
    *block_bytes = (copy ? 2.0 : 1.0) * HAX_CUDA_TRAFFIC_CHUNK;
    HAX_CUDA_TRY(api, cuMemsetD8Async(traffic->state, 0, sizeof(hax_cuda_traffic_state),
                                      traffic->unit->stream));
    HAX_CUDA_TRY(api, cuLaunchKernel(traffic->function, blocks, 1, 1, HAX_CUDA_TRAFFIC_THREADS, 1,
                                     1, 0, traffic->unit->stream, parameters, NULL));
    return HAX_OK;
}

uint64_t hax_cuda_traffic_blocks(const hax_device_traffic *traffic)
{
    return *(volatile unsigned long long *) &traffic->board->chunks;
}

hax_status hax_cuda_traffic_end(hax_device_traffic *traffic, hax_error *err)
{
    const hax_cuda_api *api = &traffic->device->api;
    *(volatile unsigned *) &traffic->board->stop = 1;
    HAX_CUDA_TRY(api, cuStreamSynchronize(traffic->unit->stream));
    return HAX_OK;
}
