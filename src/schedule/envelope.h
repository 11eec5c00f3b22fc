/*
 * The lower-left envelope of the labels of one state of the two-instance search.
 *
 * While one instance is idle and the other has a job in progress, a label is the time T and
 * S, the time at which that job ends if it runs alone from T. Waiting moves a label to the
 * right (T grows, S stays) until T = S. A label with T' <= T and S' <= S can do whatever
 * the other can (see pair_search.c), so of all labels only the lower-left ones are kept.
 * Starting a job at any moment of a wait maps labels linearly, so labels come as straight
 * pieces, falling in S as T grows.
 */
#ifndef SCHEDULE_ENVELOPE_H
#define SCHEDULE_ENVELOPE_H

#include <stdbool.h>

/* Differences below this, relative to the times, are rounding. */
#define PIECE_TINY 1e-13

/* A straight piece of labels, with what it came from: point l in [0, 1] of the piece came
 * from point parent_from + l (parent_to - parent_from) of the parent, where at time
 * start_from + l (start_to - start_from) the job `arc` was started (-1: none was). */
typedef struct piece {
    double t_from, t_to; /* t_from <= t_to */
    double s_from, s_to; /* s_from >= s_to */
    int parent;
    int arc;
    int starter; /* instance whose job was started */
    double parent_from, parent_to;
    double start_from, start_to;
    int next; /* in the list of its state, -1 */
} piece;

/* S of a piece's labels and their waits at time t >= t_from. */
double piece_s(const piece *of, double t);

/* Is every label of `inner` reached or beaten by labels of `outer` and their waits? */
bool piece_covers(const piece *outer, const piece *inner);

/* The part of `of` between points l_from and l_to. */
piece piece_part(const piece *of, double l_from, double l_to);

/*
 * Keeps of `count` pieces (changed in place, order free) the parts that no other reaches, and
 * sorts them by T. Parts that survive in several bits are appended; `room` pieces fit.
 * Returns the new count, or -1 if `room` is too small.
 */
int envelope_keep(piece *pieces, int count, int room);

#endif
