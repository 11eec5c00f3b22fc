/* The schedule command's answer. */
#include "haxconn/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "number.h"
#include "table.h"

static void append_rows(const hax_problem *problem, const hax_schedule *schedule,
                        const hax_schedule *const *baselines, int baseline_count,
                        unsigned unfinished, hax_text *out)
{
    char value[64];
    snprintf(value, sizeof value, "%s %s", hax_objective_name(problem->objective),
             hax_report_objective_unit(problem->objective));
    const char *const heads[] = { "deployment",   value,     "worse by", "contention ms",
                                  "hand-over ms", "idle ms", NULL };
    hax_table table;
    hax_table_open(&table, "lrrrrr", heads);
    for (int i = -1; i < baseline_count; i++) {
        const hax_schedule *row = i < 0 ? schedule : baselines[i];
        hax_table_cell(&table, "%s%s", row->name, hax_report_cut_short(row));
        hax_table_cell(&table, "%s", hax_number_of(row->value).text);
        if (i < 0)
            hax_table_cell(&table, "%s", "");
        else
            hax_table_cell(&table, "%s",
                           hax_report_behind(problem->objective, row->value, schedule->value).text);
        hax_table_cell(&table, "%s", hax_number_of(row->lost.contention_ms).text);
        hax_table_cell(&table, "%s", hax_number_of(row->lost.transitions_ms).text);
        hax_table_cell(&table, "%s", hax_number_of(row->lost.idle_ms).text);
    }
    hax_report_unfinished(unfinished, 4, &table);
    hax_table_close(&table, 2, 0, out);
    hax_report_limits(baselines, baseline_count, unfinished, out);
}

static void append_job(const hax_problem *problem, const hax_job *job, hax_text *out)
{
    const hax_instance_spec *instance = &problem->instances[job->instance];
    hax_text_say(out, "%s %s%s%s on %s", instance->name, instance->groups[job->group].name,
                 job->part == HAX_PART_RUN ? "" : " ",
                 job->part == HAX_PART_RUN ? "" : hax_part_name(job->part),
                 problem->units[job->unit].name);
}

/* Who loses most beside whom. */
static hax_status append_overlaps(const hax_problem *problem, const hax_schedule *schedule,
                                  hax_text *out, hax_error *err)
{
    enum { SHOWN = 5 };
    hax_overlaps overlaps;
    HAX_TRY(hax_schedule_overlaps(problem, schedule, SHOWN, &overlaps, err));
    if (overlaps.count > 0)
        hax_text_append(out, "lost to contention:\n");
    for (int o = 0; o < overlaps.count; o++) {
        const hax_overlap *overlap = &overlaps.most_expensive[o];
        hax_text_say(out, "  %s ms: ", hax_number_of(overlap->lost_ms).text);
        append_job(problem, &schedule->jobs[overlap->job], out);
        hax_text_append(out, " beside ");
        append_job(problem, &schedule->jobs[overlap->other], out);
        hax_text_say(out, ", %s ms long\n", hax_number_of(overlap->together_ms).text);
    }
    if (overlaps.left_out > 0)
        hax_text_say(out, "  and %lld more, see --json\n", overlaps.left_out);
    if (overlaps.count > 0)
        hax_text_append(out, "\n");
    free(overlaps.most_expensive);
    return HAX_OK;
}

/* Of a lateness, which passes through zero, in milliseconds. */
static hax_number gap_text(hax_objective objective, const hax_schedule *schedule)
{
    bool in_ms = objective == HAX_DEADLINE;
    double gap = in_ms ? schedule->value - schedule->bound : 100 * schedule->gap;
    hax_number number;
    snprintf(number.text, sizeof number.text, "%.27s %s", hax_number_of(gap).text,
             in_ms ? "ms" : "%");
    return number;
}

static void append_proof(const hax_problem *problem, const hax_schedule *schedule, hax_text *out)
{
    const char *unit = hax_report_objective_unit(problem->objective);
    hax_text_say(out, "%s: %s %s, %s\n", hax_objective_name(problem->objective),
                 hax_number_of(schedule->value).text, unit, hax_report_proof(schedule->proof));
    if (isfinite(schedule->bound))
        hax_text_say(out, "bound: no schedule is %s than %s %s (gap %s)\n",
                     problem->objective == HAX_THROUGHPUT ? "better"
                     : problem->objective == HAX_DEADLINE ? "less late"
                                                          : "shorter",
                     hax_number_of(schedule->bound).text, unit,
                     gap_text(problem->objective, schedule).text);
    if (schedule->nodes > 0)
        hax_text_say(out, "search: %llu nodes in %s ms\n", (unsigned long long) schedule->nodes,
                     hax_number_of(1e3 * schedule->seconds).text);
}

hax_status hax_report_schedule(const hax_problem *problem, const hax_schedule *schedule,
                               int baseline_count, const hax_schedule *const *baselines,
                               unsigned unfinished, const char *verdict,
                               const hax_report_style *style, char **text, hax_error *err)
{
    char *chart = NULL, *where = NULL;
    hax_status status = hax_report_gantt(problem, schedule, style, &chart, err);
    if (status == HAX_OK)
        status = hax_report_assignment(problem, schedule, &where, err);
    if (status != HAX_OK) {
        free(chart);
        return status;
    }
    hax_text out = { 0 };
    append_proof(problem, schedule, &out);
    hax_text_append(&out, "\n");
    append_rows(problem, schedule, baselines, baseline_count, unfinished, &out);
    const char *const parts[] = { "\n", where, "\n", chart, "\n" };
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
        hax_text_append(&out, parts[p]);
    status = append_overlaps(problem, schedule, &out, err);
    if (verdict)
        hax_text_paragraph(&out, 9, hax_report_width(style), "verdict: %s", verdict);
    if (hax_report_says_do_not_split(verdict) && hax_report_whole(problem, schedule))
        hax_report_do_not_split(&out, style);
    free(chart);
    free(where);
    if (status != HAX_OK) {
        free(hax_text_take(&out));
        return status;
    }
    return hax_report_take(&out, "a report", text, err);
}
