/*
 * What it costs a network to go on on another part of a GPU. Nothing is copied, so there is no OUT
 * or IN to be timed; but the part that is entered must hear that the one left is done, and what one
 * part would do in one go is cut. Measured as what a network that changes parts at every cut takes
 * longer than it takes on them in the mean, and charged as IN at every change.
 */
#ifndef HAX_PROFILE_HANDOVER_H
#define HAX_PROFILE_HANDOVER_H

#include "costs.h"
#include "store/samples.h"

/* The two classes of parts between which it is measured, by their first units (twice the same where
 * two units of one class can work at once). False: there are no two parts. */
bool hax_handover_units(const hax_platform *platform, int units[2]);

/* What a sample of a network's whole way between them is of: phase 0 begins on the first class. */
hax_sample hax_handover_sample(const hax_platform *platform, int network, int phase);

/* Makes it the IN of every group but the first on all units of that GPU, where IN costs no more
 * already. `whole` is what the network takes on each unit. */
hax_status hax_handover_costs(const hax_platform *platform, const hax_samples *samples, int network,
                              int group_count, const hax_summary *whole,
                              hax_group_cost *const *cost, hax_error *err);

#endif
