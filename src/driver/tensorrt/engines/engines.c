/* Engines of a program's groups: by what they are known, and having them built. */
#define _GNU_SOURCE
#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine_build.h"
#include "engine_store.h"
#include "file.h"
#include "haxconn/version.h"
#include "program.h"

/* Of the layers with numbers. */
static const char *layer_name(const hax_model *model, int index)
{
    for (int l = 0; l < hax_model_layer_count(model); l++)
        if (hax_model_layer(model, l).compute_index == index)
            return hax_model_layer(model, l).name;
    return "";
}

void hax_trt_piece_name(const hax_program *program, int group, char *name, size_t size)
{
    const hax_group *layers = &program->grouping->groups[group];
    char first[80], last[80];
    assert(layers->first <= layers->last);
    hax_text_copy_visible(layer_name(program->model, layers->first), first, sizeof first);
    hax_text_copy_visible(layer_name(program->model, layers->last), last, sizeof last);
    snprintf(name, size, "%.60s layers %d to %d ('%.60s' to '%.60s') for %.40s",
             hax_model_name(program->model), layers->first, layers->last, first, last,
             program->unit_name);
}

/* All that an engine depends on. A DLA's is built for its core: whether one may run on another is
 * not documented. */
static void make_key(const hax_program *program, int group, hax_text *key)
{
    static const char *const precisions[] = { "f32", "tf32", "f16" };
    const hax_device *device = program->device;
    const hax_group *layers = &program->grouping->groups[group];
    hax_text_printf(key, "haxconn %s model %016" PRIx64 " layers %d to %d", HAX_VERSION,
                    hax_model_hash(program->model), layers->first, layers->last);
    hax_text_printf(key, " TensorRT %d (%d) on %s, %d SMs, %d.%d", device->found.version,
                    device->found.headers, device->found.gpu, device->found.sms,
                    device->found.capability / 10, device->found.capability % 10);
    hax_text_printf(key, " dla %d %s", program->unit->dla - 1,
                    precisions[device->target.precision]);
}

static hax_status name_engine(hax_program *program, int group, hax_error *err)
{
    char path[PATH_MAX];
    hax_text key = { 0 };
    hax_trt_group *own = &program->groups[group];
    make_key(program, group, &key);
    own->key = hax_text_take(&key);
    if (!own->key)
        return hax_fail_memory(err, "the key of an engine");
    if (!hax_trt_engine_path(program->device->engines, own->key, "", path, sizeof path))
        return hax_fail(err, HAX_IO, "the path of the folder for engines is too long: %.300s",
                        program->device->engines);
    own->path = strdup(path);
    return own->path ? HAX_OK : hax_fail_memory(err, "the path of an engine");
}

static hax_status write_piece(const hax_program *program, int group, const char *path,
                              hax_error *err)
{
    const uint64_t bytes_max = (uint64_t) 1 << 30; /* a file of ONNX holds 2 GiB */
    const hax_onnx_target target = { .path = path, .bytes_max = bytes_max };
    const hax_onnx_notes notes = { 0 };
    bool external;
    HAX_TRY(hax_file_make_folder_of(path, err));
    return hax_onnx_write(&program->graph, &program->parts[group], &notes, &target, &external, err);
}

static void remove_piece(const char *onnx)
{
    char data[PATH_MAX];
    unlink(onnx);
    snprintf(data, sizeof data, "%.4000s.data", onnx);
    unlink(data);
}

static hax_status build(hax_program *program, int group, hax_error *err)
{
    const hax_device *device = program->device;
    const hax_trt_group *own = &program->groups[group];
    char onnx[PATH_MAX], behind[32], name[300];
    snprintf(behind, sizeof behind, ".%d.onnx", (int) getpid()); /* others may build the same */
    hax_trt_piece_name(program, group, name, sizeof name);
    if (!hax_trt_engine_path(device->engines, own->key, behind, onnx, sizeof onnx))
        return hax_fail(err, HAX_IO, "the path of the folder for engines is too long: %.300s",
                        device->engines);
    const hax_trt_order order = { .library = &device->library,
                                  .what = { .onnx = onnx,
                                            .dla_core = program->unit->dla - 1,
                                            .precision = device->target.precision },
                                  .key = own->key,
                                  .engine = own->path,
                                  .name = name,
                                  .seconds = device->target.build_s,
                                  .beat = program->beat,
                                  .beat_context = program->beat_context };
    hax_status status = write_piece(program, group, onnx, err);
    if (status == HAX_OK)
        status = hax_trt_engine_build(&order, err);
    remove_piece(onnx);
    return status;
}

hax_status hax_trt_prepare_engine(hax_program *program, int group, hax_error *err)
{
    assert(group >= 0 && group < program->grouping->count && !program->groups[group].key);
    HAX_TRY(name_engine(program, group, err));
    if (program->beat)
        program->beat(program->beat_context);
    if (hax_trt_engine_is_kept(program->groups[group].path, program->groups[group].key))
        return HAX_OK;
    return build(program, group, err);
}
