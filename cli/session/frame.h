/* The frame of a run: what a schedule document must fit before anything is measured. */
#ifndef CLI_FRAME_H
#define CLI_FRAME_H

#include "networks.h"
#include "terms.h"

/*
 * A problem with the platform's planned units and the networks' groups by their names, every
 * group on every unit at no known cost, objective and rules as given: enough to read a schedule of
 * that run. Free with hax_problem_destroy.
 */
hax_status cli_frame(const hax_platform *platform, const cli_networks *networks,
                     const cli_terms *terms, const hax_problem **frame, hax_error *err);

/* Would the rules and the objective hold of such a problem? What is wrong with them is to be said
 * before anything is measured. Options as in cli_terms_make. */
hax_status cli_frame_check(const hax_platform *platform, const cli_networks *networks,
                           const cli_rules *rules, int objective, int max_transitions,
                           hax_error *err);

#endif
