#include "rounds.h"

#include <stdlib.h>

#include "clock.h"
#include "random.h"
#include "steal.h"

/* Hand-overs are a small part of every prediction: they are measured in fewer rounds. */
enum { CROSSING_EVERY = 3 };

static int pass_count(const hax_run_rounds *run_rounds)
{
    return run_rounds->passes ? hax_passes_count(run_rounds->passes) : 0;
}

/* Unit of the last group of every instance: where its outputs are. */
static void last_units(const hax_run_row *run_row, int *units)
{
    for (int j = 0; j < run_row->plan.job_count; j++)
        if (run_row->jobs[j].part == HAX_PART_RUN)
            units[run_row->jobs[j].instance] =
                run_row->jobs[j].unit; /* groups stand in their order */
}

/* What a round came to. */
typedef struct round_result {
    double ms;    /* barrier to last end */
    double value; /* the objective */
} round_result;

/* `finish_ms` has room for every instance. */
static round_result judge_round(const hax_run_rounds *run_rounds, const hax_run_row *which,
                                const hax_stamp *stamps, double *finish_ms)
{
    round_result outturn = { 0 };
    for (int j = 0; j < which->plan.job_count; j++) {
        double end_ms = (double) stamps[j].end_ns * 1e-6;
        double *finish = &finish_ms[which->jobs[j].instance];
        *finish = end_ms > *finish ? end_ms : *finish;
        outturn.ms = end_ms > outturn.ms ? end_ms : outturn.ms;
    }
    outturn.value = hax_objective_value(run_rounds->problem, finish_ms);
    return outturn;
}

