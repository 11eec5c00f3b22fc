/* Nsight Compute: pages, layouts, locales, and what is refused. */
#include "fixture.h"

#define NEW_HEAD                                                                           \
    "\"ID\",\"Process ID\",\"Process Name\",\"Host Name\",\"Kernel Name\",\"Context\","    \
    "\"Stream\",\"Block Size\",\"Grid Size\",\"Device\",\"CC\",\"Section Name\",\"Metric " \
    "Name\",\"Metric Unit\",\"Metric Value\""
#define RULES                                                                       \
    ",\"Rule Name\",\"Rule Type\",\"Rule Description\",\"Estimated Speedup Type\"," \
    "\"Estimated Speedup\""
/* A row of the layout above. */
#define ROW(id, kernel, section, name, unit, value)                                               \
    "\"" id "\",\"7\",\"app\",\"127.0.0.1\",\"" kernel "\",\"1\",\"7\",\"(256, 1, 1)\",\"(4, 1, " \
    "1)\",\"0\",\"8.7\",\"" section "\",\"" name "\",\"" unit "\",\"" value "\""
#define ASKED "Command line profiler metrics"
#define TIME(id, value) ROW(id, "k", ASKED, "gpu__time_duration.sum", "ns", value) "\n"
#define BYTES(id, value) ROW(id, "k", ASKED, "dram__bytes.sum", "byte", value) "\n"

static const hax_import_section *launches(const hax_import *import)
{
    return part(import, "launches");
}

static void expect(const hax_import *import, int row, double time_ms, double bytes,
                   const char *source)
{
    const hax_import_section *import_section = launches(import);
    assert_float_equal(cell(import_section, row, "time_ms")->number, time_ms, 1e-9);
    assert_float_equal(cell(import_section, row, "bytes")->number, bytes, bytes * 1e-9);
    assert_float_equal(cell(import_section, row, "gbps")->number, bytes / time_ms * 1e-6,
                       bytes / time_ms * 1e-15);
    assert_string_equal(cell(import_section, row, "source")->text, source);
}

static void refuse(const char *text, int line, const char *words)
{
    const hax_import *import = NULL;
    hax_error err = { 0 };
    hax_status status = hax_import_parse("ncu", text, strlen(text), "f", NULL, &import, &err);
    if (status != HAX_BAD_INPUT)
        fail_msg("not refused: %s", words);
    if (!strstr(err.message, words))
        fail_msg("'%s' does not hold '%s'", err.message, words);
    assert_int_equal(err.line, line);
}

/* ---- the details page ------------------------------------------------------------------------ */

static void bytes_and_time_of_each_launch(void **state)
{
    (void) state;
    const hax_import *import = read_text(
        "auto", "before\n==PROF== Connected to process 7\n" NEW_HEAD "\n" TIME("0", "1,000,000")
                    BYTES("0", "64,000,000") "between\n" TIME("1", "500") BYTES("1", "1,024"));
    assert_string_equal(import->kind, "ncu");
    assert_string_equal(import->what, "Nsight Compute, details page");
    assert_int_equal(launches(import)->row_count, 2);
    expect(import, 0, 1, 64e6, "dram__bytes");
    expect(import, 1, 0.0005, 1024, "dram__bytes");
    assert_float_equal(hax_import_fact_number(launches(import), "gbps"), 64.001024 / 1.0005, 1e-9);
    assert_string_equal(hax_import_fact_text(launches(import), "compute_capability"), "8.7");
    assert_true(noted(import, HAX_IMPORT_LEFT_OUT, "2 lines that are not ncu's"));
    hax_import_destroy(import);
}

