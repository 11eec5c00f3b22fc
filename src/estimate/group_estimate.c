#include "group_estimate.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "haxconn/jetson.h"

/* ---- a network under the rules of the board -------------------------------------------------- */

static bool has_dla(const hax_datasheet *sheet)
{
    for (int k = 0; k < sheet->kind_count; k++)
        if (sheet->kinds[k].dla)
            return true;
    return false;
}

static void mark_refused(hax_estimate_subject *subject, const hax_jetson_rules *rules)
{
    for (int k = 0; k < hax_model_kernel_count(subject->model); k++) {
        const hax_kernel *kernel = hax_model_kernel(subject->model, k);
        for (int l = 0; l < rules->layer_count; l++) {
            const hax_jetson_layer *layer = &rules->layers[l];
            if (layer->compute_index >= kernel->first && layer->compute_index <= kernel->last)
                subject->refused[k] |= !layer->runs;
        }
    }
}

static hax_status ask_rules(hax_estimate_subject *subject, hax_error *err)
{
    const hax_datasheet *sheet = subject->platform->datasheet;
    hax_jetson_target target;
    const hax_jetson_rules *rules = NULL;
    const hax_grouping *grouping = NULL;
    hax_status status = hax_jetson_target_make(sheet->board, sheet->tensorrt, &target, err);
    if (status == HAX_USAGE)
        return HAX_BAD_INPUT; /* the name stands in a document, not on a command line */
    if (status == HAX_OK)
        status = hax_grouping_make(subject->model, "1", &grouping, err);
    if (status == HAX_OK)
        status = hax_jetson_rules_make(subject->model, grouping, &target, &rules, err);
    if (status == HAX_OK)
        mark_refused(subject, rules);
    hax_jetson_rules_destroy(rules);
    hax_grouping_destroy(grouping);
    return status;
}

hax_status hax_estimate_subject_open(const hax_platform *platform, const hax_model *model,
                                     hax_estimate_subject *subject, hax_error *err)
{
    const hax_datasheet *sheet;
    *subject = (hax_estimate_subject){ .platform = platform, .model = model };
    HAX_TRY(hax_datasheet_of(platform, &sheet, err));
    subject->refused = calloc((size_t) hax_model_kernel_count(model) + 1, sizeof *subject->refused);
    if (!subject->refused)
        return hax_fail_memory(err, "an estimate");
    hax_status status = has_dla(sheet) ? ask_rules(subject, err) : HAX_OK;
    if (status != HAX_OK)
        hax_estimate_subject_close(subject);
    return status;
}

void hax_estimate_subject_close(hax_estimate_subject *subject)
{
    free(subject->refused);
    subject->refused = NULL;
}

void hax_kind_terms(const hax_calibrated_kind *kind, double terms[WORK_TERMS])
{
    terms[WORK_LAUNCHES] = kind->launch_ms;
    terms[WORK_GMACS] = 1e3 / kind->gmac_per_s;
    terms[WORK_ACTIVATIONS] = 1 / kind->activation_gbps;
    terms[WORK_WEIGHTS] = 1 / kind->weight_gbps;
    terms[WORK_NETWORK] = kind->network_ms;
}

double hax_kind_out_ms(const hax_calibrated_kind *kind, double bytes)
{
    return kind->out_ms + bytes / kind->out_gbps * 1e-6;
}

/* A refused kernel on the kind that takes it: there, run, and back where more follows. */
static void fall_back(const hax_estimate_subject *subject, int kind,
                      const hax_calibration *calibration, int k, bool first, hax_kernel_span *span)
{
    const hax_datasheet *sheet = subject->platform->datasheet;
    int other = sheet->kinds[kind].fallback;
    double terms[WORK_TERMS];
    const hax_work_rules rules =
        hax_work_rules_of(&sheet->kinds[other], &subject->platform->kinds[other]);
    const hax_kernel_work there = hax_work_of_kernel(subject->model, k, &rules);
    hax_kind_terms(&calibration->kinds[other], terms);
    span->fallback_ms += hax_work_ms(&there, terms);
    if (!first)
        return;
    double bytes = hax_work_tensor_bytes(subject->model,
                                         hax_model_kernel(subject->model, k)->inputs[0], &rules);
    span->change_ms += hax_kind_out_ms(&calibration->kinds[kind], bytes) + sheet->in_ms.value;
    if (k + 1 < hax_model_kernel_count(subject->model))
        span->change_ms += hax_kind_out_ms(&calibration->kinds[other], bytes) + sheet->in_ms.value;
}

