/*
 * A stand-in of TensorRT behind the shim's interface (shim.h), so that the driver runs from end to
 * end where neither TensorRT nor its headers are. An engine is the piece's ONNX file; running one
 * computes it with the portable unit. An input that was just computed is not computed again, since
 * rounds repeat: its outputs are kept. Each run sleeps by the piece's work, a DLA longer than the
 * GPU, so that units are worth choosing between.
 *
 * HAX_STANDIN_FOLDER names the folder. HAX_STANDIN in the environment tells it to fail:
 * "refuse=LAYER", "crash=LAYER", "hang=LAYER" while a piece with that layer is built for a DLA,
 * "cores=N" how many DLA cores it has,
 * "version=110100" which TensorRT it is. HAX_STANDIN_LOG names a file that takes a line for each
 * engine built, and for each one unloaded how often it ran.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "drivers.h"
#include "ends.h"
#include "file.h"
#include "hash.h"
#include "model.h"
#include "shim.h"

static const double gpu_ms_per_gmac = 4, dla_ms_per_gmac = 6, least_ms = 0.05;

struct hax_trt_engine {
    int core;
    hax_trt_precision precision;
    hax_model *model;
    const hax_grouping *grouping;
    hax_program *program; /* made when something has to be computed */
    hax_task *task;
    int count; /* inputs, then outputs */
    int *tensors;
    hax_trt_end *ends;
    void **slots;     /* [tensor] of the portable unit */
    void **addresses; /* [count]: where the caller has them */
    void **kept;      /* [count]: inputs and outputs of the last run, as they lay there */
    bool has_kept;
    char piece[PATH_MAX]; /* its file */
    long runs;
};

/* ---- orders and the log ------------------------------------------------------------------------
 */

/* "refuse=conv2;cores=1": the value behind a key of HAX_STANDIN, until the next call; NULL: no such
 * order. */
static const char *order(const char *key)
{
    static _Thread_local char value[128];
    size_t length = strlen(key);
    for (const char *at = getenv("HAX_STANDIN"); at && *at; at += *at == ';') {
        size_t whole = strcspn(at, ";");
        if (strncmp(at, key, length) == 0 && at[length] == '=') {
            snprintf(value, sizeof value, "%.*s", (int) (whole - length - 1), at + length + 1);
            return value;
        }
        at += whole;
    }
    return NULL;
}

HAX_PRINTF(1, 2) static void log_line(const char *format, ...)
{
    const char *path = getenv("HAX_STANDIN_LOG");
    char line[512];
    va_list args;
    if (!path)
        return;
    va_start(args, format);
    int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file >= 0 && length > 0 && write(file, line, (size_t) length) < 0)
        abort();
    if (file >= 0)
        close(file);
}

static bool has_layer(const hax_model *model, const char *name)
{
    for (int l = 0; name && l < hax_model_layer_count(model); l++)
        if (strcmp(hax_model_layer(model, l).name, name) == 0)
            return true;
    return false;
}

static const char *first_layer(const hax_model *model)
{
    for (int l = 0; l < hax_model_layer_count(model); l++)
        if (hax_model_layer(model, l).compute_index == 0)
            return hax_model_layer(model, l).name;
    return "";
}

/* ---- the library -------------------------------------------------------------------------------
 */

static bool open_library(const char *library, const char *parser, char *why)
{
    (void) library, (void) parser;
    if (!order("absent"))
        return true;
    snprintf(why, HAX_TRT_WHY, "libnvinfer.so.10: cannot open shared object file");
    return false;
}

static int version(void)
{
    const char *told = order("version");
    return told ? atoi(told) : 100300;
}

static bool dla_cores(int *count, char *why)
{
    const char *told = order("cores");
    (void) why;
    *count = told ? atoi(told) : version() < 110000 ? 2 : 0; /* 11.0 to 11.3 see none */
    return true;
}

/* ---- building ----------------------------------------------------------------------------------
 */

static bool obey(const hax_model *model, char *why)
{
    if (has_layer(model, order("crash")))
        abort();
    while (has_layer(model, order("hang")))
        pause();
    if (!has_layer(model, order("refuse")))
        return true;
    snprintf(why, HAX_TRT_WHY, "the DLA does not take '%s'", order("refuse"));
    return false;
}

/* An engine's bytes: where its piece is. */
typedef struct head {
    char mark[8];
    int core, precision;
    char piece[PATH_MAX];
} head;

