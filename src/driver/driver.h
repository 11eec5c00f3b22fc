/*
 * The one interface behind which every kernel library stands.
 *
 * Life in a worker process: `open` once; on each unit's own thread `enter`, then for
 * every model `build` (kernels for the unit's thread count, weights packed) and for
 * every instance `bind` (tensors of its own). Then, round after round: `import` what
 * another kind left, `run` groups.
 *
 * Boundary tensors (the network's input, the tensor at every cut, the outputs) live in
 * slots of memory shared by all workers; each kind has a slot of its own per tensor,
 * in the layout the kind prefers. All units of a kind agree on that layout, so a
 * tensor passes between them without a copy; another kind imports it straight out of
 * the producer's slot.
 *
 * Every function but `supports` is called in the worker process only. Calls on
 * different tasks may run on different threads at once; builds are made one at a time.
 */
#ifndef HAX_DRIVER_DRIVER_H
#define HAX_DRIVER_DRIVER_H

#include "error.h"
#include "haxconn/contention.h"
#include "haxconn/model.h"
#include "haxconn/platform.h"
#include "model.h"

/* How a tensor lies in memory. Plain data, copied between processes. */
typedef struct hax_layout {
    char driver[16]; /* who can read `data`; "plain": dense NCHW, no data */
    size_t bytes;    /* of a tensor in this layout */
    size_t data_bytes;
    unsigned char data[1024]; /* the driver's own description, position-independent */
} hax_layout;

extern const hax_layout hax_layout_plain_tag; /* driver "plain"; bytes 0: the tensor's own */

typedef struct hax_device hax_device;                 /* a library opened in this process */
typedef struct hax_program hax_program;               /* a model built for one thread count */
typedef struct hax_task hax_task;                     /* an instance of it, with its tensors */
typedef struct hax_batch hax_batch;                   /* jobs that a device takes up by itself */
typedef struct hax_device_traffic hax_device_traffic; /* memory traffic of a unit */

/* What every device begins with: the table to use for it. A driver whose library is loaded
 * at run time hands out the table of the loaded module. */
struct hax_device_base {
    const struct hax_driver *driver;
};

/* One line about a kernel as built, for reports. */
typedef struct hax_kernel_note {
    char implementation[48]; /* in the library's words: "jit:avx512_core" */
    bool slow; /* the library fell back to a reference implementation, or its own were wrong */
} hax_kernel_note;

/* A job of a batch. Those in one queue, which is a stream of the unit that the task is on, follow
 * each other as they are listed. */
typedef struct hax_batch_job {
    hax_task *task;
    int group;
    int stream;   /* 0: the unit's own; others share the unit with it */
    int priority; /* of its kernels where streams share a unit: higher ones go first */
    int behind_count;
    const int *behind; /* earlier jobs of the batch that must have ended, of other queues */
    int64_t delay_ns;  /* it begins so long at least */
    int after;         /* behind the end of an earlier job; -1: behind the batch's start */
    bool untimed;      /* what it took may count as the next one's of its queue, which is timed or
                          untimed too */
} hax_batch_job;

typedef struct hax_job_times { /* on the host's clock (clock.h) */
    int64_t start_ns, end_ns;
} hax_job_times;

