/* The GPU's clock beside the host's (times.h). */
#define _GNU_SOURCE
#include "times.h"

#include <string.h>

#include "clock.h"

enum {
    ANSWERS = 12,
    COMPARED_FOR_NS = 1000 * 1000 * 1000,
    /* in the graphs that tell what a stamp costs */
    KERNELS = 33,
    BUSY_NS = 3000,
    CHAIN_RUNS = 5,
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
                               unsigned blocks, void **arguments, CUgraph graph,
                               const CUgraphNode *behind, size_t behind_count, CUgraphNode *node,
                               hax_error *err)
{
    const hax_cuda_api *api = &device->api;
    CUfunction function;
    HAX_TRY(hax_cuda_function(device, name, false, &function, err));
    CUDA_KERNEL_NODE_PARAMS kernel = { .gridDimX = blocks,
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

/* Two stamps and KERNELS kernels between them, with a stamp behind each or not. */
static hax_status chain_kernels(hax_device *device, const hax_cuda_unit *unit, bool stamped,
                                volatile unsigned long long *stamps, CUgraph graph, hax_error *err)
{
    unsigned long long busy_ns = BUSY_NS;
    void *busy[] = { &busy_ns };
    CUgraphNode before = NULL, node;
    for (int s = 0; s <= KERNELS; s++) {
        volatile unsigned long long *stamp = &stamps[s];
        void *arguments[] = { (void *) &stamp };
        if (s > 0) {
            HAX_TRY(hax_cuda_times_node(device, unit, "busy", (unsigned) unit->sms, busy, graph,
                                        &before, 1, &node, err));
            before = node;
        }
        if (!stamped && s > 0 && s < KERNELS)
            continue;
        HAX_TRY(hax_cuda_times_node(device, unit, "stamp", 1, arguments, graph,
                                    s > 0 ? &before : NULL, s > 0, &node, err));
        before = node;
    }
    return HAX_OK;
}

/* The least time of several runs, from the first stamp to the last. */
static hax_status run_chain(hax_device *device, const hax_cuda_unit *unit,
                            const volatile unsigned long long *stamps, CUgraph graph,
                            int64_t *took_ns, hax_error *err)
{
    const hax_cuda_api *api = &device->api;
    CUgraphExec chain;
    HAX_CUDA_TRY(api, cuGraphInstantiateWithFlags(&chain, graph, 0));
    CUresult result = CUDA_SUCCESS;
    *took_ns = INT64_MAX;
    for (int run = 0; run < CHAIN_RUNS && result == CUDA_SUCCESS; run++) {
        result = api->cuGraphLaunch(chain, unit->stream);
        if (result == CUDA_SUCCESS)
            result = api->cuStreamSynchronize(unit->stream);
        int64_t now_ns = (int64_t) (stamps[KERNELS] - stamps[0]);
        *took_ns = now_ns < *took_ns ? now_ns : *took_ns;
    }
    api->cuGraphExecDestroy(chain);
    return result == CUDA_SUCCESS ? HAX_OK : hax_cuda_fail(api, result, "taking times", err);
}

static hax_status time_chain(hax_device *device, const hax_cuda_unit *unit, bool stamped,
                             volatile unsigned long long *stamps, int64_t *took_ns, hax_error *err)
{
    CUgraph graph;
    HAX_CUDA_TRY(&device->api, cuGraphCreate(&graph, 0));
    hax_status status = chain_kernels(device, unit, stamped, stamps, graph, err);
    if (status == HAX_OK)
        status = run_chain(device, unit, stamps, graph, took_ns, err);
    device->api.cuGraphDestroy(graph);
    return status;
}

hax_status hax_cuda_stamp_cost(hax_device *device, const hax_cuda_unit *unit, int64_t *cost_ns,
                               hax_error *err)
{
    const hax_cuda_api *api = &device->api;
    int64_t stamped_ns = 0, bare_ns = 0;
    void *memory;
    HAX_CUDA_TRY(api, cuMemAllocHost(&memory, (KERNELS + 1) * sizeof(unsigned long long)));
    hax_status status = time_chain(device, unit, true, memory, &stamped_ns, err);
    if (status == HAX_OK)
        status = time_chain(device, unit, false, memory, &bare_ns, err);
    api->cuMemFreeHost(memory);
    HAX_TRY(status);
    int64_t apart_ns = (stamped_ns - bare_ns) / (KERNELS - 1);
    *cost_ns = apart_ns > 0 ? apart_ns : 0;
    return HAX_OK;
}
