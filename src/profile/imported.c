/* A profile from what other tools have measured: GPU times of groups, the DLA's by a fit, costs of
 * a change of unit. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "costs.h"
#include "haxconn/import.h"
#include "text.h"

/* What a quantity that files give without a spread is taken to repeat to: a group's mean, a whole
 * engine's mean. */
static const double group_sigma = 0.02, whole_sigma = 0.01;

enum { GPU, DLA, SIDES };

typedef struct maker {
    const hax_import *const *imports;
    int import_count;
    const hax_grouping *grouping;
    hax_summary (*run)[SIDES], (*out)[SIDES], (*in)[SIDES]; /* [group] */
    hax_summary whole[SIDES];
    hax_text source;
} maker;

/* ---- one time ------------------------------------------------------------------------------ */

static const hax_import_value *row_cell(const hax_import_section *section, int row,
                                        const char *column)
{
    int c = hax_import_column_index(section, column);
    return c < 0 ? NULL : &section->cells[row * section->column_count + c];
}

static double number(const hax_import_section *section, int row, const char *column)
{
    const hax_import_value *value = row_cell(section, row, column);
    return value && !value->text ? value->number : NAN;
}

static const char *words(const hax_import_section *section, int row, const char *column)
{
    const hax_import_value *value = row_cell(section, row, column);
    return value && value->text ? value->text : "";
}

static void name_source(maker *of, const char *what, const hax_import *import)
{
    hax_text_printf(&of->source, "%s%s %s", of->source.length ? "; " : "imported: ", what,
                    import->file);
}

/* The group that begins with a layer, or one layer beside it; count: behind the last; -1: none. */
static int group_at(const hax_grouping *grouping, double layer)
{
    for (int off = 0; off <= 1; off++) {
        for (int g = 0; g < grouping->count; g++)
            if (fabs(grouping->groups[g].first - layer) == off)
                return g;
        if (fabs(grouping->groups[grouping->count - 1].last + 1 - layer) == off)
            return grouping->count;
    }
    return -1;
}

/* ---- the GPU ------------------------------------------------------------------------------- */

static bool take_match_groups(maker *of, const hax_import *import)
{
    const hax_import_section *match = hax_import_find(import, "match", 0);
    const hax_import_section *groups = hax_import_find(import, "groups", 0);
    if (!match || !groups || groups->row_count != of->grouping->count ||
        isfinite(hax_import_fact_number(match, "dla_ms")))
        return false;
    for (int g = 0; g < groups->row_count; g++)
        if (!(number(groups, g, "gpu_ms") > 0) || number(groups, g, "shared_ms") > 0)
            return false;
    for (int g = 0; g < groups->row_count; g++) {
        double ms = number(groups, g, "gpu_ms") + number(groups, g, "reformat_ms") +
                    number(groups, g, "copy_ms");
        of->run[g][GPU] = hax_summary_known(ms, group_sigma * ms, 1);
    }
    double total = hax_import_fact_number(match, "total_ms");
    of->whole[GPU] = hax_summary_known(total, whole_sigma * total, 1);
    name_source(of, "GPU times of groups from", import);
    return true;
}

static bool take_read_groups(maker *of, const hax_import *import)
{
    const hax_import_section *groups = hax_import_find(import, "groups", 0);
    int found = 0;
    for (int r = 0; groups && r < groups->row_count; r++) {
        int g = group_at(of->grouping, number(groups, r, "first"));
        int next = group_at(of->grouping, number(groups, r, "last") + 1);
        double ms = number(groups, r, "ms");
        if (strcmp(words(groups, r, "unit"), "gpu") != 0 || g < 0 || next != g + 1 || !(ms > 0))
            continue;
        of->run[g][GPU] = hax_summary_known(ms, group_sigma * ms, 1);
        found++;
    }
    if (found == 0)
        return false;
    name_source(of, "GPU times of groups from", import);
    return true;
}

