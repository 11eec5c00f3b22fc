/* Plans to choose among (candidates.h). */
#define _GNU_SOURCE
#include "candidates.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 16 };

/* An engine whose plan is still to be made, and where the plan goes. */
typedef struct job {
    hax_cuda_engine engine;
    hax_cuda_candidates *owner;
    int number;
} job;

typedef struct workshop {
    hax_device *device;
    const hax_cuda_unit *unit;
    hax_cuda_graph *graphs; /* open until all plans are made */
    int graph_count;
    job *jobs;
    int job_count, job_room;
    _Atomic int next, done;
} workshop;

/* Of every number of SMs: the key that says so is the choice's (convolution.c). */
static void key_of(const hax_device *device, const hax_cuda_convolution *cuda_convolution,
                   char *key)
{
    hax_cuda_convolution_key(cuda_convolution, &device->gpu, 0, key, HAX_CUDA_KEY_BYTES);
}

const hax_cuda_candidates *hax_cuda_candidates_find(const hax_device *device,
                                                    const hax_cuda_convolution *cuda_convolution)
{
    char key[HAX_CUDA_KEY_BYTES];
    key_of(device, cuda_convolution, key);
    for (const hax_cuda_candidates *cuda_candidates = device->candidates; cuda_candidates;
         cuda_candidates = cuda_candidates->next)
        if (strcmp(cuda_candidates->key, key) == 0)
            return cuda_candidates;
    return NULL;
}

void hax_cuda_candidates_free(hax_device *device)
{
    for (hax_cuda_candidates *cuda_candidates = device->candidates, *next; cuda_candidates;
         cuda_candidates = next) {
        next = cuda_candidates->next;
        for (int c = 0; c < cuda_candidates->count; c++)
            if (cuda_candidates->list[c].plan)
                device->api.cudnnBackendDestroyDescriptor(cuda_candidates->list[c].plan);
        free(cuda_candidates->list);
        free(cuda_candidates);
    }
    device->candidates = NULL;
}

cudnnBackendDescriptor_t hax_cuda_plan_make(const hax_cuda_api *api, cudnnHandle_t handle,
                                            cudnnBackendDescriptor_t config)
{
    cudnnBackendDescriptor_t plan;
    if (api->cudnnBackendCreateDescriptor(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, &plan) !=
        CUDNN_STATUS_SUCCESS)
        return NULL;
    if (api->cudnnBackendSetAttribute(plan, CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1,
                                      &handle) == CUDNN_STATUS_SUCCESS &&
        api->cudnnBackendSetAttribute(plan, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG,
                                      CUDNN_TYPE_BACKEND_DESCRIPTOR, 1,
                                      &config) == CUDNN_STATUS_SUCCESS &&
        api->cudnnBackendFinalize(plan) == CUDNN_STATUS_SUCCESS)
        return plan;
    api->cudnnBackendDestroyDescriptor(plan);
    return NULL;
}

/* ---- listing ------------------------------------------------------------------------------ */

/* Is an engine as exact as the precision promises? */
static bool is_exact(hax_cuda_precision precision, const hax_cuda_engine *engine)
{
    return precision != HAX_CUDA_F32 || (!engine->tensor_cores && !engine->narrowed);
}

static bool add_job(workshop *shop, const hax_cuda_engine *engine, hax_cuda_graph_form form,
                    hax_cuda_candidates *owner)
{
    if (owner->count == owner->capacity) {
        int capacity = owner->capacity > 0 ? 2 * owner->capacity : 32;
        void *grown = realloc(owner->list, (size_t) capacity * sizeof *owner->list);
        if (!grown)
            return false;
        owner->list = grown;
        owner->capacity = capacity;
    }
    if (shop->job_count == shop->job_room) {
        int room = shop->job_room > 0 ? 2 * shop->job_room : 256;
        void *grown = realloc(shop->jobs, (size_t) room * sizeof *shop->jobs);
        if (!grown)
            return false;
        shop->jobs = grown;
        shop->job_room = room;
    }
    owner->list[owner->count] = (hax_cuda_candidate){ NULL, engine->index, form, engine->compiled };
    shop->jobs[shop->job_count++] = (job){ *engine, owner, owner->count++ };
    return true;
}

/* Is it worth compiling for? What takes no longer than its launch is not. */
static bool is_large(const hax_cuda_convolution *cuda_convolution)
{
    enum { MACS_MIN = 1000 * 1000 };
    double per_output = (double) cuda_convolution->in.c / cuda_convolution->group *
                        cuda_convolution->kernel_h * cuda_convolution->kernel_w;
    return (double) cuda_convolution->out.n * cuda_convolution->out.c * cuda_convolution->out.h *
               cuda_convolution->out.w * per_output >=
           MACS_MIN;
}

/* In half precision the fallback never won; strict f32 lives of it. Of the typed form only engines
 * that are compiled at run time are new. */
