/*
 * Plans that were chosen, kept in files: choosing takes a minute for a network, loading one a few
 * milliseconds. They lie in the folder "cuda-plans" beside the profile store's usual place
 * ($XDG_CACHE_HOME/haxconn, ~/.cache/haxconn), as CUDA's own compiled kernels lie in a folder of
 * theirs, one file a key: whatever the key does not tell cannot matter. Nothing here needs a GPU.
 */
#ifndef HAX_DRIVER_CUDA_PLAN_STORE_H
#define HAX_DRIVER_CUDA_PLAN_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

typedef struct hax_cuda_stored {
    int engine; /* -1: cuDNN has no plan */
    double us;
    char *json; /* the plan, in cuDNN's words; free with free */
} hax_cuda_stored;

/* The folder, from two variables of the environment (NULL: not set). False: there is none. */
bool hax_cuda_plan_folder(const char *cache, const char *home, char *folder, size_t size);

/* False: there is no such plan, or its file is not whole. */
bool hax_cuda_plan_load(const char *folder, const char *key, hax_cuda_stored *stored);

/* That it cannot be written costs time only: nobody is told. */
void hax_cuda_plan_keep(const char *folder, const char *key, const hax_cuda_stored *stored);

/* Likewise. */
void hax_cuda_plan_forget(const char *folder, const char *key);

#endif
