/* The verifier: each refusal once, what must be accepted, and that it agrees with what it shares
 * nothing with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "documents.h"
#include "property.h"
#include "random.h"
#include "verify.h"

/* ---- problems ---- */

/* The wait that is optimal: A's first group is slowed by B, its second is not. */
static const char waiting[] =
    "{'schema': 'haxconn/problem', 'version': 1, 'resources': ['r1', 'r2'], 'units': ["
    "{'name': 'u1', 'uses': ['r1'], 'slowdown': {'kind': 'table', 'own_gbps': [0, 50],"
    " 'external_gbps': [50], 'slowdown': [[1], [2]]}}, {'name': 'u2', 'uses': ['r2']}],"
    " 'instances': [{'name': 'A', 'groups': ["
    "{'name': 'first', 'on': {'u1': {'time_ms': 10, 'gbps': 50}}},"
    "{'name': 'second', 'on': {'u1': {'time_ms': 10, 'gbps': 0}}}]},"
    "{'name': 'B', 'groups': [{'name': 'only', 'on': {'u2': {'time_ms': 12, 'gbps': 50}}}]}],"
    " 'objective': 'latency'}";

/* Both networks change the unit; 3 ms, and 4 ms whole. */
static const char crossed[] =
    "{'schema': 'haxconn/problem', 'version': 1, 'resources': ['a', 'b'], 'units': ["
    "{'name': 'a', 'uses': ['a']}, {'name': 'b', 'uses': ['b']}], 'instances': ["
    "{'name': 'A', 'groups': [{'name': '0', 'on': {'a': {'time_ms': 1}, 'b': {'time_ms': 2}}},"
    "{'name': '1', 'on': {'a': {'time_ms': 2}, 'b': {'time_ms': 1}}}]},"
    "{'name': 'B', 'groups': [{'name': '0', 'on': {'a': {'time_ms': 2}, 'b': {'time_ms': 1}}},"
    "{'name': '1', 'on': {'a': {'time_ms': 2}, 'b': {'time_ms': 3}}}]}],"
    " 'objective': 'latency'}";

/* One network that moves from one unit to the other. */
static const char moving[] =
    "{'schema': 'haxconn/problem', 'version': 1, 'resources': ['a', 'b'], 'units': ["
    "{'name': 'a', 'uses': ['a']}, {'name': 'b', 'uses': ['b']}], 'instances': ["
    "{'name': 'N', 'groups': ["
    "{'name': '0', 'on': {'a': {'time_ms': 1, 'out_ms': 0.5}, 'b': {'time_ms': 5}}},"
    "{'name': '1', 'on': {'a': {'time_ms': 9}, 'b': {'time_ms': 2, 'in_ms': 0.25}}}]}],"
    " 'objective': 'latency', 'limits': {'max_transitions': null, 'max_pieces': {'b': 3}}}";

/* The same with deadlines that cannot be kept: B is 2 ms late. */
static const char lateness[] =
    "{'schema': 'haxconn/problem', 'version': 1, 'resources': ['a', 'b'], 'units': ["
    "{'name': 'a', 'uses': ['a']}, {'name': 'b', 'uses': ['b']}], 'instances': ["
    "{'name': 'A', 'deadline_ms': 1, 'groups': ["
    "{'name': '0', 'on': {'a': {'time_ms': 1}, 'b': {'time_ms': 2}}},"
    "{'name': '1', 'on': {'a': {'time_ms': 2}, 'b': {'time_ms': 1}}}]},"
    "{'name': 'B', 'deadline_ms': 1, 'groups': ["
    "{'name': '0', 'on': {'a': {'time_ms': 2}, 'b': {'time_ms': 1}}},"
    "{'name': '1', 'on': {'a': {'time_ms': 2}, 'b': {'time_ms': 3}}}]}],"
    " 'objective': 'deadline'}";

/* The same with deadlines that are kept with 1 ms to spare. */
static const char kept[] =
    "{'schema': 'haxconn/problem', 'version': 1, 'resources': ['a', 'b'], 'units': ["
    "{'name': 'a', 'uses': ['a']}, {'name': 'b', 'uses': ['b']}], 'instances': ["
    "{'name': 'A', 'deadline_ms': 4, 'groups': ["
    "{'name': '0', 'on': {'a': {'time_ms': 1}, 'b': {'time_ms': 2}}},"
    "{'name': '1', 'on': {'a': {'time_ms': 2}, 'b': {'time_ms': 1}}}]},"
    "{'name': 'B', 'deadline_ms': 4, 'groups': ["
    "{'name': '0', 'on': {'a': {'time_ms': 2}, 'b': {'time_ms': 1}}},"
    "{'name': '1', 'on': {'a': {'time_ms': 2}, 'b': {'time_ms': 3}}}]}],"
    " 'objective': 'deadline'}";

