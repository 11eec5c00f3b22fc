/*
 * A network on a unit of a GPU: steps (launches of own kernels, cuDNN's plans, cuBLASLt's
 * products) over storages, and an instance of it, in which every group is one captured graph.
 */
#ifndef HAX_DRIVER_CUDA_PROGRAM_H
#define HAX_DRIVER_CUDA_PROGRAM_H

#include "aliases.h"
#include "device.h"

/* Memory that steps work on: storages [0, tensor count) are the tensors', others temporary. */
typedef struct hax_cuda_storage {
    size_t bytes;
    int root;        /* storage whose memory it is, itself where it has its own */
    size_t offset;   /* bytes within the root, or within a task's arena */
    int first, last; /* kernels between which it is in use */
    bool boundary;
    CUdeviceptr fixed; /* constants */
} hax_cuda_storage;

/* An argument of a step: a storage, or memory that never changes (storage -1), or nothing. */
typedef struct hax_cuda_operand {
    int storage;
    CUdeviceptr fixed;
} hax_cuda_operand;

static inline hax_cuda_operand hax_cuda_operand_of(int storage)
{
    return (hax_cuda_operand){ storage, 0 };
}

static inline hax_cuda_operand hax_cuda_operand_fixed(CUdeviceptr memory)
{
    return (hax_cuda_operand){ -1, memory };
}

enum {
    HAX_CUDA_STEP_OPERANDS = 8,
    HAX_CUDA_ARGS_BYTES = 1024, /* of a kernel's parameters, at most */
};

/* The order of operands of a convolution and of a product. */
enum { OPERAND_OUT, OPERAND_IN, OPERAND_WEIGHTS, OPERAND_BIAS, OPERAND_RESIDUAL };

typedef struct hax_cuda_product {
    cublasLtMatmulDesc_t operation;
    cublasLtMatrixLayout_t a, b, out, added;
    cublasLtMatmulAlgo_t algorithm;
    size_t workspace; /* bytes that the algorithm wants */
    float alpha, beta;
} hax_cuda_product;

typedef struct hax_cuda_step {
    int kernel;
    int operand_count;
    hax_cuda_operand operands[HAX_CUDA_STEP_OPERANDS];
    /* an own kernel: */
    CUfunction function; /* NULL: none */
    unsigned blocks;
    unsigned char *args;
    size_t args_bytes;
    unsigned pointers[HAX_CUDA_STEP_OPERANDS]; /* where in args an operand's address goes */
    /* one of cuDNN's plans, owned by the device's choices: */
    cudnnBackendDescriptor_t plan;
    /* one of cuBLASLt's products: */
    hax_cuda_product *product;
    size_t workspace_bytes; /* that it needs (streams.c says whose) */
} hax_cuda_step;

struct hax_program {
    hax_device *device;
    hax_cuda_unit *unit;
    const hax_model *model;
    const hax_grouping *grouping;
    uint64_t model_hash;
    bool *channels_last;    /* [tensor] */
    hax_cuda_place *places; /* [tensor] */
    hax_cuda_aliases aliases;
    hax_cuda_storage *storages;
    int storage_count, storage_capacity;
    hax_cuda_step *steps;
    int step_count, step_room;
    int *group_first;     /* [group count + 1]: first step */
    bool *branches;       /* [group]: steps run side by side where they may */
    bool judged_branches; /* whether that is faster */
    size_t arena_bytes;
    hax_layout *layouts;     /* [tensor] */
    hax_kernel_note *notes;  /* [kernel] */
    hax_cuda_step *in, *out; /* [tensor]: between a boundary tensor and plain floats */
    void (*beat)(void *);
    void *beat_context;
};

struct hax_task {
    hax_program *program;
    CUdeviceptr arena;
    CUdeviceptr *memory;       /* [storage] */
    hax_slot_buffer **buffers; /* [tensor], of boundary tensors */
    CUgraph *graphs;           /* [group], NULL: nothing to do; parts of batches */
    CUgraphExec *runs;         /* [group] of them, each by itself, made when it first runs */
    CUdeviceptr plain;         /* a boundary tensor as plain floats */
};

/* program.c */
hax_status hax_cuda_build(hax_device *device, const hax_unit *unit, const hax_model *model,
                          const hax_grouping *grouping, void (*beat)(void *), void *beat_context,
                          hax_program **program, hax_error *err);
void hax_cuda_discard(hax_program *program);
void hax_cuda_beat(const hax_program *program);

