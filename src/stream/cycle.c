/* The least common period of rates as a scheduling problem, and its schedule as jobs. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "problem.h"

/* Rates are multiples of this many a second. */
static const double grains_per_hz = 1e6;

typedef struct cycle_maker {
    const hax_problem *source;
    const hax_frame_source *sources;
    hax_arena *arena;
    int64_t grains[HAX_MAX_INSTANCES]; /* [network] its rate */
    int64_t common;                    /* their greatest common divisor */
    int first[HAX_MAX_INSTANCES];      /* [network] of its frames */
    int turns[HAX_MAX_INSTANCES];
    int frame_count, timer_count;
    int *network, *turn;
    double *release_ms;
    double *timer_ms; /* [timer] when it ends, rising */
    hax_unit_spec *units;
    hax_instance_spec *instances;
    hax_problem problem;
} cycle_maker;

typedef struct owned_cycle {
    hax_cycle public;
    hax_arena *arena;
} owned_cycle;

static hax_status no_memory(hax_error *err)
{
    return hax_fail_memory(err, "a cycle");
}

/* ---- frames ---------------------------------------------------------------------------------- */

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The network from which another one's frames come at last: it has a rate. */
static int origin(const hax_problem *problem, int network)
{
    while (problem->instances[network].after_count > 0)
        network = problem->instances[network].after[0];
    return network;
}

static hax_status read_rate(cycle_maker *maker, int network, hax_error *err)
{
    const hax_frame_source *source = &maker->sources[origin(maker->source, network)];
    const char *name = maker->source->instances[network].name;
    if (maker->source->instances[network].after_count > 1)
        return hax_fail(err, HAX_BAD_INPUT,
                        "'%.100s' comes after %d networks: frames are taken over from one", name,
                        maker->source->instances[network].after_count);
    if (source->release != HAX_PERIODIC)
        return hax_fail(err, HAX_BAD_INPUT,
                        "'%.100s' has no rate: a period is planned of networks with rates", name);
    double grains = source->rate_hz * grains_per_hz;
    if (!(grains >= 1 && grains <= 1e15) || fabs(grains - round(grains)) > 1e-3)
        return hax_fail(err, HAX_BAD_INPUT,
                        "'%.100s': a rate of %.17g Hz is no multiple of %g Hz: it has no common "
                        "period with others that could be planned",
                        name, source->rate_hz, 1 / grains_per_hz);
    maker->grains[network] = (int64_t) llround(grains);
    maker->common = common_divisor(maker->grains[network], maker->common);
    return HAX_OK;
}

static hax_status refuse_size(const cycle_maker *maker, int64_t frames, hax_error *err)
{
    int most = 0;
    for (int n = 1; n < maker->source->instance_count; n++)
        if (maker->grains[n] > maker->grains[most])
            most = n;
    return hax_fail(err, HAX_BAD_INPUT,
                    "the least common period of all rates is %g s: %lld frames (of '%.100s' alone "
                    "%lld) and their releases; %d instances are planned together at most",
                    grains_per_hz / (double) maker->common, (long long) frames,
                    maker->source->instances[most].name,
                    (long long) (maker->grains[most] / maker->common), HAX_MAX_INSTANCES);
}

static hax_status count_frames(cycle_maker *maker, hax_error *err)
{
    int64_t frames = 0;
    HAX_TRY(hax_problem_check(maker->source, err));
    for (int n = 0; n < maker->source->instance_count; n++)
        HAX_TRY(read_rate(maker, n, err));
    for (int n = 0; n < maker->source->instance_count; n++)
        frames += maker->grains[n] / maker->common;
    if (frames > HAX_MAX_INSTANCES)
        return refuse_size(maker, frames, err);
    for (int n = 0; n < maker->source->instance_count; n++) {
        maker->first[n] = maker->frame_count;
        maker->turns[n] = (int) (maker->grains[n] / maker->common);
        maker->frame_count += maker->turns[n];
    }
    return HAX_OK;
}

static int by_value(const void *a, const void *b)
{
    double first = *(const double *) a, second = *(const double *) b;
    return first < second ? -1 : first > second;
}