/* JSON with other quotes is easier to read in C; what begins with its own keeps them. */
static char *quoted(const char *text)
{
    char *made = strdup(text);
    assert_non_null(made);
    for (char *at = made; *at && *text != '"'; at++)
        if (*at == '\'')
            *at = '"';
    return made;
}

static const hax_problem *problem_of(const char *text)
{
    char *json = quoted(text);
    const hax_problem *problem = document_problem(json);
    free(json);
    return problem;
}

/* ---- samples ---- */

typedef enum sample { WAITING, CROSSED, MOVING, LATE, LATENESS, KEPT, SAMPLES } sample;

static const char *const sample_problems[SAMPLES] = { waiting, crossed,  moving,
                                                      waiting, lateness, kept };

/* B much later than it could begin: plain deployments are better. */
static json_t *late_document(const hax_problem *problem)
{
    const hax_job jobs[] = { { .unit = 0, .instance = 0, .group = 0, .after = -1 },
                             { .unit = 0, .instance = 0, .group = 1, .after = -1 },
                             { .unit = 1, .instance = 1, .after = -1, .delay_ms = 100 } };
    return document_evaluated(problem, 3, jobs);
}

static json_t *document_of(sample kind, const hax_problem *problem)
{
    return kind == LATE ? late_document(problem) : document_solved(problem, UINT64_MAX);
}

/* Where a baseline stands in a document. */
static size_t baseline_index(const json_t *document, const char *name)
{
    const json_t *list = json_object_get(document, "baselines");
    size_t b = 0;
    while (b < json_array_size(list) &&
           strcmp(json_string_value(json_object_get(json_array_get(list, b), "name")), name) != 0)
        b++;
    assert_true(b < json_array_size(list));
    return b;
}

/* ---- each refusal ---- */

typedef struct edit {
    const char *path; /* "@serial" at its beginning stands for baselines[N] */
    const char *value;
} edit;

typedef struct refusal_case {
    hax_refusal kind;
    sample from;
    edit problem; /* the schedule is made before */
    edit edits[4];
    const char *says; /* part of the message */
} refusal_case;

#define JOB(instance, group, part)                                                        \
    "{'instance': '" instance "', 'group': " group ", 'part': '" part "', 'start_ms': 0," \
    " 'end_ms': 0, 'slowdown': 1}"

#define SENSITIVITY(optimal, spread)                                                             \
    "{'optimal': " optimal ", 'units': {'u1': {'low': 0.5, 'high': 2, 'low_open': false,"        \
    " 'high_open': false}, 'u2': {'low': 1, 'high': 1, 'low_open': false, 'high_open': false}}," \
    " 'spread': " spread ", 'measured': false, 'moves': {'u1': {'low': 0.8, 'high': 1.2},"       \
    " 'u2': {'low': 0.8, 'high': 1.2}}, 'worst_regret': 0.1,"                                    \
    " 'worst_factors': {'u1': 0.8, 'u2': 1}, 'limited': false}"

#define ROBUST(regret, value)                                                         \
    "{'spread': 0.2, 'measured': false, 'moves': {'u1': {'low': 0.8, 'high': 1.2},"   \
    " 'u2': {'low': 0.8, 'high': 1.2}}, 'candidates': 9, 'worst_regret': " regret "," \
    " 'optimum_worst_regret': 0.1, 'value': " value ", 'optimum_value': 21, 'limited': false}"

#define SPLIT_KEPT "split: the largest lateness is -1 ms, 1 ms less than with per-network"
#define SPLIT_LATE "split: the largest lateness is 2 ms, 1 ms less than with per-network"

