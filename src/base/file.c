#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* Devices and pipes cannot be replaced by a rename: they are written in place. */
static hax_status write_in_place(const char *path, const char *data, size_t length, hax_error *err)
{
    int fd = strcmp(path, "-") == 0 ? dup(STDOUT_FILENO) : open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return hax_fail(err, HAX_IO, "cannot open %s: %s", path, strerror(errno));
    int failed = write_all(fd, data, length) != 0 ? errno : 0;
    if (close(fd) != 0 && !failed)
        failed = errno;
    if (failed)
        return hax_fail(err, HAX_IO, "cannot write %s: %s", path, strerror(failed));
    return HAX_OK;
}

hax_status hax_file_write(const char *path, const char *data, size_t length, hax_error *err)
{
    struct stat info;
    if (strcmp(path, "-") == 0 || (stat(path, &info) == 0 && !S_ISREG(info.st_mode)))
        return write_in_place(path, data, length, err);
    char temporary[PATH_MAX];
    int written = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (written < 0 || (size_t) written >= sizeof temporary)
        return hax_fail(err, HAX_IO, "cannot write %s: the path is too long", path);
    int fd = mkstemp(temporary);
    if (fd < 0)
        return hax_fail(err, HAX_IO, "cannot write %s: %s", path, strerror(errno));
    int failed = 0;
    if (write_all(fd, data, length) != 0 || fchmod(fd, 0644) != 0 || fsync(fd) != 0)
        failed = errno;
    if (close(fd) != 0 && !failed)
        failed = errno;
    if (!failed && rename(temporary, path) != 0)
        failed = errno;
    if (failed) {
        unlink(temporary);
        return hax_fail(err, HAX_IO, "cannot write %s: %s", path, strerror(failed));
    }
    return HAX_OK;
}

hax_status hax_file_make_folder(const char *path, hax_error *err)
{
    char partial[PATH_MAX];
    int written = snprintf(partial, sizeof partial, "%s", path);
    if (written <= 0 || (size_t) written >= sizeof partial)
        return hax_fail(err, HAX_IO, "cannot make folder '%s': bad path", path);
    for (char *at = partial + 1;; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        char kept = *at;
        *at = '\0';
        if (mkdir(partial, 0700) != 0 && errno != EEXIST)
            return hax_fail(err, HAX_IO, "cannot make folder %s: %s", partial, strerror(errno));
        *at = kept;
        if (kept == '\0')
            return HAX_OK;
    }
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
    return hax_file_make_folder(folder, err);
}
