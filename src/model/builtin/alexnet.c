/* AlexNet as Caffe has it (Krizhevsky et al., NIPS 2012): LRN before pooling, two groups. */
#include "builtin.h"

void builtin_alexnet(layer_list *list)
{
    const char *at = layers_input(list, "data", 3, 227, 227, true);
    at = conv_relu(list, "conv1", "relu1", at, (conv_shape){ 96, 11, .stride = 4 });
    at = layers_lrn(list, "norm1", at);
    at = layers_pool(list, "pool1", at, HAX_POOL_MAX, 3, 2, 0);
    at = conv_relu(list, "conv2", "relu2", at, (conv_shape){ 256, 5, .pad = 2, .group = 2 });
    at = layers_lrn(list, "norm2", at);
    at = layers_pool(list, "pool2", at, HAX_POOL_MAX, 3, 2, 0);
    at = conv_relu(list, "conv3", "relu3", at, (conv_shape){ 384, 3, .pad = 1 });
    at = conv_relu(list, "conv4", "relu4", at, (conv_shape){ 384, 3, .pad = 1, .group = 2 });
    at = conv_relu(list, "conv5", "relu5", at, (conv_shape){ 256, 3, .pad = 1, .group = 2 });
    at = layers_pool(list, "pool5", at, HAX_POOL_MAX, 3, 2, 0);
    for (int fc = 6; fc <= 7; fc++) {
        at = layers_fc(list, layers_name(list, "fc%d", fc), at, 4096);
        at = layers_in_place(list, HAX_OP_RELU, layers_name(list, "relu%d", fc), at);
        at = layers_in_place(list, HAX_OP_DROPOUT, layers_name(list, "drop%d", fc), at);
    }
    classifier(list, "fc8", at, 1000);
}
