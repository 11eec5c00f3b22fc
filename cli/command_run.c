/* haxconn run */
#include "bench.h"
#include "frame.h"
#include "input.h"
#include "output.h"

typedef struct settings {
    const char *platform;
    const char *grouping;
    cli_list cuts;
    int objective;
    int max_transitions;
    int rounds;
    double seconds;
    bool fresh;
    const char *schedule;
    double time_s;
    const char *store;
    int contention; /* 0: on */
    const char *json;
    const char *save_schedule;
    const char *save_problem;
} settings;

static const settings defaults = {
    .platform = "host",
    .grouping = "blocks",
    .max_transitions = -1,
    .seconds = -1,
    .time_s = 10,
};

static const cli_option options[] = {
    CLI_PLATFORM(settings),
    CLI_GROUPING(settings),
    CLI_OBJECTIVE(settings),
    CLI_TRANSITIONS(settings),
    CLI_MEASURING(settings),
    CLI_CONTENTION(settings),
    { "time", 't', CLI_NUMBER, offsetof(settings, time_s), "S",
      "seconds to search at most (10), 0: no limit", 0, 1e9, NULL },
    { "schedule", 0, CLI_TEXT, offsetof(settings, schedule), "FILE",
      "execute this schedule document instead of solving", 0, 0, NULL },
    { "save-schedule", 0, CLI_TEXT, offsetof(settings, save_schedule), "FILE",
      "write the plan as a schedule document", 0, 0, NULL },
    { "save-problem", 0, CLI_TEXT, offsetof(settings, save_problem), "FILE",
      "write the problem that was solved", 0, 0, NULL },
    CLI_JSON(settings),
    { .name = NULL },
};

/* The schedule that --schedule names, against the frame of this run. */
static hax_status read_plan(const settings *set, const cli_bench *bench, hax_schedule **plan,
                            hax_error *err)
{
    if (!set->schedule)
        return HAX_OK;
    hax_problem *frame = NULL;
    hax_status status =
        cli_frame(bench->platform, &bench->networks, (hax_objective) set->objective, &frame, err);
    if (status == HAX_OK)
        status = cli_read_schedule(set->schedule, frame, plan, err);
    hax_problem_destroy(frame);
    return status;
}

static hax_status execute(const settings *set, cli_bench *bench, const hax_schedule *plan,
                          hax_result **result, hax_error *err)
{
    const hax_run_config config = {
        .platform = bench->platform,
        .network_count = bench->networks.count,
        .networks = bench->networks.items,
        .objective = (hax_objective) set->objective,
        .max_transitions = set->max_transitions,
        .rounds = set->rounds,
        .seconds = set->seconds,
        .store_path = bench->store,
        .ignore_contention = set->contention != 0,
        .fresh = set->fresh,
        .solve_time_limit_s = set->time_s,
        .schedule = plan,
        .watch = &bench->watch,
    };
    hax_status status = hax_run(&config, result, err);
    cli_progress_clear(&bench->progress);
    return status;
}

/* The problem and the plan, where the options ask for them. */
static hax_status save(const hax_result *result, const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    char *text = NULL;
    hax_status status = HAX_OK;
    if (set->save_problem)
        status = hax_problem_text(result->problem, &text, err);
    if (text)
        status = cli_write(set->save_problem, text, call, err);
    text = NULL;
    if (set->save_schedule && status == HAX_OK)
        status = hax_schedule_text(result->problem, result->rows[0].schedule, NULL, 0,
                                   result->verdict, &text, err);
    if (text)
        status = cli_write(set->save_schedule, text, call, err);
    return status;
}

static hax_status give(const hax_result *result, const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    const hax_report_style style = cli_style();
    char *document = NULL, *report = NULL;
    hax_status status = save(result, call, err);
    if (status == HAX_OK)
        status = hax_report_result(result, &style, &report, err);
    if (status == HAX_OK && set->json)
        status = hax_result_text(result, &document, err);
    return cli_answer_measured(status, set->json, document, report, call, err);
}

static hax_status run(const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    const cli_bench_options with = { set->platform, set->grouping, &set->cuts, set->store };
    cli_bench bench;
    hax_schedule *plan = NULL;
    hax_result *result = NULL;
    hax_status status = cli_bench_open(&bench, call, &with, err);
    if (status == HAX_OK)
        status = read_plan(set, &bench, &plan, err);
    if (status == HAX_OK)
        status = execute(set, &bench, plan, &result, err);
    if (result) {
        /* Outputs that differ, or a limit: the table is given all the same. */
        hax_error give_err;
        hax_status given = give(result, call, &give_err);
        if (status == HAX_OK && given != HAX_OK) {
            status = given;
            *err = give_err;
        }
    }
    hax_result_destroy(result);
    hax_schedule_destroy(plan);
    cli_bench_close(&bench);
    return status;
}

const cli_command cli_run = {
    .name = "run",
    .operands = "NET NET...",
    .summary = "Profile, plan, execute and compare networks on this machine",
    .text = "NET is a built-in network ('haxconn model list') or a Caffe prototxt; the same one\n"
            "may stand twice. The plan and every plain deployment are executed in turns on real\n"
            "kernels, their outputs compared. Exit code 5 when outputs differ.\n\n"
            "  haxconn run alexnet googlenet\n"
            "  haxconn run alexnet googlenet --platform emulated\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 1,
    .operand_max = -1,
    .run = run,
};
