/*
 * The exact search on random chains: how long to a proof.
 *
 * Two or more instances of n groups on m units. Unit u is about u + 1 times as slow as the first
 * with a spread of two between groups; hand-overs cost 2 to 10 % of a group. Contention is none,
 * heavy (5 to 60 GB/s where 60 is the peak) or that of the published sample of an AGX Xavier (25 to
 * 70 GB/s, peak 127), by one PCCS function for every unit. Any number of transitions. Each line is
 * several problems from the same seeds, one thread. More than two instances are given a number of
 * seconds; their times are those of the thread on the processor beside those of the clock, since
 * machines are shared.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "file.h"
#include "haxconn/schedule.h"
#include "random.h"
#include "statistics.h"

enum { GROUPS_MAX = 160, UNITS_MAX = 4, INSTANCES_MAX = 8, SAMPLES = 15 };

typedef struct chains {
    hax_unit_spec units[UNITS_MAX];
    hax_group_spec groups[INSTANCES_MAX][GROUPS_MAX];
    hax_cost costs[INSTANCES_MAX][GROUPS_MAX][UNITS_MAX];
    hax_instance_spec instances[INSTANCES_MAX];
} chains;

static double between(hax_random *random, double low, double high)
{
    return low + (high - low) * hax_random_unit(random);
}

static void stop(const char *what, const hax_error *err)
{
    fprintf(stderr, "%s: %s\n", what, err->message);
    exit(hax_status_exit_code(err->status));
}

typedef enum contention { NONE, HEAVY, XAVIER } contention;

static const char *const contention_names[] = { ", no contention", ", heavy", ", xavier" };

typedef struct shape {
    int instances, groups, units;
    contention contention;
    bool handover;
    hax_objective objective;
    double limit_s; /* 0: none */
} shape;

static hax_problem *make_chains(const shape *of, uint64_t seed)
{
    int groups = of->groups, units = of->units;
    static const char *const names[] = { "u0", "u1", "u2", "u3" };
    static const char *const called[] = { "a", "b", "c", "d", "e", "f", "g", "h" };
    static const hax_pccs pccs[] = { [HEAVY] = { 20, 45, 5, 50, 45, 0.9, 60 },
                                     [XAVIER] = { 37.6, 65.7, 3.72, 82.8, 46.63, 0.571, 127.4 } };
    double least_gbps = of->contention == XAVIER ? 25 : 5;
    double most_gbps = of->contention == XAVIER ? 70 : 60;
    static chains at;
    hax_random random = hax_random_fork(seed, (uint64_t) (1000 * groups + units));
    memset(&at, 0, sizeof at);
    for (int u = 0; u < units; u++)
        at.units[u] = (hax_unit_spec){
            .name = names[u],
            .resources = 1U << u,
            .slowdown = { .kind = of->contention ? HAX_SLOWDOWN_PCCS : HAX_SLOWDOWN_NONE,
                          .pccs = pccs[of->contention] },
            .max_pieces = -1,
        };
    for (int i = 0; i < of->instances; i++) {
        for (int g = 0; g < groups; g++) {
            double base = between(&random, 0.5, 2);
            for (int u = 0; u < units; u++)
                at.costs[i][g][u] =
                    (hax_cost){ .allowed = true,
                                .time_ms = base * (u + 1) * between(&random, 0.7, 1.4),
                                .gbps = between(&random, least_gbps, most_gbps),
                                .out_ms = of->handover * base * between(&random, 0.02, 0.1),
                                .in_ms = of->handover * base * between(&random, 0.02, 0.1) };
            at.groups[i][g] = (hax_group_spec){ "g", at.costs[i][g] };
        }
        at.instances[i] = (hax_instance_spec){ .name = called[i],
                                               .group_count = groups,
                                               .groups = at.groups[i],
                                               .weight = 1,
                                               .deadline_ms = INFINITY };
    }
    hax_problem problem = { units,         names,        units,         at.units,
                            of->instances, at.instances, of->objective, -1 };
    hax_problem *made;
    hax_error err;
    if (hax_problem_copy(&problem, &made, &err) != HAX_OK)
        stop("problem", &err);
    return made;
}

