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

/* ---- reports --------------------------------------------------------------------------------- */

/* Columns of UTF-8, of which nothing here is wide. */
static int columns_of(const char *text, size_t length)
{
    int columns = 0;
    for (size_t at = 0; at < length; at++)
        columns += ((unsigned char) text[at] & 0xc0) != 0x80;
    return columns;
}

/* Sentences can be broken; tables, which have two blanks between their columns, charts and commands
 * to be typed cannot. */
static bool is_prose(const char *line, size_t length)
{
    size_t begin = strspn(line, " ");
    if (begin >= length)
        return false;
    for (size_t at = begin; at + 1 < length; at++)
        if ((line[at] == ' ' && line[at + 1] == ' ') || line[at] == '\033')
            return false;
    const char *end = memchr(line + begin, ' ', length - begin);
    size_t word = end ? (size_t) (end - line) - begin : length - begin;
    return word < 7 || memcmp(line + begin + word - 7, "haxconn", 7) != 0;
}

/* Where a word ends, with the unit that a number is of. */
static size_t word_end(const char *line, size_t begin, size_t length)
{
    static const char *const units[] = { " ms", " %", " GB/s" };
    const char *blank = memchr(line + begin, ' ', length - begin);
    size_t end = blank ? (size_t) (blank - line) : length;
    if (end == begin || line[end - 1] < '0' || line[end - 1] > '9')
        return end;
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        size_t unit = strlen(units[u]);
        if (length - end >= unit && memcmp(line + end, units[u], unit) == 0) {
            blank = memchr(line + end + 1, ' ', length - end - 1);
            return blank ? (size_t) (blank - line) : length;
        }
    }
    return end;
}

static void print_broken(const char *line, size_t length, int width)
{
    const size_t begin = strspn(line, " ");
    const int indent = (int) begin + 2;
    int column = printf("%*s", (int) begin, "");
    for (size_t at = begin; at < length;) {
        size_t word = word_end(line, at, length) - at;
        int columns = columns_of(line + at, word);
        if (at > begin && column + 1 + columns > width)
            column = printf("\n%*s", indent, "") - 1;
        else if (at > begin)
            column += printf(" ");
        printf("%.*s", (int) word, line + at);
        column += columns;
        at += word + 1;
    }
}

void cli_print_report(const char *report)
{
    const int width = cli_style().width;
    while (*report) {
        size_t length = strcspn(report, "\n");
        if (columns_of(report, length) > width && is_prose(report, length))
            print_broken(report, length, width);
        else
            printf("%.*s", (int) length, report);
        report += length;
        if (*report)
            putchar(*report++);
    }
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
        cli_print_report(report);
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
