/* trtexec's files: what is read of each version, and that nothing broken passes. */
#include "fixture.h"
#include "text.h"

#include <dirent.h>
#include <stdio.h>

#include "file.h"
#include "random.h"

/* ---- the corpus: good files and bad ones --------------------------------------------------- */

typedef void check_file(const char *kind, const char *name, const char *text, size_t length);

static void each_file(const char *kind, check_file *check)
{
    char folder[512], path[1024];
    snprintf(folder, sizeof folder, "%s/fuzz_%s", HAX_CORPUS_FOLDER, kind);
    for (char *c = strstr(folder, "fuzz_trtexec-"); c && *c; c++)
        if (*c == '-')
            *c = '_';
    DIR *open = opendir(folder);
    assert_non_null(open);
    int count = 0;
    for (struct dirent *entry = readdir(open); entry; entry = readdir(open)) {
        char *text = NULL;
        size_t length = 0;
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        assert_int_equal(hax_file_read(path, 1 << 20, &text, &length, NULL), HAX_OK);
        check(kind, entry->d_name, text, length);
        free(text);
        count++;
    }
    closedir(open);
    assert_true(count > 5);
}

static const char *const kinds[] = { "trtexec-profile", "trtexec-times", "trtexec-layers",
                                     "trtexec-log" };

static void each_kind(check_file *check)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        each_file(kinds[k], check);
}

static hax_status try_to_read(const char *kind, const char *text, size_t length, hax_error *err)
{
    const hax_import *import = NULL;
    char *exact = malloc(length + 1); /* sanitizers see its end */
    memcpy(exact, text, length);
    *err = (hax_error){ 0 };
    hax_status status = hax_import_parse(kind, exact, length, "test", NULL, &import, err);
    assert_true(status == HAX_OK || status == HAX_BAD_INPUT);
    assert_true((status == HAX_OK) == (import != NULL));
    if (status != HAX_OK)
        assert_true(err->message[0] && strcmp(err->file, "test") == 0);
    hax_import_destroy(import);
    free(exact);
    return status;
}

static void check_name(const char *kind, const char *name, const char *text, size_t length)
{
    hax_error err;
    bool bad = strncmp(name, "bad-", 4) == 0;
    hax_status status = try_to_read(kind, text, length, &err);
    if (status != (bad ? HAX_BAD_INPUT : HAX_OK))
        fail_msg("%s %s: %s", kind, name, err.message);
}

static void files_are_read_or_refused_as_their_names_say(void **state)
{
    (void) state;
    each_kind(check_name);
}

static void cut_everywhere(const char *kind, const char *name, const char *text, size_t length)
{
    hax_error err;
    bool brackets = text[0] == '[' && strcmp(kind, "trtexec-log") != 0 &&
                    strncmp(name, "bad-", 4) != 0 && strncmp(name, "two", 3) != 0;
    size_t end = length;
    while (end > 0 && text[end - 1] != ']')
        end--;
    for (size_t cut = 0; cut < length; cut++) {
        hax_status status = try_to_read(kind, text, cut, &err);
        if (brackets && cut < end && status == HAX_OK)
            fail_msg("%s %s: the first %zu bytes pass", kind, name, cut);
    }
}

static void cut_off_files_are_refused(void **state)
{
    (void) state;
    each_kind(cut_everywhere);
}

static void damage(const char *kind, const char *name, const char *text, size_t length)
{
    hax_random random = { length + name[0] };
    char *copy = malloc(length + 1);
    hax_error err;
    for (int round = 0; round < 200 && length > 0; round++) {
        memcpy(copy, text, length);
        for (uint64_t flips = hax_random_below(&random, 4) + 1; flips > 0; flips--)
            copy[hax_random_below(&random, length)] = (char) hax_random_below(&random, 256);
        try_to_read(kind, copy, length, &err);
    }
    free(copy);
}

static void damaged_files_do_no_harm(void **state)
{
    (void) state;
    each_kind(damage);
}

