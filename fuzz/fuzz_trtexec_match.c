/* The names of a profile from any bytes, matched with a network. */
#include "fuzz_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static hax_model *model; /* once for all inputs */
    const hax_import *import = NULL, *match = NULL;
    if (!model && hax_model_load("googlenet", NULL, &model, NULL) != HAX_OK)
        abort();
    if (hax_import_parse("trtexec-profile", (const char *) data, size, "fuzz", NULL, &import,
                         NULL) != HAX_OK)
        return 0;
    const hax_import *const beside[] = { import };
    if (hax_import_match(import, 1, beside, model, NULL, &match, NULL) != HAX_OK)
        abort();
    fuzz_write(match);
    hax_import_destroy(match);
    hax_import_destroy(import);
    return 0;
}