/* What tells a piece from others: its size, its nodes at the front, its last weights. */
static bool hash_piece(const char *onnx, uint64_t *hash)
{
    enum { SHARE = 64 << 10 };
    char part[SHARE];
    FILE *file = fopen(onnx, "re");
    *hash = HAX_HASH_START;
    if (!file)
        return false;
    *hash = hax_hash_bytes(*hash, part, fread(part, 1, SHARE, file));
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    *hash = hax_hash_int(*hash, length);
    fseek(file, length > SHARE ? length - SHARE : 0, SEEK_SET);
    *hash = hax_hash_bytes(*hash, part, fread(part, 1, SHARE, file));
    fclose(file);
    return true;
}

/* The piece gets a second name, by its content. */
static bool keep_piece(const char *onnx, head *engine, char *why)
{
    const char *folder = getenv("HAX_STANDIN_FOLDER");
    uint64_t hash;
    if (!folder || !hash_piece(onnx, &hash)) {
        snprintf(why, HAX_TRT_WHY, "%.200s", folder ? onnx : "no HAX_STANDIN_FOLDER");
        return false;
    }
    snprintf(engine->piece, sizeof engine->piece, "%s/%016" PRIx64 ".onnx", folder, hash);
    if (access(engine->piece, R_OK) == 0 || link(onnx, engine->piece) == 0)
        return true;
    snprintf(why, HAX_TRT_WHY, "cannot link %.200s to %.200s", onnx, engine->piece);
    return false;
}

static bool build(const hax_trt_build *what, void **engine, size_t *bytes, char *why)
{
    hax_error err = { 0 };
    hax_model_options options = hax_model_options_default();
    hax_model *model;
    head begin = { "standin", what->dla_core, (int) what->precision, "" };
    int cores;
    dla_cores(&cores, why);
    if (what->dla_core >= cores) {
        snprintf(why, HAX_TRT_WHY, "there are %d DLA cores", cores);
        return false;
    }
    if (hax_model_load(what->onnx, &options, &model, &err) != HAX_OK) {
        snprintf(why, HAX_TRT_WHY, "%.500s", err.message);
        return false;
    }
    bool builds = (what->dla_core < 0 || obey(model, why)) && keep_piece(what->onnx, &begin, why);
    log_line("built core %d from %s\n", what->dla_core, first_layer(model));
    hax_model_destroy(model);
    *engine = builds ? malloc(sizeof begin) : NULL;
    if (!*engine)
        return false;
    memcpy(*engine, &begin, sizeof begin);
    *bytes = sizeof begin;
    return true;
}

/* ---- loading -----------------------------------------------------------------------------------
 */

/* Models are read once for all units. */
typedef struct shared_model {
    char piece[PATH_MAX];
    hax_model *model;
    int users;
    struct shared_model *next;
} shared_model;

static pthread_mutex_t sharing = PTHREAD_MUTEX_INITIALIZER;
static shared_model *models;

static hax_status share_model(const char *piece, hax_model **model, hax_error *err)
{
    hax_model_options options = hax_model_options_default();
    shared_model *shared = models;
    while (shared && strcmp(shared->piece, piece) != 0)
        shared = shared->next;
    if (!shared) {
        shared = calloc(1, sizeof *shared);
        if (!shared)
            abort();
        hax_status status = hax_model_load(piece, &options, &shared->model, err);
        if (status != HAX_OK) {
            free(shared);
            return status;
        }
        snprintf(shared->piece, sizeof shared->piece, "%s", piece);
        shared->next = models;
        models = shared;
    }
    shared->users++;
    *model = shared->model;
    return HAX_OK;
}

static hax_status take_model(const char *piece, hax_model **model, hax_error *err)
{
    pthread_mutex_lock(&sharing);
    hax_status status = share_model(piece, model, err);
    pthread_mutex_unlock(&sharing);
    return status;
}

static void leave_model(const hax_model *model)
{
    pthread_mutex_lock(&sharing);
    shared_model **link = &models;
    while ((*link)->model != model)
        link = &(*link)->next;
    shared_model *shared = *link;
    if (--shared->users == 0) {
        *link = shared->next;
        hax_model_destroy(shared->model);
        free(shared);
    }
    pthread_mutex_unlock(&sharing);
}

static void unload(hax_trt_engine *engine)
{
    if (engine->model)
        log_line("core %d ran from %s %ld times\n", engine->core, first_layer(engine->model),
                 engine->runs);
    if (engine->task)
        hax_driver_portable.unbind(engine->task);
    if (engine->program)
        hax_driver_portable.discard(engine->program);
    for (int i = 0; i < engine->count; i++) {
        free(engine->slots[engine->tensors[i]]);
        free(engine->kept[i]);
    }
    free(engine->tensors);
    free(engine->ends);
    free(engine->slots);
    free(engine->addresses);
    free(engine->kept);
    hax_grouping_destroy(engine->grouping);
    if (engine->model)
        leave_model(engine->model);
    free(engine);
}

