/* The table of drivers, and what can run where. */
#define _GNU_SOURCE
#include "driver.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cuda_loader.h"
#include "drivers.h"
#include "tensorrt_loader.h"

static const hax_driver *const drivers[] = {
    &hax_driver_onednn,   &hax_driver_cuda, &hax_driver_tensorrt,
    &hax_driver_portable, &hax_driver_null, &hax_driver_synthetic,
};

enum { DRIVER_COUNT = sizeof drivers / sizeof *drivers };

const hax_driver *hax_driver_find(const char *name)
{
    for (int d = 0; d < DRIVER_COUNT; d++)
        if (strcmp(drivers[d]->name, name) == 0)
            return drivers[d];
    return NULL;
}

const hax_driver *hax_device_driver(const hax_device *device)
{
    return ((const struct hax_device_base *) device)->driver;
}

static bool unit_supports(const hax_platform *platform, int unit, const hax_model *model,
                          int kernel)
{
    const hax_kind *kind = &platform->kinds[platform->units[unit].kind];
    const hax_driver *driver = hax_driver_find(kind->driver);
    /* an unknown driver is reported when it is opened, by its name */
    return !driver || driver->supports(model, kernel, NULL, 0);
}

static bool runs_somewhere(const hax_platform *platform, const hax_model *model, int kernel)
{
    for (int u = 0; u < platform->unit_count; u++)
        if (!platform->units[u].reference && unit_supports(platform, u, model, kernel))
            return true;
    return false;
}

hax_status hax_platform_check_model(const hax_platform *platform, const hax_model *model,
                                    hax_error *err)
{
    for (int k = 0; k < hax_model_kernel_count(model); k++) {
        if (runs_somewhere(platform, model, k))
            continue;
        hax_layer_info layer = hax_model_layer(model, hax_model_kernel(model, k)->layer);
        return hax_fail_at(err, HAX_BAD_INPUT, hax_model_file(model), layer.line, 0,
                           "%s: no unit of platform '%s' can run layer '%.100s' of type %s",
                           hax_model_name(model), platform->name, layer.name, layer.type);
    }
    return HAX_OK;
}

bool hax_unit_supports_group(const hax_platform *platform, int unit, const hax_model *model,
                             const hax_group *group)
{
    const hax_unit *asked = &platform->units[unit];
    int begin, end;
    if (asked->dla > 0 && !hax_tensorrt_dla_takes(&platform->kinds[asked->kind], model, group))
        return false;
    hax_group_kernels(model, group, &begin, &end);
    for (int k = begin; k < end; k++)
        if (!unit_supports(platform, unit, model, k))
            return false;
    return true;
}

/* ---- asking a library in a process of its own ---------------------------------------- */

_Noreturn static void answer(const char *name, int to)
{
    hax_driver_probe probe = { 0 };
    if (strcmp(name, "onednn") == 0)
        hax_onednn_probe(&probe);
    else if (strcmp(name, "cuda") == 0)
        hax_cuda_probe(&probe);
    else if (strcmp(name, "tensorrt") == 0)
        hax_tensorrt_probe(&probe);
    else
        probe.available = hax_driver_find(name) != NULL;
    _exit(write(to, &probe, sizeof probe) == (ssize_t) sizeof probe ? 0 : 1);
}

static bool read_answer(int from, hax_driver_probe *probe)
{
    ssize_t got;
    while ((got = read(from, probe, sizeof *probe)) < 0 && errno == EINTR)
        continue;
    return got == (ssize_t) sizeof *probe; /* less than a pipe's atomic size: whole or nothing */
}

hax_status hax_driver_ask(const char *name, hax_driver_probe *probe, hax_error *err)
{
    int ends[2];
    if (pipe(ends) != 0)
        return hax_fail(err, HAX_FAILURE, "cannot make a pipe to ask driver '%s'", name);
    pid_t pid = fork();
    if (pid == 0)
        answer(name, ends[1]);
    close(ends[1]);
    hax_driver_probe answered = { 0 };
    bool whole = pid > 0 && read_answer(ends[0], &answered);
    close(ends[0]);
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    if (!whole)
        snprintf(answered.reason, sizeof answered.reason,
                 "the process that loaded it died without an answer");
    if (answered.no_memory)
        return hax_fail_memory(err, "a driver's library");
    *probe = answered;
    return HAX_OK;
}
