/* The built-in networks against their published sizes, layer for layer in number. */
#include "fixture.h"

#include <math.h>

typedef struct published {
    const char *name;
    int layers, compute_layers;
    double gmac, mparam; /* to the last digit given */
    double gmac_digit;
} published;

static const published networks[] = {
    { "alexnet", 24, 21, 0.72441, 60.965, 1e-5 },
    { "densenet", 547, 547, 3.0631, 7.895, 1e-4 },
    { "googlenet", 143, 141, 1.5827, 6.999, 1e-4 },
    { "inc-res-v2", 987, 986, 13.1558, 55.783, 1e-4 },
    { "inception", 637, 636, 12.2540, 42.617, 1e-4 },
    { "mobilenet", 111, 111, 0.5687, 4.210, 1e-4 },
    { "resnet18", 93, 92, 1.8269, 11.684, 1e-4 },
    { "resnet50", 228, 228, 3.8580, 25.504, 1e-4 },
    { "resnet101", 449, 449, 7.5702, 44.444, 1e-4 },
    { "resnet152", 670, 670, 11.2824, 60.041, 1e-4 },
    { "vgg16", 39, 37, 15.4703, 138.358, 1e-4 },
    { "vgg19", 45, 43, 19.63, 143.67, 1e-2 },
};

enum { NETWORKS = sizeof networks / sizeof *networks };

static void sizes(void **state)
{
    (void) state;
    for (int n = 0; n < NETWORKS; n++) {
        const published *known = &networks[n];
        assert_string_equal(hax_model_builtin_names()[n], known->name);
        hax_model *model = load_builtin_net(known->name);
        assert_int_equal(hax_model_layer_count(model), known->layers);
        assert_int_equal(hax_model_compute_layer_count(model), known->compute_layers);
        assert_true(fabs((double) hax_model_macs(model) / 1e9 - known->gmac) <
                    0.51 * known->gmac_digit);
        assert_true(fabs((double) hax_model_parameters(model) / 1e6 - known->mparam) <
                    0.51 * (known->gmac_digit > 1e-3 ? 1e-2 : 1e-3));
        assert_int_equal(hax_model_output_count(model), 1);
        assert_string_equal(hax_model_tensor(model, hax_model_output(model, 0))->name, "prob");
        hax_model_destroy(model);
    }
    assert_null(hax_model_builtin_names()[NETWORKS]);
}

static void expect_legal(const char *name, const int *cuts, size_t count)
{
    hax_model *model = load_builtin_net(name);
    for (size_t c = 0; c < count; c++) {
        const char *reason = NULL;
        if (!hax_model_cut_legal(model, cuts[c], &reason))
            fail_msg("%s: cut %d: %s", name, cuts[c], reason);
    }
    hax_model_destroy(model);
}

static void published_cuts(void **state)
{
    (void) state;
    static const int googlenet[] = { 10, 24, 38, 53, 67, 81, 95, 110, 124 };
    static const int vgg19[] = { 9 };
    static const int resnet101[] = { 4 };
    expect_legal("googlenet", googlenet, sizeof googlenet / sizeof *googlenet);
    expect_legal("vgg19", vgg19, 1);
    expect_legal("resnet101", resnet101, 1);
}

static void names_and_numbers(void **state)
{
    (void) state;
    static const struct {
        const char *network, *layer, *type;
        int index;
    } cases[] = {
        { "googlenet", "conv1/7x7_s2", "Convolution", 0 },
        { "googlenet", "inception_3a/1x1", "Convolution", 10 },
        { "googlenet", "pool3/3x3_s2", "Pooling", 38 },
        { "googlenet", "pool5/drop_7x7_s1", "Dropout", -1 },
        { "googlenet", "loss3/classifier", "InnerProduct", 139 },
        { "resnet50", "res2a_branch1", "Convolution", 5 },
        { "resnet50", "res2a", "Eltwise", 19 },
        { "resnet101", "res4b22_branch2c", "Convolution", 399 },
        { "vgg19", "fc8", "InnerProduct", 41 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hax_model *model = load_builtin_net(cases[i].network);
        bool found = false;
        for (int l = 0; l < hax_model_layer_count(model); l++) {
            hax_layer_info info = hax_model_layer(model, l);
            if (strcmp(info.name, cases[i].layer) != 0)
                continue;
            found = true;
            assert_string_equal(info.type, cases[i].type);
            assert_int_equal(info.compute_index, cases[i].index);
        }
        if (!found)
            fail_msg("%s has no layer %s", cases[i].network, cases[i].layer);
        hax_model_destroy(model);
    }
}

static void blocks_are_about_ten(void **state)
{
    (void) state;
    for (int n = 0; n < NETWORKS; n++) {
        hax_model *model = load_builtin_net(networks[n].name);
        const hax_grouping *grouping = NULL;
        assert_int_equal(hax_grouping_make(model, "blocks", &grouping, NULL), HAX_OK);
        assert_in_range(grouping->count, 8, 10);
        hax_grouping_destroy(grouping);
        hax_model_destroy(model);
    }
}

/* Every kernel reads what was made before it; the end is a thousand scores. */
static void kernels_are_in_order(void **state)
{
    (void) state;
    for (int n = 0; n < NETWORKS; n++) {
        hax_model *model = load_builtin_net(networks[n].name);
        for (int k = 0; k < hax_model_kernel_count(model); k++) {
            const hax_kernel *kernel = hax_model_kernel(model, k);
            for (int i = 0; i < kernel->input_count; i++)
                assert_true(hax_model_tensor(model, kernel->inputs[i])->producer < k);
            if (kernel->residual >= 0)
                assert_true(hax_model_tensor(model, kernel->residual)->producer < k);
        }
        const hax_tensor *output = hax_model_tensor(model, hax_model_output(model, 0));
        assert_int_equal(output->bytes, 1000 * sizeof(float));
        hax_model_destroy(model);
    }
}

/* Written as a prototxt and read again, each is the same network with the same names. */
static void written_and_read_again(void **state)
{
    (void) state;
    for (int n = 0; n < NETWORKS; n++) {
        hax_error err = { 0 };
        char *text = NULL;
        hax_model *again = NULL, *model = load_builtin_net(networks[n].name);
        if (hax_model_prototxt(model, &text, &err) != HAX_OK ||
            hax_model_parse_prototxt(text, strlen(text), "again.prototxt", NULL, &again, &err) !=
                HAX_OK)
            fail_msg("%s: %d:%d: %s", networks[n].name, err.line, err.column, err.message);
        assert_string_equal(hax_model_name(again), networks[n].name);
        assert_int_equal(hax_model_layer_count(again), networks[n].layers);
        assert_true(hax_model_hash(again) == hax_model_hash(model));
        for (int l = 0; l < networks[n].layers; l++)
            assert_string_equal(hax_model_layer(again, l).name, hax_model_layer(model, l).name);
        assert_int_equal(hax_model_prototxt(again, &text, &err), HAX_USAGE);
        free(text);
        hax_model_destroy(again);
        hax_model_destroy(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),
        cmocka_unit_test(published_cuts),
        cmocka_unit_test(names_and_numbers),
        cmocka_unit_test(blocks_are_about_ten),
        cmocka_unit_test(kernels_are_in_order),
        cmocka_unit_test(written_and_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
