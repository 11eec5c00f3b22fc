/* The "haxconn/profile" document. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "costs.h"
#include "haxconn/version.h"
#include "json.h"
#include "stored.h"
#include "text.h"

/* Version 2 has a source beside every number of a platform with a data sheet. */
enum { PROFILE_VERSION = 2, STEPS_MAX = 64 };

/* ---- writing ------------------------------------------------------------------------- */

static json_t *summary_json(const hax_summary *summary)
{
    if (summary->count == 0)
        return json_null();
    return json_pack("{s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "count", summary->count,
                     "min", summary->min, "p25", summary->p25, "median", summary->median, "p75",
                     summary->p75, "p95", summary->p95, "p99", summary->p99, "max", summary->max,
                     "spread", summary->spread);
}

static void add_sources(json_t **json_t, const hax_group_cost *cost)
{
    const char *const keys[] = { "run_source", "out_source", "in_source", "gbps_source" };
    const char *const sources[] = { cost->run_source, cost->out_source, cost->in_source,
                                    cost->gbps_source };
    for (size_t s = 0; s < sizeof keys / sizeof *keys; s++)
        if (sources[s])
            hax_json_set(json_t, keys[s], json_string(sources[s]));
}

static json_t *group_json(const hax_profile *profile, const hax_network_profile *network, int group)
{
    const hax_group *profiled = &network->groups[group];
    json_t *by_unit = json_object();
    for (int u = 0; by_unit && u < profile->platform->unit_count; u++) {
        const hax_group_cost *cost = &network->cost[group][u];
        if (!cost->allowed)
            continue;
        json_t *result = json_pack("{s:o, s:o, s:o, s:f, s:f, s:s}", "run_ms",
                                   summary_json(&cost->run), "out_ms", summary_json(&cost->out),
                                   "in_ms", summary_json(&cost->in), "bytes", cost->bytes, "gbps",
                                   cost->gbps, "demand", hax_demand_source_name(cost->demand));
        if (cost->own_gbps > 0)
            hax_json_set(&result, "own_gbps", json_real(cost->own_gbps));
        if (cost->gbps_spread > 0)
            hax_json_set(&result, "gbps_spread", json_real(cost->gbps_spread));
        add_sources(&result, cost);
        hax_json_set(&by_unit, profile->platform->units[u].name, result);
    }
    return json_pack("{s:i, s:i, s:I, s:I, s:I, s:I, s:o}", "first", profiled->first, "last",
                     profiled->last, "macs", (json_int_t) profiled->macs, "weight_bytes",
                     (json_int_t) profiled->weight_bytes, "input_bytes",
                     (json_int_t) profiled->input_bytes, "output_bytes",
                     (json_int_t) profiled->output_bytes, "on", by_unit);
}

static json_t *pressure_json(const hax_unit_contention *contention)
{
    const hax_pressure_table *table = &contention->fit->table;
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o}", "traffic", hax_traffic_kind_name(contention->traffic),
        "peak_gbps", hax_json_numbers(contention->peak_gbps, HAX_TRAFFIC_KINDS), "together_gbps",
        hax_json_numbers(contention->together_gbps, HAX_TRAFFIC_KINDS), "own_gbps",
        hax_json_numbers(table->own_gbps, table->own_count), "external_gbps",
        hax_json_numbers(table->external_gbps, table->external_count), "achieved_gbps",
        hax_json_number_rows(table->achieved_gbps, table->own_count, table->external_count));
}

/* Tables as measured; fits are made again when the document is read. */
static json_t *contention_json(const hax_profile *profile)
{
    json_t *array = json_object();
    for (int u = 0; array && profile->contention && u < profile->platform->unit_count; u++) {
        const hax_unit_contention *unit_contention = &profile->contention[u];
        if (!unit_contention->fit && !unit_contention->beside)
            continue;
        json_t *one = unit_contention->fit ? pressure_json(unit_contention) : json_object();
        if (one && unit_contention->beside) {
            hax_json_set(&one, "neighbours", json_integer(unit_contention->neighbours));
            hax_json_set(&one, "crowd", json_real(unit_contention->crowd));
        }
        hax_json_set(&array, profile->platform->units[u].name, one);
    }
    return array;
}

