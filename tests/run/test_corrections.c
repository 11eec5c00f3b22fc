/*
 * What is learned from jobs, context by context, and what it makes of a problem; by hand: two
 * networks of two groups, 10 ms each, on two units of one kind and one of another.
 */
#define _GNU_SOURCE
#include "../profile/fixture.h"

#include <math.h>

#include "corrections.h"
#include "problem.h"

enum { GROUPS = 2, UNITS = 3, INSTANCES = 2 };

typedef struct scene {
    chain net;
    trio trio;
    hax_profile_network networks[INSTANCES];
    int network_of[INSTANCES];
    hax_correction_frame frame;
    hax_corrections corrections;
    hax_cost costs[GROUPS][UNITS];
    hax_group_spec groups[GROUPS];
    hax_instance_spec instances[INSTANCES];
    hax_unit_spec units[UNITS];
    hax_problem problem;
    hax_group_cost profiled[GROUPS][UNITS];
    const hax_group_cost *rows[GROUPS];
    hax_network_profile network_profiles[INSTANCES];
    hax_profile profile;
} scene;

static void scene_make(scene *scene)
{
    static const char *const resources[] = { "r0", "r1", "r2" };
    const int cpus[] = { 0, 1 };
    memset(scene, 0, sizeof *scene);
    scene->net = chain_make();
    trio_make(&scene->trio, "synthetic", cpus);
    scene->trio.units[1].kind = 0; /* u0 and u1 of one kind, `both` of the other */
    scene->trio.units[2].kind = 1;
    for (int g = 0; g < GROUPS; g++) {
        for (int u = 0; u < UNITS; u++) {
            scene->costs[g][u] = (hax_cost){
                .allowed = true, .time_ms = 10, .gbps = 4, .out_ms = g == 0, .in_ms = g
            };
            scene->profiled[g][u].run = (hax_summary){ .count = 9, .median = 10, .spread = 0.002 };
        }
        scene->groups[g] = (hax_group_spec){ .name = g ? "1" : "0", .on = scene->costs[g] };
        scene->rows[g] = scene->profiled[g];
    }
    for (int i = 0; i < INSTANCES; i++) {
        scene->networks[i] =
            (hax_profile_network){ i ? "b" : "a", scene->net.model, scene->net.grouping };
        scene->network_of[i] = i;
        scene->instances[i] = (hax_instance_spec){ .name = i ? "b" : "a",
                                                   .group_count = GROUPS,
                                                   .groups = scene->groups,
                                                   .weight = 1,
                                                   .deadline_ms = INFINITY };
        scene->network_profiles[i] =
            (hax_network_profile){ .group_count = GROUPS, .cost = scene->rows };
    }
    for (int u = 0; u < UNITS; u++)
        scene->units[u] = (hax_unit_spec){ .name = scene->trio.units[u].name,
                                           .resources = 1u << u,
                                           .max_pieces = -1,
                                           .kind = u < 2 ? "first" : NULL };
    scene->problem = (hax_problem){ .resource_count = UNITS,
                                    .resources = resources,
                                    .unit_count = UNITS,
                                    .units = scene->units,
                                    .instance_count = INSTANCES,
                                    .instances = scene->instances,
                                    .max_transitions = -1 };
    scene->profile = (hax_profile){ .platform = &scene->trio.platform,
                                    .network_count = INSTANCES,
                                    .networks = scene->network_profiles };
    scene->frame = (hax_correction_frame){ .platform = &scene->trio.platform,
                                           .instance_count = INSTANCES,
                                           .networks = scene->networks,
                                           .network_of = scene->network_of };
    scene->corrections.frame = &scene->frame;
}

static void scene_free(scene *scene)
{
    hax_corrections_free(&scene->corrections);
    chain_free(&scene->net);
}

static hax_timed_job job(int instance, int group, hax_part part, int unit, double took_ms)
{
    return (hax_timed_job){ .instance = instance,
                            .group = group,
                            .part = part,
                            .unit = unit,
                            .from_unit = -1,
                            .first_group = group,
                            .alone_ms = part == HAX_PART_RUN ? 10 : 0,
                            .took = { .count = 5, .median = took_ms, .spread = 0.001 } };
}

