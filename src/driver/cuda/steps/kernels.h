/*
 * Parameters of the CUDA driver's own kernels: what the host fills in and kernels.cu reads. Both
 * compilers see this file, so it has plain types only.
 *
 * Elements are counted in 32 bits: hax_cuda_supports refuses tensors of more than 2^31 - 1.
 */
#ifndef HAX_DRIVER_CUDA_KERNELS_H
#define HAX_DRIVER_CUDA_KERNELS_H

enum {
    HAX_CUDA_RANK = 8,     /* HAX_MAX_RANK */
    HAX_CUDA_OPERANDS = 4, /* inputs that one element-wise kernel reads at most */
    HAX_CUDA_BLOCK = 256,  /* threads of a block, of all kernels here */
};

/* Functions of one number: hax_curve of lower/kernel.h, by the same numbers (emit.c asserts it). */
#define HAX_CUDA_CURVES(X) \
    X(NONE)                \
    X(RELU)                \
    X(LINEAR)              \
    X(CLIP)                \
    X(SIGMOID)             \
    X(TANH)                \
    X(ELU)                 \
    X(EXP)                 \
    X(LOG)                 \
    X(POWER)               \
    X(ABSOLUTE)            \
    X(SOFTPLUS)            \
    X(HARD_SIGMOID)        \
    X(HARD_SWISH)          \
    X(SILU)                \
    X(GELU)                \
    X(GELU_TANH)           \
    X(MISH)                \
    X(SQRT)                \
    X(ERF)                 \
    X(FLOOR)               \
    X(CEIL)                \
    X(SOFTSIGN)            \
    X(ROUND)               \
    X(SIGN)                \
    X(SIN)                 \
    X(COS)
#define HAX_CUDA_CURVE_LETTER(name) HAX_CUDA_CURVE_##name,
enum { HAX_CUDA_CURVES(HAX_CUDA_CURVE_LETTER) HAX_CUDA_CURVE_COUNT };
#undef HAX_CUDA_CURVE_LETTER
typedef struct hax_cuda_curve {
    int curve;
    float alpha, beta, power;
} hax_cuda_curve;

typedef enum hax_cuda_element {
    HAX_CUDA_COPY,
    HAX_CUDA_ADD,
    HAX_CUDA_SUB,
    HAX_CUDA_MUL,
    HAX_CUDA_DIV,
    HAX_CUDA_POW,
    HAX_CUDA_MIN,
    HAX_CUDA_MAX,
    HAX_CUDA_SUM,     /* of all inputs, each times its coefficient */
    HAX_CUDA_PRODUCT, /* of all inputs */
    HAX_CUDA_LARGEST,
    HAX_CUDA_AFFINE,   /* first * second + third; the last two are 32-bit floats */
    HAX_CUDA_EPILOGUE, /* first + second (a 32-bit float) + third times its coefficient; either of
                          the last two may be absent */
    HAX_CUDA_PRELU,    /* first, times second (a 32-bit float) where it is below 0 */
} hax_cuda_element;

/* A loop over elements that lie anywhere: [0] is the output, the rest inputs. Dimensions are
 * ordered by the output's steps and joined where all operands allow it. */
typedef struct hax_cuda_loop {
    int rank;
    unsigned count;
    unsigned dims[HAX_CUDA_RANK];
    int steps[1 + HAX_CUDA_OPERANDS][HAX_CUDA_RANK];
} hax_cuda_loop;

typedef struct hax_cuda_map_args {
    void *out;
    const void *in[HAX_CUDA_OPERANDS];
    float coefficients[HAX_CUDA_OPERANDS];
    hax_cuda_element element;
    int inputs;
    hax_cuda_curve curve;
    hax_cuda_loop loop;
} hax_cuda_map_args;

/* A tensor by its own dimensions, with where its elements lie. */
typedef struct hax_cuda_place {
    int rank;
    unsigned dims[HAX_CUDA_RANK];
    int steps[HAX_CUDA_RANK];
} hax_cuda_place;

