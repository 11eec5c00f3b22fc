#include "splits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CUTS_MOST = 64 };

/* The plan that is changed: a copy, as the best one is replaced on the way. */
typedef struct split_base {
    const hax_problem *problem;
    int group_total;
    int first[HAX_MAX_INSTANCES]; /* [instance] of its groups */
    int *units;                   /* [group of all] */
    int *tried;                   /* the same, of a candidate */
    hax_job *jobs;
    int order[HAX_MAX_INSTANCES]; /* instances, each behind those that it comes after */
} split_base;

static void order_instances(split_base *base)
{
    const hax_problem *problem = base->problem;
    bool placed[HAX_MAX_INSTANCES] = { false };
    for (int count = 0; count < problem->instance_count;) {
        const int before = count;
        for (int i = 0; i < problem->instance_count; i++) {
            bool ready = !placed[i];
            for (int a = 0; a < problem->instances[i].after_count; a++)
                ready = ready && placed[problem->instances[i].after[a]];
            if (!ready)
                continue;
            placed[i] = true;
            base->order[count++] = i;
        }
        assert(count > before); /* no circles: the problem was checked */
        if (count == before)
            return;
    }
}

static void take_units(split_base *base, const hax_schedule *schedule)
{
    for (int i = 0; i < base->problem->instance_count; i++)
        memcpy(&base->units[base->first[i]], schedule->assignment[i],
               (size_t) base->problem->instances[i].group_count * sizeof *base->units);
}

static hax_status open_base(const hax_planning *planning, split_base *base, hax_error *err)
{
    *base = (split_base){ .problem = planning->figures.problem };
    for (int i = 0; i < base->problem->instance_count; i++) {
        base->first[i] = base->group_total;
        base->group_total += base->problem->instances[i].group_count;
    }
    base->units = calloc((size_t) base->group_total, sizeof *base->units);
    base->tried = calloc((size_t) base->group_total, sizeof *base->tried);
    base->jobs = calloc((size_t) base->group_total, sizeof *base->jobs);
    if (!base->units || !base->tried || !base->jobs)
        return hax_fail_memory(err, "a plan of a stream");
    order_instances(base);
    take_units(base, planning->best);
    return HAX_OK;
}

static void close_base(split_base *base)
{
    free(base->units);
    free(base->tried);
    free(base->jobs);
}

/* HAX_INFEASIBLE: the problem's rules forbid it. */
static hax_status make_schedule(const split_base *base, const hax_schedule **schedule,
                                hax_error *err)
{
    const hax_problem *problem = base->problem;
    int count = 0;
    for (int o = 0; o < problem->instance_count; o++) {
        int i = base->order[o];
        for (int g = 0; g < problem->instances[i].group_count; g++) {
            int unit = base->tried[base->first[i] + g];
            if (!problem->instances[i].groups[g].on[unit].allowed)
                return HAX_INFEASIBLE;
            base->jobs[count++] = (hax_job){ .unit = unit, .instance = i, .group = g, .after = -1 };
        }
    }
    hax_status status = hax_schedule_evaluate(problem, "split", count, base->jobs, schedule, err);
    return status == HAX_BAD_INPUT ? HAX_INFEASIBLE : status;
}

/* An instance's groups before `cut` on one unit, those behind it on another. */
static hax_status try_split(hax_planning *planning, split_base *base, int instance, int unit,
                            int other, int cut, bool *any, hax_error *err)
{
    const int groups = base->problem->instances[instance].group_count;
    int *own = &base->tried[base->first[instance]];
    const hax_schedule *schedule = NULL;
    bool better;
    memcpy(base->tried, base->units, (size_t) base->group_total * sizeof *base->tried);
    for (int g = 0; g < groups; g++)
        own[g] = g < cut ? unit : other;
    if (memcmp(base->tried, base->units, (size_t) base->group_total * sizeof *base->tried) == 0)
        return HAX_OK;
    hax_status status = make_schedule(base, &schedule, err);
    if (status != HAX_OK)
        return status == HAX_INFEASIBLE ? HAX_OK : status;
    HAX_TRY(hax_planning_consider(planning, schedule, &better, err));
    if (better)
        take_units(base, planning->best);
    *any = *any || better;
    return HAX_OK;
}

/* The whole network on the one unit, then every change to the other. */
static hax_status try_pair(hax_planning *planning, split_base *base, int instance, int unit,
                           int other, bool *any, hax_error *err)
{
    const hax_instance_spec *spec = &base->problem->instances[instance];
    const int step = 1 + spec->group_count / CUTS_MOST;
    for (int cut = unit == other ? spec->group_count : 1; cut < spec->group_count + (unit == other);
         cut += step) {
        if (hax_cancel_requested(planning->cancel))
            return HAX_OK;
        if (cut < spec->group_count && spec->groups[cut].joined)
            continue;
        HAX_TRY(try_split(planning, base, instance, unit, other, cut, any, err));
    }
    return HAX_OK;
}

hax_status hax_splits_consider(hax_planning *planning, int instance, bool *better, hax_error *err)
{
    split_base base;
    *better = false;
    hax_status status = open_base(planning, &base, err);
    for (int u = 0; status == HAX_OK && u < base.problem->unit_count; u++)
        for (int v = 0; status == HAX_OK && v < base.problem->unit_count; v++)
            status = try_pair(planning, &base, instance, u, v, better, err);
    close_base(&base);
    return status;
}
