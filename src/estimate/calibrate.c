/* The calibration: measured groups of all networks, one fit of each kind, one without each network.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit.h"
#include "told.h"

typedef struct owned_calibration {
    hax_calibration public;
    hax_arena *arena;
} owned_calibration;

/* A measured network, loaded and cut as it was. */
typedef struct exhibit {
    const hax_sheet_network *sheet;
    hax_model *model;
    hax_grouping *grouping;
    subject of;
} exhibit;

typedef struct calibrating {
    const hax_platform *platform;
    const hax_datasheet *sheet;
    owned_calibration *made;
    hax_calibration_row *rows; /* [row] of the result */
    exhibit *exhibits;
    int exhibit_count;
    fit_sample *samples; /* of the present kind */
    int *sample_of;      /* [sample] its exhibit */
    int sample_count;
} calibrating;

/* ---- exhibits -------------------------------------------------------------------------------- */

static hax_status load_exhibit(const hax_platform *platform, const hax_sheet_network *sheet,
                               exhibit *made, hax_error *err)
{
    made->sheet = sheet;
    HAX_TRY(hax_model_load(sheet->network, &made->model, err));
    HAX_TRY(hax_model_group(made->model, sheet->cuts, &made->grouping, err));
    if (made->grouping->count != sheet->group_count)
        return hax_fail(err, HAX_BAD_INPUT, "%s: the cuts of network '%s' make %d groups, not %d",
                        platform->name, sheet->network, made->grouping->count, sheet->group_count);
    return subject_open(platform, made->model, &made->of, err);
}

static hax_status load_exhibits(calibrating *at, int *groups, hax_error *err)
{
    at->exhibits = calloc((size_t) at->sheet->measured_count + 1, sizeof *at->exhibits);
    if (!at->exhibits)
        return hax_fail_memory(err, "a calibration");
    for (int m = 0; m < at->sheet->measured_count; m++) {
        at->exhibit_count++;
        HAX_TRY(load_exhibit(at->platform, &at->sheet->measured[m], &at->exhibits[m], err));
        *groups += at->exhibits[m].grouping->count;
    }
    return HAX_OK;
}

/* ---- OUT ---------------------------------------------------------------------------------------
 */

/* Sums of a straight line through measured costs of OUT. */
typedef struct line {
    double n, x, y, xx, xy, yy;
} line;

