#define _GNU_SOURCE
#include "faulty.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "driver.h"

struct hax_device {
    struct hax_device_base base;
    hax_device *inner; /* the portable driver's */
};

struct hax_program {
    hax_program *inner;
    const hax_model *model;
    const hax_grouping *grouping;
};

struct hax_task {
    hax_task *inner;
    const hax_program *program;
    float *output; /* slot of the network's first output */
};

const hax_driver *__real_hax_driver_find(const char *name);
const hax_driver *__wrap_hax_driver_find(const char *name);

static const hax_driver faulty;

static const hax_driver *portable(void)
{
    return __real_hax_driver_find("portable");
}

const hax_driver *__wrap_hax_driver_find(const char *name)
{
    return strcmp(name, "faulty") == 0 ? &faulty : __real_hax_driver_find(name);
}

fault_plan *fault_plan_get(void)
{
    static fault_plan *plan;
    if (!plan) {
        void *mapped =
            mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (mapped == MAP_FAILED)
            abort();
        plan = mapped;
    }
    return plan;
}

void fault_plan_clear(void)
{
    fault_plan *plan = fault_plan_get();
    atomic_store(&plan->kind, FAULT_NONE);
    atomic_store(&plan->hits, 0);
    atomic_store(&plan->released, 0);
    for (int c = 0; c < CALL_COUNT; c++)
        atomic_store(&plan->calls[c], 0);
}

void fault_plan_set(fault_call call, fault_kind kind)
{
    fault_plan *plan = fault_plan_get();
    atomic_store(&plan->call, call);
    atomic_store(&plan->kind, kind);
}

/* Does what the plan says of this call; *wrong when it is to compute wrongly. */
static hax_status suffer(fault_call call, bool *wrong, hax_error *err)
{
    fault_plan *plan = fault_plan_get();
    int kind = atomic_load(&plan->kind);
    atomic_fetch_add(&plan->calls[call], 1);
    if (wrong)
        *wrong = false;
    if (kind == FAULT_NONE || atomic_load(&plan->call) != (int) call)
        return HAX_OK;
    atomic_fetch_add(&plan->hits, 1);
    switch ((fault_kind) kind) {
    case FAULT_WRONG:
        if (wrong)
            *wrong = true;
        break;
    case FAULT_REFUSE: return hax_fail(err, HAX_FAILURE, "the faulty driver refuses");
    case FAULT_DIE: raise(SIGABRT); break;
    case FAULT_HANG:
        for (;;)
            pause();
    case FAULT_STOP: raise(SIGSTOP); break;
    case FAULT_WAIT:
        while (!atomic_load(&plan->released))
            usleep(1000);
        break;
    case FAULT_NONE: break;
    }
    return HAX_OK;
}

static bool supports(const hax_model *model, int kernel, char *why, size_t why_size)
{
    return portable()->supports(model, kernel, why, why_size);
}

/* "run wrong", "build die": a call and what it suffers; "" leaves all as it is. */
static hax_status read_fault(const hax_kind *kind, hax_error *err)
{
    static const char *const calls[CALL_COUNT] = { "open", "enter",  "build", "bind",
                                                   "run",  "import", "export" };
    static const char *const kinds[] = { "none", "wrong", "refuse", "die", "hang", "stop", "wait" };
    char call[16], what[16];
    if (kind->isa[0] == '\0')
        return HAX_OK;
    if (sscanf(kind->isa, "%15s %15s", call, what) == 2)
        for (int c = 0; c < CALL_COUNT; c++)
            for (int k = 0; k <= FAULT_WAIT; k++)
                if (strcmp(call, calls[c]) == 0 && strcmp(what, kinds[k]) == 0) {
                    fault_plan_set((fault_call) c, (fault_kind) k);
                    return HAX_OK;
                }
    return hax_fail(err, HAX_BAD_INPUT, "the faulty driver knows no fault '%s'", kind->isa);
}

static hax_status open_faulty(const hax_kind *kind, hax_device **device, hax_error *err)
{
    hax_kind uncapped = *kind;
    uncapped.isa = "";
    HAX_TRY(read_fault(kind, err));
    HAX_TRY(suffer(CALL_OPEN, NULL, err));
    hax_device *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a device");
    result->base.driver = &faulty;
    hax_status status = portable()->open(&uncapped, &result->inner, err);
    if (status == HAX_OK)
        *device = result;
    else
        free(result);
    return status;
}

static void close_faulty(hax_device *device)
{
    portable()->close(device->inner);
    free(device);
}

static hax_status enter(hax_device *device, const hax_unit *unit, hax_error *err)
{
    HAX_TRY(suffer(CALL_ENTER, NULL, err));
    return portable()->enter(device->inner, unit, err);
}

static hax_status build(hax_device *device, const hax_unit *unit, const hax_model *model,
                        const hax_grouping *grouping, void (*beat)(void *), void *beat_context,
                        hax_program **program, hax_error *err)
{
    HAX_TRY(suffer(CALL_BUILD, NULL, err));
    hax_program *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a program");
    *result = (hax_program){ .model = model, .grouping = grouping };
    hax_status status = portable()->build(device->inner, unit, model, grouping, beat, beat_context,
                                          &result->inner, err);
    if (status == HAX_OK)
        *program = result;
    else
        free(result);
    return status;
}

static void discard(hax_program *program)
{
    portable()->discard(program->inner);
    free(program);
}

static const hax_layout *layout(const hax_program *program, int tensor)
{
    return portable()->layout(program->inner, tensor);
}

static void note(const hax_program *program, int kernel, hax_kernel_note *out)
{
    portable()->note(program->inner, kernel, out);
}

static hax_status bind(hax_program *program, void *const *slots, hax_task **task, hax_error *err)
{
    HAX_TRY(suffer(CALL_BIND, NULL, err));
    hax_task *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a task");
    *result =
        (hax_task){ .program = program, .output = slots[hax_model_output(program->model, 0)] };
    hax_status status = portable()->bind(program->inner, slots, &result->inner, err);
    if (status == HAX_OK)
        *task = result;
    else
        free(result);
    return status;
}

static void unbind(hax_task *task)
{
    portable()->unbind(task->inner);
    free(task);
}

static hax_status run(hax_task *task, int group, hax_error *err)
{
    bool wrong;
    HAX_TRY(suffer(CALL_RUN, &wrong, err));
    HAX_TRY(portable()->run(task->inner, group, err));
    if (wrong && group == task->program->grouping->count - 1)
        task->output[0] += 1;
    return HAX_OK;
}

static bool can_import(const hax_layout *from)
{
    return portable()->can_import(from);
}

static hax_status import(hax_task *task, int tensor, const hax_layout *from, const void *data,
                         hax_error *err)
{
    HAX_TRY(suffer(CALL_IMPORT, NULL, err));
    return portable()->import(task->inner, tensor, from, data, err);
}

static hax_status export(hax_task *task, int tensor, float *plain, hax_error *err)
{
    HAX_TRY(suffer(CALL_EXPORT, NULL, err));
    return portable()->export(task->inner, tensor, plain, err);
}

static const hax_driver faulty = {
    .name = "faulty",
    .computes = true,
    .supports = supports,
    .open = open_faulty,
    .close = close_faulty,
    .enter = enter,
    .build = build,
    .discard = discard,
    .layout = layout,
    .note = note,
    .bind = bind,
    .unbind = unbind,
    .run = run,
    .can_import = can_import,
    .import = import,
    .export = export,
};