/* A file of one kind given as another is refused, and the message says what it looks like. */
static void another_kind_is_refused(void **state)
{
    (void) state;
    hax_error err;
    const char *profile = "[ { \"count\" : 1 }, "
                          "{ \"name\" : \"a\", \"timeMs\" : 1, \"averageMs\" : 1 } ]";
    for (size_t k = 1; k < sizeof kinds / sizeof *kinds; k++) {
        assert_int_equal(try_to_read(kinds[k], profile, strlen(profile), &err), HAX_BAD_INPUT);
        assert_non_null(strstr(err.message, "looks like trtexec-profile"));
    }
    assert_int_equal(try_to_read("auto", "nothing", 7, &err), HAX_BAD_INPUT);
    const hax_import *import = NULL;
    assert_int_equal(hax_import_parse("trtexec-x", "", 0, "f", NULL, &import, &err), HAX_USAGE);
    assert_non_null(strstr(err.message, "trtexec-log"));
}

/* ---- profiles ------------------------------------------------------------------------------- */

static void names_are_read_as_they_stand(void **state)
{
    (void) state;
    const hax_import *import = read_text(
        "trtexec", "[\n  { \"count\" : 4 }\n"
                   ", { \"name\" : \"say \"a\", \\n\", \"timeMs\" : 8, \"averageMs\" : 2, "
                   "\"percentage\" : 80 }\n"
                   ", { \"name\" : \"b\", \"timeMs\" : nan, \"averageMs\" : nan, "
                   "\"percentage\" : -nan }\n]\n");
    const hax_import_section *profile = part(import, "profile");
    assert_string_equal(cell(profile, 0, "name")->text, "say \"a\", \\n");
    assert_true(cell(profile, 0, "average_ms")->number == 2);
    assert_true(isnan(cell(profile, 1, "time_ms")->number));
    assert_true(hax_import_fact_number(profile, "count") == 4);
    assert_true(noted(import, HAX_IMPORT_WARNING, "no finite number"));
    assert_string_equal(import->version, "TensorRT 7.0 to 8.2");
    hax_import_destroy(import);
}

/* A backslash is part of a name where trtexec wrote it, and an escape where others did. */
static void escapes_are_decoded_only_where_others_wrote(void **state)
{
    (void) state;
    static const struct {
        const char *text, *name;
    } cases[] = {
        { "[{ \"name\" : \"a\\tb\", \"timeMs\" : 1, \"averageMs\" : 1 }]", "a\\tb" },
        { "[{\"name\": \"a\\u0062c\", \"timeMs\": 1, \"averageMs\": 1}]", "abc" },
        { "[{\"name\": \"a\\u0062c\", \"timeMs\": NaN, \"averageMs\": 1}]", "abc" },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const hax_import *import = read_text("trtexec-profile", cases[c].text);
        assert_string_equal(cell(part(import, "profile"), 0, "name")->text, cases[c].name);
        hax_import_destroy(import);
    }
}

static void averages_that_contradict_the_count_are_noted(void **state)
{
    (void) state;
    const hax_import *import =
        read_text("trtexec-profile", "[ { \"count\" : 10 }, { \"name\" : \"a\", \"timeMs\" : 8, "
                                     "\"averageMs\" : 0.9, \"medianMs\" : 0.8 } ]");
    assert_true(noted(import, HAX_IMPORT_WARNING, "not timeMs over the count"));
    assert_string_equal(import->version, "TensorRT 8.4 or later");
    hax_import_destroy(import);
}

static void errors_name_the_line(void **state)
{
    (void) state;
    hax_error err;
    const char *text = "[\n  { \"count\" : 4 }\n, { \"name\" : \"a\", \"timeMs\" : 8, "
                       "\"averageMs\" : 2 }\n, { \"name\" : \"b\", \"timeMs\" : 8 }\n]\n";
    assert_int_equal(try_to_read("trtexec-profile", text, strlen(text), &err), HAX_BAD_INPUT);
    assert_int_equal(err.line, 4);
    assert_non_null(strstr(err.message, "'b' has no averageMs"));
}

