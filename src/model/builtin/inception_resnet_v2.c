/* Inception-ResNet v2 (Szegedy et al., AAAI 2017): residual sums with a scaled branch. */
#include "builtin.h"

static const char *conv(hax_layer_list *list, const char *module, const char *part,
                        const char *bottom, hax_conv_shape shape)
{
    return hax_conv_bn_relu(list, hax_layer_list_name(list, "%s_%s", module, part), bottom, shape);
}

static const char *stem(hax_layer_list *list, const char *top)
{
    top = hax_conv_bn_relu(list, "conv1_3x3_s2", top, (hax_conv_shape){ 32, 3, .stride = 2 });
    top = hax_conv_bn_relu(list, "conv2_3x3_s1", top, (hax_conv_shape){ 32, 3 });
    top = hax_conv_bn_relu(list, "conv3_3x3_s1", top, (hax_conv_shape){ 64, 3, .pad = 1 });
    top = hax_layer_list_pool(list, "pool1_3x3_s2", top, HAX_POOL_MAX, 3, 2, 0);
    top = hax_conv_bn_relu(list, "conv4_3x3_reduce", top, (hax_conv_shape){ 80, 1 });
    top = hax_conv_bn_relu(list, "conv4_3x3", top, (hax_conv_shape){ 192, 3 });
    return hax_layer_list_pool(list, "pool2_3x3_s2", top, HAX_POOL_MAX, 3, 2, 0);
}

static const char *mixed_5b(hax_layer_list *list, const char *bottom)
{
    const char *parts[4];
    parts[0] = hax_conv_bn_relu(list, "conv5_1x1", bottom, (hax_conv_shape){ 96, 1 });
    parts[1] = hax_conv_bn_relu(list, "conv5_5x5_reduce", bottom, (hax_conv_shape){ 48, 1 });
    parts[1] = hax_conv_bn_relu(list, "conv5_5x5", parts[1], (hax_conv_shape){ 64, 5, .pad = 2 });
    parts[2] = hax_conv_bn_relu(list, "conv5_3x3_reduce", bottom, (hax_conv_shape){ 64, 1 });
    parts[2] = hax_conv_bn_relu(list, "conv5_3x3", parts[2], (hax_conv_shape){ 96, 3, .pad = 1 });
    parts[2] = hax_conv_bn_relu(list, "conv5_3x3_2", parts[2], (hax_conv_shape){ 96, 3, .pad = 1 });
    parts[3] = hax_layer_list_pool(list, "ave_pool", bottom, HAX_POOL_AVERAGE, 3, 1, 1);
    parts[3] = hax_conv_bn_relu(list, "conv5_1x1_ave", parts[3], (hax_conv_shape){ 64, 1 });
    return hax_layer_list_concat(list, "stem_concat", parts, 4);
}

/* The linear 1x1 convolution back to the trunk's channels, and the scaled sum. */
static const char *residual(hax_layer_list *list, const char *m, const char *bottom,
                            const char *const *parts, int count, int channels, float scale,
                            bool active)
{
    const char *top =
        hax_layer_list_concat(list, hax_layer_list_name(list, "%s_concat", m), parts, count);
    top = hax_layer_list_conv(list, hax_layer_list_name(list, "%s_up", m), top,
                              (hax_conv_shape){ channels, 1 }, true);
    top = hax_layer_list_sum(list, hax_layer_list_name(list, "%s_residual_eltwise", m), bottom, top,
                             scale);
    return active ? hax_layer_list_in_place(list, HAX_OP_RELU,
                                            hax_layer_list_name(list, "%s_relu", m), top)
                  : top;
}

static const char *block35(hax_layer_list *list, const char *m, const char *bottom)
{
    const char *parts[3];
    parts[0] = conv(list, m, "1x1", bottom, (hax_conv_shape){ 32, 1 });
    parts[1] = conv(list, m, "3x3_reduce", bottom, (hax_conv_shape){ 32, 1 });
    parts[1] = conv(list, m, "3x3", parts[1], (hax_conv_shape){ 32, 3, .pad = 1 });
    parts[2] = conv(list, m, "3x3_2_reduce", bottom, (hax_conv_shape){ 32, 1 });
    parts[2] = conv(list, m, "3x3_2", parts[2], (hax_conv_shape){ 48, 3, .pad = 1 });
    parts[2] = conv(list, m, "3x3_3", parts[2], (hax_conv_shape){ 64, 3, .pad = 1 });
    return residual(list, m, bottom, parts, 3, 320, 0.17F, true);
}

