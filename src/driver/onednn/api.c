#include "api.h"

#include <stdlib.h>
#include <string.h>

#include "names.h"

#define V3 (DNNL_VERSION_MAJOR >= 3)

/* The library's arrays of dimensions are longer than ours. */
typedef struct dims {
    dnnl_dims_t at;
} dims;

static dims dims_of(const hax_shape *shape)
{
    dims copy = { { 0 } };
    for (int i = 0; i < shape->rank; i++)
        copy.at[i] = shape->dims[i];
    return copy;
}

/* ---- memory descriptors ---------------------------------------------------------------- */

#if V3

md md_tag(const hax_shape *shape, dnnl_format_tag_t tag)
{
    md desc = NULL;
    return dnnl_memory_desc_create_with_tag(&desc, shape->rank, dims_of(shape).at, dnnl_f32, tag) ==
                   dnnl_success
               ? desc
               : NULL;
}

md md_copy(const_md from)
{
    md desc = NULL;
    return dnnl_memory_desc_clone(&desc, from) == dnnl_success ? desc : NULL;
}

md md_reshape(const_md from, const hax_shape *shape)
{
    md desc = NULL;
    return dnnl_memory_desc_reshape(&desc, from, shape->rank, dims_of(shape).at) == dnnl_success
               ? desc
               : NULL;
}

md md_part(const_md from, const hax_shape *shape, const int64_t *offsets)
{
    md desc = NULL;
    dims at = { { 0 } };
    memcpy(at.at, offsets, (size_t) shape->rank * sizeof *offsets);
    return dnnl_memory_desc_create_submemory(&desc, from, dims_of(shape).at, at.at) == dnnl_success
               ? desc
               : NULL;
}

md md_strided(const hax_shape *shape, const int64_t *steps)
{
    md desc = NULL;
    dims by = { { 0 } };
    memcpy(by.at, steps, (size_t) shape->rank * sizeof *steps);
    return dnnl_memory_desc_create_with_strides(&desc, shape->rank, dims_of(shape).at, dnnl_f32,
                                                by.at) == dnnl_success
               ? desc
               : NULL;
}

void md_free(md desc)
{
    if (desc)
        dnnl_memory_desc_destroy(desc);
}

bool md_save(const_md desc, unsigned char *data, size_t room, size_t *used)
{
    size_t need = 0;
    if (dnnl_memory_desc_get_blob(NULL, &need, desc) != dnnl_success || need > room)
        return false;
    *used = need;
    return dnnl_memory_desc_get_blob(data, &need, desc) == dnnl_success;
}

md md_load(const unsigned char *data, size_t size)
{
    md desc = NULL;
    (void) size;
    return dnnl_memory_desc_create_with_blob(&desc, data) == dnnl_success ? desc : NULL;
}

#else

hax_md hax_dnnl_md_tag(const hax_shape *shape, dnnl_format_tag_t tag)
{
    hax_md desc = calloc(1, sizeof *desc);
    if (desc && dnnl_memory_desc_init_by_tag(desc, shape->rank, dims_of(shape).at, dnnl_f32, tag) !=
                    dnnl_success) {
        free(desc);
        return NULL;
    }
    return desc;
}

hax_md hax_dnnl_md_copy(hax_const_md from)
{
    hax_md desc = malloc(sizeof *desc);
    if (desc)
        *desc = *from;
    return desc;
}

hax_md hax_dnnl_md_reshape(hax_const_md from, const hax_shape *shape)
{
    hax_md desc = calloc(1, sizeof *desc);
    if (desc &&
        dnnl_memory_desc_reshape(desc, from, shape->rank, dims_of(shape).at) != dnnl_success) {
        free(desc);
        return NULL;
    }
    return desc;
}

hax_md hax_dnnl_md_part(hax_const_md from, const hax_shape *shape, const int64_t *offsets)
{
    hax_md desc = calloc(1, sizeof *desc);
    dims offset = { { 0 } };
    memcpy(offset.at, offsets, (size_t) shape->rank * sizeof *offsets);
    if (desc &&
        dnnl_memory_desc_init_submemory(desc, from, dims_of(shape).at, offset.at) != dnnl_success) {
        free(desc);
        return NULL;
    }
    return desc;
}

