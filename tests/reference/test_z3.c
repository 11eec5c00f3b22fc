/* Z3 and the exact search on random small problems without contention: two opinions, one optimum.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>

#include "haxconn/z3.h"
#include "instrumented.h"
#include "random_problem.h"

enum { COMPARED = TEST_COUNT(200) };

static void check_one(unsigned long number, const hax_problem *problem)
{
    const hax_schedule *ours = NULL, *theirs = NULL;
    hax_error err = { 0 }, their_err = { 0 };
    double value = NAN;
    hax_status status = hax_solve(problem, NULL, &ours, &err);
    hax_status their_status = hax_z3_solve(problem, INFINITY, &theirs, &value, &their_err);
    if (status != their_status)
        fail_msg("problem %lu: we say %s (%s), Z3 %s (%s)", number, hax_status_name(status),
                 err.message, hax_status_name(their_status), their_err.message);
    if (status == HAX_OK) {
        double slack = 1e-6 * fmax(1, fabs(value));
        if (fabs(ours->value - value) > slack)
            fail_msg("problem %lu: we say %.9g, Z3 %.9g", number, ours->value, value);
        assert_float_equal(theirs->value, value, slack);
        assert_int_equal(hax_schedule_verify(problem, theirs, &err), HAX_OK);
    }
    hax_schedule_destroy(ours);
    hax_schedule_destroy(theirs);
}

static void z3_agrees_with_the_exact_search(void **state)
{
    (void) state;
    const random_options options = { .contention = false, .group_max = 3, .unit_max = 3 };
    int compared = 0;
    for (unsigned long number = 0; compared < COMPARED; number++) {
        const hax_problem *problem = random_problem(number, &options);
        if (problem->objective != HAX_THROUGHPUT) {
            check_one(number, problem);
            compared++;
        }
        hax_problem_destroy(problem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(z3_agrees_with_the_exact_search) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
