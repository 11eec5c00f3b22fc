/*
 * Library calls of which each allocation fails once, and once with all behind it: HAX_NO_MEMORY
 * with a message, the output as it was, and nothing kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "each_allocation.h"
#include "failing_malloc.h"
#include "haxconn/haxconn.h"

/* What the calls work on. */
typedef struct library_inputs {
    char *caffe, *onnx, *problem_text, *workload_text, *pressure_text, *trtexec_text, *profile_text;
    char *schedule_text, *platform_text;
    size_t onnx_length;
    hax_model *model, *builtin;
    const hax_grouping *grouping;
    const hax_problem *problem;
    const hax_schedule *schedule;
    const hax_platform *platform;
    const hax_profile *profile;
    const hax_import *import;
    const hax_pressure_table *table;
    const hax_contention_fit *fit;
    hax_jetson_target target;
    const hax_jetson_rules *rules;
    const hax_platform *board;
    const hax_calibration *calibration;
    const hax_problem *classified;
    const hax_schedule *classified_plan;
} library_inputs;

static const hax_report_style style = { .width = 80, .utf8 = true };

#define CALL(name, type, destroy, ...) \
    HAX_ALLOCATION_CALL(name, library_inputs, type, destroy, __VA_ARGS__)
#define TEXT(name, ...) CALL(name, char, free, __VA_ARGS__)

static const hax_import *the_import(const library_inputs *inputs)
{
    return inputs->import;
}

CALL(load_model, hax_model, hax_model_destroy, hax_model_load("alexnet", NULL, &result, err))
CALL(parse_caffe, hax_model, hax_model_destroy,
     hax_model_parse_prototxt(inputs->caffe, strlen(inputs->caffe), "tiny.prototxt", NULL, &result,
                              err))
CALL(parse_onnx, hax_model, hax_model_destroy,
     hax_model_parse_onnx(inputs->onnx, inputs->onnx_length, "heads.onnx", NULL, &result, err))
CALL(group_model, const hax_grouping, hax_grouping_destroy,
     hax_grouping_make(inputs->model, "fine", &result, err))
TEXT(write_model, hax_model_text(inputs->model, inputs->grouping, &result, err))
TEXT(write_prototxt, hax_model_prototxt(inputs->builtin, &result, err))
TEXT(report_model, hax_report_model(inputs->model, inputs->grouping, &style, &result, err))
CALL(parse_problem, const hax_problem, hax_problem_destroy,
     hax_problem_parse(inputs->problem_text, strlen(inputs->problem_text), "three.json", &result,
                       err))
CALL(copy_problem, const hax_problem, hax_problem_destroy,
     hax_problem_copy(inputs->problem, &result, err))
CALL(adjust_problem, const hax_problem, hax_problem_destroy,
     hax_problem_adjust(inputs->problem, HAX_SUM, 0, NULL, &result, err))
TEXT(write_problem, hax_problem_text(inputs->problem, &result, err))
CALL(solve, const hax_schedule, hax_schedule_destroy,
     hax_solve(inputs->problem, NULL, &result, err))
CALL(evaluate, const hax_schedule, hax_schedule_destroy,
     hax_schedule_evaluate(inputs->problem, "x", inputs->schedule->job_count,
                           inputs->schedule->jobs, &result, err))
CALL(serial, const hax_schedule, hax_schedule_destroy,
     hax_baseline_serial(inputs->problem, NULL, &result, err))
CALL(per_network, const hax_schedule, hax_schedule_destroy,
     hax_baseline_per_network(inputs->problem, NULL, &result, err))
CALL(mensa, const hax_schedule, hax_schedule_destroy,
     hax_baseline_mensa(inputs->problem, NULL, &result, err))
CALL(herald, const hax_schedule, hax_schedule_destroy,
     hax_baseline_herald(inputs->problem, NULL, &result, err))
CALL(h2h, const hax_schedule, hax_schedule_destroy,
     hax_baseline_h2h(inputs->problem, NULL, &result, err))