static const char *reduction_a(hax_layer_list *list, const char *bottom)
{
    const char *m = "reduction_a", *parts[3];
    parts[0] = conv(list, m, "3x3", bottom, (hax_conv_shape){ 384, 3, .stride = 2 });
    parts[1] = conv(list, m, "3x3_2_reduce", bottom, (hax_conv_shape){ 256, 1 });
    parts[1] = conv(list, m, "3x3_2", parts[1], (hax_conv_shape){ 256, 3, .pad = 1 });
    parts[1] = conv(list, m, "3x3_3", parts[1], (hax_conv_shape){ 384, 3, .stride = 2 });
    parts[2] = hax_layer_list_pool(list, "reduction_a_pool", bottom, HAX_POOL_MAX, 3, 2, 0);
    return hax_layer_list_concat(list, "reduction_a_concat", parts, 3);
}

static const char *block17(hax_layer_list *list, const char *m, const char *bottom)
{
    const char *parts[2];
    parts[0] = conv(list, m, "1x1", bottom, (hax_conv_shape){ 192, 1 });
    parts[1] = conv(list, m, "1x7_reduce", bottom, (hax_conv_shape){ 128, 1 });
    parts[1] = conv(list, m, "1x7", parts[1], (hax_conv_shape){ 160, 1, 7, .pad_w = 3 });
    parts[1] = conv(list, m, "7x1", parts[1], (hax_conv_shape){ 192, 7, 1, .pad_h = 3 });
    return residual(list, m, bottom, parts, 2, 1088, 0.1F, true);
}

static const char *reduction_b(hax_layer_list *list, const char *bottom)
{
    const char *m = "reduction_b", *parts[4];
    parts[0] = conv(list, m, "3x3_reduce", bottom, (hax_conv_shape){ 256, 1 });
    parts[0] = conv(list, m, "3x3", parts[0], (hax_conv_shape){ 384, 3, .stride = 2 });
    parts[1] = conv(list, m, "3x3_2_reduce", bottom, (hax_conv_shape){ 256, 1 });
    parts[1] = conv(list, m, "3x3_2", parts[1], (hax_conv_shape){ 288, 3, .stride = 2 });
    parts[2] = conv(list, m, "3x3_3_reduce", bottom, (hax_conv_shape){ 256, 1 });
    parts[2] = conv(list, m, "3x3_3", parts[2], (hax_conv_shape){ 288, 3, .pad = 1 });
    parts[2] = conv(list, m, "3x3_4", parts[2], (hax_conv_shape){ 320, 3, .stride = 2 });
    parts[3] = hax_layer_list_pool(list, "reduction_b_pool", bottom, HAX_POOL_MAX, 3, 2, 0);
    return hax_layer_list_concat(list, "reduction_b_concat", parts, 4);
}

static const char *block8(hax_layer_list *list, const char *m, const char *bottom, bool last)
{
    const char *parts[2];
    parts[0] = conv(list, m, "1x1", bottom, (hax_conv_shape){ 192, 1 });
    parts[1] = conv(list, m, "1x3_reduce", bottom, (hax_conv_shape){ 192, 1 });
    parts[1] = conv(list, m, "1x3", parts[1], (hax_conv_shape){ 224, 1, 3, .pad_w = 1 });
    parts[1] = conv(list, m, "3x1", parts[1], (hax_conv_shape){ 256, 3, 1, .pad_h = 1 });
    return residual(list, m, bottom, parts, 2, 2080, last ? 1 : 0.2F, !last);
}

void hax_builtin_inception_resnet_v2(hax_layer_list *list)
{
    const char *top = stem(list, hax_layer_list_input(list, "data", 3, 299, 299, false));
    top = mixed_5b(list, top);
    for (int m = 1; m <= 10; m++)
        top = block35(list, hax_layer_list_name(list, "inception_resnet_v2_a%d", m), top);
    top = reduction_a(list, top);
    for (int m = 1; m <= 20; m++)
        top = block17(list, hax_layer_list_name(list, "inception_resnet_v2_b%d", m), top);
    top = reduction_b(list, top);
    for (int m = 1; m <= 10; m++)
        top = block8(list, hax_layer_list_name(list, "inception_resnet_v2_c%d", m), top, m == 10);
    top = hax_conv_bn_relu(list, "conv6_1x1", top, (hax_conv_shape){ 1536, 1 });
    top = hax_layer_list_pool(list, "pool_8x8_s1", top, HAX_POOL_AVERAGE, 8, 1, 0);
    top = hax_layer_list_in_place(list, HAX_OP_DROPOUT, "pool_8x8_s1_drop", top);
    hax_classifier(list, "classifier", top, 1000);
}
