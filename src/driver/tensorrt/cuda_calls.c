#include "cuda_calls.h"

#include <dlfcn.h>
#include <string.h>

/* CUDA_ERROR_OUT_OF_MEMORY */
enum { OUT_OF_MEMORY = 2 };

hax_status hax_trt_cuda_load(hax_trt_cuda *cuda, hax_error *err)
{
    void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL), *found;
    if (!library)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "there is no NVIDIA driver here (libcuda.so.1): on a Jetson it is part of "
                        "the system that JetPack installs");
#define X(name, arguments)                                                                       \
    found = dlsym(library, #name);                                                               \
    if (!found)                                                                                  \
        return hax_fail(err, HAX_UNAVAILABLE,                                                    \
                        "the NVIDIA driver has no " #name ": it is older than CUDA 11, install " \
                        "JetPack 5 or later");                                                   \
    memcpy(&cuda->name, &found, sizeof found);
    HAX_TRT_CUDA_CALLS(X)
#undef X
    return HAX_OK;
}

hax_status hax_trt_cuda_fail(const hax_trt_cuda *cuda, int result, const char *what, hax_error *err)
{
    const char *text = NULL;
    cuda->cuGetErrorString(result, &text);
    return hax_fail(err, result == OUT_OF_MEMORY ? HAX_UNAVAILABLE : HAX_FAILURE,
                    "CUDA: %s: %s (%d)", what, text ? text : "unknown error", result);
}
