/*
 * A network as a list of layers that name the tensors they read and write: what the
 * readers and the built-in networks produce, and what graph.c turns into a model.
 */
#ifndef HAX_MODEL_GRAPH_LAYERS_H
#define HAX_MODEL_GRAPH_LAYERS_H

#include "arena.h"
#include "node.h"
#include "origin.h"

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
    int origin; /* the node that it is, or is a part of, in the list's origin, from 1; 0: none */
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
    hax_origin *origin; /* NULL: it was not read from ONNX */
    bool failed;        /* memory ran out at some add */
} hax_layer_list;

void hax_layer_list_init(hax_layer_list *list, hax_arena *arena, const char *name,
                         const char *file);

/* Appends a zeroed layer (op, name and place set); NULL when memory is out. */
hax_layer_spec *hax_layer_list_add(hax_layer_list *list, hax_op op, const char *name);

/* Sets bottoms or tops of a layer from `count` names. NULL, once memory was out: of none. */
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

/* ---- for the built-in networks: names may be printf formats already expanded; a failed allocation
 * is remembered in the list. Each returns the name of its top.  */

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
