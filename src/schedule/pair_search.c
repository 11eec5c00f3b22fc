/*
 * The optimum of two instances over all schedules, waits of any length included.
 *
 * A state says in which node one instance is idle and which phase of which arc the other
 * has in progress; a label of it is the time T with the remaining work r of that phase,
 * kept as (T, S) with S = T + r, the time at which the phase ends if nothing is started. From a
 * label the idle instance may start an arc now or after any wait before S (the other runs
 * alone meanwhile), or let the phase end. When a job is started, both progress at
 * constant rates until the first of them ends a phase: times and remainders are linear in
 * the moment of starting, so the labels of every state are straight pieces.
 *
 * Dominance. Where the demand of the arc in progress never rises from this phase on (it is
 * "safe"), a label with T' <= T and S' <= S is at least as good. Let the better one wait
 * until T: then the same phase has at most as much left (or has ended). From there it
 * repeats the starts of the other's continuation at the same times. Its running job ends no
 * later, so at every moment the other instance sees either the same phase or a later one of
 * the same arc, whose demand is no larger, or nothing; slowdowns never rise with less demand,
 * so by induction over events nothing of it ends later. Units: what was free for the other
 * is free for it, since its jobs end no later and start at the same times. Every objective
 * here falls with earlier ends.
 *
 * Where demand does rise (an IN that demands nothing before a group that demands much), being
 * further on can do harm. There a label counts with S' <= S and S' - T' >= S - T: let it
 * wait until as much of the phase is left as in the other, which is then no later, and
 * repeat the other's continuation earlier by as much. So labels of such phases are kept
 * by T - S in place of T, and all else is the same.
 *
 * States are visited by rising progress of both instances, so every state's labels are
 * complete when it is visited. Labels whose bound reaches the incumbent are dropped.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "clock.h"
#include "envelope.h"
#include "search.h"

enum {
    BOTH_IDLE = 2,
    ENVELOPE_ROOM = 4096,
    LOOK_EVERY = 1024, /* labels between two looks at the clock */
};

typedef struct state {
    int idle;  /* the idle instance, or BOTH_IDLE */
    int node;  /* its node; BOTH_IDLE: instance 0's */
    int other; /* the arc in progress of the other; BOTH_IDLE: instance 1's node */
    int phase;
    int first_piece;
    int next; /* in its bucket */
} state;

/* Where the best complete schedule came from. */
typedef struct finish {
    int parent; /* piece */
    double parent_at;
    int starter, arc; /* the last start, -1: none */
    double start_ms;
    int alone;       /* the instance that goes on alone */
    int alone_node;  /* from here */
    double alone_ms; /* at this time */
    int other_node;  /* where the other ended */
} finish;

typedef struct search {
    const hax_problem *problem;
    const hax_solve_options *options;
    automaton pair[2];
    bounds *bounds;
    bool blind;
    state *states;
    int state_count, state_room;
    int *table; /* open addressing: state + 1 */
    size_t table_mask;
    int *buckets; /* [progress * (PHASES_MAX + 1) + 0: both idle, 1 + phase] */
    int bucket_count;
    piece *pieces;
    int piece_count, piece_room;
    piece *work;      /* [ENVELOPE_ROOM] */
    double incumbent; /* to be made smaller */
    bool found;
    finish best;
    uint64_t nodes;
    uint64_t deadline_ns;
    bool stopped;
    bool out_of_memory;
} search;

/* ---- pools ------------------------------------------------------------------------------ */

static bool grow(search *at, void **list, int count, int *room, size_t size)
{
    if (count < *room)
        return true;
    int wanted = *room ? 2 * *room : 1024;
    void *grown = realloc(*list, (size_t) wanted * size);
    if (!grown) {
        at->out_of_memory = true;
        return false;
    }
    *list = grown;
    *room = wanted;
    return true;
}

static int add_piece(search *at, const piece *made)
{
    void *list = at->pieces;
    if (!grow(at, &list, at->piece_count, &at->piece_room, sizeof(piece)))
        return -1;
    at->pieces = list;
    at->pieces[at->piece_count] = *made;
    return at->piece_count++;
}

