/* The "haxconn/result" document. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "evaluate.h"
#include "haxconn/run.h"
#include "haxconn/version.h"
#include "json.h"
#include "machine_json.h"
#include "row_times.h"

/* JSON knows no infinity. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *measured(const hax_summary *summary)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:i}", "p25", number(summary->p25), "median",
                     number(summary->median), "p75", number(summary->p75), "min",
                     number(summary->min), "p99", number(summary->p99), "spread",
                     number(summary->spread), "rounds", summary->count);
}

/* A row that took another's rounds shares its jobs. */
static void set_timeline(const hax_result *result, const hax_row *row, json_t **object)
{
    const hax_timeline *timeline = &result->timelines[row - result->rows];
    if (row->same_as >= 0 || !*object)
        return;
    hax_json_set(object, "causes", hax_timeline_causes_json(result, timeline));
    hax_json_set(object, "jobs", hax_timeline_jobs_json(result, timeline));
}

static json_t *row_json(const hax_result *result, const hax_row *row)
{
    json_t *object = json_pack("{s:s, s:b, s:b, s:o, s:o, s:o}", "name", row->name, "plain",
                               row->plain, "reference", row->reference, "predicted_ms",
                               number(row->predicted_ms), "measured_ms", measured(&row->measured),
                               "error_percent", number(row->error_percent));
    if (object && result->problem->objective != HAX_LATENCY) {
        hax_json_set(&object, "predicted_value", number(row->predicted_value));
        hax_json_set(&object, "measured_value", measured(&row->measured_value));
    }
    if (object && row->unpredicted)
        hax_json_set(&object, "unpredicted", json_string(row->unpredicted));
    if (object && row->schedule && row->schedule->cut_short)
        hax_json_set(&object, "cut_short", json_true());
    if (object && row->same_as >= 0)
        hax_json_set(&object, "same_as", json_string(result->rows[row->same_as].name));
    if (object && row->compared)
        hax_json_set(&object, "largest_difference", number(row->largest_difference));
    set_timeline(result, row, &object);
    return object;
}

static json_t *rows_json(const hax_result *result)
{
    json_t *rows = json_array();
    for (int r = 0; rows && r < result->row_count; r++)
        hax_json_append(&rows, row_json(result, &result->rows[r]));
    return rows;
}

/* Baselines that a limit ended before they had a schedule. */
static json_t *unfinished_json(const hax_result *result)
{
    int count;
    const hax_baseline *baseline = hax_baselines(&count);
    json_t *names = json_array();
    for (int b = 0; names && b < count; b++)
        if (result->unfinished >> b & 1)
            hax_json_append(&names, json_string(baseline[b].name));
    return names;
}

static json_t *notes_json(const hax_result *result)
{
    json_t *notes = json_array();
    for (int n = 0; notes && n < result->note_count; n++)
        hax_json_append(&notes, json_string(result->notes[n]));
    return notes;
}

static json_t *correction_json(const hax_result *result, const hax_correction *correction)
{
    const hax_unit *units = result->profile->platform->units;
    json_t *object = json_pack("{s:s, s:s, s:i, s:s, s:o, s:o, s:o, s:i}", "kind",
                               hax_correction_name(correction->kind), "instance",
                               result->problem->instances[correction->instance].name, "group",
                               correction->group, "unit", units[correction->unit].name, "known",
                               number(correction->known), "learned", number(correction->learned),
                               "spread", number(correction->spread), "rows", correction->rows);
    if (object && correction->from_unit >= 0)
        hax_json_set(&object, "from", json_string(units[correction->from_unit].name));
    return object;
}

static json_t *corrections_json(const hax_result *result)
{
    json_t *list = json_array();
    for (int c = 0; list && c < result->correction_count; c++)
        hax_json_append(&list, correction_json(result, &result->corrections[c]));
    return list;
}

