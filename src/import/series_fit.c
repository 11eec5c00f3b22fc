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
    series_point points[SERIES_POINTS_MAX];
} series;

/* ---- collecting ---------------------------------------------------------------------------- */

static hax_status add_point(series *of, const hax_import *from, const char *network, double at,
                            double total_ms, hax_error *err)
{
    if (at < 0 || !(at <= 1e6))
        return HAX_OK;
    if (of->network && strcmp(of->network, network) != 0)
        return hax_fail_at(err, HAX_BAD_INPUT, from->file, 0, 0,
                           "an engine of '%.100s' among those of '%.100s': fit one network at a "
                           "time",
                           network, of->network);
    if (!(total_ms >= 0 && total_ms < 1e9))
        return hax_fail_at(err, HAX_BAD_INPUT, from->file, 0, 0,
                           "the engine cut at %.0f takes %g ms: no whole time is negative", at,
                           total_ms);
    if (of->count == SERIES_POINTS_MAX)
        return hax_fail_at(err, HAX_BAD_INPUT, from->file, 0, 0, "more than %d engines to fit",
                           SERIES_POINTS_MAX);
    of->network = network;
    if (!of->file)
        of->file = from->file;
    of->points[of->count++] = (series_point){
        .at = (int) at,
        .total_ms = total_ms,
        .sigma_ms = fmax(sigma_share * total_ms, sigma_least_ms),
    };
    return HAX_OK;
}

/* Rows as HaX-CoNN's dla_compute_times has them. */
static hax_status add_engines(series *of, const hax_import *import,
                              const hax_import_section *section, hax_error *err)
{
    const hax_import_value *row = section->cells;
    int network = hax_import_column_index(section, "network");
    int unit = hax_import_column_index(section, "unit");
    int at = hax_import_column_index(section, "at");
    int total = hax_import_column_index(section, "total_ms");
    for (int r = 0; r < section->row_count; r++, row += section->column_count)
        if (row[unit].text && strcmp(row[unit].text, of->front) == 0 && row[network].text)
            HAX_TRY(
                add_point(of, import, row[network].text, row[at].number, row[total].number, err));
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
static double stayed_on_gpu(const hax_import *import, double at, bool behind)
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
            (strtod(layers, NULL) >= at) == behind)
            sum += ms;
    }
    return sum;
}

/* A match of a file that is called "..._gpu_transition_at_38.json"; the whole network on the DLA,
 * "..._dla_mark_at_-1.json", is as good as a transition to it before layer 0. */
static hax_status add_match(series *of, const hax_import *import, const hax_import_section *section,
                            hax_error *err)
{
    slice name = slice_of(import->file), before;
    double at, ms = hax_import_fact_number(section, "dla_ms");
    double scale = hax_import_fact_number(section, "scale");
    const char *network = hax_import_fact_text(section, "network");
    scale = isfinite(scale) ? scale : 1;
    if (isfinite(ms) && network && strcmp(of->front, "gpu") == 0 &&
        slice_has(name, "_dla_mark_at_-1."))
        return add_point(of, import, network, 0, scale * (ms + stayed_on_gpu(import, 0, true)),
                         err);
    if (!isfinite(ms) || !network || !slice_take_until(&name, "_transition_at_", &before) ||
        !slice_take_number(&name, &at) || !slice_ends(before, of->front))
        return HAX_OK;
    of->matched = true;
    ms += stayed_on_gpu(import, at, strcmp(of->front, "gpu") == 0);
    return add_point(of, import, network, at, scale * ms, err);
}

static hax_status collect(series *of, const hax_import *const *imports, int count, hax_error *err)
{
    for (int i = 0; i < count; i++) {
        for (int s = 0; s < imports[i]->section_count; s++) {
            const hax_import_section *section = &imports[i]->sections[s];
            if (strcmp(section->name, "engines") == 0)
                HAX_TRY(add_engines(of, imports[i], section, err));
            else if (strcmp(section->name, "match") == 0)
                HAX_TRY(add_match(of, imports[i], section, err));
        }
    }
    return HAX_OK;
}

/* ---- telling ------------------------------------------------------------------------------- */

static int by_cut(const void *a, const void *b)
{
    int x = ((const series_point *) a)->at, y = ((const series_point *) b)->at;
    return (x > y) - (x < y);
}

static int by_cut_falling(const void *a, const void *b)
{
    return by_cut(b, a);
}