static size_t hash_state(const state *of)
{
    uint64_t key = (uint64_t) of->idle + 3 * (uint64_t) of->phase;
    key = key * 0x9e3779b97f4a7c15u + (uint64_t) of->node;
    key = key * 0x9e3779b97f4a7c15u + (uint64_t) of->other;
    return (size_t) (key ^ (key >> 29));
}

static bool same_state(const state *a, const state *b)
{
    return a->idle == b->idle && a->node == b->node && a->other == b->other && a->phase == b->phase;
}

static bool enlarge_table(search *at)
{
    size_t size = at->table_mask ? 2 * (at->table_mask + 1) : 4096;
    int *table = calloc(size, sizeof *table);
    if (!table) {
        at->out_of_memory = true;
        return false;
    }
    free(at->table);
    at->table = table;
    at->table_mask = size - 1;
    for (int s = 0; s < at->state_count; s++) {
        size_t slot = hash_state(&at->states[s]) & at->table_mask;
        while (table[slot])
            slot = (slot + 1) & at->table_mask;
        table[slot] = s + 1;
    }
    return true;
}

static int bucket_of(const search *at, const state *of)
{
    const automaton *pair = at->pair;
    if (of->idle == BOTH_IDLE)
        return (pair[0].nodes[of->node].group + pair[1].nodes[of->other].group) * (PHASES_MAX + 1);
    const arc *running = &pair[1 - of->idle].arcs[of->other];
    int progress = pair[of->idle].nodes[of->node].group + running->group;
    return progress * (PHASES_MAX + 1) + 1 + of->phase;
}

/* The state, made if new; NULL when memory is out. */
static state *get_state(search *at, state wanted)
{
    if (2 * (size_t) at->state_count >= at->table_mask && !enlarge_table(at))
        return NULL;
    size_t slot = hash_state(&wanted) & at->table_mask;
    for (; at->table[slot]; slot = (slot + 1) & at->table_mask)
        if (same_state(&at->states[at->table[slot] - 1], &wanted))
            return &at->states[at->table[slot] - 1];
    void *list = at->states;
    if (!grow(at, &list, at->state_count, &at->state_room, sizeof(state)))
        return NULL;
    at->states = list;
    int bucket = bucket_of(at, &wanted);
    wanted.first_piece = -1;
    wanted.next = at->buckets[bucket];
    at->buckets[bucket] = at->state_count;
    at->states[at->state_count] = wanted;
    at->table[slot] = ++at->state_count;
    return &at->states[at->state_count - 1];
}

/* ---- labels -------------------------------------------------------------------------------- */

static double minimised(const search *at, const double *finish_ms)
{
    double value = objective_value(at->problem, finish_ms);
    return at->problem->objective == HAX_THROUGHPUT ? -value : value;
}

static bool hopeless(const search *at, double bound)
{
    return bound >= at->incumbent - HAX_TIME_TOLERANCE_MS * fmax(1, fabs(at->incumbent));
}

static void look_at_limits(search *at)
{
    const hax_solve_options *options = at->options;
    at->nodes++;
    if (!options)
        return;
    if (options->node_limit && at->nodes >= options->node_limit)
        at->stopped = true;
    if (at->nodes % LOOK_EVERY)
        return;
    if (at->deadline_ns && hax_clock_ns() > at->deadline_ns)
        at->stopped = true;
    if (options->cancel && atomic_load_explicit(options->cancel, memory_order_relaxed))
        at->stopped = true;
}

/* Phases whose labels are kept by T - S. */
static bool by_rest(const search *at, const state *of)
{
    return !at->blind && of->idle != BOTH_IDLE &&
           !at->pair[1 - of->idle].arcs[of->other].safe[of->phase];
}

static piece to_axis(const search *at, const state *of, piece labels)
{
    if (by_rest(at, of)) {
        labels.t_from -= labels.s_from;
        labels.t_to -= labels.s_to;
    }
    return labels;
}

static piece from_axis(const search *at, const state *of, piece labels)
{
    if (by_rest(at, of)) {
        labels.t_from += labels.s_from;
        labels.t_to += labels.s_to;
    }
    return labels;
}

static double state_bound(const search *at, const state *of, double t, double s)
{
    if (of->idle == BOTH_IDLE)
        return bounds_both_idle(at->bounds, of->node, of->other, t);
    const arc *running = &at->pair[1 - of->idle].arcs[of->other];
    return bounds_value(at->bounds, of->idle, of->node, t, of->other,
                        s + running->rest_ms[of->phase]);
}

