/* The table of built-in networks, and what several of them share. */
#include "builtin.h"

#include <string.h>

#include "graph.h"

static const struct {
    const char *name;
    void (*fill)(layer_list *list);
} networks[] = {
    { "alexnet", builtin_alexnet },
    { "densenet", builtin_densenet },
    { "googlenet", builtin_googlenet },
    { "inc-res-v2", builtin_inception_resnet_v2 },
    { "inception", builtin_inception_v4 },
    { "mobilenet", builtin_mobilenet },
    { "resnet18", builtin_resnet18 },
    { "resnet50", builtin_resnet50 },
    { "resnet101", builtin_resnet101 },
    { "resnet152", builtin_resnet152 },
    { "vgg16", builtin_vgg16 },
    { "vgg19", builtin_vgg19 },
};

enum { NETWORK_COUNT = sizeof networks / sizeof *networks };

const char *const *hax_model_builtin_names(void)
{
    static const char *const names[NETWORK_COUNT + 1] = {
        "alexnet",  "densenet", "googlenet", "inc-res-v2", "inception", "mobilenet",
        "resnet18", "resnet50", "resnet101", "resnet152",  "vgg16",     "vgg19",
    };
    return names;
}

bool builtin_fill(const char *name, layer_list *list)
{
    for (int n = 0; n < NETWORK_COUNT; n++) {
        if (strcmp(networks[n].name, name) != 0)
            continue;
        networks[n].fill(list);
        return true;
    }
    return false;
}

const char *conv_relu(layer_list *list, const char *name, const char *relu, const char *bottom,
                      conv_shape shape)
{
    layers_conv(list, name, bottom, shape, true);
    return layers_in_place(list, HAX_OP_RELU, relu, name);
}

const char *conv_bn_relu(layer_list *list, const char *name, const char *bottom, conv_shape shape)
{
    layers_conv(list, name, bottom, shape, false);
    layers_in_place(list, HAX_OP_BATCH_NORM, layers_name(list, "%s_bn", name), name);
    layers_in_place(list, HAX_OP_SCALE, layers_name(list, "%s_scale", name), name);
    return layers_in_place(list, HAX_OP_RELU, layers_name(list, "%s_relu", name), name);
}

void classifier(layer_list *list, const char *name, const char *bottom, int outputs)
{
    layers_apart(list, HAX_OP_SOFTMAX, "prob", layers_fc(list, name, bottom, outputs));
}
