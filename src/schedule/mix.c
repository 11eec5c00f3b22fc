#include "mix.h"

#include <math.h>
#include <stdlib.h>

#include "order.h"

/* ---- kinds ------------------------------------------------------------------------------- */

static int group_offset(const fleet *of, int instance)
{
    int offset = 0;
    for (int i = 0; i < instance; i++)
        offset += of->of[i].group_count;
    return offset;
}

/* Kinds: hand-overs of every unit, then groups by unit. */
static int kind_index(const fleet *of, int instance, const item *at)
{
    int units = of->problem->unit_count;
    if (at->part != HAX_PART_RUN)
        return at->unit;
    return units + (group_offset(of, instance) + at->group) * units + at->unit;
}

static void add_item(mixer *made, int instance, int index)
{
    const item *at = &made->fleet->of[instance].items[index];
    int *k = &made->of_item[instance][index];
    *k = -1;
    if (at->ms <= 0)
        return;
    *k = kind_index(made->fleet, instance, at);
    kind *to = &made->kinds[*k];
    to->unit = at->unit;
    to->instance = at->part == HAX_PART_RUN ? instance : -1;
    to->gbps = smaller(to->gbps, at->gbps);
    to->own_gbps = smaller(to->own_gbps, at->own_gbps);
}

hax_status mixer_make(const fleet *of, mixer *made, hax_error *err)
{
    int units = of->problem->unit_count;
    *made = (mixer){ .fleet = of, .stop = UINT64_MAX };
    made->kind_count = units + group_offset(of, of->count) * units;
    size_t kinds = (size_t) made->kind_count;
    made->kinds = calloc(kinds, sizeof *made->kinds);
    made->list_memory = calloc(kinds, sizeof *made->list_memory);
    made->of_item = calloc((size_t) of->count, sizeof *made->of_item);
    if (!made->kinds || !made->list_memory || !made->of_item)
        return hax_fail_memory(err, "a bound");
    for (int k = 0; k < made->kind_count; k++)
        made->kinds[k] = (kind){ -1, -1, INFINITY, INFINITY };
    for (int i = 0; i < of->count; i++) {
        int items = of->of[i].item_count;
        made->of_item[i] = calloc((size_t) items, sizeof *made->of_item[i]);
        if (!made->of_item[i])
            return hax_fail_memory(err, "a bound");
        for (int index = 0; index < items; index++)
            add_item(made, i, index);
    }
    return HAX_OK;
}

void mixer_free(mixer *of)
{
    for (int i = 0; of->of_item && i < of->fleet->count; i++)
        free(of->of_item[i]);
    free(of->of_item);
    free(of->kinds);
    free(of->list_memory);
    *of = (mixer){ 0 };
}

/* ---- values --------------------------------------------------------------------------------- */

/* Is a at least as good as b in every mix of which neither's instance is part otherwise? */
static bool covers(const mixer *of, int a, int b)
{
    const kind *x = &of->kinds[a], *y = &of->kinds[b];
    if (of->values[a] < of->values[b] || x->gbps > y->gbps || x->own_gbps > y->own_gbps)
        return false;
    bool alike = of->values[a] == of->values[b] && x->gbps == y->gbps && x->own_gbps == y->own_gbps;
    return !alike || a < b;
}

/* b need not be looked at: covered by one of its instance, by a hand-over, or by so many instances
 * that not all of them can be busy on the other units. */
static bool is_covered(const mixer *of, const int *list, int count, int b)
{
    int instances[HAX_MAX_UNITS], others = 0;
    for (int a = 0; a < count; a++) {
        int instance = of->kinds[list[a]].instance;
        if (list[a] == b || !covers(of, list[a], b))
            continue;
        if (instance < 0 || instance == of->kinds[b].instance)
            return true;
        bool known = false;
        for (int o = 0; o < others; o++)
            known = known || instances[o] == instance;
        if (known)
            continue;
        instances[others++] = instance;
        if (others >= of->fleet->problem->unit_count)
            return true;
    }
    return false;
}

static void sort_by_value(const mixer *of, int *list, int count)
{
    for (int a = 1; a < count; a++) {
        int moved = list[a], b = a;
        for (; b > 0 && of->values[list[b - 1]] < of->values[moved]; b--)
            list[b] = list[b - 1];
        list[b] = moved;
    }
}

static int list_unit(mixer *of, int unit, int *list)
{
    int count = 0, kept = 0;
    for (int k = 0; k < of->kind_count; k++)
        if (of->kinds[k].unit == unit && of->values[k] > 0)
            list[count++] = k;
    sort_by_value(of, list, count);
    for (int a = 0; a < count; a++) /* whatever covers it stands before it and stays, or is covered
                                       itself by what stays */
        if (!is_covered(of, list, kept, list[a]))
            list[kept++] = list[a];
    return kept;
}

/* Most that one unit earns beside others that demand so much. */
static double most_beside(const mixer *of, int unit, double external)
{
    double most = 0;
    for (int l = 0; l < of->listed_count[unit]; l++) {
        const kind *k = &of->kinds[of->listed[unit][l]];
        double value = of->values[of->listed[unit][l]];
        if (value <= most)
            break;
        most = larger(most, value / fleet_slowdown(of->fleet, unit, k->own_gbps, external));
    }
    return most;
}

