#include "shrink.h"

#include <math.h>

#include "editable_problem.h"

typedef struct shrinking {
    shrink_fails *fails;
    void *context;
    const hax_problem *least; /* fails */
    int tries;
} shrinking;

/* Makes the problem's n-th change of a kind; false when there are no more of that kind. A change
 * that is none, or makes no problem, sets *same. */
typedef bool change(editable_problem *editable, int n, bool *same);

/* ---- what is dropped --------------------------------------------------------------------- */

static bool drop_instance(editable_problem *editable, int n, bool *same)
{
    if (n >= editable->problem.instance_count)
        return false;
    *same = editable->problem.instance_count == 1;
    if (!*same)
        editable_drop_instance(editable, n);
    return true;
}

/* The n-th of all groups; false when there are fewer. */
static bool find_group(const editable_problem *editable, int n, int *instance, int *group)
{
    for (int i = 0; i < editable->problem.instance_count; i++) {
        if (n < editable->instances[i].group_count) {
            *instance = i;
            *group = n;
            return true;
        }
        n -= editable->instances[i].group_count;
    }
    return false;
}

static bool drop_group(editable_problem *editable, int n, bool *same)
{
    int i, g;
    if (!find_group(editable, n, &i, &g))
        return false;
    *same = editable->instances[i].group_count == 1;
    if (!*same)
        editable_drop_group(editable, i, g);
    return true;
}

static bool drop_unit(editable_problem *editable, int n, bool *same)
{
    if (n >= editable->problem.unit_count)
        return false;
    *same = editable->problem.unit_count == 1;
    if (!*same)
        editable_drop_unit(editable, n);
    return true;
}

static bool drop_resource(editable_problem *editable, int n, bool *same)
{
    if (n >= editable->problem.resource_count)
        return false;
    *same = editable->problem.resource_count == 1;
    if (!*same)
        editable_drop_resource(editable, n);
    return true;
}

static bool drop_after(editable_problem *editable, int n, bool *same)
{
    if (n >= editable->problem.instance_count)
        return false;
    *same = editable->instances[n].after_count == 0;
    if (!*same)
        editable_drop_after(editable, n, 0);
    return true;
}

/* A group may not run on one of its units. */
static bool drop_choice(editable_problem *editable, int n, bool *same)
{
    int i, g, allowed = 0, u = n % editable->problem.unit_count;
    if (!find_group(editable, n / editable->problem.unit_count, &i, &g))
        return false;
    for (int v = 0; v < editable->problem.unit_count; v++)
        allowed += editable->costs[i][g][v].allowed;
    *same = !editable->costs[i][g][u].allowed || allowed == 1;
    if (!*same)
        editable->costs[i][g][u] = (hax_cost){ 0 };
    return true;
}

/* ---- what is made plain ------------------------------------------------------------------- */

static bool lift_limit(editable_problem *editable, int n, bool *same)
{
    if (n > editable->problem.unit_count)
        return false;
    int *limit = n ? &editable->units[n - 1].max_pieces : &editable->problem.max_transitions;
    *same = *limit < 0;
    *limit = -1;
    return true;
}

static bool allow_cut(editable_problem *editable, int n, bool *same)
{
    int i, g;
    if (!find_group(editable, n, &i, &g))
        return false;
    *same = !editable->groups[i][g].joined;
    editable->groups[i][g].joined = false;
    return true;
}

static bool take_contention_away(editable_problem *editable, int n, bool *same)
{
    if (n >= editable->problem.unit_count)
        return false;
    *same = editable->units[n].slowdown.kind == HAX_SLOWDOWN_NONE;
    editable->units[n].slowdown = (hax_slowdown){ .kind = HAX_SLOWDOWN_NONE };
    return true;
}

/* The function whose effect is easily worked out by hand. */
static bool make_contention_linear(editable_problem *editable, int n, bool *same)
{
    if (n >= editable->problem.unit_count)
        return false;
    hax_slowdown *of_unit = &editable->units[n].slowdown;
    *same = of_unit->kind == HAX_SLOWDOWN_NONE ||
            (of_unit->kind == HAX_SLOWDOWN_LINEAR && of_unit->per_gbps == 1);
    *of_unit = (hax_slowdown){ .kind = HAX_SLOWDOWN_LINEAR, .per_gbps = 1 };
    return true;
}

static bool ask_for_latency(editable_problem *editable, int n, bool *same)
{
    *same = editable->problem.objective == HAX_LATENCY;
    editable->problem.objective = HAX_LATENCY;
    return n == 0;
}

