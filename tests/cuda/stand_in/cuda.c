/* A stand-in of libcuda.so.1 (stand_in.h): a GPU of 36 SMs in four groups of 8 and a rest. */
#define _GNU_SOURCE
#include <cuda.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "stand_in.h"

#define CALL STAND_IN_API CUresult CUDAAPI
#define MAY_REFUSE                                         \
    do {                                                   \
        if (stand_in_refuses(__builtin_return_address(0))) \
            return CUDA_ERROR_UNKNOWN;                     \
    } while (0)

enum { SMS = 36, GROUP_SMS = 8, ARGUMENTS = 3 };

static unsigned long long now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long long) now.tv_sec * 1000000000u + (unsigned long long) now.tv_nsec;
}

/* ---- things ---------------------------------------------------------------------------------- */

struct CUkern_st {
    const char *name;
    int arguments;
};

static struct CUkern_st kernels[] = { { "hax_cuda_stamp", 1 },  { "hax_cuda_gate", 2 },
                                      { "hax_cuda_wait", 2 },   { "hax_cuda_busy", 1 },
                                      { "hax_cuda_answer", 3 }, { "another", 0 } };
enum { STAMP, GATE, WAIT, BUSY, ANSWER, ANOTHER };

struct CUctx_st {
    int sms;
};

struct CUgraph_st {
    int users;
    struct CUgraphNode_st *first, *last;
};

struct CUgraphNode_st {
    int kernel;
    unsigned long long arguments[ARGUMENTS];
    CUgraph child; /* NULL: a kernel */
    struct CUgraphNode_st *next;
};

struct CUgraphExec_st {
    CUgraph graph;
};

struct CUstream_st {
    CUgraph capture; /* NULL: it is none */
    struct CUstream_st *next;
};

struct CUevent_st {
    CUgraph capture; /* when it was recorded */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct CUctx_st primary = { SMS };
static CUstream streams;
static _Thread_local CUcontext current;

static void *make(const char *kind, size_t bytes)
{
    void *made = calloc(1, bytes);
    if (made)
        stand_in_count(kind, 1);
    return made;
}

static void drop(const char *kind, void *made)
{
    stand_in_count(kind, -1);
    free(made);
}

/* ---- the device ------------------------------------------------------------------------------ */

CALL cuInit(unsigned flags)
{
    MAY_REFUSE;
    return flags == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CALL cuDriverGetVersion(int *version)
{
    MAY_REFUSE;
    *version = 13000;
    return CUDA_SUCCESS;
}

CALL cuGetErrorString(CUresult error, const char **text)
{
    *text = error == CUDA_SUCCESS ? "no error" : "the stand-in refuses";
    return CUDA_SUCCESS;
}

CALL cuDeviceGetCount(int *count)
{
    MAY_REFUSE;
    *count = 1;
    return CUDA_SUCCESS;
}

CALL cuDeviceGet(CUdevice *device, int number)
{
    MAY_REFUSE;
    *device = number;
    return CUDA_SUCCESS;
}

CALL cuDeviceGetName(char *name, int size, CUdevice device)
{
    MAY_REFUSE;
    snprintf(name, (size_t) size, "stand-in %d", device);
    return CUDA_SUCCESS;
}

CALL cuDeviceTotalMem(size_t *bytes, CUdevice device)
{
    MAY_REFUSE;
    (void) device;
    *bytes = (size_t) 1 << 30;
    return CUDA_SUCCESS;
}

CALL cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice device)
{
    MAY_REFUSE;
    (void) device;
    switch (attribute) {
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: *value = SMS; break;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: *value = 9; break;
    case CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE: *value = 1 << 20; break;
    default: *value = 0;
    }
    return CUDA_SUCCESS;
}

CALL cuDeviceGetDevResource(CUdevice device, CUdevResource *resource, CUdevResourceType type)
{
    MAY_REFUSE;
    (void) device;
    memset(resource, 0, sizeof *resource);
    resource->type = type;
    resource->sm.smCount = SMS;
    return CUDA_SUCCESS;
}

CALL cuDevSmResourceSplitByCount(CUdevResource *result, unsigned *groups,
                                 const CUdevResource *input, CUdevResource *rest, unsigned flags,
                                 unsigned least)
{
    MAY_REFUSE;
    (void) flags, (void) least;
    unsigned count = input->sm.smCount / GROUP_SMS;
    for (unsigned g = 0; g < count && g < *groups; g++) {
        result[g] = *input;
        result[g].sm.smCount = GROUP_SMS;
    }
    *rest = *input;
    rest->sm.smCount = input->sm.smCount % GROUP_SMS;
    *groups = count;
    return CUDA_SUCCESS;
}

/* ---- contexts -------------------------------------------------------------------------------- */

CALL cuDevicePrimaryCtxSetFlags(CUdevice device, unsigned flags)
{
    (void) device, (void) flags;
    return CUDA_SUCCESS;
}

CALL cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device)
{
    MAY_REFUSE;
    (void) device;
    stand_in_count("primary context", 1);
    *context = &primary;
    return CUDA_SUCCESS;
}

