/* Which engines a campaign needs, and which of them cannot be. */
#include "campaign.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
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
    campaign_plan plan;
    hax_campaign_engine *engines;
    hax_campaign_left_out *left_out;
    int left_out_count;
    hax_campaign_file *files;
    int file_count;
} maker;

/* ---- engines ------------------------------------------------------------------------------- */

static const char *keep(maker *of, hax_text *text)
{
    const char *kept = text->failed ? NULL : hax_arena_string(of->arena, hax_text_get(text));
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
    for (int l = 0; l < model->layer_count; l++) {
        const graph_layer *layer = &model->layers[l];
        bool behind = engine->transition >= 0 && layer->compute_index >= engine->transition;
        if (layer->compute_index < 0 || engine->starts_on_dla == behind)
            continue;
        bool runs = jetson_layer_runs(model, l, &network->source.target, reason);
        if (!runs && ran) {
            hax_text_printf(text, " (first %.100s: %s)", layer->spec->name, reason);
            return;
        }
        ran |= runs;
    }
}

/* Why an engine is not worth building; NULL: it is. */
static const char *why_not(maker *of, const hax_campaign_network *network, const hax_engine *engine,
                           const hax_engine_place *place)
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
        return keep(of, &text);
    }
    if (engine->starts_on_dla && engine->mark >= 0 && !place->on_dla[engine->mark])
        return "the layer to mark does not run on the DLA";
    return NULL;
}

static const char *engine_name(maker *of, const hax_campaign_network *network,
                               const hax_engine *engine, const char *what, int at)
{
    hax_text text = { 0 };
    hax_text_printf(&text, "%s_%s_%s_at_%d", network->name, engine->starts_on_dla ? "dla" : "gpu",
                    what, at);
    return keep(of, &text);
}

static hax_status leave_out(maker *of, const char *name, const char *reason, hax_error *err)
{
    if (!name || !reason)
        return hax_fail_memory(err, "a campaign");
    of->left_out[of->left_out_count++] = (hax_campaign_left_out){ name, reason };
    return HAX_OK;
}

static hax_status add_engine(maker *of, int n, const hax_engine *engine, const char *what, int at,
                             hax_error *err)
{
    const hax_campaign_network *network = &of->plan.networks[n];
    hax_error why = { 0 };
    hax_text text = { 0 };
    bool *on_dla =
        hax_arena_alloc(of->arena, (size_t) network->source.model->compute_count, sizeof *on_dla);
    hax_engine_place place = { .on_dla = on_dla };
    const char *name = engine_name(of, network, engine, what, at);
    if (!on_dla || !name)
        return hax_fail_memory(err, "a campaign");
    hax_status status = hax_engine_layers(&network->source, engine, &place, &why);
    if (status == HAX_NO_MEMORY)
        return hax_fail_memory(err, "a campaign");
    if (status != HAX_OK)
        return leave_out(of, name, hax_arena_string(of->arena, why.message), err);
    const char *reason = why_not(of, network, engine, &place);
    if (reason)
        return leave_out(of, name, reason, err);
    engine_describe(&network->source, engine, &text);
    hax_campaign_engine made = { .network = n,
                                 .name = name,
                                 .what = keep(of, &text),
                                 .engine = *engine,
                                 .pieces = place.pieces,
                                 .fallback = place.fallback,
                                 .python = hax_engine_needs_python(&network->source, engine) };
    of->engines[of->plan.engine_count++] = made;
    of->plan.needs_python |= made.python;
    return made.what ? HAX_OK : hax_fail_memory(err, "a campaign");
}

/* On the GPU first, then on the DLA: whole, one change of unit at each cut, an output at each. */
static hax_status add_engines(maker *of, int n, hax_error *err)
{
    const hax_campaign_network *network = &of->plan.networks[n];
    const hax_grouping *grouping = network->grouping;
    for (int dla = 0; dla <= 1; dla++) {
        hax_engine engine = {
            .starts_on_dla = dla, .transition = -1, .mark = -1, .gpu_fallback = true
        };
        HAX_TRY(add_engine(of, n, &engine, "mark", -1, err));
        for (int g = 1; g < grouping->count; g++) {
            engine.transition = grouping->groups[g].first;
            HAX_TRY(add_engine(of, n, &engine, "transition", engine.transition, err));
        }
        engine.transition = -1;
        for (int g = 1; g < grouping->count; g++) {
            int cut = grouping->groups[g].first;
            engine.mark = engine_layer_before(network->source.model, cut);
            HAX_TRY(add_engine(of, n, &engine, "mark", cut, err));
        }
    }
    return HAX_OK;
}

/* ---- files --------------------------------------------------------------------------------- */

static hax_status add_file(maker *of, const char *path, hax_text *text, bool executable,
                           hax_error *err)
{
    const char *kept = keep(of, text);
    if (!path || !kept)
        return hax_fail_memory(err, "a campaign");
    of->files[of->file_count++] = (hax_campaign_file){ path, kept, executable };
    return HAX_OK;
}

