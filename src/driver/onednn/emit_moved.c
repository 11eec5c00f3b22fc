/* The steps of kernels that move elements or combine two tensors. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"

/* Takes over pd; what the primitive writes lies in the memory of the operand `out`. */
static hax_status finish(hax_program *program, int kernel, dnnl_primitive_desc_t pd, int count,
                         const int *args, const int *operands, int out, int after, hax_error *err)
{
    hax_take_note(program, kernel, hax_dnnl_pd_implementation(pd));
    HAX_TRY(hax_step_add(program, kernel, pd, count, args, operands, err));
    return hax_output_finish(program, hax_model_kernel(program->model, kernel)->output, out, after,
                             err);
}

/* Place for the output in plain layout; *seen is the same memory as another descriptor. */
static hax_status place_plain(hax_program *program, int tensor, hax_const_md desc, int *out,
                              int *seen, int *after, hax_error *err)
{
    const hax_shape *shape = hax_dnnl_shape_of(program, tensor);
    hax_md plain = hax_dnnl_md_tag(shape, hax_plain_tag(shape->rank));
    hax_status status = plain ? hax_output_place(program, tensor, plain, out, after, err)
                              : hax_fail_memory(err, "a program");
    hax_dnnl_md_free(plain);
    HAX_TRY(status);
    *seen = hax_operand_seen(program, *out, desc);
    return *seen < 0 ? hax_fail_memory(err, "a program") : HAX_OK;
}

/* ---- one number at a time -------------------------------------------------------------------- */

static dnnl_primitive_desc_t describe_activation(const hax_program *program,
                                                 const hax_kernel *kernel, hax_const_md src)
{
    return hax_dnnl_pd_activation(program->device->engine, &kernel->activation, src);
}

static hax_status emit_pointwise(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    /* oneDNN 2.6's reference, which chains of functions take, reads a second dimension always */
    bool vector = hax_dnnl_shape_of(program, lowered->output)->rank < 2;
    if (vector || !hax_activation_is_offered(&lowered->activation))
        return hax_emit_loops(program, kernel, err);
    return hax_emit_simple(program, kernel, hax_best_layout(program, lowered, describe_activation),
                           err);
}

/* ---- two tensors ----------------------------------------------------------------------------- */

/* The shape with ones before it, up to `rank` dimensions. */
static hax_shape lengthened(const hax_shape *shape, int rank)
{
    hax_shape result = { .rank = rank };
    int missing = rank - shape->rank;
    for (int d = 0; d < rank; d++)
        result.dims[d] = d < missing ? 1 : shape->dims[d - missing];
    return result;
}

static bool same_shape(const hax_shape *a, const hax_shape *b)
{
    return a->rank == b->rank &&
           memcmp(a->dims, b->dims, (size_t) a->rank * sizeof a->dims[0]) == 0;
}

/* Which input is as large as the output, and may stand first; -1: neither. */
static int large_side(const hax_program *program, const hax_kernel *kernel)
{
    const hax_shape *out = hax_dnnl_shape_of(program, kernel->output);
    bool swaps = kernel->op == HAX_OP_ADD || kernel->op == HAX_OP_MUL || kernel->op == HAX_OP_MIN ||
                 kernel->op == HAX_OP_MAX;
    if (kernel->op == HAX_OP_POW)
        return -1;
    if (same_shape(hax_dnnl_shape_of(program, kernel->inputs[0]), out))
        return 0;
    return swaps && same_shape(hax_dnnl_shape_of(program, kernel->inputs[1]), out) ? 1 : -1;
}

/* A tensor of fewer dimensions, with ones before them, in some layout. */
static hax_status operand_lengthened(hax_program *program, int tensor, const hax_shape *shape,
                                     hax_const_md want, int *found, hax_error *err)
{
    int plain;
    HAX_TRY(hax_operand_plain(program, tensor, shape, &plain, err));
    *found = plain;
    if (hax_dnnl_md_equal(program->operands[plain].desc, want))
        return HAX_OK;
    *found = hax_operand_new(program, want, hax_storage_new(program, hax_dnnl_md_bytes(want)));
    return *found < 0 ? hax_fail_memory(err, "a program")
                      : hax_add_reorder(program, -1, plain, *found, err);
}

