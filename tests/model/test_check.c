/* The checker of models (graph/check.c) stops at every kind of fault that it looks for: one of each
 * is planted in a network that passes. Its assertions come back here in place of ending the
 * program. */
#include "fixture.h"

static struct {
    jmp_buf back;
    bool armed;
    char text[256]; /* of the assertion that stopped */
} stopped;

_Noreturn void __wrap___assert_fail(const char *text, const char *file, unsigned line,
                                    const char *function);

_Noreturn void __wrap___assert_fail(const char *text, const char *file, unsigned line,
                                    const char *function)
{
    if (!stopped.armed) {
        print_error("%s:%u: %s: %s\n", file, line, function, text);
        abort();
    }
    snprintf(stopped.text, sizeof stopped.text, "%s", text);
    longjmp(stopped.back, 1);
}

/* data, conv, relu; a second convolution and the sum with the first; a classifier. Kernels: conv +
 * relu, conv + sum, fully connected. */
static const char net[] = "input: 'data' input_dim: 1 input_dim: 4 input_dim: 8 input_dim: 8\n"
                          "layer { name: 'a' type: 'Convolution' bottom: 'data' top: 'a'\n"
                          "  convolution_param { num_output: 4 kernel_size: 3 pad: 1 } }\n"
                          "layer { name: 'r' type: 'ReLU' bottom: 'a' top: 'a' }\n"
                          "layer { name: 'b' type: 'Convolution' bottom: 'a' top: 'b'\n"
                          "  convolution_param { num_output: 4 kernel_size: 3 pad: 1 } }\n"
                          "layer { name: 's' type: 'Eltwise' bottom: 'b' bottom: 'a' top: 's' }\n"
                          "layer { name: 'p' type: 'Pooling' bottom: 's' top: 'p'\n"
                          "  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }\n"
                          "layer { name: 'f' type: 'InnerProduct' bottom: 'p' top: 'f'\n"
                          "  inner_product_param { num_output: 3 } }\n";

typedef struct fault {
    void (*plant)(hax_model *model);
    const char *stops; /* a part of the assertion */
} fault;

/* What replaces members that point to constants. One model is looked at at a time. */
static hax_layer_spec other_spec;
static int other_inputs[HAX_INPUTS_MAX];

static hax_layer_spec *own_spec(hax_model *model, int layer)
{
    other_spec = *model->layers[layer].spec;
    model->layers[layer].spec = &other_spec;
    return &other_spec;
}

static int first_layer(const hax_model *model)
{
    for (int l = 0; l < model->layer_count; l++)
        if (model->layers[l].compute_index == 0)
            return l;
    fail_msg("no layer is numbered 0");
    return -1;
}

static int legal_cut(const hax_model *model)
{
    for (int cut = 1; cut < model->compute_count; cut++)
        if (model->crossings[cut].count > 0)
            return cut;
    fail_msg("no cut is legal");
    return -1;
}

static int with_residual(const hax_model *model)
{
    for (int k = 0; k < model->kernel_count; k++)
        if (model->kernels[k].public.residual >= 0)
            return k;
    fail_msg("no kernel has a residual");
    return -1;
}

/* Of the class of convolutions, with an activation. */
#define KERNEL(model, k) (&(model)->kernels[k].public)

#define FAULT(name, ...)               \
    static void name(hax_model *model) \
    {                                  \
        __VA_ARGS__;                   \
    }

/* the whole */
FAULT(no_name, model->name = NULL)
FAULT(no_tensor_may_cross, model->cut_tensors = 0)
FAULT(no_kernels, model->kernel_count = 0)
FAULT(more_tensors_than_blobs, model->tensor_count = model->blob_count + 1)
FAULT(a_first_cut, model->cut_reason[0] = NULL)
/* blobs */
FAULT(nameless_blob, model->blobs[0].name = NULL)
FAULT(rank_beyond, model->blobs[0].shape.rank = HAX_MAX_RANK + 1)
FAULT(no_size, model->blobs[0].shape.dims[1] = 0)
FAULT(producer_beyond, model->blobs[0].producer = model->layer_count)
FAULT(negative_readers, model->blobs[0].consumers = -1)
FAULT(tensor_beyond, model->blobs[0].tensor = model->tensor_count)
FAULT(known_of_other_shape, static const hax_layer_constant one = { .shape = { .rank = 1 } };
      model->blobs[0].known = &one)
FAULT(known_output, static hax_layer_constant same; same.shape = model->blobs[0].shape;
      model->blobs[0].known = &same; model->blobs[0].output = true)
