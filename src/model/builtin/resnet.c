/*
 * Residual networks (He et al., CVPR 2016) as published for Caffe: the stride stands in
 * the first 1x1 convolution of a bottleneck. The 18-layer one has a projection in its
 * first block too.
 */
#include "builtin.h"

/* BatchNorm and Scale in place, named after the branch: bn2a_branch1, scale2a_branch1. */
static const char *conv_bn(hax_layer_list *list, const char *block, const char *branch,
                           const char *bottom, hax_conv_shape shape)
{
    const char *name = hax_layer_list_name(list, "res%s_%s", block, branch);
    hax_layer_list_conv(list, name, bottom, shape, false);
    hax_layer_list_in_place(list, HAX_OP_BATCH_NORM,
                            hax_layer_list_name(list, "bn%s_%s", block, branch), name);
    return hax_layer_list_in_place(list, HAX_OP_SCALE,
                                   hax_layer_list_name(list, "scale%s_%s", block, branch), name);
}

static const char *conv_bn_active(hax_layer_list *list, const char *block, const char *branch,
                                  const char *bottom, hax_conv_shape shape)
{
    const char *top = conv_bn(list, block, branch, bottom, shape);
    return hax_layer_list_in_place(list, HAX_OP_RELU,
                                   hax_layer_list_name(list, "res%s_%s_relu", block, branch), top);
}

static const char *finish_block(hax_layer_list *list, const char *block, const char *shortcut,
                                const char *branch)
{
    const char *sum =
        hax_layer_list_sum(list, hax_layer_list_name(list, "res%s", block), shortcut, branch, 1);
    return hax_layer_list_in_place(list, HAX_OP_RELU,
                                   hax_layer_list_name(list, "res%s_relu", block), sum);
}

static const char *bottleneck(hax_layer_list *list, const char *block, const char *bottom,
                              int width, int stride, bool project)
{
    const char *shortcut = bottom;
    if (project)
        shortcut = conv_bn(list, block, "branch1", bottom,
                           (hax_conv_shape){ 4 * width, 1, .stride = stride });
    const char *top = conv_bn_active(list, block, "branch2a", bottom,
                                     (hax_conv_shape){ width, 1, .stride = stride });
    top = conv_bn_active(list, block, "branch2b", top, (hax_conv_shape){ width, 3, .pad = 1 });
    top = conv_bn(list, block, "branch2c", top, (hax_conv_shape){ 4 * width, 1 });
    return finish_block(list, block, shortcut, top);
}

static const char *basic(hax_layer_list *list, const char *block, const char *bottom, int width,
                         int stride, bool project)
{
    const char *shortcut = bottom;
    if (project)
        shortcut =
            conv_bn(list, block, "branch1", bottom, (hax_conv_shape){ width, 1, .stride = stride });
    const char *top = conv_bn_active(list, block, "branch2a", bottom,
                                     (hax_conv_shape){ width, 3, .stride = stride, .pad = 1 });
    top = conv_bn(list, block, "branch2b", top, (hax_conv_shape){ width, 3, .pad = 1 });
    return finish_block(list, block, shortcut, top);
}

/* 2a 2b 2c in short stages, 4a 4b1 4b2 ... in long ones. */
static const char *block_name(hax_layer_list *list, int stage, int index, int count)
{
    if (count <= 6)
        return hax_layer_list_name(list, "%d%c", stage, 'a' + index);
    return index == 0 ? hax_layer_list_name(list, "%da", stage)
                      : hax_layer_list_name(list, "%db%d", stage, index);
}

typedef const char *block_maker(hax_layer_list *list, const char *block, const char *bottom,
                                int width, int stride, bool project);

static void resnet(hax_layer_list *list, const int *blocks, block_maker *make, bool conv1_bias,
                   bool input_layer)
{
    const char *top = hax_layer_list_input(list, "data", 3, 224, 224, input_layer);
    top = hax_layer_list_conv(list, "conv1", top, (hax_conv_shape){ 64, 7, .stride = 2, .pad = 3 },
                              conv1_bias);
    hax_layer_list_in_place(list, HAX_OP_BATCH_NORM, "bn_conv1", top);
    hax_layer_list_in_place(list, HAX_OP_SCALE, "scale_conv1", top);
    hax_layer_list_in_place(list, HAX_OP_RELU, "conv1_relu", top);
    top = hax_layer_list_pool(list, "pool1", top, HAX_POOL_MAX, 3, 2, 0);
    for (int stage = 2; stage <= 5; stage++)
        for (int b = 0; b < blocks[stage - 2]; b++)
            top = make(list, block_name(list, stage, b, blocks[stage - 2]), top, 64 << (stage - 2),
                       b == 0 && stage > 2 ? 2 : 1, b == 0);
    top = hax_layer_list_pool(list, "pool5", top, HAX_POOL_AVERAGE, 7, 1, 0);
    hax_classifier(list, "fc1000", top, 1000);
}

void hax_builtin_resnet18(hax_layer_list *list)
{
    resnet(list, (const int[]){ 2, 2, 2, 2 }, basic, false, true);
}

void hax_builtin_resnet50(hax_layer_list *list)
{
    resnet(list, (const int[]){ 3, 4, 6, 3 }, bottleneck, true, false);
}

void hax_builtin_resnet101(hax_layer_list *list)
{
    resnet(list, (const int[]){ 3, 4, 23, 3 }, bottleneck, false, false);
}

void hax_builtin_resnet152(hax_layer_list *list)
{
    resnet(list, (const int[]){ 3, 8, 36, 3 }, bottleneck, false, false);
}