static json_t *network_json(const hax_profile *profile, const hax_network_profile *network)
{
    char hash[20];
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long) network->model_hash);
    json_t *groups = json_array(), *whole = json_object();
    for (int g = 0; groups && g < network->group_count; g++)
        hax_json_append(&groups, group_json(profile, network, g));
    for (int u = 0; whole && network->whole && u < profile->platform->unit_count; u++)
        if (network->whole[u].count > 0)
            hax_json_set(&whole, profile->platform->units[u].name,
                         summary_json(&network->whole[u]));
    return json_pack("{s:s, s:s, s:o, s:o}", "name", network->name, "model_hash", hash, "groups",
                     groups, "whole_ms", whole);
}

static hax_status platform_json(const hax_platform *platform, json_t **tree, hax_error *err)
{
    char *text;
    HAX_TRY(hax_platform_text(platform, &text, err));
    hax_status status = hax_json_parse(text, strlen(text), platform->name, tree, err);
    free(text);
    return status;
}

hax_status hax_profile_text(const hax_profile *profile, char **json, hax_error *err)
{
    json_t *platform;
    HAX_TRY(platform_json(profile->platform, &platform, err));
    json_t *networks = json_array();
    for (int n = 0; networks && n < profile->network_count; n++)
        hax_json_append(&networks, network_json(profile, &profile->networks[n]));
    json_t *tree =
        json_pack("{s:s, s:i, s:s, s:s, s:o, s:o}", "schema", "haxconn/profile", "version",
                  profile->platform->datasheet ? 2 : 1, "tool", "haxconn " HAX_VERSION, "source",
                  profile->source, "platform", platform, "networks", networks);
    if (tree && profile->contention)
        hax_json_set(&tree, "contention", contention_json(profile));
    if (tree && profile->stored.runs > 0)
        hax_json_set(&tree, "stored", hax_stored_json(&profile->stored));
    hax_status status =
        tree ? hax_json_text(tree, json, err) : hax_fail_memory(err, "a profile document");
    json_decref(tree);
    return status;
}

/* ---- reading ------------------------------------------------------------------------- */

static hax_status check_order(const hax_json *json, const hax_summary *summary, hax_error *err)
{
    const double rising[] = { summary->min, summary->p25, summary->median, summary->p75,
                              summary->p95, summary->p99, summary->max };
    for (size_t q = 1; q < sizeof rising / sizeof *rising; q++)
        if (rising[q] < rising[q - 1])
            return hax_json_fail(json, err, "its quantiles must rise from min to max");
    return HAX_OK;
}

static hax_status read_summary(const hax_json *json, hax_summary *out, hax_error *err)
{
    static const char *const keys[] = { "count", "min", "p25", "median", "p75",
                                        "p95",   "p99", "max", "spread", NULL };
    hax_summary summary = { 0 };
    struct {
        const char *key;
        double *value;
    } const members[] = {
        { "min", &summary.min }, { "p25", &summary.p25 },       { "median", &summary.median },
        { "p75", &summary.p75 }, { "p95", &summary.p95 },       { "p99", &summary.p99 },
        { "max", &summary.max }, { "spread", &summary.spread },
    };
    hax_json count;
    HAX_TRY(hax_json_only(json, keys, err));
    HAX_TRY(hax_json_member(json, "count", &count, err));
    HAX_TRY(hax_json_int(&count, 1, INT32_MAX, &summary.count, err));
    for (size_t m = 0; m < sizeof members / sizeof *members; m++)
        HAX_TRY(hax_json_member_number(json, members[m].key, 0, 1e12, members[m].value, err));
    HAX_TRY(check_order(json, &summary, err));
    *out = summary;
    return HAX_OK;
}

/* "unknown demand 'x' (counted, counters, ...)" */
static hax_status fail_demand(const hax_json *json, const char *demand, hax_error *err)
{
    char known_buffer[HAX_ERROR_MESSAGE_MAX];
    hax_text known = hax_text_in(known_buffer, sizeof known_buffer);
    for (int d = HAX_DEMAND_COUNTED; d <= HAX_DEMAND_NEIGHBOURS; d++)
        hax_text_printf(&known, "%s%s", d > HAX_DEMAND_COUNTED ? ", " : "",
                        hax_demand_source_name((hax_demand_source) d));
    hax_status status =
        hax_json_fail(json, err, "unknown demand '%.40s' (%s)", demand, hax_text_get(&known));
    return status;
}

