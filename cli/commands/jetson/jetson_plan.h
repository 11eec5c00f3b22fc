/* haxconn jetson plan, haxconn jetson run */
#ifndef CLI_JETSON_PLAN_H
#define CLI_JETSON_PLAN_H

#include "jetson.h"
#include "networks.h"

typedef struct cli_campaign {
    const char *output;    /* the folder; NULL: not told */
    cli_list calibrations; /* "NET=FILE", or FILE for a single network */
    int iterations;
    int warm_up_ms;
    int interval_ms;
    double build_s;
    bool execute;
} cli_campaign;

#define CLI_CAMPAIGN_DEFAULTS                                                     \
    {                                                                             \
        .iterations = 1000, .warm_up_ms = 2000, .interval_ms = 100, .build_s = 40 \
    }

/* Writes the campaign's folder, says what it is, and runs it where that is asked for. */
hax_status cli_jetson_plan(const cli_networks *networks, const cli_list *shapes,
                           const hax_jetson_target *target, const cli_campaign *campaign,
                           const cli_call *call, hax_error *err);

/* Runs the campaign of a folder. */
hax_status cli_jetson_run(const char *folder, hax_error *err);

#endif
