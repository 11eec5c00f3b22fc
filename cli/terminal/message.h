/* Messages on standard error. */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include <haxconn/status.h>

/* Fills an error record without a place and returns its status. */
hax_status cli_fail(hax_error *err, hax_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for what the system refused with this errno, behind which its reason stands. Where
 * memory was out, which says nothing of the file, it is HAX_NO_MEMORY. */
hax_status cli_fail_system(hax_error *err, hax_status status, int code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "haxconn: FILE:LINE:COLUMN: message" */
void cli_print_error(const hax_error *err);

/* Of two failures one can be returned, the first: another is printed at once. */
void cli_also_failed(hax_status *status, hax_error *err, hax_status other,
                     const hax_error *other_err);

void cli_print_warning(const char *message);

#endif
