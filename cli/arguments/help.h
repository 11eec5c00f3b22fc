/* Help, made from the tables that the parser reads. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "command.h"

void cli_help_all(void);
void cli_help_command(const cli_command *command);

#endif
