/* How long a kernel takes on a unit, for choosing among several (program.h). */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "program.h"
#include "random.h"
#include "times.h"

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

/* ---- company -------------------------------------------------------------------------------- */

/*
 * What kernels lose to neighbours on other SMs they lose at their boundaries, and some lose ten
 * times as much as others: on an H200 cuDNN's precompiled convolutions about 1 us each, those that
 * it compiles at run time and own kernels 0.1, whatever the neighbour computes. So on a part
 * kernels are chosen by their times beside a neighbour: one block after the other on SMs of its
 * own, as long as kernels of networks are.
 */
enum { COMPANY_KERNELS = 40, COMPANY_KERNEL_NS = 5000 };

static hax_status chain_company(hax_device *device, const hax_cuda_unit *company, CUgraph graph,
                                CUgraphExec *run, hax_error *err)
{
    unsigned long long busy_ns = COMPANY_KERNEL_NS;
    void *arguments[] = { &busy_ns };
    CUgraphNode before = NULL, node;
    for (int k = 0; k < COMPANY_KERNELS; k++) {
        HAX_TRY(hax_cuda_times_node(device, company, "busy", 1, arguments, graph, &before, k > 0,
                                    &node, err));
        before = node;
    }
    HAX_CUDA_TRY(&device->api, cuGraphInstantiateWithFlags(run, graph, 0));
    return HAX_OK;
}

/* On a group of SMs in front of the unit, or behind it. */
static hax_status open_company(hax_device *device, hax_cuda_unit *unit, hax_error *err)
{
    const hax_cuda_api *api = &device->api;
    int first = unit->first_sm > 0 ? 0 : unit->first_sm + unit->sms;
    int left = device->gpu.sms - first, step = device->gpu.group_sms;
    const hax_unit beside = { .name = "company",
                              .first_sm = first,
                              .sms = left < step ? left : step };
    hax_cuda_unit *company = unit->company = calloc(1, sizeof *company);
    CUgraph graph;
    if (!company)
        return hax_fail_memory(err, "a unit of a GPU");
    HAX_TRY(hax_cuda_green_open(device, &beside, company, err));
    HAX_TRY(hax_cuda_stream_open(api, company, &company->stream, err));
    HAX_CUDA_TRY(api, cuGraphCreate(&graph, 0));
    hax_status status = chain_company(device, company, graph, &unit->company_run, err);
    api->cuGraphDestroy(graph);
    return status;
}

/* Without it kernels are chosen by their times alone. */
bool hax_cuda_has_company(hax_device *device, hax_cuda_unit *unit)
{
    if (!unit->sought_company && unit->green) {
        unit->sought_company = true;
        open_company(device, unit, NULL);
        device->api.cuCtxSetCurrent(unit->context);
    }
    return unit->company_run != NULL;
}

static bool begin_company(const hax_cuda_api *api, const hax_cuda_unit *unit)
{
    bool ok = api->cuCtxSetCurrent(unit->company->context) == CUDA_SUCCESS &&
              api->cuGraphLaunch(unit->company_run, unit->company->stream) == CUDA_SUCCESS;
    return api->cuCtxSetCurrent(unit->context) == CUDA_SUCCESS && ok;
}

/* ---- times ---------------------------------------------------------------------------------- */

CUresult hax_cuda_await(const hax_cuda_api *api, CUstream stream)
{
    const uint64_t patience_ns = (uint64_t) 10 * 1000 * 1000 * 1000;
    uint64_t begin_ns = hax_clock_ns();
    CUresult result;
    do
        result = api->cuStreamQuery(stream);
    while (result == CUDA_ERROR_NOT_READY && hax_clock_ns() - begin_ns < patience_ns);
    return result;
}

/* All but an end in time. */
static CUresult run_once(const hax_cuda_api *api, const hax_cuda_unit *unit, bool company,
                         CUgraphExec runs, float *ms)
{
    if ((company && !begin_company(api, unit)) ||
        api->cuEventRecord(unit->begin, unit->stream) != CUDA_SUCCESS ||
        api->cuGraphLaunch(runs, unit->stream) != CUDA_SUCCESS ||
        api->cuEventRecord(unit->end, unit->stream) != CUDA_SUCCESS)
        return CUDA_ERROR_UNKNOWN;
    CUresult result = hax_cuda_await(api, unit->stream);
    CUresult beside = company ? hax_cuda_await(api, unit->company->stream) : CUDA_SUCCESS;
    if (result == CUDA_SUCCESS)
        result = api->event_elapsed(ms, unit->begin, unit->end);
    return result == CUDA_SUCCESS ? beside : result;
}

static double time_runs(const hax_cuda_api *api, const hax_cuda_unit *unit, bool company,
                        bool (*enqueue)(void *), void *context)
{
    enum { TRIES = 3 };
    CUgraphExec runs;
    float best_ms = -1, ms = 0;
    if (!capture_runs(api, unit, enqueue, context, &runs))
        return -1;
    CUresult result = api->cuGraphLaunch(runs, unit->stream);
    if (result == CUDA_SUCCESS)
        result = hax_cuda_await(api, unit->stream);
    for (int t = 0; t < TRIES && result == CUDA_SUCCESS; t++) {
        result = run_once(api, unit, company, runs, &ms);
        best_ms = result == CUDA_SUCCESS && (best_ms < 0 || ms < best_ms) ? ms : best_ms;
    }
    if (result == CUDA_ERROR_NOT_READY)
        return HAX_CUDA_HANGS; /* destroying would wait for it */
    api->cuGraphExecDestroy(runs);
    return result == CUDA_SUCCESS ? (double) best_ms * 1e3 / RUNS : -1;
}

double hax_cuda_time_us(const hax_cuda_api *api, const hax_cuda_unit *unit, bool (*enqueue)(void *),
                        void *context)
{
    return time_runs(api, unit, false, enqueue, context);
}

double hax_cuda_time_beside_us(hax_device *device, hax_cuda_unit *unit, bool (*enqueue)(void *),
                               void *context)
{
    return time_runs(&device->api, unit, hax_cuda_has_company(device, unit), enqueue, context);
}
