/*
 * Networks: read, checked, shaped, and cut into groups.
 *
 * A model is immutable once loaded and may be shared by threads. Batch is 1, but where an ONNX
 * model has another; element type is 32-bit float.
 */
#ifndef HAXCONN_MODEL_H
#define HAXCONN_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haxconn/api.h"
#include "haxconn/config.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    HAX_MAX_RANK = 8,
    HAX_INPUTS_MAX = 64,      /* inputs of a network */
    HAX_CUT_TENSORS_MAX = 16, /* tensors that may be allowed to cross at a cut */
};

typedef struct hax_model hax_model;

/* What may be told about a network that is loaded. */
typedef struct hax_model_options {
    size_t size; /* set by the initialiser; see config.h */
    /* Shapes of inputs whose dimensions an ONNX model leaves open: "NAME=1x3x640x640". One for a
     * network of another form, for an input that is not there, or against what the model says
     * is HAX_BAD_INPUT. */
    int shape_count;
    const char *const *shapes;
    /* A cut is legal where at most so many tensors cross; default: 1. HAX_USAGE outside
     * of 1..HAX_CUT_TENSORS_MAX. */
    int cut_tensors;
} hax_model_options;

static inline hax_model_options hax_model_options_default(void)
{
    hax_model_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.cut_tensors = 1;
    return options;
}

/*
 * Loads a built-in network by name ("googlenet") or a file by path: ONNX where the name ends in
 * .onnx, else (any other name with a '/', or ending in .prototxt) a Caffe prototxt. Errors in
 * a file are HAX_BAD_INPUT, of a prototxt with line and column, of an ONNX model with the byte or
 * the node. Free with hax_model_destroy.
 *
 * Weights in an ONNX model are the network's; those of other networks are drawn by seed. `options`
 * may be NULL.
 */
HAX_API hax_status hax_model_load(const char *name_or_path, const hax_model_options *options,
                                  hax_model **model, hax_error *err);

/* The same from memory; `file` is for messages and, without extension, the name of a
 * network that has none. HAX_BAD_INPUT for shapes in `options`. */
HAX_API hax_status hax_model_parse_prototxt(const char *text, size_t length, const char *file,
                                            const hax_model_options *options, hax_model **model,
                                            hax_error *err);

/* An ONNX model from memory, which may go afterwards; in the folder of `file` or below lie the
 * files that hold tensors of their own, if it names such. */
HAX_API hax_status hax_model_parse_onnx(const void *data, size_t length, const char *file,
                                        const hax_model_options *options, hax_model **model,
                                        hax_error *err);

HAX_API void hax_model_destroy(hax_model *model);

/* Names of the built-in networks, NULL-terminated. */
HAX_API const char *const *hax_model_builtin_names(void);

/* ---- what a model is made of ------------------------------------------------------ */

typedef struct hax_shape {
    int rank;
    int64_t dims[HAX_MAX_RANK]; /* N, C, H, W for images */
} hax_shape;

typedef struct hax_layer_info {
    const char *name;
    const char *type;   /* the operation: "Convolution" */
    int compute_index;  /* TensorRT's numbering, -1 for Input and Dropout */
    hax_shape output;   /* of its (first) top */
    int64_t macs;       /* multiply-accumulates */
    int64_t parameters; /* weights and biases of convolutions and fully connected layers */
    int line;           /* in its file, 0 for built-in networks and ONNX models */
} hax_layer_info;

HAX_API const char *hax_model_name(const hax_model *model);

/* The file it was read from, NULL for a built-in network. */
HAX_API const char *hax_model_file(const hax_model *model);

/* Identity of the content: layers, parameters and connections, not the name. */
HAX_API uint64_t hax_model_hash(const hax_model *model);

HAX_API int hax_model_layer_count(const hax_model *model);         /* all layers */
HAX_API int hax_model_compute_layer_count(const hax_model *model); /* without Input and Dropout */
HAX_API hax_layer_info hax_model_layer(const hax_model *model, int layer);
HAX_API int64_t hax_model_macs(const hax_model *model);
HAX_API int64_t hax_model_parameters(const hax_model *model);

/* An input or output of the network as its file names it. */
typedef struct hax_tensor_info {
    const char *name; /* owned by the model */
    hax_shape shape;
} hax_tensor_info;

/* Inputs that some layer reads; others do not count. */
HAX_API int hax_model_input_count(const hax_model *model);
HAX_API hax_tensor_info hax_model_input_info(const hax_model *model, int input);
HAX_API int hax_model_output_count(const hax_model *model);
HAX_API hax_tensor_info hax_model_output_info(const hax_model *model, int output);

/* ---- cuts and groups ---------------------------------------------------------------- */

/* A group: compute layers first..last (both included), never split. */
typedef struct hax_group {
    int first;
    int last;
    int64_t macs;
    int64_t weight_bytes;
    int64_t input_bytes;  /* what crosses at the cut before it, and inputs of the network that it
                             reads */
    int64_t output_bytes; /* what crosses at the cut after it (or the network's outputs) */
} hax_group;

/*
 * Is a cut before compute layer `layer` legal? If not, *reason (may be NULL) is a text
 * that names the live tensors or the fused kernel it would break; owned by the model.
 */
HAX_API bool hax_model_cut_legal(const hax_model *model, int layer, const char **reason);

/* Names of the tensors that cross at a legal cut, one after the other: NULL for `index` beyond
 * them and for an illegal cut. Inputs of the network do not cross: every unit has them. */
HAX_API const char *hax_model_cut_tensor(const hax_model *model, int layer, int index);

/* Tensors that are live before compute layer `layer`, also where they are too many for a cut; 0
 * where no cut could ever be: it would break a fused kernel, or one side would compute nothing. */
HAX_API int hax_model_live_tensors(const hax_model *model, int layer);

typedef struct hax_grouping {
    int count;
    const hax_group *groups;
} hax_grouping;

/*
 * Cuts a model. `spec`: "blocks" (about ten groups, none too small to be measured),
 * "fine" (every legal cut), a whole number N (N groups of about equal work, fewer where
 * the model has fewer legal cuts), or a list of cuts "10,24,38" (each the first
 * compute layer after it; one cut is "10,"). An illegal cut is HAX_BAD_INPUT with the reason.
 * Free with hax_grouping_destroy; holds no reference to the model.
 */
HAX_API hax_status hax_grouping_make(const hax_model *model, const char *spec,
                                     const hax_grouping **grouping, hax_error *err);
HAX_API void hax_grouping_destroy(const hax_grouping *grouping);

/* A built-in network as a Caffe prototxt: the same layers, names and connections; weights are not
 * in it. HAX_USAGE for a network from a file. Free with free. */
HAX_API hax_status hax_model_prototxt(const hax_model *model, char **prototxt, hax_error *err);

/* The "haxconn/model" document; `grouping` are the groups to list. Free with free. */
HAX_API hax_status hax_model_text(const hax_model *model, const hax_grouping *grouping, char **json,
                                  hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