/* What a smaller operand may lie in to be fast: plain, or for images in blocks, one number for each
 * channel, in the same blocks. */
static dnnl_primitive_desc_t describe_small(const hax_program *program, const hax_kernel *kernel,
                                            hax_const_md a, const hax_shape *small, hax_md *desc_b)
{
    const hax_fusion taken = { .activation = kernel->activation };
    for (int t = -1; t < IMAGE_TAG_COUNT; t++) {
        if (t >= 0 &&
            (small->rank != 4 || small->dims[1] == 1 || small->dims[2] * small->dims[3] != 1))
            break;
        hax_dnnl_md_free(*desc_b);
        *desc_b = hax_dnnl_md_tag(small, t < 0 ? hax_plain_tag(small->rank) : hax_image_tags[t]);
        dnnl_primitive_desc_t pd =
            *desc_b ? hax_dnnl_pd_binary(program->device->engine, kernel->op, a, *desc_b, taken)
                    : NULL;
        if (pd && !hax_implementation_is_slow(hax_dnnl_pd_implementation(pd)))
            return pd;
        dnnl_primitive_desc_destroy(pd);
    }
    return NULL;
}

/* Two tensors, one as large as the output and one that broadcasts to it. */
typedef struct operand_pair {
    int large, small; /* tensors */
    hax_shape seen;   /* the small one's, with ones before it */
    hax_md desc_large, desc_small;
    dnnl_primitive_desc_t pd;
} operand_pair;

static void free_descs(operand_pair *pair)
{
    hax_dnnl_md_free(pair->desc_large);
    hax_dnnl_md_free(pair->desc_small);
    pair->desc_large = pair->desc_small = NULL;
}

static dnnl_primitive_desc_t describe_pair(const hax_program *program, const hax_kernel *kernel,
                                           const operand_pair *pair)
{
    const hax_fusion taken = { .activation = kernel->activation };
    if (!pair->desc_large || !pair->desc_small)
        return NULL;
    return hax_dnnl_pd_binary(program->device->engine, kernel->op, pair->desc_large,
                              pair->desc_small, taken);
}

/* In the layout that the large one is in; one of the same shape lies as the other. */
static void describe_in_layout(const hax_program *program, const hax_kernel *kernel,
                               operand_pair *pair)
{
    hax_const_md layout = hax_dnnl_layout_of(program, pair->large);
    bool equal = same_shape(hax_dnnl_shape_of(program, pair->small),
                            hax_dnnl_shape_of(program, kernel->output));
    pair->desc_large = hax_dnnl_md_copy(layout);
    if (equal) {
        pair->desc_small = hax_dnnl_md_copy(layout);
        pair->pd = describe_pair(program, kernel, pair);
    } else if (pair->desc_large) {
        pair->pd =
            describe_small(program, kernel, pair->desc_large, &pair->seen, &pair->desc_small);
    }
}

static void describe_in_plain(const hax_program *program, const hax_kernel *kernel,
                              operand_pair *pair)
{
    const hax_shape *shape = hax_dnnl_shape_of(program, kernel->output);
    dnnl_primitive_desc_destroy(pair->pd);
    free_descs(pair);
    pair->desc_large = hax_dnnl_md_tag(shape, hax_plain_tag(shape->rank));
    pair->desc_small = hax_dnnl_md_tag(&pair->seen, hax_plain_tag(pair->seen.rank));
    pair->pd = describe_pair(program, kernel, pair);
}

