/* Every kernel as plain loops over dense NCHW tensors. */
#ifndef UNIT_LOOPS_H
#define UNIT_LOOPS_H

#include "kernel.h"

/* Runs one kernel; tensors[t] is the memory of tensor t. */
void loops_run(const hax_model *model, const hax_kernel *kernel, const float *weights,
               const float *bias, float *const *tensors);

#endif