/* A temporary storage for a kernel; negative when memory is out. */
int hax_cuda_storage_new(hax_program *program, int kernel, size_t bytes);

/* One that begins `offset` bytes within another; likewise. */
int hax_cuda_storage_within(hax_program *program, int kernel, int root, size_t offset);

/* Can 16 bytes at once be loaded wherever a place leads in an operand? */
bool hax_cuda_is_aligned(const hax_program *program, const hax_cuda_operand *operand,
                         const hax_cuda_place *place);

/* The next step; NULL when memory is out. */
hax_cuda_step *hax_cuda_step_new(hax_program *program, int kernel);

/* A launch of an own kernel in so many blocks of threads; `pointers` are offsets of addresses in
 * args. */
hax_status hax_cuda_launch(hax_program *program, int kernel, const char *name, bool typed,
                           unsigned blocks, const void *args, size_t args_bytes, int operand_count,
                           const hax_cuda_operand *operands, const unsigned *pointers,
                           hax_error *err);

static inline unsigned hax_cuda_blocks(unsigned threads)
{
    return (threads + HAX_CUDA_BLOCK - 1) / HAX_CUDA_BLOCK;
}

const char *hax_cuda_kernel_name(const hax_program *program, int kernel);
void hax_cuda_take_note(hax_program *program, int kernel, const char *implementation, bool slow);
hax_cuda_curve hax_cuda_curve_of(const hax_activation *activation);

/* fixed.c: weights of a kernel, uploaded once a device. */
hax_status hax_cuda_weights(hax_program *program, int kernel, hax_cuda_role role,
                            CUdeviceptr *memory, hax_error *err);
/* Those of a fully connected kernel, inputs in the order in which its input lies. */
hax_status hax_cuda_weights_ordered(hax_program *program, int kernel, CUdeviceptr *memory,
                                    hax_error *err);
hax_status hax_cuda_constants(hax_program *program, hax_error *err);
hax_status hax_cuda_list(hax_program *program, int kernel, int form, const int *values, int count,
                         CUdeviceptr *memory, hax_error *err);
hax_status hax_cuda_floats(hax_program *program, int kernel, int form, const float *values,
                           int count, CUdeviceptr *memory, hax_error *err);

/* emit.c: the steps of one kernel. */
hax_status hax_cuda_emit(hax_program *program, int kernel, hax_error *err);
/* One element-wise step; places are those of the output and the inputs (broadcast to it). */
typedef struct hax_cuda_map {
    hax_cuda_element element;
    int inputs;
    hax_cuda_operand out, in[HAX_CUDA_OPERANDS];
    const hax_cuda_place *to, *from[HAX_CUDA_OPERANDS];
    float coefficients[HAX_CUDA_OPERANDS];
    hax_cuda_curve curve;
    const char *name; /* NULL: "map" in the program's type */
    int to_offset;    /* elements in front of the output */
} hax_cuda_map;
hax_status hax_cuda_emit_map(hax_program *program, int kernel, const hax_cuda_map *map,
                             hax_error *err);
/* The activation over an operand in place. */
hax_status hax_cuda_emit_curve(hax_program *program, int kernel, hax_cuda_operand operand,
                               const hax_cuda_place *place, const hax_activation *curve,
                               hax_error *err);

/* moves.c: what has its elements elsewhere. */
hax_status hax_cuda_emit_concat(hax_program *program, int kernel, hax_error *err);
hax_status hax_cuda_emit_view(hax_program *program, int kernel, hax_error *err);
hax_status hax_cuda_emit_walk(hax_program *program, int kernel, hax_error *err);
hax_status hax_cuda_emit_gather(hax_program *program, int kernel, hax_error *err);
hax_status hax_cuda_emit_pad(hax_program *program, int kernel, hax_error *err);

/* reduce.c: sums, means and largest over some of an input's dimensions, or over planes. */
hax_status hax_cuda_emit_reduce(hax_program *program, int kernel, hax_error *err);
hax_status hax_cuda_emit_mean_of_planes(hax_program *program, int kernel, hax_error *err);

/* windows.c: pooling, LRN, resizing, and convolutions by plain loops. */
hax_status hax_cuda_emit_pool(hax_program *program, int kernel, hax_error *err);
hax_status hax_cuda_emit_lrn(hax_program *program, int kernel, hax_error *err);
hax_status hax_cuda_emit_resize(hax_program *program, int kernel, hax_error *err);
hax_status hax_cuda_emit_loops(hax_program *program, int kernel, hax_error *err);

