/* The networks that a command line names, loaded and cut. */
#include "networks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "message.h"

/* The list of cuts in "NET:10,24", and the length of NET (0 when there is none). */
static const char *split_cuts(const char *item, size_t *name_length)
{
    const char *colon = strrchr(item, ':');
    *name_length = colon ? (size_t) (colon - item) : 0;
    return colon ? colon + 1 : item;
}

static bool names_it(const char *item, size_t length, const char *name)
{
    return strlen(name) == length && strncmp(item, name, length) == 0;
}

/* What --cuts says of a network, by what it is called on the command line or in reports; NULL:
 * nothing. */
static const char *cuts_of(cli_networks *networks, const char *operand, const char *name,
                           const cli_list *cuts)
{
    for (int i = 0; i < cuts->count; i++) {
        size_t length;
        split_cuts(cuts->items[i], &length);
        if (length > 0 && !names_it(cuts->items[i], length, operand) &&
            !names_it(cuts->items[i], length, name))
            continue;
        networks->cuts_used[i] = true;
        return cuts->items[i];
    }
    return NULL;
}

/* Of two lists for one network the first would win in silence. */
static hax_status check_twice(const cli_list *cuts, int i, hax_error *err)
{
    size_t length, other;
    split_cuts(cuts->items[i], &length);
    for (int before = 0; before < i; before++) {
        split_cuts(cuts->items[before], &other);
        if (other == length && strncmp(cuts->items[before], cuts->items[i], length) == 0)
            return cli_fail(err, HAX_USAGE,
                            "--cuts: '%s' and '%s' are for one network: give one "
                            "list",
                            cuts->items[before], cuts->items[i]);
    }
    return HAX_OK;
}

/* "6" alone is one cut here, and six groups to hax_grouping_make: so the list gets a comma. */
static hax_status list_of(const char *item, char **list, hax_error *err)
{
    size_t name_length, size;
    const char *given = split_cuts(item, &name_length);
    size = strlen(given) + 2;
    if (!given[0] || given[strspn(given, "0123456789,")])
        return cli_fail(err, HAX_USAGE,
                        "--cuts: '%s' holds no list of layer numbers, as 10,24 (a number of groups "
                        "is --grouping)",
                        item);
    *list = malloc(size);
    if (!*list)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for cuts");
    snprintf(*list, size, "%s%s", given, strchr(given, ',') ? "" : ",");
    return HAX_OK;
}

/* An item without a network is for one only; whether others name one is known once all are loaded.
 */
static hax_status check_cuts(int count, const char *const *names, const cli_list *cuts,
                             hax_error *err)
{
    for (int i = 0; i < cuts->count; i++) {
        size_t length;
        split_cuts(cuts->items[i], &length);
        hax_status status = check_twice(cuts, i, err);
        if (status != HAX_OK)
            return status;
        for (int n = 0; n < count; n++)
            if (length == 0 && strcmp(names[n], names[0]) != 0)
                return cli_fail(err, HAX_USAGE,
                                "--cuts: '%s' could be for any of the networks, write NET:%s",
                                cuts->items[i], cuts->items[i]);
    }
    return HAX_OK;
}

static hax_status check_used(const cli_networks *networks, const cli_list *cuts, hax_error *err)
{
    for (int i = 0; i < cuts->count && networks->count > 0; i++) {
        size_t length;
        split_cuts(cuts->items[i], &length);
        if (networks->cuts_used[i])
            continue;
        hax_nearest nearest = hax_nearest_start(cuts->items[i], length);
        for (int n = 0; n < networks->count; n++)
            hax_nearest_offer(&nearest, hax_model_name(networks->items[n].model));
        return cli_fail(err, HAX_BAD_INPUT,
                        "--cuts: '%.*s' is none of the networks given, or has a list already%s",
                        (int) length, cuts->items[i], hax_nearest_words(&nearest).text);
    }
    return HAX_OK;
}

/* The network that "NET:INPUT=..." is for, and the rest; INPUT may have a colon itself, so only
 * names of the command line count. NULL when there is none. */
