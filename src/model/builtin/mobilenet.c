/* MobileNet v1 (Howard et al., 2017): depthwise and pointwise convolutions in turns. */
#include <string.h>

#include "builtin.h"

/* BatchNorm, Scale and ReLU named <name>/bn, <name>/scale, relu<rest of the name>. */
static const char *conv(hax_layer_list *list, const char *name, const char *bottom,
                        hax_conv_shape shape)
{
    const char *number = *name ? name + strlen("conv") : name; /* empty once memory is out */
    hax_layer_list_conv(list, name, bottom, shape, false);
    hax_layer_list_in_place(list, HAX_OP_BATCH_NORM, hax_layer_list_name(list, "%s/bn", name),
                            name);
    hax_layer_list_in_place(list, HAX_OP_SCALE, hax_layer_list_name(list, "%s/scale", name), name);
    return hax_layer_list_in_place(list, HAX_OP_RELU, hax_layer_list_name(list, "relu%s", number),
                                   name);
}

void hax_builtin_mobilenet(hax_layer_list *list)
{
    static const struct {
        const char *name;
        int in, out, stride;
    } blocks[] = {
        { "conv2_1", 32, 64, 1 },   { "conv2_2", 64, 128, 2 },  { "conv3_1", 128, 128, 1 },
        { "conv3_2", 128, 256, 2 }, { "conv4_1", 256, 256, 1 }, { "conv4_2", 256, 512, 2 },
        { "conv5_1", 512, 512, 1 }, { "conv5_2", 512, 512, 1 }, { "conv5_3", 512, 512, 1 },
        { "conv5_4", 512, 512, 1 }, { "conv5_5", 512, 512, 1 }, { "conv5_6", 512, 1024, 2 },
        { "conv6", 1024, 1024, 1 },
    };
    const char *top = hax_layer_list_input(list, "data", 3, 224, 224, false);
    top = conv(list, "conv1", top, (hax_conv_shape){ 32, 3, .stride = 2, .pad = 1 });
    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++) {
        top = conv(list, hax_layer_list_name(list, "%s/dw", blocks[b].name), top,
                   (hax_conv_shape){ blocks[b].in, 3, .stride = blocks[b].stride, .pad = 1,
                                     .group = blocks[b].in });
        top = conv(list, hax_layer_list_name(list, "%s/sep", blocks[b].name), top,
                   (hax_conv_shape){ blocks[b].out, 1 });
    }
    top = hax_layer_list_global_pool(list, "pool6", top);
    top = hax_layer_list_conv(list, "fc7", top, (hax_conv_shape){ 1000, 1 }, true);
    hax_layer_list_apart(list, HAX_OP_SOFTMAX, "prob", top);
}
