/* The messages of an ONNX file (onnx.proto), field by field; other fields are passed over. */
#include "onnx/proto.h"

#include <string.h>

#include "text.h"

/* The largest known networks have some ten thousand nodes; a hostile file must not cost minutes. */
enum { NODES_MAX = 50000, TENSORS_MAX = 200000, VALUES_MAX = 10000, TEXT_BYTES_MAX = 4096 };

/* ---- texts and numbers --------------------------------------------------------------------- */

static bool printable(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char) text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return hax_text_is_utf8(text, length);
}

hax_status hax_onnx_parse_text(const hax_onnx_source *source, const hax_wire_field *field,
                               const char *what, const char **text)
{
    HAX_TRY(hax_wire_expect(source, field, WIRE_BYTES, what));
    const char *bytes = (const char *) source->data + field->bytes.at;
    size_t length = hax_wire_length(field->bytes);
    if (length > TEXT_BYTES_MAX)
        return hax_wire_fail(source, field->place, "%s has %zu bytes; at most %d are read", what,
                             length, (int) TEXT_BYTES_MAX);
    if (!printable(bytes, length))
        return hax_wire_fail(source, field->place, "%s is no printable UTF-8 text", what);
    *text = hax_arena_text(source->arena, bytes, length);
    return *text ? HAX_OK : hax_fail_memory(source->err, "a network");
}

static hax_status take_whole(const hax_onnx_source *source, const hax_wire_field *field,
                             const char *what, int64_t *value)
{
    HAX_TRY(hax_wire_expect(source, field, WIRE_VARINT, what));
    *value = (int64_t) field->value;
    return HAX_OK;
}

hax_status hax_onnx_parse_wholes(const hax_onnx_source *source, const hax_wire_field *field,
                                 const char *what, int64_t *list, int *count)
{
    hax_wire_span packed = field->bytes;
    uint64_t value = field->value;
    if (field->type != WIRE_BYTES)
        HAX_TRY(hax_wire_expect(source, field, WIRE_VARINT, what));
    bool more = field->type == WIRE_VARINT || packed.at < packed.end;
    while (more) {
        if (field->type == WIRE_BYTES)
            HAX_TRY(hax_wire_varint(source, &packed, &value));
        if (*count == INT32_MAX)
            return hax_wire_fail(source, field->place, "%s: more than 2^31 numbers", what);
        if (list)
            list[*count] = (int64_t) value;
        ++*count;
        more = packed.at < packed.end;
    }
    return HAX_OK;
}

static float real_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The same of real numbers, four bytes each. */
static hax_status take_reals(const hax_onnx_source *source, const hax_wire_field *field,
                             const char *what, float *list, int *count)
{
    if (field->type != WIRE_BYTES) {
        HAX_TRY(hax_wire_expect(source, field, WIRE_FIXED32, what));
        if (list)
            list[*count] = real_of_bits((uint32_t) field->value);
        ++*count;
        return HAX_OK;
    }
    size_t length = hax_wire_length(field->bytes);
    if (length % 4 != 0 || length / 4 > (size_t) (INT32_MAX - *count))
        return hax_wire_fail(source, field->place, "%s: %zu bytes are no list of 4-byte numbers",
                             what, length);
    for (size_t i = 0; list && i < length / 4; i++)
        list[(size_t) *count + i] =
            real_of_bits(hax_wire_bits32(source->data + field->bytes.at + 4 * i));
    *count += (int) (length / 4);
    return HAX_OK;
}

/* How many fields of each of `numbers` (ending in 0) a message has. */
static hax_status count_fields(const hax_onnx_source *source, hax_wire_span message,
                               const uint32_t *numbers, int *counts)
{
    hax_wire_field field;
    for (bool more = true;;) {
        HAX_TRY(hax_wire_next(source, &message, &field, &more));
        if (!more)
            return HAX_OK;
        for (int i = 0; numbers[i]; i++)
            if (field.number == numbers[i])
                counts[i]++; /* a field has two bytes at least, and a file less than 2^31 */
    }
}

