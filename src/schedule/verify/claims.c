/* What a schedule says of itself, held against its replay. */
#include <math.h>
#include <stdlib.h>

#include "verify.h"

double hax_verify_allowed(const hax_problem *problem, double value, double round_ms)
{
    const double rounding = 1e-12;
    if (isinf(value))
        return rounding;
    return rounding +
           HAX_VERIFY_TOLERANCE *
               (problem->objective == HAX_THROUGHPUT ? fabs(value) : fmax(fabs(value), round_ms));
}

bool hax_verify_better(const hax_problem *problem, double a, double b, double allowed)
{
    return problem->objective == HAX_THROUGHPUT ? a > b + allowed : a < b - allowed;
}

static double slack_ms(const hax_verify_plan *plan)
{
    return hax_verify_allowed(&(hax_problem){ .objective = HAX_LATENCY }, 0, plan->round_ms);
}

/* Also false for what is no number. */
static bool about(double claimed, double found, double allowed)
{
    return claimed == found || fabs(claimed - found) <= allowed;
}

/* ---- assignment and times ---- */

static hax_status check_assignment(hax_verifier *verifier, const hax_verify_claims *claims)
{
    for (int i = 0; i < verifier->problem->instance_count; i++)
        for (int g = 0; g < verifier->problem->instances[i].group_count; g++) {
            int unit = hax_verify_unit(&claims->plan, i, g), claimed = claims->assignment[i][g];
            if (claimed != unit)
                return hax_verify_refuse(
                    verifier, HAX_REFUSAL_ASSIGNMENT,
                    "instance '%.100s', group %d is assigned to '%.100s', but runs on '%.100s'",
                    verifier->problem->instances[i].name, g,
                    claimed < 0 || claimed >= verifier->problem->unit_count
                        ? "no unit"
                        : verifier->problem->units[claimed].name,
                    verifier->problem->units[unit].name);
        }
    return HAX_OK;
}

/* The claimed slowdown must fit the claimed times, which have been checked. */
static hax_status check_slowdown(hax_verifier *verifier, const hax_verify_plan *plan, int j)
{
    const hax_job *job = &plan->jobs[j];
    double alone = hax_verify_alone(plan, j).ms, duration_ms = job->end_ms - job->start_ms;
    double allowed_ms = HAX_VERIFY_TOLERANCE * duration_ms + 1e-9 * job->end_ms;
    if (about(job->slowdown, 1, HAX_VERIFY_TOLERANCE) && alone == 0)
        return HAX_OK;
    if (alone > 0 && about(job->slowdown * alone, duration_ms, allowed_ms))
        return HAX_OK;
    return hax_verify_refuse_job(verifier, HAX_REFUSAL_SLOWDOWN, job,
                                 "its slowdown is %.9g, not %.9g: %.9g ms for a time alone of "
                                 "%.9g ms",
                                 alone > 0 ? duration_ms / alone : 1, job->slowdown, duration_ms,
                                 alone);
}

/* The earliest event that is claimed for another moment: what is wrong behind it may only follow.
 */
typedef struct wrong_event {
    int job; /* -1: none */
    bool is_end;
    double moment_ms; /* claimed or found, whichever comes first */
} wrong_event;

static void note_event(wrong_event *first, int job, bool is_end, double claimed_ms, double found_ms,
                       double allowed_ms)
{
    double moment_ms = isnan(claimed_ms) ? found_ms : fmin(claimed_ms, found_ms);
    if (about(claimed_ms, found_ms, allowed_ms) ||
        (first->job >= 0 && moment_ms >= first->moment_ms))
        return;
    *first = (wrong_event){ job, is_end, moment_ms };
}

static hax_status refuse_event(hax_verifier *verifier, const hax_verify_plan *plan,
                               const wrong_event *event)
{
    const hax_job *job = &plan->jobs[event->job];
    if (event->is_end)
        return hax_verify_refuse_job(verifier, HAX_REFUSAL_END, job,
                                     "its time alone, slowed by what runs beside, ends at %.9g ms, "
                                     "not at %.9g ms",
                                     plan->end_ms[event->job], job->end_ms);
    return hax_verify_refuse_job(verifier, HAX_REFUSAL_START, job,
                                 "by its order and waits it starts at %.9g ms, not at %.9g ms",
                                 plan->start_ms[event->job], job->start_ms);
}

