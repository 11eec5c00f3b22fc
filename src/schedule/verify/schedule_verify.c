/*
 * Schedules held against their problem by code that neither makes nor evaluates them: what stands
 * in verify/ knows public headers and the base room only.
 */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "config.h"
#include "json.h"
#include "text.h"
#include "verify.h"

const char *hax_refusal_name(hax_refusal refusal)
{
    static const char *const names[] = {
#define X(name, word) [name] = word,
        HAX_REFUSAL_TABLE(X)
#undef X
    };
    return (unsigned) refusal < HAX_REFUSAL_COUNT ? names[refusal] : "unknown";
}

/* ---- in memory ---- */

hax_status hax_schedule_verify_kind(const hax_problem *problem, const hax_schedule *schedule,
                                    hax_refusal *refusal, hax_error *err)
{
    hax_verifier verifier = { .problem = problem, .err = err };
    hax_verify_claims claims = { .assignment = schedule->assignment,
                                 .finish_ms = schedule->finish_ms,
                                 .objective = problem->objective,
                                 .value = schedule->value,
                                 .bound = schedule->bound,
                                 .gap = schedule->gap,
                                 .proof = schedule->proof,
                                 .lost = schedule->lost };
    hax_status status = hax_verify_plan_open(&claims.plan, problem, schedule->job_count, err);
    if (status == HAX_OK) {
        memcpy(claims.plan.jobs, schedule->jobs,
               (size_t) schedule->job_count * sizeof *claims.plan.jobs);
        claims.plan.job_count = schedule->job_count;
        status = hax_verify_schedule(&verifier, &claims);
    }
    hax_verify_plan_close(&claims.plan);
    if (refusal)
        *refusal = verifier.refusal;
    return status;
}

hax_status hax_schedule_verify(const hax_problem *problem, const hax_schedule *schedule,
                               hax_error *err)
{
    return hax_schedule_verify_kind(problem, schedule, NULL, err);
}

/* ---- what was not checked ---- */

static void say_bound(const hax_problem *problem, const hax_verify_claims *claims,
                      const hax_verification *result, hax_text *out)
{
    const char *better = problem->objective == HAX_THROUGHPUT ? "above" : "below";
    if (isfinite(claims->bound) && !result->own_bound_reaches)
        hax_text_printf(out,
                        "that no schedule is %s the bound of %.6g: the document holds no "
                        "certificate; confirmed is that none is %s %.6g\n",
                        better, claims->bound, better, result->own_bound);
    if (claims->proof == HAX_PROOF_EVENT_WAITS)
        hax_text_append(out, "that it is the best of all schedules that wait for ends of jobs "
                             "only: that would take a search\n");
}

static void append_name(hax_text *list, const char *name)
{
    hax_text_printf(list, "%s%.50s", list->length ? ", " : "", name);
}

static void say_list(hax_text *out, const char *what, hax_text *names, const char *why)
{
    if (names->length > 0)
        hax_text_printf(out, "%s %s: %s\n", what, hax_text_get(names), why);
    out->failed = out->failed || names->failed;
    hax_text_free(names);
}

/* Whether a value is what the method gives, by how far it was checked. */
static void say_baselines(const hax_verify_claims *claims,
                          const hax_verify_whole best[HAX_VERIFY_PLAIN], hax_text *out)
{
    hax_text values = { 0 }, methods = { 0 }, plain = { 0 };
    for (int b = 0; b < claims->baseline_count; b++) {
        const hax_verify_baseline *one = &claims->baselines[b];
        int p = 0;
        while (p < HAX_VERIFY_PLAIN && strcmp(one->name, hax_verify_plain[p]) != 0)
            p++;
        bool tried = p < HAX_VERIFY_PLAIN && best[p].known && !one->cut_short;
        if (one->unfinished || tried)
            continue;
        append_name(!one->jobs ? &values : p < HAX_VERIFY_PLAIN ? &plain : &methods, one->name);
    }
    say_list(out, "the values of", &values, "the document does not say how they run");
    say_list(out, "that there are no better ones of the kind of", &plain,
             "there are too many to try, or they were cut short");
    say_list(out,
             "that the methods of these names give these schedules, which were replayed:", &methods,
             "that would take the methods");
}

