/*
 * The problem without contention as a formula over booleans (which unit) and reals (starts), made
 * small by Z3. It knows nothing of the library's own search: a second opinion.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "arena.h"
#include "clock.h"
#include "evaluate.h"
#include "haxconn/z3.h"
#include "smt.h"

typedef struct model {
    hax_smt smt;
    hax_arena *arena;
    const hax_problem *problem;
    Z3_ast ***on;   /* [instance][group][unit]; NULL where it may not run */
    Z3_ast **start; /* [instance][group] of its first part */
    Z3_ast **end;   /* [instance][group] of its last part */
    int *offset;    /* [instance] */
} model;

/* ---- variables ------------------------------------------------------------------------------ */

static bool allocate(model *model)
{
    const hax_problem *problem = model->problem;
    size_t count = (size_t) problem->instance_count;
    model->on = hax_arena_alloc(model->arena, count, sizeof *model->on);
    model->start = hax_arena_alloc(model->arena, count, sizeof *model->start);
    model->end = hax_arena_alloc(model->arena, count, sizeof *model->end);
    for (int i = 0; model->on && model->start && model->end && i < problem->instance_count; i++) {
        size_t groups = (size_t) problem->instances[i].group_count;
        model->on[i] = hax_arena_alloc(model->arena, groups, sizeof **model->on);
        model->start[i] = hax_arena_alloc(model->arena, groups, sizeof **model->start);
        model->end[i] = hax_arena_alloc(model->arena, groups, sizeof **model->end);
        if (!model->on[i] || !model->start[i] || !model->end[i])
            return false;
        for (size_t g = 0; g < groups; g++)
            if (!(model->on[i][g] = hax_arena_alloc(model->arena, (size_t) problem->unit_count,
                                                    sizeof ***model->on)))
                return false;
    }
    return model->on && model->start && model->end;
}

/* Exactly one unit. */
static void add_units(model *model, int i, int g)
{
    hax_smt *z = &model->smt;
    Z3_ast any = Z3_mk_false(z->context);
    for (int u = 0; u < model->problem->unit_count; u++) {
        char name[64];
        if (!hax_cost_of(model->problem, i, g, u)->allowed)
            continue;
        snprintf(name, sizeof name, "on_%d_%d_%d", i, g, u);
        model->on[i][g][u] = hax_smt_bool(z, name);
        for (int v = 0; v < u; v++)
            if (model->on[i][g][v])
                hax_smt_assert(
                    z, hax_smt_not(z, hax_smt_and(z, model->on[i][g][u], model->on[i][g][v])));
        any = hax_smt_or(z, any, model->on[i][g][u]);
    }
    hax_smt_assert(z, any);
}

/* No cut before it: where the group before it is. */
static void join(model *model, int i, int g)
{
    hax_smt *z = &model->smt;
    for (int u = 0; u < model->problem->unit_count; u++) {
        Z3_ast here = model->on[i][g][u], before = model->on[i][g - 1][u];
        if (here)
            hax_smt_assert(z, before ? hax_smt_or(z, hax_smt_not(z, here), before)
                                     : hax_smt_not(z, here));
    }
}

/* The group is on `unit` and group `other` is not. */
static Z3_ast apart(model *model, int i, int g, int unit, int other)
{
    hax_smt *z = &model->smt;
    Z3_ast there = model->on[i][other][unit];
    return there ? hax_smt_and(z, model->on[i][g][unit], hax_smt_not(z, there))
                 : model->on[i][g][unit];
}

/* Time of the group with IN and OUT where the unit changes. */
static Z3_ast duration(model *model, int i, int g)
{
    hax_smt *z = &model->smt;
    Z3_ast ms = hax_smt_number(z, 0), zero = hax_smt_number(z, 0);
    for (int u = 0; u < model->problem->unit_count; u++) {
        const hax_cost *cost = hax_cost_of(model->problem, i, g, u);
        if (!cost->allowed)
            continue;
        ms = hax_smt_add(z, ms,
                         hax_smt_if(z, model->on[i][g][u], hax_smt_number(z, cost->time_ms), zero));
        if (g > 0 && cost->in_ms > 0)
            ms = hax_smt_add(
                z, ms,
                hax_smt_if(z, apart(model, i, g, u, g - 1), hax_smt_number(z, cost->in_ms), zero));
        if (g + 1 < model->problem->instances[i].group_count && cost->out_ms > 0)
            ms = hax_smt_add(
                z, ms,
                hax_smt_if(z, apart(model, i, g, u, g + 1), hax_smt_number(z, cost->out_ms), zero));
    }
    return ms;
}

