/*
 * Every field of valid documents is changed, one at a time: numbers go up and down, strings become
 * other ones that could stand there, elements and members go, change places or come twice, null
 * becomes a value and the other way round. The verifier must refuse each change, but for those that
 * are listed with their reason; where the reason depends on what the change does, an oracle that
 * shares nothing with the verifier, the evaluator, says whether it does anything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "documents.h"
#include "haxconn/sensitivity.h"

/* ---- samples ---- */

#define HEAD "{'schema': 'haxconn/problem', 'version': 1, "

/* Two networks whose best schedule waits for a moment between two events. */
static const char waits[] =
    HEAD "'resources': ['r1', 'r2'], 'units': ["
         "{'name': 'u1', 'uses': ['r1'], 'slowdown': {'kind': 'table', 'own_gbps': [0, 50],"
         " 'external_gbps': [50], 'slowdown': [[1], [2]]}}, {'name': 'u2', 'uses': ['r2']}],"
         " 'instances': [{'name': 'A', 'groups': ["
         "{'name': 'first', 'on': {'u1': {'time_ms': 10, 'gbps': 50}}},"
         "{'name': 'second', 'on': {'u1': {'time_ms': 10, 'gbps': 0}}}]},"
         "{'name': 'B', 'groups': [{'name': 'only', 'on': {'u2': {'time_ms': 12, 'gbps': 50}}}]}],"
         " 'objective': 'latency'}";

/* A table, OUT and IN with demands. */
#define TRANSITIONS(objective)                                                                   \
    HEAD "'resources': ['r1', 'r2'], 'units': ["                                                 \
         "{'name': 'a', 'uses': ['r1'], 'slowdown': {'kind': 'table', 'own_gbps': [5, 50],"      \
         " 'external_gbps': [20, 50], 'slowdown': [[1, 1.2], [1.3, 2]]}},"                       \
         "{'name': 'b', 'uses': ['r2'], 'slowdown': {'kind': 'linear', 'per_gbps': 0.004}}],"    \
         " 'instances': [{'name': 'M', 'weight': 3, 'groups': ["                                 \
         "{'name': '0', 'on': {'a': {'time_ms': 3, 'gbps': 30, 'out_ms': 0.4, 'out_gbps': 10},"  \
         " 'b': {'time_ms': 9, 'gbps': 20}}},"                                                   \
         "{'name': '1', 'on': {'a': {'time_ms': 11, 'gbps': 25}, 'b': {'time_ms': 4,"            \
         " 'gbps': 35, 'in_ms': 0.3, 'in_gbps': 15}}}]},"                                        \
         "{'name': 'N', 'groups': ["                                                             \
         "{'name': '0', 'on': {'a': {'time_ms': 8, 'gbps': 22}, 'b': {'time_ms': 3, 'gbps': 40," \
         " 'out_ms': 0.2, 'out_gbps': 12}}},"                                                    \
         "{'name': '1', 'on': {'a': {'time_ms': 5, 'gbps': 45, 'own_gbps': 20, 'in_ms': 0.6},"   \
         " 'b': {'time_ms': 14, 'gbps': 33}}}]}], 'objective': '" objective "'}"

/* PCCS, three networks, two of them alike, one after another, deadlines. */
#define THREE(objective)                                                                        \
    HEAD "'resources': ['r1', 'r2'], 'units': ["                                                \
         "{'name': 'a', 'uses': ['r1'], 'slowdown': {'kind': 'pccs', 'normal_gbps': 20,"        \
         " 'intensive_gbps': 40, 'mrmc_percent': 5, 'tbwdc_gbps': 60, 'cbp_gbps': 50,"          \
         " 'rate_percent_per_gbps': 1.2, 'peak_gbps': 100}},"                                   \
         "{'name': 'b', 'uses': ['r2'], 'slowdown': {'kind': 'linear', 'per_gbps': 0.01}}],"    \
         " 'instances': [{'name': 'P', 'deadline_ms': 9, 'groups': ["                           \
         "{'name': '0', 'on': {'a': {'time_ms': 4, 'gbps': 35}, 'b': {'time_ms': 5,"            \
         " 'gbps': 30}}}, {'name': '1', 'on': {'a': {'time_ms': 6, 'gbps': 18},"                \
         " 'b': {'time_ms': 3, 'gbps': 50, 'in_ms': 0.5}}}]},"                                  \
         "{'name': 'Q', 'deadline_ms': 20, 'groups': [{'name': '0', 'on': {'a': {'time_ms': 5," \
         " 'gbps': 45}, 'b': {'time_ms': 7, 'gbps': 25}}}]},"                                   \
         "{'name': 'R', 'after': ['P'], 'deadline_ms': 12, 'groups': [{'name': '0', 'on': {"    \
         "'a': {'time_ms': 5, 'gbps': 45}, 'b': {'time_ms': 7, 'gbps': 25}}}]}],"               \
         " 'objective': '" objective "'}"

