/* Sentences that stand in several reports. */
#ifndef HAX_REPORT_EXPLAIN_H
#define HAX_REPORT_EXPLAIN_H

#include <stdbool.h>

#include "haxconn/report.h"
#include "number.h"
#include "table.h"
#include "text.h"

/* Columns to write in: the style's, 80 where it names none. */
int hax_report_width(const hax_report_style *style);

/* "proven optimal over all schedules", ... */
const char *hax_report_proof(hax_proof proof);

/* The same of a plan that may have been chosen for its few changes of unit: "proven within 0.4 % of
 * the optimum, with the fewest changes of unit". NULL is not proven. */
typedef struct hax_proof_text {
    char text[120];
} hax_proof_text;

hax_proof_text hax_report_plan_proof(const hax_schedule *plan);

/* What follows a baseline's name in a table: " (cut short)", or nothing. */
const char *hax_report_cut_short(const hax_schedule *baseline);

/* A row for each baseline that has no schedule, with so many empty cells behind the first two. */
void hax_report_unfinished(unsigned unfinished, int empty, hax_table *table);

/* What those words mean, where one of them stands in the table above. */
void hax_report_limits(const hax_schedule *const *baselines, int count, unsigned unfinished,
                       hax_text *out);

/* Every instance stays on one unit. */
bool hax_report_whole(const hax_problem *problem, const hax_schedule *schedule);

/* What an objective value is measured in: "ms" or "1/ms". */
const char *hax_report_objective_unit(hax_objective objective);

/* By how much a value is worse than the best: in percent of the latter; a lateness, which passes
 * through zero, and what is behind a best of 0, in milliseconds. */
hax_number hax_report_behind(hax_objective objective, double value, double best);

/* Does a schedule's verdict (may be NULL) begin so? A plan that keeps networks whole may still beat
 * the plain deployments, by where it puts them: that is no advice against splits. */
bool hax_report_says_do_not_split(const char *verdict);

/* What "do not split" means, as a paragraph. */
void hax_report_do_not_split(hax_text *text, const hax_report_style *style);

/* Hands a report over, or fails for memory. */
hax_status hax_report_take(hax_text *out, const char *what, char **text, hax_error *err);

/* "measured", or "simulated" where the platform is: the word for what rounds came to. */
const char *hax_report_came_to(const hax_platform *platform);

/* What others measured of these instances at once on this platform, if anybody did. */
void hax_report_elsewhere(const hax_platform *platform, const hax_problem *problem, int width,
                          hax_text *out);

/* A paragraph: which rows have no prediction, and why. */
void hax_report_unpredicted(const hax_result *result, int width, hax_text *out);

/* What else is to be known of a result: disturbance, and its notes. */
void hax_report_notes(const hax_result *result, int width, hax_text *out);

/* What was learned from the rounds, and which row is to be deployed where it is not the first
 * (refined.c). */
void hax_report_refined(const hax_result *result, int width, hax_text *out);

/* A paragraph where some of the figures come from the profile store: how old they are, and how to
 * measure anew. */
void hax_report_stored(const hax_profile *profile, int width, hax_text *out);

/* The paragraph that opens whatever an emulated or simulated platform says. */
void hax_report_emulated(const hax_platform *platform, int width, hax_text *out);

#endif
