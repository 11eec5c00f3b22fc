#include "state.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "order.h"

void state_copy(const fleet *of, state *to, const state *from)
{
    memcpy(to, from, state_size(of));
}

void state_begin(const fleet *of, state *made)
{
    *made = (state){ .unfinished = of->count, .parent = -1 };
    for (int i = 0; i < of->count; i++)
        made->at[i] = (actor){ .item = -1, .node = 0, .then = -1, .started = -1 };
}

/* ---- starting ------------------------------------------------------------------------------ */

static const used *used_by(const fleet *of, const state *at, int i)
{
    const actor *a = &at->at[i];
    int index = a->item >= 0 || a->node >= 0 ? a->item : a->then;
    return index >= 0 ? &of->of[i].items[index].used : &of->of[i].nodes[a->node].used;
}

static bool pieces_left(const fleet *of, const state *at, int instance, const item *started)
{
    const hax_problem *problem = of->problem;
    int unit = started->unit, limit = problem->units[unit].max_pieces;
    if (limit < 0)
        return true;
    int pieces = started->used.pieces[unit];
    for (int i = 0; i < of->count; i++)
        if (i != instance)
            pieces += used_by(of, at, i)->pieces[unit];
    return pieces <= limit;
}

static bool ended(const fleet *of, const state *at, int i)
{
    return at->at[i].item < 0 && at->at[i].node >= 0 && node_done(&of->of[i], at->at[i].node);
}

bool state_may_begin(const fleet *of, const state *at, int i)
{
    const hax_instance_spec *spec = &of->problem->instances[i];
    for (int a = 0; a < spec->after_count; a++)
        if (!ended(of, at, spec->after[a]))
            return false;
    return true;
}

bool state_may_start(const fleet *of, const state *at, int instance, int index)
{
    const item *started = &of->of[instance].items[index];
    return !(of->problem->units[started->unit].resources & at->resources) &&
           pieces_left(of, at, instance, started);
}

void state_start(const fleet *of, state *at, int instance, int index)
{
    const item *started = &of->of[instance].items[index];
    actor *a = &at->at[instance];
    at->progress += started->part == HAX_PART_IN || (started->part == HAX_PART_RUN && a->then < 0);
    at->resources |= of->problem->units[started->unit].resources;
    a->item = index;
    a->started = index;
    a->left_ms = started->ms;
    a->then = -1;
}

/* ---- time ---------------------------------------------------------------------------------------
 */

static void end_item(const fleet *of, state *at, int i, state_finished *finished)
{
    actor *a = &at->at[i];
    const item *done = &of->of[i].items[a->item];
    at->resources &= ~of->problem->units[done->unit].resources;
    a->item = -1;
    a->node = done->to;
    a->then = done->then;
    a->left_ms = 0;
    if (a->node < 0) { /* an IN: its group follows, and that is no decision */
        int started = a->started;
        state_start(of, at, i, a->then);
        a->started = started;
    } else if (node_done(&of->of[i], a->node)) {
        at->unfinished--;
        finished(of, at, i);
    }
}

bool state_advance(const fleet *of, state *at, state_finished *finished)
{
    int running[HAX_MAX_UNITS], count = 0;
    double times[HAX_MAX_UNITS], slow[HAX_MAX_UNITS], total = 0, span = INFINITY;
    for (int i = 0; i < of->count; i++) {
        if (at->at[i].item < 0)
            continue;
        total += of->of[i].items[at->at[i].item].gbps;
        running[count++] = i;
    }
    if (count == 0)
        return false;
    for (int r = 0; r < count; r++) {
        const item *work = &of->of[running[r]].items[at->at[running[r]].item];
        slow[r] = fleet_slowdown(of, work->unit, work->own_gbps, total - work->gbps);
        times[r] = at->at[running[r]].left_ms * slow[r];
        span = smaller(span, times[r]);
    }
    at->now_ms += span;
    for (int r = 0; r < count; r++) {
        actor *a = &at->at[running[r]];
        if (state_ends(times[r], span))
            end_item(of, at, running[r], finished);
        else
            a->left_ms -= span / slow[r];
    }
    return true;
}

/* ---- decisions ---------------------------------------------------------------------------------
 */

typedef struct decision {
    const fleet *fleet;
    state *work;
    state_next *next;
    void *context;
    bool stopped; /* next has had enough */
    int count;
    int order[FLEET_MAX];  /* instances that have something to decide: an OUT first, since its
                              unit is taken from it otherwise */
    int chosen[FLEET_MAX]; /* [instance]: number of its choice, for those that stand alike */
} decision;