/* Bound on all labels of a piece. */
static double piece_bound(const search *at, const state *of, const piece *labels)
{
    piece real = from_axis(at, of, *labels);
    return state_bound(at, of, fmin(real.t_from, real.t_to), fmin(real.s_from, real.s_to));
}

/* Straight labels may come with T falling or S rising along them, or all at one T: turned round,
 * or cut down to the one label that covers the rest. */
static piece in_order(piece labels)
{
    if (labels.t_from > labels.t_to)
        labels = piece_part(&labels, 1, 0);
    if (labels.s_to >= labels.s_from)
        return piece_part(&labels, 0, 0);
    if (labels.t_to - labels.t_from <= PIECE_TINY * fmax(1, labels.t_to))
        return piece_part(&labels, 1, 1);
    return labels;
}

/* Puts labels into a state's list, unless they are hopeless or a label there covers them. */
static void deliver(search *at, state wanted, piece labels)
{
    look_at_limits(at);
    labels = in_order(to_axis(at, &wanted, labels));
    if (hopeless(at, piece_bound(at, &wanted, &labels)))
        return;
    state *to = get_state(at, wanted);
    if (!to)
        return;
    for (int p = to->first_piece; p >= 0; p = at->pieces[p].next)
        if (piece_covers(&at->pieces[p], &labels))
            return;
    labels.next = to->first_piece;
    int made = add_piece(at, &labels);
    if (made >= 0)
        to->first_piece = made;
}

/* ---- complete schedules ------------------------------------------------------------------------
 */

/* The end of instance i lies at t(l), and the other, alone from then on, ends at e(l): the best
 * point of the piece. Both are linear; a largest of linear functions has its least value at
 * an end or where they cross, every other objective here at an end. */
static void finish_at(search *at, const piece *labels, double l, int done, double t, double e,
                      double chain_ms, int alone_node, int other_node)
{
    double finish_ms[2];
    finish_ms[done] = t;
    finish_ms[1 - done] = e;
    double value = minimised(at, finish_ms);
    if (hopeless(at, value))
        return;
    piece point = piece_part(labels, l, l);
    at->incumbent = value;
    at->found = true;
    at->best = (finish){ .parent = labels->parent,
                         .parent_at = point.parent_from,
                         .starter = labels->starter,
                         .arc = labels->arc,
                         .start_ms = point.start_from,
                         .alone = 1 - done,
                         .alone_node = alone_node,
                         .alone_ms = e - chain_ms,
                         .other_node = other_node };
}

static double lateness(const search *at, int instance, double ms)
{
    return at->problem->objective == HAX_DEADLINE
               ? ms - at->problem->instances[instance].deadline_ms
               : ms;
}

static bool limits_pieces(const hax_problem *problem)
{
    for (int u = 0; u < problem->unit_count; u++)
        if (problem->units[u].max_pieces >= 0)
            return true;
    return false;
}

/* Time alone to the end from a node while the other instance has ended in `ended`. */
static double chain_from(search *at, int instance, int from, const node *ended)
{
    const automaton *of = &at->pair[instance];
    if (!limits_pieces(at->problem))
        return of->nodes[from].chain_ms;
    double *ms = calloc((size_t) of->node_count, sizeof *ms);
    int *arcs = calloc((size_t) of->node_count, sizeof *arcs);
    double chain = INFINITY;
    if (ms && arcs) {
        chains_beside(at->problem, of, ended, ms, arcs);
        chain = ms[from];
    } else {
        at->out_of_memory = true;
    }
    free(ms);
    free(arcs);
    return chain;
}

/* Instance `done` has ended in `ended`; the other goes on alone from `from` at s + rest. */
static void complete(search *at, const piece *labels, int done, int ended, int from, double rest_ms)
{
    double chain = chain_from(at, 1 - done, from, &at->pair[done].nodes[ended]);
    if (isinf(chain))
        return;
    double t0 = labels->t_from, t1 = labels->t_to;
    double e0 = labels->s_from + rest_ms + chain, e1 = labels->s_to + rest_ms + chain;
    finish_at(at, labels, 0, done, t0, e0, chain, from, ended);
    finish_at(at, labels, 1, done, t1, e1, chain, from, ended);
    double d0 = lateness(at, done, t0) - lateness(at, 1 - done, e0);
    double d1 = lateness(at, done, t1) - lateness(at, 1 - done, e1);
    if (d0 * d1 < 0) {
        double l = d0 / (d0 - d1);
        finish_at(at, labels, l, done, t0 + l * (t1 - t0), e0 + l * (e1 - e0), chain, from, ended);
    }
}

