#include "row_times.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"
#include "statistics.h"

/* What is known of a job before it runs. */
typedef struct expectation {
    double alone_ms;      /* of its group; 0 for a hand-over */
    double contention_ms; /* predicted, of all that is predicted of it */
    double start_ms, ms;  /* predicted; not numbers without a schedule */
    bool enters;          /* a hand-over, or its group comes from elsewhere */
} expectation;

typedef struct making {
    const hax_timeline_from *from;
    int unit_of[HAX_MAX_UNITS]; /* [the platform's unit]: the problem's, -1 */
    expectation *expected;      /* [job] */
    double *values;             /* [round] */
    double *middle;             /* [round] the rounds' times in order, for the middle half */
} making;

static int job_count(const making *making)
{
    return making->from->row->plan.job_count;
}

static const hax_plan_job *job_at(const making *making, int j)
{
    assert(j >= 0 && j < job_count(making));
    return &making->from->row->jobs[j];
}

static const hax_stamp *stamps_of(const making *making, int round)
{
    return making->from->timed->stamps + (size_t) round * (size_t) job_count(making);
}

static double ms_of(int64_t ns)
{
    return (double) ns * 1e-6;
}

static void match_units(making *making)
{
    const hax_platform *platform = making->from->platform;
    const hax_problem *problem = making->from->problem;
    for (int p = 0; p < platform->unit_count; p++) {
        making->unit_of[p] = -1;
        for (int u = 0; u < problem->unit_count; u++)
            if (strcmp(platform->units[p].name, problem->units[u].name) == 0)
                making->unit_of[p] = u;
    }
}

/* ---- what is predicted of a job ---------------------------------------------------------------
 */

/* The job before of the same instance, -1. */
static int before_in_instance(const making *making, int j)
{
    int before = j - 1;
    while (before >= 0 && job_at(making, before)->instance != job_at(making, j)->instance)
        before--;
    return before;
}

/* The job before that held any of the unit's resources, -1. */
static int before_on_unit(const making *making, int j)
{
    const hax_unit *units = making->from->platform->units;
    int before = j - 1;
    while (before >= 0 && !(units[job_at(making, before)->unit].resources &
                            units[job_at(making, j)->unit].resources))
        before--;
    return before;
}

/* Does it find what its own network's last job has left on the unit? */
static bool goes_on(const making *making, int j)
{
    int before = before_in_instance(making, j);
    return before >= 0 && before == before_on_unit(making, j) &&
           job_at(making, before)->unit == job_at(making, j)->unit;
}

/* Has the plan a job for this part of a group? */
static bool has_job(const making *making, const hax_job *scheduled)
{
    for (int j = 0; j < job_count(making); j++) {
        const hax_plan_job *job = job_at(making, j);
        if (job->instance == scheduled->instance && job->group == scheduled->group &&
            job->part == scheduled->part)
            return true;
    }
    return false;
}

/* Adds what is predicted of one scheduled job to the plan's job that stands for it. */
static void expect_scheduled(expectation *expected, const hax_job *scheduled)
{
    double ms = scheduled->end_ms - scheduled->start_ms;
    expected->start_ms =
        expected->ms > 0 ? fmin(expected->start_ms, scheduled->start_ms) : scheduled->start_ms;
    expected->ms += ms;
    expected->contention_ms += scheduled->slowdown > 0 ? ms - ms / scheduled->slowdown : 0;
    expected->enters = expected->enters || scheduled->part != HAX_PART_RUN;
}

/* A hand-over that is not predicted takes no time at its end of the group. */
static void expect_nothing(const hax_job *run, hax_part part, expectation *expected)
{
    if (expected->ms == 0)
        expected->start_ms = part == HAX_PART_OUT ? run->end_ms : run->start_ms;
}

static void expect_from_schedule(const making *making, int j, expectation *expected)
{
    const hax_plan_job *job = job_at(making, j);
    const hax_schedule *schedule = making->from->schedule;
    const hax_job *run = NULL;
    for (int s = 0; s < schedule->job_count; s++) {
        const hax_job *scheduled = &schedule->jobs[s];
        if (scheduled->instance != job->instance || scheduled->group != job->group)
            continue;
        if (scheduled->part == HAX_PART_RUN)
            run = scheduled;
        if (scheduled->part == job->part ||
            (job->part == HAX_PART_RUN && !has_job(making, scheduled)))
            expect_scheduled(expected, scheduled);
    }
    assert(run);
    expect_nothing(run, job->part, expected);
}

