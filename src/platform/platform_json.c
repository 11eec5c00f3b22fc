/* The "haxconn/platform" document, read and written. */
#include <limits.h>
#include <string.h>

#include "datasheet.h"
#include "haxconn/version.h"
#include "json.h"
#include "platforms.h"

/* Version 2 has data sheets; documents without one stay in version 1, for those who read that. */
enum { PLATFORM_VERSION = 2 };

/* ---- reading ------------------------------------------------------------------------------ */

static hax_status read_law(const hax_json *kind, hax_law *law, hax_error *err)
{
    static const char *const keys[] = { "overhead_ms",       "gmac_per_s", "gbps",
                                        "slowdown_per_gbps", "enter_ms",   NULL };
    hax_json json;
    *law = (hax_law){ 0 };
    if (!hax_json_optional(kind, "law", &json))
        return HAX_OK;
    HAX_TRY(hax_json_only(&json, keys, err));
    HAX_TRY(hax_json_number_or(&json, "overhead_ms", 0, 1e6, 0, &law->overhead_ms, err));
    HAX_TRY(hax_json_number_or(&json, "gmac_per_s", 0, 1e9, 0, &law->gmac_per_s, err));
    HAX_TRY(hax_json_number_or(&json, "gbps", 0, 1e9, 0, &law->gbps, err));
    HAX_TRY(
        hax_json_number_or(&json, "slowdown_per_gbps", 0, 1e3, 0, &law->slowdown_per_gbps, err));
    return hax_json_number_or(&json, "enter_ms", 0, 1e6, 0, &law->enter_ms, err);
}

static hax_status read_kind(hax_platform_builder *maker, const hax_json *json, hax_error *err)
{
    static const char *const keys[] = {
        "name", "driver", "isa", "precision", "law", "device", NULL
    };
    hax_kind kind;
    HAX_TRY(hax_json_only(json, keys, err));
    HAX_TRY(hax_json_member_string(json, "name", &kind.name, err));
    HAX_TRY(hax_json_member_string(json, "driver", &kind.driver, err));
    HAX_TRY(hax_json_string_or(json, "isa", "", &kind.isa, err));
    HAX_TRY(hax_json_string_or(json, "precision", "f32", &kind.precision, err));
    HAX_TRY(read_law(json, &kind.law, err));
    HAX_TRY(hax_json_int_or(json, "device", 0, 255, 0, &kind.device, err));
    if (!hax_driver_find(kind.driver))
        return hax_json_fail(json, err,
                             "unknown driver '%.50s' (onednn, cuda, tensorrt, portable, "
                             "null, synthetic)",
                             kind.driver);
    if (strcmp(kind.driver, "synthetic") == 0 && !maker->platform->simulated)
        return hax_json_fail(json, err,
                             "synthetic units exist on the virtual clock only: set \"simulated\" "
                             "to true or name a driver that runs");
    for (int k = 0; k < maker->platform->kind_count; k++)
        if (strcmp(maker->kinds[k].name, kind.name) == 0)
            return hax_json_fail(json, err, "two kinds are called '%.50s'", kind.name);
    hax_platform_builder_kind(maker, &kind);
    return HAX_OK;
}

static int find_text(const char *const *list, int count, const char *text)
{
    for (int i = 0; i < count; i++)
        if (strcmp(list[i], text) == 0)
            return i;
    return -1;
}

static hax_status read_uses(const hax_platform_builder *maker, const hax_json *unit, uint32_t *mask,
                            hax_error *err)
{
    hax_json json;
    size_t count;
    HAX_TRY(hax_json_member(unit, "uses", &json, err));
    HAX_TRY(hax_json_expect_array(&json, &count, err));
    *mask = 0;
    for (size_t i = 0; i < count; i++) {
        hax_json item = hax_json_item(&json, i);
        const char *name;
        HAX_TRY(hax_json_string(&item, &name, err));
        int found = find_text(maker->resources, maker->platform->resource_count, name);
        if (found < 0)
            return hax_json_fail(&item, err, "unknown resource '%.50s'", name);
        *mask |= 1U << found;
    }
    return *mask ? HAX_OK : hax_json_fail(&json, err, "a unit uses at least one resource");
}

/* A document may come from a larger machine: whether the processors are here is asked when
 * something is to run on them (hax_platform_check_processors). */
