/*
 * The steps of kernels with weights: convolutions, fully connected layers, scales, slopes.
 */
#include "emit.h"

static bool plain_relu(const hax_kernel *kernel)
{
    return kernel->activation.curve == HAX_CURVE_RELU && kernel->activation.alpha == 0;
}

bool hax_activates_behind(const hax_kernel *kernel, hax_conv_algorithm algorithm)
{
    return algorithm == WAY_WINOGRAD && kernel->activation.curve != HAX_CURVE_NONE &&
           !plain_relu(kernel);
}

static hax_fusion fusion_by(const hax_kernel *kernel, hax_conv_algorithm algorithm)
{
    return (hax_fusion){
        .sum_scale = kernel->residual >= 0 ? kernel->residual_scale : 0,
        .added = NULL,
        .activation =
            hax_activates_behind(kernel, algorithm) ? (hax_activation){ 0 } : kernel->activation,
    };
}

static hax_fusion fusion_of(const hax_kernel *kernel)
{
    return fusion_by(kernel, WAY_LIBRARY);
}

/* [group][out / group][in / group][kernel...] or [out][in...]. */
static hax_shape weight_shape(const hax_program *program, const hax_kernel *kernel)
{
    const hax_shape *in = hax_dnnl_shape_of(program, kernel->inputs[0]);
    hax_shape shape = *in;
    if (kernel->op == HAX_OP_INNER_PRODUCT) {
        shape.dims[0] = kernel->channels_out;
        return shape;
    }
    int64_t in_channels = in->dims[1] / kernel->group,
            outputs = kernel->channels_out / kernel->group;
    if (kernel->group == 1)
        return (hax_shape){
            4, { outputs, in_channels, kernel->window.kernel_h, kernel->window.kernel_w }
        };
    return (hax_shape){
        5, { kernel->group, outputs, in_channels, kernel->window.kernel_h, kernel->window.kernel_w }
    };
}

typedef struct descs { /* what a kernel with weights is described with */
    hax_md src, weights, plain_weights, bias, dst;
} descs;

static void descs_free(descs *descs)
{
    hax_dnnl_md_free(descs->src);
    hax_dnnl_md_free(descs->weights);
    hax_dnnl_md_free(descs->plain_weights);
    hax_dnnl_md_free(descs->bias);
    hax_dnnl_md_free(descs->dst);
}

/* In blocks of channels, or as the library likes. */
static hax_md image_desc(const hax_program *program, int tensor, bool blocks)
{
    const hax_shape *shape = hax_dnnl_shape_of(program, tensor);
    return blocks
               ? hax_dnnl_md_tag(shape, program->device->block == 16 ? dnnl_aBcd16b : dnnl_aBcd8b)
               : hax_dnnl_md_any(shape);
}

static hax_status descs_make(const hax_program *program, const hax_kernel *kernel,
                             hax_conv_algorithm algorithm, descs *result, hax_error *err)
{
    bool blocks = algorithm != WAY_LIBRARY;
    /* of a few channels, as a picture's three, a plain image is read */
    bool few = hax_dnnl_shape_of(program, kernel->inputs[0])->dims[1] < program->device->block;
    hax_shape weights = weight_shape(program, kernel);
    hax_shape bias = { 1, { kernel->channels_out } };
    *result = (descs){
        .src = image_desc(program, kernel->inputs[0], blocks && !few),
        .weights = hax_dnnl_md_any(&weights),
        .plain_weights = hax_dnnl_md_tag(&weights, hax_plain_tag(weights.rank)),
        .bias = kernel->bias ? hax_dnnl_md_tag(&bias, dnnl_a) : NULL,
        .dst = image_desc(program, kernel->output, blocks),
    };
    if (result->src && result->weights && result->plain_weights && result->dst &&
        (result->bias || !kernel->bias))
        return HAX_OK;
    descs_free(result);
    return hax_fail_memory(err, "a program");
}