/* Operands in the order of the primitive's: large, small, output. */
static hax_status place_pair(hax_program *program, const hax_kernel *kernel,
                             const operand_pair *pair, int *operands, int *after, hax_error *err)
{
    bool as_it_is = hax_dnnl_shape_of(program, pair->small)->rank == pair->seen.rank;
    HAX_TRY(as_it_is ? hax_operand_want(program, pair->small, pair->desc_small, &operands[1], err)
                     : operand_lengthened(program, pair->small, &pair->seen, pair->desc_small,
                                          &operands[1], err));
    HAX_TRY(hax_operand_want(program, pair->large, pair->desc_large, &operands[0], err));
    return hax_output_place(program, kernel->output, pair->desc_large, &operands[2], after, err);
}

static hax_status emit_binary(hax_program *program, int kernel, hax_error *err)
{
    static const int args[] = { DNNL_ARG_SRC_0, DNNL_ARG_SRC_1, DNNL_ARG_DST };
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    int side = large_side(program, lowered), operands[3], after;
    if (side < 0)
        return hax_emit_loops(program, kernel, err);
    operand_pair pair = { .large = lowered->inputs[side], .small = lowered->inputs[1 - side] };
    pair.seen = lengthened(hax_dnnl_shape_of(program, pair.small),
                           hax_dnnl_shape_of(program, lowered->output)->rank);
    if (hax_distrust_of(program, kernel) == 0) /* else what was tried before was wrong */
        describe_in_layout(program, lowered, &pair);
    if (!pair.pd || hax_implementation_is_slow(hax_dnnl_pd_implementation(pair.pd)))
        describe_in_plain(program, lowered, &pair);
    hax_status status = HAX_OK;
    if (pair.pd)
        status = place_pair(program, lowered, &pair, operands, &after, err);
    free_descs(&pair);
    if (!pair.pd)
        return hax_emit_loops(program, kernel, err);
    if (status != HAX_OK) {
        dnnl_primitive_desc_destroy(pair.pd);
        return status;
    }
    return finish(program, kernel, pair.pd, 3, args, operands, operands[2], after, err);
}

/* A matrix (of batches) as the product takes it. */
static hax_md matrix(const hax_shape *shape, bool transposed)
{
    hax_shape seen = *shape;
    int64_t steps[HAX_MAX_RANK], size = 1;
    int last = shape->rank - 1;
    for (int d = last; d >= 0; d--) {
        steps[d] = size;
        size *= shape->dims[d];
    }
    if (transposed) {
        seen.dims[last] = shape->dims[last - 1];
        seen.dims[last - 1] = shape->dims[last];
        steps[last] = steps[last - 1];
        steps[last - 1] = 1;
    }
    return hax_dnnl_md_strided(&seen, steps);
}

/* The factors and the result as the library's product takes them. */
typedef struct product {
    hax_shape shape_a, shape_b; /* of as many dimensions as the result */
    hax_md a, b, dst;
} product;

/* What the library's product can do: a result that is nothing but the product, of matrices. */
static bool is_plain_product(const hax_program *program, const hax_kernel *kernel)
{
    return kernel->input_count == 2 && kernel->product_scale == 1 &&
           hax_dnnl_shape_of(program, kernel->inputs[0])->rank > 1 &&
           hax_dnnl_shape_of(program, kernel->inputs[1])->rank > 1;
}

static product product_of(const hax_program *program, const hax_kernel *kernel)
{
    const hax_shape *out = hax_dnnl_shape_of(program, kernel->output);
    product result = {
        .shape_a = lengthened(hax_dnnl_shape_of(program, kernel->inputs[0]), out->rank),
        .shape_b = lengthened(hax_dnnl_shape_of(program, kernel->inputs[1]), out->rank),
    };
    result.a = matrix(&result.shape_a, kernel->transpose_a);
    result.b = matrix(&result.shape_b, kernel->transpose_b);
    result.dst = hax_dnnl_md_tag(out, hax_plain_tag(out->rank));
    return result;
}

static void free_product(product *product)
{
    hax_dnnl_md_free(product->a);
    hax_dnnl_md_free(product->b);
    hax_dnnl_md_free(product->dst);
}