static void expect(making *making, int j)
{
    const hax_plan_job *job = job_at(making, j);
    int unit = making->unit_of[job->unit];
    assert(unit >= 0);
    expectation *expected = &making->expected[j];
    *expected = (expectation){ .enters = job->part != HAX_PART_RUN || !goes_on(making, j) };
    if (job->part == HAX_PART_RUN)
        expected->alone_ms =
            hax_cost_of(making->from->problem, job->instance, job->group, unit)->time_ms;
    if (making->from->schedule)
        expect_from_schedule(making, j, expected);
    else
        expected->start_ms = expected->ms = NAN;
}

/* ---- where a round went -----------------------------------------------------------------------
 */

/* Did a job of another instance run for some of the time? */
static bool is_beside(const making *making, const hax_stamp *stamps, int j)
{
    for (int other = 0; other < job_count(making); other++)
        if (job_at(making, other)->instance != job_at(making, j)->instance &&
            stamps[other].start_ns < stamps[j].end_ns && stamps[other].end_ns > stamps[j].start_ns)
            return true;
    return false;
}

static bool is_mostly_beside(const making *making, int j)
{
    int beside = 0;
    for (int r = 0; r < making->from->rounds; r++)
        beside += is_beside(making, stamps_of(making, r), j);
    return 2 * beside > making->from->rounds;
}

/* Of jobs that a device has not stamped apart: they count as the next one of their instance. */
typedef struct pending {
    int count;
    double alone_ms, contention_ms, entering_ms;
    bool enters, beside;
} pending;

/*
 * Splits what a job took by its circumstances: what is longer than alone is contention where others
 * ran beside it, entering where it came from elsewhere, by what is predicted where it is both (of
 * several jobs with one time most come from nowhere: there it is entering that is as predicted),
 * and its own work's where it is neither.
 */
static void split(const pending *job, double ms, hax_causes *causes)
{
    const double longer_ms = ms - job->alone_ms;
    double contention_ms = 0, entering_ms = 0;
    if (job->beside)
        contention_ms = !job->enters     ? longer_ms
                        : job->count > 1 ? longer_ms - job->entering_ms
                                         : job->contention_ms;
    if (job->enters)
        entering_ms = longer_ms - contention_ms;
    causes->alone_ms += ms - contention_ms - entering_ms;
    causes->contention_ms += contention_ms;
    causes->entering_ms += entering_ms;
}

static void measure_instance(const making *making, int instance, const hax_stamp *stamps,
                             hax_causes *causes)
{
    int64_t end_ns = 0;
    pending open = { 0 };
    *causes = (hax_causes){ 0 };
    for (int j = 0; j < job_count(making); j++) {
        const expectation *expected = &making->expected[j];
        if (job_at(making, j)->instance != instance)
            continue;
        open.count++;
        open.alone_ms += expected->alone_ms;
        open.entering_ms += /* 0 where nothing is predicted */
            fmax(expected->ms - expected->alone_ms - expected->contention_ms, 0);
        open.contention_ms += expected->contention_ms;
        open.enters = open.enters || expected->enters;
        open.beside = open.beside || is_beside(making, stamps, j);
        causes->waiting_ms += ms_of(stamps[j].start_ns - end_ns);
        end_ns = stamps[j].end_ns;
        if (stamps[j].end_ns == stamps[j].start_ns)
            continue;
        split(&open, hax_stamp_ms(&stamps[j]), causes);
        open = (pending){ 0 };
    }
    assert(end_ns >= 0 && ms_of(end_ns) <= hax_stamps_round_ms(stamps, job_count(making)));
    causes->barrier_ms = hax_stamps_round_ms(stamps, job_count(making)) - ms_of(end_ns);
}

static void add_share(hax_causes *sum, const hax_causes *part, double share)
{
    sum->alone_ms += share * part->alone_ms;
    sum->contention_ms += share * part->contention_ms;
    sum->entering_ms += share * part->entering_ms;
    sum->waiting_ms += share * part->waiting_ms;
    sum->barrier_ms += share * part->barrier_ms;
}

/* The mean over the rounds between the quartiles, scaled to add up to the median round: medians of
 * parts do not add up to that of the whole. */
