/*
 * A schedule document as the claims that it makes. Orders stay as they stand: the reader of
 * schedules to be run (schedule_json.c) sorts jobs by start and leaves out what it does not need,
 * which is just what is to be checked here. Nothing is optional that every document has, and
 * nothing may stand there that is not known.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "json.h"
#include "verify.h"

/* What a document holds of numbers. */
#define LARGEST 1e300

enum { BASELINES_MAX = 64 };

typedef struct named {
    const char *name;
    int instance;
} named;

/* A job by its names: the wait of a job is read before all jobs are known. */
typedef struct target {
    bool given;
    hax_job job;
} target;

typedef struct reader {
    hax_verifier *of;
    const hax_problem *problem;
    hax_error *err;
    hax_arena *arena;
    named *names;    /* instances by name */
    int *index;      /* [3 * group of all + part]: the job last read, -1 */
    int *offset;     /* [instance] */
    target *targets; /* [job] */
} reader;

static hax_status no_memory(const reader *input)
{
    return hax_fail_memory(input->err, "a schedule's check");
}

/* ---- names ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const named *) a)->name, ((const named *) b)->name);
}

static hax_status sort_names(reader *input)
{
    int count = input->problem->instance_count, groups = hax_verify_group_count(input->problem);
    input->names = hax_arena_alloc(input->arena, (size_t) count, sizeof *input->names);
    input->offset = hax_arena_alloc(input->arena, (size_t) count, sizeof *input->offset);
    input->index = hax_arena_alloc(input->arena, 3 * (size_t) groups, sizeof *input->index);
    if (!input->names || !input->offset || !input->index)
        return no_memory(input);
    for (int i = 0, before = 0; i < count; before += input->problem->instances[i++].group_count) {
        input->names[i] = (named){ input->problem->instances[i].name, i };
        input->offset[i] = before;
    }
    qsort(input->names, (size_t) count, sizeof *input->names, by_name);
    return HAX_OK;
}

static int find_instance(const reader *input, const char *name)
{
    const named wanted = { name, 0 };
    const named *found = bsearch(&wanted, input->names, (size_t) input->problem->instance_count,
                                 sizeof *input->names, by_name);
    return found ? found->instance : -1;
}

/* Says which kind of refusal a message of the JSON reader is. */
static hax_status mark(const reader *input, hax_refusal kind, hax_status status)
{
    input->of->refusal = kind;
    return status;
}

static hax_status read_unit(const reader *input, const hax_json *value, const char *name, int *unit)
{
    for (int u = 0; u < input->problem->unit_count; u++)
        if (strcmp(input->problem->units[u].name, name) == 0) {
            *unit = u;
            return HAX_OK;
        }
    return mark(input, HAX_REFUSAL_UNIT_UNKNOWN,
                hax_json_fail(value, input->err, "the problem has no unit '%.50s'", name));
}

static hax_status read_instance(const reader *input, const hax_json *value, const char *name,
                                int *instance)
{
    *instance = find_instance(input, name);
    return *instance >= 0 ? HAX_OK
                          : mark(input, HAX_REFUSAL_INSTANCE_UNKNOWN,
                                 hax_json_fail(value, input->err,
                                               "the problem has no instance '%.50s'", name));
}

/* One of some words. */
static hax_status read_word(const reader *input, const hax_json *value, int count,
                            const char *const *words, hax_refusal kind, int *found)
{
    const char *text;
    HAX_TRY(hax_json_string(value, &text, input->err));
    for (*found = 0; *found < count; ++*found)
        if (strcmp(text, words[*found]) == 0)
            return HAX_OK;
    return mark(
        input, kind,
        hax_json_fail(value, input->err, "'%.50s' is none of the words that may stand here", text));
}