static hax_status check_times(hax_verifier *verifier, const hax_verify_plan *plan)
{
    wrong_event first = { .job = -1 };
    for (int p = 0; p < plan->job_count; p++) {
        int j = plan->list[p];
        const hax_job *job = &plan->jobs[j];
        note_event(&first, j, false, job->start_ms, plan->start_ms[j], slack_ms(plan));
        note_event(&first, j, true, job->end_ms, plan->end_ms[j], slack_ms(plan));
    }
    if (first.job >= 0)
        return refuse_event(verifier, plan, &first);
    for (int p = 0; p < plan->job_count; p++)
        HAX_TRY(check_slowdown(verifier, plan, plan->list[p]));
    return HAX_OK;
}

static hax_status check_finish(hax_verifier *verifier, const hax_verify_claims *claims)
{
    const hax_verify_plan *plan = &claims->plan;
    for (int i = 0; claims->finish_ms && i < verifier->problem->instance_count; i++)
        if (!about(claims->finish_ms[i], plan->finish_ms[i], slack_ms(plan)))
            return hax_verify_refuse(verifier, HAX_REFUSAL_FINISH,
                                     "instance '%.100s' finishes at %.9g ms, not at %.9g ms",
                                     verifier->problem->instances[i].name, plan->finish_ms[i],
                                     claims->finish_ms[i]);
    return HAX_OK;
}

/* ---- what is lost ---- */

static hax_status check_lost(hax_verifier *verifier, const hax_verify_claims *claims)
{
    const hax_losses *claimed = &claims->lost, *found = &claims->plan.lost;
    const struct {
        const char *name;
        double claimed_ms, found_ms;
    } figures[] = { { "contention", claimed->contention_ms, found->contention_ms },
                    { "transitions", claimed->transitions_ms, found->transitions_ms },
                    { "idling", claimed->idle_ms, found->idle_ms } };
    for (size_t f = 0; f < sizeof figures / sizeof *figures; f++) {
        double allowed_ms = slack_ms(&claims->plan) + HAX_VERIFY_TOLERANCE * figures[f].found_ms;
        if (!about(figures[f].claimed_ms, figures[f].found_ms, allowed_ms))
            return hax_verify_refuse(verifier, HAX_REFUSAL_LOST,
                                     "%.9g ms are lost to %s, not %.9g ms", figures[f].found_ms,
                                     figures[f].name, figures[f].claimed_ms);
    }
    return HAX_OK;
}

static int by_jobs(const void *a, const void *b)
{
    const hax_verify_overlap *x = a, *y = b;
    return x->job != y->job ? (x->job > y->job) - (x->job < y->job)
                            : (x->other > y->other) - (x->other < y->other);
}

static hax_status refuse_overlap(hax_verifier *verifier, hax_refusal kind,
                                 const hax_verify_claims *claims, const hax_verify_overlap *pair,
                                 const char *what)
{
    const hax_job *beside = &claims->plan.jobs[pair->other];
    return hax_verify_refuse_job(verifier, kind, &claims->plan.jobs[pair->job],
                                 "beside '%.100s', group %d, %s: %s",
                                 verifier->problem->instances[beside->instance].name, beside->group,
                                 hax_verify_parts[beside->part], what);
}

/* What the replay found and the list has not: how many they can be, and what is lost in them. */
typedef struct unlisted {
    double least, most;
    double lost_ms;
} unlisted;

/* The list has the most expensive: what it leaves out, and says so, costs no more than its last
 * one. */
static bool may_be_left_out(const hax_verify_claims *claims, double cheapest_ms,
                            const hax_verify_overlap *found, double allowed_ms)
{
    return found->lost_ms <= allowed_ms ||
           (claims->leaves_out && found->lost_ms <= cheapest_ms + allowed_ms);
}