static void *reserve(const hax_onnx_source *source, int count, size_t size)
{
    return hax_arena_alloc(source->arena, (size_t) count, size);
}

static hax_status check_count(const hax_onnx_source *source, size_t place, int count, int limit,
                              const char *what)
{
    return count <= limit
               ? HAX_OK
               : hax_wire_fail(source, place, "%d %s; at most %d are read", count, what, limit);
}

/* ---- tensors -------------------------------------------------------------------------------- */

static hax_status take_dims(const hax_onnx_source *source, const hax_wire_field *field,
                            hax_onnx_tensor *tensor)
{
    int count = 0;
    int64_t dims[HAX_MAX_RANK];
    HAX_TRY(hax_onnx_parse_wholes(source, field, "the dimensions of a tensor", NULL, &count));
    if (count > HAX_MAX_RANK - tensor->shape.rank)
        return hax_wire_fail(source, field->place, "a tensor of more than %d dimensions",
                             (int) HAX_MAX_RANK);
    count = 0;
    HAX_TRY(hax_onnx_parse_wholes(source, field, "the dimensions of a tensor", dims, &count));
    for (int i = 0; i < count; i++) {
        if (dims[i] < 0)
            return hax_wire_fail(source, field->place, "a tensor with a dimension of %lld",
                                 (long long) dims[i]);
        tensor->shape.dims[tensor->shape.rank++] = dims[i];
    }
    return HAX_OK;
}

hax_status hax_onnx_parse_tensor(const hax_onnx_source *source, hax_wire_span message,
                                 hax_onnx_tensor *tensor)
{
    hax_wire_field field;
    int64_t location = 0;
    *tensor = (hax_onnx_tensor){ .name = "", .message = message, .place = message.at };
    for (bool more = true;;) {
        HAX_TRY(hax_wire_next(source, &message, &field, &more));
        if (!more)
            break;
        switch (field.number) {
        case 1: HAX_TRY(take_dims(source, &field, tensor)); break;
        case 2: HAX_TRY(take_whole(source, &field, "the type of a tensor", &tensor->type)); break;
        case 3: return hax_wire_fail(source, field.place, "a tensor in segments is not supported");
        case 8:
            HAX_TRY(hax_onnx_parse_text(source, &field, "the name of a tensor", &tensor->name));
            break;
        case 9:
            HAX_TRY(hax_wire_expect(source, &field, WIRE_BYTES, "the raw data of a tensor"));
            tensor->has_raw = true;
            tensor->raw = field.bytes;
            break;
        case 14:
            HAX_TRY(take_whole(source, &field, "the data location of a tensor", &location));
            break;
        default: break;
        }
    }
    tensor->external = location != 0;
    return HAX_OK;
}

/* ---- inputs and outputs ---------------------------------------------------------------------- */

static hax_status take_dim(const hax_onnx_source *source, hax_wire_span message, hax_onnx_dim *dim)
{
    hax_wire_field field;
    for (bool more = true;;) {
        HAX_TRY(hax_wire_next(source, &message, &field, &more));
        if (!more)
            return HAX_OK;
        if (field.number == 1) {
            HAX_TRY(take_whole(source, &field, "a dimension", &dim->value));
            if (dim->value == -1) /* as some exporters write what is open */
                dim->value = 0;
            if (dim->value < 0)
                return hax_wire_fail(source, field.place, "a dimension of %lld",
                                     (long long) dim->value);
        } else if (field.number == 2) {
            HAX_TRY(hax_onnx_parse_text(source, &field, "the name of a dimension", &dim->symbol));
        }
    }
}

