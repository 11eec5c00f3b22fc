/* Plans kept in files (plan_store.h): nothing needs a GPU. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <dirent.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "choosing.h"
#include "plan_store.h"

static char folder[] = "/tmp/haxconn-plans-XXXXXX";

static int make_folder(void **state)
{
    (void) state;
    return mkdtemp(folder) ? 0 : 1;
}

static void each_file(void (*body)(const char *path))
{
    DIR *files = opendir(folder);
    assert_non_null(files);
    for (struct dirent *at = readdir(files); at; at = readdir(files)) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", folder, at->d_name);
        if (at->d_name[0] != '.')
            body(path);
    }
    closedir(files);
}

static void drop(const char *path)
{
    unlink(path);
}

static int remove_folder(void **state)
{
    (void) state;
    each_file(drop);
    return rmdir(folder);
}

static void what_is_kept_is_found(void **state)
{
    (void) state;
    char text[] = "{\"engine\":4,\n\"more\":[1,2]}";
    const hax_cuda_stored kept = { 4, 3.25, text }, none = { -1, 0, NULL };
    hax_cuda_stored got;
    assert_false(hax_cuda_plan_load(folder, "one", &got));
    hax_cuda_plan_keep(folder, "one", &kept);
    hax_cuda_plan_keep(folder, "two", &none);
    assert_true(hax_cuda_plan_load(folder, "one", &got));
    assert_int_equal(got.engine, 4);
    assert_true(got.us == 3.25);
    assert_string_equal(got.json, text);
    free(got.json);
    assert_true(hax_cuda_plan_load(folder, "two", &got));
    assert_int_equal(got.engine, -1);
    free(got.json);
    assert_false(hax_cuda_plan_load(folder, "on", &got));
    assert_false(hax_cuda_plan_load("/nowhere", "one", &got));
    hax_cuda_plan_keep("/proc/nowhere", "one", &kept); /* nobody is told */
}

static void cut(const char *path)
{
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    fclose(file);
    assert_int_equal(truncate(path, length - 1), 0);
}

static void half_a_file_is_none(void **state)
{
    (void) state;
    char text[] = "{\"engine\":4}";
    const hax_cuda_stored kept = { 4, 3.25, text };
    hax_cuda_stored got;
    each_file(drop);
    hax_cuda_plan_keep(folder, "one", &kept);
    each_file(cut);
    assert_false(hax_cuda_plan_load(folder, "one", &got));
    for (int turn = 0; turn < 40; turn++) {
        each_file(cut);
        if (hax_cuda_plan_load(folder, "one", &got))
            fail_msg("after %d bytes less", turn + 2);
    }
}

/* As the profile store's folder (XDG Base Directory Specification 0.8). */
static void the_folder_is_the_cache(void **state)
{
    (void) state;
    char path[64];
    assert_true(hax_cuda_plan_folder("/cache", "/home/me", path, sizeof path));
    assert_string_equal(path, "/cache/haxconn/cuda-plans");
    assert_true(hax_cuda_plan_folder("relative", "/home/me", path, sizeof path));
    assert_string_equal(path, "/home/me/.cache/haxconn/cuda-plans");
    assert_true(hax_cuda_plan_folder(NULL, "/home/me", path, sizeof path));
    assert_false(hax_cuda_plan_folder(NULL, NULL, path, sizeof path));
    assert_false(hax_cuda_plan_folder(NULL, "", path, sizeof path));
    assert_false(hax_cuda_plan_folder("/cache", NULL, path, 10));
}

static void seconds_left_follow_the_pace(void **state)
{
    (void) state;
    hax_cuda_choosing choosing = { .plans = 160, .threads = 16, .convolutions = 20 };
    double left_s, nothing_s;
    const uint64_t second_ns = 1000000000;
    assert_true(hax_cuda_choosing_ask(&choosing, 0, &left_s) == 0);
    assert_true(fabs(left_s - (0.45 * 10 + 0.08 * 20)) < 1e-9);
    choosing.plans_done =
        80; /* half of the first part, in twice the time that it takes as a rule */
    double done = hax_cuda_choosing_ask(&choosing, 45 * second_ns / 10, &left_s);
    assert_true(fabs(done - 2.25 / 6.1) < 1e-9);
    assert_true(fabs(left_s - 2 * (6.1 - 2.25)) < 1e-9);
    choosing.plans_done = 160;
    choosing.convolutions_done = 25; /* more than was thought */
    assert_true(hax_cuda_choosing_ask(&choosing, 9 * second_ns, &left_s) == 1);
    assert_true(left_s == 0);
    choosing = (hax_cuda_choosing){ 0 };
    assert_true(hax_cuda_choosing_ask(&choosing, second_ns, &nothing_s) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_is_found),
        cmocka_unit_test(half_a_file_is_none),
        cmocka_unit_test(the_folder_is_the_cache),
        cmocka_unit_test(seconds_left_follow_the_pace),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
