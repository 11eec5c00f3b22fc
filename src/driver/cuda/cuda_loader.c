/*
 * The CUDA driver as the library sees it: finds the module and loads it into the calling (worker)
 * process.
 */
#include "cuda_loader.h"

#include <stdio.h>
#include <string.h>

#include "cuda_module.h"
#include "layout.h"
#include "module_find.h"

static hax_status find(const char *name, void *function, hax_error *err)
{
    return hax_module_find(
        HAX_CUDA_MODULE_FILE,
        "install CUDA's nvcc and cuDNN's headers, then build and install haxconn again", name,
        function, err);
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
