/* Parts of a campaign. */
#ifndef HAX_JETSON_CAMPAIGN_H
#define HAX_JETSON_CAMPAIGN_H

#include "haxconn/campaign.h"
#include "text.h"

/* What scripts are written from: the engines of all networks, where their layers run. */
typedef struct hax_campaign_plan {
    const hax_campaign_network *networks;
    int network_count;
    const hax_campaign_options *options;
    int engine_count;
    const hax_campaign_engine *engines;
    bool needs_python;
} hax_campaign_plan;

/* campaign_script.c: campaign.sh, import.sh, the Python program of a network. */
hax_status hax_campaign_script(const hax_campaign_plan *plan, hax_text *text, hax_error *err);
void hax_campaign_import_script(const hax_campaign_plan *plan, hax_text *text);

/* How long a measurement is taken to last. */
double hax_campaign_measure_s(const hax_campaign_plan *plan);

#endif
