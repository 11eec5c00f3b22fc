/* The haxconn tool: finds the command, parses its options, runs it, gives the exit code. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "help.h"
#include "interrupt.h"
#include "message.h"
#include "options.h"
#include "output.h"
#include "quote.h"

const cli_command *const cli_commands[] = {
    &cli_run,    &cli_compare, &cli_stream, &cli_profile,    &cli_schedule,
    &cli_verify, &cli_problem, &cli_model,  &cli_contention, &cli_overhead,
    &cli_import, &cli_export,  &cli_jetson, &cli_build,      &cli_platform,
    &cli_units,  &cli_doctor,  &cli_report, &cli_help,       NULL,
};

const char *const cli_contention_choices[] = { "on", "off", NULL };
const char *const cli_objectives[] = { "latency", "throughput", "sum", "deadline", NULL };

const cli_command *cli_find_command(const char *name)
{
    for (const cli_command *const *command = cli_commands; *command; command++)
        if (strcmp((*command)->name, name) == 0)
            return *command;
    return NULL;
}

hax_status cli_unknown_command(const char *name, hax_error *err)
{
    hax_nearest nearest = hax_nearest_start(name, strlen(name));
    for (const cli_command *const *command = cli_commands; *command; command++)
        hax_nearest_offer(&nearest, (*command)->name);
    if (nearest.best)
        return cli_fail(err, HAX_USAGE, "unknown command '%s', did you mean %s?", name,
                        nearest.best);
    return cli_fail(err, HAX_USAGE, "unknown command '%s', see 'haxconn help'", name);
}

static hax_status run_command(const cli_command *command, int argc, char **argv, hax_error *err)
{
    cli_arguments arguments = { 0 };
    char *line = cli_quote_line(argc, argv);
    hax_status status = HAX_OK;
    if (!line)
        status = cli_fail(err, HAX_NO_MEMORY, "out of memory for the command line");
    if (status == HAX_OK)
        status = cli_parse(command, argc - 2, argv + 2, &arguments, err);
    if (status == HAX_OK && arguments.help) {
        cli_help_command(command);
    } else if (status == HAX_OK) {
        const cli_call call = {
            .command = command,
            .given = arguments.given,
            .settings = arguments.settings,
            .operand_count = arguments.operand_count,
            .operands = arguments.operands,
            .line = line,
            .dry_run = arguments.dry_run,
        };
        status = cli_probe_outputs(command, &arguments, err);
        if (status == HAX_OK)
            status = command->run(&call, err);
    }
    cli_arguments_free(&arguments);
    free(line);
    return status;
}

static hax_status dispatch(int argc, char **argv, hax_error *err)
{
    if (argc < 2) {
        cli_help_all();
        return cli_fail(err, HAX_USAGE, "a command is missing, see 'haxconn help'");
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("haxconn %s\n", HAX_VERSION);
        return HAX_OK;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        cli_help_all();
        return HAX_OK;
    }
    const cli_command *command = cli_find_command(argv[1]);
    if (!command)
        return cli_unknown_command(argv[1], err);
    return run_command(command, argc, argv, err);
}

/* One line, whatever a signal to the whole group did besides: a worker that it killed was no
 * accident. What became of samples and plans is said. */
static void say_stopped(int number, hax_error *err)
{
    static const char usual[] = "interrupted";
    const char *word = cli_interrupt_word(number);
    hax_error told = { .status = HAX_INTERRUPTED };
    if (strncmp(err->message, usual, sizeof usual - 1) == 0)
        snprintf(told.message, sizeof told.message, "%s%s", word, err->message + sizeof usual - 1);
    else if (err->status == HAX_LIMIT || err->status == HAX_INTERRUPTED)
        snprintf(told.message, sizeof told.message, "%s: %.900s", word, err->message);
    else
        snprintf(told.message, sizeof told.message, "%s", word);
    *err = told;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    cli_interrupt_pipes();
    cli_interrupt_begin();
    cli_set_program(argc, argv);
    hax_error err = { 0 };
    hax_status status = dispatch(argc, argv, &err);
    const int stopped = status != HAX_OK ? cli_interrupt_signal() : 0;
    if (stopped)
        say_stopped(stopped, &err);
    if (status != HAX_OK)
        cli_print_error(&err);
    hax_error close_err = { 0 };
    hax_status closed = cli_close_stdout(&close_err);
    if (closed != HAX_OK)
        cli_print_error(&close_err);
    return stopped ? 128 + stopped : hax_status_exit_code(status != HAX_OK ? status : closed);
}
