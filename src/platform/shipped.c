/* Where the platform documents are that come with haxconn. */
#include <stdio.h>
#include <string.h>

#include "installed.h"
#include "platforms.h"

static const hax_place platforms = {
    .from_program = HAX_PLATFORMS_FROM_PROGRAM,
    .from_library = HAX_PLATFORMS_FROM_LIBRARY,
    .installed = HAX_PLATFORMS_INSTALLED,
};

bool hax_platform_shipped(const char *name, char *path, size_t size)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    char file[64];
    if (!*name || name[strspn(name, letters)] != '\0')
        return false;
    if (snprintf(file, sizeof file, "%s.json", name) >= (int) sizeof file)
        return false;
    return hax_place_find(&platforms,
                          &hax_program_build_tree ? hax_program_build_tree.platforms : NULL, file,
                          path, size);
}
