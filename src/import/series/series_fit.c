/* A series of engines of one network, cut at different layers, from files that were imported: the
 * DLA's time in each, and what it takes for the layers between two cuts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "series.h"

/* A whole time of a thousand inferences repeats to about so much where nothing says more. */
static const double sigma_share = 0.02, sigma_least_ms = 0.005;

static const hax_import_column fit_columns[] = {
    { "first", true },           { "last", true },    { "ms", true },
    { "low_ms", true },          { "high_ms", true }, { "total_ms", true },
    { "fitted_total_ms", true }, { NULL, false },
};

static const hax_import_column left_out_columns[] = { { "at", true },
                                                      { "total_ms", true },
                                                      { NULL, false } };

static const hax_import_column engine_columns[] = {
    { "network", false }, { "unit", false },         { "at", true },
    { "total_ms", true }, { "difference_ms", true }, { NULL, false }
};

/* The series of one direction: the unit that runs the part in front of the cut. */
typedef struct series {
    const char *network;
    const char *file;  /* of the first engine */
    const char *front; /* "gpu": the DLA runs what lies behind; "dla": what lies before */
    bool matched;      /* from profiles, and not from a result file that says it already */
    int count;
    hax_series_point points[SERIES_POINTS_MAX];
} series;

/* ---- collecting ---------------------------------------------------------------------------- */

static hax_status add_point(series *series, const hax_import *from, const char *network,
                            double layer, double total_ms, hax_error *err)
{
    if (layer < 0 || !(layer <= 1e6))
        return HAX_OK;
    if (series->network && strcmp(series->network, network) != 0)
        return hax_fail_at(err, HAX_BAD_INPUT, from->file, 0, 0,
                           "an engine of '%.100s' among those of '%.100s': fit one network at a "
                           "time",
                           network, series->network);
    if (!(total_ms >= 0 && total_ms < 1e9))
        return hax_fail_at(err, HAX_BAD_INPUT, from->file, 0, 0,
                           "the engine cut at %.0f takes %g ms: no whole time is negative", layer,
                           total_ms);
    if (series->count == SERIES_POINTS_MAX)
        return hax_fail_at(err, HAX_BAD_INPUT, from->file, 0, 0, "more than %d engines to fit",
                           SERIES_POINTS_MAX);
    series->network = network;
    if (!series->file)
        series->file = from->file;
    series->points[series->count++] = (hax_series_point){
        .size = (int) layer,
        .total_ms = total_ms,
        .sigma_ms = fmax(sigma_share * total_ms, sigma_least_ms),
    };
    return HAX_OK;
}

/* Rows as HaX-CoNN's dla_compute_times has them. */
static hax_status add_engines(series *series, const hax_import *import,
                              const hax_import_section *section, hax_error *err)
{
    const hax_import_value *row = section->cells;
    int network = hax_import_column_index(section, "network");
    int unit = hax_import_column_index(section, "unit");
    int at = hax_import_column_index(section, "at");
    int total = hax_import_column_index(section, "total_ms");
    for (int r = 0; r < section->row_count; r++, row += section->column_count)
        if (row[unit].text && strcmp(row[unit].text, series->front) == 0 && row[network].text)
            HAX_TRY(add_point(series, import, row[network].text, row[at].number, row[total].number,
                              err));
    return HAX_OK;
}

static const char *cell_text(const hax_import_section *section, int row, const char *column)
{
    int c = hax_import_column_index(section, column);
    const char *text = c < 0 ? NULL : section->cells[row * section->column_count + c].text;
    return text ? text : "";
}

/* What layers of the DLA's part take that stayed on the GPU, since the DLA cannot run them: the
 * part takes it as well, wherever it is cut. */
