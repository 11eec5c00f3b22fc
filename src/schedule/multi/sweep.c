#include "sweep.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "in_start.h"
#include "state.h"

struct hax_sweep_label {
    size_t parent, older; /* older: of the same places; 0: none */
    hax_sweep_step step;
    double bound; /* no schedule that follows ends sooner */
    int count;    /* points */
    bool covered;
};

/* ---- labels in the pool ------------------------------------------------------------------------
 */

static size_t round_up(size_t bytes)
{
    return (bytes + 15) / 16 * 16;
}

static size_t places_bytes(const hax_sweep *sweep)
{
    return round_up((size_t) sweep->instances->count * sizeof(hax_position));
}

static hax_sweep_label *label_at(const hax_sweep *sweep, size_t offset)
{
    assert(offset > 0 && offset % 16 == 0 && offset < sweep->pool_bytes); /* 0 is none */
    return (hax_sweep_label *) (void *) (sweep->pool + offset);
}

static hax_position *places_of(const hax_sweep *sweep, size_t offset)
{
    return (hax_position *) (void *) (sweep->pool + offset + round_up(sizeof(hax_sweep_label)));
}

/* The least of each coordinate; the points stand behind it. */
static double *ideal_of(const hax_sweep *sweep, size_t offset)
{
    return (double *) (void *) ((char *) places_of(sweep, offset) + places_bytes(sweep));
}

static double *points_of(const hax_sweep *sweep, size_t offset)
{
    return ideal_of(sweep, offset) + sweep->from.width;
}

/* Room for so many bytes more in the pool; false: memory is out. */
static bool widen_pool(hax_sweep *sweep, size_t more)
{
    size_t wanted = sweep->pool_bytes + more, capacity = 2 * sweep->pool_capacity;
    if (wanted <= sweep->pool_capacity)
        return true;
    if (capacity < wanted)
        capacity = wanted;
    char *grown = realloc(sweep->pool, capacity);
    if (!grown)
        return false;
    sweep->pool = grown;
    sweep->pool_capacity = capacity;
    return true;
}

/* Beside nodes and items: the IN before this group has ended, and the unit is held for it. */
static hax_position held(const hax_automaton *automaton, int run)
{
    return -1 - automaton->item_count - run;
}

static bool place_is_held(const hax_automaton *automaton, hax_position p)
{
    return p < -automaton->item_count;
}

static hax_position place_in(const hax_sweep *sweep, int i)
{
    const hax_instance_state *a = &sweep->state->actors[i];
    assert((a->item >= 0) + (a->node >= 0) + (a->then >= 0) == 1);
    if (a->item >= 0)
        return -1 - a->item;
    return a->node >= 0 ? a->node : held(&sweep->instances->automata[i], a->then);
}

/* ---- labels of the same places -------------------------------------------------------------- */

static uint64_t hash_of(const hax_sweep *sweep, const hax_position *places)
{
    uint64_t hash = 1;
    for (int i = 0; i < sweep->instances->count; i++) {
        hash = (hash ^ (uint32_t) places[i]) * 0x9e3779b97f4a7c15U;
        hash ^= hash >> 29;
    }
    return hash;
}

/* The table's entry for these places, with or without a label. */
static hax_sweep_bucket *entry_of(const hax_sweep *sweep, const hax_position *places, uint64_t hash)
{
    size_t bytes = (size_t) sweep->instances->count * sizeof *places;
    assert(sweep->table_count < sweep->table_capacity); /* there is an empty entry to end at */
    for (size_t at = (size_t) hash;; at++) {
        hax_sweep_bucket *entry = &sweep->table[at & (sweep->table_capacity - 1)];
        if (!entry->newest ||
            (entry->hash == hash && memcmp(places_of(sweep, entry->newest), places, bytes) == 0))
            return entry;
    }
}

static bool widen_table(hax_sweep *sweep)
{
    hax_sweep_bucket *old = sweep->table;
    size_t old_capacity = sweep->table_capacity;
    if (3 * sweep->table_count < 2 * sweep->table_capacity)
        return true;
    sweep->table = calloc(2 * old_capacity, sizeof *sweep->table);
    if (!sweep->table) {
        sweep->table = old;
        return false;
    }
    sweep->table_capacity = 2 * old_capacity;
    for (size_t s = 0; s < old_capacity; s++)
        if (old[s].newest)
            *entry_of(sweep, places_of(sweep, old[s].newest), old[s].hash) = old[s];
    free(old);
    return true;
}

