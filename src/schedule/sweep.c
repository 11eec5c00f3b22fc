#include "sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"

struct sweep_label {
    size_t parent, older; /* older: of the same places; 0: none */
    step by;
    double promise; /* no schedule that follows ends sooner */
    int count;      /* points */
    bool covered;
};

/* ---- labels in the pool ------------------------------------------------------------------------
 */

static size_t round_up(size_t bytes)
{
    return (bytes + 15) / 16 * 16;
}

static size_t places_bytes(const sweep *of)
{
    return round_up((size_t) of->fleet->count * sizeof(place));
}

static sweep_label *label_at(const sweep *of, size_t offset)
{
    return (sweep_label *) (void *) (of->pool + offset);
}

static place *places_of(const sweep *of, size_t offset)
{
    return (place *) (void *) (of->pool + offset + round_up(sizeof(sweep_label)));
}

/* The least of each coordinate; the points stand behind it. */
static double *ideal_of(const sweep *of, size_t offset)
{
    return (double *) (void *) ((char *) places_of(of, offset) + places_bytes(of));
}

static double *points_of(const sweep *of, size_t offset)
{
    return ideal_of(of, offset) + of->from.width;
}

/* Room for so many bytes more in the pool; false: memory is out. */
static bool widen_pool(sweep *of, size_t more)
{
    size_t wanted = of->pool_bytes + more, room = 2 * of->pool_room;
    if (wanted <= of->pool_room)
        return true;
    if (room < wanted)
        room = wanted;
    char *grown = realloc(of->pool, room);
    if (!grown)
        return false;
    of->pool = grown;
    of->pool_room = room;
    return true;
}

/* Beside nodes and items: the IN before this group has ended, and the unit is held for it. */
static place held(const automaton *of, int run)
{
    return -1 - of->item_count - run;
}

static bool place_is_held(const automaton *of, place p)
{
    return p < -of->item_count;
}

static place place_in(const sweep *of, int i)
{
    const actor *a = &of->at->at[i];
    if (a->item >= 0)
        return -1 - a->item;
    return a->node >= 0 ? a->node : held(&of->fleet->of[i], a->then);
}

/* ---- labels of the same places -------------------------------------------------------------- */

static uint64_t hash_of(const sweep *of, const place *places)
{
    uint64_t hash = 1;
    for (int i = 0; i < of->fleet->count; i++) {
        hash = (hash ^ (uint32_t) places[i]) * 0x9e3779b97f4a7c15U;
        hash ^= hash >> 29;
    }
    return hash;
}

/* The table's entry for these places, with or without a label. */
static sweep_places *entry_of(const sweep *of, const place *places, uint64_t hash)
{
    size_t bytes = (size_t) of->fleet->count * sizeof *places;
    for (size_t at = (size_t) hash;; at++) {
        sweep_places *entry = &of->table[at & (of->table_room - 1)];
        if (!entry->newest ||
            (entry->hash == hash && memcmp(places_of(of, entry->newest), places, bytes) == 0))
            return entry;
    }
}

static bool widen_table(sweep *of)
{
    sweep_places *old = of->table;
    size_t old_room = of->table_room;
    if (3 * of->table_count < 2 * of->table_room)
        return true;
    of->table = calloc(2 * old_room, sizeof *of->table);
    if (!of->table) {
        of->table = old;
        return false;
    }
    of->table_room = 2 * old_room;
    for (size_t s = 0; s < old_room; s++)
        if (old[s].newest)
            *entry_of(of, places_of(of, old[s].newest), old[s].hash) = old[s];
    free(old);
    return true;
}

/* Is a label of the same places as good as the child? */
static bool is_covered(const sweep *of, size_t newest, const double *ideal)
{
    const hull *points = &of->child;
    for (size_t other = newest; other != 0; other = label_at(of, other)->older) {
        const sweep_label *seen = label_at(of, other);
        if (!seen->covered && hull_may_cover(ideal_of(of, other), ideal, points->compared) &&
            hull_covers(points_of(of, other), seen->count, points))
            return true;
    }
    return false;
}