static hax_status read_source(const hax_json *json, const char *key, hax_arena *arena,
                              const char **source, hax_error *err)
{
    const char *text;
    HAX_TRY(hax_json_string_or(json, key, NULL, &text, err));
    *source = text ? hax_arena_string(arena, text) : NULL;
    return text && !*source ? hax_fail_memory(err, "a profile") : HAX_OK;
}

static hax_status read_cost(const hax_json *json, hax_arena *arena, hax_group_cost *cost,
                            hax_error *err)
{
    static const char *const keys[] = { "run_ms",     "out_ms",     "in_ms",     "bytes",
                                        "gbps",       "demand",     "own_gbps",  "gbps_spread",
                                        "run_source", "out_source", "in_source", "gbps_source",
                                        NULL };
    hax_json part;
    HAX_TRY(read_source(json, "run_source", arena, &cost->run_source, err));
    HAX_TRY(read_source(json, "out_source", arena, &cost->out_source, err));
    HAX_TRY(read_source(json, "in_source", arena, &cost->in_source, err));
    HAX_TRY(read_source(json, "gbps_source", arena, &cost->gbps_source, err));
    const char *demand;
    HAX_TRY(hax_json_only(json, keys, err));
    HAX_TRY(hax_json_member(json, "run_ms", &part, err));
    HAX_TRY(read_summary(&part, &cost->run, err));
    if (hax_json_optional(json, "out_ms", &part))
        HAX_TRY(read_summary(&part, &cost->out, err));
    if (hax_json_optional(json, "in_ms", &part))
        HAX_TRY(read_summary(&part, &cost->in, err));
    HAX_TRY(hax_json_member_number(json, "bytes", 0, 1e18, &cost->bytes, err));
    HAX_TRY(hax_json_member_number(json, "gbps", 0, 1e9, &cost->gbps, err));
    HAX_TRY(hax_json_number_or(json, "own_gbps", 0, 1e9, 0, &cost->own_gbps, err));
    HAX_TRY(hax_json_string_or(json, "demand", "counted", &demand, err));
    cost->demand = HAX_DEMAND_COUNTED;
    while (strcmp(demand, hax_demand_source_name(cost->demand)) != 0)
        if (++cost->demand > HAX_DEMAND_NEIGHBOURS)
            return fail_demand(json, demand, err);
    HAX_TRY(hax_json_number_or(json, "gbps_spread", 0, 1e9, 0, &cost->gbps_spread, err));
    cost->allowed = true;
    return HAX_OK;
}

/* Bytes and operations: whole numbers beyond the reach of int. */
static hax_status read_amount(const hax_json *object, const char *key, int64_t *out, hax_error *err)
{
    hax_json json;
    double checked;
    HAX_TRY(hax_json_member(object, key, &json, err));
    HAX_TRY(hax_json_number(&json, 0, 1e18, &checked, err));
    if (!json_is_integer(json.value))
        return hax_json_fail(&json, err, "%g is no whole number", checked);
    *out = json_integer_value(json.value);
    return HAX_OK;
}

static hax_status find_unit(const hax_json *json, const hax_platform *platform, const char *name,
                            int *unit, hax_error *err)
{
    for (int u = 0; u < platform->unit_count; u++) {
        if (strcmp(platform->units[u].name, name) == 0) {
            *unit = u;
            return HAX_OK;
        }
    }
    return hax_json_fail(json, err, "the profile's platform has no unit '%.100s'", name);
}

static hax_status read_on(const hax_json *json, const hax_owned_profile *profile,
                          hax_group_cost *costs, hax_error *err)
{
    HAX_TRY(hax_json_expect_object(json, err));
    if (json_object_size(json->value) == 0)
        return hax_json_fail(json, err, "no unit may run this group");
    const char *name;
    json_t *value;
    json_object_foreach(json->value, name, value)
    {
        int unit = 0;
        hax_json child;
        HAX_TRY(find_unit(json, profile->profile.platform, name, &unit, err));
        HAX_TRY(hax_json_member(json, name, &child, err));
        HAX_TRY(read_cost(&child, profile->arena, &costs[unit], err));
    }
    return HAX_OK;
}

