/* How a list runs, event by event; what stands at some of them is kept. */
#include <assert.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "list_schedule.h"
#include "state.h"

static const uint64_t one = 1;

/* ---- starting ------------------------------------------------------------------------------ */

/* First in the queues of all its resources? */
static bool is_its_turn(const hax_list_schedule *list, const hax_list_checkpoint *checkpoint,
                        int group)
{
    uint32_t resources = list->instances->problem->units[list->unit[group]].resources;
    for (; resources; resources &= resources - 1) {
        int r = __builtin_ctz(resources);
        if (list->queue[r][checkpoint->head[r]] != group)
            return false;
    }
    return true;
}

/* Its resources are busy with it and with what stands behind it: false when that takes too long. */
static bool leave_queues(hax_list_schedule *list, hax_list_checkpoint *checkpoint, int group)
{
    const double end_ms = checkpoint->now_ms + list->whole_ms[group];
    uint32_t resources = list->instances->problem->units[list->unit[group]].resources;
    bool in_time = true;
    for (; resources; resources &= resources - 1) {
        int r = __builtin_ctz(resources);
        assert(checkpoint->head[r] < list->queued[r]);
        checkpoint->head[r]++;
        list->left_ms[r] -= list->whole_ms[group];
        in_time = in_time && end_ms + list->left_ms[r] <= list->last_ms;
    }
    return in_time;
}

/* Has this stage of a group ended, or been left out? */
static bool has_ended(const hax_list_schedule *list, const hax_list_checkpoint *checkpoint,
                      int waited)
{
    int group = waited / STAGES;
    const hax_list_instance *seat = &checkpoint->instances[list->instance_of[group]];
    if (seat->next <= group)
        return false;
    const hax_list_item *step = &list->steps[seat->step];
    return !seat->busy || step->group != group || step->stage > waited % STAGES;
}

static bool changes_left(const hax_list_schedule *list, const hax_list_checkpoint *checkpoint,
                         int instance, const hax_list_item *begun)
{
    const int limit = hax_total_changes(list->instances->problem);
    int changes = begun->uses->transitions;
    if (limit < 0)
        return true;
    for (int i = 0; i < list->instances->count; i++)
        if (i != instance && checkpoint->instances[i].step >= 0)
            changes += list->steps[checkpoint->instances[i].step].uses->transitions;
    return changes <= limit;
}

static bool pieces_left(const hax_list_schedule *list, const hax_list_checkpoint *checkpoint,
                        int instance, const hax_list_item *begun)
{
    int unit = begun->unit, limit = list->instances->problem->units[unit].max_pieces;
    if (limit < 0)
        return true;
    int pieces = begun->uses->pieces[unit];
    for (int i = 0; i < list->instances->count; i++)
        if (i != instance && checkpoint->instances[i].step >= 0)
            pieces += list->steps[checkpoint->instances[i].step].uses->pieces[unit];
    return pieces <= limit;
}

/* Beside what runs, in the order of the instances: sums of demands are the same to the bit then. */
static void add_runner(hax_list_checkpoint *checkpoint, int instance, int step, double ms)
{
    assert(checkpoint->running < HAX_MAX_UNITS && ms >= 0);
    int r = checkpoint->running++;
    for (; r > 0 && checkpoint->run[r - 1].instance > instance; r--)
        checkpoint->run[r] = checkpoint->run[r - 1];
    checkpoint->run[r] = (hax_list_running){ ms, instance, step };
    assert(r + 1 == checkpoint->running || checkpoint->run[r + 1].instance > instance);
}

static void begin_step(const hax_list_schedule *list, hax_list_checkpoint *checkpoint, int instance,
                       int step)
{
    assert(!(checkpoint->resources & list->steps[step].resources));
    assert(!checkpoint->instances[instance].busy);
    checkpoint->resources |= list->steps[step].resources;
    checkpoint->instances[instance].busy = true;
    checkpoint->instances[instance].step = step;
    add_runner(checkpoint, instance, step, list->steps[step].ms);
}

static void note_start(hax_list_schedule *list, const hax_list_checkpoint *checkpoint, int group)
{
    list->seen_on[group].started = checkpoint->event;
    if (!list->traced)
        return;
    assert(list->start_count < list->group_count);
    list->starts[list->start_count++] = group;
    list->begin_ms[group] = checkpoint->now_ms;
    list->end_ms[STAGES * group] = checkpoint->now_ms; /* for as long as no IN ends */
}

