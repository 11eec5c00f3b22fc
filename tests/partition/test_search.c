/* The search for a GPU's partition, on made-up times: what it finds is what trying all finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "haxconn/partition.h"
#include "haxconn/schedule.h"
#include "predict.h"
#include "random.h"
#include "search.h"

#include "instrumented.h"

/* 5 groups of 4 SMs and 2 over; 4 groups and nothing over; an H200. */
static const hax_gpu gpus[] = {
    { .name = "over", .sms = 22, .group_sms = 4, .group_count = 5 },
    { .name = "even", .sms = 16, .group_sms = 4, .group_count = 4 },
};
static const hax_gpu h200 = { .name = "H200", .sms = 132, .group_sms = 8, .group_count = 15 };

enum { INSTANCES = 3, GROUPS = 3 };

/* Networks whose groups take fixed + work / SMs; with `stairs` work is done in whole waves of 8
 * SMs, which no interpolation foresees. */
typedef struct world {
    const hax_gpu *gpu;
    double fixed[INSTANCES][GROUPS], work[INSTANCES][GROUPS];
    bool stairs;
    hax_cost cost[INSTANCES][GROUPS];
    hax_group_spec groups[INSTANCES][GROUPS];
    hax_instance_spec instances[INSTANCES];
    hax_unit_spec unit;
    hax_problem frame; /* of the size that was asked for last */
    hax_curves *curves;
    int calls; /* of measuring */
} world;

static double time_of(const world *world, int i, int g, int sms)
{
    int used = world->stairs ? (sms >= 8 ? sms / 8 * 8 : 4) : sms;
    return world->fixed[i][g] + world->work[i][g] / used;
}

static void set_size(world *world, int sms)
{
    for (int i = 0; i < INSTANCES; i++)
        for (int g = 0; g < GROUPS; g++)
            world->cost[i][g] = (hax_cost){ .allowed = true, .time_ms = time_of(world, i, g, sms) };
}

static void open_world(world *world, const hax_gpu *gpu, int instance_count, uint64_t seed,
                       bool stairs)
{
    static const char *const names[] = { "a", "b", "c" }, *const group_names[] = { "0", "1", "2" };
    static const char *const resource = "gpu";
    hax_random random = { seed };
    *world = (struct world){ .gpu = gpu, .stairs = stairs };
    for (int i = 0; i < INSTANCES; i++) {
        for (int g = 0; g < GROUPS; g++) {
            world->fixed[i][g] = hax_random_unit(&random);
            world->work[i][g] = 2 * gpu->sms * hax_random_unit(&random);
            world->groups[i][g] =
                (hax_group_spec){ .name = group_names[g], .on = &world->cost[i][g] };
        }
        world->instances[i] = (hax_instance_spec){ .name = names[i],
                                                   .group_count = GROUPS,
                                                   .groups = world->groups[i],
                                                   .weight = 1,
                                                   .deadline_ms = INFINITY };
    }
    world->unit = (hax_unit_spec){ .name = "gpu", .resources = 1, .max_pieces = HAX_NO_LIMIT };
    world->frame = (hax_problem){ .resource_count = 1,
                                  .resources = &resource,
                                  .unit_count = 1,
                                  .units = &world->unit,
                                  .instance_count = instance_count,
                                  .instances = world->instances,
                                  .max_transitions = HAX_NO_LIMIT };
    assert_int_equal(hax_curves_create(&world->frame, &world->curves, NULL), HAX_OK);
}

static hax_status measure(void *context, int step, int size_count, const int *sizes, hax_error *err)
{
    world *world = context;
    (void) step;
    (void) err;
    world->calls++;
    for (int s = 0; s < size_count; s++) {
        assert_false(hax_curves_measured(world->curves, sizes[s])); /* nothing twice */
        set_size(world, sizes[s]);
        hax_curves_add(world->curves, sizes[s], &world->frame, 0);
    }
    return HAX_OK;
}

static void measure_first(world *world)
{
    int sizes[3] = { world->gpu->sms };
    int count = hax_partition_first_sizes(world->gpu, world->frame.instance_count, sizes + 1);
    assert_int_equal(measure(world, 0, 1 + count, sizes, NULL), HAX_OK);
    world->calls = 0;
}

static void measure_all(world *world)
{
    int over = world->gpu->sms - world->gpu->group_count * world->gpu->group_sms;
    for (int sms = 1; sms <= world->gpu->sms; sms++)
        if ((sms % world->gpu->group_sms == 0 || sms % world->gpu->group_sms == over) &&
            !hax_curves_measured(world->curves, sms))
            measure(world, 0, 1, &sms, NULL);
}

