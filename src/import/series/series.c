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

static double cost(const hax_series_point *point, double level)
{
    double off = (point->total_ms - level) / point->sigma_ms;
    double most = (double) SIGMAS_MAX * SIGMAS_MAX;
    return off * off < most ? off * off : most;
}

/* best[i][k]: the first i + 1 points with the last at level k or a higher one; from[i][k] is that
 * level. Levels fall, so a series that never rises goes through them in order. */
static void fill_table(const hax_series_point *points, int count, const double *levels,
                       double *best, int *from)
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

static hax_status mark_left_out(hax_series_point *points, int count, hax_error *err)
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
static void pool(const kept *kept, const double *target, double *value)
{
    int pools = 0;
    for (int i = 0; i < kept->count; i++) {
        kept->pool_value[pools] = target[i];
        kept->pool_weight[pools] = 1 / (kept->sigma[i] * kept->sigma[i]);
        kept->pool_size[pools++] = 1;
        while (pools > 1 && kept->pool_value[pools - 2] < kept->pool_value[pools - 1]) {
            int a = pools - 2, b = pools - 1;
            double weight = kept->pool_weight[a] + kept->pool_weight[b];
            kept->pool_value[a] = (kept->pool_value[a] * kept->pool_weight[a] +
                                   kept->pool_value[b] * kept->pool_weight[b]) /
                                  weight;
            kept->pool_weight[a] = weight;
            kept->pool_size[a] += kept->pool_size[b];
            pools--;
        }
    }
    for (int p = 0, i = 0; p < pools; p++)
        for (int n = kept->pool_size[p]; n > 0; n--)
            value[i++] = fmax(kept->pool_value[p], 0);
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

static void resample(const kept *kept, double *drawn)
{
    hax_random random = { 1 };
    double *target = kept->target, *value = drawn + (size_t) kept->count * DRAWS;
    for (int d = 0; d < DRAWS; d++) {
        for (int i = 0; i < kept->count; i++)
            target[i] = kept->value[i] + kept->sigma[i] * normal(&random);
        pool(kept, target, value);
        for (int i = 0; i < kept->count; i++)
            drawn[(size_t) i * DRAWS + (size_t) d] = piece_of(value, kept->count, i);
    }
}

static int rising(const void *a, const void *b)
{
    return falling(b, a);
}

static void fill_pieces(const kept *kept, int count, double *drawn, hax_series_piece *pieces)
{
    for (int i = 0; i < kept->count; i++) {
        double *draws = drawn + (size_t) i * DRAWS;
        qsort(draws, DRAWS, sizeof *draws, rising);
        pieces[i] = (hax_series_piece){
            .from = kept->points[i],
            .to = i + 1 < kept->count ? kept->points[i + 1] : count,
            .ms = piece_of(kept->value, kept->count, i),
            .low_ms = hax_quantile(draws, DRAWS, 0.05),
            .high_ms = hax_quantile(draws, DRAWS, 0.95),
        };
    }
}

static bool kept_make(kept *merged, const hax_series_point *points, int count)
{
    size_t n = (size_t) count;
    *merged = (kept){ 0,
                      calloc(n, sizeof(int)),
                      calloc(n, sizeof(double)),
                      calloc(n, sizeof(double)),
                      calloc(n, sizeof(double)),
                      calloc(n, sizeof(double)),
                      calloc(n, sizeof(double)),
                      calloc(n, sizeof(int)) };
    if (!merged->points || !merged->sigma || !merged->target || !merged->value ||
        !merged->pool_value || !merged->pool_weight || !merged->pool_size)
        return false;
    for (int i = 0; i < count; i++) {
        if (points[i].left_out)
            continue;
        merged->points[merged->count] = i;
        merged->sigma[merged->count] = points[i].sigma_ms;
        merged->target[merged->count++] = points[i].total_ms;
    }
    return true;
}

static void kept_free(kept *kept)
{
    free(kept->points);
    free(kept->sigma);
    free(kept->target);
    free(kept->value);
    free(kept->pool_value);
    free(kept->pool_weight);
    free(kept->pool_size);
}

/* What those left out should have been: as the kept one before, at most. */
static void fill_fitted(const kept *kept, hax_series_point *points, int count)
{
    int next = 0;
    for (int i = 0; i < count; i++) {
        if (next < kept->count && kept->points[next] == i)
            points[i].fitted_ms = kept->value[next++];
        else
            points[i].fitted_ms = NAN;
    }
}

hax_status hax_series_fit(hax_series_point *points, int count, hax_series_piece *pieces,
                          int *piece_count, hax_error *err)
{
    kept merged;
    assert(count > 0 && count <= SERIES_POINTS_MAX);
    HAX_TRY(mark_left_out(points, count, err));
    bool made = kept_make(&merged, points, count);
    double *drawn = made ? calloc((size_t) merged.count * (DRAWS + 1), sizeof *drawn) : NULL;
    if (drawn) {
        pool(&merged, merged.target, merged.value);
        fill_fitted(&merged, points, count);
        resample(&merged, drawn);
        fill_pieces(&merged, count, drawn, pieces);
        *piece_count = merged.count;
    }
    free(drawn);
    kept_free(&merged);
    return drawn ? HAX_OK : hax_fail_memory(err, "the fit of a series");
}
