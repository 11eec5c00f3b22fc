/*
 * The CUDA driver as the library sees it: finds the module and loads it into the calling (worker)
 * process.
 */
#define _GNU_SOURCE
#include "cuda_loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cuda_module.h"
#include "installed.h"
#include "layout.h"

static const hax_place modules = {
    .from_program = HAX_MODULES_FROM_PROGRAM,
    .from_library = HAX_MODULES_FROM_LIBRARY,
    .installed = HAX_MODULES_INSTALLED,
};

static hax_status load(void **module, hax_error *err)
{
    char path[PATH_MAX];
    if (!hax_place_find(&modules, &hax_program_build_tree ? hax_program_build_tree.modules : NULL,
                        HAX_CUDA_MODULE_FILE, path, sizeof path))
        return hax_fail(err, HAX_UNAVAILABLE,
                        "%s is not in %s: install CUDA's nvcc and cuDNN's headers, then build and "
                        "install haxconn again",
                        HAX_CUDA_MODULE_FILE, modules.installed);
    errno = 0;
    *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (*module)
        return HAX_OK;
    if (errno == ENOMEM)
        return hax_fail_memory(err, HAX_CUDA_MODULE_FILE);
    return hax_fail(err, HAX_UNAVAILABLE, "cannot load %.100s: %.120s", path, dlerror());
}

/* ISO C has no cast from object to function pointers. */
static hax_status find(const char *name, void *function, hax_error *err)
{
    void *module = NULL;
    HAX_TRY(load(&module, err));
    void *found = dlsym(module, name);
    if (!found)
        return hax_fail(err, HAX_UNAVAILABLE, "%s has no symbol %s: build haxconn again",
                        HAX_CUDA_MODULE_FILE, name);
    memcpy(function, &found, sizeof found);
    return HAX_OK;
}

static hax_status open_loaded(const hax_kind *kind, hax_device **device, hax_error *err)
{
    hax_cuda_module_driver_function *get;
    hax_error why = { 0 };
    hax_status status = find(HAX_CUDA_MODULE_DRIVER, &get, &why);
    if (status == HAX_NO_MEMORY)
        return hax_fail_memory(err, "the CUDA module");
    if (status != HAX_OK)
        return hax_fail(err, status, "kind '%.60s' needs a GPU: %.300s", kind->name, why.message);
    return get()->open(kind, device, err);
}

hax_status hax_cuda_look_at(int device, hax_gpu *gpu, hax_error *err)
{
    hax_cuda_module_look_function *look;
    HAX_TRY(find(HAX_CUDA_MODULE_LOOK, &look, err));
    return look(device, gpu, err);
}

void hax_cuda_probe(hax_driver_probe *probe)
{
    hax_gpu gpu;
    hax_error err = { 0 };
    hax_status status = hax_cuda_look_at(0, &gpu, &err);
    probe->no_memory = status == HAX_NO_MEMORY;
    probe->available = status == HAX_OK;
    if (status != HAX_OK) {
        snprintf(probe->reason, sizeof probe->reason, "%.250s", err.message);
        return;
    }
    snprintf(probe->library, sizeof probe->library, "CUDA %.12s, %.44s", gpu.driver, gpu.libraries);
    snprintf(probe->isa, sizeof probe->isa, "%.40s, %d SMs", gpu.name, gpu.sms);
}

static bool can_import(const hax_layout *from)
{
    return strcmp(from->driver, "plain") == 0;
}

/* The rest of the table comes from the module: see hax_device_driver. */
const hax_driver hax_driver_cuda = {
    .name = "cuda",
    .computes = true,
    .supports = hax_cuda_supports,
    .open = open_loaded,
    .can_import = can_import,
};
