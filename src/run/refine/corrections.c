#include "corrections.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"
#include "profile.h"
#include "statistics.h"

const char *hax_correction_name(hax_correction_kind kind)
{
    switch (kind) {
    case HAX_CORRECTED_ALONE: return "alone";
    case HAX_CORRECTED_CONTENTION: return "contention";
    case HAX_CORRECTED_ENTERING: return "entering";
    case HAX_CORRECTED_OUT: return "out";
    }
    return "unknown";
}

void hax_corrections_free(hax_corrections *corrections)
{
    free(corrections->list);
    corrections->list = NULL;
    corrections->count = corrections->capacity = 0;
}

/* ---- contexts -------------------------------------------------------------------------------- */

/* Units of a class are alike; -1 stays. */
static int class_of(const hax_corrections *corrections, int unit)
{
    return unit < 0 ? -1 : hax_class_of(corrections->frame->platform, unit);
}

static bool same_context(const hax_corrections *corrections, const hax_correction *a,
                         const hax_correction *b)
{
    const int *network_of = corrections->frame->network_of;
    assert(a->instance >= 0 && a->instance < corrections->frame->instance_count);
    assert((a->kind == HAX_CORRECTED_ENTERING) == (a->from_unit >= 0));
    return a->kind == b->kind && network_of[a->instance] == network_of[b->instance] &&
           a->group == b->group &&
           class_of(corrections, a->unit) == class_of(corrections, b->unit) &&
           class_of(corrections, a->from_unit) == class_of(corrections, b->from_unit);
}

static hax_known_correction *find(const hax_corrections *corrections, const hax_correction *context)
{
    for (int c = 0; c < corrections->count; c++)
        if (same_context(corrections, &corrections->list[c].public, context))
            return &corrections->list[c];
    return NULL;
}

const hax_known_correction *hax_corrections_find(const hax_corrections *corrections,
                                                 hax_correction_kind kind, int instance, int group,
                                                 int unit, int from_unit)
{
    return find(corrections, &(hax_correction){ .kind = kind,
                                                .instance = instance,
                                                .group = group,
                                                .unit = unit,
                                                .from_unit = from_unit });
}

/* The first instance of the same network. */
static int first_instance(const hax_corrections *corrections, int instance)
{
    const int *network_of = corrections->frame->network_of;
    int first = 0;
    while (network_of[first] != network_of[instance])
        first++;
    return first;
}

hax_status hax_corrections_set(hax_corrections *corrections, const hax_known_correction *one,
                               hax_error *err)
{
    hax_known_correction *known = find(corrections, &one->public);
    assert(one->public.learned >= 0 && one->public.spread >= 0);
    if (!known && corrections->count == corrections->capacity) {
        int capacity = 2 * corrections->capacity + 16;
        hax_known_correction *grown = realloc(corrections->list, (size_t) capacity * sizeof *grown);
        if (!grown)
            return hax_fail_memory(err, "corrections");
        corrections->list = grown;
        corrections->capacity = capacity;
    }
    if (!known)
        known = &corrections->list[corrections->count++];
    *known = *one;
    known->public.instance = first_instance(corrections, one->public.instance);
    return HAX_OK;
}

hax_status hax_corrections_list(const hax_corrections *corrections, hax_arena *arena,
                                const hax_correction **list, int *count, hax_error *err)
{
    hax_correction *filled = hax_arena_alloc(arena, (size_t) corrections->count, sizeof *filled);
    int used = 0;
    if (!filled)
        return hax_fail_memory(err, "corrections");
    for (int c = 0; c < corrections->count; c++)
        if (corrections->list[c].changes)
            filled[used++] = corrections->list[c].public;
    *list = filled;
    *count = used;
    return HAX_OK;
}

/* ---- put into a problem ---------------------------------------------------------------------- */

typedef struct applying {
    const hax_corrections *corrections;
    const hax_problem *problem;
    int unit_of[HAX_MAX_UNITS]; /* [the problem's unit]: the platform's */
    hax_arena *arena;
} applying;