static void section_names_are_told_apart_by_section_and_unit(void **state)
{
    (void) state;
    const hax_import *import = read_text(
        "auto",
        NEW_HEAD RULES "\n" ROW(
            "0", "k<int, 2>(a, \"\"b\"\")", "GPU Speed Of Light Throughput", "Memory Throughput",
            "%",
            "61.84") ",\n" ROW("0", "k<int, 2>(a, \"\"b\"\")", "GPU Speed Of Light Throughput",
                               "DRAM Throughput", "%",
                               "41.50") ",\n" ROW("0", "k<int, 2>(a, \"\"b\"\")",
                                                  "GPU Speed Of Light Throughput", "Duration", "us",
                                                  "1,000.00") ",\n" ROW("0",
                                                                        "k<int, 2>(a, \"\"b\"\")",
                                                                        "Memory Workload Analysis",
                                                                        "Memory Throughput",
                                                                        "Gbyte/s",
                                                                        "196.45") ",\n" ROW("0",
                                                                                            "k<int,"
                                                                                            " 2>(a,"
                                                                                            " \"\"b"
                                                                                            "\"\")",
                                                                                            "Source"
                                                                                            "Counte"
                                                                                            "rs",
                                                                                            "", "",
                                                                                            "") ","
                                                                                                "\""
                                                                                                "R"
                                                                                                "\""
                                                                                                ","
                                                                                                "\""
                                                                                                "OP"
                                                                                                "T"
                                                                                                "\""
                                                                                                ","
                                                                                                "\""
                                                                                                "mo"
                                                                                                "re"
                                                                                                "\n"
                                                                                                "li"
                                                                                                "ne"
                                                                                                "s,"
                                                                                                " "
                                                                                                "\""
                                                                                                "\""
                                                                                                "qu"
                                                                                                "ot"
                                                                                                "ed"
                                                                                                "\""
                                                                                                "\""
                                                                                                "\""
                                                                                                ","
                                                                                                "\""
                                                                                                "gl"
                                                                                                "ob"
                                                                                                "al"
                                                                                                "\""
                                                                                                ","
                                                                                                "\""
                                                                                                "7."
                                                                                                "5"
                                                                                                "\""
                                                                                                "\n");
    expect(import, 0, 1, 196.45e6, "Memory Throughput");
    assert_float_equal(cell(launches(import), 0, "dram_percent")->number, 41.5, 1e-9);
    assert_int_equal(part(import, "metrics")->row_count, 4);
    assert_true(noted(import, HAX_IMPORT_LEFT_OUT, "1 row of advice"));
    assert_int_equal(launches(import)->row_count, 1);
    hax_import_destroy(import);
}

static void the_old_layout_is_known_by_its_heads(void **state)
{
    (void) state;
    const hax_import *import = read_text(
        "auto",
        "\"ID\",\"Process ID\",\"Process Name\",\"Host Name\",\"Kernel Name\",\"Kernel "
        "Time\",\"Context\",\"Stream\",\"Section Name\",\"Metric Name\",\"Metric Unit\",\"Metric "
        "Value\"\r\n"
        "\"1\",\"9\",\"a\",\"h\",\"k\",\"2019-Dec-06 "
        "12:00:00\",\"1\",\"7\",\"c\",\"dram__read_bytes.sum\",\"Mbyte\",\"1.50\"\r\n"
        "\"1\",\"9\",\"a\",\"h\",\"k\",\"2019-Dec-06 "
        "12:00:00\",\"1\",\"7\",\"c\",\"dram__write_bytes.sum\",\"Kbyte\",\"500\"\r\n"
        "\"1\",\"9\",\"a\",\"h\",\"k\",\"2019-Dec-06 "
        "12:00:00\",\"1\",\"7\",\"c\",\"gpu__time_duration.sum\",\"usecond\",\"20\"\r\n");
    expect(import, 0, 0.02, 2e6, "dram__read_bytes + write");
    assert_string_equal(import->version, "with the older, long units");
    hax_import_destroy(import);
}

