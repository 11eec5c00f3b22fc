/* From a profile to the scheduling problem of some of its networks. */
#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "costs.h"
#include "error.h"
#include "haxconn/problem.h"

#include "config.h"

enum { GROUP_NAME_BYTES = 32 };

typedef struct making {
    const hax_profile *profile;
    const hax_unit_contention *contention; /* NULL: none, or to be left out */
    bool ignore_contention;
    hax_arena *arena;
    int unit_count;
    int unit_of[HAX_MAX_UNITS]; /* [the problem's unit]: the profile's */
} making;

/* A time that can be off by more says nothing. */
static const double spread_max = 0.95;

/* A part shorter than this is two readings of the clock: nothing was moved. */
static const double nothing_moved_ms = 1e-3;

/* What stands in a problem of a summary. A single number that was imported is all its quantiles;
 * how far it can be off is its spread. */
typedef enum estimate { MIDDLE, LOW, HIGH } estimate;

static double read_summary(const hax_summary *summary, estimate which)
{
    double off = fmin(summary->spread, spread_max) * summary->median;
    assert(summary->p25 <= summary->median && summary->median <= summary->p95);
    assert(off >= 0);
    switch (which) {
    case LOW: return fmin(summary->p25, summary->median - off);
    case HIGH: return fmax(summary->p95, summary->median + off);
    default: return summary->median;
    }
}

/* What the groups' times are multiplied with to add up to the whole (see the header). */
static double scale(const hax_network_profile *network, int unit, estimate which)
{
    double sum_ms = 0;
    for (int g = 0; g < network->group_count; g++)
        sum_ms += read_summary(&network->cost[g][unit].run, which);
    if (!network->whole || network->whole[unit].count == 0 || !(sum_ms > 0))
        return 1;
    return read_summary(&network->whole[unit], which) / sum_ms;
}

/* Of a network on one unit. */
typedef struct scales {
    double middle, low, high;
} scales;

static scales scales_of(const hax_network_profile *network, int unit)
{
    return (scales){ scale(network, unit, MIDDLE), scale(network, unit, LOW),
                     scale(network, unit, HIGH) };
}

static double demand_gbps(double bytes, double time_ms)
{
    return time_ms >= nothing_moved_ms ? bytes / time_ms * 1e-6 : 0;
}

/* Left out where every sample is the same: a virtual clock says nothing of how times move. */
static void set_limits(const hax_summary *run, scales scales, hax_cost *cost)
{
    double low_ms = fmin(read_summary(run, LOW) * scales.low, cost->time_ms);
    double high_ms = fmax(read_summary(run, HIGH) * scales.high, cost->time_ms);
    assert(low_ms <= cost->time_ms && cost->time_ms <= high_ms);
    if (high_ms > low_ms) {
        cost->low_ms = low_ms;
        cost->high_ms = high_ms;
    }
}

static hax_cost cost_of(const making *making, const hax_network_profile *network, int group,
                        int unit, scales scales)
{
    const hax_group_cost *from = &network->cost[group][unit];
    assert(group >= 0 && group < network->group_count);
    const hax_group *profiled = &network->groups[group];
    const hax_platform *platform = making->profile->platform;
    double share = hax_element_share(platform->kinds[platform->units[unit].kind].precision);
    if (!from->allowed)
        return (hax_cost){ 0 };
    hax_cost cost = { .allowed = true,
                      .time_ms = from->run.median * scales.middle,
                      .gbps = from->gbps,
                      .own_gbps = from->own_gbps };
    set_limits(&from->run, scales, &cost);
    if (platform->units[unit].sms > 0) /* parts hand over without moving anything, and demands of */
        share = 0;                     /* neighbours are none that a bandwidth compares with */
    if (group + 1 < network->group_count && from->out.count > 0) {
        cost.out_ms = from->out.median;
        cost.out_gbps = demand_gbps(share * (double) profiled->output_bytes, cost.out_ms);
    }
    if (group > 0 && from->in.count > 0) {
        cost.in_ms = from->in.median;
        cost.in_gbps = demand_gbps(share * (double) profiled[-1].output_bytes, cost.in_ms);
    }
    return cost;
}

static hax_status fill_group(const making *making, const hax_network_profile *network, int group,
                             const scales *scales, hax_group_spec *spec, hax_error *err)
{
    const hax_group *profiled = &network->groups[group];
    char name[GROUP_NAME_BYTES];
    assert(profiled->first >= 0 && profiled->first <= profiled->last);
    assert(group == 0 || profiled[-1].last + 1 == profiled->first); /* no layer is left out */
    snprintf(name, sizeof name, "%d-%d", profiled->first, profiled->last);
    hax_cost *cost = hax_arena_alloc(making->arena, (size_t) making->unit_count, sizeof *cost);
    spec->name = hax_arena_string(making->arena, name);
    spec->on = cost;
    spec->first_layer = profiled->first;
    spec->layer_count = profiled->last - profiled->first + 1;
    if (!cost || !spec->name)
        return hax_fail_memory(err, "a problem");
    bool any = false;
    for (int u = 0; u < making->unit_count; u++) {
        cost[u] = cost_of(making, network, group, making->unit_of[u], scales[u]);
        any = any || cost[u].allowed;
    }
    if (!any)
        return hax_fail(err, HAX_BAD_INPUT,
                        "network '%s': no unit that may be planned on can run layers %d-%d",
                        network->name, profiled->first, profiled->last);
    return HAX_OK;
}