/* Is a label of the same places as good as the child? */
static bool is_covered(const hax_sweep *sweep, size_t newest, const double *ideal)
{
    const hax_convex_set *points = &sweep->child;
    for (size_t other = newest; other != 0; other = label_at(sweep, other)->older) {
        const hax_sweep_label *seen = label_at(sweep, other);
        if (!seen->covered &&
            hax_convex_set_may_cover(ideal_of(sweep, other), ideal, points->compared) &&
            hax_convex_set_covers(points_of(sweep, other), seen->count, points))
            return true;
    }
    return false;
}

/* Labels of the same places as which the child is as good need not be expanded. */
static void cover_others(hax_sweep *sweep, size_t newest, const double *ideal)
{
    for (size_t other = newest; other != 0; other = label_at(sweep, other)->older) {
        hax_sweep_label *seen = label_at(sweep, other);
        if (seen->covered ||
            !hax_convex_set_may_cover(ideal, ideal_of(sweep, other), sweep->child.compared))
            continue;
        sweep->other.count = seen->count;
        memcpy(sweep->other.points, points_of(sweep, other),
               (size_t) (seen->count * sweep->other.width) * sizeof(double));
        seen->covered =
            hax_convex_set_covers(sweep->child.points, sweep->child.count, &sweep->other);
    }
}

/* ---- the state at hand -------------------------------------------------------------------------
 */

static void set_rates(hax_sweep *sweep)
{
    const hax_instance_set *instances = sweep->instances;
    double total = 0;
    for (int i = 0; i < instances->count && !instances->alone; i++)
        if (sweep->state->actors[i].item >= 0)
            total += instances->automata[i].items[sweep->state->actors[i].item].gbps;
    for (int i = 0; i < instances->count; i++) {
        sweep->rates[i] = 0;
        if (sweep->state->actors[i].item < 0)
            continue;
        const hax_chain_item *work = &instances->automata[i].items[sweep->state->actors[i].item];
        sweep->rates[i] = 1 / hax_instance_set_slowdown(instances, work->unit, work->own_gbps,
                                                        total - work->gbps);
        assert(sweep->rates[i] > 0 && sweep->rates[i] <= 1);
    }
}

static const uint32_t *resources_of(const hax_sweep *sweep, int i)
{
    const hax_instance_state *a = &sweep->state->actors[i];
    int index = a->item >= 0 ? a->item : a->then;
    return index < 0
               ? NULL
               : &sweep->instances->problem->units[sweep->instances->automata[i].items[index].unit]
                      .resources;
}

/* Puts an instance somewhere, as far as places and resources go. */
static void move(hax_sweep *sweep, int i, hax_position to)
{
    const hax_automaton *a = &sweep->instances->automata[i];
    const uint32_t *busy = resources_of(sweep, i);
    if (busy)
        sweep->state->resources &= ~*busy;
    sweep->state->actors[i] =
        (hax_instance_state){ .item = -1, .node = -1, .then = -1, .started = -1 };
    if (hax_position_is_node(to))
        sweep->state->actors[i].node = to;
    else if (place_is_held(a, to))
        sweep->state->actors[i].then = hax_position_item(to) - a->item_count;
    else
        sweep->state->actors[i].item = hax_position_item(to);
    busy = resources_of(sweep, i);
    assert(!busy || !(sweep->state->resources & *busy)); /* nobody else holds the unit */
    if (busy)
        sweep->state->resources |= *busy;
}

static void set_places(hax_sweep *sweep, const hax_position *places)
{
    sweep->state->resources = 0;
    for (int i = 0; i < sweep->instances->count; i++)
        sweep->state->actors[i] = (hax_instance_state){ .item = -1, .node = 0, .then = -1 };
    for (int i = 0; i < sweep->instances->count; i++)
        move(sweep, i, places[i]);
}

static bool is_done(const hax_sweep *sweep, int i)
{
    const hax_instance_state *a = &sweep->state->actors[i];
    return a->item < 0 && a->node >= 0 &&
           hax_chain_node_is_last(&sweep->instances->automata[i], a->node);
}

static bool all_done(const hax_sweep *sweep)
{
    for (int i = 0; i < sweep->instances->count; i++)
        if (!is_done(sweep, i))
            return false;
    return true;
}

/* ---- steps ---------------------------------------------------------------------------------- */

