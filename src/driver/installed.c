#define _GNU_SOURCE
#include "installed.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The file that this code is in, and whether that is a shared library or the program itself, whose
 * name the dynamic linker leaves empty. */
static bool own_file(char *path, size_t size, bool *library)
{
    Dl_info info;
    struct link_map *map = NULL;
    *library =
        dladdr1((void *) (size_t) hax_place_find, &info, (void **) &map, RTLD_DL_LINKMAP) != 0 &&
        map && map->l_name[0] != '\0';
    if (*library)
        return snprintf(path, size, "%s", map->l_name) < (int) size;
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length > 0)
        path[length] = '\0';
    return length > 0;
}

static bool try_folder(const char *folder, const char *file, char *path, size_t size)
{
    int written = snprintf(path, size, "%s/%s", folder, file);
    return written > 0 && (size_t) written < size && access(path, R_OK) == 0;
}

static bool try_moved(const hax_place *place, const char *file, char *path, size_t size)
{
    char own[PATH_MAX], folder[2 * PATH_MAX];
    bool library;
    if (!own_file(own, sizeof own, &library))
        return false;
    char *slash = strrchr(own, '/');
    if (!slash)
        return false;
    *slash = '\0';
    snprintf(folder, sizeof folder, "%s/%s", own,
             library ? place->from_library : place->from_program);
    return try_folder(folder, file, path, size);
}

bool hax_place_find(const hax_place *place, const char *build_folder, const char *file, char *path,
                    size_t size)
{
    return (build_folder && try_folder(build_folder, file, path, size)) ||
           try_moved(place, file, path, size) || try_folder(place->installed, file, path, size);
}
