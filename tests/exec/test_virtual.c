/* Plans on the virtual clock: times follow from the law by hand. */
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static double ms(int64_t ns)
{
    return (double) ns * 1e-6;
}

static hax_session *open_session(trio *platform, const hax_session_instance *instances, int count)
{
    hax_session_config config = { .platform = &platform->platform,
                                  .instance_count = count,
                                  .instances = instances,
                                  .traffic = true };
    hax_session *session = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_session_open(&config, &session, &err), HAX_OK);
    return session;
}

static void a_cancelled_session_runs_nothing(void **state)
{
    (void) state;
    const int cpus[] = { 0, 1 };
    trio platform;
    chain net = chain_make();
    hax_cancel cancel = HAX_CANCEL_INIT;
    hax_watch watch = hax_watch_default();
    hax_session *session = NULL;
    hax_error err = { 0 };
    trio_make(&platform, "synthetic", cpus);
    watch.cancel = &cancel;
    const hax_session_instance instance = { "chain", net.model, net.grouping };
    const hax_session_config config = {
        .platform = &platform.platform, .instance_count = 1, .instances = &instance, .watch = &watch
    };
    assert_int_equal(hax_session_open(&config, &session, &err), HAX_OK);
    const hax_plan_job job = { .after = -1 };
    hax_stamp stamp = { .start_ns = -7, .end_ns = -7 };
    hax_cancel_request(&cancel);
    assert_int_equal(hax_session_execute(session, &(hax_plan){ 1, &job }, &stamp, &err),
                     HAX_INTERRUPTED);
    assert_string_equal(err.message, "interrupted");
    assert_true(stamp.start_ns == -7 && stamp.end_ns == -7);
    hax_session_close(session);
    chain_free(&net);
}

/* Costs that are asked for while the plan runs: then it is cancelled. */
static hax_virtual_cost cancel_while_it_runs(const void *context, const hax_plan_job *job)
{
    (void) job;
    hax_cancel_request(*(hax_cancel *const *) context);
    return (hax_virtual_cost){ .alone_ms = 1 };
}

static double no_slowdown(const void *context, int unit, double own_gbps, double external_gbps)
{
    (void) context, (void) unit, (void) own_gbps, (void) external_gbps;
    return 1;
}

static void a_plan_cancelled_on_its_way_is_none(void **state)
{
    (void) state;
    const int cpus[] = { 0, 1 };
    trio platform;
    chain net = chain_make();
    hax_cancel cancel = HAX_CANCEL_INIT, *cancelled = &cancel;
    hax_watch watch = hax_watch_default();
    hax_session *session = NULL;
    hax_error err = { 0 };
    trio_make(&platform, "synthetic", cpus);
    watch.cancel = &cancel;
    const hax_session_instance instance = { "chain", net.model, net.grouping };
    const hax_session_clock clock = { cancel_while_it_runs, no_slowdown, &cancelled };
    const hax_session_config config = { .platform = &platform.platform,
                                        .instance_count = 1,
                                        .instances = &instance,
                                        .clock = &clock,
                                        .watch = &watch };
    assert_int_equal(hax_session_open(&config, &session, &err), HAX_OK);
    const hax_plan_job job = { .after = -1 };
    hax_stamp stamp;
    assert_int_equal(hax_session_execute(session, &(hax_plan){ 1, &job }, &stamp, &err),
                     HAX_INTERRUPTED);
    assert_string_equal(err.message, "interrupted");
    hax_session_close(session);
    chain_free(&net);
}

