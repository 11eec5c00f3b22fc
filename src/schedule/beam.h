/*
 * Good schedules quickly: beams.
 *
 * States are kept by how many groups have been started; of each number the `width` that promise
 * most go on, those aside to which another one seems as good (merge.h, hopeful). A width of 1 is a
 * list schedule that looks one event ahead.
 */
#ifndef SCHEDULE_BEAM_H
#define SCHEDULE_BEAM_H

#include "hunt.h"

/* Looks with beams of this width. `narrow`: has anything been left out for its width? If not, wider
 * ones see no more. */
hax_status beam_search(hunt *of, int width, bool *narrow, hax_error *err);

#endif
