/*
 * The evaluator: from jobs in an order to starts, ends and slowdowns.
 *
 * Between two events the set of running jobs is constant, and each progresses at
 * 1 / s_u(own, external); the next event is the earliest completion or the end of a wait.
 * No fixed point, no iteration.
 */
#include "timeline.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "event_step.h"
#include "heap.h"

/* So many times -1; NULL without memory. */
static int *nowhere(size_t count)
{
    int *made = malloc(count * sizeof *made);
    if (made)
        memset(made, -1, count * sizeof *made);
    return made;
}

/* ---- the list in its normal form ------------------------------------------------------- */

typedef struct normaliser {
    const hax_problem *problem;
    int job_count;
    const hax_job *jobs; /* as given */
    int *unit_of;        /* [instance offset + group], -1: not placed yet */
    int *offset;         /* [instance] */
    int *edge_of[2];     /* the same of the given OUT and IN jobs, -1: none */
    int *moved;          /* [given job]: its index in `made` */
    hax_job *normalised;
    int made_count;
} normaliser;

static int *placed(const normaliser *normaliser, int instance, int group)
{
    assert(group >= 0 && group < normaliser->problem->instances[instance].group_count);
    return &normaliser->unit_of[normaliser->offset[instance] + group];
}

static hax_status check_given(const normaliser *normaliser, int index, hax_error *err)
{
    const hax_problem *problem = normaliser->problem;
    const hax_job *job = &normaliser->jobs[index];
    if (job->instance < 0 || job->instance >= problem->instance_count || job->unit < 0 ||
        job->unit >= problem->unit_count || job->group < 0 ||
        job->group >= problem->instances[job->instance].group_count)
        return hax_fail(err, HAX_BAD_INPUT,
                        "job %d names an instance, a group or a unit that "
                        "does not exist",
                        index);
    if (job->after < -1 || job->after >= normaliser->job_count || job->after == index ||
        !(job->delay_ms >= 0) || isinf(job->delay_ms))
        return hax_fail(err, HAX_BAD_INPUT, "job %d: a wait must be for another job, and finite",
                        index);
    if (!hax_cost_of(problem, job->instance, job->group, job->unit)->allowed)
        return hax_fail(err, HAX_BAD_INPUT, "instance '%s', group %d may not run on unit '%s'",
                        problem->instances[job->instance].name, job->group,
                        problem->units[job->unit].name);
    return HAX_OK;
}

static hax_status place_runs(normaliser *normaliser, hax_error *err)
{
    for (int j = 0; j < normaliser->job_count; j++) {
        const hax_job *job = &normaliser->jobs[j];
        HAX_TRY(check_given(normaliser, j, err));
        if (job->part != HAX_PART_RUN)
            continue;
        int *unit = placed(normaliser, job->instance, job->group);
        if (*unit >= 0)
            return hax_fail(err, HAX_BAD_INPUT, "instance '%s', group %d stands twice",
                            normaliser->problem->instances[job->instance].name, job->group);
        if (job->group > 0 && unit[-1] < 0)
            return hax_fail(err, HAX_BAD_INPUT, "instance '%s', group %d stands before group %d",
                            normaliser->problem->instances[job->instance].name, job->group,
                            job->group - 1);
        *unit = job->unit;
    }
    for (int i = 0; i < normaliser->problem->instance_count; i++)
        for (int g = 0; g < normaliser->problem->instances[i].group_count; g++)
            if (*placed(normaliser, i, g) < 0)
                return hax_fail(err, HAX_BAD_INPUT, "instance '%s', group %d is missing",
                                normaliser->problem->instances[i].name, g);
    return HAX_OK;
}

static void add(normaliser *normaliser, const hax_job *run, hax_part part)
{
    normaliser->normalised[normaliser->made_count++] = (hax_job){ .unit = run->unit,
                                                                  .instance = run->instance,
                                                                  .group = run->group,
                                                                  .part = part,
                                                                  .after = -1,
                                                                  .slowdown = 1 };
}

/* The given job of a group's OUT or IN, -1 if the list has none. */
static int *given(const normaliser *normaliser, const hax_job *job, hax_part part)
{
    return &normaliser
                ->edge_of[part == HAX_PART_IN][normaliser->offset[job->instance] + job->group];
}