static void groups_follow_each_other_by_the_law(void **state)
{
    (void) state;
    const int cpus[] = { 0, 1 };
    trio platform;
    chain net = chain_make();
    trio_make(&platform, "synthetic", cpus);
    platform.kinds[0].law = (hax_law){ .overhead_ms = 1, .gmac_per_s = 1e-3 };
    platform.kinds[1].law = (hax_law){ .overhead_ms = 2, .gmac_per_s = 1e-3 };
    hax_session_instance instance = { "chain", net.model, net.grouping };
    hax_session *session = open_session(&platform, &instance, 1);
    const hax_plan_job jobs[] = {
        { .unit = 0, .group = 0, .after = -1 },
        { .unit = 0, .group = 0, .part = HAX_PART_OUT, .to_unit = 1, .after = -1 },
        { .unit = 1, .group = 1, .part = HAX_PART_IN, .from_unit = 0, .after = -1 },
        { .unit = 1, .group = 1, .after = -1 },
        { .unit = 1, .group = 2, .after = -1, .delay_ms = 3 },
    };
    hax_stamp stamps[5];
    hax_plan plan = { 5, jobs };
    hax_error err;
    assert_int_equal(hax_session_execute(session, &plan, stamps, &err), HAX_OK);
    const hax_group *groups = net.grouping->groups;
    double first_ms = 1 + (double) groups[0].macs * 1e-3;
    assert_float_equal(ms(stamps[0].end_ns), first_ms, 1e-5);
    assert_float_equal(ms(stamps[1].end_ns), first_ms + 1, 1e-5);
    assert_float_equal(ms(stamps[2].end_ns), first_ms + 3, 1e-5);
    assert_float_equal(ms(stamps[3].end_ns), first_ms + 5, 1e-5);
    double start_ms = fmax(first_ms + 5, 3);
    assert_float_equal(ms(stamps[4].start_ns), start_ms, 1e-5);
    assert_float_equal(ms(stamps[4].end_ns), start_ms + 2 + (double) groups[2].macs * 1e-3, 1e-5);
    assert_float_equal(hax_stamp_ms(&stamps[2]), 2, 1e-5);
    assert_float_equal(hax_stamps_round_ms(stamps, 5), ms(stamps[4].end_ns), 0);
    assert_float_equal(hax_stamps_round_ms(stamps, 3), ms(stamps[2].end_ns), 0);
    hax_session_close(session);
    chain_free(&net);
}

static void demands_of_others_slow_down(void **state)
{
    (void) state;
    const int cpus[] = { 0, 1 };
    trio platform;
    chain net = chain_make();
    trio_make(&platform, "synthetic", cpus);
    /* all of a job is transfer, so its demand is the bandwidth: 1 GB/s */
    platform.kinds[0].law = (hax_law){ .gbps = 1, .slowdown_per_gbps = 1 };
    platform.kinds[1].law = (hax_law){ .gbps = 1 };
    hax_session_instance instances[2] = { { "a", net.model, net.grouping },
                                          { "b", net.model, net.grouping } };
    hax_session *session = open_session(&platform, instances, 2);
    const hax_plan_job jobs[] = { { .unit = 0, .instance = 0, .after = -1 },
                                  { .unit = 1, .instance = 1, .after = -1 } };
    hax_stamp stamps[2];
    hax_plan plan = { 2, jobs };
    hax_error err;
    assert_int_equal(hax_session_execute(session, &plan, stamps, &err), HAX_OK);
    /* b ends after t; a has done half by then and is alone from there: 1.5 t */
    double t = ms(stamps[1].end_ns);
    assert_true(t > 0);
    assert_float_equal(ms(stamps[0].end_ns), 1.5 * t, 1e-5);
    hax_session_close(session);
    chain_free(&net);
}

static void traffic_presses_and_is_pressed(void **state)
{
    (void) state;
    const int cpus[] = { 0, 1 };
    trio platform;
    chain net = chain_make();
    trio_make(&platform, "synthetic", cpus);
    platform.kinds[0].law = (hax_law){ .overhead_ms = 10, .gbps = 1, .slowdown_per_gbps = 0.5 };
    platform.kinds[1].law = (hax_law){ .gbps = 4, .slowdown_per_gbps = 1 };
    hax_session_instance instance = { "a", net.model, net.grouping };
    hax_session *session = open_session(&platform, &instance, 1);
    const hax_plan_job job = { .after = -1 };
    hax_stamp alone, pressed;
    hax_plan plan = { 1, &job };
    hax_press press = hax_press_begin(5);
    hax_error err;
    assert_int_equal(hax_session_execute(session, &plan, &alone, &err), HAX_OK);
    /* 4 GB/s beside it: three times as long, and it starts when the traffic has settled */
    press.traffic[1] = (hax_traffic){ .work = 0 };
    assert_int_equal(hax_session_press(session, &plan, &press, &pressed, &err), HAX_OK);
    assert_float_equal(ms(pressed.start_ns), 5, 1e-6);
    assert_float_equal(ms(pressed.end_ns - pressed.start_ns), 3 * ms(alone.end_ns), 1e-5);
    /* the traffic alone reaches 4 GB/s, beside the job 4 / (1 + its demand) */
    const hax_group *group = &net.grouping->groups[0];
    double bytes = (double) (group->weight_bytes + group->input_bytes + group->output_bytes);
    double demand_gbps = bytes / (ms(alone.end_ns) * 1e6);
    double before = hax_session_moved(session, 1, 5000000);
    double beside = hax_session_moved(session, 1, pressed.end_ns) - before;
    assert_float_equal(before, 4 * 5e6, 1);
    assert_float_equal(beside, 4 / (1 + demand_gbps) * (double) (pressed.end_ns - 5000000), 10);
    /* half the demand by computing as long as moving */
    press.traffic[1].work = HAX_TRAFFIC_CHUNK / 4;
    assert_int_equal(hax_session_press(session, NULL, &press, NULL, &err), HAX_OK);
    assert_float_equal(hax_session_moved(session, 1, 5000000), 2 * 5e6, 1);
    hax_session_close(session);
    chain_free(&net);
}

