/* haxconn stream */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "feeds.h"
#include "frame.h"
#include "message.h"
#include "output.h"
#include "running.h"
#include "sources.h"
#include "stream_control.h"
#include "stream_lines.h"
#include "views.h"

enum { FIND_FRAMES = 100 }; /* of each network, to find a rate with */

typedef struct settings {
    const char *platform;
    const char *grouping;
    cli_list cuts;
    cli_list shapes;
    int cut_tensors;
    int objective;
    int max_transitions;
    cli_rules rules; /* without deadlines: those are of frames here */
    int rounds;
    double profile_s;
    bool fresh;
    const char *store;
    int contention; /* 0: on */
    double time_s;
    cli_list rates, deadlines, buffers, policies, standby, inputs;
    const char *control;
    int in_flight; /* 0: one */
    int frames;
    double seconds;
    bool alone;
    bool replan;
    bool find_rate;
    bool cyclic;
    int restart; /* 0: on */
    int seed;
    const char *json;
    cli_views views;
} settings;

static const settings defaults = { .platform = "host",
                                   .objective = CLI_OBJECTIVE_NOT_GIVEN,
                                   .max_transitions = CLI_TRANSITIONS_NOT_GIVEN,
                                   .profile_s = -1,
                                   .time_s = CLI_TIME_NOT_GIVEN };

static const cli_option options[] = {
    { "rate", 0, CLI_LIST, offsetof(settings, rates), "NET=HZ",
      "release so many of its frames a second, repeatable; NET may be * (default: back to back)", 0,
      0, NULL },
    { "deadline", 0, CLI_LIST, offsetof(settings, deadlines), "NET=MS",
      "a result is due so long after its frame's release, repeatable (default: one period)", 0, 0,
      NULL },
    { "buffer", 0, CLI_LIST, offsetof(settings, buffers), "NET=N",
      "frames that may wait, repeatable (default 1)", 0, 0, NULL },
    { "policy", 0, CLI_LIST, offsetof(settings, policies), "NET=P",
      "of a frame without room: latest (default) drops the oldest that waits, queue drops it; "
      "repeatable",
      0, 0, NULL },
    { "in-flight", 0, CLI_WHOLE, offsetof(settings, in_flight), "N",
      "work on so many frames of a network at once, the next one on the first unit while the one "
      "before is on another (default 1)",
      1, HAX_FRAMES_IN_FLIGHT_MAX, NULL },
    { "control", 0, CLI_TEXT, offsetof(settings, control), "FILE",
      "change what runs, and plan anew, by lines of a file or (-) standard input: [@SECONDS] rate "
      "NET HZ, add NET [HZ], remove NET; on a virtual clock also slow UNIT FACTOR, lose [MS]",
      0, 0, NULL },
    { "standby", 0, CLI_LIST, offsetof(settings, standby), "NET",
      "a network that has no frames until --control adds it, repeatable", 0, 0, NULL },
    { "replan", 0, CLI_FLAG, offsetof(settings, replan), NULL,
      "plan anew when a unit is found to be slower or faster than before, also without --control",
      0, 0, NULL },
    { "frames", 0, CLI_WHOLE, offsetof(settings, frames), "N",
      "of each network (default: until --seconds or Ctrl-C)", 1, INT_MAX, NULL },
    { "seconds", 0, CLI_NUMBER, offsetof(settings, seconds), "S", "release frames for so long",
      1e-6, 1e9, NULL },
    { "alone", 0, CLI_FLAG, offsetof(settings, alone), NULL,
      "do not execute the plain deployments beside the plan", 0, 0, NULL },
    { "find-rate", 0, CLI_FLAG, offsetof(settings, find_rate), NULL,
      "also: by which factor all rates can grow (or must shrink) until a frame is dropped or late, "
      "in runs of --frames (default 100) frames",
      0, 0, NULL },
    { "cyclic", 0, CLI_FLAG, offsetof(settings, cyclic), NULL,
      "take the plan of the least common period of all rates, whatever the others come to", 0, 0,
      NULL },
    { "restart", 0, CLI_CHOICE, offsetof(settings, restart), "R",
      "on (default): where a worker dies or hangs, all are started anew and the stream goes on, "
      "without the frames that were worked on; off: it ends",
      0, 0, cli_contention_choices },
    CLI_PLATFORM(settings),
    CLI_GPU_WORDS(settings),
    CLI_GROUPING(settings),
    CLI_CUTS(settings),
    CLI_SHAPE(settings),
    CLI_CUT_TENSORS(settings),
    CLI_OBJECTIVE(settings),
    CLI_TRANSITIONS(settings),
    CLI_UNIT_RULES(settings),
    CLI_RULE(settings, "after", HAX_RULE_AFTER, "NET=OTHER",
             "take frames over from another network's results, repeatable"),
    { "rounds", 0, CLI_WHOLE, offsetof(settings, rounds), "N",
      "samples of each time at least, of what is profiled (default 14)", 1, 100000, NULL },
    { "profile-seconds", 0, CLI_NUMBER, offsetof(settings, profile_s), "S",
      "spread over at least so long (default 20)", 0, 1e6, NULL },
    CLI_FRESH(settings),
    CLI_STORE(settings),
    CLI_CONTENTION(settings),
    CLI_SEARCH_TIME(settings),
    { "input", 0, CLI_LIST, offsetof(settings, inputs), "[NET:][INPUT=]FILE",
      "feed a network with a .npy or .pb file, the same for each frame, repeatable", 0, 0, NULL },
    { "seed", 0, CLI_WHOLE, offsetof(settings, seed), "N", "of the random inputs (default 0)", 0,
      INT_MAX, NULL },
    { "json", 'o', CLI_FILE, offsetof(settings, json), "FILE",
      "a line of JSON a second and one for each deployment's end, - is standard output", 0, 0,
      NULL },
    CLI_VIEWS(settings),
    { .name = NULL },
};