/* Instance, group and part. */
static hax_status read_job_name(const reader *input, const hax_json *instance,
                                const hax_json *group, const hax_json *part, hax_job *job)
{
    const char *name;
    int found;
    HAX_TRY(hax_json_string(instance, &name, input->err));
    HAX_TRY(read_instance(input, instance, name, &job->instance));
    int last = input->problem->instances[job->instance].group_count - 1;
    HAX_TRY(hax_json_int(group, 0, last, &job->group, input->err));
    HAX_TRY(read_word(input, part, 3, hax_verify_parts, HAX_REFUSAL_PART_UNKNOWN, &found));
    job->part = (hax_part) found;
    return HAX_OK;
}

static hax_status read_triple(const reader *input, const hax_json *list, hax_job *job)
{
    size_t length;
    HAX_TRY(hax_json_expect_array(list, &length, input->err));
    if (length != 3)
        return mark(input, HAX_REFUSAL_AFTER_SHAPE,
                    hax_json_fail(list, input->err, "must be [instance, group, part]"));
    const hax_json items[] = { hax_json_item(list, 0), hax_json_item(list, 1),
                               hax_json_item(list, 2) };
    return read_job_name(input, &items[0], &items[1], &items[2], job);
}

/* ---- jobs, and whom they wait for ---- */

static hax_status read_wait(const reader *input, const hax_json *object, hax_job *job, target *wait)
{
    hax_json after;
    wait->given = hax_json_optional(object, "after", &after);
    if (wait->given)
        HAX_TRY(read_triple(input, &after, &wait->job));
    return hax_json_number_or(object, "delay_ms", 0, LARGEST, 0, &job->delay_ms, input->err);
}

static int *place(const reader *input, const hax_job *job)
{
    return &input->index[3 * (input->offset[job->instance] + job->group) + (int) job->part];
}

/* Names of jobs become numbers when all are known. */
static hax_status find_targets(const reader *input, const hax_json *list, int count, hax_job *jobs)
{
    memset(input->index, -1,
           3 * (size_t) hax_verify_group_count(input->problem) * sizeof *input->index);
    for (int j = 0; j < count; j++)
        *place(input, &jobs[j]) = j;
    for (int j = 0; j < count; j++) {
        jobs[j].after = input->targets[j].given ? *place(input, &input->targets[j].job) : -1;
        if (input->targets[j].given && jobs[j].after < 0)
            return mark(
                input, HAX_REFUSAL_AFTER_SHAPE,
                hax_json_fail(list, input->err, "job %d waits for a job that is not there", j));
    }
    return HAX_OK;
}

static hax_status read_job(const reader *input, const hax_json *object, int unit, hax_job *job,
                           target *wait)
{
    static const char *const keys[] = { "instance", "group", "part",     "start_ms", "end_ms",
                                        "slowdown", "after", "delay_ms", NULL };
    hax_json instance, group, part;
    *job = (hax_job){ .unit = unit, .after = -1 };
    HAX_TRY(hax_json_only(object, keys, input->err));
    HAX_TRY(hax_json_member(object, "instance", &instance, input->err));
    HAX_TRY(hax_json_member(object, "group", &group, input->err));
    HAX_TRY(hax_json_member(object, "part", &part, input->err));
    HAX_TRY(read_job_name(input, &instance, &group, &part, job));
    HAX_TRY(
        hax_json_member_number(object, "start_ms", -LARGEST, LARGEST, &job->start_ms, input->err));
    HAX_TRY(hax_json_member_number(object, "end_ms", -LARGEST, LARGEST, &job->end_ms, input->err));
    HAX_TRY(hax_json_member_number(object, "slowdown", 0, LARGEST, &job->slowdown, input->err));
    return read_wait(input, object, job, wait);
}

/* Calls for each member of an object, in the document's order. */
static hax_status read_members(reader *input, const hax_json *object, void *context,
                               hax_status (*read)(reader *, const hax_json *, void *))
{
    const char *key;
    json_t *value;
    HAX_TRY(hax_json_expect_object(object, input->err));
    json_object_foreach(object->value, key, value)
    {
        hax_json member = { .value = value, .parent = object, .key = key, .file = object->file };
        HAX_TRY(read(input, &member, context));
    }
    return HAX_OK;
}

