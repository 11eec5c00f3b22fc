#define _GNU_SOURCE
#include "module_find.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "installed.h"

static const hax_place modules = {
    .from_program = HAX_MODULES_FROM_PROGRAM,
    .from_library = HAX_MODULES_FROM_LIBRARY,
    .installed = HAX_MODULES_INSTALLED,
};

static hax_status load(const char *file, const char *advice, void **module, hax_error *err)
{
    char path[PATH_MAX];
    if (!hax_place_find(&modules, &hax_program_build_tree ? hax_program_build_tree.modules : NULL,
                        file, path, sizeof path))
        return hax_fail(err, HAX_UNAVAILABLE, "%s is not in %s: %s", file, modules.installed,
                        advice);
    errno = 0;
    *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (*module)
        return HAX_OK;
    if (errno == ENOMEM)
        return hax_fail_memory(err, file);
    return hax_fail(err, HAX_UNAVAILABLE, "cannot load %.100s: %.120s", path, dlerror());
}

hax_status hax_module_find(const char *file, const char *advice, const char *name, void *function,
                           hax_error *err)
{
    void *module = NULL;
    HAX_TRY(load(file, advice, &module, err));
    void *found = dlsym(module, name);
    if (!found)
        return hax_fail(err, HAX_UNAVAILABLE, "%s has no symbol %s: build haxconn again", file,
                        name);
    memcpy(function, &found, sizeof found); /* ISO C has no cast from object to function pointers */
    return HAX_OK;
}
