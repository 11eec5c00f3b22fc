/* The whole way, from networks to a verdict. */
#include "haxconn/run.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "costs.h"
#include "driver.h"
#include "feeds.h"
#include "networks.h"
#include "outcome.h"
#include "passes.h"
#include "rounds.h"
#include "statistics.h"

/* A plan may be predicted so much worse than another row, by the times of the rounds, before that
 * is worth a note: cuts that differ by less cannot be told apart. */
static const double stale_share = 0.05;

/* Everything on the way; what the result needs is handed over at the end. */
typedef struct journey {
    const hax_run_config *config;
    hax_profile_network *networks; /* the instances' networks, each once */
    int network_count;
    int *network_of;      /* [instance] */
    int *instance_of;     /* [network]: one that holds it */
    hax_profile *profile; /* planned with: from the store or just taken */
    hax_problem *problem;
    hax_problem *reference; /* NULL: the platform has no reference units */
    hax_schedule *plan;     /* as solved */
    row_list rows;
    hax_session *session;
    hax_passes *passes;
    simulation *simulation; /* of a platform with a data sheet; else NULL */
    hax_session_clock clock;
    rounds rounds;
    hax_session_instance *instances;
    fed_inputs inputs;
    outputs outputs; /* of the plan */
} journey;

/* ---- networks ------------------------------------------------------------------------------- */

static bool same_network(const hax_profile_network *a, const hax_profile_network *b)
{
    return a->model == b->model && a->grouping == b->grouping;
}

static hax_status list_networks(journey *at, hax_error *err)
{
    size_t count = (size_t) at->config->network_count;
    at->networks = calloc(count + 1, sizeof *at->networks);
    at->network_of = calloc(count + 1, sizeof *at->network_of);
    at->instance_of = calloc(count + 1, sizeof *at->instance_of);
    if (!at->networks || !at->network_of || !at->instance_of)
        return hax_fail_memory(err, "a run");
    for (int i = 0; i < at->config->network_count; i++) {
        int known = 0;
        while (known < at->network_count &&
               !same_network(&at->networks[known], &at->config->networks[i]))
            known++;
        if (known == at->network_count) {
            at->networks[at->network_count] = at->config->networks[i];
            at->instance_of[at->network_count++] = i;
        }
        at->network_of[i] = known;
    }
    return HAX_OK;
}

/* ---- profile, problem, plan -------------------------------------------------------------------
 */

static hax_status take_profile(journey *at, hax_error *err)
{
    const hax_run_config *config = at->config;
    hax_profile_config with = {
        .platform = config->platform,
        .network_count = at->network_count,
        .networks = at->networks,
        .rounds = config->rounds,
        .seconds = config->seconds,
        .store_path = config->store_path,
        .contention = !config->ignore_contention,
        .fresh = config->fresh,
        .watch = config->watch,
    };
    return hax_profile_measure(&with, &at->profile, err);
}

static bool has_reference_units(const hax_platform *platform)
{
    for (int u = 0; u < platform->unit_count; u++)
        if (platform->units[u].reference)
            return true;
    return false;
}

/* Problems of a profile, with the planned units and with all of them. */
static hax_status make_problems(const journey *at, const hax_profile *profile,
                                hax_problem **problem, hax_problem **reference, hax_error *err)
{
    const hax_run_config *config = at->config;
    hax_problem_options options = { .objective = config->objective,
                                    .max_transitions = config->max_transitions,
                                    .ignore_contention = config->ignore_contention,
                                    .names = config->names,
                                    .rule_count = config->rule_count,
                                    .rules = config->rules };
    HAX_TRY(hax_profile_problem(profile, config->network_count, at->network_of, &options, problem,
                                err));
    if (!has_reference_units(config->platform))
        return HAX_OK;
    options.with_reference_units = true;
    return hax_profile_problem(profile, config->network_count, at->network_of, &options, reference,
                               err);
}

