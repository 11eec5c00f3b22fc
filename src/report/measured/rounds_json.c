/* The "haxconn/rounds" document. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "haxconn/report.h"
#include "haxconn/version.h"
#include "json.h"

static json_t *published_json(const hax_compared_round *round)
{
    json_t *rows = json_array();
    for (int r = 0; r < round->published->result_count; r++)
        hax_json_append(
            &rows,
            json_pack("{s:s, s:f, s:o}", "name", round->published->results[r].name, "published_ms",
                      round->published->results[r].ms, "here_ms",
                      isfinite(round->here_ms[r]) ? json_real(round->here_ms[r]) : json_null()));
    return rows;
}

/* The plan with our baselines, as a schedule document. */
static json_t *ours_json(const hax_compared_round *round, hax_error *err)
{
    char *text = NULL;
    if (hax_schedule_text(round->problem, round->plan, round->baseline_count, round->baselines, 0,
                          round->verdict, &text, err) != HAX_OK)
        return NULL;
    json_t *tree = hax_json_embedded(text);
    free(text);
    return tree;
}

static json_t *round_json(const hax_compared_round *round, hax_error *err)
{
    json_t *networks = json_array();
    for (int n = 0; n < round->published->network_count; n++)
        hax_json_append(&networks, json_string(round->published->networks[n]));
    json_t *result =
        json_pack("{s:o, s:s, s:o, s:o}", "networks", networks, "source", round->published->source,
                  "results", published_json(round), "schedule", ours_json(round, err));
    if (round->published->uncertain)
        hax_json_set(&result, "uncertain", json_string(round->published->uncertain));
    return result;
}

hax_status hax_rounds_text(const hax_platform *platform, int count,
                           const hax_compared_round *rounds, char **json, hax_error *err)
{
    json_t *array = json_array();
    for (int r = 0; array && r < count; r++)
        hax_json_append(&array, round_json(&rounds[r], err));
    json_t *tree = json_pack("{s:s, s:i, s:s, s:s, s:b, s:o}", "schema", "haxconn/rounds",
                             "version", 1, "tool", "haxconn " HAX_VERSION, "platform",
                             platform->name, "simulated", true, "rounds", array);
    hax_status status =
        tree ? hax_json_text(tree, json, err) : hax_fail_memory(err, "a document of rounds");
    json_decref(tree);
    return status;
}
