/* Sensitivity and the robust choice in a schedule document. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "haxconn/sensitivity.h"
#include "json.h"
#include "json_write.h"

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* By unit: what its times are multiplied with at the corners. */
static json_t *moves_json(const hax_problem *problem, const hax_time_moves *time_moves)
{
    json_t *moves = json_object();
    for (int u = 0; u < problem->unit_count; u++)
        hax_json_set(
            &moves, problem->units[u].name,
            json_pack("{s:f, s:f}", "low", time_moves->low[u], "high", time_moves->high[u]));
    return moves;
}

static json_t *sensitivity_json(const hax_problem *problem, const hax_sensitivity *sensitivity)
{
    if (sensitivity->unfinished)
        return json_pack("{s:b}", "unfinished", 1);
    json_t *units = json_object(), *worst = json_object();
    for (int u = 0; u < problem->unit_count; u++) {
        const hax_speed_range *range = &sensitivity->units[u];
        hax_json_set(&units, problem->units[u].name,
                     json_pack("{s:f, s:f, s:b, s:b}", "low", range->low, "high", range->high,
                               "low_open", range->low_open, "high_open", range->high_open));
        hax_json_set(&worst, problem->units[u].name, json_real(sensitivity->worst[u]));
    }
    return json_pack("{s:b, s:o, s:f, s:b, s:o, s:o, s:o, s:b}", "optimal", sensitivity->optimal,
                     "units", units, "spread", sensitivity->moves.largest, "measured",
                     sensitivity->moves.measured, "moves", moves_json(problem, &sensitivity->moves),
                     "worst_regret", number(sensitivity->regret), "worst_factors", worst, "limited",
                     sensitivity->limited);
}

static json_t *robust_json(const hax_problem *problem, const hax_robust *robust)
{
    if (robust->unfinished)
        return json_pack("{s:b}", "unfinished", 1);
    return json_pack("{s:f, s:b, s:o, s:i, s:o, s:o, s:f, s:f, s:b}", "spread",
                     robust->moves.largest, "measured", robust->moves.measured, "moves",
                     moves_json(problem, &robust->moves), "candidates", robust->candidate_count,
                     "worst_regret", number(robust->regret), "optimum_worst_regret",
                     number(robust->nominal_regret), "value", robust->value, "optimum_value",
                     robust->nominal_value, "limited", robust->limited);
}

static hax_status put_member(const char *document, const char *key, json_t *tree, char **json,
                             hax_error *err)
{
    hax_json_fault fault;
    hax_text text = { 0 };
    hax_status status = hax_json_put_member(document, key, tree, &text, &fault);
    if (status == HAX_OK)
        return hax_text_give(&text, json, "a schedule document", err);
    hax_text_free(&text);
    return status == HAX_NO_MEMORY ? hax_fail_memory(err, "a schedule document")
                                   : hax_fail_at(err, status, "schedule", fault.line, fault.column,
                                                 "not valid JSON: %s", fault.text);
}

/* The document is not made a tree: it may be long, and its lines are to stay. */
hax_status hax_sensitivity_text(const hax_problem *problem, const char *document,
                                const hax_sensitivity *sensitivity, const hax_robust *robust,
                                char **json, hax_error *err)
{
    char *with_one = NULL;
    if (sensitivity)
        HAX_TRY(hax_answer_check("hax_sensitivity", sizeof *sensitivity, sensitivity, err));
    if (robust)
        HAX_TRY(hax_answer_check("hax_robust", sizeof *robust, robust, err));
    const char *from = document;
    if (sensitivity) {
        HAX_TRY(put_member(from, "sensitivity", sensitivity_json(problem, sensitivity), &with_one,
                           err));
        from = with_one;
    }
    hax_status status = HAX_OK;
    char *whole = NULL;
    if (robust)
        status = put_member(from, "robust", robust_json(problem, robust), &whole, err);
    else if (!(whole = strdup(from)))
        status = hax_fail_memory(err, "a schedule document");
    free(with_one);
    if (status == HAX_OK)
        *json = whole;
    return status;
}
