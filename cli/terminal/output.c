/* Results on standard output and in files. */
/* The size of a terminal is no part of POSIX.1-2008. */
#define _DEFAULT_SOURCE
#include "output.h"

#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "message.h"

enum {
    WIDTH_DEFAULT = 80,
    WIDTH_MIN = 40,
    WIDTH_MAX = 400,
};

static int terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    const char *columns = getenv("COLUMNS");
    int width = columns ? (int) strtol(columns, NULL, 10) : 0;
    return width > 0 ? width : WIDTH_DEFAULT;
}

static bool colour_wanted(void)
{
    const char *forbidden = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return isatty(STDOUT_FILENO) && !(forbidden && forbidden[0]) && terminal &&
           strcmp(terminal, "dumb") != 0;
}

hax_report_style cli_style(void)
{
    int width = terminal_width();
    hax_report_style style = hax_report_style_default();
    style.width = width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width;
    style.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    style.colour = colour_wanted();
    return style;
}

bool cli_to_stdout(const char *path)
{
    return path && (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0);
}

bool cli_stdout_taken(const cli_call *call)
{
    for (const cli_option *option = call->command->options; option->name; option++) {
        const void *field = (const char *) call->settings + option->offset;
        if (option->kind == CLI_FILE && cli_to_stdout(*(const char *const *) field))
            return true;
    }
    return false;
}

hax_status cli_write(const char *path, char *text, const cli_call *call, hax_error *err)
{
    char *stamped = NULL;
    hax_status status = hax_document_stamp(text, call->line, &stamped, err);
    if (status == HAX_OK && cli_to_stdout(path))
        fputs(stamped, stdout);
    else if (status == HAX_OK)
        status = hax_document_write(path, stamped, strlen(stamped), err);
    free(stamped);
    free(text);
    return status;
}

hax_status cli_answer(hax_status status, const char *path, char *document, char *report,
                      const cli_call *call, hax_error *err)
{
    const bool told = status == HAX_OK && report && !cli_stdout_taken(call);
    if (status == HAX_OK && document && path) {
        status = cli_write(path, document, call, err);
        document = NULL;
    }
    if (told)
        fputs(report, stdout);
    free(document);
    free(report);
    return status;
}

hax_status cli_answer_measured(hax_status status, const char *path, char *document, char *report,
                               const cli_call *call, hax_error *err)
{
    const bool told = status == HAX_OK && !cli_stdout_taken(call);
    status = cli_answer(status, path, document, report, call, err);
    if (told)
        printf("\nrepeat with: %s\n", call->line);
    return status;
}

hax_status cli_close_stdout(hax_error *err)
{
    errno = 0;
    bool failed = fflush(stdout) != 0 || ferror(stdout);
    int reason = errno;
    /* A standard output that was closed before we began is no failure if nothing was printed. */
    if (fclose(stdout) != 0 && errno != EBADF && !failed) {
        failed = true;
        reason = errno;
    }
    if (!failed)
        return HAX_OK;
    return cli_fail(err, HAX_IO, "cannot write standard output: %s",
                    reason ? strerror(reason) : "an earlier write failed");
}
