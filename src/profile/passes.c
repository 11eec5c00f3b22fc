#include "passes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "arena.h"
#include "costs.h"
#include "driver.h"
#include "hash.h"
#include "identity.h"
#include "route.h"

typedef struct pass {
    int network;
    hax_route route;
    int turns;
    int runs; /* so far, without warm-ups: whose turn it is */
    uint64_t key;
    char what[160];
} pass;

struct hax_passes {
    hax_arena *arena;
    const hax_platform *platform;
    int network_count;
    const hax_profile_network *networks;
    int *instances;       /* [network] */
    hax_ability *ability; /* [network] */
    int count;
    pass *all;
    hax_samples *samples;
    int job_max; /* of any pass */
    int *units;  /* [group] of the pass at hand */
    hax_plan_job *jobs;
    hax_stamp *stamps;
    hax_sample *last; /* [job_max + 1] */
    int last_count;
};

static hax_status find_ability(hax_passes *passes, int network, hax_error *err)
{
    const hax_platform *platform = passes->platform;
    const hax_profile_network *of = &passes->networks[network];
    hax_ability *ability = &passes->ability[network];
    ability->group_count = of->grouping->count;
    ability->unit_count = platform->unit_count;
    ability->can = hax_arena_alloc(passes->arena, (size_t) ability->group_count,
                                   (size_t) platform->unit_count * sizeof(bool));
    if (!ability->can)
        return hax_fail_memory(err, "the plan of measurement");
    for (int g = 0; g < ability->group_count; g++) {
        const hax_group *group = &of->grouping->groups[g];
        bool any = false;
        for (int u = 0; u < platform->unit_count; u++) {
            bool able = hax_unit_supports_group(platform, u, of->model, group);
            ability->can[g * platform->unit_count + u] = able;
            any = any || able;
        }
        if (!any)
            return hax_fail(err, HAX_BAD_INPUT,
                            "network '%s': no unit of platform '%s' can run layers %d-%d as one "
                            "group; cut them apart or take other units",
                            of->name, platform->name, group->first, group->last);
    }
    return HAX_OK;
}

/* Identity of what is measured: content, groups, and the configuration under each group. */
static uint64_t key_of(hax_passes *passes, const pass *one)
{
    const hax_profile_network *network = &passes->networks[one->network];
    uint64_t hash = hax_hash_string(HAX_HASH_START, one->route.other < 0 ? "alone" : "crossing");
    hash = hax_hash_int(hash, (int64_t) hax_model_hash(network->model));
    hax_route_units(&one->route, 0, passes->units);
    for (int g = 0; g < network->grouping->count; g++) {
        hash = hax_hash_int(hash, network->grouping->groups[g].last);
        hash = hax_hash_int(hash, (int64_t) hax_class_hash(passes->platform, passes->units[g]));
    }
    return hash;
}

static void describe(hax_passes *passes, pass *one)
{
    const hax_route *route = &one->route;
    const char *network = passes->networks[one->network].name;
    const char *unit = passes->platform->units[route->unit].name;
    if (route->other < 0) {
        snprintf(one->what, sizeof one->what, "%.60s alone on %.40s", network, unit);
        return;
    }
    const char *other = passes->platform->units[route->other].name;
    snprintf(one->what, sizeof one->what, "%.60s crossing %.40s and %.40s", network,
             route->phase ? other : unit, route->phase ? unit : other);
}

/* Does the pass measure anything? Alone: a group that the class can run. Crossing: a change
 * of kind, on a way that the pass before it has not gone. */
static bool worth_running(hax_passes *passes, const pass *one)
{
    const hax_ability *ability = one->route.ability;
    if (one->route.other < 0) {
        for (int g = 0; g < ability->group_count; g++)
            if (ability->can[g * ability->unit_count + one->route.unit])
                return true;
        return false;
    }
    hax_route_units(&one->route, 0, passes->units);
    int jobs =
        hax_route_jobs(passes->platform, 0, ability->group_count, passes->units, passes->jobs);
    return jobs > ability->group_count &&
           !(one->route.phase == 1 && passes->count > 0 && one[-1].key == one->key);
}

static void add(hax_passes *passes, int network, int unit, int other, int phase)
{
    pass *one = &passes->all[passes->count];
    *one = (pass){ .network = network,
                   .route = { passes->platform, &passes->ability[network], unit, other, phase } };
    one->key = key_of(passes, one);
    if (!worth_running(passes, one))
        return;
    one->turns = hax_route_turns(&one->route);
    describe(passes, one);
    passes->count++;
}