/* The part of the points in which `ender` is the first to end. */
static void cut_by_end(hax_sweep *sweep, hax_convex_set *points, int ender)
{
    for (int i = 0; i < sweep->instances->count && points->count; i++) {
        if (i == ender || sweep->rates[i] <= 0)
            continue;
        hax_convex_set_cut(points, 1 + ender, 1 + i);
        sweep->rounded = !hax_convex_set_reduce(points, sweep->points_most) || sweep->rounded;
    }
}

/* Time passes until the first end (END), to any moment before it (WAIT), or not at all (START). */
static void let_time_pass(const hax_sweep_step *step, hax_convex_set *points)
{
    switch (step->kind) {
    case STEP_END: hax_convex_set_pass(points, 1 + step->ender); break;
    case STEP_WAIT: hax_convex_set_extrude(points, 1 + step->ender); break;
    default: break;
    }
}

/* The work that is left of an item stays, rate before * time left before = rate now * time left
 * now; so where its rate has changed its end moves. */
static void move_ends(const hax_sweep *sweep, const double *rates_before, double *point)
{
    for (int i = 0; i < sweep->instances->count; i++) {
        double before = rates_before[i], now = sweep->rates[i];
        if (before > 0 && now > 0 && before != now)
            point[1 + i] = point[0] + hax_max(point[1 + i] - point[0], 0) * before / now;
    }
}

/* When what the step's instance does now will end; 0: it does nothing. */
static double end_of_own(const hax_sweep *sweep, const hax_sweep_step *step, double now_ms)
{
    const hax_automaton *a = &sweep->instances->automata[step->instance];
    if (hax_position_is_node(step->after) || place_is_held(a, step->after))
        return 0;
    return now_ms + a->items[hax_position_item(step->after)].ms / sweep->rates[step->instance];
}

/* Takes a step: the state and the rates were the parent's and are the child's afterwards; `points`
 * are those of the part. Rates are constant between events, so each point of the parent becomes one
 * of the child in a straight line. */
static void take_step(hax_sweep *sweep, const hax_sweep_step *step, hax_convex_set *points)
{
    double rates_before[HAX_INSTANCES_MAX];
    memcpy(rates_before, sweep->rates, (size_t) sweep->instances->count * sizeof *rates_before);
    let_time_pass(step, points);
    move(sweep, step->instance, step->after);
    set_rates(sweep);
    for (int p = 0; p < points->count; p++) {
        double *point = hax_convex_set_point(points, p);
        move_ends(sweep, rates_before, point);
        point[1 + step->instance] = end_of_own(sweep, step, point[0]);
    }
}

/* ---- the schedule at the end ----------------------------------------------------------------- */

typedef struct path {
    const hax_sweep_step **steps;
    int count;
} path;

static int collect(const hax_sweep *sweep, size_t last, const hax_sweep_step **steps)
{
    int count = 0;
    for (size_t l = last; label_at(sweep, l)->parent; l = label_at(sweep, l)->parent) {
        if (steps)
            steps[count] = &label_at(sweep, l)->step;
        count++;
    }
    for (int s = 0; steps && s < count / 2; s++) {
        const hax_sweep_step *kept = steps[s];
        steps[s] = steps[count - 1 - s];
        steps[count - 1 - s] = kept;
    }
    return count;
}

/* Extra coordinates of the points: when each group's job begins, and its group itself. */
static double *begins(const hax_sweep *sweep, double *point, const hax_sweep_step *step, int group)
{
    return point + sweep->from.compared + 2 * (sweep->first_start[step->instance] + group);
}

/* `first`: the instance was idle before. */
static void note_start(const hax_sweep *sweep, const hax_sweep_step *step, bool first,
                       hax_convex_set *wide)
{
    const hax_automaton *a = &sweep->instances->automata[step->instance];
    if (hax_position_is_node(step->after) || place_is_held(a, step->after))
        return;
    const hax_chain_item *begun = &a->items[hax_position_item(step->after)];
    for (int p = 0; p < wide->count; p++) {
        double *times = begins(sweep, hax_convex_set_point(wide, p), step, begun->group);
        if (first)
            times[0] = hax_convex_set_point(wide, p)[0];
        if (begun->part == HAX_PART_RUN)
            times[1] = hax_convex_set_point(wide, p)[0];
    }
}

