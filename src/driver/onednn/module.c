/*
 * The oneDNN module: loaded into worker processes by loader.c, never into the process that
 * plans, because oneDNN brings the OpenMP runtime along.
 */
#define _GNU_SOURCE
#include "module.h"

#include <stdlib.h>
#include <string.h>

#include "program.h"
#include "task.h"

/* Debian's oneDNN is bound to GNU's OpenMP runtime whatever compiler builds this file, so its
 * entry points are called directly instead of by pragmas (clang's would bring a second
 * runtime with other threads). */
extern void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
extern void omp_set_num_threads(int threads);
extern int omp_get_thread_num(void);

static hax_status open_device(const hax_kind *kind, hax_device **device, hax_error *err)
{
    if (strcmp(kind->precision, "f32") != 0)
        return hax_fail(err, HAX_UNAVAILABLE, "kind '%s': precision '%s' is not offered, use f32",
                        kind->name, kind->precision);
    if (!hax_dnnl_isa_cap(kind->isa))
        return hax_fail(err, HAX_UNAVAILABLE,
                        "kind '%s': oneDNN does not take the instruction-set cap '%s' (sse41, "
                        "avx, avx2, avx512_core, ...), or something used it before",
                        kind->name, kind->isa);
    hax_device *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a device");
    result->base.driver = hax_module_driver();
    result->zeros = calloc(CHANNELS_MAX, sizeof(float));
    result->ones = calloc(CHANNELS_MAX, sizeof(float));
    dnnl_status_t created = result->zeros && result->ones
                                ? dnnl_engine_create(&result->engine, dnnl_cpu, 0)
                                : dnnl_out_of_memory;
    if (created != dnnl_success) {
        free(result->zeros);
        free(result->ones);
        free(result);
        if (created == dnnl_out_of_memory)
            return hax_fail_memory(err, "a device");
        return hax_fail(err, HAX_UNAVAILABLE, "oneDNN cannot create its processor engine");
    }
    for (int i = 0; i < CHANNELS_MAX; i++)
        result->ones[i] = 1;
    result->block = hax_dnnl_isa_block();
    *device = result;
    return HAX_OK;
}

static void close_device(hax_device *device)
{
    hax_weights_free(device);
    hax_conv_choices_free(device);
    hax_checks_free(device);
    for (hax_canonical_weights *canonical = device->canonical, *next; canonical; canonical = next) {
        next = canonical->next;
        hax_dnnl_md_free(canonical->desc);
        free(canonical);
    }
    dnnl_engine_destroy(device->engine);
    free(device->zeros);
    free(device->ones);
    free(device);
}

/* Denormal numbers cost a hundred cycles each and mean nothing in inference. */
static void flush_denormals(void)
{
#if defined(__x86_64__)
    enum { FLUSH_TO_ZERO = 1 << 15, DENORMALS_ARE_ZERO = 1 << 6 };
    __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO);
#elif defined(__aarch64__)
    enum { FLUSH_TO_ZERO = 1 << 24 };
    unsigned long fpcr;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    __asm__ volatile("msr fpcr, %0" : : "r"(fpcr | FLUSH_TO_ZERO));
#endif
}

/* One thread of a unit's team, on its own processor. */
static void settle_team_member(void *data)
{
    const hax_unit *unit = data;
    int thread = omp_get_thread_num();
    flush_denormals();
    if (thread < unit->cpu_count)
        hax_unit_pin_thread(&unit->cpus[thread], 1, NULL);
}

static hax_status enter(hax_device *device, const hax_unit *unit, hax_error *err)
{
    (void) device;
    HAX_TRY(hax_unit_pin_thread(unit->cpus, unit->cpu_count, err));
    omp_set_num_threads(unit->threads);
    GOMP_parallel(settle_team_member, (void *) (uintptr_t) unit, (unsigned) unit->threads, 0);
    return HAX_OK;
}

static void come(void *data)
{
    (void) data;
}

static void rouse(hax_device *device, const hax_unit *unit)
{
    (void) device;
    if (unit->threads > 1)
        GOMP_parallel(come, NULL, (unsigned) unit->threads, 0);
}

static const hax_layout *layout(const hax_program *program, int tensor)
{
    return &program->layouts[tensor];
}

static void note(const hax_program *program, int kernel, hax_kernel_note *out)
{
    *out = program->notes[kernel];
}

static bool can_import(const hax_layout *from)
{
    return strcmp(from->driver, "onednn") == 0 || strcmp(from->driver, "plain") == 0;
}

static const hax_driver driver = {
    .name = "onednn",
    .computes = true,
    .supports = hax_kernel_known,
    .open = open_device,
    .close = close_device,
    .enter = enter,
    .rouse = rouse,
    .build = hax_program_build,
    .discard = hax_program_free,
    .layout = layout,
    .note = note,
    .trust = hax_checks_trust,
    .trusted = hax_checks_trusted,
    .bind = hax_task_bind,
    .unbind = hax_task_unbind,
    .run = hax_task_run,
    .can_import = can_import,
    .import = hax_task_import,
    .export = hax_task_export,
};

const hax_driver *hax_module_driver(void)
{
    return &driver;
}

void hax_module_probe(hax_driver_probe *probe)
{
    const dnnl_version_t *version = dnnl_version();
    snprintf(probe->library, sizeof probe->library, "oneDNN %d.%d.%d", version->major,
             version->minor, version->patch);
    snprintf(probe->isa, sizeof probe->isa, "%s", hax_dnnl_isa_in_force());
    probe->available = version->major == DNNL_VERSION_MAJOR;
    if (!probe->available)
        snprintf(probe->reason, sizeof probe->reason,
                 "built for oneDNN %d, found %d: build haxconn again", DNNL_VERSION_MAJOR,
                 version->major);
}
