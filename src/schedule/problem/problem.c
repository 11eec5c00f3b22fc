/* Problems: checked, copied, destroyed. */
#include "problem.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

const char *hax_objective_name(hax_objective objective)
{
    static const char *const names[] = { "latency", "throughput", "sum", "deadline" };
    return names[objective];
}

bool hax_objective_find(const char *name, hax_objective *objective)
{
    for (int o = HAX_LATENCY; o <= HAX_DEADLINE; o++) {
        if (strcmp(hax_objective_name((hax_objective) o), name) != 0)
            continue;
        *objective = (hax_objective) o;
        return true;
    }
    return false;
}

void hax_instance_name(const char *network, int number, char *name)
{
    assert(number >= 1);
    if (number == 1)
        snprintf(name, HAX_INSTANCE_NAME_BYTES, "%.140s", network);
    else
        snprintf(name, HAX_INSTANCE_NAME_BYTES, "%.140s-%d", network, number);
}

bool hax_outs_are_harmless(const hax_problem *problem)
{
    for (int i = 0; i < problem->instance_count; i++)
        for (int g = 0; g < problem->instances[i].group_count; g++)
            for (int u = 0; u < problem->unit_count; u++) {
                const hax_cost *cost = hax_cost_of(problem, i, g, u);
                if (cost->allowed && cost->out_ms > 0 && cost->out_gbps > cost->gbps)
                    return false;
            }
    return true;
}

double hax_job_alone_ms(const hax_problem *problem, const hax_job *job)
{
    const hax_cost *cost = hax_cost_of(problem, job->instance, job->group, job->unit);
    return job->part == HAX_PART_RUN   ? cost->time_ms
           : job->part == HAX_PART_OUT ? cost->out_ms
                                       : cost->in_ms;
}

double hax_job_gbps(const hax_problem *problem, const hax_job *job)
{
    const hax_cost *cost = hax_cost_of(problem, job->instance, job->group, job->unit);
    return job->part == HAX_PART_RUN   ? cost->gbps
           : job->part == HAX_PART_OUT ? cost->out_gbps
                                       : cost->in_gbps;
}

double hax_job_own_gbps(const hax_problem *problem, const hax_job *job)
{
    return job->part == HAX_PART_RUN
               ? hax_cost_own_gbps(hax_cost_of(problem, job->instance, job->group, job->unit))
               : hax_job_gbps(problem, job);
}

bool hax_has_contention(const hax_problem *problem)
{
    for (int u = 0; u < problem->unit_count; u++)
        if (problem->units[u].slowdown.kind != HAX_SLOWDOWN_NONE)
            return true;
    return false;
}

double hax_objective_value(const hax_problem *problem, const double *finish_ms)
{
    double value = problem->objective == HAX_DEADLINE ? -INFINITY : 0;
    for (int i = 0; i < problem->instance_count; i++) {
        const hax_instance_spec *instance = &problem->instances[i];
        switch (problem->objective) {
        case HAX_LATENCY: value = fmax(value, finish_ms[i]); break;
        case HAX_THROUGHPUT: value += 1 / finish_ms[i]; break;
        case HAX_SUM: value += instance->weight * finish_ms[i]; break;
        case HAX_DEADLINE: value = fmax(value, finish_ms[i] - instance->deadline_ms); break;
        }
    }
    return value;
}

bool hax_objective_better(hax_objective objective, double a, double b)
{
    bool in_ms = objective == HAX_LATENCY || objective == HAX_DEADLINE;
    double tolerance = HAX_TIME_TOLERANCE_MS * fmax(in_ms ? 1 : 0, fmin(fabs(a), fabs(b)));
    return objective == HAX_THROUGHPUT ? a > b + tolerance : a < b - tolerance;
}

double hax_objective_tolerance(const hax_problem *problem, double value)
{
    double of_a_ms = 1; /* what the objective changes by at most when all ends move by 1 ms */
    if (problem->objective == HAX_THROUGHPUT)
        of_a_ms = 0; /* 1/T: no number of milliseconds says how much */
    for (int i = 0; problem->objective == HAX_SUM && i < problem->instance_count; i++)
        of_a_ms = (i == 0 ? 0 : of_a_ms) + problem->instances[i].weight;
    return HAX_TIME_TOLERANCE_MS * fmax(of_a_ms, fabs(value));
}

