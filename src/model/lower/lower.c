/*
 * From layers to fused kernels.
 *
 * A convolution or fully connected layer takes in what follows it as long as nobody else
 * reads the tensor between: BatchNorm, Scale and arithmetic with constants of the channels (folded
 * into the weights), one residual sum, an activation. The sum goes to whichever of its inputs is
 * made last, so that the other is there when the kernel runs. Layers that only pass a tensor on
 * vanish into the kernel that makes it.
 */
#include <assert.h>
#include <string.h>

#include "assume.h"
#include "lower.h"
#include "random.h"

static void new_tensor(hax_lowering *lowering, int from, int producer)
{
    assert(lowering->model->tensor_count < lowering->model->blob_count);
    assert(lowering->model->blobs[from].tensor < 0);
    hax_model *model = lowering->model;
    model->tensors[model->tensor_count] = (hax_tensor){
        .name = model->blobs[from].name,
        .shape = model->blobs[from].shape,
        .bytes = (size_t) hax_shape_elements(&model->blobs[from].shape) * sizeof(float),
        .producer = producer,
        .last_use = -1,
    };
    if (model->blobs[from].shape.rank == 0) { /* drivers have no tensors without dimensions */
        model->tensors[model->tensor_count].shape = (hax_shape){ 1, { 1 } };
        model->tensors[model->tensor_count].scalar = true;
    }
    lowering->kernel_of[model->tensor_count] = producer;
    model->blobs[from].tensor = model->tensor_count++;
}

/* The kernel that makes a blob, if a following layer may still join it. */
static hax_graph_kernel *open_kernel(const hax_lowering *lowering, int from)
{
    const hax_model *model = lowering->model;
    if (model->blobs[from].known)
        return NULL;
    int kernel = lowering->kernel_of[model->blobs[from].tensor];
    if (kernel < 0 || lowering->readers[from] != 1 || model->blobs[from].output ||
        lowering->shared[model->blobs[from].tensor])
        return NULL;
    return &model->kernels[kernel];
}

static bool has_weights(const hax_graph_kernel *kernel)
{
    return hax_op_class_of(kernel->public.op) == HAX_CLASS_WEIGHTED;
}

static bool untouched(const hax_graph_kernel *kernel)
{
    return kernel->public.activation.curve == HAX_CURVE_NONE && kernel->public.residual < 0;
}

/* The dimension of its output that stands for its channels. */
static int channel_axis(const hax_graph_kernel *kernel)
{
    return kernel->public.op == HAX_OP_INNER_PRODUCT ? kernel->public.axis : 1;
}

/* Whether what follows channel by channel may go into its weights. */
static bool may_fold(const hax_graph_kernel *kernel, int axis)
{
    return untouched(kernel) && channel_axis(kernel) == axis &&
           (has_weights(kernel) || kernel->public.op == HAX_OP_SCALE);
}

/* The kernel now covers this layer too, and makes its top. */
static void join(const hax_lowering *lowering, int layer, hax_graph_kernel *kernel)
{
    hax_model *model = lowering->model;
    const hax_graph_layer *joined = &model->layers[layer];
    hax_tensor *tensor = &model->tensors[kernel->public.output];
    if (joined->compute_index >= 0)
        kernel->public.last = joined->compute_index;
    for (int t = 0; t < joined->spec->top_count; t++)
        model->blobs[joined->outputs[t]].tensor = kernel->public.output;
    tensor->name = joined->spec->tops[0];
}

/* The tensor of a constant, made on first use. Values that the file does not have are drawn. */
static hax_status constant_tensor(hax_lowering *lowering, int from, int *tensor, hax_error *err)
{
    assert(lowering->model->blobs[from].known);
    hax_model *model = lowering->model;
    hax_blob *blob = &model->blobs[from];
    if (blob->tensor < 0) {
        size_t count = (size_t) hax_shape_elements(&blob->shape);
        float *values =
            blob->known->real ? NULL : hax_arena_alloc(model->arena, count, sizeof *values);
        if (!values && !blob->known->real)
            return hax_fail_memory(err, "a network");
        hax_random random = hax_random_fork(model->hash, (uint64_t) from + (UINT64_C(1) << 32));
        for (size_t i = 0; values && i < count; i++)
            values[i] = blob->known->is_whole ? (float) blob->known->integers[i]
                                              : (float) (2 * hax_random_unit(&random) - 1);
        new_tensor(lowering, from, -1);
        model->tensors[blob->tensor].constant = values ? values : blob->known->real;
        lowering->shared[blob->tensor] = true;
    }
    *tensor = blob->tensor;
    return HAX_OK;
}

