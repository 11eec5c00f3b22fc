/* Times over sizes of parts (curves.h). */
#include "curves.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

struct hax_curves {
    const hax_problem *frame;
    int count;                   /* sizes */
    int sms[HAX_CURVE_SIZES];    /* falling */
    double *ms[HAX_CURVE_SIZES]; /* [size]: [group of all instances] */
    int *first;                  /* [instance + 1]: its first group in there */
    double *entering_ms;         /* [instance] */
    const hax_problem *measured; /* a copy of what losses were measured in; NULL: none were */
    int unit;                    /* of it */
};

hax_status hax_curves_create(const hax_problem *frame, hax_curves **curves, hax_error *err)
{
    hax_curves *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "times of a GPU's parts");
    result->frame = frame;
    result->first = calloc((size_t) frame->instance_count + 1, sizeof *result->first);
    result->entering_ms = calloc((size_t) frame->instance_count + 1, sizeof *result->entering_ms);
    if (!result->first || !result->entering_ms) {
        hax_curves_destroy(result);
        return hax_fail_memory(err, "times of a GPU's parts");
    }
    for (int i = 0; i < frame->instance_count; i++)
        result->first[i + 1] = result->first[i] + frame->instances[i].group_count;
    size_t groups = (size_t) result->first[frame->instance_count];
    for (int s = 0; s < HAX_CURVE_SIZES; s++) {
        result->ms[s] = calloc(groups + 1, sizeof **result->ms);
        if (!result->ms[s]) {
            hax_curves_destroy(result);
            return hax_fail_memory(err, "times of a GPU's parts");
        }
    }
    *curves = result;
    return HAX_OK;
}

void hax_curves_destroy(hax_curves *curves)
{
    if (!curves)
        return;
    for (int s = 0; s < HAX_CURVE_SIZES; s++)
        free(curves->ms[s]);
    free(curves->first);
    free(curves->entering_ms);
    hax_problem_destroy(curves->measured);
    free(curves);
}

/* The row of a size; a new one is put in its place. */
static int row_of(hax_curves *curves, int sms)
{
    int row = 0;
    while (row < curves->count && curves->sms[row] > sms)
        row++;
    if (row < curves->count && curves->sms[row] == sms)
        return row;
    assert(curves->count < HAX_CURVE_SIZES);
    double *unused = curves->ms[curves->count];
    for (int s = curves->count++; s > row; s--) {
        curves->sms[s] = curves->sms[s - 1];
        curves->ms[s] = curves->ms[s - 1];
    }
    curves->sms[row] = sms;
    curves->ms[row] = unused;
    return row;
}

static double most_expensive_entering_ms(const hax_cost *cost)
{
    double most_expensive_ms = 0;
    for (int e = 0; e < cost->entering_count; e++)
        most_expensive_ms = fmax(most_expensive_ms, cost->entering[e].ms);
    return most_expensive_ms;
}

void hax_curves_add(hax_curves *curves, int sms, const hax_problem *problem, int unit)
{
    int row = row_of(curves, sms);
    assert(problem->instance_count == curves->frame->instance_count);
    for (int i = 0; i < problem->instance_count; i++) {
        const hax_instance_spec *instance = &problem->instances[i];
        assert(instance->group_count == curves->frame->instances[i].group_count);
        for (int g = 0; g < instance->group_count; g++)
            curves->ms[row][curves->first[i] + g] = instance->groups[g].on[unit].time_ms;
        for (int g = 1; g < instance->group_count; g++)
            curves->entering_ms[i] = fmax(
                curves->entering_ms[i], most_expensive_entering_ms(&instance->groups[g].on[unit]));
    }
}

hax_status hax_curves_set_losses(hax_curves *curves, const hax_problem *problem, int unit,
                                 hax_error *err)
{
    const hax_problem *copy;
    assert(problem->instance_count == curves->frame->instance_count);
    if (problem->units[unit].slowdown.kind != HAX_SLOWDOWN_TABLE)
        return HAX_OK;
    HAX_TRY(hax_problem_copy(problem, &copy, err));
    hax_problem_destroy(curves->measured);
    curves->measured = copy;
    curves->unit = unit;
    return HAX_OK;
}

double hax_curves_entering_ms(const hax_curves *curves, int instance)
{
    return curves->entering_ms[instance];
}

const hax_slowdown *hax_curves_slowdown(const hax_curves *curves)
{
    static const hax_slowdown none = { .kind = HAX_SLOWDOWN_NONE };
    return curves->measured ? &curves->measured->units[curves->unit].slowdown : &none;
}

double hax_curves_loss(const hax_curves *curves, int instance)
{
    if (!curves->measured)
        return 0;
    return curves->measured->instances[instance].groups[0].on[curves->unit].own_gbps;
}

bool hax_curves_measured(const hax_curves *curves, int sms)
{
    for (int s = 0; s < curves->count; s++)
        if (curves->sms[s] == sms)
            return true;
    return false;
}

int hax_curves_sizes(const hax_curves *curves, int sizes[HAX_CURVE_SIZES])
{
    for (int s = 0; s < curves->count; s++)
        sizes[s] = curves->sms[s];
    return curves->count;
}

/* On the line in 1/SMs through two measured sizes. */
static double on_line(const hax_curves *curves, int row, int next, int index, int sms)
{
    double large = 1.0 / curves->sms[row], small = 1.0 / curves->sms[next];
    double share = (1.0 / sms - large) / (small - large);
    return curves->ms[row][index] + share * (curves->ms[next][index] - curves->ms[row][index]);
}

double hax_curves_group_ms(const hax_curves *curves, int instance, int group, int sms)
{
    int index = curves->first[instance] + group, last = curves->count - 1, row = 0;
    assert(curves->count > 0 && sms > 0);
    if (sms >= curves->sms[0])
        return curves->ms[0][index];
    while (row < last && curves->sms[row + 1] > sms)
        row++;
    if (row < last)
        return on_line(curves, row, row + 1, index, sms);
    double least_ms = curves->ms[last][index], most_ms = least_ms * curves->sms[last] / sms;
    if (last == 0)
        return most_ms;
    return fmin(fmax(on_line(curves, last - 1, last, index, sms), least_ms), most_ms);
}

double hax_curves_whole_ms(const hax_curves *curves, int instance, int sms)
{
    double sum_ms = 0;
    for (int g = 0; g < curves->frame->instances[instance].group_count; g++)
        sum_ms += hax_curves_group_ms(curves, instance, g, sms);
    return sum_ms;
}

double hax_curves_beside_ms(const hax_curves *curves, int instance, int sms, int neighbours)
{
    return hax_curves_whole_ms(curves, instance, sms) *
           hax_slowdown_value(hax_curves_slowdown(curves), hax_curves_loss(curves, instance),
                              neighbours);
}
