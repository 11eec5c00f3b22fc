/* Names of profile entries and the layers that they are; where the DLA's time is. */
#include "fixture.h"

#include <stdio.h>

#include "graph.h"
#include "model/onnx_samples.h"
#include "random.h"
#include "text.h"

/* data -> a -> ra -> { b -> rb, c -> rc } -> cat -> d -> prob, with a name that looks like a
 * fusion. Numbers: a 0, ra 1, b 2, rb 3, c 4, "c + relu" 5, cat 6, d 7, prob 8. */
static const char fork_text[] =
    "name: \"fork\"\n"
    "layer { name: \"data\" type: \"Input\" top: \"data\" input_param { shape { dim: 1 dim: 3 dim: "
    "8 dim: 8 } } }\n"
    "layer { name: \"a\" type: \"Convolution\" bottom: \"data\" top: \"a\" convolution_param { "
    "num_output: 4 kernel_size: 1 } }\n"
    "layer { name: \"ra\" type: \"ReLU\" bottom: \"a\" top: \"a\" }\n"
    "layer { name: \"b\" type: \"Convolution\" bottom: \"a\" top: \"b\" convolution_param { "
    "num_output: 4 kernel_size: 1 } }\n"
    "layer { name: \"rb\" type: \"ReLU\" bottom: \"b\" top: \"b\" }\n"
    "layer { name: \"c\" type: \"Convolution\" bottom: \"a\" top: \"c\" convolution_param { "
    "num_output: 4 kernel_size: 1 } }\n"
    "layer { name: \"c + relu\" type: \"ReLU\" bottom: \"c\" top: \"c\" }\n"
    "layer { name: \"cat\" type: \"Concat\" bottom: \"b\" bottom: \"c\" top: \"cat\" }\n"
    "layer { name: \"d\" type: \"Convolution\" bottom: \"cat\" top: \"d\" convolution_param { "
    "num_output: 4 kernel_size: 1 } }\n"
    "layer { name: \"prob\" type: \"Softmax\" bottom: \"d\" top: \"prob\" }\n";

static hax_model *load_fork(void)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    if (hax_model_parse_prototxt(fork_text, strlen(fork_text), "fork.prototxt", NULL, &model,
                                 &err) != HAX_OK)
        fail_msg("%s", err.message);
    return model;
}

/* A profile of one millisecond for each name, ended by NULL. */
static const hax_import *profile_of(const char *const *names)
{
    hax_text text = { 0 };
    hax_text_append(&text, "[\n  { \"count\" : 1000 }\n");
    for (; *names; names++)
        hax_text_printf(&text,
                        ", { \"name\" : \"%s\", \"timeMs\" : 1000, \"averageMs\" : 1, "
                        "\"percentage\" : 1 }\n",
                        *names);
    hax_text_append(&text, "]\n");
    const hax_import *import = read_text("trtexec-profile", hax_text_get(&text));
    hax_text_free(&text);
    return import;
}