/* Labels of the same places as which the child is as good need not be expanded. */
static void cover_others(sweep *of, size_t newest, const double *ideal)
{
    for (size_t other = newest; other != 0; other = label_at(of, other)->older) {
        sweep_label *seen = label_at(of, other);
        if (seen->covered || !hull_may_cover(ideal, ideal_of(of, other), of->child.compared))
            continue;
        of->other.count = seen->count;
        memcpy(of->other.at, points_of(of, other),
               (size_t) (seen->count * of->other.width) * sizeof(double));
        seen->covered = hull_covers(of->child.at, of->child.count, &of->other);
    }
}

/* ---- the state at hand -------------------------------------------------------------------------
 */

static void set_rates(sweep *of)
{
    const fleet *all = of->fleet;
    double total = 0;
    for (int i = 0; i < all->count && !all->alone; i++)
        if (of->at->at[i].item >= 0)
            total += all->of[i].items[of->at->at[i].item].gbps;
    for (int i = 0; i < all->count; i++) {
        of->rates[i] = 0;
        if (of->at->at[i].item < 0)
            continue;
        const item *work = &all->of[i].items[of->at->at[i].item];
        of->rates[i] = 1 / fleet_slowdown(all, work->unit, work->own_gbps, total - work->gbps);
    }
}

static const uint32_t *resources_of(const sweep *of, int i)
{
    const actor *a = &of->at->at[i];
    int index = a->item >= 0 ? a->item : a->then;
    return index < 0 ? NULL
                     : &of->fleet->problem->units[of->fleet->of[i].items[index].unit].resources;
}

/* Puts an instance somewhere, as far as places and resources go. */
static void move(sweep *of, int i, place to)
{
    const automaton *a = &of->fleet->of[i];
    const uint32_t *busy = resources_of(of, i);
    if (busy)
        of->at->resources &= ~*busy;
    of->at->at[i] = (actor){ .item = -1, .node = -1, .then = -1, .started = -1 };
    if (place_is_node(to))
        of->at->at[i].node = to;
    else if (place_is_held(a, to))
        of->at->at[i].then = place_item(to) - a->item_count;
    else
        of->at->at[i].item = place_item(to);
    busy = resources_of(of, i);
    if (busy)
        of->at->resources |= *busy;
}

static void set_places(sweep *of, const place *places)
{
    of->at->resources = 0;
    for (int i = 0; i < of->fleet->count; i++)
        of->at->at[i] = (actor){ .item = -1, .node = 0, .then = -1 };
    for (int i = 0; i < of->fleet->count; i++)
        move(of, i, places[i]);
}

static bool is_done(const sweep *of, int i)
{
    const actor *a = &of->at->at[i];
    return a->item < 0 && a->node >= 0 && node_done(&of->fleet->of[i], a->node);
}

static bool all_done(const sweep *of)
{
    for (int i = 0; i < of->fleet->count; i++)
        if (!is_done(of, i))
            return false;
    return true;
}

/* ---- steps ---------------------------------------------------------------------------------- */

/* The part of the points in which `ender` is the first to end. */
static void cut_by_end(const sweep *of, hull *points, int ender)
{
    for (int i = 0; i < of->fleet->count && points->count; i++) {
        if (i == ender || of->rates[i] <= 0)
            continue;
        hull_cut(points, 1 + ender, 1 + i);
        hull_reduce(points, of->points_most);
    }
}

/* Takes a step: the state and the rates were the parent's and are the child's afterwards; `points`
 * are those of the part. */
static void take_step(sweep *of, const step *by, hull *points)
{
    double before[FLEET_MAX];
    const automaton *a = &of->fleet->of[by->instance];
    bool begins = !place_is_node(by->after) && !place_is_held(a, by->after);
    memcpy(before, of->rates, (size_t) of->fleet->count * sizeof *before);
    if (by->kind == STEP_END)
        hull_pass(points, 1 + by->ender);
    if (by->kind == STEP_WAIT)
        hull_extrude(points, 1 + by->ender);
    move(of, by->instance, by->after);
    set_rates(of);
    for (int p = 0; p < points->count; p++) {
        double *at = hull_point(points, p);
        for (int i = 0; i < of->fleet->count; i++)
            if (before[i] > 0 && of->rates[i] > 0 && before[i] != of->rates[i])
                at[1 + i] = at[0] + larger(at[1 + i] - at[0], 0) * before[i] / of->rates[i];
        at[1 + by->instance] =
            begins ? at[0] + a->items[place_item(by->after)].ms / of->rates[by->instance] : 0;
    }
}

