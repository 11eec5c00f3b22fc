/* The command line as a shell takes it back. */
#ifndef CLI_QUOTE_H
#define CLI_QUOTE_H

/* "haxconn" and the arguments, quoted where they must be; NULL when memory is out. Free
 * with free. */
char *cli_quote_line(int argc, char *const *argv);

#endif
