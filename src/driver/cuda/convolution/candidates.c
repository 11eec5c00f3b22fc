/* Plans to choose among (candidates.h). */
#define _GNU_SOURCE
#include "candidates.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "choices.h"
#include "clock.h"
#include "plan_store.h"

/* Plans that are compiled take half a second each: so many for each thread and network, divided
 * among its convolutions, in the order of the heuristics. Of the 14 that a convolution has, 10
 * reach the best time of resnet50 on 32 SMs, and 4 are not enough: on an H200 its convolutions of
 * 3x3 then took 8.0 us and not 6.5, and the whole network 344 on all SMs and not 293. */
enum { THREADS_MAX = 16, COMPILED_PER_THREAD = 30, COMPILED_LEAST = 4, COMPILED_MOST = 14 };

/* An engine whose plan is still to be made, and where the plan goes. */
typedef struct job {
    hax_cuda_engine engine;
    hax_cuda_candidates *owner;
    int number;
} job;

typedef struct plan_builder {
    hax_device *device;
    const hax_cuda_unit *unit;
    hax_cuda_graph *graphs; /* open until all plans are made */
    int graph_count;
    job *jobs;
    int job_count, job_room;
    int compiled_of_one; /* at most, of each convolution */
    int listed;          /* of the convolution that is being listed */
    _Atomic int next, done, compiled;
} plan_builder;

/* Of every number of SMs: the key that says so is the choice's (convolution.c). */
static void key_of(const hax_device *device, const hax_cuda_convolution *convolution, char *key)
{
    hax_cuda_convolution_key(convolution, &device->gpu, 0, key, HAX_CUDA_KEY_BYTES);
}

hax_cuda_candidates *hax_cuda_candidates_find(const hax_device *device,
                                              const hax_cuda_convolution *convolution)
{
    char key[HAX_CUDA_KEY_BYTES];
    key_of(device, convolution, key);
    for (hax_cuda_candidates *candidates = device->candidates; candidates;
         candidates = candidates->next)
        if (strcmp(candidates->key, key) == 0)
            return candidates;
    return NULL;
}

