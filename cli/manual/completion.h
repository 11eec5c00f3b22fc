/* Scripts that complete commands, options and their values, made from the tables of the parser. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include <stdbool.h>
#include <stdio.h>

/* For bash, or zsh. */
void cli_completion(bool zsh, FILE *out);

#endif
