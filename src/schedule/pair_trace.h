/* Reading the optimum out of a filled table, from the start of the round to its end. */
#ifndef SCHEDULE_PAIR_TRACE_H
#define SCHEDULE_PAIR_TRACE_H

#include "pair_table.h"
#include "timeline.h"

/*
 * The placements of the table's optimum in the order of their starts, in a list of the caller's
 * that has room for every group of both instances; their number, and when each instance ends.
 */
int pair_trace(pair_table *table, placement *placements, double *finish_ms);

#endif