static void match_units(applying *applying)
{
    const hax_platform *platform = applying->corrections->frame->platform;
    for (int u = 0; u < applying->problem->unit_count; u++) {
        int found = 0;
        while (strcmp(platform->units[found].name, applying->problem->units[u].name) != 0)
            found++;
        assert(found < platform->unit_count);
        applying->unit_of[u] = found;
    }
}

static const hax_known_correction *correction_of(const applying *applying, hax_correction_kind kind,
                                                 int instance, int group, int unit, int from)
{
    return hax_corrections_find(applying->corrections, kind, instance, group,
                                applying->unit_of[unit], from < 0 ? -1 : applying->unit_of[from]);
}

/* The kinds of the units in place of their classes? */
static int sort_of(const applying *applying, int unit, bool by_kind)
{
    const hax_correction_frame *frame = applying->corrections->frame;
    return by_kind ? frame->platform->units[unit].kind : hax_class_of(frame->platform, unit);
}

/* By how much changes between units like these two cost more than was known, in the middle of those
 * that were seen, 0: they cost less; negative: none was seen. */
static double shift_ms(const applying *applying, int from, int to, bool by_kind)
{
    const hax_corrections *corrections = applying->corrections;
    const int from_sort = sort_of(applying, applying->unit_of[from], by_kind);
    const int to_sort = sort_of(applying, applying->unit_of[to], by_kind);
    double *differences =
        hax_arena_alloc(applying->arena, (size_t) corrections->count, sizeof *differences);
    size_t count = 0;
    for (int c = 0; differences && c < corrections->count; c++) {
        const hax_correction *one = &corrections->list[c].public;
        if (one->kind == HAX_CORRECTED_ENTERING &&
            sort_of(applying, one->unit, by_kind) == to_sort &&
            sort_of(applying, one->from_unit, by_kind) == from_sort)
            differences[count++] = corrections->list[c].changes ? one->learned - one->known : 0;
    }
    return count > 0 ? fmax(hax_summarise(differences, count).median, 0) : -1;
}

/* What changes cost more that were not seen: [from][unit] between units like these, and where
 * nothing is known between units of their kinds. Once for all groups. */
typedef struct shifts {
    double classes[HAX_MAX_UNITS][HAX_MAX_UNITS];
    double kinds[HAX_MAX_UNITS][HAX_MAX_UNITS];
} shifts;

static double unseen_ms(const shifts *shifts, int from, int unit, double known_ms)
{
    if (shifts->classes[from][unit] >= 0)
        return known_ms + shifts->classes[from][unit];
    return known_ms > 0 ? known_ms : fmax(shifts->kinds[from][unit], 0);
}

/* What entering a group's unit from another one costs; what is known already where nothing else was
 * learned. */
static hax_entering entering_from(const applying *applying, int instance, int group, int unit,
                                  int from, const shifts *shifts)
{
    const hax_handover known = hax_in_between(applying->problem, instance, group, from, unit);
    const hax_known_correction *one =
        correction_of(applying, HAX_CORRECTED_ENTERING, instance, group, unit, from);
    double ms = !one           ? unseen_ms(shifts, from, unit, known.ms)
                : one->changes ? one->public.learned
                               : known.ms;
    return (hax_entering){ from, ms, ms > 0 ? known.gbps : 0 };
}

static hax_status correct_entering(const applying *applying, int instance, int group, int unit,
                                   const shifts *shifts, hax_cost *cost, hax_error *err)
{
    const hax_problem *problem = applying->problem;
    hax_entering *entering =
        hax_arena_alloc(applying->arena, (size_t) problem->unit_count, sizeof *entering);
    if (!entering)
        return hax_fail_memory(err, "a problem");
    int count = 0;
    for (int from = 0; from < problem->unit_count; from++) {
        if (from == unit)
            continue;
        const hax_handover known = hax_in_between(problem, instance, group, from, unit);
        const hax_entering one = entering_from(applying, instance, group, unit, from, shifts);
        if (hax_entering_from(cost, from) || one.ms != known.ms)
            entering[count++] = one;
    }
    assert(count < problem->unit_count); /* none from itself */
    cost->entering_count = count;
    cost->entering = entering;
    return HAX_OK;
}

