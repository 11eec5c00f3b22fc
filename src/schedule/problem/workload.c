/* The "haxconn/workload" document. */
#include "haxconn/workload.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "json.h"

enum {
    VERSION = 2,
    VERSION_OF_FRAMES = 2, /* rate_hz, buffer, policy */
    INSTANCES_MAX = 64,
    RULES_MAX = 4096,
    TEXT_BYTES = 512, /* of a rule */
};

/* The arena lies behind the workload it belongs to. */
typedef struct owned_workload {
    hax_workload public;
    hax_arena *arena;
} owned_workload;

typedef struct reader {
    hax_arena *arena;
    const char *file;
    hax_workload workload;
    hax_workload_instance *instances; /* [INSTANCES_MAX] */
    hax_frame_source *sources;        /* [INSTANCES_MAX] */
    int version;
    hax_rule *rules;            /* [RULES_MAX] */
    int copy_of[INSTANCES_MAX]; /* [instance]: the first of its copies */
    hax_error *err;
} reader;

static hax_status no_memory(const reader *reader)
{
    return hax_fail_memory(reader->err, "a workload");
}

static hax_status add_rule(reader *reader, hax_rule_kind kind, const char *text)
{
    if (reader->workload.rule_count == RULES_MAX)
        return hax_fail(reader->err, HAX_BAD_INPUT, "%s: more than %d rules", reader->file,
                        RULES_MAX);
    const char *kept = hax_arena_string(reader->arena, text);
    if (!kept)
        return no_memory(reader);
    reader->rules[reader->workload.rule_count++] = (hax_rule){ kind, kept };
    return HAX_OK;
}

/* ---- instances ------------------------------------------------------------------------- */

/* A path is relative to the folder of the workload. */
static const char *path_of(reader *reader, const char *network)
{
    const char *folder_end = strrchr(reader->file, '/');
    size_t length = strlen(network);
    bool is_file =
        strchr(network, '/') || (length > 9 && strcmp(network + length - 9, ".prototxt") == 0);
    if (!is_file || network[0] == '/' || !folder_end)
        return hax_arena_string(reader->arena, network);
    size_t folder = (size_t) (folder_end - reader->file) + 1;
    char *path = hax_arena_alloc(reader->arena, folder + length + 1, 1);
    if (path) {
        memcpy(path, reader->file, folder);
        memcpy(path + folder, network, length + 1);
    }
    return path;
}

/* "fine", "blocks", a number of groups, or a list of the first layers after each cut. */
static hax_status read_cuts(reader *reader, const hax_json *object, const char **cuts)
{
    hax_json value;
    char text[TEXT_BYTES];
    size_t count, used = 0;
    int layer;
    *cuts = NULL;
    if (!hax_json_optional(object, "cuts", &value))
        return HAX_OK;
    if (json_is_string(value.value)) {
        *cuts = hax_arena_string(reader->arena, json_string_value(value.value));
        return *cuts ? HAX_OK : no_memory(reader);
    }
    HAX_TRY(hax_json_expect_array(&value, &count, reader->err));
    if (count < 1 || count > 60)
        return hax_json_fail(&value, reader->err, "has %zu cuts, must have 1 to 60", count);
    for (size_t c = 0; c < count; c++) {
        hax_json item = hax_json_item(&value, c);
        HAX_TRY(hax_json_int(&item, 1, 999999, &layer, reader->err));
        /* one cut alone would be read as a number of groups */
        used += (size_t) snprintf(text + used, sizeof text - used, "%s%d%s", c ? "," : "", layer,
                                  count == 1 ? "," : "");
    }
    *cuts = hax_arena_string(reader->arena, text);
    return *cuts ? HAX_OK : no_memory(reader);
}

static bool known(const reader *reader, const char *name)
{
    for (int i = 0; i < reader->workload.instance_count; i++)
        if (strcmp(reader->instances[i].name, name) == 0)
            return true;
    return false;
}

static const char *copy_name(reader *reader, const char *name, int copy)
{
    char text[HAX_INSTANCE_NAME_BYTES];
    hax_instance_name(name, copy, text);
    return hax_arena_string(reader->arena, text);
}

