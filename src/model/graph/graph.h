/*
 * The inside of a model: layers with resolved tensors, then kernels, cuts.
 *
 * A blob is a tensor as the layers see it, in single-assignment form: a layer that works
 * in place makes a new blob of the same name.
 */
#ifndef HAX_MODEL_GRAPH_GRAPH_H
#define HAX_MODEL_GRAPH_GRAPH_H

#include "arena.h"
#include "layers.h"
#include "node.h"

typedef struct hax_blob {
    const char *name;
    hax_shape shape;
    int producer;  /* layer, -1: an input that is no layer */
    int consumers; /* layers that read it when they run */
    int tensor;    /* of the kernels, once lowered; -1: of none */
    bool output;   /* named as an output of the network */
    const hax_layer_constant
        *known; /* a constant, or what follows from constants; NULL: computed */
} hax_blob;

typedef struct hax_graph_layer {
    const hax_layer_spec *spec; /* the listed one, settled (resolve_constants.c) */
    const int *inputs;          /* blobs [spec->bottom_count] */
    const int *outputs;         /* blobs [spec->top_count] */
    int compute_index;          /* -1: not numbered */
    int64_t macs;
    int64_t parameters;
    bool folded;             /* its tops are known without running it */
    const char *parser_name; /* hax_node's */
} hax_graph_layer;

/* A fold of a BatchNorm or Scale into a kernel's weights, in order. */
typedef struct hax_constant_fold {
    int layer;
    struct hax_constant_fold *next;
} hax_constant_fold;

/* Expected mean and variance of the elements of a tensor. */
typedef struct hax_moments {
    double mean, variance;
} hax_moments;

/* A kernel with what only the model itself needs. */
typedef struct hax_graph_kernel {
    hax_kernel public;
    hax_constant_fold *folds;
    bool in_residual_branch; /* the last convolution before a residual sum */
    float output_scale;      /* coefficient of the sum that its weights carry */
    hax_moments input;       /* expected of its first input */
    bool known_weights;      /* those of the file */
} hax_graph_kernel;

/* Size of a linear kernel's result: small in a residual branch, so that sums do not grow. Known
 * weights are taken as they are. */
static inline double hax_kernel_gain(const hax_graph_kernel *kernel)
{
    return kernel->in_residual_branch && !kernel->known_weights ? 0.3 : 1;
}

struct hax_model {
    hax_arena *arena;
    const char *name;
    const char *file;         /* NULL for built-in networks */
    const hax_origin *origin; /* NULL: not read from ONNX */
    uint64_t hash;
    int layer_count, compute_count;
    hax_graph_layer *layers;
    int blob_count;
    hax_blob *blobs;
    int input_count;
    int *inputs;            /* blobs that are read */
    int cut_tensors;        /* so many may cross at a cut */
    int named_output_count; /* 0: what nobody reads */
    int *named_outputs;     /* blobs */
    int64_t macs, parameters;
    int64_t constant_capacity; /* elements that constants out of layers may still have */
    int kernel_count;
    hax_graph_kernel *kernels;
    int tensor_count;
    hax_tensor *tensors;
    int output_count;
    int *outputs;            /* tensors */
    const char **cut_reason; /* [compute_count]: why a cut before it is illegal, NULL: legal */
    hax_crossing *crossings; /* [compute_count]: what crosses there, of none where it is illegal */
    int *live_count;         /* [compute_count]: as hax_model_live_tensors */
};

/* Is it an input of the network, whether somebody reads it or not? */
bool hax_blob_is_input(const hax_model *model, const hax_blob *blob);

/*
 * resolve_constants.c: takes the constant operands of a layer into its parameters, makes axes count
 * from the front and lists complete, says Gemm and MatMul by fully connected layers where it can.
 * `spec` is the layer's own copy; inputs and spec->bottom_count shrink to what is read at run time.
 */
hax_status hax_resolve_constants(const hax_model *model, hax_layer_spec *spec, int *inputs,
                                 hax_error *err);

/* Are a PReLU's slopes one for each channel of its input? Else one for all, or spread over it. */
bool hax_slopes_of_channels(const hax_shape *slopes, const hax_shape *in);

/* shape.c: the shapes of a layer's tops [spec->top_count], its work and its parameters. */
hax_status hax_layer_infer(const hax_model *model, hax_graph_layer *layer, hax_shape *tops,
                           hax_error *err);

/* "1x3x224x224" */
void hax_shape_text(const hax_shape *shape, char *text, size_t size);

/* numpy's broadcasting; false where it does not fit. */
bool hax_shape_broadcast(const hax_shape *a, const hax_shape *b, hax_shape *out);

/* strided_view.c: how a SLICE, part of a SPLIT, TRANSPOSE, EXPAND or any layer that only renames
 * the shape reads its first input; false for other operations. */
bool hax_layer_view(const hax_model *model, const hax_graph_layer *layer, int top,
                    const hax_shape *out, hax_strided_view *view);
/* Steps that read `from` as if it had the (broadcast) shape `to`. */
hax_strided_view hax_strided_view_broadcast(const hax_shape *from, const hax_shape *to);
/* Index in the input of the element `index` of a dense output. */
int64_t hax_strided_view_index(const hax_strided_view *view, const hax_shape *out, int64_t index);

/* fold.c: can and must this layer be known without running it? Then what its tops are. */
bool hax_layer_foldable(const hax_model *model, const hax_layer_spec *spec, const int *inputs);
hax_status hax_layer_fold(const hax_model *model, const hax_graph_layer *layer, int top,
                          const hax_shape *shape, const hax_layer_constant **known, hax_error *err);

/* HAX_BAD_INPUT at a layer's place in its file. */
hax_status hax_layer_fail(const hax_model *model, const hax_layer_spec *layer, hax_error *err,
                          const char *format, ...) HAX_PRINTF(4, 5);
#define hax_layer_fail(...) hax_failed(hax_layer_fail(__VA_ARGS__))

/* Elements of a shape; shapes of a model never overflow. */
int64_t hax_shape_elements(const hax_shape *shape);

/* Checks that a shape is positive and small enough; on error writes the reason. */
bool hax_shape_valid(const hax_shape *shape, char *why, size_t why_size);

/* graph.c: resolves names, infers shapes, lowers, finds the cuts. Takes over the arena of
 * `list` on success. */
hax_status hax_graph_build(const hax_layer_list *list, hax_model **model, hax_error *err);

/* check.c: asserts what holds of every model, in builds with assertions. */
#ifdef NDEBUG
static inline void hax_graph_check(const hax_model *model)
{
    (void) model;
}
#else
void hax_graph_check(const hax_model *model);
#endif

/* lower.c */
hax_status hax_graph_lower(hax_model *model, hax_error *err);

/* moments.c: what each kernel may expect of its input. */
hax_status hax_graph_find_moments(hax_model *model, hax_error *err);

/* cuts.c. Kernels that begin before compute layer `cut` come first in the list: their number. */
int hax_graph_kernels_before(const hax_model *model, int cut);
hax_status hax_graph_find_cuts(hax_model *model, hax_error *err);

/* builtin/builtin.c: fills `list` with a network; false if there is none of that name. */
bool hax_builtin_fill(const char *name, hax_layer_list *list);

/* caffe.c. The largest known file has a quarter of a megabyte; a tree takes forty times its
 * text at worst. */
enum { CAFFE_BYTES_MAX = 4 << 20 };
hax_status hax_caffe_read(const char *text, size_t length, hax_layer_list *list, hax_error *err);

#endif
