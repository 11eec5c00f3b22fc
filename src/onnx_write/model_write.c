/*
 * The length of a message stands before it, so all that is small is written to memory first; of
 * weights only the size is needed for that. They are then written one after the other, so that no
 * second copy of all of them is ever in memory.
 */
#include "model_write.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "haxconn/version.h"
#include "values.h"
#include "wire_write.h"

enum {
    CHUNK = 1 << 14,         /* elements that are written at a time */
    EXTERNAL_LEAST = 1024,   /* bytes: smaller constants stay in the model, as onnx does it */
    EXTERNAL_ALIGNED = 4096, /* where each begins, so that it can be mapped */
    LOCATION_EXTERNAL = 1,   /* TensorProto.DataLocation */
};

/* What a message of protocol buffers can have. */
#define FILE_BYTES_MOST ((uint64_t) INT32_MAX)

/* A constant that is written. */
typedef struct constant {
    const hax_onnx_graph_tensor *tensor;
    hax_text head; /* of its message: all but its values */
    uint64_t bytes;
    uint64_t offset; /* in the data file */
    bool external;
} constant;

typedef struct model_writer {
    const hax_onnx_graph *graph;
    const hax_onnx_part *part;
    const hax_onnx_notes *notes;
    const hax_onnx_target *target;
    hax_text nodes; /* the graph but for its constants */
    constant *constants;
    hax_file_stream *file, *data;
    hax_error *err;
} model_writer;