hax_md hax_dnnl_md_strided(const hax_shape *shape, const int64_t *steps)
{
    hax_md desc = calloc(1, sizeof *desc);
    dims strides = { { 0 } };
    memcpy(strides.at, steps, (size_t) shape->rank * sizeof *steps);
    if (desc && dnnl_memory_desc_init_by_strides(desc, shape->rank, dims_of(shape).at, dnnl_f32,
                                                 strides.at) != dnnl_success) {
        free(desc);
        return NULL;
    }
    return desc;
}

void hax_dnnl_md_free(hax_md desc)
{
    free(desc);
}

bool hax_dnnl_md_save(hax_const_md desc, unsigned char *data, size_t capacity, size_t *used)
{
    if (sizeof *desc > capacity)
        return false;
    memcpy(data, desc, sizeof *desc);
    *used = sizeof *desc;
    return true;
}

hax_md hax_dnnl_md_load(const unsigned char *data, size_t size)
{
    hax_md desc = size == sizeof *desc ? malloc(sizeof *desc) : NULL;
    if (desc)
        memcpy(desc, data, sizeof *desc);
    return desc;
}

#endif

hax_md hax_dnnl_md_any(const hax_shape *shape)
{
    return hax_dnnl_md_tag(shape, dnnl_format_tag_any);
}

bool hax_dnnl_md_equal(hax_const_md a, hax_const_md b)
{
    return dnnl_memory_desc_equal(a, b) != 0;
}

size_t hax_dnnl_md_bytes(hax_const_md desc)
{
    return dnnl_memory_desc_get_size(desc);
}

dnnl_format_tag_t hax_plain_tag(int rank)
{
    static const dnnl_format_tag_t tags[] = {
        dnnl_format_tag_undef, dnnl_a,       dnnl_ab,      dnnl_abc, dnnl_abcd, dnnl_abcde,
        dnnl_abcdef,           dnnl_abcdefg, dnnl_abcdefgh
    };
    return rank < (int) (sizeof tags / sizeof *tags) ? tags[rank] : dnnl_format_tag_undef;
}

/* ---- attributes --------------------------------------------------------------------------- */

/* One function as a chain of the library's. */
typedef struct chain {
    int count;
    struct {
        dnnl_alg_kind_t algorithm;
        float alpha, beta;
    } at[3];
} chain;

static void chain_add(chain *to, dnnl_alg_kind_t algorithm, float alpha, float beta)
{
    to->at[to->count].algorithm = algorithm;
    to->at[to->count].alpha = alpha;
    to->at[to->count++].beta = beta;
}

/* What is done to x before the function, where it is anything. */
static void chain_inner(chain *to, const hax_activation *activation)
{
    if (activation->alpha != 1 || activation->beta != 0)
        chain_add(to, dnnl_eltwise_linear, activation->alpha, activation->beta);
}

static chain chain_of(const hax_activation *activation)
{
    chain to = { 0 };
    switch (activation->curve) {
    case HAX_CURVE_RELU: chain_add(&to, dnnl_eltwise_relu, activation->alpha, 0); break;
    case HAX_CURVE_LINEAR:
        chain_add(&to, dnnl_eltwise_linear, activation->alpha, activation->beta);
        break;
    case HAX_CURVE_CLIP:
        chain_add(&to, dnnl_eltwise_clip, activation->alpha, activation->beta);
        break;
    case HAX_CURVE_SIGMOID: chain_add(&to, dnnl_eltwise_logistic, 0, 0); break;
    case HAX_CURVE_TANH: chain_add(&to, dnnl_eltwise_tanh, 0, 0); break;
    case HAX_CURVE_ELU: chain_add(&to, dnnl_eltwise_elu, activation->alpha, 0); break;
    case HAX_CURVE_EXP:
        chain_inner(&to, activation);
        chain_add(&to, dnnl_eltwise_exp, 0, 0);
        break;
    case HAX_CURVE_LOG:
        chain_inner(&to, activation);
        chain_add(&to, dnnl_eltwise_log, 0, 0);
        if (activation->power != 1)
            chain_add(&to, dnnl_eltwise_linear, activation->power, 0);
        break;
    case HAX_CURVE_POWER:
        chain_inner(&to, activation);
        chain_add(&to, dnnl_eltwise_pow, 1, activation->power);
        break;
    case HAX_CURVE_ABSOLUTE: chain_add(&to, dnnl_eltwise_abs, 0, 0); break;
    case HAX_CURVE_SOFTPLUS: chain_add(&to, dnnl_eltwise_soft_relu, 1, 0); break;
    case HAX_CURVE_HARD_SIGMOID:
        chain_inner(&to, activation);
        chain_add(&to, dnnl_eltwise_clip, 0, 1);
        break;
    case HAX_CURVE_HARD_SWISH:
        chain_add(&to, dnnl_eltwise_hardswish, V3 ? 1.0F / 6 : 0, V3 ? 0.5F : 0);
        break;
    case HAX_CURVE_SILU: chain_add(&to, dnnl_eltwise_swish, 1, 0); break;
    case HAX_CURVE_GELU: chain_add(&to, dnnl_eltwise_gelu_erf, 0, 0); break;
    case HAX_CURVE_GELU_TANH: chain_add(&to, dnnl_eltwise_gelu_tanh, 0, 0); break;
    case HAX_CURVE_MISH: chain_add(&to, dnnl_eltwise_mish, 0, 0); break;
    case HAX_CURVE_SQRT: chain_add(&to, dnnl_eltwise_sqrt, 0, 0); break;
    default: break;
    }
    return to;
}

