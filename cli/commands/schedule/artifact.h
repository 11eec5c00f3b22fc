/* A schedule in the files of the published programs. */
#ifndef CLI_ARTIFACT_H
#define CLI_ARTIFACT_H

#include "command.h"

/* schedule_summary.txt and starter_guide.txt in a folder, which is made where it is not there. */
hax_status cli_write_artifact(const hax_problem *problem, const hax_schedule *schedule,
                              const char *folder, hax_error *err);

#endif
