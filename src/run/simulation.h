/* Rounds on a machine that is not here: times drawn from what they may be. */
#ifndef RUN_SIMULATION_H
#define RUN_SIMULATION_H

#include "haxconn/profile.h"
#include "session.h"

typedef struct simulation simulation;

/* Of a problem made from a profile; network_of[instance] is its network in there. All must outlive
 * the simulation. Until the first draw times are the problem's. */
hax_status simulation_open(const hax_problem *problem, const hax_profile *profile,
                           const int *network_of, uint64_t seed, simulation **made, hax_error *err);
void simulation_close(simulation *of); /* NULL is allowed */

/* Draws the times of a round: the same for the same seed and round. */
void simulation_draw(simulation *of, int round);

/* The clock of a session over it. */
hax_session_clock simulation_clock(const simulation *of);

#endif
