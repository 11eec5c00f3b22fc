/* The "haxconn/schedule" document. */
#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"
#include "haxconn/version.h"
#include "json.h"
#include "json_write.h"

/* ---- writing -------------------------------------------------------------------------------- */

/* A job's name: instance, group, part. */
static void write_job(hax_json_writer *writer, const hax_problem *problem, const char *key,
                      const hax_job *job)
{
    hax_json_open_line(writer, key, '[');
    hax_json_write_string(writer, NULL, problem->instances[job->instance].name);
    hax_json_write_int(writer, NULL, job->group);
    hax_json_write_string(writer, NULL, hax_part_name(job->part));
    hax_json_close(writer);
}

static void write_placed_job(hax_json_writer *writer, const hax_problem *problem,
                             const hax_schedule *schedule, const hax_job *job)
{
    hax_json_open_line(writer, NULL, '{');
    hax_json_write_string(writer, "instance", problem->instances[job->instance].name);
    hax_json_write_int(writer, "group", job->group);
    hax_json_write_string(writer, "part", hax_part_name(job->part));
    hax_json_write_real(writer, "start_ms", job->start_ms);
    hax_json_write_real(writer, "end_ms", job->end_ms);
    hax_json_write_real(writer, "slowdown", job->slowdown);
    if (job->after >= 0)
        write_job(writer, problem, "after", &schedule->jobs[job->after]);
    else
        hax_json_write_null(writer, "after");
    hax_json_write_real(writer, "delay_ms", job->delay_ms);
    hax_json_close(writer);
}

static void write_order(hax_json_writer *writer, const hax_problem *problem,
                        const hax_schedule *schedule)
{
    hax_json_open(writer, "order", '{');
    for (int u = 0; u < problem->unit_count; u++) {
        hax_json_open(writer, problem->units[u].name, '[');
        for (int j = 0; j < schedule->job_count; j++)
            if (schedule->jobs[j].unit == u)
                write_placed_job(writer, problem, schedule, &schedule->jobs[j]);
        hax_json_close(writer);
    }
    hax_json_close(writer);
}

static void write_assignment(hax_json_writer *writer, const hax_problem *problem,
                             const hax_schedule *schedule)
{
    hax_json_open(writer, "assignment", '{');
    for (int i = 0; i < problem->instance_count; i++) {
        hax_json_open_line(writer, problem->instances[i].name, '[');
        for (int g = 0; g < problem->instances[i].group_count; g++)
            hax_json_write_string(writer, NULL, problem->units[schedule->assignment[i][g]].name);
        hax_json_close(writer);
    }
    hax_json_close(writer);
}

/* A piece of a baseline: consecutive groups of an instance on a unit, in one go. */
typedef struct piece {
    const hax_job *first; /* its wait is that of the piece */
    int last_group;
} piece;

static void write_piece(hax_json_writer *writer, const hax_problem *problem,
                        const hax_schedule *schedule, const piece *span)
{
    const hax_job *job = span->first;
    hax_json_open_line(writer, NULL, '{');
    hax_json_write_string(writer, "unit", problem->units[job->unit].name);
    hax_json_write_string(writer, "instance", problem->instances[job->instance].name);
    hax_json_write_int(writer, "first_group", job->group);
    hax_json_write_int(writer, "last_group", span->last_group);
    if (job->after >= 0)
        write_job(writer, problem, "after", &schedule->jobs[job->after]);
    if (job->delay_ms > 0)
        hax_json_write_real(writer, "delay_ms", job->delay_ms);
    hax_json_close(writer);
}

/* Does a job go on with the piece that was last on all that its unit holds? */
static bool goes_on(const hax_problem *problem, const piece *pieces, const int *last_on,
                    const hax_job *job)
{
    uint32_t resources = problem->units[job->unit].resources;
    int last = -1;
    for (int r = 0; r < problem->resource_count; r++) {
        if (!(resources >> r & 1))
            continue;
        if (last_on[r] < 0 || (last >= 0 && last_on[r] != last))
            return false;
        last = last_on[r];
    }
    const piece *before = &pieces[last];
    bool same = before->first->unit == job->unit && before->first->instance == job->instance;
    bool behind = job->group == before->last_group ||
                  (job->group == before->last_group + 1 && job->part == HAX_PART_RUN);
    return same && behind && job->after < 0 && job->delay_ms == 0;
}

