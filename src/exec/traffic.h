/*
 * Memory traffic of a settable demand, made by a processor: what units are pressed with and
 * what their slowdown is measured on.
 *
 * A source streams through a region that no cache holds and computes a fixed number of steps after
 * every chunk. So it behaves like a kernel: pressed by others it takes longer, it does not
 * catch up, and its demand is what it reaches alone.
 */
#ifndef HAX_EXEC_TRAFFIC_H
#define HAX_EXEC_TRAFFIC_H

#include <stddef.h>

#include "error.h"
#include "haxconn/contention.h"

typedef struct hax_traffic {
    hax_traffic_kind kind;
    int work; /* steps of arithmetic after every chunk; 0: all the processor can move; < 0: none */
} hax_traffic;

enum {
    HAX_TRAFFIC_CHUNK = 4096,                   /* bytes passed over between computing */
    HAX_TRAFFIC_BLOCK = 16 * HAX_TRAFFIC_CHUNK, /* bytes passed over by one call */
};

typedef struct hax_traffic_source hax_traffic_source;

/* How large a region must be for no cache to hold it: 128 MB, or four times the last cache if
 * that is more, but at most an eighth of the memory. */
size_t hax_traffic_region_bytes(void);

/* A source over a region of its own, touched by the calling thread (so that it lies in
 * its memory node). Used by one thread at a time. */
hax_status hax_traffic_open(size_t region_bytes, hax_traffic_source **source, hax_error *err);
void hax_traffic_close(hax_traffic_source *source); /* NULL is allowed */

/* Passes over the next block: reads it, writes it, or copies it to elsewhere in the region. */
void hax_traffic_block(hax_traffic_source *source, hax_traffic traffic);

/* Bytes that one block moves: a copy reads and writes each. */
double hax_traffic_block_bytes(hax_traffic_kind kind);

#endif
