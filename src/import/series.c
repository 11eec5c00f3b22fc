/* Times of pieces from a series of engines: monotone regression, robust against engines whose time
 * is booked elsewhere, with an uncertainty for each piece. */
#include "series.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "statistics.h"

enum {
    DRAWS = 400,
    SIGMAS_MAX = 4, /* beyond, a point is left out */
};

/* ---- which points to keep -------------------------------------------------------------------- */

static int falling(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;
    return (x < y) - (x > y);
}

static double cost(const series_point *point, double level)
{
    double off = (point->total_ms - level) / point->sigma_ms;
    double most = (double) SIGMAS_MAX * SIGMAS_MAX;
    return off * off < most ? off * off : most;
}

/* best[i][k]: the first i + 1 points with the last at level k or a higher one; from[i][k] is that
 * level. Levels fall, so a series that never rises goes through them in order. */
static void fill_table(const series_point *points, int count, const double *levels, double *best,
                       int *from)
{
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < count; k++) {
            double before = i > 0 ? best[(i - 1) * count + k] : 0;
            double here = cost(&points[i], levels[k]) + before;
            bool stay = k > 0 && best[i * count + k - 1] <= here;
            best[i * count + k] = stay ? best[i * count + k - 1] : here;
            from[i * count + k] = stay ? from[i * count + k - 1] : k;
        }
    }
}

static hax_status mark_left_out(series_point *points, int count, hax_error *err)
{
    size_t n = (size_t) count;
    double *levels = calloc(n, sizeof *levels), *best = calloc(n * n, sizeof *best);
    int *from = calloc(n * n, sizeof *from);
    bool made = levels && best && from;
    if (made) {
        for (int i = 0; i < count; i++)
            levels[i] = points[i].total_ms;
        qsort(levels, n, sizeof *levels, falling);
        fill_table(points, count, levels, best, from);
        for (int i = count - 1, k = count - 1; i >= 0; i--) {
            k = from[i * count + k];
            points[i].left_out = cost(&points[i], levels[k]) >= (double) SIGMAS_MAX * SIGMAS_MAX;
        }
    }
    free(levels);
    free(best);
    free(from);
    return made ? HAX_OK : hax_fail_memory(err, "the fit of a series");
}

/* ---- the fit of those kept ------------------------------------------------------------------- */

/* Points that are kept, and room for one regression. */
typedef struct kept {
    int count;
    int *points;
    double *sigma, *target, *value;
    double *pool_value, *pool_weight;
    int *pool_size;
} kept;

/* Weighted isotonic regression, never rising and never negative. */
static void pool(const kept *of, const double *target, double *value)
{
    int pools = 0;
    for (int i = 0; i < of->count; i++) {
        of->pool_value[pools] = target[i];
        of->pool_weight[pools] = 1 / (of->sigma[i] * of->sigma[i]);
        of->pool_size[pools++] = 1;
        while (pools > 1 && of->pool_value[pools - 2] < of->pool_value[pools - 1]) {
            int a = pools - 2, b = pools - 1;
            double weight = of->pool_weight[a] + of->pool_weight[b];
            of->pool_value[a] =
                (of->pool_value[a] * of->pool_weight[a] + of->pool_value[b] * of->pool_weight[b]) /
                weight;
            of->pool_weight[a] = weight;
            of->pool_size[a] += of->pool_size[b];
            pools--;
        }
    }
    for (int p = 0, i = 0; p < pools; p++)
        for (int n = of->pool_size[p]; n > 0; n--)
            value[i++] = fmax(of->pool_value[p], 0);
}

/* Normal with mean 0 and variance 1 (Box and Muller 1958). */
static double normal(hax_random *random)
{
    const double turn = 6.283185307179586;
    double radius = sqrt(-2 * log(1 - hax_random_unit(random)));
    return radius * cos(turn * hax_random_unit(random));
}

static double piece_of(const double *value, int count, int piece)
{
    return value[piece] - (piece + 1 < count ? value[piece + 1] : 0);
}

static void resample(const kept *of, double *drawn)
{
    hax_random random = { 1 };
    double *target = of->target, *value = drawn + (size_t) of->count * DRAWS;
    for (int d = 0; d < DRAWS; d++) {
        for (int i = 0; i < of->count; i++)
            target[i] = of->value[i] + of->sigma[i] * normal(&random);
        pool(of, target, value);
        for (int i = 0; i < of->count; i++)
            drawn[(size_t) i * DRAWS + (size_t) d] = piece_of(value, of->count, i);
    }
}

static int rising(const void *a, const void *b)
{
    return falling(b, a);
}

static void fill_pieces(const kept *of, int count, double *drawn, series_piece *pieces)
{
    for (int i = 0; i < of->count; i++) {
        double *draws = drawn + (size_t) i * DRAWS;
        qsort(draws, DRAWS, sizeof *draws, rising);
        pieces[i] = (series_piece){
            .from = of->points[i],
            .to = i + 1 < of->count ? of->points[i + 1] : count,
            .ms = piece_of(of->value, of->count, i),
            .low_ms = hax_quantile(draws, DRAWS, 0.05),
            .high_ms = hax_quantile(draws, DRAWS, 0.95),
        };
    }
}

static bool kept_make(kept *of, const series_point *points, int count)
{
    size_t n = (size_t) count;
    *of = (kept){ 0,
                  calloc(n, sizeof(int)),
                  calloc(n, sizeof(double)),
                  calloc(n, sizeof(double)),
                  calloc(n, sizeof(double)),
                  calloc(n, sizeof(double)),
                  calloc(n, sizeof(double)),
                  calloc(n, sizeof(int)) };
    if (!of->points || !of->sigma || !of->target || !of->value || !of->pool_value ||
        !of->pool_weight || !of->pool_size)
        return false;
    for (int i = 0; i < count; i++) {
        if (points[i].left_out)
            continue;
        of->points[of->count] = i;
        of->sigma[of->count] = points[i].sigma_ms;
        of->target[of->count++] = points[i].total_ms;
    }
    return true;
}

static void kept_free(kept *of)
{
    free(of->points);
    free(of->sigma);
    free(of->target);
    free(of->value);
    free(of->pool_value);
    free(of->pool_weight);
    free(of->pool_size);
}

/* What those left out should have been: as the kept one before, at most. */
static void fill_fitted(const kept *of, series_point *points, int count)
{
    int next = 0;
    for (int i = 0; i < count; i++) {
        if (next < of->count && of->points[next] == i)
            points[i].fitted_ms = of->value[next++];
        else
            points[i].fitted_ms = NAN;
    }
}

hax_status series_fit(series_point *points, int count, series_piece *pieces, int *piece_count,
                      hax_error *err)
{
    kept of;
    assert(count > 0 && count <= SERIES_POINTS_MAX);
    HAX_TRY(mark_left_out(points, count, err));
    bool made = kept_make(&of, points, count);
    double *drawn = made ? calloc((size_t) of.count * (DRAWS + 1), sizeof *drawn) : NULL;
    if (drawn) {
        pool(&of, of.target, of.value);
        fill_fitted(&of, points, count);
        resample(&of, drawn);
        fill_pieces(&of, count, drawn, pieces);
        *piece_count = of.count;
    }
    free(drawn);
    kept_free(&of);
    return drawn ? HAX_OK : hax_fail_memory(err, "the fit of a series");
}
