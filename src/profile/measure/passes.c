#include "passes.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "arena.h"
#include "costs.h"
#include "driver.h"
#include "hash.h"
#include "identity.h"
#include "neighbours.h"
#include "pressure.h"
#include "random.h"
#include "route.h"

typedef enum pass_kind {
    PASS_ALONE,
    PASS_CROSSING,
    PASS_ENTERING,
    PASS_PRESSED,
    PASS_PRESSURE,
    PASS_BESIDE,
} pass_kind;

typedef struct pass {
    pass_kind kind;
    int network;
    int level; /* of pressure, or of neighbours */
    hax_route route;
    int turns;
    int runs;                 /* so far, without warm-ups: whose turn it is */
    double own_ms, others_ms; /* beside: how long the last run's networks took */
    uint64_t key;
    char what[160];
} pass;

/* Before a network is run under pressure the traffic fills the shared cache for so long. */
static const double pressed_lead_ms = 5;

/* Step of pressure at each level; none at 0. */
static const int step_of_level[HAX_PRESSED + 1] = { -1, PRESSURE_STEPS - 3, PRESSURE_STEPS - 1 };

struct hax_passes {
    hax_arena *arena;
    hax_traffic_kind traffic;
    const hax_platform *platform;
    int network_count;
    const hax_profile_network *networks;
    int *instances;       /* [network] */
    hax_ability *ability; /* [network] */
    int count;
    pass *list;
    hax_samples *samples;
    int job_max; /* of any pass */
    int *units;  /* [group] of the pass at hand */
    hax_plan_job *jobs;
    hax_plan_job *others; /* jobs of all networks but one */
    hax_stamp *stamps;    /* of any of the two */
    hax_sample *last;     /* of the last run of any pass */
    int last_count;
};

static hax_status find_ability(hax_passes *passes, int network, hax_error *err)
{
    const hax_platform *platform = passes->platform;
    const hax_profile_network *profile_network = &passes->networks[network];
    hax_ability *ability = &passes->ability[network];
    ability->group_count = profile_network->grouping->count;
    ability->unit_count = platform->unit_count;
    ability->can = hax_arena_alloc(passes->arena, (size_t) ability->group_count,
                                   (size_t) platform->unit_count * sizeof(bool));
    if (!ability->can)
        return hax_fail_memory(err, "the plan of measurement");
    for (int g = 0; g < ability->group_count; g++) {
        const hax_group *group = &profile_network->grouping->groups[g];
        bool any = false;
        for (int u = 0; u < platform->unit_count; u++) {
            bool able = hax_unit_supports_group(platform, u, profile_network->model, group);
            ability->can[g * platform->unit_count + u] = able;
            any = any || able;
        }
        if (!any)
            return hax_fail(err, HAX_BAD_INPUT,
                            "network '%s': no unit of platform '%s' can run layers %d-%d as one "
                            "group; cut them apart or take other units",
                            profile_network->name, platform->name, group->first, group->last);
    }
    return HAX_OK;
}

/* Who is pressed by whom, and how. */
static uint64_t pressers_hash(const hax_passes *passes, const pass *one, uint64_t hash)
{
    int pressers[HAX_MAX_UNITS];
    int count = hax_pressure_by(passes->platform, one->route.unit, pressers);
    hash = hax_hash_int(hash, (int64_t) hax_class_hash(passes->platform, one->route.unit));
    for (int p = 0; p < count; p++)
        hash = hax_hash_int(hash, (int64_t) hax_class_hash(passes->platform, pressers[p]));
    return hax_hash_int(hax_hash_int(hash, one->level), passes->traffic);
}

/* The session's instance on the neighbour of that number, the next ones after the pass's own
 * network's; and its network. */
static int neighbour_instance(const hax_passes *passes, const pass *one, int number)
{
    int count = hax_neighbours_instances(passes->platform, passes->network_count);
    return (one->network + 1 + number) % count;
}

static int neighbour_network(const hax_passes *passes, const pass *one, int number)
{
    return neighbour_instance(passes, one, number) % passes->network_count;
}

static uint64_t neighbours_hash(const hax_passes *passes, const pass *one, uint64_t hash)
{
    int units[HAX_MAX_UNITS];
    int count = hax_neighbours_beside(passes->platform, one->route.unit, one->level, units);
    for (int n = 0; n < count; n++) {
        const hax_profile_network *network = &passes->networks[neighbour_network(passes, one, n)];
        hash = hax_hash_int(hash, (int64_t) hax_class_hash(passes->platform, units[n]));
        hash = hax_hash_int(hash, (int64_t) hax_model_hash(network->model));
        for (int g = 0; g < network->grouping->count; g++)
            hash = hax_hash_int(hash, network->grouping->groups[g].last);
    }
    return hash;
}

