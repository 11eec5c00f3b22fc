/*
 * Planning beside execution: how much longer networks take while the exact search runs on a
 * processor that none of them uses.
 */
#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "clock.h"
#include "driver.h"
#include "exec.h"
#include "haxconn/experiment.h"
#include "own.h"
#include "profile.h"
#include "random.h"
#include "statistics.h"

#include "config.h"

enum { SAMPLE_GROUPS = 10 };

/* The search, over and over, on a processor of its own. */
typedef struct planner {
    pthread_t thread;
    bool started;
    int cpu;
    const hax_problem *problem;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool wanted, over;
    hax_cancel cancel;     /* ends the search in progress */
    atomic_llong searches; /* completed */
    hax_status status;
    hax_error error;
} planner;

typedef struct overhead {
    const hax_overhead_config *config;
    hax_arena *arena;
    hax_session *session;
    hax_turns turns;
    planner planner;
    int unit;   /* that the networks run on */
    int beside; /* unit of the companion, -1: no processor would be left for the search */
    int capacity;
    double *idle_ms, *solving_ms; /* [network][round] */
    hax_plan_job *jobs;
    hax_stamp *stamps;
} overhead;

/* ---- the problem that is solved ------------------------------------------------------------- */

static double between(hax_random *random, double low, double high)
{
    return low + (high - low) * hax_random_unit(random);
}

/* Two networks of ten groups on two units that slow each other down. */
static hax_status sample_problem(const hax_problem **problem, hax_error *err)
{
    static const char *const names[] = { "a", "b" };
    static const hax_pccs pccs = { 20, 45, 5, 50, 45, 0.9, 60 };
    hax_cost costs[2][SAMPLE_GROUPS][2];
    hax_group_spec groups[2][SAMPLE_GROUPS];
    hax_instance_spec instances[2];
    hax_unit_spec units[2];
    hax_random random = hax_random_fork(1, SAMPLE_GROUPS);
    for (int i = 0; i < 2; i++) {
        units[i] = (hax_unit_spec){ .name = names[i],
                                    .resources = 1U << i,
                                    .slowdown = { .kind = HAX_SLOWDOWN_PCCS, .pccs = pccs },
                                    .max_pieces = -1 };
        for (int g = 0; g < SAMPLE_GROUPS; g++) {
            for (int u = 0; u < 2; u++)
                costs[i][g][u] = (hax_cost){ .allowed = true,
                                             .time_ms = (u + 1) * between(&random, 0.5, 2),
                                             .gbps = between(&random, 5, 60),
                                             .out_ms = between(&random, 0.02, 0.2),
                                             .in_ms = between(&random, 0.02, 0.2) };
            groups[i][g] = (hax_group_spec){ "g", costs[i][g] };
        }
        instances[i] = (hax_instance_spec){ .name = names[i],
                                            .group_count = SAMPLE_GROUPS,
                                            .groups = groups[i],
                                            .weight = 1,
                                            .deadline_ms = INFINITY };
    }
    const hax_problem sample = { 2, names, 2, units, 2, instances, HAX_LATENCY, -1 };
    return hax_problem_copy(&sample, problem, err);
}

/* ---- the planner's thread -------------------------------------------------------------------- */

/* False when it is to end. */
static bool wait_until_wanted(planner *planner)
{
    pthread_mutex_lock(&planner->lock);
    while (!planner->wanted && !planner->over)
        pthread_cond_wait(&planner->changed, &planner->lock);
    bool goes_on = !planner->over;
    pthread_mutex_unlock(&planner->lock);
    return goes_on;
}

static void *planner_main(void *argument)
{
    planner *context = argument;
    context->status = hax_unit_pin_thread(&context->cpu, 1, &context->error);
    hax_solve_options options = hax_solve_options_default();
    options.cancel = &context->cancel;
    while (wait_until_wanted(context)) {
        const hax_schedule *schedule = NULL;
        hax_error ignored;
        if (hax_solve(context->problem, &options, &schedule, &ignored) == HAX_OK)
            atomic_fetch_add(&context->searches, 1);
        hax_schedule_destroy(schedule);
    }
    return NULL;
}

