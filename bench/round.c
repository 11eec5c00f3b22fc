/*
 * What a round costs when its jobs take no time: hand-over and stamps only. Two instances
 * on two null units, once each on its own unit, once crossing over at every cut (each
 * group then waits for the other unit's).
 *
 * Prints microseconds per job: the time of a round divided by its jobs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "session.h"
#include "statistics.h"

enum { ROUNDS = 2000, JOBS_MAX = 400 };

_Noreturn static void stop(const char *what, const hax_error *err)
{
    fprintf(stderr, "%s: %s\n", what, err->message);
    exit(hax_status_exit_code(err->status));
}

/* Groups of both instances in turns; `crossing`: each group on the other unit than the last. */
static int make_plan(const hax_grouping *grouping, bool crossing, hax_plan_job *jobs)
{
    int count = 0;
    for (int g = 0; g < grouping->count && count + 2 <= JOBS_MAX; g++)
        for (int i = 0; i < 2; i++)
            jobs[count++] = (hax_plan_job){
                .unit = crossing ? (i + g) % 2 : i, .instance = i, .group = g, .after = -1
            };
    return count;
}

static void measure(hax_session *session, const char *name, const hax_plan *plan)
{
    static double us_per_job[ROUNDS];
    static hax_stamp stamps[JOBS_MAX];
    hax_error err;
    for (int r = 0; r < ROUNDS; r++) {
        if (hax_session_execute(session, plan, stamps, &err) != HAX_OK)
            stop(name, &err);
        int64_t end_ns = 0;
        for (int j = 0; j < plan->job_count; j++)
            end_ns = stamps[j].end_ns > end_ns ? stamps[j].end_ns : end_ns;
        us_per_job[r] = (double) end_ns * 1e-3 / plan->job_count;
    }
    hax_summary summary = hax_summarise(us_per_job, ROUNDS);
    printf("%-16s %5d %10.2f %10.2f %10.2f %10.2f\n", name, plan->job_count, summary.min,
           summary.median, summary.p95, summary.p99);
}

int main(void)
{
    const hax_platform *platform;
    hax_model *model;
    const hax_grouping *grouping;
    hax_session *session;
    hax_error err;
    if (hax_platform_load("null", &platform, &err) != HAX_OK)
        stop("platform null", &err);
    if (hax_model_load("googlenet", NULL, &model, &err) != HAX_OK ||
        hax_grouping_make(model, "fine", &grouping, &err) != HAX_OK)
        stop("googlenet", &err);
    hax_session_instance instances[2] = { { "a", model, grouping }, { "b", model, grouping } };
    hax_session_config config = { .platform = platform,
                                  .instance_count = 2,
                                  .instances = instances };
    if (hax_session_open(&config, &session, &err) != HAX_OK)
        stop("session", &err);
    printf("%-16s %5s %10s %10s %10s %10s   us per job, %d rounds\n", "plan", "jobs", "min",
           "median", "p95", "p99", ROUNDS);
    for (int crossing = 0; crossing < 2; crossing++) {
        hax_plan_job jobs[JOBS_MAX];
        hax_plan plan = { make_plan(grouping, crossing, jobs), jobs };
        measure(session, crossing ? "crossing over" : "side by side", &plan);
    }
    hax_session_close(session);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
    hax_platform_destroy(platform);
    return 0;
}