/* ---- the schedule at the end ----------------------------------------------------------------- */

typedef struct path {
    const step **steps;
    int count;
} path;

static int collect(const sweep *of, size_t last, const step **steps)
{
    int count = 0;
    for (size_t l = last; label_at(of, l)->parent; l = label_at(of, l)->parent) {
        if (steps)
            steps[count] = &label_at(of, l)->by;
        count++;
    }
    for (int s = 0; steps && s < count / 2; s++) {
        const step *kept = steps[s];
        steps[s] = steps[count - 1 - s];
        steps[count - 1 - s] = kept;
    }
    return count;
}

/* Extra coordinates of the points: when each group's job begins, and its group itself. */
static double *begins(const sweep *of, double *point, const step *by, int group)
{
    return point + of->from.compared + 2 * (of->first_start[by->instance] + group);
}

/* `first`: the instance was idle before. */
static void note_start(const sweep *of, const step *by, bool first, hull *wide)
{
    const automaton *a = &of->fleet->of[by->instance];
    if (place_is_node(by->after) || place_is_held(a, by->after))
        return;
    const item *begun = &a->items[place_item(by->after)];
    for (int p = 0; p < wide->count; p++) {
        double *times = begins(of, hull_point(wide, p), by, begun->group);
        if (first)
            times[0] = hull_point(wide, p)[0];
        if (begun->part == HAX_PART_RUN)
            times[1] = hull_point(wide, p)[0];
    }
}

/* Goes the way once more with points that carry all starts along. */
static void replay(sweep *of, const path *way, hull *wide)
{
    const place start[FLEET_MAX] = { 0 };
    set_places(of, start);
    set_rates(of);
    memset(wide->at, 0, (size_t) wide->width * sizeof *wide->at);
    wide->count = 1;
    for (int s = 0; s < way->count; s++) {
        const step *by = way->steps[s];
        bool first = place_is_node(place_in(of, by->instance));
        if (by->ender >= 0)
            cut_by_end(of, wide, by->ender);
        take_step(of, by, wide);
        note_start(of, by, first, wide);
        hull_reduce(wide, of->points_most);
    }
}

static int by_start(const void *a, const void *b)
{
    const placement *x = a, *y = b;
    return (x->start_ms > y->start_ms) - (x->start_ms < y->start_ms);
}

/* Jobs of the way, with the time that each group itself is to begin at in run_ms[group of all]. */
static int list_jobs(const sweep *of, const path *way, double *point, double *run_ms)
{
    placement *trail = of->hunt->trail;
    int count = 0;
    for (int s = 0; s < way->count; s++) {
        const step *by = way->steps[s];
        const automaton *a = &of->fleet->of[by->instance];
        if (place_is_node(by->after) || place_is_held(a, by->after))
            continue;
        const item *begun = &a->items[place_item(by->after)];
        if (begun->part != HAX_PART_RUN)
            continue;
        const double *times = begins(of, point, by, begun->group);
        trail[count++] = (placement){ by->instance, begun->group, begun->unit, times[0] };
        run_ms[of->first_start[by->instance] + begun->group] = times[1];
    }
    qsort(trail, (size_t) count, sizeof *trail, by_start);
    return count;
}

/* Lets jobs that would wait between IN and group begin so much later that they need not. True
 * when something was moved. */
static bool move_starts(const sweep *of, const hax_schedule *made, int count, const double *run_ms)
{
    static const double near = 1e-13;
    placement *trail = of->hunt->trail;
    bool moved = false;
    for (int p = 0; p < count; p++) {
        for (int j = 0; j < made->job_count; j++) {
            const hax_job *job = &made->jobs[j];
            if (job->instance != trail[p].instance || job->group != trail[p].group ||
                job->part != HAX_PART_RUN)
                continue;
            double late = run_ms[of->first_start[job->instance] + job->group] - job->start_ms;
            if (late <= near * (1 + job->start_ms))
                continue;
            trail[p].start_ms = larger(trail[p].start_ms, 0) + late;
            moved = true;
        }
    }
    qsort(trail, (size_t) count, sizeof *trail, by_start);
    return moved;
}

