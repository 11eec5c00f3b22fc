/* Rounds of jobs: those of a result's rows, predicted and measured, or that of a schedule. */
#include "round.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

static const double ms_max = 1e12;

/* Where costs and names are looked up: what a document says of its problem, which may be missing.
 */
static json_t *find_problem(int count, json_t *const *documents)
{
    for (int d = 0; d < count; d++)
        if (strcmp(json_string_value(json_object_get(documents[d], "schema")), "haxconn/problem") ==
            0)
            return documents[d];
    return NULL;
}

static json_t *named(json_t *list, const char *name)
{
    size_t index;
    json_t *item;
    json_array_foreach(list, index, item)
    {
        const char *other = json_string_value(json_object_get(item, "name"));
        if (other && strcmp(other, name) == 0)
            return item;
    }
    return NULL;
}

static double number_or_nan(const json_t *value)
{
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* Names and demands are extras: where a problem does not have them, they are left out. */
static void look_up(json_t *problem, const hax_trace_round *round, hax_trace_job *job)
{
    json_t *instance = named(json_object_get(problem, "instances"), job->instance);
    json_t *group = json_array_get(json_object_get(instance, "groups"), (size_t) job->group);
    json_t *cost = json_object_get(json_object_get(group, "on"), round->units[job->unit]);
    job->layers = json_string_value(json_object_get(group, "name"));
    const bool runs = strcmp(job->part, "run") == 0;
    const char *demand = runs ? "gbps" : strcmp(job->part, "out") == 0 ? "out_gbps" : "in_gbps";
    job->alone_ms = runs ? number_or_nan(json_object_get(cost, "time_ms")) : NAN;
    job->gbps = number_or_nan(json_object_get(cost, demand));
}

/* The round's unit of that name, which joins it if it is new; -1: no memory. */
static int unit_of(hax_trace_round *round, const char *name, hax_arena *arena)
{
    for (int u = 0; u < round->unit_count; u++)
        if (strcmp(round->units[u], name) == 0)
            return u;
    const char **grown = hax_arena_alloc(arena, (size_t) round->unit_count + 1, sizeof *grown);
    if (!grown)
        return -1;
    for (int u = 0; u < round->unit_count; u++)
        grown[u] = round->units[u];
    grown[round->unit_count] = name;
    round->units = grown;
    return round->unit_count++;
}

static int by_unit_and_start(const void *a, const void *b)
{
    const hax_trace_job *one = a, *other = b;
    if (one->unit != other->unit)
        return one->unit < other->unit ? -1 : 1;
    if (one->start_ms != other->start_ms)
        return one->start_ms < other->start_ms ? -1 : 1;
    return one->end_ms < other->end_ms ? -1 : one->end_ms > other->end_ms;
}

/* Medians of starts and of lengths come from different rounds: a job's end may lie behind the next
 * one's start, which on a unit cannot be, and trace viewers would nest the two. */
static void close_round(hax_trace_round *round)
{
    qsort(round->jobs, (size_t) round->job_count, sizeof *round->jobs, by_unit_and_start);
    for (int j = 0; j + 1 < round->job_count; j++) {
        hax_trace_job *job = &round->jobs[j];
        if (job->unit == job[1].unit)
            job->end_ms = fmin(job->end_ms, job[1].start_ms);
    }
}

static hax_status read_name(const hax_json *json, hax_trace_job *job, hax_error *err)
{
    hax_json group;
    HAX_TRY(hax_json_member_string(json, "instance", &job->instance, err));
    HAX_TRY(hax_json_member_string(json, "part", &job->part, err));
    HAX_TRY(hax_json_member(json, "group", &group, err));
    return hax_json_int(&group, 0, 1 << 30, &job->group, err);
}

static hax_status add_job(hax_trace_round *round, json_t *problem, const hax_json *json,
                          const char *unit, double start_ms, double end_ms, hax_arena *arena,
                          hax_error *err)
{
    hax_trace_job *job = &round->jobs[round->job_count];
    HAX_TRY(read_name(json, job, err));
    job->unit = unit_of(round, unit, arena);
    if (job->unit < 0)
        return hax_fail_memory(err, "a trace");
    job->start_ms = start_ms;
    job->end_ms = end_ms;
    job->first_group = job->group;
    look_up(problem, round, job);
    round->job_count++;
    return HAX_OK;
}

/* A device may take no times between groups: then the last one's is that of all. */
static hax_status join_groups(hax_trace_job *job, const hax_json *json, hax_error *err)
{
    hax_json first;
    if (!hax_json_optional(json, "first_group", &first))
        return HAX_OK;
    HAX_TRY(hax_json_int(&first, 0, job->group, &job->first_group, err));
    if (job->first_group < job->group) {
        job->layers = NULL;
        job->alone_ms = job->gbps = NAN;
    }
    return HAX_OK;
}

/* A round with room for so many jobs, the last of the list. */
static hax_status open_round(hax_trace_rounds *rounds, const char *deployment, const char *kind,
                             double round_ms, size_t jobs, hax_arena *arena, hax_error *err)
{
    hax_trace_round *round = &rounds->items[rounds->count];
    *round = (hax_trace_round){ .deployment = deployment, .kind = kind, .round_ms = round_ms };
    round->jobs = hax_arena_alloc(arena, jobs + 1, sizeof *round->jobs);
    if (!round->jobs)
        return hax_fail_memory(err, "a trace");
    rounds->count++;
    return HAX_OK;
}

/* ---- of a result ----------------------------------------------------------------------------- */

/* Start and length of a job by "predicted" or "median"; false: it is not told. */
static hax_status read_span(const hax_json *json, const char *which, bool *told, double *start_ms,
                            double *end_ms, hax_error *err)
{
    hax_json start, took;
    double took_ms;
    HAX_TRY(hax_json_member(json, "start_ms", &start, err));
    HAX_TRY(hax_json_member(json, "ms", &took, err));
    hax_json value;
    *told = hax_json_optional(&start, which, &value) && hax_json_optional(&took, which, &value);
    if (!*told)
        return HAX_OK;
    HAX_TRY(hax_json_member_number(&start, which, 0, ms_max, start_ms, err));
    HAX_TRY(hax_json_member_number(&took, which, 0, ms_max, &took_ms, err));
    *end_ms = *start_ms + took_ms;
    return HAX_OK;
}

static hax_status read_row_round(const hax_json *row, json_t *problem, const char *which,
                                 const char *kind, double round_ms, hax_arena *arena,
                                 hax_trace_rounds *rounds, hax_error *err)
{
    hax_json jobs;
    const char *name;
    size_t count;
    const bool predicted = strcmp(which, "predicted") == 0;
    HAX_TRY(hax_json_member_string(row, "name", &name, err));
    if (!hax_json_optional(row, "jobs", &jobs))
        return HAX_OK;
    HAX_TRY(hax_json_expect_array(&jobs, &count, err));
    HAX_TRY(open_round(rounds, name, kind, round_ms, count, arena, err));
    hax_trace_round *round = &rounds->items[rounds->count - 1];
    for (size_t j = 0; j < count; j++) {
        const hax_json job = hax_json_item(&jobs, j);
        const char *unit;
        double start_ms = 0, end_ms = 0;
        bool told;
        HAX_TRY(read_span(&job, which, &told, &start_ms, &end_ms, err));
        HAX_TRY(hax_json_member_string(&job, "unit", &unit, err));
        if (!told || (!predicted && json_is_null(json_object_get(job.value, "first_group"))))
            continue; /* not told, or its time is in that of a later group */
        HAX_TRY(add_job(round, problem, &job, unit, start_ms, end_ms, arena, err));
        if (!predicted)
            HAX_TRY(join_groups(&round->jobs[round->job_count - 1], &job, err));
    }
    close_round(round);
    if (round->job_count == 0) /* of a row that nothing predicts */
        rounds->count--;
    return HAX_OK;
}

static hax_status read_row(const hax_json *root, const hax_json *row, hax_arena *arena,
                           hax_trace_rounds *rounds, hax_error *err)
{
    hax_json measured, platform;
    double predicted_ms, median_ms;
    HAX_TRY(hax_json_member(root, "platform", &platform, err));
    HAX_TRY(hax_json_member(row, "measured_ms", &measured, err));
    HAX_TRY(hax_json_number_or(row, "predicted_ms", 0, ms_max, 0, &predicted_ms, err));
    HAX_TRY(hax_json_number_or(&measured, "median", 0, ms_max, 0, &median_ms, err));
    const bool reference = json_is_true(json_object_get(row->value, "reference"));
    const bool simulated = json_is_true(json_object_get(platform.value, "simulated"));
    json_t *problem = json_object_get(root->value, reference ? "reference_problem" : "problem");
    HAX_TRY(
        read_row_round(row, problem, "predicted", "predicted", predicted_ms, arena, rounds, err));
    return read_row_round(row, problem, "median", simulated ? "simulated" : "measured", median_ms,
                          arena, rounds, err);
}

static hax_status read_result(const hax_json *root, hax_arena *arena, hax_trace_rounds *rounds,
                              hax_error *err)
{
    hax_json rows;
    size_t count;
    HAX_TRY(hax_json_member(root, "rows", &rows, err));
    HAX_TRY(hax_json_expect_array(&rows, &count, err));
    rounds->items = hax_arena_alloc(arena, 2 * count + 1, sizeof *rounds->items);
    if (!rounds->items)
        return hax_fail_memory(err, "a trace");
    for (size_t r = 0; r < count; r++) {
        const hax_json row = hax_json_item(&rows, r);
        HAX_TRY(read_row(root, &row, arena, rounds, err));
    }
    return HAX_OK;
}

/* ---- of a schedule --------------------------------------------------------------------------- */

static size_t count_placed(json_t *order)
{
    size_t count = 0;
    const char *unit;
    json_t *jobs;
    json_object_foreach(order, unit, jobs) count += json_array_size(jobs);
    return count;
}

static hax_status read_unit(const hax_json *jobs, const char *unit, json_t *problem,
                            hax_arena *arena, hax_trace_round *round, hax_error *err)
{
    size_t count;
    HAX_TRY(hax_json_expect_array(jobs, &count, err));
    for (size_t j = 0; j < count; j++) {
        const hax_json job = hax_json_item(jobs, j);
        double start_ms, end_ms;
        HAX_TRY(hax_json_member_number(&job, "start_ms", 0, ms_max, &start_ms, err));
        HAX_TRY(hax_json_member_number(&job, "end_ms", start_ms, ms_max, &end_ms, err));
        HAX_TRY(add_job(round, problem, &job, unit, start_ms, end_ms, arena, err));
        round->round_ms = fmax(round->round_ms, end_ms);
    }
    return HAX_OK;
}

static hax_status read_schedule(const hax_json *root, json_t *problem, hax_arena *arena,
                                hax_trace_rounds *rounds, hax_error *err)
{
    hax_json order;
    const char *name, *unit;
    json_t *jobs;
    HAX_TRY(hax_json_string_or(root, "name", "schedule", &name, err));
    HAX_TRY(hax_json_member(root, "order", &order, err));
    HAX_TRY(hax_json_expect_object(&order, err));
    rounds->items = hax_arena_alloc(arena, 1, sizeof *rounds->items);
    if (!rounds->items)
        return hax_fail_memory(err, "a trace");
    HAX_TRY(open_round(rounds, name, "predicted", 0, count_placed(order.value), arena, err));
    json_object_foreach(order.value, unit, jobs)
    {
        hax_json on;
        HAX_TRY(hax_json_member(&order, unit, &on, err));
        HAX_TRY(read_unit(&on, unit, problem, arena, &rounds->items[0], err));
    }
    close_round(&rounds->items[0]);
    return HAX_OK;
}

/* ---------------------------------------------------------------------------------------------- */

hax_status hax_trace_rounds_read(int count, json_t *const *documents, hax_arena *arena,
                                 hax_trace_rounds *rounds, hax_error *err)
{
    *rounds = (hax_trace_rounds){ 0 };
    for (int d = 0; d < count; d++) {
        const char *schema = json_string_value(json_object_get(documents[d], "schema"));
        const hax_json root = hax_json_root(documents[d], schema);
        if (strcmp(schema, "haxconn/result") == 0)
            return read_result(&root, arena, rounds, err);
        if (strcmp(schema, "haxconn/schedule") == 0)
            return read_schedule(&root, find_problem(count, documents), arena, rounds, err);
    }
    return hax_fail(err, HAX_BAD_INPUT,
                    "a trace is of a haxconn/result or a haxconn/schedule document: none is there");
}
