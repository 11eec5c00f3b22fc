/* haxconn schedule */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "artifact.h"
#include "bench.h"
#include "frame.h"
#include "input.h"
#include "interrupt.h"
#include "message.h"
#include "output.h"
#include "report_lines.h"
#include "schedule_published.h"
#include "schedule_sensitivity.h"
#include "terms.h"
#include "views.h"

typedef struct settings {
    const char *platform;
    const char *grouping;
    cli_list cuts;
    cli_list shapes;
    int cut_tensors;
    int objective;
    int max_transitions;
    cli_rules rules;
    int rounds;
    double seconds;
    bool fresh;
    const char *store;
    const char *json;
    cli_views views;
    const char *artifact;
    double time_s;
    double nodes;
    int contention; /* 0: on */
    int solver;     /* 0: exact */
    bool published;
    bool sensitivity;
    bool robust;
    double spread;
    bool verbose;
} settings;

static const settings defaults = {
    .platform = "host",
    .objective = CLI_OBJECTIVE_NOT_GIVEN,
    .max_transitions = CLI_TRANSITIONS_NOT_GIVEN,
    .seconds = -1,
    .time_s = CLI_TIME_NOT_GIVEN,
    .spread = CLI_SPREAD_NOT_GIVEN,
};

static const char *const solvers[] = { "exact", "z3", NULL };

static const cli_option options[] = {
    { "time", 't', CLI_NUMBER, offsetof(settings, time_s), "S", CLI_TIME_WORDS, 0, 1e9, NULL },
    { "nodes", 'n', CLI_NUMBER, offsetof(settings, nodes), "N",
      "nodes to search at most, 0: no limit", 0, 1e15, NULL },
    CLI_OBJECTIVE(settings),
    CLI_TRANSITIONS(settings),
    CLI_RULES(settings),
    { "contention", 0, CLI_CHOICE, offsetof(settings, contention), "C",
      "off: plan as if units did not slow each other down; the plan is evaluated with it", 0, 0,
      cli_contention_choices },
    { "solver", 0, CLI_CHOICE, offsetof(settings, solver), "S",
      "exact (default), or z3: a second opinion, without contention", 0, 0, solvers },
    { "published", 0, CLI_FLAG, offsetof(settings, published), NULL,
      "the published solver's model instead, with the artifact's numbers or those of a file", 0, 0,
      NULL },
    { "sensitivity", 0, CLI_FLAG, offsetof(settings, sensitivity), NULL,
      "also: over which range of each unit's speed the schedule stays optimal, and its worst "
      "regret",
      0, 0, NULL },
    { "robust", 0, CLI_FLAG, offsetof(settings, robust), NULL,
      "the schedule with the least worst regret when times move", 0, 0, NULL },
    { "spread", 0, CLI_NUMBER, offsetof(settings, spread), "P",
      "percent by which times may move (default: as far as was measured, 5 where that is unknown)",
      0, 99, NULL },
    { "verbose", 'v', CLI_FLAG, offsetof(settings, verbose), NULL,
      "a line for each improvement, also where standard error is no terminal", 0, 0, NULL },
    { "artifact", 0, CLI_FOLDER, offsetof(settings, artifact), "DIR",
      "also write HaX-CoNN's schedule_summary.txt and starter_guide.txt there", 0, 0, NULL },
    CLI_JSON(settings),
    CLI_VIEWS(settings),
    CLI_PLATFORM(settings),
    CLI_GPU_WORDS(settings),
    CLI_GROUPING(settings),
    CLI_SHAPE(settings),
    CLI_CUT_TENSORS(settings),
    CLI_MEASURING(settings),
    { .name = NULL },
};

/* ---- the problem ----------------------------------------------------------------------------- */

/* A data sheet's times are nobody's measurements here, and those of a store are old: the report
 * says so. */
static hax_status keep_source(const hax_profile *profile, char **source, hax_error *err)
{
    char words[200], line[400];
    if (profile->platform->datasheet)
        snprintf(line, sizeof line, "SIMULATED: nothing was measured, times are from %.340s",
                 profile->source);
    else if (hax_profile_stored_words(profile, words, sizeof words))
        snprintf(line, sizeof line, "Figures: %s.", words);
    else
        return HAX_OK;
    *source = strdup(line);
    return *source ? HAX_OK : cli_fail(err, HAX_NO_MEMORY, "out of memory for a report");
}

