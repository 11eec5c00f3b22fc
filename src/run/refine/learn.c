/* Corrections from what jobs took. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "corrections.h"
#include "problem.h"
#include "statistics.h"

/* What is not worth a correction: less than this share of what a group takes alone, or this. */
static const double least_share = 0.01, least_ms = 1e-3;

/* Contention that is so small a share of a group's time tells nothing of how wrong it is, and how
 * far its factor goes at once. */
static const double least_contention = 0.02, factor_most = 4;

/* One job's say on a context. */
typedef struct observation {
    hax_correction context;
    double value;
    double unsure; /* in the unit of value */
    double limit;  /* differences up to this one are none */
} observation;

typedef struct learning {
    hax_corrections *corrections;
    const hax_lesson *lesson;
    int unit_of[HAX_MAX_UNITS]; /* [the platform's unit]: the problem's, -1 */
    int count, capacity;
    observation *seen;
} learning;

static void match_units(learning *learning)
{
    const hax_platform *platform = learning->corrections->frame->platform;
    for (int p = 0; p < platform->unit_count; p++) {
        learning->unit_of[p] = -1;
        for (int u = 0; u < learning->lesson->problem->unit_count; u++)
            if (strcmp(platform->units[p].name, learning->lesson->problem->units[u].name) == 0)
                learning->unit_of[p] = u;
    }
}

static hax_status see(learning *learning, const observation *one, hax_error *err)
{
    assert(one->value >= 0 && one->limit > 0 && one->unsure >= 0);
    if (learning->count == learning->capacity) {
        int capacity = 2 * learning->capacity + 64;
        observation *grown = realloc(learning->seen, (size_t) capacity * sizeof *grown);
        if (!grown)
            return hax_fail_memory(err, "observations");
        learning->seen = grown;
        learning->capacity = capacity;
    }
    learning->seen[learning->count++] = *one;
    return HAX_OK;
}

/* ---- one job --------------------------------------------------------------------------------- */

static double notch_ms(const hax_summary *summary)
{
    return summary->spread * summary->median;
}

/* How far what it takes alone and what it took are known. */
static double unsure_ms(const learning *learning, const hax_timed_job *job)
{
    const int network = learning->corrections->frame->network_of[job->instance];
    const hax_network_profile *profiled = &learning->lesson->profile->networks[network];
    const hax_summary *alone = &profiled->cost[job->group][job->unit].run;
    return hypot(notch_ms(&job->took), notch_ms(alone));
}

static observation observe(const learning *learning, const hax_timed_job *job,
                           hax_correction_kind kind, double ms)
{
    const double unsure = unsure_ms(learning, job);
    const int unit = learning->unit_of[job->unit];
    const double group_ms =
        hax_cost_of(learning->lesson->problem, job->instance, job->group, unit)->time_ms;
    return (observation){
        .context = { .kind = kind,
                     .instance = job->instance,
                     .group = job->group,
                     .unit = job->unit,
                     .from_unit = -1 },
        .value = fmax(ms, 0),
        .unsure = unsure,
        .limit = fmax(unsure, fmax(least_share * group_ms, least_ms)),
    };
}

/* A group that goes on on its unit. */
static hax_status see_run(learning *learning, const hax_timed_job *job, hax_error *err)
{
    const double longer_ms = job->took.median - job->alone_ms;
    if (!job->beside) {
        const observation one = observe(learning, job, HAX_CORRECTED_ALONE, job->took.median);
        return see(learning, &one, err);
    }
    if (!(job->contention_ms > least_contention * job->alone_ms))
        return HAX_OK;
    observation one = observe(learning, job, HAX_CORRECTED_CONTENTION, 0);
    const double factor = longer_ms / job->contention_ms;
    const hax_known_correction *known = hax_corrections_find(
        learning->corrections, HAX_CORRECTED_CONTENTION, job->instance, job->group, job->unit, -1);
    const double so_far = known && known->changes ? known->public.learned : 1;
    one.value = so_far * fmin(fmax(factor, 1 / factor_most), factor_most);
    one.unsure *= so_far / job->contention_ms;
    one.limit *= so_far / job->contention_ms;
    return see(learning, &one, err);
}

/* A hand-over, or a group that comes from elsewhere: what it takes beyond alone and contention. */
static hax_status see_change(learning *learning, const hax_timed_job *job, double in_ms,
                             int from_unit, hax_error *err)
{
    const bool out = job->part == HAX_PART_OUT;
    const double contention_ms = job->beside ? job->contention_ms : 0;
    observation one = observe(learning, job, out ? HAX_CORRECTED_OUT : HAX_CORRECTED_ENTERING,
                              in_ms + job->took.median - job->alone_ms - contention_ms);
    one.context.from_unit = from_unit;
    return see(learning, &one, err);
}

/* What went before a job in its instance. */
typedef struct trail {
    int unit;     /* of the group before, -1: none */
    double in_ms; /* its IN so far, without contention */
} trail;

static hax_status see_job(learning *learning, const hax_timed_job *job, trail *trail,
                          hax_error *err)
{
    if (job->part == HAX_PART_RUN && (job->first_group != job->group || job->took.median == 0)) {
        *trail = (struct trail){ .unit = job->unit };
        return HAX_OK;
    }
    if (job->part == HAX_PART_IN) {
        trail->in_ms = job->took.median - (job->beside ? job->contention_ms : 0);
        return HAX_OK;
    }
    if (job->part == HAX_PART_OUT)
        return see_change(learning, job, 0, -1, err);
    const int before = trail->unit;
    const double in_ms = trail->in_ms;
    *trail = (struct trail){ .unit = job->unit };
    if (before >= 0 && before != job->unit)
        return see_change(learning, job, in_ms, before, err);
    return job->enters && job->beside ? HAX_OK : see_run(learning, job, err);
}

