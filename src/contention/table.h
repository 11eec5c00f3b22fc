/* Pressure tables inside this room. */
#ifndef HAX_CONTENTION_TABLE_H
#define HAX_CONTENTION_TABLE_H

#include "arena.h"
#include "error.h"
#include "haxconn/contention.h"

/* HAX_BAD_INPUT naming what no fit can use. */
hax_status hax_table_check(const hax_pressure_table *table, hax_error *err);

/* A deep copy in an arena; false when memory is out. */
bool hax_table_copy(hax_arena *arena, const hax_pressure_table *from, hax_pressure_table *to);

/* Bandwidth kernel i keeps under pressure j, in percent of what it reaches alone. */
static inline double hax_table_speed(const hax_pressure_table *table, int i, int j)
{
    return 100 * table->achieved_gbps[i * table->external_count + j] / table->own_gbps[i];
}

#endif