static void shared_resources_exclude(void **state)
{
    (void) state;
    const int cpus[] = { 0, 1 };
    trio platform;
    chain net = chain_make();
    trio_make(&platform, "synthetic", cpus);
    platform.kinds[0].law = platform.kinds[1].law = (hax_law){ .overhead_ms = 5 };
    hax_session_instance instances[2] = { { "a", net.model, net.grouping },
                                          { "b", net.model, net.grouping } };
    hax_session *session = open_session(&platform, instances, 2);
    const hax_plan_job jobs[] = { { .unit = 2, .instance = 0, .after = -1 },
                                  { .unit = 1, .instance = 1, .after = -1 },
                                  { .unit = 0, .instance = 0, .group = 1, .after = 0 } };
    hax_stamp stamps[3];
    hax_plan plan = { 3, jobs };
    hax_error err;
    assert_int_equal(hax_session_execute(session, &plan, stamps, &err), HAX_OK);
    assert_float_equal(ms(stamps[1].start_ns), 5, 1e-9);
    assert_float_equal(ms(stamps[2].start_ns), 5, 1e-9);
    hax_session_close(session);
    chain_free(&net);
}

static void bad_plans_are_refused(void **state)
{
    (void) state;
    const int cpus[] = { 0, 1 };
    trio platform;
    chain net = chain_make();
    trio_make(&platform, "synthetic", cpus);
    hax_session_instance instance = { "chain", net.model, net.grouping };
    hax_session *session = open_session(&platform, &instance, 1);
    const hax_plan_job bad[] = {
        { .unit = 3, .after = -1 },
        { .instance = 1, .after = -1 },
        { .group = 3, .after = -1 },
        { .after = 0 },
        { .after = -1, .delay_ms = -1 },
        { .after = -1, .delay_ms = INFINITY },
        { .after = -1, .delay_ms = 1e300 }, /* more nanoseconds than can be counted */
        { .part = HAX_PART_IN, .group = 1, .from_unit = 7, .after = -1 },
        /* nothing crosses there */
        { .part = HAX_PART_IN, .group = 0, .after = -1 },
        { .part = HAX_PART_OUT, .group = 2, .after = -1 },
    };
    hax_stamp stamp;
    hax_error err;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(hax_session_execute(session, &(hax_plan){ 1, &bad[i] }, &stamp, &err),
                         HAX_BAD_INPUT);
    assert_int_equal(hax_session_execute(session, &(hax_plan){ 0, bad }, &stamp, &err),
                     HAX_BAD_INPUT);
    hax_press press = hax_press_begin(1e300);
    press.traffic[0].work = 0;
    assert_int_equal(hax_session_press(session, NULL, &press, NULL, &err), HAX_USAGE);
    hax_session_close(session);
    chain_free(&net);
}

