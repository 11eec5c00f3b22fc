#define _GNU_SOURCE
#include "engine_store.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "hash.h"

static const char HEAD[] = "haxconn tensorrt engine 1\n";

bool hax_trt_engine_folder(const char *cache, const char *home, char *folder, size_t size)
{
    int written = -1;
    if (cache && cache[0] == '/')
        written = snprintf(folder, size, "%s/haxconn/tensorrt-engines", cache);
    else if (home && home[0])
        written = snprintf(folder, size, "%s/.cache/haxconn/tensorrt-engines", home);
    return written > 0 && (size_t) written < size;
}

bool hax_trt_engine_path(const char *folder, const char *key, const char *behind, char *path,
                         size_t size)
{
    uint64_t hash = hax_hash_string(HAX_HASH_START, key);
    int written = snprintf(path, size, "%s/%016" PRIx64 "%s", folder, hash, behind);
    return written > 0 && (size_t) written < size;
}

hax_status hax_trt_engine_keep(const char *path, const char *key, const void *engine, size_t bytes,
                               hax_error *err)
{
    hax_file_stream *stream;
    HAX_TRY(hax_file_stream_open(path, &stream, err));
    hax_file_stream_append(stream, HEAD, sizeof HEAD - 1);
    hax_file_stream_append(stream, key, strlen(key));
    hax_file_stream_append(stream, "\n", 1);
    hax_file_stream_append(stream, engine, bytes);
    return hax_file_stream_commit(stream, err);
}

/* Where the engine begins; 0: the file is none of this key. */
static size_t begins(const char *file, size_t length, const char *key)
{
    size_t head = sizeof HEAD - 1, own = strlen(key);
    bool is_ours = length > head + own && memcmp(file, HEAD, head) == 0 &&
                   memcmp(file + head, key, own) == 0 && file[head + own] == '\n';
    return is_ours ? head + own + 1 : 0;
}

bool hax_trt_engine_is_kept(const char *path, const char *key)
{
    char start[2048];
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(start, 1, sizeof start, file) : 0;
    if (file)
        fclose(file);
    return begins(start, length, key) > 0;
}

bool hax_trt_engine_read(const char *path, const char *key, char **file, size_t *offset,
                         size_t *bytes)
{
    size_t length;
    if (hax_file_read(path, SIZE_MAX / 2, file, &length, NULL) != HAX_OK)
        return false;
    *offset = begins(*file, length, key);
    assert(*offset <= length);
    *bytes = length - *offset;
    if (*offset > 0)
        return true;
    free(*file);
    return false;
}