static hax_status take_shape(const hax_onnx_source *source, hax_wire_span message,
                             hax_onnx_value *value)
{
    hax_wire_field field;
    value->has_shape = true;
    for (bool more = true;;) {
        HAX_TRY(hax_wire_next(source, &message, &field, &more));
        if (!more)
            return HAX_OK;
        if (field.number != 1)
            continue;
        HAX_TRY(hax_wire_expect(source, &field, WIRE_BYTES, "a dimension"));
        if (value->rank == HAX_MAX_RANK)
            return hax_wire_fail(source, field.place, "'%.100s' has more than %d dimensions",
                                 value->name, (int) HAX_MAX_RANK);
        HAX_TRY(take_dim(source, field.bytes, &value->dims[value->rank++]));
    }
}

static hax_status take_tensor_type(const hax_onnx_source *source, hax_wire_span message,
                                   hax_onnx_value *value)
{
    hax_wire_field field;
    value->is_tensor = true;
    for (bool more = true;;) {
        HAX_TRY(hax_wire_next(source, &message, &field, &more));
        if (!more)
            return HAX_OK;
        if (field.number == 1)
            HAX_TRY(take_whole(source, &field, "an element type", &value->type));
        if (field.number != 2)
            continue;
        HAX_TRY(hax_wire_expect(source, &field, WIRE_BYTES, "a shape"));
        HAX_TRY(take_shape(source, field.bytes, value));
    }
}

static hax_status take_type(const hax_onnx_source *source, hax_wire_span message,
                            hax_onnx_value *value)
{
    hax_wire_field field;
    for (bool more = true;;) {
        HAX_TRY(hax_wire_next(source, &message, &field, &more));
        if (!more)
            return HAX_OK;
        if (field.number != 1)
            continue;
        HAX_TRY(hax_wire_expect(source, &field, WIRE_BYTES, "a tensor type"));
        HAX_TRY(take_tensor_type(source, field.bytes, value));
    }
}