/* Releases, and a timer for each moment but the first at which there is one. */
static hax_status list_frames(cycle_maker *maker, hax_error *err)
{
    size_t count = (size_t) maker->frame_count;
    maker->network = hax_arena_alloc(maker->arena, count, sizeof *maker->network);
    maker->turn = hax_arena_alloc(maker->arena, count, sizeof *maker->turn);
    maker->release_ms = hax_arena_alloc(maker->arena, count, sizeof *maker->release_ms);
    maker->timer_ms = hax_arena_alloc(maker->arena, count, sizeof *maker->timer_ms);
    if (!maker->network || !maker->turn || !maker->release_ms || !maker->timer_ms)
        return no_memory(err);
    for (int n = 0; n < maker->source->instance_count; n++)
        for (int t = 0; t < maker->turns[n]; t++) {
            int f = maker->first[n] + t;
            maker->network[f] = n;
            maker->turn[f] = t;
            maker->release_ms[f] = 1e3 * grains_per_hz * t / (double) maker->grains[n];
        }
    memcpy(maker->timer_ms, maker->release_ms, count * sizeof *maker->timer_ms);
    qsort(maker->timer_ms, count, sizeof *maker->timer_ms, by_value);
    for (size_t f = 0; f < count; f++) {
        double last = maker->timer_count > 0 ? maker->timer_ms[maker->timer_count - 1] : 0;
        if (maker->timer_ms[f] > last + HAX_TIME_TOLERANCE_MS)
            maker->timer_ms[maker->timer_count++] = maker->timer_ms[f];
    }
    if (maker->frame_count + maker->timer_count > HAX_MAX_INSTANCES)
        return refuse_size(maker, maker->frame_count, err);
    return HAX_OK;
}

/* ---- the problem ----------------------------------------------------------------------------- */

/* The timers' unit behind the others, with a resource of its own. */
static hax_status make_units(cycle_maker *maker, hax_error *err)
{
    const hax_problem *source = maker->source;
    int units = source->unit_count, resources = source->resource_count;
    if (units == HAX_MAX_UNITS || resources == HAX_MAX_RESOURCES)
        return hax_fail(err, HAX_BAD_INPUT,
                        "no unit is left for the releases of frames: there are %d of at most %d, "
                        "and %d of at most %d resources",
                        units, HAX_MAX_UNITS, resources, HAX_MAX_RESOURCES);
    maker->units = hax_arena_alloc(maker->arena, (size_t) units + 1, sizeof *maker->units);
    const char **names = hax_arena_alloc(maker->arena, (size_t) resources + 1, sizeof *names);
    if (!maker->units || !names)
        return no_memory(err);
    memcpy(maker->units, source->units, (size_t) units * sizeof *maker->units);
    for (int r = 0; r < resources; r++)
        names[r] = source->resources[r];
    names[resources] = "releases";
    maker->units[units] = (hax_unit_spec){ .name = "releases",
                                           .resources = UINT32_C(1) << resources,
                                           .max_pieces = HAX_NO_LIMIT,
                                           .slowdown = { .kind = HAX_SLOWDOWN_NONE } };
    maker->problem = (hax_problem){ .resource_count = resources + 1,
                                    .resources = names,
                                    .unit_count = units + 1,
                                    .units = maker->units,
                                    .instance_count = maker->frame_count + maker->timer_count,
                                    .instances = maker->instances,
                                    .objective = HAX_DEADLINE,
                                    .max_transitions = source->max_transitions };
    return HAX_OK;
}

/* The groups of a network, which no frame can run on the timers' unit; all its frames share them.
 */
static hax_status copy_groups(cycle_maker *maker, int network, const hax_group_spec **out,
                              hax_error *err)
{
    const hax_instance_spec *from = &maker->source->instances[network];
    int units = maker->source->unit_count;
    hax_group_spec *groups =
        hax_arena_alloc(maker->arena, (size_t) from->group_count, sizeof *groups);
    if (!groups)
        return no_memory(err);
    for (int g = 0; g < from->group_count; g++) {
        hax_cost *on = hax_arena_alloc(maker->arena, (size_t) units + 1, sizeof *on);
        if (!on)
            return no_memory(err);
        memcpy(on, from->groups[g].on, (size_t) units * sizeof *on);
        groups[g] = from->groups[g];
        groups[g].on = on;
    }
    *out = groups;
    return HAX_OK;
}

/* The timer that ends when a frame is released, -1: it is there from the start. */
static int timer_of(const cycle_maker *maker, double release_ms)
{
    for (int t = 0; t < maker->timer_count; t++)
        if (fabs(maker->timer_ms[t] - release_ms) <= HAX_TIME_TOLERANCE_MS)
            return maker->frame_count + t;
    return -1;
}

