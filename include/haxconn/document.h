/*
 * Documents in files: read, stamped with where they come from, written.
 */
#ifndef HAXCONN_DOCUMENT_H
#define HAXCONN_DOCUMENT_H

#include <stddef.h>

#include "haxconn/api.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Documents larger than this are refused (64 MiB). */
#define HAX_DOCUMENT_BYTES_MAX ((size_t) 64 << 20)

/*
 * Reads a whole file, "-" is standard input. *text is zero-terminated behind its *length
 * bytes; free with free. HAX_BAD_INPUT names a file that is missing, a folder or too large.
 */
HAX_API hax_status hax_document_read(const char *path, char **text, size_t *length, hax_error *err);

/* What a document calls itself: its member "schema". Free with free. HAX_BAD_INPUT where there is
 * none, or where the text up to it is no JSON: what stands behind it is for its reader. */
HAX_API hax_status hax_document_schema(const char *text, size_t length, const char *file,
                                       char **schema, hax_error *err);

/*
 * Writes a whole file, "-" is standard output; a reader sees the old or the new content,
 * never a part. HAX_IO when that fails (the old file is left as it was). A file that is there keeps
 * its mode, and a symbolic link is followed.
 */
HAX_API hax_status hax_document_write(const char *path, const char *text, size_t length,
                                      hax_error *err);

/*
 * Would writing succeed? For a caller that is to work for minutes before it writes. A folder need
 * not be there yet, and is not made. HAX_IO says why not.
 */
HAX_API hax_status hax_document_probe(const char *path, hax_error *err);
HAX_API hax_status hax_document_probe_folder(const char *path, hax_error *err);

/*
 * Adds `"tool": {"name", "version", "command"}` to a document's text: who wrote it, by
 * which command line; all else stays as it is. Every reader here accepts that member. Free with
 * free.
 */
HAX_API hax_status hax_document_stamp(const char *text, const char *command, char **stamped,
                                      hax_error *err);

/* Words as a shell takes them back, quoted where they must be, with blanks between. Free with
 * free. */
HAX_API hax_status hax_document_command(int count, const char *const *words, char **line,
                                        hax_error *err);

/* "haxconn/models": the built-in networks with their sizes. Free with free. */
HAX_API hax_status hax_document_models(char **text, hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