void mixer_begin(mixer *of, const double *values)
{
    int units = of->fleet->problem->unit_count, taken = 0;
    double all_gbps = 0;
    of->values = values;
    of->stopped = false;
    for (int u = 0; u < units; u++) {
        double most_gbps = 0;
        of->listed[u] = of->list_memory + taken;
        of->listed_count[u] = list_unit(of, u, of->listed[u]);
        taken += of->listed_count[u];
        for (int l = 0; l < of->listed_count[u]; l++)
            most_gbps = larger(most_gbps, of->kinds[of->listed[u][l]].gbps);
        all_gbps += most_gbps;
    }
    of->step_gbps = all_gbps / MIX_STEPS;
    for (int s = 0; s < MIX_STEPS; s++) {
        of->rest[units][s] = 0;
        for (int u = units - 1; u >= 0; u--)
            of->rest[u][s] = of->rest[u + 1][s] + most_beside(of, u, s * of->step_gbps);
    }
}

void mixer_rate(const mixer *of, mix *at)
{
    double total = 0;
    at->earns = 0;
    for (int c = 0; c < at->count; c++)
        total += of->kinds[at->kinds[c]].gbps;
    for (int c = 0; c < at->count; c++) {
        const kind *k = &of->kinds[at->kinds[c]];
        double external = total - k->gbps;
        at->rates[c] = 1 / fleet_slowdown(of->fleet, k->unit, k->own_gbps, external);
        at->earns += of->values[at->kinds[c]] * at->rates[c];
    }
}

/* ---- the dearest ---------------------------------------------------------------------------- */

static bool fits(const mixer *of, const mix *at, int k)
{
    const kind *added = &of->kinds[k];
    for (int c = 0; c < at->count; c++) {
        const kind *other = &of->kinds[at->kinds[c]];
        if ((added->instance >= 0 && other->instance == added->instance) ||
            share_resource(of->fleet->problem, other->unit, added->unit))
            return false;
    }
    return true;
}

/* The step that surely lies below what the mix demands. */
static int step_below(const mixer *of, const mix *at)
{
    double gbps = 0;
    for (int c = 0; c < at->count; c++)
        gbps += of->kinds[at->kinds[c]].gbps;
    int step = of->step_gbps > 0 ? (int) (gbps * (1 - 1e-9) / of->step_gbps) : 0;
    return step < MIX_STEPS ? step : MIX_STEPS - 1;
}

/* Keeps it; if there is no room, in the place of the one that earns least. */
static void keep_mix(mixer *of, const mix *made)
{
    int least = 0;
    if (of->found_count < MIX_FOUND) {
        of->found[of->found_count++] = *made;
        if (of->found_count < MIX_FOUND)
            return;
    } else {
        for (int f = 1; f < MIX_FOUND; f++)
            if (of->found[f].earns < of->found[least].earns)
                least = f;
        of->found[least] = *made;
    }
    of->above = of->found[0].earns;
    for (int f = 1; f < MIX_FOUND; f++)
        of->above = smaller(of->above, of->found[f].earns);
}

static void extend(mixer *of, int unit)
{
    int units = of->fleet->problem->unit_count;
    const uint64_t steps = 64 * (uint64_t) (1 + of->now.count);
    if (of->stopped || ++of->steps >= of->stop || !hax_effort_spend(of->effort, steps)) {
        of->stopped = true;
        return;
    }
    mixer_rate(of, &of->now);
    double earned = of->now.earns;
    if (earned > of->above)
        keep_mix(of, &of->now);
    int step = step_below(of, &of->now);
    for (int u = unit; u < units; u++) { /* the next unit that takes part */
        double behind = of->rest[u + 1][step], most = of->rest[u][step] - behind;
        if (earned + most + behind <= of->above)
            return;
        for (int l = 0; l < of->listed_count[u]; l++) {
            int k = of->listed[u][l];
            if (earned + smaller(of->values[k], most) + behind <= of->above)
                break;
            if (!fits(of, &of->now, k))
                continue;
            of->now.kinds[of->now.count++] = k;
            extend(of, u + 1);
            of->now.count--;
        }
    }
}

double mixer_dearest(mixer *of, double above)
{
    of->now = (mix){ 0 };
    of->above = above;
    of->found_count = 0;
    extend(of, 0);
    for (int f = 0; f < of->found_count; f++)
        above = larger(above, of->found[f].earns);
    return above;
}

double mixer_dearest_beside(mixer *of, int k)
{
    double most = 0;
    of->now = (mix){ .count = 1, .kinds = { k } };
    of->above = 0;
    of->found_count = 0;
    extend(of, 0);
    for (int f = 0; f < of->found_count; f++)
        most = larger(most, of->found[f].earns);
    return most;
}

mix mixer_greedy(mixer *of, int k)
{
    mix at = { .count = 1, .kinds = { k } };
    mixer_rate(of, &at);
    for (;;) {
        mix best = at;
        for (int u = 0; u < of->fleet->problem->unit_count; u++) {
            for (int l = 0; l < of->listed_count[u]; l++) {
                mix more = at;
                if (at.earns + of->values[of->listed[u][l]] <= best.earns)
                    break;
                if (!fits(of, &at, of->listed[u][l]))
                    continue;
                more.kinds[more.count++] = of->listed[u][l];
                of->steps++;
                mixer_rate(of, &more);
                of->stopped =
                    of->stopped || !hax_effort_spend(of->effort, 64 * (uint64_t) more.count);
                if (more.earns > best.earns)
                    best = more;
            }
        }
        if (best.count == at.count || of->stopped)
            return at;
        at = best;
    }
}
