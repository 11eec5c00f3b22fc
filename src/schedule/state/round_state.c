#include "round_state.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "minmax.h"

void hax_round_state_copy(const hax_instance_set *instances, hax_round_state *to,
                          const hax_round_state *from)
{
    memcpy(to, from, hax_round_state_size(instances));
}

void hax_round_state_begin(const hax_instance_set *instances, hax_round_state *state)
{
    *state = (hax_round_state){ .unfinished = instances->count, .parent = -1 };
    for (int i = 0; i < instances->count; i++)
        state->actors[i] = (hax_instance_state){ .item = -1, .node = 0, .then = -1, .started = -1 };
}

/* ---- starting ------------------------------------------------------------------------------ */

static const hax_limit_use *used_by(const hax_instance_set *instances, const hax_round_state *state,
                                    int i)
{
    const hax_instance_state *a = &state->actors[i];
    int index = a->item >= 0 || a->node >= 0 ? a->item : a->then;
    return index >= 0 ? &instances->automata[i].items[index].used
                      : &instances->automata[i].nodes[a->node].used;
}

static bool changes_left(const hax_instance_set *instances, const hax_round_state *state,
                         int instance, const hax_chain_item *started)
{
    const int limit = hax_total_changes(instances->problem);
    int changes = started->used.transitions;
    if (limit < 0)
        return true;
    for (int i = 0; i < instances->count; i++)
        if (i != instance)
            changes += used_by(instances, state, i)->transitions;
    return changes <= limit;
}

static bool pieces_left(const hax_instance_set *instances, const hax_round_state *state,
                        int instance, const hax_chain_item *started)
{
    const hax_problem *problem = instances->problem;
    int unit = started->unit, limit = problem->units[unit].max_pieces;
    if (limit < 0)
        return true;
    int pieces = started->used.pieces[unit];
    for (int i = 0; i < instances->count; i++)
        if (i != instance)
            pieces += used_by(instances, state, i)->pieces[unit];
    return pieces <= limit;
}

static bool ended(const hax_instance_set *instances, const hax_round_state *state, int i)
{
    return state->actors[i].item < 0 && state->actors[i].node >= 0 &&
           hax_chain_node_is_last(&instances->automata[i], state->actors[i].node);
}

bool hax_round_state_may_begin(const hax_instance_set *instances, const hax_round_state *state,
                               int i)
{
    const hax_instance_spec *spec = &instances->problem->instances[i];
    for (int a = 0; a < spec->after_count; a++)
        if (!ended(instances, state, spec->after[a]))
            return false;
    return true;
}

bool hax_round_state_may_start(const hax_instance_set *instances, const hax_round_state *state,
                               int instance, int index)
{
    const hax_chain_item *started = &instances->automata[instance].items[index];
    return !(instances->problem->units[started->unit].resources & state->resources) &&
           pieces_left(instances, state, instance, started) &&
           changes_left(instances, state, instance, started);
}

void hax_round_state_start(const hax_instance_set *instances, hax_round_state *state, int instance,
                           int index)
{
    assert(index >= 0 && index < instances->automata[instance].item_count);
    const hax_chain_item *started = &instances->automata[instance].items[index];
    hax_instance_state *a = &state->actors[instance];
    assert(a->item < 0); /* an instance does one thing at a time, and so does a resource */
    assert(!(instances->problem->units[started->unit].resources & state->resources));
    state->progress +=
        started->part == HAX_PART_IN || (started->part == HAX_PART_RUN && a->then < 0);
    state->resources |= instances->problem->units[started->unit].resources;
    a->item = index;
    a->started = index;
    a->left_ms = started->ms;
    a->then = -1;
    assert(a->left_ms >= 0);
}

/* ---- time ---------------------------------------------------------------------------------------
 */

static void end_item(const hax_instance_set *instances, hax_round_state *state, int i,
                     hax_state_finished *finished)
{
    hax_instance_state *a = &state->actors[i];
    const hax_chain_item *done = &instances->automata[i].items[a->item];
    assert((state->resources & instances->problem->units[done->unit].resources) ==
           instances->problem->units[done->unit].resources);
    state->resources &= ~instances->problem->units[done->unit].resources;
    a->item = -1;
    a->node = done->to;
    a->then = done->then;
    a->left_ms = 0;
    assert(a->node >= 0 || a->then >= 0); /* no item is the last of all without leading to a node */
    if (a->node < 0) {                    /* an IN: its group follows, and that is no decision */
        int started = a->started;
        hax_round_state_start(instances, state, i, a->then);
        a->started = started;
    } else if (hax_chain_node_is_last(&instances->automata[i], a->node)) {
        assert(state->unfinished > 0);
        state->unfinished--;
        finished(instances, state, i);
    }
}