double hax_objective_gap(hax_objective objective, double value, double bound)
{
    double size = fabs(value);
    if (objective == HAX_DEADLINE)
        size = fmax(size, fabs(bound));
    if (value == bound)
        return 0;
    return size > 0 && isfinite(bound) ? fabs(value - bound) / size : INFINITY;
}

/* ---- checks ---------------------------------------------------------------------------- */

static bool bad_number(double value)
{
    return !isfinite(value) || value < 0;
}

static hax_status check_cost(const hax_problem *problem, int i, int g, int u, hax_error *err)
{
    const hax_cost *cost = hax_cost_of(problem, i, g, u);
    const double numbers[] = { cost->time_ms,  cost->gbps,   cost->out_ms,
                               cost->out_gbps, cost->in_ms,  cost->in_gbps,
                               cost->own_gbps, cost->low_ms, cost->high_ms };
    if (!cost->allowed)
        return HAX_OK;
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++)
        if (bad_number(numbers[n]))
            return hax_fail(err, HAX_BAD_INPUT,
                            "instance '%s', group '%s' on '%s': %g is no time or bandwidth",
                            problem->instances[i].name, problem->instances[i].groups[g].name,
                            problem->units[u].name, numbers[n]);
    if (cost->high_ms > 0 && !(cost->low_ms <= cost->time_ms && cost->time_ms <= cost->high_ms))
        return hax_fail(err, HAX_BAD_INPUT,
                        "instance '%s', group '%s' on '%s': %g ms is not between %g and %g ms",
                        problem->instances[i].name, problem->instances[i].groups[g].name,
                        problem->units[u].name, cost->time_ms, cost->low_ms, cost->high_ms);
    return HAX_OK;
}

static hax_status check_groups(const hax_problem *problem, int i, hax_error *err)
{
    const hax_instance_spec *instance = &problem->instances[i];
    if (instance->group_count < 1)
        return hax_fail(err, HAX_BAD_INPUT, "instance '%s' has no groups", instance->name);
    if (instance->group_count > HAX_MAX_GROUPS)
        return hax_fail(err, HAX_BAD_INPUT,
                        "instance '%s' has %d groups, at most %d are possible: take some together",
                        instance->name, instance->group_count, HAX_MAX_GROUPS);
    if (instance->groups[0].joined)
        return hax_fail(err, HAX_BAD_INPUT,
                        "instance '%s': nothing comes before its first group, "
                        "to which that could be joined",
                        instance->name);
    for (int g = 0; g < instance->group_count; g++) {
        bool somewhere = false;
        for (int u = 0; u < problem->unit_count; u++) {
            HAX_TRY(check_cost(problem, i, g, u, err));
            somewhere = somewhere || instance->groups[g].on[u].allowed;
        }
        if (!somewhere)
            return hax_fail(err, HAX_BAD_INPUT, "instance '%s', group '%s': no unit may run it",
                            instance->name, instance->groups[g].name);
    }
    return HAX_OK;
}

static hax_status check_axis(const char *unit, const char *name, int count, const double *axis,
                             hax_error *err)
{
    if (count < 1)
        return hax_fail(err, HAX_BAD_INPUT, "unit '%s': the slowdown table has no %s", unit, name);
    for (int i = 0; i < count; i++)
        if (bad_number(axis[i]) || (i > 0 && axis[i] <= axis[i - 1]))
            return hax_fail(err, HAX_BAD_INPUT, "unit '%s': %s of the slowdown table must rise",
                            unit, name);
    return HAX_OK;
}