/* How frames come, and what is in them. */
typedef struct stream_setup {
    hax_frame_source given[HAX_MAX_INSTANCES];   /* as the command line says */
    hax_frame_source sources[HAX_MAX_INSTANCES]; /* of those that do not stand by */
    cli_control control;
    cli_feeds feeds;
} stream_setup;

/* Does the plan change while it runs? */
static bool plans_anew(const settings *set)
{
    return set->replan || set->control;
}

/* ---- deployments ----------------------------------------------------------------------------- */

enum { ROWS_MAX = HAX_BASELINES_MAX + 1 };

typedef struct deployments {
    int count;
    bool changes;                            /* the plan, while it runs */
    hax_stream_choice choice;                /* of the plan; without one: of a cycle */
    const hax_cycle *cycle;                  /* of which the plan is; NULL: of a round */
    const hax_schedule *schedules[ROWS_MAX]; /* the plan first */
    hax_stream_row rows[ROWS_MAX];
    hax_stream_rate rates[ROWS_MAX];
} deployments;

static void deployments_free(deployments *list)
{
    for (int d = 0; d < list->count; d++) {
        hax_stream_result_destroy(list->rows[d].result);
        hax_schedule_destroy(list->schedules[d]);
    }
    hax_cycle_destroy(list->cycle);
}

/* An earlier deployment that is executed for this one too; NULL: none. */
static hax_status find_same(const hax_platform *platform, const hax_problem *problem,
                            const deployments *list, int d, const char **name, hax_error *err)
{
    *name = NULL;
    for (int other = list->cycle ? 1 : 0; other < d && !*name; other++) {
        bool same;
        if (list->rows[other].same_as)
            continue;
        hax_status status = hax_stream_same_plan(platform, problem, list->schedules[other],
                                                 list->schedules[d], &same, err);
        if (status != HAX_OK)
            return status;
        if (same)
            *name = list->rows[other].name;
    }
    return HAX_OK;
}

static hax_status add_plain(const settings *set, const hax_platform *platform,
                            const hax_problem *problem, deployments *list, hax_error *err)
{
    hax_baseline_set *plain = NULL;
    hax_baseline_limits limits = hax_baseline_limits_default();
    limits.time_limit_s = cli_baselines_s(set->time_s, set->time_s);
    hax_status status = hax_baselines_make(problem, true, &limits, &plain, err);
    if (status != HAX_OK)
        return status;
    for (int b = 0; status == HAX_OK && b < hax_baseline_set_count(plain); b++) {
        const hax_schedule *schedule = hax_baseline_set_take(plain, b);
        const int row = list->count++;
        list->rows[row].name = hax_baseline_find(schedule->name)->name;
        list->schedules[row] = schedule;
        status = find_same(platform, problem, list, row, &list->rows[row].same_as, err);
    }
    hax_baseline_set_destroy(plain);
    return status;
}