/* A unit that holds what two others share, and limits. */
static const char shared[] = HEAD
    "'resources': ['c0', 'c1', 'gpu'], 'units': ["
    "{'name': 'core', 'uses': ['c0'], 'slowdown': {'kind': 'linear', 'per_gbps': 0.01}},"
    "{'name': 'cores', 'uses': ['c0', 'c1'], 'slowdown': {'kind': 'linear', 'per_gbps': 0.02}},"
    "{'name': 'gpu', 'uses': ['gpu']}], 'instances': [{'name': 'S', 'groups': ["
    "{'name': '0', 'on': {'core': {'time_ms': 4, 'gbps': 10}, 'cores': {'time_ms': 2,"
    " 'gbps': 20, 'out_ms': 0.1}}}, {'name': '1', 'on': {'gpu': {'time_ms': 3, 'gbps': 30,"
    " 'in_ms': 0.2}, 'core': {'time_ms': 7, 'gbps': 10}, 'cores': {'time_ms': 6, 'gbps': 10}}},"
    "{'name': '2', 'joined': true, 'on': {'gpu': {'time_ms': 2, 'gbps': 40},"
    " 'core': {'time_ms': 7, 'gbps': 10}, 'cores': {'time_ms': 6, 'gbps': 10}}}]},"
    "{'name': 'T', 'groups': [{'name': '0', 'on': {'core': {'time_ms': 5, 'gbps': 15},"
    " 'cores': {'time_ms': 3, 'gbps': 25}}}]},"
    "{'name': 'U', 'after': ['T'], 'groups': [{'name': '0', 'on': {'cores': {'time_ms': 4,"
    " 'gbps': 35}, 'gpu': {'time_ms': 6, 'gbps': 35}}}]}], 'objective': 'latency',"
    " 'limits': {'max_transitions': 1, 'max_pieces': {'gpu': 2, 'cores': 3}}}";

/* A unit of all resources, so that there is "all-cores". */
static const char widest[] = HEAD
    "'resources': ['c0', 'c1'], 'units': [{'name': 'one', 'uses': ['c0']},"
    "{'name': 'two', 'uses': ['c1']}, {'name': 'both', 'uses': ['c0', 'c1']}], 'instances': ["
    "{'name': 'V', 'groups': [{'name': '0', 'on': {'one': {'time_ms': 4}, 'two': {'time_ms': 5},"
    " 'both': {'time_ms': 3}}}, {'name': '1', 'on': {'one': {'time_ms': 4},"
    " 'two': {'time_ms': 4.5}, 'both': {'time_ms': 2}}}]}, {'name': 'W', 'groups': ["
    "{'name': '0', 'on': {'one': {'time_ms': 6}, 'two': {'time_ms': 5},"
    " 'both': {'time_ms': 4}}}]}], 'objective': 'latency'}";

static json_t *of_search(const hax_problem *problem)
{
    return document_solved(problem, UINT64_MAX);
}

static json_t *of_stopped_search(const hax_problem *problem)
{
    return document_solved(problem, 1);
}

static json_t *of_moves(const hax_problem *problem);
static json_t *of_waits_for_a_job(const hax_problem *problem);
static json_t *of_what_was_cut(const hax_problem *problem);
static json_t *of_a_short_list(const hax_problem *problem);