static hax_status add_instance(reader *reader, const hax_json *object,
                               const hax_workload_instance *workload_instance,
                               const hax_frame_source *source, int copy)
{
    if (reader->workload.instance_count == INSTANCES_MAX)
        return hax_json_fail(object, reader->err, "more than %d instances, copies counted",
                             INSTANCES_MAX);
    if (!workload_instance->name || !workload_instance->network)
        return no_memory(reader);
    if (known(reader, workload_instance->name))
        return hax_json_fail(object, reader->err, "two instances are called '%.100s'",
                             workload_instance->name);
    if (strpbrk(workload_instance->name, "=,"))
        return hax_json_fail(object, reader->err, "a name holds no '=' and no ',': '%.100s'",
                             workload_instance->name);
    reader->copy_of[reader->workload.instance_count] = reader->workload.instance_count - (copy - 1);
    reader->sources[reader->workload.instance_count] = *source;
    reader->instances[reader->workload.instance_count++] = *workload_instance;
    return HAX_OK;
}

/* A key that older documents do not have would have been an error in them. */
static hax_status refuse_older(const reader *reader, const hax_json *object, const char *key)
{
    hax_json value;
    if (reader->version >= VERSION_OF_FRAMES || !hax_json_optional(object, key, &value))
        return HAX_OK;
    return hax_json_fail(&value, reader->err, "is known since version %d, the document's is %d",
                         VERSION_OF_FRAMES, reader->version);
}

static hax_status read_policy(const reader *reader, const hax_json *object,
                              hax_frame_policy *policy)
{
    const char *name;
    hax_json place;
    HAX_TRY(hax_json_string_or(object, "policy", "latest", &name, reader->err));
    *policy = strcmp(name, "queue") == 0 ? HAX_KEEP_QUEUE : HAX_KEEP_LATEST;
    if (*policy == HAX_KEEP_QUEUE || strcmp(name, "latest") == 0)
        return HAX_OK;
    HAX_TRY(hax_json_member(object, "policy", &place, reader->err));
    return hax_json_fail(&place, reader->err, "unknown policy '%.50s' (latest, queue)", name);
}

/* Its frames in a stream; a deadline counts from a frame's release. */
static hax_status read_source(const reader *reader, const hax_json *object,
                              hax_frame_source *source)
{
    static const double rate_max_hz = 1e6;
    double rate_hz;
    HAX_TRY(refuse_older(reader, object, "rate_hz"));
    HAX_TRY(refuse_older(reader, object, "buffer"));
    HAX_TRY(refuse_older(reader, object, "policy"));
    HAX_TRY(hax_json_number_or(object, "rate_hz", 1e-6, rate_max_hz, NAN, &rate_hz, reader->err));
    *source = isnan(rate_hz) ? hax_frame_source_default() : hax_frame_source_periodic(rate_hz);
    HAX_TRY(hax_json_number_or(object, "deadline_ms", 0, 1e12, source->deadline_ms,
                               &source->deadline_ms, reader->err));
    HAX_TRY(hax_json_int_or(object, "buffer", 1, HAX_FRAME_BUFFER_MAX, 1, &source->buffer,
                            reader->err));
    return read_policy(reader, object, &source->policy);
}

static hax_status read_number(reader *reader, const hax_json *object, const char *key, double min,
                              hax_rule_kind kind, const char *name)
{
    double value;
    char text[TEXT_BYTES];
    HAX_TRY(hax_json_number_or(object, key, min, 1e12, NAN, &value, reader->err));
    if (isnan(value))
        return HAX_OK;
    snprintf(text, sizeof text, "%.200s=%.17g", name, value);
    return add_rule(reader, kind, text);
}

