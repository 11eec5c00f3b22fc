/* What a layer can be told, and constants: operations' own words, whoever read them. */
#ifndef HAX_MODEL_PARAMS_H
#define HAX_MODEL_PARAMS_H

#include "lower/kernel.h"

/* A list of whole numbers; `values` NULL: not told. */
typedef struct hax_layer_longs {
    int count;
    const int64_t *values;
} hax_layer_longs;

/* A list of real numbers; `values` NULL: not told. */
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
 * Bottoms and parameters of each operation. Bottoms stand in ONNX's order, "" for one that is left
 * out. [x] must be a constant, or follow from constants and shapes alone; the graph takes it away
 * and puts it into the parameters, where it may also stand from the start (ONNX moved many from
 * attributes to operands over time). Axes may be negative: counted from the end. The graph puts in
 * no default of ONNX's but those said here: whoever fills the list sets alpha, beta, group,
 * strides, dilations and the like.
 *
 * | operation         | bottoms                | parameters                                     |
 * |-------------------|------------------------|------------------------------------------------|
 * | CONVOLUTION       | x, [weights], [bias]   | window, group; exact_window or auto_pad.       |
 * |                   |                        | Weights are out x in/group x h x w; `outputs`  |
 * |                   |                        | and the kernel's size come from them           |
 * | DECONVOLUTION     | x, [weights], [bias]   | the same, output_pad_h and _w; or output_h and |
 * |                   |                        | _w, from which the pads follow. Weights are in |
 * |                   |                        | x out/group x h x w                            |
 * | INNER_PRODUCT     | x, [weights], [bias]   | axis: where the inputs begin. Weights are out  |
 * |                   |                        | x in; or none, and outputs (Caffe)             |
 * | GEMM              | a, b, c                | transpose_a, transpose_b, alpha, beta; b       |
 * |                   |                        | constant: becomes an INNER_PRODUCT             |
 * | MATMUL            | a, b                   | numpy's, with batches                          |
 * | POOLING           | x                      | pool, window (exact_window: all four pads are  |
 * |                   |                        | told), auto_pad, round_up; or global           |
 * | BATCH_NORM        | x, [scale], [shift],   | epsilon                                        |
 * |                   | [mean], [variance]     |                                                |
 * | LRN               | x                      | lrn_size, lrn_alpha, lrn_beta, lrn_k (ONNX:    |
 * |                   |                        | bias)                                          |
 * | RELU              | x                      | negative_slope (LeakyRelu)                     |
 * | PRELU             | x, [slopes]            | slopes broadcast to x                          |
 * | CLIP              | x, [low], [high]       | low, high; has_low, has_high                   |
 * | HARD_SIGMOID      | x                      | alpha, beta: max(0, min(1, alpha x + beta))    |
 * | ELU               | x                      | alpha                                          |
 * | GELU              | x                      | tanh_form                                      |
 * | other functions   | x                      | none (BNLL is ONNX's Softplus)                 |
 * | of one number     |                        |                                                |
 * | ADD .. MAX        | a, b                   | numpy's broadcasting; either may be constant.  |
 * |                   |                        | Sum, Min and Max of more than two: a layer for |
 * |                   |                        | each further one                               |
 * | SOFTMAX           | x                      | axis; softmax_flat: over all axes from `axis`  |
 * |                   |                        | on (opset < 13)                                |
 * | CONCAT            | x...                   | axis; one bottom is allowed                    |
 * | SPLIT             | x, [sizes]             | axis, sizes (none: equal parts), a top for     |
 * |                   |                        | each part. `parts` must be set: without it the |
 * |                   |                        | layer is Caffe's, every top the bottom         |
 * | SLICE             | x, [starts], [ends],   | starts, ends, axes, steps                      |
 * |                   | [axes], [steps]        |                                                |
 * | GATHER            | x, [indices]           | axis                                           |
 * | PAD               | x, [pads], [value],    | pads (all begins, then all ends), axes,        |
 * |                   | [axes]                 | pad_mode, pad_value                            |
 * | RESIZE            | x, [roi], [scales],    | resize, scales, sizes, axes (none: all);       |
 * |                   | [sizes]                | Upsample: x, "", scales                        |
 * | RESHAPE           | x, [sizes]             | sizes (0: keep, unless allow_zero; -1: the     |
 * |                   |                        | rest), allow_zero                              |
 * | FLATTEN           | x                      | axis; flatten_2d set (Caffe's: not set, axis   |
 * |                   |                        | 1)                                             |
 * | SQUEEZE,          | x, [axes]              | axes (none of SQUEEZE: all of extent 1)        |
 * | UNSQUEEZE         |                        |                                                |
 * | TRANSPOSE         | x                      | order (none: reversed)                         |
 * | EXPAND            | x, [sizes]             | sizes                                          |
 * | REDUCE_...        | x, [axes]              | axes (none: all), keep_dims; or to_last        |
 * | IDENTITY, DROPOUT | x                      | none; further tops of a Dropout (its mask)     |
 * |                   |                        | must be left out                               |
 * | CAST              | x                      | to_whole                                       |
 * | SHAPE             | x                      | start, end (0, 0: all of it)                   |
 * | CONSTANT_OF_SHAPE | [sizes]                | fill, to_whole                                 |
 * | RANGE             | [start], [limit],      | none                                           |
 * |                   | [step]                 |                                                |
 * | EQUAL .. MOD      | [a], [b]               | none; of constants only, as exporters work out |
 * |                   |                        | shapes                                         |
 * | NOT               | [x]                    | the same                                       |
 * | WHERE             | [truth], [a], [b]      | the same                                       |
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

#endif
