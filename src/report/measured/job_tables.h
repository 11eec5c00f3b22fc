/* What the jobs of a row took, beside what was predicted, as tables. */
#ifndef HAX_REPORT_JOB_TABLES_H
#define HAX_REPORT_JOB_TABLES_H

#include "haxconn/report.h"
#include "text.h"

/* Where a row's round went, cause by cause for each network, and the row's pieces. */
void hax_report_timeline(const hax_result *result, int row, int width, hax_text *out);

#endif
