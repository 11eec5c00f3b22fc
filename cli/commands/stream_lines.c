#include "stream_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "output.h"

static hax_status refuse(const cli_stream_lines *lines, hax_error *err)
{
    const char *reason = strerror(errno);
    if (cli_to_stdout(lines->path))
        return cli_fail(err, HAX_IO, "cannot write standard output: %s", reason);
    return cli_fail(err, HAX_IO, "cannot write '%s': %s", lines->path, reason);
}

hax_status cli_stream_lines_open(cli_stream_lines *lines, const char *path, cli_progress *progress,
                                 hax_error *err)
{
    *lines = (cli_stream_lines){ .progress = progress, .path = path };
    if (!path)
        return HAX_OK;
    lines->file = cli_to_stdout(path) ? stdout : fopen(path, "w");
    if (!lines->file)
        return refuse(lines, err);
    return HAX_OK;
}

/* A whole line at once, so that whoever follows the file reads no halves. */
static hax_status write_line(cli_stream_lines *lines, const hax_stream_result *result, bool final,
                             hax_error *err)
{
    char *text = NULL;
    if (!lines->file)
        return HAX_OK;
    hax_status status = hax_stream_result_text(result, lines->deployment, final, &text, err);
    if (status != HAX_OK)
        return status;
    if (fprintf(lines->file, "%s\n", text) < 0 || fflush(lines->file) != 0)
        status = refuse(lines, err);
    free(text);
    return status;
}

bool cli_stream_second(void *context, const hax_stream_result *so_far)
{
    cli_stream_lines *lines = context;
    char *text = NULL;
    if (lines->progress->terminal && hax_report_stream_line(so_far, &text, NULL) == HAX_OK) {
        fprintf(stderr, "\r\x1b[K%s: %s", lines->deployment, text);
        fflush(stderr);
        lines->progress->shown = true;
        free(text);
    }
    if (lines->status == HAX_OK)
        lines->status = write_line(lines, so_far, false, &lines->error);
    return lines->status == HAX_OK;
}

hax_status cli_stream_lines_final(cli_stream_lines *lines, const hax_stream_result *result,
                                  hax_error *err)
{
    cli_progress_clear(lines->progress);
    if (lines->status == HAX_OK)
        lines->status = write_line(lines, result, true, &lines->error);
    if (lines->status != HAX_OK)
        *err = lines->error;
    return lines->status;
}

hax_status cli_stream_lines_close(cli_stream_lines *lines, hax_error *err)
{
    FILE *file = lines->file;
    lines->file = NULL;
    if (!file || file == stdout || fclose(file) == 0 || lines->status != HAX_OK)
        return HAX_OK;
    return refuse(lines, err);
}
