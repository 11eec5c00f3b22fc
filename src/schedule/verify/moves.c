/*
 * What a document says of how far its times may move. Optima at other times would take a search;
 * what follows from the document itself is checked: ranges around what was planned with, factors
 * within the moves, and values that stand elsewhere too.
 */
#include <math.h>
#include <string.h>

#include "verify.h"

static bool about(double a, double b)
{
    return fabs(a - b) <= HAX_VERIFY_TOLERANCE * fmax(fabs(a), fabs(b));
}

/* Each unit's times move around what they are, the farthest by the spread. */
static bool moves_fit(const hax_problem *problem, const hax_verify_range *moves, double spread)
{
    double farthest = 0;
    for (int u = 0; u < problem->unit_count; u++) {
        if (!(moves[u].low <= 1 && moves[u].high >= 1))
            return false;
        farthest = fmax(farthest, fmax(1 - moves[u].low, moves[u].high - 1));
    }
    return fabs(farthest - spread) <= HAX_VERIFY_TOLERANCE;
}

static bool ranges_fit(const hax_problem *problem, const hax_verify_sensitivity *said)
{
    for (int u = 0; u < problem->unit_count; u++) {
        const hax_verify_range *range = &said->units[u], *moves = &said->moves[u];
        double worst = said->worst[u];
        bool point = range->low == 1 && range->high == 1;
        if (range->low > 1 || range->high < 1 || (!said->optimal && !point) ||
            !(about(worst, 1) || about(worst, moves->low) || about(worst, moves->high)))
            return false;
    }
    return true;
}

/* Is one of the baselines, which have been checked, better than the schedule? */
static bool is_beaten(const hax_verifier *verifier, const hax_verify_claims *claims)
{
    double value = claims->plan.value;
    double allowed = hax_verify_allowed(verifier->problem, value, claims->plan.round_ms);
    for (int b = 0; b < claims->baseline_count; b++)
        if (claims->baselines[b].valued &&
            hax_verify_better(verifier->problem, claims->baselines[b].value, value, 2 * allowed))
            return true;
    return false;
}

static hax_status check_sensitivity(hax_verifier *verifier, const hax_verify_claims *claims)
{
    const hax_verify_sensitivity *said = &claims->sensitivity;
    if (!said->claimed || said->unfinished)
        return HAX_OK;
    if (!moves_fit(verifier->problem, said->moves, said->spread) ||
        !ranges_fit(verifier->problem, said))
        return hax_verify_refuse(
            verifier, HAX_REFUSAL_SENSITIVITY,
            "the sensitivity's moves, spread and ranges do not fit each other");
    if (said->optimal ? is_beaten(verifier, claims) : claims->proof == HAX_PROOF_ALL)
        return hax_verify_refuse(verifier, HAX_REFUSAL_SENSITIVITY,
                                 "the sensitivity says that the schedule is %s",
                                 said->optimal ? "optimal, and a baseline is better"
                                               : "not optimal, and it is called proven");
    return HAX_OK;
}

/* The optimum is the baseline "haxconn", or the schedule itself where nothing was more robust. */
static double optimum_value(const hax_verify_claims *claims)
{
    for (int b = 0; b < claims->baseline_count; b++)
        if (strcmp(claims->baselines[b].name, "haxconn") == 0 && claims->baselines[b].valued)
            return claims->baselines[b].value;
    return claims->plan.value;
}

static hax_status check_robust(hax_verifier *verifier, const hax_verify_claims *claims)
{
    const hax_verify_robust *said = &claims->robust;
    double allowed =
        hax_verify_allowed(verifier->problem, claims->plan.value, claims->plan.round_ms);
    if (!said->claimed || said->unfinished)
        return HAX_OK;
    if (!moves_fit(verifier->problem, said->moves, said->spread) ||
        said->worst_regret > said->optimum_worst_regret + HAX_VERIFY_TOLERANCE)
        return hax_verify_refuse(verifier, HAX_REFUSAL_ROBUST,
                                 "the robust choice's moves and spread do not fit, or its regret "
                                 "is not the smaller one");
    if (fabs(said->value - claims->plan.value) > allowed ||
        fabs(said->optimum_value - optimum_value(claims)) > allowed)
        return hax_verify_refuse(verifier, HAX_REFUSAL_ROBUST,
                                 "the robust choice has the value %.9g and the optimum %.9g, not "
                                 "%.9g and %.9g",
                                 claims->plan.value, optimum_value(claims), said->value,
                                 said->optimum_value);
    return HAX_OK;
}

hax_status hax_verify_moves(hax_verifier *verifier, const hax_verify_claims *claims)
{
    HAX_TRY(check_sensitivity(verifier, claims));
    return check_robust(verifier, claims);
}
