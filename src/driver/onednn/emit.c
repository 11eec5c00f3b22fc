/* The steps of one kernel: which primitive, in which layouts. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assume.h"
#include "emit.h"

const dnnl_format_tag_t hax_image_tags[IMAGE_TAG_COUNT] = { dnnl_aBcd16b, dnnl_aBcd8b, dnnl_acdb,
                                                            dnnl_abcd };
const int hax_image_blocks[IMAGE_TAG_COUNT] = { 16, 8, 1, 1 };

const hax_shape *hax_dnnl_shape_of(const hax_program *program, int tensor)
{
    return &hax_model_tensor(program->model, tensor)->shape;
}

hax_const_md hax_dnnl_layout_of(const hax_program *program, int tensor)
{
    assert(program->tensor_operand[tensor] >= 0);
    return program->operands[program->tensor_operand[tensor]].desc;
}

void hax_take_note(hax_program *program, int kernel, const char *implementation)
{
    assert(kernel >= 0 && kernel < hax_model_kernel_count(program->model));
    hax_kernel_note *note = &program->notes[kernel];
    snprintf(note->implementation, sizeof note->implementation, "%s", implementation);
    note->slow = hax_implementation_is_slow(implementation);
}

hax_status hax_dnnl_refused(const hax_program *program, int kernel, hax_error *err)
{
    hax_layer_info layer =
        hax_model_layer(program->model, hax_model_kernel(program->model, kernel)->layer);
    return hax_fail(err, HAX_FAILURE, "oneDNN has no implementation for layer '%.100s' (%s) of %s",
                    layer.name, layer.type, hax_model_name(program->model));
}

hax_status hax_place_ends(hax_program *program, const hax_kernel *kernel, dnnl_primitive_desc_t pd,
                          int *in, int *out, int *after, hax_error *err)
{
    hax_status status = hax_operand_want(program, kernel->inputs[0],
                                         hax_dnnl_pd_md(pd, dnnl_query_src_md), in, err);
    if (status == HAX_OK)
        status = hax_output_place(program, kernel->output, hax_dnnl_pd_md(pd, dnnl_query_dst_md),
                                  out, after, err);
    if (status != HAX_OK)
        dnnl_primitive_desc_destroy(pd);
    return status;
}

hax_status hax_emit_simple(hax_program *program, int kernel, dnnl_primitive_desc_t pd,
                           hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    int in, out, after;
    if (!pd)
        return hax_dnnl_refused(program, kernel, err);
    HAX_TRY(hax_place_ends(program, lowered, pd, &in, &out, &after, err));
    hax_take_note(program, kernel, hax_dnnl_pd_implementation(pd));
    HAX_TRY(hax_step_add(program, kernel, pd, 2, (const int[]){ DNNL_ARG_SRC, DNNL_ARG_DST },
                         (const int[]){ in, out }, err));
    return hax_output_finish(program, lowered->output, out, after, err);
}

/* ---- kernels without weights: the layout decides which implementation there is ---------- */

/* Some pairs of layout and instruction set are fifty times slower than others. */
dnnl_primitive_desc_t hax_best_layout(const hax_program *program, const hax_kernel *kernel,
                                      hax_layout_maker *make)
{
    const hax_shape *shape = hax_dnnl_shape_of(program, kernel->inputs[0]);
    dnnl_primitive_desc_t best =
        make(program, kernel, hax_dnnl_layout_of(program, kernel->inputs[0]));
    if (best && !hax_implementation_is_slow(hax_dnnl_pd_implementation(best)))
        return best;
    for (int t = 0; shape->rank == 4 && t < IMAGE_TAG_COUNT; t++) {
        hax_md desc = hax_dnnl_md_tag(shape, hax_image_tags[t]);
        dnnl_primitive_desc_t other = desc ? make(program, kernel, desc) : NULL;
        hax_dnnl_md_free(desc);
        if (other && (!best || !hax_implementation_is_slow(hax_dnnl_pd_implementation(other)))) {
            dnnl_primitive_desc_destroy(best);
            best = other;
            if (!hax_implementation_is_slow(hax_dnnl_pd_implementation(best)))
                return best;
            continue;
        }
        dnnl_primitive_desc_destroy(other);
    }
    return best;
}

