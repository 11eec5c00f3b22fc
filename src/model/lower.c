/*
 * From layers to fused kernels.
 *
 * A convolution or fully connected layer takes in what follows it as long as nobody else
 * reads the tensor between: BatchNorm, Scale and arithmetic with constants of the channels (folded
 * into the weights), one residual sum, an activation. The sum goes to whichever of its inputs is
 * made last, so that the other is there when the kernel runs. Layers that only pass a tensor on
 * vanish into the kernel that makes it.
 */
#include <string.h>

#include "lower.h"
#include "random.h"

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
    if (model->blobs[from].shape.rank == 0) { /* drivers have no tensors without dimensions */
        model->tensors[model->tensor_count].shape = (hax_shape){ 1, { 1 } };
        model->tensors[model->tensor_count].scalar = true;
    }
    at->kernel_of[model->tensor_count] = producer;
    model->blobs[from].tensor = model->tensor_count++;
}

/* The kernel that makes a blob, if a following layer may still join it. */
static graph_kernel *open_kernel(const lowering *at, int from)
{
    const hax_model *model = at->model;
    if (model->blobs[from].known)
        return NULL;
    int kernel = at->kernel_of[model->blobs[from].tensor];
    if (kernel < 0 || at->readers[from] != 1 || model->blobs[from].output ||
        at->shared[model->blobs[from].tensor])
        return NULL;
    return &model->kernels[kernel];
}

static bool has_weights(const graph_kernel *kernel)
{
    hax_op op = kernel->public.op;
    return op == HAX_OP_CONVOLUTION || op == HAX_OP_DECONVOLUTION || op == HAX_OP_INNER_PRODUCT;
}

static bool untouched(const graph_kernel *kernel)
{
    return kernel->public.activation.curve == HAX_CURVE_NONE && kernel->public.residual < 0;
}

/* The dimension of its output that stands for its channels. */
static int channel_axis(const graph_kernel *kernel)
{
    return kernel->public.op == HAX_OP_INNER_PRODUCT ? kernel->public.axis : 1;
}

