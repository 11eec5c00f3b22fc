/* The numbers that a command line feeds networks with. */
#include "feeds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

/* One item: for which networks, and what. */
typedef struct feed {
    const char *network;   /* not terminated; NULL: for all of them */
    size_t network_length; /* where it is named */
    const char *input;     /* not terminated */
    size_t input_length;   /* 0: not named */
    const char *file;
} feed;

/* Names of networks and inputs may hold ':' and '=' themselves, so only names that are there
 * count. */
static feed split(const char *item, const cli_networks *networks, const char *const *names)
{
    feed target = { .file = item };
    for (const char *colon = strchr(item, ':'); colon && !target.network;
         colon = strchr(colon + 1, ':')) {
        size_t length = (size_t) (colon - item);
        for (int n = 0; n < networks->count && !target.network; n++) {
            if (!cli_network_is_called(networks, n, names[n], item, length))
                continue;
            target.network = item;
            target.network_length = length;
            target.file = colon + 1;
        }
    }
    const char *equals = strchr(target.file, '=');
    if (equals) {
        target.input = target.file;
        target.input_length = (size_t) (equals - target.file);
        target.file = equals + 1;
    }
    return target;
}

static hax_status check(const feed *feed, const char *item, int count, const char *const *names,
                        hax_error *err)
{
    if (feed->file[0] == '\0')
        return cli_fail(err, HAX_USAGE, "--input: '%s' names no file, write NET:INPUT=FILE", item);
    for (int n = 1; n < count && !feed->network; n++)
        if (strcmp(names[n], names[0]) != 0)
            return cli_fail(err, HAX_USAGE,
                            "--input: '%s' could be for any of the networks, or names none of "
                            "them; write NET:INPUT=FILE",
                            item);
    return HAX_OK;
}

/* The name of an input that an item tells, as a text of its own; NULL when it tells none. */
static hax_status keep_name(const feed *feed, char **kept, hax_error *err)
{
    if (feed->input_length == 0)
        return HAX_OK;
    *kept = strndup(feed->input, feed->input_length);
    return *kept ? HAX_OK : cli_fail(err, HAX_NO_MEMORY, "out of memory for inputs");
}

/* An input of that name, or the only one where none is told. */
static hax_status check_name(const hax_model *model, const char *network, const char *input,
                             hax_error *err)
{
    char known[300] = "";
    size_t used = 0;
    int count = hax_model_input_count(model);
    hax_nearest nearest = hax_nearest_start(input ? input : "", input ? strlen(input) : 0);
    for (int i = 0; i < count; i++) {
        const char *name = hax_model_input_info(model, i).name;
        hax_nearest_offer(&nearest, name);
        if (input ? strcmp(name, input) == 0 : count == 1)
            return HAX_OK;
        if (used < sizeof known)
            used += (size_t) snprintf(known + used, sizeof known - used, "%s'%.60s'", i ? ", " : "",
                                      name);
    }
    if (!input)
        return cli_fail(err, HAX_USAGE, "--input: %s has %d inputs, %s; write INPUT=FILE", network,
                        count, known);
    return cli_fail(err, HAX_USAGE, "--input: %s has no input '%s', its %s %s%s", network, input,
                    count == 1 ? "input is" : "inputs are", known,
                    count == 1 ? "" : hax_nearest_words(&nearest).text);
}

/* A feed for every instance of the network that the item is for. */
static hax_status add_feeds(cli_feeds *feeds, const feed *feed, int item,
                            const cli_networks *networks, const char *const *names, hax_error *err)
{
    for (int n = 0; n < networks->count; n++) {
        if (feed->network &&
            !cli_network_is_called(networks, n, names[n], feed->network, feed->network_length))
            continue;
        hax_status status = check_name(networks->items[n].model, names[n], feeds->names[item], err);
        if (status != HAX_OK)
            return status;
        feeds->feeds[feeds->count++] = (hax_feed){ n, feeds->names[item], feeds->owned[item] };
    }
    return HAX_OK;
}

static hax_status read_item(cli_feeds *feeds, const char *item, const cli_networks *networks,
                            const char *const *names, hax_error *err)
{
    feed target = split(item, networks, names);
    int at = feeds->array_count;
    hax_status status = check(&target, item, networks->count, names, err);
    if (status == HAX_OK)
        status = keep_name(&target, &feeds->names[at], err);
    if (status == HAX_OK)
        status = hax_array_load(target.file, &feeds->owned[at], err);
    feeds->array_count++; /* also after a failure: what there is of it is freed */
    if (status == HAX_OK)
        status = add_feeds(feeds, &target, at, networks, names, err);
    return status;
}

hax_status cli_feeds_read(cli_feeds *feeds, const cli_list *items, const cli_networks *networks,
                          const char *const *names, hax_error *err)
{
    size_t count = (size_t) items->count;
    *feeds = (cli_feeds){
        .feeds = calloc(count * (size_t) networks->count + 1, sizeof *feeds->feeds),
        .owned = calloc(count + 1, sizeof *feeds->owned),
        .names = calloc(count + 1, sizeof *feeds->names),
    };
    if (!feeds->feeds || !feeds->owned || !feeds->names)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for inputs");
    hax_status status = HAX_OK;
    for (int i = 0; i < items->count && status == HAX_OK; i++)
        status = read_item(feeds, items->items[i], networks, names, err);
    return status;
}

void cli_feeds_free(cli_feeds *feeds)
{
    for (int i = 0; i < feeds->array_count; i++) {
        hax_array_destroy(feeds->owned[i]);
        free(feeds->names[i]);
    }
    free(feeds->feeds);
    free(feeds->owned);
    free(feeds->names);
    *feeds = (cli_feeds){ 0 };
}
