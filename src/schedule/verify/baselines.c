/*
 * The baselines of a document. Where it says how one runs, that is replayed, and the value must be
 * what comes of it; plain ones must also be of their shape, and where all of that shape can be
 * tried, the best of it. What method found the others is not checked.
 */
#include <math.h>
#include <string.h>

#include "verify.h"

static bool is_named(const hax_verify_baseline *baseline, int plain)
{
    return strcmp(baseline->name, hax_verify_plain[plain]) == 0;
}

/* ---- replay ---- */

static bool holds_every_resource(const hax_problem *problem, int unit)
{
    uint32_t all = 0;
    for (int u = 0; u < problem->unit_count; u++)
        all |= problem->units[u].resources;
    return problem->units[unit].resources == all;
}

static hax_status check_shape(hax_verifier *verifier, const hax_verify_plan *plan, int plain)
{
    const hax_problem *problem = verifier->problem;
    int first = hax_verify_unit(plan, 0, 0), turns = 0;
    for (int i = 0; i < problem->instance_count; i++)
        for (int g = 0; g < problem->instances[i].group_count; g++) {
            int unit = hax_verify_unit(plan, i, g);
            bool whole = unit == hax_verify_unit(plan, i, 0);
            if (!whole || (plain != HAX_VERIFY_PER_NETWORK && unit != first))
                return hax_verify_refuse(verifier, HAX_REFUSAL_BASELINE_SHAPE,
                                         "instance '%.100s', group %d runs on '%.100s': that is "
                                         "not '%s'",
                                         problem->instances[i].name, g, problem->units[unit].name,
                                         hax_verify_plain[plain]);
        }
    for (int p = 0; p < plan->job_count; p++)
        turns +=
            p == 0 || plan->jobs[plan->list[p]].instance != plan->jobs[plan->list[p - 1]].instance;
    bool in_turns = plain == HAX_VERIFY_PER_NETWORK || turns == problem->instance_count;
    bool widest = plain != HAX_VERIFY_ALL_CORES || holds_every_resource(problem, first);
    if (!in_turns || !widest)
        return hax_verify_refuse(verifier, HAX_REFUSAL_BASELINE_SHAPE, "%s: that is not '%s'",
                                 widest ? "its networks do not run one after the other"
                                        : "its unit does not hold the resources of all others",
                                 hax_verify_plain[plain]);
    return HAX_OK;
}

static hax_status compare_value(hax_verifier *verifier, const hax_verify_baseline *baseline,
                                double value, double round_ms)
{
    double claimed = baseline->value;
    if (fabs(claimed - value) <= hax_verify_allowed(verifier->problem, value, round_ms))
        return HAX_OK;
    return hax_verify_refuse(verifier, HAX_REFUSAL_BASELINE_VALUE, "its value is %.9g, not %.9g",
                             value, claimed);
}

static hax_status replay(hax_verifier *verifier, hax_verify_baseline *baseline)
{
    hax_verify_plan plan;
    hax_status status =
        hax_verify_plan_open(&plan, verifier->problem, baseline->job_count, verifier->err);
    if (status == HAX_OK) {
        memcpy(plan.jobs, baseline->jobs, (size_t) baseline->job_count * sizeof *plan.jobs);
        plan.job_count = baseline->job_count;
        status = hax_verify_rules(verifier, &plan);
    }
    if (status == HAX_OK)
        status = hax_verify_order(verifier, &plan);
    if (status == HAX_OK)
        status = hax_verify_replay(verifier, &plan);
    if (status == HAX_OK)
        status = compare_value(verifier, baseline, plan.value, plan.round_ms);
    for (int p = 0; status == HAX_OK && p < HAX_VERIFY_PLAIN; p++)
        if (is_named(baseline, p))
            status = check_shape(verifier, &plan, p);
    baseline->round_ms = plan.round_ms;
    hax_verify_plan_close(&plan);
    return status;
}

/* ---- one baseline ---- */

/* Either a value, or that a limit came first. */
static hax_status check_presence(hax_verifier *verifier, const hax_verify_baseline *baseline)
{
    if (baseline->valued == baseline->unfinished)
        return hax_verify_refuse(verifier, HAX_REFUSAL_BASELINE_EMPTY,
                                 baseline->valued ? "it is not finished, but has a value"
                                                  : "it has no value, and is not unfinished");
    return HAX_OK;
}

