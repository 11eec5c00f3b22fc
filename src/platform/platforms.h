/* Making platforms. */
#ifndef HAX_PLATFORM_PLATFORMS_H
#define HAX_PLATFORM_PLATFORMS_H

#include <hwloc.h>

#include "arena.h"
#include "driver.h"

/* A platform under construction; all it points to lies in the arena. */
typedef struct hax_platform_builder {
    hax_arena *arena;
    hax_platform *platform;
    const char *resources[HAX_MAX_RESOURCES];
    hax_kind kinds[HAX_MAX_UNITS];
    hax_unit units[HAX_MAX_UNITS];
    bool failed; /* memory ran out */
} hax_platform_builder;

hax_status hax_platform_builder_begin(hax_platform_builder *maker, const char *name,
                                      hax_error *err);
/* Indices of what was added. The texts are copied. */
int hax_platform_builder_resource(hax_platform_builder *maker, const char *name);
int hax_platform_builder_kind(hax_platform_builder *maker, const hax_kind *kind);
int hax_platform_builder_unit(hax_platform_builder *maker, const hax_unit *unit);
/* Fills the fingerprint and hands the platform out; on failure frees all. */
hax_status hax_platform_builder_end(hax_platform_builder *maker, const hax_platform **platform,
                                    hax_error *err);
void hax_platform_builder_abandon(hax_platform_builder *maker);
/* A text in the maker's arena; "" when memory is out (failed is set). */
const char *hax_platform_builder_text(hax_platform_builder *maker, const char *format, ...)
    HAX_PRINTF(2, 3);

typedef enum hax_host_form {
    HOST_WHOLE,
    HOST_SPARE,    /* the last core (of the weakest kind) belongs to no unit */
    HOST_EMULATED, /* a fast and a slow stand-in */
} hax_host_form;

/* The units of a machine with this topology. */
hax_status hax_platform_host(hax_platform_builder *maker, hwloc_topology_t topology,
                             hax_host_form form, hax_error *err);
/* The platforms that need no hardware: "null" (processors of this machine), "synthetic". */
hax_status hax_platform_null(hax_platform_builder *maker, hwloc_topology_t topology,
                             hax_error *err);
hax_status hax_platform_synthetic(hax_platform_builder *maker, hax_error *err);

/* HAX_BAD_INPUT that says which names there are. */
hax_status hax_platform_unknown(const char *name, hax_error *err);

/* The file of a document that comes with haxconn, by its name: beside the program (../share), where
 * it was installed, or in the sources that it was built from. False when there is none. */
bool hax_platform_shipped(const char *name, char *path, size_t size);

/* What machine this is. */
hax_status hax_fingerprint_take(hax_arena *arena, const hax_platform *platform,
                                hax_fingerprint *fingerprint, hax_error *err);

/* What the processors are called: the board by the device tree, where there is one (its processors
 * have no name of their own in /proc/cpuinfo on Arm), else the processor. `root` is in front of the
 * files' paths, "" but in tests. */
hax_status hax_fingerprint_cpu(const char *root, char *text, size_t size);

/* Fills the hash from the rest. */
void hax_fingerprint_hash(hax_fingerprint *fingerprint);

/* The topology of this machine, restricted to what this process may use; free with
 * hwloc_topology_destroy. */
hax_status hax_topology_load(hwloc_topology_t *topology, hax_error *err);

#endif
