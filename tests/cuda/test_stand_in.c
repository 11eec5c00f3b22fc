/*
 * The CUDA driver over a stand-in of NVIDIA's libraries (stand_in/): a network goes all the way
 * from opening the device to closing it, and does so again and again with another call refused each
 * time, once alone and once with all behind it. What comes of it must be a message or, where the
 * driver can do without, the whole way; and nothing may be left open.
 */
#define _GNU_SOURCE
#include "fixture.h"

#include <dirent.h>
#include <limits.h>

#include "clock.h"
#include "gpu.h"
#include "instrumented.h"
#include "stand_in/stand_in.h"

static const char network[] =
    "name: 'all kinds' input: 'data' input_dim: 1 input_dim: 3 input_dim: 16 input_dim: 16\n"
    "layer { name: 'c1' type: 'Convolution' bottom: 'data' top: 'c1' convolution_param {\n"
    "  num_output: 16 kernel_size: 3 pad: 1 } }\n"
    "layer { name: 'r1' type: 'ReLU' bottom: 'c1' top: 'c1' }\n"
    "layer { name: 'a' type: 'Convolution' bottom: 'c1' top: 'a' convolution_param {\n"
    "  num_output: 32 kernel_size: 1 } }\n"
    "layer { name: 'b' type: 'Convolution' bottom: 'c1' top: 'b' convolution_param {\n"
    "  num_output: 32 kernel_size: 3 pad: 1 } }\n"
    "layer { name: 's' type: 'Eltwise' bottom: 'a' bottom: 'b' top: 's' }\n"
    "layer { name: 't' type: 'Sigmoid' bottom: 's' top: 't' }\n"
    "layer { name: 'p' type: 'Pooling' bottom: 'b' top: 'p' pooling_param {\n"
    "  pool: MAX kernel_size: 3 stride: 1 pad: 1 } }\n"
    "layer { name: 'j' type: 'Concat' bottom: 't' bottom: 'p' top: 'j' }\n"
    "layer { name: 'n' type: 'LRN' bottom: 'j' top: 'n' lrn_param { local_size: 5 } }\n"
    "layer { name: 'd' type: 'Convolution' bottom: 'n' top: 'd' convolution_param {\n"
    "  num_output: 64 kernel_size: 3 pad: 1 group: 64 } }\n"
    "layer { name: 'u' type: 'Deconvolution' bottom: 'd' top: 'u' convolution_param {\n"
    "  num_output: 8 kernel_size: 2 stride: 2 } }\n"
    "layer { name: 'f' type: 'InnerProduct' bottom: 'u' top: 'f' inner_product_param {\n"
    "  num_output: 10 } }\n"
    "layer { name: 'q' type: 'Softmax' bottom: 'f' top: 'q' }\n";

enum { GROUPS_MOST = 16 };

typedef struct way {
    const hax_driver *driver;
    hax_model *model;
    const hax_grouping *grouping;
    hax_device *device;
    hax_unit whole, part;
    hax_program *program;
    hax_task *task;
    void **slots;
    hax_batch *batch;
    hax_device_traffic *traffic;
    float *values; /* room for any tensor */
} way;

static char folder[] = "/tmp/haxconn-stand-in-XXXXXX";

/* ---- the way --------------------------------------------------------------------------------- */

static hax_status pass_tensors(way *way, bool in, hax_error *err)
{
    int count = in ? hax_model_input_count(way->model) : hax_model_output_count(way->model);
    for (int t = 0; t < count; t++) {
        int tensor = in ? hax_model_input(way->model, t) : hax_model_output(way->model, t);
        HAX_TRY(in ? way->driver->import(way->task, tensor, &hax_layout_plain_tag, way->values, err)
                   : way->driver->export(way->task, tensor, way->values, err));
    }
    return HAX_OK;
}

