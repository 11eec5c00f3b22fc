#define _GNU_SOURCE
#include "traffic.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "ends.h"
#include "engine_build.h"
#include "engine_store.h"
#include "file.h"
#include "haxconn/version.h"
#include "onnx_write.h"

/* 8 MB in FP16, twice the largest cache of a board (Orin's GPU has 4 MB). */
static const hax_shape shape = { 4, { 1, 64, 256, 256 } };

/* A step of arithmetic that a processor does after 4096 bytes, as a part of what it takes to move
 * those: 1.9 ns of 205 (profile/measure/pressure.c). So demands rise alike on all units. */
static const double step_part = 0.009;

typedef struct traffic_state {
    bool under_way;
    int64_t begun_ns, next_ns;
    int64_t alone_ns; /* that an execution takes at least */
    uint64_t blocks;
    bool failed;
    char why[HAX_TRT_WHY];
} traffic_state;

struct hax_device_traffic {
    hax_device *device;
    void *stream;
    int core; /* -1: the GPU */
    char *key;
    char path[PATH_MAX];
    hax_trt_engine *engine;
    hax_trt_pointer memory[2];
    void *event;
    int work;
    traffic_state *state; /* of the thread that asks for blocks */
};

/* ---- its engine ------------------------------------------------------------------------------ */

static void put_network(hax_text *model, bool half)
{
    hax_text node = { 0 }, graph = { 0 }, opset = { 0 };
    int64_t type = half ? ONNX_TYPE_FLOAT16 : ONNX_TYPE_FLOAT;
    hax_wire_put_text(&node, ONNX_NODE_INPUT, "in");
    hax_wire_put_text(&node, ONNX_NODE_OUTPUT, "out");
    hax_wire_put_text(&node, ONNX_NODE_NAME, "traffic");
    hax_wire_put_text(&node, ONNX_NODE_OP, "Relu");
    hax_wire_put_message(&graph, ONNX_GRAPH_NODE, &node);
    hax_wire_put_text(&graph, ONNX_GRAPH_NAME, "traffic");
    hax_wire_put_value(&graph, ONNX_GRAPH_INPUT, "in", type, &shape);
    hax_wire_put_value(&graph, ONNX_GRAPH_OUTPUT, "out", type, &shape);
    hax_wire_put_whole(&opset, ONNX_OPSET_VERSION, 13);
    hax_wire_put_whole(model, ONNX_MODEL_IR_VERSION, 7);
    hax_wire_put_message(model, ONNX_MODEL_OPSET, &opset);
    hax_wire_put_message(model, ONNX_MODEL_GRAPH, &graph);
}

static hax_status write_network(const hax_device *device, const char *path, hax_error *err)
{
    hax_text model = { 0 };
    put_network(&model, device->target.precision == HAX_TRT_F16 && device->found.headers >= 110000);
    hax_status status = model.failed ? hax_fail_memory(err, "a network that makes traffic")
                                     : hax_file_make_folder_of(path, err);
    if (status == HAX_OK)
        status = hax_file_write(path, model.data, model.length, err);
    hax_text_free(&model);
    return status;
}

static hax_status build_engine(const hax_device_traffic *traffic, const char *name, hax_error *err)
{
    const hax_device *device = traffic->device;
    char onnx[PATH_MAX], behind[32];
    snprintf(behind, sizeof behind, ".%d.onnx", (int) getpid());
    if (!hax_trt_engine_path(device->engines, traffic->key, behind, onnx, sizeof onnx))
        return hax_fail(err, HAX_IO, "the path of the folder for engines is too long: %.300s",
                        device->engines);
    const hax_trt_order order = {
        .library = &device->library,
        .what = { .onnx = onnx, .dla_core = traffic->core, .precision = device->target.precision },
        .key = traffic->key,
        .engine = traffic->path,
        .name = name,
        .seconds = device->target.build_s
    };
    hax_status status = write_network(device, onnx, err);
    if (status == HAX_OK)
        status = hax_trt_engine_build(&order, err);
    unlink(onnx);
    return status;
}

static hax_status find_engine(hax_device_traffic *traffic, const char *name, hax_error *err)
{
    const hax_device *device = traffic->device;
    hax_text key = { 0 };
    hax_text_printf(&key, "haxconn %s traffic TensorRT %d (%d) on %s, %d SMs dla %d precision %d",
                    HAX_VERSION, device->found.version, device->found.headers, device->found.gpu,
                    device->found.sms, traffic->core, (int) device->target.precision);
    traffic->key = hax_text_take(&key);
    if (!traffic->key)
        return hax_fail_memory(err, "the key of an engine");
    if (!hax_trt_engine_path(device->engines, traffic->key, "", traffic->path,
                             sizeof traffic->path))
        return hax_fail(err, HAX_IO, "the path of the folder for engines is too long: %.300s",
                        device->engines);
    return hax_trt_engine_is_kept(traffic->path, traffic->key) ? HAX_OK
                                                               : build_engine(traffic, name, err);
}

static hax_status load_engine(hax_device_traffic *traffic, const char *name, hax_error *err)
{
    const hax_trt_shim *shim = traffic->device->library.shim;
    char *file, why[HAX_TRT_WHY] = "";
    size_t offset, bytes;
    if (!hax_trt_engine_read(traffic->path, traffic->key, &file, &offset, &bytes))
        return hax_fail(err, HAX_IO, "the engine of %.60s is not in %.300s any more", name,
                        traffic->path);
    traffic->engine = shim->load(file + offset, bytes, traffic->core, why);
    free(file);
    if (traffic->engine &&
        shim->address(traffic->engine, "in", (void *) (uintptr_t) traffic->memory[0], why) &&
        shim->address(traffic->engine, "out", (void *) (uintptr_t) traffic->memory[1], why))
        return HAX_OK;
    return hax_fail(err, HAX_UNAVAILABLE, "TensorRT does not load the engine of %.60s: %.300s",
                    name, why);
}

