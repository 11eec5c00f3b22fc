/* A GPU in its worker process (device.h). */
#define _GNU_SOURCE
#include "device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "candidates.h"
#include "plan_store.h"
#include "times.h"

/* kernels.cu, compiled for every architecture (CMakeLists.txt), as it lies in a file. */
__asm__(".section .rodata\n"
        ".balign 64\n"
        ".local hax_cuda_fatbin\n"
        "hax_cuda_fatbin:\n"
        ".incbin \"" HAX_CUDA_FATBIN "\"\n"
        ".byte 0\n"
        ".previous\n");
extern const unsigned char hax_cuda_fatbin[];

/* ---- what it is ------------------------------------------------------------------------- */

static hax_status read_names(const hax_cuda_api *api, hax_gpu *gpu, CUdevice device, hax_error *err)
{
    int version = 0;
    HAX_CUDA_TRY(api, cuDriverGetVersion(&version));
    HAX_CUDA_TRY(api, cuDeviceGetName(gpu->name, sizeof gpu->name, device));
    HAX_CUDA_TRY(api, cuDeviceTotalMem(&gpu->bytes, device));
    snprintf(gpu->driver, sizeof gpu->driver, "%d.%d", version / 1000, version % 1000 / 10);
    size_t used = 0;
    if (api->cudnn) {
        size_t cudnn = api->cudnnGetVersion();
        used += (size_t) snprintf(gpu->libraries, sizeof gpu->libraries, "cuDNN %zu.%zu.%zu",
                                  cudnn / 10000, cudnn % 10000 / 100, cudnn % 100);
    }
    if (api->cublas && used < sizeof gpu->libraries) {
        size_t cublas = api->cublasLtGetVersion();
        used += (size_t) snprintf(gpu->libraries + used, sizeof gpu->libraries - used,
                                  "%scuBLASLt %zu.%zu", used ? ", " : "", cublas / 10000,
                                  cublas % 10000 / 100);
    }
    if (api->nvrtc && used < sizeof gpu->libraries)
        snprintf(gpu->libraries + used, sizeof gpu->libraries - used, "%sNVRTC %d.%d",
                 used ? ", " : "", api->nvrtc_version[0], api->nvrtc_version[1]);
    snprintf(gpu->missing, sizeof gpu->missing, "%s", api->missing);
    return HAX_OK;
}

static hax_status read_numbers(const hax_cuda_api *api, hax_gpu *gpu, CUdevice device,
                               hax_error *err)
{
    int major = 0, minor = 0, integrated = 0;
    HAX_CUDA_TRY(api,
                 cuDeviceGetAttribute(&gpu->sms, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, device));
    HAX_CUDA_TRY(
        api, cuDeviceGetAttribute(&major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device));
    HAX_CUDA_TRY(
        api, cuDeviceGetAttribute(&minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device));
    HAX_CUDA_TRY(api, cuDeviceGetAttribute(&integrated, CU_DEVICE_ATTRIBUTE_INTEGRATED, device));
    gpu->capability = 10 * major + minor;
    gpu->integrated = integrated != 0;
    gpu->group_sms = hax_gpu_group_sms(gpu->capability);
    return HAX_OK;
}

/* Splits all SMs in groups as small as they come; the rest lies behind them. */
static unsigned split(const hax_cuda_api *api, const hax_gpu *gpu, CUdevice device,
                      CUdevResource *groups)
{
    CUdevResource all, rest = { 0 };
    unsigned count = 2 * HAX_GPU_RUNS;
    if (!api->cuDeviceGetDevResource || !api->cuDevSmResourceSplitByCount ||
        api->cuDeviceGetDevResource(device, &all, CU_DEV_RESOURCE_TYPE_SM) != CUDA_SUCCESS)
        return 0;
    if (api->cuDevSmResourceSplitByCount(groups, &count, &all, &rest, 0,
                                         (unsigned) gpu->group_sms) != CUDA_SUCCESS)
        return 0;
    groups[count] = rest;
    return count;
}

static void read_groups(const hax_cuda_api *api, hax_gpu *gpu, CUdevice device)
{
    CUdevResource groups[2 * HAX_GPU_RUNS + 1];
    if (!api->cuGreenCtxCreate || !api->cuGreenCtxStreamCreate || !api->cuCtxFromGreenCtx) {
        snprintf(gpu->no_parts, sizeof gpu->no_parts,
                 "its driver (CUDA %s) has no partitions, which come with CUDA 12.4", gpu->driver);
        return;
    }
    unsigned count = split(api, gpu, device, groups);
    if (count < 2) {
        snprintf(gpu->no_parts, sizeof gpu->no_parts, "its driver (CUDA %s) does not split it",
                 gpu->driver);
        return;
    }
    gpu->group_sms = (int) groups[0].sm.smCount;
    gpu->group_count = (int) count;
}

