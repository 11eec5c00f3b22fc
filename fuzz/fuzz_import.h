/* A file of one kind from any bytes: read, and what was made of it written as a document. */
#ifndef FUZZ_IMPORT_H
#define FUZZ_IMPORT_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "haxconn/import.h"
#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_write(const hax_import *import)
{
    char *text = NULL;
    json_t *tree = NULL;
    if (import->section_count == 0 || hax_import_text(1, &import, &text, NULL) != HAX_OK ||
        hax_json_parse(text, strlen(text), "again", &tree, NULL) != HAX_OK)
        abort();
    json_decref(tree);
    free(text);
}

static inline void fuzz_import(const char *kind, const uint8_t *data, size_t size)
{
    const hax_import *import = NULL;
    hax_error err = { 0 };
    hax_status status =
        hax_import_parse(kind, (const char *) data, size, "fuzz", NULL, &import, &err);
    if (status != HAX_OK) {
        if (status != HAX_BAD_INPUT || import || err.message[0] == '\0' || err.file[0] == '\0')
            abort();
        return;
    }
    fuzz_write(import);
    hax_import_destroy(import);
}

#endif