/* The kernel reads `count` blobs. */
static hax_status set_inputs(hax_lowering *lowering, hax_graph_kernel *kernel, const int *blobs,
                             int count, hax_error *err)
{
    assert(count >= 1);
    int *inputs = hax_arena_alloc(lowering->model->arena, (size_t) count, sizeof *inputs);
    if (!inputs)
        return hax_fail_memory(err, "a network");
    for (int b = 0; b < count; b++) {
        inputs[b] = lowering->model->blobs[blobs[b]].tensor;
        if (lowering->model->blobs[blobs[b]].known)
            HAX_TRY(constant_tensor(lowering, blobs[b], &inputs[b], err));
    }
    kernel->public.inputs = inputs;
    kernel->public.input_count = count;
    return HAX_OK;
}

static hax_status add_kernel_for_top(hax_lowering *lowering, int layer, int top, hax_error *err)
{
    assert(lowering->model->kernel_count < lowering->model->blob_count);
    assert(top >= 0 && top < lowering->model->layers[layer].spec->top_count);
    hax_model *model = lowering->model;
    const hax_graph_layer *from = &model->layers[layer];
    hax_graph_kernel *kernel = &model->kernels[model->kernel_count];
    HAX_TRY(hax_fill_kernel(model, layer, top, kernel, err));
    HAX_TRY(set_inputs(lowering, kernel, from->inputs, from->spec->bottom_count, err));
    kernel->public.output = model->tensor_count;
    new_tensor(lowering, from->outputs[top], model->kernel_count);
    model->kernel_count++;
    return HAX_OK;
}

static hax_status add_kernel(hax_lowering *lowering, int layer, hax_error *err)
{
    return add_kernel_for_top(lowering, layer, 0, err);
}

/* A kernel for each part of a split that somebody reads. */
static hax_status lower_parts(hax_lowering *lowering, int layer, hax_error *err)
{
    const hax_graph_layer *from = &lowering->model->layers[layer];
    for (int t = 0; t < from->spec->top_count; t++) {
        const hax_blob *part = &lowering->model->blobs[from->outputs[t]];
        if (part->consumers > 0 || part->output || lowering->model->named_output_count == 0)
            HAX_TRY(add_kernel_for_top(lowering, layer, t, err));
    }
    return HAX_OK;
}

/* The function alone, where it cannot join the kernel that makes its input. */
static hax_status add_pointwise(hax_lowering *lowering, int layer, int x, hax_activation activation,
                                hax_error *err)
{
    hax_model *model = lowering->model;
    hax_graph_kernel *kernel = &model->kernels[model->kernel_count];
    HAX_TRY(add_kernel(lowering, layer, err));
    kernel->public.form = HAX_FORM_POINTWISE;
    kernel->public.activation = activation;
    int first = lowering->patterns[layer].activation.curve ? lowering->patterns[layer].first
                                                           : kernel->public.first;
    /* kernels stand in the order of their first layers */
    if (model->kernel_count > 1 && first < kernel[-1].public.first)
        first = kernel[-1].public.first;
    kernel->public.first = first;
    return set_inputs(lowering, kernel, &x, 1, err);
}

static hax_status add_fold(hax_lowering *lowering, hax_graph_kernel *kernel, int layer,
                           hax_error *err)
{
    assert(has_weights(kernel) || kernel->public.op == HAX_OP_SCALE);
    assert(untouched(kernel));
    hax_constant_fold *fold = hax_arena_alloc(lowering->model->arena, 1, sizeof *fold);
    if (!fold)
        return hax_fail_memory(err, "a network");
    fold->layer = layer;
    hax_constant_fold **end = &kernel->folds;
    while (*end)
        end = &(*end)->next;
    *end = fold;
    kernel->public.bias = true;
    return HAX_OK;
}