/* Whether what follows channel by channel may go into its weights. */
static bool may_fold(const graph_kernel *kernel, int axis)
{
    return untouched(kernel) && channel_axis(kernel) == axis &&
           (has_weights(kernel) || kernel->public.op == HAX_OP_SCALE);
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

/* The tensor of a constant, made on first use. Values that the file does not have are drawn. */
static hax_status constant_tensor(lowering *at, int from, int *tensor, hax_error *err)
{
    hax_model *model = at->model;
    blob *of = &model->blobs[from];
    if (of->tensor < 0) {
        size_t count = (size_t) shape_elements(&of->shape);
        float *values =
            of->known->real ? NULL : hax_arena_alloc(model->arena, count, sizeof *values);
        if (!values && !of->known->real)
            return hax_fail_memory(err, "a network");
        hax_random random = hax_random_fork(model->hash, (uint64_t) from + (UINT64_C(1) << 32));
        for (size_t i = 0; values && i < count; i++)
            values[i] = of->known->is_whole ? (float) of->known->whole[i]
                                            : (float) (2 * hax_random_unit(&random) - 1);
        new_tensor(at, from, -1);
        model->tensors[of->tensor].constant = values ? values : of->known->real;
        at->shared[of->tensor] = true;
    }
    *tensor = of->tensor;
    return HAX_OK;
}

/* The kernel reads `count` blobs. */
static hax_status set_inputs(lowering *at, graph_kernel *kernel, const int *blobs, int count,
                             hax_error *err)
{
    int *inputs = hax_arena_alloc(at->model->arena, (size_t) count, sizeof *inputs);
    if (!inputs)
        return hax_fail_memory(err, "a network");
    for (int b = 0; b < count; b++) {
        inputs[b] = at->model->blobs[blobs[b]].tensor;
        if (at->model->blobs[blobs[b]].known)
            HAX_TRY(constant_tensor(at, blobs[b], &inputs[b], err));
    }
    kernel->public.inputs = inputs;
    kernel->public.input_count = count;
    return HAX_OK;
}

static hax_status add_kernel_for_top(lowering *at, int layer, int top, hax_error *err)
{
    hax_model *model = at->model;
    const graph_layer *from = &model->layers[layer];
    graph_kernel *kernel = &model->kernels[model->kernel_count];
    HAX_TRY(fill_kernel(model, layer, top, kernel, err));
    HAX_TRY(set_inputs(at, kernel, from->inputs, from->spec->bottom_count, err));
    kernel->public.output = model->tensor_count;
    new_tensor(at, from->outputs[top], model->kernel_count);
    model->kernel_count++;
    return HAX_OK;
}

static hax_status add_kernel(lowering *at, int layer, hax_error *err)
{
    return add_kernel_for_top(at, layer, 0, err);
}

/* A kernel for each part of a split that somebody reads. */
static hax_status lower_parts(lowering *at, int layer, hax_error *err)
{
    const graph_layer *from = &at->model->layers[layer];
    for (int t = 0; t < from->spec->top_count; t++) {
        const blob *part = &at->model->blobs[from->outputs[t]];
        if (part->consumers > 0 || part->output || at->model->named_output_count == 0)
            HAX_TRY(add_kernel_for_top(at, layer, t, err));
    }
    return HAX_OK;
}

/* The function alone, where it cannot join the kernel that makes its input. */
static hax_status add_pointwise(lowering *at, int layer, int x, hax_activation activation,
                                hax_error *err)
{
    hax_model *model = at->model;
    graph_kernel *kernel = &model->kernels[model->kernel_count];
    HAX_TRY(add_kernel(at, layer, err));
    kernel->public.form = HAX_FORM_POINTWISE;
    kernel->public.activation = activation;
    int first =
        at->patterns[layer].activation.curve ? at->patterns[layer].first : kernel->public.first;
    /* kernels stand in the order of their first layers */
    if (model->kernel_count > 1 && first < kernel[-1].public.first)
        first = kernel[-1].public.first;
    kernel->public.first = first;
    return set_inputs(at, kernel, &x, 1, err);
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
    if (!kernel || !may_fold(kernel, 1))
        return add_kernel(at, layer, err);
    HAX_TRY(add_fold(at, kernel, layer, err));
    join(at, layer, kernel);
    return HAX_OK;
}

static bool takes_activation(const graph_kernel *kernel)
{
    return kernel->public.activation.curve == HAX_CURVE_NONE &&
           (has_weights(kernel) || kernel->public.op == HAX_OP_SCALE ||
            kernel->public.op == HAX_OP_ELTWISE || kernel->public.form == HAX_FORM_BINARY ||
            kernel->public.form == HAX_FORM_PRODUCT);
}

static hax_status lower_activation(lowering *at, int layer, int x, hax_activation activation,
                                   hax_error *err)
{
    graph_kernel *kernel = open_kernel(at, x);
    hax_curve which = activation.curve;
    bool rare = which == HAX_CURVE_ERF || which == HAX_CURVE_FLOOR || which == HAX_CURVE_CEIL;
    if (!kernel || !takes_activation(kernel) || rare) /* libraries do not have those to fuse */
        return add_pointwise(at, layer, x, activation, err);
    kernel->public.activation = activation;
    join(at, layer, kernel);
    return HAX_OK;
}

/* The input of a sum of two that can take the other in: the one made last. */
static int absorbing_input(const lowering *at, const graph_layer *sum)
{
    int last = -1, last_kernel = -1;
    if (at->model->blobs[sum->inputs[0]].known || at->model->blobs[sum->inputs[1]].known)
        return -1;
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
    bool adds =
        kernel && (kernel->public.op == HAX_OP_CONVOLUTION ||
                   (kernel->public.op == HAX_OP_INNER_PRODUCT && !sum->spec->params.coefficients));
    return adds && untouched(kernel) ? last : -1;
}

static hax_status lower_sum(lowering *at, int layer, hax_error *err)
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

/* ADD of two computed tensors of one shape: a residual sum where it can be. */
static bool is_sum(const hax_model *model, const graph_layer *layer)
{
    const blob *a = &model->blobs[layer->inputs[0]], *b = &model->blobs[layer->inputs[1]];
    return layer->spec->op == HAX_OP_ADD && !a->known && !b->known &&
           shape_same(&a->shape, &b->shape);
}

static hax_status lower_binary(lowering *at, int layer, hax_error *err)
{
    hax_model *model = at->model;
    const graph_layer *from = &model->layers[layer];
    hax_activation activation;
    int computed = model->blobs[from->inputs[0]].known ? from->inputs[1] : from->inputs[0];
    graph_kernel *kernel = open_kernel(at, computed);
    if (kernel && layer_is_channelwise(model, from, channel_axis(kernel)) &&
        may_fold(kernel, channel_axis(kernel))) {
        HAX_TRY(add_fold(at, kernel, layer, err));
        join(at, layer, kernel);
        return HAX_OK;
    }
    if (layer_activation(model, from, &activation))
        return lower_activation(at, layer, computed, activation, err);
    if (!is_sum(model, from))
        return add_kernel(at, layer, err);
    int made = model->kernel_count;
    HAX_TRY(lower_sum(at, layer, err));
    if (model->kernel_count > made) {
        model->kernels[made].public.op = HAX_OP_ELTWISE;
        model->kernels[made].public.form = HAX_FORM_OWN;
    }
    return HAX_OK;
}

static bool renames(hax_op op)
{
    return op == HAX_OP_FLATTEN || op == HAX_OP_RESHAPE || op == HAX_OP_SQUEEZE ||
           op == HAX_OP_UNSQUEEZE;
}

/* Rows stay rows: what a fully connected layer over axis 1 reads is the same. */
static bool keeps_rows(const hax_model *model, const graph_layer *layer)
{
    const hax_shape *in = &model->blobs[layer->inputs[0]].shape;
    const hax_shape *out = &model->blobs[layer->outputs[0]].shape;
    return in->rank > 1 && out->rank == 2 && in->dims[0] == out->dims[0];
}

/* Layers that only pass their tensor on. */
static bool passes_on(const lowering *at, const graph_layer *layer)
{
    const hax_model *model = at->model;
    const layer_params *params = &layer->spec->params;
    const hax_shape *in = &model->blobs[layer->inputs[0]].shape;
    const hax_shape *out = &model->blobs[layer->outputs[0]].shape;
    bool same = shape_same(in, out), still = same;
    if (model->blobs[layer->inputs[0]].known)
        return false;
    switch (layer->spec->op) {
    case HAX_OP_DROPOUT:
    case HAX_OP_IDENTITY:
    case HAX_OP_CAST: return true;
    case HAX_OP_SPLIT: return !params->parts || layer->spec->top_count == 1;
    case HAX_OP_CONCAT: return layer->spec->bottom_count == 1;
    case HAX_OP_EXPAND:
    case HAX_OP_RESIZE:
    case HAX_OP_PAD: return same;
    case HAX_OP_SLICE:
        for (int i = 0; i < params->steps.count; i++)
            still = still && params->steps.at[i] > 0;
        return still;
    case HAX_OP_TRANSPOSE:
        for (int d = 0; d < params->order.count; d++)
            still = still && params->order.at[d] == d;
        return still;
    default:
        return renames(layer->spec->op) &&
               (same || (keeps_rows(model, layer) && at->only_fc[layer->outputs[0]]));
    }
}

static bool is_output(const hax_model *model, const blob *at)
{
    return at->output || (model->named_output_count == 0 && at->consumers == 0);
}

/* Does this tensor stand for an input or an output of the network already? It can for one only:
 * each has a shape and a name of its own. */
static bool is_taken(const hax_model *model, int tensor)
{
    for (int b = 0; b < model->blob_count; b++) {
        const blob *at = &model->blobs[b];
        if (at->tensor == tensor && (is_output(model, at) || blob_is_input(model, at)))
            return true;
    }
    return false;
}

/* The last numbered layer up to this one, so that the kernel of a layer without a number stands in
 * a group. */
static int last_compute_index(const hax_model *model, int layer)
{
    while (layer > 0 && model->layers[layer].compute_index < 0)
        layer--;
    return model->layers[layer].compute_index > 0 ? model->layers[layer].compute_index : 0;
}

/* An output that is another one, or an input, in a shape or under a name of its own: a copy. */
static hax_status add_copy(lowering *at, int layer, int top, hax_error *err)
{
    hax_model *model = at->model;
    graph_kernel *kernel = &model->kernels[model->kernel_count];
    HAX_TRY(add_kernel_for_top(at, layer, top, err));
    int index = last_compute_index(model, layer);
    kernel->public.form = HAX_FORM_VIEW;
    kernel->public.activation = (hax_activation){ 0 };
    kernel->public.first = kernel->public.last = index;
    return set_inputs(at, kernel, model->layers[layer].inputs, 1, err);
}

static hax_status pass_on(lowering *at, int layer, hax_error *err)
{
    hax_model *model = at->model;
    const graph_layer *from = &model->layers[layer];
    int tensor = model->blobs[from->inputs[0]].tensor;
    int kernel = -1; /* that makes one of its tops now */
    for (int t = 0; t < from->spec->top_count; t++) {
        blob *top = &model->blobs[from->outputs[t]];
        if (is_output(model, top) && model->compute_count > 0 && is_taken(model, tensor)) {
            HAX_TRY(add_copy(at, layer, t, err));
            continue;
        }
        top->tensor = tensor;
        kernel = at->kernel_of[tensor];
    }
    if (from->spec->top_count > 1 || model->blobs[from->inputs[0]].consumers > 1 ||
        model->blobs[from->inputs[0]].output)
        at->shared[tensor] = true;
    if (kernel >= 0 && from->compute_index >= 0)
        model->kernels[kernel].public.last = from->compute_index;
    return HAX_OK;
}

static hax_status lower_layer(lowering *at, int layer, hax_error *err)
{
    hax_model *model = at->model;
    const graph_layer *from = &model->layers[layer];
    const pattern *ends = &at->patterns[layer];
    hax_activation activation;
    if (from->folded || at->absorbed[layer])
        return HAX_OK;
    if (from->spec->op == HAX_OP_INPUT) {
        new_tensor(at, from->outputs[0], -1);
        return HAX_OK;
    }
    if (passes_on(at, from))
        return pass_on(at, layer, err);
    if (ends->activation.curve != HAX_CURVE_NONE)
        return lower_activation(at, layer, ends->x, ends->activation, err);
    switch (from->spec->op) {
    case HAX_OP_BATCH_NORM:
    case HAX_OP_SCALE: return lower_normalisation(at, layer, err);
    case HAX_OP_ELTWISE: return lower_sum(at, layer, err);
    case HAX_OP_SPLIT: return lower_parts(at, layer, err);
    default: break;
    }
    if (from->spec->op >= HAX_OP_ADD && from->spec->op <= HAX_OP_MAX)
        return lower_binary(at, layer, err);
    return layer_activation(model, from, &activation)
               ? lower_activation(at, layer, from->inputs[0], activation, err)
               : add_kernel(at, layer, err);
}

/* Readers come later in the list, so one walk from its end sees through Dropout and Split. */
static void find_fc_readers(lowering *at)
{
    const hax_model *model = at->model;
    for (int b = 0; b < model->blob_count; b++)
        at->only_fc[b] = model->blobs[b].consumers > 0 && !model->blobs[b].output;
    for (int l = model->layer_count - 1; l >= 0; l--) {
        const graph_layer *layer = &model->layers[l];
        hax_op op = layer->spec->op;
        if (layer->folded)
            continue;
        bool through = op == HAX_OP_DROPOUT || op == HAX_OP_IDENTITY || op == HAX_OP_CAST ||
                       (op == HAX_OP_SPLIT && !layer->spec->params.parts) ||
                       (renames(op) && keeps_rows(model, layer));
        bool fc = through || (op == HAX_OP_INNER_PRODUCT && layer->spec->params.axis == 1);
        for (int t = 0; t < layer->spec->top_count && through; t++)
            fc = fc && at->only_fc[layer->outputs[t]];
        for (int b = 0; b < layer->spec->bottom_count && !fc; b++)
            at->only_fc[layer->inputs[b]] = false;
    }
}

static void add_output(hax_model *model, int tensor)
{
    if (model->tensors[tensor].last_use == model->kernel_count)
        return; /* it is one already */
    model->tensors[tensor].last_use = model->kernel_count;
    model->outputs[model->output_count++] = tensor;
}

/* The outputs that the file names, or the blobs that nobody reads; find_uses has been before. */
static hax_status find_outputs(hax_model *model, hax_error *err)
{
    size_t room = (size_t) model->blob_count + (size_t) model->named_output_count;
    model->outputs = hax_arena_alloc(model->arena, room, sizeof(int));
    if (!model->outputs)
        return hax_fail_memory(err, "a network");
    for (int o = 0; o < model->named_output_count; o++) {
        const blob *at = &model->blobs[model->named_outputs[o]];
        add_output(model, at->tensor);
        model->tensors[at->tensor].name = at->name; /* not what it was called before an Identity */
    }
    for (int b = 0; b < model->blob_count && model->named_output_count == 0; b++) {
        const blob *at = &model->blobs[b];
        if (at->consumers == 0 && !at->known && at->tensor >= 0 && !blob_is_input(model, at))
            add_output(model, at->tensor);
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

static hax_status allocate(lowering *at, hax_error *err)
{
    hax_model *model = at->model;
    size_t blobs = (size_t) model->blob_count, layers = (size_t) model->layer_count;
    hax_arena *arena = model->arena;
    model->kernels = hax_arena_alloc(arena, blobs, sizeof *model->kernels);
    model->tensors = hax_arena_alloc(arena, blobs, sizeof *model->tensors);
    at->kernel_of = hax_arena_alloc(arena, blobs, sizeof *at->kernel_of);
    at->shared = hax_arena_alloc(arena, blobs, sizeof *at->shared);
    at->only_fc = hax_arena_alloc(arena, blobs, sizeof *at->only_fc);
    at->readers = hax_arena_alloc(arena, blobs, sizeof *at->readers);
    at->absorbed = hax_arena_alloc(arena, layers, sizeof *at->absorbed);
    at->patterns = hax_arena_alloc(arena, layers, sizeof *at->patterns);
    bool ok = model->kernels && model->tensors && at->kernel_of && at->shared && at->only_fc &&
              at->readers && at->absorbed && at->patterns;
    for (size_t b = 0; ok && b < blobs; b++)
        at->readers[b] = model->blobs[b].consumers;
    return ok ? HAX_OK : hax_fail_memory(err, "a network");
}

hax_status graph_lower(hax_model *model, hax_error *err)
{
    lowering at = { .model = model };
    HAX_TRY(allocate(&at, err));
    find_fc_readers(&at);
    find_patterns(&at);
    for (int i = 0; i < model->input_count; i++)
        if (model->blobs[model->inputs[i]].producer < 0)
            new_tensor(&at, model->inputs[i], -1);
    for (int l = 0; l < model->layer_count; l++)
        HAX_TRY(lower_layer(&at, l, err));
    if (model->kernel_count == 0)
        return hax_fail_at(err, HAX_BAD_INPUT, model->file, 1, 1, "no layer computes anything");
    find_uses(model);
    return find_outputs(model, err);
}