static bool list_form(workshop *shop, const hax_cuda_convolution *cuda_convolution,
                      hax_cuda_graph_form form, hax_cuda_candidates *owner)
{
    const hax_cuda_api *api = &shop->device->api;
    hax_cuda_engine engines[2 * HAX_CUDA_ENGINES];
    hax_cuda_graph *graph = &shop->graphs[shop->graph_count++];
    int count = 0;
    bool ok = true;
    if (!hax_cuda_graph_open(graph, api, shop->unit->cudnn, cuda_convolution, form))
        return true;
    count = hax_cuda_graph_engines(graph, false, engines, HAX_CUDA_ENGINES);
    if (count == 0 || cuda_convolution->precision == HAX_CUDA_F32)
        count += hax_cuda_graph_engines(graph, true, engines + count, HAX_CUDA_ENGINES);
    for (int e = 0; e < count; e++) {
        bool wanted = is_exact(cuda_convolution->precision, &engines[e]) &&
                      (engines[e].compiled ? cuda_convolution->precision != HAX_CUDA_F32 &&
                                                 api->nvrtc && is_large(cuda_convolution)
                                           : form != HAX_CUDA_GRAPH_TYPED);
        if (wanted && ok)
            ok = add_job(shop, &engines[e], form, owner);
        if (!wanted || !ok)
            api->cudnnBackendDestroyDescriptor(engines[e].config);
    }
    return ok;
}

static bool list_convolution(workshop *shop, const hax_cuda_convolution *cuda_convolution,
                             bool bare)
{
    hax_cuda_candidates *cuda_candidates = calloc(1, sizeof *cuda_candidates);
    if (!cuda_candidates)
        return false;
    key_of(shop->device, cuda_convolution, cuda_candidates->key);
    cuda_candidates->next = shop->device->candidates;
    shop->device->candidates = cuda_candidates;
    if (bare)
        return list_form(shop, cuda_convolution, HAX_CUDA_GRAPH_BARE, cuda_candidates);
    return list_form(shop, cuda_convolution, HAX_CUDA_GRAPH_FLOATS, cuda_candidates) &&
           (cuda_convolution->precision == HAX_CUDA_F32 ||
            list_form(shop, cuda_convolution, HAX_CUDA_GRAPH_TYPED, cuda_candidates));
}

/* ---- making ------------------------------------------------------------------------------- */

/* The handle is the thread's own; the primary context is current, a unit's may be to one only. */
static void *make_plans(void *argument)
{
    workshop *shop = argument;
    const hax_cuda_api *api = &shop->device->api;
    cudnnHandle_t handle = NULL;
    bool ok = api->cuCtxSetCurrent(shop->device->primary) == CUDA_SUCCESS &&
              api->cudnnCreate(&handle) == CUDNN_STATUS_SUCCESS;
    for (int n = atomic_fetch_add(&shop->next, 1); n < shop->job_count;
         n = atomic_fetch_add(&shop->next, 1)) {
        const job *at = &shop->jobs[n];
        if (ok && at->engine.compiled)
            at->owner->list[at->number].plan = hax_cuda_plan_make(api, handle, at->engine.config);
        atomic_fetch_add(&shop->done, 1);
    }
    if (handle)
        api->cudnnDestroy(handle);
    return NULL;
}

static void make_compiled(workshop *shop, void (*beat)(void *), void *beat_context)
{
    pthread_t threads[THREADS_MAX];
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int wanted = processors < THREADS_MAX ? (int) processors : THREADS_MAX, started = 0;
    while (started < wanted && pthread_create(&threads[started], NULL, make_plans, shop) == 0)
        started++;
    while (started > 0 && atomic_load(&shop->done) < shop->job_count) {
        const struct timespec moment = { 0, 20 * 1000 * 1000 };
        nanosleep(&moment, NULL);
        if (beat)
            beat(beat_context);
    }
    for (int t = 0; t < started; t++)
        pthread_join(threads[t], NULL);
}

static void make_precompiled(workshop *shop)
{
    for (int n = 0; n < shop->job_count; n++) {
        const job *at = &shop->jobs[n];
        if (!at->engine.compiled)
            at->owner->list[at->number].plan =
                hax_cuda_plan_make(&shop->device->api, shop->unit->cudnn, at->engine.config);
    }
}

static void close_shop(workshop *shop)
{
    for (int n = 0; n < shop->job_count; n++)
        shop->device->api.cudnnBackendDestroyDescriptor(shop->jobs[n].engine.config);
    for (int g = 0; g < shop->graph_count; g++)
        hax_cuda_graph_close(&shop->graphs[g]);
    free(shop->jobs);
    free(shop->graphs);
}

hax_status hax_cuda_candidates_make(hax_device *device, const hax_cuda_unit *unit,
                                    const hax_cuda_convolution *cuda_convolution, int count,
                                    bool bare, void (*beat)(void *), void *beat_context,
                                    hax_error *err)
{
    workshop shop = { .device = device, .unit = unit };
    bool ok = true, compiled = false;
    shop.graphs = calloc(2 * (size_t) count + 1, sizeof *shop.graphs);
    if (!shop.graphs)
        return hax_fail_memory(err, "plans of convolutions");
    for (int c = 0; c < count && ok; c++) {
        if (!hax_cuda_candidates_find(device, &cuda_convolution[c]))
            ok = list_convolution(&shop, &cuda_convolution[c], bare);
        if (beat)
            beat(beat_context);
    }
    make_precompiled(&shop);
    for (int n = 0; n < shop.job_count; n++)
        compiled = compiled || shop.jobs[n].engine.compiled;
    if (compiled && ok)
        make_compiled(&shop, beat, beat_context);
    close_shop(&shop);
    return ok ? HAX_OK : hax_fail_memory(err, "plans of convolutions");
}
