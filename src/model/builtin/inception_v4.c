/* Inception v4 (Szegedy et al., AAAI 2017). */
#include "builtin.h"

static const char *conv(hax_layer_list *list, const char *module, const char *part,
                        const char *bottom, hax_conv_shape shape)
{
    return hax_conv_bn_relu(list, hax_layer_list_name(list, "%s_%s", module, part), bottom, shape);
}

static const char *concat(hax_layer_list *list, const char *name, const char *a, const char *b,
                          const char *c, const char *d)
{
    const char *parts[] = { a, b, c, d };
    return hax_layer_list_concat(list, name, parts, d ? 4 : c ? 3 : 2);
}

static const char *stem(hax_layer_list *list, const char *top)
{
    top = hax_conv_bn_relu(list, "conv1_3x3_s2", top, (hax_conv_shape){ 32, 3, .stride = 2 });
    top = hax_conv_bn_relu(list, "conv2_3x3_s1", top, (hax_conv_shape){ 32, 3 });
    top = hax_conv_bn_relu(list, "conv3_3x3_s1", top, (hax_conv_shape){ 64, 3, .pad = 1 });
    const char *a =
        conv(list, "inception_stem1", "3x3_s2", top, (hax_conv_shape){ 96, 3, .stride = 2 });
    const char *b = hax_layer_list_pool(list, "inception_stem1_pool", top, HAX_POOL_MAX, 3, 2, 0);
    top = concat(list, "inception_stem1", b, a, NULL, NULL);
    a = conv(list, "inception_stem2", "3x3_reduce", top, (hax_conv_shape){ 64, 1 });
    a = conv(list, "inception_stem2", "3x3", a, (hax_conv_shape){ 96, 3 });
    b = conv(list, "inception_stem2", "1x7_reduce", top, (hax_conv_shape){ 64, 1 });
    b = conv(list, "inception_stem2", "1x7", b, (hax_conv_shape){ 64, 1, 7, .pad_w = 3 });
    b = conv(list, "inception_stem2", "7x1", b, (hax_conv_shape){ 64, 7, 1, .pad_h = 3 });
    b = conv(list, "inception_stem2", "3x3_2", b, (hax_conv_shape){ 96, 3 });
    top = concat(list, "inception_stem2", a, b, NULL, NULL);
    a = conv(list, "inception_stem3", "3x3_s2", top, (hax_conv_shape){ 192, 3, .stride = 2 });
    b = hax_layer_list_pool(list, "inception_stem3_pool", top, HAX_POOL_MAX, 3, 2, 0);
    return concat(list, "inception_stem3", a, b, NULL, NULL);
}

static const char *module_a(hax_layer_list *list, const char *m, const char *bottom)
{
    const char *a = conv(list, m, "1x1_2", bottom, (hax_conv_shape){ 96, 1 });
    const char *b = conv(list, m, "3x3_reduce", bottom, (hax_conv_shape){ 64, 1 });
    b = conv(list, m, "3x3", b, (hax_conv_shape){ 96, 3, .pad = 1 });
    const char *c = conv(list, m, "3x3_2_reduce", bottom, (hax_conv_shape){ 64, 1 });
    c = conv(list, m, "3x3_2", c, (hax_conv_shape){ 96, 3, .pad = 1 });
    c = conv(list, m, "3x3_3", c, (hax_conv_shape){ 96, 3, .pad = 1 });
    const char *d = hax_layer_list_pool(list, hax_layer_list_name(list, "%s_pool_ave", m), bottom,
                                        HAX_POOL_AVERAGE, 3, 1, 1);
    d = conv(list, m, "1x1", d, (hax_conv_shape){ 96, 1 });
    return concat(list, hax_layer_list_name(list, "%s_concat", m), d, a, b, c);
}

static const char *reduction_a(hax_layer_list *list, const char *bottom)
{
    const char *m = "reduction_a";
    const char *a = conv(list, m, "3x3", bottom, (hax_conv_shape){ 384, 3, .stride = 2 });
    const char *b = conv(list, m, "3x3_2_reduce", bottom, (hax_conv_shape){ 192, 1 });
    b = conv(list, m, "3x3_2", b, (hax_conv_shape){ 224, 3, .pad = 1 });
    b = conv(list, m, "3x3_3", b, (hax_conv_shape){ 256, 3, .stride = 2 });
    const char *c = hax_layer_list_pool(list, "reduction_a_pool", bottom, HAX_POOL_MAX, 3, 2, 0);
    return concat(list, "reduction_a_concat", a, b, c, NULL);
}

