/* VGG-16 and VGG-19 (Simonyan and Zisserman, ICLR 2015), configurations D and E. */
#include "builtin.h"

static void vgg(hax_layer_list *list, int convolutions_in_late_stages)
{
    static const int channels[] = { 64, 128, 256, 512, 512 };
    const char *top = hax_layer_list_input(list, "data", 3, 224, 224, false);
    for (int stage = 1; stage <= 5; stage++) {
        int count = stage <= 2 ? 2 : convolutions_in_late_stages;
        for (int c = 1; c <= count; c++)
            top = hax_conv_relu(list, hax_layer_list_name(list, "conv%d_%d", stage, c),
                                hax_layer_list_name(list, "relu%d_%d", stage, c), top,
                                (hax_conv_shape){ channels[stage - 1], 3, .pad = 1 });
        top = hax_layer_list_pool(list, hax_layer_list_name(list, "pool%d", stage), top,
                                  HAX_POOL_MAX, 2, 2, 0);
    }
    for (int fc = 6; fc <= 7; fc++) {
        top = hax_layer_list_fc(list, hax_layer_list_name(list, "fc%d", fc), top, 4096);
        top = hax_layer_list_in_place(list, HAX_OP_RELU, hax_layer_list_name(list, "relu%d", fc),
                                      top);
        top = hax_layer_list_in_place(list, HAX_OP_DROPOUT, hax_layer_list_name(list, "drop%d", fc),
                                      top);
    }
    hax_classifier(list, "fc8", top, 1000);
}

void hax_builtin_vgg16(hax_layer_list *list)
{
    vgg(list, 3);
}

void hax_builtin_vgg19(hax_layer_list *list)
{
    vgg(list, 4);
}
