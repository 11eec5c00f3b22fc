/*
 * Good schedules quickly: beams.
 *
 * States are kept by how many groups have been started; of each number the `width` with
 * the best bounds go on, those aside to which another one seems as good (transposition_table.h,
 * hopeful). A width of 1 is a list schedule that looks one event ahead.
 */
#ifndef HAX_SCHEDULE_MULTI_BEAM_H
#define HAX_SCHEDULE_MULTI_BEAM_H

#include "local.h"

/* Looks with beams of this width. `narrow`: has anything been left out for its width? If not, wider
 * ones see no more. */
hax_status hax_beam_search(hax_search_context *search, int width, bool *narrow, hax_error *err);

#endif
