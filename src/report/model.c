/* Networks: the list of the built-in ones, and one with its layers and groups. */
#include "haxconn/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "explain.h"
#include "number.h"
#include "table.h"

static void append_shape(const hax_shape *shape, char *text, size_t size)
{
    size_t used = 0;
    snprintf(text, size, "%s", shape->rank == 0 ? "one number" : "");
    for (int i = 0; i < shape->rank && used < size; i++)
        used += (size_t) snprintf(text + used, size - used, "%s%lld", i > 0 ? "x" : "",
                                  (long long) shape->dims[i]);
}

static int legal_cuts(const hax_model *model)
{
    int count = 0;
    for (int i = 1; i < hax_model_compute_layer_count(model); i++)
        count += hax_model_cut_legal(model, i, NULL);
    return count;
}

static hax_status list_model(const char *name, hax_table *table, hax_error *err)
{
    hax_model *model = NULL;
    hax_status status = hax_model_load(name, NULL, &model, err);
    if (status != HAX_OK)
        return status;
    hax_table_cell(table, "%s", name);
    hax_table_cell(table, "%d", hax_model_compute_layer_count(model));
    hax_table_cell(table, "%s", hax_number_of(1e-9 * (double) hax_model_macs(model)).text);
    hax_table_cell(table, "%s", hax_number_of(1e-6 * (double) hax_model_parameters(model)).text);
    hax_table_cell(table, "%d", legal_cuts(model));
    hax_model_destroy(model);
    return HAX_OK;
}

hax_status hax_report_models(const hax_report_style *style, char **text, hax_error *err)
{
    hax_text out = { 0 };
    hax_table table;
    static const char *const heads[] = { "network",      "layers",     "GMAC",
                                         "M parameters", "legal cuts", NULL };
    hax_table_open(&table, "lrrrr", heads);
    hax_status status = HAX_OK;
    for (const char *const *name = hax_model_builtin_names(); *name && status == HAX_OK; name++)
        status = list_model(*name, &table, err);
    hax_table_close(&table, 0, 0, &out);
    if (status != HAX_OK) {
        hax_text_free(&out);
        return status;
    }
    hax_text_append(&out, "\n");
    hax_text_paragraph(
        &out, 0, hax_report_width(style),
        "Layers without Input and Dropout. GMAC: 1e9 multiply-accumulates, batch 1. Any "
        "Caffe prototxt or ONNX model can stand for a name.");
    return hax_report_take(&out, "a report", text, err);
}

static void append_layers(const hax_model *model, int width, hax_text *out)
{
    hax_table table;
    static const char *const heads[] = { "layer",      "type", "output", "MMAC",
                                         "parameters", "name", NULL };
    hax_table_open(&table, "rllrrl", heads);
    for (int i = 0; i < hax_model_layer_count(model); i++) {
        hax_layer_info layer = hax_model_layer(model, i);
        char shape[128];
        append_shape(&layer.output, shape, sizeof shape);
        if (layer.compute_index >= 0)
            hax_table_cell(&table, "%d", layer.compute_index);
        else
            hax_table_cell(&table, "-");
        hax_table_cell(&table, "%s", layer.type);
        hax_table_cell(&table, "%s", shape);
        hax_table_cell(&table, "%s", hax_number_of(1e-6 * (double) layer.macs).text);
        hax_table_cell(&table, "%lld", (long long) layer.parameters);
        hax_table_cell(&table, "%s", layer.name);
    }
    hax_table_close(&table, 0, width, out);
}

static void append_groups(const hax_grouping *grouping, hax_text *out)
{
    hax_table table;
    static const char *const heads[] = { "group",     "layers",     "MMAC", "weights",
                                         "tensor in", "tensor out", NULL };
    hax_table_open(&table, "rrrrrr", heads);
    for (int g = 0; g < grouping->count; g++) {
        const hax_group *group = &grouping->groups[g];
        hax_table_cell(&table, "%d", g);
        hax_table_cell(&table, "%d-%d", group->first, group->last);
        hax_table_cell(&table, "%s", hax_number_of(1e-6 * (double) group->macs).text);
        hax_table_cell(&table, "%s", hax_number_bytes((double) group->weight_bytes).text);
        hax_table_cell(&table, "%s", hax_number_bytes((double) group->input_bytes).text);
        hax_table_cell(&table, "%s", hax_number_bytes((double) group->output_bytes).text);
    }
    hax_table_close(&table, 0, 0, out);
}

/* The place in (first, end) with the fewest live tensors, the first where there are several; any
 * place where no cut could be. */
static int thinnest(const hax_model *model, int first, int end)
{
    int best = first + 1;
    for (int cut = first + 1; cut < end; cut++) {
        int live = hax_model_live_tensors(model, cut), least = hax_model_live_tensors(model, best);
        if (live > 0 && (least == 0 || live < least))
            best = cut;
    }
    return best;
}

