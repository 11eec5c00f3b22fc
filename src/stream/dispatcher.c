#include "dispatcher.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* A network's pieces in one plan. */
typedef struct piece_list {
    int count, *pieces; /* in their order, those of one turn behind those of the other */
    int turns, *first;  /* [turns + 1] of `pieces`; one turn where there is no table */
} piece_list;

/* A frame that is worked on, in one of its network's copies. */
typedef struct flight {
    hax_queued_frame frame;
    int place;    /* whose plan it goes by */
    int next;     /* of its pieces: what begins next */
    bool running; /* the piece before it has not ended */
} flight;

/* A copy of a network: the session's instance, with its pieces in each plan. */
typedef struct network_copy {
    piece_list plans[HAX_PIECES_PLACES];
    flight flight; /* of the frame that it works on, if it does */
} network_copy;

typedef struct network_state {
    int64_t deadline_ns; /* after the release; INT64_MAX: none */
    hax_frame_policy policy;
    int buffer;               /* frames that may wait */
    int waiting, oldest;      /* how many do, and where the first of them stands */
    hax_queued_frame *frames; /* [buffer], a ring */
    network_copy *copies;     /* [in_flight], a ring: frames take them in turns and end in order */
    int active, first;        /* frames that are worked on, and the copy of the first of them */
} network_state;

/* A frame whose next piece is ready, but for its time and its resources: of those of its network
 * that are worked on, in their order; the one behind these waits. */
typedef struct candidate {
    int network, turn;
} candidate;

