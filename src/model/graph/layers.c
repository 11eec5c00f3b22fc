/* Lists of layers: adding, and the verbs that the built-in networks are written in. */
#include "layers.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void hax_layer_list_init(hax_layer_list *list, hax_arena *arena, const char *name, const char *file)
{
    *list = (hax_layer_list){ .arena = arena, .name = name, .file = file };
}

hax_layer_spec *hax_layer_list_add(hax_layer_list *list, hax_op op, const char *name)
{
    assert(op < HAX_OP_COUNT);
    hax_layer_spec *layer = hax_arena_alloc(list->arena, 1, sizeof *layer);
    if (!layer || !name) {
        list->failed = true;
        return NULL;
    }
    layer->op = op;
    layer->name = name;
    if (list->last)
        list->last->next = layer;
    else
        list->first = layer;
    list->last = layer;
    list->count++;
    return layer;
}

static const char *const *copy_names(hax_layer_list *list, const char *const *names, int count)
{
    assert(count >= 0);
    const char **copy = hax_arena_alloc(list->arena, (size_t) count, sizeof *copy);
    if (!copy)
        list->failed = true;
    for (int i = 0; copy && i < count; i++) {
        copy[i] = names[i];
        if (!names[i])
            list->failed = true;
    }
    return copy;
}

void hax_layer_list_set_bottoms(hax_layer_list *list, hax_layer_spec *layer,
                                const char *const *names, int count)
{
    if (!layer) {
        assert(list->failed);
        return;
    }
    layer->bottoms = copy_names(list, names, count);
    layer->bottom_count = list->failed ? 0 : count;
}

void hax_layer_list_set_tops(hax_layer_list *list, hax_layer_spec *layer, const char *const *names,
                             int count)
{
    if (!layer) {
        assert(list->failed);
        return;
    }
    layer->tops = copy_names(list, names, count);
    layer->top_count = list->failed ? 0 : count;
}

hax_layer_constant *hax_layer_list_add_constant(hax_layer_list *list, const char *name,
                                                const hax_shape *shape)
{
    assert(shape->rank >= 0 && shape->rank <= HAX_MAX_RANK);
    hax_layer_constant *constant = hax_arena_alloc(list->arena, 1, sizeof *constant);
    if (!constant || !name) {
        list->failed = true;
        return NULL;
    }
    constant->name = name;
    constant->shape = *shape;
    if (list->last_constant)
        list->last_constant->next = constant;
    else
        list->constants = constant;
    list->last_constant = constant;
    return constant;
}

hax_layer_input *hax_layer_list_add_input(hax_layer_list *list, const char *name,
                                          const hax_shape *shape)
{
    assert(shape->rank >= 0 && shape->rank <= HAX_MAX_RANK);
    hax_layer_input *input = hax_arena_alloc(list->arena, 1, sizeof *input);
    if (!input || !name) {
        list->failed = true;
        return NULL;
    }
    input->name = name;
    input->shape = *shape;
    if (list->last_input)
        list->last_input->next = input;
    else
        list->inputs = input;
    list->last_input = input;
    list->input_count++;
    return input;
}

void hax_layer_list_set_outputs(hax_layer_list *list, const char *const *names, int count)
{
    list->outputs = copy_names(list, names, count);
    list->output_count = list->failed ? 0 : count;
}