/* ---- logs ----------------------------------------------------------------------------------- */

static void results_of_seven(void **state)
{
    (void) state;
    const hax_import *import =
        read_text("trtexec-log", "[I] Host Latency\n"
                                 "[I] mean: 2.5 ms (end to end 2.75 ms)\n"
                                 "[I] percentile: 3 ms at 99% (end to end 3.5 ms at 99%)\n"
                                 "[I] throughput: 400 qps\n"
                                 "[I] GPU Compute\n"
                                 "[I] mean: 2.25 ms\n"
                                 "[I] percentile: 2.5 ms at 97%\n");
    const hax_import_section *results = part(import, "results");
    int gpu = row_with(results, "quantity", "gpu compute");
    int host = row_with(results, "quantity", "host latency");
    int whole = row_with(results, "quantity", "end to end");
    assert_true(cell(results, gpu, "mean_ms")->number == 2.25);
    assert_true(cell(results, gpu, "percentile")->number == 97);
    assert_true(cell(results, gpu, "percentile_ms")->number == 2.5);
    assert_true(cell(results, host, "mean_ms")->number == 2.5);
    assert_true(cell(results, host, "p99_ms")->number == 3);
    assert_true(cell(results, whole, "p99_ms")->number == 3.5);
    assert_true(hax_import_fact_number(results, "throughput_qps") == 400);
    assert_string_equal(import->version, "TensorRT 7.0 to 7.2");
    hax_import_destroy(import);
}

static void the_echo_of_options_ends_where_the_run_begins(void **state)
{
    (void) state;
    const hax_import *import =
        read_text("trtexec-log", "[I] === System Options ===\n"
                                 "[I] DLACore: 0(With GPU fallback)\n"
                                 "[I] Warmup completed 9 queries over 200 ms\n"
                                 "[I] Trace averages of 10 runs:\n");
    assert_int_equal(part(import, "options")->row_count, 1);
    assert_true(noted(import, HAX_IMPORT_LEFT_OUT, "1 other line that says nothing"));
    hax_import_destroy(import);
    import = read_text("trtexec-log", "[E] DLA only supports FP16 and Int8 precision type.\n");
    assert_string_equal(cell(part(import, "messages"), 0, "about")->text, "precision");
    hax_import_destroy(import);
}

static void results_of_eight_and_ten(void **state)
{
    (void) state;
    const hax_import *import = read_text(
        "trtexec-log", "&&&& RUNNING TensorRT.trtexec [TensorRT v100300] [b26] # trtexec --x\n"
                       "[05/13/2025-10:36:46] [I] === Performance summary ===\n"
                       "[05/13/2025-10:36:46] [I] GPU Compute Time: min = 1 ms, max = 4 ms, mean = "
                       "2 ms, median = 1.5 ms, percentile(90%) = 3 ms, percentile(99%) = 3.5 ms\n"
                       "[05/13/2025-10:36:46] [V] GPU Compute Time: the GPU latency to execute\n"
                       "&&&& PASSED TensorRT.trtexec [TensorRT v100300] [b26] # trtexec --x\n");
    const hax_import_section *results = part(import, "results");
    assert_int_equal(results->row_count, 1);
    assert_true(cell(results, 0, "median_ms")->number == 1.5);
    assert_true(cell(results, 0, "p90_ms")->number == 3);
    assert_true(isnan(cell(results, 0, "p95_ms")->number));
    assert_string_equal(import->version, "TensorRT 10.3.0");
    assert_string_equal(hax_import_fact_text(part(import, "run"), "command"), "trtexec --x");
    assert_string_equal(hax_import_fact_text(part(import, "run"), "end"), "passed");
    hax_import_destroy(import);
}

