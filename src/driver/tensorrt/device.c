#define _GNU_SOURCE
#include "device.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine_store.h"

/* ---- looking ------------------------------------------------------------------------------- */

static hax_status read_gpu(const hax_trt_cuda *cuda, int number, hax_tensorrt_found *found,
                           hax_error *err)
{
    int count = 0, device, major = 0, minor = 0, integrated = 0;
    HAX_TRT_CUDA_TRY(cuda, cuInit, 0);
    HAX_TRT_CUDA_TRY(cuda, cuDeviceGetCount, &count);
    if (number >= count)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "the NVIDIA driver finds %d GPUs, and GPU %d is asked "
                        "for",
                        count, number);
    HAX_TRT_CUDA_TRY(cuda, cuDeviceGet, &device, number);
    HAX_TRT_CUDA_TRY(cuda, cuDeviceGetName, found->gpu, (int) sizeof found->gpu, device);
    HAX_TRT_CUDA_TRY(cuda, cuDeviceTotalMem_v2, &found->bytes, device);
    HAX_TRT_CUDA_TRY(cuda, cuDeviceGetAttribute, &found->sms, HAX_TRT_ATTRIBUTE_SMS, device);
    HAX_TRT_CUDA_TRY(cuda, cuDeviceGetAttribute, &integrated, HAX_TRT_ATTRIBUTE_INTEGRATED, device);
    HAX_TRT_CUDA_TRY(cuda, cuDeviceGetAttribute, &major, HAX_TRT_ATTRIBUTE_MAJOR, device);
    HAX_TRT_CUDA_TRY(cuda, cuDeviceGetAttribute, &minor, HAX_TRT_ATTRIBUTE_MINOR, device);
    found->integrated = integrated != 0;
    found->capability = 10 * major + minor;
    HAX_TRT_CUDA_TRY(cuda, cuDriverGetVersion, &found->cuda);
    return HAX_OK;
}

static hax_status read_tensorrt(const hax_trt_library *library, hax_tensorrt_found *found,
                                hax_error *err)
{
    char why[HAX_TRT_WHY] = "";
    found->version = library->shim->version();
    found->headers = library->shim->headers;
    if (!library->shim->dla_cores(&found->dla_cores, why))
        return hax_fail(err, HAX_UNAVAILABLE, "TensorRT does not start: %.400s", why);
    if (found->dla_cores > HAX_TRT_DLA_MAX)
        found->dla_cores = HAX_TRT_DLA_MAX;
    return HAX_OK;
}

hax_status hax_trt_look(hax_trt_cuda *cuda, hax_trt_library *library, int device,
                        hax_tensorrt_found *found, hax_error *err)
{
    *found = (hax_tensorrt_found){ .device = device };
    HAX_TRY(hax_trt_cuda_load(cuda, err));
    HAX_TRY(read_gpu(cuda, device, found, err));
    HAX_TRY(hax_trt_library_open(library, err));
    return read_tensorrt(library, found, err);
}

/* ---- opened and closed ----------------------------------------------------------------------- */

/* Where no folder keeps engines, one holds them as long as the device is open. */
static hax_status find_folder(hax_device *device, hax_error *err)
{
    if (hax_trt_engine_folder(getenv("XDG_CACHE_HOME"), getenv("HOME"), device->engines,
                              sizeof device->engines))
        return HAX_OK;
    snprintf(device->engines, sizeof device->engines, "/tmp/haxconn-engines-XXXXXX");
    device->engines_pass = mkdtemp(device->engines) != NULL;
    return device->engines_pass
               ? HAX_OK
               : hax_fail(err, HAX_IO, "no folder for engines: set HOME, or make /tmp writable");
}

static hax_status start(hax_device *device, const hax_kind *kind, hax_error *err)
{
    const hax_trt_cuda *cuda = &device->cuda;
    HAX_TRY(hax_trt_target_read(kind, &device->target, err));
    HAX_TRY(hax_trt_look(&device->cuda, &device->library, kind->device, &device->found, err));
    HAX_TRY(find_folder(device, err));
    HAX_TRT_CUDA_TRY(cuda, cuDeviceGet, &device->device, kind->device);
    /* a unit's thread waits for its stream awake: waking up costs more than many a group */
    cuda->cuDevicePrimaryCtxSetFlags_v2(device->device, HAX_TRT_SCHED_SPIN);
    HAX_TRT_CUDA_TRY(cuda, cuDevicePrimaryCtxRetain, &device->context, device->device);
    HAX_TRT_CUDA_TRY(cuda, cuCtxSetCurrent, device->context);
    return HAX_OK;
}