static const struct {
    const char *name, *problem;
    json_t *(*make)(const hax_problem *problem);
} samples[] = {
    { "waits", waits, of_search },
    { "after", waits, of_waits_for_a_job },
    { "cut", waits, of_what_was_cut },
    { "moves", waits, of_moves },
    { "latency", TRANSITIONS("latency"), of_search },
    { "short-list", TRANSITIONS("latency"), of_a_short_list },
    { "throughput", TRANSITIONS("throughput"), of_search },
    { "sum", TRANSITIONS("sum"), of_search },
    { "three", THREE("latency"), of_search },
    { "deadline", THREE("deadline"), of_search },
    { "three-sum", THREE("sum"), of_search },
    { "stopped", THREE("sum"), of_stopped_search },
    { "shared", shared, of_search },
    { "widest", widest, of_search },
};

enum { SAMPLES = sizeof samples / sizeof *samples };

static const hax_problem *problem_of(const char *text)
{
    char *json = strdup(text);
    assert_non_null(json);
    for (char *at = json; *at; at++)
        if (*at == '\'')
            *at = '"';
    const hax_problem *problem = document_problem(json);
    free(json);
    return problem;
}

/* The robust choice with what is said of it, the optimum among its baselines. */
static json_t *of_moves(const hax_problem *problem)
{
    hax_sensitivity_options options = hax_sensitivity_options_default();
    options.spread = 0.2;
    const hax_schedule *schedule[HAX_BASELINES_MAX + 2] = { NULL };
    hax_baseline_set *set;
    hax_sensitivity sensitivity = hax_sensitivity_default();
    hax_robust robust = hax_robust_default();
    char *verdict, *text, *whole;
    assert_int_equal(hax_solve(problem, NULL, &schedule[1], NULL), HAX_OK);
    assert_int_equal(hax_baselines_make(problem, false, NULL, &set, NULL), HAX_OK);
    memcpy(schedule + 2, hax_baseline_set_schedules(set),
           (size_t) hax_baseline_set_count(set) * sizeof *schedule);
    const hax_schedule *const *list = (const hax_schedule *const *) schedule;
    assert_int_equal(hax_schedule_robust(problem, hax_baseline_set_count(set) + 1, list + 1,
                                         &options, &schedule[0], &robust, NULL),
                     HAX_OK);
    assert_non_null(schedule[0]);
    assert_int_equal(hax_schedule_sensitivity(problem, schedule[0], &options, &sensitivity, NULL),
                     HAX_OK);
    assert_int_equal(
        hax_verdict(problem, schedule[0], hax_baseline_set_count(set), list + 2, 0, &verdict, NULL),
        HAX_OK);
    assert_int_equal(hax_schedule_text(problem, schedule[0], hax_baseline_set_count(set) + 1,
                                       list + 1, 0, verdict, &text, NULL),
                     HAX_OK);
    assert_int_equal(hax_sensitivity_text(problem, text, &sensitivity, &robust, &whole, NULL),
                     HAX_OK);
    json_t *document = json_loads(whole, 0, NULL);
    free(whole);
    free(text);
    free(verdict);
    hax_baseline_set_destroy(set);
    hax_schedule_destroy(schedule[0]);
    hax_schedule_destroy(schedule[1]);
    return document;
}

/* The best over event waits: B behind A's first group. */
static json_t *of_waits_for_a_job(const hax_problem *problem)
{
    const hax_job jobs[] = {
        { .unit = 0, .instance = 0, .group = 0, .after = -1 },
        { .unit = 0, .instance = 0, .group = 1, .after = -1 },
        { .unit = 1, .instance = 1, .group = 0, .after = 0, .delay_ms = 0.5 }
    };
    json_t *document = document_evaluated(problem, 3, jobs);
    document_set(document, "bound", "18");
    document_set(document, "gap", "0.2");
    document_set(document, "proven", "\"event-waits\"");
    return document;
}

/* As when the time ended before the baselines were done. */
static json_t *of_what_was_cut(const hax_problem *problem)
{
    json_t *document = of_search(problem);
    document_set(document, "baselines[0].cut_short", "true");
    document_set(document, "baselines[1]",
                 "{\"name\": \"mensa\", \"value\": null, \"unfinished\": true}");
    document_set(document, "verdict",
                 "\"as planned: 19.2 % shorter than per-network, which was cut short\"");
    return document;
}