CALL cuDevicePrimaryCtxRelease(CUdevice device)
{
    (void) device;
    stand_in_count("primary context", -1);
    return CUDA_SUCCESS;
}

CALL cuCtxSetCurrent(CUcontext context)
{
    MAY_REFUSE;
    current = context;
    return CUDA_SUCCESS;
}

CALL cuCtxSynchronize(void)
{
    MAY_REFUSE;
    return CUDA_SUCCESS;
}

CALL cuCtxGetStreamPriorityRange(int *least, int *greatest)
{
    MAY_REFUSE;
    *least = 0;
    *greatest = -5;
    return CUDA_SUCCESS;
}

/* A description is a number of SMs. */
CALL cuDevResourceGenerateDesc(CUdevResourceDesc *description, CUdevResource *resources,
                               unsigned count)
{
    MAY_REFUSE;
    uintptr_t sms = 0;
    for (unsigned r = 0; r < count; r++)
        sms += resources[r].sm.smCount;
    memcpy(description, &sms, sizeof sms);
    return CUDA_SUCCESS;
}

CALL cuGreenCtxCreate(CUgreenCtx *green, CUdevResourceDesc description, CUdevice device,
                      unsigned flags)
{
    MAY_REFUSE;
    (void) device, (void) flags;
    struct CUctx_st *made = make("green context", sizeof *made);
    made->sms = (int) (uintptr_t) description;
    *green = (CUgreenCtx) made;
    return CUDA_SUCCESS;
}

CALL cuGreenCtxDestroy(CUgreenCtx green)
{
    drop("green context", green);
    return CUDA_SUCCESS;
}

CALL cuGreenCtxGetDevResource(CUgreenCtx green, CUdevResource *resource, CUdevResourceType type)
{
    MAY_REFUSE;
    memset(resource, 0, sizeof *resource);
    resource->type = type;
    resource->sm.smCount = (unsigned) ((struct CUctx_st *) green)->sms;
    return CUDA_SUCCESS;
}

CALL cuCtxFromGreenCtx(CUcontext *context, CUgreenCtx green)
{
    MAY_REFUSE;
    *context = (CUcontext) green;
    return CUDA_SUCCESS;
}

/* ---- memory ---------------------------------------------------------------------------------- */

typedef struct allocation {
    char *memory;
    size_t bytes;
    struct allocation *next;
} allocation;

static allocation *allocations;

static CUresult allocate(void **memory, size_t bytes)
{
    allocation *made = make("memory", sizeof *made);
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!made || pages == MAP_FAILED)
        return CUDA_ERROR_OUT_OF_MEMORY;
    made->memory = pages; /* which are not there until they are touched */
    made->bytes = bytes;
    pthread_mutex_lock(&lock);
    made->next = allocations;
    allocations = made;
    pthread_mutex_unlock(&lock);
    *memory = made->memory;
    return CUDA_SUCCESS;
}

static void release(void *memory)
{
    pthread_mutex_lock(&lock);
    allocation **link = &allocations;
    while (*link && (*link)->memory != memory)
        link = &(*link)->next;
    allocation *found = *link;
    if (!found) {
        fprintf(stderr, "stand-in: what is freed was never given\n");
        abort();
    }
    *link = found->next;
    pthread_mutex_unlock(&lock);
    munmap(found->memory, found->bytes);
    drop("memory", found);
}

