/* Help, made from the tables that the parser reads. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "command.h"

void cli_help_all(void);
void cli_help_command(const cli_command *command);

/* An option that commands have beside their table's: --dry-run. */
extern const cli_option cli_dry_run;

/* "  -o, --json FILE" */
void cli_option_left(const cli_option *option, char *left, size_t size);

/* What an option does, with its choices. */
void cli_option_words(const cli_option *option, char *words, size_t size);

#endif
