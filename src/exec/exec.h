/* Execution of plans: worker processes and their threads, hand-overs, memory traffic, and the same
 * plans on a virtual clock. */
#ifndef HAX_EXEC_EXEC_H
#define HAX_EXEC_EXEC_H

#include "session.h"

#endif