/* ---- both in progress ---------------------------------------------------------------------------
 */

/* Both instances in progress, all quantities linear along the piece: `lineage` carries where it
 * came from; its t is the time, its s is unused. */
typedef struct contest {
    piece lineage;
    int arc[2];
    int phase[2];
    double left_from[2], left_to[2];
} contest;

static double rate(const search *at, const contest *of, int i)
{
    const arc *mine = &at->pair[i].arcs[of->arc[i]];
    const arc *theirs = &at->pair[1 - i].arcs[of->arc[1 - i]];
    if (at->blind)
        return 1;
    return 1 / hax_slowdown_value(&at->problem->units[mine->unit].slowdown,
                                  mine->phases[of->phase[i]].gbps,
                                  theirs->phases[of->phase[1 - i]].gbps);
}

static void evolve(search *at, contest of);

static contest contest_part(const contest *of, double from, double to)
{
    contest part = *of;
    part.lineage = piece_part(&of->lineage, from, to);
    for (int i = 0; i < 2; i++) {
        part.left_from[i] = of->left_from[i] + from * (of->left_to[i] - of->left_from[i]);
        part.left_to[i] = of->left_from[i] + to * (of->left_to[i] - of->left_from[i]);
    }
    return part;
}

/* Instance `first` has ended its arc; the other is still in its phase. */
static void settle(search *at, const contest *of, int first)
{
    int other = 1 - first;
    const arc *ended = &at->pair[first].arcs[of->arc[first]];
    const arc *running = &at->pair[other].arcs[of->arc[other]];
    piece labels = of->lineage;
    labels.s_from = labels.t_from + of->left_from[other];
    labels.s_to = labels.t_to + of->left_to[other];
    if (node_done(&at->pair[first], ended->to)) {
        complete(at, &labels, first, ended->to, running->to, running->rest_ms[of->phase[other]]);
        return;
    }
    state to = {
        .idle = first, .node = ended->to, .other = of->arc[other], .phase = of->phase[other]
    };
    deliver(at, to, labels);
}

/* Until the first of the two ends its phase, at rates that are constant. */
static void run_to_event(search *at, const contest *of, int first, double rate_first,
                         double rate_other)
{
    contest next = *of;
    int other = 1 - first;
    double took_from = of->left_from[first] / rate_first;
    double took_to = of->left_to[first] / rate_first;
    next.lineage.t_from += took_from;
    next.lineage.t_to += took_to;
    next.left_from[other] = fmax(of->left_from[other] - took_from * rate_other, 0);
    next.left_to[other] = fmax(of->left_to[other] - took_to * rate_other, 0);
    const arc *mine = &at->pair[first].arcs[of->arc[first]];
    if (++next.phase[first] == mine->phase_count) {
        settle(at, &next, first);
        return;
    }
    next.left_from[first] = next.left_to[first] = mine->phases[next.phase[first]].ms;
    evolve(at, next);
}

static void evolve(search *at, contest of)
{
    double rates[2] = { rate(at, &of, 0), rate(at, &of, 1) };
    double ahead_from = of.left_from[0] / rates[0] - of.left_from[1] / rates[1];
    double ahead_to = of.left_to[0] / rates[0] - of.left_to[1] / rates[1];
    if (ahead_from * ahead_to < 0) {
        double l = ahead_from / (ahead_from - ahead_to);
        contest parts[2] = { contest_part(&of, 0, l), contest_part(&of, l, 1) };
        for (int p = 0; p < 2; p++) {
            int first = (p == 0 ? ahead_from : ahead_to) < 0 ? 0 : 1;
            run_to_event(at, &parts[p], first, rates[first], rates[1 - first]);
        }
        return;
    }
    int first = ahead_from + ahead_to < 0 ? 0 : 1;
    run_to_event(at, &of, first, rates[first], rates[1 - first]);
}

