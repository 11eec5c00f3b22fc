/* The "haxconn/published" document. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "haxconn/published.h"
#include "json.h"

#define NUMBER_MAX 1e9

static hax_status copy_name(const hax_json *object, const char *key, char *name, size_t size,
                            hax_error *err)
{
    hax_json json;
    const char *text;
    HAX_TRY(hax_json_member(object, key, &json, err));
    HAX_TRY(hax_json_string(&json, &text, err));
    if (strlen(text) == 0 || strlen(text) >= size)
        return hax_json_fail(&json, err, "must have 1 to %zu characters", size - 1);
    snprintf(name, size, "%s", text);
    return HAX_OK;
}

static hax_status read_numbers(const hax_json *object, const char *key, int count, double *values,
                               hax_error *err)
{
    hax_json list;
    size_t length;
    HAX_TRY(hax_json_member(object, key, &list, err));
    HAX_TRY(hax_json_expect_array(&list, &length, err));
    if (length != (size_t) count)
        return hax_json_fail(&list, err, "has %zu numbers, must have %d", length, count);
    for (int i = 0; i < count; i++) {
        hax_json item = hax_json_item(&list, (size_t) i);
        HAX_TRY(hax_json_number(&item, 0, NUMBER_MAX, &values[i], err));
    }
    return HAX_OK;
}

static hax_status read_piece(const hax_json *json, bool last, hax_published_piece *piece,
                             hax_error *err)
{
    static const char *const keys[] = { "below_gbps", "percent_per_gbps", "offset_gbps", NULL };
    HAX_TRY(hax_json_expect_object(json, err));
    HAX_TRY(hax_json_only(json, keys, err));
    HAX_TRY(
        hax_json_member_number(json, "percent_per_gbps", 0, 1000, &piece->percent_per_gbps, err));
    HAX_TRY(hax_json_number_or(json, "offset_gbps", -NUMBER_MAX, NUMBER_MAX, 0, &piece->offset_gbps,
                               err));
    piece->below_gbps = INFINITY;
    if (last)
        return HAX_OK;
    return hax_json_member_number(json, "below_gbps", 0, NUMBER_MAX, &piece->below_gbps, err);
}

static hax_status read_unit(const hax_json *json, int unit, hax_published *data, hax_error *err)
{
    static const char *const keys[] = { "name", "slowdown", NULL };
    hax_json list;
    size_t count;
    HAX_TRY(hax_json_expect_object(json, err));
    HAX_TRY(hax_json_only(json, keys, err));
    HAX_TRY(copy_name(json, "name", data->units[unit], sizeof data->units[unit], err));
    HAX_TRY(hax_json_member(json, "slowdown", &list, err));
    HAX_TRY(hax_json_expect_array(&list, &count, err));
    if (count < 1 || count > HAX_PUBLISHED_PIECES)
        return hax_json_fail(&list, err, "has %zu pieces, must have 1 to %d", count,
                             HAX_PUBLISHED_PIECES);
    for (size_t p = 0; p < count; p++) {
        hax_json item = hax_json_item(&list, p);
        HAX_TRY(read_piece(&item, p + 1 == count, &data->pieces[unit][p], err));
    }
    data->piece_count[unit] = (int) count;
    return HAX_OK;
}

static hax_status read_layers(const hax_json *json, hax_published_network *network, hax_error *err)
{
    hax_json list;
    size_t count;
    HAX_TRY(hax_json_member(json, "layers", &list, err));
    HAX_TRY(hax_json_expect_array(&list, &count, err));
    if (count < 1 || count > HAX_PUBLISHED_GROUPS)
        return hax_json_fail(&list, err, "has %zu groups, must have 1 to %d", count,
                             HAX_PUBLISHED_GROUPS);
    for (size_t g = 0; g < count; g++) {
        hax_json item = hax_json_item(&list, g);
        HAX_TRY(hax_json_int(&item, g > 0 ? network->layer[g - 1] + 1 : 0, 1000000,
                             &network->layer[g], err));
    }
    network->group_count = (int) count;
    return HAX_OK;
}

/* A loss of 100 % and more would be no time at all. */
static hax_status check_losses(const hax_json *json, const hax_published *data,
                               const hax_published_network *network, hax_error *err)
{
    for (int u = 0; u < 2; u++)
        for (int g = 0; g < network->group_count; g++) {
            const hax_published_piece *piece = data->pieces[u];
            while (network->gbps[u][g] >= piece->below_gbps)
                piece++;
            double loss = piece->percent_per_gbps * (network->gbps[u][g] + piece->offset_gbps);
            if (loss < 0 || loss >= 100)
                return hax_json_fail(json, err, "group %d on '%s' would lose %g %% of its speed", g,
                                     data->units[u], loss);
        }
    return HAX_OK;
}

