/*
 * Cyclic plans: the least common period of random rates, solved, against all schedules of its
 * frames; executed on the virtual clock it is as late as planned, period after period. And what is
 * refused.
 */
#include "../exec/fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "haxconn/stream.h"
#include "instrumented.h"
#include "random.h"

enum { PERIODS = TEST_COUNT(10000), NETWORKS = 2, UNITS = 2, GROUPS_MOST = 2, JOBS_MOST = 8 };

typedef struct world {
    trio platform;
    hax_datasheet sheet;
    hax_model *model;
    const hax_grouping *groupings[GROUPS_MOST]; /* [groups - 1] */
    hax_profile_network networks[NETWORKS];
    hax_cost costs[NETWORKS][GROUPS_MOST][UNITS];
    hax_group_spec groups[NETWORKS][GROUPS_MOST];
    hax_instance_spec instances[NETWORKS];
    hax_unit_spec units[UNITS];
    hax_problem problem;
    hax_frame_source sources[NETWORKS];
    int turns[NETWORKS];
    double period_ms;
    int after; /* of the second network; 0: it comes after the first */
    uint64_t seed;
} world;

static double between(hax_random *random, double low, double high)
{
    return low + (high - low) * hax_random_unit(random);
}

/* ---- worlds ---------------------------------------------------------------------------------- */

static void begin(world *world)
{
    static const int cpus[2] = { 0, 1 };
    chain net = chain_make();
    hax_error err;
    memset(world, 0, sizeof *world);
    trio_make(&world->platform, "synthetic", cpus);
    world->platform.platform.datasheet = &world->sheet;
    world->model = net.model;
    hax_grouping_destroy(net.grouping);
    assert_int_equal(hax_grouping_make(world->model, "1", &world->groupings[0], &err), HAX_OK);
    assert_int_equal(hax_grouping_make(world->model, "1,", &world->groupings[1], &err), HAX_OK);
    for (int g = 0; g < GROUPS_MOST; g++)
        assert_int_equal(world->groupings[g]->count, g + 1);
}

static void end(world *world)
{
    for (int g = 0; g < GROUPS_MOST; g++)
        hax_grouping_destroy(world->groupings[g]);
    hax_model_destroy(world->model);
}

static void set_network(world *world, int n, int groups)
{
    static const char *const names[] = { "0", "1" };
    for (int g = 0; g < groups; g++)
        world->groups[n][g] = (hax_group_spec){ .name = names[g], .on = world->costs[n][g] };
    world->instances[n] = (hax_instance_spec){ .name = n ? "b" : "a",
                                               .group_count = groups,
                                               .groups = world->groups[n],
                                               .weight = 1,
                                               .deadline_ms = INFINITY };
    world->networks[n] = (hax_profile_network){ world->instances[n].name, world->model,
                                                world->groupings[groups - 1] };
}

static void set_problem(world *world)
{
    for (int u = 0; u < UNITS; u++)
        world->units[u] = (hax_unit_spec){ .name = u ? "u1" : "u0",
                                           .resources = UINT32_C(1) << u,
                                           .max_pieces = HAX_NO_LIMIT };
    world->problem = (hax_problem){ .resource_count = UNITS,
                                    .resources = trio_resources,
                                    .unit_count = UNITS,
                                    .units = world->units,
                                    .instance_count = NETWORKS,
                                    .instances = world->instances,
                                    .max_transitions = HAX_NO_LIMIT };
}