/* ---- decisions
 * ------------------------------------------------------------------------------------ */

static bool must_wait(const search *at, int instance, bool other_done)
{
    const hax_instance_spec *spec = &at->problem->instances[instance];
    for (int a = 0; a < spec->after_count; a++)
        if (spec->after[a] == 1 - instance && !other_done)
            return true;
    return false;
}

/* Does it matter for either when they overlap? If not, starting at once is best. */
static bool interact(const search *at, int i, int arc_i, int arc_j, int phase_j)
{
    const arc *a = &at->pair[i].arcs[arc_i], *b = &at->pair[1 - i].arcs[arc_j];
    for (int p = 0; !at->blind && p < a->phase_count; p++) {
        for (int q = phase_j; q < b->phase_count; q++) {
            double x = a->phases[p].gbps, y = b->phases[q].gbps;
            if (hax_slowdown_value(&at->problem->units[a->unit].slowdown, x, y) > 1 ||
                hax_slowdown_value(&at->problem->units[b->unit].slowdown, y, x) > 1)
                return true;
        }
    }
    return false;
}

/* The idle instance starts an arc at the labels of `from` (piece number `parent`). */
static void start_on_piece(search *at, const state *of, int arc_started, int parent,
                           double parent_from, double parent_to, piece from)
{
    int i = of->idle, j = 1 - i;
    contest made = { .lineage = from };
    made.lineage.parent = parent;
    made.lineage.parent_from = parent_from;
    made.lineage.parent_to = parent_to;
    made.lineage.arc = arc_started;
    made.lineage.starter = i;
    made.lineage.start_from = from.t_from;
    made.lineage.start_to = from.t_to;
    made.arc[i] = arc_started;
    made.arc[j] = of->other;
    made.phase[i] = 0;
    made.phase[j] = of->phase;
    made.left_from[i] = made.left_to[i] = at->pair[i].arcs[arc_started].phases[0].ms;
    made.left_from[j] = fmax(from.s_from - from.t_from, 0);
    made.left_to[j] = fmax(from.s_to - from.t_to, 0);
    evolve(at, made);
}

static void start_arc(search *at, const state *of, int arc_started, int first, int count)
{
    bool matters = interact(at, of->idle, arc_started, of->other, of->phase);
    for (int k = first; k < first + count && !at->stopped; k++) {
        const piece labels = at->pieces[k];
        start_on_piece(at, of, arc_started, k, 0, 1, from_axis(at, of, labels));
        double end = by_rest(at, of) ? 0 : labels.s_to;
        double until = k + 1 < first + count ? at->pieces[k + 1].t_from : end;
        if (!matters || until <= labels.t_to)
            continue;
        piece wait = piece_part(&labels, 1, 1);
        wait.t_to = until;
        start_on_piece(at, of, arc_started, k, 1, 1, from_axis(at, of, wait));
    }
}

/* The phase in progress ends while the idle instance waits: of all labels the one with the least
 * S is best. */
static void let_end(search *at, const state *of, int last)
{
    const arc *running = &at->pair[1 - of->idle].arcs[of->other];
    double s = at->pieces[last].s_to;
    piece point = { .t_from = s,
                    .t_to = s,
                    .s_from = s,
                    .s_to = s,
                    .parent = last,
                    .arc = -1,
                    .starter = -1,
                    .parent_from = 1,
                    .parent_to = 1 };
    state to = *of;
    if (of->phase + 1 < running->phase_count) {
        to.phase++;
        point.s_from = point.s_to = s + running->phases[to.phase].ms;
        deliver(at, to, point);
        return;
    }
    if (node_done(&at->pair[1 - of->idle], running->to)) {
        point.s_from = point.s_to = s;
        complete(at, &point, 1 - of->idle, running->to, of->node, 0);
        return;
    }
    to.phase = 0;
    to.node = of->idle == 0 ? of->node : running->to;
    to.other = of->idle == 0 ? running->to : of->node;
    to.idle = BOTH_IDLE;
    deliver(at, to, point);
}

/* The state's labels, reduced to their envelope and numbered anew at the end of the pool; their
 * count, 0 when none is left. */
