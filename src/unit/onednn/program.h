/* The oneDNN driver's own structures: device, program, task. */
#ifndef UNIT_ONEDNN_PROGRAM_H
#define UNIT_ONEDNN_PROGRAM_H

#include "api.h"
#include "driver.h"
#include "names.h"

/* Weights of a kernel as packed for some program; shared by all that want the same layout. */
typedef struct packed {
    uint64_t model_hash; /* not the address: that may be another model's later */
    int kernel;
    md desc;
    void *data;
    size_t bytes;
    float *bias;
    struct packed *next;
} packed;

/* The layout in which all programs of a device keep a boundary tensor. */
typedef struct canonical {
    uint64_t model_hash;
    int tensor;
    md desc;
    struct canonical *next;
} canonical;

/* How a convolution is done (choose.c). */
typedef enum way {
    WAY_LIBRARY,  /* layouts as the library prefers */
    WAY_BLOCKS,   /* images in blocks of channels */
    WAY_WINOGRAD, /* so, by Winograd's algorithm */
    WAY_COUNT,
} way;

typedef struct choice {
    uint64_t model_hash;
    way *ways; /* [kernel] */
    struct choice *next;
} choice;

/* A kernel whose implementations were found to be wrong (check.c). */
typedef struct distrust {
    uint64_t model_hash;
    int kernel;
    int times;
    char implementation[sizeof((hax_kernel_note *) 0)->implementation]; /* the last one */
    struct distrust *next;
} distrust;

enum { CHANNELS_MAX = 1 << 16 }; /* of a normalisation that could not be folded */

struct hax_device {
    struct hax_device_base base;
    float *zeros, *ones; /* [CHANNELS_MAX] */
    dnnl_engine_t engine;
    packed *packed;
    canonical *canonical;
    choice *choices;
    distrust *distrusted;
    uint64_t *known; /* keys of kernels that were found right */
    int known_count, known_room;
    int block; /* channels in a block of an image */
};

/* A place in memory. */
typedef struct storage {
    size_t bytes;
    int first, last;   /* steps between which it is in use */
    int slot;          /* boundary tensor whose slot it is, -1 */
    const void *fixed; /* weights, NULL */
    size_t offset;     /* in the task's arena */
    bool viewed;       /* several tensors lie in it: nobody may write over it */
} storage;

typedef struct operand {
    md desc;
    int storage;
    size_t offset; /* in the storage, bytes */
} operand;

/* One primitive, or one kernel left to plain loops. */
typedef struct step {
    dnnl_primitive_t primitive; /* NULL: loops */
    int kernel;
    int arg_count;
    int *args;                   /* DNNL_ARG_* */
    int *operands;               /* loops: of the inputs, then the output */
    const float *weights, *bias; /* of loops */
} step;

/* Where a tensor is to lie: within a larger one that it will be joined into (join.c). */
typedef struct home {
    int whole; /* tensor, -1: nowhere in particular; itself: others lie in it */
    int axis;
    int64_t start; /* along axis */
    int operand;   /* that lies there, in the group being built; -1 */
} home;

typedef struct whole {
    int operand; /* -1: not made yet */
    dnnl_format_tag_t tag;
    bool refused; /* its slot has a layout in which nothing can be joined */
} whole;

/* A reorder between a slot and another layout, made on first use. */
typedef struct conversion {
    int tensor;
    bool out;        /* to that layout, not from it */
    hax_layout from; /* the other side's layout */
    md from_desc;
    dnnl_primitive_t primitive;
    void *room; /* scratch memory */
    dnnl_memory_t scratch;
    struct conversion *next;
} conversion;

struct hax_program {
    hax_device *device;
    const hax_model *model;
    const hax_grouping *grouping;
    const choice *choice;
    int threads;
    storage *storages;
    int storage_count, storage_room;
    operand *operands;
    int operand_count, operand_room;
    step *steps;
    int step_count, step_room;
    int *group_first;       /* [group_count + 1]: first step */
    int *tensor_operand;    /* [tensor]: as its kernel left it, -1 */
    int *alternative;       /* [tensor]: reordered within the group being built, -1 */
    home *homes;            /* [tensor] */
    whole *wholes;          /* [tensor], in the group being built */
    bool *boundary;         /* [tensor] */
    hax_layout *layouts;    /* [tensor], of boundary tensors */
    hax_kernel_note *notes; /* [kernel] */
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
    conversion *conversions;
};

