/*
 * A network as a list of layers that name the tensors they read and write: what the Caffe
 * reader and the built-in networks both produce, and what graph.c turns into a model.
 */
#ifndef HAX_MODEL_GRAPH_LAYERS_H
#define HAX_MODEL_GRAPH_LAYERS_H

#include "arena.h"
#include "kernel.h"

/* A list of whole numbers; `at` NULL: not told. */
typedef struct hax_layer_longs {
    int count;
    const int64_t *values;
} hax_layer_longs;

/* A list of real numbers; `at` NULL: not told. */
typedef struct hax_layer_reals {
    int count;
    const float *values;
} hax_layer_reals;

/* A tensor of known values: ONNX's initializer, or the result of a Constant. */
typedef struct hax_layer_constant {
    const char *name;
    hax_shape shape;         /* rank 0: one value */
    bool is_whole;           /* whole numbers (int64, int32, bool), else real ones */
    const float *real;       /* [elements], live as long as the list's arena; NULL: not in the file,
                                drawn by seed as weights are */
    const int64_t *integers; /* [elements], the same; never NULL where is_whole */
    struct hax_layer_constant *next;
} hax_layer_constant;

/*
 * Bottoms and parameters of the operations that come from ONNX. Bottoms stand in ONNX's order,
 * "" for one that is left out. What is written [x] must be a constant, or follow from constants
 * and shapes alone; the graph takes it away and puts it into the parameters, where it may also
 * stand from the start (ONNX moved many from attributes to operands over time).
 *
 *   CONVOLUTION      x, [weights: out, in/group, h, w], [bias]   window, group; exact_window
 *                    or auto_pad. `outputs` and the kernel's size come from the weights.
 *   DECONVOLUTION    x, [weights: in, out/group, h, w], [bias]   the same, output_pad_h and _w,
 *                    or output_h and _w, from which the pads follow
 *   INNER_PRODUCT    (Caffe's) or x, [weights: out, in], [bias]; axis: where the inputs begin
 *   GEMM             a, b, c        transpose_a, transpose_b, alpha, beta; b constant becomes an
 *                    INNER_PRODUCT
 *   MATMUL           a, b           numpy's, with batches
 *   POOLING          x              pool, window (with exact_window: all four pads are told),
 *                    auto_pad, round_up (ceil_mode); or global
 *   BATCH_NORM       x, [scale], [shift], [mean], [variance]      epsilon
 *   LRN              x              lrn_size, lrn_alpha, lrn_beta, lrn_k (ONNX: bias)
 *   RELU             x              negative_slope (LeakyRelu)
 *   PRELU            x, [slopes]    that broadcast to x
 *   CLIP             x, [low], [high]       low, high; has_low, has_high
 *   HARD_SIGMOID     x              alpha, beta: max(0, min(1, alpha x + beta))
 *   ELU              x              alpha
 *   SIGMOID, TANH, EXP, LOG, ABSVAL, BNLL (Softplus), HARD_SWISH, SILU, GELU (tanh_form), MISH,
 *   ERF, SQRT, NEG, RECIPROCAL, FLOOR, CEIL    x
 *   ADD, SUB, MUL, DIV, POW, MIN, MAX   a, b    numpy's broadcasting; either may be constant
 *                    (Sum, Min and Max of more than two: a layer for each further one)
 *   SOFTMAX          x              axis; softmax_flat: over all axes from `axis` on (opset < 13)
 *   CONCAT           x...           axis; one bottom is allowed
 *   SPLIT            x, [sizes]     axis, sizes (none: equal parts), a top for each part.
 *                    `parts` must be set: without it the layer is Caffe's, every top the bottom
 *   SLICE            x, [starts], [ends], [axes], [steps]         starts, ends, axes, steps
 *   GATHER           x, [indices]   axis
 *   PAD              x, [pads], [value], [axes]   pads (all begins, then all ends), axes, pad_mode,
 *                    pad_value
 *   RESIZE           x, [roi], [scales], [sizes]  resize, scales, sizes, axes (none: all);
 *                    Upsample: x, "", scales
 *   RESHAPE          x, [sizes]     sizes (0: keep, unless allow_zero; -1: the rest), allow_zero
 *   FLATTEN          x              axis; flatten_2d set (Caffe's: not set, axis 1)
 *   SQUEEZE, UNSQUEEZE   x, [axes]  axes (none of SQUEEZE: all of extent 1)
 *   TRANSPOSE        x              order (none: reversed)
 *   EXPAND           x, [sizes]     sizes
 *   REDUCE_MEAN, REDUCE_SUM, REDUCE_MAX   x, [axes]   axes (none: all), keep_dims; or to_last
 *   IDENTITY, DROPOUT    x          further tops of a Dropout (its mask) must be left out
 *   CAST             x              to_whole
 *   SHAPE            x              start, end (0, 0: all of it)
 *   CONSTANT_OF_SHAPE    [sizes]    fill, to_whole
 *   RANGE            [start], [limit], [step]
 *   EQUAL, LESS, GREATER, LESS_EQUAL, GREATER_EQUAL, AND, OR, MOD   [a], [b]; NOT   [x];
 *   WHERE            [truth], [a], [b]: of constants only, as exporters work out shapes
 *
 * Axes may be negative: counted from the end. The graph puts in no default of ONNX's but those said
 * here: whoever fills the list sets alpha, beta, group, strides, dilations and the like.
 */

