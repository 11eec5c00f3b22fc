/*
 * Random streams on a virtual clock against a simulation of their own (reference.h): random group
 * times, hand-overs, demands, slowdown functions, schedules over units that share resources, rates,
 * deadlines, buffers, policies, chains of networks. Every frame's release, start, end, drop and
 * miss are equal, to the nanosecond.
 */
#include "../exec/fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "haxconn/stream.h"
#include "instrumented.h"
#include "random.h"
#include "reference.c"

enum { STREAMS = TEST_COUNT(6000), GROUPS = 3, UNITS = 3 };

typedef struct world {
    trio platform;
    hax_datasheet sheet; /* that there is one makes times the problem's */
    chain net;
    hax_profile_network networks[REF_NETWORKS];
    hax_cost costs[REF_NETWORKS][GROUPS][UNITS];
    hax_group_spec groups[REF_NETWORKS][GROUPS];
    hax_instance_spec instances[REF_NETWORKS];
    int after[REF_NETWORKS];
    char names[REF_NETWORKS][8];
    hax_unit_spec units[UNITS];
    hax_problem problem;
    const hax_schedule *schedule;
    hax_frame_source sources[REF_NETWORKS];
    ref_stream right;
    int told[REF_NETWORKS]; /* frames so far */
    uint64_t seed;
} world;

static double between(hax_random *random, double low, double high)
{
    return low + (high - low) * hax_random_unit(random);
}

static bool chance(hax_random *random, double share)
{
    return hax_random_unit(random) < share;
}

/* ---- problems -------------------------------------------------------------------------------- */

static void draw_costs(world *world, hax_random *random, int n)
{
    bool handed = chance(random, 0.5), demands = chance(random, 0.7);
    for (int g = 0; g < GROUPS; g++) {
        for (int u = 0; u < UNITS; u++) {
            hax_cost *cost = &world->costs[n][g][u];
            *cost = (hax_cost){ .allowed = true,
                                .time_ms = chance(random, 0.1) ? 0 : between(random, 0.1, 10),
                                .gbps = demands ? between(random, 0, 20) : 0 };
            if (handed && g + 1 < GROUPS)
                cost->out_ms = between(random, 0, 1);
            if (handed && g > 0)
                cost->in_ms = between(random, 0, 1);
            if (demands && chance(random, 0.3))
                cost->own_gbps = between(random, 1, 20);
        }
        world->groups[n][g] = (hax_group_spec){ .name = g == 0   ? "0"
                                                        : g == 1 ? "1"
                                                                 : "2",
                                                .on = world->costs[n][g] };
    }
}

static void draw_problem(world *world, hax_random *random, int count)
{
    for (int u = 0; u < UNITS; u++) {
        world->units[u] = (hax_unit_spec){ .name = world->platform.units[u].name,
                                           .resources = world->platform.units[u].resources,
                                           .max_pieces = HAX_NO_LIMIT };
        if (chance(random, 0.6))
            world->units[u].slowdown =
                (hax_slowdown){ .kind = HAX_SLOWDOWN_LINEAR, .per_gbps = between(random, 0, 0.1) };
    }
    for (int n = 0; n < count; n++) {
        draw_costs(world, random, n);
        snprintf(world->names[n], sizeof world->names[n], "n%d", n);
        world->instances[n] = (hax_instance_spec){ .name = world->names[n],
                                                   .group_count = GROUPS,
                                                   .groups = world->groups[n],
                                                   .weight = 1,
                                                   .deadline_ms = INFINITY };
        if (n > 0 && chance(random, 0.25)) {
            world->after[n] = (int) hax_random_below(random, (uint64_t) n);
            world->instances[n].after_count = 1;
            world->instances[n].after = &world->after[n];
        }
        world->networks[n] =
            (hax_profile_network){ world->names[n], world->net.model, world->net.grouping };
    }
    world->problem = (hax_problem){ .resource_count = 2,
                                    .resources = trio_resources,
                                    .unit_count = UNITS,
                                    .units = world->units,
                                    .instance_count = count,
                                    .instances = world->instances,
                                    .max_transitions = HAX_NO_LIMIT };
}

/* ---- schedules ------------------------------------------------------------------------------- */

/* The jobs of a group, hand-overs that cost something included. */
static int list_group(const world *world, int n, int g, const int *units, hax_job *jobs)
{
    int count = 0;
    const hax_cost *on = world->costs[n][g];
    if (g > 0 && units[g - 1] != units[g] && on[units[g]].in_ms > 0)
        jobs[count++] = (hax_job){ .unit = units[g], .group = g, .part = HAX_PART_IN };
    jobs[count++] = (hax_job){ .unit = units[g], .group = g, .part = HAX_PART_RUN };
    if (g + 1 < GROUPS && units[g + 1] != units[g] && on[units[g]].out_ms > 0)
        jobs[count++] = (hax_job){ .unit = units[g], .group = g, .part = HAX_PART_OUT };
    for (int j = 0; j < count; j++) {
        jobs[j].instance = n;
        jobs[j].after = -1;
    }
    return count;
}

