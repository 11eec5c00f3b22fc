/* What a schedule costs: the one evaluator, overlaps, verdicts. */
#ifndef HAX_SCHEDULE_EVALUATE_EVALUATE_H
#define HAX_SCHEDULE_EVALUATE_EVALUATE_H

#include "event_step.h"
#include "timeline.h"
#include "verdict.h"

#endif
