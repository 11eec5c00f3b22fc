#define _GNU_SOURCE /* renameat2 */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "json.h"

/* As of every document. */
#define MANIFEST_BYTES_MAX ((size_t) 64 << 20)

static hax_status cannot(const char *path, const char *why, hax_error *err)
{
    return hax_fail(err, HAX_IO, "cannot write folder %s: %s", path, why);
}

hax_status hax_onnx_folder_file(const hax_onnx_folder *folder, const char *name,
                                char path[PATH_MAX], hax_error *err)
{
    int written = snprintf(path, PATH_MAX, "%s/%s", folder->staging, name);
    return written < 0 || written >= PATH_MAX ? cannot(folder->path, strerror(ENAMETOOLONG), err)
                                              : HAX_OK;
}

/* ---- what is there already ------------------------------------------------------------------- */

/* Is this file one that the manifest names? Its data too, which stand beside it. */
static bool is_listed(json_t *pieces, const char *name, const char *manifest)
{
    size_t index;
    json_t *piece;
    if (strcmp(name, manifest) == 0)
        return true;
    json_array_foreach(pieces, index, piece)
    {
        const char *file = json_string_value(json_object_get(piece, "file"));
        size_t length = file ? strlen(file) : 0;
        if (file && strncmp(name, file, length) == 0 &&
            (name[length] == '\0' || strcmp(name + length, ".data") == 0))
            return true;
    }
    return false;
}

/* The first entry that is not `.` or `..`, and not listed; "" for none. */
static hax_status find_stranger(const char *path, json_t *pieces, const char *manifest,
                                char stranger[NAME_MAX + 1], hax_error *err)
{
    DIR *open = opendir(path);
    if (!open && errno == ENOMEM)
        return hax_fail_memory(err, "a folder");
    if (!open)
        return cannot(path, strerror(errno), err);
    stranger[0] = '\0';
    for (struct dirent *entry = readdir(open); entry && !stranger[0]; entry = readdir(open)) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
            (!pieces || !is_listed(pieces, name, manifest)))
            snprintf(stranger, NAME_MAX + 1, "%s", name);
    }
    closedir(open);
    return HAX_OK;
}

/* The pieces of a manifest that is there, NULL where there is none; *tree has them. */
static hax_status read_pieces(const char *folder, const char *manifest, json_t **tree,
                              json_t **pieces, hax_error *err)
{
    char path[PATH_MAX], *text = NULL;
    size_t length = 0;
    *tree = *pieces = NULL;
    int written = snprintf(path, sizeof path, "%s/%s", folder, manifest);
    if (written < 0 || written >= PATH_MAX)
        return HAX_OK;
    hax_status status = hax_file_read(path, MANIFEST_BYTES_MAX, &text, &length, err);
    if (status == HAX_OK)
        status = hax_json_parse(text, length, path, tree, err);
    free(text);
    if (status != HAX_OK)
        return status == HAX_NO_MEMORY ? status : HAX_OK; /* it is something else, or none */
    const char *schema = json_string_value(json_object_get(*tree, "schema"));
    if (schema && strcmp(schema, "haxconn/pieces") == 0)
        *pieces = json_object_get(*tree, "pieces");
    return HAX_OK;
}

static hax_status check_folder(const char *path, const char *manifest, bool replace, hax_error *err)
{
    char stranger[NAME_MAX + 1] = "";
    struct stat info;
    if (lstat(path, &info) != 0)
        return errno == ENOENT ? HAX_OK : cannot(path, strerror(errno), err);
    if (!S_ISDIR(info.st_mode))
        return cannot(path,
                      S_ISLNK(info.st_mode) ? "a symbolic link is there: name where it leads"
                                            : "a file is there",
                      err);
    HAX_TRY(find_stranger(path, NULL, manifest, stranger, err));
    if (!stranger[0])
        return HAX_OK;
    if (!replace)
        return hax_fail(err, HAX_IO,
                        "folder %s is not empty ('%s' is in it): name another one, or --replace it "
                        "if it was written by an export of pieces",
                        path, stranger);
    json_t *tree, *pieces;
    hax_status status = read_pieces(path, manifest, &tree, &pieces, err);
    if (status == HAX_OK && !pieces)
        status = hax_fail(err, HAX_IO,
                          "folder %s has no %s of pieces, so it is not replaced: name another one",
                          path, manifest);
    if (status == HAX_OK)
        status = find_stranger(path, pieces, manifest, stranger, err);
    if (status == HAX_OK && stranger[0])
        status = hax_fail(err, HAX_IO,
                          "folder %s is not replaced: '%s' is in it, which no export wrote; move "
                          "it away, or name another folder",
                          path, stranger);
    json_decref(tree);
    return status;
}