static const hax_import *match_with(const hax_import *import, const hax_import *beside,
                                    const hax_model *model)
{
    const hax_import *match = NULL;
    hax_error err = { 0 };
    if (hax_import_match(import, beside ? 1 : 0, &beside, model, NULL, &match, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return match;
}

static const hax_import *match_names(const char *const *names, const hax_model *model)
{
    const hax_import *import = profile_of(names);
    const hax_import *match = match_with(import, NULL, model);
    hax_import_destroy(import);
    return match;
}

static void every_kind_of_name(void **state)
{
    (void) state;
    static const struct {
        const char *name, *role, *layers;
    } cases[] = {
        { "a", "layers", "0" },
        { "a + ra", "layers", "0-1" },
        { "b + rb || c", "layers", "2-4" },
        { "c + relu", "layers", "5" },
        { "a + c + relu || b", "layers", "0, 2, 5" },
        { "PWN(ra, PWN(rb))", "layers", "1, 3" },
        { "a_clone_2", "layers", "0" },
        { "{a,ra,b}", "layers", "0-2" },
        { "{a,c + relu}", "layers", "0, 5" },
        { "{ForeignNode[b + rb]}", "layers", "2-3" },
        { "{ForeignNode[b...b]}", "layers", "2" },
        { "Reformatting CopyNode for Input Tensor 0 to a + ra", "reformat", "0-1" },
        { "Reformatting CopyNode for Output Tensor 1 to d", "reformat", "7" },
        { "Reformatting CopyNode for Network Input data", "reformat", "" },
        { "Reformatting CopyNode for Network Output prob", "reformat", "8" },
        { "a + ra input reformatter 0", "reformat", "0-1" },
        { "d output reformatter 12", "reformat", "7" },
        { "cat to nvm", "copy", "6" },
        { "data copy finish", "copy", "" },
        { "d finish", "copy", "7" },
        { "b copy", "copy", "2" },
        { "reshape_after_d", "helper", "7" },
        { "shuffle_between_cat_and_d", "helper", "6-7" },
        { "(Unnamed Layer* 7) [Shuffle]", "helper", "" },
    };
    hax_model *model = load_fork();
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const char *const names[] = { cases[c].name, NULL };
        const hax_import *match = match_names(names, model);
        const hax_import_section *entries = part(match, "matched_entries");
        if (strcmp(cell(entries, 0, "role")->text, cases[c].role) != 0 ||
            strcmp(cell(entries, 0, "layers")->text, cases[c].layers) != 0)
            fail_msg("'%s': %s of %s", cases[c].name, cell(entries, 0, "role")->text,
                     cell(entries, 0, "layers")->text);
        assert_null(hax_import_find(match, "not_matched", 0));
        hax_import_destroy(match);
    }
    hax_model_destroy(model);
}

/* onnx-tensorrt's getNodeName. The second node's own name is what the first one is called there. */
static void nodes_without_a_name_are_called_after_their_outputs(void **state)
{
    (void) state;
    static const char *const names[] = { "node_of_y + relu", "node_of_z", "Conv_0", NULL };
    hax_model *model = NULL;
    hax_error err = { 0 };
    network net = network_open(13);
    add_input(&net, "x", "1 2 4 4");
    add_output(&net, "w");
    add_tensor(&net, tensor_steps("k", SAMPLE_DIMS(2, 2, 1, 1), 0.5F, 0.25F, 4));
    add_node(&net, node_of("Conv", NULL, "x k", "y"));
    add_node(&net, node_of("Relu", "relu", "y", "z"));
    add_node(&net, node_of("GlobalAveragePool", "node_of_z", "z", "w"));
    message file = network_close(&net);
    if (hax_model_parse_onnx(file.data, file.length, "net.onnx", NULL, &model, &err) != HAX_OK)
        fail_msg("%s", err.message);
    hax_text_free(&file);
    const hax_import *match = match_names(names, model);
    const hax_import_section *entries = part(match, "matched_entries");
    assert_int_equal(entries->row_count, 2);
    assert_string_equal(cell(entries, 0, "layers")->text, "0-1");
    assert_string_equal(cell(entries, 1, "layers")->text, "2");
    /* what it is called here, nobody else calls it */
    assert_string_equal(cell(part(match, "not_matched"), 0, "name")->text, "Conv_0");
    hax_import_destroy(match);
    hax_model_destroy(model);
}

/* a 0, ra 1, b 2, rb 3, c 4, "c + relu" 5, cat 6, d 7, prob 8: what hangs together and is in no
 * other entry, from the end that is a layer. */
static void a_piece_may_begin_or_end_at_a_layer_of_tensorrts_own(void **state)
{
    (void) state;
    static const struct {
        const char *names[4];
        int row;
        const char *layers;
    } cases[] = {
        { { "a + ra", "{ForeignNode[(Unnamed Layer* 3) [Shuffle]...prob]}", NULL }, 1, "2-8" },
        { { "a + ra", "{ForeignNode[(Unnamed Layer* 3) [Shuffle]...d]}", "prob", NULL }, 1, "2-7" },
        { { "{ForeignNode[a...(Unnamed Layer* 9) [Shuffle]]}", "d", "prob", NULL }, 0, "0-6" },
        { { "a + ra", "{ForeignNode[b + rb...d + prob]}", "c + c + relu", NULL }, 1, "2-3, 6-8" },
        { { "a", "ra", "{ForeignNode[reshape_before_b...cat]}", NULL }, 2, "2-6" },
    };
    hax_model *model = load_fork();
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const hax_import *match = match_names(cases[c].names, model);
        const char *layers = cell(part(match, "matched_entries"), cases[c].row, "layers")->text;
        if (strcmp(layers, cases[c].layers) != 0)
            fail_msg("case %zu: layers %s and not %s", c, layers, cases[c].layers);
        assert_null(hax_import_find(match, "not_matched", 0));
        hax_import_destroy(match);
    }
    static const char *const open[] = {
        "{ForeignNode[(Unnamed Layer* 3) [Shuffle]...(Unnamed Layer* 4) [Shuffle]]}", NULL
    };
    const hax_import *match = match_names(open, model);
    assert_int_equal(part(match, "not_matched")->row_count, 1);
    hax_import_destroy(match);
    hax_model_destroy(model);
}