CALL(earliest, const hax_schedule, hax_schedule_destroy,
     hax_baseline_earliest_finish(inputs->problem, NULL, &result, err))
CALL(blind, const hax_schedule, hax_schedule_destroy,
     hax_baseline_contention_blind(inputs->problem, NULL, &result, err))
TEXT(write_schedule,
     hax_schedule_text(inputs->problem, inputs->schedule, 0, NULL, 0, "a verdict", &result, err))
CALL(parse_schedule, const hax_schedule, hax_schedule_destroy,
     hax_schedule_parse(inputs->problem, inputs->schedule_text, strlen(inputs->schedule_text),
                        "s.json", &result, err))
TEXT(verdict, hax_verdict(inputs->problem, inputs->schedule, 0, NULL, 0, &result, err))
TEXT(report_schedule, hax_report_gantt(inputs->problem, inputs->schedule, &style, &result, err))
CALL(parse_platform, const hax_platform, hax_platform_destroy,
     hax_platform_parse(inputs->platform_text, strlen(inputs->platform_text), "p.json", &result,
                        err))
CALL(open_synthetic, const hax_platform, hax_platform_destroy,
     hax_platform_load("synthetic", &result, err))
TEXT(write_platform, hax_platform_text(inputs->platform, &result, err))
CALL(parse_profile, const hax_profile, hax_profile_destroy,
     hax_profile_parse(inputs->profile_text, strlen(inputs->profile_text), "p.json", &result, err))
TEXT(write_profile, hax_profile_text(inputs->profile, &result, err))
CALL(make_problem, const hax_problem, hax_problem_destroy,
     hax_profile_problem(inputs->profile, 1, (const int[]){ 0 }, NULL, &result, err))
CALL(read_import, const hax_import, hax_import_destroy,
     hax_import_parse("trtexec", inputs->trtexec_text, strlen(inputs->trtexec_text),
                      "tiny-gpu.json", NULL, &result, err))
CALL(match_import, const hax_import, hax_import_destroy,
     hax_import_match(inputs->import, 0, NULL, inputs->model, inputs->grouping, &result, err))
TEXT(write_import, hax_import_text(1, (const hax_import *[]){ the_import(inputs) }, &result, err))
TEXT(report_import, hax_report_import(1, (const hax_import *[]){ the_import(inputs) }, HAX_NO_LIMIT,
                                      &style, &result, err))
CALL(parse_workload, const hax_workload, hax_workload_destroy,
     hax_workload_parse(inputs->workload_text, strlen(inputs->workload_text), "w.json", &result,
                        err))
CALL(parse_pressure, const hax_pressure_table, hax_pressure_table_destroy,
     hax_pressure_table_parse(inputs->pressure_text, strlen(inputs->pressure_text), "t.txt",
                              &result, err))
CALL(fit_pressure, const hax_contention_fit, hax_contention_fit_destroy,
     hax_contention_fit_make(inputs->table, HAX_FIT_ERROR_LIMIT, &result, err))
TEXT(write_fit, hax_contention_fit_text(inputs->fit, &result, err))
TEXT(draw_fit, hax_contention_fit_svg(inputs->fit, &result, err))
CALL(make_rules, const hax_jetson_rules, hax_jetson_rules_destroy,
     hax_jetson_rules_make(inputs->model, inputs->grouping, &inputs->target, &result, err))
TEXT(write_rules, hax_jetson_rules_text(inputs->rules, &result, err))
TEXT(write_boards, hax_jetson_boards_text(&result, err))
TEXT(write_board, hax_jetson_platform_text(&inputs->target, &result, err))
CALL(calibrate, const hax_calibration, hax_calibration_destroy,
     hax_calibration_make(inputs->board, false, &result, err))
TEXT(write_calibration, hax_calibration_text(inputs->board, inputs->calibration, &result, err))
TEXT(export_csv, hax_export_text("csv", inputs->classified, inputs->classified_plan,
                                 (const hax_model *[]){ inputs->model }, NULL, &result, err))