static dnnl_primitive_desc_t describe_product(const hax_program *program, const hax_kernel *kernel,
                                              const product *product)
{
    const hax_fusion taken = { .activation = kernel->activation };
    if (!product->a || !product->b || !product->dst)
        return NULL;
    return hax_dnnl_pd_matmul(program->device->engine, product->a, product->b, product->dst, taken);
}

/* Both factors plain, seen as matrices; the result in its place. */
static hax_status place_product(hax_program *program, const hax_kernel *kernel,
                                const product *product, int *operands, int *after, hax_error *err)
{
    int plain_a, plain_b;
    HAX_TRY(hax_operand_plain(program, kernel->inputs[0], &product->shape_a, &plain_a, err));
    HAX_TRY(hax_operand_plain(program, kernel->inputs[1], &product->shape_b, &plain_b, err));
    HAX_TRY(hax_output_place(program, kernel->output, product->dst, &operands[2], after, err));
    operands[0] = hax_operand_seen(program, plain_a, product->a);
    operands[1] = hax_operand_seen(program, plain_b, product->b);
    return operands[0] < 0 || operands[1] < 0 ? hax_fail_memory(err, "a program") : HAX_OK;
}

static hax_status emit_product(hax_program *program, int kernel, hax_error *err)
{
    static const int args[] = { DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST };
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    int operands[3], after;
    if (!is_plain_product(program, lowered))
        return hax_emit_loops(program, kernel, err);
    product product = product_of(program, lowered);
    dnnl_primitive_desc_t pd = describe_product(program, lowered, &product);
    hax_status status =
        pd ? place_product(program, lowered, &product, operands, &after, err) : HAX_OK;
    free_product(&product);
    if (!pd)
        return hax_emit_loops(program, kernel, err);
    if (status != HAX_OK) {
        dnnl_primitive_desc_destroy(pd);
        return status;
    }
    return finish(program, kernel, pd, 3, args, operands, operands[2], after, err);
}

/* ---- reductions ------------------------------------------------------------------------------ */

/* The mean over a plane is a pooling, for which the library has more layouts. */
static bool is_plane_mean(const hax_program *program, const hax_kernel *kernel, hax_kernel *pool)
{
    const hax_shape *in = hax_dnnl_shape_of(program, kernel->inputs[0]);
    if (kernel->op != HAX_OP_REDUCE_MEAN || in->rank != 4 || kernel->kept.dims[0] != in->dims[0] ||
        kernel->kept.dims[1] != in->dims[1] || kernel->kept.dims[2] != 1 ||
        kernel->kept.dims[3] != 1)
        return false;
    *pool = *kernel;
    pool->pool = HAX_POOL_AVERAGE_INSIDE;
    pool->window = (hax_window){ .kernel_h = (int) in->dims[2],
                                 .kernel_w = (int) in->dims[3],
                                 .stride_h = 1,
                                 .stride_w = 1,
                                 .dilation_h = 1,
                                 .dilation_w = 1 };
    return true;
}