hax_kernel_span hax_estimate_subject_span(const hax_estimate_subject *subject, int kind,
                                          const hax_calibration *calibration, int begin, int end)
{
    const hax_sheet_kind *sheet = &subject->platform->datasheet->kinds[kind];
    const hax_work_rules rules = hax_work_rules_of(sheet, &subject->platform->kinds[kind]);
    hax_kernel_span span = { .refused = false };
    for (int k = begin; k < end; k++) {
        if (sheet->dla && subject->refused[k]) {
            span.refused |= sheet->fallback < 0;
            if (sheet->fallback >= 0)
                fall_back(subject, kind, calibration, k, k == begin || !subject->refused[k - 1],
                          &span);
            continue;
        }
        const hax_kernel_work one = hax_work_of_kernel(subject->model, k, &rules);
        for (int t = 0; t < WORK_TERMS; t++)
            span.work.kernels[t] += one.kernels[t];
    }
    return span;
}

/* ---- one group on one kind ------------------------------------------------------------------- */

typedef struct telling {
    hax_estimate_subject subject;
    const hax_calibration *calibration;
    const hax_grouping *grouping;
    const hax_sheet_network *measured; /* NULL: the network was not */
    const hax_grouping *as_measured;   /* its groups */
    hax_arena *arena;
} telling;

static double span_ms(const telling *telling, int kind, const hax_kernel_span *span)
{
    double terms[WORK_TERMS];
    hax_kind_terms(&telling->calibration->kinds[kind], terms);
    return hax_work_ms(&span->work, terms) + span->fallback_ms + span->change_ms;
}

static bool tolerable(const telling *telling, int kind, const hax_kernel_span *span)
{
    const hax_sheet_kind *sheet = &telling->subject.platform->datasheet->kinds[kind];
    return !span->refused &&
           (span->fallback_ms == 0 || span->fallback_ms <= sheet->fallback_percent.value / 100 *
                                                               span_ms(telling, kind, span));
}

/* The part of a group that lies within layers [first, last]. */
static hax_kernel_span part_of(const telling *telling, int kind, const hax_group *group, int first,
                               int last)
{
    int begin, end;
    const hax_group part = { .first = first > group->first ? first : group->first,
                             .last = last < group->last ? last : group->last };
    hax_group_kernels(telling->subject.model, &part, &begin, &end);
    return hax_estimate_subject_span(&telling->subject, kind, telling->calibration, begin, end);
}

/* `text` may be NULL. */
static const char *say(const telling *telling, const char *what, const char *text)
{
    char made[512];
    snprintf(made, sizeof made, "%s%s%s", what, text ? ": " : "", text ? text : "");
    return hax_arena_string(telling->arena, made);
}

/* Measured groups that a group takes in, whole or in part. */
typedef struct share {
    double ms;
    int whole, partial;
} share;

static share share_of(const telling *telling, int kind, const hax_group *group)
{
    share result = { 0 };
    for (int m = 0; m < telling->as_measured->count; m++) {
        const hax_group *other = &telling->as_measured->groups[m];
        double ms = telling->measured->run_ms[kind][m];
        if (other->last < group->first || other->first > group->last)
            continue;
        if (other->first >= group->first && other->last <= group->last) {
            result.whole++;
            result.ms += ms;
            continue;
        }
        const hax_kernel_span span = part_of(telling, kind, other, other->first, other->last);
        const hax_kernel_span part = part_of(telling, kind, other, group->first, group->last);
        result.partial++;
        result.ms += ms * span_ms(telling, kind, &part) / span_ms(telling, kind, &span);
    }
    return result;
}

static hax_estimate tell_measured(const telling *telling, int kind, const hax_group *group,
                                  bool *exact)
{
    const share found = share_of(telling, kind, group);
    const hax_calibrated_kind *calibrated = &telling->calibration->kinds[kind];
    double spread = telling->measured->spread[kind];
    *exact = found.partial == 0;
    if (found.partial > 0)
        return (hax_estimate){ found.ms, hypot(spread, calibrated->group_error),
                               say(telling, "published and shared out by the model",
                                   telling->measured->source) };
    return (hax_estimate){ found.ms, spread,
                           say(telling,
                               found.whole > 1 ? "published, several groups together" : "published",
                               telling->measured->source) };
}

static hax_estimate tell_modelled(const telling *telling, int kind, const hax_kernel_span *span)
{
    const hax_calibrated_kind *calibrated = &telling->calibration->kinds[kind];
    double ms = span_ms(telling, kind, span) + calibrated->network_ms / telling->grouping->count;
    const char *what =
        span->fallback_ms > 0 ? "modelled; what the DLA refuses falls back" : "modelled";
    return (hax_estimate){ ms, calibrated->group_error, what };
}

/* OUT after a group: measured where it was cut there, else by the sizes of the tensors that cross.
 */