static hax_status take_gpu(maker *of, hax_error *err)
{
    bool taken = false;
    for (int i = 0; i < of->import_count && !taken; i++)
        taken = take_match_groups(of, of->imports[i]);
    for (int i = 0; i < of->import_count && !taken; i++)
        taken = take_read_groups(of, of->imports[i]);
    for (int g = 0; g < of->grouping->count; g++)
        if (of->run[g][GPU].count == 0)
            return hax_fail(err, HAX_BAD_INPUT,
                            "no time of layers %d-%d on the GPU: give the profile of an engine "
                            "without a DLA, matched, or layer_results.json with these cuts",
                            of->grouping->groups[g].first, of->grouping->groups[g].last);
    return HAX_OK;
}

/* ---- the DLA ------------------------------------------------------------------------------- */

/* Divides a piece among its groups as the GPU's time is divided; what that adds is uncertain. */
static void share(maker *of, int first, int end, double ms, double sigma_ms, double count)
{
    double sum = 0;
    for (int g = first; g < end; g++)
        sum += of->run[g][GPU].median;
    for (int g = first; g < end; g++) {
        double part = of->run[g][GPU].median / sum;
        double guessed = end - first > 1 ? 0.25 * part * ms : 0;
        of->run[g][DLA] = hax_summary_known(part * ms, hypot(part * sigma_ms, guessed), count);
    }
}

/* Pieces of a fit, joined where a cut of the engines is none of the grouping; where they begin and
 * what the longest of them takes in all. */
static hax_status take_pieces(maker *of, const hax_import *import, const hax_import_section *fit,
                              int *begin, double *total_ms, hax_error *err)
{
    double engines = hax_import_fact_number(fit, "engines"), ms = 0, variance = 0;
    int open = -1; /* the group that the pieces added up so far begin with */
    *begin = -1;
    for (int r = 0; r < fit->row_count; r++) {
        double last = number(fit, r, "last");
        double sigma = (number(fit, r, "high_ms") - number(fit, r, "low_ms")) / 3.29;
        int end = isnan(last) ? of->grouping->count : group_at(of->grouping, last + 1);
        if (open < 0) {
            open = group_at(of->grouping, number(fit, r, "first"));
            ms = variance = 0;
        }
        if (open < 0) /* before the first cut that both have */
            continue;
        if (*begin < 0) {
            *begin = open;
            *total_ms = number(fit, r, "fitted_total_ms");
        }
        ms += number(fit, r, "ms");
        variance += sigma * sigma;
        if (end <= open)
            continue;
        share(of, open, end, ms, sqrt(variance), engines);
        open = -1;
    }
    if (*begin < 0)
        return hax_fail_at(err, HAX_BAD_INPUT, import->file, 0, 0,
                           "no engine is cut where this grouping is: cut the network where the "
                           "engines are cut");
    return HAX_OK;
}

static hax_status take_dla(maker *of, hax_error *err)
{
    for (int i = 0; i < of->import_count; i++) {
        const hax_import_section *fit = hax_import_find(of->imports[i], "fit", 0);
        int begin = 0;
        double behind = 0;
        const char *front = fit ? hax_import_fact_text(fit, "cut_engines_begin_on") : NULL;
        if (!front || strcmp(front, "gpu") != 0)
            continue;
        HAX_TRY(take_pieces(of, of->imports[i], fit, &begin, &behind, err));
        name_source(of, "DLA times by a fit to the engines of", of->imports[i]);
        double whole = of->whole[DLA].median;
        if (begin > 0 && of->whole[DLA].count > 0 && whole > behind)
            share(of, 0, begin, whole - behind, whole_sigma * whole, 1);
        return HAX_OK;
    }
    return HAX_OK;
}

/* ---- a change of unit ------------------------------------------------------------------------ */

static int side_of(const char *unit)
{
    return strcmp(unit, "gpu") == 0 ? GPU : strcmp(unit, "dla") == 0 ? DLA : -1;
}

