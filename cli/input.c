/* Documents that commands read. */
#include "input.h"

#include <stdlib.h>
#include <string.h>

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

hax_status cli_read_workload(const char *path, hax_workload **workload, hax_error *err)
{
    char *text = NULL;
    size_t length = 0;
    hax_status status = hax_document_read(path, &text, &length, err);
    if (status == HAX_OK)
        status = hax_workload_parse(text, length, path, workload, err);
    free(text);
    return status;
}

bool cli_is_document(const char *operand)
{
    size_t length = strlen(operand);
    return strcmp(operand, "-") == 0 || (length > 5 && strcmp(operand + length - 5, ".json") == 0);
}

hax_status cli_operands_are_problem(const cli_call *call, bool *problem, hax_error *err)
{
    char *text = NULL, *schema = NULL;
    size_t length = 0;
    *problem = call->operand_count == 1 && cli_is_document(call->operands[0]);
    if (!*problem || strcmp(call->operands[0], "-") == 0) /* what is read once is not looked at */
        return HAX_OK;
    hax_status status = hax_document_read(call->operands[0], &text, &length, err);
    if (status == HAX_OK)
        status = hax_document_schema(text, length, call->operands[0], &schema, err);
    if (status == HAX_OK)
        *problem = strcmp(schema, "haxconn/workload") != 0;
    free(schema);
    free(text);
    return status;
}
