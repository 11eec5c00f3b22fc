#include "stream_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "output.h"

static hax_status refuse(const cli_stream_lines *lines, hax_error *err)
{
    int code = errno;
    if (cli_to_stdout(lines->path))
        return cli_fail_system(err, HAX_IO, code, "cannot write standard output");
    return cli_fail_system(err, HAX_IO, code, "cannot write '%s'", lines->path);
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

/* A whole line at once, so that whoever follows the file reads no halves. Frees it. */
static hax_status write_text(const cli_stream_lines *lines, char *text, hax_error *err)
{
    hax_status status = HAX_OK;
    if (fprintf(lines->file, "%s\n", text) < 0 || fflush(lines->file) != 0)
        status = refuse(lines, err);
    free(text);
    return status;
}

static hax_status write_line(cli_stream_lines *lines, const hax_stream_result *result, bool final,
                             hax_error *err)
{
    char *text = NULL;
    if (!lines->file)
        return HAX_OK;
    hax_status status = hax_stream_result_text(result, lines->deployment, final, &text, err);
    return status == HAX_OK ? write_text(lines, text, err) : status;
}

/* The oldest gives way when there are too many. */
static void keep_plan(cli_stream_plans *plans, const hax_stream_plan *plan)
{
    if (plans->count == CLI_STREAM_PLANS_MOST) {
        plans->count--;
        plans->left_out++;
        memmove(plans->items, plans->items + 1, (size_t) plans->count * sizeof *plans->items);
        memmove(plans->whats, plans->whats + 1, (size_t) plans->count * sizeof *plans->whats);
        memmove(plans->names, plans->names + 1, (size_t) plans->count * sizeof *plans->names);
    }
    int last = plans->count++;
    plans->items[last] = *plan;
    snprintf(plans->whats[last], sizeof plans->whats[last], "%s", plan->what);
    snprintf(plans->names[last], sizeof plans->names[last], "%s", plan->plan);
    for (int p = 0; p < plans->count; p++) {
        plans->items[p].what = plans->whats[p];
        plans->items[p].plan = plans->names[p];
    }
}

void cli_stream_plan(void *context, const hax_stream_plan *plan)
{
    cli_stream_lines *lines = context;
    char *text = NULL;
    keep_plan(lines->plans, plan);
    if (lines->progress->terminal) {
        cli_progress_clear(lines->progress);
        fprintf(stderr, "%s: %s after %.1f ms\n", plan->what, plan->plan, plan->after_ms);
    }
    if (lines->status == HAX_OK && lines->file) {
        lines->status = hax_stream_plan_text(plan, &text, &lines->error);
        if (lines->status == HAX_OK)
            lines->status = write_text(lines, text, &lines->error);
    }
}

hax_status cli_stream_control(void *context, hax_stream *stream, int64_t now_ns, int64_t *next_ns,
                              hax_error *err)
{
    cli_stream_lines *lines = context;
    return cli_control_step(lines->control, stream, now_ns, next_ns, err);
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
