/*
 * Greedy earliest finish: HEFT (Topcuoglu, Hariri, Wu, IEEE TPDS 13(3), 2002). Steps by upward
 * rank (mean time to the end of what depends on them), each on the unit where it ends first,
 * gaps between others included. No contention.
 */
#include <math.h>
#include <stdlib.h>

#include "baselines/draft.h"

static double mean_ms(const draft *of, int s)
{
    double sum_ms = 0;
    int count = 0;
    for (int u = 0; u < of->problem->unit_count; u++) {
        if (isinf(of->steps[s].ms[u]))
            continue;
        sum_ms += of->steps[s].ms[u];
        count++;
    }
    return count ? sum_ms / count : 0;
}

static int count_units(const draft *of, int s)
{
    int count = 0;
    for (int u = 0; u < of->problem->unit_count; u++)
        count += !isinf(of->steps[s].ms[u]);
    return count;
}

/* What moving to step s costs, over all pairs of units, equal ones included, at which nothing is
 * moved. What an OUT costs does not depend on where it goes to, nor an IN on where it comes from:
 * each is added once for all pairs that it is in. */
static double mean_moving_ms(const draft *of, int s)
{
    const int units = of->problem->unit_count;
    const int froms = count_units(of, s - 1), tos = count_units(of, s);
    double sum_ms = 0;
    for (int u = 0; u < units && units > 1; u++) {
        const int other = u == 0 ? 1 : 0;
        const bool from = !isinf(of->steps[s - 1].ms[u]), to = !isinf(of->steps[s].ms[u]);
        if (from)
            sum_ms += (tos - to) * draft_out_ms(of, s, u, other);
        if (to)
            sum_ms += (froms - from) * draft_in_ms(of, s, other, u);
    }
    return froms && tos ? sum_ms / (froms * (double) tos) : 0;
}

/* Rank of what must wait for the end of an instance. */
static double rank_behind(const draft *of, int instance, const double *rank)
{
    double most = 0;
    for (int i = 0; i < of->problem->instance_count; i++)
        for (int a = 0; a < of->problem->instances[i].after_count; a++)
            if (of->problem->instances[i].after[a] == instance)
                most = fmax(most, rank[of->first_step[i]]);
    return most;
}

static void rank_instance(const draft *of, int instance, double *rank)
{
    int last = of->first_step[instance + 1] - 1;
    for (int s = last; s >= of->first_step[instance]; s--)
        rank[s] = mean_ms(of, s) + (s == last ? rank_behind(of, instance, rank)
                                              : mean_moving_ms(of, s + 1) + rank[s + 1]);
}

/* Ranks pass from an instance to those that it comes after: always one is next whose followers
 * have all been ranked. */
static hax_status rank_all(const draft *of, double *rank, hax_error *err)
{
    const hax_problem *problem = of->problem;
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
        status = allowance_check(&of->allowed, "earliest-finish", err);
        if (status != HAX_OK)
            break;
        rank_instance(of, ready[ranked], rank);
        for (int a = 0; a < spec->after_count; a++)
            if (--followers[spec->after[a]] == 0)
                ready[known++] = spec->after[a];
    }
    free(followers);
    free(ready);
    return status;
}

static int most_urgent(const draft *of, const double *rank)
{
    int best = -1;
    for (int i = 0; i < of->problem->instance_count; i++) {
        int s = draft_ready(of, i);
        if (s >= 0 && (best < 0 || rank[s] > rank[best]))
            best = s;
    }
    return best;
}

static hax_status place_next(draft *of, const double *rank, hax_error *err)
{
    int s = most_urgent(of, rank), best = -1, before = draft_before(of, s);
    double best_start_ms = 0, best_end_ms = INFINITY;
    for (int u = 0; u < of->problem->unit_count; u++) {
        if (!draft_may(of, s, u))
            continue;
        double length_ms = of->steps[s].ms[u];
        if (before >= 0)
            length_ms += draft_in_ms(of, s, of->steps[before].unit, u);
        double start_ms = draft_start_ms(of, s, u, length_ms);
        if (best < 0 || start_ms + length_ms < best_end_ms) {
            best = u;
            best_start_ms = start_ms;
            best_end_ms = start_ms + length_ms;
        }
    }
    if (best < 0)
        return draft_stuck(of, s, "earliest-finish", err);
    return draft_place(of, s, best, best_start_ms, best_end_ms)
               ? HAX_OK
               : hax_fail_memory(err, "a baseline");
}

hax_status hax_baseline_earliest_finish(const hax_problem *problem,
                                        const hax_baseline_limits *limits, hax_schedule **schedule,
                                        hax_error *err)
{
    draft of;
    HAX_TRY(draft_open(problem, limits, &of, err));
    double *rank = calloc((size_t) of.step_count, sizeof *rank);
    of.gaps = true;
    hax_status status = rank ? rank_all(&of, rank, err) : hax_fail_memory(err, "a baseline");
    while (status == HAX_OK && of.placed_count < of.step_count) {
        status = allowance_check(&of.allowed, "earliest-finish", err);
        if (status == HAX_OK)
            status = place_next(&of, rank, err);
    }
    if (status == HAX_OK)
        status = draft_schedule(&of, problem, "earliest-finish", schedule, err);
    free(rank);
    draft_close(&of);
    return status;
}
