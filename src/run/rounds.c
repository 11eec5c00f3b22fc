#include "rounds.h"

#include <stdlib.h>

#include "clock.h"
#include "random.h"
#include "steal.h"

/* Hand-overs are a small part of every prediction: they are measured in fewer rounds. */
enum { CROSSING_EVERY = 3 };

static int pass_count(const rounds *all)
{
    return all->passes ? hax_passes_count(all->passes) : 0;
}

/* Unit of the last group of every instance: where its outputs are. */
static void last_units(const row *of, int *units)
{
    for (int j = 0; j < of->plan.job_count; j++)
        if (of->jobs[j].part == HAX_PART_RUN)
            units[of->jobs[j].instance] = of->jobs[j].unit; /* groups stand in their order */
}

/* What a round came to. */
typedef struct outturn {
    double ms;    /* barrier to last end */
    double value; /* the objective */
} outturn;

/* `finish_ms` has room for every instance. */
static outturn judge_round(const rounds *all, const row *which, const hax_stamp *stamps,
                           double *finish_ms)
{
    outturn made = { 0 };
    for (int j = 0; j < which->plan.job_count; j++) {
        double end_ms = (double) stamps[j].end_ns * 1e-6;
        double *finish = &finish_ms[which->jobs[j].instance];
        *finish = end_ms > *finish ? end_ms : *finish;
        made.ms = end_ms > made.ms ? end_ms : made.ms;
    }
    made.value = hax_objective_value(all->problem, finish_ms);
    return made;
}

static hax_status execute_row(rounds *all, row *which, outturn *made, hax_error *err)
{
    hax_stamp *stamps = calloc((size_t) which->plan.job_count, sizeof *stamps);
    double *finish_ms = calloc((size_t) all->instance_count, sizeof *finish_ms);
    hax_status status = stamps && finish_ms
                            ? hax_session_execute(all->session, &which->plan, stamps, err)
                            : hax_fail_memory(err, "a round");
    if (status == HAX_OK)
        *made = judge_round(all, which, stamps, finish_ms);
    free(stamps);
    free(finish_ms);
    return status;
}

static bool append(double **list, int count, double value)
{
    double *grown = realloc(*list, (size_t) (count + 1) * sizeof *grown);
    if (!grown)
        return false;
    *list = grown;
    grown[count] = value;
    return true;
}

static hax_status keep_time(row *which, int counted, const outturn *made, hax_error *err)
{
    return append(&which->round_ms, counted, made->ms) &&
                   append(&which->value, counted, made->value)
               ? HAX_OK
               : hax_fail_memory(err, "the times of a row");
}

/* The row whose outputs the others are compared with: all on one unit. */
static row *single_unit_row(rounds *all)
{
    for (int r = 0; r < all->rows->count; r++) {
        const row *one = &all->rows->rows[r];
        bool single = true;
        for (int j = 1; j < one->plan.job_count; j++)
            single = single && one->jobs[j].unit == one->jobs[0].unit;
        if (single && !one->reference)
            return &all->rows->rows[r];
    }
    return &all->rows->rows[0];
}

static hax_status compare_row(rounds *all, row *which, const outputs *kept, bool keep, int *units,
                              hax_error *err)
{
    outturn made;
    HAX_TRY(execute_row(all, which, &made, err));
    last_units(which, units);
    HAX_TRY(outputs_compare(all->session, units, kept, &which->largest_difference, err));
    which->compared = true;
    if (keep)
        return outputs_fetch(all->session, all->instance_count, units, all->plan_outputs, err);
    return HAX_OK;
}

static hax_status compare_with(rounds *all, row *single, int *units, hax_error *err)
{
    outturn made;
    outputs kept = { 0 };
    HAX_TRY(execute_row(all, single, &made, err));
    last_units(single, units);
    hax_status status = outputs_fetch(all->session, all->instance_count, units, &kept, err);
    if (status == HAX_UNAVAILABLE)
        return HAX_OK; /* units that compute nothing: there is nothing to compare */
    for (int r = 0; status == HAX_OK && r < all->rows->count; r++)
        if (all->rows->rows[r].same_as < 0)
            status = compare_row(all, &all->rows->rows[r], &kept, r == 0 && all->plan_outputs,
                                 units, err);
    outputs_free(&kept);
    all->outputs_checked = status == HAX_OK;
    return status;
}

static hax_status warm_up_rows(rounds *all, hax_error *err)
{
    for (int r = 0; r < all->rows->count; r++) {
        outturn made;
        if (all->rows->rows[r].same_as < 0)
            HAX_TRY(execute_row(all, &all->rows->rows[r], &made, err));
    }
    return HAX_OK;
}

