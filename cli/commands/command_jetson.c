/* haxconn jetson */
#include <string.h>

#include "jetson.h"
#include "jetson_plan.h"
#include "message.h"
#include "networks.h"
#include "output.h"

typedef struct jetson_settings {
    cli_target target;
    cli_campaign campaign;
    const char *grouping;
    cli_list cuts;
    cli_list shapes;
    int cut_tensors;
    const char *json;
} jetson_settings;

static const jetson_settings defaults = { .target = CLI_TARGET_DEFAULTS,
                                          .campaign = CLI_CAMPAIGN_DEFAULTS,
                                          .grouping = "blocks" };

static const cli_option options[] = {
    CLI_TARGET(jetson_settings),
    CLI_GROUPING(jetson_settings),
    CLI_SHAPE(jetson_settings),
    CLI_CUT_TENSORS(jetson_settings),
    { "cuts", 'c', CLI_LIST, offsetof(jetson_settings, cuts), "LIST",
      "the first layer after each cut: 10,24,...", 0, 0, NULL },
    { "output", 0, CLI_FOLDER, offsetof(jetson_settings, campaign.output), "DIR",
      "plan: the campaign's folder", 0, 0, NULL },
    { "calibration-cache", 0, CLI_LIST, offsetof(jetson_settings, campaign.calibrations),
      "[NET=]FILE", "plan: ranges of the tensors, for INT8, repeatable", 0, 0, NULL },
    { "iterations", 0, CLI_WHOLE, offsetof(jetson_settings, campaign.iterations), "N",
      "plan: inferences of each measurement (default 1000)", 1, 1e6, NULL },
    { "warm-up", 0, CLI_WHOLE, offsetof(jetson_settings, campaign.warm_up_ms), "MS",
      "plan: before them (default 2000)", 0, 1e6, NULL },
    { "interval", 0, CLI_WHOLE, offsetof(jetson_settings, campaign.interval_ms), "MS",
      "plan: between two lines of tegrastats (default 100)", 1, 1e6, NULL },
    { "build-seconds", 0, CLI_NUMBER, offsetof(jetson_settings, campaign.build_s), "S",
      "plan: what a build is taken to last before any was made (default 40)", 0, 1e6, NULL },
    { "execute", 0, CLI_FLAG, offsetof(jetson_settings, campaign.execute), NULL,
      "plan: and run it, on this board", 0, 0, NULL },
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

/* Rules of one network, or a campaign for all that are named. */
static hax_status ask(const jetson_settings *set, bool plan, const cli_call *call, hax_error *err)
{
    hax_jetson_target target;
    const hax_jetson_rules *rules = NULL;
    cli_networks networks = { 0 };
    const cli_network_options how = { set->grouping,    &set->cuts, &set->shapes,
                                      set->cut_tensors, NULL,       call };
    hax_status status = cli_target_make(&set->target, &target, err);
    if (status == HAX_OK)
        status =
            cli_networks_load(&networks, call->operand_count - 1, call->operands + 1, &how, err);
    if (status == HAX_OK && plan)
        status = cli_jetson_plan(&networks, &set->shapes, &target, &set->campaign, call, err);
    if (status == HAX_OK && !plan)
        status = hax_jetson_rules_make(networks.items[0].model, networks.items[0].grouping, &target,
                                       &rules, err);
    if (status == HAX_OK && !plan)
        status = tell(rules, set, call, err);
    hax_jetson_rules_destroy(rules);
    cli_networks_free(&networks);
    return status;
}

/* Each word has options that mean something to it; all but --json do to 'plan'. */
static hax_status check_options(const cli_call *call, const char *action, hax_error *err)
{
    static const char *const of_boards[] = { "json", NULL }, *const of_run[] = { NULL },
                             *const of_rules[] = { "board", "tensorrt",    "precision",
                                                   "batch", "grouping",    "shape",
                                                   "cuts",  "cut-tensors", "json",
                                                   NULL };
    static const char *const not_of_plan[] = { "json", NULL };
    if (strcmp(action, "boards") == 0)
        return cli_only_options(call, "jetson boards", of_boards, err);
    if (strcmp(action, "rules") == 0)
        return cli_only_options(call, "jetson rules", of_rules, err);
    if (strcmp(action, "run") == 0)
        return cli_only_options(call, "jetson run", of_run, err);
    return cli_bar_options(call, "jetson plan", not_of_plan, "there: it writes a folder", err);
}

static hax_status jetson(const cli_call *call, hax_error *err)
{
    const jetson_settings *set = call->settings;
    const char *action = call->operands[0];
    hax_status status = check_options(call, action, err);
    if (status != HAX_OK)
        return status;
    if (strcmp(action, "boards") == 0 && call->operand_count == 1)
        return list(set, call, err);
    if (strcmp(action, "rules") == 0 && call->operand_count == 2)
        return ask(set, false, call, err);
    if (strcmp(action, "plan") == 0 && call->operand_count >= 2)
        return ask(set, true, call, err);
    if (strcmp(action, "run") == 0 && call->operand_count == 2)
        return cli_jetson_run(call->operands[1], err);
    return cli_fail(err, HAX_USAGE,
                    "jetson: expected 'boards', 'rules' and one network or file, 'plan' and "
                    "networks, or 'run' and a campaign's folder");
}

const cli_command cli_jetson = {
    .name = "jetson",
    .operands = "boards | rules NET | plan NET... | run DIR",
    .summary = "What a Jetson's DLA runs of a network; campaigns that measure it there",
    .text = "boards  the boards, with where their numbers come from\n"
            "rules   which layers and groups its DLA runs, and why not the others\n"
            "plan    a folder with one script that builds and measures all engines which a\n"
            "        profile needs, and goes on where it was stopped\n"
            "run     runs the script of such a folder, on the board\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 1,
    .operand_max = -1,
    .run = jetson,
};
