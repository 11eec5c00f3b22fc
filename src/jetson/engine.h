/* Parts of scripts that build engines. */
#ifndef HAX_JETSON_ENGINE_H
#define HAX_JETSON_ENGINE_H

#include "haxconn/engine.h"
#include "text.h"

/* From this version on networks are strongly typed. */
enum { HAX_TYPED_TENSORRT = 110000 };

/* Is the network a prototxt, read by TensorRT's Caffe parser? */
bool hax_engine_is_caffe(const hax_engine_source *source);

/* What does not depend on the engine: parser, precision, calibration. */
hax_status hax_engine_check_source(const hax_engine_source *source, hax_error *err);

/* Options of the Python program: "--start gpu --transition 38". */
void hax_engine_python_options(const hax_engine_source *source, const hax_engine *engine,
                               hax_text *text);

/* The Python program, self-contained. Without gpu_fallback it knows of no layer that may stay on
 * the GPU. */
hax_status hax_engine_python(const hax_engine_source *source, bool gpu_fallback, hax_text *text,
                             hax_error *err);

/*
 * The trtexec line that builds an engine; `program`, `plan` and `cache` (NULL: no cache of timings)
 * are shell text.
 */
hax_status hax_engine_trtexec(const hax_engine_source *source, const hax_engine *engine,
                              const hax_engine_place *place, const char *program, const char *plan,
                              const char *cache, hax_text *text, hax_error *err);

/* " --shapes=..." where the network leaves dimensions open. */
void hax_engine_shapes(const hax_engine_source *source, hax_text *text);

/* "layers 0-37 on the GPU, 38-140 on the DLA" */
void hax_engine_describe(const hax_engine_source *source, const hax_engine *engine, hax_text *text);

/* The compute layer whose output crosses a legal cut before layer `cut`. */
int hax_engine_layer_before(const hax_model *model, int cut);

/* "8.6" */
void hax_engine_version(int tensorrt, hax_text *text);

#endif