/* The first where one stands twice. */
static void note_edges(const normaliser *normaliser)
{
    for (int j = normaliser->job_count - 1; j >= 0; j--)
        if (normaliser->jobs[j].part != HAX_PART_RUN)
            *given(normaliser, &normaliser->jobs[j], normaliser->jobs[j].part) = j;
}

/* What of an instance's jobs is asked for its parts. */
typedef struct handing_over {
    const hax_problem *problem;
    int instance;
} handing_over;

/* A hand-over that takes no time is no job. */
static bool takes_time(const void *context, hax_part part, int group, int from_unit, int to_unit)
{
    const handing_over *asked = context;
    return part == HAX_PART_IN
               ? hax_cost_of(asked->problem, asked->instance, group, to_unit)->in_ms > 0
               : hax_cost_of(asked->problem, asked->instance, group, from_unit)->out_ms > 0;
}

/* IN if it costs anything, the group, OUT if it costs anything: in one piece. A wait of
 * either of the first two is a wait of the whole; what waits for a part that is left out waits for
 * the group. */
static void add_group(normaliser *normaliser, int run_index)
{
    const hax_job *run = &normaliser->jobs[run_index];
    const handing_over asked = { normaliser->problem, run->instance };
    const hax_unit_path path = { normaliser->problem->instances[run->instance].group_count,
                                 placed(normaliser, run->instance, 0), takes_time, &asked };
    int in = *given(normaliser, run, HAX_PART_IN), out = *given(normaliser, run, HAX_PART_OUT);
    hax_group_part parts[HAX_PARTS_MOST];
    int first = normaliser->made_count, count = hax_list_parts(&path, run->group, parts);
    for (int p = 0; p < count; p++)
        add(normaliser, run, parts[p].part);
    normaliser->moved[run_index] = first + (parts[0].part == HAX_PART_IN);
    if (in >= 0)
        normaliser->moved[in] = first;
    if (out >= 0)
        normaliser->moved[out] = first + count - 1;
    const hax_job *waiter =
        in >= 0 && (normaliser->jobs[in].after >= 0 || normaliser->jobs[in].delay_ms > 0)
            ? &normaliser->jobs[in]
            : run;
    normaliser->normalised[first].after = waiter->after; /* still in the given numbering */
    normaliser->normalised[first].delay_ms = waiter->delay_ms;
}

static hax_status normalise(normaliser *normaliser, hax_error *err)
{
    HAX_TRY(place_runs(normaliser, err));
    note_edges(normaliser);
    for (int j = 0; j < normaliser->job_count; j++)
        if (normaliser->jobs[j].part == HAX_PART_RUN)
            add_group(normaliser, j);
    for (int j = 0; j < normaliser->made_count; j++)
        if (normaliser->normalised[j].after >= 0) {
            normaliser->normalised[j].after = normaliser->moved[normaliser->normalised[j].after];
            if (normaliser->normalised[j].after < 0)
                return hax_fail(err, HAX_BAD_INPUT,
                                "job %d waits for an IN or OUT without its group", j);
        }
    return HAX_OK;
}

/* ---- the walk ------------------------------------------------------------------------------ */

/* A job in progress. */
typedef struct runner {
    int job;
    double left_ms; /* of the time alone */
    double gbps, own_gbps;
    double slowdown; /* until the next event */
} runner;

/* Whom a job that ends lets go on: one entry for each time it is waited for. */
typedef struct followers {
    int *first; /* [job + 1]: in list */
    int *list;
} followers;

typedef struct walk {
    const hax_problem *problem;
    int count;
    hax_job *jobs; /* normalised */
    followers behind;
    int *missing;                  /* [job]: so many of those it waits for have not ended */
    double *ready_ms;              /* [job]: the earliest start by those that have */
    hax_heap ready;                /* jobs for which nothing is missing, by their earliest starts */
    runner running[HAX_MAX_UNITS]; /* a unit runs one job at a time; in the order of the list */
    int running_count;
    double now_ms;
    int ended;
    bool out_of_memory;
} walk;

/* One pass over whom every job waits for: counts, or fills the lists in. */
typedef struct linker {
    walk *walk;
    bool fill;
    int last_on[HAX_MAX_RESOURCES];
    int *last;  /* [instance] job */
    int *first; /* [instance] job */
} linker;

static void link_jobs(linker *linker, int before, int after)
{
    if (before < 0)
        return;
    followers *behind = &linker->walk->behind;
    if (!linker->fill) {
        behind->first[before + 1]++;
        linker->walk->missing[after]++;
        return;
    }
    behind->list[behind->first[before]++] = after;
}

