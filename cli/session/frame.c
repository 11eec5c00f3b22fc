/* The frame of a run: what a schedule document must fit before anything is measured. */
#include "frame.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

enum { NAME_MAX_BYTES = 32 };

/* Room for everything that a frame's problem points to. */
struct parts {
    hax_unit_spec units[HAX_MAX_UNITS];
    hax_cost costs[HAX_MAX_UNITS];
    hax_instance_spec *instances;
    char (*instance_names)[HAX_INSTANCE_NAME_BYTES];
    hax_group_spec *groups; /* of all instances, one after the other */
    char (*group_names)[NAME_MAX_BYTES];
};

static hax_status reserve(struct parts *parts, const cli_networks *networks, hax_error *err)
{
    size_t groups = 1; /* one more than needed, so that there is something to allocate */
    for (int i = 0; i < networks->count; i++)
        groups += (size_t) networks->items[i].grouping->count;
    size_t instances = (size_t) networks->count + 1;
    parts->instances = calloc(instances, sizeof *parts->instances);
    parts->instance_names = calloc(instances, sizeof *parts->instance_names);
    parts->groups = calloc(groups, sizeof *parts->groups);
    parts->group_names = calloc(groups, sizeof *parts->group_names);
    if (parts->instances && parts->instance_names && parts->groups && parts->group_names)
        return HAX_OK;
    return cli_fail(err, HAX_NO_MEMORY, "out of memory for the instances");
}

static int add_units(struct parts *parts, const hax_platform *platform)
{
    int count = 0;
    for (int u = 0; u < platform->unit_count && count < HAX_MAX_UNITS; u++) {
        if (platform->units[u].reference)
            continue;
        parts->costs[count] = (hax_cost){ .allowed = true, .time_ms = 1 };
        parts->units[count++] = (hax_unit_spec){
            .name = platform->units[u].name,
            .resources = platform->units[u].resources,
            .max_pieces = -1,
        };
    }
    return count;
}

/* As in hax_profile_problem. */
static void name_instance(struct parts *parts, const cli_networks *networks, int index)
{
    const char *name = networks->items[index].name;
    int turn = 1;
    for (int i = 0; i < index; i++)
        turn += strcmp(networks->items[i].name, name) == 0;
    if (networks->names)
        hax_instance_name(networks->names[index], 1, parts->instance_names[index]);
    else
        hax_instance_name(name, turn, parts->instance_names[index]);
}

static void add_instances(struct parts *parts, const cli_networks *networks)
{
    size_t at = 0;
    for (int i = 0; i < networks->count; i++) {
        const hax_grouping *grouping = networks->items[i].grouping;
        name_instance(parts, networks, i);
        parts->instances[i] = (hax_instance_spec){
            .name = parts->instance_names[i],
            .group_count = grouping->count,
            .groups = parts->groups + at,
            .weight = 1,
            .deadline_ms = INFINITY,
        };
        for (int g = 0; g < grouping->count; g++, at++) {
            snprintf(parts->group_names[at], NAME_MAX_BYTES, "%d-%d", grouping->groups[g].first,
                     grouping->groups[g].last);
            parts->groups[at] = (hax_group_spec){
                .name = parts->group_names[at],
                .on = parts->costs,
                .first_layer = grouping->groups[g].first,
                .layer_count = grouping->groups[g].last - grouping->groups[g].first + 1,
            };
        }
    }
}

hax_status cli_frame(const hax_platform *platform, const cli_networks *networks,
                     const cli_terms *terms, const hax_problem **frame, hax_error *err)
{
    struct parts parts = { 0 };
    hax_status status = reserve(&parts, networks, err);
    if (status == HAX_OK) {
        int unit_count = add_units(&parts, platform);
        add_instances(&parts, networks);
        const hax_problem problem = {
            .resource_count = platform->resource_count,
            .resources = platform->resources,
            .unit_count = unit_count,
            .units = parts.units,
            .instance_count = networks->count,
            .instances = parts.instances,
            .max_transitions = -1,
        };
        status = hax_problem_adjust(&problem, terms->objective, terms->rule_count, terms->rules,
                                    frame, err);
    }
    free(parts.instances);
    free(parts.instance_names);
    free(parts.groups);
    free(parts.group_names);
    return status;
}

hax_status cli_frame_check(const hax_platform *platform, const cli_networks *networks,
                           const cli_rules *rules, int objective, int max_transitions,
                           hax_error *err)
{
    cli_terms terms;
    const hax_problem *frame = NULL;
    hax_status status =
        cli_terms_make(rules, objective, max_transitions, networks->workload, &terms, err);
    if (status == HAX_OK)
        status = cli_terms_check(rules, terms.objective, err);
    if (status == HAX_OK)
        status = cli_frame(platform, networks, &terms, &frame, err);
    hax_problem_destroy(frame);
    cli_terms_free(&terms);
    return status;
}
