/* From a list of layers to a model: names resolved, shapes inferred, content hashed. */
#include "graph.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"

/* ---- names of tensors in force: the latest blob of a name --------------------------- */

typedef struct name_table {
    int *slots; /* blob + 1, 0: empty */
    size_t mask;
} name_table;

static bool table_init(name_table *table, size_t names)
{
    size_t size = 16;
    while (size < 2 * names)
        size *= 2;
    table->slots = calloc(size, sizeof *table->slots);
    table->mask = size - 1;
    return table->slots != NULL;
}

static int *table_slot(const name_table *table, const hax_model *model, const char *name)
{
    size_t at = (size_t) hax_hash_string(HAX_HASH_START, name) & table->mask;
    while (table->slots[at] && strcmp(model->blobs[table->slots[at] - 1].name, name) != 0)
        at = (at + 1) & table->mask;
    return &table->slots[at];
}

/* ---- layers --------------------------------------------------------------------------- */

static int new_blob(hax_model *model, const name_table *names, const char *name, hax_shape shape,
                    int producer)
{
    assert(producer >= -1 && producer <= model->layer_count);
    int *slot = table_slot(names, model, name); /* before the blob exists: it compares names */
    int made = model->blob_count++;
    model->blobs[made] =
        (hax_blob){ .name = name, .shape = shape, .producer = producer, .tensor = -1 };
    *slot = made + 1;
    return made;
}

static hax_status check_counts(const hax_model *model, const hax_layer_spec *spec, hax_error *err)
{
    int least, most;
    hax_op_bottoms(spec->op, &least, &most);
    if (spec->bottom_count < least || spec->bottom_count > most)
        return hax_layer_fail(model, spec, err, "has %d bottoms, needs %d%s", spec->bottom_count,
                              least, most > least ? " or more" : "");
    if (spec->top_count < 1 || (spec->top_count > 1 && spec->op != HAX_OP_SPLIT))
        return hax_layer_fail(model, spec, err, "has %d tops, needs 1", spec->top_count);
    return HAX_OK;
}

/* Blobs of a layer's bottoms; -1 where one is left out, which the first never is. */
static hax_status resolve_bottoms(hax_model *model, const name_table *names,
                                  const hax_layer_spec *spec, int **resolved, hax_error *err)
{
    int *inputs = hax_arena_alloc(model->arena, (size_t) spec->bottom_count, sizeof *inputs);
    if (!inputs)
        return hax_fail_memory(err, "a network");
    for (int b = 0; b < spec->bottom_count; b++) {
        bool left_out = b > 0 && spec->bottoms[b][0] == '\0';
        int found = left_out ? -1 : *table_slot(names, model, spec->bottoms[b]) - 1;
        if (found < 0 && !left_out)
            return hax_layer_fail(model, spec, err,
                                  "bottom '%.100s' is the top of no earlier layer",
                                  spec->bottoms[b]);
        inputs[b] = found;
    }
    *resolved = inputs;
    return HAX_OK;
}

/* A top may replace a tensor only in place; otherwise two layers would claim one name. */
static hax_status check_top(const hax_model *model, const name_table *names,
                            const hax_layer_spec *spec, const char *top, hax_error *err)
{
    if (*table_slot(names, model, top) == 0)
        return HAX_OK;
    for (int b = 0; b < spec->bottom_count; b++)
        if (strcmp(spec->bottoms[b], top) == 0)
            return HAX_OK;
    return hax_layer_fail(model, spec, err, "top '%.100s' is already made by an earlier layer",
                          top);
}

/* The layer with its constant operands taken in, and the blobs that it reads when it runs. */
static hax_status resolve_layer(hax_model *model, const name_table *names,
                                const hax_layer_spec *listed, hax_graph_layer *layer,
                                hax_error *err)
{
    int *inputs = NULL;
    hax_layer_spec *spec = hax_arena_alloc(model->arena, 1, sizeof *spec);
    if (!spec)
        return hax_fail_memory(err, "a network");
    *spec = *listed;
    layer->spec = spec;
    HAX_TRY(check_counts(model, spec, err));
    HAX_TRY(resolve_bottoms(model, names, spec, &inputs, err));
    HAX_TRY(hax_resolve_constants(model, spec, inputs, err));
    for (int b = 0; b < spec->bottom_count; b++)
        if (inputs[b] < 0)
            return hax_layer_fail(model, spec, err, "its input %d is left out", b);
    layer->inputs = inputs;
    layer->folded = hax_layer_foldable(model, spec, inputs);
    if (spec->op == HAX_OP_CAST && spec->params.to_whole && !layer->folded)
        return hax_layer_fail(model, spec, err,
                              "rounds computed numbers to whole ones, which no unit can run");
    if (hax_op_is_beforehand(spec->op) && !layer->folded)
        return hax_layer_fail(
            model, spec, err,
            "is run by no unit: what it reads must follow from constants and shapes");
    for (int b = 0; b < spec->bottom_count && !layer->folded; b++)
        model->blobs[inputs[b]].consumers++;
    return HAX_OK;
}

