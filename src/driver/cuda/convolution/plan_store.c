/* Plans kept in files (plan_store.h). */
#define _GNU_SOURCE
#include "plan_store.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "hash.h"
#include "text.h"

static const char HEAD[] = "haxconn cuda plan 3\n";

bool hax_cuda_plan_folder(const char *cache, const char *home, char *folder, size_t size)
{
    int written = -1;
    if (cache && cache[0] == '/')
        written = snprintf(folder, size, "%s/haxconn/cuda-plans", cache);
    else if (home && home[0])
        written = snprintf(folder, size, "%s/.cache/haxconn/cuda-plans", home);
    return written > 0 && (size_t) written < size;
}

static bool path_of(const char *folder, const char *key, char *path, size_t size)
{
    uint64_t hash = hax_hash_string(HAX_HASH_START, key);
    int written = snprintf(path, size, "%s/%016" PRIx64, folder, hash);
    return written > 0 && (size_t) written < size;
}

/* Head, key, a line of numbers, the plan to the end; a file of another key is none of ours. */
static bool read_plan(const char *text, const char *key, hax_cuda_stored *stored)
{
    size_t head = strlen(HEAD), length = strlen(key);
    char *end;
    if (strncmp(text, HEAD, head) != 0 || strncmp(text + head, key, length) != 0 ||
        text[head + length] != '\n')
        return false;
    const char *at = text + head + length + 1;
    long engine = strtol(at, &end, 10);
    if (end == at || *end != ' ' || engine < -1 || engine > INT_MAX)
        return false;
    at = end;
    double us = strtod(at, &end);
    if (end == at || *end != '\n' || !(us >= 0))
        return false;
    size_t rest = strlen(end + 1);
    if (engine >= 0 && (rest < 2 || end[rest] != '\n')) /* cut off */
        return false;
    *stored = (hax_cuda_stored){ (int) engine, us, strndup(end + 1, rest > 0 ? rest - 1 : 0) };
    return stored->json != NULL;
}

bool hax_cuda_plan_load(const char *folder, const char *key, hax_cuda_stored *stored)
{
    enum { BYTES_MAX = 8 << 20 };
    char path[PATH_MAX], *text;
    size_t length;
    if (!path_of(folder, key, path, sizeof path) ||
        hax_file_read(path, BYTES_MAX, &text, &length, NULL) != HAX_OK)
        return false;
    bool found = read_plan(text, key, stored);
    free(text);
    return found;
}

void hax_cuda_plan_keep(const char *folder, const char *key, const hax_cuda_stored *stored)
{
    char path[PATH_MAX];
    hax_text text = { 0 };
    hax_text_printf(&text, "%s%s\n%d %.3f\n", HEAD, key, stored->engine, stored->us);
    hax_text_append(&text, stored->json ? stored->json : "");
    hax_text_append(&text, "\n");
    if (!text.failed && path_of(folder, key, path, sizeof path) &&
        hax_file_make_folder_of(path, NULL) == HAX_OK)
        hax_file_write(path, text.data, text.length, NULL);
    hax_text_free(&text);
}

void hax_cuda_plan_forget(const char *folder, const char *key)
{
    char path[PATH_MAX];
    if (path_of(folder, key, path, sizeof path))
        unlink(path);
}
