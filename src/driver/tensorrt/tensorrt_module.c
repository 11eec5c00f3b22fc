/*
 * The TensorRT module: loaded into worker processes by tensorrt_loader.c, never into the process
 * that plans. It is built everywhere: TensorRT and CUDA are found when it runs.
 */
#include "tensorrt_module.h"

#include <stdio.h>

#include "program.h"
#include "traffic.h"

static const hax_layout *layout(const hax_program *program, int tensor)
{
    return &program->layouts[tensor];
}

static void note(const hax_program *program, int kernel, hax_kernel_note *out)
{
    (void) program, (void) kernel;
    *out = (hax_kernel_note){ .implementation = "TensorRT engine" };
}

static hax_status open_device(const hax_kind *kind, hax_device **device, hax_error *err);

static const hax_driver driver = {
    .name = "tensorrt",
    .computes = true,
    .supports = hax_kernel_known,
    .open = open_device,
    .close = hax_trt_close,
    .enter = hax_trt_enter,
    .build = hax_trt_build_program,
    .discard = hax_trt_discard,
    .layout = layout,
    .note = note,
    .bind = hax_trt_bind,
    .unbind = hax_trt_unbind,
    .run = hax_trt_run,
    .traffic_open = hax_trt_traffic_open,
    .traffic_close = hax_trt_traffic_close,
    .traffic_begin = hax_trt_traffic_begin,
    .traffic_blocks = hax_trt_traffic_blocks,
    .traffic_end = hax_trt_traffic_end,
    .can_import = hax_trt_can_import,
    .import = hax_trt_import,
    .export = hax_trt_export,
};

static hax_status open_device(const hax_kind *kind, hax_device **device, hax_error *err)
{
    HAX_TRY(hax_trt_open(kind, device, err));
    (*device)->base.driver = &driver;
    return HAX_OK;
}

const hax_driver *hax_tensorrt_module_driver(void)
{
    return &driver;
}

hax_status hax_tensorrt_module_look(int device, hax_tensorrt_found *found, hax_error *err)
{
    hax_trt_cuda cuda;
    hax_trt_library library;
    hax_error why = { 0 };
    hax_status status = hax_trt_look(&cuda, &library, device, found, &why);
    if (status == HAX_NO_MEMORY)
        return hax_fail_memory(err, "looking for TensorRT");
    if (status != HAX_OK)
        snprintf(found->why, sizeof found->why, "%.500s", why.message);
    return HAX_OK;
}
