/* The "haxconn/problem" document. */
#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "contention.h"
#include "haxconn/version.h"
#include "json.h"
#include "problem.h"

#define NUMBER_MAX 1e12

/* The first version in which costs may say how far their time was seen to go. What does not say it
 * is written as version 1, which older readers take. */
enum { VERSION_OF_LIMITS = 2 };

/* ---- reading -------------------------------------------------------------------------------- */

typedef struct reader {
    hax_arena *arena;
    hax_problem problem;
    int version;
    hax_error *err;
} reader;

static void *many(reader *reader, size_t count, size_t size)
{
    return hax_arena_alloc(reader->arena, count, size);
}

static hax_status no_memory(const reader *reader)
{
    return hax_fail_memory(reader->err, "a problem");
}

static hax_status read_list(const hax_json *root, const char *key, size_t most, hax_json *list,
                            size_t *count, hax_error *err)
{
    HAX_TRY(hax_json_member(root, key, list, err));
    HAX_TRY(hax_json_expect_array(list, count, err));
    if (*count < 1 || *count > most)
        return hax_json_fail(list, err, "has %zu entries, must have 1 to %zu", *count, most);
    return HAX_OK;
}

static hax_status read_resources(reader *reader, const hax_json *root)
{
    hax_json list;
    size_t count;
    HAX_TRY(read_list(root, "resources", HAX_MAX_RESOURCES, &list, &count, reader->err));
    const char **names = many(reader, count, sizeof *names);
    if (!names)
        return no_memory(reader);
    for (size_t r = 0; r < count; r++) {
        hax_json item = hax_json_item(&list, r);
        HAX_TRY(hax_json_string(&item, &names[r], reader->err));
        for (size_t before = 0; before < r; before++)
            if (strcmp(names[before], names[r]) == 0)
                return hax_json_fail(&item, reader->err, "two resources are called '%.50s'",
                                     names[r]);
    }
    reader->problem.resources = names;
    reader->problem.resource_count = (int) count;
    return HAX_OK;
}

static hax_status read_axis(reader *reader, const hax_json *object, const char *key, int *count,
                            const double **axis)
{
    hax_json list;
    size_t length;
    HAX_TRY(read_list(object, key, 10000, &list, &length, reader->err));
    double *values = many(reader, length, sizeof *values);
    if (!values)
        return no_memory(reader);
    for (size_t i = 0; i < length; i++) {
        hax_json item = hax_json_item(&list, i);
        HAX_TRY(hax_json_number(&item, 0, NUMBER_MAX, &values[i], reader->err));
        if (i > 0 && values[i] <= values[i - 1])
            return hax_json_fail(&item, reader->err, "%g does not rise", values[i]);
    }
    *count = (int) length;
    *axis = values;
    return HAX_OK;
}

static hax_status read_row(reader *reader, const hax_json *rows, int i, const hax_slowdown *s,
                           double *values)
{
    hax_json row = hax_json_item(rows, (size_t) i);
    size_t columns;
    HAX_TRY(hax_json_expect_array(&row, &columns, reader->err));
    if (columns != (size_t) s->external_count)
        return hax_json_fail(&row, reader->err, "has %zu values, external_gbps has %d", columns,
                             s->external_count);
    for (size_t j = 0; j < columns; j++) {
        hax_json item = hax_json_item(&row, j);
        HAX_TRY(hax_json_number(&item, 1, 1000, &values[j], reader->err));
        if ((j > 0 && values[j] < values[j - 1]) ||
            (i > 0 && values[j] < values[(long) j - s->external_count]))
            return hax_json_fail(&item, reader->err, "%g falls as demand grows", values[j]);
        if (s->external_gbps[j] == 0 && values[j] != 1)
            return hax_json_fail(&item, reader->err, "%g at an external demand of 0, where it is 1",
                                 values[j]);
    }
    return HAX_OK;
}