/* Groups of all networks in a random order that keeps each network's, and chains of networks. */
static void draw_schedule(world *world, hax_random *random)
{
    hax_job jobs[REF_NETWORKS * GROUPS * 3];
    int units[REF_NETWORKS][GROUPS], next[REF_NETWORKS] = { 0 };
    int count = 0, left = world->problem.instance_count * GROUPS;
    hax_error err = { 0 };
    for (int n = 0; n < world->problem.instance_count; n++) {
        int whole = (int) hax_random_below(random, UNITS);
        bool split = chance(random, 0.7);
        for (int g = 0; g < GROUPS; g++)
            units[n][g] = split ? (int) hax_random_below(random, UNITS) : whole;
    }
    while (left > 0) {
        int n = (int) hax_random_below(random, (uint64_t) world->problem.instance_count);
        bool waits = world->instances[n].after_count > 0 && next[world->after[n]] < GROUPS;
        if (next[n] == GROUPS || waits)
            continue;
        count += list_group(world, n, next[n]++, units[n], &jobs[count]);
        left--;
    }
    if (hax_schedule_evaluate(&world->problem, "random", count, jobs, &world->schedule, &err) !=
        HAX_OK)
        fail_msg("seed %llu: %s", (unsigned long long) world->seed, err.message);
}

/* ---- what is right --------------------------------------------------------------------------- */

/* Does another network's job need the unit's resources between two jobs of the schedule? */
static bool comes_between(const world *world, int from, int to, int n, int unit)
{
    for (int j = from + 1; j < to; j++) {
        const hax_job *job = &world->schedule->jobs[j];
        if (job->instance != n && job->part == HAX_PART_RUN &&
            (world->units[job->unit].resources & world->units[unit].resources))
            return true;
    }
    return false;
}

static int find_run(const world *world, int n, int g)
{
    for (int j = 0; j < world->schedule->job_count; j++)
        if (world->schedule->jobs[j].instance == n && world->schedule->jobs[j].group == g &&
            world->schedule->jobs[j].part == HAX_PART_RUN)
            return j;
    fail();
    return -1;
}

static void tell_job(ref_network *network, int unit, double ms, double gbps, double own_gbps,
                     bool begins)
{
    network->jobs[network->job_count++] =
        (ref_job){ ms, gbps, own_gbps > 0 ? own_gbps : gbps, unit, begins };
}

/* Every change of unit is handed over, be it in no time. */
static void tell_network(world *world, int n)
{
    ref_network *network = &world->right.networks[n];
    const int *units = world->schedule->assignment[n];
    *network = (ref_network){ .source = world->sources[n],
                              .after = world->instances[n].after_count ? world->after[n] : -1 };
    for (int g = 0; g < GROUPS; g++) {
        int u = units[g];
        const hax_cost *cost = &world->costs[n][g][u];
        bool entered = g > 0 && units[g - 1] != u;
        bool begins = g == 0 || entered ||
                      comes_between(world, find_run(world, n, g - 1), find_run(world, n, g), n, u);
        if (entered)
            tell_job(network, u, cost->in_ms, cost->in_gbps, 0, true);
        tell_job(network, u, cost->time_ms, cost->gbps, cost->own_gbps, begins && !entered);
        if (g + 1 < GROUPS && units[g + 1] != u)
            tell_job(network, u, cost->out_ms, cost->out_gbps, 0, false);
    }
}

static void tell_right(world *world, const hax_stream_limits *limits)
{
    world->right.network_count = world->problem.instance_count;
    world->right.frames = limits->frames;
    world->right.seconds = limits->seconds;
    for (int u = 0; u < UNITS; u++) {
        world->right.resources[u] = world->units[u].resources;
        world->right.slowdown[u] = &world->units[u].slowdown;
    }
    for (int n = 0; n < world->problem.instance_count; n++)
        tell_network(world, n);
    ref_simulate(&world->right);
}

/* ---- streams --------------------------------------------------------------------------------- */

static void draw_sources(world *world, hax_random *random)
{
    for (int n = 0; n < world->problem.instance_count; n++) {
        hax_frame_source *source = &world->sources[n];
        *source = hax_frame_source_default();
        if (world->instances[n].after_count == 0 && chance(random, 0.7))
            *source = hax_frame_source_periodic(between(random, 10, 200));
        if (chance(random, 0.3))
            source->deadline_ms = between(random, 1, 60);
        if (chance(random, 0.2))
            source->deadline_ms = INFINITY;
        source->buffer = 1 + (int) hax_random_below(random, 3);
        source->policy = chance(random, 0.5) ? HAX_KEEP_LATEST : HAX_KEEP_QUEUE;
    }
}

