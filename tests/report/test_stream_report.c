/* What is said of streams: the table with all that may stand below it, the line, the document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "haxconn/report.h"

static hax_stream_network networks[2];
static const hax_stream_unit units[] = { { "big", 0.5 }, { "little", 0.125 } };
static const hax_platform platform = { .name = "here", .description = "a test" };

static hax_stream_result make_result(void)
{
    networks[0] = (hax_stream_network){ .name = "cam",
                                        .source = hax_frame_source_periodic(30),
                                        .released = 100,
                                        .ended = 90,
                                        .missed = 4,
                                        .dropped = 7,
                                        .lost = 1,
                                        .unfinished = 2,
                                        .ended_per_s = 29.5,
                                        .p50_ms = 10,
                                        .p95_ms = 20,
                                        .p99_ms = 30,
                                        .max_ms = 31.5,
                                        .compared = 90,
                                        .largest_difference = 0.25 };
    networks[1] = (hax_stream_network){ .name = "rest",
                                        .source = hax_frame_source_default(),
                                        .p50_ms = NAN,
                                        .p95_ms = NAN,
                                        .p99_ms = NAN,
                                        .max_ms = NAN };
    return (hax_stream_result){ .seconds = 3,
                                .network_count = 2,
                                .networks = networks,
                                .unit_count = 2,
                                .units = units,
                                .restarts = 1,
                                .outputs_checked = true,
                                .output_tolerance = 1e-3 };
}

static void the_table_says_all(void **state)
{
    static const char right[] =
        "  network  rate  frames  per s  ms: p50   p95   p99   max  missed  dropped\n"
        "haxconn\n"
        "  cam      30.0      90   29.5     10.0  20.0  30.0  31.5       4        7\n"
        "  rest        -       0      0        -     -     -     -       -        0\n"
        "\n"
        "haxconn: 3.00 s, load big 50 %, little 12 %\n"
        "serial: the same plan as haxconn\n"
        "haxconn: 1 frame of cam lost with a worker\n"
        "haxconn: 2 frames of cam left without a result\n"
        "haxconn: 90 outputs compared with those of a single unit: THEY DIFFER (largest difference "
        "0.25 of the largest value)\n"
        "\n"
        "highest rates kept  factor   cam\n"
        "haxconn               none     0\n"
        "serial              > 2.00  60.0\n"
        "All rates times one factor, no frame dropped or late; known to 1 %.\n";
    const hax_stream_result result = make_result();
    const hax_report_style style = hax_report_style_default();
    const hax_stream_rate none = { 0, 0.001, 5 }, all = { 2, INFINITY, 5 };
    const hax_stream_row rows[] = {
        { .name = "haxconn", .result = &result, .rate = &none },
        { .name = "serial", .same_as = "haxconn", .rate = &all },
    };
    char *text = NULL;
    hax_error err = { 0 };
    (void) state;
    assert_int_equal(hax_report_stream(2, rows, &platform, &style, &text, &err), HAX_OK);
    assert_string_equal(text, right);
    free(text);
}

/* With names of ten letters and a hundred thousand frames. */
static void the_table_fits_a_terminal(void **state)
{
    hax_stream_network network = { .name = "squeezenet",
                                   .source = hax_frame_source_periodic(33.3),
                                   .ended = 123456,
                                   .missed = 123456,
                                   .dropped = 123456,
                                   .ended_per_s = 33.3,
                                   .p50_ms = 12.3,
                                   .p95_ms = 12.3,
                                   .p99_ms = 12.3,
                                   .max_ms = 12.3 };
    const hax_stream_result result = { .seconds = 1, .network_count = 1, .networks = &network };
    const hax_stream_row row = { .name = "contention-blind", .result = &result };
    const hax_report_style style = hax_report_style_default();
    char *text = NULL;
    hax_error err = { 0 };
    (void) state;
    assert_int_equal(hax_report_stream(1, &row, &platform, &style, &text, &err), HAX_OK);
    for (const char *line = text; *line;) {
        const size_t columns = strcspn(line, "\n");
        assert_true(columns <= 80);
        line += columns + 1;
    }
    free(text);
}

static void the_line_says_how_it_stands(void **state)
{
    const hax_stream_result result = make_result();
    char *text = NULL;
    hax_error err = { 0 };
    (void) state;
    assert_int_equal(hax_report_stream_line(&result, &text, &err), HAX_OK);
    assert_string_equal(text, "3 s | cam 29.5/s p99 30.0 ms 4 missed 7 dropped | rest 0/s");
    free(text);
}

/* One line; what is no number is left out. */
static void the_document_has_no_numbers_that_are_none(void **state)
{
    hax_stream_result result = make_result();
    char *text = NULL;
    hax_error err = { 0 };
    (void) state;
    networks[0].largest_difference = INFINITY;
    result.interrupted = true;
    assert_int_equal(hax_stream_result_text(&result, "haxconn", true, &text, &err), HAX_OK);
    assert_string_equal(
        text,
        "{\"schema\":\"haxconn/stream\",\"version\":1,\"deployment\":\"haxconn\",\"final\":true,"
        "\"seconds\":3.0,\"restarts\":1,\"networks\":[{\"name\":\"cam\",\"rate_hz\":30.0,"
        "\"deadline_ms\":33.333333333333336,\"released\":100,\"ended\":90,\"missed\":4,"
        "\"dropped\":7,\"lost\":1,\"unfinished\":2,\"ended_per_s\":29.5,\"latency\":{\"p50_ms\":"
        "10.0,\"p95_ms\":20.0,\"p99_ms\":30.0,\"max_ms\":31.5},\"compared\":90},{\"name\":\"rest\","
        "\"released\":0,\"ended\":0,\"missed\":0,\"dropped\":0,\"lost\":0,\"unfinished\":0,"
        "\"ended_per_s\":0.0}],\"load\":{\"big\":0.5,\"little\":0.125},\"outputs_equal\":false,"
        "\"interrupted\":true}");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_says_all),
        cmocka_unit_test(the_table_fits_a_terminal),
        cmocka_unit_test(the_line_says_how_it_stands),
        cmocka_unit_test(the_document_has_no_numbers_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