/* The sum works on the residual's own memory if nobody reads that afterwards and it is
 * not a slot (which must be the same when the group runs again); else on a copy. */
static bool may_overwrite(const hax_program *program, int kernel, hax_const_md dst)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    return !program->storages[program->operands[program->tensor_operand[lowered->residual]].storage]
                .viewed &&
           !program->boundary[lowered->residual] && !program->boundary[lowered->output] &&
           hax_model_tensor(program->model, lowered->residual)->last_use == kernel &&
           lowered->residual != lowered->inputs[0] &&
           hax_dnnl_md_equal(hax_dnnl_layout_of(program, lowered->residual), dst);
}

static hax_status place_sum(hax_program *program, int kernel, hax_const_md dst, int *out,
                            int *after, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    int residual = program->tensor_operand[lowered->residual];
    *after = -1;
    if (may_overwrite(program, kernel, dst)) {
        *out = hax_operand_seen(program, residual, dst);
        return *out < 0 ? hax_fail_memory(err, "a program") : HAX_OK;
    }
    HAX_TRY(hax_output_place(program, lowered->output, dst, out, after, err));
    dnnl_primitive_desc_t pd =
        hax_dnnl_pd_reorder(program->device->engine, program->operands[residual].desc, dst);
    if (!pd)
        return hax_dnnl_refused(program, kernel, err);
    return hax_step_add(program, -1, pd, 2, (const int[]){ DNNL_ARG_FROM, DNNL_ARG_TO },
                        (const int[]){ residual, *out }, err);
}

static hax_status weight_operands(hax_program *program, int kernel, const descs *given,
                                  hax_const_md want, int *weights, int *bias, hax_error *err)
{
    const hax_packed_weights *found;
    HAX_TRY(hax_weights_get(program->device, program->model, kernel, given->plain_weights, want,
                            &found, err));
    *weights = hax_operand_fixed(program, want, found->data);
    *bias = given->bias ? hax_operand_fixed(program, given->bias, found->bias) : -1;
    return *weights < 0 || (given->bias && *bias < 0) ? hax_fail_memory(err, "a program") : HAX_OK;
}

enum { ARGS_MAX = 5, ARG_ADDED = DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1 };

/* Of source, weights, result, bias and residual those that are (not -1). Takes over pd. */
static hax_status weighted_step(hax_program *program, int kernel, dnnl_primitive_desc_t pd,
                                const int *by_role, hax_error *err)
{
    static const int arg_of_role[ARGS_MAX] = { DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST,
                                               DNNL_ARG_BIAS, ARG_ADDED };
    int args[ARGS_MAX], operands[ARGS_MAX], count = 0;
    for (int a = 0; a < ARGS_MAX; a++) {
        if (by_role[a] < 0)
            continue;
        args[count] = arg_of_role[a];
        operands[count++] = by_role[a];
    }
    hax_take_note(program, kernel, hax_dnnl_pd_implementation(pd));
    return hax_step_add(program, kernel, pd, count, args, operands, err);
}

/* Takes over pd; `added`: it reads the residual where that lies. */
static hax_status emit_described(hax_program *program, int kernel, hax_conv_algorithm algorithm,
                                 bool added, const descs *given, dnnl_primitive_desc_t pd,
                                 hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    hax_const_md dst = hax_dnnl_pd_md(pd, dnnl_query_dst_md);
    int in, weights, bias, out, after, residual = -1;
    hax_status status = hax_operand_want(program, lowered->inputs[0],
                                         hax_dnnl_pd_md(pd, dnnl_query_src_md), &in, err);
    if (status == HAX_OK)
        status = weight_operands(program, kernel, given, hax_dnnl_pd_md(pd, dnnl_query_weights_md),
                                 &weights, &bias, err);
    if (status == HAX_OK && added)
        status = hax_operand_want(program, lowered->residual, dst, &residual, err);
    if (status == HAX_OK)
        status = lowered->residual >= 0 && !added
                     ? place_sum(program, kernel, dst, &out, &after, err)
                     : hax_output_place(program, lowered->output, dst, &out, &after, err);
    if (status != HAX_OK) {
        dnnl_primitive_desc_destroy(pd);
        return status;
    }
    HAX_TRY(
        weighted_step(program, kernel, pd, (const int[]){ in, weights, out, bias, residual }, err));
    if (hax_activates_behind(lowered, algorithm))
        HAX_TRY(hax_emit_activation_behind(program, kernel, out, err));
    return hax_output_finish(program, lowered->output, out, after, err);
}

