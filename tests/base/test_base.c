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

static mode_t mode_of(const char *path)
{
    struct stat info;
    assert_int_equal(lstat(path, &info), 0);
    return info.st_mode;
}

static void write_text(const char *path, const char *text)
{
    hax_error err = { 0 };
    if (hax_file_write(path, text, strlen(text), &err) != HAX_OK)
        fail_msg("%s", err.message);
}

/* A new file has what the umask leaves, an old one what it had. */
static void files_keep_their_modes(void **state)
{
    (void) state;
    char folder[] = "/tmp/hax_test_XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/x", folder);
    mode_t before = umask(077);
    write_text(path, "one");
    assert_int_equal(mode_of(path) & 0777, 0600);
    umask(022);
    write_text(path, "two");
    assert_int_equal(mode_of(path) & 0777, 0600);
    assert_int_equal(chmod(path, 0640), 0);
    write_text(path, "three");
    assert_int_equal(mode_of(path) & 0777, 0640);
    unlink(path);
    write_text(path, "four");
    assert_int_equal(mode_of(path) & 0777, 0644);
    umask(before);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

static void expect_text(const char *path, const char *text)
{
    char *data;
    size_t length;
    assert_int_equal(hax_file_read(path, 100, &data, &length, NULL), HAX_OK);
    assert_string_equal(data, text);
    free(data);
}

/* Written through, also through two of them, relative ones, and those that lead to nothing yet. */
static void links_stay_links(void **state)
{
    (void) state;
    char folder[] = "/tmp/hax_test_XXXXXX", deep[64], target[80], link[64], other[64], loop[64];
    assert_non_null(mkdtemp(folder));
    snprintf(deep, sizeof deep, "%s/deep", folder);
    snprintf(target, sizeof target, "%s/target", deep);
    snprintf(link, sizeof link, "%s/link", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    snprintf(loop, sizeof loop, "%s/loop", folder);
    assert_int_equal(mkdir(deep, 0700), 0);
    assert_int_equal(symlink("deep/target", link), 0);
    assert_int_equal(symlink(link, other), 0);
    assert_int_equal(symlink("loop", loop), 0);
    write_text(other, "one");
    assert_true(S_ISLNK(mode_of(other)) && S_ISLNK(mode_of(link)) && S_ISREG(mode_of(target)));
    expect_text(target, "one");
    write_text(link, "two");
    expect_text(other, "two");
    hax_error err = { 0 };
    assert_int_equal(hax_file_write(loop, "x", 1, &err), HAX_IO);
    assert_non_null(strstr(err.message, loop));
    unlink(loop);
    unlink(other);
    unlink(link);
    unlink(target);
    assert_int_equal(rmdir(deep), 0); /* and nothing else is left in them */
    assert_int_equal(rmdir(folder), 0);
}

/* What a probe says, writing does. */
static void probes_tell_what_writing_would_do(void **state)
{
    (void) state;
    char folder[] = "/tmp/hax_test_XXXXXX", path[400], name[257];
    hax_error err = { 0 };
    assert_non_null(mkdtemp(folder));
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0'; /* one byte more than a name may have */
    const char *const bad[] = { "", "/", "/none/x", name };
    for (size_t b = 0; b < sizeof bad / sizeof *bad; b++) {
        snprintf(path, sizeof path, "%s%s%s", folder, b == 3 ? "/" : "", bad[b]);
        assert_int_equal(hax_file_probe(path, &err), HAX_IO);
        assert_int_equal(hax_file_write(path, "x", 1, &err), HAX_IO);
    }
    snprintf(path, sizeof path, "%s/%s", folder, name + 1);
    assert_int_equal(hax_file_probe(path, &err), HAX_OK);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(hax_file_write(path, "x", 1, &err), HAX_OK);
    assert_int_equal(hax_file_probe(path, &err), HAX_OK);
    expect_text(path, "x");
    assert_int_equal(hax_file_probe_folder(path, &err), HAX_IO); /* a file is there */
    unlink(path);
    snprintf(path, sizeof path, "%s/a/b", folder);
    assert_int_equal(hax_file_probe_folder(path, &err), HAX_OK);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(hax_file_probe_folder("a/b/", &err), HAX_OK);
    assert_int_equal(hax_file_probe_folder("/proc/none", &err), HAX_IO);
    assert_int_equal(hax_file_probe("/dev/null", &err), HAX_OK);
    assert_int_equal(hax_file_probe("-", &err), HAX_OK);
    assert_int_equal(rmdir(folder), 0);
}

static void expect_visible(const char *given, const char *expected)
{
    hax_text text = { 0 };
    hax_text_append_visible(&text, given);
    assert_string_equal(hax_text_get(&text), expected);
    assert_int_equal(hax_text_is_visible(given), strcmp(given, expected) == 0);
    assert_true(hax_text_is_visible(expected));
    hax_text_free(&text);
}

static void what_others_wrote_is_made_visible(void **state)
{
    (void) state;
    expect_visible("", "");
    expect_visible("conv1/7x7_s2 \\ 'ü', 漢字 \xf0\x9f\x98\x80",
                   "conv1/7x7_s2 \\ 'ü', 漢字 \xf0\x9f\x98\x80");
    expect_visible("\x1b[31mred\n\r\t\x7f", "\\u001b[31mred\\n\\r\\t\\u007f");
    expect_visible("a\xc2\x9b"
                   "31mb",
                   "a\\u009b31mb"); /* CSI as one character */
    expect_visible("a\x9b"
                   "31mb",
                   "a\\x9b31mb"); /* and as one byte */
    expect_visible("a\xe2\x80\xae"
                   "cba",
                   "a\\u202ecba"); /* right-to-left override */
    expect_visible("a\xe2\x81\xa7"
                   "b\xe2\x80\xa9",
                   "a\\u2067b\\u2029");
    expect_visible("\xf3\xa0\x81\x81", "\\U000e0041"); /* a tag, which nothing shows */
    expect_visible("\xe2\x80", "\\xe2\\x80");          /* cut off */
    hax_text text = { 0 };
    hax_text_say(&text, "%s:\n%-4s|%5.1f%%\n%c", "a\nb", "\x1b", 2.5, 'x');
    hax_text_say(&text, "%s", "\n");
    assert_string_equal(hax_text_get(&text), "a\\nb:\n\\u001b   |  2.5%\nx\\n");
    hax_text_free(&text);
    /* every control character in one name: then the format's own line ends are escaped, too */
    char all[40];
    for (int c = 1; c < 32; c++)
        all[c - 1] = (char) c;
    all[31] = '\0';
    hax_text_say(&text, "%s\n", all);
    assert_true(hax_text_is_visible(hax_text_get(&text)));
    hax_text_free(&text);
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
        cmocka_unit_test(files_keep_their_modes),
        cmocka_unit_test(links_stay_links),
        cmocka_unit_test(probes_tell_what_writing_would_do),
        cmocka_unit_test(what_others_wrote_is_made_visible),
        cmocka_unit_test(random_numbers_repeat),
        cmocka_unit_test(statuses_have_names_and_exit_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