static hax_status read_group(const hax_json *json, const hax_owned_profile *profile,
                             int expected_first, hax_group *group, hax_group_cost *costs,
                             hax_error *err)
{
    static const char *const keys[] = { "first",       "last",         "macs", "weight_bytes",
                                        "input_bytes", "output_bytes", "on",   NULL };
    hax_json child;
    HAX_TRY(hax_json_only(json, keys, err));
    HAX_TRY(hax_json_member(json, "first", &child, err));
    HAX_TRY(hax_json_int(&child, expected_first, expected_first, &group->first, err));
    HAX_TRY(hax_json_member(json, "last", &child, err));
    HAX_TRY(hax_json_int(&child, group->first, INT32_MAX - 1, &group->last, err));
    HAX_TRY(read_amount(json, "macs", &group->macs, err));
    HAX_TRY(read_amount(json, "weight_bytes", &group->weight_bytes, err));
    HAX_TRY(read_amount(json, "input_bytes", &group->input_bytes, err));
    HAX_TRY(read_amount(json, "output_bytes", &group->output_bytes, err));
    HAX_TRY(hax_json_member(json, "on", &child, err));
    return read_on(&child, profile, costs, err);
}

static hax_status read_whole(const hax_json *json, const hax_platform *platform, hax_summary *whole,
                             hax_error *err)
{
    HAX_TRY(hax_json_expect_object(json, err));
    const char *name;
    json_t *value;
    json_object_foreach(json->value, name, value)
    {
        int unit = 0;
        hax_json child;
        HAX_TRY(find_unit(json, platform, name, &unit, err));
        HAX_TRY(hax_json_member(json, name, &child, err));
        HAX_TRY(read_summary(&child, &whole[unit], err));
    }
    return HAX_OK;
}

static hax_status read_hash(const hax_json *network, uint64_t *hash, hax_error *err)
{
    hax_json json;
    const char *text;
    HAX_TRY(hax_json_member(network, "model_hash", &json, err));
    HAX_TRY(hax_json_string(&json, &text, err));
    if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
        return hax_json_fail(&json, err, "'%.40s' is not a number of 16 hexadecimal digits", text);
    *hash = strtoull(text, NULL, 16);
    return HAX_OK;
}

static hax_status read_network(const hax_json *json, hax_owned_profile *profile,
                               hax_network_profile *network, hax_error *err)
{
    static const char *const keys[] = { "name", "model_hash", "groups", "whole_ms", NULL };
    const hax_platform *platform = profile->profile.platform;
    hax_json groups, whole;
    hax_group *new_groups;
    hax_group_cost **cost;
    hax_summary *new_whole;
    const char *name;
    size_t count;
    HAX_TRY(hax_json_only(json, keys, err));
    HAX_TRY(hax_json_member_string(json, "name", &name, err));
    HAX_TRY(hax_json_member(json, "groups", &groups, err));
    HAX_TRY(hax_json_expect_array(&groups, &count, err));
    if (count == 0 || count > 100000)
        return hax_json_fail(&groups, err, "%zu groups; a network has 1 to 100000", count);
    HAX_TRY(hax_profile_add_network(profile, name, (int) count, network, &new_groups, &cost,
                                    &new_whole, err));
    HAX_TRY(read_hash(json, &network->model_hash, err));
    for (size_t g = 0; g < count; g++) {
        hax_json item = hax_json_item(&groups, g);
        int first = g > 0 ? new_groups[g - 1].last + 1 : 0;
        HAX_TRY(read_group(&item, profile, first, &new_groups[g], cost[g], err));
    }
    if (!hax_json_optional(json, "whole_ms", &whole))
        return HAX_OK;
    return read_whole(&whole, platform, new_whole, err);
}

static hax_status read_networks(const hax_json *json, hax_owned_profile *profile,
                                hax_network_profile *networks, hax_error *err)
{
    for (int n = 0; n < profile->profile.network_count; n++) {
        hax_json item = hax_json_item(json, (size_t) n);
        HAX_TRY(read_network(&item, profile, &networks[n], err));
        for (int before = 0; before < n; before++)
            if (strcmp(networks[before].name, networks[n].name) == 0)
                return hax_json_fail(&item, err, "two networks are named '%.100s'",
                                     networks[n].name);
    }
    return HAX_OK;
}

