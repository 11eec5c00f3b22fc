/*
 * From layers to fused kernels.
 *
 * A convolution or fully connected layer takes in what follows it as long as nobody else
 * reads the tensor between: BatchNorm and Scale (folded into the weights), one residual sum,
 * ReLU. The sum goes to whichever of its inputs is made last, so that the other is
 * there when the kernel runs. Layers that only pass a tensor on vanish into the kernel
 * that makes it.
 */
#include <string.h>

#include "graph.h"

typedef struct lowering {
    hax_model *model;
    int *kernel_of; /* [tensor]: kernel that makes it, -1 */
    bool *shared;   /* [tensor]: several blobs stand for it, and it must stay as it is */
    bool *only_fc;  /* [blob]: only fully connected layers read it; its shape is all one */
} lowering;

static void new_tensor(lowering *at, int from, int producer)
{
    hax_model *model = at->model;
    model->tensors[model->tensor_count] = (hax_tensor){
        .name = model->blobs[from].name,
        .shape = model->blobs[from].shape,
        .bytes = (size_t) shape_elements(&model->blobs[from].shape) * sizeof(float),
        .producer = producer,
        .last_use = -1,
    };
    at->kernel_of[model->tensor_count] = producer;
    model->blobs[from].tensor = model->tensor_count++;
}

/* The kernel that makes a blob, if a following layer may still join it. */
static graph_kernel *open_kernel(const lowering *at, int from)
{
    const hax_model *model = at->model;
    int kernel = at->kernel_of[model->blobs[from].tensor];
    if (kernel < 0 || model->blobs[from].consumers != 1 || at->shared[model->blobs[from].tensor])
        return NULL;
    return &model->kernels[kernel];
}

static bool has_weights(const graph_kernel *kernel)
{
    hax_op op = kernel->public.op;
    return op == HAX_OP_CONVOLUTION || op == HAX_OP_INNER_PRODUCT;
}

static bool untouched(const graph_kernel *kernel)
{
    return !kernel->public.relu && kernel->public.residual < 0;
}

/* The kernel now covers this layer too, and makes its top. */
static void join(const lowering *at, int layer, graph_kernel *kernel)
{
    hax_model *model = at->model;
    const graph_layer *joined = &model->layers[layer];
    hax_tensor *tensor = &model->tensors[kernel->public.output];
    if (joined->compute_index >= 0)
        kernel->public.last = joined->compute_index;
    for (int t = 0; t < joined->spec->top_count; t++)
        model->blobs[joined->outputs[t]].tensor = kernel->public.output;
    tensor->name = joined->spec->tops[0];
}

static int64_t weight_count(const hax_model *model, const graph_layer *layer)
{
    const layer_spec *spec = layer->spec;
    if (spec->op == HAX_OP_BATCH_NORM || spec->op == HAX_OP_SCALE)
        return model->blobs[layer->inputs[0]].shape.dims[1];
    return layer->parameters - (spec->params.bias ? spec->params.outputs : 0);
}

/* The window with what Caffe's rounding up adds at the bottom and the right. */
static hax_window pool_window(const layer_params *params, const hax_shape *in, const hax_shape *out)
{
    hax_window w = params->window;
    if (params->global)
        w = (hax_window){ .kernel_h = (int) in->dims[2],
                          .kernel_w = (int) in->dims[3],
                          .stride_h = 1,
                          .stride_w = 1 };
    w.dilation_h = w.dilation_w = 1;
    int64_t down = (out->dims[2] - 1) * w.stride_h + w.kernel_h - in->dims[2] - w.pad_top;
    int64_t right = (out->dims[3] - 1) * w.stride_w + w.kernel_w - in->dims[3] - w.pad_left;
    w.pad_bottom = down > 0 ? (int) down : 0;
    w.pad_right = right > 0 ? (int) right : 0;
    return w;
}

static void fill_kernel(const hax_model *model, int layer, graph_kernel *kernel)
{
    const graph_layer *from = &model->layers[layer];
    const layer_params *params = &from->spec->params;
    const hax_shape *in = &model->blobs[from->inputs[0]].shape;
    const hax_shape *out = &model->blobs[from->outputs[0]].shape;
    bool weights = from->spec->op == HAX_OP_CONVOLUTION || from->spec->op == HAX_OP_INNER_PRODUCT ||
                   from->spec->op == HAX_OP_SCALE || from->spec->op == HAX_OP_BATCH_NORM;
    kernel->output_scale = 1;
    kernel->public = (hax_kernel){
        .op = from->spec->op == HAX_OP_BATCH_NORM ? HAX_OP_SCALE : from->spec->op,
        .layer = layer,
        .first = from->compute_index,
        .last = from->compute_index,
        .input_count = from->spec->bottom_count,
        .residual = -1,
        .residual_scale = 1,
        .window = from->spec->op == HAX_OP_POOLING ? pool_window(params, in, out) : params->window,
        .group = params->group,
        .channels_out = params->outputs,
        .bias =
            params->bias || from->spec->op == HAX_OP_BATCH_NORM || from->spec->op == HAX_OP_SCALE,
        .pool = params->pool,
        .axis = params->axis,
        .lrn_size = params->lrn_size,
        .lrn_alpha = params->lrn_alpha,
        .lrn_beta = params->lrn_beta,
        .lrn_k = params->lrn_k,
        .lrn_within = params->lrn_within,
        .eltwise = params->eltwise,
        .coefficients = params->coefficients,
        .relu = from->spec->op == HAX_OP_RELU,
        .negative_slope = params->negative_slope,
        .macs = from->macs,
        .weight_bytes = weights ? (size_t) weight_count(model, from) * sizeof(float) : 0,
    };
}

