#include "export_onnx.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "interrupt.h"
#include "message.h"
#include "networks.h"

static hax_export_onnx_options options_of(const cli_onnx_settings *settings)
{
    hax_export_onnx_options options = hax_export_onnx_options_default();
    options.instance = settings->instance;
    options.device_count = settings->devices->count;
    options.devices = settings->devices->items;
    options.whole = settings->whole;
    options.replace = settings->replace;
    if (settings->file_mb > 0)
        options.file_bytes_max = (uint64_t) (settings->file_mb * 1e6);
    options.cancel = cli_interrupt_flag(); /* nothing half written is left */
    return options;
}

static hax_status check_output(const cli_onnx_settings *settings, const char *what, hax_error *err)
{
    if (settings->output)
        return HAX_OK;
    return cli_fail(err, HAX_USAGE, "ONNX is no text for a terminal: name %s, --output PLACE",
                    what);
}

hax_status cli_export_network(const char *network, const cli_onnx_settings *settings,
                              hax_error *err)
{
    static const cli_list no_cuts = { 0 };
    const cli_network_options how = { "blocks", &no_cuts, settings->shapes };
    cli_networks loaded = { 0 };
    hax_status status = check_output(settings, "the file", err);
    if (status == HAX_OK)
        status = hax_document_probe(settings->output, err);
    if (status == HAX_OK)
        status = cli_networks_load(&loaded, 1, &network, &how, err);
    if (status == HAX_OK && loaded.count != 1)
        status = cli_fail(err, HAX_USAGE,
                          "%s is a workload of %d networks: name one network, or export a plan of "
                          "it (PROBLEM.json SCHEDULE.json)",
                          network, loaded.count);
    if (status == HAX_OK) {
        hax_export_onnx_options options = options_of(settings);
        status = hax_export_onnx_model(loaded.items[0].model, &options, settings->output, err);
    }
    cli_networks_free(&loaded);
    return status;
}

hax_status cli_export_pieces(const hax_problem *problem, const hax_schedule *schedule,
                             const hax_model *const *models, const cli_onnx_settings *settings,
                             hax_error *err)
{
    hax_status status = check_output(settings, "the folder", err);
    if (status != HAX_OK)
        return status;
    hax_export_onnx_options options = options_of(settings);
    return hax_export_onnx_plan(problem, schedule, models, &options, settings->output, err);
}
