/*
 * An ONNX model as its messages say it (onnx.proto): nodes, tensors, inputs and outputs, named
 * and placed, but neither ordered nor understood. Values of tensors and attributes of nodes
 * stay in the file until they are asked for.
 */
#ifndef HAX_MODEL_ONNX_PROTO_H
#define HAX_MODEL_ONNX_PROTO_H

#include "haxconn/model.h"
#include "onnx/wire.h"

/* TensorProto.DataType, as far as it is told apart here. */
typedef enum hax_onnx_type {
    ONNX_FLOAT = 1,
    ONNX_UINT8 = 2,
    ONNX_INT8 = 3,
    ONNX_UINT16 = 4,
    ONNX_INT16 = 5,
    ONNX_INT32 = 6,
    ONNX_INT64 = 7,
    ONNX_STRING = 8,
    ONNX_BOOL = 9,
    ONNX_FLOAT16 = 10,
    ONNX_DOUBLE = 11,
    ONNX_UINT32 = 12,
    ONNX_UINT64 = 13,
    ONNX_BFLOAT16 = 16,
} hax_onnx_type;

/* "float", "int64"; "type 99" is "type of number 99" to the reader of a message. */
const char *hax_onnx_type_name(int64_t type);

typedef struct hax_onnx_tensor {
    const char *name; /* "" if it has none */
    int64_t type;
    hax_shape shape;
    bool has_raw;
    hax_wire_span raw;
    bool external;
    hax_wire_span message; /* all of it: typed data and the place of external data */
    size_t place;
} hax_onnx_tensor;

typedef struct hax_onnx_node {
    const char *name; /* "" if it has none */
    const char *op;
    const char *domain;
    int input_count, output_count;
    const char *const *inputs; /* "" where one is left out */
    const char *const *outputs;
    int attribute_count;
    const hax_wire_span *attributes;
    int index; /* in the file */
    size_t place;
} hax_onnx_node;

typedef struct hax_onnx_dim {
    int64_t value;      /* 0: not told; the file may have -1 for it */
    const char *symbol; /* NULL or a name */
} hax_onnx_dim;

typedef struct hax_onnx_value { /* an input or output of the graph */
    const char *name;
    bool is_tensor, has_shape;
    int64_t type;
    int rank;
    hax_onnx_dim dims[HAX_MAX_RANK];
    size_t place;
} hax_onnx_value;

typedef struct hax_onnx_function {
    const char *name, *domain;
} hax_onnx_function;

typedef struct hax_onnx_model {
    int64_t ir_version;
    int64_t opset;        /* of the domain "", 0: not told */
    const char *producer; /* "" if it is not told */
    int node_count, tensor_count, input_count, output_count, function_count;
    hax_onnx_node *nodes;
    hax_onnx_tensor *tensors; /* initializers */
    hax_onnx_value *inputs, *outputs;
    hax_onnx_function *functions;
} hax_onnx_model;

typedef enum hax_onnx_attribute_type {
    ONNX_ATTRIBUTE_NONE = 0,
    ONNX_ATTRIBUTE_REAL = 1,
    ONNX_ATTRIBUTE_WHOLE = 2,
    ONNX_ATTRIBUTE_TEXT = 3,
    ONNX_ATTRIBUTE_TENSOR = 4,
    ONNX_ATTRIBUTE_GRAPH = 5,
    ONNX_ATTRIBUTE_REALS = 6,
    ONNX_ATTRIBUTE_WHOLES = 7,
} hax_onnx_attribute_type;

typedef struct hax_onnx_attribute {
    const char *name;
    int64_t type;
    float real;
    int64_t whole;
    const char *text;
    hax_wire_span tensor;
    int count; /* of the list below that has the type */
    const float *reals;
    const int64_t *wholes;
    size_t place;
} hax_onnx_attribute;

/* All of a file but the values of its tensors and the attributes of its nodes. */
hax_status hax_onnx_parse(const hax_onnx_source *source, hax_onnx_model *model);

/* One attribute of a node. */
hax_status hax_onnx_parse_attribute(const hax_onnx_source *source, hax_wire_span message,
                                    hax_onnx_attribute *attribute);

hax_status hax_onnx_parse_tensor(const hax_onnx_source *source, hax_wire_span message,
                                 hax_onnx_tensor *tensor);

/* A text of at most a few thousand bytes: UTF-8 without control characters. */
hax_status hax_onnx_parse_text(const hax_onnx_source *source, const hax_wire_field *field,
                               const char *what, const char **text);

/* Adds the numbers of a repeated field, packed or not, to `list`; counts only when it is NULL. */
hax_status hax_onnx_parse_wholes(const hax_onnx_source *source, const hax_wire_field *field,
                                 const char *what, int64_t *list, int *count);

#endif