static hax_status lower_normalisation(hax_lowering *lowering, int layer, hax_error *err)
{
    const hax_graph_layer *from = &lowering->model->layers[layer];
    hax_graph_kernel *kernel = open_kernel(lowering, from->inputs[0]);
    if (!kernel || !may_fold(kernel, 1))
        return add_kernel(lowering, layer, err);
    HAX_TRY(add_fold(lowering, kernel, layer, err));
    join(lowering, layer, kernel);
    return HAX_OK;
}

static bool takes_activation(const hax_graph_kernel *kernel)
{
    return kernel->public.activation.curve == HAX_CURVE_NONE &&
           (has_weights(kernel) || kernel->public.op == HAX_OP_SCALE ||
            kernel->public.op == HAX_OP_ELTWISE || kernel->public.form == HAX_FORM_BINARY ||
            kernel->public.form == HAX_FORM_PRODUCT);
}

static hax_status lower_activation(hax_lowering *lowering, int layer, int x,
                                   hax_activation activation, hax_error *err)
{
    assert(activation.curve != HAX_CURVE_NONE);
    hax_graph_kernel *kernel = open_kernel(lowering, x);
    if (!kernel || !takes_activation(kernel) || !hax_curve_is_fused(activation.curve))
        return add_pointwise(lowering, layer, x, activation, err);
    kernel->public.activation = activation;
    join(lowering, layer, kernel);
    return HAX_OK;
}

static hax_status lower_curve(hax_lowering *lowering, int layer, hax_error *err)
{
    const hax_graph_layer *from = &lowering->model->layers[layer];
    hax_activation activation;
    bool is_curve = hax_layer_activation(lowering->model, from, &activation);
    HAX_ASSUME(is_curve);
    return lower_activation(lowering, layer, from->inputs[0], activation, err);
}

/* The input of a sum of two that can take the other in: the one made last. */
static int absorbing_input(const hax_lowering *lowering, const hax_graph_layer *sum)
{
    int last = -1, last_kernel = -1;
    if (lowering->model->blobs[sum->inputs[0]].known ||
        lowering->model->blobs[sum->inputs[1]].known)
        return -1;
    for (int b = 0; b < 2; b++) {
        int kernel = lowering->kernel_of[lowering->model->blobs[sum->inputs[b]].tensor];
        if (kernel > last_kernel) {
            last = b;
            last_kernel = kernel;
        }
    }
    if (last < 0 || sum->inputs[0] == sum->inputs[1])
        return -1;
    const hax_graph_kernel *kernel = open_kernel(lowering, sum->inputs[last]);
    bool adds =
        kernel && (kernel->public.op == HAX_OP_CONVOLUTION ||
                   (kernel->public.op == HAX_OP_INNER_PRODUCT && !sum->spec->params.coefficients));
    return adds && untouched(kernel) ? last : -1;
}

static hax_status lower_sum(hax_lowering *lowering, int layer, hax_error *err)
{
    const hax_graph_layer *from = &lowering->model->layers[layer];
    const hax_layer_params *params = &from->spec->params;
    int into = params->eltwise == HAX_ELTWISE_SUM && from->spec->bottom_count == 2
                   ? absorbing_input(lowering, from)
                   : -1;
    if (into < 0)
        return add_kernel(lowering, layer, err);
    hax_graph_kernel *kernel = open_kernel(lowering, from->inputs[into]);
    assert(kernel && kernel->public.residual < 0);
    kernel->public.residual = lowering->model->blobs[from->inputs[1 - into]].tensor;
    kernel->in_residual_branch = true;
    if (params->coefficients) {
        kernel->output_scale = params->coefficients[into];
        kernel->public.residual_scale = params->coefficients[1 - into];
    }
    join(lowering, layer, kernel);
    return HAX_OK;
}

/* ADD of two computed tensors of one shape: a residual sum where it can be. */
static bool is_sum(const hax_model *model, const hax_graph_layer *layer)
{
    const hax_blob *a = &model->blobs[layer->inputs[0]], *b = &model->blobs[layer->inputs[1]];
    return layer->spec->op == HAX_OP_ADD && !a->known && !b->known &&
           hax_shape_same(&a->shape, &b->shape);
}

