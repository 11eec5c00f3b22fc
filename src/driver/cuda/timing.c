/* How long a kernel takes on a unit, for choosing among several (program.h). */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "program.h"
#include "random.h"

/* Numbers that look like activations: on zeros multipliers take less power and clocks are higher.
 */
hax_status hax_cuda_scratch(hax_device *device, hax_cuda_unit *unit, size_t bytes, hax_error *err)
{
    const hax_cuda_api *api = &device->api;
    bool halves = device->precision == HAX_CUDA_F16;
    if (bytes <= unit->scratch_bytes)
        return HAX_OK;
    if (unit->scratch)
        api->cuMemFree(unit->scratch);
    unit->scratch = 0;
    unit->scratch_bytes = 0;
    unsigned char *values = malloc(bytes);
    if (!values)
        return hax_fail_memory(err, "numbers to time kernels on");
    hax_random random = { 1 };
    for (size_t i = 0; i < bytes / 2; i++) { /* halves of 0.25 to 1, or floats of up to 2 */
        uint16_t half = (uint16_t) (0x3400 + hax_random_below(&random, 0x800));
        uint16_t high = (uint16_t) (0x3e00 + hax_random_below(&random, 0x200));
        memcpy(values + 2 * i, halves || i % 2 == 0 ? &half : &high, sizeof half);
    }
    CUresult result = api->cuMemAlloc(&unit->scratch, bytes);
    if (result == CUDA_SUCCESS)
        result = api->cuMemcpyHtoD(unit->scratch, values, bytes);
    if (result == CUDA_SUCCESS)
        result = api->cuStreamSynchronize(NULL);
    free(values);
    if (result != CUDA_SUCCESS)
        return hax_cuda_fail(api, result, "numbers to time kernels on", err);
    unit->scratch_bytes = bytes;
    return HAX_OK;
}

enum { RUNS = 16 }; /* of a kernel in the graph that is timed: launches by the host take longer */

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