/* What a table must be: at least 1, never falling along either axis. */
static hax_status check_table(const hax_unit_spec *unit, hax_error *err)
{
    const hax_slowdown *s = &unit->slowdown;
    HAX_TRY(check_axis(unit->name, "own_gbps", s->own_count, s->own_gbps, err));
    HAX_TRY(check_axis(unit->name, "external_gbps", s->external_count, s->external_gbps, err));
    for (int i = 0; i < s->own_count; i++) {
        for (int j = 0; j < s->external_count; j++) {
            double value = s->slowdown[i * s->external_count + j];
            double left = j ? s->slowdown[i * s->external_count + j - 1] : 1;
            double below = i ? s->slowdown[(i - 1) * s->external_count + j] : 1;
            if (!(value >= 1) || !isfinite(value) || value < left || value < below)
                return hax_fail(err, HAX_BAD_INPUT,
                                "unit '%s': slowdown[%d][%d] is %g; it must be at least 1 and not "
                                "below its neighbours at smaller demands",
                                unit->name, i, j, value);
        }
    }
    if (s->external_gbps[0] == 0)
        for (int i = 0; i < s->own_count; i++)
            if (s->slowdown[i * s->external_count] != 1)
                return hax_fail(err, HAX_BAD_INPUT,
                                "unit '%s': slowdown[%d][0] is %g; at external 0 it is 1",
                                unit->name, i, s->slowdown[i * s->external_count]);
    return HAX_OK;
}

static hax_status check_pccs(const hax_unit_spec *unit, hax_error *err)
{
    const hax_pccs *p = &unit->slowdown.pccs;
    const double numbers[] = { p->normal_gbps, p->intensive_gbps, p->mrmc_percent,
                               p->tbwdc_gbps,  p->cbp_gbps,       p->rate_percent_per_gbps,
                               p->peak_gbps };
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++)
        if (bad_number(numbers[n]))
            return hax_fail(err, HAX_BAD_INPUT, "unit '%s': %g is no PCCS parameter", unit->name,
                            numbers[n]);
    if (p->normal_gbps > p->intensive_gbps || p->mrmc_percent > 100)
        return hax_fail(err, HAX_BAD_INPUT,
                        "unit '%s': PCCS needs normal_gbps <= intensive_gbps and mrmc_percent <= "
                        "100",
                        unit->name);
    return HAX_OK;
}

static hax_status check_unit(const hax_problem *problem, int u, hax_error *err)
{
    const hax_unit_spec *unit = &problem->units[u];
    uint32_t known =
        problem->resource_count == 32 ? UINT32_MAX : (1U << problem->resource_count) - 1;
    if (unit->resources == 0 || (unit->resources & ~known))
        return hax_fail(err, HAX_BAD_INPUT, "unit '%s' must use known resources, at least one",
                        unit->name);
    for (int v = 0; v < u; v++)
        if (strcmp(problem->units[v].name, unit->name) == 0)
            return hax_fail(err, HAX_BAD_INPUT, "two units are called '%s'", unit->name);
    if (unit->slowdown.kind == HAX_SLOWDOWN_LINEAR && bad_number(unit->slowdown.per_gbps))
        return hax_fail(err, HAX_BAD_INPUT, "unit '%s': per_gbps %g", unit->name,
                        unit->slowdown.per_gbps);
    if (unit->slowdown.kind == HAX_SLOWDOWN_TABLE)
        return check_table(unit, err);
    return unit->slowdown.kind == HAX_SLOWDOWN_PCCS ? check_pccs(unit, err) : HAX_OK;
}

static hax_status check_order(const hax_problem *problem, hax_error *err)
{
    int circle;
    for (int i = 0; i < problem->instance_count; i++)
        for (int a = 0; a < problem->instances[i].after_count; a++)
            if (problem->instances[i].after[a] < 0 ||
                problem->instances[i].after[a] >= problem->instance_count)
                return hax_fail(err, HAX_BAD_INPUT, "instance '%s' comes after an unknown one",
                                problem->instances[i].name);
    HAX_TRY(hax_problem_find_circle(problem, &circle, err));
    if (circle >= 0)
        return hax_fail(err, HAX_BAD_INPUT, "instance '%s' comes after itself",
                        problem->instances[circle].name);
    return HAX_OK;
}