/* A mean over planes, in the layout that its input is in. */
static hax_status emit_plane_mean(hax_program *program, int kernel, const hax_kernel *pool,
                                  hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    const hax_shape *shape = hax_dnnl_shape_of(program, lowered->output);
    hax_md any = hax_dnnl_md_any(&lowered->kept),
           plain = hax_dnnl_md_tag(&lowered->kept, hax_plain_tag(lowered->kept.rank));
    dnnl_primitive_desc_t pd =
        any && plain ? hax_dnnl_pd_pooling(program->device->engine, pool,
                                           hax_dnnl_layout_of(program, lowered->inputs[0]), any)
                     : NULL;
    hax_const_md dst = pd ? hax_dnnl_pd_md(pd, dnnl_query_dst_md) : NULL;
    bool dense = pd && hax_dnnl_md_bytes(dst) ==
                           hax_dnnl_md_bytes(plain); /* one number after the other anyway */
    int in = program->tensor_operand[lowered->inputs[0]], out, seen, made = -1, after = -1;
    hax_status status = HAX_OK;
    if (pd && shape->rank == 4)
        status = hax_output_place(program, lowered->output, dst, &out, &after, err);
    else if (pd)
        status =
            place_plain(program, lowered->output, dense ? dst : plain, &out, &seen, &after, err);
    if (pd && status == HAX_OK && shape->rank == 4)
        made = out;
    else if (pd && status == HAX_OK)
        made =
            dense ? seen
                  : hax_operand_new(program, dst, hax_storage_new(program, hax_dnnl_md_bytes(dst)));
    hax_dnnl_md_free(any);
    hax_dnnl_md_free(plain);
    if (!pd)
        return hax_emit_loops(program, kernel, err);
    if (status != HAX_OK || made < 0) {
        dnnl_primitive_desc_destroy(pd);
        return status != HAX_OK ? status : hax_fail_memory(err, "a program");
    }
    hax_take_note(program, kernel, hax_dnnl_pd_implementation(pd));
    HAX_TRY(hax_step_add(program, kernel, pd, 2, (const int[]){ DNNL_ARG_SRC, DNNL_ARG_DST },
                         (const int[]){ in, made }, err));
    if (shape->rank != 4 && !dense)
        HAX_TRY(hax_add_reorder(program, -1, made, seen, err));
    return hax_output_finish(program, lowered->output, out, after, err);
}

/* Neighbouring dimensions reduced with others behind them: what lies behind as channels of an image
 * whose rows are reduced, [before][behind][reduced][1] with channels last. False where it is not
 * so. */
static bool is_middle(const hax_program *program, const hax_kernel *kernel, hax_shape *seen,
                      hax_kernel *pool)
{
    const hax_shape *in = hax_dnnl_shape_of(program, kernel->inputs[0]);
    int64_t extents[3] = { 1, 1, 1 }; /* before, reduced, behind */
    int stage = 0;
    for (int d = 0; d < in->rank; d++) {
        bool reduced = kernel->kept.dims[d] != in->dims[d];
        if (in->dims[d] == 1)
            continue;
        if (reduced != (stage == 1))
            stage++;
        if (stage > 2)
            return false;
        extents[stage] *= in->dims[d];
    }
    if (extents[1] > INT32_MAX || extents[2] < 2)
        return false;
    *seen = (hax_shape){ 4, { extents[0], extents[2], extents[1], 1 } };
    *pool = *kernel;
    pool->pool = kernel->op == HAX_OP_REDUCE_MAX ? HAX_POOL_MAX : HAX_POOL_AVERAGE_INSIDE;
    pool->counted_bottom = pool->counted_right = 0;
    pool->window = (hax_window){ .kernel_h = (int) extents[1],
                                 .kernel_w = 1,
                                 .stride_h = 1,
                                 .stride_w = 1,
                                 .dilation_h = 1,
                                 .dilation_w = 1 };
    return true;
}

/* Takes over pd, which reads the plain input as `src` and writes the plain output as `dst`; a mean
 * becomes a sum by a factor. */
static hax_status emit_reduced(hax_program *program, int kernel, dnnl_primitive_desc_t pd,
                               hax_const_md src, hax_const_md dst, float factor, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    int in, viewed = -1, out, seen, after;
    hax_status status = hax_operand_plain(program, lowered->inputs[0],
                                          hax_dnnl_shape_of(program, lowered->inputs[0]), &in, err);
    if (status == HAX_OK && (viewed = hax_operand_seen(program, in, src)) < 0)
        status = hax_fail_memory(err, "a program");
    if (status == HAX_OK)
        status = place_plain(program, lowered->output, dst, &out, &seen, &after, err);
    if (status != HAX_OK) {
        dnnl_primitive_desc_destroy(pd);
        return status;
    }
    hax_take_note(program, kernel, hax_dnnl_pd_implementation(pd));
    HAX_TRY(hax_step_add(program, kernel, pd, 2, (const int[]){ DNNL_ARG_SRC, DNNL_ARG_DST },
                         (const int[]){ viewed, seen }, err));
    if (factor != 1)
        HAX_TRY(hax_emit_linear_behind(program, kernel, seen, factor, err));
    return hax_output_finish(program, lowered->output, out, after, err);
}