static void places_of_all_versions(void **state)
{
    (void) state;
    const hax_import *import =
        read_text("trtexec-log", "[I] [TRT] --------------- Layers running on DLA: \n"
                                 "[I] [TRT] {a,b}, {c}, \n"
                                 "[I] [TRT] --------------- Layers running on GPU: \n"
                                 "[I] [TRT] d + e, PWN(f, g), h, \n"
                                 "[I] [TRT] ---------- Layers Running on DLA ----------\n"
                                 "[I] [TRT] [DlaLayer] {ForeignNode[x...y]}\n"
                                 "[I] [TRT] ---------- Layers Running on GPU ----------\n"
                                 "[I] [TRT] [GpuLayer] SOFTMAX: z: 1\n"
                                 "[I] [TRT] [GpuLayer] plain\n");
    const hax_import_section *places = part(import, "placement");
    static const char *const expected[][3] = {
        { "DLA", NULL, "{a,b}" },     { "DLA", NULL, "{c}" },
        { "GPU", NULL, "d + e" },     { "GPU", NULL, "PWN(f, g)" },
        { "GPU", NULL, "h" },         { "DLA", NULL, "{ForeignNode[x...y]}" },
        { "GPU", "SOFTMAX", "z: 1" }, { "GPU", NULL, "plain" },
    };
    assert_int_equal(places->row_count, 8);
    for (int r = 0; r < 8; r++) {
        assert_string_equal(cell(places, r, "unit")->text, expected[r][0]);
        assert_string_equal(cell(places, r, "name")->text, expected[r][2]);
        if (expected[r][1])
            assert_string_equal(cell(places, r, "type")->text, expected[r][1]);
    }
    hax_import_destroy(import);
}

/* Behind a heading of version 7's words, a line for each item and a comma behind it. */
static void a_comma_behind_a_place_is_no_part_of_its_name(void **state)
{
    (void) state;
    const hax_import *import =
        read_text("trtexec-log", "[I] [TRT] --------------- Layers running on DLA:\n"
                                 "[I] [TRT] [DlaLayer] {ForeignNode[a...b]},\n"
                                 "[I] [TRT] --------------- Layers running on GPU:\n"
                                 "[I] [TRT]\n");
    const hax_import_section *places = part(import, "placement");
    assert_int_equal(places->row_count, 1);
    assert_string_equal(cell(places, 0, "name")->text, "{ForeignNode[a...b]}");
    assert_string_equal(import->version, "TensorRT 8.0 or later");
    hax_import_destroy(import);
    import = read_text("trtexec-log", "[TRT] --------------- Layers running on DLA: \n"
                                      "[TRT] {a,b}, \n"
                                      "[TRT] --------------- Layers running on GPU: \n"
                                      "[TRT] \n");
    assert_string_equal(import->version, "TensorRT 7.0 to 7.2");
    hax_import_destroy(import);
}

static const char whole_log[] =
    "&&&& RUNNING TensorRT.trtexec [TensorRT v100300] # trtexec --onnx=net.onnx\n"
    "[02/03/2025-11:22:33] [I] === System Options ===\n"
    "[02/03/2025-11:22:33] [I] DLACore: 0\n"
    "[02/03/2025-11:22:33] [I] \n"
    "[02/03/2025-11:22:34] [I] [TRT] ---------- Layers Running on DLA ----------\n"
    "[02/03/2025-11:22:34] [I] [TRT] [DlaLayer] {ForeignNode[a...b]}\n"
    "[02/03/2025-11:22:34] [I] [TRT] [GpuLayer] SOFTMAX: prob\n"
    "[02/03/2025-11:22:35] [I] GPU Compute Time: min = 1 ms, max = 3 ms, mean = 2 ms, median = 2 "
    "ms, percentile(99%) = 3 ms\n"
    "[02/03/2025-11:22:36] [I] === Profile (10 iterations ) ===\n"
    "[02/03/2025-11:22:36] [I]    Time(ms)     Avg.(ms)   Median(ms)   Time(%)   Layer\n"
    "[02/03/2025-11:22:36] [I]       15.00       1.5000       1.5000      75.0   "
    "{ForeignNode[a...b]}\n"
    "[02/03/2025-11:22:36] [I]        5.00       0.5000       0.5000      25.0   prob\n"
    "[02/03/2025-11:22:36] [I]       20.00       2.0000       2.0000     100.0   Total\n"
    "[02/03/2025-11:22:36] [I] \n"
    "&&&& PASSED TensorRT.trtexec [TensorRT v100300] # trtexec --onnx=net.onnx\n";

