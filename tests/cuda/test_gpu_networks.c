/*
 * Whole networks on a GPU, in every precision, against the processor. Strict f32 is as exact as
 * another order of sums allows.
 */
#define _GNU_SOURCE
int whole_networks_main(void); /* that test's own, which is not called */
#define main whole_networks_main
#include "../driver/test_whole_networks.c"
#undef main

#include <pthread.h>

#include "on_gpu.h"

/* The last, DenseNet, has a hundred different convolutions: plans on tensor cores take minutes. */
static int count_of(const char *precision)
{
    return strcmp(precision, "f32") == 0 ? NAME_COUNT : NAME_COUNT - 1;
}

static void run_gpu_side(void *context)
{
    side *with = context;
    hax_device *device = open_gpu(with->isa);
    for (int n = 0; n < count_of(with->isa); n++) {
        with->at = n;
        run_network(device, names[n], 1, with->outputs[n]);
    }
    hax_device_driver(device)->close(device);
}

static side *make_gpu_side(const char *precision)
{
    side *result = shared_alloc(sizeof *result);
    result->isa = precision;
    int end = end_of_child(start_child(run_gpu_side, result));
    if (end != 0)
        fail_msg("%s: ended with %#x in %s", precision, (unsigned) end, names[result->at]);
    return result;
}

static int largest(const float *values)
{
    int at = 0;
    for (int i = 1; i < OUTPUT_ROOM; i++)
        at = values[i] > values[at] ? i : at;
    return at;
}

