/* Where the platform documents are that come with haxconn. */
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platforms.h"

#ifndef HAX_PLATFORM_FOLDER
#define HAX_PLATFORM_FOLDER "/usr/local/share/haxconn/platforms"
#endif

static bool try_folder(const char *folder, const char *name, char *path, size_t size)
{
    int written = snprintf(path, size, "%s/%s.json", folder, name);
    return written > 0 && (size_t) written < size && access(path, R_OK) == 0;
}

/* An installed tree may have been moved: what belongs to a program lies beside it. */
static bool try_beside(const char *name, char *path, size_t size)
{
    char own[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    if (length <= 0)
        return false;
    own[length] = '\0';
    char *slash = strrchr(own, '/');
    if (!slash)
        return false;
    static const char shared[] = "/../share/haxconn/platforms";
    if ((size_t) (slash - own) + sizeof shared > sizeof own)
        return false;
    memcpy(slash, shared, sizeof shared);
    return try_folder(own, name, path, size);
}

bool platform_shipped(const char *name, char *path, size_t size)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    if (!*name || name[strspn(name, letters)] != '\0')
        return false;
    if (try_beside(name, path, size))
        return true;
#ifdef HAX_SOURCE_PLATFORM_FOLDER
    if (try_folder(HAX_SOURCE_PLATFORM_FOLDER, name, path, size))
        return true;
#endif
    return try_folder(HAX_PLATFORM_FOLDER, name, path, size);
}
