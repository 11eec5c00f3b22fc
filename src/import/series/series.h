/* Times of pieces from a series of engines, each with one piece more. */
#ifndef HAX_IMPORT_SERIES_SERIES_H
#define HAX_IMPORT_SERIES_SERIES_H

#include <stdbool.h>

#include "error.h"

/* Totals in the order in which they cannot rise: every engine holds less than the one before. */
typedef struct hax_series_point {
    int size; /* the layer where the engine is cut */
    double total_ms;
    double sigma_ms; /* how far a total scatters */
    bool left_out;   /* no monotone series comes near it */
    double fitted_ms;
} hax_series_point;

/* What lies between a point that is kept and the next one kept, or nothing. */
typedef struct hax_series_piece {
    int from, to; /* points; `to` == count: the end, where the total is 0 */
    double ms;
    double low_ms, high_ms; /* 90 of 100 resampled series lie between */
} hax_series_piece;

enum { SERIES_POINTS_MAX = 1000 };

/*
 * Fits totals that never rise and are never negative. First which points to keep: least squares
 * over monotone series where a point costs at most 4 sigma squared, by dynamic programming over
 * the measured values. Then weighted isotonic regression of those kept (pool adjacent violators:
 * Ayer et al., Ann. Math. Stat. 1955), and its spread by resampling with normal noise of sigma.
 * `pieces` has room for `count` + 1; their number is written. Allocates and frees its own room.
 */
hax_status hax_series_fit(hax_series_point *points, int count, hax_series_piece *pieces,
                          int *piece_count, hax_error *err);

#endif
