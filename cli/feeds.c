/* The numbers that a command line feeds networks with. */
#include "feeds.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"

/* One item: for which networks, and what. */
typedef struct feed {
    const char *network; /* NULL: for all of them */
    const char *input;   /* not terminated */
    size_t input_length; /* 0: not named */
    const char *file;
} feed;

/* Names of networks and inputs may hold ':' and '=' themselves, so only names that are there
 * count. */
static feed split(const char *item, int count, const char *const *names)
{
    feed of = { .file = item };
    for (int n = 0; n < count && !of.network; n++) {
        size_t length = strlen(names[n]);
        if (strncmp(item, names[n], length) != 0 || item[length] != ':')
            continue;
        of.network = names[n];
        of.file = item + length + 1;
    }
    const char *equals = strchr(of.file, '=');
    if (equals) {
        of.input = of.file;
        of.input_length = (size_t) (equals - of.file);
        of.file = equals + 1;
    }
    return of;
}

static hax_status check(const feed *of, const char *item, int count, const char *const *names,
                        hax_error *err)
{
    if (of->file[0] == '\0')
        return cli_fail(err, HAX_USAGE, "--input: '%s' names no file, write NET:INPUT=FILE.npy",
                        item);
    for (int n = 1; n < count && !of->network; n++)
        if (strcmp(names[n], names[0]) != 0)
            return cli_fail(err, HAX_USAGE,
                            "--input: '%s' could be for any of the networks, or names none of "
                            "them; write NET:INPUT=FILE.npy",
                            item);
    return HAX_OK;
}

static hax_status apply(cli_feeds *feeds, const feed *of, const hax_array *array,
                        const cli_networks *networks, const char *const *names, hax_error *err)
{
    for (int n = 0; n < networks->count; n++) {
        if (of->network && strcmp(of->network, names[n]) != 0)
            continue;
        const char *input = hax_model_input_info(networks->items[n].model).name;
        bool right = of->input_length == 0 || (strlen(input) == of->input_length &&
                                               strncmp(input, of->input, of->input_length) == 0);
        if (!right)
            return cli_fail(err, HAX_USAGE, "--input: %s has no input '%.*s', its input is '%s'",
                            names[n], (int) of->input_length, of->input, input);
        if (feeds->arrays[n])
            return cli_fail(err, HAX_USAGE, "--input: two files for input '%s' of %s", input,
                            names[n]);
        feeds->arrays[n] = array;
    }
    return HAX_OK;
}

hax_status cli_feeds_read(cli_feeds *feeds, const cli_list *items, const cli_networks *networks,
                          const char *const *names, hax_error *err)
{
    *feeds = (cli_feeds){
        .arrays = calloc((size_t) networks->count + 1, sizeof *feeds->arrays),
        .owned = calloc((size_t) items->count + 1, sizeof *feeds->owned),
    };
    if (!feeds->arrays || !feeds->owned)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for inputs");
    for (int i = 0; i < items->count; i++) {
        feed of = split(items->items[i], networks->count, names);
        hax_status status = check(&of, items->items[i], networks->count, names, err);
        if (status == HAX_OK)
            status = hax_array_read(of.file, &feeds->owned[feeds->count], err);
        if (status == HAX_OK)
            status = apply(feeds, &of, feeds->owned[feeds->count++], networks, names, err);
        if (status != HAX_OK)
            return status;
    }
    return HAX_OK;
}

void cli_feeds_free(cli_feeds *feeds)
{
    for (int i = 0; i < feeds->count; i++)
        hax_array_destroy(feeds->owned[i]);
    free(feeds->owned);
    free(feeds->arrays);
    *feeds = (cli_feeds){ 0 };
}
