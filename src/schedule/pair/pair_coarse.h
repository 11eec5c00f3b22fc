/*
 * Good schedules of two instances soon, where their exact table (pair_table.h) takes longer
 * than there is time: the same table of a coarser problem, and then of finer ones near the best
 * schedule.
 *
 * Groups in a row are taken together to blocks. What is best for some dozens of blocks is found
 * exactly; in the next, finer table only states are looked at in which the two instances are about
 * as far as they are at one time in the best schedule so far, which makes it as long as before but
 * hardly wider. The last table is that of the groups themselves, and what it gives is the best of
 * all schedules near the one before, waits of any length included. It proves nothing.
 */
#ifndef HAX_SCHEDULE_PAIR_PAIR_COARSE_H
#define HAX_SCHEDULE_PAIR_PAIR_COARSE_H

#include "search.h"

/* Replaces *best (NULL: none yet) by something better where that is found within the options'
 * limits. HAX_NO_MEMORY only: a limit is no failure here. */
hax_status hax_pair_zoom(const hax_problem *problem, const hax_solve_options *options,
                         bool ignore_contention, const hax_schedule **best, hax_error *err);

#endif
