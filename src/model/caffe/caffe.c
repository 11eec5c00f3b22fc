/*
 * Caffe networks in text form: the network's own fields, the layers' heads, phases. The
 * batch of a file is read and taken as 1. Layers of the training phase are left out.
 * Unknown fields of the network and of layers are passed over, as readers of deployed
 * networks do, unless they look like a slip of a known one.
 */
#include <stdlib.h>
#include <string.h>

#include "caffe_params.h"
#include "graph.h"

/* The largest known network has 987; a hostile file must not cost minutes. */
enum { LAYERS_MAX = 10000 };

typedef struct reader {
    hax_layer_list *list;
    hax_error *err;
    const hax_textformat_node *input, *input_dim, *input_shape; /* first of each */
    const hax_textformat_node *layer;                           /* first layer of either format */
} reader;

static bool named(const hax_textformat_node *node, const char *name)
{
    return strcmp(node->name, name) == 0;
}

/* ---- slips of the pen -------------------------------------------------------------------- */

/* One letter more, less, other, or two swapped. */
static bool one_slip(const char *a, const char *b)
{
    size_t same = 0;
    while (a[same] && a[same] == b[same])
        same++;
    const char *x = a + same;
    const char *y = b + same;
    if (*x == '\0' && *y == '\0')
        return false;
    bool swapped = x[0] && y[0] && x[0] == y[1] && x[1] == y[0] && strcmp(x + 2, y + 2) == 0;
    bool other = x[0] && y[0] && strcmp(x + 1, y + 1) == 0;
    bool more = x[0] && strcmp(x + 1, y) == 0;
    bool less = y[0] && strcmp(x, y + 1) == 0;
    return swapped || other || more || less;
}

static hax_status check_unknown(const reader *r, const hax_textformat_node *node,
                                const char *const *known)
{
    for (int i = 0; known[i]; i++)
        if (named(node, known[i]))
            return HAX_OK;
    for (int i = 0; known[i]; i++)
        if (one_slip(node->name, known[i]))
            return hax_textformat_fail(node, r->list->file, r->err,
                                       "unknown field '%.60s'; did you mean '%s'?", node->name,
                                       known[i]);
    return HAX_OK;
}

/* ---- phases -------------------------------------------------------------------------------- */

/* Does a NetStateRule match the state of a deployed network: phase TEST, level 0, no
 * stages (Net::StateMeetsRule)? */
static hax_status rule_matches(const reader *r, const hax_textformat_node *rule, bool *matches)
{
    static const char *const phases[] = { "TRAIN", "TEST", NULL };
    const char *file = r->list->file;
    HAX_TRY(hax_textformat_expect_message(rule, file, r->err));
    *matches = true;
    for (const hax_textformat_node *node = rule->first; node; node = node->next) {
        int phase = 1;
        int64_t level = 0;
        if (named(node, "phase"))
            HAX_TRY(hax_textformat_enum(node, phases, file, &phase, r->err));
        if (named(node, "min_level") || named(node, "max_level"))
            HAX_TRY(hax_textformat_whole(node, INT32_MIN, INT32_MAX, file, &level, r->err));
        if (phase == 0 || named(node, "stage") || (named(node, "min_level") && level > 0) ||
            (named(node, "max_level") && level < 0))
            *matches = false;
    }
    return HAX_OK;
}

/* Any `include` that matches keeps a layer that has some; any `exclude` drops it. */
static hax_status is_deployed(const reader *r, const hax_textformat_node *layer, bool *deployed)
{
    bool includes = false;
    bool included = false;
    bool excluded = false;
    for (const hax_textformat_node *node = layer->first; node; node = node->next) {
        bool matches = false;
        if (!named(node, "include") && !named(node, "exclude"))
            continue;
        HAX_TRY(rule_matches(r, node, &matches));
        if (named(node, "exclude"))
            excluded = excluded || matches;
        else
            included = included || matches;
        includes = includes || named(node, "include");
    }
    if (includes && excluded)
        return hax_textformat_fail(layer, r->list->file, r->err,
                                   "a layer with both include and exclude");
    *deployed = includes ? included : !excluded;
    return HAX_OK;
}

