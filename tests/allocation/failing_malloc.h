/*
 * Allocations that fail when told to. Linked into a program, these replace
 * malloc and its relatives for the whole process, libraries included. Every process counts its own
 * allocations; one that is forked goes on counting where its parent was.
 */
#ifndef TESTS_ALLOCATION_FAILING_MALLOC_H
#define TESTS_ALLOCATION_FAILING_MALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* From now on, the `nth` allocation fails, and those behind it too if `rest`; 0: none. In every
 * process, or in one: 0 is the calling one, 1 the first that is forked from now on. */
void hax_failing_malloc_set(long nth, bool rest);
void hax_failing_malloc_set_in(int process, long nth, bool rest);

/* The next allocation of a place fails, whatever its number (hax_allocation_place). */
void hax_failing_malloc_set_at(unsigned long place, bool rest);

/* Nothing fails any more; what was counted stays. */
void hax_failing_malloc_stop(void);

/* A place that allocates, known by its innermost callers and its process, and the first and the
 * last of its allocations; place 0: an entry that is free. */
typedef struct hax_allocation_place {
    _Atomic unsigned long place;
    _Atomic long first, last;
    _Atomic int process;
} hax_allocation_place;

/* From now on, the places of all allocations are put into a table of `size` entries, a power of
 * two, which begins free and lies in shared memory if processes are forked; NULL: no longer. */
void hax_failing_malloc_record(hax_allocation_place *table, size_t size);

/* Allocations since the last hax_failing_malloc_set. */
long hax_failing_malloc_count(void);

/* Blocks allocated and not freed since then; below 0 where older ones were freed. */
long hax_failing_malloc_live(void);

/* Writes to standard error who asked for the allocation that fails. */
void hax_failing_malloc_trace(void);

/* Counts an allocation that is not malloc's; true where it is to fail. */
bool hax_failing_malloc_next(void);

/* Within these, nothing is counted and nothing fails on the calling thread. */
void hax_failing_malloc_suspend(void);
void hax_failing_malloc_resume(void);

#endif
