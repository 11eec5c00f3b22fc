/*
 * Which units are the same for a measurement. Units of one class do the same work in the
 * same time, so a class is known by its first unit; and a configuration is known by what
 * decides its times, not by the name that a platform gives it.
 */
#ifndef HAX_PROFILE_STORE_IDENTITY_H
#define HAX_PROFILE_STORE_IDENTITY_H

#include <stdint.h>

#include "haxconn/platform.h"

/* The first unit of a unit's class. */
int hax_class_of(const hax_platform *platform, int unit);

/* Units that are measured for the class of `unit`, in the platform's order: those that are
 * planned on, if it has any. Returns their number. */
int hax_class_units(const hax_platform *platform, int unit, int units[]);

/* Does the class have a unit that may be planned on? */
bool hax_class_planned(const hax_platform *platform, int unit);

/* Driver, instruction set, precision, law. */
uint64_t hax_kind_hash(const hax_platform *platform, int kind);

/* The kind, the threads, and which processors the class's first unit has: cores of
 * another sort (efficiency cores) are other processors. */
uint64_t hax_class_hash(const hax_platform *platform, int unit);

#endif
