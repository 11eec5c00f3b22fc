/* Good schedules without proof: annealing over list schedules; and the limits and the incumbent
 * that all searches share. */
#ifndef HAX_SCHEDULE_LOCAL_LOCAL_H
#define HAX_SCHEDULE_LOCAL_LOCAL_H

#include "annealing.h"
#include "search_context.h"

#endif