typedef enum hax_layer_auto_pad {
    LAYER_PAD_TOLD,
    LAYER_PAD_SAME_UPPER,
    LAYER_PAD_SAME_LOWER,
    LAYER_PAD_VALID,
} hax_layer_auto_pad;

/* All that a layer can be told; each operation reads its own part. Zero means: not told. */
typedef struct hax_layer_params {
    hax_window window; /* convolution, pooling; kernel, stride, padding, dilation */
    int window_rank;   /* ONNX: dimensions of the window as it was told, 0: not told */
    bool global;       /* pooling over the whole plane */
    bool exact_window; /* pad_bottom and pad_right are told (not Caffe's: as top and left, and
                          pooling rounds up) */
    bool round_up;     /* pooling with exact_window: ceil_mode */
    hax_layer_auto_pad auto_pad;    /* the pads follow from the input's size */
    int output_pad_h, output_pad_w; /* deconvolution */
    int output_h, output_w;         /* deconvolution; 0: not told */
    int outputs;                    /* convolution, fully connected */
    int group;
    bool bias;
    hax_pool_mode pool;
    int axis; /* concat, softmax, fully connected, flatten, split, gather */
    bool softmax_flat, flatten_2d, parts;
    bool tanh_form; /* GELU: by tanh, not by erf */
    int lrn_size;
    float lrn_alpha, lrn_beta, lrn_k;
    bool lrn_within;
    float negative_slope;
    hax_eltwise eltwise;
    const float *coefficients; /* eltwise sum, one per bottom; NULL: all 1 */
    float epsilon;             /* batch normalisation */
    hax_shape shape;           /* input */
    float alpha, beta;      /* hard sigmoid, ELU, Gemm; Caffe's Power, Exp and Log: scale, shift */
    float power;            /* Caffe's Power; Exp and Log: base, 0 for e */
    bool has_low, has_high; /* clip */
    float low, high;
    bool transpose_a, transpose_b; /* Gemm */
    bool keep_dims;                /* reductions */
    bool to_last;                  /* reductions: `axis` and all behind it, instead of axes */
    bool allow_zero;               /* reshape */
    bool to_whole;                 /* cast, constant of shape */
    int start, end;                /* shape */
    double fill;                   /* constant of shape */
    hax_layer_longs sizes;         /* reshape, expand, split, resize */
    hax_layer_longs axes;          /* squeeze, unsqueeze, reductions, slice, pad, resize */
    hax_layer_longs starts, ends, steps;
    hax_layer_longs order; /* transpose */
    hax_layer_longs pads;
    hax_pad_mode pad_mode;
    float pad_value;
    hax_resize resize;
    hax_layer_reals scales; /* resize */
    /* Known weights, set by the graph from constant bottoms; NULL: drawn by seed. */
    const hax_layer_constant *weights, *weight_bias;
    const hax_layer_constant *mean, *variance; /* batch normalisation; its scale and shift are the
                                              weights and the bias */
} hax_layer_params;

/* Where a layer's name comes from: others than this program only know those of the file. */
typedef enum hax_layer_name_source {
    LAYER_NAME_OF_FILE,
    LAYER_NAME_OF_PART, /* of a node that became several layers, behind its first */
    LAYER_NAME_MADE,    /* the file has none, or one that another layer has */
} hax_layer_name_source;