static const refusal_case refusals[] = {
    { HAX_REFUSAL_MEMBER, WAITING, { 0 }, { { "value", NULL } }, "'value' is missing" },
    { HAX_REFUSAL_MEMBER, WAITING, { 0 }, { { "verdct", "'x'" } }, "verdct" },
    { HAX_REFUSAL_MEMBER, WAITING, { 0 }, { { "schema", "'haxconn/problem'" } }, "schema" },
    { HAX_REFUSAL_UNIT_UNKNOWN, WAITING, { 0 }, { { "assignment.B[0]", "'nope'" } }, "nope" },
    { HAX_REFUSAL_UNIT_UNKNOWN, WAITING, { 0 }, { { "order.nope", "[]" } }, "nope" },
    { HAX_REFUSAL_INSTANCE_UNKNOWN, WAITING, { 0 }, { { "order.u2[0].instance", "'C'" } }, "'C'" },
    { HAX_REFUSAL_PART_UNKNOWN, WAITING, { 0 }, { { "order.u2[0].part", "'over'" } }, "over" },
    { HAX_REFUSAL_WORD_UNKNOWN, WAITING, { 0 }, { { "proven", "'perhaps'" } }, "perhaps" },
    { HAX_REFUSAL_AFTER_SHAPE, WAITING, { 0 }, { { "order.u2[0].after", "['A', 0]" } }, "must be" },
    { HAX_REFUSAL_AFTER_SHAPE,
      WAITING,
      { 0 },
      { { "order.u2[0].after", "['A', 0, 'in']" } },
      "not there" },
    { HAX_REFUSAL_AFTER_SHAPE,
      WAITING,
      { 0 },
      { { "overlaps[0].beside", "['B', 0, 'in']" } },
      "no such job" },
    { HAX_REFUSAL_PIECE_RANGE,
      WAITING,
      { 0 },
      { { "@mensa.pieces[0].first_group", "1" }, { "@mensa.pieces[0].last_group", "0" } },
      "comes after" },
    { HAX_REFUSAL_PIECE_RANGE,
      WAITING,
      { 0 },
      { { "@mensa.pieces[2]",
          "{'unit': 'u2', 'instance': 'B', 'first_group': 0, 'last_group': 0}" } },
      "more groups" },
    { HAX_REFUSAL_NOT_ALLOWED,
      WAITING,
      { 0 },
      { { "@mensa.pieces[0].unit", "'u2'" } },
      "baseline 'mensa'" },
    { HAX_REFUSAL_JOB_TWICE, WAITING, { 0 }, { { "order.u1[1].group", "0" } }, "stands twice" },
    { HAX_REFUSAL_GROUP_MISSING, WAITING, { 0 }, { { "order.u1[1]", NULL } }, "runs nowhere" },
    { HAX_REFUSAL_PART_MISSING, MOVING, { 0 }, { { "order.a[1]", NULL } }, "'out'" },
    { HAX_REFUSAL_PART_NEEDLESS,
      WAITING,
      { 0 },
      { { "order.u1[2]", JOB("A", "0", "out") } },
      "no tensor" },
    { HAX_REFUSAL_PART_ELSEWHERE,
      MOVING,
      { 0 },
      { { "order.a[1]", NULL }, { "order.b[2]", JOB("N", "0", "out") } },
      "runs on 'a'" },
    { HAX_REFUSAL_JOINED,
      MOVING,
      { "instances[0].groups[1].joined", "true" },
      { { 0 } },
      "no cut" },
    { HAX_REFUSAL_TRANSITIONS,
      MOVING,
      { "limits.max_transitions", "0" },
      { { 0 } },
      "1 transitions" },
    { HAX_REFUSAL_PIECES, MOVING, { "limits.max_pieces.b", "0" }, { { 0 } }, "1 pieces" },
    { HAX_REFUSAL_WAIT, WAITING, { 0 }, { { "order.u2[0].after", "['B', 0, 'run']" } }, "itself" },
    { HAX_REFUSAL_CIRCLE,
      WAITING,
      { 0 },
      { { "order.u1[0].after", "['A', 1, 'run']" } },
      "never start" },
    { HAX_REFUSAL_PAUSE, MOVING, { 0 }, { { "order.b[1].delay_ms", "5" } }, "without a pause" },
    { HAX_REFUSAL_ASSIGNMENT, CROSSED, { 0 }, { { "assignment.A[0]", "'b'" } }, "runs on 'a'" },
    { HAX_REFUSAL_ASSIGNMENT, CROSSED, { 0 }, { { "assignment.A[1]", NULL } }, "1 are assigned" },
    { HAX_REFUSAL_ASSIGNMENT,
      CROSSED,
      { 0 },
      { { "assignment.A", NULL } },
      "not in the assignment" },
    { HAX_REFUSAL_START, WAITING, { 0 }, { { "order.u2[0].start_ms", "9.001" } }, "9.001" },
    { HAX_REFUSAL_START, WAITING, { 0 }, { { "order.u2[0].delay_ms", "1000" } }, "1000" },
    { HAX_REFUSAL_END, WAITING, { 0 }, { { "order.u2[0].end_ms", "20.999" } }, "20.999" },
    { HAX_REFUSAL_END,
      WAITING,
      { 0 },
      { { "order.u2[0].delay_ms", "0" }, { "order.u2[0].start_ms", "0" } },
      "ends at 16" },
    { HAX_REFUSAL_SLOWDOWN, WAITING, { 0 }, { { "order.u1[0].slowdown", "1.101" } }, "1.101" },
    { HAX_REFUSAL_OBJECTIVE, WAITING, { 0 }, { { "objective", "'sum'" } }, "not sum" },
    { HAX_REFUSAL_VALUE, WAITING, { 0 }, { { "value", "20.9" } }, "21, not 20.9" },
    { HAX_REFUSAL_VALUE, WAITING, { 0 }, { { "value", "null" } }, "21, not inf" },
    { HAX_REFUSAL_LOST, WAITING, { 0 }, { { "lost_ms.idle", "8" } }, "idling" },
    { HAX_REFUSAL_LOST, MOVING, { 0 }, { { "lost_ms.transitions", "0" } }, "0.75 ms" },
    { HAX_REFUSAL_OVERLAP, WAITING, { 0 }, { { "overlaps[0].lost_ms", "2" } }, "cost as much" },
    { HAX_REFUSAL_OVERLAP,
      WAITING,
      { 0 },
      { { "overlaps[0].beside", "['A', 1, 'run']" } },
      "loses nothing" },
    { HAX_REFUSAL_OVERLAP_MISSING, WAITING, { 0 }, { { "overlaps", NULL } }, "not among" },
    { HAX_REFUSAL_OVERLAP_ORDER,
      WAITING,
      { 0 },
      { { "overlaps[1]", "{'job': ['A', 1, 'run'], 'beside': ['B', 0, 'run'], 'together_ms': 10, "
                         "'lost_ms': 3}" } },
      "most expensive" },
    { HAX_REFUSAL_OVERLAP_MISSING,
      WAITING,
      { 0 },
      { { "overlaps[0]", "{'job': ['A', 1, 'run'], 'beside': ['B', 0, 'run'], 'together_ms': 10, "
                         "'lost_ms': 0}" },
        { "overlaps_left_out", "{'count': 1, 'lost_ms': 1}" } },
      "not among" },
    { HAX_REFUSAL_OVERLAP_REST,
      WAITING,
      { 0 },
      { { "overlaps", NULL }, { "overlaps_left_out", "{'count': 2, 'lost_ms': 1}" } },
      "1 overlaps are not in the list, not 2" },
    { HAX_REFUSAL_OVERLAP_REST,
      WAITING,
      { 0 },
      { { "overlaps", NULL }, { "overlaps_left_out", "{'count': 1, 'lost_ms': 0.5}" } },
      "cost 1 ms, not 0.5 ms" },
    { HAX_REFUSAL_OVERLAP_REST,
      WAITING,
      { 0 },
      { { "overlaps_left_out", "{'count': 1, 'lost_ms': 0}" } },
      "0 overlaps" },
    { HAX_REFUSAL_BOUND_ABOVE, WAITING, { 0 }, { { "bound", "22" } }, "better than 22" },
    { HAX_REFUSAL_BOUND_BEATEN,
      LATE,
      { 0 },
      { { "bound", "56" }, { "gap", "0.5" } },
      "'per-network'" },
    { HAX_REFUSAL_BOUND_BEATEN,
      LATE,
      { 0 },
      { { "bound", "56" }, { "gap", "0.5" }, { "baselines", "[]" }, { "verdict", "null" } },
      "'per-network'" },
    { HAX_REFUSAL_GAP, WAITING, { 0 }, { { "gap", "0.5" } }, "0.5" },
    { HAX_REFUSAL_PROOF, WAITING, { 0 }, { { "proven", "'no'" } }, "meets" },
    { HAX_REFUSAL_PROOF, LATE, { 0 }, { { "proven", "'all'" } }, "called proven" },
    { HAX_REFUSAL_PROOF_BEATEN,
      LATE,
      { 0 },
      { { "proven", "'event-waits'" } },
      "best of that kind" },
    { HAX_REFUSAL_BASELINE_TWICE, WAITING, { 0 }, { { "@h2h.name", "'mensa'" } }, "twice" },
    { HAX_REFUSAL_BASELINE_VALUE, WAITING, { 0 }, { { "@h2h.value", "25" } }, "26, not 25" },
    { HAX_REFUSAL_BASELINE_EMPTY, WAITING, { 0 }, { { "@h2h.value", "null" } }, "no value" },
    { HAX_REFUSAL_BASELINE_EMPTY,
      WAITING,
      { 0 },
      { { "@h2h.unfinished", "true" } },
      "not finished" },
    { HAX_REFUSAL_BASELINE_SHAPE,
      CROSSED,
      { 0 },
      { { "@serial", NULL }, { "@per-network.name", "'serial'" } },
      "not 'serial'" },
    { HAX_REFUSAL_BASELINE_BEST,
      CROSSED,
      { 0 },
      { { "@serial.pieces", NULL }, { "@serial.value", "1e9" } },
      "7, not 1e+09" },
    { HAX_REFUSAL_BASELINE_NONE,
      WAITING,
      { 0 },
      { { "@per-network.pieces", NULL }, { "@per-network.name", "'serial'" } },
      "allows no" },
    { HAX_REFUSAL_BASELINE_MISSING, CROSSED, { 0 }, { { "@serial", NULL } }, "leaves out" },
    { HAX_REFUSAL_BASELINE_MISSING, CROSSED, { 0 }, { { "baselines", "[]" } }, "leaves out" },
    { HAX_REFUSAL_VERDICT_WORDS,
      CROSSED,
      { 0 },
      { { "verdict", "'split: 99 % shorter'" } },
      "none that follows" },
    { HAX_REFUSAL_VERDICT_HEAD,
      CROSSED,
      { 0 },
      { { "verdict", "'as planned: 25.0 % shorter than per-network'" } },
      "contrary" },
    { HAX_REFUSAL_VERDICT_KIND,
      CROSSED,
      { 0 },
      { { "verdict", "'do not split: per-network is the best there is'" } },
      "does not follow" },
    { HAX_REFUSAL_VERDICT_KIND,
      CROSSED,
      { 0 },
      { { "verdict", "'split: no plain deployment is possible'" } },
      "does not follow" },
    { HAX_REFUSAL_VERDICT_RIVAL,
      CROSSED,
      { 0 },
      { { "verdict", "'split: 57.1 % shorter than serial'" } },
      "'per-network'" },
    { HAX_REFUSAL_VERDICT_RIVAL,
      CROSSED,
      { 0 },
      { { "verdict", "'split: 25.0 % shorter than per-network, which was cut short'" } },
      "cut short" },
    { HAX_REFUSAL_VERDICT_NUMBER,
      CROSSED,
      { 0 },
      { { "verdict", "'split: 24.9 % shorter than per-network'" } },
      "does not fit" },
    { HAX_REFUSAL_VERDICT_MISSED,
      LATENESS,
      { 0 },
      { { "verdict",
          "\"" SPLIT_LATE "; 'B' misses its deadline by 1 ms, every schedule misses one\"" } },
      "missed deadlines" },
    { HAX_REFUSAL_VERDICT_MISSED,
      LATENESS,
      { 0 },
      { { "verdict",
          "\"" SPLIT_LATE "; 'A' misses its deadline by 2 ms, every schedule misses one\"" } },
      "missed deadlines" },
    { HAX_REFUSAL_VERDICT_MISSED,
      LATENESS,
      { 0 },
      { { "verdict",
          "\"" SPLIT_LATE
          "; 'B' misses its deadline by 2 ms, that every schedule misses one is not proven\"" } },
      "missed deadlines" },
    { HAX_REFUSAL_VERDICT_MISSED,
      LATENESS,
      { 0 },
      { { "verdict", "\"" SPLIT_LATE "\"" } },
      "says nothing of missed deadlines" },
    { HAX_REFUSAL_VERDICT_MISSED,
      KEPT,
      { 0 },
      { { "verdict",
          "\"" SPLIT_KEPT
          "; 'B' misses its deadline by -1 ms, that every schedule misses one is not proven\"" } },
      "says what is not" },
    { HAX_REFUSAL_VERDICT_MISSED,
      CROSSED,
      { 0 },
      { { "verdict",
          "\"split: 25.0 % shorter than per-network; 'B' misses its deadline by 3 ms, every "
          "schedule misses one\"" } },
      "says what is not" },
    { HAX_REFUSAL_SENSITIVITY,
      WAITING,
      { 0 },
      { { "sensitivity", SENSITIVITY("true", "0.1") } },
      "spread" },
    { HAX_REFUSAL_SENSITIVITY,
      WAITING,
      { 0 },
      { { "sensitivity", SENSITIVITY("false", "0.2") } },
      "ranges" },
    { HAX_REFUSAL_ROBUST, WAITING, { 0 }, { { "robust", ROBUST("0.2", "21") } }, "regret" },
    { HAX_REFUSAL_ROBUST, WAITING, { 0 }, { { "robust", ROBUST("0.1", "22") } }, "22" },
};

