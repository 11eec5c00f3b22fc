/* Where a round stands: instances as positions and work, and convex sets of the times at which
 * they can stand there. */
#ifndef HAX_SCHEDULE_STATE_STATE_H
#define HAX_SCHEDULE_STATE_STATE_H

#include "automaton.h"
#include "convex_set.h"
#include "instance_set.h"
#include "minmax.h"
#include "round_state.h"

#endif