hax_status hax_cuda_look(hax_cuda_api *api, int number, hax_gpu *gpu, hax_error *err)
{
    int count = 0;
    CUdevice device;
    hax_gpu found = { .device = number };
    HAX_TRY(hax_cuda_api_load(api, err));
    CUresult started = api->cuInit(0);
    if (started == CUDA_ERROR_NO_DEVICE ||
        (started == CUDA_SUCCESS && api->cuDeviceGetCount(&count) == CUDA_SUCCESS && count == 0))
        return hax_fail(err, HAX_UNAVAILABLE, "the NVIDIA driver finds no GPU");
    if (started != CUDA_SUCCESS) {
        const char *text = NULL;
        api->cuGetErrorString(started, &text);
        return hax_fail(err, HAX_UNAVAILABLE, "the NVIDIA driver does not start: %s (%d)",
                        text ? text : "unknown error", (int) started);
    }
    if (number >= count)
        return hax_fail(err, HAX_UNAVAILABLE, "GPU %d is not here: there are 0 to %d", number,
                        count - 1);
    HAX_CUDA_TRY(api, cuDeviceGet(&device, number));
    HAX_TRY(read_names(api, &found, device, err));
    HAX_TRY(read_numbers(api, &found, device, err));
    read_groups(api, &found, device);
    *gpu = found;
    return HAX_OK;
}

/* ---- opened and closed -------------------------------------------------------------------- */

static hax_status load_kernels(hax_device *device, hax_error *err)
{
    const hax_cuda_api *api = &device->api;
    if (api->cuLibraryLoadData)
        HAX_CUDA_TRY(api, cuLibraryLoadData(&device->library, hax_cuda_fatbin, NULL, NULL, 0, NULL,
                                            NULL, 0));
    else
        HAX_CUDA_TRY(api, cuModuleLoadData(&device->module, hax_cuda_fatbin));
    return HAX_OK;
}

hax_status hax_cuda_function(hax_device *device, const char *name, bool typed, CUfunction *function,
                             hax_error *err)
{
    char full[64];
    const hax_cuda_api *api = &device->api;
    snprintf(full, sizeof full, "hax_cuda_%s%s", name,
             !typed                              ? ""
             : device->precision == HAX_CUDA_F16 ? "_f16"
                                                 : "_f32");
    if (device->library) {
        CUkernel kernel;
        HAX_CUDA_TRY(api, cuLibraryGetKernel(&kernel, device->library, full));
        *function = (CUfunction) kernel; /* cuLaunchKernel takes either */
        return HAX_OK;
    }
    HAX_CUDA_TRY(api, cuModuleGetFunction(function, device->module, full));
    return HAX_OK;
}

static hax_status start(hax_device *device, hax_error *err)
{
    const hax_cuda_api *api = &device->api;
    HAX_CUDA_TRY(api, cuDeviceGet(&device->device, device->gpu.device));
    /* a unit's thread waits for its stream awake: waking up costs more than many a group */
    api->cuDevicePrimaryCtxSetFlags(device->device, CU_CTX_SCHED_SPIN);
    HAX_CUDA_TRY(api, cuDevicePrimaryCtxRetain(&device->primary, device->device));
    HAX_CUDA_TRY(api, cuCtxSetCurrent(device->primary));
    return load_kernels(device, err);
}

static hax_status allocate_buffer(hax_device *device, size_t bytes, unsigned long long *memory,
                                  hax_error *err)
{
    const hax_cuda_api *api = &device->api;
    CUdeviceptr allocated;
    CUresult result = api->cuMemAlloc(&allocated, bytes);
    if (result != CUDA_SUCCESS)
        return hax_cuda_fail(api, result, "memory of a tensor", err);
    api->cuMemsetD8(allocated, 0, bytes);
    api->cuStreamSynchronize(NULL); /* units' streams do not wait for the one that this is on */
    *memory = allocated;
    return HAX_OK;
}

static void release_buffer(hax_device *device, unsigned long long memory)
{
    device->api.cuMemFree(memory);
}