static void add_times(model *model, int i, int g)
{
    hax_smt *z = &model->smt;
    char name[64];
    snprintf(name, sizeof name, "start_%d_%d", i, g);
    model->start[i][g] = hax_smt_real(z, name);
    model->end[i][g] = hax_smt_add(z, model->start[i][g], duration(model, i, g));
    Z3_ast from = g > 0 ? model->end[i][g - 1] : hax_smt_number(z, 0);
    hax_smt_assert(z, hax_smt_at_least(z, model->start[i][g], from));
}

static void add_instances(model *model)
{
    for (int i = 0; i < model->problem->instance_count; i++)
        for (int g = 0; g < model->problem->instances[i].group_count; g++)
            add_units(model, i, g);
    for (int i = 0; i < model->problem->instance_count; i++)
        for (int g = 1; g < model->problem->instances[i].group_count; g++)
            if (model->problem->instances[i].groups[g].joined)
                join(model, i, g);
    for (int i = 0; i < model->problem->instance_count; i++)
        for (int g = 0; g < model->problem->instances[i].group_count; g++)
            add_times(model, i, g);
    for (int i = 0; i < model->problem->instance_count; i++) {
        const hax_instance_spec *spec = &model->problem->instances[i];
        for (int a = 0; a < spec->after_count; a++) {
            int before = spec->after[a];
            int last = model->problem->instances[before].group_count - 1;
            hax_smt_assert(&model->smt, hax_smt_at_least(&model->smt, model->start[i][0],
                                                         model->end[before][last]));
        }
    }
}

/* ---- what may not be ------------------------------------------------------------------------- */

/* The groups are on units that share a resource. */
static Z3_ast collide(model *model, int i, int g, int j, int h)
{
    hax_smt *z = &model->smt;
    Z3_ast any = Z3_mk_false(z->context);
    for (int u = 0; u < model->problem->unit_count; u++)
        for (int v = 0; v < model->problem->unit_count; v++)
            if (model->on[i][g][u] && model->on[j][h][v] &&
                hax_share_resource(model->problem, u, v))
                any = hax_smt_or(z, any, hax_smt_and(z, model->on[i][g][u], model->on[j][h][v]));
    return any;
}

static void keep_apart(model *model, int i, int j)
{
    hax_smt *z = &model->smt;
    for (int g = 0; g < model->problem->instances[i].group_count; g++)
        for (int h = 0; h < model->problem->instances[j].group_count; h++) {
            Z3_ast one = hax_smt_at_least(z, model->start[j][h], model->end[i][g]);
            Z3_ast other = hax_smt_at_least(z, model->start[i][g], model->end[j][h]);
            hax_smt_assert(z, hax_smt_or(z, hax_smt_not(z, collide(model, i, g, j, h)),
                                         hax_smt_or(z, one, other)));
        }
}

static Z3_ast one_if(model *model, Z3_ast condition)
{
    return hax_smt_if(&model->smt, condition, hax_smt_number(&model->smt, 1),
                      hax_smt_number(&model->smt, 0));
}

static void keep_limits(model *model)
{
    hax_smt *z = &model->smt;
    const hax_problem *problem = model->problem;
    Z3_ast pieces[HAX_MAX_UNITS];
    for (int u = 0; u < problem->unit_count; u++)
        pieces[u] = hax_smt_number(z, 0);
    for (int i = 0; i < problem->instance_count; i++) {
        Z3_ast transitions = hax_smt_number(z, 0);
        for (int g = 0; g < problem->instances[i].group_count; g++)
            for (int u = 0; u < problem->unit_count; u++) {
                if (!model->on[i][g][u])
                    continue;
                Z3_ast begins =
                    one_if(model, g > 0 ? apart(model, i, g, u, g - 1) : model->on[i][g][u]);
                pieces[u] = hax_smt_add(z, pieces[u], begins);
                if (g > 0)
                    transitions = hax_smt_add(z, transitions, begins);
            }
        if (problem->max_transitions >= 0)
            hax_smt_assert(
                z, hax_smt_at_least(z, hax_smt_number(z, problem->max_transitions), transitions));
    }
    for (int u = 0; u < problem->unit_count; u++)
        if (problem->units[u].max_pieces >= 0)
            hax_smt_assert(
                z, hax_smt_at_least(z, hax_smt_number(z, problem->units[u].max_pieces), pieces[u]));
}