static hax_status make_plan(journey *at, hax_error *err)
{
    const hax_run_config *config = at->config;
    hax_solve_options options = {
        .time_limit_s = config->solve_time_limit_s,
        .cancel = config->watch ? config->watch->cancel : NULL,
    };
    if (config->schedule)
        return hax_schedule_evaluate(at->problem, "haxconn", config->schedule->job_count,
                                     config->schedule->jobs, &at->plan, err);
    const hax_watch *watch = at->config->watch;
    if (watch && watch->report)
        watch->report(watch->context, &(hax_progress){ "planning", -1, -1 });
    hax_status status = hax_solve(at->problem, &options, &at->plan, err);
    if (status != HAX_OK && !(status == HAX_LIMIT && at->plan))
        return status;
    /* a deadline that is missed, but perhaps need not be, is worth a look at what happens */
    hax_error missed;
    status = hax_deadlines_check(at->problem, at->plan, &missed);
    if (status == HAX_OK || status == HAX_LIMIT)
        return HAX_OK;
    if (err)
        *err = missed;
    return status;
}

/* ---- execution ----------------------------------------------------------------------------------
 */

/* Of the store that the profile has just been kept in, if there is one. */
static checked_kernels recall_checked(const hax_run_config *config)
{
    hax_store *store = NULL;
    bool keeps = config->store_path && !config->platform->simulated;
    if (keeps && hax_store_open(config->store_path, &store, NULL) != HAX_OK)
        store = NULL;
    checked_kernels made = checked_recall(store, config->platform);
    hax_store_close(store);
    return made;
}

static hax_status open_session(journey *at, hax_error *err)
{
    const hax_run_config *config = at->config;
    at->instances = calloc((size_t) config->network_count + 1, sizeof *at->instances);
    if (!at->instances)
        return hax_fail_memory(err, "a session");
    for (int i = 0; i < config->network_count; i++)
        at->instances[i] = (hax_session_instance){
            .name = at->problem->instances[i].name,
            .model = config->networks[i].model,
            .grouping = config->networks[i].grouping,
            .inputs = at->inputs.of[i],
            .after_count = at->problem->instances[i].after_count,
            .after = at->problem->instances[i].after,
        };
    if (at->simulation)
        at->clock = simulation_clock(at->simulation);
    checked_kernels checked = recall_checked(config);
    hax_session_config with = { .platform = config->platform,
                                .instance_count = config->network_count,
                                .instances = at->instances,
                                .checked_count = checked.count,
                                .checked = checked.keys,
                                .input_seed = config->input_seed,
                                .clock = at->simulation ? &at->clock : NULL,
                                .watch = config->watch };
    hax_status status = hax_session_open(&with, &at->session, err);
    checked_free(&checked);
    return status;
}

static hax_status run_rounds(journey *at, hax_error *err)
{
    const hax_run_config *config = at->config;
    enum { DRAWS = 200 };
    bool simulated = config->platform->simulated; /* every round is the same, unless it is drawn */
    at->rounds = (rounds){
        .session = at->session,
        .platform = config->platform,
        .instance_count = config->network_count,
        .problem = at->problem,
        .rows = &at->rows,
        .passes = at->passes,
        .simulation = at->simulation,
        .least = config->rounds > 0 ? config->rounds
                 : at->simulation   ? DRAWS
                 : simulated        ? 1
                                    : 14,
        .seconds = config->seconds >= 0 && !simulated ? config->seconds
                   : simulated                        ? 0
                                                      : 20,
        .plan_outputs = config->keep_outputs ? &at->outputs : NULL,
        .watch = config->watch,
    };
    HAX_TRY(hax_turns_open(config->store_path, &at->rounds.turns, err));
    hax_status status = rounds_run(&at->rounds, err);
    hax_turns_close(&at->rounds.turns);
    return status;
}

/* ---- result -----------------------------------------------------------------------------------
 */

/* The result and what it owns beyond its documents. */
typedef struct owned_result {
    hax_result public;
    hax_arena *arena;
    hax_schedule *schedules[ROW_MAX];
} owned_result;

static double round_ms(const hax_schedule *schedule)
{
    double latest = 0;
    for (int i = 0; i < schedule->instance_count; i++)
        latest = fmax(latest, schedule->finish_ms[i]);
    return latest;
}

