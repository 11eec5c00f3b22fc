/*
 * Greedy earliest finish: HEFT (Topcuoglu, Hariri, Wu, IEEE TPDS 13(3), 2002). Steps by upward
 * rank (mean time to the end of what depends on them), each on the unit where it ends first,
 * gaps between others included. No contention.
 */
#include <math.h>
#include <stdlib.h>

#include "greedy_schedule.h"

static double mean_ms(const hax_greedy_schedule *greedy, int s)
{
    double sum_ms = 0;
    int count = 0;
    for (int u = 0; u < greedy->problem->unit_count; u++) {
        if (isinf(greedy->steps[s].ms[u]))
            continue;
        sum_ms += greedy->steps[s].ms[u];
        count++;
    }
    return count ? sum_ms / count : 0;
}

static int count_units(const hax_greedy_schedule *greedy, int s)
{
    int count = 0;
    for (int u = 0; u < greedy->problem->unit_count; u++)
        count += !isinf(greedy->steps[s].ms[u]);
    return count;
}

/* What moving to step s costs, over all pairs of units, equal ones included, at which nothing is
 * moved. What an OUT costs does not depend on where it goes to, nor an IN on where it comes from:
 * each is added once for all pairs that it is in. */
static double mean_moving_ms(const hax_greedy_schedule *greedy, int s)
{
    const int units = greedy->problem->unit_count;
    const int froms = count_units(greedy, s - 1), tos = count_units(greedy, s);
    double sum_ms = 0;
    for (int u = 0; u < units && units > 1; u++) {
        const int other = u == 0 ? 1 : 0;
        const bool from = !isinf(greedy->steps[s - 1].ms[u]), to = !isinf(greedy->steps[s].ms[u]);
        if (from)
            sum_ms += (tos - to) * hax_greedy_out_ms(greedy, s, u, other);
        if (to)
            sum_ms += (froms - from) * hax_greedy_in_ms(greedy, s, other, u);
    }
    return froms && tos ? sum_ms / (froms * (double) tos) : 0;
}

/* Rank of what must wait for the end of an instance. */
static double rank_behind(const hax_greedy_schedule *greedy, int instance, const double *rank)
{
    double most = 0;
    for (int i = 0; i < greedy->problem->instance_count; i++)
        for (int a = 0; a < greedy->problem->instances[i].after_count; a++)
            if (greedy->problem->instances[i].after[a] == instance)
                most = fmax(most, rank[greedy->first_step[i]]);
    return most;
}

static void rank_instance(const hax_greedy_schedule *greedy, int instance, double *rank)
{
    int last = greedy->first_step[instance + 1] - 1;
    for (int s = last; s >= greedy->first_step[instance]; s--)
        rank[s] = mean_ms(greedy, s) + (s == last ? rank_behind(greedy, instance, rank)
                                                  : mean_moving_ms(greedy, s + 1) + rank[s + 1]);
}

/* Ranks pass from an instance to those that it comes after: always one is next whose followers
 * have all been ranked. */
static hax_status rank_all(const hax_greedy_schedule *greedy, double *rank, hax_error *err)
{
    const hax_problem *problem = greedy->problem;
    const int count = problem->instance_count;
    int *followers = calloc((size_t) count, sizeof *followers);
    int *ready = calloc((size_t) count, sizeof *ready), ranked = 0;
    bool ok = followers && ready;
    hax_status status = ok ? HAX_OK : hax_fail_memory(err, "a baseline");
    for (int i = 0; ok && i < count; i++)
        for (int a = 0; a < problem->instances[i].after_count; a++)
            followers[problem->instances[i].after[a]]++;
    int known = 0;
    for (int i = 0; ok && i < count; i++)
        if (followers[i] == 0)
            ready[known++] = i;
    for (; ok && ranked < known; ranked++) {
        const hax_instance_spec *spec = &problem->instances[ready[ranked]];
        status = hax_time_budget_check(&greedy->allowed, "earliest-finish", err);
        if (status != HAX_OK)
            break;
        rank_instance(greedy, ready[ranked], rank);
        for (int a = 0; a < spec->after_count; a++)
            if (--followers[spec->after[a]] == 0)
                ready[known++] = spec->after[a];
    }
    free(followers);
    free(ready);
    return status;
}

static int most_urgent(const hax_greedy_schedule *greedy, const double *rank)
{
    int best = -1;
    for (int i = 0; i < greedy->problem->instance_count; i++) {
        int s = hax_greedy_ready(greedy, i);
        if (s >= 0 && (best < 0 || rank[s] > rank[best]))
            best = s;
    }
    return best;
}

static hax_status place_next(hax_greedy_schedule *greedy, const double *rank, hax_error *err)
{
    int s = most_urgent(greedy, rank), best = -1, before = hax_greedy_before(greedy, s);
    double best_start_ms = 0, best_end_ms = INFINITY;
    for (int u = 0; u < greedy->problem->unit_count; u++) {
        if (!hax_greedy_may(greedy, s, u))
            continue;
        double length_ms = greedy->steps[s].ms[u];
        if (before >= 0)
            length_ms += hax_greedy_in_ms(greedy, s, greedy->steps[before].unit, u);
        double start_ms = hax_greedy_start_ms(greedy, s, u, length_ms);
        if (best < 0 || start_ms + length_ms < best_end_ms) {
            best = u;
            best_start_ms = start_ms;
            best_end_ms = start_ms + length_ms;
        }
    }
    if (best < 0)
        return hax_greedy_stuck(greedy, s, "earliest-finish", err);
    return hax_greedy_place(greedy, s, best, best_start_ms, best_end_ms)
               ? HAX_OK
               : hax_fail_memory(err, "a baseline");
}

hax_status hax_baseline_earliest_finish(const hax_problem *problem,
                                        const hax_baseline_limits *limits,
                                        const hax_schedule **schedule, hax_error *err)
{
    hax_greedy_schedule greedy;
    HAX_TRY(hax_greedy_open(problem, limits, &greedy, err));
    double *rank = calloc((size_t) greedy.step_count, sizeof *rank);
    const bool ok = rank && hax_greedy_keep_gaps(&greedy);
    hax_status status = ok ? rank_all(&greedy, rank, err) : hax_fail_memory(err, "a baseline");
    while (status == HAX_OK && greedy.placed_count < greedy.step_count) {
        status = hax_time_budget_check(&greedy.allowed, "earliest-finish", err);
        if (status == HAX_OK)
            status = place_next(&greedy, rank, err);
    }
    if (status == HAX_OK)
        status = hax_greedy_evaluate(&greedy, problem, "earliest-finish", schedule, err);
    free(rank);
    hax_greedy_close(&greedy);
    return status;
}
