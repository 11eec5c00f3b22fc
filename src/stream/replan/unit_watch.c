#include "unit_watch.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const double threshold = 1.2, half_threshold = 1.1;
static const double as_profiled = 1.05; /* closer than that to 1 is 1 */
static const double least_ms = 0.02;

void hax_unit_watch_forget(hax_unit_watch *watch)
{
    for (int u = 0; u < watch->unit_count; u++) {
        hax_unit_history *unit = &watch->units[u];
        unit->recorded = unit->counted = unit->sampled = 0;
        unit->since_ns = INT64_MAX;
    }
}

void hax_unit_watch_start(hax_unit_watch *watch, const hax_problem_clock *clock, int unit_count)
{
    memset(watch, 0, sizeof *watch);
    watch->clock = clock;
    watch->unit_count = unit_count;
    for (int u = 0; u < unit_count; u++)
        watch->units[u].factor = 1;
    hax_unit_watch_forget(watch);
}

void hax_unit_watch_begin(hax_unit_watch *watch, int unit, int64_t now_ns)
{
    watch->units[unit].since_ns = now_ns;
}

/* ---- one job --------------------------------------------------------------------------------- */

/* What the others demanded at a time, and until when that was so. False: it is not known any more,
 * as a unit has had too many jobs since. */
static bool demand_then(const hax_unit_watch *watch, int unit, int64_t then_ns, double *gbps,
                        int64_t *until_ns)
{
    *gbps = 0;
    for (int u = 0; u < watch->unit_count; u++) {
        const hax_unit_history *other = &watch->units[u];
        int64_t oldest = other->recorded - HAX_UNIT_WATCH_RECORDS;
        if (u == unit)
            continue;
        for (int64_t r = other->recorded - 1; r >= 0 && r >= oldest; r--) {
            const hax_unit_record *record = &other->records[r % HAX_UNIT_WATCH_RECORDS];
            if (record->end_ns <= then_ns)
                break;
            if (r == oldest && record->start_ns > then_ns && r > 0)
                return false;
            if (record->start_ns > then_ns) {
                *until_ns = record->start_ns < *until_ns ? record->start_ns : *until_ns;
            } else {
                *gbps += record->gbps;
                *until_ns = record->end_ns < *until_ns ? record->end_ns : *until_ns;
            }
        }
    }
    return true;
}

/* How many times its work a job would have done in its time, were its unit as profiled. */
static bool measure(const hax_unit_watch *watch, int unit, const hax_unit_record *record,
                    double *factor)
{
    const hax_session_clock clock = hax_problem_clock_session(watch->clock);
    int64_t then_ns = record->start_ns;
    *factor = 0;
    while (then_ns < record->end_ns) {
        int64_t until_ns = record->end_ns;
        double gbps;
        if (!demand_then(watch, unit, then_ns, &gbps, &until_ns))
            return false;
        assert(until_ns > then_ns);
        *factor += (double) (until_ns - then_ns) * 1e-6 /
                   (record->alone_ms * clock.slowdown(clock.context, unit, record->own_gbps, gbps));
        then_ns = until_ns;
    }
    return true;
}

/* Jobs beside which nothing that is under way can have begun: all their company is known. */
static void count_jobs(hax_unit_watch *watch, int unit)
{
    hax_unit_history *history = &watch->units[unit];
    int64_t known_ns = INT64_MAX;
    for (int u = 0; u < watch->unit_count; u++)
        if (u != unit && watch->units[u].since_ns < known_ns)
            known_ns = watch->units[u].since_ns;
    if (history->counted < history->recorded - HAX_UNIT_WATCH_RECORDS)
        history->counted = history->recorded - HAX_UNIT_WATCH_RECORDS;
    for (; history->counted < history->recorded; history->counted++) {
        const hax_unit_record *record =
            &history->records[history->counted % HAX_UNIT_WATCH_RECORDS];
        double factor;
        if (record->end_ns > known_ns)
            return;
        if (!(record->alone_ms >= least_ms && measure(watch, unit, record, &factor)))
            continue;
        history->sampled_ns = record->end_ns;
        history->samples[history->sampled++ % HAX_UNIT_WATCH_WINDOW] = factor;
    }
}

static hax_unit_record record_of(const hax_unit_watch *watch, const hax_piece_job *done)
{
    const hax_problem_clock *clock = watch->clock;
    const hax_session_clock costs = hax_problem_clock_session(clock);
    const hax_virtual_cost cost = costs.cost(costs.context, done->job);
    double enter_ms = 0;
    if (done->entered_from >= 0) /* a job of the problem, but none of the plan */
        enter_ms = hax_problem_clock_enter_ms(clock, done->job, done->entered_from);
    return (hax_unit_record){ done->start_ns, done->end_ns, cost.alone_ms + enter_ms, cost.gbps,
                              cost.own_gbps };
}

void hax_unit_watch_end(hax_unit_watch *watch, int unit, const hax_pieces *pieces, int first_job)
{
    hax_unit_history *history = &watch->units[unit];
    hax_piece_job done;
    history->since_ns = INT64_MAX;
    for (int j = first_job; j >= 0; j = done.next) {
        done = hax_pieces_job(pieces, j);
        history->records[history->recorded++ % HAX_UNIT_WATCH_RECORDS] = record_of(watch, &done);
    }
    for (int u = 0; u < watch->unit_count; u++)
        count_jobs(watch, u);
}

/* ---- many jobs ------------------------------------------------------------------------------- */

static void sort(double *values, int count)
{
    for (int i = 1; i < count; i++)
        for (int j = i; j > 0 && values[j] < values[j - 1]; j--) {
            double kept = values[j];
            values[j] = values[j - 1];
            values[j - 1] = kept;
        }
}

static bool has_changed(const hax_unit_history *unit, double *median)
{
    double sorted[HAX_UNIT_WATCH_WINDOW];
    if (unit->sampled < HAX_UNIT_WATCH_WINDOW)
        return false;
    memcpy(sorted, unit->samples, sizeof sorted);
    sort(sorted, HAX_UNIT_WATCH_WINDOW);
    *median = (sorted[HAX_UNIT_WATCH_WINDOW / 2 - 1] + sorted[HAX_UNIT_WATCH_WINDOW / 2]) / 2;
    double low = sorted[HAX_UNIT_WATCH_WINDOW / 4];
    double high = sorted[HAX_UNIT_WATCH_WINDOW - 1 - HAX_UNIT_WATCH_WINDOW / 4];
    return (*median > unit->factor * threshold && low > unit->factor * half_threshold) ||
           (*median < unit->factor / threshold && high < unit->factor / half_threshold);
}

int hax_unit_watch_changed(hax_unit_watch *watch)
{
    for (int u = 0; u < watch->unit_count; u++) {
        hax_unit_history *unit = &watch->units[u];
        double median;
        if (!has_changed(unit, &median))
            continue;
        unit->factor = median < as_profiled && median > 1 / as_profiled ? 1 : median;
        unit->sampled = 0;
        return u;
    }
    return -1;
}
