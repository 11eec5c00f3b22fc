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
    hax_job *made;
    int made_count;
} normaliser;

static int *placed(const normaliser *at, int instance, int group)
{
    return &at->unit_of[at->offset[instance] + group];
}

static hax_status check_given(const normaliser *at, int index, hax_error *err)
{
    const hax_problem *problem = at->problem;
    const hax_job *job = &at->jobs[index];
    if (job->instance < 0 || job->instance >= problem->instance_count || job->unit < 0 ||
        job->unit >= problem->unit_count || job->group < 0 ||
        job->group >= problem->instances[job->instance].group_count)
        return hax_fail(err, HAX_BAD_INPUT,
                        "job %d names an instance, a group or a unit that "
                        "does not exist",
                        index);
    if (job->after < -1 || job->after >= at->job_count || job->after == index ||
        !(job->delay_ms >= 0) || isinf(job->delay_ms))
        return hax_fail(err, HAX_BAD_INPUT, "job %d: a wait must be for another job, and finite",
                        index);
    if (!cost_of(problem, job->instance, job->group, job->unit)->allowed)
        return hax_fail(err, HAX_BAD_INPUT, "instance '%s', group %d may not run on unit '%s'",
                        problem->instances[job->instance].name, job->group,
                        problem->units[job->unit].name);
    return HAX_OK;
}

static hax_status place_runs(normaliser *at, hax_error *err)
{
    for (int j = 0; j < at->job_count; j++) {
        const hax_job *job = &at->jobs[j];
        HAX_TRY(check_given(at, j, err));
        if (job->part != HAX_PART_RUN)
            continue;
        int *unit = placed(at, job->instance, job->group);
        if (*unit >= 0)
            return hax_fail(err, HAX_BAD_INPUT, "instance '%s', group %d stands twice",
                            at->problem->instances[job->instance].name, job->group);
        if (job->group > 0 && unit[-1] < 0)
            return hax_fail(err, HAX_BAD_INPUT, "instance '%s', group %d stands before group %d",
                            at->problem->instances[job->instance].name, job->group, job->group - 1);
        *unit = job->unit;
    }
    for (int i = 0; i < at->problem->instance_count; i++)
        for (int g = 0; g < at->problem->instances[i].group_count; g++)
            if (*placed(at, i, g) < 0)
                return hax_fail(err, HAX_BAD_INPUT, "instance '%s', group %d is missing",
                                at->problem->instances[i].name, g);
    return HAX_OK;
}

static int add(normaliser *at, const hax_job *run, hax_part part)
{
    at->made[at->made_count] = (hax_job){ .unit = run->unit,
                                          .instance = run->instance,
                                          .group = run->group,
                                          .part = part,
                                          .after = -1,
                                          .slowdown = 1 };
    return at->made_count++;
}

/* The given job of a group's OUT or IN, -1 if the list has none. */
static int *given(const normaliser *at, const hax_job *of, hax_part part)
{
    return &at->edge_of[part == HAX_PART_IN][at->offset[of->instance] + of->group];
}

/* The first where one stands twice. */
static void note_edges(const normaliser *at)
{
    for (int j = at->job_count - 1; j >= 0; j--)
        if (at->jobs[j].part != HAX_PART_RUN)
            *given(at, &at->jobs[j], at->jobs[j].part) = j;
}

/* IN if it costs anything, the group, OUT if it costs anything: in one piece. A wait of
 * either of the first two is a wait of the whole. */