/* Rates of one to three frames in the period, at most so many jobs in all. */
static void draw(world *world, hax_random *random)
{
    static const int ratios[][NETWORKS] = { { 1, 1 }, { 1, 2 }, { 2, 1 }, { 1, 3 },
                                            { 3, 1 }, { 2, 3 }, { 3, 2 } };
    int jobs, groups[NETWORKS];
    bool chained = hax_random_unit(random) < 0.2;
    do {
        const int *ratio = ratios[hax_random_below(random, 7)];
        jobs = 0;
        for (int n = 0; n < NETWORKS; n++) {
            groups[n] = 1 + (int) hax_random_below(random, GROUPS_MOST);
            world->turns[n] = chained ? ratio[0] : ratio[n];
            jobs += groups[n] * world->turns[n];
        }
    } while (jobs > JOBS_MOST);
    if (chained && world->turns[0] > 1)
        world->turns[0] = world->turns[1] = 1; /* one network's rate alone is the period's */
    int64_t common = 20 + (int64_t) hax_random_below(random, 180);
    world->period_ms = 1e3 / (double) common;
    for (int n = 0; n < NETWORKS; n++) {
        set_network(world, n, groups[n]);
        for (int g = 0; g < groups[n]; g++)
            for (int u = 0; u < UNITS; u++)
                world->costs[n][g][u] = (hax_cost){
                    .allowed = true,
                    .time_ms = world->period_ms * between(random, 0.03, 0.5),
                };
        double rate_hz = (double) (common * world->turns[n]);
        world->sources[n] = hax_frame_source_periodic(rate_hz);
        if (hax_random_unit(random) < 0.5)
            world->sources[n].deadline_ms *= between(random, 0.3, 2);
        if (hax_random_unit(random) < 0.1)
            world->sources[n].deadline_ms = INFINITY; /* due at the end of the period */
        world->sources[n].buffer = 8;
        world->sources[n].policy = HAX_KEEP_QUEUE;
    }
    if (chained) {
        double deadline_ms = world->sources[1].deadline_ms;
        world->after = 0;
        world->instances[1].after = &world->after;
        world->instances[1].after_count = 1;
        world->sources[1] = hax_frame_source_default();
        world->sources[1].deadline_ms = deadline_ms;
        world->sources[1].buffer = 8;
    }
    set_problem(world);
}

/* ---- all schedules --------------------------------------------------------------------------- */

typedef struct search {
    const world *world;
    int done[NETWORKS];        /* jobs of all frames, in their order */
    double ready_ms[NETWORKS]; /* of the next one */
    double free_ms[UNITS];
    double ended_ms[NETWORKS][4]; /* [turn] */
    double late_ms, best_ms;
} search;

static double release_of(const world *world, int n, int turn)
{
    return world->period_ms * turn / world->turns[n];
}

static double due_of(const world *world, int n, int turn)
{
    return fmin(release_of(world, n, turn) + world->sources[n].deadline_ms, world->period_ms);
}

/* Every job as early as it can be, behind what came before on its unit. */
static void try_all(search *from)
{
    bool any = false;
    for (int n = 0; n < NETWORKS; n++) {
        const world *world = from->world;
        int groups = world->instances[n].group_count;
        int turn = from->done[n] / groups, group = from->done[n] % groups;
        if (turn == world->turns[n])
            continue;
        any = true;
        bool takes_over = world->instances[n].after_count > 0;
        if (takes_over && group == 0 &&
            from->done[0] < (turn + 1) * world->instances[0].group_count)
            continue;
        for (int u = 0; u < UNITS; u++) {
            search next = *from;
            double start_ms = fmax(from->ready_ms[n], from->free_ms[u]);
            if (group == 0)
                start_ms = fmax(start_ms,
                                takes_over ? from->ended_ms[0][turn] : release_of(world, n, turn));
            double end_ms = start_ms + world->costs[n][group][u].time_ms;
            next.done[n]++;
            next.ready_ms[n] = next.free_ms[u] = end_ms;
            if (group + 1 == groups) {
                next.ended_ms[n][turn] = end_ms;
                next.late_ms = fmax(next.late_ms, end_ms - due_of(world, n, turn));
            }
            if (next.late_ms < from->best_ms) {
                try_all(&next);
                from->best_ms = fmin(from->best_ms, next.best_ms);
            }
        }
    }
    if (!any)
        from->best_ms = fmin(from->best_ms, from->late_ms);
}

static double least_lateness(const world *world)
{
    search all = { .world = world, .late_ms = -INFINITY, .best_ms = INFINITY };
    try_all(&all);
    return all.best_ms;
}

/* ---- executed -------------------------------------------------------------------------------- */

typedef struct watcher {
    const world *world;
    int64_t first_only; /* frames of the first period only */
    double late_ms;
    int frames;
} watcher;

