#include "column_pricer.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "state.h"

/* ---- kinds ----------------------------------------------------------------------------------- */

static int group_offset(const hax_instance_set *instances, int instance)
{
    int offset = 0;
    for (int i = 0; i < instance; i++)
        offset += instances->automata[i].group_count;
    return offset;
}

/* Kinds: hand-overs of every unit, then groups by unit. */
static int kind_index(const hax_instance_set *instances, int instance,
                      const hax_chain_item *chain_item)
{
    int units = instances->problem->unit_count;
    if (chain_item->part != HAX_PART_RUN)
        return chain_item->unit;
    return units + (group_offset(instances, instance) + chain_item->group) * units +
           chain_item->unit;
}

static void add_item(hax_column_pricer *pricer, int instance, int index)
{
    const hax_chain_item *chain_item = &pricer->instances->automata[instance].items[index];
    int *k = &pricer->of_item[instance][index];
    *k = -1;
    if (chain_item->ms <= 0)
        return;
    *k = kind_index(pricer->instances, instance, chain_item);
    assert(*k >= 0 && *k < pricer->kind_count);
    hax_activity *to = &pricer->kinds[*k];
    assert(to->unit < 0 || to->unit == chain_item->unit);
    to->unit = chain_item->unit;
    to->instance = chain_item->part == HAX_PART_RUN ? instance : -1;
    to->gbps = hax_min(to->gbps, chain_item->gbps);
    to->own_gbps = hax_min(to->own_gbps, chain_item->own_gbps);
}

hax_status hax_pricer_make(const hax_instance_set *instances, hax_column_pricer *pricer,
                           hax_error *err)
{
    int units = instances->problem->unit_count;
    *pricer = (hax_column_pricer){ .instances = instances, .stop = UINT64_MAX };
    pricer->kind_count = units + group_offset(instances, instances->count) * units;
    size_t kinds = (size_t) pricer->kind_count;
    pricer->kinds = calloc(kinds, sizeof *pricer->kinds);
    pricer->list_memory = calloc(kinds, sizeof *pricer->list_memory);
    pricer->of_item = calloc((size_t) instances->count, sizeof *pricer->of_item);
    if (!pricer->kinds || !pricer->list_memory || !pricer->of_item)
        return hax_fail_memory(err, "a bound");
    for (int k = 0; k < pricer->kind_count; k++)
        pricer->kinds[k] = (hax_activity){ -1, -1, INFINITY, INFINITY };
    for (int i = 0; i < instances->count; i++) {
        int items = instances->automata[i].item_count;
        pricer->of_item[i] = calloc((size_t) items, sizeof *pricer->of_item[i]);
        if (!pricer->of_item[i])
            return hax_fail_memory(err, "a bound");
        for (int index = 0; index < items; index++)
            add_item(pricer, i, index);
    }
    return HAX_OK;
}