bool hax_activation_is_offered(const hax_activation *activation)
{
    return chain_of(activation).count > 0;
}

/* The functions of a chain from its `first` on, behind a primitive. */
static bool append_chain(dnnl_post_ops_t ops, const chain *chain, int first)
{
    bool taken = true;
    for (int i = first; i < chain->count && taken; i++) {
#if V3
        taken = dnnl_post_ops_append_eltwise(ops, chain->at[i].algorithm, chain->at[i].alpha,
                                             chain->at[i].beta) == dnnl_success;
#else
        taken = dnnl_post_ops_append_eltwise(ops, 1, chain->at[i].algorithm, chain->at[i].alpha,
                                             chain->at[i].beta) == dnnl_success;
#endif
    }
    return taken;
}

static bool append_sum(dnnl_post_ops_t ops, float scale)
{
#if V3
    return dnnl_post_ops_append_sum(ops, scale, 0, dnnl_data_type_undef) == dnnl_success;
#else
    return dnnl_post_ops_append_sum(ops, scale) == dnnl_success;
#endif
}

static bool append_all(dnnl_post_ops_t ops, hax_fusion fusion, int first)
{
    chain post_ops = chain_of(&fusion.activation);
    if (fusion.activation.curve != HAX_CURVE_NONE && post_ops.count == 0)
        return false; /* a function that the library does not have */
    if (fusion.sum_scale != 0 && !append_sum(ops, fusion.sum_scale))
        return false;
    if (fusion.added &&
        dnnl_post_ops_append_binary(ops, dnnl_binary_add, fusion.added) != dnnl_success)
        return false;
    return append_chain(ops, &post_ops, first);
}

/* Scratchpads are the caller's: two threads may run one primitive at once. NULL where something
 * cannot be appended: without it the result would be another one. */
static dnnl_primitive_attr_t attributes_from(hax_fusion fusion, int first)
{
    dnnl_primitive_attr_t attr = NULL;
    dnnl_post_ops_t ops = NULL;
    if (dnnl_primitive_attr_create(&attr) != dnnl_success)
        return NULL;
    bool whole =
        dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user) == dnnl_success &&
        dnnl_post_ops_create(&ops) == dnnl_success && append_all(ops, fusion, first) &&
        dnnl_primitive_attr_set_post_ops(attr, ops) == dnnl_success;
    if (ops)
        dnnl_post_ops_destroy(ops);
    if (whole)
        return attr;
    dnnl_primitive_attr_destroy(attr);
    return NULL;
}

static dnnl_primitive_attr_t attributes(hax_fusion fusion)
{
    return attributes_from(fusion, 0);
}

static const hax_fusion nothing = { 0 };

/* The attributes are no longer needed once the descriptor is made (or refused). pd by address:
 * it is read after the call that makes it, whatever order arguments are evaluated in. The library
 * takes no attributes for none, so what it made without them is not what was asked for. */
static dnnl_primitive_desc_t made(dnnl_status_t status, const dnnl_primitive_desc_t *pd,
                                  dnnl_primitive_attr_t attr)
{
    if (status == dnnl_success && !attr)
        dnnl_primitive_desc_destroy(*pd);
    if (!attr)
        return NULL;
    dnnl_primitive_attr_destroy(attr);
    return status == dnnl_success ? *pd : NULL;
}