/*
 * What layers that are worked out beforehand (ConstantOfShape, Expand, ...) may make in all: some
 * times what the file itself has, and what the grids of detectors need. A file of a hundred bytes
 * could ask for gigabytes otherwise.
 */
enum { CONSTANT_ROOM = 1 << 23, CONSTANT_COPIES = 8 };

static hax_status take_room(hax_model *model, const hax_layer_spec *spec, const hax_shape *shape,
                            hax_error *err)
{
    int64_t count = hax_shape_elements(shape);
    if (count > model->constant_capacity)
        return hax_layer_fail(
            model, spec, err,
            "makes a constant of %lld elements, beyond what the constants of the file "
            "account for",
            (long long) count);
    model->constant_capacity -= count;
    assert(model->constant_capacity >= 0);
    return HAX_OK;
}

static hax_status add_tops(hax_model *model, const name_table *names, hax_graph_layer *layer,
                           hax_error *err)
{
    const hax_layer_spec *spec = layer->spec;
    size_t tops = (size_t) spec->top_count;
    int *outputs = hax_arena_alloc(model->arena, tops, sizeof *outputs);
    hax_shape *shapes = hax_arena_alloc(model->arena, tops, sizeof *shapes);
    if (!outputs || !shapes)
        return hax_fail_memory(err, "a network");
    HAX_TRY(hax_layer_infer(model, layer, shapes, err));
    for (int t = 0; t < spec->top_count; t++) {
        HAX_TRY(check_top(model, names, spec, spec->tops[t], err));
        outputs[t] = new_blob(model, names, spec->tops[t], shapes[t], model->layer_count);
        if (layer->folded)
            HAX_TRY(take_room(model, spec, &shapes[t], err));
        if (layer->folded)
            HAX_TRY(
                hax_layer_fold(model, layer, t, &shapes[t], &model->blobs[outputs[t]].known, err));
    }
    layer->outputs = outputs;
    return HAX_OK;
}

static hax_status add_layer(hax_model *model, const name_table *names, const hax_layer_spec *listed,
                            hax_error *err)
{
    hax_graph_layer *layer = &model->layers[model->layer_count];
    HAX_TRY(resolve_layer(model, names, listed, layer, err));
    HAX_TRY(add_tops(model, names, layer, err));
    layer->compute_index =
        hax_op_numbered(layer->spec->op) && !layer->folded ? model->compute_count++ : -1;
    if (__builtin_add_overflow(model->macs, layer->macs, &model->macs) ||
        __builtin_add_overflow(model->parameters, layer->parameters, &model->parameters))
        return hax_layer_fail(model, layer->spec, err,
                              "the network would need 2^63 operations or more");
    model->layer_count++;
    return HAX_OK;
}

