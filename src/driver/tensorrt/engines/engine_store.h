/*
 * Engines that were built, kept in files: building one takes a minute or more on a board, loading
 * it a few milliseconds. They lie in the folder "tensorrt-engines" beside the profile store's usual
 * place ($XDG_CACHE_HOME/haxconn, ~/.cache/haxconn), one file a key: whatever the key does not tell
 * cannot matter. A file is its head, the key, a line end, and the engine.
 */
#ifndef HAX_DRIVER_TENSORRT_ENGINE_STORE_H
#define HAX_DRIVER_TENSORRT_ENGINE_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "text.h"

/* The folder, from two variables of the environment (NULL: not set). False: there is none. */
bool hax_trt_engine_folder(const char *cache, const char *home, char *folder, size_t size);

/* The file of a key, with this behind it (".onnx": of the piece while its engine is built). */
bool hax_trt_engine_path(const char *folder, const char *key, const char *behind, char *path,
                         size_t size);

hax_status hax_trt_engine_keep(const char *path, const char *key, const void *engine, size_t bytes,
                               hax_error *err);

/* Reads a file; *engine is its `offset`-th byte on, and *file is to be freed with free. False:
 * there is none, or one of another key. */
bool hax_trt_engine_read(const char *path, const char *key, char **file, size_t *offset,
                         size_t *bytes);
bool hax_trt_engine_is_kept(const char *path, const char *key);

#endif
