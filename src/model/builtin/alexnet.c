/* AlexNet as Caffe has it (Krizhevsky et al., NIPS 2012): LRN before pooling, two groups. */
#include "builtin.h"

void hax_builtin_alexnet(hax_layer_list *list)
{
    const char *at = hax_layer_list_input(list, "data", 3, 227, 227, true);
    at = hax_conv_relu(list, "conv1", "relu1", at, (hax_conv_shape){ 96, 11, .stride = 4 });
    at = hax_layer_list_lrn(list, "norm1", at);
    at = hax_layer_list_pool(list, "pool1", at, HAX_POOL_MAX, 3, 2, 0);
    at =
        hax_conv_relu(list, "conv2", "relu2", at, (hax_conv_shape){ 256, 5, .pad = 2, .group = 2 });
    at = hax_layer_list_lrn(list, "norm2", at);
    at = hax_layer_list_pool(list, "pool2", at, HAX_POOL_MAX, 3, 2, 0);
    at = hax_conv_relu(list, "conv3", "relu3", at, (hax_conv_shape){ 384, 3, .pad = 1 });
    at =
        hax_conv_relu(list, "conv4", "relu4", at, (hax_conv_shape){ 384, 3, .pad = 1, .group = 2 });
    at =
        hax_conv_relu(list, "conv5", "relu5", at, (hax_conv_shape){ 256, 3, .pad = 1, .group = 2 });
    at = hax_layer_list_pool(list, "pool5", at, HAX_POOL_MAX, 3, 2, 0);
    for (int fc = 6; fc <= 7; fc++) {
        at = hax_layer_list_fc(list, hax_layer_list_name(list, "fc%d", fc), at, 4096);
        at =
            hax_layer_list_in_place(list, HAX_OP_RELU, hax_layer_list_name(list, "relu%d", fc), at);
        at = hax_layer_list_in_place(list, HAX_OP_DROPOUT, hax_layer_list_name(list, "drop%d", fc),
                                     at);
    }
    hax_classifier(list, "fc8", at, 1000);
}