static hax_status add_kernel(lowering *at, int layer, hax_error *err)
{
    hax_model *model = at->model;
    const graph_layer *from = &model->layers[layer];
    graph_kernel *kernel = &model->kernels[model->kernel_count];
    fill_kernel(model, layer, kernel);
    int *inputs = hax_arena_alloc(model->arena, (size_t) from->spec->bottom_count, sizeof *inputs);
    if (!inputs)
        return hax_fail_memory(err, "a network");
    for (int b = 0; b < from->spec->bottom_count; b++)
        inputs[b] = model->blobs[from->inputs[b]].tensor;
    kernel->public.inputs = inputs;
    kernel->public.output = model->tensor_count;
    new_tensor(at, from->outputs[0], model->kernel_count);
    model->kernel_count++;
    return HAX_OK;
}

static hax_status add_fold(lowering *at, graph_kernel *kernel, int layer, hax_error *err)
{
    fold *made = hax_arena_alloc(at->model->arena, 1, sizeof *made);
    if (!made)
        return hax_fail_memory(err, "a network");
    made->layer = layer;
    fold **end = &kernel->folds;
    while (*end)
        end = &(*end)->next;
    *end = made;
    kernel->public.bias = true;
    return HAX_OK;
}

static hax_status lower_normalisation(lowering *at, int layer, hax_error *err)
{
    const graph_layer *from = &at->model->layers[layer];
    graph_kernel *kernel = open_kernel(at, from->inputs[0]);
    bool fits =
        kernel && untouched(kernel) && (has_weights(kernel) || kernel->public.op == HAX_OP_SCALE);
    if (!fits)
        return add_kernel(at, layer, err);
    HAX_TRY(add_fold(at, kernel, layer, err));
    join(at, layer, kernel);
    return HAX_OK;
}

static hax_status lower_relu(lowering *at, int layer, hax_error *err)
{
    const graph_layer *from = &at->model->layers[layer];
    graph_kernel *kernel = open_kernel(at, from->inputs[0]);
    bool fits = kernel && !kernel->public.relu &&
                (has_weights(kernel) || kernel->public.op == HAX_OP_SCALE ||
                 kernel->public.op == HAX_OP_ELTWISE);
    if (!fits)
        return add_kernel(at, layer, err);
    kernel->public.relu = true;
    kernel->public.negative_slope = from->spec->params.negative_slope;
    join(at, layer, kernel);
    return HAX_OK;
}

/* The input of a sum of two that can take the other in: the one made last. */
static int absorbing_input(const lowering *at, const graph_layer *sum)
{
    int last = -1, last_kernel = -1;
    for (int b = 0; b < 2; b++) {
        int kernel = at->kernel_of[at->model->blobs[sum->inputs[b]].tensor];
        if (kernel > last_kernel) {
            last = b;
            last_kernel = kernel;
        }
    }
    if (last < 0 || sum->inputs[0] == sum->inputs[1])
        return -1;
    const graph_kernel *kernel = open_kernel(at, sum->inputs[last]);
    return kernel && kernel->public.op == HAX_OP_CONVOLUTION && untouched(kernel) ? last : -1;
}

static hax_status lower_eltwise(lowering *at, int layer, hax_error *err)
{
    const graph_layer *from = &at->model->layers[layer];
    const layer_params *params = &from->spec->params;
    int into = params->eltwise == HAX_ELTWISE_SUM && from->spec->bottom_count == 2
                   ? absorbing_input(at, from)
                   : -1;
    if (into < 0)
        return add_kernel(at, layer, err);
    graph_kernel *kernel = open_kernel(at, from->inputs[into]);
    kernel->public.residual = at->model->blobs[from->inputs[1 - into]].tensor;
    kernel->in_residual_branch = true;
    if (params->coefficients) {
        kernel->output_scale = params->coefficients[into];
        kernel->public.residual_scale = params->coefficients[1 - into];
    }
    join(at, layer, kernel);
    return HAX_OK;
}

/* Layers that only pass their tensor on. */
static bool passes_on(const lowering *at, const graph_layer *layer)
{
    const hax_model *model = at->model;
    const hax_shape *in = layer->spec->bottom_count ? &model->blobs[layer->inputs[0]].shape : NULL;
    switch (layer->spec->op) {
    case HAX_OP_DROPOUT:
    case HAX_OP_SPLIT: return true;
    case HAX_OP_CONCAT: return layer->spec->bottom_count == 1;
    case HAX_OP_FLATTEN: return in->rank == 2 || at->only_fc[layer->outputs[0]];
    default: return false;
    }
}

