/*
 * A network as a list of layers that name the tensors they read and write: what the Caffe
 * reader and the built-in networks both produce, and what graph.c turns into a model.
 */
#ifndef MODEL_LAYERS_H
#define MODEL_LAYERS_H

#include "arena.h"
#include "kernel.h"

/* All that a layer can be told; each operation reads its own part. Zero means: not told. */
typedef struct layer_params {
    hax_window window; /* convolution, pooling; kernel, stride, padding, dilation */
    bool global;       /* pooling over the whole plane */
    bool exact_window; /* pooling: pad_bottom and pad_right are told (not Caffe's ceil) */
    int outputs;       /* convolution, fully connected */
    int group;
    bool bias;
    hax_pool_mode pool;
    int axis; /* concat, softmax, fully connected, flatten */
    int lrn_size;
    float lrn_alpha, lrn_beta, lrn_k;
    bool lrn_within;
    float negative_slope;
    hax_eltwise eltwise;
    const float *coefficients; /* eltwise sum, one per bottom; NULL: all 1 */
    float epsilon;             /* batch normalisation */
    hax_shape shape;           /* input */
} layer_params;

typedef struct layer_spec {
    const char *name;
    hax_op op;
    int bottom_count;
    const char *const *bottoms;
    int top_count;
    const char *const *tops;
    layer_params params;
    int line, column; /* in `file`, 0 for built-in networks */
    struct layer_spec *next;
} layer_spec;

typedef struct layer_list {
    hax_arena *arena;
    const char *name;
    const char *file;
    const char *input; /* tensor of an input that is no layer, NULL if none */
    hax_shape input_shape;
    int input_line, input_column; /* in `file`, 0 if it is none */
    layer_spec *first, *last;
    int count;
    bool failed; /* memory ran out at some add */
} layer_list;

void layers_init(layer_list *list, hax_arena *arena, const char *name, const char *file);

/* Appends a zeroed layer (op, name and place set); NULL when memory is out. */
layer_spec *layers_add(layer_list *list, hax_op op, const char *name);

/* Sets bottoms or tops of a layer from `count` names. */
void layers_set_bottoms(layer_list *list, layer_spec *layer, const char *const *names, int count);
void layers_set_tops(layer_list *list, layer_spec *layer, const char *const *names, int count);

/* ---- for the built-in networks: names may be printf formats already expanded; a failed
 * allocation is remembered in the list. Each returns the name of its top. ----------- */

typedef struct conv_shape {
    int outputs;
    int kernel_h, kernel_w; /* kernel_w 0: as kernel_h */
    int stride;             /* 0: 1 */
    int pad;                /* on all sides, and beyond that: */
    int pad_h, pad_w;
    int group; /* 0: 1 */
} conv_shape;

const char *layers_name(layer_list *list, const char *format, ...) HAX_PRINTF(2, 3);
const char *layers_input(layer_list *list, const char *name, int channels, int height, int width,
                         bool as_layer);
const char *layers_conv(layer_list *list, const char *name, const char *bottom, conv_shape shape,
                        bool bias);
const char *layers_fc(layer_list *list, const char *name, const char *bottom, int outputs);
const char *layers_pool(layer_list *list, const char *name, const char *bottom, hax_pool_mode mode,
                        int kernel, int stride, int pad);
const char *layers_global_pool(layer_list *list, const char *name, const char *bottom);
const char *layers_lrn(layer_list *list, const char *name, const char *bottom);
/* In place: the top is the bottom. */
const char *layers_in_place(layer_list *list, hax_op op, const char *name, const char *bottom);
/* Any operation that keeps the shape, into a tensor of the layer's name. */
const char *layers_apart(layer_list *list, hax_op op, const char *name, const char *bottom);
const char *layers_sum(layer_list *list, const char *name, const char *a, const char *b,
                       float scale_b);
const char *layers_concat(layer_list *list, const char *name, const char *const *bottoms,
                          int count);

#endif
