/* The GPU's clock beside the host's (times.h). */
#define _GNU_SOURCE
#include "times.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

enum {
    ANSWERS = 12,
    COMPARED_FOR_NS = 1000 * 1000 * 1000,
    STAMPS = 33, /* in the graph that tells what a stamp costs */
};

/* ---- two clocks ------------------------------------------------------------------------------ */

static hax_status make_clock(hax_device *device, hax_error *err)
{
    const hax_cuda_api *api = &device->api;
    hax_cuda_clock *clock = &device->clock;
    if (clock->memory)
        return HAX_OK;
    HAX_CUDA_TRY(api, cuMemAllocHost(&clock->memory, 64 + ANSWERS * sizeof *clock->answers));
    clock->asked = clock->memory;
    clock->answers = (volatile unsigned long long *) ((char *) clock->memory + 64);
    return HAX_OK;
}

static hax_status launch_answers(hax_device *device, const hax_cuda_unit *unit, hax_error *err)
{
    const hax_cuda_api *api = &device->api;
    hax_cuda_clock *clock = &device->clock;
    unsigned count = ANSWERS;
    void *arguments[] = { (void *) &clock->asked, (void *) &clock->answers, &count };
    CUfunction function;
    HAX_TRY(hax_cuda_function(device, "answer", false, &function, err));
    memset(clock->memory, 0, 64 + ANSWERS * sizeof *clock->answers);
    HAX_CUDA_TRY(api, cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, unit->stream, arguments, NULL));
    return HAX_OK;
}

/* The time there and back; negative when the kernel is not there (any more). */
static int64_t ask(hax_device *device, const hax_cuda_unit *unit, unsigned number,
                   int64_t *ahead_ns)
{
    hax_cuda_clock *clock = &device->clock;
    int64_t asked_ns = (int64_t) hax_clock_ns(), answered_ns;
    *clock->asked = number;
    do {
        answered_ns = (int64_t) hax_clock_ns();
        if (answered_ns - asked_ns > 50 * 1000 * 1000 &&
            device->api.cuStreamQuery(unit->stream) != CUDA_ERROR_NOT_READY)
            return -1;
    } while (clock->answers[number - 1] == 0);
    *ahead_ns = asked_ns + (answered_ns - asked_ns) / 2 - (int64_t) clock->answers[number - 1];
    return answered_ns - asked_ns;
}

/* The answer that came back fastest was the least delayed on either way. */
static hax_status compare(hax_device *device, const hax_cuda_unit *unit, hax_error *err)
{
    const hax_cuda_api *api = &device->api;
    int64_t best_ns = INT64_MAX;
    HAX_TRY(make_clock(device, err));
    HAX_TRY(launch_answers(device, unit, err));
    for (unsigned n = 1; n <= ANSWERS; n++) {
        int64_t ahead_ns, took_ns = ask(device, unit, n, &ahead_ns);
        if (took_ns < 0)
            break;
        if (n > 1 && took_ns < best_ns) { /* the first one waits for the launch */
            best_ns = took_ns;
            device->clock.ahead_ns = ahead_ns;
        }
    }
    HAX_CUDA_TRY(api, cuStreamSynchronize(unit->stream));
    if (best_ns == INT64_MAX)
        return hax_fail(err, HAX_FAILURE, "GPU %d does not answer what time it is",
                        device->gpu.device);
    device->clock.compared_ns = (int64_t) hax_clock_ns();
    return HAX_OK;
}

hax_status hax_cuda_clock_ahead(hax_device *device, const hax_cuda_unit *unit, int64_t *ahead_ns,
                                hax_error *err)
{
    hax_cuda_clock *clock = &device->clock;
    hax_status status = HAX_OK;
    pthread_mutex_lock(&clock->comparing);
    if (clock->compared_ns == 0 || (int64_t) hax_clock_ns() - clock->compared_ns > COMPARED_FOR_NS)
        status = compare(device, unit, err);
    *ahead_ns = clock->ahead_ns;
    pthread_mutex_unlock(&clock->comparing);
    return status;
}

void hax_cuda_clock_free(hax_device *device)
{
    if (device->clock.memory)
        device->api.cuMemFreeHost(device->clock.memory);
    device->clock.memory = NULL;
}

