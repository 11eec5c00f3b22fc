/* The published model's terms, shared by what solves it. */
#ifndef HAX_REFERENCE_PUBLISHED_PUBLISHED_H
#define HAX_REFERENCE_PUBLISHED_PUBLISHED_H

#include "haxconn/published.h"

/* Slowdown that a unit is charged for a demand. */
double hax_published_slowdown(const hax_published *data, int unit, double gbps);

/* From the start of the group before to the start of `group`, which is on `unit`, at least. */
double hax_published_lag_ms(const hax_published *data, int network, int group, int unit,
                            bool changes);

static inline int hax_published_unit(const hax_published_way *way, int group)
{
    return way->change > 0 && group >= way->change ? 1 - way->unit : way->unit;
}

#endif