/* Goes the way once more with points that carry all starts along. */
static void replay(hax_sweep *sweep, const path *way, hax_convex_set *wide)
{
    const hax_position start[HAX_INSTANCES_MAX] = { 0 };
    set_places(sweep, start);
    set_rates(sweep);
    memset(wide->points, 0, (size_t) wide->width * sizeof *wide->points);
    wide->count = 1;
    for (int s = 0; s < way->count; s++) {
        const hax_sweep_step *step = way->steps[s];
        bool first = hax_position_is_node(place_in(sweep, step->instance));
        if (step->ender >= 0)
            cut_by_end(sweep, wide, step->ender);
        take_step(sweep, step, wide);
        note_start(sweep, step, first, wide);
        hax_convex_set_reduce(wide, sweep->points_most);
        assert(wide->count > 0); /* the label that this leads to had points */
    }
}

static int by_start(const void *a, const void *b)
{
    const hax_placement *x = a, *y = b;
    return (x->start_ms > y->start_ms) - (x->start_ms < y->start_ms);
}

/* Of a group that waits behind its IN, when it begins: [group of all]; 0 for those that do not. */
static double *held_until(const hax_sweep *sweep, double *held_ms, int instance, int group)
{
    return &held_ms[sweep->first_start[instance] + group];
}

/* Jobs of the way, each with the start of its IN if it has one; fills `held_ms`. */
static int list_jobs(const hax_sweep *sweep, const path *way, double *point, double *held_ms)
{
    hax_placement *trail = sweep->search->trail;
    int count = 0;
    for (int s = 0; s < way->count; s++) {
        const hax_sweep_step *step = way->steps[s];
        const hax_automaton *a = &sweep->instances->automata[step->instance];
        if (hax_position_is_node(step->after))
            continue;
        const bool is_held = place_is_held(a, step->after);
        const hax_chain_item *begun =
            &a->items[hax_position_item(step->after) - (is_held ? a->item_count : 0)];
        const double *times = begins(sweep, point, step, begun->group);
        if (is_held)
            *held_until(sweep, held_ms, step->instance, begun->group) = times[1];
        else if (begun->part == HAX_PART_RUN)
            trail[count++] = (hax_placement){ step->instance, begun->group, begun->unit, times[0] };
    }
    qsort(trail, (size_t) count, sizeof *trail, by_start);
    assert(count == sweep->search->group_count);
    return count;
}

static const hax_job *find_job(const hax_schedule *schedule, const hax_placement *placed,
                               hax_part part)
{
    for (int j = 0; j < schedule->job_count; j++) {
        const hax_job *job = &schedule->jobs[j];
        if (job->instance == placed->instance && job->group == placed->group && job->part == part)
            return job;
    }
    return NULL;
}

/* Lets INs behind which groups wait begin as late as they might if nothing slowed them, so that
 * none of these groups begins before its time. False where none waits. */
static bool begin_late(const hax_sweep *sweep, const hax_schedule *schedule, int count,
                       double *held_ms)
{
    hax_placement *trail = sweep->search->trail;
    bool any = false;
    for (int p = 0; p < count; p++) {
        const double until_ms = *held_until(sweep, held_ms, trail[p].instance, trail[p].group);
        const hax_job *in = until_ms > 0 ? find_job(schedule, &trail[p], HAX_PART_IN) : NULL;
        if (!in)
            continue;
        const double alone_ms = hax_job_alone_ms(sweep->instances->problem, in);
        trail[p].start_ms = hax_max(trail[p].start_ms, until_ms - alone_ms);
        any = true;
    }
    qsort(trail, (size_t) count, sizeof *trail, by_start);
    return any;
}

/* Lets the INs of the groups that are the first to begin behind their time begin as much sooner as
 * they must. All that comes before that time stands where it shall, so that the others are known
 * among which they run. The time; INFINITY: no group behind `settled_ms` is late. */
static double settle_next(const hax_sweep *sweep, const hax_schedule *schedule, int count,
                          double *held_ms, double settled_ms)
{
    static const double near = 1e-13;
    hax_placement *trail = sweep->search->trail;
    double next_ms = INFINITY;
    for (int p = 0; p < count; p++) {
        const double until_ms = *held_until(sweep, held_ms, trail[p].instance, trail[p].group);
        const hax_job *run = find_job(schedule, &trail[p], HAX_PART_RUN);
        if (until_ms > settled_ms && run->start_ms > until_ms + near * (1 + until_ms))
            next_ms = hax_min(next_ms, until_ms);
    }
    for (int p = 0; p < count; p++) {
        const hax_job *in = find_job(schedule, &trail[p], HAX_PART_IN);
        if (in && *held_until(sweep, held_ms, trail[p].instance, trail[p].group) == next_ms)
            trail[p].start_ms = hax_in_start_ms(sweep->instances->problem, schedule, in, next_ms);
    }
    qsort(trail, (size_t) count, sizeof *trail, by_start);
    return next_ms;
}

