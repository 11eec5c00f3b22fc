/* Messages on standard error. */
#include "message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <haxconn/report.h>

#include "quote.h"

hax_status cli_fail(hax_error *err, hax_status status, const char *format, ...)
{
    *err = (hax_error){ .status = status };
    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return status;
}

hax_status cli_fail_system(hax_error *err, hax_status status, int code, const char *format, ...)
{
    const bool no_memory = code == ENOMEM;
    char what[HAX_ERROR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return cli_fail(err, no_memory ? HAX_NO_MEMORY : status, "%s: %s", what,
                    no_memory ? "out of memory" : strerror(code));
}

void cli_print_error(const hax_error *err)
{
    char typed[2 * HAX_ERROR_MESSAGE_MAX];
    char file[4 * HAX_ERROR_FILE_MAX], message[4 * HAX_ERROR_MESSAGE_MAX];
    hax_report_visible(err->file, file, sizeof file);
    cli_with_program(err->message, typed, sizeof typed);
    hax_report_visible(typed, message, sizeof message);
    fputs("haxconn: ", stderr);
    if (file[0])
        fprintf(stderr, "%s:", file);
    if (err->file[0] && err->line > 0)
        fprintf(stderr, "%d:", err->line);
    if (err->file[0] && err->line > 0 && err->column > 0)
        fprintf(stderr, "%d:", err->column);
    fprintf(stderr, "%s%s\n", err->file[0] ? " " : "", message);
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
    char typed[2 * HAX_ERROR_MESSAGE_MAX];
    char visible[4 * HAX_ERROR_MESSAGE_MAX];
    cli_with_program(message, typed, sizeof typed);
    hax_report_visible(typed, visible, sizeof visible);
    fprintf(stderr, "haxconn: warning: %s\n", visible);
}