/* ---- layers ---------------------------------------------------------------------------------- */

/* The one value of a string field, NULL when there is none. */
static hax_status single(const reader *r, const hax_textformat_node *message, const char *name,
                         const hax_textformat_node **found)
{
    *found = NULL;
    for (const hax_textformat_node *node = message->first; node; node = node->next) {
        if (!named(node, name))
            continue;
        if (*found)
            return hax_textformat_fail(node, r->list->file, r->err, "'%s' is given twice", name);
        *found = node;
    }
    return HAX_OK;
}

static hax_status collect(const reader *r, const hax_textformat_node *message, const char *name,
                          const char *const **names, int *count)
{
    int found = 0;
    for (const hax_textformat_node *node = message->first; node; node = node->next)
        found += named(node, name);
    const char **made = hax_arena_alloc(r->list->arena, (size_t) found, sizeof *made);
    if (!made)
        return hax_fail_memory(r->err, "a network");
    int next = 0;
    for (const hax_textformat_node *node = message->first; node; node = node->next)
        if (named(node, name))
            HAX_TRY(hax_textformat_string(node, r->list->file, &made[next++], r->err));
    *names = made;
    *count = found;
    return HAX_OK;
}

static hax_status unknown_type(const reader *r, const hax_textformat_node *type,
                               const char *layer_name)
{
    static const char *const training[] = {
        "Data",         "ImageData", "HDF5Data",   "MemoryData",    "WindowData",
        "DummyData",    "DATA",      "IMAGE_DATA", "HDF5_DATA",     "SoftmaxWithLoss",
        "SOFTMAX_LOSS", "Accuracy",  "ACCURACY",   "EuclideanLoss", NULL
    };
    for (int i = 0; training[i]; i++)
        if (strcmp(type->text, training[i]) == 0)
            return hax_textformat_fail(
                type, r->list->file, r->err,
                "layer '%.100s': type %s belongs to training; use the deployed "
                "form of the network, with a layer of type Input",
                layer_name, type->text);
    return hax_textformat_fail(type, r->list->file, r->err,
                               "layer '%.100s': type '%.60s' is not known, and no unit can run it",
                               layer_name, type->text);
}

/* A quoted type in `layer`, an enumerator in the older `layers`. */
static hax_status read_type(const reader *r, const hax_textformat_node *layer, const char *name,
                            hax_op *op)
{
    const hax_textformat_node *type;
    const char *text;
    bool v1 = named(layer, "layers");
    HAX_TRY(single(r, layer, "type", &type));
    if (!type)
        return hax_textformat_fail(layer, r->list->file, r->err, "layer '%.100s' states no type",
                                   name);
    if (!v1)
        HAX_TRY(hax_textformat_string(type, r->list->file, &text, r->err));
    else if (type->kind != TEXTFORMAT_WORD)
        return hax_textformat_fail(
            type, r->list->file, r->err,
            "layer '%.100s': the type of a V1 layer is a word like CONVOLUTION", name);
    *op = hax_op_find(type->text, v1);
    if (*op == HAX_OP_COUNT || (v1 && *op == HAX_OP_INPUT))
        return unknown_type(r, type, name);
    return HAX_OK;
}