hax_status hax_cuda_open(const hax_kind *kind, hax_device **device, hax_error *err)
{
    hax_cuda_precision precision = hax_cuda_precision_find(kind->precision);
    if (precision == HAX_CUDA_PRECISIONS)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "kind '%s': precision '%s' is not offered, use f32, tf32 or f16",
                        kind->name, kind->precision);
    hax_device *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a device");
    result->buffers = (hax_slot_buffers){ .device = result,
                                          .allocate = allocate_buffer,
                                          .release = release_buffer };
    pthread_mutex_init(&result->buffers.lock, NULL);
    pthread_mutex_init(&result->clock.comparing, NULL);
    if (!hax_cuda_plan_folder(getenv("XDG_CACHE_HOME"), getenv("HOME"), result->plans,
                              sizeof result->plans))
        result->plans[0] = '\0';
    result->precision = precision;
    result->element_bytes = precision == HAX_CUDA_F16 ? 2 : 4;
    hax_status status = hax_cuda_look(&result->api, kind->device, &result->gpu, err);
    if (status == HAX_OK)
        status = start(result, err);
    if (status != HAX_OK) {
        hax_cuda_close(result);
        return status;
    }
    *device = result;
    return HAX_OK;
}

/* With the streams beside its own, whose context is the unit's. */
void hax_cuda_unit_free(const hax_cuda_api *api, hax_cuda_unit *unit)
{
    if (unit->company_run)
        api->cuGraphExecDestroy(unit->company_run);
    if (unit->company)
        hax_cuda_unit_free(api, unit->company);
    for (hax_cuda_unit *stream = unit->streams, *next; stream; stream = next) {
        next = stream->next;
        stream->green = NULL;
        hax_cuda_unit_free(api, stream);
    }
    if (unit->context)
        api->cuCtxSetCurrent(unit->context);
    if (unit->cudnn)
        api->cudnnDestroy(unit->cudnn);
    if (unit->cublas)
        api->cublasLtDestroy(unit->cublas);
    if (unit->workspace)
        api->cuMemFree(unit->workspace);
    if (unit->numbers)
        api->cuMemFree(unit->numbers);
    if (unit->results)
        api->cuMemFree(unit->results);
    if (unit->begin)
        api->cuEventDestroy(unit->begin);
    if (unit->end)
        api->cuEventDestroy(unit->end);
    hax_cuda_branch_streams_close(api, unit);
    if (unit->stream)
        api->cuStreamDestroy(unit->stream);
    if (unit->green)
        api->cuGreenCtxDestroy(unit->green);
    free(unit);
}

void hax_cuda_close(hax_device *device)
{
    const hax_cuda_api *api = &device->api;
    if (device->primary) {
        hax_cuda_choices_free(device);
        hax_cuda_candidates_free(device);
        for (hax_cuda_unit *unit = device->units, *next; unit; unit = next) {
            next = unit->next;
            hax_cuda_unit_free(api, unit);
        }
        api->cuCtxSetCurrent(device->primary);
        hax_cuda_clock_free(device);
        if (device->shared)
            api->cuMemHostUnregister(device->shared);
        for (hax_cuda_fixed *fixed = device->fixed, *next; fixed; fixed = next) {
            next = fixed->next;
            api->cuMemFree(fixed->memory);
            free(fixed);
        }
        if (device->library)
            api->cuLibraryUnload(device->library);
        if (device->module)
            api->cuModuleUnload(device->module);
        api->cuCtxSetCurrent(NULL);
        api->cuDevicePrimaryCtxRelease(device->device);
    }
    free(device);
}

/* ---- units ---------------------------------------------------------------------------------- */

static bool is_whole(const hax_device *device, const hax_unit *unit)
{
    return unit->sms == 0 || unit->sms == device->gpu.sms;
}

hax_cuda_unit *hax_cuda_unit_find(hax_device *device, const hax_unit *unit)
{
    int sms = is_whole(device, unit) ? device->gpu.sms : unit->sms;
    for (hax_cuda_unit *cuda_unit = device->units; cuda_unit; cuda_unit = cuda_unit->next)
        if (cuda_unit->first_sm == unit->first_sm && cuda_unit->sms == sms)
            return cuda_unit;
    return NULL;
}

