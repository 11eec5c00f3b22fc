/* Where NVIDIA's libraries lie (library_files.h). */
#define _GNU_SOURCE
#include "library_files.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool first_match(const char *pattern, char *file, size_t size)
{
    glob_t matches;
    bool found = glob(pattern, 0, NULL, &matches) == 0 && matches.gl_pathc > 0;
    if (found) {
        int written = snprintf(file, size, "%s", matches.gl_pathv[0]);
        found = written > 0 && (size_t) written < size;
    }
    globfree(&matches);
    return found;
}

/* pip's packages of these libraries, in the folder of packages of a Python by the folder that its
 * program is in: a virtual environment's, the system's. */
static bool of_python_in(const char *bin, size_t length, const char *name, char *file, size_t size)
{
    static const char *const packages[] = { "site-packages", "dist-packages" };
    char pattern[PATH_MAX];
    bool found = false;
    for (int p = 0; p < 2 && !found; p++) {
        int written = snprintf(pattern, sizeof pattern, "%.*s/../lib/python3*/%s/nvidia/*/lib/%s",
                               (int) length, bin, packages[p], name);
        found =
            written > 0 && (size_t) written < sizeof pattern && first_match(pattern, file, size);
    }
    return found;
}

bool hax_cuda_library_of_python(const char *path, const char *name, char *file, size_t size)
{
    static const char *const system[] = { "/usr/bin", "/usr/local/bin" };
    bool found = false;
    for (const char *at = path ? path : ""; *at && !found;) {
        size_t length = strcspn(at, ":");
        found = of_python_in(at, length, name, file, size);
        at += length + (at[length] == ':');
    }
    for (int s = 0; s < 2 && !found; s++)
        found = of_python_in(system[s], strlen(system[s]), name, file, size);
    return found;
}

bool hax_cuda_library_is_in(const char *folders, const char *name)
{
    char file[PATH_MAX];
    bool found = false;
    for (const char *at = folders ? folders : ""; *at && !found;) {
        size_t length = strcspn(at, ":");
        int written = snprintf(file, sizeof file, "%.*s/%s", (int) length, at, name);
        found =
            length > 0 && written > 0 && (size_t) written < sizeof file && access(file, R_OK) == 0;
        at += length + (at[length] == ':');
    }
    return found;
}

/* "9.14.0..." as 9014000; 0 where it does not have three numbers. */
static long number_of(const char *text)
{
    enum { PARTS = 3, PART_MAX = 1000 };
    long version = 0;
    for (int p = 0; p < PARTS; p++) {
        char *end;
        long part = strtol(text, &end, 10);
        if (end == text || part < 0 || part >= PART_MAX || (p < PARTS - 1 && *end != '.'))
            return 0;
        version = version * PART_MAX + part;
        text = end + 1;
    }
    return version;
}

static long version_of_package(const char *file, const char *library)
{
    char pattern[PATH_MAX], info[PATH_MAX];
    const char *packages = strstr(file, "/nvidia/");
    size_t length = strcspn(library, ".");
    if (!packages || length < 4 || strncmp(library, "lib", 3) != 0)
        return 0;
    int written = snprintf(pattern, sizeof pattern, "%.*s/nvidia_%.*s*-*.dist-info",
                           (int) (packages - file), file, (int) length - 3, library + 3);
    if (written < 0 || (size_t) written >= sizeof pattern ||
        !first_match(pattern, info, sizeof info))
        return 0;
    const char *name = strrchr(info, '/');
    return number_of(strchr(name, '-') + 1);
}

long hax_cuda_library_version(const char *file)
{
    char real[PATH_MAX];
    if (!realpath(file, real))
        return 0;
    const char *name = strrchr(real, '/');
    const char *suffix = name ? strstr(name, ".so.") : NULL;
    long version = suffix ? number_of(suffix + strlen(".so.")) : 0;
    return version > 0 || !name ? version : version_of_package(file, name + 1);
}
