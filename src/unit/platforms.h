/* Making platforms. */
#ifndef UNIT_PLATFORMS_H
#define UNIT_PLATFORMS_H

#include <hwloc.h>

#include "arena.h"
#include "driver.h"

/* A platform under construction; all it points to lies in the arena. */
typedef struct platform_maker {
    hax_arena *arena;
    hax_platform *platform;
    const char *resources[HAX_MAX_RESOURCES];
    hax_kind kinds[HAX_MAX_UNITS];
    hax_unit units[HAX_MAX_UNITS];
    bool failed; /* memory ran out */
} platform_maker;

hax_status maker_begin(platform_maker *maker, const char *name, hax_error *err);
/* Indices of what was added. The texts are copied. */
int maker_resource(platform_maker *maker, const char *name);
int maker_kind(platform_maker *maker, const hax_kind *kind);
int maker_unit(platform_maker *maker, const hax_unit *unit);
/* Fills the fingerprint and hands the platform out; on failure frees all. */
hax_status maker_end(platform_maker *maker, hax_platform **platform, hax_error *err);
void maker_abandon(platform_maker *maker);
/* A text in the maker's arena; "" when memory is out (failed is set). */
const char *maker_text(platform_maker *maker, const char *format, ...) HAX_PRINTF(2, 3);

typedef enum host_form {
    HOST_WHOLE,
    HOST_SPARE,    /* the last core (of the weakest kind) belongs to no unit */
    HOST_EMULATED, /* a fast and a slow stand-in */
} host_form;

/* The units of a machine with this topology. */
hax_status platform_host(platform_maker *maker, hwloc_topology_t topology, host_form form,
                         hax_error *err);
/* The platforms that need no hardware: "null" (processors of this machine), "synthetic". */
hax_status platform_null(platform_maker *maker, hwloc_topology_t topology, hax_error *err);
hax_status platform_synthetic(platform_maker *maker, hax_error *err);

/* The file of a document that comes with haxconn, by its name: beside the program (../share), where
 * it was installed, or in the sources that it was built from. False when there is none. */
bool platform_shipped(const char *name, char *path, size_t size);

/* What machine this is. */
hax_status fingerprint_take(hax_arena *arena, const hax_platform *platform, hax_fingerprint *made,
                            hax_error *err);

/* What the processors are called: the board by the device tree, where there is one (its processors
 * have no name of their own in /proc/cpuinfo on Arm), else the processor. `root` is in front of the
 * files' paths, "" but in tests. */
hax_status hax_fingerprint_cpu(const char *root, char *text, size_t size);

/* Fills the hash from the rest. */
void fingerprint_hash(hax_fingerprint *of);

/* The topology of this machine, restricted to what this process may use; free with
 * hwloc_topology_destroy. */
hax_status topology_load(hwloc_topology_t *topology, hax_error *err);

#endif
