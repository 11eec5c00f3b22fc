/*
 * DenseNet-121 (Huang et al., CVPR 2017): normalisation before convolution. Its last layer
 * is a 1x1 convolution whose tensor is called prob; there is no softmax.
 */
#include "builtin.h"

enum { GROWTH = 32 };

/* BatchNorm into a tensor of its own, Scale and ReLU in place. */
static const char *bn_relu(hax_layer_list *list, const char *name, const char *relu,
                           const char *bottom)
{
    const char *top = hax_layer_list_apart(list, HAX_OP_BATCH_NORM,
                                           hax_layer_list_name(list, "%s/bn", name), bottom);
    hax_layer_list_in_place(list, HAX_OP_SCALE, hax_layer_list_name(list, "%s/scale", name), top);
    return hax_layer_list_in_place(list, HAX_OP_RELU, relu, top);
}

static const char *dense_layer(hax_layer_list *list, int stage, int index, const char *bottom)
{
    const char *name = hax_layer_list_name(list, "conv%d_%d", stage, index);
    const char *x1 = hax_layer_list_name(list, "%s/x1", name),
               *x2 = hax_layer_list_name(list, "%s/x2", name);
    const char *top =
        bn_relu(list, x1, hax_layer_list_name(list, "relu%d_%d/x1", stage, index), bottom);
    top = hax_layer_list_conv(list, x1, top, (hax_conv_shape){ 4 * GROWTH, 1 }, false);
    top = bn_relu(list, x2, hax_layer_list_name(list, "relu%d_%d/x2", stage, index), top);
    top = hax_layer_list_conv(list, x2, top, (hax_conv_shape){ GROWTH, 3, .pad = 1 }, false);
    return hax_layer_list_concat(list, hax_layer_list_name(list, "concat_%d_%d", stage, index),
                                 (const char *const[]){ bottom, top }, 2);
}

void hax_builtin_densenet(hax_layer_list *list)
{
    static const int layers[] = { 6, 12, 24, 16 };
    int channels = 64;
    const char *top = hax_layer_list_input(list, "data", 3, 224, 224, false);
    top = hax_layer_list_conv(list, "conv1", top, (hax_conv_shape){ 64, 7, .stride = 2, .pad = 3 },
                              false);
    top = bn_relu(list, "conv1", "relu1", top);
    top = hax_layer_list_pool(list, "pool1", top, HAX_POOL_MAX, 3, 2, 1);
    for (int stage = 2; stage <= 5; stage++) {
        for (int l = 1; l <= layers[stage - 2]; l++)
            top = dense_layer(list, stage, l, top);
        channels += GROWTH * layers[stage - 2];
        const char *name = hax_layer_list_name(list, "conv%d_blk", stage);
        top = bn_relu(list, name, hax_layer_list_name(list, "relu%d_blk", stage), top);
        if (stage == 5)
            break;
        channels /= 2;
        top = hax_layer_list_conv(list, name, top, (hax_conv_shape){ channels, 1 }, false);
        top = hax_layer_list_pool(list, hax_layer_list_name(list, "pool%d", stage), top,
                                  HAX_POOL_AVERAGE, 2, 2, 0);
    }
    top = hax_layer_list_global_pool(list, "pool5", top);
    hax_layer_list_conv(list, "fc6", top, (hax_conv_shape){ 1000, 1 }, true);
    hax_layer_list_set_tops(list, list->last, (const char *const[]){ "prob" }, 1);
}
