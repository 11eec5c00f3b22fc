#include "refine.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "outcome.h"
#include "row_times.h"
#include "statistics.h"

/* A plan has to promise so much more than what was measured to be worth rounds of its own: no time
 * is known better than that. */
static const double worth = 1e-3;

/* ---- what rounds teach ----------------------------------------------------------------------- */

/* Rows that were executed, on units that are planned on, with a schedule. */
static bool teaches(const hax_run_row *row)
{
    return row->same_as < 0 && !row->reference && row->schedule;
}

static hax_status time_row(const hax_run_rounds *rounds, const hax_run_row *row,
                           const hax_problem *problem, hax_arena *arena, hax_timeline *timeline,
                           hax_error *err)
{
    const hax_schedule *predicted = NULL;
    HAX_TRY(hax_schedule_evaluate(problem, row->name, row->schedule->job_count, row->schedule->jobs,
                                  &predicted, err));
    const hax_timeline_from from = { .platform = rounds->platform,
                                     .problem = problem,
                                     .row = row,
                                     .timed = row,
                                     .schedule = predicted,
                                     .rounds = rounds->counts.counted };
    hax_status status = hax_timeline_make(&from, arena, timeline, err);
    hax_schedule_destroy(predicted);
    return status;
}

static hax_status learn_from(hax_corrections *corrections, const hax_run_rounds *rounds,
                             hax_lesson *lesson, hax_arena *arena, int *news, hax_error *err)
{
    hax_timeline *timelines =
        hax_arena_alloc(arena, (size_t) rounds->rows->count, sizeof *timelines);
    if (!timelines)
        return hax_fail_memory(err, "what rounds teach");
    for (int r = 0; r < rounds->rows->count; r++)
        if (teaches(&rounds->rows->rows[r]))
            HAX_TRY(time_row(rounds, &rounds->rows->rows[r], lesson->corrected, arena,
                             &timelines[lesson->row_count++], err));
    lesson->timelines = timelines;
    return hax_corrections_learn(corrections, lesson, news, err);
}

hax_status hax_refine_learn(hax_corrections *corrections, const hax_run_rounds *rounds,
                            const hax_profile *profile, const hax_problem *problem, int *news,
                            hax_error *err)
{
    hax_lesson lesson = { .profile = profile, .problem = problem };
    hax_arena *arena = hax_arena_create();
    if (!arena)
        return hax_fail_memory(err, "what rounds teach");
    hax_status status = hax_corrections_apply(corrections, problem, &lesson.corrected, err);
    if (status == HAX_OK)
        status = learn_from(corrections, rounds, &lesson, arena, news, err);
    hax_problem_destroy(lesson.corrected);
    hax_arena_destroy(arena);
    return status;
}

/* ---- plans among the rows ---------------------------------------------------------------------
 */

static hax_status median_of(const hax_run_rounds *rounds, int row, double *median, hax_error *err)
{
    const hax_run_rows *list = rounds->rows;
    const size_t count = (size_t) rounds->counts.counted;
    double *copy = malloc((count + 1) * sizeof *copy);
    if (!copy)
        return hax_fail_memory(err, "a median");
    memcpy(copy, list->rows[hax_run_row_timed(list, row)].value, count * sizeof *copy);
    *median = hax_summarise(copy, count).median;
    free(copy);
    return HAX_OK;
}

/* The row with the best median, of our plans or of all that the plan may be. */
static hax_status find_best(const hax_run_rounds *rounds, bool plans_only, int *best,
                            double *best_value, hax_error *err)
{
    const hax_run_rows *list = rounds->rows;
    *best = -1;
    for (int r = 0; r < list->count; r++) {
        double value;
        if (list->rows[r].reference || !list->rows[r].schedule ||
            (plans_only && list->rows[r].plan_number == 0))
            continue;
        HAX_TRY(median_of(rounds, r, &value, err));
        if (*best >= 0 && !hax_objective_better(rounds->problem->objective, value, *best_value))
            continue;
        *best = r;
        *best_value = value;
    }
    assert(*best >= 0);
    return HAX_OK;
}

/* Promises a schedule more than what was measured? */
static bool promises(const hax_run_rounds *rounds, const hax_schedule *solved, double measured)
{
    const hax_objective objective = rounds->problem->objective;
    const double least = worth * fabs(measured);
    const double asked = objective == HAX_THROUGHPUT ? measured + least : measured - least;
    return hax_objective_better(objective, solved->value, asked);
}

