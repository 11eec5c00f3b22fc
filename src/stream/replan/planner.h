/*
 * Planning beside the stream. On a real clock by a thread: its first step, which is short, at the
 * priority of who called; all further ones at the lowest. On a
 * virtual clock there is no thread: the first step takes no time, and each node of a search a
 * microsecond and each plan that is simulated a millisecond, so that the same calls always give the
 * same times.
 */
#ifndef HAX_STREAM_PLANNER_H
#define HAX_STREAM_PLANNER_H

#include "planning.h"

typedef struct hax_planner hax_planner;

/* A plan, or that planning has ended. */
typedef struct hax_planner_news {
    bool first;         /* of the first step */
    bool better;        /* a plan to be put in force: */
    hax_plan_job *jobs; /* given to the caller, free with free */
    int job_count;
    const hax_schedule *schedule; /* of the figures; given to the caller */
    bool has_best;                /* else no plan is allowed */
    hax_judgement worth;          /* of what is best */
    bool current_stays;           /* what was in force can stay; `current` is what it is worth */
    hax_judgement current;
    double bound, optimum; /* of the round's objective; NAN: not known yet */
    hax_proof proof;
    uint64_t nodes;
    bool ended;
    hax_status status; /* what planning failed with; it has ended then */
    hax_error error;
} hax_planner_news;

/* Takes over figures and schedule, as hax_planning_open. `now_ns` counts on a virtual clock. */
hax_status hax_planner_open(const hax_judge *judge, hax_figures *figures,
                            const hax_schedule *current, int tried_unit, bool virtual_clock,
                            int64_t now_ns, hax_planner **planner, hax_error *err);

/* What has come up since the last call; false: nothing. Never waits. */
bool hax_planner_ask(hax_planner *planner, int64_t now_ns, hax_planner_news *news);
void hax_planner_news_free(hax_planner_news *news); /* what was not taken out of it */

/* On a virtual clock: when there will be news; INT64_MAX: no more, or the clock is real. */
int64_t hax_planner_due_ns(const hax_planner *planner);

/* Asks it to end. True: it has, and can be closed without a wait. */
bool hax_planner_stop(hax_planner *planner);
void hax_planner_close(hax_planner *planner); /* waits for its end; NULL is allowed */

#endif
