/*
 * Residual networks (He et al., CVPR 2016) as published for Caffe: the stride stands in
 * the first 1x1 convolution of a bottleneck. The 18-layer one has a projection in its
 * first block too.
 */
#include "builtin.h"

/* BatchNorm and Scale in place, named after the branch: bn2a_branch1, scale2a_branch1. */
static const char *conv_bn(layer_list *list, const char *block, const char *branch,
                           const char *bottom, conv_shape shape)
{
    const char *name = layers_name(list, "res%s_%s", block, branch);
    layers_conv(list, name, bottom, shape, false);
    layers_in_place(list, HAX_OP_BATCH_NORM, layers_name(list, "bn%s_%s", block, branch), name);
    return layers_in_place(list, HAX_OP_SCALE, layers_name(list, "scale%s_%s", block, branch),
                           name);
}

static const char *conv_bn_active(layer_list *list, const char *block, const char *branch,
                                  const char *bottom, conv_shape shape)
{
    const char *top = conv_bn(list, block, branch, bottom, shape);
    return layers_in_place(list, HAX_OP_RELU, layers_name(list, "res%s_%s_relu", block, branch),
                           top);
}

static const char *finish_block(layer_list *list, const char *block, const char *shortcut,
                                const char *branch)
{
    const char *sum = layers_sum(list, layers_name(list, "res%s", block), shortcut, branch, 1);
    return layers_in_place(list, HAX_OP_RELU, layers_name(list, "res%s_relu", block), sum);
}

static const char *bottleneck(layer_list *list, const char *block, const char *bottom, int width,
                              int stride, bool project)
{
    const char *shortcut = bottom;
    if (project)
        shortcut =
            conv_bn(list, block, "branch1", bottom, (conv_shape){ 4 * width, 1, .stride = stride });
    const char *at =
        conv_bn_active(list, block, "branch2a", bottom, (conv_shape){ width, 1, .stride = stride });
    at = conv_bn_active(list, block, "branch2b", at, (conv_shape){ width, 3, .pad = 1 });
    at = conv_bn(list, block, "branch2c", at, (conv_shape){ 4 * width, 1 });
    return finish_block(list, block, shortcut, at);
}

static const char *basic(layer_list *list, const char *block, const char *bottom, int width,
                         int stride, bool project)
{
    const char *shortcut = bottom;
    if (project)
        shortcut =
            conv_bn(list, block, "branch1", bottom, (conv_shape){ width, 1, .stride = stride });
    const char *at = conv_bn_active(list, block, "branch2a", bottom,
                                    (conv_shape){ width, 3, .stride = stride, .pad = 1 });
    at = conv_bn(list, block, "branch2b", at, (conv_shape){ width, 3, .pad = 1 });
    return finish_block(list, block, shortcut, at);
}

/* 2a 2b 2c in short stages, 4a 4b1 4b2 ... in long ones. */
static const char *block_name(layer_list *list, int stage, int index, int count)
{
    if (count <= 6)
        return layers_name(list, "%d%c", stage, 'a' + index);
    return index == 0 ? layers_name(list, "%da", stage) : layers_name(list, "%db%d", stage, index);
}

typedef const char *block_maker(layer_list *list, const char *block, const char *bottom, int width,
                                int stride, bool project);

static void resnet(layer_list *list, const int *blocks, block_maker *make, bool conv1_bias,
                   bool input_layer)
{
    const char *at = layers_input(list, "data", 3, 224, 224, input_layer);
    at = layers_conv(list, "conv1", at, (conv_shape){ 64, 7, .stride = 2, .pad = 3 }, conv1_bias);
    layers_in_place(list, HAX_OP_BATCH_NORM, "bn_conv1", at);
    layers_in_place(list, HAX_OP_SCALE, "scale_conv1", at);
    layers_in_place(list, HAX_OP_RELU, "conv1_relu", at);
    at = layers_pool(list, "pool1", at, HAX_POOL_MAX, 3, 2, 0);
    for (int stage = 2; stage <= 5; stage++)
        for (int b = 0; b < blocks[stage - 2]; b++)
            at = make(list, block_name(list, stage, b, blocks[stage - 2]), at, 64 << (stage - 2),
                      b == 0 && stage > 2 ? 2 : 1, b == 0);
    at = layers_pool(list, "pool5", at, HAX_POOL_AVERAGE, 7, 1, 0);
    classifier(list, "fc1000", at, 1000);
}

void builtin_resnet18(layer_list *list)
{
    resnet(list, (const int[]){ 2, 2, 2, 2 }, basic, false, true);
}

void builtin_resnet50(layer_list *list)
{
    resnet(list, (const int[]){ 3, 4, 6, 3 }, bottleneck, true, false);
}

void builtin_resnet101(layer_list *list)
{
    resnet(list, (const int[]){ 3, 4, 23, 3 }, bottleneck, false, false);
}

void builtin_resnet152(layer_list *list)
{
    resnet(list, (const int[]){ 3, 8, 36, 3 }, bottleneck, false, false);
}
