/* Every kernel as plain loops over dense NCHW tensors. */
#ifndef HAX_DRIVER_PORTABLE_LOOPS_H
#define HAX_DRIVER_PORTABLE_LOOPS_H

#include "model.h"

/* Runs one kernel; tensors[t] is the memory of tensor t. */
void hax_loops_run(const hax_model *model, const hax_kernel *kernel, const float *weights,
                   const float *bias, float *const *tensors);

/* One element of the result of a kernel whose elements are dear and do not depend on each other. */
bool hax_loops_has_points(const hax_kernel *kernel);
float hax_loops_point(const hax_model *model, const hax_kernel *kernel, const float *weights,
                      const float *bias, float *const *tensors, int64_t index);

/* Its parts: curves.c, moves.c, products.c; loops.c dispatches. */
float hax_curve_at(const hax_activation *activation, float x);
void hax_loops_walk(const hax_model *model, const hax_kernel *kernel, float *const *tensors);
void hax_loops_gather(const hax_model *model, const hax_kernel *kernel, float *const *tensors);
void hax_loops_pad(const hax_model *model, const hax_kernel *kernel, float *const *tensors);
void hax_loops_resize(const hax_model *model, const hax_kernel *kernel, float *const *tensors);
void hax_loops_binary(const hax_model *model, const hax_kernel *kernel, float *const *tensors);
void hax_loops_product(const hax_model *model, const hax_kernel *kernel, float *const *tensors);
void hax_loops_reduce(const hax_model *model, const hax_kernel *kernel, float *const *tensors);

int64_t hax_tensor_elements(const hax_model *model, int tensor);

/* Extents before, at and behind an axis. */
void hax_around_axis(const hax_shape *shape, int axis, int64_t *outer, int64_t *extent,
                     int64_t *inner);

/* Steps that read a dense `from` as if it had the shape `to` (numpy's broadcasting). */
hax_strided_view hax_strided_view_over(const hax_shape *from, const hax_shape *to);

/* The next element of `out`: its index, and its place where the steps lead. */
void hax_strided_place_next(const hax_shape *out, int64_t *index, const hax_strided_view *view,
                            int64_t *place);

#endif
