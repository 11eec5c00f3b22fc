#include "dispatcher.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

typedef struct network_state {
    int64_t deadline_ns; /* after the release; INT64_MAX: none */
    hax_frame_policy policy;
    int buffer;               /* frames that may wait */
    int waiting, oldest;      /* how many do, and where the first of them stands */
    hax_queued_frame *frames; /* [buffer], a ring */
    hax_queued_frame current; /* number -1: none */
    int piece_count, *pieces; /* in their order */
    int next;                 /* of `pieces`: what begins next of the current frame */
    bool running;             /* the piece before it has not ended */
} network_state;

struct hax_dispatcher {
    const hax_piece *pieces;
    int network_count;
    network_state *networks;
    uint32_t busy; /* resources */
};

/* ---- opened and closed ----------------------------------------------------------------------- */

static hax_status open_network(hax_dispatcher *dispatcher, int network, int piece_count,
                               const hax_frame_source *source, hax_error *err)
{
    network_state *state = &dispatcher->networks[network];
    state->deadline_ns =
        isinf(source->deadline_ms) ? INT64_MAX : (int64_t) llround(source->deadline_ms * 1e6);
    state->policy = source->policy;
    state->buffer = source->buffer;
    state->current.number = -1;
    state->frames = calloc((size_t) source->buffer, sizeof *state->frames);
    state->pieces = calloc((size_t) piece_count + 1, sizeof *state->pieces);
    if (!state->frames || !state->pieces)
        return hax_fail_memory(err, "the frames of a stream");
    for (int p = 0; p < piece_count; p++)
        if (dispatcher->pieces[p].instance == network)
            state->pieces[state->piece_count++] = p;
    assert(state->piece_count > 0);
    return HAX_OK;
}

hax_status hax_dispatcher_open(const hax_piece *pieces, int piece_count,
                               const hax_frame_source *sources, int network_count,
                               hax_dispatcher **out, hax_error *err)
{
    hax_dispatcher *dispatcher = calloc(1, sizeof *dispatcher);
    if (!dispatcher)
        return hax_fail_memory(err, "a stream");
    dispatcher->pieces = pieces;
    dispatcher->networks = calloc((size_t) network_count, sizeof *dispatcher->networks);
    hax_status status =
        dispatcher->networks ? HAX_OK : hax_fail_memory(err, "the networks of a stream");
    for (int n = 0; n < network_count && status == HAX_OK; n++) {
        dispatcher->network_count = n + 1;
        status = open_network(dispatcher, n, piece_count, &sources[n], err);
    }
    if (status != HAX_OK) {
        hax_dispatcher_close(dispatcher);
        return status;
    }
    *out = dispatcher;
    return HAX_OK;
}

void hax_dispatcher_close(hax_dispatcher *dispatcher)
{
    if (!dispatcher)
        return;
    for (int n = 0; n < dispatcher->network_count; n++) {
        free(dispatcher->networks[n].frames);
        free(dispatcher->networks[n].pieces);
    }
    free(dispatcher->networks);
    free(dispatcher);
}

/* ---- frames ---------------------------------------------------------------------------------- */

bool hax_dispatcher_has_room(const hax_dispatcher *dispatcher, int network)
{
    const network_state *state = &dispatcher->networks[network];
    return state->waiting < state->buffer;
}

bool hax_dispatcher_take_waiting(hax_dispatcher *dispatcher, int network, hax_queued_frame *frame)
{
    network_state *state = &dispatcher->networks[network];
    if (state->waiting == 0)
        return false;
    *frame = state->frames[state->oldest];
    state->oldest = (state->oldest + 1) % state->buffer;
    state->waiting--;
    return true;
}