static hax_estimate tell_out(const telling *telling, int kind, int g)
{
    const hax_calibrated_kind *calibrated = &telling->calibration->kinds[kind];
    const double *out_ms = telling->measured ? telling->measured->out_ms[kind] : NULL;
    for (int m = 0; out_ms && m + 1 < telling->as_measured->count; m++)
        if (telling->as_measured->groups[m].last == telling->grouping->groups[g].last)
            return (hax_estimate){ out_ms[m], calibrated->out_spread,
                                   say(telling, "published", telling->measured->source) };
    const hax_work_rules rules =
        hax_work_rules_of(&telling->subject.platform->datasheet->kinds[kind],
                          &telling->subject.platform->kinds[kind]);
    hax_crossing crossing = hax_group_crossing(telling->subject.model, telling->grouping, g + 1);
    double ms = 0;
    for (int t = 0; t < crossing.count; t++)
        ms += hax_kind_out_ms(
            calibrated, hax_work_tensor_bytes(telling->subject.model, crossing.tensors[t], &rules));
    return (hax_estimate){ ms, calibrated->out_spread, "modelled" };
}

static hax_group_estimate tell_group(const telling *telling, int kind, int g)
{
    const hax_group *group = &telling->grouping->groups[g];
    const hax_datasheet *sheet = telling->subject.platform->datasheet;
    const hax_kernel_span span = part_of(telling, kind, group, group->first, group->last);
    int crossing = hax_group_crossing(telling->subject.model, telling->grouping, g).count;
    hax_group_estimate estimate = { .allowed = false };
    bool exact = false;
    if (telling->measured && telling->measured->run_ms[kind])
        estimate.run = tell_measured(telling, kind, group, &exact);
    else
        estimate.run = tell_modelled(telling, kind, &span);
    /* what was measured ran */
    estimate.allowed = exact || tolerable(telling, kind, &span);
    if (!estimate.allowed)
        return (hax_group_estimate){ .allowed = false };
    estimate.bytes = (span.work.kernels[WORK_ACTIVATIONS] + span.work.kernels[WORK_WEIGHTS]) * 1e6;
    if (g + 1 < telling->grouping->count)
        estimate.out = tell_out(telling, kind, g);
    if (g > 0)
        estimate.in =
            (hax_estimate){ sheet->in_ms.value * crossing, sheet->in_spread,
                            say(telling, "published range, its middle", sheet->in_ms.source) };
    return estimate;
}

static bool complete(const telling *telling, const hax_network_estimate *estimate)
{
    for (int g = 0; g < telling->grouping->count; g++)
        for (int k = 0; k < estimate->kind_count; k++) {
            const hax_group_estimate *group = &estimate->groups[g * estimate->kind_count + k];
            if (group->allowed &&
                (!group->run.source || (g + 1 < telling->grouping->count && !group->out.source) ||
                 (g > 0 && !group->in.source)))
                return false;
        }
    return true;
}

static hax_status tell(const telling *telling, hax_network_estimate *estimate, hax_error *err)
{
    int kinds = telling->subject.platform->datasheet->kind_count;
    hax_group_estimate *groups = hax_arena_alloc(
        telling->arena, (size_t) telling->grouping->count * (size_t) kinds, sizeof *groups);
    if (!groups)
        return hax_fail_memory(err, "an estimate");
    for (int g = 0; g < telling->grouping->count; g++)
        for (int k = 0; k < kinds; k++)
            groups[g * kinds + k] = tell_group(telling, k, g);
    *estimate = (hax_network_estimate){ .kind_count = kinds, .groups = groups };
    for (int k = 0; k < kinds && telling->measured; k++)
        if (telling->measured->whole_ms[k] > 0)
            estimate->whole[k] =
                (hax_estimate){ telling->measured->whole_ms[k], telling->measured->spread[k],
                                telling->measured->source };
    return complete(telling, estimate) ? HAX_OK : hax_fail_memory(err, "an estimate");
}

hax_status hax_estimate_network(const hax_platform *platform, const hax_calibration *calibration,
                                const hax_model *model, const hax_grouping *grouping,
                                hax_arena *arena, hax_network_estimate *estimate, hax_error *err)
{
    telling context = { .calibration = calibration, .grouping = grouping, .arena = arena };
    HAX_TRY(hax_estimate_subject_open(platform, model, &context.subject, err));
    hax_status status = hax_measured_find(platform, model, &context.measured, err);
    if (status == HAX_OK && context.measured)
        status = hax_grouping_make(model, context.measured->cuts, &context.as_measured, err);
    if (status == HAX_OK)
        status = tell(&context, estimate, err);
    hax_grouping_destroy(context.as_measured);
    hax_estimate_subject_close(&context.subject);
    return status;
}
