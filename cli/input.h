/* Documents that commands read. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <haxconn/haxconn.h>

/* Free with hax_problem_destroy. */
hax_status cli_read_problem(const char *path, hax_problem **problem, hax_error *err);

/* Free with hax_schedule_destroy. */
hax_status cli_read_schedule(const char *path, const hax_problem *problem, hax_schedule **schedule,
                             hax_error *err);

/* Free with hax_pressure_table_destroy. */
hax_status cli_read_pressure(const char *path, hax_pressure_table **table, hax_error *err);

/* Free with hax_profile_destroy. */
hax_status cli_read_profile(const char *path, hax_profile **profile, hax_error *err);

/* Nothing to free. */
hax_status cli_read_published(const char *path, hax_published *data, hax_error *err);

#endif