/* The schedule's true value: a wait between an IN and its group is made one before the IN. That
 * changes nothing unless INs demand something. */
static bool settle(sweep *of, int count, const double *run_ms)
{
    enum { ROUNDS_MOST = 40 };
    bool more = true;
    for (int round = 0; more && round < ROUNDS_MOST; round++) {
        hax_schedule *made = NULL;
        hax_error err;
        if (schedule_from_placements(of->fleet->problem, "haxconn", count, of->hunt->trail, &made,
                                     &err) != HAX_OK)
            return err.status != HAX_NO_MEMORY;
        if (made->value < of->hunt->cost)
            hunt_found(of->hunt, made->value, count);
        more = move_starts(of, made, count, run_ms);
        hax_schedule_destroy(made);
    }
    return true;
}

static bool take_schedule(sweep *of, size_t parent, const step *last)
{
    path way = { .count = collect(of, parent, NULL) + 1 };
    hull wide = { 0 };
    int groups = of->hunt->group_count;
    double *run_ms = calloc((size_t) groups, sizeof *run_ms);
    way.steps = calloc((size_t) way.count, sizeof *way.steps);
    bool ok =
        way.steps && run_ms && hull_make(&wide, of->from.width + 2 * groups, of->from.compared);
    if (ok) {
        int best = 0;
        collect(of, parent, way.steps);
        way.steps[way.count - 1] = last;
        replay(of, &way, &wide);
        for (int p = 1; p < wide.count; p++)
            if (hull_point(&wide, p)[0] < hull_point(&wide, best)[0])
                best = p;
        int count = list_jobs(of, &way, hull_point(&wide, best), run_ms);
        if (of->fleet->alone) /* where nothing is ever in the way no IN waits */
            hunt_found(of->hunt, hull_point(&wide, best)[0], count);
        else
            ok = settle(of, count, run_ms);
    }
    free(way.steps);
    free(run_ms);
    hull_free(&wide);
    return ok;
}

/* ---- children ----------------------------------------------------------------------------------
 */

/* What ends no sooner than this is not looked for. */
static double limit_of(const sweep *of)
{
    return smaller(smaller(of->limit, of->least_ms), hunt_limit(of->hunt));
}

/* The places at hand, whose entry is fetched while their promise is computed: that it is not in a
 * cache takes longer than all else that is done with it. */
static void set_child_places(sweep *of)
{
    for (int i = 0; i < of->fleet->count; i++)
        of->places[i] = place_in(of, i);
    of->hash = hash_of(of, of->places);
    __builtin_prefetch(&of->table[of->hash & (of->table_room - 1)]);
}

static void keep(sweep *of, const step *by, double promise)
{
    const int count = of->fleet->count;
    double ideal[1 + FLEET_MAX];
    sweep_places *entry = entry_of(of, of->places, of->hash);
    hull_ideal(of->child.at, of->child.count, &of->child, ideal);
    if (is_covered(of, entry->newest, ideal))
        return;
    cover_others(of, entry->newest, ideal);
    size_t points = (size_t) (of->child.count * of->child.width) * sizeof(double);
    size_t least = (size_t) of->child.width * sizeof(double);
    size_t bytes = round_up(sizeof(sweep_label)) + places_bytes(of) + round_up(points + least);
    if (of->pool_bytes + bytes > of->bytes_most) {
        of->full = true;
        return;
    }
    if (!widen_pool(of, bytes)) {
        of->out_of_memory = true;
        return;
    }
    size_t made = of->pool_bytes;
    of->pool_bytes += bytes;
    *label_at(of, made) =
        (sweep_label){ of->parent, entry->newest, *by, promise, of->child.count, false };
    memcpy(places_of(of, made), of->places, (size_t) count * sizeof *of->places);
    memcpy(ideal_of(of, made), ideal, least);
    memcpy(points_of(of, made), of->child.at, points);
    of->table_count += entry->newest == 0;
    *entry = (sweep_places){ of->hash, made };
    if (!heap_push(&of->ahead, ideal[0], made) || !widen_table(of))
        of->out_of_memory = true;
}

