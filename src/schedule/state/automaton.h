/*
 * One instance as an automaton: nodes are the moments at which it may wait, items the parts
 * of jobs it may have in progress.
 *
 * IN, group and OUT follow each other without a pause: an IN leads to its group, and when a
 * group ends on a unit either its OUT begins at once (and the next group runs on a unit of another
 * kind) or the tensor stays with the units of its kind. Nothing tells the nodes and items apart but
 * what matters from there on, so ways that lead to the same moment meet in it.
 */
#ifndef HAX_SCHEDULE_STATE_AUTOMATON_H
#define HAX_SCHEDULE_STATE_AUTOMATON_H

#include "error.h"
#include "problem.h"

typedef enum hax_exit_rule {
    EXIT_STAY,  /* the next group is joined: it runs on the unit too */
    EXIT_KIND,  /* the tensor is with units of one kind only: the next group runs on one of them */
    EXIT_LEAVE, /* OUT has been paid: the next group runs on a unit of another kind */
    EXIT_FREE,  /* OUT costs nothing: any unit */
} hax_exit_rule;

/* What the limits count; 0 where nothing is limited. */
typedef struct hax_limit_use {
    int transitions;
    int pieces[HAX_MAX_UNITS];
} hax_limit_use;

typedef struct hax_chain_node {
    int group; /* groups done */
    int unit;  /* of the last work; -1 at the start, and where it makes no difference */
    hax_exit_rule exit;
    hax_limit_use used;
    int next;                     /* with as many groups done, -1 */
    int start_first, start_count; /* in automaton.starts: what may begin here */
    double early_ms;              /* least time alone from the start of the instance to here */
    double rest_ms;               /* least time alone from here to its end, INFINITY: none */
} hax_chain_node;

typedef struct hax_chain_item {
    hax_part part;
    int group;
    int unit;
    hax_limit_use used; /* with this one */
    int next;           /* of the same group, -1 */
    double ms;          /* alone */
    double gbps;        /* external to the others */
    double own_gbps;    /* on the unit's slowdown function */
    int then;           /* IN: its group; group: its OUT or -1; OUT: -1 */
    int to;             /* the node reached when it ends and nothing follows at once; -1: none */
    double early_ms;    /* least time alone from the start of the instance to its start */
    double rest_ms;     /* least time alone from its end to that of the instance */
} hax_chain_item;

/* A node (index >= 0) or an item (-1 - index): see hax_position_item. */
typedef int hax_position;

typedef struct hax_automaton {
    int instance;
    int group_count;
    int node_count, node_capacity;
    hax_chain_node *nodes; /* nodes[0] is the start */
    int item_count, item_capacity;
    hax_chain_item *items;
    int start_count, start_capacity;
    int *starts;     /* items, by node */
    int *first_node; /* [group_count + 1]: with so many groups done, -1 */
    int *first_item; /* [group_count]: of that group, -1 */
    /* hash table of nodes and items while they are made: 0 is free, n node n - 1, -1 - i item i */
    int *slots;
    int slot_count;       /* a power of two */
    hax_position *places; /* all, so that whatever follows a place stands behind it */
    int *group_places;    /* [group_count + 2]: first place with so many groups done */
} hax_automaton;

/* Builds it; HAX_INFEASIBLE when no path keeps the limits. HAX_LIMIT where the effort (NULL: no
 * limit) is over first, or where limits on pieces of many units make too many moments differ. Free
 * with hax_automaton_free. */
hax_status hax_automaton_build(const hax_problem *problem, int instance, const hax_effort *effort,
                               hax_automaton *automaton, hax_error *err);
void hax_automaton_free(hax_automaton *automaton);

static inline bool hax_chain_node_is_last(const hax_automaton *automaton, int n)
{
    return automaton->nodes[n].group == automaton->group_count;
}

static inline bool hax_position_is_node(hax_position p)
{
    return p >= 0;
}

static inline int hax_position_item(hax_position p)
{
    return -1 - p;
}

/* Are the limits on pieces, and on changes of unit together, kept when two instances have used so
 * much? `b` may be NULL. */
bool hax_limits_are_kept(const hax_problem *problem, const hax_limit_use *a,
                         const hax_limit_use *b);

/* Least time alone from every node to the end when another instance has used `other` (NULL: no
 * other): rest_ms[node_count], and the item to start there, first_item[node_count], -1 at
 * the end. */
void hax_automaton_rest(const hax_problem *problem, const hax_automaton *automaton,
                        const hax_limit_use *other, double *rest_ms, int *first_item);

/* The same from the end of an item, given the nodes' rests. */
double hax_chain_item_rest(const hax_automaton *automaton, int index, const double *rest_ms);

/* What follows its end on the shortest way: an item that begins at once, or -1 and the instance
 * is at the item's node. */
int hax_chain_item_follower(const hax_automaton *automaton, int index, const double *rest_ms);

#endif