/* How a baseline runs, as short as it can be said: units that share a resource take their pieces in
 * this order, and what moves tensors follows from the units. */
static void write_pieces(hax_json_writer *writer, const hax_problem *problem,
                         const hax_schedule *schedule)
{
    piece *pieces = calloc((size_t) schedule->job_count + 1, sizeof *pieces);
    int last_on[HAX_MAX_RESOURCES], count = 0;
    memset(last_on, -1, sizeof last_on);
    for (int j = 0; pieces && j < schedule->job_count; j++) {
        const hax_job *job = &schedule->jobs[j];
        int first_resource = 0;
        while (!(problem->units[job->unit].resources >> first_resource & 1))
            first_resource++;
        int last = goes_on(problem, pieces, last_on, job) ? last_on[first_resource] : count;
        if (last == count)
            pieces[count++].first = job;
        pieces[last].last_group = job->group;
        for (int r = 0; r < problem->resource_count; r++)
            if (problem->units[job->unit].resources >> r & 1)
                last_on[r] = last;
    }
    hax_json_open(writer, "pieces", '[');
    for (int p = 0; p < count; p++)
        write_piece(writer, problem, schedule, &pieces[p]);
    hax_json_close(writer);
    writer->text->failed = writer->text->failed || !pieces;
    free(pieces);
}

/* Baselines, and what a limit did to them, if it did. */
static void write_baselines(hax_json_writer *writer, const hax_problem *problem,
                            const hax_schedule *const *baselines, int count, unsigned unfinished)
{
    int known_count;
    const hax_baseline *known = hax_baselines(&known_count);
    hax_json_open(writer, "baselines", '[');
    for (int b = 0; b < count; b++) {
        hax_json_open(writer, NULL, '{');
        hax_json_write_string(writer, "name", baselines[b]->name);
        hax_json_write_real(writer, "value", baselines[b]->value);
        if (baselines[b]->cut_short)
            hax_json_write_bool(writer, "cut_short", true);
        write_pieces(writer, problem, baselines[b]);
        hax_json_close(writer);
    }
    for (int b = 0; b < known_count; b++) {
        if (!(unfinished >> b & 1))
            continue;
        hax_json_open(writer, NULL, '{');
        hax_json_write_string(writer, "name", known[b].name);
        hax_json_write_real(writer, "value", NAN);
        hax_json_write_bool(writer, "unfinished", true);
        hax_json_close(writer);
    }
    hax_json_close(writer);
}

static void write_lost(hax_json_writer *writer, const hax_schedule *schedule)
{
    hax_json_open_line(writer, "lost_ms", '{');
    hax_json_write_real(writer, "contention", schedule->lost.contention_ms);
    hax_json_write_real(writer, "transitions", schedule->lost.transitions_ms);
    hax_json_write_real(writer, "idle", schedule->lost.idle_ms);
    hax_json_close(writer);
}

/* A list is for people: of more than these it has the most expensive, and what the others come to.
 */
enum { OVERLAPS_MOST = 1000 };

static hax_status write_overlaps(hax_json_writer *writer, const hax_problem *problem,
                                 const hax_schedule *schedule, hax_error *err)
{
    hax_overlaps overlaps;
    HAX_TRY(hax_schedule_overlaps(problem, schedule, OVERLAPS_MOST, &overlaps, err));
    if (overlaps.count > 0)
        hax_json_open(writer, "overlaps", '[');
    for (int o = 0; o < overlaps.count; o++) {
        const hax_overlap *overlap = &overlaps.most_expensive[o];
        hax_json_open_line(writer, NULL, '{');
        write_job(writer, problem, "job", &schedule->jobs[overlap->job]);
        write_job(writer, problem, "beside", &schedule->jobs[overlap->other]);
        hax_json_write_real(writer, "together_ms", overlap->together_ms);
        hax_json_write_real(writer, "lost_ms", overlap->lost_ms);
        hax_json_close(writer);
    }
    if (overlaps.count > 0)
        hax_json_close(writer);
    if (overlaps.left_out > 0) {
        hax_json_open_line(writer, "overlaps_left_out", '{');
        hax_json_write_int(writer, "count", overlaps.left_out);
        hax_json_write_real(writer, "lost_ms", overlaps.left_out_ms);
        hax_json_close(writer);
    }
    free(overlaps.most_expensive);
    return HAX_OK;
}

