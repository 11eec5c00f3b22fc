#include "outputs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static hax_status fetch_one(hax_session *session, int instance, int unit, outputs *kept,
                            hax_error *err)
{
    const float *values;
    size_t count;
    HAX_TRY(hax_session_output(session, instance, unit, &values, &count, err));
    kept->values[instance] = malloc(count * sizeof(float) + 1);
    if (!kept->values[instance])
        return hax_fail_memory(err, "outputs");
    memcpy(kept->values[instance], values, count * sizeof(float));
    kept->counts[instance] = count;
    return HAX_OK;
}

hax_status outputs_fetch(hax_session *session, int instance_count, const int *last_unit,
                         outputs *kept, hax_error *err)
{
    outputs made = { .instance_count = instance_count };
    made.values = calloc((size_t) instance_count, sizeof *made.values);
    made.counts = calloc((size_t) instance_count, sizeof *made.counts);
    hax_status status = made.values && made.counts ? HAX_OK : hax_fail_memory(err, "outputs");
    for (int i = 0; status == HAX_OK && i < instance_count; i++)
        status = fetch_one(session, i, last_unit[i], &made, err);
    if (status == HAX_OK)
        *kept = made;
    else
        outputs_free(&made);
    return status;
}

static double difference(const float *values, const float *kept, size_t count)
{
    double largest_value = 0, largest_difference = 0;
    for (size_t v = 0; v < count; v++) {
        if (!isfinite(values[v]) || !isfinite(kept[v]))
            return INFINITY;
        largest_value = fmax(largest_value, fabs((double) kept[v]));
        largest_difference = fmax(largest_difference, fabs((double) values[v] - (double) kept[v]));
    }
    if (largest_value == 0)
        return largest_difference == 0 ? 0 : INFINITY;
    return largest_difference / largest_value;
}

hax_status outputs_compare(hax_session *session, const int *last_unit, const outputs *kept,
                           double *largest, hax_error *err)
{
    double worst = 0;
    for (int i = 0; i < kept->instance_count; i++) {
        const float *values;
        size_t count;
        HAX_TRY(hax_session_output(session, i, last_unit[i], &values, &count, err));
        worst = fmax(worst, count == kept->counts[i] ? difference(values, kept->values[i], count)
                                                     : INFINITY);
    }
    *largest = worst;
    return HAX_OK;
}

void outputs_free(outputs *kept)
{
    for (int i = 0; kept->values && i < kept->instance_count; i++)
        free(kept->values[i]);
    free(kept->values);
    free(kept->counts);
    *kept = (outputs){ 0 };
}
