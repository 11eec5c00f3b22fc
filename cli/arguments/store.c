/* Where profiles are kept. */
#include "store.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <haxconn/profile.h>

#include "message.h"

/* $XDG_CACHE_HOME counts only when it is absolute (XDG Base Directory Specification 0.8). */
static hax_status default_path(char **path, hax_error *err)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    bool in_cache = cache && cache[0] == '/';
    if (!in_cache && !(home && home[0]))
        return cli_fail(err, HAX_IO, "there is no folder for a profile store (HOME is not set)");
    const char *base = in_cache ? cache : home;
    const char *rest = in_cache ? "/haxconn/profiles.sqlite" : "/.cache/haxconn/profiles.sqlite";
    size_t size = strlen(base) + strlen(rest) + 1;
    char *text = malloc(size);
    if (!text)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for a path");
    snprintf(text, size, "%s%s", base, rest);
    *path = text;
    return HAX_OK;
}

static hax_status store_path(const char *option, char **path, hax_error *err)
{
    *path = NULL;
    if (option && strcmp(option, "none") == 0)
        return HAX_OK;
    if (option) {
        *path = strdup(option);
        return *path ? HAX_OK : cli_fail(err, HAX_NO_MEMORY, "out of memory for a path");
    }
    return default_path(path, err);
}

hax_status cli_store_open(const char *option, char **path, hax_error *err)
{
    char *found = NULL;
    char message[HAX_ERROR_MESSAGE_MAX + 200];
    hax_status status = store_path(option, &found, err);
    if (status == HAX_OK && found)
        status = hax_profile_store_check(found, err);
    if (status == HAX_IO) {
        snprintf(message, sizeof message,
                 "no profile store: %s; measuring without one, nothing is kept (--store FILE names "
                 "another, --store none says that none is wanted)",
                 err->message);
        cli_print_warning(message);
        free(found);
        found = NULL;
        status = HAX_OK;
    }
    if (status != HAX_OK) {
        free(found);
        return status;
    }
    *path = found;
    return HAX_OK;
}
