/* Filling error records. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "haxconn/status.h"

#define HAX_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))

#define HAX_VPRINTF(format_at) __attribute__((format(printf, format_at, 0)))

/* Fills `err` (may be NULL) without a place and returns `status`. */
hax_status hax_fail(hax_error *err, hax_status status, const char *format, ...) HAX_PRINTF(3, 4);

/* As hax_fail, with the place in an input file; line and column 0 where unknown. */
hax_status hax_fail_at(hax_error *err, hax_status status, const char *file, int line, int column,
                       const char *format, ...) HAX_PRINTF(6, 7);

/* Out of memory while making `what`. Here and not in error.c, so that every caller's compiler sees
 * that this is never HAX_OK: otherwise it warns of outputs that a success would have written. */
static inline hax_status hax_fail_memory(hax_error *err, const char *what)
{
    hax_fail(err, HAX_NO_MEMORY, "out of memory for %s", what);
    return HAX_NO_MEMORY;
}

/* Return early with the status of a failed call. */
#define HAX_TRY(call)                        \
    do {                                     \
        hax_status hax_try_status_ = (call); \
        if (hax_try_status_ != HAX_OK)       \
            return hax_try_status_;          \
    } while (0)

#endif