/* Order within the list counts where two jobs cannot run at once: the last job before on each
 * resource, the last of the instance, and its wait. The first of an instance waits for the ends of
 * the instances that it comes after; all others come behind that one. */
static void link_all(linker *linker)
{
    const hax_problem *problem = linker->walk->problem;
    memset(linker->last_on, -1, sizeof linker->last_on);
    memset(linker->last, -1, (size_t) problem->instance_count * sizeof *linker->last);
    for (int j = 0; j < linker->walk->count; j++) {
        const hax_job *job = &linker->walk->jobs[j];
        uint32_t resources = problem->units[job->unit].resources;
        for (; resources; resources &= resources - 1) {
            int r = __builtin_ctz(resources);
            link_jobs(linker, linker->last_on[r], j);
            linker->last_on[r] = j;
        }
        link_jobs(linker, linker->last[job->instance], j);
        link_jobs(linker, job->after, j);
        if (linker->last[job->instance] < 0)
            linker->first[job->instance] = j;
        linker->last[job->instance] = j;
    }
    for (int i = 0; i < problem->instance_count; i++)
        for (int a = 0; a < problem->instances[i].after_count; a++)
            link_jobs(linker, linker->last[problem->instances[i].after[a]], linker->first[i]);
}

#ifndef NDEBUG
/* Is every entry of a list a wait of somebody, and every wait in a list? */
static bool waits_add_up(const walk *walk)
{
    int waits = 0;
    for (int j = 0; j < walk->count; j++) {
        waits += walk->missing[j];
        if (walk->behind.first[j] > walk->behind.first[j + 1])
            return false;
    }
    return waits == walk->behind.first[walk->count];
}

/* Is nobody at work on what this job's unit occupies, and no other job of its instance? */
static bool may_run(const walk *walk, int j)
{
    for (int r = 0; r < walk->running_count; r++) {
        const hax_job *other = &walk->jobs[walk->running[r].job];
        if (other->instance == walk->jobs[j].instance ||
            hax_share_resource(walk->problem, other->unit, walk->jobs[j].unit))
            return false;
    }
    return true;
}
#endif

/* Counts become where lists begin; filling moves each on to where the next one begins. */
static hax_status find_followers(walk *walk, hax_error *err)
{
    size_t jobs = (size_t) walk->count, instances = (size_t) walk->problem->instance_count;
    linker links = { .walk = walk, .last = nowhere(instances), .first = nowhere(instances) };
    walk->behind.first = calloc(jobs + 2, sizeof *walk->behind.first);
    walk->missing = calloc(jobs + 1, sizeof *walk->missing);
    walk->ready_ms = calloc(jobs + 1, sizeof *walk->ready_ms);
    bool ok = links.last && links.first && walk->behind.first && walk->missing && walk->ready_ms;
    if (ok) {
        link_all(&links);
        for (size_t j = 0; j < jobs; j++)
            walk->behind.first[j + 1] += walk->behind.first[j];
        walk->behind.list =
            calloc((size_t) walk->behind.first[jobs] + 1, sizeof *walk->behind.list);
        ok = walk->behind.list != NULL;
    }
    if (ok) {
        links.fill = true;
        link_all(&links);
        memmove(walk->behind.first + 1, walk->behind.first, jobs * sizeof *walk->behind.first);
        walk->behind.first[0] = 0;
        assert(waits_add_up(walk));
    }
    free(links.last);
    free(links.first);
    return ok ? HAX_OK : hax_fail_memory(err, "a schedule");
}

static void make_ready(walk *walk, int j)
{
    assert(walk->missing[j] == 0 && walk->ready_ms[j] >= 0);
    if (!hax_heap_push(&walk->ready, walk->ready_ms[j], (size_t) j))
        walk->out_of_memory = true;
}

/* Sums over what runs are taken in the order of the list. */
static void start_job(walk *walk, int j)
{
    assert(walk->missing[j] == 0 && walk->ready_ms[j] <= walk->now_ms && may_run(walk, j));
    int r = walk->running_count++;
    assert(r < HAX_MAX_UNITS);
    for (; r > 0 && walk->running[r - 1].job > j; r--)
        walk->running[r] = walk->running[r - 1];
    walk->running[r] = (runner){ .job = j,
                                 .left_ms = hax_job_alone_ms(walk->problem, &walk->jobs[j]),
                                 .gbps = hax_job_gbps(walk->problem, &walk->jobs[j]),
                                 .own_gbps = hax_job_own_gbps(walk->problem, &walk->jobs[j]) };
    walk->jobs[j].start_ms = walk->now_ms;
}