static void take_out(maker *of)
{
    for (int i = 0; i < of->import_count; i++) {
        const hax_import_section *marks = hax_import_find(of->imports[i], "transitions", 0);
        for (int r = 0; marks && r < marks->row_count; r++) {
            int side = side_of(words(marks, r, "unit"));
            double at = number(marks, r, "at"), mean = number(marks, r, "mean_ms");
            if (side < 0 || !(mean > 0))
                continue;
            if (at < 0) {
                of->whole[side] = hax_summary_known(mean, whole_sigma * mean, 1);
                continue;
            }
            int g = group_at(of->grouping, at);
            if (g > 0)
                of->out[g - 1][side] =
                    hax_summary_known(number(marks, r, "cost_ms"), sqrt(2) * whole_sigma * mean, 1);
        }
        if (marks)
            name_source(of, "OUT from", of->imports[i]);
    }
}

/* A reformat before a DLA's piece is its IN; one of the GPU's in an engine with a DLA is the
 * GPU's. */
static void take_reformats(maker *of, const hax_import_section *entries)
{
    for (int r = 0; r < entries->row_count; r++) {
        double ms = number(entries, r, "ms");
        const char *layers = words(entries, r, "layers");
        if (strcmp(words(entries, r, "role"), "reformat") != 0 || !(ms > 0) ||
            words(entries, r, "time_of")[0] || layers[0] == '\0')
            continue;
        int side = strchr(words(entries, r, "name"), '{') ? DLA : GPU;
        int g = group_at(of->grouping, strtod(layers, NULL));
        if (g >= 0 && g < of->grouping->count && of->in[g][side].median < ms)
            of->in[g][side] = hax_summary_known(ms, group_sigma * ms, 1);
    }
}

static void fill_unseen(maker *of, int side)
{
    double sum = 0, most = 0;
    int seen = 0;
    for (int g = 0; g < of->grouping->count; g++) {
        seen += of->in[g][side].count > 0;
        sum += of->in[g][side].median;
        most = fmax(most, of->in[g][side].median);
    }
    for (int g = 0; g < of->grouping->count && seen > 0; g++)
        if (of->in[g][side].count == 0)
            of->in[g][side] = hax_summary_known(sum / seen, most / 2, 1);
}

static void take_in(maker *of)
{
    for (int i = 0; i < of->import_count; i++) {
        const hax_import_section *match = hax_import_find(of->imports[i], "match", 0);
        const hax_import_section *entries = hax_import_find(of->imports[i], "matched_entries", 0);
        if (!match || !entries || !isfinite(hax_import_fact_number(match, "dla_ms")))
            continue;
        take_reformats(of, entries);
        name_source(of, "IN from", of->imports[i]);
    }
    for (int side = 0; side < SIDES; side++)
        fill_unseen(of, side);
}

/* ---- the profile ----------------------------------------------------------------------------- */

static int side_of_unit(const hax_unit *unit)
{
    return strncmp(unit->name, "gpu", 3) == 0 ? GPU : strncmp(unit->name, "dla", 3) == 0 ? DLA : -1;
}

static void fill_cost(const maker *of, const hax_platform *platform, int unit, int g,
                      hax_group_cost *cost)
{
    int side = side_of_unit(&platform->units[unit]);
    if (side < 0 || of->run[g][side].count == 0)
        return;
    const hax_group *group = &of->grouping->groups[g];
    const char *precision = platform->kinds[platform->units[unit].kind].precision;
    double bytes = (double) (group->weight_bytes + group->input_bytes + group->output_bytes) *
                   hax_element_share(precision);
    double ms = of->run[g][side].median;
    *cost = (hax_group_cost){ .allowed = true,
                              .run = of->run[g][side],
                              .out = of->out[g][side],
                              .in = of->in[g][side],
                              .bytes = bytes,
                              .gbps = ms > 0 ? bytes / ms * 1e-6 : 0,
                              .demand = HAX_DEMAND_COUNTED };
}

