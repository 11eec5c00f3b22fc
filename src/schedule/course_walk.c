/* How a list runs, event by event; what stands at some of them is kept. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "course.h"
#include "order.h"

static const uint64_t one = 1;

/* ---- starting ------------------------------------------------------------------------------ */

/* First in the queues of all its resources? */
static bool is_its_turn(const course *of, const moment *at, int group)
{
    uint32_t resources = of->fleet->problem->units[of->unit[group]].resources;
    for (; resources; resources &= resources - 1) {
        int r = __builtin_ctz(resources);
        if (of->queue[r][at->head[r]] != group)
            return false;
    }
    return true;
}

/* Its resources are busy with it and with what stands behind it: false when that takes too long. */
static bool leave_queues(course *of, moment *at, int group)
{
    const double end_ms = at->now_ms + of->whole_ms[group];
    uint32_t resources = of->fleet->problem->units[of->unit[group]].resources;
    bool in_time = true;
    for (; resources; resources &= resources - 1) {
        int r = __builtin_ctz(resources);
        at->head[r]++;
        of->left_ms[r] -= of->whole_ms[group];
        in_time = in_time && end_ms + of->left_ms[r] <= of->last_ms;
    }
    return in_time;
}

/* Has this stage of a group ended, or been left out? */
static bool has_ended(const course *of, const moment *at, int waited)
{
    int group = waited / STAGES;
    const course_seat *seat = &at->at[of->instance_of[group]];
    if (seat->next <= group)
        return false;
    const course_step *step = &of->steps[seat->step];
    return !seat->busy || step->group != group || step->stage > waited % STAGES;
}

static bool pieces_left(const course *of, const moment *at, int instance, const course_step *begun)
{
    int unit = begun->unit, limit = of->fleet->problem->units[unit].max_pieces;
    if (limit < 0)
        return true;
    int pieces = begun->used->pieces[unit];
    for (int i = 0; i < of->fleet->count; i++)
        if (i != instance && at->at[i].step >= 0)
            pieces += of->steps[at->at[i].step].used->pieces[unit];
    return pieces <= limit;
}

/* Beside what runs, in the order of the instances: sums of demands are the same to the bit then. */
static void add_runner(moment *at, int instance, int step, double ms)
{
    int r = at->running++;
    for (; r > 0 && at->run[r - 1].instance > instance; r--)
        at->run[r] = at->run[r - 1];
    at->run[r] = (course_runner){ ms, instance, step };
}

static void begin_step(const course *of, moment *at, int instance, int step)
{
    at->resources |= of->steps[step].resources;
    at->at[instance].busy = true;
    at->at[instance].step = step;
    add_runner(at, instance, step, of->steps[step].ms);
}

static void note_start(course *of, const moment *at, int group)
{
    of->seen_on[group].started = at->event;
    if (!of->traced)
        return;
    of->starts[of->start_count++] = group;
    of->begin_ms[group] = at->now_ms;
    of->end_ms[STAGES * group] = at->now_ms; /* for as long as no IN ends */
}

/* Starts what is next if it can; false when it never will, as what an instance has done stays and
 * so does how many pieces there are, or when that is too late for the rest. */
static bool start_next(course *of, moment *at, int i)
{
    course_seat *seat = &at->at[i];
    int group = seat->next;
    if (seat->busy || group == of->offset[i + 1] || (of->after[i] & ~at->done))
        return true;
    int step = of->first_step[seat->node * of->fleet->problem->unit_count + of->unit[group]];
    if (step < 0)
        return false;
    const course_step *begun = &of->steps[step];
    if (!is_its_turn(of, at, group))
        return true;
    if (of->waits_for[group] >= 0 && !has_ended(of, at, of->waits_for[group])) {
        at->waiting |= one << i;
        return true;
    }
    at->waiting &= ~(one << i);
    if (begun->resources & at->resources)
        return true;
    if (of->limited && !pieces_left(of, at, i, begun))
        return false;
    begin_step(of, at, i, step);
    note_start(of, at, group);
    seat->next++;
    return leave_queues(of, at, group);
}

