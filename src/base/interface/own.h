/* What the library has made is const to those it was given to; it frees it itself. */
#ifndef HAX_BASE_INTERFACE_OWN_H
#define HAX_BASE_INTERFACE_OWN_H

#include <stdint.h>

/* The same object to its maker. Only for what was not defined const. */
static inline void *hax_own(const void *object)
{
    return (void *) (uintptr_t) object;
}

#endif