static hax_status check_instance(const hax_problem *problem, int i, hax_error *err)
{
    const hax_instance_spec *instance = &problem->instances[i];
    for (int j = 0; j < i; j++)
        if (strcmp(problem->instances[j].name, instance->name) == 0)
            return hax_fail(err, HAX_BAD_INPUT, "two instances are called '%s'", instance->name);
    if (!(instance->weight > 0) || !isfinite(instance->weight))
        return hax_fail(err, HAX_BAD_INPUT, "instance '%s': weight %g must be positive",
                        instance->name, instance->weight);
    if (problem->objective == HAX_DEADLINE && !isfinite(instance->deadline_ms))
        return hax_fail(err, HAX_BAD_INPUT,
                        "instance '%s' has no deadline_ms, which the objective 'deadline' needs",
                        instance->name);
    return check_groups(problem, i, err);
}

static hax_status check_throughput(const hax_problem *problem, hax_error *err)
{
    int timeless;
    if (problem->objective != HAX_THROUGHPUT)
        return HAX_OK;
    HAX_TRY(hax_problem_find_timeless(problem, &timeless, err));
    if (timeless >= 0)
        return hax_fail(err, HAX_BAD_INPUT,
                        "instance '%s' can end at 0 ms, and 1/T of that is infinite: the "
                        "objective 'throughput' needs times above 0",
                        problem->instances[timeless].name);
    return HAX_OK;
}

hax_status hax_problem_check(const hax_problem *problem, hax_error *err)
{
    if (problem->resource_count < 1 || problem->resource_count > HAX_MAX_RESOURCES)
        return hax_fail(err, HAX_BAD_INPUT, "%d resources: 1 to %d are possible",
                        problem->resource_count, HAX_MAX_RESOURCES);
    if (problem->unit_count < 1 || problem->unit_count > HAX_MAX_UNITS)
        return hax_fail(err, HAX_BAD_INPUT, "%d units: 1 to %d are possible", problem->unit_count,
                        HAX_MAX_UNITS);
    if (problem->instance_count < 1)
        return hax_fail(err, HAX_BAD_INPUT, "no instances");
    for (int u = 0; u < problem->unit_count; u++)
        HAX_TRY(check_unit(problem, u, err));
    HAX_TRY(check_order(problem, err));
    for (int i = 0; i < problem->instance_count; i++)
        HAX_TRY(check_instance(problem, i, err));
    return check_throughput(problem, err);
}

/* ---- copies ------------------------------------------------------------------------------ */

/* The arena lies behind the problem it belongs to. */
static void *keep(hax_arena *arena, const void *from, int count, size_t size)
{
    void *copy = hax_arena_alloc(arena, (size_t) count, size);
    if (copy && count > 0)
        memcpy(copy, from, (size_t) count * size);
    return copy;
}

static bool copy_units(hax_arena *arena, hax_problem *problem)
{
    hax_unit_spec *units = keep(arena, problem->units, problem->unit_count, sizeof *units);
    for (int u = 0; units && u < problem->unit_count; u++) {
        hax_slowdown *s = &units[u].slowdown;
        units[u].name = hax_arena_string(arena, units[u].name);
        if (s->kind == HAX_SLOWDOWN_TABLE) {
            s->own_gbps = keep(arena, s->own_gbps, s->own_count, sizeof(double));
            s->external_gbps = keep(arena, s->external_gbps, s->external_count, sizeof(double));
            s->slowdown =
                keep(arena, s->slowdown, s->own_count * s->external_count, sizeof(double));
            if (!s->own_gbps || !s->external_gbps || !s->slowdown)
                return false;
        }
        if (!units[u].name)
            return false;
    }
    problem->units = units;
    return units != NULL;
}

double hax_variation_factor(const hax_variation *variation, const hax_cost *cost, int unit)
{
    int limit =
        variation->limits && cost->high_ms > 0 && cost->time_ms > 0 ? variation->limits[unit] : 0;
    return limit == 0 ? variation->factors[unit]
                      : (limit < 0 ? cost->low_ms : cost->high_ms) / cost->time_ms;
}