typedef struct hax_driver {
    const char *name;
    bool computes; /* false: outputs mean nothing (null, synthetic) */

    /* Can it run this kernel? If not, a reason in `why` (may be NULL). Callable in any
     * process, without a device. */
    bool (*supports)(const hax_model *model, int kernel, char *why, size_t why_size);

    /* Opens the library under the kind's caps. From here on the table in the device counts
     * (hax_device_driver). */
    hax_status (*open)(const hax_kind *kind, hax_device **device, hax_error *err);
    void (*close)(hax_device *device);

    /* The calling thread becomes the unit's: pins it and its team, sets denormals to zero. */
    hax_status (*enter)(hax_device *device, const hax_unit *unit, hax_error *err);

    /* Wakes the unit's team and returns; called over and over while a round is about to start, so
     * that its threads are awake then. NULL: the unit's thread works alone. */
    void (*rouse)(hax_device *device, const hax_unit *unit);

    /* Builds all groups for the calling thread's unit. The model and the grouping must
     * outlive the program. `beat` (may be NULL) is called between kernels. */
    hax_status (*build)(hax_device *device, const hax_unit *unit, const hax_model *model,
                        const hax_grouping *grouping, void (*beat)(void *), void *beat_context,
                        hax_program **program, hax_error *err);
    /* From within a beat: how far kernels of the network being built are chosen, where that takes
     * long, from 0 to 1, and about how many seconds it goes on; below 0: nothing is being chosen.
     * NULL: choosing never takes long. */
    double (*chosen)(const hax_device *device, double *seconds_left);
    void (*discard)(hax_program *program);

    /* Layout of a boundary tensor in this kind's slots. */
    const hax_layout *(*layout)(const hax_program *program, int tensor);
    void (*note)(const hax_program *program, int kernel, hax_kernel_note *note);

    /* Kernels that were found right, by keys of the driver's own that hold for every process with
     * the same library and instruction set: those from before, which are not checked again, and
     * all so far (owned by the device). NULL: it checks none. */
    hax_status (*trust)(hax_device *device, const uint64_t *keys, int count, hax_error *err);
    const uint64_t *(*trusted)(const hax_device *device, int *count);

    /* An instance; slots[tensor] is the shared memory of every boundary tensor, at least
     * layout->bytes, 64-byte aligned, NULL for all other tensors. */
    hax_status (*bind)(hax_program *program, void *const *slots, hax_task **task, hax_error *err);
    void (*unbind)(hax_task *task);

    /* Runs one group: reads its input's slot, writes its output's slot. */
    hax_status (*run)(hax_task *task, int group, hax_error *err);

    /* Jobs that the device takes up by itself: NULL where a group runs on the thread that asks for
     * it. `compile` makes one batch of jobs on any units of the device, by one thread at a time,
     * with no round under way on their units; it needs the tasks for as long as it lives. `submit`
     * starts a batch at a time of the host's clock (in the past: at once), again when all its jobs
     * have ended. `ended` says whether a job has, and when it ran: on the host's clock, from when
     * it could begin, without what it costs to take times; by any threads. */
    hax_status (*compile)(hax_device *device, const hax_batch_job *jobs, int count,
                          hax_batch **batch, hax_error *err);
    void (*release)(hax_batch *batch);
    hax_status (*submit)(hax_batch *batch, int64_t start_ns, hax_error *err);
    hax_status (*ended)(hax_batch *batch, int job, bool *ended, hax_job_times *times,
                        hax_error *err);

    /* Memory that all workers share, from which tensors are imported and into which they are
     * exported, as fast as it can be done there; called once, before units enter. NULL: nothing can
     * be done. */
    void (*adopt)(hax_device *device, void *memory, size_t bytes);

    /* Memory traffic that a unit's device makes by itself, where no processor can make it for it:
     * NULL where the unit's processors do (exec/traffic.h). Called on the unit's thread. Between
     * `traffic_begin` and `traffic_end` it goes on, computing `work` steps after every so much
     * memory, and `traffic_blocks` says how many blocks of *block_bytes it has come to. */
    hax_status (*traffic_open)(hax_device *device, const hax_unit *unit,
                               hax_device_traffic **traffic, hax_error *err);
    void (*traffic_close)(hax_device_traffic *traffic); /* NULL is allowed */
    hax_status (*traffic_begin)(hax_device_traffic *traffic, hax_traffic_kind kind, int work,
                                double *block_bytes, hax_error *err);
    uint64_t (*traffic_blocks)(const hax_device_traffic *traffic);
    hax_status (*traffic_end)(hax_device_traffic *traffic, hax_error *err);

    /* Fills the slot of a boundary tensor from `data` in layout `from`.
     * can_import false: the producer must export to plain first. */
    bool (*can_import)(const hax_layout *from);
    hax_status (*import)(hax_task *task, int tensor, const hax_layout *from, const void *data,
                         hax_error *err);

    /* Writes the slot of a boundary tensor as plain NCHW floats. */
    hax_status (*export)(hax_task *task, int tensor, float *plain, hax_error *err);
} hax_driver;

/* A driver by name, NULL when there is none of that name in this build. The module of a
 * library (oneDNN) is loaded on `open`, not here: a process that only plans never
 * loads it. */
const hax_driver *hax_driver_find(const char *name);

/* The table of an open device. */
const hax_driver *hax_device_driver(const hax_device *device);

/* Can the operation of this kernel run in the libraries that compute? The reason if not. */
bool hax_kernel_known(const hax_model *model, int kernel, char *why, size_t why_size);

/* Can every kernel of the model run on at least one non-reference unit of the platform,
 * and which can run where? HAX_BAD_INPUT naming layer, type and line if a kernel can run
 * nowhere. */
hax_status hax_platform_check_model(const hax_platform *platform, const hax_model *model,
                                    hax_error *err);

/* Can this unit run all kernels of a group? */
bool hax_unit_supports_group(const hax_platform *platform, int unit, const hax_model *model,
                             const hax_group *group);

/* Does this machine have the processors of every unit? HAX_UNAVAILABLE naming the unit and the
 * processor if not; a simulated platform needs none. */
hax_status hax_platform_check_processors(const hax_platform *platform, hax_error *err);

/* A processor that this process may use and that none of these units uses, the last of them; -1:
 * there is none. */
hax_status hax_unit_spare_cpu(const hax_platform *platform, const int *units, int unit_count,
                              int *cpu, hax_error *err);

/* Pins the calling thread to processors (none: leaves it free). */
hax_status hax_unit_pin_thread(const int *cpus, int cpu_count, hax_error *err);

/* A driver's library as found on this machine, asked in a process of its own so that the
 * caller's is not changed. */
typedef struct hax_driver_probe {
    bool available;
    bool no_memory;   /* to load it: nothing is known of it */
    char library[64]; /* "oneDNN 2.6.3" */
    char isa[64];     /* best instruction set it will use, "avx512_core_bf16" */
    char reason[256]; /* why not available */
} hax_driver_probe;

/* HAX_NO_MEMORY where memory ran out in that process. */
hax_status hax_driver_ask(const char *name, hax_driver_probe *probe, hax_error *err);

#endif
