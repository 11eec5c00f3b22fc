/* Messages on standard error. */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include <haxconn/status.h>

/* Fills an error record without a place and returns its status. */
hax_status cli_fail(hax_error *err, hax_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "haxconn: FILE:LINE:COLUMN: message" */
void cli_print_error(const hax_error *err);

void cli_print_warning(const char *message);

#endif
