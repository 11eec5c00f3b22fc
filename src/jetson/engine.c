/* Engines: where their layers run, and the commands that build them. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "devices.h"
#include "layer.h"
#include "trtexec.h"

bool hax_engine_is_caffe(const hax_engine_source *source)
{
    size_t length = strlen(source->path), tail = strlen(".prototxt");
    return length > tail && strcmp(source->path + length - tail, ".prototxt") == 0;
}

void hax_engine_version(int tensorrt, hax_text *text)
{
    hax_text_printf(text, "%d.%d", tensorrt / 10000, tensorrt / 100 % 100);
}

/* ---- where layers run ---------------------------------------------------------------------- */

static bool asked_of_dla(const hax_engine *engine, int layer)
{
    bool behind = engine->transition >= 0 && layer >= engine->transition;
    return engine->starts_on_dla != behind;
}

static hax_status refuse(const hax_engine_source *source, const hax_node *layer, const char *reason,
                         hax_error *err)
{
    return hax_fail_at(err, HAX_BAD_INPUT, hax_model_file(source->model), layer->line,
                       layer->column,
                       "%.100s (layer %d): %s; a DLA of %s cannot run it: move the transition, or "
                       "let it stay on the GPU (--gpu-fallback)",
                       layer->name, layer->compute_index, reason, source->target.board->name);
}

static hax_status check_layers(const hax_engine_source *source, const hax_engine *engine,
                               hax_error *err)
{
    int count = hax_model_compute_layer_count(source->model);
    if (engine->transition < -1 || engine->transition >= count)
        return hax_fail(err, HAX_USAGE,
                        "transition %d: %s has layers 0 to %d, and -1 is no transition",
                        engine->transition, hax_model_name(source->model), count - 1);
    if (engine->mark < -1 || engine->mark >= count)
        return hax_fail(err, HAX_USAGE, "mark %d: %s has layers 0 to %d, and -1 is no mark",
                        engine->mark, hax_model_name(source->model), count - 1);
    return HAX_OK;
}

static hax_status check_pieces(const hax_engine_source *source, const hax_engine_place *place,
                               hax_error *err)
{
    int most = hax_jetson_loadables_max(source->target.tensorrt);
    if (place->pieces <= most)
        return HAX_OK;
    return hax_fail_at(err, HAX_BAD_INPUT, hax_model_file(source->model), 0, 0,
                       "the DLA's part falls into %d pieces, and a core takes %d: TensorRT would "
                       "give the others to the GPU; move the transition to where the DLA runs all "
                       "layers ('haxconn jetson rules' lists them)",
                       place->pieces, most);
}

hax_status hax_engine_layers(const hax_engine_source *source, const hax_engine *engine,
                             hax_engine_place *place, hax_error *err)
{
    const hax_model *model = source->model;
    bool before = false;
    char reason[JETSON_REASON_MAX];
    HAX_TRY(check_layers(source, engine, err));
    place->dla_layers = place->pieces = place->fallback = 0;
    for (int l = 0; l < hax_model_layer_count(model); l++) {
        const hax_node layer = hax_model_node(model, l);
        if (layer.compute_index < 0)
            continue;
        bool asked = asked_of_dla(engine, layer.compute_index);
        bool on_dla = asked && hax_jetson_layer_runs(model, l, &source->target, reason);
        if (asked && !on_dla && !engine->gpu_fallback)
            return refuse(source, &layer, reason, err);
        place->fallback += asked && !on_dla;
        place->dla_layers += on_dla;
        place->pieces += on_dla && !before;
        place->on_dla[layer.compute_index] = before = on_dla;
    }
    return check_pieces(source, place, err);
}

int hax_engine_layer_before(const hax_model *model, int cut)
{
    int last = -1;
    for (int k = 0; k < hax_model_kernel_count(model); k++) {
        const hax_kernel *kernel = hax_model_kernel(model, k);
        if (kernel->first < cut && hax_model_tensor(model, kernel->output)->last_use > k)
            last = kernel->last;
    }
    return last < cut ? last : cut - 1;
}

