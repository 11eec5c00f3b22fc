/*
 * How long each group of each network takes on a part of so many SMs: measured on a few sizes,
 * told between them.
 *
 * Between two measured sizes a time is linear in 1/SMs, which is exact where a part of the work is
 * spread over all SMs and the rest is not (Amdahl), and monotone between the two. Below the least
 * measured size the line goes on, but rises and no faster than 1/SMs, as no work does. The whole
 * GPU is always measured.
 */
#ifndef HAX_PARTITION_CURVES_H
#define HAX_PARTITION_CURVES_H

#include <stdbool.h>

#include "error.h"
#include "haxconn/problem.h"

enum { HAX_CURVE_SIZES = 32 }; /* that can be measured */

typedef struct hax_curves hax_curves;

/* None measured yet. The problem is the frame: its instances and their groups; it must outlive the
 * curves. Free with hax_curves_destroy. */
hax_status hax_curves_create(const hax_problem *frame, hax_curves **curves, hax_error *err);
void hax_curves_destroy(hax_curves *curves); /* NULL is allowed */

/* Takes in what all groups cost on unit `unit` of a problem like the frame, a part of `sms`,
 * instead of what was there of this size. */
void hax_curves_add(hax_curves *curves, int sms, const hax_problem *problem, int unit);

/*
 * What parts lose beside others, as it was measured on unit `unit` of a problem like the frame: its
 * function, and where each instance stands on it (contention.h, hax_unit_contention.beside). Taken
 * to hold for parts of all sizes: losses hardly differ between them. Nothing where the unit has no
 * function that is a table.
 */
hax_status hax_curves_set_losses(hax_curves *curves, const hax_problem *problem, int unit,
                                 hax_error *err);

/* What an instance pays for going on on another part, as it was measured last; 0: was not. */
double hax_curves_handover_ms(const hax_curves *curves, int instance);

/* The function (none: HAX_SLOWDOWN_NONE), owned by the curves, and an instance's place on it. */
const hax_slowdown *hax_curves_slowdown(const hax_curves *curves);
double hax_curves_loss(const hax_curves *curves, int instance);

bool hax_curves_measured(const hax_curves *curves, int sms);

/* The sizes measured, falling; returns their number. */
int hax_curves_sizes(const hax_curves *curves, int sizes[HAX_CURVE_SIZES]);

/* Of one group, and of a whole instance. At least one size has been measured. */
double hax_curves_group_ms(const hax_curves *curves, int instance, int group, int sms);
double hax_curves_whole_ms(const hax_curves *curves, int instance, int sms);

/* The instance alone on its part while so many other parts are at work, at most. */
double hax_curves_beside_ms(const hax_curves *curves, int instance, int sms, int neighbours);

#endif
