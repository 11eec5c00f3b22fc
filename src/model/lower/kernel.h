/*
 * A model lowered to fused kernels: what a unit executes at once. Convolution and
 * fully connected layers have swallowed BatchNorm, Scale, bias, the residual sum and
 * ReLU; Dropout, Split and reshapes that move no data are gone (their tops are the
 * same tensor as their bottom).
 *
 * Kernels stand in a topological order, and the kernels of a group are a run of it.
 */
#ifndef HAX_MODEL_LOWER_KERNEL_H
#define HAX_MODEL_LOWER_KERNEL_H

#include "error.h"
#include "haxconn/model.h"
#include "op.h"

/* A tensor that exists at run time. Dense, NCHW, 32-bit float in its plain form. */
typedef struct hax_tensor {
    const char *name;
    hax_shape shape;       /* rank 1..8 */
    size_t bytes;          /* of the plain form */
    int producer;          /* kernel, -1 for the network's inputs and for constants */
    int last_use;          /* last kernel that reads it; kernel_count for outputs of the network */
    const float *constant; /* its values, NULL where they are computed */
    bool scalar;           /* the network's own has no dimension; drivers see one of 1 */
} hax_tensor;

typedef struct hax_window { /* convolution, deconvolution and pooling */
    int kernel_h, kernel_w;
    int stride_h, stride_w;
    int pad_top, pad_left, pad_bottom, pad_right; /* ceil pooling: bottom and right already
                                                     enlarged so that floor gives the shape */
    int dilation_h, dilation_w;                   /* 1: none */
} hax_window;

typedef enum hax_pool_mode {
    HAX_POOL_MAX,
    HAX_POOL_AVERAGE, /* divides by the window clipped to input plus told padding (Caffe; ONNX with
                         count_include_pad) */
    HAX_POOL_AVERAGE_INSIDE, /* divides by the window clipped to the input (ONNX without) */
} hax_pool_mode;

typedef enum hax_eltwise {
    HAX_ELTWISE_SUM,
    HAX_ELTWISE_PRODUCT,
    HAX_ELTWISE_MAX,
} hax_eltwise;

typedef enum hax_pad_mode {
    HAX_PAD_CONSTANT,
    HAX_PAD_REFLECT, /* the border itself is not repeated */
    HAX_PAD_EDGE,
    HAX_PAD_WRAP, /* as if the tensor stood side by side with itself */
} hax_pad_mode;

/* ONNX's Resize. How a place of the output is found in the input. */
typedef enum hax_resize_place {
    HAX_RESIZE_HALF_PIXEL,
    HAX_RESIZE_ASYMMETRIC,
    HAX_RESIZE_ALIGN_CORNERS,
    HAX_RESIZE_PYTORCH_HALF_PIXEL,   /* 0 where the output has one element */
    HAX_RESIZE_HALF_PIXEL_SYMMETRIC, /* the centre stays where sizes were rounded down */
} hax_resize_place;

typedef enum hax_resize_round { /* which neighbour is nearest */
                                HAX_RESIZE_ROUND_PREFER_FLOOR,
                                HAX_RESIZE_ROUND_PREFER_CEIL,
                                HAX_RESIZE_FLOOR,
                                HAX_RESIZE_CEIL,
                                HAX_RESIZE_OUTWARDS, /* up where the scale is below 1, else down:
                                                        before ONNX's version 11 said how */
} hax_resize_round;

/* How sizes that would change the ratio of the sides are taken. */
typedef enum hax_resize_policy {
    HAX_RESIZE_STRETCH,
    HAX_RESIZE_NOT_LARGER, /* the larger sides that keep it and fit in the sizes */
    HAX_RESIZE_NOT_SMALLER,
} hax_resize_policy;

typedef struct hax_resize {
    bool linear; /* else nearest */
    hax_resize_place place;
    hax_resize_round round;
    hax_resize_policy policy;
} hax_resize;

