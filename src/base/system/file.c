#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Reads until the end or until more than `limit` bytes came. */
static hax_status read_all(int fd, const char *path, size_t limit, char **data, size_t *length,
                           hax_error *err)
{
    size_t used = 0, capacity = 0;
    char *buffer = NULL;
    for (;;) {
        if (used + 1 >= capacity) {
            capacity = capacity ? capacity * 2 : 64 * 1024;
            char *grown = realloc(buffer, capacity);
            if (!grown) {
                free(buffer);
                return hax_fail_memory(err, path);
            }
            buffer = grown;
        }
        ssize_t got = read(fd, buffer + used, capacity - used - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            int code = errno;
            free(buffer);
            return hax_fail_at(err, HAX_BAD_INPUT, path, 0, 0, "cannot read: %s", strerror(code));
        }
        if (got == 0)
            break;
        used += (size_t) got;
        if (used > limit) {
            free(buffer);
            return hax_fail_at(err, HAX_BAD_INPUT, path, 0, 0,
                               "larger than the %zu bytes that are read of such a file", limit);
        }
    }
    buffer[used] = '\0';
    *data = buffer;
    *length = used;
    return HAX_OK;
}

hax_status hax_file_read(const char *path, size_t limit, char **data, size_t *length,
                         hax_error *err)
{
    if (strcmp(path, "-") == 0)
        return read_all(STDIN_FILENO, "standard input", limit, data, length, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return hax_fail_at(err, HAX_BAD_INPUT, path, 0, 0, "cannot open: %s", strerror(errno));
    hax_status status = read_all(fd, path, limit, data, length, err);
    close(fd);
    return status;
}

static int write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t put = write(fd, data, length);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        data += put;
        length -= (size_t) put;
    }
    return 0;
}

/* /dev/stdout too: where it is a file, a rename would take it from under what is printed. */
static bool is_stdout(const char *path)
{
    return strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0;
}

static hax_status cannot_write(const char *path, const char *why, hax_error *err)
{
    return hax_fail(err, HAX_IO, "cannot write %s: %s", path, why);
}

/* Where a file is to be written, links of its last name followed, and what is there now. */
typedef struct target {
    char path[PATH_MAX];
    bool exists;
    bool regular;
    mode_t mode; /* where it exists */
} target;

/* One link on: a relative one counts from the folder that the link is in. */
static hax_status follow_link(target *to, const char *asked, hax_error *err)
{
    char link[PATH_MAX], joined[PATH_MAX];
    ssize_t length = readlink(to->path, link, sizeof link - 1);
    if (length < 0)
        return cannot_write(asked, strerror(errno), err);
    link[length] = '\0';
    const char *slash = strrchr(to->path, '/');
    int folder = slash && link[0] != '/' ? (int) (slash + 1 - to->path) : 0;
    int written = snprintf(joined, sizeof joined, "%.*s%s", folder, to->path, link);
    if (written < 0 || (size_t) written >= sizeof joined)
        return cannot_write(asked, strerror(ENAMETOOLONG), err);
    memcpy(to->path, joined, (size_t) written + 1);
    return HAX_OK;
}

/* A rename would replace a link instead of the file behind it, so links are followed first, those
 * that lead to nothing as well. */