static hax_status planner_start(planner *planner, int cpu, hax_error *err)
{
    planner->cpu = cpu;
    pthread_mutex_init(&planner->lock, NULL);
    pthread_cond_init(&planner->changed, NULL);
    HAX_TRY(sample_problem(&planner->problem, err));
    planner->started = pthread_create(&planner->thread, NULL, planner_main, planner) == 0;
    return planner->started ? HAX_OK
                            : hax_fail(err, HAX_FAILURE, "cannot start the planner's thread");
}

static void planner_want(planner *planner, bool wanted)
{
    pthread_mutex_lock(&planner->lock);
    planner->wanted = wanted;
    if (wanted)
        hax_cancel_clear(&planner->cancel);
    else
        hax_cancel_request(&planner->cancel);
    pthread_cond_signal(&planner->changed);
    pthread_mutex_unlock(&planner->lock);
}

static void planner_stop(planner *planner)
{
    if (planner->started) {
        pthread_mutex_lock(&planner->lock);
        planner->over = true;
        hax_cancel_request(&planner->cancel);
        pthread_cond_signal(&planner->changed);
        pthread_mutex_unlock(&planner->lock);
        pthread_join(planner->thread, NULL);
    }
    hax_problem_destroy(planner->problem);
}

/* ---- where everything runs ------------------------------------------------------------------- */

static bool may_run(const hax_platform *platform, int unit)
{
    return !platform->units[unit].reference;
}

/* The first two units that share nothing and leave a processor to plan on; *cpu: -1 if there are
 * none. */
static hax_status choose_two(overhead *overhead, int *cpu, hax_error *err)
{
    const hax_platform *platform = overhead->config->platform;
    *cpu = -1;
    for (int a = 0; a < platform->unit_count; a++)
        for (int b = 0; b < platform->unit_count; b++) {
            const int units[] = { a, b };
            if (a == b || !may_run(platform, a) || !may_run(platform, b) ||
                (platform->units[a].resources & platform->units[b].resources))
                continue;
            HAX_TRY(hax_unit_spare_cpu(platform, units, 2, cpu, err));
            overhead->unit = a;
            overhead->beside = b;
            if (*cpu >= 0)
                return HAX_OK;
        }
    overhead->beside = -1;
    return HAX_OK;
}

static hax_status choose_one(overhead *overhead, int *cpu, hax_error *err)
{
    const hax_platform *platform = overhead->config->platform;
    *cpu = -1;
    for (overhead->unit = 0; overhead->unit < platform->unit_count; overhead->unit++) {
        if (may_run(platform, overhead->unit))
            HAX_TRY(hax_unit_spare_cpu(platform, &overhead->unit, 1, cpu, err));
        if (*cpu >= 0)
            return HAX_OK;
    }
    return HAX_OK;
}

