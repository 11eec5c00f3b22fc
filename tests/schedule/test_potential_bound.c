/*
 * The heights of potential_bound.h are bounds: at the start for the best schedule, on the way for
 * every schedule, and between the points of a hull.
 */
#include "potential_bound.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "haxconn/schedule.h"
#include "lower_bound.h"
#include "minmax.h"
#include "problem.h"
#include "random.h"
#include "random_problem.h"

static const double slack = 1e-9;

/* A problem's set and potential; `potential.set` is NULL where there is none. */
typedef struct bounded {
    const hax_problem *problem;
    hax_instance_set set;
    hax_potential_bound potential;
} bounded;

/* false: no instance has a way. */
static bool make_bounded(unsigned long number, int instances, bool contention, bounded *result)
{
    hax_error err;
    *result = (bounded){ .problem = random_problem(
                             number, &(random_options){ .contention = contention,
                                                        .group_max = 3,
                                                        .unit_max = 3,
                                                        .kinds = true,
                                                        .instance_count = instances }) };
    if (hax_instance_set_make(result->problem, false, NULL, &result->set, &err) != HAX_OK)
        return false;
    assert_int_equal(hax_potential_make(&result->set, 0, NULL, &result->potential, &err), HAX_OK);
    return result->potential.instances;
}

static void free_bounded(bounded *bounded)
{
    hax_potential_free(&bounded->potential);
    hax_instance_set_free(&bounded->set);
    hax_problem_destroy(bounded->problem);
}

static hax_round_state *start_of(const bounded *bounded)
{
    hax_round_state *state = malloc(hax_round_state_size(&bounded->set));
    assert_non_null(state);
    hax_round_state_begin(&bounded->set, state);
    return state;
}

static bool takes_time(const hax_problem *problem)
{
    for (int i = 0; i < problem->instance_count; i++)
        for (int g = 0; g < problem->instances[i].group_count; g++)
            for (int u = 0; u < problem->unit_count; u++)
                if (hax_cost_of(problem, i, g, u)->allowed &&
                    hax_cost_of(problem, i, g, u)->time_ms <= 0)
                    return false;
    return true;
}

/* However often they are moved, heights come to rest; they once ran away from each other, and no
 * bound was left. */
static void heights_come_to_rest(void **state_)
{
    enum { PROBLEMS = 300 };
    int looked = 0;
    (void) state_;
    for (unsigned long number = 0; number < PROBLEMS; number++) {
        bounded context;
        bool made = make_bounded(number / 2, 4, number % 2, &context);
        if (context.set.problem && takes_time(context.problem)) {
            assert_true(made);
            for (size_t p = 0; p < context.potential.points; p++)
                assert_true(isfinite(context.potential.potential[p]));
            looked++;
        }
        free_bounded(&context);
    }
    assert_true(looked > PROBLEMS / 10);
}

/* Rates that no float holds: there is no potential, or its heights are numbers. */
static void times_beyond_floats_have_no_heights(void **state_)
{
    static const double sizes[] = { 1e-200, 1e-40, 1e-18, 1e18, 1e40, 1e200 };
    (void) state_;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        double factors[HAX_MAX_UNITS];
        hax_error err;
        bounded context;
        const hax_problem *scaled;
        hax_instance_set set;
        hax_potential_bound potential;
        make_bounded(7, 3, true, &context);
        assert_true(takes_time(context.problem));
        for (int u = 0; u < context.problem->unit_count; u++)
            factors[u] = sizes[s];
        assert_int_equal(hax_problem_scale(context.problem, factors, &scaled, &err), HAX_OK);
        assert_int_equal(hax_instance_set_make(scaled, false, NULL, &set, &err), HAX_OK);
        assert_int_equal(hax_potential_make(&set, 0, NULL, &potential, &err), HAX_OK);
        assert_null(potential.instances);
        hax_potential_free(&potential);
        hax_instance_set_free(&set);
        hax_problem_destroy(scaled);
        free_bounded(&context);
    }
}

