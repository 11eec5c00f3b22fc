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
    int piece_count, *pieces; /* in their order, those of one turn behind those of the other */
    int turns, *first;        /* [turns + 1] of `pieces`; one turn where there is no table */
    int next;                 /* of `pieces`: what begins next of the current frame */
    bool running;             /* the piece before it has not ended */
} network_state;

struct hax_dispatcher {
    const hax_piece *pieces;
    int network_count;
    network_state *networks;
    uint32_t busy;            /* resources */
    hax_dispatch_table table; /* start_ns NULL: none */
};

/* ---- opened and closed ----------------------------------------------------------------------- */

static hax_status list_pieces(hax_dispatcher *dispatcher, int network, int piece_count,
                              hax_error *err)
{
    network_state *state = &dispatcher->networks[network];
    for (int p = 0; p < piece_count; p++)
        if (dispatcher->pieces[p].instance == network && dispatcher->pieces[p].turn >= state->turns)
            state->turns = dispatcher->pieces[p].turn + 1;
    state->pieces = calloc((size_t) piece_count + 1, sizeof *state->pieces);
    state->first = calloc((size_t) state->turns + 1, sizeof *state->first);
    if (!state->pieces || !state->first)
        return hax_fail_memory(err, "the pieces of a stream");
    for (int turn = 0; turn < state->turns; turn++) {
        state->first[turn] = state->piece_count;
        for (int p = 0; p < piece_count; p++)
            if (dispatcher->pieces[p].instance == network && dispatcher->pieces[p].turn == turn)
                state->pieces[state->piece_count++] = p;
        assert(state->piece_count > state->first[turn]);
    }
    state->first[state->turns] = state->piece_count;
    return HAX_OK;
}

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
    if (!state->frames)
        return hax_fail_memory(err, "the frames of a stream");
    return list_pieces(dispatcher, network, piece_count, err);
}

hax_status hax_dispatcher_open(const hax_piece *pieces, int piece_count,
                               const hax_frame_source *sources, int network_count,
                               const hax_dispatch_table *table, hax_dispatcher **out,
                               hax_error *err)
{
    hax_dispatcher *dispatcher = calloc(1, sizeof *dispatcher);
    if (!dispatcher)
        return hax_fail_memory(err, "a stream");
    dispatcher->pieces = pieces;
    if (table)
        dispatcher->table = *table;
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
        free(dispatcher->networks[n].first);
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

static int turn_of(const network_state *state, const hax_queued_frame *frame)
{
    return (int) (frame->number % state->turns);
}

/* The frame whose next piece is ready but for its time; NULL: none. */
static const hax_queued_frame *ready_frame(const network_state *state)
{
    if (state->running)
        return NULL;
    if (state->current.number >= 0)
        return &state->current;
    return state->waiting > 0 ? &state->frames[state->oldest] : NULL;
}

/* The piece of a frame that is ready. */
static int ready_piece(const network_state *state, const hax_queued_frame *frame)
{
    return state
        ->pieces[state->current.number >= 0 ? state->next : state->first[turn_of(state, frame)]];
}

/* When the table has the piece that is ready of a network. */
static int64_t planned_ns(const hax_dispatcher *dispatcher, const network_state *state)
{
    const hax_queued_frame *frame = ready_frame(state);
    long double period = (long double) (frame->number / state->turns);
    return (int64_t) llroundl(period * dispatcher->table.period_ns) +
           dispatcher->table.start_ns[ready_piece(state, frame)];
}

/* What goes first among those that are ready: a deadline, or a start in the table. */
static int64_t urgency(const hax_dispatcher *dispatcher, const network_state *state)
{
    if (dispatcher->table.start_ns)
        return planned_ns(dispatcher, state);
    const hax_queued_frame *frame = ready_frame(state);
    return state->deadline_ns == INT64_MAX ? INT64_MAX : frame->release_ns + state->deadline_ns;
}

/* Does network `a` go before `b`? Both have a frame that is ready. */
static bool goes_before(const hax_dispatcher *dispatcher, int a, int b)
{
    const network_state *first = &dispatcher->networks[a], *second = &dispatcher->networks[b];
    int64_t one = urgency(dispatcher, first), other = urgency(dispatcher, second);
    int64_t release_ns = ready_frame(first)->release_ns;
    int64_t other_release_ns = ready_frame(second)->release_ns;
    if (one != other)
        return one < other;
    if (release_ns != other_release_ns)
        return release_ns < other_release_ns;
    return a < b;
}

static bool is_due(const hax_dispatcher *dispatcher, const network_state *state, int64_t now_ns)
{
    return !dispatcher->table.start_ns || planned_ns(dispatcher, state) <= now_ns;
}

static int begin(hax_dispatcher *dispatcher, int network)
{
    network_state *state = &dispatcher->networks[network];
    if (state->current.number < 0) {
        hax_dispatcher_take_waiting(dispatcher, network, &state->current);
        state->next = state->first[turn_of(state, &state->current)];
    }
    int piece = state->pieces[state->next];
    state->running = true;
    assert(!(dispatcher->busy & dispatcher->pieces[piece].resources));
    dispatcher->busy |= dispatcher->pieces[piece].resources;
    return piece;
}

int hax_dispatcher_next(hax_dispatcher *dispatcher, int64_t now_ns)
{
    uint64_t seen = 0; /* networks */
    uint32_t wanted = dispatcher->busy;
    for (;;) {
        int best = -1;
        for (int n = 0; n < dispatcher->network_count; n++) {
            const network_state *state = &dispatcher->networks[n];
            if (!(seen >> n & 1) && ready_frame(state) && is_due(dispatcher, state, now_ns) &&
                (best < 0 || goes_before(dispatcher, n, best)))
                best = n;
        }
        if (best < 0)
            return -1;
        const network_state *state = &dispatcher->networks[best];
        uint32_t resources = dispatcher->pieces[ready_piece(state, ready_frame(state))].resources;
        if (!(resources & wanted))
            return begin(dispatcher, best);
        wanted |= resources;
        seen |= UINT64_C(1) << best;
    }
}

int64_t hax_dispatcher_next_start_ns(const hax_dispatcher *dispatcher, int64_t now_ns)
{
    int64_t next_ns = INT64_MAX;
    for (int n = 0; n < dispatcher->network_count && dispatcher->table.start_ns; n++) {
        const network_state *state = &dispatcher->networks[n];
        if (!ready_frame(state) || is_due(dispatcher, state, now_ns))
            continue;
        int64_t start_ns = planned_ns(dispatcher, state);
        next_ns = start_ns < next_ns ? start_ns : next_ns;
    }
    return next_ns;
}

bool hax_dispatcher_end(hax_dispatcher *dispatcher, int piece, hax_queued_frame *frame)
{
    network_state *state = &dispatcher->networks[dispatcher->pieces[piece].instance];
    assert(state->running && state->pieces[state->next] == piece);
    dispatcher->busy &= ~dispatcher->pieces[piece].resources;
    state->running = false;
    state->next++;
    if (state->next < state->first[turn_of(state, &state->current) + 1])
        return false;
    *frame = state->current;
    state->current.number = -1;
    return true;
}
