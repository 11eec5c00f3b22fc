/* A profile from what other tools have measured: GPU times of groups, the DLA's by a fit, costs of
 * a change of unit. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "costs.h"
#include "haxconn/nearest.h"
#include "imported.h"
#include "own.h"

/* What a quantity that files give without a spread is taken to repeat to: a group's mean, a whole
 * engine's mean. */
static const double group_sigma = 0.02, whole_sigma = 0.01;

/* Fits of engines give the 5 % and the 95 % quantile of their draws (import/series/series.c), which
 * are 1.645 standard deviations of a normal distribution from its mean. */
static const double sigmas_of_interval = 2 * 1.645;

/* Bytes that must move at least can be half of those that do. */
static const double counted_spread = 1;

enum { GPU = IMPORTED_GPU, DLA = IMPORTED_DLA, SIDES = IMPORTED_SIDES };

/* ---- one time ------------------------------------------------------------------------------ */

static const hax_import_value *row_cell(const hax_import_section *section, int row,
                                        const char *column)
{
    int c = hax_import_column_index(section, column);
    return c < 0 ? NULL : &section->cells[row * section->column_count + c];
}

double hax_imported_number(const hax_import_section *section, int row, const char *column)
{
    const hax_import_value *value = row_cell(section, row, column);
    return value && !value->text ? value->number : NAN;
}

const char *hax_imported_words(const hax_import_section *section, int row, const char *column)
{
    const hax_import_value *value = row_cell(section, row, column);
    return value && value->text ? value->text : "";
}