/* As of a list of overlaps that was too long. */
static json_t *of_a_short_list(const hax_problem *problem)
{
    enum { LISTED = 2 };
    json_t *document = of_search(problem), *list = json_object_get(document, "overlaps");
    double lost_ms = 0;
    int count = 0;
    assert_true(json_array_size(list) > LISTED + 1);
    for (; json_array_size(list) > LISTED; count++) {
        lost_ms += json_number_value(json_object_get(json_array_get(list, LISTED), "lost_ms"));
        json_array_remove(list, LISTED);
    }
    json_object_set_new(document, "overlaps_left_out",
                        json_pack("{s:i, s:f}", "count", count, "lost_ms", lost_ms));
    return document;
}

/* ---- a changed document ---- */

typedef struct change {
    const hax_problem *problem;
    json_t *before;   /* the valid document */
    json_t *document; /* the changed one */
    char path[256];
    char how[128];           /* "up", "word Q", "remove" ... */
    const json_t *old, *new; /* the value; NULL where that says nothing */
    int tried, accepted, wrong;
} change;

/* ---- what changes nothing ---- */

/* Do jobs in this order and with these waits run as they did? The reader of schedules takes the
 * claimed starts for the order, which no wait changes. */
static bool evaluates_as_before(const change *attempt)
{
    char *text = json_dumps(attempt->document, 0);
    const hax_schedule *read = NULL, *again = NULL;
    bool same =
        hax_schedule_parse(attempt->problem, text, strlen(text), "x", &read, NULL) == HAX_OK &&
        hax_schedule_evaluate(attempt->problem, "x", read->job_count, read->jobs, &again, NULL) ==
            HAX_OK &&
        again->job_count == read->job_count;
    for (int j = 0; same && j < read->job_count; j++)
        for (int k = 0; k < again->job_count; k++) {
            const hax_job *a = &read->jobs[j], *b = &again->jobs[k];
            if (a->instance == b->instance && a->group == b->group && a->part == b->part)
                same = same && fabs(a->start_ms - b->start_ms) < 1e-9 &&
                       fabs(a->end_ms - b->end_ms) < 1e-9;
        }
    hax_schedule_destroy(read);
    hax_schedule_destroy(again);
    free(text);
    return same;
}

static int number_of(const json_t *object, const char *key)
{
    return (int) json_integer_value(json_object_get(object, key));
}

static int unit_of(const hax_problem *problem, const json_t *name)
{
    for (int u = 0; json_is_string(name) && u < problem->unit_count; u++)
        if (strcmp(problem->units[u].name, json_string_value(name)) == 0)
            return u;
    return -1;
}

static int instance_of(const hax_problem *problem, const json_t *name)
{
    for (int i = 0; json_is_string(name) && i < problem->instance_count; i++)
        if (strcmp(problem->instances[i].name, json_string_value(name)) == 0)
            return i;
    return -1;
}

static int find_run(const hax_problem *problem, int count, const hax_job *jobs,
                    const json_t *triple)
{
    int instance = instance_of(problem, json_array_get(triple, 0));
    int group = (int) json_integer_value(json_array_get(triple, 1));
    for (int j = 0; j < count; j++)
        if (jobs[j].instance == instance && jobs[j].group == group)
            return j;
    return -1;
}

enum { MOST = 64 }; /* pieces and jobs of a sample */

/* The first piece that is not taken and does not begin behind a group that is still missing: where
 * units share nothing their pieces may stand in any order. */
static const json_t *next_piece(const hax_problem *problem, const json_t *pieces, bool *taken,
                                int count, const hax_job *jobs)
{
    for (size_t p = 0; p < json_array_size(pieces) && p < MOST; p++) {
        const json_t *piece = json_array_get(pieces, p);
        const int first = number_of(piece, "first_group");
        bool follows = first == 0;
        for (int j = 0; j < count; j++)
            follows = follows || (jobs[j].group == first - 1 &&
                                  jobs[j].instance ==
                                      instance_of(problem, json_object_get(piece, "instance")));
        if (taken[p] || !follows)
            continue;
        taken[p] = true;
        return piece;
    }
    return NULL;
}