static hax_status lower_binary(hax_lowering *lowering, int layer, hax_error *err)
{
    hax_model *model = lowering->model;
    const hax_graph_layer *from = &model->layers[layer];
    hax_activation activation;
    int computed = model->blobs[from->inputs[0]].known ? from->inputs[1] : from->inputs[0];
    hax_graph_kernel *kernel = open_kernel(lowering, computed);
    if (kernel && hax_layer_is_channelwise(model, from, channel_axis(kernel)) &&
        may_fold(kernel, channel_axis(kernel))) {
        HAX_TRY(add_fold(lowering, kernel, layer, err));
        join(lowering, layer, kernel);
        return HAX_OK;
    }
    if (hax_layer_activation(model, from, &activation))
        return lower_activation(lowering, layer, computed, activation, err);
    if (!is_sum(model, from))
        return add_kernel(lowering, layer, err);
    int made = model->kernel_count;
    HAX_TRY(lower_sum(lowering, layer, err));
    if (model->kernel_count > made) {
        model->kernels[made].public.op = HAX_OP_ELTWISE;
        model->kernels[made].public.form = HAX_FORM_OWN;
    }
    return HAX_OK;
}

/* Rows stay rows: what a fully connected layer over axis 1 reads is the same. */
static bool keeps_rows(const hax_model *model, const hax_graph_layer *layer)
{
    const hax_shape *in = &model->blobs[layer->inputs[0]].shape;
    const hax_shape *out = &model->blobs[layer->outputs[0]].shape;
    return in->rank > 1 && out->rank == 2 && in->dims[0] == out->dims[0];
}

/* ---- the column `passes` of op.def: is its top its bottom? -------------------------------- */

static bool passes_always(const hax_lowering *lowering, const hax_graph_layer *layer)
{
    (void) lowering, (void) layer;
    return true;
}

static bool passes_never(const hax_lowering *lowering, const hax_graph_layer *layer)
{
    (void) lowering, (void) layer;
    return false;
}

static bool passes_same_shape(const hax_lowering *lowering, const hax_graph_layer *layer)
{
    const hax_blob *blobs = lowering->model->blobs;
    return hax_shape_same(&blobs[layer->inputs[0]].shape, &blobs[layer->outputs[0]].shape);
}

static bool passes_alone(const hax_lowering *lowering, const hax_graph_layer *layer)
{
    (void) lowering;
    return layer->spec->bottom_count == 1;
}

static bool passes_one_part(const hax_lowering *lowering, const hax_graph_layer *layer)
{
    (void) lowering;
    return !layer->spec->params.parts || layer->spec->top_count == 1;
}

static bool passes_all_of_it(const hax_lowering *lowering, const hax_graph_layer *layer)
{
    const hax_layer_longs *steps = &layer->spec->params.steps;
    bool forwards = passes_same_shape(lowering, layer);
    for (int i = 0; i < steps->count; i++)
        forwards = forwards && steps->values[i] > 0;
    return forwards;
}

static bool passes_in_order(const hax_lowering *lowering, const hax_graph_layer *layer)
{
    const hax_layer_longs *order = &layer->spec->params.order;
    bool same = passes_same_shape(lowering, layer);
    for (int d = 0; d < order->count; d++)
        same = same && order->values[d] == d;
    return same;
}

static bool passes_renamed(const hax_lowering *lowering, const hax_graph_layer *layer)
{
    return passes_same_shape(lowering, layer) ||
           (keeps_rows(lowering->model, layer) && lowering->only_fc[layer->outputs[0]]);
}

typedef bool passes_function(const hax_lowering *lowering, const hax_graph_layer *layer);