void hax_imported_name_source(hax_imported *imported, const char *what, const char *file)
{
    bool again = imported->source_what && strcmp(imported->source_what, what) == 0;
    if (again)
        hax_text_printf(&imported->source, ", %s", file);
    else
        hax_text_printf(&imported->source, "%s%s %s",
                        imported->source.length ? "; " : "imported: ", what, file);
    imported->source_what = what;
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

static bool take_match_groups(hax_imported *imported, const hax_import *import)
{
    const hax_import_section *match = hax_import_find(import, "match", 0);
    const hax_import_section *groups = hax_import_find(import, "groups", 0);
    if (!match || !groups || groups->row_count != imported->grouping->count ||
        isfinite(hax_import_fact_number(match, "dla_ms")))
        return false;
    for (int g = 0; g < groups->row_count; g++)
        if (!(hax_imported_number(groups, g, "gpu_ms") > 0) ||
            hax_imported_number(groups, g, "shared_ms") > 0)
            return false;
    double scale = hax_import_fact_number(match, "scale");
    scale = isfinite(scale) ? scale : 1;
    for (int g = 0; g < groups->row_count; g++) {
        double ms = scale * (hax_imported_number(groups, g, "gpu_ms") +
                             hax_imported_number(groups, g, "reformat_ms") +
                             hax_imported_number(groups, g, "copy_ms"));
        imported->groups[g].run[GPU] =
            (hax_imported_time){ hax_summary_known(ms, group_sigma * ms, 1),
                                 "imported: entries of a profile" };
    }
    double total = scale * hax_import_fact_number(match, "total_ms");
    imported->whole[GPU] = hax_summary_known(total, whole_sigma * total, 1);
    hax_imported_name_source(imported, "GPU times of groups from", import->file);
    return true;
}

static bool take_read_groups(hax_imported *imported, const hax_import *import)
{
    const hax_import_section *groups = hax_import_find(import, "groups", 0);
    int found = 0;
    for (int r = 0; groups && r < groups->row_count; r++) {
        int g = group_at(imported->grouping, hax_imported_number(groups, r, "first"));
        int next = group_at(imported->grouping, hax_imported_number(groups, r, "last") + 1);
        double ms = hax_imported_number(groups, r, "ms");
        if (strcmp(hax_imported_words(groups, r, "unit"), "gpu") != 0 || g < 0 || next != g + 1 ||
            !(ms > 0))
            continue;
        imported->groups[g].run[GPU] =
            (hax_imported_time){ hax_summary_known(ms, group_sigma * ms, 1),
                                 "imported: layer_results" };
        found++;
    }
    if (found == 0)
        return false;
    hax_imported_name_source(imported, "GPU times of groups from", import->file);
    return true;
}

/* The reason is most often an entry across a cut. */
static hax_status fail_gpu(const hax_imported *imported, const hax_group *missing, hax_error *err)
{
    for (int i = 0; i < imported->import_count; i++) {
        const hax_import_section *match = hax_import_find(imported->imports[i], "match", 0);
        const hax_import_section *groups = hax_import_find(imported->imports[i], "groups", 0);
        if (!match || !groups || isfinite(hax_import_fact_number(match, "dla_ms")))
            continue;
        for (int g = 0; g < groups->row_count; g++)
            if (hax_imported_number(groups, g, "shared_ms") > 0)
                return hax_fail_at(err, HAX_BAD_INPUT, imported->imports[i]->file, 0, 0,
                                   "%.3g ms are of entries that have layers of the group %g-%g and "
                                   "of a later one: leave out the cut between (--grouping)",
                                   hax_imported_number(groups, g, "shared_ms"),
                                   hax_imported_number(groups, g, "first"),
                                   hax_imported_number(groups, g, "last"));
    }
    return hax_fail(err, HAX_BAD_INPUT,
                    "no time of layers %d-%d on the GPU: give the profile of an engine without a "
                    "DLA, matched, or layer_results.json with these cuts",
                    missing->first, missing->last);
}

static hax_status take_gpu(hax_imported *imported, hax_error *err)
{
    bool taken = false;
    for (int i = 0; i < imported->import_count && !taken; i++)
        taken = take_match_groups(imported, imported->imports[i]);
    for (int i = 0; i < imported->import_count && !taken; i++)
        taken = take_read_groups(imported, imported->imports[i]);
    for (int g = 0; g < imported->grouping->count; g++)
        if (imported->groups[g].run[GPU].ms.count == 0)
            return fail_gpu(imported, &imported->grouping->groups[g], err);
    return HAX_OK;
}

/* ---- the DLA ------------------------------------------------------------------------------- */

static double piece_sigma_ms(const hax_import_section *fit, int row)
{
    return (hax_imported_number(fit, row, "high_ms") - hax_imported_number(fit, row, "low_ms")) /
           sigmas_of_interval;
}

/* Divides a piece among its groups as the GPU's time is divided; what that adds is uncertain. */
static void share(hax_imported *imported, int first, int end, double ms, double sigma_ms,
                  double count, const char *source)
{
    double sum = 0;
    for (int g = first; g < end; g++)
        sum += imported->groups[g].run[GPU].ms.median;
    for (int g = first; g < end; g++) {
        double part = imported->groups[g].run[GPU].ms.median / sum;
        double guessed = end - first > 1 ? 0.25 * part * ms : 0;
        imported->groups[g].run[DLA] = (hax_imported_time){
            hax_summary_known(part * ms, hypot(part * sigma_ms, guessed), count), source
        };
    }
}

/* Pieces of a fit, joined where a cut of the engines is none of the grouping; where they begin and
 * what the longest of them takes in all. */
static hax_status take_pieces(hax_imported *imported, const hax_import *import,
                              const hax_import_section *fit, int *begin, double *total_ms,
                              hax_error *err)
{
    double engines = hax_import_fact_number(fit, "engines"), ms = 0, variance = 0;
    int open = -1; /* the group that the pieces added up so far begin with */
    *begin = -1;
    for (int r = 0; r < fit->row_count; r++) {
        double last = hax_imported_number(fit, r, "last");
        double sigma = piece_sigma_ms(fit, r);
        int end = isnan(last) ? imported->grouping->count : group_at(imported->grouping, last + 1);
        if (open < 0) {
            open = group_at(imported->grouping, hax_imported_number(fit, r, "first"));
            ms = variance = 0;
        }
        if (open < 0) /* before the first cut that both have */
            continue;
        if (*begin < 0) {
            *begin = open;
            *total_ms = hax_imported_number(fit, r, "fitted_total_ms");
        }
        ms += hax_imported_number(fit, r, "ms");
        variance += sigma * sigma;
        if (end <= open)
            continue;
        share(imported, open, end, ms, sqrt(variance), engines,
              end - open > 1 ? "imported: fit to engines, divided as on the GPU"
                             : "imported: fit to engines");
        open = -1;
    }
    if (*begin < 0)
        return hax_fail_at(err, HAX_BAD_INPUT, import->file, 0, 0,
                           "no engine is cut where this grouping is: cut the network where the "
                           "engines are cut");
    return HAX_OK;
}

/* Pieces of engines that begin on the DLA, for groups that no other engine tells of: those before a
 * layer that the DLA cannot run. */
static bool take_front_pieces(hax_imported *imported, const hax_import_section *fit)
{
    double engines = hax_import_fact_number(fit, "engines");
    bool taken = false;
    for (int r = 0; r < fit->row_count; r++) {
        int first = group_at(imported->grouping, hax_imported_number(fit, r, "first"));
        int end = group_at(imported->grouping, hax_imported_number(fit, r, "last") + 1);
        bool unknown = first >= 0 && end > first;
        for (int g = first; unknown && g < end; g++)
            unknown = imported->groups[g].run[DLA].ms.count == 0;
        if (!unknown)
            continue;
        double sigma = piece_sigma_ms(fit, r);
        share(imported, first, end, hax_imported_number(fit, r, "ms"), sigma, engines,
              end > first + 1 ? "imported: fit to engines, divided as on the GPU"
                              : "imported: fit to engines");
        taken = true;
    }
    return taken;
}

static hax_status take_fit(hax_imported *imported, const hax_import *import,
                           const hax_import_section *fit, hax_error *err)
{
    int begin = 0;
    double behind = 0;
    HAX_TRY(take_pieces(imported, import, fit, &begin, &behind, err));
    hax_imported_name_source(imported, "DLA times by a fit to engines, the first in", import->file);
    double whole = imported->whole[DLA].median;
    if (begin > 0 && imported->whole[DLA].count > 0 && whole > behind)
        share(imported, 0, begin, whole - behind, whole_sigma * whole, 1,
              begin > 1 ? "imported: rest of the whole engine, divided as on the GPU"
                        : "imported: rest of the whole engine");
    return HAX_OK;
}

/* The first fit of engines that begin on the GPU, then what is still unknown. */
static hax_status take_dla(hax_imported *imported, hax_error *err)
{
    static const char *const fronts[] = { "gpu", "dla" };
    bool taken = false;
    for (int f = 0; f < 2; f++) {
        for (int i = 0; i < imported->import_count; i++) {
            const hax_import *import = imported->imports[i];
            for (int s = 0; s < import->section_count; s++) {
                const hax_import_section *fit = &import->sections[s];
                const char *front = strcmp(fit->name, "fit") == 0
                                        ? hax_import_fact_text(fit, "cut_engines_begin_on")
                                        : NULL;
                if (!front || strcmp(front, fronts[f]) != 0)
                    continue;
                if (f == 0 && !taken)
                    HAX_TRY(take_fit(imported, import, fit, err));
                else if (f == 1 && take_front_pieces(imported, fit))
                    hax_imported_name_source(imported,
                                             "DLA times in front by a fit to engines, the first in",
                                             import->file);
                taken = true;
            }
        }
    }
    return HAX_OK;
}

/* ---- a change of unit ------------------------------------------------------------------------ */

static int side_of(const char *unit)
{
    return strcmp(unit, "gpu") == 0 ? GPU : strcmp(unit, "dla") == 0 ? DLA : -1;
}

static void take_out(hax_imported *imported)
{
    for (int i = 0; i < imported->import_count; i++) {
        const hax_import_section *marks = hax_import_find(imported->imports[i], "transitions", 0);
        for (int r = 0; marks && r < marks->row_count; r++) {
            int side = side_of(hax_imported_words(marks, r, "unit"));
            double at = hax_imported_number(marks, r, "at"),
                   mean = hax_imported_number(marks, r, "mean_ms");
            if (side < 0 || !(mean > 0))
                continue;
            if (at < 0) {
                imported->whole[side] = hax_summary_known(mean, whole_sigma * mean, 1);
                continue;
            }
            int g = group_at(imported->grouping, at);
            double cost = hax_imported_number(marks, r, "cost_ms");
            if (g > 0)
                imported->groups[g - 1].out[side] = (hax_imported_time){
                    hax_summary_known(cost, sqrt(2) * whole_sigma * mean, 1),
                    cost < 0 ? "marked engine, negative within its noise" : "marked engine",
                };
        }
        if (marks)
            hax_imported_name_source(imported, "OUT from", imported->imports[i]->file);
    }
}

/* A reformat before a DLA's piece is its IN; one of the GPU's in an engine with a DLA is the
 * GPU's. */
static void take_reformats(hax_imported *imported, const hax_import_section *entries)
{
    for (int r = 0; r < entries->row_count; r++) {
        double ms = hax_imported_number(entries, r, "ms");
        const char *layers = hax_imported_words(entries, r, "layers");
        if (strcmp(hax_imported_words(entries, r, "role"), "reformat") != 0 || !(ms > 0) ||
            hax_imported_words(entries, r, "time_of")[0] || layers[0] == '\0')
            continue;
        int side = strchr(hax_imported_words(entries, r, "name"), '{') ? DLA : GPU;
        int g = group_at(imported->grouping, strtod(layers, NULL));
        imported->reformats[side] += g < 0;
        imported->reformat_ms[side] += g < 0 ? ms : 0;
        if (g >= 0 && g < imported->grouping->count && imported->groups[g].in[side].ms.median < ms)
            imported->groups[g].in[side] =
                (hax_imported_time){ hax_summary_known(ms, group_sigma * ms, 1),
                                     "reformat in a profile" };
    }
}

static void fill_unseen(hax_imported *imported, int side)
{
    int seen = imported->reformats[side];
    double sum = imported->reformat_ms[side], most = seen > 0 ? sum / seen : 0;
    for (int g = 0; g < imported->grouping->count; g++) {
        seen += imported->groups[g].in[side].ms.count > 0;
        sum += imported->groups[g].in[side].ms.median;
        most = fmax(most, imported->groups[g].in[side].ms.median);
    }
    for (int g = 0; g < imported->grouping->count && seen > 0; g++)
        if (imported->groups[g].in[side].ms.count == 0)
            imported->groups[g].in[side] =
                (hax_imported_time){ hax_summary_known(sum / seen, most / 2, 1),
                                     "mean of the reformats seen" };
}

static void adopt_tables(hax_imported *imported)
{
    for (int i = 0; i < imported->import_count; i++) {
        const hax_import_section *match = hax_import_find(imported->imports[i], "match", 0);
        const hax_import_section *entries =
            hax_import_find(imported->imports[i], "matched_entries", 0);
        if (!match || !entries || !isfinite(hax_import_fact_number(match, "dla_ms")))
            continue;
        take_reformats(imported, entries);
        hax_imported_name_source(imported, "IN from", imported->imports[i]->file);
    }
    for (int side = 0; side < SIDES; side++)
        fill_unseen(imported, side);
}

/* ---- the profile ----------------------------------------------------------------------------- */

static int side_of_unit(const hax_unit *unit)
{
    return strncmp(unit->name, "gpu", 3) == 0 ? GPU : strncmp(unit->name, "dla", 3) == 0 ? DLA : -1;
}

double hax_imported_bytes(const hax_imported *imported, int group, hax_imported_side side)
{
    const hax_group *found = &imported->grouping->groups[group];
    return (double) (found->weight_bytes + found->input_bytes + found->output_bytes) *
           imported->element_share[side];
}

/* Where a time comes from; `needed`: it could be one, else `none` says why it is not. */
static const char *source_or(const hax_imported_time *imported_time, bool needed, const char *none)
{
    return imported_time->source ? imported_time->source
           : needed              ? "not measured, so nothing"
                                 : none;
}

static void fill_cost(const hax_imported *imported, const hax_unit *unit, int g,
                      hax_group_cost *cost)
{
    int side = side_of_unit(unit);
    const hax_imported_group *group = &imported->groups[g];
    if (side < 0 || group->run[side].ms.count == 0)
        return;
    double bytes = hax_imported_bytes(imported, g, (hax_imported_side) side);
    double ms = group->run[side].ms.median;
    *cost = (hax_group_cost){ .allowed = true,
                              .run = group->run[side].ms,
                              .out = group->out[side].ms,
                              .in = group->in[side].ms,
                              .bytes = bytes,
                              .gbps = ms > 0 ? bytes / ms * 1e-6 : 0,
                              .gbps_spread = counted_spread,
                              .demand = HAX_DEMAND_COUNTED };
    if (group->demand[side].source) {
        cost->gbps = group->demand[side].gbps;
        cost->gbps_spread = group->demand[side].spread;
        cost->demand = group->demand[side].demand;
    }
    cost->run_source = group->run[side].source;
    cost->out_source =
        source_or(&group->out[side], g + 1 < imported->grouping->count, "no group behind it");
    cost->in_source = source_or(&group->in[side], g > 0, "no group before it");
    cost->gbps_source = group->demand[side].source ? group->demand[side].source
                                                   : "not measured, bytes that must move at least";
}

/* Written and read again: a profile that owns all it holds, and has passed all checks. */
static hax_status copy(const hax_imported *imported, const hax_profile_network *network,
                       const hax_platform *platform, const hax_group_cost *const *rows,
                       const hax_profile **profile, hax_error *err)
{
    hax_summary whole[HAX_MAX_UNITS] = { 0 };
    for (int u = 0; u < platform->unit_count; u++) {
        int side = side_of_unit(&platform->units[u]);
        bool all = side >= 0 && imported->whole[side].count > 0;
        for (int g = 0; g < imported->grouping->count && all; g++)
            all = imported->groups[g].run[side].ms.count > 0;
        if (all)
            whole[u] = imported->whole[side];
    }
    const hax_network_profile network_profile = { .name = network->name,
                                                  .model_hash = hax_model_hash(network->model),
                                                  .group_count = imported->grouping->count,
                                                  .groups = imported->grouping->groups,
                                                  .cost = rows,
                                                  .whole = whole };
    hax_profile view = { .platform = platform,
                         .network_count = 1,
                         .networks = &network_profile,
                         .source = hax_text_get(&imported->source) };
    char *text = NULL;
    if (imported->source.failed)
        return hax_fail_memory(err, "an imported profile");
    HAX_TRY(hax_profile_text(&view, &text, err));
    hax_status status = hax_profile_parse(text, strlen(text), "imported profile", profile, err);
    free(text);
    return status;
}

/* The precision of each side, from the first unit of it. */
static void take_precision(hax_imported *imported, const hax_platform *platform)
{
    for (int u = platform->unit_count - 1; u >= 0; u--) {
        int side = side_of_unit(&platform->units[u]);
        if (side >= 0)
            imported->element_share[side] =
                hax_element_share(platform->kinds[platform->units[u].kind].precision);
    }
}

/* What is not known of any group stands in the document's source. */
static void say_missing(hax_imported *imported)
{
    static const char *const sides[] = { "the GPU", "the DLA" };
    for (int side = 0; side < SIDES; side++) {
        bool out = false, in = false, run = false;
        for (int g = 0; g < imported->grouping->count; g++) {
            run |= imported->groups[g].run[side].ms.count > 0;
            out |= imported->groups[g].out[side].ms.count > 0;
            in |= imported->groups[g].in[side].ms.count > 0;
        }
        if (!run)
            hax_text_printf(&imported->source, "; no times on %s", sides[side]);
        if (run && !out)
            hax_text_printf(&imported->source, "; no OUT of %s, taken as nothing", sides[side]);
        if (run && !in)
            hax_text_printf(&imported->source, "; no IN of %s, taken as nothing", sides[side]);
    }
}

static hax_status make(hax_imported *imported, const hax_profile_network *network,
                       const hax_platform *platform, const hax_profile **profile, hax_error *err)
{
    size_t groups = (size_t) imported->grouping->count, units = (size_t) platform->unit_count;
    take_precision(imported, platform);
    HAX_TRY(take_gpu(imported, err));
    take_out(imported);
    HAX_TRY(take_dla(imported, err));
    adopt_tables(imported);
    hax_imported_take_demands(imported);
    say_missing(imported);
    hax_group_cost *costs = calloc(groups * units, sizeof *costs);
    const hax_group_cost **rows = calloc(groups, sizeof *rows);
    hax_status status = costs && rows ? HAX_OK : hax_fail_memory(err, "an imported profile");
    for (size_t g = 0; g < groups && status == HAX_OK; g++) {
        rows[g] = costs + g * units;
        for (size_t u = 0; u < units; u++)
            fill_cost(imported, &platform->units[u], (int) g, &costs[g * units + u]);
    }
    if (status == HAX_OK)
        status = copy(imported, network, platform, rows, profile, err);
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

hax_status hax_profile_from_imports(int import_count, const hax_import *const *imports,
                                    const hax_profile_network *network,
                                    const hax_platform *platform, const hax_profile **profile,
                                    hax_error *err)
{
    size_t groups = (size_t) network->grouping->count;
    if (!has_side(platform, GPU) || !has_side(platform, DLA))
        return hax_fail(err, HAX_BAD_INPUT,
                        "the platform '%s' has no unit called gpu and one called dla",
                        platform->name);
    assert(network->grouping->count >= 1);
    hax_imported imported = { .imports = imports,
                              .import_count = import_count,
                              .grouping = network->grouping,
                              .groups = calloc(groups, sizeof *imported.groups) };
    hax_status status = imported.groups ? make(&imported, network, platform, profile, err)
                                        : hax_fail_memory(err, "an imported profile");
    free(imported.groups);
    hax_text_free(&imported.source);
    return status;
}

hax_status hax_profile_with_pressure(const hax_profile *profile, const char *unit,
                                     const hax_pressure_table *table, const hax_profile **pressed,
                                     hax_error *err)
{
    enum { STEPS_MAX = 64 };
    hax_unit_contention unit_contention = { .traffic = HAX_TRAFFIC_READ };
    int found = -1;
    hax_nearest nearest = hax_nearest_start(unit, strlen(unit));
    for (int u = 0; u < profile->platform->unit_count; u++) {
        hax_nearest_offer(&nearest, profile->platform->units[u].name);
        if (strcmp(profile->platform->units[u].name, unit) == 0)
            found = u;
    }
    if (found < 0)
        return hax_fail(err, HAX_USAGE, "the platform '%s' has no unit '%.100s'%s",
                        profile->platform->name, unit, hax_nearest_words(&nearest).text);
    if (table->own_count > STEPS_MAX || table->external_count > STEPS_MAX)
        return hax_fail(err, HAX_BAD_INPUT, "%d kernels and %d pressures; at most %d of each",
                        table->own_count, table->external_count, STEPS_MAX);
    unit_contention.peak_gbps[HAX_TRAFFIC_READ] = table->own_gbps[table->own_count - 1];
    const hax_profile *copied;
    HAX_TRY(hax_profile_copy(profile, &copied, err));
    hax_status status =
        hax_profile_set_contention(hax_own(copied), found, &unit_contention, table, err);
    if (status == HAX_OK)
        *pressed = copied;
    else
        hax_profile_destroy(copied);
    return status;
}