/* May the classes of two units be crossed in a plan, with something to do? */
static bool cross(const hax_platform *platform, int a, int b)
{
    return platform->units[a].kind != platform->units[b].kind && hax_class_planned(platform, a) &&
           hax_class_planned(platform, b);
}

static void list_passes(hax_passes *passes)
{
    const hax_platform *platform = passes->platform;
    for (int n = 0; n < passes->network_count; n++) {
        for (int a = 0; a < platform->unit_count; a++) {
            if (hax_class_of(platform, a) != a)
                continue;
            add(passes, n, a, -1, 0);
            for (int b = a + 1; b < platform->unit_count; b++) {
                if (hax_class_of(platform, b) != b || !cross(platform, a, b))
                    continue;
                add(passes, n, a, b, 0);
                add(passes, n, a, b, 1);
            }
        }
    }
}

static bool allocate(hax_passes *passes)
{
    size_t units = (size_t) passes->platform->unit_count;
    size_t networks = (size_t) passes->network_count;
    int groups = 0;
    for (int n = 0; n < passes->network_count; n++)
        if (passes->networks[n].grouping->count > groups)
            groups = passes->networks[n].grouping->count;
    passes->job_max = 3 * groups;
    size_t jobs = (size_t) passes->job_max;
    hax_arena *arena = passes->arena;
    passes->instances = hax_arena_alloc(arena, networks, sizeof *passes->instances);
    passes->ability = hax_arena_alloc(arena, networks, sizeof *passes->ability);
    /* one alone per unit, two crossings per pair */
    passes->all = hax_arena_alloc(arena, networks * (units * units + 1), sizeof *passes->all);
    passes->units = hax_arena_alloc(arena, (size_t) groups, sizeof *passes->units);
    passes->jobs = hax_arena_alloc(arena, jobs, sizeof *passes->jobs);
    passes->stamps = hax_arena_alloc(arena, jobs, sizeof *passes->stamps);
    passes->last = hax_arena_alloc(arena, jobs + 1, sizeof *passes->last);
    return passes->instances && passes->ability && passes->all && passes->units && passes->jobs &&
           passes->stamps && passes->last;
}

static hax_status fill(hax_passes *passes, const int *instances, hax_error *err)
{
    if (!allocate(passes))
        return hax_fail_memory(err, "the plan of measurement");
    HAX_TRY(hax_samples_create(passes->platform, passes->network_count, passes->networks,
                               &passes->samples, err));
    for (int n = 0; n < passes->network_count; n++) {
        passes->instances[n] = instances ? instances[n] : n;
        HAX_TRY(find_ability(passes, n, err));
    }
    list_passes(passes);
    return HAX_OK;
}

hax_status hax_passes_create(const hax_platform *platform, int network_count,
                             const hax_profile_network *networks, const int *instances,
                             hax_passes **out, hax_error *err)
{
    hax_passes *made = calloc(1, sizeof *made);
    if (!made)
        return hax_fail_memory(err, "the plan of measurement");
    made->platform = platform;
    made->network_count = network_count;
    made->networks = networks;
    made->arena = hax_arena_create();
    hax_status status =
        made->arena ? fill(made, instances, err) : hax_fail_memory(err, "the plan of measurement");
    if (status != HAX_OK) {
        hax_passes_destroy(made);
        return status;
    }
    *out = made;
    return HAX_OK;
}

void hax_passes_destroy(hax_passes *passes)
{
    if (!passes)
        return;
    hax_samples_destroy(passes->samples);
    hax_arena_destroy(passes->arena);
    free(passes);
}

int hax_passes_count(const hax_passes *passes)
{
    return passes->count;
}

uint64_t hax_passes_key(const hax_passes *passes, int index)
{
    return passes->all[index].key;
}

int hax_passes_network(const hax_passes *passes, int index)
{
    return passes->all[index].network;
}

bool hax_passes_crossing(const hax_passes *passes, int index)
{
    return passes->all[index].route.other >= 0;
}

const char *hax_passes_describe(const hax_passes *passes, int index)
{
    return passes->all[index].what;
}

/* Fills units and jobs of a turn; returns the number of jobs. */
static int prepare(hax_passes *passes, const pass *one, int turn)
{
    hax_route_units(&one->route, turn, passes->units);
    return hax_route_jobs(passes->platform, passes->instances[one->network],
                          one->route.ability->group_count, passes->units, passes->jobs);
}

