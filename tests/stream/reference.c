#include "reference.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* A network as a process: where its frame is, and what waits. */
typedef struct process {
    ref_frame queue[64];
    int queued;
    bool busy; /* a frame is worked on */
    ref_frame frame;
    int job;     /* that runs, or is next */
    bool runs;   /* job `job` runs now */
    double left; /* of it */
    double factor;
    int64_t since_ns, end_ns;
    int64_t released; /* of its own accord */
} process;

typedef struct simulation {
    ref_stream *stream;
    process of[REF_NETWORKS];
    int64_t now_ns;
} simulation;

static int64_t deadline_ns(const ref_network *network)
{
    return isinf(network->source.deadline_ms)
               ? INT64_MAX
               : (int64_t) llround(network->source.deadline_ms * 1e6);
}

static void emit(ref_network *network, ref_frame frame)
{
    assert(network->frame_count < REF_FRAMES);
    network->frames[network->frame_count++] = frame;
}

static void release(simulation *sim, int n, int64_t number, int64_t release_ns)
{
    ref_network *network = &sim->stream->networks[n];
    process *own = &sim->of[n];
    ref_frame frame = { .number = number, .release_ns = release_ns };
    if (own->queued == network->source.buffer) {
        ref_frame victim = network->source.policy == HAX_KEEP_QUEUE ? frame : own->queue[0];
        victim.dropped = true;
        emit(network, victim);
        if (network->source.policy == HAX_KEEP_QUEUE)
            return;
        memmove(own->queue, own->queue + 1, (size_t) --own->queued * sizeof *own->queue);
    }
    own->queue[own->queued++] = frame;
}

static bool allowed(const simulation *sim, int n, int64_t release_ns)
{
    return (sim->stream->frames < 0 || sim->of[n].released < sim->stream->frames) &&
           (double) release_ns < sim->stream->seconds * 1e9;
}

static void release_own(simulation *sim, int n, int64_t release_ns)
{
    release(sim, n, sim->of[n].released++, release_ns);
}

static int64_t due_release(const simulation *sim, int n)
{
    const ref_network *network = &sim->stream->networks[n];
    if (network->source.release != HAX_PERIODIC)
        return INT64_MAX;
    int64_t at = (int64_t) llroundl((long double) sim->of[n].released * 1e9L /
                                    (long double) network->source.rate_hz);
    return allowed(sim, n, at) ? at : INT64_MAX;
}

static void end_frame(simulation *sim, int n)
{
    ref_network *network = &sim->stream->networks[n];
    process *own = &sim->of[n];
    own->busy = false;
    own->frame.end_ns = sim->now_ns;
    int64_t deadline = deadline_ns(network);
    own->frame.missed = deadline != INT64_MAX && sim->now_ns - own->frame.release_ns > deadline;
    emit(network, own->frame);
    for (int other = 0; other < sim->stream->network_count; other++)
        if (sim->stream->networks[other].after == n)
            release(sim, other, own->frame.number, own->frame.release_ns);
    if (network->source.release == HAX_BACK_TO_BACK && network->after < 0 &&
        allowed(sim, n, sim->now_ns))
        release_own(sim, n, sim->now_ns);
}

static void start_job(simulation *sim, int n)
{
    process *own = &sim->of[n];
    own->runs = true;
    own->left = 1;
    own->factor = 0;
    own->since_ns = sim->now_ns;
}

/* Slowdowns by who runs now. Units in their order, as sums of demands have one. */
static void settle(simulation *sim)
{
    const ref_job *on[REF_UNITS] = { NULL };
    process *who[REF_UNITS] = { NULL };
    for (int n = 0; n < sim->stream->network_count; n++)
        if (sim->of[n].runs) {
            const ref_job *job = &sim->stream->networks[n].jobs[sim->of[n].job];
            assert(!on[job->unit]);
            on[job->unit] = job;
            who[job->unit] = &sim->of[n];
        }
    for (int u = 0; u < REF_UNITS; u++) {
        double others = 0;
        for (int v = 0; v < REF_UNITS; v++)
            if (v != u && on[v])
                others += on[v]->gbps;
        if (!on[u])
            continue;
        double factor = hax_slowdown_value(sim->stream->slowdown[u], on[u]->own_gbps, others);
        process *own = who[u];
        if (factor == own->factor)
            continue;
        double full = on[u]->alone_ms * own->factor * 1e6;
        if (full > 0)
            own->left = fmax(0, own->left - (double) (sim->now_ns - own->since_ns) / full);
        own->factor = factor;
        own->since_ns = sim->now_ns;
        own->end_ns = sim->now_ns + llround(own->left * on[u]->alone_ms * factor * 1e6);
    }
}

