/* Schedules made, asked about, written and verified without memory, of one to four instances. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "each_allocation.h"
#include "error.h"
#include "haxconn/schedule.h"
#include "haxconn/sensitivity.h"
#include "haxconn/verify.h"
#include "pair_coarse.h"
#include "random_problem.h"
#include "search.h"

typedef struct schedule_inputs {
    const hax_problem *problem;
    const hax_schedule *schedule;
    hax_baseline_set *baselines;
    hax_sensitivity_options spread;
    hax_sensitivity sensitivity;
    char *problem_text, *schedule_text;
    int overlap_count;
} schedule_inputs;

#define CALL(name, type, destroy, ...) \
    HAX_ALLOCATION_CALL(name, schedule_inputs, type, destroy, __VA_ARGS__)

/* A limit that is hit in all runs alike: the best so far is an answer. */
static hax_status solve_within(const hax_problem *problem, const hax_schedule **schedule,
                               hax_error *err)
{
    hax_solve_options options = hax_solve_options_default();
    const hax_schedule *found = NULL;
    options.node_limit = 3000;
    hax_status status = hax_solve(problem, &options, &found, err);
    if (status != HAX_OK && (status != HAX_LIMIT || !found))
        return status;
    *schedule = found;
    return HAX_OK;
}

CALL(parse_problem, const hax_problem, hax_problem_destroy,
     hax_problem_parse(inputs->problem_text, strlen(inputs->problem_text), "p", &result, err))
CALL(write_problem, char, free, hax_problem_text(inputs->problem, &result, err))
CALL(scale, const hax_problem, hax_problem_destroy,
     hax_problem_scale(inputs->problem, (const double[HAX_MAX_UNITS]){ 1, 1, 1, 1, 1, 1, 1, 1 },
                       &result, err))
CALL(solve, const hax_schedule, hax_schedule_destroy, solve_within(inputs->problem, &result, err))
CALL(improve, const hax_schedule, hax_schedule_destroy,
     hax_schedule_improve(inputs->problem, inputs->schedule, inputs->schedule, &result, err))
CALL(make_baselines, hax_baseline_set, hax_baseline_set_destroy,
     hax_baselines_make(inputs->problem, false, NULL, &result, err))
CALL(write_schedule, char, free,
     hax_schedule_text(inputs->problem, inputs->schedule, hax_baseline_set_count(inputs->baselines),
                       hax_baseline_set_schedules(inputs->baselines),
                       hax_baseline_set_unfinished(inputs->baselines), "a verdict", &result, err))
CALL(parse_schedule, const hax_schedule, hax_schedule_destroy,
     hax_schedule_parse(inputs->problem, inputs->schedule_text, strlen(inputs->schedule_text), "s",
                        &result, err))
CALL(verdict, char, free,
     hax_verdict(inputs->problem, inputs->schedule, hax_baseline_set_count(inputs->baselines),
                 hax_baseline_set_schedules(inputs->baselines), 0, &result, err))
CALL(write_sensitivity, char, free,
     hax_sensitivity_text(inputs->problem, inputs->schedule_text, &inputs->sensitivity, NULL,
                          &result, err))

/* A problem of two instances first coarse, then finer; others have the bound alone. */
static hax_status zoom(const void *context, bool *kept, hax_error *err)
{
    const schedule_inputs *inputs = context;
    const hax_solve_options options = hax_solve_options_default();
    const hax_schedule *best = NULL;
    double bound;
    *kept = true;
    HAX_TRY(hax_chain_bound(inputs->problem, &bound, err));
    if (inputs->problem->instance_count != 2)
        return HAX_OK;
    hax_status status = hax_pair_zoom(inputs->problem, &options, false, &best, err);
    hax_schedule_destroy(best);
    return status;
}

static hax_status overlaps(const void *context, bool *kept, hax_error *err)
{
    const schedule_inputs *inputs = context;
    hax_overlaps result = { .most_expensive = (void *) &hax_untouched };
    hax_status status =
        hax_schedule_overlaps(inputs->problem, inputs->schedule, INT_MAX, &result, err);
    *kept = (const void *) result.most_expensive == &hax_untouched;
    if (status != HAX_OK)
        return status;
    free(result.most_expensive);
    return result.count == inputs->overlap_count ? HAX_OK
                                                 : hax_fail(err, HAX_FAILURE, "%d of %d overlaps",
                                                            result.count, inputs->overlap_count);
}

static hax_status verify(const void *context, bool *kept, hax_error *err)
{
    const schedule_inputs *inputs = context;
    *kept = true;
    return hax_schedule_verify(inputs->problem, inputs->schedule, err);
}

static hax_status verify_document(const void *context, bool *kept, hax_error *err)
{
    const schedule_inputs *inputs = context;
    hax_verification result = hax_verification_default();
    hax_status status = hax_schedule_verify_document(
        inputs->problem, inputs->schedule_text, strlen(inputs->schedule_text), "s", &result, err);
    *kept = !result.unchecked;
    free(result.unchecked);
    return status;
}