static void check_frame(void *context, const hax_frame *frame)
{
    world *world = context;
    const ref_network *right = &world->right.networks[frame->network];
    int told = world->told[frame->network]++;
    if (told >= right->frame_count)
        fail_msg("seed %llu: network %d has more than %d frames", (unsigned long long) world->seed,
                 frame->network, right->frame_count);
    const ref_frame *other = &right->frames[told];
    if (frame->number != other->number || frame->dropped != other->dropped ||
        frame->missed != other->missed || frame->release_ns != other->release_ns ||
        frame->start_ns != other->start_ns || frame->end_ns != other->end_ns)
        fail_msg("seed %llu: network %d, frame %lld (%d): %d %d %lld %lld %lld, right: frame %lld: "
                 "%d %d %lld %lld %lld",
                 (unsigned long long) world->seed, frame->network, (long long) frame->number, told,
                 frame->dropped, frame->missed, (long long) frame->release_ns,
                 (long long) frame->start_ns, (long long) frame->end_ns, (long long) other->number,
                 other->dropped, other->missed, (long long) other->release_ns,
                 (long long) other->start_ns, (long long) other->end_ns);
}

static void check_counts(const world *world, const hax_stream_result *result)
{
    for (int n = 0; n < result->network_count; n++) {
        const ref_network *right = &world->right.networks[n];
        const hax_stream_network *network = &result->networks[n];
        int ended = 0, dropped = 0, missed = 0;
        double longest_ms = NAN;
        for (int f = 0; f < right->frame_count; f++) {
            const ref_frame *frame = &right->frames[f];
            dropped += frame->dropped;
            ended += !frame->dropped;
            missed += frame->missed;
            if (!frame->dropped)
                longest_ms = fmax(longest_ms, 1e-6 * (double) (frame->end_ns - frame->release_ns));
        }
        assert_int_equal(world->told[n], right->frame_count);
        assert_int_equal(network->released, right->frame_count);
        assert_int_equal(network->ended, ended);
        assert_int_equal(network->dropped, dropped);
        assert_int_equal(network->missed, missed);
        assert_int_equal(network->unfinished, 0);
        assert_true(ended == 0 ? isnan(network->max_ms)
                               : fabs(network->max_ms - longest_ms) < 1e-9);
    }
}

static void run_one(world *world, uint64_t seed)
{
    hax_random random = { seed };
    hax_error err = { 0 };
    hax_stream *stream = NULL;
    const hax_stream_result *result = NULL;
    hax_stream_limits limits = { HAX_NO_LIMIT, INFINITY };
    world->seed = seed;
    draw_problem(world, &random, 1 + (int) hax_random_below(&random, REF_NETWORKS));
    draw_schedule(world, &random);
    draw_sources(world, &random);
    if (chance(&random, 0.6))
        limits.frames = 1 + (int64_t) hax_random_below(&random, 40);
    if (limits.frames == HAX_NO_LIMIT || chance(&random, 0.3))
        limits.seconds = between(&random, 0.001, 0.3);
    tell_right(world, &limits);
    hax_stream_config config = hax_stream_config_default();
    config.platform = &world->platform.platform;
    config.network_count = world->problem.instance_count;
    config.networks = world->networks;
    config.problem = &world->problem;
    config.schedule = world->schedule;
    config.sources = world->sources;
    config.frame_ended = check_frame;
    config.context = world;
    if (hax_stream_open(&config, &stream, &err) != HAX_OK)
        fail_msg("seed %llu: %s", (unsigned long long) seed, err.message);
    for (int turn = 0; turn < 2; turn++) { /* the second run begins anew */
        memset(world->told, 0, sizeof world->told);
        if (hax_stream_run(stream, &limits, &result, &err) != HAX_OK)
            fail_msg("seed %llu: %s", (unsigned long long) seed, err.message);
        check_counts(world, result);
        hax_stream_result_destroy(result);
    }
    hax_stream_close(stream);
    hax_schedule_destroy(world->schedule);
}

static void random_streams_are_as_simulated(void **state)
{
    static world world;
    static const int cpus[2] = { 0, 1 };
    (void) state;
    trio_make(&world.platform, "synthetic", cpus);
    world.platform.platform.datasheet = &world.sheet;
    world.net = chain_make();
    for (uint64_t seed = 1; seed <= STREAMS; seed++)
        run_one(&world, seed);
    chain_free(&world.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_streams_are_as_simulated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
