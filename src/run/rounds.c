#include "rounds.h"

#include <assert.h>
#include <stdlib.h>

#include "exec.h"
#include "watch.h"

/* Hand-overs are a small part of every prediction: they are measured in fewer rounds. */
enum { CROSSING_EVERY = 3 };

static int pass_count(const hax_run_rounds *rounds)
{
    return rounds->passes ? hax_passes_count(rounds->passes) : 0;
}

/* Unit of the last group of every instance: where its outputs are. */
static void last_units(const hax_run_row *row, int *units)
{
    for (int j = 0; j < row->plan.job_count; j++)
        if (row->jobs[j].part == HAX_PART_RUN)
            units[row->jobs[j].instance] = row->jobs[j].unit; /* groups stand in their order */
}

/* What a round came to. */
typedef struct round_result {
    double ms;    /* barrier to last end */
    double value; /* the objective */
} round_result;

/* `finish_ms` has room for every instance. */
static round_result judge_round(const hax_run_rounds *rounds, const hax_run_row *row,
                                const hax_stamp *stamps, double *finish_ms)
{
    for (int j = 0; j < row->plan.job_count; j++) {
        double end_ms = (double) stamps[j].end_ns * 1e-6;
        double *finish = &finish_ms[row->jobs[j].instance];
        *finish = end_ms > *finish ? end_ms : *finish;
        assert(hax_stamp_ms(&stamps[j]) >= 0);
    }
    return (round_result){ .ms = hax_stamps_round_ms(stamps, row->plan.job_count),
                           .value = hax_objective_value(rounds->problem, finish_ms) };
}

/* `stamps` has room for every job of the plan. */
static hax_status stamp_row(hax_run_rounds *rounds, const hax_run_row *row, hax_stamp *stamps,
                            round_result *result, hax_error *err)
{
    assert(row->plan.job_count > 0 && row->same_as < 0);
    double *finish_ms = calloc((size_t) rounds->instance_count, sizeof *finish_ms);
    hax_status status = finish_ms ? hax_session_execute(rounds->session, &row->plan, stamps, err)
                                  : hax_fail_memory(err, "a round");
    if (status == HAX_OK)
        *result = judge_round(rounds, row, stamps, finish_ms);
    free(finish_ms);
    return status;
}

/* A round whose times nobody keeps. */
static hax_status execute_row(hax_run_rounds *rounds, const hax_run_row *row, hax_error *err)
{
    round_result ignored;
    hax_stamp *stamps = calloc((size_t) row->plan.job_count, sizeof *stamps);
    hax_status status =
        stamps ? stamp_row(rounds, row, stamps, &ignored, err) : hax_fail_memory(err, "a round");
    free(stamps);
    return status;
}

/* Room for `count` more than `from` in a list; NULL without memory. */
static void *grow(void *list, size_t from, size_t count, size_t size)
{
    return realloc(list, (from + count) * size);
}

/* Room for the times of a row's next round. */
static hax_status reserve_round(hax_run_row *row, int counted, hax_error *err)
{
    const size_t rounds = (size_t) counted, jobs = (size_t) row->plan.job_count;
    hax_stamp *stamps = grow(row->stamps, rounds * jobs, jobs, sizeof *stamps);
    row->stamps = stamps ? stamps : row->stamps;
    double *round_ms = grow(row->round_ms, rounds, 1, sizeof *round_ms);
    row->round_ms = round_ms ? round_ms : row->round_ms;
    double *value = grow(row->value, rounds, 1, sizeof *value);
    row->value = value ? value : row->value;
    return stamps && round_ms && value ? HAX_OK : hax_fail_memory(err, "the times of a row");
}

/* The times of the round with this number, of which there may be some that does not count. */
static hax_status time_row(hax_run_rounds *rounds, hax_run_row *row, int round, hax_error *err)
{
    round_result result;
    HAX_TRY(reserve_round(row, round, err));
    HAX_TRY(stamp_row(rounds, row, row->stamps + (size_t) round * (size_t) row->plan.job_count,
                      &result, err));
    row->round_ms[round] = result.ms;
    row->value[round] = result.value;
    return HAX_OK;
}