/* By rising instance: whoever waits for an IN that is left out may start with the group. */
static bool start_all(course *of, moment *at)
{
    uint64_t look = at->look | at->waiting;
    at->look = 0;
    for (; look; look &= look - 1)
        if (!start_next(of, at, __builtin_ctzll(look)))
            return false;
    return true;
}

/* ---- time --------------------------------------------------------------------------------- */

static void free_unit(course *of, moment *at, const course_step *ended)
{
    of->seen_on[ended->group].left = at->event;
    at->resources &= ~ended->resources;
    for (uint32_t left = ended->resources; left; left &= left - 1) {
        int r = __builtin_ctz(left);
        if (at->head[r] < of->queued[r])
            at->look |= one << of->instance_of[of->queue[r][at->head[r]]];
    }
}

static void end_instance(course *of, moment *at, int i)
{
    at->done |= one << i;
    at->look |= of->before[i];
    at->past = outlook_past(of->fleet->problem, at->past, at->now_ms, i);
}

/* What follows a step at once: the group behind its IN, and its OUT if the next group runs
 * elsewhere; -1: nothing. The event is the one that has just come. */
static int follower(course *of, moment *at, int i, const course_step *ended)
{
    int next = at->at[i].next;
    if (ended->stage == 0)
        return ended->then;
    if (ended->stage == 1 && next < of->offset[i + 1]) {
        of->seen_on[next].looked = at->event;
        if (ended->then >= 0 && of->unit[next] != ended->unit)
            return ended->then;
    }
    return -1;
}

/* True when the instance goes on with a step that follows at once. */
static bool end_step(course *of, moment *at, course_runner *runner)
{
    int i = runner->instance;
    const course_step *ended = &of->steps[runner->step];
    course_seat *seat = &at->at[i];
    int then = follower(of, at, i, ended);
    if (of->traced)
        for (int s = ended->stage; s < STAGES; s++)
            of->end_ms[STAGES * ended->group + s] = at->now_ms;
    if (then >= 0) {
        seat->step = runner->step = then;
        runner->left_ms = of->steps[then].ms;
        return true;
    }
    seat->busy = false;
    seat->node = ended->to;
    at->look |= one << i;
    free_unit(of, at, ended);
    if (seat->next == of->offset[i + 1])
        end_instance(of, at, i);
    return false;
}

static void fill_slowdowns(const course *of, const moment *at, double *slow)
{
    double total = 0;
    for (int r = 0; r < at->running; r++)
        total += of->steps[at->run[r].step].gbps;
    for (int r = 0; r < at->running; r++) {
        const course_step *step = &of->steps[at->run[r].step];
        slow[r] = fleet_slowdown(of->fleet, step->unit, step->own_gbps, total - step->gbps);
    }
}

/* What runs side by side comes again and again: its slowdowns are remembered. */
static const double *slowdowns(course *of, const moment *at)
{
    uint64_t key = 0;
    if (!of->remembers || at->running > RATES_OF) {
        fill_slowdowns(of, at, of->slow);
        return of->slow;
    }
    for (int r = 0; r < at->running; r++)
        key = key << 16 | (uint64_t) of->steps[at->run[r].step].kind;
    course_rates *known = &of->rates[key * 0x9e3779b97f4a7c15u >> (64 - RATES_BITS)];
    if (known->key != key) {
        fill_slowdowns(of, at, known->slow);
        known->key = key;
    }
    return known->slow;
}

/* As state_advance does. */
static bool advance(course *of, moment *at)
{
    if (at->running == 0)
        return false;
    const double *slow = slowdowns(of, at);
    double span = INFINITY;
    for (int r = 0; r < at->running; r++)
        span = smaller(span, at->run[r].left_ms * slow[r]);
    int stay = 0, running = at->running;
    at->now_ms += span;
    at->event++;
    for (int r = 0; r < running; r++) {
        course_runner *runner = &at->run[r];
        if (!state_ends(runner->left_ms * slow[r], span))
            runner->left_ms -= span / slow[r];
        else if (!end_step(of, at, runner))
            continue;
        at->run[stay++] = *runner;
    }
    at->running = stay;
    return true;
}