static void start_ready(walk *walk)
{
    while (walk->ready.count > 0 && walk->ready.items[0].key <= walk->now_ms)
        start_job(walk, (int) hax_heap_pop(&walk->ready));
}

static void fill_slowdowns(walk *walk)
{
    double total = 0;
    for (int r = 0; r < walk->running_count; r++)
        total += walk->running[r].gbps;
    for (int r = 0; r < walk->running_count; r++) {
        runner *one = &walk->running[r];
        const hax_unit_spec *unit = &walk->problem->units[walk->jobs[one->job].unit];
        one->slowdown = hax_step_slowdown(&unit->slowdown, one->own_gbps, total - one->gbps);
    }
}

/* The next event: so long from now, and when that is. INFINITY: none comes. */
typedef struct event {
    double span_ms, at_ms;
} event;

/* The first end of a job or of a wait, whose time stays what it is. */
static event next_event(const walk *walk)
{
    double span = INFINITY;
    for (int r = 0; r < walk->running_count; r++)
        span = hax_step_span(span, walk->running[r].left_ms, walk->running[r].slowdown);
    const event end = { span, walk->now_ms + span };
    if (walk->ready.count == 0 || walk->ready.items[0].key >= end.at_ms)
        return end;
    const double start_ms = fmax(walk->ready.items[0].key, walk->now_ms);
    return (event){ start_ms - walk->now_ms, start_ms };
}

/* A job whose completion is this event ends, whatever rounding says is left of it. */
static void end_job(walk *walk, int j)
{
    hax_job *job = &walk->jobs[j];
    double alone = hax_job_alone_ms(walk->problem, job);
    assert(walk->now_ms >= job->start_ms);
    job->end_ms = walk->now_ms;
    job->slowdown = alone > 0 ? (job->end_ms - job->start_ms) / alone : 1;
    walk->ended++;
    for (int f = walk->behind.first[j]; f < walk->behind.first[j + 1]; f++) {
        int other = walk->behind.list[f];
        double wait_ms = walk->jobs[other].after == j ? walk->jobs[other].delay_ms : 0;
        assert(walk->missing[other] > 0);
        walk->ready_ms[other] = fmax(walk->ready_ms[other], job->end_ms + wait_ms);
        if (--walk->missing[other] == 0)
            make_ready(walk, other);
    }
}

static void advance(walk *walk, const event *next)
{
    int count = walk->running_count;
    assert(next->span_ms >= 0 && next->at_ms >= walk->now_ms); /* time does not go back */
    walk->now_ms = next->at_ms;
    walk->running_count = 0;
    for (int r = 0; r < count; r++) {
        runner *one = &walk->running[r];
        if (hax_step_ends(next->span_ms, one->left_ms, one->slowdown)) {
            end_job(walk, one->job);
            continue;
        }
        one->left_ms = hax_step_left(next->span_ms, one->left_ms, one->slowdown);
        walk->running[walk->running_count++] = *one;
    }
}

/* In time that grows with the jobs: at most as many run at once as there are units. */
static hax_status walk_all(walk *walk, hax_error *err)
{
    for (int j = 0; j < walk->count; j++) {
        if (walk->jobs[j].after < 0)
            walk->ready_ms[j] = walk->jobs[j].delay_ms;
        if (walk->missing[j] == 0)
            make_ready(walk, j);
    }
    start_ready(walk);
    while (walk->ended < walk->count) {
        fill_slowdowns(walk);
        const event next = next_event(walk);
        if (walk->out_of_memory)
            return hax_fail_memory(err, "a schedule");
        if (isinf(next.at_ms))
            return hax_fail(err, HAX_BAD_INPUT,
                            "the jobs wait for each other in a circle after %g ms", walk->now_ms);
        advance(walk, &next);
        start_ready(walk);
    }
    assert(walk->running_count == 0 && walk->ready.count == 0);
    return HAX_OK;
}

