/* fmin and fmax for numbers that are never NaN: compilers call the library for those, which is
 * a quarter of the time of a search. */
#ifndef HAX_SCHEDULE_STATE_MINMAX_H
#define HAX_SCHEDULE_STATE_MINMAX_H

static inline double hax_min(double a, double b)
{
    return a < b ? a : b;
}

static inline double hax_max(double a, double b)
{
    return a > b ? a : b;
}

#endif