/* Changes that leave a true document. */
static const refusal_case accepted[] = {
    { HAX_REFUSAL_NONE, KEPT, { 0 }, { { "verdict", "\"" SPLIT_KEPT "\"" } }, "" },
    { HAX_REFUSAL_NONE,
      LATENESS,
      { 0 },
      { { "verdict",
          "\"" SPLIT_LATE "; 'B' misses its deadline by 2 ms, every schedule misses one\"" } },
      "" },
    { HAX_REFUSAL_NONE, WAITING, { 0 }, { { "sensitivity", SENSITIVITY("true", "0.2") } }, "" },
    { HAX_REFUSAL_NONE, WAITING, { 0 }, { { "robust", ROBUST("0.1", "21") } }, "" },
    { HAX_REFUSAL_NONE,
      WAITING,
      { 0 },
      { { "sensitivity", "{'unfinished': true}" }, { "robust", "{'unfinished': true}" } },
      "" },
    { HAX_REFUSAL_NONE,
      WAITING,
      { 0 },
      { { "order.u1[0].after", NULL }, { "order.u1[0].delay_ms", NULL } },
      "" },
    { HAX_REFUSAL_NONE, WAITING, { 0 }, { { "baselines", "[]" }, { "verdict", "null" } }, "" },
    { HAX_REFUSAL_NONE,
      WAITING,
      { 0 },
      { { "baselines", "[]" },
        { "verdict", "'tie with serial: +1.0 % is within the noise of 3.0 %; do not split'" } },
      "" },
    { HAX_REFUSAL_NONE,
      CROSSED,
      { 0 },
      { { "verdict", "'tie: 25.0 % over per-network is within the noise of 30.0 %'" } },
      "" },
    { HAX_REFUSAL_NONE, LATE, { 0 }, { { "bound", "20" }, { "gap", "0.82142857142857" } }, "" },
};