/* *news as hax_corrections_learn says. */
static int learn(scene *scene, const hax_timed_job *jobs, int count)
{
    const hax_timeline timeline = { .job_count = count, .jobs = jobs };
    const hax_problem *corrected = NULL;
    hax_error err = { 0 };
    int news = -1;
    assert_int_equal(hax_corrections_apply(&scene->corrections, &scene->problem, &corrected, &err),
                     HAX_OK);
    const hax_lesson lesson = { .profile = &scene->profile,
                                .problem = &scene->problem,
                                .corrected = corrected,
                                .row_count = 1,
                                .timelines = &timeline };
    assert_int_equal(hax_corrections_learn(&scene->corrections, &lesson, &news, &err), HAX_OK);
    hax_problem_destroy(corrected);
    return news;
}

static const hax_problem *apply(const scene *scene)
{
    const hax_problem *corrected = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_corrections_apply(&scene->corrections, &scene->problem, &corrected, &err),
                     HAX_OK);
    return corrected;
}

static double learned(const scene *scene, hax_correction_kind kind, int instance, int group,
                      int unit, int from)
{
    const hax_known_correction *known =
        hax_corrections_find(&scene->corrections, kind, instance, group, unit, from);
    return known && known->changes ? known->public.learned : NAN;
}

/* Alone, beside others, and a change within the kind: each in its context, and nothing twice. */
static void each_context_is_learned_apart(void **state)
{
    (void) state;
    scene scene;
    scene_make(&scene);
    hax_timed_job jobs[] = { job(0, 0, HAX_PART_RUN, 0, 12), job(0, 1, HAX_PART_RUN, 1, 13.5),
                             job(1, 0, HAX_PART_RUN, 1, 10.05), job(1, 1, HAX_PART_RUN, 1, 16) };
    jobs[1].enters = true;
    jobs[3].beside = true;
    jobs[3].contention_ms = 3;
    assert_int_equal(learn(&scene, jobs, 4), 3);
    assert_float_equal(learned(&scene, HAX_CORRECTED_ALONE, 0, 0, 0, -1), 12, 1e-9);
    assert_float_equal(learned(&scene, HAX_CORRECTED_ENTERING, 0, 1, 1, 0), 3.5, 1e-9);
    assert_float_equal(learned(&scene, HAX_CORRECTED_CONTENTION, 1, 1, 1, -1), 2, 1e-9);
    assert_true(isnan(learned(&scene, HAX_CORRECTED_ALONE, 1, 0, 1, -1))); /* within a percent */
    const hax_problem *corrected = apply(&scene);
    assert_float_equal(hax_cost_of(corrected, 0, 0, 0)->time_ms, 12, 1e-9);
    assert_float_equal(hax_cost_of(corrected, 1, 0, 0)->time_ms, 10, 0); /* another network */
    assert_float_equal(hax_in_between(corrected, 0, 1, 0, 1).ms, 3.5, 1e-9);
    assert_float_equal(hax_cost_own_gbps(hax_cost_of(corrected, 1, 1, 1)), 8, 1e-9);
    assert_float_equal(hax_cost_of(corrected, 1, 1, 1)->gbps, 4, 0); /* others feel the same */
    /* cuts between these units that were not tried, and changes within the kind of which nothing
     * is known, cost as much more; those between kinds are known */
    assert_float_equal(hax_in_between(corrected, 1, 1, 0, 1).ms, 3.5, 1e-9);
    assert_float_equal(hax_in_between(corrected, 0, 1, 1, 0).ms, 3.5, 1e-9);
    assert_float_equal(hax_in_between(corrected, 0, 1, 2, 0).ms, 1, 0);
    hax_problem_destroy(corrected);
    /* the same again is no news: what contention there is is predicted now */
    jobs[0].alone_ms = 12;
    jobs[3].contention_ms = 6;
    assert_int_equal(learn(&scene, jobs, 4), 0);
    scene_free(&scene);
}