static bool separate_units(editable_problem *editable, int n, bool *same)
{
    *same = true;
    if (n > 0 || editable->problem.unit_count > editable->problem.resource_count)
        return false;
    for (int u = 0; u < editable->problem.unit_count; u++) {
        *same = *same && editable->units[u].resources == 1U << u;
        editable->units[u].resources = 1U << u;
    }
    return true;
}

/* ---- numbers --------------------------------------------------------------------------------- */

enum { COST_NUMBERS = 7 };

static double *number_of(hax_cost *cost, int which)
{
    double *const all[COST_NUMBERS] = { &cost->out_gbps, &cost->in_gbps, &cost->own_gbps,
                                        &cost->gbps,     &cost->out_ms,  &cost->in_ms,
                                        &cost->time_ms };
    return all[which];
}

/* 0, 1, other whole numbers, tenths, all others: what is simpler comes first. */
static int simplicity(double value)
{
    if (value == 0 || value == 1)
        return (int) value;
    if (value == round(value))
        return 2;
    return value * 10 == round(value * 10) ? 3 : 4;
}

/* Is a simpler than b? */
static bool simpler(double a, double b)
{
    int x = simplicity(a), y = simplicity(b);
    return x < y || (x == y && a < b);
}

enum { SIMPLER_WAYS = 5 };

/* One of the numbers that may stand in place of another one. */
static double in_place_of(double value, int way)
{
    const double all[SIMPLER_WAYS] = { 0, 1, ceil(value / 2), round(value),
                                       round(value * 10) / 10 };
    return all[way];
}

static bool simplify(double *number, int way, bool *same)
{
    double with = in_place_of(*number, way);
    *same = !isfinite(*number) || !simpler(with, *number);
    if (!*same)
        *number = with;
    return true;
}

static bool simplify_cost(editable_problem *editable, int n, bool *same)
{
    int way = n % SIMPLER_WAYS, which = n / SIMPLER_WAYS % COST_NUMBERS;
    int place = n / SIMPLER_WAYS / COST_NUMBERS, u = place % editable->problem.unit_count, i, g;
    if (!find_group(editable, place / editable->problem.unit_count, &i, &g))
        return false;
    return simplify(number_of(&editable->costs[i][g][u], which), way, same);
}

static bool simplify_instance(editable_problem *editable, int n, bool *same)
{
    int way = n % SIMPLER_WAYS, i = n / SIMPLER_WAYS / 2;
    if (i >= editable->problem.instance_count)
        return false;
    hax_instance_spec *spec = &editable->instances[i];
    return simplify(n / SIMPLER_WAYS % 2 ? &spec->weight : &spec->deadline_ms, way, same);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static bool try_change(shrinking *shrinking, change *make, int n, bool *more)
{
    static editable_problem editable;
    const hax_problem *smaller = NULL;
    bool same = false;
    editable_fill(&editable, shrinking->least);
    *more = make(&editable, n, &same) && shrinking->tries < SHRINK_TRIES;
    if (!*more || same || hax_problem_copy(&editable.problem, &smaller, NULL) != HAX_OK)
        return false;
    shrinking->tries++;
    if (!shrinking->fails(smaller, shrinking->context)) {
        hax_problem_destroy(smaller);
        return false;
    }
    hax_problem_destroy(shrinking->least);
    shrinking->least = smaller;
    return true;
}

/* Every change of one kind, each as often as it keeps the failure. */
static bool try_all(shrinking *shrinking, change *make)
{
    bool any = false, more = true;
    for (int n = 0; more;) {
        bool made = try_change(shrinking, make, n, &more);
        any = any || made;
        n += !made;
    }
    return any;
}

const hax_problem *shrink(const hax_problem *problem, shrink_fails *fails, void *context)
{
    static change *const kinds[] = {
        drop_instance,          drop_group,        drop_unit,   drop_after,
        take_contention_away,   lift_limit,        allow_cut,   ask_for_latency,
        separate_units,         drop_resource,     drop_choice, simplify_cost,
        make_contention_linear, simplify_instance,
    };
    shrinking at = { .fails = fails, .context = context };
    static editable_problem editable;
    if (!editable_fill(&editable, problem) || hax_problem_copy(problem, &at.least, NULL) != HAX_OK)
        return NULL;
    for (bool any = true; any;) {
        any = false;
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            any = try_all(&at, kinds[k]) || any;
    }
    return at.least;
}
