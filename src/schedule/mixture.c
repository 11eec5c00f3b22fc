#include "mixture.h"

#include <math.h>

#include "fleet.h"
#include "order.h"

enum { ROWS_MOST = 2 + FLEET_MAX };

/* A small linear program: give points shares, at most 1 in all, such that their sum of (point - w)
 * is not above 0 in any row; as much share as possible. */
typedef struct mixture {
    int rows, columns; /* a row for each coordinate, the last one for the shares; a column for each
                          point, then one for what is left of each row */
    int basic[ROWS_MOST];
    double at[ROWS_MOST][HULL_MOST + ROWS_MOST + 1]; /* the last column: levels */
} mixture;

static void begin_mixture(mixture *made, const double *a, int count, const double *w,
                          const hull *like)
{
    made->rows = 0;
    for (int c = 0; c <= like->compared; c++) {
        bool shares = c == like->compared;
        if (c > 0 && !shares && w[c] == 0) /* nothing in progress */
            continue;
        double *row = made->at[made->rows];
        for (int p = 0; p < count; p++)
            row[p] = shares ? 1 : a[p * like->width + c] - w[c];
        row[count] = shares ? 1 : hull_slack(w[c]);
        made->rows++;
    }
    made->columns = count;
    for (int r = 0; r < made->rows; r++) { /* levels behind the columns of what is left */
        double level = made->at[r][count];
        for (int c = 0; c < made->rows; c++)
            made->at[r][count + c] = c == r;
        made->at[r][count + made->rows] = level;
        made->basic[r] = count + r;
    }
}

static void pivot(mixture *of, int row, int column)
{
    int width = of->columns + of->rows + 1;
    double by = 1 / of->at[row][column];
    for (int c = 0; c < width; c++)
        of->at[row][c] *= by;
    for (int r = 0; r < of->rows; r++) {
        double factor = of->at[r][column];
        if (r == row || factor == 0)
            continue;
        for (int c = 0; c < width; c++)
            of->at[r][c] -= factor * of->at[row][c];
    }
    of->basic[row] = column;
}

/* The point whose share can still grow and add to the sum (Bland: the first one), -1. A share's
 * worth is 1 less what its column takes from the shares in the basis. */
static int growing(const mixture *of)
{
    for (int c = 0; c < of->columns + of->rows - 1; c++) {
        double worth = c < of->columns;
        for (int r = 0; r < of->rows; r++)
            if (of->basic[r] < of->columns)
                worth -= of->at[r][c];
        if (worth > 1e-9)
            return c;
    }
    return -1;
}

static int leaving(const mixture *of, int column)
{
    int width = of->columns + of->rows, best = -1;
    double least = INFINITY;
    for (int r = 0; r < of->rows; r++) {
        if (of->at[r][column] <= 1e-12)
            continue;
        double ratio = of->at[r][width] / of->at[r][column];
        if (ratio < least || (ratio == least && of->basic[r] < of->basic[best])) {
            least = ratio;
            best = r;
        }
    }
    return best;
}

/* Is w no better than the point that these shares make? */
static bool shares_cover(const mixture *of, const double *a, const double *w, const hull *like)
{
    double made[ROWS_MOST] = { 0 }, sum = 0;
    int width = of->columns + of->rows;
    for (int r = 0; r < of->rows; r++) {
        if (of->basic[r] >= of->columns)
            continue;
        double share = larger(of->at[r][width], 0);
        sum += share;
        for (int c = 0; c < like->compared; c++)
            made[c] += share * a[of->basic[r] * like->width + c];
    }
    for (int c = 0; c < like->compared; c++)
        if (sum < 0.5 || made[c] / sum > w[c] + 10 * hull_slack(w[c]))
            return false;
    return true;
}

bool mixture_covers(const double *points, int count, const double *wanted, const hull *like)
{
    enum { PIVOTS_MOST = 40 };
    mixture of;
    begin_mixture(&of, points, count, wanted, like);
    for (int steps = 0; steps < PIVOTS_MOST; steps++) {
        int column = growing(&of), row = column < 0 ? -1 : leaving(&of, column);
        if (row < 0)
            break;
        pivot(&of, row, column);
        if (row == of.rows - 1 &&
            shares_cover(&of, points, wanted, like)) /* the shares are all given */
            return true;
    }
    return shares_cover(&of, points, wanted, like);
}
