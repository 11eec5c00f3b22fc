/* A command's answer as a page for browsers and as a trace. */
#include "views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "output.h"

bool cli_views_wanted(const cli_views *views)
{
    return views->page || views->trace;
}

/* A page is sent to others: of this size mail programs still take it. */
static void warn_of_size(const char *path, size_t bytes)
{
    enum { LARGE = 1000000 };
    char text[600];
    if (bytes <= LARGE)
        return;
    snprintf(text, sizeof text,
             "the page '%.400s' has %.1f MB, as its documents are that large: a coarser --grouping "
             "makes them smaller",
             path, 1e-6 * (double) bytes);
    cli_print_warning(text);
}

static hax_status write_page(const char *path, int count, const char *const *documents,
                             const char *report, hax_error *err)
{
    char *html = NULL;
    hax_status status = hax_report_html(count, documents, report, &html, err);
    if (status == HAX_OK && cli_to_stdout(path))
        fputs(html, stdout);
    else if (status == HAX_OK)
        status = hax_document_write(path, html, strlen(html), err);
    if (status == HAX_OK)
        warn_of_size(path, strlen(html));
    free(html);
    return status;
}

static hax_status write_trace(const char *path, int count, const char *const *documents,
                              hax_error *err)
{
    char *trace = NULL;
    hax_status status = hax_report_trace(count, documents, &trace, err);
    if (status == HAX_OK && cli_to_stdout(path))
        fputs(trace, stdout);
    else if (status == HAX_OK)
        status = hax_document_write(path, trace, strlen(trace), err);
    free(trace);
    return status;
}

hax_status cli_views_write_stamped(const cli_views *views, int count, const char *const *documents,
                                   const char *report, hax_error *err)
{
    hax_status status = HAX_OK;
    hax_error why = { 0 };
    if (views->page)
        status = write_page(views->page, count, documents, report, err);
    if (views->trace)
        cli_also_failed(&status, err, write_trace(views->trace, count, documents, &why), &why);
    return status;
}

hax_status cli_views_write(const cli_views *views, int count, const char *const *documents,
                           const char *report, const cli_call *call, hax_error *err)
{
    if (!cli_views_wanted(views))
        return HAX_OK;
    char **stamped = calloc((size_t) count + 1, sizeof *stamped);
    hax_status status =
        stamped ? HAX_OK : cli_fail(err, HAX_NO_MEMORY, "out of memory for a report");
    for (int d = 0; d < count && status == HAX_OK; d++)
        status = hax_document_stamp(documents[d], call->line, &stamped[d], err);
    if (status == HAX_OK)
        status = cli_views_write_stamped(views, count, (const char *const *) stamped, report, err);
    for (int d = 0; stamped && d < count; d++)
        free(stamped[d]);
    free(stamped);
    return status;
}

hax_status cli_views_write_result(const cli_views *views, const char *document, const char *report,
                                  const cli_call *call, hax_error *err)
{
    return cli_views_write(views, 1, &document, report, call, err);
}

hax_status cli_views_write_schedule(const cli_views *views, const hax_problem *problem,
                                    const char *document, const char *report, const cli_call *call,
                                    hax_error *err)
{
    char *text = NULL;
    if (!cli_views_wanted(views))
        return HAX_OK;
    hax_status status = hax_problem_text(problem, &text, err);
    const char *const documents[] = { document, text };
    if (status == HAX_OK)
        status = cli_views_write(views, 2, documents, report, call, err);
    free(text);
    return status;
}
