/* A workload document from any bytes; its rules applied to a small problem. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "haxconn/workload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As many instances as the workload has, two groups each, on two units. */
static void apply(const hax_workload *workload)
{
    static const char *const resources[] = { "gpu", "dla" };
    static const hax_cost cost[2] = { { .allowed = true, .time_ms = 1 },
                                      { .allowed = true, .time_ms = 2 } };
    static const hax_group_spec groups[2] = { { "0-9", cost, false, 0, 10 },
                                              { "10-24", cost, false, 10, 15 } };
    const hax_unit_spec units[2] = { { .name = "gpu", .resources = 1, .max_pieces = -1 },
                                     { .name = "dla", .resources = 2, .max_pieces = -1 } };
    size_t count = (size_t) workload->instance_count;
    hax_instance_spec *instances = calloc(count, sizeof *instances);
    const hax_problem *result = NULL;
    if (!instances)
        return;
    for (size_t i = 0; i < count; i++)
        instances[i] = (hax_instance_spec){ .name = workload->instances[i].name,
                                            .group_count = 2,
                                            .groups = groups,
                                            .weight = 1,
                                            .deadline_ms = INFINITY };
    const hax_problem problem = { .resource_count = 2,
                                  .resources = resources,
                                  .unit_count = 2,
                                  .units = units,
                                  .instance_count = workload->instance_count,
                                  .instances = instances,
                                  .max_transitions = workload->max_transitions };
    if (hax_problem_adjust(&problem, workload->objective, workload->rule_count, workload->rules,
                           &result, NULL) == HAX_OK)
        hax_problem_destroy(result);
    free(instances);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const hax_workload *workload = NULL;
    if (hax_workload_parse((const char *) data, size, "some/fuzz.json", &workload, NULL) != HAX_OK)
        return 0;
    apply(workload);
    hax_workload_destroy(workload);
    return 0;
}