static hax_status read_cpus(hax_platform_builder *maker, const hax_json *unit, hax_unit *result,
                            hax_error *err)
{
    hax_json json;
    size_t count = 0;
    if (hax_json_optional(unit, "cpus", &json))
        HAX_TRY(hax_json_expect_array(&json, &count, err));
    int *cpus = hax_arena_alloc(maker->arena, count, sizeof *cpus);
    if (!cpus)
        return hax_fail_memory(err, "a platform");
    for (size_t i = 0; i < count; i++) {
        hax_json item = hax_json_item(&json, i);
        HAX_TRY(hax_json_int(&item, 0, INT_MAX, &cpus[i], err));
        for (size_t before = 0; before < i; before++)
            if (cpus[before] == cpus[i])
                return hax_json_fail(&item, err, "processor %d is listed twice", cpus[i]);
    }
    result->cpus = cpus;
    result->cpu_count = (int) count;
    return HAX_OK;
}

static hax_status read_unit(hax_platform_builder *maker, const hax_json *json, hax_error *err)
{
    static const char *const keys[] = { "name", "kind",     "uses", "cpus", "threads", "reference",
                                        "why",  "first_sm", "sms",  "dla",  NULL };
    hax_unit unit = { 0 };
    const char *kind;
    hax_json flag;
    HAX_TRY(hax_json_only(json, keys, err));
    HAX_TRY(hax_json_member_string(json, "name", &unit.name, err));
    HAX_TRY(hax_json_member_string(json, "kind", &kind, err));
    unit.kind = -1;
    for (int k = 0; k < maker->platform->kind_count; k++)
        if (strcmp(maker->kinds[k].name, kind) == 0)
            unit.kind = k;
    if (unit.kind < 0)
        return hax_json_fail(json, err, "unknown kind '%.50s'", kind);
    for (int u = 0; u < maker->platform->unit_count; u++)
        if (strcmp(maker->units[u].name, unit.name) == 0)
            return hax_json_fail(json, err, "two units are called '%.50s'", unit.name);
    HAX_TRY(read_uses(maker, json, &unit.resources, err));
    HAX_TRY(read_cpus(maker, json, &unit, err));
    HAX_TRY(hax_json_int_or(json, "threads", 1, 1024, unit.cpu_count ? unit.cpu_count : 1,
                            &unit.threads, err));
    HAX_TRY(hax_json_int_or(json, "first_sm", 0, 4096, 0, &unit.first_sm, err));
    HAX_TRY(hax_json_int_or(json, "sms", 0, 4096, 0, &unit.sms, err));
    HAX_TRY(hax_json_int_or(json, "dla", 0, 8, 0, &unit.dla, err));
    if (hax_json_optional(json, "reference", &flag))
        HAX_TRY(hax_json_bool(&flag, &unit.reference, err));
    HAX_TRY(hax_json_string_or(json, "why", "from a platform file", &unit.why, err));
    hax_platform_builder_unit(maker, &unit);
    return HAX_OK;
}

static hax_status read_resource(hax_platform_builder *maker, const hax_json *json, hax_error *err)
{
    const char *name;
    HAX_TRY(hax_json_string(json, &name, err));
    if (find_text(maker->resources, maker->platform->resource_count, name) >= 0)
        return hax_json_fail(json, err, "two resources are called '%.50s'", name);
    hax_platform_builder_resource(maker, name);
    return HAX_OK;
}

typedef hax_status reader(hax_platform_builder *maker, const hax_json *json, hax_error *err);

static hax_status read_list(hax_platform_builder *maker, const hax_json *root, const char *key,
                            int limit, reader *read, hax_error *err)
{
    hax_json json;
    size_t count;
    HAX_TRY(hax_json_member(root, key, &json, err));
    HAX_TRY(hax_json_expect_array(&json, &count, err));
    if (count < 1 || count > (size_t) limit)
        return hax_json_fail(&json, err, "has %zu entries, must have 1 to %d", count, limit);
    for (size_t i = 0; i < count; i++) {
        hax_json item = hax_json_item(&json, i);
        HAX_TRY(read(maker, &item, err));
    }
    return HAX_OK;
}