static passes_function *const passes_functions[] = {
#define X(op, name, v1, class, least, most, resolve, shape, fold, passes, curve) \
    [HAX_OP_##op] = passes_##passes,
#include "op.def"
#undef X
};

/* Layers that only pass their tensor on. */
static bool passes_on(const hax_lowering *lowering, const hax_graph_layer *layer)
{
    return !lowering->model->blobs[layer->inputs[0]].known &&
           passes_functions[layer->spec->op](lowering, layer);
}

static bool is_output(const hax_model *model, const hax_blob *blob)
{
    return blob->output || (model->named_output_count == 0 && blob->consumers == 0);
}

/* Does this tensor stand for an input or an output of the network already? It can for one only:
 * each has a shape and a name of its own. */
static bool is_taken(const hax_model *model, int tensor)
{
    for (int b = 0; b < model->blob_count; b++) {
        const hax_blob *blob = &model->blobs[b];
        if (blob->tensor == tensor && (is_output(model, blob) || hax_blob_is_input(model, blob)))
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
static hax_status add_copy(hax_lowering *lowering, int layer, int top, hax_error *err)
{
    hax_model *model = lowering->model;
    hax_graph_kernel *kernel = &model->kernels[model->kernel_count];
    HAX_TRY(add_kernel_for_top(lowering, layer, top, err));
    int index = last_compute_index(model, layer);
    kernel->public.form = HAX_FORM_VIEW;
    kernel->public.activation = (hax_activation){ 0 };
    kernel->public.first = kernel->public.last = index;
    return set_inputs(lowering, kernel, model->layers[layer].inputs, 1, err);
}

static hax_status pass_on(hax_lowering *lowering, int layer, hax_error *err)
{
    hax_model *model = lowering->model;
    const hax_graph_layer *from = &model->layers[layer];
    int tensor = model->blobs[from->inputs[0]].tensor;
    int kernel = -1; /* that makes one of its tops now */
    assert(tensor >= 0 && tensor < model->tensor_count);
    for (int t = 0; t < from->spec->top_count; t++) {
        hax_blob *top = &model->blobs[from->outputs[t]];
        if (is_output(model, top) && model->compute_count > 0 && is_taken(model, tensor)) {
            HAX_TRY(add_copy(lowering, layer, t, err));
            continue;
        }
        top->tensor = tensor;
        kernel = lowering->kernel_of[tensor];
    }
    if (from->spec->top_count > 1 || model->blobs[from->inputs[0]].consumers > 1 ||
        model->blobs[from->inputs[0]].output)
        lowering->shared[tensor] = true;
    if (kernel >= 0 && from->compute_index >= 0)
        model->kernels[kernel].public.last = from->compute_index;
    return HAX_OK;
}

static hax_status lower_layer(hax_lowering *lowering, int layer, hax_error *err)
{
    hax_model *model = lowering->model;
    const hax_graph_layer *from = &model->layers[layer];
    const hax_activation_pattern *ends = &lowering->patterns[layer];
    if (from->folded || lowering->absorbed[layer])
        return HAX_OK;
    if (from->spec->op == HAX_OP_INPUT) {
        new_tensor(lowering, from->outputs[0], -1);
        return HAX_OK;
    }
    if (passes_on(lowering, from))
        return pass_on(lowering, layer, err);
    if (ends->activation.curve != HAX_CURVE_NONE)
        return lower_activation(lowering, layer, ends->x, ends->activation, err);
    switch (hax_op_class_of(from->spec->op)) {
    case HAX_CLASS_NORMALISE: return lower_normalisation(lowering, layer, err);
    case HAX_CLASS_SUM: return lower_sum(lowering, layer, err);
    case HAX_CLASS_PARTS: return lower_parts(lowering, layer, err);
    case HAX_CLASS_BINARY: return lower_binary(lowering, layer, err);
    case HAX_CLASS_CURVE: return lower_curve(lowering, layer, err);
    default: return add_kernel(lowering, layer, err);
    }
}

/* Readers come later in the list, so one walk from its end sees through Dropout and Split. */
static void find_fc_readers(hax_lowering *lowering)
{
    const hax_model *model = lowering->model;
    for (int b = 0; b < model->blob_count; b++)
        lowering->only_fc[b] = model->blobs[b].consumers > 0 && !model->blobs[b].output;
    for (int l = model->layer_count - 1; l >= 0; l--) {
        const hax_graph_layer *layer = &model->layers[l];
        hax_op op = layer->spec->op;
        hax_op_class class = hax_op_class_of(op);
        if (layer->folded)
            continue;
        bool through = class == HAX_CLASS_PASS ||
                       (class == HAX_CLASS_PARTS && !layer->spec->params.parts) ||
                       (class == HAX_CLASS_RENAME && keeps_rows(model, layer));
        bool fc = through || (op == HAX_OP_INNER_PRODUCT && layer->spec->params.axis == 1);
        for (int t = 0; t < layer->spec->top_count && through; t++)
            fc = fc && lowering->only_fc[layer->outputs[t]];
        for (int b = 0; b < layer->spec->bottom_count && !fc; b++)
            lowering->only_fc[layer->inputs[b]] = false;
    }
}

static void add_output(hax_model *model, int tensor)
{
    assert(tensor >= 0 && tensor < model->tensor_count);
    if (model->tensors[tensor].last_use == model->kernel_count)
        return; /* it is one already */
    model->tensors[tensor].last_use = model->kernel_count;
    model->outputs[model->output_count++] = tensor;
}

/* The outputs that the file names, or the blobs that nobody reads; find_uses has been before. */
static hax_status find_outputs(hax_model *model, hax_error *err)
{
    size_t capacity = (size_t) model->blob_count + (size_t) model->named_output_count;
    model->outputs = hax_arena_alloc(model->arena, capacity, sizeof(int));
    if (!model->outputs)
        return hax_fail_memory(err, "a network");
    for (int o = 0; o < model->named_output_count; o++) {
        const hax_blob *output = &model->blobs[model->named_outputs[o]];
        add_output(model, output->tensor);
        model->tensors[output->tensor].name =
            output->name; /* not what it was called before an Identity */
    }
    for (int b = 0; b < model->blob_count && model->named_output_count == 0; b++) {
        const hax_blob *output = &model->blobs[b];
        if (output->consumers == 0 && !output->known && output->tensor >= 0 &&
            !hax_blob_is_input(model, output))
            add_output(model, output->tensor);
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

static hax_status allocate(hax_lowering *lowering, hax_error *err)
{
    hax_model *model = lowering->model;
    size_t blobs = (size_t) model->blob_count, layers = (size_t) model->layer_count;
    hax_arena *arena = model->arena;
    model->kernels = hax_arena_alloc(arena, blobs, sizeof *model->kernels);
    model->tensors = hax_arena_alloc(arena, blobs, sizeof *model->tensors);
    lowering->kernel_of = hax_arena_alloc(arena, blobs, sizeof *lowering->kernel_of);
    lowering->shared = hax_arena_alloc(arena, blobs, sizeof *lowering->shared);
    lowering->only_fc = hax_arena_alloc(arena, blobs, sizeof *lowering->only_fc);
    lowering->readers = hax_arena_alloc(arena, blobs, sizeof *lowering->readers);
    lowering->absorbed = hax_arena_alloc(arena, layers, sizeof *lowering->absorbed);
    lowering->patterns = hax_arena_alloc(arena, layers, sizeof *lowering->patterns);
    bool ok = model->kernels && model->tensors && lowering->kernel_of && lowering->shared &&
              lowering->only_fc && lowering->readers && lowering->absorbed && lowering->patterns;
    for (size_t b = 0; ok && b < blobs; b++)
        lowering->readers[b] = model->blobs[b].consumers;
    return ok ? HAX_OK : hax_fail_memory(err, "a network");
}

hax_status hax_graph_lower(hax_model *model, hax_error *err)
{
    hax_lowering lowering = { .model = model };
    HAX_TRY(allocate(&lowering, err));
    find_fc_readers(&lowering);
    hax_find_patterns(&lowering);
    for (int i = 0; i < model->input_count; i++)
        if (model->blobs[model->inputs[i]].producer < 0)
            new_tensor(&lowering, model->inputs[i], -1);
    for (int l = 0; l < model->layer_count; l++)
        HAX_TRY(lower_layer(&lowering, l, err));
    if (model->kernel_count == 0)
        return hax_fail_at(err, HAX_BAD_INPUT, model->file, 1, 1, "no layer computes anything");
    find_uses(model);
    return find_outputs(model, err);
}