#ifndef NDEBUG
/* What the counts of a state say, counted again. */
static void check_state(const hax_instance_set *instances, const hax_round_state *state)
{
    uint32_t busy = 0;
    int unfinished = 0;
    for (int i = 0; i < instances->count; i++) {
        const hax_instance_state *a = &state->actors[i];
        const hax_automaton *automaton = &instances->automata[i];
        assert(a->item >= 0 || a->node >= 0); /* a group behind its IN has begun by now */
        unfinished += !ended(instances, state, i);
        if (a->item < 0)
            continue;
        uint32_t resources = instances->problem->units[automaton->items[a->item].unit].resources;
        assert(!(busy & resources));
        assert(a->left_ms >= 0 && a->left_ms <= automaton->items[a->item].ms);
        busy |= resources;
    }
    assert(state->resources == busy);
    assert(state->unfinished == unfinished);
    assert(state->now_ms >= 0);
}
#endif

bool hax_round_state_advance(const hax_instance_set *instances, hax_round_state *state,
                             hax_state_finished *finished)
{
#ifndef NDEBUG
    check_state(instances, state);
#endif
    int running[HAX_MAX_UNITS], count = 0;
    double slow[HAX_MAX_UNITS], total = 0, span = INFINITY;
    for (int i = 0; i < instances->count; i++) {
        if (state->actors[i].item < 0)
            continue;
        total += instances->automata[i].items[state->actors[i].item].gbps;
        assert(count < HAX_MAX_UNITS); /* no two on one unit */
        running[count++] = i;
    }
    if (count == 0)
        return false;
    for (int r = 0; r < count; r++) {
        const hax_chain_item *work =
            &instances->automata[running[r]].items[state->actors[running[r]].item];
        slow[r] =
            hax_instance_set_slowdown(instances, work->unit, work->own_gbps, total - work->gbps);
        span = hax_step_span(span, state->actors[running[r]].left_ms, slow[r]);
    }
    assert(span >= 0 && span < INFINITY); /* time does not go back, and something ends */
    state->now_ms += span;
    for (int r = 0; r < count; r++) {
        hax_instance_state *a = &state->actors[running[r]];
        if (hax_step_ends(span, a->left_ms, slow[r]))
            end_item(instances, state, running[r], finished);
        else
            a->left_ms = hax_step_left(span, a->left_ms, slow[r]);
    }
    return true;
}

/* ---- decisions ---------------------------------------------------------------------------------
 */

typedef struct decision {
    const hax_instance_set *instances;
    hax_round_state *work;
    hax_state_next *next;
    void *context;
    bool stopped; /* next has had enough */
    int count;
    int order[HAX_INSTANCES_MAX];  /* instances that have something to decide: an OUT first, since
                              its  unit is taken from it otherwise */
    int chosen[HAX_INSTANCES_MAX]; /* [instance]: number of its choice, for those that stand alike
                                    */
} decision;

/* Has nothing touched this unit? Neither is anything on it nor does it matter to a tensor. */
static bool untouched(const decision *decision, int unit)
{
    for (int i = 0; i < decision->instances->count; i++) {
        const hax_instance_state *a = &decision->work->actors[i];
        const hax_automaton *automaton = &decision->instances->automata[i];
        if (a->item >= 0 ? automaton->items[a->item].unit == unit
                         : automaton->nodes[a->node].unit == unit)
            return false;
    }
    return true;
}

/* A unit is left out while an equal one before it is as untouched as itself. */
static bool exchangeable(const decision *decision, int unit)
{
    int symmetric_to = decision->instances->unit_symmetric_to[unit];
    return symmetric_to >= 0 && untouched(decision, unit) && untouched(decision, symmetric_to);
}

/* Where the instances stood when the event came. */
typedef struct stand {
    int node[HAX_INSTANCES_MAX], then[HAX_INSTANCES_MAX];
} stand;

/* The least number of a choice that instance i may take: that of the equal one before it, if both
 * stood alike when this event came. */
static int least_choice(const decision *decision, int i, const stand *before)
{
    int symmetric_to = decision->instances->symmetric_to[i];
    while (symmetric_to >= 0 &&
           (decision->chosen[symmetric_to] < 0 || before->node[symmetric_to] != before->node[i] ||
            before->then[symmetric_to] != before->then[i]))
        symmetric_to = decision->instances->symmetric_to[symmetric_to];
    return symmetric_to >= 0 ? decision->chosen[symmetric_to] : 0;
}

