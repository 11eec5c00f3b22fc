/*
 * Every kernel through every driver: plain loops are the reference, oneDNN with the whole
 * instruction set and under the SSE4.1 cap must agree, on one thread and on two, as a whole, group
 * by group on units in turn, and with groups handed over between kinds.
 */
#define _GNU_SOURCE
#include "fixture.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include "nets.h"

static const double TOLERANCE = 1e-4;
static hax_model *models[NET_COUNT];
static const hax_grouping *groupings[NET_COUNT]; /* every legal cut */
static float *reference;

enum { OUTPUT_ROOM = 1 << 15 };

static float *outputs_of(float *outputs, int which)
{
    return outputs + (size_t) which * OUTPUT_ROOM;
}

static int read_nets(void **state)
{
    (void) state;
    for (int n = 0; n < NET_COUNT; n++) {
        hax_error err = { 0 };
        if (hax_model_parse_prototxt(nets[n].text, strlen(nets[n].text), nets[n].name, NULL,
                                     &models[n], &err) != HAX_OK ||
            hax_grouping_make(models[n], "fine", &groupings[n], &err) != HAX_OK) {
            fprintf(stderr, "%s:%d:%d: %s\n", nets[n].name, err.line, err.column, err.message);
            return 1;
        }
        assert_true(output_floats(models[n]) <= OUTPUT_ROOM);
    }
    return 0;
}

static int free_nets(void **state)
{
    (void) state;
    for (int n = 0; n < NET_COUNT; n++) {
        hax_grouping_destroy(groupings[n]);
        hax_model_destroy(models[n]);
    }
    return 0;
}

/* ---- whole and in turn ------------------------------------------------------------------ */

typedef enum way {
    ONE_THREAD,
    TWO_THREADS,
    IN_TURN, /* group by group on the two in turn, without a copy */
    WAY_COUNT,
} way;

typedef struct batch {
    const char *driver, *isa;
    int at;         /* the network in work, for the message */
    float *outputs; /* [way][net] */
} batch;

typedef struct team {
    const hax_driver *driver;
    hax_device *device;
    int cpus[2];
    hax_unit unit;
    hax_program *program;
    hax_task *task;
} team;

static void build_team(team *team, int threads, hax_device *device, int n)
{
    team->device = device;
    team->driver = hax_device_driver(device);
    team->unit = make_unit(threads, 0, team->cpus);
    MUST(team->driver->enter(device, &team->unit, err));
    MUST(team->driver->build(device, &team->unit, models[n], groupings[n], NULL, NULL,
                             &team->program, err));
}

static void run_group(team *team, int g)
{
    MUST(team->driver->enter(team->device, &team->unit, err));
    MUST(team->driver->run(team->task, g, err));
}

/* Units of one kind keep a tensor in one layout, whatever their numbers of threads. */
static void check_layouts(const team *teams, int n)
{
    for (int t = 0; t < hax_model_tensor_count(models[n]); t++) {
        if (!is_boundary(models[n], groupings[n], t))
            continue;
        const hax_layout *a = teams[0].driver->layout(teams[0].program, t);
        const hax_layout *b = teams[1].driver->layout(teams[1].program, t);
        HOLDS(a->bytes == b->bytes && a->data_bytes == b->data_bytes);
        HOLDS(strcmp(a->driver, b->driver) == 0);
        HOLDS(memcmp(a->data, b->data, a->data_bytes) == 0);
    }
}

static void run_net(hax_device *device, int n, float *outputs)
{
    team teams[2];
    for (int i = 0; i < 2; i++)
        build_team(&teams[i], i + 1, device, n);
    check_layouts(teams, n);
    const hax_driver *driver = teams[0].driver;
    void **slots = make_slots(driver, teams[0].program, models[n], groupings[n]);
    for (int i = 0; i < 2; i++)
        MUST(driver->bind(teams[i].program, slots, &teams[i].task, err));
    for (int w = 0; w < WAY_COUNT; w++) {
        put_inputs(driver, teams[0].task, models[n], 7);
        for (int g = 0; g < groupings[n]->count; g++)
            run_group(&teams[w == IN_TURN ? g % 2 : w], g);
        get_outputs(driver, teams[0].task, models[n], outputs_of(outputs, w * NET_COUNT + n));
    }
    for (int i = 0; i < 2; i++) {
        driver->unbind(teams[i].task);
        driver->discard(teams[i].program);
    }
    free_slots(slots, models[n]);
}

