/* Where the files are that belong to the library without being part of it. */
#ifndef HAX_DRIVER_INSTALLED_H
#define HAX_DRIVER_INSTALLED_H

#include <stdbool.h>
#include <stddef.h>

/* Folders of an installation that hold one kind of file. */
typedef struct hax_place {
    const char *from_program; /* relative to the folder that programs are installed to */
    const char *from_library; /* relative to the shared library's */
    const char *installed;    /* absolute, as configured */
} hax_place;

/* The folders of the build that a program belongs to. */
typedef struct hax_build_tree {
    const char *modules;
    const char *platforms;
    const char *system_root; /* in front of /proc and /etc where a board is looked for: a test's
                                stand-in of one; NULL: this machine's own */
} hax_build_tree;

/*
 * Linked into programs that are not to be installed, tests and the tool in the build folder, and
 * into nothing else: an installed library must not look into a build folder, which may be anybody's
 * by then. Elsewhere its address is NULL.
 */
extern const hax_build_tree hax_program_build_tree __attribute__((weak, visibility("default")));

/*
 * Path of a readable file: in the build's folder (may be NULL), in an installation that was moved
 * as a whole, or where it was configured to be. False where it is in none of them.
 */
bool hax_place_find(const hax_place *place, const char *build_folder, const char *file, char *path,
                    size_t size);

#endif
