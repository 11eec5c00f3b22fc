/*
 * A Caffe network from any bytes: read, lowered, cut, grouped in each way, shown,
 * destroyed. Weights are filled where they are small.
 */
#include <stdint.h>
#include <stdlib.h>

#include "kernel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WEIGHTS_MAX = 1 << 16 };

static void fill_weights(const hax_model *model, int kernel)
{
    size_t weights = hax_kernel_weight_count(model, kernel);
    size_t biases = hax_kernel_bias_count(model, kernel);
    if (weights == 0 || weights > WEIGHTS_MAX || biases > WEIGHTS_MAX)
        return;
    float *values = malloc((weights + biases) * sizeof *values);
    if (values)
        hax_model_weights(model, kernel, values, biases ? values + weights : NULL);
    free(values);
}

/* Every cut is legal or has a reason, and every group has kernels and one input. */
static void group(const hax_model *model, const char *spec)
{
    hax_grouping *grouping;
    char *text = NULL;
    if (hax_model_group(model, spec, &grouping, NULL) != HAX_OK)
        return;
    for (int g = 0; g < grouping->count; g++) {
        int begin, end;
        hax_group_kernels(model, &grouping->groups[g], &begin, &end);
        if (begin >= end || hax_group_input(model, grouping, g) < 0)
            abort();
    }
    if (hax_model_text(model, grouping, &text, NULL) != HAX_OK)
        abort();
    free(text);
    hax_grouping_destroy(grouping);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    hax_status status =
        hax_model_parse_prototxt((const char *) data, size, "fuzz.prototxt", &model, &err);
    if (status != HAX_OK) {
        if (status != HAX_BAD_INPUT || model || err.message[0] == '\0' || err.line < 1)
            abort();
        return 0;
    }
    for (int k = 0; k < hax_model_kernel_count(model); k++)
        fill_weights(model, k);
    for (int cut = 0; cut < hax_model_compute_layer_count(model); cut++) {
        const char *reason = NULL;
        if (!hax_model_cut_legal(model, cut, &reason) && !reason)
            abort();
    }
    group(model, "blocks");
    group(model, "fine");
    group(model, "3");
    hax_model_destroy(model);
    return 0;
}