static line out_line(const calibrating *at, int kind)
{
    line sum = { 0 };
    const work_rules rules = work_rules_of(&at->sheet->kinds[kind], &at->platform->kinds[kind]);
    for (int e = 0; e < at->exhibit_count; e++) {
        const exhibit *of = &at->exhibits[e];
        for (int g = 0; of->sheet->out_ms[kind] && g + 1 < of->grouping->count; g++) {
            int tensor = hax_group_input(of->model, of->grouping, g + 1);
            double x = work_tensor_bytes(of->model, tensor, &rules) * 1e-6;
            double y = of->sheet->out_ms[kind][g];
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
static void calibrate_out(const calibrating *at, int kind, hax_calibrated_kind *made)
{
    const line sum = out_line(at, kind);
    made->out_gbps = INFINITY;
    made->out_ms = sum.n > 0 ? sum.y / sum.n : at->sheet->in_ms.value;
    made->out_spread = at->sheet->in_spread;
    double spread = sum.n * sum.xx - sum.x * sum.x, slope = 0;
    if (sum.n > 2 && spread > 0)
        slope = (sum.n * sum.xy - sum.x * sum.y) / spread;
    if (slope > 0 && sum.y > slope * sum.x) {
        made->out_ms = (sum.y - slope * sum.x) / sum.n;
        made->out_gbps = 1 / slope;
    } else {
        slope = 0;
    }
    if (sum.n > 2 && sum.y > 0) {
        double a = made->out_ms;
        double squares = sum.yy - 2 * a * sum.y - 2 * slope * sum.xy + sum.n * a * a +
                         2 * a * slope * sum.x + slope * slope * sum.xx;
        made->out_spread = sqrt(fmax(squares, 0) / (sum.n - 2)) / (sum.y / sum.n);
    }
}

/* ---- run ------------------------------------------------------------------------------------- */

static void add_samples(calibrating *at, int kind, int e)
{
    const exhibit *of = &at->exhibits[e];
    for (int g = 0; of->sheet->run_ms[kind] && g < of->grouping->count; g++) {
        int begin, end;
        hax_group_kernels(of->model, &of->grouping->groups[g], &begin, &end);
        const span made = subject_span(&of->of, kind, &at->made->public, begin, end);
        at->sample_of[at->sample_count] = e;
        fit_sample *sample = &at->samples[at->sample_count++];
        *sample = (fit_sample){ .of = made.of,
                                .fixed_ms = made.fallback_ms + made.change_ms,
                                .measured_ms = of->sheet->run_ms[kind][g] };
        sample->of.of[WORK_NETWORK] = 1.0 / of->grouping->count;
    }
}

static fit_prior prior_of(const calibrating *at, int kind)
{
    const double usual_launch_ms = 0.01, usual_network_ms = 0.4, least_ms = 1e-6;
    double gmac_ms = 1e3 / at->sheet->kinds[kind].gmac_per_s.value;
    double byte_ms = 1 / at->sheet->memory_gbps.value;
    return (fit_prior){
        .usual = { usual_launch_ms, 2 * gmac_ms, 2 * byte_ms, 2 * byte_ms, usual_network_ms },
        .sigma = { 0.7, 0.5, 0.5, 0.5, 0.7 },
        .least = { least_ms, gmac_ms, byte_ms, byte_ms, least_ms },
    };
}

static void take_terms(const double terms[WORK_TERMS], int samples, hax_calibrated_kind *made)
{
    made->samples = samples;
    made->launch_ms = terms[WORK_LAUNCHES];
    made->gmac_per_s = 1e3 / terms[WORK_GMACS];
    made->activation_gbps = 1 / terms[WORK_ACTIVATIONS];
    made->weight_gbps = 1 / terms[WORK_WEIGHTS];
    made->network_ms = terms[WORK_NETWORK];
}

/* Sums for the errors of left-out networks. */
typedef struct errors {
    int groups, networks;
    double group_squares, network_squares;
} errors;

/* Rows of one network: what a fit without it says of it. */
static void judge_left_out(calibrating *at, int e, const fit_prior *prior,
                           hax_calibration_row *rows, errors *sum)
{
    double terms[WORK_TERMS], measured_ms = 0, told_ms = 0;
    bool any = false;
    for (int s = 0; s < at->sample_count; s++) {
        at->samples[s].left_out = at->sample_of[s] == e;
        any |= at->sample_of[s] == e;
    }
    if (!any)
        return;
    fit_terms(at->samples, at->sample_count, prior, terms);
    for (int s = 0; s < at->sample_count; s++) {
        at->samples[s].left_out = false;
        if (at->sample_of[s] != e)
            continue;
        double ratio = fit_ratio(&at->samples[s], terms);
        rows[s].left_out_ms = ratio * at->samples[s].measured_ms;
        measured_ms += rows[s].measured_ms;
        told_ms += rows[s].left_out_ms;
        sum->groups++;
        sum->group_squares += log(ratio) * log(ratio);
    }
    sum->networks++;
    sum->network_squares += log(told_ms / measured_ms) * log(told_ms / measured_ms);
}

static int exhibits_of(const calibrating *at, int kind)
{
    int count = 0;
    for (int e = 0; e < at->exhibit_count; e++)
        count += at->exhibits[e].sheet->run_ms[kind] != NULL;
    return count;
}

static void fill_rows(const calibrating *at, int kind, const double terms[WORK_TERMS],
                      hax_calibration_row *rows)
{
    int s = 0;
    for (int e = 0; e < at->exhibit_count; e++) {
        const exhibit *of = &at->exhibits[e];
        for (int g = 0; of->sheet->run_ms[kind] && g < of->grouping->count; g++, s++)
            rows[s] = (hax_calibration_row){
                .network = of->sheet->network,
                .first = of->grouping->groups[g].first,
                .last = of->grouping->groups[g].last,
                .kind = kind,
                .measured_ms = at->samples[s].measured_ms,
                .fitted_ms = fit_ratio(&at->samples[s], terms) * at->samples[s].measured_ms,
                .left_out_ms = NAN,
            };
    }
}

/* How far off the model is where nothing tells: a factor of two. */
static const double unknown_error = 0.7;

static void calibrate_kind(calibrating *at, int kind)
{
    hax_calibration *made = &at->made->public;
    hax_calibrated_kind *calibrated = &made->kinds[kind];
    const fit_prior prior = prior_of(at, kind);
    double terms[WORK_TERMS];
    at->sample_count = 0;
    for (int e = 0; e < at->exhibit_count; e++)
        add_samples(at, kind, e);
    fit_terms(at->samples, at->sample_count, &prior, terms);
    take_terms(terms, at->sample_count, calibrated);
    hax_calibration_row *rows = at->rows + made->row_count;
    made->row_count += at->sample_count;
    fill_rows(at, kind, terms, rows);
    errors sum = { 0 };
    if (exhibits_of(at, kind) > 1)
        for (int e = 0; e < at->exhibit_count; e++)
            judge_left_out(at, e, &prior, rows, &sum);
    calibrated->group_error = sum.groups > 0 ? sqrt(sum.group_squares / sum.groups) : unknown_error;
    calibrated->network_error =
        sum.networks > 0 ? sqrt(sum.network_squares / sum.networks) : unknown_error;
}

/* Kinds that others fall back to come before these. */
static void calibrate_kinds(calibrating *at)
{
    for (int k = 0; k < at->sheet->kind_count; k++)
        calibrate_out(at, k, &at->made->public.kinds[k]);
    for (int turn = 0; turn < 2; turn++)
        for (int k = 0; k < at->sheet->kind_count; k++)
            if ((at->sheet->kinds[k].fallback >= 0) == (turn == 1))
                calibrate_kind(at, k);
}

/* ---- whole networks ---------------------------------------------------------------------------
 */

static double whole_ms(const subject *of, int kind, const hax_calibration *calibration)
{
    double terms[WORK_TERMS];
    const span all = subject_span(of, kind, calibration, 0, hax_model_kernel_count(of->model));
    kind_terms(&calibration->kinds[kind], terms);
    return all.refused ? NAN
                       : work_ms(&all.of, terms) + all.fallback_ms + all.change_ms +
                             calibration->kinds[kind].network_ms;
}

static bool is_exhibit(const calibrating *at, const hax_model *model)
{
    for (int e = 0; e < at->exhibit_count; e++)
        if (hax_model_hash(at->exhibits[e].model) == hax_model_hash(model))
            return true;
    return false;
}

static hax_status judge_whole(const calibrating *at, const hax_sheet_whole *sheet,
                              hax_calibration_whole *rows, int *count, hax_error *err)
{
    hax_model *model;
    subject of;
    HAX_TRY(hax_model_load(sheet->network, &model, err));
    hax_status status = subject_open(at->platform, model, &of, err);
    for (int k = 0; k < at->sheet->kind_count && status == HAX_OK; k++)
        if (sheet->ms[k] > 0)
            rows[(*count)++] =
                (hax_calibration_whole){ .network = sheet->network,
                                         .kind = k,
                                         .measured_ms = sheet->ms[k],
                                         .modelled_ms = whole_ms(&of, k, &at->made->public),
                                         .calibrated = is_exhibit(at, model),
                                         .uncertain = sheet->uncertain };
    if (status == HAX_OK)
        subject_close(&of);
    hax_model_destroy(model);
    return status;
}

static hax_status judge_wholes(calibrating *at, hax_error *err)
{
    hax_calibration *made = &at->made->public;
    hax_calibration_whole *rows = hax_arena_alloc(
        at->made->arena, (size_t) at->sheet->whole_count * (size_t) at->sheet->kind_count,
        sizeof *rows);
    if (!rows)
        return hax_fail_memory(err, "a calibration");
    made->wholes = rows;
    for (int w = 0; w < at->sheet->whole_count; w++)
        HAX_TRY(judge_whole(at, &at->sheet->wholes[w], rows, &made->whole_count, err));
    return HAX_OK;
}

/* ---- the calibration ----------------------------------------------------------------------------
 */

static hax_status calibrate(calibrating *at, bool wholes, hax_error *err)
{
    int groups = 0;
    HAX_TRY(load_exhibits(at, &groups, err));
    size_t room = (size_t) groups + 1;
    at->samples = calloc(room, sizeof *at->samples);
    at->sample_of = calloc(room, sizeof *at->sample_of);
    at->rows =
        hax_arena_alloc(at->made->arena, room * (size_t) at->sheet->kind_count, sizeof *at->rows);
    if (!at->samples || !at->sample_of || !at->rows)
        return hax_fail_memory(err, "a calibration");
    at->made->public.rows = at->rows;
    at->made->public.kind_count = at->sheet->kind_count;
    calibrate_kinds(at);
    return wholes ? judge_wholes(at, err) : HAX_OK;
}

static void release(calibrating *at)
{
    for (int e = 0; e < at->exhibit_count; e++) {
        subject_close(&at->exhibits[e].of);
        hax_grouping_destroy(at->exhibits[e].grouping);
        hax_model_destroy(at->exhibits[e].model);
    }
    free(at->exhibits);
    free(at->samples);
    free(at->sample_of);
}

hax_status hax_calibrate(const hax_platform *platform, bool wholes, hax_calibration **calibration,
                         hax_error *err)
{
    calibrating at = { .platform = platform };
    HAX_TRY(sheet_of(platform, &at.sheet, err));
    at.made = calloc(1, sizeof *at.made);
    if (!at.made || !(at.made->arena = hax_arena_create())) {
        free(at.made);
        return hax_fail_memory(err, "a calibration");
    }
    hax_status status = calibrate(&at, wholes, err);
    release(&at);
    if (status != HAX_OK) {
        hax_calibration_destroy(&at.made->public);
        return status;
    }
    *calibration = &at.made->public;
    return HAX_OK;
}

void hax_calibration_destroy(hax_calibration *calibration)
{
    if (!calibration)
        return;
    hax_arena_destroy(((owned_calibration *) calibration)->arena);
    free(calibration);
}