/* Offers the trail's schedule at its true value; NULL: it is none. False: memory is out. */
static bool offer(hax_sweep *sweep, int count, const hax_schedule **schedule)
{
    hax_error err;
    *schedule = NULL;
    if (hax_schedule_from_placements(sweep->instances->problem, "haxconn", count,
                                     sweep->search->trail, schedule, &err) != HAX_OK)
        return err.status != HAX_NO_MEMORY;
    if ((*schedule)->value < sweep->search->cost)
        hax_search_accept(sweep->search, (*schedule)->value, count);
    return true;
}

/* Offers the schedule with every wait between an IN and its group made one before the IN. All
 * other times stay as they are unless INs demand something; those INs themselves may take another
 * time where they are then, as their unit slows them, too. Where INs demand something, what is
 * settled may be late again. */
static bool accept_evaluated(hax_sweep *sweep, int count, double *held_ms)
{
    enum { TRIES_MOST = 40 }; /* before the next group has its turn */
    const hax_schedule *schedule = NULL;
    bool ok = offer(sweep, count, &schedule);
    bool more = schedule && begin_late(sweep, schedule, count, held_ms);
    double settled_ms = 0;
    for (int tries = 1; more; tries++) {
        hax_schedule_destroy(schedule);
        ok = offer(sweep, count, &schedule);
        double next_ms = INFINITY;
        if (schedule)
            next_ms = settle_next(sweep, schedule, count, held_ms, settled_ms);
        if (tries % TRIES_MOST == 0)
            settled_ms = next_ms;
        more = next_ms < INFINITY;
    }
    hax_schedule_destroy(schedule);
    return ok;
}

#ifndef NDEBUG
/* Now that it is known where a way leads: no bound on it is above that. What was rounded
 * leads to what cannot be reached. */
static void check_bounds(const hax_sweep *sweep, size_t last)
{
    const double end_ms = sweep->least_ms;
    for (size_t l = last; l != 0; l = label_at(sweep, l)->parent)
        assert(sweep->rounded || label_at(sweep, l)->bound <= end_ms + 1e-9 * (1 + end_ms));
}

/* Points of a label: each has a clock that is a time, and of every item in progress an end that is
 * not before it, but for the rounding of many steps. */
static bool points_are_sound(const hax_sweep *sweep, const hax_convex_set *points)
{
    for (int p = 0; p < points->count; p++) {
        const double *at = hax_convex_set_point(points, p);
        if (!(at[0] >= 0) || isinf(at[0]))
            return false;
        for (int i = 0; i < sweep->instances->count; i++)
            if (sweep->rates[i] > 0 ? !(at[1 + i] >= at[0] - 1e-9 * (1 + at[0])) : at[1 + i] != 0)
                return false;
    }
    return points->count > 0 && points->count <= HULL_MOST;
}

/* Does the child's clock stand no sooner than its parent's? */
static bool clock_goes_on(const hax_sweep *sweep, const double *ideal)
{
    if (sweep->parent == 0)
        return true;
    const double before_ms = ideal_of(sweep, sweep->parent)[0];
    return ideal[0] >= before_ms - 1e-9 * (1 + before_ms);
}
#endif

static bool take_schedule(hax_sweep *sweep, size_t parent, const hax_sweep_step *last)
{
    path way = { .count = collect(sweep, parent, NULL) + 1 };
    hax_convex_set wide = { 0 };
    int groups = sweep->search->group_count;
    double *held_ms = calloc((size_t) groups, sizeof *held_ms);
#ifndef NDEBUG
    check_bounds(sweep, parent);
#endif
    way.steps = calloc((size_t) way.count, sizeof *way.steps);
    bool ok = way.steps && held_ms &&
              hax_convex_set_make(&wide, sweep->from.width + 2 * groups, sweep->from.compared);
    if (ok) {
        int best = 0;
        collect(sweep, parent, way.steps);
        way.steps[way.count - 1] = last;
        replay(sweep, &way, &wide);
        for (int p = 1; p < wide.count; p++)
            if (hax_convex_set_point(&wide, p)[0] < hax_convex_set_point(&wide, best)[0])
                best = p;
        int count = list_jobs(sweep, &way, hax_convex_set_point(&wide, best), held_ms);
        if (sweep->instances->alone) /* where nothing is ever in the way no IN waits */
            hax_search_accept(sweep->search, hax_convex_set_point(&wide, best)[0], count);
        else
            ok = accept_evaluated(sweep, count, held_ms);
    }
    free(way.steps);
    free(held_ms);
    hax_convex_set_free(&wide);
    return ok;
}