static void a_range_is_the_innermost(void **state)
{
    (void) state;
    const hax_import *import = read_text(
        "auto",
        "\"ID\",\"Process ID\",\"thread Domain:Push/Pop_Range:PL_Type:PL_Value:CLR_Type:Color:"
        "Msg_Type:Msg\",\"Kernel Name\",\"Metric Name\",\"Metric Unit\",\"Metric Value\"\n"
        "\"0\",\"9\",\"1  \"\"TensorRT:outer:none:none:none:none:none:none\"\" "
        "\"\"TensorRT:a::b + c:none:none:none:none:none:none\"\"\",\"k\","
        "\"gpu__time_duration.sum\",\"ms\",\"2\"\n"
        "\"1\",\"9\",\"\",\"k\",\"gpu__time_duration.sum\",\"ms\",\"2\"\n");
    assert_string_equal(cell(launches(import), 0, "range")->text, "a::b + c");
    assert_null(cell(launches(import), 1, "range")->text);
    hax_import_destroy(import);
}

static void appended_pages_stand_apart(void **state)
{
    (void) state;
    const hax_import *import =
        read_text("auto", NEW_HEAD "\n" TIME("0", "10") "==PROF== x\n" NEW_HEAD "\n" TIME("0", "20")
                              TIME("1", "30"));
    const hax_import_section *first = hax_import_find(import, "launches", 0);
    const hax_import_section *second = hax_import_find(import, "launches", 1);
    assert_int_equal(first->row_count, 1);
    assert_non_null(second);
    assert_int_equal(second->row_count, 2);
    hax_import_destroy(import);
}

/* ---- other pages ----------------------------------------------------------------------------- */

static void the_raw_page_has_names_and_units_above(void **state)
{
    (void) state;
    const hax_import *import = read_text(
        "auto", "\"ID\",\"Process ID\",\"Kernel Name\",\"CC\",\"dram__bytes_read.sum\","
                "\"dram__bytes_write.sum\",\"gpu__time_duration.sum\",\"launch__grid_size\"\n"
                "\"\",\"\",\"\",\"\",\"Mbyte\",\"Kbyte\",\"us\",\"\"\n"
                "\"0\",\"9\",\"a\",\"7.2\",\"1.25\",\"250\",\"10\",\"(1, 2, 3)\"\n"
                "\"1\",\"9\",\"b\",\"7.2\",\"n/a\",\"250\",\"10\",\"4\"\n");
    assert_string_equal(import->what, "Nsight Compute, raw page");
    expect(import, 0, 0.01, 1.5e6, "dram__bytes_read + write");
    assert_true(isnan(cell(launches(import), 1, "bytes")->number));
    assert_true(noted(import, HAX_IMPORT_WARNING, "1 launch has no bytes"));
    hax_import_destroy(import);
}

