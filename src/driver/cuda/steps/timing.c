/* How long a kernel takes on a unit, for choosing among several (program.h). */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "program.h"
#include "random.h"

/* Numbers like activations and weights: on zeros multipliers take less power and clocks are higher,
 * and sums of one sign hide what is lost in them. */
static void draw_numbers(unsigned char *values, size_t bytes, bool halves)
{
    hax_random random = { 1 };
    for (size_t i = 0; i < bytes / 4; i++) {
        uint32_t bits = (uint32_t) hax_random_next(&random);
        uint32_t two_halves = (bits & 0x87ff87ff) | 0x34003400; /* 0.25 to 1, and signs */
        uint32_t one_float = (bits & 0x80ffffff) | 0x3e000000;  /* 0.125 to 0.5 */
        memcpy(values + 4 * i, halves ? &two_halves : &one_float, 4);
    }
}

static hax_status grow(const hax_cuda_api *api, CUdeviceptr *memory, size_t *capacity, size_t bytes,
                       hax_error *err)
{
    if (*memory)
        api->cuMemFree(*memory);
    *memory = 0;
    *capacity = 0;
    HAX_CUDA_TRY(api, cuMemAlloc(memory, bytes));
    *capacity = bytes;
    return HAX_OK;
}

hax_status hax_cuda_scratch(hax_device *device, hax_cuda_unit *unit, size_t number_bytes,
                            size_t result_bytes, hax_error *err)
{
    const hax_cuda_api *api = &device->api;
    if (result_bytes > unit->result_bytes)
        HAX_TRY(grow(api, &unit->results, &unit->result_bytes, result_bytes, err));
    if (number_bytes <= unit->number_bytes)
        return HAX_OK;
    unsigned char *values = malloc(number_bytes);
    if (!values)
        return hax_fail_memory(err, "numbers to time kernels on");
    draw_numbers(values, number_bytes, device->precision == HAX_CUDA_F16);
    hax_status status = grow(api, &unit->numbers, &unit->number_bytes, number_bytes, err);
    CUresult result = CUDA_SUCCESS;
    if (status == HAX_OK)
        result = api->cuMemcpyHtoD(unit->numbers, values, number_bytes);
    if (status == HAX_OK && result == CUDA_SUCCESS)
        result = api->cuStreamSynchronize(NULL);
    free(values);
    if (status == HAX_OK && result != CUDA_SUCCESS)
        return hax_cuda_fail(api, result, "numbers to time kernels on", err);
    return status;
}

enum { RUNS = 8 }; /* of a kernel in the graph that is timed: launches by the host take longer */

static bool capture_runs(const hax_cuda_api *api, const hax_cuda_unit *unit,
                         bool (*enqueue)(void *), void *context, CUgraphExec *runs)
{
    CUgraph graph = NULL;
    bool ok = true;
    if (api->cuStreamBeginCapture(unit->stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL) !=
        CUDA_SUCCESS)
        return false;
    for (int r = 0; r < RUNS && ok; r++)
        ok = enqueue(context);
    if (api->cuStreamEndCapture(unit->stream, &graph) != CUDA_SUCCESS)
        return false;
    ok = ok && api->cuGraphInstantiateWithFlags(runs, graph, 0) == CUDA_SUCCESS;
    api->cuGraphDestroy(graph);
    return ok;
}

double hax_cuda_time_us(const hax_cuda_api *api, const hax_cuda_unit *unit, bool (*enqueue)(void *),
                        void *context)
{
    enum { TRIES = 3 };
    CUgraphExec runs;
    float best_ms = -1, ms = 0;
    if (!capture_runs(api, unit, enqueue, context, &runs))
        return -1;
    bool ok = api->cuGraphLaunch(runs, unit->stream) == CUDA_SUCCESS &&
              api->cuStreamSynchronize(unit->stream) == CUDA_SUCCESS;
    for (int t = 0; t < TRIES && ok; t++) {
        ok = api->cuEventRecord(unit->begin, unit->stream) == CUDA_SUCCESS &&
             api->cuGraphLaunch(runs, unit->stream) == CUDA_SUCCESS &&
             api->cuEventRecord(unit->end, unit->stream) == CUDA_SUCCESS &&
             api->cuEventSynchronize(unit->end) == CUDA_SUCCESS &&
             api->event_elapsed(&ms, unit->begin, unit->end) == CUDA_SUCCESS;
        best_ms = ok && (best_ms < 0 || ms < best_ms) ? ms : best_ms;
    }
    api->cuGraphExecDestroy(runs);
    return ok ? (double) best_ms * 1e3 / RUNS : -1;
}