/* By the library's pooling, where its reduction would be a slow one. */
static hax_status emit_middle(hax_program *program, int kernel, bool *done, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    hax_shape seen;
    hax_kernel pool;
    *done = false;
    if (!is_middle(program, lowered, &seen, &pool))
        return HAX_OK;
    hax_shape reduced = { 4, { seen.dims[0], seen.dims[1], 1, 1 } };
    hax_md src = hax_dnnl_md_tag(&seen, dnnl_acdb), dst = hax_dnnl_md_tag(&reduced, dnnl_acdb);
    dnnl_primitive_desc_t pd =
        src && dst ? hax_dnnl_pd_pooling(program->device->engine, &pool, src, dst) : NULL;
    float factor = lowered->op == HAX_OP_REDUCE_SUM ? (float) pool.window.kernel_h : 1;
    hax_status status = HAX_OK;
    if (pd && !hax_implementation_is_slow(hax_dnnl_pd_implementation(pd))) {
        *done = true;
        status = emit_reduced(program, kernel, pd, src, dst, factor, err);
    } else {
        dnnl_primitive_desc_destroy(pd);
    }
    hax_dnnl_md_free(src);
    hax_dnnl_md_free(dst);
    return status;
}

static hax_status emit_reduction(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    const hax_shape *shape = hax_dnnl_shape_of(program, lowered->inputs[0]);
    hax_kernel pool;
    bool done;
    if (is_plane_mean(program, lowered, &pool))
        return emit_plane_mean(program, kernel, &pool, err);
    HAX_TRY(emit_middle(program, kernel, &done, err));
    if (done)
        return HAX_OK;
    hax_md src = hax_dnnl_md_tag(shape, hax_plain_tag(shape->rank));
    hax_md dst = hax_dnnl_md_tag(&lowered->kept, hax_plain_tag(lowered->kept.rank));
    dnnl_primitive_desc_t pd =
        src && dst ? hax_dnnl_pd_reduction(program->device->engine, lowered->op, src, dst) : NULL;
    hax_status status = pd ? emit_reduced(program, kernel, pd, src, dst, 1, err)
                           : hax_emit_loops(program, kernel, err);
    hax_dnnl_md_free(src);
    hax_dnnl_md_free(dst);
    return status;
}

/* ---- elements elsewhere ---------------------------------------------------------------------- */

/* The layout of images that a tensor is in, if both it and the part have whole blocks. */
static int blocked_tag(const hax_program *program, int tensor, int64_t start, int64_t channels)
{
    const hax_shape *shape = hax_dnnl_shape_of(program, tensor);
    for (int t = 0; t < IMAGE_TAG_COUNT && shape->rank == 4; t++) {
        hax_md desc = hax_dnnl_md_tag(shape, hax_image_tags[t]);
        bool is = desc && hax_dnnl_md_equal(desc, hax_dnnl_layout_of(program, tensor));
        hax_dnnl_md_free(desc);
        if (is && start % hax_image_blocks[t] == 0 && channels % hax_image_blocks[t] == 0)
            return t;
    }
    return -1;
}

/* Begins of a part whose steps are those of the whole; false for other walks. */
static bool part_begins(const hax_shape *in, const hax_shape *out, const hax_strided_view *view,
                        int64_t *begins)
{
    int64_t size = 1, rest = view->offset;
    if (in->rank != out->rank)
        return false;
    for (int d = in->rank - 1; d >= 0; d--) {
        if (view->steps[d] != size)
            return false;
        size *= in->dims[d];
    }
    for (int d = 0; d < in->rank; d++) {
        size /= in->dims[d];
        begins[d] = rest / size;
        rest %= size;
    }
    return true;
}