static hax_status check_best(hax_verifier *verifier, hax_verify_baseline *baseline,
                             const hax_verify_whole *best, hax_verification *result)
{
    if (best->sure && !best->exists)
        return hax_verify_refuse(verifier, HAX_REFUSAL_BASELINE_NONE,
                                 "the problem allows no schedule of this kind");
    if (!best->known || !baseline->valued)
        return HAX_OK;
    if (isnan(baseline->round_ms))
        baseline->round_ms = best->round_ms;
    double allowed = hax_verify_allowed(verifier->problem, best->value, best->round_ms);
    bool worse = hax_verify_better(verifier->problem, best->value, baseline->value, allowed);
    bool better = hax_verify_better(verifier->problem, baseline->value, best->value, allowed);
    if (better || (worse && !baseline->cut_short))
        return hax_verify_refuse(verifier, HAX_REFUSAL_BASELINE_BEST,
                                 "the best schedule of this kind has the value %.9g, not %.9g",
                                 best->value, baseline->value);
    result->baselines_best += !worse;
    return HAX_OK;
}

/* A schedule, whoever found it, that is better than what nothing is to be better than. */
static hax_status check_beaten(hax_verifier *verifier, const hax_verify_claims *claims,
                               double value, bool waits, double allowed)
{
    if (hax_verify_better(verifier->problem, value, claims->bound, allowed))
        return hax_verify_refuse(verifier, HAX_REFUSAL_BOUND_BEATEN,
                                 "its value of %.9g is better than %.9g, the bound for all "
                                 "schedules",
                                 value, claims->bound);
    if (claims->proof == HAX_PROOF_EVENT_WAITS && !waits &&
        hax_verify_better(verifier->problem, value, claims->value, allowed))
        return hax_verify_refuse(verifier, HAX_REFUSAL_PROOF_BEATEN,
                                 "its value of %.9g, which waits for ends of jobs only, is better "
                                 "than %.9g, which is called the best of that kind",
                                 value, claims->value);
    return HAX_OK;
}

static hax_status check_one(hax_verifier *verifier, const hax_verify_claims *claims,
                            hax_verify_baseline *baseline, const hax_verify_whole *best,
                            hax_verification *result)
{
    HAX_TRY(check_presence(verifier, baseline));
    if (baseline->jobs)
        HAX_TRY(replay(verifier, baseline));
    result->baselines_replayed += baseline->jobs != NULL;
    for (int p = 0; p < HAX_VERIFY_PLAIN; p++)
        if (is_named(baseline, p))
            HAX_TRY(check_best(verifier, baseline, &best[p], result));
    if (!baseline->valued)
        return HAX_OK;
    double allowed = hax_verify_allowed(verifier->problem, baseline->value, claims->plan.round_ms);
    return check_beaten(verifier, claims, baseline->value, baseline->waits || !baseline->jobs,
                        allowed);
}

/* Plain deployments are tried out whether the document lists them or not. */
static hax_status check_tried(hax_verifier *verifier, const hax_verify_claims *claims,
                              const hax_verify_whole best[HAX_VERIFY_PLAIN])
{
    for (int p = 0; p < HAX_VERIFY_PLAIN; p++) {
        if (!best[p].known || !best[p].exists)
            continue;
        double allowed =
            hax_verify_allowed(verifier->problem, best[p].value, claims->plan.round_ms);
        verifier->whose = hax_verify_plain[p];
        HAX_TRY(check_beaten(verifier, claims, best[p].value, false, allowed));
        verifier->whose = NULL;
    }
    return HAX_OK;
}

hax_status hax_verify_baselines(hax_verifier *verifier, hax_verify_claims *claims,
                                const hax_verify_whole best[HAX_VERIFY_PLAIN],
                                hax_verification *result)
{
    for (int b = 0; b < claims->baseline_count; b++) {
        hax_verify_baseline *baseline = &claims->baselines[b];
        verifier->whose = baseline->name;
        for (int other = 0; other < b; other++)
            if (strcmp(claims->baselines[other].name, baseline->name) == 0)
                return hax_verify_refuse(verifier, HAX_REFUSAL_BASELINE_TWICE, "it stands twice");
        HAX_TRY(check_one(verifier, claims, baseline, best, result));
        verifier->whose = NULL;
    }
    result->baseline_count = claims->baseline_count;
    return check_tried(verifier, claims, best);
}
