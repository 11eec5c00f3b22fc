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
#ifndef HAX_SCHEDULE_STATE_CONVEX_SET_H
#define HAX_SCHEDULE_STATE_CONVEX_SET_H

#include <stdbool.h>

enum { HULL_MOST = 176 }; /* points: 24, and what one cut of them adds */

typedef struct hax_convex_set {
    int width;    /* coordinates of a point */
    int compared; /* of them: the clock and the ends */
    int count;
    bool full;      /* points were lost for want of room: the hull is void */
    double *points; /* [HULL_MOST][width] */
} hax_convex_set;

/* Times closer than this are the same. */
static inline double hax_convex_set_slack(double time_ms)
{
    return 1e-12 * (1 + time_ms);
}

/* false: memory is out. Free with hax_convex_set_free in any case. */
bool hax_convex_set_make(hax_convex_set *set, int width, int compared);
void hax_convex_set_free(hax_convex_set *set);

static inline double *hax_convex_set_point(const hax_convex_set *set, int p)
{
    return set->points + p * set->width;
}

/* Both of one width. */
void hax_convex_set_copy(hax_convex_set *to, const hax_convex_set *from);

/* Keeps the part in which coordinate x is no larger than y. */
void hax_convex_set_cut(hax_convex_set *set, int x, int y);

/* Lets time pass until the end of coordinate x. */
void hax_convex_set_pass(hax_convex_set *set, int x);

/* Adds what hax_convex_set_pass would make: every wait from none to that one. */
void hax_convex_set_extrude(hax_convex_set *set, int x);

/* Leaves out points that others stand for; when there are more than `most` after that, the closest
 * are replaced by one that is as good as both (and cannot be reached): false then. */
bool hax_convex_set_reduce(hax_convex_set *set, int most);

/* The least of each coordinate that is compared, of points like those of a hull. */
void hax_convex_set_minimum(const double *points, int count, const hax_convex_set *like,
                            double *least);

/* Can a set with the ideal a cover one with the ideal b? */
static inline bool hax_convex_set_may_cover(const double *a, const double *b, int compared)
{
    for (int c = 0; c < compared; c++)
        if (a[c] > b[c] + hax_convex_set_slack(b[c]))
            return false;
    return true;
}

/* Is there, for every point of b, one in a's hull that is as good? `a`: points of the same
 * width. false when that is not seen at once. */
bool hax_convex_set_covers(const double *a, int a_count, const hax_convex_set *b);

#endif