/* What is lost in rounding only may count or not. */
static void note_unlisted(unlisted *rest, double lost_ms)
{
    static const double rounding_ms = 2e-9;
    rest->least += lost_ms > rounding_ms;
    rest->most += lost_ms > 0;
    rest->lost_ms += lost_ms;
}

/* Both lists by their jobs; what is lost in rounding only may stand in one of them. */
static hax_status check_overlaps(hax_verifier *verifier, const hax_verify_claims *claims,
                                 double cheapest_ms, unlisted *rest)
{
    const hax_verify_plan *plan = &claims->plan;
    double allowed_ms = slack_ms(plan);
    int c = 0, f = 0;
    while (c < claims->overlap_count || f < plan->overlap_count) {
        const hax_verify_overlap *claimed = &claims->overlaps[c], *found = &plan->overlaps[f];
        int order = c == claims->overlap_count ? 1
                    : f == plan->overlap_count ? -1
                                               : by_jobs(claimed, found);
        if (order < 0 && fabs(claimed->lost_ms) > allowed_ms)
            return refuse_overlap(verifier, HAX_REFUSAL_OVERLAP, claims, claimed,
                                  "it loses nothing there, or stands twice in the overlaps");
        if (order > 0 && !may_be_left_out(claims, cheapest_ms, found, allowed_ms))
            return refuse_overlap(verifier, HAX_REFUSAL_OVERLAP_MISSING, claims, found,
                                  "what it loses there is not among the overlaps");
        if (order == 0 && (!about(claimed->lost_ms, found->lost_ms, allowed_ms) ||
                           !about(claimed->together_ms, found->together_ms, allowed_ms)))
            return refuse_overlap(verifier, HAX_REFUSAL_OVERLAP, claims, claimed,
                                  "the overlap is not as long, or does not cost as much");
        if (order > 0)
            note_unlisted(rest, found->lost_ms);
        c += order <= 0;
        f += order >= 0;
    }
    return HAX_OK;
}

static hax_status check_left_out(hax_verifier *verifier, const hax_verify_claims *claims,
                                 const unlisted *rest)
{
    const double allowed_ms = slack_ms(&claims->plan) + HAX_VERIFY_TOLERANCE * fabs(rest->lost_ms);
    if (claims->left_out_count < rest->least || claims->left_out_count > rest->most)
        return hax_verify_refuse(verifier, HAX_REFUSAL_OVERLAP_REST,
                                 "%.0f overlaps are not in the list, not %.9g", rest->least,
                                 claims->left_out_count);
    if (!about(claims->left_out_ms, rest->lost_ms, allowed_ms))
        return hax_verify_refuse(verifier, HAX_REFUSAL_OVERLAP_REST,
                                 "the overlaps that are not in the list cost %.9g ms, not %.9g ms",
                                 rest->lost_ms, claims->left_out_ms);
    return HAX_OK;
}

static hax_status check_overlap_list(hax_verifier *verifier, hax_verify_claims *claims)
{
    hax_verify_plan *plan = &claims->plan;
    const double cheapest_ms =
        claims->overlap_count > 0 ? claims->overlaps[claims->overlap_count - 1].lost_ms : INFINITY;
    unlisted rest = { 0 };
    for (int o = 1; o < claims->overlap_count; o++)
        if (claims->overlaps[o].lost_ms > claims->overlaps[o - 1].lost_ms + slack_ms(plan))
            return refuse_overlap(
                verifier, HAX_REFUSAL_OVERLAP_ORDER, claims, &claims->overlaps[o],
                "the most expensive overlaps come first, and this one costs more than "
                "the one before it");
    if (claims->overlap_count > 0)
        qsort(claims->overlaps, (size_t) claims->overlap_count, sizeof *claims->overlaps, by_jobs);
    if (plan->overlap_count > 0)
        qsort(plan->overlaps, (size_t) plan->overlap_count, sizeof *plan->overlaps, by_jobs);
    HAX_TRY(check_overlaps(verifier, claims, cheapest_ms, &rest));
    return claims->leaves_out ? check_left_out(verifier, claims, &rest) : HAX_OK;
}

