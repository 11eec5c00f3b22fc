/* One line on standard error for each improvement of a search, in columns. */
#ifndef CLI_REPORT_LINES_H
#define CLI_REPORT_LINES_H

#include <stdbool.h>

#include <haxconn/schedule.h>

typedef struct cli_report_lines {
    bool wanted;   /* asked for, or standard error is a terminal */
    bool lateness; /* gaps are told in ms, as lateness passes through zero */
    int count;
} cli_report_lines;

cli_report_lines cli_report_begin(bool asked_for);

/* For hax_solve_options.improved; the context is a cli_report_lines. */
void cli_report_improvement(void *context, const hax_improvement *improvement);

#endif