static hax_status read_instance(reader *reader, const hax_json *object)
{
    static const char *const keys[] = { "name",   "network", "copies",      "cuts",
                                        "weight", "after",   "deadline_ms", "rate_hz",
                                        "buffer", "policy",  NULL };
    const char *network, *name;
    int copies;
    hax_frame_source source;
    hax_workload_instance workload_instance = { 0 };
    HAX_TRY(hax_json_only(object, keys, reader->err));
    HAX_TRY(hax_json_member_string(object, "network", &network, reader->err));
    HAX_TRY(hax_json_string_or(object, "name", network, &name, reader->err));
    HAX_TRY(hax_json_int_or(object, "copies", 1, INSTANCES_MAX, 1, &copies, reader->err));
    HAX_TRY(read_cuts(reader, object, &workload_instance.cuts));
    HAX_TRY(read_source(reader, object, &source));
    workload_instance.network = path_of(reader, network);
    for (int copy = 1; copy <= copies; copy++) {
        workload_instance.name = copy_name(reader, name, copy);
        HAX_TRY(add_instance(reader, object, &workload_instance, &source, copy));
        HAX_TRY(
            read_number(reader, object, "weight", 1e-9, HAX_RULE_WEIGHT, workload_instance.name));
        HAX_TRY(read_number(reader, object, "deadline_ms", 0, HAX_RULE_DEADLINE,
                            workload_instance.name));
    }
    return HAX_OK;
}

/* The instance of that name and, where it is the first of several copies, the others. */
static hax_status add_after(reader *reader, int instance, const char *name)
{
    char text[TEXT_BYTES];
    for (int i = 0; i < reader->workload.instance_count; i++) {
        bool copy = strcmp(reader->instances[reader->copy_of[i]].name, name) == 0;
        if (!copy && strcmp(reader->instances[i].name, name) != 0)
            continue;
        snprintf(text, sizeof text, "%.150s=%.150s", reader->instances[instance].name,
                 reader->instances[i].name);
        HAX_TRY(add_rule(reader, HAX_RULE_AFTER, text));
    }
    return HAX_OK;
}

/* Every copy comes after every copy of what is named. */
static hax_status read_after(reader *reader, const hax_json *object, int first, int end)
{
    hax_json list;
    size_t count;
    if (!hax_json_optional(object, "after", &list))
        return HAX_OK;
    HAX_TRY(hax_json_expect_array(&list, &count, reader->err));
    for (size_t a = 0; a < count; a++) {
        hax_json item = hax_json_item(&list, a);
        const char *name;
        HAX_TRY(hax_json_string(&item, &name, reader->err));
        if (!known(reader, name))
            return hax_json_fail(&item, reader->err, "unknown instance '%.50s'", name);
        for (int i = first; i < end; i++)
            HAX_TRY(add_after(reader, i, name));
    }
    return HAX_OK;
}

static hax_status read_instances(reader *reader, const hax_json *root)
{
    hax_json list;
    size_t count;
    int ends[INSTANCES_MAX];
    HAX_TRY(hax_json_member(root, "instances", &list, reader->err));
    HAX_TRY(hax_json_expect_array(&list, &count, reader->err));
    if (count < 1 || count > INSTANCES_MAX)
        return hax_json_fail(&list, reader->err, "has %zu entries, must have 1 to %d", count,
                             INSTANCES_MAX);
    for (size_t i = 0; i < count; i++) {
        hax_json item = hax_json_item(&list, i);
        HAX_TRY(read_instance(reader, &item));
        ends[i] = reader->workload.instance_count;
    }
    for (size_t i = 0; i < count; i++) {
        hax_json item = hax_json_item(&list, i);
        HAX_TRY(read_after(reader, &item, i ? ends[i - 1] : 0, ends[i]));
    }
    return HAX_OK;
}

/* ---- what is asked ----------------------------------------------------------------------- */

static hax_status read_objective(reader *reader, const hax_json *root)
{
    const char *name;
    hax_json place;
    HAX_TRY(hax_json_string_or(root, "objective", "latency", &name, reader->err));
    if (hax_objective_find(name, &reader->workload.objective))
        return HAX_OK;
    HAX_TRY(hax_json_member(root, "objective", &place, reader->err));
    return hax_json_fail(&place, reader->err,
                         "unknown objective '%.50s' (latency, throughput, sum, deadline)", name);
}

/* A list of rules in words, as the command line takes them. */
static hax_status read_rules(reader *reader, const hax_json *root, const char *key,
                             hax_rule_kind kind)
{
    hax_json list;
    size_t count;
    if (!hax_json_optional(root, key, &list))
        return HAX_OK;
    HAX_TRY(hax_json_expect_array(&list, &count, reader->err));
    for (size_t r = 0; r < count; r++) {
        hax_json item = hax_json_item(&list, r);
        const char *text;
        HAX_TRY(hax_json_string(&item, &text, reader->err));
        HAX_TRY(add_rule(reader, kind, text));
    }
    return HAX_OK;
}

