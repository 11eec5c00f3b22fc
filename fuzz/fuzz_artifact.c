/* A result file of HaX-CoNN from any bytes; what was read is written and read again, and fitted. */
#include "fuzz_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const hax_import *import = NULL;
    char *text = NULL;
    fuzz_import("artifact", data, size);
    if (hax_import_parse("artifact", (const char *) data, size, "fuzz", NULL, &import, NULL) !=
        HAX_OK)
        return 0;
    if (hax_import_artifact_text(import, NULL, &text, NULL) == HAX_OK)
        fuzz_import("artifact", (const uint8_t *) text, strlen(text));
    free(text);
    const hax_import *const all[] = { import };
    const hax_import *fit = NULL;
    hax_error err;
    if (hax_import_fit(1, all, NULL, &fit, &err) == HAX_OK)
        fuzz_write(fit);
    else if (err.status != HAX_BAD_INPUT)
        abort();
    hax_import_destroy(fit);
    hax_import_destroy(import);
    return 0;
}
