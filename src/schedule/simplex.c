#include "simplex.h"

#include <math.h>
#include <stdlib.h>

static const double pivot_least = 1e-9;

bool simplex_make(simplex *made, int rows, const double *costs, const double *right)
{
    size_t count = (size_t) rows;
    *made = (simplex){ .rows = rows };
    made->inverse = calloc(count * count, sizeof *made->inverse);
    made->level = calloc(count, sizeof *made->level);
    made->multiplier = calloc(count, sizeof *made->multiplier);
    made->direction = calloc(count, sizeof *made->direction);
    made->unit_cost = calloc(count, sizeof *made->unit_cost);
    made->basic = calloc(count, sizeof *made->basic);
    if (!made->unit_cost || !made->inverse || !made->level || !made->multiplier ||
        !made->direction || !made->basic)
        return false;
    for (int r = 0; r < rows; r++) {
        made->inverse[(size_t) r * count + (size_t) r] = 1;
        made->level[r] = right[r];
        made->multiplier[r] = costs[r];
        made->unit_cost[r] = costs[r];
        made->basic[r] = -1;
    }
    return true;
}

void simplex_free(simplex *of)
{
    free(of->inverse);
    free(of->level);
    free(of->multiplier);
    free(of->direction);
    free(of->unit_cost);
    free(of->basic);
    free(of->columns);
    free(of->entries);
    *of = (simplex){ 0 };
}

static bool grow(void **list, int count, int *room, size_t size)
{
    enum { FIRST_ROOM = 1024 };
    if (count <= *room)
        return true;
    int wanted = *room ? *room : FIRST_ROOM;
    while (wanted < count)
        wanted *= 2;
    void *grown = realloc(*list, (size_t) wanted * size);
    if (!grown)
        return false;
    *list = grown;
    *room = wanted;
    return true;
}

int simplex_add(simplex *of, double cost, int count, const simplex_entry *entries)
{
    void *columns = of->columns, *list = of->entries;
    if (!grow(&columns, of->column_count + 1, &of->column_room, sizeof *of->columns))
        return -1;
    of->columns = columns;
    if (!grow(&list, of->entry_count + count, &of->entry_room, sizeof *of->entries))
        return -1;
    of->entries = list;
    of->columns[of->column_count] = (simplex_column){ of->entry_count, count, cost, false };
    for (int e = 0; e < count; e++)
        of->entries[of->entry_count++] = entries[e];
    return of->column_count++;
}

double simplex_reduced(const simplex *of, int column)
{
    const simplex_column *at = &of->columns[column];
    double reduced = at->cost;
    for (int e = at->first; e < at->first + at->count; e++)
        reduced -= of->multiplier[of->entries[e].row] * of->entries[e].value;
    return reduced;
}

int simplex_cheapest(const simplex *of, double most)
{
    int best = -1;
    for (int c = 0; c < of->column_count; c++) {
        if (of->columns[c].basic)
            continue;
        double reduced = simplex_reduced(of, c);
        if (reduced >= most)
            continue;
        most = reduced;
        best = c;
    }
    return best;
}

double simplex_value(const simplex *of)
{
    double value = 0;
    for (int r = 0; r < of->rows; r++)
        value +=
            of->level[r] * (of->basic[r] < 0 ? of->unit_cost[r] : of->columns[of->basic[r]].cost);
    return value;
}

static void fill_direction(simplex *of, const simplex_column *entering)
{
    for (int r = 0; r < of->rows; r++) {
        const double *row = of->inverse + (size_t) r * (size_t) of->rows;
        double sum = 0;
        for (int e = entering->first; e < entering->first + entering->count; e++)
            sum += row[of->entries[e].row] * of->entries[e].value;
        of->direction[r] = sum;
    }
}

/* Of rows that limit the step alike the one with the largest pivot. */
static int leaving_row(const simplex *of)
{
    int leaving = -1;
    double least = INFINITY;
    for (int r = 0; r < of->rows; r++) {
        if (of->direction[r] <= pivot_least)
            continue;
        double step = fmax(of->level[r], 0) / of->direction[r];
        bool tie = leaving >= 0 && fabs(step - least) <= 1e-12 * (1 + least);
        if (tie ? of->direction[r] > of->direction[leaving] : step < least) {
            least = fmin(least, step);
            leaving = r;
        }
    }
    return leaving;
}

static void eliminate(simplex *of, int leaving)
{
    size_t rows = (size_t) of->rows;
    double *pivot = of->inverse + (size_t) leaving * rows;
    double scale = 1 / of->direction[leaving];
    for (size_t c = 0; c < rows; c++)
        pivot[c] *= scale;
    of->level[leaving] *= scale;
    for (int r = 0; r < of->rows; r++) {
        double factor = of->direction[r];
        double *row = of->inverse + (size_t) r * rows;
        if (r == leaving || factor == 0)
            continue;
        for (size_t c = 0; c < rows; c++)
            row[c] -= factor * pivot[c];
        of->level[r] -= factor * of->level[leaving];
    }
}

bool simplex_enter(simplex *of, int column)
{
    simplex_column *entering = &of->columns[column];
    double reduced = simplex_reduced(of, column);
    fill_direction(of, entering);
    int leaving = leaving_row(of);
    if (leaving < 0)
        return false;
    eliminate(of, leaving);
    const double *pivot = of->inverse + (size_t) leaving * (size_t) of->rows;
    for (int r = 0; r < of->rows; r++)
        of->multiplier[r] += reduced * pivot[r];
    if (of->basic[leaving] >= 0)
        of->columns[of->basic[leaving]].basic = false;
    of->basic[leaving] = column;
    entering->basic = true;
    return true;
}
