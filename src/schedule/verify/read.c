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
#include "verify/verify.h"

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

static hax_status no_memory(const reader *at)
{
    return hax_fail_memory(at->err, "a schedule's check");
}

/* ---- names ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const named *) a)->name, ((const named *) b)->name);
}

static hax_status sort_names(reader *at)
{
    int count = at->problem->instance_count, groups = hax_verify_group_count(at->problem);
    at->names = hax_arena_alloc(at->arena, (size_t) count, sizeof *at->names);
    at->offset = hax_arena_alloc(at->arena, (size_t) count, sizeof *at->offset);
    at->index = hax_arena_alloc(at->arena, 3 * (size_t) groups, sizeof *at->index);
    if (!at->names || !at->offset || !at->index)
        return no_memory(at);
    for (int i = 0, before = 0; i < count; before += at->problem->instances[i++].group_count) {
        at->names[i] = (named){ at->problem->instances[i].name, i };
        at->offset[i] = before;
    }
    qsort(at->names, (size_t) count, sizeof *at->names, by_name);
    return HAX_OK;
}

static int find_instance(const reader *at, const char *name)
{
    const named wanted = { name, 0 };
    const named *found = bsearch(&wanted, at->names, (size_t) at->problem->instance_count,
                                 sizeof *at->names, by_name);
    return found ? found->instance : -1;
}

/* Says which kind of refusal a message of the JSON reader is. */
static hax_status mark(const reader *at, hax_refusal kind, hax_status status)
{
    at->of->refusal = kind;
    return status;
}

static hax_status read_unit(const reader *at, const hax_json *value, const char *name, int *unit)
{
    for (int u = 0; u < at->problem->unit_count; u++)
        if (strcmp(at->problem->units[u].name, name) == 0) {
            *unit = u;
            return HAX_OK;
        }
    return mark(at, HAX_REFUSAL_UNIT_UNKNOWN,
                hax_json_fail(value, at->err, "the problem has no unit '%.50s'", name));
}

static hax_status read_instance(const reader *at, const hax_json *value, const char *name,
                                int *instance)
{
    *instance = find_instance(at, name);
    return *instance >= 0
               ? HAX_OK
               : mark(at, HAX_REFUSAL_INSTANCE_UNKNOWN,
                      hax_json_fail(value, at->err, "the problem has no instance '%.50s'", name));
}

/* One of some words; `what` for the message. */
static hax_status read_word(const reader *at, const hax_json *value, int count,
                            const char *const *words, hax_refusal kind, int *found)
{
    const char *text;
    HAX_TRY(hax_json_string(value, &text, at->err));
    for (*found = 0; *found < count; ++*found)
        if (strcmp(text, words[*found]) == 0)
            return HAX_OK;
    return mark(
        at, kind,
        hax_json_fail(value, at->err, "'%.50s' is none of the words that may stand here", text));
}

/* Instance, group and part. */
static hax_status read_job_name(const reader *at, const hax_json *instance, const hax_json *group,
                                const hax_json *part, hax_job *job)
{
    const char *name;
    int found;
    HAX_TRY(hax_json_string(instance, &name, at->err));
    HAX_TRY(read_instance(at, instance, name, &job->instance));
    int last = at->problem->instances[job->instance].group_count - 1;
    HAX_TRY(hax_json_int(group, 0, last, &job->group, at->err));
    HAX_TRY(read_word(at, part, 3, hax_verify_parts, HAX_REFUSAL_PART_UNKNOWN, &found));
    job->part = (hax_part) found;
    return HAX_OK;
}

static hax_status read_triple(const reader *at, const hax_json *list, hax_job *job)
{
    size_t length;
    HAX_TRY(hax_json_expect_array(list, &length, at->err));
    if (length != 3)
        return mark(at, HAX_REFUSAL_AFTER_SHAPE,
                    hax_json_fail(list, at->err, "must be [instance, group, part]"));
    const hax_json items[] = { hax_json_item(list, 0), hax_json_item(list, 1),
                               hax_json_item(list, 2) };
    return read_job_name(at, &items[0], &items[1], &items[2], job);
}