/* The row whose outputs the others are compared with: all on one unit, one after the other. */
static hax_run_row *single_unit_row(hax_run_rounds *rounds)
{
    for (int r = 0; r < rounds->rows->count; r++) {
        const hax_run_row *one = &rounds->rows->rows[r];
        bool single = true;
        for (int j = 1; j < one->plan.job_count; j++)
            single = single && one->jobs[j].unit == one->jobs[0].unit &&
                     one->jobs[j].stream == one->jobs[0].stream;
        if (single && !one->reference)
            return &rounds->rows->rows[r];
    }
    return &rounds->rows->rows[0];
}

static hax_status compare_row(hax_run_rounds *rounds, hax_run_row *row, const hax_run_outputs *kept,
                              bool keep, int *units, hax_error *err)
{
    HAX_TRY(execute_row(rounds, row, err));
    last_units(row, units);
    HAX_TRY(hax_run_outputs_compare(rounds->session, units, kept, &row->largest_difference, err));
    row->compared = true;
    if (keep)
        return hax_run_outputs_fetch(rounds->session, rounds->instance_count, units,
                                     rounds->plan_outputs, err);
    return HAX_OK;
}

/* Rows from `first` on with the row `single`. */
static hax_status compare_with(hax_run_rounds *rounds, hax_run_row *single, int first, int *units,
                               hax_error *err)
{
    hax_run_outputs kept = { 0 };
    HAX_TRY(execute_row(rounds, single, err));
    last_units(single, units);
    hax_status status =
        hax_run_outputs_fetch(rounds->session, rounds->instance_count, units, &kept, err);
    if (status == HAX_UNAVAILABLE)
        return HAX_OK; /* units that compute nothing: there is nothing to compare */
    for (int r = first; status == HAX_OK && r < rounds->rows->count; r++)
        if (rounds->rows->rows[r].same_as < 0)
            status = compare_row(rounds, &rounds->rows->rows[r], &kept,
                                 r == 0 && rounds->plan_outputs, units, err);
    hax_run_outputs_free(&kept);
    rounds->outputs_checked = status == HAX_OK;
    return status;
}

/* The outputs of rows from `first` on, which are warm after it. */
static hax_status compare_outputs(hax_run_rounds *rounds, int first, hax_error *err)
{
    int *units = calloc((size_t) rounds->instance_count, sizeof *units);
    if (!units)
        return hax_fail_memory(err, "a round");
    hax_status status = hax_turns_begin(&rounds->turns, rounds->watch, err);
    if (status == HAX_OK) {
        hax_watch_report(rounds->watch, "comparing outputs", -1, -1);
        status = compare_with(rounds, single_unit_row(rounds), first, units, err);
        hax_turns_end(&rounds->turns);
    }
    free(units);
    return status;
}

static hax_status fetch_first(hax_run_rounds *rounds, int *units, hax_error *err)
{
    hax_run_row *row = &rounds->rows->rows[0];
    HAX_TRY(execute_row(rounds, row, err));
    last_units(row, units);
    hax_run_outputs_free(rounds->plan_outputs);
    return hax_run_outputs_fetch(rounds->session, rounds->instance_count, units,
                                 rounds->plan_outputs, err);
}

hax_status hax_run_rounds_fetch(hax_run_rounds *rounds, hax_error *err)
{
    if (!rounds->plan_outputs || !rounds->outputs_checked)
        return HAX_OK;
    int *units = calloc((size_t) rounds->instance_count, sizeof *units);
    if (!units)
        return hax_fail_memory(err, "a round");
    hax_status status = hax_turns_begin(&rounds->turns, rounds->watch, err);
    if (status == HAX_OK) {
        status = fetch_first(rounds, units, err);
        hax_turns_end(&rounds->turns);
    }
    free(units);
    return status;
}

/* ---- what takes turns: rows, then passes --------------------------------------------------- */

/* Passes of one network stay close together. */
static int block_of(const hax_run_rounds *rounds, int item)
{
    int rows = rounds->rows->count;
    return item < rows ? item : rows + hax_passes_network(rounds->passes, item - rows);
}