static void look(void *context, const hax_frame *frame)
{
    watcher *watcher = context;
    const world *world = watcher->world;
    int turns = world->turns[frame->network], turn = (int) (frame->number % turns);
    int64_t period = frame->number / turns;
    assert_false(frame->dropped);
    if (watcher->first_only && period > 0)
        return;
    watcher->frames++;
    watcher->late_ms =
        fmax(watcher->late_ms, 1e-6 * (double) frame->end_ns - (double) period * world->period_ms -
                                   due_of(world, frame->network, turn));
}

static void execute(const world *world, const hax_cycle *cycle, const hax_schedule *schedule)
{
    enum { TIMES = 4 };
    hax_error err = { 0 };
    hax_stream *stream = NULL;
    const hax_stream_result *result = NULL;
    watcher watcher = { world, schedule->value > 0, -INFINITY, 0 };
    hax_stream_config config = hax_stream_config_default();
    config.platform = &world->platform.platform;
    config.network_count = NETWORKS;
    config.networks = world->networks;
    config.problem = &world->problem;
    config.cycle = cycle;
    config.schedule = schedule;
    config.sources = world->sources;
    config.frame_ended = look;
    config.context = &watcher;
    const hax_stream_limits limits = {
        HAX_NO_LIMIT, 1e-3 * world->period_ms * (watcher.first_only ? 0.999 : TIMES - 0.001)
    };
    if (hax_stream_open(&config, &stream, &err) != HAX_OK ||
        hax_stream_run(stream, &limits, &result, &err) != HAX_OK)
        fail_msg("seed %llu: %s", (unsigned long long) world->seed, err.message);
    assert_int_equal(watcher.frames,
                     (world->turns[0] + world->turns[1]) * (watcher.first_only ? 1 : TIMES));
    if (fabs(watcher.late_ms - schedule->value) > 1e-4)
        fail_msg("seed %llu: executed %g ms late, planned %g", (unsigned long long) world->seed,
                 watcher.late_ms, schedule->value);
    hax_stream_result_destroy(result);
    hax_stream_close(stream);
}

static void periods_are_planned_and_kept(void **state)
{
    static world world;
    (void) state;
    begin(&world);
    int kept = 0, missed = 0;
    for (uint64_t seed = 1; seed <= PERIODS; seed++) {
        hax_random random = { seed };
        hax_error err = { 0 };
        const hax_cycle *cycle = NULL;
        const hax_schedule *schedule = NULL;
        world.seed = seed;
        draw(&world, &random);
        if (hax_cycle_make(&world.problem, world.sources, &cycle, &err) != HAX_OK ||
            hax_solve(cycle->problem, NULL, &schedule, &err) != HAX_OK)
            fail_msg("seed %llu: %s", (unsigned long long) seed, err.message);
        assert_true(fabs(cycle->period_ms - world.period_ms) < 1e-9);
        assert_int_equal(cycle->frame_count, world.turns[0] + world.turns[1]);
        double right_ms = least_lateness(&world);
        if (fabs(schedule->value - right_ms) > 1e-6 || schedule->proof != HAX_PROOF_ALL)
            fail_msg("seed %llu: planned %.9g ms late, right is %.9g (proof: %s)",
                     (unsigned long long) seed, schedule->value, right_ms,
                     hax_proof_name(schedule->proof));
        kept += right_ms <= 0;
        missed += right_ms > 0;
        execute(&world, cycle, schedule);
        hax_schedule_destroy(schedule);
        hax_cycle_destroy(cycle);
    }
    assert_true(kept > PERIODS / 10 && missed > PERIODS / 10); /* both kinds are tried */
    end(&world);
}

/* ---- chosen ---------------------------------------------------------------------------------- */

typedef struct worth {
    int64_t late;
    double latency_ms; /* sum of the networks' means */
} worth;

typedef struct tally {
    int64_t ended[NETWORKS], missed[NETWORKS];
    double sum_ms[NETWORKS];
} tally;

static void count_frame(void *context, const hax_frame *frame)
{
    tally *tally = context;
    if (frame->dropped)
        return;
    tally->ended[frame->network]++;
    tally->missed[frame->network] += frame->missed;
    tally->sum_ms[frame->network] += 1e-6 * (double) (frame->end_ns - frame->release_ns);
}

