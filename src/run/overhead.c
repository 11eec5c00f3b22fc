/*
 * Planning beside execution: how much longer networks take while the exact search runs on a
 * processor that none of them uses.
 */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "clock.h"
#include "driver.h"
#include "haxconn/run.h"
#include "networks.h"
#include "random.h"
#include "session.h"
#include "statistics.h"
#include "turns.h"

enum { ROUNDS = 20, SAMPLE_GROUPS = 10 };

/* The search, over and over, on a processor of its own. */
typedef struct planner {
    pthread_t thread;
    bool started;
    int cpu;
    hax_problem *problem;
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
    int room;
    double *idle_ms, *solving_ms; /* [network][round] */
    int *order;                   /* of the networks */
    hax_plan_job *jobs;
    hax_stamp *stamps;
} overhead;

/* ---- the problem that is solved ------------------------------------------------------------- */

static double between(hax_random *random, double low, double high)
{
    return low + (high - low) * hax_random_unit(random);
}

/* Two networks of ten groups on two units that slow each other down. */
static hax_status sample_problem(hax_problem **problem, hax_error *err)
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

/* ---- the planner's thread ----------------------------------------------------------------------
 */

/* False when it is to end. */
static bool wait_until_wanted(planner *at)
{
    pthread_mutex_lock(&at->lock);
    while (!at->wanted && !at->over)
        pthread_cond_wait(&at->changed, &at->lock);
    bool goes_on = !at->over;
    pthread_mutex_unlock(&at->lock);
    return goes_on;
}

static void *planner_main(void *argument)
{
    planner *at = argument;
    at->status = unit_pin_thread(&at->cpu, 1, &at->error);
    const hax_solve_options options = { .cancel = &at->cancel };
    while (wait_until_wanted(at)) {
        hax_schedule *made = NULL;
        hax_error ignored;
        if (hax_solve(at->problem, &options, &made, &ignored) == HAX_OK)
            atomic_fetch_add(&at->searches, 1);
        hax_schedule_destroy(made);
    }
    return NULL;
}

static hax_status planner_start(planner *at, int cpu, hax_error *err)
{
    at->cpu = cpu;
    pthread_mutex_init(&at->lock, NULL);
    pthread_cond_init(&at->changed, NULL);
    HAX_TRY(sample_problem(&at->problem, err));
    at->started = pthread_create(&at->thread, NULL, planner_main, at) == 0;
    return at->started ? HAX_OK : hax_fail(err, HAX_FAILURE, "cannot start the planner's thread");
}

static void planner_want(planner *at, bool wanted)
{
    pthread_mutex_lock(&at->lock);
    at->wanted = wanted;
    if (wanted)
        hax_cancel_clear(&at->cancel);
    else
        hax_cancel_request(&at->cancel);
    pthread_cond_signal(&at->changed);
    pthread_mutex_unlock(&at->lock);
}

static void planner_stop(planner *at)
{
    if (at->started) {
        pthread_mutex_lock(&at->lock);
        at->over = true;
        hax_cancel_request(&at->cancel);
        pthread_cond_signal(&at->changed);
        pthread_mutex_unlock(&at->lock);
        pthread_join(at->thread, NULL);
    }
    hax_problem_destroy(at->problem);
}

/* ---- where everything runs
 * -----------------------------------------------------------------------
 */

static bool may_run(const hax_platform *platform, int unit)
{
    return !platform->units[unit].reference;
}

/* The first two units that share nothing and leave a processor to plan on; *cpu: -1 if there are
 * none. */
static hax_status choose_two(overhead *at, int *cpu, hax_error *err)
{
    const hax_platform *platform = at->config->platform;
    *cpu = -1;
    for (int a = 0; a < platform->unit_count; a++)
        for (int b = 0; b < platform->unit_count; b++) {
            const int units[] = { a, b };
            if (a == b || !may_run(platform, a) || !may_run(platform, b) ||
                (platform->units[a].resources & platform->units[b].resources))
                continue;
            HAX_TRY(unit_spare_cpu(platform, units, 2, cpu, err));
            at->unit = a;
            at->beside = b;
            if (*cpu >= 0)
                return HAX_OK;
        }
    at->beside = -1;
    return HAX_OK;
}

