/*
 * What can be reached when waits may have any length: convex sets of points, given by points whose
 * convex hull they are.
 *
 * A point is a list of times: the clock; then, for each instance, when its item will end if
 * all that is in progress goes on as it is (0: it has none); then whatever else changes with
 * these in a straight line (`width` in all). All points of a hull belong to one set of items in
 * progress. Time that passes moves the clock only.
 *
 * A point is as good as another when neither its clock nor any of its ends is later: it can go on
 * alone until the other's clock, and has no more left of anything then. A hull may leave out points
 * when another of its points is as good.
 */
#ifndef SCHEDULE_HULL_H
#define SCHEDULE_HULL_H

#include <stdbool.h>

enum { HULL_MOST = 176 }; /* points: 24, and what one cut of them adds */

typedef struct hull {
    int width;    /* coordinates of a point */
    int compared; /* of them: the clock and the ends */
    int count;
    bool full;  /* points were lost for want of room: the hull is void */
    double *at; /* [HULL_MOST][width] */
} hull;

/* Times closer than this are the same. */
static inline double hull_slack(double time_ms)
{
    return 1e-12 * (1 + time_ms);
}

/* false: memory is out. Free with hull_free in any case. */
bool hull_make(hull *made, int width, int compared);
void hull_free(hull *of);

static inline double *hull_point(const hull *of, int p)
{
    return of->at + p * of->width;
}

/* Both of one width. */
void hull_copy(hull *to, const hull *from);

/* Keeps the part in which coordinate x is no larger than y. */
void hull_cut(hull *of, int x, int y);

/* Lets time pass until the end of coordinate x. */
void hull_pass(hull *of, int x);

/* Adds what hull_pass would make: every wait from none to that one. */
void hull_extrude(hull *of, int x);

/* Leaves out points that others stand for; when there are more than `most` after that, the closest
 * are replaced by one that is as good as both (and cannot be reached). */
void hull_reduce(hull *of, int most);

/* The least of each coordinate that is compared, of points like those of a hull. */
void hull_ideal(const double *points, int count, const hull *like, double *least);

/* Can a set with the ideal a cover one with the ideal b? */
static inline bool hull_may_cover(const double *a, const double *b, int compared)
{
    for (int c = 0; c < compared; c++)
        if (a[c] > b[c] + hull_slack(b[c]))
            return false;
    return true;
}

/* Is there, for every point of b, one in a's hull that is as good? `a`: points of the same
 * width. false when that is not seen at once. */
bool hull_covers(const double *a, int a_count, const hull *b);

#endif
