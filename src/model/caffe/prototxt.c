/* A network that is built in, written as the Caffe prototxt that others' tools read. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "graph.h"
#include "text.h"

static void field(hax_text *text, const char *name, int value, int standard)
{
    if (value != standard)
        hax_text_printf(text, " %s: %d", name, value);
}

static void pair(hax_text *text, const char *name, int h, int w, int standard)
{
    char both[32], key[32];
    const char *stem = strcmp(name, "kernel_size") == 0 ? "kernel" : name;
    if (h == w) {
        field(text, name, h, standard);
        return;
    }
    snprintf(both, sizeof both, "%s_h", stem);
    snprintf(key, sizeof key, "%s_w", stem);
    hax_text_printf(text, " %s: %d %s: %d", both, h, key, w);
}

static void window(hax_text *text, const hax_window *w)
{
    pair(text, "kernel_size", w->kernel_h, w->kernel_w, 0);
    pair(text, "stride", w->stride_h, w->stride_w, 1);
    pair(text, "pad", w->pad_top, w->pad_left, 0);
}

static void convolution(hax_text *text, const hax_layer_params *params)
{
    hax_text_printf(text, " convolution_param { num_output: %d", params->outputs);
    window(text, &params->window);
    pair(text, "dilation", params->window.dilation_h, params->window.dilation_w, 1);
    field(text, "group", params->group, 1);
    hax_text_append(text, params->bias ? " }" : " bias_term: false }");
}

static void pooling(hax_text *text, const hax_layer_params *params)
{
    hax_text_printf(text, " pooling_param { pool: %s",
                    params->pool == HAX_POOL_MAX ? "MAX" : "AVE");
    if (params->global)
        hax_text_append(text, " global_pooling: true");
    else
        window(text, &params->window);
    hax_text_append(text, " }");
}

static void eltwise(hax_text *text, const hax_layer_spec *spec)
{
    static const char *const operations[] = { "SUM", "PROD", "MAX" };
    hax_text_printf(text, " eltwise_param { operation: %s", operations[spec->params.eltwise]);
    for (int b = 0; spec->params.coefficients && b < spec->bottom_count; b++)
        hax_text_printf(text, " coeff: %.9g", (double) spec->params.coefficients[b]);
    hax_text_append(text, " }");
}

static void shape(hax_text *text, const hax_shape *shape)
{
    for (int d = 0; d < shape->rank; d++)
        hax_text_printf(text, "%sdim: %" PRId64, d > 0 ? " " : "", shape->dims[d]);
}

/* False where Caffe has no such layer, or this does not write it. */
static bool parameters(hax_text *text, const hax_layer_spec *spec)
{
    const hax_layer_params *params = &spec->params;
    switch (spec->op) {
    case HAX_OP_RELU:
    case HAX_OP_DROPOUT:
    case HAX_OP_SOFTMAX: return params->negative_slope == 0;
    case HAX_OP_CONVOLUTION: convolution(text, params); return true;
    case HAX_OP_POOLING: pooling(text, params); return true;
    case HAX_OP_ELTWISE: eltwise(text, spec); return true;
    case HAX_OP_INPUT:
        hax_text_append(text, " input_param { shape { ");
        shape(text, &params->shape);
        hax_text_append(text, " } }");
        return true;
    case HAX_OP_INNER_PRODUCT:
        hax_text_printf(text, " inner_product_param { num_output: %d%s }", params->outputs,
                        params->bias ? "" : " bias_term: false");
        return true;
    case HAX_OP_LRN:
        hax_text_printf(text, " lrn_param { local_size: %d alpha: %.9g beta: %.9g k: %.9g }",
                        params->lrn_size, (double) params->lrn_alpha, (double) params->lrn_beta,
                        (double) params->lrn_k);
        return !params->lrn_within;
    case HAX_OP_BATCH_NORM:
        hax_text_printf(text, " batch_norm_param { use_global_stats: true eps: %.9g }",
                        (double) params->epsilon);
        return true;
    case HAX_OP_SCALE:
        hax_text_printf(text, " scale_param { bias_term: %s }", params->bias ? "true" : "false");
        return true;
    case HAX_OP_CONCAT: return params->axis == 1;
    default: return false;
    }
}

static bool append_layer(hax_text *text, const hax_layer_spec *spec)
{
    hax_text_printf(text, "layer { name: \"%s\" type: \"%s\"", spec->name, hax_op_name(spec->op));
    for (int b = 0; b < spec->bottom_count; b++)
        hax_text_printf(text, " bottom: \"%s\"", spec->bottoms[b]);
    for (int t = 0; t < spec->top_count; t++)
        hax_text_printf(text, " top: \"%s\"", spec->tops[t]);
    bool known = parameters(text, spec);
    hax_text_append(text, " }\n");
    return known;
}

hax_status hax_model_prototxt(const hax_model *model, char **prototxt, hax_error *err)
{
    hax_text text = { 0 };
    if (model->file)
        return hax_fail(err, HAX_USAGE, "%s is a file already: only built-in networks are written",
                        model->file);
    hax_text_printf(&text, "name: \"%s\"\n", model->name);
    for (int i = 0; i < model->input_count; i++) {
        const hax_blob *input = &model->blobs[model->inputs[i]];
        if (input->producer >= 0)
            continue;
        hax_text_printf(&text, "input: \"%s\"\ninput_shape { ", input->name);
        shape(&text, &input->shape);
        hax_text_append(&text, " }\n");
    }
    for (int l = 0; l < model->layer_count; l++) {
        const hax_layer_spec *spec = model->layers[l].spec;
        if (append_layer(&text, spec))
            continue;
        hax_text_free(&text);
        return hax_fail(err, HAX_FAILURE, "%s: the layer '%s' (%s) has no form in a prototxt here",
                        model->name, spec->name, hax_op_name(spec->op));
    }
    return hax_text_give(&text, prototxt, "a prototxt", err);
}