static double stayed_on_gpu(const hax_import *import, double layer, bool behind)
{
    const hax_import_section *entries = hax_import_find(import, "matched_entries", 0);
    int column = entries ? hax_import_column_index(entries, "ms") : -1;
    double sum = 0;
    for (int r = 0; column >= 0 && r < entries->row_count; r++) {
        double ms = entries->cells[r * entries->column_count + column].number;
        const char *role = cell_text(entries, r, "role"), *layers = cell_text(entries, r, "layers");
        bool own = strcmp(role, "layers") == 0 ||
                   (strcmp(role, "reformat") == 0 && !strchr(cell_text(entries, r, "name"), '{'));
        if (own && isfinite(ms) && layers[0] && !cell_text(entries, r, "time_of")[0] &&
            strcmp(cell_text(entries, r, "unit"), "GPU") == 0 &&
            (strtod(layers, NULL) >= layer) == behind)
            sum += ms;
    }
    return sum;
}

/* A match of a file that is called "..._gpu_transition_at_38.json"; the whole network on the DLA,
 * "..._dla_mark_at_-1.json", is as good as a transition to it before layer 0. */
static hax_status add_match(series *series, const hax_import *import,
                            const hax_import_section *section, hax_error *err)
{
    hax_slice name = hax_slice_of(import->file), before;
    double at, ms = hax_import_fact_number(section, "dla_ms");
    double scale = hax_import_fact_number(section, "scale");
    const char *network = hax_import_fact_text(section, "network");
    scale = isfinite(scale) ? scale : 1;
    if (isfinite(ms) && network && strcmp(series->front, "gpu") == 0 &&
        hax_slice_has(name, "_dla_mark_at_-1."))
        return add_point(series, import, network, 0, scale * (ms + stayed_on_gpu(import, 0, true)),
                         err);
    if (!isfinite(ms) || !network || !hax_slice_take_until(&name, "_transition_at_", &before) ||
        !hax_slice_take_number(&name, &at) || !hax_slice_ends(before, series->front))
        return HAX_OK;
    series->matched = true;
    ms += stayed_on_gpu(import, at, strcmp(series->front, "gpu") == 0);
    return add_point(series, import, network, at, scale * ms, err);
}

static hax_status collect(series *series, const hax_import *const *imports, int count,
                          hax_error *err)
{
    for (int i = 0; i < count; i++) {
        for (int s = 0; s < imports[i]->section_count; s++) {
            const hax_import_section *section = &imports[i]->sections[s];
            if (strcmp(section->name, "engines") == 0)
                HAX_TRY(add_engines(series, imports[i], section, err));
            else if (strcmp(section->name, "match") == 0)
                HAX_TRY(add_match(series, imports[i], section, err));
        }
    }
    return HAX_OK;
}

/* ---- telling ------------------------------------------------------------------------------- */

static int by_cut(const void *a, const void *b)
{
    int x = ((const hax_series_point *) a)->size, y = ((const hax_series_point *) b)->size;
    return (x > y) - (x < y);
}

static int by_cut_falling(const void *a, const void *b)
{
    return by_cut(b, a);
}

/* Layers of a piece: from its cut to the next one, or to the end of the network. */
static void say_piece(hax_import_builder *builder, const series *series,
                      const hax_series_piece *piece, int layer_count)
{
    bool behind = strcmp(series->front, "gpu") == 0, ends = piece->to == series->count;
    const hax_series_point *from = &series->points[piece->from];
    double other = ends ? NAN : series->points[piece->to].size;
    hax_import_value *row = hax_builder_row(builder);
    row[0].number = behind ? from->size : ends ? 0 : other;
    row[1].number = !behind           ? from->size - 1
                    : !ends           ? other - 1
                    : layer_count > 0 ? layer_count - 1
                                      : NAN;
    row[2].number = piece->ms;
    row[3].number = piece->low_ms;
    row[4].number = piece->high_ms;
    row[5].number = from->total_ms;
    row[6].number = from->fitted_ms;
}

