/* Convolutions as graphs of cuDNN's backend (convolution_graph.h). */
#define _GNU_SOURCE
#include "convolution_graph.h"

/* ---- descriptors ---------------------------------------------------------------------------- */

static cudnnBackendDescriptor_t make(hax_cuda_graph *graph, cudnnBackendDescriptorType_t type)
{
    cudnnBackendDescriptor_t made = NULL;
    if (graph->failed || graph->made_count == HAX_CUDA_GRAPH_MAX ||
        graph->api->cudnnBackendCreateDescriptor(type, &made) != CUDNN_STATUS_SUCCESS) {
        graph->failed = true;
        return NULL;
    }
    graph->made[graph->made_count++] = made;
    return made;
}

static void set(hax_cuda_graph *graph, cudnnBackendDescriptor_t descriptor,
                cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t count,
                const void *values)
{
    graph->failed = graph->failed ||
                    graph->api->cudnnBackendSetAttribute(descriptor, name, type, count, values) !=
                        CUDNN_STATUS_SUCCESS;
}

static void finish(hax_cuda_graph *graph, cudnnBackendDescriptor_t descriptor)
{
    graph->failed =
        graph->failed || graph->api->cudnnBackendFinalize(descriptor) != CUDNN_STATUS_SUCCESS;
}

static void set_type(hax_cuda_graph *graph, cudnnBackendDescriptor_t descriptor,
                     cudnnBackendAttributeName_t name, cudnnDataType_t type)
{
    set(graph, descriptor, name, CUDNN_TYPE_DATA_TYPE, 1, &type);
}

static void set_other(hax_cuda_graph *graph, cudnnBackendDescriptor_t descriptor,
                      cudnnBackendAttributeName_t name, cudnnBackendDescriptor_t other)
{
    set(graph, descriptor, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &other);
}

static void set_pair(hax_cuda_graph *graph, cudnnBackendDescriptor_t descriptor,
                     cudnnBackendAttributeName_t name, int first, int second)
{
    const int64_t pair[] = { first, second };
    set(graph, descriptor, name, CUDNN_TYPE_INT64, 2, pair);
}

static cudnnBackendDescriptor_t tensor(hax_cuda_graph *graph, cudnnDataType_t type,
                                       const hax_cuda_image *image, int64_t number, bool virtual)
{
    enum { ALIGNMENT = 16 };
    const int64_t dims[] = { image->n, image->c, image->h, image->w };
    const int64_t alignment = image->alignment > 0 ? image->alignment : ALIGNMENT;
    const int64_t steps[] = { image->n_step, image->c_step, image->h_step, image->w_step };
    cudnnBackendDescriptor_t made = make(graph, CUDNN_BACKEND_TENSOR_DESCRIPTOR);
    set_type(graph, made, CUDNN_ATTR_TENSOR_DATA_TYPE, type);
    set(graph, made, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 4, dims);
    set(graph, made, CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, 4, steps);
    set(graph, made, CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, 1, &number);
    set(graph, made, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, 1, &alignment);
    set(graph, made, CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, 1, &virtual);
    finish(graph, made);
    return made;
}

static cudnnBackendDescriptor_t forwards(hax_cuda_graph *graph, cudnnBackendDescriptor_t how,
                                         cudnnBackendDescriptor_t x, cudnnBackendDescriptor_t w,
                                         cudnnBackendDescriptor_t y)
{
    const float one = 1, nothing = 0;
    cudnnBackendDescriptor_t made =
        make(graph, CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR);
    set_other(graph, made, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, how);
    set_other(graph, made, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, x);
    set_other(graph, made, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, w);
    set_other(graph, made, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, y);
    set(graph, made, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_TYPE_FLOAT, 1, &one);
    set(graph, made, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, CUDNN_TYPE_FLOAT, 1, &nothing);
    finish(graph, made);
    return made;
}

/* What comes in is the gradient of a convolution's output. */
static cudnnBackendDescriptor_t backwards(hax_cuda_graph *graph, cudnnBackendDescriptor_t how,
                                          cudnnBackendDescriptor_t x, cudnnBackendDescriptor_t w,
                                          cudnnBackendDescriptor_t y)
{
    const float one = 1, nothing = 0;
    cudnnBackendDescriptor_t made =
        make(graph, CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR);
    set_other(graph, made, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, how);
    set_other(graph, made, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, x);
    set_other(graph, made, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, w);
    set_other(graph, made, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, y);
    set(graph, made, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, CUDNN_TYPE_FLOAT, 1, &one);
    set(graph, made, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, CUDNN_TYPE_FLOAT, 1, &nothing);
    finish(graph, made);
    return made;
}

