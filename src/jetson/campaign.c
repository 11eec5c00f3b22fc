/* Which engines a campaign needs, and which of them cannot be. */
#include "campaign.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "config.h"
#include "engine.h"
#include "layer.h"

/* What the caller gets, and the arena that it lies in. */
typedef struct campaign_owned {
    hax_campaign public;
    hax_arena *arena;
} campaign_owned;

/* A campaign while it is made. */
typedef struct maker {
    hax_arena *arena;
    hax_campaign_plan plan;
    hax_campaign_engine *engines;
    hax_campaign_left_out *left_out;
    int left_out_count;
    hax_campaign_file *files;
    int file_count;
} maker;

/* ---- engines ------------------------------------------------------------------------------- */

static const char *keep(maker *maker, hax_text *text)
{
    const char *kept = text->failed ? NULL : hax_arena_string(maker->arena, hax_text_get(text));
    hax_text_free(text);
    return kept;
}

/* The layer that makes the DLA's part fall apart: refused, and between layers that run. */
static void describe_gap(const hax_campaign_network *network, const hax_engine *engine,
                         hax_text *text)
{
    const hax_model *model = network->source.model;
    char reason[JETSON_REASON_MAX];
    bool ran = false;
    for (int l = 0; l < hax_model_layer_count(model); l++) {
        const hax_node layer = hax_model_node(model, l);
        bool behind = engine->transition >= 0 && layer.compute_index >= engine->transition;
        if (layer.compute_index < 0 || engine->starts_on_dla == behind)
            continue;
        bool runs = hax_jetson_layer_runs(model, l, &network->source.target, reason);
        if (!runs && ran) {
            hax_text_printf(text, " (first %.100s: %s)", layer.name, reason);
            return;
        }
        ran |= runs;
    }
}

/* Why an engine is not worth building; NULL: it is. */
static const char *why_not(maker *maker, const hax_campaign_network *network,
                           const hax_engine *engine, const hax_engine_place *place)
{
    hax_text text = { 0 };
    bool wants_dla = engine->starts_on_dla || engine->transition >= 0;
    if (wants_dla && place->dla_layers == 0)
        return "the DLA runs no layer of its part";
    int at_cut = engine->starts_on_dla ? engine->transition - 1 : engine->transition;
    if (engine->transition >= 0 && !place->on_dla[at_cut])
        return "the DLA cannot run the layer at the cut: the next cut is the same engine";
    if (place->pieces > 1) {
        hax_text_printf(&text, "the DLA's part would fall into %d pieces", place->pieces);
        describe_gap(network, engine, &text);
        return keep(maker, &text);
    }
    if (engine->starts_on_dla && engine->mark >= 0 && !place->on_dla[engine->mark])
        return "the layer to mark does not run on the DLA";
    return NULL;
}

static const char *engine_name(maker *maker, const hax_campaign_network *network,
                               const hax_engine *engine, const char *what, int layer)
{
    hax_text text = { 0 };
    hax_text_printf(&text, "%s_%s_%s_at_%d", network->name, engine->starts_on_dla ? "dla" : "gpu",
                    what, layer);
    return keep(maker, &text);
}

static hax_status leave_out(maker *maker, const char *name, const char *reason, hax_error *err)
{
    if (!name || !reason)
        return hax_fail_memory(err, "a campaign");
    maker->left_out[maker->left_out_count++] = (hax_campaign_left_out){ name, reason };
    return HAX_OK;
}

