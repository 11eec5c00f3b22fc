#include "search_context.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "clock.h"
#include "problem.h"
#include "state.h"

double hax_search_limit(const hax_search_context *search)
{
    if (isinf(search->cost))
        return search->cost;
    return search->cost - hax_objective_tolerance(search->instances->problem, search->cost);
}

static bool is_late(const hax_search_context *search)
{
    const hax_time_budget allowed = { search->deadline_ns,
                                      search->options ? search->options->cancel : NULL };
    return hax_time_budget_is_over(&allowed);
}

bool hax_search_spend_time(void *context, uint64_t steps)
{
    (void) steps;
    return !is_late(context);
}

bool hax_search_in_time(hax_search_context *search)
{
    search->stopped = search->stopped || is_late(search);
    if (search->phase_end_ns && hax_clock_ns() > search->phase_end_ns)
        search->phase_over = true;
    search->steps = 0;
    return !search->stopped && !search->phase_over;
}

void hax_search_begin_phase(hax_search_context *search, double share)
{
    const uint64_t now_ns = hax_clock_ns();
    assert(share > 0 && share <= 1);
    if (search->deadline_ns > now_ns)
        search->phase_end_ns =
            now_ns + (uint64_t) (share * (double) (search->deadline_ns - now_ns));
}

void hax_search_end_phase(hax_search_context *search)
{
    search->phase_end_ns = 0;
    search->phase_over = false;
}

bool hax_search_spend(void *context, uint64_t steps)
{
    hax_search_context *search = context;
    search->steps += steps;
    return search->steps >= BUDGET_STEPS ? hax_search_in_time(search)
                                         : !search->stopped && !search->phase_over;
}

bool hax_search_count_node(hax_search_context *search)
{
    enum { LOOK_EVERY = 256 }; /* nodes between two looks at the clock */
    if (search->stopped || search->phase_over)
        return false;
    search->nodes++;
    if (search->options && search->nodes >= search->options->node_limit)
        search->stopped = true;
    return search->nodes % LOOK_EVERY ? !search->stopped : hax_search_in_time(search);
}

bool hax_search_poll(hax_search_context *search)
{
    enum { STEPS = 128, STEPS_OF_INSTANCE = 16 };
    return hax_search_spend(search,
                            STEPS + STEPS_OF_INSTANCE * (uint64_t) search->instances->count);
}

/* A hand-over on the unit that is left (OUT) is no start of a group; one on the unit that is
 * entered is. */
int hax_search_append_starts(hax_search_context *search, int count, double at_ms,
                             const hax_round_state *after)
{
    assert(count >= 0);
    for (int i = 0; i < search->instances->count; i++) {
        int started = after->actors[i].started;
        const hax_chain_item *begun =
            started >= 0 ? &search->instances->automata[i].items[started] : NULL;
        assert(!begun || begun->part == HAX_PART_OUT || count < search->group_count);
        if (begun && begun->part != HAX_PART_OUT)
            search->trail[count++] = (hax_placement){ i, begun->group, begun->unit, at_ms };
    }
    return count;
}

void hax_search_report(const hax_search_context *search)
{
    const hax_solve_options *options = search->options;
    if (!options || !options->improved)
        return;
    bool most = search->instances->problem->objective == HAX_THROUGHPUT;
    hax_improvement news = {
        .seconds = (double) (hax_clock_ns() - search->start_ns) * 1e-9,
        .nodes = search->nodes,
        .value = most ? -search->cost : search->cost,
        .bound = most ? -search->bound : search->bound,
    };
    news.gap = hax_objective_gap(search->instances->problem->objective, news.value, news.bound);
    options->improved(options->context, &news);
}

#ifndef NDEBUG
/* All groups of all instances, by their starts, those of an instance in their order. */
static bool is_whole_trail(const hax_search_context *search, int count)
{
    int next[HAX_INSTANCES_MAX] = { 0 };
    for (int p = 0; p < count; p++) {
        const hax_placement *placed = &search->trail[p];
        if (placed->group != next[placed->instance]++ ||
            (p > 0 && placed->start_ms < search->trail[p - 1].start_ms))
            return false;
    }
    return count == search->group_count;
}

/* No schedule costs less than what is proven, but for what counts as the same. */
static bool is_within_bound(const hax_search_context *search, double cost)
{
    return search->bound <= cost + hax_objective_tolerance(search->instances->problem, cost);
}
#endif

void hax_search_accept(hax_search_context *search, double cost, int count)
{
    assert(cost < search->cost);
    assert(is_within_bound(search, cost));
    assert(is_whole_trail(search, count));
    search->cost = cost;
    search->best_count = count;
    memcpy(search->best, search->trail, (size_t) count * sizeof *search->best);
    hax_search_report(search);
}
