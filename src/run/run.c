/* A run, from networks to a verdict. */
#include "haxconn/run.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "clock.h"
#include "config.h"
#include "driver.h"
#include "feeds.h"
#include "figures.h"
#include "outcome.h"
#include "own.h"
#include "profile.h"
#include "refine.h"
#include "rounds.h"
#include "row_times.h"
#include "statistics.h"
#include "watch.h"

/* A plan may be predicted so much worse than another row, by the times of the rounds, before that
 * is worth a note: cuts that differ by less cannot be told apart. */
static const double stale_share = 0.05;

/* All that a run makes; what the result needs is handed over at the end. */
typedef struct run_context {
    const hax_run_config *config;
    hax_profile_network *networks; /* the instances' networks, each once */
    int network_count;
    int *network_of;              /* [instance] */
    int *instance_of;             /* [network]: one that holds it */
    const hax_profile *profile;   /* planned with: from the store or just taken */
    const hax_problem *profiled;  /* of that profile, uncorrected */
    const hax_problem *problem;   /* corrected by what the store knew */
    const hax_problem *reference; /* NULL: the platform has no reference units */
    const hax_schedule *plan;     /* as solved; the rows take it over */
    hax_correction_frame frame;
    hax_corrections corrections;
    hax_run_rows rows;
    hax_session *session;
    hax_passes *passes;
    hax_simulation *simulation; /* of a platform with a data sheet; else NULL */
    hax_session_clock clock;
    hax_run_rounds rounds;
    hax_session_instance *instances;
    hax_fed_inputs inputs;
    hax_run_outputs outputs; /* of the plan */
} run_context;

/* ---- networks ------------------------------------------------------------------------------- */

static bool same_network(const hax_profile_network *a, const hax_profile_network *b)
{
    return a->model == b->model && a->grouping == b->grouping;
}

static hax_status list_networks(run_context *run, hax_error *err)
{
    size_t count = (size_t) run->config->network_count;
    run->networks = calloc(count + 1, sizeof *run->networks);
    run->network_of = calloc(count + 1, sizeof *run->network_of);
    run->instance_of = calloc(count + 1, sizeof *run->instance_of);
    if (!run->networks || !run->network_of || !run->instance_of)
        return hax_fail_memory(err, "a run");
    for (int i = 0; i < run->config->network_count; i++) {
        int known = 0;
        while (known < run->network_count &&
               !same_network(&run->networks[known], &run->config->networks[i]))
            known++;
        if (known == run->network_count) {
            run->networks[run->network_count] = run->config->networks[i];
            run->instance_of[run->network_count++] = i;
        }
        run->network_of[i] = known;
    }
    return HAX_OK;
}

/* ---- profile, problem, plan ------------------------------------------------------------------ */

static hax_status take_profile(run_context *run, hax_error *err)
{
    const hax_run_config *config = run->config;
    hax_profile_config profile_config = hax_profile_config_default();
    profile_config.platform = config->platform;
    profile_config.network_count = run->network_count;
    profile_config.networks = run->networks;
    profile_config.rounds = config->rounds;
    profile_config.seconds = config->seconds;
    profile_config.store_path = config->store_path;
    profile_config.contention = !config->ignore_contention;
    profile_config.fresh = config->fresh;
    profile_config.watch = config->watch;
    return hax_profile_measure(&profile_config, &run->profile, err);
}

static bool has_reference_units(const hax_platform *platform)
{
    for (int u = 0; u < platform->unit_count; u++)
        if (platform->units[u].reference)
            return true;
    return false;
}

/* Problems of a profile, with the planned units and with all of them. */
static hax_status make_problems(const run_context *run, const hax_profile *profile,
                                const hax_problem **problem, const hax_problem **reference,
                                hax_error *err)
{
    const hax_run_config *config = run->config;
    hax_problem_options options = hax_problem_options_default();
    options.objective = config->objective;
    options.max_transitions = config->max_transitions;
    options.ignore_contention = config->ignore_contention;
    options.names = config->names;
    options.rule_count = config->rule_count;
    options.rules = config->rules;
    HAX_TRY(hax_profile_problem(profile, config->network_count, run->network_of, &options, problem,
                                err));
    if (!has_reference_units(config->platform))
        return HAX_OK;
    options.with_reference_units = true;
    return hax_profile_problem(profile, config->network_count, run->network_of, &options, reference,
                               err);
}

