/* The scripts of a campaign: what differs between campaigns, in front of what does not. */
#include <stdlib.h>

#include "campaign.h"
#include "campaign_sh.h"
#include "engine.h"
#include "haxconn/version.h"
#include "model.h"
#include "trtexec.h"

/* Starting a measurement, and an inference before any was measured. */
static const double start_s = 6, assumed_inference_ms = 5;

static int version_of(const hax_campaign_plan *plan)
{
    return plan->networks[0].source.target.tensorrt;
}

/* Before --separateProfileRun the times of a run that is profiled are longer. */
static bool profiles_apart(const hax_campaign_plan *plan)
{
    return !hax_trtexec_knows("--separateProfileRun", version_of(plan));
}

double hax_campaign_measure_s(const hax_campaign_plan *plan)
{
    const hax_campaign_options *how = plan->options;
    double once = how->warm_up_ms * 1e-3 + how->iterations * assumed_inference_ms * 1e-3;
    return profiles_apart(plan) ? 2 * (start_s + once) : start_s + 2 * once;
}

/* ---- one engine ---------------------------------------------------------------------------- */

static hax_status append_build(const hax_campaign_plan *plan, const hax_campaign_engine *engine,
                               hax_text *text, hax_error *err)
{
    const hax_campaign_network *network = &plan->networks[engine->network];
    if (engine->python) {
        hax_text_printf(text, "exec \"$PYTHON\" %s.py ", network->name);
        hax_engine_python_options(&network->source, &engine->engine, text);
        hax_text_append(text, " --output \"$1\"");
        return HAX_OK;
    }
    size_t layers = (size_t) hax_model_compute_layer_count(network->source.model);
    const char *cache =
        hax_trtexec_knows("--timingCacheFile", version_of(plan)) ? "part/timing.cache" : NULL;
    hax_engine_place place = { .on_dla = calloc(layers + 1, sizeof *place.on_dla) };
    if (!place.on_dla)
        return hax_fail_memory(err, "an engine's layers");
    hax_status status = hax_engine_layers(&network->source, &engine->engine, &place, err);
    if (status == HAX_OK)
        status = hax_engine_trtexec(&network->source, &engine->engine, &place, "exec \"$TRTEXEC\"",
                                    "\"$1\"", cache, text, err);
    free(place.on_dla);
    return status;
}

static hax_trtexec_line begin_measuring(const hax_campaign_plan *plan,
                                        const hax_campaign_engine *engine, hax_text *text)
{
    const hax_engine_source *source = &plan->networks[engine->network].source;
    hax_trtexec_line line = hax_trtexec_begin(text, version_of(plan), "exec \"$TRTEXEC\"");
    hax_trtexec_shell(&line, "--loadEngine", "\"$1\"");
    if (engine->pieces > 0)
        hax_trtexec_number(&line, "--useDLACore", 0);
    if (hax_engine_is_caffe(source))
        hax_trtexec_number(&line, "--batch", source->target.batch);
    else
        hax_engine_shapes(source, text);
    hax_trtexec_number(&line, "--iterations", plan->options->iterations);
    hax_trtexec_number(&line, "--warmUp", plan->options->warm_up_ms);
    hax_trtexec_number(&line, "--duration", 0);
    hax_trtexec_flag(&line, "--useSpinWait");
    return line;
}

static void append_measure(const hax_campaign_plan *plan, const hax_campaign_engine *engine,
                           int number, hax_text *text)
{
    hax_text_printf(text, "measure_%d() {\n    ", number);
    hax_trtexec_line line = begin_measuring(plan, engine, text);
    hax_trtexec_shell(&line, "--exportTimes", "\"$2.times.json\"");
    if (!profiles_apart(plan)) {
        hax_trtexec_flag(&line, "--noDataTransfers");
        hax_trtexec_flag(&line, "--separateProfileRun");
        hax_trtexec_shell(&line, "--exportProfile", "\"$2.json\"");
    }
    if (hax_trtexec_knows("--exportLayerInfo", version_of(plan))) {
        hax_trtexec_value(&line, "--profilingVerbosity", "detailed");
        hax_trtexec_shell(&line, "--exportLayerInfo", "\"$2.layers.json\"");
    }
    hax_text_append(text, "\n}\n");
    if (!profiles_apart(plan))
        return;
    hax_text_printf(text, "profile_%d() {\n    ", number);
    line = begin_measuring(plan, engine, text);
    hax_trtexec_shell(&line, "--exportProfile", "\"$2.json\"");
    hax_text_append(text, "\n}\n");
}

static hax_status append_engine(const hax_campaign_plan *plan, int e, hax_text *text,
                                hax_error *err)
{
    const hax_campaign_engine *engine = &plan->engines[e];
    hax_text_printf(text, "\n# %s: %s\nbuild_%d() {\n    ", engine->name, engine->what, e + 1);
    HAX_TRY(append_build(plan, engine, text, err));
    hax_text_append(text, "\n}\n");
    append_measure(plan, engine, e + 1, text);
    return HAX_OK;
}

/* ---- campaign.sh --------------------------------------------------------------------------- */

