/* Measures groups, transitions and contention, keeps the samples, and makes the scheduling problem
 * of them. */
#ifndef HAX_PROFILE_PROFILE_H
#define HAX_PROFILE_PROFILE_H

#include "costs.h"
#include "demand/neighbours.h"
#include "measure/networks.h"
#include "measure/passes.h"
#include "measure/pressure.h"
#include "store/identity.h"
#include "store/measuring_lock.h"
#include "stored.h"

#endif