/* Jobs that end now, by unit; true: a piece or a frame has ended with one. */
static bool end_jobs(simulation *sim)
{
    bool any = false;
    for (int u = 0; u < REF_UNITS; u++)
        for (int n = 0; n < sim->stream->network_count; n++) {
            ref_network *network = &sim->stream->networks[n];
            process *own = &sim->of[n];
            if (!own->runs || network->jobs[own->job].unit != u || own->end_ns > sim->now_ns)
                continue;
            own->runs = false;
            own->job++;
            if (own->job < network->job_count && !network->jobs[own->job].begins_piece) {
                start_job(sim, n);
                break;
            }
            any = true;
            break; /* whose job it was: at most one runs on a unit */
        }
    for (int u = 0; u < REF_UNITS && any; u++) /* frames end by the unit of their last job */
        for (int n = 0; n < sim->stream->network_count; n++) {
            const ref_network *network = &sim->stream->networks[n];
            process *own = &sim->of[n];
            if (own->busy && !own->runs && own->job == network->job_count &&
                network->jobs[network->job_count - 1].unit == u)
                end_frame(sim, n);
        }
    return any;
}

/* Is network a's frame before network b's? */
static bool earlier(const simulation *sim, int a, int b)
{
    int who[2] = { a, b };
    int64_t due[2], came[2];
    for (int i = 0; i < 2; i++) {
        const process *own = &sim->of[who[i]];
        const ref_frame *frame = own->busy ? &own->frame : &own->queue[0];
        int64_t deadline = deadline_ns(&sim->stream->networks[who[i]]);
        came[i] = frame->release_ns;
        due[i] = deadline == INT64_MAX ? INT64_MAX : came[i] + deadline;
    }
    return due[0] != due[1] ? due[0] < due[1] : came[0] != came[1] ? came[0] < came[1] : a < b;
}

static void dispatch(simulation *sim)
{
    int order[REF_NETWORKS], count = 0;
    uint32_t taken = 0;
    for (int n = 0; n < sim->stream->network_count; n++) {
        const process *own = &sim->of[n];
        if (own->runs)
            taken |= sim->stream->resources[sim->stream->networks[n].jobs[own->job].unit];
        else if (own->busy || own->queued > 0)
            order[count++] = n;
    }
    for (int i = 1; i < count; i++) /* sorted by insertion */
        for (int j = i; j > 0 && earlier(sim, order[j], order[j - 1]); j--) {
            int kept = order[j];
            order[j] = order[j - 1];
            order[j - 1] = kept;
        }
    for (int i = 0; i < count; i++) {
        int n = order[i];
        process *own = &sim->of[n];
        int job = own->busy ? own->job : 0;
        uint32_t resources = sim->stream->resources[sim->stream->networks[n].jobs[job].unit];
        bool free = !(resources & taken);
        taken |= resources; /* also of one that waits: nobody passes it */
        if (!free)
            continue;
        if (!own->busy) {
            own->frame = own->queue[0];
            own->frame.start_ns = sim->now_ns;
            memmove(own->queue, own->queue + 1, (size_t) --own->queued * sizeof *own->queue);
            own->busy = true;
            own->job = 0;
        }
        start_job(sim, n);
    }
}

void ref_simulate(ref_stream *stream)
{
    simulation sim = { .stream = stream };
    for (int n = 0; n < stream->network_count; n++) {
        stream->networks[n].frame_count = 0;
        if (stream->networks[n].source.release == HAX_BACK_TO_BACK &&
            stream->networks[n].after < 0 && allowed(&sim, n, 0))
            release_own(&sim, n, 0);
    }
    for (;;) {
        int64_t next_ns = INT64_MAX;
        for (int n = 0; n < stream->network_count; n++)
            while (due_release(&sim, n) <= sim.now_ns)
                release_own(&sim, n, due_release(&sim, n));
        dispatch(&sim);
        settle(&sim);
        for (bool any = false; !any;) {
            next_ns = INT64_MAX;
            int64_t release_ns = INT64_MAX;
            for (int n = 0; n < stream->network_count; n++) {
                if (sim.of[n].runs && sim.of[n].end_ns < next_ns)
                    next_ns = sim.of[n].end_ns;
                if (due_release(&sim, n) < release_ns)
                    release_ns = due_release(&sim, n);
            }
            if (next_ns == INT64_MAX && release_ns == INT64_MAX)
                return;
            if (release_ns < next_ns) {
                sim.now_ns = release_ns;
                break;
            }
            sim.now_ns = next_ns;
            any = end_jobs(&sim);
            if (!any)
                settle(&sim);
        }
    }
}
