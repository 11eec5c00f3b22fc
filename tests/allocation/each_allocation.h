/*
 * One call of the library or of a room, again and again, each time with another of its allocations
 * failing, alone and with all behind it. What comes of it must be HAX_OK (somebody could do
 * without) or HAX_NO_MEMORY with a message that says so; then outputs are as they were, and in
 * neither case is a block left. hax_failing_allocations(test) in a CMakeLists.txt links a test with
 * this.
 */
#ifndef TESTS_ALLOCATION_EACH_ALLOCATION_H
#define TESTS_ALLOCATION_EACH_ALLOCATION_H

#include <stdbool.h>
#include <stddef.h>

#include "haxconn/status.h"

/* Calls, frees what it was given, and says with *kept whether the outputs are as before. */
typedef hax_status hax_allocation_call(const void *context, bool *kept, hax_error *err);

typedef struct hax_allocation_case {
    const char *name;
    hax_allocation_call *call;
    int places_most; /* of calls that take long, as with processes: so many places, spread over all,
                        and eight times as many with HAX_ALLOCATION_RUNS=places; 0: all */
    bool unsteady;   /* how many allocations there are before one differs from run to run, as with
                        threads or time limits: its place is waited for (which takes longer) */
} hax_allocation_case;

extern char hax_untouched; /* where outputs point before a call */

/*
 * How many runs went wrong; says which. Without HAX_ALLOCATION_RUNS in the environment, the first
 * allocation of each place in the program (its innermost callers) fails, also in processes that the
 * call forks (under a sanitizer some of them); with a number about so many spread over all, and
 * with 0 each of the calling process's. What went wrong is told as name:n:process; with that in
 * HAX_ALLOCATION_CASE it is done alone, and who asked for the memory is shown.
 */
int hax_each_allocation(size_t case_count, const hax_allocation_case *cases, const void *context);

/* A case that writes one pointer, and what frees it; the call sees `inputs` and writes &result. */
#define HAX_ALLOCATION_CALL(name, inputs_type, type, destroy, ...)          \
    static hax_status name(const void *context, bool *kept, hax_error *err) \
    {                                                                       \
        const inputs_type *inputs = context;                                \
        type *result = (void *) &hax_untouched;                             \
        hax_status status = (__VA_ARGS__);                                  \
        (void) inputs;                                                      \
        *kept = (const void *) result == &hax_untouched;                    \
        if (status == HAX_OK)                                               \
            destroy(result);                                                \
        return status;                                                      \
    }

#endif
