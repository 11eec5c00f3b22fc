/*
 * Good schedules quickly: beams.
 *
 * States are kept by how many groups have been started; of each number the `width` that promise
 * most go on. A width of 1 is a list schedule that looks one event ahead.
 */
#ifndef SCHEDULE_BEAM_H
#define SCHEDULE_BEAM_H

#include "hunt.h"

/* Looks with beams of this width. */
hax_status beam_search(hunt *of, int width, hax_error *err);

#endif