typedef struct hax_layer_spec {
    const char *name;
    hax_layer_name_source name_source;
    hax_op op;
    int bottom_count;
    const char *const *bottoms;
    int top_count;
    const char *const *tops;
    hax_layer_params params;
    int line, column; /* in `file`, 0 for built-in networks */
    struct hax_layer_spec *next;
} hax_layer_spec;

/* The tensor of an input that is no layer. */
typedef struct hax_layer_input {
    const char *name;
    hax_shape shape;
    int line, column; /* in the file, 0 if it is none */
    struct hax_layer_input *next;
} hax_layer_input;

typedef struct hax_layer_list {
    hax_arena *arena;
    const char *name;
    const char *file;
    hax_layer_input *inputs, *last_input;
    int input_count;
    int cut_tensors; /* so many may cross at a cut; 0: one */
    hax_layer_spec *first, *last;
    int count;
    hax_layer_constant *constants, *last_constant;
    int output_count; /* 0: what no layer reads are the outputs */
    const char *const *outputs;
    bool failed; /* memory ran out at some add */
} hax_layer_list;

void hax_layer_list_init(hax_layer_list *list, hax_arena *arena, const char *name,
                         const char *file);

/* Appends a zeroed layer (op, name and place set); NULL when memory is out. */
hax_layer_spec *hax_layer_list_add(hax_layer_list *list, hax_op op, const char *name);

/* Sets bottoms or tops of a layer from `count` names. */
void hax_layer_list_set_bottoms(hax_layer_list *list, hax_layer_spec *layer,
                                const char *const *names, int count);
void hax_layer_list_set_tops(hax_layer_list *list, hax_layer_spec *layer, const char *const *names,
                             int count);

/* Adds a constant (name and shape set) for the caller to fill; NULL when memory is out. Its name
 * may be that of no other constant, and of no layer's top. */
hax_layer_constant *hax_layer_list_add_constant(hax_layer_list *list, const char *name,
                                                const hax_shape *shape);

/* Adds an input that is no layer (its place is the caller's to fill); NULL when memory is out. */
hax_layer_input *hax_layer_list_add_input(hax_layer_list *list, const char *name,
                                          const hax_shape *shape);

/* Names the network's outputs; they may be read by layers too. */
void hax_layer_list_set_outputs(hax_layer_list *list, const char *const *names, int count);

/* ---- for the built-in networks: names may be printf formats already expanded; a failed
 * allocation is remembered in the list. Each returns the name of its top. ----------- */

typedef struct hax_conv_shape {
    int outputs;
    int kernel_h, kernel_w; /* kernel_w 0: as kernel_h */
    int stride;             /* 0: 1 */
    int pad;                /* on all sides, and beyond that: */
    int pad_h, pad_w;
    int group; /* 0: 1 */
} hax_conv_shape;

const char *hax_layer_list_name(hax_layer_list *list, const char *format, ...) HAX_PRINTF(2, 3);
const char *hax_layer_list_input(hax_layer_list *list, const char *name, int channels, int height,
                                 int width, bool as_layer);
const char *hax_layer_list_conv(hax_layer_list *list, const char *name, const char *bottom,
                                hax_conv_shape shape, bool bias);
const char *hax_layer_list_fc(hax_layer_list *list, const char *name, const char *bottom,
                              int outputs);
const char *hax_layer_list_pool(hax_layer_list *list, const char *name, const char *bottom,
                                hax_pool_mode mode, int kernel, int stride, int pad);
const char *hax_layer_list_global_pool(hax_layer_list *list, const char *name, const char *bottom);
const char *hax_layer_list_lrn(hax_layer_list *list, const char *name, const char *bottom);
/* In place: the top is the bottom. */
const char *hax_layer_list_in_place(hax_layer_list *list, hax_op op, const char *name,
                                    const char *bottom);
/* Any operation that keeps the shape, into a tensor of the layer's name. */
const char *hax_layer_list_apart(hax_layer_list *list, hax_op op, const char *name,
                                 const char *bottom);
const char *hax_layer_list_sum(hax_layer_list *list, const char *name, const char *a, const char *b,
                               float scale_b);
const char *hax_layer_list_concat(hax_layer_list *list, const char *name,
                                  const char *const *bottoms, int count);

#endif