static void add_group(normaliser *at, int run_index)
{
    const hax_job *run = &at->jobs[run_index];
    const hax_cost *cost = cost_of(at->problem, run->instance, run->group, run->unit);
    int groups = at->problem->instances[run->instance].group_count;
    int in = *given(at, run, HAX_PART_IN), out = *given(at, run, HAX_PART_OUT);
    bool enters = run->group > 0 && *placed(at, run->instance, run->group - 1) != run->unit;
    bool leaves =
        run->group + 1 < groups && *placed(at, run->instance, run->group + 1) != run->unit;
    int first = at->made_count;
    if (enters && cost->in_ms > 0)
        add(at, run, HAX_PART_IN);
    if (in >= 0)
        at->moved[in] = at->made_count - (at->made_count > first);
    int main_job = add(at, run, HAX_PART_RUN);
    at->moved[run_index] = main_job;
    if (leaves && cost->out_ms > 0)
        add(at, run, HAX_PART_OUT);
    if (out >= 0)
        at->moved[out] = at->made_count - 1;
    const hax_job *waiter =
        in >= 0 && (at->jobs[in].after >= 0 || at->jobs[in].delay_ms > 0) ? &at->jobs[in] : run;
    at->made[first].after = waiter->after; /* still in the given numbering */
    at->made[first].delay_ms = waiter->delay_ms;
}

