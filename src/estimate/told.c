#include "told.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "haxconn/jetson.h"

/* ---- a network under the rules of the board ---------------------------------------------------
 */

static bool has_dla(const hax_datasheet *sheet)
{
    for (int k = 0; k < sheet->kind_count; k++)
        if (sheet->kinds[k].dla)
            return true;
    return false;
}

static void mark_refused(subject *of, const hax_jetson_rules *rules)
{
    for (int k = 0; k < hax_model_kernel_count(of->model); k++) {
        const hax_kernel *kernel = hax_model_kernel(of->model, k);
        for (int l = 0; l < rules->layer_count; l++) {
            const hax_jetson_layer *layer = &rules->layers[l];
            if (layer->compute_index >= kernel->first && layer->compute_index <= kernel->last)
                of->refused[k] |= !layer->runs;
        }
    }
}

static hax_status ask_rules(subject *of, hax_error *err)
{
    const hax_datasheet *sheet = of->platform->datasheet;
    hax_jetson_target target;
    hax_jetson_rules *rules = NULL;
    hax_grouping *grouping = NULL;
    hax_status status = hax_jetson_target_make(sheet->board, sheet->tensorrt, &target, err);
    if (status == HAX_USAGE)
        return HAX_BAD_INPUT; /* the name stands in a document, not on a command line */
    if (status == HAX_OK)
        status = hax_model_group(of->model, "1", &grouping, err);
    if (status == HAX_OK)
        status = hax_jetson_rules_make(of->model, grouping, &target, &rules, err);
    if (status == HAX_OK)
        mark_refused(of, rules);
    hax_jetson_rules_destroy(rules);
    hax_grouping_destroy(grouping);
    return status;
}

hax_status subject_open(const hax_platform *platform, const hax_model *model, subject *of,
                        hax_error *err)
{
    const hax_datasheet *sheet;
    *of = (subject){ .platform = platform, .model = model };
    HAX_TRY(sheet_of(platform, &sheet, err));
    of->refused = calloc((size_t) hax_model_kernel_count(model) + 1, sizeof *of->refused);
    if (!of->refused)
        return hax_fail_memory(err, "an estimate");
    hax_status status = has_dla(sheet) ? ask_rules(of, err) : HAX_OK;
    if (status != HAX_OK)
        subject_close(of);
    return status;
}

void subject_close(subject *of)
{
    free(of->refused);
    of->refused = NULL;
}

void kind_terms(const hax_calibrated_kind *of, double terms[WORK_TERMS])
{
    terms[WORK_LAUNCHES] = of->launch_ms;
    terms[WORK_GMACS] = 1e3 / of->gmac_per_s;
    terms[WORK_ACTIVATIONS] = 1 / of->activation_gbps;
    terms[WORK_WEIGHTS] = 1 / of->weight_gbps;
    terms[WORK_NETWORK] = of->network_ms;
}

double kind_out_ms(const hax_calibrated_kind *of, double bytes)
{
    return of->out_ms + bytes / of->out_gbps * 1e-6;
}

/* A refused kernel on the kind that takes it: there, run, and back where more follows. */
static void fall_back(const subject *of, int kind, const hax_calibration *calibration, int k,
                      bool first, span *made)
{
    const hax_datasheet *sheet = of->platform->datasheet;
    int other = sheet->kinds[kind].fallback;
    double terms[WORK_TERMS];
    const work_rules rules = work_rules_of(&sheet->kinds[other], &of->platform->kinds[other]);
    const work there = work_of_kernel(of->model, k, &rules);
    kind_terms(&calibration->kinds[other], terms);
    made->fallback_ms += work_ms(&there, terms);
    if (!first)
        return;
    double bytes = work_tensor_bytes(of->model, hax_model_kernel(of->model, k)->inputs[0], &rules);
    made->change_ms += kind_out_ms(&calibration->kinds[kind], bytes) + sheet->in_ms.value;
    if (k + 1 < hax_model_kernel_count(of->model))
        made->change_ms += kind_out_ms(&calibration->kinds[other], bytes) + sheet->in_ms.value;
}