/* out[i] = in[offset + sum of index * steps], counted in the input's own order of elements. */
typedef struct hax_cuda_walk_args {
    void *out;
    const void *in;
    unsigned count;
    int offset;
    int steps[HAX_CUDA_RANK];
    hax_cuda_place to, from;
} hax_cuda_walk_args;

typedef struct hax_cuda_gather_args {
    void *out;
    const void *in;
    const int *indices;
    unsigned count;
    unsigned extent, inner, index_count;
    hax_cuda_place to, from;
} hax_cuda_gather_args;

typedef struct hax_cuda_pad_args {
    void *out;
    const void *in;
    unsigned count;
    int mode; /* hax_pad_mode */
    float value;
    int before[HAX_CUDA_RANK];
    hax_cuda_place to, from;
} hax_cuda_pad_args;

/* One dimension of a resized image, [extent of the output] each. */
typedef struct hax_cuda_axis {
    const int *low, *high;
    const float *fraction;
} hax_cuda_axis;

typedef struct hax_cuda_resize_args {
    void *out;
    const void *in;
    unsigned count;
    int n_step_in, c_step_in, h_step_in, w_step_in;
    int n_step_out, c_step_out, h_step_out, w_step_out;
    unsigned channels, height, width;
    int channels_last;
    hax_cuda_axis rows, columns;
} hax_cuda_resize_args;

/* Pooling and the convolutions that no library takes. */
typedef struct hax_cuda_window_args {
    void *out;
    const void *in, *residual, *weights, *bias;
    unsigned count;
    int n_step_in, c_step_in, h_step_in, w_step_in;
    int n_step_out, c_step_out, h_step_out, w_step_out;
    int n_step_residual, c_step_residual, h_step_residual, w_step_residual;
    int o_step_weights, c_step_weights, h_step_weights, w_step_weights;
    int in_height, in_width;
    unsigned out_channels, out_height, out_width;
    int group_in, group_out; /* channels of a group */
    unsigned columns;        /* of the output: what a thread computes at once */
    int kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left, dilation_h, dilation_w;
    int counted_bottom, counted_right;
    int pool; /* hax_pool_mode */
    int channels_last;
    float residual_scale;
    hax_cuda_curve curve;
} hax_cuda_window_args;

typedef struct hax_cuda_lrn_args {
    void *out;
    const void *in;
    unsigned count;
    int n_step_in, c_step_in, h_step_in, w_step_in;
    int n_step_out, c_step_out, h_step_out, w_step_out;
    int channels, height, width;
    int size, within, channels_last;
    float scale, beta, k;
} hax_cuda_lrn_args;

/* One block a line of `extent` elements, `inner` apart, counted in the tensor's own order. */
typedef struct hax_cuda_softmax_args {
    void *out;
    const void *in;
    unsigned extent, inner;
    hax_cuda_place to, from;
} hax_cuda_softmax_args;

typedef struct hax_cuda_reduce_args {
    void *out;
    const void *in;
    unsigned outputs, reduced;
    unsigned parts;      /* that the reduced are divided in */
    int mode;            /* 0: sum, 1: mean, 2: largest */
    hax_cuda_place kept; /* of the output, in its own order; steps lead into the input */
    hax_cuda_place over; /* what is reduced, likewise */
    hax_cuda_place to;   /* where the outputs lie */
} hax_cuda_reduce_args;

/* out = curve(weights in + bias): a list of outputs, `depth` weights each; `packs` of 16 bytes of
 * them where rows are of whole packs, else 0. */
typedef struct hax_cuda_dense_args {
    void *out;
    const void *in, *weights, *bias;
    unsigned outputs, depth, packs;
    int out_step;
    hax_cuda_curve curve;
} hax_cuda_dense_args;

/* A product that no library takes: every element a sum of its own. */
typedef struct hax_cuda_product_args {
    void *out;
    const void *a, *b, *added;
    unsigned count;
    int depth;
    int a_depth_step, b_depth_step;
    float scale, added_scale;
    hax_cuda_curve curve;
    hax_cuda_place to;
    int a_steps[HAX_CUDA_RANK], b_steps[HAX_CUDA_RANK], added_steps[HAX_CUDA_RANK];
} hax_cuda_product_args;

#endif
