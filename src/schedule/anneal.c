#include "anneal.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "order.h"

/* Of the best cost. */
static const double hot = 0.005, cold = 0.0005;

/* Runs grow for as long as one of the last two has gained so much. */
static const double gain_that_pays = 0.001;

/* ---- changes ------------------------------------------------------------------------------------
 */

enum { RUN_MOST = 4 };

/* Lists of more groups are walked so long that the clock is looked at by what was done and not by
 * the number of changes. */
enum { LONG_LIST = 200 };

/* How to take a change back. */
typedef struct change {
    enum { UNITS, PLACE, WAIT } kind;
    int group, from, to;
    int units[RUN_MOST]; /* of as many groups, as they were; -1: as it is */
    int waits_for;
} change;

static int below(anneal *of, int bound)
{
    return (int) hax_random_below(&of->random, (uint64_t) bound);
}

/* Some groups of one instance in a row go to one unit. */
static bool change_units(anneal *of, change *made)
{
    course *list = &of->course;
    int start = below(of, list->group_count), length = 1 + below(of, RUN_MOST);
    int first = list->order[start], i = list->instance_of[first];
    int unit = below(of, list->fleet->problem->unit_count);
    bool changed = false;
    *made = (change){ .kind = UNITS, .group = first, .units = { -1, -1, -1, -1 } };
    for (int n = 0; n < length && first + n < list->offset[i + 1]; n++) {
        int old = list->unit[first + n];
        if (old == unit ||
            !cost_of(list->fleet->problem, i, first + n - list->offset[i], unit)->allowed)
            continue;
        made->units[n] = old;
        course_set_unit(list, first + n, unit);
        changed = true;
    }
    return changed;
}

/* One group goes to another place between its neighbours of the same instance. */
static bool change_place(anneal *of, change *made)
{
    course *list = &of->course;
    int from = below(of, list->group_count), group = list->order[from];
    int i = list->instance_of[group];
    int low = group > list->offset[i] ? list->place[group - 1] + 1 : 0;
    int high = group + 1 < list->offset[i + 1] ? list->place[group + 1] - 1 : list->group_count - 1;
    if (low == high)
        return false;
    int to = low + below(of, high - low + 1);
    if (to == from)
        return false;
    *made = (change){ .kind = PLACE, .from = from, .to = to };
    course_move(list, from, to);
    return true;
}

/* One group is made to wait for another one before it in the list, or no longer. */
static bool change_wait(anneal *of, change *made)
{
    enum { NEAR = 8 };
    course *list = &of->course;
    int p = below(of, list->group_count), group = list->order[p], waits_for = -1;
    if (list->waits_for[group] < 0) {
        if (p == 0)
            return false;
        int other = list->order[p - 1 - below(of, p < NEAR ? p : NEAR)];
        if (list->instance_of[other] == list->instance_of[group])
            return false;
        waits_for = STAGES * other + below(of, STAGES);
    }
    *made = (change){ .kind = WAIT, .group = group, .waits_for = list->waits_for[group] };
    course_set_wait(list, group, waits_for);
    return true;
}

static bool make_change(anneal *of, change *made)
{
    int kind = below(of, 5);
    return kind < 2   ? change_units(of, made)
           : kind < 4 ? change_place(of, made)
                      : change_wait(of, made);
}

static void take_back(course *list, const change *made)
{
    switch (made->kind) {
    case UNITS:
        for (int n = 0; n < RUN_MOST; n++)
            if (made->units[n] >= 0)
                course_set_unit(list, made->group + n, made->units[n]);
        break;
    case PLACE: course_move(list, made->to, made->from); break;
    case WAIT: course_set_wait(list, made->group, made->waits_for); break;
    }
    course_undone(list);
}

/* ---- the best ----------------------------------------------------------------------------------
 */

static void give_best(anneal *of)
{
    const course *list = &of->course;
    double cost = course_trace(&of->course);
    for (int s = 0; s < list->start_count; s++) {
        int group = list->starts[s], i = list->instance_of[group];
        of->hunt->trail[s] =
            (placement){ i, group - list->offset[i], list->unit[group], list->begin_ms[group] };
    }
    hunt_found(of->hunt, cost, list->start_count);
}

static void take_best(anneal *of)
{
    of->best_cost = of->cost;
    course_get(&of->course, of->best);
    if (of->cost < hunt_limit(of->hunt))
        give_best(of);
}