static hax_status correct_cost(const applying *applying, int instance, int group, int unit,
                               const shifts *shifts, hax_cost *cost, hax_error *err)
{
    const hax_known_correction *alone =
        correction_of(applying, HAX_CORRECTED_ALONE, instance, group, unit, -1);
    const hax_known_correction *contention =
        correction_of(applying, HAX_CORRECTED_CONTENTION, instance, group, unit, -1);
    const hax_known_correction *out =
        correction_of(applying, HAX_CORRECTED_OUT, instance, group, unit, -1);
    if (!cost->allowed)
        return HAX_OK;
    if (group > 0)
        HAX_TRY(correct_entering(applying, instance, group, unit, shifts, cost, err));
    if (contention && contention->changes)
        cost->own_gbps = hax_cost_own_gbps(cost) * contention->public.learned;
    if (out && out->changes)
        cost->out_ms = out->public.learned;
    if (!alone || !alone->changes || !(alone->public.known > 0))
        return HAX_OK;
    const double factor = alone->public.learned / alone->public.known;
    assert(factor >= 0 && isfinite(factor));
    cost->time_ms *= factor;
    cost->low_ms *= factor;
    cost->high_ms *= factor;
    return HAX_OK;
}

static hax_status correct_instance(const applying *applying, int index, const shifts *shifts,
                                   hax_instance_spec *instance, hax_error *err)
{
    const size_t units = (size_t) applying->problem->unit_count;
    hax_group_spec *groups =
        hax_arena_alloc(applying->arena, (size_t) instance->group_count, sizeof *groups);
    if (!groups)
        return hax_fail_memory(err, "a problem");
    for (int g = 0; g < instance->group_count; g++) {
        hax_cost *costs = hax_arena_alloc(applying->arena, units, sizeof *costs);
        if (!costs)
            return hax_fail_memory(err, "a problem");
        groups[g] = instance->groups[g];
        memcpy(costs, groups[g].on, units * sizeof *costs);
        for (size_t u = 0; u < units; u++)
            HAX_TRY(correct_cost(applying, index, g, (int) u, shifts, &costs[u], err));
        groups[g].on = costs;
    }
    instance->groups = groups;
    return HAX_OK;
}

static hax_status apply(applying *applying, const hax_problem **corrected, hax_error *err)
{
    const hax_problem *problem = applying->problem;
    hax_problem copy = *problem;
    hax_instance_spec *instances =
        hax_arena_alloc(applying->arena, (size_t) problem->instance_count, sizeof *instances);
    shifts *shifts = hax_arena_alloc(applying->arena, 1, sizeof *shifts);
    if (!instances || !shifts)
        return hax_fail_memory(err, "a problem");
    match_units(applying);
    for (int from = 0; from < problem->unit_count; from++)
        for (int to = 0; to < problem->unit_count; to++)
            for (int by_kind = 0; by_kind <= 1; by_kind++)
                (by_kind ? shifts->kinds : shifts->classes)[from][to] =
                    shift_ms(applying, from, to, by_kind);
    for (int i = 0; i < problem->instance_count; i++) {
        instances[i] = problem->instances[i];
        HAX_TRY(correct_instance(applying, i, shifts, &instances[i], err));
    }
    copy.instances = instances;
    copy.owner = NULL;
    return hax_problem_copy(&copy, corrected, err);
}

hax_status hax_corrections_apply(const hax_corrections *corrections, const hax_problem *problem,
                                 const hax_problem **corrected, hax_error *err)
{
    applying applying = { .corrections = corrections,
                          .problem = problem,
                          .arena = hax_arena_create() };
    assert(problem->instance_count == corrections->frame->instance_count);
    if (corrections->count == 0) {
        hax_arena_destroy(applying.arena);
        return hax_problem_copy(problem, corrected, err);
    }
    if (!applying.arena)
        return hax_fail_memory(err, "a problem");
    hax_status status = apply(&applying, corrected, err);
    hax_arena_destroy(applying.arena);
    return status;
}