static hax_status read_table(reader *reader, const hax_json *object, hax_slowdown *s)
{
    static const char *const keys[] = { "kind", "own_gbps", "external_gbps", "slowdown", NULL };
    hax_json rows;
    size_t count;
    HAX_TRY(hax_json_only(object, keys, reader->err));
    HAX_TRY(read_axis(reader, object, "own_gbps", &s->own_count, &s->own_gbps));
    HAX_TRY(read_axis(reader, object, "external_gbps", &s->external_count, &s->external_gbps));
    HAX_TRY(read_list(object, "slowdown", 10000, &rows, &count, reader->err));
    if (count != (size_t) s->own_count)
        return hax_json_fail(&rows, reader->err, "has %zu rows, own_gbps has %d", count,
                             s->own_count);
    double *values = many(reader, count * (size_t) s->external_count, sizeof *values);
    if (!values)
        return no_memory(reader);
    for (int i = 0; i < s->own_count; i++)
        HAX_TRY(read_row(reader, &rows, i, s, values + (size_t) i * (size_t) s->external_count));
    s->slowdown = values;
    return HAX_OK;
}

static hax_status read_slowdown(reader *reader, const hax_json *unit, hax_slowdown *s)
{
    static const char *const none_keys[] = { "kind", NULL };
    static const char *const linear_keys[] = { "kind", "per_gbps", NULL };
    hax_json object;
    const char *kind;
    *s = (hax_slowdown){ .kind = HAX_SLOWDOWN_NONE };
    if (!hax_json_optional(unit, "slowdown", &object))
        return HAX_OK;
    HAX_TRY(hax_json_member_string(&object, "kind", &kind, reader->err));
    if (strcmp(kind, "none") == 0)
        return hax_json_only(&object, none_keys, reader->err);
    if (strcmp(kind, "linear") == 0) {
        s->kind = HAX_SLOWDOWN_LINEAR;
        HAX_TRY(hax_json_only(&object, linear_keys, reader->err));
        return hax_json_member_number(&object, "per_gbps", 0, NUMBER_MAX, &s->per_gbps,
                                      reader->err);
    }
    if (strcmp(kind, "table") == 0) {
        s->kind = HAX_SLOWDOWN_TABLE;
        return read_table(reader, &object, s);
    }
    if (strcmp(kind, "pccs") == 0) {
        s->kind = HAX_SLOWDOWN_PCCS;
        return hax_slowdown_pccs_from_json(&object, &s->pccs, reader->err);
    }
    return hax_json_fail(&object, reader->err, "unknown kind '%.50s' (none, linear, table, pccs)",
                         kind);
}

