/*
 * Runs every file of a folder through a fuzz target, in the order of their names, so that
 * a corpus is an ordinary test with any compiler.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_BYTES_MAX = 64 << 20 };

/* The target sees a block of exactly the file's size, so that sanitizers see its end. */
static int replay(const char *path)
{
    char *data;
    size_t length;
    hax_error err = { 0 };
    if (hax_file_read(path, FILE_BYTES_MAX, &data, &length, &err) != HAX_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    uint8_t *exact = malloc(length ? length : 1);
    if (exact) {
        memcpy(exact, data, length);
        LLVMFuzzerTestOneInput(exact, length);
    }
    free(data);
    free(exact);
    return exact ? 0 : 1;
}

static int is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    struct dirent **entries;
    int count = scandir(argv[1], &entries, is_file, alphasort);
    int failed = count <= 0;
    if (failed)
        fprintf(stderr, "%s: no files\n", argv[1]);
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
        failed |= replay(path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    printf("%d files\n", count < 0 ? 0 : count);
    return failed;
}