span subject_span(const subject *of, int kind, const hax_calibration *calibration, int begin,
                  int end)
{
    const hax_sheet_kind *sheet = &of->platform->datasheet->kinds[kind];
    const work_rules rules = work_rules_of(sheet, &of->platform->kinds[kind]);
    span made = { .refused = false };
    for (int k = begin; k < end; k++) {
        if (sheet->dla && of->refused[k]) {
            made.refused |= sheet->fallback < 0;
            if (sheet->fallback >= 0)
                fall_back(of, kind, calibration, k, k == begin || !of->refused[k - 1], &made);
            continue;
        }
        const work one = work_of_kernel(of->model, k, &rules);
        for (int t = 0; t < WORK_TERMS; t++)
            made.of.of[t] += one.of[t];
    }
    return made;
}

/* ---- one group on one kind ---------------------------------------------------------------------
 */

typedef struct telling {
    subject of;
    const hax_calibration *calibration;
    const hax_grouping *grouping;
    const hax_sheet_network *measured; /* NULL: the network was not */
    hax_grouping *as_measured;         /* its groups */
    hax_arena *arena;
} telling;

static double span_ms(const telling *at, int kind, const span *of)
{
    double terms[WORK_TERMS];
    kind_terms(&at->calibration->kinds[kind], terms);
    return work_ms(&of->of, terms) + of->fallback_ms + of->change_ms;
}

static bool tolerable(const telling *at, int kind, const span *of)
{
    const hax_sheet_kind *sheet = &at->of.platform->datasheet->kinds[kind];
    return !of->refused &&
           (of->fallback_ms == 0 ||
            of->fallback_ms <= sheet->fallback_percent.value / 100 * span_ms(at, kind, of));
}

/* The part of a group that lies within layers [first, last]. */
static span part_of(const telling *at, int kind, const hax_group *group, int first, int last)
{
    int begin, end;
    const hax_group part = { .first = first > group->first ? first : group->first,
                             .last = last < group->last ? last : group->last };
    hax_group_kernels(at->of.model, &part, &begin, &end);
    return subject_span(&at->of, kind, at->calibration, begin, end);
}

/* `text` may be NULL. */
static const char *say(const telling *at, const char *what, const char *text)
{
    char made[512];
    snprintf(made, sizeof made, "%s%s%s", what, text ? ": " : "", text ? text : "");
    return hax_arena_string(at->arena, made);
}

/* Measured groups that a group takes in, whole or in part. */
typedef struct share {
    double ms;
    int whole, partial;
} share;

static share share_of(const telling *at, int kind, const hax_group *group)
{
    share made = { 0 };
    for (int m = 0; m < at->as_measured->count; m++) {
        const hax_group *other = &at->as_measured->groups[m];
        double ms = at->measured->run_ms[kind][m];
        if (other->last < group->first || other->first > group->last)
            continue;
        if (other->first >= group->first && other->last <= group->last) {
            made.whole++;
            made.ms += ms;
            continue;
        }
        const span all = part_of(at, kind, other, other->first, other->last);
        const span part = part_of(at, kind, other, group->first, group->last);
        made.partial++;
        made.ms += ms * span_ms(at, kind, &part) / span_ms(at, kind, &all);
    }
    return made;
}

static hax_told tell_measured(const telling *at, int kind, const hax_group *group, bool *exact)
{
    const share found = share_of(at, kind, group);
    const hax_calibrated_kind *calibrated = &at->calibration->kinds[kind];
    double spread = at->measured->spread[kind];
    *exact = found.partial == 0;
    if (found.partial > 0)
        return (hax_told){ found.ms, hypot(spread, calibrated->group_error),
                           say(at, "published and shared out by the model", at->measured->source) };
    return (hax_told){ found.ms, spread,
                       say(at, found.whole > 1 ? "published, several groups together" : "published",
                           at->measured->source) };
}

static hax_told tell_modelled(const telling *at, int kind, const span *of)
{
    const hax_calibrated_kind *calibrated = &at->calibration->kinds[kind];
    double ms = span_ms(at, kind, of) + calibrated->network_ms / at->grouping->count;
    const char *what =
        of->fallback_ms > 0 ? "modelled; what the DLA refuses falls back" : "modelled";
    return (hax_told){ ms, calibrated->group_error, what };
}

