/*
 * Batches on a GPU: groups that are handed over together compute what they do one by one, on one
 * part, across parts and in streams beside each other; their times stand in their order; nothing is
 * left behind by many rounds.
 */
#define _GNU_SOURCE
#include "seats.h"

enum { GROUPS_MOST = 32, OUTPUT_ROOM = 1 << 14 };

/* What the tests run: a network on the whole GPU and on two parts of it, the same tensors. */
typedef struct rig {
    hax_device *device;
    const hax_driver *driver;
    hax_model *model;
    const hax_grouping *grouping;
    seat whole, parts[2];
    size_t floats;
    float wanted[OUTPUT_ROOM];
} rig;

static int sms_of_gpu;

static void read_output(seat *seat, float *values)
{
    MUST(seat->driver->enter(seat->device, &seat->unit, err));
    get_outputs(seat->driver, seat->task, seat->model, values);
}

static void rig_open(rig *rig)
{
    memset(rig, 0, sizeof *rig);
    rig->device = open_gpu("f32");
    rig->driver = hax_device_driver(rig->device);
    MUST(hax_model_load("googlenet", NULL, &rig->model, err));
    MUST(hax_grouping_make(rig->model, "blocks", &rig->grouping, err));
    HOLDS(rig->grouping->count <= GROUPS_MOST);
    rig->floats = output_floats(rig->model);
    HOLDS(rig->floats <= OUTPUT_ROOM);
    rig->whole = take_seat(rig->device, rig->model, rig->grouping, 0, 0, NULL);
    put_inputs(rig->driver, rig->whole.task, rig->model, 7);
    for (int p = 0; p < 2; p++)
        rig->parts[p] = take_seat(rig->device, rig->model, rig->grouping, p ? 32 : 0,
                                  p ? sms_of_gpu - 32 : 32, &rig->whole);
    MUST(rig->driver->enter(rig->device, &rig->whole.unit, err));
    for (int g = 0; g < rig->grouping->count; g++)
        MUST(rig->driver->run(rig->whole.task, g, err));
    read_output(&rig->whole, rig->wanted);
}

static void rig_close(rig *rig)
{
    for (int p = 0; p < 2; p++)
        leave_seat(&rig->parts[p], false);
    leave_seat(&rig->whole, true);
    hax_grouping_destroy(rig->grouping);
    hax_model_destroy(rig->model);
    rig->driver->close(rig->device);
}

/* Runs jobs in a batch, some rounds; the output of `last` must be right, times in order. */
static void run_batch(rig *rig, const hax_batch_job *jobs, int count, seat *last, double tolerance)
{
    static float got[OUTPUT_ROOM];
    hax_batch *batch;
    hax_job_times times[2 * GROUPS_MOST];
    MUST(rig->driver->compile(rig->device, jobs, count, &batch, err));
    for (int round = 0; round < 20; round++) {
        int64_t now_ns = (int64_t) hax_clock_ns(), start_ns = round % 2 ? now_ns + 300000 : 0;
        MUST(rig->driver->submit(batch, start_ns, err));
        await_batch(rig->driver, batch, count, times);
        for (int j = 0; j < count; j++) {
            HOLDS(times[j].start_ns >= (start_ns ? start_ns : now_ns));
            HOLDS(times[j].end_ns >= times[j].start_ns);
            HOLDS(times[j].end_ns <= (int64_t) hax_clock_ns() + 5000); /* two clocks */
            for (int b = 0; b < jobs[j].behind_count; b++)
                HOLDS(times[j].start_ns >= times[jobs[j].behind[b]].end_ns);
        }
    }
    rig->driver->release(batch);
    read_output(last, got);
    double apart = difference(rig->wanted, got, rig->floats);
    printf("%d jobs: apart by %.3g\n", count, apart);
    fflush(stdout);
    HOLDS(apart <= tolerance);
}

static void on_one_part(void *context)
{
    (void) context;
    static rig rig;
    hax_batch_job jobs[GROUPS_MOST];
    rig_open(&rig);
    for (int g = 0; g < rig.grouping->count; g++)
        jobs[g] = (hax_batch_job){ .task = rig.whole.task, .group = g };
    run_batch(&rig, jobs, rig.grouping->count, &rig.whole, 1e-6);
    for (int g = 0; g < rig.grouping->count; g++)
        jobs[g].task = rig.parts[1].task;
    run_batch(&rig, jobs, rig.grouping->count, &rig.parts[1], 1e-5);
    rig_close(&rig);
}