/* Layers of a piece: from its cut to the next one, or to the end of the network. */
static void say_piece(import_builder *to, const series *of, const series_piece *piece,
                      int layer_count)
{
    bool behind = strcmp(of->front, "gpu") == 0, ends = piece->to == of->count;
    const series_point *from = &of->points[piece->from];
    double other = ends ? NAN : of->points[piece->to].at;
    hax_import_value *row = import_row(to);
    row[0].number = behind ? from->at : ends ? 0 : other;
    row[1].number = !behind           ? from->at - 1
                    : !ends           ? other - 1
                    : layer_count > 0 ? layer_count - 1
                                      : NAN;
    row[2].number = piece->ms;
    row[3].number = piece->low_ms;
    row[4].number = piece->high_ms;
    row[5].number = from->total_ms;
    row[6].number = from->fitted_ms;
}

static void say_left_out(import_builder *to, const series *of)
{
    int count = 0;
    import_section(to, "left_out", 0, left_out_columns);
    for (int p = 0; p < of->count; p++) {
        if (!of->points[p].left_out)
            continue;
        hax_import_value *row = import_row(to);
        row[0].number = of->points[p].at;
        row[1].number = of->points[p].total_ms;
        count++;
    }
    if (count > 0)
        import_note(to, HAX_IMPORT_LEFT_OUT, 0,
                    "%d of %d engines, which no series of times can come near: a shorter piece "
                    "took longer, so their time is booked elsewhere; what lies around them is "
                    "known together only",
                    count, of->count);
}

/* As dla_compute_times has them: from the last cut on, each with what it takes more than the one
 * before. */
static void say_engines(import_builder *to, const series *of)
{
    double before = 0;
    import_section(to, "engines", 0, engine_columns);
    for (int p = of->count - 1; p >= 0; p--) {
        if (of->points[p].at == 0) /* the whole network is no engine with a transition */
            continue;
        hax_import_value *row = import_row(to);
        row[0] = import_words(to, slice_of(of->network));
        row[1] = import_words(to, slice_of(of->front));
        row[2].number = of->points[p].at;
        row[3].number = of->points[p].total_ms;
        row[4].number = p + 1 < of->count ? of->points[p].total_ms - before : 0;
        before = of->points[p].total_ms;
    }
}

static hax_status tell(import_builder *to, series *of, int layer_count, hax_error *err)
{
    int pieces_count = 0;
    series_piece *pieces = calloc((size_t) of->count + 1, sizeof *pieces);
    if (!pieces)
        return hax_fail_memory(err, "the fit of a series");
    qsort(of->points, (size_t) of->count, sizeof *of->points,
          strcmp(of->front, "gpu") == 0 ? by_cut : by_cut_falling);
    hax_status status = series_fit(of->points, of->count, pieces, &pieces_count, err);
    if (status == HAX_OK) {
        to->made->file = import_keep(to, slice_of(of->file));
        import_section(to, "fit", 0, fit_columns);
        import_fact_slice(to, "network", slice_of(of->network));
        import_fact_slice(to, "unit", slice_of("DLA"));
        import_fact_slice(to, "cut_engines_begin_on", slice_of(of->front));
        import_fact(to, "engines", of->count);
        import_fact(to, "sigma_share", sigma_share);
        for (int p = 0; p < pieces_count; p++)
            say_piece(to, of, &pieces[p], layer_count);
        say_left_out(to, of);
        if (of->matched && strcmp(of->front, "gpu") == 0)
            say_engines(to, of);
    }
    free(pieces);
    return status;
}

hax_status hax_import_fit(const hax_import *const *imports, int count, const hax_model *model,
                          hax_import **fit, hax_error *err)
{
    static const char *const fronts[] = { "gpu", "dla" };
    import_builder to;
    HAX_TRY(import_open(&to, "fit", count > 0 ? imports[0]->file : "", err));
    import_is(&to, "times of the DLA, fitted to a series of engines", "");
    series *of = calloc(1, sizeof *of);
    hax_status status = of ? HAX_OK : hax_fail_memory(err, "the fit of a series");
    for (int f = 0; f < 2 && status == HAX_OK; f++) {
        *of = (series){ .front = fronts[f] };
        status = collect(of, imports, count, err);
        if (status == HAX_OK && of->count > 0)
            status = tell(&to, of, model ? hax_model_compute_layer_count(model) : 0, err);
    }
    free(of);
    if (status == HAX_OK && to.section_count == 0 && !to.failed)
        status = import_fail(&to, 0, err,
                             "no engines that are cut at a layer: give dla_compute_times.json, or "
                             "profiles called NET_gpu_transition_at_LAYER with --model");
    if (status == HAX_OK)
        return import_finish(&to, fit, err);
    import_abandon(&to);
    return status;
}