static hax_status normalise(normaliser *at, hax_error *err)
{
    HAX_TRY(place_runs(at, err));
    note_edges(at);
    for (int j = 0; j < at->job_count; j++)
        if (at->jobs[j].part == HAX_PART_RUN)
            add_group(at, j);
    for (int j = 0; j < at->made_count; j++)
        if (at->made[j].after >= 0) {
            at->made[j].after = at->moved[at->made[j].after];
            if (at->made[j].after < 0)
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
    heap ready;                    /* jobs for which nothing is missing, by their earliest starts */
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

static void link_jobs(linker *at, int before, int after)
{
    if (before < 0)
        return;
    followers *behind = &at->walk->behind;
    if (!at->fill) {
        behind->first[before + 1]++;
        at->walk->missing[after]++;
        return;
    }
    behind->list[behind->first[before]++] = after;
}

/* Order within the list counts where two jobs cannot run at once: the last job before on each
 * resource, the last of the instance, and its wait. The first of an instance waits for the ends of
 * the instances that it comes after; all others come behind that one. */
static void link_all(linker *at)
{
    const hax_problem *problem = at->walk->problem;
    memset(at->last_on, -1, sizeof at->last_on);
    memset(at->last, -1, (size_t) problem->instance_count * sizeof *at->last);
    for (int j = 0; j < at->walk->count; j++) {
        const hax_job *job = &at->walk->jobs[j];
        uint32_t resources = problem->units[job->unit].resources;
        for (; resources; resources &= resources - 1) {
            int r = __builtin_ctz(resources);
            link_jobs(at, at->last_on[r], j);
            at->last_on[r] = j;
        }
        link_jobs(at, at->last[job->instance], j);
        link_jobs(at, job->after, j);
        if (at->last[job->instance] < 0)
            at->first[job->instance] = j;
        at->last[job->instance] = j;
    }
    for (int i = 0; i < problem->instance_count; i++)
        for (int a = 0; a < problem->instances[i].after_count; a++)
            link_jobs(at, at->last[problem->instances[i].after[a]], at->first[i]);
}

/* Counts become where lists begin; filling moves each on to where the next one begins. */
static hax_status find_followers(walk *at, hax_error *err)
{
    size_t jobs = (size_t) at->count, instances = (size_t) at->problem->instance_count;
    linker with = { .walk = at, .last = nowhere(instances), .first = nowhere(instances) };
    at->behind.first = calloc(jobs + 2, sizeof *at->behind.first);
    at->missing = calloc(jobs + 1, sizeof *at->missing);
    at->ready_ms = calloc(jobs + 1, sizeof *at->ready_ms);
    bool ok = with.last && with.first && at->behind.first && at->missing && at->ready_ms;
    if (ok) {
        link_all(&with);
        for (size_t j = 0; j < jobs; j++)
            at->behind.first[j + 1] += at->behind.first[j];
        at->behind.list = calloc((size_t) at->behind.first[jobs] + 1, sizeof *at->behind.list);
        ok = at->behind.list != NULL;
    }
    if (ok) {
        with.fill = true;
        link_all(&with);
        memmove(at->behind.first + 1, at->behind.first, jobs * sizeof *at->behind.first);
        at->behind.first[0] = 0;
    }
    free(with.last);
    free(with.first);
    return ok ? HAX_OK : hax_fail_memory(err, "a schedule");
}

static void make_ready(walk *at, int j)
{
    if (!heap_push(&at->ready, at->ready_ms[j], (size_t) j))
        at->out_of_memory = true;
}

/* Sums over what runs are taken in the order of the list. */
static void start_job(walk *at, int j)
{
    int r = at->running_count++;
    assert(r < HAX_MAX_UNITS);
    for (; r > 0 && at->running[r - 1].job > j; r--)
        at->running[r] = at->running[r - 1];
    at->running[r] = (runner){ .job = j,
                               .left_ms = job_alone_ms(at->problem, &at->jobs[j]),
                               .gbps = job_gbps(at->problem, &at->jobs[j]),
                               .own_gbps = job_own_gbps(at->problem, &at->jobs[j]) };
    at->jobs[j].start_ms = at->now_ms;
}

static void start_ready(walk *at)
{
    while (at->ready.count > 0 && at->ready.items[0].key <= at->now_ms)
        start_job(at, (int) heap_pop(&at->ready));
}

static void fill_slowdowns(walk *at)
{
    for (int r = 0; r < at->running_count; r++) {
        double external = 0;
        for (int other = 0; other < at->running_count; other++)
            if (other != r)
                external += at->running[other].gbps;
        const hax_unit_spec *unit = &at->problem->units[at->jobs[at->running[r].job].unit];
        at->running[r].slowdown =
            hax_slowdown_value(&unit->slowdown, at->running[r].own_gbps, external);
    }
}

static double next_event_ms(const walk *at)
{
    double next = INFINITY;
    for (int r = 0; r < at->running_count; r++)
        next = fmin(next, at->now_ms + at->running[r].left_ms * at->running[r].slowdown);
    if (at->ready.count > 0)
        next = fmin(next, fmax(at->ready.items[0].key, at->now_ms));
    return next;
}

/* A job whose completion is this event ends, whatever rounding says is left of it. */
static void end_job(walk *at, int j)
{
    hax_job *job = &at->jobs[j];
    double alone = job_alone_ms(at->problem, job);
    job->end_ms = at->now_ms;
    job->slowdown = alone > 0 ? (job->end_ms - job->start_ms) / alone : 1;
    at->ended++;
    for (int f = at->behind.first[j]; f < at->behind.first[j + 1]; f++) {
        int other = at->behind.list[f];
        double wait_ms = at->jobs[other].after == j ? at->jobs[other].delay_ms : 0;
        at->ready_ms[other] = fmax(at->ready_ms[other], job->end_ms + wait_ms);
        if (--at->missing[other] == 0)
            make_ready(at, other);
    }
}

static void advance(walk *at, double to_ms)
{
    const double from_ms = at->now_ms;
    int count = at->running_count;
    at->now_ms = to_ms;
    at->running_count = 0;
    for (int r = 0; r < count; r++) {
        runner *one = &at->running[r];
        if (from_ms + one->left_ms * one->slowdown <= to_ms) {
            end_job(at, one->job);
            continue;
        }
        one->left_ms = fmax(one->left_ms - (to_ms - from_ms) / one->slowdown, 0);
        at->running[at->running_count++] = *one;
    }
}

/* In time that grows with the jobs: at most as many run at once as there are units. */
static hax_status walk_all(walk *at, hax_error *err)
{
    for (int j = 0; j < at->count; j++) {
        if (at->jobs[j].after < 0)
            at->ready_ms[j] = at->jobs[j].delay_ms;
        if (at->missing[j] == 0)
            make_ready(at, j);
    }
    start_ready(at);
    while (at->ended < at->count) {
        fill_slowdowns(at);
        double next = next_event_ms(at);
        if (at->out_of_memory)
            return hax_fail_memory(err, "a schedule");
        if (isinf(next))
            return hax_fail(err, HAX_BAD_INPUT,
                            "the jobs wait for each other in a circle after %g ms", at->now_ms);
        advance(at, next);
        start_ready(at);
    }
    return HAX_OK;
}

/* OUT begins when its group ends and a group when its IN ends: nothing may come between. */
static hax_status check_joined(const walk *at, hax_error *err)
{
    for (int j = 1; j < at->count; j++) {
        const hax_job *job = &at->jobs[j], *before = &at->jobs[j - 1];
        bool joined = before->instance == job->instance && before->group == job->group;
        if (joined && job->start_ms != before->end_ms)
            return hax_fail(err, HAX_BAD_INPUT,
                            "instance '%s', group %d: its parts do not follow without a pause",
                            at->problem->instances[job->instance].name, job->group);
    }
    return HAX_OK;
}

/* ---- results --------------------------------------------------------------------------------- */

static hax_status check_limits(const hax_problem *problem, const normaliser *at, hax_error *err)
{
    int pieces[HAX_MAX_UNITS] = { 0 };
    for (int i = 0; i < problem->instance_count; i++) {
        int transitions = 0;
        for (int g = 0; g < problem->instances[i].group_count; g++) {
            bool begins = g == 0 || *placed(at, i, g) != *placed(at, i, g - 1);
            if (begins && problem->instances[i].groups[g].joined)
                return hax_fail(err, HAX_BAD_INPUT,
                                "instance '%s', group %d changes the unit where no cut is allowed",
                                problem->instances[i].name, g);
            pieces[*placed(at, i, g)] += begins;
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

static void free_normaliser(normaliser *at)
{
    free(at->unit_of);
    free(at->edge_of[0]);
    free(at->edge_of[1]);
    free(at->offset);
    free(at->moved);
    free(at->made);
}

static hax_status begin(normaliser *at, hax_error *err)
{
    const hax_problem *problem = at->problem;
    int groups = 0;
    at->offset = calloc((size_t) problem->instance_count, sizeof *at->offset);
    for (int i = 0; at->offset && i < problem->instance_count; i++) {
        at->offset[i] = groups;
        groups += problem->instances[i].group_count;
    }
    at->unit_of = nowhere((size_t) groups);
    at->edge_of[0] = nowhere((size_t) groups);
    at->edge_of[1] = nowhere((size_t) groups);
    at->moved = nowhere((size_t) at->job_count + 1);
    at->made = calloc(3 * (size_t) groups, sizeof *at->made);
    if (!at->offset || !at->unit_of || !at->edge_of[0] || !at->edge_of[1] || !at->moved ||
        !at->made)
        return hax_fail_memory(err, "a schedule");
    return HAX_OK;
}

hax_status hax_schedule_evaluate(const hax_problem *problem, const char *name, int job_count,
                                 const hax_job *jobs, hax_schedule **schedule, hax_error *err)
{
    normaliser at = { .problem = problem, .job_count = job_count, .jobs = jobs };
    walk steps = { .problem = problem };
    hax_status status = begin(&at, err);
    if (status == HAX_OK)
        status = normalise(&at, err);
    if (status == HAX_OK)
        status = check_limits(problem, &at, err);
    if (status == HAX_OK) {
        steps.count = at.made_count;
        steps.jobs = at.made;
        status = find_followers(&steps, err);
    }
    if (status == HAX_OK)
        status = walk_all(&steps, err);
    if (status == HAX_OK)
        status = check_joined(&steps, err);
    if (status == HAX_OK)
        status = schedule_make(problem, name, at.made_count, at.made, schedule, err);
    free(steps.behind.first);
    free(steps.behind.list);
    free(steps.missing);
    free(steps.ready_ms);
    heap_free(&steps.ready);
    free_normaliser(&at);
    return status;
}