void stand_in_clear(void *memory)
{
    char *first = memory;
    pthread_mutex_lock(&lock);
    for (allocation *a = allocations; a; a = a->next)
        if (a->memory <= first && first < a->memory + a->bytes)
            memset(first, 0, (size_t) (a->memory + a->bytes - first));
    pthread_mutex_unlock(&lock);
}

CALL cuMemAlloc(CUdeviceptr *memory, size_t bytes)
{
    void *made;
    if (stand_in_refuses(__builtin_return_address(0)))
        return CUDA_ERROR_OUT_OF_MEMORY;
    CUresult result = allocate(&made, bytes);
    if (result == CUDA_SUCCESS)
        *memory = (CUdeviceptr) made;
    return result;
}

CALL cuMemFree(CUdeviceptr memory)
{
    release((void *) memory);
    return CUDA_SUCCESS;
}

CALL cuMemAllocHost(void **memory, size_t bytes)
{
    MAY_REFUSE;
    return allocate(memory, bytes);
}

CALL cuMemFreeHost(void *memory)
{
    release(memory);
    return CUDA_SUCCESS;
}

CALL cuMemHostRegister(void *memory, size_t bytes, unsigned flags)
{
    MAY_REFUSE;
    (void) memory, (void) bytes, (void) flags;
    stand_in_count("registered memory", 1);
    return CUDA_SUCCESS;
}

CALL cuMemHostUnregister(void *memory)
{
    (void) memory;
    stand_in_count("registered memory", -1);
    return CUDA_SUCCESS;
}

CALL cuMemHostGetDevicePointer(CUdeviceptr *device, void *memory, unsigned flags)
{
    MAY_REFUSE;
    (void) flags;
    *device = (CUdeviceptr) memory;
    return CUDA_SUCCESS;
}

CALL cuMemcpyHtoD(CUdeviceptr to, const void *from, size_t bytes)
{
    MAY_REFUSE;
    memcpy((void *) to, from, bytes);
    return CUDA_SUCCESS;
}

CALL cuMemcpyDtoH(void *to, CUdeviceptr from, size_t bytes)
{
    MAY_REFUSE;
    memcpy(to, (const void *) from, bytes);
    return CUDA_SUCCESS;
}

CALL cuMemcpyHtoDAsync(CUdeviceptr to, const void *from, size_t bytes, CUstream stream)
{
    MAY_REFUSE;
    (void) stream;
    memcpy((void *) to, from, bytes);
    return CUDA_SUCCESS;
}

CALL cuMemcpyDtoHAsync(void *to, CUdeviceptr from, size_t bytes, CUstream stream)
{
    MAY_REFUSE;
    (void) stream;
    memcpy(to, (const void *) from, bytes);
    return CUDA_SUCCESS;
}

CALL cuMemsetD8(CUdeviceptr memory, unsigned char value, size_t bytes)
{
    MAY_REFUSE;
    memset((void *) memory, value, bytes);
    return CUDA_SUCCESS;
}

CALL cuMemsetD8Async(CUdeviceptr memory, unsigned char value, size_t bytes, CUstream stream)
{
    MAY_REFUSE;
    (void) stream;
    memset((void *) memory, value, bytes);
    return CUDA_SUCCESS;
}

/* ---- kernels --------------------------------------------------------------------------------- */

CALL cuLibraryLoadData(CUlibrary *library, const void *code, CUjit_option *jit, void **jit_values,
                       unsigned jit_count, CUlibraryOption *options, void **values, unsigned count)
{
    MAY_REFUSE;
    (void) code, (void) jit, (void) jit_values, (void) jit_count;
    (void) options, (void) values, (void) count;
    *library = make("library of kernels", 1);
    return CUDA_SUCCESS;
}

CALL cuLibraryUnload(CUlibrary library)
{
    drop("library of kernels", library);
    return CUDA_SUCCESS;
}

CALL cuLibraryGetKernel(CUkernel *kernel, CUlibrary library, const char *name)
{
    MAY_REFUSE;
    (void) library;
    int k = 0;
    while (k < ANOTHER && strcmp(kernels[k].name, name) != 0)
        k++;
    *kernel = &kernels[k];
    return CUDA_SUCCESS;
}

