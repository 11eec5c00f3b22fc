/*
 * Platforms: the units a machine offers, over which resources.
 *
 * A unit runs one job at a time. Two units that share a resource never run at once,
 * so "all cores together" is a unit like any other beside the single cores. Units of
 * one kind (driver, instruction set, precision) live in one worker process and share
 * their packed weights.
 *
 * Processes and threads: hax_platform_load has this machine looked at, and its kernel libraries
 * asked, in short-lived child processes (forks without exec, reaped before it returns), as those
 * may crash or change the process that loads them. Of documents only those do that whose
 * fingerprint is left out. All functions may be called from any thread, at once too; platforms are
 * immutable. Units are found among the processors that the calling thread may use.
 */
#ifndef HAXCONN_PLATFORM_H
#define HAXCONN_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haxconn/api.h"
#include "haxconn/datasheet.h"
#include "haxconn/limits.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How long a synthetic unit takes, on a virtual clock:
 *   (overhead + macs / rate + bytes / bandwidth) * (1 + slowdown * demand of the others)
 * A group whose network was on another unit of the kind before takes `enter` longer: private
 * caches that are cold, a team of threads that sleeps. */
typedef struct hax_law {
    double overhead_ms;
    double gmac_per_s;
    double gbps;
    double slowdown_per_gbps;
    double enter_ms;
} hax_law;

typedef struct hax_kind {
    const char *name;   /* "avx512", "sse41" */
    const char *driver; /* "onednn", "cuda", "tensorrt", "portable", "null", "synthetic" */
    const char *isa;    /* cap in the driver's words ("sse41"), "" for none; of tensorrt the board
                           and TensorRT's version, "orin-agx,10.3" */
    const char *precision; /* "f32"; of GPUs also "tf32", "f16" */
    int device;            /* number of the GPU, of the cuda and tensorrt drivers */
    hax_law law;           /* of the synthetic driver */
} hax_kind;

typedef struct hax_unit {
    const char *name;
    int kind;
    uint32_t resources; /* bit mask over the platform's resources */
    int cpu_count;
    const int *cpus; /* logical processors by the system's numbers, thread t on cpus[t] */
    int threads;
    int first_sm,
        sms;         /* of a GPU: its multiprocessors [first_sm, first_sm + sms), 0: all of them */
    int class_id;    /* units of one class do the same work in the same time: measured together */
    bool reference;  /* executed to compare with, never planned on */
    int dla;         /* of a Jetson's DLA: its core, counted from 1; 0: it is none */
    const char *why; /* where it comes from, one line */
} hax_unit;

typedef struct hax_fingerprint {
    const char *cpu; /* model name */
    int cores;
    const char *kernel;    /* operating system and release */
    const char *libraries; /* "oneDNN 2.6.3" */
    const char *clocks;    /* governor or power mode, "unknown" where the system does not tell */
    uint64_t hash;         /* of the above */
} hax_fingerprint;

typedef struct hax_platform {
    const char *name;
    const char *description; /* one line: what was found and why these units; that they are
                                emulated or simulated is told by the flags, not here */
    bool emulated;           /* a capped core stands in for another device */
    bool simulated;          /* virtual clock: nothing is computed */
    int resource_count;
    const char *const *resources;
    int kind_count;
    const hax_kind *kinds;
    int unit_count;
    const hax_unit *units;
    hax_fingerprint fingerprint;
    const hax_datasheet *datasheet; /* of a machine that is not here: where its times come from;
                                       NULL: they are measured, or by the units' laws */
} hax_platform;

/*
 * Finds a platform, in child processes (see above): "host", "spare" (the same with a core left free
 * for other work), "emulated", "gpu" and "machine" (cores and the GPU), "null", "synthetic", the
 * name of one of the documents that come with haxconn ("xavier-agx"), or the path of a platform
 * document ("haxconn/platform"). Immutable; free with hax_platform_destroy. A document may describe
 * another machine: that this one has its processors is checked when it executes. Behind "gpu" and
 * "machine" may stand a precision and partitions of the GPU, with a comma before each:
 * "gpu,f16,100+32" has the whole GPU and two parts of 100 and 32 multiprocessors as units; without
 * a partition the parts are its halves.
 *   HAX_UNAVAILABLE  this machine lacks what it needs (named, with what to do)
 *   HAX_BAD_INPUT    unknown name, or a bad document (with the path of the value)
 */
HAX_API hax_status hax_platform_load(const char *name_or_path, const hax_platform **platform,
                                     hax_error *err);

/* A platform that has a name, and what it is. It will not grow. */
typedef struct hax_platform_name {
    const char *name;
    const char *what; /* one line */
} hax_platform_name;

/* Those that hax_platform_load knows without a path, but for what may stand behind "gpu". Static;
 * thread-safe. */
HAX_API const hax_platform_name *hax_platform_names(int *count);

/* The same from the text of a document; forks where its fingerprint is left out. */
HAX_API hax_status hax_platform_parse(const char *json, size_t length, const char *file,
                                      const hax_platform **platform, hax_error *err);

/* NULL is allowed. */
HAX_API void hax_platform_destroy(const hax_platform *platform);

/* The "haxconn/platform" document; free with free. */
HAX_API hax_status hax_platform_text(const hax_platform *platform, char **json, hax_error *err);

/*
 * Counters of memory traffic that the kernel offers: perf's memory controllers and resctrl, by
 * name, with commas, in `names`; their number is returned. Most virtual machines have none. `root`
 * is put before the paths ("" for this machine).
 */
HAX_API int hax_memory_counters(const char *root, char *names, size_t size);

#ifdef __cplusplus
}
#endif

#endif