/* A schedule as a row's, on its own. */
static hax_status copy_schedule(const hax_problem *problem, const hax_schedule *schedule,
                                const hax_schedule **copy, hax_error *err)
{
    return hax_schedule_evaluate(problem, schedule->name, schedule->job_count, schedule->jobs, copy,
                                 err);
}

/* The plan is what is executed anyway, as the search has found nothing that promises more. */
static hax_status adopt(hax_run_rounds *rounds, const hax_problem *corrected, int row,
                        const hax_schedule *solved, hax_refined *refined, hax_error *err)
{
    const hax_schedule *plain = rounds->rows->rows[row].schedule;
    assert(plain && rounds->rows->rows[row].plan_number == 0);
    const hax_schedule *answer = NULL, *copy = NULL;
    int added = -1;
    hax_status status = hax_schedule_improve(corrected, solved, plain, &answer, err);
    if (status == HAX_OK)
        status = copy_schedule(corrected, plain, &copy, err);
    if (status != HAX_OK) {
        hax_schedule_destroy(answer);
        return status;
    }
    HAX_TRY(hax_run_rows_add_plan(rounds->rows, rounds->platform, corrected, copy, answer, &added,
                                  err));
    *refined = added >= 0 ? HAX_REFINED_KNOWN : HAX_REFINED_NOTHING;
    return HAX_OK;
}

/* Takes over `solved`. */
static hax_status add(hax_run_rounds *rounds, const hax_problem *corrected,
                      const hax_schedule *solved, hax_refined *refined, hax_error *err)
{
    const hax_schedule *copy = NULL;
    int added = -1;
    hax_status status = copy_schedule(corrected, solved, &copy, err);
    if (status != HAX_OK) {
        hax_schedule_destroy(solved);
        return status;
    }
    HAX_TRY(hax_run_rows_add_plan(rounds->rows, rounds->platform, corrected, copy, solved, &added,
                                  err));
    *refined = added < 0                                ? HAX_REFINED_NOTHING
               : rounds->rows->rows[added].same_as >= 0 ? HAX_REFINED_KNOWN
                                                        : HAX_REFINED_JOINED;
    return *refined == HAX_REFINED_JOINED ? hax_run_rounds_join(rounds, added, err) : HAX_OK;
}

hax_status hax_refine_join(hax_run_rounds *rounds, const hax_problem *corrected,
                           const hax_schedule *solved, hax_refined *refined, hax_error *err)
{
    int best;
    double measured;
    *refined = HAX_REFINED_NOTHING;
    hax_status status = find_best(rounds, false, &best, &measured, err);
    if (status == HAX_OK && promises(rounds, solved, measured))
        return add(rounds, corrected, solved, refined, err);
    if (status == HAX_OK && rounds->rows->rows[best].plan_number == 0)
        status = adopt(rounds, corrected, best, solved, refined, err);
    hax_schedule_destroy(solved);
    return status;
}

/* Is `value` as good as the best, as far as rounds can tell? */
static bool ties(const hax_run_rounds *rounds, double value, double best)
{
    const hax_objective objective = rounds->problem->objective;
    const double worse = objective == HAX_THROUGHPUT ? best - value : value - best;
    return worse <= HAX_RUN_TIE * fabs(best);
}

hax_status hax_refine_settle(hax_run_rounds *rounds, hax_error *err)
{
    const hax_run_rows *list = rounds->rows;
    double best_value;
    int best;
    HAX_TRY(find_best(rounds, true, &best, &best_value, err));
    for (int r = 0; r < list->count; r++) {
        double value;
        if (list->rows[r].plan_number == 0)
            continue;
        HAX_TRY(median_of(rounds, r, &value, err));
        if (ties(rounds, value, best_value) &&
            hax_schedule_changes(rounds->problem, list->rows[r].schedule) <
                hax_schedule_changes(rounds->problem, list->rows[best].schedule))
            best = r;
    }
    assert(rounds->counts.counted > 0);
    hax_run_rows_promote(rounds->rows, best);
    return best != 0 ? hax_run_rounds_fetch(rounds, err) : HAX_OK;
}
