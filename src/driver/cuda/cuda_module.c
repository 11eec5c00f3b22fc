/*
 * The CUDA module: loaded into worker processes by loader.c, never into the process that plans. A
 * process that has started CUDA cannot be forked, and all units of a GPU are to live in one
 * process: those of two take turns.
 */
#define _GNU_SOURCE
#include "cuda_module.h"

#include "batch.h"
#include "clock.h"
#include "device_traffic.h"
#include "program.h"

static const hax_layout *layout(const hax_program *program, int tensor)
{
    return &program->layouts[tensor];
}

static void note(const hax_program *program, int kernel, hax_kernel_note *out)
{
    *out = program->notes[kernel];
}

static double chosen(const hax_device *device, double *seconds_left)
{
    return hax_cuda_choosing_ask(&device->choosing, hax_clock_ns(), seconds_left);
}

static hax_status open_device(const hax_kind *kind, hax_device **device, hax_error *err);

static const hax_driver driver = {
    .name = "cuda",
    .computes = true,
    .supports = hax_cuda_supports,
    .open = open_device,
    .close = hax_cuda_close,
    .enter = hax_cuda_enter,
    .build = hax_cuda_build,
    .chosen = chosen,
    .discard = hax_cuda_discard,
    .layout = layout,
    .note = note,
    .bind = hax_cuda_bind,
    .unbind = hax_cuda_unbind,
    .run = hax_cuda_run,
    .compile = hax_cuda_compile,
    .release = hax_cuda_release,
    .submit = hax_cuda_submit,
    .ended = hax_cuda_ended,
    .adopt = hax_cuda_adopt,
    .traffic_open = hax_cuda_traffic_open,
    .traffic_close = hax_cuda_traffic_close,
    .traffic_begin = hax_cuda_traffic_begin,
    .traffic_blocks = hax_cuda_traffic_blocks,
    .traffic_end = hax_cuda_traffic_end,
    .can_import = hax_cuda_can_import,
    .import = hax_cuda_import,
    .export = hax_cuda_export,
};

static hax_status open_device(const hax_kind *kind, hax_device **device, hax_error *err)
{
    HAX_TRY(hax_cuda_open(kind, device, err));
    (*device)->base.driver = &driver;
    return HAX_OK;
}

const hax_driver *hax_cuda_module_driver(void)
{
    return &driver;
}

hax_status hax_cuda_module_look(int device, hax_gpu *gpu, hax_error *err)
{
    hax_cuda_api api;
    return hax_cuda_look(&api, device, gpu, err);
}