static const row *timed_row(const journey *at, int r)
{
    const row *of = &at->rows.rows[r];
    return of->same_as >= 0 ? &at->rows.rows[of->same_as] : of;
}

/* Summarising sorts: of a copy. */
static hax_status summarise(const double *values, int count, hax_summary *summary, hax_error *err)
{
    double *copy = malloc((size_t) count * sizeof *copy);
    if (!copy)
        return hax_fail_memory(err, "a result");
    memcpy(copy, values, (size_t) count * sizeof *copy);
    *summary = hax_summarise(copy, (size_t) count);
    free(copy);
    return HAX_OK;
}

/* A row as predicted from what was measured in its own rounds. */
static hax_status fill_row(const journey *at, owned_result *made, int r, hax_row *out,
                           hax_error *err)
{
    const row *of = &at->rows.rows[r], *timed = timed_row(at, r);
    hax_result *result = &made->public;
    const hax_problem *problem = of->reference ? result->reference_problem : result->problem;
    HAX_TRY(hax_schedule_evaluate(problem, of->name, of->schedule->job_count, of->schedule->jobs,
                                  &made->schedules[r], err));
    *out = (hax_row){
        .name = of->name,
        .same_as = of->same_as,
        .plain = of->plain,
        .reference = of->reference,
        .schedule = made->schedules[r],
        .predicted_ms = round_ms(made->schedules[r]),
        .predicted_value = made->schedules[r]->value,
        .compared = timed->compared,
        .largest_difference = timed->largest_difference,
    };
    HAX_TRY(summarise(timed->round_ms, at->rounds.counted, &out->measured, err));
    HAX_TRY(summarise(timed->value, at->rounds.counted, &out->measured_value, err));
    if (out->predicted_ms > 0)
        out->error_percent = 100 * (out->measured.median - out->predicted_ms) / out->predicted_ms;
    return HAX_OK;
}

/* By how much one value is worse than another, relative to the latter. */
static double behind(hax_objective objective, double value, double better)
{
    double worse = objective == HAX_THROUGHPUT ? better - value : value - better;
    return better != 0 ? worse / fabs(better) : 0;
}

/* The row that is predicted best by the times of these rounds, if the plan, which was made with
 * those of the profile, is behind it by more than they can tell; 0: the plan. */
static int overtaken_by(const hax_result *result)
{
    const hax_objective objective = result->problem->objective;
    int best = 0;
    for (int r = 1; r < result->row_count; r++)
        if (!result->rows[r].reference &&
            hax_objective_better(objective, result->rows[r].predicted_value,
                                 result->rows[best].predicted_value))
            best = r;
    double by =
        behind(objective, result->rows[0].predicted_value, result->rows[best].predicted_value);
    return by > stale_share ? best : 0;
}

static const char *note_of_stale_plan(const owned_result *made, int better)
{
    const hax_row *rows = made->public.rows;
    char text[400];
    snprintf(text, sizeof text,
             "group times have changed since the plan was made: by those of these rounds '%s' "
             "takes %.3g ms and the plan %.3g ms; the machine was disturbed then or now: profile "
             "again (--fresh)",
             rows[better].name, rows[better].predicted_ms, rows[0].predicted_ms);
    return hax_arena_string(made->arena, text);
}

/* Rounds are measured now; the plan and the contention in every prediction may rest on what was
 * measured long ago. False where they do not. */
static bool say_stored(const journey *at, char *text, size_t size)
{
    char words[200];
    bool uses_contention = at->profile && at->profile->contention;
    /* a data sheet's profile has become the result's */
    if (!at->profile || (at->config->schedule && !uses_contention) ||
        !hax_profile_stored_words(at->profile, words, sizeof words))
        return false;
    snprintf(text, size, "%s with figures %s",
             at->config->schedule ? "contention is predicted" : "the plan was made", words);
    return true;
}

