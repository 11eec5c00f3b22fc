/*
 * Allocations that fail when told to. Linked into a program, these replace
 * malloc and its relatives for the whole process, libraries included. Every process counts its own
 * allocations; one that is forked goes on counting where its parent was.
 */
#ifndef TESTS_ALLOCATION_FAILING_MALLOC_H
#define TESTS_ALLOCATION_FAILING_MALLOC_H

#include <stdbool.h>

/* From now on, the `nth` allocation fails, and those behind it too if `rest`; 0: none. */
void hax_failing_malloc_set(long nth, bool rest);

/* From now on, what stands for the place of the n-th allocation (its innermost callers) is written
 * to places[n - 1], of at most `most`; NULL: no longer. */
void hax_failing_malloc_record(unsigned long *places, long most);

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