bool hax_dispatcher_release(hax_dispatcher *dispatcher, int network, const hax_queued_frame *frame,
                            hax_queued_frame *dropped)
{
    network_state *state = &dispatcher->networks[network];
    bool full = state->waiting == state->buffer;
    assert(frame->number >= 0);
    if (full && state->policy == HAX_KEEP_QUEUE) {
        *dropped = *frame;
        return true;
    }
    if (full)
        hax_dispatcher_take_waiting(dispatcher, network, dropped);
    state->frames[(state->oldest + state->waiting++) % state->buffer] = *frame;
    assert(state->waiting <= state->buffer);
    return full;
}

hax_queued_frame *hax_dispatcher_frame(hax_dispatcher *dispatcher, int network)
{
    network_state *state = &dispatcher->networks[network];
    return state->current.number >= 0 ? &state->current : NULL;
}

bool hax_dispatcher_is_idle(const hax_dispatcher *dispatcher)
{
    for (int n = 0; n < dispatcher->network_count; n++)
        if (dispatcher->networks[n].waiting > 0 || dispatcher->networks[n].current.number >= 0)
            return false;
    return true;
}

/* ---- dispatch -------------------------------------------------------------------------------- */

/* The frame whose next piece is ready; NULL: none. */
static const hax_queued_frame *ready_frame(const network_state *state)
{
    if (state->running)
        return NULL;
    if (state->current.number >= 0)
        return &state->current;
    return state->waiting > 0 ? &state->frames[state->oldest] : NULL;
}

static int64_t due_ns(const network_state *state, const hax_queued_frame *frame)
{
    return state->deadline_ns == INT64_MAX ? INT64_MAX : frame->release_ns + state->deadline_ns;
}

/* Does network `a` go before `b`? Both have a frame that is ready. */
static bool goes_before(const hax_dispatcher *dispatcher, int a, int b)
{
    const network_state *first = &dispatcher->networks[a], *second = &dispatcher->networks[b];
    const hax_queued_frame *one = ready_frame(first), *other = ready_frame(second);
    int64_t due = due_ns(first, one), other_due = due_ns(second, other);
    if (due != other_due)
        return due < other_due;
    if (one->release_ns != other->release_ns)
        return one->release_ns < other->release_ns;
    return a < b;
}

static int begin(hax_dispatcher *dispatcher, int network)
{
    network_state *state = &dispatcher->networks[network];
    if (state->current.number < 0) {
        hax_dispatcher_take_waiting(dispatcher, network, &state->current);
        state->next = 0;
    }
    int piece = state->pieces[state->next];
    state->running = true;
    assert(!(dispatcher->busy & dispatcher->pieces[piece].resources));
    dispatcher->busy |= dispatcher->pieces[piece].resources;
    return piece;
}

int hax_dispatcher_next(hax_dispatcher *dispatcher)
{
    uint64_t seen = 0; /* networks */
    uint32_t wanted = dispatcher->busy;
    for (;;) {
        int best = -1;
        for (int n = 0; n < dispatcher->network_count; n++)
            if (!(seen >> n & 1) && ready_frame(&dispatcher->networks[n]) &&
                (best < 0 || goes_before(dispatcher, n, best)))
                best = n;
        if (best < 0)
            return -1;
        const network_state *state = &dispatcher->networks[best];
        int next = state->current.number >= 0 ? state->next : 0;
        uint32_t resources = dispatcher->pieces[state->pieces[next]].resources;
        if (!(resources & wanted))
            return begin(dispatcher, best);
        wanted |= resources;
        seen |= UINT64_C(1) << best;
    }
}

bool hax_dispatcher_end(hax_dispatcher *dispatcher, int piece, hax_queued_frame *frame)
{
    network_state *state = &dispatcher->networks[dispatcher->pieces[piece].instance];
    assert(state->running && state->pieces[state->next] == piece);
    dispatcher->busy &= ~dispatcher->pieces[piece].resources;
    state->running = false;
    state->next++;
    if (state->next < state->piece_count)
        return false;
    *frame = state->current;
    state->current.number = -1;
    return true;
}