#if !V3
static dnnl_primitive_desc_t with_attributes(dnnl_status_t described, const void *description,
                                             dnnl_engine_t engine, dnnl_primitive_attr_t attr)
{
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t status = described;
    if (status == dnnl_success)
        status = dnnl_primitive_desc_create(&pd, description, attr, engine, NULL);
    return made(status, &pd, attr);
}

static dnnl_primitive_desc_t from_description(dnnl_status_t described, const void *description,
                                              dnnl_engine_t engine, hax_fusion fusion)
{
    return with_attributes(described, description, engine, attributes(fusion));
}
#endif

/* ---- primitives ----------------------------------------------------------------------------- */

typedef struct window_dims {
    dnnl_dims_t strides, kernel, dilation, low, high;
} window_dims;

/* oneDNN counts dilation from 0. */
static window_dims window_of(const hax_window *w)
{
    return (window_dims){
        .strides = { w->stride_h, w->stride_w },
        .kernel = { w->kernel_h, w->kernel_w },
        .dilation = { w->dilation_h - 1, w->dilation_w - 1 },
        .low = { w->pad_top, w->pad_left },
        .high = { w->pad_bottom, w->pad_right },
    };
}

dnnl_primitive_desc_t hax_dnnl_pd_convolution(dnnl_engine_t engine, const hax_kernel *kernel,
                                              bool winograd, hax_const_md src, hax_const_md weights,
                                              hax_const_md bias, hax_const_md dst,
                                              hax_fusion fusion)
{
    window_dims w = window_of(&kernel->window);
    dnnl_alg_kind_t algorithm = winograd ? dnnl_convolution_winograd : dnnl_convolution_direct;
#if V3
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_attr_t attr = attributes(fusion);
    return made(dnnl_convolution_forward_primitive_desc_create(
                    &pd, engine, dnnl_forward_inference, algorithm, src, weights, bias, dst,
                    w.strides, w.dilation, w.low, w.high, attr),
                &pd, attr);
#else
    dnnl_convolution_desc_t description;
    return from_description(dnnl_dilated_convolution_forward_desc_init(
                                &description, dnnl_forward_inference, algorithm, src, weights, bias,
                                dst, w.strides, w.dilation, w.low, w.high),
                            &description, engine, fusion);
#endif
}

dnnl_primitive_desc_t hax_dnnl_pd_deconvolution(dnnl_engine_t engine, const hax_kernel *kernel,
                                                hax_const_md src, hax_const_md weights,
                                                hax_const_md bias, hax_const_md dst,
                                                hax_fusion fusion)
{
    window_dims w = window_of(&kernel->window);
#if V3
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_attr_t attr = attributes(fusion);
    return made(dnnl_deconvolution_forward_primitive_desc_create(
                    &pd, engine, dnnl_forward_inference, dnnl_deconvolution_direct, src, weights,
                    bias, dst, w.strides, w.dilation, w.low, w.high, attr),
                &pd, attr);
#else
    dnnl_deconvolution_desc_t description;
    return from_description(dnnl_dilated_deconvolution_forward_desc_init(
                                &description, dnnl_forward_inference, dnnl_deconvolution_direct,
                                src, weights, bias, dst, w.strides, w.dilation, w.low, w.high),
                            &description, engine, fusion);
#endif
}

dnnl_primitive_desc_t hax_dnnl_pd_inner_product(dnnl_engine_t engine, hax_const_md src,
                                                hax_const_md weights, hax_const_md bias,
                                                hax_const_md dst, hax_fusion fusion)
{
#if V3
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_attr_t attr = attributes(fusion);
    return made(dnnl_inner_product_forward_primitive_desc_create(
                    &pd, engine, dnnl_forward_inference, src, weights, bias, dst, attr),
                &pd, attr);
#else
    dnnl_inner_product_desc_t description;
    return from_description(dnnl_inner_product_forward_desc_init(
                                &description, dnnl_forward_inference, src, weights, bias, dst),
                            &description, engine, fusion);
#endif
}

/* An average may count told padding but not what rounding up adds: the first is
 * include_padding, and the second would be counted by it too, so kernels where both meet
 * are refused here and go another way (emit.c). */