static hax_status read_unit_jobs(reader *input, const hax_json *list, void *context)
{
    hax_verify_plan *plan = context;
    size_t count;
    int unit;
    HAX_TRY(read_unit(input, list, list->key, &unit));
    HAX_TRY(hax_json_expect_array(list, &count, input->err));
    for (size_t j = 0; j < count; j++) {
        hax_json item = hax_json_item(list, j);
        HAX_TRY(read_job(input, &item, unit, &plan->jobs[plan->job_count],
                         &input->targets[plan->job_count]));
        plan->job_count++;
    }
    return HAX_OK;
}

static size_t count_items(const hax_json *object)
{
    const char *key;
    json_t *value;
    size_t count = 0;
    json_object_foreach(object->value, key, value) count += json_array_size(value);
    return count;
}

static hax_status read_order(reader *input, const hax_json *root, hax_verify_plan *plan)
{
    hax_json order;
    HAX_TRY(hax_json_member(root, "order", &order, input->err));
    HAX_TRY(hax_json_expect_object(&order, input->err));
    size_t count = count_items(&order);
    if (count > 3 * (size_t) hax_verify_group_count(input->problem))
        return mark(input, HAX_REFUSAL_MEMBER,
                    hax_json_fail(&order, input->err,
                                  "has %zu jobs; the problem's %d groups have at "
                                  "most three each",
                                  count, hax_verify_group_count(input->problem)));
    HAX_TRY(hax_verify_plan_open(plan, input->problem, (int) count, input->err));
    input->targets = hax_arena_alloc(input->arena, count, sizeof *input->targets);
    if (!input->targets)
        return no_memory(input);
    HAX_TRY(read_members(input, &order, plan, read_unit_jobs));
    return find_targets(input, &order, plan->job_count, plan->jobs);
}

/* ---- assignment ---- */

static hax_status read_assigned(reader *input, const hax_json *list, void *context)
{
    const int **rows = context;
    size_t count;
    int instance;
    HAX_TRY(read_instance(input, list, list->key, &instance));
    HAX_TRY(hax_json_expect_array(list, &count, input->err));
    const hax_instance_spec *spec = &input->problem->instances[instance];
    if (count != (size_t) spec->group_count)
        return hax_verify_refuse(input->of, HAX_REFUSAL_ASSIGNMENT,
                                 "instance '%.100s' has %d groups; %zu are assigned", spec->name,
                                 spec->group_count, count);
    int *row = hax_arena_alloc(input->arena, count, sizeof *row);
    if (!row)
        return no_memory(input);
    for (size_t g = 0; g < count; g++) {
        hax_json item = hax_json_item(list, g);
        const char *name;
        HAX_TRY(hax_json_string(&item, &name, input->err));
        HAX_TRY(read_unit(input, &item, name, &row[g]));
    }
    rows[instance] = row;
    return HAX_OK;
}

static hax_status read_assignment(reader *input, const hax_json *root, hax_verify_claims *claims)
{
    hax_json assignment;
    size_t count = (size_t) input->problem->instance_count;
    const int **rows = hax_arena_alloc(input->arena, count, sizeof *rows);
    if (!rows)
        return no_memory(input);
    HAX_TRY(hax_json_member(root, "assignment", &assignment, input->err));
    HAX_TRY(read_members(input, &assignment, rows, read_assigned));
    for (int i = 0; i < input->problem->instance_count; i++)
        if (!rows[i])
            return hax_verify_refuse(input->of, HAX_REFUSAL_ASSIGNMENT,
                                     "instance '%.100s' is not in the assignment",
                                     input->problem->instances[i].name);
    claims->assignment = rows;
    return HAX_OK;
}

/* ---- figures ---- */

