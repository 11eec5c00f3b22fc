/* The calibration: measured groups of all networks, one fit of each kind, one without each network.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit.h"
#include "group_estimate.h"
#include "own.h"

typedef struct owned_calibration {
    hax_calibration public;
    hax_arena *arena;
} owned_calibration;

/* A measured network, loaded and cut as it was. */
typedef struct exhibit {
    const hax_sheet_network *sheet;
    hax_model *model;
    const hax_grouping *grouping;
    hax_estimate_subject subject;
} exhibit;

typedef struct calibrating {
    const hax_platform *platform;
    const hax_datasheet *sheet;
    owned_calibration *calibration;
    hax_calibration_row *rows; /* [row] of the result */
    exhibit *exhibits;
    int exhibit_count;
    hax_fit_sample *samples; /* of the present kind */
    int *sample_of;          /* [sample] its exhibit */
    int sample_count;
} calibrating;

/* ---- exhibits -------------------------------------------------------------------------------- */

static hax_status load_exhibit(const hax_platform *platform, const hax_sheet_network *sheet,
                               exhibit *exhibit, hax_error *err)
{
    exhibit->sheet = sheet;
    HAX_TRY(hax_model_load(sheet->network, NULL, &exhibit->model, err));
    HAX_TRY(hax_grouping_make(exhibit->model, sheet->cuts, &exhibit->grouping, err));
    if (exhibit->grouping->count != sheet->group_count)
        return hax_fail(err, HAX_BAD_INPUT, "%s: the cuts of network '%s' make %d groups, not %d",
                        platform->name, sheet->network, exhibit->grouping->count,
                        sheet->group_count);
    return hax_estimate_subject_open(platform, exhibit->model, &exhibit->subject, err);
}

static hax_status load_exhibits(calibrating *calibrating, int *groups, hax_error *err)
{
    calibrating->exhibits =
        calloc((size_t) calibrating->sheet->measured_count + 1, sizeof *calibrating->exhibits);
    if (!calibrating->exhibits)
        return hax_fail_memory(err, "a calibration");
    for (int m = 0; m < calibrating->sheet->measured_count; m++) {
        calibrating->exhibit_count++;
        HAX_TRY(load_exhibit(calibrating->platform, &calibrating->sheet->measured[m],
                             &calibrating->exhibits[m], err));
        *groups += calibrating->exhibits[m].grouping->count;
    }
    return HAX_OK;
}

/* ---- OUT ------------------------------------------------------------------------------------- */

/* Sums of a straight line through measured costs of OUT. */
typedef struct line {
    double n, x, y, xx, xy, yy;
} line;

static line out_line(const calibrating *calibrating, int kind)
{
    line sum = { 0 };
    const hax_work_rules rules =
        hax_work_rules_of(&calibrating->sheet->kinds[kind], &calibrating->platform->kinds[kind]);
    for (int e = 0; e < calibrating->exhibit_count; e++) {
        const exhibit *context = &calibrating->exhibits[e];
        for (int g = 0; context->sheet->out_ms[kind] && g + 1 < context->grouping->count; g++) {
            hax_crossing crossing = hax_group_crossing(context->model, context->grouping, g + 1);
            double x = 0;
            for (int t = 0; t < crossing.count; t++)
                x += hax_work_tensor_bytes(context->model, crossing.tensors[t], &rules) * 1e-6;
            double y = context->sheet->out_ms[kind][g];
            sum.n++;
            sum.x += x;
            sum.y += y;
            sum.xx += x * x;
            sum.xy += x * y;
            sum.yy += y * y;
        }
    }
    return sum;
}

