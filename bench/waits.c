/*
 * What waits of any length gain over waits for the end of some job.
 *
 * Two instances: the exact optimum over all schedules beside the exact optimum over event waits.
 * Three: the optimum over event waits beside the same schedule with its starts moved, which is a
 * gain at least. Random problems of g groups on m units, contention on.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "delays.h"
#include "multi.h"
#include "random_problem.h"

enum { NODES_MOST = 3000000 };

typedef struct gains {
    int compared, any, over_one_percent;
    double sum, largest;
} gains;

static void add(gains *to, double gain)
{
    to->compared++;
    to->any += gain > 1e-6;
    to->over_one_percent += gain > 0.01;
    to->sum += gain;
    to->largest = fmax(to->largest, gain);
}

/* The optimum over event waits as a schedule; NULL: infeasible or not proven. */
static const hax_schedule *event_waits(const hax_problem *problem)
{
    hax_solve_options options = hax_solve_options_default();
    options.node_limit = NODES_MOST;
    hax_search_result found = { 0 };
    const hax_schedule *schedule = NULL;
    double worst = problem->objective == HAX_THROUGHPUT ? 0 : INFINITY;
    if (hax_portfolio_search(problem, &options, worst, false, &found, NULL) != HAX_OK)
        return NULL;
    if (found.complete && found.count)
        hax_schedule_from_placements(problem, "event-waits", found.count, found.placements,
                                     &schedule, NULL);
    free(found.placements);
    return schedule;
}

static double relative_gain(const hax_problem *problem, double before, double after)
{
    double gain = problem->objective == HAX_THROUGHPUT ? after - before : before - after;
    return fmax(gain, 0) / fmax(fabs(before), 1e-9);
}

static void compare(const hax_problem *problem, gains *to)
{
    const hax_schedule *events = event_waits(problem), *schedule = NULL;
    if (!events)
        return;
    double before = events->value;
    if (problem->instance_count <= 2 && hax_solve(problem, NULL, &schedule, NULL) == HAX_OK)
        add(to, relative_gain(problem, before, schedule->value));
    else if (hax_schedule_tune_delays(problem, &events, NULL) == HAX_OK)
        add(to, relative_gain(problem, before, events->value));
    hax_schedule_destroy(schedule);
    hax_schedule_destroy(events);
}

static void line(int instances, int groups, int units, int count)
{
    gains all = { 0 };
    const random_options options = {
        .contention = true, .group_max = groups, .unit_max = units, .instance_count = instances
    };
    for (int number = 0; number < count; number++) {
        const hax_problem *problem = random_problem((unsigned long) number, &options);
        if (problem->objective != HAX_DEADLINE) /* lateness has no scale */
            compare(problem, &all);
        hax_problem_destroy(problem);
    }
    printf("%d instances, up to %d groups on %d units %8d %8d %8d %10.4f %10.2f\n", instances,
           groups, units, all.compared, all.any, all.over_one_percent,
           100 * all.sum / fmax(all.compared, 1), 100 * all.largest);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("%-37s %8s %8s %8s %10s %10s\n", "gain of waits of any length", "compared", "any",
           "over 1 %", "mean %", "largest %");
    line(2, 3, 3, 2000);
    line(2, 6, 3, 300);
    line(3, 2, 3, 2000);
    line(3, 3, 3, 500);
    return 0;
}