static hax_status fill_notes(const journey *at, owned_result *made, hax_error *err)
{
    enum { OWN_NOTES = 2 };
    char stored[300];
    int count = hax_session_note_count(at->session);
    int stale = at->config->schedule ? 0 : overtaken_by(&made->public);
    const char **notes = hax_arena_alloc(made->arena, (size_t) count + OWN_NOTES, sizeof *notes);
    if (!notes)
        return hax_fail_memory(err, "a result");
    for (int n = 0; n < count; n++)
        notes[n] = hax_arena_string(made->arena, hax_session_note(at->session, n));
    if (say_stored(at, stored, sizeof stored))
        notes[count++] = hax_arena_string(made->arena, stored);
    if (stale > 0)
        notes[count++] = note_of_stale_plan(made, stale);
    for (int n = 0; n < count; n++)
        if (!notes[n])
            return hax_fail_memory(err, "a result");
    made->public.notes = notes;
    made->public.note_count = count;
    return HAX_OK;
}

static bool all_equal(const hax_result *result)
{
    for (int r = 0; r < result->row_count; r++)
        if (result->rows[r].compared && !(result->rows[r].largest_difference <= OUTPUT_TOLERANCE))
            return false;
    return true;
}

/* A plain deployment that the plan is behind by the times of these rounds; NULL: none. A plan that
 * was given is nobody's fault. */
static const char *overtaking_name(const journey *at, const hax_result *result)
{
    int stale = at->config->schedule ? 0 : overtaken_by(result);
    return stale > 0 && result->rows[stale].plain ? result->rows[stale].name : NULL;
}

static hax_status fill_outcome(const journey *at, owned_result *made, hax_error *err)
{
    outcome judged;
    hax_result *result = &made->public;
    result->outputs_checked = at->rounds.outputs_checked;
    result->outputs_equal = result->outputs_checked && all_equal(result);
    const judged_rounds from = {
        .problem = at->problem,
        .list = &at->rows,
        .rounds = at->rounds.counted,
        .disturbed = at->rounds.disturbed,
        .drawn = at->simulation != NULL,
        .outputs_differ = result->outputs_checked && !result->outputs_equal,
        .overtaken_by = overtaking_name(at, result),
        .how = at->config->platform->simulated ? "simulated" : "measured",
    };
    HAX_TRY(outcome_judge(&from, &judged, err));
    result->gain_percent = judged.gain_percent;
    result->noise_percent = judged.noise_percent;
    result->outcome = judged.kind;
    result->disturbed = at->rounds.disturbed;
    result->unfinished = at->rows.unfinished;
    result->verdict = hax_arena_string(made->arena, judged.verdict);
    return result->verdict ? HAX_OK : hax_fail_memory(err, "a result");
}

/* The profile taken in the rows' own rounds; of a data sheet, the one that was planned with. */
static hax_status fill_profile(journey *at, hax_result *result, hax_error *err)
{
    if (at->simulation) {
        result->profile = at->profile;
        at->profile = NULL;
        return HAX_OK;
    }
    HAX_TRY(hax_passes_profile(at->passes, &result->profile, err));
    return hax_profile_take_contention(result->profile, at->profile, err);
}

static hax_status fill_result(journey *at, owned_result *made, hax_error *err)
{
    hax_result *result = &made->public;
    HAX_TRY(fill_profile(at, result, err));
    HAX_TRY(make_problems(at, result->profile, &result->problem, &result->reference_problem, err));
    hax_row *rows = hax_arena_alloc(made->arena, (size_t) at->rows.count, sizeof *rows);
    if (!rows)
        return hax_fail_memory(err, "a result");
    for (int r = 0; r < at->rows.count; r++)
        HAX_TRY(fill_row(at, made, r, &rows[r], err));
    result->rows = rows;
    result->row_count = at->rows.count;
    result->rounds = at->rounds.counted;
    result->plan = at->plan;
    at->plan = NULL;
    HAX_TRY(fill_notes(at, made, err));
    HAX_TRY(outputs_list(&at->outputs, at->instances, made->arena, &result->outputs,
                         &result->output_count, err));
    return fill_outcome(at, made, err);
}

static hax_status make_result(journey *at, hax_result **result, hax_error *err)
{
    owned_result *made = calloc(1, sizeof *made);
    if (!made || !(made->arena = hax_arena_create())) {
        free(made);
        return hax_fail_memory(err, "a result");
    }
    hax_status status = fill_result(at, made, err);
    if (status != HAX_OK) {
        hax_result_destroy(&made->public);
        return status;
    }
    *result = &made->public;
    return HAX_OK;
}

