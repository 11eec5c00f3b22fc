/* Configurations and options as callers hand them in (haxconn/haxconn.h says what they are). */
#ifndef HAX_BASE_INTERFACE_CONFIG_H
#define HAX_BASE_INTERFACE_CONFIG_H

#include <stddef.h>

#include "error.h"

/*
 * Copies what the caller's version of a struct holds over `own`, which holds the defaults. Both
 * begin with a size_t, their size; `given` may be NULL. HAX_USAGE names the type where the caller's
 * is not from its initialiser, or from a later version than this library.
 */
hax_status hax_config_take(const char *type, void *own, size_t own_size, const void *given,
                           hax_error *err);

/* May the library fill this struct of the caller's? HAX_USAGE as above. */
hax_status hax_answer_check(const char *type, size_t own_size, const void *given, hax_error *err);

/* Copies as much of `own`, from its initialiser, as the caller's version of the struct has. */
void hax_answer_give(void *given, const void *own);

/* hax_TYPE own = what was given, or the defaults; returns early. */
#define HAX_CONFIG_TAKE(type, own, given, err) \
    type own = type##_default();               \
    HAX_TRY(hax_config_take(#type, &(own), sizeof(own), given, err))

#endif
