/* Rounds on a machine that is not here: times drawn from what they may be. */
#ifndef HAX_RUN_SIMULATION_H
#define HAX_RUN_SIMULATION_H

#include "exec.h"
#include "haxconn/profile.h"

typedef struct hax_simulation hax_simulation;

/* Of a problem made from a profile; network_of[instance] is its network in there. All must outlive
 * the simulation. Until the first draw times are the problem's. */
hax_status hax_simulation_open(const hax_problem *problem, const hax_profile *profile,
                               const int *network_of, uint64_t seed, hax_simulation **simulation,
                               hax_error *err);
void hax_simulation_close(hax_simulation *simulation); /* NULL is allowed */

/* Draws the times of a round: the same for the same seed and round. */
void hax_simulation_draw(hax_simulation *simulation, int round);

/* The clock of a session over it. */
hax_session_clock hax_simulation_clock(const hax_simulation *simulation);

#endif
