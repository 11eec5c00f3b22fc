#include "report_lines.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

enum { HEADER_EVERY = 20 };

cli_report_lines cli_report_begin(bool asked_for)
{
    return (cli_report_lines){ .wanted = asked_for || isatty(STDERR_FILENO) };
}

void cli_report_improvement(void *context, const hax_improvement *improvement)
{
    cli_report_lines *lines = context;
    if (!lines->wanted)
        return;
    if (lines->count++ % HEADER_EVERY == 0)
        fprintf(stderr, "%9s %11s %12s %12s %8s\n", "seconds", "nodes", "value", "bound", "gap");
    char gap[32] = "-"; /* nothing is known yet */
    if (isfinite(improvement->gap) && lines->lateness)
        snprintf(gap, sizeof gap, "%.3g ms", improvement->value - improvement->bound);
    else if (isfinite(improvement->gap))
        snprintf(gap, sizeof gap, "%.2f %%", 100 * improvement->gap);
    fprintf(stderr, "%9.2f %11llu %12.6g %12.6g %8s\n", improvement->seconds,
            (unsigned long long) improvement->nodes, improvement->value, improvement->bound, gap);
}
