/* Plans of convolutions to choose among: made once a device, timed by each unit. */
#ifndef HAX_DRIVER_CUDA_CANDIDATES_H
#define HAX_DRIVER_CUDA_CANDIDATES_H

#include "convolution_graph.h"

typedef struct hax_cuda_candidate {
    cudnnBackendDescriptor_t plan; /* NULL: the engine does not take it after all */
    int engine;
    hax_cuda_graph_form form;
    bool compiled; /* at run time */
} hax_cuda_candidate;

typedef struct hax_cuda_candidates {
    char key[HAX_CUDA_KEY_BYTES];
    int count, capacity;
    hax_cuda_candidate *list;
    struct hax_cuda_candidates *next;
} hax_cuda_candidates;

/*
 * Makes the candidates of convolutions, each listed once, that the device has none of yet, those
 * that are compiled at run time (half a second each) by many threads at once; `beat` (may be NULL)
 * is called meanwhile, on this thread, which is the unit's. `bare`: the convolutions alone.
 *
 * Compiled ones cannot be kept for other numbers of SMs, though that would save most of the time:
 * on an H200, with cuDNN 9.19, plans that were read from texts and run on a part of another size
 * hung in 8 of 12 runs.
 */
hax_status hax_cuda_candidates_make(hax_device *device, const hax_cuda_unit *unit,
                                    const hax_cuda_convolution *convolution, int count, bool bare,
                                    void (*beat)(void *), void *beat_context, hax_error *err);

/* Those of a convolution; NULL: they were never made. */
hax_cuda_candidates *hax_cuda_candidates_find(const hax_device *device,
                                              const hax_cuda_convolution *convolution);

/* Has one passed over by all later processes. */
void hax_cuda_candidates_ban(const hax_device *device, const hax_cuda_candidates *candidates,
                             int number);

void hax_cuda_candidates_free(hax_device *device);

/* A plan from an engine's settings, NULL: it cannot be made. */
cudnnBackendDescriptor_t hax_cuda_plan_make(const hax_cuda_api *api, cudnnHandle_t handle,
                                            cudnnBackendDescriptor_t config);

#endif
