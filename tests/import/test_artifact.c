/* HaX-CoNN's result files: read, written again byte for byte, fitted. */
#include "fixture.h"

#include <stdio.h>

#include "file.h"

static void good_files_are_written_again_as_they_were(void **state)
{
    (void) state;
    static const char *const names[] = { "groups", "engines", "transitions", "traffic" };
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        char path[1024], *text = NULL, *again = NULL;
        size_t length = 0;
        snprintf(path, sizeof path, "%s/fuzz_artifact/%s", HAX_CORPUS_FOLDER, names[n]);
        assert_int_equal(hax_file_read(path, 1 << 20, &text, &length, NULL), HAX_OK);
        const hax_import *import = read_text("auto", text);
        assert_string_equal(import->kind, "artifact");
        assert_int_equal(hax_import_artifact_text(import, NULL, &again, NULL), HAX_OK);
        assert_string_equal(again, text);
        hax_import_destroy(import);
        free(again);
        free(text);
    }
}

static void negative_differences_are_called_what_they_are(void **state)
{
    (void) state;
    const hax_import *import =
        read_text("artifact", "{\"n_gpu_transition_at_8\": {\"total_time\": 1, \"layer_diff\": 1}, "
                              "\"n_gpu_transition_at_4\": {\"total_time\": 0.5, \"layer_diff\": "
                              "-0.5}}");
    assert_true(noted(import, HAX_IMPORT_WARNING, "1 of 2 differences are negative"));
    assert_true(cell(part(import, "engines"), 1, "difference_ms")->number == -0.5);
    hax_import_destroy(import);
}

/* The engine cut at 24 has lost its time: what lies around it is known together. */
static void a_fit_joins_what_is_not_known_apart(void **state)
{
    (void) state;
    const hax_import *import = read_text(
        "artifact", "{\"n_gpu_transition_at_38\": {\"total_time\": 1, \"layer_diff\": 0}, "
                    "\"n_gpu_transition_at_24\": {\"total_time\": 0.01, \"layer_diff\": -0.99}, "
                    "\"n_gpu_transition_at_10\": {\"total_time\": 3, \"layer_diff\": 2.99}, "
                    "\"n_gpu_transition_at_-1\": {\"total_time\": 0, \"layer_diff\": 0}, "
                    "\"n_dla_transition_at_10\": {\"total_time\": 0.5, \"layer_diff\": 0}, "
                    "\"n_dla_transition_at_24\": {\"total_time\": 1.25, \"layer_diff\": 0}}");
    const hax_import *fit = NULL;
    const hax_import *const list[] = { import };
    assert_int_equal(hax_import_fit(1, list, NULL, &fit, NULL), HAX_OK);
    const hax_import_section *behind = part(fit, "fit");
    assert_int_equal(behind->row_count, 2);
    assert_true(cell(behind, 0, "first")->number == 10 && cell(behind, 0, "last")->number == 37);
    assert_float_equal(cell(behind, 0, "ms")->number, 2, 1e-12);
    assert_true(isnan(cell(behind, 1, "last")->number));
    assert_true(cell(part(fit, "left_out"), 0, "at")->number == 24);
    int at = (int) (behind - fit->sections);
    const hax_import_section *before = hax_import_find(fit, "fit", at + 1);
    assert_non_null(before);
    assert_true(cell(before, 0, "first")->number == 10 && cell(before, 0, "last")->number == 23);
    assert_float_equal(cell(before, 0, "ms")->number, 0.75, 1e-12);
    assert_true(cell(before, 1, "first")->number == 0 && cell(before, 1, "last")->number == 9);
    hax_import_destroy(fit);
    hax_import_destroy(import);
}

/* Profiles of engines, called after their cut, give the same without HaX-CoNN's file. */
static void a_fit_takes_profiles_that_are_called_after_their_cut(void **state)
{
    (void) state;
    static const struct {
        const char *file, *text;
    } files[] = {
        { "googlenet_gpu_transition_at_124.json",
          "[ { \"count\" : 10 }, { \"name\" : \"{ForeignNode[inception_5b/1x1...loss3/classifier]}"
          "\", \"timeMs\" : 4, \"averageMs\" : 0.4 }, { \"name\" : \"x to nvm\", \"timeMs\" : 0, "
          "\"averageMs\" : 0 } ]" },
        { "googlenet_gpu_transition_at_110.json",
          "[ { \"count\" : 10 }, { \"name\" : \"{ForeignNode[inception_5a/1x1...loss3/classifier]}"
          "\", \"timeMs\" : 7, \"averageMs\" : 0.7 }, { \"name\" : \"x to nvm\", \"timeMs\" : 0, "
          "\"averageMs\" : 0 } ]" },
    };
    hax_model *model = NULL;
    const hax_import *read[2], *match[2], *fit = NULL;
    assert_int_equal(hax_model_load("googlenet", NULL, &model, NULL), HAX_OK);
    for (int f = 0; f < 2; f++) {
        assert_int_equal(hax_import_parse("auto", files[f].text, strlen(files[f].text),
                                          files[f].file, NULL, &read[f], NULL),
                         HAX_OK);
        assert_int_equal(hax_import_match(read[f], 0, NULL, model, NULL, &match[f], NULL), HAX_OK);
    }
    assert_int_equal(hax_import_fit(2, (const hax_import *const *) match, model, &fit, NULL),
                     HAX_OK);
    const hax_import_section *pieces = part(fit, "fit");
    assert_int_equal(pieces->row_count, 2);
    assert_float_equal(cell(pieces, 0, "ms")->number, 0.3, 1e-9);
    assert_true(cell(pieces, 1, "last")->number == hax_model_compute_layer_count(model) - 1);
    hax_import_destroy(fit);
    for (int f = 0; f < 2; f++) {
        hax_import_destroy(read[f]);
        hax_import_destroy(match[f]);
    }
    hax_model_destroy(model);
}

static void a_fit_of_nothing_is_refused(void **state)
{
    (void) state;
    const hax_import *import = read_text("artifact", "{\"conv1\": {\"kernel1\": \"80%\"}}");
    const hax_import *const list[] = { import };
    const hax_import *fit = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_import_fit(1, list, NULL, &fit, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "no engines"));
    hax_import_destroy(import);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_files_are_written_again_as_they_were),
        cmocka_unit_test(negative_differences_are_called_what_they_are),
        cmocka_unit_test(a_fit_joins_what_is_not_known_apart),
        cmocka_unit_test(a_fit_takes_profiles_that_are_called_after_their_cut),
        cmocka_unit_test(a_fit_of_nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
