/*
 * What holds of every model that is built, asserted over the whole of it in builds that have
 * assertions: what drivers, sessions and exporters take for granted without asking.
 */
#include "graph.h"

#ifndef NDEBUG

#include <assert.h>

static void check_shape(const hax_shape *shape)
{
    char why[80];
    assert(shape->rank >= 0 && shape->rank <= HAX_MAX_RANK);
    assert(hax_shape_valid(shape, why, sizeof why)); /* positive, their product fits */
}

static void check_blobs(const hax_model *model)
{
    for (int b = 0; b < model->blob_count; b++) {
        const hax_blob *blob = &model->blobs[b];
        assert(blob->name);
        check_shape(&blob->shape);
        assert(blob->producer >= -1 && blob->producer < model->layer_count);
        assert(blob->consumers >= 0);
        assert(blob->tensor >= -1 && blob->tensor < model->tensor_count);
        assert(!blob->known || hax_shape_same(&blob->known->shape, &blob->shape));
        assert(!blob->output || !blob->known);
    }
}

/* Layers stand in an order in which each reads what is there already. */
static void check_edges(const hax_model *model, int l)
{
    const hax_graph_layer *layer = &model->layers[l];
    for (int b = 0; b < layer->spec->bottom_count; b++) {
        assert(layer->inputs[b] >= 0 && layer->inputs[b] < model->blob_count);
        assert(model->blobs[layer->inputs[b]].producer < l);
    }
    for (int t = 0; t < layer->spec->top_count; t++) {
        assert(layer->outputs[t] >= 0 && layer->outputs[t] < model->blob_count);
        assert(model->blobs[layer->outputs[t]].producer == l);
        assert(layer->folded == (model->blobs[layer->outputs[t]].known != NULL));
    }
}

static void check_layers(const hax_model *model)
{
    int numbered = 0;
    int64_t macs = 0, parameters = 0;
    for (int l = 0; l < model->layer_count; l++) {
        const hax_graph_layer *layer = &model->layers[l];
        assert(layer->spec->op < HAX_OP_COUNT);
        assert(layer->spec->top_count >= 1);
        assert(layer->folded || !hax_op_is_beforehand(layer->spec->op));
        assert(layer->compute_index == -1 || layer->compute_index == numbered);
        numbered += layer->compute_index >= 0;
        assert(layer->macs >= 0 && layer->parameters >= 0);
        macs += layer->macs; /* graph.c refuses sums beyond 63 bits */
        parameters += layer->parameters;
        check_edges(model, l);
    }
    assert(numbered == model->compute_count);
    assert(macs == model->macs && parameters == model->parameters);
}

/* A tensor that a kernel reads is there before it. */
static void check_operand(const hax_model *model, int kernel, int tensor)
{
    assert(tensor >= 0 && tensor < model->tensor_count);
    assert(model->tensors[tensor].producer < kernel);
    assert(model->tensors[tensor].last_use >= kernel);
}

static void check_kernel(const hax_model *model, int k)
{
    const hax_kernel *kernel = &model->kernels[k].public;
    const hax_op_class class = hax_op_class_of(kernel->op);
    assert(kernel->layer >= 0 && kernel->layer < model->layer_count);
    assert(kernel->first >= 0 && kernel->first <= kernel->last);
    assert(kernel->last < model->compute_count);
    /* by their first layers, since groups are found by bisection (cuts.c) */
    assert(k == 0 || model->kernels[k - 1].public.first <= kernel->first);
    assert(kernel->input_count >= 1);
    for (int i = 0; i < kernel->input_count; i++)
        check_operand(model, k, kernel->inputs[i]);
    if (kernel->residual >= 0)
        check_operand(model, k, kernel->residual);
    assert(kernel->residual < 0 || class == HAX_CLASS_WEIGHTED);
    assert(kernel->output >= 0 && kernel->output < model->tensor_count);
    assert(model->tensors[kernel->output].producer == k);
    assert(kernel->weight_bytes % sizeof(float) == 0);
    assert(kernel->macs >= 0);
    assert(kernel->form != HAX_FORM_BINARY || class == HAX_CLASS_BINARY);
    assert(kernel->form != HAX_FORM_BINARY || kernel->input_count == 2);
    assert(kernel->form != HAX_FORM_PRODUCT || class == HAX_CLASS_PRODUCT);
    assert(kernel->form != HAX_FORM_REDUCE || class == HAX_CLASS_REDUCE);
    assert(kernel->form != HAX_FORM_POINTWISE || kernel->activation.curve != HAX_CURVE_NONE);
    assert(kernel->form != HAX_FORM_VIEW || kernel->activation.curve == HAX_CURVE_NONE);
    assert(kernel->form == HAX_FORM_POINTWISE || kernel->activation.curve == HAX_CURVE_NONE ||
           hax_curve_is_fused(kernel->activation.curve));
}

