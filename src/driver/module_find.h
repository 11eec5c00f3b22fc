/* Modules of kernels: files beside the library that a (worker) process loads when it needs them. */
#ifndef HAX_DRIVER_MODULE_FIND_H
#define HAX_DRIVER_MODULE_FIND_H

#include "error.h"

/*
 * Loads a module, where it is not loaded yet, and finds what it exports by name, into a function
 * pointer of the caller's. `advice` is what to do where the file is missing.
 *   HAX_UNAVAILABLE  there is no such file, it cannot be loaded, or does not export that
 *   HAX_NO_MEMORY
 */
hax_status hax_module_find(const char *file, const char *advice, const char *name, void *function,
                           hax_error *err);

#endif
