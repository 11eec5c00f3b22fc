/* What the parts of lowering share. */
#ifndef MODEL_LOWER_H
#define MODEL_LOWER_H

#include "graph.h"

/* Several layers that are one function of one number: x * sigmoid(x) and the like. */
typedef struct pattern {
    hax_activation activation; /* of the layer that ends it; curve NONE: it ends none */
    int x;                     /* blob */
    int first;                 /* its first compute layer */
} pattern;

typedef struct lowering {
    hax_model *model;
    int *kernel_of;    /* [tensor]: kernel that makes it, -1 */
    bool *shared;      /* [tensor]: several blobs stand for it, and it must stay as it is */
    bool *only_fc;     /* [blob]: only fully connected layers read it; its shape is all one */
    int *readers;      /* [blob]: layers that read it, those of a pattern taken as one */
    bool *absorbed;    /* [layer]: inside a pattern */
    pattern *patterns; /* [layer] */
} lowering;

/* lower_curves.c: the function that a layer with one computed input is, if it is one. */
bool layer_activation(const hax_model *model, const graph_layer *layer, hax_activation *found);
/* Marks the layers that together are one function. */
void find_patterns(lowering *at);
/* Is this an ADD .. DIV of a computed tensor and one constant number for each element along `axis`?
 * Then factor and offset of each. */
bool layer_is_channelwise(const hax_model *model, const graph_layer *layer, int axis);
void channelwise_at(const hax_model *model, const graph_layer *layer, int64_t channel,
                    float *factor, float *offset);

/* lower_fill.c: the kernel of one layer alone, its tensors left open. */
hax_status fill_kernel(const hax_model *model, int layer, int top, graph_kernel *kernel,
                       hax_error *err);

#endif