static hax_status choose_one(overhead *at, int *cpu, hax_error *err)
{
    const hax_platform *platform = at->config->platform;
    *cpu = -1;
    for (at->unit = 0; at->unit < platform->unit_count; at->unit++) {
        if (may_run(platform, at->unit))
            HAX_TRY(unit_spare_cpu(platform, &at->unit, 1, cpu, err));
        if (*cpu >= 0)
            return HAX_OK;
    }
    return HAX_OK;
}

/* The networks on one unit and the companion on another, if that leaves a processor. */
static hax_status choose_units(overhead *at, int *cpu, hax_error *err)
{
    const hax_platform *platform = at->config->platform;
    *cpu = at->beside = -1;
    if (!platform->simulated && at->config->companion)
        HAX_TRY(choose_two(at, cpu, err));
    if (!platform->simulated && *cpu < 0)
        HAX_TRY(choose_one(at, cpu, err));
    return *cpu >= 0 ? HAX_OK
                     : hax_fail(err, HAX_UNAVAILABLE,
                                "platform '%s' has no unit that leaves a processor to plan on",
                                platform->name);
}

/* ---- rounds
 * --------------------------------------------------------------------------------------
 */

static int add_jobs(overhead *at, const hax_profile_network *network, int instance, int unit,
                    int count)
{
    for (int g = 0; g < network->grouping->count; g++)
        at->jobs[count++] =
            (hax_plan_job){ .unit = unit, .instance = instance, .group = g, .after = -1 };
    return count;
}

/* The network's own time, from the start of the round. */
static hax_status run_network(overhead *at, int network, bool solving, double *ms, hax_error *err)
{
    const hax_overhead_config *config = at->config;
    int own = add_jobs(at, &config->networks[network], network, at->unit, 0), all = own;
    if (at->beside >= 0)
        all = add_jobs(at, config->companion, config->network_count, at->beside, own);
    const hax_plan plan = { all, at->jobs };
    planner_want(&at->planner, solving);
    hax_status status = hax_session_execute(at->session, &plan, at->stamps, err);
    planner_want(&at->planner, false);
    if (status == HAX_OK)
        *ms = (double) (at->stamps[own - 1].end_ns - at->stamps[0].start_ns) * 1e-6;
    return status;
}

/* With and without the search one after the other, the first of the two by turns. */
static hax_status run_pair(overhead *at, int network, int round, hax_error *err)
{
    size_t place = (size_t) network * (size_t) at->room + (size_t) round;
    for (int half = 0; half < 2; half++) {
        bool solving = (half + round + network) % 2;
        double *to = solving ? at->solving_ms : at->idle_ms;
        HAX_TRY(run_network(at, network, solving, &to[place], err));
    }
    return HAX_OK;
}

static hax_status run_round(overhead *at, int round, hax_error *err)
{
    hax_random random = hax_random_fork(0, (uint64_t) round);
    int count = at->config->network_count;
    hax_random_shuffle(&random, at->order, count);
    HAX_TRY(hax_turns_begin(&at->turns, at->config->watch, err));
    hax_status status = HAX_OK;
    for (int i = 0; i < count && status == HAX_OK; i++)
        status = run_pair(at, at->order[i], round, err);
    hax_turns_end(&at->turns);
    return status;
}

static hax_status run_rounds(overhead *at, hax_error *err)
{
    const hax_watch *watch = at->config->watch;
    HAX_TRY(run_round(at, 0, err)); /* warms up; its times are written over */
    for (int round = 0; round < at->room; round++) {
        if (watch && watch->report)
            watch->report(watch->context, &(hax_progress){ "measuring with and without planning",
                                                           (double) round / at->room, -1 });
        HAX_TRY(run_round(at, round, err));
    }
    return at->planner.status == HAX_OK
               ? HAX_OK
               : hax_fail(err, at->planner.status, "%s", at->planner.error.message);
}

/* ---- figures
 * -------------------------------------------------------------------------------------
 */

