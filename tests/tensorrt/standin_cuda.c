/*
 * A stand-in of NVIDIA's driver (libcuda.so.1): the calls of cuda_calls.h over the host's memory. A
 * stream has done its work when the call returns. One GPU of an Orin, which shares the processor's
 * memory. What is freed twice, or never was given, ends the process.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cuda_calls.h"

#define CALL __attribute__((visibility("default")))

#define X(name, arguments) CALL int name arguments; /* as the driver calls them */
HAX_TRT_CUDA_CALLS(X)
#undef X

enum { OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, SMS = 16, ALLOCATIONS = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *allocations[ALLOCATIONS];

static int take(void **memory, size_t bytes)
{
    int place = 0;
    pthread_mutex_lock(&lock);
    while (place < ALLOCATIONS && allocations[place])
        place++;
    *memory = place < ALLOCATIONS ? aligned_alloc(256, (bytes + 511) / 256 * 256) : NULL;
    if (*memory)
        allocations[place] = *memory;
    pthread_mutex_unlock(&lock);
    return *memory ? OK : OUT_OF_MEMORY;
}

static int give(void *memory)
{
    int place = 0;
    pthread_mutex_lock(&lock);
    while (place < ALLOCATIONS && allocations[place] != memory)
        place++;
    if (place == ALLOCATIONS || !memory) {
        fprintf(stderr, "stand-in of CUDA: what is freed was not given\n");
        abort();
    }
    allocations[place] = NULL;
    pthread_mutex_unlock(&lock);
    free(memory);
    return OK;
}

CALL int cuInit(unsigned flags)
{
    return flags == 0 ? OK : INVALID_VALUE;
}

CALL int cuDriverGetVersion(int *version)
{
    *version = 12060;
    return OK;
}

CALL int cuDeviceGetCount(int *count)
{
    *count = 1;
    return OK;
}

CALL int cuDeviceGet(int *device, int number)
{
    *device = number;
    return number == 0 ? OK : INVALID_VALUE;
}

CALL int cuDeviceGetName(char *name, int size, int device)
{
    snprintf(name, (size_t) size, "Orin");
    return device == 0 ? OK : INVALID_VALUE;
}

CALL int cuDeviceTotalMem_v2(size_t *bytes, int device)
{
    *bytes = (size_t) 30 << 30;
    return device == 0 ? OK : INVALID_VALUE;
}

CALL int cuDeviceGetAttribute(int *value, int attribute, int device)
{
    *value = attribute == 16 ? SMS : attribute == 18 ? 1 : attribute == 75 ? 8 : 7;
    return device == 0 ? OK : INVALID_VALUE;
}

CALL int cuDevicePrimaryCtxSetFlags_v2(int device, unsigned flags)
{
    (void) flags;
    return device == 0 ? OK : INVALID_VALUE;
}

CALL int cuDevicePrimaryCtxRetain(void **context, int device)
{
    static int primary;
    *context = &primary;
    return device == 0 ? OK : INVALID_VALUE;
}

CALL int cuDevicePrimaryCtxRelease_v2(int device)
{
    return device == 0 ? OK : INVALID_VALUE;
}

CALL int cuCtxSetCurrent(void *context)
{
    (void) context;
    return OK;
}

CALL int cuStreamCreate(void **stream, unsigned flags)
{
    (void) flags;
    return take(stream, 1);
}

CALL int cuStreamDestroy_v2(void *stream)
{
    return give(stream);
}

CALL int cuStreamSynchronize(void *stream)
{
    (void) stream;
    return OK;
}

CALL int cuMemAlloc_v2(uint64_t *memory, size_t bytes)
{
    void *taken;
    int result = bytes > 0 ? take(&taken, bytes) : INVALID_VALUE;
    if (result == OK)
        *memory = (uintptr_t) taken;
    return result;
}

CALL int cuMemFree_v2(uint64_t memory)
{
    return give((void *) (uintptr_t) memory);
}

CALL int cuMemsetD8_v2(uint64_t memory, unsigned char value, size_t bytes)
{
    memset((void *) (uintptr_t) memory, value, bytes);
    return OK;
}

CALL int cuMemHostAlloc(void **memory, size_t bytes, unsigned flags)
{
    (void) flags;
    return take(memory, bytes);
}

CALL int cuMemFreeHost(void *memory)
{
    return give(memory);
}

CALL int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, void *stream)
{
    (void) stream;
    memcpy((void *) (uintptr_t) to, from, bytes);
    return OK;
}

CALL int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, void *stream)
{
    (void) stream;
    memcpy(to, (const void *) (uintptr_t) from, bytes);
    return OK;
}

CALL int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, void *stream)
{
    (void) stream;
    memcpy((void *) (uintptr_t) to, (const void *) (uintptr_t) from, bytes);
    return OK;
}

CALL int cuEventCreate(void **event, unsigned flags)
{
    (void) flags;
    return take(event, 1);
}

CALL int cuEventDestroy_v2(void *event)
{
    return give(event);
}

CALL int cuEventRecord(void *event, void *stream)
{
    (void) stream;
    return event ? OK : INVALID_VALUE;
}

CALL int cuEventQuery(void *event)
{
    return event ? OK : INVALID_VALUE;
}

CALL int cuGetErrorString(int result, const char **text)
{
    *text = result == OUT_OF_MEMORY ? "out of memory" : "the stand-in refuses it";
    return OK;
}