static void say_rest(const hax_verify_claims *claims, const hax_verification *result, hax_text *out)
{
    if (claims->verdict && !result->verdict_checked)
        hax_text_append(out, "the verdict: it is a measured one, or of no known form, and the "
                             "document lists no baselines\n");
    if (claims->sensitivity.claimed && !claims->sensitivity.unfinished)
        hax_text_append(out, "ranges and regrets of the sensitivity: they take optima at other "
                             "times\n");
    if (claims->robust.claimed && !claims->robust.unfinished)
        hax_text_append(out, "regrets of the robust choice: they take optima at other times\n");
    hax_text_append(out, "name, tool and the search's nodes and seconds: nothing follows from "
                         "them\n");
}

static hax_status say_unchecked(const hax_verifier *verifier, const hax_verify_claims *claims,
                                const hax_verify_whole best[HAX_VERIFY_PLAIN],
                                hax_verification *result)
{
    hax_text out = { 0 };
    say_bound(verifier->problem, claims, result, &out);
    say_baselines(claims, best, &out);
    say_rest(claims, result, &out);
    result->unchecked = hax_text_take(&out);
    return result->unchecked ? HAX_OK : hax_fail_memory(verifier->err, "a schedule's check");
}

/* ---- documents ---- */

static hax_status verify_claims(hax_verifier *verifier, hax_verify_claims *claims,
                                hax_verification *result)
{
    hax_verify_whole best[HAX_VERIFY_PLAIN];
    HAX_TRY(hax_verify_schedule(verifier, claims));
    HAX_TRY(hax_verify_whole_networks(verifier, best));
    HAX_TRY(hax_verify_baselines(verifier, claims, best, result));
    HAX_TRY(hax_verify_verdict(verifier, claims, best, &result->verdict_checked));
    HAX_TRY(hax_verify_moves(verifier, claims));
    HAX_TRY(hax_verify_own_bound(verifier->problem, &result->own_bound, verifier->err));
    double allowed = hax_verify_allowed(verifier->problem, claims->bound, claims->plan.round_ms);
    result->own_bound_reaches =
        isfinite(claims->bound) &&
        !hax_verify_better(verifier->problem, result->own_bound, claims->bound, allowed);
    result->job_count = claims->plan.job_count;
    result->value = claims->plan.value;
    return say_unchecked(verifier, claims, best, result);
}

static hax_status verify_document(const hax_problem *problem, const char *json, size_t length,
                                  const char *file, hax_verification *result, hax_error *err)
{
    hax_verifier verifier = { .problem = problem, .err = err };
    hax_verify_claims claims = { .name = "" };
    json_t *tree = NULL;
    result->refusal = HAX_REFUSAL_NO_DOCUMENT;
    HAX_TRY(hax_json_parse(json, length, file, &tree, err));
    hax_arena *arena = hax_arena_create();
    hax_status status = arena ? hax_verify_read(&verifier, tree, file, arena, &claims)
                              : hax_fail_memory(err, "a schedule's check");
    if (status == HAX_BAD_INPUT && verifier.refusal == HAX_REFUSAL_NONE)
        verifier.refusal = HAX_REFUSAL_MEMBER;
    if (status == HAX_OK)
        status = verify_claims(&verifier, &claims, result);
    hax_verify_plan_close(&claims.plan);
    hax_arena_destroy(arena);
    json_decref(tree);
    result->refusal = verifier.refusal;
    return status;
}

hax_status hax_schedule_verify_document(const hax_problem *problem, const char *json, size_t length,
                                        const char *file, hax_verification *given, hax_error *err)
{
    HAX_TRY(hax_answer_check("hax_verification", sizeof *given, given, err));
    hax_verification result = hax_verification_default();
    hax_status status = verify_document(problem, json, length, file, &result, err);
    hax_answer_give(given, &result);
    return status;
}