static void measure_causes(const making *making, int instance, hax_causes *causes)
{
    const int rounds = making->from->rounds;
    const double *round_ms = making->from->timed->round_ms;
    memcpy(making->middle, round_ms, (size_t) rounds * sizeof *round_ms);
    const double median_ms = hax_summarise(making->middle, (size_t) rounds).median;
    const int outside = (rounds - 1) / 4;
    const double low_ms = making->middle[outside], high_ms = making->middle[rounds - 1 - outside];
    double sum_ms = 0;
    for (int r = 0; r < rounds; r++)
        if (round_ms[r] >= low_ms && round_ms[r] <= high_ms)
            sum_ms += round_ms[r];
    *causes = (hax_causes){ 0 };
    for (int r = 0; r < rounds && sum_ms > 0; r++) {
        hax_causes round;
        if (!(round_ms[r] >= low_ms && round_ms[r] <= high_ms))
            continue;
        measure_instance(making, instance, stamps_of(making, r), &round);
        add_share(causes, &round, median_ms / sum_ms);
    }
}

static void predict_causes(const hax_schedule *schedule, int instance, hax_causes *causes)
{
    double busy_ms = 0;
    *causes = (hax_causes){ 0 };
    for (int j = 0; j < schedule->job_count; j++) {
        const hax_job *job = &schedule->jobs[j];
        if (job->instance != instance)
            continue;
        double ms = job->end_ms - job->start_ms;
        double alone_ms = job->slowdown > 0 ? ms / job->slowdown : ms;
        causes->contention_ms += ms - alone_ms;
        *(job->part == HAX_PART_RUN ? &causes->alone_ms : &causes->entering_ms) += alone_ms;
        busy_ms += ms;
    }
    causes->waiting_ms = schedule->finish_ms[instance] - busy_ms;
    causes->barrier_ms = hax_schedule_round_ms(schedule) - schedule->finish_ms[instance];
}

static hax_status fill_causes(const making *making, hax_arena *arena, hax_timeline *timeline,
                              hax_error *err)
{
    const size_t count = (size_t) making->from->problem->instance_count;
    hax_causes *predicted = hax_arena_alloc(arena, count, sizeof *predicted);
    hax_causes *measured = hax_arena_alloc(arena, count, sizeof *measured);
    if (!predicted || !measured)
        return hax_fail_memory(err, "where a round went");
    for (size_t i = 0; i < count; i++) {
        if (making->from->schedule)
            predict_causes(making->from->schedule, (int) i, &predicted[i]);
        measure_causes(making, (int) i, &measured[i]);
    }
    timeline->predicted = making->from->schedule ? predicted : NULL;
    timeline->measured = measured;
    return HAX_OK;
}

/* ---- jobs and pieces --------------------------------------------------------------------------
 */

/* From the start of one job to the end of another, over the rounds. */
static void summarise(const making *making, int first, int last, hax_summary *start,
                      hax_summary *took)
{
    const size_t rounds = (size_t) making->from->rounds;
    for (size_t r = 0; r < rounds; r++)
        making->values[r] = ms_of(stamps_of(making, (int) r)[first].start_ns);
    *start = hax_summarise(making->values, rounds);
    for (size_t r = 0; r < rounds; r++) {
        const hax_stamp *stamps = stamps_of(making, (int) r);
        making->values[r] = ms_of(stamps[last].end_ns - stamps[first].start_ns);
    }
    *took = hax_summarise(making->values, rounds);
}

/* A group that a device has not stamped apart has no time, and that of a later one is its too. */
static void find_first_groups(hax_timed_job *jobs, int count)
{
    for (int j = count - 1; j >= 0; j--) {
        bool timed = jobs[j].part != HAX_PART_RUN || jobs[j].took.median > 0;
        jobs[j].first_group = timed || !(jobs[j].alone_ms > 0) ? jobs[j].group : -1;
        for (int later = j + 1; later < count && jobs[j].first_group < 0; later++) {
            if (jobs[later].instance != jobs[j].instance || jobs[later].first_group < 0)
                continue;
            jobs[later].first_group = jobs[j].group;
            break;
        }
    }
}