/* A member that must be there and may be null. */
static hax_status read_nullable(const reader *input, const hax_json *object, const char *key,
                                double null_means, double *value)
{
    hax_json member;
    HAX_TRY(hax_json_member(object, key, &member, input->err));
    *value = null_means;
    return json_is_null(member.value)
               ? HAX_OK
               : hax_json_number(&member, -LARGEST, LARGEST, value, input->err);
}

static hax_status read_member_word(const reader *input, const hax_json *object, const char *key,
                                   int count, const char *const *words, int *found)
{
    hax_json member;
    HAX_TRY(hax_json_member(object, key, &member, input->err));
    return read_word(input, &member, count, words, HAX_REFUSAL_WORD_UNKNOWN, found);
}

static hax_status read_lost(const reader *input, const hax_json *root, hax_losses *lost)
{
    static const char *const keys[] = { "contention", "transitions", "idle", NULL };
    double *const figures[] = { &lost->contention_ms, &lost->transitions_ms, &lost->idle_ms };
    hax_json object;
    HAX_TRY(hax_json_member(root, "lost_ms", &object, input->err));
    HAX_TRY(hax_json_expect_object(&object, input->err));
    HAX_TRY(hax_json_only(&object, keys, input->err));
    for (int f = 0; f < 3; f++)
        HAX_TRY(
            hax_json_member_number(&object, keys[f], -LARGEST, LARGEST, figures[f], input->err));
    return HAX_OK;
}

/* What the search took is not checked, but must be numbers. */
static hax_status read_search(const reader *input, const hax_json *root)
{
    static const char *const keys[] = { "nodes", "seconds", NULL };
    hax_json object;
    double ignored;
    HAX_TRY(hax_json_member(root, "search", &object, input->err));
    HAX_TRY(hax_json_expect_object(&object, input->err));
    HAX_TRY(hax_json_only(&object, keys, input->err));
    for (int k = 0; keys[k]; k++)
        HAX_TRY(hax_json_member_number(&object, keys[k], 0, LARGEST, &ignored, input->err));
    return HAX_OK;
}

static hax_status read_figures(const reader *input, const hax_json *root, hax_verify_claims *claims)
{
    int objective, proof;
    hax_json verdict;
    HAX_TRY(hax_json_member_string(root, "name", &claims->name, input->err));
    HAX_TRY(read_member_word(input, root, "objective", 4, hax_verify_goals, &objective));
    HAX_TRY(read_member_word(input, root, "proven", 3, hax_verify_proofs, &proof));
    claims->objective = (hax_objective) objective;
    claims->proof = (hax_proof) proof;
    HAX_TRY(read_nullable(input, root, "value", INFINITY, &claims->value));
    HAX_TRY(read_nullable(input, root, "bound",
                          claims->objective == HAX_THROUGHPUT ? INFINITY : -INFINITY,
                          &claims->bound));
    HAX_TRY(read_nullable(input, root, "gap", INFINITY, &claims->gap));
    HAX_TRY(read_lost(input, root, &claims->lost));
    HAX_TRY(read_search(input, root));
    HAX_TRY(hax_json_member(root, "verdict", &verdict, input->err));
    if (!json_is_null(verdict.value))
        HAX_TRY(hax_json_string(&verdict, &claims->verdict, input->err));
    return HAX_OK;
}

/* ---- overlaps ---- */

static hax_status read_pair_job(const reader *input, const hax_json *object, const char *key,
                                int *number)
{
    hax_json triple;
    hax_job job = { 0 };
    HAX_TRY(hax_json_member(object, key, &triple, input->err));
    HAX_TRY(read_triple(input, &triple, &job));
    *number = *place(input, &job);
    return *number >= 0 ? HAX_OK
                        : mark(input, HAX_REFUSAL_AFTER_SHAPE,
                               hax_json_fail(&triple, input->err, "the schedule has no such job"));
}