static void what_is_not_matched_is_listed_with_its_share(void **state)
{
    (void) state;
    static const char *const names[] = { "a + ra", "a+ra", "b + nowhere", "{a,elsewhere}", NULL };
    hax_model *model = load_fork();
    const hax_import *match = match_names(names, model);
    const hax_import_section *sums = part(match, "match"), *open = part(match, "not_matched");
    assert_float_equal(hax_import_fact_number(sums, "matched_percent"), 25, 1e-9);
    assert_float_equal(hax_import_fact_number(sums, "partly_matched_ms"), 2, 1e-9);
    assert_int_equal(open->row_count, 3);
    assert_string_equal(cell(open, 0, "unknown_part")->text, "a+ra");
    assert_string_equal(cell(open, 1, "unknown_part")->text, "nowhere");
    assert_string_equal(cell(open, 2, "unknown_part")->text, "elsewhere");
    assert_float_equal(cell(open, 0, "percent")->number, 25, 1e-9);
    hax_import_destroy(match);
    hax_model_destroy(model);
}

/* ---- ranges ---------------------------------------------------------------------------------- */

static const char *layers_of(const hax_import *match, const char *name)
{
    const hax_import_section *entries = part(match, "matched_entries");
    return cell(entries, row_with(entries, "name", name), "layers")->text;
}

/* From a to cat both branches lie on paths. From b to cat only one does, and the other belongs to
 * it as well unless another entry has it. */
static void branches_belong_to_a_range_unless_another_entry_has_them(void **state)
{
    (void) state;
    static const char *const all[] = { "{ForeignNode[a...cat]}", "d", "prob", NULL };
    static const char *const fork[] = { "a + ra", "{ForeignNode[b...cat]}", "d", NULL };
    static const char *const apart[] = { "a + ra", "{ForeignNode[b...cat]}", "c", "c + relu",
                                         NULL };
    hax_model *model = load_fork();
    const hax_import *match = match_names(all, model);
    assert_string_equal(layers_of(match, all[0]), "0-6");
    hax_import_destroy(match);
    match = match_names(fork, model);
    assert_string_equal(layers_of(match, fork[1]), "2-6");
    hax_import_destroy(match);
    match = match_names(apart, model);
    assert_string_equal(layers_of(match, apart[1]), "2-3, 6");
    hax_import_destroy(match);
    hax_model_destroy(model);
}

/* A path from one layer to another, found by walking backwards. */
static bool path(const hax_model *model, int from, int to)
{
    if (from == to)
        return true;
    const hax_graph_layer *layer = &model->layers[to];
    for (int i = 0; i < layer->spec->bottom_count; i++) {
        int producer = model->blobs[layer->inputs[i]].producer;
        if (producer >= from && path(model, from, producer))
            return true;
    }
    return false;
}

