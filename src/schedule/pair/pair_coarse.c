#include "pair_coarse.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "pair_table.h"
#include "problem.h"

enum {
    BLOCKS_FIRST = 48,  /* of an instance, in the first table */
    BLOCKS_GROWTH = 4,  /* from a table to the next */
    BLOCKS_MOST = 4000, /* more make a table that no memory holds */
    BESIDE = 12,        /* blocks that the other may be ahead or behind */
    REPEATS_MOST = 8,   /* of the last table, each near what the one before gave */
};

/* A repeat that gains less (relative) is the last one. */
static const double gain_that_pays = 1e-4;

/* Two instances in blocks. */
typedef struct coarse {
    hax_problem problem;
    hax_instance_spec instances[2];
    int *first[2]; /* [block]: its first group; behind the last one the number of groups */
    hax_group_spec *groups[2];
    hax_cost *costs[2];
} coarse;

/* ---- blocks ------------------------------------------------------------------------------------
 */

static void free_coarse(coarse *level)
{
    for (int i = 0; i < 2; i++) {
        free(level->first[i]);
        free(level->groups[i]);
        free(level->costs[i]);
    }
    *level = (coarse){ 0 };
}

/* Units that may run all groups from one to another, as bits. */
static uint32_t units_of(const hax_problem *problem, int instance, int group)
{
    uint32_t units = 0;
    for (int u = 0; u < problem->unit_count; u++)
        units |= (uint32_t) hax_cost_of(problem, instance, group, u)->allowed << u;
    return units;
}

static double least_ms(const hax_problem *problem, int instance, int group)
{
    double least = INFINITY;
    for (int u = 0; u < problem->unit_count; u++)
        if (hax_cost_of(problem, instance, group, u)->allowed)
            least = fmin(least, hax_cost_of(problem, instance, group, u)->time_ms);
    return least;
}

/* Blocks of about the same time, which some unit can run whole; their number. */
static int cut_blocks(const hax_problem *problem, int instance, int wanted, int *first)
{
    const hax_instance_spec *spec = &problem->instances[instance];
    double all_ms = 0, block_ms = 0;
    uint32_t units = 0;
    int count = 0;
    for (int g = 0; g < spec->group_count; g++)
        all_ms += least_ms(problem, instance, g);
    for (int g = 0; g < spec->group_count; g++) {
        const uint32_t here = units_of(problem, instance, g);
        double ms = least_ms(problem, instance, g);
        bool full = block_ms + ms / 2 > all_ms / wanted || !(units & here);
        if (g == 0 || (!spec->groups[g].joined && full)) {
            first[count++] = g;
            units = here;
            block_ms = 0;
        }
        units &= here;
        block_ms += ms;
    }
    first[count] = spec->group_count;
    assert(count >= 1 && first[0] == 0 && first[count - 1] < first[count]);
    return count;
}

/* What a block costs on a unit: demands are means over time. */
static hax_cost block_cost(const hax_problem *problem, int instance, int from, int to, int unit)
{
    assert(from < to); /* no block is empty */
    hax_cost result = { .allowed = true };
    double bytes = 0, own = 0;
    for (int g = from; g < to; g++) {
        const hax_cost *cost = hax_cost_of(problem, instance, g, unit);
        if (!cost->allowed)
            return (hax_cost){ .allowed = false };
        result.time_ms += cost->time_ms;
        bytes += cost->gbps * cost->time_ms;
        own += hax_cost_own_gbps(cost) * cost->time_ms;
    }
    const hax_cost *begin = hax_cost_of(problem, instance, from, unit);
    const hax_cost *end = hax_cost_of(problem, instance, to - 1, unit);
    result.gbps = result.time_ms > 0 ? bytes / result.time_ms : 0;
    result.own_gbps = result.time_ms > 0 ? own / result.time_ms : 0;
    result.in_ms = begin->in_ms;
    result.in_gbps = begin->in_gbps;
    result.out_ms = end->out_ms;
    result.out_gbps = end->out_gbps;
    return result;
}

static bool make_instance(const hax_problem *problem, int i, int wanted, coarse *coarse)
{
    const hax_instance_spec *spec = &problem->instances[i];
    const size_t units = (size_t) problem->unit_count;
    coarse->first[i] = calloc((size_t) spec->group_count + 1, sizeof *coarse->first[i]);
    if (!coarse->first[i])
        return false;
    const int count = cut_blocks(problem, i, wanted, coarse->first[i]);
    coarse->groups[i] = calloc((size_t) count, sizeof *coarse->groups[i]);
    coarse->costs[i] = calloc((size_t) count * units, sizeof *coarse->costs[i]);
    if (!coarse->groups[i] || !coarse->costs[i])
        return false;
    for (int b = 0; b < count; b++) {
        hax_cost *costs = coarse->costs[i] + (size_t) b * units;
        for (int u = 0; u < problem->unit_count; u++)
            costs[u] = block_cost(problem, i, coarse->first[i][b], coarse->first[i][b + 1], u);
        coarse->groups[i][b] = (hax_group_spec){ spec->groups[coarse->first[i][b]].name, costs,
                                                 spec->groups[coarse->first[i][b]].joined };
    }
    coarse->instances[i] = *spec;
    coarse->instances[i].group_count = count;
    coarse->instances[i].groups = coarse->groups[i];
    return true;
}