/* ---- jobs, and whom they wait for ---- */

static hax_status read_wait(const reader *at, const hax_json *object, hax_job *job, target *wait)
{
    hax_json after;
    wait->given = hax_json_optional(object, "after", &after);
    if (wait->given)
        HAX_TRY(read_triple(at, &after, &wait->job));
    return hax_json_number_or(object, "delay_ms", 0, LARGEST, 0, &job->delay_ms, at->err);
}

static int *place(const reader *at, const hax_job *job)
{
    return &at->index[3 * (at->offset[job->instance] + job->group) + (int) job->part];
}

/* Names of jobs become numbers when all are known. */
static hax_status find_targets(const reader *at, const hax_json *list, int count, hax_job *jobs)
{
    memset(at->index, -1, 3 * (size_t) hax_verify_group_count(at->problem) * sizeof *at->index);
    for (int j = 0; j < count; j++)
        *place(at, &jobs[j]) = j;
    for (int j = 0; j < count; j++) {
        jobs[j].after = at->targets[j].given ? *place(at, &at->targets[j].job) : -1;
        if (at->targets[j].given && jobs[j].after < 0)
            return mark(
                at, HAX_REFUSAL_AFTER_SHAPE,
                hax_json_fail(list, at->err, "job %d waits for a job that is not there", j));
    }
    return HAX_OK;
}

static hax_status read_job(const reader *at, const hax_json *object, int unit, hax_job *job,
                           target *wait)
{
    static const char *const keys[] = { "instance", "group", "part",     "start_ms", "end_ms",
                                        "slowdown", "after", "delay_ms", NULL };
    hax_json instance, group, part;
    *job = (hax_job){ .unit = unit, .after = -1 };
    HAX_TRY(hax_json_only(object, keys, at->err));
    HAX_TRY(hax_json_member(object, "instance", &instance, at->err));
    HAX_TRY(hax_json_member(object, "group", &group, at->err));
    HAX_TRY(hax_json_member(object, "part", &part, at->err));
    HAX_TRY(read_job_name(at, &instance, &group, &part, job));
    HAX_TRY(hax_json_member_number(object, "start_ms", -LARGEST, LARGEST, &job->start_ms, at->err));
    HAX_TRY(hax_json_member_number(object, "end_ms", -LARGEST, LARGEST, &job->end_ms, at->err));
    HAX_TRY(hax_json_member_number(object, "slowdown", 0, LARGEST, &job->slowdown, at->err));
    return read_wait(at, object, job, wait);
}

/* Calls for each member of an object, in the document's order. */
static hax_status read_members(reader *at, const hax_json *object, void *context,
                               hax_status (*read)(reader *, const hax_json *, void *))
{
    const char *key;
    json_t *value;
    HAX_TRY(hax_json_expect_object(object, at->err));
    json_object_foreach(object->value, key, value)
    {
        hax_json member = { .value = value, .parent = object, .key = key, .file = object->file };
        HAX_TRY(read(at, &member, context));
    }
    return HAX_OK;
}