/* Where there is a name after @, the index of that baseline. */
static void apply(json_t *document, const edit *step)
{
    char path[128], name[32] = { 0 };
    char *value = step->value ? quoted(step->value) : NULL;
    if (*step->path == '@') {
        size_t length = strcspn(step->path + 1, ".");
        memcpy(name, step->path + 1, length);
        snprintf(path, sizeof path, "baselines[%zu]%s", baseline_index(document, name),
                 step->path + 1 + length);
    } else {
        snprintf(path, sizeof path, "%s", step->path);
    }
    document_set(document, path, value);
    free(value);
}

static const hax_problem *edited_problem(sample kind, const edit *change)
{
    char *text = quoted(sample_problems[kind]);
    json_t *tree = json_loads(text, 0, NULL);
    assert_non_null(tree);
    if (change->path)
        apply(tree, change);
    char *edited = json_dumps(tree, 0);
    const hax_problem *problem = document_problem(edited);
    free(edited);
    free(text);
    json_decref(tree);
    return problem;
}

static void check_refusal(const refusal_case *test, bool *fired)
{
    const hax_problem *problem = problem_of(sample_problems[test->from]);
    const hax_problem *held_against = edited_problem(test->from, &test->problem);
    json_t *document = document_of(test->from, problem);
    document_answer answer = document_verify(problem, document);
    if (answer.status != HAX_OK)
        fail_msg("sample %d: %s", (int) test->from, answer.err.message);
    for (int e = 0; e < 4 && test->edits[e].path; e++)
        apply(document, &test->edits[e]);
    answer = document_verify(held_against, document);
    hax_status expected = test->kind == HAX_REFUSAL_NONE         ? HAX_OK
                          : test->kind < HAX_REFUSAL_JOB_UNKNOWN ? HAX_BAD_INPUT
                                                                 : HAX_MISMATCH;
    if (answer.made.refusal != test->kind || answer.status != expected ||
        !strstr(answer.err.message, test->says))
        fail_msg("%s, '%s', is refused as '%s' (%s): %s", test->edits[0].path,
                 hax_refusal_name(test->kind), hax_refusal_name(answer.made.refusal),
                 hax_status_name(answer.status), answer.err.message);
    fired[answer.made.refusal] = true;
    json_decref(document);
    hax_problem_destroy(held_against);
    hax_problem_destroy(problem);
}

