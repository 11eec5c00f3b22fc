/* The virtual clock of a platform whose units have no laws: jobs take what a problem says. */
#ifndef HAX_STREAM_PROBLEM_CLOCK_H
#define HAX_STREAM_PROBLEM_CLOCK_H

#include "exec.h"
#include "haxconn/problem.h"

typedef struct hax_problem_clock {
    const hax_problem *problem;
    int unit_of[HAX_MAX_UNITS]; /* [the platform's unit]: the problem's, -1 */
} hax_problem_clock;

hax_problem_clock hax_problem_clock_make(const hax_platform *platform, const hax_problem *problem);

/* What a group takes longer where its network was on another unit of the kind (the platform's)
 * before. */
double hax_problem_clock_enter_ms(const hax_problem_clock *clock, const hax_plan_job *job,
                                  int from_unit);

/* `clock` and its problem must outlive it. */
hax_session_clock hax_problem_clock_session(const hax_problem_clock *clock);

#endif