static const char *scope_of(const char *item, int count, const char *const *names,
                            const char **shape)
{
    *shape = item;
    for (int n = 0; n < count; n++) {
        /* an ONNX model is called as its file in reports */
        const char *slash = strrchr(names[n], '/'), *stem = slash ? slash + 1 : names[n];
        const char *ends[] = { names[n] + strlen(names[n]), stem + strcspn(stem, ".") };
        const char *starts[] = { names[n], stem };
        for (int w = 0; w < 2; w++) {
            size_t length = (size_t) (ends[w] - starts[w]);
            if (length == 0 || strncmp(item, starts[w], length) != 0 || item[length] != ':')
                continue;
            *shape = item + length + 1;
            return names[n];
        }
    }
    return NULL;
}

static hax_status check_shapes(int count, const char *const *names, const cli_list *shapes,
                               hax_error *err)
{
    for (int i = 0; shapes && i < shapes->count; i++) {
        const char *shape;
        if (scope_of(shapes->items[i], count, names, &shape))
            continue;
        for (int n = 1; n < count; n++)
            if (strcmp(names[n], names[0]) != 0)
                return cli_fail(err, HAX_USAGE,
                                "--shape: '%s' could be for any of the networks, write NET:%s",
                                shapes->items[i], shapes->items[i]);
    }
    return HAX_OK;
}

static hax_status load_model(cli_networks *networks, int network, const char *const *names,
                             const cli_network_options *given, hax_error *err)
{
    const cli_list *shapes = given->shapes;
    const char *own[CLI_LIST_MAX];
    hax_model_options options = hax_model_options_default();
    options.shapes = own;
    if (given->cut_tensors > 0)
        options.cut_tensors = given->cut_tensors;
    for (int i = 0; shapes && i < shapes->count; i++) {
        const char *scope =
            scope_of(shapes->items[i], networks->count, names, &own[options.shape_count]);
        options.shape_count += !scope || strcmp(scope, names[network]) == 0;
    }
    return hax_model_load(names[network], &options, &networks->models[network], err);
}

/* How the workload cuts one of its networks; NULL: as the command line says. */
static const char *own_cuts(const cli_networks *networks, int network)
{
    return networks->workload ? networks->workload->instances[network].cuts : NULL;
}

static bool has_dla(const hax_platform *platform)
{
    for (int u = 0; u < platform->unit_count; u++)
        if (platform->units[u].dla > 0)
            return true;
    return false;
}

/* A DLA's core holds an engine for each group of all networks, and no more than its version of
 * TensorRT allows (8.5 and later); NULL: as networks are cut otherwise. */
static const char *groups_for_dla(int networks)
{
    static const char *const words[] = { "1", "2", "3", "4", "5", "6", "7", "8" };
    int groups = hax_jetson_loadables_max(80500) / networks;
    if (groups > 8)
        return NULL;
    return words[groups < 1 ? 0 : groups - 1];
}

/* The grouping of a network that nobody gives cuts. */
static hax_status usual_grouping(const hax_model *model, int networks,
                                 const cli_network_options *options, const char **grouping,
                                 hax_error *err)
{
    hax_status status = HAX_OK;
    *grouping = options->grouping;
    if (!*grouping && options->platform && options->platform->datasheet)
        status = hax_estimate_cuts(options->platform, model, grouping, err);
    if (!*grouping && options->platform && has_dla(options->platform))
        *grouping = groups_for_dla(networks);
    if (!*grouping)
        *grouping = "blocks";
    return status;
}

/* As --cuts says, else the workload, else as networks are cut that nobody says anything of. */
static hax_status group(cli_networks *networks, int network, const char *name,
                        const cli_network_options *options, hax_error *err)
{
    const hax_model *model = networks->models[network];
    const char *item = cuts_of(networks, name, hax_model_name(model), options->cuts),
               *spec = own_cuts(networks, network);
    char *list = NULL;
    hax_status status = HAX_OK;
    networks->grouping_used |= !item && !spec;
    if (item)
        status = list_of(item, &list, err);
    else if (!spec)
        status = usual_grouping(model, networks->count, options, &spec, err);
    if (status == HAX_OK)
        status = hax_grouping_make(model, list ? list : spec, &networks->groupings[network], err);
    free(list);
    return status;
}

