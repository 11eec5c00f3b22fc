/* The unit of each layer as trtexec is told it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../model/onnx_writer.h"
#include "graph.h"
#include "haxconn/jetson.h"
#include "text.h"

static hax_model *parse(const char *text)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    if (hax_model_parse_prototxt(text, strlen(text), "net.prototxt", NULL, &model, &err) != HAX_OK)
        fail_msg("%d: %s", err.line, err.message);
    return model;
}

#define DATA "input: 'data' input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\n"

static void add_relu(hax_text *text, const char *name)
{
    hax_text_printf(text, "layer { name: \"%s\" type: 'ReLU' bottom: 'data' top: 'data' }\n", name);
}

static void names_as_they_are(void **state)
{
    (void) state;
    char *spec = NULL;
    bool complete = false;
    const bool on_dla[] = { true, true, false };
    hax_model *model = parse(DATA "layer { name: 'a:b c' type: 'ReLU' bottom: 'data' top: 'a' }\n"
                                  "layer { name: 'drop' type: 'Dropout' bottom: 'a' top: 'a' }\n"
                                  "layer { name: \"'q'\" type: 'ReLU' bottom: 'a' top: 'b' }\n"
                                  "layer { name: 'c*' type: 'ReLU' bottom: 'b' top: 'c' }\n");
    assert_int_equal(hax_jetson_layer_device_types(model, on_dla, &spec, &complete, NULL), HAX_OK);
    assert_string_equal(spec, "a:b c:DLA,drop:DLA,''q'':DLA,c*:GPU");
    assert_true(complete);
    free(spec);
    hax_model_destroy(model);
}

static void a_comma_is_refused(void **state)
{
    (void) state;
    char *spec = NULL;
    bool complete = false;
    hax_error err = { 0 };
    const bool on_dla[] = { true };
    hax_model *model = parse(DATA "layer { name: 'a,b' type: 'ReLU' bottom: 'data' top: 'a' }\n");
    assert_int_equal(hax_jetson_layer_device_types(model, on_dla, &spec, &complete, &err),
                     HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "'a,b'"));
    assert_non_null(strstr(err.message, "rename"));
    assert_int_equal(err.line, 2);
    hax_model_destroy(model);
}

/* `count` layers whose items have `bytes` bytes each, comma included; then on_dla from `gpu` on. */
static hax_status list_long(int count, int bytes, int gpu, size_t *length, bool *complete,
                            hax_error *err)
{
    hax_text text = { 0 };
    char *spec = NULL;
    bool *on_dla = calloc((size_t) count, sizeof *on_dla);
    hax_text_append(&text, DATA);
    for (int l = 0; l < count; l++) {
        char name[4096];
        snprintf(name, sizeof name, "%0*d", bytes - (int) strlen(":GPU,"), l);
        add_relu(&text, name);
        on_dla[l] = l >= gpu;
    }
    hax_model *model = parse(hax_text_get(&text));
    hax_status status = hax_jetson_layer_device_types(model, on_dla, &spec, complete, err);
    *length = spec ? strlen(spec) : 0;
    free(spec);
    free(on_dla);
    hax_model_destroy(model);
    hax_text_free(&text);
    return status;
}

static void an_argument_has_a_limit(void **state)
{
    (void) state;
    size_t length;
    bool complete;
    hax_error err = { 0 };
    const size_t head = strlen("--layerDeviceTypes=");
    /* 64 items of 2047 bytes without the last comma */
    assert_int_equal(list_long(64, 2047, 32, &length, &complete, &err), HAX_OK);
    assert_true(complete);
    assert_int_equal(length, 64 * 2047 - 1);
    assert_true(head + length + 1 <= HAX_JETSON_ARGUMENT_MAX);
    assert_int_equal(list_long(64, 2048, 32, &length, &complete, &err), HAX_OK);
    assert_false(complete);
    assert_int_equal(length, 32 * 2048 - 1);
    assert_int_equal(list_long(64, 2048, 64, &length, &complete, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "131072"));
    assert_non_null(strstr(err.message, "Python"));
}

/* Three nodes: a sum of three, which becomes two layers, and one with `name`. */
static hax_model *parse_onnx(const char *name)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    network net = network_open(13);
    add_input(&net, "x", "1 4");
    add_output(&net, "z");
    add_node(&net, node_of("Sum", "sum", "x x x", "y"));
    add_node(&net, node_of("Relu", name, "y", "z"));
    message file = network_close(&net);
    if (hax_model_parse_onnx(file.data, file.length, "net.onnx", NULL, &model, &err) != HAX_OK)
        fail_msg("%s", err.message);
    hax_text_free(&file);
    return model;
}

static void nodes_of_onnx(void **state)
{
    (void) state;
    char *spec = NULL;
    bool complete;
    hax_error err = { 0 };
    const bool on_dla[] = { true, true, false };
    hax_model *model = parse_onnx("relu");
    assert_int_equal(hax_model_compute_layer_count(model), 3);
    assert_int_equal(hax_jetson_layer_device_types(model, on_dla, &spec, &complete, NULL), HAX_OK);
    assert_string_equal(spec, "sum:DLA,relu:GPU"); /* one node, one name */
    free(spec);
    hax_model_destroy(model);
    model = parse_onnx(NULL);
    assert_int_equal(hax_jetson_layer_device_types(model, on_dla, &spec, &complete, &err), HAX_OK);
    assert_string_equal(spec, "sum:DLA,node_of_z:GPU"); /* as its parser calls it */
    free(spec);
    hax_model_destroy(model);
    model = parse_onnx("sum"); /* TensorRT could not tell them apart */
    assert_int_equal(hax_jetson_layer_device_types(model, on_dla, &spec, &complete, &err),
                     HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "'sum_1' here shares its name"));
    hax_model_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_as_they_are),
        cmocka_unit_test(a_comma_is_refused),
        cmocka_unit_test(nodes_of_onnx),
        cmocka_unit_test(an_argument_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
