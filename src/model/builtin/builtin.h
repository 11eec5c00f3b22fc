/* The built-in networks: each function fills a list with one network, layer by layer in the
 * order of its published Caffe file, so that TensorRT's numbers of its layers are the same. */
#ifndef MODEL_BUILTIN_H
#define MODEL_BUILTIN_H

#include "layers.h"

void builtin_alexnet(layer_list *list);
void builtin_densenet(layer_list *list); /* 121 */
void builtin_googlenet(layer_list *list);
void builtin_inception_resnet_v2(layer_list *list);
void builtin_inception_v4(layer_list *list);
void builtin_mobilenet(layer_list *list); /* v1 */
void builtin_resnet18(layer_list *list);
void builtin_resnet50(layer_list *list);
void builtin_resnet101(layer_list *list);
void builtin_resnet152(layer_list *list);
void builtin_vgg16(layer_list *list);
void builtin_vgg19(layer_list *list);

/* Convolution, then ReLU in place. */
const char *conv_relu(layer_list *list, const char *name, const char *relu, const char *bottom,
                      conv_shape shape);

/* Convolution without bias, BatchNorm, Scale, ReLU, all in place, named name, name_bn,
 * name_scale, name_relu: the style of the inception networks here. */
const char *conv_bn_relu(layer_list *list, const char *name, const char *bottom, conv_shape shape);

/* The usual end: fully connected and softmax "prob". */
void classifier(layer_list *list, const char *name, const char *bottom, int outputs);

#endif