/* The end that comes last of those until a time; -1: none does. */
static int last_end(const course *list, double until_ms)
{
    int found = -1;
    double latest = -1;
    for (int e = 0; e < STAGES * list->group_count; e++) {
        if (list->end_ms[e] <= latest || list->end_ms[e] > until_ms)
            continue;
        latest = list->end_ms[e];
        found = e;
    }
    return found;
}

/* Of walks through whole lists before a run begins. */
static const double events_most = 5e7;

/* Of one through the whole list. */
static uint64_t steps_of_walk(const course *list)
{
    enum { STEPS_OF_EVENT = 16 };
    return STEPS_OF_EVENT * STAGES * (uint64_t) list->group_count;
}

/* The schedule's list; where a group begins later than its turn comes, it waits for what ended
 * last before that. */
void anneal_begin(anneal *of, const placement *from)
{
    course *list = &of->course;
    for (int p = 0; p < list->group_count; p++)
        of->start[p] =
            (course_entry){ list->offset[from[p].instance] + from[p].group, from[p].unit, -1 };
    course_set(list, of->start);
    of->cost = course_trace(list);
    int traces = (int) smaller(events_most / (STAGES * (double) list->group_count), INT_MAX / 2);
    for (int p = 0; p < list->group_count && !isinf(of->cost) && traces > 0; p++) {
        int group = of->start[p].group;
        if (list->begin_ms[group] >= from[p].start_ms * (1 - 1e-9) - 1e-9)
            continue;
        if (!hunt_spend(of->hunt, steps_of_walk(list)))
            break;
        traces--;
        int waits_for = last_end(list, from[p].start_ms * (1 + 1e-9) + 1e-9);
        course_set_wait(list, group, waits_for);
        double cost = course_trace(list);
        if (isinf(cost)) {
            course_set_wait(list, group, -1);
            course_trace(list);
        } else {
            of->cost = cost;
        }
    }
    if (of->cost < of->best_cost)
        take_best(of);
}

/* ---- the whole ---------------------------------------------------------------------------- */

static void try_change(anneal *of, double heat)
{
    double drawn = hax_random_unit(&of->random);
    double most = of->cost - heat * log(larger(drawn, 1e-300));
    change made;
    if (!make_change(of, &made) || course_is_as_kept(&of->course))
        return;
    double cost = course_walk(&of->course, most);
    if (isinf(cost)) {
        take_back(&of->course, &made);
        return;
    }
    course_keep(&of->course);
    of->cost = cost;
    if (cost < of->best_cost)
        take_best(of);
}

void anneal_run(anneal *of, uint64_t changes)
{
    if (of->hunt->best_count && of->hunt->cost < of->best_cost)
        anneal_begin(of, of->hunt->best);
    if (isinf(of->best_cost))
        return;
    course_set(&of->course, of->best);
    of->cost = course_walk(&of->course, INFINITY);
    course_keep(&of->course);
    for (uint64_t c = 0; c < changes && hunt_go_on(of->hunt); c++) {
        if (of->course.group_count > LONG_LIST && !hunt_spend(of->hunt, steps_of_walk(&of->course)))
            break;
        double share = (double) c / (double) changes;
        double heat = hot * pow(cold / hot, share) * fabs(of->best_cost);
        try_change(of, heat);
    }
}

void anneal_runs(anneal *of, uint64_t effort)
{
    enum { PATIENCE = 2, GROWTH = 3 };
    const uint64_t groups = (uint64_t) of->course.group_count;
    uint64_t changes = effort * groups * groups;
    for (int idle = 0; idle < PATIENCE && !of->hunt->stopped && !of->hunt->phase_over;
         changes *= GROWTH) {
        double before = of->hunt->cost;
        anneal_run(of, changes);
        bool gained = of->hunt->cost < before - gain_that_pays * fabs(before);
        idle = gained ? 0 : idle + 1;
    }
}

hax_status anneal_make(hunt *on, uint64_t seed, anneal *made, hax_error *err)
{
    *made = (anneal){ .hunt = on, .random = { seed }, .best_cost = INFINITY };
    HAX_TRY(course_make(on->fleet, &made->course, err));
    made->best = calloc(2 * (size_t) on->group_count, sizeof *made->best);
    made->start = made->best + on->group_count;
    return made->best ? HAX_OK : hax_fail_memory(err, "a search");
}

void anneal_free(anneal *of)
{
    free(of->best);
    course_free(&of->course);
    *of = (anneal){ 0 };
}