static hax_status see_row(learning *learning, const hax_timeline *timeline, hax_error *err)
{
    const int instances = learning->corrections->frame->instance_count;
    for (int i = 0; i < instances; i++) {
        trail trail = { .unit = -1 };
        for (int j = 0; j < timeline->job_count; j++)
            if (timeline->jobs[j].instance == i)
                HAX_TRY(see_job(learning, &timeline->jobs[j], &trail, err));
    }
    return HAX_OK;
}

/* ---- all that was seen of a context ------------------------------------------------------------
 */

/* By the problem without corrections. */
static double known_of(const learning *learning, const hax_problem *problem,
                       const hax_correction *context)
{
    const int unit = learning->unit_of[context->unit];
    const hax_cost *cost = hax_cost_of(problem, context->instance, context->group, unit);
    switch (context->kind) {
    case HAX_CORRECTED_ALONE: return cost->time_ms;
    case HAX_CORRECTED_OUT: return cost->out_ms;
    case HAX_CORRECTED_ENTERING:
        return hax_in_between(problem, context->instance, context->group,
                              learning->unit_of[context->from_unit], unit)
            .ms;
    case HAX_CORRECTED_CONTENTION: break;
    }
    return 1;
}

/* By what is known so far. */
static double present_of(const learning *learning, const hax_correction *context)
{
    const hax_known_correction *known =
        hax_corrections_find(learning->corrections, context->kind, context->instance,
                             context->group, context->unit, context->from_unit);
    if (context->kind == HAX_CORRECTED_CONTENTION)
        return known && known->changes ? known->public.learned : 1;
    return known_of(learning, learning->lesson->corrected, context);
}

static bool same(const learning *learning, const observation *a, const observation *b)
{
    const hax_correction_frame *frame = learning->corrections->frame;
    const hax_platform *platform = frame->platform;
    const hax_correction *one = &a->context, *other = &b->context;
    return one->kind == other->kind &&
           frame->network_of[one->instance] == frame->network_of[other->instance] &&
           one->group == other->group &&
           platform->units[one->unit].class_id == platform->units[other->unit].class_id &&
           (one->from_unit < 0) == (other->from_unit < 0) &&
           (one->from_unit < 0 ||
            platform->units[one->from_unit].class_id == platform->units[other->from_unit].class_id);
}

/* The middle of what rows say of the context of observation `first`, of which it is the first. */
static observation pool(const learning *learning, int first, double *values, int *rows)
{
    observation pooled = learning->seen[first];
    size_t count = 0;
    for (int o = first; o < learning->count; o++) {
        if (!same(learning, &learning->seen[first], &learning->seen[o]))
            continue;
        values[count++] = learning->seen[o].value;
        pooled.unsure = fmax(pooled.unsure, learning->seen[o].unsure);
        pooled.limit = fmax(pooled.limit, learning->seen[o].limit);
    }
    assert(count > 0);
    const hax_summary summary = hax_summarise(values, count);
    pooled.value = summary.median;
    pooled.unsure = fmax(pooled.unsure, notch_ms(&summary));
    *rows = (int) count;
    return pooled;
}

static hax_status conclude(learning *learning, const observation *pooled, int rows, int *news,
                           hax_error *err)
{
    const hax_known_correction *known = hax_corrections_find(
        learning->corrections, pooled->context.kind, pooled->context.instance,
        pooled->context.group, pooled->context.unit, pooled->context.from_unit);
    const double present = present_of(learning, &pooled->context);
    const bool differs = fabs(pooled->value - present) > pooled->limit;
    if (known && !differs)
        return HAX_OK;
    hax_known_correction one = { .public = pooled->context };
    one.public.known = known_of(learning, learning->lesson->problem, &pooled->context);
    one.public.learned = pooled->value;
    one.public.spread = pooled->unsure;
    one.public.rows = rows;
    one.changes = fabs(one.public.learned - one.public.known) > pooled->limit;
    *news += differs;
    return hax_corrections_set(learning->corrections, &one, err);
}

static bool is_first(const learning *learning, int index)
{
    for (int o = 0; o < index; o++)
        if (same(learning, &learning->seen[o], &learning->seen[index]))
            return false;
    return true;
}

static hax_status conclude_all(learning *learning, int *news, hax_error *err)
{
    double *values = malloc(((size_t) learning->count + 1) * sizeof *values);
    hax_status status = values ? HAX_OK : hax_fail_memory(err, "observations");
    for (int o = 0; status == HAX_OK && o < learning->count; o++) {
        int rows;
        if (!is_first(learning, o))
            continue;
        const observation pooled = pool(learning, o, values, &rows);
        status = conclude(learning, &pooled, rows, news, err);
    }
    free(values);
    return status;
}

hax_status hax_corrections_learn(hax_corrections *corrections, const hax_lesson *lesson, int *news,
                                 hax_error *err)
{
    learning learning = { .corrections = corrections, .lesson = lesson };
    hax_status status = HAX_OK;
    match_units(&learning);
    *news = 0;
    for (int r = 0; status == HAX_OK && r < lesson->row_count; r++)
        status = see_row(&learning, &lesson->timelines[r], err);
    if (status == HAX_OK)
        status = conclude_all(&learning, news, err);
    free(learning.seen);
    return status;
}
