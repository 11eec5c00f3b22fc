/* The search for a partition (search.h). */
#include "search.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "haxconn/schedule.h"
#include "predict.h"
#include "watch.h"

/* A schedule that is not shorter by this share is no reason to leave whole networks. */
static const double worth_planning = 1e-6;

/* By how much a partition that was not measured must be predicted better than the best one that
 * was: finding kernels for its sizes takes half a minute, and less than this is called a tie
 * anyway. */
static const double worth_measuring = 0.01;

int hax_partition_first_sizes(const hax_gpu *gpu, int instance_count, int sizes[2])
{
    int groups = gpu->group_count / instance_count;
    sizes[0] = hax_partition_size_near(gpu, groups * gpu->group_sms);
    sizes[1] = hax_partition_size_near(gpu, sizes[0] / 2);
    return sizes[1] < sizes[0] ? 2 : 1;
}

static bool is_measured(const hax_curves *curves, const hax_part_sizes *sizes)
{
    for (int p = 0; p < sizes->count; p++)
        if (!hax_curves_measured(curves, sizes->sms[p]))
            return false;
    return true;
}

static hax_status estimate_all(const hax_partition_search *search, hax_partition_found *found,
                               double *best_whole_ms, hax_error *err)
{
    *best_whole_ms = INFINITY;
    for (int c = 0; c < found->count; c++) {
        hax_partition_estimate *one = &found->list[c];
        one->planned = false;
        one->measured = is_measured(search->curves, &one->sizes);
        one->bound_ms =
            hax_partition_bound_ms(search->curves, search->frame, search->gpu, &one->sizes);
        HAX_TRY(hax_partition_whole_ms(search->curves, search->frame->instance_count, &one->sizes,
                                       &one->whole_ms, err));
        *best_whole_ms = fmin(*best_whole_ms, one->whole_ms);
    }
    return HAX_OK;
}

/* ---- order ----------------------------------------------------------------------------------- */

/* qsort has no context: throughput is compared as its negative. */
typedef struct ranked {
    double rank; /* smaller is better */
    hax_partition_estimate estimate;
} ranked;

static int compare(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    /* fewer parts, then those listed first: any order, but always the same */
    if (x->estimate.sizes.count != y->estimate.sizes.count)
        return x->estimate.sizes.count - y->estimate.sizes.count;
    return y->estimate.sizes.sms[0] - x->estimate.sizes.sms[0];
}

static double value_rank(const hax_partition_search *search, const hax_partition_estimate *one)
{
    return search->frame->objective == HAX_THROUGHPUT ? -one->value : one->value;
}

static hax_status sort(const hax_partition_search *search, hax_partition_found *found,
                       bool by_value, hax_error *err)
{
    ranked *list = calloc((size_t) found->count, sizeof *list);
    if (!list)
        return hax_fail_memory(err, "partitions of a GPU");
    for (int c = 0; c < found->count; c++) {
        list[c].estimate = found->list[c];
        list[c].rank = !by_value                ? found->list[c].whole_ms
                       : found->list[c].planned ? value_rank(search, &found->list[c])
                                                : INFINITY;
    }
    qsort(list, (size_t) found->count, sizeof *list, compare);
    for (int c = 0; c < found->count; c++)
        found->list[c] = list[c].estimate;
    free(list);
    return HAX_OK;
}

/* ---- plans ----------------------------------------------------------------------------------- */

static hax_status plan(const hax_partition_search *search, hax_partition_estimate *one,
                       double limit_s, hax_error *err)
{
    const hax_problem *problem = NULL;
    const hax_schedule *schedule = NULL;
    hax_solve_options options = hax_solve_options_default();
    options.time_limit_s = fmin(search->plan_limit_s, limit_s);
    options.cancel = search->watch ? search->watch->cancel : NULL;
    HAX_TRY(hax_partition_problem(search->curves, search->frame, search->gpu, 1, &one->sizes,
                                  &problem, err));
    hax_status status = hax_solve(problem, &options, &schedule, err);
    if (schedule && (status == HAX_OK || status == HAX_LIMIT)) {
        one->planned = true;
        one->value = schedule->value;
        status = HAX_OK;
    } else if (status == HAX_LIMIT) {
        status = HAX_OK;
    }
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
    return status;
}