/* The plan: of a period as a whole, or what the stream is best off with. */
static hax_status make_plan(const settings *set, const hax_stream_config *config, deployments *list,
                            hax_error *err)
{
    hax_solve_options solve = hax_solve_options_default();
    solve.time_limit_s = cli_search_s(set->time_s);
    solve.cancel = config->watch->cancel;
    if (!set->cyclic) {
        hax_status status =
            hax_stream_choose(config, &solve, set->find_rate, &list->choice, &list->cycle, err);
        list->schedules[0] = list->choice.schedule;
        return status;
    }
    hax_status status = hax_cycle_make(config->problem, config->sources, &list->cycle, err);
    if (status == HAX_OK)
        status = hax_solve(list->cycle->problem, &solve, &list->schedules[0], err);
    /* the best so far is a plan as well */
    return status == HAX_LIMIT && list->schedules[0] ? HAX_OK : status;
}

static hax_status make_deployments(const settings *set, cli_bench *bench,
                                   const hax_stream_config *config, bool plain, deployments *list,
                                   hax_error *err)
{
    list->choice = (hax_stream_choice){ 0 };
    hax_status status = make_plan(set, config, list, err);
    cli_progress_clear(&bench->progress);
    if (status != HAX_OK)
        return status;
    list->count = 1;
    list->rows[0].name = "haxconn";
    list->rows[0].cycle = list->cycle;
    list->rows[0].schedule = list->schedules[0];
    return plain ? add_plain(set, bench->platform, config->problem, list, err) : HAX_OK;
}

/* ---- running --------------------------------------------------------------------------------- */

static hax_stream_limits limits_of(const settings *set)
{
    return (hax_stream_limits){ set->frames > 0 ? set->frames : HAX_NO_LIMIT,
                                set->seconds > 0 ? set->seconds : INFINITY };
}

/* A result is there also of what was interrupted, differs or lost a worker. */
static hax_status run_row(const settings *set, hax_stream *stream, deployments *list, int d,
                          cli_stream_lines *lines, hax_error *err)
{
    const hax_stream_limits limits = limits_of(set);
    hax_stream_row *row = &list->rows[d];
    hax_error why = { 0 };
    lines->deployment = row->name;
    hax_status status =
        d > 0 ? hax_stream_change(stream, list->schedules[d], NULL, NULL, err) : HAX_OK;
    if (status == HAX_OK)
        status = hax_stream_run(stream, &limits, &row->result, err);
    hax_status told = row->result ? cli_stream_lines_final(lines, row->result, &why) : HAX_OK;
    if (told != HAX_OK && status == HAX_INTERRUPTED) {
        status = told; /* that is why it ended */
        *err = why;
    } else {
        cli_also_failed(&status, err, told, &why);
    }
    if (status != HAX_OK || !set->find_rate)
        return status;
    status = hax_stream_find_rate(stream, set->frames > 0 ? set->frames : FIND_FRAMES,
                                  &list->rates[d], err);
    if (status == HAX_OK)
        row->rate = &list->rates[d];
    return status;
}

static hax_status run_rows(const settings *set, hax_stream *stream, deployments *list,
                           cli_stream_lines *lines, hax_error *err)
{
    hax_status status = HAX_OK;
    for (int d = 0; d < list->count && status == HAX_OK; d++) {
        hax_error why = { 0 };
        if (list->rows[d].same_as)
            continue;
        hax_status ran = run_row(set, stream, list, d, lines, &why);
        bool goes_on = ran == HAX_OK || ran == HAX_MISMATCH;
        cli_also_failed(&status, err, ran, &why);
        if (!goes_on)
            break;
    }
    return status;
}

/* Puts a text behind a report, and frees it. */
static hax_status append(char **report, char *text, hax_error *err)
{
    size_t size = strlen(*report) + strlen(text) + 1;
    char *joined = malloc(size);
    if (joined)
        snprintf(joined, size, "%s%s", *report, text);
    free(text);
    if (!joined)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for a report");
    free(*report);
    *report = joined;
    return HAX_OK;
}

/* What the plan was chosen by. */
static hax_status append_choice(const deployments *list, char **report, hax_error *err)
{
    char *line = NULL;
    const hax_report_style style = cli_style();
    if (!list->choice.by_frames)
        return HAX_OK;
    hax_status status = hax_report_stream_choice(&list->choice, &style, &line, err);
    return status == HAX_OK ? append(report, line, err) : status;
}

