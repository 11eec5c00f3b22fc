/* Finds NVIDIA's libraries (dynload.h). */
#define _GNU_SOURCE
#include "dynload.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "library_files.h"

#define TEXT(name) #name
#define TEXT_EXPANDED(name) TEXT(name)

/* The first of these that the dynamic linker finds: LD_LIBRARY_PATH and the system's folders. */
static void *open_first(const char *const *names, int flags)
{
    void *found = NULL;
    for (int n = 0; names[n] && !found; n++)
        found = dlopen(names[n], RTLD_NOW | flags);
    return found;
}

/* Where `python3` would be looked for, its packages are too: on machines that serve networks,
 * cuDNN often is with PyTorch and nowhere else. */
static void *open_library(const char *const *names, int flags)
{
    char file[PATH_MAX];
    void *found = open_first(names, flags);
    for (int n = 0; names[n] && !found; n++)
        if (hax_cuda_library_of_python(getenv("PATH"), names[n], file, sizeof file))
            found = dlopen(file, RTLD_NOW | flags);
    return found;
}

static long version_of_open(void *library)
{
    struct link_map *map = NULL;
    return dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 ? hax_cuda_library_version(map->l_name) : 0;
}

/* Versions differ in their engines by a tenth of a network's time, so the newer one of the system's
 * and Python's is taken, unless LD_LIBRARY_PATH names one. Nothing of the other has been called
 * when it is closed: its parts are loaded by the first call. */
static void *open_newest(const char *const *names, int flags)
{
    char file[PATH_MAX];
    void *found = open_library(names, flags);
    if (!found || hax_cuda_library_is_in(getenv("LD_LIBRARY_PATH"), names[0]) ||
        !hax_cuda_library_of_python(getenv("PATH"), names[0], file, sizeof file) ||
        hax_cuda_library_version(file) <= version_of_open(found))
        return found;
    dlclose(found);
    found = dlopen(file, RTLD_NOW | flags);
    return found ? found : open_library(names, flags);
}

/* ISO C has no cast from object to function pointers. */
static bool find(void *library, const char *name, void *function)
{
    void *found = library ? dlsym(library, name) : NULL;
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

static void say_missing(hax_cuda_api *api, const char *what)
{
    size_t used = strlen(api->missing);
    snprintf(api->missing + used, sizeof api->missing - used, "%s%s", used ? "; " : "", what);
}

#define FIND(name) whole = find(library, TEXT_EXPANDED(name), &api->name) && whole;
#define FIND_LATER(name) find(library, TEXT_EXPANDED(name), &api->name);

static hax_status load_driver(hax_cuda_api *api, hax_error *err)
{
    static const char *const names[] = { "libcuda.so.1", NULL };
    void *library = open_first(names, RTLD_GLOBAL);
    if (!library)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "no NVIDIA driver is here (libcuda.so.1 is not found): install it, or "
                        "leave the GPU out");
    bool whole = true;
    HAX_CUDA_FUNCTIONS(FIND)
    HAX_CUDA_LATER(FIND_LATER)
    if (!find(library, "cuEventElapsedTime", &api->event_elapsed))
        find(library, "cuEventElapsedTime_v2", &api->event_elapsed);
    if (!find(library, "cuGraphAddKernelNode_v2", &api->graph_add_kernel) &&
        !find(library, "cuGraphAddKernelNode", &api->graph_add_kernel))
        whole = false;
    if (!whole)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "the NVIDIA driver is older than CUDA 11.4: install a newer one");
    return HAX_OK;
}

static void load_nvrtc(hax_cuda_api *api)
{
    static const char *const names[] = { "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2",
                                         NULL };
    int (*version)(int *, int *);
    void *library = open_library(names, RTLD_GLOBAL);
    api->nvrtc = find(library, "nvrtcVersion", &version);
    if (api->nvrtc)
        version(&api->nvrtc_version[0], &api->nvrtc_version[1]);
    else
        say_missing(api, "NVRTC (libnvrtc) is not found: cuDNN compiles no kernels of its own, "
                         "which costs up to a quarter of the speed in f16");
}

static void load_cublas(hax_cuda_api *api)
{
    static const char *const names[] = { "libcublasLt.so.13", "libcublasLt.so.12",
                                         "libcublasLt.so.11", NULL };
    void *library = open_library(names, RTLD_GLOBAL);
    bool whole = library != NULL;
    HAX_CUBLASLT_FUNCTIONS(FIND)
    api->cublas = whole;
    if (!whole)
        say_missing(api, "cuBLASLt (libcublasLt) is not found: products run by plain loops, tens "
                         "of times slower");
}

static void load_cudnn(hax_cuda_api *api)
{
    static const char *const names[] = { "libcudnn.so.9", NULL };
    void *library = open_newest(names, RTLD_LOCAL);
    bool whole = library != NULL;
    HAX_CUDNN_FUNCTIONS(FIND)
    api->cudnn = whole;
    if (!whole)
        say_missing(api, "cuDNN 9 (libcudnn.so.9) is not found: convolutions run by plain loops, "
                         "tens of times slower");
}

hax_status hax_cuda_api_load(hax_cuda_api *api, hax_error *err)
{
    memset(api, 0, sizeof *api);
    /* unrelated streams of partitions are not to wait in one hardware queue; read when the driver
     * starts, and only this process sees it */
    setenv("CUDA_DEVICE_MAX_CONNECTIONS", "32", 0);
    HAX_TRY(load_driver(api, err));
    load_nvrtc(api); /* before cuDNN, which looks for it and for cuBLASLt by name */
    load_cublas(api);
    load_cudnn(api);
    return HAX_OK;
}

hax_status hax_cuda_fail(const hax_cuda_api *api, CUresult result, const char *what, hax_error *err)
{
    const char *text = NULL;
    api->cuGetErrorString(result, &text);
    hax_status status = result == CUDA_ERROR_OUT_OF_MEMORY ? HAX_NO_MEMORY : HAX_FAILURE;
    return hax_fail(err, status, "CUDA: %.80s: %s (%d)", what, text ? text : "unknown error",
                    (int) result);
}
