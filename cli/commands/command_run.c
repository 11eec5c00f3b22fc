/* haxconn run */
#include <limits.h>

#include "bench.h"
#include "feeds.h"
#include "frame.h"
#include "input.h"
#include "message.h"
#include "output.h"
#include "running.h"

typedef struct settings {
    cli_run_settings run;
    const char *schedule;
    const char *save_schedule;
    const char *save_problem;
    cli_list inputs;
    int seed;
    const char *save_outputs;
} settings;

static const settings defaults = { .run = CLI_RUN_DEFAULTS };

static const cli_option options[] = {
    /* the settings of running come first in those of this command */
    CLI_RUN_OPTIONS,
    { "schedule", 0, CLI_TEXT, offsetof(settings, schedule), "FILE",
      "execute this schedule document instead of solving", 0, 0, NULL },
    { "save-schedule", 0, CLI_FILE, offsetof(settings, save_schedule), "FILE",
      "write the best deployment, as it was measured, as a schedule document", 0, 0, NULL },
    { "save-problem", 0, CLI_FILE, offsetof(settings, save_problem), "FILE",
      "write the problem that was solved", 0, 0, NULL },
    { "input", 0, CLI_LIST, offsetof(settings, inputs), "[NET:][INPUT=]FILE",
      "feed a network with a .npy or .pb file, repeatable (default: random numbers)", 0, 0, NULL },
    { "seed", 0, CLI_WHOLE, offsetof(settings, seed), "N", "of the random inputs (default 0)", 0,
      INT_MAX, NULL },
    { "save-outputs", 0, CLI_FOLDER, offsetof(settings, save_outputs), "DIR",
      "write what the plan computed as .npy files", 0, 0, NULL },
    CLI_JSON(cli_run_settings),
    CLI_VIEWS(cli_run_settings),
    { .name = NULL },
};

/* The schedule that --schedule names, against the frame of this run. */
static hax_status read_plan(const settings *set, const cli_bench *bench, const hax_schedule **plan,
                            hax_error *err)
{
    if (!set->schedule)
        return HAX_OK;
    const hax_problem *frame = NULL;
    cli_terms terms;
    hax_status status =
        cli_terms_make(&set->run.rules, set->run.objective, set->run.max_transitions,
                       bench->networks.workload, &terms, err);
    if (status == HAX_OK)
        status = cli_frame(bench->platform, &bench->networks, &terms, &frame, err);
    if (status == HAX_OK)
        status = cli_read_schedule(set->schedule, frame, plan, err);
    hax_problem_destroy(frame);
    cli_terms_free(&terms);
    return status;
}

static hax_status save_problem(const hax_result *result, const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    char *text = NULL;
    hax_status status = hax_problem_text(result->problem, &text, err);
    return status == HAX_OK ? cli_write(set->save_problem, text, call, err) : status;
}

static hax_status save_schedule(const hax_result *result, const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    char *text = NULL;
    hax_status status = hax_schedule_text(result->problem, result->rows[result->answer].schedule, 0,
                                          NULL, 0, result->verdict, &text, err);
    return status == HAX_OK ? cli_write(set->save_schedule, text, call, err) : status;
}

static hax_status save_outputs(const hax_result *result, const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    return hax_result_save_outputs(result, set->save_outputs, err);
}

/* The problem, the plan and the outputs, where the options ask for them; one that cannot be written
 * does not keep the others from it. */
static hax_status save(const hax_result *result, const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    const struct {
        const char *place;
        hax_status (*save)(const hax_result *result, const cli_call *call, hax_error *err);
    } parts[] = { { set->save_problem, save_problem },
                  { set->save_schedule, save_schedule },
                  { set->save_outputs, save_outputs } };
    hax_status status = HAX_OK;
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        hax_error why = { 0 };
        if (parts[p].place)
            cli_also_failed(&status, err, parts[p].save(result, call, &why), &why);
    }
    return status;
}

