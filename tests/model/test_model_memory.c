/* Networks and arrays read and written without memory. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../driver/nets.h"
#include "each_allocation.h"
#include "file.h"
#include "haxconn/array.h"
#include "onnx_fixture.h"
#include "onnx_samples.h"

/* A network's file, and the network. */
typedef struct model_inputs {
    const char *text; /* a prototxt; NULL: */
    message file;
    const char *shape;
    hax_model *model;
    const hax_grouping *grouping;
} model_inputs;

static hax_status read_model(const model_inputs *inputs, hax_model **model, hax_error *err)
{
    hax_model_options options = hax_model_options_default();
    options.shape_count = inputs->shape ? 1 : 0;
    options.shapes = &inputs->shape;
    options.cut_tensors = 2;
    return inputs->text ? hax_model_parse_prototxt(inputs->text, strlen(inputs->text), "net", NULL,
                                                   model, err)
                        : hax_model_parse_onnx(inputs->file.data, inputs->file.length, "net.onnx",
                                               &options, model, err);
}

HAX_ALLOCATION_CALL(parse, model_inputs, hax_model, hax_model_destroy,
                    read_model(inputs, &result, err))
HAX_ALLOCATION_CALL(group, model_inputs, const hax_grouping, hax_grouping_destroy,
                    hax_grouping_make(inputs->model, "fine", &result, err))
HAX_ALLOCATION_CALL(write_document, model_inputs, char, free,
                    hax_model_text(inputs->model, inputs->grouping, &result, err))

static int try_network(model_inputs *inputs, const char *name)
{
    const hax_allocation_case cases[] = {
        { .name = name, .call = parse },
        { .name = "grouping", .call = group },
        { .name = "document", .call = write_document },
    };
    hax_error err = { 0 };
    if (read_model(inputs, &inputs->model, &err) != HAX_OK ||
        hax_grouping_make(inputs->model, "fine", &inputs->grouping, &err) != HAX_OK)
        fail_msg("%s: %s", name, err.message);
    int wrong = hax_each_allocation(3, cases, inputs);
    hax_grouping_destroy(inputs->grouping);
    hax_model_destroy(inputs->model);
    hax_text_free(&inputs->file);
    return wrong;
}

static void prototxts(void **state)
{
    (void) state;
    int wrong = 0;
    for (size_t n = 0; n < sizeof nets / sizeof *nets; n++)
        wrong += try_network(&(model_inputs){ .text = nets[n].text }, nets[n].name);
    assert_int_equal(wrong, 0);
}

static void onnx_samples(void **state)
{
    (void) state;
    int wrong = 0;
    for (int s = 0; s < SAMPLE_COUNT; s++) {
        model_inputs inputs = { .shape = samples[s].shape };
        if (!samples[s].good)
            continue;
        inputs.file = samples[s].write();
        wrong += try_network(&inputs, samples[s].name);
    }
    assert_int_equal(wrong, 0);
}

/* ---- built-in networks -------------------------------------------------------------------------
 */

HAX_ALLOCATION_CALL(load_builtin, char, hax_model, hax_model_destroy,
                    hax_model_load(inputs, NULL, &result, err))

static void builtins(void **state)
{
    (void) state;
    int wrong = 0;
    for (const char *const *name = hax_model_builtin_names(); *name; name++)
        wrong += hax_each_allocation(
            1, &(const hax_allocation_case){ .name = *name, .call = load_builtin }, *name);
    assert_int_equal(wrong, 0);
}

/* ---- operators that are read as several layers -------------------------------------------------
 */

static message layer_norm(void)
{
    network net = network_open(17);
    add_input(&net, "x", "2 6");
    add_tensor(&net, tensor_steps("scale", SAMPLE_DIMS(6), 1, 0.5F, 3));
    add_tensor(&net, tensor_steps("bias", SAMPLE_DIMS(6), 0, 0.25F, 4));
    add_node(&net, node_of("LayerNormalization", "n", "x scale bias", "y"));
    add_output(&net, "y");
    return network_close(&net);
}

static message over_line(void)
{
    network net = network_open(17);
    add_input(&net, "x", "1 3 8");
    add_tensor(&net, tensor_steps("w", SAMPLE_DIMS(4, 3, 3), -1, 0.25F, 9));
    add_node(&net, node_of("Conv", "n", "x w", "y"));
    add_output(&net, "y");
    return network_close(&net);
}

