/*
 * Engines of TensorRT that run a part of a network on a Jetson's GPU and a part on its DLA: the
 * commands that build them, exact for the board's version, and the campaign of engines and
 * measurements that a profile is made from.
 *
 * From 8.6 on trtexec takes the unit of each layer (--layerDeviceTypes). Versions 7.0 to 8.5 are
 * told through TensorRT's Python API, and so is an output inside an ONNX model, which no trtexec
 * can mark. Nothing written here uses a flag that the version does not know.
 */
#ifndef HAXCONN_ENGINE_H
#define HAXCONN_ENGINE_H

#include <stdbool.h>

#include "haxconn/api.h"
#include "haxconn/jetson.h"
#include "haxconn/model.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What engines are built from. Nothing is copied. */
typedef struct hax_engine_source {
    const hax_model *model;
    const char *path;        /* of the network where the commands run: .prototxt, else ONNX */
    const char *weights;     /* of a prototxt: its .caffemodel; NULL: drawn by TensorRT */
    const char *calibration; /* INT8: its calibration cache; else NULL */
    int shape_count;         /* as in hax_model_options */
    const char *const *shapes;
    hax_jetson_target target;
} hax_engine_source;

typedef struct hax_engine {
    bool starts_on_dla;
    int transition;    /* the first compute layer on the other unit; -1: none */
    int mark;          /* a compute layer whose output the engine gives as well; -1: none */
    bool gpu_fallback; /* layers that the DLA cannot run stay on the GPU; false: refused */
} hax_engine;

/* Where the layers of an engine run. */
typedef struct hax_engine_place {
    bool *on_dla; /* [compute layers]; the caller's */
    int dla_layers;
    int pieces;   /* runs of layers on the DLA */
    int fallback; /* layers that stay on the GPU since the DLA cannot run them */
} hax_engine_place;

/*
 * Places the layers of an engine by the rules of the target's DLA. `on_dla` of *place must be set.
 *   HAX_USAGE      a transition or mark that is no layer
 *   HAX_BAD_INPUT  without gpu_fallback: a layer of the DLA's part that no DLA runs, by name and
 *                  reason; more pieces than a core takes
 */
HAX_API hax_status hax_engine_layers(const hax_engine_source *source, const hax_engine *engine,
                                     hax_engine_place *place, hax_error *err);

/* Is such an engine built by TensorRT's Python API, and not by trtexec? */
HAX_API bool hax_engine_needs_python(const hax_engine_source *source, const hax_engine *engine);

/*
 * A POSIX shell script that builds an engine as `output`, with `trtexec` as the program's name
 * (NULL: trtexec); what it prints stands in `output`.log then. Free with free. Fails as
 * hax_engine_layers does, and
 *   HAX_BAD_INPUT  names that cannot be given (hax_jetson_layer_device_types); a prototxt for a
 *                  version without a Caffe parser (9 and later); INT8 without a calibration cache
 *   HAX_USAGE      FP32, which no DLA computes in
 */
HAX_API hax_status hax_engine_script(const hax_engine_source *source, const hax_engine *engine,
                                     const char *output, const char *trtexec, char **script,
                                     hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
