/* Deployments executed in turns and compared: plans, baselines, outputs, the verdict. Others make
 * plans of schedules, feed inputs, compare outputs and tell simulated times as it does. */
#ifndef HAX_RUN_RUN_H
#define HAX_RUN_RUN_H

#include "feeds.h"
#include "machine_json.h"
#include "outputs.h"
#include "rows.h"
#include "simulation.h"

#endif