/* What it takes to look at a child: all its points are asked for all instances. */
static uint64_t steps_of_child(const sweep *of)
{
    return 64 + 4 * (uint64_t) (of->from.count * of->fleet->count);
}

/* The child that a step makes of the part; the state is that of the parent again afterwards. */
static void add_child(sweep *of, const hull *part, const step *by)
{
    const place before = place_in(of, by->instance);
    double rates[FLEET_MAX];
    if (!hunt_spend(of->hunt,
                    steps_of_child(of))) /* nothing is proven by a sweep that is stopped */
        return;
    memcpy(rates, of->rates, (size_t) of->fleet->count * sizeof *rates);
    hull_copy(&of->child, part);
    take_step(of, by, &of->child);
    of->full = of->full || of->child.full;
    if (all_done(of)) {
        double end[1 + FLEET_MAX];
        hull_ideal(of->child.at, of->child.count, &of->child, end);
        if (end[0] < limit_of(of)) {
            of->least_ms = end[0];
            of->ended = *by;
            of->ended_parent = of->parent;
        }
    } else {
        double limit = limit_of(of);
        set_child_places(of);
        double promise =
            outlook_promise_hull(of->hunt->outlook, of->at, &of->child, of->rates, limit);
        if (promise < limit) {
            hull_reduce(&of->child, of->points_most);
            keep(of, by, promise);
        }
    }
    move(of, by->instance, before);
    memcpy(of->rates, rates, (size_t) of->fleet->count * sizeof *rates);
}

/* Would this item get in the way of what the other instances have in progress? Otherwise nothing is
 * gained by a wait. */
static bool gets_in_the_way(const sweep *of, int i, int index)
{
    const fleet *all = of->fleet;
    double total = 0, gbps = all->of[i].items[index].gbps;
    if (all->alone)
        return false;
    for (int r = 0; r < all->count; r++)
        if (r != i && of->rates[r] > 0)
            total += all->of[r].items[of->at->at[r].item].gbps;
    for (int r = 0; r < all->count; r++) {
        if (r == i || of->rates[r] <= 0)
            continue;
        const item *work = &all->of[r].items[of->at->at[r].item];
        double beside = total - work->gbps;
        if (fleet_slowdown(all, work->unit, work->own_gbps, beside + gbps) >
            fleet_slowdown(all, work->unit, work->own_gbps, beside))
            return true;
    }
    return false;
}

/* May the instance start something? */
static bool is_open(const sweep *of, int i)
{
    const actor *a = &of->at->at[i];
    int twin = of->fleet->twin[i];
    if (a->item >= 0 || is_done(of, i) || !state_may_begin(of->fleet, of->at, i))
        return false;
    /* of those that cannot be told apart the first one begins first */
    return a->node != 0 || twin < 0 || of->at->at[twin].item >= 0 || of->at->at[twin].node != 0;
}

/* Starts of idle instances: in this part after a wait (ender >= 0), or at once. */
static void add_start(sweep *of, const hull *points, int ender, int i, int index)
{
    if (gets_in_the_way(of, i, index) != (ender >= 0))
        return;
    const step by = { ender >= 0 ? STEP_WAIT : STEP_START, i, ender, -1 - index };
    add_child(of, points, &by);
}

static void add_starts(sweep *of, const hull *points, int ender)
{
    for (int i = 0; i < of->fleet->count; i++) {
        if (!is_open(of, i))
            continue;
        const automaton *a = &of->fleet->of[i];
        if (of->at->at[i].node < 0) {
            add_start(of, points, ender, i, of->at->at[i].then);
            continue;
        }
        const node from = a->nodes[of->at->at[i].node];
        for (int s = from.start_first; s < from.start_first + from.start_count; s++)
            if (state_may_start(of->fleet, of->at, i, a->starts[s]))
                add_start(of, points, ender, i, a->starts[s]);
    }
}

/* The end of an item: what has to follow at once follows, unless a wait could be worth
 * something. */
static void add_end(sweep *of, const hull *points, int ender)
{
    const item *done = &of->fleet->of[ender].items[of->at->at[ender].item];
    if (done->to >= 0)
        add_child(of, points, &(const step){ STEP_END, ender, ender, done->to });
    if (done->then < 0)
        return;
    if (done->part == HAX_PART_IN && gets_in_the_way(of, ender, done->then))
        add_child(of, points,
                  &(const step){ STEP_END, ender, ender, held(&of->fleet->of[ender], done->then) });
    else
        add_child(of, points, &(const step){ STEP_END, ender, ender, -1 - done->then });
}