static hax_status read_overlap(const reader *input, const hax_json *object,
                               hax_verify_overlap *pair)
{
    static const char *const keys[] = { "job", "beside", "together_ms", "lost_ms", NULL };
    HAX_TRY(hax_json_only(object, keys, input->err));
    HAX_TRY(read_pair_job(input, object, "job", &pair->job));
    HAX_TRY(read_pair_job(input, object, "beside", &pair->other));
    HAX_TRY(hax_json_member_number(object, "together_ms", -LARGEST, LARGEST, &pair->together_ms,
                                   input->err));
    return hax_json_member_number(object, "lost_ms", -LARGEST, LARGEST, &pair->lost_ms, input->err);
}

/* What a long list leaves out, which is the cheapest. */
static hax_status read_left_out(const reader *input, const hax_json *root,
                                hax_verify_claims *claims)
{
    static const char *const keys[] = { "count", "lost_ms", NULL };
    hax_json object;
    claims->leaves_out = hax_json_optional(root, "overlaps_left_out", &object);
    if (!claims->leaves_out)
        return HAX_OK;
    HAX_TRY(hax_json_expect_object(&object, input->err));
    HAX_TRY(hax_json_only(&object, keys, input->err));
    HAX_TRY(
        hax_json_member_number(&object, "count", 0, LARGEST, &claims->left_out_count, input->err));
    return hax_json_member_number(&object, "lost_ms", 0, LARGEST, &claims->left_out_ms, input->err);
}

/* Left out where nothing is lost beside anything. */
static hax_status read_overlaps(const reader *input, const hax_json *root,
                                hax_verify_claims *claims)
{
    hax_json list;
    size_t count;
    claims->lists_overlaps = true;
    HAX_TRY(read_left_out(input, root, claims));
    if (!hax_json_optional(root, "overlaps", &list))
        return HAX_OK;
    HAX_TRY(hax_json_expect_array(&list, &count, input->err));
    claims->overlaps = hax_arena_alloc(input->arena, count, sizeof *claims->overlaps);
    if (!claims->overlaps)
        return no_memory(input);
    for (size_t o = 0; o < count; o++) {
        hax_json item = hax_json_item(&list, o);
        HAX_TRY(read_overlap(input, &item, &claims->overlaps[o]));
    }
    claims->overlap_count = (int) count;
    return HAX_OK;
}

/* ---- baselines ---- */

/* Consecutive groups of an instance on a unit; its wait is that of its first job. */
typedef struct piece {
    int unit, instance, first, last;
    double delay_ms;
    target wait;
} piece;

static hax_status read_piece(const reader *input, const hax_json *object, piece *parsed)
{
    static const char *const keys[] = { "unit",  "instance", "first_group", "last_group",
                                        "after", "delay_ms", NULL };
    const char *unit, *instance;
    hax_json first, last;
    hax_job job = { 0 };
    HAX_TRY(hax_json_only(object, keys, input->err));
    HAX_TRY(hax_json_member_string(object, "unit", &unit, input->err));
    HAX_TRY(read_unit(input, object, unit, &parsed->unit));
    HAX_TRY(hax_json_member_string(object, "instance", &instance, input->err));
    HAX_TRY(read_instance(input, object, instance, &parsed->instance));
    int most = input->problem->instances[parsed->instance].group_count - 1;
    HAX_TRY(hax_json_member(object, "first_group", &first, input->err));
    HAX_TRY(hax_json_int(&first, 0, most, &parsed->first, input->err));
    HAX_TRY(hax_json_member(object, "last_group", &last, input->err));
    HAX_TRY(hax_json_int(&last, 0, most, &parsed->last, input->err));
    if (parsed->last < parsed->first)
        return mark(input, HAX_REFUSAL_PIECE_RANGE,
                    hax_json_fail(object, input->err, "group %d comes after group %d",
                                  parsed->first, parsed->last));
    HAX_TRY(read_wait(input, object, &job, &parsed->wait));
    parsed->delay_ms = job.delay_ms;
    return HAX_OK;
}

static int *unit_of(const reader *input, int *units, int instance, int group)
{
    return &units[input->offset[instance] + group];
}

