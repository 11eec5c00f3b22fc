/* Filling error records. */
#ifndef HAX_BASE_ERROR_H
#define HAX_BASE_ERROR_H

#include "assume.h"
#include "haxconn/status.h"

#define HAX_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))

#define HAX_VPRINTF(format_at) __attribute__((format(printf, format_at, 0)))

/* Fills `err` (may be NULL) without a place and returns `status`. */
hax_status hax_fail(hax_error *err, hax_status status, const char *format, ...) HAX_PRINTF(3, 4);

/* As hax_fail, with the place in an input file; line and column 0 where unknown. */
hax_status hax_fail_at(hax_error *err, hax_status status, const char *file, int line, int column,
                       const char *format, ...) HAX_PRINTF(6, 7);

/* What fails is never HAX_OK. Every caller's compiler is to see that: otherwise it warns of outputs
 * that only a success would have written. */
static inline hax_status hax_failed(hax_status status)
{
    HAX_ASSUME(status != HAX_OK);
    return status;
}
#define hax_fail(...) hax_failed(hax_fail(__VA_ARGS__))
#define hax_fail_at(...) hax_failed(hax_fail_at(__VA_ARGS__))

/* Out of memory while making `what`. */
static inline hax_status hax_fail_memory(hax_error *err, const char *what)
{
    return hax_fail(err, HAX_NO_MEMORY, "out of memory for %s", what);
}

/* Return early with the status of a failed call. */
#define HAX_TRY(call)                        \
    do {                                     \
        hax_status hax_try_status_ = (call); \
        if (hax_try_status_ != HAX_OK)       \
            return hax_try_status_;          \
    } while (0)

#endif
