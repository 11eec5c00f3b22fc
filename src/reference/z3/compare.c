/* The published model beside this library's, on the same numbers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "error.h"
#include "haxconn/schedule.h"
#include "haxconn/version.h"
#include "json.h"
#include "published.h"

typedef struct started {
    int network, group;
    double ms;
} started;

static int by_start(const void *a, const void *b)
{
    const started *x = a, *y = b;
    if (x->ms != y->ms)
        return x->ms < y->ms ? -1 : 1;
    return x->network != y->network ? x->network - y->network : x->group - y->group;
}

/* The published schedule keeps its units and its order; times are the evaluator's. */
static hax_status evaluate_plan(const hax_published_comparison *comparison,
                                const hax_problem *problem, double *ms, hax_error *err)
{
    started order[2 * HAX_PUBLISHED_GROUPS];
    hax_job jobs[2 * HAX_PUBLISHED_GROUPS];
    const hax_schedule *schedule;
    int count = 0;
    for (int n = 0; n < 2; n++)
        for (int g = 0; g < comparison->data.networks[n].group_count; g++)
            order[count++] = (started){ n, g, comparison->enumerated.start_ms[n][g] };
    qsort(order, (size_t) count, sizeof *order, by_start);
    for (int j = 0; j < count; j++)
        jobs[j] = (hax_job){ .unit = hax_published_unit(
                                 &comparison->enumerated.ways[order[j].network], order[j].group),
                             .instance = order[j].network,
                             .group = order[j].group,
                             .after = -1 };
    HAX_TRY(hax_schedule_evaluate(problem, "published", count, jobs, &schedule, err));
    *ms = schedule->value;
    hax_schedule_destroy(schedule);
    return HAX_OK;
}

static hax_status optimum(const hax_published *data, int max_transitions, double *ms,
                          hax_error *err)
{
    const hax_problem *problem;
    const hax_schedule *schedule = NULL;
    HAX_TRY(hax_published_problem(data, max_transitions, &problem, err));
    hax_status status = hax_solve(problem, NULL, &schedule, err);
    if (status == HAX_OK)
        *ms = schedule->value;
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
    return status;
}

static hax_status fill_rows(hax_published_comparison *comparison, hax_error *err)
{
    const hax_problem *problem;
    const hax_schedule *serial = NULL;
    HAX_TRY(hax_published_problem(&comparison->data, -1, &problem, err));
    hax_status status =
        evaluate_plan(comparison, problem, &comparison->rows_ms[HAX_PUBLISHED_PLAN], err);
    if (status == HAX_OK)
        status = hax_baseline_serial(problem, NULL, &serial, err);
    if (status == HAX_OK)
        comparison->rows_ms[HAX_PUBLISHED_SERIAL] = serial->value;
    hax_schedule_destroy(serial);
    hax_problem_destroy(problem);
    HAX_TRY(status);
    HAX_TRY(optimum(&comparison->data, 1, &comparison->rows_ms[HAX_PUBLISHED_ONE_CHANGE], err));
    return optimum(&comparison->data, -1, &comparison->rows_ms[HAX_PUBLISHED_OPTIMUM], err);
}

hax_status hax_published_compare(hax_published_comparison *comparison, hax_error *err)
{
    hax_error why = { 0 };
    hax_published_enumerate(&comparison->data, &comparison->enumerated, comparison->optima);
    comparison->z3_failed[0] = '\0';
    if (hax_published_z3(&comparison->data, &comparison->by_z3, &why) != HAX_OK)
        snprintf(comparison->z3_failed, sizeof comparison->z3_failed, "%.120s", why.message);
    else if (fabs(comparison->by_z3.objective_ms - comparison->enumerated.objective_ms) > 1e-6)
        return hax_fail(err, HAX_MISMATCH, "Z3 says %.9g ms, the enumeration %.9g",
                        comparison->by_z3.objective_ms, comparison->enumerated.objective_ms);
    return fill_rows(comparison, err);
}

static json_t *ways_json(const hax_published *data, const hax_published_way *ways)
{
    json_t *object = json_object();
    for (int n = 0; object && n < 2; n++) {
        json_t *way = json_pack("{s:s}", "starts_on", data->units[ways[n].unit]);
        if (way && ways[n].change > 0)
            hax_json_set(&way, "transition_after_layer",
                         json_integer(data->networks[n].layer[ways[n].change]));
        hax_json_set(&object, data->networks[n].name, way);
    }
    return object;
}

hax_status hax_published_text(const hax_published_comparison *comparison, char **json,
                              hax_error *err)
{
    json_t *optima = json_array(), *rows = json_object();
    for (int o = 0; optima && o < comparison->enumerated.optima && o < HAX_PUBLISHED_OPTIMA; o++)
        hax_json_append(&optima, ways_json(&comparison->data, comparison->optima[o]));
    for (int r = 0; rows && r < HAX_PUBLISHED_ROWS; r++)
        hax_json_set(&rows, hax_published_row_name((hax_published_row) r),
                     json_real(comparison->rows_ms[r]));
    json_t *tree = json_pack(
        "{s:s, s:i, s:s, s:f, s:i, s:o, s:f, s:o, s:o}", "schema", "haxconn/published-comparison",
        "version", 1, "tool", "haxconn " HAX_VERSION, "objective_ms",
        comparison->enumerated.objective_ms, "optima", comparison->enumerated.optima, "schedules",
        optima, "enumeration_seconds", comparison->enumerated.seconds, "z3_seconds",
        comparison->z3_failed[0] ? json_null() : json_real(comparison->by_z3.seconds),
        "evaluated_ms", rows);
    if (!tree)
        return hax_fail_memory(err, "a document");
    hax_status status = hax_json_text(tree, json, err);
    json_decref(tree);
    return status;
}
