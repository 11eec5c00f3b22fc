/*
 * Schedules held against their problem by code that neither makes nor evaluates them: rules,
 * times, figures, baselines, verdict. docs/verify.md says what is checked and what is not.
 *
 * All functions are thread-safe: they keep no state.
 */
#ifndef HAXCONN_VERIFY_H
#define HAXCONN_VERIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "haxconn/api.h"
#include "haxconn/config.h"
#include "haxconn/problem.h"
#include "haxconn/schedule.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Why a schedule was refused: enumerator and name. Those before HAX_REFUSAL_JOB_UNKNOWN are of
 * documents that cannot be read as schedules of their problem (HAX_BAD_INPUT), the others of
 * schedules that claim what does not hold (HAX_MISMATCH). */
#define HAX_REFUSAL_TABLE(X)                            \
    X(HAX_REFUSAL_NONE, "none")                         \
    X(HAX_REFUSAL_NO_DOCUMENT, "no-document")           \
    X(HAX_REFUSAL_MEMBER, "member")                     \
    X(HAX_REFUSAL_UNIT_UNKNOWN, "unit-unknown")         \
    X(HAX_REFUSAL_INSTANCE_UNKNOWN, "instance-unknown") \
    X(HAX_REFUSAL_PART_UNKNOWN, "part-unknown")         \
    X(HAX_REFUSAL_WORD_UNKNOWN, "word-unknown")         \
    X(HAX_REFUSAL_AFTER_SHAPE, "after-shape")           \
    X(HAX_REFUSAL_PIECE_RANGE, "piece-range")           \
    X(HAX_REFUSAL_JOB_UNKNOWN, "job-unknown")           \
    X(HAX_REFUSAL_NOT_ALLOWED, "not-allowed")           \
    X(HAX_REFUSAL_JOB_TWICE, "job-twice")               \
    X(HAX_REFUSAL_GROUP_MISSING, "group-missing")       \
    X(HAX_REFUSAL_PART_MISSING, "part-missing")         \
    X(HAX_REFUSAL_PART_NEEDLESS, "part-needless")       \
    X(HAX_REFUSAL_PART_ELSEWHERE, "part-elsewhere")     \
    X(HAX_REFUSAL_JOINED, "joined")                     \
    X(HAX_REFUSAL_TRANSITIONS, "transitions")           \
    X(HAX_REFUSAL_PIECES, "pieces")                     \
    X(HAX_REFUSAL_WAIT, "wait")                         \
    X(HAX_REFUSAL_CIRCLE, "circle")                     \
    X(HAX_REFUSAL_PAUSE, "pause")                       \
    X(HAX_REFUSAL_ASSIGNMENT, "assignment")             \
    X(HAX_REFUSAL_START, "start")                       \
    X(HAX_REFUSAL_END, "end")                           \
    X(HAX_REFUSAL_SLOWDOWN, "slowdown")                 \
    X(HAX_REFUSAL_FINISH, "finish")                     \
    X(HAX_REFUSAL_OBJECTIVE, "objective")               \
    X(HAX_REFUSAL_VALUE, "value")                       \
    X(HAX_REFUSAL_LOST, "lost")                         \
    X(HAX_REFUSAL_OVERLAP, "overlap")                   \
    X(HAX_REFUSAL_OVERLAP_MISSING, "overlap-missing")   \
    X(HAX_REFUSAL_OVERLAP_ORDER, "overlap-order")       \
    X(HAX_REFUSAL_OVERLAP_REST, "overlap-rest")         \
    X(HAX_REFUSAL_BOUND_ABOVE, "bound-above")           \
    X(HAX_REFUSAL_BOUND_BEATEN, "bound-beaten")         \
    X(HAX_REFUSAL_GAP, "gap")                           \
    X(HAX_REFUSAL_PROOF, "proof")                       \
    X(HAX_REFUSAL_PROOF_BEATEN, "proof-beaten")         \
    X(HAX_REFUSAL_BASELINE_TWICE, "baseline-twice")     \
    X(HAX_REFUSAL_BASELINE_VALUE, "baseline-value")     \
    X(HAX_REFUSAL_BASELINE_EMPTY, "baseline-empty")     \
    X(HAX_REFUSAL_BASELINE_SHAPE, "baseline-shape")     \
    X(HAX_REFUSAL_BASELINE_BEST, "baseline-best")       \
    X(HAX_REFUSAL_BASELINE_NONE, "baseline-none")       \
    X(HAX_REFUSAL_BASELINE_MISSING, "baseline-missing") \
    X(HAX_REFUSAL_VERDICT_WORDS, "verdict-words")       \
    X(HAX_REFUSAL_VERDICT_HEAD, "verdict-head")         \
    X(HAX_REFUSAL_VERDICT_KIND, "verdict-kind")         \
    X(HAX_REFUSAL_VERDICT_RIVAL, "verdict-rival")       \
    X(HAX_REFUSAL_VERDICT_NUMBER, "verdict-number")     \
    X(HAX_REFUSAL_VERDICT_MISSED, "verdict-missed")     \
    X(HAX_REFUSAL_SENSITIVITY, "sensitivity")           \
    X(HAX_REFUSAL_ROBUST, "robust")

typedef enum hax_refusal {
#define X(name, word) name,
    HAX_REFUSAL_TABLE(X)
#undef X
        HAX_REFUSAL_COUNT
} hax_refusal;

/* "start" of HAX_REFUSAL_START. Never NULL. */
HAX_API const char *hax_refusal_name(hax_refusal refusal);

/* What was recomputed, and what a document claims that was not. */
typedef struct hax_verification {
    size_t size;         /* set by the initialiser; see config.h */
    hax_refusal refusal; /* filled in any case; HAX_REFUSAL_NONE when all that was checked holds */
    int job_count;
    double value;
    bool own_bound_reaches; /* the verifier's own bound reaches the claimed one: that is proven */
    double own_bound;       /* no schedule is better, by the longest chain of a network or the load
                               of a resource; weaker than what the search can prove */
    int baseline_count;
    int baselines_replayed; /* those of which the document says how they run */
    int baselines_best;     /* plain ones that were found again as the best of their kind */
    bool verdict_checked;
    char *unchecked; /* a line for each claim that was not checked, with the reason; freed with
                        free; NULL after a failure */
} hax_verification;

static inline hax_verification hax_verification_default(void)
{
    hax_verification answer;
    memset(&answer, 0, sizeof answer);
    answer.size = sizeof answer;
    return answer;
}

/*
 * Reads a "haxconn/schedule" document against its problem and recomputes what it claims. `file` is
 * for messages.
 *   HAX_OK         all that was checked holds
 *   HAX_MISMATCH   something does not: the error says what, *result its kind
 *   HAX_BAD_INPUT  not a schedule document of this problem
 */
HAX_API hax_status hax_schedule_verify_document(const hax_problem *problem, const char *json,
                                                size_t length, const char *file,
                                                hax_verification *result, hax_error *err);

/* The same for a schedule in memory, which has no baselines and no verdict; the kind of what is
 * wrong in *refusal (may be NULL), filled in any case. */
HAX_API hax_status hax_schedule_verify_kind(const hax_problem *problem,
                                            const hax_schedule *schedule, hax_refusal *refusal,
                                            hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
