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

typedef struct walk {
    const hax_problem *problem;
    int count;
    hax_job *jobs;   /* normalised */
    int *before;     /* jobs that must have ended first, one list after the other */
    int *before_end; /* [job]: end of its list */
    int *next;       /* [job]: the one after it in its instance, -1 */
    int *current;    /* [instance]: its first job that has not ended, -1: it has ended */
    int *last;       /* [instance]: its last job */
    double *left_ms; /* of the time alone */
    char *state;
    int running[HAX_MAX_UNITS]; /* a unit runs one job at a time; in the order of the list */
    int running_count;
    double now_ms;
    int ended;
} walk;

enum { WAITING, RUNNING, ENDED };

/* An instance's jobs follow each other: of each only the first that has not ended can run. */
static hax_status chain(walk *at, hax_error *err)
{
    size_t instances = (size_t) at->problem->instance_count;
    at->next = nowhere((size_t) at->count);
    at->current = nowhere(instances);
    at->last = nowhere(instances);
    if (!at->next || !at->current || !at->last)
        return hax_fail_memory(err, "a schedule");
    for (int j = 0; j < at->count; j++) {
        int *last = &at->last[at->jobs[j].instance];
        *(*last < 0 ? &at->current[at->jobs[j].instance] : &at->next[*last]) = j;
        *last = j;
    }
    return HAX_OK;
}

/* Order within the list counts where two jobs cannot run at once: the last job before on each
 * resource, the last of the instance, the ends of instances it comes after, and its wait. */
static hax_status find_predecessors(walk *at, hax_error *err)
{
    const hax_problem *problem = at->problem;
    int last_on[HAX_MAX_RESOURCES], used = 0;
    HAX_TRY(chain(at, err));
    int *before = nowhere((size_t) at->count); /* in its instance */
    size_t most = (size_t) problem->resource_count + (size_t) problem->instance_count + 2;
    at->before = calloc((size_t) at->count * most, sizeof *at->before);
    at->before_end = calloc((size_t) at->count, sizeof *at->before_end);
    if (!before || !at->before || !at->before_end) {
        free(before);
        return hax_fail_memory(err, "a schedule");
    }
    for (int j = 0; j < at->count; j++)
        if (at->next[j] >= 0)
            before[at->next[j]] = j;
    memset(last_on, -1, sizeof last_on);
    for (int j = 0; j < at->count; j++) {
        const hax_job *job = &at->jobs[j];
        const hax_instance_spec *instance = &problem->instances[job->instance];
        for (int r = 0; r < problem->resource_count; r++) {
            if (!(problem->units[job->unit].resources >> r & 1))
                continue;
            at->before[used++] = last_on[r];
            last_on[r] = j;
        }
        at->before[used++] = before[j];
        for (int a = 0; a < instance->after_count; a++)
            at->before[used++] = at->last[instance->after[a]];
        at->before[used++] = job->after;
        at->before_end[j] = used;
    }
    free(before);
    return HAX_OK;
}

/* Earliest start by what has ended; INFINITY while something is in the way. */
static double earliest_ms(const walk *at, int j)
{
    const hax_job *job = &at->jobs[j];
    double from_ms = job->after < 0 ? job->delay_ms : 0;
    for (int b = j ? at->before_end[j - 1] : 0; b < at->before_end[j]; b++) {
        int other = at->before[b];
        if (other < 0)
            continue;
        if (at->state[other] != ENDED)
            return INFINITY;
        double wait_ms = other == job->after ? job->delay_ms : 0;
        from_ms = fmax(from_ms, at->jobs[other].end_ms + wait_ms);
    }
    return from_ms;
}

static double slowdown_now(const walk *at, int j)
{
    double external = 0;
    for (int r = 0; r < at->running_count; r++)
        if (at->running[r] != j)
            external += job_gbps(at->problem, &at->jobs[at->running[r]]);
    return hax_slowdown_value(&at->problem->units[at->jobs[j].unit].slowdown,
                              job_own_gbps(at->problem, &at->jobs[j]), external);
}

/* Sums over what runs are taken in the order of the list. */
static void start_job(walk *at, int j)
{
    int r = at->running_count++;
    for (; r > 0 && at->running[r - 1] > j; r--)
        at->running[r] = at->running[r - 1];
    at->running[r] = j;
    at->state[j] = RUNNING;
    at->jobs[j].start_ms = at->now_ms;
    at->left_ms[j] = job_alone_ms(at->problem, &at->jobs[j]);
}

static void start_ready(walk *at)
{
    for (int i = 0; i < at->problem->instance_count; i++) {
        int j = at->current[i];
        if (j >= 0 && at->state[j] == WAITING && earliest_ms(at, j) <= at->now_ms)
            start_job(at, j);
    }
}

static double next_event_ms(const walk *at)
{
    double next = INFINITY;
    for (int r = 0; r < at->running_count; r++) {
        int j = at->running[r];
        next = fmin(next, at->now_ms + at->left_ms[j] * slowdown_now(at, j));
    }
    for (int i = 0; i < at->problem->instance_count; i++) {
        int j = at->current[i];
        if (j >= 0 && at->state[j] == WAITING)
            next = fmin(next, fmax(earliest_ms(at, j), at->now_ms));
    }
    return next;
}

/* A job whose completion is this event ends, whatever rounding says is left of it. */
static void end_job(walk *at, int j)
{
    hax_job *job = &at->jobs[j];
    double alone = job_alone_ms(at->problem, job);
    at->state[j] = ENDED;
    job->end_ms = at->now_ms;
    job->slowdown = alone > 0 ? (job->end_ms - job->start_ms) / alone : 1;
    at->current[job->instance] = at->next[j];
    at->ended++;
}

static void advance(walk *at, double to_ms)
{
    double span = to_ms - at->now_ms;
    bool ends[HAX_MAX_UNITS] = { false };
    double done[HAX_MAX_UNITS];
    int count = at->running_count;
    for (int r = 0; r < count; r++) {
        int j = at->running[r];
        double slow = slowdown_now(at, j);
        ends[r] = at->now_ms + at->left_ms[j] * slow <= to_ms;
        done[r] = span / slow;
    }
    at->now_ms = to_ms;
    at->running_count = 0;
    for (int r = 0; r < count; r++) {
        int j = at->running[r];
        at->left_ms[j] = fmax(at->left_ms[j] - done[r], 0);
        if (ends[r])
            end_job(at, j);
        else
            at->running[at->running_count++] = j;
    }
}

static hax_status walk_all(walk *at, hax_error *err)
{
    start_ready(at);
    while (at->ended < at->count) {
        double next = next_event_ms(at);
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
        steps.left_ms = calloc((size_t) steps.count, sizeof *steps.left_ms);
        steps.state = calloc((size_t) steps.count, 1);
        status = steps.left_ms && steps.state ? find_predecessors(&steps, err)
                                              : hax_fail_memory(err, "a schedule");
    }
    if (status == HAX_OK)
        status = walk_all(&steps, err);
    if (status == HAX_OK)
        status = check_joined(&steps, err);
    if (status == HAX_OK)
        status = schedule_make(problem, name, at.made_count, at.made, schedule, err);
    free(steps.before);
    free(steps.before_end);
    free(steps.next);
    free(steps.current);
    free(steps.last);
    free(steps.left_ms);
    free(steps.state);
    free_normaliser(&at);
    return status;
}