static bool same_cuts(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static hax_status load_one(cli_networks *networks, int network, const char *const *names,
                           const cli_network_options *options, hax_error *err)
{
    for (int earlier = 0; earlier < network; earlier++) {
        if (strcmp(names[earlier], names[network]) != 0)
            continue;
        if (!same_cuts(own_cuts(networks, earlier), own_cuts(networks, network)))
            return cli_fail(err, HAX_BAD_INPUT,
                            "instances of '%s' are cut differently: give all of them the same cuts",
                            names[network]);
        networks->items[network] = networks->items[earlier];
        return HAX_OK;
    }
    hax_status status = load_model(networks, network, names, options, err);
    if (status != HAX_OK)
        return status;
    const hax_model *model = networks->models[network];
    status = group(networks, network, names[network], options, err);
    if (status != HAX_OK)
        return status;
    /* Two files may hold networks of one name; then their paths tell them apart. */
    const char *name = hax_model_name(model);
    for (int earlier = 0; earlier < network; earlier++)
        if (strcmp(networks->items[earlier].name, name) == 0)
            name = names[network];
    networks->items[network] = (hax_profile_network){ name, model, networks->groupings[network] };
    return HAX_OK;
}

static hax_status load_all(cli_networks *networks, int count, const char *const *names,
                           const cli_network_options *options, hax_error *err)
{
    size_t slots = (size_t) count;
    *networks = (cli_networks){
        .workload = networks->workload,
        .names = networks->names,
        .count = count,
        .items = calloc(slots, sizeof *networks->items),
        .models = calloc(slots, sizeof *networks->models),
        .groupings = calloc(slots, sizeof *networks->groupings),
    };
    if (!networks->items || !networks->models || !networks->groupings)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for the networks");
    hax_status status = check_cuts(count, names, options->cuts, err);
    if (status == HAX_OK)
        status = check_shapes(count, names, options->shapes, err);
    for (int i = 0; i < count && status == HAX_OK; i++)
        status = load_one(networks, i, names, options, err);
    if (status == HAX_OK)
        status = check_used(networks, options->cuts, err);
    if (status == HAX_OK && count > 0 && options->call && cli_given(options->call, "grouping") &&
        !networks->grouping_used)
        return cli_fail(err, HAX_USAGE,
                        "--grouping has no effect: every network's cuts are given already");
    return status;
}

static hax_status load_workload(cli_networks *networks, const char *path,
                                const cli_network_options *options, hax_error *err)
{
    hax_status status = cli_read_workload(path, &networks->workload, err);
    if (status != HAX_OK)
        return status;
    const hax_workload *workload = networks->workload;
    size_t count = (size_t) workload->instance_count;
    const char **networks_named = calloc(count, sizeof *networks_named);
    networks->names = calloc(count, sizeof *networks->names);
    if (networks_named && networks->names) {
        for (size_t i = 0; i < count; i++) {
            networks_named[i] = workload->instances[i].network;
            networks->names[i] = workload->instances[i].name;
        }
        status = load_all(networks, workload->instance_count, networks_named, options, err);
    } else {
        status = cli_fail(err, HAX_NO_MEMORY, "out of memory for the networks");
    }
    free(networks_named);
    return status;
}

hax_status cli_networks_load(cli_networks *networks, int count, const char *const *names,
                             const cli_network_options *options, hax_error *err)
{
    *networks = (cli_networks){ 0 };
    if (count == 1 && cli_is_document(names[0]))
        return load_workload(networks, names[0], options, err);
    return load_all(networks, count, names, options, err);
}

/* Is it the name of the second instance of a network, or of a later one? */
static bool is_turn_of(const cli_networks *networks, int n, const char *text, size_t length)
{
    char called[HAX_INSTANCE_NAME_BYTES];
    int turn = 1;
    for (int i = 0; i < n; i++)
        turn += strcmp(networks->items[i].name, networks->items[n].name) == 0;
    if (turn == 1)
        return false;
    hax_instance_name(networks->items[n].name, turn, called);
    return names_it(text, length, called);
}

bool cli_network_is_called(const cli_networks *networks, int n, const char *operand,
                           const char *text, size_t length)
{
    return names_it(text, length, operand) || names_it(text, length, networks->items[n].name) ||
           is_turn_of(networks, n, text, length);
}

void cli_networks_free(cli_networks *networks)
{
    for (int i = 0; i < networks->count; i++) {
        if (networks->groupings)
            hax_grouping_destroy(networks->groupings[i]);
        if (networks->models)
            hax_model_destroy(networks->models[i]);
    }
    hax_workload_destroy(networks->workload);
    free(networks->names);
    free(networks->items);
    free(networks->models);
    free(networks->groupings);
    *networks = (cli_networks){ 0 };
}
