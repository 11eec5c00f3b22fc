/* A request to stop, seen by whoever asks for it soon enough: nothing else is passed along with it,
 * so the order of other memory does not matter. */
#include <stdatomic.h>
#include <stddef.h>

#include "haxconn/progress.h"

/* Signal handlers may only touch what needs no lock. */
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "an int is stored at once");

void hax_cancel_request(hax_cancel *cancel)
{
    __atomic_store_n(&cancel->requested, 1, __ATOMIC_RELAXED);
}

void hax_cancel_clear(hax_cancel *cancel)
{
    __atomic_store_n(&cancel->requested, 0, __ATOMIC_RELAXED);
}

bool hax_cancel_requested(const hax_cancel *cancel)
{
    return cancel && __atomic_load_n(&cancel->requested, __ATOMIC_RELAXED) != 0;
}
