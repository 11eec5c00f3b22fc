/*
 * ONNX files, written field by field: messages of protocol buffers and, above them, what a network
 * is made of. Nothing here checks anything, so that wrong files can be written too.
 */
#ifndef TESTS_MODEL_ONNX_WRITER_H
#define TESTS_MODEL_ONNX_WRITER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

typedef hax_text message;

static inline void put_varint(message *to, uint64_t value)
{
    do {
        char byte = (char) ((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        hax_text_append_bytes(to, &byte, 1);
        value >>= 7;
    } while (value);
}

static inline void put_key(message *to, unsigned field, unsigned type)
{
    put_varint(to, field << 3 | type);
}

static inline void put_whole(message *to, unsigned field, int64_t value)
{
    put_key(to, field, 0);
    put_varint(to, (uint64_t) value);
}

static inline void put_bytes(message *to, unsigned field, const void *bytes, size_t length)
{
    put_key(to, field, 2);
    put_varint(to, length);
    if (length)
        hax_text_append_bytes(to, bytes, length);
}

static inline void put_text(message *to, unsigned field, const char *text)
{
    put_bytes(to, field, text, strlen(text));
}

/* Adds a message and frees it. */
static inline void put_message(message *to, unsigned field, message *from)
{
    put_bytes(to, field, from->data, from->length);
    hax_text_free(from);
}

static inline void put_real(message *to, unsigned field, float value)
{
    put_key(to, field, 5);
    hax_text_append_bytes(to, (const char *) &value, sizeof value); /* little-endian machines */
}

/* ---- tensors --------------------------------------------------------------------------------- */

enum { DIMS_MAX = 10 };

/* Dimensions end with -1. */
static inline message tensor_head(const char *name, int type, const int64_t *dims)
{
    message result = { 0 };
    for (int d = 0; dims[d] != -1; d++)
        put_whole(&result, 1, dims[d]);
    put_whole(&result, 2, type);
    if (name)
        put_text(&result, 8, name);
    return result;
}

static inline message tensor_raw(const char *name, int type, const int64_t *dims, const void *data,
                                 size_t bytes)
{
    message result = tensor_head(name, type, dims);
    put_bytes(&result, 9, data, bytes);
    return result;
}

static inline message tensor_external(const char *name, int type, const int64_t *dims,
                                      const char *location, const char *offset, const char *length)
{
    message result = tensor_head(name, type, dims);
    const char *const pairs[][2] = { { "location", location },
                                     { "offset", offset },
                                     { "length", length } };
    for (int p = 0; p < 3; p++) {
        message entry = { 0 };
        if (!pairs[p][1])
            continue;
        put_text(&entry, 1, pairs[p][0]);
        put_text(&entry, 2, pairs[p][1]);
        put_message(&result, 13, &entry);
    }
    put_whole(&result, 14, 1);
    return result;
}

/* ---- nodes ----------------------------------------------------------------------------------- */

/* Names with blanks between; "-" is a name left out. */
static inline void put_names(message *to, unsigned field, const char *names)
{
    for (const char *at = names; *at;) {
        size_t length = strcspn(at, " ");
        put_bytes(to, field, at, length == 1 && *at == '-' ? 0 : length);
        at += length + (at[length] == ' ');
    }
}

static inline message node_of(const char *op, const char *name, const char *inputs,
                              const char *outputs)
{
    message result = { 0 };
    put_names(&result, 1, inputs);
    put_names(&result, 2, outputs);
    if (name)
        put_text(&result, 3, name);
    put_text(&result, 4, op);
    return result;
}

static inline void with_whole(message *node, const char *name, int64_t value)
{
    message result = { 0 };
    put_text(&result, 1, name);
    put_whole(&result, 3, value);
    put_whole(&result, 20, 2);
    put_message(node, 5, &result);
}

static inline void with_real(message *node, const char *name, float value)
{
    message result = { 0 };
    put_text(&result, 1, name);
    put_real(&result, 2, value);
    put_whole(&result, 20, 1);
    put_message(node, 5, &result);
}

static inline void with_text(message *node, const char *name, const char *value)
{
    message result = { 0 };
    put_text(&result, 1, name);
    put_text(&result, 4, value);
    put_whole(&result, 20, 3);
    put_message(node, 5, &result);
}

/* Values end with INT64_MIN. */
static inline void with_wholes(message *node, const char *name, const int64_t *values, bool packed)
{
    message result = { 0 }, list = { 0 };
    put_text(&result, 1, name);
    for (int i = 0; values[i] != INT64_MIN; i++) {
        if (packed)
            put_varint(&list, (uint64_t) values[i]);
        else
            put_whole(&result, 8, values[i]);
    }
    if (packed)
        put_message(&result, 8, &list);
    put_whole(&result, 20, 7);
    put_message(node, 5, &result);
}

static inline void with_tensor(message *node, const char *name, message *tensor)
{
    message result = { 0 };
    put_text(&result, 1, name);
    put_message(&result, 5, tensor);
    put_whole(&result, 20, 4);
    put_message(node, 5, &result);
}

/* ---- graphs ---------------------------------------------------------------------------------- */

/* "1 3 batch 8": numbers, names, and ? for neither; NULL: no shape at all. */
static inline message value_of(const char *name, int type, const char *dims)
{
    message result = { 0 }, tensor = { 0 }, shape = { 0 }, of = { 0 };
    for (const char *at = dims; at && *at;) {
        message dim = { 0 };
        size_t length = strcspn(at, " ");
        if (*at >= '0' && *at <= '9')
            put_whole(&dim, 1, strtoll(at, NULL, 10));
        else if (*at == '-')
            put_whole(&dim, 1, strtoll(at, NULL, 10));
        else if (*at != '?')
            put_bytes(&dim, 2, at, length);
        put_message(&shape, 1, &dim);
        at += length + (at[length] == ' ');
    }
    put_whole(&tensor, 1, type);
    if (dims)
        put_message(&tensor, 2, &shape);
    put_message(&of, 1, &tensor);
    put_text(&result, 1, name);
    put_message(&result, 2, &of);
    return result;
}

typedef struct network {
    message graph;
    message functions; /* fields 25 of the model, one after the other */
    int opset, ir_version;
} network;

static inline network network_open(int opset)
{
    network result = { .opset = opset, .ir_version = 8 };
    put_text(&result.graph, 2, "main_graph");
    return result;
}

static inline void add_node(network *net, message node)
{
    put_message(&net->graph, 1, &node);
}

static inline void add_tensor(network *net, message tensor)
{
    put_message(&net->graph, 5, &tensor);
}

static inline void add_input(network *net, const char *name, const char *dims)
{
    message value = value_of(name, 1, dims);
    put_message(&net->graph, 11, &value);
}

static inline void add_output(network *net, const char *name)
{
    message value = value_of(name, 1, NULL);
    put_message(&net->graph, 12, &value);
}

/* The whole file; the network is gone. */
static inline message network_close(network *net)
{
    message result = { 0 }, opset = { 0 };
    put_whole(&result, 1, net->ir_version);
    put_text(&result, 2, "haxconn tests");
    put_message(&result, 7, &net->graph);
    put_text(&opset, 1, "");
    put_whole(&opset, 2, net->opset);
    put_message(&result, 8, &opset);
    if (net->functions.length)
        hax_text_append_bytes(&result, net->functions.data, net->functions.length);
    hax_text_free(&net->functions);
    return result;
}

#endif