static hax_status append_plans(const cli_stream_lines *lines, char **report, hax_error *err)
{
    char *text = NULL;
    const hax_report_style style = cli_style();
    if (!lines->plans)
        return HAX_OK;
    hax_status status =
        hax_report_stream_plans(lines->plans->count, lines->plans->items, &style, &text, err);
    return status == HAX_OK ? append(report, text, err) : status;
}

/* What became of each deployment that was run, the plan, its problem and where it ran; *count of
 * them, as far as they were written. */
static hax_status write_documents(const deployments *list, const hax_platform *platform,
                                  const hax_problem *problem, int *count, char **documents,
                                  hax_error *err)
{
    const hax_problem *planned = list->cycle ? list->cycle->problem : problem;
    const bool one_plan = !list->changes; /* which a document could show */
    hax_status status = HAX_OK;
    for (int d = 0; d < list->count && status == HAX_OK; d++)
        if (list->rows[d].result) {
            status = hax_stream_result_text(list->rows[d].result, list->rows[d].name, true,
                                            &documents[*count], err);
            *count += status == HAX_OK;
        }
    if (status == HAX_OK && one_plan) {
        status = hax_schedule_text(planned, list->schedules[0], 0, NULL, 0, NULL,
                                   &documents[*count], err);
        *count += status == HAX_OK;
    }
    if (status == HAX_OK && one_plan) {
        status = hax_problem_text(planned, &documents[*count], err);
        *count += status == HAX_OK;
    }
    if (status == HAX_OK)
        status = hax_platform_text(platform, &documents[*count], err);
    *count += status == HAX_OK;
    return status;
}

static hax_status write_views(const deployments *list, const hax_platform *platform,
                              const hax_problem *problem, const char *report, const cli_call *call,
                              hax_error *err)
{
    const settings *set = call->settings;
    char *documents[ROWS_MAX + 3] = { NULL };
    int count = 0;
    if (!cli_views_wanted(&set->views))
        return HAX_OK;
    hax_status status = write_documents(list, platform, problem, &count, documents, err);
    if (status == HAX_OK)
        status =
            cli_views_write(&set->views, count, (const char *const *) documents, report, call, err);
    for (int d = 0; d < count; d++)
        free(documents[d]);
    return status;
}

static hax_status give(const deployments *list, const cli_bench *bench, const hax_problem *problem,
                       const cli_stream_lines *lines, const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    const hax_report_style style = cli_style();
    char *report = NULL;
    hax_error why = { 0 };
    hax_status viewed = HAX_OK;
    hax_status status =
        hax_report_stream(list->count, list->rows, bench->platform, &style, &report, err);
    if (status == HAX_OK)
        status = append_choice(list, &report, err);
    if (status == HAX_OK)
        status = append_plans(lines, &report, err);
    if (status == HAX_OK)
        viewed = write_views(list, bench->platform, problem, report, call, &why);
    status = cli_answer_measured(status, set->json, NULL, report, call, err);
    cli_also_failed(&status, err, viewed, &why);
    return status;
}

static void fill_config(const settings *set, const cli_bench *bench, const hax_problem *problem,
                        const stream_setup *setup, cli_stream_lines *lines,
                        hax_stream_config *config)
{
    *config = hax_stream_config_default();
    config->platform = bench->platform;
    config->network_count = bench->networks.count;
    config->networks = bench->networks.items;
    config->problem = problem;
    config->sources = setup->sources;
    config->feed_count = setup->feeds.count;
    config->feeds = setup->feeds.feeds;
    config->input_seed = (uint64_t) set->seed;
    config->check_outputs = true;
    config->second_passed = cli_stream_second;
    config->context = lines;
    config->watch = &bench->watch;
    config->restart = set->restart == 0;
    config->replan = plans_anew(set);
    config->in_flight = set->in_flight;
    if (config->replan)
        config->plan_changed = cli_stream_plan;
    if (set->control)
        config->control = cli_stream_control;
}

static hax_status run_and_give(const cli_call *call, const cli_bench *bench,
                               const hax_stream_config *config, deployments *list,
                               cli_stream_lines *lines, hax_error *err)
{
    const settings *set = call->settings;
    hax_stream *stream = NULL;
    hax_error why = { 0 };
    hax_status status = hax_stream_open(config, &stream, err);
    if (status == HAX_OK) {
        status = run_rows(set, stream, list, lines, err);
        hax_status given =
            list->rows[0].result ? give(list, bench, config->problem, lines, call, &why) : HAX_OK;
        cli_also_failed(&status, err, given, &why);
    }
    hax_stream_close(stream);
    return status;
}

