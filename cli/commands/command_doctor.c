/* haxconn doctor */
#include "command.h"
#include "message.h"
#include "output.h"
#include "progress.h"

typedef struct settings {
    bool board;
} settings;

static const settings defaults = { 0 };

static const cli_option options[] = {
    { .name = "board",
      .kind = CLI_FLAG,
      .offset = offsetof(settings, board),
      .help = "of the Jetson board that this is: versions, clocks, DLA cores, and what a tiny "
              "network did on each unit" },
    { .name = NULL },
};

static hax_status doctor(const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    char *text = NULL;
    int working, units;
    if (!set->board)
        return cli_fail(err, HAX_USAGE, "say what to look at: --board");
    cli_progress progress;
    hax_watch watch = cli_progress_watch(&progress, true);
    hax_status status = hax_doctor_board_text(&watch, &text, &working, &units, err);
    cli_progress_clear(&progress);
    if (status != HAX_OK)
        return status;
    status = cli_answer(status, NULL, NULL, text, call, err);
    if (status == HAX_OK && (units == 0 || working < units))
        return cli_fail(err, HAX_UNAVAILABLE, "%d of %d units work", working, units);
    return status;
}

const cli_command cli_doctor = {
    .name = "doctor",
    .operands = "",
    .summary = "Say what a board has, and whether its units work",
    .text =
        "docs/tensorrt.md has never been true on a board that we know of: please send what this\n"
        "prints, whatever it is. Exit code 4 when a unit does not work, or there is none.",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .run = doctor,
};