static void add_job(reader *input, hax_verify_baseline *baseline, const piece *span,
                    int place_in_order, int group, hax_part part)
{
    hax_job *job = &baseline->jobs[baseline->job_count];
    *job = (hax_job){ .unit = span->unit,
                      .instance = span->instance,
                      .group = group,
                      .part = part,
                      .after = -1,
                      .start_ms = place_in_order,
                      .end_ms = place_in_order };
    input->targets[baseline->job_count++] = (target){ .given = false };
}

/* IN and OUT follow from the units before and behind. */
static void add_piece(reader *input, hax_verify_baseline *baseline, const piece *span,
                      int place_in_order, int *units)
{
    const hax_instance_spec *spec = &input->problem->instances[span->instance];
    int first_job = baseline->job_count;
    for (int g = span->first; g <= span->last; g++) {
        const hax_cost *cost = &spec->groups[g].on[span->unit];
        bool enters = g > 0 && *unit_of(input, units, span->instance, g - 1) != span->unit;
        bool leaves = g + 1 < spec->group_count &&
                      *unit_of(input, units, span->instance, g + 1) != span->unit;
        if (enters && cost->allowed && cost->in_ms > 0)
            add_job(input, baseline, span, place_in_order, g, HAX_PART_IN);
        add_job(input, baseline, span, place_in_order, g, HAX_PART_RUN);
        if (leaves && cost->allowed && cost->out_ms > 0)
            add_job(input, baseline, span, place_in_order, g, HAX_PART_OUT);
    }
    baseline->jobs[first_job].delay_ms = span->delay_ms;
    input->targets[first_job] = span->wait;
    baseline->waits = baseline->waits || span->delay_ms > 0;
}

static hax_status read_pieces(reader *input, const hax_json *list, hax_verify_baseline *baseline)
{
    size_t count, groups = (size_t) hax_verify_group_count(input->problem), placed = 0;
    HAX_TRY(hax_json_expect_array(list, &count, input->err));
    piece *pieces = hax_arena_alloc(input->arena, count, sizeof *pieces);
    int *units = hax_arena_alloc(input->arena, groups, sizeof *units);
    baseline->jobs = hax_arena_alloc(input->arena, 3 * groups, sizeof *baseline->jobs);
    input->targets = hax_arena_alloc(input->arena, 3 * groups, sizeof *input->targets);
    if (!pieces || !units || !baseline->jobs || !input->targets)
        return no_memory(input);
    memset(units, -1, groups * sizeof *units);
    for (size_t p = 0; p < count; p++) {
        hax_json item = hax_json_item(list, p);
        HAX_TRY(read_piece(input, &item, &pieces[p]));
        placed += (size_t) (pieces[p].last - pieces[p].first + 1);
        if (placed > groups)
            return mark(input, HAX_REFUSAL_PIECE_RANGE,
                        hax_json_fail(&item, input->err, "more groups than the problem has"));
        for (int g = pieces[p].first; g <= pieces[p].last; g++)
            *unit_of(input, units, pieces[p].instance, g) = pieces[p].unit;
    }
    for (size_t p = 0; p < count; p++)
        add_piece(input, baseline, &pieces[p], (int) p, units);
    return find_targets(input, list, baseline->job_count, baseline->jobs);
}

static hax_status read_flag(const reader *input, const hax_json *object, const char *key,
                            bool *flag)
{
    hax_json member;
    *flag = false;
    return hax_json_optional(object, key, &member) ? hax_json_bool(&member, flag, input->err)
                                                   : HAX_OK;
}

