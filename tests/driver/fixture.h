/*
 * What the tests of units share: running networks through a driver in a process of its own,
 * because an instruction-set cap and the OpenMP runtime belong to a whole process.
 */
#ifndef TESTS_UNIT_FIXTURE_H
#define TESTS_UNIT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver.h"
#include "drivers.h"
#include "skip.h"

enum { ALIGNMENT = 64 };

/* ---- in the parent --------------------------------------------------------------------- */

static inline void *shared_alloc(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(memory != MAP_FAILED);
    return memory;
}

static inline bool onednn_is_here(void)
{
    hax_driver_probe probe;
    return hax_driver_ask("onednn", &probe, NULL) == HAX_OK && probe.available;
}

/* The caps that these tests put on a device are x86's. */
static inline const char *why_no_caps(void)
{
#if !defined(__x86_64__)
    return "caps on instruction sets are of x86 only";
#endif
    return onednn_is_here() ? NULL : "oneDNN is not here";
}

static inline pid_t start_child(void (*body)(void *), void *context)
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        body(context);
        _exit(0);
    }
    return pid;
}

/* How a child ended: 0 when well. */
static inline int end_of_child(pid_t pid)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* Largest difference in units of the largest expected value; infinite if something is not finite
 * or nothing was computed. */
static inline double difference(const float *expected, const float *got, size_t count)
{
    double largest = 0, apart = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(expected[i]) || !isfinite(got[i]))
            return INFINITY;
        largest = fmax(largest, fabs((double) expected[i]));
        apart = fmax(apart, fabs((double) expected[i] - (double) got[i]));
    }
    return largest > 0 ? apart / largest : INFINITY;
}

static inline size_t output_floats(const hax_model *model)
{
    size_t bytes = 0;
    for (int o = 0; o < hax_model_output_count(model); o++)
        bytes += hax_model_tensor(model, hax_model_output(model, o))->bytes;
    return bytes / sizeof(float);
}

static inline bool is_boundary(const hax_model *model, const hax_grouping *grouping, int tensor)
{
    for (int i = 0; i < hax_model_input_count(model); i++)
        if (hax_model_input(model, i) == tensor)
            return true;
    for (int g = 0; g < grouping->count; g++) {
        hax_crossing crossing = hax_group_crossing(model, grouping, g);
        for (int t = 0; t < crossing.count; t++)
            if (crossing.tensors[t] == tensor)
                return true;
    }
    for (int o = 0; o < hax_model_output_count(model); o++)
        if (hax_model_output(model, o) == tensor)
            return true;
    return false;
}

/* ---- in a child -------------------------------------------------------------------------- */

#define MUST(call)                                                                 \
    do {                                                                           \
        hax_error must_err_ = { 0 };                                               \
        hax_error *err = &must_err_;                                               \
        if ((call) != HAX_OK) {                                                    \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, must_err_.message); \
            _exit(3);                                                              \
        }                                                                          \
    } while (0)

#define HOLDS(condition)                                                                   \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            _exit(4);                                                                      \
        }                                                                                  \
    } while (0)

extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

/* At the end of a child: _exit skips the leak check of an instrumented build. Not where an OpenMP
 * team of several threads is alive, whose memory the checker cannot read. */
static inline void check_leaks(void)
{
    if (__lsan_do_recoverable_leak_check)
        HOLDS(__lsan_do_recoverable_leak_check() == 0);
}

/* A unit of `threads` threads on processors that this process may use, the first of them the
 * `skip`th (where there are so many). */
static inline hax_unit make_unit(int threads, int skip, int *cpus)
{
    cpu_set_t allowed;
    int found = 0, list[CPU_SETSIZE];
    sched_getaffinity(getppid(), sizeof allowed, &allowed);
    for (int c = 0; c < CPU_SETSIZE; c++)
        if (CPU_ISSET((size_t) c, &allowed))
            list[found++] = c;
    for (int t = 0; t < threads; t++)
        cpus[t] = list[(t + skip) % found];
    return (hax_unit){ .name = "unit", .cpu_count = threads, .cpus = cpus, .threads = threads };
}

static inline hax_device *open_device(const char *driver, const char *isa)
{
    hax_device *device = NULL;
    hax_kind kind = { .name = "kind", .driver = driver, .isa = isa, .precision = "f32" };
    MUST(hax_driver_find(driver)->open(&kind, &device, err));
    return device;
}

/* Slots for all boundary tensors as the program wants them; NULL elsewhere. */
static inline void **make_slots(const hax_driver *driver, const hax_program *program,
                                const hax_model *model, const hax_grouping *grouping)
{
    int tensors = hax_model_tensor_count(model);
    void **slots = calloc((size_t) tensors, sizeof *slots);
    for (int t = 0; t < tensors; t++) {
        if (!is_boundary(model, grouping, t))
            continue;
        size_t bytes = driver->layout(program, t)->bytes;
        HOLDS(bytes >= hax_model_tensor(model, t)->bytes);
        slots[t] = aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT) / ALIGNMENT * ALIGNMENT);
        memset(slots[t], 0xff, bytes); /* not a number: what is not written shows */
    }
    return slots;
}

static inline void free_slots(void **slots, const hax_model *model)
{
    for (int t = 0; t < hax_model_tensor_count(model); t++)
        free(slots[t]);
    free(slots);
}

static inline void put_inputs(const hax_driver *driver, hax_task *task, const hax_model *model,
                              uint64_t seed)
{
    for (int i = 0; i < hax_model_input_count(model); i++) {
        int tensor = hax_model_input(model, i);
        float *values = malloc(hax_model_tensor(model, tensor)->bytes);
        hax_model_fill_input(model, i, seed, values);
        MUST(driver->import(task, tensor, &hax_layout_plain_tag, values, err));
        free(values);
    }
}

static inline void get_outputs(const hax_driver *driver, hax_task *task, const hax_model *model,
                               float *outputs)
{
    for (int o = 0; o < hax_model_output_count(model); o++) {
        int tensor = hax_model_output(model, o);
        MUST(driver->export(task, tensor, outputs, err));
        outputs += hax_model_tensor(model, tensor)->bytes / sizeof(float);
    }
}

#endif
