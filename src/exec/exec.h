/* Execution of plans: worker processes and their threads, hand-overs, memory traffic, plans in
 * pieces without a barrier, the same on a virtual clock, and the loop in which whatever is compared
 * takes turns. */
#ifndef HAX_EXEC_EXEC_H
#define HAX_EXEC_EXEC_H

#include "interleave.h"
#include "pieces.h"
#include "session.h"

#endif
