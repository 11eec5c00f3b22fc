/* Two profiles of one platform as one, with the networks of both. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "costs.h"
#include "error.h"
#include "haxconn/profile.h"
#include "text.h"

static hax_status same_platform(const hax_profile *a, const hax_profile *b, hax_error *err)
{
    char *first = NULL, *second = NULL;
    hax_status status = hax_platform_text(a->platform, &first, err);
    if (status == HAX_OK)
        status = hax_platform_text(b->platform, &second, err);
    if (status == HAX_OK && strcmp(first, second) != 0)
        status = hax_fail(err, HAX_BAD_INPUT,
                          "the profiles are of two platforms, '%s' and '%s', or of two states of "
                          "one: put the second into a file of its own",
                          a->platform->name, b->platform->name);
    free(first);
    free(second);
    return status;
}

static bool has_network(const hax_profile *profile, const char *name)
{
    for (int n = 0; n < profile->network_count; n++)
        if (strcmp(profile->networks[n].name, name) == 0)
            return true;
    return false;
}

/* Written and read again: a profile that owns all it holds. */
hax_status hax_profile_copy(const hax_profile *view, const hax_profile **copy, hax_error *err)
{
    char *text = NULL;
    HAX_TRY(hax_profile_text(view, &text, err));
    hax_status status = hax_profile_parse(text, strlen(text), "a profile", copy, err);
    free(text);
    return status;
}

hax_status hax_profile_join(const hax_profile *profile, const hax_profile *more,
                            const hax_profile **joined, hax_error *err)
{
    size_t capacity = (size_t) profile->network_count + (size_t) more->network_count;
    hax_text source = { 0 };
    HAX_TRY(same_platform(profile, more, err));
    hax_network_profile *networks = calloc(capacity, sizeof *networks);
    if (!networks)
        return hax_fail_memory(err, "a profile");
    assert(profile->platform->unit_count == more->platform->unit_count); /* as just checked */
    hax_profile view = *profile;
    view.networks = networks;
    view.network_count = 0;
    for (int n = 0; n < profile->network_count; n++)
        if (!has_network(more, profile->networks[n].name))
            networks[view.network_count++] = profile->networks[n];
    for (int n = 0; n < more->network_count; n++)
        networks[view.network_count++] = more->networks[n];
    assert(view.network_count >= more->network_count && view.network_count <= (int) capacity);
    if (!view.contention)
        view.contention = more->contention;
    view.stored = (hax_profile_stored){ 0 }; /* which runs are left is not known */
    hax_text_printf(&source, "%s; %s", profile->source, more->source);
    view.source = hax_text_get(&source);
    hax_status status =
        source.failed ? hax_fail_memory(err, "a profile") : hax_profile_copy(&view, joined, err);
    hax_text_free(&source);
    free(networks);
    return status;
}
