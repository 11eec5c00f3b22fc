/* When are the outputs of two runs the same? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>

#include "outputs.h"

static void infinities_and_no_numbers(void **state)
{
    (void) state;
    static const float kept[] = { INFINITY, -INFINITY, NAN, 2, -4 };
    enum { COUNT = sizeof kept / sizeof *kept };
    assert_float_equal(hax_outputs_difference(kept, kept, COUNT), 0, 0);
    const struct {
        int at;
        float other;
        double apart;
    } cases[] = {
        { 3, 3, 0.25 },       { 4, 4, 2 },          { 0, -INFINITY, INFINITY },
        { 1, 0, INFINITY },   { 2, 1, INFINITY },   { 2, INFINITY, INFINITY },
        { 0, NAN, INFINITY }, { 3, NAN, INFINITY }, { 4, -INFINITY, INFINITY },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float values[COUNT];
        for (int v = 0; v < COUNT; v++)
            values[v] = v == cases[i].at ? cases[i].other : kept[v];
        double apart = hax_outputs_difference(values, kept, COUNT);
        if (!(apart == cases[i].apart)) /* not assert_float_equal, which knows no infinity */
            fail_msg("case %d: %g, not %g", (int) i, apart, cases[i].apart);
    }
}

static void nothing_but_infinities_and_zeros(void **state)
{
    (void) state;
    static const float kept[] = { INFINITY, 0, NAN }, values[] = { INFINITY, 1e-30F, NAN };
    assert_float_equal(hax_outputs_difference(kept, kept, 3), 0, 0);
    assert_true(isinf(hax_outputs_difference(values, kept, 3)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(infinities_and_no_numbers),
        cmocka_unit_test(nothing_but_infinities_and_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
