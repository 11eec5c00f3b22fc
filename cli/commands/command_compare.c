/* haxconn compare */
#include "answer.h"
#include "frame.h"
#include "input.h"
#include "interrupt.h"
#include "message.h"
#include "output.h"
#include "running.h"

static const cli_run_settings defaults = CLI_RUN_DEFAULTS;

static const cli_option options[] = {
    CLI_RUN_OPTIONS,
    CLI_JSON(cli_run_settings),
    CLI_VIEWS(cli_run_settings),
    { .name = NULL },
};

/* ---- networks: executed ------------------------------------------------------------------ */

static hax_status give_result(const hax_result *result, const cli_bench *bench,
                              const cli_call *call, hax_error *err)
{
    const cli_run_settings *set = call->settings;
    const hax_report_style style = cli_style();
    char *document = NULL, *report = NULL;
    hax_error why = { 0 };
    hax_status viewed = HAX_OK;
    hax_status status = hax_report_comparison(result, &style, &report, err);
    if (status == HAX_OK)
        status = cli_with_partition(bench, &report, err);
    if (status == HAX_OK && (set->json || cli_views_wanted(&set->views)))
        status = hax_result_text(result, &document, err);
    if (status == HAX_OK)
        viewed = cli_views_write_result(&set->views, document, report, call, &why);
    status = cli_answer_measured(status, set->json, document, report, call, err);
    cli_also_failed(&status, err, viewed, &why);
    return status;
}

static hax_status compare_networks(const cli_call *call, hax_error *err)
{
    const cli_run_settings *set = call->settings;
    const cli_bench_options bench_options = { set->platform, set->grouping, &set->cuts,
                                              set->store,    &set->shapes,  set->cut_tensors,
                                              set->seconds,  false };
    cli_bench bench;
    const hax_result *result = NULL;
    hax_status status = cli_bench_open(&bench, call, &bench_options, err);
    if (status == HAX_OK)
        status = cli_frame_check(bench.platform, &bench.networks, &set->rules, set->objective,
                                 set->max_transitions, err);
    if (status == HAX_OK && call->dry_run)
        status = cli_end_dry(call);
    else if (status == HAX_OK)
        status = cli_run_bench(set, &bench, NULL, true, NULL, &result, err);
    if (result) {
        /* Outputs that differ: the table is given all the same. */
        hax_error why = { 0 };
        hax_status given = give_result(result, &bench, call, &why);
        cli_also_failed(&status, err, given, &why);
    }
    hax_result_destroy(result);
    cli_bench_close(&bench);
    return status;
}

/* ---- a problem document: evaluated --------------------------------------------------------- */

static hax_status give_answer(const hax_problem *problem, const cli_answer_set *answer,
                              const cli_call *call, hax_error *err)
{
    const cli_run_settings *set = call->settings;
    const hax_schedule *const *schedule = (const hax_schedule *const *) answer->schedules;
    const hax_report_style style = cli_style();
    char *document = NULL, *report = NULL;
    cli_interrupt_release();
    hax_status status = hax_report_compare(problem, answer->count, schedule, answer->unfinished,
                                           answer->verdict, &style, &report, err);
    if (status == HAX_OK && (set->json || cli_views_wanted(&set->views)))
        status = hax_schedule_text(problem, schedule[0], answer->count - 1, schedule + 1,
                                   answer->unfinished, answer->verdict, &document, err);
    cli_interrupt_flag(); /* files are written whole */
    hax_error why = { 0 };
    hax_status viewed = HAX_OK;
    if (status == HAX_OK)
        viewed = cli_views_write_schedule(&set->views, problem, document, report, call, &why);
    status = cli_answer(status, set->json, document, report, call, err);
    cli_also_failed(&status, err, viewed, &why);
    return status;
}

static hax_status compare_problem(const cli_call *call, hax_error *err)
{
    const cli_run_settings *set = call->settings;
    hax_solve_options search = hax_solve_options_default();
    search.ignore_contention = set->contention != 0;
    const double since_s = cli_seconds();
    const hax_problem *problem = NULL;
    cli_answer_set answer = { 0 };
    bool limited = false;
    hax_status status = cli_read_problem(call->operands[0], &problem, err);
    /* not before: while a pipe is read a signal is to end it */
    search.cancel = cli_interrupt_flag();
    if (status == HAX_OK)
        status = cli_terms_apply(&set->rules, set->objective, set->max_transitions, &problem, err);
    if (status == HAX_OK && call->dry_run) {
        hax_problem_destroy(problem);
        return cli_end_dry(call);
    }
    const double left_s = cli_left_s(set->time_s, since_s);
    search.time_limit_s = cli_search_s(left_s);
    if (status == HAX_OK)
        status = cli_solve(problem, &search, left_s, &answer, &limited, err);
    hax_error limit = *err;
    if (status == HAX_OK)
        status = give_answer(problem, &answer, call, err);
    if (status == HAX_OK)
        status = hax_deadlines_check(problem, answer.schedules[0], err);
    if (status == HAX_OK && limited) {
        *err = limit;
        status = HAX_LIMIT;
    }
    cli_answer_free(&answer);
    hax_problem_destroy(problem);
    return status;
}

static hax_status compare(const cli_call *call, hax_error *err)
{
    bool problem = false;
    hax_status status = cli_operands_are_problem(call, &problem, err);
    if (status != HAX_OK)
        return status;
    if (!problem)
        return compare_networks(call, err);
    status = cli_bar_measuring(call, "compare", err);
    return status == HAX_OK ? compare_problem(call, err) : status;
}

const cli_command cli_compare = {
    .name = "compare",
    .operands = "NET... | WORKLOAD.json | PROBLEM.json",
    .summary = "Run the plan beside every published way of scheduling",
    .text =
        "Networks are profiled, and the plan, the plain deployments and the schedulers of\n"
        "the literature (Mensa, Herald-like, H2H, earliest finish, contention-blind) are\n"
        "executed in turns. Of a problem document all are evaluated only, and the options\n"
        "of measuring are refused. With --time S the others end after S and a quarter more (2 s\n"
        "at most), and are marked where that did not do.\n\n"
        "  haxconn compare alexnet googlenet\n"
        "  haxconn compare examples/problems/published.json\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 1,
    .operand_max = -1,
    .measures = true,
    .run = compare,
};
