/*
 * The wire format of protocol buffers (protobuf.dev, "Encoding") written into texts, and the small
 * messages of ONNX (onnx.proto) that stand everywhere. A text remembers that memory was out.
 *
 * Fields may be written in any order, but whoever writes the same thing twice writes the same
 * bytes.
 */
#ifndef HAX_ONNX_WRITE_WIRE_WRITE_H
#define HAX_ONNX_WRITE_WIRE_WRITE_H

#include <stdint.h>

#include "haxconn/model.h"
#include "text.h"

void hax_wire_put_whole(hax_text *to, uint32_t field, int64_t value);
void hax_wire_put_real(hax_text *to, uint32_t field, float value);
void hax_wire_put_bytes(hax_text *to, uint32_t field, const void *bytes, size_t length);
void hax_wire_put_text(hax_text *to, uint32_t field, const char *text);

/* A message that was written apart, which is freed; `to` has failed where it has. */
void hax_wire_put_message(hax_text *to, uint32_t field, hax_text *message);

/* What stands before `length` bytes that are written elsewhere, and how long that is. */
void hax_wire_put_length(hax_text *to, uint32_t field, uint64_t length);
size_t hax_wire_length_size(uint32_t field, uint64_t length);

/* ---- ONNX ------------------------------------------------------------------------------------ */

/* A key and a value, as metadata and the places of external data are. */
void hax_wire_put_entry(hax_text *to, uint32_t field, const char *key, const char *value);

/* Attributes of a node, as they stand in its message. */
void hax_wire_put_attribute_whole(hax_text *node, const char *name, int64_t value);
void hax_wire_put_attribute_real(hax_text *node, const char *name, float value);
void hax_wire_put_attribute_wholes(hax_text *node, const char *name, const int64_t *values,
                                   int count);

/* A ValueInfoProto: an input or output of a graph. */
void hax_wire_put_value(hax_text *graph, uint32_t field, const char *name, int64_t type,
                        const hax_shape *shape);

/* onnx.proto's numbers of fields. */
enum {
    ONNX_MODEL_IR_VERSION = 1,
    ONNX_MODEL_PRODUCER = 2,
    ONNX_MODEL_PRODUCER_VERSION = 3,
    ONNX_MODEL_GRAPH = 7,
    ONNX_MODEL_OPSET = 8,
    ONNX_MODEL_METADATA = 14,
    ONNX_OPSET_VERSION = 2,
    ONNX_GRAPH_NODE = 1,
    ONNX_GRAPH_NAME = 2,
    ONNX_GRAPH_INITIALIZER = 5,
    ONNX_GRAPH_INPUT = 11,
    ONNX_GRAPH_OUTPUT = 12,
    ONNX_NODE_INPUT = 1,
    ONNX_NODE_OUTPUT = 2,
    ONNX_NODE_NAME = 3,
    ONNX_NODE_OP = 4,
    ONNX_NODE_ATTRIBUTE = 5,
    ONNX_NODE_METADATA = 9,
    ONNX_TENSOR_DIM = 1,
    ONNX_TENSOR_TYPE = 2,
    ONNX_TENSOR_NAME = 8,
    ONNX_TENSOR_RAW = 9,
    ONNX_TENSOR_EXTERNAL = 13,
    ONNX_TENSOR_LOCATION = 14,
};

#endif