/* ---- beside it ------------------------------------------------------------------------------- */

static hax_status make_staging(hax_onnx_folder *folder, hax_error *err)
{
    enum { TRIES = 100 };
    const char *slash = strrchr(folder->path, '/');
    int parent = slash ? (int) (slash + 1 - folder->path) : 0;
    for (int turn = 0; turn < TRIES; turn++) {
        char name[PATH_MAX];
        int written = snprintf(name, sizeof name, "%.*s.haxconn-pieces-%ld-%d", parent,
                               folder->path, (long) getpid(), turn);
        if (written < 0 || written >= PATH_MAX)
            return cannot(folder->path, strerror(ENAMETOOLONG), err);
        if (mkdir(name, 0777) == 0) {
            memcpy(folder->staging, name, (size_t) written + 1);
            folder->open = opendir(name);
            if (folder->open)
                return HAX_OK;
            int code = errno;
            rmdir(name);
            return code == ENOMEM ? hax_fail_memory(err, "a folder")
                                  : cannot(folder->path, strerror(code), err);
        }
        if (errno != EEXIST)
            return cannot(folder->path, strerror(errno), err);
    }
    return cannot(folder->path, strerror(EEXIST), err);
}

/* "a/b//" is "a/b"; "" and "/" stay. */
static hax_status set_path(const char *path, hax_onnx_folder *folder, hax_error *err)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (length == 0 || length >= sizeof folder->path)
        return cannot(path, strerror(length ? ENAMETOOLONG : ENOENT), err);
    memcpy(folder->path, path, length);
    folder->path[length] = '\0';
    const char *slash = strrchr(folder->path, '/');
    const char *last = slash ? slash + 1 : folder->path;
    if (!*last || strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
        return cannot(path, "it must have a name, since it is put in its place when it is complete",
                      err);
    return HAX_OK;
}

hax_status hax_onnx_folder_begin(const char *path, const char *manifest, bool replace,
                                 hax_onnx_folder *folder, hax_error *err)
{
    *folder = (hax_onnx_folder){ .replace = replace };
    HAX_TRY(set_path(path, folder, err));
    HAX_TRY(check_folder(folder->path, manifest, replace, err));
    HAX_TRY(hax_file_make_folder_of(folder->path, err));
    return make_staging(folder, err);
}

/* A folder under its present name, and what is in it. Closes it. */
static void remove_all(DIR *open, const char *path)
{
    rewinddir(open);
    for (struct dirent *entry = readdir(open); entry; entry = readdir(open))
        unlinkat(dirfd(open), entry->d_name, 0); /* fails for . and .. */
    closedir(open);
    rmdir(path);
}

void hax_onnx_folder_abandon(hax_onnx_folder *folder)
{
    if (folder->open)
        remove_all(folder->open, folder->staging);
    folder->open = NULL;
}

/* Both names change their folders, at once where the file system can; then the old one is what is
 * left to remove. */
static int exchange(const char *staging, const char *path)
{
    char aside[PATH_MAX];
    if (renameat2(AT_FDCWD, staging, AT_FDCWD, path, RENAME_EXCHANGE) == 0)
        return 0;
    int written = snprintf(aside, sizeof aside, "%s-old", staging);
    if ((errno != EINVAL && errno != ENOSYS) || written < 0 || written >= PATH_MAX)
        return -1;
    if (rename(path, aside) != 0)
        return -1;
    if (rename(staging, path) == 0)
        return rename(aside, staging);
    int code = errno;
    rename(aside, path);
    errno = code;
    return -1;
}

/* In the place of one that is there, which is removed. */
static hax_status replace(hax_onnx_folder *folder, hax_error *err)
{
    DIR *old = opendir(folder->path);
    if (!old && errno == ENOMEM)
        return hax_fail_memory(err, "a folder");
    if (!old || exchange(folder->staging, folder->path) != 0) {
        int code = errno;
        if (old)
            closedir(old);
        return cannot(folder->path, strerror(code), err);
    }
    closedir(folder->open);
    folder->open = NULL;
    remove_all(old, folder->staging);
    return HAX_OK;
}

hax_status hax_onnx_folder_commit(hax_onnx_folder *folder, hax_error *err)
{
    /* an empty folder gives way by itself */
    if (rename(folder->staging, folder->path) == 0) {
        closedir(folder->open);
        folder->open = NULL;
        return HAX_OK;
    }
    bool is_filled = errno == ENOTEMPTY || errno == EEXIST;
    return is_filled && folder->replace ? replace(folder, err)
                                        : cannot(folder->path, strerror(errno), err);
}
