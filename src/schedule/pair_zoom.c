#include "pair_zoom.h"

#include <math.h>
#include <stdlib.h>

#include "baselines/allowance.h"
#include "pair_table.h"

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

static void free_coarse(coarse *of)
{
    for (int i = 0; i < 2; i++) {
        free(of->first[i]);
        free(of->groups[i]);
        free(of->costs[i]);
    }
    *of = (coarse){ 0 };
}

/* Units that may run all groups from one to another, as bits. */
static uint32_t units_of(const hax_problem *problem, int instance, int group)
{
    uint32_t units = 0;
    for (int u = 0; u < problem->unit_count; u++)
        units |= (uint32_t) cost_of(problem, instance, group, u)->allowed << u;
    return units;
}

static double least_ms(const hax_problem *problem, int instance, int group)
{
    double least = INFINITY;
    for (int u = 0; u < problem->unit_count; u++)
        if (cost_of(problem, instance, group, u)->allowed)
            least = fmin(least, cost_of(problem, instance, group, u)->time_ms);
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
    return count;
}

/* What a block costs on a unit: demands are means over time. */
static hax_cost block_cost(const hax_problem *problem, int instance, int from, int to, int unit)
{
    hax_cost made = { .allowed = true };
    double bytes = 0, own = 0;
    for (int g = from; g < to; g++) {
        const hax_cost *cost = cost_of(problem, instance, g, unit);
        if (!cost->allowed)
            return (hax_cost){ .allowed = false };
        made.time_ms += cost->time_ms;
        bytes += cost->gbps * cost->time_ms;
        own += cost_own_gbps(cost) * cost->time_ms;
    }
    const hax_cost *begin = cost_of(problem, instance, from, unit);
    const hax_cost *end = cost_of(problem, instance, to - 1, unit);
    made.gbps = made.time_ms > 0 ? bytes / made.time_ms : 0;
    made.own_gbps = made.time_ms > 0 ? own / made.time_ms : 0;
    made.in_ms = begin->in_ms;
    made.in_gbps = begin->in_gbps;
    made.out_ms = end->out_ms;
    made.out_gbps = end->out_gbps;
    return made;
}

static bool make_instance(const hax_problem *problem, int i, int wanted, coarse *made)
{
    const hax_instance_spec *spec = &problem->instances[i];
    const size_t units = (size_t) problem->unit_count;
    made->first[i] = calloc((size_t) spec->group_count + 1, sizeof *made->first[i]);
    if (!made->first[i])
        return false;
    const int count = cut_blocks(problem, i, wanted, made->first[i]);
    made->groups[i] = calloc((size_t) count, sizeof *made->groups[i]);
    made->costs[i] = calloc((size_t) count * units, sizeof *made->costs[i]);
    if (!made->groups[i] || !made->costs[i])
        return false;
    for (int b = 0; b < count; b++) {
        hax_cost *costs = made->costs[i] + (size_t) b * units;
        for (int u = 0; u < problem->unit_count; u++)
            costs[u] = block_cost(problem, i, made->first[i][b], made->first[i][b + 1], u);
        made->groups[i][b] = (hax_group_spec){ spec->groups[made->first[i][b]].name, costs,
                                               spec->groups[made->first[i][b]].joined };
    }
    made->instances[i] = *spec;
    made->instances[i].group_count = count;
    made->instances[i].groups = made->groups[i];
    return true;
}

static bool make_coarse(const hax_problem *problem, int wanted, coarse *made)
{
    *made = (coarse){ .problem = *problem };
    made->problem.instances = made->instances;
    return make_instance(problem, 0, wanted, made) && make_instance(problem, 1, wanted, made);
}

/* ---- where the best schedule goes --------------------------------------------------------------
 */

/* [block]: when it begins and ends in a schedule. */
typedef struct times {
    double *begin_ms[2], *end_ms[2];
} times;

static bool make_times(const coarse *of, const hax_schedule *schedule, times *made)
{
    int *block_of[2] = { NULL, NULL };
    bool ok = true;
    *made = (times){ 0 };
    for (int i = 0; i < 2; i++) {
        const int count = of->instances[i].group_count, groups = of->first[i][count];
        block_of[i] = calloc((size_t) groups, sizeof *block_of[i]);
        made->begin_ms[i] = malloc(sizeof(double) * (size_t) count);
        made->end_ms[i] = calloc((size_t) count, sizeof(double));
        ok = ok && block_of[i] && made->begin_ms[i] && made->end_ms[i];
        for (int b = 0; ok && b < count; b++) {
            made->begin_ms[i][b] = INFINITY;
            for (int g = of->first[i][b]; g < of->first[i][b + 1]; g++)
                block_of[i][g] = b;
        }
    }
    for (int j = 0; ok && j < schedule->job_count; j++) {
        const hax_job *job = &schedule->jobs[j];
        const int b = block_of[job->instance][job->group];
        double *begin_ms = &made->begin_ms[job->instance][b];
        double *end_ms = &made->end_ms[job->instance][b];
        *begin_ms = fmin(*begin_ms, job->start_ms);
        *end_ms = fmax(*end_ms, job->end_ms);
    }
    free(block_of[0]);
    free(block_of[1]);
    return ok;
}

static void free_times(times *of)
{
    for (int i = 0; i < 2; i++) {
        free(of->begin_ms[i]);
        free(of->end_ms[i]);
    }
}