/* Two instances: the table knows the best end over all schedules. */
static void no_schedule_ends_before_the_first_height(void **state_)
{
    enum { PROBLEMS = 1500 };
    int compared = 0;
    double closest = 0;
    (void) state_;
    for (unsigned long number = 0; number < PROBLEMS; number++) {
        bounded context;
        const hax_schedule *best = NULL;
        hax_error err;
        if (make_bounded(number, 2, number % 4 != 0, &context) &&
            context.problem->objective == HAX_LATENCY &&
            hax_solve(context.problem, NULL, &best, &err) == HAX_OK &&
            best->proof == HAX_PROOF_ALL) {
            hax_round_state *start = start_of(&context);
            double height = hax_potential_value(&context.potential, start);
            assert_true(height <= best->value * (1 + slack));
            closest = hax_max(closest, height / best->value);
            compared++;
            free(start);
        }
        hax_schedule_destroy(best);
        free_bounded(&context);
    }
    print_message("%d problems, the closest height %.4f of the best end\n", compared, closest);
    assert_true(compared > PROBLEMS / 10);
    assert_true(closest > 0.9);
}

/* ---- on the way ------------------------------------------------------------------------------ */

/* One of the decisions at a state, drawn by chance. */
typedef struct draw {
    const bounded *at;
    hax_random *random;
    int seen;
    hax_round_state *taken;
} draw;

static bool draw_next(void *context, hax_round_state *decided)
{
    draw *of = context;
    if (hax_random_below(of->random, (uint64_t) ++of->seen) == 0)
        hax_round_state_copy(&of->at->set, of->taken, decided);
    return true;
}

/* Between two points that differ by chance the planes lie nowhere above the heights. */
static void check_planes(const bounded *bounded, const hax_round_state *now, hax_random *random)
{
    hax_convex_set points;
    hax_potential_plane planes[POTENTIAL_PLANES];
    double rates[POTENTIAL_INSTANCES] = { 0 };
    assert_true(hax_convex_set_make(&points, 1 + bounded->set.count, 1 + bounded->set.count));
    for (int i = 0; i < bounded->set.count; i++)
        if (now->actors[i].item >= 0)
            rates[i] = 0.5 + 0.5 * hax_random_unit(random);
    points.count = 2;
    for (int p = 0; p < 2; p++) {
        double *point = hax_convex_set_point(&points, p);
        point[0] = now->now_ms;
        for (int i = 0; i < bounded->set.count; i++) /* any rest of the item */
            if (rates[i] > 0)
                point[1 + i] =
                    point[0] + hax_random_unit(random) *
                                   bounded->set.automata[i].items[now->actors[i].item].ms /
                                   rates[i];
    }
    int count = hax_potential_planes(&bounded->potential, now, &points, rates, planes);
    hax_round_state *between = malloc(hax_round_state_size(&bounded->set));
    assert_non_null(between);
    for (int step = 0; step <= 8; step++) {
        double share = step / 8.0, lowest = INFINITY;
        hax_round_state_copy(&bounded->set, between, now);
        for (int i = 0; i < bounded->set.count; i++)
            if (rates[i] > 0)
                between->actors[i].left_ms =
                    rates[i] * ((1 - share) * (hax_convex_set_point(&points, 0)[1 + i] -
                                               hax_convex_set_point(&points, 0)[0]) +
                                share * (hax_convex_set_point(&points, 1)[1 + i] -
                                         hax_convex_set_point(&points, 1)[0]));
        for (int p = 0; p < count; p++) {
            double height = planes[p].constant;
            for (int i = 0; i < bounded->set.count; i++)
                if (rates[i] > 0)
                    height += planes[p].slope[i] * between->actors[i].left_ms / rates[i];
            lowest = hax_min(lowest, height);
        }
        assert_true(lowest <= hax_potential_value(&bounded->potential, between) + 1e-6);
    }
    free(between);
    hax_convex_set_free(&points);
}