/* depthwise.c: one channel a group, in a shape that the own kernel takes. */
bool hax_cuda_is_depthwise(const hax_program *program, int kernel);
hax_status hax_cuda_emit_depthwise(hax_program *program, int kernel, hax_error *err);

/* dense.c: a vector times a matrix, out = activation(weights in + bias). */
typedef struct hax_cuda_dense {
    int outputs, depth, out_step;
    hax_cuda_operand out, in;
    CUdeviceptr weights, bias; /* [outputs][depth]; 32-bit floats or 0 */
    hax_activation activation;
} hax_cuda_dense;
hax_status hax_cuda_emit_dense(hax_program *program, int kernel, const hax_cuda_dense *dense,
                               hax_error *err);
/* Microseconds on this unit; negative: it does not run. */
hax_status hax_cuda_time_dense(hax_program *program, const hax_cuda_dense *dense, double *us,
                               hax_error *err);
/* A convolution of images of one element. */
bool hax_cuda_is_vector_convolution(const hax_program *program, int kernel);
hax_status hax_cuda_emit_vector_convolution(hax_program *program, int kernel, hax_error *err);

/* timing.c: memory of the unit's with numbers to time kernels on, the same from call to call, and
 * for what they write; multiples of 4 bytes. */
hax_status hax_cuda_scratch(hax_device *device, hax_cuda_unit *unit, size_t number_bytes,
                            size_t result_bytes, hax_error *err);
/* Waits for what is on a stream, at most some seconds: CUDA_ERROR_NOT_READY is what hangs. */
CUresult hax_cuda_await(const hax_cuda_api *api, CUstream stream);
/* Microseconds of what is enqueued on the unit's stream; negative: it does not run, or it hangs,
 * which leaves the unit's context unusable. */
enum { HAX_CUDA_HANGS = -2 };
double hax_cuda_time_us(const hax_cuda_api *api, const hax_cuda_unit *unit, bool (*enqueue)(void *),
                        void *context);
/* As on a part whose neighbours are busy; alone on the whole GPU. */
double hax_cuda_time_beside_us(hax_device *device, hax_cuda_unit *unit, bool (*enqueue)(void *),
                               void *context);
bool hax_cuda_has_company(hax_device *device, hax_cuda_unit *unit);

/* convolution.c: by cuDNN; *done false where it has no plan. */
hax_status hax_cuda_emit_convolution(hax_program *program, int kernel, bool *done, hax_error *err);
hax_status hax_cuda_prepare_convolutions(hax_program *program, hax_error *err);
hax_status hax_cuda_run_plan(const hax_program *program, const hax_cuda_step *step,
                             const CUdeviceptr *addresses, hax_error *err);

/* product.c, library_product.c */
hax_status hax_cuda_emit_inner_product(hax_program *program, int kernel, hax_error *err);
hax_status hax_cuda_emit_product(hax_program *program, int kernel, hax_error *err);
hax_status hax_cuda_run_product(const hax_program *program, const hax_cuda_step *step,
                                const CUdeviceptr *addresses, hax_error *err);
void hax_cuda_product_free(const hax_cuda_api *api, hax_cuda_product *product);

/* streams.c: a group's steps onto the unit's stream, side by side where that is judged faster. */
hax_status hax_cuda_enqueue_group(hax_program *program, int group, const CUdeviceptr *memory,
                                  hax_error *err);
/* Judges the groups of a task's program on its memory, once; its graphs are not captured yet. */
hax_status hax_cuda_judge_branches(hax_task *task, hax_error *err);

/* task.c */
hax_status hax_cuda_run_step(const hax_program *program, const hax_cuda_step *step,
                             const CUdeviceptr *memory, hax_error *err);
hax_status hax_cuda_bind(hax_program *program, void *const *slots, hax_task **task, hax_error *err);
void hax_cuda_unbind(hax_task *task);
hax_status hax_cuda_run(hax_task *task, int group, hax_error *err);
/* What a group does as a graph, for a stream of the task's unit; NULL: nothing. */
hax_status hax_cuda_capture(hax_program *program, int group, const CUdeviceptr *memory,
                            hax_cuda_unit *stream, CUgraph *graph, hax_error *err);
bool hax_cuda_can_import(const hax_layout *from);
hax_status hax_cuda_import(hax_task *task, int tensor, const hax_layout *from, const void *data,
                           hax_error *err);
hax_status hax_cuda_export(hax_task *task, int tensor, float *plain, hax_error *err);

#endif