static int keep_labels(search *at, const state *of, int *first)
{
    int count = 0;
    for (int p = of->first_piece; p >= 0; p = at->pieces[p].next) {
        const piece *labels = &at->pieces[p];
        if (hopeless(at, piece_bound(at, of, labels)))
            continue;
        if (count == ENVELOPE_ROOM / 2) { /* make room: most of so many are covered */
            count = envelope_keep(at->work, count, ENVELOPE_ROOM);
            if (count < 0 || count >= ENVELOPE_ROOM / 2) {
                at->out_of_memory = true;
                return 0;
            }
        }
        at->work[count++] = *labels;
    }
    count = envelope_keep(at->work, count, ENVELOPE_ROOM);
    if (count < 0) {
        at->out_of_memory = true;
        return 0;
    }
    *first = at->piece_count;
    for (int p = 0; p < count; p++)
        if (add_piece(at, &at->work[p]) < 0)
            return 0;
    return count;
}

static void visit_running(search *at, const state of)
{
    int first, count = keep_labels(at, &of, &first);
    if (count == 0)
        return;
    const automaton *mine = &at->pair[of.idle], *theirs = &at->pair[1 - of.idle];
    const arc *running = &theirs->arcs[of.other];
    const node *from = &mine->nodes[of.node];
    let_end(at, &of, first + count - 1);
    if (must_wait(at, of.idle, false))
        return;
    for (int a = from->arc_first; a < from->arc_first + from->arc_count; a++) {
        if (share_resource(at->problem, mine->arcs[a].unit, running->unit) ||
            !pieces_fit(at->problem, &mine->nodes[mine->arcs[a].to], &theirs->nodes[running->to]))
            continue;
        start_arc(at, &of, a, first, count);
    }
}

static void visit_both_idle(search *at, const state of)
{
    int earliest = of.first_piece;
    for (int p = of.first_piece; p >= 0; p = at->pieces[p].next)
        if (at->pieces[p].t_from < at->pieces[earliest].t_from)
            earliest = p;
    if (earliest < 0)
        return;
    double t = at->pieces[earliest].t_from;
    const int nodes[2] = { of.node, of.other };
    for (int i = 0; i < 2; i++) {
        const node *from = &at->pair[i].nodes[nodes[i]];
        if (must_wait(at, i, false))
            continue;
        for (int a = from->arc_first; a < from->arc_first + from->arc_count; a++) {
            const arc *started = &at->pair[i].arcs[a];
            if (!pieces_fit(at->problem, &at->pair[i].nodes[started->to],
                            &at->pair[1 - i].nodes[nodes[1 - i]]))
                continue;
            double s = t + started->phases[0].ms;
            piece point = { .t_from = t,
                            .t_to = t,
                            .s_from = s,
                            .s_to = s,
                            .parent = earliest,
                            .arc = a,
                            .starter = i,
                            .start_from = t,
                            .start_to = t };
            deliver(at, (state){ .idle = 1 - i, .node = nodes[1 - i], .other = a }, point);
        }
    }
}

static void visit_all(search *at)
{
    for (int b = 0; b < at->bucket_count; b++) {
        for (int s = at->buckets[b]; s >= 0; s = at->states[s].next) {
            if (at->stopped || at->out_of_memory)
                return;
            const state of = at->states[s];
            if (of.idle == BOTH_IDLE)
                visit_both_idle(at, of);
            else
                visit_running(at, of);
            at->states[s].first_piece = -1; /* done */
        }
    }
}

/* ---- results -----------------------------------------------------------------------------------
 */

/* What the labels not visited yet may still lead to. */
static double open_bound(const search *at)
{
    double bound = at->incumbent;
    for (int s = 0; s < at->state_count; s++)
        for (int p = at->states[s].first_piece; p >= 0; p = at->pieces[p].next)
            bound = fmin(bound,
                         state_bound(at, &at->states[s], at->pieces[p].t_from, at->pieces[p].s_to));
    return bound;
}

static void add_placement(const search *at, search_result *result, int instance, int arc_index,
                          double start_ms)
{
    const arc *of = &at->pair[instance].arcs[arc_index];
    result->placements[result->count++] = (placement){ instance, of->group, of->unit, start_ms };
}

