/* Parsing of a command's arguments. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "command.h"

/* What the arguments say. `operands` point into the arguments. */
typedef struct cli_arguments {
    void *settings;
    const char **operands;
    int operand_count;
    bool *given;    /* [option] of the command's table */
    char *platform; /* with the words of its GPU; NULL: there are none */
    bool help;
    bool dry_run;
} cli_arguments;

/*
 * Parses what follows the command's name: "--name value", "--name=value", "-n value",
 * "--" ends the options, "-" is an operand. HAX_USAGE names the argument and, for an
 * unknown option, the nearest one. Free with cli_arguments_free.
 */
hax_status cli_parse(const cli_command *command, int argc, char *const *argv,
                     cli_arguments *arguments, hax_error *err);

/* Can the files that the line names be written? Tried before anything is done; HAX_IO says which
 * cannot, HAX_USAGE where two documents would go to one place. */
hax_status cli_probe_outputs(const cli_command *command, const cli_arguments *arguments,
                             hax_error *err);
void cli_arguments_free(cli_arguments *arguments);

#endif
