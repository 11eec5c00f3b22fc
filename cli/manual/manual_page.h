/* Manual pages, made from the tables that the parser reads. */
#ifndef CLI_MANUAL_PAGE_H
#define CLI_MANUAL_PAGE_H

#include <stdio.h>

#include "command.h"

/* The page of a command, haxconn-NAME(1); NULL: of the tool, with all topics. */
void cli_manual_page(const cli_command *command, FILE *out);

#endif
