/* The table of built-in networks, and what several of them share. */
#include "builtin.h"

#include <string.h>

#include "graph.h"

static const struct {
    const char *name;
    void (*fill)(hax_layer_list *list);
} networks[] = {
    { "alexnet", hax_builtin_alexnet },
    { "densenet", hax_builtin_densenet },
    { "googlenet", hax_builtin_googlenet },
    { "inc-res-v2", hax_builtin_inception_resnet_v2 },
    { "inception", hax_builtin_inception_v4 },
    { "mobilenet", hax_builtin_mobilenet },
    { "resnet18", hax_builtin_resnet18 },
    { "resnet50", hax_builtin_resnet50 },
    { "resnet101", hax_builtin_resnet101 },
    { "resnet152", hax_builtin_resnet152 },
    { "vgg16", hax_builtin_vgg16 },
    { "vgg19", hax_builtin_vgg19 },
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

bool hax_builtin_fill(const char *name, hax_layer_list *list)
{
    for (int n = 0; n < NETWORK_COUNT; n++) {
        if (strcmp(networks[n].name, name) != 0)
            continue;
        networks[n].fill(list);
        return true;
    }
    return false;
}

const char *hax_conv_relu(hax_layer_list *list, const char *name, const char *relu,
                          const char *bottom, hax_conv_shape shape)
{
    hax_layer_list_conv(list, name, bottom, shape, true);
    return hax_layer_list_in_place(list, HAX_OP_RELU, relu, name);
}

const char *hax_conv_bn_relu(hax_layer_list *list, const char *name, const char *bottom,
                             hax_conv_shape shape)
{
    hax_layer_list_conv(list, name, bottom, shape, false);
    hax_layer_list_in_place(list, HAX_OP_BATCH_NORM, hax_layer_list_name(list, "%s_bn", name),
                            name);
    hax_layer_list_in_place(list, HAX_OP_SCALE, hax_layer_list_name(list, "%s_scale", name), name);
    return hax_layer_list_in_place(list, HAX_OP_RELU, hax_layer_list_name(list, "%s_relu", name),
                                   name);
}

void hax_classifier(hax_layer_list *list, const char *name, const char *bottom, int outputs)
{
    hax_layer_list_apart(list, HAX_OP_SOFTMAX, "prob",
                         hax_layer_list_fc(list, name, bottom, outputs));
}