static hax_status check_layer_fields(const reader *r, const hax_textformat_node *layer)
{
    static const char *const known[] = { "name",
                                         "type",
                                         "bottom",
                                         "top",
                                         "phase",
                                         "loss_weight",
                                         "param",
                                         "blobs",
                                         "blobs_lr",
                                         "weight_decay",
                                         "blob_share_mode",
                                         "propagate_down",
                                         "include",
                                         "exclude",
                                         "transform_param",
                                         "loss_param",
                                         "input_param",
                                         "convolution_param",
                                         "pooling_param",
                                         "inner_product_param",
                                         "lrn_param",
                                         "relu_param",
                                         "batch_norm_param",
                                         "scale_param",
                                         "eltwise_param",
                                         "concat_param",
                                         "softmax_param",
                                         "dropout_param",
                                         "flatten_param",
                                         "elu_param",
                                         "prelu_param",
                                         "power_param",
                                         "exp_param",
                                         "log_param",
                                         "sigmoid_param",
                                         "tanh_param",
                                         NULL };
    for (const hax_textformat_node *node = layer->first; node; node = node->next) {
        if (named(node, "layer"))
            return hax_textformat_fail(
                node, r->list->file, r->err,
                "a layer inside a layer is the V0 format; convert the file with "
                "Caffe's upgrade_net_proto_text");
        HAX_TRY(check_unknown(r, node, known));
    }
    return HAX_OK;
}

static hax_status read_name(const reader *r, const hax_textformat_node *layer, const char **name)
{
    const hax_textformat_node *node;
    HAX_TRY(single(r, layer, "name", &node));
    if (!node)
        return hax_textformat_fail(layer, r->list->file, r->err, "a layer without a name");
    HAX_TRY(hax_textformat_string(node, r->list->file, name, r->err));
    if ((*name)[0] == '\0')
        return hax_textformat_fail(node, r->list->file, r->err, "the name of a layer is empty");
    return HAX_OK;
}

static hax_status read_layer(const reader *r, const hax_textformat_node *message)
{
    bool deployed = false;
    const char *name = NULL;
    hax_op op = HAX_OP_COUNT;
    HAX_TRY(hax_textformat_expect_message(message, r->list->file, r->err));
    HAX_TRY(check_layer_fields(r, message));
    HAX_TRY(is_deployed(r, message, &deployed));
    if (!deployed)
        return HAX_OK;
    HAX_TRY(read_name(r, message, &name));
    HAX_TRY(read_type(r, message, name, &op));
    if (r->list->count >= LAYERS_MAX)
        return hax_textformat_fail(message, r->list->file, r->err, "more than %d layers",
                                   (int) LAYERS_MAX);
    hax_layer_spec *layer = hax_layer_list_add(r->list, op, name);
    if (!layer)
        return hax_fail_memory(r->err, "a network");
    layer->line = message->line;
    layer->column = message->column;
    HAX_TRY(collect(r, message, "bottom", &layer->bottoms, &layer->bottom_count));
    HAX_TRY(collect(r, message, "top", &layer->tops, &layer->top_count));
    return hax_caffe_read_params(message, r->list, layer, r->err);
}

/* ---- the network ----------------------------------------------------------------------------- */

/* The next sibling of this name from `node` on, itself included; NULL at the end. */
static const hax_textformat_node *next_named(const hax_textformat_node *node, const char *name)
{
    while (node && !named(node, name))
        node = node->next;
    return node;
}

/* Four `input_dim`, in the order of N, C, H, W; *at goes behind them. */
static hax_status read_dims(const reader *r, const hax_textformat_node **textformat_node,
                            hax_shape *shape)
{
    const hax_textformat_node *first = *textformat_node;
    *shape = (hax_shape){ 0 };
    while (*textformat_node && shape->rank < 4) {
        HAX_TRY(hax_caffe_add_dim(*textformat_node, r->list->file, shape, r->err));
        *textformat_node = next_named((*textformat_node)->next, "input_dim");
    }
    if (shape->rank != 4)
        return hax_textformat_fail(first, r->list->file, r->err,
                                   "%d times input_dim; an input takes 4 (N, C, H, W)",
                                   shape->rank);
    return HAX_OK;
}