static hax_status add_python(maker *of, hax_error *err)
{
    for (int n = 0; n < of->plan.network_count; n++) {
        hax_text text = { 0 }, path = { 0 };
        bool needed = false;
        for (int e = 0; e < of->plan.engine_count; e++)
            needed |= of->engines[e].network == n && of->engines[e].python;
        if (!needed)
            continue;
        hax_status status = engine_python(&of->plan.networks[n].source, true, &text, err);
        if (status != HAX_OK) {
            hax_text_free(&text);
            return status;
        }
        hax_text_printf(&path, "%s.py", of->plan.networks[n].name);
        HAX_TRY(add_file(of, keep(of, &path), &text, false, err));
    }
    return HAX_OK;
}

static hax_status add_platform(maker *of, hax_error *err)
{
    hax_text text = { 0 };
    char *json = NULL;
    HAX_TRY(hax_jetson_platform_text(&of->plan.networks[0].source.target, &json, err));
    hax_text_printf(&text, "%s\n", json);
    free(json);
    return add_file(of, hax_arena_string(of->arena, of->plan.options->platform_file), &text, false,
                    err);
}

static hax_status add_files(maker *of, hax_error *err)
{
    hax_text script = { 0 }, import = { 0 };
    hax_status status = campaign_script(&of->plan, &script, err);
    if (status != HAX_OK) {
        hax_text_free(&script);
        return status;
    }
    HAX_TRY(add_file(of, "campaign.sh", &script, true, err));
    campaign_import_script(&of->plan, &import);
    HAX_TRY(add_file(of, "import.sh", &import, true, err));
    HAX_TRY(add_python(of, err));
    return add_platform(of, err);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static hax_status check(const maker *of, hax_error *err)
{
    for (int n = 0; n < of->plan.network_count; n++) {
        const hax_campaign_network *network = &of->plan.networks[n];
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789_-";
        assert(network->name[0] && network->name[strspn(network->name, allowed)] == '\0');
        (void) allowed;
        if (network->source.target.board->dla_cores == 0)
            return hax_fail(err, HAX_BAD_INPUT,
                            "%s has no DLA: there is nothing to divide a network between",
                            network->source.target.board->name);
        HAX_TRY(engine_check_source(&network->source, err));
    }
    return HAX_OK;
}

static hax_status make(maker *of, hax_error *err)
{
    size_t room = 1;
    HAX_TRY(check(of, err));
    for (int n = 0; n < of->plan.network_count; n++)
        room += 4 * (size_t) of->plan.networks[n].grouping->count;
    of->engines = hax_arena_alloc(of->arena, room, sizeof *of->engines);
    of->left_out = hax_arena_alloc(of->arena, room, sizeof *of->left_out);
    of->files = hax_arena_alloc(of->arena, (size_t) of->plan.network_count + 3, sizeof *of->files);
    if (!of->engines || !of->left_out || !of->files)
        return hax_fail_memory(err, "a campaign");
    of->plan.engines = of->engines;
    for (int n = 0; n < of->plan.network_count; n++)
        HAX_TRY(add_engines(of, n, err));
    bool any = false;
    for (int e = 0; e < of->plan.engine_count; e++)
        any |= of->engines[e].pieces > 0;
    if (!any)
        return hax_fail(err, HAX_BAD_INPUT,
                        "no part of these networks can run on a DLA of %s in one piece: "
                        "'haxconn jetson rules' lists the layers that it refuses",
                        of->plan.networks[0].source.target.board->name);
    return add_files(of, err);
}

static campaign_owned *finish(const maker *of)
{
    campaign_owned *own = hax_arena_alloc(of->arena, 1, sizeof *own);
    if (!own)
        return NULL;
    double each = of->plan.options->build_s + campaign_measure_s(&of->plan);
    own->arena = of->arena;
    own->public = (hax_campaign){ .engine_count = of->plan.engine_count,
                                  .engines = of->engines,
                                  .left_out_count = of->left_out_count,
                                  .left_out = of->left_out,
                                  .file_count = of->file_count,
                                  .files = of->files,
                                  .seconds = of->plan.engine_count * each };
    return own;
}

hax_status hax_campaign_make(const hax_campaign_network *networks, int count,
                             const hax_campaign_options *options, hax_campaign **campaign,
                             hax_error *err)
{
    maker of = { .arena = hax_arena_create(),
                 .plan = { .networks = networks, .network_count = count, .options = options } };
    if (!of.arena)
        return hax_fail_memory(err, "a campaign");
    hax_status status = make(&of, err);
    campaign_owned *own = status == HAX_OK ? finish(&of) : NULL;
    if (status == HAX_OK && !own)
        status = hax_fail_memory(err, "a campaign");
    if (status != HAX_OK) {
        hax_arena_destroy(of.arena);
        return status;
    }
    *campaign = &own->public;
    return HAX_OK;
}

void hax_campaign_destroy(hax_campaign *campaign)
{
    if (campaign)
        hax_arena_destroy(((campaign_owned *) campaign)->arena);
}
