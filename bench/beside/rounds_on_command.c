/*
 * rounds_on_command UNIT|plan NETWORK...
 *
 * One side of a comparison with another runtime, which takes turns with this program. Every
 * network runs whole on UNIT of this machine, one after the other; with "plan" they are profiled,
 * planned, and run as planned. Says "ready" and what it runs; then, for each line with a number N
 * on standard input, runs one round that is not counted and N that are, and prints the milliseconds
 * of those on a line: from the barrier of the units to the end of the last job, the input in place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haxconn/profile.h"
#include "rows.h"

enum { NETWORKS_MAX = 8, LEAST_ROUNDS = 14, LEAST_SECONDS = 10 };

typedef struct bench {
    hax_platform *platform;
    int count;
    hax_model *models[NETWORKS_MAX];
    hax_grouping *groupings[NETWORKS_MAX];
    hax_profile_network networks[NETWORKS_MAX];
    hax_session_instance instances[NETWORKS_MAX];
    hax_session *session;
    hax_plan_job *jobs;
    hax_plan plan;
    hax_stamp *stamps;
} bench;

static void must(hax_status status, const hax_error *err)
{
    if (status == HAX_OK || status == HAX_LIMIT)
        return;
    fprintf(stderr, "%s\n", err->message);
    exit(hax_status_exit_code(status));
}

static void load(bench *at, char **names)
{
    hax_error err;
    for (int n = 0; n < at->count; n++) {
        must(hax_model_load(names[n], &at->models[n], &err), &err);
        must(hax_model_group(at->models[n], "blocks", &at->groupings[n], &err), &err);
        const char *name = hax_model_name(at->models[n]);
        at->networks[n] = (hax_profile_network){ name, at->models[n], at->groupings[n] };
        at->instances[n] = (hax_session_instance){ .name = name,
                                                   .model = at->models[n],
                                                   .grouping = at->groupings[n] };
    }
}

static int find_unit(const hax_platform *platform, const char *name)
{
    for (int u = 0; u < platform->unit_count; u++)
        if (strcmp(platform->units[u].name, name) == 0)
            return u;
    fprintf(stderr, "this machine has no unit '%s' (haxconn units)\n", name);
    exit(2);
}

/* All groups of all networks on one unit. */
static void place_whole(bench *at, int unit)
{
    int total = 0;
    for (int n = 0; n < at->count; n++)
        total += at->networks[n].grouping->count;
    at->jobs = calloc((size_t) total, sizeof *at->jobs);
    if (!at->jobs)
        exit(1);
    for (int n = 0; n < at->count; n++)
        for (int g = 0; g < at->networks[n].grouping->count; g++)
            at->jobs[at->plan.job_count++] = (hax_plan_job){
                .unit = unit, .instance = n, .group = g, .from_unit = -1, .to_unit = -1, .after = -1
            };
}

static void say_plan(const hax_problem *problem, const hax_schedule *plan)
{
    printf("ready predicted %.2f ms", plan->value);
    for (int i = 0; i < problem->instance_count; i++) {
        printf(", %s:", problem->instances[i].name);
        for (int g = 0; g < problem->instances[i].group_count; g++)
            if (g == 0 || plan->assignment[i][g] != plan->assignment[i][g - 1])
                printf(" %d-%s", g, problem->units[plan->assignment[i][g]].name);
    }
    printf("\n");
}

static void place_planned(bench *at)
{
    const hax_profile_config with = { .platform = at->platform,
                                      .network_count = at->count,
                                      .networks = at->networks,
                                      .rounds = LEAST_ROUNDS,
                                      .seconds = LEAST_SECONDS,
                                      .contention = true };
    const hax_problem_options options = { .max_transitions = -1 };
    const hax_solve_options limits = { .time_limit_s = LEAST_SECONDS };
    int each[NETWORKS_MAX];
    hax_error err;
    hax_profile *profile;
    hax_problem *problem;
    hax_schedule *plan;
    for (int n = 0; n < at->count; n++)
        each[n] = n;
    must(hax_profile_measure(&with, &profile, &err), &err);
    must(hax_profile_problem(profile, at->count, each, &options, &problem, &err), &err);
    must(hax_solve(problem, &limits, &plan, &err), &err);
    must(plan_from_schedule(at->platform, problem, plan, &at->jobs, &at->plan.job_count, &err),
         &err);
    say_plan(problem, plan);
    hax_schedule_destroy(plan);
    hax_problem_destroy(problem);
    hax_profile_destroy(profile);
}

static double round_ms(bench *at)
{
    hax_error err;
    int64_t end_ns = 0;
    must(hax_session_execute(at->session, &at->plan, at->stamps, &err), &err);
    for (int j = 0; j < at->plan.job_count; j++)
        end_ns = at->stamps[j].end_ns > end_ns ? at->stamps[j].end_ns : end_ns;
    return (double) end_ns * 1e-6;
}

static void obey(bench *at)
{
    char line[32];
    while (fgets(line, sizeof line, stdin)) {
        long rounds = strtol(line, NULL, 10);
        round_ms(at);
        for (long r = 0; r < rounds; r++)
            printf("%s%.6f", r ? " " : "", round_ms(at));
        printf("\n");
        fflush(stdout);
    }
}

static void close_all(bench *at)
{
    hax_session_close(at->session);
    for (int n = 0; n < at->count; n++) {
        hax_grouping_destroy(at->groupings[n]);
        hax_model_destroy(at->models[n]);
    }
    hax_platform_close(at->platform);
    free(at->jobs);
    free(at->stamps);
}

int main(int argc, char **argv)
{
    bench at = { .count = argc - 2 };
    hax_error err;
    if (at.count < 1 || at.count > NETWORKS_MAX) {
        fprintf(stderr, "usage: %s UNIT|plan NETWORK...\n", argv[0]);
        return 2;
    }
    must(hax_platform_open("host", &at.platform, &err), &err);
    load(&at, argv + 2);
    if (strcmp(argv[1], "plan") == 0) {
        place_planned(&at);
    } else {
        place_whole(&at, find_unit(at.platform, argv[1]));
        printf("ready\n");
    }
    at.plan.jobs = at.jobs;
    at.stamps = calloc((size_t) at.plan.job_count, sizeof *at.stamps);
    const hax_session_config with = { .platform = at.platform,
                                      .instance_count = at.count,
                                      .instances = at.instances };
    must(at.stamps ? hax_session_open(&with, &at.session, &err) : HAX_NO_MEMORY, &err);
    fflush(stdout);
    obey(&at);
    close_all(&at);
    return 0;
}