static int find(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static hax_status read_uses(reader *reader, const hax_json *unit, uint32_t *mask)
{
    hax_json list;
    size_t count;
    HAX_TRY(read_list(unit, "uses", HAX_MAX_RESOURCES, &list, &count, reader->err));
    *mask = 0;
    for (size_t i = 0; i < count; i++) {
        hax_json item = hax_json_item(&list, i);
        const char *name;
        HAX_TRY(hax_json_string(&item, &name, reader->err));
        int resource = find(reader->problem.resources, reader->problem.resource_count, name);
        if (resource < 0)
            return hax_json_fail(&item, reader->err, "unknown resource '%.50s'", name);
        *mask |= 1U << resource;
    }
    return HAX_OK;
}

static hax_status read_unit(reader *reader, const hax_json *object, hax_unit_spec *unit, int count)
{
    static const char *const keys[] = { "name", "uses", "slowdown", NULL };
    HAX_TRY(hax_json_only(object, keys, reader->err));
    HAX_TRY(hax_json_member_string(object, "name", &unit->name, reader->err));
    for (int u = 1; u <= count; u++)
        if (strcmp(unit[-u].name, unit->name) == 0)
            return hax_json_fail(object, reader->err, "two units are called '%.50s'", unit->name);
    HAX_TRY(read_uses(reader, object, &unit->resources));
    unit->max_pieces = -1;
    return read_slowdown(reader, object, &unit->slowdown);
}

static hax_status read_units(reader *reader, const hax_json *root)
{
    hax_json list;
    size_t count;
    HAX_TRY(read_list(root, "units", HAX_MAX_UNITS, &list, &count, reader->err));
    hax_unit_spec *units = many(reader, count, sizeof *units);
    if (!units)
        return no_memory(reader);
    for (size_t u = 0; u < count; u++) {
        hax_json item = hax_json_item(&list, u);
        HAX_TRY(read_unit(reader, &item, &units[u], (int) u));
    }
    reader->problem.units = units;
    reader->problem.unit_count = (int) count;
    return HAX_OK;
}

static int unit_by_name(const reader *reader, const char *name)
{
    for (int u = 0; u < reader->problem.unit_count; u++)
        if (strcmp(reader->problem.units[u].name, name) == 0)
            return u;
    return -1;
}

/* How far the time was seen to go; since version 2. */
static hax_status read_limits_of_time(const reader *reader, const hax_json *object, hax_cost *cost)
{
    hax_json low, high;
    bool has_low = hax_json_optional(object, "low_ms", &low);
    bool has_high = hax_json_optional(object, "high_ms", &high);
    if (!has_low && !has_high)
        return HAX_OK;
    if (reader->version < VERSION_OF_LIMITS)
        return hax_json_fail(has_low ? &low : &high, reader->err,
                             "is known since version %d, the document's is %d", VERSION_OF_LIMITS,
                             reader->version);
    HAX_TRY(hax_json_member_number(object, "low_ms", 0, cost->time_ms, &cost->low_ms, reader->err));
    return hax_json_member_number(object, "high_ms", cost->time_ms, NUMBER_MAX, &cost->high_ms,
                                  reader->err);
}

static hax_status read_cost(reader *reader, const hax_json *object, hax_cost *cost)
{
    static const char *const keys[] = { "time_ms", "gbps",     "out_ms", "out_gbps", "in_ms",
                                        "in_gbps", "own_gbps", "low_ms", "high_ms",  NULL };
    hax_error *err = reader->err;
    HAX_TRY(hax_json_only(object, keys, err));
    HAX_TRY(hax_json_member_number(object, "time_ms", 0, NUMBER_MAX, &cost->time_ms, err));
    HAX_TRY(hax_json_number_or(object, "gbps", 0, NUMBER_MAX, 0, &cost->gbps, err));
    HAX_TRY(hax_json_number_or(object, "out_ms", 0, NUMBER_MAX, 0, &cost->out_ms, err));
    HAX_TRY(hax_json_number_or(object, "out_gbps", 0, NUMBER_MAX, 0, &cost->out_gbps, err));
    HAX_TRY(hax_json_number_or(object, "in_ms", 0, NUMBER_MAX, 0, &cost->in_ms, err));
    HAX_TRY(hax_json_number_or(object, "in_gbps", 0, NUMBER_MAX, 0, &cost->in_gbps, err));
    HAX_TRY(hax_json_number_or(object, "own_gbps", 0, NUMBER_MAX, 0, &cost->own_gbps, err));
    cost->allowed = true;
    return read_limits_of_time(reader, object, cost);
}

static hax_status read_group(reader *reader, const hax_json *object, hax_group_spec *group)
{
    static const char *const keys[] = { "name", "on", "joined", NULL };
    hax_json json, joined;
    const char *name;
    json_t *value;
    HAX_TRY(hax_json_only(object, keys, reader->err));
    HAX_TRY(hax_json_member_string(object, "name", &group->name, reader->err));
    if (!hax_layers_parse(group->name, strlen(group->name), &group->first_layer,
                          &group->layer_count))
        group->layer_count = 0;
    if (hax_json_optional(object, "joined", &joined))
        HAX_TRY(hax_json_bool(&joined, &group->joined, reader->err));
    HAX_TRY(hax_json_member(object, "on", &json, reader->err));
    HAX_TRY(hax_json_expect_object(&json, reader->err));
    hax_cost *costs = many(reader, (size_t) reader->problem.unit_count, sizeof *costs);
    if (!costs)
        return no_memory(reader);
    json_object_foreach(json.value, name, value)
    {
        hax_json entry = { .value = value, .parent = &json, .key = name, .file = json.file };
        int unit = unit_by_name(reader, name);
        if (unit < 0)
            return hax_json_fail(&entry, reader->err, "unknown unit");
        HAX_TRY(read_cost(reader, &entry, &costs[unit]));
    }
    if (json_object_size(json.value) == 0)
        return hax_json_fail(&json, reader->err, "no unit may run this group");
    group->on = costs;
    return HAX_OK;
}

static hax_status check_group_list(const reader *reader, const hax_json *list,
                                   const hax_instance_spec *instance)
{
    int twice;
    if (instance->groups[0].joined) {
        const hax_json first = hax_json_item(list, 0);
        return hax_json_fail(&first, reader->err,
                             "is joined to the group before it, but is the first");
    }
    HAX_TRY(hax_problem_find_double(instance, &twice, reader->err));
    if (twice < 0)
        return HAX_OK;
    const hax_json second = hax_json_item(list, (size_t) twice);
    return hax_json_fail(&second, reader->err, "two groups are called '%.50s'",
                         instance->groups[twice].name);
}

static hax_status read_groups(reader *reader, const hax_json *object, hax_instance_spec *instance)
{
    hax_json list;
    size_t count;
    HAX_TRY(read_list(object, "groups", HAX_MAX_GROUPS, &list, &count, reader->err));
    hax_group_spec *groups = many(reader, count, sizeof *groups);
    if (!groups)
        return no_memory(reader);
    for (size_t g = 0; g < count; g++) {
        hax_json item = hax_json_item(&list, g);
        HAX_TRY(read_group(reader, &item, &groups[g]));
    }
    instance->groups = groups;
    instance->group_count = (int) count;
    return check_group_list(reader, &list, instance);
}

static hax_status read_instance(reader *reader, const hax_json *object, hax_instance_spec *instance,
                                int before)
{
    static const char *const keys[] = { "name", "after", "weight", "deadline_ms", "groups", NULL };
    HAX_TRY(hax_json_only(object, keys, reader->err));
    HAX_TRY(hax_json_member_string(object, "name", &instance->name, reader->err));
    for (int i = 1; i <= before; i++)
        if (strcmp(instance[-i].name, instance->name) == 0)
            return hax_json_fail(object, reader->err, "two instances are called '%.50s'",
                                 instance->name);
    HAX_TRY(
        hax_json_number_or(object, "weight", 1e-9, NUMBER_MAX, 1, &instance->weight, reader->err));
    HAX_TRY(hax_json_number_or(object, "deadline_ms", 0, NUMBER_MAX, INFINITY,
                               &instance->deadline_ms, reader->err));
    return read_groups(reader, object, instance);
}

/* Names of instances are known only when all have been read. */
static hax_status read_after(reader *reader, const hax_json *object, hax_instance_spec *instances,
                             int count, int i)
{
    hax_json list;
    size_t length;
    if (!hax_json_optional(object, "after", &list))
        return HAX_OK;
    HAX_TRY(hax_json_expect_array(&list, &length, reader->err));
    int *after = many(reader, length, sizeof *after);
    if (!after)
        return no_memory(reader);
    for (size_t a = 0; a < length; a++) {
        hax_json item = hax_json_item(&list, a);
        const char *name;
        HAX_TRY(hax_json_string(&item, &name, reader->err));
        after[a] = -1;
        for (int j = 0; j < count; j++)
            if (strcmp(instances[j].name, name) == 0)
                after[a] = j;
        if (after[a] < 0)
            return hax_json_fail(&item, reader->err, "unknown instance '%.50s'", name);
    }
    instances[i].after = after;
    instances[i].after_count = (int) length;
    return HAX_OK;
}

static hax_status read_instances(reader *reader, const hax_json *root)
{
    hax_json list;
    size_t count;
    HAX_TRY(read_list(root, "instances", 10000, &list, &count, reader->err));
    hax_instance_spec *instances = many(reader, count, sizeof *instances);
    if (!instances)
        return no_memory(reader);
    for (size_t i = 0; i < count; i++) {
        hax_json item = hax_json_item(&list, i);
        HAX_TRY(read_instance(reader, &item, &instances[i], (int) i));
    }
    for (size_t i = 0; i < count; i++) {
        hax_json item = hax_json_item(&list, i);
        HAX_TRY(read_after(reader, &item, instances, (int) count, (int) i));
    }
    reader->problem.instances = instances;
    reader->problem.instance_count = (int) count;
    int circle;
    HAX_TRY(hax_problem_find_circle(&reader->problem, &circle, reader->err));
    if (circle < 0)
        return HAX_OK;
    const hax_json item = hax_json_item(&list, (size_t) circle);
    return hax_json_fail(&item, reader->err, "'%.50s' comes after itself", instances[circle].name);
}

static hax_status read_objective(reader *reader, const hax_json *root)
{
    const char *name;
    hax_json place;
    HAX_TRY(hax_json_string_or(root, "objective", "latency", &name, reader->err));
    if (hax_objective_find(name, &reader->problem.objective))
        return HAX_OK;
    HAX_TRY(hax_json_member(root, "objective", &place, reader->err));
    return hax_json_fail(&place, reader->err,
                         "unknown objective '%.50s' (latency, throughput, sum, deadline)", name);
}

/* What the objective asks of every instance. */
static hax_status check_deadlines(const reader *reader, const hax_json *root)
{
    hax_json list;
    HAX_TRY(hax_json_member(root, "instances", &list, reader->err));
    for (int i = 0; reader->problem.objective == HAX_DEADLINE && i < reader->problem.instance_count;
         i++) {
        const hax_json item = hax_json_item(&list, (size_t) i);
        if (!isfinite(reader->problem.instances[i].deadline_ms))
            return hax_json_fail(&item, reader->err,
                                 "'%.50s' has no deadline_ms, which the objective 'deadline' needs",
                                 reader->problem.instances[i].name);
    }
    return HAX_OK;
}

/* 1/T of an instance that ends at 0 is infinite. */
static hax_status check_throughput(const reader *reader, const hax_json *root)
{
    hax_json list;
    int timeless;
    if (reader->problem.objective != HAX_THROUGHPUT)
        return HAX_OK;
    HAX_TRY(hax_problem_find_timeless(&reader->problem, &timeless, reader->err));
    if (timeless < 0)
        return HAX_OK;
    HAX_TRY(hax_json_member(root, "instances", &list, reader->err));
    const hax_json item = hax_json_item(&list, (size_t) timeless);
    return hax_json_fail(&item, reader->err,
                         "'%.50s' can end at 0 ms, and 1/T of that is infinite: the objective "
                         "'throughput' needs times above 0",
                         reader->problem.instances[timeless].name);
}

static hax_status read_limits(reader *reader, const hax_json *root)
{
    static const char *const keys[] = { "max_transitions", "max_pieces", NULL };
    hax_json limits, pieces;
    const char *name;
    json_t *value;
    reader->problem.max_transitions = -1;
    if (!hax_json_optional(root, "limits", &limits))
        return HAX_OK;
    HAX_TRY(hax_json_only(&limits, keys, reader->err));
    HAX_TRY(hax_json_int_or(&limits, "max_transitions", 0, INT_MAX, -1,
                            &reader->problem.max_transitions, reader->err));
    if (!hax_json_optional(&limits, "max_pieces", &pieces))
        return HAX_OK;
    HAX_TRY(hax_json_expect_object(&pieces, reader->err));
    hax_unit_spec *units = many(reader, (size_t) reader->problem.unit_count, sizeof *units);
    if (!units)
        return no_memory(reader);
    memcpy(units, reader->problem.units, (size_t) reader->problem.unit_count * sizeof *units);
    json_object_foreach(pieces.value, name, value)
    {
        hax_json entry = { .value = value, .parent = &pieces, .key = name, .file = pieces.file };
        int unit = unit_by_name(reader, name);
        if (unit < 0)
            return hax_json_fail(&entry, reader->err, "unknown unit");
        HAX_TRY(hax_json_int(&entry, 0, INT_MAX, &units[unit].max_pieces, reader->err));
    }
    reader->problem.units = units;
    return HAX_OK;
}

static hax_status read_problem(reader *reader, const hax_json *root)
{
    static const char *const keys[] = { "schema",    "version",   "tool",   "resources", "units",
                                        "instances", "objective", "limits", NULL };
    HAX_TRY(hax_json_expect_object(root, reader->err));
    HAX_TRY(hax_json_schema(root, "haxconn/problem", VERSION_OF_LIMITS, reader->err));
    HAX_TRY(
        hax_json_int_or(root, "version", 1, VERSION_OF_LIMITS, 1, &reader->version, reader->err));
    HAX_TRY(hax_json_only(root, keys, reader->err));
    HAX_TRY(read_resources(reader, root));
    HAX_TRY(read_units(reader, root));
    HAX_TRY(read_instances(reader, root));
    HAX_TRY(read_objective(reader, root));
    HAX_TRY(check_deadlines(reader, root));
    HAX_TRY(read_limits(reader, root));
    return check_throughput(reader, root);
}

hax_status hax_problem_parse(const char *json, size_t length, const char *file,
                             const hax_problem **problem, hax_error *err)
{
    assert(json && file && problem);
    json_t *tree;
    reader context = { .err = err };
    HAX_TRY(hax_json_parse(json, length, file, &tree, err));
    context.arena = hax_arena_create();
    hax_json root = hax_json_root(tree, file);
    hax_status status = context.arena ? read_problem(&context, &root) : no_memory(&context);
    if (status == HAX_OK) {
        hax_error why = { 0 };
        status = hax_problem_copy(&context.problem, problem, &why); /* checks it once more */
        if (status != HAX_OK)
            hax_fail_at(err, status, file, 0, 0, "%s", why.message);
    }
    hax_arena_destroy(context.arena);
    json_decref(tree);
    return status;
}

/* ---- writing -------------------------------------------------------------------------------- */

static json_t *unit_json(const hax_problem *problem, const hax_unit_spec *unit)
{
    json_t *uses = json_array();
    for (int r = 0; r < problem->resource_count; r++)
        if (unit->resources >> r & 1)
            hax_json_append(&uses, json_string(problem->resources[r]));
    return json_pack("{s:s, s:o, s:o}", "name", unit->name, "uses", uses, "slowdown",
                     hax_slowdown_to_json(&unit->slowdown));
}

static json_t *group_json(const hax_problem *problem, const hax_group_spec *group)
{
    json_t *by_unit = json_object();
    for (int u = 0; u < problem->unit_count; u++) {
        const hax_cost *cost = &group->on[u];
        if (!cost->allowed)
            continue;
        json_t *result = json_pack("{s:f, s:f, s:f, s:f, s:f, s:f}", "time_ms", cost->time_ms,
                                   "gbps", cost->gbps, "out_ms", cost->out_ms, "out_gbps",
                                   cost->out_gbps, "in_ms", cost->in_ms, "in_gbps", cost->in_gbps);
        if (cost->own_gbps > 0)
            hax_json_set(&result, "own_gbps", json_real(cost->own_gbps));
        if (cost->high_ms > 0) {
            hax_json_set(&result, "low_ms", json_real(cost->low_ms));
            hax_json_set(&result, "high_ms", json_real(cost->high_ms));
        }
        hax_json_set(&by_unit, problem->units[u].name, result);
    }
    json_t *made_json_t = json_pack("{s:s, s:o}", "name", group->name, "on", by_unit);
    if (made_json_t && group->joined)
        hax_json_set(&made_json_t, "joined", json_true());
    return made_json_t;
}

static json_t *instance_json(const hax_problem *problem, const hax_instance_spec *instance)
{
    json_t *after = json_array(), *groups = json_array();
    for (int a = 0; a < instance->after_count; a++)
        hax_json_append(&after, json_string(problem->instances[instance->after[a]].name));
    for (int g = 0; g < instance->group_count; g++)
        hax_json_append(&groups, group_json(problem, &instance->groups[g]));
    return json_pack("{s:s, s:o, s:f, s:o, s:o}", "name", instance->name, "after", after, "weight",
                     instance->weight, "deadline_ms",
                     isfinite(instance->deadline_ms) ? json_real(instance->deadline_ms)
                                                     : json_null(),
                     "groups", groups);
}

static json_t *limits_json(const hax_problem *problem)
{
    json_t *pieces = json_object();
    for (int u = 0; u < problem->unit_count; u++)
        if (problem->units[u].max_pieces >= 0)
            hax_json_set(&pieces, problem->units[u].name,
                         json_integer(problem->units[u].max_pieces));
    return json_pack("{s:o, s:o}", "max_transitions",
                     problem->max_transitions < 0 ? json_null()
                                                  : json_integer(problem->max_transitions),
                     "max_pieces", pieces);
}

static int version_of(const hax_problem *problem)
{
    for (int i = 0; i < problem->instance_count; i++)
        for (int g = 0; g < problem->instances[i].group_count; g++)
            for (int u = 0; u < problem->unit_count; u++)
                if (hax_cost_of(problem, i, g, u)->allowed &&
                    hax_cost_of(problem, i, g, u)->high_ms > 0)
                    return VERSION_OF_LIMITS;
    return 1;
}

/* Problems made by hand may have groups of one name; a document may not. */
static hax_status check_names(const hax_problem *problem, hax_error *err)
{
    for (int i = 0; i < problem->instance_count; i++) {
        const hax_instance_spec *instance = &problem->instances[i];
        int twice;
        HAX_TRY(hax_problem_find_double(instance, &twice, err));
        if (twice >= 0)
            return hax_fail(err, HAX_BAD_INPUT, "instance '%s': two groups are called '%s'",
                            instance->name, instance->groups[twice].name);
    }
    return HAX_OK;
}

hax_status hax_problem_text(const hax_problem *problem, char **json, hax_error *err)
{
    HAX_TRY(check_names(problem, err));
    json_t *resources = json_array(), *units = json_array(), *instances = json_array();
    for (int r = 0; r < problem->resource_count; r++)
        hax_json_append(&resources, json_string(problem->resources[r]));
    for (int u = 0; u < problem->unit_count; u++)
        hax_json_append(&units, unit_json(problem, &problem->units[u]));
    for (int i = 0; i < problem->instance_count; i++)
        hax_json_append(&instances, instance_json(problem, &problem->instances[i]));
    json_t *tree =
        json_pack("{s:s, s:i, s:s, s:o, s:o, s:o, s:s, s:o}", "schema", "haxconn/problem",
                  "version", version_of(problem), "tool", "haxconn " HAX_VERSION, "resources",
                  resources, "units", units, "instances", instances, "objective",
                  hax_objective_name(problem->objective), "limits", limits_json(problem));
    if (!tree)
        return hax_fail_memory(err, "a problem document");
    hax_status status = hax_json_text(tree, json, err);
    json_decref(tree);
    return status;
}
