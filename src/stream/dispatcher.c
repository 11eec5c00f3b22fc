#include "dispatcher.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* A network's pieces in one plan. */
typedef struct piece_list {
    int count, *pieces; /* in their order, those of one turn behind those of the other */
    int turns, *first;  /* [turns + 1] of `pieces`; one turn where there is no table */
} piece_list;

typedef struct network_state {
    int64_t deadline_ns; /* after the release; INT64_MAX: none */
    hax_frame_policy policy;
    int buffer;               /* frames that may wait */
    int waiting, oldest;      /* how many do, and where the first of them stands */
    hax_queued_frame *frames; /* [buffer], a ring */
    hax_queued_frame current; /* number -1: none */
    piece_list plans[HAX_PIECES_PLACES];
    int place;    /* whose plan the current frame goes by */
    int next;     /* of its pieces: what begins next */
    bool running; /* the piece before it has not ended */
} network_state;

struct hax_dispatcher {
    const hax_piece *pieces;
    int network_count;
    network_state *networks;
    int newest;               /* place of the plan by which frames begin */
    uint32_t busy;            /* resources */
    hax_dispatch_table table; /* start_ns NULL: none */
};

/* ---- opened and closed ----------------------------------------------------------------------- */

static void free_list(piece_list *list)
{
    free(list->pieces);
    free(list->first);
    *list = (piece_list){ 0 };
}

static hax_status list_pieces(const hax_dispatcher *dispatcher, int network, hax_piece_range plan,
                              piece_list *list, hax_error *err)
{
    const hax_piece *pieces = dispatcher->pieces;
    const int end = plan.first + plan.count;
    *list = (piece_list){ 0 };
    for (int p = plan.first; p < end; p++)
        if (pieces[p].instance == network && pieces[p].turn >= list->turns)
            list->turns = pieces[p].turn + 1;
    list->pieces = calloc((size_t) plan.count + 1, sizeof *list->pieces);
    list->first = calloc((size_t) list->turns + 1, sizeof *list->first);
    if (!list->pieces || !list->first) {
        free_list(list);
        return hax_fail_memory(err, "the pieces of a stream");
    }
    for (int turn = 0; turn < list->turns; turn++) {
        list->first[turn] = list->count;
        for (int p = plan.first; p < end; p++)
            if (pieces[p].instance == network && pieces[p].turn == turn)
                list->pieces[list->count++] = p;
        assert(list->count > list->first[turn]);
    }
    list->first[list->turns] = list->count;
    return HAX_OK;
}

void hax_dispatcher_set_deadline(hax_dispatcher *dispatcher, int network, double deadline_ms)
{
    dispatcher->networks[network].deadline_ns =
        isinf(deadline_ms) ? INT64_MAX : (int64_t) llround(deadline_ms * 1e6);
}

static hax_status open_network(hax_dispatcher *dispatcher, int network, hax_piece_range plan,
                               const hax_frame_source *source, hax_error *err)
{
    network_state *state = &dispatcher->networks[network];
    hax_dispatcher_set_deadline(dispatcher, network, source->deadline_ms);
    state->policy = source->policy;
    state->buffer = source->buffer;
    state->current.number = -1;
    state->frames = calloc((size_t) source->buffer, sizeof *state->frames);
    if (!state->frames)
        return hax_fail_memory(err, "the frames of a stream");
    return list_pieces(dispatcher, network, plan, &state->plans[0], err);
}

hax_status hax_dispatcher_open(const hax_piece *pieces, hax_piece_range plan,
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
        status = open_network(dispatcher, n, plan, &sources[n], err);
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
        for (int place = 0; place < HAX_PIECES_PLACES; place++)
            free_list(&dispatcher->networks[n].plans[place]);
    }
    free(dispatcher->networks);
    free(dispatcher);
}

/* ---- plans ----------------------------------------------------------------------------------- */

/* By which plan a network's next frame begins. */
static int next_place(const hax_dispatcher *dispatcher, const network_state *state)
{
    const int newest = dispatcher->newest;
    return state->plans[newest].count > 0 ? newest : HAX_PIECES_PLACES - 1 - newest;
}

int hax_dispatcher_free_place(const hax_dispatcher *dispatcher)
{
    const int older = HAX_PIECES_PLACES - 1 - dispatcher->newest;
    for (int n = 0; n < dispatcher->network_count; n++) {
        const network_state *state = &dispatcher->networks[n];
        if ((state->current.number >= 0 && state->place == older) ||
            (state->waiting > 0 && next_place(dispatcher, state) == older))
            return -1;
    }
    return older;
}