static const char *unit_name(bool dla)
{
    return dla ? "DLA" : "GPU";
}

static void describe_range(int first, int last, bool dla, hax_text *text)
{
    if (first < last)
        hax_text_printf(text, "layers %d-%d on the %s", first, last, unit_name(dla));
    else
        hax_text_printf(text, "layer %d on the %s", first, unit_name(dla));
}

void hax_engine_describe(const hax_engine_source *source, const hax_engine *engine, hax_text *text)
{
    int last = hax_model_compute_layer_count(source->model) - 1;
    bool split = engine->transition > 0;
    bool first_on_dla = engine->starts_on_dla != (engine->transition == 0);
    describe_range(0, split ? engine->transition - 1 : last, first_on_dla, text);
    if (split) {
        hax_text_append(text, ", ");
        describe_range(engine->transition, last, !engine->starts_on_dla, text);
    }
    if (engine->mark >= 0)
        hax_text_printf(text, ", output of layer %d marked", engine->mark);
}

/* ---- what does not depend on the engine ----------------------------------------------------- */

bool hax_engine_needs_python(const hax_engine_source *source, const hax_engine *engine)
{
    return source->target.tensorrt < 80600 || (engine->mark >= 0 && !hax_engine_is_caffe(source));
}

/* Does the file say FP16 anywhere? Then it was converted to be computed so. */
static bool is_half(const hax_model *model)
{
    enum { ONNX_FLOAT16 = 10 };
    const hax_origin *origin = hax_model_origin(model);
    for (int t = 0; origin && t < origin->tensor_count; t++)
        if (origin->tensors[t].type == ONNX_FLOAT16)
            return true;
    return false;
}

/* From 11 on networks are strongly typed: what is computed in FP16 or INT8 is the file's business.
 */
static hax_status check_types(const hax_engine_source *source, hax_error *err)
{
    const hax_jetson_target *target = &source->target;
    if (target->tensorrt < HAX_TYPED_TENSORRT)
        return HAX_OK;
    if (target->precision == HAX_JETSON_INT8)
        return hax_fail(err, HAX_BAD_INPUT,
                        "TensorRT %d.%d takes no calibration cache: INT8 is what a network's "
                        "QuantizeLinear and DequantizeLinear nodes say there, which are not read "
                        "here; use fp16, or TensorRT 10",
                        target->tensorrt / 10000, target->tensorrt / 100 % 100);
    if (is_half(source->model))
        return HAX_OK;
    return hax_fail(err, HAX_BAD_INPUT,
                    "%s: TensorRT %d.%d computes in the types of the file, which are 32-bit, and a "
                    "DLA in FP16: write it in FP16 first (haxconn export onnx %s --half --output "
                    "half.onnx, or NVIDIA's modelopt.onnx.autocast --target_dla) and take that",
                    source->path, target->tensorrt / 10000, target->tensorrt / 100 % 100,
                    source->path);
}

hax_status hax_engine_check_source(const hax_engine_source *source, hax_error *err)
{
    const hax_jetson_target *target = &source->target;
    if (target->precision == HAX_JETSON_FP32)
        return hax_fail(err, HAX_USAGE, "fp32: a DLA computes in FP16 and INT8 only");
    if (target->precision == HAX_JETSON_INT8 && !source->calibration)
        return hax_fail(
            err, HAX_BAD_INPUT,
            "INT8 needs the ranges of the network's tensors: give its calibration cache "
            "(--calibration-cache), as TensorRT writes it when it calibrates");
    if (target->precision == HAX_JETSON_FP16 && source->calibration)
        return hax_fail(err, HAX_USAGE,
                        "a calibration cache is for INT8: give --precision int8 as well");
    if (hax_engine_is_caffe(source) && target->tensorrt >= 90000)
        return hax_fail(err, HAX_BAD_INPUT,
                        "%s: TensorRT %d.%d has no Caffe parser (8.6 is the last that has): give "
                        "the network as ONNX (--onnx)",
                        source->path, target->tensorrt / 10000, target->tensorrt / 100 % 100);
    if (!hax_engine_is_caffe(source) && source->weights)
        return hax_fail(err, HAX_USAGE, "%s: an ONNX model has its weights: leave out --weights",
                        source->path);
    return check_types(source, err);
}