static hax_status ask_sensitivity(const void *context, bool *kept, hax_error *err)
{
    const schedule_inputs *inputs = context;
    hax_sensitivity result = hax_sensitivity_default();
    *kept = true;
    return hax_schedule_sensitivity(inputs->problem, inputs->schedule, &inputs->spread, &result,
                                    err);
}

static hax_status ask_robust(const void *context, bool *kept, hax_error *err)
{
    const schedule_inputs *inputs = context;
    hax_robust robust = hax_robust_default();
    const hax_schedule *result = (void *) &hax_untouched;
    hax_status status = hax_schedule_robust(inputs->problem, 1, &inputs->schedule, &inputs->spread,
                                            &result, &robust, err);
    *kept = (const void *) result == &hax_untouched;
    if (status == HAX_OK)
        hax_schedule_destroy(result);
    return status;
}

static const hax_allocation_case cases[] = {
    { .name = "parse_problem", .call = parse_problem },
    { .name = "write_problem", .call = write_problem },
    { .name = "scale", .call = scale },
    { .name = "solve", .call = solve },
    { .name = "zoom", .call = zoom },
    { .name = "improve", .call = improve },
    { .name = "make_baselines", .call = make_baselines },
    { .name = "write_schedule", .call = write_schedule },
    { .name = "parse_schedule", .call = parse_schedule },
    { .name = "verdict", .call = verdict },
    { .name = "overlaps", .call = overlaps },
    { .name = "verify", .call = verify },
    { .name = "verify_document", .call = verify_document },
    /* the last ones search, again and again */
    { .name = "ask_sensitivity", .call = ask_sensitivity, .places_most = 150 },
    { .name = "ask_robust", .call = ask_robust, .places_most = 150 },
    { .name = "write_sensitivity", .call = write_sensitivity },
};

enum { ASKS = 3, CASES = sizeof cases / sizeof *cases };

#define MUST(call)                        \
    do {                                  \
        hax_error err_ = { 0 };           \
        hax_error *err = &err_;           \
        if ((call) != HAX_OK)             \
            fail_msg("%s", err->message); \
    } while (0)

/* Takes over the problem. */
static int try_problem(const hax_problem *problem)
{
    schedule_inputs inputs = { .problem = problem };
    bool asked = problem->instance_count <= 2 && problem->unit_count <= 2;
    MUST(solve_within(problem, &inputs.schedule, err));
    MUST(hax_problem_text(problem, &inputs.problem_text, err));
    MUST(hax_baselines_make(problem, false, NULL, &inputs.baselines, err));
    MUST(hax_schedule_text(problem, inputs.schedule, hax_baseline_set_count(inputs.baselines),
                           hax_baseline_set_schedules(inputs.baselines),
                           hax_baseline_set_unfinished(inputs.baselines), NULL,
                           &inputs.schedule_text, err));
    hax_overlaps found;
    MUST(hax_schedule_overlaps(problem, inputs.schedule, INT_MAX, &found, err));
    inputs.overlap_count = found.count;
    free(found.most_expensive);
    inputs.spread = hax_sensitivity_options_default();
    inputs.sensitivity = hax_sensitivity_default();
    int wrong = hax_each_allocation(asked ? CASES : CASES - ASKS, cases, &inputs);
    free(inputs.schedule_text);
    free(inputs.problem_text);
    hax_baseline_set_destroy(inputs.baselines);
    hax_schedule_destroy(inputs.schedule);
    hax_problem_destroy(problem);
    return wrong;
}

/* Can it be solved at all? */
static bool has_answer(const hax_problem *problem)
{
    const hax_schedule *schedule = NULL;
    bool found = solve_within(problem, &schedule, NULL) == HAX_OK;
    hax_schedule_destroy(schedule);
    return found;
}

static void random_problems(int instance_count, int group_max, int wanted)
{
    int wrong = 0, tried = 0;
    for (unsigned long n = 1; tried < wanted; n++) {
        const random_options options = { .contention = n % 2 == 1,
                                         .group_max = group_max,
                                         .unit_max = n % 3 == 0 ? 3 : 2,
                                         .instance_count = instance_count,
                                         .extremes = n % 4 == 0,
                                         .kinds = n % 2 == 0 };
        const hax_problem *problem = random_problem(n, &options);
        if (!has_answer(problem)) {
            hax_problem_destroy(problem);
            continue;
        }
        wrong += try_problem(problem);
        tried++;
    }
    assert_int_equal(wrong, 0);
}

static void one_instance(void **state)
{
    (void) state;
    random_problems(1, 3, 4);
}

static void two_instances(void **state)
{
    (void) state;
    random_problems(2, 3, 6);
}

static void longer_instances(void **state)
{
    (void) state;
    random_problems(2, 12, 2);
}

static void three_instances(void **state)
{
    (void) state;
    random_problems(3, 3, 4);
}

static void four_instances(void **state)
{
    (void) state;
    random_problems(4, 3, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_instance),     cmocka_unit_test(two_instances),
        cmocka_unit_test(longer_instances), cmocka_unit_test(three_instances),
        cmocka_unit_test(four_instances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