void hax_result_destroy(hax_result *result)
{
    if (!result)
        return;
    owned_result *owned = (owned_result *) result;
    for (int r = 0; r < ROW_MAX; r++)
        hax_schedule_destroy(owned->schedules[r]);
    hax_schedule_destroy(result->plan);
    hax_problem_destroy(result->problem);
    hax_problem_destroy(result->reference_problem);
    hax_profile_destroy(result->profile);
    hax_arena_destroy(owned->arena);
    free(owned);
}

/* ---- the way ------------------------------------------------------------------------------------
 */

/* The rows take over a schedule of their own; the plan as it was solved stays. */
static hax_status make_rows(journey *at, hax_error *err)
{
    hax_schedule *copy = NULL;
    HAX_TRY(hax_schedule_evaluate(at->problem, "haxconn", at->plan->job_count, at->plan->jobs,
                                  &copy, err));
    const hax_run_config *config = at->config;
    const double left_s = config->solve_time_limit_s - at->plan->seconds; /* by the plan */
    const hax_baseline_limits limits = {
        .time_limit_s =
            config->baseline_time_limit_s > 0 ? config->baseline_time_limit_s + fmax(left_s, 0) : 0,
        .cancel = at->config->watch ? at->config->watch->cancel : NULL,
    };
    return rows_make(at->config->platform, at->problem, at->reference, copy,
                     at->config->all_baselines, &limits, &at->rows, err);
}

/* What tells times alone beside the rows: passes in the same rounds, or the data sheet's draws. */
static hax_status make_measures(journey *at, hax_error *err)
{
    const hax_passes_config passes = { .platform = at->config->platform,
                                       .network_count = at->network_count,
                                       .networks = at->networks,
                                       .instances = at->instance_of };
    if (!at->config->platform->datasheet)
        return hax_passes_create(&passes, &at->passes, err);
    return simulation_open(at->problem, at->profile, at->network_of, at->config->input_seed,
                           &at->simulation, err);
}

static hax_status travel(journey *at, hax_result **result, hax_error *err)
{
    HAX_TRY(feeds_resolve(at->config->networks, at->config->network_count, at->config->feeds,
                          at->config->feed_count, &at->inputs, err));
    HAX_TRY(list_networks(at, err));
    HAX_TRY(take_profile(at, err));
    HAX_TRY(make_problems(at, at->profile, &at->problem, &at->reference, err));
    HAX_TRY(make_plan(at, err));
    HAX_TRY(make_rows(at, err));
    HAX_TRY(make_measures(at, err));
    HAX_TRY(open_session(at, err));
    HAX_TRY(run_rounds(at, err));
    return make_result(at, result, err);
}

static void arrive(journey *at)
{
    hax_session_close(at->session);
    hax_passes_destroy(at->passes);
    simulation_close(at->simulation);
    rows_free(&at->rows);
    hax_schedule_destroy(at->plan);
    hax_problem_destroy(at->problem);
    hax_problem_destroy(at->reference);
    hax_profile_destroy(at->profile);
    free(at->networks);
    free(at->network_of);
    free(at->instance_of);
    free(at->instances);
    outputs_free(&at->outputs);
    feeds_free(&at->inputs);
}

hax_status hax_run(const hax_run_config *config, hax_result **result, hax_error *err)
{
    assert(config && config->platform && result);
    journey at = { .config = config };
    hax_result *made = NULL;
    for (int i = 0; i < config->network_count; i++)
        HAX_TRY(hax_platform_check_model(config->platform, config->networks[i].model, err));
    hax_status status = travel(&at, &made, err);
    arrive(&at);
    if (status != HAX_OK)
        return status;
    *result = made;
    if (made->outputs_checked && !made->outputs_equal)
        return hax_fail(err, HAX_MISMATCH,
                        "outputs differ from the single-unit run by more than %g of the largest "
                        "value",
                        OUTPUT_TOLERANCE);
    return HAX_OK;
}
