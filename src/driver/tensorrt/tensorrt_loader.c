/*
 * Finds the TensorRT module and loads it into the calling (worker) process. What needs no TensorRT,
 * the rules of the DLA, is here.
 */
#include "tensorrt_loader.h"

#include <stdio.h>
#include <string.h>

#include "jetson.h"
#include "module_find.h"
#include "target.h"
#include "tensorrt_module.h"

static hax_status find(const char *name, void *function, hax_error *err)
{
    return hax_module_find(HAX_TRT_MODULE_FILE, "install haxconn again", name, function, err);
}

static hax_status open_loaded(const hax_kind *kind, hax_device **device, hax_error *err)
{
    hax_tensorrt_module_driver_function *get;
    HAX_TRY(find(HAX_TRT_MODULE_DRIVER, &get, err));
    return get()->open(kind, device, err);
}

hax_status hax_tensorrt_look_at(int device, hax_tensorrt_found *found, hax_error *err)
{
    hax_tensorrt_module_look_function *look;
    HAX_TRY(find(HAX_TRT_MODULE_LOOK, &look, err));
    return look(device, found, err);
}

void hax_tensorrt_probe(hax_driver_probe *probe)
{
    hax_tensorrt_found found;
    hax_error err = { 0 };
    hax_status status = hax_tensorrt_look_at(0, &found, &err);
    probe->no_memory = status == HAX_NO_MEMORY;
    probe->available = status == HAX_OK && found.why[0] == '\0';
    if (!probe->available) {
        snprintf(probe->reason, sizeof probe->reason, "%.250s",
                 status == HAX_OK ? found.why : err.message);
        return;
    }
    snprintf(probe->library, sizeof probe->library, "TensorRT %d.%d.%d, CUDA %d.%d",
             found.version / 10000, found.version / 100 % 100, found.version % 100,
             found.cuda / 1000, found.cuda % 1000 / 10);
    snprintf(probe->isa, sizeof probe->isa, "%.32s, %d SMs, %d DLA", found.gpu, found.sms,
             found.dla_cores);
}

bool hax_tensorrt_dla_takes(const hax_kind *kind, const hax_model *model, const hax_group *group)
{
    hax_trt_target target;
    char reason[JETSON_REASON_MAX];
    if (strcmp(kind->driver, "tensorrt") != 0)
        return true; /* other drivers have rules of their own */
    if (hax_trt_target_read(kind, &target, NULL) != HAX_OK || !target.has_board)
        return false;
    for (int l = 0; l < hax_model_layer_count(model); l++) {
        int index = hax_model_layer(model, l).compute_index;
        if (index >= group->first && index <= group->last &&
            !hax_jetson_layer_runs(model, l, &target.board, reason))
            return false;
    }
    return true;
}

static bool can_import(const hax_layout *from)
{
    return strcmp(from->driver, "plain") == 0;
}

/* The rest of the table comes from the module: see hax_device_driver. */
const hax_driver hax_driver_tensorrt = {
    .name = "tensorrt",
    .computes = true,
    .supports = hax_kernel_known,
    .open = open_loaded,
    .can_import = can_import,
};
