/* AlexNet as Caffe has it (Krizhevsky et al., NIPS 2012): LRN before pooling, two groups. */
#include "builtin.h"

void hax_builtin_alexnet(hax_layer_list *list)
{
    const char *top = hax_layer_list_input(list, "data", 3, 227, 227, true);
    top = hax_conv_relu(list, "conv1", "relu1", top, (hax_conv_shape){ 96, 11, .stride = 4 });
    top = hax_layer_list_lrn(list, "norm1", top);
    top = hax_layer_list_pool(list, "pool1", top, HAX_POOL_MAX, 3, 2, 0);
    top = hax_conv_relu(list, "conv2", "relu2", top,
                        (hax_conv_shape){ 256, 5, .pad = 2, .group = 2 });
    top = hax_layer_list_lrn(list, "norm2", top);
    top = hax_layer_list_pool(list, "pool2", top, HAX_POOL_MAX, 3, 2, 0);
    top = hax_conv_relu(list, "conv3", "relu3", top, (hax_conv_shape){ 384, 3, .pad = 1 });
    top = hax_conv_relu(list, "conv4", "relu4", top,
                        (hax_conv_shape){ 384, 3, .pad = 1, .group = 2 });
    top = hax_conv_relu(list, "conv5", "relu5", top,
                        (hax_conv_shape){ 256, 3, .pad = 1, .group = 2 });
    top = hax_layer_list_pool(list, "pool5", top, HAX_POOL_MAX, 3, 2, 0);
    for (int fc = 6; fc <= 7; fc++) {
        top = hax_layer_list_fc(list, hax_layer_list_name(list, "fc%d", fc), top, 4096);
        top = hax_layer_list_in_place(list, HAX_OP_RELU, hax_layer_list_name(list, "relu%d", fc),
                                      top);
        top = hax_layer_list_in_place(list, HAX_OP_DROPOUT, hax_layer_list_name(list, "drop%d", fc),
                                      top);
    }
    hax_classifier(list, "fc8", top, 1000);
}