/* The networks on one unit and the companion on another, if that leaves a processor. */
static hax_status choose_units(overhead *overhead, int *cpu, hax_error *err)
{
    const hax_platform *platform = overhead->config->platform;
    *cpu = overhead->beside = -1;
    if (!platform->simulated && overhead->config->companion)
        HAX_TRY(choose_two(overhead, cpu, err));
    if (!platform->simulated && *cpu < 0)
        HAX_TRY(choose_one(overhead, cpu, err));
    return *cpu >= 0 ? HAX_OK
                     : hax_fail(err, HAX_UNAVAILABLE,
                                "platform '%s' has no unit that leaves a processor to plan on",
                                platform->name);
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static int add_jobs(overhead *overhead, const hax_profile_network *network, int instance, int unit,
                    int count)
{
    for (int g = 0; g < network->grouping->count; g++)
        overhead->jobs[count++] =
            (hax_plan_job){ .unit = unit, .instance = instance, .group = g, .after = -1 };
    return count;
}

/* The network's own time, from the start of the round. */
static hax_status run_network(overhead *overhead, int network, bool solving, double *ms,
                              hax_error *err)
{
    const hax_overhead_config *config = overhead->config;
    int own = add_jobs(overhead, &config->networks[network], network, overhead->unit, 0),
        jobs = own;
    if (overhead->beside >= 0)
        jobs = add_jobs(overhead, config->companion, config->network_count, overhead->beside, own);
    const hax_plan plan = { jobs, overhead->jobs };
    planner_want(&overhead->planner, solving);
    hax_status status = hax_session_execute(overhead->session, &plan, overhead->stamps, err);
    planner_want(&overhead->planner, false);
    if (status == HAX_OK)
        *ms = hax_stamps_span_ms(overhead->stamps, own);
    return status;
}

/* With and without the search one after the other, the first of the two by turns. */
static hax_status run_pair(overhead *overhead, int network, int round, hax_error *err)
{
    assert(round >= 0 && round < overhead->capacity);
    size_t place = (size_t) network * (size_t) overhead->capacity + (size_t) round;
    for (int half = 0; half < 2; half++) {
        bool solving = (half + round + network) % 2;
        double *to = solving ? overhead->solving_ms : overhead->idle_ms;
        HAX_TRY(run_network(overhead, network, solving, &to[place], err));
    }
    return HAX_OK;
}

static hax_status begin_round(void *context, int round, hax_error *err)
{
    overhead *overhead = context;
    (void) round;
    return hax_turns_begin(&overhead->turns, overhead->config->watch, err);
}

static void end_round(void *context)
{
    overhead *overhead = context;
    hax_turns_end(&overhead->turns);
}

/* The times are written over. */
static hax_status warm_up(void *context, int network, hax_error *err)
{
    return run_pair(context, network, 0, err);
}

static hax_status take_turn(void *context, int network, int round, hax_error *err)
{
    return run_pair(context, network, round, err);
}

/* Both halves of a pair are measured within the same moment: disturbed rounds are not executed
 * again. */
static hax_status run_rounds(overhead *overhead, hax_error *err)
{
    const hax_interleave_config config = { .stage = "measuring with and without planning",
                                           .warm_up_stage = "warming up",
                                           .item_count = overhead->config->network_count,
                                           .rounds = overhead->capacity,
                                           .watch = overhead->config->watch };
    const hax_interleave_calls calls = { .warm_up = warm_up,
                                         .begin = begin_round,
                                         .end = end_round,
                                         .execute = take_turn,
                                         .context = overhead };
    hax_interleave_counts counts;
    HAX_TRY(hax_interleave(&config, &calls, &counts, err));
    return overhead->planner.status == HAX_OK
               ? HAX_OK
               : hax_fail(err, overhead->planner.status, "%s", overhead->planner.error.message);
}

/* ---- figures --------------------------------------------------------------------------------- */

static hax_status fill_row(const overhead *overhead, int network, hax_overhead_row *row,
                           hax_error *err)
{
    size_t count = (size_t) overhead->capacity;
    double *scratch = hax_arena_alloc(overhead->arena, count, sizeof *scratch);
    const double *idle = overhead->idle_ms + (size_t) network * count;
    const double *solving = overhead->solving_ms + (size_t) network * count;
    if (!scratch)
        return hax_fail_memory(err, "a result");
    *row = (hax_overhead_row){ .network = overhead->config->networks[network].name };
    memcpy(scratch, idle, count * sizeof *scratch);
    row->idle = hax_summarise(scratch, count);
    memcpy(scratch, solving, count * sizeof *scratch);
    row->solving = hax_summarise(scratch, count);
    for (size_t r = 0; r < count; r++)
        scratch[r] = idle[r] > 0 ? 100 * (solving[r] / idle[r] - 1) : 0;
    row->percent = hax_summarise(scratch, count);
    return HAX_OK;
}

typedef struct owned_overhead {
    hax_overhead public;
    hax_arena *arena;
} owned_overhead;

static hax_status fill(const overhead *overhead, hax_overhead *result, hax_error *err)
{
    size_t count = (size_t) overhead->config->network_count;
    hax_overhead_row *rows = hax_arena_alloc(overhead->arena, count, sizeof *rows);
    double *medians = hax_arena_alloc(overhead->arena, count, sizeof *medians);
    if (!rows || !medians)
        return hax_fail_memory(err, "a result");
    for (int n = 0; n < overhead->config->network_count; n++) {
        HAX_TRY(fill_row(overhead, n, &rows[n], err));
        medians[n] = rows[n].percent.median;
    }
    result->row_count = overhead->config->network_count;
    result->rows = rows;
    result->rounds = overhead->capacity;
    result->unit = overhead->unit;
    result->beside = overhead->beside;
    result->cpu = overhead->planner.cpu;
    if (overhead->config->companion)
        result->companion = overhead->config->companion->name;
    result->searches = (uint64_t) atomic_load(&overhead->planner.searches);
    result->median_percent = hax_summarise(medians, count).median;
    return HAX_OK;
}

static hax_status allocate(overhead *overhead, hax_error *err)
{
    size_t networks = (size_t) overhead->config->network_count, jobs = 0;
    for (size_t n = 0; n < networks; n++)
        jobs += (size_t) overhead->config->networks[n].grouping->count;
    if (overhead->config->companion)
        jobs += (size_t) overhead->config->companion->grouping->count;
    overhead->idle_ms =
        hax_arena_alloc(overhead->arena, networks * (size_t) overhead->capacity, sizeof(double));
    overhead->solving_ms =
        hax_arena_alloc(overhead->arena, networks * (size_t) overhead->capacity, sizeof(double));
    overhead->jobs = hax_arena_alloc(overhead->arena, jobs, sizeof *overhead->jobs);
    overhead->stamps = hax_arena_alloc(overhead->arena, jobs, sizeof *overhead->stamps);
    return overhead->idle_ms && overhead->solving_ms && overhead->jobs && overhead->stamps
               ? HAX_OK
               : hax_fail_memory(err, "the plan of measurement");
}

/* Every network once, and the companion behind them. */
static hax_status open_session(overhead *overhead, hax_error *err)
{
    const hax_overhead_config *config = overhead->config;
    int count = config->network_count;
    hax_profile_network *network =
        hax_arena_alloc(overhead->arena, (size_t) count + 1, sizeof *network);
    if (!network)
        return hax_fail_memory(err, "a session");
    memcpy(network, config->networks, (size_t) count * sizeof *network);
    if (overhead->beside >= 0)
        network[count++] = *config->companion;
    return hax_networks_open_session(config->platform, count, network, false, NULL, config->watch,
                                     &overhead->session, err);
}

/* The workers are forked before the planner's thread is there. */
static hax_status measure(overhead *overhead, hax_overhead *result, hax_error *err)
{
    const hax_overhead_config *config = overhead->config;
    int cpu = -1;
    HAX_TRY(choose_units(overhead, &cpu, err));
    HAX_TRY(allocate(overhead, err));
    HAX_TRY(open_session(overhead, err));
    HAX_TRY(hax_turns_open(config->store_path, &overhead->turns, err));
    hax_status status = planner_start(&overhead->planner, cpu, err);
    if (status == HAX_OK)
        status = run_rounds(overhead, err);
    planner_stop(&overhead->planner);
    hax_turns_close(&overhead->turns);
    HAX_TRY(status);
    return fill(overhead, result, err);
}

hax_status hax_overhead_measure(const hax_overhead_config *given, const hax_overhead **out,
                                hax_error *err)
{
    HAX_CONFIG_TAKE(hax_overhead_config, own, given, err);
    const hax_overhead_config *config = &own;
    overhead context = { .config = config, .turns = { -1, -1 }, .capacity = config->rounds };
    if (config->network_count < 1)
        return hax_fail(err, HAX_USAGE, "no network to run");
    if (config->rounds < 1)
        return hax_fail(err, HAX_USAGE, "%d rounds: give at least one", config->rounds);
    owned_overhead *owned = calloc(1, sizeof *owned);
    if (!owned || !(context.arena = owned->arena = hax_arena_create())) {
        free(owned);
        return hax_fail_memory(err, "a result");
    }
    hax_status status = measure(&context, &owned->public, err);
    hax_session_close(context.session);
    if (status != HAX_OK) {
        hax_overhead_destroy(&owned->public);
        return status;
    }
    *out = &owned->public;
    return HAX_OK;
}

void hax_overhead_destroy(const hax_overhead *overhead)
{
    if (!overhead)
        return;
    owned_overhead *owned = hax_own(overhead);
    hax_arena_destroy(owned->arena);
    free(owned);
}