/* ---- figures ---- */

static hax_status check_value(hax_verifier *verifier, const hax_verify_claims *claims)
{
    double found = claims->plan.value;
    if (claims->objective != verifier->problem->objective)
        return hax_verify_refuse(
            verifier, HAX_REFUSAL_OBJECTIVE, "the objective of the problem is %s, not %s",
            hax_verify_goals[verifier->problem->objective], hax_verify_goals[claims->objective]);
    if (!about(claims->value, found,
               hax_verify_allowed(verifier->problem, found, claims->plan.round_ms)))
        return hax_verify_refuse(verifier, HAX_REFUSAL_VALUE, "the objective is %.9g, not %.9g",
                                 found, claims->value);
    return HAX_OK;
}

/* Apart by a share of some size; of nothing, no share says it. */
static bool is_share(double gap, double apart, double size)
{
    double expected = size > 0 ? apart / size : INFINITY;
    return gap == expected || fabs(gap - expected) <= HAX_VERIFY_TOLERANCE * expected + 1e-9;
}

/* |value - bound| / |value|; lateness passes through zero, and may be held against the larger of
 * the two. */
static bool gap_fits(const hax_verify_claims *claims)
{
    double apart = fabs(claims->value - claims->bound), size = fabs(claims->value);
    if (claims->value == claims->bound)
        return claims->gap == 0;
    if (isinf(claims->bound))
        return isinf(claims->gap) && claims->gap > 0;
    return is_share(claims->gap, apart, size) ||
           (claims->objective == HAX_DEADLINE &&
            is_share(claims->gap, apart, fmax(size, fabs(claims->bound))));
}

static hax_status check_bound(hax_verifier *verifier, const hax_verify_claims *claims)
{
    double allowed = hax_verify_allowed(verifier->problem, claims->value, claims->plan.round_ms);
    bool bounded = !isinf(claims->bound) || claims->bound == claims->value;
    if (hax_verify_better(verifier->problem, claims->value, claims->bound, allowed))
        return hax_verify_refuse(verifier, HAX_REFUSAL_BOUND_ABOVE,
                                 "no schedule is to be better than %.9g, and this one is: %.9g",
                                 claims->bound, claims->value);
    if (!gap_fits(claims))
        return hax_verify_refuse(verifier, HAX_REFUSAL_GAP,
                                 "the gap between the value %.9g and the bound %.9g is not %.9g",
                                 claims->value, claims->bound, claims->gap);
    if (claims->proof == HAX_PROOF_ALL &&
        (!bounded || !about(claims->bound, claims->value, allowed)))
        return hax_verify_refuse(verifier, HAX_REFUSAL_PROOF,
                                 "it is called proven for all schedules, but the bound is %.9g and "
                                 "the value %.9g",
                                 claims->bound, claims->value);
    if (claims->proof != HAX_PROOF_ALL && bounded && claims->gap == 0)
        return hax_verify_refuse(verifier, HAX_REFUSAL_PROOF,
                                 "the bound meets the value, which proves it for all schedules, "
                                 "and it is called proven for '%s'",
                                 hax_verify_proofs[claims->proof]);
    return HAX_OK;
}

hax_status hax_verify_schedule(hax_verifier *verifier, hax_verify_claims *claims)
{
    hax_verify_plan *plan = &claims->plan;
    plan->wants_overlaps = claims->lists_overlaps;
    HAX_TRY(hax_verify_rules(verifier, plan));
    HAX_TRY(check_assignment(verifier, claims));
    HAX_TRY(hax_verify_order(verifier, plan));
    HAX_TRY(hax_verify_replay(verifier, plan));
    HAX_TRY(check_times(verifier, plan));
    HAX_TRY(check_finish(verifier, claims));
    HAX_TRY(check_value(verifier, claims));
    HAX_TRY(check_lost(verifier, claims));
    if (claims->lists_overlaps)
        HAX_TRY(check_overlap_list(verifier, claims));
    return check_bound(verifier, claims);
}