/* Value of pieces as the evaluator sees them; NAN where they are no schedule. */
static double value_of_pieces(const hax_problem *problem, const json_t *pieces)
{
    hax_job jobs[MOST];
    const json_t *waits_for[MOST] = { NULL }, *piece;
    bool taken[MOST] = { false };
    int count = 0;
    const hax_schedule *schedule = NULL;
    while (count < MOST && (piece = next_piece(problem, pieces, taken, count, jobs))) {
        int unit = unit_of(problem, json_object_get(piece, "unit"));
        int instance = instance_of(problem, json_object_get(piece, "instance"));
        int first = number_of(piece, "first_group"), last = number_of(piece, "last_group");
        waits_for[count] = json_object_get(piece, "after");
        for (int g = first; g <= last && count < MOST; g++, count++)
            jobs[count] = (hax_job){ .unit = unit, .instance = instance, .group = g, .after = -1 };
        if (last >= first)
            jobs[count - 1 - last + first].delay_ms =
                json_number_value(json_object_get(piece, "delay_ms"));
    }
    for (int j = 0; j < count; j++)
        if (json_is_array(waits_for[j]))
            jobs[j].after = find_run(problem, count, jobs, waits_for[j]);
    double value = NAN;
    if (hax_schedule_evaluate(problem, "x", count, jobs, &schedule, NULL) == HAX_OK)
        value = schedule->value;
    hax_schedule_destroy(schedule);
    return value;
}

static size_t index_in(const char *path)
{
    return strtoul(strchr(path, '[') + 1, NULL, 10);
}

static bool pieces_are_worth_the_same(const change *attempt)
{
    const json_t *baseline =
        json_array_get(json_object_get(attempt->document, "baselines"), index_in(attempt->path));
    double claimed = json_number_value(json_object_get(baseline, "value"));
    double value = value_of_pieces(attempt->problem, json_object_get(baseline, "pieces"));
    return fabs(value - claimed) <= 1e-9 * fabs(claimed);
}

static bool is_plain(const char *name)
{
    return strcmp(name, "serial") == 0 || strcmp(name, "per-network") == 0 ||
           strcmp(name, "all-cores") == 0;
}

static bool neither_is_plain(const change *attempt)
{
    return !is_plain(json_string_value(attempt->old)) && !is_plain(json_string_value(attempt->new));
}

static bool its_name_is_not_plain(const change *attempt)
{
    return !is_plain(json_string_value(json_object_get(attempt->old, "name")));
}

static bool is_empty(const change *attempt)
{
    return json_array_size(attempt->old) == 0;
}

static bool is_not_proven(const change *attempt)
{
    return strcmp(json_string_value(attempt->old), "all") != 0 &&
           strcmp(json_string_value(attempt->new), "all") != 0;
}

static bool is_word(const change *attempt)
{
    return json_is_string(attempt->new);
}

static bool is_number(const change *attempt)
{
    return json_is_number(attempt->new);
}

typedef struct excuse {
    const char *path, *how; /* patterns of fnmatch */
    bool (*holds)(const change *);
    const char *reason;
} excuse;

static const excuse excuses[] = {
    { "tool*", "*", NULL, "who wrote it, and how that was called: no claim" },
    { "name", "word *", is_word, "a label" },
    { "search.*", "*", is_number, "what the search took follows from nothing" },
    { "order.*.after*", "*", evaluates_as_before,
      "a wait that is over before the job could start" },
    { "order.*.delay_ms", "*", evaluates_as_before, "the same" },
    { "order.*", "remove", is_empty, "a unit without jobs need not be listed" },
    { "proven", "word *", is_not_proven,
      "that it is the best over event waits takes a search; the output says so" },
    { "baselines", "swap *", NULL, "their order in the list says nothing" },
    { "baselines[[]*[]]", "remove", its_name_is_not_plain,
      "one baseline less: the verdict rests on plain ones, which must be there" },
    { "baselines*.name", "word *", neither_is_plain,
      "which method gave a schedule takes the method; the output says so" },
    { "baselines*.pieces", "remove", NULL,
      "claims less; the output says what is not checked then" },
    { "baselines*.pieces", "null", NULL, "the same" },
    { "baselines*.pieces*", "*", pieces_are_worth_the_same, "another schedule of the same value" },
    { "verdict", "null", NULL, "no verdict is no claim" },
    { "sensitivity", "remove", NULL, "claims less" },
    { "sensitivity", "null", NULL, "claims less" },
    { "robust", "remove", NULL, "claims less" },
    { "robust", "null", NULL, "claims less" },
    { "sensitivity.units.*", "*", NULL, "ranges take optima at other times; the output says so" },
    { "sensitivity.worst_*", "*", NULL, "regrets take optima at other times; the output says so" },
    { "sensitivity.limited", "*", NULL, "whether a search ended early follows from nothing" },
    { "sensitivity.measured", "*", NULL, "where the spread came from does not stand here" },
    { "*.moves.*", "*", is_number,
      "how far times move was asked; that the farthest is the spread is checked" },
    { "robust.*regret", "*", NULL, "regrets take optima at other times; the output says so" },
    { "robust.limited", "*", NULL, "whether a search ended early follows from nothing" },
    { "robust.measured", "*", NULL, "where the spread came from does not stand here" },
    { "robust.candidates", "*", is_number, "how many were compared follows from nothing" },
};

