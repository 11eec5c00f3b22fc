/*
 * A small linear program whose columns come one by one: min c y, A y = b, y >= 0, b >= 0, with
 * a dense inverse of the basis (revised primal simplex).
 *
 * Nothing here has to be exact: what is wanted are multipliers, and whoever uses them scales
 * them until they prove something.
 */
#ifndef SCHEDULE_SIMPLEX_H
#define SCHEDULE_SIMPLEX_H

#include <stdbool.h>

typedef struct simplex_entry {
    int row;
    double value;
} simplex_entry;

typedef struct simplex_column {
    int first, count; /* in simplex.entries */
    double cost;
    bool basic;
} simplex_column;

typedef struct simplex {
    int rows;
    double *inverse;    /* [row][row] of the basis */
    double *level;      /* [row] of the basic variables */
    double *multiplier; /* [row] */
    double *direction;  /* [row], while pivoting */
    double *unit_cost;  /* [row]: of the columns that it begins with */
    int *basic;         /* [row]: column, -1: the first ones (unit columns) */
    int column_count, column_room;
    simplex_column *columns;
    int entry_count, entry_room;
    simplex_entry *entries;
} simplex;

/* Begins with the unit columns as basis, at these costs. false: memory is out. Free with
 * simplex_free in any case. */
bool simplex_make(simplex *made, int rows, const double *costs, const double *right);
void simplex_free(simplex *of);

/* Adds a column; its index, -1 when memory is out. */
int simplex_add(simplex *of, double cost, int count, const simplex_entry *entries);

/* Cost less what its entries are worth. */
double simplex_reduced(const simplex *of, int column);

/* The column outside the basis with the least reduced cost, below `most`; -1: none. */
int simplex_cheapest(const simplex *of, double most);

/* What the basic solution costs. */
double simplex_value(const simplex *of);

/* Brings a column into the basis. false: no row limits it, or only by a pivot too small. */
bool simplex_enter(simplex *of, int column);

#endif
