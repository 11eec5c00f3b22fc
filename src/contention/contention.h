/* How much slower a unit is while others load the memory: pressure tables, functions fitted to
 * them, and the one predictor that everything evaluates. */
#ifndef HAX_CONTENTION_CONTENTION_H
#define HAX_CONTENTION_CONTENTION_H

#include "slowdown_json.h"

#endif