static hax_status begin_round(void *context, int round, hax_error *err)
{
    hax_run_rounds *rounds = context;
    HAX_TRY(hax_turns_begin(&rounds->turns, rounds->watch, err));
    if (rounds->simulation && round >= 0)
        hax_simulation_draw(rounds->simulation, round);
    if (rounds->passes)
        hax_passes_mark(rounds->passes);
    return HAX_OK;
}

static void end_round(void *context)
{
    hax_run_rounds *rounds = context;
    hax_turns_end(&rounds->turns);
}

/* The times of the rows are written over by the next round. */
static void discard_round(void *context, int round)
{
    hax_run_rounds *rounds = context;
    (void) round;
    if (rounds->passes)
        hax_passes_forget(rounds->passes);
}

static hax_status warm_up(void *context, int item, hax_error *err)
{
    hax_run_rounds *rounds = context;
    if (item >= rounds->rows->count)
        return hax_passes_warm_up(rounds->passes, item - rounds->rows->count, rounds->session, err);
    hax_run_row *row = &rounds->rows->rows[item];
    assert(row->same_as < item);
    if (row->same_as >= 0 || rounds->outputs_checked)
        return HAX_OK;
    return execute_row(rounds, row, err);
}

static hax_status run_pass(hax_run_rounds *rounds, int pass, int round, hax_error *err)
{
    bool due = !hax_passes_changes_units(rounds->passes, pass) || round % CROSSING_EVERY == 0;
    return due ? hax_passes_run(rounds->passes, pass, rounds->session, err) : HAX_OK;
}

static hax_status run_item(void *context, int item, int round, hax_error *err)
{
    hax_run_rounds *rounds = context;
    if (item >= rounds->rows->count)
        return run_pass(rounds, item - rounds->rows->count, round, err);
    hax_run_row *row = &rounds->rows->rows[item];
    return row->same_as >= 0 ? HAX_OK : time_row(rounds, row, round, err);
}

static hax_status take_turns(hax_run_rounds *rounds, hax_interleave_config *config, hax_error *err)
{
    hax_interleave_counts counts;
    const hax_interleave_calls calls = { .warm_up = rounds->warm ? NULL : warm_up,
                                         .begin = begin_round,
                                         .end = end_round,
                                         .execute = run_item,
                                         .discard = discard_round,
                                         .context = rounds };
    if (config->first_round == 0)
        rounds->counts = (hax_interleave_counts){ 0 };
    hax_status status = hax_interleave(config, &calls, &counts, err);
    rounds->warm = true;
    rounds->counts.counted = config->first_round + counts.counted;
    rounds->counts.repeated += counts.repeated;
    rounds->counts.disturbed += counts.disturbed;
    return status;
}

hax_status hax_run_rounds_take(hax_run_rounds *rounds, int first, int count, double seconds,
                               hax_error *err)
{
    const hax_platform *platform = rounds->platform;
    int items = rounds->rows->count + pass_count(rounds);
    int *block = calloc((size_t) items, sizeof *block);
    assert(first >= 0 && count > 0 && (first == 0 || first == rounds->counts.counted));
    if (!block)
        return hax_fail_memory(err, "a round");
    for (int i = 0; i < items; i++)
        block[i] = block_of(rounds, i);
    hax_interleave_config config = {
        .stage = "running the plan and its rivals in turns",
        .item_count = items,
        .block = block,
        .first_round = first,
        .rounds = count,
        .seconds = seconds,
        .processors = platform->simulated ? 0 : platform->fingerprint.cores,
        .watch = rounds->watch,
    };
    hax_status status = take_turns(rounds, &config, err);
    free(block);
    return status;
}

hax_status hax_run_rounds_begin(hax_run_rounds *rounds, hax_error *err)
{
    rounds->outputs_checked = false;
    return compare_outputs(rounds, 0, err);
}

hax_status hax_run_rounds_join(hax_run_rounds *rounds, int row, hax_error *err)
{
    if (rounds->rows->rows[row].same_as >= 0)
        return HAX_OK;
    return rounds->outputs_checked ? compare_outputs(rounds, row, err)
                                   : execute_row(rounds, &rounds->rows->rows[row], err);
}
