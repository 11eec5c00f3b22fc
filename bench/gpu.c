/*
 * How long whole networks take on a GPU and on parts of it: launch to end, as a unit's thread sees
 * it, medians in microseconds.
 *
 *   gpu [PRECISION [SMS,SMS,... [NETWORK...]]]     with a "-" before the precision: every kernel
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka, which the fixture needs, wants the four above first */
#include <cmocka.h>

#include "../tests/cuda/on_gpu.h"
#include "clock.h"
#include "statistics.h"

enum { ROUNDS = 200, SIZES_MAX = 8 };

static const char *const defaults[] = { "resnet50",  "resnet101", "vgg16",  "googlenet",
                                        "mobilenet", "densenet",  "alexnet" };

typedef struct bench {
    hax_device *device;
    const hax_driver *driver;
    hax_model *model;
    const hax_grouping *grouping;
    bool kernels; /* print every kernel */
} bench;

static void print_kernels(const bench *context, const hax_program *program)
{
    for (int k = 0; k < hax_model_kernel_count(context->model); k++) {
        hax_kernel_note note;
        context->driver->note(program, k, &note);
        printf("    %-40s %s\n",
               hax_model_layer(context->model, hax_model_kernel(context->model, k)->layer).name,
               note.implementation);
    }
}

static double round_us(const bench *context, hax_task *task)
{
    double us[ROUNDS];
    for (int r = -20; r < ROUNDS; r++) {
        uint64_t begin = hax_clock_ns();
        MUST(context->driver->run(task, 0, err));
        if (r >= 0)
            us[r] = (double) (hax_clock_ns() - begin) * 1e-3;
    }
    return hax_summarise(us, ROUNDS).median;
}

static double time_on(const bench *context, const hax_unit *unit)
{
    hax_program *program;
    hax_task *task;
    uint64_t begin = hax_clock_ns();
    MUST(context->driver->enter(context->device, unit, err));
    MUST(context->driver->build(context->device, unit, context->model, context->grouping, NULL,
                                NULL, &program, err));
    void **slots = make_slots(context->driver, program, context->model, context->grouping);
    MUST(context->driver->bind(program, slots, &task, err));
    put_inputs(context->driver, task, context->model, 7);
    double build_s = (double) (hax_clock_ns() - begin) * 1e-9, us = round_us(context, task);
    printf(" %8.1f (%.1f s)", us, build_s);
    fflush(stdout);
    if (context->kernels)
        print_kernels(context, program);
    context->driver->unbind(task);
    context->driver->discard(program);
    free_slots(slots, context->model);
    return us;
}

static int read_sizes(const char *text, int *sizes)
{
    int count = 0;
    for (const char *at = text; *at && count < SIZES_MAX; at += strcspn(at, ","), at += *at == ',')
        sizes[count++] = atoi(at);
    return count;
}

int main(int argc, char **argv)
{
    int sizes[SIZES_MAX], count = read_sizes(argc > 2 ? argv[2] : "0,32,16", sizes);
    const char *precision = argc > 1 ? argv[1] : "f16";
    bench at = { .kernels = precision[0] == '-' };
    if (why_no_gpu()) {
        printf("skipped: %s\n", why_no_gpu());
        return 0;
    }
    at.device = open_gpu(precision + at.kernels);
    at.driver = hax_device_driver(at.device);
    int networks = argc > 3 ? argc - 3 : (int) (sizeof defaults / sizeof *defaults);
    for (int n = 0; n < networks; n++) {
        const char *name = argc > 3 ? argv[3 + n] : defaults[n];
        MUST(hax_model_load(name, NULL, &at.model, err));
        MUST(hax_grouping_make(at.model, "1", &at.grouping, err));
        printf("%-16s", name);
        for (int s = 0; s < count; s++) {
            char unit_name[16];
            snprintf(unit_name, sizeof unit_name, "%d SMs", sizes[s]);
            hax_unit unit = { .name = unit_name, .threads = 1, .sms = sizes[s] };
            time_on(&at, &unit);
        }
        printf("\n");
        hax_grouping_destroy(at.grouping);
        hax_model_destroy(at.model);
    }
    at.driver->close(at.device);
    return 0;
}