static void expand(sweep *of, size_t label)
{
    place places[FLEET_MAX];
    if (label_at(of, label)->covered || label_at(of, label)->promise >= limit_of(of))
        return;
    memcpy(places, places_of(of, label), (size_t) of->fleet->count * sizeof *places);
    of->parent = label;
    of->from.count = label_at(of, label)->count;
    of->from.full = false;
    memcpy(of->from.at, points_of(of, label),
           (size_t) (of->from.count * of->from.width) * sizeof(double));
    set_places(of, places);
    set_rates(of);
    add_starts(of, &of->from, -1);
    for (int e = 0; e < of->fleet->count; e++) {
        if (of->rates[e] <= 0)
            continue;
        hull_copy(&of->part, &of->from);
        cut_by_end(of, &of->part, e);
        of->full = of->full || of->part.full;
        if (of->part.count == 0)
            continue;
        add_end(of, &of->part, e);
        add_starts(of, &of->part, e);
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

bool sweep_fits(const fleet *of)
{
    return of->problem->objective == HAX_LATENCY && outs_are_harmless(of->problem);
}

hax_status sweep_make(hunt *on, size_t bytes_most, sweep *made, hax_error *err)
{
    enum { TABLE_ROOM = 1 << 14 };
    const size_t count = (size_t) on->fleet->count;
    const int width = 1 + on->fleet->count;
    *made = (sweep){ .hunt = on, .fleet = on->fleet, .bytes_most = bytes_most };
    made->table_room = TABLE_ROOM;
    made->table = calloc(TABLE_ROOM, sizeof *made->table);
    made->first_start = calloc(count, sizeof *made->first_start);
    made->rates = calloc(count, sizeof *made->rates);
    made->at = calloc(1, state_size(on->fleet));
    bool ok = made->table && made->first_start && made->rates && made->at;
    ok = ok && hull_make(&made->from, width, width) && hull_make(&made->other, width, width) &&
         hull_make(&made->part, width, width) && hull_make(&made->child, width, width);
    for (int i = 0, starts = 0; ok && i < on->fleet->count; i++) {
        made->first_start[i] = starts;
        starts += on->fleet->of[i].group_count;
    }
    return ok ? HAX_OK : hax_fail_memory(err, "a search");
}

void sweep_free(sweep *of)
{
    free(of->first_start);
    free(of->rates);
    free(of->at);
    free(of->pool);
    heap_free(&of->ahead);
    free(of->table);
    hull_free(&of->from);
    hull_free(&of->other);
    hull_free(&of->part);
    hull_free(&of->child);
    *of = (sweep){ 0 };
}

void sweep_begin(sweep *of, double limit, int points_most)
{
    of->limit = limit;
    of->points_most = points_most;
    of->full = false;
    of->least_ms = INFINITY;
    of->pool_bytes = 16; /* offset 0 means none */
    of->ahead.count = of->table_count = 0;
    memset(of->table, 0, of->table_room * sizeof *of->table);
    of->parent = 0;
    const place start[FLEET_MAX] = { 0 };
    set_places(of, start);
    of->child.count = 1;
    of->child.full = false;
    memset(of->child.at, 0, (size_t) of->child.width * sizeof *of->child.at);
    set_child_places(of);
    keep(of, &(const step){ STEP_START, 0, -1, 0 }, -INFINITY);
}

double sweep_bound(const sweep *of)
{
    return smaller(smaller(of->limit, of->least_ms), of->hunt->cost);
}

bool sweep_run(sweep *of, uint64_t labels)
{
    for (; of->ahead.count > 0 && !of->full && !of->out_of_memory; labels--) {
        if (labels == 0 || !hunt_go_on(of->hunt))
            return false;
        expand(of, heap_pop(&of->ahead));
        if (of->hunt->stopped || of->hunt->phase_over)
            return false;
        if (of->ended_parent && !take_schedule(of, of->ended_parent, &of->ended))
            of->out_of_memory = true;
        of->ended_parent = 0;
    }
    return true;
}