static hax_status add_engine(maker *maker, int n, const hax_engine *engine, const char *what,
                             int layer, hax_error *err)
{
    const hax_campaign_network *network = &maker->plan.networks[n];
    hax_error why = { 0 };
    hax_text text = { 0 };
    bool *on_dla =
        hax_arena_alloc(maker->arena, (size_t) hax_model_compute_layer_count(network->source.model),
                        sizeof *on_dla);
    hax_engine_place place = { .on_dla = on_dla };
    const char *name = engine_name(maker, network, engine, what, layer);
    if (!on_dla || !name)
        return hax_fail_memory(err, "a campaign");
    hax_status status = hax_engine_layers(&network->source, engine, &place, &why);
    if (status == HAX_NO_MEMORY)
        return hax_fail_memory(err, "a campaign");
    if (status != HAX_OK)
        return leave_out(maker, name, hax_arena_string(maker->arena, why.message), err);
    const char *reason = why_not(maker, network, engine, &place);
    if (reason)
        return leave_out(maker, name, reason, err);
    hax_engine_describe(&network->source, engine, &text);
    hax_campaign_engine campaign_engine = { .network = n,
                                            .name = name,
                                            .what = keep(maker, &text),
                                            .engine = *engine,
                                            .pieces = place.pieces,
                                            .fallback = place.fallback,
                                            .python =
                                                hax_engine_needs_python(&network->source, engine) };
    maker->engines[maker->plan.engine_count++] = campaign_engine;
    maker->plan.needs_python |= campaign_engine.python;
    return campaign_engine.what ? HAX_OK : hax_fail_memory(err, "a campaign");
}

/* On the GPU first, then on the DLA: whole, one change of unit at each cut, an output at each. */
static hax_status add_engines(maker *maker, int n, hax_error *err)
{
    const hax_campaign_network *network = &maker->plan.networks[n];
    const hax_grouping *grouping = network->grouping;
    for (int dla = 0; dla <= 1; dla++) {
        hax_engine engine = {
            .starts_on_dla = dla, .transition = -1, .mark = -1, .gpu_fallback = true
        };
        HAX_TRY(add_engine(maker, n, &engine, "mark", -1, err));
        for (int g = 1; g < grouping->count; g++) {
            engine.transition = grouping->groups[g].first;
            HAX_TRY(add_engine(maker, n, &engine, "transition", engine.transition, err));
        }
        engine.transition = -1;
        for (int g = 1; g < grouping->count; g++) {
            int cut = grouping->groups[g].first;
            engine.mark = hax_engine_layer_before(network->source.model, cut);
            HAX_TRY(add_engine(maker, n, &engine, "mark", cut, err));
        }
    }
    return HAX_OK;
}

/* ---- files --------------------------------------------------------------------------------- */

static hax_status add_file(maker *maker, const char *path, hax_text *text, bool executable,
                           hax_error *err)
{
    const char *kept = keep(maker, text);
    if (!path || !kept)
        return hax_fail_memory(err, "a campaign");
    maker->files[maker->file_count++] = (hax_campaign_file){ path, kept, executable };
    return HAX_OK;
}

static hax_status add_python(maker *maker, hax_error *err)
{
    for (int n = 0; n < maker->plan.network_count; n++) {
        hax_text text = { 0 }, path = { 0 };
        bool needed = false;
        for (int e = 0; e < maker->plan.engine_count; e++)
            needed |= maker->engines[e].network == n && maker->engines[e].python;
        if (!needed)
            continue;
        hax_status status = hax_engine_python(&maker->plan.networks[n].source, true, &text, err);
        if (status != HAX_OK) {
            hax_text_free(&text);
            return status;
        }
        hax_text_printf(&path, "%s.py", maker->plan.networks[n].name);
        HAX_TRY(add_file(maker, keep(maker, &path), &text, false, err));
    }
    return HAX_OK;
}

static hax_status add_platform(maker *maker, hax_error *err)
{
    hax_text text = { 0 };
    char *json = NULL;
    HAX_TRY(hax_jetson_platform_text(&maker->plan.networks[0].source.target, &json, err));
    hax_text_printf(&text, "%s\n", json);
    free(json);
    return add_file(maker, hax_arena_string(maker->arena, maker->plan.options->platform_file),
                    &text, false, err);
}

