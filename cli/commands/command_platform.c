/* haxconn platform */
#include <string.h>

#include "message.h"
#include "output.h"
#include "platform_rounds.h"

typedef struct settings {
    const char *json;
} settings;

static const cli_option options[] = {
    CLI_JSON(settings),
    { .name = NULL },
};

static hax_status show(const hax_platform *platform, const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    const hax_report_style style = cli_style();
    char *document = NULL, *report = NULL;
    hax_status status = hax_report_datasheet(platform, &style, &report, err);
    if (status == HAX_OK && set->json)
        status = hax_platform_text(platform, &document, err);
    return cli_answer(status, set->json, document, report, call, err);
}

static hax_status calibrate(const hax_platform *platform, const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    const hax_report_style style = cli_style();
    char *document = NULL, *report = NULL;
    const hax_calibration *calibration = NULL;
    hax_status status = hax_calibration_make(platform, true, &calibration, err);
    if (status == HAX_OK)
        status = hax_report_calibration(platform, calibration, &style, &report, err);
    if (status == HAX_OK && set->json)
        status = hax_calibration_text(platform, calibration, &document, err);
    hax_calibration_destroy(calibration);
    return cli_answer(status, set->json, document, report, call, err);
}

static hax_status compare_rounds(const hax_platform *platform, const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    return cli_platform_rounds(platform, set->json, call, err);
}

typedef hax_status action(const hax_platform *platform, const cli_call *call, hax_error *err);

static action *find_action(const char *name)
{
    static const struct {
        const char *name;
        action *act;
    } actions[] = { { "show", show }, { "calibrate", calibrate }, { "rounds", compare_rounds } };
    for (size_t a = 0; a < sizeof actions / sizeof *actions; a++)
        if (strcmp(actions[a].name, name) == 0)
            return actions[a].act;
    return NULL;
}

static hax_status platform(const cli_call *call, hax_error *err)
{
    action *act = find_action(call->operands[0]);
    const hax_platform *opened = NULL;
    if (!act)
        return cli_fail(err, HAX_USAGE,
                        "platform: expected show, calibrate or rounds, and a platform "
                        "with a data sheet");
    hax_status status = hax_platform_load(call->operands[1], &opened, err);
    if (status == HAX_OK && !opened->datasheet)
        status = cli_fail(err, HAX_USAGE,
                          "platform: '%s' has no data sheet, as 'xavier-agx' has; 'haxconn units "
                          "--platform %s' shows it",
                          call->operands[1], call->operands[1]);
    if (status == HAX_OK)
        status = act(opened, call, err);
    hax_platform_destroy(opened);
    return status;
}

static const settings defaults = { .json = NULL };

const cli_command cli_platform = {
    .name = "platform",
    .operands = "show P | calibrate P | rounds P",
    .summary = "What is known of a board that is not here, and how well it is modelled",
    .text = "P is xavier-agx or a platform file with a data sheet.\n\n"
            "show       every number with its source, and which are uncertain\n"
            "calibrate  the model of layers' times, group by group, with the error of networks\n"
            "           that were left out\n"
            "rounds     networks that others ran at once there: their results, the same\n"
            "           deployments on this evaluator, and our own baselines and schedule\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 2,
    .operand_max = 2,
    .run = platform,
};
