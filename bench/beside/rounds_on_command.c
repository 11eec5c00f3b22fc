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
    const hax_platform *platform;
    int count;
    hax_model *models[NETWORKS_MAX];
    const hax_grouping *groupings[NETWORKS_MAX];
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

static void load(bench *measured, char **names)
{
    hax_error err;
    for (int n = 0; n < measured->count; n++) {
        must(hax_model_load(names[n], NULL, &measured->models[n], &err), &err);
        must(hax_grouping_make(measured->models[n], "blocks", &measured->groupings[n], &err), &err);
        const char *name = hax_model_name(measured->models[n]);
        measured->networks[n] =
            (hax_profile_network){ name, measured->models[n], measured->groupings[n] };
        measured->instances[n] = (hax_session_instance){ .name = name,
                                                         .model = measured->models[n],
                                                         .grouping = measured->groupings[n] };
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
static void place_whole(bench *measured, int unit)
{
    int total = 0;
    for (int n = 0; n < measured->count; n++)
        total += measured->networks[n].grouping->count;
    measured->jobs = calloc((size_t) total, sizeof *measured->jobs);
    if (!measured->jobs)
        exit(1);
    for (int n = 0; n < measured->count; n++)
        for (int g = 0; g < measured->networks[n].grouping->count; g++)
            measured->jobs[measured->plan.job_count++] = (hax_plan_job){
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

static void place_planned(bench *measured)
{
    hax_profile_config profile_config = hax_profile_config_default();
    profile_config.platform = measured->platform;
    profile_config.network_count = measured->count;
    profile_config.networks = measured->networks;
    profile_config.rounds = LEAST_ROUNDS;
    profile_config.seconds = LEAST_SECONDS;
    profile_config.contention = true;
    hax_problem_options options = hax_problem_options_default();
    hax_solve_options limits = hax_solve_options_default();
    limits.time_limit_s = LEAST_SECONDS;
    int each[NETWORKS_MAX];
    hax_error err;
    const hax_profile *profile;
    const hax_problem *problem;
    const hax_schedule *plan;
    for (int n = 0; n < measured->count; n++)
        each[n] = n;
    must(hax_profile_measure(&profile_config, &profile, &err), &err);
    must(hax_profile_problem(profile, measured->count, each, &options, &problem, &err), &err);
    must(hax_solve(problem, &limits, &plan, &err), &err);
    must(hax_plan_from_schedule(measured->platform, problem, plan, &measured->jobs,
                                &measured->plan.job_count, &err),
         &err);
    say_plan(problem, plan);
    hax_schedule_destroy(plan);
    hax_problem_destroy(problem);
    hax_profile_destroy(profile);
}

static double round_ms(bench *measured)
{
    hax_error err;
    int64_t end_ns = 0;
    must(hax_session_execute(measured->session, &measured->plan, measured->stamps, &err), &err);
    for (int j = 0; j < measured->plan.job_count; j++)
        end_ns = measured->stamps[j].end_ns > end_ns ? measured->stamps[j].end_ns : end_ns;
    return (double) end_ns * 1e-6;
}

static void obey(bench *measured)
{
    char line[32];
    while (fgets(line, sizeof line, stdin)) {
        long rounds = strtol(line, NULL, 10);
        round_ms(measured);
        for (long r = 0; r < rounds; r++)
            printf("%s%.6f", r ? " " : "", round_ms(measured));
        printf("\n");
        fflush(stdout);
    }
}

static void close_all(bench *measured)
{
    hax_session_close(measured->session);
    for (int n = 0; n < measured->count; n++) {
        hax_grouping_destroy(measured->groupings[n]);
        hax_model_destroy(measured->models[n]);
    }
    hax_platform_destroy(measured->platform);
    free(measured->jobs);
    free(measured->stamps);
}

int main(int argc, char **argv)
{
    bench measured = { .count = argc - 2 };
    hax_error err;
    if (measured.count < 1 || measured.count > NETWORKS_MAX) {
        fprintf(stderr, "usage: %s UNIT|plan NETWORK...\n", argv[0]);
        return 2;
    }
    must(hax_platform_load("host", &measured.platform, &err), &err);
    load(&measured, argv + 2);
    if (strcmp(argv[1], "plan") == 0) {
        place_planned(&measured);
    } else {
        place_whole(&measured, find_unit(measured.platform, argv[1]));
        printf("ready\n");
    }
    measured.plan.jobs = measured.jobs;
    measured.stamps = calloc((size_t) measured.plan.job_count, sizeof *measured.stamps);
    const hax_session_config session_config = { .platform = measured.platform,
                                                .instance_count = measured.count,
                                                .instances = measured.instances };
    must(measured.stamps ? hax_session_open(&session_config, &measured.session, &err)
                         : HAX_NO_MEMORY,
         &err);
    fflush(stdout);
    obey(&measured);
    close_all(&measured);
    return 0;
}