/* ---- the whole ---------------------------------------------------------------------------- */

static void begin(course *of, moment *at)
{
    memset(at, 0, moment_size(of));
    at->past = outlook_no_past(of->fleet->problem);
    for (int i = 0; i < of->fleet->count; i++) {
        at->at[i] = (course_seat){ of->start_node[i], of->offset[i], -1, false };
        of->seen_on[of->offset[i]].looked = 0;
    }
    at->look = of->all;
}

/* The walk goes on from what was kept: so does what was seen of the groups that it has begun. Who
 * stands first in a queue may have changed. */
static void go_on(course *of, moment *at, const moment *from)
{
    memcpy(at, from, moment_size(of));
    at->look = ~at->done & of->all;
    for (int i = 0; i < of->fleet->count; i++)
        for (int g = from->at[i].next - 1; g <= from->at[i].next; g++)
            if (g >= of->offset[i] && g < of->offset[i + 1])
                of->seen_on[g] = of->seen[g];
}

/* What waits in the queues takes so long alone. */
static void fill_left(course *of, const moment *at)
{
    for (int r = 0; r < of->fleet->problem->resource_count; r++) {
        of->left_ms[r] = 0;
        for (int q = at->head[r]; q < of->queued[r]; q++)
            of->left_ms[r] += of->whole_ms[of->queue[r][q]];
    }
}

/* No list that ends later costs so little; the rest allows for rounding. */
static double last_ms(const course *of, double most)
{
    const hax_problem *problem = of->fleet->problem;
    double last = problem->objective == HAX_LATENCY ? most : INFINITY;
    if (problem->objective == HAX_DEADLINE) {
        last = most;
        for (int i = 0; i < of->fleet->count; i++)
            last = larger(last, most + problem->instances[i].deadline_ms);
    }
    return last + 1e-9 * (1 + fabs(last));
}

/* No cost that this can still come to is lower. */
static double least_cost(const course *of, const moment *at)
{
    const hax_problem *problem = of->fleet->problem;
    double least = at->past;
    switch (problem->objective) {
    case HAX_LATENCY: return larger(least, at->now_ms);
    case HAX_THROUGHPUT:
        for (int i = 0; i < of->fleet->count; i++)
            least -= at->done >> i & 1 ? 0 : 1 / at->now_ms;
        return least;
    default: return least;
    }
}

static double walk_on(course *of, double most)
{
    moment *at = of->now;
    fill_left(of, at);
    of->last_ms = last_ms(of, most);
    while (at->done != of->all) {
        if (at->event % MARK_EVERY == 0)
            memcpy(of->on[at->event / MARK_EVERY], at, moment_size(of));
        if (!start_all(of, at) || !advance(of, at) || least_cost(of, at) > most)
            return INFINITY;
    }
    return at->past;
}

double course_walk(course *of, double most)
{
    of->begun = of->since / MARK_EVERY * MARK_EVERY;
    of->traced = false;
    if (of->begun == 0)
        begin(of, of->now);
    else
        go_on(of, of->now, of->kept[of->begun / MARK_EVERY]);
    return walk_on(of, most);
}

double course_trace(course *of)
{
    of->begun = 0;
    of->traced = true;
    of->start_count = 0;
    begin(of, of->now);
    return walk_on(of, INFINITY);
}

void course_keep(course *of)
{
    int first = of->begun / MARK_EVERY, last = (of->now->event - 1) / MARK_EVERY;
    const moment *from = of->on[first];
    for (int i = 0; i < of->fleet->count; i++) {
        int g = larger(from->at[i].next - 1, of->offset[i]);
        memcpy(of->seen + g, of->seen_on + g, (size_t) (of->offset[i + 1] - g) * sizeof *of->seen);
    }
    for (int m = first; m <= last; m++) {
        moment *on = of->on[m];
        of->on[m] = of->kept[m];
        of->kept[m] = on;
    }
    of->since = INT_MAX;
}
