/* Platforms: opened by name or file, made piece by piece. */
#include <assert.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "file.h"
#include "gpu_platform.h"
#include "jetson_platform.h"
#include "platforms.h"

/* The arena owns the platform and is remembered behind it. */
typedef struct owned_platform {
    hax_platform public;
    hax_arena *arena;
} owned_platform;

hax_status hax_platform_builder_begin(hax_platform_builder *maker, const char *name, hax_error *err)
{
    memset(maker, 0, sizeof *maker);
    maker->arena = hax_arena_create();
    owned_platform *owned = maker->arena ? hax_arena_alloc(maker->arena, 1, sizeof *owned) : NULL;
    if (!owned) {
        hax_arena_destroy(maker->arena);
        return hax_fail_memory(err, "a platform");
    }
    owned->arena = maker->arena;
    maker->platform = &owned->public;
    maker->platform->name = hax_platform_builder_text(maker, "%s", name);
    maker->platform->description = "";
    return HAX_OK;
}

const char *hax_platform_builder_text(hax_platform_builder *maker, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const char *copy = hax_arena_string(maker->arena, text);
    if (!copy)
        maker->failed = true;
    return copy ? copy : "";
}

int hax_platform_builder_resource(hax_platform_builder *maker, const char *name)
{
    maker->resources[maker->platform->resource_count] =
        hax_platform_builder_text(maker, "%s", name);
    return maker->platform->resource_count++;
}

int hax_platform_builder_kind(hax_platform_builder *maker, const hax_kind *kind)
{
    hax_kind *result = &maker->kinds[maker->platform->kind_count];
    *result = *kind;
    result->name = hax_platform_builder_text(maker, "%s", kind->name);
    result->driver = hax_platform_builder_text(maker, "%s", kind->driver);
    result->isa = hax_platform_builder_text(maker, "%s", kind->isa ? kind->isa : "");
    result->precision =
        hax_platform_builder_text(maker, "%s", kind->precision ? kind->precision : "f32");
    return maker->platform->kind_count++;
}

int hax_platform_builder_unit(hax_platform_builder *maker, const hax_unit *unit)
{
    hax_unit *result = &maker->units[maker->platform->unit_count];
    int *cpus = hax_arena_alloc(maker->arena, (size_t) unit->cpu_count, sizeof *cpus);
    *result = *unit;
    result->name = hax_platform_builder_text(maker, "%s", unit->name);
    result->why = hax_platform_builder_text(maker, "%s", unit->why ? unit->why : "");
    if (!cpus)
        maker->failed = true;
    else if (unit->cpu_count > 0)
        memcpy(cpus, unit->cpus, (size_t) unit->cpu_count * sizeof *cpus);
    result->cpus = cpus;
    return maker->platform->unit_count++;
}

void hax_platform_builder_abandon(hax_platform_builder *maker)
{
    hax_arena_destroy(maker->arena);
    maker->arena = NULL;
}

static void *keep(hax_platform_builder *maker, const void *list, int count, size_t size)
{
    void *copy = hax_arena_alloc(maker->arena, (size_t) count, size);
    if (!copy)
        maker->failed = true;
    else if (count > 0)
        memcpy(copy, list, (size_t) count * size);
    return copy;
}

/* Units that do the same work in the same time: same kind, same number of threads. (On machines
 * with kinds of cores, kinds differ too: host.c makes one per kind of core.) */
static void find_classes(hax_platform_builder *maker)
{
    for (int u = 0; u < maker->platform->unit_count; u++) {
        hax_unit *unit = &maker->units[u];
        unit->class_id = u;
        for (int v = 0; v < u; v++)
            if (maker->units[v].kind == unit->kind && maker->units[v].threads == unit->threads &&
                maker->units[v].sms == unit->sms && (maker->units[v].dla > 0) == (unit->dla > 0) &&
                maker->units[v].class_id == v) {
                unit->class_id = v;
                break;
            }
    }
}

hax_status hax_platform_builder_end(hax_platform_builder *maker, const hax_platform **platform,
                                    hax_error *err)
{
    hax_platform *result = maker->platform;
    find_classes(maker);
    result->resources =
        keep(maker, maker->resources, result->resource_count, sizeof *maker->resources);
    result->kinds = keep(maker, maker->kinds, result->kind_count, sizeof *maker->kinds);
    result->units = keep(maker, maker->units, result->unit_count, sizeof *maker->units);
    hax_status status = maker->failed ? hax_fail_memory(err, "a platform")
                        : result->fingerprint.cpu
                            ? HAX_OK
                            : hax_fingerprint_take(maker->arena, result, &result->fingerprint, err);
    if (status != HAX_OK) {
        hax_platform_builder_abandon(maker);
        return status;
    }
    *platform = result;
    return HAX_OK;
}