static int by_name(const void *a, const void *b)
{
    const hax_layer_spec *x = *(const hax_layer_spec *const *) a,
                         *y = *(const hax_layer_spec *const *) b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static hax_status check_names(const hax_model *model, const hax_layer_list *list, hax_error *err)
{
    const hax_layer_spec **sorted = calloc((size_t) list->count + 1, sizeof *sorted);
    if (!sorted)
        return hax_fail_memory(err, "a network");
    int count = 0;
    for (const hax_layer_spec *layer = list->first; layer; layer = layer->next)
        sorted[count++] = layer;
    qsort(sorted, (size_t) count, sizeof *sorted, by_name);
    hax_status status = HAX_OK;
    for (int i = 1; i < count && status == HAX_OK; i++)
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
            status = hax_layer_fail(model, sorted[i], err, "the name stands in line %d already",
                                    sorted[i - 1]->line);
    free(sorted);
    return status;
}

bool hax_blob_is_input(const hax_model *model, const hax_blob *blob)
{
    return !blob->known &&
           (blob->producer < 0 || model->layers[blob->producer].spec->op == HAX_OP_INPUT);
}

/* Those that somebody reads; files for training have others (labels) as well. */
static hax_status find_inputs(hax_model *model, hax_error *err)
{
    model->inputs = hax_arena_alloc(model->arena, (size_t) model->blob_count, sizeof(int));
    if (!model->inputs)
        return hax_fail_memory(err, "a network");
    for (int b = 0; b < model->blob_count; b++)
        if (hax_blob_is_input(model, &model->blobs[b]) && model->blobs[b].consumers > 0)
            model->inputs[model->input_count++] = b;
    if (model->input_count > HAX_INPUTS_MAX)
        return hax_fail_at(err, HAX_BAD_INPUT, model->file, 0, 0,
                           "%d inputs are read; networks with at most %d are supported",
                           model->input_count, (int) HAX_INPUTS_MAX);
    if (model->input_count == 0)
        return hax_fail_at(err, HAX_BAD_INPUT, model->file, 1, 1,
                           "no input that a layer reads: give 'input:' with its dimensions or a "
                           "layer of type Input");
    return HAX_OK;
}

static hax_status add_constants(hax_model *model, const name_table *names,
                                const hax_layer_list *list, hax_error *err)
{
    model->constant_capacity = CONSTANT_ROOM;
    for (const hax_layer_constant *known = list->constants; known; known = known->next) {
        char why[80];
        if (*table_slot(names, model, known->name) != 0)
            return hax_fail_at(err, HAX_BAD_INPUT, model->file, 0, 0,
                               "constant '%.100s': the name is taken already", known->name);
        if (!hax_shape_valid(&known->shape, why, sizeof why))
            return hax_fail_at(err, HAX_BAD_INPUT, model->file, 0, 0, "constant '%.100s': %s",
                               known->name, why);
        int made = new_blob(model, names, known->name, known->shape, -1);
        model->blobs[made].known = known;
        model->constant_capacity += CONSTANT_COPIES * hax_shape_elements(&known->shape);
    }
    return HAX_OK;
}

static hax_status add_inputs(hax_model *model, const name_table *names, const hax_layer_list *list,
                             hax_error *err)
{
    for (const hax_layer_input *input = list->inputs; input; input = input->next) {
        char why[80];
        if (!hax_shape_valid(&input->shape, why, sizeof why))
            return hax_fail_at(err, HAX_BAD_INPUT, model->file, input->line, input->column,
                               "input '%.100s': %s", input->name, why);
        if (*table_slot(names, model, input->name) != 0)
            return hax_fail_at(err, HAX_BAD_INPUT, model->file, input->line, input->column,
                               "a second input '%.100s'", input->name);
        new_blob(model, names, input->name, input->shape, -1);
    }
    return HAX_OK;
}

static hax_status mark_outputs(hax_model *model, const name_table *names,
                               const hax_layer_list *list, hax_error *err)
{
    model->named_outputs = hax_arena_alloc(model->arena, (size_t) list->output_count, sizeof(int));
    if (!model->named_outputs)
        return hax_fail_memory(err, "a network");
    for (int o = 0; o < list->output_count; o++) {
        int found = *table_slot(names, model, list->outputs[o]) - 1;
        if (found < 0 || model->blobs[found].known)
            return hax_fail_at(err, HAX_BAD_INPUT, model->file, 0, 0, "output '%.100s' is %s",
                               list->outputs[o], found < 0 ? "the top of no layer" : "a constant");
        model->blobs[found].output = true;
        model->named_outputs[o] = found;
    }
    model->named_output_count = list->output_count;
    return HAX_OK;
}

/* A name that the file has, or that follows from it (hax_node). */
static hax_status name_for_parser(const hax_model *model, hax_graph_layer *layer, hax_error *err)
{
    static const char front[] = "node_of_";
    const hax_layer_spec *spec = layer->spec;
    if (spec->name_source == LAYER_NAME_OF_FILE)
        layer->parser_name = spec->name;
    if (spec->name_source != LAYER_NAME_MADE || spec->origin == 0)
        return HAX_OK;
    const hax_origin_node *node = &model->origin->nodes[spec->origin - 1];
    if (node->name[0] || node->output_count == 0 || node->outputs[0] < 0)
        return HAX_OK;
    const char *output = model->origin->tensors[node->outputs[0]].name;
    char *name = hax_arena_alloc(model->arena, sizeof front + strlen(output), 1);
    if (!name)
        return hax_fail_memory(err, "a network");
    memcpy(name, front, sizeof front - 1);
    memcpy(name + sizeof front - 1, output, strlen(output) + 1);
    layer->parser_name = name;
    return HAX_OK;
}

static hax_status name_all_for_parser(const hax_model *model, hax_error *err)
{
    for (int l = 0; l < model->layer_count; l++)
        HAX_TRY(name_for_parser(model, &model->layers[l], err));
    return HAX_OK;
}

/* The nodes that were read, by the layers and tensors that they became. */
static void settle_origin(hax_model *model, const name_table *names, const hax_layer_list *list)
{
    hax_origin *origin = list->origin;
    for (int t = 0; origin && t < origin->tensor_count; t++) {
        hax_origin_tensor *tensor = &origin->tensors[t];
        tensor->edge = *table_slot(names, model, tensor->name) - 1;
        if (tensor->edge >= 0)
            tensor->shape = model->blobs[tensor->edge].shape;
    }
    for (int l = 0; origin && l < model->layer_count; l++) {
        int place = model->layers[l].spec->origin;
        assert(place > 0 && place <= origin->node_count);
        hax_origin_node *node = &origin->nodes[place - 1];
        node->last_layer = l;
        node->folded = model->layers[l].folded;
    }
    model->origin = origin;
}

static hax_status add_layers(hax_model *model, const hax_layer_list *list, hax_error *err)
{
    name_table names;
    size_t tops = (size_t) list->input_count + 1;
    for (const hax_layer_spec *layer = list->first; layer; layer = layer->next)
        tops += (size_t) layer->top_count;
    for (const hax_layer_constant *known = list->constants; known; known = known->next)
        tops++;
    model->layers = hax_arena_alloc(model->arena, (size_t) list->count, sizeof *model->layers);
    model->blobs = hax_arena_alloc(model->arena, tops, sizeof *model->blobs);
    if (!model->layers || !model->blobs || !table_init(&names, tops))
        return hax_fail_memory(err, "a network");
    hax_status status = add_inputs(model, &names, list, err);
    if (status == HAX_OK)
        status = add_constants(model, &names, list, err);
    for (const hax_layer_spec *layer = list->first; layer && status == HAX_OK; layer = layer->next)
        status = add_layer(model, &names, layer, err);
    if (status == HAX_OK)
        status = mark_outputs(model, &names, list, err);
    if (status == HAX_OK)
        settle_origin(model, &names, list);
    if (status == HAX_OK)
        status = name_all_for_parser(model, err);
    free(names.slots);
    return status;
}

/* ---- identity --------------------------------------------------------------------------- */

static uint64_t hash_shape(uint64_t hash, const hax_shape *shape)
{
    hash = hax_hash_int(hash, shape->rank);
    for (int i = 0; i < shape->rank; i++)
        hash = hax_hash_int(hash, shape->dims[i]);
    return hash;
}

static uint64_t hash_constant(uint64_t hash, const hax_layer_constant *known)
{
    size_t count = (size_t) hax_shape_elements(&known->shape);
    hash = hash_shape(hash, &known->shape);
    if (known->is_whole)
        return hax_hash_bytes(hash, known->integers, count * sizeof *known->integers);
    return known->real ? hax_hash_words(hash, known->real, count * sizeof *known->real) : hash;
}

static uint64_t hash_longs(uint64_t hash, const hax_layer_longs *list)
{
    hash = hax_hash_int(hash, list->count);
    return list->values
               ? hax_hash_bytes(hash, list->values, (size_t) list->count * sizeof *list->values)
               : hash;
}

/* What no layer of Caffe's is told; nothing where it is not told, so that such a network's identity
 * does not depend on what this list grows to. */
static uint64_t hash_more_params(uint64_t start, const hax_layer_params *p)
{
    const int whole[] = { p->exact_window,
                          p->round_up,
                          p->output_pad_h,
                          p->output_pad_w,
                          p->softmax_flat,
                          p->flatten_2d,
                          p->parts,
                          p->has_low,
                          p->has_high,
                          p->transpose_a,
                          p->transpose_b,
                          p->keep_dims,
                          (int) p->pad_mode,
                          p->resize.linear,
                          (int) p->resize.place,
                          (int) p->resize.round,
                          p->tanh_form,
                          p->shape.rank };
    const float real[] = { p->alpha, p->beta, p->power, p->low, p->high, p->pad_value };
    const hax_layer_longs *const lists[] = { &p->sizes, &p->axes,  &p->starts,
                                             &p->steps, &p->order, &p->pads };
    const hax_layer_constant *const known[] = { p->weights, p->weight_bias, p->mean, p->variance };
    uint64_t hash = start;
    bool told = p->scales.values != NULL;
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        hash = hax_hash_int(hash, whole[i]);
        told = told || whole[i];
    }
    hash = hax_hash_bytes(hash, real, sizeof real);
    for (size_t i = 0; i < sizeof real / sizeof *real; i++)
        told = told || real[i] != 0;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        hash = hash_longs(hash, lists[i]);
        told = told || lists[i]->values;
    }
    if (p->scales.values)
        hash = hax_hash_bytes(hash, p->scales.values,
                              (size_t) p->scales.count * sizeof *p->scales.values);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        hash = known[i] ? hash_constant(hash, known[i]) : hax_hash_int(hash, -1);
        told = told || known[i];
    }
    return told ? hash : start;
}