static dnnl_primitive_desc_t describe_pooling(const hax_program *program, const hax_kernel *kernel,
                                              hax_const_md src)
{
    hax_md any = hax_dnnl_md_any(hax_dnnl_shape_of(program, kernel->output));
    dnnl_primitive_desc_t pd =
        any ? hax_dnnl_pd_pooling(program->device->engine, kernel, src, any) : NULL;
    hax_dnnl_md_free(any);
    return pd;
}

static dnnl_primitive_desc_t describe_lrn(const hax_program *program, const hax_kernel *kernel,
                                          hax_const_md src)
{
    return hax_dnnl_pd_lrn(program->device->engine, kernel, src, src);
}

static dnnl_primitive_desc_t describe_softmax(const hax_program *program, const hax_kernel *kernel,
                                              hax_const_md src)
{
    return hax_dnnl_pd_softmax(program->device->engine, kernel->axis, src);
}

static hax_status emit_behind(hax_program *program, int kernel, const hax_activation *activation,
                              int operand, hax_error *err)
{
    assert(operand >= 0 && operand < program->operand_count);
    dnnl_primitive_desc_t pd = hax_dnnl_pd_activation(program->device->engine, activation,
                                                      program->operands[operand].desc);
    if (!pd)
        return hax_dnnl_refused(program, kernel, err);
    return hax_step_add(program, kernel, pd, 2, (const int[]){ DNNL_ARG_SRC, DNNL_ARG_DST },
                        (const int[]){ operand, operand }, err);
}

hax_status hax_emit_activation_behind(hax_program *program, int kernel, int operand, hax_error *err)
{
    return emit_behind(program, kernel, &hax_model_kernel(program->model, kernel)->activation,
                       operand, err);
}

hax_status hax_emit_linear_behind(hax_program *program, int kernel, int operand, float factor,
                                  hax_error *err)
{
    const hax_activation linear = { .curve = HAX_CURVE_LINEAR, .alpha = factor };
    return emit_behind(program, kernel, &linear, operand, err);
}

/* ---- plain loops, for what the library cannot do -------------------------------------------- */

hax_status hax_operand_plain(hax_program *program, int tensor, const hax_shape *seen_as,
                             int *operand_out, hax_error *err)
{
    const hax_shape *shape = hax_dnnl_shape_of(program, tensor);
    hax_md plain = hax_dnnl_md_tag(shape, hax_plain_tag(shape->rank)),
           seen = hax_dnnl_md_tag(seen_as, hax_plain_tag(seen_as->rank));
    int found = -1;
    hax_status status = plain && seen ? HAX_OK : hax_fail_memory(err, "a program");
    if (status == HAX_OK)
        status = hax_operand_want(program, tensor, plain, &found, err);
    if (status == HAX_OK && !hax_dnnl_md_equal(plain, seen)) {
        found = hax_operand_seen(program, found, seen);
        status = found < 0 ? hax_fail_memory(err, "a program") : HAX_OK;
    }
    hax_dnnl_md_free(plain);
    hax_dnnl_md_free(seen);
    *operand_out = found;
    return status;
}

/* Weights as they are, for a step of loops that was just added. */
static hax_status loop_weights(hax_program *program, int kernel, hax_error *err)
{
    const hax_packed_weights *found;
    size_t count = hax_kernel_weight_count(program->model, kernel);
    if (count == 0)
        return HAX_OK;
    hax_shape line = { 1, { (int64_t) count } };
    hax_md plain = hax_dnnl_md_tag(&line, dnnl_a);
    if (!plain)
        return hax_fail_memory(err, "a program");
    hax_status status =
        hax_weights_get(program->device, program->model, kernel, plain, plain, &found, err);
    hax_dnnl_md_free(plain);
    if (status == HAX_OK) {
        program->steps[program->step_count - 1].weights = found->data;
        program->steps[program->step_count - 1].bias = found->bias;
    }
    return status;
}

