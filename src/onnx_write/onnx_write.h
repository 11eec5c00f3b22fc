/*
 * Networks written as ONNX: a model as a graph of ONNX (graph.h), divided in parts that are models
 * of their own (part.h), each written as a file (model_write.h) in the wire format (wire_write.h).
 */
#ifndef HAX_ONNX_WRITE_ONNX_WRITE_H
#define HAX_ONNX_WRITE_ONNX_WRITE_H

#include "graph.h"
#include "model_write.h"
#include "part.h"
#include "wire_write.h"

#endif
