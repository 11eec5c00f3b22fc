/* Documents that commands read. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "command.h"

/* Free with hax_problem_destroy. */
hax_status cli_read_problem(const char *path, const hax_problem **problem, hax_error *err);

/* Free with hax_schedule_destroy. */
hax_status cli_read_schedule(const char *path, const hax_problem *problem,
                             const hax_schedule **schedule, hax_error *err);

/* Free with hax_pressure_table_destroy. */
hax_status cli_read_pressure(const char *path, const hax_pressure_table **table, hax_error *err);

/* Free with hax_profile_destroy. */
hax_status cli_read_profile(const char *path, const hax_profile **profile, hax_error *err);

/* Nothing to free. */
hax_status cli_read_published(const char *path, hax_published *data, hax_error *err);
/* Is the only operand a problem document? A workload, FILE.json, is told by its schema. */
hax_status cli_operands_are_problem(const cli_call *call, bool *problem, hax_error *err);

/* Is an operand that may name a network a workload instead (FILE.json or -)? */
bool cli_is_document(const char *operand);

hax_status cli_read_workload(const char *path, const hax_workload **workload, hax_error *err);

#endif
