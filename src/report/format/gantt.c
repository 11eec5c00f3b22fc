/*
 * The Gantt chart: a line for each unit, a block for each job, scaled to the width.
 *
 *   fast |A0====|A1======|A2==<>|B3----------|
 *   slow |B0--------|B1-------|B2--<.........|
 *
 * A block begins with its instance's letter and the group's number where they fit. Of a row that
 * was executed each unit has a second line on the same axis, with the medians of what was measured;
 * groups that a device took no times between are one block there, A0-9.
 */
#include "haxconn/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "number.h"

enum {
    COLUMNS_MIN = 20,
    LABEL_MAX = 20,
    TICK_GAP = 10, /* columns between ticks, at least */
    NOBODY = -1,
};

struct glyphs {
    const char *fill[4]; /* of the instances, in turn */
    const char *start;
    const char *out;
    const char *in;
    const char *idle;
    const char *left, *line, *tick, *right;
};

static const struct glyphs ascii = {
    { "=", "-", "+", "~" }, "|", ">", "<", ".", "|", "-", "+", "|",
};
static const struct glyphs unicode = {
    { "░", "▓", "▒", "█" }, "│", "▸", "◂", "·", "├", "─", "┬", "┤",
};

/* Background colours of the instances, black on light. */
static const char *const paints[] = { "\x1b[30;46m", "\x1b[30;43m", "\x1b[30;45m", "\x1b[30;42m" };

struct cell {
    const char *glyph; /* NULL: the letter */
    char letter;
    int instance; /* NOBODY: idle */
};

struct chart {
    const hax_problem *problem;
    int job_count; /* of the line at hand */
    const hax_job *jobs;
    const int *first_groups; /* [job]: of several groups with one time; NULL: each has its own */
    const struct glyphs *glyphs;
    bool colour;
    int width;
    int label;   /* columns of the units' names */
    int columns; /* of the time axis */
    double end_ms;
    struct cell *cells; /* [columns], one line */
};

static char letter_of(int instance)
{
    return (char) (instance < 26 ? 'A' + instance : '?');
}

static int column_of(const struct chart *chart, double time_ms)
{
    int column = (int) floor(time_ms / chart->end_ms * chart->columns + 0.5);
    return column < 0 ? 0 : column > chart->columns ? chart->columns : column;
}

/* Columns where a unit has nothing to do; blank where another unit holds its resources. */
static void fill_idle(const struct chart *chart, int unit)
{
    for (int i = 0; i < chart->columns; i++)
        chart->cells[i] = (struct cell){ chart->glyphs->idle, 0, NOBODY };
    uint32_t resources = chart->problem->units[unit].resources;
    for (int j = 0; j < chart->job_count; j++) {
        const hax_job *job = &chart->jobs[j];
        if (job->unit == unit || !(chart->problem->units[job->unit].resources & resources))
            continue;
        for (int i = column_of(chart, job->start_ms); i < column_of(chart, job->end_ms); i++)
            chart->cells[i].glyph = " ";
    }
}

static void draw_groups(const struct chart *chart, const hax_job *job, int first_group, int from,
                        int to)
{
    static const size_t fills = sizeof chart->glyphs->fill / sizeof *chart->glyphs->fill;
    const char *fill = chart->colour ? " " : chart->glyphs->fill[(size_t) job->instance % fills];
    for (int i = from; i < to; i++)
        chart->cells[i] = (struct cell){ fill, 0, job->instance };
    int capacity = to - from;
    if (capacity < 2)
        return;
    chart->cells[from].glyph = chart->glyphs->start;
    char label[32];
    int length = first_group < job->group
                     ? snprintf(label, sizeof label, "%c%d-%d", letter_of(job->instance),
                                first_group, job->group)
                     : snprintf(label, sizeof label, "%c%d", letter_of(job->instance), job->group);
    if (length > capacity - 1)
        length = 1;
    for (int i = 0; i < length; i++)
        chart->cells[from + 1 + i] = (struct cell){ NULL, label[i], job->instance };
}