static hax_status read_baseline(reader *input, const hax_json *object,
                                hax_verify_baseline *baseline)
{
    static const char *const keys[] = {
        "name", "value", "cut_short", "unfinished", "pieces", NULL
    };
    hax_json pieces;
    *baseline = (hax_verify_baseline){ .round_ms = NAN };
    HAX_TRY(hax_json_only(object, keys, input->err));
    HAX_TRY(hax_json_member_string(object, "name", &baseline->name, input->err));
    HAX_TRY(read_nullable(input, object, "value", INFINITY, &baseline->value));
    baseline->valued = !isinf(baseline->value);
    HAX_TRY(read_flag(input, object, "cut_short", &baseline->cut_short));
    HAX_TRY(read_flag(input, object, "unfinished", &baseline->unfinished));
    return hax_json_optional(object, "pieces", &pieces) ? read_pieces(input, &pieces, baseline)
                                                        : HAX_OK;
}

static hax_status read_baselines(reader *input, const hax_json *root, hax_verify_claims *claims)
{
    hax_json list;
    size_t count;
    HAX_TRY(hax_json_member(root, "baselines", &list, input->err));
    HAX_TRY(hax_json_expect_array(&list, &count, input->err));
    if (count > BASELINES_MAX)
        return mark(input, HAX_REFUSAL_MEMBER,
                    hax_json_fail(&list, input->err, "has %zu baselines, at most %d can be checked",
                                  count, BASELINES_MAX));
    claims->baselines = hax_arena_alloc(input->arena, count, sizeof *claims->baselines);
    if (!claims->baselines)
        return no_memory(input);
    for (size_t b = 0; b < count; b++) {
        hax_json item = hax_json_item(&list, b);
        HAX_TRY(read_baseline(input, &item, &claims->baselines[b]));
    }
    claims->baseline_count = (int) count;
    return HAX_OK;
}

/* ---- how far times may move ---- */

static hax_status read_range(const reader *input, const hax_json *units, int u, bool open,
                             hax_verify_range *range)
{
    static const char *const keys[] = { "low", "high", "low_open", "high_open", NULL };
    static const char *const plain_keys[] = { "low", "high", NULL };
    hax_json object, flag;
    bool ignored;
    HAX_TRY(hax_json_member(units, input->problem->units[u].name, &object, input->err));
    HAX_TRY(hax_json_expect_object(&object, input->err));
    HAX_TRY(hax_json_only(&object, open ? keys : plain_keys, input->err));
    for (int k = 2; open && k < 4; k++) {
        HAX_TRY(hax_json_member(&object, keys[k], &flag, input->err));
        HAX_TRY(hax_json_bool(&flag, &ignored, input->err));
    }
    HAX_TRY(hax_json_member_number(&object, "low", 0, LARGEST, &range->low, input->err));
    return hax_json_member_number(&object, "high", 0, LARGEST, &range->high, input->err);
}

static hax_status read_ranges(const reader *input, const hax_json *object, const char *key,
                              bool open, hax_verify_range *ranges)
{
    hax_json units;
    HAX_TRY(hax_json_member(object, key, &units, input->err));
    HAX_TRY(hax_json_expect_object(&units, input->err));
    for (int u = 0; u < input->problem->unit_count; u++)
        HAX_TRY(read_range(input, &units, u, open, &ranges[u]));
    return HAX_OK;
}

static hax_status read_sensitivity(const reader *input, const hax_json *root,
                                   hax_verify_sensitivity *said)
{
    static const char *const keys[] = {
        "optimal",      "units",         "spread",  "measured",   "moves",
        "worst_regret", "worst_factors", "limited", "unfinished", NULL
    };
    hax_json object, factors, optimal;
    bool ignored;
    said->claimed = hax_json_optional(root, "sensitivity", &object);
    if (!said->claimed)
        return HAX_OK;
    HAX_TRY(hax_json_only(&object, keys, input->err));
    HAX_TRY(read_flag(input, &object, "unfinished", &said->unfinished));
    if (said->unfinished)
        return HAX_OK;
    HAX_TRY(hax_json_member(&object, "optimal", &optimal, input->err));
    HAX_TRY(hax_json_bool(&optimal, &said->optimal, input->err));
    HAX_TRY(read_flag(input, &object, "measured", &said->measured));
    HAX_TRY(read_flag(input, &object, "limited", &ignored));
    HAX_TRY(hax_json_member_number(&object, "spread", 0, LARGEST, &said->spread, input->err));
    HAX_TRY(read_nullable(input, &object, "worst_regret", INFINITY, &said->worst_regret));
    HAX_TRY(read_ranges(input, &object, "units", true, said->units));
    HAX_TRY(read_ranges(input, &object, "moves", false, said->moves));
    HAX_TRY(hax_json_member(&object, "worst_factors", &factors, input->err));
    for (int u = 0; u < input->problem->unit_count; u++)
        HAX_TRY(hax_json_member_number(&factors, input->problem->units[u].name, 0, LARGEST,
                                       &said->worst[u], input->err));
    return HAX_OK;
}

