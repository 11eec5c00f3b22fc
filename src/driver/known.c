/* What every driver asks: which operations there are kernels for, and plain layouts. */
#include <stdio.h>

#include "driver.h"

const hax_layout hax_layout_plain_tag = { .driver = "plain" };

bool hax_kernel_known(const hax_model *model, int kernel, char *why, size_t why_size)
{
    const hax_kernel *asked = hax_model_kernel(model, kernel);
    hax_op_class class = hax_op_class_of(asked->op);
    int rank = hax_model_tensor(model, asked->output)->shape.rank;
    bool offered = asked->form != HAX_FORM_OWN || class == HAX_CLASS_WEIGHTED ||
                   class == HAX_CLASS_NORMALISE || class == HAX_CLASS_SUM || class == HAX_CLASS_OWN;
    bool plane =
        asked->form != HAX_FORM_OWN || asked->op != HAX_OP_RESIZE || rank == 3 || rank == 4;
    if (why && !offered)
        snprintf(why, why_size, "there is no kernel for %s", hax_op_name(asked->op));
    else if (why && !plane)
        snprintf(why, why_size, "Resize of %d dimensions; 3 and 4 are offered", rank);
    return offered && plane;
}
