/*
 * NVIDIA Jetson boards: what they have, and which layers of a network a DLA of a board can run
 * under a version of TensorRT, before anything is built.
 *
 * The limits are those of NVIDIA's developer guides (TensorRT 7.1, 8.4, 10) and of the messages
 * that TensorRT prints. Where versions differ and nothing was written for one, the stricter of
 * its neighbours holds: what is said to run is meant to run.
 */
#ifndef HAXCONN_JETSON_H
#define HAXCONN_JETSON_H

#include <stdbool.h>
#include <stdint.h>

#include "haxconn/api.h"
#include "haxconn/model.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- boards ------------------------------------------------------------------------------ */

/* A version of TensorRT as one number: major * 10000 + minor * 100 + patch. */
typedef struct hax_jetson_board {
    const char *name;  /* "xavier-agx" */
    const char *title; /* "Jetson AGX Xavier" */
    bool orin;         /* the DLA's generation: Orin's, else Xavier's */
    int dla_cores;
    const char *dla_source; /* where the number comes from */
    int tensorrt_first;     /* versions that JetPack has for it */
    int tensorrt_last;
    int tensorrt_usual;         /* taken when none is named */
    const char *tensorrt_words; /* "7.1 to 8.5 (JetPack 4.4 to 5.1)" */
    const char *tensorrt_source;
    int emc_bits;     /* width of the memory bus */
    double emc_mhz;   /* clock of the memory at its highest */
    double peak_gbps; /* both edges of that clock: mhz * 1e6 * 2 * bits / 8 */
    const char *emc_source;
} hax_jetson_board;

/* NULL behind the last one. Static; thread-safe. */
HAX_API const hax_jetson_board *hax_jetson_board_at(int index);

/* NULL when there is none of that name. */
HAX_API const hax_jetson_board *hax_jetson_board_find(const char *name);

/* What a JetPack has. Where nothing certain is known of a DLA, `dla` says "unsure". */
typedef struct hax_jetson_release {
    const char *jetpack;  /* "6.1, 6.2" */
    const char *tensorrt; /* "10.3" */
    const char *dla;      /* boards with a DLA under it */
    const char *no_dla;   /* boards without; "" */
    const char *types;    /* how a precision is asked for */
    const char *source;
} hax_jetson_release;

/* NULL behind the last one. Static; thread-safe. */
HAX_API const hax_jetson_release *hax_jetson_release_at(int index);

/* GB/s that tegrastats' "EMC_FREQ <percent>%@<mhz>" means on a bus of `bits`: the percentage is
 * of what the bus carries at that clock, one word at each edge. */
HAX_API double hax_jetson_emc_gbps(double percent, double mhz, int bits);

/* ---- targets ------------------------------------------------------------------------------ */

typedef enum hax_jetson_precision {
    HAX_JETSON_FP16,
    HAX_JETSON_INT8,
    HAX_JETSON_FP32,
} hax_jetson_precision;

/* "fp16" */
HAX_API const char *hax_jetson_precision_name(hax_jetson_precision precision);

typedef struct hax_jetson_target {
    const hax_jetson_board *board;
    int tensorrt;
    hax_jetson_precision precision;
    int batch;
} hax_jetson_target;

/*
 * A board by name with a version ("8.5", "10.3.0"; NULL: the board's usual one), FP16, batch 1.
 *   HAX_BAD_INPUT  no such board, no version, or one that the board does not have
 */
HAX_API hax_status hax_jetson_target_make(const char *board, const char *tensorrt,
                                          hax_jetson_target *target, hax_error *err);

/* Pieces of a network that one DLA core takes: 8 with 7.x, 4 at once up to 8.4, then 16. */
HAX_API int hax_jetson_loadables_max(int tensorrt);

/* ---- rules --------------------------------------------------------------------------------- */

/* Banks of the convolution buffer for one row of the input and the weights of one output. */
typedef struct hax_jetson_cbuf {
    int64_t weights, data;
} hax_jetson_cbuf;

enum { HAX_JETSON_CBUF_BANKS = 16 };

/* TensorRT 8.4 guide; `channels` and `width` of the input (of one group of it), `element_bytes` 2
 * for FP16 and 1 for INT8. A convolution runs if both together are at most 16 banks. */