static double ms_between(int64_t start_ns, int64_t end_ns)
{
    return (double) (end_ns - start_ns) / 1e6;
}

/* Is this job what the pass is for? Then what it is a sample of. */
static bool measures(const hax_passes *passes, const pass *one, const hax_plan_job *job,
                     hax_sample *sample)
{
    const hax_unit *units = passes->platform->units;
    int class_unit = hax_class_of(passes->platform, job->unit);
    *sample = (hax_sample){ .network = one->network,
                            .group = job->group,
                            .part = job->part,
                            .unit = class_unit,
                            .other_kind = -1 };
    if (one->route.other < 0)
        return job->part == HAX_PART_RUN && class_unit == one->route.unit;
    if (job->part == HAX_PART_OUT)
        sample->other_kind = units[job->to_unit].kind;
    else if (job->part == HAX_PART_IN)
        sample->other_kind = units[job->from_unit].kind;
    return job->part != HAX_PART_RUN;
}

/* Alone, and no group had to run elsewhere? */
static bool measures_whole(const hax_passes *passes, const pass *one)
{
    for (int g = 0; g < one->route.ability->group_count; g++)
        if (hax_class_of(passes->platform, passes->units[g]) != one->route.unit)
            return false;
    return one->route.other < 0;
}

static hax_status keep(hax_passes *passes, const pass *one, int job_count, hax_error *err)
{
    passes->last_count = 0;
    for (int j = 0; j < job_count; j++) {
        hax_sample *sample = &passes->last[passes->last_count];
        if (!measures(passes, one, &passes->jobs[j], sample))
            continue;
        sample->time_ms = ms_between(passes->stamps[j].start_ns, passes->stamps[j].end_ns);
        passes->last_count++;
    }
    if (measures_whole(passes, one))
        passes->last[passes->last_count++] =
            (hax_sample){ .network = one->network,
                          .group = HAX_WHOLE,
                          .part = HAX_PART_RUN,
                          .unit = one->route.unit,
                          .other_kind = -1,
                          .time_ms = ms_between(0, passes->stamps[job_count - 1].end_ns) };
    for (int s = 0; s < passes->last_count; s++)
        HAX_TRY(hax_samples_add(passes->samples, &passes->last[s], err));
    return HAX_OK;
}

hax_status hax_passes_run(hax_passes *passes, int index, hax_session *session, hax_error *err)
{
    pass *one = &passes->all[index];
    int jobs = prepare(passes, one, one->runs);
    HAX_TRY(hax_session_execute(session, &(hax_plan){ jobs, passes->jobs }, passes->stamps, err));
    HAX_TRY(keep(passes, one, jobs, err));
    one->runs++;
    return HAX_OK;
}

hax_status hax_passes_warm_up(hax_passes *passes, int index, hax_session *session, hax_error *err)
{
    const pass *one = &passes->all[index];
    for (int turn = 0; turn < one->turns; turn++) {
        int jobs = prepare(passes, one, turn);
        HAX_TRY(
            hax_session_execute(session, &(hax_plan){ jobs, passes->jobs }, passes->stamps, err));
    }
    return HAX_OK;
}

const hax_sample *hax_passes_last(const hax_passes *passes, int *count)
{
    *count = passes->last_count;
    return passes->last;
}

hax_status hax_passes_recall(hax_passes *passes, int index, int group, hax_part part,
                             double time_ms, hax_error *err)
{
    const pass *one = &passes->all[index];
    int jobs = prepare(passes, one, 0);
    if (group == HAX_WHOLE && part == HAX_PART_RUN && measures_whole(passes, one)) {
        hax_sample whole = { one->network, HAX_WHOLE, part, one->route.unit, -1, time_ms };
        return hax_samples_add(passes->samples, &whole, err);
    }
    for (int j = 0; j < jobs; j++) {
        hax_sample sample;
        if (passes->jobs[j].group != group || passes->jobs[j].part != part ||
            !measures(passes, one, &passes->jobs[j], &sample))
            continue;
        sample.time_ms = time_ms;
        return hax_samples_add(passes->samples, &sample, err);
    }
    return hax_fail(err, HAX_BAD_INPUT, "%s has no such part of group %d", one->what, group);
}

hax_status hax_passes_profile(const hax_passes *passes, hax_profile **profile, hax_error *err)
{
    return hax_profile_from_samples(passes->platform, passes->network_count, passes->networks,
                                    passes->samples, profile, err);
}