/* All groups behind each other, the second half in a stream of its own and later. */
static hax_status run_batch(way *way, hax_error *err)
{
    hax_batch_job jobs[GROUPS_MOST];
    int behind[GROUPS_MOST], count = way->grouping->count;
    assert_true(count >= 2 && count <= GROUPS_MOST);
    for (int g = 0; g < count; g++) {
        behind[g] = g - 1;
        jobs[g] = (hax_batch_job){ .task = way->task,
                                   .group = g,
                                   .stream = 2 * g >= count,
                                   .behind_count = g > 0 && 2 * g >= count,
                                   .behind = &behind[g],
                                   .after = -1,
                                   .delay_ns = g == count - 1 ? 1000 : 0,
                                   .untimed = g == 0 };
    }
    HAX_TRY(way->driver->compile(way->device, jobs, count, &way->batch, err));
    HAX_TRY(way->driver->submit(way->batch, (int64_t) hax_clock_ns() + 100000, err));
    for (int g = 0; g < count; g++) {
        hax_job_times times;
        for (bool ended = false; !ended;)
            HAX_TRY(way->driver->ended(way->batch, g, &ended, &times, err));
    }
    return HAX_OK;
}

static hax_status make_traffic(way *way, hax_error *err)
{
    double bytes;
    HAX_TRY(way->driver->traffic_open(way->device, &way->part, &way->traffic, err));
    HAX_TRY(way->driver->traffic_begin(way->traffic, HAX_TRAFFIC_COPY, 1, &bytes, err));
    assert_int_equal(way->driver->traffic_blocks(way->traffic), 0);
    return way->driver->traffic_end(way->traffic, err);
}

static hax_status go(way *way, const char *precision, hax_error *err)
{
    const hax_kind kind = { .name = "gpu", .driver = "cuda", .isa = "", .precision = precision };
    HAX_TRY(hax_driver_find("cuda")->open(&kind, &way->device, err));
    way->driver = hax_device_driver(way->device);
    HAX_TRY(way->driver->enter(way->device, &way->whole, err));
    HAX_TRY(way->driver->enter(way->device, &way->part, err));
    HAX_TRY(way->driver->build(way->device, &way->part, way->model, way->grouping, NULL, NULL,
                               &way->program, err));
    if (!way->slots)
        way->slots = make_slots(way->driver, way->program, way->model, way->grouping);
    HAX_TRY(way->driver->bind(way->program, way->slots, &way->task, err));
    HAX_TRY(pass_tensors(way, true, err));
    for (int g = 0; g < way->grouping->count; g++)
        HAX_TRY(way->driver->run(way->task, g, err));
    HAX_TRY(pass_tensors(way, false, err));
    HAX_TRY(run_batch(way, err));
    return make_traffic(way, err);
}

static void go_back(way *way)
{
    if (way->traffic)
        way->driver->traffic_close(way->traffic);
    if (way->batch)
        way->driver->release(way->batch);
    if (way->task)
        way->driver->unbind(way->task);
    if (way->program)
        way->driver->discard(way->program);
    if (way->device)
        way->driver->close(way->device);
    way->traffic = NULL;
    way->batch = NULL;
    way->task = NULL;
    way->program = NULL;
    way->device = NULL;
}