static hax_stream_config config_of(const world *world)
{
    hax_stream_config config = hax_stream_config_default();
    config.platform = &world->platform.platform;
    config.network_count = NETWORKS;
    config.networks = world->networks;
    config.problem = &world->problem;
    config.sources = world->sources;
    return config;
}

/* What a plan comes to in sixteen frames of the slowest network. */
static worth simulate(const world *world, const hax_schedule *schedule, const hax_cycle *cycle)
{
    hax_error err = { 0 };
    hax_stream *stream = NULL;
    const hax_stream_result *result = NULL;
    hax_stream_config config = config_of(world);
    tally tally = { 0 };
    worth worth = { 0 };
    config.schedule = schedule;
    config.cycle = cycle;
    config.frame_ended = count_frame;
    config.context = &tally;
    double slowest_hz = INFINITY;
    for (int n = 0; n < NETWORKS; n++)
        if (world->sources[n].release == HAX_PERIODIC)
            slowest_hz = fmin(slowest_hz, world->sources[n].rate_hz);
    if (hax_stream_open(&config, &stream, &err) != HAX_OK ||
        hax_stream_run(stream, &(hax_stream_limits){ HAX_NO_LIMIT, 16 / slowest_hz }, &result,
                       &err) != HAX_OK)
        fail_msg("seed %llu: %s", (unsigned long long) world->seed, err.message);
    for (int n = 0; n < NETWORKS; n++) {
        worth.late += result->networks[n].released - tally.ended[n] + tally.missed[n];
        worth.latency_ms +=
            tally.ended[n] > 0 ? tally.sum_ms[n] / (double) tally.ended[n] : INFINITY;
    }
    hax_stream_result_destroy(result);
    hax_stream_close(stream);
    return worth;
}

static bool is_better(worth a, worth b)
{
    return a.late != b.late ? a.late < b.late : a.latency_ms < b.latency_ms * (1 - 1e-9);
}

static hax_stream_choice choose(const world *world, const hax_cycle **cycle)
{
    hax_error err = { 0 };
    hax_stream_choice choice;
    const hax_stream_config config = config_of(world);
    if (hax_stream_choose(&config, NULL, false, &choice, cycle, &err) != HAX_OK)
        fail_msg("seed %llu: %s", (unsigned long long) world->seed, err.message);
    return choice;
}

/* Two units, a network of a group each: "a" thrice in 12 ms, "b" once. On one unit both take 14 ms,
 * and none can be on the other unit alone (15 and 20 ms). Only when one frame of "a" goes
 * elsewhere is there room: b 0 to 5 with "a" 0 to 5 on the other, then "a" 5 to 8 and 8 to 11. */
static void make_alternating(world *world)
{
    static const double times_ms[NETWORKS][UNITS] = { { 3, 5 }, { 5, 20 } };
    begin(world);
    world->period_ms = 12;
    for (int n = 0; n < NETWORKS; n++) {
        set_network(world, n, 1);
        world->turns[n] = n == 0 ? 3 : 1;
        for (int u = 0; u < UNITS; u++)
            world->costs[n][0][u] = (hax_cost){ .allowed = true, .time_ms = times_ms[n][u] };
        world->sources[n] = hax_frame_source_periodic(1);
    }
    world->sources[1].rate_hz = 83.333333; /* a multiple of 1e-6: the period is that long */
    world->sources[0].rate_hz = 3 * world->sources[1].rate_hz;
    world->sources[0].deadline_ms = 8;
    world->sources[1].deadline_ms = 12;
    set_problem(world);
}

/* Where frames of one network have to be on several units only a period as a whole can say so. */
static void a_period_is_chosen_where_it_keeps_more(void **state)
{
    static world world;
    const hax_cycle *cycle = NULL;
    (void) state;
    make_alternating(&world);
    hax_stream_choice of_round = choose(&world, NULL), choice = choose(&world, &cycle);
    assert_true(of_round.late > 0);
    assert_non_null(cycle);
    assert_string_equal(choice.schedule->name, "cyclic");
    assert_true(choice.by_frames);
    assert_int_equal(choice.late, 0);
    assert_int_equal(choice.candidates, of_round.candidates + 1);
    worth executed = simulate(&world, choice.schedule, cycle);
    assert_int_equal(executed.late, 0);
    assert_float_equal(executed.latency_ms, choice.latency_ms, 1e-6);
    assert_float_equal(executed.latency_ms, (5 + 4 + 3) / 3.0 + 5, 1e-3);
    hax_schedule_destroy(of_round.schedule);
    hax_schedule_destroy(choice.schedule);
    hax_cycle_destroy(cycle);
    end(&world);
}

