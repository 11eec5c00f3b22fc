/* Documents that commands read. */
#include "input.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads a file and gives its text to `parse_call`, which may name text, length and path. */
#define READ_DOCUMENT(parse_call)                                         \
    do {                                                                  \
        char *text = NULL;                                                \
        size_t length = 0;                                                \
        hax_status status = hax_document_read(path, &text, &length, err); \
        if (status == HAX_OK)                                             \
            status = (parse_call);                                        \
        free(text);                                                       \
        return status;                                                    \
    } while (0)

hax_status cli_read_problem(const char *path, const hax_problem **problem, hax_error *err)
{
    READ_DOCUMENT(hax_problem_parse(text, length, path, problem, err));
}

hax_status cli_read_schedule(const char *path, const hax_problem *problem,
                             const hax_schedule **schedule, hax_error *err)
{
    READ_DOCUMENT(hax_schedule_parse(problem, text, length, path, schedule, err));
}

hax_status cli_read_profile(const char *path, const hax_profile **profile, hax_error *err)
{
    READ_DOCUMENT(hax_profile_parse(text, length, path, profile, err));
}

hax_status cli_read_pressure(const char *path, const hax_pressure_table **table, hax_error *err)
{
    READ_DOCUMENT(hax_pressure_table_parse(text, length, path, table, err));
}

hax_status cli_read_published(const char *path, hax_published *data, hax_error *err)
{
    READ_DOCUMENT(hax_published_parse(text, length, path, data, err));
}

hax_status cli_read_workload(const char *path, const hax_workload **workload, hax_error *err)
{
    READ_DOCUMENT(hax_workload_parse(text, length, path, workload, err));
}

static bool ends_in(const char *text, const char *ending)
{
    size_t length = strlen(text), tail = strlen(ending);
    return length > tail && strcmp(text + length - tail, ending) == 0;
}

bool cli_is_document(const char *operand)
{
    return strcmp(operand, "-") == 0 || ends_in(operand, ".json");
}

/* What is no network: also a file of any other name, which may be a pipe. */
static bool may_be_problem(const char *operand)
{
    return cli_is_document(operand) || (!ends_in(operand, ".prototxt") &&
                                        !ends_in(operand, ".onnx") && access(operand, F_OK) == 0);
}

hax_status cli_operands_are_problem(const cli_call *call, bool *problem, hax_error *err)
{
    char *text = NULL, *schema = NULL;
    size_t length = 0;
    *problem = call->operand_count == 1 && may_be_problem(call->operands[0]);
    if (!*problem || !ends_in(call->operands[0], ".json")) /* a pipe cannot be read twice */
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