/* Most promising first, until none can be better than what is known, or the time is over. */
static hax_status plan_promising(const hax_partition_search *search, hax_partition_found *found,
                                 double best_whole_ms, hax_error *err)
{
    bool latency = search->frame->objective == HAX_LATENCY;
    double best_ms = best_whole_ms;
    uint64_t begin_ns = hax_clock_ns();
    for (int c = 0; c < found->count; c++) {
        hax_partition_estimate *one = &found->list[c];
        double left_s = search->step_limit_s - 1e-3 * hax_ms_between(begin_ns, hax_clock_ns());
        bool certain = c == 0 || one->sizes.count == 1; /* these are always planned */
        if (!certain && left_s <= 0)
            continue;
        if (!certain && latency && one->bound_ms >= best_ms * (1 - worth_planning))
            continue;
        hax_watch_report(search->watch, "planning on partitions", (double) c / found->count, -1);
        HAX_TRY(plan(search, one, fmax(left_s, 0.1), err));
        if (one->planned && latency)
            best_ms = fmin(best_ms, one->value);
        HAX_TRY(hax_watch_check(search->watch, err));
    }
    return HAX_OK;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static hax_status rank(const hax_partition_search *search, hax_partition_found *found,
                       hax_error *err)
{
    double best_whole_ms;
    HAX_TRY(estimate_all(search, found, &best_whole_ms, err));
    HAX_TRY(sort(search, found, false, err));
    HAX_TRY(plan_promising(search, found, best_whole_ms, err));
    return sort(search, found, true, err);
}

static hax_status measure(const hax_partition_search *search, int step, const hax_part_sizes *sizes,
                          hax_error *err)
{
    int missing[HAX_GPU_PARTS], count = 0;
    for (int p = 0; p < sizes->count; p++) {
        bool known = hax_curves_measured(search->curves, sizes->sms[p]);
        for (int m = 0; m < count; m++)
            known = known || missing[m] == sizes->sms[p];
        if (!known)
            missing[count++] = sizes->sms[p];
    }
    assert(count > 0);
    return search->measure(search->context, step, count, missing, err);
}

/* The best of those that were planned and measured. */
static void choose(hax_partition_found *found)
{
    found->chosen = 0;
    while (found->chosen < found->count - 1 &&
           !(found->list[found->chosen].planned && found->list[found->chosen].measured))
        found->chosen++;
    /* the whole GPU is always both */
    assert(found->list[found->chosen].planned && found->list[found->chosen].measured);
}

/* Is the one that is predicted best, which has not been measured, worth it? */
static bool promises_more(const hax_partition_search *search, const hax_partition_found *found)
{
    double known = value_rank(search, &found->list[found->chosen]);
    return known - value_rank(search, &found->list[0]) > worth_measuring * fabs(known);
}

static hax_status search_on(const hax_partition_search *search, hax_partition_found *found,
                            hax_error *err)
{
    HAX_TRY(rank(search, found, err));
    choose(found);
    while (found->steps < HAX_PARTITION_STEPS && promises_more(search, found)) {
        HAX_TRY(measure(search, found->steps + 1, &found->list[0].sizes, err));
        found->steps++;
        HAX_TRY(rank(search, found, err));
        choose(found);
    }
    return HAX_OK;
}

hax_status hax_partition_search_run(const hax_partition_search *search, hax_partition_found *found,
                                    hax_error *err)
{
    hax_part_sizes *sizes;
    hax_partition_found result = { 0 };
    assert(hax_curves_measured(search->curves, search->gpu->sms));
    HAX_TRY(hax_partition_candidates(search->gpu, search->frame->instance_count, &sizes,
                                     &result.count, err));
    result.list = calloc((size_t) result.count, sizeof *result.list);
    for (int c = 0; result.list && c < result.count; c++)
        result.list[c].sizes = sizes[c];
    free(sizes);
    hax_status status =
        result.list ? search_on(search, &result, err) : hax_fail_memory(err, "partitions of a GPU");
    if (status != HAX_OK) {
        free(result.list);
        return status;
    }
    *found = result;
    return HAX_OK;
}