bool hax_dnnl_is_part(const hax_program *program, const hax_kernel *kernel, int *axis,
                      int64_t *begin)
{
    int64_t begins[HAX_MAX_RANK];
    const hax_shape *in = hax_dnnl_shape_of(program, kernel->inputs[0]);
    const hax_shape *out = hax_dnnl_shape_of(program, kernel->output);
    if (kernel->form != HAX_FORM_WALK || !part_begins(in, out, &kernel->walk, begins))
        return false;
    int d = 0;
    while (d < in->rank && in->dims[d] == 1)
        d++;
    if (d == in->rank)
        return false;
    *axis = d;
    *begin = begins[d];
    for (d++; d < in->rank; d++)
        if (in->dims[d] != out->dims[d])
            return false;
    return true;
}

static hax_status add_copy(hax_program *program, int kernel, int from, int to, int out, int after,
                           hax_error *err)
{
    dnnl_primitive_desc_t pd = hax_dnnl_pd_reorder(
        program->device->engine, program->operands[from].desc, program->operands[to].desc);
    if (!pd)
        return hax_dnnl_refused(program, kernel, err);
    return finish(program, kernel, pd, 2, (const int[]){ DNNL_ARG_FROM, DNNL_ARG_TO },
                  (const int[]){ from, to }, out, after, err);
}

/* A part of an image in the image's own layout; *done false where that cannot be. */
static hax_status emit_part(hax_program *program, int kernel, bool *done, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    const hax_shape *in = hax_dnnl_shape_of(program, lowered->inputs[0]);
    const hax_shape *shape = hax_dnnl_shape_of(program, lowered->output);
    int64_t begins[HAX_MAX_RANK];
    *done = false;
    if (!part_begins(in, shape, &lowered->walk, begins) || in->rank != 4)
        return HAX_OK;
    int tag = blocked_tag(program, lowered->inputs[0], begins[1], shape->dims[1]);
    hax_md part =
        tag < 0 ? NULL
                : hax_dnnl_md_part(hax_dnnl_layout_of(program, lowered->inputs[0]), shape, begins);
    hax_md desc = tag < 0 ? NULL : hax_dnnl_md_tag(shape, hax_image_tags[tag]);
    int out = -1, after = -1, source = -1;
    int has = program->tensor_operand[lowered->inputs[0]];
    hax_status status = HAX_OK;
    if (part && desc) {
        *done = true;
        source = hax_operand_seen(program, has, part);
        status = source < 0 ? hax_fail_memory(err, "a program")
                            : hax_output_place(program, lowered->output, desc, &out, &after, err);
    }
    hax_dnnl_md_free(part);
    hax_dnnl_md_free(desc);
    HAX_TRY(status);
    return *done ? add_copy(program, kernel, source, out, out, after, err) : HAX_OK;
}

/* Elements by steps out of plain memory, where all steps are forward. */
static hax_status emit_strided(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    const hax_shape *shape = hax_dnnl_shape_of(program, lowered->output);
    int64_t steps[HAX_MAX_RANK], far = 1;
    for (int d = shape->rank - 1; d >= 0; d--) {
        steps[d] = lowered->walk.steps[d];
        if (shape->dims[d] > 1 && steps[d] <= 0)
            return hax_emit_loops(program, kernel, err);
        far = steps[d] * shape->dims[d] > far ? steps[d] * shape->dims[d] : far;
    }
    for (int d = 0; d < shape->rank; d++)
        if (shape->dims[d] == 1) /* never taken, but must not seem to overlap */
            steps[d] = far;
    hax_md desc = hax_dnnl_md_strided(shape, steps);
    if (!desc)
        return hax_emit_loops(program, kernel, err);
    int plain, source = -1, out, seen, after;
    hax_md dense = hax_dnnl_md_tag(shape, hax_plain_tag(shape->rank));
    hax_status status =
        dense ? hax_operand_plain(program, lowered->inputs[0],
                                  hax_dnnl_shape_of(program, lowered->inputs[0]), &plain, err)
              : hax_fail_memory(err, "a program");
    if (status == HAX_OK) {
        source = hax_operand_seen(program, plain, desc);
        status = source < 0
                     ? hax_fail_memory(err, "a program")
                     : place_plain(program, lowered->output, dense, &out, &seen, &after, err);
    }
    hax_dnnl_md_free(desc);
    hax_dnnl_md_free(dense);
    HAX_TRY(status);
    program->operands[source].offset += (size_t) lowered->walk.offset * sizeof(float);
    return add_copy(program, kernel, source, seen, out, after, err);
}

