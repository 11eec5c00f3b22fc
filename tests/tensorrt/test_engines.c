/* Layouts at the ends of engines, and engines in files. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ends.h"
#include "engine_store.h"
#include "half.h"

/* By the layout's definition: [n][c / 16][h][w][c % 16], what is no channel zero. */
static void test_blocks_of_channels(void **state)
{
    const hax_shape shape = { 4, { 2, 20, 3, 5 } };
    float plain[2 * 20 * 3 * 5], back[2 * 20 * 3 * 5];
    uint16_t packed[2 * 2 * 3 * 5 * 16];
    const hax_trt_end end = hax_trt_end_of(HAX_TRT_F16, &shape);
    (void) state;
    assert_int_equal(end.format, HAX_TRT_CHW16);
    assert_int_equal(end.bytes, sizeof packed);
    for (int i = 0; i < 600; i++)
        plain[i] = (float) (i + 1);
    hax_trt_end_pack(&end, plain, packed);
    for (int n = 0; n < 2; n++)
        for (int c = 0; c < 32; c++)
            for (int p = 0; p < 15; p++) {
                float expected = c < 20 ? (float) ((n * 20 + c) * 15 + p + 1) : 0;
                uint16_t got = packed[((n * 2 + c / 16) * 15 + p) * 16 + c % 16];
                assert_true(hax_float_of_half(got) == expected);
            }
    hax_trt_end_unpack(&end, packed, back);
    assert_memory_equal(back, plain, sizeof plain);
}

static void test_dense(void **state)
{
    const hax_shape plane = { 4, { 1, 3, 2, 2 } }, row = { 2, { 1, 6 } };
    float plain[12] = { 1, 2, 3, 4, 5, 6, 0.1F, 70000, -3, 1e-8F, 0, -1 }, back[12];
    uint16_t halves[6];
    hax_trt_end end = hax_trt_end_of(HAX_TRT_F32, &plane);
    (void) state;
    assert_int_equal(end.bytes, sizeof plain);
    hax_trt_end_pack(&end, plain, back);
    assert_memory_equal(back, plain, sizeof plain);
    end = hax_trt_end_of(HAX_TRT_F16, &row);
    assert_int_equal(end.format, HAX_TRT_LINEAR);
    assert_int_equal(end.bytes, sizeof halves);
    hax_trt_end_pack(&end, plain, halves);
    static const uint16_t expected[6] = { 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600 };
    assert_memory_equal(halves, expected, sizeof expected);
}

static void test_store(void **state)
{
    char folder[] = "/tmp/haxconn-test-XXXXXX", path[PATH_MAX], other[PATH_MAX], *file;
    size_t offset, bytes;
    hax_error err = { 0 };
    (void) state;
    assert_non_null(mkdtemp(folder));
    assert_true(hax_trt_engine_path(folder, "a key", "", path, sizeof path));
    assert_true(hax_trt_engine_path(folder, "another key", "", other, sizeof other));
    assert_string_not_equal(path, other);
    assert_false(hax_trt_engine_is_kept(path, "a key"));
    assert_int_equal(hax_trt_engine_keep(path, "a key", "EN\0GINE", 7, &err), HAX_OK);
    assert_true(hax_trt_engine_is_kept(path, "a key"));
    assert_false(hax_trt_engine_is_kept(path, "a ke")); /* that hashed the same */
    assert_false(hax_trt_engine_is_kept(path, "a kez"));
    assert_true(hax_trt_engine_read(path, "a key", &file, &offset, &bytes));
    assert_int_equal(bytes, 7);
    assert_memory_equal(file + offset, "EN\0GINE", 7);
    free(file);
    assert_false(hax_trt_engine_read(path, "a kez", &file, &offset, &bytes));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_folder(void **state)
{
    char folder[64];
    (void) state;
    assert_true(hax_trt_engine_folder("/c", "/h", folder, sizeof folder));
    assert_string_equal(folder, "/c/haxconn/tensorrt-engines");
    assert_true(hax_trt_engine_folder("relative", "/h", folder, sizeof folder));
    assert_string_equal(folder, "/h/.cache/haxconn/tensorrt-engines");
    assert_false(hax_trt_engine_folder(NULL, NULL, folder, sizeof folder));
    assert_false(hax_trt_engine_folder("/c", NULL, folder, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_of_channels),
        cmocka_unit_test(test_dense),
        cmocka_unit_test(test_store),
        cmocka_unit_test(test_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
