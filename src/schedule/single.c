/* One instance: nothing runs beside it, so the shortest path through its automaton is the
 * optimum over all schedules. */
#include <stdlib.h>

#include "search.h"

hax_status search_single(const hax_problem *problem, search_result *result, hax_error *err)
{
    automaton of;
    HAX_TRY(automaton_build(problem, 0, &of, err));
    placement *placements = calloc((size_t) of.group_count, sizeof *placements);
    if (!placements) {
        automaton_free(&of);
        return hax_fail_memory(err, "a schedule");
    }
    int count = 0;
    for (int n = 0; of.nodes[n].chain_arc >= 0; n = of.arcs[of.nodes[n].chain_arc].to) {
        const arc *at = &of.arcs[of.nodes[n].chain_arc];
        placements[count++] = (placement){ 0, at->group, at->unit, 0 };
    }
    double value = objective_value(problem, &of.nodes[0].chain_ms);
    *result = (search_result){ .placements = placements,
                               .count = count,
                               .value = value,
                               .bound = value,
                               .complete = true,
                               .nodes = (uint64_t) of.node_count };
    automaton_free(&of);
    return HAX_OK;
}
