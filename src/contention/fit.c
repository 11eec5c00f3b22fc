/* Both forms of a slowdown function from one table, judged cell by cell. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "regions.h"
#include "statistics.h"
#include "table.h"

static const double slowdown_most = 1000; /* of hax_slowdown_value */
static const double repair_shown = 0.01;  /* smaller repairs are noise */

/* The arena lies behind the fit it belongs to. */
typedef struct owned_fit {
    hax_contention_fit public;
    hax_arena *arena;
} owned_fit;

static double measured(const hax_contention_fit *fit, int i, int j)
{
    return fit->slowdown[i * fit->table.external_count + j];
}

static double predicted(const hax_contention_fit *fit, const hax_slowdown *slowdown, int i, int j)
{
    return hax_slowdown_value(slowdown, fit->table.own_gbps[i], fit->table.external_gbps[j]);
}

/* ---- the table, made monotone -------------------------------------------------------------- */

/* Largest value at smaller demands (sign 1), or smallest at larger ones (sign -1). */
static double envelope(const double *values, int rows, int columns, int i, int j, int sign)
{
    double best = values[i * columns + j];
    int row_end = sign > 0 ? i : rows - 1, column_end = sign > 0 ? j : columns - 1;
    for (int a = sign > 0 ? 0 : i; a <= row_end; a++)
        for (int b = sign > 0 ? 0 : j; b <= column_end; b++)
            best = sign > 0 ? fmax(best, values[a * columns + b])
                            : fmin(best, values[a * columns + b]);
    return best;
}

/* The middle between the two envelopes never falls along either axis, and is the table itself where
 * that is so already. */
static void make_monotone(const double *values, int rows, int columns, double *monotone)
{
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            monotone[i * columns + j] = (envelope(values, rows, columns, i, j, 1) +
                                         envelope(values, rows, columns, i, j, -1)) /
                                        2;
}

static void count_repairs(hax_contention_fit *fit, const double *monotone)
{
    int cells = fit->table.own_count * fit->table.external_count;
    for (int c = 0; c < cells; c++) {
        double change = fabs(monotone[c] - fit->slowdown[c]) / fit->slowdown[c];
        fit->repaired_cells += change > repair_shown;
        fit->repaired_most = fmax(fit->repaired_most, change);
    }
}

static hax_slowdown bilinear_form(const hax_pressure_table *table, const double *values)
{
    return (hax_slowdown){ .kind = HAX_SLOWDOWN_TABLE,
                           .own_count = table->own_count,
                           .external_count = table->external_count,
                           .own_gbps = table->own_gbps,
                           .external_gbps = table->external_gbps,
                           .slowdown = values };
}

/* The table with a row that loses nothing below and one in proportion above. */
static bool extend(hax_arena *arena, hax_contention_fit *fit)
{
    const double factor = 4;
    const hax_slowdown *slowdown = &fit->bilinear.slowdown;
    int rows = slowdown->own_count, columns = slowdown->external_count;
    double *own = hax_arena_alloc(arena, (size_t) rows + 2, sizeof *own);
    double *values = hax_arena_alloc(arena, (size_t) (rows + 2) * (size_t) columns, sizeof *values);
    if (!own || !values)
        return false;
    const double *top = slowdown->slowdown + (rows - 1) * columns;
    own[0] = 0;
    memcpy(own + 1, slowdown->own_gbps, (size_t) rows * sizeof *own);
    own[rows + 1] = factor * slowdown->own_gbps[rows - 1];
    memcpy(values + columns, slowdown->slowdown, (size_t) (rows * columns) * sizeof *values);
    for (int j = 0; j < columns; j++) {
        values[j] = 1;
        values[(rows + 1) * columns + j] = fmin(1 + factor * (top[j] - 1), slowdown_most);
    }
    fit->extended = *slowdown;
    fit->extended.own_count = rows + 2;
    fit->extended.own_gbps = own;
    fit->extended.slowdown = values;
    return true;
}

/* ---- errors ---------------------------------------------------------------------------------- */

static hax_fit_error summarise(double *errors, int count)
{
    if (count == 0)
        return (hax_fit_error){ NAN, NAN, NAN };
    hax_summary summary = hax_summarise(errors, (size_t) count);
    return (hax_fit_error){ summary.median, summary.p95, summary.max };
}

static void judge(const hax_contention_fit *fit, hax_fit_form *form, double *residual,
                  double *errors)
{
    int cells = 0;
    for (int i = 0; i < fit->table.own_count; i++) {
        for (int j = 0; j < fit->table.external_count; j++) {
            residual[cells] = predicted(fit, &form->slowdown, i, j) - measured(fit, i, j);
            errors[cells] = fabs(residual[cells]) / measured(fit, i, j);
            cells++;
        }
    }
    form->residual = residual;
    form->error = summarise(errors, cells);
}

/* The table without row `out`. */
static hax_slowdown without_row(const hax_contention_fit *fit, const double *values, int out,
                                double *own, double *rows)
{
    int columns = fit->table.external_count, count = 0;
    for (int i = 0; i < fit->table.own_count; i++) {
        if (i == out)
            continue;
        own[count] = fit->table.own_gbps[i];
        memcpy(rows + count * columns, values + i * columns, (size_t) columns * sizeof *rows);
        count++;
    }
    hax_pressure_table left = fit->table;
    left.own_count = count;
    left.own_gbps = own;
    return bilinear_form(&left, rows);
}

