/* The kernels that a profiler counted, and the entries of a profile that launched them. */
#ifndef HAX_IMPORT_MATCH_MATCH_KERNELS_H
#define HAX_IMPORT_MATCH_MATCH_KERNELS_H

#include "import.h"
#include "match.h"

/* What an entry's kernels moved in one inference. */
typedef struct hax_match_traffic {
    int kernels;
    double time_ms; /* under the profiler, whose clocks are its own */
    double bytes;   /* NAN: of some kernel they are not known */
    bool cache;     /* misses of a cache stand for bytes of DRAM */
    bool half;      /* only what was read */
} hax_match_traffic;

typedef struct hax_match_kernel {
    const char *name, *range; /* range: NULL, none */
    double id, time_ms, bytes;
    const char *source;
    int entry; /* -1: none found */
} hax_match_kernel;

typedef struct hax_match_kernels {
    const hax_import_section *launches;
    const char *file;
    int count, used_count; /* all, and those of whole inferences */
    int passes;
    hax_match_kernel *kernels;
    hax_match_traffic *of_entry; /* [entry] */
    bool by_range;
    double misfit;       /* by order: how far times differ, of all */
    const char *refused; /* why nothing was mapped, NULL: it was */
} hax_match_kernels;

/*
 * Maps the launches of the last Nsight Compute file among `beside` to the entries: by NVTX range
 * where ranges are called as entries are, else in their order, so that times agree. False when
 * there is no such file or memory is out (all->failed). Free with hax_match_kernels_free.
 */
bool hax_match_find_kernels(hax_match *match, const hax_import *const *beside, int beside_count,
                            hax_match_kernels *found);
void hax_match_kernels_free(hax_match_kernels *found);

/* match_demand.c: sections "kernels", "kernels_not_mapped" and, with a grouping, "demands". */
void hax_match_tell_kernels(hax_import_builder *builder, const hax_match *match,
                            const hax_match_kernels *found, const hax_grouping *grouping);

#endif
