/*
 * A plan executed piece by piece, without a barrier: what frames need, of which the next one of a
 * network begins while another network still works.
 *
 * A piece is what a plan has directly one after the other of an instance on one unit: nothing of
 * another instance comes between on the unit's resources. Who calls says when each piece begins;
 * that its unit is idle, its resources free and the pieces before it of the instance ended is the
 * caller's business. Nothing is allocated between opening and closing.
 *
 * Two plans can be loaded beside each other, each in a place of its own, so that what is under way
 * ends by one while the next frames begin by the other.
 *
 * On a simulated platform the clock is virtual and moves only in hax_pieces_await: it counts whole
 * nanoseconds, and what a job takes is rounded to them whenever it starts or its slowdown changes.
 */
#ifndef HAX_EXEC_PIECES_H
#define HAX_EXEC_PIECES_H

#include "session.h"

typedef struct hax_piece {
    int unit, instance;
    uint32_t resources;
    int turn;                /* of its jobs: each of an instance's frames has pieces of its own */
    int first_job, last_job; /* of the plan */
    bool first, last;        /* of its frame */
    bool first_of_kind;      /* of its frame on units of this kind */
} hax_piece;

typedef struct hax_pieces hax_pieces;

enum { HAX_PIECES_PLACES = 2 };

/* The pieces of one plan, in the list of both. */
typedef struct hax_piece_range {
    int first, count;
} hax_piece_range;

/* Cuts a plan into pieces and loads it into place 0, instead of what the session had loaded before.
 * The session must outlive them, and executes nothing else until they are closed.
 *   HAX_BAD_INPUT  as for hax_session_execute; streams beside each other */
hax_status hax_pieces_open(hax_session *session, const hax_plan *plan, hax_pieces **pieces,
                           hax_error *err);

/* Loads another plan into a place of which no piece is under way, instead of what was there.
 * HAX_BAD_INPUT also where one of the two plans has more than half of the jobs that the session
 * takes (hax_session_config.plan_jobs). */
hax_status hax_pieces_replace(hax_pieces *pieces, int place, const hax_plan *plan, hax_error *err);
/* Waits for what is under way; NULL is allowed. */
void hax_pieces_close(hax_pieces *pieces);

/* After hax_session_restart: what was under way is not, all else is as it was. */
hax_status hax_pieces_restart(hax_pieces *pieces, hax_error *err);

/* Of each plan (hax_pieces_of) in its order; those of an instance in theirs. It stays where it is.
 */
const hax_piece *hax_pieces_list(const hax_pieces *pieces);
hax_piece_range hax_pieces_of(const hax_pieces *pieces, int place);

/* A job of a piece that has ended, and the one behind it in the piece; -1: there is none. Times are
 * of the session's clock. */
typedef struct hax_piece_job {
    const hax_plan_job *job;
    int next;
    int entered_from; /* another unit of the kind, which its network was on before; -1: none */
    int64_t start_ns, end_ns;
} hax_piece_job;

hax_piece_job hax_pieces_job(const hax_pieces *pieces, int job);

/* Nanoseconds of the session's clock. */
int64_t hax_pieces_now_ns(const hax_pieces *pieces);

/* Begins a piece on its idle unit. `takes_inputs`: the instance's inputs (hax_session_set_input)
 * are imported first; `gives_outputs`: its outputs are there in plain form at the end
 * (hax_pieces_output). */
void hax_pieces_begin(hax_pieces *pieces, int piece, bool takes_inputs, bool gives_outputs);

typedef struct hax_piece_end {
    int piece;
    int64_t start_ns, end_ns; /* of its first and last job, on the session's clock */
} hax_piece_end;

/*
 * Waits until pieces have ended, or until a time of the session's clock, or a moment (a real clock
 * is looked at again and again: so that a caller notices what else it waits for). `ends` has room
 * for HAX_MAX_UNITS.
 *   HAX_WORKER_LOST  a worker died or hung; the session can only be closed
 *   else             what a piece failed with
 */
hax_status hax_pieces_await(hax_pieces *pieces, int64_t until_ns, hax_piece_end *ends, int *count,
                            hax_error *err);

/* On a virtual clock only: jobs of a unit that begin from now on take `factor` times as long, and
 * the workers are lost at once: hax_pieces_await says so, and restarting them takes so long. */
void hax_pieces_slow(hax_pieces *pieces, int unit, double factor);
void hax_pieces_lose(hax_pieces *pieces, int64_t restart_ns);

/* Outputs of an instance, all concatenated, plain, as its last piece that gave them left them:
 * until its next one begins. NULL on a simulated platform. */
const float *hax_pieces_output(const hax_pieces *pieces, int instance, size_t *count);

#endif