static void line(const char *name, hax_problem **problems, int count)
{
    double ms[SAMPLES], nodes[SAMPLES], gap = 0;
    int proven = 0;
    for (int s = 0; s < count; s++) {
        hax_schedule *schedule;
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

static void random_line(const shape *of)
{
    hax_problem *problems[SAMPLES];
    char name[80];
    int count = of->groups > 60 ? 5 : SAMPLES;
    snprintf(name, sizeof name, "%d groups x %d units%s%s%s", of->groups, of->units,
             of->contention == HEAVY ? "" : ", no contention",
             of->handover ? "" : ", free hand-over",
             of->objective == HAX_THROUGHPUT ? ", throughput" : "");
    for (int s = 0; s < count; s++)
        problems[s] = make_chains(of, (uint64_t) s);
    line(name, problems, count);
}

static double thread_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e3 * (double) now.tv_sec + 1e-6 * (double) now.tv_nsec;
}

enum { MANY_SAMPLES = 5 };

static void many_line(const shape *of)
{
    double wall[MANY_SAMPLES], cpu[MANY_SAMPLES], gaps[MANY_SAMPLES], nodes[MANY_SAMPLES];
    int proven = 0, event_waits = 0;
    char name[80];
    const hax_solve_options options = { .time_limit_s = of->limit_s };
    snprintf(name, sizeof name, "%d x %d x %d%s%s, %g s", of->instances, of->groups, of->units,
             contention_names[of->contention],
             of->objective == HAX_LATENCY ? "" : hax_objective_name(of->objective), of->limit_s);
    for (int s = 0; s < MANY_SAMPLES; s++) {
        hax_problem *problem = make_chains(of, (uint64_t) s);
        hax_schedule *schedule;
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
    static const shape shapes[] = {
        { 3, 3, 3, HEAVY, true, HAX_LATENCY, 10 },   { 3, 5, 3, HEAVY, true, HAX_LATENCY, 10 },
        { 3, 10, 2, NONE, true, HAX_LATENCY, 10 },   { 3, 10, 3, NONE, true, HAX_LATENCY, 10 },
        { 3, 10, 3, XAVIER, true, HAX_LATENCY, 10 }, { 3, 10, 3, HEAVY, true, HAX_LATENCY, 10 },
        { 4, 10, 4, NONE, true, HAX_LATENCY, 10 },   { 4, 10, 4, XAVIER, true, HAX_LATENCY, 10 },
        { 4, 10, 4, HEAVY, true, HAX_LATENCY, 10 },  { 8, 12, 4, NONE, true, HAX_LATENCY, 10 },
        { 8, 12, 4, XAVIER, true, HAX_LATENCY, 10 }, { 8, 12, 4, HEAVY, true, HAX_LATENCY, 10 },
    };
    printf("\n%-42s %10s %10s %10s %8s %8s %8s %8s\n", "instances x groups x units", "wall ms",
           "thread ms", "nodes", "proven", "gap min", "median", "max %");
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        many_line(&shapes[s]);
}

int main(int argc, char **argv)
{
    static const shape shapes[] = {
        { 2, 10, 2, HEAVY, true, HAX_LATENCY, 0 },    { 2, 20, 2, HEAVY, true, HAX_LATENCY, 0 },
        { 2, 50, 2, HEAVY, true, HAX_LATENCY, 0 },    { 2, 150, 2, HEAVY, true, HAX_LATENCY, 0 },
        { 2, 10, 3, HEAVY, true, HAX_LATENCY, 0 },    { 2, 20, 3, HEAVY, true, HAX_LATENCY, 0 },
        { 2, 50, 3, HEAVY, true, HAX_LATENCY, 0 },    { 2, 10, 4, HEAVY, true, HAX_LATENCY, 0 },
        { 2, 10, 2, HEAVY, false, HAX_LATENCY, 0 },   { 2, 20, 2, HEAVY, false, HAX_LATENCY, 0 },
        { 2, 50, 2, HEAVY, false, HAX_LATENCY, 0 },   { 2, 50, 3, HEAVY, false, HAX_LATENCY, 0 },
        { 2, 10, 2, NONE, true, HAX_LATENCY, 0 },     { 2, 50, 2, NONE, true, HAX_LATENCY, 0 },
        { 2, 50, 3, NONE, true, HAX_LATENCY, 0 },     { 2, 10, 2, HEAVY, true, HAX_THROUGHPUT, 0 },
        { 2, 50, 2, HEAVY, true, HAX_THROUGHPUT, 0 },
    };
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("%-42s %10s %10s %10s %10s %9s %8s\n", "two instances", "min ms", "median ms", "max ms",
           "states", "proven", "gap");
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        random_line(&shapes[s]);
    many_table();
    for (int file = 1; file < argc; file++) {
        hax_problem *problem;
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
