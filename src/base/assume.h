/* Invariants that the optimiser is to know as well. */
#ifndef HAX_BASE_ASSUME_H
#define HAX_BASE_ASSUME_H

#include <assert.h>

/*
 * As assert where assertions are compiled in. Without them (release) the compiler may take the
 * condition for true, as it has seen it checked otherwise: without that gcc warns of sizes and
 * indices that cannot be. The condition is evaluated, so it must not call anything costly.
 */
#ifdef NDEBUG
#define HAX_ASSUME(condition) ((condition) ? (void) 0 : __builtin_unreachable())
#else
#define HAX_ASSUME(condition) assert(condition)
#endif

#endif
