/* One instance: nothing runs beside it, so the shortest path through its automaton is the
 * optimum over all schedules. */
#include <assert.h>
#include <stdlib.h>

#include "problem.h"
#include "search.h"

static void take_shortest(const hax_problem *problem, const hax_automaton *automaton,
                          double *rest_ms, int *first, hax_placement *placements,
                          hax_search_result *result)
{
    int count = 0;
    hax_automaton_rest(problem, automaton, NULL, rest_ms, first);
    for (int at = first[0]; at >= 0; at = first[automaton->items[at].to]) {
        placements[count++] =
            (hax_placement){ 0, automaton->items[at].group, automaton->items[at].unit, 0 };
        for (int then; (then = hax_chain_item_follower(automaton, at, rest_ms)) >= 0;)
            at = then;
    }
    assert(count == automaton->group_count);
    double value = hax_objective_value(problem, &rest_ms[0]);
    *result = (hax_search_result){ .placements = placements,
                                   .count = count,
                                   .value = value,
                                   .bound = value,
                                   .complete = true,
                                   .nodes = (uint64_t) automaton->node_count };
}

hax_status hax_single_search(const hax_problem *problem, const hax_solve_options *options,
                             hax_search_result *result, hax_error *err)
{
    hax_automaton automaton;
    hax_metered_budget until = { .allowed = hax_time_budget_of_search(options) };
    const hax_effort effort = { options ? hax_time_budget_spend : NULL, &until };
    HAX_TRY(hax_automaton_build(problem, 0, &effort, &automaton, err));
    hax_placement *placements = calloc((size_t) automaton.group_count, sizeof *placements);
    double *rest_ms = calloc((size_t) automaton.node_count, sizeof *rest_ms);
    int *first = calloc((size_t) automaton.node_count, sizeof *first);
    hax_status status = HAX_OK;
    if (placements && rest_ms && first) {
        take_shortest(problem, &automaton, rest_ms, first, placements, result);
    } else {
        status = hax_fail_memory(err, "a schedule");
        free(placements);
    }
    free(rest_ms);
    free(first);
    hax_automaton_free(&automaton);
    return status;
}