/* Says why the library's own implementation was not taken. */
static void note_distrust(hax_program *program, int kernel)
{
    hax_kernel_note *note = &program->notes[kernel];
    const char *wrong = hax_distrusted_implementation(program, kernel);
    if (!wrong)
        return;
    snprintf(note->implementation, sizeof note->implementation, "reference loops: %.16s was wrong",
             wrong);
    note->slow = true;
}

hax_status hax_emit_loops(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    const hax_shape *out_shape = hax_dnnl_shape_of(program, lowered->output);
    int count = hax_loop_input_count(lowered), after = -1;
    int *operands = calloc((size_t) count + 1, sizeof *operands);
    int *args = calloc((size_t) count + 1, sizeof *args);
    hax_md out_plain = hax_dnnl_md_tag(out_shape, hax_plain_tag(out_shape->rank));
    hax_status status = operands && args && out_plain ? HAX_OK : hax_fail_memory(err, "a program");
    for (int i = 0; i < count && status == HAX_OK; i++)
        status = hax_operand_plain(program, hax_loop_input(lowered, i),
                                   hax_dnnl_shape_of(program, hax_loop_input(lowered, i)),
                                   &operands[i], err);
    if (status == HAX_OK)
        status =
            hax_output_place(program, lowered->output, out_plain, &operands[count], &after, err);
    bool moves = lowered->form == HAX_FORM_WALK || lowered->form == HAX_FORM_VIEW ||
                 lowered->op == HAX_OP_GATHER || lowered->op == HAX_OP_PAD;
    hax_take_note(program, kernel,
                  moves ? "plain copy" : "reference loops"); /* a copy is not slow */
    note_distrust(program, kernel);
    if (status == HAX_OK)
        status = hax_step_add(program, kernel, NULL, count + 1, args, operands, err);
    if (status == HAX_OK)
        status = loop_weights(program, kernel, err);
    if (status == HAX_OK)
        status = hax_output_finish(program, lowered->output, operands[count], after, err);
    hax_dnnl_md_free(out_plain);
    free(operands);
    free(args);
    return status;
}

/* An average over told padding and over what rounding up adds as well: oneDNN would count the
 * latter too. With dilation it divides by other numbers than ONNX. */
static bool average_needs_loops(const hax_kernel *kernel)
{
    const hax_window *w = &kernel->window;
    if (kernel->pool != HAX_POOL_MAX && (w->dilation_h > 1 || w->dilation_w > 1))
        return true;
    bool told = w->pad_top > 0 || w->pad_left > 0 || kernel->counted_bottom > 0 ||
                kernel->counted_right > 0;
    return kernel->pool == HAX_POOL_AVERAGE && told &&
           (w->pad_bottom > kernel->counted_bottom || w->pad_right > kernel->counted_right);
}

static hax_status emit_pooling(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    if (average_needs_loops(lowered))
        return hax_emit_loops(program, kernel, err);
    dnnl_primitive_desc_t pd = hax_best_layout(program, lowered, describe_pooling);
    if (!pd) /* windows that the library does not take, as padding beyond them */
        return hax_emit_loops(program, kernel, err);
    return hax_emit_simple(program, kernel, pd, err);
}

/* ---- kernels with several inputs ------------------------------------------------------------- */

/* May the inputs of a concat along channels be joined in this layout? Blocks must be full. */
static bool blocks_fit(const hax_program *program, const hax_kernel *kernel, int block)
{
    for (int i = 0; i < kernel->input_count; i++)
        if (hax_dnnl_shape_of(program, kernel->inputs[i])->dims[1] % block != 0)
            return false;
    return true;
}

/* Bytes of inputs that are in a layout already. */
static size_t bytes_in(const hax_program *program, const hax_kernel *kernel, dnnl_format_tag_t tag)
{
    size_t bytes = 0;
    for (int i = 0; i < kernel->input_count; i++) {
        hax_md desc = hax_dnnl_md_tag(hax_dnnl_shape_of(program, kernel->inputs[i]), tag);
        if (desc && hax_dnnl_md_equal(desc, hax_dnnl_layout_of(program, kernel->inputs[i])))
            bytes += hax_dnnl_md_bytes(desc);
        hax_dnnl_md_free(desc);
    }
    return bytes;
}

