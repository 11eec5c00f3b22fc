/* Lines of tegrastats, of every JetPack and without root. */
#include "fixture.h"

#include <stdio.h>

#define HEAD "RAM 9/62MB (lfb 2x4MB) CPU [2%@1190,off] "

static void emc_becomes_bandwidth(void **state)
{
    (void) state;
    const char *text = HEAD "EMC_FREQ 1%@2133 GR3D_FREQ 0%@[0,0]\n" HEAD
                            "EMC_FREQ 50%@2133 GR3D_FREQ 14%@[407,400] NVDLA0_FREQ @1600\n";
    hax_import_options how = hax_import_options_default();
    how.emc_bits = 256;
    const hax_import *import = NULL;
    assert_int_equal(hax_import_parse("auto", text, strlen(text), "f", &how, &import, NULL),
                     HAX_OK);
    assert_string_equal(import->kind, "tegrastats");
    const hax_import_section *samples = part(import, "samples");
    assert_int_equal(samples->row_count, 2);
    assert_float_equal(cell(samples, 1, "emc_gbps")->number, 0.5 * 136.512, 1e-9);
    assert_float_equal(cell(samples, 1, "gpu_mhz")->number, 407, 0);
    assert_float_equal(cell(samples, 1, "dla0_mhz")->number, 1600, 0);
    assert_true(isnan(cell(samples, 0, "dla0_mhz")->number));
    const hax_import_section *figures = part(import, "tegrastats");
    int row = row_with(figures, "quantity", "emc_percent");
    assert_float_equal(cell(figures, row, "median")->number, 50, 0);
    assert_float_equal(cell(figures, row, "samples")->number, 1, 0);
    hax_import_destroy(import);
}

static void expect_version(const char *text, const char *version)
{
    const hax_import *import = read_text("tegrastats", text);
    assert_string_equal(import->version, version);
    hax_import_destroy(import);
}

static void versions_are_told_by_their_words(void **state)
{
    (void) state;
    expect_version(HEAD "EMC_FREQ 1%@2133 GPU 463/463\n", "JetPack 4 or earlier");
    expect_version(HEAD "EMC_FREQ 1%@2133 VDD_IN 5299mW/5299mW\n", "JetPack 5");
    expect_version(HEAD "NVDLA0 off cpu@42C VDD_IN 5299mW/5299mW\n", "JetPack 6");
    expect_version(HEAD "NVENC0 off cpu@42C/42C\n", "JetPack 7");
    expect_version(HEAD "EMC_FREQ 2%@1866 GR3D_FREQ @[1000,1000]\n", "JetPack 7");
}

static void what_is_missing_is_said(void **state)
{
    (void) state;
    const hax_import *import = read_text("tegrastats", HEAD "GR3D_FREQ 0% cpu@42C\nbye\n");
    assert_true(noted(import, HAX_IMPORT_WARNING, "no EMC_FREQ"));
    assert_true(noted(import, HAX_IMPORT_LEFT_OUT, "1 line without RAM"));
    hax_import_destroy(import);
    import = read_text("tegrastats", HEAD "EMC_FREQ 0%\n");
    assert_true(noted(import, HAX_IMPORT_WARNING, "without its clock"));
    hax_import_destroy(import);
    import = read_text("tegrastats", HEAD "EMC_FREQ 5%@2133\n");
    assert_true(noted(import, HAX_IMPORT_REMARK, "--board"));
    hax_import_destroy(import);
}

/* Engines that do not work are left out. */
static void the_last_line_may_be_shorter(void **state)
{
    (void) state;
    static const char *const ends[][2] = {
        { "NVDEC 192 POM_5V_CPU 600/300", "POM_5V_CPU 1100/90" },
        { "VIC_FREQ 115 tj@51.2C VIN 28906mW/14453mW", "tj@49C VIN 5mW/6mW" },
        { "APE 25 thermal@24.5C", "thermal@9C" },
    };
    for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
        char text[512];
        snprintf(text, sizeof text, "%sEMC_FREQ 6%%@1600 %s\n%sEMC_FREQ 2%%@1600 %s", HEAD,
                 ends[e][0], HEAD, ends[e][1]);
        const hax_import *import = read_text("tegrastats", text);
        assert_int_equal(part(import, "samples")->row_count, 2);
        hax_import_destroy(import);
    }
}

/* Thor: the clock of the memory without its load. */
static void a_clock_without_a_load_is_called_so(void **state)
{
    (void) state;
    const hax_import *import =
        read_text("tegrastats", HEAD "EMC_FREQ @4266 GR3D_FREQ @[1574,1574]\n");
    assert_true(noted(import, HAX_IMPORT_WARNING, "a clock and no load"));
    assert_false(noted(import, HAX_IMPORT_WARNING, "as root"));
    hax_import_destroy(import);
}

static void refuse(const char *text, int line, const char *words)
{
    const hax_import *import = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_import_parse("tegrastats", text, strlen(text), "f", NULL, &import, &err),
                     HAX_BAD_INPUT);
    if (!strstr(err.message, words))
        fail_msg("'%s' does not hold '%s'", err.message, words);
    assert_int_equal(err.line, line);
}

static void broken_lines_are_refused(void **state)
{
    (void) state;
    refuse("nothing\n", 0, "no line of tegrastats");
    refuse(HEAD "EMC_FREQ 101%@2133\n", 1, "'EMC_FREQ 101%@2133' is no load");
    refuse(HEAD "EMC_FREQ x\n", 1, "is no load");
    refuse(HEAD "\n" HEAD "EMC_FREQ\n", 2, "the line ends behind EMC_FREQ");
    refuse(HEAD "EMC_FREQ 1%@2 EMC 1%@2\n", 1, "stands twice");
    refuse(HEAD "\nRAM 1/9MB CPU [2%@", 2, "within brackets");
    refuse(HEAD "APE 150\n" HEAD, 2, "the file ends within a line");
    refuse(HEAD "A 1 POM 600/300\n" HEAD "POM 600/", 2, "the file ends within a line");
    refuse(HEAD "A 1 POM 600/300\n" HEAD "A 2 POM", 2, "the file ends within a line");
    refuse("RAM 99/62MB CPU [1%]\n", 1, "no part of the memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emc_becomes_bandwidth),
        cmocka_unit_test(versions_are_told_by_their_words),
        cmocka_unit_test(what_is_missing_is_said),
        cmocka_unit_test(the_last_line_may_be_shorter),
        cmocka_unit_test(a_clock_without_a_load_is_called_so),
        cmocka_unit_test(broken_lines_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