static void true_documents_are_accepted(void **state)
{
    (void) state;
    bool fired[HAX_REFUSAL_COUNT] = { false };
    for (size_t c = 0; c < sizeof accepted / sizeof *accepted; c++)
        check_refusal(&accepted[c], fired);
}

/* What no document can hold: jobs of nowhere, and ends of instances. */
static void check_in_memory(bool *fired)
{
    const hax_problem *problem = problem_of(waiting);
    const hax_schedule *schedule = NULL;
    hax_refusal refusal;
    assert_int_equal(hax_solve(problem, NULL, &schedule, NULL), HAX_OK);
    assert_int_equal(hax_schedule_verify_kind(problem, schedule, &refusal, NULL), HAX_OK);
    assert_int_equal(refusal, HAX_REFUSAL_NONE);
    fired[refusal] = true;
    hax_schedule wrong = *schedule;
    const double finish_ms[] = { 21, 20 };
    wrong.finish_ms = finish_ms;
    assert_int_equal(hax_schedule_verify_kind(problem, &wrong, &refusal, NULL), HAX_MISMATCH);
    assert_int_equal(refusal, HAX_REFUSAL_FINISH);
    fired[refusal] = true;
    wrong = *schedule;
    hax_job jobs[3];
    memcpy(jobs, schedule->jobs, sizeof jobs);
    jobs[2].unit = 2;
    wrong.jobs = jobs;
    assert_int_equal(hax_schedule_verify_kind(problem, &wrong, &refusal, NULL), HAX_MISMATCH);
    assert_int_equal(refusal, HAX_REFUSAL_JOB_UNKNOWN);
    fired[refusal] = true;
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
}

