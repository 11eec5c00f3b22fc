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

#include "instrumented.h"
#include "list_schedule.h"
#include "property.h"
#include "random.h"
#include "search.h"

typedef struct tally {
    long walks, continued, unreached, finite;
} tally;

/* Two list schedules of one problem: one goes on from what it kept, the other always walks the
 * whole. */
typedef struct both {
    const hax_instance_set *instances;
    hax_list_schedule going, whole;
    hax_list_entry *list;
    hax_random random;
    tally *tally;
} both;

static int below(both *both, int bound)
{
    return (int) hax_random_below(&both->random, (uint64_t) bound);
}

static bool may_run(const both *both, int group, int unit)
{
    int i = both->going.instance_of[group];
    return hax_cost_of(both->instances->problem, i, group - both->going.offset[i], unit)->allowed;
}

static int some_unit(both *both, int group)
{
    int unit = below(both, both->instances->problem->unit_count);
    while (!may_run(both, group, unit))
        unit = (unit + 1) % both->instances->problem->unit_count;
    return unit;
}

/* Any order that keeps the groups of every instance in theirs. */
static void some_list(both *both)
{
    int next[HAX_INSTANCES_MAX];
    for (int i = 0; i < both->instances->count; i++)
        next[i] = both->going.offset[i];
    for (int p = 0; p < both->going.group_count; p++) {
        int i = below(both, both->instances->count);
        while (next[i] == both->going.offset[i + 1])
            i = (i + 1) % both->instances->count;
        both->list[p] = (hax_list_entry){ next[i], some_unit(both, next[i]), -1 };
        next[i]++;
    }
}

static void some_move(both *both)
{
    hax_list_schedule *list = &both->going;
    int from = below(both, list->group_count), group = list->order[from],
        i = list->instance_of[group];
    int low = group > list->offset[i] ? list->position[group - 1] + 1 : 0;
    int high =
        group + 1 < list->offset[i + 1] ? list->position[group + 1] - 1 : list->group_count - 1;
    hax_list_move(list, from, low + below(both, high - low + 1));
}

static void some_change(both *both)
{
    int group = below(both, both->going.group_count);
    switch (below(both, 4)) {
    case 0: some_move(both); break;
    case 1: hax_list_set_wait(&both->going, group, -1); break;
    case 2:
        hax_list_set_wait(&both->going, group, below(both, STAGES * both->going.group_count));
        break;
    default: hax_list_set_unit(&both->going, group, some_unit(both, group));
    }
}

static double walk_whole(both *both, double most)
{
    hax_list_get(&both->going, both->list);
    hax_list_set(&both->whole, both->list);
    return hax_list_evaluate(&both->whole, most);
}

/* Some changes, of which the list is kept with or put back. `cost` is that of the list kept. */
static bool changes_agree(both *both, double *cost, property_why *why)
{
    hax_list_entry *kept = calloc((size_t) both->going.group_count, sizeof *kept);
    double most = below(both, 2) ? INFINITY : *cost * (*cost < 0 ? 0.9 : 1.1);
    hax_list_get(&both->going, kept);
    for (int n = 1 + below(both, 3); n > 0; n--)
        some_change(both);
    bool reached = !hax_list_is_unchanged(&both->going);
    double after = reached ? hax_list_evaluate(&both->going, most) : *cost;
    double whole = walk_whole(both, most);
    both->tally->walks++;
    both->tally->unreached += !reached;
    both->tally->continued += reached && both->going.begun > 0;
    both->tally->finite += !isinf(after);
    if (!isinf(after) && reached)
        hax_list_commit(&both->going);
    if (!isinf(after))
        *cost = after;
    else {
        hax_list_set(&both->going, kept);
        hax_list_evaluate(&both->going, INFINITY);
        hax_list_commit(&both->going);
    }
    free(kept);
    return after == whole ||
           property_fails(why, "went on to %.17g, the whole list to %.17g", after, whole);
}

