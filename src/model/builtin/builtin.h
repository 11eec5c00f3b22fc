/* The built-in networks: each function fills a list with one network, layer by layer in the
 * order of its published Caffe file, so that TensorRT's numbers of its layers are the same. */
#ifndef HAX_MODEL_BUILTIN_BUILTIN_H
#define HAX_MODEL_BUILTIN_BUILTIN_H

#include "layers.h"

void hax_builtin_alexnet(hax_layer_list *list);
void hax_builtin_densenet(hax_layer_list *list); /* 121 */
void hax_builtin_googlenet(hax_layer_list *list);
void hax_builtin_inception_resnet_v2(hax_layer_list *list);
void hax_builtin_inception_v4(hax_layer_list *list);
void hax_builtin_mobilenet(hax_layer_list *list); /* v1 */
void hax_builtin_resnet18(hax_layer_list *list);
void hax_builtin_resnet50(hax_layer_list *list);
void hax_builtin_resnet101(hax_layer_list *list);
void hax_builtin_resnet152(hax_layer_list *list);
void hax_builtin_vgg16(hax_layer_list *list);
void hax_builtin_vgg19(hax_layer_list *list);

/* Convolution, then ReLU in place. */
const char *hax_conv_relu(hax_layer_list *list, const char *name, const char *relu,
                          const char *bottom, hax_conv_shape shape);

/* Convolution without bias, BatchNorm, Scale, ReLU, all in place, named name, name_bn,
 * name_scale, name_relu: the style of the inception networks here. */
const char *hax_conv_bn_relu(hax_layer_list *list, const char *name, const char *bottom,
                             hax_conv_shape shape);

/* The usual end: fully connected and softmax "prob". */
void hax_classifier(hax_layer_list *list, const char *name, const char *bottom, int outputs);

#endif