static void instances_wait_for_those_they_come_after(void **state)
{
    (void) state;
    static const int first[] = { 0 };
    const int cpus[] = { 0, 1 };
    trio platform;
    chain net = chain_make();
    trio_make(&platform, "synthetic", cpus);
    platform.kinds[0].law = (hax_law){ .overhead_ms = 2 };
    platform.kinds[1].law = (hax_law){ .overhead_ms = 3 };
    hax_session_instance instances[2] = {
        { "a", net.model, net.grouping, NULL, 0, NULL },
        { "b", net.model, net.grouping, NULL, 1, first },
    };
    hax_session *session = open_session(&platform, instances, 2);
    const hax_plan_job jobs[] = { { .unit = 0, .instance = 0, .group = 0, .after = -1 },
                                  { .unit = 0, .instance = 0, .group = 1, .after = -1 },
                                  { .unit = 1, .instance = 1, .group = 0, .after = -1 } };
    hax_stamp stamps[3];
    hax_plan plan = { 3, jobs };
    hax_error err;
    assert_int_equal(hax_session_execute(session, &plan, stamps, &err), HAX_OK);
    assert_float_equal(ms(stamps[2].start_ns), 4, 1e-6);
    /* alone it waits for nobody */
    plan = (hax_plan){ 1, &jobs[2] };
    assert_int_equal(hax_session_execute(session, &plan, stamps, &err), HAX_OK);
    assert_float_equal(ms(stamps[0].start_ns), 0, 1e-6);
    hax_session_close(session);
    chain_free(&net);
}

/* ---- many jobs: held against the rule as it is written, every pair of jobs looked at ----------
 */

enum { MANY_UNITS = HAX_MAX_UNITS };

typedef struct many {
    trio platform;
    hax_kind kinds[MANY_UNITS];
    hax_unit units[MANY_UNITS];
    hax_session_instance instances[HAX_MAX_INSTANCES];
    int after[HAX_MAX_INSTANCES][2];
    int instance_count;
    hax_plan_job *jobs;
    int job_count;
} many;

/* A unit uses one or two neighbouring resources. */
static void many_units(many *many, int unit_count)
{
    static const int cpus[] = { 0, 1 };
    static const char *const names[] = { "r0", "r1", "r2",  "r3",  "r4",  "r5",  "r6",  "r7",
                                         "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15" };
    trio_make(&many->platform, "synthetic", cpus);
    hax_platform *platform = &many->platform.platform;
    for (int u = 0; u < unit_count; u++) {
        many->kinds[u] = (hax_kind){ .name = names[u],
                                     .driver = "synthetic",
                                     .isa = "",
                                     .precision = "f32",
                                     .law = { .overhead_ms = 1 + u } };
        uint64_t both = (UINT64_C(1) << u) | (UINT64_C(1) << (u + 1) % unit_count);
        many->units[u] = many->platform.units[0];
        many->units[u].name = names[u];
        many->units[u].kind = many->units[u].class_id = u;
        many->units[u].resources = rand() % 4 == 0 ? both : UINT64_C(1) << u;
    }
    platform->resources = names;
    platform->resource_count = platform->unit_count = platform->kind_count = unit_count;
    platform->units = many->units;
    platform->kinds = many->kinds;
}

/* All groups of all instances, an instance's in order, each after what it has to come after. */
static void many_jobs(many *many, int groups)
{
    int next[HAX_MAX_INSTANCES] = { 0 };
    many->job_count = many->instance_count * groups;
    many->jobs = calloc((size_t) many->job_count, sizeof *many->jobs);
    for (int j = 0; j < many->job_count;) {
        int i = rand() % many->instance_count;
        bool held = next[i] == groups;
        for (int a = 0; a < many->instances[i].after_count; a++)
            held = held || next[many->after[i][a]] < groups;
        if (held)
            continue;
        int after = j > 0 && rand() % 8 == 0 ? rand() % j : -1;
        many->jobs[j++] = (hax_plan_job){ .instance = i,
                                          .unit = rand() % many->platform.platform.unit_count,
                                          .group = next[i]++,
                                          .after = after,
                                          .delay_ms = rand() % 4 == 0 ? rand() % 8 : 0 };
    }
}

static void many_make(many *many, const hax_model *model, const hax_grouping *grouping,
                      int instance_count, int unit_count)
{
    memset(many, 0, sizeof *many);
    many_units(many, unit_count);
    many->instance_count = instance_count;
    for (int i = 0; i < instance_count; i++) {
        int after_count = i > 0 ? rand() % 3 : 0;
        for (int a = 0; a < after_count; a++)
            many->after[i][a] = rand() % i;
        many->instances[i] = (hax_session_instance){ .name = "a",
                                                     .model = model,
                                                     .grouping = grouping,
                                                     .after_count = after_count,
                                                     .after = many->after[i] };
    }
    many_jobs(many, grouping->count);
}

