/* What the parts of emitting share. */
#ifndef HAX_DRIVER_ONEDNN_EMIT_H
#define HAX_DRIVER_ONEDNN_EMIT_H

#include "program.h"

/* Layouts worth trying for images, and their blocks of channels. */
enum { IMAGE_TAG_COUNT = 4 };
extern const dnnl_format_tag_t hax_image_tags[IMAGE_TAG_COUNT];
extern const int hax_image_blocks[IMAGE_TAG_COUNT];

const hax_shape *hax_dnnl_shape_of(const hax_program *program, int tensor);
hax_const_md hax_dnnl_layout_of(const hax_program *program, int tensor);
void hax_take_note(hax_program *program, int kernel, const char *implementation);
hax_status hax_dnnl_refused(const hax_program *program, int kernel, hax_error *err);

/* The descriptor of a primitive that reads its (first) input in a layout. */
typedef dnnl_primitive_desc_t hax_layout_maker(const hax_program *program, const hax_kernel *kernel,
                                               hax_const_md src);

/* The first layout for which the library has more than a reference implementation, the present one
 * first. */
dnnl_primitive_desc_t hax_best_layout(const hax_program *program, const hax_kernel *kernel,
                                      hax_layout_maker *make);

/* Where a kernel's only input is read and its output written, as pd wants them. Destroys pd when
 * that fails. */
hax_status hax_place_ends(hax_program *program, const hax_kernel *kernel, dnnl_primitive_desc_t pd,
                          int *in, int *out, int *after, hax_error *err);

/* One input, one output, as pd says. Takes over pd, NULL is refused. */
hax_status hax_emit_simple(hax_program *program, int kernel, dnnl_primitive_desc_t pd,
                           hax_error *err);

/* Plain loops over plain tensors, for what the library cannot do. */
hax_status hax_emit_loops(hax_program *program, int kernel, hax_error *err);

/* A tensor in plain layout, seen as another shape of as many elements. */
hax_status hax_operand_plain(hax_program *program, int tensor, const hax_shape *seen_as,
                             int *operand, hax_error *err);

/* The activation over an operand in place, where no primitive could take it in. */
hax_status hax_emit_activation_behind(hax_program *program, int kernel, int operand,
                                      hax_error *err);
/* A factor, likewise. */
hax_status hax_emit_linear_behind(hax_program *program, int kernel, int operand, float factor,
                                  hax_error *err);

/* emit_weighted.c: kernels with weights. */
/* A convolution done some way, for choose.c; *pd NULL: the library does not offer that. */
hax_status hax_conv_algorithm_describe(const hax_program *program, const hax_kernel *kernel,
                                       hax_conv_algorithm algorithm, dnnl_primitive_desc_t *pd,
                                       hax_error *err);
/* Is the activation a step of its own then? */
bool hax_activates_behind(const hax_kernel *kernel, hax_conv_algorithm algorithm);
bool hax_suits_winograd(const hax_program *program, const hax_kernel *kernel);
hax_status hax_emit_convolution(hax_program *program, int kernel, hax_error *err);
hax_status hax_emit_inner_product(hax_program *program, int kernel, hax_error *err);
hax_status hax_emit_scale(hax_program *program, int kernel, hax_error *err);
hax_status hax_emit_prelu(hax_program *program, int kernel, hax_error *err);

/* join.c: tensors seen where they lie; *done false where that cannot be. `tag` is the layout to
 * join in where none of the inputs has come to lie in the whole. */
hax_status hax_emit_join(hax_program *program, int kernel, dnnl_format_tag_t tag, bool *done,
                         hax_error *err);
hax_status hax_emit_part_in_place(hax_program *program, int kernel, bool *done, hax_error *err);

/* emit_moved.c: kernels whose form is not their own. */
hax_status hax_emit_form(hax_program *program, int kernel, hax_error *err);
/* Is this the part of a tensor from `begin` on along an axis before which all dimensions are 1? */
bool hax_dnnl_is_part(const hax_program *program, const hax_kernel *kernel, int *axis,
                      int64_t *begin);
hax_status hax_emit_resize(hax_program *program, int kernel, hax_error *err);

#endif