static hax_status find_target(const char *path, target *to, hax_error *err)
{
    enum { LINKS_MAX = 40 }; /* as the kernel's own limit */
    struct stat info;
    int written = snprintf(to->path, sizeof to->path, "%s", path);
    if (written <= 0 || (size_t) written >= sizeof to->path)
        return cannot_write(path, strerror(written <= 0 ? ENOENT : ENAMETOOLONG), err);
    for (int links = 0; lstat(to->path, &info) == 0; links++) {
        if (!S_ISLNK(info.st_mode)) {
            to->exists = true;
            to->regular = S_ISREG(info.st_mode);
            to->mode = info.st_mode & 0777;
            return HAX_OK;
        }
        /* /dev/stdout and its like end in links whose text is no path, but they can be opened */
        if (stat(to->path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) {
            to->exists = true;
            to->regular = false;
            return HAX_OK;
        }
        if (links == LINKS_MAX)
            return cannot_write(path, strerror(ELOOP), err);
        HAX_TRY(follow_link(to, path, err));
    }
    to->exists = to->regular = false;
    return errno == ENOENT ? HAX_OK : cannot_write(path, strerror(errno), err);
}

/*
 * A file beside the target with a name of its own. O_EXCL: never one that is there already, nor
 * what a planted link leads to. The mode is the umask's, which mkstemp does not ask.
 */
static int open_temporary(const target *to, char name[PATH_MAX])
{
    enum { TRIES = 100 };
    static const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const char *slash = strrchr(to->path, '/');
    int folder = slash ? (int) (slash + 1 - to->path) : 0;
    for (int turn = 0; turn < TRIES; turn++) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        /* not the target's name: together they might be longer than a name may be */
        int written = snprintf(
            name, PATH_MAX, "%.*s.haxconn-%lx-%lx%02x", folder, to->path, (unsigned long) getpid(),
            (unsigned long) now.tv_sec * 1000000000ul + (unsigned long) now.tv_nsec,
            (unsigned) turn);
        if (written < 0 || written >= PATH_MAX) {
            errno = ENAMETOOLONG;
            return -1;
        }
        int fd = open(name, flags, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* A rename would replace a file that its owner has made read-only. */
static hax_status check_target(const char *path, const target *to, hax_error *err)
{
    if (to->exists && to->regular && access(to->path, W_OK) != 0)
        return cannot_write(path, strerror(errno), err);
    if (!to->exists && to->path[strlen(to->path) - 1] == '/')
        return cannot_write(path, strerror(EISDIR), err);
    return HAX_OK;
}

hax_status hax_file_probe(const char *path, hax_error *err)
{
    char temporary[PATH_MAX];
    target to = { .exists = false };
    if (is_stdout(path))
        return HAX_OK;
    HAX_TRY(find_target(path, &to, err));
    HAX_TRY(check_target(path, &to, err));
    struct stat info;
    if (to.exists && !to.regular) {
        if (stat(to.path, &info) == 0 && S_ISDIR(info.st_mode))
            return cannot_write(path, strerror(EISDIR), err);
        return access(to.path, W_OK) == 0 ? HAX_OK : cannot_write(path, strerror(errno), err);
    }
    int fd = open_temporary(&to, temporary);
    if (fd < 0)
        return cannot_write(path, strerror(errno), err);
    close(fd);
    unlink(temporary);
    return HAX_OK;
}

struct hax_file_stream {
    const char *path; /* as it was asked for */
    target to;
    char temporary[PATH_MAX]; /* "": it is written in place */
    int fd;
    int failed; /* errno of the first failure */
};

/* Devices and pipes cannot be replaced by a rename: they are written in place. */
static hax_status open_stream(const char *path, hax_file_stream *stream, hax_error *err)
{
    *stream = (hax_file_stream){ .path = path };
    if (is_stdout(path)) {
        stream->fd = dup(STDOUT_FILENO);
    } else {
        HAX_TRY(find_target(path, &stream->to, err));
        if (stream->to.exists && !stream->to.regular) {
            stream->fd = open(stream->to.path, O_WRONLY | O_CLOEXEC);
        } else {
            HAX_TRY(check_target(path, &stream->to, err));
            stream->fd = open_temporary(&stream->to, stream->temporary);
        }
    }
    return stream->fd >= 0 ? HAX_OK : cannot_write(path, strerror(errno), err);
}

hax_status hax_file_stream_open(const char *path, hax_file_stream **stream, hax_error *err)
{
    size_t length = strlen(path) + 1;
    hax_file_stream *made = malloc(sizeof *made + length);
    if (!made)
        return hax_fail_memory(err, "a file");
    char *kept = memcpy(made + 1, path, length);
    hax_status status = open_stream(kept, made, err);
    if (status == HAX_OK)
        *stream = made;
    else
        free(made);
    return status;
}

void hax_file_stream_append(hax_file_stream *stream, const void *data, size_t length)
{
    if (!stream->failed && write_all(stream->fd, data, length) != 0)
        stream->failed = errno;
}

bool hax_file_stream_failed(const hax_file_stream *stream)
{
    return stream->failed != 0;
}

/* In place there is nothing to give a mode to, nor to be put in another file's place. */
static void finish(hax_file_stream *stream)
{
    bool in_place = stream->temporary[0] == '\0';
    if (!stream->failed && !in_place &&
        ((stream->to.exists && fchmod(stream->fd, stream->to.mode) != 0) || fsync(stream->fd) != 0))
        stream->failed = errno;
    if (close(stream->fd) != 0 && !stream->failed)
        stream->failed = errno;
    if (!stream->failed && !in_place && rename(stream->temporary, stream->to.path) != 0)
        stream->failed = errno;
    if (stream->failed && !in_place)
        unlink(stream->temporary);
}

hax_status hax_file_stream_commit(hax_file_stream *stream, hax_error *err)
{
    finish(stream);
    hax_status status =
        stream->failed ? cannot_write(stream->path, strerror(stream->failed), err) : HAX_OK;
    free(stream);
    return status;
}

void hax_file_stream_abandon(hax_file_stream *stream)
{
    if (!stream)
        return;
    close(stream->fd);
    if (stream->temporary[0])
        unlink(stream->temporary);
    free(stream);
}

hax_status hax_file_write(const char *path, const char *data, size_t length, hax_error *err)
{
    hax_file_stream
        stream; /* without an allocation: documents are written when memory is out too */
    HAX_TRY(open_stream(path, &stream, err));
    hax_file_stream_append(&stream, data, length);
    finish(&stream);
    return stream.failed ? cannot_write(path, strerror(stream.failed), err) : HAX_OK;
}

/* Makes a folder and its parents, those that are made with `mode` less the umask. */
static hax_status make_folders(const char *path, mode_t mode, hax_error *err)
{
    char partial[PATH_MAX];
    struct stat info;
    int written = snprintf(partial, sizeof partial, "%s", path);
    if (written <= 0 || (size_t) written >= sizeof partial)
        return hax_fail(err, HAX_IO, "cannot make folder '%s': bad path", path);
    for (char *at = partial + 1;; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        char kept = *at;
        *at = '\0';
        if (mkdir(partial, mode) != 0 && errno != EEXIST)
            return hax_fail(err, HAX_IO, "cannot make folder %s: %s", partial, strerror(errno));
        *at = kept;
        if (kept == '\0')
            break;
    }
    if (stat(partial, &info) == 0 && !S_ISDIR(info.st_mode))
        return hax_fail(err, HAX_IO, "cannot make folder %s: a file is there", partial);
    return HAX_OK;
}

hax_status hax_file_make_folder(const char *path, hax_error *err)
{
    return make_folders(path, 0777, err);
}

hax_status hax_file_probe_folder(const char *path, hax_error *err)
{
    char name[PATH_MAX];
    target to = { .exists = false };
    struct stat info;
    int written = snprintf(to.path, sizeof to.path, "%s", path);
    if (written <= 0 || (size_t) written + 1 >= sizeof to.path)
        return hax_fail(err, HAX_IO, "cannot make folder '%s': bad path", path);
    /* up to what is there already; "" is where we are */
    while (to.path[0] && stat(to.path, &info) != 0) {
        if (errno != ENOENT)
            return hax_fail(err, HAX_IO, "cannot make folder %s: %s", path, strerror(errno));
        size_t length = strlen(to.path);
        while (length > 1 && to.path[length - 1] == '/')
            length--;
        while (length > 0 && to.path[length - 1] != '/')
            length--;
        to.path[length] = '\0';
    }
    if (to.path[0] && !S_ISDIR(info.st_mode))
        return hax_fail(err, HAX_IO, "cannot make folder %s: a file is there", path);
    if (to.path[0])
        strcat(to.path, "/");
    int fd = open_temporary(&to, name);
    if (fd < 0)
        return hax_fail(err, HAX_IO, "cannot write into folder %s: %s", path, strerror(errno));
    close(fd);
    unlink(name);
    return HAX_OK;
}

hax_status hax_file_make_folder_of(const char *path, hax_error *err)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return HAX_OK;
    if ((size_t) (slash - path) >= sizeof folder)
        return hax_fail(err, HAX_IO, "cannot make the folder of a file: its path is too long");
    memcpy(folder, path, (size_t) (slash - path));
    folder[slash - path] = '\0';
    return make_folders(folder, 0700, err); /* XDG Base Directory Specification 0.8 */
}