/* The log with something in front of each line (two digits that count where ## stands) and behind
 * it. */
static const hax_import *read_prefixed(const char *front, const char *back)
{
    hax_text text = { 0 };
    int number = 7;
    for (const char *line = whole_log; *line; line = strchr(line, '\n') + 1, number++) {
        const char *counter = strstr(front, "##");
        size_t before = counter ? (size_t) (counter - front) : strlen(front);
        hax_text_append_bytes(&text, front, before);
        if (counter)
            hax_text_printf(&text, "%02d%s", number, counter + 2);
        hax_text_append_bytes(&text, line, strcspn(line, "\n"));
        hax_text_append(&text, back);
    }
    const hax_import *import = read_text("auto", hax_text_get(&text));
    hax_text_free(&text);
    return import;
}

static void expect_whole(const hax_import *import)
{
    assert_string_equal(import->kind, "trtexec-log");
    assert_string_equal(import->version, "TensorRT 10.3.0");
    assert_int_equal(part(import, "options")->row_count, 1);
    assert_int_equal(part(import, "placement")->row_count, 2);
    assert_int_equal(part(import, "profile")->row_count, 2);
    const hax_import_section *results = part(import, "results");
    int row = row_with(results, "quantity", "gpu compute");
    assert_float_equal(cell(results, row, "median_ms")->number, 2, 0);
    assert_string_equal(hax_import_fact_text(part(import, "run"), "end"), "passed");
    assert_false(noted(import, HAX_IMPORT_WARNING, ""));
    hax_import_destroy(import);
}

static void what_others_put_before_lines_does_not_matter(void **state)
{
    (void) state;
    static const char *const fronts[] = {
        "",   "trt-1  | ", "2025-02-03T11:22:##.1234567Z ",       "\x1b[36m",
        "#",  "# ",        "Feb  3 11:22:## orin run.sh[4711]: ", "[##.123456] ",
        "> ",
    };
    for (size_t f = 0; f < sizeof fronts / sizeof *fronts; f++) {
        expect_whole(read_prefixed(fronts[f], "\n"));
        expect_whole(read_prefixed(fronts[f], "\x1b[0m\r\n"));
        expect_whole(read_prefixed(fronts[f], "\n\n")); /* as pages give it */
    }
}

static void rows_behind_an_elision_are_rows(void **state)
{
    (void) state;
    static const char *const marks[] = { "......\n", "...\n", "[I] ...\n", "  [...]\n",
                                         "\xe2\x80\xa6\n" };
    for (size_t m = 0; m < sizeof marks / sizeof *marks; m++)
        for (int before = 0; before < 2; before++) {
            char text[1024];
            snprintf(text, sizeof text,
                     "[I] === Profile (10 iterations ) ===\n"
                     "[I]   Layer   Time (ms)   Avg. Time (ms)   Median Time (ms)   Time %%\n"
                     "%s%s"
                     "[I]   a       10.00           1.0000             1.0000     16.7\n"
                     "[I]   b       20.00           2.0000             2.0000     33.3\n"
                     "[I]   Total   60.00           6.0000             6.0000    100.0\n",
                     before ? "[I]   z       30.00           3.0000             3.0000     50.0\n"
                            : "",
                     marks[m]);
            const hax_import *import = read_text("trtexec-log", text);
            assert_int_equal(part(import, "profile")->row_count, 2 + before);
            assert_true(noted(import, HAX_IMPORT_WARNING, "dots in place of rows"));
            assert_true(before || noted(import, HAX_IMPORT_WARNING, "rows are missing"));
            assert_false(noted(import, HAX_IMPORT_WARNING, "no last row"));
            hax_import_destroy(import);
        }
}