static bool runs_all(const hax_ability *ability, int unit)
{
    for (int g = 0; g < ability->group_count; g++)
        if (!ability->can[g * ability->unit_count + unit])
            return false;
    return true;
}

/* On a GPU the other networks run first (run_others). */
static bool is_behind_others(const hax_passes *passes, const pass *one)
{
    return (one->kind == PASS_ALONE || one->kind == PASS_ENTERING) &&
           passes->platform->units[one->route.unit].sms > 0 && !passes->platform->simulated;
}

/* Who runs before it (run_others), in whatever order. */
static uint64_t others_hash(const hax_passes *passes, const pass *one)
{
    uint64_t sum = 0;
    for (int n = 0; n < passes->network_count; n++)
        if (n != one->network && runs_all(&passes->ability[n], one->route.unit))
            sum += hax_model_hash(passes->networks[n].model);
    return sum;
}

/* Identity of what is measured: content, groups, and the configuration under each group. */
static uint64_t key_of(hax_passes *passes, const pass *one)
{
    static const char *const names[] = { "alone",   "crossing", "entering",
                                         "pressed", "pressure", "beside, whole" };
    uint64_t hash = hax_hash_string(HAX_HASH_START, names[one->kind]);
    if (one->kind == PASS_PRESSED || one->kind == PASS_PRESSURE)
        hash = pressers_hash(passes, one, hash);
    if (one->kind == PASS_BESIDE)
        hash = neighbours_hash(passes, one, hash);
    if (one->kind == PASS_PRESSURE)
        return hash;
    const hax_profile_network *network = &passes->networks[one->network];
    if (is_behind_others(passes, one))
        hash = hax_hash_int(hash, (int64_t) others_hash(passes, one));
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
    const char *unit = passes->platform->units[route->unit].name;
    if (one->kind == PASS_PRESSURE) {
        snprintf(one->what, sizeof one->what, "pressure on %.40s", unit);
        return;
    }
    const char *network = passes->networks[one->network].name;
    if (one->kind != PASS_CROSSING && one->kind != PASS_ENTERING) {
        snprintf(one->what, sizeof one->what, "%.60s %s on %.40s", network,
                 one->kind == PASS_ALONE    ? "alone"
                 : one->kind == PASS_BESIDE ? "beside others"
                                            : "pressed",
                 unit);
        return;
    }
    const char *other = passes->platform->units[route->other].name;
    if (route->other == route->unit)
        snprintf(one->what, sizeof one->what, "%.60s between units like %.40s", network, unit);
    else
        snprintf(one->what, sizeof one->what, "%.60s %s %.40s and %.40s", network,
                 one->kind == PASS_CROSSING ? "crossing" : "between", route->phase ? other : unit,
                 route->phase ? unit : other);
}

/* Can the network and its neighbours run whole where they are to? */
static bool all_run(const hax_passes *passes, const pass *one)
{
    int units[HAX_MAX_UNITS];
    int count = hax_neighbours_beside(passes->platform, one->route.unit, one->level, units);
    for (int n = 0; n < count; n++)
        if (!runs_all(&passes->ability[neighbour_network(passes, one, n)], units[n]))
            return false;
    return runs_all(one->route.ability, one->route.unit);
}

/* Does a group run on one unit of the pass behind one on the other, by `units`? */
static bool is_entered(const hax_passes *passes, const pass *one, int group)
{
    const hax_platform *platform = passes->platform;
    if (group == 0)
        return false;
    const int from = passes->units[group - 1], to = passes->units[group];
    const int from_class = hax_class_of(platform, from), to_class = hax_class_of(platform, to);
    const int unit = one->route.unit, other = one->route.other;
    return from != to &&
           ((from_class == unit && to_class == other) || (from_class == other && to_class == unit));
}

/* Does the pass measure anything? Pressed: all groups can run on the class. Alone: a group that the
 * class can run. Crossing: a change of kind, on a way that the pass before it has not gone. */
