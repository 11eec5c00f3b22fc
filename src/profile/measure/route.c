#include "route.h"

#include <assert.h>

#include "identity.h"
#include "problem.h"

static bool can(const hax_route *route, int group, int unit)
{
    return route->ability->can[group * route->ability->unit_count + unit];
}

static bool disjoint(const hax_platform *platform, int a, int b)
{
    return (platform->units[a].resources & platform->units[b].resources) == 0;
}

/* Pairs of two units: those that share no resource, for a core that takes a tensor over from
 * itself finds it in its own cache; all pairs where there are no such. Gives the
 * pair number turn modulo their count, and returns the count. */
static int pick_pair(const hax_route *route, int turn, int pair[2])
{
    int a[HAX_MAX_UNITS], b[HAX_MAX_UNITS], pairs[HAX_MAX_UNITS * HAX_MAX_UNITS][2];
    int a_count = hax_class_units(route->platform, route->unit, a);
    int b_count = hax_class_units(route->platform, route->other, b);
    int count = 0;
    for (int strict = 1; strict >= 0 && count == 0; strict--) {
        for (int i = 0; i < a_count; i++) {
            for (int j = 0; j < b_count; j++) {
                if (a[i] == b[j] || (strict && !disjoint(route->platform, a[i], b[j])))
                    continue;
                pairs[count][0] = a[i];
                pairs[count++][1] = b[j];
            }
        }
    }
    assert(count > 0);
    pair[0] = pairs[turn % count][0];
    pair[1] = pairs[turn % count][1];
    return count;
}

/* The units of a turn; alone, both are the same. */
static int pick(const hax_route *route, int turn, int pair[2])
{
    if (route->other >= 0)
        return pick_pair(route, turn, pair);
    int units[HAX_MAX_UNITS];
    int count = hax_class_units(route->platform, route->unit, units);
    assert(count > 0);
    pair[0] = pair[1] = units[turn % count];
    return count;
}

int hax_route_turns(const hax_route *route)
{
    int pair[2];
    return pick(route, 0, pair);
}

static int stand_in(const hax_route *route, int group)
{
    for (int reference = 0; reference <= 1; reference++)
        for (int u = 0; u < route->platform->unit_count; u++)
            if (route->platform->units[u].reference == (reference == 1) && can(route, group, u))
                return u;
    assert(!"a group that no unit can run");
    return 0;
}

void hax_route_units(const hax_route *route, int turn, int *units)
{
    int pair[2];
    pick(route, turn, pair);
    for (int g = 0; g < route->ability->group_count; g++) {
        int side = (g + route->phase) % 2;
        if (can(route, g, pair[side]))
            units[g] = pair[side];
        else if (can(route, g, pair[!side]))
            units[g] = pair[!side];
        else
            units[g] = stand_in(route, g);
        assert(can(route, g, units[g]));
    }
}

static bool changes_kind(const void *context, hax_part part, int group, int from_unit, int to_unit)
{
    const hax_platform *platform = context;
    (void) part;
    (void) group;
    return platform->units[from_unit].kind != platform->units[to_unit].kind;
}

int hax_route_jobs(const hax_platform *platform, int instance, int group_count, const int *units,
                   hax_plan_job *jobs)
{
    const hax_unit_path path = { group_count, units, changes_kind, platform };
    int count = 0;
    for (int g = 0; g < group_count; g++) {
        hax_group_part parts[HAX_PARTS_MOST];
        const int part_count = hax_list_parts(&path, g, parts);
        for (int p = 0; p < part_count; p++)
            jobs[count++] = (hax_plan_job){ .unit = parts[p].unit,
                                            .instance = instance,
                                            .group = g,
                                            .part = parts[p].part,
                                            .from_unit = parts[p].from_unit,
                                            .to_unit = parts[p].to_unit,
                                            .after = -1 };
    }
    assert(count >= group_count && count <= 3 * group_count);
    return count;
}
