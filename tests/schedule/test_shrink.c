/* The shrinker, with a planted fault: a property that does not hold wherever it pays to cross over
 * but for what OUT costs, and what is kept of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "editable_problem.h"
#include "file.h"
#include "haxconn/schedule.h"
#include "property.h"
#include "shrink.h"

static const random_options large = {
    .contention = true, .group_max = 5, .unit_max = 4, .instance_count = 2
};

static double optimum(const hax_problem *problem)
{
    const hax_schedule *schedule = NULL;
    double value = hax_solve(problem, NULL, &schedule, NULL) == HAX_OK ? schedule->value : NAN;
    hax_schedule_destroy(schedule);
    return value;
}

/* As a search that forgets OUT would answer. */
static double faulty_optimum(const hax_problem *problem)
{
    static editable_problem editable;
    if (!editable_fill(&editable, problem))
        return NAN;
    for (int i = 0; i < problem->instance_count; i++)
        for (int g = 0; g < problem->instances[i].group_count; g++)
            for (int u = 0; u < problem->unit_count; u++)
                editable.costs[i][g][u].out_ms = 0;
    return optimum(&editable.problem);
}

/* False where the fault shows. */
static bool out_does_not_matter(const hax_problem *problem, unsigned long number, void *context,
                                property_why *why)
{
    double right = optimum(problem), wrong = faulty_optimum(problem);
    (void) number;
    (void) context;
    return !(fabs(right - wrong) > 1e-6) || property_fails(why, "%g, not %g", right, wrong);
}

static bool fault_shows(const hax_problem *problem, void *calls)
{
    property_why why;
    ++*(int *) calls;
    return !out_does_not_matter(problem, 0, NULL, &why);
}

static bool is_plain(double number)
{
    return number == round(number) || number * 10 == round(number * 10);
}

/* One network of two groups that may not run on the same unit: what OUT needs, and no more. */
static void assert_least(const hax_problem *problem, unsigned long number)
{
    const hax_instance_spec *only = &problem->instances[0];
    if (problem->instance_count != 1 || problem->unit_count != 2 || only->group_count != 2 ||
        problem->max_transitions >= 0 || problem->objective != HAX_LATENCY)
        fail_msg("problem %lu: %d instances, %d units, %d groups are left", number,
                 problem->instance_count, problem->unit_count, only->group_count);
    for (int u = 0; u < 2; u++) {
        assert_int_equal(problem->units[u].slowdown.kind, HAX_SLOWDOWN_NONE);
        assert_int_equal(problem->units[u].max_pieces, -1);
        assert_int_equal(only->groups[0].on[u].allowed, !only->groups[1].on[u].allowed);
        for (int g = 0; g < 2; g++) {
            const hax_cost *cost = &only->groups[g].on[u];
            assert_true(cost->gbps == 0 && cost->own_gbps == 0 && cost->in_ms == 0 &&
                        cost->time_ms == 0 && is_plain(cost->out_ms) && cost->out_ms <= 1);
        }
    }
}

static void what_is_left_is_least(void **state)
{
    (void) state;
    int shown = 0;
    for (unsigned long number = 0; number < 60; number++) {
        const hax_problem *problem = random_problem(number, &large);
        int calls = 0;
        if (fault_shows(problem, &calls)) {
            const hax_problem *least = shrink(problem, fault_shows, &calls);
            assert_non_null(least);
            assert_true(fault_shows(least, &calls));
            assert_true(calls <= SHRINK_TRIES + 2);
            assert_least(least, number);
            hax_problem_destroy(least);
            shown++;
        }
        hax_problem_destroy(problem);
    }
    assert_true(shown > 10);
}

static bool always(const hax_problem *problem, void *context)
{
    (void) problem;
    (void) context;
    return true;
}

/* What always fails ends as the smallest problem there is. */
static void everything_can_go(void **state)
{
    (void) state;
    for (unsigned long number = 0; number < 40; number++) {
        const hax_problem *problem = random_problem(number, &large), *least = NULL;
        least = shrink(problem, always, NULL);
        assert_int_equal(least->instance_count, 1);
        assert_int_equal(least->unit_count, 1);
        assert_int_equal(least->resource_count, 1);
        assert_int_equal(least->instances[0].group_count, 1);
        assert_true(least->instances[0].groups[0].on[0].time_ms == 0);
        hax_problem_destroy(least);
        hax_problem_destroy(problem);
    }
}

/* ---- what is said and kept ------------------------------------------------------------------- */

/* Standard error into a file, so that the planted violation does not stand in the test's log. */
static bool check_in(const property *property, const char *log)
{
    int kept = dup(STDERR_FILENO), file = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(kept >= 0 && file >= 0);
    fflush(stderr);
    dup2(file, STDERR_FILENO);
    bool holds = property_check(property, 200, &large);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(file);
    return holds;
}

static char *read_all(const char *path)
{
    char *text = NULL;
    size_t length;
    assert_int_equal(hax_file_read(path, 1 << 20, &text, &length, NULL), HAX_OK);
    return text;
}

/* The only document in a folder. */
static void find_document(const char *folder, char *path, size_t size)
{
    DIR *all = opendir(folder);
    int found = 0;
    assert_non_null(all);
    for (const struct dirent *one; (one = readdir(all));)
        if (strstr(one->d_name, ".json")) {
            snprintf(path, size, "%s/%s", folder, one->d_name);
            found++;
        }
    closedir(all);
    assert_int_equal(found, 1);
}

static void a_violation_is_printed_and_kept(void **state)
{
    (void) state;
    char folder[] = "/tmp/haxconn-shrink-XXXXXX", log[64], path[PROPERTY_WHY_BYTES];
    const hax_problem *problem = NULL;
    assert_non_null(mkdtemp(folder));
    snprintf(log, sizeof log, "%s/log", folder);
    const property planted = { "planted", out_does_not_matter, NULL, folder };
    assert_false(check_in(&planted, log));
    find_document(folder, path, sizeof path);
    char *said = read_all(log), *document = read_all(path);
    assert_non_null(strstr(said, document));
    assert_non_null(strstr(said, path));
    assert_non_null(strstr(said, "test_shrink planted"));
    assert_int_equal(hax_problem_parse(document, strlen(document), path, &problem, NULL), HAX_OK);
    assert_least(problem, 0);
    free(said);

    /* from now on it is tried first, before any random problem */
    assert_false(check_in(&planted, log));
    said = read_all(log);
    assert_non_null(strstr(said, path));
    assert_null(strstr(said, "random problem"));
    hax_problem_destroy(problem);
    free(said);
    free(document);
    unlink(path);
    unlink(log);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_is_least),
        cmocka_unit_test(everything_can_go),
        cmocka_unit_test(a_violation_is_printed_and_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
