/* Parts of a campaign. */
#ifndef JETSON_CAMPAIGN_H
#define JETSON_CAMPAIGN_H

#include "haxconn/campaign.h"
#include "text.h"

/* What scripts are written from: the engines of all networks, where their layers run. */
typedef struct campaign_plan {
    const hax_campaign_network *networks;
    int network_count;
    const hax_campaign_options *options;
    int engine_count;
    const hax_campaign_engine *engines;
    bool needs_python;
} campaign_plan;

/* campaign_script.c: campaign.sh, import.sh, the Python program of a network. */
hax_status campaign_script(const campaign_plan *plan, hax_text *text, hax_error *err);
void campaign_import_script(const campaign_plan *plan, hax_text *text);

/* How long a measurement is taken to last. */
double campaign_measure_s(const campaign_plan *plan);

#endif