/* Starts what is next if it can; false when it never will, as what an instance has done stays and
 * so does how many pieces there are, or when that is too late for the rest. */
static bool start_next(hax_list_schedule *list, hax_list_checkpoint *checkpoint, int i)
{
    hax_list_instance *seat = &checkpoint->instances[i];
    int group = seat->next;
    if (seat->busy || group == list->offset[i + 1] || (list->after[i] & ~checkpoint->done))
        return true;
    assert(group >= list->offset[i] && group < list->offset[i + 1] && seat->node >= 0);
    int step =
        list->first_step[seat->node * list->instances->problem->unit_count + list->unit[group]];
    if (step < 0)
        return false;
    const hax_list_item *begun = &list->steps[step];
    if (!is_its_turn(list, checkpoint, group))
        return true;
    if (list->waits_for[group] >= 0 && !has_ended(list, checkpoint, list->waits_for[group])) {
        checkpoint->waiting |= one << i;
        return true;
    }
    checkpoint->waiting &= ~(one << i);
    if (begun->resources & checkpoint->resources)
        return true;
    if (list->limited &&
        !(pieces_left(list, checkpoint, i, begun) && changes_left(list, checkpoint, i, begun)))
        return false;
    begin_step(list, checkpoint, i, step);
    note_start(list, checkpoint, group);
    seat->next++;
    return leave_queues(list, checkpoint, group);
}

/* By rising instance: whoever waits for an IN that is left out may start with the group. */
static bool start_all(hax_list_schedule *list, hax_list_checkpoint *checkpoint)
{
    uint64_t look = checkpoint->look | checkpoint->waiting;
    checkpoint->look = 0;
    for (; look; look &= look - 1)
        if (!start_next(list, checkpoint, __builtin_ctzll(look)))
            return false;
    return true;
}

/* ---- time --------------------------------------------------------------------------------- */

static void free_unit(hax_list_schedule *list, hax_list_checkpoint *checkpoint,
                      const hax_list_item *ended)
{
    assert((checkpoint->resources & ended->resources) == ended->resources);
    list->seen_on[ended->group].left = checkpoint->event;
    checkpoint->resources &= ~ended->resources;
    for (uint32_t left = ended->resources; left; left &= left - 1) {
        int r = __builtin_ctz(left);
        if (checkpoint->head[r] < list->queued[r])
            checkpoint->look |= one << list->instance_of[list->queue[r][checkpoint->head[r]]];
    }
}

static void end_instance(hax_list_schedule *list, hax_list_checkpoint *checkpoint, int i)
{
    assert(!(checkpoint->done >> i & 1));
    checkpoint->done |= one << i;
    checkpoint->look |= list->before[i];
    checkpoint->past =
        hax_objective_past(list->instances->problem, checkpoint->past, checkpoint->now_ms, i);
}

/* What follows a step at once: the group behind its IN, and its OUT if the next group runs on a
 * unit of another kind; -1: nothing. The event is the one that has just come. */
static int follower(hax_list_schedule *list, hax_list_checkpoint *checkpoint, int i,
                    const hax_list_item *ended)
{
    int next = checkpoint->instances[i].next;
    if (ended->stage == 0)
        return ended->then;
    if (ended->stage == 1 && next < list->offset[i + 1]) {
        list->seen_on[next].looked = checkpoint->event;
        if (ended->then >= 0 &&
            !hax_same_kind(list->instances->problem, list->unit[next], ended->unit))
            return ended->then;
    }
    return -1;
}

/* True when the instance goes on with a step that follows at once. */
static bool end_step(hax_list_schedule *list, hax_list_checkpoint *checkpoint,
                     hax_list_running *runner)
{
    int i = runner->instance;
    const hax_list_item *ended = &list->steps[runner->step];
    hax_list_instance *seat = &checkpoint->instances[i];
    int then = follower(list, checkpoint, i, ended);
    if (list->traced)
        for (int s = ended->stage; s < STAGES; s++)
            list->end_ms[STAGES * ended->group + s] = checkpoint->now_ms;
    if (then >= 0) {
        seat->step = runner->step = then;
        runner->left_ms = list->steps[then].ms;
        return true;
    }
    assert(seat->busy && ended->to >= 0);
    seat->busy = false;
    seat->node = ended->to;
    checkpoint->look |= one << i;
    free_unit(list, checkpoint, ended);
    if (seat->next == list->offset[i + 1])
        end_instance(list, checkpoint, i);
    return false;
}

