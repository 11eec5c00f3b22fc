/* haxconn units */
#include <stdlib.h>

#include "command.h"
#include "output.h"

typedef struct settings {
    const char *platform;
    const char *json;
} settings;

static const settings defaults = { .platform = "host" };

static const cli_option options[] = {
    CLI_PLATFORM(settings),
    CLI_GPU_WORDS(settings),
    CLI_JSON(settings),
    { .name = NULL },
};

static hax_status units(const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    const hax_platform *platform = NULL;
    hax_status status = hax_platform_load(set->platform, &platform, err);
    if (status != HAX_OK)
        return status;
    char *document = NULL, *report = NULL;
    const hax_report_style style = cli_style();
    if (set->json)
        status = hax_platform_text(platform, &document, err);
    if (status == HAX_OK)
        status = hax_report_platform(platform, &style, &report, err);
    status = cli_answer(status, set->json, document, report, call, err);
    hax_platform_destroy(platform);
    return status;
}

const cli_command cli_units = {
    .name = "units",
    .operands = "",
    .summary = "List the units that this machine, or another platform, offers",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .run = units,
};
