/* haxconn contention fit */
#include <stdlib.h>
#include <string.h>

#include "contention.h"
#include "input.h"
#include "message.h"
#include "output.h"

hax_status cli_draw_fit(const hax_contention_fit *fit, const char *path, hax_error *err)
{
    char *svg = NULL;
    hax_status status = hax_contention_fit_svg(fit, &svg, err);
    if (status == HAX_OK)
        status = hax_document_write(path, svg, strlen(svg), err);
    free(svg);
    return status;
}

static hax_status answer(const hax_contention_fit *fit, const cli_call *call, hax_error *err)
{
    const cli_contention_settings *set = call->settings;
    const hax_report_style style = cli_style();
    char *document = NULL, *report = NULL;
    hax_error why = { 0 };
    hax_status drawn = set->svg ? cli_draw_fit(fit, set->svg, &why) : HAX_OK;
    hax_status status = set->json ? hax_contention_fit_text(fit, &document, err) : HAX_OK;
    if (status == HAX_OK)
        status = hax_report_contention_fit(fit, &style, &report, err);
    status = cli_answer(status, set->json, document, report, call, err);
    cli_also_failed(&status, err, drawn, &why);
    return status;
}

hax_status cli_contention_fit(const cli_call *call, hax_error *err)
{
    const cli_contention_settings *set = call->settings;
    const hax_pressure_table *table = NULL;
    const hax_contention_fit *fit = NULL;
    if (call->operand_count != 2)
        return cli_fail(err, HAX_USAGE, "contention fit: expected one table");
    hax_status status = cli_read_pressure(call->operands[1], &table, err);
    if (status == HAX_OK)
        status = hax_contention_fit_make(table, set->error_limit_percent / 100, &fit, err);
    if (status == HAX_OK)
        status = answer(fit, call, err);
    hax_contention_fit_destroy(fit);
    hax_pressure_table_destroy(table);
    return status;
}