/* OUT begins when its group ends and a group when its IN ends: nothing may come between. */
static hax_status check_joined(const walk *walk, hax_error *err)
{
    for (int j = 1; j < walk->count; j++) {
        const hax_job *job = &walk->jobs[j], *before = &walk->jobs[j - 1];
        bool joined = before->instance == job->instance && before->group == job->group;
        if (joined && job->start_ms != before->end_ms)
            return hax_fail(err, HAX_BAD_INPUT,
                            "instance '%s', group %d: its parts do not follow without a pause",
                            walk->problem->instances[job->instance].name, job->group);
    }
    return HAX_OK;
}

/* ---- results --------------------------------------------------------------------------------- */

static hax_status check_limits(const hax_problem *problem, const normaliser *normaliser,
                               hax_error *err)
{
    int pieces[HAX_MAX_UNITS] = { 0 };
    for (int i = 0; i < problem->instance_count; i++) {
        int transitions = 0;
        for (int g = 0; g < problem->instances[i].group_count; g++) {
            bool begins = g == 0 || *placed(normaliser, i, g) != *placed(normaliser, i, g - 1);
            if (begins && problem->instances[i].groups[g].joined)
                return hax_fail(err, HAX_BAD_INPUT,
                                "instance '%s', group %d changes the unit where no cut is allowed",
                                problem->instances[i].name, g);
            pieces[*placed(normaliser, i, g)] += begins;
            transitions += begins && g > 0;
        }
        if (problem->max_transitions >= 0 && transitions > problem->max_transitions)
            return hax_fail(err, HAX_BAD_INPUT,
                            "instance '%s' has %d transitions, at most %d allowed",
                            problem->instances[i].name, transitions, problem->max_transitions);
    }
    for (int u = 0; u < problem->unit_count; u++)
        if (problem->units[u].max_pieces >= 0 && pieces[u] > problem->units[u].max_pieces)
            return hax_fail(err, HAX_BAD_INPUT, "unit '%s' has %d pieces, at most %d allowed",
                            problem->units[u].name, pieces[u], problem->units[u].max_pieces);
    return HAX_OK;
}

static void free_normaliser(normaliser *normaliser)
{
    free(normaliser->unit_of);
    free(normaliser->edge_of[0]);
    free(normaliser->edge_of[1]);
    free(normaliser->offset);
    free(normaliser->moved);
    free(normaliser->normalised);
}

static hax_status begin(normaliser *normaliser, hax_error *err)
{
    const hax_problem *problem = normaliser->problem;
    int groups = 0;
    normaliser->offset = calloc((size_t) problem->instance_count, sizeof *normaliser->offset);
    for (int i = 0; normaliser->offset && i < problem->instance_count; i++) {
        normaliser->offset[i] = groups;
        groups += problem->instances[i].group_count;
    }
    normaliser->unit_of = nowhere((size_t) groups);
    normaliser->edge_of[0] = nowhere((size_t) groups);
    normaliser->edge_of[1] = nowhere((size_t) groups);
    normaliser->moved = nowhere((size_t) normaliser->job_count + 1);
    normaliser->normalised = calloc(3 * (size_t) groups, sizeof *normaliser->normalised);
    if (!normaliser->offset || !normaliser->unit_of || !normaliser->edge_of[0] ||
        !normaliser->edge_of[1] || !normaliser->moved || !normaliser->normalised)
        return hax_fail_memory(err, "a schedule");
    return HAX_OK;
}

hax_status hax_schedule_evaluate(const hax_problem *problem, const char *name, int job_count,
                                 const hax_job *jobs, const hax_schedule **schedule, hax_error *err)
{
    assert(problem && job_count >= 0 && schedule);
    normaliser context = { .problem = problem, .job_count = job_count, .jobs = jobs };
    walk steps = { .problem = problem };
    hax_status status = begin(&context, err);
    if (status == HAX_OK)
        status = normalise(&context, err);
    if (status == HAX_OK)
        status = check_limits(problem, &context, err);
    if (status == HAX_OK) {
        steps.count = context.made_count;
        steps.jobs = context.normalised;
        status = find_followers(&steps, err);
    }
    if (status == HAX_OK)
        status = walk_all(&steps, err);
    if (status == HAX_OK)
        status = check_joined(&steps, err);
    if (status == HAX_OK)
        status =
            hax_schedule_make(problem, name, context.made_count, context.normalised, schedule, err);
    free(steps.behind.first);
    free(steps.behind.list);
    free(steps.missing);
    free(steps.ready_ms);
    hax_heap_free(&steps.ready);
    free_normaliser(&context);
    return status;
}