dnnl_primitive_desc_t hax_dnnl_pd_pooling(dnnl_engine_t engine, const hax_kernel *kernel,
                                          hax_const_md src, hax_const_md dst)
{
    window_dims w = window_of(&kernel->window);
    bool padded = kernel->window.pad_top || kernel->window.pad_left || kernel->counted_bottom ||
                  kernel->counted_right;
    dnnl_alg_kind_t algorithm = kernel->pool == HAX_POOL_MAX ? dnnl_pooling_max
                                : padded && kernel->pool == HAX_POOL_AVERAGE
                                    ? dnnl_pooling_avg_include_padding
                                    : dnnl_pooling_avg_exclude_padding;
#if V3
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_attr_t attr = attributes(nothing);
    return made(dnnl_pooling_forward_primitive_desc_create(&pd, engine, dnnl_forward_inference,
                                                           algorithm, src, dst, w.strides, w.kernel,
                                                           w.dilation, w.low, w.high, attr),
                &pd, attr);
#else
    if (kernel->window.dilation_h > 1 || kernel->window.dilation_w > 1) {
        dnnl_pooling_v2_desc_t dilated;
        return from_description(
            dnnl_pooling_v2_forward_desc_init(&dilated, dnnl_forward_inference, algorithm, src, dst,
                                              w.strides, w.kernel, w.dilation, w.low, w.high),
            &dilated, engine, nothing);
    }
    dnnl_pooling_desc_t description;
    return from_description(dnnl_pooling_forward_desc_init(&description, dnnl_forward_inference,
                                                           algorithm, src, dst, w.strides, w.kernel,
                                                           w.low, w.high),
                            &description, engine, nothing);
#endif
}

dnnl_primitive_desc_t hax_dnnl_pd_lrn(dnnl_engine_t engine, const hax_kernel *kernel,
                                      hax_const_md src, hax_const_md dst)
{
    dnnl_alg_kind_t algorithm =
        kernel->lrn_within ? dnnl_lrn_within_channel : dnnl_lrn_across_channels;
#if V3
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_attr_t attr = attributes(nothing);
    return made(dnnl_lrn_forward_primitive_desc_create(
                    &pd, engine, dnnl_forward_inference, algorithm, src, dst, kernel->lrn_size,
                    kernel->lrn_alpha, kernel->lrn_beta, kernel->lrn_k, attr),
                &pd, attr);
#else
    (void) dst;
    dnnl_lrn_desc_t description;
    return from_description(dnnl_lrn_forward_desc_init(&description, dnnl_forward_inference,
                                                       algorithm, src, kernel->lrn_size,
                                                       kernel->lrn_alpha, kernel->lrn_beta,
                                                       kernel->lrn_k),
                            &description, engine, nothing);
#endif
}

/* The first function of the chain, and the others behind it. */
dnnl_primitive_desc_t hax_dnnl_pd_activation(dnnl_engine_t engine, const hax_activation *activation,
                                             hax_const_md src)
{
    chain post_ops = chain_of(activation);
    if (post_ops.count == 0)
        return NULL;
    dnnl_primitive_attr_t attr = attributes_from((hax_fusion){ .activation = *activation }, 1);
#if V3
    dnnl_primitive_desc_t pd = NULL;
    return made(dnnl_eltwise_forward_primitive_desc_create(&pd, engine, dnnl_forward_inference,
                                                           of.at[0].algorithm, src, src,
                                                           of.at[0].alpha, of.at[0].beta, attr),
                &pd, attr);
#else
    dnnl_eltwise_desc_t description;
    return with_attributes(dnnl_eltwise_forward_desc_init(
                               &description, dnnl_forward_inference, post_ops.at[0].algorithm, src,
                               post_ops.at[0].alpha, post_ops.at[0].beta),
                           &description, engine, attr);
#endif
}

dnnl_primitive_desc_t hax_dnnl_pd_prelu(dnnl_engine_t engine, hax_const_md src,
                                        hax_const_md weights)
{
#if V3
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_attr_t attr = attributes(nothing);
    return made(dnnl_prelu_forward_primitive_desc_create(&pd, engine, dnnl_forward_inference, src,
                                                         weights, src, attr),
                &pd, attr);
#else
    dnnl_prelu_desc_t description;
    return from_description(
        dnnl_prelu_forward_desc_init(&description, dnnl_forward_inference, src, weights),
        &description, engine, nothing);
#endif
}

