/* H2H by its steps. */
#ifndef HAX_SCHEDULE_BASELINES_H2H_H
#define HAX_SCHEDULE_BASELINES_H2H_H

#include "haxconn/schedule.h"

typedef enum hax_h2h_stage {
    H2H_MAPPED,  /* after steps 1 to 3: mapped, transitions paid only where the unit changes */
    H2H_REMAPPED /* after step 4: groups moved to their neighbours' units */
} hax_h2h_stage;

/* Statuses of hax_baseline_h2h. */
hax_status hax_h2h_schedule(const hax_problem *problem, hax_h2h_stage stage,
                            const hax_baseline_limits *limits, const hax_schedule **schedule,
                            hax_error *err);

#endif