/* "layers 12-40 stay together (31 % of the work): before layer 20 2 tensors are live there: a, b"
 */
static void append_piece(const hax_model *model, int first, int end, double share, hax_text *text)
{
    const char *why = NULL;
    int cut = thinnest(model, first, end);
    hax_model_cut_legal(model, cut, &why);
    hax_text_say(text, " Layers %d-%d stay together (%.0f %% of the work): before layer %d %s.",
                 first, end - 1, 100 * share, cut, why);
}

/* Multiply-accumulates of the compute layers before each one. */
static double *sum_work(const hax_model *model)
{
    size_t count = (size_t) hax_model_compute_layer_count(model);
    double *until = calloc(count + 1, sizeof *until);
    for (int l = 0; until && l < hax_model_layer_count(model); l++) {
        hax_layer_info layer = hax_model_layer(model, l);
        if (layer.compute_index >= 0)
            until[layer.compute_index + 1] = (double) layer.macs;
    }
    for (size_t c = 0; until && c < count; c++)
        until[c + 1] += until[c];
    return until;
}

static int next_cut(const hax_model *model, int from)
{
    int cut = from + 1;
    while (cut < hax_model_compute_layer_count(model) && !hax_model_cut_legal(model, cut, NULL))
        cut++;
    return cut;
}

/* What holds a good part of the work together, and how many tensors more would part it. */
static void append_pieces(const hax_model *model, const double *until, hax_text *text)
{
    const double told_share = 0.15;
    int end, least = 0, layers = hax_model_compute_layer_count(model);
    bool any = legal_cuts(model) > 0;
    for (int first = 0; first < layers; first = end) {
        end = next_cut(model, first);
        double share = (until[end] - until[first]) / fmax(1, until[layers]);
        int live = end - first < 2 ? 0 : hax_model_live_tensors(model, thinnest(model, first, end));
        bool one_kernel = live == 0 && any; /* which goes without saying */
        if (end - first < 2 || one_kernel || (share < told_share && any))
            continue;
        append_piece(model, first, end, share, text);
        if (live > 0 && (least == 0 || live < least))
            least = live;
    }
    if (least > 0 && least <= HAX_CUT_TENSORS_MAX)
        hax_text_say(text, " --cut-tensors %d allows cuts through %d tensors.", least, least);
}

static void append_no_cuts(const hax_model *model, int width, hax_text *out)
{
    hax_text text = { 0 };
    double *until = sum_work(model);
    if (until)
        append_pieces(model, until, &text);
    if (text.length > 0)
        hax_text_wrap(out, hax_text_get(&text) + 1, 0, 2, width);
    out->failed |= text.failed || !until;
    hax_text_free(&text);
    free(until);
}

static void append_cuts(const hax_model *model, int width, hax_text *out)
{
    hax_text cuts = { 0 };
    int several = 0;
    if (legal_cuts(model) == 0)
        hax_text_append(&cuts, "no legal cut: the network is one group, which one unit runs.");
    else
        hax_text_say(&cuts, "legal cuts (%d, each the first layer after it):", legal_cuts(model));
    for (int i = 1; i < hax_model_compute_layer_count(model); i++) {
        if (!hax_model_cut_legal(model, i, NULL))
            continue;
        hax_text_say(&cuts, " %d", i);
        if (hax_model_live_tensors(model, i) > 1)
            hax_text_say(&cuts, "(%d)", hax_model_live_tensors(model, i));
        several += hax_model_live_tensors(model, i) > 1;
    }
    if (several > 0)
        hax_text_append(&cuts, "; in brackets: so many tensors cross there");
    hax_text_wrap(out, hax_text_get(&cuts), 0, 2, width);
    out->failed |= cuts.failed;
    hax_text_free(&cuts);
    append_no_cuts(model, width, out);
}

hax_status hax_report_model(const hax_model *model, const hax_grouping *grouping,
                            const hax_report_style *style, char **text, hax_error *err)
{
    hax_text out = { 0 };
    hax_text_say(&out, "%s: %d layers (%d without Input and Dropout), %s GMAC, %s M parameters\n\n",
                 hax_model_name(model), hax_model_layer_count(model),
                 hax_model_compute_layer_count(model),
                 hax_number_of(1e-9 * (double) hax_model_macs(model)).text,
                 hax_number_of(1e-6 * (double) hax_model_parameters(model)).text);
    append_layers(model, hax_report_width(style), &out);
    hax_text_append(&out, "\n");
    append_cuts(model, hax_report_width(style), &out);
    hax_text_append(&out, "\n");
    append_groups(grouping, &out);
    return hax_report_take(&out, "a report", text, err);
}
