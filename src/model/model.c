/* Models: loaded, asked, destroyed. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "graph.h"
#include "haxconn/nearest.h"
#include "onnx/onnx.h"
#include "text.h"

#include "config.h"

/* What a message of protocol buffers can have. */
#define ONNX_BYTES_MAX ((size_t) INT32_MAX)

/* "dir/net.prototxt" is called "net" if it does not say otherwise. Documents are UTF-8: of another
 * name the bytes are written out, as in messages. */
static const char *name_of_file(hax_arena *arena, const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *base = slash ? slash + 1 : file;
    const char *dot = strrchr(base, '.');
    size_t length = dot && dot != base ? (size_t) (dot - base) : strlen(base);
    char *name = hax_arena_text(arena, base, length);
    if (!name || hax_text_is_utf8(name, length))
        return name;
    size_t size = 8 * length + 1; /* an escaped byte is shorter */
    char *visible = hax_arena_alloc(arena, size, 1);
    if (visible)
        hax_text_copy_visible(name, visible, size);
    return visible;
}

/* A network of a file: an empty list for a reader to fill. */
static hax_status open_list(const char *file, hax_layer_list *list, hax_error *err)
{
    hax_arena *arena = hax_arena_create();
    const char *kept = arena ? hax_arena_string(arena, file) : NULL;
    const char *name = kept ? name_of_file(arena, file) : NULL;
    if (!name) {
        hax_arena_destroy(arena);
        return hax_fail_memory(err, "a network");
    }
    hax_layer_list_init(list, arena, name, kept);
    return HAX_OK;
}

/* What was read becomes a model, or is freed. */
static hax_status close_list(const hax_layer_list *list, hax_status status, hax_model **model,
                             hax_error *err)
{
    if (status == HAX_OK)
        status = hax_graph_build(list, model, err);
    if (status != HAX_OK)
        hax_arena_destroy(list->arena);
    return status;
}

static hax_status parse_prototxt(const char *text, size_t length, const char *file,
                                 const hax_model_options *options, hax_model **model,
                                 hax_error *err)
{
    hax_layer_list list;
    HAX_TRY(open_list(file, &list, err));
    list.cut_tensors = options->cut_tensors;
    return close_list(&list, hax_caffe_read(text, length, &list, err), model, err);
}

static hax_status check_options(const hax_model_options *options, hax_error *err)
{
    if (options->cut_tensors < 1 || options->cut_tensors > HAX_CUT_TENSORS_MAX)
        return hax_fail(err, HAX_USAGE, "%d tensors at a cut: 1 to %d can be allowed",
                        options->cut_tensors, (int) HAX_CUT_TENSORS_MAX);
    return HAX_OK;
}

/* Only ONNX models leave dimensions open. */
static hax_status bar_shapes(const hax_model_options *options, const char *name, hax_error *err)
{
    if (options->shape_count == 0)
        return HAX_OK;
    return hax_fail(err, HAX_BAD_INPUT,
                    "shape '%.200s': the input of %.200s has its dimensions; only those of ONNX "
                    "models can be open",
                    options->shapes[0], name);
}

hax_status hax_model_parse_prototxt(const char *text, size_t length, const char *file,
                                    const hax_model_options *options, hax_model **model,
                                    hax_error *err)
{
    HAX_CONFIG_TAKE(hax_model_options, own, options, err);
    HAX_TRY(check_options(&own, err));
    HAX_TRY(bar_shapes(&own, file, err));
    return parse_prototxt(text, length, file, &own, model, err);
}

hax_status hax_model_parse_onnx(const void *data, size_t length, const char *file,
                                const hax_model_options *options, hax_model **model, hax_error *err)
{
    hax_layer_list list;
    HAX_CONFIG_TAKE(hax_model_options, own, options, err);
    HAX_TRY(check_options(&own, err));
    HAX_TRY(open_list(file, &list, err));
    list.cut_tensors = own.cut_tensors;
    hax_status status = hax_onnx_read(data, length, own.shapes, own.shape_count, &list, err);
    return close_list(&list, status, model, err);
}

static bool ends_in(const char *name, const char *ending)
{
    size_t length = strlen(name), needs = strlen(ending);
    return length >= needs && strcmp(name + length - needs, ending) == 0;
}

static hax_status load_file(const char *path, const hax_model_options *options, hax_model **model,
                            hax_error *err)
{
    char *data;
    size_t length;
    bool onnx = ends_in(path, ".onnx");
    HAX_TRY(hax_file_read(path, onnx ? ONNX_BYTES_MAX : CAFFE_BYTES_MAX, &data, &length, err));
    hax_status status = onnx ? hax_model_parse_onnx(data, length, path, options, model, err)
                             : parse_prototxt(data, length, path, options, model, err);
    free(data);
    return status;
}

static hax_status unknown_name(const char *name, hax_error *err)
{
    char known_buffer[HAX_ERROR_MESSAGE_MAX];
    hax_text known = hax_text_in(known_buffer, sizeof known_buffer);
    hax_nearest nearest = hax_nearest_start(name, strlen(name));
    for (const char *const *at = hax_model_builtin_names(); *at; at++) {
        hax_text_printf(&known, " %s", *at);
        hax_nearest_offer(&nearest, *at);
    }
    return hax_fail(err, HAX_BAD_INPUT,
                    "no built-in network is called '%.100s'%s (there are%s); a file is named with "
                    "a '/' or the ending .prototxt or .onnx",
                    name, hax_nearest_words(&nearest).text, hax_text_get(&known));
}