/* What loops read of a kernel: its inputs, then what they add. */
static inline int loop_input_count(const hax_kernel *kernel)
{
    return kernel->input_count + (kernel->residual >= 0);
}

static inline int loop_input(const hax_kernel *kernel, int index)
{
    return index < kernel->input_count ? kernel->inputs[index] : kernel->residual;
}

/* 64-byte aligned, in huge pages where large; NULL when memory is out. */
void *large_alloc(size_t bytes);
void large_free(void *memory, size_t bytes);

/* weights.c: a kernel's weights in layout `want`, packed now or found. */
hax_status weights_get(hax_device *device, const hax_model *model, int kernel, const_md plain,
                       const_md want, const packed **found, hax_error *err);
void weights_free(hax_device *device);

/* dst = src in another layout, once. */
hax_status reorder_now(dnnl_engine_t engine, const_md from, void *src, const_md to, void *dst);

/* check.c: holds the steps of a kernel that was just emitted, from `first_step` on, against the
 * loops, if that was not done before. *again: it is wrong, and distrusted from now on. */
hax_status check_kernel(hax_program *program, int kernel, int first_step, bool *again,
                        hax_error *err);
/* So many of its implementations were wrong; the last of them, NULL where none was. */
int distrust_of(const hax_program *program, int kernel);
const char *distrusted_implementation(const hax_program *program, int kernel);
hax_status checks_trust(hax_device *device, const uint64_t *keys, int count, hax_error *err);
const uint64_t *checks_trusted(const hax_device *device, int *count);
void checks_free(hax_device *device);

/* choose.c: sets program->choice, timing convolutions if it is the device's first program of the
 * network. */
hax_status choice_find(hax_program *program, void (*beat)(void *), void *beat_context,
                       hax_error *err);
void choices_free(hax_device *device);

/* join.c: finds homes, before anything is emitted; forgets what a group left there. */
hax_status homes_find(hax_program *program, hax_error *err);
void homes_begin_group(hax_program *program);
/* An operand in a tensor's home, if it may have this layout there; -1. */
hax_status home_place(hax_program *program, int tensor, const_md desc, int *operand,
                      hax_error *err);

/* build.c */
hax_status program_build(hax_device *device, const hax_unit *unit, const hax_model *model,
                         const hax_grouping *grouping, void (*beat)(void *), void *beat_context,
                         hax_program **program, hax_error *err);
void program_free(hax_program *program);

/* emit.c: the steps of one kernel. */
hax_status emit_kernel(hax_program *program, int kernel, hax_error *err);

/* build.c, for emit: operands and steps. Negative: memory is out. */
int operand_new(hax_program *program, const_md desc, int storage);
int storage_new(hax_program *program, size_t bytes);
int operand_fixed(hax_program *program, const_md desc, const void *data);
/* The same memory seen in another way. */
int operand_seen(hax_program *program, int of, const_md desc);
/* Operand of a tensor in layout `want` (reordered if need be). */
hax_status operand_want(hax_program *program, int tensor, const_md want, int *operand,
                        hax_error *err);
/* Makes the operand for the output of a kernel in layout `desc`; *after is the operand that the
 * boundary slot wants it reordered to once it is computed, -1. */
hax_status output_place(hax_program *program, int tensor, const_md desc, int *operand, int *after,
                        hax_error *err);
hax_status output_finish(hax_program *program, int tensor, int operand, int after, hax_error *err);
/* An operand on a tensor's slot, in the layout all programs of the device use for it. */
hax_status slot_operand(hax_program *program, int tensor, const_md preferred, int *operand,
                        hax_error *err);
hax_status add_reorder(hax_program *program, int kernel, int from, int to, hax_error *err);
hax_status step_add(hax_program *program, int kernel, dnnl_primitive_desc_t pd, int count,
                    const int *args, const int *operands, hax_error *err);

#endif