TEXT(export_json, hax_export_text("json", inputs->classified, inputs->classified_plan,
                                  (const hax_model *[]){ inputs->model }, NULL, &result, err))
TEXT(schema_of,
     hax_document_schema(inputs->problem_text, strlen(inputs->problem_text), "p", &result, err))
TEXT(stamp, hax_document_stamp(inputs->problem_text, "haxconn problem", &result, err))
TEXT(command_line, hax_document_command(2, (const char *[]){ "a b", "c" }, &result, err))

#undef TEXT
#undef CALL

static const hax_allocation_case calls[] = {
#define X(call_name)                          \
    {                                         \
        .name = #call_name, .call = call_name \
    }
    X(load_model),     X(parse_caffe),    X(parse_onnx),
    X(group_model),    X(write_model),    X(write_prototxt),
    X(report_model),   X(parse_problem),  X(copy_problem),
    X(adjust_problem), X(write_problem),  X(solve),
    X(evaluate),       X(serial),         X(per_network),
    X(mensa),          X(herald),         X(h2h),
    X(earliest),       X(blind),          X(write_schedule),
    X(parse_schedule), X(verdict),        X(report_schedule),
    X(parse_platform), X(open_synthetic), X(write_platform),
    X(parse_profile),  X(write_profile),  X(make_problem),
    X(read_import),    X(match_import),   X(write_import),
    X(report_import),  X(parse_workload), X(parse_pressure),
    X(fit_pressure),   X(write_fit),      X(draw_fit),
    X(make_rules),     X(write_rules),    X(write_boards),
    X(write_board),    X(calibrate),      X(write_calibration),
    X(export_csv),     X(export_json),    X(schema_of),
    X(stamp),          X(command_line),
#undef X
};

static char *read_text(const char *path, size_t *length)
{
    char *text = NULL, full[1024];
    size_t ignored;
    hax_error err;
    snprintf(full, sizeof full, "%s/%s", HAX_TEST_FOLDER, path);
    if (hax_document_read(full, &text, length ? length : &ignored, &err) != HAX_OK)
        fail_msg("%s: %s", full, err.message);
    return text;
}

static void must(hax_status status, const hax_error *err)
{
    if (status != HAX_OK)
        fail_msg("%s", err->message);
}

static void measure(library_inputs *inputs, hax_error *err)
{
    const hax_profile_network network = { .name = "tiny",
                                          .model = inputs->model,
                                          .grouping = inputs->grouping };
    hax_profile_config config = hax_profile_config_default();
    config.platform = inputs->platform;
    config.network_count = 1;
    config.networks = &network;
    config.rounds = 2;
    must(hax_profile_measure(&config, &inputs->profile, err), err);
    must(hax_profile_text(inputs->profile, &inputs->profile_text, err), err);
    must(
        hax_profile_problem(inputs->profile, 1, (const int[]){ 0 }, NULL, &inputs->classified, err),
        err);
    must(hax_solve(inputs->classified, NULL, &inputs->classified_plan, err), err);
}