/* What a frame comes after: the network's frame before, its release, the frame it takes over. */
static hax_status list_after(cycle_maker *maker, int frame, hax_instance_spec *instance,
                             hax_error *err)
{
    enum { MOST = 3 };
    const hax_instance_spec *from = &maker->source->instances[maker->network[frame]];
    int *after = hax_arena_alloc(maker->arena, MOST, sizeof *after);
    int timer = timer_of(maker, maker->release_ms[frame]);
    if (!after)
        return no_memory(err);
    instance->after = after;
    instance->after_count = 0;
    if (maker->turn[frame] > 0)
        after[instance->after_count++] = frame - 1;
    if (from->after_count > 0)
        after[instance->after_count++] = maker->first[from->after[0]] + maker->turn[frame];
    else if (timer >= 0)
        after[instance->after_count++] = timer;
    return HAX_OK;
}

static const char *frame_name(const cycle_maker *maker, int frame)
{
    char text[HAX_INSTANCE_NAME_BYTES + 16];
    snprintf(text, sizeof text, "%.150s@%d", maker->source->instances[maker->network[frame]].name,
             maker->turn[frame]);
    return hax_arena_string(maker->arena, text);
}

static double period_ms(const cycle_maker *maker)
{
    return 1e3 * grains_per_hz / (double) maker->common;
}

static double due_ms(const cycle_maker *maker, int frame)
{
    double deadline_ms = maker->sources[maker->network[frame]].deadline_ms;
    return fmin(maker->release_ms[frame] + deadline_ms, period_ms(maker));
}

static hax_status make_frames(cycle_maker *maker, hax_error *err)
{
    const hax_group_spec *groups = NULL;
    for (int f = 0; f < maker->frame_count; f++) {
        hax_instance_spec *instance = &maker->instances[f];
        if (maker->turn[f] == 0)
            HAX_TRY(copy_groups(maker, maker->network[f], &groups, err));
        *instance = maker->source->instances[maker->network[f]];
        instance->groups = groups;
        instance->deadline_ms = due_ms(maker, f);
        instance->name = frame_name(maker, f);
        if (!instance->name)
            return no_memory(err);
        HAX_TRY(list_after(maker, f, instance, err));
    }
    return HAX_OK;
}

/* One group on the timers' unit, from the end of the timer before; never what is latest. */
static hax_status make_timer(cycle_maker *maker, int timer, hax_error *err)
{
    static const double periods_due = 1000;
    int units = maker->source->unit_count;
    hax_group_spec *group = hax_arena_alloc(maker->arena, 1, sizeof *group);
    hax_cost *on = hax_arena_alloc(maker->arena, (size_t) units + 1, sizeof *on);
    int *after = hax_arena_alloc(maker->arena, 1, sizeof *after);
    char text[40];
    snprintf(text, sizeof text, "release@%d", timer + 1);
    const char *name = hax_arena_string(maker->arena, text);
    if (!group || !on || !after || !name)
        return no_memory(err);
    double before_ms = timer > 0 ? maker->timer_ms[timer - 1] : 0;
    on[units] = (hax_cost){ .allowed = true, .time_ms = maker->timer_ms[timer] - before_ms };
    *group = (hax_group_spec){ .name = "0", .on = on };
    *after = maker->frame_count + timer - 1;
    maker->instances[maker->frame_count + timer] =
        (hax_instance_spec){ .name = name,
                             .group_count = 1,
                             .groups = group,
                             .after_count = timer > 0,
                             .after = after,
                             .weight = 1,
                             .deadline_ms = periods_due * period_ms(maker) };
    return HAX_OK;
}

static hax_status make_problem(cycle_maker *maker, hax_error *err)
{
    size_t count = (size_t) maker->frame_count + (size_t) maker->timer_count;
    maker->instances = hax_arena_alloc(maker->arena, count, sizeof *maker->instances);
    if (!maker->instances)
        return no_memory(err);
    HAX_TRY(make_units(maker, err));
    HAX_TRY(make_frames(maker, err));
    for (int t = 0; t < maker->timer_count; t++)
        HAX_TRY(make_timer(maker, t, err));
    return HAX_OK;
}

static hax_status make(cycle_maker *maker, hax_error *err)
{
    HAX_TRY(count_frames(maker, err));
    HAX_TRY(list_frames(maker, err));
    return make_problem(maker, err);
}

