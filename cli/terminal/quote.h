/* The command line as a shell takes it back. */
#ifndef CLI_QUOTE_H
#define CLI_QUOTE_H

#include <stddef.h>

/* The program as it was called and the arguments, quoted where they must be; NULL when memory is
 * out. Free with free. */
char *cli_quote_line(int argc, char *const *argv);

/* Keeps how the program was called, for the commands that it prints: "build/haxconn" is not found
 * as "haxconn". */
void cli_set_program(int argc, char *const *argv);

/* A text with commands in it, "'haxconn help'" or, on a line of their own, "  haxconn run", as they
 * are to be typed here; cut where `size` bytes do not hold it. */
void cli_with_program(const char *text, char *typed, size_t size);

#endif