dnnl_primitive_desc_t hax_dnnl_pd_matmul(dnnl_engine_t engine, hax_const_md a, hax_const_md b,
                                         hax_const_md dst, hax_fusion fusion)
{
#if V3
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_attr_t attr = attributes(fusion);
    return made(dnnl_matmul_primitive_desc_create(&pd, engine, a, b, NULL, dst, attr), &pd, attr);
#else
    dnnl_matmul_desc_t description;
    return from_description(dnnl_matmul_desc_init(&description, a, b, NULL, dst), &description,
                            engine, fusion);
#endif
}

dnnl_primitive_desc_t hax_dnnl_pd_reduction(dnnl_engine_t engine, hax_op op, hax_const_md src,
                                            hax_const_md dst)
{
    dnnl_alg_kind_t algorithm = op == HAX_OP_REDUCE_MEAN  ? dnnl_reduction_mean
                                : op == HAX_OP_REDUCE_SUM ? dnnl_reduction_sum
                                                          : dnnl_reduction_max;
#if V3
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_attr_t attr = attributes(nothing);
    return made(dnnl_reduction_primitive_desc_create(&pd, engine, algorithm, src, dst, 0, 0, attr),
                &pd, attr);
#else
    dnnl_reduction_desc_t description;
    return from_description(dnnl_reduction_desc_init(&description, algorithm, src, dst, 0, 0),
                            &description, engine, nothing);
#endif
}

dnnl_primitive_desc_t hax_dnnl_pd_resampling(dnnl_engine_t engine, bool linear, hax_const_md src,
                                             hax_const_md dst)
{
    dnnl_alg_kind_t algorithm = linear ? dnnl_resampling_linear : dnnl_resampling_nearest;
#if V3
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_attr_t attr = attributes(nothing);
    return made(dnnl_resampling_forward_primitive_desc_create(&pd, engine, dnnl_forward_inference,
                                                              algorithm, NULL, src, dst, attr),
                &pd, attr);
#else
    dnnl_resampling_desc_t description;
    return from_description(dnnl_resampling_forward_desc_init(&description, dnnl_forward_inference,
                                                              algorithm, NULL, src, dst),
                            &description, engine, nothing);
#endif
}

dnnl_primitive_desc_t hax_dnnl_pd_softmax(dnnl_engine_t engine, int axis, hax_const_md src)
{
#if V3
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_attr_t attr = attributes(nothing);
    return made(dnnl_softmax_forward_primitive_desc_create(&pd, engine, dnnl_forward_inference,
                                                           dnnl_softmax_accurate, src, src, axis,
                                                           attr),
                &pd, attr);
#else
    dnnl_softmax_desc_t description;
    return from_description(
        dnnl_softmax_forward_desc_init(&description, dnnl_forward_inference, src, axis),
        &description, engine, nothing);
#endif
}

dnnl_primitive_desc_t hax_dnnl_pd_scale(dnnl_engine_t engine, hax_const_md src, bool relu)
{
    unsigned flags = dnnl_use_global_stats | dnnl_use_scale | dnnl_use_shift;
    if (relu)
        flags |= dnnl_fuse_norm_relu;
#if V3
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_attr_t attr = attributes(nothing);
    return made(dnnl_batch_normalization_forward_primitive_desc_create(
                    &pd, engine, dnnl_forward_inference, src, src, 0, flags, attr),
                &pd, attr);
#else
    dnnl_batch_normalization_desc_t description;
    return from_description(dnnl_batch_normalization_forward_desc_init(
                                &description, dnnl_forward_inference, src, 0, flags),
                            &description, engine, nothing);
#endif
}

#if !V3
/* Version 2 wants an array of structs. */
static dnnl_memory_desc_t *gather(int count, const hax_const_md *from)
{
    dnnl_memory_desc_t *list = calloc((size_t) count, sizeof *list);
    for (int i = 0; list && i < count; i++)
        list[i] = *from[i];
    return list;
}
#endif

/* As made, for who has to know why there is none. */
static dnnl_status_t made_or_why(dnnl_status_t status, dnnl_primitive_desc_t given,
                                 dnnl_primitive_attr_t attr, dnnl_primitive_desc_t *pd)
{
    *pd = made(status, &given, attr);
    return *pd || status != dnnl_success ? status : dnnl_out_of_memory; /* of the attributes */
}