/* Never by half in silence. */
static void lines_that_look_like_results_are_warned_of(void **state)
{
    (void) state;
    const hax_import *import =
        read_text("trtexec-log", "[I] Throughput: 5 qps\n"
                                 "[I] 1.5 2.5 3.5 50.0 a row without its table\n"
                                 "[I] times: median = 3, percentile(99%) = 4\n"
                                 "[I] nothing of that kind\n");
    assert_int_equal(import->notes[0].line, 2);
    assert_true(noted(import, HAX_IMPORT_WARNING, "'1.5 2.5 3.5 50.0 a row without its table'"));
    assert_true(noted(import, HAX_IMPORT_WARNING, "'times: median = 3, percentile(99%) = 4'"));
    assert_false(noted(import, HAX_IMPORT_WARNING, "nothing of that kind"));
    hax_import_destroy(import);
}

static void tables_of_all_layouts(void **state)
{
    (void) state;
    static const char *const tables[] = {
        "=== Profile (10 iterations ) ===\n"
        "    Layer   Time (ms)   Avg. Time (ms)   Time %\n"
        "  a 1 + b       20.00             2.00    100.0\n"
        "    Total       20.00             2.00    100.0\n",
        "=== Profile (10 iterations ) ===\n"
        "    Layer   Time (ms)   Avg. Time (ms)   Median Time (ms)   Time %\n"
        "  a 1 + b       20.00           2.0000             1.9000    100.0\n"
        "    Total       20.00           2.0000             1.9000    100.0\n",
        "[I] === Profile (10 iterations ) ===\n"
        "[I]    Time(ms)     Avg.(ms)   Median(ms)   Time(%)   Layer\n"
        "[I]       20.00       2.0000       1.9000     100.0   a 1 + b\n"
        "[I]       20.00       2.0000       1.9000     100.0   Total\n",
    };
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        const hax_import *import = read_text("trtexec-log", tables[t]);
        const hax_import_section *profile = part(import, "profile");
        assert_int_equal(profile->row_count, 1);
        assert_string_equal(cell(profile, 0, "name")->text, "a 1 + b");
        assert_true(cell(profile, 0, "time_ms")->number == 20);
        assert_true(cell(profile, 0, "average_ms")->number == 2);
        assert_true(t == 0 || cell(profile, 0, "median_ms")->number == 1.9);
        assert_true(hax_import_fact_number(profile, "stated_total_ms") == 20);
        hax_import_destroy(import);
    }
}

static void a_total_that_does_not_add_up_is_noted(void **state)
{
    (void) state;
    const hax_import *import =
        read_text("trtexec-log", "=== Profile (10 iterations ) ===\n"
                                 "    Layer   Time (ms)   Avg. Time (ms)   Time %\n"
                                 "        a       20.00             2.00     50.0\n"
                                 "    Total       40.00             4.00    100.0\n");
    assert_true(noted(import, HAX_IMPORT_WARNING, "rows are missing"));
    hax_import_destroy(import);
}

static void fallbacks_name_their_layer(void **state)
{
    (void) state;
    static const char *const cases[][3] = {
        { "[W] [TRT] Default DLA is enabled but layer my layer is not supported on DLA, falling "
          "back to GPU.",
          "fallback", "my layer" },
        { "[W] [TRT] DLA supports only 8 subgraphs per DLA core. Switching to GPU for layer x/y",
          "fallback", "x/y" },
        { "[W] [TRT] DLA LAYER: Batch size (combined volume except for CHW dimensions) 128 for "
          "layer mul exceeds max batch size allowed of 32.",
          "batch", "mul" },
        { "[W] [TRT] Layer 'it's (one)' (SOFTMAX): Unsupported on DLA. Switching this layer's "
          "device type to GPU.",
          "fallback", "it's (one)" },
        { "[W] [TRT] Div_3: DLA cores do not support DIV ElementWise operation.", "unsupported",
          "Div_3" },
        { "[W] [TRT] Validation failed for DLA layer: q. Switching to GPU fallback.", "fallback",
          "q" },
        { "[W] [TRT] Splitting DLA subgraph at: Relu_7 because DLA validation failed for this "
          "layer.",
          "split", "Relu_7" },
        { "[E] Error[4]: Div_3: DLA only supports concatenation on the C dimension.", "unsupported",
          "Div_3" },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const hax_import *import = read_text("trtexec-log", cases[c][0]);
        const hax_import_section *messages = part(import, "messages");
        assert_string_equal(cell(messages, 0, "about")->text, cases[c][1]);
        assert_string_equal(cell(messages, 0, "layer")->text, cases[c][2]);
        hax_import_destroy(import);
    }
}