static bool make_ends(hax_trt_engine *engine)
{
    const hax_model *model = engine->model;
    int inputs = hax_model_input_count(model), outputs = hax_model_output_count(model);
    size_t most = (size_t) (inputs + outputs);
    engine->tensors = calloc(most, sizeof *engine->tensors);
    engine->ends = calloc(most, sizeof *engine->ends);
    engine->addresses = calloc(most, sizeof *engine->addresses);
    engine->kept = calloc(most, sizeof *engine->kept);
    engine->slots = calloc((size_t) hax_model_tensor_count(model), sizeof *engine->slots);
    if (!engine->tensors || !engine->ends || !engine->addresses || !engine->kept || !engine->slots)
        return false;
    for (int i = 0; i < inputs + outputs; i++) {
        int t = i < inputs ? hax_model_input(model, i) : hax_model_output(model, i - inputs);
        hax_tensor_info info =
            i < inputs ? hax_model_input_info(model, i) : hax_model_output_info(model, i - inputs);
        engine->tensors[i] = t;
        engine->ends[i] = hax_trt_end_of(engine->precision, &info.shape);
        engine->kept[i] = calloc(1, engine->ends[i].bytes);
        engine->slots[t] = aligned_alloc(64, (hax_model_tensor(model, t)->bytes + 63) / 64 * 64);
        engine->count++;
        if (!engine->kept[i] || !engine->slots[t])
            return false;
    }
    return true;
}

static hax_status make_program(hax_trt_engine *engine, hax_error *err)
{
    hax_device *device;
    const hax_kind kind = { .name = "stand-in", .driver = "portable", .isa = "" };
    HAX_TRY(hax_grouping_make(engine->model, "1", &engine->grouping, err));
    HAX_TRY(hax_driver_portable.open(&kind, &device, err));
    hax_status status = hax_driver_portable.build(device, NULL, engine->model, engine->grouping,
                                                  NULL, NULL, &engine->program, err);
    hax_driver_portable.close(device);
    HAX_TRY(status);
    return hax_driver_portable.bind(engine->program, engine->slots, &engine->task, err);
}

static hax_status load_model(hax_trt_engine *engine, hax_error *err)
{
    HAX_TRY(take_model(engine->piece, &engine->model, err));
    return make_ends(engine) ? HAX_OK : hax_fail_memory(err, "an engine");
}

static hax_trt_engine *load(const void *bytes, size_t count, int dla_core, char *why)
{
    head begin;
    hax_error err = { 0 };
    hax_trt_engine *engine = calloc(1, sizeof *engine);
    if (!engine || count != sizeof begin)
        abort();
    memcpy(&begin, bytes, sizeof begin);
    engine->core = dla_core;
    engine->precision = (hax_trt_precision) begin.precision;
    snprintf(engine->piece, sizeof engine->piece, "%s", begin.piece);
    hax_status status = strcmp(begin.mark, "standin") != 0
                            ? hax_fail(&err, HAX_FAILURE, "it is no engine of it")
                        : begin.core != dla_core
                            ? hax_fail(&err, HAX_FAILURE, "it was built for core %d", begin.core)
                            : load_model(engine, &err);
    if (status == HAX_OK)
        return engine;
    snprintf(why, HAX_TRT_WHY, "%.500s", err.message);
    unload(engine);
    return NULL;
}

static int tensor_count(const hax_trt_engine *engine)
{
    return engine->count;
}

static hax_tensor_info info_of(const hax_trt_engine *engine, int index)
{
    int inputs = hax_model_input_count(engine->model);
    return index < inputs ? hax_model_input_info(engine->model, index)
                          : hax_model_output_info(engine->model, index - inputs);
}

static bool tensor(const hax_trt_engine *engine, int index, hax_trt_tensor *tensor, char *why)
{
    hax_tensor_info info = info_of(engine, index);
    (void) why;
    snprintf(tensor->name, sizeof tensor->name, "%s", info.name);
    tensor->input = index < hax_model_input_count(engine->model);
    tensor->half = engine->ends[index].half;
    tensor->format = engine->ends[index].format;
    tensor->rank = info.shape.rank;
    for (int d = 0; d < info.shape.rank; d++)
        tensor->dims[d] = info.shape.dims[d];
    return true;
}