static void a_page_to_be_read_is_read(void **state)
{
    (void) state;
    static const char text[] =
        "out of the program\n"
        "==PROF== Disconnected from process 7\n"
        "[7] app@127.0.0.1\n"
        "  conv(float *, int) (4, 1, 1)x(256, 1, 1), Context 1, Stream 7, Device 0, CC 7.5\n"
        "    NVTX Push/Pop Stack for Thread 7:\n"
        "     <default domain>\n"
        "        <0,outer>\n"
        "            RGB: 0xff\n"
        "        <1,conv1 + relu1>\n"
        "    Section: GPU Speed Of Light Throughput\n"
        "    ----------------- ------------- ------------\n"
        "    Metric Name         Metric Unit Metric Value\n"
        "    ----------------- ------------- ------------\n"
        "    DRAM Throughput               %        61.84\n"
        "    Duration                usecond     1,000.00\n"
        "    Ratio of something                      1.25\n"
        "    ----------------- ------------- ------------\n"
        "    OPT   This is advice over\n"
        "          two lines.\n"
        "\n"
        "    Section: Memory Workload Analysis\n"
        "    ----------------- ------------- ------------\n"
        "    Memory Throughput  Gbyte/second       196.45\n"
        "    ----------------- ------------- ------------\n"
        "\n"
        "  pool, 2023-May-07 14:53:47, Context 1, Stream 31\n"
        "    Section: Command line profiler metrics\n"
        "    ---------------------- ------- -----------\n"
        "    dram__bytes.sum          Mbyte           2\n"
        "    gpu__time_duration.sum usecond          10\n"
        "    ---------------------- ------- -----------\n";
    const hax_import *import = read_text("auto", text);
    assert_string_equal(import->what, "Nsight Compute, text page");
    expect(import, 0, 1, 196.45e6, "Memory Throughput");
    expect(import, 1, 0.01, 2e6, "dram__bytes");
    assert_string_equal(cell(launches(import), 0, "kernel")->text, "conv(float *, int)");
    assert_string_equal(cell(launches(import), 1, "kernel")->text, "pool");
    assert_string_equal(cell(launches(import), 0, "range")->text, "conv1 + relu1");
    assert_true(noted(import, HAX_IMPORT_LEFT_OUT, "1 line that is not ncu's"));
    assert_true(noted(import, HAX_IMPORT_LEFT_OUT, "1 row of advice"));
    hax_import_destroy(import);
    import =
        read_text("auto", "k(int) (1, 1, 1)x(1, 1, 1), Context 1, Stream 7, Device 0, CC 8.6\n\n"
                          "Section: S\n\n--------- --- -------\n\nDuration   us   2.50\n"
                          "--------- --- -------\n");
    assert_float_equal(cell(launches(import), 0, "time_ms")->number, 0.0025, 1e-12);
    hax_import_destroy(import);
    refuse("  k, Context 1, Stream 7\n    Section: S\n    --- --- ---\n    a b 1\n", 4,
           "'a b 1' is no row");
    refuse("  k, Context 1, Stream 7\n    Section: S\n    --- --- ---\n", 3,
           "the file ends within");
}

/* ---- numbers --------------------------------------------------------------------------------- */

static void locales_are_told_by_the_file(void **state)
{
    (void) state;
    const hax_import *import =
        read_text("auto", NEW_HEAD "\n" ROW("0", "k", ASKED, "x__y", "%", "65,77") "\n" TIME(
                              "0", "1.500") BYTES("0", "27.595.520"));
    expect(import, 0, 0.0015, 27595520, "dram__bytes");
    assert_true(noted(import, HAX_IMPORT_REMARK, "decimal comma"));
    hax_import_destroy(import);
    import = read_text("auto", NEW_HEAD "\n" TIME("0", "1 234,5") BYTES("0", "2\xe2\x80\xaf"
                                                                             "816"));
    expect(import, 0, 0.0012345, 2816, "dram__bytes");
    hax_import_destroy(import);
    import = read_text("auto", NEW_HEAD "\n" TIME("0", "0,500") BYTES("0", "2.816"));
    expect(import, 0, 0.0000005, 2816, "dram__bytes");
    hax_import_destroy(import);
    import = read_text("auto", NEW_HEAD "\n" TIME("0", "1.5e+03") BYTES("0", "1'000'000"));
    expect(import, 0, 0.0015, 1e6, "dram__bytes");
    hax_import_destroy(import);
}

static void counts_of_bytes_are_whole(void **state)
{
    (void) state;
    const hax_import *import =
        read_text("auto", NEW_HEAD "\n" TIME("0", "2,048") BYTES("0", "2,816"));
    expect(import, 0, 0.002048, 2816, "dram__bytes");
    assert_true(noted(import, HAX_IMPORT_REMARK, "counts whole things"));
    hax_import_destroy(import);
}