void hax_onnx_note(hax_text *to, uint32_t field, const char *key, const char *format, ...)
{
    char value[HAX_ERROR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    hax_wire_put_entry(to, field, key, value);
}

/* ---- the graph without its values ------------------------------------------------------------ */

static const char *tensor_name(const model_writer *writer, int tensor)
{
    return tensor < 0 ? "" : writer->graph->tensors[tensor].name;
}

/* Inputs and outputs that are left out at the end need not be named. */
static int told(const int *tensors, int count)
{
    while (count > 0 && tensors[count - 1] < 0)
        count--;
    return count;
}

static void put_node(model_writer *writer, const hax_onnx_graph_node *node)
{
    hax_text message = { 0 };
    for (int i = 0; i < told(node->inputs, node->input_count); i++)
        hax_wire_put_text(&message, ONNX_NODE_INPUT, tensor_name(writer, node->inputs[i]));
    for (int o = 0; o < told(node->outputs, node->output_count); o++)
        hax_wire_put_text(&message, ONNX_NODE_OUTPUT, tensor_name(writer, node->outputs[o]));
    if (node->name[0])
        hax_wire_put_text(&message, ONNX_NODE_NAME, node->name);
    hax_wire_put_text(&message, ONNX_NODE_OP, node->op);
    if (node->attributes_length > 0)
        hax_text_append_bytes(&message, node->attributes, node->attributes_length);
    int index = hax_model_node(writer->graph->model, node->layer).compute_index;
    if (index >= 0)
        hax_onnx_note(&message, ONNX_NODE_METADATA, "haxconn.layer", "%d", index);
    if (writer->notes->group_of) {
        const hax_text *group = &writer->notes->groups[writer->notes->group_of[node->layer]];
        hax_text_append_bytes(&message, hax_text_get(group), group->length);
    }
    hax_wire_put_message(&writer->nodes, ONNX_GRAPH_NODE, &message);
}

static void put_values(model_writer *writer, uint32_t field, const int *tensors, int count)
{
    for (int i = 0; i < count; i++) {
        const hax_onnx_graph_tensor *tensor = &writer->graph->tensors[tensors[i]];
        hax_wire_put_value(&writer->nodes, field, tensor->name, tensor->type, &tensor->shape);
    }
}

static hax_status write_nodes(model_writer *writer)
{
    const hax_onnx_part *part = writer->part;
    for (int n = 0; n < part->node_count; n++)
        put_node(writer, &writer->graph->nodes[part->nodes[n]]);
    hax_wire_put_text(&writer->nodes, ONNX_GRAPH_NAME, writer->graph->name);
    put_values(writer, ONNX_GRAPH_INPUT, part->inputs, part->input_count);
    put_values(writer, ONNX_GRAPH_OUTPUT, part->outputs, part->output_count);
    return writer->nodes.failed ? hax_fail_memory(writer->err, "an ONNX model") : HAX_OK;
}

/* ---- constants ------------------------------------------------------------------------------- */

static const char *data_name(const model_writer *writer)
{
    const char *slash = strrchr(writer->target->path, '/');
    return slash ? slash + 1 : writer->target->path;
}

/* The message but for the values in it. */
static void put_head(const model_writer *writer, constant *constant)
{
    const hax_onnx_graph_tensor *tensor = constant->tensor;
    hax_text *head = &constant->head;
    hax_text_free(head);
    *head = (hax_text){ 0 };
    for (int d = 0; d < tensor->shape.rank; d++)
        hax_wire_put_whole(head, ONNX_TENSOR_DIM, tensor->shape.dims[d]);
    hax_wire_put_whole(head, ONNX_TENSOR_TYPE, tensor->type);
    hax_wire_put_text(head, ONNX_TENSOR_NAME, tensor->name);
    if (constant->external) {
        char location[4096 + 8];
        snprintf(location, sizeof location, "%.4095s.data", data_name(writer));
        hax_wire_put_whole(head, ONNX_TENSOR_LOCATION, LOCATION_EXTERNAL);
        hax_wire_put_entry(head, ONNX_TENSOR_EXTERNAL, "location", location);
        hax_onnx_note(head, ONNX_TENSOR_EXTERNAL, "offset", "%" PRIu64, constant->offset);
        hax_onnx_note(head, ONNX_TENSOR_EXTERNAL, "length", "%" PRIu64, constant->bytes);
    } else {
        hax_wire_put_length(head, ONNX_TENSOR_RAW, constant->bytes);
    }
}

static uint64_t message_bytes(const constant *constant)
{
    return constant->head.length + (constant->external ? 0 : constant->bytes);
}

static uint64_t graph_bytes(const model_writer *writer)
{
    uint64_t bytes = writer->nodes.length;
    for (int c = 0; c < writer->part->constant_count; c++) {
        uint64_t length = message_bytes(&writer->constants[c]);
        bytes += hax_wire_length_size(ONNX_GRAPH_INITIALIZER, length) + length;
    }
    return bytes;
}

/* Says whether any stands apart. */
static bool place_constants(const model_writer *writer, bool apart)
{
    uint64_t offset = 0;
    bool any = false;
    for (int c = 0; c < writer->part->constant_count; c++) {
        constant *constant = &writer->constants[c];
        constant->external = apart && constant->bytes >= EXTERNAL_LEAST;
        constant->offset = offset;
        any = any || constant->external;
        if (constant->external)
            offset +=
                (constant->bytes + EXTERNAL_ALIGNED - 1) / EXTERNAL_ALIGNED * EXTERNAL_ALIGNED;
        put_head(writer, constant);
    }
    return any;
}

static hax_status take_constants(model_writer *writer)
{
    const hax_onnx_part *part = writer->part;
    writer->constants = calloc((size_t) part->constant_count + 1, sizeof *writer->constants);
    if (!writer->constants)
        return hax_fail_memory(writer->err, "an ONNX model");
    for (int c = 0; c < part->constant_count; c++) {
        const hax_onnx_graph_tensor *tensor = &writer->graph->tensors[part->constants[c]];
        size_t size = hax_onnx_type_bytes(tensor->type);
        if (size == 0)
            return hax_fail(writer->err, HAX_BAD_INPUT,
                            "constant '%.100s' is of type %" PRId64 ", which is not written",
                            tensor->name, tensor->type);
        writer->constants[c] =
            (constant){ .tensor = tensor,
                        .bytes = size * (uint64_t) hax_onnx_elements(&tensor->shape) };
    }
    return HAX_OK;
}

/* ---- the model ------------------------------------------------------------------------------- */

static void put_model(const model_writer *writer, uint64_t graph, hax_text *head)
{
    hax_text opset = { 0 };
    hax_wire_put_whole(head, ONNX_MODEL_IR_VERSION, writer->graph->ir_version);
    hax_wire_put_text(head, ONNX_MODEL_PRODUCER, "haxconn");
    hax_wire_put_text(head, ONNX_MODEL_PRODUCER_VERSION, HAX_VERSION);
    hax_wire_put_whole(&opset, ONNX_OPSET_VERSION, writer->graph->opset);
    hax_wire_put_message(head, ONNX_MODEL_OPSET, &opset);
    hax_text_append_bytes(head, hax_text_get(&writer->notes->model), writer->notes->model.length);
    hax_wire_put_length(head, ONNX_MODEL_GRAPH, graph);
}

/* Decides where the values stand, and fills `head` with what stands before the graph. */
static hax_status lay_out(const model_writer *writer, hax_text *head, bool *external)
{
    uint64_t most =
        writer->target->bytes_max < FILE_BYTES_MOST ? writer->target->bytes_max : FILE_BYTES_MOST;
    *external = false;
    place_constants(writer, false);
    put_model(writer, graph_bytes(writer), head);
    if (head->length + graph_bytes(writer) > most) {
        hax_text_free(head);
        *head = (hax_text){ 0 };
        *external = place_constants(writer, true);
        put_model(writer, graph_bytes(writer), head);
    }
    bool failed = head->failed;
    for (int c = 0; c < writer->part->constant_count; c++)
        failed = failed || writer->constants[c].head.failed;
    if (failed)
        return hax_fail_memory(writer->err, "an ONNX model");
    if (head->length + graph_bytes(writer) > FILE_BYTES_MOST)
        return hax_fail(writer->err, HAX_BAD_INPUT,
                        "%.100s: %" PRIu64 " bytes without its weights, and a file of ONNX has at "
                        "most %" PRIu64,
                        hax_model_name(writer->graph->model), head->length + graph_bytes(writer),
                        FILE_BYTES_MOST);
    return HAX_OK;
}

static hax_status check_stream(const model_writer *writer)
{
    bool cancelled = writer->target->cancel && hax_cancel_requested(writer->target->cancel);
    return cancelled ? hax_fail(writer->err, HAX_INTERRUPTED, "interrupted: %s is not written",
                                writer->target->path)
                     : HAX_OK;
}

static hax_status append_values(const model_writer *writer, const constant *constant,
                                hax_file_stream *to)
{
    unsigned char bytes[CHUNK * sizeof(uint64_t)];
    hax_onnx_graph_tensor tensor = *constant->tensor;
    size_t size = hax_onnx_type_bytes(tensor.type);
    int64_t count = hax_onnx_elements(&tensor.shape);
    float *drawn = NULL;
    if (tensor.content != HAX_ONNX_CONSTANT) {
        tensor.real = drawn = hax_onnx_draw(writer->graph->model, &tensor);
        if (!drawn)
            return hax_fail_memory(writer->err, "weights");
    }
    hax_status status = HAX_OK;
    for (int64_t first = 0; first < count && status == HAX_OK; first += CHUNK) {
        size_t chunk = (size_t) (count - first < CHUNK ? count - first : CHUNK);
        hax_onnx_encode(&tensor, first, chunk, bytes);
        hax_file_stream_append(to, bytes, chunk * size);
        status = check_stream(writer);
        if (hax_file_stream_failed(to))
            break; /* commit says why */
    }
    free(drawn);
    return status;
}

static void pad_data(hax_file_stream *data, uint64_t bytes)
{
    static const unsigned char zeros[EXTERNAL_ALIGNED];
    uint64_t beyond = bytes % EXTERNAL_ALIGNED;
    if (beyond > 0)
        hax_file_stream_append(data, zeros, (size_t) (EXTERNAL_ALIGNED - beyond));
}

static hax_status append_all(const model_writer *writer, const hax_text *head)
{
    hax_file_stream_append(writer->file, head->data, head->length);
    hax_file_stream_append(writer->file, hax_text_get(&writer->nodes), writer->nodes.length);
    for (int c = 0; c < writer->part->constant_count; c++) {
        const constant *constant = &writer->constants[c];
        hax_text before = { 0 };
        hax_wire_put_length(&before, ONNX_GRAPH_INITIALIZER, message_bytes(constant));
        hax_text_append_bytes(&before, constant->head.data, constant->head.length);
        hax_file_stream_append(writer->file, hax_text_get(&before), before.length);
        bool failed = before.failed;
        hax_text_free(&before);
        if (failed)
            return hax_fail_memory(writer->err, "an ONNX model");
        HAX_TRY(append_values(writer, constant, constant->external ? writer->data : writer->file));
        if (constant->external)
            pad_data(writer->data, constant->bytes);
    }
    return HAX_OK;
}

/* The data first: a model without its data is worse than data that nothing names. */
static hax_status commit(model_writer *writer)
{
    hax_status status = HAX_OK;
    if (writer->data)
        status = hax_file_stream_commit(writer->data, writer->err);
    writer->data = NULL;
    if (status != HAX_OK)
        return status;
    status = hax_file_stream_commit(writer->file, writer->err);
    writer->file = NULL;
    return status;
}

static hax_status open_files(model_writer *writer, bool external)
{
    HAX_TRY(hax_file_stream_open(writer->target->path, &writer->file, writer->err));
    if (!external)
        return HAX_OK;
    hax_text path = { 0 };
    hax_text_printf(&path, "%s.data", writer->target->path);
    hax_status status =
        path.failed ? hax_fail_memory(writer->err, "a path")
        : strcmp(writer->target->path, "-") == 0
            ? hax_fail(writer->err, HAX_USAGE,
                       "the weights of %.100s need a file of their own: name a file in place of "
                       "standard output",
                       hax_model_name(writer->graph->model))
            : hax_file_stream_open(hax_text_get(&path), &writer->data, writer->err);
    hax_text_free(&path);
    return status;
}

hax_status hax_onnx_write(const hax_onnx_graph *graph, const hax_onnx_part *part,
                          const hax_onnx_notes *notes, const hax_onnx_target *target,
                          bool *external, hax_error *err)
{
    model_writer writer = {
        .graph = graph, .part = part, .notes = notes, .target = target, .err = err
    };
    hax_text head = { 0 };
    hax_status status = write_nodes(&writer);
    if (status == HAX_OK)
        status = take_constants(&writer);
    if (status == HAX_OK)
        status = lay_out(&writer, &head, external);
    if (status == HAX_OK)
        status = open_files(&writer, *external);
    if (status == HAX_OK)
        status = append_all(&writer, &head);
    if (status == HAX_OK)
        status = commit(&writer);
    hax_file_stream_abandon(writer.file);
    hax_file_stream_abandon(writer.data);
    for (int c = 0; writer.constants && c < part->constant_count; c++)
        hax_text_free(&writer.constants[c].head);
    free(writer.constants);
    hax_text_free(&writer.nodes);
    hax_text_free(&head);
    return status;
}
