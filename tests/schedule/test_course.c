/* Lists of groups, walked: the whole of a list takes the times of its schedule's evaluation, and a
 * walk that goes on after small changes gives what a walk of the whole list gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "course.h"
#include "property.h"
#include "random.h"
#include "search.h"

typedef struct tally {
    long walks, continued, unreached, finite;
} tally;

/* Two courses of one fleet: one goes on from what it kept, the other always walks the whole. */
typedef struct both {
    const fleet *fleet;
    course going, whole;
    course_entry *list;
    hax_random random;
    tally *tally;
} both;

static int below(both *at, int bound)
{
    return (int) hax_random_below(&at->random, (uint64_t) bound);
}

static bool may_run(const both *at, int group, int unit)
{
    int i = at->going.instance_of[group];
    return cost_of(at->fleet->problem, i, group - at->going.offset[i], unit)->allowed;
}

static int some_unit(both *at, int group)
{
    int unit = below(at, at->fleet->problem->unit_count);
    while (!may_run(at, group, unit))
        unit = (unit + 1) % at->fleet->problem->unit_count;
    return unit;
}

/* Any order that keeps the groups of every instance in theirs. */
static void some_list(both *at)
{
    int next[FLEET_MAX];
    for (int i = 0; i < at->fleet->count; i++)
        next[i] = at->going.offset[i];
    for (int p = 0; p < at->going.group_count; p++) {
        int i = below(at, at->fleet->count);
        while (next[i] == at->going.offset[i + 1])
            i = (i + 1) % at->fleet->count;
        at->list[p] = (course_entry){ next[i], some_unit(at, next[i]), -1 };
        next[i]++;
    }
}

static void some_move(both *at)
{
    course *of = &at->going;
    int from = below(at, of->group_count), group = of->order[from], i = of->instance_of[group];
    int low = group > of->offset[i] ? of->place[group - 1] + 1 : 0;
    int high = group + 1 < of->offset[i + 1] ? of->place[group + 1] - 1 : of->group_count - 1;
    course_move(of, from, low + below(at, high - low + 1));
}

static void some_change(both *at)
{
    int group = below(at, at->going.group_count);
    switch (below(at, 4)) {
    case 0: some_move(at); break;
    case 1: course_set_wait(&at->going, group, -1); break;
    case 2: course_set_wait(&at->going, group, below(at, STAGES * at->going.group_count)); break;
    default: course_set_unit(&at->going, group, some_unit(at, group));
    }
}

static double walk_whole(both *at, double most)
{
    course_get(&at->going, at->list);
    course_set(&at->whole, at->list);
    return course_walk(&at->whole, most);
}

/* Some changes, of which the list is kept with or put back. `cost` is that of the list kept. */
static bool changes_agree(both *at, double *cost, property_why *why)
{
    course_entry *kept = calloc((size_t) at->going.group_count, sizeof *kept);
    double most = below(at, 2) ? INFINITY : *cost * (*cost < 0 ? 0.9 : 1.1);
    course_get(&at->going, kept);
    for (int n = 1 + below(at, 3); n > 0; n--)
        some_change(at);
    bool reached = !course_is_as_kept(&at->going);
    double after = reached ? course_walk(&at->going, most) : *cost;
    double whole = walk_whole(at, most);
    at->tally->walks++;
    at->tally->unreached += !reached;
    at->tally->continued += reached && at->going.begun > 0;
    at->tally->finite += !isinf(after);
    if (!isinf(after) && reached)
        course_keep(&at->going);
    if (!isinf(after))
        *cost = after;
    else {
        course_set(&at->going, kept);
        course_walk(&at->going, INFINITY);
        course_keep(&at->going);
    }
    free(kept);
    return after == whole ||
           property_fails(why, "went on to %.17g, the whole list to %.17g", after, whole);
}

/* The schedule of a list by the evaluator. */
static bool is_as_evaluated(both *at, property_why *why)
{
    course *of = &at->whole;
    placement *placements = calloc((size_t) of->group_count, sizeof *placements);
    double cost = course_trace(of);
    hax_schedule *made = NULL;
    hax_error err = { 0 };
    for (int s = 0; s < of->start_count; s++) {
        int group = of->starts[s], i = of->instance_of[group];
        placements[s] =
            (placement){ i, group - of->offset[i], of->unit[group], of->begin_ms[group] };
    }
    hax_status status = schedule_from_placements(at->fleet->problem, "list", of->start_count,
                                                 placements, &made, &err);
    double value = made ? outlook_cost(at->fleet->problem, made->value) : NAN;
    free(placements);
    hax_schedule_destroy(made);
    return (status == HAX_OK && fabs(value - cost) <= 1e-9 * fmax(1, fabs(cost))) ||
           property_fails(why, "walked %.12g, evaluated %.12g (%s)", cost, value, err.message);
}

static bool list_agrees(both *at, property_why *why)
{
    enum { CHANGES = 40 };
    some_list(at);
    course_set(&at->going, at->list);
    double cost = course_walk(&at->going, INFINITY);
    if (isinf(cost))
        return true;
    course_keep(&at->going);
    for (int c = 0; c < CHANGES; c++)
        if (!changes_agree(at, &cost, why))
            return false;
    return !isfinite(walk_whole(at, INFINITY)) || is_as_evaluated(at, why);
}

static bool walks_agree(const hax_problem *problem, unsigned long number, void *context,
                        property_why *why)
{
    enum { LISTS = 5 };
    fleet of;
    hax_error err = { 0 };
    if (fleet_make(problem, false, NULL, &of, &err) != HAX_OK)
        return true; /* no way through an instance */
    both at = { .fleet = &of, .random = hax_random_fork(number, 7), .tally = context };
    bool holds =
        course_make(&of, &at.going, &err) == HAX_OK && course_make(&of, &at.whole, &err) == HAX_OK;
    course_entry *list = calloc((size_t) at.going.group_count, sizeof *list);
    at.list = list;
    for (int n = 0; n < LISTS && holds; n++)
        holds = list_agrees(&at, why);
    free(list);
    course_free(&at.going);
    course_free(&at.whole);
    fleet_free(&of);
    return holds;
}

static void going_on_is_as_walking_the_whole(void **fixture)
{
    (void) fixture;
    tally seen = { 0 };
    const property of = { .name = __func__, .holds = walks_agree, .context = &seen };
    const random_options options[] = {
        { .contention = true, .group_max = 12, .unit_max = 3, .instance_count = 4 },
        { .contention = false, .group_max = 6, .unit_max = 3, .instance_count = 3 },
    };
    assert_true(property_check(&of, 1500, &options[0]));
    assert_true(property_check(&of, 1500, &options[1]));
    print_message("%ld walks, %ld went on, %ld unreached, %ld to the end\n", seen.walks,
                  seen.continued, seen.unreached, seen.finite);
    assert_true(seen.continued * 5 > seen.walks && seen.finite * 4 > seen.walks);
    assert_true(seen.unreached * 50 > seen.walks);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(going_on_is_as_walking_the_whole) };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
