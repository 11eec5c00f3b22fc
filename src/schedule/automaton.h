/*
 * One instance as an automaton: nodes are the moments at which it may wait, arcs the work it may
 * start there.
 *
 * An arc is a group on a unit with its IN before and its OUT behind, if it has them: one piece
 * of work on one unit without a pause. Whether OUT belongs to it is chosen with it, which
 * loses nothing: nothing is learnt between.
 */
#ifndef SCHEDULE_AUTOMATON_H
#define SCHEDULE_AUTOMATON_H

#include "error.h"
#include "problem.h"

enum { PHASES_MAX = 3 };

typedef enum exit_rule {
    EXIT_STAY,  /* the tensor is on the unit only: the next group runs there too */
    EXIT_LEAVE, /* OUT has been paid: the next group runs elsewhere */
    EXIT_FREE,  /* OUT costs nothing: either */
} exit_rule;

typedef struct node {
    int group; /* groups done */
    int unit;  /* of the last work, -1 at the start */
    exit_rule exit;
    int transitions;           /* used so far; 0 where not limited */
    int pieces[HAX_MAX_UNITS]; /* used on units that limit them; else 0 */
    int next;                  /* with as many groups done, -1 */
    int arc_first, arc_count;  /* arcs from here */
    double chain_ms;           /* least time alone from here to the end, INFINITY: none */
    int chain_arc;             /* the arc that reaches it, -1 at the end */
} node;

typedef struct phase {
    double ms;
    double gbps;
} phase;

typedef struct arc {
    int from, to; /* nodes */
    int unit;
    int group; /* whose part it is */
    int phase_count;
    phase phases[PHASES_MAX];
    double rest_ms[PHASES_MAX]; /* of the phases behind each, alone */
    bool safe[PHASES_MAX];      /* from this phase on demands never rise */
    double ms;                  /* of all phases, alone */
} arc;

typedef struct automaton {
    int instance;
    int group_count;
    int node_count, node_room;
    node *nodes; /* nodes[0] is the start */
    int arc_count, arc_room;
    arc *arcs;
    int *first; /* [group_count + 1]: first node with so many groups done, -1 */
} automaton;

/* Builds it; HAX_INFEASIBLE when no path keeps the limits. Free with automaton_free. */
hax_status automaton_build(const hax_problem *problem, int instance, automaton *made,
                           hax_error *err);
void automaton_free(automaton *of);

static inline bool node_done(const automaton *of, int n)
{
    return of->nodes[n].group == of->group_count;
}

/* May two nodes be reached both, by the limits on pieces? */
bool pieces_fit(const hax_problem *problem, const node *a, const node *b);

/* Least time alone from every node to the end when another instance ends in `other` (its pieces
 * count): chain_ms[node_count], chain_arc[node_count]. */
void chains_beside(const hax_problem *problem, const automaton *of, const node *other,
                   double *chain_ms, int *chain_arc);

#endif