/* out_ms + bytes / out_gbps, neither negative; nothing measured: as IN. */
static void calibrate_out(const calibrating *calibrating, int kind, hax_calibrated_kind *calibrated)
{
    const line sum = out_line(calibrating, kind);
    calibrated->out_gbps = INFINITY;
    calibrated->out_ms = sum.n > 0 ? sum.y / sum.n : calibrating->sheet->in_ms.value;
    calibrated->out_spread = calibrating->sheet->in_spread;
    double spread = sum.n * sum.xx - sum.x * sum.x, slope = 0;
    if (sum.n > 2 && spread > 0)
        slope = (sum.n * sum.xy - sum.x * sum.y) / spread;
    if (slope > 0 && sum.y > slope * sum.x) {
        calibrated->out_ms = (sum.y - slope * sum.x) / sum.n;
        calibrated->out_gbps = 1 / slope;
    } else {
        slope = 0;
    }
    if (sum.n > 2 && sum.y > 0) {
        double a = calibrated->out_ms;
        double squares = sum.yy - 2 * a * sum.y - 2 * slope * sum.xy + sum.n * a * a +
                         2 * a * slope * sum.x + slope * slope * sum.xx;
        calibrated->out_spread = sqrt(fmax(squares, 0) / (sum.n - 2)) / (sum.y / sum.n);
    }
}

/* ---- run ------------------------------------------------------------------------------------- */

static void add_samples(calibrating *calibrating, int kind, int e)
{
    const exhibit *context = &calibrating->exhibits[e];
    for (int g = 0; context->sheet->run_ms[kind] && g < context->grouping->count; g++) {
        int begin, end;
        hax_group_kernels(context->model, &context->grouping->groups[g], &begin, &end);
        const hax_kernel_span span = hax_estimate_subject_span(
            &context->subject, kind, &calibrating->calibration->public, begin, end);
        calibrating->sample_of[calibrating->sample_count] = e;
        hax_fit_sample *sample = &calibrating->samples[calibrating->sample_count++];
        *sample = (hax_fit_sample){ .work = span.work,
                                    .fixed_ms = span.fallback_ms + span.change_ms,
                                    .measured_ms = context->sheet->run_ms[kind][g] };
        sample->work.kernels[WORK_NETWORK] = 1.0 / context->grouping->count;
    }
}

static hax_fit_prior prior_of(const calibrating *calibrating, int kind)
{
    const double usual_launch_ms = 0.01, usual_network_ms = 0.4, least_ms = 1e-6;
    double gmac_ms = 1e3 / calibrating->sheet->kinds[kind].gmac_per_s.value;
    double byte_ms = 1 / calibrating->sheet->memory_gbps.value;
    return (hax_fit_prior){
        .usual = { usual_launch_ms, 2 * gmac_ms, 2 * byte_ms, 2 * byte_ms, usual_network_ms },
        .sigma = { 0.7, 0.5, 0.5, 0.5, 0.7 },
        .least = { least_ms, gmac_ms, byte_ms, byte_ms, least_ms },
    };
}

static void take_terms(const double terms[WORK_TERMS], int samples, hax_calibrated_kind *kind)
{
    kind->samples = samples;
    kind->launch_ms = terms[WORK_LAUNCHES];
    kind->gmac_per_s = 1e3 / terms[WORK_GMACS];
    kind->activation_gbps = 1 / terms[WORK_ACTIVATIONS];
    kind->weight_gbps = 1 / terms[WORK_WEIGHTS];
    kind->network_ms = terms[WORK_NETWORK];
}

/* Sums for the errors of left-out networks. */
typedef struct errors {
    int groups, networks;
    double group_squares, network_squares;
} errors;

/* Rows of one network: what a fit without it says of it. */
static void judge_left_out(calibrating *calibrating, int e, const hax_fit_prior *prior,
                           hax_calibration_row *rows, errors *sum)
{
    double terms[WORK_TERMS], measured_ms = 0, told_ms = 0;
    bool any = false;
    for (int s = 0; s < calibrating->sample_count; s++) {
        calibrating->samples[s].left_out = calibrating->sample_of[s] == e;
        any |= calibrating->sample_of[s] == e;
    }
    if (!any)
        return;
    hax_fit_terms(calibrating->samples, calibrating->sample_count, prior, terms);
    for (int s = 0; s < calibrating->sample_count; s++) {
        calibrating->samples[s].left_out = false;
        if (calibrating->sample_of[s] != e)
            continue;
        double ratio = hax_fit_ratio(&calibrating->samples[s], terms);
        rows[s].left_out_ms = ratio * calibrating->samples[s].measured_ms;
        measured_ms += rows[s].measured_ms;
        told_ms += rows[s].left_out_ms;
        sum->groups++;
        sum->group_squares += log(ratio) * log(ratio);
    }
    sum->networks++;
    sum->network_squares += log(told_ms / measured_ms) * log(told_ms / measured_ms);
}

