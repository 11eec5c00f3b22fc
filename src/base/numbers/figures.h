/* Numbers in sentences: three significant digits, and never an exponent where these are all that
 * stand before the point ("1530", not "1.53e+03"). */
#ifndef HAX_BASE_NUMBERS_FIGURES_H
#define HAX_BASE_NUMBERS_FIGURES_H

#include <math.h>
#include <stdio.h>

/* Returned by value, so that it can stand in an argument list. */
typedef struct hax_figures {
    char text[24];
} hax_figures;

static inline hax_figures hax_figures_of(double value)
{
    static const double most = 1e15; /* whole up to there; beyond, an exponent is shorter */
    hax_figures figures;
    const double size = fabs(value);
    snprintf(figures.text, sizeof figures.text, size >= 999.5 && size < most ? "%.0f" : "%.3g",
             value);
    return figures;
}

#endif
