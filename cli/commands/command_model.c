/* haxconn model */
#include <string.h>

#include "command.h"
#include "message.h"
#include "networks.h"
#include "output.h"

typedef struct settings {
    const char *grouping;
    cli_list cuts;
    cli_list shapes;
    int cut_tensors;
    const char *json;
} settings;

static const settings defaults = { .grouping = "blocks" };

static const cli_option options[] = {
    CLI_GROUPING(settings),
    CLI_SHAPE(settings),
    CLI_CUT_TENSORS(settings),
    { "cuts", 'c', CLI_LIST, offsetof(settings, cuts), "LIST",
      "the first layer after each cut: 10,24,...", 0, 0, NULL },
    CLI_JSON(settings),
    { .name = NULL },
};

static hax_status list(const settings *set, const cli_call *call, hax_error *err)
{
    char *document = NULL, *report = NULL;
    const hax_report_style style = cli_style();
    hax_status status = hax_report_models(&style, &report, err);
    if (status == HAX_OK && set->json)
        status = hax_document_models(&document, err);
    return cli_answer(status, set->json, document, report, call, err);
}

static hax_status show_network(const hax_profile_network *network, const settings *set,
                               const cli_call *call, hax_error *err)
{
    char *document = NULL, *report = NULL;
    const hax_report_style style = cli_style();
    hax_status status = hax_report_model(network->model, network->grouping, &style, &report, err);
    if (status == HAX_OK && set->json)
        status = hax_model_text(network->model, network->grouping, &document, err);
    return cli_answer(status, set->json, document, report, call, err);
}

static hax_status show(const settings *set, const cli_call *call, hax_error *err)
{
    cli_networks networks = { 0 };
    const cli_network_options how = { set->grouping,    &set->cuts, &set->shapes,
                                      set->cut_tensors, NULL,       call };
    hax_status status = cli_networks_load(&networks, 1, call->operands + 1, &how, err);
    if (status == HAX_OK)
        status = show_network(&networks.items[0], set, call, err);
    cli_networks_free(&networks);
    return status;
}

static hax_status write_prototxt(const cli_call *call, hax_error *err)
{
    hax_model *model = NULL;
    char *text = NULL;
    hax_status status = hax_model_load(call->operands[1], NULL, &model, err);
    if (status == HAX_OK)
        status = hax_model_prototxt(model, &text, err);
    hax_model_destroy(model);
    return cli_answer(status, NULL, NULL, text, call, err);
}

static hax_status model(const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    const char *action = call->operands[0];
    static const char *const of_list[] = { "json", NULL }, *const none[] = { NULL };
    hax_status status = HAX_OK;
    if (strcmp(action, "list") == 0 && call->operand_count == 1) {
        status = cli_only_options(call, "model list", of_list, err);
        return status == HAX_OK ? list(set, call, err) : status;
    }
    if (strcmp(action, "show") == 0 && call->operand_count == 2)
        return show(set, call, err);
    if (strcmp(action, "prototxt") == 0 && call->operand_count == 2) {
        status = cli_only_options(call, "model prototxt", none, err);
        return status == HAX_OK ? write_prototxt(call, err) : status;
    }
    return cli_fail(err, HAX_USAGE,
                    "model: expected 'list', 'show' and one network or file, or 'prototxt' and a "
                    "built-in network");
}

const cli_command cli_model = {
    .name = "model",
    .operands = "list | show NET|FILE | prototxt NET",
    .summary = "List the built-in networks, or show one with its layers, cuts and groups",
    .text = "NET is a built-in network, FILE a Caffe prototxt or an ONNX model.\n"
            "prototxt prints NET as a Caffe prototxt, for programs that read one.\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 1,
    .operand_max = 2,
    .run = model,
};