/* Written and read again: a profile that owns all it holds, and has passed all checks. */
static hax_status copy(const maker *of, const hax_profile_network *network,
                       const hax_platform *platform, const hax_group_cost *const *rows,
                       hax_profile **profile, hax_error *err)
{
    hax_summary whole[HAX_MAX_UNITS] = { 0 };
    for (int u = 0; u < platform->unit_count; u++) {
        int side = side_of_unit(&platform->units[u]);
        bool all = side >= 0 && of->whole[side].count > 0;
        for (int g = 0; g < of->grouping->count && all; g++)
            all = of->run[g][side].count > 0;
        if (all)
            whole[u] = of->whole[side];
    }
    const hax_network_profile made = { .name = network->name,
                                       .model_hash = hax_model_hash(network->model),
                                       .group_count = of->grouping->count,
                                       .groups = of->grouping->groups,
                                       .cost = rows,
                                       .whole = whole };
    hax_profile view = { .network_count = 1,
                         .networks = &made,
                         .source = hax_text_get(&of->source) };
    char *text = NULL;
    HAX_TRY(hax_platform_text(platform, &text, err));
    hax_status status = hax_platform_parse(text, strlen(text), platform->name, &view.platform, err);
    free(text);
    text = NULL;
    if (status == HAX_OK)
        status = hax_profile_text(&view, &text, err);
    if (status == HAX_OK)
        status = hax_profile_parse(text, strlen(text), "imported profile", profile, err);
    free(text);
    hax_platform_close(view.platform);
    return status;
}

static hax_status make(maker *of, const hax_profile_network *network, const hax_platform *platform,
                       hax_profile **profile, hax_error *err)
{
    size_t groups = (size_t) of->grouping->count, units = (size_t) platform->unit_count;
    HAX_TRY(take_gpu(of, err));
    take_out(of);
    HAX_TRY(take_dla(of, err));
    take_in(of);
    hax_group_cost *costs = calloc(groups * units, sizeof *costs);
    const hax_group_cost **rows = calloc(groups, sizeof *rows);
    hax_status status = costs && rows ? HAX_OK : hax_fail_memory(err, "an imported profile");
    for (size_t g = 0; g < groups && status == HAX_OK; g++) {
        rows[g] = costs + g * units;
        for (int u = 0; u < platform->unit_count; u++)
            fill_cost(of, platform, u, (int) g, &costs[g * units + (size_t) u]);
    }
    if (status == HAX_OK)
        status = copy(of, network, platform, rows, profile, err);
    free(costs);
    free(rows);
    return status;
}

static bool has_side(const hax_platform *platform, int side)
{
    for (int u = 0; u < platform->unit_count; u++)
        if (side_of_unit(&platform->units[u]) == side)
            return true;
    return false;
}

hax_status hax_profile_from_imports(const hax_import *const *imports, int import_count,
                                    const hax_profile_network *network,
                                    const hax_platform *platform, hax_profile **profile,
                                    hax_error *err)
{
    size_t groups = (size_t) network->grouping->count;
    if (!has_side(platform, GPU) || !has_side(platform, DLA))
        return hax_fail(err, HAX_BAD_INPUT,
                        "the platform '%s' has no unit called gpu and one called dla",
                        platform->name);
    maker of = { .imports = imports,
                 .import_count = import_count,
                 .grouping = network->grouping,
                 .run = calloc(groups, sizeof *of.run),
                 .out = calloc(groups, sizeof *of.out),
                 .in = calloc(groups, sizeof *of.in) };
    hax_status status = of.run && of.out && of.in ? make(&of, network, platform, profile, err)
                                                  : hax_fail_memory(err, "an imported profile");
    free(of.run);
    free(of.out);
    free(of.in);
    hax_text_free(&of.source);
    return status;
}