/* Has nothing touched this unit? Neither is anything on it nor does it matter to a tensor. */
static bool untouched(const decision *at, int unit)
{
    for (int i = 0; i < at->fleet->count; i++) {
        const actor *a = &at->work->at[i];
        const automaton *of = &at->fleet->of[i];
        if (a->item >= 0 ? of->items[a->item].unit == unit : of->nodes[a->node].unit == unit)
            return false;
    }
    return true;
}

/* A unit is left out while its twin before it is as untouched as itself. */
static bool exchangeable(const decision *at, int unit)
{
    int twin = at->fleet->unit_twin[unit];
    return twin >= 0 && untouched(at, unit) && untouched(at, twin);
}

/* Where the instances stood when the event came. */
typedef struct stand {
    int node[FLEET_MAX], then[FLEET_MAX];
} stand;

/* The least number of a choice that instance i may take: that of the twin before it, if both stood
 * alike when this event came. */
static int least_choice(const decision *at, int i, const stand *before)
{
    int twin = at->fleet->twin[i];
    while (twin >= 0 && (at->chosen[twin] < 0 || before->node[twin] != before->node[i] ||
                         before->then[twin] != before->then[i]))
        twin = at->fleet->twin[twin];
    return twin >= 0 ? at->chosen[twin] : 0;
}

static void decide_from(decision *at, const stand *before, int o);

static void choose_start(decision *at, const stand *before, int o, int index)
{
    int i = at->order[o];
    state *work = at->work;
    const actor kept = work->at[i];
    uint32_t resources = work->resources;
    int progress = work->progress;
    state_start(at->fleet, work, i, index);
    decide_from(at, before, o + 1);
    work->at[i] = kept;
    work->resources = resources;
    work->progress = progress;
}

/* Choices of instance order[o]: 0.. the items it can start, then to wait. */
static void decide_from(decision *at, const stand *before, int o)
{
    if (o == at->count) {
        at->stopped = at->stopped || !at->next(at->context, at->work);
        return;
    }
    int i = at->order[o], least = least_choice(at, i, before);
    const automaton *of = &at->fleet->of[i];
    actor *a = &at->work->at[i];
    const node *from = &of->nodes[a->node];
    int then = a->then;
    if (then >= 0 && least <= 0) {
        at->chosen[i] = 0;
        if (state_may_start(at->fleet, at->work, i, then))
            choose_start(at, before, o, then);
    }
    a->then = -1;
    for (int s = 0;
         s < from->start_count && !at->stopped && state_may_begin(at->fleet, at->work, i); s++) {
        int index = of->starts[from->start_first + s];
        if (s + 1 < least || !state_may_start(at->fleet, at->work, i, index) ||
            exchangeable(at, of->items[index].unit))
            continue;
        at->chosen[i] = s + 1;
        choose_start(at, before, o, index);
    }
    at->chosen[i] = from->start_count + 1;
    if (!at->stopped)
        decide_from(at, before, o + 1);
    at->chosen[i] = -1;
    a->then = then;
}

/* ---- some of many ----------------------------------------------------------------------------
 */

/* What the instance can start now; at most one item on each unit, and an OUT. */
static int list_choices(const decision *at, int i, int *choices)
{
    const actor *a = &at->work->at[i];
    const automaton *of = &at->fleet->of[i];
    const node *from = &of->nodes[a->node];
    int count = 0;
    if (a->then >= 0 && state_may_start(at->fleet, at->work, i, a->then))
        choices[count++] = a->then;
    if (!state_may_begin(at->fleet, at->work, i))
        return count;
    for (int s = from->start_first; s < from->start_first + from->start_count; s++)
        if (state_may_start(at->fleet, at->work, i, of->starts[s]) &&
            !exchangeable(at, of->items[of->starts[s]].unit))
            choices[count++] = of->starts[s];
    return count;
}

enum { CHOICES_MOST = HAX_MAX_UNITS + 1, WAIT_INSTEAD = -2, AS_IS_BEST = -1 };

/* How one of some decisions differs from the one in which everybody takes what is best. */
typedef struct variant {
    int instance, item; /* this one starts this item, or waits; AS_IS_BEST: none differs */
    double patience;    /* who would end so many times as late as on its best unit waits */
} variant;

static double end_with(const automaton *of, int index)
{
    return of->items[index].ms + of->items[index].rest_ms;
}

