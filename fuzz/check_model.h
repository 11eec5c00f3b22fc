/* What must hold of any network that was read, whatever its form. */
#ifndef FUZZ_CHECK_MODEL_H
#define FUZZ_CHECK_MODEL_H

#include <stdlib.h>

#include "kernel.h"

enum { WEIGHTS_MAX = 1 << 16 };

static inline void fill_weights(const hax_model *model, int kernel)
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

/* Every group has kernels, and something to work on. */
static inline void check_groups(const hax_model *model, const char *spec)
{
    const hax_grouping *grouping;
    char *text = NULL;
    if (hax_grouping_make(model, spec, &grouping, NULL) != HAX_OK)
        return;
    for (int g = 0; g < grouping->count; g++) {
        int begin, end;
        hax_group_kernels(model, &grouping->groups[g], &begin, &end);
        if (begin >= end || (g > 0 && hax_group_crossing(model, grouping, g).count == 0))
            abort();
    }
    if (hax_model_text(model, grouping, &text, NULL) != HAX_OK)
        abort();
    free(text);
    hax_grouping_destroy(grouping);
}

/* Every cut is legal or has a reason. */
static inline void check_model(const hax_model *model)
{
    for (int k = 0; k < hax_model_kernel_count(model); k++)
        fill_weights(model, k);
    for (int cut = 0; cut < hax_model_compute_layer_count(model); cut++) {
        const char *reason = NULL;
        if (!hax_model_cut_legal(model, cut, &reason) && !reason)
            abort();
    }
    check_groups(model, "blocks");
    check_groups(model, "fine");
    check_groups(model, "3");
}

#endif