/* The set between two layers of one inception module or two: every layer on a path is in it. */
static void ranges_hold_all_layers_on_paths(void **state)
{
    (void) state;
    hax_random random = { 7 };
    hax_model *model = NULL;
    assert_int_equal(hax_model_load("googlenet", NULL, &model, NULL), HAX_OK);
    for (int round = 0; round < 60; round++) {
        int first = 1 + (int) hax_random_below(&random, (uint64_t) model->layer_count - 20);
        int last = first + (int) hax_random_below(&random, 18);
        char name[256];
        snprintf(name, sizeof name, "{ForeignNode[%s...%s]}", model->layers[first].spec->name,
                 model->layers[last].spec->name);
        const char *const names[] = { name, NULL };
        const hax_import *match = match_names(names, model);
        const hax_import_section *missing = part(match, "layers_in_no_entry");
        for (int l = first; l <= last; l++) {
            bool inside = path(model, first, l) && path(model, l, last);
            for (int r = 0; r < missing->row_count && inside; r++)
                if (cell(missing, r, "layer")->number == model->layers[l].compute_index)
                    fail_msg("%s lacks %s", name, model->layers[l].spec->name);
        }
        hax_import_destroy(match);
    }
    hax_model_destroy(model);
}

/* A random partition of a network into fused entries is found again without a rest. */
static void fusions_are_taken_apart(void **state)
{
    (void) state;
    hax_random random = { 11 };
    hax_model *model = NULL;
    assert_int_equal(hax_model_load("googlenet", NULL, &model, NULL), HAX_OK);
    for (int round = 0; round < 20; round++) {
        hax_text text = { 0 };
        hax_text_append(&text, "[\n  { \"count\" : 1 }\n");
        for (int l = 0; l < model->layer_count;) {
            hax_text_append(&text, ", { \"name\" : \"");
            int size = 1 + (int) hax_random_below(&random, 5);
            for (int i = 0; i < size && l < model->layer_count; i++, l++)
                hax_text_printf(&text, "%s%s",
                                i == 0                         ? ""
                                : hax_random_below(&random, 2) ? " + "
                                                               : " || ",
                                model->layers[l].spec->name);
            hax_text_append(&text, "\", \"timeMs\" : 1, \"averageMs\" : 1 }\n");
        }
        hax_text_append(&text, "]\n");
        const hax_import *import = read_text("trtexec-profile", hax_text_get(&text));
        const hax_import *match = match_with(import, NULL, model);
        assert_float_equal(hax_import_fact_number(part(match, "match"), "matched_percent"), 100,
                           1e-9);
        assert_null(hax_import_find(match, "layers_in_no_entry", 0));
        hax_import_destroy(match);
        hax_import_destroy(import);
        hax_text_free(&text);
    }
    hax_model_destroy(model);
}

/* ---- units ----------------------------------------------------------------------------------- */

static double dla_ms(const char *const *names, const char *log, const hax_model *model)
{
    const hax_import *import = profile_of(names);
    const hax_import *beside = log ? read_text("trtexec-log", log) : NULL;
    const hax_import *match = match_with(import, beside, model);
    double ms = hax_import_fact_number(part(match, "match"), "dla_ms");
    hax_import_destroy(match);
    hax_import_destroy(beside);
    hax_import_destroy(import);
    return ms;
}