struct hax_dispatcher {
    const hax_piece *pieces;
    int network_count;
    int in_flight; /* frames of a network that are worked on at once, at most */
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

static hax_status list_pieces(const hax_dispatcher *dispatcher, int instance, hax_piece_range plan,
                              piece_list *list, hax_error *err)
{
    const hax_piece *pieces = dispatcher->pieces;
    const int end = plan.first + plan.count;
    *list = (piece_list){ 0 };
    for (int p = plan.first; p < end; p++)
        if (pieces[p].instance == instance && pieces[p].turn >= list->turns)
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
            if (pieces[p].instance == instance && pieces[p].turn == turn)
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

static int instance_of(const hax_dispatcher *dispatcher, int network, int copy)
{
    return copy * dispatcher->network_count + network;
}

static hax_status open_network(hax_dispatcher *dispatcher, int network, hax_piece_range plan,
                               const hax_frame_source *source, hax_error *err)
{
    network_state *state = &dispatcher->networks[network];
    hax_dispatcher_set_deadline(dispatcher, network, source->deadline_ms);
    state->policy = source->policy;
    state->buffer = source->buffer;
    state->frames = calloc((size_t) source->buffer, sizeof *state->frames);
    state->copies = calloc((size_t) dispatcher->in_flight, sizeof *state->copies);
    if (!state->frames || !state->copies)
        return hax_fail_memory(err, "the frames of a stream");
    for (int copy = 0; copy < dispatcher->in_flight; copy++)
        HAX_TRY(list_pieces(dispatcher, instance_of(dispatcher, network, copy), plan,
                            &state->copies[copy].plans[0], err));
    return HAX_OK;
}

hax_status hax_dispatcher_open(const hax_piece *pieces, hax_piece_range plan,
                               const hax_frame_source *sources, int network_count, int in_flight,
                               const hax_dispatch_table *table, hax_dispatcher **out,
                               hax_error *err)
{
    hax_dispatcher *dispatcher = calloc(1, sizeof *dispatcher);
    assert(in_flight >= 1 && (in_flight == 1 || !table));
    if (!dispatcher)
        return hax_fail_memory(err, "a stream");
    dispatcher->pieces = pieces;
    dispatcher->network_count = network_count;
    dispatcher->in_flight = in_flight;
    if (table)
        dispatcher->table = *table;
    dispatcher->networks = calloc((size_t) network_count, sizeof *dispatcher->networks);
    hax_status status =
        dispatcher->networks ? HAX_OK : hax_fail_memory(err, "the networks of a stream");
    for (int n = 0; n < network_count && status == HAX_OK; n++)
        status = open_network(dispatcher, n, plan, &sources[n], err);
    if (status != HAX_OK) {
        hax_dispatcher_close(dispatcher);
        return status;
    }
    *out = dispatcher;
    return HAX_OK;
}

static void close_network(const hax_dispatcher *dispatcher, network_state *state)
{
    free(state->frames);
    for (int copy = 0; state->copies && copy < dispatcher->in_flight; copy++)
        for (int place = 0; place < HAX_PIECES_PLACES; place++)
            free_list(&state->copies[copy].plans[place]);
    free(state->copies);
}

void hax_dispatcher_close(hax_dispatcher *dispatcher)
{
    if (!dispatcher)
        return;
    for (int n = 0; dispatcher->networks && n < dispatcher->network_count; n++)
        close_network(dispatcher, &dispatcher->networks[n]);
    free(dispatcher->networks);
    free(dispatcher);
}

/* ---- plans ----------------------------------------------------------------------------------- */

/* The copy of one of the frames that are worked on, or of the one behind them. */
static network_copy *copy_of(const hax_dispatcher *dispatcher, const network_state *state, int turn)
{
    assert(turn >= 0 && turn < dispatcher->in_flight);
    return &state->copies[(state->first + turn) % dispatcher->in_flight];
}

/* By which plan a network's next frame begins. */
static int next_place(const hax_dispatcher *dispatcher, const network_state *state)
{
    const int newest = dispatcher->newest;
    return state->copies[0].plans[newest].count > 0 ? newest : HAX_PIECES_PLACES - 1 - newest;
}

int hax_dispatcher_free_place(const hax_dispatcher *dispatcher)
{
    const int older = HAX_PIECES_PLACES - 1 - dispatcher->newest;
    for (int n = 0; n < dispatcher->network_count; n++) {
        const network_state *state = &dispatcher->networks[n];
        for (int turn = 0; turn < state->active; turn++)
            if (copy_of(dispatcher, state, turn)->flight.place == older)
                return -1;
        if (state->waiting > 0 && next_place(dispatcher, state) == older)
            return -1;
    }
    return older;
}

hax_status hax_dispatcher_adopt(hax_dispatcher *dispatcher, int place, hax_piece_range plan,
                                hax_error *err)
{
    piece_list lists[HAX_MAX_INSTANCES]; /* [instance] */
    const int count = dispatcher->network_count * dispatcher->in_flight;
    hax_status status = HAX_OK;
    int listed = 0;
    assert(place == hax_dispatcher_free_place(dispatcher) && !dispatcher->table.start_ns);
    assert(count <= HAX_MAX_INSTANCES);
    while (status == HAX_OK && listed < count) {
        status = list_pieces(dispatcher, listed, plan, &lists[listed], err);
        listed += status == HAX_OK;
    }
    for (int i = 0; i < listed; i++) {
        network_state *state = &dispatcher->networks[i % dispatcher->network_count];
        piece_list *list = &state->copies[i / dispatcher->network_count].plans[place];
        free_list(status == HAX_OK ? list : &lists[i]);
        if (status == HAX_OK)
            *list = lists[i];
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

/* The frame that a session's instance works on; NULL: none. */
static flight *flight_of(const hax_dispatcher *dispatcher, int instance)
{
    const network_state *state = &dispatcher->networks[instance % dispatcher->network_count];
    const int copy = instance / dispatcher->network_count;
    const int turn = (copy - state->first + dispatcher->in_flight) % dispatcher->in_flight;
    return turn < state->active ? &state->copies[copy].flight : NULL;
}

hax_queued_frame *hax_dispatcher_frame(hax_dispatcher *dispatcher, int instance)
{
    flight *flight = flight_of(dispatcher, instance);
    return flight ? &flight->frame : NULL;
}

bool hax_dispatcher_has_frames(const hax_dispatcher *dispatcher, int network)
{
    const network_state *state = &dispatcher->networks[network];
    return state->waiting > 0 || state->active > 0;
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

/* Has a frame ended so many pieces as the one behind it needs for its piece `next`, of a plan? One
 * that goes by another plan has all pieces of it in front of it. */
static bool has_passed(const flight *flight, int place, int next)
{
    return flight->place == place && flight->next > next;
}

/* May the next frame that waits begin, as far as those before it are concerned? */
static bool may_follow(const hax_dispatcher *dispatcher, const network_state *state)
{
    if (state->active == 0)
        return true;
    return state->active < dispatcher->in_flight &&
           has_passed(&copy_of(dispatcher, state, state->active - 1)->flight,
                      next_place(dispatcher, state), 0);
}

bool hax_dispatcher_may_follow(const hax_dispatcher *dispatcher, int network)
{
    const network_state *state = &dispatcher->networks[network];
    return state->waiting == 0 && may_follow(dispatcher, state);
}

static bool is_ready(const hax_dispatcher *dispatcher, const network_state *state, int turn)
{
    if (turn == state->active)
        return state->waiting > 0 && may_follow(dispatcher, state);
    const flight *own = &copy_of(dispatcher, state, turn)->flight;
    return !own->running && (turn == 0 || has_passed(&copy_of(dispatcher, state, turn - 1)->flight,
                                                     own->place, own->next));
}

static const hax_queued_frame *frame_of(const hax_dispatcher *dispatcher, const candidate *who)
{
    const network_state *state = &dispatcher->networks[who->network];
    return who->turn < state->active ? &copy_of(dispatcher, state, who->turn)->flight.frame
                                     : &state->frames[state->oldest];
}

/* The piece of a frame that is ready. */
static int ready_piece(const hax_dispatcher *dispatcher, const candidate *who)
{
    const network_state *state = &dispatcher->networks[who->network];
    const network_copy *copy = copy_of(dispatcher, state, who->turn);
    if (who->turn < state->active)
        return copy->plans[copy->flight.place].pieces[copy->flight.next];
    const piece_list *list = &copy->plans[next_place(dispatcher, state)];
    return list->pieces[list->first[turn_of(list, frame_of(dispatcher, who))]];
}

/* When the table has the piece that is ready of a frame. */
static int64_t planned_ns(const hax_dispatcher *dispatcher, const candidate *who)
{
    const network_state *state = &dispatcher->networks[who->network];
    int64_t period = frame_of(dispatcher, who)->number / state->copies[0].plans[0].turns;
    return (int64_t) llroundl((long double) period * dispatcher->table.period_ns) +
           dispatcher->table.start_ns[ready_piece(dispatcher, who)];
}

/* What goes first among those that are ready: a deadline, or a start in the table. */
static int64_t urgency(const hax_dispatcher *dispatcher, const candidate *who)
{
    return dispatcher->table.start_ns ? planned_ns(dispatcher, who)
                                      : frame_of(dispatcher, who)->due_ns;
}

/* Does one go before another? Those of a network stand in their order. */
static bool goes_before(const hax_dispatcher *dispatcher, const candidate *a, const candidate *b)
{
    int64_t one = urgency(dispatcher, a), other = urgency(dispatcher, b);
    int64_t release_ns = frame_of(dispatcher, a)->release_ns;
    int64_t other_release_ns = frame_of(dispatcher, b)->release_ns;
    if (one != other)
        return one < other;
    if (release_ns != other_release_ns)
        return release_ns < other_release_ns;
    return a->network < b->network;
}

static bool is_due(const hax_dispatcher *dispatcher, const candidate *who, int64_t now_ns)
{
    return !dispatcher->table.start_ns || planned_ns(dispatcher, who) <= now_ns;
}

/* All frames whose next piece is ready; there are no more than instances of the session. */
static int list_ready(const hax_dispatcher *dispatcher, candidate *list)
{
    int count = 0;
    for (int n = 0; n < dispatcher->network_count; n++) {
        const network_state *state = &dispatcher->networks[n];
        for (int turn = 0; turn <= state->active && turn < dispatcher->in_flight; turn++)
            if (is_ready(dispatcher, state, turn))
                list[count++] = (candidate){ n, turn };
    }
    assert(count <= HAX_MAX_INSTANCES);
    return count;
}

static int begin(hax_dispatcher *dispatcher, const candidate *who)
{
    network_state *state = &dispatcher->networks[who->network];
    network_copy *copy = copy_of(dispatcher, state, who->turn);
    flight *flight = &copy->flight;
    const int piece = ready_piece(dispatcher, who);
    if (who->turn == state->active) {
        flight->place = next_place(dispatcher, state);
        hax_dispatcher_take_waiting(dispatcher, who->network, &flight->frame);
        const piece_list *list = &copy->plans[flight->place];
        flight->next = list->first[turn_of(list, &flight->frame)];
        state->active++;
    }
    flight->running = true;
    assert(!(dispatcher->busy & dispatcher->pieces[piece].resources));
    dispatcher->busy |= dispatcher->pieces[piece].resources;
    return piece;
}

int hax_dispatcher_next(hax_dispatcher *dispatcher, int64_t now_ns)
{
    candidate list[HAX_MAX_INSTANCES];
    int count = list_ready(dispatcher, list);
    uint32_t wanted = dispatcher->busy;
    for (;;) {
        int best = -1;
        for (int c = 0; c < count; c++)
            if (is_due(dispatcher, &list[c], now_ns) &&
                (best < 0 || goes_before(dispatcher, &list[c], &list[best])))
                best = c;
        if (best < 0)
            return -1;
        uint32_t resources = dispatcher->pieces[ready_piece(dispatcher, &list[best])].resources;
        if (!(resources & wanted))
            return begin(dispatcher, &list[best]);
        wanted |= resources;
        for (int c = best; c + 1 < count; c++)
            list[c] = list[c + 1];
        count--;
    }
}

int64_t hax_dispatcher_next_start_ns(const hax_dispatcher *dispatcher, int64_t now_ns)
{
    candidate list[HAX_MAX_INSTANCES];
    int64_t next_ns = INT64_MAX;
    if (!dispatcher->table.start_ns)
        return next_ns;
    const int count = list_ready(dispatcher, list);
    for (int c = 0; c < count; c++) {
        int64_t start_ns = planned_ns(dispatcher, &list[c]);
        if (start_ns > now_ns && start_ns < next_ns)
            next_ns = start_ns;
    }
    return next_ns;
}

/* The first of the frames that are worked on is no longer. */
static void leave(const hax_dispatcher *dispatcher, network_state *state)
{
    assert(state->active > 0);
    state->first = (state->first + 1) % dispatcher->in_flight;
    state->active--;
}

bool hax_dispatcher_end(hax_dispatcher *dispatcher, int piece, hax_queued_frame *frame)
{
    const int instance = dispatcher->pieces[piece].instance;
    network_state *state = &dispatcher->networks[instance % dispatcher->network_count];
    network_copy *copy = &state->copies[instance / dispatcher->network_count];
    flight *flight = flight_of(dispatcher, instance);
    assert(flight && flight->running && copy->plans[flight->place].pieces[flight->next] == piece);
    const piece_list *list = &copy->plans[flight->place];
    dispatcher->busy &= ~dispatcher->pieces[piece].resources;
    flight->running = false;
    flight->next++;
    if (flight->next < list->first[turn_of(list, &flight->frame) + 1])
        return false;
    assert(copy == copy_of(dispatcher, state, 0)); /* frames end in their order */
    *frame = flight->frame;
    leave(dispatcher, state);
    return true;
}

bool hax_dispatcher_abandon(hax_dispatcher *dispatcher, int network, hax_queued_frame *frame)
{
    network_state *state = &dispatcher->networks[network];
    if (state->active == 0)
        return false;
    network_copy *copy = copy_of(dispatcher, state, 0);
    if (copy->flight.running)
        dispatcher->busy &=
            ~dispatcher->pieces[copy->plans[copy->flight.place].pieces[copy->flight.next]]
                 .resources;
    *frame = copy->flight.frame;
    leave(dispatcher, state);
    return true;
}