/* Goes through a round by chance; the promises on the way must not be broken. */
static void go_by_chance(const bounded *bounded, hax_random *random)
{
    enum { EVENTS_MOST = 200 };
    hax_round_state *now = start_of(bounded), *taken = start_of(bounded);
    double ends_no_sooner = 0;
    bool stuck = false;
    for (int event = 0; now->unfinished && event < EVENTS_MOST && !stuck; event++) {
        draw of = { bounded, random, 0, taken };
        ends_no_sooner =
            hax_max(ends_no_sooner, now->now_ms + hax_potential_value(&bounded->potential, now));
        check_planes(bounded, now, random);
        hax_round_state_decide(&bounded->set, now, draw_next, &of);
        hax_round_state_copy(&bounded->set, now, taken);
        stuck = !hax_round_state_advance(&bounded->set, now, hax_lower_bound_finished);
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
        bounded context;
        if (make_bounded(number, 2 + (int) (number % 3), number % 4 != 0, &context)) {
            hax_random random = { number };
            for (int way = 0; way < WAYS; way++)
                go_by_chance(&context, &random);
        }
        free_bounded(&context);
    }
}

/* Units of one cost are exchanged only where their kinds and what is paid between them allow it. */
static void units_are_alike_by_what_moves_cost_too(void **state)
{
    (void) state;
    static const struct {
        const char *u_kind, *w_kind, *enter; /* `enter`: of both groups on w */
        int alike[3];
    } cases[] = {
        { "", "", "", { -1, 0, 1 } },
        { ", \"kind\": \"k\"", ", \"kind\": \"k\"", "", { -1, -1, 0 } },
        { ", \"kind\": \"k\"", "", "", { -1, 0, 1 } },
        { "", "", ", \"enter_ms\": {\"u\": 0.5}", { -1, -1, -1 } },
        { "", "", ", \"enter_ms\": {\"u\": 0.5, \"v\": 0.5}", { -1, 0, -1 } },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char text[1500], on[300];
        snprintf(on, sizeof on,
                 "{\"u\": {\"time_ms\": 1}, \"v\": {\"time_ms\": 1}, \"w\": {\"time_ms\": 1%s}}",
                 cases[c].enter);
        snprintf(text, sizeof text,
                 "{\"schema\": \"haxconn/problem\", \"version\": 3, \"resources\": [\"a\", \"b\", "
                 "\"c\"], \"units\": [{\"name\": \"u\", \"uses\": [\"a\"]%s}, {\"name\": \"v\", "
                 "\"uses\": [\"b\"]}, {\"name\": \"w\", \"uses\": [\"c\"]%s}], \"instances\": "
                 "[{\"name\": \"i\", \"groups\": [{\"name\": \"g\", \"on\": %s}, {\"name\": \"h\", "
                 "\"on\": %s}]}]}",
                 cases[c].u_kind, cases[c].w_kind, on, on);
        const hax_problem *problem = NULL;
        hax_instance_set instances;
        hax_error err = { 0 };
        if (hax_problem_parse(text, strlen(text), "alike", &problem, &err) != HAX_OK)
            fail_msg("%s", err.message);
        assert_int_equal(hax_instance_set_make(problem, false, NULL, &instances, &err), HAX_OK);
        for (int u = 0; u < 3; u++)
            if (instances.unit_symmetric_to[u] != cases[c].alike[u])
                fail_msg("case %zu: unit %d is like %d, not %d", c, u,
                         instances.unit_symmetric_to[u], cases[c].alike[u]);
        hax_instance_set_free(&instances);
        hax_problem_destroy(problem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_are_alike_by_what_moves_cost_too),
        cmocka_unit_test(no_schedule_ends_before_the_first_height),
        cmocka_unit_test(no_way_ends_before_a_height_on_it),
        cmocka_unit_test(heights_come_to_rest),
        cmocka_unit_test(times_beyond_floats_have_no_heights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