static void pass_on(const lowering *at, int layer)
{
    hax_model *model = at->model;
    const graph_layer *from = &model->layers[layer];
    int tensor = model->blobs[from->inputs[0]].tensor;
    int kernel = at->kernel_of[tensor];
    for (int t = 0; t < from->spec->top_count; t++)
        model->blobs[from->outputs[t]].tensor = tensor;
    if (from->spec->top_count > 1 || model->blobs[from->inputs[0]].consumers > 1)
        at->shared[tensor] = true;
    if (kernel >= 0 && from->compute_index >= 0)
        model->kernels[kernel].public.last = from->compute_index;
}

static hax_status lower_layer(lowering *at, int layer, hax_error *err)
{
    hax_model *model = at->model;
    const graph_layer *from = &model->layers[layer];
    if (from->spec->op == HAX_OP_INPUT) {
        new_tensor(at, from->outputs[0], -1);
        return HAX_OK;
    }
    if (passes_on(at, from)) {
        pass_on(at, layer);
        return HAX_OK;
    }
    switch (from->spec->op) {
    case HAX_OP_BATCH_NORM:
    case HAX_OP_SCALE: return lower_normalisation(at, layer, err);
    case HAX_OP_RELU: return lower_relu(at, layer, err);
    case HAX_OP_ELTWISE: return lower_eltwise(at, layer, err);
    default: return add_kernel(at, layer, err);
    }
}

/* Readers come later in the list, so one walk from its end sees through Dropout and Split. */
static void find_fc_readers(lowering *at)
{
    const hax_model *model = at->model;
    for (int b = 0; b < model->blob_count; b++)
        at->only_fc[b] = model->blobs[b].consumers > 0;
    for (int l = model->layer_count - 1; l >= 0; l--) {
        const graph_layer *layer = &model->layers[l];
        hax_op op = layer->spec->op;
        bool through = op == HAX_OP_DROPOUT || op == HAX_OP_SPLIT || op == HAX_OP_FLATTEN;
        bool fc = through || op == HAX_OP_INNER_PRODUCT;
        for (int t = 0; t < layer->spec->top_count && through; t++)
            fc = fc && at->only_fc[layer->outputs[t]];
        for (int b = 0; b < layer->spec->bottom_count && !fc; b++)
            at->only_fc[layer->inputs[b]] = false;
    }
}

/* Blobs that nobody reads are the network's outputs; find_uses has been before. */
static hax_status find_outputs(hax_model *model, hax_error *err)
{
    model->outputs = hax_arena_alloc(model->arena, (size_t) model->blob_count, sizeof(int));
    if (!model->outputs)
        return hax_fail_memory(err, "a network");
    for (int b = 0; b < model->blob_count; b++) {
        int tensor = model->blobs[b].tensor;
        if (model->blobs[b].consumers > 0 || model->tensors[tensor].last_use == model->kernel_count)
            continue;
        model->tensors[tensor].last_use = model->kernel_count;
        model->outputs[model->output_count++] = tensor;
    }
    return HAX_OK;
}

static void find_uses(hax_model *model)
{
    for (int k = 0; k < model->kernel_count; k++) {
        const hax_kernel *kernel = &model->kernels[k].public;
        for (int i = 0; i < kernel->input_count; i++)
            model->tensors[kernel->inputs[i]].last_use = k;
        if (kernel->residual >= 0)
            model->tensors[kernel->residual].last_use = k;
    }
}

hax_status graph_lower(hax_model *model, hax_error *err)
{
    size_t layers = (size_t) model->layer_count;
    lowering at = { .model = model };
    model->kernels = hax_arena_alloc(model->arena, layers, sizeof *model->kernels);
    model->tensors = hax_arena_alloc(model->arena, layers + 1, sizeof *model->tensors);
    at.kernel_of = hax_arena_alloc(model->arena, layers + 1, sizeof *at.kernel_of);
    at.shared = hax_arena_alloc(model->arena, layers + 1, sizeof *at.shared);
    at.only_fc = hax_arena_alloc(model->arena, (size_t) model->blob_count, sizeof *at.only_fc);
    if (!model->kernels || !model->tensors || !at.kernel_of || !at.shared || !at.only_fc)
        return hax_fail_memory(err, "a network");
    find_fc_readers(&at);
    if (model->blobs[model->input_blob].producer < 0)
        new_tensor(&at, model->input_blob, -1);
    for (int l = 0; l < model->layer_count; l++)
        HAX_TRY(lower_layer(&at, l, err));
    if (model->kernel_count == 0)
        return hax_fail_at(err, HAX_BAD_INPUT, model->file, 1, 1, "no layer computes anything");
    find_uses(model);
    return find_outputs(model, err);
}