static int best_choice(const decision *at, int i, double patience)
{
    const automaton *of = &at->fleet->of[i];
    int choices[CHOICES_MOST], best = -1, count = list_choices(at, i, choices);
    for (int c = 0; c < count; c++)
        if (best < 0 || end_with(of, choices[c]) < end_with(of, best))
            best = choices[c];
    if (best >= 0 && end_with(of, best) > patience * of->nodes[at->work->at[i].node].rest_ms)
        best = -1;
    return best;
}

static void start_choice(decision *at, int i, int index)
{
    at->work->at[i].then = -1; /* an OUT that does not begin now never does */
    if (index >= 0)
        state_start(at->fleet, at->work, i, index);
}

/* The variant's own instance decides first. */
static void decide_variant(decision *at, const state *before, const variant *as)
{
    state_copy(at->fleet, at->work, before);
    if (as->item != AS_IS_BEST)
        start_choice(at, as->instance, as->item);
    for (int o = 0; o < at->count; o++) {
        int i = at->order[o];
        if (as->item == AS_IS_BEST || i != as->instance)
            start_choice(at, i, best_choice(at, i, as->patience));
    }
    at->stopped = at->stopped || !at->next(at->context, at->work);
}

/* Behind those with an OUT, the one that has the longest way to go comes first. */
static void sort_by_rest(decision *at)
{
    for (int o = 1; o < at->count; o++) {
        int i = at->order[o], to = o;
        for (; to > 0; to--) {
            int other = at->order[to - 1];
            const actor *a = &at->work->at[i], *b = &at->work->at[other];
            if ((a->then >= 0) != (b->then >= 0) || at->fleet->of[other].nodes[b->node].rest_ms >=
                                                        at->fleet->of[i].nodes[a->node].rest_ms)
                break;
            at->order[to] = other;
        }
        at->order[to] = i;
    }
}

static void decide_some(decision *at, const state *before)
{
    static const double patiences[] = { INFINITY, 1.05, 1.2, 1.5, 2 };
    sort_by_rest(at);
    for (size_t p = 0; p < sizeof patiences / sizeof *patiences && !at->stopped; p++)
        decide_variant(at, before, &(const variant){ -1, AS_IS_BEST, patiences[p] });
    for (int o = 0; o < at->count && !at->stopped; o++) {
        int i = at->order[o], choices[CHOICES_MOST];
        state_copy(at->fleet, at->work, before);
        int count = list_choices(at, i, choices);
        for (int c = 0; c < count && !at->stopped; c++)
            decide_variant(at, before, &(const variant){ i, choices[c], INFINITY });
        if (count > 0 && !at->stopped)
            decide_variant(at, before, &(const variant){ i, WAIT_INSTEAD, INFINITY });
    }
}

/* No more than so many decisions are possible: every instance starts one of its choices or waits,
 * and no unit is taken twice. */
static double decisions_most(const decision *at)
{
    double product = 1, ways[HAX_MAX_UNITS + 2] = { 1 }; /* [so many started] */
    uint32_t units = 0;
    int deciding = 0, unit_count = 0;
    for (int o = 0; o < at->count; o++) {
        int choices[CHOICES_MOST], i = at->order[o], count = list_choices(at, i, choices);
        product *= 1 + count;
        deciding += count > 0;
        for (int c = 0; c < count; c++)
            units |= 1U << at->fleet->of[i].items[choices[c]].unit;
    }
    for (; units; units &= units - 1)
        unit_count++;
    double sum = 1;
    for (int k = 1; k <= deciding && k <= unit_count; k++) {
        ways[k] = ways[k - 1] * (deciding - k + 1) * (unit_count - k + 1) / k;
        sum += ways[k];
    }
    return smaller(product, sum);
}

bool state_decide(const fleet *of, state *work, state_next *next, void *context)
{
    decision at = { .fleet = of, .work = work, .next = next, .context = context };
    stand before;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < of->count; i++)
            if (work->at[i].item < 0 && !node_done(&of->of[i], work->at[i].node) &&
                (work->at[i].then >= 0) == (pass == 0))
                at.order[at.count++] = i;
    for (int i = 0; i < of->count; i++) {
        work->at[i].started = -1;
        at.chosen[i] = -1;
        before.node[i] = work->at[i].item < 0 ? work->at[i].node : -1;
        before.then[i] = work->at[i].then;
    }
    if (decisions_most(&at) > STATE_DECISIONS_MOST) {
        union {
            state kept;
            char bytes[sizeof(state) + FLEET_MAX * sizeof(actor)];
        } as;
        state_copy(of, &as.kept, work);
        decide_some(&at, &as.kept);
        return false;
    }
    decide_from(&at, &before, 0);
    return !at.stopped;
}
