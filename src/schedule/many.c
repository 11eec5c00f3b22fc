/* Three and more instances: no exact search yet, a proven bound only. */
#include <math.h>
#include <stdlib.h>

#include "search.h"

/* Alone, as split as is best. */
static hax_status alone_ms(const hax_problem *problem, int instance, double *ms, hax_error *err)
{
    automaton of;
    HAX_TRY(automaton_build(problem, instance, &of, err));
    *ms = of.nodes[0].rest_ms;
    automaton_free(&of);
    return HAX_OK;
}

/* When an instance ends at the earliest, with all that it comes after. */
static double earliest_end_ms(const hax_problem *problem, int instance, const double *alone)
{
    const hax_instance_spec *spec = &problem->instances[instance];
    double from_ms = 0;
    for (int a = 0; a < spec->after_count; a++)
        from_ms = fmax(from_ms, earliest_end_ms(problem, spec->after[a], alone));
    return from_ms + alone[instance];
}

hax_status search_many(const hax_problem *problem, search_result *result, hax_error *err)
{
    int count = problem->instance_count;
    double *alone = calloc((size_t) count, sizeof *alone);
    double *end_ms = calloc((size_t) count, sizeof *end_ms);
    hax_status status = alone && end_ms ? HAX_OK : hax_fail_memory(err, "a search");
    for (int i = 0; status == HAX_OK && i < count; i++)
        status = alone_ms(problem, i, &alone[i], err);
    for (int i = 0; status == HAX_OK && i < count; i++)
        end_ms[i] = earliest_end_ms(problem, i, alone);
    if (status == HAX_OK)
        *result = (search_result){ .bound = hax_objective_value(problem, end_ms) };
    free(alone);
    free(end_ms);
    return status;
}