static void write_head(hax_json_writer *writer, const hax_problem *problem,
                       const hax_schedule *schedule)
{
    hax_json_write_string(writer, "schema", "haxconn/schedule");
    hax_json_write_int(writer, "version", 1);
    hax_json_write_string(writer, "tool", "haxconn " HAX_VERSION);
    hax_json_write_string(writer, "name", schedule->name);
    hax_json_write_string(writer, "objective", hax_objective_name(problem->objective));
    hax_json_write_real(writer, "value", schedule->value);
    hax_json_write_real(writer, "bound", schedule->bound);
    hax_json_write_real(writer, "gap", schedule->gap);
    hax_json_write_string(writer, "proven", hax_proof_name(schedule->proof));
}

/* Written as it goes: at the limits on sizes a document has some tens of megabytes, and a signal
 * waits for it. */
hax_status hax_schedule_text(const hax_problem *problem, const hax_schedule *schedule,
                             int baseline_count, const hax_schedule *const *baselines,
                             unsigned unfinished, const char *verdict, char **json, hax_error *err)
{
    hax_text text = { 0 };
    hax_json_writer writer = { .text = &text };
    hax_json_open(&writer, NULL, '{');
    write_head(&writer, problem, schedule);
    write_assignment(&writer, problem, schedule);
    write_order(&writer, problem, schedule);
    write_lost(&writer, schedule);
    write_baselines(&writer, problem, baselines, baseline_count, unfinished);
    if (verdict)
        hax_json_write_string(&writer, "verdict", verdict);
    else
        hax_json_write_null(&writer, "verdict");
    hax_json_open_line(&writer, "search", '{');
    hax_json_write_int(&writer, "nodes", (long long) schedule->nodes);
    hax_json_write_real(&writer, "seconds", schedule->seconds);
    hax_json_close(&writer);
    hax_status status = write_overlaps(&writer, problem, schedule, err);
    hax_json_close(&writer);
    hax_text_append(&text, "\n");
    if (status == HAX_OK)
        return hax_text_give(&text, json, "a schedule document", err);
    hax_text_free(&text);
    return status;
}

/* ---- reading -------------------------------------------------------------------------------- */

typedef struct reader {
    const hax_problem *problem;
    hax_error *err;
    hax_job *jobs;
    int count;
    int *offset; /* [instance]: its first group among those of all */
    int *index;  /* [3 * group among all + part]: the last job of that name, -1 */
} reader;

static int *job_by_name(const reader *reader, const hax_job *named)
{
    return &reader->index[3 * (reader->offset[named->instance] + named->group) + (int) named->part];
}

static int instance_by_name(const hax_problem *problem, const char *name)
{
    for (int i = 0; i < problem->instance_count; i++)
        if (strcmp(problem->instances[i].name, name) == 0)
            return i;
    return -1;
}

static int unit_by_name(const hax_problem *problem, const char *name)
{
    for (int u = 0; u < problem->unit_count; u++)
        if (strcmp(problem->units[u].name, name) == 0)
            return u;
    return -1;
}

/* Instance, group and part from three values. */
static hax_status read_name(const reader *reader, const hax_json *instance, const hax_json *group,
                            const hax_json *part, hax_job *job)
{
    const char *name, *text;
    HAX_TRY(hax_json_string(instance, &name, reader->err));
    job->instance = instance_by_name(reader->problem, name);
    if (job->instance < 0)
        return hax_json_fail(instance, reader->err, "unknown instance '%.50s'", name);
    int last = reader->problem->instances[job->instance].group_count - 1;
    HAX_TRY(hax_json_int(group, 0, last, &job->group, reader->err));
    HAX_TRY(hax_json_string(part, &text, reader->err));
    for (int p = HAX_PART_RUN; p <= HAX_PART_IN; p++) {
        if (strcmp(text, hax_part_name((hax_part) p)) == 0) {
            job->part = (hax_part) p;
            return HAX_OK;
        }
    }
    return hax_json_fail(part, reader->err, "'%.50s' is none of run, out, in", text);
}