/* low and high: [block of instance 0, and one more], blocks of instance 1 that are done. */
static void fill_corridor(const coarse *of, const times *at, int *low, int *high)
{
    const int zero = of->instances[0].group_count, one = of->instances[1].group_count;
    int begun = 0, ended = 0;
    double now_ms = 0;
    for (int b = 0; b <= zero; b++) {
        double until_ms = b < zero ? at->end_ms[0][b] : INFINITY;
        if (b < zero)
            now_ms = fmax(now_ms, fmin(at->begin_ms[0][b], until_ms));
        while (ended < one && at->end_ms[1][ended] < now_ms)
            ended++;
        while (begun < one && at->begin_ms[1][begun] <= until_ms)
            begun++;
        low[b] = ended > BESIDE ? ended - BESIDE : 0;
        high[b] = begun + BESIDE < one ? begun + BESIDE : one;
        if (b > 0 && low[b] > high[b - 1]) /* rows that follow each other must meet */
            low[b] = high[b - 1];
        now_ms = until_ms;
    }
    high[zero] = one;
}

/* ---- tables ------------------------------------------------------------------------------------
 */

/* The schedule that blocks in this order make, group by group. */
static hax_status expand(const hax_problem *problem, const coarse *of, const search_result *found,
                         hax_schedule **made, hax_error *err)
{
    const int groups = problem->instances[0].group_count + problem->instances[1].group_count;
    const bool exact = groups == of->instances[0].group_count + of->instances[1].group_count;
    if (exact)
        return schedule_from_placements(problem, "haxconn", found->count, found->placements, made,
                                        err);
    hax_job *jobs = calloc((size_t) groups, sizeof *jobs);
    int count = 0;
    if (!jobs)
        return hax_fail_memory(err, "a schedule");
    for (int p = 0; p < found->count; p++) {
        const placement *at = &found->placements[p];
        const int *first = &of->first[at->instance][at->group];
        for (int g = first[0]; g < first[1]; g++)
            jobs[count++] =
                (hax_job){ .unit = at->unit, .instance = at->instance, .group = g, .after = -1 };
    }
    hax_status status = hax_schedule_evaluate(problem, "haxconn", count, jobs, made, err);
    free(jobs);
    return status;
}

typedef struct zoom {
    const hax_problem *problem;
    bool blind;
    allowance allowed;
    hax_schedule **best;
    bool stopped;
} zoom;

static void keep_better(const zoom *at, hax_schedule *made)
{
    if (*at->best &&
        !hax_objective_better(at->problem->objective, made->value, (*at->best)->value)) {
        hax_schedule_destroy(made);
        return;
    }
    hax_schedule_destroy(*at->best);
    *at->best = made;
}

/* The optimum of the blocks within a corridor (NULL: of all), as a schedule of the groups. */
static hax_status solve_blocks(zoom *at, const coarse *of, const pair_corridor *corridor,
                               hax_error *err)
{
    const hax_solve_options options = { .cancel = at->allowed.cancel,
                                        .time_limit_s = allowance_left_s(&at->allowed) };
    search_result found = { 0 };
    hax_schedule *made = NULL;
    hax_error why = { 0 };
    hax_status status = search_pair_near(&of->problem, &options, corridor, at->blind, &found, &why);
    at->stopped = status != HAX_OK || !found.complete;
    if (status == HAX_OK && found.count)
        status = expand(at->problem, of, &found, &made, &why);
    free(found.placements);
    if (status == HAX_OK && made)
        keep_better(at, made);
    /* limits on pieces may refuse what blocks allow; then there is nothing to go on from */
    at->stopped = at->stopped || status != HAX_OK;
    return status == HAX_NO_MEMORY ? hax_fail_memory(err, "a search") : HAX_OK;
}

static hax_status solve_near_best(zoom *at, const coarse *of, hax_error *err)
{
    const size_t rows = (size_t) of->instances[0].group_count + 1;
    int *memory = calloc(2 * rows, sizeof *memory);
    times when;
    hax_status status = HAX_OK;
    if (make_times(of, *at->best, &when) && memory) {
        const pair_corridor corridor = { memory, memory + rows };
        fill_corridor(of, &when, memory, memory + rows);
        status = solve_blocks(at, of, &corridor, err);
    } else {
        status = hax_fail_memory(err, "a search");
    }
    free_times(&when);
    free(memory);
    return status;
}

/* One table, the last one as often as that gains. */
static hax_status solve_level(zoom *at, int blocks, bool first, bool last, hax_error *err)
{
    coarse of;
    hax_status status =
        make_coarse(at->problem, blocks, &of) ? HAX_OK : hax_fail_memory(err, "a search");
    if (status == HAX_OK && first)
        status = solve_blocks(at, &of, NULL, err);
    for (int n = 0; status == HAX_OK && !first && *at->best && !at->stopped; n++) {
        const double before = (*at->best)->value;
        status = solve_near_best(at, &of, err);
        if (!last || n == REPEATS_MOST ||
            fabs((*at->best)->value - before) <= gain_that_pays * fabs(before))
            break;
    }
    free_coarse(&of);
    return status;
}

hax_status pair_zoom(const hax_problem *problem, const hax_solve_options *options, bool blind,
                     hax_schedule **best, hax_error *err)
{
    zoom at = {
        .problem = problem, .allowed = allowance_of_search(options), .blind = blind, .best = best
    };
    int longest = 0;
    hax_status status = HAX_OK;
    for (int i = 0; i < 2; i++)
        longest = longest < problem->instances[i].group_count ? problem->instances[i].group_count
                                                              : longest;
    for (int blocks = BLOCKS_FIRST;
         status == HAX_OK && !at.stopped && !allowance_is_over(&at.allowed);
         blocks *= BLOCKS_GROWTH) {
        bool last = blocks * BLOCKS_GROWTH > longest || blocks * BLOCKS_GROWTH > BLOCKS_MOST;
        int wanted = last && longest <= BLOCKS_MOST ? 2 * longest : blocks;
        status = solve_level(&at, wanted, blocks == BLOCKS_FIRST, last, err);
        if (last)
            break;
    }
    return status;
}