static void way_make(way *way)
{
    hax_error err;
    *way = (struct way){ .whole = { .name = "whole", .threads = 1 },
                         .part = { .name = "part", .threads = 1, .first_sm = 8, .sms = 16 } };
    char *text = strdup(network);
    for (char *at = text; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    if (hax_model_parse_prototxt(text, strlen(text), "test.prototxt", NULL, &way->model, &err) !=
        HAX_OK)
        fail_msg("%s", err.message);
    free(text);
    assert_int_equal(hax_grouping_make(way->model, "4", &way->grouping, &err), HAX_OK);
    size_t most = 0;
    for (int t = 0; t < hax_model_tensor_count(way->model); t++)
        if (hax_model_tensor(way->model, t)->bytes > most)
            most = hax_model_tensor(way->model, t)->bytes;
    way->values = calloc(1, most);
}

static void way_free(way *way)
{
    if (way->slots)
        free_slots(way->slots, way->model);
    free(way->values);
    hax_grouping_destroy(way->grouping);
    hax_model_destroy(way->model);
}

static void forget_plans(void)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/haxconn/cuda-plans", folder);
    DIR *files = opendir(path);
    for (struct dirent *file; files && (file = readdir(files));) {
        char name[PATH_MAX + 256];
        snprintf(name, sizeof name, "%s/%s", path, file->d_name);
        if (file->d_name[0] != '.')
            unlink(name);
    }
    if (files)
        closedir(files);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void the_whole_way_is_gone(void **state)
{
    (void) state;
    static const char *const precisions[] = { "f32", "tf32", "f16", "f16" };
    way way;
    way_make(&way);
    for (size_t p = 0; p < sizeof precisions / sizeof *precisions; p++) {
        hax_error err = { 0 };
        if (go(&way, precisions[p], &err) != HAX_OK)
            fail_msg("%s: %s", precisions[p], err.message);
        go_back(&way);
        assert_null(stand_in_open());
    }
    way_free(&way);
}

/* Returns whether the place called at all. */
static bool refuse_at(way *way, int place, bool lost)
{
    hax_error err = { 0 };
    stand_in_refuse(place, lost);
    hax_status status = go(way, "f16", &err);
    bool refused = stand_in_has_refused();
    stand_in_refuse(STAND_IN_NOWHERE, false);
    go_back(way);
    if (status != HAX_OK && (!refused || err.message[0] == '\0'))
        fail_msg("place %d: status %d, '%s'", place, (int) status, err.message);
    if (stand_in_open())
        fail_msg("place %d%s: a %s is left (%s)", place, lost ? " and behind" : "", stand_in_open(),
                 err.message);
    return refused;
}

static void each_call_may_be_refused(void **state)
{
    (void) state;
    way way;
    int refused = 0;
    way_make(&way);
    for (int place = 0; place < stand_in_places(); place++) {
        if (TEST_COUNT(10) < 10 && place % 3 != 0) /* instrumented */
            continue;
        forget_plans(); /* what is chosen, or what was kept */
        refused += refuse_at(&way, place, place % 2);
    }
    assert_true(refused > stand_in_places() / 4);
    way_free(&way);
}

static void a_gpu_that_is_not_there_is_said(void **state)
{
    (void) state;
    hax_gpu gpu;
    hax_error err = { 0 };
    assert_int_equal(hax_cuda_look_at(0, &gpu, &err), HAX_OK);
    assert_string_equal(gpu.name, "stand-in 0");
    assert_int_equal(gpu.sms, 36);
    assert_int_equal(gpu.group_count, 4);
    assert_int_equal(hax_cuda_look_at(1, &gpu, &err), HAX_UNAVAILABLE);
    assert_non_null(strstr(err.message, "GPU 1 is not here"));
    const hax_kind kind = { .name = "gpu", .driver = "cuda", .isa = "", .precision = "f8" };
    hax_device *device = NULL;
    assert_int_equal(hax_driver_find("cuda")->open(&kind, &device, &err), HAX_UNAVAILABLE);
    assert_non_null(strstr(err.message, "use f32, tf32 or f16"));
}

static int set_up(void **state)
{
    (void) state;
    if (!mkdtemp(folder))
        return 1;
    setenv("XDG_CACHE_HOME", folder, 1);
    setenv("PATH", "/nowhere", 1); /* no cuDNN of Python's */
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    char path[PATH_MAX];
    forget_plans();
    snprintf(path, sizeof path, "%s/haxconn/cuda-plans", folder);
    rmdir(path);
    snprintf(path, sizeof path, "%s/haxconn", folder);
    rmdir(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_way_is_gone),
        cmocka_unit_test(each_call_may_be_refused),
        cmocka_unit_test(a_gpu_that_is_not_there_is_said),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