/* Plans that are predicted closer to the best than this cannot be told apart: it is what thirty
 * interleaved rounds repeat to on a shared machine. */
static const double plan_tie = 0.01;

/* HAX_OK also where a limit left a plan without a proof. */
static hax_status solve(const run_context *run, const hax_problem *problem,
                        const hax_schedule **plan, hax_error *err)
{
    const hax_run_config *config = run->config;
    hax_solve_options options = hax_solve_options_default();
    options.time_limit_s = config->solve_time_limit_s;
    options.cancel = config->watch ? config->watch->cancel : NULL;
    hax_watch_report(config->watch, "planning", -1, -1);
    const hax_schedule *best = NULL;
    hax_status status = hax_solve(problem, &options, &best, err);
    if (status == HAX_OK || (status == HAX_LIMIT && best))
        status = hax_solve_fewest(problem, &options, best, plan_tie, plan, err);
    hax_schedule_destroy(best);
    return status;
}

static hax_status make_plan(run_context *run, hax_error *err)
{
    const hax_run_config *config = run->config;
    if (config->schedule)
        return hax_schedule_evaluate(run->problem, "haxconn", config->schedule->job_count,
                                     config->schedule->jobs, &run->plan, err);
    HAX_TRY(solve(run, run->problem, &run->plan, err));
    /* a deadline that is missed, but perhaps need not be, is worth a look at what happens */
    hax_error missed;
    hax_status status = hax_deadlines_check(run->problem, run->plan, &missed);
    if (status == HAX_OK || status == HAX_LIMIT)
        return HAX_OK;
    if (err)
        *err = missed;
    return status;
}

/* ---- execution ------------------------------------------------------------------------------- */

/* Of the store that the profile has just been kept in, if there is one. */
static hax_checked_kernels recall_checked(const hax_run_config *config)
{
    hax_store *store = NULL;
    bool keeps = config->store_path && !config->platform->simulated;
    if (keeps && hax_store_open(config->store_path, &store, NULL) != HAX_OK)
        store = NULL;
    hax_checked_kernels checked_kernels = hax_checked_recall(store, config->platform);
    hax_store_close(store);
    return checked_kernels;
}

static hax_status open_session(run_context *run, hax_error *err)
{
    const hax_run_config *config = run->config;
    run->instances = calloc((size_t) config->network_count + 1, sizeof *run->instances);
    if (!run->instances)
        return hax_fail_memory(err, "a session");
    for (int i = 0; i < config->network_count; i++)
        run->instances[i] = (hax_session_instance){
            .name = run->problem->instances[i].name,
            .model = config->networks[i].model,
            .grouping = config->networks[i].grouping,
            .inputs = run->inputs.inputs[i],
            .after_count = run->problem->instances[i].after_count,
            .after = run->problem->instances[i].after,
        };
    if (run->simulation)
        run->clock = hax_simulation_clock(run->simulation);
    hax_checked_kernels checked = recall_checked(config);
    hax_session_config session_config = { .platform = config->platform,
                                          .instance_count = config->network_count,
                                          .instances = run->instances,
                                          .checked_count = checked.count,
                                          .checked = checked.keys,
                                          .input_seed = config->input_seed,
                                          .clock = run->simulation ? &run->clock : NULL,
                                          .watch = config->watch };
    hax_status status = hax_session_open(&session_config, &run->session, err);
    hax_checked_free(&checked);
    return status;
}

/* Rounds that refining begins with: medians of fewer say little. */
enum { FIRST_ROUNDS = 5 };

static int least_rounds(const run_context *run)
{
    enum { DRAWS = 200 };
    const hax_run_config *config = run->config;
    return config->rounds > 0            ? config->rounds
           : run->simulation             ? DRAWS
           : config->platform->simulated ? 1 /* every round is the same */
                                         : 14;
}

/* Nothing is learned from what is drawn, of a plan that was given, and from fewer rounds than tell
 * how far times are spread. */
static bool refines(const run_context *run)
{
    const hax_run_config *config = run->config;
    return config->refine > 0 && !config->platform->datasheet && !config->schedule &&
           (config->platform->simulated || least_rounds(run) >= FIRST_ROUNDS);
}