static void run_batch(void *context)
{
    batch *with = context;
    hax_device *device = open_device(with->driver, with->isa);
    for (int n = 0; n < NET_COUNT; n++) {
        with->at = n;
        run_net(device, n, with->outputs);
    }
    hax_device_driver(device)->close(device);
}

static batch *make_batch(const char *driver, const char *isa)
{
    batch *result = shared_alloc(sizeof *result);
    *result = (batch){ .driver = driver, .isa = isa };
    result->outputs = shared_alloc((size_t) WAY_COUNT * NET_COUNT * OUTPUT_ROOM * sizeof(float));
    int end = end_of_child(start_child(run_batch, result));
    if (end != 0)
        fail_msg("%s %s: ended with %#x in '%s'", driver, isa, (unsigned) end,
                 nets[result->at].name);
    return result;
}

static void check_batch(const batch *batch)
{
    int wrong = 0;
    for (int w = 0; w < WAY_COUNT; w++) {
        for (int n = 0; n < NET_COUNT; n++) {
            double apart =
                difference(outputs_of(reference, n), outputs_of(batch->outputs, w * NET_COUNT + n),
                           output_floats(models[n]));
            if (apart < TOLERANCE)
                continue;
            print_error("%s %s, way %d, '%s': apart by %g\n", batch->driver, batch->isa, w,
                        nets[n].name, apart);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void portable_agrees_with_itself(void **state)
{
    (void) state;
    batch *result = make_batch("portable", "");
    reference = result->outputs;
    check_batch(result);
}

static void onednn_agrees(void **state)
{
    (void) state;
    if (!onednn_is_here())
        SKIP("oneDNN is not here");
    check_batch(make_batch("onednn", ""));
}

static void onednn_sse41_agrees(void **state)
{
    (void) state;
    if (why_no_caps())
        SKIP(why_no_caps());
    check_batch(make_batch("onednn", "sse41"));
}

static void onednn_avx2_agrees(void **state)
{
    (void) state;
    hax_driver_probe probe;
    if (hax_driver_ask("onednn", &probe, NULL) != HAX_OK || !strstr(probe.isa, "avx512"))
        SKIP("no AVX-512 here to cap");
    check_batch(make_batch("onednn", "avx2"));
}

/* ---- between kinds --------------------------------------------------------------------------- */

/* Two processes take the groups in turn; each takes its input out of the other's slot, or, where
 * it cannot read that layout, from a plain copy. */
typedef struct relay {
    const char *drivers[2], *isas[2];
    sem_t turn[2];
    sem_t *turns; /* the shared ones, for a child's copy */
    int side;     /* of the child's copy */
    void **slots[NET_COUNT][2];
    hax_layout *layouts[NET_COUNT][2]; /* [tensor] */
    float *plain[NET_COUNT];
    float *outputs;
} relay;

/* A slot holds the widest layout: channels filled up to blocks of 16. */
static size_t slot_room(const hax_model *model, int tensor)
{
    return hax_model_tensor(model, tensor)->bytes * 16 + 4096;
}

static void prepare_relay(relay *relay, int n)
{
    const hax_model *model = models[n];
    size_t tensors = (size_t) hax_model_tensor_count(model), largest = 0;
    for (int side = 0; side < 2; side++) {
        relay->layouts[n][side] = shared_alloc(tensors * sizeof(hax_layout));
        relay->slots[n][side] = shared_alloc(tensors * sizeof(void *));
        for (size_t t = 0; t < tensors; t++) {
            if (hax_model_tensor(model, (int) t)->bytes > largest)
                largest = hax_model_tensor(model, (int) t)->bytes;
            if (is_boundary(model, groupings[n], (int) t))
                relay->slots[n][side][t] = shared_alloc(slot_room(model, (int) t));
        }
    }
    relay->plain[n] = shared_alloc(largest);
}

static void free_relay(relay *relay)
{
    for (int n = 0; n < NET_COUNT; n++) {
        size_t tensors = (size_t) hax_model_tensor_count(models[n]);
        for (int side = 0; side < 2; side++) {
            for (size_t t = 0; t < tensors; t++)
                if (relay->slots[n][side][t])
                    munmap(relay->slots[n][side][t], slot_room(models[n], (int) t));
            munmap(relay->slots[n][side], tensors * sizeof(void *));
            munmap(relay->layouts[n][side], tensors * sizeof(hax_layout));
        }
    }
}

static void wait_turn(sem_t *turn)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 60;
    int result;
    while ((result = sem_timedwait(turn, &until)) != 0 && errno == EINTR)
        continue;
    HOLDS(result == 0); /* the other side is gone */
}

static void take_over(const relay *relay, team *team, int n, int tensor)
{
    const hax_layout *theirs = &relay->layouts[n][!relay->side][tensor];
    if (team->driver->can_import(theirs))
        MUST(team->driver->import(team->task, tensor, theirs, relay->slots[n][!relay->side][tensor],
                                  err));
    else
        MUST(team->driver->import(team->task, tensor, &hax_layout_plain_tag, relay->plain[n], err));
}

static void relay_group(relay *relay, team *team, int n, int g)
{
    const hax_grouping *grouping = groupings[n];
    bool last = g + 1 == grouping->count;
    wait_turn(&relay->turns[relay->side]);
    if (g > 0)
        take_over(relay, team, n, hax_group_crossing(models[n], grouping, g).tensors[0]);
    MUST(team->driver->run(team->task, g, err));
    if (!last)
        MUST(team->driver->export(team->task,
                                  hax_group_crossing(models[n], grouping, g + 1).tensors[0],
                                  relay->plain[n], err));
    else
        get_outputs(team->driver, team->task, models[n], outputs_of(relay->outputs, n));
    sem_post(&relay->turns[!relay->side]);
}

static void publish_layouts(relay *relay, const team *team, int n)
{
    for (int t = 0; t < hax_model_tensor_count(models[n]); t++) {
        if (!is_boundary(models[n], groupings[n], t))
            continue;
        const hax_layout *layout = team->driver->layout(team->program, t);
        HOLDS(layout->bytes <= slot_room(models[n], t));
        relay->layouts[n][relay->side][t] = *layout;
    }
}

static void run_relay_side(void *context)
{
    relay *with = context;
    hax_device *device = open_device(with->drivers[with->side], with->isas[with->side]);
    int step = 0; /* over all networks, so that either side begins some */
    for (int n = 0; n < NET_COUNT; n++) {
        team at;
        build_team(&at, 1, device, n);
        publish_layouts(with, &at, n);
        MUST(at.driver->bind(at.program, with->slots[n][with->side], &at.task, err));
        put_inputs(at.driver, at.task, models[n], 7); /* both sides have them from the start */
        for (int g = 0; g < groupings[n]->count; g++)
            if (step++ % 2 == with->side)
                relay_group(with, &at, n, g);
        at.driver->unbind(at.task);
        at.driver->discard(at.program);
    }
    hax_device_driver(device)->close(device);
    check_leaks();
}

static void check_relay(const relay *relay)
{
    int wrong = 0;
    for (int n = 0; n < NET_COUNT; n++) {
        double apart = difference(outputs_of(reference, n), outputs_of(relay->outputs, n),
                                  output_floats(models[n]));
        if (apart < TOLERANCE)
            continue;
        print_error("%s%s and %s%s, '%s': apart by %g\n", relay->drivers[0], relay->isas[0],
                    relay->drivers[1], relay->isas[1], nets[n].name, apart);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void hand_over(const char *a, const char *a_isa, const char *b, const char *b_isa)
{
    relay *with = shared_alloc(sizeof *with);
    pid_t pids[2];
    *with = (relay){ .drivers = { a, b }, .isas = { a_isa, b_isa } };
    with->outputs = shared_alloc((size_t) NET_COUNT * OUTPUT_ROOM * sizeof(float));
    assert_int_equal(sem_init(&with->turn[0], 1, 1), 0);
    assert_int_equal(sem_init(&with->turn[1], 1, 0), 0);
    for (int n = 0; n < NET_COUNT; n++)
        prepare_relay(with, n);
    for (int side = 0; side < 2; side++) {
        relay *own = malloc(sizeof *own); /* the side differs; the semaphores stay shared */
        assert_non_null(own);
        *own = *with;
        own->side = side;
        own->turns = with->turn;
        pids[side] = start_child(run_relay_side, own);
        free(own);
    }
    int ends[2] = { end_of_child(pids[0]), end_of_child(pids[1]) };
    assert_int_equal(ends[0], 0);
    assert_int_equal(ends[1], 0);
    check_relay(with);
    free_relay(with);
}

static void onednn_kinds_hand_over(void **state)
{
    (void) state;
    if (why_no_caps())
        SKIP(why_no_caps());
    hand_over("onednn", "", "onednn", "sse41");
}

static void onednn_and_loops_hand_over(void **state)
{
    (void) state;
    if (!onednn_is_here())
        SKIP("oneDNN is not here");
    hand_over("portable", "", "onednn", "");
}

/* ---- two instances at once ---------------------------------------------------------------- */

enum { REPEATS = 20 };

typedef struct instance {
    hax_device *device;
    hax_program *program;
    hax_unit unit;
    int cpus[1];
    int net;
    uint64_t seed;
    pthread_barrier_t *start;
    float *outputs; /* [REPEATS] */
} instance;

static void *run_instance(void *context)
{
    instance *with = context;
    const hax_driver *driver = hax_device_driver(with->device);
    hax_task *task;
    void **slots = make_slots(driver, with->program, models[with->net], groupings[with->net]);
    MUST(driver->enter(with->device, &with->unit, err));
    MUST(driver->bind(with->program, slots, &task, err));
    pthread_barrier_wait(with->start);
    for (int r = 0; r < REPEATS; r++) {
        put_inputs(driver, task, models[with->net], with->seed);
        for (int g = 0; g < groupings[with->net]->count; g++)
            MUST(driver->run(task, g, err));
        get_outputs(driver, task, models[with->net], outputs_of(with->outputs, r));
    }
    driver->unbind(task);
    free_slots(slots, models[with->net]);
    return NULL;
}

static void run_pair(hax_device *device, int n, float *outputs)
{
    pthread_t threads[2];
    pthread_barrier_t start;
    instance pair[2];
    team builder;
    pthread_barrier_init(&start, NULL, 2);
    build_team(&builder, 1, device, n);
    for (int i = 0; i < 2; i++) {
        pair[i] = (instance){ .device = device,
                              .program = builder.program,
                              .net = n,
                              .seed = i == 0 ? 7 : 8,
                              .start = &start };
        pair[i].outputs = outputs + (size_t) i * REPEATS * OUTPUT_ROOM;
        pair[i].unit = make_unit(1, i, pair[i].cpus);
        HOLDS(pthread_create(&threads[i], NULL, run_instance, &pair[i]) == 0);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&start);
    builder.driver->discard(builder.program);
}

static void run_pairs(void *context)
{
    float *outputs = context;
    hax_device *device = open_device("onednn", "");
    for (int n = 0; n < NET_COUNT; n++) {
        size_t count = output_floats(models[n]);
        run_pair(device, n, outputs);
        HOLDS(difference(outputs_of(reference, n), outputs, count) < TOLERANCE);
        for (int i = 0; i < 2; i++) {
            float *first = outputs_of(outputs, i * REPEATS);
            for (int r = 1; r < REPEATS; r++)
                HOLDS(difference(first, outputs_of(first, r), count) == 0);
        }
        HOLDS(difference(outputs, outputs_of(outputs, REPEATS), count) > TOLERANCE);
    }
    hax_device_driver(device)->close(device);
    check_leaks();
}

static void two_instances_run_at_once(void **state)
{
    (void) state;
    if (!onednn_is_here())
        SKIP("oneDNN is not here");
    float *outputs = shared_alloc((size_t) 2 * REPEATS * OUTPUT_ROOM * sizeof(float));
    assert_int_equal(end_of_child(start_child(run_pairs, outputs)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(portable_agrees_with_itself), cmocka_unit_test(onednn_agrees),
        cmocka_unit_test(onednn_sse41_agrees),         cmocka_unit_test(onednn_avx2_agrees),
        cmocka_unit_test(onednn_kinds_hand_over),      cmocka_unit_test(onednn_and_loops_hand_over),
        cmocka_unit_test(two_instances_run_at_once),
    };
    return cmocka_run_group_tests(tests, read_nets, free_nets);
}