static int exhibits_of(const calibrating *calibrating, int kind)
{
    int count = 0;
    for (int e = 0; e < calibrating->exhibit_count; e++)
        count += calibrating->exhibits[e].sheet->run_ms[kind] != NULL;
    return count;
}

static void fill_rows(const calibrating *calibrating, int kind, const double terms[WORK_TERMS],
                      hax_calibration_row *rows)
{
    int s = 0;
    for (int e = 0; e < calibrating->exhibit_count; e++) {
        const exhibit *context = &calibrating->exhibits[e];
        for (int g = 0; context->sheet->run_ms[kind] && g < context->grouping->count; g++, s++)
            rows[s] = (hax_calibration_row){
                .network = context->sheet->network,
                .first = context->grouping->groups[g].first,
                .last = context->grouping->groups[g].last,
                .kind = kind,
                .measured_ms = calibrating->samples[s].measured_ms,
                .fitted_ms = hax_fit_ratio(&calibrating->samples[s], terms) *
                             calibrating->samples[s].measured_ms,
                .left_out_ms = NAN,
            };
    }
}

/* How far off the model is where nothing tells: a factor of two. */
static const double unknown_error = 0.7;

static void calibrate_kind(calibrating *calibrating, int kind)
{
    hax_calibration *calibration = &calibrating->calibration->public;
    hax_calibrated_kind *calibrated = &calibration->kinds[kind];
    const hax_fit_prior prior = prior_of(calibrating, kind);
    double terms[WORK_TERMS];
    calibrating->sample_count = 0;
    for (int e = 0; e < calibrating->exhibit_count; e++)
        add_samples(calibrating, kind, e);
    hax_fit_terms(calibrating->samples, calibrating->sample_count, &prior, terms);
    take_terms(terms, calibrating->sample_count, calibrated);
    hax_calibration_row *rows = calibrating->rows + calibration->row_count;
    calibration->row_count += calibrating->sample_count;
    fill_rows(calibrating, kind, terms, rows);
    errors sum = { 0 };
    if (exhibits_of(calibrating, kind) > 1)
        for (int e = 0; e < calibrating->exhibit_count; e++)
            judge_left_out(calibrating, e, &prior, rows, &sum);
    calibrated->group_error = sum.groups > 0 ? sqrt(sum.group_squares / sum.groups) : unknown_error;
    calibrated->network_error =
        sum.networks > 0 ? sqrt(sum.network_squares / sum.networks) : unknown_error;
}

/* Kinds that others fall back to come before these. */
static void calibrate_kinds(calibrating *calibrating)
{
    for (int k = 0; k < calibrating->sheet->kind_count; k++)
        calibrate_out(calibrating, k, &calibrating->calibration->public.kinds[k]);
    for (int turn = 0; turn < 2; turn++)
        for (int k = 0; k < calibrating->sheet->kind_count; k++)
            if ((calibrating->sheet->kinds[k].fallback >= 0) == (turn == 1))
                calibrate_kind(calibrating, k);
}

/* ---- whole networks -------------------------------------------------------------------------- */

static double whole_ms(const hax_estimate_subject *subject, int kind,
                       const hax_calibration *calibration)
{
    double terms[WORK_TERMS];
    const hax_kernel_span span = hax_estimate_subject_span(subject, kind, calibration, 0,
                                                           hax_model_kernel_count(subject->model));
    hax_kind_terms(&calibration->kinds[kind], terms);
    return span.refused ? NAN
                        : hax_work_ms(&span.work, terms) + span.fallback_ms + span.change_ms +
                              calibration->kinds[kind].network_ms;
}

static bool is_exhibit(const calibrating *calibrating, const hax_model *model)
{
    for (int e = 0; e < calibrating->exhibit_count; e++)
        if (hax_model_hash(calibrating->exhibits[e].model) == hax_model_hash(model))
            return true;
    return false;
}

