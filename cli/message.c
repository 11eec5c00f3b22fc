/* Messages on standard error. */
#include "message.h"

#include <stdarg.h>
#include <stdio.h>

hax_status cli_fail(hax_error *err, hax_status status, const char *format, ...)
{
    *err = (hax_error){ .status = status };
    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return status;
}

void cli_print_error(const hax_error *err)
{
    fputs("haxconn: ", stderr);
    if (err->file[0])
        fprintf(stderr, "%s:", err->file);
    if (err->file[0] && err->line > 0)
        fprintf(stderr, "%d:", err->line);
    if (err->file[0] && err->line > 0 && err->column > 0)
        fprintf(stderr, "%d:", err->column);
    fprintf(stderr, "%s%s\n", err->file[0] ? " " : "", err->message);
}

void cli_also_failed(hax_status *status, hax_error *err, hax_status other,
                     const hax_error *other_err)
{
    if (other == HAX_OK)
        return;
    if (*status != HAX_OK) {
        cli_print_error(other_err);
        return;
    }
    *status = other;
    *err = *other_err;
}

void cli_print_warning(const char *message)
{
    fprintf(stderr, "haxconn: warning: %s\n", message);
}