enum { EXCUSES = sizeof excuses / sizeof *excuses };

static bool used[EXCUSES];

static bool is_excused(const change *attempt)
{
    for (int e = 0; e < EXCUSES; e++)
        if (fnmatch(excuses[e].path, attempt->path, 0) == 0 &&
            fnmatch(excuses[e].how, attempt->how, 0) == 0 &&
            (!excuses[e].holds || excuses[e].holds(attempt))) {
            used[e] = true;
            return true;
        }
    return false;
}

/* ---- changes ---- */

static void try_change(change *attempt)
{
    document_answer answer = document_verify(attempt->problem, attempt->document);
    attempt->tried++;
    if (answer.status == HAX_MISMATCH || answer.status == HAX_BAD_INPUT)
        return;
    if (answer.status != HAX_OK)
        fail_msg("%s, %s: %s", attempt->path, attempt->how, answer.err.message);
    attempt->accepted++;
    if (is_excused(attempt))
        return;
    print_error("accepted: %s, %s\n", attempt->path, attempt->how);
    attempt->wrong++;
}

/* Takes over `value`, which comes to where the path leads; NULL: that goes. */
static void try_value(change *attempt, json_t *value, const char *how, const char *more)
{
    attempt->old = document_get(attempt->before, attempt->path);
    attempt->new = value;
    snprintf(attempt->how, sizeof attempt->how, "%s%s", how, more);
    if (value && json_equal(attempt->old, value)) {
        json_decref(value);
        return;
    }
    attempt->document = json_deep_copy(attempt->before);
    document_put(attempt->document, attempt->path, value);
    try_change(attempt);
    json_decref(attempt->document);
}

static void change_number(change *attempt)
{
    const json_t *old = document_get(attempt->before, attempt->path);
    double value = json_number_value(old), by = 0.01 * fmax(fabs(value), 1);
    if (json_is_integer(old)) {
        try_value(attempt, json_integer((json_int_t) value + 1), "up", "");
        try_value(attempt, json_integer((json_int_t) value - 1), "down", "");
        return;
    }
    try_value(attempt, json_real(value + by), "up", "");
    try_value(attempt, json_real(value - by), "down", "");
    try_value(attempt, json_real(1000 * value + 1), "far up", "");
    try_value(attempt, json_real(value + 1e-4 * fabs(value) + 1e-4), "a little up", "");
}

static bool has_word(const char *const *words, const char *word)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words != NULL;
}

/* The words that could stand in a string's place, and one that never can. */
static void change_string(change *attempt)
{
    static const char *const parts[] = { "run", "in", "out", NULL };
    static const char *const goals[] = { "latency", "throughput", "sum", "deadline", NULL };
    static const char *const proofs[] = { "no", "event-waits", "all", NULL };
    static const char *const names[] = { "serial",          "per-network",      "all-cores",
                                         "mensa",           "herald-like",      "h2h",
                                         "earliest-finish", "contention-blind", "haxconn",
                                         "robust",          "by hand",          NULL };
    static const char *const *const vocabularies[] = { parts, goals, proofs, names };
    static const char *const verdicts[] = {
        "do not split: serial is the best there is",
        "do not split: nothing better than per-network was found",
        "split: no plain deployment is possible", NULL
    };
    const char *units[HAX_MAX_UNITS + 1] = { NULL }, *instances[8] = { NULL };
    const char *old = json_string_value(document_get(attempt->before, attempt->path));
    const hax_problem *problem = attempt->problem;
    for (int u = 0; u < problem->unit_count; u++)
        units[u] = problem->units[u].name;
    for (int i = 0; i < problem->instance_count; i++)
        instances[i] = problem->instances[i].name;
    const char *const *words = strcmp(attempt->path, "verdict") == 0 ? verdicts
                               : has_word(units, old)                ? units
                               : has_word(instances, old)            ? instances
                                                                     : NULL;
    for (int v = 0; !words && v < 4; v++)
        if (has_word(vocabularies[v], old))
            words = vocabularies[v];
    try_value(attempt, json_string("something else"), "word ", "something else");
    for (; words && *words; words++)
        try_value(attempt, json_string(*words), "word ", *words);
}