static void fill_slowdowns(const hax_list_schedule *list, const hax_list_checkpoint *checkpoint,
                           double *slow)
{
    double total = 0;
    for (int r = 0; r < checkpoint->running; r++)
        total += list->steps[checkpoint->run[r].step].gbps;
    for (int r = 0; r < checkpoint->running; r++) {
        const hax_list_item *step = &list->steps[checkpoint->run[r].step];
        slow[r] = hax_instance_set_slowdown(list->instances, step->unit, step->own_gbps,
                                            total - step->gbps);
        assert(slow[r] >= 1);
    }
}

/* What runs side by side comes again and again: its slowdowns are remembered. */
static const double *slowdowns(hax_list_schedule *list, const hax_list_checkpoint *checkpoint)
{
    uint64_t key = 0;
    if (!list->remembers || checkpoint->running > RATES_OF) {
        fill_slowdowns(list, checkpoint, list->slow);
        return list->slow;
    }
    for (int r = 0; r < checkpoint->running; r++)
        key = key << 16 | (uint64_t) list->steps[checkpoint->run[r].step].kind;
    hax_list_rates *known = &list->rates[key * 0x9e3779b97f4a7c15u >> (64 - RATES_BITS)];
    if (known->key != key) {
        fill_slowdowns(list, checkpoint, known->slow);
        known->key = key;
    }
    return known->slow;
}

/* As hax_round_state_advance does, by the same rules (event_step.h) in the same order. */
static bool advance(hax_list_schedule *list, hax_list_checkpoint *checkpoint)
{
    if (checkpoint->running == 0)
        return false;
    const double *slow = slowdowns(list, checkpoint);
    double span = INFINITY;
    for (int r = 0; r < checkpoint->running; r++)
        span = hax_step_span(span, checkpoint->run[r].left_ms, slow[r]);
    int stay = 0, running = checkpoint->running;
    assert(span >= 0 && span < INFINITY); /* time does not go back, and something ends */
    checkpoint->now_ms += span;
    checkpoint->event++;
    for (int r = 0; r < running; r++) {
        hax_list_running *runner = &checkpoint->run[r];
        if (!hax_step_ends(span, runner->left_ms, slow[r]))
            runner->left_ms = hax_step_left(span, runner->left_ms, slow[r]);
        else if (!end_step(list, checkpoint, runner))
            continue;
        checkpoint->run[stay++] = *runner;
    }
    assert(stay <= running);
    checkpoint->running = stay;
    return true;
}

/* ---- the whole ---------------------------------------------------------------------------- */

static void begin(hax_list_schedule *list, hax_list_checkpoint *checkpoint)
{
    memset(checkpoint, 0, hax_list_checkpoint_size(list));
    checkpoint->past = hax_objective_no_past(list->instances->problem);
    for (int i = 0; i < list->instances->count; i++) {
        checkpoint->instances[i] =
            (hax_list_instance){ list->start_node[i], list->offset[i], -1, false };
        list->seen_on[list->offset[i]].looked = 0;
    }
    checkpoint->look = list->everyone;
}

/* The walk goes on from what was kept: so does what was seen of the groups that it has begun. Who
 * stands first in a queue may have changed. */
static void go_on(hax_list_schedule *list, hax_list_checkpoint *checkpoint,
                  const hax_list_checkpoint *from)
{
    assert(from->event == list->begun && !(from->done & ~list->everyone));
    memcpy(checkpoint, from, hax_list_checkpoint_size(list));
    checkpoint->look = ~checkpoint->done & list->everyone;
    for (int i = 0; i < list->instances->count; i++)
        for (int g = from->instances[i].next - 1; g <= from->instances[i].next; g++)
            if (g >= list->offset[i] && g < list->offset[i + 1])
                list->seen_on[g] = list->seen[g];
}

