/* Networks on parts of a GPU, for tests and benchmarks of batches. */
#ifndef TESTS_CUDA_SEATS_H
#define TESTS_CUDA_SEATS_H

#include "clock.h"
#include "on_gpu.h"

/* A network on a unit of the device. */
typedef struct seat {
    hax_device *device;
    const hax_driver *driver;
    hax_unit unit;
    const hax_model *model;
    const hax_grouping *grouping;
    hax_program *program;
    hax_task *task;
    void **slots;
} seat;

/* With another seat's slots, if it is the same network's elsewhere, between which it moves. */
static inline seat take_seat(hax_device *device, const hax_model *model,
                             const hax_grouping *grouping, int first_sm, int sms,
                             const seat *moves_with)
{
    seat result = { .device = device,
                    .driver = hax_device_driver(device),
                    .unit = { .name = "seat", .threads = 1, .first_sm = first_sm, .sms = sms },
                    .model = model,
                    .grouping = grouping };
    MUST(result.driver->enter(device, &result.unit, err));
    MUST(result.driver->build(device, &result.unit, model, grouping, NULL, NULL, &result.program,
                              err));
    result.slots =
        moves_with ? moves_with->slots : make_slots(result.driver, result.program, model, grouping);
    MUST(result.driver->bind(result.program, result.slots, &result.task, err));
    return result;
}

static inline void leave_seat(seat *seat, bool frees_slots)
{
    MUST(seat->driver->enter(seat->device, &seat->unit, err));
    seat->driver->unbind(seat->task);
    seat->driver->discard(seat->program);
    if (frees_slots)
        free_slots(seat->slots, seat->model);
}

/* Spins until a batch has ended; the times of its jobs. */
static inline void await_batch(const hax_driver *driver, hax_batch *batch, int count,
                               hax_job_times *times)
{
    for (int j = 0; j < count; j++) {
        bool ended = false;
        while (!ended)
            MUST(driver->ended(batch, j, &ended, &times[j], err));
    }
}

#endif