static hax_status execute_row(hax_run_rounds *run_rounds, hax_run_row *which, round_result *outturn,
                              hax_error *err)
{
    hax_stamp *stamps = calloc((size_t) which->plan.job_count, sizeof *stamps);
    double *finish_ms = calloc((size_t) run_rounds->instance_count, sizeof *finish_ms);
    hax_status status = stamps && finish_ms
                            ? hax_session_execute(run_rounds->session, &which->plan, stamps, err)
                            : hax_fail_memory(err, "a round");
    if (status == HAX_OK)
        *outturn = judge_round(run_rounds, which, stamps, finish_ms);
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

static hax_status keep_time(hax_run_row *which, int counted, const round_result *outturn,
                            hax_error *err)
{
    return append(&which->round_ms, counted, outturn->ms) &&
                   append(&which->value, counted, outturn->value)
               ? HAX_OK
               : hax_fail_memory(err, "the times of a row");
}

/* The row whose outputs the others are compared with: all on one unit. */
static hax_run_row *single_unit_row(hax_run_rounds *run_rounds)
{
    for (int r = 0; r < run_rounds->rows->count; r++) {
        const hax_run_row *one = &run_rounds->rows->rows[r];
        bool single = true;
        for (int j = 1; j < one->plan.job_count; j++)
            single = single && one->jobs[j].unit == one->jobs[0].unit;
        if (single && !one->reference)
            return &run_rounds->rows->rows[r];
    }
    return &run_rounds->rows->rows[0];
}

static hax_status compare_row(hax_run_rounds *run_rounds, hax_run_row *which,
                              const hax_run_outputs *kept, bool keep, int *units, hax_error *err)
{
    round_result outturn;
    HAX_TRY(execute_row(run_rounds, which, &outturn, err));
    last_units(which, units);
    HAX_TRY(
        hax_run_outputs_compare(run_rounds->session, units, kept, &which->largest_difference, err));
    which->compared = true;
    if (keep)
        return hax_run_outputs_fetch(run_rounds->session, run_rounds->instance_count, units,
                                     run_rounds->plan_outputs, err);
    return HAX_OK;
}

static hax_status compare_with(hax_run_rounds *run_rounds, hax_run_row *single, int *units,
                               hax_error *err)
{
    round_result outturn;
    hax_run_outputs kept = { 0 };
    HAX_TRY(execute_row(run_rounds, single, &outturn, err));
    last_units(single, units);
    hax_status status =
        hax_run_outputs_fetch(run_rounds->session, run_rounds->instance_count, units, &kept, err);
    if (status == HAX_UNAVAILABLE)
        return HAX_OK; /* units that compute nothing: there is nothing to compare */
    for (int r = 0; status == HAX_OK && r < run_rounds->rows->count; r++)
        if (run_rounds->rows->rows[r].same_as < 0)
            status = compare_row(run_rounds, &run_rounds->rows->rows[r], &kept,
                                 r == 0 && run_rounds->plan_outputs, units, err);
    hax_run_outputs_free(&kept);
    run_rounds->outputs_checked = status == HAX_OK;
    return status;
}

static hax_status warm_up_rows(hax_run_rounds *run_rounds, hax_error *err)
{
    for (int r = 0; r < run_rounds->rows->count; r++) {
        round_result outturn;
        if (run_rounds->rows->rows[r].same_as < 0)
            HAX_TRY(execute_row(run_rounds, &run_rounds->rows->rows[r], &outturn, err));
    }
    return HAX_OK;
}

/* The first round: warms up, and compares the outputs. */
static hax_status first_round(hax_run_rounds *run_rounds, hax_error *err)
{
    int *units = calloc((size_t) run_rounds->instance_count, sizeof *units);
    if (!units)
        return hax_fail_memory(err, "a round");
    if (run_rounds->watch && run_rounds->watch->report)
        run_rounds->watch->report(run_rounds->watch->context,
                                  &(hax_progress){ "comparing outputs", -1, -1 });
    hax_status status = compare_with(run_rounds, single_unit_row(run_rounds), units, err);
    free(units);
    if (status == HAX_OK && !run_rounds->outputs_checked)
        status = warm_up_rows(run_rounds, err);
    for (int p = 0; status == HAX_OK && p < pass_count(run_rounds); p++)
        status = hax_passes_warm_up(run_rounds->passes, p, run_rounds->session, err);
    return status;
}

/* Item of a round: a row that is not another's twin, or a pass. */
static hax_status do_item(hax_run_rounds *run_rounds, int item, hax_error *err)
{
    if (item >= run_rounds->rows->count) {
        int pass = item - run_rounds->rows->count;
        bool due = !hax_passes_crossing(run_rounds->passes, pass) ||
                   run_rounds->counted % CROSSING_EVERY == 0;
        return due ? hax_passes_run(run_rounds->passes, pass, run_rounds->session, err) : HAX_OK;
    }
    hax_run_row *which = &run_rounds->rows->rows[item];
    round_result outturn;
    if (which->same_as >= 0)
        return HAX_OK;
    HAX_TRY(execute_row(run_rounds, which, &outturn, err));
    return keep_time(which, run_rounds->counted, &outturn, err);
}

/* Passes of one network stay close together in time (profile/measure.c says why). */
static int kin_of(const hax_run_rounds *run_rounds, int item)
{
    int rows = run_rounds->rows->count;
    return item < rows ? item : rows + hax_passes_network(run_rounds->passes, item - rows);
}

static double progress_of(const hax_run_rounds *run_rounds, double elapsed_s)
{
    double by_count = (run_rounds->counted + run_rounds->share) / run_rounds->least;
    double by_time = run_rounds->seconds > 0 ? elapsed_s / run_rounds->seconds : 1;
    return by_count < by_time ? by_count : by_time;
}

static void report(const hax_run_rounds *run_rounds)
{
    if (!run_rounds->watch || !run_rounds->watch->report)
        return;
    double elapsed_s = hax_ms_between(run_rounds->start_ns, hax_clock_ns()) * 1e-3;
    double done = progress_of(run_rounds, elapsed_s);
    double left_s = done > 0 && done < 1 ? elapsed_s / done - elapsed_s : -1;
    run_rounds->watch->report(
        run_rounds->watch->context,
        &(hax_progress){ "running the plan and its rivals in turns", done, left_s });
}

/* One round, its items in an order of its own. */
static hax_status one_round(hax_run_rounds *run_rounds, int *order, const int *block, int count,
                            hax_error *err)
{
    hax_random random = hax_random_fork(0, (uint64_t) (run_rounds->counted + run_rounds->repeated));
    hax_random_shuffle_blocks(&random, order, count, block);
    if (run_rounds->simulation)
        hax_simulation_draw(run_rounds->simulation, run_rounds->counted);
    for (int i = 0; i < count; i++) {
        run_rounds->share = (double) i / count;
        report(run_rounds);
        HAX_TRY(do_item(run_rounds, order[i], err));
    }
    run_rounds->share = 0;
    return HAX_OK;
}

/* Counts the round, or forgets its times: the next one overwrites them. */
static void settle_round(hax_run_rounds *run_rounds, bool disturbed)
{
    if (disturbed && run_rounds->repeated < run_rounds->least) {
        if (run_rounds->passes)
            hax_passes_forget(run_rounds->passes);
        run_rounds->repeated++;
        return;
    }
    run_rounds->counted++;
    run_rounds->disturbed += disturbed;
}

static hax_status take_turn(hax_run_rounds *run_rounds, int *order, const int *block, int count,
                            hax_error *err)
{
    HAX_TRY(hax_turns_begin(&run_rounds->turns, run_rounds->watch, err));
    double stolen_ms = hax_steal_ms();
    uint64_t start_ns = hax_clock_ns();
    if (run_rounds->passes)
        hax_passes_mark(run_rounds->passes);
    hax_status status = one_round(run_rounds, order, block, count, err);
    double took_ms = hax_ms_between(start_ns, hax_clock_ns());
    stolen_ms = hax_steal_ms() - stolen_ms;
    hax_turns_end(&run_rounds->turns);
    if (status == HAX_OK)
        settle_round(run_rounds, !run_rounds->platform->simulated &&
                                     hax_steal_disturbs(stolen_ms, took_ms,
                                                        run_rounds->platform->fingerprint.cores));
    return status;
}

static hax_status count_rounds(hax_run_rounds *run_rounds, int *order, const int *block, int count,
                               hax_error *err)
{
    run_rounds->start_ns = hax_clock_ns();
    for (;;) {
        double elapsed_s = hax_ms_between(run_rounds->start_ns, hax_clock_ns()) * 1e-3;
        if (run_rounds->counted > 0 && progress_of(run_rounds, elapsed_s) >= 1)
            return HAX_OK;
        HAX_TRY(take_turn(run_rounds, order, block, count, err));
    }
}

hax_status hax_run_rounds_execute(hax_run_rounds *run_rounds, hax_error *err)
{
    int count = run_rounds->rows->count + pass_count(run_rounds);
    int *order = calloc(2 * (size_t) count, sizeof *order), *block = order + count;
    if (!order)
        return hax_fail_memory(err, "a round");
    for (int i = 0; i < count; i++) {
        order[i] = i;
        block[i] = kin_of(run_rounds, i);
    }
    run_rounds->counted = run_rounds->repeated = run_rounds->disturbed = 0;
    run_rounds->outputs_checked = false;
    hax_status status = first_round(run_rounds, err);
    if (status == HAX_OK)
        status = count_rounds(run_rounds, order, block, count, err);
    free(order);
    return status;
}