static void reverse(placement *list, int count)
{
    for (int a = 0, b = count - 1; a < b; a++, b--) {
        placement kept = list[a];
        list[a] = list[b];
        list[b] = kept;
    }
}

/* The starts from the last back to the first, turned round, then what runs alone at the end. */
static hax_status trace(search *at, search_result *result, hax_error *err)
{
    const automaton *alone = &at->pair[at->best.alone];
    double *ms = calloc((size_t) alone->node_count, sizeof *ms);
    int *chain = calloc((size_t) alone->node_count, sizeof *chain);
    result->placements = calloc((size_t) (at->pair[0].group_count + at->pair[1].group_count),
                                sizeof *result->placements);
    if (!result->placements || !ms || !chain) {
        free(ms);
        free(chain);
        return hax_fail_memory(err, "a schedule");
    }
    if (at->best.arc >= 0)
        add_placement(at, result, at->best.starter, at->best.arc, at->best.start_ms);
    double l = at->best.parent_at;
    for (int p = at->best.parent; p >= 0;) {
        const piece *of = &at->pieces[p];
        if (of->arc >= 0)
            add_placement(at, result, of->starter, of->arc,
                          of->start_from + l * (of->start_to - of->start_from));
        l = of->parent_from + l * (of->parent_to - of->parent_from);
        p = of->parent;
    }
    reverse(result->placements, result->count);
    chains_beside(at->problem, alone, &at->pair[1 - at->best.alone].nodes[at->best.other_node], ms,
                  chain);
    for (int n = at->best.alone_node; chain[n] >= 0; n = alone->arcs[chain[n]].to)
        add_placement(at, result, at->best.alone, chain[n], at->best.alone_ms);
    free(ms);
    free(chain);
    return HAX_OK;
}

static hax_status prepare(search *at, hax_error *err)
{
    HAX_TRY(automaton_build(at->problem, 0, &at->pair[0], err));
    HAX_TRY(automaton_build(at->problem, 1, &at->pair[1], err));
    at->bucket_count = (at->pair[0].group_count + at->pair[1].group_count + 1) * (PHASES_MAX + 1);
    at->bounds = bounds_make(at->problem, at->pair);
    at->buckets = malloc((size_t) at->bucket_count * sizeof *at->buckets);
    at->work = calloc(ENVELOPE_ROOM, sizeof *at->work);
    if (!at->bounds || !at->buckets || !at->work || !enlarge_table(at))
        return hax_fail_memory(err, "a search");
    memset(at->buckets, -1, (size_t) at->bucket_count * sizeof *at->buckets);
    return HAX_OK;
}

static void release(search *at)
{
    for (int i = 0; i < 2; i++)
        automaton_free(&at->pair[i]);
    bounds_free(at->bounds);
    free(at->states);
    free(at->table);
    free(at->buckets);
    free(at->pieces);
    free(at->work);
}

static hax_status run(search *at, search_result *result, hax_error *err)
{
    piece origin = { .parent = -1, .arc = -1, .starter = -1 };
    double root = bounds_both_idle(at->bounds, 0, 0, 0);
    deliver(at, (state){ .idle = BOTH_IDLE }, origin);
    visit_all(at);
    if (at->out_of_memory)
        return hax_fail_memory(err, "the labels of a search");
    double bound = at->stopped ? fmax(open_bound(at), root) : at->incumbent;
    bool throughput = at->problem->objective == HAX_THROUGHPUT;
    *result = (search_result){ .value = throughput ? -at->incumbent : at->incumbent,
                               .bound = throughput ? -bound : bound,
                               .complete = !at->stopped,
                               .nodes = at->nodes };
    return at->found ? trace(at, result, err) : HAX_OK;
}

hax_status search_pair(const hax_problem *problem, const hax_solve_options *options,
                       double incumbent, bool blind, search_result *result, hax_error *err)
{
    search at = { .problem = problem, .options = options, .blind = blind };
    at.incumbent = problem->objective == HAX_THROUGHPUT ? -incumbent : incumbent;
    if (options && options->time_limit_s > 0)
        at.deadline_ns = hax_clock_ns() + (uint64_t) (options->time_limit_s * 1e9);
    hax_status status = prepare(&at, err);
    if (status == HAX_OK)
        status = run(&at, result, err);
    release(&at);
    return status;
}
