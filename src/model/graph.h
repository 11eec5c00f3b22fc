/*
 * The inside of a model: layers with resolved tensors, then kernels, cuts.
 *
 * A blob is a tensor as the layers see it, in single-assignment form: a layer that works
 * in place makes a new blob of the same name.
 */
#ifndef MODEL_GRAPH_H
#define MODEL_GRAPH_H

#include "arena.h"
#include "layers.h"

typedef struct blob {
    const char *name;
    hax_shape shape;
    int producer;  /* layer, -1: an input that is no layer */
    int consumers; /* layers that read it */
    int tensor;    /* of the kernels, once lowered */
} blob;

typedef struct graph_layer {
    const layer_spec *spec;
    const int *inputs;  /* blobs [spec->bottom_count] */
    const int *outputs; /* blobs [spec->top_count] */
    int compute_index;  /* -1: not numbered */
    int64_t macs;
    int64_t parameters;
} graph_layer;

/* A fold of a BatchNorm or Scale into a kernel's weights, in order. */
typedef struct fold {
    int layer;
    struct fold *next;
} fold;

/* Expected mean and variance of the elements of a tensor. */
typedef struct moments {
    double mean, variance;
} moments;

/* A kernel with what only the model itself needs. */
typedef struct graph_kernel {
    hax_kernel public;
    fold *folds;
    bool in_residual_branch; /* the last convolution before a residual sum */
    float output_scale;      /* coefficient of the sum that its weights carry */
    moments input;           /* expected of its first input */
} graph_kernel;

/* Size of a linear kernel's result: small in a residual branch, so that sums do not grow. */
static inline double kernel_gain(const graph_kernel *kernel)
{
    return kernel->in_residual_branch ? 0.3 : 1;
}

struct hax_model {
    hax_arena *arena;
    const char *name;
    const char *file; /* NULL for built-in networks */
    uint64_t hash;
    int layer_count, compute_count;
    graph_layer *layers;
    int blob_count;
    blob *blobs;
    int input_blob;
    int64_t macs, parameters;
    int kernel_count;
    graph_kernel *kernels;
    int tensor_count;
    hax_tensor *tensors;
    int output_count;
    int *outputs;            /* tensors */
    const char **cut_reason; /* [compute_count]: why a cut before it is illegal, NULL: legal */
};

/* shape.c: the output shape of a layer, its work and its parameters. */
hax_status layer_infer(const hax_model *model, graph_layer *layer, hax_shape *out, hax_error *err);

/* HAX_BAD_INPUT at a layer's place in its file. */
hax_status layer_fail(const hax_model *model, const layer_spec *layer, hax_error *err,
                      const char *format, ...) HAX_PRINTF(4, 5);

/* Elements of a shape; shapes of a model never overflow. */
int64_t shape_elements(const hax_shape *shape);

/* Checks that a shape is positive and small enough; on error writes the reason. */
bool shape_valid(const hax_shape *shape, char *why, size_t why_size);

/* graph.c: resolves names, infers shapes, lowers, finds the cuts. Takes over the arena of
 * `list` on success. */
hax_status graph_build(const layer_list *list, hax_model **model, hax_error *err);

/* lower.c */
hax_status graph_lower(hax_model *model, hax_error *err);

/* moments.c: what each kernel may expect of its input. */
hax_status graph_find_moments(hax_model *model, hax_error *err);

/* cuts.c */
hax_status graph_find_cuts(hax_model *model, hax_error *err);

/* builtin/builtin.c: fills `list` with a network; false if there is none of that name. */
bool builtin_fill(const char *name, layer_list *list);

/* caffe.c. The largest known file has a quarter of a megabyte; a tree takes forty times its
 * text at worst. */
enum { CAFFE_BYTES_MAX = 4 << 20 };
hax_status caffe_read(const char *text, size_t length, layer_list *list, hax_error *err);

#endif
