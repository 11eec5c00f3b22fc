/* Every kernel as plain loops over dense NCHW tensors. */
#ifndef UNIT_LOOPS_H
#define UNIT_LOOPS_H

#include "kernel.h"

/* Runs one kernel; tensors[t] is the memory of tensor t. */
void loops_run(const hax_model *model, const hax_kernel *kernel, const float *weights,
               const float *bias, float *const *tensors);

/* One element of the result of a kernel whose elements are dear and do not depend on each other. */
bool loops_has_points(const hax_kernel *kernel);
float loops_point(const hax_model *model, const hax_kernel *kernel, const float *weights,
                  const float *bias, float *const *tensors, int64_t at);

/* Its parts: curves.c, moves.c, products.c; loops.c dispatches. */
float curve_at(const hax_activation *with, float x);
void loops_walk(const hax_model *model, const hax_kernel *kernel, float *const *tensors);
void loops_gather(const hax_model *model, const hax_kernel *kernel, float *const *tensors);
void loops_pad(const hax_model *model, const hax_kernel *kernel, float *const *tensors);
void loops_resize(const hax_model *model, const hax_kernel *kernel, float *const *tensors);
void loops_binary(const hax_model *model, const hax_kernel *kernel, float *const *tensors);
void loops_product(const hax_model *model, const hax_kernel *kernel, float *const *tensors);
void loops_reduce(const hax_model *model, const hax_kernel *kernel, float *const *tensors);

int64_t tensor_elements(const hax_model *model, int tensor);

/* Extents before, at and behind an axis. */
void around_axis(const hax_shape *shape, int axis, int64_t *outer, int64_t *extent, int64_t *inner);

/* Steps that read a dense `from` as if it had the shape `to` (numpy's broadcasting). */
hax_walk walk_over(const hax_shape *from, const hax_shape *to);

/* The next element of `out`: its index, and its place where the steps lead. */
void place_next(const hax_shape *out, int64_t *index, const hax_walk *by, int64_t *place);

#endif
