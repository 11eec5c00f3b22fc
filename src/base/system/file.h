/* Whole files in and out. */
#ifndef HAX_BASE_SYSTEM_FILE_H
#define HAX_BASE_SYSTEM_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

/*
 * Reads a whole regular file (or standard input for "-") of at most `limit`
 * bytes. *data is zero-terminated behind its *length bytes; free with free.
 * A missing file, a folder or one over the limit is HAX_BAD_INPUT and names it.
 */
hax_status hax_file_read(const char *path, size_t limit, char **data, size_t *length,
                         hax_error *err);

/*
 * Writes a file so that a reader sees the old or the new content, never a part:
 * a temporary file beside it, flushed, then renamed. A failure (a full disk)
 * leaves the old file as it was and no temporary one. "-" is standard output.
 * A file that is there keeps its mode, a new one has what the umask leaves; a symbolic
 * link stays, and what it leads to is replaced.
 */
hax_status hax_file_write(const char *path, const char *data, size_t length, hax_error *err);

/*
 * The same for what is too large to be in memory at once: it is there when it is committed, and
 * not at all when it is abandoned. A failure to write is remembered and told by commit; either of
 * them frees the stream.
 */
typedef struct hax_file_stream hax_file_stream;

hax_status hax_file_stream_open(const char *path, hax_file_stream **stream, hax_error *err);
void hax_file_stream_append(hax_file_stream *stream, const void *data, size_t length);
bool hax_file_stream_failed(const hax_file_stream *stream);
hax_status hax_file_stream_commit(hax_file_stream *stream, hax_error *err);
void hax_file_stream_abandon(hax_file_stream *stream); /* NULL is allowed */

/* Would hax_file_write be able to? Tried with a temporary file, so that only a disk that fills up
 * meanwhile is left to chance. HAX_IO. */
hax_status hax_file_probe(const char *path, hax_error *err);

/* Makes the folder that a file is to be in, with its parents (mode 0700 for those that are made).
 */
hax_status hax_file_make_folder_of(const char *path, hax_error *err);

/* Makes a folder and its parents, with what the umask leaves. */
hax_status hax_file_make_folder(const char *path, hax_error *err);

/* Could the folder be made, if it is not there, and files be written into it? Makes none. HAX_IO.
 */
hax_status hax_file_probe_folder(const char *path, hax_error *err);

#endif