static hax_status problem_of_networks(const cli_call *call, const hax_problem **problem,
                                      char **source, hax_error *err)
{
    const settings *set = call->settings;
    const cli_bench_options bench_options = { set->platform, set->grouping, &set->cuts,
                                              set->store,    &set->shapes,  set->cut_tensors,
                                              set->seconds,  true };
    const cli_bench_measuring measuring = { set->rounds, set->seconds, set->fresh, true };
    const cli_bench_terms terms = { &set->rules, set->objective, set->max_transitions, false };
    cli_bench bench;
    const hax_profile *profile = NULL;
    hax_status status = cli_bench_open(&bench, call, &bench_options, err);
    if (status == HAX_OK)
        status = cli_frame_check(bench.platform, &bench.networks, &set->rules, set->objective,
                                 set->max_transitions, err);
    if (status == HAX_OK && !call->dry_run)
        status = cli_bench_measure(&bench, &measuring, &profile, err);
    if (status == HAX_OK && !call->dry_run)
        status = cli_bench_problem(&bench, &terms, profile, problem, err);
    if (status == HAX_OK && !call->dry_run)
        status = keep_source(profile, source, err);
    hax_profile_destroy(profile);
    cli_bench_close(&bench);
    return status;
}

/* *source: a line that says where its times come from, if they were not measured now; freed with
 * free. *since_s: when what --time gives begins: reading a document counts, measuring networks does
 * not. */
static hax_status open_problem(const cli_call *call, const hax_problem **problem, char **source,
                               double *since_s, hax_error *err)
{
    const settings *set = call->settings;
    bool document = false;
    hax_status status = cli_operands_are_problem(call, &document, err);
    if (status == HAX_OK && !document) {
        status = problem_of_networks(call, problem, source, err);
        *since_s = cli_seconds();
        return status;
    }
    if (status != HAX_OK)
        return status;
    status = cli_bar_measuring(call, "schedule", err);
    if (status == HAX_OK)
        status = cli_read_problem(call->operands[0], problem, err);
    if (status == HAX_OK)
        status = cli_terms_apply(&set->rules, set->objective, set->max_transitions, problem, err);
    return status;
}

/* ---- the answer ------------------------------------------------------------------------------ */

/* Puts a line before a report. */
static hax_status put_before(char **report, const char *line, hax_error *err)
{
    size_t size = strlen(*report) + strlen(line) + 3;
    char *text = malloc(size);
    if (!text)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for a report");
    snprintf(text, size, "%s\n\n%s", line, *report);
    free(*report);
    *report = text;
    return HAX_OK;
}

/* Z3 knows no contention: its own figure stands before the evaluator's. */
static hax_status say_who_solved(const hax_problem *problem, double value, char **report,
                                 hax_error *err)
{
    char line[160];
    snprintf(line, sizeof line, "solved by Z3 without contention: %s %.6g ms; as evaluated:",
             hax_objective_name(problem->objective), value);
    return put_before(report, line, err);
}

static hax_status give(const hax_problem *problem, const cli_answer_set *answer,
                       const cli_sensitivity *found, const char *source, const cli_call *call,
                       hax_error *err)
{
    const settings *set = call->settings;
    const hax_schedule *const *schedule = (const hax_schedule *const *) answer->schedules;
    const hax_report_style style = cli_style();
    char *document = NULL, *report = NULL;
    cli_interrupt_release();
    hax_status status =
        hax_report_schedule(problem, schedule[0], answer->count - 1, schedule + 1,
                            answer->unfinished, answer->verdict, &style, &report, err);
    if (status == HAX_OK && set->solver)
        status = say_who_solved(problem, answer->z3_value, &report, err);
    if (status == HAX_OK && source)
        status = put_before(&report, source, err);
    if (status == HAX_OK && (set->json || cli_views_wanted(&set->views)))
        status = hax_schedule_text(problem, schedule[0], answer->count - 1, schedule + 1,
                                   answer->unfinished, answer->verdict, &document, err);
    if (status == HAX_OK)
        status = cli_sensitivity_say(problem, found, &report, &document, err);
    cli_interrupt_flag(); /* files are written whole */
    hax_error why = { 0 }, view_why = { 0 };
    hax_status written = HAX_OK, viewed = HAX_OK;
    if (status == HAX_OK && set->artifact)
        written = cli_write_artifact(problem, schedule[0], set->artifact, &why);
    if (status == HAX_OK)
        viewed = cli_views_write_schedule(&set->views, problem, document, report, call, &view_why);
    status = cli_answer(status, set->json, document, report, call, err);
    cli_also_failed(&status, err, written, &why);
    cli_also_failed(&status, err, viewed, &view_why);
    return status;
}

/* What the plan and its baselines may take of what is left: half where times are to be varied after
 * it. */
static double plan_s(const settings *set, double left_s)
{
    return left_s > 0 && (set->sensitivity || set->robust) ? left_s / 2 : left_s;
}

/* When all that was asked for is to end; 0: whenever it is done. */
static double end_s(double left_s)
{
    return left_s > 0 ? cli_seconds() + cli_baselines_s(left_s, 0) : 0;
}