static int set_up(void **state)
{
    static library_inputs filled;
    library_inputs *inputs = *state = &filled;
    hax_error err = { 0 };
    inputs->caffe = read_text("../cli/inputs/tiny.prototxt", NULL);
    inputs->onnx = read_text("../cli/inputs/heads.onnx", &inputs->onnx_length);
    inputs->problem_text = read_text("inputs/three.json", NULL);
    inputs->workload_text = read_text("../../examples/workloads/chain.json", NULL);
    inputs->pressure_text = read_text("../cli/inputs/pressure.txt", NULL);
    inputs->trtexec_text = read_text("../cli/inputs/board/tiny-gpu.json", NULL);
    must(hax_model_parse_prototxt(inputs->caffe, strlen(inputs->caffe), "tiny", NULL,
                                  &inputs->model, &err),
         &err);
    must(hax_model_load("alexnet", NULL, &inputs->builtin, &err), &err);
    must(hax_grouping_make(inputs->model, "2,3,4", &inputs->grouping, &err), &err);
    must(hax_problem_parse(inputs->problem_text, strlen(inputs->problem_text), "p",
                           &inputs->problem, &err),
         &err);
    must(hax_solve(inputs->problem, NULL, &inputs->schedule, &err), &err);
    must(hax_schedule_text(inputs->problem, inputs->schedule, 0, NULL, 0, NULL,
                           &inputs->schedule_text, &err),
         &err);
    must(hax_platform_load("synthetic", &inputs->platform, &err), &err);
    must(hax_platform_text(inputs->platform, &inputs->platform_text, &err), &err);
    measure(inputs, &err);
    must(hax_import_parse("trtexec", inputs->trtexec_text, strlen(inputs->trtexec_text), "t", NULL,
                          &inputs->import, &err),
         &err);
    must(hax_pressure_table_parse(inputs->pressure_text, strlen(inputs->pressure_text), "t",
                                  &inputs->table, &err),
         &err);
    must(hax_contention_fit_make(inputs->table, HAX_FIT_ERROR_LIMIT, &inputs->fit, &err), &err);
    must(hax_jetson_target_make("xavier-agx", "8.5", &inputs->target, &err), &err);
    must(hax_jetson_rules_make(inputs->model, inputs->grouping, &inputs->target, &inputs->rules,
                               &err),
         &err);
    must(hax_platform_load("xavier-agx", &inputs->board, &err), &err);
    must(hax_calibration_make(inputs->board, false, &inputs->calibration, &err), &err);
    return 0;
}

static int tear_down(void **state)
{
    library_inputs *inputs = *state;
    char *const texts[] = { inputs->caffe,         inputs->onnx,          inputs->problem_text,
                            inputs->workload_text, inputs->pressure_text, inputs->trtexec_text,
                            inputs->profile_text,  inputs->schedule_text, inputs->platform_text };
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
        free(texts[t]);
    hax_schedule_destroy(inputs->classified_plan);
    hax_problem_destroy(inputs->classified);
    hax_calibration_destroy(inputs->calibration);
    hax_platform_destroy(inputs->board);
    hax_jetson_rules_destroy(inputs->rules);
    hax_contention_fit_destroy(inputs->fit);
    hax_pressure_table_destroy(inputs->table);
    hax_import_destroy(inputs->import);
    hax_profile_destroy(inputs->profile);
    hax_platform_destroy(inputs->platform);
    hax_schedule_destroy(inputs->schedule);
    hax_problem_destroy(inputs->problem);
    hax_grouping_destroy(inputs->grouping);
    hax_model_destroy(inputs->model);
    hax_model_destroy(inputs->builtin);
    return 0;
}

static void calls_without_memory_say_so(void **state)
{
    assert_int_equal(hax_each_allocation(sizeof calls / sizeof *calls, calls, *state), 0);
}

/* The tool of this test itself: what is to fail does, and nothing else. */
static void told_allocations_fail(void **state)
{
    (void) state;
    for (int rest = 0; rest <= 1; rest++) {
        void *blocks[4];
        hax_failing_malloc_set(2, rest);
        for (int b = 0; b < 4; b++)
            blocks[b] = malloc(16);
        long count = hax_failing_malloc_count(), live = hax_failing_malloc_live();
        hax_failing_malloc_set(0, false);
        assert_int_equal(count, 4);
#ifdef HAX_FAILING_WRAPPED /* the sanitizer looks for leaks */
        assert_int_equal(live, 0);
#else
        assert_int_equal(live, rest ? 1 : 3);
#endif
        assert_non_null(blocks[0]);
        assert_null(blocks[1]);
        assert_true(rest ? !blocks[2] && !blocks[3] : blocks[2] && blocks[3]);
        for (int b = 0; b < 4; b++)
            free(blocks[b]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(told_allocations_fail),
        cmocka_unit_test_setup_teardown(calls_without_memory_say_so, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
