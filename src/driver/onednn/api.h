/*
 * The part of oneDNN's C API that is used here, in one shape for its versions 2 and 3,
 * which differ in memory descriptors (a struct; a handle) and in how primitives are
 * described. Only api.c knows which one is there.
 *
 * A `md` is owned by whoever made it (hax_dnnl_md_free); a hax_const_md belongs to somebody else.
 */
#ifndef HAX_DRIVER_ONEDNN_API_H
#define HAX_DRIVER_ONEDNN_API_H

#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>
#include <stddef.h>

#include "model.h"

#if DNNL_VERSION_MAJOR == 3 && DNNL_VERSION_MINOR < 4
#error "oneDNN before 3.4 cannot hand a layout to another process: use 2.6, or 3.4 and later"
#endif

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t md;
typedef const_dnnl_memory_desc_t const_md;
#else
typedef dnnl_memory_desc_t *hax_md;
typedef const dnnl_memory_desc_t *hax_const_md;
#endif

/* Descriptors of 32-bit floats; NULL when memory is out or the library refuses. */
hax_md hax_dnnl_md_tag(const hax_shape *shape, dnnl_format_tag_t tag);
hax_md hax_dnnl_md_any(const hax_shape *shape);
hax_md hax_dnnl_md_copy(hax_const_md from);
/* The same memory seen with another shape of as many elements; NULL where that is not possible. */
hax_md hax_dnnl_md_reshape(hax_const_md from, const hax_shape *shape);
/* A part of it, where blocks do not stand in the way. */
hax_md hax_dnnl_md_part(hax_const_md from, const hax_shape *shape, const int64_t *offsets);
/* By steps of elements, one for each dimension. */
hax_md hax_dnnl_md_strided(const hax_shape *shape, const int64_t *steps);
void hax_dnnl_md_free(hax_md desc);
bool hax_dnnl_md_equal(hax_const_md a, hax_const_md b);
size_t hax_dnnl_md_bytes(hax_const_md desc);
/* As plain bytes, for another process with the same library. */
bool hax_dnnl_md_save(hax_const_md desc, unsigned char *data, size_t capacity, size_t *used);
hax_md hax_dnnl_md_load(const unsigned char *data, size_t size);

dnnl_format_tag_t hax_plain_tag(int rank);

/* What a primitive is to take in besides its own work. */
typedef struct hax_fusion {
    float sum_scale;    /* 0: no sum; else dst = result + sum_scale * old dst */
    hax_const_md added; /* NULL, or a tensor of dst's shape that is added: argument
                       DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1 */
    hax_activation activation;
} hax_fusion;

/* Can the library compute this function? */
bool hax_activation_is_offered(const hax_activation *activation);

/* Primitive descriptors for inference; scratchpads are the caller's. NULL when the library has
 * none. `kernel` gives the parameters; src, weights and dst may be "any". */
dnnl_primitive_desc_t hax_dnnl_pd_convolution(dnnl_engine_t engine, const hax_kernel *kernel,
                                              bool winograd, hax_const_md src, hax_const_md weights,
                                              hax_const_md bias, hax_const_md dst,
                                              hax_fusion fusion);
dnnl_primitive_desc_t hax_dnnl_pd_deconvolution(dnnl_engine_t engine, const hax_kernel *kernel,
                                                hax_const_md src, hax_const_md weights,
                                                hax_const_md bias, hax_const_md dst,
                                                hax_fusion fusion);
dnnl_primitive_desc_t hax_dnnl_pd_inner_product(dnnl_engine_t engine, hax_const_md src,
                                                hax_const_md weights, hax_const_md bias,
                                                hax_const_md dst, hax_fusion fusion);
dnnl_primitive_desc_t hax_dnnl_pd_pooling(dnnl_engine_t engine, const hax_kernel *kernel,
                                          hax_const_md src, hax_const_md dst);
dnnl_primitive_desc_t hax_dnnl_pd_lrn(dnnl_engine_t engine, const hax_kernel *kernel,
                                      hax_const_md src, hax_const_md dst);
dnnl_primitive_desc_t hax_dnnl_pd_activation(dnnl_engine_t engine, const hax_activation *activation,
                                             hax_const_md src);
dnnl_primitive_desc_t hax_dnnl_pd_prelu(dnnl_engine_t engine, hax_const_md src,
                                        hax_const_md weights);
dnnl_primitive_desc_t hax_dnnl_pd_matmul(dnnl_engine_t engine, hax_const_md a, hax_const_md b,
                                         hax_const_md dst, hax_fusion fusion);
dnnl_primitive_desc_t hax_dnnl_pd_reduction(dnnl_engine_t engine, hax_op op, hax_const_md src,
                                            hax_const_md dst);
dnnl_primitive_desc_t hax_dnnl_pd_resampling(dnnl_engine_t engine, bool linear, hax_const_md src,
                                             hax_const_md dst);
dnnl_primitive_desc_t hax_dnnl_pd_softmax(dnnl_engine_t engine, int axis, hax_const_md src);
/* y = scale * x + shift per channel, by a batch normalisation with mean 0 and variance 1. */
dnnl_primitive_desc_t hax_dnnl_pd_scale(dnnl_engine_t engine, hax_const_md src, bool relu);
/* These two say why there is none; *pd is NULL then. */
dnnl_status_t hax_dnnl_pd_concat(dnnl_engine_t engine, int axis, int count, const hax_const_md *src,
                                 dnnl_primitive_desc_t *pd);
dnnl_status_t hax_dnnl_pd_sum(dnnl_engine_t engine, int count, const float *scales,
                              const hax_const_md *src, dnnl_primitive_desc_t *pd);
/* ADD, SUB, MUL, DIV, MIN, MAX; b broadcasts; the result lies as a does. */
dnnl_primitive_desc_t hax_dnnl_pd_binary(dnnl_engine_t engine, hax_op op, hax_const_md a,
                                         hax_const_md b, hax_fusion fusion);
dnnl_primitive_desc_t hax_dnnl_pd_reorder(dnnl_engine_t engine, hax_const_md from, hax_const_md to);

/* Descriptor of an argument (query dnnl_query_src_md, ...); owned by pd. */
hax_const_md hax_dnnl_pd_md(const_dnnl_primitive_desc_t pd, dnnl_query_t what);
/* The same by DNNL_ARG_*; NULL or empty where it has none. */
hax_const_md hax_dnnl_pd_argument(const_dnnl_primitive_desc_t pd, int arg);
const char *hax_dnnl_pd_implementation(const_dnnl_primitive_desc_t pd);

/* Restricts the instruction set of this process ("sse41", "avx2", "avx512_core", "" for none);
 * before any other call. */
bool hax_dnnl_isa_cap(const char *name);
const char *hax_dnnl_isa_in_force(void);
/* Channels in a block of an image, as its vectors are long. */
int hax_dnnl_isa_block(void);

#endif