/* Each group on another part than the one before, the last ones on the whole. */
static void across_parts(void *context)
{
    (void) context;
    static rig rig;
    hax_batch_job jobs[GROUPS_MOST];
    int behind[GROUPS_MOST];
    rig_open(&rig);
    int count = rig.grouping->count;
    for (int g = 0; g < count; g++) {
        behind[g] = g - 1;
        jobs[g] = (hax_batch_job){ .task = g + 2 < count ? rig.parts[g % 2].task : rig.whole.task,
                                   .group = g,
                                   .behind_count = g > 0 && g + 1 < count,
                                   .behind = &behind[g] };
    }
    run_batch(&rig, jobs, count, &rig.whole, 1e-5);
    rig_close(&rig);
}

/* The network twice at once on the whole GPU, with a priority. */
static void in_streams(void *context)
{
    (void) context;
    static rig rig;
    hax_batch_job jobs[2 * GROUPS_MOST];
    rig_open(&rig);
    int count = rig.grouping->count;
    seat other = take_seat(rig.device, rig.model, rig.grouping, 0, 0, NULL);
    put_inputs(rig.driver, other.task, rig.model, 7);
    for (int g = 0; g < count; g++) {
        jobs[2 * g] = (hax_batch_job){ .task = rig.whole.task, .group = g };
        jobs[2 * g + 1] =
            (hax_batch_job){ .task = other.task, .group = g, .stream = 1, .priority = 2 };
    }
    run_batch(&rig, jobs, 2 * count, &rig.whole, 1e-6);
    run_batch(&rig, jobs, 2 * count, &other, 1e-6);
    leave_seat(&other, true);
    rig_close(&rig);
}

static long resident_pages(void)
{
    long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    HOLDS(file && fscanf(file, "%ld %ld", &size, &resident) == 2);
    fclose(file);
    return resident;
}

/* Rounds, and batches made and released, leave nothing behind. */
static void many_rounds(void *context)
{
    (void) context;
    enum { ROUNDS = 3000, MOST_PAGES = 1024 };
    static rig rig;
    hax_batch_job jobs[GROUPS_MOST];
    hax_job_times times[GROUPS_MOST];
    long pages = 0;
    rig_open(&rig);
    int count = rig.grouping->count;
    for (int g = 0; g < count; g++)
        jobs[g] = (hax_batch_job){ .task = rig.whole.task, .group = g };
    for (int round = 0; round < ROUNDS; round++) {
        hax_batch *batch;
        if (round == ROUNDS / 10)
            pages = resident_pages();
        MUST(rig.driver->compile(rig.device, jobs, round % 10 == 0 ? count : 1, &batch, err));
        MUST(rig.driver->submit(batch, 0, err));
        await_batch(rig.driver, batch, round % 10 == 0 ? count : 1, times);
        rig.driver->release(batch);
    }
    printf("%ld pages more after %d rounds\n", resident_pages() - pages, ROUNDS);
    fflush(stdout);
    HOLDS(resident_pages() - pages < MOST_PAGES);
    rig_close(&rig);
}

static void try_in_child(void (*body)(void *))
{
    const hax_platform *platform = NULL;
    if (why_no_gpu())
        SKIP(why_no_gpu());
    if (hax_platform_load("gpu,32", &platform, NULL) != HAX_OK)
        SKIP("this GPU has no part of 32 multiprocessors");
    sms_of_gpu = platform->units[0].sms;
    hax_platform_destroy(platform);
    assert_int_equal(end_of_child(start_child(body, NULL)), 0);
}

static void batches_compute_the_same(void **state)
{
    (void) state;
    try_in_child(on_one_part);
}

static void parts_hand_over(void **state)
{
    (void) state;
    try_in_child(across_parts);
}

static void streams_compute_the_same(void **state)
{
    (void) state;
    try_in_child(in_streams);
}

static void nothing_is_left_behind(void **state)
{
    (void) state;
    try_in_child(many_rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_compute_the_same),
        cmocka_unit_test(parts_hand_over),
        cmocka_unit_test(streams_compute_the_same),
        cmocka_unit_test(nothing_is_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