hax_status hax_dispatcher_adopt(hax_dispatcher *dispatcher, int place, hax_piece_range plan,
                                hax_error *err)
{
    piece_list lists[HAX_MAX_INSTANCES];
    hax_status status = HAX_OK;
    int listed = 0;
    assert(place == hax_dispatcher_free_place(dispatcher) && !dispatcher->table.start_ns);
    while (status == HAX_OK && listed < dispatcher->network_count) {
        status = list_pieces(dispatcher, listed, plan, &lists[listed], err);
        listed += status == HAX_OK;
    }
    for (int n = 0; n < listed; n++) {
        piece_list *list = &dispatcher->networks[n].plans[place];
        free_list(status == HAX_OK ? list : &lists[n]);
        if (status == HAX_OK)
            *list = lists[n];
    }
    if (status == HAX_OK)
        dispatcher->newest = place;
    return status;
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
    hax_queued_frame *place;
    assert(frame->number >= 0);
    if (full && state->policy == HAX_KEEP_QUEUE) {
        *dropped = *frame;
        return true;
    }
    if (full)
        hax_dispatcher_take_waiting(dispatcher, network, dropped);
    place = &state->frames[(state->oldest + state->waiting++) % state->buffer];
    *place = *frame;
    place->due_ns =
        state->deadline_ns == INT64_MAX ? INT64_MAX : frame->release_ns + state->deadline_ns;
    assert(state->waiting <= state->buffer);
    return full;
}

hax_queued_frame *hax_dispatcher_frame(hax_dispatcher *dispatcher, int network)
{
    network_state *state = &dispatcher->networks[network];
    return state->current.number >= 0 ? &state->current : NULL;
}

bool hax_dispatcher_has_frames(const hax_dispatcher *dispatcher, int network)
{
    const network_state *state = &dispatcher->networks[network];
    return state->waiting > 0 || state->current.number >= 0;
}

bool hax_dispatcher_is_idle(const hax_dispatcher *dispatcher)
{
    for (int n = 0; n < dispatcher->network_count; n++)
        if (hax_dispatcher_has_frames(dispatcher, n))
            return false;
    return true;
}

/* ---- dispatch -------------------------------------------------------------------------------- */

static int turn_of(const piece_list *list, const hax_queued_frame *frame)
{
    return (int) (frame->number % list->turns);
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
static int ready_piece(const hax_dispatcher *dispatcher, const network_state *state,
                       const hax_queued_frame *frame)
{
    if (state->current.number >= 0)
        return state->plans[state->place].pieces[state->next];
    const piece_list *list = &state->plans[next_place(dispatcher, state)];
    return list->pieces[list->first[turn_of(list, frame)]];
}

/* When the table has the piece that is ready of a network. */
static int64_t planned_ns(const hax_dispatcher *dispatcher, const network_state *state)
{
    const hax_queued_frame *frame = ready_frame(state);
    int64_t period = frame->number / state->plans[0].turns;
    return (int64_t) llroundl((long double) period * dispatcher->table.period_ns) +
           dispatcher->table.start_ns[ready_piece(dispatcher, state, frame)];
}

/* What goes first among those that are ready: a deadline, or a start in the table. */
static int64_t urgency(const hax_dispatcher *dispatcher, const network_state *state)
{
    if (dispatcher->table.start_ns)
        return planned_ns(dispatcher, state);
    return ready_frame(state)->due_ns;
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

static uint32_t resources_of_ready(const hax_dispatcher *dispatcher, const network_state *state)
{
    return dispatcher->pieces[ready_piece(dispatcher, state, ready_frame(state))].resources;
}

static int begin(hax_dispatcher *dispatcher, int network)
{
    network_state *state = &dispatcher->networks[network];
    if (state->current.number < 0) {
        state->place = next_place(dispatcher, state);
        hax_dispatcher_take_waiting(dispatcher, network, &state->current);
        const piece_list *list = &state->plans[state->place];
        state->next = list->first[turn_of(list, &state->current)];
    }
    int piece = state->plans[state->place].pieces[state->next];
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
        uint32_t resources = resources_of_ready(dispatcher, state);
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
    const piece_list *list = &state->plans[state->place];
    assert(state->running && list->pieces[state->next] == piece);
    dispatcher->busy &= ~dispatcher->pieces[piece].resources;
    state->running = false;
    state->next++;
    if (state->next < list->first[turn_of(list, &state->current) + 1])
        return false;
    *frame = state->current;
    state->current.number = -1;
    return true;
}

bool hax_dispatcher_abandon(hax_dispatcher *dispatcher, int network, hax_queued_frame *frame)
{
    network_state *state = &dispatcher->networks[network];
    if (state->current.number < 0)
        return false;
    if (state->running)
        dispatcher->busy &=
            ~dispatcher->pieces[state->plans[state->place].pieces[state->next]].resources;
    state->running = false;
    *frame = state->current;
    state->current.number = -1;
    return true;
}