/* OUT after a group: measured where it was cut there, else by the size of the tensor. */
static hax_told tell_out(const telling *at, int kind, int g)
{
    const hax_calibrated_kind *calibrated = &at->calibration->kinds[kind];
    const double *out_ms = at->measured ? at->measured->out_ms[kind] : NULL;
    for (int m = 0; out_ms && m + 1 < at->as_measured->count; m++)
        if (at->as_measured->groups[m].last == at->grouping->groups[g].last)
            return (hax_told){ out_ms[m], calibrated->out_spread,
                               say(at, "published", at->measured->source) };
    const work_rules rules =
        work_rules_of(&at->of.platform->datasheet->kinds[kind], &at->of.platform->kinds[kind]);
    int tensor = hax_group_input(at->of.model, at->grouping, g + 1);
    return (hax_told){ kind_out_ms(calibrated, work_tensor_bytes(at->of.model, tensor, &rules)),
                       calibrated->out_spread, "modelled" };
}

static hax_told_group tell_group(const telling *at, int kind, int g)
{
    const hax_group *group = &at->grouping->groups[g];
    const hax_datasheet *sheet = at->of.platform->datasheet;
    const span all = part_of(at, kind, group, group->first, group->last);
    hax_told_group made = { .allowed = false };
    bool exact = false;
    if (at->measured && at->measured->run_ms[kind])
        made.run = tell_measured(at, kind, group, &exact);
    else
        made.run = tell_modelled(at, kind, &all);
    /* what was measured ran */
    made.allowed = exact || tolerable(at, kind, &all);
    if (!made.allowed)
        return (hax_told_group){ .allowed = false };
    made.bytes = (all.of.of[WORK_ACTIVATIONS] + all.of.of[WORK_WEIGHTS]) * 1e6;
    if (g + 1 < at->grouping->count)
        made.out = tell_out(at, kind, g);
    if (g > 0)
        made.in = (hax_told){ sheet->in_ms.value, sheet->in_spread,
                              say(at, "published range, its middle", sheet->in_ms.source) };
    return made;
}

static bool complete(const telling *at, const hax_told_network *told)
{
    for (int g = 0; g < at->grouping->count; g++)
        for (int k = 0; k < told->kind_count; k++) {
            const hax_told_group *group = &told->groups[g * told->kind_count + k];
            if (group->allowed &&
                (!group->run.source || (g + 1 < at->grouping->count && !group->out.source) ||
                 (g > 0 && !group->in.source)))
                return false;
        }
    return true;
}

static hax_status tell(const telling *at, hax_told_network *told, hax_error *err)
{
    int kinds = at->of.platform->datasheet->kind_count;
    hax_told_group *groups =
        hax_arena_alloc(at->arena, (size_t) at->grouping->count * (size_t) kinds, sizeof *groups);
    if (!groups)
        return hax_fail_memory(err, "an estimate");
    for (int g = 0; g < at->grouping->count; g++)
        for (int k = 0; k < kinds; k++)
            groups[g * kinds + k] = tell_group(at, k, g);
    *told = (hax_told_network){ .kind_count = kinds, .groups = groups };
    for (int k = 0; k < kinds && at->measured; k++)
        if (at->measured->whole_ms[k] > 0)
            told->whole[k] = (hax_told){ at->measured->whole_ms[k], at->measured->spread[k],
                                         at->measured->source };
    return complete(at, told) ? HAX_OK : hax_fail_memory(err, "an estimate");
}

hax_status hax_estimate_network(const hax_platform *platform, const hax_calibration *calibration,
                                const hax_model *model, const hax_grouping *grouping,
                                hax_arena *arena, hax_told_network *told, hax_error *err)
{
    telling at = { .calibration = calibration, .grouping = grouping, .arena = arena };
    HAX_TRY(subject_open(platform, model, &at.of, err));
    hax_status status = measured_find(platform, model, &at.measured, err);
    if (status == HAX_OK && at.measured)
        status = hax_model_group(model, at.measured->cuts, &at.as_measured, err);
    if (status == HAX_OK)
        status = tell(&at, told, err);
    hax_grouping_destroy(at.as_measured);
    subject_close(&at.of);
    return status;
}
