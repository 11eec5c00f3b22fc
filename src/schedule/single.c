/* One instance: nothing runs beside it, so the shortest path through its automaton is the
 * optimum over all schedules. */
#include <stdlib.h>

#include "baselines/allowance.h"
#include "search.h"

static void take_shortest(const hax_problem *problem, const automaton *of, double *rest_ms,
                          int *first, placement *placements, search_result *result)
{
    int count = 0;
    automaton_rest(problem, of, NULL, rest_ms, first);
    for (int at = first[0]; at >= 0; at = first[of->items[at].to]) {
        placements[count++] = (placement){ 0, of->items[at].group, of->items[at].unit, 0 };
        for (int then; (then = item_follower(of, at, rest_ms)) >= 0;)
            at = then;
    }
    double value = hax_objective_value(problem, &rest_ms[0]);
    *result = (search_result){ .placements = placements,
                               .count = count,
                               .value = value,
                               .bound = value,
                               .complete = true,
                               .nodes = (uint64_t) of->node_count };
}

hax_status search_single(const hax_problem *problem, const hax_solve_options *options,
                         search_result *result, hax_error *err)
{
    automaton of;
    metered_allowance until = { .allowed = allowance_of_search(options) };
    const hax_effort effort = { options ? allowance_spend : NULL, &until };
    HAX_TRY(automaton_build(problem, 0, &effort, &of, err));
    placement *placements = calloc((size_t) of.group_count, sizeof *placements);
    double *rest_ms = calloc((size_t) of.node_count, sizeof *rest_ms);
    int *first = calloc((size_t) of.node_count, sizeof *first);
    hax_status status = HAX_OK;
    if (placements && rest_ms && first) {
        take_shortest(problem, &of, rest_ms, first, placements, result);
    } else {
        status = hax_fail_memory(err, "a schedule");
        free(placements);
    }
    free(rest_ms);
    free(first);
    automaton_free(&of);
    return status;
}
