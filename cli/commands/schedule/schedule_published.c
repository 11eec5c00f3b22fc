#include "schedule_published.h"

#include "input.h"
#include "output.h"

hax_status cli_schedule_published(const cli_call *call, const char *json, hax_error *err)
{
    const hax_report_style style = cli_style();
    hax_published_comparison comparison = { 0 };
    char *document = NULL, *report = NULL;
    hax_status status = HAX_OK;
    if (call->operand_count > 0)
        status = cli_read_published(call->operands[0], &comparison.data, err);
    else
        hax_published_artifact(&comparison.data);
    if (status == HAX_OK)
        status = hax_published_compare(&comparison, err);
    if (status == HAX_OK)
        status = hax_report_published(&comparison, &style, &report, err);
    if (status == HAX_OK && json)
        status = hax_published_text(&comparison, &document, err);
    return cli_answer(status, json, document, report, call, err);
}