static void decide_from(decision *decision, const stand *before, int o);

static void choose_start(decision *decision, const stand *before, int o, int index)
{
    int i = decision->order[o];
    hax_round_state *work = decision->work;
    const hax_instance_state kept = work->actors[i];
    uint32_t resources = work->resources;
    int progress = work->progress;
    hax_round_state_start(decision->instances, work, i, index);
    decide_from(decision, before, o + 1);
    assert((work->resources & resources) == resources); /* those behind gave back what they took */
    work->actors[i] = kept;
    work->resources = resources;
    work->progress = progress;
}

/* Choices of instance order[o]: 0.. the items it can start, then to wait. */
static void decide_from(decision *decision, const stand *before, int o)
{
    assert(o <= decision->count && decision->count <= decision->instances->count);
    if (o == decision->count) {
        decision->stopped = decision->stopped || !decision->next(decision->context, decision->work);
        return;
    }
    int i = decision->order[o], least = least_choice(decision, i, before);
    const hax_automaton *automaton = &decision->instances->automata[i];
    hax_instance_state *a = &decision->work->actors[i];
    const hax_chain_node *from = &automaton->nodes[a->node];
    int then = a->then;
    if (then >= 0 && least <= 0) {
        decision->chosen[i] = 0;
        if (hax_round_state_may_start(decision->instances, decision->work, i, then))
            choose_start(decision, before, o, then);
    }
    a->then = -1;
    for (int s = 0; s < from->start_count && !decision->stopped &&
                    hax_round_state_may_begin(decision->instances, decision->work, i);
         s++) {
        int index = automaton->starts[from->start_first + s];
        if (s + 1 < least ||
            !hax_round_state_may_start(decision->instances, decision->work, i, index) ||
            exchangeable(decision, automaton->items[index].unit))
            continue;
        decision->chosen[i] = s + 1;
        choose_start(decision, before, o, index);
    }
    decision->chosen[i] = from->start_count + 1;
    if (!decision->stopped)
        decide_from(decision, before, o + 1);
    decision->chosen[i] = -1;
    a->then = then;
}

/* ---- some of many ----------------------------------------------------------------------------
 */

/* What the instance can start now; at most one item on each unit, and an OUT. */
static int list_choices(const decision *decision, int i, int *choices)
{
    const hax_instance_state *a = &decision->work->actors[i];
    const hax_automaton *automaton = &decision->instances->automata[i];
    const hax_chain_node *from = &automaton->nodes[a->node];
    int count = 0;
    if (a->then >= 0 && hax_round_state_may_start(decision->instances, decision->work, i, a->then))
        choices[count++] = a->then;
    if (!hax_round_state_may_begin(decision->instances, decision->work, i))
        return count;
    for (int s = from->start_first; s < from->start_first + from->start_count; s++)
        if (hax_round_state_may_start(decision->instances, decision->work, i,
                                      automaton->starts[s]) &&
            !exchangeable(decision, automaton->items[automaton->starts[s]].unit))
            choices[count++] = automaton->starts[s];
    assert(count <=
           decision->instances->problem->unit_count + 1); /* one on each unit, and an OUT */
    return count;
}

enum { CHOICES_MOST = HAX_MAX_UNITS + 1, WAIT_INSTEAD = -2, AS_IS_BEST = -1 };

/* How one of some decisions differs from the one in which everybody takes what is best. */
typedef struct variant {
    int instance, item; /* this one starts this item, or waits; AS_IS_BEST: none differs */
    double patience;    /* who would end so many times as late as on its best unit waits */
} variant;

static double end_with(const hax_automaton *automaton, int index)
{
    return automaton->items[index].ms + automaton->items[index].rest_ms;
}

static int best_choice(const decision *decision, int i, double patience)
{
    const hax_automaton *automaton = &decision->instances->automata[i];
    int choices[CHOICES_MOST], best = -1, count = list_choices(decision, i, choices);
    for (int c = 0; c < count; c++)
        if (best < 0 || end_with(automaton, choices[c]) < end_with(automaton, best))
            best = choices[c];
    if (best >= 0 && end_with(automaton, best) >
                         patience * automaton->nodes[decision->work->actors[i].node].rest_ms)
        best = -1;
    return best;
}

static void start_choice(decision *decision, int i, int index)
{
    decision->work->actors[i].then = -1; /* an OUT that does not begin now never does */
    if (index >= 0)
        hax_round_state_start(decision->instances, decision->work, i, index);
}