static dnnl_primitive_desc_t describe_convolution(const hax_program *program,
                                                  const hax_kernel *kernel,
                                                  hax_conv_algorithm algorithm, const descs *given,
                                                  hax_const_md dst, hax_fusion taken)
{
    return kernel->op == HAX_OP_DECONVOLUTION
               ? hax_dnnl_pd_deconvolution(program->device->engine, kernel, given->src,
                                           given->weights, given->bias, dst, taken)
               : hax_dnnl_pd_convolution(program->device->engine, kernel, algorithm == WAY_WINOGRAD,
                                         given->src, given->weights, given->bias, dst, taken);
}

hax_status hax_conv_algorithm_describe(const hax_program *program, const hax_kernel *kernel,
                                       hax_conv_algorithm algorithm, dnnl_primitive_desc_t *pd,
                                       hax_error *err)
{
    descs given;
    HAX_TRY(descs_make(program, kernel, algorithm, &given, err));
    *pd = describe_convolution(program, kernel, algorithm, &given, given.dst,
                               fusion_by(kernel, algorithm));
    descs_free(&given);
    return HAX_OK;
}

bool hax_suits_winograd(const hax_program *program, const hax_kernel *kernel)
{
    const hax_window *w = &kernel->window;
    int block = program->device->block;
    return kernel->group == 1 && w->kernel_h == 3 && w->kernel_w == 3 && w->stride_h == 1 &&
           w->stride_w == 1 && w->dilation_h == 1 && w->dilation_w == 1 &&
           hax_dnnl_shape_of(program, kernel->inputs[0])->dims[1] % block == 0 &&
           kernel->channels_out % block == 0;
}

/* A sum is made in the residual's layout, where the library has one for it. */
static hax_status sum_layout(const hax_program *program, const hax_kernel *kernel, descs *given,
                             hax_error *err)
{
    hax_dnnl_md_free(given->dst);
    given->dst = hax_dnnl_md_copy(hax_dnnl_layout_of(program, kernel->residual));
    return given->dst ? HAX_OK : hax_fail_memory(err, "a program");
}

static bool slow(const_dnnl_primitive_desc_t pd)
{
    return !pd || hax_implementation_is_slow(hax_dnnl_pd_implementation(pd));
}

/* The residual is added out of its own memory where the sum may not be made in that and would need
 * a copy first. Not by Winograd's algorithm, for which the library does not offer it. */
static dnnl_primitive_desc_t describe_added(const hax_program *program, int kernel,
                                            hax_conv_algorithm algorithm, const descs *given)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    hax_fusion taken = { .added = given->dst, .activation = lowered->activation };
    if (lowered->residual < 0 || lowered->residual_scale != 1 || algorithm == WAY_WINOGRAD ||
        may_overwrite(program, kernel, given->dst))
        return NULL;
    dnnl_primitive_desc_t pd =
        describe_convolution(program, lowered, algorithm, given, given->dst, taken);
    if (!slow(pd))
        return pd;
    dnnl_primitive_desc_destroy(pd);
    return NULL;
}