static void check_tensors(const hax_model *model)
{
    for (int t = 0; t < model->tensor_count; t++) {
        const hax_tensor *tensor = &model->tensors[t];
        assert(tensor->shape.rank >= 1);
        check_shape(&tensor->shape);
        assert(tensor->bytes == (size_t) hax_shape_elements(&tensor->shape) * sizeof(float));
        assert(tensor->producer >= -1 && tensor->producer < model->kernel_count);
        assert(tensor->last_use >= -1 && tensor->last_use <= model->kernel_count);
        assert(tensor->last_use == -1 || tensor->last_use > tensor->producer);
        assert(!tensor->constant || tensor->producer == -1);
        assert(!tensor->scalar || hax_shape_elements(&tensor->shape) == 1);
    }
}

static void check_ends(const hax_model *model)
{
    assert(model->input_count >= 1 && model->input_count <= HAX_INPUTS_MAX);
    for (int i = 0; i < model->input_count; i++) {
        assert(hax_blob_is_input(model, &model->blobs[model->inputs[i]]));
        assert(model->blobs[model->inputs[i]].tensor >= 0);
    }
    for (int o = 0; o < model->output_count; o++) {
        assert(model->outputs[o] >= 0 && model->outputs[o] < model->tensor_count);
        assert(model->tensors[model->outputs[o]].last_use == model->kernel_count);
    }
}

/* At a legal cut as many tensors cross as may; all are made before it and read behind it. */
static void check_cut(const hax_model *model, int cut, int before, int furthest)
{
    const hax_crossing *crossing = &model->crossings[cut];
    assert(before == hax_graph_kernels_before(model, cut));
    assert(crossing->count == 0 || furthest < cut); /* no kernel spans it */
    assert((model->cut_reason[cut] == NULL) == (crossing->count > 0));
    assert(crossing->count <= model->cut_tensors);
    assert(crossing->count == 0 || crossing->count == model->live_count[cut]);
    for (int t = 0; t < crossing->count; t++) {
        const hax_tensor *tensor = &model->tensors[crossing->tensors[t]];
        assert(tensor->producer >= 0 && tensor->producer < before);
        assert(tensor->last_use >= before);
        assert(t == 0 || crossing->tensors[t - 1] != crossing->tensors[t]);
    }
}

void hax_graph_check(const hax_model *model)
{
    assert(model->arena && model->name);
    assert(hax_arena_bytes(model->arena) >= sizeof *model); /* the model lies in its own arena */
    assert(model->cut_tensors >= 1 && model->cut_tensors <= HAX_CUT_TENSORS_MAX);
    assert(model->kernel_count >= 1 && model->kernel_count <= model->blob_count);
    assert(model->tensor_count <= model->blob_count);
    check_blobs(model);
    check_layers(model);
    for (int k = 0; k < model->kernel_count; k++)
        check_kernel(model, k);
    check_tensors(model);
    check_ends(model);
    assert(model->cut_reason[0]); /* nothing is before the first layer */
    for (int cut = 1, before = 0, furthest = -1; cut < model->compute_count; cut++) {
        for (; before < model->kernel_count && model->kernels[before].public.first < cut; before++)
            if (model->kernels[before].public.last > furthest)
                furthest = model->kernels[before].public.last;
        check_cut(model, cut, before, furthest);
    }
}

#endif
