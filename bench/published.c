/*
 * The published formulation through Z3 beside the exact search on the same numbers, by turns in one
 * run: how much faster. And the published model by enumeration, which needs no solver at all.
 */
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "haxconn/published.h"
#include "haxconn/schedule.h"
#include "haxconn/z3.h"
#include "statistics.h"

enum { ROUNDS = 15 };

_Noreturn static void stop(const hax_error *err)
{
    fprintf(stderr, "%s\n", err->message);
    exit(hax_status_exit_code(err->status));
}

static double solve_ms(const hax_problem *problem)
{
    const hax_schedule *schedule;
    hax_error err;
    uint64_t begin_ns = hax_clock_ns();
    if (hax_solve(problem, NULL, &schedule, &err) != HAX_OK)
        stop(&err);
    double ms = (double) (hax_clock_ns() - begin_ns) * 1e-6;
    hax_schedule_destroy(schedule);
    return ms;
}

static void line(const char *name, double *ms, double slowest)
{
    hax_summary summary = hax_summarise(ms, ROUNDS);
    printf("%-52s %10.3f %10.3f %10.3f %9.0fx\n", name, summary.min, summary.median, summary.p75,
           slowest / summary.median);
}

int main(void)
{
    static const char *const names[] = { "published model, Z3", "published model, enumerated",
                                         "exact search, at most one change each",
                                         "exact search, any number of changes" };
    double ms[4][ROUNDS];
    hax_published data;
    hax_published_answer answer;
    hax_published_way optima[HAX_PUBLISHED_OPTIMA][2];
    const hax_problem *one, *any;
    hax_error err;
    hax_published_artifact(&data);
    if (hax_published_problem(&data, 1, &one, &err) != HAX_OK ||
        hax_published_problem(&data, -1, &any, &err) != HAX_OK)
        stop(&err);
    for (int r = 0; r < ROUNDS; r++) {
        if (hax_published_z3(&data, &answer, &err) != HAX_OK)
            stop(&err);
        ms[0][r] = answer.seconds * 1e3;
        hax_published_enumerate(&data, &answer, optima);
        ms[1][r] = answer.seconds * 1e3;
        ms[2][r] = solve_ms(one);
        ms[3][r] = solve_ms(any);
    }
    hax_problem_destroy(one);
    hax_problem_destroy(any);
    printf("%-52s %10s %10s %10s %10s\n", "GoogleNet and AlexNet, 10 + 8 groups, 2 units", "min ms",
           "median ms", "p75 ms", "faster");
    double slowest = hax_summarise(ms[0], ROUNDS).median;
    for (int k = 0; k < 4; k++)
        line(names[k], ms[k], slowest);
    return 0;
}
