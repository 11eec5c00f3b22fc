/*
 * The exact search on random chains (chains.h): how long to a proof.
 *
 * Each line is several problems from the same seeds, one thread. More than two instances are given
 * a number of seconds; their times are those of the thread on the processor beside those of the
 * clock, since machines are shared.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "chains.h"
#include "file.h"
#include "haxconn/schedule.h"
#include "statistics.h"

enum { SAMPLES = 15 };

_Noreturn static void stop(const char *what, const hax_error *err)
{
    fprintf(stderr, "%s: %s\n", what, err->message);
    exit(hax_status_exit_code(err->status));
}

static const hax_problem *make_problem(const chains_shape *chains_shape, uint64_t seed)
{
    const hax_problem *problem;
    hax_error err;
    if (chains_make(chains_shape, seed, &problem, &err) != HAX_OK)
        stop("problem", &err);
    return problem;
}

static void line(const char *name, const hax_problem **problems, int count)
{
    double ms[SAMPLES], nodes[SAMPLES], gap = 0;
    int proven = 0;
    for (int s = 0; s < count; s++) {
        const hax_schedule *schedule;
        hax_error err;
        hax_status status = hax_solve(problems[s], NULL, &schedule, &err);
        if (status != HAX_OK && status != HAX_LIMIT)
            stop(name, &err);
        ms[s] = schedule->seconds * 1e3;
        nodes[s] = (double) schedule->nodes;
        proven += schedule->proof == HAX_PROOF_ALL;
        gap = fmax(gap, schedule->gap);
        hax_schedule_destroy(schedule);
        hax_problem_destroy(problems[s]);
    }
    hax_summary times = hax_summarise(ms, (size_t) count);
    hax_summary states = hax_summarise(nodes, (size_t) count);
    printf("%-42s %10.2f %10.2f %10.2f %10.0f %6d/%d %8.1e\n", name, times.min, times.median,
           times.max, states.median, proven, count, gap);
}

static void random_line(const chains_shape *chains_shape)
{
    const hax_problem *problems[SAMPLES];
    char name[80];
    int count = chains_shape->groups > 60 ? 5 : SAMPLES;
    snprintf(name, sizeof name, "%d groups x %d units%s%s%s", chains_shape->groups,
             chains_shape->units, chains_shape->contention == HEAVY ? "" : ", no contention",
             chains_shape->handover ? "" : ", free hand-over",
             chains_shape->objective == HAX_THROUGHPUT ? ", throughput" : "");
    for (int s = 0; s < count; s++)
        problems[s] = make_problem(chains_shape, (uint64_t) s);
    line(name, problems, count);
}

static double thread_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e3 * (double) now.tv_sec + 1e-6 * (double) now.tv_nsec;
}

enum { MANY_SAMPLES = 5, MANY_LIMIT_S = 10 };

static const char *const contention_names[] = { ", no contention", ", heavy", ", xavier" };

static void many_line(const chains_shape *chains_shape)
{
    double wall[MANY_SAMPLES], cpu[MANY_SAMPLES], gaps[MANY_SAMPLES], nodes[MANY_SAMPLES];
    int proven = 0, event_waits = 0;
    char name[80];
    hax_solve_options options = hax_solve_options_default();
    options.time_limit_s = MANY_LIMIT_S;
    snprintf(name, sizeof name, "%d x %d x %d%s%s, %d s", chains_shape->instances,
             chains_shape->groups, chains_shape->units, contention_names[chains_shape->contention],
             chains_shape->objective == HAX_LATENCY ? ""
                                                    : hax_objective_name(chains_shape->objective),
             MANY_LIMIT_S);
    for (int s = 0; s < MANY_SAMPLES; s++) {
        const hax_problem *problem = make_problem(chains_shape, (uint64_t) s);
        const hax_schedule *schedule;
        hax_error err;
        double from_ms = thread_ms();
        hax_status status = hax_solve(problem, &options, &schedule, &err);
        if (status != HAX_OK && status != HAX_LIMIT)
            stop(name, &err);
        cpu[s] = thread_ms() - from_ms;
        wall[s] = schedule->seconds * 1e3;
        gaps[s] = 100 * schedule->gap;
        nodes[s] = (double) schedule->nodes;
        proven += schedule->proof == HAX_PROOF_ALL;
        event_waits += schedule->proof != HAX_PROOF_NO;
        hax_schedule_destroy(schedule);
        hax_problem_destroy(problem);
    }
    hax_summary of_gaps = hax_summarise(gaps, MANY_SAMPLES);
    printf("%-42s %10.2f %10.2f %10.0f %4d, %d/%d %8.2f %8.2f %8.2f\n", name,
           hax_summarise(wall, MANY_SAMPLES).median, hax_summarise(cpu, MANY_SAMPLES).median,
           hax_summarise(nodes, MANY_SAMPLES).median, proven, event_waits, MANY_SAMPLES,
           of_gaps.min, of_gaps.median, of_gaps.max);
}

/* Proven: over all schedules, and over event waits at the least. The gap is to a bound for all. */
static void many_table(void)
{
    static const chains_shape shapes[] = {
        { 3, 3, 3, HEAVY, true, HAX_LATENCY },   { 3, 5, 3, HEAVY, true, HAX_LATENCY },
        { 3, 10, 2, NONE, true, HAX_LATENCY },   { 3, 10, 3, NONE, true, HAX_LATENCY },
        { 3, 10, 3, XAVIER, true, HAX_LATENCY }, { 3, 10, 3, HEAVY, true, HAX_LATENCY },
        { 4, 10, 4, NONE, true, HAX_LATENCY },   { 4, 10, 4, XAVIER, true, HAX_LATENCY },
        { 4, 10, 4, HEAVY, true, HAX_LATENCY },  { 8, 12, 4, NONE, true, HAX_LATENCY },
        { 8, 12, 4, XAVIER, true, HAX_LATENCY }, { 8, 12, 4, HEAVY, true, HAX_LATENCY },
    };
    printf("\n%-42s %10s %10s %10s %8s %8s %8s %8s\n", "instances x groups x units", "wall ms",
           "thread ms", "nodes", "proven", "gap min", "median", "max %");
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        many_line(&shapes[s]);
}

