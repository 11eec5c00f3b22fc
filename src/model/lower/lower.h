/* What the parts of lowering share. */
#ifndef HAX_MODEL_LOWER_LOWER_H
#define HAX_MODEL_LOWER_LOWER_H

#include "graph.h"

/* Several layers that are one function of one number: x * sigmoid(x) and the like. */
typedef struct hax_activation_pattern {
    hax_activation activation; /* of the layer that ends it; curve NONE: it ends none */
    int x;                     /* blob */
    int first;                 /* its first compute layer */
} hax_activation_pattern;

typedef struct hax_lowering {
    hax_model *model;
    int *kernel_of; /* [tensor]: kernel that makes it, -1 */
    bool *shared;   /* [tensor]: several blobs stand for it, and it must stay as it is */
    bool *only_fc;  /* [blob]: only fully connected layers read it; its shape is all one */
    int *readers;   /* [blob]: layers that read it, those of a pattern taken as one */
    bool *absorbed; /* [layer]: inside a pattern */
    hax_activation_pattern *patterns; /* [layer] */
} hax_lowering;

/* lower_curves.c: the function that a layer with one computed input is, if it is one. */
bool hax_layer_activation(const hax_model *model, const hax_graph_layer *layer,
                          hax_activation *found);
/* Marks the layers that together are one function. */
void hax_find_patterns(hax_lowering *lowering);
/* Is this an ADD .. DIV of a computed tensor and one constant number for each element along `axis`?
 * Then factor and offset of each. */
bool hax_layer_is_channelwise(const hax_model *model, const hax_graph_layer *layer, int axis);
void hax_channelwise_at(const hax_model *model, const hax_graph_layer *layer, int64_t channel,
                        float *factor, float *offset);

/* lower_fill.c: the kernel of one layer alone, its tensors left open. */
hax_status hax_fill_kernel(const hax_model *model, int layer, int top, hax_graph_kernel *kernel,
                           hax_error *err);

#endif