static hax_status stream_problem(const cli_call *call, cli_bench *bench, const hax_problem *problem,
                                 stream_setup *setup, hax_error *err)
{
    const settings *set = call->settings;
    const bool plain = (set->frames > 0 || set->seconds > 0) && !set->alone && !plans_anew(set);
    deployments list = { .changes = plans_anew(set) };
    cli_stream_lines lines = { 0 };
    hax_stream_config config;
    fill_config(set, bench, problem, setup, &lines, &config);
    hax_status status = make_deployments(set, bench, &config, plain, &list, err);
    config.schedule = list.schedules[0];
    config.cycle = list.cycle;
    if (status == HAX_OK)
        status = cli_stream_lines_open(&lines, set->json, &bench->progress, err);
    lines.control = &setup->control;
    if (status == HAX_OK && config.replan && !(lines.plans = calloc(1, sizeof *lines.plans)))
        status = cli_fail(err, HAX_NO_MEMORY, "out of memory for the plans of a stream");
    if (status == HAX_OK)
        status = run_and_give(call, bench, &config, &list, &lines, err);
    hax_error why = { 0 };
    hax_status closed = cli_stream_lines_close(&lines, &why);
    cli_also_failed(&status, err, closed, &why);
    free(lines.plans);
    deployments_free(&list);
    return status;
}

/* ---- the command ----------------------------------------------------------------------------- */

/* What has to be said before minutes are spent. */
static hax_status check(const settings *set, const cli_bench *bench,
                        const hax_frame_source *sources, hax_error *err)
{
    bool has_rate = false;
    if (bench->platform->simulated && set->frames == 0 && set->seconds == 0)
        return cli_fail(err, HAX_USAGE,
                        "the clock of platform '%s' is virtual and would go on for ever: give "
                        "--frames or --seconds",
                        bench->platform->name);
    if (plans_anew(set) && (set->cyclic || set->find_rate))
        return cli_fail(err, HAX_USAGE,
                        "%s has no effect with a plan that changes (--control, --replan): it is "
                        "about one plan",
                        set->cyclic ? "--cyclic" : "--find-rate");
    if (plans_anew(set) && set->views.trace)
        return cli_fail(err, HAX_USAGE,
                        "--trace shows one plan: with --control or --replan it changes");
    if (set->standby.count > 0 && !set->control)
        return cli_fail(err, HAX_USAGE,
                        "--standby %s: it stands by for ever without --control, which could add it",
                        set->standby.items[0]);
    if (set->in_flight > 1 && set->cyclic)
        return cli_fail(err, HAX_USAGE,
                        "--in-flight %d has no effect with --cyclic: in a period each frame of a "
                        "network begins after the one before",
                        set->in_flight);
    if (set->in_flight > 1 && set->in_flight * bench->networks.count > HAX_MAX_INSTANCES)
        return cli_fail(err, HAX_USAGE,
                        "--in-flight %d: %d networks with so many frames each; %d can be worked on "
                        "together at most",
                        set->in_flight, bench->networks.count, HAX_MAX_INSTANCES);
    if (set->find_rate && set->cyclic)
        return cli_fail(err, HAX_USAGE,
                        "--find-rate has no effect with --cyclic: a period is planned for its own "
                        "rates");
    for (int n = 0; n < bench->networks.count; n++)
        has_rate = has_rate || sources[n].release == HAX_PERIODIC;
    if (set->find_rate && !has_rate)
        return cli_fail(err, HAX_USAGE,
                        "--find-rate: no network has a rate to begin with; give one with --rate "
                        "NET=HZ");
    return HAX_OK;
}

/* What the command line says of frames, and without those that only stand by. */
static hax_status make_sources(const cli_call *call, const cli_bench *bench,
                               hax_frame_source *given, hax_frame_source *sources, hax_error *err)
{
    const settings *set = call->settings;
    const cli_source_options how = { &set->rates, &set->deadlines, &set->buffers, &set->policies };
    const char *const *operands = bench->networks.names ? bench->networks.names : call->operands;
    hax_status status = cli_sources_make(&bench->networks, operands, &how, given, err);
    if (status != HAX_OK)
        return status;
    memcpy(sources, given, (size_t) bench->networks.count * sizeof *sources);
    for (int s = 0; s < set->standby.count; s++) {
        bool found = false;
        const char *name = set->standby.items[s];
        for (int n = 0; n < bench->networks.count; n++)
            if (cli_network_is_called(&bench->networks, n, operands[n], name, strlen(name))) {
                sources[n].release = HAX_NO_FRAMES;
                found = true;
            }
        if (!found)
            return cli_fail(err, HAX_USAGE, "--standby %s: no network is called so", name);
    }
    return HAX_OK;
}