static hax_status fill_instance(const making *making, const hax_network_profile *network,
                                const char *given, int occurrence, hax_instance_spec *spec,
                                hax_error *err)
{
    char name[HAX_INSTANCE_NAME_BYTES];
    assert(occurrence >= 1);
    hax_instance_name(given ? given : network->name, given ? 1 : occurrence, name);
    hax_group_spec *groups =
        hax_arena_alloc(making->arena, (size_t) network->group_count, sizeof *groups);
    *spec = (hax_instance_spec){ .name = hax_arena_string(making->arena, name),
                                 .group_count = network->group_count,
                                 .groups = groups,
                                 .weight = 1,
                                 .deadline_ms = INFINITY };
    if (!groups || !spec->name)
        return hax_fail_memory(err, "a problem");
    scales scale[HAX_MAX_UNITS];
    for (int u = 0; u < making->unit_count; u++)
        scale[u] = scales_of(network, making->unit_of[u]);
    for (int g = 0; g < network->group_count; g++)
        HAX_TRY(fill_group(making, network, g, scale, &groups[g], err));
    return HAX_OK;
}

static hax_slowdown slowdown_of(const making *making, int unit)
{
    const hax_unit_contention *unit_contention = making->contention;
    const hax_platform *platform = making->profile->platform;
    const hax_datasheet *sheet = platform->datasheet;
    if (sheet && sheet->kinds[platform->units[unit].kind].slows && !making->ignore_contention)
        return sheet->kinds[platform->units[unit].kind].slowdown;
    const hax_slowdown *function =
        unit_contention ? hax_unit_contention_slowdown(&unit_contention[unit]) : NULL;
    return function ? *function : (hax_slowdown){ .kind = HAX_SLOWDOWN_NONE };
}

/* -1: no limit */
static int pieces_of(const hax_platform *platform, int unit)
{
    const hax_datasheet *sheet = platform->datasheet;
    int pieces = sheet ? (int) sheet->kinds[platform->units[unit].kind].pieces.value : 0;
    return pieces > 0 ? pieces : -1;
}

static void choose_units(making *making, bool with_reference, hax_unit_spec *units)
{
    const hax_platform *platform = making->profile->platform;
    for (int u = 0; u < platform->unit_count; u++) {
        if (platform->units[u].reference && !with_reference)
            continue;
        units[making->unit_count] = (hax_unit_spec){ .name = platform->units[u].name,
                                                     .resources = platform->units[u].resources,
                                                     .slowdown = slowdown_of(making, u),
                                                     .max_pieces = pieces_of(platform, u) };
        making->unit_of[making->unit_count++] = u;
    }
    assert(making->unit_count <= platform->unit_count);
}

static hax_status make(making *making, int instance_count, const int *instances,
                       const hax_problem_options *options, const hax_problem **problem,
                       hax_error *err)
{
    const hax_platform *platform = making->profile->platform;
    hax_unit_spec units[HAX_MAX_UNITS];
    choose_units(making, options->with_reference_units, units);
    hax_instance_spec *specs =
        hax_arena_alloc(making->arena, (size_t) instance_count, sizeof *specs);
    if (!specs)
        return hax_fail_memory(err, "a problem");
    for (int i = 0; i < instance_count; i++) {
        int occurrence = 1;
        const char *name = options->names ? options->names[i] : NULL;
        for (int before = 0; before < i; before++)
            occurrence += instances[before] == instances[i];
        HAX_TRY(fill_instance(making, &making->profile->networks[instances[i]], name, occurrence,
                              &specs[i], err));
    }
    const hax_problem result = { .resource_count = platform->resource_count,
                                 .resources = platform->resources,
                                 .unit_count = making->unit_count,
                                 .units = units,
                                 .instance_count = instance_count,
                                 .instances = specs,
                                 .max_transitions = options->max_transitions };
    return hax_problem_adjust(&result, options->objective, options->rule_count, options->rules,
                              problem, err);
}

hax_status hax_profile_problem(const hax_profile *profile, int instance_count, const int *instances,
                               const hax_problem_options *options, const hax_problem **problem,
                               hax_error *err)
{
    HAX_CONFIG_TAKE(hax_problem_options, own, options, err);
    for (int i = 0; i < instance_count; i++)
        if (instances[i] < 0 || instances[i] >= profile->network_count)
            return hax_fail(err, HAX_USAGE, "instance %d is network %d, the profile has %d", i,
                            instances[i], profile->network_count);
    making context = { .profile = profile,
                       .ignore_contention = own.ignore_contention,
                       .arena = hax_arena_create() };
    context.contention = own.ignore_contention ? NULL : profile->contention;
    if (!context.arena)
        return hax_fail_memory(err, "a problem");
    hax_status status = make(&context, instance_count, instances, &own, problem, err);
    hax_arena_destroy(context.arena);
    return status;
}
