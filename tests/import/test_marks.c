/* Series of engines with an output more, and the places that a build's log tells. */
#include "fixture.h"

#include <stdio.h>

/* ---- marks ---------------------------------------------------------------------------------- */

static const hax_import *log_called(const char *file, double mean_ms)
{
    char text[512];
    const hax_import *import = NULL;
    hax_error err = { 0 };
    snprintf(text, sizeof text,
             "&&&& RUNNING TensorRT.trtexec [TensorRT v8502] # trtexec --loadEngine=e\n"
             "[01/02/2026-10:00:00] [I] === Performance summary ===\n"
             "[01/02/2026-10:00:00] [I] GPU Compute Time: min = 1 ms, max = 9 ms, mean = %g ms, "
             "median = 2 ms, percentile(99%%) = 3 ms\n"
             "&&&& PASSED TensorRT.trtexec [TensorRT v8502] # trtexec --loadEngine=e\n",
             mean_ms);
    if (hax_import_parse("trtexec-log", text, strlen(text), file, NULL, &import, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return import;
}

static const hax_import *marks_of(const hax_import **logs, int count)
{
    const hax_import *marks = NULL;
    assert_int_equal(hax_import_marks(count, (const hax_import *const *) logs, &marks, NULL),
                     HAX_OK);
    for (int i = 0; i < count; i++)
        hax_import_destroy(logs[i]);
    return marks;
}

static void an_output_costs_what_it_adds(void **state)
{
    (void) state;
    const hax_import *logs[] = {
        log_called("r/a-net_gpu_mark_at_-1.log", 1.95913),
        log_called("r/a-net_gpu_mark_at_10.log", 1.97899),
        log_called("r/a-net_dla_mark_at_24.log", 3.72),
        log_called("r/a-net_dla_mark_at_-1.log", 3.75),
        log_called("r/a-net_gpu_transition_at_24.log", 2.5),
        log_called("other.log", 7),
    };
    const hax_import *marks = marks_of(logs, 6);
    const hax_import_section *rows = part(marks, "transitions");
    assert_int_equal(rows->row_count, 4);
    assert_string_equal(cell(rows, 1, "network")->text, "a-net");
    assert_string_equal(cell(rows, 1, "unit")->text, "gpu");
    assert_true(cell(rows, 1, "at")->number == 10);
    assert_true(cell(rows, 1, "cost_ms")->number == 0.01986);
    assert_true(cell(rows, 0, "cost_ms")->number == 0);
    /* what is measured stays as it is, also where noise makes it negative */
    assert_string_equal(cell(rows, 2, "unit")->text, "dla");
    assert_true(cell(rows, 2, "cost_ms")->number == -0.03);
    hax_import_destroy(marks);
}

static void without_the_whole_there_is_nothing_to_subtract(void **state)
{
    (void) state;
    const hax_import *logs[] = { log_called("a_gpu_mark_at_10.log", 2),
                                 log_called("a_dla_mark_at_-1.log", 3),
                                 log_called("a_xpu_mark_at_-1.log", 3) };
    const hax_import *marks = marks_of(logs, 3);
    assert_int_equal(part(marks, "transitions")->row_count, 1);
    assert_int_equal(marks->note_count, 1);
    assert_non_null(strstr(marks->notes[0].text, "a_gpu_mark_at_10.log"));
    hax_import_destroy(marks);
    const hax_import *none[] = { log_called("a.log", 2) };
    assert_null(marks_of(none, 1));
}

/* ---- places --------------------------------------------------------------------------------- */

static const char net[] = "input: 'data' input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\n"
                          "layer { name: 'a' type: 'ReLU' bottom: 'data' top: 'a' }\n"
                          "layer { name: 'b' type: 'ReLU' bottom: 'a' top: 'b' }\n"
                          "layer { name: 'c' type: 'ReLU' bottom: 'b' top: 'c' }\n"
                          "layer { name: 'd' type: 'Softmax' bottom: 'c' top: 'd' }\n";

#define LISTS8(dla, gpu)                                          \
    "[I] [TRT] ---------- Layers Running on DLA ----------\n" dla \
    "[I] [TRT] ---------- Layers Running on GPU ----------\n" gpu

static void check(const char *log, const char *on_dla, hax_status expected, const char *message)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    bool asked[4];
    int checked = -1;
    for (int l = 0; l < 4; l++)
        asked[l] = on_dla[l] == 'D';
    assert_int_equal(hax_model_parse_prototxt(net, strlen(net), "net", NULL, &model, &err), HAX_OK);
    const hax_import *import = read_text("trtexec-log", log);
    hax_status status = hax_import_check_placement(import, model, asked, &checked, &err);
    if (status != expected || (message && !strstr(err.message, message)))
        fail_msg("%d: %s\n%s", status, err.message, log);
    if (expected == HAX_OK)
        assert_int_equal(checked, 4);
    hax_import_destroy(import);
    hax_model_destroy(model);
}

static void layers_are_where_they_should_be(void **state)
{
    (void) state;
    static const char v8[] =
        LISTS8("[I] [TRT] [DlaLayer] {ForeignNode[a...c]}\n", "[I] [TRT] [GpuLayer] SOFTMAX: d\n");
    check(v8, "DDDG", HAX_OK, NULL);
    check(v8, "GDDG", HAX_MISMATCH, "1 layer runs");
    check(v8, "GDDG", HAX_MISMATCH, "'a' (layer 0), on the DLA instead of the GPU");
    check(v8, "DDDD", HAX_MISMATCH, "'d' (layer 3), on the GPU instead of the DLA");
    check(v8, "GGGD", HAX_MISMATCH, "4 layers run");
    check("[TensorRT] INFO: --------------- Layers running on DLA: \n"
          "[TensorRT] INFO: {b,c}, \n"
          "[TensorRT] INFO: --------------- Layers running on GPU: \n"
          "[TensorRT] INFO: a, d, \n",
          "GDDG", HAX_OK, NULL);
    check("[01/02/2026-10:00:00] [TRT] [I] ---------- Layers Running on GPU ----------\n"
          "[01/02/2026-10:00:00] [TRT] [I] [GpuLayer] a + b\n"
          "[01/02/2026-10:00:00] [TRT] [I] [GpuLayer] c\n"
          "[01/02/2026-10:00:00] [TRT] [I] [GpuLayer] d\n",
          "GGGG", HAX_OK, NULL);
    check("[I] [TRT] Detected 1 inputs and 1 output network tensors.\n"
          "&&&& PASSED TensorRT.trtexec # trtexec\n",
          "GDGG", HAX_MISMATCH, "for the GPU alone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_output_costs_what_it_adds),
        cmocka_unit_test(without_the_whole_there_is_nothing_to_subtract),
        cmocka_unit_test(layers_are_where_they_should_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