/* ---- times and layers ------------------------------------------------------------------------ */

static void warm_up_is_kept_apart(void **state)
{
    (void) state;
    const char *text = "[ { \"startComputeMs\" : 1, \"computeMs\" : 9, \"latencyMs\" : 9 }, "
                       "{ \"startComputeMs\" : 60, \"computeMs\" : 2, \"latencyMs\" : 3 }, "
                       "{ \"startComputeMs\" : 70, \"computeMs\" : 4, \"latencyMs\" : 5 } ]";
    hax_import_options how = hax_import_options_default();
    how.warm_up_ms = 50;
    const hax_import *import = NULL;
    assert_int_equal(
        hax_import_parse("trtexec-times", text, strlen(text), "test", &how, &import, NULL), HAX_OK);
    const hax_import_section *times = part(import, "times");
    int compute = row_with(times, "quantity", "compute");
    assert_true(cell(times, compute, "mean_ms")->number == 3);
    assert_true(cell(times, compute, "max_ms")->number == 4);
    assert_true(hax_import_fact_number(times, "warm_up_records") == 1);
    assert_int_equal(part(import, "records")->row_count, 3);
    hax_import_destroy(import);
}

static void mixed_columns_are_left_out(void **state)
{
    (void) state;
    const hax_import *import = read_text(
        "trtexec-times", "[ { \"startInMs\" : 300.5, \"startComputeMs\" : 300.25, \"inMs\" : 1, "
                         "\"computeMs\" : 2, \"outMs\" : 0.5, \"latencyMs\" : 3.5 } ]");
    const hax_import_section *records = part(import, "records");
    assert_true(isnan(cell(records, 0, "in_ms")->number));
    assert_true(isnan(cell(records, 0, "latency_ms")->number));
    assert_true(cell(records, 0, "compute_ms")->number == 2);
    assert_true(cell(records, 0, "out_ms")->number == 0.5);
    assert_string_equal(import->version, "TensorRT 7.1 to 7.2");
    hax_import_destroy(import);
}

/* The columns whose difference inMs is are the input's, whatever else looks odd. */
static void swapped_columns_are_put_back(void **state)
{
    (void) state;
    static const struct {
        const char *enqueue, *in, *compute; /* begin and end, begin and end, begin */
        bool swapped;
    } cases[] = {
        /* as 7.1 wrote it: the input seems to begin behind the computation, or before it */
        { "\"startEnqMs\" : 0.226368, \"endEnqMs\" : 0.315968",
          "\"startInMs\" : 0.683045, \"endInMs\" : 5.17184", "0.329696", true },
        { "\"startEnqMs\" : 0.226368, \"endEnqMs\" : 0.315968",
          "\"startInMs\" : 0.2, \"endInMs\" : 5.17184", "0.329696", true },
        /* as it should be, and with a computation that began early */
        { "\"startEnqMs\" : 0.683045, \"endEnqMs\" : 5.17184",
          "\"startInMs\" : 0.226368, \"endInMs\" : 0.315968", "0.329696", false },
        { "\"startEnqMs\" : 0.683045, \"endEnqMs\" : 5.17184",
          "\"startInMs\" : 0.226368, \"endInMs\" : 0.315968", "0.1", false },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char text[600];
        snprintf(text, sizeof text,
                 "[ { %s, %s, \"startComputeMs\" : %s, \"inMs\" : 0.0896, \"computeMs\" : 4.49866, "
                 "\"outMs\" : 0.0432639, \"latencyMs\" : 4.63152, \"endToEndMs\" : 4.66554 } ]",
                 cases[c].enqueue, cases[c].in, cases[c].compute);
        const hax_import *import = read_text("trtexec-times", text);
        const hax_import_section *records = part(import, "records");
        assert_true(cell(records, 0, "start_in_ms")->number == 0.226368);
        assert_true(cell(records, 0, "end_in_ms")->number == 0.315968);
        assert_true(cell(records, 0, "end_enqueue_ms")->number == 5.17184);
        assert_true(cell(records, 0, "in_ms")->number == 0.0896);
        assert_true(cell(records, 0, "latency_ms")->number == 4.63152);
        assert_true(cell(records, 0, "end_to_end_ms")->number == 4.66554);
        assert_string_equal(import->version,
                            cases[c].swapped ? "TensorRT 7.1 to 7.2" : "TensorRT 7.0 to 7.2");
        hax_import_destroy(import);
    }
}

