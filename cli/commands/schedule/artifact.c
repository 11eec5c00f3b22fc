/* A schedule in the files of the published programs. */
#include "artifact.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "message.h"

static hax_status write_file(const char *folder, const char *name, char *text, hax_error *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%.4000s/%s", folder, name);
    hax_status status = hax_document_write(path, text, strlen(text), err);
    free(text);
    return status;
}

hax_status cli_write_artifact(const hax_problem *problem, const hax_schedule *schedule,
                              const char *folder, hax_error *err)
{
    char *text = NULL;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return cli_fail(err, HAX_IO, "%s: %s", folder, strerror(errno));
    hax_status status = hax_report_artifact_schedule(problem, schedule, &text, err);
    if (status == HAX_OK)
        status = write_file(folder, "schedule_summary.txt", text, err);
    if (status == HAX_OK)
        status = hax_report_artifact_starter(problem, schedule, &text, err);
    if (status == HAX_OK)
        status = write_file(folder, "starter_guide.txt", text, err);
    return status;
}
