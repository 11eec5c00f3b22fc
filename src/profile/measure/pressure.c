#include "pressure.h"

#include <assert.h>

/* Steps of computing: on a core that moves 20 GB/s and steps every 1.9 ns they come to 1.3, 3, 6,
 * 10, 15 and 20 GB/s. */
static const int work_of_step[PRESSURE_STEPS] = { 1600, 600, 250, 110, 40, 0 };

static const double lead_ms = 2;    /* until the traffic is steady */
static const double window_ms = 10; /* that is measured */

/* May the unit make traffic while work goes on over `taken` resources? */
static bool may_press(const hax_platform *platform, int unit, uint32_t taken)
{
    return !platform->units[unit].reference && !(platform->units[unit].resources & taken);
}

int hax_pressure_by(const hax_platform *platform, int unit, int pressers[HAX_MAX_UNITS])
{
    uint32_t taken = platform->units[unit].resources;
    int count = 0;
    for (int u = 0; u < platform->unit_count; u++) {
        if (!may_press(platform, u, taken))
            continue;
        taken |= platform->units[u].resources;
        pressers[count++] = u;
    }
    return count;
}

/* Row by row from none; none beside none, which would be the first, is left out. */
int hax_pressure_cell(int own, int external)
{
    assert(own >= -1 && own < PRESSURE_STEPS && external >= -1 && external < PRESSURE_STEPS);
    assert(own >= 0 || external >= 0);
    return (own + 1) * (PRESSURE_STEPS + 1) + external;
}

int hax_pressure_peak_cell(hax_traffic_kind kind, bool together)
{
    return PRESSURE_PAIRS + 2 * (int) kind + together;
}

/* What a cell asks of the unit and of its pressers: a step each, -1: nothing. */
static void steps_of_cell(int cell, hax_traffic_kind *kind, int *own, int *external)
{
    assert(cell >= 0 && cell < PRESSURE_CELLS);
    if (cell >= PRESSURE_PAIRS) {
        *kind = (hax_traffic_kind) ((cell - PRESSURE_PAIRS) / 2);
        *own = PRESSURE_STEPS - 1;
        *external = (cell - PRESSURE_PAIRS) % 2 ? PRESSURE_STEPS - 1 : -1;
        return;
    }
    *own = (cell + 1) / (PRESSURE_STEPS + 1) - 1;
    *external = (cell + 1) % (PRESSURE_STEPS + 1) - 1;
    assert(hax_pressure_cell(*own, *external) == cell);
}

hax_traffic hax_pressure_step(int step, hax_traffic_kind kind)
{
    assert(step >= 0 && step < PRESSURE_STEPS);
    return (hax_traffic){ kind, work_of_step[step] };
}

void hax_pressure_add(const hax_platform *platform, int unit, hax_traffic traffic, hax_press *press)
{
    int pressers[HAX_MAX_UNITS], count = hax_pressure_by(platform, unit, pressers);
    for (int p = 0; p < count; p++)
        press->traffic[pressers[p]] = traffic;
}

double hax_pressure_unit_moved(const hax_session *session, int unit, int64_t from_ns, int64_t to_ns)
{
    double bytes =
        hax_session_moved(session, unit, to_ns) - hax_session_moved(session, unit, from_ns);
    assert(to_ns <= from_ns || bytes > -1); /* 0 but for rounding */
    return to_ns > from_ns ? bytes / (double) (to_ns - from_ns) : 0;
}

double hax_pressure_moved(const hax_session *session, const hax_platform *platform, int unit,
                          int64_t from_ns, int64_t to_ns)
{
    int pressers[HAX_MAX_UNITS], count = hax_pressure_by(platform, unit, pressers);
    double sum_gbps = 0;
    for (int p = 0; p < count; p++)
        sum_gbps += hax_pressure_unit_moved(session, pressers[p], from_ns, to_ns);
    return sum_gbps;
}

hax_status hax_pressure_measure(hax_session *session, const hax_platform *platform, int unit,
                                int cell, hax_traffic_kind kind, double *own_gbps,
                                double *external_gbps, hax_error *err)
{
    const int64_t from_ns = (int64_t) (lead_ms * 1e6);
    const int64_t to_ns = (int64_t) ((lead_ms + window_ms) * 1e6);
    int own, external;
    steps_of_cell(cell, &kind, &own, &external);
    hax_press press = hax_press_begin(lead_ms + window_ms);
    if (own >= 0)
        press.traffic[unit] = hax_pressure_step(own, kind);
    if (external >= 0)
        hax_pressure_add(platform, unit, hax_pressure_step(external, kind), &press);
    HAX_TRY(hax_session_press(session, NULL, &press, NULL, err));
    *own_gbps = own >= 0 ? hax_pressure_unit_moved(session, unit, from_ns, to_ns) : 0;
    *external_gbps =
        external >= 0 ? hax_pressure_moved(session, platform, unit, from_ns, to_ns) : 0;
    return HAX_OK;
}