/* ---- nodes, and what they cost --------------------------------------------------------------- */

hax_status hax_cuda_times_node(hax_device *device, const hax_cuda_unit *unit, const char *name,
                               void **arguments, CUgraph graph, const CUgraphNode *behind,
                               size_t behind_count, CUgraphNode *node, hax_error *err)
{
    const hax_cuda_api *api = &device->api;
    CUfunction function;
    HAX_TRY(hax_cuda_function(device, name, false, &function, err));
    CUDA_KERNEL_NODE_PARAMS kernel = { .gridDimX = 1,
                                       .gridDimY = 1,
                                       .gridDimZ = 1,
                                       .blockDimX = 1,
                                       .blockDimY = 1,
                                       .blockDimZ = 1,
                                       .kernelParams = arguments };
    if (device->library) {
        kernel.kern = (CUkernel) function;
        kernel.ctx = unit->context;
    } else {
        kernel.func = function;
    }
    HAX_CUDA_TRY(api, graph_add_kernel(node, graph, behind, behind_count, &kernel));
    return HAX_OK;
}

static hax_status chain_stamps(hax_device *device, const hax_cuda_unit *unit,
                               volatile unsigned long long *stamps, CUgraph graph, hax_error *err)
{
    CUgraphNode before = NULL, node;
    for (int s = 0; s < STAMPS; s++) {
        volatile unsigned long long *stamp = &stamps[s];
        void *arguments[] = { (void *) &stamp };
        HAX_TRY(hax_cuda_times_node(device, unit, "stamp", arguments, graph, s > 0 ? &before : NULL,
                                    s > 0, &node, err));
        before = node;
    }
    return HAX_OK;
}

static int compare_numbers(const void *a, const void *b)
{
    int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;
    return (x > y) - (x < y);
}

static hax_status run_chain(hax_device *device, const hax_cuda_unit *unit,
                            const volatile unsigned long long *stamps, CUgraph graph,
                            int64_t *cost_ns, hax_error *err)
{
    const hax_cuda_api *api = &device->api;
    int64_t apart_ns[STAMPS - 1];
    CUgraphExec chain;
    HAX_CUDA_TRY(api, cuGraphInstantiateWithFlags(&chain, graph, 0));
    CUresult result = CUDA_SUCCESS;
    for (int run = 0; run < 3 && result == CUDA_SUCCESS; run++) { /* the last one is warm */
        result = api->cuGraphLaunch(chain, unit->stream);
        if (result == CUDA_SUCCESS)
            result = api->cuStreamSynchronize(unit->stream);
    }
    api->cuGraphExecDestroy(chain);
    if (result != CUDA_SUCCESS)
        return hax_cuda_fail(api, result, "taking times", err);
    for (int s = 0; s + 1 < STAMPS; s++)
        apart_ns[s] = (int64_t) (stamps[s + 1] - stamps[s]);
    qsort(apart_ns, STAMPS - 1, sizeof *apart_ns, compare_numbers);
    int64_t median_ns = apart_ns[(STAMPS - 1) / 2];
    *cost_ns = median_ns > 0 ? median_ns : 0;
    return HAX_OK;
}

hax_status hax_cuda_stamp_cost(hax_device *device, const hax_cuda_unit *unit, int64_t *cost_ns,
                               hax_error *err)
{
    const hax_cuda_api *api = &device->api;
    void *memory = NULL;
    CUgraph graph = NULL;
    HAX_CUDA_TRY(api, cuMemAllocHost(&memory, STAMPS * sizeof(unsigned long long)));
    CUresult result = api->cuGraphCreate(&graph, 0);
    hax_status status =
        result == CUDA_SUCCESS ? HAX_OK : hax_cuda_fail(api, result, "a graph of times", err);
    if (status == HAX_OK)
        status = chain_stamps(device, unit, memory, graph, err);
    if (status == HAX_OK)
        status = run_chain(device, unit, memory, graph, cost_ns, err);
    if (graph)
        api->cuGraphDestroy(graph);
    api->cuMemFreeHost(memory);
    return status;
}
