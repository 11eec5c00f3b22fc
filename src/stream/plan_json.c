/* The document of a plan in force. */
#include <jansson.h>
#include <math.h>

#include "inside.h"
#include "json.h"

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *simulated_json(const hax_stream_plan *plan)
{
    json_t *object = json_object();
    hax_json_set(&object, "frames", json_integer(plan->frames));
    hax_json_set(&object, "late", json_integer(plan->late));
    hax_json_set(&object, "latency_ms", number(plan->latency_ms));
    return object;
}

static json_t *round_json(const hax_stream_plan *plan)
{
    json_t *object = json_object();
    hax_json_set(&object, "objective", json_string(hax_objective_name(plan->objective)));
    hax_json_set(&object, "value", number(plan->round));
    hax_json_set(&object, "best", number(plan->best));
    hax_json_set(&object, "bound", number(plan->bound));
    hax_json_set(&object, "proof", json_string(hax_proof_name(plan->proof)));
    hax_json_set(&object, "nodes", json_integer((json_int_t) plan->nodes));
    return object;
}

hax_status hax_stream_plan_text(const hax_stream_plan *plan, char **json, hax_error *err)
{
    json_t *root = json_object();
    hax_json_set(&root, "schema", json_string("haxconn/stream-plan"));
    hax_json_set(&root, "version", json_integer(1));
    hax_json_set(&root, "change", json_integer(plan->change));
    hax_json_set(&root, "what", json_string(plan->what));
    hax_json_set(&root, "changed_s", json_real(plan->changed_s));
    hax_json_set(&root, "after_ms", json_real(plan->after_ms));
    hax_json_set(&root, "plan", json_string(plan->plan));
    hax_json_set(&root, "kept", json_boolean(plan->kept));
    if (plan->by_frames)
        hax_json_set(&root, "simulated", simulated_json(plan));
    hax_json_set(&root, "round", round_json(plan));
    hax_json_set(&root, "ended", json_boolean(plan->ended));
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    if (!text)
        return hax_fail_memory(err, "a plan's document");
    *json = text;
    return HAX_OK;
}