void hax_cuda_candidates_free(hax_device *device)
{
    for (hax_cuda_candidates *candidates = device->candidates, *next; candidates;
         candidates = next) {
        next = candidates->next;
        for (int c = 0; c < candidates->count; c++)
            if (candidates->list[c].plan)
                device->api.cudnnBackendDestroyDescriptor(candidates->list[c].plan);
        free(candidates->list);
        free(candidates);
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

/* ---- kept ------------------------------------------------------------------------------------ */

/* The text of what is kept: "132 32 16;3 57;17 57", sizes, then places with their engines. */
static void kept_key(const hax_cuda_candidates *candidates, char *key, size_t size)
{
    snprintf(key, size, "fastest of %s", candidates->key);
}

static bool read_kept(const char *text, hax_cuda_kept *kept)
{
    int used;
    *kept = (hax_cuda_kept){ 0 };
    for (; kept->size_count < HAX_CUDA_SIZES &&
           sscanf(text, "%d%n", &kept->sizes[kept->size_count], &used) == 1;
         text += used)
        kept->size_count++;
    for (; kept->count < HAX_CUDA_KEPT && sscanf(text, ";%d %d%n", &kept->list[kept->count].number,
                                                 &kept->list[kept->count].engine, &used) == 2;
         text += used)
        kept->count++;
    return *text == '\0';
}

static void recall_kept(const hax_device *device, hax_cuda_candidates *candidates)
{
    char key[HAX_CUDA_KEY_BYTES + 32];
    hax_cuda_stored stored;
    kept_key(candidates, key, sizeof key);
    if (!device->plans[0] || !hax_cuda_plan_load(device->plans, key, &stored))
        return;
    if (!read_kept(stored.json, &candidates->kept))
        candidates->kept = (hax_cuda_kept){ 0 };
    free(stored.json);
}

static void write_kept(const hax_device *device, const hax_cuda_candidates *candidates)
{
    char key[HAX_CUDA_KEY_BYTES + 32], text[12 * HAX_CUDA_SIZES + 24 * HAX_CUDA_KEPT + 1];
    const hax_cuda_kept *kept = &candidates->kept;
    const hax_cuda_stored stored = { 0, 0, text };
    int used = 0;
    for (int s = 0; s < kept->size_count; s++)
        used += snprintf(text + used, sizeof text - (size_t) used, "%s%d", s > 0 ? " " : "",
                         kept->sizes[s]);
    for (int k = 0; k < kept->count; k++)
        used += snprintf(text + used, sizeof text - (size_t) used, ";%d %d", kept->list[k].number,
                         kept->list[k].engine);
    assert(used > 0 && (size_t) used < sizeof text);
    kept_key(candidates, key, sizeof key);
    hax_cuda_plan_keep(device->plans, key, &stored);
}

/* Have all been timed on no more and no fewer SMs than that? Between those the fastest there are
 * enough. */
static bool covers(const hax_cuda_kept *kept, int sms)
{
    bool fewer = false, more = false;
    for (int s = 0; s < kept->size_count; s++) {
        fewer = fewer || kept->sizes[s] <= sms;
        more = more || kept->sizes[s] >= sms;
    }
    return fewer && more;
}

static bool is_kept(const hax_cuda_kept *kept, int number, int engine)
{
    for (int k = 0; k < kept->count; k++)
        if (kept->list[k].number == number && kept->list[k].engine == engine)
            return true;
    return false;
}

static void keep_one(hax_cuda_candidates *candidates, int number)
{
    hax_cuda_kept *kept = &candidates->kept;
    int engine = candidates->list[number].engine;
    if (kept->count == HAX_CUDA_KEPT || is_kept(kept, number, engine))
        return;
    kept->list[kept->count].number = number;
    kept->list[kept->count++].engine = engine;
}

void hax_cuda_candidates_keep(const hax_device *device, const hax_cuda_unit *unit,
                              hax_cuda_candidates *candidates, const double *us)
{
    /* how many, and how much slower than the fastest they may be */
    enum { EACH_TIME = 2 };
    const double worth = 1.15;
    double fastest_us = -1, last_us = -1;
    hax_cuda_kept *kept = &candidates->kept;
    if (!device->plans[0] || !candidates->complete || covers(kept, unit->sms) ||
        kept->size_count == HAX_CUDA_SIZES)
        return;
    for (int turn = 0; turn < EACH_TIME; turn++) {
        int next = -1; /* the fastest that is slower than that of the turn before */
        for (int c = 0; c < candidates->count; c++)
            if (us[c] >= 0 && us[c] > last_us && (next < 0 || us[c] < us[next]))
                next = c;
        if (next < 0 || (turn > 0 && us[next] > worth * fastest_us))
            break;
        last_us = us[next];
        fastest_us = turn == 0 ? last_us : fastest_us;
        if (candidates->list[next].compiled)
            keep_one(candidates, next);
    }
    kept->sizes[kept->size_count++] = unit->sms;
    write_kept(device, candidates);
}

/* ---- banned ---------------------------------------------------------------------------------- */

enum { BANNED_MOST = 16 };

static void banned_key(const hax_cuda_candidates *candidates, int number, char *key, size_t size)
{
    snprintf(key, size, "hangs %d of %s", number, candidates->key);
}

void hax_cuda_candidates_ban(const hax_device *device, const hax_cuda_candidates *candidates,
                             int number)
{
    char key[HAX_CUDA_KEY_BYTES + 32];
    hax_cuda_stored stored;
    int place = 0;
    for (; place < BANNED_MOST; place++) {
        banned_key(candidates, place, key, sizeof key);
        if (!device->plans[0] || !hax_cuda_plan_load(device->plans, key, &stored))
            break;
        free(stored.json);
    }
    stored = (hax_cuda_stored){ candidates->list[number].engine, 0,
                                hax_cuda_plan_text(&device->api, candidates->list[number].plan) };
    if (device->plans[0] && stored.json && place < BANNED_MOST)
        hax_cuda_plan_keep(device->plans, key, &stored);
    free(stored.json);
}

static void drop_one(const hax_device *device, hax_cuda_candidates *candidates, const char *banned)
{
    for (int c = 0; c < candidates->count; c++) {
        cudnnBackendDescriptor_t *plan = &candidates->list[c].plan;
        char *text = *plan ? hax_cuda_plan_text(&device->api, *plan) : NULL;
        if (text && strcmp(text, banned) == 0) {
            device->api.cudnnBackendDestroyDescriptor(*plan);
            *plan = NULL;
        }
        free(text);
    }
}

static void drop_banned(const hax_device *device, hax_cuda_candidates *candidates)
{
    char key[HAX_CUDA_KEY_BYTES + 32];
    hax_cuda_stored stored;
    for (int b = 0; b < BANNED_MOST && device->plans[0]; b++) {
        banned_key(candidates, b, key, sizeof key);
        if (!hax_cuda_plan_load(device->plans, key, &stored))
            return;
        drop_one(device, candidates, stored.json);
        free(stored.json);
    }
}

/* ---- listing ------------------------------------------------------------------------------ */

/* Is an engine as exact as the precision promises? */
static bool is_exact(hax_cuda_precision precision, const hax_cuda_engine *engine)
{
    return precision != HAX_CUDA_F32 || (!engine->tensor_cores && !engine->narrowed);
}

static bool add_candidate(hax_cuda_candidates *owner, const hax_cuda_engine *engine,
                          hax_cuda_graph_form form)
{
    if (owner->count == owner->capacity) {
        int capacity = owner->capacity > 0 ? 2 * owner->capacity : 32;
        void *grown = realloc(owner->list, (size_t) capacity * sizeof *owner->list);
        if (!grown)
            return false;
        owner->list = grown;
        owner->capacity = capacity;
    }
    owner->list[owner->count++] =
        (hax_cuda_candidate){ NULL, engine->index, form, engine->compiled };
    return true;
}

/* The job of making the plan of a candidate. */
static bool add_job(plan_builder *builder, const hax_cuda_engine *engine,
                    hax_cuda_candidates *owner, int number)
{
    if (builder->job_count == builder->job_room) {
        int room = builder->job_room > 0 ? 2 * builder->job_room : 256;
        void *grown = realloc(builder->jobs, (size_t) room * sizeof *builder->jobs);
        if (!grown)
            return false;
        builder->jobs = grown;
        builder->job_room = room;
    }
    builder->jobs[builder->job_count++] = (job){ *engine, owner, number };
    return true;
}

/* Is it worth compiling for? What takes no longer than its launch is not. */
static bool is_large(const hax_cuda_convolution *convolution)
{
    enum { MACS_MIN = 1000 * 1000 };
    double per_output = (double) convolution->in.c / convolution->group * convolution->kernel_h *
                        convolution->kernel_w;
    return (double) convolution->out.n * convolution->out.c * convolution->out.h *
               convolution->out.w * per_output >=
           MACS_MIN;
}

/* An engine's candidate and, where its plan is to be made now, the job of it: of those that are
 * compiled the first few in the order of the heuristics, or those that were kept. */
static bool list_engine(plan_builder *builder, const hax_cuda_engine *engine,
                        hax_cuda_graph_form form, int compiled, hax_cuda_candidates *owner,
                        bool *taken)
{
    int number = builder->listed++;
    assert(number <= owner->count);
    if (number == owner->count && !add_candidate(owner, engine, form))
        return false;
    bool made =
        !engine->compiled || (owner->complete ? compiled <= builder->compiled_of_one
                                              : is_kept(&owner->kept, number, engine->index));
    if (!made || owner->list[number].plan || owner->list[number].engine != engine->index)
        return true;
    *taken = add_job(builder, engine, owner, number);
    return *taken;
}

/* In half precision the fallback never won; strict f32 lives of it. Of the typed form only engines
 * that are compiled at run time are new. */
static bool list_form(plan_builder *builder, const hax_cuda_convolution *convolution,
                      hax_cuda_graph_form form, hax_cuda_candidates *owner)
{
    const hax_cuda_api *api = &builder->device->api;
    hax_cuda_engine engines[2 * HAX_CUDA_ENGINES];
    hax_cuda_graph *graph = &builder->graphs[builder->graph_count++];
    int count = 0, compiled = 0;
    bool ok = true;
    if (!hax_cuda_graph_open(graph, api, builder->unit->cudnn, convolution, form))
        return true;
    count = hax_cuda_graph_engines(graph, false, engines, HAX_CUDA_ENGINES);
    if (count == 0 || convolution->precision == HAX_CUDA_F32)
        count += hax_cuda_graph_engines(graph, true, engines + count, HAX_CUDA_ENGINES);
    for (int e = 0; e < count; e++) {
        bool wanted = is_exact(convolution->precision, &engines[e]) &&
                      (engines[e].compiled ? convolution->precision != HAX_CUDA_F32 && api->nvrtc &&
                                                 is_large(convolution)
                                           : form != HAX_CUDA_GRAPH_TYPED);
        compiled += wanted && engines[e].compiled;
        wanted = wanted && (!engines[e].compiled || compiled <= COMPILED_MOST);
        bool taken = false;
        if (wanted && ok)
            ok = list_engine(builder, &engines[e], form, compiled, owner, &taken);
        if (!taken)
            api->cudnnBackendDestroyDescriptor(engines[e].config);
    }
    return ok;
}

static bool list_forms(plan_builder *builder, const hax_cuda_convolution *convolution, bool bare,
                       hax_cuda_candidates *candidates)
{
    builder->listed = 0;
    if (bare)
        return list_form(builder, convolution, HAX_CUDA_GRAPH_BARE, candidates);
    return list_form(builder, convolution, HAX_CUDA_GRAPH_FLOATS, candidates) &&
           (convolution->precision == HAX_CUDA_F32 ||
            list_form(builder, convolution, HAX_CUDA_GRAPH_TYPED, candidates));
}

/* What is missing for this number of SMs. */
static bool list_convolution(plan_builder *builder, const hax_cuda_convolution *convolution,
                             bool bare)
{
    hax_device *device = builder->device;
    hax_cuda_candidates *candidates = hax_cuda_candidates_find(device, convolution);
    bool known = candidates != NULL;
    if (!candidates) {
        candidates = calloc(1, sizeof *candidates);
        if (!candidates)
            return false;
        key_of(device, convolution, candidates->key);
        candidates->next = device->candidates;
        device->candidates = candidates;
        recall_kept(device, candidates);
    }
    bool covered = covers(&candidates->kept, builder->unit->sms);
    if (known && (candidates->complete || covered))
        return true;
    candidates->complete = !covered;
    return list_forms(builder, convolution, bare, candidates);
}

/* ---- making ------------------------------------------------------------------------------- */

/* The handle is the thread's own; the primary context is current, a unit's may be to one only. */
static void *make_plans(void *argument)
{
    plan_builder *builder = argument;
    const hax_cuda_api *api = &builder->device->api;
    cudnnHandle_t handle = NULL;
    bool ok = api->cuCtxSetCurrent(builder->device->primary) == CUDA_SUCCESS &&
              api->cudnnCreate(&handle) == CUDNN_STATUS_SUCCESS;
    for (int n = atomic_fetch_add(&builder->next, 1); n < builder->job_count;
         n = atomic_fetch_add(&builder->next, 1)) {
        const job *one = &builder->jobs[n];
        if (ok && one->engine.compiled) {
            one->owner->list[one->number].plan =
                hax_cuda_plan_make(api, handle, one->engine.config);
            atomic_fetch_add(&builder->compiled, 1);
        }
        atomic_fetch_add(&builder->done, 1);
    }
    if (handle)
        api->cudnnDestroy(handle);
    return NULL;
}

static int thread_count(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 1 ? 1 : processors < THREADS_MAX ? (int) processors : THREADS_MAX;
}

static void make_compiled(plan_builder *builder, void (*beat)(void *), void *beat_context)
{
    pthread_t threads[THREADS_MAX];
    int wanted = thread_count(), started = 0;
    builder->device->choosing.threads = wanted;
    while (started < wanted && pthread_create(&threads[started], NULL, make_plans, builder) == 0)
        started++;
    struct timespec moment = { 0, 500 * 1000 };
    while (started > 0 && atomic_load(&builder->done) < builder->job_count) {
        nanosleep(&moment, NULL);
        moment.tv_nsec += moment.tv_nsec < 20 * 1000 * 1000 ? moment.tv_nsec : 0;
        builder->device->choosing.plans_done = atomic_load(&builder->compiled);
        if (beat)
            beat(beat_context);
    }
    for (int t = 0; t < started; t++)
        pthread_join(threads[t], NULL);
}

static void make_precompiled(plan_builder *builder)
{
    for (int n = 0; n < builder->job_count; n++) {
        const job *one = &builder->jobs[n];
        if (!one->engine.compiled)
            one->owner->list[one->number].plan =
                hax_cuda_plan_make(&builder->device->api, builder->unit->cudnn, one->engine.config);
    }
}

static void close_builder(plan_builder *builder)
{
    for (int n = 0; n < builder->job_count; n++)
        builder->device->api.cudnnBackendDestroyDescriptor(builder->jobs[n].engine.config);
    for (int g = 0; g < builder->graph_count; g++)
        hax_cuda_graph_close(&builder->graphs[g]);
    free(builder->jobs);
    free(builder->graphs);
}

/* How many plans are compiled of each of so many convolutions. */
static int share_of_one(int count)
{
    int share = count > 0 ? COMPILED_PER_THREAD * thread_count() / count : COMPILED_MOST;
    return share < COMPILED_LEAST ? COMPILED_LEAST : share > COMPILED_MOST ? COMPILED_MOST : share;
}

hax_status hax_cuda_candidates_make(hax_device *device, const hax_cuda_unit *unit,
                                    const hax_cuda_convolution *convolution, int count, bool bare,
                                    void (*beat)(void *), void *beat_context, hax_error *err)
{
    plan_builder builder = { .device = device,
                             .unit = unit,
                             .compiled_of_one = share_of_one(count) };
    bool ok = true;
    int compiled = 0;
    builder.graphs = calloc(2 * (size_t) count + 1, sizeof *builder.graphs);
    if (!builder.graphs)
        return hax_fail_memory(err, "plans of convolutions");
    for (int c = 0; c < count && ok; c++) {
        ok = list_convolution(&builder, &convolution[c], bare);
        if (beat)
            beat(beat_context);
    }
    make_precompiled(&builder);
    for (int n = 0; n < builder.job_count; n++)
        compiled += builder.jobs[n].engine.compiled;
    if (device->choosing.convolutions == 0) /* else it is one of those that are being chosen */
        device->choosing = (hax_cuda_choosing){ .plans = compiled,
                                                .convolutions = count,
                                                .began_ns = hax_clock_ns() };
    if (compiled > 0 && ok)
        make_compiled(&builder, beat, beat_context);
    for (int n = 0; n < builder.job_count; n++)
        if (n == 0 || builder.jobs[n].owner != builder.jobs[n - 1].owner)
            drop_banned(device, builder.jobs[n].owner);
    close_builder(&builder);
    return ok ? HAX_OK : hax_fail_memory(err, "plans of convolutions");
}