static hax_status read_network(const hax_json *json, hax_published *data, int n, hax_error *err)
{
    static const char *const keys[] = { "name", "layers", "ms", "gbps", "handover_ms", NULL };
    hax_published_network *network = &data->networks[n];
    hax_json ms, gbps;
    HAX_TRY(hax_json_expect_object(json, err));
    HAX_TRY(hax_json_only(json, keys, err));
    HAX_TRY(copy_name(json, "name", network->name, sizeof network->name, err));
    HAX_TRY(read_layers(json, network, err));
    HAX_TRY(hax_json_member(json, "ms", &ms, err));
    HAX_TRY(hax_json_member(json, "gbps", &gbps, err));
    for (int u = 0; u < 2; u++) {
        HAX_TRY(read_numbers(&ms, data->units[u], network->group_count, network->ms[u], err));
        HAX_TRY(read_numbers(&gbps, data->units[u], network->group_count, network->gbps[u], err));
    }
    HAX_TRY(read_numbers(json, "handover_ms", network->group_count - 1, network->handover_ms, err));
    return check_losses(json, data, network, err);
}

static hax_status read_pair(const hax_json *root, const char *key, hax_json *list, hax_error *err)
{
    size_t count;
    HAX_TRY(hax_json_member(root, key, list, err));
    HAX_TRY(hax_json_expect_array(list, &count, err));
    if (count != 2)
        return hax_json_fail(list, err, "has %zu entries: the published model is for two", count);
    return HAX_OK;
}

static hax_status read_root(const hax_json *root, hax_published *data, hax_error *err)
{
    static const char *const keys[] = { "schema", "version", "source", "units", "networks", NULL };
    hax_json units, networks;
    HAX_TRY(hax_json_schema(root, "haxconn/published", 1, err));
    HAX_TRY(hax_json_only(root, keys, err));
    HAX_TRY(read_pair(root, "units", &units, err));
    HAX_TRY(read_pair(root, "networks", &networks, err));
    for (size_t u = 0; u < 2; u++) {
        hax_json item = hax_json_item(&units, u);
        HAX_TRY(read_unit(&item, (int) u, data, err));
    }
    for (size_t n = 0; n < 2; n++) {
        hax_json item = hax_json_item(&networks, n);
        HAX_TRY(read_network(&item, data, (int) n, err));
    }
    if (strcmp(data->units[0], data->units[1]) == 0 ||
        strcmp(data->networks[0].name, data->networks[1].name) == 0)
        return hax_json_fail(root, err, "two units or two networks have one name");
    return HAX_OK;
}

hax_status hax_published_parse(const char *json, size_t length, const char *file,
                               hax_published *data, hax_error *err)
{
    json_t *tree;
    hax_published published = { 0 };
    HAX_TRY(hax_json_parse(json, length, file, &tree, err));
    hax_json root = hax_json_root(tree, file);
    hax_status status = hax_json_expect_object(&root, err);
    if (status == HAX_OK)
        status = read_root(&root, &published, err);
    json_decref(tree);
    if (status == HAX_OK)
        *data = published;
    return status;
}
