/*
 * The heights of grid.h are bounds: at the start for the best schedule, on the way for every
 * schedule, and between the points of a hull.
 */
#include "grid.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "haxconn/schedule.h"
#include "order.h"
#include "outlook.h"
#include "random.h"
#include "random_problem.h"

static const double slack = 1e-9;

/* A problem's fleet and grid; `grid.fleet` is NULL where there is none. */
typedef struct terrain {
    hax_problem *problem;
    fleet fleet;
    grid grid;
} terrain;

/* false: no instance has a way. */
static bool make_terrain(unsigned long number, int instances, bool contention, terrain *made)
{
    hax_error err;
    *made = (terrain){ .problem = random_problem(
                           number, &(random_options){ .contention = contention,
                                                      .group_max = 3,
                                                      .unit_max = 3,
                                                      .instance_count = instances }) };
    if (fleet_make(made->problem, false, NULL, &made->fleet, &err) != HAX_OK)
        return false;
    assert_int_equal(grid_make(&made->fleet, 0, NULL, &made->grid, &err), HAX_OK);
    return made->grid.fleet;
}

static void free_terrain(terrain *of)
{
    grid_free(&of->grid);
    fleet_free(&of->fleet);
    hax_problem_destroy(of->problem);
}

static state *start_of(const terrain *at)
{
    state *made = malloc(state_size(&at->fleet));
    assert_non_null(made);
    state_begin(&at->fleet, made);
    return made;
}

/* Two instances: the table knows the best end over all schedules. */
static void no_schedule_ends_before_the_first_height(void **state_)
{
    enum { PROBLEMS = 1500 };
    int compared = 0;
    double closest = 0;
    (void) state_;
    for (unsigned long number = 0; number < PROBLEMS; number++) {
        terrain at;
        hax_schedule *best = NULL;
        hax_error err;
        if (make_terrain(number, 2, number % 4 != 0, &at) && at.problem->objective == HAX_LATENCY &&
            hax_solve(at.problem, NULL, &best, &err) == HAX_OK && best->proof == HAX_PROOF_ALL) {
            state *start = start_of(&at);
            double height = grid_height(&at.grid, start);
            assert_true(height <= best->value * (1 + slack));
            closest = larger(closest, height / best->value);
            compared++;
            free(start);
        }
        hax_schedule_destroy(best);
        free_terrain(&at);
    }
    print_message("%d problems, the closest height %.4f of the best end\n", compared, closest);
    assert_true(compared > PROBLEMS / 10);
    assert_true(closest > 0.9);
}

/* ---- on the way -------------------------------------------------------------------------------
 */

/* One of the decisions at a state, drawn by chance. */
typedef struct draw {
    const terrain *at;
    hax_random *random;
    int seen;
    state *taken;
} draw;

static bool draw_next(void *context, state *decided)
{
    draw *of = context;
    if (hax_random_below(of->random, (uint64_t) ++of->seen) == 0)
        state_copy(&of->at->fleet, of->taken, decided);
    return true;
}

/* Between two points that differ by chance the planes lie nowhere above the heights. */
static void check_planes(const terrain *at, const state *now, hax_random *random)
{
    hull points;
    grid_plane planes[GRID_PLANES];
    double rates[GRID_INSTANCES] = { 0 };
    assert_true(hull_make(&points, 1 + at->fleet.count, 1 + at->fleet.count));
    for (int i = 0; i < at->fleet.count; i++)
        if (now->at[i].item >= 0)
            rates[i] = 0.5 + 0.5 * hax_random_unit(random);
    points.count = 2;
    for (int p = 0; p < 2; p++) {
        double *point = hull_point(&points, p);
        point[0] = now->now_ms;
        for (int i = 0; i < at->fleet.count; i++) /* any rest of the item */
            if (rates[i] > 0)
                point[1 + i] = point[0] + hax_random_unit(random) *
                                              at->fleet.of[i].items[now->at[i].item].ms / rates[i];
    }
    int count = grid_planes(&at->grid, now, &points, rates, planes);
    state *between = malloc(state_size(&at->fleet));
    assert_non_null(between);
    for (int step = 0; step <= 8; step++) {
        double share = step / 8.0, lowest = INFINITY;
        state_copy(&at->fleet, between, now);
        for (int i = 0; i < at->fleet.count; i++)
            if (rates[i] > 0)
                between->at[i].left_ms =
                    rates[i] *
                    ((1 - share) * (hull_point(&points, 0)[1 + i] - hull_point(&points, 0)[0]) +
                     share * (hull_point(&points, 1)[1 + i] - hull_point(&points, 1)[0]));
        for (int p = 0; p < count; p++) {
            double height = planes[p].constant;
            for (int i = 0; i < at->fleet.count; i++)
                if (rates[i] > 0)
                    height += planes[p].slope[i] * between->at[i].left_ms / rates[i];
            lowest = smaller(lowest, height);
        }
        assert_true(lowest <= grid_height(&at->grid, between) + 1e-6);
    }
    free(between);
    hull_free(&points);
}

/* Goes through a round by chance; the promises on the way must not be broken. */
static void go_by_chance(const terrain *at, hax_random *random)
{
    enum { EVENTS_MOST = 200 };
    state *now = start_of(at), *taken = start_of(at);
    double ends_no_sooner = 0;
    bool stuck = false;
    for (int event = 0; now->unfinished && event < EVENTS_MOST && !stuck; event++) {
        draw of = { at, random, 0, taken };
        ends_no_sooner = larger(ends_no_sooner, now->now_ms + grid_height(&at->grid, now));
        check_planes(at, now, random);
        state_decide(&at->fleet, now, draw_next, &of);
        state_copy(&at->fleet, now, taken);
        stuck = !state_advance(&at->fleet, now, outlook_finished);
    }
    if (!now->unfinished)
        assert_true(now->now_ms >= ends_no_sooner * (1 - slack));
    free(now);
    free(taken);
}

static void no_way_ends_before_a_height_on_it(void **state_)
{
    enum { PROBLEMS = 600, WAYS = 5 };
    (void) state_;
    for (unsigned long number = 0; number < PROBLEMS; number++) {
        terrain at;
        if (make_terrain(number, 2 + (int) (number % 3), number % 4 != 0, &at)) {
            hax_random random = { number };
            for (int way = 0; way < WAYS; way++)
                go_by_chance(&at, &random);
        }
        free_terrain(&at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_schedule_ends_before_the_first_height),
        cmocka_unit_test(no_way_ends_before_a_height_on_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