void hax_pricer_free(hax_column_pricer *pricer)
{
    for (int i = 0; pricer->of_item && i < pricer->instances->count; i++)
        free(pricer->of_item[i]);
    free(pricer->of_item);
    free(pricer->kinds);
    free(pricer->list_memory);
    *pricer = (hax_column_pricer){ 0 };
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Is a at least as good as b in every mix of which neither's instance is part otherwise? */
static bool covers(const hax_column_pricer *pricer, int a, int b)
{
    const hax_activity *x = &pricer->kinds[a], *y = &pricer->kinds[b];
    if (pricer->values[a] < pricer->values[b] || x->gbps > y->gbps || x->own_gbps > y->own_gbps)
        return false;
    bool alike =
        pricer->values[a] == pricer->values[b] && x->gbps == y->gbps && x->own_gbps == y->own_gbps;
    return !alike || a < b;
}

/* b need not be looked at: covered by one of its instance, by a hand-over, or by so many instances
 * that not all of them can be busy on the other units. */
static bool is_covered(const hax_column_pricer *pricer, const int *list, int count, int b)
{
    int instances[HAX_MAX_UNITS], others = 0;
    for (int a = 0; a < count; a++) {
        int instance = pricer->kinds[list[a]].instance;
        if (list[a] == b || !covers(pricer, list[a], b))
            continue;
        if (instance < 0 || instance == pricer->kinds[b].instance)
            return true;
        bool known = false;
        for (int o = 0; o < others; o++)
            known = known || instances[o] == instance;
        if (known)
            continue;
        assert(others < HAX_MAX_UNITS);
        instances[others++] = instance;
        if (others >= pricer->instances->problem->unit_count)
            return true;
    }
    return false;
}

static void sort_by_value(const hax_column_pricer *pricer, int *list, int count)
{
    for (int a = 1; a < count; a++) {
        int moved = list[a], b = a;
        for (; b > 0 && pricer->values[list[b - 1]] < pricer->values[moved]; b--)
            list[b] = list[b - 1];
        list[b] = moved;
        assert(b == 0 || pricer->values[list[b - 1]] >= pricer->values[moved]);
    }
}

static int list_unit(hax_column_pricer *pricer, int unit, int *list)
{
    int count = 0, kept = 0;
    for (int k = 0; k < pricer->kind_count; k++)
        if (pricer->kinds[k].unit == unit && pricer->values[k] > 0)
            list[count++] = k;
    sort_by_value(pricer, list, count);
    for (int a = 0; a < count; a++) /* whatever covers it stands before it and stays, or is covered
                                       itself by what stays */
        if (!is_covered(pricer, list, kept, list[a]))
            list[kept++] = list[a];
    assert(kept <= count && (kept > 0 || count == 0)); /* the most expensive is covered by none */
    return kept;
}

/* Most that one unit earns beside others that demand so much. */
static double most_beside(const hax_column_pricer *pricer, int unit, double external)
{
    double most = 0;
    for (int l = 0; l < pricer->listed_count[unit]; l++) {
        const hax_activity *k = &pricer->kinds[pricer->listed[unit][l]];
        double value = pricer->values[pricer->listed[unit][l]];
        if (value <= most)
            break;
        most = hax_max(most, value / hax_instance_set_slowdown(pricer->instances, unit, k->own_gbps,
                                                               external));
    }
    return most;
}

void hax_pricer_begin(hax_column_pricer *pricer, const double *values)
{
    int units = pricer->instances->problem->unit_count, taken = 0;
    double all_gbps = 0;
    pricer->values = values;
    pricer->stopped = false;
    for (int u = 0; u < units; u++) {
        double most_gbps = 0;
        pricer->listed[u] = pricer->list_memory + taken;
        pricer->listed_count[u] = list_unit(pricer, u, pricer->listed[u]);
        taken += pricer->listed_count[u];
        for (int l = 0; l < pricer->listed_count[u]; l++)
            most_gbps = hax_max(most_gbps, pricer->kinds[pricer->listed[u][l]].gbps);
        all_gbps += most_gbps;
    }
    pricer->step_gbps = all_gbps / PRICER_STEPS;
    for (int s = 0; s < PRICER_STEPS; s++) {
        pricer->rest[units][s] = 0;
        for (int u = units - 1; u >= 0; u--) {
            pricer->rest[u][s] =
                pricer->rest[u + 1][s] + most_beside(pricer, u, s * pricer->step_gbps);
            assert(s == 0 || pricer->rest[u][s] <= pricer->rest[u][s - 1] * (1 + 1e-9));
        }
    }
}

void hax_pricer_set_rates(const hax_column_pricer *pricer, hax_configuration *configuration)
{
    double total = 0;
    configuration->earns = 0;
    for (int c = 0; c < configuration->count; c++)
        total += pricer->kinds[configuration->kinds[c]].gbps;
    for (int c = 0; c < configuration->count; c++) {
        const hax_activity *k = &pricer->kinds[configuration->kinds[c]];
        double external = total - k->gbps;
        configuration->rates[c] =
            1 / hax_instance_set_slowdown(pricer->instances, k->unit, k->own_gbps, external);
        assert(configuration->rates[c] > 0 && configuration->rates[c] <= 1);
        configuration->earns += pricer->values[configuration->kinds[c]] * configuration->rates[c];
    }
}

/* ---- the most expensive ---------------------------------------------------------------------- */

static bool fits(const hax_column_pricer *pricer, const hax_configuration *configuration, int k)
{
    const hax_activity *added = &pricer->kinds[k];
    for (int c = 0; c < configuration->count; c++) {
        const hax_activity *other = &pricer->kinds[configuration->kinds[c]];
        if ((added->instance >= 0 && other->instance == added->instance) ||
            hax_share_resource(pricer->instances->problem, other->unit, added->unit))
            return false;
    }
    return true;
}

/* The step that surely lies below what the mix demands. */
static int step_below(const hax_column_pricer *pricer, const hax_configuration *configuration)
{
    double gbps = 0;
    for (int c = 0; c < configuration->count; c++)
        gbps += pricer->kinds[configuration->kinds[c]].gbps;
    int step = pricer->step_gbps > 0 ? (int) (gbps * (1 - 1e-9) / pricer->step_gbps) : 0;
    return step < PRICER_STEPS ? step : PRICER_STEPS - 1;
}

/* Keeps it; if there is no room, in the place of the one that earns least. */
static void keep_mix(hax_column_pricer *pricer, const hax_configuration *configuration)
{
    int least = 0;
    assert(configuration->earns > pricer->above);
    if (pricer->found_count < PRICER_FOUND) {
        pricer->found[pricer->found_count++] = *configuration;
        if (pricer->found_count < PRICER_FOUND)
            return;
    } else {
        for (int f = 1; f < PRICER_FOUND; f++)
            if (pricer->found[f].earns < pricer->found[least].earns)
                least = f;
        pricer->found[least] = *configuration;
    }
    pricer->above = pricer->found[0].earns;
    for (int f = 1; f < PRICER_FOUND; f++)
        pricer->above = hax_min(pricer->above, pricer->found[f].earns);
}

static void extend(hax_column_pricer *pricer, int unit)
{
    int units = pricer->instances->problem->unit_count;
    const uint64_t steps = 64 * (uint64_t) (1 + pricer->now.count);
    if (pricer->stopped || ++pricer->steps >= pricer->stop ||
        !hax_effort_spend(pricer->effort, steps)) {
        pricer->stopped = true;
        return;
    }
    assert(pricer->now.count <= units);
    hax_pricer_set_rates(pricer, &pricer->now);
    double earned = pricer->now.earns;
    if (earned > pricer->above)
        keep_mix(pricer, &pricer->now);
    int step = step_below(pricer, &pricer->now);
    for (int u = unit; u < units; u++) { /* the next unit that takes part */
        double behind = pricer->rest[u + 1][step], most = pricer->rest[u][step] - behind;
        if (earned + most + behind <= pricer->above)
            return;
        for (int l = 0; l < pricer->listed_count[u]; l++) {
            int k = pricer->listed[u][l];
            if (earned + hax_min(pricer->values[k], most) + behind <= pricer->above)
                break;
            if (!fits(pricer, &pricer->now, k))
                continue;
            pricer->now.kinds[pricer->now.count++] = k;
            extend(pricer, u + 1);
            pricer->now.count--;
        }
    }
}

double hax_pricer_best(hax_column_pricer *pricer, double above)
{
    pricer->now = (hax_configuration){ 0 };
    pricer->above = above;
    pricer->found_count = 0;
    extend(pricer, 0);
    assert(pricer->found_count <= PRICER_FOUND && pricer->now.count == 0);
    for (int f = 0; f < pricer->found_count; f++)
        above = hax_max(above, pricer->found[f].earns);
    return above;
}

double hax_pricer_best_beside(hax_column_pricer *pricer, int k)
{
    double most = 0;
    pricer->now = (hax_configuration){ .count = 1, .kinds = { k } };
    pricer->above = 0;
    pricer->found_count = 0;
    extend(pricer, 0);
    for (int f = 0; f < pricer->found_count; f++)
        most = hax_max(most, pricer->found[f].earns);
    return most;
}

hax_configuration hax_pricer_greedy(hax_column_pricer *pricer, int k)
{
    hax_configuration configuration = { .count = 1, .kinds = { k } };
    hax_pricer_set_rates(pricer, &configuration);
    for (;;) {
        hax_configuration best = configuration;
        for (int u = 0; u < pricer->instances->problem->unit_count; u++) {
            for (int l = 0; l < pricer->listed_count[u]; l++) {
                hax_configuration more = configuration;
                if (configuration.earns + pricer->values[pricer->listed[u][l]] <= best.earns)
                    break;
                if (!fits(pricer, &configuration, pricer->listed[u][l]))
                    continue;
                more.kinds[more.count++] = pricer->listed[u][l];
                pricer->steps++;
                hax_pricer_set_rates(pricer, &more);
                pricer->stopped = pricer->stopped ||
                                  !hax_effort_spend(pricer->effort, 64 * (uint64_t) more.count);
                if (more.earns > best.earns)
                    best = more;
            }
        }
        if (best.count == configuration.count || pricer->stopped)
            return configuration;
        configuration = best;
    }
}