/* As the library likes, if it has nothing fast for the residual's layout. */
static dnnl_primitive_desc_t describe_summed(const hax_program *program, const hax_kernel *kernel,
                                             hax_conv_algorithm algorithm, const descs *given)
{
    dnnl_primitive_desc_t pd = describe_convolution(program, kernel, algorithm, given, given->dst,
                                                    fusion_by(kernel, algorithm));
    if (algorithm != WAY_LIBRARY || kernel->residual < 0 || !slow(pd))
        return pd;
    hax_md any = hax_dnnl_md_any(hax_dnnl_shape_of(program, kernel->output));
    dnnl_primitive_desc_t other = any ? describe_convolution(program, kernel, algorithm, given, any,
                                                             fusion_by(kernel, algorithm))
                                      : NULL;
    hax_dnnl_md_free(any);
    if (!other)
        return pd;
    dnnl_primitive_desc_destroy(pd);
    return other;
}

/* The chosen way; *done false where the library does not offer that for this convolution. */
static hax_status emit_convolution_by(hax_program *program, int kernel,
                                      hax_conv_algorithm algorithm, bool *done, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    descs given;
    HAX_TRY(descs_make(program, lowered, algorithm, &given, err));
    hax_status status = lowered->residual >= 0 && algorithm == WAY_LIBRARY
                            ? sum_layout(program, lowered, &given, err)
                            : HAX_OK;
    dnnl_primitive_desc_t pd =
        status == HAX_OK ? describe_added(program, kernel, algorithm, &given) : NULL;
    bool added = pd;
    if (!pd && status == HAX_OK)
        pd = describe_summed(program, lowered, algorithm, &given);
    *done = pd && (!slow(pd) || algorithm == WAY_LIBRARY);
    if (status == HAX_OK && *done)
        status = emit_described(program, kernel, algorithm, added, &given, pd, err);
    else
        dnnl_primitive_desc_destroy(pd);
    descs_free(&given);
    return status;
}

hax_status hax_emit_convolution(hax_program *program, int kernel, hax_error *err)
{
    bool done = false;
    int first = (int) program->choice->ways[kernel] - hax_distrust_of(program, kernel);
    for (int algorithm = first; algorithm >= 0 && !done; algorithm--)
        HAX_TRY(emit_convolution_by(program, kernel, (hax_conv_algorithm) algorithm, &done, err));
    return done ? HAX_OK : hax_emit_loops(program, kernel, err);
}

/* Inputs that begin behind axis 1: rows of a matrix, whatever the dimensions before. Takes over
 * pd, which reads the residual, if there is one, as it reads and writes all else: plain. */
static hax_status emit_rows(hax_program *program, int kernel, const descs *given,
                            dnnl_primitive_desc_t pd, const hax_shape *rows,
                            const hax_shape *results, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    const hax_shape *shape = hax_dnnl_shape_of(program, lowered->output);
    int in, weights, bias, out, after, seen = -1, residual = -1;
    hax_md plain = hax_dnnl_md_tag(shape, hax_plain_tag(shape->rank)),
           as = hax_dnnl_md_tag(results, dnnl_ab);
    hax_status status = plain && as ? hax_operand_plain(program, lowered->inputs[0], rows, &in, err)
                                    : hax_fail_memory(err, "a program");
    if (status == HAX_OK && lowered->residual >= 0)
        status = hax_operand_plain(program, lowered->residual, results, &residual, err);
    if (status == HAX_OK)
        status = weight_operands(program, kernel, given, hax_dnnl_pd_md(pd, dnnl_query_weights_md),
                                 &weights, &bias, err);
    if (status == HAX_OK)
        status = hax_output_place(program, lowered->output, plain, &out, &after, err);
    if (status == HAX_OK) {
        seen = hax_operand_seen(program, out, as);
        status = seen < 0 ? hax_fail_memory(err, "a program") : HAX_OK;
    }
    hax_dnnl_md_free(plain);
    hax_dnnl_md_free(as);
    if (status != HAX_OK) {
        dnnl_primitive_desc_destroy(pd);
        return status;
    }
    HAX_TRY(weighted_step(program, kernel, pd, (const int[]){ in, weights, seen, bias, residual },
                          err));
    return hax_output_finish(program, lowered->output, out, after, err);
}

