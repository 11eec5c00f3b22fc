/* haxconn contention */
#include <stdio.h>
#include <string.h>

#include "contention.h"
#include "message.h"

static const cli_contention_settings defaults = {
    .platform = "host", .grouping = "blocks", .seconds = -1, .error_limit_percent = 5
};

static const char *const kinds[] = { "read", "write", "copy", "cache", NULL };

static const cli_option options[] = {
    CLI_PLATFORM(cli_contention_settings),
    CLI_GROUPING(cli_contention_settings),
    CLI_SHAPE(cli_contention_settings),
    CLI_CUT_TENSORS(cli_contention_settings),
    CLI_MEASURING(cli_contention_settings),
    { "traffic", 0, CLI_CHOICE, offsetof(cli_contention_settings, traffic), "T",
      "what presses: read (default), write, copy or cache (reads out of the last cache)", 0, 0,
      kinds },
    { "error-limit", 0, CLI_NUMBER, offsetof(cli_contention_settings, error_limit_percent), "P",
      "fit: the table itself is taken where more than 5 of 100 cells are missed by so much in % "
      "(default 5)",
      0.01, 1000, NULL },
    { "svg", 0, CLI_FILE, offsetof(cli_contention_settings, svg), "FILE",
      "draw the fitted slowdowns against the measured ones", 0, 0, NULL },
    CLI_JSON(cli_contention_settings),
    { .name = NULL },
};

/* The words that may follow, each with the options that mean something to it. */
static const struct {
    const char *word;
    hax_status (*run)(const cli_call *call, hax_error *err);
    const char *options[9];
} parts[] = {
    { "measure",
      cli_contention_measure,
      { "platform", "rounds", "seconds", "fresh", "store", "traffic", "svg", "json" } },
    { "check",
      cli_contention_check,
      { "platform", "grouping", "shape", "cut-tensors", "cuts", "rounds", "store", "json" } },
    { "press", cli_contention_press, { "platform", "seconds", "store", "traffic", "json" } },
    { "convolutions",
      cli_contention_convolutions,
      { "platform", "rounds", "seconds", "fresh", "store", "traffic", "json" } },
    { "fit", cli_contention_fit, { "error-limit", "svg", "json" } },
};

static hax_status run_part(size_t part, const cli_call *call, hax_error *err)
{
    char what[40];
    snprintf(what, sizeof what, "contention %s", parts[part].word);
    hax_status status = cli_only_options(call, what, parts[part].options, err);
    if (status == HAX_OK && call->dry_run && parts[part].run == cli_contention_fit)
        return cli_fail(err, HAX_USAGE, "%s: --dry-run has no effect there", what);
    return status == HAX_OK ? parts[part].run(call, err) : status;
}

static hax_status contention(const cli_call *call, hax_error *err)
{
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
        if (strcmp(call->operands[0], parts[p].word) == 0)
            return run_part(p, call, err);
    return cli_fail(err, HAX_USAGE,
                    "contention: expected measure, check NET..., press UNIT=GBPS..., "
                    "convolutions or fit TABLE");
}

const cli_command cli_contention = {
    .name = "contention",
    .operands = "measure | check NET... | press UNIT=GBPS... | convolutions | fit TABLE",
    .summary = "How units slow each other down through the memory they share",
    .text =
        "measure  presses every unit with memory traffic from the others: what it moves at\n"
        "         most, and how much slower kernels of rising demand run; fits the result\n"
        "check    the truth: groups of the networks beside pressures that their demands were\n"
        "         not taken from, and every two networks at once, predicted and measured\n"
        "press    makes memory traffic of given demands (or all) on units at once for --seconds\n"
        "         (default 2) and tells what they reached\n"
        "convolutions  the published characterisation: what convolutions of five sizes and\n"
        "         five kernels demand of the memory on each unit\n"
        "fit      TABLE is the input of the published PCCS program: the number of kernels\n"
        "         and the bandwidth each reaches alone, the number of pressures and these,\n"
        "         and a row of bandwidths under pressure for each kernel, all in GB/s\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 1,
    .operand_max = -1,
    .measures = true,
    .run = contention,
};
