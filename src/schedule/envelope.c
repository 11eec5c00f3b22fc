#include "envelope.h"

#include <math.h>
#include <stdlib.h>

static const double tiny = 1e-12; /* shares of a piece */

double piece_s(const piece *of, double t)
{
    if (t >= of->t_to || of->t_to <= of->t_from)
        return of->s_to;
    double share = (t - of->t_from) / (of->t_to - of->t_from);
    return of->s_from + share * (of->s_to - of->s_from);
}

/* A falling line that then runs flat is convex, and the inner piece is straight: between two
 * ends that lie above it the whole lies above. */
bool piece_covers(const piece *outer, const piece *inner)
{
    return outer->t_from <= inner->t_from && piece_s(outer, inner->t_from) <= inner->s_from &&
           piece_s(outer, inner->t_to) <= inner->s_to;
}

static double mix(double from, double to, double l)
{
    return from + l * (to - from);
}

piece piece_part(const piece *of, double l_from, double l_to)
{
    piece part = *of;
    part.t_from = mix(of->t_from, of->t_to, l_from);
    part.t_to = mix(of->t_from, of->t_to, l_to);
    part.s_from = mix(of->s_from, of->s_to, l_from);
    part.s_to = mix(of->s_from, of->s_to, l_to);
    part.parent_from = mix(of->parent_from, of->parent_to, l_from);
    part.parent_to = mix(of->parent_from, of->parent_to, l_to);
    part.start_from = mix(of->start_from, of->start_to, l_from);
    part.start_to = mix(of->start_from, of->start_to, l_to);
    return part;
}

/* Shares l of `p` in (0, 1) where it meets `q` or where q begins or turns flat. */
static int crossings(const piece *p, const piece *q, double *l)
{
    int count = 0;
    double width = p->t_to - p->t_from;
    if (width <= 0)
        return 0;
    double bends[] = { (q->t_from - p->t_from) / width, (q->t_to - p->t_from) / width };
    double edges[4] = { 0, 0, 0, 1 };
    int edge_count = 1;
    for (int b = 0; b < 2; b++)
        if (bends[b] > tiny && bends[b] < 1 - tiny)
            edges[edge_count++] = l[count++] = bends[b];
    edges[edge_count] = 1;
    for (int e = 0; e < edge_count; e++) { /* between bends both are straight */
        double middle_from = mix(p->t_from, p->t_to, edges[e]);
        double middle_to = mix(p->t_from, p->t_to, edges[e + 1]);
        double a = mix(p->s_from, p->s_to, edges[e]) - piece_s(q, middle_from);
        double b = mix(p->s_from, p->s_to, edges[e + 1]) - piece_s(q, middle_to);
        if (a * b < 0)
            l[count++] = mix(edges[e], edges[e + 1], a / (a - b));
    }
    return count;
}

/* Does q reach or beat the label of p at share l? Of labels that are equal but for rounding, the
 * one listed first stays: two pieces can never drop each other. */
static bool beats(const piece *q, const piece *p, double l, bool q_first)
{
    double t = mix(p->t_from, p->t_to, l), s = mix(p->s_from, p->s_to, l);
    double slack = PIECE_TINY * fmax(1, s);
    if (q->t_from > t + slack)
        return false;
    double by = s - piece_s(q, t);
    return by > slack || (q_first && by >= -slack);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

static int by_time(const void *a, const void *b)
{
    const piece *x = a, *y = b;
    if (x->t_from != y->t_from)
        return x->t_from < y->t_from ? -1 : 1;
    return (x->s_from < y->s_from) - (x->s_from > y->s_from);
}

/* Cuts piece `at` where it meets any other and keeps the parts that nobody beats. Survivors are
 * appended behind `end`; the new end, or -1. */
static int keep_parts(piece *pieces, int count, int at, int end, int room)
{
    enum { CUTS_MAX = 256 };
    double cuts[CUTS_MAX];
    int cut_count = 0;
    const piece whole = pieces[at];
    cuts[cut_count++] = 0;
    for (int q = 0; q < count && cut_count < CUTS_MAX - 6; q++)
        if (q != at)
            cut_count += crossings(&whole, &pieces[q], cuts + cut_count);
    cuts[cut_count++] = 1;
    qsort(cuts, (size_t) cut_count, sizeof *cuts, by_value);
    double open = -1;
    for (int c = 0; c + 1 < cut_count; c++) {
        double middle = (cuts[c] + cuts[c + 1]) / 2;
        bool beaten = false;
        for (int q = 0; q < count && !beaten; q++)
            beaten = q != at && beats(&pieces[q], &whole, middle, q < at);
        if (!beaten && open < 0)
            open = cuts[c];
        bool last = c + 2 == cut_count;
        if (open >= 0 && (beaten || last)) {
            if (end == room)
                return -1;
            pieces[end++] = piece_part(&whole, open, beaten ? cuts[c] : cuts[c + 1]);
            open = -1;
        }
    }
    return end;
}

int envelope_keep(piece *pieces, int count, int room)
{
    int end = count;
    if (count > 1) {
        for (int p = 0; p < count; p++)
            if ((end = keep_parts(pieces, count, p, end, room)) < 0)
                return -1;
        for (int p = count; p < end; p++)
            pieces[p - count] = pieces[p];
        end -= count;
    }
    qsort(pieces, (size_t) end, sizeof *pieces, by_time);
    return end;
}
