/* Times that nobody measured: the work of kernels, and a model calibrated on measured groups. */
#ifndef HAX_ESTIMATE_ESTIMATE_H
#define HAX_ESTIMATE_ESTIMATE_H

#include "group_estimate.h"

#endif
