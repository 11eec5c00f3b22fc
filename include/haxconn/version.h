/* The version of the library; the top CMakeLists.txt reads it from here. */
#ifndef HAXCONN_VERSION_H
#define HAXCONN_VERSION_H

#include "haxconn/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Semantic versioning (semver.org). The shared library's name carries what must agree between a
 * program and the library: MAJOR, and before 1.0.0, when every minor version may change functions
 * and structures, MAJOR.MINOR.
 */
#define HAX_VERSION "0.1.0"

/* HAX_VERSION of the library that the program runs with. Never NULL. */
HAX_API const char *hax_version(void);

#ifdef __cplusplus
}
#endif

#endif