/* One millisecond for each entry, so the sum counts those that are the DLA's. */
static void the_time_of_the_dla_is_found_where_the_version_books_it(void **state)
{
    (void) state;
    static const char *const seven[] = {
        "data to nvm", "{a,ra,b,rb}", "data copy finish",         "d input reformatter 0",
        "b finish",    "d",           "prob input reformatter 0", "prob",
        NULL
    };
    static const char *const eight[] = { "data to nvm",
                                         "{ForeignNode[a...cat]}",
                                         "cat from nvm",
                                         "Reformatting CopyNode for Input Tensor 0 to d",
                                         "d",
                                         NULL };
    static const char *const ten[] = { "Reformatting CopyNode for Input Tensor 0 to "
                                       "{ForeignNode[a...cat]}",
                                       "{ForeignNode[a...cat]}", "d", NULL };
    hax_model *model = load_fork();
    assert_float_equal(dla_ms(seven, NULL, model), 5, 1e-9);
    assert_float_equal(dla_ms(eight, NULL, model), 3, 1e-9);
    assert_true(isnan(dla_ms(ten, NULL, model)));
    assert_float_equal(dla_ms(ten, "[I] [TRT] [DlaLayer] {ForeignNode[a...cat]}\n", model), 1,
                       1e-9);
    assert_true(isnan(dla_ms(ten, "[I] [TRT] [GpuLayer] {ForeignNode[a...cat]}\n", model)));
    assert_float_equal(
        dla_ms(ten, "[I] === System Options ===\n[I] DLACore: 0(With GPU fallback)\n", model), 1,
        1e-9);
    hax_model_destroy(model);
}

/* ---- kernels --------------------------------------------------------------------------------- */

typedef struct launch {
    const char *kernel, *range;
    double us, bytes; /* bytes < 0: n/a */
} launch;

/* An Nsight Compute file, `passes` inferences of the launches; ended by a kernel of NULL. */
static const hax_import *launches_of(const launch *list, int passes)
{
    hax_text text = { 0 };
    hax_text_append(&text, "\"ID\",\"thread Domain:Push/Pop_Range:PL_Type:PL_Value:CLR_Type:Color:"
                           "Msg_Type:Msg\",\"Kernel Name\",\"dram__bytes.sum\",\"gpu__time_duration"
                           ".sum\"\n\"\",\"\",\"\",\"byte\",\"us\"\n");
    for (int pass = 0, id = 0; pass < passes; pass++) {
        for (const launch *l = list; l->kernel; l++, id++) {
            hax_text_printf(&text, "\"%d\",\"%s\",\"%s\",", id, l->range ? l->range : "",
                            l->kernel);
            if (l->bytes < 0)
                hax_text_printf(&text, "\"n/a\",\"%g\"\n", l->us);
            else
                hax_text_printf(&text, "\"%.0f\",\"%g\"\n", l->bytes, l->us);
        }
    }
    const hax_import *import = read_text("ncu", hax_text_get(&text));
    hax_text_free(&text);
    return import;
}

static const hax_import *match_kernels(const char *const *names, const launch *list, int passes)
{
    hax_model *model = load_fork();
    const hax_grouping *grouping = NULL;
    const hax_import *profile = profile_of(names), *ncu = launches_of(list, passes), *match = NULL;
    const hax_import *beside = ncu;
    hax_error err = { 0 };
    if (hax_grouping_make(model, "2,7", &grouping, &err) != HAX_OK ||
        hax_import_match(profile, 1, &beside, model, grouping, &match, &err) != HAX_OK)
        fail_msg("%s", err.message);
    hax_grouping_destroy(grouping);
    hax_import_destroy(profile);
    hax_import_destroy(ncu);
    hax_model_destroy(model);
    return match;
}

static void expect_demand(const hax_import *match, int group, double gbps)
{
    const hax_import_section *demands = part(match, "demands");
    double seen = cell(demands, group, "gbps")->number;
    if (isnan(gbps)) {
        assert_true(isnan(seen));
        return;
    }
    assert_float_equal(seen, gbps, 1e-9);
    assert_true(cell(demands, group, "spread")->number > 0);
    assert_string_equal(cell(demands, group, "source")->text, "counters");
}

static const char *const fork_entries[] = { "a + ra", "b + rb || c", "c + relu", "cat",
                                            "d",      "prob",        NULL };