static void convolve(hax_cuda_graph *graph, const hax_cuda_convolution *convolution,
                     cudnnBackendDescriptor_t x, cudnnBackendDescriptor_t w,
                     cudnnBackendDescriptor_t y)
{
    const int64_t spatial = 2;
    const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
    cudnnBackendDescriptor_t how = make(graph, CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
    set_type(graph, how, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_DATA_FLOAT);
    set(graph, how, CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1, &mode);
    set(graph, how, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, 1, &spatial);
    set_pair(graph, how, CUDNN_ATTR_CONVOLUTION_DILATIONS, convolution->dilation_h,
             convolution->dilation_w);
    set_pair(graph, how, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, convolution->stride_h,
             convolution->stride_w);
    set_pair(graph, how, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, convolution->pad_top,
             convolution->pad_left);
    set_pair(graph, how, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, convolution->pad_bottom,
             convolution->pad_right);
    finish(graph, how);
    cudnnBackendDescriptor_t made =
        convolution->transposed ? backwards(graph, how, x, w, y) : forwards(graph, how, x, w, y);
    if (!graph->failed)
        graph->operations[graph->operation_count++] = made;
}

/* y = mode(x, b); b NULL: of x alone, by the activation. */
static void pointwise(hax_cuda_graph *graph, cudnnPointwiseMode_t mode,
                      const hax_activation *activation, cudnnBackendDescriptor_t x,
                      cudnnBackendDescriptor_t b, cudnnBackendDescriptor_t y)
{
    cudnnBackendDescriptor_t how = make(graph, CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
    set(graph, how, CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1, &mode);
    set_type(graph, how, CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_DATA_FLOAT);
    if (activation && activation->curve == HAX_CURVE_RELU && activation->alpha != 0) {
        const double slope = (double) activation->alpha;
        set(graph, how, CUDNN_ATTR_POINTWISE_RELU_LOWER_CLIP_SLOPE, CUDNN_TYPE_DOUBLE, 1, &slope);
    }
    if (activation && activation->curve == HAX_CURVE_CLIP) {
        const double most = (double) activation->beta;
        set(graph, how, CUDNN_ATTR_POINTWISE_RELU_UPPER_CLIP, CUDNN_TYPE_DOUBLE, 1, &most);
    }
    finish(graph, how);
    cudnnBackendDescriptor_t made = make(graph, CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
    set_other(graph, made, CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, how);
    set_other(graph, made, CUDNN_ATTR_OPERATION_POINTWISE_XDESC, x);
    if (b)
        set_other(graph, made, CUDNN_ATTR_OPERATION_POINTWISE_BDESC, b);
    set_other(graph, made, CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y);
    finish(graph, made);
    if (!graph->failed)
        graph->operations[graph->operation_count++] = made;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static hax_cuda_image filter_image(const hax_cuda_convolution *convolution)
{
    const hax_cuda_image *many = convolution->transposed ? &convolution->in : &convolution->out;
    const hax_cuda_image *few = convolution->transposed ? &convolution->out : &convolution->in;
    hax_cuda_image image = { many->c,
                             few->c / convolution->group,
                             convolution->kernel_h,
                             convolution->kernel_w,
                             0,
                             0,
                             0,
                             0,
                             0 };
    image.n_step = image.c * image.h * image.w;
    image.c_step = convolution->channels_last ? 1 : image.h * image.w;
    image.w_step = convolution->channels_last ? image.c : 1;
    image.h_step = image.w * image.w_step;
    return image;
}

static cudnnPointwiseMode_t mode_of(const hax_activation *activation)
{
    switch (activation->curve) {
    case HAX_CURVE_SIGMOID: return CUDNN_POINTWISE_SIGMOID_FWD;
    case HAX_CURVE_TANH: return CUDNN_POINTWISE_TANH_FWD;
    case HAX_CURVE_SILU: return CUDNN_POINTWISE_SWISH_FWD; /* its beta is 1 unless it is told */
    default: return CUDNN_POINTWISE_RELU_FWD;
    }
}

/* What is behind the convolution, in the form's order; the last writes y. */
static void add_behind(hax_cuda_graph *graph, const hax_cuda_convolution *convolution,
                       hax_cuda_graph_form form, cudnnDataType_t type, cudnnDataType_t between,
                       cudnnBackendDescriptor_t x, cudnnBackendDescriptor_t y)
{
    const hax_cuda_image line = {
        1, convolution->out.c, 1, 1, convolution->out.c, 1, convolution->out.c, convolution->out.c,
        0
    };
    bool activates = convolution->activation.curve != HAX_CURVE_NONE;
    int left = convolution->bias + convolution->has_residual + activates;
    int64_t number = TENSOR_VIRTUAL + 1;
    for (int part = 0; part < 3; part++) {
        bool residual = part == (form == HAX_CUDA_GRAPH_FLOATS ? 0 : 1);
        bool there = part == 2  ? activates
                     : residual ? convolution->has_residual
                                : convolution->bias;
        if (!there)
            continue;
        cudnnBackendDescriptor_t out =
            --left == 0 ? y : tensor(graph, between, &convolution->out, number++, true);
        if (part == 2) {
            pointwise(graph, mode_of(&convolution->activation), &convolution->activation, x, NULL,
                      out);
        } else {
            cudnnBackendDescriptor_t added =
                residual ? tensor(graph, type, &convolution->residual, TENSOR_RESIDUAL, false)
                         : tensor(graph, type, &line, TENSOR_BIAS, false);
            pointwise(graph, CUDNN_POINTWISE_ADD, NULL, x, added, out);
        }
        x = out;
    }
}

bool hax_cuda_graph_open(hax_cuda_graph *graph, const hax_cuda_api *api, cudnnHandle_t handle,
                         const hax_cuda_convolution *convolution, hax_cuda_graph_form form)
{
    *graph = (hax_cuda_graph){ .api = api, .handle = handle };
    cudnnDataType_t type =
        convolution->precision == HAX_CUDA_F16 ? CUDNN_DATA_HALF : CUDNN_DATA_FLOAT;
    cudnnDataType_t between = form == HAX_CUDA_GRAPH_FLOATS ? CUDNN_DATA_FLOAT : type;
    const hax_cuda_image filter = filter_image(convolution);
    bool more = form != HAX_CUDA_GRAPH_BARE && (convolution->bias || convolution->has_residual ||
                                                convolution->activation.curve != HAX_CURVE_NONE);
    cudnnBackendDescriptor_t x = tensor(graph, type, &convolution->in, TENSOR_X, false);
    cudnnBackendDescriptor_t w = tensor(graph, type, &filter, TENSOR_W, false);
    cudnnBackendDescriptor_t y = tensor(graph, type, &convolution->out, TENSOR_Y, false);
    cudnnBackendDescriptor_t sums =
        more ? tensor(graph, between, &convolution->out, TENSOR_VIRTUAL, true) : y;
    convolve(graph, convolution, x, w, sums);
    if (more)
        add_behind(graph, convolution, form, type, between, sums, y);
    cudnnBackendDescriptor_t whole = make(graph, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
    set(graph, whole, CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, 1, &handle);
    set(graph, whole, CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR,
        graph->operation_count, graph->operations);
    finish(graph, whole);
    graph->whole = graph->failed ? NULL : whole;
    return graph->whole != NULL;
}

void hax_cuda_graph_close(hax_cuda_graph *graph)
{
    while (graph->made_count > 0)
        graph->api->cudnnBackendDestroyDescriptor(graph->made[--graph->made_count]);
}

/* ---- engines --------------------------------------------------------------------------------- */

/* Does the list of notes have this one? */
static bool has_numerical(const cudnnBackendNumericalNote_t *notes, int64_t count,
                          cudnnBackendNumericalNote_t note)
{
    for (int64_t n = 0; n < count; n++)
        if (notes[n] == note)
            return true;
    return false;
}

static void read_notes(const hax_cuda_api *api, cudnnBackendDescriptor_t engine,
                       hax_cuda_engine *cuda_engine)
{
    cudnnBackendNumericalNote_t numerical[CUDNN_NUMERICAL_NOTE_TYPE_COUNT];
    cudnnBackendBehaviorNote_t behavior[CUDNN_BEHAVIOR_NOTE_TYPE_COUNT];
    int64_t count = 0, index = -1;
    api->cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64, 1,
                                  &count, &index);
    cuda_engine->index = (int) index;
    count = 0;
    api->cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
                                  CUDNN_TYPE_NUMERICAL_NOTE, CUDNN_NUMERICAL_NOTE_TYPE_COUNT,
                                  &count, numerical);
    cuda_engine->tensor_cores = has_numerical(numerical, count, CUDNN_NUMERICAL_NOTE_TENSOR_CORE);
    cuda_engine->narrowed =
        has_numerical(numerical, count, CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS) ||
        has_numerical(numerical, count, CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION) ||
        has_numerical(numerical, count, CUDNN_NUMERICAL_NOTE_FFT) ||
        has_numerical(numerical, count, CUDNN_NUMERICAL_NOTE_WINOGRAD);
    count = 0;
    api->cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE, CUDNN_TYPE_BEHAVIOR_NOTE,
                                  CUDNN_BEHAVIOR_NOTE_TYPE_COUNT, &count, behavior);
    for (int64_t n = 0; n < count; n++)
        cuda_engine->compiled =
            cuda_engine->compiled || behavior[n] == CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION;
}

static bool read_engine(const hax_cuda_api *api, cudnnBackendDescriptor_t config,
                        hax_cuda_engine *cuda_engine)
{
    cudnnBackendDescriptor_t engine;
    int64_t count = 0;
    *cuda_engine = (hax_cuda_engine){ .config = config };
    if (api->cudnnBackendCreateDescriptor(CUDNN_BACKEND_ENGINE_DESCRIPTOR, &engine) !=
        CUDNN_STATUS_SUCCESS)
        return false;
    bool ok = api->cudnnBackendGetAttribute(config, CUDNN_ATTR_ENGINECFG_ENGINE,
                                            CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &count,
                                            &engine) == CUDNN_STATUS_SUCCESS;
    if (ok)
        read_notes(api, engine, cuda_engine);
    api->cudnnBackendDestroyDescriptor(engine);
    return ok;
}

static int take_results(const hax_cuda_api *api, cudnnBackendDescriptor_t heuristics,
                        hax_cuda_engine *engines, int capacity)
{
    cudnnBackendDescriptor_t configs[HAX_CUDA_ENGINES];
    int64_t found = 0;
    int made = 0, kept = 0;
    while (made < capacity && made < HAX_CUDA_ENGINES &&
           api->cudnnBackendCreateDescriptor(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, &configs[made]) ==
               CUDNN_STATUS_SUCCESS)
        made++;
    if (api->cudnnBackendGetAttribute(heuristics, CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                      CUDNN_TYPE_BACKEND_DESCRIPTOR, made, &found,
                                      configs) != CUDNN_STATUS_SUCCESS)
        found = 0;
    for (int c = 0; c < made; c++) {
        if (c < found && read_engine(api, configs[c], &engines[kept]))
            kept++;
        else
            api->cudnnBackendDestroyDescriptor(configs[c]);
    }
    return kept;
}

int hax_cuda_graph_engines(const hax_cuda_graph *graph, bool fallback, hax_cuda_engine *engines,
                           int capacity)
{
    const hax_cuda_api *api = graph->api;
    const cudnnBackendHeurMode_t mode = fallback ? CUDNN_HEUR_MODE_FALLBACK : CUDNN_HEUR_MODE_A;
    cudnnBackendDescriptor_t heuristics;
    int count = 0;
    if (api->cudnnBackendCreateDescriptor(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, &heuristics) !=
        CUDNN_STATUS_SUCCESS)
        return 0;
    bool ok = api->cudnnBackendSetAttribute(heuristics, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH,
                                            CUDNN_TYPE_BACKEND_DESCRIPTOR, 1,
                                            &graph->whole) == CUDNN_STATUS_SUCCESS &&
              api->cudnnBackendSetAttribute(heuristics, CUDNN_ATTR_ENGINEHEUR_MODE,
                                            CUDNN_TYPE_HEUR_MODE, 1, &mode) == CUDNN_STATUS_SUCCESS;
    /* no CUDNN_ATTR_ENGINEHEUR_SM_COUNT_TARGET: it orders the list, all of which is timed, and
     * some graphs get none with it */
    if (ok && api->cudnnBackendFinalize(heuristics) == CUDNN_STATUS_SUCCESS)
        count = take_results(api, heuristics, engines, capacity);
    api->cudnnBackendDestroyDescriptor(heuristics);
    return count;
}
