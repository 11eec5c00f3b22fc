#include "draft.h"

#include <string.h>

static bool fits(const hax_problem *problem)
{
    if (problem->unit_count > DRAFT_UNITS || problem->instance_count > DRAFT_INSTANCES ||
        problem->resource_count > DRAFT_UNITS)
        return false;
    for (int i = 0; i < problem->instance_count; i++)
        if (problem->instances[i].group_count > DRAFT_GROUPS ||
            problem->instances[i].after_count > DRAFT_INSTANCES)
            return false;
    return true;
}

static void fill_instance(draft *made, const hax_instance_spec *from, int i)
{
    made->instances[i] = *from;
    made->instances[i].groups = made->groups[i];
    made->instances[i].after = made->after[i];
    for (int a = 0; a < from->after_count; a++)
        made->after[i][a] = from->after[a];
    for (int g = 0; g < from->group_count; g++) {
        made->groups[i][g] = from->groups[g];
        made->groups[i][g].on = made->costs[i][g];
        memcpy(made->costs[i][g], from->groups[g].on,
               (size_t) made->problem.unit_count * sizeof(hax_cost));
    }
}

bool draft_fill(draft *made, const hax_problem *from)
{
    if (!fits(from))
        return false;
    made->problem = *from;
    made->problem.resources = made->resources;
    made->problem.units = made->units;
    made->problem.instances = made->instances;
    for (int r = 0; r < from->resource_count; r++)
        made->resources[r] = from->resources[r];
    memcpy(made->units, from->units, (size_t) from->unit_count * sizeof *made->units);
    for (int i = 0; i < from->instance_count; i++)
        fill_instance(made, &from->instances[i], i);
    return true;
}

void draft_drop_unit(draft *of, int unit)
{
    int count = --of->problem.unit_count;
    for (int u = unit; u < count; u++)
        of->units[u] = of->units[u + 1];
    for (int i = 0; i < of->problem.instance_count; i++)
        for (int g = 0; g < of->instances[i].group_count; g++)
            for (int u = unit; u < count; u++)
                of->costs[i][g][u] = of->costs[i][g][u + 1];
}

void draft_drop_resource(draft *of, int resource)
{
    const uint32_t below = (1U << resource) - 1;
    of->problem.resource_count--;
    for (int r = resource; r < of->problem.resource_count; r++)
        of->resources[r] = of->resources[r + 1];
    for (int u = 0; u < of->problem.unit_count; u++) {
        uint32_t uses = of->units[u].resources;
        of->units[u].resources = (uses & below) | (uses >> 1 & ~below);
    }
}

void draft_drop_after(draft *of, int instance, int which)
{
    int count = --of->instances[instance].after_count;
    for (int a = which; a < count; a++)
        of->after[instance][a] = of->after[instance][a + 1];
}

void draft_drop_group(draft *of, int instance, int group)
{
    int count = --of->instances[instance].group_count;
    for (int g = group; g < count; g++) {
        of->groups[instance][g] = of->groups[instance][g + 1];
        of->groups[instance][g].on = of->costs[instance][g];
        memcpy(of->costs[instance][g], of->costs[instance][g + 1], sizeof of->costs[instance][g]);
    }
    of->groups[instance][0].joined = false;
}

/* Instance `to` becomes what `from` is. */
static void move_instance(draft *of, int from, int to)
{
    of->instances[to] = of->instances[from];
    of->instances[to].groups = of->groups[to];
    of->instances[to].after = of->after[to];
    memcpy(of->after[to], of->after[from], sizeof of->after[to]);
    memcpy(of->costs[to], of->costs[from], sizeof of->costs[to]);
    memcpy(of->groups[to], of->groups[from], sizeof of->groups[to]);
    for (int g = 0; g < of->instances[to].group_count; g++)
        of->groups[to][g].on = of->costs[to][g];
}

void draft_drop_instance(draft *of, int instance)
{
    int count = --of->problem.instance_count;
    for (int i = instance; i < count; i++)
        move_instance(of, i + 1, i);
    for (int i = 0; i < count; i++) {
        for (int a = of->instances[i].after_count - 1; a >= 0; a--)
            if (of->after[i][a] == instance)
                draft_drop_after(of, i, a);
        for (int a = 0; a < of->instances[i].after_count; a++)
            of->after[i][a] -= of->after[i][a] > instance;
    }
}
