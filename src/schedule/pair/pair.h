/* The exact search of one and of two instances. */
#ifndef HAX_SCHEDULE_PAIR_PAIR_H
#define HAX_SCHEDULE_PAIR_PAIR_H

#include "pair_coarse.h"
#include "search.h"

#endif
