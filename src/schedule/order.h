/* fmin and fmax for numbers that are never NaN: compilers call the library for those, which is
 * a quarter of the time of a search. */
#ifndef SCHEDULE_ORDER_H
#define SCHEDULE_ORDER_H

static inline double smaller(double a, double b)
{
    return a < b ? a : b;
}

static inline double larger(double a, double b)
{
    return a > b ? a : b;
}

#endif
