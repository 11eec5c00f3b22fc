/*
 * Planning anew while a stream runs (D-HaX-CoNN): what has changed, the plan in force, and the one
 * that comes next. A change is that a network comes or goes, that a rate changes, that a unit is
 * slower or faster than before, that workers were started anew. The newest change counts: planning
 * for one before it is given up.
 *
 * A plan comes into force between two frames of each network: what is worked on ends by the plan
 * that it began by. If of two plans both are still needed, a third one waits.
 */
#ifndef HAX_STREAM_REPLAN_H
#define HAX_STREAM_REPLAN_H

#include "haxconn/stream.h"

typedef struct hax_replan hax_replan;

/* `schedule` is in force, of the networks that are there. */
hax_status hax_replan_open(hax_stream *stream, const hax_schedule *schedule, hax_replan **replan,
                           hax_error *err);
void hax_replan_close(hax_replan *replan); /* NULL is allowed */

/* Something has changed, in words; the sources are as the stream's counts say. */
void hax_replan_change(hax_replan *replan, const char *what);

/* Looks at what there is: units that have changed, plans that can come into force. Never waits, but
 * that on a virtual clock searches are done here. */
hax_status hax_replan_look(hax_replan *replan, hax_error *err);

/* When on a virtual clock the next plan is there, from the stream's start; INT64_MAX: none is. */
int64_t hax_replan_due_ns(const hax_replan *replan);

/* Is a plan being made that a network waits for? */
bool hax_replan_is_awaited(const hax_replan *replan);

/* Planning for the last change is given up. */
void hax_replan_rest(hax_replan *replan);

/* Pieces as they begin and end, and that all workers are new: what is known of units' speed. */
void hax_replan_piece_begun(hax_replan *replan, int unit);
void hax_replan_piece_ended(hax_replan *replan, int piece);
void hax_replan_restarted(hax_replan *replan);

#endif
