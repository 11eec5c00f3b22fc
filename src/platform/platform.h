/* What a machine is: kinds and units, found on this machine, read from a document, or simulated. */
#ifndef HAX_PLATFORM_PLATFORM_H
#define HAX_PLATFORM_PLATFORM_H

#include "platforms.h"

#endif
