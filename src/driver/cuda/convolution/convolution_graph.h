/*
 * A convolution as a graph of cuDNN's backend, with what is fused into it, and the engines that
 * can run it.
 */
#ifndef HAX_DRIVER_CUDA_CONVOLUTION_GRAPH_H
#define HAX_DRIVER_CUDA_CONVOLUTION_GRAPH_H

#include "convolution.h"
#include "device.h"

/* Shapes of the graph: they decide which engines there are. */
typedef enum hax_cuda_graph_form {
    HAX_CUDA_GRAPH_FLOATS, /* 32-bit floats between its parts; residual, then bias */
    HAX_CUDA_GRAPH_TYPED,  /* the tensors' type between its parts; bias, then residual: engines
                              that are compiled at run time */
    HAX_CUDA_GRAPH_BARE,   /* the convolution alone */
    HAX_CUDA_GRAPH_FORMS,
} hax_cuda_graph_form;

/* Descriptors that are to be destroyed together. */
enum { HAX_CUDA_GRAPH_MAX = 24 };
typedef struct hax_cuda_graph {
    const hax_cuda_api *api;
    cudnnHandle_t handle;
    cudnnBackendDescriptor_t made[HAX_CUDA_GRAPH_MAX];
    int made_count;
    cudnnBackendDescriptor_t operations[4];
    int operation_count;
    cudnnBackendDescriptor_t whole; /* NULL: cuDNN does not take it */
    bool failed;
} hax_cuda_graph;

/* Unique numbers of its tensors. */
enum { TENSOR_X = 1, TENSOR_W, TENSOR_Y, TENSOR_BIAS, TENSOR_RESIDUAL, TENSOR_VIRTUAL };

/* False: cuDNN does not take it. Close it in any case. */
bool hax_cuda_graph_open(hax_cuda_graph *graph, const hax_cuda_api *api, cudnnHandle_t handle,
                         const hax_cuda_convolution *convolution, hax_cuda_graph_form form);
void hax_cuda_graph_close(hax_cuda_graph *graph);

/* An engine with its settings, as cuDNN's heuristics proposed it. */
typedef struct hax_cuda_engine {
    cudnnBackendDescriptor_t config;
    int index;                   /* of the engine */
    bool compiled;               /* at run time, which takes a while */
    bool tensor_cores, narrowed; /* products of less than 32-bit floats */
} hax_cuda_engine;

/* Engines by mode A of the heuristics, or the fallback; at most `capacity`. Destroy each config. */
enum { HAX_CUDA_ENGINES = 128 };
int hax_cuda_graph_engines(const hax_cuda_graph *graph, bool fallback, hax_cuda_engine *engines,
                           int capacity);

#endif
