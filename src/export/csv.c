/* A row for each layer, for spreadsheets and scripts. */
#include <string.h>

#include "export.h"

/* Quoted after RFC 4180 where it must be. */
static void append_field(hax_text *text, const char *field)
{
    if (!strpbrk(field, ",\"\r\n")) {
        hax_text_append(text, field);
        return;
    }
    hax_text_append(text, "\"");
    for (; *field; field++) {
        if (*field == '"')
            hax_text_append(text, "\"");
        hax_text_append_bytes(text, field, 1);
    }
    hax_text_append(text, "\"");
}

static void append_layer(const hax_export_plan *plan, const hax_export_layer *placed, int layer,
                         hax_text *text)
{
    hax_layer_info info = hax_model_layer(placed->model, layer);
    int group = placed->group_of[layer];
    double start_ms, end_ms;
    append_field(text, placed->instance->name);
    hax_text_append(text, ",");
    append_field(text, hax_model_name(placed->model));
    if (info.compute_index >= 0)
        hax_text_printf(text, ",%d,", info.compute_index);
    else
        hax_text_append(text, ",,");
    append_field(text, info.name);
    hax_text_append(text, ",");
    append_field(text, info.type);
    hax_text_append(text, ",");
    append_field(text, placed->instance->groups[group].name);
    hax_text_append(text, ",");
    append_field(text, hax_export_unit_name(plan, placed->unit_of[layer]));
    if (hax_export_times(placed, group, &start_ms, &end_ms))
        hax_text_printf(text, ",%.6g,%.6g\n", start_ms, end_ms);
    else
        hax_text_append(text, ",,\n");
}

hax_status hax_export_csv(const hax_export_plan *plan, hax_text *text, hax_error *err)
{
    hax_text_append(text,
                    "instance,network,layer,name,type,group,unit,group_start_ms,group_end_ms\n");
    for (int p = 0; p < plan->count; p++)
        for (int l = 0; l < hax_model_layer_count(plan->placed[p].model); l++)
            append_layer(plan, &plan->placed[p], l, text);
    return text->failed ? hax_fail_memory(err, "an exported plan") : HAX_OK;
}
