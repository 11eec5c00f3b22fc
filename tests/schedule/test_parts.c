/* Where hand-overs stand: parts.h by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "problem.h"

enum { GROUPS = 5 };

/* Units 2 and 3 hand nothing over to each other, and nothing is to be done where 1 is entered. */
static bool is_far(const void *context, hax_part part, int group, int from_unit, int to_unit)
{
    (void) context;
    (void) group;
    assert_true(part != HAX_PART_RUN && from_unit != to_unit);
    if (from_unit + to_unit == 5)
        return false;
    return part == HAX_PART_OUT || to_unit != 1;
}

static void hand_overs_stand_between_groups_of_different_units(void **state)
{
    static const int units[GROUPS] = { 0, 0, 1, 2, 3 };
    static const hax_group_part wanted[] = {
        { HAX_PART_RUN, 0, -1, -1 }, { HAX_PART_RUN, 0, -1, -1 }, { HAX_PART_OUT, 0, -1, 1 },
        { HAX_PART_RUN, 1, -1, -1 }, { HAX_PART_OUT, 1, -1, 2 },  { HAX_PART_IN, 2, 1, -1 },
        { HAX_PART_RUN, 2, -1, -1 }, { HAX_PART_RUN, 3, -1, -1 },
    };
    static const int of_group[GROUPS] = { 1, 2, 2, 2, 1 };
    const hax_unit_path path = { GROUPS, units, is_far, NULL };
    size_t seen = 0;
    (void) state;
    for (int g = 0; g < GROUPS; g++) {
        hax_group_part parts[HAX_PARTS_MOST];
        assert_int_equal(hax_list_parts(&path, g, parts), of_group[g]);
        for (int p = 0; p < of_group[g]; p++, seen++) {
            assert_int_equal(parts[p].part, wanted[seen].part);
            assert_int_equal(parts[p].unit, wanted[seen].unit);
            assert_int_equal(parts[p].from_unit, wanted[seen].from_unit);
            assert_int_equal(parts[p].to_unit, wanted[seen].to_unit);
        }
    }
    assert_int_equal(seen, sizeof wanted / sizeof *wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hand_overs_stand_between_groups_of_different_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