static void check_no_document(bool *fired)
{
    const hax_problem *problem = problem_of(waiting);
    hax_verification verification = hax_verification_default();
    assert_int_equal(hax_schedule_verify_document(problem, "{", 1, "x", &verification, NULL),
                     HAX_BAD_INPUT);
    assert_int_equal(verification.refusal, HAX_REFUSAL_NO_DOCUMENT);
    fired[verification.refusal] = true;
    hax_problem_destroy(problem);
}

static void every_refusal_fires(void **state)
{
    (void) state;
    bool fired[HAX_REFUSAL_COUNT] = { false };
    for (size_t c = 0; c < sizeof refusals / sizeof *refusals; c++)
        check_refusal(&refusals[c], fired);
    check_in_memory(fired);
    check_no_document(fired);
    for (int kind = 0; kind < HAX_REFUSAL_COUNT; kind++)
        if (!fired[kind])
            fail_msg("no case is refused as '%s'", hax_refusal_name((hax_refusal) kind));
}

/* ---- what holds ---- */

/* Documents of random problems are accepted, whatever the search ended with. */
static bool is_accepted(const hax_problem *problem, unsigned long number, void *context,
                        property_why *why)
{
    (void) number;
    const uint64_t *nodes = context;
    json_t *document = document_solved(problem, *nodes);
    if (!document)
        return true;
    document_answer answer = document_verify(problem, document);
    json_decref(document);
    return answer.status == HAX_OK || property_fails(why, "%s", answer.err.message);
}

static void documents_are_accepted(void **state)
{
    (void) state;
    uint64_t nodes = UINT64_MAX;
    const property whole = { "documents_are_accepted", is_accepted, &nodes, NULL };
    random_options options = { .contention = true, .group_max = 4, .unit_max = 3, .kinds = true };
    assert_true(property_check(&whole, 400, &options));
    options.contention = false;
    assert_true(property_check(&whole, 200, &options));
    nodes = 300;
    options = (random_options){ true, 3, 3, 3, .kinds = true };
    assert_true(property_check(&whole, 150, &options));
    options.extremes = true;
    assert_true(property_check(&whole, 150, &options));
    nodes = UINT64_MAX;
    for (int contention = 0; contention < 2; contention++) {
        options = (random_options){
            .contention = contention, .group_max = 4, .unit_max = 3, .extremes = true, .kinds = true
        };
        assert_true(property_check(&whole, 400, &options));
    }
}

/* ---- it agrees with what it shares nothing with ---- */

static void compare_slowdowns(const hax_slowdown *s)
{
    for (double own = 0; own <= 130; own += 1.25)
        for (double external = 0; external <= 200; external += 2.5) {
            double theirs = hax_slowdown_value(s, own, external);
            double ours = hax_verify_slowdown(s, own, external);
            if (!(fabs(theirs - ours) <= 1e-9 * theirs))
                fail_msg("kind %d at own %g, external %g: %.12g and %.12g", (int) s->kind, own,
                         external, theirs, ours);
        }
}

static double some(hax_random *from, double most)
{
    return most * hax_random_unit(from);
}

