/* GoogLeNet (Szegedy et al., CVPR 2015) as Caffe's bvlc_googlenet has it. */
#include "builtin.h"

typedef struct module_shape {
    const char *name;
    int one, three_reduce, three, five_reduce, five, project;
} module_shape;

static const char *conv(hax_layer_list *list, const char *module, const char *part,
                        const char *bottom, hax_conv_shape shape)
{
    const char *name = hax_layer_list_name(list, "%s/%s", module, part);
    return hax_conv_relu(list, name, hax_layer_list_name(list, "%s/relu_%s", module, part), bottom,
                         shape);
}

static const char *inception(hax_layer_list *list, const module_shape *m, const char *bottom)
{
    const char *parts[4];
    parts[0] = conv(list, m->name, "1x1", bottom, (hax_conv_shape){ m->one, 1 });
    const char *reduced =
        conv(list, m->name, "3x3_reduce", bottom, (hax_conv_shape){ m->three_reduce, 1 });
    parts[1] = conv(list, m->name, "3x3", reduced, (hax_conv_shape){ m->three, 3, .pad = 1 });
    reduced = conv(list, m->name, "5x5_reduce", bottom, (hax_conv_shape){ m->five_reduce, 1 });
    parts[2] = conv(list, m->name, "5x5", reduced, (hax_conv_shape){ m->five, 5, .pad = 2 });
    const char *pooled = hax_layer_list_pool(list, hax_layer_list_name(list, "%s/pool", m->name),
                                             bottom, HAX_POOL_MAX, 3, 1, 1);
    parts[3] = conv(list, m->name, "pool_proj", pooled, (hax_conv_shape){ m->project, 1 });
    return hax_layer_list_concat(list, hax_layer_list_name(list, "%s/output", m->name), parts, 4);
}

void hax_builtin_googlenet(hax_layer_list *list)
{
    static const module_shape modules[] = {
        { "inception_3a", 64, 96, 128, 16, 32, 32 },
        { "inception_3b", 128, 128, 192, 32, 96, 64 },
        { "inception_4a", 192, 96, 208, 16, 48, 64 },
        { "inception_4b", 160, 112, 224, 24, 64, 64 },
        { "inception_4c", 128, 128, 256, 24, 64, 64 },
        { "inception_4d", 112, 144, 288, 32, 64, 64 },
        { "inception_4e", 256, 160, 320, 32, 128, 128 },
        { "inception_5a", 256, 160, 320, 32, 128, 128 },
        { "inception_5b", 384, 192, 384, 48, 128, 128 },
    };
    const char *top = hax_layer_list_input(list, "data", 3, 224, 224, true);
    top = hax_conv_relu(list, "conv1/7x7_s2", "conv1/relu_7x7", top,
                        (hax_conv_shape){ 64, 7, .stride = 2, .pad = 3 });
    top = hax_layer_list_pool(list, "pool1/3x3_s2", top, HAX_POOL_MAX, 3, 2, 0);
    top = hax_layer_list_lrn(list, "pool1/norm1", top);
    top = hax_conv_relu(list, "conv2/3x3_reduce", "conv2/relu_3x3_reduce", top,
                        (hax_conv_shape){ 64, 1 });
    top = hax_conv_relu(list, "conv2/3x3", "conv2/relu_3x3", top,
                        (hax_conv_shape){ 192, 3, .pad = 1 });
    top = hax_layer_list_lrn(list, "conv2/norm2", top);
    top = hax_layer_list_pool(list, "pool2/3x3_s2", top, HAX_POOL_MAX, 3, 2, 0);
    for (int m = 0; m < 9; m++) {
        top = inception(list, &modules[m], top);
        if (m == 1)
            top = hax_layer_list_pool(list, "pool3/3x3_s2", top, HAX_POOL_MAX, 3, 2, 0);
        if (m == 6)
            top = hax_layer_list_pool(list, "pool4/3x3_s2", top, HAX_POOL_MAX, 3, 2, 0);
    }
    top = hax_layer_list_pool(list, "pool5/7x7_s1", top, HAX_POOL_AVERAGE, 7, 1, 0);
    top = hax_layer_list_in_place(list, HAX_OP_DROPOUT, "pool5/drop_7x7_s1", top);
    hax_classifier(list, "loss3/classifier", top, 1000);
}