/* Also waits: for any job, and for the start of the round. */
static void change_null(change *attempt)
{
    try_value(attempt, json_real(0), "zero", "");
    try_value(attempt, json_real(1), "one", "");
    for (int i = 0; i < attempt->problem->instance_count; i++)
        for (int g = 0; g < attempt->problem->instances[i].group_count; g++) {
            const char *name = attempt->problem->instances[i].name;
            try_value(attempt, json_pack("[s, i, s]", name, g, "run"), "job ", name);
        }
}

/* Neighbours change places; each comes twice. */
static void change_list(change *attempt)
{
    const json_t *old = document_get(attempt->before, attempt->path);
    for (size_t e = 0; e < json_array_size(old); e++) {
        json_t *swapped = json_copy(document_get(attempt->before, attempt->path));
        json_t *here = json_array_get(old, e), *next = json_array_get(old, e + 1);
        char index[32];
        snprintf(index, sizeof index, "%zu", e);
        if (next) {
            json_array_set(swapped, e, next);
            json_array_set(swapped, e + 1, here);
            try_value(attempt, swapped, "swap ", index);
        } else {
            json_decref(swapped);
        }
        json_t *twice = json_copy(document_get(attempt->before, attempt->path));
        json_array_insert(twice, e, here);
        try_value(attempt, twice, "twice ", index);
    }
}

static void change_all(change *attempt);

/* `key` NULL: an element of an array. */
static void change_member(change *attempt, const char *key, size_t index)
{
    size_t length = strlen(attempt->path), capacity = sizeof attempt->path - length;
    int added = key ? snprintf(attempt->path + length, capacity, "%s%s", length ? "." : "", key)
                    : snprintf(attempt->path + length, capacity, "[%zu]", index);
    assert_true(added > 0 && (size_t) added < capacity);
    try_value(attempt, NULL, "remove", "");
    change_all(attempt);
    attempt->path[length] = '\0';
}

/* Whatever stands there becomes something else; then all that is in it. */
static void change_all(change *attempt)
{
    json_t *old = document_get(attempt->before, attempt->path);
    const char *key;
    json_t *value;
    if (*attempt->path && !json_is_null(old))
        try_value(attempt, json_null(), "null", "");
    if (json_is_number(old))
        change_number(attempt);
    else if (json_is_string(old))
        change_string(attempt);
    else if (json_is_null(old))
        change_null(attempt);
    else if (json_is_boolean(old))
        try_value(attempt, json_boolean(!json_is_true(old)), "flip", "");
    else if (json_is_array(old))
        change_list(attempt);
    for (size_t e = 0; e < json_array_size(old); e++)
        change_member(attempt, NULL, e);
    json_object_foreach(old, key, value) change_member(attempt, key, 0);
}

static void changes_are_refused(void **state)
{
    (void) state;
    int wrong = 0;
    for (int s = 0; s < SAMPLES; s++) {
        const hax_problem *problem = problem_of(samples[s].problem);
        change of = { .problem = problem, .before = samples[s].make(problem) };
        assert_non_null(of.before);
        document_answer answer = document_verify(problem, of.before);
        if (answer.status != HAX_OK)
            fail_msg("%s: %s", samples[s].name, answer.err.message);
        change_all(&of);
        print_message("%s: %d changes, %d of them of no meaning\n", samples[s].name, of.tried,
                      of.accepted);
        assert_true(of.tried > 300);
        wrong += of.wrong;
        json_decref(of.before);
        hax_problem_destroy(problem);
    }
    assert_int_equal(wrong, 0);
    for (int e = 0; e < EXCUSES; e++)
        if (!used[e])
            fail_msg("nothing is accepted because of '%s', %s", excuses[e].path, excuses[e].how);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(changes_are_refused) };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
