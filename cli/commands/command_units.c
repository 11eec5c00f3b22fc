/* haxconn units */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "message.h"
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

/* This machine's GPU, which is a platform of its own: its units, or why there are none. */
static hax_status append_gpu(const hax_report_style *style, char **report, hax_error *err)
{
    const hax_platform *platform = NULL;
    char *gpu = NULL, *joined = NULL;
    hax_error why = { 0 };
    hax_status status = hax_platform_load("gpu", &platform, &why);
    if (status == HAX_OK)
        status = hax_report_platform(platform, style, &gpu, &why);
    hax_platform_destroy(platform);
    if (status != HAX_OK && status != HAX_UNAVAILABLE) {
        *err = why;
        return status;
    }
    size_t size = strlen(*report) + (gpu ? strlen(gpu) : strlen(why.message)) + 100;
    joined = malloc(size);
    if (joined && gpu)
        snprintf(joined, size, "%s\nThe GPU (--platform gpu; machine has cores and GPU):\n\n%s",
                 *report, gpu);
    else if (joined)
        snprintf(joined, size, "%s\nNo GPU to plan on: %s\n", *report, why.message);
    free(gpu);
    if (!joined)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for a report");
    free(*report);
    *report = joined;
    return HAX_OK;
}

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
    if (status == HAX_OK && !cli_given(call, "platform"))
        status = append_gpu(&style, &report, err);
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
