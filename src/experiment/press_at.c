/* Pressing at demands given in GB/s: finds the steps of computing for each, then presses with all
 * at once. */
#include <math.h>

#include "clock.h"
#include "exec.h"
#include "haxconn/experiment.h"
#include "haxconn/version.h"
#include "json.h"
#include "profile.h"
#include "statistics.h"
#include "watch.h"

#include "config.h"

enum {
    PROBE_WORK = 256, /* where the slope of time over work is taken, besides at none */
    WINDOWS = 5,      /* a bandwidth is their median */
    CORRECTIONS = 3,
};

static const double window_ms = 20, lead_ms = 5;
static const double slice_ms = 400; /* of the pressing itself: an interruption ends it after one */

typedef struct pressing {
    const hax_press_config *config;
    hax_session *session;
    hax_turns turns;
    hax_press press; /* found so far: traffic of each unit */
} pressing;

/* What one unit moves at some work, alone. */
static hax_status alone_gbps(const pressing *pressing, int unit, int work, double *gbps,
                             hax_error *err)
{
    const int64_t from_ns = (int64_t) (lead_ms * 1e6);
    const int64_t to_ns = (int64_t) ((lead_ms + window_ms) * 1e6);
    double seen[WINDOWS];
    for (int w = 0; w < WINDOWS; w++) {
        hax_press press = hax_press_begin(lead_ms + window_ms);
        press.traffic[unit] = (hax_traffic){ pressing->config->traffic, work };
        HAX_TRY(hax_session_press(pressing->session, NULL, &press, NULL, err));
        seen[w] = hax_pressure_unit_moved(pressing->session, unit, from_ns, to_ns);
    }
    *gbps = hax_summarise(seen, WINDOWS).median;
    if (!(*gbps > 0))
        return hax_fail(err, HAX_UNAVAILABLE, "unit '%s' makes no memory traffic",
                        pressing->config->platform->units[unit].name);
    return HAX_OK;
}

/* The time for a byte grows in proportion to the work between chunks. */
static hax_status find_work(pressing *pressing, int unit, hax_pressed_unit *found, hax_error *err)
{
    double most, slower, wanted = pressing->config->gbps[unit];
    int work = 0;
    HAX_TRY(alone_gbps(pressing, unit, 0, &most, err));
    found->peak_gbps = found->alone_gbps = most;
    if (wanted < most) {
        HAX_TRY(alone_gbps(pressing, unit, PROBE_WORK, &slower, err));
        double slope = fmax(1 / slower - 1 / most, 1e-6 / most) / PROBE_WORK;
        double exact = (1 / wanted - 1 / most) / slope;
        for (int c = 0; c < CORRECTIONS; c++) {
            work = (int) fmin(fmax(round(exact), 0), 1e8);
            HAX_TRY(alone_gbps(pressing, unit, work, &found->alone_gbps, err));
            exact = work + (1 / wanted - 1 / found->alone_gbps) / slope;
        }
    }
    pressing->press.traffic[unit] = (hax_traffic){ pressing->config->traffic, work };
    return HAX_OK;
}

static hax_status press_all(const pressing *pressing, hax_pressed_unit *units, hax_error *err)
{
    const hax_platform *platform = pressing->config->platform;
    double seconds = pressing->config->seconds;
    int slices = (int) fmax(1, ceil(seconds * 1e3 / slice_ms));
    hax_press press = pressing->press;
    press.ms = fmax(lead_ms + window_ms, seconds * 1e3 / slices);
    for (int s = 0; s < slices; s++) {
        hax_watch_report(pressing->config->watch, "pressing", (double) s / slices, -1);
        HAX_TRY(hax_session_press(pressing->session, NULL, &press, NULL, err));
        for (int u = 0; u < platform->unit_count; u++)
            if (pressing->config->gbps[u] > 0)
                units[u].reached_gbps +=
                    hax_pressure_unit_moved(pressing->session, u, (int64_t) (lead_ms * 1e6),
                                            (int64_t) (press.ms * 1e6)) /
                    slices;
    }
    return HAX_OK;
}

static hax_status press_in_turn(pressing *pressing, hax_pressed_unit *units, hax_error *err)
{
    for (int u = 0; u < pressing->config->platform->unit_count; u++)
        if (pressing->config->gbps[u] > 0)
            HAX_TRY(find_work(pressing, u, &units[u], err));
    return press_all(pressing, units, err);
}

static hax_status check(const hax_press_config *config, hax_error *err)
{
    const hax_platform *platform = config->platform;
    bool any = false;
    for (int u = 0; u < platform->unit_count; u++) {
        for (int v = 0; v < u && config->gbps[u] > 0; v++)
            if (config->gbps[v] > 0 && platform->units[u].resources & platform->units[v].resources)
                return hax_fail(err, HAX_USAGE,
                                "units '%s' and '%s' share cores: they cannot press at once",
                                platform->units[v].name, platform->units[u].name);
        any = any || config->gbps[u] > 0;
    }
    return any ? HAX_OK : hax_fail(err, HAX_USAGE, "no unit to press with");
}

hax_status hax_press_measure(const hax_press_config *given, hax_pressed_unit units[HAX_MAX_UNITS],
                             hax_error *err)
{
    HAX_CONFIG_TAKE(hax_press_config, own, given, err);
    const hax_press_config *config = &own;
    pressing context = { .config = config, .turns = { -1, -1 }, .press = hax_press_begin(0) };
    hax_pressed_unit pressed_unit[HAX_MAX_UNITS] = { { 0 } };
    HAX_TRY(check(config, err));
    const hax_session_config session_config = { .platform = config->platform,
                                                .traffic = true,
                                                .watch = config->watch };
    HAX_TRY(hax_session_open(&session_config, &context.session, err));
    hax_status status = hax_turns_open(config->store_path, &context.turns, err);
    if (status == HAX_OK)
        status = hax_turns_begin(&context.turns, config->watch, err);
    if (status == HAX_OK) {
        status = press_in_turn(&context, pressed_unit, err);
        hax_turns_end(&context.turns);
    }
    hax_turns_close(&context.turns);
    hax_session_close(context.session);
    for (int u = 0; status == HAX_OK && u < HAX_MAX_UNITS; u++)
        units[u] = pressed_unit[u];
    return status;
}

hax_status hax_press_text(const hax_press_config *config, const hax_pressed_unit *units,
                          char **json, hax_error *err)
{
    json_t *list = json_object();
    for (int u = 0; list && u < config->platform->unit_count; u++)
        if (config->gbps[u] > 0)
            hax_json_set(
                &list, config->platform->units[u].name,
                json_pack("{s:o, s:f, s:f, s:f}", "asked_gbps",
                          isfinite(config->gbps[u]) ? json_real(config->gbps[u]) : json_null(),
                          "peak_gbps", units[u].peak_gbps, "alone_gbps", units[u].alone_gbps,
                          "reached_gbps", units[u].reached_gbps));
    json_t *tree =
        json_pack("{s:s, s:i, s:s, s:s, s:s, s:o}", "schema", "haxconn/pressure", "version", 1,
                  "tool", "haxconn " HAX_VERSION, "platform", config->platform->name, "traffic",
                  hax_traffic_kind_name(config->traffic), "units", list);
    if (!tree)
        return hax_fail_memory(err, "a document");
    hax_status status = hax_json_text(tree, json, err);
    json_decref(tree);
    return status;
}