/* The networks stand, and how their frames come. */
static hax_status measure_and_stream(const cli_call *call, cli_bench *bench, stream_setup *setup,
                                     hax_error *err)
{
    const settings *set = call->settings;
    const cli_bench_measuring measuring = { set->rounds, set->profile_s, set->fresh,
                                            set->contention == 0 };
    const cli_bench_terms terms = { &set->rules, set->objective, set->max_transitions,
                                    set->contention != 0 };
    const hax_profile *profile = NULL;
    const hax_problem *problem = NULL;
    hax_status status = cli_bench_measure(bench, &measuring, &profile, err);
    if (status == HAX_OK)
        status = cli_bench_problem(bench, &terms, profile, &problem, err);
    if (status == HAX_OK)
        status = stream_problem(call, bench, problem, setup, err);
    hax_problem_destroy(problem);
    hax_profile_destroy(profile);
    return status;
}

/* Nothing is computed on a virtual clock, so that nothing can be fed. */
static hax_status read_feeds(const cli_call *call, const cli_bench *bench, cli_feeds *feeds,
                             hax_error *err)
{
    const settings *set = call->settings;
    if (bench->platform->simulated && set->inputs.count > 0)
        return cli_fail(err, HAX_UNAVAILABLE,
                        "--input has no effect: the units of platform '%s' are simulated and "
                        "compute nothing",
                        bench->platform->name);
    return cli_feeds_read(feeds, &set->inputs, &bench->networks,
                          bench->networks.names ? bench->networks.names : call->operands, err);
}

static hax_status stream_bench(const cli_call *call, cli_bench *bench, hax_error *err)
{
    const settings *set = call->settings;
    stream_setup setup = { 0 };
    if (bench->networks.count > HAX_MAX_INSTANCES)
        return cli_fail(err, HAX_BAD_INPUT, "%d networks: %d are planned together at most",
                        bench->networks.count, HAX_MAX_INSTANCES);
    hax_status status = make_sources(call, bench, setup.given, setup.sources, err);
    if (status == HAX_OK)
        status = check(set, bench, setup.given, err);
    if (status == HAX_OK)
        status = read_feeds(call, bench, &setup.feeds, err);
    if (status == HAX_OK)
        status = cli_control_open(&setup.control, set->control, &bench->networks,
                                  bench->networks.names ? bench->networks.names : call->operands,
                                  bench->platform, setup.given, setup.sources, err);
    if (status == HAX_OK)
        status = call->dry_run ? cli_end_dry(call) : measure_and_stream(call, bench, &setup, err);
    cli_control_close(&setup.control);
    cli_feeds_free(&setup.feeds);
    return status;
}

static hax_status stream(const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    const cli_bench_options bench_options = {
        set->platform, set->grouping,    &set->cuts, set->store,
        &set->shapes,  set->cut_tensors, 0,          false
    };
    cli_bench bench;
    hax_status status = cli_bench_open(&bench, call, &bench_options, err);
    if (status == HAX_OK)
        status = cli_frame_check(bench.platform, &bench.networks, &set->rules, set->objective,
                                 set->max_transitions, err);
    if (status == HAX_OK)
        status = stream_bench(call, &bench, err);
    cli_bench_close(&bench);
    return status;
}

const cli_command cli_stream = {
    .name = "stream",
    .operands = "NET... | WORKLOAD.json",
    .summary = "Run networks frame after frame, without a barrier between rounds",
    .text =
        "Profiles and plans as 'haxconn run' does, then gives each network its frames, at a rate\n"
        "or back to back: the next frame of one begins while another still works. Ends at\n"
        "--frames, --seconds or Ctrl-C, with latencies from a frame's release to its result.\n"
        "Where there is a limit, plain deployments are run the same way beside.\n\n"
        "  haxconn stream alexnet googlenet --frames 100\n"
        "  haxconn stream alexnet googlenet --rate alexnet=30 --rate googlenet=10 --seconds 60\n"
        "  haxconn stream alexnet googlenet --rate '*=10' --frames 200 --find-rate\n"
        "  haxconn stream alexnet googlenet --standby googlenet --control -\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 1,
    .operand_max = -1,
    .measures = true,
    .run = stream,
};