/* ---- children ----------------------------------------------------------------------------------
 */

/* What ends no sooner than this is not looked for. */
static double limit_of(const hax_sweep *sweep)
{
    return hax_min(hax_min(sweep->limit, sweep->least_ms), hax_search_limit(sweep->search));
}

/* The places at hand, whose entry is fetched while their bound is computed: that it is not in a
 * cache takes longer than all else that is done with it. */
static void set_child_places(hax_sweep *sweep)
{
    for (int i = 0; i < sweep->instances->count; i++)
        sweep->places[i] = place_in(sweep, i);
    sweep->hash = hash_of(sweep, sweep->places);
    __builtin_prefetch(&sweep->table[sweep->hash & (sweep->table_capacity - 1)]);
}

static void keep(hax_sweep *sweep, const hax_sweep_step *step, double bound)
{
    const int count = sweep->instances->count;
    double ideal[1 + HAX_INSTANCES_MAX];
    hax_sweep_bucket *entry = entry_of(sweep, sweep->places, sweep->hash);
    hax_convex_set_minimum(sweep->child.points, sweep->child.count, &sweep->child, ideal);
    assert(bound < limit_of(sweep)); /* what cannot matter is left out */
    assert(clock_goes_on(sweep, ideal));
    if (is_covered(sweep, entry->newest, ideal))
        return;
    cover_others(sweep, entry->newest, ideal);
    size_t points = (size_t) (sweep->child.count * sweep->child.width) * sizeof(double);
    size_t least = (size_t) sweep->child.width * sizeof(double);
    size_t bytes =
        round_up(sizeof(hax_sweep_label)) + places_bytes(sweep) + round_up(points + least);
    if (sweep->pool_bytes + bytes > sweep->bytes_most) {
        sweep->full = true;
        return;
    }
    if (!widen_pool(sweep, bytes)) {
        sweep->out_of_memory = true;
        return;
    }
    size_t made = sweep->pool_bytes;
    assert(made % 16 == 0 && made > sweep->parent); /* children stand behind their parents */
    sweep->pool_bytes += bytes;
    *label_at(sweep, made) =
        (hax_sweep_label){ sweep->parent, entry->newest, *step, bound, sweep->child.count, false };
    memcpy(places_of(sweep, made), sweep->places, (size_t) count * sizeof *sweep->places);
    memcpy(ideal_of(sweep, made), ideal, least);
    memcpy(points_of(sweep, made), sweep->child.points, points);
    sweep->table_count += entry->newest == 0;
    *entry = (hax_sweep_bucket){ sweep->hash, made };
    if (!hax_heap_push(&sweep->ahead, ideal[0], made) || !widen_table(sweep))
        sweep->out_of_memory = true;
}

/* What it takes to look at a child: all its points are asked for all instances. */
static uint64_t steps_of_child(const hax_sweep *sweep)
{
    return 64 + 4 * (uint64_t) (sweep->from.count * sweep->instances->count);
}

/* The child that a step makes of the part; the state is that of the parent again afterwards. */
static void add_child(hax_sweep *sweep, const hax_convex_set *part, const hax_sweep_step *step)
{
    const hax_position before = place_in(sweep, step->instance);
    double rates[HAX_INSTANCES_MAX];
    if (!hax_search_spend(sweep->search,
                          steps_of_child(sweep))) /* nothing is proven by a sweep that is stopped */
        return;
    memcpy(rates, sweep->rates, (size_t) sweep->instances->count * sizeof *rates);
    hax_convex_set_copy(&sweep->child, part);
    take_step(sweep, step, &sweep->child);
    assert(points_are_sound(sweep, &sweep->child));
    sweep->full = sweep->full || sweep->child.full;
    if (all_done(sweep)) {
        double end[1 + HAX_INSTANCES_MAX];
        hax_convex_set_minimum(sweep->child.points, sweep->child.count, &sweep->child, end);
        if (end[0] < limit_of(sweep)) {
            sweep->least_ms = end[0];
            sweep->ended = *step;
            sweep->ended_parent = sweep->parent;
        }
    } else {
        double limit = limit_of(sweep);
        set_child_places(sweep);
        double bound = hax_lower_bound_of_set(sweep->search->lower_bound, sweep->state,
                                              &sweep->child, sweep->rates, limit);
        assert(!isnan(bound));
        if (bound < limit) {
            sweep->rounded =
                !hax_convex_set_reduce(&sweep->child, sweep->points_most) || sweep->rounded;
            keep(sweep, step, bound);
        }
    }
    move(sweep, step->instance, before);
    memcpy(sweep->rates, rates, (size_t) sweep->instances->count * sizeof *rates);
}

