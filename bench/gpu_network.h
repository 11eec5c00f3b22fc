/* A network on a unit of a GPU, as benchmarks run it: in one group, so that a run is one graph. */
#ifndef BENCH_GPU_NETWORK_H
#define BENCH_GPU_NETWORK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka, which the fixture needs, wants the four above first */
#include <cmocka.h>

#include "../tests/cuda/on_gpu.h"
#include "clock.h"

typedef struct gpu_network {
    hax_device *device;
    const hax_driver *driver;
    hax_model *model;
    const hax_grouping *grouping;
    hax_program *program;
    hax_task *task;
    void **slots;
    double build_s; /* with all plans */
} gpu_network;

static inline gpu_network gpu_network_open(hax_device *device, const char *name, int sms)
{
    gpu_network network = { .device = device, .driver = hax_device_driver(device) };
    hax_unit unit = { .name = "unit", .threads = 1, .sms = sms };
    MUST(hax_model_load(name, NULL, &network.model, err));
    MUST(hax_grouping_make(network.model, "1", &network.grouping, err));
    uint64_t begin = hax_clock_ns();
    MUST(network.driver->enter(device, &unit, err));
    MUST(network.driver->build(device, &unit, network.model, network.grouping, NULL, NULL,
                               &network.program, err));
    network.slots = make_slots(network.driver, network.program, network.model, network.grouping);
    MUST(network.driver->bind(network.program, network.slots, &network.task, err));
    put_inputs(network.driver, network.task, network.model, 7);
    network.build_s = (double) (hax_clock_ns() - begin) * 1e-9;
    return network;
}

static inline void gpu_network_close(gpu_network *network)
{
    network->driver->unbind(network->task);
    network->driver->discard(network->program);
    free_slots(network->slots, network->model);
    hax_grouping_destroy(network->grouping);
    hax_model_destroy(network->model);
}

/* Launch to end, as the unit's thread sees it. */
static inline double gpu_network_run_us(const gpu_network *network)
{
    uint64_t begin = hax_clock_ns();
    MUST(network->driver->run(network->task, 0, err));
    return (double) (hax_clock_ns() - begin) * 1e-3;
}

#endif