static void compare_gpu(const char *precision, double tolerance)
{
    if (why_no_gpu())
        SKIP(why_no_gpu());
    if (!onednn_is_here())
        SKIP("oneDNN is not here");
    const side *processor = make_side("", 2), *gpu = make_gpu_side(precision);
    int wrong = 0;
    for (int n = 0; n < count_of(precision); n++) {
        double apart = difference(processor->outputs[n], gpu->outputs[n], OUTPUT_ROOM);
        print_message("%s, %s: apart by %.3g of the largest\n", precision, names[n], apart);
        bool same = largest(processor->outputs[n]) == largest(gpu->outputs[n]);
        if (apart < tolerance && same)
            continue;
        print_error("%s, %s: apart by %g, %s\n", precision, names[n], apart,
                    same ? "same class" : "another class");
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void gpu_agrees(void **state)
{
    (void) state;
    compare_gpu("f32", 1e-5);
}

static void gpu_agrees_in_tf32(void **state)
{
    (void) state;
    compare_gpu("tf32", 5e-3);
}

static void gpu_agrees_in_f16(void **state)
{
    (void) state;
    compare_gpu("f16", 5e-3);
}

/* ---- parts ---------------------------------------------------------------------------------- */

enum { PART_COUNT = 3, TURNS = 3 };

typedef struct parts_run {
    const char *precision, *network;
    int first[PART_COUNT], sms[PART_COUNT];
    float outputs[PART_COUNT][TURNS][OUTPUT_ROOM];
} parts_run;

static void run_part(hax_device *device, parts_run *parts_run, const hax_model *model,
                     const hax_grouping *grouping, int part)
{
    const hax_driver *driver = hax_device_driver(device);
    hax_unit unit = { .name = "part",
                      .threads = 1,
                      .first_sm = parts_run->first[part],
                      .sms = parts_run->sms[part] };
    hax_program *program;
    hax_task *task;
    MUST(driver->enter(device, &unit, err));
    MUST(driver->build(device, &unit, model, grouping, NULL, NULL, &program, err));
    void **slots = make_slots(driver, program, model, grouping);
    MUST(driver->bind(program, slots, &task, err));
    put_inputs(driver, task, model, 7);
    for (int turn = 0; turn < TURNS; turn++) {
        for (int g = 0; g < grouping->count; g++)
            MUST(driver->run(task, g, err));
        get_outputs(driver, task, model, parts_run->outputs[part][turn]);
    }
    driver->unbind(task);
    driver->discard(program);
    free_slots(slots, model);
}

static void run_parts(void *context)
{
    parts_run *with = context;
    hax_device *device = open_gpu(with->precision);
    hax_model *model = NULL;
    const hax_grouping *grouping = NULL;
    MUST(hax_model_load(with->network, NULL, &model, err));
    MUST(hax_grouping_make(model, "blocks", &grouping, err));
    for (int part = 0; part < PART_COUNT; part++)
        run_part(device, with, model, grouping, part);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
    hax_device_driver(device)->close(device);
}

/* The whole, 32 of its SMs, and the others; every turn over what the one before left. */
static int compare_parts(const char *precision, const char *network, int sms, double tolerance)
{
    parts_run *result = shared_alloc(sizeof *result);
    *result = (parts_run){ .precision = precision,
                           .network = network,
                           .first = { 0, 0, 32 },
                           .sms = { 0, 32, sms - 32 } };
    assert_int_equal(end_of_child(start_child(run_parts, result)), 0);
    int wrong = 0;
    for (int part = 0; part < PART_COUNT; part++)
        for (int turn = 0; turn < TURNS; turn++) {
            double apart =
                difference(result->outputs[0][0], result->outputs[part][turn], OUTPUT_ROOM);
            print_message("%s, %s on %d SMs, turn %d: apart by %.3g\n", precision, network,
                          result->sms[part], turn, apart);
            wrong += !(apart < tolerance);
        }
    return wrong;
}

static void parts_agree_with_the_whole(void **state)
{
    (void) state;
    const hax_platform *platform = NULL;
    if (why_no_gpu())
        SKIP(why_no_gpu());
    if (hax_platform_load("gpu,32", &platform, NULL) != HAX_OK)
        SKIP("this GPU has no part of 32 multiprocessors");
    int sms = platform->units[0].sms, wrong = 0;
    hax_platform_destroy(platform);
    wrong += compare_parts("f32", "googlenet", sms, 1e-5);
    wrong += compare_parts("f16", "googlenet", sms, 5e-3);
    wrong += compare_parts("f16", "resnet50", sms, 5e-3);
    assert_int_equal(wrong, 0);
}

/* ---- two parts at once ----------------------------------------------------------------------- */

enum { SEEDS = 3, REPEATS = 10 };

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
    pthread_barrier_t *start;
    float outputs[OUTPUT_ROOM];
} seat;

static void take_seat(seat *seat)
{
    seat->driver = hax_device_driver(seat->device);
    MUST(seat->driver->enter(seat->device, &seat->unit, err));
    MUST(seat->driver->build(seat->device, &seat->unit, seat->model, seat->grouping, NULL, NULL,
                             &seat->program, err));
    seat->slots = make_slots(seat->driver, seat->program, seat->model, seat->grouping);
    MUST(seat->driver->bind(seat->program, seat->slots, &seat->task, err));
}

static void leave_seat(seat *seat)
{
    MUST(seat->driver->enter(seat->device, &seat->unit, err));
    seat->driver->unbind(seat->task);
    seat->driver->discard(seat->program);
    free_slots(seat->slots, seat->model);
}

static void run_seat(seat *seat)
{
    for (int g = 0; g < seat->grouping->count; g++)
        MUST(seat->driver->run(seat->task, g, err));
    get_outputs(seat->driver, seat->task, seat->model, seat->outputs);
}

static void run_alone(seat *seat, uint64_t seed)
{
    MUST(seat->driver->enter(seat->device, &seat->unit, err));
    put_inputs(seat->driver, seat->task, seat->model, seed);
    run_seat(seat);
}

static void *run_beside(void *argument)
{
    seat *at = argument;
    MUST(at->driver->enter(at->device, &at->unit, err));
    pthread_barrier_wait(at->start);
    for (int r = 0; r < REPEATS; r++)
        run_seat(at);
    return NULL;
}

/* Seats 0, 1: the networks on the whole GPU; 2, 3: on its parts; 4, 5: the other way round. */
static int compare_seats(seat *seats, uint64_t seed)
{
    int wrong = 0;
    for (int s = 0; s < 6; s++)
        run_alone(&seats[s], seed);
    for (int s = 2; s < 6; s++) {
        double apart = difference(seats[s % 2].outputs, seats[s].outputs, OUTPUT_ROOM);
        printf("%s on %d SMs from %d on: apart by %.3g\n", hax_model_name(seats[s].model),
               seats[s].unit.sms, seats[s].unit.first_sm, apart);
        wrong += !(apart < 1e-2);
    }
    for (int pair = 2; pair < 6; pair += 2) {
        pthread_t threads[2];
        pthread_barrier_t start;
        pthread_barrier_init(&start, NULL, 2);
        for (int t = 0; t < 2; t++) {
            seats[pair + t].start = &start;
            HOLDS(pthread_create(&threads[t], NULL, run_beside, &seats[pair + t]) == 0);
        }
        for (int t = 0; t < 2; t++)
            pthread_join(threads[t], NULL);
        for (int t = 0; t < 2; t++) {
            double apart = difference(seats[t].outputs, seats[pair + t].outputs, OUTPUT_ROOM);
            printf("%s beside the other: apart by %.3g\n", hax_model_name(seats[t].model), apart);
            wrong += !(apart < 1e-2);
        }
    }
    return wrong;
}

static void run_seats(void *context)
{
    const int *sms = context;
    static const char *const networks[] = { "resnet50", "googlenet" };
    static const int firsts[] = { 0, 0, 0, 32, 32, 0 };
    hax_device *device = open_gpu("f16");
    hax_model *models[2] = { NULL, NULL };
    const hax_grouping *groupings[2] = { NULL, NULL };
    static seat seats[6];
    int wrong = 0;
    for (int n = 0; n < 2; n++) {
        MUST(hax_model_load(networks[n], NULL, &models[n], err));
        MUST(hax_grouping_make(models[n], "blocks", &groupings[n], err));
    }
    for (int s = 0; s < 6; s++) {
        int size = s < 2 ? 0 : firsts[s] == 0 ? 32 : *sms - 32;
        seats[s] = (seat){ .device = device, .model = models[s % 2], .grouping = groupings[s % 2] };
        seats[s].unit =
            (hax_unit){ .name = "seat", .threads = 1, .first_sm = firsts[s], .sms = size };
        take_seat(&seats[s]);
    }
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        wrong += compare_seats(seats, seed);
    for (int s = 0; s < 6; s++)
        leave_seat(&seats[s]);
    for (int n = 0; n < 2; n++) {
        hax_grouping_destroy(groupings[n]);
        hax_model_destroy(models[n]);
    }
    hax_device_driver(device)->close(device);
    fflush(stdout);
    HOLDS(wrong == 0);
}

static void parts_run_at_once(void **state)
{
    (void) state;
    const hax_platform *platform = NULL;
    if (why_no_gpu())
        SKIP(why_no_gpu());
    if (hax_platform_load("gpu,32", &platform, NULL) != HAX_OK)
        SKIP("this GPU has no part of 32 multiprocessors");
    int sms = platform->units[0].sms;
    hax_platform_destroy(platform);
    assert_int_equal(end_of_child(start_child(run_seats, &sms)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_run_at_once), cmocka_unit_test(parts_agree_with_the_whole),
        cmocka_unit_test(gpu_agrees),        cmocka_unit_test(gpu_agrees_in_tf32),
        cmocka_unit_test(gpu_agrees_in_f16),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