static hax_status fill_row(const overhead *at, int network, hax_overhead_row *row, hax_error *err)
{
    size_t count = (size_t) at->room;
    double *scratch = hax_arena_alloc(at->arena, count, sizeof *scratch);
    const double *idle = at->idle_ms + (size_t) network * count;
    const double *solving = at->solving_ms + (size_t) network * count;
    if (!scratch)
        return hax_fail_memory(err, "a result");
    *row = (hax_overhead_row){ .network = at->config->networks[network].name };
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

static hax_status fill(const overhead *at, hax_overhead *made, hax_error *err)
{
    size_t count = (size_t) at->config->network_count;
    hax_overhead_row *rows = hax_arena_alloc(at->arena, count, sizeof *rows);
    double *medians = hax_arena_alloc(at->arena, count, sizeof *medians);
    if (!rows || !medians)
        return hax_fail_memory(err, "a result");
    for (int n = 0; n < at->config->network_count; n++) {
        HAX_TRY(fill_row(at, n, &rows[n], err));
        medians[n] = rows[n].percent.median;
    }
    made->row_count = at->config->network_count;
    made->rows = rows;
    made->rounds = at->room;
    made->unit = at->unit;
    made->beside = at->beside;
    made->cpu = at->planner.cpu;
    if (at->config->companion)
        made->companion = at->config->companion->name;
    made->searches = (uint64_t) atomic_load(&at->planner.searches);
    made->median_percent = hax_summarise(medians, count).median;
    return HAX_OK;
}

static hax_status allocate(overhead *at, hax_error *err)
{
    size_t networks = (size_t) at->config->network_count, jobs = 0;
    for (size_t n = 0; n < networks; n++)
        jobs += (size_t) at->config->networks[n].grouping->count;
    if (at->config->companion)
        jobs += (size_t) at->config->companion->grouping->count;
    at->idle_ms = hax_arena_alloc(at->arena, networks * (size_t) at->room, sizeof(double));
    at->solving_ms = hax_arena_alloc(at->arena, networks * (size_t) at->room, sizeof(double));
    at->order = hax_arena_alloc(at->arena, networks, sizeof *at->order);
    at->jobs = hax_arena_alloc(at->arena, jobs, sizeof *at->jobs);
    at->stamps = hax_arena_alloc(at->arena, jobs, sizeof *at->stamps);
    if (!at->idle_ms || !at->solving_ms || !at->order || !at->jobs || !at->stamps)
        return hax_fail_memory(err, "the plan of measurement");
    for (size_t n = 0; n < networks; n++)
        at->order[n] = (int) n;
    return HAX_OK;
}

/* Every network once, and the companion behind them. */
static hax_status open_session(overhead *at, hax_error *err)
{
    const hax_overhead_config *config = at->config;
    int count = config->network_count;
    hax_profile_network *all = hax_arena_alloc(at->arena, (size_t) count + 1, sizeof *all);
    if (!all)
        return hax_fail_memory(err, "a session");
    memcpy(all, config->networks, (size_t) count * sizeof *all);
    if (at->beside >= 0)
        all[count++] = *config->companion;
    return networks_open_session(config->platform, count, all, false, NULL, config->watch,
                                 &at->session, err);
}

/* The workers are forked before the planner's thread is there. */
static hax_status measure(overhead *at, hax_overhead *made, hax_error *err)
{
    const hax_overhead_config *config = at->config;
    int cpu = -1;
    HAX_TRY(choose_units(at, &cpu, err));
    HAX_TRY(allocate(at, err));
    HAX_TRY(open_session(at, err));
    HAX_TRY(hax_turns_open(config->store_path, &at->turns, err));
    hax_status status = planner_start(&at->planner, cpu, err);
    if (status == HAX_OK)
        status = run_rounds(at, err);
    planner_stop(&at->planner);
    hax_turns_close(&at->turns);
    HAX_TRY(status);
    return fill(at, made, err);
}

hax_status hax_overhead_measure(const hax_overhead_config *config, hax_overhead **out,
                                hax_error *err)
{
    overhead at = { .config = config,
                    .turns = { -1, -1 },
                    .room = config->rounds > 0 ? config->rounds : ROUNDS };
    if (config->network_count < 1)
        return hax_fail(err, HAX_USAGE, "no network to run");
    owned_overhead *made = calloc(1, sizeof *made);
    if (!made || !(at.arena = made->arena = hax_arena_create())) {
        free(made);
        return hax_fail_memory(err, "a result");
    }
    hax_status status = measure(&at, &made->public, err);
    hax_session_close(at.session);
    if (status != HAX_OK) {
        hax_overhead_destroy(&made->public);
        return status;
    }
    *out = &made->public;
    return HAX_OK;
}

void hax_overhead_destroy(hax_overhead *of)
{
    if (!of)
        return;
    owned_overhead *owned = (owned_overhead *) of;
    hax_arena_destroy(owned->arena);
    free(owned);
}