/* ---- what is made small ---------------------------------------------------------------------- */

static Z3_ast goal(model *model)
{
    hax_smt *z = &model->smt;
    const hax_problem *problem = model->problem;
    Z3_ast sum = hax_smt_number(z, 0), latest = hax_smt_real(z, "latest");
    for (int i = 0; i < problem->instance_count; i++) {
        const hax_instance_spec *spec = &problem->instances[i];
        Z3_ast end = model->end[i][spec->group_count - 1];
        Z3_ast weighted =
            Z3_mk_mul(z->context, 2, (Z3_ast[]){ hax_smt_number(z, spec->weight), end });
        sum = hax_smt_add(z, sum, weighted);
        if (problem->objective == HAX_LATENCY)
            hax_smt_assert(z, hax_smt_at_least(z, latest, end));
        else if (!isinf(spec->deadline_ms))
            hax_smt_assert(
                z, hax_smt_at_least(z, hax_smt_add(z, latest, hax_smt_number(z, spec->deadline_ms)),
                                    end));
    }
    return problem->objective == HAX_SUM ? sum : latest;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static int by_start(const void *a, const void *b)
{
    const hax_placement *x = a, *y = b;
    if (x->start_ms != y->start_ms)
        return x->start_ms < y->start_ms ? -1 : 1;
    return x->instance != y->instance ? x->instance - y->instance : x->group - y->group;
}

static int unit_of(model *model, int i, int g)
{
    for (int u = 0; u < model->problem->unit_count; u++)
        if (model->on[i][g][u] && hax_smt_true(&model->smt, model->on[i][g][u]))
            return u;
    return 0;
}

/* Each as early as order allows: without contention that is never later than Z3's own starts. */
static hax_status read_schedule(model *model, const hax_schedule **schedule, hax_error *err)
{
    int groups = 0, count = 0;
    for (int i = 0; i < model->problem->instance_count; i++)
        groups += model->problem->instances[i].group_count;
    hax_placement *placed = hax_arena_alloc(model->arena, (size_t) groups, sizeof *placed);
    hax_job *jobs = hax_arena_alloc(model->arena, (size_t) groups, sizeof *jobs);
    if (!placed || !jobs)
        return hax_fail_memory(err, "Z3's schedule");
    for (int i = 0; i < model->problem->instance_count; i++)
        for (int g = 0; g < model->problem->instances[i].group_count; g++)
            placed[count++] = (hax_placement){ i, g, unit_of(model, i, g),
                                               hax_smt_value(&model->smt, model->start[i][g]) };
    qsort(placed, (size_t) count, sizeof *placed, by_start);
    for (int p = 0; p < count; p++)
        jobs[p] = (hax_job){ .unit = placed[p].unit,
                             .instance = placed[p].instance,
                             .group = placed[p].group,
                             .after = -1 };
    return hax_schedule_evaluate(model->problem, "z3", count, jobs, schedule, err);
}

static hax_status solve(model *model, const hax_schedule **schedule, double *value, hax_error *err)
{
    if (!allocate(model))
        return hax_fail_memory(err, "Z3's formula");
    add_instances(model);
    for (int i = 0; i < model->problem->instance_count; i++)
        for (int j = 0; j < i; j++)
            keep_apart(model, i, j);
    keep_limits(model);
    Z3_ast wanted = goal(model);
    switch (hax_smt_minimise(&model->smt, wanted)) {
    case SMT_NONE: return hax_fail(err, HAX_INFEASIBLE, "Z3: no schedule keeps the constraints");
    case SMT_GAVE_UP: return hax_fail(err, HAX_LIMIT, "Z3 gave up, or its time was over");
    case SMT_SOLVED: break;
    }
    *value = hax_smt_value(&model->smt, wanted);
    return read_schedule(model, schedule, err);
}

hax_status hax_z3_solve(const hax_problem *problem, double time_limit_s,
                        const hax_schedule **schedule, double *value, hax_error *err)
{
    model context = { .problem = problem, .arena = hax_arena_create() };
    if (!context.arena)
        return hax_fail_memory(err, "Z3's formula");
    if (problem->objective == HAX_THROUGHPUT) {
        hax_arena_destroy(context.arena);
        return hax_fail(err, HAX_USAGE, "Z3 is given linear objectives only: not throughput");
    }
    hax_smt_open(&context.smt, time_limit_s);
    hax_status status = solve(&context, schedule, value, err);
    hax_smt_close(&context.smt);
    hax_arena_destroy(context.arena);
    return status;
}