/* Between kinds: OUT, and IN with what the group takes longer behind it; beside others, without the
 * contention that is predicted. */
static void hand_overs_are_learned(void **state)
{
    (void) state;
    scene scene;
    scene_make(&scene);
    hax_timed_job jobs[] = { job(0, 0, HAX_PART_RUN, 0, 10), job(0, 0, HAX_PART_OUT, 0, 2),
                             job(0, 1, HAX_PART_IN, 2, 1.5), job(0, 1, HAX_PART_RUN, 2, 14) };
    jobs[2].from_unit = 0;
    jobs[3].beside = true;
    jobs[3].contention_ms = 1;
    assert_int_equal(learn(&scene, jobs, 4), 2);
    assert_float_equal(learned(&scene, HAX_CORRECTED_OUT, 0, 0, 0, -1), 2, 1e-9);
    assert_float_equal(learned(&scene, HAX_CORRECTED_ENTERING, 0, 1, 2, 0), 4.5, 1e-9);
    const hax_problem *corrected = apply(&scene);
    assert_float_equal(hax_out_between(corrected, 0, 0, 0, 2).ms, 2, 1e-9);
    assert_float_equal(hax_in_between(corrected, 0, 1, 0, 2).ms, 4.5, 1e-9);
    assert_float_equal(hax_in_between(corrected, 1, 1, 0, 2).ms, 4.5, 1e-9); /* 1 + 3.5 */
    assert_float_equal(hax_in_between(corrected, 1, 1, 0, 1).ms, 0, 0);      /* within the kind */
    hax_problem_destroy(corrected);
    scene_free(&scene);
}

/* What both medians are uncertain by, and the middle of what several deployments say. */
static void what_may_be_chance_is_not_learned(void **state)
{
    (void) state;
    scene scene;
    scene_make(&scene);
    hax_timed_job jobs[] = { job(0, 0, HAX_PART_RUN, 0, 12), job(0, 1, HAX_PART_RUN, 0, 12) };
    jobs[0].took.spread = 0.2;
    assert_int_equal(learn(&scene, jobs, 2), 1);
    assert_true(isnan(learned(&scene, HAX_CORRECTED_ALONE, 0, 0, 0, -1)));
    assert_float_equal(learned(&scene, HAX_CORRECTED_ALONE, 0, 1, 0, -1), 12, 1e-9);
    scene_free(&scene);
    scene_make(&scene);
    hax_timed_job same[] = { job(0, 0, HAX_PART_RUN, 0, 12), job(0, 1, HAX_PART_RUN, 0, 10),
                             job(1, 0, HAX_PART_RUN, 0, 14), job(1, 1, HAX_PART_RUN, 0, 10) };
    scene.network_of[1] = 0; /* one network twice: contexts are pooled */
    assert_int_equal(learn(&scene, same, 4), 1);
    const hax_known_correction *known =
        hax_corrections_find(&scene.corrections, HAX_CORRECTED_ALONE, 1, 0, 0, -1);
    assert_float_equal(known->public.learned, 13, 1e-9);
    assert_true(known->public.spread > 0.5);
    assert_int_equal(known->public.rows, 2);
    scene_free(&scene);
}

/* A device that stamps only some jobs says nothing of single ones. */
static void jobs_without_stamps_teach_nothing(void **state)
{
    (void) state;
    scene scene;
    scene_make(&scene);
    hax_timed_job jobs[] = { job(0, 0, HAX_PART_RUN, 0, 0), job(0, 1, HAX_PART_RUN, 0, 31) };
    jobs[0].first_group = -1;
    jobs[1].first_group = 0;
    assert_int_equal(learn(&scene, jobs, 2), 0);
    scene_free(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_context_is_learned_apart),
        cmocka_unit_test(hand_overs_are_learned),
        cmocka_unit_test(what_may_be_chance_is_not_learned),
        cmocka_unit_test(jobs_without_stamps_teach_nothing),
    };
    return cmocka_run_group_tests_name("corrections", tests, NULL, NULL);
}
