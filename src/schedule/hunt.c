#include "hunt.h"

#include <math.h>
#include <string.h>

#include "baselines/allowance.h"
#include "clock.h"
#include "order.h"

double hunt_limit(const hunt *of)
{
    if (isinf(of->cost))
        return of->cost;
    return of->cost - objective_tolerance(of->fleet->problem, of->cost);
}

static bool is_late(const hunt *of)
{
    const allowance allowed = { of->deadline_ns, of->options ? of->options->cancel : NULL };
    return allowance_is_over(&allowed);
}

bool hunt_spend_time(void *context, uint64_t steps)
{
    (void) steps;
    return !is_late(context);
}

bool hunt_in_time(hunt *of)
{
    of->stopped = of->stopped || is_late(of);
    if (of->phase_end_ns && hax_clock_ns() > of->phase_end_ns)
        of->phase_over = true;
    of->steps = 0;
    return !of->stopped && !of->phase_over;
}

void hunt_begin_phase(hunt *of, double share)
{
    const uint64_t now_ns = hax_clock_ns();
    if (of->deadline_ns > now_ns)
        of->phase_end_ns = now_ns + (uint64_t) (share * (double) (of->deadline_ns - now_ns));
}

void hunt_end_phase(hunt *of)
{
    of->phase_end_ns = 0;
    of->phase_over = false;
}

bool hunt_spend(void *context, uint64_t steps)
{
    hunt *of = context;
    of->steps += steps;
    return of->steps >= ALLOWANCE_STEPS ? hunt_in_time(of) : !of->stopped && !of->phase_over;
}

bool hunt_go_on(hunt *of)
{
    enum { LOOK_EVERY = 256 }; /* nodes between two looks at the clock */
    if (of->stopped || of->phase_over)
        return false;
    of->nodes++;
    if (of->options && of->options->node_limit && of->nodes >= of->options->node_limit)
        of->stopped = true;
    return of->nodes % LOOK_EVERY ? !of->stopped : hunt_in_time(of);
}

bool hunt_look(hunt *of)
{
    enum { STEPS = 128, STEPS_OF_INSTANCE = 16 };
    return hunt_spend(of, STEPS + STEPS_OF_INSTANCE * (uint64_t) of->fleet->count);
}

/* A hand-over on the unit that is left (OUT) is no start of a group; one on the unit that is
 * entered is. */
int hunt_trail(hunt *of, int count, double at_ms, const state *after)
{
    for (int i = 0; i < of->fleet->count; i++) {
        int started = after->at[i].started;
        const item *begun = started >= 0 ? &of->fleet->of[i].items[started] : NULL;
        if (begun && begun->part != HAX_PART_OUT)
            of->trail[count++] = (placement){ i, begun->group, begun->unit, at_ms };
    }
    return count;
}

void hunt_report(const hunt *of)
{
    const hax_solve_options *options = of->options;
    if (!options || !options->improved)
        return;
    bool most = of->fleet->problem->objective == HAX_THROUGHPUT;
    hax_improvement news = {
        .seconds = (double) (hax_clock_ns() - of->start_ns) * 1e-9,
        .nodes = of->nodes,
        .value = most ? -of->cost : of->cost,
        .bound = most ? -of->bound : of->bound,
    };
    news.gap = hax_objective_gap(of->fleet->problem->objective, news.value, news.bound);
    options->improved(options->context, &news);
}

void hunt_found(hunt *of, double cost, int count)
{
    of->cost = cost;
    of->best_count = count;
    memcpy(of->best, of->trail, (size_t) count * sizeof *of->best);
    hunt_report(of);
}
