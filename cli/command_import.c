/* haxconn import */
#include <stdlib.h>

#include "message.h"
#include "output.h"

typedef struct import_settings {
    int rows;
    double warm_up_ms;
    const char *json;
} import_settings;

static const import_settings defaults = { .rows = 20, .warm_up_ms = 200 };

static const cli_option options[] = {
    { "rows", 0, CLI_WHOLE, offsetof(import_settings, rows), "N",
      "rows of each table to print, 0: all (default 20)", 0, 1e9, NULL },
    { "warm-up", 0, CLI_NUMBER, offsetof(import_settings, warm_up_ms), "MS",
      "trtexec-times: the run's --warmUp, left out of the figures (default 200)", 0, 1e9, NULL },
    CLI_JSON(import_settings),
    { .name = NULL },
};

static hax_status read_file(const cli_call *call, const char *path, hax_import **import,
                            hax_error *err)
{
    const import_settings *set = call->settings;
    const hax_import_options how = { .warm_up_ms = set->warm_up_ms };
    char *text = NULL;
    size_t length = 0;
    hax_status status = hax_document_read(path, &text, &length, err);
    if (status == HAX_OK)
        status = hax_import_read(call->operands[0], text, length, path, &how, import, err);
    free(text);
    return status;
}

static hax_status answer(const hax_import *const *imports, int count, const cli_call *call,
                         hax_error *err)
{
    const import_settings *set = call->settings;
    const hax_report_style style = cli_style();
    char *document = NULL, *report = NULL;
    hax_status status = set->json ? hax_import_text(imports, count, &document, err) : HAX_OK;
    if (status == HAX_OK)
        status = hax_report_import(imports, count, set->rows, &style, &report, err);
    return cli_answer(status, set->json, document, report, call, err);
}

static hax_status import(const cli_call *call, hax_error *err)
{
    int count = call->operand_count - 1;
    hax_import **imports = calloc((size_t) count, sizeof *imports);
    if (!imports)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for the files");
    hax_status status = HAX_OK;
    for (int i = 0; i < count && status == HAX_OK; i++)
        status = read_file(call, call->operands[i + 1], &imports[i], err);
    if (status == HAX_OK)
        status = answer((const hax_import *const *) imports, count, call, err);
    for (int i = 0; i < count; i++)
        hax_import_destroy(imports[i]);
    free(imports);
    return status;
}

const cli_command cli_import = {
    .name = "import",
    .operands = "KIND FILE...",
    .summary = "Read what other tools print: profiles, logs, counters",
    .text = "KIND is auto, a family (trtexec) or one of\n"
            "  trtexec-profile  --exportProfile, JSON, TensorRT 7.0 to 10\n"
            "  trtexec-times    --exportTimes, JSON\n"
            "  trtexec-layers   --exportLayerInfo, JSON, TensorRT 8.2 to 10\n"
            "  trtexec-log      what it prints, with the tables of --dumpProfile\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 2,
    .operand_max = -1,
    .run = import,
};
