/*
 * What the driver needs of TensorRT, in C. TensorRT is a C++ library whose classes differ from one
 * major version to the next, so shim.cpp is compiled against the headers of each that is found, a
 * module for each: haxconn-tensorrt-8.so, -10.so and -11.so. Nothing else of haxconn sees C++.
 *
 * Written against what is in all of 8.5 to 11.1. Functions that give a bool write why in `why`
 * when it is false: TensorRT's own words where it has any, the layer's name among them.
 *
 * Tensors at the ends of a piece lie as hax_trt_format says, by a rule that driver and shim share:
 * in FP16 those of four dimensions in blocks of 16 channels, the DLA's own layout, which TensorRT
 * takes and gives on the GPU too; all others dense.
 */
#ifndef HAX_DRIVER_TENSORRT_SHIM_H
#define HAX_DRIVER_TENSORRT_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { HAX_TRT_SHIM_INTERFACE = 1, HAX_TRT_WHY = 512 };

typedef enum hax_trt_format {
    HAX_TRT_LINEAR, /* [N][C][H][W], float or half */
    HAX_TRT_CHW16,  /* [N][(C+15)/16][H][W][16], half */
} hax_trt_format;

typedef enum hax_trt_precision { HAX_TRT_F32, HAX_TRT_TF32, HAX_TRT_F16 } hax_trt_precision;

static inline hax_trt_format hax_trt_format_for(hax_trt_precision precision, int rank)
{
    return precision == HAX_TRT_F16 && rank == 4 ? HAX_TRT_CHW16 : HAX_TRT_LINEAR;
}

/* What is to be built. Of TensorRT 11 the file has its types already: networks are strongly typed
 * there. */
typedef struct hax_trt_build {
    const char *onnx; /* path of the piece */
    int dla_core;     /* -1: the GPU; no layer may fall back to it from a DLA */
    hax_trt_precision precision;
    uint64_t workspace_bytes; /* 0: as TensorRT likes */
} hax_trt_build;

typedef struct hax_trt_tensor {
    char name[256];
    bool input;
    bool half; /* of 16 bits, else 32 */
    hax_trt_format format;
    int rank;
    int64_t dims[8];
} hax_trt_tensor;

typedef struct hax_trt_engine hax_trt_engine; /* loaded, on its device */

typedef struct hax_trt_shim {
    int interface; /* HAX_TRT_SHIM_INTERFACE */
    int headers;   /* version it was compiled against, major * 10000 + minor * 100 + patch */

    /* Loads TensorRT's library and its ONNX parser by these names (NULL: by those that the major
     * version has). Says its version, as `headers`, and how many DLA cores it sees. */
    bool (*open)(const char *library, const char *parser, char *why);
    int (*version)(void);
    bool (*dla_cores)(int *count, char *why);

    /* Builds a piece and gives the serialised engine, to be freed with free. */
    bool (*build)(const hax_trt_build *what, void **engine, size_t *bytes, char *why);

    /* Loads an engine, on a DLA's core or the GPU (-1). NULL: `why`. */
    hax_trt_engine *(*load)(const void *bytes, size_t count, int dla_core, char *why);
    void (*unload)(hax_trt_engine *engine);
    int (*tensor_count)(const hax_trt_engine *engine);
    bool (*tensor)(const hax_trt_engine *engine, int index, hax_trt_tensor *tensor, char *why);
    bool (*address)(hax_trt_engine *engine, const char *tensor, void *memory, char *why);
    bool (*enqueue)(hax_trt_engine *engine, void *stream, char *why); /* a CUstream */
} hax_trt_shim;

#define HAX_TRT_SHIM_SYMBOL "hax_trt_shim_get"
typedef const hax_trt_shim *hax_trt_shim_get_function(void);

#ifdef __cplusplus
}
#endif

#endif