static hax_status read_pieces(reader *reader, const hax_json *limits)
{
    hax_json pieces;
    const char *unit;
    json_t *value;
    char text[TEXT_BYTES];
    if (!hax_json_optional(limits, "max_pieces", &pieces))
        return HAX_OK;
    HAX_TRY(hax_json_expect_object(&pieces, reader->err));
    json_object_foreach(pieces.value, unit, value)
    {
        hax_json entry = { .value = value, .parent = &pieces, .key = unit, .file = pieces.file };
        int count;
        HAX_TRY(hax_json_int(&entry, 0, 1000000, &count, reader->err));
        snprintf(text, sizeof text, "%.200s=%d", unit, count);
        HAX_TRY(add_rule(reader, HAX_RULE_PIECES, text));
    }
    return HAX_OK;
}

static hax_status read_limits(reader *reader, const hax_json *root)
{
    static const char *const keys[] = { "max_transitions", "max_pieces", NULL };
    hax_json limits;
    reader->workload.max_transitions = -1;
    if (!hax_json_optional(root, "limits", &limits))
        return HAX_OK;
    HAX_TRY(hax_json_only(&limits, keys, reader->err));
    HAX_TRY(hax_json_int_or(&limits, "max_transitions", 0, INT_MAX, -1,
                            &reader->workload.max_transitions, reader->err));
    return read_pieces(reader, &limits);
}

static hax_status read_workload(reader *reader, const hax_json *root)
{
    static const char *const keys[] = { "schema", "version", "objective", "instances", "limits",
                                        "pin",    "forbid",  "join",      NULL };
    HAX_TRY(hax_json_expect_object(root, reader->err));
    HAX_TRY(hax_json_schema(root, "haxconn/workload", VERSION, reader->err));
    HAX_TRY(hax_json_int_or(root, "version", 1, VERSION, 1, &reader->version, reader->err));
    HAX_TRY(hax_json_only(root, keys, reader->err));
    HAX_TRY(read_instances(reader, root));
    HAX_TRY(read_objective(reader, root));
    HAX_TRY(read_limits(reader, root));
    HAX_TRY(read_rules(reader, root, "pin", HAX_RULE_PIN));
    HAX_TRY(read_rules(reader, root, "forbid", HAX_RULE_FORBID));
    return read_rules(reader, root, "join", HAX_RULE_JOIN);
}

/* The arena and the workload in it; NULL when memory is out. */
static owned_workload *begin(reader *reader)
{
    reader->arena = hax_arena_create();
    if (!reader->arena)
        return NULL;
    owned_workload *owned = hax_arena_alloc(reader->arena, 1, sizeof *owned);
    reader->instances = hax_arena_alloc(reader->arena, INSTANCES_MAX, sizeof *reader->instances);
    reader->sources = hax_arena_alloc(reader->arena, INSTANCES_MAX, sizeof *reader->sources);
    reader->rules = hax_arena_alloc(reader->arena, RULES_MAX, sizeof *reader->rules);
    return reader->instances && reader->sources && reader->rules ? owned : NULL;
}

hax_status hax_workload_parse(const char *json, size_t length, const char *file,
                              const hax_workload **workload, hax_error *err)
{
    json_t *tree;
    reader context = { .file = file, .err = err };
    HAX_TRY(hax_json_parse(json, length, file, &tree, err));
    hax_json root = hax_json_root(tree, file);
    owned_workload *owned = begin(&context);
    hax_status status = owned ? read_workload(&context, &root) : no_memory(&context);
    json_decref(tree);
    if (status != HAX_OK) {
        hax_arena_destroy(context.arena);
        return status;
    }
    context.workload.instances = context.instances;
    context.workload.sources = context.sources;
    context.workload.rules = context.rules;
    *owned = (owned_workload){ context.workload, context.arena };
    *workload = &owned->public;
    return HAX_OK;
}

void hax_workload_destroy(const hax_workload *workload)
{
    if (workload)
        hax_arena_destroy(((const owned_workload *) workload)->arena);
}