/* `by` NULL: as they are. */
static const hax_cost *copy_costs(hax_arena *arena, const hax_cost *cost, int unit_count,
                                  const hax_variation *variation)
{
    hax_cost *costs = keep(arena, cost, unit_count, sizeof *costs);
    for (int u = 0; costs && variation && u < unit_count; u++) {
        double factor = hax_variation_factor(variation, &cost[u], u);
        double *const times[] = { &costs[u].time_ms, &costs[u].in_ms, &costs[u].out_ms,
                                  &costs[u].low_ms, &costs[u].high_ms };
        for (size_t t = 0; t < sizeof times / sizeof *times; t++)
            *times[t] *= factor;
    }
    return costs;
}

static bool copy_groups(hax_arena *arena, hax_instance_spec *instance, int unit_count,
                        const hax_variation *variation)
{
    hax_group_spec *groups = keep(arena, instance->groups, instance->group_count, sizeof *groups);
    for (int g = 0; groups && g < instance->group_count; g++) {
        groups[g].name = hax_arena_string(arena, groups[g].name);
        groups[g].on = copy_costs(arena, groups[g].on, unit_count, variation);
        if (!groups[g].name || !groups[g].on)
            return false;
    }
    instance->groups = groups;
    return groups != NULL;
}

static bool copy_instances(hax_arena *arena, hax_problem *problem, const hax_variation *variation)
{
    hax_instance_spec *instances =
        keep(arena, problem->instances, problem->instance_count, sizeof *instances);
    for (int i = 0; instances && i < problem->instance_count; i++) {
        instances[i].name = hax_arena_string(arena, instances[i].name);
        instances[i].after = keep(arena, instances[i].after, instances[i].after_count, sizeof(int));
        if (!instances[i].name || !instances[i].after ||
            !copy_groups(arena, &instances[i], problem->unit_count, variation))
            return false;
    }
    problem->instances = instances;
    return instances != NULL;
}

static bool copy_resources(hax_arena *arena, hax_problem *problem)
{
    const char **names = hax_arena_alloc(arena, (size_t) problem->resource_count, sizeof *names);
    for (int r = 0; names && r < problem->resource_count; r++)
        if (!(names[r] = hax_arena_string(arena, problem->resources[r])))
            return false;
    problem->resources = names;
    return names != NULL;
}

static hax_status copy_all(const hax_problem *source, const hax_variation *variation,
                           const hax_problem **problem, hax_error *err)
{
    HAX_TRY(hax_problem_check(source, err));
    hax_arena *arena = hax_arena_create();
    hax_problem *own = arena ? hax_arena_alloc(arena, 1, sizeof *own) : NULL;
    if (own) {
        *own = *source;
        own->owner = arena;
    }
    if (!own || !copy_resources(arena, own) || !copy_units(arena, own) ||
        !copy_instances(arena, own, variation)) {
        hax_arena_destroy(arena);
        return hax_fail_memory(err, "a problem");
    }
    *problem = own;
    return HAX_OK;
}

hax_status hax_problem_copy(const hax_problem *source, const hax_problem **problem, hax_error *err)
{
    return copy_all(source, NULL, problem, err);
}

hax_status hax_problem_vary(const hax_problem *source, const hax_variation *variation,
                            const hax_problem **problem, hax_error *err)
{
    return copy_all(source, variation, problem, err);
}

hax_status hax_problem_scale(const hax_problem *source, const double *factors,
                             const hax_problem **problem, hax_error *err)
{
    for (int u = 0; u < source->unit_count; u++)
        if (!(factors[u] > 0) || !isfinite(factors[u]))
            return hax_fail(err, HAX_BAD_INPUT, "unit '%s': times cannot be multiplied by %g",
                            source->units[u].name, factors[u]);
    return hax_problem_vary(source, &(hax_variation){ .factors = factors }, problem, err);
}

void hax_problem_destroy(const hax_problem *problem)
{
    if (problem)
        hax_arena_destroy(problem->owner); /* the problem lies in it */
}
