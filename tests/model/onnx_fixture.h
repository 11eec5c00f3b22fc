/* What the tests of ONNX files share. */
#ifndef TESTS_MODEL_ONNX_FIXTURE_H
#define TESTS_MODEL_ONNX_FIXTURE_H

#include "fixture.h"
#include "onnx/onnx.h"
#include "onnx_writer.h"

#define DIMS(...) ((const int64_t[]){ __VA_ARGS__, -1 })
#define WHOLES(...) ((const int64_t[]){ __VA_ARGS__, INT64_MIN })
#define REALS(...) ((const float[]){ __VA_ARGS__ }), sizeof((const float[]){ __VA_ARGS__ })

/* A file as a list of layers, before the graph looks at it. Frees the file. */
static inline hax_status read_file(message *file, const char *name, const char *shape,
                                   hax_layer_list *list, hax_error *err)
{
    hax_arena *arena = hax_arena_create();
    assert_non_null(arena);
    hax_layer_list_init(list, arena, "net", name);
    assert_false(file->failed);
    unsigned char *exact = malloc(file->length + 1); /* so that sanitizers see its end */
    assert_non_null(exact);
    if (file->length)
        memcpy(exact, file->data, file->length);
    *err = (hax_error){ 0 };
    hax_status status = hax_onnx_read(exact, file->length, &shape, shape ? 1 : 0, list, err);
    free(exact);
    hax_text_free(file);
    return status;
}

static inline hax_layer_list read_layers(network net)
{
    hax_layer_list list;
    hax_error err;
    message file = network_close(&net);
    if (read_file(&file, "net.onnx", NULL, &list, &err) != HAX_OK)
        fail_msg("%s: %s", err.file, err.message);
    return list;
}

static inline void free_layers(const hax_layer_list *list)
{
    hax_arena_destroy(list->arena);
}

/* Refused as bad input, with a message that holds `part`. */
static inline void refuse_file(message file, const char *shape, const char *part)
{
    hax_layer_list list;
    hax_error err;
    assert_int_equal(read_file(&file, "net.onnx", shape, &list, &err), HAX_BAD_INPUT);
    if (!strstr(err.message, part))
        fail_msg("'%s' does not hold '%s'", err.message, part);
    free_layers(&list);
}

static inline void refuse_network(network net, const char *part)
{
    refuse_file(network_close(&net), NULL, part);
}

static inline const hax_layer_spec *layer_at(const hax_layer_list *list, int index)
{
    const hax_layer_spec *layer_spec = list->first;
    for (int i = 0; layer_spec && i < index; i++)
        layer_spec = layer_spec->next;
    if (!layer_spec)
        fail_msg("no layer %d of %d", index, list->count);
    return layer_spec;
}

static inline const hax_layer_constant *constant_called(const hax_layer_list *list,
                                                        const char *name)
{
    const hax_layer_constant *layer_constant = list->constants;
    while (layer_constant && strcmp(layer_constant->name, name) != 0)
        layer_constant = layer_constant->next;
    if (!layer_constant)
        fail_msg("no constant '%s'", name);
    return layer_constant;
}

/* x (1 3 8 8) through one node of an operator to y; attributes are added before add_output. */
static inline network open_single(int opset, const char *op, const char *inputs, message *node)
{
    network net = network_open(opset);
    add_input(&net, "x", "1 3 8 8");
    *node = node_of(op, "n", inputs, "y");
    return net;
}

static inline network close_single(network net, message node)
{
    add_node(&net, node);
    add_output(&net, "y");
    return net;
}

#endif