/* Would this item get in the way of what the other instances have in progress? Otherwise nothing is
 * gained by a wait. */
static bool gets_in_the_way(const hax_sweep *sweep, int i, int index)
{
    const hax_instance_set *instances = sweep->instances;
    double total = 0, gbps = instances->automata[i].items[index].gbps;
    if (instances->alone)
        return false;
    for (int r = 0; r < instances->count; r++)
        if (r != i && sweep->rates[r] > 0)
            total += instances->automata[r].items[sweep->state->actors[r].item].gbps;
    for (int r = 0; r < instances->count; r++) {
        if (r == i || sweep->rates[r] <= 0)
            continue;
        const hax_chain_item *work = &instances->automata[r].items[sweep->state->actors[r].item];
        double beside = total - work->gbps;
        if (hax_instance_set_slowdown(instances, work->unit, work->own_gbps, beside + gbps) >
            hax_instance_set_slowdown(instances, work->unit, work->own_gbps, beside))
            return true;
    }
    return false;
}

/* May the instance start something? */
static bool is_open(const hax_sweep *sweep, int i)
{
    const hax_instance_state *a = &sweep->state->actors[i];
    int symmetric_to = sweep->instances->symmetric_to[i];
    if (a->item >= 0 || is_done(sweep, i) ||
        !hax_round_state_may_begin(sweep->instances, sweep->state, i))
        return false;
    /* of those that cannot be told apart the first one begins first */
    return a->node != 0 || symmetric_to < 0 || sweep->state->actors[symmetric_to].item >= 0 ||
           sweep->state->actors[symmetric_to].node != 0;
}

/* Starts of idle instances: in this part after a wait (ender >= 0), or at once. */
static void add_start(hax_sweep *sweep, const hax_convex_set *points, int ender, int i, int index)
{
    if (gets_in_the_way(sweep, i, index) != (ender >= 0))
        return;
    const hax_sweep_step step = { ender >= 0 ? STEP_WAIT : STEP_START, i, ender, -1 - index };
    add_child(sweep, points, &step);
}

static void add_starts(hax_sweep *sweep, const hax_convex_set *points, int ender)
{
    for (int i = 0; i < sweep->instances->count; i++) {
        if (!is_open(sweep, i))
            continue;
        const hax_automaton *a = &sweep->instances->automata[i];
        if (sweep->state->actors[i].node < 0) {
            add_start(sweep, points, ender, i, sweep->state->actors[i].then);
            continue;
        }
        const hax_chain_node from = a->nodes[sweep->state->actors[i].node];
        for (int s = from.start_first; s < from.start_first + from.start_count; s++)
            if (hax_round_state_may_start(sweep->instances, sweep->state, i, a->starts[s]))
                add_start(sweep, points, ender, i, a->starts[s]);
    }
}

/* The end of an item: what has to follow at once follows, unless a wait could be worth
 * something. */
static void add_end(hax_sweep *sweep, const hax_convex_set *points, int ender)
{
    const hax_chain_item *done =
        &sweep->instances->automata[ender].items[sweep->state->actors[ender].item];
    if (done->to >= 0)
        add_child(sweep, points, &(const hax_sweep_step){ STEP_END, ender, ender, done->to });
    if (done->then < 0)
        return;
    if (done->part == HAX_PART_IN && gets_in_the_way(sweep, ender, done->then))
        add_child(sweep, points,
                  &(const hax_sweep_step){ STEP_END, ender, ender,
                                           held(&sweep->instances->automata[ender], done->then) });
    else
        add_child(sweep, points,
                  &(const hax_sweep_step){ STEP_END, ender, ender, -1 - done->then });
}

