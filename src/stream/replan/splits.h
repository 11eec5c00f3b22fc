/*
 * Plans in which a network changes its unit once, judged as a stream executes them: from the best
 * plan so far one network after the other is given each unit, and each change from one to another
 * at each cut (of many cuts 64 that lie evenly), the others staying as they are.
 */
#ifndef HAX_STREAM_SPLITS_H
#define HAX_STREAM_SPLITS_H

#include "planning.h"

/* All that one instance can have; *better: there is another best plan. */
hax_status hax_splits_consider(hax_planning *planning, int instance, bool *better, hax_error *err);

#endif
