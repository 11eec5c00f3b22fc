/* Layer statistics of cuDLA. */
#include "fixture.h"

#define HEAD "layer_name,start_ms,end_ms"

static void times_and_gaps(void **state)
{
    (void) state;
    const hax_import *import = read_text("auto", HEAD "\n'a,b + c',0.25,0.5\n'd+e',0.75,1.5\n");
    assert_string_equal(import->kind, "cudla");
    const hax_import_section *layers = part(import, "dla_layers");
    assert_int_equal(layers->row_count, 2);
    assert_string_equal(cell(layers, 0, "name")->text, "a,b + c");
    assert_float_equal(cell(layers, 0, "time_ms")->number, 0.25, 1e-12);
    assert_true(isnan(cell(layers, 0, "gap_ms")->number));
    assert_float_equal(cell(layers, 1, "gap_ms")->number, 0.25, 1e-12);
    assert_float_equal(hax_import_fact_number(layers, "busy_ms"), 1, 1e-12);
    assert_float_equal(hax_import_fact_number(layers, "span_ms"), 1.25, 1e-12);
    hax_import_destroy(import);
}

static void what_overlaps_counts_once(void **state)
{
    (void) state;
    const hax_import *import =
        read_text("cudla", HEAD ",net_x_ms\n'a',0,1,0.5\n'b',0.5,2,0\n'c',0.5,1.5,0\n");
    assert_float_equal(hax_import_fact_number(part(import, "dla_layers"), "busy_ms"), 2, 1e-12);
    assert_true(noted(import, HAX_IMPORT_WARNING, "2 layers begin before"));
    assert_true(noted(import, HAX_IMPORT_LEFT_OUT, "1 column behind end_ms"));
    hax_import_destroy(import);
}

static void blanks_around_commas_do_not_matter(void **state)
{
    (void) state;
    const hax_import *import = read_text("auto", "\nlayer_name, start_ms, end_ms\n'a', 0.1, 0.5\n");
    assert_float_equal(cell(part(import, "dla_layers"), 0, "time_ms")->number, 0.4, 1e-12);
    hax_import_destroy(import);
}

/* Precisions and flags are words, quoted where they hold commas. */
static void columns_behind_the_times_may_be_words(void **state)
{
    (void) state;
    const hax_import *import =
        read_text("auto", HEAD ",net_ms,src_precisions,uses_sram\n"
                               "'conv1 + relu1',0.01,0.51,0.48,INT8,yes\n"
                               "'pool1, ',' and so on',0.52,0.90,0.30,'fp16, int8',no\n");
    const hax_import_section *layers = part(import, "dla_layers");
    assert_int_equal(layers->row_count, 2);
    assert_string_equal(cell(layers, 0, "name")->text, "conv1 + relu1");
    assert_string_equal(cell(layers, 1, "name")->text, "pool1, ',' and so on");
    assert_float_equal(cell(layers, 0, "time_ms")->number, 0.5, 1e-12);
    assert_float_equal(cell(layers, 1, "time_ms")->number, 0.38, 1e-12);
    assert_true(noted(import, HAX_IMPORT_LEFT_OUT, "3 columns behind end_ms"));
    hax_import_destroy(import);
}

static void refuse(const char *text, int line, const char *words)
{
    const hax_import *import = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_import_parse("cudla", text, strlen(text), "f", NULL, &import, &err),
                     HAX_BAD_INPUT);
    if (!strstr(err.message, words))
        fail_msg("'%s' does not hold '%s'", err.message, words);
    assert_int_equal(err.line, line);
}

static void broken_files_are_refused(void **state)
{
    (void) state;
    refuse("", 0, "empty");
    refuse("a,b\n", 1, "the head is not");
    refuse(HEAD "\n", 1, "no layers");
    refuse(HEAD "\n'a,0,1\n", 2, "no closing quote");
    refuse(HEAD "\n'a',0\n", 2, "1 values behind the name, the head has 2");
    refuse(HEAD "\n\n'a',0,x\n", 3, "'x' is no time");
    refuse(HEAD "\n'a',-1,1\n", 2, "'-1' is no time");
    refuse(HEAD "\n'a',2,1\n", 2, "before it starts");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_and_gaps),
        cmocka_unit_test(what_overlaps_counts_once),
        cmocka_unit_test(blanks_around_commas_do_not_matter),
        cmocka_unit_test(columns_behind_the_times_may_be_words),
        cmocka_unit_test(broken_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