/* The shape of an input from where *dims stands among the shapes, which goes behind it. */
static hax_status read_input(const reader *r, const hax_textformat_node *node,
                             const hax_textformat_node **dims)
{
    const char *file = r->list->file, *name;
    hax_shape shape = { 0 };
    HAX_TRY(hax_textformat_string(node, file, &name, r->err));
    if (!*dims)
        return hax_textformat_fail(node, file, r->err,
                                   "input '%.60s' has no dimensions; add four input_dim or an "
                                   "input_shape",
                                   name);
    if (r->input_dim) {
        HAX_TRY(read_dims(r, dims, &shape));
    } else {
        HAX_TRY(hax_caffe_read_shape(*dims, file, &shape, r->err));
        *dims = next_named((*dims)->next, "input_shape");
    }
    hax_layer_input *input = hax_layer_list_add_input(r->list, name, &shape);
    if (!input)
        return hax_fail_memory(r->err, "a network");
    input->line = node->line;
    input->column = node->column;
    return HAX_OK;
}

/* Inputs and shapes belong together in the order in which they stand. */
static hax_status read_inputs(const reader *r)
{
    const hax_textformat_node *dims = r->input_dim ? r->input_dim : r->input_shape;
    if (r->input_dim && r->input_shape)
        return hax_textformat_fail(r->input_shape, r->list->file, r->err,
                                   "input_shape and input_dim are given both");
    for (const hax_textformat_node *node = r->input; node; node = next_named(node->next, "input"))
        HAX_TRY(read_input(r, node, &dims));
    if (dims)
        return hax_textformat_fail(dims, r->list->file, r->err, "'%s' without 'input'", dims->name);
    return HAX_OK;
}

/* The first of its name. */
static void note_first(const hax_textformat_node *node, const hax_textformat_node **slot)
{
    *slot = *slot ? *slot : node;
}

/* First pass: what is there, before any of it is read. */
static hax_status look_over(reader *r, const hax_textformat_node *net)
{
    static const char *const known[] = { "name",           "input",      "input_dim", "input_shape",
                                         "force_backward", "debug_info", "state",     "layer",
                                         "layers",         NULL };
    for (const hax_textformat_node *node = net->first; node; node = node->next) {
        HAX_TRY(check_unknown(r, node, known));
        if (named(node, "input"))
            note_first(node, &r->input);
        else if (named(node, "input_shape"))
            note_first(node, &r->input_shape);
        else if (named(node, "input_dim"))
            note_first(node, &r->input_dim);
        else if (named(node, "layer") || named(node, "layers")) {
            if (r->layer && strcmp(r->layer->name, node->name) != 0)
                return hax_textformat_fail(node, r->list->file, r->err,
                                           "'%s' after '%s' in line %d; a file has one kind",
                                           node->name, r->layer->name, r->layer->line);
            r->layer = r->layer ? r->layer : node;
        }
    }
    return HAX_OK;
}

static hax_status read_net_name(const reader *r, const hax_textformat_node *net)
{
    const hax_textformat_node *node;
    const char *name;
    HAX_TRY(single(r, net, "name", &node));
    if (!node)
        return HAX_OK;
    HAX_TRY(hax_textformat_string(node, r->list->file, &name, r->err));
    if (name[0] != '\0')
        r->list->name = name;
    return HAX_OK;
}

hax_status hax_caffe_read(const char *text, size_t length, hax_layer_list *list, hax_error *err)
{
    const hax_textformat_node *net;
    reader r = { .list = list, .err = err };
    if (length > CAFFE_BYTES_MAX)
        return hax_fail_at(err, HAX_BAD_INPUT, list->file, 1, 1,
                           "%zu bytes; a network in text form has at most %d", length,
                           (int) CAFFE_BYTES_MAX);
    HAX_TRY(hax_textformat_parse(list->arena, text, length, list->file, &net, err));
    HAX_TRY(look_over(&r, net));
    if (!r.layer)
        return hax_fail_at(err, HAX_BAD_INPUT, list->file, 1, 1,
                           net->first ? "no layers: this is not a network"
                                      : "the file is empty; a network has layers");
    HAX_TRY(read_net_name(&r, net));
    HAX_TRY(read_inputs(&r));
    for (const hax_textformat_node *node = r.layer; node; node = node->next)
        if (named(node, "layer") || named(node, "layers"))
            HAX_TRY(read_layer(&r, node));
    return HAX_OK;
}