HAX_API hax_jetson_cbuf hax_jetson_cbuf_need(int64_t channels, int64_t width, int kernel_h,
                                             int kernel_w, int dilation_h, int element_bytes);

typedef enum hax_jetson_format {
    HAX_JETSON_LINEAR,
    HAX_JETSON_DLA_LINEAR,
    HAX_JETSON_DLA_HWC4,
    HAX_JETSON_CHW4,
    HAX_JETSON_CHW16, /* the DLA's own for FP16 */
    HAX_JETSON_CHW32, /* the DLA's own for INT8 */
    HAX_JETSON_HWC8,
} hax_jetson_format;

/* "chw16", as trtexec's --inputIOFormats has it. */
HAX_API const char *hax_jetson_format_name(hax_jetson_format format);

/* Bytes of a tensor in a format, padding included; -1 where the format does not exist for that
 * precision, rank or number of channels. */
HAX_API int64_t hax_jetson_format_bytes(hax_jetson_format format, const hax_shape *shape,
                                        const hax_jetson_target *target);

typedef struct hax_jetson_layer {
    const char *name;
    const char *type;
    int compute_index;  /* as in hax_layer_info */
    bool runs;          /* Input and Dropout, which are no layers there, run anywhere */
    const char *reason; /* "window 10x10 > 8"; NULL when it runs */
} hax_jetson_layer;

typedef struct hax_jetson_group {
    int first, last; /* as in hax_group */
    bool runs;
    int refused;          /* layers that do not run */
    const char *reason;   /* of the first of them: "pool5: window 10x10 > 8"; NULL when it runs */
    int64_t input_bytes;  /* of what enters, in the DLA's own format, batch included */
    int64_t output_bytes; /* of what leaves */
} hax_jetson_group;

/* What a DLA of the target runs of a network. Immutable; may be shared by threads. */
typedef struct hax_jetson_rules {
    hax_jetson_target target;
    const char *network;
    int layer_count;
    const hax_jetson_layer *layers;
    int group_count;
    const hax_jetson_group *groups;
    int layers_running; /* of the compute layers */
    int compute_layers;
    int pieces;     /* runs of layers, in the order of the file, that the DLA takes */
    int pieces_max; /* hax_jetson_loadables_max */
} hax_jetson_rules;

/*
 * Asks the rules about every layer and every group. The result holds no reference to its
 * arguments. Free with hax_jetson_rules_destroy. Fails only when memory is out.
 */
HAX_API hax_status hax_jetson_rules_make(const hax_model *model, const hax_grouping *grouping,
                                         const hax_jetson_target *target,
                                         const hax_jetson_rules **rules, hax_error *err);
HAX_API void hax_jetson_rules_destroy(const hax_jetson_rules *rules);

/* The documents "haxconn/jetson-rules" and "haxconn/jetson-boards". Free with free. */
HAX_API hax_status hax_jetson_rules_text(const hax_jetson_rules *rules, char **json,
                                         hax_error *err);
HAX_API hax_status hax_jetson_boards_text(char **json, hax_error *err);

/* ---- a unit for each layer ------------------------------------------------------------------ */

/* Bytes of one argument of a program that Linux takes, with its final zero (MAX_ARG_STRLEN). */
enum { HAX_JETSON_ARGUMENT_MAX = 131072 };

/*
 * What trtexec takes behind --layerDeviceTypes= (TensorRT 8.6 and later, beside --useDLACore):
 * "conv1:DLA,relu1:DLA,prob:GPU". `on_dla` has hax_model_compute_layer_count entries. Names are the
 * network's of TensorRT: of an ONNX model's nodes, of a prototxt's layers. Layers without a number
 * go with the one before them, what follows from constants alone to the GPU. Every layer is listed;
 * *complete is false where that is longer than an argument may be: then only those of the GPU are,
 * since --useDLACore makes the DLA the unit of all others. Not quoted for a shell. Free with free.
 *   HAX_BAD_INPUT  a layer cannot be named there: it has no name of its own in the file, or one
 *                  with a comma; or also those of the GPU are too long
 */
HAX_API hax_status hax_jetson_layer_device_types(const hax_model *model, const bool *on_dla,
                                                 char **spec, bool *complete, hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