/* A document that another function has written, taken in as a value. */
static json_t *embedded(hax_status status, char *text)
{
    json_t *tree = status == HAX_OK ? hax_json_embedded(text) : NULL;
    if (status == HAX_OK)
        free(text);
    return tree;
}

/* What others measured of these networks at once on this platform; null: nobody did. */
static json_t *elsewhere_json(const hax_result *result)
{
    const hax_sheet_round *round =
        hax_datasheet_round(result->profile->platform->datasheet, result->problem);
    if (!round)
        return json_null();
    json_t *results = json_array();
    for (int r = 0; r < round->result_count; r++)
        hax_json_append(&results, json_pack("{s:s, s:f}", "name", round->results[r].name, "ms",
                                            round->results[r].ms));
    json_t *object = json_pack("{s:o, s:s}", "results", results, "source", round->source);
    if (round->uncertain)
        hax_json_set(&object, "uncertain", json_string(round->uncertain));
    return object;
}

/* What was planned and predicted with: whoever has the result can look at all of it, and plan
 * again. */
static hax_status set_problems(const hax_result *result, json_t **tree, hax_error *err)
{
    const struct {
        const char *key;
        const hax_problem *problem;
    } problems[] = { { "problem", result->problem },
                     { "reference_problem", result->reference_problem } };
    for (size_t p = 0; p < sizeof problems / sizeof *problems; p++) {
        char *text = NULL;
        if (!problems[p].problem)
            continue;
        hax_status status = hax_problem_text(problems[p].problem, &text, err);
        HAX_TRY(status);
        hax_json_set(tree, problems[p].key, embedded(status, text));
    }
    return HAX_OK;
}

hax_status hax_result_text(const hax_result *result, char **json, hax_error *err)
{
    const hax_platform *platform = result->profile->platform;
    char *schedule = NULL;
    hax_status status = hax_schedule_text(result->problem, result->rows[result->answer].schedule, 0,
                                          NULL, 0, result->verdict, &schedule, err);
    HAX_TRY(status);
    json_t *tree = json_pack(
        "{s:s, s:i, s:s, s:o, s:o, s:i, s:o, s:b, s:o, s:o, s:o, s:s, s:s, s:o, s:o}", "schema",
        "haxconn/result", "version", 1, "tool", "haxconn " HAX_VERSION, "platform",
        hax_machine_platform_json(platform), "fingerprint",
        hax_machine_fingerprint_json(&platform->fingerprint), "rounds", result->rounds, "rows",
        rows_json(result), "outputs_checked", result->outputs_checked, "outputs_equal",
        result->outputs_checked ? json_boolean(result->outputs_equal) : json_null(), "gain_percent",
        number(result->gain_percent), "noise_percent", number(result->noise_percent), "outcome",
        hax_outcome_name(result->outcome), "verdict", result->verdict, "notes", notes_json(result),
        "schedule", embedded(status, schedule));
    hax_json_set(&tree, "answer", json_string(result->rows[result->answer].name));
    hax_json_set(&tree, "plan",
                 json_pack("{s:i, s:f, s:b}", "changes",
                           hax_schedule_changes(result->problem, result->rows[0].schedule), "tie",
                           result->plan->tie, "fewest_changes", result->plan->fewest));
    hax_json_set(&tree, "plans", json_integer(result->plans));
    hax_json_set(&tree, "corrections", corrections_json(result));
    if (tree && result->disturbed)
        hax_json_set(&tree, "disturbed", json_integer(result->disturbed));
    if (tree && result->unfinished)
        hax_json_set(&tree, "unfinished", unfinished_json(result));
    if (tree && platform->datasheet)
        hax_json_set(&tree, "published", elsewhere_json(result));
    if (!tree)
        return hax_fail_memory(err, "a result document");
    status = set_problems(result, &tree, err);
    if (status == HAX_OK)
        status = hax_json_text(tree, json, err);
    json_decref(tree);
    return status;
}