static hax_status read_job(reader *reader, const hax_json *object, int unit)
{
    static const char *const keys[] = { "instance", "group", "part",     "start_ms", "end_ms",
                                        "slowdown", "after", "delay_ms", NULL };
    hax_json instance, group, part;
    hax_job *job = &reader->jobs[reader->count++];
    *job = (hax_job){ .unit = unit, .after = -1 };
    HAX_TRY(hax_json_only(object, keys, reader->err));
    HAX_TRY(hax_json_member(object, "instance", &instance, reader->err));
    HAX_TRY(hax_json_member(object, "group", &group, reader->err));
    HAX_TRY(hax_json_member(object, "part", &part, reader->err));
    HAX_TRY(read_name(reader, &instance, &group, &part, job));
    HAX_TRY(hax_json_number_or(object, "start_ms", 0, 1e12, 0, &job->start_ms, reader->err));
    HAX_TRY(hax_json_number_or(object, "end_ms", 0, 1e12, 0, &job->end_ms, reader->err));
    HAX_TRY(hax_json_number_or(object, "slowdown", 1e-6, 1e6, 1, &job->slowdown, reader->err));
    return hax_json_number_or(object, "delay_ms", 0, 1e12, 0, &job->delay_ms, reader->err);
}

static hax_status read_after(reader *reader, const hax_json *object, hax_job *job)
{
    hax_json after;
    size_t length;
    hax_job named;
    if (!hax_json_optional(object, "after", &after))
        return HAX_OK;
    HAX_TRY(hax_json_expect_array(&after, &length, reader->err));
    if (length != 3)
        return hax_json_fail(&after, reader->err, "must be [instance, group, part]");
    hax_json items[3] = { hax_json_item(&after, 0), hax_json_item(&after, 1),
                          hax_json_item(&after, 2) };
    HAX_TRY(read_name(reader, &items[0], &items[1], &items[2], &named));
    job->after = *job_by_name(reader, &named);
    if (job->after < 0)
        return hax_json_fail(&after, reader->err, "the schedule has no such job");
    return HAX_OK;
}

/* Reads every job of every unit: its names, or else whom it comes after; job numbers follow the
 * document. */
static hax_status for_jobs(reader *reader, const hax_json *order, bool names_only)
{
    const char *name;
    json_t *value;
    int number_of_job = 0;
    json_object_foreach(order->value, name, value)
    {
        hax_json list = { .value = value, .parent = order, .key = name, .file = order->file };
        size_t count;
        int unit = unit_by_name(reader->problem, name);
        if (unit < 0)
            return hax_json_fail(&list, reader->err, "unknown unit");
        HAX_TRY(hax_json_expect_array(&list, &count, reader->err));
        for (size_t j = 0; j < count; j++) {
            hax_json item = hax_json_item(&list, j);
            if (names_only)
                HAX_TRY(read_job(reader, &item, unit));
            else
                HAX_TRY(read_after(reader, &item, &reader->jobs[number_of_job++]));
        }
    }
    return HAX_OK;
}

static size_t count_jobs(const hax_json *order)
{
    const char *name;
    json_t *value;
    size_t count = 0;
    json_object_foreach(order->value, name, value) count += json_array_size(value);
    return count;
}

