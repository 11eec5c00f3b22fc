/* haxconn jetson */
#include <string.h>

#include "jetson.h"
#include "message.h"
#include "networks.h"
#include "output.h"

typedef struct jetson_settings {
    cli_target target;
    const char *grouping;
    cli_list cuts;
    cli_list shapes;
    const char *json;
} jetson_settings;

static const jetson_settings defaults = { .target = CLI_TARGET_DEFAULTS, .grouping = "blocks" };

static const cli_option options[] = {
    CLI_TARGET(jetson_settings),
    CLI_GROUPING(jetson_settings),
    CLI_SHAPE(jetson_settings),
    { "cuts", 'c', CLI_LIST, offsetof(jetson_settings, cuts), "LIST",
      "the first layer after each cut: 10,24,...", 0, 0, NULL },
    CLI_JSON(jetson_settings),
    { .name = NULL },
};

static hax_status list(const jetson_settings *set, const cli_call *call, hax_error *err)
{
    char *document = NULL, *report = NULL;
    const hax_report_style style = cli_style();
    hax_status status = hax_report_jetson_boards(&style, &report, err);
    if (status == HAX_OK && set->json)
        status = hax_jetson_boards_text(&document, err);
    return cli_answer(status, set->json, document, report, call, err);
}

static hax_status tell(const hax_jetson_rules *rules, const jetson_settings *set,
                       const cli_call *call, hax_error *err)
{
    char *document = NULL, *report = NULL;
    const hax_report_style style = cli_style();
    hax_status status = hax_report_jetson_rules(rules, &style, &report, err);
    if (status == HAX_OK && set->json)
        status = hax_jetson_rules_text(rules, &document, err);
    return cli_answer(status, set->json, document, report, call, err);
}

static hax_status ask(const jetson_settings *set, const cli_call *call, hax_error *err)
{
    hax_jetson_target target;
    hax_jetson_rules *rules = NULL;
    cli_networks networks = { 0 };
    const cli_network_options how = { set->grouping, &set->cuts, &set->shapes };
    hax_status status = cli_target_make(&set->target, &target, err);
    if (status != HAX_OK)
        return status;
    status = cli_networks_load(&networks, 1, call->operands + 1, &how, err);
    if (status == HAX_OK)
        status = hax_jetson_rules_make(networks.items[0].model, networks.items[0].grouping, &target,
                                       &rules, err);
    if (status == HAX_OK)
        status = tell(rules, set, call, err);
    hax_jetson_rules_destroy(rules);
    cli_networks_free(&networks);
    return status;
}

static hax_status jetson(const cli_call *call, hax_error *err)
{
    const jetson_settings *set = call->settings;
    const char *action = call->operands[0];
    if (strcmp(action, "boards") == 0 && call->operand_count == 1)
        return list(set, call, err);
    if (strcmp(action, "rules") == 0 && call->operand_count == 2)
        return ask(set, call, err);
    return cli_fail(err, HAX_USAGE,
                    "jetson: expected 'boards', or 'rules' and one network or file");
}

const cli_command cli_jetson = {
    .name = "jetson",
    .operands = "boards | rules NET|FILE",
    .summary = "What the DLA of a Jetson board can run of a network",
    .text = "boards  the boards, with where their numbers come from\n"
            "rules   which layers and groups its DLA runs, and why not the others\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 1,
    .operand_max = 2,
    .run = jetson,
};