static hax_status read_robust(const reader *input, const hax_json *root, hax_verify_robust *said)
{
    static const char *const keys[] = { "spread",
                                        "measured",
                                        "moves",
                                        "candidates",
                                        "worst_regret",
                                        "optimum_worst_regret",
                                        "value",
                                        "optimum_value",
                                        "limited",
                                        "unfinished",
                                        NULL };
    hax_json object;
    bool ignored;
    double candidates;
    said->claimed = hax_json_optional(root, "robust", &object);
    if (!said->claimed)
        return HAX_OK;
    HAX_TRY(hax_json_only(&object, keys, input->err));
    HAX_TRY(read_flag(input, &object, "unfinished", &said->unfinished));
    if (said->unfinished)
        return HAX_OK;
    HAX_TRY(read_flag(input, &object, "measured", &said->measured));
    HAX_TRY(read_flag(input, &object, "limited", &ignored));
    HAX_TRY(hax_json_member_number(&object, "candidates", 1, LARGEST, &candidates, input->err));
    HAX_TRY(hax_json_member_number(&object, "spread", 0, LARGEST, &said->spread, input->err));
    HAX_TRY(hax_json_member_number(&object, "value", -LARGEST, LARGEST, &said->value, input->err));
    HAX_TRY(hax_json_member_number(&object, "optimum_value", -LARGEST, LARGEST,
                                   &said->optimum_value, input->err));
    HAX_TRY(read_nullable(input, &object, "worst_regret", INFINITY, &said->worst_regret));
    HAX_TRY(read_nullable(input, &object, "optimum_worst_regret", INFINITY,
                          &said->optimum_worst_regret));
    return read_ranges(input, &object, "moves", false, said->moves);
}

/* ---- the document ---- */

hax_status hax_verify_read(hax_verifier *verifier, void *tree, const char *file, hax_arena *arena,
                           hax_verify_claims *claims)
{
    static const char *const keys[] = {
        "schema",   "version",     "name",   "objective",         "value",     "bound",   "gap",
        "proven",   "assignment",  "order",  "lost_ms",           "baselines", "verdict", "search",
        "overlaps", "sensitivity", "robust", "overlaps_left_out", NULL
    };
    hax_json root = hax_json_root(tree, file);
    reader context = {
        .of = verifier, .problem = verifier->problem, .err = verifier->err, .arena = arena
    };
    HAX_TRY(hax_json_expect_object(&root, verifier->err));
    HAX_TRY(hax_json_schema(&root, "haxconn/schedule", 1, verifier->err));
    HAX_TRY(hax_json_only(&root, keys, verifier->err));
    HAX_TRY(sort_names(&context));
    HAX_TRY(read_figures(&context, &root, claims));
    HAX_TRY(read_order(&context, &root, &claims->plan));
    HAX_TRY(read_assignment(&context, &root, claims));
    HAX_TRY(read_overlaps(&context, &root,
                          claims)); /* while the index is that of the schedule's jobs */
    HAX_TRY(read_sensitivity(&context, &root, &claims->sensitivity));
    HAX_TRY(read_robust(&context, &root, &claims->robust));
    return read_baselines(&context, &root, claims);
}