int main(int argc, char **argv)
{
    static const chains_shape shapes[] = {
        { 2, 10, 2, HEAVY, true, HAX_LATENCY },    { 2, 20, 2, HEAVY, true, HAX_LATENCY },
        { 2, 50, 2, HEAVY, true, HAX_LATENCY },    { 2, 150, 2, HEAVY, true, HAX_LATENCY },
        { 2, 10, 3, HEAVY, true, HAX_LATENCY },    { 2, 20, 3, HEAVY, true, HAX_LATENCY },
        { 2, 50, 3, HEAVY, true, HAX_LATENCY },    { 2, 10, 4, HEAVY, true, HAX_LATENCY },
        { 2, 10, 2, HEAVY, false, HAX_LATENCY },   { 2, 20, 2, HEAVY, false, HAX_LATENCY },
        { 2, 50, 2, HEAVY, false, HAX_LATENCY },   { 2, 50, 3, HEAVY, false, HAX_LATENCY },
        { 2, 10, 2, NONE, true, HAX_LATENCY },     { 2, 50, 2, NONE, true, HAX_LATENCY },
        { 2, 50, 3, NONE, true, HAX_LATENCY },     { 2, 10, 2, HEAVY, true, HAX_THROUGHPUT },
        { 2, 50, 2, HEAVY, true, HAX_THROUGHPUT },
    };
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("%-42s %10s %10s %10s %10s %9s %8s\n", "two instances", "min ms", "median ms", "max ms",
           "states", "proven", "gap");
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        random_line(&shapes[s]);
    many_table();
    for (int file = 1; file < argc; file++) {
        const hax_problem *problem;
        char *text;
        size_t length;
        hax_error err;
        if (hax_file_read(argv[file], 1 << 24, &text, &length, &err) != HAX_OK ||
            hax_problem_parse(text, length, argv[file], &problem, &err) != HAX_OK)
            stop(argv[file], &err);
        free(text);
        line(argv[file], &problem, 1);
    }
    return 0;
}