/* What waits in the queues takes so long alone. */
static void fill_left(hax_list_schedule *list, const hax_list_checkpoint *checkpoint)
{
    for (int r = 0; r < list->instances->problem->resource_count; r++) {
        list->left_ms[r] = 0;
        for (int q = checkpoint->head[r]; q < list->queued[r]; q++)
            list->left_ms[r] += list->whole_ms[list->queue[r][q]];
    }
}

/* No list that ends later costs so little; the rest allows for rounding. */
static double last_ms(const hax_list_schedule *list, double most)
{
    const hax_problem *problem = list->instances->problem;
    double last = problem->objective == HAX_LATENCY ? most : INFINITY;
    if (problem->objective == HAX_DEADLINE) {
        last = most;
        for (int i = 0; i < list->instances->count; i++)
            last = hax_max(last, most + problem->instances[i].deadline_ms);
    }
    return last + 1e-9 * (1 + fabs(last));
}

/* No cost that this can still come to is lower. */
static double least_cost(const hax_list_schedule *list, const hax_list_checkpoint *checkpoint)
{
    const hax_problem *problem = list->instances->problem;
    double least = checkpoint->past;
    switch (problem->objective) {
    case HAX_LATENCY: return hax_max(least, checkpoint->now_ms);
    case HAX_THROUGHPUT:
        for (int i = 0; i < list->instances->count; i++)
            least -= checkpoint->done >> i & 1 ? 0 : 1 / checkpoint->now_ms;
        return least;
    default: return least;
    }
}

#ifndef NDEBUG
/* Nothing is left in progress or in a queue. */
static void check_end(const hax_list_schedule *list, const hax_list_checkpoint *checkpoint)
{
    assert(checkpoint->running == 0 && checkpoint->resources == 0);
    for (int r = 0; r < list->instances->problem->resource_count; r++)
        assert(checkpoint->head[r] == list->queued[r]);
    for (int i = 0; i < list->instances->count; i++)
        assert(checkpoint->instances[i].next == list->offset[i + 1]);
}
#endif

static double walk_on(hax_list_schedule *list, double most)
{
    hax_list_checkpoint *checkpoint = list->now;
    fill_left(list, checkpoint);
    list->last_ms = last_ms(list, most);
    while (checkpoint->done != list->everyone) {
        assert(checkpoint->event < STAGES * list->group_count); /* each ends a stage of a group */
        if (checkpoint->event % MARK_EVERY == 0)
            memcpy(list->checkpoints[checkpoint->event / MARK_EVERY], checkpoint,
                   hax_list_checkpoint_size(list));
        if (!start_all(list, checkpoint) || !advance(list, checkpoint) ||
            least_cost(list, checkpoint) > most)
            return INFINITY;
    }
#ifndef NDEBUG
    check_end(list, checkpoint);
#endif
    return checkpoint->past;
}

double hax_list_evaluate(hax_list_schedule *list, double most)
{
    assert(list->since != INT_MAX); /* else the cost is known */
    list->begun = list->since / MARK_EVERY * MARK_EVERY;
    list->traced = false;
    if (list->begun == 0)
        begin(list, list->now);
    else
        go_on(list, list->now, list->kept[list->begun / MARK_EVERY]);
    return walk_on(list, most);
}

double hax_list_evaluate_traced(hax_list_schedule *list)
{
    list->begun = 0;
    list->traced = true;
    list->start_count = 0;
    begin(list, list->now);
    return walk_on(list, INFINITY);
}

void hax_list_commit(hax_list_schedule *list)
{
    int first = list->begun / MARK_EVERY, last = (list->now->event - 1) / MARK_EVERY;
    const hax_list_checkpoint *from = list->checkpoints[first];
    assert(list->now->done == list->everyone && first <= last); /* only whole walks are kept */
    for (int i = 0; i < list->instances->count; i++) {
        int g = hax_max(from->instances[i].next - 1, list->offset[i]);
        memcpy(list->seen + g, list->seen_on + g,
               (size_t) (list->offset[i + 1] - g) * sizeof *list->seen);
    }
    for (int m = first; m <= last; m++) {
        hax_list_checkpoint *checkpoint = list->checkpoints[m];
        list->checkpoints[m] = list->kept[m];
        list->kept[m] = checkpoint;
    }
    list->since = INT_MAX;
}
