/* The "haxconn/placement" document. */
#include <jansson.h>
#include <stdlib.h>

#include "export.h"
#include "haxconn/version.h"
#include "json.h"

static json_t *layers_json(const hax_export_plan *plan, const hax_export_layer *placed)
{
    json_t *list = json_array();
    for (int l = 0; l < hax_model_layer_count(placed->model); l++) {
        hax_layer_info info = hax_model_layer(placed->model, l);
        json_t *index = info.compute_index >= 0 ? json_integer(info.compute_index) : json_null();
        hax_json_append(&list, json_pack("{s:o, s:o, s:s, s:s}", "layer", index, "name",
                                         hax_json_words(info.name), "type", info.type, "unit",
                                         hax_export_unit_name(plan, placed->unit_of[l])));
    }
    return list;
}

/* Groups that run one after the other on one unit. */
static json_t *piece_json(const hax_export_plan *plan, const hax_export_layer *placed, int first,
                          int last)
{
    double start_ms = 0, end_ms = 0, ignored;
    const int *unit_of = plan->schedule->assignment[placed->index];
    json_t *groups = json_array();
    hax_export_times(placed, first, &start_ms, &ignored);
    hax_export_times(placed, last, &ignored, &end_ms);
    for (int g = first; g <= last; g++)
        hax_json_append(&groups, json_string(placed->instance->groups[g].name));
    return json_pack("{s:s, s:o, s:f, s:f}", "unit", hax_export_unit_name(plan, unit_of[first]),
                     "groups", groups, "start_ms", start_ms, "end_ms", end_ms);
}

static json_t *pieces_json(const hax_export_plan *plan, const hax_export_layer *placed)
{
    json_t *list = json_array();
    const int *unit_of = plan->schedule->assignment[placed->index];
    for (int first = 0, g = 1; g <= placed->instance->group_count; g++) {
        if (g < placed->instance->group_count && unit_of[g] == unit_of[first])
            continue;
        hax_json_append(&list, piece_json(plan, placed, first, g - 1));
        first = g;
    }
    return list;
}

hax_status hax_export_json(const hax_export_plan *plan, hax_text *text, hax_error *err)
{
    json_t *instances = json_array();
    char *document = NULL;
    for (int p = 0; p < plan->count; p++) {
        const hax_export_layer *placed = &plan->placed[p];
        hax_json_append(&instances,
                        json_pack("{s:s, s:s, s:o, s:o}", "name", placed->instance->name, "network",
                                  hax_model_name(placed->model), "pieces",
                                  pieces_json(plan, placed), "layers", layers_json(plan, placed)));
    }
    json_t *tree = json_pack("{s:s, s:i, s:s, s:s, s:f, s:o}", "schema", "haxconn/placement",
                             "version", 1, "tool", "haxconn " HAX_VERSION, "objective",
                             hax_objective_name(plan->problem->objective), "value",
                             plan->schedule->value, "instances", instances);
    hax_status status =
        tree ? hax_json_text(tree, &document, err) : hax_fail_memory(err, "an exported plan");
    json_decref(tree);
    if (status == HAX_OK)
        hax_text_append(text, document);
    free(document);
    return status == HAX_OK && text->failed ? hax_fail_memory(err, "an exported plan") : status;
}