/* The schedule of a list by the evaluator. */
static bool is_as_evaluated(both *both, property_why *why)
{
    hax_list_schedule *list = &both->whole;
    hax_placement *placements = calloc((size_t) list->group_count, sizeof *placements);
    double cost = hax_list_evaluate_traced(list);
    const hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    for (int s = 0; s < list->start_count; s++) {
        int group = list->starts[s], i = list->instance_of[group];
        placements[s] =
            (hax_placement){ i, group - list->offset[i], list->unit[group], list->begin_ms[group] };
    }
    hax_status status = hax_schedule_from_placements(
        both->instances->problem, "list", list->start_count, placements, &schedule, &err);
    double value = schedule ? hax_objective_cost(both->instances->problem, schedule->value) : NAN;
    free(placements);
    hax_schedule_destroy(schedule);
    return (status == HAX_OK && fabs(value - cost) <= 1e-9 * fmax(1, fabs(cost))) ||
           property_fails(why, "walked %.12g, evaluated %.12g (%s)", cost, value, err.message);
}

static bool list_agrees(both *both, property_why *why)
{
    enum { CHANGES = 40 };
    some_list(both);
    hax_list_set(&both->going, both->list);
    double cost = hax_list_evaluate(&both->going, INFINITY);
    if (isinf(cost))
        return true;
    hax_list_commit(&both->going);
    for (int c = 0; c < CHANGES; c++)
        if (!changes_agree(both, &cost, why))
            return false;
    return !isfinite(walk_whole(both, INFINITY)) || is_as_evaluated(both, why);
}

static bool walks_agree(const hax_problem *problem, unsigned long number, void *context,
                        property_why *why)
{
    enum { LISTS = 5 };
    hax_instance_set instances;
    hax_error err = { 0 };
    if (hax_instance_set_make(problem, false, NULL, &instances, &err) != HAX_OK)
        return true; /* no way through an instance */
    both at = { .instances = &instances, .random = hax_random_fork(number, 7), .tally = context };
    bool holds = hax_list_make(&instances, &at.going, &err) == HAX_OK &&
                 hax_list_make(&instances, &at.whole, &err) == HAX_OK;
    hax_list_entry *list = calloc((size_t) at.going.group_count, sizeof *list);
    at.list = list;
    for (int n = 0; n < LISTS && holds; n++)
        holds = list_agrees(&at, why);
    free(list);
    hax_list_free(&at.going);
    hax_list_free(&at.whole);
    hax_instance_set_free(&instances);
    return holds;
}

static void going_on_is_as_walking_the_whole(void **fixture)
{
    (void) fixture;
    tally seen = { 0 };
    const property of = { .name = __func__, .holds = walks_agree, .context = &seen };
    const random_options options[] = {
        { .contention = true, .group_max = 12, .unit_max = 3, .instance_count = 4, .kinds = true },
        { .contention = false, .group_max = 6, .unit_max = 3, .instance_count = 3, .kinds = true },
    };
#ifdef TEST_INSTRUMENTED
    enum { PROBLEMS = 3000 }; /* of fewer too few go on for the shares below */
#else
    enum { PROBLEMS = 1500 };
#endif
    assert_true(property_check(&of, PROBLEMS, &options[0]));
    assert_true(property_check(&of, PROBLEMS, &options[1]));
    print_message("%ld walks, %ld went on, %ld unreached, %ld to the end\n", seen.walks,
                  seen.continued, seen.unreached, seen.finite);
#ifdef TEST_INSTRUMENTED /* the first tenth of the problems goes on less often */
    assert_true(seen.continued * 12 > seen.walks);
#else
    assert_true(seen.continued * 5 > seen.walks);
#endif
    assert_true(seen.finite * 4 > seen.walks);
    assert_true(seen.unreached * 50 > seen.walks);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(going_on_is_as_walking_the_whole) };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