static bool keeps_lessons(const run_context *run)
{
    return refines(run) && run->config->store_path;
}

/* What the rounds so far teach beside the profile that was taken in them. */
static hax_status learn(run_context *run, int *news, hax_error *err)
{
    const hax_profile *profile = NULL;
    const hax_problem *problem = NULL, *reference = NULL;
    HAX_TRY(hax_passes_profile(run->passes, &profile, err));
    hax_status status = hax_profile_take_contention(profile, run->profile, err);
    if (status == HAX_OK)
        status = make_problems(run, profile, &problem, &reference, err);
    if (status == HAX_OK)
        status = hax_refine_learn(&run->corrections, &run->rounds, profile, problem, news, err);
    hax_problem_destroy(problem);
    hax_problem_destroy(reference);
    hax_profile_destroy(profile);
    return status;
}

/* All rounds have taught, for the next run. */
static hax_status keep_lessons(run_context *run, hax_error *err)
{
    int news;
    HAX_TRY(learn(run, &news, err));
    return hax_corrections_keep(&run->corrections, run->config->store_path, err);
}

/* *joined: a new plan is among the rows and has no rounds yet. */
static hax_status plan_again(run_context *run, bool *joined, hax_error *err)
{
    const hax_problem *corrected = NULL;
    const hax_schedule *plan = NULL;
    hax_refined refined = HAX_REFINED_NOTHING;
    HAX_TRY(hax_corrections_apply(&run->corrections, run->profiled, &corrected, err));
    hax_status status = solve(run, corrected, &plan, err);
    if (status == HAX_OK)
        status = hax_refine_join(&run->rounds, corrected, plan, &refined, err);
    else
        hax_schedule_destroy(plan);
    hax_problem_destroy(corrected);
    *joined = refined == HAX_REFINED_JOINED;
    return status;
}

/* The first rounds, again whenever a plan has joined. */
static hax_status refine(run_context *run, int first, hax_error *err)
{
    for (int plans = 0;; plans++) {
        int news = 0;
        bool joined = false;
        HAX_TRY(hax_run_rounds_take(&run->rounds, 0, first, 0, err));
        if (plans == run->config->refine)
            return HAX_OK;
        HAX_TRY(learn(run, &news, err));
        if (news == 0)
            return HAX_OK;
        HAX_TRY(plan_again(run, &joined, err));
        if (!joined)
            return HAX_OK;
    }
}

/* Until there are as many as were asked for, over as long. */
static hax_status take_rounds(run_context *run, hax_error *err)
{
    const int least = least_rounds(run);
    const int first = !refines(run) ? 0 : least < FIRST_ROUNDS ? least : FIRST_ROUNDS;
    const double seconds = run->config->platform->simulated ? 0 : run->config->seconds;
    const uint64_t start_ns = hax_clock_ns();
    HAX_TRY(hax_run_rounds_begin(&run->rounds, err));
    if (first > 0)
        HAX_TRY(refine(run, first, err));
    const double left_s = fmax(seconds - hax_ms_between(start_ns, hax_clock_ns()) * 1e-3, 0);
    if (least > first || left_s > 0)
        HAX_TRY(hax_run_rounds_take(&run->rounds, first, least > first ? least - first : 1, left_s,
                                    err));
    return hax_refine_settle(&run->rounds, err);
}

static hax_status run_rounds(run_context *run, hax_error *err)
{
    const hax_run_config *config = run->config;
    run->rounds = (hax_run_rounds){
        .session = run->session,
        .platform = config->platform,
        .instance_count = config->network_count,
        .problem = run->problem,
        .rows = &run->rows,
        .passes = run->passes,
        .simulation = run->simulation,
        .plan_outputs = config->keep_outputs ? &run->outputs : NULL,
        .watch = config->watch,
    };
    HAX_TRY(hax_turns_open(config->store_path, &run->rounds.turns, err));
    hax_status status = take_rounds(run, err);
    hax_turns_close(&run->rounds.turns);
    return status;
}

/* ---- result ---------------------------------------------------------------------------------- */

