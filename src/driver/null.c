/*
 * Drivers that compute nothing. `null` ends every job at once: what is left is the cost of
 * handing over. `synthetic` only says that it can run anything: its jobs exist on the virtual
 * clock of the execution room.
 */
#include <stdlib.h>

#include "drivers.h"

struct hax_device {
    struct hax_device_base base;
};

static bool supports(const hax_model *model, int kernel, char *why, size_t why_size)
{
    (void) model, (void) kernel, (void) why, (void) why_size;
    return true;
}

static hax_status open_null(const hax_kind *kind, hax_device **device, hax_error *err)
{
    (void) kind;
    hax_device *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a device");
    result->base.driver = &hax_driver_null;
    *device = result;
    return HAX_OK;
}

static hax_status open_synthetic(const hax_kind *kind, hax_device **device, hax_error *err)
{
    (void) device;
    return hax_fail(err, HAX_UNAVAILABLE,
                    "kind '%s': synthetic units exist on the virtual clock only; mark the platform "
                    "as simulated",
                    kind->name);
}

static void close_null(hax_device *device)
{
    free(device);
}

static hax_status enter(hax_device *device, const hax_unit *unit, hax_error *err)
{
    (void) device;
    return hax_unit_pin_thread(unit->cpus, unit->cpu_count, err);
}

static hax_status build(hax_device *device, const hax_unit *unit, const hax_model *model,
                        const hax_grouping *grouping, void (*beat)(void *), void *beat_context,
                        hax_program **program, hax_error *err)
{
    static char nothing;
    (void) device, (void) unit, (void) model, (void) grouping, (void) beat, (void) beat_context;
    (void) err;
    *program = (hax_program *) (void *) &nothing;
    return HAX_OK;
}

static void discard(hax_program *program)
{
    (void) program;
}

static const hax_layout *layout(const hax_program *program, int tensor)
{
    (void) program, (void) tensor;
    return &hax_layout_plain_tag;
}

static void note(const hax_program *program, int kernel, hax_kernel_note *out)
{
    (void) program, (void) kernel;
    *out = (hax_kernel_note){ .implementation = "null" };
}

static hax_status bind(hax_program *program, void *const *slots, hax_task **task, hax_error *err)
{
    (void) slots, (void) err;
    *task = (hax_task *) (void *) program;
    return HAX_OK;
}

static void unbind(hax_task *task)
{
    (void) task;
}

static hax_status run(hax_task *task, int group, hax_error *err)
{
    (void) task, (void) group, (void) err;
    return HAX_OK;
}

static bool can_import(const hax_layout *from)
{
    (void) from;
    return true;
}

static hax_status import(hax_task *task, int tensor, const hax_layout *from, const void *data,
                         hax_error *err)
{
    (void) task, (void) tensor, (void) from, (void) data, (void) err;
    return HAX_OK;
}

static hax_status export(hax_task *task, int tensor, float *plain, hax_error *err)
{
    (void) task, (void) tensor, (void) plain, (void) err;
    return HAX_OK;
}

#define DRIVER(title, opener)                                                                      \
    {                                                                                              \
        .name = title, .computes = false, .supports = supports, .open = opener,                    \
        .close = close_null, .enter = enter, .build = build, .discard = discard, .layout = layout, \
        .note = note, .bind = bind, .unbind = unbind, .run = run, .can_import = can_import,        \
        .import = import, .export = export,                                                        \
    }

const hax_driver hax_driver_null = DRIVER("null", open_null);
const hax_driver hax_driver_synthetic = DRIVER("synthetic", open_synthetic);