static hax_status fill_jobs(const making *making, hax_arena *arena, hax_timeline *timeline,
                            hax_error *err)
{
    hax_timed_job *jobs = hax_arena_alloc(arena, (size_t) job_count(making), sizeof *jobs);
    if (!jobs)
        return hax_fail_memory(err, "the jobs of a row");
    for (int j = 0; j < job_count(making); j++) {
        const hax_plan_job *job = job_at(making, j);
        jobs[j] = (hax_timed_job){ .instance = job->instance,
                                   .group = job->group,
                                   .part = job->part,
                                   .unit = job->unit,
                                   .from_unit = job->part == HAX_PART_IN ? job->from_unit : -1,
                                   .predicted_start_ms = making->expected[j].start_ms,
                                   .predicted_ms = making->expected[j].ms,
                                   .alone_ms = making->expected[j].alone_ms,
                                   .contention_ms = making->expected[j].contention_ms,
                                   .enters = making->expected[j].enters,
                                   .beside = is_mostly_beside(making, j) };
        summarise(making, j, j, &jobs[j].start, &jobs[j].took);
    }
    find_first_groups(jobs, job_count(making));
    timeline->jobs = jobs;
    timeline->job_count = job_count(making);
    return HAX_OK;
}

/* The next job of the instance on the same unit, -1: it ends, or is elsewhere. */
static int next_in_piece(const making *making, int j)
{
    const hax_plan_job *job = job_at(making, j);
    for (int next = j + 1; next < job_count(making); next++)
        if (job_at(making, next)->instance == job->instance)
            return job_at(making, next)->unit == job->unit ? next : -1;
    return -1;
}

static void fill_piece(const making *making, int first, hax_timed_piece *piece)
{
    const hax_plan_job *job = job_at(making, first);
    int last = first;
    for (int next = first; next >= 0; next = next_in_piece(making, next))
        last = next;
    const expectation *begin = &making->expected[first], *end = &making->expected[last];
    assert(job->instance == job_at(making, last)->instance &&
           job->unit == job_at(making, last)->unit);
    *piece = (hax_timed_piece){ .instance = job->instance,
                                .first_group = job->group,
                                .last_group = job_at(making, last)->group,
                                .unit = job->unit,
                                .predicted_start_ms = begin->start_ms,
                                .predicted_ms = end->start_ms + end->ms - begin->start_ms };
    summarise(making, first, last, &piece->start, &piece->took);
}

/* Is it the first job of its instance on this unit? */
static bool begins_piece(const making *making, int j)
{
    int before = before_in_instance(making, j);
    return before < 0 || job_at(making, before)->unit != job_at(making, j)->unit;
}

static hax_status fill_pieces(const making *making, hax_arena *arena, hax_timeline *timeline,
                              hax_error *err)
{
    hax_timed_piece *pieces = hax_arena_alloc(arena, (size_t) job_count(making), sizeof *pieces);
    if (!pieces)
        return hax_fail_memory(err, "the pieces of a row");
    for (int i = 0; i < making->from->problem->instance_count; i++)
        for (int j = 0; j < job_count(making); j++)
            if (job_at(making, j)->instance == i && begins_piece(making, j))
                fill_piece(making, j, &pieces[timeline->piece_count++]);
    assert(timeline->piece_count >= 1 && timeline->piece_count <= job_count(making));
    timeline->pieces = pieces;
    return HAX_OK;
}

hax_status hax_timeline_make(const hax_timeline_from *from, hax_arena *arena,
                             hax_timeline *timeline, hax_error *err)
{
    assert(from->rounds > 0 && from->row->plan.job_count == from->timed->plan.job_count);
    making making = { .from = from };
    hax_timeline filled = { 0 };
    match_units(&making);
    making.expected = hax_arena_alloc(arena, (size_t) job_count(&making), sizeof *making.expected);
    making.values = hax_arena_alloc(arena, (size_t) from->rounds, sizeof *making.values);
    making.middle = hax_arena_alloc(arena, (size_t) from->rounds, sizeof *making.middle);
    if (!making.expected || !making.values || !making.middle)
        return hax_fail_memory(err, "the jobs of a row");
    for (int j = 0; j < job_count(&making); j++)
        expect(&making, j);
    HAX_TRY(fill_jobs(&making, arena, &filled, err));
    HAX_TRY(fill_pieces(&making, arena, &filled, err));
    HAX_TRY(fill_causes(&making, arena, &filled, err));
    *timeline = filled;
    return HAX_OK;
}
