/*
 * An ONNX network from any bytes: read, lowered, cut through as many tensors as its length says,
 * grouped in each way, shown, destroyed. An open input gets a shape. External data is looked for in
 * a folder that does not exist.
 */
#include <stdint.h>
#include <string.h>

#include "check_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static hax_status read_with(const uint8_t *data, size_t size, const char *shape, hax_model **model)
{
    hax_error err = { 0 };
    hax_model_options options = hax_model_options_default();
    options.shape_count = shape ? 1 : 0;
    options.shapes = &shape;
    options.cut_tensors = 1 + (int) (size % 3);
    hax_status status =
        hax_model_parse_onnx(data, size, "/no-such-folder/fuzz.onnx", &options, model, &err);
    bool refused = status == HAX_BAD_INPUT && !*model && err.message[0] != '\0';
    if (status != HAX_OK && !refused)
        abort();
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hax_model *model = NULL;
    if (read_with(data, size, NULL, &model) != HAX_OK &&
        read_with(data, size, "x=1x3x4x4", &model) != HAX_OK)
        return 0;
    check_model(model);
    hax_model_destroy(model);
    return 0;
}