/* ---- trtexec ------------------------------------------------------------------------------- */

/* "NAME=1x3x8x8" of the model's options is "NAME:1x3x8x8" there. */
void hax_engine_shapes(const hax_engine_source *source, hax_text *text)
{
    hax_text shapes = { 0 };
    for (int s = 0; s < source->shape_count; s++) {
        const char *shape = source->shapes[s], *equal = strrchr(shape, '=');
        hax_text_append(&shapes, s > 0 ? "," : "");
        hax_text_append_bytes(&shapes, shape, (size_t) (equal - shape));
        hax_text_printf(&shapes, ":%s", equal + 1);
    }
    if (source->shape_count > 0) {
        hax_text_append(text, " --shapes=");
        hax_text_shell_word(text, hax_text_get(&shapes));
    }
    text->failed |= shapes.failed;
    hax_text_free(&shapes);
}

static const char *top_of(const hax_model *model, int compute_layer)
{
    for (int l = 0; l < hax_model_layer_count(model); l++)
        if (hax_model_node(model, l).compute_index == compute_layer)
            return hax_model_edge(model, hax_model_node(model, l).outputs[0]).name;
    return "";
}

static void network_flags(const hax_engine_source *source, const hax_engine *engine,
                          const hax_trtexec_line *line)
{
    const hax_model *model = source->model;
    if (!hax_engine_is_caffe(source)) {
        hax_trtexec_value(line, "--onnx", source->path);
        hax_engine_shapes(source, line->text);
        return;
    }
    hax_text outputs = { 0 };
    for (int o = 0; o < hax_model_output_count(model); o++)
        hax_text_printf(&outputs, "%s%s", o > 0 ? "," : "",
                        hax_model_tensor(model, hax_model_output(model, o))->name);
    if (engine->mark >= 0)
        hax_text_printf(&outputs, ",%s", top_of(model, engine->mark));
    hax_trtexec_value(line, "--deploy", source->path);
    if (source->weights)
        hax_trtexec_value(line, "--model", source->weights);
    hax_trtexec_value(line, "--output", hax_text_get(&outputs));
    hax_trtexec_number(line, "--batch", source->target.batch);
    line->text->failed |= outputs.failed;
    hax_text_free(&outputs);
}

static hax_status device_flags(const hax_engine_source *source, const hax_engine_place *place,
                               const hax_trtexec_line *line, hax_error *err)
{
    char *spec = NULL;
    bool complete;
    HAX_TRY(hax_jetson_layer_device_types(source->model, place->on_dla, &spec, &complete, err));
    hax_trtexec_number(line, "--useDLACore", 0);
    hax_trtexec_flag(line, "--allowGPUFallback");
    hax_trtexec_value(line, "--layerDeviceTypes", spec);
    free(spec);
    return HAX_OK;
}

hax_status hax_engine_trtexec(const hax_engine_source *source, const hax_engine *engine,
                              const hax_engine_place *place, const char *program, const char *plan,
                              const char *cache, hax_text *text, hax_error *err)
{
    hax_trtexec_line line = hax_trtexec_begin(text, source->target.tensorrt, program);
    network_flags(source, engine, &line);
    if (source->target.tensorrt < HAX_TYPED_TENSORRT)
        hax_trtexec_flag(&line, "--fp16");
    if (source->calibration) {
        hax_trtexec_flag(&line, "--int8");
        hax_trtexec_value(&line, "--calib", source->calibration);
    }
    if (place->dla_layers > 0)
        HAX_TRY(device_flags(source, place, &line, err));
    hax_trtexec_value(&line, "--memPoolSize", "workspace:1024"); /* MiB */
    hax_trtexec_value(&line, "--profilingVerbosity", "detailed");
    if (cache)
        hax_trtexec_shell(&line, "--timingCacheFile", cache);
    hax_trtexec_shell(&line, "--saveEngine", plan);
    hax_trtexec_flag(&line, "--skipInference");
    return HAX_OK;
}