/* The variant's own instance decides first. */
static void decide_variant(decision *decision, const hax_round_state *before, const variant *as)
{
    hax_round_state_copy(decision->instances, decision->work, before);
    if (as->item != AS_IS_BEST)
        start_choice(decision, as->instance, as->item);
    for (int o = 0; o < decision->count; o++) {
        int i = decision->order[o];
        if (as->item == AS_IS_BEST || i != as->instance)
            start_choice(decision, i, best_choice(decision, i, as->patience));
    }
    decision->stopped = decision->stopped || !decision->next(decision->context, decision->work);
}

/* Behind those with an OUT, the one that has the longest way to go comes first. */
static void sort_by_rest(decision *decision)
{
    for (int o = 1; o < decision->count; o++) {
        int i = decision->order[o], to = o;
        for (; to > 0; to--) {
            int other = decision->order[to - 1];
            const hax_instance_state *a = &decision->work->actors[i],
                                     *b = &decision->work->actors[other];
            if ((a->then >= 0) != (b->then >= 0) ||
                decision->instances->automata[other].nodes[b->node].rest_ms >=
                    decision->instances->automata[i].nodes[a->node].rest_ms)
                break;
            decision->order[to] = other;
        }
        decision->order[to] = i;
    }
}

static void decide_some(decision *decision, const hax_round_state *before)
{
    static const double patiences[] = { INFINITY, 1.05, 1.2, 1.5, 2 };
    sort_by_rest(decision);
    for (size_t p = 0; p < sizeof patiences / sizeof *patiences && !decision->stopped; p++)
        decide_variant(decision, before, &(const variant){ -1, AS_IS_BEST, patiences[p] });
    for (int o = 0; o < decision->count && !decision->stopped; o++) {
        int i = decision->order[o], choices[CHOICES_MOST];
        hax_round_state_copy(decision->instances, decision->work, before);
        int count = list_choices(decision, i, choices);
        for (int c = 0; c < count && !decision->stopped; c++)
            decide_variant(decision, before, &(const variant){ i, choices[c], INFINITY });
        if (count > 0 && !decision->stopped)
            decide_variant(decision, before, &(const variant){ i, WAIT_INSTEAD, INFINITY });
    }
}

/* No more than so many decisions are possible: every instance starts one of its choices or waits,
 * and no unit is taken twice. */
static double decisions_most(const decision *decision)
{
    double product = 1, ways[HAX_MAX_UNITS + 2] = { 1 }; /* [so many started] */
    uint32_t units = 0;
    int deciding = 0, unit_count = 0;
    for (int o = 0; o < decision->count; o++) {
        int choices[CHOICES_MOST], i = decision->order[o],
                                   count = list_choices(decision, i, choices);
        product *= 1 + count;
        deciding += count > 0;
        for (int c = 0; c < count; c++)
            units |= 1U << decision->instances->automata[i].items[choices[c]].unit;
    }
    for (; units; units &= units - 1)
        unit_count++;
    double sum = 1;
    for (int k = 1; k <= deciding && k <= unit_count; k++) {
        ways[k] = ways[k - 1] * (deciding - k + 1) * (unit_count - k + 1) / k;
        sum += ways[k];
    }
    assert(product >= 1 && sum >= 1); /* to start nothing is one of them */
    return hax_min(product, sum);
}

bool hax_round_state_decide(const hax_instance_set *instances, hax_round_state *work,
                            hax_state_next *next, void *context)
{
    decision choice = { .instances = instances, .work = work, .next = next, .context = context };
    stand before;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < instances->count; i++)
            if (work->actors[i].item < 0 &&
                !hax_chain_node_is_last(&instances->automata[i], work->actors[i].node) &&
                (work->actors[i].then >= 0) == (pass == 0))
                choice.order[choice.count++] = i;
    for (int i = 0; i < instances->count; i++) {
        work->actors[i].started = -1;
        choice.chosen[i] = -1;
        before.node[i] = work->actors[i].item < 0 ? work->actors[i].node : -1;
        before.then[i] = work->actors[i].then;
    }
    if (decisions_most(&choice) > STATE_DECISIONS_MOST) {
        union {
            hax_round_state kept;
            char bytes[sizeof(hax_round_state) + HAX_INSTANCES_MAX * sizeof(hax_instance_state)];
        } as;
        hax_round_state_copy(instances, &as.kept, work);
        decide_some(&choice, &as.kept);
        return false;
    }
    decide_from(&choice, &before, 0);
    return !choice.stopped;
}
