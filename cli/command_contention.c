/* haxconn contention */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "input.h"
#include "message.h"
#include "output.h"

typedef struct settings {
    double error_limit_percent;
    const char *svg;
    const char *json;
} settings;

static const settings defaults = { .error_limit_percent = 5 };

static const cli_option options[] = {
    { "error-limit", 0, CLI_NUMBER, offsetof(settings, error_limit_percent), "P",
      "median error in % above which the table itself is taken (default 5)", 0.01, 1000, NULL },
    { "svg", 0, CLI_TEXT, offsetof(settings, svg), "FILE",
      "draw the fitted slowdowns against the measured ones", 0, 0, NULL },
    CLI_JSON(settings),
    { .name = NULL },
};

static hax_status draw(const hax_contention_fit *fit, const char *path, hax_error *err)
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
    const settings *set = call->settings;
    const hax_report_style style = cli_style();
    char *document = NULL, *report = NULL;
    hax_status status = set->svg ? draw(fit, set->svg, err) : HAX_OK;
    if (status == HAX_OK && set->json)
        status = hax_contention_fit_text(fit, &document, err);
    if (status == HAX_OK)
        status = hax_report_contention_fit(fit, &style, &report, err);
    return cli_answer(status, set->json, document, report, call, err);
}

static hax_status fit_table(const char *path, const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    hax_pressure_table *table = NULL;
    hax_contention_fit *fit = NULL;
    hax_status status = cli_read_pressure(path, &table, err);
    if (status == HAX_OK)
        status = hax_contention_fit_table(table, set->error_limit_percent / 100, &fit, err);
    if (status == HAX_OK)
        status = answer(fit, call, err);
    hax_contention_fit_destroy(fit);
    hax_pressure_table_destroy(table);
    return status;
}

static hax_status contention(const cli_call *call, hax_error *err)
{
    if (strcmp(call->operands[0], "fit") == 0 && call->operand_count == 2)
        return fit_table(call->operands[1], call, err);
    return cli_fail(err, HAX_USAGE, "contention: expected 'fit' and one table");
}

const cli_command cli_contention = {
    .name = "contention",
    .operands = "fit TABLE",
    .summary = "Fit how a unit slows down under the memory traffic of the others",
    .text = "TABLE is the input of the published PCCS program: the number of kernels and the\n"
            "bandwidth each reaches alone, the number of pressures and these, and a row of\n"
            "bandwidths under pressure for each kernel, all in GB/s.\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 1,
    .operand_max = 2,
    .run = contention,
};