static hax_status read_numbers(const hax_json *object, const char *key, int least, int most,
                               double *values, int *count, hax_error *err)
{
    hax_json list;
    size_t length;
    HAX_TRY(hax_json_member(object, key, &list, err));
    HAX_TRY(hax_json_expect_array(&list, &length, err));
    if (length < (size_t) least || length > (size_t) most)
        return hax_json_fail(&list, err, "has %zu numbers, expected %d to %d", length, least, most);
    for (size_t i = 0; i < length; i++) {
        hax_json item = hax_json_item(&list, i);
        HAX_TRY(hax_json_number(&item, 0, 1e9, &values[i], err));
    }
    *count = (int) length;
    return HAX_OK;
}

static hax_status read_achieved(const hax_json *object, const hax_pressure_table *table,
                                double *values, hax_error *err)
{
    hax_json rows;
    size_t count;
    HAX_TRY(hax_json_member(object, "achieved_gbps", &rows, err));
    HAX_TRY(hax_json_expect_array(&rows, &count, err));
    if (count != (size_t) table->own_count)
        return hax_json_fail(&rows, err, "has %zu rows, own_gbps has %d", count, table->own_count);
    for (size_t i = 0; i < count; i++) {
        hax_json row = hax_json_item(&rows, i);
        size_t columns;
        HAX_TRY(hax_json_expect_array(&row, &columns, err));
        if (columns != (size_t) table->external_count)
            return hax_json_fail(&row, err, "has %zu numbers, external_gbps has %d", columns,
                                 table->external_count);
        for (size_t j = 0; j < columns; j++) {
            hax_json item = hax_json_item(&row, j);
            HAX_TRY(hax_json_number(&item, 0, 1e9, values++, err));
        }
    }
    return HAX_OK;
}

static hax_status read_traffic(const hax_json *json, hax_traffic_kind *kind, hax_error *err)
{
    const char *name;
    HAX_TRY(hax_json_member_string(json, "traffic", &name, err));
    for (*kind = HAX_TRAFFIC_READ; *kind <= HAX_TRAFFIC_CACHE; (*kind)++)
        if (strcmp(name, hax_traffic_kind_name(*kind)) == 0)
            return HAX_OK;
    return hax_json_fail(json, err, "unknown traffic '%.40s' (read, write, copy or cache)", name);
}

static hax_status read_neighbours(const hax_json *json, hax_owned_profile *profile, int unit,
                                  hax_error *err)
{
    enum { CROWD_MAX = 1000 };
    hax_json child;
    int neighbours;
    double crowd;
    HAX_TRY(hax_json_member(json, "neighbours", &child, err));
    HAX_TRY(hax_json_int(&child, 1, HAX_MAX_UNITS - 1, &neighbours, err));
    HAX_TRY(hax_json_member_number(json, "crowd", 1, CROWD_MAX, &crowd, err));
    return hax_profile_set_neighbours(profile, unit, neighbours, crowd, err);
}

static hax_status read_pressure(const hax_json *json, hax_owned_profile *profile, int unit,
                                hax_error *err)
{
    double own[STEPS_MAX], external[STEPS_MAX], achieved[STEPS_MAX * STEPS_MAX];
    hax_pressure_table table = { 0, 0, own, external, achieved };
    hax_unit_contention unit_contention = { 0 };
    int count;
    HAX_TRY(read_traffic(json, &unit_contention.traffic, err));
    /* documents of before have no reads out of a cache */
    HAX_TRY(read_numbers(json, "peak_gbps", HAX_TRAFFIC_COPY + 1, HAX_TRAFFIC_KINDS,
                         unit_contention.peak_gbps, &count, err));
    HAX_TRY(read_numbers(json, "together_gbps", HAX_TRAFFIC_COPY + 1, HAX_TRAFFIC_KINDS,
                         unit_contention.together_gbps, &count, err));
    HAX_TRY(read_numbers(json, "own_gbps", 2, STEPS_MAX, own, &table.own_count, err));
    HAX_TRY(
        read_numbers(json, "external_gbps", 2, STEPS_MAX, external, &table.external_count, err));
    HAX_TRY(read_achieved(json, &table, achieved, err));
    hax_error inner = { 0 };
    hax_status status = hax_profile_set_contention(profile, unit, &unit_contention, &table, &inner);
    if (status == HAX_BAD_INPUT)
        return hax_json_fail(json, err, "%s", inner.message);
    if (status != HAX_OK && err)
        *err = inner;
    return status;
}

