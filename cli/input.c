/* Documents that commands read. */
#include "input.h"

#include <stdlib.h>

hax_status cli_read_problem(const char *path, hax_problem **problem, hax_error *err)
{
    char *text = NULL;
    size_t length = 0;
    hax_status status = hax_document_read(path, &text, &length, err);
    if (status == HAX_OK)
        status = hax_problem_parse(text, length, path, problem, err);
    free(text);
    return status;
}

hax_status cli_read_schedule(const char *path, const hax_problem *problem, hax_schedule **schedule,
                             hax_error *err)
{
    char *text = NULL;
    size_t length = 0;
    hax_status status = hax_document_read(path, &text, &length, err);
    if (status == HAX_OK)
        status = hax_schedule_parse(problem, text, length, path, schedule, err);
    free(text);
    return status;
}

hax_status cli_read_profile(const char *path, hax_profile **profile, hax_error *err)
{
    char *text = NULL;
    size_t length = 0;
    hax_status status = hax_document_read(path, &text, &length, err);
    if (status == HAX_OK)
        status = hax_profile_parse(text, length, path, profile, err);
    free(text);
    return status;
}

hax_status cli_read_pressure(const char *path, hax_pressure_table **table, hax_error *err)
{
    char *text = NULL;
    size_t length = 0;
    hax_status status = hax_document_read(path, &text, &length, err);
    if (status == HAX_OK)
        status = hax_pressure_table_parse(text, length, path, table, err);
    free(text);
    return status;
}

hax_status cli_read_published(const char *path, hax_published *data, hax_error *err)
{
    char *text = NULL;
    size_t length = 0;
    hax_status status = hax_document_read(path, &text, &length, err);
    if (status == HAX_OK)
        status = hax_published_parse(text, length, path, data, err);
    free(text);
    return status;
}
