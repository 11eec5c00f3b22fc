/* The documents "haxconn/jetson-rules" and "haxconn/jetson-boards". */
#include <stdio.h>

#include "haxconn/jetson.h"
#include "haxconn/version.h"
#include "json.h"

static json_t *version_json(int version)
{
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", version / 10000, version / 100 % 100, version % 100);
    return json_string(text);
}

static json_t *board_json(const hax_jetson_board *board)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:o, s:s, s:i, s:f, s:f, s:s}", "name",
                     board->name, "title", board->title, "dla_generation",
                     board->dla_cores == 0 ? "none" : (board->orin ? "orin" : "xavier"),
                     "dla_cores", board->dla_cores, "dla_source", board->dla_source, "tensorrt",
                     board->tensorrt_words, "tensorrt_usual", version_json(board->tensorrt_usual),
                     "tensorrt_source", board->tensorrt_source, "emc_bits", board->emc_bits,
                     "emc_mhz", board->emc_mhz, "peak_gbps", board->peak_gbps, "memory_source",
                     board->emc_source);
}

static json_t *index_json(int index)
{
    return index < 0 ? json_null() : json_integer(index);
}

static json_t *layers_json(const hax_jetson_rules *rules)
{
    json_t *layers = json_array();
    for (int l = 0; layers && l < rules->layer_count; l++) {
        const hax_jetson_layer *layer = &rules->layers[l];
        hax_json_append(&layers,
                        json_pack("{s:s, s:s, s:o, s:b, s:s?}", "name", layer->name, "type",
                                  layer->type, "compute_layer", index_json(layer->compute_index),
                                  "dla", layer->runs, "reason", layer->reason));
    }
    return layers;
}

static json_t *groups_json(const hax_jetson_rules *rules)
{
    json_t *groups = json_array();
    for (int g = 0; groups && g < rules->group_count; g++) {
        const hax_jetson_group *group = &rules->groups[g];
        hax_json_append(&groups,
                        json_pack("{s:i, s:i, s:b, s:i, s:s?, s:I, s:I}", "first", group->first,
                                  "last", group->last, "dla", group->runs, "refused_layers",
                                  group->refused, "reason", group->reason, "native_input_bytes",
                                  (json_int_t) group->input_bytes, "native_output_bytes",
                                  (json_int_t) group->output_bytes));
    }
    return groups;
}

static hax_status take_text(json_t *tree, char **json, hax_error *err)
{
    if (!tree)
        return hax_fail_memory(err, "a document of boards");
    hax_status status = hax_json_text(tree, json, err);
    json_decref(tree);
    return status;
}

hax_status hax_jetson_rules_text(const hax_jetson_rules *rules, char **json, hax_error *err)
{
    json_t *tree =
        json_pack("{s:s, s:i, s:s, s:s, s:o, s:o, s:s, s:i, s:i, s:i, s:i, s:i, s:o, s:o}",
                  "schema", "haxconn/jetson-rules", "version", 1, "tool", "haxconn " HAX_VERSION,
                  "network", rules->network, "board", board_json(rules->target.board), "tensorrt",
                  version_json(rules->target.tensorrt), "precision",
                  hax_jetson_precision_name(rules->target.precision), "batch", rules->target.batch,
                  "compute_layers", rules->compute_layers, "dla_layers", rules->layers_running,
                  "dla_pieces", rules->pieces, "dla_pieces_max", rules->pieces_max, "layers",
                  layers_json(rules), "groups", groups_json(rules));
    return take_text(tree, json, err);
}

static json_t *releases_json(void)
{
    json_t *releases = json_array();
    for (int r = 0; releases && hax_jetson_release_at(r); r++) {
        const hax_jetson_release *release = hax_jetson_release_at(r);
        hax_json_append(&releases,
                        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "jetpack", release->jetpack,
                                  "tensorrt", release->tensorrt, "dla", release->dla, "no_dla",
                                  release->no_dla, "precision_by", release->types, "source",
                                  release->source));
    }
    return releases;
}

hax_status hax_jetson_boards_text(char **json, hax_error *err)
{
    json_t *boards = json_array();
    for (int b = 0; boards && hax_jetson_board_at(b); b++)
        hax_json_append(&boards, board_json(hax_jetson_board_at(b)));
    return take_text(json_pack("{s:s, s:i, s:s, s:o, s:o}", "schema", "haxconn/jetson-boards",
                               "version", 1, "tool", "haxconn " HAX_VERSION, "boards", boards,
                               "releases", releases_json()),
                     json, err);
}