static void what_is_ambiguous_is_refused(void **state)
{
    (void) state;
    refuse(NEW_HEAD "\n" TIME("0", "2,816"), 2, "no number of the file tells the locale");
    refuse(NEW_HEAD "\n" TIME("0", "65,77") BYTES("0", "1,362.20"), 3, "one locale a file");
    refuse(NEW_HEAD "\n" TIME("0", "1,23,4"), 2, "is no number");
    refuse(NEW_HEAD "\n" TIME("0", "fast"), 2, "'fast' of gpu__time_duration.sum is no number");
    refuse(NEW_HEAD "\n" TIME("0", "-5"), 2, "is no number");
    refuse("ID,Kernel Name,Block Size,Metric Name,Metric Unit,Metric Value\n"
           "0,k,(1, 1, 1),gpu__time_duration.sum,ns,2,816\n",
           2, "9 fields below 6 heads");
    refuse("ID,Kernel Name,Block Size,Metric Name,Metric Unit,Metric Value,Rule Name,Rule Type,R\n"
           "0,k,(1, 1, 1),gpu__time_duration.sum,ns,2\n",
           2, "8 fields below 9 heads");
    refuse("ID,Kernel Name,Metric Name,Metric Unit,Metric Value,Rule Name\n"
           "0,k,gpu__time_duration.sum,ns,2,816\n",
           2, "6 fields below 6 heads");
}

static void quoted_only_where_needed_is_fine(void **state)
{
    (void) state;
    const hax_import *import =
        read_text("auto", "ID,Kernel Name,Block Size,Metric Name,Metric Unit,Metric Value\n"
                          "0,k,\"(1, 1, 1)\",gpu__time_duration.sum,ns,\"2,816.5\"\n"
                          "program output\n"
                          "0,k,\"(1, 1, 1)\",dram__sectors.sum,sector,\"1,000\"\n");
    expect(import, 0, 0.0028165, 32000, "dram__sectors");
    hax_import_destroy(import);
    import = read_text("auto", "\"ID\",\"Kernel Name\",\"Metric Name\",\"Metric Unit\",\"Metric "
                               "Value\"\n0,\"k<a, b>\",gpu__time_duration.sum,us,1.5\n12 images\n");
    assert_float_equal(cell(launches(import), 0, "time_ms")->number, 0.0015, 1e-12);
    hax_import_destroy(import);
    import = read_text("auto", "\"ID\";\"Kernel Name\";\"Metric Name\";\"Metric Unit\";\"Metric "
                               "Value\"\n\"0\";\"k\";\"gpu__time_duration.sum\";\"us\";\"1,5\"\n");
    assert_float_equal(cell(launches(import), 0, "time_ms")->number, 0.0015, 1e-12);
    hax_import_destroy(import);
}

/* ---- where DRAM is not counted --------------------------------------------------------------- */

static void misses_of_the_cache_stand_for_dram(void **state)
{
    (void) state;
    const hax_import *import =
        read_text("auto", NEW_HEAD
                  "\n" ROW("0", "k", ASKED, "dram__bytes.sum", "", "(!) n/a") "\n" TIME("0", "1000")
                      ROW("0", "k", ASKED, "lts__t_sectors_srcunit_tex_lookup_miss.sum", "sector",
                          "2000") "\n");
    expect(import, 0, 0.001, 64000, "L2 misses of tex");
    assert_true(noted(import, HAX_IMPORT_WARNING, "n/a, as on integrated GPUs"));
    assert_true(noted(import, HAX_IMPORT_WARNING, "32 bytes for each miss"));
    hax_import_destroy(import);
    import = read_text("auto", NEW_HEAD "\n" ROW("0", "k", ASKED, "dram__bytes_read.sum.per_second",
                                                 "byte/s", "5e9") "\n" TIME("0", "1000"));
    expect(import, 0, 0.001, 5000, "dram__bytes_read per second alone");
    assert_true(noted(import, HAX_IMPORT_WARNING, "the demand is larger"));
    hax_import_destroy(import);
    import = read_text("auto",
                       NEW_HEAD "\n" ROW("0", "k", ASKED, "dram__bytes.sum", "furlong", "5") "\n");
    assert_true(noted(import, HAX_IMPORT_LEFT_OUT, "which is no amount of bytes"));
    assert_true(noted(import, HAX_IMPORT_WARNING, "1 launch has no time"));
    hax_import_destroy(import);
}