const char *hax_layer_list_name(hax_layer_list *list, const char *format, ...)
{
    char text[200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const char *name = hax_arena_string(list->arena, text);
    if (!name)
        list->failed = true;
    return name ? name : "";
}

static hax_layer_spec *add_simple(hax_layer_list *list, hax_op op, const char *name,
                                  const char *bottom, const char *top)
{
    hax_layer_spec *layer = hax_layer_list_add(list, op, name);
    if (!layer)
        return NULL;
    if (bottom)
        hax_layer_list_set_bottoms(list, layer, &bottom, 1);
    hax_layer_list_set_tops(list, layer, &top, 1);
    return layer;
}

const char *hax_layer_list_input(hax_layer_list *list, const char *name, int channels, int height,
                                 int width, bool as_layer)
{
    hax_shape shape = { .rank = 4, .dims = { 1, channels, height, width } };
    if (as_layer) {
        hax_layer_spec *layer = add_simple(list, HAX_OP_INPUT, name, NULL, name);
        if (layer)
            layer->params.shape = shape;
    } else {
        hax_layer_list_add_input(list, name, &shape);
    }
    return name;
}

const char *hax_layer_list_conv(hax_layer_list *list, const char *name, const char *bottom,
                                hax_conv_shape shape, bool bias)
{
    hax_layer_spec *layer = add_simple(list, HAX_OP_CONVOLUTION, name, bottom, name);
    if (!layer)
        return name;
    int stride = shape.stride ? shape.stride : 1;
    int pad_h = shape.pad + shape.pad_h, pad_w = shape.pad + shape.pad_w;
    layer->params.outputs = shape.outputs;
    layer->params.group = shape.group ? shape.group : 1;
    layer->params.bias = bias;
    layer->params.window = (hax_window){
        .kernel_h = shape.kernel_h,
        .kernel_w = shape.kernel_w ? shape.kernel_w : shape.kernel_h,
        .stride_h = stride,
        .stride_w = stride,
        .pad_top = pad_h,
        .pad_bottom = pad_h,
        .pad_left = pad_w,
        .pad_right = pad_w,
        .dilation_h = 1,
        .dilation_w = 1,
    };
    return name;
}

const char *hax_layer_list_fc(hax_layer_list *list, const char *name, const char *bottom,
                              int outputs)
{
    hax_layer_spec *layer = add_simple(list, HAX_OP_INNER_PRODUCT, name, bottom, name);
    if (!layer)
        return name;
    layer->params.outputs = outputs;
    layer->params.bias = true;
    layer->params.axis = 1;
    return name;
}

const char *hax_layer_list_pool(hax_layer_list *list, const char *name, const char *bottom,
                                hax_pool_mode mode, int kernel, int stride, int pad)
{
    hax_layer_spec *layer = add_simple(list, HAX_OP_POOLING, name, bottom, name);
    if (!layer)
        return name;
    layer->params.pool = mode;
    layer->params.window = (hax_window){ kernel, kernel, stride, stride, pad, pad, pad, pad, 1, 1 };
    return name;
}

const char *hax_layer_list_global_pool(hax_layer_list *list, const char *name, const char *bottom)
{
    hax_layer_list_pool(list, name, bottom, HAX_POOL_AVERAGE, 1, 1, 0);
    if (list->last)
        list->last->params.global = true;
    return name;
}

const char *hax_layer_list_lrn(hax_layer_list *list, const char *name, const char *bottom)
{
    hax_layer_spec *layer = add_simple(list, HAX_OP_LRN, name, bottom, name);
    if (!layer)
        return name;
    layer->params.lrn_size = 5;
    layer->params.lrn_alpha = 1e-4F;
    layer->params.lrn_beta = 0.75F;
    layer->params.lrn_k = 1;
    return name;
}

const char *hax_layer_list_in_place(hax_layer_list *list, hax_op op, const char *name,
                                    const char *bottom)
{
    hax_layer_spec *layer = add_simple(list, op, name, bottom, bottom);
    if (layer && op == HAX_OP_SCALE)
        layer->params.bias = true;
    if (layer && op == HAX_OP_BATCH_NORM)
        layer->params.epsilon = 1e-5F;
    return bottom;
}

const char *hax_layer_list_apart(hax_layer_list *list, hax_op op, const char *name,
                                 const char *bottom)
{
    hax_layer_spec *layer = add_simple(list, op, name, bottom, name);
    if (layer && op == HAX_OP_BATCH_NORM)
        layer->params.epsilon = 1e-5F;
    if (layer && op == HAX_OP_SOFTMAX)
        layer->params.axis = 1;
    return name;
}

const char *hax_layer_list_sum(hax_layer_list *list, const char *name, const char *a, const char *b,
                               float scale_b)
{
    hax_layer_spec *layer = hax_layer_list_add(list, HAX_OP_ELTWISE, name);
    if (!layer)
        return name;
    hax_layer_list_set_bottoms(list, layer, (const char *const[]){ a, b }, 2);
    hax_layer_list_set_tops(list, layer, &name, 1);
    layer->params.eltwise = HAX_ELTWISE_SUM;
    if (scale_b == 1)
        return name;
    float *coefficients = hax_arena_alloc(list->arena, 2, sizeof *coefficients);
    if (!coefficients) {
        list->failed = true;
        return name;
    }
    coefficients[0] = 1;
    coefficients[1] = scale_b;
    layer->params.coefficients = coefficients;
    return name;
}

const char *hax_layer_list_concat(hax_layer_list *list, const char *name,
                                  const char *const *bottoms, int count)
{
    hax_layer_spec *layer = hax_layer_list_add(list, HAX_OP_CONCAT, name);
    if (!layer)
        return name;
    hax_layer_list_set_bottoms(list, layer, bottoms, count);
    hax_layer_list_set_tops(list, layer, &name, 1);
    layer->params.axis = 1;
    return name;
}