hax_status hax_cuda_green_open(hax_device *device, const hax_unit *unit, hax_cuda_unit *cuda_unit,
                               hax_error *err)
{
    const hax_cuda_api *api = &device->api;
    const hax_gpu *gpu = &device->gpu;
    CUdevResource parts[2 * HAX_GPU_RUNS + 1], got;
    CUdevResourceDesc description;
    int step = gpu->group_sms, grouped = step * gpu->group_count;
    int end = unit->first_sm + unit->sms, begin = unit->first_sm / step;
    if (gpu->group_count == 0)
        return hax_fail(err, HAX_UNAVAILABLE, "unit '%.60s': GPU %d cannot be partitioned: %s",
                        unit->name, gpu->device, gpu->no_parts);
    if (unit->first_sm % step != 0 || (end != gpu->sms && (end % step != 0 || end > grouped)))
        return hax_fail(
            err, HAX_UNAVAILABLE,
            "unit '%.60s': SMs %d to %d are no whole groups of %d of GPU %d (%s), which "
            "has %d groups and %d SMs",
            unit->name, unit->first_sm, end - 1, step, gpu->device, gpu->name, gpu->group_count,
            gpu->sms);
    if (!device->split)
        device->split = split(api, gpu, device->device, device->groups) > 0;
    int last = end == gpu->sms ? gpu->group_count : end / step, count = 0;
    for (int g = begin; g < last; g++)
        parts[count++] = device->groups[g];
    if (end == gpu->sms && grouped < gpu->sms)
        parts[count++] = device->groups[gpu->group_count];
    HAX_CUDA_TRY(api, cuDevResourceGenerateDesc(&description, parts, (unsigned) count));
    HAX_CUDA_TRY(api, cuGreenCtxCreate(&cuda_unit->green, description, device->device,
                                       CU_GREEN_CTX_DEFAULT_STREAM));
    HAX_CUDA_TRY(api, cuGreenCtxGetDevResource(cuda_unit->green, &got, CU_DEV_RESOURCE_TYPE_SM));
    if ((int) got.sm.smCount != unit->sms)
        return hax_fail(err, HAX_UNAVAILABLE, "unit '%.60s': CUDA gives %u SMs and not %d",
                        unit->name, got.sm.smCount, unit->sms);
    HAX_CUDA_TRY(api, cuCtxFromGreenCtx(&cuda_unit->context, cuda_unit->green));
    return HAX_OK;
}

hax_status hax_cuda_stream_open(const hax_cuda_api *api, const hax_cuda_unit *unit,
                                CUstream *stream, hax_error *err)
{
    int least = 0, greatest = 0; /* the greatest is the lowest number */
    HAX_CUDA_TRY(api, cuCtxGetStreamPriorityRange(&least, &greatest));
    int priority = -unit->priority < greatest ? greatest : -unit->priority;
    if (unit->green)
        HAX_CUDA_TRY(api,
                     cuGreenCtxStreamCreate(stream, unit->green, CU_STREAM_NON_BLOCKING, priority));
    else
        HAX_CUDA_TRY(api, cuStreamCreateWithPriority(stream, CU_STREAM_NON_BLOCKING, priority));
    return HAX_OK;
}

static hax_status make_handles(hax_device *device, hax_cuda_unit *unit, hax_error *err)
{
    enum { WORKSPACE_SMALL = 32 << 20, WORKSPACE_LARGE = 256 << 20 };
    const hax_cuda_api *api = &device->api;
    HAX_CUDA_TRY(api, cuCtxSetCurrent(unit->context));
    HAX_TRY(hax_cuda_stream_open(api, unit, &unit->stream, err));
    HAX_CUDA_TRY(api, cuEventCreate(&unit->begin, CU_EVENT_DEFAULT));
    HAX_CUDA_TRY(api, cuEventCreate(&unit->end, CU_EVENT_DEFAULT));
    unit->workspace_bytes =
        device->gpu.bytes >= (size_t) 16 << 30 ? WORKSPACE_LARGE : WORKSPACE_SMALL;
    HAX_CUDA_TRY(api, cuMemAlloc(&unit->workspace, unit->workspace_bytes));
    if (api->cudnn && (api->cudnnCreate(&unit->cudnn) != CUDNN_STATUS_SUCCESS ||
                       api->cudnnSetStream(unit->cudnn, unit->stream) != CUDNN_STATUS_SUCCESS))
        return hax_fail(err, HAX_FAILURE, "cuDNN does not start on GPU %d", device->gpu.device);
    if (api->cublas && api->cublasLtCreate(&unit->cublas) != CUBLAS_STATUS_SUCCESS)
        return hax_fail(err, HAX_FAILURE, "cuBLASLt does not start on GPU %d", device->gpu.device);
    return HAX_OK;
}