/* layers */
FAULT(no_operation, own_spec(model, 0)->op = HAX_OP_COUNT)
FAULT(no_top, own_spec(model, first_layer(model))->top_count = 0)
FAULT(number_left_out, model->layers[first_layer(model)].compute_index = 1)
FAULT(negative_work, model->layers[first_layer(model)].macs = -1)
FAULT(negative_parameters, model->layers[first_layer(model)].parameters = -1)
FAULT(numbers_too_many, model->compute_count++)
FAULT(work_does_not_add_up, model->macs++)
FAULT(parameters_do_not_add_up, model->parameters++)
FAULT(run_beforehand, own_spec(model, first_layer(model))->op = HAX_OP_SHAPE)
FAULT(reads_no_blob, int l = first_layer(model); other_inputs[0] = model->blob_count;
      model->layers[l].inputs = other_inputs)
FAULT(reads_what_comes_later, int l = first_layer(model);
      other_inputs[0] = model->layers[l].outputs[0]; model->layers[l].inputs = other_inputs)
FAULT(writes_no_blob, int l = first_layer(model); other_inputs[0] = -1;
      model->layers[l].outputs = other_inputs)
FAULT(somebody_elses_output,
      model->blobs[model->layers[first_layer(model)].outputs[0]].producer = -1)
FAULT(folded_but_not_known, model->layers[first_layer(model)].folded = true)
/* kernels */
FAULT(kernel_of_no_layer, KERNEL(model, 0)->layer = model->layer_count)
FAULT(last_before_first, KERNEL(model, 0)->last = KERNEL(model, 0)->first - 1)
FAULT(covers_too_much, KERNEL(model, 0)->last = model->compute_count)
FAULT(out_of_order, KERNEL(model, 0)->first = KERNEL(model, 0)->last = model->compute_count - 1)
FAULT(no_inputs, KERNEL(model, 0)->input_count = 0)
FAULT(input_of_no_tensor, other_inputs[0] = -1; KERNEL(model, 0)->inputs = other_inputs)
FAULT(input_not_there_yet, other_inputs[0] = KERNEL(model, 0)->output;
      KERNEL(model, 0)->inputs = other_inputs)
FAULT(input_gone, model->tensors[KERNEL(model, 1)->inputs[0]].last_use = 0)
FAULT(residual_of_no_tensor, KERNEL(model, with_residual(model))->residual = model->tensor_count)
FAULT(
    residual_of_a_pooling, int last = model->kernel_count - 1; for (int k = 0; k < last; k++) {
        if (hax_op_class_of(KERNEL(model, k)->op) != HAX_CLASS_WEIGHTED)
            KERNEL(model, k)->residual = KERNEL(model, k)->inputs[0];
    })
FAULT(output_of_no_tensor, KERNEL(model, 0)->output = model->tensor_count)
FAULT(two_of_one_output, model->tensors[KERNEL(model, 0)->output].producer = -1)
FAULT(weights_of_no_floats, KERNEL(model, 0)->weight_bytes++)
FAULT(negative_kernel, KERNEL(model, 0)->macs = -1)
FAULT(no_binary, KERNEL(model, 0)->form = HAX_FORM_BINARY)
FAULT(no_product, KERNEL(model, 0)->form = HAX_FORM_PRODUCT)
FAULT(no_reduction, KERNEL(model, 0)->form = HAX_FORM_REDUCE)
FAULT(no_curve, KERNEL(model, model->kernel_count - 1)->form = HAX_FORM_POINTWISE)
FAULT(a_view_with_a_curve, KERNEL(model, 0)->form = HAX_FORM_VIEW)
FAULT(a_curve_that_nobody_fuses, int curve = HAX_CURVE_NONE;
      while (curve == HAX_CURVE_NONE || hax_curve_is_fused((hax_curve) curve)) curve++;
      KERNEL(model, 0)->activation.curve = (hax_curve) curve)
/* tensors */
FAULT(no_dimension, hax_tensor *tensor = &model->tensors[KERNEL(model, 0)->output];
      tensor->shape.rank = 0)
FAULT(other_bytes, model->tensors[0].bytes++)
FAULT(used_before_it_is, hax_tensor *tensor = &model->tensors[model->outputs[0]];
      tensor->last_use = tensor->producer)
FAULT(computed_constant, static const float one;
      model->tensors[KERNEL(model, 0)->output].constant = &one)
FAULT(large_scalar, model->tensors[0].scalar = true)
/* ends */
FAULT(no_input, model->input_count = 0)
FAULT(an_input_that_is_computed, model->inputs[0] = model->layers[first_layer(model)].outputs[0])
FAULT(an_input_of_no_tensor, model->blobs[model->inputs[0]].tensor = -1)
FAULT(an_output_of_no_tensor, model->outputs[0] = model->tensor_count)
FAULT(an_output_that_ends_early, model->outputs[0] = KERNEL(model, 0)->output)
/* cuts */
FAULT(neither_legal_nor_not, model->cut_reason[legal_cut(model)] = "because")
FAULT(too_many_cross, model->crossings[legal_cut(model)].count = 2; model->cut_tensors = 1)
FAULT(others_are_live, model->live_count[legal_cut(model)]++)
FAULT(made_behind_the_cut, int cut = legal_cut(model);
      other_inputs[0] = KERNEL(model, model->kernel_count - 1)->output;
      model->crossings[cut].tensors = other_inputs)
