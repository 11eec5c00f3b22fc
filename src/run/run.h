/* Deployments executed in turns and compared: plans, baselines, outputs, the verdict. */
#ifndef HAX_RUN_RUN_H
#define HAX_RUN_RUN_H

#include "machine_json.h"

#endif
