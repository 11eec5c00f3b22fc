/*
 * Pressing units: who presses whom, how hard, and the windows in which a unit's slowdown under
 * pressure is measured on kernels that stream and compute (traffic.h).
 *
 * Demands rise in steps of computing between chunks of memory, the same everywhere; what each
 * step comes to in GB/s is measured along.
 */
#ifndef HAX_PROFILE_MEASURE_PRESSURE_H
#define HAX_PROFILE_MEASURE_PRESSURE_H

#include "error.h"
#include "exec.h"
#include "haxconn/platform.h"

enum {
    PRESSURE_STEPS = 6, /* of demand, rising, the last is all a unit can move */
    /* Kernels at every step and none, beside pressure at every step and none, without none beside
     * none; then each kind of traffic at its most, alone and with the pressers. */
    PRESSURE_CELLS = (PRESSURE_STEPS + 1) * (PRESSURE_STEPS + 1) - 1 + 2 * HAX_TRAFFIC_KINDS,
    PRESSURE_PAIRS = (PRESSURE_STEPS + 1) * (PRESSURE_STEPS + 1) - 1,
};

/* Units that press on `unit`: planned ones that share nothing with it or each other, in the
 * platform's order. Returns their number. */
int hax_pressure_by(const hax_platform *platform, int unit, int pressers[HAX_MAX_UNITS]);

/* The cell of a kernel at step `own` beside pressure at step `external`; -1: none. */
int hax_pressure_cell(int own, int external);

/* The cell where a kind of traffic is at its most on the unit, or on it and its pressers. */
int hax_pressure_peak_cell(hax_traffic_kind kind, bool together);

/* What the unit and its pressers move in one cell, GB/s; 0 for who makes no traffic in it. */
hax_status hax_pressure_measure(hax_session *session, const hax_platform *platform, int unit,
                                int cell, hax_traffic_kind kind, double *own_gbps,
                                double *external_gbps, hax_error *err);

/* The traffic of a step. */
hax_traffic hax_pressure_step(int step, hax_traffic_kind kind);

/* Pressure on `unit` from all its pressers, to run a plan beside. */
void hax_pressure_add(const hax_platform *platform, int unit, hax_traffic traffic,
                      hax_press *press);

/* What a unit that makes traffic moved between two times of the last round, GB/s. */
double hax_pressure_unit_moved(const hax_session *session, int unit, int64_t from_ns,
                               int64_t to_ns);

/* What all pressers of `unit` moved between two times of the last round, GB/s. */
double hax_pressure_moved(const hax_session *session, const hax_platform *platform, int unit,
                          int64_t from_ns, int64_t to_ns);

#endif