/* A document that another machine wrote says which one it was. */
static hax_status read_fingerprint(hax_platform_builder *maker, const hax_json *root,
                                   hax_error *err)
{
    static const char *const keys[] = { "cpu", "cores", "kernel", "libraries", "clocks", NULL };
    hax_fingerprint *fingerprint = &maker->platform->fingerprint;
    const char *cpu, *kernel, *libraries, *clocks;
    hax_json json;
    if (!hax_json_optional(root, "fingerprint", &json))
        return HAX_OK;
    HAX_TRY(hax_json_only(&json, keys, err));
    HAX_TRY(hax_json_member_string(&json, "cpu", &cpu, err));
    HAX_TRY(hax_json_member_string(&json, "kernel", &kernel, err));
    HAX_TRY(hax_json_member_string(&json, "libraries", &libraries, err));
    HAX_TRY(hax_json_member_string(&json, "clocks", &clocks, err));
    HAX_TRY(hax_json_int_or(&json, "cores", 0, INT_MAX, 0, &fingerprint->cores, err));
    fingerprint->cpu = hax_platform_builder_text(maker, "%s", cpu);
    fingerprint->kernel = hax_platform_builder_text(maker, "%s", kernel);
    fingerprint->libraries = hax_platform_builder_text(maker, "%s", libraries);
    fingerprint->clocks = hax_platform_builder_text(maker, "%s", clocks);
    hax_fingerprint_hash(fingerprint);
    return HAX_OK;
}

static hax_status read_head(hax_platform_builder *maker, const hax_json *root, hax_error *err)
{
    static const char *const keys[] = { "schema",      "version",   "tool",  "name",  "emulated",
                                        "simulated",   "resources", "kinds", "units", "fingerprint",
                                        "description", "datasheet", NULL };
    const char *name, *description;
    hax_json flag;
    HAX_TRY(hax_json_only(root, keys, err));
    HAX_TRY(hax_json_schema(root, "haxconn/platform", PLATFORM_VERSION, err));
    HAX_TRY(hax_json_member_string(root, "name", &name, err));
    HAX_TRY(hax_json_string_or(root, "description", "", &description, err));
    maker->platform->name = hax_platform_builder_text(maker, "%s", name);
    maker->platform->description = hax_platform_builder_text(maker, "%s", description);
    if (hax_json_optional(root, "emulated", &flag))
        HAX_TRY(hax_json_bool(&flag, &maker->platform->emulated, err));
    if (hax_json_optional(root, "simulated", &flag))
        HAX_TRY(hax_json_bool(&flag, &maker->platform->simulated, err));
    return HAX_OK;
}

static hax_status read_datasheet(hax_platform_builder *maker, const hax_json *root, hax_error *err)
{
    const char *kinds[HAX_MAX_UNITS];
    hax_json json, version;
    int number = 0;
    if (!hax_json_optional(root, "datasheet", &json))
        return HAX_OK;
    HAX_TRY(hax_json_member(root, "version", &version, err));
    HAX_TRY(hax_json_int(&version, 1, PLATFORM_VERSION, &number, err));
    if (number < 2)
        return hax_json_fail(&version, err, "documents with a data sheet have version 2");
    if (!maker->platform->simulated)
        return hax_json_fail(&json, err,
                             "a data sheet is of a machine that is not here: set "
                             "\"simulated\" to true");
    for (int k = 0; k < maker->platform->kind_count; k++)
        kinds[k] = maker->kinds[k].name;
    return hax_datasheet_read(&json, maker->arena, maker->platform->kind_count, kinds,
                              &maker->platform->datasheet, err);
}

static hax_status read_platform(hax_platform_builder *maker, const hax_json *root, hax_error *err)
{
    HAX_TRY(hax_json_expect_object(root, err));
    HAX_TRY(read_head(maker, root, err));
    HAX_TRY(read_list(maker, root, "resources", HAX_MAX_RESOURCES, read_resource, err));
    HAX_TRY(read_list(maker, root, "kinds", HAX_MAX_UNITS, read_kind, err));
    if (maker->failed) /* a name that was not kept would be unknown to the units */
        return hax_fail_memory(err, "a platform");
    HAX_TRY(read_list(maker, root, "units", HAX_MAX_UNITS, read_unit, err));
    HAX_TRY(read_datasheet(maker, root, err));
    return read_fingerprint(maker, root, err);
}

