#include "error.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *name;
    int exit_code;
    const char *text;
} statuses[] = {
#define X(name, exit_code, text) { #name, exit_code, text },
    HAX_STATUS_TABLE(X)
#undef X
};

static const int status_count = sizeof statuses / sizeof *statuses;

static int known(hax_status status)
{
    return (int) status >= 0 && (int) status < status_count;
}

const char *hax_status_name(hax_status status)
{
    return known(status) ? statuses[status].name : "unknown status";
}

const char *hax_status_text(hax_status status)
{
    return known(status) ? statuses[status].text : "unknown status";
}

int hax_status_exit_code(hax_status status)
{
    return known(status) ? statuses[status].exit_code : 1;
}

HAX_VPRINTF(6)
static void fill(hax_error *err, hax_status status, const char *file, int line, int column,
                 const char *format, va_list args)
{
    if (!err)
        return;
    err->status = status;
    err->line = line;
    err->column = column;
    snprintf(err->file, sizeof err->file, "%s", file ? file : "");
    vsnprintf(err->message, sizeof err->message, format, args);
}

hax_status(hax_fail)(hax_error *err, hax_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(err, status, NULL, 0, 0, format, args);
    va_end(args);
    return status;
}

hax_status(hax_fail_at)(hax_error *err, hax_status status, const char *file, int line, int column,
                        const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(err, status, file, line, column, format, args);
    va_end(args);
    return status;
}