static void slowdowns_are_the_same(void **state)
{
    (void) state;
    static const double own[] = { 0, 7, 30, 90 }, external[] = { 10, 40, 41, 150 };
    hax_random from = hax_random_fork(14, 0);
    for (int n = 0; n < 50; n++) {
        double cells[16];
        for (int c = 0; c < 16; c++)
            cells[c] = 1 + some(&from, 1) + (c >= 4 ? cells[c - 4] - 1 : 0) +
                       (c % 4 ? cells[c - 1] - 1 : 0);
        hax_slowdown s = { .kind = HAX_SLOWDOWN_TABLE,
                           .own_count = 1 + n % 4,
                           .external_count = 4,
                           .own_gbps = own,
                           .external_gbps = external,
                           .slowdown = cells };
        compare_slowdowns(&s);
        s.own_count = 4 / (s.external_count = 1 + n % 2);
        compare_slowdowns(&s);
        double normal = n % 7 ? some(&from, 60) : 0;
        s = (hax_slowdown){ .kind = HAX_SLOWDOWN_PCCS };
        s.pccs = (hax_pccs){ normal,
                             normal + (n % 5 ? some(&from, 60) : 0),
                             some(&from, 40),
                             some(&from, 120),
                             some(&from, 120),
                             some(&from, 3),
                             n % 11 ? some(&from, 150) : 0 };
        compare_slowdowns(&s);
        s = (hax_slowdown){ .kind = HAX_SLOWDOWN_LINEAR, .per_gbps = some(&from, 20) };
        compare_slowdowns(&s);
    }
    compare_slowdowns(&(hax_slowdown){ .kind = HAX_SLOWDOWN_NONE });
}

/* A hundred thousand groups on 16 units of 32 resources, 64 instances: what is quadratic in any of
 * them does not end here. */
static void limits_are_verified(void **state)
{
    (void) state;
    enum { INSTANCES = 64, UNITS = 16, GROUPS = 100000 / INSTANCES };
    static hax_cost costs[UNITS];
    static hax_group_spec groups[GROUPS];
    static hax_instance_spec instances[INSTANCES];
    static hax_unit_spec units[UNITS];
    static char names[INSTANCES][8], unit_names[UNITS][8];
    static const char *resources[HAX_MAX_RESOURCES];
    for (int r = 0; r < HAX_MAX_RESOURCES; r++)
        resources[r] = "r";
    for (int u = 0; u < UNITS; u++) {
        snprintf(unit_names[u], sizeof unit_names[u], "u%d", u);
        units[u] = (hax_unit_spec){ .name = unit_names[u],
                                    .resources = 5U << (2 * u),
                                    .slowdown = { .kind = HAX_SLOWDOWN_LINEAR, .per_gbps = 0.01 },
                                    .max_pieces = HAX_NO_LIMIT };
        costs[u] = (hax_cost){
            .allowed = true, .time_ms = 1 + u * 0.1, .gbps = 10, .in_ms = 0.1, .out_ms = 0.1
        };
    }
    for (int g = 0; g < GROUPS; g++)
        groups[g] = (hax_group_spec){ "g", costs, false };
    for (int i = 0; i < INSTANCES; i++) {
        snprintf(names[i], sizeof names[i], "i%d", i);
        instances[i] = (hax_instance_spec){ names[i], GROUPS, groups, 0, NULL, 1, INFINITY };
    }
    const hax_problem problem = { HAX_MAX_RESOURCES, resources, UNITS,       units,
                                  INSTANCES,         instances, HAX_LATENCY, -1 };
    hax_job *jobs = calloc(INSTANCES * (size_t) GROUPS, sizeof *jobs);
    assert_non_null(jobs);
    for (int g = 0, j = 0; g < GROUPS; g++)
        for (int i = 0; i < INSTANCES; i++, j++)
            jobs[j] =
                (hax_job){ .unit = (i + g / 3) % UNITS, .instance = i, .group = g, .after = -1 };
    const hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    assert_int_equal(
        hax_schedule_evaluate(&problem, "large", INSTANCES * GROUPS, jobs, &schedule, &err),
        HAX_OK);
    if (hax_schedule_verify(&problem, schedule, &err) != HAX_OK)
        fail_msg("%s", err.message);
    assert_true(schedule->job_count > 100000);
    hax_schedule_destroy(schedule);
    free(jobs);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_fires),    cmocka_unit_test(true_documents_are_accepted),
        cmocka_unit_test(documents_are_accepted), cmocka_unit_test(slowdowns_are_the_same),
        cmocka_unit_test(limits_are_verified),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
