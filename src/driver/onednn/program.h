/* The oneDNN driver's own structures: device, program, task. */
#ifndef HAX_DRIVER_ONEDNN_PROGRAM_H
#define HAX_DRIVER_ONEDNN_PROGRAM_H

#include "api.h"
#include "driver.h"
#include "names.h"

/* Weights of a kernel as packed for some program; shared by all that want the same layout. */
typedef struct hax_packed_weights {
    uint64_t model_hash; /* not the address: that may be another model's later */
    int kernel;
    hax_md desc;
    void *data;
    size_t bytes;
    float *bias;
    struct hax_packed_weights *next;
} hax_packed_weights;

/* The layout in which all programs of a device keep a boundary tensor. */
typedef struct hax_canonical_weights {
    uint64_t model_hash;
    int tensor;
    hax_md desc;
    struct hax_canonical_weights *next;
} hax_canonical_weights;

/* How a convolution is done (choose.c). */
typedef enum hax_conv_algorithm {
    WAY_LIBRARY,  /* layouts as the library prefers */
    WAY_BLOCKS,   /* images in blocks of channels */
    WAY_WINOGRAD, /* so, by Winograd's algorithm */
    WAY_COUNT,
} hax_conv_algorithm;

typedef struct hax_conv_choice {
    uint64_t model_hash;
    hax_conv_algorithm *ways; /* [kernel] */
    struct hax_conv_choice *next;
} hax_conv_choice;

/* A kernel whose implementations were found to be wrong (check.c). */
typedef struct hax_distrust {
    uint64_t model_hash;
    int kernel;
    int times;
    char implementation[sizeof((hax_kernel_note *) 0)->implementation]; /* the last one */
    struct hax_distrust *next;
} hax_distrust;

enum { CHANNELS_MAX = 1 << 16 }; /* of a normalisation that could not be folded */

struct hax_device {
    struct hax_device_base base;
    float *zeros, *ones; /* [CHANNELS_MAX] */
    dnnl_engine_t engine;
    hax_packed_weights *packed;
    hax_canonical_weights *canonical;
    hax_conv_choice *choices;
    hax_distrust *distrusted;
    uint64_t *known; /* keys of kernels that were found right */
    int known_count, known_capacity;
    int block; /* channels in a block of an image */
};

/* A place in memory. */
typedef struct hax_storage {
    size_t bytes;
    int first, last;   /* steps between which it is in use */
    int slot;          /* boundary tensor whose slot it is, -1 */
    const void *fixed; /* weights, NULL */
    size_t offset;     /* in the task's arena */
    bool viewed;       /* several tensors lie in it: nobody may write over it */
} hax_storage;

typedef struct hax_operand {
    hax_md desc;
    int storage;
    size_t offset; /* in the storage, bytes */
} hax_operand;

/* One primitive, or one kernel left to plain loops. */
typedef struct hax_program_step {
    dnnl_primitive_t primitive; /* NULL: loops */
    int kernel;
    int arg_count;
    int *args;                   /* DNNL_ARG_* */
    int *operands;               /* loops: of the inputs, then the output */
    const float *weights, *bias; /* of loops */
} hax_program_step;

/* Where a tensor is to lie: within a larger one that it will be joined into (join.c). */
typedef struct hax_concat_alias {
    int aliased; /* tensor, -1: nowhere in particular; itself: others lie in it */
    int axis;
    int64_t start; /* along axis */
    int operand;   /* that lies there, in the group being built; -1 */
} hax_concat_alias;

typedef struct hax_aliased_tensor {
    int operand; /* -1: not made yet */
    dnnl_format_tag_t tag;
    bool refused; /* its slot has a layout in which nothing can be joined */
} hax_aliased_tensor;

/* A reorder between a slot and another layout, made on first use. */
typedef struct hax_conversion {
    int tensor;
    bool out;        /* to that layout, not from it */
    hax_layout from; /* the other side's layout */
    hax_md from_desc;
    dnnl_primitive_t primitive;
    void *scratch_bytes;
    dnnl_memory_t scratch;
    struct hax_conversion *next;
} hax_conversion;

struct hax_program {
    hax_device *device;
    const hax_model *model;
    const hax_grouping *grouping;
    const hax_conv_choice *choice;
    int threads;
    hax_storage *storages;
    int storage_count, storage_capacity;
    hax_operand *operands;
    int operand_count, operand_capacity;
    hax_program_step *steps;
    int step_count, step_capacity;
    int *group_first;            /* [group_count + 1]: first step */
    int *tensor_operand;         /* [tensor]: as its kernel left it, -1 */
    int *alternative;            /* [tensor]: reordered within the group being built, -1 */
    hax_concat_alias *aliases;   /* [tensor] */
    hax_aliased_tensor *aliased; /* [tensor], in the group being built */
    bool *boundary;              /* [tensor] */
    hax_layout *layouts;         /* [tensor], of boundary tensors */
    hax_kernel_note *notes;      /* [kernel] */
    size_t arena_bytes, scratch_bytes;
};