static hax_status emit_walk(hax_program *program, int kernel, hax_error *err)
{
    bool done;
    HAX_TRY(hax_emit_part_in_place(program, kernel, &done, err));
    if (done)
        return HAX_OK;
    HAX_TRY(emit_part(program, kernel, &done, err));
    return done ? HAX_OK : emit_strided(program, kernel, err);
}

/* No copy where neither shape has a slot: both tensors lie in one place from then on. */
static hax_status emit_view(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    const hax_shape *shape = hax_dnnl_shape_of(program, lowered->output);
    int in;
    if (program->boundary[lowered->output])
        return hax_emit_loops(program, kernel, err);
    HAX_TRY(hax_operand_plain(program, lowered->inputs[0], shape, &in, err));
    program->storages[program->operands[in].storage].viewed = true;
    hax_take_note(program, kernel, "view");
    return hax_output_finish(program, lowered->output, in, -1, err);
}

/* ---- resize ---------------------------------------------------------------------------------- */

/* Does the library's own rule (half pixels, nearest rounded half away from zero) lead to the same
 * elements? */
static bool axis_agrees(const hax_resize_axis *axis, bool linear, int64_t in, int64_t out)
{
    for (int64_t x = 0; x < out; x++) {
        float place = ((float) x + 0.5F) * (float) in / (float) out - 0.5F;
        if (!linear && axis->low[x] != (int) roundf(place))
            return false;
        if (!linear)
            continue;
        float inside = fminf(fmaxf(place, 0), (float) (in - 1));
        float ours = (float) axis->low[x] + axis->fraction[x];
        if (fabsf(ours - inside) > 1e-4F)
            return false;
    }
    return true;
}

static dnnl_primitive_desc_t describe_resize(const hax_program *program, const hax_kernel *kernel,
                                             hax_const_md src)
{
    hax_md any = hax_dnnl_md_any(hax_dnnl_shape_of(program, kernel->output));
    dnnl_primitive_desc_t pd =
        any ? hax_dnnl_pd_resampling(program->device->engine, kernel->linear, src, any) : NULL;
    hax_dnnl_md_free(any);
    return pd;
}

hax_status hax_emit_resize(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    const hax_shape *in = hax_dnnl_shape_of(program, lowered->inputs[0]);
    const hax_shape *out = hax_dnnl_shape_of(program, lowered->output);
    bool agrees = in->rank == 4;
    for (int d = 2; d < in->rank && agrees; d++)
        agrees = axis_agrees(&lowered->resize[d], lowered->linear, in->dims[d], out->dims[d]);
    dnnl_primitive_desc_t pd = agrees ? hax_best_layout(program, lowered, describe_resize) : NULL;
    return pd ? hax_emit_simple(program, kernel, pd, err) : hax_emit_loops(program, kernel, err);
}

hax_status hax_emit_form(hax_program *program, int kernel, hax_error *err)
{
    switch (hax_model_kernel(program->model, kernel)->form) {
    case HAX_FORM_POINTWISE: return emit_pointwise(program, kernel, err);
    case HAX_FORM_BINARY: return emit_binary(program, kernel, err);
    case HAX_FORM_PRODUCT: return emit_product(program, kernel, err);
    case HAX_FORM_REDUCE: return emit_reduction(program, kernel, err);
    case HAX_FORM_WALK: return emit_walk(program, kernel, err);
    case HAX_FORM_VIEW: return emit_view(program, kernel, err);
    case HAX_FORM_OWN: break;
    }
    return hax_dnnl_refused(program, kernel, err);
}