static void append_files(const hax_campaign_plan *plan, hax_text *text)
{
    hax_text_append(text, "FILES='");
    for (int n = 0; n < plan->network_count; n++) {
        const hax_engine_source *source = &plan->networks[n].source;
        hax_text_printf(text, "%s%s", n > 0 ? " " : "", source->path);
        if (source->calibration)
            hax_text_printf(text, " %s", source->calibration);
        if (source->weights)
            hax_text_printf(text, " %s", source->weights);
    }
    hax_text_append(text, "'\n");
}

static void append_head(const hax_campaign_plan *plan, hax_text *text)
{
    const hax_jetson_target *target = &plan->networks[0].source.target;
    hax_text_append(text,
                    "#!/bin/sh\n# Builds and measures the engines that tell what the groups of "
                    "these networks take on GPU and\n# DLA:");
    for (int n = 0; n < plan->network_count; n++)
        hax_text_printf(text, " %s", plan->networks[n].name);
    hax_text_printf(text,
                    ". Written by haxconn %s.\nset -u\ncd \"$(dirname \"$0\")\" || exit 1\n"
                    "BOARD='%s'\nTENSORRT=",
                    HAX_VERSION, target->board->title);
    hax_engine_version(target->tensorrt, text);
    hax_text_printf(text,
                    "\nTENSORRT_MAJOR=%d\nENGINES=%d\nNEEDS_PYTHON=%d\nPROFILE_APART=%d\n"
                    "INTERVAL_MS=%d\nASSUMED_BUILD_S=%.0f\nASSUMED_MEASURE_S=%.0f\n",
                    target->tensorrt / 10000, plan->engine_count, plan->needs_python,
                    profiles_apart(plan), plan->options->tegrastats_ms, plan->options->build_s,
                    hax_campaign_measure_s(plan));
    append_files(plan, text);
}

static void append_steps(const hax_campaign_plan *plan, hax_text *text)
{
    hax_text_append(text,
                    "\n# Number, network, name, pieces on the DLA, built by Python, what it is.\n"
                    "steps() {\n");
    for (int e = 0; e < plan->engine_count; e++) {
        const hax_campaign_engine *engine = &plan->engines[e];
        hax_text_printf(text, "    \"$1\" %d %s %s %d %d ", e + 1,
                        plan->networks[engine->network].name, engine->name, engine->pieces,
                        engine->python);
        hax_text_shell_word(text, engine->what);
        hax_text_append(text, "\n");
    }
    hax_text_append(text, "}\n\n");
}

hax_status hax_campaign_script(const hax_campaign_plan *plan, hax_text *text, hax_error *err)
{
    append_head(plan, text);
    for (int e = 0; e < plan->engine_count; e++)
        HAX_TRY(append_engine(plan, e, text, err));
    append_steps(plan, text);
    for (const char *const *line = campaign_sh; *line; line++)
        hax_text_printf(text, "%s\n", *line);
    return HAX_OK;
}

/* ---- import.sh ------------------------------------------------------------------------------- */

static void append_cuts(const hax_grouping *grouping, hax_text *text)
{
    if (grouping->count == 1)
        hax_text_append(text, "1");
    for (int g = 1; g < grouping->count; g++)
        hax_text_printf(text, "%d%s", grouping->groups[g].first,
                        g + 1 < grouping->count || g == 1 ? "," : "");
}

/* The loads of the memory beside the whole engines, where root has seen them on both units. */
static void append_loads(const hax_campaign_network *network, hax_text *text)
{
    hax_text_printf(
        text,
        "gpu=results/%s/%s_gpu_mark_at_-1.tegrastats "
        "dla=results/%s/%s_dla_mark_at_-1.tegrastats\nset --\n"
        "if grep -q 'EMC_FREQ [1-9]' \"$gpu\" && grep -q 'EMC_FREQ [1-9]' \"$dla\"; then\n"
        "    set -- --emc-gpu \"$gpu\" --emc-dla \"$dla\"\nfi 2>/dev/null\n",
        network->name, network->name, network->name, network->name);
}

void hax_campaign_import_script(const hax_campaign_plan *plan, hax_text *text)
{
    hax_text_append(text,
                    "#!/bin/sh\n# What campaign.sh has collected, as one profile: profile.json. "
                    "What the files say is in NET.import.txt,\n# the published results in the "
                    "folder NET.\nset -eu\ncd \"$(dirname \"$0\")\"\nrm -f profile.json\n");
    for (int n = 0; n < plan->network_count; n++) {
        const hax_campaign_network *network = &plan->networks[n];
        append_loads(network, text);
        hax_text_printf(text,
                        "mkdir -p %s\nhaxconn import auto results/%s/* --model %s --grouping ",
                        network->name, network->name, network->source.path);
        append_cuts(network->grouping, text);
        for (int s = 0; s < network->source.shape_count; s++) {
            hax_text_append(text, " --shape ");
            hax_text_shell_word(text, network->source.shapes[s]);
        }
        hax_text_printf(text,
                        " --fit --warm-up %d \\\n    --board %s --platform %s --profile "
                        "profile.json --add --artifact %s/ --rows 5 \"$@\" >%s.import.txt\n",
                        plan->options->warm_up_ms, network->source.target.board->name,
                        plan->options->platform_file, network->name, network->name);
    }
    hax_text_append(text, "echo 'wrote profile.json: haxconn problem profile.json");
    for (int n = 0; n < plan->network_count; n++)
        hax_text_printf(text, " %s", hax_model_name(plan->networks[n].source.model));
    hax_text_append(text, "'\n");
}