static bool address(hax_trt_engine *engine, const char *name, void *memory, char *why)
{
    for (int i = 0; i < engine->count; i++)
        if (strcmp(info_of(engine, i).name, name) == 0) {
            engine->addresses[i] = memory;
            return true;
        }
    snprintf(why, HAX_TRT_WHY, "there is no tensor '%.200s'", name);
    return false;
}

/* ---- running -----------------------------------------------------------------------------------
 */

/* Takes the inputs in; are they those of the last run? */
static bool take_inputs(hax_trt_engine *engine)
{
    bool same = engine->has_kept;
    for (int i = 0; i < hax_model_input_count(engine->model); i++) {
        size_t bytes = engine->ends[i].bytes;
        if (same && memcmp(engine->kept[i], engine->addresses[i], bytes) == 0)
            continue;
        same = false;
        memcpy(engine->kept[i], engine->addresses[i], bytes);
    }
    return same;
}

/* Where the outputs of these inputs are kept. */
static void kept_path(const hax_trt_engine *engine, char *path, size_t size)
{
    uint64_t hash = HAX_HASH_START;
    for (int i = 0; i < hax_model_input_count(engine->model); i++)
        hash = hax_hash_words(hash, engine->kept[i], engine->ends[i].bytes);
    snprintf(path, size, "%.3000s.%016" PRIx64, engine->piece, hash);
}

static bool read_outputs(hax_trt_engine *engine, const char *path)
{
    char *data;
    size_t length, offset = 0;
    if (hax_file_read(path, SIZE_MAX / 2, &data, &length, NULL) != HAX_OK)
        return false;
    for (int i = hax_model_input_count(engine->model); i < engine->count; i++) {
        memcpy(engine->kept[i], data + offset, engine->ends[i].bytes);
        offset += engine->ends[i].bytes;
    }
    free(data);
    return offset == length;
}

static hax_status write_outputs(const hax_trt_engine *engine, const char *path, hax_error *err)
{
    hax_file_stream *stream;
    HAX_TRY(hax_file_stream_open(path, &stream, err));
    for (int i = hax_model_input_count(engine->model); i < engine->count; i++)
        hax_file_stream_append(stream, engine->kept[i], engine->ends[i].bytes);
    return hax_file_stream_commit(stream, err);
}

static hax_status compute_anew(hax_trt_engine *engine, const char *path, hax_error *err)
{
    int inputs = hax_model_input_count(engine->model);
    if (!engine->task)
        HAX_TRY(make_program(engine, err));
    for (int i = 0; i < inputs; i++)
        hax_trt_end_unpack(&engine->ends[i], engine->kept[i], engine->slots[engine->tensors[i]]);
    HAX_TRY(hax_driver_portable.run(engine->task, 0, err));
    for (int i = inputs; i < engine->count; i++)
        hax_trt_end_pack(&engine->ends[i], engine->slots[engine->tensors[i]], engine->kept[i]);
    return write_outputs(engine, path, err);
}

static bool compute(hax_trt_engine *engine, char *why)
{
    hax_error err = { 0 };
    char path[PATH_MAX];
    kept_path(engine, path, sizeof path);
    if (!read_outputs(engine, path) && compute_anew(engine, path, &err) != HAX_OK) {
        snprintf(why, HAX_TRT_WHY, "%.500s", err.message);
        return false;
    }
    engine->has_kept = true;
    return true;
}

static void sleep_by_work(const hax_trt_engine *engine)
{
    double gmac = (double) hax_model_macs(engine->model) * 1e-9;
    double ms = least_ms + gmac * (engine->core < 0 ? gpu_ms_per_gmac : dla_ms_per_gmac);
    struct timespec time = { .tv_sec = 0, .tv_nsec = (long) (ms * 1e6) };
    nanosleep(&time, NULL);
}

static bool enqueue(hax_trt_engine *engine, void *stream, char *why)
{
    (void) stream;
    engine->runs++;
    if (!take_inputs(engine) && !compute(engine, why))
        return false;
    for (int i = hax_model_input_count(engine->model); i < engine->count; i++)
        memcpy(engine->addresses[i], engine->kept[i], engine->ends[i].bytes);
    sleep_by_work(engine);
    return true;
}

static hax_trt_shim shim = {
    .interface = HAX_TRT_SHIM_INTERFACE,
    .open = open_library,
    .version = version,
    .dla_cores = dla_cores,
    .build = build,
    .load = load,
    .unload = unload,
    .tensor_count = tensor_count,
    .tensor = tensor,
    .address = address,
    .enqueue = enqueue,
};

__attribute__((visibility("default"))) hax_trt_shim_get_function hax_trt_shim_get;

const hax_trt_shim *hax_trt_shim_get(void)
{
    shim.headers = version();
    return &shim;
}