/* Errors of row `out` of a form that has not seen it; the new count. */
static int judge_row(const hax_contention_fit *fit, const hax_slowdown *slowdown, int out,
                     double *errors, int count)
{
    for (int j = 0; j < fit->table.external_count; j++)
        errors[count++] =
            fabs(predicted(fit, slowdown, out, j) - measured(fit, out, j)) / measured(fit, out, j);
    return count;
}

/* Leaves out every kernel between the first and the last: beyond those nothing can be said. */
static void leave_out(hax_contention_fit *fit, double *errors, double *own, double *rows,
                      bool *used)
{
    int regions = 0, bilinear = 0, kernels = fit->table.own_count;
    double *table_errors = errors + kernels * fit->table.external_count;
    for (int out = 1; out + 1 < kernels; out++) {
        for (int i = 0; i < kernels; i++)
            used[i] = i != out;
        bool minor;
        hax_slowdown pccs = { .kind = HAX_SLOWDOWN_PCCS,
                              .pccs = hax_regions_fit(&fit->table, used, &minor) };
        hax_slowdown left = without_row(fit, fit->bilinear.slowdown.slowdown, out, own, rows);
        regions = judge_row(fit, &pccs, out, errors, regions);
        bilinear = judge_row(fit, &left, out, table_errors, bilinear);
    }
    fit->pccs.left_out = summarise(errors, regions);
    fit->bilinear.left_out = summarise(table_errors, bilinear);
}

/* The regions while they are near what was measured and predict what they have not seen no worse
 * than the table does. A table without one kernel bridges twice the distance that it bridges in
 * use: where it is the better one even so, it is the better one. The reverse proves nothing:
 * regions that predict unseen kernels better and yet miss measured cells were mostly the worse
 * choice on made-up tables with noise of up to 4 %. Without kernels to leave out (NAN) only the
 * nearness counts. */
static hax_slowdown_kind choose(const hax_contention_fit *fit)
{
    bool near = fit->pccs.error.p95 <= fit->error_limit;
    bool beaten = fit->pccs.left_out.p95 > fit->bilinear.left_out.p95;
    return near && !beaten ? HAX_SLOWDOWN_PCCS : HAX_SLOWDOWN_TABLE;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool fit_both(hax_arena *arena, hax_contention_fit *fit)
{
    size_t kernels = (size_t) fit->table.own_count;
    size_t cells = kernels * (size_t) fit->table.external_count;
    double *slowdown = hax_arena_alloc(arena, cells, sizeof *slowdown);
    double *monotone = hax_arena_alloc(arena, cells, sizeof *monotone);
    double *residuals = hax_arena_alloc(arena, 2 * cells, sizeof *residuals);
    double *errors = hax_arena_alloc(arena, 2 * cells, sizeof *errors);
    double *own = hax_arena_alloc(arena, kernels, sizeof *own);
    double *rows = hax_arena_alloc(arena, cells, sizeof *rows);
    bool *used = hax_arena_alloc(arena, kernels, sizeof *used);
    if (!slowdown || !monotone || !residuals || !errors || !own || !rows || !used)
        return false;
    for (int i = 0; i < fit->table.own_count; i++)
        for (int j = 0; j < fit->table.external_count; j++)
            slowdown[i * fit->table.external_count + j] =
                fmin(fmax(100 / hax_table_speed(&fit->table, i, j), 1), slowdown_most);
    fit->slowdown = slowdown;
    make_monotone(slowdown, fit->table.own_count, fit->table.external_count, monotone);
    count_repairs(fit, monotone);
    fit->pccs.slowdown =
        (hax_slowdown){ .kind = HAX_SLOWDOWN_PCCS,
                        .pccs = hax_regions_fit(&fit->table, NULL, &fit->minor_region) };
    fit->bilinear.slowdown = bilinear_form(&fit->table, monotone);
    if (!extend(arena, fit))
        return false;
    judge(fit, &fit->pccs, residuals, errors);
    judge(fit, &fit->bilinear, residuals + cells, errors);
    leave_out(fit, errors, own, rows, used);
    fit->chosen = choose(fit);
    return true;
}

hax_status hax_contention_fit_make(const hax_pressure_table *table, double error_limit,
                                   const hax_contention_fit **fit, hax_error *err)
{
    HAX_TRY(hax_table_check(table, err));
    hax_arena *arena = hax_arena_create();
    owned_fit *owned = arena ? hax_arena_alloc(arena, 1, sizeof *owned) : NULL;
    if (owned) {
        owned->arena = arena;
        owned->public.error_limit = error_limit;
    }
    if (!owned || !hax_table_copy(arena, table, &owned->public.table) ||
        !fit_both(arena, &owned->public)) {
        hax_arena_destroy(arena);
        return hax_fail_memory(err, "a contention fit");
    }
    *fit = &owned->public;
    return HAX_OK;
}

void hax_contention_fit_destroy(const hax_contention_fit *fit)
{
    if (fit)
        hax_arena_destroy(((const owned_fit *) fit)->arena);
}

const hax_slowdown *hax_unit_contention_slowdown(const hax_unit_contention *unit)
{
    if (unit->beside)
        return unit->beside;
    return unit->fit ? hax_contention_fit_slowdown(unit->fit) : NULL;
}

const hax_slowdown *hax_contention_fit_slowdown(const hax_contention_fit *fit)
{
    return fit->chosen == HAX_SLOWDOWN_PCCS ? &fit->pccs.slowdown : &fit->extended;
}
