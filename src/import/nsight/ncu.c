/*
 * Nsight Compute (ncu, once nv-nsight-cu-cli): its details and raw pages as CSV and the page made
 * to be read, with the profiled program's own output before and between.
 */
#include <limits.h>
#include <stdlib.h>

#include "ncu.h"

enum {
    LOOK_BYTES = 4 << 20, /* how far a program may have printed before the first page */
    MESSAGES_MAX = 6,
};

/* ---- collecting ------------------------------------------------------------------------------ */

static bool room(hax_ncu_report *report, void *items, int count, int *have, size_t size)
{
    if (count < *have)
        return true;
    int wanted = *have ? *have * 2 : 64;
    void *grown = *have > INT_MAX / 2 || report->builder->failed
                      ? NULL
                      : realloc(*(void **) items, (size_t) wanted * size);
    if (!grown) {
        report->builder->failed = true;
        return false;
    }
    *(void **) items = grown;
    *have = wanted;
    return true;
}

bool hax_ncu_add_page(hax_ncu_report *report, const char *kind, int line)
{
    if (!room(report, &report->pages, report->page_count, &report->page_room,
              sizeof *report->pages))
        return false;
    report->pages[report->page_count++] =
        (hax_ncu_page){ .kind = kind, .line = line, .first_launch = report->launch_count };
    return true;
}

hax_ncu_launch *hax_ncu_add_launch(hax_ncu_report *report, int line)
{
    if (!room(report, &report->launches, report->launch_count, &report->launch_room,
              sizeof *report->launches))
        return NULL;
    hax_ncu_launch *launch = &report->launches[report->launch_count++];
    *launch = (hax_ncu_launch){ .line = line, .first_metric = report->metric_count };
    report->pages[report->page_count - 1].launch_count++;
    return launch;
}

static bool same_key(const hax_ncu_key *a, const hax_ncu_key *b)
{
    return hax_slice_equal(a->name, b->name) && hax_slice_equal(a->unit, b->unit) &&
           hax_slice_equal(a->section, b->section);
}

/* Rows of launch after launch name the same metrics in the same order: the next one is tried first.
 */
static int find_key(hax_ncu_report *report, const hax_ncu_key *key)
{
    int count = report->key_count;
    for (int k = 1; k <= count; k++) {
        int at = (report->last_key + k) % count;
        if (same_key(&report->keys[at], key))
            return report->last_key = at;
    }
    if (!room(report, &report->keys, count, &report->key_room, sizeof *report->keys))
        return -1;
    report->keys[count] = *key;
    report->key_count++;
    return report->last_key = count;
}

bool hax_ncu_add_metric(hax_ncu_report *report, const hax_ncu_key *key, hax_slice value, int line)
{
    int found = find_key(report, key);
    if (found < 0 || !room(report, &report->metrics, report->metric_count, &report->metric_room,
                           sizeof *report->metrics))
        return false;
    report->metrics[report->metric_count++] = (hax_ncu_metric){ found, line, value };
    report->launches[report->launch_count - 1].metric_count++;
    return true;
}

/* ---- what is no launch ----------------------------------------------------------------------- */

static void tell_message(hax_ncu_report *report, hax_slice text, int line)
{
    if (report->messages++ < MESSAGES_MAX)
        hax_builder_note(report->builder, HAX_IMPORT_WARNING, line, "ncu says: %.*s",
                         SLICE_ARGS(text));
}

void hax_ncu_other_line(hax_ncu_report *report, hax_slice line, int number)
{
    line = hax_slice_trim(line);
    if (line.length == 0 || hax_slice_starts(line, "==PROF=="))
        return;
    if (hax_slice_starts(line, "==ERROR==") || hax_slice_starts(line, "==WARNING==")) {
        report->no_permission |= hax_slice_has(line, "ERR_NVGPUCTRPERM");
        report->no_kernels |= hax_slice_has(line, "No kernels were profiled");
        tell_message(report, line, number);
        return;
    }
    if (report->others++ == 0)
        report->first_other = number;
}

/* ---- recognising ----------------------------------------------------------------------------- */

static bool marked(hax_slice line)
{
    return hax_slice_starts(line, "==PROF== ") || hax_slice_has(line, "ERR_NVGPUCTRPERM");
}

bool hax_ncu_recognises(hax_slice text)
{
    hax_slice line;
    bool launch = false;
    hax_slice_lines lines = hax_slice_lines_of(
        hax_slice_to(text, text.length < (size_t) LOOK_BYTES ? text.length : (size_t) LOOK_BYTES));
    while (hax_slice_next_line(&lines, &line)) {
        if (hax_ncu_is_header(line) || marked(line) ||
            (launch && hax_slice_starts(hax_slice_trim(line), "Section: ")))
            return true;
        launch |= hax_ncu_is_launch_line(line);
    }
    return false;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool has_header(hax_slice text)
{
    hax_slice line;
    hax_slice_lines lines = hax_slice_lines_of(text);
    while (hax_slice_next_line(&lines, &line))
        if (hax_ncu_is_header(line))
            return true;
    return false;
}

static hax_status nothing(const hax_ncu_report *report, hax_error *err)
{
    if (report->no_permission)
        return hax_builder_fail(
            report->builder, 0, err,
            "no launches: ERR_NVGPUCTRPERM means that who ran ncu may not read the "
            "GPU's counters; run it as root");
    if (report->no_kernels)
        return hax_builder_fail(report->builder, 0, err,
                                "no launches: ncu profiled no kernel; look at its filters, and at "
                                "--target-processes all if the program starts others");
    return hax_builder_fail(
        report->builder, 0, err,
        "no launches of Nsight Compute: neither a CSV page (\"ID\",... in front) nor "
        "kernels with sections");
}

static hax_status read_all(hax_ncu_report *report, hax_error *err)
{
    hax_ncu_decimal mark;
    HAX_TRY(has_header(report->text) ? hax_ncu_read_csv(report, err)
                                     : hax_ncu_read_text(report, err));
    if (report->builder->failed)
        return HAX_OK;
    if (report->launch_count == 0)
        return nothing(report, err);
    HAX_TRY(hax_ncu_find_decimal(report, &mark, err));
    if (report->no_permission)
        hax_builder_note(report->builder, HAX_IMPORT_WARNING, 0,
                         "ERR_NVGPUCTRPERM: who ran ncu may not read all counters; run it as root");
    if (report->others > 0)
        hax_builder_note(report->builder, HAX_IMPORT_LEFT_OUT, report->first_other,
                         "%d %s ncu's, the first here",
                         IMPORT_COUNT(report->others, "line that is not", "lines that are not"));
    if (report->messages > MESSAGES_MAX)
        hax_builder_note(report->builder, HAX_IMPORT_LEFT_OUT, 0, "%d more messages of ncu",
                         report->messages - MESSAGES_MAX);
    return hax_ncu_tell(report, mark, err);
}

hax_status hax_ncu_read(hax_import_builder *builder, hax_slice text, hax_error *err)
{
    hax_ncu_report report = { .builder = builder, .text = text };
    hax_status status = read_all(&report, err);
    free(report.pages);
    free(report.launches);
    free(report.metrics);
    free(report.keys);
    return status;
}