static hax_status read_unit_jobs(reader *at, const hax_json *list, void *context)
{
    hax_verify_plan *plan = context;
    size_t count;
    int unit;
    HAX_TRY(read_unit(at, list, list->key, &unit));
    HAX_TRY(hax_json_expect_array(list, &count, at->err));
    for (size_t j = 0; j < count; j++) {
        hax_json item = hax_json_item(list, j);
        HAX_TRY(
            read_job(at, &item, unit, &plan->jobs[plan->job_count], &at->targets[plan->job_count]));
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

static hax_status read_order(reader *at, const hax_json *root, hax_verify_plan *plan)
{
    hax_json order;
    HAX_TRY(hax_json_member(root, "order", &order, at->err));
    HAX_TRY(hax_json_expect_object(&order, at->err));
    size_t count = count_items(&order);
    if (count > 3 * (size_t) hax_verify_group_count(at->problem))
        return mark(at, HAX_REFUSAL_MEMBER,
                    hax_json_fail(&order, at->err,
                                  "has %zu jobs; the problem's %d groups have at "
                                  "most three each",
                                  count, hax_verify_group_count(at->problem)));
    HAX_TRY(hax_verify_plan_open(plan, at->problem, (int) count, at->err));
    at->targets = hax_arena_alloc(at->arena, count, sizeof *at->targets);
    if (!at->targets)
        return no_memory(at);
    HAX_TRY(read_members(at, &order, plan, read_unit_jobs));
    return find_targets(at, &order, plan->job_count, plan->jobs);
}

/* ---- assignment ---- */

static hax_status read_assigned(reader *at, const hax_json *list, void *context)
{
    const int **rows = context;
    size_t count;
    int instance;
    HAX_TRY(read_instance(at, list, list->key, &instance));
    HAX_TRY(hax_json_expect_array(list, &count, at->err));
    const hax_instance_spec *spec = &at->problem->instances[instance];
    if (count != (size_t) spec->group_count)
        return hax_verify_refuse(at->of, HAX_REFUSAL_ASSIGNMENT,
                                 "instance '%.100s' has %d groups; %zu are assigned", spec->name,
                                 spec->group_count, count);
    int *row = hax_arena_alloc(at->arena, count, sizeof *row);
    if (!row)
        return no_memory(at);
    for (size_t g = 0; g < count; g++) {
        hax_json item = hax_json_item(list, g);
        const char *name;
        HAX_TRY(hax_json_string(&item, &name, at->err));
        HAX_TRY(read_unit(at, &item, name, &row[g]));
    }
    rows[instance] = row;
    return HAX_OK;
}

static hax_status read_assignment(reader *at, const hax_json *root, hax_verify_claims *claims)
{
    hax_json assignment;
    size_t count = (size_t) at->problem->instance_count;
    const int **rows = hax_arena_alloc(at->arena, count, sizeof *rows);
    if (!rows)
        return no_memory(at);
    HAX_TRY(hax_json_member(root, "assignment", &assignment, at->err));
    HAX_TRY(read_members(at, &assignment, rows, read_assigned));
    for (int i = 0; i < at->problem->instance_count; i++)
        if (!rows[i])
            return hax_verify_refuse(at->of, HAX_REFUSAL_ASSIGNMENT,
                                     "instance '%.100s' is not in the assignment",
                                     at->problem->instances[i].name);
    claims->assignment = rows;
    return HAX_OK;
}

/* ---- figures ---- */

/* A member that must be there and may be null. */
static hax_status read_nullable(const reader *at, const hax_json *object, const char *key,
                                double null_means, double *value)
{
    hax_json member;
    HAX_TRY(hax_json_member(object, key, &member, at->err));
    *value = null_means;
    return json_is_null(member.value) ? HAX_OK
                                      : hax_json_number(&member, -LARGEST, LARGEST, value, at->err);
}

static hax_status read_member_word(const reader *at, const hax_json *object, const char *key,
                                   int count, const char *const *words, int *found)
{
    hax_json member;
    HAX_TRY(hax_json_member(object, key, &member, at->err));
    return read_word(at, &member, count, words, HAX_REFUSAL_WORD_UNKNOWN, found);
}

static hax_status read_lost(const reader *at, const hax_json *root, hax_losses *lost)
{
    static const char *const keys[] = { "contention", "transitions", "idle", NULL };
    double *const figures[] = { &lost->contention_ms, &lost->transitions_ms, &lost->idle_ms };
    hax_json object;
    HAX_TRY(hax_json_member(root, "lost_ms", &object, at->err));
    HAX_TRY(hax_json_expect_object(&object, at->err));
    HAX_TRY(hax_json_only(&object, keys, at->err));
    for (int f = 0; f < 3; f++)
        HAX_TRY(hax_json_member_number(&object, keys[f], -LARGEST, LARGEST, figures[f], at->err));
    return HAX_OK;
}

/* What the search took is not checked, but must be numbers. */
static hax_status read_search(const reader *at, const hax_json *root)
{
    static const char *const keys[] = { "nodes", "seconds", NULL };
    hax_json object;
    double ignored;
    HAX_TRY(hax_json_member(root, "search", &object, at->err));
    HAX_TRY(hax_json_expect_object(&object, at->err));
    HAX_TRY(hax_json_only(&object, keys, at->err));
    for (int k = 0; keys[k]; k++)
        HAX_TRY(hax_json_member_number(&object, keys[k], 0, LARGEST, &ignored, at->err));
    return HAX_OK;
}

static hax_status read_figures(const reader *at, const hax_json *root, hax_verify_claims *claims)
{
    int objective, proof;
    hax_json verdict;
    HAX_TRY(hax_json_member_string(root, "name", &claims->name, at->err));
    HAX_TRY(read_member_word(at, root, "objective", 4, hax_verify_goals, &objective));
    HAX_TRY(read_member_word(at, root, "proven", 3, hax_verify_proofs, &proof));
    claims->objective = (hax_objective) objective;
    claims->proof = (hax_proof) proof;
    HAX_TRY(read_nullable(at, root, "value", INFINITY, &claims->value));
    HAX_TRY(read_nullable(at, root, "bound",
                          claims->objective == HAX_THROUGHPUT ? INFINITY : -INFINITY,
                          &claims->bound));
    HAX_TRY(read_nullable(at, root, "gap", INFINITY, &claims->gap));
    HAX_TRY(read_lost(at, root, &claims->lost));
    HAX_TRY(read_search(at, root));
    HAX_TRY(hax_json_member(root, "verdict", &verdict, at->err));
    if (!json_is_null(verdict.value))
        HAX_TRY(hax_json_string(&verdict, &claims->verdict, at->err));
    return HAX_OK;
}

/* ---- overlaps ---- */

static hax_status read_pair_job(const reader *at, const hax_json *object, const char *key,
                                int *number)
{
    hax_json triple;
    hax_job job = { 0 };
    HAX_TRY(hax_json_member(object, key, &triple, at->err));
    HAX_TRY(read_triple(at, &triple, &job));
    *number = *place(at, &job);
    return *number >= 0 ? HAX_OK
                        : mark(at, HAX_REFUSAL_AFTER_SHAPE,
                               hax_json_fail(&triple, at->err, "the schedule has no such job"));
}

static hax_status read_overlap(const reader *at, const hax_json *object, hax_verify_overlap *pair)
{
    static const char *const keys[] = { "job", "beside", "together_ms", "lost_ms", NULL };
    HAX_TRY(hax_json_only(object, keys, at->err));
    HAX_TRY(read_pair_job(at, object, "job", &pair->job));
    HAX_TRY(read_pair_job(at, object, "beside", &pair->with));
    HAX_TRY(hax_json_member_number(object, "together_ms", -LARGEST, LARGEST, &pair->together_ms,
                                   at->err));
    return hax_json_member_number(object, "lost_ms", -LARGEST, LARGEST, &pair->lost_ms, at->err);
}

/* Left out where nothing is lost beside anything. */
static hax_status read_overlaps(const reader *at, const hax_json *root, hax_verify_claims *claims)
{
    hax_json list;
    size_t count;
    claims->lists_overlaps = true;
    if (!hax_json_optional(root, "overlaps", &list))
        return HAX_OK;
    HAX_TRY(hax_json_expect_array(&list, &count, at->err));
    claims->overlaps = hax_arena_alloc(at->arena, count, sizeof *claims->overlaps);
    if (!claims->overlaps)
        return no_memory(at);
    for (size_t o = 0; o < count; o++) {
        hax_json item = hax_json_item(&list, o);
        HAX_TRY(read_overlap(at, &item, &claims->overlaps[o]));
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

static hax_status read_piece(const reader *at, const hax_json *object, piece *made)
{
    static const char *const keys[] = { "unit",  "instance", "first_group", "last_group",
                                        "after", "delay_ms", NULL };
    const char *unit, *instance;
    hax_json first, last;
    hax_job job = { 0 };
    HAX_TRY(hax_json_only(object, keys, at->err));
    HAX_TRY(hax_json_member_string(object, "unit", &unit, at->err));
    HAX_TRY(read_unit(at, object, unit, &made->unit));
    HAX_TRY(hax_json_member_string(object, "instance", &instance, at->err));
    HAX_TRY(read_instance(at, object, instance, &made->instance));
    int most = at->problem->instances[made->instance].group_count - 1;
    HAX_TRY(hax_json_member(object, "first_group", &first, at->err));
    HAX_TRY(hax_json_int(&first, 0, most, &made->first, at->err));
    HAX_TRY(hax_json_member(object, "last_group", &last, at->err));
    HAX_TRY(hax_json_int(&last, 0, most, &made->last, at->err));
    if (made->last < made->first)
        return mark(at, HAX_REFUSAL_PIECE_RANGE,
                    hax_json_fail(object, at->err, "group %d comes after group %d", made->first,
                                  made->last));
    HAX_TRY(read_wait(at, object, &job, &made->wait));
    made->delay_ms = job.delay_ms;
    return HAX_OK;
}

static int *unit_of(const reader *at, int *units, int instance, int group)
{
    return &units[at->offset[instance] + group];
}

static void add_job(reader *at, hax_verify_baseline *made, const piece *of, int place_in_order,
                    int group, hax_part part)
{
    hax_job *job = &made->jobs[made->job_count];
    *job = (hax_job){ .unit = of->unit,
                      .instance = of->instance,
                      .group = group,
                      .part = part,
                      .after = -1,
                      .start_ms = place_in_order,
                      .end_ms = place_in_order };
    at->targets[made->job_count++] = (target){ .given = false };
}

/* IN and OUT follow from the units before and behind. */
static void add_piece(reader *at, hax_verify_baseline *made, const piece *of, int place_in_order,
                      int *units)
{
    const hax_instance_spec *spec = &at->problem->instances[of->instance];
    int first_job = made->job_count;
    for (int g = of->first; g <= of->last; g++) {
        const hax_cost *cost = &spec->groups[g].on[of->unit];
        bool enters = g > 0 && *unit_of(at, units, of->instance, g - 1) != of->unit;
        bool leaves =
            g + 1 < spec->group_count && *unit_of(at, units, of->instance, g + 1) != of->unit;
        if (enters && cost->allowed && cost->in_ms > 0)
            add_job(at, made, of, place_in_order, g, HAX_PART_IN);
        add_job(at, made, of, place_in_order, g, HAX_PART_RUN);
        if (leaves && cost->allowed && cost->out_ms > 0)
            add_job(at, made, of, place_in_order, g, HAX_PART_OUT);
    }
    made->jobs[first_job].delay_ms = of->delay_ms;
    at->targets[first_job] = of->wait;
    made->waits = made->waits || of->delay_ms > 0;
}

static hax_status read_pieces(reader *at, const hax_json *list, hax_verify_baseline *made)
{
    size_t count, groups = (size_t) hax_verify_group_count(at->problem), placed = 0;
    HAX_TRY(hax_json_expect_array(list, &count, at->err));
    piece *pieces = hax_arena_alloc(at->arena, count, sizeof *pieces);
    int *units = hax_arena_alloc(at->arena, groups, sizeof *units);
    made->jobs = hax_arena_alloc(at->arena, 3 * groups, sizeof *made->jobs);
    at->targets = hax_arena_alloc(at->arena, 3 * groups, sizeof *at->targets);
    if (!pieces || !units || !made->jobs || !at->targets)
        return no_memory(at);
    memset(units, -1, groups * sizeof *units);
    for (size_t p = 0; p < count; p++) {
        hax_json item = hax_json_item(list, p);
        HAX_TRY(read_piece(at, &item, &pieces[p]));
        placed += (size_t) (pieces[p].last - pieces[p].first + 1);
        if (placed > groups)
            return mark(at, HAX_REFUSAL_PIECE_RANGE,
                        hax_json_fail(&item, at->err, "more groups than the problem has"));
        for (int g = pieces[p].first; g <= pieces[p].last; g++)
            *unit_of(at, units, pieces[p].instance, g) = pieces[p].unit;
    }
    for (size_t p = 0; p < count; p++)
        add_piece(at, made, &pieces[p], (int) p, units);
    return find_targets(at, list, made->job_count, made->jobs);
}

static hax_status read_flag(const reader *at, const hax_json *object, const char *key, bool *flag)
{
    hax_json member;
    *flag = false;
    return hax_json_optional(object, key, &member) ? hax_json_bool(&member, flag, at->err) : HAX_OK;
}

static hax_status read_baseline(reader *at, const hax_json *object, hax_verify_baseline *made)
{
    static const char *const keys[] = {
        "name", "value", "cut_short", "unfinished", "pieces", NULL
    };
    hax_json pieces;
    *made = (hax_verify_baseline){ .round_ms = NAN };
    HAX_TRY(hax_json_only(object, keys, at->err));
    HAX_TRY(hax_json_member_string(object, "name", &made->name, at->err));
    HAX_TRY(read_nullable(at, object, "value", INFINITY, &made->value));
    made->valued = !isinf(made->value);
    HAX_TRY(read_flag(at, object, "cut_short", &made->cut_short));
    HAX_TRY(read_flag(at, object, "unfinished", &made->unfinished));
    return hax_json_optional(object, "pieces", &pieces) ? read_pieces(at, &pieces, made) : HAX_OK;
}

static hax_status read_baselines(reader *at, const hax_json *root, hax_verify_claims *claims)
{
    hax_json list;
    size_t count;
    HAX_TRY(hax_json_member(root, "baselines", &list, at->err));
    HAX_TRY(hax_json_expect_array(&list, &count, at->err));
    if (count > BASELINES_MAX)
        return mark(at, HAX_REFUSAL_MEMBER,
                    hax_json_fail(&list, at->err, "has %zu baselines, at most %d can be checked",
                                  count, BASELINES_MAX));
    claims->baselines = hax_arena_alloc(at->arena, count, sizeof *claims->baselines);
    if (!claims->baselines)
        return no_memory(at);
    for (size_t b = 0; b < count; b++) {
        hax_json item = hax_json_item(&list, b);
        HAX_TRY(read_baseline(at, &item, &claims->baselines[b]));
    }
    claims->baseline_count = (int) count;
    return HAX_OK;
}

/* ---- how far times may move ---- */

static hax_status read_range(const reader *at, const hax_json *units, int u, bool open,
                             hax_verify_range *range)
{
    static const char *const keys[] = { "low", "high", "low_open", "high_open", NULL };
    static const char *const plain_keys[] = { "low", "high", NULL };
    hax_json object, flag;
    bool ignored;
    HAX_TRY(hax_json_member(units, at->problem->units[u].name, &object, at->err));
    HAX_TRY(hax_json_expect_object(&object, at->err));
    HAX_TRY(hax_json_only(&object, open ? keys : plain_keys, at->err));
    for (int k = 2; open && k < 4; k++) {
        HAX_TRY(hax_json_member(&object, keys[k], &flag, at->err));
        HAX_TRY(hax_json_bool(&flag, &ignored, at->err));
    }
    HAX_TRY(hax_json_member_number(&object, "low", 0, LARGEST, &range->low, at->err));
    return hax_json_member_number(&object, "high", 0, LARGEST, &range->high, at->err);
}

static hax_status read_ranges(const reader *at, const hax_json *object, const char *key, bool open,
                              hax_verify_range *ranges)
{
    hax_json units;
    HAX_TRY(hax_json_member(object, key, &units, at->err));
    HAX_TRY(hax_json_expect_object(&units, at->err));
    for (int u = 0; u < at->problem->unit_count; u++)
        HAX_TRY(read_range(at, &units, u, open, &ranges[u]));
    return HAX_OK;
}

static hax_status read_sensitivity(const reader *at, const hax_json *root,
                                   hax_verify_sensitivity *made)
{
    static const char *const keys[] = {
        "optimal",      "units",         "spread",  "measured",   "moves",
        "worst_regret", "worst_factors", "limited", "unfinished", NULL
    };
    hax_json object, factors, optimal;
    bool ignored;
    made->claimed = hax_json_optional(root, "sensitivity", &object);
    if (!made->claimed)
        return HAX_OK;
    HAX_TRY(hax_json_only(&object, keys, at->err));
    HAX_TRY(read_flag(at, &object, "unfinished", &made->unfinished));
    if (made->unfinished)
        return HAX_OK;
    HAX_TRY(hax_json_member(&object, "optimal", &optimal, at->err));
    HAX_TRY(hax_json_bool(&optimal, &made->optimal, at->err));
    HAX_TRY(read_flag(at, &object, "measured", &made->measured));
    HAX_TRY(read_flag(at, &object, "limited", &ignored));
    HAX_TRY(hax_json_member_number(&object, "spread", 0, LARGEST, &made->spread, at->err));
    HAX_TRY(read_nullable(at, &object, "worst_regret", INFINITY, &made->worst_regret));
    HAX_TRY(read_ranges(at, &object, "units", true, made->units));
    HAX_TRY(read_ranges(at, &object, "moves", false, made->moves));
    HAX_TRY(hax_json_member(&object, "worst_factors", &factors, at->err));
    for (int u = 0; u < at->problem->unit_count; u++)
        HAX_TRY(hax_json_member_number(&factors, at->problem->units[u].name, 0, LARGEST,
                                       &made->worst[u], at->err));
    return HAX_OK;
}

static hax_status read_robust(const reader *at, const hax_json *root, hax_verify_robust *made)
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
    made->claimed = hax_json_optional(root, "robust", &object);
    if (!made->claimed)
        return HAX_OK;
    HAX_TRY(hax_json_only(&object, keys, at->err));
    HAX_TRY(read_flag(at, &object, "unfinished", &made->unfinished));
    if (made->unfinished)
        return HAX_OK;
    HAX_TRY(read_flag(at, &object, "measured", &made->measured));
    HAX_TRY(read_flag(at, &object, "limited", &ignored));
    HAX_TRY(hax_json_member_number(&object, "candidates", 1, LARGEST, &candidates, at->err));
    HAX_TRY(hax_json_member_number(&object, "spread", 0, LARGEST, &made->spread, at->err));
    HAX_TRY(hax_json_member_number(&object, "value", -LARGEST, LARGEST, &made->value, at->err));
    HAX_TRY(hax_json_member_number(&object, "optimum_value", -LARGEST, LARGEST,
                                   &made->optimum_value, at->err));
    HAX_TRY(read_nullable(at, &object, "worst_regret", INFINITY, &made->worst_regret));
    HAX_TRY(
        read_nullable(at, &object, "optimum_worst_regret", INFINITY, &made->optimum_worst_regret));
    return read_ranges(at, &object, "moves", false, made->moves);
}

/* ---- the document ---- */

hax_status hax_verify_read(hax_verifier *of, void *tree, const char *file, hax_arena *arena,
                           hax_verify_claims *claims)
{
    static const char *const keys[] = { "schema",     "version", "name",     "objective",
                                        "value",      "bound",   "gap",      "proven",
                                        "assignment", "order",   "lost_ms",  "baselines",
                                        "verdict",    "search",  "overlaps", "sensitivity",
                                        "robust",     NULL };
    hax_json root = hax_json_root(tree, file);
    reader at = { .of = of, .problem = of->problem, .err = of->err, .arena = arena };
    HAX_TRY(hax_json_expect_object(&root, of->err));
    HAX_TRY(hax_json_schema(&root, "haxconn/schedule", 1, of->err));
    HAX_TRY(hax_json_only(&root, keys, of->err));
    HAX_TRY(sort_names(&at));
    HAX_TRY(read_figures(&at, &root, claims));
    HAX_TRY(read_order(&at, &root, &claims->plan));
    HAX_TRY(read_assignment(&at, &root, claims));
    HAX_TRY(read_overlaps(&at, &root, claims)); /* while the index is that of the schedule's jobs */
    HAX_TRY(read_sensitivity(&at, &root, &claims->sensitivity));
    HAX_TRY(read_robust(&at, &root, &claims->robust));
    return read_baselines(&at, &root, claims);
}