/* A job's columns begin where the job before it ended; OUT and IN take at least one. */
static void draw_unit(const struct chart *chart, int unit)
{
    fill_idle(chart, unit);
    int cursor = 0;
    for (int j = 0; j < chart->job_count; j++) {
        const hax_job *job = &chart->jobs[j];
        if (job->unit != unit || !(job->end_ms > job->start_ms))
            continue;
        int from = column_of(chart, job->start_ms);
        int to = column_of(chart, job->end_ms);
        from = from < cursor ? cursor : from;
        if (job->part == HAX_PART_RUN) {
            draw_groups(chart, job, chart->first_groups ? chart->first_groups[j] : job->group, from,
                        to);
        } else {
            to = to <= from && from < chart->columns ? from + 1 : to;
            const char *mark = job->part == HAX_PART_OUT ? chart->glyphs->out : chart->glyphs->in;
            for (int i = from; i < to; i++)
                chart->cells[i] = (struct cell){ mark, 0, job->instance };
        }
        cursor = to > cursor ? to : cursor;
    }
}

static void append_cells(const struct chart *chart, hax_text *text)
{
    static const size_t paint_count = sizeof paints / sizeof *paints;
    int painted = NOBODY;
    for (int i = 0; i < chart->columns; i++) {
        const struct cell *cell = &chart->cells[i];
        if (chart->colour && cell->instance != painted) {
            hax_text_append(text, cell->instance == NOBODY
                                      ? "\x1b[0m"
                                      : paints[(size_t) cell->instance % paint_count]);
            painted = cell->instance;
        }
        if (cell->glyph)
            hax_text_append(text, cell->glyph);
        else
            hax_text_append_bytes(text, &cell->letter, 1);
    }
    if (painted != NOBODY)
        hax_text_append(text, "\x1b[0m");
    hax_text_append(text, "\n");
}

/* The smallest of 1, 2, 5 times a power of ten that leaves the ticks far enough apart. */
static double tick_step(const struct chart *chart)
{
    double least = chart->end_ms * TICK_GAP / chart->columns;
    double power = pow(10, floor(log10(least)));
    double factor = least / power;
    return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
}

/* Which multiple of the step stands at a column, -1: none. */
static int tick_at(const struct chart *chart, double step, int column)
{
    int nearest = (int) floor(column * chart->end_ms / chart->columns / step + 0.5);
    return column_of(chart, nearest * step) == column ? nearest : -1;
}

static void append_ruler(const struct chart *chart, double step, hax_text *text)
{
    const struct glyphs *glyphs = chart->glyphs;
    hax_text_say(text, "%*s %s", chart->label, "", glyphs->left);
    for (int i = 1; i < chart->columns - 1; i++)
        hax_text_append(text, tick_at(chart, step, i) >= 0 ? glyphs->tick : glyphs->line);
    hax_text_say(text, "%s\n", glyphs->right);
}

static void append_axis(const struct chart *chart, hax_text *text)
{
    double step = tick_step(chart);
    int decimals = step < 1 ? (int) ceil(-log10(step) - 1e-9) : 0;
    append_ruler(chart, step, text);
    hax_number end = hax_number_of(chart->end_ms);
    int end_at = chart->columns - (int) strlen(end.text) - 3; /* " ms" */
    hax_text_say(text, "%*s ", chart->label, "");
    int used = 0;
    for (int i = 0; i < end_at; i++) {
        int tick = tick_at(chart, step, i);
        hax_number label = hax_number_fixed(tick * step, tick == 0 ? 0 : decimals);
        int columns = (int) strlen(label.text);
        if (tick < 0 || i + columns >= end_at)
            continue;
        hax_text_say(text, "%*s%s", i - used, "", label.text);
        used = i + columns;
    }
    hax_text_say(text, "%*s%s ms\n", end_at - used, "", end.text);
}

static void append_legend(const struct chart *chart, const char *second, hax_text *text)
{
    hax_text legend = { 0 };
    static const size_t fills = sizeof chart->glyphs->fill / sizeof *chart->glyphs->fill;
    for (int i = 0; i < chart->problem->instance_count; i++)
        hax_text_say(&legend, "%c%s %s, ", letter_of(i),
                     chart->colour ? "" : chart->glyphs->fill[(size_t) i % fills],
                     chart->problem->instances[i].name);
    hax_text_say(&legend, "the number is the group's; %s hand-over OUT, %s IN; %s idle",
                 chart->glyphs->out, chart->glyphs->in, chart->glyphs->idle);
    if (second)
        hax_text_say(&legend, "; below each unit what was %s, by medians", second);
    hax_text_say(text, "%*s ", chart->label, "");
    hax_text_wrap(text, hax_text_get(&legend), chart->label + 1, chart->label + 1, chart->width);
    text->failed |= legend.failed;
    hax_text_free(&legend);
}