static message parts(void)
{
    network net = network_open(13);
    message split = node_of("Split", "n", "x", "a b");
    with_whole(&split, "axis", 1);
    add_input(&net, "x", "1 4 8 8");
    add_node(&net, split);
    add_node(&net, node_of("Relu", "r", "a", "y"));
    add_output(&net, "y");
    return network_close(&net);
}

static message resized(void)
{
    network net = network_open(13);
    message resize = node_of("Resize", "n", "x  scales", "y");
    with_text(&resize, "mode", "linear");
    add_input(&net, "x", "1 3 4 4");
    add_tensor(&net, tensor_steps("scales", SAMPLE_DIMS(4), 1, 0, 1));
    add_node(&net, resize);
    add_output(&net, "y");
    return network_close(&net);
}

static message constants(void)
{
    network net = network_open(13);
    message constant = node_of("Constant", "c", "", "two");
    with_real(&constant, "value_float", 2);
    message list = node_of("Constant", "l", "", "shape");
    with_wholes(&list, "value_ints", SAMPLE_WHOLES(1, 48), true);
    add_input(&net, "x", "1 3 4 4");
    add_node(&net, constant);
    add_node(&net, list);
    add_node(&net, node_of("Mul", "m", "x two", "z"));
    add_node(&net, node_of("Reshape", "r", "z shape", "y"));
    add_output(&net, "y");
    return network_close(&net);
}

static void onnx_operators(void **state)
{
    (void) state;
    static const struct {
        const char *name;
        message (*write)(void);
    } cases[] = { { "LayerNormalization", layer_norm },
                  { "Conv over a line", over_line },
                  { "Split", parts },
                  { "Resize", resized },
                  { "Constant", constants } };
    int wrong = 0;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        wrong += try_network(&(model_inputs){ .file = cases[c].write() }, cases[c].name);
    assert_int_equal(wrong, 0);
}

/* ---- arrays ------------------------------------------------------------------------------------
 */

typedef struct array_inputs {
    message tensor;
    char path[64];
    char *npy;
    size_t npy_length;
} array_inputs;

HAX_ALLOCATION_CALL(parse_tensor, array_inputs, hax_array, hax_array_destroy,
                    hax_array_parse(inputs->tensor.data, inputs->tensor.length, "t.pb", &result,
                                    err))
HAX_ALLOCATION_CALL(parse_npy, array_inputs, hax_array, hax_array_destroy,
                    hax_array_parse(inputs->npy, inputs->npy_length, "t.npy", &result, err))
HAX_ALLOCATION_CALL(load_npy, array_inputs, hax_array, hax_array_destroy,
                    hax_array_load(inputs->path, &result, err))

static const hax_shape shape = { 2, { 2, 3 } };

static hax_status write_npy(const void *context, bool *kept, hax_error *err)
{
    const array_inputs *inputs = context;
    static const float values[6] = { 1, 2, 3, 4, 5, 6 };
    *kept = true;
    return hax_array_write(inputs->path, &shape, values, err);
}

static void arrays(void **state)
{
    (void) state;
    static const hax_allocation_case cases[] = {
        { .name = "write_npy", .call = write_npy },
        { .name = "parse_tensor", .call = parse_tensor },
        { .name = "load_npy", .call = load_npy },
        { .name = "parse_npy", .call = parse_npy },
    };
    array_inputs inputs = { .path = "/tmp/haxconn-test-XXXXXX" };
    bool kept;
    hax_error err = { 0 };
    inputs.tensor = tensor_steps("t", SAMPLE_DIMS(2, 3), 0, 1, 6);
    int file = mkstemp(inputs.path);
    assert_true(file >= 0);
    close(file);
    remove(inputs.path);
    strcat(inputs.path, ".npy");
    assert_int_equal(write_npy(&inputs, &kept, &err), HAX_OK);
    assert_int_equal(hax_file_read(inputs.path, 1 << 20, &inputs.npy, &inputs.npy_length, &err),
                     HAX_OK);
    int wrong = hax_each_allocation(4, cases, &inputs);
    remove(inputs.path);
    free(inputs.npy);
    hax_text_free(&inputs.tensor);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prototxts), cmocka_unit_test(onnx_samples),
        cmocka_unit_test(builtins),  cmocka_unit_test(onnx_operators),
        cmocka_unit_test(arrays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