FAULT(a_kernel_across_a_cut, int cut = legal_cut(model);
      model->kernels[hax_graph_kernels_before(model, cut) - 1].public.last = cut)

static const fault faults[] = {
    { no_name, "model->name" },
    { no_tensor_may_cross, "cut_tensors >= 1" },
    { no_kernels, "kernel_count >= 1" },
    { more_tensors_than_blobs, "tensor_count <= model->blob_count" },
    { a_first_cut, "cut_reason[0]" },
    { nameless_blob, "blob->name" },
    { rank_beyond, "shape->rank" },
    { no_size, "hax_shape_valid" },
    { producer_beyond, "blob->producer" },
    { negative_readers, "blob->consumers" },
    { tensor_beyond, "blob->tensor" },
    { known_of_other_shape, "hax_shape_same" },
    { known_output, "!blob->output" },
    { no_operation, "HAX_OP_COUNT" },
    { no_top, "top_count >= 1" },
    { number_left_out, "layer->compute_index" },
    { negative_work, "layer->macs >= 0" },
    { negative_parameters, "layer->parameters >= 0" },
    { numbers_too_many, "numbered == model->compute_count" },
    { work_does_not_add_up, "macs == model->macs" },
    { parameters_do_not_add_up, "parameters == model->parameters" },
    { run_beforehand, "hax_op_is_beforehand" },
    { reads_no_blob, "layer->inputs[b] < model->blob_count" },
    { reads_what_comes_later, "layer->inputs[b]].producer < l" },
    { writes_no_blob, "layer->outputs[t] >= 0" },
    { somebody_elses_output, "producer == l" },
    { folded_but_not_known, "layer->folded ==" },
    { kernel_of_no_layer, "kernel->layer" },
    { last_before_first, "kernel->first <= kernel->last" },
    { covers_too_much, "kernel->last < model->compute_count" },
    { out_of_order, "kernels[k - 1].public.first" },
    { no_inputs, "input_count >= 1" },
    { input_of_no_tensor, "tensor >= 0" },
    { input_not_there_yet, "producer < kernel" },
    { input_gone, "last_use >= kernel" },
    { residual_of_no_tensor, "tensor < model->tensor_count" },
    { residual_of_a_pooling, "HAX_CLASS_WEIGHTED" },
    { output_of_no_tensor, "kernel->output < model->tensor_count" },
    { two_of_one_output, "producer == k" },
    { weights_of_no_floats, "weight_bytes % sizeof" },
    { negative_kernel, "kernel->macs >= 0" },
    { no_binary, "HAX_CLASS_BINARY" },
    { no_product, "HAX_CLASS_PRODUCT" },
    { no_reduction, "HAX_CLASS_REDUCE" },
    { no_curve, "HAX_FORM_POINTWISE ||" },
    { a_view_with_a_curve, "HAX_FORM_VIEW" },
    { a_curve_that_nobody_fuses, "hax_curve_is_fused" },
    { no_dimension, "tensor->shape.rank >= 1" },
    { other_bytes, "tensor->bytes" },
    { used_before_it_is, "tensor->last_use > tensor->producer" },
    { computed_constant, "!tensor->constant" },
    { large_scalar, "!tensor->scalar" },
    { no_input, "input_count >= 1" },
    { an_input_that_is_computed, "hax_blob_is_input" },
    { an_input_of_no_tensor, "inputs[i]].tensor >= 0" },
    { an_output_of_no_tensor, "outputs[o] < model->tensor_count" },
    { an_output_that_ends_early, "last_use == model->kernel_count" },
    { neither_legal_nor_not, "cut_reason[cut] == NULL" },
    { too_many_cross, "crossing->count <= model->cut_tensors" },
    { others_are_live, "model->live_count[cut]" },
    { made_behind_the_cut, "tensor->producer < before" },
    { a_kernel_across_a_cut, "furthest < cut" },
};

static void a_right_model_passes(void **state)
{
    (void) state;
    hax_model *model = read_text(net);
    hax_graph_check(model);
    hax_model_destroy(model);
}

/* Leaves the text of the assertion that stopped the checker, "" if none did. */
static void check(const hax_model *model)
{
    stopped.text[0] = '\0';
    stopped.armed = true;
    if (setjmp(stopped.back) == 0)
        hax_graph_check(model);
    stopped.armed = false;
}

static void each_fault_stops_it(void **state)
{
    (void) state;
#ifdef NDEBUG
    print_message("skipped: built without assertions\n");
    return;
#endif
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
        hax_model *model = read_text(net);
        faults[f].plant(model);
        check(model);
        if (!strstr(stopped.text, faults[f].stops))
            fail_msg("fault %zu, '%s': stopped by '%s'", f, faults[f].stops, stopped.text);
        hax_model_destroy(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_model_passes),
        cmocka_unit_test(each_fault_stops_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
