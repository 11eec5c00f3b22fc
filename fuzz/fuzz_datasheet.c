/* The data sheet of a platform document from any bytes: read, and its own text read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "datasheet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static hax_status read_sheet(const char *text, size_t length, hax_arena *arena,
                             const hax_datasheet **sheet, hax_error *err)
{
    static const char *const kinds[] = { "gpu", "dla" };
    json_t *tree;
    HAX_TRY(hax_json_parse(text, length, "fuzz.json", &tree, err));
    hax_json root = hax_json_root(tree, "fuzz.json");
    hax_status status = hax_datasheet_read(&root, arena, 2, kinds, sheet, err);
    json_decref(tree);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const hax_datasheet *sheet = NULL, *again = NULL;
    hax_error err = { 0 };
    hax_arena *arena = hax_arena_create();
    if (!arena)
        return 0;
    hax_status status = read_sheet((const char *) data, size, arena, &sheet, &err);
    if (status != HAX_OK && (status != HAX_BAD_INPUT || err.message[0] == '\0'))
        abort();
    if (status == HAX_OK &&
        (read_sheet(sheet->json, strlen(sheet->json), arena, &again, &err) != HAX_OK ||
         strcmp(sheet->json, again->json) != 0))
        abort();
    hax_arena_destroy(arena);
    return 0;
}
