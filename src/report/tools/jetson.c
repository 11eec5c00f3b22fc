/* Boards, and what a DLA runs of a network. */
#include "haxconn/report.h"

#include <stdio.h>

#include "explain.h"
#include "number.h"
#include "table.h"

static void append_layers(const hax_jetson_rules *rules, hax_text *out)
{
    hax_table table;
    static const char *const heads[] = { "layer", "type", "DLA", "name", "why not", NULL };
    hax_table_open(&table, "rllll", heads);
    for (int l = 0; l < rules->layer_count; l++) {
        const hax_jetson_layer *layer = &rules->layers[l];
        if (layer->compute_index < 0)
            continue;
        hax_table_cell(&table, "%d", layer->compute_index);
        hax_table_cell(&table, "%s", layer->type);
        hax_table_cell(&table, "%s", layer->runs ? "yes" : "no");
        hax_table_cell(&table, "%s", layer->name);
        hax_table_cell(&table, "%s", layer->runs ? "" : layer->reason);
    }
    hax_table_close(&table, 0, 0, out); /* a reason is never cut */
}

static void append_groups(const hax_jetson_rules *rules, hax_text *out)
{
    hax_table table;
    static const char *const heads[] = { "group", "layers",  "tensor in", "tensor out",
                                         "DLA",   "why not", NULL };
    hax_table_open(&table, "rrrrll", heads);
    for (int g = 0; g < rules->group_count; g++) {
        const hax_jetson_group *group = &rules->groups[g];
        char more[32] = "";
        if (group->refused > 1)
            snprintf(more, sizeof more, " (+%d more)", group->refused - 1);
        hax_table_cell(&table, "%d", g);
        hax_table_cell(&table, "%d-%d", group->first, group->last);
        hax_table_cell(&table, "%s", hax_number_bytes((double) group->input_bytes).text);
        hax_table_cell(&table, "%s", hax_number_bytes((double) group->output_bytes).text);
        hax_table_cell(&table, "%s", group->runs ? "yes" : "no");
        hax_table_cell(&table, "%s%s", group->runs ? "" : group->reason, more);
    }
    hax_table_close(&table, 0, 0, out); /* a reason is never cut */
}

static void append_pieces(const hax_jetson_rules *rules, int width, hax_text *out)
{
    hax_text_paragraph(
        out, 0, width,
        "%d of %d layers run on the DLA, in %d %s in the order of the layers; TensorRT takes at "
        "most %d per core%s",
        rules->layers_running, rules->compute_layers, rules->pieces,
        rules->pieces == 1 ? "piece" : "pieces", rules->pieces_max,
        rules->pieces > rules->pieces_max ? " and gives the others to the GPU." : ".");
}

hax_status hax_report_jetson_rules(const hax_jetson_rules *rules, const hax_report_style *style,
                                   char **text, hax_error *err)
{
    hax_text out = { 0 };
    int width = hax_report_width(style), version = rules->target.tensorrt;
    hax_text_say(&out, "%s on the DLA of %s, TensorRT %d.%d.%d, %s, batch %d\n\n", rules->network,
                 rules->target.board->title, version / 10000, version / 100 % 100, version % 100,
                 hax_jetson_precision_name(rules->target.precision), rules->target.batch);
    append_layers(rules, &out);
    hax_text_append(&out, "\n");
    append_groups(rules, &out);
    hax_text_append(&out, "\n");
    append_pieces(rules, width, &out);
    hax_text_paragraph(&out, 0, width,
                       "Tensors are in the DLA's own format, padding included: what a change of "
                       "unit has to convert.");
    return hax_report_take(&out, "a report", text, err);
}

static void append_sources(hax_text *out, int width)
{
    for (int b = 0; hax_jetson_board_at(b); b++) {
        const hax_jetson_board *board = hax_jetson_board_at(b);
        char line[512];
        snprintf(line, sizeof line, "%s: DLA cores: %s; TensorRT: %s; memory: %s", board->name,
                 board->dla_source, board->tensorrt_source, board->emc_source);
        hax_text_wrap(out, line, 0, 2, width);
    }
}

/* One to a few lines each: a table would be wider than a terminal. */
static void append_releases(hax_text *out, int width)
{
    for (int r = 0; hax_jetson_release_at(r); r++) {
        const hax_jetson_release *release = hax_jetson_release_at(r);
        bool without = release->no_dla[0] != '\0';
        char line[512];
        snprintf(line, sizeof line, "%s: TensorRT %s; DLA: %s%s%s; precision by %s (%s)",
                 release->jetpack, release->tensorrt, release->dla, without ? "; no DLA: " : "",
                 release->no_dla, release->types, release->source);
        hax_text_wrap(out, line, 0, 2, width);
    }
}

hax_status hax_report_jetson_boards(const hax_report_style *style, char **text, hax_error *err)
{
    hax_text out = { 0 };
    hax_table table;
    static const char *const heads[] = { "board", "DLA cores", "bus", "MHz",
                                         "GB/s",  "TensorRT",  NULL };
    hax_table_open(&table, "lrrrrl", heads);
    for (int b = 0; hax_jetson_board_at(b); b++) {
        const hax_jetson_board *board = hax_jetson_board_at(b);
        hax_table_cell(&table, "%s", board->name);
        hax_table_cell(&table, "%d", board->dla_cores);
        hax_table_cell(&table, "%d", board->emc_bits);
        hax_table_cell(&table, "%.0f", board->emc_mhz);
        hax_table_cell(&table, "%.1f", board->peak_gbps);
        hax_table_cell(&table, "%s", board->tensorrt_words);
    }
    hax_table_close(&table, 0, hax_report_width(style), &out);
    hax_text_append(&out, "\nWhere the numbers come from:\n");
    append_sources(&out, hax_report_width(style));
    hax_text_append(&out, "\nWhat each JetPack has:\n");
    append_releases(&out, hax_report_width(style));
    return hax_report_take(&out, "a report", text, err);
}