/* ---- opened and closed -------------------------------------------------------------------------
 */

static hax_status prepare(hax_device_traffic *traffic, const hax_unit *unit, hax_error *err)
{
    const hax_trt_cuda *cuda = &traffic->device->cuda;
    size_t bytes = hax_trt_end_of(traffic->device->target.precision, &shape).bytes;
    char name[80];
    snprintf(name, sizeof name, "memory traffic on %.50s", unit->name);
    for (int m = 0; m < 2; m++) {
        HAX_TRT_CUDA_TRY(cuda, cuMemAlloc_v2, &traffic->memory[m], bytes);
        HAX_TRT_CUDA_TRY(cuda, cuMemsetD8_v2, traffic->memory[m], 0, bytes);
    }
    HAX_TRT_CUDA_TRY(cuda, cuEventCreate, &traffic->event, 0);
    HAX_TRY(find_engine(traffic, name, err));
    return load_engine(traffic, name, err);
}

hax_status hax_trt_traffic_open(hax_device *device, const hax_unit *unit,
                                hax_device_traffic **traffic, hax_error *err)
{
    hax_device_traffic *result = calloc(1, sizeof *result);
    traffic_state *state = calloc(1, sizeof *state);
    if (!result || !state) {
        free(result);
        free(state);
        return hax_fail_memory(err, "memory traffic");
    }
    *result = (hax_device_traffic){ .device = device,
                                    .stream = hax_trt_unit_find(device, unit)->stream,
                                    .core = unit->dla - 1,
                                    .state = state };
    hax_status status = prepare(result, unit, err);
    if (status != HAX_OK) {
        hax_trt_traffic_close(result);
        return status;
    }
    *traffic = result;
    return HAX_OK;
}

void hax_trt_traffic_close(hax_device_traffic *traffic)
{
    if (!traffic)
        return;
    const hax_trt_cuda *cuda = &traffic->device->cuda;
    if (traffic->engine)
        traffic->device->library.shim->unload(traffic->engine);
    for (int m = 0; m < 2; m++)
        if (traffic->memory[m])
            cuda->cuMemFree_v2(traffic->memory[m]);
    if (traffic->event)
        cuda->cuEventDestroy_v2(traffic->event);
    free(traffic->key);
    free(traffic->state);
    free(traffic);
}

/* ---- at work -----------------------------------------------------------------------------------
 */

static void begin_next(const hax_device_traffic *traffic)
{
    const hax_trt_cuda *cuda = &traffic->device->cuda;
    traffic_state *state = traffic->state;
    state->begun_ns = (int64_t) hax_clock_ns();
    state->failed =
        !traffic->device->library.shim->enqueue(traffic->engine, traffic->stream, state->why) ||
        cuda->cuEventRecord(traffic->event, traffic->stream) != 0;
    state->under_way = !state->failed;
}

/* It computes for as many parts of what an execution takes alone as there are steps. */
static void end_this(const hax_device_traffic *traffic)
{
    traffic_state *state = traffic->state;
    assert(state->under_way && state->begun_ns > 0);
    int64_t now_ns = (int64_t) hax_clock_ns(), took_ns = now_ns - state->begun_ns;
    state->under_way = false;
    state->blocks++;
    if (state->alone_ns == 0 || took_ns < state->alone_ns)
        state->alone_ns = took_ns;
    state->next_ns = now_ns + (int64_t) (traffic->work * step_part * (double) state->alone_ns);
}

hax_status hax_trt_traffic_begin(hax_device_traffic *traffic, hax_traffic_kind kind, int work,
                                 double *block_bytes, hax_error *err)
{
    (void) kind;
    assert(work >= 0 && !traffic->state->under_way);
    traffic_state *state = traffic->state;
    int64_t alone_ns = state->alone_ns;
    *state = (traffic_state){ .alone_ns = alone_ns };
    traffic->work = work;
    *block_bytes = 2.0 * (double) hax_trt_end_of(traffic->device->target.precision, &shape).bytes;
    begin_next(traffic);
    return state->failed ? hax_fail(err, HAX_FAILURE, "memory traffic: %.300s", state->why)
                         : HAX_OK;
}

/* Whoever asks drives it: nobody else knows of this unit's pauses. */
uint64_t hax_trt_traffic_blocks(const hax_device_traffic *traffic)
{
    traffic_state *state = traffic->state;
    if (state->under_way && traffic->device->cuda.cuEventQuery(traffic->event) == 0)
        end_this(traffic);
    if (!state->under_way && !state->failed && (int64_t) hax_clock_ns() >= state->next_ns)
        begin_next(traffic);
    return state->blocks;
}

hax_status hax_trt_traffic_end(hax_device_traffic *traffic, hax_error *err)
{
    const hax_trt_cuda *cuda = &traffic->device->cuda;
    HAX_TRT_CUDA_TRY(cuda, cuStreamSynchronize, traffic->stream);
    traffic->state->under_way = false;
    return traffic->state->failed
               ? hax_fail(err, HAX_FAILURE, "memory traffic: %.300s", traffic->state->why)
               : HAX_OK;
}
