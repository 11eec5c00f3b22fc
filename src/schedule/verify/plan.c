/* Jobs of a schedule found again, and held against the rules of the problem. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

const char *const hax_verify_parts[3] = { "run", "out", "in" };
const char *const hax_verify_proofs[3] = { "no", "event-waits", "all" };
const char *const hax_verify_goals[4] = { "latency", "throughput", "sum", "deadline" };

/* ---- refusals ---- */

static hax_status say(hax_verifier *verifier, hax_refusal kind, const char *what)
{
    verifier->refusal = kind;
    return verifier->whose ? hax_fail(verifier->err, HAX_MISMATCH, "baseline '%.50s': %s",
                                      verifier->whose, what)
                           : hax_fail(verifier->err, HAX_MISMATCH, "%s", what);
}

hax_status hax_verify_refuse(hax_verifier *verifier, hax_refusal kind, const char *format, ...)
{
    char what[HAX_ERROR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return say(verifier, kind, what);
}

hax_status hax_verify_refuse_job(hax_verifier *verifier, hax_refusal kind, const hax_job *job,
                                 const char *format, ...)
{
    char what[HAX_ERROR_MESSAGE_MAX];
    va_list args;
    int length = snprintf(what, sizeof what, "instance '%.100s', group %d, %s on '%.100s': ",
                          verifier->problem->instances[job->instance].name, job->group,
                          hax_verify_parts[job->part], verifier->problem->units[job->unit].name);
    va_start(args, format);
    vsnprintf(what + length, sizeof what - (size_t) length, format, args);
    va_end(args);
    return say(verifier, kind, what);
}

/* ---- memory ---- */

int hax_verify_group_count(const hax_problem *problem)
{
    int count = 0;
    for (int i = 0; i < problem->instance_count; i++)
        count += problem->instances[i].group_count;
    return count;
}

hax_status hax_verify_plan_open(hax_verify_plan *plan, const hax_problem *problem, int capacity,
                                hax_error *err)
{
    size_t jobs = (size_t) capacity + 1, instances = (size_t) problem->instance_count;
    *plan = (hax_verify_plan){ .problem = problem };
    plan->jobs = calloc(jobs, sizeof *plan->jobs);
    plan->offset = calloc(instances + 1, sizeof *plan->offset);
    plan->index = calloc(3 * (size_t) hax_verify_group_count(problem) + 1, sizeof *plan->index);
    plan->list = calloc(jobs, sizeof *plan->list);
    plan->start_ms = calloc(jobs, sizeof *plan->start_ms);
    plan->end_ms = calloc(jobs, sizeof *plan->end_ms);
    plan->finish_ms = calloc(instances + 1, sizeof *plan->finish_ms);
    if (!plan->jobs || !plan->offset || !plan->index || !plan->list || !plan->start_ms ||
        !plan->end_ms || !plan->finish_ms)
        return hax_fail_memory(err, "a schedule's check");
    for (int i = 0; i < problem->instance_count; i++)
        plan->offset[i + 1] = plan->offset[i] + problem->instances[i].group_count;
    return HAX_OK;
}

void hax_verify_plan_close(hax_verify_plan *plan)
{
    free(plan->jobs);
    free(plan->offset);
    free(plan->index);
    free(plan->list);
    free(plan->start_ms);
    free(plan->end_ms);
    free(plan->finish_ms);
    free(plan->overlaps);
    *plan = (hax_verify_plan){ 0 };
}

/* ---- an instance's chain: IN, run, OUT of each group ---- */

int hax_verify_job_before(const hax_verify_plan *plan, int job)
{
    const hax_job *behind = &plan->jobs[job];
    if (behind->part == HAX_PART_OUT)
        return *hax_verify_job(plan, behind->instance, behind->group, HAX_PART_RUN);
    int in = *hax_verify_job(plan, behind->instance, behind->group, HAX_PART_IN);
    if (behind->part == HAX_PART_RUN && in >= 0)
        return in;
    if (behind->group == 0)
        return -1;
    int out = *hax_verify_job(plan, behind->instance, behind->group - 1, HAX_PART_OUT);
    return out >= 0 ? out
                    : *hax_verify_job(plan, behind->instance, behind->group - 1, HAX_PART_RUN);
}

int hax_verify_last_job(const hax_verify_plan *plan, int instance)
{
    int last = plan->problem->instances[instance].group_count - 1;
    return *hax_verify_job(plan, instance, last, HAX_PART_RUN);
}

/* ---- what moving a tensor costs ---- */

/* Named alike, they take tensors from each other as they are; without a name only from itself. */
static bool alike(const hax_problem *problem, int a, int b)
{
    const hax_unit_spec *x = &problem->units[a], *y = &problem->units[b];
    if (!x->kind || !y->kind)
        return a == b;
    return strcmp(x->kind, y->kind) == 0;
}

hax_verify_move hax_verify_out(const hax_problem *problem, int instance, int group, int unit,
                               int other)
{
    const hax_cost *cost = &problem->instances[instance].groups[group].on[unit];
    hax_verify_move move = { 0, 0 };
    if (!alike(problem, unit, other))
        move = (hax_verify_move){ cost->out_ms, cost->out_gbps };
    return move;
}

hax_verify_move hax_verify_in(const hax_problem *problem, int instance, int group, int unit,
                              int other)
{
    const hax_cost *cost = &problem->instances[instance].groups[group].on[unit];
    hax_verify_move move = { 0, 0 };
    if (other == unit)
        return move;
    if (!alike(problem, unit, other))
        move = (hax_verify_move){ cost->in_ms, cost->in_gbps };
    for (int e = cost->entering_count - 1; e >= 0; e--)
        if (cost->entering[e].from_unit == other)
            move = (hax_verify_move){ cost->entering[e].ms, cost->entering[e].gbps };
    return move;
}

hax_verify_move hax_verify_alone(const hax_verify_plan *plan, int job)
{
    const hax_job *of = &plan->jobs[job];
    const hax_cost *cost = &plan->problem->instances[of->instance].groups[of->group].on[of->unit];
    switch (of->part) {
    case HAX_PART_OUT: return (hax_verify_move){ cost->out_ms, cost->out_gbps };
    case HAX_PART_IN:
        return hax_verify_in(plan->problem, of->instance, of->group, of->unit,
                             hax_verify_unit(plan, of->instance, of->group - 1));
    default: return (hax_verify_move){ cost->time_ms, cost->gbps };
    }
}

/* ---- rules ---- */

static hax_status find_job(hax_verifier *verifier, hax_verify_plan *plan, int j)
{
    const hax_problem *problem = verifier->problem;
    const hax_job *job = &plan->jobs[j];
    if (job->instance < 0 || job->instance >= problem->instance_count || job->unit < 0 ||
        job->unit >= problem->unit_count || job->group < 0 ||
        job->group >= problem->instances[job->instance].group_count ||
        (unsigned) job->part > HAX_PART_IN)
        return hax_verify_refuse(verifier, HAX_REFUSAL_JOB_UNKNOWN,
                                 "job %d names a unit, an instance, a group or a part that the "
                                 "problem does not have",
                                 j);
    if (!problem->instances[job->instance].groups[job->group].on[job->unit].allowed)
        return hax_verify_refuse_job(verifier, HAX_REFUSAL_NOT_ALLOWED, job,
                                     "the unit may not run this group");
    int *place = hax_verify_job(plan, job->instance, job->group, job->part);
    if (*place >= 0)
        return hax_verify_refuse_job(verifier, HAX_REFUSAL_JOB_TWICE, job, "it stands twice");
    *place = j;
    return HAX_OK;
}

/* IN and OUT stand on the unit of their group, exactly where it is entered or left at a cost. */
static hax_status check_side(hax_verifier *verifier, const hax_verify_plan *plan,
                             const hax_job *run, hax_part part, bool needed)
{
    int side = *hax_verify_job(plan, run->instance, run->group, part);
    if (side < 0 && needed)
        return hax_verify_refuse_job(verifier, HAX_REFUSAL_PART_MISSING, run,
                                     "the part '%s', which moving its tensor needs, is missing",
                                     hax_verify_parts[part]);
    if (side >= 0 && !needed)
        return hax_verify_refuse_job(verifier, HAX_REFUSAL_PART_NEEDLESS, &plan->jobs[side],
                                     "no tensor is to be moved here");
    if (side >= 0 && plan->jobs[side].unit != run->unit)
        return hax_verify_refuse_job(verifier, HAX_REFUSAL_PART_ELSEWHERE, &plan->jobs[side],
                                     "its group runs on '%s'",
                                     verifier->problem->units[run->unit].name);
    return HAX_OK;
}

static hax_status check_group(hax_verifier *verifier, const hax_verify_plan *plan, int i, int g)
{
    const hax_instance_spec *spec = &verifier->problem->instances[i];
    const hax_job *run = &plan->jobs[*hax_verify_job(plan, i, g, HAX_PART_RUN)];
    const int before = g > 0 ? hax_verify_unit(plan, i, g - 1) : run->unit;
    const int behind = g + 1 < spec->group_count ? hax_verify_unit(plan, i, g + 1) : run->unit;
    if (before != run->unit && spec->groups[g].joined)
        return hax_verify_refuse_job(verifier, HAX_REFUSAL_JOINED, run,
                                     "no cut is allowed before it");
    HAX_TRY(check_side(verifier, plan, run, HAX_PART_IN,
                       hax_verify_in(verifier->problem, i, g, run->unit, before).ms > 0));
    return check_side(verifier, plan, run, HAX_PART_OUT,
                      hax_verify_out(verifier->problem, i, g, run->unit, behind).ms > 0);
}

static hax_status check_instance(hax_verifier *verifier, const hax_verify_plan *plan, int i,
                                 int pieces[HAX_MAX_UNITS])
{
    const hax_instance_spec *spec = &verifier->problem->instances[i];
    int transitions = -1;
    for (int g = 0; g < spec->group_count; g++)
        if (*hax_verify_job(plan, i, g, HAX_PART_RUN) < 0)
            return hax_verify_refuse(verifier, HAX_REFUSAL_GROUP_MISSING,
                                     "instance '%.100s', group %d runs nowhere", spec->name, g);
    for (int g = 0; g < spec->group_count; g++) {
        HAX_TRY(check_group(verifier, plan, i, g));
        int unit = hax_verify_unit(plan, i, g);
        if (g > 0 && hax_verify_unit(plan, i, g - 1) == unit)
            continue;
        pieces[unit]++;
        transitions++;
    }
    if (verifier->problem->max_transitions >= 0 && transitions > verifier->problem->max_transitions)
        return hax_verify_refuse(verifier, HAX_REFUSAL_TRANSITIONS,
                                 "instance '%.100s' has %d transitions, at most %d are allowed",
                                 spec->name, transitions, verifier->problem->max_transitions);
    return HAX_OK;
}

static hax_status check_waits(hax_verifier *verifier, const hax_verify_plan *plan)
{
    for (int j = 0; j < plan->job_count; j++) {
        const hax_job *job = &plan->jobs[j];
        if (job->after < -1 || job->after >= plan->job_count || job->after == j ||
            !(job->delay_ms >= 0) || job->delay_ms > 1e300)
            return hax_verify_refuse_job(verifier, HAX_REFUSAL_WAIT, job,
                                         "it is to wait for itself, for a job that is none, or "
                                         "for ever");
    }
    return HAX_OK;
}

hax_status hax_verify_rules(hax_verifier *verifier, hax_verify_plan *plan)
{
    int pieces[HAX_MAX_UNITS] = { 0 };
    memset(plan->index, -1, 3 * (size_t) hax_verify_group_count(verifier->problem) * sizeof(int));
    for (int j = 0; j < plan->job_count; j++)
        HAX_TRY(find_job(verifier, plan, j));
    for (int i = 0; i < verifier->problem->instance_count; i++)
        HAX_TRY(check_instance(verifier, plan, i, pieces));
    for (int u = 0; u < verifier->problem->unit_count; u++)
        if (verifier->problem->units[u].max_pieces >= 0 &&
            pieces[u] > verifier->problem->units[u].max_pieces)
            return hax_verify_refuse(verifier, HAX_REFUSAL_PIECES,
                                     "unit '%.100s' has %d pieces, at most %d are allowed",
                                     verifier->problem->units[u].name, pieces[u],
                                     verifier->problem->units[u].max_pieces);
    return check_waits(verifier, plan);
}