static hax_status give(const hax_result *result, const cli_bench *bench, const cli_call *call,
                       hax_error *err)
{
    const settings *set = call->settings;
    const hax_report_style style = cli_style();
    char *document = NULL, *report = NULL;
    hax_error why = { 0 }, view_why = { 0 };
    hax_status viewed = HAX_OK;
    hax_status status = hax_report_result(result, &style, &report, err);
    if (status == HAX_OK)
        status = cli_with_partition(bench, &report, err);
    if (status == HAX_OK && (set->run.json || cli_views_wanted(&set->run.views)))
        status = hax_result_text(result, &document, err);
    if (status == HAX_OK)
        viewed = cli_views_write_result(&set->run.views, document, report, call, &view_why);
    hax_status saved = save(result, call, &why);
    status = cli_answer_measured(status, set->run.json, document, report, call, err);
    cli_also_failed(&status, err, saved, &why);
    cli_also_failed(&status, err, viewed, &view_why);
    return status;
}

/* Units of a virtual clock compute nothing that could be fed or saved. */
static hax_status check_data(const settings *set, const hax_platform *platform, hax_error *err)
{
    if (!platform->simulated || (!set->save_outputs && set->inputs.count == 0))
        return HAX_OK;
    return cli_fail(err, HAX_UNAVAILABLE,
                    "--%s has no effect: the units of platform '%s' are simulated and compute "
                    "nothing",
                    set->save_outputs ? "save-outputs" : "input", platform->name);
}

static hax_status run(const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    const cli_bench_options bench_options = { set->run.platform, set->run.grouping,
                                              &set->run.cuts,    set->run.store,
                                              &set->run.shapes,  set->run.cut_tensors,
                                              set->run.seconds,  false };
    cli_bench bench;
    cli_feeds feeds = { 0 };
    const cli_run_data data = { &feeds, set->seed, set->save_outputs != NULL };
    const hax_schedule *plan = NULL;
    const hax_result *result = NULL;
    hax_status status = cli_bench_open(&bench, call, &bench_options, err);
    if (status == HAX_OK)
        status = cli_frame_check(bench.platform, &bench.networks, &set->run.rules,
                                 set->run.objective, set->run.max_transitions, err);
    if (status == HAX_OK)
        status = cli_feeds_read(&feeds, &set->inputs, &bench.networks,
                                bench.networks.names ? bench.networks.names : call->operands, err);
    if (status == HAX_OK)
        status = check_data(set, bench.platform, err);
    if (status == HAX_OK)
        status = read_plan(set, &bench, &plan, err);
    if (status == HAX_OK && call->dry_run)
        status = cli_end_dry(call);
    else if (status == HAX_OK)
        status = cli_run_bench(&set->run, &bench, plan, false, &data, &result, err);
    if (result) {
        /* Outputs that differ, or a limit: the table is given all the same. */
        hax_error why = { 0 };
        hax_status given = give(result, &bench, call, &why);
        cli_also_failed(&status, err, given, &why);
    }
    hax_result_destroy(result);
    hax_schedule_destroy(plan);
    cli_feeds_free(&feeds);
    cli_bench_close(&bench);
    return status;
}

const cli_command cli_run = {
    .name = "run",
    .operands = "NET... | WORKLOAD.json",
    .summary = "Profile, plan, execute and compare networks on this machine",
    .text =
        "NET is a built-in network ('haxconn model list'), a Caffe prototxt or an ONNX model;\n"
        "the same one may stand twice; a workload names them with what comes after what. The plan\n"
        "and every plain deployment are executed in turns on real kernels, their outputs "
        "compared.\n"
        "Exit code 5 when outputs differ, 10 when the plan misses a deadline that perhaps need\n"
        "not be missed, 20 when deadlines cannot be kept.\n\n"
        "  haxconn run alexnet googlenet\n"
        "  haxconn run alexnet googlenet --platform emulated\n"
        "  haxconn run googlenet --input data=photo.npy --save-outputs out\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 1,
    .operand_max = -1,
    .measures = true,
    .run = run,
};