hax_status hax_cycle_make(const hax_problem *problem, const hax_frame_source *sources,
                          const hax_cycle **cycle, hax_error *err)
{
    cycle_maker maker = { .source = problem, .sources = sources };
    const hax_problem *copy = NULL;
    maker.arena = hax_arena_create();
    owned_cycle *owned = maker.arena ? hax_arena_alloc(maker.arena, 1, sizeof *owned) : NULL;
    hax_status status = owned ? make(&maker, err) : no_memory(err);
    if (status == HAX_OK)
        status = hax_problem_copy(&maker.problem, &copy, err);
    if (status != HAX_OK) {
        hax_arena_destroy(maker.arena);
        return status;
    }
    *owned = (owned_cycle){ { .period_ms = period_ms(&maker),
                              .frame_count = maker.frame_count,
                              .network = maker.network,
                              .turn = maker.turn,
                              .release_ms = maker.release_ms,
                              .problem = copy },
                            maker.arena };
    *cycle = &owned->public;
    return HAX_OK;
}

void hax_cycle_destroy(const hax_cycle *cycle)
{
    if (!cycle)
        return;
    hax_problem_destroy(cycle->problem);
    hax_arena_destroy(((const owned_cycle *) cycle)->arena);
}

/* ---- its schedule as jobs -------------------------------------------------------------------- */

int hax_cycle_jobs_most(const hax_cycle *cycle)
{
    int most = 0;
    for (int f = 0; f < cycle->frame_count; f++)
        most += 3 * cycle->problem->instances[f].group_count;
    return most;
}

/* Frames without the timers; what a job waits for is told by the table. */
static hax_status leave_timers_out(const hax_cycle *cycle, const hax_schedule *checked,
                                   hax_job **jobs, hax_schedule *frames, hax_error *err)
{
    *jobs = calloc((size_t) checked->job_count + 1, sizeof **jobs);
    if (!*jobs)
        return no_memory(err);
    *frames = *checked;
    frames->jobs = *jobs;
    frames->job_count = 0;
    for (int j = 0; j < checked->job_count; j++) {
        if (checked->jobs[j].instance >= cycle->frame_count)
            continue;
        hax_job *job = &(*jobs)[frames->job_count++];
        *job = checked->jobs[j];
        job->after = -1;
        job->delay_ms = 0;
    }
    return HAX_OK;
}

/* When a plan's job starts: what goes in first if the schedule has that, else as its group. */
static double start_of(const hax_schedule *frames, const hax_plan_job *job)
{
    double start_ms = INFINITY;
    for (int j = 0; j < frames->job_count; j++) {
        const hax_job *one = &frames->jobs[j];
        if (one->instance != job->instance || one->group != job->group)
            continue;
        if (one->part == job->part || (one->part == HAX_PART_RUN && job->part == HAX_PART_IN) ||
            (one->part == HAX_PART_RUN && job->part == HAX_PART_OUT))
            start_ms = fmin(start_ms, one->start_ms);
    }
    assert(isfinite(start_ms));
    return start_ms;
}

static hax_status number_jobs(const hax_cycle *cycle, const hax_schedule *frames,
                              hax_plan_job *jobs, int count, double **start_ms, hax_error *err)
{
    *start_ms = calloc((size_t) count + 1, sizeof **start_ms);
    if (!*start_ms)
        return no_memory(err);
    for (int j = 0; j < count; j++)
        (*start_ms)[j] = start_of(frames, &jobs[j]);
    for (int j = 0; j < count; j++) {
        int frame = jobs[j].instance;
        jobs[j].instance = cycle->network[frame];
        jobs[j].turn = cycle->turn[frame];
    }
    return HAX_OK;
}

hax_status hax_cycle_jobs(const hax_cycle *cycle, const hax_platform *platform,
                          const hax_schedule *schedule, hax_plan_job **jobs, double **start_ms,
                          int *count, hax_error *err)
{
    const hax_schedule *checked = NULL;
    hax_schedule frames;
    hax_job *kept = NULL;
    hax_plan_job *made = NULL;
    hax_problem problem = *cycle->problem; /* frames come first, the timers' unit last */
    problem.unit_count--;
    problem.instance_count = cycle->frame_count;
    HAX_TRY(hax_schedule_evaluate(cycle->problem, "cycle", schedule->job_count, schedule->jobs,
                                  &checked, err));
    hax_status status = leave_timers_out(cycle, checked, &kept, &frames, err);
    if (status == HAX_OK)
        status = hax_plan_from_schedule(platform, &problem, &frames, &made, count, err);
    if (status == HAX_OK)
        status = number_jobs(cycle, &frames, made, *count, start_ms, err);
    free(kept);
    hax_schedule_destroy(checked);
    if (status != HAX_OK) {
        free(made);
        return status;
    }
    *jobs = made;
    return HAX_OK;
}
