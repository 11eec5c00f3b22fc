/* Plans of convolutions to choose among: made once a device, timed by each unit. */
#ifndef HAX_DRIVER_CUDA_CANDIDATES_H
#define HAX_DRIVER_CUDA_CANDIDATES_H

#include "convolution_graph.h"

typedef struct hax_cuda_candidate {
    cudnnBackendDescriptor_t plan; /* NULL: the engine does not take it after all */
    int engine;
    hax_cuda_graph_form form;
    bool compiled; /* at run time */
    bool kept;     /* its text is in a file, perhaps it was read from there */
} hax_cuda_candidate;

typedef struct hax_cuda_candidates {
    char key[HAX_CUDA_KEY_BYTES];
    int count, capacity;
    hax_cuda_candidate *list;
    bool complete;     /* all that cuDNN proposes; else those that earlier processes kept */
    int kept[2];       /* how many are in files, precompiled and compiled */
    char kept_for[80]; /* the numbers of SMs that all were timed on, with spaces between */
    struct hax_cuda_candidates *next;
} hax_cuda_candidates;

/*
 * Makes the candidates of convolutions, each listed once, that the device has none of yet for the
 * unit: those that are compiled at run time (half a second each) by many threads at once. Between
 * numbers of SMs that all have been timed on, the fastest there are enough, which earlier processes
 * kept: reading them takes milliseconds. `beat` (may be NULL) is called meanwhile, on this thread,
 * which is the unit's. `bare`: the convolutions alone.
 */
hax_status hax_cuda_candidates_make(hax_device *device, const hax_cuda_unit *unit,
                                    const hax_cuda_convolution *convolution, int count, bool bare,
                                    void (*beat)(void *), void *beat_context, hax_error *err);

/* Those of a convolution; NULL: they were never made. */
hax_cuda_candidates *hax_cuda_candidates_find(const hax_device *device,
                                              const hax_cuda_convolution *convolution);

/* Keeps the fastest on a unit for processes that choose for other numbers of SMs; `us`: the times
 * of all, negative for what does not run. */
void hax_cuda_candidates_keep(const hax_device *device, const hax_cuda_unit *unit,
                              hax_cuda_candidates *candidates, const double *us);

/* Has one passed over by all later processes. */
void hax_cuda_candidates_ban(const hax_device *device, const hax_cuda_candidates *candidates,
                             int number);

/* What was kept does not run on the unit: true if others are still to be made. */
bool hax_cuda_candidates_doubt(hax_cuda_candidates *candidates);

void hax_cuda_candidates_free(hax_device *device);

/* A plan from an engine's settings, NULL: it cannot be made. */
cudnnBackendDescriptor_t hax_cuda_plan_make(const hax_cuda_api *api, cudnnHandle_t handle,
                                            cudnnBackendDescriptor_t config);

#endif