static hax_status allocate_buffer(hax_device *device, size_t bytes, unsigned long long *memory,
                                  hax_error *err)
{
    const hax_trt_cuda *cuda = &device->cuda;
    hax_trt_pointer allocated;
    int result = cuda->cuMemAlloc_v2(&allocated, bytes);
    if (result != 0)
        return hax_trt_cuda_fail(cuda, result, "memory of a tensor", err);
    cuda->cuMemsetD8_v2(allocated, 0, bytes); /* channels that are none stay zero */
    cuda->cuStreamSynchronize(NULL);
    *memory = allocated;
    return HAX_OK;
}

static void release_buffer(hax_device *device, unsigned long long memory)
{
    device->cuda.cuMemFree_v2(memory);
}

hax_status hax_trt_open(const hax_kind *kind, hax_device **device, hax_error *err)
{
    hax_error why = { 0 };
    hax_device *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a device");
    result->buffers = (hax_slot_buffers){ .device = result,
                                          .allocate = allocate_buffer,
                                          .release = release_buffer };
    pthread_mutex_init(&result->buffers.lock, NULL);
    result->kind = *kind;
    hax_status status = start(result, kind, &why);
    if (status != HAX_OK) {
        hax_trt_close(result);
        return hax_fail(err, status, "kind '%.60s' needs TensorRT: %.800s", kind->name,
                        why.message);
    }
    *device = result;
    return HAX_OK;
}

void hax_trt_close(hax_device *device)
{
    const hax_trt_cuda *cuda = &device->cuda;
    for (hax_trt_unit *unit = device->units, *next; unit; unit = next) {
        next = unit->next;
        cuda->cuStreamDestroy_v2(unit->stream);
        free(unit);
    }
    if (device->context) {
        cuda->cuCtxSetCurrent(NULL);
        cuda->cuDevicePrimaryCtxRelease_v2(device->device);
    }
    if (device->engines_pass)
        rmdir(device->engines); /* its files were removed as they were read */
    free(device);
}

/* ---- units ----------------------------------------------------------------------------------- */

hax_trt_unit *hax_trt_unit_find(hax_device *device, const hax_unit *unit)
{
    for (hax_trt_unit *found = device->units; found; found = found->next)
        if (found->dla == unit->dla)
            return found;
    return NULL;
}

static hax_status check_unit(const hax_device *device, const hax_unit *unit, hax_error *err)
{
    if (unit->sms > 0 && unit->sms != device->found.sms)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "unit '%.60s': the TensorRT driver takes a GPU as a whole (%d SMs), not %d "
                        "of it: leave \"sms\" out",
                        unit->name, device->found.sms, unit->sms);
    if (unit->dla > device->found.dla_cores)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "unit '%.60s' is DLA core %d, and TensorRT sees %d: 'haxconn doctor "
                        "--board' says what this board has",
                        unit->name, unit->dla - 1, device->found.dla_cores);
    if (unit->dla > 0 && device->target.precision != HAX_TRT_F16)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "unit '%.60s': a DLA computes in f16 here, not in %.20s: take precision "
                        "f16, or a platform without it",
                        unit->name, device->target.precision == HAX_TRT_F32 ? "f32" : "tf32");
    return HAX_OK;
}

hax_status hax_trt_enter(hax_device *device, const hax_unit *unit, hax_error *err)
{
    const hax_trt_cuda *cuda = &device->cuda;
    HAX_TRY(hax_unit_pin_thread(unit->cpus, unit->cpu_count, err));
    HAX_TRY(check_unit(device, unit, err));
    HAX_TRT_CUDA_TRY(cuda, cuCtxSetCurrent, device->context);
    if (hax_trt_unit_find(device, unit))
        return HAX_OK;
    hax_trt_unit *entered = calloc(1, sizeof *entered);
    if (!entered)
        return hax_fail_memory(err, "a unit of TensorRT");
    int result = cuda->cuStreamCreate(&entered->stream, HAX_TRT_STREAM_NON_BLOCKING);
    if (result != 0) {
        free(entered);
        return hax_trt_cuda_fail(cuda, result, "cuStreamCreate", err);
    }
    entered->dla = unit->dla;
    entered->next = device->units;
    device->units = entered;
    return HAX_OK;
}