static bool worth_running(hax_passes *passes, const pass *one)
{
    const hax_ability *ability = one->route.ability;
    if (one->kind == PASS_PRESSURE)
        return true;
    if (one->kind == PASS_PRESSED) /* what runs elsewhere would stand in the pressers' way */
        return runs_all(ability, one->route.unit);
    if (one->kind == PASS_BESIDE)
        return all_run(passes, one);
    if (one->kind == PASS_ENTERING) {
        hax_route_units(&one->route, 0, passes->units);
        for (int g = 1; g < ability->group_count; g++)
            if (is_entered(passes, one, g))
                return true;
        return false;
    }
    if (one->kind != PASS_CROSSING) {
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

static void add(hax_passes *passes, const pass *result)
{
    pass *one = &passes->list[passes->count];
    *one = *result;
    one->route.platform = passes->platform;
    if (one->network != HAX_NO_NETWORK)
        one->route.ability = &passes->ability[one->network];
    one->key = key_of(passes, one);
    if (!worth_running(passes, one))
        return;
    /* neighbours are chosen for the first unit of the class */
    one->turns = one->kind == PASS_BESIDE ? 1 : hax_route_turns(&one->route);
    describe(passes, one);
    passes->count++;
}

/* Is there anybody to press on the class, is it planned on, and is it not run beside networks? */
static bool is_pressed(const hax_passes *passes, int unit)
{
    int pressers[HAX_MAX_UNITS];
    return hax_class_planned(passes->platform, unit) &&
           hax_pressure_by(passes->platform, unit, pressers) > 0 &&
           !hax_neighbours_measured(passes->platform, unit, passes->network_count);
}

/* May the classes of two units be crossed in a plan, with something to do? */
static bool cross(const hax_platform *platform, int a, int b)
{
    return platform->units[a].kind != platform->units[b].kind && hax_class_planned(platform, a) &&
           hax_class_planned(platform, b);
}

/* Beside one network, and beside all that there are units for if that is more. */
static void list_beside(hax_passes *passes, int network, int unit)
{
    const hax_platform *platform = passes->platform;
    pass one = { .kind = PASS_BESIDE, .network = network, .route = { .unit = unit, .other = -1 } };
    int units[HAX_MAX_UNITS];
    if (!hax_class_planned(platform, unit) ||
        !hax_neighbours_measured(platform, unit, passes->network_count))
        return;
    one.level = HAX_BESIDE_ONE;
    add(passes, &one);
    one.level = HAX_BESIDE_ALL;
    if (hax_neighbours_beside(platform, unit, one.level, units) > 1)
        add(passes, &one);
}

/* How many classes of its kind that are planned on stand before a unit's. */
static int classes_before(const hax_platform *platform, int unit)
{
    int count = 0;
    for (int u = 0; u < unit; u++)
        count += platform->units[u].kind == platform->units[unit].kind &&
                 hax_class_of(platform, u) == u && hax_class_planned(platform, u);
    return count;
}

/* May a network go between units of these two classes, and does that cost anything? */
static bool may_enter(const hax_platform *platform, int a, int b)
{
    int units[HAX_MAX_UNITS];
    const hax_law *law = &platform->kinds[platform->units[a].kind].law;
    return platform->units[a].kind == platform->units[b].kind && hax_class_planned(platform, a) &&
           hax_class_planned(platform, b) && classes_before(platform, a) < HAX_ENTERING_CLASSES &&
           classes_before(platform, b) < HAX_ENTERING_CLASSES &&
           (a != b || hax_class_units(platform, a, units) > 1) &&
           (!platform->simulated || law->enter_ms > 0);
}

static void list_entering(hax_passes *passes, int network, int a)
{
    const hax_platform *platform = passes->platform;
    pass one = { .kind = PASS_ENTERING, .network = network, .route = { .unit = a } };
    for (int b = a; b < platform->unit_count; b++) {
        if (hax_class_of(platform, b) != b || !may_enter(platform, a, b))
            continue;
        one.route.other = b;
        for (one.route.phase = 0; one.route.phase <= (a != b); one.route.phase++)
            add(passes, &one);
    }
}

static void list_network(hax_passes *passes, int network, bool contention)
{
    const hax_platform *platform = passes->platform;
    for (int a = 0; a < platform->unit_count; a++) {
        if (hax_class_of(platform, a) != a)
            continue;
        pass one = { .kind = PASS_ALONE, .network = network, .route = { .unit = a, .other = -1 } };
        add(passes, &one);
        if (contention)
            list_beside(passes, network, a);
        one.kind = PASS_PRESSED;
        for (one.level = 1; one.level <= HAX_PRESSED; one.level++)
            if (contention && is_pressed(passes, a))
                add(passes, &one);
        one.kind = PASS_CROSSING;
        one.level = 0;
        for (int b = a + 1; b < platform->unit_count; b++) {
            if (hax_class_of(platform, b) != b || !cross(platform, a, b))
                continue;
            one.route.other = b;
            for (one.route.phase = 0; one.route.phase <= 1; one.route.phase++)
                add(passes, &one);
        }
        list_entering(passes, network, a);
    }
}

static void list_passes(hax_passes *passes, bool contention)
{
    const hax_platform *platform = passes->platform;
    for (int n = 0; n < passes->network_count; n++)
        list_network(passes, n, contention);
    for (int u = 0; contention && u < platform->unit_count; u++)
        if (hax_class_of(platform, u) == u && is_pressed(passes, u))
            add(passes, &(pass){ .kind = PASS_PRESSURE,
                                 .network = HAX_NO_NETWORK,
                                 .route = { .unit = u, .other = -1 } });
}

static bool allocate(hax_passes *passes)
{
    size_t units = (size_t) passes->platform->unit_count;
    size_t networks = (size_t) passes->network_count;
    int groups = 0, at_once = hax_neighbours_instances(passes->platform, passes->network_count);
    size_t all = 0;
    for (int n = 0; n < passes->network_count; n++) {
        if (passes->networks[n].grouping->count > groups)
            groups = passes->networks[n].grouping->count;
        all += 3 * (size_t) passes->networks[n].grouping->count;
    }
    passes->job_max = (at_once > 3 ? at_once : 3) * groups;
    if (all < (size_t) passes->job_max)
        all = (size_t) passes->job_max;
    size_t jobs = (size_t) passes->job_max;
    hax_arena *arena = passes->arena;
    passes->instances = hax_arena_alloc(arena, networks, sizeof *passes->instances);
    passes->ability = hax_arena_alloc(arena, networks, sizeof *passes->ability);
    /* per network one alone, one within its class and the pressed ones per unit, or two beside
     * others, two crossings or enterings per pair; one of pressure per unit, and one that is tried
     * last */
    passes->list =
        hax_arena_alloc(arena, networks * (units * (units + HAX_PRESSED + 3) + 1) + units + 1,
                        sizeof *passes->list);
    passes->units = hax_arena_alloc(arena, (size_t) groups, sizeof *passes->units);
    passes->jobs = hax_arena_alloc(arena, jobs, sizeof *passes->jobs);
    passes->others = hax_arena_alloc(arena, all, sizeof *passes->others);
    passes->stamps = hax_arena_alloc(arena, all, sizeof *passes->stamps);
    passes->last = hax_arena_alloc(arena, 2 * (jobs + 1 + PRESSURE_CELLS), sizeof *passes->last);
    return passes->instances && passes->ability && passes->list && passes->units && passes->jobs &&
           passes->others && passes->stamps && passes->last;
}

static hax_status fill(hax_passes *passes, const hax_passes_config *config, hax_error *err)
{
    if (!allocate(passes))
        return hax_fail_memory(err, "the plan of measurement");
    HAX_TRY(hax_samples_create(passes->platform, passes->network_count, passes->networks,
                               &passes->samples, err));
    for (int n = 0; n < passes->network_count; n++) {
        passes->instances[n] = config->instances ? config->instances[n] : n;
        HAX_TRY(find_ability(passes, n, err));
    }
    list_passes(passes, config->contention);
    return HAX_OK;
}

hax_status hax_passes_create(const hax_passes_config *config, hax_passes **out, hax_error *err)
{
    hax_passes *passes = calloc(1, sizeof *passes);
    if (!passes)
        return hax_fail_memory(err, "the plan of measurement");
    passes->platform = config->platform;
    passes->network_count = config->network_count;
    passes->networks = config->networks;
    passes->traffic = config->traffic;
    passes->arena = hax_arena_create();
    hax_status status =
        passes->arena ? fill(passes, config, err) : hax_fail_memory(err, "the plan of measurement");
    if (status != HAX_OK) {
        hax_passes_destroy(passes);
        return status;
    }
    *out = passes;
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
    assert(index >= 0 && index < passes->count);
    return passes->list[index].key;
}

int hax_passes_network(const hax_passes *passes, int index)
{
    assert(index >= 0 && index < passes->count);
    return passes->list[index].network;
}

bool hax_passes_changes_units(const hax_passes *passes, int index)
{
    assert(index >= 0 && index < passes->count);
    return passes->list[index].kind == PASS_CROSSING || passes->list[index].kind == PASS_ENTERING;
}

const char *hax_passes_describe(const hax_passes *passes, int index)
{
    return passes->list[index].what;
}

/* Fills units and jobs of a turn; returns the number of jobs. */
static int prepare(hax_passes *passes, const pass *one, int turn)
{
    hax_route_units(&one->route, turn, passes->units);
    return hax_route_jobs(passes->platform, passes->instances[one->network],
                          one->route.ability->group_count, passes->units, passes->jobs);
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
                            .other_kind = -1,
                            .level = one->level };
    if (one->kind == PASS_ENTERING) {
        if (job->part != HAX_PART_RUN || !is_entered(passes, one, job->group))
            return false;
        sample->entered = true;
        sample->from = hax_class_of(passes->platform, passes->units[job->group - 1]);
        return true;
    }
    if (one->kind != PASS_CROSSING)
        return job->part == HAX_PART_RUN && class_unit == one->route.unit;
    if (job->part == HAX_PART_OUT)
        sample->other_kind = units[job->to_unit].kind;
    else if (job->part == HAX_PART_IN)
        sample->other_kind = units[job->from_unit].kind;
    return job->part != HAX_PART_RUN;
}

/* Alone or beside others, and no group had to run elsewhere? */
static bool measures_whole(const hax_passes *passes, const pass *one)
{
    for (int g = 0; g < one->route.ability->group_count; g++)
        if (hax_class_of(passes->platform, passes->units[g]) != one->route.unit)
            return false;
    return one->kind == PASS_ALONE || one->kind == PASS_BESIDE;
}

static hax_sample *add_last(hax_passes *passes)
{
    assert(passes->last_count < 2 * (passes->job_max + 1 + PRESSURE_CELLS));
    return &passes->last[passes->last_count++];
}

/* What the pressers took for a megabyte between two times. */
static double pressers_ms_per_mb(const hax_passes *passes, int unit, const hax_session *session,
                                 int64_t from_ns, int64_t to_ns)
{
    double gbps = hax_pressure_moved(session, passes->platform, unit, from_ns, to_ns);
    return gbps > 0 ? 1 / gbps : INFINITY;
}

/* How fast the pressers were before the network and beside each of its groups. */
static void take_pressers(hax_passes *passes, const pass *one, const hax_session *session,
                          int job_count)
{
    const int64_t lead_ns = (int64_t) (pressed_lead_ms * 1e6);
    for (int j = -1; j < job_count; j++) {
        hax_sample sample = { .network = one->network,
                              .group = HAX_WHOLE,
                              .unit = one->route.unit,
                              .other_kind = -1,
                              .level = one->level,
                              .presser = true };
        int64_t from_ns = lead_ns / 2, to_ns = lead_ns;
        if (j >= 0) {
            if (!measures(passes, one, &passes->jobs[j], &sample))
                continue;
            sample.presser = true;
            from_ns = passes->stamps[j].start_ns;
            to_ns = passes->stamps[j].end_ns;
        }
        sample.time_ms = pressers_ms_per_mb(passes, passes->jobs[0].unit, session, from_ns, to_ns);
        if (isfinite(sample.time_ms))
            *add_last(passes) = sample;
    }
}

static void take_jobs(hax_passes *passes, const pass *one, int job_count)
{
    hax_sample sample;
    for (int j = 0; j < job_count; j++) {
        if (!measures(passes, one, &passes->jobs[j], &sample))
            continue;
        sample.time_ms = hax_stamp_ms(&passes->stamps[j]);
        *add_last(passes) = sample;
    }
}

static void take_whole(hax_passes *passes, const pass *one, int job_count)
{
    if (measures_whole(passes, one))
        *add_last(passes) =
            (hax_sample){ .network = one->network,
                          .group = HAX_WHOLE,
                          .part = HAX_PART_RUN,
                          .unit = one->route.unit,
                          .other_kind = -1,
                          .time_ms = hax_stamps_span_ms(passes->stamps, job_count) };
}

static hax_status keep(hax_passes *passes, hax_error *err)
{
    for (int s = 0; s < passes->last_count; s++)
        HAX_TRY(hax_samples_add(passes->samples, &passes->last[s], err));
    return HAX_OK;
}

static void take_cell(hax_passes *passes, hax_sample sample, double gbps)
{
    if (!(gbps > 0))
        return;
    sample.time_ms = 1 / gbps; /* of a megabyte */
    *add_last(passes) = sample;
}

/* All cells of a unit, in an order of their own each time. */
static hax_status run_cells(hax_passes *passes, const pass *one, hax_session *session,
                            hax_error *err)
{
    int members[HAX_MAX_UNITS], order[PRESSURE_CELLS];
    int count = hax_class_units(passes->platform, one->route.unit, members);
    int unit = members[one->runs % count];
    hax_random random = hax_random_fork(one->key, (uint64_t) one->runs);
    for (int c = 0; c < PRESSURE_CELLS; c++)
        order[c] = c;
    hax_random_shuffle(&random, order, PRESSURE_CELLS);
    for (int c = 0; c < PRESSURE_CELLS; c++) {
        double own_gbps, external_gbps;
        HAX_TRY(hax_pressure_measure(session, passes->platform, unit, order[c], passes->traffic,
                                     &own_gbps, &external_gbps, err));
        hax_sample sample = {
            .network = HAX_NO_NETWORK, .group = order[c], .unit = one->route.unit, .other_kind = -1
        };
        take_cell(passes, sample, own_gbps);
        sample.presser = true;
        take_cell(passes, sample, external_gbps);
    }
    return HAX_OK;
}

/* Jobs of all networks but one that can run whole on a unit; returns their number. */
static int list_others(hax_passes *passes, int network, int unit)
{
    int count = 0;
    assert(network >= 0 && network < passes->network_count);
    assert(unit >= 0 && unit < passes->platform->unit_count);
    for (int n = 0; n < passes->network_count; n++) {
        if (n == network || !runs_all(&passes->ability[n], unit))
            continue;
        for (int g = 0; g < passes->ability[n].group_count; g++)
            passes->units[g] = unit;
        count +=
            hax_route_jobs(passes->platform, passes->instances[n], passes->ability[n].group_count,
                           passes->units, passes->others + count);
    }
    return count;
}

/*
 * A GPU's cache holds some networks whole, and one that has just run there is run faster: on an
 * H200 GoogLeNet took 428 us right behind itself and 467 behind ResNet-50. In a round the others
 * have run before, so they do here.
 */
static hax_status run_others(hax_passes *passes, const pass *one, hax_session *session,
                             hax_error *err)
{
    if (!is_behind_others(passes, one))
        return HAX_OK;
    hax_route_units(&one->route, one->runs, passes->units);
    int unit = passes->units[0];
    const hax_plan plan = { .job_count = list_others(passes, one->network, unit),
                            .jobs = passes->others };
    return plan.job_count > 0 ? hax_session_execute(session, &plan, passes->stamps, err) : HAX_OK;
}

/* Where the neighbours all take less time than the network they begin later from run to run, so
 * that they come beside each of its groups. */
static double later_ms(const pass *one)
{
    static const double golden = 0.61803398875; /* its multiples lie evenly in 0..1 */
    double share = fmin(fmax(1.2 * fmod(one->runs * golden, 1) - 0.1, 0), 1);
    return fmax(one->own_ms - one->others_ms, 0) * share;
}

/* Adds whole networks on the neighbours behind the jobs of the pass's own. */
static int add_neighbours(hax_passes *passes, const pass *one, double delay_ms, int jobs)
{
    int units[HAX_MAX_UNITS];
    int count = hax_neighbours_beside(passes->platform, one->route.unit, one->level, units);
    assert(one->kind == PASS_BESIDE && count > 0);
    for (int n = 0; n < count; n++) {
        int network = neighbour_network(passes, one, n);
        int instance = neighbour_instance(passes, one, n);
        for (int g = 0; g < passes->networks[network].grouping->count; g++)
            passes->jobs[jobs++] = (hax_plan_job){ .unit = units[n],
                                                   .instance = instance,
                                                   .group = g,
                                                   .after = -1,
                                                   .delay_ms = g == 0 ? delay_ms : 0 };
    }
    assert(jobs <= passes->job_max);
    return jobs;
}

/* Groups during which all neighbours were at work. */
static void take_beside(hax_passes *passes, pass *one, int own_jobs, int jobs)
{
    const hax_stamp *stamps = passes->stamps;
    int64_t begin_ns = 0, end_ns = INT64_MAX;
    hax_sample sample;
    assert(own_jobs > 0 && jobs > own_jobs && jobs <= passes->job_max);
    for (int j = own_jobs; j < jobs; j++) {
        bool first = passes->jobs[j].group == 0;
        bool last = j + 1 == jobs || passes->jobs[j + 1].group == 0;
        begin_ns = first && stamps[j].start_ns > begin_ns ? stamps[j].start_ns : begin_ns;
        end_ns = last && stamps[j].end_ns < end_ns ? stamps[j].end_ns : end_ns;
    }
    one->own_ms = hax_stamps_span_ms(stamps, own_jobs);
    one->others_ms = (double) (end_ns - begin_ns) * 1e-6;
    for (int j = 0; j < own_jobs; j++) {
        if (stamps[j].start_ns < begin_ns || stamps[j].end_ns > end_ns ||
            !measures(passes, one, &passes->jobs[j], &sample))
            continue;
        sample.time_ms = hax_stamp_ms(&stamps[j]);
        *add_last(passes) = sample;
    }
}

/* Runs the jobs of a turn, beside traffic if the pass is pressed. */
static hax_status execute(hax_passes *passes, const pass *one, int jobs, hax_session *session,
                          hax_error *err)
{
    const hax_plan plan = { .job_count = jobs, .jobs = passes->jobs };
    if (one->kind != PASS_PRESSED)
        return hax_session_execute(session, &plan, passes->stamps, err);
    hax_press press = hax_press_begin(pressed_lead_ms);
    hax_pressure_add(passes->platform, passes->jobs[0].unit,
                     hax_pressure_step(step_of_level[one->level], passes->traffic), &press);
    return hax_session_press(session, &plan, &press, passes->stamps, err);
}

/* The groups one by one, and then, where taking times lasts, the whole network without. */
static hax_status run_alone(hax_passes *passes, const pass *one, hax_session *session,
                            hax_error *err)
{
    HAX_TRY(run_others(passes, one, session, err));
    int turn = one->runs % one->turns, jobs = prepare(passes, one, turn);
    HAX_TRY(execute(passes, one, jobs, session, err));
    take_jobs(passes, one, jobs);
    if (is_behind_others(passes, one)) {
        HAX_TRY(run_others(passes, one, session, err));
        jobs = prepare(passes, one, turn);
        const hax_plan plan = { .job_count = jobs, .jobs = passes->jobs, .untimed = true };
        HAX_TRY(hax_session_execute(session, &plan, passes->stamps, err));
    }
    take_whole(passes, one, jobs);
    return HAX_OK;
}

/* When a network of the pass had ended, and the neighbours, in ms of the round. */
typedef struct round_ends {
    double own_ms, first_ms, last_ms;
} round_ends;

static round_ends find_ends(const hax_passes *passes, int own_jobs, int jobs)
{
    round_ends ends = { 0, INFINITY, 0 };
    for (int j = 0; j < jobs; j++) {
        double end_ms = (double) passes->stamps[j].end_ns * 1e-6;
        bool last = j + 1 == jobs || passes->jobs[j + 1].group == 0;
        if (j < own_jobs) {
            ends.own_ms = fmax(ends.own_ms, end_ms);
        } else if (last) {
            ends.first_ms = fmin(ends.first_ms, end_ms);
            ends.last_ms = fmax(ends.last_ms, end_ms);
        }
    }
    return ends;
}

static hax_status whole_ms(const hax_passes *passes, const pass *one, int level, double *median_ms,
                           hax_error *err)
{
    const hax_sample sample = { .network = one->network,
                                .group = HAX_WHOLE,
                                .part = HAX_PART_RUN,
                                .unit = one->route.unit,
                                .other_kind = -1,
                                .level = level };
    hax_summary summary;
    HAX_TRY(hax_samples_summarise(passes->samples, &sample, &summary, err));
    *median_ms = summary.count > 0 ? summary.median : 0;
    return HAX_OK;
}

/*
 * What the network would have taken with all neighbours beside it all along, which they seldom are:
 * of what it takes alone it did so much in the time beside all, so much in that beside some, and
 * the rest alone. Some of two neighbours are one; of more they cost something between one and all.
 * Negative: too little of it was beside all of them.
 */
static double all_along_ms(const round_ends *ends, int neighbours, double alone_ms, double one_loss)
{
    enum { TURNS = 8 };
    const double least_share = 0.3;
    double all_ms = fmin(ends->own_ms, ends->first_ms), loss = one_loss;
    double some_ms = fmin(ends->own_ms, ends->last_ms) - all_ms;
    double rest_ms = ends->own_ms - all_ms - some_ms;
    for (int turn = 0; turn < TURNS; turn++) {
        double some_loss = neighbours == 2 ? one_loss : (one_loss + loss) / 2;
        double done_ms = alone_ms - rest_ms - some_ms / (1 + some_loss);
        if (done_ms <= 0 || all_ms < least_share * ends->own_ms)
            return -1;
        loss = fmax(all_ms / done_ms - 1, 0);
    }
    return alone_ms * (1 + loss);
}

/* The whole network, without times of its groups, as rounds are that are compared. */
static hax_status take_beside_whole(hax_passes *passes, const pass *one, int own_jobs, int jobs,
                                    hax_error *err)
{
    const round_ends ends = find_ends(passes, own_jobs, jobs);
    int units[HAX_MAX_UNITS];
    int count = hax_neighbours_beside(passes->platform, one->route.unit, one->level, units);
    double alone_ms, one_ms = 0;
    HAX_TRY(whole_ms(passes, one, 0, &alone_ms, err));
    if (one->level == HAX_BESIDE_ALL)
        HAX_TRY(whole_ms(passes, one, HAX_BESIDE_ONE, &one_ms, err));
    if (alone_ms == 0 || (one->level == HAX_BESIDE_ALL && one_ms == 0))
        return HAX_OK; /* not yet: passes take turns */
    double one_loss = one_ms > 0 ? fmax(one_ms / alone_ms - 1, 0) : 0;
    double time_ms = all_along_ms(&ends, count, alone_ms, one_loss);
    if (time_ms > 0)
        *add_last(passes) = (hax_sample){ .network = one->network,
                                          .group = HAX_WHOLE,
                                          .part = HAX_PART_RUN,
                                          .unit = one->route.unit,
                                          .other_kind = -1,
                                          .level = one->level,
                                          .time_ms = time_ms };
    return HAX_OK;
}

/* What counts comes behind the same once more: in a round the same networks have run before, and
 * shared the cache with one another. Behind its own alone a network finds its weights there:
 * GoogLeNet then lost 7.5 % to ResNet-50 next door, where it lost 11 % in rounds. */
static hax_status run_beside(hax_passes *passes, pass *one, hax_session *session, hax_error *err)
{
    int own_jobs = prepare(passes, one, one->runs % one->turns);
    int jobs = add_neighbours(passes, one, later_ms(one), own_jobs);
    if (!passes->platform->simulated)
        HAX_TRY(execute(passes, one, jobs, session, err));
    HAX_TRY(execute(passes, one, jobs, session, err));
    take_beside(passes, one, own_jobs, jobs);
    jobs = add_neighbours(passes, one, 0, own_jobs);
    const hax_plan plan = { .job_count = jobs, .jobs = passes->jobs, .untimed = true };
    HAX_TRY(hax_session_execute(session, &plan, passes->stamps, err));
    return take_beside_whole(passes, one, own_jobs, jobs, err);
}

hax_status hax_passes_run(hax_passes *passes, int index, hax_session *session, hax_error *err)
{
    pass *one = &passes->list[index];
    passes->last_count = 0;
    if (one->kind == PASS_PRESSURE) {
        HAX_TRY(run_cells(passes, one, session, err));
    } else if (one->kind == PASS_ALONE) {
        HAX_TRY(run_alone(passes, one, session, err));
    } else if (one->kind == PASS_BESIDE) {
        HAX_TRY(run_beside(passes, one, session, err));
    } else {
        HAX_TRY(run_others(passes, one, session, err));
        int jobs = prepare(passes, one, one->runs % one->turns);
        HAX_TRY(execute(passes, one, jobs, session, err));
        take_jobs(passes, one, jobs);
        if (one->kind == PASS_PRESSED)
            take_pressers(passes, one, session, jobs);
    }
    HAX_TRY(keep(passes, err));
    one->runs++;
    return HAX_OK;
}

hax_status hax_passes_warm_up(hax_passes *passes, int index, hax_session *session, hax_error *err)
{
    const pass *one = &passes->list[index];
    for (int turn = 0; turn < one->turns && one->kind != PASS_PRESSURE; turn++) {
        int jobs = prepare(passes, one, turn);
        if (one->kind == PASS_BESIDE)
            jobs = add_neighbours(passes, one, 0, jobs);
        HAX_TRY(execute(passes, one, jobs, session, err));
    }
    return HAX_OK;
}

const hax_sample *hax_passes_last(const hax_passes *passes, int *count)
{
    *count = passes->last_count;
    return passes->last;
}

hax_status hax_passes_recall(hax_passes *passes, int index, const hax_sample *kept, hax_error *err)
{
    const pass *one = &passes->list[index];
    hax_sample sample = *kept;
    sample.network = one->network;
    sample.unit = one->route.unit;
    sample.other_kind = -1;
    sample.level = one->level;
    if (one->kind == PASS_PRESSURE && kept->group >= 0 && kept->group < PRESSURE_CELLS)
        return hax_samples_add(passes->samples, &sample, err);
    int jobs = one->kind == PASS_PRESSURE ? 0 : prepare(passes, one, 0);
    if (kept->group == HAX_WHOLE &&
        (kept->presser ? one->kind == PASS_PRESSED : measures_whole(passes, one)))
        return hax_samples_add(passes->samples, &sample, err);
    for (int j = 0; j < jobs; j++) {
        if (passes->jobs[j].group != kept->group || passes->jobs[j].part != kept->part ||
            !measures(passes, one, &passes->jobs[j], &sample))
            continue;
        sample.presser = kept->presser;
        sample.time_ms = kept->time_ms;
        return hax_samples_add(passes->samples, &sample, err);
    }
    return hax_fail(err, HAX_BAD_INPUT, "%s has no such part of group %d", one->what, kept->group);
}

hax_status hax_passes_profile(const hax_passes *passes, const hax_profile **profile, hax_error *err)
{
    return hax_profile_from_samples(passes->platform, passes->network_count, passes->networks,
                                    passes->samples, passes->traffic, profile, err);
}

void hax_passes_mark(hax_passes *passes)
{
    hax_samples_mark(passes->samples);
}

void hax_passes_forget(hax_passes *passes)
{
    hax_samples_forget(passes->samples);
}