struct hax_task {
    hax_program *program;
    dnnl_stream_t stream;
    unsigned char *arena;
    void *scratch;
    void **slots;            /* [tensor] */
    dnnl_memory_t *memories; /* [operand] */
    dnnl_exec_arg_t **args;  /* [step] */
    float **loop_tensors;    /* [tensor], for kernels left to loops */
    hax_conversion *conversions;
};

/* What loops read of a kernel: its inputs, then what they add. */
static inline int hax_loop_input_count(const hax_kernel *kernel)
{
    return kernel->input_count + (kernel->residual >= 0);
}

static inline int hax_loop_input(const hax_kernel *kernel, int index)
{
    return index < kernel->input_count ? kernel->inputs[index] : kernel->residual;
}

/* 64-byte aligned, in huge pages where large; NULL when memory is out. */
void *hax_large_alloc(size_t bytes);
void hax_large_free(void *memory, size_t bytes);

/* weights.c: a kernel's weights in layout `want`, packed now or found. */
hax_status hax_weights_get(hax_device *device, const hax_model *model, int kernel,
                           hax_const_md plain, hax_const_md want, const hax_packed_weights **found,
                           hax_error *err);
void hax_weights_free(hax_device *device);

/* dst = src in another layout, once. */
hax_status hax_reorder_now(dnnl_engine_t engine, hax_const_md from, void *src, hax_const_md to,
                           void *dst);

/* check.c: holds the steps of a kernel that was just emitted, from `first_step` on, against the
 * loops, if that was not done before. *again: it is wrong, and distrusted from now on. */
hax_status hax_check_kernel(hax_program *program, int kernel, int first_step, bool *again,
                            hax_error *err);
/* So many of its implementations were wrong; the last of them, NULL where none was. */
int hax_distrust_of(const hax_program *program, int kernel);
const char *hax_distrusted_implementation(const hax_program *program, int kernel);
hax_status hax_checks_trust(hax_device *device, const uint64_t *keys, int count, hax_error *err);
const uint64_t *hax_checks_trusted(const hax_device *device, int *count);
void hax_checks_free(hax_device *device);

/* choose.c: sets program->choice, timing convolutions if it is the device's first program of the
 * network. */
hax_status hax_conv_choice_find(hax_program *program, void (*beat)(void *), void *beat_context,
                                hax_error *err);
void hax_conv_choices_free(hax_device *device);

/* join.c: finds aliases, before anything is emitted; forgets what a group left there. */
hax_status hax_concat_alias_find(hax_program *program, hax_error *err);
void hax_concat_alias_begin_group(hax_program *program);
/* An operand where a tensor's alias lies, if it may have this layout there; -1. */
hax_status hax_concat_alias_place(hax_program *program, int tensor, hax_const_md desc, int *operand,
                                  hax_error *err);

/* build.c */
hax_status hax_program_build(hax_device *device, const hax_unit *unit, const hax_model *model,
                             const hax_grouping *grouping, void (*beat)(void *), void *beat_context,
                             hax_program **program, hax_error *err);
void hax_program_free(hax_program *program);

/* program_check.c: asserts what holds of every program, in builds with assertions. */
#ifdef NDEBUG
static inline void hax_program_check(const hax_program *program)
{
    (void) program;
}
#else
void hax_program_check(const hax_program *program);
#endif

/* emit.c: the steps of one kernel. */
hax_status hax_emit_kernel(hax_program *program, int kernel, hax_error *err);

/* build.c, for emit: operands and steps. Negative: memory is out. */
int hax_operand_new(hax_program *program, hax_const_md desc, int storage);
int hax_storage_new(hax_program *program, size_t bytes);
int hax_operand_fixed(hax_program *program, hax_const_md desc, const void *data);
/* The same memory seen in another way. */
int hax_operand_seen(hax_program *program, int operand, hax_const_md desc);
/* Operand of a tensor in layout `want` (reordered if need be). */
hax_status hax_operand_want(hax_program *program, int tensor, hax_const_md want, int *operand,
                            hax_error *err);
/* Makes the operand for the output of a kernel in layout `desc`; *after is the operand that the
 * boundary slot wants it reordered to once it is computed, -1. */
hax_status hax_output_place(hax_program *program, int tensor, hax_const_md desc, int *operand,
                            int *after, hax_error *err);
hax_status hax_output_finish(hax_program *program, int tensor, int operand, int after,
                             hax_error *err);
/* An operand on a tensor's slot, in the layout all programs of the device use for it. */
hax_status hax_slot_operand(hax_program *program, int tensor, hax_const_md preferred, int *operand,
                            hax_error *err);
hax_status hax_add_reorder(hax_program *program, int kernel, int from, int to, hax_error *err);
hax_status hax_step_add(hax_program *program, int kernel, dnnl_primitive_desc_t pd, int count,
                        const int *args, const int *operands, hax_error *err);

#endif