static hax_status add_files(maker *maker, hax_error *err)
{
    hax_text script = { 0 }, import = { 0 };
    hax_status status = hax_campaign_script(&maker->plan, &script, err);
    if (status != HAX_OK) {
        hax_text_free(&script);
        return status;
    }
    HAX_TRY(add_file(maker, "campaign.sh", &script, true, err));
    hax_campaign_import_script(&maker->plan, &import);
    HAX_TRY(add_file(maker, "import.sh", &import, true, err));
    HAX_TRY(add_python(maker, err));
    return add_platform(maker, err);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static hax_status check(const maker *maker, hax_error *err)
{
    for (int n = 0; n < maker->plan.network_count; n++) {
        const hax_campaign_network *network = &maker->plan.networks[n];
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789_-";
        assert(network->name[0] && network->name[strspn(network->name, allowed)] == '\0');
        (void) allowed;
        if (network->source.target.board->dla_cores == 0)
            return hax_fail(err, HAX_BAD_INPUT,
                            "%s has no DLA: there is nothing to divide a network between",
                            network->source.target.board->name);
        HAX_TRY(hax_engine_check_source(&network->source, err));
    }
    return HAX_OK;
}

static hax_status make(maker *maker, hax_error *err)
{
    size_t capacity = 1;
    HAX_TRY(check(maker, err));
    for (int n = 0; n < maker->plan.network_count; n++)
        capacity += 4 * (size_t) maker->plan.networks[n].grouping->count;
    maker->engines = hax_arena_alloc(maker->arena, capacity, sizeof *maker->engines);
    maker->left_out = hax_arena_alloc(maker->arena, capacity, sizeof *maker->left_out);
    maker->files =
        hax_arena_alloc(maker->arena, (size_t) maker->plan.network_count + 3, sizeof *maker->files);
    if (!maker->engines || !maker->left_out || !maker->files)
        return hax_fail_memory(err, "a campaign");
    maker->plan.engines = maker->engines;
    for (int n = 0; n < maker->plan.network_count; n++)
        HAX_TRY(add_engines(maker, n, err));
    bool any = false;
    for (int e = 0; e < maker->plan.engine_count; e++)
        any |= maker->engines[e].pieces > 0;
    if (!any)
        return hax_fail(err, HAX_BAD_INPUT,
                        "no part of these networks can run on a DLA of %s in one piece: "
                        "'haxconn jetson rules' lists the layers that it refuses",
                        maker->plan.networks[0].source.target.board->name);
    return add_files(maker, err);
}

static campaign_owned *finish(const maker *maker)
{
    campaign_owned *own = hax_arena_alloc(maker->arena, 1, sizeof *own);
    if (!own)
        return NULL;
    double each = maker->plan.options->build_s + hax_campaign_measure_s(&maker->plan);
    own->arena = maker->arena;
    own->public = (hax_campaign){ .engine_count = maker->plan.engine_count,
                                  .engines = maker->engines,
                                  .left_out_count = maker->left_out_count,
                                  .left_out = maker->left_out,
                                  .file_count = maker->file_count,
                                  .files = maker->files,
                                  .seconds = maker->plan.engine_count * each };
    return own;
}

hax_status hax_campaign_make(int count, const hax_campaign_network *networks,
                             const hax_campaign_options *options, const hax_campaign **campaign,
                             hax_error *err)
{
    HAX_CONFIG_TAKE(hax_campaign_options, own_options, options, err);
    maker context = { .arena = hax_arena_create(),
                      .plan = {
                          .networks = networks, .network_count = count, .options = &own_options } };
    if (!context.arena)
        return hax_fail_memory(err, "a campaign");
    hax_status status = make(&context, err);
    campaign_owned *own = status == HAX_OK ? finish(&context) : NULL;
    if (status == HAX_OK && !own)
        status = hax_fail_memory(err, "a campaign");
    if (status != HAX_OK) {
        hax_arena_destroy(context.arena);
        return status;
    }
    *campaign = &own->public;
    return HAX_OK;
}

void hax_campaign_destroy(const hax_campaign *campaign)
{
    if (campaign)
        hax_arena_destroy(((const campaign_owned *) campaign)->arena);
}
