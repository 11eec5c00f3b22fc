/*
 * The part of oneDNN's C API that is used here, in one shape for its versions 2 and 3,
 * which differ in memory descriptors (a struct; a handle) and in how primitives are
 * described. Only api.c knows which one is there.
 *
 * A `md` is owned by whoever made it (md_free); a const_md belongs to somebody else.
 */
#ifndef UNIT_ONEDNN_API_H
#define UNIT_ONEDNN_API_H

#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>
#include <stddef.h>

#include "kernel.h"

#if DNNL_VERSION_MAJOR == 3 && DNNL_VERSION_MINOR < 4
#error "oneDNN before 3.4 cannot hand a layout to another process: use 2.6, or 3.4 and later"
#endif

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t md;
typedef const_dnnl_memory_desc_t const_md;
#else
typedef dnnl_memory_desc_t *md;
typedef const dnnl_memory_desc_t *const_md;
#endif

/* Descriptors of 32-bit floats; NULL when memory is out or the library refuses. */
md md_tag(const hax_shape *shape, dnnl_format_tag_t tag);
md md_any(const hax_shape *shape);
md md_copy(const_md from);
/* The same memory seen with another shape of as many elements; NULL where that is not possible. */
md md_reshape(const_md from, const hax_shape *shape);
/* A part of it, where blocks do not stand in the way. */
md md_part(const_md from, const hax_shape *shape, const int64_t *offsets);
/* By steps of elements, one for each dimension. */
md md_strided(const hax_shape *shape, const int64_t *steps);
void md_free(md desc);
bool md_equal(const_md a, const_md b);
size_t md_bytes(const_md desc);
/* As plain bytes, for another process with the same library. */
bool md_save(const_md desc, unsigned char *data, size_t room, size_t *used);
md md_load(const unsigned char *data, size_t size);

dnnl_format_tag_t plain_tag(int rank);

/* What a primitive is to take in besides its own work. */
typedef struct fusion {
    float sum_scale; /* 0: no sum; else dst = result + sum_scale * old dst */
    const_md added;  /* NULL, or a tensor of dst's shape that is added: argument
                        DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1 */
    hax_activation activation;
} fusion;

/* Can the library compute this function? */
bool activation_is_offered(hax_curve curve);

/* Primitive descriptors for inference; scratchpads are the caller's. NULL when the library has
 * none. `kernel` gives the parameters; src, weights and dst may be "any". */
dnnl_primitive_desc_t pd_convolution(dnnl_engine_t engine, const hax_kernel *kernel, bool winograd,
                                     const_md src, const_md weights, const_md bias, const_md dst,
                                     fusion with);
dnnl_primitive_desc_t pd_deconvolution(dnnl_engine_t engine, const hax_kernel *kernel, const_md src,
                                       const_md weights, const_md bias, const_md dst, fusion with);
dnnl_primitive_desc_t pd_inner_product(dnnl_engine_t engine, const_md src, const_md weights,
                                       const_md bias, const_md dst, fusion with);
dnnl_primitive_desc_t pd_pooling(dnnl_engine_t engine, const hax_kernel *kernel, const_md src,
                                 const_md dst);
dnnl_primitive_desc_t pd_lrn(dnnl_engine_t engine, const hax_kernel *kernel, const_md src,
                             const_md dst);
dnnl_primitive_desc_t pd_activation(dnnl_engine_t engine, const hax_activation *activation,
                                    const_md src);
dnnl_primitive_desc_t pd_prelu(dnnl_engine_t engine, const_md src, const_md weights);
dnnl_primitive_desc_t pd_matmul(dnnl_engine_t engine, const_md a, const_md b, const_md dst,
                                fusion with);
dnnl_primitive_desc_t pd_reduction(dnnl_engine_t engine, hax_op what, const_md src, const_md dst);
dnnl_primitive_desc_t pd_resampling(dnnl_engine_t engine, bool linear, const_md src, const_md dst);
dnnl_primitive_desc_t pd_softmax(dnnl_engine_t engine, int axis, const_md src);
/* y = scale * x + shift per channel, by a batch normalisation with mean 0 and variance 1. */
dnnl_primitive_desc_t pd_scale(dnnl_engine_t engine, const_md src, bool relu);
dnnl_primitive_desc_t pd_concat(dnnl_engine_t engine, int axis, int count, const const_md *src);
dnnl_primitive_desc_t pd_sum(dnnl_engine_t engine, int count, const float *scales,
                             const const_md *src);
/* ADD, SUB, MUL, DIV, MIN, MAX; b broadcasts; the result lies as a does. */
dnnl_primitive_desc_t pd_binary(dnnl_engine_t engine, hax_op what, const_md a, const_md b,
                                fusion with);
dnnl_primitive_desc_t pd_reorder(dnnl_engine_t engine, const_md from, const_md to);

/* Descriptor of an argument (query dnnl_query_src_md, ...); owned by pd. */
const_md pd_md(const_dnnl_primitive_desc_t pd, dnnl_query_t what);
/* The same by DNNL_ARG_*; NULL or empty where it has none. */
const_md pd_argument(const_dnnl_primitive_desc_t pd, int arg);
const char *pd_implementation(const_dnnl_primitive_desc_t pd);

/* Restricts the instruction set of this process ("sse41", "avx2", "avx512_core", "" for none);
 * before any other call. */
bool isa_cap(const char *name);
const char *isa_in_force(void);
/* Channels in a block of an image, as its vectors are long. */
int isa_block(void);

#endif