static uint64_t hash_params(uint64_t hash, const hax_layer_spec *spec)
{
    const hax_layer_params *p = &spec->params;
    const hax_window *w = &p->window;
    const int whole[] = { w->kernel_h, w->kernel_w,   w->stride_h,   w->stride_w,     w->pad_top,
                          w->pad_left, w->pad_bottom, w->pad_right,  w->dilation_h,   w->dilation_w,
                          p->global,   p->outputs,    p->group,      p->bias,         (int) p->pool,
                          p->axis,     p->lrn_size,   p->lrn_within, (int) p->eltwise };
    const float real[] = { p->lrn_alpha, p->lrn_beta, p->lrn_k, p->negative_slope, p->epsilon };
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        hash = hax_hash_int(hash, whole[i]);
    hash = hax_hash_bytes(hash, real, sizeof real);
    if (p->coefficients)
        hash = hax_hash_bytes(hash, p->coefficients,
                              (size_t) spec->bottom_count * sizeof *p->coefficients);
    return hash_more_params(hash, p);
}

/* Operations, parameters and connections; names do not count. */
static uint64_t hash_model(const hax_model *model)
{
    uint64_t hash = HAX_HASH_START;
    for (int i = 0; i < model->input_count; i++)
        hash = hash_shape(hash, &model->blobs[model->inputs[i]].shape);
    for (int l = 0; l < model->layer_count; l++) {
        const hax_graph_layer *layer = &model->layers[l];
        if (layer->spec->op == HAX_OP_INPUT || layer->folded)
            continue;
        hash = hax_hash_string(hash, hax_op_name(layer->spec->op));
        hash = hash_params(hash, layer->spec);
        for (int b = 0; b < layer->spec->bottom_count; b++) {
            const hax_blob *from = &model->blobs[layer->inputs[b]];
            hash = from->known ? hash_constant(hash, from->known)
                               : hax_hash_int(hash, layer->inputs[b]);
        }
        hash = hax_hash_int(hash, layer->outputs[0]);
    }
    for (int o = 0; o < model->named_output_count; o++) /* what is an output is not fused */
        hash = hax_hash_int(hash, model->named_outputs[o]);
    return hash;
}

static hax_status build(hax_model *model, const hax_layer_list *list, hax_error *err)
{
    HAX_TRY(check_names(model, list, err));
    HAX_TRY(add_layers(model, list, err));
    HAX_TRY(find_inputs(model, err));
    if (model->compute_count == 0)
        return hax_fail_at(err, HAX_BAD_INPUT, model->file, 1, 1, "no layer computes anything");
    model->hash = hash_model(model);
    HAX_TRY(hax_graph_lower(model, err));
    HAX_TRY(hax_graph_find_moments(model, err));
    return hax_graph_find_cuts(model, err);
}

hax_status hax_graph_build(const hax_layer_list *list, hax_model **out, hax_error *err)
{
    hax_model *model = hax_arena_alloc(list->arena, 1, sizeof *model);
    if (!model || list->failed)
        return hax_fail_memory(err, "a network");
    model->arena = list->arena;
    model->name = list->name;
    model->file = list->file;
    model->cut_tensors = list->cut_tensors > 0 ? list->cut_tensors : 1;
    HAX_TRY(build(model, list, err));
    hax_graph_check(model);
    *out = model;
    return HAX_OK;
}
