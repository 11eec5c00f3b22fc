/* A command's answer as a page for browsers and as a trace, beside its document. */
#ifndef CLI_VIEWS_H
#define CLI_VIEWS_H

#include "command.h"

typedef struct cli_views {
    const char *page;  /* NULL: not asked for */
    const char *trace; /* likewise */
} cli_views;

#define CLI_VIEWS(type)                                                                          \
    { "report", 0,                                                                               \
      CLI_FILE, offsetof(type, views.page),                                                      \
      "FILE",   "write a page for browsers: charts, tables and the documents in one file",       \
      0,        0,                                                                               \
      NULL },                                                                                    \
    {                                                                                            \
        "trace", 0, CLI_FILE, offsetof(type, views.trace), "FILE",                               \
            "write predicted and measured rounds as trace events, for Perfetto or Chrome", 0, 0, \
            NULL                                                                                 \
    }

/* Are there any? */
bool cli_views_wanted(const cli_views *views);

/*
 * Writes those that are asked for. The documents are texts as the library gives them; they are
 * stamped with the command here. `report` is what the terminal is shown, NULL: nothing. One that
 * cannot be written does not keep the other from it.
 */
hax_status cli_views_write(const cli_views *views, int count, const char *const *documents,
                           const char *report, const cli_call *call, hax_error *err);

/* The same of a result, and of a schedule and its problem. */
hax_status cli_views_write_result(const cli_views *views, const char *document, const char *report,
                                  const cli_call *call, hax_error *err);
hax_status cli_views_write_schedule(const cli_views *views, const hax_problem *problem,
                                    const char *document, const char *report, const cli_call *call,
                                    hax_error *err);

/* The same of documents that are stamped already. */
hax_status cli_views_write_stamped(const cli_views *views, int count, const char *const *documents,
                                   const char *report, hax_error *err);

#endif
