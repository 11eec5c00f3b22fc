/*
 * Plans of convolutions that were chosen, by their keys: in memory for a device's life, in files
 * for longer (plan_store.h).
 */
#ifndef HAX_DRIVER_CUDA_CHOICES_H
#define HAX_DRIVER_CUDA_CHOICES_H

#include "convolution.h"
#include "program.h"

struct hax_cuda_choice {
    char key[HAX_CUDA_KEY_BYTES];
    cudnnBackendDescriptor_t plan; /* NULL: cuDNN has none */
    bool owned;                    /* it is no candidate's */
    bool unchecked;                /* loaded, and not held against the own kernel yet */
    int engine;
    bool compiled;
    int wrong; /* faster ones that computed other numbers */
    double us;
    hax_cuda_choice *next;
};

hax_status hax_cuda_choice_add(hax_device *device, const char *key, hax_cuda_choice **choice,
                               hax_error *err);
void hax_cuda_choice_keep(const hax_device *device, const hax_cuda_choice *choice);

/* Made before, or loaded; *choice NULL: it must be chosen. */
hax_status hax_cuda_choice_recall(const hax_program *program,
                                  const hax_cuda_convolution *convolution, hax_cuda_choice **choice,
                                  hax_error *err);

/* A plan as a text (free with free), and from one; NULL: that cannot be. */
char *hax_cuda_plan_text(const hax_cuda_api *api, cudnnBackendDescriptor_t plan);
cudnnBackendDescriptor_t hax_cuda_plan_read(const hax_cuda_api *api, cudnnHandle_t handle,
                                            const char *text);

#endif