dnnl_status_t hax_dnnl_pd_concat(dnnl_engine_t engine, int axis, int count, const hax_const_md *src,
                                 dnnl_primitive_desc_t *pd)
{
    dnnl_primitive_desc_t given = NULL;
    dnnl_primitive_attr_t attr = attributes(nothing);
#if V3
    dnnl_status_t status =
        dnnl_concat_primitive_desc_create(&given, engine, NULL, count, axis, src, attr);
#else
    dnnl_memory_desc_t *list = gather(count, src);
    dnnl_status_t status =
        list ? dnnl_concat_primitive_desc_create(&given, NULL, count, axis, list, attr, engine)
             : dnnl_out_of_memory;
    free(list);
#endif
    return made_or_why(status, given, attr, pd);
}

dnnl_status_t hax_dnnl_pd_sum(dnnl_engine_t engine, int count, const float *scales,
                              const hax_const_md *src, dnnl_primitive_desc_t *pd)
{
    dnnl_primitive_desc_t given = NULL;
    dnnl_primitive_attr_t attr = attributes(nothing);
#if V3
    dnnl_status_t status =
        dnnl_sum_primitive_desc_create(&given, engine, NULL, count, scales, src, attr);
#else
    dnnl_memory_desc_t *list = gather(count, src);
    dnnl_status_t status =
        list ? dnnl_sum_primitive_desc_create(&given, NULL, count, scales, list, attr, engine)
             : dnnl_out_of_memory;
    free(list);
#endif
    return made_or_why(status, given, attr, pd);
}

static dnnl_alg_kind_t binary_algorithm(hax_op op)
{
    switch (op) {
    case HAX_OP_ADD: return dnnl_binary_add;
    case HAX_OP_SUB: return dnnl_binary_sub;
    case HAX_OP_MUL: return dnnl_binary_mul;
    case HAX_OP_DIV: return dnnl_binary_div;
    case HAX_OP_MIN: return dnnl_binary_min;
    case HAX_OP_MAX: return dnnl_binary_max;
    default: return dnnl_alg_kind_undef;
    }
}

dnnl_primitive_desc_t hax_dnnl_pd_binary(dnnl_engine_t engine, hax_op op, hax_const_md a,
                                         hax_const_md b, hax_fusion fusion)
{
    dnnl_alg_kind_t algorithm = binary_algorithm(op);
#if V3
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_attr_t attr = attributes(fusion);
    return made(dnnl_binary_primitive_desc_create(&pd, engine, algorithm, a, b, a, attr), &pd,
                attr);
#else
    dnnl_binary_desc_t description;
    return from_description(dnnl_binary_desc_init(&description, algorithm, a, b, a), &description,
                            engine, fusion);
#endif
}

dnnl_primitive_desc_t hax_dnnl_pd_reorder(dnnl_engine_t engine, hax_const_md from, hax_const_md to)
{
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_attr_t attr = attributes(nothing);
    return made(dnnl_reorder_primitive_desc_create(&pd, from, engine, to, engine, attr), &pd, attr);
}

hax_const_md hax_dnnl_pd_md(const_dnnl_primitive_desc_t pd, dnnl_query_t what)
{
    return dnnl_primitive_desc_query_md(pd, what, 0);
}

hax_const_md hax_dnnl_pd_argument(const_dnnl_primitive_desc_t pd, int arg)
{
    return dnnl_primitive_desc_query_md(pd, dnnl_query_exec_arg_md, arg);
}

const char *hax_dnnl_pd_implementation(const_dnnl_primitive_desc_t pd)
{
    const char *text = "";
    dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, (void *) &text);
    return text;
}

/* ---- instruction sets ------------------------------------------------------------------------ */

static unsigned isa_mask(void)
{
    return (unsigned) dnnl_get_effective_cpu_isa();
}

bool hax_dnnl_isa_cap(const char *name)
{
    unsigned mask;
    return name[0] == '\0' || (hax_isa_find(HAX_ARCHITECTURE_HERE, name, &mask) &&
                               dnnl_set_max_cpu_isa((dnnl_cpu_isa_t) mask) == dnnl_success);
}

const char *hax_dnnl_isa_in_force(void)
{
    return hax_isa_name(HAX_ARCHITECTURE_HERE, isa_mask());
}

int hax_dnnl_isa_block(void)
{
    return hax_isa_block(HAX_ARCHITECTURE_HERE, isa_mask());
}