static bool make_coarse(const hax_problem *problem, int wanted, coarse *result)
{
    *result = (coarse){ .problem = *problem };
    result->problem.instances = result->instances;
    return make_instance(problem, 0, wanted, result) && make_instance(problem, 1, wanted, result);
}

/* ---- where the best schedule goes --------------------------------------------------------------
 */

/* [block]: when it begins and ends in a schedule. */
typedef struct times {
    double *begin_ms[2], *end_ms[2];
} times;

static bool make_times(const coarse *coarse, const hax_schedule *schedule, times *result)
{
    int *block_of[2] = { NULL, NULL };
    bool ok = true;
    *result = (times){ 0 };
    for (int i = 0; i < 2; i++) {
        const int count = coarse->instances[i].group_count, groups = coarse->first[i][count];
        block_of[i] = calloc((size_t) groups, sizeof *block_of[i]);
        result->begin_ms[i] = malloc(sizeof(double) * (size_t) count);
        result->end_ms[i] = calloc((size_t) count, sizeof(double));
        ok = ok && block_of[i] && result->begin_ms[i] && result->end_ms[i];
        for (int b = 0; ok && b < count; b++) {
            result->begin_ms[i][b] = INFINITY;
            for (int g = coarse->first[i][b]; g < coarse->first[i][b + 1]; g++)
                block_of[i][g] = b;
        }
    }
    for (int j = 0; ok && j < schedule->job_count; j++) {
        const hax_job *job = &schedule->jobs[j];
        const int b = block_of[job->instance][job->group];
        double *begin_ms = &result->begin_ms[job->instance][b];
        double *end_ms = &result->end_ms[job->instance][b];
        *begin_ms = fmin(*begin_ms, job->start_ms);
        *end_ms = fmax(*end_ms, job->end_ms);
    }
    free(block_of[0]);
    free(block_of[1]);
    return ok;
}

static void free_times(times *times)
{
    for (int i = 0; i < 2; i++) {
        free(times->begin_ms[i]);
        free(times->end_ms[i]);
    }
}

/* low and high: [block of instance 0, and one more], blocks of instance 1 that are done. */
static void fill_corridor(const coarse *coarse, const times *times, int *low, int *high)
{
    const int zero = coarse->instances[0].group_count, one = coarse->instances[1].group_count;
    int begun = 0, ended = 0;
    double now_ms = 0;
    for (int b = 0; b <= zero; b++) {
        double until_ms = b < zero ? times->end_ms[0][b] : INFINITY;
        if (b < zero)
            now_ms = fmax(now_ms, fmin(times->begin_ms[0][b], until_ms));
        while (ended < one && times->end_ms[1][ended] < now_ms)
            ended++;
        while (begun < one && times->begin_ms[1][begun] <= until_ms)
            begun++;
        low[b] = ended > BESIDE ? ended - BESIDE : 0;
        high[b] = begun + BESIDE < one ? begun + BESIDE : one;
        if (b > 0 && low[b] > high[b - 1]) /* rows that follow each other must meet */
            low[b] = high[b - 1];
        assert(low[b] <= high[b] && (b == 0 || (low[b - 1] <= low[b] && high[b - 1] <= high[b])));
        now_ms = until_ms;
    }
    high[zero] = one;
}

/* ---- tables ------------------------------------------------------------------------------------
 */

/* The schedule that blocks in this order make, group by group. */
static hax_status expand(const hax_problem *problem, const coarse *coarse,
                         const hax_search_result *found, const hax_schedule **schedule,
                         hax_error *err)
{
    const int groups = problem->instances[0].group_count + problem->instances[1].group_count;
    const bool exact =
        groups == coarse->instances[0].group_count + coarse->instances[1].group_count;
    if (exact)
        return hax_schedule_from_placements(problem, "haxconn", found->count, found->placements,
                                            schedule, err);
    hax_job *jobs = calloc((size_t) groups, sizeof *jobs);
    int count = 0;
    if (!jobs)
        return hax_fail_memory(err, "a schedule");
    for (int p = 0; p < found->count; p++) {
        const hax_placement *placement = &found->placements[p];
        const int *first = &coarse->first[placement->instance][placement->group];
        for (int g = first[0]; g < first[1]; g++)
            jobs[count++] = (hax_job){
                .unit = placement->unit, .instance = placement->instance, .group = g, .after = -1
            };
    }
    assert(count == groups);
    hax_status status = hax_schedule_evaluate(problem, "haxconn", count, jobs, schedule, err);
    free(jobs);
    return status;
}