static hax_status emit_inner_rows(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    const hax_shape *in = hax_dnnl_shape_of(program, lowered->inputs[0]);
    hax_shape rows = { 2, { 1, 1 } };
    for (int d = 0; d < in->rank; d++)
        rows.dims[d < lowered->axis ? 0 : 1] *= in->dims[d];
    hax_shape weights = { 2, { lowered->channels_out, rows.dims[1] } };
    hax_shape results = { 2, { rows.dims[0], lowered->channels_out } };
    hax_shape bias = { 1, { lowered->channels_out } };
    descs given = { hax_dnnl_md_tag(&rows, dnnl_ab), hax_dnnl_md_any(&weights),
                    hax_dnnl_md_tag(&weights, dnnl_ab),
                    lowered->bias ? hax_dnnl_md_tag(&bias, dnnl_a) : NULL,
                    hax_dnnl_md_tag(&results, dnnl_ab) };
    bool made = given.src && given.weights && given.plain_weights && given.dst &&
                (given.bias || !lowered->bias);
    const hax_fusion taken = { .added = lowered->residual >= 0 ? given.dst : NULL,
                               .activation = lowered->activation };
    dnnl_primitive_desc_t pd =
        made ? hax_dnnl_pd_inner_product(program->device->engine, given.src, given.weights,
                                         given.bias, given.dst, taken)
             : NULL;
    hax_status status = pd ? emit_rows(program, kernel, &given, pd, &rows, &results, err)
                           : hax_emit_loops(program, kernel, err);
    descs_free(&given);
    return status;
}

/* The present layout of the input if the library is fast with it, else its own choice. */
hax_status hax_emit_inner_product(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    if (lowered->axis != 1 || hax_dnnl_shape_of(program, lowered->inputs[0])->rank > 5 ||
        lowered->residual >= 0)
        return emit_inner_rows(program, kernel, err);
    dnnl_engine_t engine = program->device->engine;
    descs given;
    HAX_TRY(descs_make(program, lowered, WAY_LIBRARY, &given, err));
    dnnl_primitive_desc_t pd =
        hax_dnnl_pd_inner_product(engine, hax_dnnl_layout_of(program, lowered->inputs[0]),
                                  given.weights, given.bias, given.dst, fusion_of(lowered));
    if (!pd || hax_implementation_is_slow(hax_dnnl_pd_implementation(pd))) {
        dnnl_primitive_desc_t other = hax_dnnl_pd_inner_product(
            engine, given.src, given.weights, given.bias, given.dst, fusion_of(lowered));
        if (other) {
            dnnl_primitive_desc_destroy(pd);
            pd = other;
        }
    }
    hax_status status = pd ? emit_described(program, kernel, WAY_LIBRARY, false, &given, pd, err)
                           : hax_emit_loops(program, kernel, err);
    descs_free(&given);
    return status;
}

static dnnl_primitive_desc_t describe_scale(const hax_program *program, const hax_kernel *kernel,
                                            hax_const_md src)
{
    return hax_dnnl_pd_scale(program->device->engine, src, plain_relu(kernel));
}

/* Mean 0 and variance 1 for every channel, then the kernel's factors and offsets. */
static hax_status scale_operands(hax_program *program, int kernel, int *operands, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    hax_shape channels = { 1, { hax_dnnl_shape_of(program, lowered->output)->dims[1] } };
    hax_md desc = hax_dnnl_md_tag(&channels, dnnl_a);
    const hax_packed_weights *found;
    if (!desc)
        return hax_fail_memory(err, "a program");
    hax_status status =
        hax_weights_get(program->device, program->model, kernel, desc, desc, &found, err);
    if (status == HAX_OK) {
        operands[0] = hax_operand_fixed(program, desc, program->device->zeros);
        operands[1] = hax_operand_fixed(program, desc, program->device->ones);
        operands[2] = hax_operand_fixed(program, desc, found->data);
        operands[3] = hax_operand_fixed(program, desc, found->bias);
        for (int o = 0; o < 4 && status == HAX_OK; o++)
            status = operands[o] < 0 ? hax_fail_memory(err, "a program") : HAX_OK;
    }
    hax_dnnl_md_free(desc);
    return status;
}

