/* Reading the optimum out of a filled table, from the start of the round to its end. */
#ifndef HAX_SCHEDULE_PAIR_PAIR_TRACE_H
#define HAX_SCHEDULE_PAIR_PAIR_TRACE_H

#include "evaluate.h"
#include "pair_table.h"

/*
 * The placements of the table's optimum in the order of their starts, in a list of the caller's
 * that has room for every group of both instances; their number, and when each instance ends.
 */
int hax_pair_trace(hax_pair_table *table, hax_placement *placements, double *finish_ms);

#endif
