#include "instance_set.h"

#include <assert.h>
#include <stdlib.h>

/* ---- what cannot be told apart --------------------------------------------------------- */

static bool same_cost(const hax_cost *a, const hax_cost *b)
{
    if (!a->allowed || !b->allowed)
        return a->allowed == b->allowed;
    return a->time_ms == b->time_ms && a->gbps == b->gbps && a->out_ms == b->out_ms &&
           a->out_gbps == b->out_gbps && a->in_ms == b->in_ms && a->in_gbps == b->in_gbps &&
           a->own_gbps == b->own_gbps;
}

static bool comes_after(const hax_instance_spec *spec, int other)
{
    for (int a = 0; a < spec->after_count; a++)
        if (spec->after[a] == other)
            return true;
    return false;
}

/* Do a and b stand the same to every third instance, and not one behind the other? */
static bool same_neighbours(const hax_problem *problem, int a, int b)
{
    const hax_instance_spec *instance_spec = problem->instances;
    for (int i = 0; i < problem->instance_count; i++)
        if (comes_after(&instance_spec[i], a) != comes_after(&instance_spec[i], b) ||
            comes_after(&instance_spec[a], i) != comes_after(&instance_spec[b], i))
            return false;
    return true;
}

static bool same_instance(const hax_problem *problem, int a, int b)
{
    const hax_instance_spec *x = &problem->instances[a], *y = &problem->instances[b];
    if (x->group_count != y->group_count || x->weight != y->weight ||
        x->deadline_ms != y->deadline_ms || !same_neighbours(problem, a, b))
        return false;
    for (int g = 0; g < x->group_count; g++)
        for (int u = 0; u < problem->unit_count; u++)
            if (!same_cost(&x->groups[g].on[u], &y->groups[g].on[u]))
                return false;
    return true;
}

static bool same_pccs(const hax_pccs *a, const hax_pccs *b)
{
    return a->normal_gbps == b->normal_gbps && a->intensive_gbps == b->intensive_gbps &&
           a->mrmc_percent == b->mrmc_percent && a->tbwdc_gbps == b->tbwdc_gbps &&
           a->cbp_gbps == b->cbp_gbps && a->rate_percent_per_gbps == b->rate_percent_per_gbps &&
           a->peak_gbps == b->peak_gbps;
}

static bool same_numbers(const double *a, const double *b, int count)
{
    for (int i = 0; i < count; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

static bool same_table(const hax_slowdown *a, const hax_slowdown *b)
{
    return a->own_count == b->own_count && a->external_count == b->external_count &&
           same_numbers(a->own_gbps, b->own_gbps, a->own_count) &&
           same_numbers(a->external_gbps, b->external_gbps, a->external_count) &&
           same_numbers(a->slowdown, b->slowdown, a->own_count * a->external_count);
}

static bool same_slowdown(const hax_slowdown *a, const hax_slowdown *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case HAX_SLOWDOWN_NONE: return true;
    case HAX_SLOWDOWN_LINEAR: return a->per_gbps == b->per_gbps;
    case HAX_SLOWDOWN_PCCS: return same_pccs(&a->pccs, &b->pccs);
    default: return same_table(a, b);
    }
}

/* Resources of either are used by no other unit, and each holds one at least. */
static bool own_resources(const hax_problem *problem, int a)
{
    for (int u = 0; u < problem->unit_count; u++)
        if (u != a && hax_share_resource(problem, u, a))
            return false;
    return problem->units[a].resources != 0;
}

static bool same_unit(const hax_problem *problem, int a, int b)
{
    const hax_unit_spec *x = &problem->units[a], *y = &problem->units[b];
    if (!same_slowdown(&x->slowdown, &y->slowdown) || x->max_pieces >= 0 || y->max_pieces >= 0 ||
        !own_resources(problem, a) || !own_resources(problem, b))
        return false;
    for (int i = 0; i < problem->instance_count; i++)
        for (int g = 0; g < problem->instances[i].group_count; g++)
            if (!same_cost(hax_cost_of(problem, i, g, a), hax_cost_of(problem, i, g, b)))
                return false;
    return true;
}

typedef bool same(const hax_problem *problem, int a, int b);

static void find_symmetric(const hax_problem *problem, int count, same *equal, int *symmetric_to)
{
    for (int b = 0; b < count; b++) {
        symmetric_to[b] = -1;
        for (int a = b - 1; a >= 0 && symmetric_to[b] < 0; a--)
            if (equal(problem, a, b))
                symmetric_to[b] = a;
        assert(symmetric_to[b] < b); /* so that chains of equals end */
    }
}

/* ---- the whole --------------------------------------------------------------------------- */

hax_status hax_instance_set_make(const hax_problem *problem, bool ignore_contention,
                                 const hax_effort *effort, hax_instance_set *instances,
                                 hax_error *err)
{
    size_t count = (size_t) problem->instance_count;
    assert(problem->instance_count > 0 && problem->instance_count <= HAX_INSTANCES_MAX);
    *instances = (hax_instance_set){ .problem = problem, .ignore_contention = ignore_contention };
    instances->alone = ignore_contention || !hax_has_contention(problem);
    instances->automata = calloc(count, sizeof *instances->automata);
    instances->symmetric_to = calloc(count, sizeof *instances->symmetric_to);
    instances->unit_symmetric_to =
        calloc((size_t) problem->unit_count, sizeof *instances->unit_symmetric_to);
    hax_status status =
        instances->automata && instances->symmetric_to && instances->unit_symmetric_to
            ? HAX_OK
            : hax_fail_memory(err, "a search");
    for (int i = 0; status == HAX_OK && i < problem->instance_count; i++) {
        status = hax_automaton_build(problem, i, effort, &instances->automata[i], err);
        instances->count += status == HAX_OK;
    }
    if (status == HAX_OK) {
        assert(instances->count == problem->instance_count);
        find_symmetric(problem, problem->instance_count, same_instance, instances->symmetric_to);
        find_symmetric(problem, problem->unit_count, same_unit, instances->unit_symmetric_to);
    } else {
        hax_instance_set_free(instances);
    }
    return status;
}

void hax_instance_set_free(hax_instance_set *instances)
{
    for (int i = 0; i < instances->count; i++)
        hax_automaton_free(&instances->automata[i]);
    free(instances->automata);
    free(instances->symmetric_to);
    free(instances->unit_symmetric_to);
    *instances = (hax_instance_set){ 0 };
}
