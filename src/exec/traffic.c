#include "traffic.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "platform.h"

/* The alignment is said too: left to itself it differs between instruction sets. */
typedef uint64_t lanes __attribute__((vector_size(64), aligned(64)));

struct hax_traffic_source {
    unsigned char *region;
    size_t bytes;  /* a whole number of pairs of blocks */
    size_t cached; /* of these, what stays in the last cache */
    size_t at;     /* where the next block begins */
    lanes sum;     /* of all that was read, so that reading has a use */
    double value;  /* the same for the arithmetic */
};

static hax_status find_cache(const void *context, hax_text *answer, hax_error *err)
{
    (void) context;
    size_t largest = 0;
    hwloc_topology_t topology;
    HAX_TRY(hax_topology_load(&topology, err));
    int depth = hwloc_get_type_depth(topology, HWLOC_OBJ_L3CACHE);
    for (unsigned i = 0; depth >= 0 && i < hwloc_get_nbobjs_by_depth(topology, depth); i++) {
        hwloc_obj_t cache = hwloc_get_obj_by_depth(topology, depth, i);
        largest = cache->attr->cache.size > largest ? cache->attr->cache.size : largest;
    }
    hwloc_topology_destroy(topology);
    hax_text_append_bytes(answer, (const char *) &largest, sizeof largest);
    return HAX_OK;
}

/* Bytes of the largest cache that processors share; 0 when the system does not tell. (The C
 * library's own figure is off by an order of magnitude in virtual machines.) */
static size_t last_cache_bytes(void)
{
    size_t bytes = 0;
    hax_text found = { 0 };
    if (hax_ask_in_child("reading this machine's caches", find_cache, NULL, &found, NULL) ==
            HAX_OK &&
        found.length == sizeof bytes)
        memcpy(&bytes, found.data, sizeof bytes);
    hax_text_free(&found);
    return bytes;
}

size_t hax_traffic_region_bytes(void)
{
    size_t bytes = (size_t) 128 << 20, cache = last_cache_bytes();
    if (4 * cache > bytes)
        bytes = 4 * cache;
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0 && (size_t) pages / 8 * (size_t) page < bytes)
        bytes = (size_t) pages / 8 * (size_t) page;
    return bytes;
}

hax_status hax_traffic_open(size_t region_bytes, hax_traffic_source **out, hax_error *err)
{
    const size_t pair = 2 * HAX_TRAFFIC_BLOCK; /* a copy needs two halves of whole blocks */
    /* vectors want more than calloc's alignment */
    hax_traffic_source *source = aligned_alloc(_Alignof(hax_traffic_source), sizeof *source);
    assert(region_bytes > 0);
    if (!source)
        return hax_fail_memory(err, "a source of memory traffic");
    memset(source, 0, sizeof *source);
    source->bytes = (region_bytes + pair - 1) / pair * pair;
    /* the region is four times the last cache or more (hax_traffic_region_bytes): half of the
     * cache, which is left to others too */
    source->cached = source->bytes / 8 / pair * pair;
    if (source->cached == 0)
        source->cached = pair;
    source->region = aligned_alloc(HAX_TRAFFIC_BLOCK, source->bytes);
    if (!source->region) {
        free(source);
        return hax_fail(err, HAX_NO_MEMORY, "out of memory for %zu MB of traffic",
                        region_bytes >> 20);
    }
    assert((uintptr_t) source->region % HAX_TRAFFIC_BLOCK == 0 && source->bytes % pair == 0);
    memset(source->region, 1, source->bytes);
    *out = source;
    return HAX_OK;
}

void hax_traffic_close(hax_traffic_source *source)
{
    if (!source)
        return;
    free(source->region);
    free(source);
}

/* Wider vectors keep more lines on their way: a processor moves a fifth more with them. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_THREAD__)
__attribute__((target_clones("default", "avx2", "avx512f")))
#endif
static void
read_chunk(hax_traffic_source *source, const unsigned char *chunk)
{
    const lanes *at = (const lanes *) (const void *) chunk;
    lanes sum[4] = { source->sum };
    for (size_t i = 0; i < HAX_TRAFFIC_CHUNK / sizeof *at; i += 4)
        for (size_t k = 0; k < 4; k++)
            sum[k] += at[i + k];
    source->sum = sum[0] + sum[1] + sum[2] + sum[3];
}

static void write_chunk(const hax_traffic_source *source, unsigned char *chunk)
{
    lanes *at = (lanes *) (void *) chunk;
    lanes value = source->sum;
    for (size_t i = 0; i < HAX_TRAFFIC_CHUNK / sizeof *at; i++)
        at[i] = value;
}

/* Every step waits for the one before: the time is a matter of the clock only. */
static void compute(hax_traffic_source *source, int steps)
{
    double value = source->value;
    for (int i = 0; i < steps; i++)
        value = value * 0.999 + 1.0;
    source->value = value;
}

/* A copy goes from the lower half of the region to the upper. */
static void pass_over(hax_traffic_source *source, hax_traffic_kind kind, size_t offset)
{
    unsigned char *chunk = source->region + offset;
    switch (kind) {
    case HAX_TRAFFIC_READ:
    case HAX_TRAFFIC_CACHE: read_chunk(source, chunk); break;
    case HAX_TRAFFIC_WRITE: write_chunk(source, chunk); break;
    case HAX_TRAFFIC_COPY: memcpy(chunk + source->bytes / 2, chunk, HAX_TRAFFIC_CHUNK); break;
    }
}

static size_t end_of(const hax_traffic_source *source, hax_traffic_kind kind)
{
    switch (kind) {
    case HAX_TRAFFIC_COPY: return source->bytes / 2;
    case HAX_TRAFFIC_CACHE: return source->cached;
    case HAX_TRAFFIC_READ:
    case HAX_TRAFFIC_WRITE: break;
    }
    return source->bytes;
}

void hax_traffic_block(hax_traffic_source *source, hax_traffic traffic)
{
    size_t end = end_of(source, traffic.kind);
    assert(traffic.work >= 0 && end >= HAX_TRAFFIC_BLOCK);
    if (source->at >= end)
        source->at = 0;
    for (size_t done = 0; done < HAX_TRAFFIC_BLOCK; done += HAX_TRAFFIC_CHUNK) {
        pass_over(source, traffic.kind, source->at + done);
        compute(source, traffic.work);
    }
    source->at += HAX_TRAFFIC_BLOCK;
    assert(source->at <= end && source->at % HAX_TRAFFIC_BLOCK == 0);
    /* neither the sum nor the value may be thought unused */
    __asm__ volatile("" : : "m"(source->sum), "m"(source->value) : "memory");
}

double hax_traffic_block_bytes(hax_traffic_kind kind)
{
    return kind == HAX_TRAFFIC_COPY ? 2.0 * HAX_TRAFFIC_BLOCK : HAX_TRAFFIC_BLOCK;
}