void hax_platform_destroy(const hax_platform *platform)
{
    if (platform)
        hax_arena_destroy(((const owned_platform *) platform)->arena);
}

static hax_status open_file(const char *path, const hax_platform **platform, hax_error *err)
{
    enum { BYTES_MAX = 4 << 20 };
    char *text;
    size_t length;
    HAX_TRY(hax_file_read(path, BYTES_MAX, &text, &length, err));
    hax_status status = hax_platform_parse(text, length, path, platform, err);
    free(text);
    return status;
}

static bool is_path(const char *name)
{
    size_t length = strlen(name);
    return strchr(name, '/') || (length > 5 && strcmp(name + length - 5, ".json") == 0);
}

/* Is it this name, with or without options of a GPU behind it? */
static bool is_with_gpu(const char *name, const char *wanted, const char **options)
{
    size_t length = strlen(wanted);
    *options = name + length;
    return strncmp(name, wanted, length) == 0 && (name[length] == '\0' || name[length] == ',');
}

static hax_status fill_builtin(hax_platform_builder *maker, const char *name, hax_error *err)
{
    hwloc_topology_t topology;
    const char *options;
    if (strcmp(name, "synthetic") == 0)
        return hax_platform_synthetic(maker, err);
    if (is_with_gpu(name, "gpu", &options))
        return hax_platform_gpu(maker, options, err);
    if (is_with_gpu(name, "jetson", &options))
        return hax_platform_jetson(maker, options, err);
    static const char *const forms[] = {
        [HOST_WHOLE] = "host", [HOST_SPARE] = "spare", [HOST_EMULATED] = "emulated"
    };
    bool machine = is_with_gpu(name, "machine", &options);
    int form = HOST_WHOLE;
    while (form <= HOST_EMULATED && !machine && strcmp(name, forms[form]) != 0)
        form++;
    if (form > HOST_EMULATED && strcmp(name, "null") != 0)
        return hax_platform_unknown(name, err);
    HAX_TRY(hax_topology_load(&topology, err));
    hax_status status = form <= HOST_EMULATED
                            ? hax_platform_host(maker, topology, (hax_host_form) form, err)
                            : hax_platform_null(maker, topology, err);
    hwloc_topology_destroy(topology);
    return status == HAX_OK && machine ? hax_platform_gpu(maker, options, err) : status;
}

static hax_status make_builtin(const char *name, const hax_platform **platform, hax_error *err)
{
    hax_platform_builder maker;
    HAX_TRY(hax_platform_builder_begin(&maker, name, err));
    hax_status status = fill_builtin(&maker, name, err);
    if (status != HAX_OK) {
        hax_platform_builder_abandon(&maker);
        return status;
    }
    return hax_platform_builder_end(&maker, platform, err);
}

static hax_status describe_builtin(const void *context, hax_text *answer, hax_error *err)
{
    const hax_platform *platform;
    char *json;
    HAX_TRY(make_builtin(context, &platform, err));
    hax_status status = hax_platform_text(platform, &json, err);
    hax_platform_destroy(platform);
    HAX_TRY(status);
    hax_text_append(answer, json);
    free(json);
    return HAX_OK;
}

/* This machine is looked at in a process of its own, which hands over the document: hwloc crashes
 * where an allocation of its own fails. */
static hax_status open_builtin(const char *name, const hax_platform **platform, hax_error *err)
{
    hax_text json = { 0 };
    if (strcmp(name, "synthetic") == 0)
        return make_builtin(name, platform, err);
    hax_status status =
        hax_ask_in_child("reading this machine's topology", describe_builtin, name, &json, err);
    if (status == HAX_OK)
        status = hax_platform_parse(json.data, json.length, name, platform, err);
    hax_text_free(&json);
    return status;
}

hax_status hax_platform_load(const char *name_or_path, const hax_platform **platform,
                             hax_error *err)
{
    assert(name_or_path && platform);
    char shipped[PATH_MAX];
    if (is_path(name_or_path))
        return open_file(name_or_path, platform, err);
    if (hax_platform_shipped(name_or_path, shipped, sizeof shipped))
        return open_file(shipped, platform, err);
    return open_builtin(name_or_path, platform, err);
}