/* Functions of one number; the letters are those of hax_activation. */
typedef enum hax_curve {
    HAX_CURVE_NONE,
    HAX_CURVE_RELU,   /* alpha: slope below 0 */
    HAX_CURVE_LINEAR, /* alpha x + beta */
    HAX_CURVE_CLIP,   /* alpha, beta: least and largest */
    HAX_CURVE_SIGMOID,
    HAX_CURVE_TANH,
    HAX_CURVE_ELU,          /* alpha (e^x - 1) below 0 */
    HAX_CURVE_EXP,          /* e^(alpha x + beta) */
    HAX_CURVE_LOG,          /* power ln(alpha x + beta) */
    HAX_CURVE_POWER,        /* (alpha x + beta)^power */
    HAX_CURVE_ABSOLUTE,     /* |x| */
    HAX_CURVE_SOFTPLUS,     /* ln(1 + e^x) */
    HAX_CURVE_HARD_SIGMOID, /* max(0, min(1, alpha x + beta)) */
    HAX_CURVE_HARD_SWISH,   /* x max(0, min(1, x / 6 + 1 / 2)) */
    HAX_CURVE_SILU,         /* x / (1 + e^-x) */
    HAX_CURVE_GELU,         /* x (1 + erf(x / sqrt 2)) / 2 */
    HAX_CURVE_GELU_TANH,    /* x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 */
    HAX_CURVE_MISH,         /* x tanh(ln(1 + e^x)) */
    HAX_CURVE_SQRT,
    /* from here on: what kernel libraries do not fuse, so that it is always a kernel of its own */
    HAX_CURVE_ERF,
    HAX_CURVE_FLOOR,
    HAX_CURVE_CEIL,
    HAX_CURVE_SOFTSIGN, /* x / (1 + |x|) */
    HAX_CURVE_ROUND,    /* halves to even */
    HAX_CURVE_SIGN,     /* -1, 0 or 1 */
    HAX_CURVE_SIN,
    HAX_CURVE_COS,
} hax_curve;
enum { HAX_CURVE_COUNT = HAX_CURVE_COS + 1 };

static inline bool hax_curve_is_fused(hax_curve curve)
{
    return curve < HAX_CURVE_ERF;
}

typedef struct hax_activation {
    hax_curve curve;
    float alpha, beta, power;
} hax_activation;

/* What a driver has to do, where that is not the operation's own business. */
typedef enum hax_form {
    HAX_FORM_OWN,       /* as `op` says */
    HAX_FORM_POINTWISE, /* the activation on its input */
    HAX_FORM_BINARY,    /* `op` is ADD .. MAX: two inputs, broadcast (numpy) */
    HAX_FORM_PRODUCT,   /* matrices of the last two dimensions (hax_matrix_shape), others broadcast;
                           [2]: added */
    HAX_FORM_REDUCE,    /* mean, sum or largest over the dimensions that `kept` has as 1 */
    HAX_FORM_WALK,      /* elements elsewhere, by `walk` */
    HAX_FORM_VIEW,      /* the same elements in another shape */
} hax_form;

/* Where the elements of an output lie in the input that it is made from, both dense: a step for
 * each dimension of the output. */
typedef struct hax_strided_view {
    int64_t offset;
    int64_t steps[HAX_MAX_RANK];
} hax_strided_view;

/* One dimension of a resized image: out = in[low] + fraction * (in[high] - in[low]). */
typedef struct hax_resize_axis {
    const int *low, *high; /* [extent of the output] */
    const float *fraction;
} hax_resize_axis;

typedef struct hax_kernel {
    hax_op op; /* the anchor's: HAX_OP_CONVOLUTION, ... */
    hax_form form;
    int layer;       /* the anchor's index in hax_model_layer */
    int first, last; /* compute layers that it covers */
    int input_count;
    const int *inputs; /* tensors */
    int output;        /* tensor */
    int residual;      /* tensor added (times residual_scale) before the activation, -1: none */
    float residual_scale;
    hax_activation activation; /* of the result */
    hax_window window;
    int counted_bottom, counted_right; /* average: of pad_bottom and pad_right, what counts */
    int group;                         /* of a convolution */
    int channels_out;                  /* convolution, fully connected */
    bool bias; /* weights come with a bias (also when only folding made one) */
    hax_pool_mode pool;
    int axis;          /* concat, softmax, gather; fully connected: where its inputs begin */
    bool softmax_flat; /* over all dimensions from `axis` on together */
    int lrn_size;
    float lrn_alpha, lrn_beta, lrn_k;
    bool lrn_within; /* WITHIN_CHANNEL */
    hax_eltwise eltwise;
    const float *coefficients;     /* eltwise sum [input_count], NULL: all 1 */
    bool transpose_a, transpose_b; /* product */
    float product_scale, added_scale;
    hax_shape kept; /* reduction: the output with its dimensions kept */
    hax_strided_view walk;
    const int64_t *indices; /* gather */
    int index_count;
    const int64_t *pads; /* pad: [2 rank], all begins, then all ends */
    hax_pad_mode pad_mode;
    float pad_value;
    bool linear;                   /* resize: not nearest */
    const hax_resize_axis *resize; /* [rank] */
    int64_t macs;
    size_t weight_bytes;
} hax_kernel;