static void expand(hax_sweep *sweep, size_t label)
{
    hax_position places[HAX_INSTANCES_MAX];
    if (label_at(sweep, label)->covered || label_at(sweep, label)->bound >= limit_of(sweep))
        return;
    memcpy(places, places_of(sweep, label), (size_t) sweep->instances->count * sizeof *places);
    sweep->parent = label;
    sweep->from.count = label_at(sweep, label)->count;
    sweep->from.full = false;
    memcpy(sweep->from.points, points_of(sweep, label),
           (size_t) (sweep->from.count * sweep->from.width) * sizeof(double));
    set_places(sweep, places);
    set_rates(sweep);
    add_starts(sweep, &sweep->from, -1);
    for (int e = 0; e < sweep->instances->count; e++) {
        if (sweep->rates[e] <= 0)
            continue;
        hax_convex_set_copy(&sweep->part, &sweep->from);
        cut_by_end(sweep, &sweep->part, e);
        sweep->full = sweep->full || sweep->part.full;
        if (sweep->part.count == 0)
            continue;
        add_end(sweep, &sweep->part, e);
        add_starts(sweep, &sweep->part, e);
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

bool hax_sweep_fits(const hax_instance_set *instances)
{
    return instances->problem->objective == HAX_LATENCY &&
           hax_outs_are_harmless(instances->problem);
}

hax_status hax_sweep_make(hax_search_context *search, size_t bytes_most, hax_sweep *sweep,
                          hax_error *err)
{
    enum { TABLE_ROOM = 1 << 14 };
    const size_t count = (size_t) search->instances->count;
    const int width = 1 + search->instances->count;
    *sweep =
        (hax_sweep){ .search = search, .instances = search->instances, .bytes_most = bytes_most };
    sweep->table_capacity = TABLE_ROOM;
    sweep->table = calloc(TABLE_ROOM, sizeof *sweep->table);
    sweep->first_start = calloc(count, sizeof *sweep->first_start);
    sweep->rates = calloc(count, sizeof *sweep->rates);
    sweep->state = calloc(1, hax_round_state_size(search->instances));
    bool ok = sweep->table && sweep->first_start && sweep->rates && sweep->state;
    ok = ok && hax_convex_set_make(&sweep->from, width, width) &&
         hax_convex_set_make(&sweep->other, width, width) &&
         hax_convex_set_make(&sweep->part, width, width) &&
         hax_convex_set_make(&sweep->child, width, width);
    for (int i = 0, starts = 0; ok && i < search->instances->count; i++) {
        sweep->first_start[i] = starts;
        starts += search->instances->automata[i].group_count;
    }
    return ok ? HAX_OK : hax_fail_memory(err, "a search");
}

void hax_sweep_free(hax_sweep *sweep)
{
    free(sweep->first_start);
    free(sweep->rates);
    free(sweep->state);
    free(sweep->pool);
    hax_heap_free(&sweep->ahead);
    free(sweep->table);
    hax_convex_set_free(&sweep->from);
    hax_convex_set_free(&sweep->other);
    hax_convex_set_free(&sweep->part);
    hax_convex_set_free(&sweep->child);
    *sweep = (hax_sweep){ 0 };
}

void hax_sweep_begin(hax_sweep *sweep, double limit, int points_most)
{
    sweep->limit = limit;
    sweep->points_most = points_most;
    assert(limit > 0 && points_most >= 1);
    sweep->full = sweep->rounded = false;
    sweep->least_ms = INFINITY;
    sweep->pool_bytes = 16; /* offset 0 means none */
    sweep->ahead.count = sweep->table_count = 0;
    memset(sweep->table, 0, sweep->table_capacity * sizeof *sweep->table);
    sweep->parent = 0;
    const hax_position start[HAX_INSTANCES_MAX] = { 0 };
    set_places(sweep, start);
    sweep->child.count = 1;
    sweep->child.full = false;
    memset(sweep->child.points, 0, (size_t) sweep->child.width * sizeof *sweep->child.points);
    set_child_places(sweep);
    keep(sweep, &(const hax_sweep_step){ STEP_START, 0, -1, 0 }, -INFINITY);
}

double hax_sweep_bound(const hax_sweep *sweep)
{
    return hax_min(hax_min(sweep->limit, sweep->least_ms), sweep->search->cost);
}

bool hax_sweep_run(hax_sweep *sweep, uint64_t labels)
{
    for (; sweep->ahead.count > 0 && !sweep->full && !sweep->out_of_memory; labels--) {
        if (labels == 0 || !hax_search_count_node(sweep->search))
            return false;
        expand(sweep, hax_heap_pop(&sweep->ahead));
        if (sweep->search->stopped || sweep->search->phase_over)
            return false;
        if (sweep->ended_parent && !take_schedule(sweep, sweep->ended_parent, &sweep->ended))
            sweep->out_of_memory = true;
        sweep->ended_parent = 0;
    }
    return true;
}