static hax_status check_options(const cli_call *call, hax_error *err)
{
    static const char *const of_published[] = { "published", "json", NULL };
    static const char *const of_exact[] = { "nodes", "contention", "verbose", NULL };
    const settings *set = call->settings;
    if (set->published && call->dry_run)
        return cli_fail(err, HAX_USAGE, "schedule --published: --dry-run has no effect there");
    if (set->published && call->operand_count > 1)
        return cli_fail(err, HAX_USAGE, "schedule --published: unexpected operand '%s'",
                        call->operands[1]);
    if (set->published)
        return cli_only_options(call, "schedule --published", of_published, err);
    if (call->operand_count == 0)
        return cli_fail(err, HAX_USAGE,
                        "schedule: expected PROBLEM.json, networks or WORKLOAD.json, see 'haxconn "
                        "help schedule'");
    if (cli_given(call, "spread") && !set->sensitivity && !set->robust)
        return cli_fail(err, HAX_USAGE,
                        "schedule: --spread has no effect alone: give --sensitivity or --robust");
    return set->solver ? cli_bar_options(call, "schedule", of_exact, "on --solver z3", err)
                       : HAX_OK;
}

static hax_status schedule(const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    hax_status status = check_options(call, err);
    if (status != HAX_OK || set->published)
        return status != HAX_OK ? status : cli_schedule_published(call, set->json, err);
    cli_report_lines lines = cli_report_begin(set->verbose);
    hax_solve_options search = hax_solve_options_default();
    if (set->nodes > 0)
        search.node_limit = (uint64_t) set->nodes;
    search.ignore_contention = set->contention != 0;
    search.improved = cli_report_improvement;
    search.context = &lines;
    const hax_problem *problem = NULL;
    char *source = NULL;
    cli_answer_set answer = { 0 };
    cli_sensitivity found = { .wanted = set->sensitivity, .robust_wanted = set->robust };
    bool limited = false;
    double since_s = cli_seconds();
    status = open_problem(call, &problem, &source, &since_s, err);
    const double left_s = cli_left_s(set->time_s, since_s), until_s = end_s(left_s);
    search.time_limit_s = cli_search_s(plan_s(set, left_s));
    if (status == HAX_OK && call->dry_run) {
        hax_problem_destroy(problem);
        free(source);
        return cli_end_dry(call);
    }
    lines.lateness = status == HAX_OK && problem->objective == HAX_DEADLINE;
    /* not before: while a pipe is read a signal is to end it */
    search.cancel = cli_interrupt_flag();
    if (status == HAX_OK)
        status = set->solver
                     ? cli_solve_z3(problem, plan_s(set, left_s), search.cancel, &answer, err)
                     : cli_solve(problem, &search, plan_s(set, left_s), &answer, &limited, err);
    hax_error limit = *err;
    if (status == HAX_OK)
        status = cli_sensitivity_find(problem, set->spread, until_s, &answer, &found, err);
    if (status == HAX_OK)
        status = give(problem, &answer, &found, source, call, err);
    if (status == HAX_OK)
        status = hax_deadlines_check(problem, answer.schedules[0], err);
    if (status == HAX_OK && limited) {
        *err = limit;
        status = HAX_LIMIT;
    } else if (status == HAX_OK && found.unfinished) {
        status = cli_fail(err, HAX_LIMIT, "a limit was reached while times were varied");
    }
    cli_answer_free(&answer);
    hax_problem_destroy(problem);
    free(source);
    return status;
}

const cli_command cli_schedule = {
    .name = "schedule",
    .operands = "PROBLEM.json | NET... | WORKLOAD.json | --published [DATA.json]",
    .summary = "Find the provably best schedule of a problem or of networks",
    .text =
        "Prints the objective, its proven bound, the same figures of the plain deployments,\n"
        "a chart and the verdict; - is standard input, a problem. Networks are profiled first;\n"
        "one network alone gets its best split, or \"do not split\". Exit code 10 when a limit "
        "was\n"
        "reached before the proof or a deadline is missed that perhaps need not be, 20 when no\n"
        "schedule keeps the constraints or the deadlines.\n\n"
        "With --time S what the plan is compared with ends by S and at most a quarter more (2 s\n"
        "at most), marked as cut short or not finished; --sensitivity and --robust have half of\n"
        "S. Without it only the search is bounded. --nodes with --time 0 gives the same answer\n"
        "every time.\n\n"
        "--published solves the model of the HaX-CoNN artifact (two networks, one switch\n"
        "each) by enumeration and by Z3, prints its words, and what this evaluator says of\n"
        "the same numbers.\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 0,
    .operand_max = -1,
    .measures = true,
    .run = schedule,
};
