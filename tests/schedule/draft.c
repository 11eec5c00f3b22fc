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

static void fill_instance(draft *greedy, const hax_instance_spec *from, int i)
{
    greedy->instances[i] = *from;
    greedy->instances[i].groups = greedy->groups[i];
    greedy->instances[i].after = greedy->after[i];
    for (int a = 0; a < from->after_count; a++)
        greedy->after[i][a] = from->after[a];
    for (int g = 0; g < from->group_count; g++) {
        greedy->groups[i][g] = from->groups[g];
        greedy->groups[i][g].on = greedy->costs[i][g];
        memcpy(greedy->costs[i][g], from->groups[g].on,
               (size_t) greedy->problem.unit_count * sizeof(hax_cost));
        for (int u = 0; u < greedy->problem.unit_count; u++)
            if (from->groups[g].on[u].entering_count > 0)
                memcpy(greedy->entering[i][g][u], from->groups[g].on[u].entering,
                       (size_t) from->groups[g].on[u].entering_count * sizeof(hax_entering));
    }
}

void draft_link_entering(draft *greedy)
{
    for (int i = 0; i < greedy->problem.instance_count; i++)
        for (int g = 0; g < greedy->instances[i].group_count; g++)
            for (int u = 0; u < greedy->problem.unit_count; u++)
                greedy->costs[i][g][u].entering = greedy->entering[i][g][u];
}

bool draft_fill(draft *greedy, const hax_problem *from)
{
    if (!fits(from))
        return false;
    greedy->problem = *from;
    greedy->problem.resources = greedy->resources;
    greedy->problem.units = greedy->units;
    greedy->problem.instances = greedy->instances;
    for (int r = 0; r < from->resource_count; r++)
        greedy->resources[r] = from->resources[r];
    memcpy(greedy->units, from->units, (size_t) from->unit_count * sizeof *greedy->units);
    for (int i = 0; i < from->instance_count; i++)
        fill_instance(greedy, &from->instances[i], i);
    draft_link_entering(greedy);
    return true;
}

/* Of a unit that is no more nothing is entered from; those behind it move up. */
static void forget_unit(hax_cost *cost, hax_entering *entering, int unit)
{
    int kept = 0;
    for (int e = 0; e < cost->entering_count; e++) {
        if (entering[e].from_unit == unit)
            continue;
        entering[kept] = entering[e];
        entering[kept++].from_unit -= entering[e].from_unit > unit;
    }
    cost->entering_count = kept;
}

void draft_drop_unit(draft *greedy, int unit)
{
    int count = --greedy->problem.unit_count;
    for (int u = unit; u < count; u++)
        greedy->units[u] = greedy->units[u + 1];
    for (int i = 0; i < greedy->problem.instance_count; i++)
        for (int g = 0; g < greedy->instances[i].group_count; g++)
            for (int u = 0; u < count; u++) {
                if (u >= unit) {
                    greedy->costs[i][g][u] = greedy->costs[i][g][u + 1];
                    memcpy(greedy->entering[i][g][u], greedy->entering[i][g][u + 1],
                           sizeof greedy->entering[i][g][u]);
                }
                forget_unit(&greedy->costs[i][g][u], greedy->entering[i][g][u], unit);
            }
    draft_link_entering(greedy);
}

void draft_drop_resource(draft *greedy, int resource)
{
    const uint32_t below = (1U << resource) - 1;
    greedy->problem.resource_count--;
    for (int r = resource; r < greedy->problem.resource_count; r++)
        greedy->resources[r] = greedy->resources[r + 1];
    for (int u = 0; u < greedy->problem.unit_count; u++) {
        uint32_t uses = greedy->units[u].resources;
        greedy->units[u].resources = (uses & below) | (uses >> 1 & ~below);
    }
}

void draft_drop_after(draft *greedy, int instance, int which)
{
    int count = --greedy->instances[instance].after_count;
    for (int a = which; a < count; a++)
        greedy->after[instance][a] = greedy->after[instance][a + 1];
}

void draft_drop_group(draft *greedy, int instance, int group)
{
    int count = --greedy->instances[instance].group_count;
    for (int g = group; g < count; g++) {
        greedy->groups[instance][g] = greedy->groups[instance][g + 1];
        greedy->groups[instance][g].on = greedy->costs[instance][g];
        memcpy(greedy->costs[instance][g], greedy->costs[instance][g + 1],
               sizeof greedy->costs[instance][g]);
        memcpy(greedy->entering[instance][g], greedy->entering[instance][g + 1],
               sizeof greedy->entering[instance][g]);
    }
    greedy->groups[instance][0].joined = false;
    draft_link_entering(greedy);
}

/* Instance `to` becomes what `from` is. */
static void move_instance(draft *greedy, int from, int to)
{
    greedy->instances[to] = greedy->instances[from];
    greedy->instances[to].groups = greedy->groups[to];
    greedy->instances[to].after = greedy->after[to];
    memcpy(greedy->after[to], greedy->after[from], sizeof greedy->after[to]);
    memcpy(greedy->costs[to], greedy->costs[from], sizeof greedy->costs[to]);
    memcpy(greedy->entering[to], greedy->entering[from], sizeof greedy->entering[to]);
    memcpy(greedy->groups[to], greedy->groups[from], sizeof greedy->groups[to]);
    for (int g = 0; g < greedy->instances[to].group_count; g++)
        greedy->groups[to][g].on = greedy->costs[to][g];
}

void draft_drop_instance(draft *greedy, int instance)
{
    int count = --greedy->problem.instance_count;
    for (int i = instance; i < count; i++)
        move_instance(greedy, i + 1, i);
    for (int i = 0; i < count; i++) {
        for (int a = greedy->instances[i].after_count - 1; a >= 0; a--)
            if (greedy->after[i][a] == instance)
                draft_drop_after(greedy, i, a);
        for (int a = 0; a < greedy->instances[i].after_count; a++)
            greedy->after[i][a] -= greedy->after[i][a] > instance;
    }
    draft_link_entering(greedy);
}
