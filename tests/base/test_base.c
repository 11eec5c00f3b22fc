/* The small things everything stands on. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "file.h"
#include "json.h"
#include "random.h"
#include "statistics.h"
#include "text.h"

static void arena_gives_aligned_zeroed_memory(void **state)
{
    (void) state;
    hax_arena *arena = hax_arena_create();
    for (size_t size = 1; size < 70000; size = size * 3 + 1) {
        unsigned char *memory = hax_arena_alloc(arena, 1, size);
        assert_non_null(memory);
        assert_int_equal((uintptr_t) memory % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xff, size);
    }
    assert_null(hax_arena_alloc(arena, SIZE_MAX / 2, 3));
    assert_string_equal(hax_arena_text(arena, "abcdef", 3), "abc");
    hax_arena_destroy(arena);
}

static void quantiles_follow_type_seven(void **state)
{
    (void) state;
    double values[] = { 4, 1, 3, 2 };
    hax_summary summary = hax_summarise(values, 4);
    assert_int_equal(summary.count, 4);
    assert_float_equal(summary.min, 1, 0);
    assert_float_equal(summary.p25, 1.75, 1e-12);
    assert_float_equal(summary.median, 2.5, 1e-12);
    assert_float_equal(summary.max, 4, 0);
}

static void json_begins_with_a_mark_or_says_what_it_is(void **state)
{
    (void) state;
    static const char marked[] = "\xef\xbb\xbf{\"a\": 1}", wide[] = "\xff\xfe{\0\"\0";
    static const char wider[] = "\xff\xfe\0\0{\0\0\0", half[] = "\xef\xbb",
                      twice[] = "\xef\xbb\xbf\xef\xbb\xbf{}";
    json_t *tree = NULL;
    hax_error err;
    assert_int_equal(hax_json_parse(marked, sizeof marked - 1, "x.json", &tree, &err), HAX_OK);
    assert_int_equal(json_integer_value(json_object_get(tree, "a")), 1);
    json_decref(tree);
    assert_int_equal(hax_json_parse(wide, sizeof wide - 1, "x.json", &tree, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "is UTF-16"));
    assert_int_equal(hax_json_parse(wider, sizeof wider - 1, "x.json", &tree, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "is UTF-32"));
    assert_int_equal(hax_json_parse(half, sizeof half - 1, "x.json", &tree, &err), HAX_BAD_INPUT);
    assert_int_equal(hax_json_parse(twice, sizeof twice - 1, "x.json", &tree, &err), HAX_BAD_INPUT);
}

static void json_errors_name_the_place(void **state)
{
    (void) state;
    const char *text = "{\"a\": [{\"b\": 1}, {\"b\": -2}]}";
    json_t *tree = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_json_parse(text, strlen(text), "x.json", &tree, &err), HAX_OK);
    hax_json root = hax_json_root(tree, "x.json"), a, item;
    assert_int_equal(hax_json_member(&root, "a", &a, &err), HAX_OK);
    item = hax_json_item(&a, 1);
    double value = 7;
    assert_int_equal(hax_json_member_number(&item, "b", 0, 10, &value, &err), HAX_BAD_INPUT);
    assert_string_equal(err.message, "a[1].b: -2 is negative");
    assert_string_equal(err.file, "x.json");
    assert_float_equal(value, 7, 0);
    const char *known[] = { "c", NULL };
    assert_int_equal(hax_json_only(&root, known, &err), HAX_BAD_INPUT);
    assert_string_equal(err.message, "unknown key 'a' (known: c)");
    json_decref(tree);
    assert_int_equal(hax_json_parse("{\"a\": 1,\n \"a\": 2}", 18, "x", &tree, &err), HAX_BAD_INPUT);
    assert_int_equal(err.line, 2);
}

static void files_are_replaced_whole(void **state)
{
    (void) state;
    char folder[] = "/tmp/hax_test_XXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[64], deep[80];
    snprintf(path, sizeof path, "%s/x", folder);
    snprintf(deep, sizeof deep, "%s/a/b/c", folder);
    hax_error err = { 0 };
    assert_int_equal(hax_file_write(path, "one", 3, &err), HAX_OK);
    assert_int_equal(hax_file_write(path, "three", 5, &err), HAX_OK);
    char *data;
    size_t length;
    assert_int_equal(hax_file_read(path, 100, &data, &length, &err), HAX_OK);
    assert_string_equal(data, "three");
    free(data);
    assert_int_equal(hax_file_read(path, 4, &data, &length, &err), HAX_BAD_INPUT);
    assert_int_equal(hax_file_write(deep, "x", 1, &err), HAX_IO);
    assert_int_equal(hax_file_make_folder(deep, &err), HAX_OK);
    assert_int_equal(hax_file_read(deep, 4, &data, &length, &err), HAX_BAD_INPUT);
    unlink(path);
    for (int cut = 3; cut > 0; cut--) {
        rmdir(deep);
        *strrchr(deep, '/') = '\0';
    }
    assert_int_equal(rmdir(folder), 0);
}

static void random_numbers_repeat(void **state)
{
    (void) state;
    hax_random a = hax_random_fork(1, 2), b = hax_random_fork(1, 2), c = hax_random_fork(1, 3);
    assert_true(hax_random_next(&a) == hax_random_next(&b));
    assert_false(hax_random_next(&a) == hax_random_next(&c));
    for (int i = 0; i < 1000; i++) {
        double unit = hax_random_unit(&a);
        assert_true(unit >= 0 && unit < 1);
        assert_true(hax_random_below(&a, 7) < 7);
    }
}

static void statuses_have_names_and_exit_codes(void **state)
{
    (void) state;
    assert_string_equal(hax_status_name(HAX_BAD_INPUT), "HAX_BAD_INPUT");
    assert_int_equal(hax_status_exit_code(HAX_INFEASIBLE), 20);
    assert_int_equal(hax_status_exit_code((hax_status) 1000), 1);
    hax_error err;
    assert_int_equal(hax_fail_at(&err, HAX_BAD_INPUT, "f", 3, 4, "no %s", "way"), HAX_BAD_INPUT);
    assert_string_equal(err.message, "no way");
    assert_int_equal(err.line, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_gives_aligned_zeroed_memory),
        cmocka_unit_test(quantiles_follow_type_seven),
        cmocka_unit_test(json_begins_with_a_mark_or_says_what_it_is),
        cmocka_unit_test(json_errors_name_the_place),
        cmocka_unit_test(files_are_replaced_whole),
        cmocka_unit_test(random_numbers_repeat),
        cmocka_unit_test(statuses_have_names_and_exit_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