/* The common layout that leaves the fewest bytes to be reordered. */
static dnnl_format_tag_t common_layout(const hax_program *program, const hax_kernel *kernel)
{
    int rank = hax_dnnl_shape_of(program, kernel->output)->rank;
    if (rank != 4)
        return hax_plain_tag(rank);
    dnnl_format_tag_t best = dnnl_abcd;
    size_t best_bytes = 0;
    for (int t = 0; t < IMAGE_TAG_COUNT; t++) {
        if (!blocks_fit(program, kernel, hax_image_blocks[t]))
            continue;
        size_t bytes = bytes_in(program, kernel, hax_image_tags[t]);
        if (bytes > best_bytes) {
            best = hax_image_tags[t];
            best_bytes = bytes;
        }
    }
    return best;
}

/* Brings all inputs into one layout; operands[input_count]. */
static hax_status join_inputs(hax_program *program, const hax_kernel *kernel, int *operands,
                              hax_error *err)
{
    dnnl_format_tag_t tag = common_layout(program, kernel);
    for (int i = 0; i < kernel->input_count; i++) {
        hax_md desc = hax_dnnl_md_tag(hax_dnnl_shape_of(program, kernel->inputs[i]), tag);
        hax_status status =
            desc ? hax_operand_want(program, kernel->inputs[i], desc, &operands[i], err)
                 : hax_fail_memory(err, "a program");
        hax_dnnl_md_free(desc);
        HAX_TRY(status);
    }
    return HAX_OK;
}

static hax_status describe_joined(const hax_program *program, int kernel, const int *operands,
                                  dnnl_primitive_desc_t *pd, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    int count = lowered->input_count;
    HAX_ASSUME(count > 0);
    hax_const_md *src = calloc((size_t) count, sizeof *src);
    float *scales = calloc((size_t) count, sizeof *scales);
    dnnl_status_t status = dnnl_out_of_memory;
    for (int i = 0; src && scales && i < count; i++) {
        src[i] = program->operands[operands[i]].desc;
        scales[i] = lowered->coefficients ? lowered->coefficients[i] : 1;
    }
    if (src && scales)
        status = lowered->op == HAX_OP_CONCAT
                     ? hax_dnnl_pd_concat(program->device->engine, lowered->axis, count, src, pd)
                     : hax_dnnl_pd_sum(program->device->engine, count, scales, src, pd);
    free(src);
    free(scales);
    if (status == dnnl_out_of_memory)
        return hax_fail_memory(err, "a program");
    return status == dnnl_success ? HAX_OK : hax_dnnl_refused(program, kernel, err);
}

/* Takes over pd; operands has room for one more, the output. */
static hax_status emit_many(hax_program *program, int kernel, dnnl_primitive_desc_t pd,
                            int *operands, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    int count = lowered->input_count, after;
    int *args = calloc((size_t) count + 1, sizeof *args);
    hax_status status =
        args ? hax_output_place(program, lowered->output, hax_dnnl_pd_md(pd, dnnl_query_dst_md),
                                &operands[count], &after, err)
             : hax_fail_memory(err, "a program");
    if (status != HAX_OK) {
        free(args);
        dnnl_primitive_desc_destroy(pd);
        return status;
    }
    for (int i = 0; i < count; i++)
        args[i] = DNNL_ARG_MULTIPLE_SRC + i;
    args[count] = DNNL_ARG_DST;
    hax_take_note(program, kernel, hax_dnnl_pd_implementation(pd));
    status = hax_step_add(program, kernel, pd, count + 1, args, operands, err);
    free(args);
    if (status == HAX_OK && lowered->activation.curve != HAX_CURVE_NONE)
        status = hax_emit_activation_behind(program, kernel, operands[count], err);
    return status == HAX_OK
               ? hax_output_finish(program, lowered->output, operands[count], after, err)
               : status;
}