static void tensors_are_as_large_as_their_format(void **state)
{
    (void) state;
    static const struct {
        const char *format;
        double bytes;
    } cases[] = {
        { "Row major linear FP32", 3 * 5 * 7 * 4 },
        { "Row major linear FP16 format", 3 * 5 * 7 * 2 },
        { "Channel major FP16 format where channel % 8 == 0", 8 * 5 * 7 * 2 },
        { "Thirty-two wide channel vectorized row major Int8 format", 32 * 5 * 7 },
        { "Two wide channel vectorized row major FP16 format", 4 * 5 * 7 * 2 },
        /* the DLA's: three channels are four, a row is whole lines of 32 bytes */
        { "Channel major FP16 format where channel == 4 and column stride % 32 == 0", 5 * 64 },
        { "Channel major INT8 format where channel == 4 and column stride % 32 == 0", 5 * 32 },
        { "Row major linear BOOL", 3 * 5 * 7 },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char text[512];
        snprintf(text, sizeof text,
                 "{\"Layers\": [{\"Name\": \"a\", \"Inputs\": [{\"Name\": \"t\", \"Dimensions\": "
                 "[1,3,5,7], \"Format/Datatype\": \"%s\"}], \"Outputs\": []}]}",
                 cases[c].format);
        const hax_import *import = read_text("trtexec-layers", text);
        assert_float_equal(cell(part(import, "layers"), 0, "input_bytes")->number, cases[c].bytes,
                           0);
        hax_import_destroy(import);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read_or_refused_as_their_names_say),
        cmocka_unit_test(cut_off_files_are_refused),
        cmocka_unit_test(damaged_files_do_no_harm),
        cmocka_unit_test(another_kind_is_refused),
        cmocka_unit_test(names_are_read_as_they_stand),
        cmocka_unit_test(escapes_are_decoded_only_where_others_wrote),
        cmocka_unit_test(averages_that_contradict_the_count_are_noted),
        cmocka_unit_test(errors_name_the_line),
        cmocka_unit_test(results_of_seven),
        cmocka_unit_test(the_echo_of_options_ends_where_the_run_begins),
        cmocka_unit_test(results_of_eight_and_ten),
        cmocka_unit_test(places_of_all_versions),
        cmocka_unit_test(a_comma_behind_a_place_is_no_part_of_its_name),
        cmocka_unit_test(what_others_put_before_lines_does_not_matter),
        cmocka_unit_test(rows_behind_an_elision_are_rows),
        cmocka_unit_test(lines_that_look_like_results_are_warned_of),
        cmocka_unit_test(tables_of_all_layouts),
        cmocka_unit_test(a_total_that_does_not_add_up_is_noted),
        cmocka_unit_test(fallbacks_name_their_layer),
        cmocka_unit_test(warm_up_is_kept_apart),
        cmocka_unit_test(mixed_columns_are_left_out),
        cmocka_unit_test(swapped_columns_are_put_back),
        cmocka_unit_test(tensors_are_as_large_as_their_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