CALL cuModuleLoadData(CUmodule *module, const void *code)
{
    MAY_REFUSE;
    (void) code;
    *module = make("module of kernels", 1);
    return CUDA_SUCCESS;
}

CALL cuModuleUnload(CUmodule module)
{
    drop("module of kernels", module);
    return CUDA_SUCCESS;
}

CALL cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name)
{
    return cuLibraryGetKernel((CUkernel *) function, (CUlibrary) module, name);
}

static void take_arguments(const struct CUkern_st *kernel, void *const *from,
                           unsigned long long *arguments)
{
    memset(arguments, 0, ARGUMENTS * sizeof *arguments);
    for (int a = 0; a < kernel->arguments; a++)
        memcpy(&arguments[a], from[a], kernel == &kernels[ANSWER] && a == 2 ? 4 : 8);
}

static void run_kernel(int kernel, const unsigned long long *arguments)
{
    volatile unsigned long long *stamp;
    unsigned long long until_ns;
    switch (kernel) {
    case STAMP:
        stamp = (volatile unsigned long long *) arguments[0];
        *stamp = now_ns();
        break;
    case GATE:
        until_ns = *(volatile unsigned long long *) arguments[0];
        while (now_ns() < until_ns)
            continue;
        stamp = (volatile unsigned long long *) arguments[1];
        *stamp = now_ns();
        break;
    case WAIT:
        until_ns = *(volatile unsigned long long *) arguments[0] + arguments[1];
        while (now_ns() < until_ns)
            continue;
        break;
    case ANSWER: /* before it is asked: nobody waits then */
        stamp = (volatile unsigned long long *) arguments[1];
        for (unsigned long long n = 0; n < arguments[2]; n++)
            stamp[n] = now_ns();
        break;
    default: break;
    }
}

/* ---- graphs ---------------------------------------------------------------------------------- */

static CUgraph new_graph(void)
{
    CUgraph graph = make("graph", sizeof *graph);
    graph->users = 1;
    return graph;
}

static void leave_graph(CUgraph graph)
{
    if (--graph->users > 0)
        return;
    for (CUgraphNode node = graph->first, next; node; node = next) {
        next = node->next;
        if (node->child)
            leave_graph(node->child);
        free(node);
    }
    drop("graph", graph);
}

static CUgraphNode add_node(CUgraph graph)
{
    CUgraphNode node = calloc(1, sizeof *node);
    if (graph->last)
        graph->last->next = node;
    else
        graph->first = node;
    graph->last = node;
    return node;
}

CALL cuGraphCreate(CUgraph *graph, unsigned flags)
{
    MAY_REFUSE;
    (void) flags;
    *graph = new_graph();
    return CUDA_SUCCESS;
}

CALL cuGraphDestroy(CUgraph graph)
{
    leave_graph(graph);
    return CUDA_SUCCESS;
}

CALL cuGraphAddKernelNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *behind, size_t count,
                          const CUDA_KERNEL_NODE_PARAMS *kernel)
{
    MAY_REFUSE;
    (void) behind, (void) count;
    const struct CUkern_st *what = kernel->kern ? kernel->kern : (const void *) kernel->func;
    *node = add_node(graph);
    (*node)->kernel = (int) (what - kernels);
    take_arguments(what, kernel->kernelParams, (*node)->arguments);
    return CUDA_SUCCESS;
}

CALL cuGraphAddChildGraphNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *behind,
                              size_t count, CUgraph child)
{
    MAY_REFUSE;
    (void) behind, (void) count;
    *node = add_node(graph);
    (*node)->child = child;
    child->users++;
    return CUDA_SUCCESS;
}

CALL cuGraphInstantiateWithFlags(CUgraphExec *run, CUgraph graph, unsigned long long flags)
{
    MAY_REFUSE;
    (void) flags;
    *run = make("run of a graph", sizeof **run);
    (*run)->graph = graph;
    graph->users++;
    return CUDA_SUCCESS;
}

CALL cuGraphExecDestroy(CUgraphExec run)
{
    leave_graph(run->graph);
    drop("run of a graph", run);
    return CUDA_SUCCESS;
}

static void run_graph(const struct CUgraph_st *graph)
{
    for (CUgraphNode node = graph->first; node; node = node->next) {
        if (node->child)
            run_graph(node->child);
        else
            run_kernel(node->kernel, node->arguments);
    }
}

