/* Which partitions of a GPU there can be (gpu.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <string.h>

#include "gpu.h"

/* As an H200 was found: 15 groups of 8 SMs, 12 over. */
static const hax_gpu h200 = {
    .name = "NVIDIA H200", .sms = 132, .group_sms = 8, .group_count = 15
};
/* No SMs over. */
static const hax_gpu orin = { .name = "Orin", .sms = 16, .group_sms = 4, .group_count = 4 };
static const hax_gpu old = {
    .name = "old", .sms = 30, .group_sms = 2, .no_parts = "it is too old"
};

static void expect(const hax_gpu *gpu, const char *text, int count, const hax_gpu_part *wanted)
{
    hax_gpu_partition got;
    hax_error err = { 0 };
    if (hax_gpu_partition_parse(gpu, text, &got, &err) != HAX_OK)
        fail_msg("%s: %s", text, err.message);
    assert_int_equal(got.count, count);
    for (int p = 0; p < count; p++)
        if (got.parts[p].first != wanted[p].first || got.parts[p].count != wanted[p].count)
            fail_msg("%s: part %d is %d SMs from %d on", text, p, got.parts[p].count,
                     got.parts[p].first);
}

static void sizes_come_out_in_groups(void **state)
{
    (void) state;
    expect(&h200, "32", 1, (const hax_gpu_part[]){ { 0, 32 } });
    expect(&h200, "10+66", 2, (const hax_gpu_part[]){ { 0, 16 }, { 16, 72 } });
    expect(&orin, "4+12", 2, (const hax_gpu_part[]){ { 0, 4 }, { 4, 12 } });
}

static void what_is_over_lies_last(void **state)
{
    (void) state;
    expect(&h200, "100+32", 2, (const hax_gpu_part[]){ { 32, 100 }, { 0, 32 } });
    expect(&h200, "64+68", 2, (const hax_gpu_part[]){ { 0, 64 }, { 64, 68 } });
    expect(&h200, "16+40+76", 3, (const hax_gpu_part[]){ { 0, 16 }, { 16, 40 }, { 56, 76 } });
    expect(&h200, "132", 1, (const hax_gpu_part[]){ { 0, 132 } });
    /* only one can have it: the other is rounded up */
    expect(&h200, "20+20", 2, (const hax_gpu_part[]){ { 0, 24 }, { 112, 20 } });
}

static void refuse(const hax_gpu *gpu, const char *text, hax_status status, const char *part)
{
    hax_gpu_partition got;
    hax_error err = { 0 };
    assert_int_equal(hax_gpu_partition_parse(gpu, text, &got, &err), status);
    if (!strstr(err.message, part))
        fail_msg("%s: '%s'", text, err.message);
}

static void what_cannot_be_is_refused(void **state)
{
    (void) state;
    refuse(&h200, "64+64", HAX_UNAVAILABLE, "needs 128 SMs in groups of 8");
    refuse(&h200, "104+32", HAX_UNAVAILABLE, "has 120");
    refuse(&h200, "140", HAX_UNAVAILABLE, "ask for less");
    refuse(&h200, "99999999999999", HAX_UNAVAILABLE, "ask for less");
    refuse(&old, "4", HAX_UNAVAILABLE, "it is too old");
    static const char *const texts[] = { "", "+", "8+", "8++8", "-8", " 8", "8 ", "0", "8.5", "a" };
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
        refuse(&h200, texts[t], HAX_BAD_INPUT, "no list of numbers of SMs");
    refuse(&h200, "8+8+8+8+8+8+8+8+8", HAX_BAD_INPUT, "more than 8 parts");
}

static void halves(void **state)
{
    (void) state;
    hax_gpu_partition got;
    const hax_gpu one = { .sms = 8, .group_sms = 8, .group_count = 1 };
    assert_true(hax_gpu_partition_halves(&h200, &got));
    assert_int_equal(got.parts[0].count, 64);
    assert_int_equal(got.parts[1].first, 64);
    assert_int_equal(got.parts[1].count, 68);
    assert_true(hax_gpu_partition_halves(&orin, &got));
    assert_int_equal(got.parts[0].count, 8);
    assert_int_equal(got.parts[1].count, 8);
    assert_false(hax_gpu_partition_halves(&old, &got));
    assert_false(hax_gpu_partition_halves(&one, &got));
}

/* Parts exclude each other by the runs that they have in common, and all exclude the whole. */
static void runs_are_what_parts_are_made_of(void **state)
{
    (void) state;
    const hax_gpu_part parts[] = { { 0, 64 }, { 64, 68 }, { 32, 100 }, { 0, 32 } };
    const hax_gpu_part whole = { 0, 132 };
    int ends[HAX_GPU_RUNS];
    assert_int_equal(hax_gpu_runs(&h200, 4, parts, ends), 3);
    assert_int_equal(ends[0], 32);
    assert_int_equal(ends[1], 64);
    assert_int_equal(ends[2], 132);
    assert_int_equal(hax_gpu_runs_within(3, ends, &parts[0]), 3);
    assert_int_equal(hax_gpu_runs_within(3, ends, &parts[1]), 4);
    assert_int_equal(hax_gpu_runs_within(3, ends, &parts[2]), 6);
    assert_int_equal(hax_gpu_runs_within(3, ends, &parts[3]), 1);
    assert_int_equal(hax_gpu_runs_within(3, ends, &whole), 7);
    assert_int_equal(hax_gpu_runs(&h200, 0, NULL, ends), 1);
    assert_int_equal(ends[0], 132);
}

static void sizes_are_told(void **state)
{
    (void) state;
    char text[160];
    hax_gpu_sizes_text(&h200, text, sizeof text);
    assert_string_equal(text, "8, 16, ..., 112 SMs, as CUDA splits this GPU in 15 groups of 8; "
                              "one part can have what is over");
    hax_gpu_sizes_text(&old, text, sizeof text);
    assert_string_equal(text, "none: it is too old");
    assert_int_equal(hax_gpu_group_sms(90), 8);
    assert_int_equal(hax_gpu_group_sms(87), 4);
    assert_int_equal(hax_gpu_group_sms(75), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_come_out_in_groups),        cmocka_unit_test(what_is_over_lies_last),
        cmocka_unit_test(what_cannot_be_is_refused),       cmocka_unit_test(halves),
        cmocka_unit_test(runs_are_what_parts_are_made_of), cmocka_unit_test(sizes_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