/* Pressure, neighbours, or both. */
static hax_status read_unit_contention(const hax_json *json, hax_owned_profile *profile, int unit,
                                       hax_error *err)
{
    static const char *const keys[] = { "traffic",    "peak_gbps",     "together_gbps",
                                        "own_gbps",   "external_gbps", "achieved_gbps",
                                        "neighbours", "crowd",         NULL };
    bool neighbours = json_object_get(json->value, "neighbours") != NULL;
    HAX_TRY(hax_json_only(json, keys, err));
    if (!neighbours || json_object_get(json->value, "traffic"))
        HAX_TRY(read_pressure(json, profile, unit, err));
    return neighbours ? read_neighbours(json, profile, unit, err) : HAX_OK;
}

static hax_status read_contention(const hax_json *root, hax_owned_profile *profile, hax_error *err)
{
    hax_json json;
    if (!hax_json_optional(root, "contention", &json))
        return HAX_OK;
    HAX_TRY(hax_json_expect_object(&json, err));
    const char *name;
    json_t *value;
    json_object_foreach(json.value, name, value)
    {
        int unit = 0;
        hax_json child;
        HAX_TRY(find_unit(&json, profile->profile.platform, name, &unit, err));
        HAX_TRY(hax_json_member(&json, name, &child, err));
        HAX_TRY(read_unit_contention(&child, profile, unit, err));
    }
    return HAX_OK;
}

/* The platform is a document of its own, read as one. */
static hax_status read_platform(const hax_json *root, const hax_platform **platform, hax_error *err)
{
    hax_json json;
    char *text;
    HAX_TRY(hax_json_member(root, "platform", &json, err));
    HAX_TRY(hax_json_text(json.value, &text, err));
    hax_error inner = { 0 };
    hax_status status = hax_platform_parse(text, strlen(text), root->file, platform, &inner);
    free(text);
    if (status == HAX_BAD_INPUT)
        return hax_json_fail(&json, err, "%s", inner.message);
    if (status != HAX_OK && err)
        *err = inner;
    return status;
}

static hax_status read_profile(const hax_json *root, const hax_profile **profile, hax_error *err)
{
    static const char *const keys[] = { "schema",   "version",    "tool",   "source", "platform",
                                        "networks", "contention", "stored", NULL };
    hax_json networks, stored;
    const char *source;
    size_t count;
    HAX_TRY(hax_json_schema(root, "haxconn/profile", PROFILE_VERSION, err));
    HAX_TRY(hax_json_only(root, keys, err));
    HAX_TRY(hax_json_string_or(root, "source", "measured", &source, err));
    HAX_TRY(hax_json_member(root, "networks", &networks, err));
    HAX_TRY(hax_json_expect_array(&networks, &count, err));
    if (count > 1000 || (count == 0 && !json_object_get(root->value, "contention")))
        return hax_json_fail(&networks, err, "%zu networks; a profile has 1 to 1000", count);
    const hax_platform *platform;
    hax_owned_profile *owned_profile;
    hax_network_profile *filled;
    HAX_TRY(read_platform(root, &platform, err));
    HAX_TRY(hax_profile_begin(platform, (int) count, &owned_profile, &filled, err));
    owned_profile->profile.source = hax_arena_string(owned_profile->arena, source);
    hax_status status = owned_profile->profile.source ? read_contention(root, owned_profile, err)
                                                      : hax_fail_memory(err, "a profile");
    if (status == HAX_OK)
        status = read_networks(&networks, owned_profile, filled, err);
    if (status == HAX_OK && hax_json_optional(root, "stored", &stored))
        status = hax_stored_read(&stored, &owned_profile->profile.stored, err);
    if (status != HAX_OK) {
        hax_profile_destroy(&owned_profile->profile);
        return status;
    }
    *profile = &owned_profile->profile;
    return HAX_OK;
}

hax_status hax_profile_parse(const char *json, size_t length, const char *file,
                             const hax_profile **profile, hax_error *err)
{
    json_t *tree;
    HAX_TRY(hax_json_parse(json, length, file, &tree, err));
    hax_json root = hax_json_root(tree, file);
    hax_status status = read_profile(&root, profile, err);
    json_decref(tree);
    return status;
}
