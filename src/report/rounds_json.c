/* The "haxconn/rounds" document. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "haxconn/report.h"
#include "haxconn/version.h"
#include "json.h"

static json_t *published_json(const hax_compared_round *of)
{
    json_t *rows = json_array();
    for (int r = 0; r < of->published->result_count; r++)
        hax_json_append(
            &rows, json_pack("{s:s, s:f, s:o}", "name", of->published->results[r].name,
                             "published_ms", of->published->results[r].ms, "here_ms",
                             isfinite(of->here_ms[r]) ? json_real(of->here_ms[r]) : json_null()));
    return rows;
}

/* The plan with our baselines, as a schedule document. */
static json_t *ours_json(const hax_compared_round *of, hax_error *err)
{
    char *text = NULL;
    if (hax_schedule_text(of->problem, of->plan, of->baselines, of->baseline_count, 0, of->verdict,
                          &text, err) != HAX_OK)
        return NULL;
    json_t *tree = hax_json_embedded(text);
    free(text);
    return tree;
}

static json_t *round_json(const hax_compared_round *of, hax_error *err)
{
    json_t *networks = json_array();
    for (int n = 0; n < of->published->network_count; n++)
        hax_json_append(&networks, json_string(of->published->networks[n]));
    json_t *made =
        json_pack("{s:o, s:s, s:o, s:o}", "networks", networks, "source", of->published->source,
                  "results", published_json(of), "schedule", ours_json(of, err));
    if (of->published->uncertain)
        hax_json_set(&made, "uncertain", json_string(of->published->uncertain));
    return made;
}

hax_status hax_rounds_text(const hax_platform *platform, const hax_compared_round *rounds,
                           int count, char **json, hax_error *err)
{
    json_t *all = json_array();
    for (int r = 0; all && r < count; r++)
        hax_json_append(&all, round_json(&rounds[r], err));
    json_t *tree = json_pack("{s:s, s:i, s:s, s:s, s:b, s:o}", "schema", "haxconn/rounds",
                             "version", 1, "tool", "haxconn " HAX_VERSION, "platform",
                             platform->name, "simulated", true, "rounds", all);
    hax_status status =
        tree ? hax_json_text(tree, json, err) : hax_fail_memory(err, "a document of rounds");
    json_decref(tree);
    return status;
}