/* The first round: warms up, and compares the outputs. */
static hax_status first_round(rounds *all, hax_error *err)
{
    int *units = calloc((size_t) all->instance_count, sizeof *units);
    if (!units)
        return hax_fail_memory(err, "a round");
    if (all->watch && all->watch->report)
        all->watch->report(all->watch->context, &(hax_progress){ "comparing outputs", -1, -1 });
    hax_status status = compare_with(all, single_unit_row(all), units, err);
    free(units);
    if (status == HAX_OK && !all->outputs_checked)
        status = warm_up_rows(all, err);
    for (int p = 0; status == HAX_OK && p < pass_count(all); p++)
        status = hax_passes_warm_up(all->passes, p, all->session, err);
    return status;
}

/* Item of a round: a row that is not another's twin, or a pass. */
static hax_status do_item(rounds *all, int item, hax_error *err)
{
    if (item >= all->rows->count) {
        int pass = item - all->rows->count;
        bool due = !hax_passes_crossing(all->passes, pass) || all->counted % CROSSING_EVERY == 0;
        return due ? hax_passes_run(all->passes, pass, all->session, err) : HAX_OK;
    }
    row *which = &all->rows->rows[item];
    outturn made;
    if (which->same_as >= 0)
        return HAX_OK;
    HAX_TRY(execute_row(all, which, &made, err));
    return keep_time(which, all->counted, &made, err);
}

/* Passes of one network stay close together in time (profile/measure.c says why). */
static int kin_of(const rounds *all, int item)
{
    int rows = all->rows->count;
    return item < rows ? item : rows + hax_passes_network(all->passes, item - rows);
}

static double progress_of(const rounds *all, double elapsed_s)
{
    double by_count = (all->counted + all->share) / all->least;
    double by_time = all->seconds > 0 ? elapsed_s / all->seconds : 1;
    return by_count < by_time ? by_count : by_time;
}

static void report(const rounds *all)
{
    if (!all->watch || !all->watch->report)
        return;
    double elapsed_s = hax_ms_between(all->start_ns, hax_clock_ns()) * 1e-3;
    double done = progress_of(all, elapsed_s);
    double left_s = done > 0 && done < 1 ? elapsed_s / done - elapsed_s : -1;
    all->watch->report(all->watch->context,
                       &(hax_progress){ "running the plan and its rivals in turns", done, left_s });
}

/* One round, its items in an order of its own. */
static hax_status one_round(rounds *all, int *order, const int *kin, int count, hax_error *err)
{
    hax_random random = hax_random_fork(0, (uint64_t) (all->counted + all->repeated));
    hax_random_shuffle_kin(&random, order, count, kin);
    if (all->simulation)
        simulation_draw(all->simulation, all->counted);
    for (int i = 0; i < count; i++) {
        all->share = (double) i / count;
        report(all);
        HAX_TRY(do_item(all, order[i], err));
    }
    all->share = 0;
    return HAX_OK;
}

/* Counts the round, or forgets its times: the next one overwrites them. */
static void settle_round(rounds *all, bool disturbed)
{
    if (disturbed && all->repeated < all->least) {
        if (all->passes)
            hax_passes_forget(all->passes);
        all->repeated++;
        return;
    }
    all->counted++;
    all->disturbed += disturbed;
}

static hax_status take_turn(rounds *all, int *order, const int *kin, int count, hax_error *err)
{
    HAX_TRY(hax_turns_begin(&all->turns, all->watch, err));
    double stolen_ms = hax_steal_ms();
    uint64_t start_ns = hax_clock_ns();
    if (all->passes)
        hax_passes_mark(all->passes);
    hax_status status = one_round(all, order, kin, count, err);
    double took_ms = hax_ms_between(start_ns, hax_clock_ns());
    stolen_ms = hax_steal_ms() - stolen_ms;
    hax_turns_end(&all->turns);
    if (status == HAX_OK)
        settle_round(all,
                     !all->platform->simulated &&
                         hax_steal_disturbs(stolen_ms, took_ms, all->platform->fingerprint.cores));
    return status;
}

static hax_status count_rounds(rounds *all, int *order, const int *kin, int count, hax_error *err)
{
    all->start_ns = hax_clock_ns();
    for (;;) {
        double elapsed_s = hax_ms_between(all->start_ns, hax_clock_ns()) * 1e-3;
        if (all->counted > 0 && progress_of(all, elapsed_s) >= 1)
            return HAX_OK;
        HAX_TRY(take_turn(all, order, kin, count, err));
    }
}

hax_status rounds_run(rounds *all, hax_error *err)
{
    int count = all->rows->count + pass_count(all);
    int *order = calloc(2 * (size_t) count, sizeof *order), *kin = order + count;
    if (!order)
        return hax_fail_memory(err, "a round");
    for (int i = 0; i < count; i++) {
        order[i] = i;
        kin[i] = kin_of(all, i);
    }
    all->counted = all->repeated = all->disturbed = 0;
    all->outputs_checked = false;
    hax_status status = first_round(all, err);
    if (status == HAX_OK)
        status = count_rounds(all, order, kin, count, err);
    free(order);
    return status;
}
