/*
 * One instance as an automaton: nodes are the moments at which it may wait, items the parts
 * of jobs it may have in progress.
 *
 * IN, group and OUT follow each other without a pause: an IN leads to its group, and when a
 * group ends on a unit either its OUT begins at once (and the next group runs elsewhere) or
 * the tensor stays. Nothing tells the nodes and items apart but what matters from there on,
 * so ways that lead to the same moment meet in it.
 */
#ifndef SCHEDULE_AUTOMATON_H
#define SCHEDULE_AUTOMATON_H

#include "error.h"
#include "problem.h"
#include "spend.h"

typedef enum exit_rule {
    EXIT_STAY,  /* the tensor is on the unit only: the next group runs there too */
    EXIT_LEAVE, /* OUT has been paid: the next group runs elsewhere */
    EXIT_FREE,  /* OUT costs nothing: either */
} exit_rule;

/* What the limits count; 0 where nothing is limited. */
typedef struct used {
    int transitions;
    int pieces[HAX_MAX_UNITS];
} used;

typedef struct node {
    int group; /* groups done */
    int unit;  /* of the last work; -1 at the start, and where it makes no difference */
    exit_rule exit;
    used used;
    int next;                     /* with as many groups done, -1 */
    int start_first, start_count; /* in automaton.starts: what may begin here */
    double early_ms;              /* least time alone from the start of the instance to here */
    double rest_ms;               /* least time alone from here to its end, INFINITY: none */
} node;

typedef struct item {
    hax_part part;
    int group;
    int unit;
    used used;       /* with this one */
    int next;        /* of the same group, -1 */
    double ms;       /* alone */
    double gbps;     /* external to the others */
    double own_gbps; /* on the unit's slowdown function */
    int then;        /* IN: its group; group: its OUT or -1; OUT: -1 */
    int to;          /* the node reached when it ends and nothing follows at once; -1: none */
    double early_ms; /* least time alone from the start of the instance to its start */
    double rest_ms;  /* least time alone from its end to that of the instance */
} item;

/* A node (index >= 0) or an item (-1 - index): see place_item. */
typedef int place;

typedef struct automaton {
    int instance;
    int group_count;
    int node_count, node_room;
    node *nodes; /* nodes[0] is the start */
    int item_count, item_room;
    item *items;
    int start_count, start_room;
    int *starts;     /* items, by node */
    int *first_node; /* [group_count + 1]: with so many groups done, -1 */
    int *first_item; /* [group_count]: of that group, -1 */
    int *slots; /* hash table of nodes and items while they are made: 0: free, n: node n - 1, -1 -
                   i: item i */
    int slot_count;    /* a power of two */
    place *places;     /* all, so that whatever follows a place stands behind it */
    int *group_places; /* [group_count + 2]: first place with so many groups done */
} automaton;

/* Builds it; HAX_INFEASIBLE when no path keeps the limits. HAX_LIMIT where the effort (NULL: no
 * limit) is over first, or where limits on pieces of many units make too many moments differ. Free
 * with automaton_free. */
hax_status automaton_build(const hax_problem *problem, int instance, const hax_effort *effort,
                           automaton *made, hax_error *err);
void automaton_free(automaton *of);

static inline bool node_done(const automaton *of, int n)
{
    return of->nodes[n].group == of->group_count;
}

static inline bool place_is_node(place p)
{
    return p >= 0;
}

static inline int place_item(place p)
{
    return -1 - p;
}

/* Are the limits on pieces kept when two instances have used so much? `b` may be NULL. */
bool pieces_fit(const hax_problem *problem, const used *a, const used *b);

/* Least time alone from every node to the end when another instance has used `other` (NULL: no
 * other): rest_ms[node_count], and the item to start there, first_item[node_count], -1 at
 * the end. */
void automaton_rest(const hax_problem *problem, const automaton *of, const used *other,
                    double *rest_ms, int *first_item);

/* The same from the end of an item, given the nodes' rests. */
double item_rest(const automaton *of, int index, const double *rest_ms);

/* What follows its end on the shortest way: an item that begins at once, or -1 and the instance
 * is at the item's node. */
int item_follower(const automaton *of, int index, const double *rest_ms);

#endif