CALL cuGraphLaunch(CUgraphExec run, CUstream stream)
{
    MAY_REFUSE;
    (void) stream;
    run_graph(run->graph);
    return CUDA_SUCCESS;
}

/* ---- streams and events ---------------------------------------------------------------------- */

static CUresult open_stream(CUstream *stream)
{
    CUstream made = make("stream", sizeof *made);
    pthread_mutex_lock(&lock);
    made->next = streams;
    streams = made;
    pthread_mutex_unlock(&lock);
    *stream = made;
    return CUDA_SUCCESS;
}

CALL cuStreamCreateWithPriority(CUstream *stream, unsigned flags, int priority)
{
    MAY_REFUSE;
    (void) flags, (void) priority;
    return open_stream(stream);
}

CALL cuGreenCtxStreamCreate(CUstream *stream, CUgreenCtx green, unsigned flags, int priority)
{
    MAY_REFUSE;
    (void) green, (void) flags, (void) priority;
    return open_stream(stream);
}

CALL cuStreamDestroy(CUstream stream)
{
    pthread_mutex_lock(&lock);
    CUstream *link = &streams;
    while (*link != stream)
        link = &(*link)->next;
    *link = stream->next;
    pthread_mutex_unlock(&lock);
    drop("stream", stream);
    return CUDA_SUCCESS;
}

CALL cuStreamSynchronize(CUstream stream)
{
    MAY_REFUSE;
    (void) stream;
    return CUDA_SUCCESS;
}

CALL cuStreamQuery(CUstream stream)
{
    MAY_REFUSE;
    (void) stream;
    return CUDA_SUCCESS;
}

CALL cuStreamBeginCapture(CUstream stream, CUstreamCaptureMode mode)
{
    MAY_REFUSE;
    (void) mode;
    stream->capture = new_graph();
    return CUDA_SUCCESS;
}

/* That it is refused ends the capture all the same. */
CALL cuStreamEndCapture(CUstream stream, CUgraph *graph)
{
    CUgraph captured = stream->capture;
    pthread_mutex_lock(&lock);
    for (CUstream other = streams; other; other = other->next)
        if (other->capture == captured)
            other->capture = NULL;
    pthread_mutex_unlock(&lock);
    *graph = NULL;
    if (stand_in_refuses(__builtin_return_address(0))) {
        leave_graph(captured);
        return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    }
    *graph = captured;
    return CUDA_SUCCESS;
}

CALL cuStreamWaitEvent(CUstream stream, CUevent event, unsigned flags)
{
    MAY_REFUSE;
    (void) flags;
    if (event->capture)
        stream->capture = event->capture;
    return CUDA_SUCCESS;
}

CALL cuEventCreate(CUevent *event, unsigned flags)
{
    MAY_REFUSE;
    (void) flags;
    *event = make("event", sizeof **event);
    return CUDA_SUCCESS;
}

CALL cuEventDestroy(CUevent event)
{
    drop("event", event);
    return CUDA_SUCCESS;
}

CALL cuEventRecord(CUevent event, CUstream stream)
{
    MAY_REFUSE;
    event->capture = stream->capture;
    return CUDA_SUCCESS;
}

CALL cuEventSynchronize(CUevent event)
{
    MAY_REFUSE;
    (void) event;
    return CUDA_SUCCESS;
}

CALL cuEventElapsedTime(float *ms, CUevent start, CUevent end)
{
    MAY_REFUSE;
    (void) start, (void) end;
    *ms = 0.04f;
    return CUDA_SUCCESS;
}

CALL cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                    unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared,
                    CUstream stream, void **parameters, void **extra)
{
    MAY_REFUSE;
    (void) grid_x, (void) grid_y, (void) grid_z, (void) block_x, (void) block_y, (void) block_z;
    (void) shared, (void) extra;
    const struct CUkern_st *kernel = (const void *) function;
    unsigned long long arguments[ARGUMENTS];
    CUgraphNode node = stream->capture ? add_node(stream->capture) : NULL;
    take_arguments(kernel, parameters, node ? node->arguments : arguments);
    if (node)
        node->kernel = (int) (kernel - kernels);
    else
        run_kernel((int) (kernel - kernels), arguments);
    return CUDA_SUCCESS;
}
