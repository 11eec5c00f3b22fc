/*
 * A folder of files that is there when all of them are, and not at all otherwise: they are written
 * into a folder beside it, which then takes its place.
 */
#ifndef HAX_EXPORT_ONNX_FOLDER_H
#define HAX_EXPORT_ONNX_FOLDER_H

#include <limits.h>
#include <stdbool.h>

#include "error.h"

typedef struct hax_onnx_folder {
    char path[PATH_MAX];    /* that it is to have */
    char staging[PATH_MAX]; /* where it is until then */
    void *open;             /* DIR * of that one: what is to be removed when memory is out, too */
    bool replace;
} hax_onnx_folder;

/*
 * A folder that is there must be empty, or `replace` is set and it is one that was written so
 * before (it has the document `manifest`), to which nobody has added a file: then all of it is
 * replaced. HAX_IO otherwise.
 */
hax_status hax_onnx_folder_begin(const char *path, const char *manifest, bool replace,
                                 hax_onnx_folder *folder, hax_error *err);
hax_status hax_onnx_folder_commit(hax_onnx_folder *folder, hax_error *err);
void hax_onnx_folder_abandon(hax_onnx_folder *folder);

/* The path of a file in the folder that is being written. */
hax_status hax_onnx_folder_file(const hax_onnx_folder *folder, const char *name,
                                char path[PATH_MAX], hax_error *err);

#endif