static hax_status take_value(const hax_onnx_source *source, const hax_wire_field *outer,
                             hax_onnx_value *value)
{
    hax_wire_field field;
    hax_wire_span message = outer->bytes;
    HAX_TRY(hax_wire_expect(source, outer, WIRE_BYTES, "an input or output"));
    *value = (hax_onnx_value){ .name = "", .place = outer->place };
    for (bool more = true;;) {
        HAX_TRY(hax_wire_next(source, &message, &field, &more));
        if (!more)
            return HAX_OK;
        if (field.number == 1)
            HAX_TRY(hax_onnx_parse_text(source, &field, "the name of an input or output",
                                        &value->name));
        if (field.number != 2)
            continue;
        HAX_TRY(hax_wire_expect(source, &field, WIRE_BYTES, "a type"));
        HAX_TRY(take_type(source, field.bytes, value));
    }
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static hax_status reserve_lists(const hax_onnx_source *source, hax_wire_span message,
                                hax_onnx_node *node, const char ***inputs, const char ***outputs,
                                hax_wire_span **attributes)
{
    static const uint32_t numbers[] = { 1, 2, 5, 0 };
    int counts[3] = { 0 };
    HAX_TRY(count_fields(source, message, numbers, counts));
    *inputs = reserve(source, counts[0], sizeof **inputs);
    *outputs = reserve(source, counts[1], sizeof **outputs);
    *attributes = reserve(source, counts[2], sizeof **attributes);
    node->inputs = *inputs;
    node->outputs = *outputs;
    node->attributes = *attributes;
    return *inputs && *outputs && *attributes ? HAX_OK : hax_fail_memory(source->err, "a network");
}

static hax_status take_node(const hax_onnx_source *source, const hax_wire_field *outer,
                            hax_onnx_node *node)
{
    hax_wire_field field;
    hax_wire_span message = outer->bytes;
    const char **inputs, **outputs;
    hax_wire_span *attributes;
    HAX_TRY(hax_wire_expect(source, outer, WIRE_BYTES, "a node"));
    node->name = node->op = node->domain = "";
    node->place = outer->place;
    HAX_TRY(reserve_lists(source, message, node, &inputs, &outputs, &attributes));
    for (bool more = true;;) {
        HAX_TRY(hax_wire_next(source, &message, &field, &more));
        if (!more)
            break;
        const char **text = NULL;
        switch (field.number) {
        case 1: text = &inputs[node->input_count++]; break;
        case 2: text = &outputs[node->output_count++]; break;
        case 3: text = &node->name; break;
        case 4: text = &node->op; break;
        case 7: text = &node->domain; break;
        case 5:
            HAX_TRY(hax_wire_expect(source, &field, WIRE_BYTES, "an attribute"));
            attributes[node->attribute_count++] = field.bytes;
            break;
        default: break;
        }
        if (text)
            HAX_TRY(hax_onnx_parse_text(source, &field, "a name in a node", text));
    }
    if (node->op[0] == '\0')
        return hax_wire_fail(source, node->place, "node %d ('%.100s') states no operation",
                             node->index, node->name);
    return HAX_OK;
}

/* ---- attributes ------------------------------------------------------------------------------ */

static hax_status reserve_values(const hax_onnx_source *source, hax_wire_span message,
                                 float **reals, int64_t **wholes)
{
    hax_wire_field field;
    int real_count = 0, whole_count = 0;
    for (bool more = true;;) {
        HAX_TRY(hax_wire_next(source, &message, &field, &more));
        if (!more)
            break;
        if (field.number == 7)
            HAX_TRY(take_reals(source, &field, "an attribute", NULL, &real_count));
        if (field.number == 8)
            HAX_TRY(hax_onnx_parse_wholes(source, &field, "an attribute", NULL, &whole_count));
    }
    *reals = reserve(source, real_count, sizeof **reals);
    *wholes = reserve(source, whole_count, sizeof **wholes);
    return *reals && *wholes ? HAX_OK : hax_fail_memory(source->err, "a network");
}

/* Before IR 3 the type was told by which field is there. */
static int64_t type_of_field(uint32_t number)
{
    switch (number) {
    case 2: return ONNX_ATTRIBUTE_REAL;
    case 3: return ONNX_ATTRIBUTE_WHOLE;
    case 4: return ONNX_ATTRIBUTE_TEXT;
    case 5: return ONNX_ATTRIBUTE_TENSOR;
    case 6: return ONNX_ATTRIBUTE_GRAPH;
    case 7: return ONNX_ATTRIBUTE_REALS;
    case 8: return ONNX_ATTRIBUTE_WHOLES;
    default: return ONNX_ATTRIBUTE_NONE;
    }
}

typedef struct lists {
    float *reals;
    int64_t *wholes;
    int real_count, whole_count;
} lists;

static hax_status take_attribute_field(const hax_onnx_source *source, const hax_wire_field *field,
                                       lists *to, hax_onnx_attribute *attribute)
{
    switch (field->number) {
    case 1: return hax_onnx_parse_text(source, field, "the name of an attribute", &attribute->name);
    case 2:
        HAX_TRY(hax_wire_expect(source, field, WIRE_FIXED32, "an attribute"));
        attribute->real = real_of_bits((uint32_t) field->value);
        return HAX_OK;
    case 3: return take_whole(source, field, "an attribute", &attribute->whole);
    case 4: return hax_onnx_parse_text(source, field, "an attribute", &attribute->text);
    case 5:
        HAX_TRY(hax_wire_expect(source, field, WIRE_BYTES, "an attribute"));
        attribute->tensor = field->bytes;
        return HAX_OK;
    case 7: return take_reals(source, field, "an attribute", to->reals, &to->real_count);
    case 8:
        return hax_onnx_parse_wholes(source, field, "an attribute", to->wholes, &to->whole_count);
    case 20: return take_whole(source, field, "the type of an attribute", &attribute->type);
    default: return HAX_OK;
    }
}

hax_status hax_onnx_parse_attribute(const hax_onnx_source *source, hax_wire_span message,
                                    hax_onnx_attribute *attribute)
{
    hax_wire_field field;
    lists to = { 0 };
    int64_t found = ONNX_ATTRIBUTE_NONE;
    *attribute = (hax_onnx_attribute){ .name = "", .text = "", .place = message.at };
    HAX_TRY(reserve_values(source, message, &to.reals, &to.wholes));
    for (bool more = true;;) {
        HAX_TRY(hax_wire_next(source, &message, &field, &more));
        if (!more)
            break;
        HAX_TRY(take_attribute_field(source, &field, &to, attribute));
        found = found ? found : type_of_field(field.number);
    }
    attribute->type = attribute->type ? attribute->type : found;
    attribute->reals = to.reals;
    attribute->wholes = to.wholes;
    attribute->count = attribute->type == ONNX_ATTRIBUTE_REALS ? to.real_count : to.whole_count;
    return HAX_OK;
}

/* ---- the graph ------------------------------------------------------------------------------- */

static hax_status reserve_graph(const hax_onnx_source *source, const hax_wire_field *field,
                                hax_onnx_model *model)
{
    static const uint32_t numbers[] = { 1, 5, 11, 12, 0 };
    int counts[4] = { 0 };
    HAX_TRY(count_fields(source, field->bytes, numbers, counts));
    HAX_TRY(check_count(source, field->place, counts[0], NODES_MAX, "nodes"));
    HAX_TRY(check_count(source, field->place, counts[1], TENSORS_MAX, "initializers"));
    HAX_TRY(check_count(source, field->place, counts[2], TENSORS_MAX, "inputs"));
    HAX_TRY(check_count(source, field->place, counts[3], VALUES_MAX, "outputs"));
    model->nodes = reserve(source, counts[0], sizeof *model->nodes);
    model->tensors = reserve(source, counts[1], sizeof *model->tensors);
    model->inputs = reserve(source, counts[2], sizeof *model->inputs);
    model->outputs = reserve(source, counts[3], sizeof *model->outputs);
    return model->nodes && model->tensors && model->inputs && model->outputs
               ? HAX_OK
               : hax_fail_memory(source->err, "a network");
}

static hax_status take_initializer(const hax_onnx_source *source, const hax_wire_field *field,
                                   hax_onnx_model *model)
{
    hax_onnx_tensor *tensor = &model->tensors[model->tensor_count++];
    HAX_TRY(hax_wire_expect(source, field, WIRE_BYTES, "an initializer"));
    HAX_TRY(hax_onnx_parse_tensor(source, field->bytes, tensor));
    tensor->place = field->place;
    if (tensor->name[0] == '\0')
        return hax_wire_fail(source, field->place, "an initializer without a name");
    return HAX_OK;
}

static hax_status take_graph(const hax_onnx_source *source, const hax_wire_field *outer,
                             hax_onnx_model *model)
{
    hax_wire_field field;
    hax_wire_span message = outer->bytes;
    HAX_TRY(hax_wire_expect(source, outer, WIRE_BYTES, "the graph"));
    if (model->nodes)
        return hax_wire_fail(source, outer->place, "a second graph");
    HAX_TRY(reserve_graph(source, outer, model));
    for (bool more = true;;) {
        HAX_TRY(hax_wire_next(source, &message, &field, &more));
        if (!more)
            return HAX_OK;
        switch (field.number) {
        case 1:
            model->nodes[model->node_count].index = model->node_count;
            HAX_TRY(take_node(source, &field, &model->nodes[model->node_count++]));
            break;
        case 5: HAX_TRY(take_initializer(source, &field, model)); break;
        case 11: HAX_TRY(take_value(source, &field, &model->inputs[model->input_count++])); break;
        case 12: HAX_TRY(take_value(source, &field, &model->outputs[model->output_count++])); break;
        case 15: return hax_wire_fail(source, field.place, "sparse initializers are not supported");
        default: break;
        }
    }
}

/* ---- the model ------------------------------------------------------------------------------- */

/* The opset of ONNX's own operations; those of other domains are told by their nodes. */
static hax_status take_opset(const hax_onnx_source *source, const hax_wire_field *outer,
                             hax_onnx_model *model)
{
    hax_wire_field field;
    hax_wire_span message = outer->bytes;
    const char *domain = "";
    int64_t version = 0;
    HAX_TRY(hax_wire_expect(source, outer, WIRE_BYTES, "an opset"));
    for (bool more = true;;) {
        HAX_TRY(hax_wire_next(source, &message, &field, &more));
        if (!more)
            break;
        if (field.number == 1)
            HAX_TRY(hax_onnx_parse_text(source, &field, "the domain of an opset", &domain));
        if (field.number == 2)
            HAX_TRY(take_whole(source, &field, "the version of an opset", &version));
    }
    if (domain[0] == '\0' || strcmp(domain, "ai.onnx") == 0)
        model->opset = version;
    return HAX_OK;
}

static hax_status take_function(const hax_onnx_source *source, const hax_wire_field *outer,
                                hax_onnx_function *function)
{
    hax_wire_field field;
    hax_wire_span message = outer->bytes;
    *function = (hax_onnx_function){ "", "" };
    HAX_TRY(hax_wire_expect(source, outer, WIRE_BYTES, "a function"));
    for (bool more = true;;) {
        HAX_TRY(hax_wire_next(source, &message, &field, &more));
        if (!more)
            return HAX_OK;
        if (field.number == 1)
            HAX_TRY(hax_onnx_parse_text(source, &field, "the name of a function", &function->name));
        if (field.number == 10)
            HAX_TRY(
                hax_onnx_parse_text(source, &field, "the domain of a function", &function->domain));
    }
}

static hax_status take_model_field(const hax_onnx_source *source, const hax_wire_field *field,
                                   hax_onnx_model *model)
{
    switch (field->number) {
    case 1: return take_whole(source, field, "the IR version", &model->ir_version);
    case 2: return hax_onnx_parse_text(source, field, "the producer's name", &model->producer);
    case 7: return take_graph(source, field, model);
    case 8: return take_opset(source, field, model);
    case 25: return take_function(source, field, &model->functions[model->function_count++]);
    default: return HAX_OK;
    }
}

hax_status hax_onnx_parse(const hax_onnx_source *source, hax_onnx_model *model)
{
    static const uint32_t numbers[] = { 25, 0 };
    hax_wire_field field;
    hax_wire_span message = { 0, source->size };
    int functions = 0;
    *model = (hax_onnx_model){ .producer = "" };
    HAX_TRY(count_fields(source, message, numbers, &functions));
    HAX_TRY(check_count(source, 0, functions, VALUES_MAX, "functions"));
    model->functions = reserve(source, functions, sizeof *model->functions);
    if (!model->functions)
        return hax_fail_memory(source->err, "a network");
    for (bool more = true;;) {
        HAX_TRY(hax_wire_next(source, &message, &field, &more));
        if (!more)
            break;
        HAX_TRY(take_model_field(source, &field, model));
    }
    if (!model->nodes)
        return hax_wire_fail(source, source->size, "no graph; this is not an ONNX model");
    return HAX_OK;
}

const char *hax_onnx_type_name(int64_t type)
{
    static const char *const names[] = {
        "undefined", "float",      "uint8",    "int8",         "uint16", "int16",      "int32",
        "int64",     "string",     "bool",     "float16",      "double", "uint32",     "uint64",
        "complex64", "complex128", "bfloat16", "float8e4m3fn", "float8", "float8e5m2", "float8e5m2",
        "uint4",     "int4",       "float4",   "float8e8m0",   "uint2",  "int2",
    };
    return type >= 0 && type < (int64_t) (sizeof names / sizeof *names) ? names[type] : "unknown";
}
