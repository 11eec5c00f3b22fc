/*
 * Tensors in files of their own (external_data). The path comes from a file that may be
 * hostile, so each of its folders is opened from the one before without following links: what
 * is checked is what is read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "onnx/tensor.h"

typedef struct entry {
    const char *path;
    uint64_t offset, length;
    bool has_length;
} entry;

/* ---- what the tensor says -------------------------------------------------------------------- */

static hax_status number_of(const hax_onnx_source *source, size_t place, const char *key,
                            const char *text, uint64_t *number)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value > INT64_MAX)
        return hax_wire_fail(source, place, "external data: %s '%.40s' is no number of bytes", key,
                             text);
    *number = value;
    return HAX_OK;
}

static hax_status take_entry(const hax_onnx_source *source, const hax_wire_field *outer,
                             entry *entry)
{
    hax_wire_field field;
    hax_wire_span message = outer->bytes;
    const char *key = "", *value = "";
    HAX_TRY(hax_wire_expect(source, outer, WIRE_BYTES, "external data"));
    for (bool more = true;;) {
        HAX_TRY(hax_wire_next(source, &message, &field, &more));
        if (!more)
            break;
        if (field.number == 1)
            HAX_TRY(hax_onnx_parse_text(source, &field, "a key of external data", &key));
        if (field.number == 2)
            HAX_TRY(hax_onnx_parse_text(source, &field, "a value of external data", &value));
    }
    if (strcmp(key, "location") == 0)
        entry->path = value;
    if (strcmp(key, "offset") == 0)
        return number_of(source, outer->place, key, value, &entry->offset);
    if (strcmp(key, "length") == 0) {
        entry->has_length = true;
        return number_of(source, outer->place, key, value, &entry->length);
    }
    return HAX_OK;
}

static hax_status take_entries(const hax_onnx_source *source, const hax_onnx_tensor *tensor,
                               entry *result)
{
    hax_wire_field field;
    hax_wire_span message = tensor->message;
    *result = (entry){ 0 };
    for (bool more = true;;) {
        HAX_TRY(hax_wire_next(source, &message, &field, &more));
        if (!more)
            break;
        if (field.number == 13)
            HAX_TRY(take_entry(source, &field, result));
    }
    if (result->path && result->path[0] != '\0')
        return HAX_OK;
    return hax_wire_fail(source, tensor->place, "tensor '%.100s': external data without a location",
                         tensor->name);
}

/* ---- the file -------------------------------------------------------------------------------- */

static hax_status refuse_path(const hax_onnx_source *source, const hax_onnx_tensor *tensor,
                              const char *path, const char *why)
{
    return hax_wire_fail(source, tensor->place,
                         "tensor '%.100s': its external data is in '%.200s': %s", tensor->name,
                         path, why);
}

static int open_folder_of(const char *file)
{
    const char *slash = strrchr(file, '/');
    if (!slash)
        return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char *folder = strndup(file, (size_t) (slash - file) + 1);
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(folder);
    return fd;
}

/* Opens the next part of a path and closes the folder it is in. */
static int step_into(int folder, const char *part, size_t length, bool last)
{
    char *name = strndup(part, length);
    int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | (last ? O_NONBLOCK : O_DIRECTORY);
    int fd = name ? openat(folder, name, flags) : -1;
    int code = errno;
    free(name);
    close(folder);
    errno = code;
    return fd;
}

static hax_status open_below(const hax_onnx_source *source, const hax_onnx_tensor *tensor,
                             const char *path, int *opened)
{
    if (path[0] == '/')
        return refuse_path(source, tensor, path, "a path must be relative to the model's folder");
    int fd = open_folder_of(source->file);
    for (const char *at = path; fd >= 0;) {
        size_t length = strcspn(at, "/");
        bool last = at[length] == '\0';
        if (length == 2 && strncmp(at, "..", 2) == 0) {
            close(fd);
            return refuse_path(source, tensor, path, "a path must stay in the model's folder");
        }
        if (length > 0 || last)
            fd = step_into(fd, at, length, last);
        if (last)
            break;
        at += length + 1;
    }
    if (fd < 0 && errno == ENOMEM)
        return hax_fail_memory(source->err, "the path of external data");
    if (fd < 0)
        return refuse_path(source, tensor, path,
                           errno == ELOOP || errno == ENOTDIR
                               ? "there is a symbolic link, or no folder, on the way to it"
                               : strerror(errno));
    *opened = fd;
    return HAX_OK;
}

static hax_status check_size(const hax_onnx_source *source, const hax_onnx_tensor *tensor,
                             const entry *entry, int fd, size_t bytes)
{
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        return refuse_path(source, tensor, entry->path, "it is no regular file");
    if (entry->has_length && entry->length != bytes)
        return hax_wire_fail(
            source, tensor->place,
            "tensor '%.100s': needs %zu bytes, its external data is said to have %llu",
            tensor->name, bytes, (unsigned long long) entry->length);
    uint64_t size = (uint64_t) info.st_size;
    if (entry->offset > size || size - entry->offset < bytes)
        return hax_wire_fail(
            source, tensor->place,
            "tensor '%.100s': needs %zu bytes at offset %llu of '%.200s', which has "
            "%llu",
            tensor->name, bytes, (unsigned long long) entry->offset, entry->path,
            (unsigned long long) size);
    return HAX_OK;
}

hax_status hax_onnx_external_open(const hax_onnx_source *source, const hax_onnx_tensor *tensor,
                                  size_t bytes, hax_onnx_external *external)
{
    entry found;
    int fd = -1;
    HAX_TRY(take_entries(source, tensor, &found));
    HAX_TRY(open_below(source, tensor, found.path, &fd));
    hax_status status = check_size(source, tensor, &found, fd, bytes);
    if (status != HAX_OK) {
        close(fd);
        return status;
    }
    *external = (hax_onnx_external){ fd, found.path, found.offset };
    return HAX_OK;
}

hax_status hax_onnx_external_read(const hax_onnx_source *source, hax_onnx_external *external,
                                  void *data, size_t bytes)
{
    char *to = data;
    while (bytes > 0) {
        ssize_t got = pread(external->fd, to, bytes, (off_t) external->offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return hax_fail_at(source->err, HAX_BAD_INPUT, source->file, 0, 0,
                               "cannot read its external data '%.200s': %s", external->path,
                               got < 0 ? strerror(errno) : "it became shorter");
        to += got;
        external->offset += (uint64_t) got;
        bytes -= (size_t) got;
    }
    return HAX_OK;
}

void hax_onnx_external_close(const hax_onnx_external *external)
{
    close(external->fd);
}
