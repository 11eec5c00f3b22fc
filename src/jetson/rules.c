/* The rules asked about every layer and every group of a network. */
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "layer.h"

/* What the caller gets, and the arena that it lies in. */
typedef struct rules_owned {
    hax_jetson_rules public;
    hax_arena *arena;
} rules_owned;

static bool ask_layer(const hax_model *model, int l, const hax_jetson_target *target,
                      hax_arena *arena, hax_jetson_layer *layer)
{
    char reason[JETSON_REASON_MAX];
    hax_layer_info info = hax_model_layer(model, l);
    *layer = (hax_jetson_layer){ .name = hax_arena_string(arena, info.name),
                                 .type = info.type,
                                 .compute_index = info.compute_index };
    layer->runs = hax_jetson_layer_runs(model, l, target, reason);
    if (!layer->runs)
        layer->reason = hax_arena_string(arena, reason);
    return layer->name && (layer->runs || layer->reason);
}

static bool ask_layers(const hax_model *model, rules_owned *own)
{
    hax_jetson_rules *rules = &own->public;
    hax_jetson_layer *layers =
        hax_arena_alloc(own->arena, (size_t) rules->layer_count, sizeof *layers);
    bool before = false;
    for (int l = 0; layers && l < rules->layer_count; l++) {
        if (!ask_layer(model, l, &rules->target, own->arena, &layers[l]))
            return false;
        if (layers[l].compute_index < 0)
            continue;
        rules->layers_running += layers[l].runs;
        rules->pieces += layers[l].runs && !before;
        before = layers[l].runs;
    }
    rules->layers = layers;
    return layers;
}

static bool set_reason(const hax_jetson_rules *rules, hax_arena *arena, hax_jetson_group *group)
{
    char text[JETSON_REASON_MAX + 256];
    for (int l = 0; l < rules->layer_count; l++) {
        const hax_jetson_layer *layer = &rules->layers[l];
        if (layer->runs || layer->compute_index < group->first ||
            layer->compute_index > group->last)
            continue;
        if (group->refused++ > 0)
            continue;
        snprintf(text, sizeof text, "%.200s: %s", layer->name, layer->reason);
        group->reason = hax_arena_string(arena, text);
        if (!group->reason)
            return false;
    }
    group->runs = group->refused == 0;
    return true;
}

static int64_t native_bytes(const hax_model *model, int tensor, const hax_jetson_target *target)
{
    static const hax_jetson_format native[] = { [HAX_JETSON_FP16] = HAX_JETSON_CHW16,
                                                [HAX_JETSON_INT8] = HAX_JETSON_CHW32,
                                                [HAX_JETSON_FP32] = HAX_JETSON_LINEAR };
    return hax_jetson_format_bytes(native[target->precision],
                                   &hax_model_tensor(model, tensor)->shape, target);
}

static int64_t crossing_bytes(const hax_model *model, const hax_grouping *grouping, int g,
                              const hax_jetson_target *target)
{
    hax_crossing crossing = hax_group_crossing(model, grouping, g);
    int64_t bytes = 0;
    for (int t = 0; t < crossing.count; t++)
        bytes += native_bytes(model, crossing.tensors[t], target);
    return bytes;
}

static int64_t entering_bytes(const hax_model *model, const hax_grouping *grouping, int g,
                              const hax_jetson_target *target)
{
    int64_t bytes = crossing_bytes(model, grouping, g, target);
    for (int i = 0; i < hax_model_input_count(model); i++)
        if (hax_group_reads(model, &grouping->groups[g], hax_model_input(model, i)))
            bytes += native_bytes(model, hax_model_input(model, i), target);
    return bytes;
}

static int64_t leaving_bytes(const hax_model *model, const hax_grouping *grouping, int g,
                             const hax_jetson_target *target)
{
    if (g + 1 < grouping->count)
        return crossing_bytes(model, grouping, g + 1, target);
    int64_t bytes = 0;
    for (int o = 0; o < hax_model_output_count(model); o++)
        bytes += native_bytes(model, hax_model_output(model, o), target);
    return bytes;
}

static bool ask_groups(const hax_model *model, const hax_grouping *grouping, rules_owned *own)
{
    hax_jetson_rules *rules = &own->public;
    hax_jetson_group *groups =
        hax_arena_alloc(own->arena, (size_t) grouping->count, sizeof *groups);
    for (int g = 0; groups && g < grouping->count; g++) {
        groups[g].first = grouping->groups[g].first;
        groups[g].last = grouping->groups[g].last;
        groups[g].input_bytes = entering_bytes(model, grouping, g, &rules->target);
        groups[g].output_bytes = leaving_bytes(model, grouping, g, &rules->target);
        if (!set_reason(rules, own->arena, &groups[g]))
            return false;
    }
    rules->groups = groups;
    rules->group_count = grouping->count;
    return groups;
}

hax_status hax_jetson_rules_make(const hax_model *model, const hax_grouping *grouping,
                                 const hax_jetson_target *target, const hax_jetson_rules **rules,
                                 hax_error *err)
{
    hax_arena *arena = hax_arena_create();
    rules_owned *own = arena ? hax_arena_alloc(arena, 1, sizeof *own) : NULL;
    if (own) {
        own->arena = arena;
        own->public = (hax_jetson_rules){
            .target = *target,
            .network = hax_arena_string(arena, hax_model_name(model)),
            .layer_count = hax_model_layer_count(model),
            .compute_layers = hax_model_compute_layer_count(model),
            .pieces_max = hax_jetson_loadables_max(target->tensorrt),
        };
    }
    if (!own || !own->public.network || !ask_layers(model, own) ||
        !ask_groups(model, grouping, own)) {
        hax_arena_destroy(arena);
        return hax_fail_memory(err, "the rules of a board");
    }
    *rules = &own->public;
    return HAX_OK;
}

void hax_jetson_rules_destroy(const hax_jetson_rules *rules)
{
    if (rules)
        hax_arena_destroy(((const rules_owned *) rules)->arena);
}