hax_status hax_platform_parse(const char *json, size_t length, const char *file,
                              const hax_platform **platform, hax_error *err)
{
    hax_platform_builder maker;
    json_t *tree;
    HAX_TRY(hax_json_parse(json, length, file, &tree, err));
    hax_status status = hax_platform_builder_begin(&maker, "", err);
    if (status == HAX_OK) {
        hax_json root = hax_json_root(tree, file);
        status = read_platform(&maker, &root, err);
        if (status == HAX_OK)
            status = hax_platform_builder_end(&maker, platform, err);
        else
            hax_platform_builder_abandon(&maker);
    }
    json_decref(tree);
    return status;
}

/* ---- writing ------------------------------------------------------------------------------ */

/* Without costs of entering as it was before there were any. */
static json_t *law_json(const hax_law *law)
{
    json_t *result =
        json_pack("{s:f, s:f, s:f, s:f}", "overhead_ms", law->overhead_ms, "gmac_per_s",
                  law->gmac_per_s, "gbps", law->gbps, "slowdown_per_gbps", law->slowdown_per_gbps);
    if (law->enter_ms > 0)
        hax_json_set(&result, "enter_ms", json_real(law->enter_ms));
    return result;
}

static json_t *kind_json(const hax_kind *kind, bool simulated)
{
    json_t *result = json_pack("{s:s, s:s, s:s, s:s}", "name", kind->name, "driver", kind->driver,
                               "isa", kind->isa, "precision", kind->precision);
    if (result && (strcmp(kind->driver, "cuda") == 0 || strcmp(kind->driver, "tensorrt") == 0))
        hax_json_set(&result, "device", json_integer(kind->device));
    if (result && simulated)
        hax_json_set(&result, "law", law_json(&kind->law));
    return result;
}

static json_t *unit_json(const hax_platform *platform, const hax_unit *unit)
{
    json_t *uses = json_array(), *cpus = json_array();
    for (int r = 0; r < platform->resource_count; r++)
        if (unit->resources >> r & 1)
            hax_json_append(&uses, json_string(platform->resources[r]));
    for (int c = 0; c < unit->cpu_count; c++)
        hax_json_append(&cpus, json_integer(unit->cpus[c]));
    json_t *result =
        json_pack("{s:s, s:s, s:o, s:o, s:i, s:b, s:s}", "name", unit->name, "kind",
                  platform->kinds[unit->kind].name, "uses", uses, "cpus", cpus, "threads",
                  unit->threads, "reference", unit->reference, "why", unit->why);
    if (result && unit->sms > 0) {
        hax_json_set(&result, "first_sm", json_integer(unit->first_sm));
        hax_json_set(&result, "sms", json_integer(unit->sms));
    }
    if (result && unit->dla > 0)
        hax_json_set(&result, "dla", json_integer(unit->dla));
    return result;
}

hax_status hax_platform_text(const hax_platform *platform, char **json, hax_error *err)
{
    json_t *resources = json_array(), *kinds = json_array(), *units = json_array();
    const hax_fingerprint *fingerprint = &platform->fingerprint;
    for (int r = 0; r < platform->resource_count; r++)
        hax_json_append(&resources, json_string(platform->resources[r]));
    for (int k = 0; k < platform->kind_count; k++)
        hax_json_append(&kinds, kind_json(&platform->kinds[k], platform->simulated));
    for (int u = 0; u < platform->unit_count; u++)
        hax_json_append(&units, unit_json(platform, &platform->units[u]));
    json_t *tree = json_pack(
        "{s:s, s:i, s:s, s:s, s:s, s:b, s:b, s:o, s:o, s:o, s:{s:s, s:i, s:s, s:s, s:s}}", "schema",
        "haxconn/platform", "version", platform->datasheet ? 2 : 1, "tool", "haxconn " HAX_VERSION,
        "name", platform->name, "description", platform->description, "emulated",
        platform->emulated, "simulated", platform->simulated, "resources", resources, "kinds",
        kinds, "units", units, "fingerprint", "cpu", fingerprint->cpu, "cores", fingerprint->cores,
        "kernel", fingerprint->kernel, "libraries", fingerprint->libraries, "clocks",
        fingerprint->clocks);
    if (tree && platform->datasheet)
        hax_json_set(&tree, "datasheet", hax_json_embedded(platform->datasheet->json));
    if (!tree)
        return hax_fail_memory(err, "a platform document");
    hax_status status = hax_json_text(tree, json, err);
    json_decref(tree);
    return status;
}
