/* What tests on a GPU share: whether one is here, and opening it in a precision. */
#ifndef TESTS_CUDA_ON_GPU_H
#define TESTS_CUDA_ON_GPU_H

#include "fixture.h"

/* Why nothing can run on a GPU here; NULL: something can. */
static inline const char *why_no_gpu(void)
{
    static hax_driver_probe probe;
    if (hax_driver_ask("cuda", &probe, NULL) == HAX_OK && probe.available)
        return NULL;
    return probe.reason;
}

static inline hax_device *open_gpu(const char *precision)
{
    hax_device *device = NULL;
    hax_kind kind = { .name = "gpu", .driver = "cuda", .isa = "", .precision = precision };
    MUST(hax_driver_find("cuda")->open(&kind, &device, err));
    return device;
}

#endif
