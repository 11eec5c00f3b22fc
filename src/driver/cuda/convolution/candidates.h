/*
 * Plans of convolutions to choose among: made once a device, timed by each unit.
 *
 * Those that are compiled at run time take half a second each, so which of them came out fastest is
 * kept (plan_store.h) with the numbers of SMs that all were timed on: between those numbers only
 * they are compiled by later processes. They are kept by their places in the list that cuDNN's
 * heuristics give and compiled anew, not as texts: plans that were read from texts and run on a
 * part of another size than they were chosen on hung in 8 of 12 runs (an H200, cuDNN 9.19).
 */
#ifndef HAX_DRIVER_CUDA_CANDIDATES_H
#define HAX_DRIVER_CUDA_CANDIDATES_H

#include "convolution_graph.h"

typedef struct hax_cuda_candidate {
    cudnnBackendDescriptor_t plan; /* NULL: the engine does not take it after all */
    int engine;
    hax_cuda_graph_form form;
    bool compiled; /* at run time */
} hax_cuda_candidate;

enum { HAX_CUDA_SIZES = 12, HAX_CUDA_KEPT = 24 };

/* What earlier processes found, and this one. */
typedef struct hax_cuda_kept {
    int size_count, sizes[HAX_CUDA_SIZES]; /* numbers of SMs that all were timed on */
    int count;
    struct {
        int number, engine; /* in the list; another engine there: it is another list */
    } list[HAX_CUDA_KEPT];
} hax_cuda_kept;

typedef struct hax_cuda_candidates {
    char key[HAX_CUDA_KEY_BYTES];
    int count, capacity;
    hax_cuda_candidate *list;
    bool complete; /* all were made, or cannot be; else those that were kept */
    hax_cuda_kept kept;
    struct hax_cuda_candidates *next;
} hax_cuda_candidates;

/*
 * Makes the candidates of convolutions, each listed once, that the device has none of yet for this
 * number of SMs, those that are compiled at run time by many threads at once; `beat` (may be NULL)
 * is called meanwhile, on this thread, which is the unit's. `bare`: the convolutions alone.
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

void hax_cuda_candidates_free(hax_device *device);

/* A plan from an engine's settings, NULL: it cannot be made. */
cudnnBackendDescriptor_t hax_cuda_plan_make(const hax_cuda_api *api, cudnnHandle_t handle,
                                            cudnnBackendDescriptor_t config);

#endif