/* ---- one engine's script --------------------------------------------------------------------- */

static void head(const hax_engine_source *source, const hax_engine *engine, hax_text *text)
{
    const hax_jetson_target *target = &source->target;
    hax_text_printf(text, "#!/bin/sh\n# %s: ", hax_model_name(source->model));
    hax_engine_describe(source, engine, text);
    hax_text_printf(text, "\n# %s, TensorRT ", target->board->title);
    hax_engine_version(target->tensorrt, text);
    hax_text_printf(text, ", %s, batch %d. What it prints is in the log beside the engine.\n",
                    hax_jetson_precision_name(target->precision), target->batch);
    hax_text_append(text, "set -eu\n");
}

static hax_status append_python(const hax_engine_source *source, const hax_engine *engine,
                                const char *plan, const char *log, hax_text *text, hax_error *err)
{
    hax_text_append(text, "python3 - ");
    hax_engine_python_options(source, engine, text);
    hax_text_printf(text, " --output %s >%s 2>&1 <<'PYTHON'\n", plan, log);
    HAX_TRY(hax_engine_python(source, engine->gpu_fallback, text, err));
    hax_text_append(text, "PYTHON\n");
    return HAX_OK;
}

static hax_status append_trtexec(const hax_engine_source *source, const hax_engine *engine,
                                 const hax_engine_place *place, const char *trtexec,
                                 const char *plan, const char *log, hax_text *text, hax_error *err)
{
    hax_text program = { 0 };
    hax_text_shell_word(&program, trtexec ? trtexec : "trtexec");
    hax_status status =
        hax_engine_trtexec(source, engine, place, hax_text_get(&program), plan, NULL, text, err);
    hax_text_printf(text, " >%s 2>&1\n", log);
    text->failed |= program.failed;
    hax_text_free(&program);
    return status;
}

static hax_status write_script(const hax_engine_source *source, const hax_engine *engine,
                               const hax_engine_place *place, const char *output,
                               const char *trtexec, hax_text *text, hax_error *err)
{
    hax_text plan = { 0 }, log = { 0 }, file = { 0 };
    hax_text_printf(&file, "%s.log", output);
    hax_text_shell_word(&log, hax_text_get(&file));
    hax_text_shell_word(&plan, output);
    head(source, engine, text);
    hax_status status =
        hax_engine_needs_python(source, engine)
            ? append_python(source, engine, hax_text_get(&plan), hax_text_get(&log), text, err)
            : append_trtexec(source, engine, place, trtexec, hax_text_get(&plan),
                             hax_text_get(&log), text, err);
    text->failed |= plan.failed || log.failed || file.failed;
    hax_text_free(&plan);
    hax_text_free(&log);
    hax_text_free(&file);
    return status;
}

hax_status hax_engine_script(const hax_engine_source *source, const hax_engine *engine,
                             const char *output, const char *trtexec, char **script, hax_error *err)
{
    hax_text text = { 0 };
    hax_engine_place place = { 0 };
    HAX_TRY(hax_engine_check_source(source, err));
    place.on_dla =
        calloc((size_t) hax_model_compute_layer_count(source->model) + 1, sizeof *place.on_dla);
    if (!place.on_dla)
        return hax_fail_memory(err, "an engine's layers");
    hax_status status = hax_engine_layers(source, engine, &place, err);
    if (status == HAX_OK)
        status = write_script(source, engine, &place, output, trtexec, &text, err);
    free(place.on_dla);
    if (status == HAX_OK) {
        status = hax_text_give(&text, script, "an engine's script", err);
    }
    hax_text_free(&text);
    return status;
}