/* The result and what it owns beyond its documents. */
typedef struct owned_result {
    hax_result public;
    hax_arena *arena;
    const hax_schedule *plan; /* these four are what the result shows */
    const hax_profile *profile;
    const hax_problem *problem, *reference_problem;
    const hax_schedule *schedules[ROW_MAX];
} owned_result;

static const hax_run_row *timed_row(const run_context *run, int r)
{
    return &run->rows.rows[hax_run_row_timed(&run->rows, r)];
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

/* A row's prediction, from what was measured in its own rounds. */
static hax_status predict_row(const run_context *run, owned_result *owned, int r, hax_row *out,
                              hax_error *err)
{
    const hax_run_row *row = &run->rows.rows[r];
    const hax_result *result = &owned->public;
    const hax_problem *problem = row->reference ? result->reference_problem : result->problem;
    out->predicted_ms = out->predicted_value = out->error_percent = NAN;
    out->unpredicted = row->unpredicted;
    assert(!row->schedule == (row->unpredicted != NULL));
    if (!row->schedule)
        return HAX_OK;
    HAX_TRY(hax_schedule_evaluate(problem, row->name, row->schedule->job_count, row->schedule->jobs,
                                  &owned->schedules[r], err));
    out->schedule = owned->schedules[r];
    out->predicted_ms = hax_schedule_round_ms(owned->schedules[r]);
    out->predicted_value = owned->schedules[r]->value;
    return HAX_OK;
}

static hax_status fill_row(const run_context *run, owned_result *owned, int r, hax_row *out,
                           hax_error *err)
{
    const hax_run_row *row = &run->rows.rows[r], *timed = timed_row(run, r);
    *out = (hax_row){
        .name = row->name,
        .same_as = row->same_as,
        .plain = row->plain,
        .reference = row->reference,
        .compared = timed->compared,
        .largest_difference = timed->largest_difference,
    };
    HAX_TRY(predict_row(run, owned, r, out, err));
    HAX_TRY(summarise(timed->round_ms, run->rounds.counts.counted, &out->measured, err));
    HAX_TRY(summarise(timed->value, run->rounds.counts.counted, &out->measured_value, err));
    if (out->schedule)
        out->error_percent = 0;
    if (out->predicted_ms > 0)
        out->error_percent = 100 * (out->measured.median - out->predicted_ms) / out->predicted_ms;
    return HAX_OK;
}

static hax_status fill_timeline(const run_context *run, owned_result *owned, int r,
                                hax_timeline *timeline, hax_error *err)
{
    const hax_run_row *row = &run->rows.rows[r];
    const hax_timeline_from from = {
        .platform = run->config->platform,
        .problem = row->reference ? owned->public.reference_problem : owned->public.problem,
        .row = row,
        .timed = timed_row(run, r),
        .schedule = owned->schedules[r],
        .rounds = run->rounds.counts.counted,
    };
    return hax_timeline_make(&from, owned->arena, timeline, err);
}

static hax_status fill_rows(const run_context *run, owned_result *owned, hax_error *err)
{
    const size_t count = (size_t) run->rows.count;
    hax_row *rows = hax_arena_alloc(owned->arena, count, sizeof *rows);
    hax_timeline *timelines = hax_arena_alloc(owned->arena, count, sizeof *timelines);
    if (!rows || !timelines)
        return hax_fail_memory(err, "a result");
    for (int r = 0; r < run->rows.count; r++) {
        HAX_TRY(fill_row(run, owned, r, &rows[r], err));
        HAX_TRY(fill_timeline(run, owned, r, &timelines[r], err));
    }
    owned->public.rows = rows;
    owned->public.timelines = timelines;
    owned->public.row_count = run->rows.count;
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
        if (!result->rows[r].reference && result->rows[r].schedule &&
            hax_objective_better(objective, result->rows[r].predicted_value,
                                 result->rows[best].predicted_value))
            best = r;
    double by =
        behind(objective, result->rows[0].predicted_value, result->rows[best].predicted_value);
    return by > stale_share ? best : 0;
}

static const char *note_of_stale_plan(const owned_result *owned, int better)
{
    const hax_row *rows = owned->public.rows;
    char text[400];
    snprintf(text, sizeof text,
             "group times have changed since the plan was made: by those of these rounds '%s' "
             "takes %s ms and the plan %s ms; the machine was disturbed then or now: profile "
             "again (--fresh)",
             rows[better].name, hax_figures_of(rows[better].predicted_ms).text,
             hax_figures_of(rows[0].predicted_ms).text);
    return hax_arena_string(owned->arena, text);
}

/* Rounds are measured now; the plan and the contention in every prediction may rest on what was
 * measured long ago. False where they do not. */
static bool say_stored(const run_context *run, char *text, size_t size)
{
    char words[200];
    bool uses_contention = run->profile && run->profile->contention;
    /* a data sheet's profile has become the result's */
    if (!run->profile || (run->config->schedule && !uses_contention) ||
        !hax_profile_stored_words(run->profile, words, sizeof words))
        return false;
    snprintf(text, size, "%s with figures %s",
             run->config->schedule ? "contention is predicted" : "the plan was made", words);
    return true;
}

static hax_status fill_notes(const run_context *run, owned_result *owned, hax_error *err)
{
    enum { OWN_NOTES = 2 };
    char stored[300];
    int count = hax_session_note_count(run->session);
    int stale = run->config->schedule ? 0 : overtaken_by(&owned->public);
    const char **notes = hax_arena_alloc(owned->arena, (size_t) count + OWN_NOTES, sizeof *notes);
    if (!notes)
        return hax_fail_memory(err, "a result");
    for (int n = 0; n < count; n++)
        notes[n] = hax_arena_string(owned->arena, hax_session_note(run->session, n));
    if (say_stored(run, stored, sizeof stored))
        notes[count++] = hax_arena_string(owned->arena, stored);
    if (stale > 0)
        notes[count++] = note_of_stale_plan(owned, stale);
    for (int n = 0; n < count; n++)
        if (!notes[n])
            return hax_fail_memory(err, "a result");
    owned->public.notes = notes;
    owned->public.note_count = count;
    return HAX_OK;
}

static bool all_equal(const hax_result *result)
{
    for (int r = 0; r < result->row_count; r++)
        if (result->rows[r].compared &&
            !(result->rows[r].largest_difference <= result->output_tolerance))
            return false;
    return true;
}

/* A plain deployment that the plan is behind by the times of these rounds; NULL: none. A plan that
 * was given is nobody's fault. */
static const char *overtaking_name(const run_context *run, const hax_result *result)
{
    int stale = run->config->schedule ? 0 : overtaken_by(result);
    return stale > 0 && result->rows[stale].plain ? result->rows[stale].name : NULL;
}

static hax_status fill_outcome(const run_context *run, owned_result *owned, hax_error *err)
{
    hax_run_outcome judged;
    hax_result *result = &owned->public;
    result->outputs_checked = run->rounds.outputs_checked;
    result->output_tolerance = hax_outputs_tolerance(run->config->platform);
    result->outputs_equal = result->outputs_checked && all_equal(result);
    assert(result->output_tolerance > 0 && result->row_count >= 1);
    const hax_judged_rounds from = {
        .problem = run->problem,
        .list = &run->rows,
        .rounds = run->rounds.counts.counted,
        .disturbed = run->rounds.counts.disturbed,
        .drawn = run->simulation != NULL,
        .outputs_differ = result->outputs_checked && !result->outputs_equal,
        .overtaken_by = overtaking_name(run, result),
        .how = run->config->platform->simulated ? "simulated" : "measured",
        .output_tolerance = result->output_tolerance,
    };
    HAX_TRY(hax_run_outcome_judge(&from, &judged, err));
    result->gain_percent = judged.gain_percent;
    result->noise_percent = judged.noise_percent;
    result->outcome = judged.kind;
    result->answer = judged.answer;
    result->disturbed = run->rounds.counts.disturbed;
    result->unfinished = run->rows.unfinished;
    result->verdict = hax_arena_string(owned->arena, judged.verdict);
    return result->verdict ? HAX_OK : hax_fail_memory(err, "a result");
}

/* The profile taken in the rows' own rounds; of a data sheet, the one that was planned with. */
static hax_status take_over_profile(run_context *run, const hax_profile **profile, hax_error *err)
{
    if (run->simulation) {
        *profile = run->profile;
        run->profile = NULL;
        return HAX_OK;
    }
    HAX_TRY(hax_passes_profile(run->passes, profile, err));
    return hax_profile_take_contention(*profile, run->profile, err);
}

/* Problems of a profile, corrected by what is known. */
static hax_status make_corrected(const run_context *run, const hax_profile *profile,
                                 const hax_problem **problem, const hax_problem **reference,
                                 hax_error *err)
{
    const hax_problem *plain = NULL, *plain_reference = NULL;
    hax_status status = make_problems(run, profile, &plain, &plain_reference, err);
    if (status == HAX_OK)
        status = hax_corrections_apply(&run->corrections, plain, problem, err);
    if (status == HAX_OK && plain_reference)
        status = hax_corrections_apply(&run->corrections, plain_reference, reference, err);
    hax_problem_destroy(plain);
    hax_problem_destroy(plain_reference);
    return status;
}

static hax_status fill_result(run_context *run, owned_result *owned, hax_error *err)
{
    hax_result *result = &owned->public;
    HAX_TRY(take_over_profile(run, &owned->profile, err));
    HAX_TRY(make_corrected(run, owned->profile, &owned->problem, &owned->reference_problem, err));
    result->profile = owned->profile;
    result->problem = owned->problem;
    result->reference_problem = owned->reference_problem;
    assert(run->rows.count >= 1 && run->rows.count <= ROW_MAX && run->rows.rows[0].solved);
    HAX_TRY(fill_rows(run, owned, err));
    result->rounds = run->rounds.counts.counted;
    result->plan = owned->plan = run->rows.rows[0].solved;
    run->rows.rows[0].solved = NULL;
    for (int r = 0; r < run->rows.count; r++)
        result->plans += run->rows.rows[r].plan_number > 0;
    HAX_TRY(hax_corrections_list(&run->corrections, owned->arena, &result->corrections,
                                 &result->correction_count, err));
    HAX_TRY(fill_notes(run, owned, err));
    HAX_TRY(hax_run_outputs_list(&run->outputs, run->instances, owned->arena, &result->outputs,
                                 &result->output_count, err));
    return fill_outcome(run, owned, err);
}

static void free_result(owned_result *owned)
{
    for (int r = 0; r < ROW_MAX; r++)
        hax_schedule_destroy(owned->schedules[r]);
    hax_schedule_destroy(owned->plan);
    hax_problem_destroy(owned->problem);
    hax_problem_destroy(owned->reference_problem);
    hax_profile_destroy(owned->profile);
    hax_arena_destroy(owned->arena);
    free(owned);
}

static hax_status make_result(run_context *run, hax_result **result, hax_error *err)
{
    owned_result *owned = calloc(1, sizeof *owned);
    if (!owned || !(owned->arena = hax_arena_create())) {
        free(owned);
        return hax_fail_memory(err, "a result");
    }
    hax_status status = fill_result(run, owned, err);
    if (status != HAX_OK) {
        free_result(owned);
        return status;
    }
    *result = &owned->public;
    return HAX_OK;
}

void hax_result_destroy(const hax_result *result)
{
    if (result)
        free_result(hax_own(result));
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* The rows take over a schedule of their own; the plan as it was solved stays. */
static hax_status make_rows(run_context *run, hax_error *err)
{
    const hax_schedule *copy = NULL;
    HAX_TRY(hax_schedule_evaluate(run->problem, "haxconn", run->plan->job_count, run->plan->jobs,
                                  &copy, err));
    const hax_run_config *config = run->config;
    /* by the plan, if there was a limit */
    const double left_s =
        isfinite(config->solve_time_limit_s) ? config->solve_time_limit_s - run->plan->seconds : 0;
    const hax_baseline_limits limits = {
        .time_limit_s = config->baseline_time_limit_s + fmax(left_s, 0),
        .cancel = run->config->watch ? run->config->watch->cancel : NULL,
    };
    HAX_TRY(hax_run_rows_make(run->config->platform, run->problem, run->reference, copy,
                              run->config->all_baselines, &limits, &run->rows, err));
    run->rows.rows[0].solved = run->plan;
    run->plan = NULL;
    return HAX_OK;
}

/* What tells times alone beside the rows: passes in the same rounds, or the data sheet's draws. */
static hax_status make_measures(run_context *run, hax_error *err)
{
    const hax_passes_config passes = { .platform = run->config->platform,
                                       .network_count = run->network_count,
                                       .networks = run->networks,
                                       .instances = run->instance_of };
    if (!run->config->platform->datasheet)
        return hax_passes_create(&passes, &run->passes, err);
    return hax_simulation_open(run->problem, run->profile, run->network_of, run->config->input_seed,
                               &run->simulation, err);
}

/* What the profile says, and the same corrected by what earlier runs have learned. */
static hax_status make_first_problems(run_context *run, hax_error *err)
{
    const hax_problem *reference = NULL;
    run->frame = (hax_correction_frame){ .platform = run->config->platform,
                                         .instance_count = run->config->network_count,
                                         .networks = run->config->networks,
                                         .network_of = run->network_of };
    run->corrections.frame = &run->frame;
    HAX_TRY(make_problems(run, run->profile, &run->profiled, &reference, err));
    hax_problem_destroy(reference);
    if (keeps_lessons(run) && !run->config->fresh)
        HAX_TRY(hax_corrections_recall(&run->corrections, run->config->store_path, err));
    return make_corrected(run, run->profile, &run->problem, &run->reference, err);
}

static hax_status take_steps(run_context *run, hax_result **result, hax_error *err)
{
    HAX_TRY(hax_feeds_resolve(run->config->networks, run->config->network_count, run->config->feeds,
                              run->config->feed_count, &run->inputs, err));
    HAX_TRY(list_networks(run, err));
    HAX_TRY(take_profile(run, err));
    HAX_TRY(make_first_problems(run, err));
    HAX_TRY(make_plan(run, err));
    HAX_TRY(make_rows(run, err));
    HAX_TRY(make_measures(run, err));
    HAX_TRY(open_session(run, err));
    HAX_TRY(run_rounds(run, err));
    HAX_TRY(make_result(run, result, err));
    if (!keeps_lessons(run))
        return HAX_OK;
    hax_status status = keep_lessons(run, err);
    if (status != HAX_OK)
        hax_result_destroy(*result);
    return status;
}

static void release(run_context *run)
{
    hax_session_close(run->session);
    hax_passes_destroy(run->passes);
    hax_simulation_close(run->simulation);
    hax_run_rows_free(&run->rows);
    hax_schedule_destroy(run->plan);
    hax_corrections_free(&run->corrections);
    hax_problem_destroy(run->profiled);
    hax_problem_destroy(run->problem);
    hax_problem_destroy(run->reference);
    hax_profile_destroy(run->profile);
    free(run->networks);
    free(run->network_of);
    free(run->instance_of);
    free(run->instances);
    hax_run_outputs_free(&run->outputs);
    hax_feeds_free(&run->inputs);
}

static hax_status check_config(const hax_run_config *config, hax_error *err)
{
    if ((config->rounds < 1 && config->rounds != HAX_AUTOMATIC) || !(config->seconds >= 0))
        return hax_fail(err, HAX_USAGE,
                        "%d rounds over %g s: give at least one, and seconds that are not negative",
                        config->rounds, config->seconds);
    if (config->refine < 0 || config->refine > HAX_REFINE_MOST)
        return hax_fail(err, HAX_USAGE, "refine %d times: give 0 to %d", config->refine,
                        HAX_REFINE_MOST);
    for (int i = 0; i < config->network_count; i++)
        HAX_TRY(hax_platform_check_model(config->platform, config->networks[i].model, err));
    return HAX_OK;
}

hax_status hax_run(const hax_run_config *given, const hax_result **result, hax_error *err)
{
    assert(given && result);
    HAX_CONFIG_TAKE(hax_run_config, own, given, err);
    const hax_run_config *config = &own;
    assert(config->platform);
    run_context run = { .config = config };
    hax_result *finished = NULL;
    HAX_TRY(check_config(config, err));
    hax_status status = take_steps(&run, &finished, err);
    release(&run);
    if (status != HAX_OK)
        return status;
    *result = finished;
    if (finished->outputs_checked && !finished->outputs_equal)
        return hax_fail(err, HAX_MISMATCH,
                        "outputs differ from the single-unit run by more than %g of the largest "
                        "value",
                        finished->output_tolerance);
    return HAX_OK;
}
