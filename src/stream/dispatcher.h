/*
 * Which frame begins when. Frames of a network wait in a bounded buffer; the pieces of one follow
 * each other. The dispatcher knows no clock and no unit but what resources are taken: it is told
 * what happens, and says what may begin.
 *
 * So many frames of a network are worked on at once as the session has copies of it (`in_flight`),
 * each in one of its own: network n is its instances n, n + the number of networks, and so on. They
 * overtake each other nowhere: each piece of a frame comes behind the same one of the frame before,
 * and a frame that goes by another plan behind that frame's end. So results come in order.
 *
 * A piece is ready when the one before it of its frame has ended, and the same one of the frame
 * before; the first one of a frame that waits, when a copy is free as well. Of those that are ready
 * the one whose frame has the earliest deadline goes first (EDF); frames without a deadline come
 * behind those with one, in the order of their releases; ties go to the network that is listed
 * first. A piece begins as soon as its resources are free, unless one that goes first wants any of
 * them: a unit over many resources would never get them all otherwise. What has begun is not
 * interrupted.
 *
 * Another plan can be adopted while frames are worked on: these end by the plan that they began by,
 * and each network's next frame begins by the new one. A network without pieces in it goes on by
 * the plan before, for as long as it has frames.
 *
 * With a table, which is repeated in each period, a piece begins no earlier than the table has it,
 * and of those that are ready and due the one with the earliest start goes first, whatever its
 * deadline.
 */
#ifndef HAX_STREAM_DISPATCHER_H
#define HAX_STREAM_DISPATCHER_H

#include "exec.h"
#include "haxconn/workload.h"

typedef struct hax_queued_frame {
    int64_t number; /* -1: none */
    int64_t release_ns;
    int64_t due_ns;   /* INT64_MAX: never; set as it is released */
    int64_t start_ns; /* of its first piece; kept by the caller */
    int slot;         /* where its data are; kept by the caller */
} hax_queued_frame;

typedef struct hax_dispatcher hax_dispatcher;

/* Of a network's frames, number f is turn f % turns of period f / turns. */
typedef struct hax_dispatch_table {
    long double period_ns;
    const int64_t *start_ns; /* [piece] from its period's start */
} hax_dispatch_table;

/* `pieces`, of each of the networks' copies, must outlive it, and what the table (NULL: there is
 * none) points to, which is of this plan alone and allows one frame in flight;
 * sources[network_count] are copied. Nothing is allocated afterwards, but where a plan is adopted.
 */
hax_status hax_dispatcher_open(const hax_piece *pieces, hax_piece_range plan,
                               const hax_frame_source *sources, int network_count, int in_flight,
                               const hax_dispatch_table *table, hax_dispatcher **dispatcher,
                               hax_error *err);
void hax_dispatcher_close(hax_dispatcher *dispatcher); /* NULL is allowed */

/* The place (of hax_pieces) whose plan no frame needs any more; -1: both are needed. */
int hax_dispatcher_free_place(const hax_dispatcher *dispatcher);

/* The next frames begin by the plan in a place that was free. On failure the plan before goes on.
 */
hax_status hax_dispatcher_adopt(hax_dispatcher *dispatcher, int place, hax_piece_range plan,
                                hax_error *err);

/* From the next release on. */
void hax_dispatcher_set_deadline(hax_dispatcher *dispatcher, int network, double deadline_ms);

/* A frame waits from now on, unless it is dropped; `dropped` is the one that there was no room for.
 * False: none was. */
bool hax_dispatcher_release(hax_dispatcher *dispatcher, int network, const hax_queued_frame *frame,
                            hax_queued_frame *dropped);

/* Does it work on a frame, or does one wait? */
bool hax_dispatcher_has_frames(const hax_dispatcher *dispatcher, int network);

/* Is there room for one more? */
bool hax_dispatcher_has_room(const hax_dispatcher *dispatcher, int network);

/* A piece that may begin now, and counts as begun; -1: none. */
int hax_dispatcher_next(hax_dispatcher *dispatcher, int64_t now_ns);

/* When the table has the next piece that is ready and not due yet; INT64_MAX: none is. */
int64_t hax_dispatcher_next_start_ns(const hax_dispatcher *dispatcher, int64_t now_ns);

/* Does no frame wait, and could one begin as far as those before it are concerned? */
bool hax_dispatcher_may_follow(const hax_dispatcher *dispatcher, int network);

/* The frame that an instance of the session is working on; NULL: none. */
hax_queued_frame *hax_dispatcher_frame(hax_dispatcher *dispatcher, int instance);

/* A piece has ended. True: with it its frame, which is given. */
bool hax_dispatcher_end(hax_dispatcher *dispatcher, int piece, hax_queued_frame *frame);

/* Takes away the oldest frame that waits; false: there is none. */
bool hax_dispatcher_take_waiting(hax_dispatcher *dispatcher, int network, hax_queued_frame *frame);

/* Gives up the first of the frames that a network is working on; false: there is none. All are, or
 * none: those behind it could not go on in their order. */
bool hax_dispatcher_abandon(hax_dispatcher *dispatcher, int network, hax_queued_frame *frame);

/* Is anything begun or waiting? */
bool hax_dispatcher_is_idle(const hax_dispatcher *dispatcher);

#endif
