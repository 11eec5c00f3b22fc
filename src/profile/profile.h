/* Measures groups, transitions and contention, keeps the samples, and makes the scheduling problem
 * of them. */
#ifndef HAX_PROFILE_PROFILE_H
#define HAX_PROFILE_PROFILE_H

#include "costs.h"
#include "neighbours.h"
#include "networks.h"
#include "passes.h"
#include "pressure.h"
#include "store/identity.h"
#include "store/measuring_lock.h"
#include "stored.h"

#endif