hax_status hax_emit_scale(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    int in, out, after, weights[4];
    if (hax_dnnl_shape_of(program, lowered->output)->dims[1] > CHANNELS_MAX ||
        hax_dnnl_shape_of(program, lowered->output)->rank > 5)
        return hax_emit_loops(program, kernel, err);
    HAX_TRY(scale_operands(program, kernel, weights, err));
    dnnl_primitive_desc_t pd = hax_best_layout(program, lowered, describe_scale);
    if (!pd)
        return hax_dnnl_refused(program, kernel, err);
    HAX_TRY(hax_place_ends(program, lowered, pd, &in, &out, &after, err));
    hax_take_note(program, kernel, hax_dnnl_pd_implementation(pd));
    const int args[] = { DNNL_ARG_SRC,   DNNL_ARG_MEAN,  DNNL_ARG_VARIANCE,
                         DNNL_ARG_SCALE, DNNL_ARG_SHIFT, DNNL_ARG_DST };
    HAX_TRY(hax_step_add(program, kernel, pd, 6, args,
                         (const int[]){ in, weights[0], weights[1], weights[2], weights[3], out },
                         err));
    if (lowered->activation.curve != HAX_CURVE_NONE && !plain_relu(lowered))
        HAX_TRY(hax_emit_activation_behind(program, kernel, out, err));
    return hax_output_finish(program, lowered->output, out, after, err);
}

static dnnl_primitive_desc_t describe_prelu(const hax_program *program, const hax_kernel *kernel,
                                            hax_const_md src)
{
    const hax_shape *shape = hax_dnnl_shape_of(program, kernel->inputs[0]);
    hax_shape slopes = { .rank = shape->rank };
    int64_t count = (int64_t) (kernel->weight_bytes / sizeof(float));
    bool each = count > 1 && count != shape->dims[1]; /* a slope for every element */
    for (int d = 0; d < shape->rank; d++)
        slopes.dims[d] = each || (d == 1 && count > 1) ? shape->dims[d] : 1;
    hax_md desc = hax_dnnl_md_tag(&slopes, hax_plain_tag(slopes.rank));
    dnnl_primitive_desc_t pd = desc ? hax_dnnl_pd_prelu(program->device->engine, src, desc) : NULL;
    hax_dnnl_md_free(desc);
    return pd;
}

hax_status hax_emit_prelu(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    dnnl_primitive_desc_t pd = hax_best_layout(program, lowered, describe_prelu);
    const hax_packed_weights *found = NULL;
    int in, out, after, slopes = -1;
    if (!pd || hax_implementation_is_slow(hax_dnnl_pd_implementation(pd))) {
        dnnl_primitive_desc_destroy(pd);
        return hax_emit_loops(program, kernel, err);
    }
    hax_const_md want = hax_dnnl_pd_md(pd, dnnl_query_weights_md);
    hax_status status =
        hax_weights_get(program->device, program->model, kernel, want, want, &found, err);
    if (status == HAX_OK && (slopes = hax_operand_fixed(program, want, found->data)) < 0)
        status = hax_fail_memory(err, "a program");
    if (status != HAX_OK) {
        dnnl_primitive_desc_destroy(pd);
        return status;
    }
    HAX_TRY(hax_place_ends(program, lowered, pd, &in, &out, &after, err));
    hax_take_note(program, kernel, hax_dnnl_pd_implementation(pd));
    HAX_TRY(hax_step_add(program, kernel, pd, 3,
                         (const int[]){ DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST },
                         (const int[]){ in, slopes, out }, err));
    return hax_output_finish(program, lowered->output, out, after, err);
}