static void say_left_out(hax_import_builder *builder, const series *series)
{
    int count = 0;
    hax_builder_section(builder, "left_out", 0, left_out_columns);
    for (int p = 0; p < series->count; p++) {
        if (!series->points[p].left_out)
            continue;
        hax_import_value *row = hax_builder_row(builder);
        row[0].number = series->points[p].size;
        row[1].number = series->points[p].total_ms;
        count++;
    }
    if (count > 0)
        hax_builder_note(
            builder, HAX_IMPORT_LEFT_OUT, 0,
            "%d of %d engines, which no series of times can come near: a shorter piece "
            "took longer, so their time is booked elsewhere; what lies around them is "
            "known together only",
            count, series->count);
}

/* As dla_compute_times has them: from the last cut on, each with what it takes more than the one
 * before. */
static void say_engines(hax_import_builder *builder, const series *series)
{
    double before = 0;
    hax_builder_section(builder, "engines", 0, engine_columns);
    for (int p = series->count - 1; p >= 0; p--) {
        if (series->points[p].size == 0) /* the whole network is no engine with a transition */
            continue;
        hax_import_value *row = hax_builder_row(builder);
        row[0] = hax_builder_words(builder, hax_slice_of(series->network));
        row[1] = hax_builder_words(builder, hax_slice_of(series->front));
        row[2].number = series->points[p].size;
        row[3].number = series->points[p].total_ms;
        row[4].number = p + 1 < series->count ? series->points[p].total_ms - before : 0;
        before = series->points[p].total_ms;
    }
}

static hax_status tell(hax_import_builder *builder, series *series, int layer_count, hax_error *err)
{
    int pieces_count = 0;
    hax_series_piece *pieces = calloc((size_t) series->count + 1, sizeof *pieces);
    if (!pieces)
        return hax_fail_memory(err, "the fit of a series");
    qsort(series->points, (size_t) series->count, sizeof *series->points,
          strcmp(series->front, "gpu") == 0 ? by_cut : by_cut_falling);
    hax_status status = hax_series_fit(series->points, series->count, pieces, &pieces_count, err);
    if (status == HAX_OK) {
        builder->import->file = hax_builder_keep(builder, hax_slice_of(series->file));
        hax_builder_section(builder, "fit", 0, fit_columns);
        hax_builder_fact_slice(builder, "network", hax_slice_of(series->network));
        hax_builder_fact_slice(builder, "unit", hax_slice_of("DLA"));
        hax_builder_fact_slice(builder, "cut_engines_begin_on", hax_slice_of(series->front));
        hax_builder_fact(builder, "engines", series->count);
        hax_builder_fact(builder, "sigma_share", sigma_share);
        for (int p = 0; p < pieces_count; p++)
            say_piece(builder, series, &pieces[p], layer_count);
        say_left_out(builder, series);
        if (series->matched && strcmp(series->front, "gpu") == 0)
            say_engines(builder, series);
    }
    free(pieces);
    return status;
}

hax_status hax_import_fit(int count, const hax_import *const *imports, const hax_model *model,
                          const hax_import **fit, hax_error *err)
{
    static const char *const fronts[] = { "gpu", "dla" };
    hax_import_builder builder;
    HAX_TRY(hax_builder_open(&builder, "fit", count > 0 ? imports[0]->file : "", err));
    hax_builder_is(&builder, "times of the DLA, fitted to a series of engines", "");
    series *fitted = calloc(1, sizeof *fitted);
    hax_status status = fitted ? HAX_OK : hax_fail_memory(err, "the fit of a series");
    for (int f = 0; f < 2 && status == HAX_OK; f++) {
        *fitted = (series){ .front = fronts[f] };
        status = collect(fitted, imports, count, err);
        if (status == HAX_OK && fitted->count > 0)
            status = tell(&builder, fitted, model ? hax_model_compute_layer_count(model) : 0, err);
    }
    free(fitted);
    if (status == HAX_OK && builder.section_count == 0 && !builder.failed)
        status =
            hax_builder_fail(&builder, 0, err,
                             "no engines that are cut at a layer: give dla_compute_times.json, or "
                             "profiles called NET_gpu_transition_at_LAYER with --model");
    if (status == HAX_OK)
        return hax_builder_finish(&builder, fit, err);
    hax_builder_abandon(&builder);
    return status;
}