static hax_status load_builtin(const char *name, const hax_model_options *options,
                               hax_model **model, hax_error *err)
{
    hax_layer_list list;
    hax_arena *arena = hax_arena_create();
    const char *kept = arena ? hax_arena_string(arena, name) : NULL;
    if (!kept) {
        hax_arena_destroy(arena);
        return hax_fail_memory(err, "a network");
    }
    hax_layer_list_init(&list, arena, kept, NULL);
    list.cut_tensors = options->cut_tensors;
    hax_status status = hax_builtin_fill(name, &list) ? hax_graph_build(&list, model, err)
                                                      : unknown_name(name, err);
    if (status != HAX_OK)
        hax_arena_destroy(arena);
    return status;
}

static bool is_path(const char *name)
{
    return strchr(name, '/') || strcmp(name, "-") == 0 || ends_in(name, ".prototxt") ||
           ends_in(name, ".onnx");
}

hax_status hax_model_load(const char *name_or_path, const hax_model_options *options,
                          hax_model **model, hax_error *err)
{
    assert(name_or_path && model);
    HAX_CONFIG_TAKE(hax_model_options, own, options, err);
    HAX_TRY(check_options(&own, err));
    if (!ends_in(name_or_path, ".onnx"))
        HAX_TRY(bar_shapes(&own, name_or_path, err));
    return is_path(name_or_path) ? load_file(name_or_path, &own, model, err)
                                 : load_builtin(name_or_path, &own, model, err);
}

void hax_model_destroy(hax_model *model)
{
    if (model)
        hax_arena_destroy(model->arena); /* the model lies in it */
}

const char *hax_model_name(const hax_model *model)
{
    return model->name;
}

const char *hax_model_file(const hax_model *model)
{
    return model->file;
}

uint64_t hax_model_hash(const hax_model *model)
{
    return model->hash;
}

int hax_model_layer_count(const hax_model *model)
{
    return model->layer_count;
}

int hax_model_compute_layer_count(const hax_model *model)
{
    return model->compute_count;
}

hax_layer_info hax_model_layer(const hax_model *model, int layer)
{
    assert(layer >= 0 && layer < model->layer_count);
    const hax_graph_layer *graph_layer = &model->layers[layer];
    return (hax_layer_info){
        .name = graph_layer->spec->name,
        .type = hax_op_name(graph_layer->spec->op),
        .compute_index = graph_layer->compute_index,
        .output = model->blobs[graph_layer->outputs[0]].shape,
        .macs = graph_layer->macs,
        .parameters = graph_layer->parameters,
        .line = graph_layer->spec->line,
    };
}

int64_t hax_model_macs(const hax_model *model)
{
    return model->macs;
}

int64_t hax_model_parameters(const hax_model *model)
{
    return model->parameters;
}

hax_node hax_model_node(const hax_model *model, int layer)
{
    assert(layer >= 0 && layer < model->layer_count);
    const hax_graph_layer *from = &model->layers[layer];
    return (hax_node){
        .name = from->spec->name,
        .name_source = from->spec->name_source,
        .parser_name = from->parser_name,
        .op = from->spec->op,
        .params = &from->spec->params,
        .input_count = from->spec->bottom_count,
        .inputs = from->inputs,
        .output_count = from->spec->top_count,
        .outputs = from->outputs,
        .compute_index = from->compute_index,
        .folded = from->folded,
        .line = from->spec->line,
        .column = from->spec->column,
    };
}

const hax_origin *hax_model_origin(const hax_model *model)
{
    return model->origin;
}

int hax_model_edge_count(const hax_model *model)
{
    return model->blob_count;
}

hax_edge hax_model_edge(const hax_model *model, int edge)
{
    assert(edge >= 0 && edge < model->blob_count);
    const hax_blob *blob = &model->blobs[edge];
    return (hax_edge){ blob->name, &blob->shape, blob->producer, blob->known, blob->tensor };
}

int hax_model_kernel_count(const hax_model *model)
{
    return model->kernel_count;
}

const hax_kernel *hax_model_kernel(const hax_model *model, int kernel)
{
    assert(kernel >= 0 && kernel < model->kernel_count);
    return &model->kernels[kernel].public;
}

int hax_model_tensor_count(const hax_model *model)
{
    return model->tensor_count;
}

const hax_tensor *hax_model_tensor(const hax_model *model, int tensor)
{
    assert(tensor >= 0 && tensor < model->tensor_count);
    return &model->tensors[tensor];
}

int hax_model_input_count(const hax_model *model)
{
    return model->input_count;
}

int hax_model_input(const hax_model *model, int input)
{
    assert(input >= 0 && input < model->input_count);
    return model->blobs[model->inputs[input]].tensor;
}

hax_tensor_info hax_model_input_info(const hax_model *model, int input)
{
    assert(input >= 0 && input < model->input_count);
    const hax_blob *blob = &model->blobs[model->inputs[input]];
    return (hax_tensor_info){ blob->name, blob->shape };
}

int hax_model_output_count(const hax_model *model)
{
    return model->output_count;
}

int hax_model_output(const hax_model *model, int output)
{
    assert(output >= 0 && output < model->output_count);
    return model->outputs[output];
}

hax_tensor_info hax_model_output_info(const hax_model *model, int output)
{
    assert(output >= 0 && output < model->output_count);
    const hax_tensor *tensor = &model->tensors[model->outputs[output]];
    return (hax_tensor_info){ tensor->name, tensor->scalar ? (hax_shape){ 0 } : tensor->shape };
}