static void kernels_are_mapped_by_range(void **state)
{
    (void) state;
    static const launch list[] = {
        { "k1", "a + ra", 700, 1e6 },  { "k2", "a + ra", 10, 1e6 },
        { "k3", "elsewhere", 5, 1e6 }, { "TensorRT:enqueue/d", NULL, 900, 4e6 },
        { "k4", "prob", 100, -1 },     { NULL, NULL, 0, 0 }
    };
    const hax_import *match = match_kernels(fork_entries, list, 3);
    assert_string_equal(hax_import_fact_text(part(match, "kernels"), "mapped_by"), "NVTX ranges");
    assert_float_equal(hax_import_fact_number(part(match, "kernels"), "inferences"), 3, 0);
    assert_int_equal(part(match, "kernels_not_mapped")->row_count, 3);
    expect_demand(match, 0, 2e6 / 1 * 1e-6);
    expect_demand(match, 1, NAN);            /* nothing of b, c and cat */
    expect_demand(match, 2, 4e6 / 1 * 1e-6); /* d; of prob no bytes are known */
    assert_true(noted(match, HAX_IMPORT_WARNING, "3 of 15 kernels belong to no entry"));
    assert_true(noted(match, HAX_IMPORT_WARNING, "1 group has bytes of less than half"));
    hax_import_destroy(match);
}

static void kernels_are_mapped_by_order_and_time(void **state)
{
    (void) state;
    static const launch list[] = { { "k1", NULL, 300, 1e6 }, { "k2", NULL, 195, 1e6 },
                                   { "k3", NULL, 510, 2e6 }, { "k3", NULL, 490, 3e6 },
                                   { "k5", NULL, 250, 2e6 }, { "k6", NULL, 250, 2e6 },
                                   { "k1", NULL, 505, 5e6 }, { "k7", NULL, 500, 1e6 },
                                   { NULL, NULL, 0, 0 } };
    const hax_import *match = match_kernels(fork_entries, list, 2);
    const hax_import_section *kernels = part(match, "kernels");
    assert_string_equal(hax_import_fact_text(kernels, "mapped_by"), "order and times");
    assert_float_equal(hax_import_fact_number(kernels, "inferences"), 2, 0);
    assert_float_equal(cell(kernels, row_with(kernels, "name", "a + ra"), "kernels")->number, 2, 0);
    assert_float_equal(cell(kernels, row_with(kernels, "name", "cat"), "kernels")->number, 2, 0);
    expect_demand(match, 0, 2);
    expect_demand(match, 1, (2 + 3 + 4) / 3.0);
    expect_demand(match, 2, (5 + 1) / 2.0);
    hax_import_destroy(match);
}

static void kernels_of_another_engine_are_not_mapped(void **state)
{
    (void) state;
    static const launch list[] = { { "k1", NULL, 10, 1e6 },
                                   { "k2", NULL, 9000, 1e6 },
                                   { NULL, NULL, 0, 0 } };
    const hax_import *match = match_kernels(fork_entries, list, 1);
    assert_null(hax_import_find(match, "kernels", 0));
    assert_null(hax_import_find(match, "demands", 0));
    assert_true(noted(match, HAX_IMPORT_WARNING, "their times do not agree"));
    hax_import_destroy(match);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_name),
        cmocka_unit_test(a_piece_may_begin_or_end_at_a_layer_of_tensorrts_own),
        cmocka_unit_test(nodes_without_a_name_are_called_after_their_outputs),
        cmocka_unit_test(what_is_not_matched_is_listed_with_its_share),
        cmocka_unit_test(branches_belong_to_a_range_unless_another_entry_has_them),
        cmocka_unit_test(ranges_hold_all_layers_on_paths),
        cmocka_unit_test(fusions_are_taken_apart),
        cmocka_unit_test(the_time_of_the_dla_is_found_where_the_version_books_it),
        cmocka_unit_test(kernels_are_mapped_by_range),
        cmocka_unit_test(kernels_are_mapped_by_order_and_time),
        cmocka_unit_test(kernels_of_another_engine_are_not_mapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