hax_status hax_cuda_enter(hax_device *device, const hax_unit *unit, hax_error *err)
{
    hax_cuda_unit *found = hax_cuda_unit_find(device, unit);
    const hax_cuda_api *api = &device->api;
    HAX_TRY(hax_unit_pin_thread(unit->cpus, unit->cpu_count, err));
    if (found) {
        HAX_CUDA_TRY(api, cuCtxSetCurrent(found->context));
        return HAX_OK;
    }
    hax_cuda_unit *cuda_unit = calloc(1, sizeof *cuda_unit);
    if (!cuda_unit)
        return hax_fail_memory(err, "a unit of a GPU");
    cuda_unit->first_sm = unit->first_sm;
    cuda_unit->sms = is_whole(device, unit) ? device->gpu.sms : unit->sms;
    cuda_unit->context = device->primary;
    hax_status status =
        is_whole(device, unit) ? HAX_OK : hax_cuda_green_open(device, unit, cuda_unit, err);
    if (status == HAX_OK)
        status = make_handles(device, cuda_unit, err);
    if (status == HAX_OK)
        status = hax_cuda_stamp_cost(device, cuda_unit, &cuda_unit->stamp_ns, err);
    if (status != HAX_OK) {
        hax_cuda_unit_free(api, cuda_unit);
        return status;
    }
    cuda_unit->next = device->units;
    device->units = cuda_unit;
    return HAX_OK;
}

hax_status hax_cuda_stream_find(hax_device *device, hax_cuda_unit *unit, int number, int priority,
                                hax_cuda_unit **stream, hax_error *err)
{
    hax_cuda_unit *found = number == 0 && priority == 0 ? unit : unit->streams;
    while (found && found != unit &&
           (found->stream_number != number || found->priority != priority))
        found = found->next;
    *stream = found;
    if (found)
        return HAX_OK;
    hax_cuda_unit *beside = calloc(1, sizeof *beside);
    if (!beside)
        return hax_fail_memory(err, "a stream of a GPU");
    *beside = (hax_cuda_unit){ .first_sm = unit->first_sm,
                               .sms = unit->sms,
                               .green = unit->green,
                               .context = unit->context,
                               .stream_number = number,
                               .priority = priority };
    hax_status status = make_handles(device, beside, err);
    if (status == HAX_OK && unit->branch_streams[0])
        status = hax_cuda_branch_streams_open(&device->api, beside, err);
    if (status != HAX_OK) {
        beside->green = NULL; /* the unit's */
        hax_cuda_unit_free(&device->api, beside);
        return status;
    }
    beside->next = unit->streams;
    unit->streams = beside;
    *stream = beside;
    return HAX_OK;
}

/* ---- memory --------------------------------------------------------------------------------- */

/* What cannot be registered is copied by way of the driver's own buffers. */
void hax_cuda_adopt(hax_device *device, void *memory, size_t bytes)
{
    const hax_cuda_api *api = &device->api;
    if (api->cuMemHostRegister(memory, bytes,
                               CU_MEMHOSTREGISTER_PORTABLE | CU_MEMHOSTREGISTER_DEVICEMAP) !=
        CUDA_SUCCESS)
        return;
    if (api->cuMemHostGetDevicePointer(&device->shared_on_gpu, memory, 0) != CUDA_SUCCESS) {
        api->cuMemHostUnregister(memory);
        return;
    }
    device->shared = memory;
    device->shared_bytes = bytes;
}

bool hax_cuda_fixed_find(hax_device *device, uint64_t model_hash, int key, hax_cuda_role role,
                         int form, CUdeviceptr *memory)
{
    for (const hax_cuda_fixed *fixed = device->fixed; fixed; fixed = fixed->next)
        if (fixed->model_hash == model_hash && fixed->key == key && fixed->role == role &&
            fixed->form == form) {
            *memory = fixed->memory;
            return true;
        }
    return false;
}

hax_status hax_cuda_fixed_add(hax_device *device, uint64_t model_hash, int key, hax_cuda_role role,
                              int form, const void *data, size_t bytes, CUdeviceptr *memory,
                              hax_error *err)
{
    const hax_cuda_api *api = &device->api;
    hax_cuda_fixed *fixed = calloc(1, sizeof *fixed);
    if (!fixed)
        return hax_fail_memory(err, "weights");
    *fixed = (hax_cuda_fixed){ model_hash, key, role, form, 0, device->fixed };
    CUresult result = api->cuMemAlloc(&fixed->memory, bytes > 0 ? bytes : 1);
    if (result == CUDA_SUCCESS) {
        device->fixed = fixed;
        *memory = fixed->memory;
        result = bytes > 0 ? api->cuMemcpyHtoD(fixed->memory, data, bytes) : CUDA_SUCCESS;
        /* the copy may still be under way when the call returns, and units' streams do not wait
         * for the one that it is on */
        if (result == CUDA_SUCCESS)
            result = api->cuStreamSynchronize(NULL);
    } else {
        free(fixed);
    }
    return result == CUDA_SUCCESS ? HAX_OK : hax_cuda_fail(api, result, "copying weights", err);
}