/* Every group once; of double parts the last one counts. */
static hax_status check_complete(const reader *reader, const hax_json *order)
{
    for (int j = 0; j < reader->count; j++) {
        int *place = job_by_name(reader, &reader->jobs[j]);
        if (*place >= 0 && reader->jobs[j].part == HAX_PART_RUN)
            return hax_json_fail(order, reader->err, "group %d of '%.50s' stands more than once",
                                 reader->jobs[j].group,
                                 reader->problem->instances[reader->jobs[j].instance].name);
        *place = j;
    }
    for (int i = 0; i < reader->problem->instance_count; i++)
        for (int g = 0; g < reader->problem->instances[i].group_count; g++)
            if (*job_by_name(reader, &(hax_job){ .instance = i, .group = g }) < 0)
                return hax_json_fail(order, reader->err, "group %d of '%.50s' stands nowhere", g,
                                     reader->problem->instances[i].name);
    return HAX_OK;
}

static hax_status open_index(reader *reader)
{
    int groups = 0;
    reader->offset = calloc((size_t) reader->problem->instance_count, sizeof *reader->offset);
    if (!reader->offset)
        return hax_fail_memory(reader->err, "a schedule");
    for (int i = 0; i < reader->problem->instance_count; i++) {
        reader->offset[i] = groups;
        groups += reader->problem->instances[i].group_count;
    }
    reader->index = malloc(3 * (size_t) groups * sizeof *reader->index);
    if (!reader->index)
        return hax_fail_memory(reader->err, "a schedule");
    memset(reader->index, -1, 3 * (size_t) groups * sizeof *reader->index);
    return HAX_OK;
}

static hax_status read_proof(const hax_json *root, hax_schedule *schedule, hax_error *err)
{
    const char *text;
    HAX_TRY(hax_json_string_or(root, "proven", "no", &text, err));
    for (int p = HAX_PROOF_NO; p <= HAX_PROOF_ALL; p++)
        if (strcmp(text, hax_proof_name((hax_proof) p)) == 0)
            schedule->proof = (hax_proof) p;
    return HAX_OK;
}

static hax_status read_figures(const hax_json *root, hax_schedule *schedule, hax_error *err)
{
    const char *name;
    HAX_TRY(hax_json_string_or(root, "name", "haxconn", &name, err));
    hax_schedule_rename(schedule, name);
    HAX_TRY(hax_json_number_or(root, "value", -1e12, 1e12, schedule->value, &schedule->value, err));
    HAX_TRY(hax_json_number_or(root, "bound", -1e12, 1e12, schedule->bound, &schedule->bound, err));
    HAX_TRY(hax_json_number_or(root, "gap", 0, 1e12, schedule->gap, &schedule->gap, err));
    return read_proof(root, schedule, err);
}

static hax_status read_schedule(reader *reader, const hax_json *root, const hax_schedule **schedule)
{
    hax_json order;
    const hax_schedule *result = NULL;
    HAX_TRY(hax_json_expect_object(root, reader->err));
    HAX_TRY(hax_json_schema(root, "haxconn/schedule", 1, reader->err));
    HAX_TRY(hax_json_member(root, "order", &order, reader->err));
    HAX_TRY(hax_json_expect_object(&order, reader->err));
    reader->jobs = calloc(count_jobs(&order) + 1, sizeof *reader->jobs);
    if (!reader->jobs)
        return hax_fail_memory(reader->err, "a schedule");
    HAX_TRY(open_index(reader));
    HAX_TRY(for_jobs(reader, &order, true));
    HAX_TRY(check_complete(reader, &order));
    HAX_TRY(for_jobs(reader, &order, false));
    HAX_TRY(hax_schedule_make(reader->problem, "haxconn", reader->count, reader->jobs, &result,
                              reader->err));
    hax_status status = read_figures(root, hax_schedule_edit(result), reader->err);
    if (status == HAX_OK)
        *schedule = result;
    else
        hax_schedule_destroy(result);
    return status;
}

hax_status hax_schedule_parse(const hax_problem *problem, const char *json, size_t length,
                              const char *file, const hax_schedule **schedule, hax_error *err)
{
    assert(problem && json && file && schedule);
    json_t *tree;
    reader context = { .problem = problem, .err = err };
    HAX_TRY(hax_json_parse(json, length, file, &tree, err));
    hax_json root = hax_json_root(tree, file);
    hax_status status = read_schedule(&context, &root, schedule);
    free(context.jobs);
    free(context.offset);
    free(context.index);
    json_decref(tree);
    return status;
}