/* A period that does not fit, one whose rates are to grow, and one that could not change. */
static void a_period_is_no_candidate(void **state)
{
    static world world;
    hax_error err = { 0 };
    hax_stream_choice choice;
    (void) state;
    make_alternating(&world);
    for (int n = 0; n < 3; n++) {
        const hax_cycle *cycle = NULL;
        hax_stream_config config = config_of(&world);
        config.replan = n == 1;
        if (n == 2)
            world.sources[1].rate_hz *= 0.99;
        assert_int_equal(hax_stream_choose(&config, NULL, n == 0, &choice, &cycle, &err), HAX_OK);
        assert_null(cycle);
        hax_schedule_destroy(choice.schedule);
    }
    end(&world);
}

/* Of random periods: taken where a stream is better off with it, and only there. */
static void a_period_is_chosen_only_where_it_is_better(void **state)
{
    enum { CHOICES = TEST_COUNT(600) };
    static world world;
    int taken = 0, left = 0;
    (void) state;
    begin(&world);
    for (uint64_t seed = 1; seed <= CHOICES; seed++) {
        hax_random random = { seed };
        hax_error err = { 0 };
        const hax_cycle *cycle = NULL, *chosen = NULL;
        const hax_schedule *schedule = NULL;
        world.seed = seed;
        draw(&world, &random);
        hax_stream_choice of_round = choose(&world, NULL), choice = choose(&world, &chosen);
        assert_int_equal(hax_cycle_make(&world.problem, world.sources, &cycle, &err), HAX_OK);
        assert_int_equal(hax_solve(cycle->problem, NULL, &schedule, &err), HAX_OK);
        const worth plain = simulate(&world, of_round.schedule, NULL);
        const worth whole = simulate(&world, schedule, cycle);
        if ((chosen != NULL) != is_better(whole, plain))
            fail_msg("seed %llu: a period comes to %lld late, %g ms, a round to %lld, %g ms: %s",
                     (unsigned long long) seed, (long long) whole.late, whole.latency_ms,
                     (long long) plain.late, plain.latency_ms, chosen ? "taken" : "left");
        assert_int_equal(choice.late, chosen ? whole.late : plain.late);
        taken += chosen && whole.late < plain.late;
        left += !chosen && whole.late > plain.late;
        hax_schedule_destroy(schedule);
        hax_schedule_destroy(of_round.schedule);
        hax_schedule_destroy(choice.schedule);
        hax_cycle_destroy(cycle);
        hax_cycle_destroy(chosen);
    }
    assert_true(CHOICES < 600 || (taken > 0 && left > 0));
    end(&world);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void expect_refused(const world *world, const char *message)
{
    hax_error err = { 0 };
    const hax_cycle *cycle = NULL;
    assert_int_equal(hax_cycle_make(&world->problem, world->sources, &cycle, &err), HAX_BAD_INPUT);
    assert_string_equal(err.message, message);
    assert_null(cycle);
}

static void make_two(world *world)
{
    begin(world);
    for (int n = 0; n < NETWORKS; n++) {
        set_network(world, n, 1);
        for (int u = 0; u < UNITS; u++)
            world->costs[n][0][u] = (hax_cost){ .allowed = true, .time_ms = 1 };
        world->sources[n] = hax_frame_source_periodic(30);
        world->turns[n] = 1;
    }
    set_problem(world);
}

static void what_has_no_period_is_refused(void **state)
{
    static world world;
    static int after[] = { 0, 0 };
    (void) state;
    make_two(&world);
    world.sources[1] = hax_frame_source_periodic(29.97);
    expect_refused(&world, "the least common period of all rates is 33.3333 s: 1999 frames (of 'a' "
                           "alone 1000) and their releases; 64 instances are planned together at "
                           "most");
    world.sources[1] = hax_frame_source_periodic(30 * 40); /* 41 frames, and 39 releases */
    expect_refused(&world, "the least common period of all rates is 0.0333333 s: 41 frames (of 'b' "
                           "alone 40) and their releases; 64 instances are planned together at "
                           "most");
    world.sources[1] = hax_frame_source_periodic(1 / 3.0);
    expect_refused(&world, "'b': a rate of 0.33333333333333331 Hz is no multiple of 1e-06 Hz: it "
                           "has no common period with others that could be planned");
    world.sources[1] = hax_frame_source_default();
    expect_refused(&world, "'b' has no rate: a period is planned of networks with rates");
    world.instances[1].after = after;
    world.instances[1].after_count = 2;
    expect_refused(&world, "'b' comes after 2 networks: frames are taken over from one");
    world.instances[1].after_count = 0;
    end(&world);
}

static void a_machine_full_of_units_is_refused(void **state)
{
    static world world;
    static hax_unit_spec units[HAX_MAX_UNITS];
    static hax_cost costs[HAX_MAX_UNITS];
    static char names[HAX_MAX_UNITS][16];
    (void) state;
    make_two(&world);
    for (int u = 0; u < HAX_MAX_UNITS; u++) {
        snprintf(names[u], sizeof names[u], "u%d", u);
        units[u] = world.units[0];
        units[u].name = names[u];
        costs[u] = world.costs[0][0][0];
    }
    world.problem.unit_count = HAX_MAX_UNITS;
    world.problem.units = units;
    for (int n = 0; n < NETWORKS; n++)
        world.groups[n][0].on = costs;
    expect_refused(&world,
                   "no unit is left for the releases of frames: there are 16 of at most 16, "
                   "and 2 of at most 32 resources");
    end(&world);
}

/* A stream that was opened for a round has no room for a longer period's jobs; a cycle's rates are
 * its own. */
static void a_cycle_in_a_stream(void **state)
{
    static world world;
    hax_error err = { 0 };
    hax_stream *stream = NULL;
    hax_stream_rate rate;
    const hax_cycle *cycle = NULL;
    const hax_schedule *schedule = NULL, *round = NULL;
    (void) state;
    make_two(&world);
    world.sources[1] = hax_frame_source_periodic(30 * 8);
    assert_int_equal(hax_cycle_make(&world.problem, world.sources, &cycle, &err), HAX_OK);
    assert_int_equal(hax_solve(cycle->problem, NULL, &schedule, &err), HAX_OK);
    assert_int_equal(
        hax_schedule_whole(&world.problem, "whole", (const int[]){ 0, 1 }, NULL, &round, &err),
        HAX_OK);
    hax_stream_config config = hax_stream_config_default();
    config.platform = &world.platform.platform;
    config.network_count = NETWORKS;
    config.networks = world.networks;
    config.problem = &world.problem;
    config.schedule = round;
    config.sources = world.sources;
    assert_int_equal(hax_stream_open(&config, &stream, &err), HAX_OK);
    assert_int_equal(hax_stream_change(stream, schedule, cycle, NULL, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "a plan of 9 jobs; this session takes 1 to 6"));
    hax_stream_close(stream);
    config.schedule = schedule;
    config.cycle = cycle;
    assert_int_equal(hax_stream_open(&config, &stream, &err), HAX_OK);
    assert_int_equal(hax_stream_find_rate(stream, 9, &rate, &err), HAX_USAGE);
    assert_non_null(strstr(err.message, "holds for its own rates only"));
    assert_int_equal(hax_stream_change(stream, round, NULL, NULL, &err), HAX_OK);
    assert_int_equal(hax_stream_find_rate(stream, 9, &rate, &err), HAX_OK);
    hax_stream_close(stream);
    hax_schedule_destroy(round);
    hax_schedule_destroy(schedule);
    hax_cycle_destroy(cycle);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(periods_are_planned_and_kept),
        cmocka_unit_test(a_period_is_chosen_where_it_keeps_more),
        cmocka_unit_test(a_period_is_no_candidate),
        cmocka_unit_test(a_period_is_chosen_only_where_it_is_better),
        cmocka_unit_test(what_has_no_period_is_refused),
        cmocka_unit_test(a_machine_full_of_units_is_refused),
        cmocka_unit_test(a_cycle_in_a_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
