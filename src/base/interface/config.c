/* Callers may have been compiled with an older version, whose structs end earlier. */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "haxconn/version.h"

hax_status hax_answer_check(const char *type, size_t own_size, const void *given, hax_error *err)
{
    size_t size;
    assert(type && given && own_size >= sizeof size);
    memcpy(&size, given, sizeof size);
    if (size < sizeof size)
        return hax_fail(err, HAX_USAGE, "%s: its size is not set; begin with %s_default()", type,
                        type);
    if (size > own_size)
        return hax_fail(err, HAX_USAGE,
                        "%s: %zu bytes, but this library (%s) knows %zu of them; run the program "
                        "with the version that it was compiled for, or a later one",
                        type, size, hax_version(), own_size);
    return HAX_OK;
}

void hax_answer_give(void *given, const void *own)
{
    size_t size, own_size;
    memcpy(&size, given, sizeof size);
    memcpy(&own_size, own, sizeof own_size);
    assert(size >= sizeof size && size <= own_size);
    memcpy(given, own, size);
    memcpy(given, &size, sizeof size);
}

hax_status hax_config_take(const char *type, void *own, size_t own_size, const void *given,
                           hax_error *err)
{
    size_t size;
    assert(type && own && own_size >= sizeof size);
    if (!given)
        return HAX_OK;
    HAX_TRY(hax_answer_check(type, own_size, given, err));
    memcpy(&size, given, sizeof size);
    memcpy(own, given, size);
    memcpy(own, &own_size, sizeof own_size);
    return HAX_OK;
}