typedef struct zoom {
    const hax_problem *problem;
    bool ignore_contention;
    hax_time_budget allowed;
    const hax_schedule **best;
    bool stopped;
} zoom;

static void keep_better(const zoom *zoom, const hax_schedule *schedule)
{
    if (*zoom->best &&
        !hax_objective_better(zoom->problem->objective, schedule->value, (*zoom->best)->value)) {
        hax_schedule_destroy(schedule);
        return;
    }
    hax_schedule_destroy(*zoom->best);
    *zoom->best = schedule;
}

/* The optimum of the blocks within a corridor (NULL: of all), as a schedule of the groups. */
static hax_status solve_blocks(zoom *zoom, const coarse *coarse, const hax_pair_corridor *corridor,
                               hax_error *err)
{
    hax_solve_options options = hax_solve_options_default();
    options.cancel = zoom->allowed.cancel;
    options.time_limit_s = hax_time_budget_left_s(&zoom->allowed);
    hax_search_result found = { 0 };
    const hax_schedule *schedule = NULL;
    hax_error why = { 0 };
    hax_status status = hax_pair_search_near(&coarse->problem, &options, corridor,
                                             zoom->ignore_contention, &found, &why);
    zoom->stopped = status != HAX_OK || !found.complete;
    if (status == HAX_OK && found.count)
        status = expand(zoom->problem, coarse, &found, &schedule, &why);
    free(found.placements);
    if (status == HAX_OK && schedule)
        keep_better(zoom, schedule);
    /* limits on pieces may refuse what blocks allow; then there is nothing to go on from */
    zoom->stopped = zoom->stopped || status != HAX_OK;
    return status == HAX_NO_MEMORY ? hax_fail_memory(err, "a search") : HAX_OK;
}

static hax_status solve_near_best(zoom *zoom, const coarse *coarse, hax_error *err)
{
    const size_t rows = (size_t) coarse->instances[0].group_count + 1;
    int *memory = calloc(2 * rows, sizeof *memory);
    times when;
    hax_status status = HAX_OK;
    if (make_times(coarse, *zoom->best, &when) && memory) {
        const hax_pair_corridor corridor = { memory, memory + rows };
        fill_corridor(coarse, &when, memory, memory + rows);
        status = solve_blocks(zoom, coarse, &corridor, err);
    } else {
        status = hax_fail_memory(err, "a search");
    }
    free_times(&when);
    free(memory);
    return status;
}

/* One table, the last one as often as that gains. */
static hax_status solve_level(zoom *zoom, int blocks, bool first, bool last, hax_error *err)
{
    coarse level;
    hax_status status =
        make_coarse(zoom->problem, blocks, &level) ? HAX_OK : hax_fail_memory(err, "a search");
    if (status == HAX_OK && first)
        status = solve_blocks(zoom, &level, NULL, err);
    for (int n = 0; status == HAX_OK && !first && *zoom->best && !zoom->stopped; n++) {
        const double before = (*zoom->best)->value;
        status = solve_near_best(zoom, &level, err);
        if (!last || n == REPEATS_MOST ||
            fabs((*zoom->best)->value - before) <= gain_that_pays * fabs(before))
            break;
    }
    free_coarse(&level);
    return status;
}

hax_status hax_pair_zoom(const hax_problem *problem, const hax_solve_options *options,
                         bool ignore_contention, const hax_schedule **best, hax_error *err)
{
    zoom refined = { .problem = problem,
                     .allowed = hax_time_budget_of_search(options),
                     .ignore_contention = ignore_contention,
                     .best = best };
    int longest = 0;
    hax_status status = HAX_OK;
    for (int i = 0; i < 2; i++)
        longest = longest < problem->instances[i].group_count ? problem->instances[i].group_count
                                                              : longest;
    for (int blocks = BLOCKS_FIRST;
         status == HAX_OK && !refined.stopped && !hax_time_budget_is_over(&refined.allowed);
         blocks *= BLOCKS_GROWTH) {
        bool last = blocks * BLOCKS_GROWTH > longest || blocks * BLOCKS_GROWTH > BLOCKS_MOST;
        int wanted = last && longest <= BLOCKS_MOST ? 2 * longest : blocks;
        status = solve_level(&refined, wanted, blocks == BLOCKS_FIRST, last, err);
        if (last)
            break;
    }
    return status;
}
