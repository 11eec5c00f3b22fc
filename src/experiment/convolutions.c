/* The published characterisation: what single convolutions demand of the memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haxconn/experiment.h"
#include "haxconn/version.h"
#include "json.h"
#include "profile.h"

#include "config.h"

enum { COUNT = HAX_CONVOLUTION_INPUTS * HAX_CONVOLUTION_KERNELS };

/* The networks while they are measured. */
typedef struct probes {
    char names[COUNT][24];
    hax_model *models[COUNT];
    const hax_grouping *groupings[COUNT];
    hax_profile_network networks[COUNT];
} probes;

/* As published: 64 channels in and out, a border of 1, a ReLU behind. */
static hax_status make_probe(probes *probes, int index, hax_error *err)
{
    int input = index / HAX_CONVOLUTION_KERNELS, kernel = index % HAX_CONVOLUTION_KERNELS + 1;
    hax_convolution_input size = hax_convolution_input_of(input);
    char text[600];
    snprintf(probes->names[index], sizeof probes->names[index], "conv%d-kernel%d", input + 1,
             kernel);
    int length =
        snprintf(text, sizeof text,
                 "name: \"%s\"\ninput: \"data\"\n"
                 "input_dim: 1 input_dim: 64 input_dim: %d input_dim: %d\n"
                 "layer { name: \"conv\" type: \"Convolution\" bottom: \"data\" top: \"conv\"\n"
                 "  convolution_param { num_output: 64 pad: 1 kernel_size: %d } }\n"
                 "layer { name: \"relu\" type: \"ReLU\" bottom: \"conv\" top: \"conv\" }\n",
                 probes->names[index], size.height, size.width, kernel);
    HAX_TRY(hax_model_parse_prototxt(text, (size_t) length, probes->names[index], NULL,
                                     &probes->models[index], err));
    HAX_TRY(hax_grouping_make(probes->models[index], "1", &probes->groupings[index], err));
    probes->networks[index] = (hax_profile_network){ probes->names[index], probes->models[index],
                                                     probes->groupings[index] };
    return HAX_OK;
}

hax_status hax_convolutions_measure(const hax_profile_config *config, const hax_profile **profile,
                                    hax_error *err)
{
    HAX_CONFIG_TAKE(hax_profile_config, profile_config, config, err);
    probes *context = calloc(1, sizeof *context);
    if (!context)
        return hax_fail_memory(err, "the convolutions");
    hax_status status = HAX_OK;
    for (int i = 0; i < COUNT && status == HAX_OK; i++)
        status = make_probe(context, i, err);
    profile_config.network_count = COUNT;
    profile_config.networks = context->networks;
    profile_config.contention = true;
    if (status == HAX_OK)
        status = hax_profile_measure(&profile_config, profile, err);
    for (int i = 0; i < COUNT; i++) {
        hax_grouping_destroy(context->groupings[i]);
        hax_model_destroy(context->models[i]);
    }
    free(context);
    return status;
}

/* ---- document -------------------------------------------------------------------------------- */

/* The share as the published files have it: "67%". */
static json_t *share_json(const hax_profile *profile, int input, int kernel, int unit)
{
    char text[16];
    snprintf(text, sizeof text, "%.0f%%",
             100 * hax_convolution_share(profile, input, kernel, unit));
    return json_string(text);
}

static json_t *demand_json(const hax_profile *profile, int input, int kernel, int unit)
{
    const hax_group_cost *cost = hax_convolution_cost(profile, input, kernel, unit);
    return json_pack("{s:f, s:f, s:s}", "gbps", cost->gbps, "time_ms", cost->run.median, "demand",
                     hax_demand_source_name(cost->demand));
}

/* {"conv1": {"kernel1": ...}}, the keys of the published files. */
static json_t *by_input(const hax_profile *profile, int unit,
                        json_t *(*value)(const hax_profile *, int, int, int) )
{
    json_t *inputs = json_object();
    for (int i = 0; inputs && i < HAX_CONVOLUTION_INPUTS; i++) {
        char key[16];
        json_t *kernels = json_object();
        for (int k = 0; k < HAX_CONVOLUTION_KERNELS; k++) {
            snprintf(key, sizeof key, "kernel%d", k + 1);
            hax_json_set(&kernels, key, value(profile, i, k, unit));
        }
        snprintf(key, sizeof key, "conv%d", i + 1);
        hax_json_set(&inputs, key, kernels);
    }
    return inputs;
}

hax_status hax_convolutions_text(const hax_profile *profile, char **json, hax_error *err)
{
    const hax_platform *platform = profile->platform;
    json_t *units = json_object();
    for (int u = 0; units && u < platform->unit_count; u++) {
        if (!hax_convolution_cost(profile, 0, 0, u)->allowed)
            continue;
        json_t *unit = json_pack("{s:o, s:o}", "emc", by_input(profile, u, share_json), "demand",
                                 by_input(profile, u, demand_json));
        if (profile->contention)
            hax_json_set(&unit, "peak_gbps",
                         json_real(profile->contention[u].peak_gbps[HAX_TRAFFIC_READ]));
        hax_json_set(&units, platform->units[u].name, unit);
    }
    json_t *tree =
        json_pack("{s:s, s:i, s:s, s:s, s:o}", "schema", "haxconn/convolutions", "version", 1,
                  "tool", "haxconn " HAX_VERSION, "platform", platform->name, "units", units);
    if (tree && profile->stored.runs > 0)
        hax_json_set(&tree, "stored", hax_stored_json(&profile->stored));
    if (!tree)
        return hax_fail_memory(err, "the convolutions' document");
    hax_status status = hax_json_text(tree, json, err);
    json_decref(tree);
    return status;
}