bool hax_shape_same(const hax_shape *a, const hax_shape *b);

/* a op b of a BINARY operation, ONNX's. */
float hax_binary_value(hax_op op, float a, float b);

/* A factor of a product with at least two dimensions: a list is a row, or a column at the right. */
static inline hax_shape hax_matrix_shape(const hax_shape *shape, bool right)
{
    if (shape->rank != 1)
        return *shape;
    return right ? (hax_shape){ 2, { shape->dims[0], 1 } }
                 : (hax_shape){ 2, { 1, shape->dims[0] } };
}

int hax_model_kernel_count(const hax_model *model);
const hax_kernel *hax_model_kernel(const hax_model *model, int kernel);
int hax_model_tensor_count(const hax_model *model);
const hax_tensor *hax_model_tensor(const hax_model *model, int tensor);

/* The network's inputs and outputs as tensors. */
int hax_model_input(const hax_model *model, int input);
int hax_model_output(const hax_model *model, int output);

/* Kernels [*begin, *end) of a group. */
void hax_group_kernels(const hax_model *model, const hax_group *group, int *begin, int *end);

/* Was this grouping made from this model, or one just like it? HAX_BAD_INPUT with the first group
 * that cannot be. Whatever takes a model with a grouping from outside asks before it reads either.
 */
hax_status hax_grouping_check(const hax_model *model, const hax_grouping *grouping, hax_error *err);

/* Tensors that are handed over at a cut, in the order in which they are made. */
typedef struct hax_crossing {
    int count;
    const int *tensors;
} hax_crossing;

/* What crosses at the cut before a group; nothing for the first. Inputs of the network never do:
 * every unit has them from the start of the round. */
hax_crossing hax_group_crossing(const hax_model *model, const hax_grouping *grouping, int group);

/* Does a kernel of the group read this tensor? */
bool hax_group_reads(const hax_model *model, const hax_group *group, int tensor);

/*
 * Weights of a convolution or fully connected kernel, all folding done: `weights` is
 * [channels_out][channels_in / group][kernel_h][kernel_w] (fully connected:
 * [channels_out][inputs]; a deconvolution as a convolution), `bias` [channels_out] (NULL when the
 * kernel has none). For HAX_OP_SCALE (a BatchNorm or Scale that could not be folded) `weights` and
 * `bias` are [channels]: y = weights * x + bias. For HAX_OP_PRELU `weights` are the slopes, one or
 * [channels].
 * Those of the network's file, or, where it has none, drawn. Reproducible: depends on the model's
 * content and the kernel only. Scaled after He et al. (ICCV 2015) for the second moment that the
 * kernel's input is expected to have, the last convolution of a residual branch by 0.3 of that, so
 * that activations stay near one at any depth and a softmax is not taken by one class. Thread-safe.
 */
void hax_model_weights(const hax_model *model, int kernel, float *weights, float *bias);

/* The kernel that a layer is the anchor of or is folded into, -1: none. */
int hax_model_layer_kernel(const hax_model *model, int layer);

/*
 * What one layer brings to its kernel's weights, as if nothing were folded, for those who write a
 * network layer by layer: a convolution's, deconvolution's or fully connected layer's own weights
 * and bias (NULL where it has none), laid out as above, or the factor and the offset of each
 * channel of a BatchNorm or Scale, or a PReLU's slopes. One after the other they compute what the
 * kernel does; the coefficients of a sum stay the sum's. For networks whose layers are Caffe's.
 */
void hax_model_layer_weights(const hax_model *model, int layer, float *weights, float *bias);

size_t hax_kernel_weight_count(const hax_model *model, int kernel);
size_t hax_kernel_bias_count(const hax_model *model, int kernel);

/* Fills one of the network's inputs with reproducible numbers (uniform in [-1, 1)). */
void hax_model_fill_input(const hax_model *model, int input, uint64_t seed, float *values);

#endif
