/*
 * A small linear program whose columns come one by one: min c y, A y = b, y >= 0, b >= 0, with
 * a dense inverse of the basis (revised primal simplex).
 *
 * Nothing here has to be exact: what is wanted are multipliers, and whoever uses them scales
 * them until they prove something.
 */
#ifndef HAX_SCHEDULE_BOUNDS_SIMPLEX_H
#define HAX_SCHEDULE_BOUNDS_SIMPLEX_H

#include <stdbool.h>

typedef struct hax_simplex_entry {
    int row;
    double value;
} hax_simplex_entry;

typedef struct hax_simplex_column {
    int first, count; /* in simplex.entries */
    double cost;
    bool basic;
} hax_simplex_column;

typedef struct hax_simplex {
    int rows;
    double *inverse;    /* [row][row] of the basis */
    double *level;      /* [row] of the basic variables */
    double *multiplier; /* [row] */
    double *direction;  /* [row], while pivoting */
    double *unit_cost;  /* [row]: of the columns that it begins with */
    int *basic;         /* [row]: column, -1: the first ones (unit columns) */
    int column_count, column_capacity;
    hax_simplex_column *columns;
    int entry_count, entry_capacity;
    hax_simplex_entry *entries;
} hax_simplex;

/* Begins with the unit columns as basis, at these costs. false: memory is out. Free with
 * hax_simplex_free in any case. */
bool hax_simplex_make(hax_simplex *simplex, int rows, const double *costs, const double *right);
void hax_simplex_free(hax_simplex *simplex);

/* Adds a column; its index, -1 when memory is out. */
int hax_simplex_add(hax_simplex *simplex, double cost, int count, const hax_simplex_entry *entries);

/* Cost less what its entries are worth. */
double hax_simplex_reduced(const hax_simplex *simplex, int column);

/* The column outside the basis with the least reduced cost, below `most`; -1: none. */
int hax_simplex_cheapest(const hax_simplex *simplex, double most);

/* What the basic solution costs. */
double hax_simplex_value(const hax_simplex *simplex);

/* Brings a column into the basis. false: no row limits it, or only by a pivot too small. */
bool hax_simplex_enter(hax_simplex *simplex, int column);

#endif
