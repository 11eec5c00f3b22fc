/* A board as a platform: its GPU and DLA cores, simulated, with the memory's bandwidth. */
#include <stdio.h>

#include "error.h"
#include "haxconn/campaign.h"
#include "json.h"

static const char *precision_of(const hax_jetson_target *target)
{
    return target->precision == HAX_JETSON_INT8 ? "i8" : "f16";
}

static json_t *unit_json(const char *name, const char *kind)
{
    return json_pack("{s:s, s:s, s:[s]}", "name", name, "kind", kind, "uses", name);
}

static json_t *kind_json(const char *name, const hax_jetson_target *target)
{
    return json_pack("{s:s, s:s, s:s, s:{s:f}}", "name", name, "driver", "synthetic", "precision",
                     precision_of(target), "law", "gbps", target->board->peak_gbps);
}

hax_status hax_jetson_platform_text(const hax_jetson_target *target, char **json, hax_error *err)
{
    const hax_jetson_board *board = target->board;
    json_t *resources = json_pack("[s]", "gpu"), *units = json_array();
    hax_json_append(&units, unit_json("gpu", "gpu"));
    for (int core = 0; core < board->dla_cores; core++) {
        char name[16];
        snprintf(name, sizeof name, "dla%d", core);
        hax_json_append(&resources, json_string(name));
        hax_json_append(&units, unit_json(name, "dla"));
    }
    json_t *document = json_pack(
        "{s:s, s:i, s:s, s:s, s:b, s:o, s:[o, o], s:o}", "schema", "haxconn/platform", "version", 1,
        "name", board->name, "description", board->title, "simulated", 1, "resources", resources,
        "kinds", kind_json("gpu", target), kind_json("dla", target), "units", units);
    hax_text text = { 0 };
    hax_json_write(document, JSON_INDENT(2), &text);
    json_decref(document);
    return hax_text_give(&text, json, "a platform", err);
}
