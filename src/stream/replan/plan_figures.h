/* What a plan is made for: the networks that are there, how their frames come, and what their
 * groups take on the units as fast as these are now. */
#ifndef HAX_STREAM_PLAN_FIGURES_H
#define HAX_STREAM_PLAN_FIGURES_H

#include "error.h"
#include "exec.h"
#include "haxconn/problem.h"
#include "haxconn/schedule.h"
#include "haxconn/workload.h"

typedef struct hax_figures {
    const hax_problem *problem;     /* of the networks that are there, at the units' speed; owned */
    int network[HAX_MAX_INSTANCES]; /* [its instance]: the stream's network */
    int instance[HAX_MAX_INSTANCES]; /* [the stream's network]: the instance, -1: it is not there */
    hax_frame_source sources[HAX_MAX_INSTANCES]; /* [its instance] */
    int64_t phase_ns[HAX_MAX_INSTANCES]; /* [its instance]: from now to its next frame; filled by
                                            who knows, else 0 */
} hax_figures;

/* `sources` are of all the problem's instances: those with HAX_NO_FRAMES are left out. Times of a
 * unit are multiplied by its factor; `factors` NULL: by 1. HAX_BAD_INPUT where a network comes
 * after one that is not there, or none is there. Free with hax_figures_free. */
hax_status hax_figures_make(const hax_problem *problem, const hax_frame_source *sources,
                            const double *factors, hax_figures *figures, hax_error *err);
void hax_figures_free(hax_figures *figures); /* one of zeros is allowed */

/* The plan of a schedule of such a problem, with the stream's numbers of networks. Free with free.
 */
hax_status hax_figures_plan(const hax_figures *figures, const hax_platform *platform,
                            const hax_schedule *schedule, hax_plan_job **jobs, int *count,
                            hax_error *err);

/* A schedule of other figures for these: without the networks that have gone. NULL: it does not
 * have all networks that are there. Free with hax_schedule_destroy. */
hax_status hax_figures_carry_over(const hax_figures *before, const hax_schedule *schedule,
                                  const hax_figures *figures, const hax_schedule **carried,
                                  hax_error *err);

#endif
