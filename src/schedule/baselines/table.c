/* The baselines by name: everything that compares reads this table. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "problem.h"

static const hax_baseline all[] = {
    { "serial", "one network after the other on the unit where that is shortest", true, false,
      hax_baseline_serial },
    { "per-network", "each network whole on one unit, the best of all mappings and orders", true,
      false, hax_baseline_per_network },
    { "all-cores", "one network after the other on the unit of all resources", true, false,
      hax_baseline_all_cores },
    { "mensa",
      "each network for itself, its groups on their best units, joined where moving costs "
      "more than it gains",
      false, false, hax_baseline_mensa },
    { "herald-like",
      "groups in turn over the networks to their fastest units, loads balanced; no "
      "transitions, no contention",
      false, false, hax_baseline_herald },
    { "h2h",
      "mapped by frontier, then groups moved to their neighbours' units while the round "
      "gets shorter; no contention",
      false, false, hax_baseline_h2h },
    { "earliest-finish",
      "HEFT: the group with the longest way to go, where it ends first; no "
      "contention",
      false, false, hax_baseline_earliest_finish },
    { "contention-blind", "the best schedule of the same problem without contention", false, true,
      hax_baseline_contention_blind },
};

const hax_baseline *hax_baselines(int *count)
{
    *count = (int) (sizeof all / sizeof *all);
    return all;
}

const hax_baseline *hax_baseline_find(const char *name)
{
    for (size_t b = 0; b < sizeof all / sizeof *all; b++)
        if (strcmp(all[b].name, name) == 0)
            return &all[b];
    return NULL;
}

struct hax_baseline_set {
    int count;
    const hax_schedule *schedules[HAX_BASELINES_MAX];
    unsigned unfinished;
};

static hax_status fill(hax_baseline_set *set, const hax_problem *problem, bool plain_only,
                       const hax_baseline_limits *limits, hax_error *err)
{
    const hax_time_budget allowed = hax_time_budget_from(limits);
    for (size_t b = 0; b < sizeof all / sizeof *all; b++) {
        const hax_baseline_limits left = { hax_time_budget_left_s(&allowed), allowed.cancel };
        hax_error why = { 0 };
        if (plain_only && !all[b].plain)
            continue;
        hax_status status = all[b].make(problem, &left, &set->schedules[set->count], &why);
        if (status == HAX_OK)
            set->count++;
        else if (status == HAX_LIMIT)
            set->unfinished |= 1U << b;
        else if (status != HAX_INFEASIBLE)
            return hax_fail(err, status, "%s", why.message);
    }
    return HAX_OK;
}

hax_status hax_baselines_make(const hax_problem *problem, bool plain_only,
                              const hax_baseline_limits *limits, hax_baseline_set **set,
                              hax_error *err)
{
    hax_baseline_set *filled = calloc(1, sizeof *filled);
    if (!filled)
        return hax_fail_memory(err, "baselines");
    hax_status status = fill(filled, problem, plain_only, limits, err);
    if (status == HAX_OK)
        *set = filled;
    else
        hax_baseline_set_destroy(filled);
    return status;
}

void hax_baseline_set_destroy(hax_baseline_set *set)
{
    for (int b = 0; set && b < set->count; b++)
        hax_schedule_destroy(set->schedules[b]);
    free(set);
}

int hax_baseline_set_count(const hax_baseline_set *set)
{
    return set->count;
}

const hax_schedule *const *hax_baseline_set_schedules(const hax_baseline_set *set)
{
    return set->schedules;
}

unsigned hax_baseline_set_unfinished(const hax_baseline_set *set)
{
    return set->unfinished;
}

const hax_schedule *hax_baseline_set_take(hax_baseline_set *set, int index)
{
    assert(index >= 0 && index < set->count);
    const hax_schedule *schedule = set->schedules[index];
    set->schedules[index] = NULL;
    return schedule;
}
