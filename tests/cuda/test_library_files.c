/* Which of several files of NVIDIA's libraries is taken: nothing needs a GPU. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "library_files.h"

static char folder[] = "/tmp/hax-library-files-XXXXXX";

static const char *path_in(const char *name)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state)
{
    (void) state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(setenv("TEST_FOLDER", folder, 1), 0);
    return system(
        "set -e; cd $TEST_FOLDER; mkdir -p bin lib; packages=lib/python3.12/site-packages;"
        "touch lib/libcudnn.so.9.14.0 lib/libother.so.1;"
        "ln -s libcudnn.so.9.14.0 lib/libcudnn.so.9;"
        "mkdir -p $packages/nvidia/cudnn/lib;"
        "mkdir $packages/nvidia_cudnn_cu13-9.19.0.56.dist-info;"
        "touch $packages/nvidia/cudnn/lib/libcudnn.so.9");
}

static int remove_folder(void **state)
{
    (void) state;
    return system("rm -r $TEST_FOLDER");
}

static void versions_are_told_by_names(void **state)
{
    (void) state;
    assert_int_equal(hax_cuda_library_version(path_in("lib/libcudnn.so.9")), 9014000);
    assert_int_equal(hax_cuda_library_version(path_in("lib/python3.12/site-packages/nvidia/cudnn/"
                                                      "lib/libcudnn.so.9")),
                     9019000);
    assert_int_equal(hax_cuda_library_version(path_in("lib/libother.so.1")), 0);
    assert_int_equal(hax_cuda_library_version(path_in("lib/absent.so.9.1.2")), 0);
}

static void pythons_are_looked_through_in_order(void **state)
{
    (void) state;
    char file[PATH_MAX], path[PATH_MAX];
    snprintf(path, sizeof path, "/nowhere:%s/bin:/usr/sbin", folder);
    assert_true(hax_cuda_library_of_python(path, "libcudnn.so.9", file, sizeof file));
    assert_int_equal(hax_cuda_library_version(file), 9019000);
    assert_false(hax_cuda_library_of_python(path, "libnone.so.9", file, sizeof file));
    assert_false(hax_cuda_library_of_python(NULL, "libnone.so.9", file, sizeof file));
    assert_false(hax_cuda_library_of_python(path, "libcudnn.so.9", file, 8));
}

static void folders_of_the_user_are_searched(void **state)
{
    (void) state;
    char folders[PATH_MAX];
    snprintf(folders, sizeof folders, "/nowhere::%s/lib", folder);
    assert_true(hax_cuda_library_is_in(folders, "libcudnn.so.9"));
    assert_false(hax_cuda_library_is_in(folders, "libcudnn.so.8"));
    assert_false(hax_cuda_library_is_in(NULL, "libcudnn.so.9"));
    assert_false(hax_cuda_library_is_in("", "libcudnn.so.9"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_told_by_names),
        cmocka_unit_test(pythons_are_looked_through_in_order),
        cmocka_unit_test(folders_of_the_user_are_searched),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