static bool must_wait(const many *many, const hax_plan_job *first, const hax_plan_job *second)
{
    if (first->instance == second->instance ||
        (many->units[first->unit].resources & many->units[second->unit].resources) != 0)
        return true;
    for (int a = 0; a < many->instances[second->instance].after_count; a++)
        if (many->after[second->instance][a] == first->instance)
            return true;
    return false;
}

static void many_hold(many *many)
{
    hax_stamp *stamps = calloc((size_t) many->job_count, sizeof *stamps);
    double *end_ms = calloc((size_t) many->job_count, sizeof *end_ms);
    hax_session *session = open_session(&many->platform, many->instances, many->instance_count);
    hax_plan plan = { many->job_count, many->jobs };
    hax_error err = { 0 };
    assert_int_equal(hax_session_execute(session, &plan, stamps, &err), HAX_OK);
    for (int j = 0; j < many->job_count; j++) {
        const hax_plan_job *job = &many->jobs[j];
        double start_ms = job->delay_ms + (job->after < 0 ? 0 : end_ms[job->after]);
        for (int before = 0; before < j; before++)
            if (must_wait(many, &many->jobs[before], job))
                start_ms = fmax(start_ms, end_ms[before]);
        end_ms[j] = start_ms + 1 + job->unit;
        if (fabs(ms(stamps[j].start_ns) - start_ms) > 1e-5 ||
            fabs(ms(stamps[j].end_ns) - end_ms[j]) > 1e-5)
            fail_msg("job %d of %d: %g..%g and not %g..%g", j, many->job_count,
                     ms(stamps[j].start_ns), ms(stamps[j].end_ns), start_ms, end_ms[j]);
    }
    hax_session_close(session);
    free(end_ms);
    free(stamps);
    free(many->jobs);
}

static void random_plans_keep_every_order(void **state)
{
    (void) state;
    chain net = chain_make();
    srand(7);
    for (int round = 0; round < 300; round++) {
        many many;
        many_make(&many, net.model, net.grouping, 1 + rand() % 12, 1 + rand() % 6);
        many_hold(&many);
    }
    chain_free(&net);
}

/* Looking at all pairs of jobs at every event took minutes a round. */
static void the_largest_plans_end(void **state)
{
    (void) state;
    enum { GROUPS = 100 };
    static char text[(GROUPS + 1) * 100] = "input: \"b0\" input_dim: 1 input_dim: 1 "
                                           "input_dim: 1 input_dim: 1\n";
    for (int g = 0; g < GROUPS; g++)
        snprintf(text + strlen(text), 100,
                 "layer { name: \"p%d\" type: \"Power\" bottom: \"b%d\" top: \"b%d\" }\n", g, g,
                 g + 1);
    hax_model *model = NULL;
    const hax_grouping *grouping = NULL;
    many many;
    hax_error err = { 0 };
    if (hax_model_parse_prototxt(text, strlen(text), "long.prototxt", NULL, &model, &err) != HAX_OK)
        fail_msg("%s", err.message);
    assert_int_equal(hax_grouping_make(model, "fine", &grouping, &err), HAX_OK);
    assert_int_equal(grouping->count, GROUPS);
    many_make(&many, model, grouping, HAX_MAX_INSTANCES, HAX_MAX_UNITS);
    many_hold(&many);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cancelled_session_runs_nothing),
        cmocka_unit_test(a_plan_cancelled_on_its_way_is_none),
        cmocka_unit_test(groups_follow_each_other_by_the_law),
        cmocka_unit_test(demands_of_others_slow_down),
        cmocka_unit_test(traffic_presses_and_is_pressed),
        cmocka_unit_test(shared_resources_exclude),
        cmocka_unit_test(instances_wait_for_those_they_come_after),
        cmocka_unit_test(bad_plans_are_refused),
        cmocka_unit_test(random_plans_keep_every_order),
        cmocka_unit_test(the_largest_plans_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
