#include "editable_problem.h"

#include <string.h>

static bool fits(const hax_problem *problem)
{
    if (problem->unit_count > EDITABLE_UNITS || problem->instance_count > EDITABLE_INSTANCES ||
        problem->resource_count > EDITABLE_UNITS)
        return false;
    for (int i = 0; i < problem->instance_count; i++)
        if (problem->instances[i].group_count > EDITABLE_GROUPS ||
            problem->instances[i].after_count > EDITABLE_INSTANCES)
            return false;
    return true;
}

static void fill_instance(editable_problem *editable, const hax_instance_spec *from, int i)
{
    editable->instances[i] = *from;
    editable->instances[i].groups = editable->groups[i];
    editable->instances[i].after = editable->after[i];
    for (int a = 0; a < from->after_count; a++)
        editable->after[i][a] = from->after[a];
    for (int g = 0; g < from->group_count; g++) {
        editable->groups[i][g] = from->groups[g];
        editable->groups[i][g].on = editable->costs[i][g];
        memcpy(editable->costs[i][g], from->groups[g].on,
               (size_t) editable->problem.unit_count * sizeof(hax_cost));
    }
}

bool editable_fill(editable_problem *editable, const hax_problem *from)
{
    if (!fits(from))
        return false;
    editable->problem = *from;
    editable->problem.resources = editable->resources;
    editable->problem.units = editable->units;
    editable->problem.instances = editable->instances;
    for (int r = 0; r < from->resource_count; r++)
        editable->resources[r] = from->resources[r];
    memcpy(editable->units, from->units, (size_t) from->unit_count * sizeof *editable->units);
    for (int i = 0; i < from->instance_count; i++)
        fill_instance(editable, &from->instances[i], i);
    return true;
}

void editable_drop_unit(editable_problem *editable, int unit)
{
    int count = --editable->problem.unit_count;
    for (int u = unit; u < count; u++)
        editable->units[u] = editable->units[u + 1];
    for (int i = 0; i < editable->problem.instance_count; i++)
        for (int g = 0; g < editable->instances[i].group_count; g++)
            for (int u = unit; u < count; u++)
                editable->costs[i][g][u] = editable->costs[i][g][u + 1];
}

void editable_drop_resource(editable_problem *editable, int resource)
{
    const uint32_t below = (1U << resource) - 1;
    editable->problem.resource_count--;
    for (int r = resource; r < editable->problem.resource_count; r++)
        editable->resources[r] = editable->resources[r + 1];
    for (int u = 0; u < editable->problem.unit_count; u++) {
        uint32_t uses = editable->units[u].resources;
        editable->units[u].resources = (uses & below) | (uses >> 1 & ~below);
    }
}

void editable_drop_after(editable_problem *editable, int instance, int which)
{
    int count = --editable->instances[instance].after_count;
    for (int a = which; a < count; a++)
        editable->after[instance][a] = editable->after[instance][a + 1];
}

void editable_drop_group(editable_problem *editable, int instance, int group)
{
    int count = --editable->instances[instance].group_count;
    for (int g = group; g < count; g++) {
        editable->groups[instance][g] = editable->groups[instance][g + 1];
        editable->groups[instance][g].on = editable->costs[instance][g];
        memcpy(editable->costs[instance][g], editable->costs[instance][g + 1],
               sizeof editable->costs[instance][g]);
    }
    editable->groups[instance][0].joined = false;
}

/* Instance `to` becomes what `from` is. */
static void move_instance(editable_problem *editable, int from, int to)
{
    editable->instances[to] = editable->instances[from];
    editable->instances[to].groups = editable->groups[to];
    editable->instances[to].after = editable->after[to];
    memcpy(editable->after[to], editable->after[from], sizeof editable->after[to]);
    memcpy(editable->costs[to], editable->costs[from], sizeof editable->costs[to]);
    memcpy(editable->groups[to], editable->groups[from], sizeof editable->groups[to]);
    for (int g = 0; g < editable->instances[to].group_count; g++)
        editable->groups[to][g].on = editable->costs[to][g];
}

void editable_drop_instance(editable_problem *editable, int instance)
{
    int count = --editable->problem.instance_count;
    for (int i = instance; i < count; i++)
        move_instance(editable, i + 1, i);
    for (int i = 0; i < count; i++) {
        for (int a = editable->instances[i].after_count - 1; a >= 0; a--)
            if (editable->after[i][a] == instance)
                editable_drop_after(editable, i, a);
        for (int a = 0; a < editable->instances[i].after_count; a++)
            editable->after[i][a] -= editable->after[i][a] > instance;
    }
}
