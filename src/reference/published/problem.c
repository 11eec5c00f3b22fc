#include <math.h>

#include "error.h"
#include "haxconn/published.h"

hax_status hax_published_problem(const hax_published *data, int max_transitions,
                                 const hax_problem **problem, hax_error *err)
{
    const char *const resources[] = { data->units[0], data->units[1] };
    hax_unit_spec units[2];
    hax_instance_spec instances[2];
    hax_group_spec groups[2][HAX_PUBLISHED_GROUPS];
    hax_cost costs[2][HAX_PUBLISHED_GROUPS][2];
    for (int n = 0; n < 2; n++) {
        const hax_published_network *network = &data->networks[n];
        units[n] = (hax_unit_spec){ data->units[n], 1U << n, { .kind = HAX_SLOWDOWN_NONE }, -1 };
        for (int g = 0; g < network->group_count; g++) {
            for (int u = 0; u < 2; u++)
                costs[n][g][u] = (hax_cost){ .allowed = true,
                                             .time_ms = network->ms[u][g],
                                             .gbps = network->gbps[u][g],
                                             .out_ms = network->handover_ms[g] };
            groups[n][g] = (hax_group_spec){ "group", costs[n][g] };
        }
        instances[n] = (hax_instance_spec){ .name = network->name,
                                            .group_count = network->group_count,
                                            .groups = groups[n],
                                            .weight = 1,
                                            .deadline_ms = INFINITY };
    }
    const hax_problem result = {
        2, resources, 2, units, 2, instances, HAX_LATENCY, max_transitions
    };
    return hax_problem_copy(&result, problem, err);
}
