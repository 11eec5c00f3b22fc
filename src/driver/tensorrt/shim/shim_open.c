/* Loads one shim, in workers and in the program that builds. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>

#include "library.h"

hax_status hax_trt_shim_open(const char *file, const hax_trt_shim **shim, hax_error *err)
{
    char why[HAX_TRT_WHY] = "";
    hax_trt_shim_get_function *get;
    void *module = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    void *found = module ? dlsym(module, HAX_TRT_SHIM_SYMBOL) : NULL;
    if (!found)
        return hax_fail(err, HAX_UNAVAILABLE, "cannot load %.200s: %.200s", file, dlerror());
    memcpy(&get, &found, sizeof get); /* ISO C has no cast from object to function pointers */
    const hax_trt_shim *loaded = get();
    if (loaded->interface != HAX_TRT_SHIM_INTERFACE)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "%.200s is of another version of haxconn (interface %d, and %d is needed): "
                        "install haxconn again",
                        file, loaded->interface, HAX_TRT_SHIM_INTERFACE);
    if (!loaded->open(NULL, NULL, why))
        return hax_fail(err, HAX_UNAVAILABLE, "TensorRT %d: %.400s", loaded->headers / 10000, why);
    *shim = loaded;
    return HAX_OK;
}