static double plan(const world *world, const hax_part_sizes *sizes)
{
    const hax_problem *problem;
    const hax_schedule *schedule;
    hax_error err = { 0 };
    if (hax_partition_problem(world->curves, &world->frame, world->gpu, 1, sizes, &problem, &err) !=
        HAX_OK)
        fail_msg("%s", err.message);
    assert_int_equal(hax_solve(problem, NULL, &schedule, &err), HAX_OK);
    double value = schedule->value;
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
    return value;
}

/* Every partition, planned with the true times. */
static double best_of_all(world *world)
{
    hax_part_sizes *list;
    int count;
    double best = INFINITY;
    hax_error err;
    measure_all(world);
    assert_int_equal(
        hax_partition_candidates(world->gpu, world->frame.instance_count, &list, &count, &err),
        HAX_OK);
    for (int c = 0; c < count; c++)
        best = fmin(best, plan(world, &list[c]));
    free(list);
    return best;
}

static hax_partition_found search(world *world)
{
    const hax_partition_search config = { .gpu = world->gpu,
                                          .frame = &world->frame,
                                          .curves = world->curves,
                                          .plan_limit_s = INFINITY,
                                          .step_limit_s = INFINITY,
                                          .measure = measure,
                                          .context = world };
    hax_partition_found found;
    hax_error err = { 0 };
    measure_first(world);
    if (hax_partition_search_run(&config, &found, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return found;
}

/* ---- which partitions there are ---------------------------------------------------------------
 */

/* Ways to put `count` more parts after `used` SMs, no part larger than the one before: counted
 * another way than the room does, by sizes and not by groups. */
static int count_ways(const hax_gpu *gpu, int left, int parts, int most, bool over_given)
{
    int over = gpu->sms - gpu->group_count * gpu->group_sms, ways = 0;
    if (parts == 0)
        return left == 0 && (over_given || over == 0);
    for (int sms = 1; sms <= left && sms <= most; sms++) {
        bool whole = sms % gpu->group_sms == 0;
        bool with_over = over > 0 && sms > over && (sms - over) % gpu->group_sms == 0;
        if (whole)
            ways += count_ways(gpu, left - sms, parts - 1, sms, over_given);
        if (with_over && !over_given)
            ways += count_ways(gpu, left - sms, parts - 1, sms, true);
    }
    return ways;
}

static void all_partitions_are_listed(void **state)
{
    const hax_gpu *const known[] = { &gpus[0], &gpus[1], &h200 };
    (void) state;
    for (int k = 0; k < 3; k++)
        for (int parts = 1; parts <= 4; parts++) {
            const hax_gpu *gpu = known[k];
            hax_part_sizes *list;
            int count, wanted = 1;
            assert_int_equal(hax_partition_candidates(gpu, parts, &list, &count, NULL), HAX_OK);
            for (int p = 2; p <= parts; p++)
                wanted += count_ways(gpu, gpu->sms, p, gpu->sms, false);
            assert_int_equal(count, wanted);
            free(list);
        }
}

static void every_partition_can_be_formed(void **state)
{
    (void) state;
    hax_part_sizes *list;
    int count;
    assert_int_equal(hax_partition_candidates(&h200, 4, &list, &count, NULL), HAX_OK);
    for (int c = 1; c < count; c++) {
        char text[64];
        hax_gpu_partition partition;
        int sum = 0;
        hax_part_sizes_text(&list[c], text, sizeof text);
        assert_int_equal(hax_gpu_partition_parse(&h200, text, &partition, NULL), HAX_OK);
        for (int p = 0; p < list[c].count; p++) {
            assert_int_equal(partition.parts[p].count, list[c].sms[p]);
            sum += list[c].sms[p];
        }
        assert_int_equal(sum, h200.sms);
    }
    free(list);
}

/* ---- times ------------------------------------------------------------------------------------
 */

static void between_sizes_times_are_linear_in_their_inverse(void **state)
{
    (void) state;
    world world;
    open_world(&world, &h200, 2, 5, false);
    const int sizes[] = { 132, 32, 64 };
    measure(&world, 0, 3, sizes, NULL);
    for (int sms = 32; sms <= 132; sms += 4)
        assert_float_equal(hax_curves_group_ms(world.curves, 1, 2, sms), time_of(&world, 1, 2, sms),
                           1e-9);
    assert_float_equal(hax_curves_group_ms(world.curves, 0, 0, 8), time_of(&world, 0, 0, 8), 1e-9);
    assert_float_equal(
        hax_curves_whole_ms(world.curves, 0, 64),
        time_of(&world, 0, 0, 64) + time_of(&world, 0, 1, 64) + time_of(&world, 0, 2, 64), 1e-9);
    hax_curves_destroy(world.curves);
}

static double best_by_trying(const world *world, const hax_part_sizes *sizes)
{
    int count = world->frame.instance_count, ways = 1;
    double best = INFINITY;
    for (int i = 0; i < count; i++)
        ways *= sizes->count;
    for (int way = 0; way < ways; way++) {
        double end_ms[HAX_GPU_PARTS] = { 0 }, round_ms = 0;
        for (int i = 0, rest = way; i < count; i++, rest /= sizes->count) {
            int part = rest % sizes->count;
            end_ms[part] += hax_curves_whole_ms(world->curves, i, sizes->sms[part]);
            round_ms = fmax(round_ms, end_ms[part]);
        }
        best = fmin(best, round_ms);
    }
    return best;
}

static void whole_networks_are_shared_out_best(void **state)
{
    (void) state;
    for (uint64_t seed = 0; seed < TEST_COUNT(20); seed++) {
        world world;
        hax_part_sizes *list;
        int count;
        open_world(&world, &gpus[seed % 2], 3, seed, false);
        measure_all(&world);
        assert_int_equal(hax_partition_candidates(world.gpu, 3, &list, &count, NULL), HAX_OK);
        for (int c = 0; c < count; c++) {
            double round_ms, value = plan(&world, &list[c]);
            assert_int_equal(hax_partition_whole_ms(world.curves, 3, &list[c], &round_ms, NULL),
                             HAX_OK);
            assert_float_equal(round_ms, best_by_trying(&world, &list[c]), 1e-9);
            /* a plan may split, and no plan is below the bound */
            assert_true(value <= round_ms + 1e-9);
            assert_true(hax_partition_bound_ms(world.curves, &world.frame, world.gpu, &list[c]) <=
                        value + 1e-9);
        }
        free(list);
        hax_curves_destroy(world.curves);
    }
}

/* ---- the search -------------------------------------------------------------------------------
 */

/* What promises less than a hundredth more than the best that was measured is not measured. */
static const double TIE = 0.0102;

static void assert_best(world *world, double value)
{
    double best = best_of_all(world);
    assert_true(value >= best - 1e-6 && value <= best * (1 + TIE) + 1e-6);
}

static void the_best_of_all_partitions_is_found(void **state)
{
    (void) state;
    for (uint64_t seed = 0; seed < TEST_COUNT(30); seed++) {
        world world;
        open_world(&world, &gpus[seed % 2], 2 + seed % 2, 100 + seed, false);
        hax_partition_found found = search(&world);
        const hax_partition_estimate *chosen = &found.list[found.chosen];
        assert_true(chosen->measured && chosen->planned);
        assert_true(world.calls <= HAX_PARTITION_STEPS && world.calls == found.steps);
        assert_best(&world, chosen->value);
        free(found.list);
        hax_curves_destroy(world.curves);
    }
}

/* Interpolated times are wrong here: what is chosen was measured, and is no worse than what needs
 * no search. */
static void what_is_chosen_was_measured(void **state)
{
    (void) state;
    int steps = 0;
    for (uint64_t seed = 0; seed < TEST_COUNT(30); seed++) {
        world world;
        const hax_part_sizes whole = { 1, { 22 } };
        open_world(&world, &gpus[0], 2 + seed % 2, 200 + seed, true);
        hax_partition_found found = search(&world);
        const hax_partition_estimate *chosen = &found.list[found.chosen];
        assert_true(chosen->measured && chosen->planned);
        assert_true(chosen->value <= found.list[0].value * (1 + TIE) + 1e-9 ||
                    found.steps == HAX_PARTITION_STEPS);
        for (int p = 0; p < chosen->sizes.count; p++)
            assert_true(hax_curves_measured(world.curves, chosen->sizes.sms[p]));
        assert_float_equal(chosen->value, plan(&world, &chosen->sizes), 1e-9);
        assert_true(chosen->value <= plan(&world, &whole) + 1e-9);
        steps += found.steps;
        free(found.list);
        hax_curves_destroy(world.curves);
    }
    assert_true(steps > 0);
}

/* Each instance loses `losses` of its time beside one neighbour, half as much again beside more. */
static void set_losses(world *world, const double *losses)
{
    static const double own[] = { 0, 10 }, external[] = { 1, 2 };
    static const double values[] = { 1, 1, 11, 16 };
    world->unit.slowdown = (hax_slowdown){ .kind = HAX_SLOWDOWN_TABLE,
                                           .own_count = 2,
                                           .external_count = 2,
                                           .own_gbps = own,
                                           .external_gbps = external,
                                           .slowdown = values };
    set_size(world, world->gpu->sms);
    for (int i = 0; i < INSTANCES; i++)
        for (int g = 0; g < GROUPS; g++)
            world->cost[i][g].own_gbps = losses[i];
    assert_int_equal(hax_curves_set_losses(world->curves, &world->frame, 0, NULL), HAX_OK);
    world->unit.slowdown = (hax_slowdown){ .kind = HAX_SLOWDOWN_NONE };
}

static void losses_beside_neighbours_count(void **state)
{
    (void) state;
    const double losses[] = { 0.1, 0.3, 0.2 };
    for (uint64_t seed = 0; seed < TEST_COUNT(20); seed++) {
        world world;
        const hax_part_sizes parts = { 2, { 12, 4 } };
        open_world(&world, &gpus[1], 2, 300 + seed, false);
        set_losses(&world, losses);
        hax_partition_found found = search(&world);
        assert_best(&world, found.list[found.chosen].value);
        assert_float_equal(hax_curves_beside_ms(world.curves, 1, 12, 1),
                           1.3 * hax_curves_whole_ms(world.curves, 1, 12), 1e-9);
        assert_float_equal(hax_curves_beside_ms(world.curves, 1, 12, 2),
                           1.45 * hax_curves_whole_ms(world.curves, 1, 12), 1e-9);
        assert_float_equal(hax_curves_beside_ms(world.curves, 1, 12, 0),
                           hax_curves_whole_ms(world.curves, 1, 12), 1e-9);
        /* whole networks are never predicted to end before the best plan on the same parts */
        double whole_ms;
        assert_int_equal(hax_partition_whole_ms(world.curves, 2, &parts, &whole_ms, NULL), HAX_OK);
        assert_true(plan(&world, &parts) <= whole_ms + 1e-9);
        free(found.list);
        hax_curves_destroy(world.curves);
    }
}

/* So large losses leave nothing but one network after the other. */
static void large_losses_leave_the_whole_gpu(void **state)
{
    (void) state;
    const double losses[] = { 9, 9, 9 };
    world world;
    open_world(&world, &gpus[1], 2, 7, false);
    set_losses(&world, losses);
    hax_partition_found found = search(&world);
    double whole_ms =
        hax_curves_whole_ms(world.curves, 0, 16) + hax_curves_whole_ms(world.curves, 1, 16);
    assert_true(found.list[found.chosen].value <= whole_ms + 1e-9);
    assert_true(found.list[found.chosen].value > 0.6 * whole_ms);
    free(found.list);
    hax_curves_destroy(world.curves);
}

static void parts_of_partitions_exclude_each_other(void **state)
{
    (void) state;
    world world;
    const hax_problem *problem;
    const hax_part_sizes both[] = { { 2, { 14, 8 } }, { 3, { 14, 4, 4 } } };
    open_world(&world, &gpus[0], 2, 1, false);
    measure_all(&world);
    assert_int_equal(
        hax_partition_problem(world.curves, &world.frame, world.gpu, 2, both, &problem, NULL),
        HAX_OK);
    /* the whole, 14+8, and 4+4: the 14 with what is over is the same in both */
    assert_int_equal(problem->unit_count, 5);
    for (int u = 1; u < problem->unit_count; u++)
        assert_true(problem->units[u].resources & problem->units[0].resources);
    assert_string_equal(problem->units[1].name, "sm8-21");
    assert_false(problem->units[1].resources & problem->units[2].resources);
    for (int u = 3; u < 5; u++) {
        assert_false(problem->units[u].resources & problem->units[1].resources);
        assert_true(problem->units[u].resources & problem->units[2].resources);
    }
    hax_problem_destroy(problem);
    hax_curves_destroy(world.curves);
}

static void names_without_a_partition_leave_one_to_find(void **state)
{
    (void) state;
    assert_true(hax_partition_is_open("gpu"));
    assert_true(hax_partition_is_open("gpu,f16"));
    assert_true(hax_partition_is_open("machine,tf32"));
    assert_false(hax_partition_is_open("gpu,f16,100+32"));
    assert_false(hax_partition_is_open("gpu,64,f16"));
    assert_false(hax_partition_is_open("host"));
    assert_false(hax_partition_is_open("g"));
    assert_false(hax_partition_is_open(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_partitions_are_listed),
        cmocka_unit_test(every_partition_can_be_formed),
        cmocka_unit_test(between_sizes_times_are_linear_in_their_inverse),
        cmocka_unit_test(whole_networks_are_shared_out_best),
        cmocka_unit_test(the_best_of_all_partitions_is_found),
        cmocka_unit_test(what_is_chosen_was_measured),
        cmocka_unit_test(losses_beside_neighbours_count),
        cmocka_unit_test(large_losses_leave_the_whole_gpu),
        cmocka_unit_test(parts_of_partitions_exclude_each_other),
        cmocka_unit_test(names_without_a_partition_leave_one_to_find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
