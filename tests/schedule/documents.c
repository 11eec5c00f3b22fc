/* Schedule documents for tests: made, edited and verified. */
#include "documents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

const hax_problem *document_problem(const char *text)
{
    const hax_problem *problem = NULL;
    hax_error err = { 0 };
    if (hax_problem_parse(text, strlen(text), "problem", &problem, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return problem;
}

static json_t *with_baselines(const hax_problem *problem, const hax_schedule *schedule)
{
    hax_baseline_set *set;
    char *verdict = NULL, *text = NULL;
    assert_int_equal(hax_baselines_make(problem, false, NULL, &set, NULL), HAX_OK);
    const hax_schedule *const *all = hax_baseline_set_schedules(set);
    assert_int_equal(
        hax_verdict(problem, schedule, hax_baseline_set_count(set), all, 0, &verdict, NULL),
        HAX_OK);
    assert_int_equal(hax_schedule_text(problem, schedule, hax_baseline_set_count(set), all,
                                       hax_baseline_set_unfinished(set), verdict, &text, NULL),
                     HAX_OK);
    json_t *document = json_loads(text, 0, NULL);
    assert_non_null(document);
    hax_baseline_set_destroy(set);
    hax_schedule_destroy(schedule);
    free(verdict);
    free(text);
    return document;
}

json_t *document_solved(const hax_problem *problem, uint64_t node_limit)
{
    hax_solve_options options = hax_solve_options_default();
    options.node_limit = node_limit;
    const hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    hax_status status = hax_solve(problem, &options, &schedule, &err);
    if (status != HAX_OK && status != HAX_LIMIT && status != HAX_INFEASIBLE)
        fail_msg("%s", err.message);
    return schedule ? with_baselines(problem, schedule) : NULL;
}

json_t *document_evaluated(const hax_problem *problem, int job_count, const hax_job *jobs)
{
    const hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    if (hax_schedule_evaluate(problem, "by hand", job_count, jobs, &schedule, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return with_baselines(problem, schedule);
}

/* ---- edits ---- */

/* The next step of a path: a key, or an index in brackets; *path goes on behind it. */
static json_t *step(json_t *json, const char **path, char key[64], size_t *index)
{
    *key = '\0';
    if (**path == '[') {
        char *behind;
        *index = strtoul(*path + 1, &behind, 10);
        *path = behind + 1; /* the bracket */
    } else {
        size_t length = strcspn(*path, ".[");
        assert_true(length > 0 && length < 64);
        memcpy(key, *path, length);
        key[length] = '\0';
        *path += length;
    }
    if (**path == '.')
        ++*path;
    return *key ? json_object_get(json, key) : json_array_get(json, *index);
}

static void put(json_t *json, const char *key, size_t index, json_t *value)
{
    if (*key && value)
        assert_int_equal(json_object_set_new(json, key, value), 0);
    else if (*key)
        assert_int_equal(json_object_del(json, key), 0);
    else if (value && index == json_array_size(json))
        assert_int_equal(json_array_append_new(json, value), 0);
    else if (value)
        assert_int_equal(json_array_set_new(json, index, value), 0);
    else
        assert_int_equal(json_array_remove(json, index), 0);
}

void document_put(json_t *document, const char *path, json_t *value)
{
    char key[64];
    size_t index = 0;
    json_t *at = document;
    for (;;) {
        const char *whole = path;
        json_t *next = step(at, &path, key, &index);
        if (*path == '\0')
            break;
        if (!next)
            fail_msg("there is no '%s'", whole);
        at = next;
    }
    put(at, key, index, value);
}

void document_set(json_t *document, const char *path, const char *text)
{
    json_t *value = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    if (text && !value)
        fail_msg("%s is no JSON", text);
    document_put(document, path, value);
}

json_t *document_get(json_t *document, const char *path)
{
    char key[64];
    size_t index = 0;
    json_t *at = document;
    while (at && *path)
        at = step(at, &path, key, &index);
    return at;
}

document_answer document_verify(const hax_problem *problem, const json_t *document)
{
    document_answer answer = { .made = hax_verification_default() };
    char *text = json_dumps(document, JSON_ENCODE_ANY);
    assert_non_null(text);
    answer.status = hax_schedule_verify_document(problem, text, strlen(text), "schedule",
                                                 &answer.made, &answer.err);
    free(answer.made.unchecked);
    answer.made.unchecked = NULL;
    free(text);
    return answer;
}