static hax_status judge_whole(const calibrating *calibrating, const hax_sheet_whole *sheet,
                              hax_calibration_whole *rows, int *count, hax_error *err)
{
    hax_model *model;
    hax_estimate_subject subject;
    HAX_TRY(hax_model_load(sheet->network, NULL, &model, err));
    hax_status status = hax_estimate_subject_open(calibrating->platform, model, &subject, err);
    for (int k = 0; k < calibrating->sheet->kind_count && status == HAX_OK; k++)
        if (sheet->ms[k] > 0)
            rows[(*count)++] =
                (hax_calibration_whole){ .network = sheet->network,
                                         .kind = k,
                                         .measured_ms = sheet->ms[k],
                                         .modelled_ms = whole_ms(&subject, k,
                                                                 &calibrating->calibration->public),
                                         .calibrated = is_exhibit(calibrating, model),
                                         .uncertain = sheet->uncertain };
    if (status == HAX_OK)
        hax_estimate_subject_close(&subject);
    hax_model_destroy(model);
    return status;
}

static hax_status judge_wholes(calibrating *calibrating, hax_error *err)
{
    hax_calibration *calibration = &calibrating->calibration->public;
    hax_calibration_whole *rows = hax_arena_alloc(calibrating->calibration->arena,
                                                  (size_t) calibrating->sheet->whole_count *
                                                      (size_t) calibrating->sheet->kind_count,
                                                  sizeof *rows);
    if (!rows)
        return hax_fail_memory(err, "a calibration");
    calibration->wholes = rows;
    for (int w = 0; w < calibrating->sheet->whole_count; w++)
        HAX_TRY(judge_whole(calibrating, &calibrating->sheet->wholes[w], rows,
                            &calibration->whole_count, err));
    return HAX_OK;
}

/* ---- the calibration ------------------------------------------------------------------------- */

static hax_status calibrate(calibrating *calibrating, bool wholes, hax_error *err)
{
    int groups = 0;
    HAX_TRY(load_exhibits(calibrating, &groups, err));
    size_t capacity = (size_t) groups + 1;
    calibrating->samples = calloc(capacity, sizeof *calibrating->samples);
    calibrating->sample_of = calloc(capacity, sizeof *calibrating->sample_of);
    calibrating->rows = hax_arena_alloc(calibrating->calibration->arena,
                                        capacity * (size_t) calibrating->sheet->kind_count,
                                        sizeof *calibrating->rows);
    if (!calibrating->samples || !calibrating->sample_of || !calibrating->rows)
        return hax_fail_memory(err, "a calibration");
    calibrating->calibration->public.rows = calibrating->rows;
    calibrating->calibration->public.kind_count = calibrating->sheet->kind_count;
    calibrate_kinds(calibrating);
    return wholes ? judge_wholes(calibrating, err) : HAX_OK;
}

static void release(calibrating *calibrating)
{
    for (int e = 0; e < calibrating->exhibit_count; e++) {
        hax_estimate_subject_close(&calibrating->exhibits[e].subject);
        hax_grouping_destroy(calibrating->exhibits[e].grouping);
        hax_model_destroy(calibrating->exhibits[e].model);
    }
    free(calibrating->exhibits);
    free(calibrating->samples);
    free(calibrating->sample_of);
}

hax_status hax_calibration_make(const hax_platform *platform, bool wholes,
                                const hax_calibration **calibration, hax_error *err)
{
    calibrating context = { .platform = platform };
    HAX_TRY(hax_datasheet_of(platform, &context.sheet, err));
    context.calibration = calloc(1, sizeof *context.calibration);
    if (!context.calibration || !(context.calibration->arena = hax_arena_create())) {
        free(context.calibration);
        return hax_fail_memory(err, "a calibration");
    }
    hax_status status = calibrate(&context, wholes, err);
    release(&context);
    if (status != HAX_OK) {
        hax_calibration_destroy(&context.calibration->public);
        return status;
    }
    *calibration = &context.calibration->public;
    return HAX_OK;
}

void hax_calibration_destroy(const hax_calibration *calibration)
{
    if (!calibration)
        return;
    hax_arena_destroy(((const owned_calibration *) calibration)->arena);
    free(hax_own(calibration));
}
