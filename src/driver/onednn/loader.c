/*
 * The oneDNN driver as the library sees it: finds the module and loads it into the calling
 * (worker) process, after settling what the OpenMP runtime reads only when it is
 * loaded.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers.h"
#include "installed.h"
#include "module.h"

static const hax_place modules = {
    .from_program = HAX_MODULES_FROM_PROGRAM,
    .from_library = HAX_MODULES_FROM_LIBRARY,
    .installed = HAX_MODULES_INSTALLED,
};

/*
 * How many times a team's thread looks for work before it sleeps. GNU's default, 300,000, is
 * some 5 ms here: a union unit's helper thread would go on burning a core that another unit
 * needs. Too few, and every kernel of a union unit begins with a wake-up of 30 us.
 */
#define TEAM_SPINS "5000"

/* Where memory runs out, *no_memory is set. */
static void *load(char *why, size_t why_size, bool *no_memory)
{
    char path[PATH_MAX];
    if (!hax_place_find(&modules, &hax_program_build_tree ? hax_program_build_tree.modules : NULL,
                        HAX_MODULE_FILE, path, sizeof path)) {
        snprintf(why, why_size,
                 "%s is not in %s: install libdnnl-dev, then build and install haxconn again",
                 HAX_MODULE_FILE, modules.installed);
        return NULL;
    }
    errno = 0;
    *no_memory = setenv("GOMP_SPINCOUNT", TEAM_SPINS, 0) != 0;
    unsetenv("OMP_PROC_BIND"); /* it would pin every thread to the first one's processor */
    unsetenv("OMP_NUM_THREADS");
    void *module = *no_memory ? NULL : dlopen(path, RTLD_NOW | RTLD_LOCAL);
    *no_memory = !module && errno == ENOMEM;
    if (!module)
        snprintf(why, why_size, "cannot load %.100s: %.120s", path,
                 *no_memory ? "out of memory" : dlerror());
    return module;
}

static void *symbol(void *module, const char *name, char *why, size_t why_size)
{
    void *found = module ? dlsym(module, name) : NULL;
    if (module && !found)
        snprintf(why, why_size, "%s has no symbol %s: build haxconn again", HAX_MODULE_FILE, name);
    return found;
}

static hax_status open_loaded(const hax_kind *kind, hax_device **device, hax_error *err)
{
    char why[256] = "";
    bool no_memory = false;
    void *found = symbol(load(why, sizeof why, &no_memory), HAX_MODULE_DRIVER, why, sizeof why);
    hax_module_driver_function *get;
    if (no_memory)
        return hax_fail_memory(err, "oneDNN");
    if (!found)
        return hax_fail(err, HAX_UNAVAILABLE, "kind '%s' needs oneDNN: %s", kind->name, why);
    memcpy(&get, &found, sizeof get); /* ISO C has no cast from object to function pointers */
    return get()->open(kind, device, err);
}

void hax_onednn_probe(hax_driver_probe *probe)
{
    void *found = symbol(load(probe->reason, sizeof probe->reason, &probe->no_memory),
                         HAX_MODULE_PROBE, probe->reason, sizeof probe->reason);
    hax_module_probe_function *ask;
    if (!found)
        return;
    memcpy(&ask, &found, sizeof ask);
    ask(probe);
}

static bool can_import(const hax_layout *from)
{
    return strcmp(from->driver, "onednn") == 0 || strcmp(from->driver, "plain") == 0;
}

/* The rest of the table comes from the module: see hax_device_driver. */
const hax_driver hax_driver_onednn = {
    .name = "onednn",
    .computes = true,
    .supports = hax_kernel_known,
    .open = open_loaded,
    .can_import = can_import,
};