static const char *module_b(hax_layer_list *list, const char *m, const char *bottom)
{
    const char *a = conv(list, m, "1x1_2", bottom, (hax_conv_shape){ 384, 1 });
    const char *b = conv(list, m, "1x7_reduce", bottom, (hax_conv_shape){ 192, 1 });
    b = conv(list, m, "1x7", b, (hax_conv_shape){ 224, 1, 7, .pad_w = 3 });
    b = conv(list, m, "7x1", b, (hax_conv_shape){ 256, 7, 1, .pad_h = 3 });
    const char *c = conv(list, m, "7x1_2_reduce", bottom, (hax_conv_shape){ 192, 1 });
    c = conv(list, m, "7x1_2", c, (hax_conv_shape){ 192, 7, 1, .pad_h = 3 });
    c = conv(list, m, "1x7_2", c, (hax_conv_shape){ 224, 1, 7, .pad_w = 3 });
    c = conv(list, m, "7x1_3", c, (hax_conv_shape){ 224, 7, 1, .pad_h = 3 });
    c = conv(list, m, "1x7_3", c, (hax_conv_shape){ 256, 1, 7, .pad_w = 3 });
    const char *d = hax_layer_list_pool(list, hax_layer_list_name(list, "%s_pool_ave", m), bottom,
                                        HAX_POOL_AVERAGE, 3, 1, 1);
    d = conv(list, m, "1x1", d, (hax_conv_shape){ 128, 1 });
    return concat(list, hax_layer_list_name(list, "%s_concat", m), d, a, b, c);
}

static const char *reduction_b(hax_layer_list *list, const char *bottom)
{
    const char *m = "reduction_b";
    const char *a = conv(list, m, "3x3_reduce", bottom, (hax_conv_shape){ 192, 1 });
    a = conv(list, m, "3x3", a, (hax_conv_shape){ 192, 3, .stride = 2 });
    const char *b = conv(list, m, "1x7_reduce", bottom, (hax_conv_shape){ 256, 1 });
    b = conv(list, m, "1x7", b, (hax_conv_shape){ 256, 1, 7, .pad_w = 3 });
    b = conv(list, m, "7x1", b, (hax_conv_shape){ 320, 7, 1, .pad_h = 3 });
    b = conv(list, m, "3x3_2", b, (hax_conv_shape){ 320, 3, .stride = 2 });
    const char *c = hax_layer_list_pool(list, "reduction_b_pool", bottom, HAX_POOL_MAX, 3, 2, 0);
    return concat(list, "reduction_b_concat", a, b, c, NULL);
}

static const char *module_c(hax_layer_list *list, const char *m, const char *bottom)
{
    const char *parts[6];
    parts[1] = conv(list, m, "1x1_2", bottom, (hax_conv_shape){ 256, 1 });
    const char *b = conv(list, m, "1x1_3", bottom, (hax_conv_shape){ 384, 1 });
    parts[2] = conv(list, m, "1x3", b, (hax_conv_shape){ 256, 1, 3, .pad_w = 1 });
    parts[3] = conv(list, m, "3x1", b, (hax_conv_shape){ 256, 3, 1, .pad_h = 1 });
    const char *c = conv(list, m, "1x1_4", bottom, (hax_conv_shape){ 384, 1 });
    c = conv(list, m, "3x1_2", c, (hax_conv_shape){ 448, 3, 1, .pad_h = 1 });
    c = conv(list, m, "1x3_2", c, (hax_conv_shape){ 512, 1, 3, .pad_w = 1 });
    parts[4] = conv(list, m, "1x3_3", c, (hax_conv_shape){ 256, 1, 3, .pad_w = 1 });
    parts[5] = conv(list, m, "3x1_3", c, (hax_conv_shape){ 256, 3, 1, .pad_h = 1 });
    const char *d = hax_layer_list_pool(list, hax_layer_list_name(list, "%s_pool_ave", m), bottom,
                                        HAX_POOL_AVERAGE, 3, 1, 1);
    parts[0] = conv(list, m, "1x1", d, (hax_conv_shape){ 256, 1 });
    return hax_layer_list_concat(list, hax_layer_list_name(list, "%s_concat", m), parts, 6);
}

void hax_builtin_inception_v4(hax_layer_list *list)
{
    const char *top = stem(list, hax_layer_list_input(list, "data", 3, 299, 299, false));
    for (int m = 1; m <= 4; m++)
        top = module_a(list, hax_layer_list_name(list, "inception_a%d", m), top);
    top = reduction_a(list, top);
    for (int m = 1; m <= 7; m++)
        top = module_b(list, hax_layer_list_name(list, "inception_b%d", m), top);
    top = reduction_b(list, top);
    for (int m = 1; m <= 3; m++)
        top = module_c(list, hax_layer_list_name(list, "inception_c%d", m), top);
    top = hax_layer_list_pool(list, "pool_8x8_s1", top, HAX_POOL_AVERAGE, 8, 1, 0);
    top = hax_layer_list_in_place(list, HAX_OP_DROPOUT, "pool_8x8_s1_drop", top);
    hax_classifier(list, "classifier", top, 1000);
}
