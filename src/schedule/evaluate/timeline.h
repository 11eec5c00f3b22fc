/* Building and evaluating job lists; making schedules. */
#ifndef HAX_SCHEDULE_EVALUATE_TIMELINE_H
#define HAX_SCHEDULE_EVALUATE_TIMELINE_H

#include "error.h"
#include "problem.h"

/* One group placed by a search or a baseline. */
typedef struct hax_placement {
    int instance;
    int group;
    int unit;
    double start_ms; /* of its first part: never earlier than order and precedence allow */
} hax_placement;

/* The jobs for placements that stand in the order of their starts: IN and OUT added, and waits
 * where a placement starts later than it could (after the last job that ended before). */
hax_status hax_schedule_from_placements(const hax_problem *problem, const char *name, int count,
                                        const hax_placement *placements,
                                        const hax_schedule **schedule, hax_error *err);

/* All groups by their starts, as placements; freed with free. */
hax_status hax_schedule_to_placements(const hax_schedule *schedule, hax_placement **placements,
                                      hax_error *err);

/* What every schedule is made of, for its reader: copies the jobs, which are evaluated. */
hax_status hax_schedule_make(const hax_problem *problem, const char *name, int job_count,
                             const hax_job *jobs, const hax_schedule **schedule, hax_error *err);

/* For who has just had it made, and shown it to nobody yet: some members are filled afterwards. */
hax_schedule *hax_schedule_edit(const hax_schedule *schedule);

void hax_schedule_rename(hax_schedule *schedule, const char *name);

/* A bound that holds for all schedules becomes the schedule's, with its gap. Where it is met but
 * for rounding, or where all ends at 0, the value is the bound, the gap is 0, and that is a
 * proof. */
void hax_schedule_set_bound(const hax_problem *problem, hax_schedule *schedule, double bound);

#endif