/* Products and maxima pair by pair; the output gathers them. */
static hax_status emit_pairs(hax_program *program, int kernel, int *operands, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    hax_const_md desc = program->operands[operands[0]].desc;
    const hax_fusion alone = { 0 };
    int out, after;
    HAX_TRY(hax_output_place(program, lowered->output, desc, &out, &after, err));
    for (int i = 1; i < lowered->input_count; i++) {
        int first = i == 1 ? operands[0] : out;
        dnnl_primitive_desc_t pd = hax_dnnl_pd_binary(
            program->device->engine,
            lowered->eltwise == HAX_ELTWISE_PRODUCT ? HAX_OP_MUL : HAX_OP_MAX,
            program->operands[first].desc, program->operands[operands[i]].desc, alone);
        if (!pd)
            return hax_dnnl_refused(program, kernel, err);
        hax_take_note(program, kernel, hax_dnnl_pd_implementation(pd));
        HAX_TRY(hax_step_add(program, kernel, pd, 3,
                             (const int[]){ DNNL_ARG_SRC_0, DNNL_ARG_SRC_1, DNNL_ARG_DST },
                             (const int[]){ first, operands[i], out }, err));
    }
    if (lowered->activation.curve != HAX_CURVE_NONE)
        HAX_TRY(hax_emit_activation_behind(program, kernel, out, err));
    return hax_output_finish(program, lowered->output, out, after, err);
}

static hax_status emit_joined(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    bool done = false;
    if (lowered->op == HAX_OP_CONCAT)
        HAX_TRY(hax_emit_join(program, kernel, common_layout(program, lowered), &done, err));
    if (done)
        return HAX_OK;
    int *operands = calloc((size_t) lowered->input_count + 1, sizeof *operands);
    if (!operands)
        return hax_fail_memory(err, "a program");
    hax_status status = join_inputs(program, lowered, operands, err);
    bool pairs = lowered->op == HAX_OP_ELTWISE && lowered->eltwise != HAX_ELTWISE_SUM;
    if (status == HAX_OK && pairs) {
        status = emit_pairs(program, kernel, operands, err);
    } else if (status == HAX_OK) {
        dnnl_primitive_desc_t pd = NULL;
        status = describe_joined(program, kernel, operands, &pd, err);
        if (status == HAX_OK)
            status = emit_many(program, kernel, pd, operands, err);
    }
    free(operands);
    return status;
}

static hax_status emit_softmax(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    const hax_shape *shape = hax_dnnl_shape_of(program, lowered->inputs[0]);
    int64_t behind = 1;
    for (int d = lowered->axis + 1; d < shape->rank; d++)
        behind *= shape->dims[d];
    if (lowered->softmax_flat && behind > 1)
        return hax_emit_loops(program, kernel, err);
    return hax_emit_simple(program, kernel, hax_best_layout(program, lowered, describe_softmax),
                           err);
}

hax_status hax_emit_kernel(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    /* convolutions take their next way themselves, and so do pairs of tensors: the plain one */
    int ways = lowered->op == HAX_OP_CONVOLUTION  ? WAY_COUNT + 1
               : lowered->form == HAX_FORM_BINARY ? 2
                                                  : 1;
    if (hax_distrust_of(program, kernel) >= ways)
        return hax_emit_loops(program, kernel, err);
    if (lowered->form != HAX_FORM_OWN)
        return hax_emit_form(program, kernel, err);
    switch (lowered->op) {
    case HAX_OP_CONVOLUTION:
    case HAX_OP_DECONVOLUTION: return hax_emit_convolution(program, kernel, err);
    case HAX_OP_INNER_PRODUCT: return hax_emit_inner_product(program, kernel, err);
    case HAX_OP_POOLING: return emit_pooling(program, kernel, err);
    case HAX_OP_LRN:
        return hax_emit_simple(program, kernel, hax_best_layout(program, lowered, describe_lrn),
                               err);
    case HAX_OP_SOFTMAX: return emit_softmax(program, kernel, err);
    case HAX_OP_SCALE: return hax_emit_scale(program, kernel, err);
    case HAX_OP_PRELU: return hax_emit_prelu(program, kernel, err);
    case HAX_OP_ELTWISE:
    case HAX_OP_CONCAT: return emit_joined(program, kernel, err);
    case HAX_OP_RESIZE: return hax_emit_resize(program, kernel, err);
    case HAX_OP_GATHER:
    case HAX_OP_PAD: return hax_emit_loops(program, kernel, err);
    default: return hax_dnnl_refused(program, kernel, err);
    }
}
