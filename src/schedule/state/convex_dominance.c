#include "convex_dominance.h"

#include <assert.h>
#include <math.h>

#include "instance_set.h"
#include "minmax.h"

enum { ROWS_MOST = 2 + HAX_INSTANCES_MAX };

/* A small linear program: give points shares, at most 1 in all, such that their sum of (point - w)
 * is not above 0 in any row; as much share as possible. */
typedef struct mixture {
    int rows, columns; /* a row for each coordinate, the last one for the shares; a column for each
                          point, then one for what is left of each row */
    int basic[ROWS_MOST];
    double tableau[ROWS_MOST][HULL_MOST + ROWS_MOST + 1]; /* the last column: levels */
} mixture;

static void begin_mixture(mixture *mixture, const double *a, int count, const double *w,
                          const hax_convex_set *like)
{
    assert(count > 0 && count <= HULL_MOST && like->compared < ROWS_MOST);
    mixture->rows = 0;
    for (int c = 0; c <= like->compared; c++) {
        bool shares = c == like->compared;
        if (c > 0 && !shares && w[c] == 0) /* nothing in progress */
            continue;
        double *row = mixture->tableau[mixture->rows];
        for (int p = 0; p < count; p++)
            row[p] = shares ? 1 : a[p * like->width + c] - w[c];
        row[count] = shares ? 1 : hax_convex_set_slack(w[c]);
        mixture->rows++;
    }
    mixture->columns = count;
    for (int r = 0; r < mixture->rows; r++) { /* levels behind the columns of what is left */
        double level = mixture->tableau[r][count];
        assert(level > 0); /* to give nobody a share is feasible */
        for (int c = 0; c < mixture->rows; c++)
            mixture->tableau[r][count + c] = c == r;
        mixture->tableau[r][count + mixture->rows] = level;
        mixture->basic[r] = count + r;
    }
}

static void pivot(mixture *mixture, int row, int column)
{
    int width = mixture->columns + mixture->rows + 1;
    assert(row >= 0 && row < mixture->rows && column < mixture->columns + mixture->rows);
    assert(mixture->tableau[row][column] > 0); /* the levels would change their sign */
    double by = 1 / mixture->tableau[row][column];
    for (int c = 0; c < width; c++)
        mixture->tableau[row][c] *= by;
    for (int r = 0; r < mixture->rows; r++) {
        double factor = mixture->tableau[r][column];
        if (r == row || factor == 0)
            continue;
        for (int c = 0; c < width; c++)
            mixture->tableau[r][c] -= factor * mixture->tableau[row][c];
    }
    mixture->basic[row] = column;
}

/* The point whose share can still grow and add to the sum (Bland: the first one), -1. A share's
 * worth is 1 less what its column takes from the shares in the basis. */
static int growing(const mixture *mixture)
{
    for (int c = 0; c < mixture->columns + mixture->rows - 1; c++) {
        double worth = c < mixture->columns;
        for (int r = 0; r < mixture->rows; r++)
            if (mixture->basic[r] < mixture->columns)
                worth -= mixture->tableau[r][c];
        if (worth > 1e-9)
            return c;
    }
    return -1;
}

static int leaving(const mixture *mixture, int column)
{
    int width = mixture->columns + mixture->rows, best = -1;
    double least = INFINITY;
    for (int r = 0; r < mixture->rows; r++) {
        if (mixture->tableau[r][column] <= 1e-12)
            continue;
        double ratio = mixture->tableau[r][width] / mixture->tableau[r][column];
        if (ratio < least || (ratio == least && mixture->basic[r] < mixture->basic[best])) {
            least = ratio;
            best = r;
        }
    }
    return best;
}

/* Is w no better than the point that these shares make? */
static bool shares_cover(const mixture *mixture, const double *a, const double *w,
                         const hax_convex_set *like)
{
    double made[ROWS_MOST] = { 0 }, sum = 0;
    int width = mixture->columns + mixture->rows;
    for (int r = 0; r < mixture->rows; r++) {
        if (mixture->basic[r] >= mixture->columns)
            continue;
        double share = hax_max(mixture->tableau[r][width], 0);
        assert(mixture->basic[r] >= 0);
        sum += share;
        for (int c = 0; c < like->compared; c++)
            made[c] += share * a[mixture->basic[r] * like->width + c];
    }
    for (int c = 0; c < like->compared; c++)
        if (sum < 0.5 || made[c] / sum > w[c] + 10 * hax_convex_set_slack(w[c]))
            return false;
    return true;
}

bool hax_convex_dominates(const double *points, int count, const double *wanted,
                          const hax_convex_set *like)
{
    enum { PIVOTS_MOST = 40 };
    mixture tableau;
    begin_mixture(&tableau, points, count, wanted, like);
    for (int steps = 0; steps < PIVOTS_MOST; steps++) {
        int column = growing(&tableau), row = column < 0 ? -1 : leaving(&tableau, column);
        if (row < 0)
            break;
        pivot(&tableau, row, column);
        if (row == tableau.rows - 1 &&
            shares_cover(&tableau, points, wanted, like)) /* the shares are all given */
            return true;
    }
    return shares_cover(&tableau, points, wanted, like);
}
