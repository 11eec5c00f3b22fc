#include "simplex.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static const double pivot_least = 1e-9;

bool hax_simplex_make(hax_simplex *simplex, int rows, const double *costs, const double *right)
{
    size_t count = (size_t) rows;
    assert(rows >= 0);
    *simplex = (hax_simplex){ .rows = rows };
    simplex->inverse = calloc(count * count, sizeof *simplex->inverse);
    simplex->level = calloc(count, sizeof *simplex->level);
    simplex->multiplier = calloc(count, sizeof *simplex->multiplier);
    simplex->direction = calloc(count, sizeof *simplex->direction);
    simplex->unit_cost = calloc(count, sizeof *simplex->unit_cost);
    simplex->basic = calloc(count, sizeof *simplex->basic);
    if (!simplex->unit_cost || !simplex->inverse || !simplex->level || !simplex->multiplier ||
        !simplex->direction || !simplex->basic)
        return false;
    for (int r = 0; r < rows; r++) {
        simplex->inverse[(size_t) r * count + (size_t) r] = 1;
        assert(right[r] >= 0); /* else the unit columns are no solution to begin with */
        simplex->level[r] = right[r];
        simplex->multiplier[r] = costs[r];
        simplex->unit_cost[r] = costs[r];
        simplex->basic[r] = -1;
    }
    return true;
}

void hax_simplex_free(hax_simplex *simplex)
{
    free(simplex->inverse);
    free(simplex->level);
    free(simplex->multiplier);
    free(simplex->direction);
    free(simplex->unit_cost);
    free(simplex->basic);
    free(simplex->columns);
    free(simplex->entries);
    *simplex = (hax_simplex){ 0 };
}

static bool grow(void **list, int count, int *capacity, size_t size)
{
    enum { FIRST_ROOM = 1024 };
    if (count <= *capacity)
        return true;
    int wanted = *capacity ? *capacity : FIRST_ROOM;
    while (wanted < count)
        wanted *= 2;
    void *grown = realloc(*list, (size_t) wanted * size);
    if (!grown)
        return false;
    *list = grown;
    *capacity = wanted;
    return true;
}

int hax_simplex_add(hax_simplex *simplex, double cost, int count, const hax_simplex_entry *entries)
{
    void *columns = simplex->columns, *list = simplex->entries;
    if (!grow(&columns, simplex->column_count + 1, &simplex->column_capacity,
              sizeof *simplex->columns))
        return -1;
    simplex->columns = columns;
    if (!grow(&list, simplex->entry_count + count, &simplex->entry_capacity,
              sizeof *simplex->entries))
        return -1;
    simplex->entries = list;
    simplex->columns[simplex->column_count] =
        (hax_simplex_column){ simplex->entry_count, count, cost, false };
    for (int e = 0; e < count; e++) {
        assert(entries[e].row >= 0 && entries[e].row < simplex->rows);
        simplex->entries[simplex->entry_count++] = entries[e];
    }
    return simplex->column_count++;
}

double hax_simplex_reduced(const hax_simplex *simplex, int column)
{
    const hax_simplex_column *simplex_column = &simplex->columns[column];
    double reduced = simplex_column->cost;
    assert(column >= 0 && column < simplex->column_count);
    for (int e = simplex_column->first; e < simplex_column->first + simplex_column->count; e++)
        reduced -= simplex->multiplier[simplex->entries[e].row] * simplex->entries[e].value;
    return reduced;
}

int hax_simplex_cheapest(const hax_simplex *simplex, double most)
{
    int best = -1;
    for (int c = 0; c < simplex->column_count; c++) {
        if (simplex->columns[c].basic)
            continue;
        double reduced = hax_simplex_reduced(simplex, c);
        if (reduced >= most)
            continue;
        most = reduced;
        best = c;
    }
    return best;
}

double hax_simplex_value(const hax_simplex *simplex)
{
    double value = 0;
    for (int r = 0; r < simplex->rows; r++)
        value +=
            simplex->level[r] * (simplex->basic[r] < 0 ? simplex->unit_cost[r]
                                                       : simplex->columns[simplex->basic[r]].cost);
    return value;
}

static void fill_direction(hax_simplex *simplex, const hax_simplex_column *entering)
{
    for (int r = 0; r < simplex->rows; r++) {
        const double *row = simplex->inverse + (size_t) r * (size_t) simplex->rows;
        double sum = 0;
        for (int e = entering->first; e < entering->first + entering->count; e++)
            sum += row[simplex->entries[e].row] * simplex->entries[e].value;
        simplex->direction[r] = sum;
    }
}

/* Of rows that limit the step alike the one with the largest pivot. */
static int leaving_row(const hax_simplex *simplex)
{
    int leaving = -1;
    double least = INFINITY;
    for (int r = 0; r < simplex->rows; r++) {
        if (simplex->direction[r] <= pivot_least)
            continue;
        double step = fmax(simplex->level[r], 0) / simplex->direction[r];
        bool tie = leaving >= 0 && fabs(step - least) <= 1e-12 * (1 + least);
        if (tie ? simplex->direction[r] > simplex->direction[leaving] : step < least) {
            least = fmin(least, step);
            leaving = r;
        }
    }
    return leaving;
}

static void eliminate(hax_simplex *simplex, int leaving)
{
    size_t rows = (size_t) simplex->rows;
    double *pivot = simplex->inverse + (size_t) leaving * rows;
    assert(simplex->direction[leaving] > pivot_least);
    double scale = 1 / simplex->direction[leaving];
    for (size_t c = 0; c < rows; c++)
        pivot[c] *= scale;
    simplex->level[leaving] *= scale;
    for (int r = 0; r < simplex->rows; r++) {
        double factor = simplex->direction[r];
        double *row = simplex->inverse + (size_t) r * rows;
        if (r == leaving || factor == 0)
            continue;
        for (size_t c = 0; c < rows; c++)
            row[c] -= factor * pivot[c];
        simplex->level[r] -= factor * simplex->level[leaving];
    }
}

#ifndef NDEBUG
/* Does every row's column know that it is in the basis? */
static bool basis_is_known(const hax_simplex *simplex)
{
    for (int r = 0; r < simplex->rows; r++)
        if (simplex->basic[r] >= 0 && !simplex->columns[simplex->basic[r]].basic)
            return false;
    return true;
}
#endif

bool hax_simplex_enter(hax_simplex *simplex, int column)
{
    assert(column >= 0 && column < simplex->column_count && !simplex->columns[column].basic);
    hax_simplex_column *entering = &simplex->columns[column];
    double reduced = hax_simplex_reduced(simplex, column);
    fill_direction(simplex, entering);
    int leaving = leaving_row(simplex);
    if (leaving < 0)
        return false;
    eliminate(simplex, leaving);
    const double *pivot = simplex->inverse + (size_t) leaving * (size_t) simplex->rows;
    for (int r = 0; r < simplex->rows; r++)
        simplex->multiplier[r] += reduced * pivot[r];
    if (simplex->basic[leaving] >= 0)
        simplex->columns[simplex->basic[leaving]].basic = false;
    simplex->basic[leaving] = column;
    entering->basic = true;
    assert(basis_is_known(simplex));
    return true;
}