/* Room for labels beside the axis; `second` names second lines, NULL: there are none. */
static struct chart begin(const hax_problem *problem, const char *second,
                          const hax_report_style *style)
{
    struct chart chart = {
        .problem = problem,
        .glyphs = style->utf8 ? &unicode : &ascii,
        .colour = style->colour,
        .width = hax_report_width(style),
        .label = second ? hax_text_columns(second) : 0,
    };
    for (int u = 0; u < problem->unit_count; u++) {
        int columns = hax_text_visible_columns(problem->units[u].name);
        chart.label = columns > chart.label ? columns : chart.label;
    }
    chart.label = chart.label > LABEL_MAX ? LABEL_MAX : chart.label;
    chart.columns = chart.width - chart.label - 1;
    chart.columns = chart.columns < COLUMNS_MIN ? COLUMNS_MIN : chart.columns;
    return chart;
}

static void make_room(struct chart *chart, const hax_job *jobs, int count)
{
    for (int j = 0; j < count; j++)
        chart->end_ms = fmax(chart->end_ms, jobs[j].end_ms);
}

static void append_line(struct chart *chart, int unit, const char *label, const hax_job *jobs,
                        const int *first_groups, int count, hax_text *out)
{
    const int pad = chart->label - hax_text_visible_columns(label);
    chart->jobs = jobs;
    chart->first_groups = first_groups;
    chart->job_count = count;
    hax_text_cut(out, label, chart->label);
    hax_text_say(out, "%*s ", pad > 0 ? pad : 0, "");
    draw_unit(chart, unit);
    append_cells(chart, out);
}

/* The lines of all units; `second` names those of other jobs below them, NULL: there are none. */
static void append_chart(struct chart *chart, const hax_schedule *schedule, const char *second,
                         const hax_job *jobs, const int *first_groups, int count, hax_text *out)
{
    make_room(chart, schedule->jobs, schedule->job_count);
    make_room(chart, jobs, count);
    if (!(chart->end_ms > 0)) {
        hax_text_append(out, "(the schedule takes no time: no chart)\n");
        return;
    }
    chart->cells = malloc((size_t) chart->columns * sizeof *chart->cells);
    out->failed = !chart->cells;
    for (int u = 0; u < chart->problem->unit_count && chart->cells; u++) {
        append_line(chart, u, chart->problem->units[u].name, schedule->jobs, NULL,
                    schedule->job_count, out);
        if (second)
            append_line(chart, u, second, jobs, first_groups, count, out);
    }
    append_axis(chart, out);
    append_legend(chart, second, out);
    free(chart->cells);
}

hax_status hax_report_gantt(const hax_problem *problem, const hax_schedule *schedule,
                            const hax_report_style *style, char **text, hax_error *err)
{
    struct chart chart = begin(problem, NULL, style);
    hax_text out = { 0 };
    append_chart(&chart, schedule, NULL, NULL, NULL, 0, &out);
    return hax_report_take(&out, "a chart", text, err);
}

/* ---- executed -------------------------------------------------------------------------------- */

/* The problem's unit of a platform's, -1. */
static int unit_in(const hax_problem *problem, const char *name)
{
    for (int u = 0; u < problem->unit_count; u++)
        if (strcmp(problem->units[u].name, name) == 0)
            return u;
    return -1;
}

hax_status hax_report_gantt_executed(const hax_result *result, int row,
                                     const hax_report_style *style, char **text, hax_error *err)
{
    const hax_problem *problem =
        result->rows[row].reference ? result->reference_problem : result->problem;
    const hax_timeline *timeline = &result->timelines[row];
    const hax_platform *platform = result->profile->platform;
    const char *second = hax_report_came_to(platform);
    struct chart chart = begin(problem, second, style);
    hax_text out = { 0 };
    hax_job *jobs = calloc((size_t) timeline->job_count + 1, sizeof *jobs);
    int *first_groups = calloc((size_t) timeline->job_count + 1, sizeof *first_groups);
    out.failed = !jobs || !first_groups;
    for (int j = 0; !out.failed && j < timeline->job_count; j++) {
        const hax_timed_job *timed = &timeline->jobs[j];
        jobs[j] = (hax_job){ .unit = unit_in(problem, platform->units[timed->unit].name),
                             .instance = timed->instance,
                             .group = timed->group,
                             .part = timed->part,
                             .start_ms = timed->start.median,
                             .end_ms = timed->start.median + timed->took.median };
        first_groups[j] = timed->first_group;
    }
    if (!out.failed)
        append_chart(&chart, result->rows[row].schedule, second, jobs, first_groups,
                     timeline->job_count, &out);
    free(jobs);
    free(first_groups);
    return hax_report_take(&out, "a chart", text, err);
}
