/*
 * A Caffe network from any bytes: read, lowered, cut, grouped in each way, shown,
 * destroyed. Weights are filled where they are small.
 */
#include <stdint.h>

#include "check_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    hax_status status =
        hax_model_parse_prototxt((const char *) data, size, "fuzz.prototxt", NULL, &model, &err);
    if (status != HAX_OK) {
        if (status != HAX_BAD_INPUT || model || err.message[0] == '\0' || err.line < 1)
            abort();
        return 0;
    }
    check_model(model);
    hax_model_destroy(model);
    return 0;
}