/* ---- damage ---------------------------------------------------------------------------------- */

/* Nothing was measured: not 0 ms. */
static void no_times_are_not_0_ms(void **state)
{
    (void) state;
    const hax_import *import = read_text("ncu", NEW_HEAD "\n" BYTES("0", "64") BYTES("1", "32"));
    assert_true(isnan(hax_import_fact_number(launches(import), "time_ms")));
    assert_true(noted(import, HAX_IMPORT_WARNING, "2 launches have no time"));
    hax_import_destroy(import);
    import = read_text("ncu", NEW_HEAD "\n" BYTES("0", "64") TIME("1", "1000") BYTES("1", "32"));
    assert_float_equal(hax_import_fact_number(launches(import), "time_ms"), 0.001, 1e-12);
    hax_import_destroy(import);
}

static void broken_files_are_refused(void **state)
{
    (void) state;
    refuse("", 0, "no launches");
    refuse("==ERROR== ERR_NVGPUCTRPERM - The user does not have permission\n", 0, "run it as root");
    refuse("==PROF== x\n==WARNING== No kernels were profiled.\n", 0, "profiled no kernel");
    refuse(NEW_HEAD "\n", 0, "no launches");
    refuse(NEW_HEAD "\n\"0\",\"7\",\"app", 2, "not closed");
    refuse("\"ID\",\"Kernel Name\",\"Metric", 1, "not closed");
    refuse(NEW_HEAD "\n\"0\",\"7\",\"app\"\n" TIME("0", "1"), 2,
           "the row ends after 3 of 15 fields");
    refuse(NEW_HEAD "\n\"0\",\"7\"", 2, "the file is cut off");
    refuse(NEW_HEAD "\n\"x\"y,\"b\"\n", 2, "text behind a closing quote");
    refuse(NEW_HEAD "\n" TIME("x", "1"), 2, "'x' is no ID");
    refuse(NEW_HEAD "\n" TIME("1", "1") TIME("0", "1"), 3, "launch 0 behind launch 1");
    refuse("\"ID\",\"Kernel Name\",\"Invocations\"\n", 1, "neither Metric Name");
    refuse("\"ID\",\"Kernel Name\",\"Metric Name\",\"Metric Unit\",\"Average\"\n", 1,
           "without --print-summary");
    refuse("\"ID\",\"Kernel Name\",\"a__b.sum\"\n\"0\",\"k\",\"1\"\n", 2, "no row of units");
    refuse("\"ID\",\"Kernel Name\",\"a__b.sum\"\n", 1, "ends behind the names");
    refuse("\"ID\",\"Kernel Name\",\"a__b.sum\"\n\"\",\"\",\"\"\n\"0\",\"k\"\n", 3,
           "the row ends after 2 of 3");
    refuse("\"ID\",\"Kernel Name\",\"a__b.sum\"\n\"\",\"\",\"\"\n\"0\",\"k\",\"1\"\n\"0\",\"k\","
           "\"1\"\n",
           4, "a second row of launch 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_and_time_of_each_launch),
        cmocka_unit_test(section_names_are_told_apart_by_section_and_unit),
        cmocka_unit_test(the_old_layout_is_known_by_its_heads),
        cmocka_unit_test(a_range_is_the_innermost),
        cmocka_unit_test(appended_pages_stand_apart),
        cmocka_unit_test(the_raw_page_has_names_and_units_above),
        cmocka_unit_test(a_page_to_be_read_is_read),
        cmocka_unit_test(locales_are_told_by_the_file),
        cmocka_unit_test(counts_of_bytes_are_whole),
        cmocka_unit_test(what_is_ambiguous_is_refused),
        cmocka_unit_test(quoted_only_where_needed_is_fine),
        cmocka_unit_test(misses_of_the_cache_stand_for_dram),
        cmocka_unit_test(no_times_are_not_0_ms),
        cmocka_unit_test(broken_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
